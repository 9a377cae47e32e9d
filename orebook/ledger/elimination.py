"""Solve balances for what is not measured, and keep what is left to check.

Every unmeasured stream is eliminated with one equation.  The equations left over
hold measured streams only: they are the redundancy of the plant.  The equations
used up give each unmeasured stream as a sum of measured ones, or show that it
cannot be known.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Row = dict[int, float]

CANCELLED = 1e-10
"""A difference below this share of its two terms is a zero spoilt by rounding [-]."""

PIVOT_SHARE = 0.1
"""A pivot is at least this share of the largest entry of its column [-]."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Equations A x = b split into a check and a solution of the unmeasured.

    Parameters
    ----------
    reduced : scipy.sparse.csr_array
        Equations free of unmeasured streams, shape (r, n).
    combination : scipy.sparse.csr_array
        P with reduced = P A, shape (r, m).
    origin : numpy.ndarray
        Row of A each reduced equation grew from, shape (r,).
    basis : numpy.ndarray
        Unmeasured streams that are solved for, shape (k,).
    free : numpy.ndarray
        Unmeasured streams that no equation is left for.
    solution : scipy.sparse.csr_array
        x[basis] = solution x + solution_rhs b, shape (k, n); its columns are
        measured or free.
    solution_rhs : scipy.sparse.csr_array
        Weight of each right-hand side, shape (k, m).
    observable : numpy.ndarray
        True for each solved stream that rests on measured ones only, shape (k,).
    """

    reduced: csr_array[np.float64]
    combination: csr_array[np.float64]
    origin: NDArray[np.int64]
    basis: NDArray[np.int64]
    free: NDArray[np.int64]
    solution: csr_array[np.float64]
    solution_rhs: csr_array[np.float64]
    observable: NDArray[np.bool_]


def project(matrix: csr_array[np.float64], unmeasured: NDArray[np.bool_]) -> Projection:
    """Eliminate the unmeasured streams from the balances.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        Balances A, shape (m, n).
    unmeasured : numpy.ndarray
        True where a stream has no reading, shape (n,).

    Returns
    -------
    Projection
        Reduced equations and the solution of the unmeasured streams.

    Notes
    -----
    Sparse Gauss-Jordan elimination with pivots chosen for few fill-ins among
    those of at least a tenth of the largest entry.  In a flow network every entry
    stays -1, 0 or 1: the elimination then merges nodes and is exact.  Work grows
    with the entries of ``solution``: linear in common plants, quadratic in one
    long chain of unmeasured streams.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> a = csr_array(np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]))
    >>> project(a, np.array([False, True, False])).reduced.toarray()
    array([[ 1.,  0., -1.]])
    """
    count, width = matrix.shape
    rows = _rows(matrix) if unmeasured.any() else []
    if not rows:
        return _nothing_to_do(matrix, np.flatnonzero(unmeasured))
    pivots, free = _eliminate(rows, np.flatnonzero(unmeasured).tolist(), width)
    solved = _back_substitute(rows, pivots, width)
    used = {row for _, row in pivots}
    rest = [row for row in range(count) if row not in used]
    reduced, combination = _split((rows[row] for row in rest), (count, width))
    basis = [column for column, _ in pivots]
    solution, by_rhs = _split((solved[column] for column in basis), (count, width))
    unknown = np.zeros(width)
    unknown[free] = 1.0
    return Projection(
        reduced=reduced,
        combination=combination,
        origin=np.array(rest, dtype=np.int64),
        basis=np.array(basis, dtype=np.int64),
        free=np.array(free, dtype=np.int64),
        solution=solution,
        solution_rhs=by_rhs,
        observable=np.asarray(abs(solution) @ unknown == 0.0),
    )


def _nothing_to_do(
    matrix: csr_array[np.float64], free: NDArray[np.int64]
) -> Projection:
    import scipy.sparse as sp

    count, width = matrix.shape
    return Projection(
        reduced=matrix,
        combination=sp.csr_array(sp.eye_array(count)),
        origin=np.arange(count),
        basis=np.zeros(0, dtype=np.int64),
        free=free,
        solution=sp.csr_array((0, width), dtype=np.float64),
        solution_rhs=sp.csr_array((0, count), dtype=np.float64),
        observable=np.zeros(0, dtype=np.bool_),
    )


def _rows(matrix: csr_array[np.float64]) -> list[Row]:
    """Return [A | I] as one dictionary per row, column -> entry."""
    width = matrix.shape[1]
    start, columns = matrix.indptr.tolist(), matrix.indices.tolist()
    data = matrix.data.tolist()
    rows = []
    for k in range(matrix.shape[0]):
        part = slice(start[k], start[k + 1])
        row = {j: v for j, v in zip(columns[part], data[part], strict=True) if v != 0.0}
        row[width + k] = 1.0
        rows.append(row)
    return rows


def _eliminate(
    rows: list[Row], columns: list[int], width: int
) -> tuple[list[tuple[int, int]], list[int]]:
    """Eliminate columns in place; return (column, row) pivots and free columns."""
    member: dict[int, set[int]] = {column: set() for column in columns}
    scale = [
        max((abs(v) for j, v in row.items() if j < width), default=1.0) for row in rows
    ]
    for k, row in enumerate(rows):
        for column in row.keys() & member.keys():
            member[column].add(k)
    queue = [(len(member[column]), column) for column in columns]
    heapq.heapify(queue)
    pivots: list[tuple[int, int]] = []
    free: list[int] = []
    while queue:
        count, column = heapq.heappop(queue)
        holders = member[column]
        if not holders:
            free.append(column)
        elif len(holders) != count:
            heapq.heappush(queue, (len(holders), column))
        else:
            pivot = _pivot_row(rows, holders, column, scale)
            for k in sorted(holders - {pivot}):
                _clear(rows, k, pivot, column, member)
            for other in rows[pivot].keys() & member.keys():
                member[other].discard(pivot)
            pivots.append((column, pivot))
    return pivots, free


def _pivot_row(
    rows: list[Row], holders: set[int], column: int, scale: list[float]
) -> int:
    weight = {k: abs(rows[k][column]) / scale[k] for k in holders}
    enough = PIVOT_SHARE * max(weight.values())
    return min((len(rows[k]), k) for k in holders if weight[k] >= enough)[1]


def _clear(
    rows: list[Row], target: int, pivot: int, column: int, member: dict[int, set[int]]
) -> None:
    """Subtract the multiple of the pivot row that clears one entry of the target."""
    row, source = rows[target], rows[pivot]
    ratio = row[column] / source[column]
    for j, entry in source.items():
        old, change = row.get(j, 0.0), ratio * entry
        new = old - change
        if j == column or abs(new) <= CANCELLED * (abs(old) + abs(change)):
            row.pop(j, None)
            if j in member:
                member[j].discard(target)
        else:
            row[j] = new
            if j in member:
                member[j].add(target)


def _back_substitute(
    rows: list[Row], pivots: list[tuple[int, int]], width: int
) -> dict[int, Row]:
    """Return each solved column as a sum over measured, free and right-hand sides."""
    solved: dict[int, Row] = {}
    for column, k in reversed(pivots):
        row = rows[k]
        pivot = row[column]
        total: Row = {}
        size: Row = {}
        for j, entry in row.items():
            if j == column:
                continue
            share = entry / pivot if j >= width else -entry / pivot
            for i, weight in solved.get(j, {j: 1.0}).items():
                total[i] = total.get(i, 0.0) + share * weight
                size[i] = size.get(i, 0.0) + abs(share * weight)
        solved[column] = {
            i: v for i, v in total.items() if abs(v) > CANCELLED * size[i]
        }
    return solved


def _split(
    rows: Iterable[Row], shape: tuple[int, int]
) -> tuple[csr_array[np.float64], csr_array[np.float64]]:
    """Return dictionaries as two sparse arrays, left and right of column width."""
    held = list(rows)
    height, width = shape
    return _block(held, 0, width), _block(held, width, height)


def _block(rows: list[Row], first: int, width: int) -> csr_array[np.float64]:
    import scipy.sparse as sp

    entries = [
        (k, j - first, value)
        for k, row in enumerate(rows)
        for j, value in sorted(row.items())
        if first <= j < first + width
    ]
    at = np.array([entry[:2] for entry in entries], dtype=np.int64).reshape(-1, 2)
    data = np.array([entry[2] for entry in entries], dtype=np.float64)
    return sp.csr_array((data, (at[:, 0], at[:, 1])), shape=(len(rows), width))
