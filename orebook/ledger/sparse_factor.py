"""Sparse LDL' factor of a normal matrix and the entries of its inverse that matter.

Standard errors and gross-error tests need the inverse of the normal matrix only
where the matrix itself (or its factor) is not zero.  The recursion of Takahashi
gives exactly those entries without ever forming the inverse.  It runs here over
the levels of the elimination tree, so that all columns of one level are one array
operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csc_matrix, csr_array

Floats = NDArray[np.float64]
Sparse: TypeAlias = "csc_array[np.float64] | csr_array[np.float64]"
Integers = NDArray[np.int64]


SINGULAR = 1e-14
"""Lift of the unit diagonal where a pivot is zero; leaves it recognisably small [-]."""


class Solver(Protocol):
    """What is used of the solver object of qdldl."""

    def solve(self, right: Floats, /) -> Floats:
        """Return the solution of one right-hand side."""
        ...

    def factors(self) -> tuple[csc_matrix[np.float64], Floats, Integers]:
        """Return L without its diagonal, D and the order."""
        ...


@dataclass(frozen=True, slots=True)
class Factor:
    """Factor of W = S P (I + L) D (I + L)' P' S, with S a diagonal scale.

    Parameters
    ----------
    scale : numpy.ndarray
        Diagonal of S, shape (m,), the square root of the diagonal of W.
    lower : scipy.sparse.csc_array
        Strict lower triangle L, shape (m, m), row indices sorted.
    pivot : numpy.ndarray
        Diagonal of D, shape (m,) [-].
    order : numpy.ndarray
        Permutation, position j of the factor is row ``order[j]`` of W.
    solver : Solver or None
        Object that solves with the scaled matrix; None for an empty matrix.
    """

    scale: Floats
    lower: csc_array[np.float64]
    pivot: Floats
    order: Integers
    solver: Solver | None

    def solve(self, right: Floats) -> Floats:
        """Return W^-1 times one vector (m,) or the columns of an array (m, k).

        Parameters
        ----------
        right : numpy.ndarray
            Right-hand side, shape (m,) or (m, k).

        Returns
        -------
        numpy.ndarray
            Solution of the same shape.
        """
        if self.solver is None:
            return np.zeros_like(right)
        if right.ndim == 1:
            return self.solver.solve(right / self.scale) / self.scale
        solved = np.empty_like(right)
        for k in range(right.shape[1]):
            solved[:, k] = self.solver.solve(right[:, k] / self.scale) / self.scale
        return solved


def factorise(matrix: Sparse, *, shift: float = 0.0) -> Factor:
    """Factorise a symmetric positive definite sparse matrix.

    Parameters
    ----------
    matrix : scipy.sparse.csc_array or scipy.sparse.csr_array
        W, shape (m, m), with positive diagonal; explicit zeros are kept, so that
        the pattern may be wider than the non-zeros.
    shift : float, optional
        Added to the unit diagonal of the scaled matrix [-].

    Returns
    -------
    Factor
        Factor of the matrix scaled to unit diagonal.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csc_array
    >>> factor = factorise(csc_array(np.array([[4.0, 1.0], [1.0, 3.0]])))
    >>> factor.solve(np.array([5.0, 4.0])).round(12)
    array([1., 1.])
    """
    import scipy.sparse as sp

    size = matrix.shape[0]
    scale = np.sqrt(matrix.diagonal())
    if size == 0:
        empty = sp.csc_array((0, 0), dtype=np.float64)
        return Factor(scale, empty, scale, np.zeros(0, dtype=np.int64), None)
    scaled = matrix.tocoo()
    data = scaled.data / (scale[scaled.row] * scale[scaled.col])
    data[scaled.row == scaled.col] += shift
    upper = scaled.row <= scaled.col
    triangle = sp.csc_array(
        (data[upper], (scaled.row[upper], scaled.col[upper])), shape=(size, size)
    )
    solver = _solver(triangle)
    low, pivot, order = solver.factors()
    low.sort_indices()
    lower = sp.csc_array(low)
    return Factor(scale, lower, np.asarray(pivot), np.asarray(order, np.int64), solver)


def _solver(triangle: csc_array[np.float64]) -> Solver:
    """Factorise an upper triangle; a pivot of exactly zero is replaced by SINGULAR."""
    import qdldl
    import scipy.sparse as sp

    matrix = sp.csc_matrix(triangle)
    try:
        solver: Solver = qdldl.Solver(matrix, upper=True)
    except RuntimeError:  # qdldl stops at a zero pivot: all digits cancelled
        lifted = sp.csc_matrix(matrix + SINGULAR * sp.eye_array(matrix.shape[0]))
        solver = qdldl.Solver(lifted, upper=True)
    return solver


@dataclass(frozen=True, slots=True)
class _Tree:
    """Elimination tree of a factor, with the place of each entry in its parent."""

    start: Integers
    count: Integers
    parent: Integers
    place: Integers
    groups: list[list[Integers]]


def _depths(parent: Integers) -> Integers:
    depth = [0] * parent.size
    parents = parent.tolist()
    for j in range(parent.size - 1, -1, -1):
        if parents[j] >= 0:
            depth[j] = depth[parents[j]] + 1
    return np.array(depth, dtype=np.int64)


def _levels(depth: Integers, count: Integers) -> list[list[Integers]]:
    """Group columns by depth in the tree, within a depth by number of entries."""
    order = np.lexsort((count, depth))
    levels: list[list[Integers]] = []
    bounds = np.flatnonzero(np.diff(depth[order])) + 1
    for level in np.split(order, bounds):
        cuts = np.flatnonzero(np.diff(count[level])) + 1
        levels.append(list(np.split(level, cuts)))
    return levels


def _tree(lower: csc_array[np.float64]) -> _Tree:
    size = lower.shape[0]
    start = lower.indptr[:-1].astype(np.int64)
    count = np.diff(lower.indptr).astype(np.int64)
    rows = lower.indices.astype(np.int64)
    parent = np.full(size, -1, dtype=np.int64)
    parent[count > 0] = rows[start[count > 0]]
    column = np.repeat(np.arange(size, dtype=np.int64), count)
    above = parent[column]
    found = np.searchsorted(column * size + rows, above * size + rows)
    place = np.where(rows == above, 0, 1 + found - start[above])
    return _Tree(start, count, parent, place, _levels(_depths(parent), count))


def selected_inverse(factor: Factor) -> csr_array[np.float64]:
    """Return the entries of W^-1 on the pattern of its factor.

    Parameters
    ----------
    factor : Factor
        Factor of W.

    Returns
    -------
    scipy.sparse.csr_array
        Symmetric matrix, shape (m, m), equal to W^-1 wherever the factor has an
        entry, empty elsewhere.

    Notes
    -----
    With W = L D L', L unit lower and Z = W^-1, for column j and i in struct(j):
    Z_ij = - sum_k Z_ik L_kj and Z_jj = 1/D_j - sum_k L_kj Z_kj, k in struct(j).
    Work is sum of |struct(j)|^2, memory two levels of the elimination tree.

    References
    ----------
    Takahashi, Fagan and Chin, Formation of a sparse bus impedance matrix and its
    application to short circuit study, 1973.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csc_array
    >>> w = csc_array(np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]]))
    >>> selected_inverse(factorise(w)).diagonal().round(6)
    array([0.625, 0.5  , 0.625])
    """
    import scipy.sparse as sp

    lower, size = factor.lower, factor.pivot.size
    if size == 0:
        return sp.csr_array((0, 0), dtype=np.float64)
    tree = _tree(lower)
    values, diagonal = np.empty(lower.data.size), 1.0 / factor.pivot
    previous, offset = np.zeros(0), np.zeros(size, dtype=np.int64)
    for level in tree.groups:
        pieces, total = [], 0
        for columns in level:
            block = _level_block(
                tree, lower.data, columns, previous, offset, values, diagonal
            )
            width = block.shape[1] ** 2
            offset[columns] = total + width * np.arange(columns.size)
            total += block.size
            pieces.append(block.ravel())
        previous = np.concatenate(pieces)
    return _unpermuted(factor, tree, values, diagonal)


def _level_block(
    tree: _Tree,
    entries: Floats,
    columns: Integers,
    previous: Floats,
    offset: Integers,
    values: Floats,
    diagonal: Floats,
) -> Floats:
    """Fill values and diagonal of some columns; return their dense blocks of Z."""
    count = int(tree.count[columns[0]])
    block = np.empty((columns.size, count + 1, count + 1))
    if count:
        take = tree.start[columns][:, None] + np.arange(count)
        place, factor = tree.place[take], entries[take]
        parent = tree.parent[columns]
        width = tree.count[parent] + 1
        inner = previous[
            offset[parent][:, None, None]
            + place[:, :, None] * width[:, None, None]
            + place[:, None, :]
        ]
        column = -np.einsum("nij,nj->ni", inner, factor)
        values[take] = column
        diagonal[columns] -= np.einsum("ni,ni->n", factor, column)
        block[:, 1:, 1:] = inner
        block[:, 1:, 0] = block[:, 0, 1:] = column
    block[:, 0, 0] = diagonal[columns]
    return block


def _unpermuted(
    factor: Factor, tree: _Tree, values: Floats, diagonal: Floats
) -> csr_array[np.float64]:
    import scipy.sparse as sp

    size = diagonal.size
    column = np.repeat(np.arange(size), tree.count)
    row, col = factor.order[factor.lower.indices], factor.order[column]
    values = values / (factor.scale[row] * factor.scale[col])
    diagonal = diagonal / factor.scale[factor.order] ** 2
    data = np.concatenate([values, values, diagonal])
    rows = np.concatenate([row, col, factor.order])
    cols = np.concatenate([col, row, factor.order])
    return sp.csr_array((data, (rows, cols)), shape=(size, size))
