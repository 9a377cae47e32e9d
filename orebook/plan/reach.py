"""Rows of the inverse of a basis, each at the cost of the few numbers it has.

A plan's basis is nearly triangular once rows are matched to basic members: what one
member moves is found by following the matrix, and reaches a handful of rows out of a
hundred thousand. The small systems that remain are solved side by side in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orebook.plan.factor import CHUNK, BoolArray, Factor
from orebook.plan.lp import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["inverse_rows"]

NEGLIGIBLE = 1e-14
"""A movement below this share of the largest in its column is rounding."""

FAR = 0.02
"""Above this share of all rows a solve with the whole basis is the faster one [-]."""

FEW = 200
"""Up to this many rows a system is always small [-]."""

TOGETHER = 512
"""Members followed at once [-]."""

Entries = tuple[IntArray, IntArray, FloatArray]


def inverse_rows(factor: Factor, places: IntArray) -> csr_array:
    """Return rows of the inverse of the basis, as columns.

    Parameters
    ----------
    factor : Factor
        The factored basis.
    places : array of int
        Places in ``factor.basic`` [-].

    Returns
    -------
    scipy.sparse.csr_array, shape (rows, places)
        Column k solves ``basis.T @ y = unit(places[k])`` [-].

    Notes
    -----
    Rows and basic members are matched one to one (a basis that can be inverted has such
    a matching). Equation j then determines the row matched to it, and the answer lies
    within the rows that can be reached from there. Along this set the basis is block
    triangular, so the rows and equations of the set are a regular system of their own.
    Sets above 2 % of all rows are solved with the whole basis instead.

    References
    ----------
    .. [1] J. R. Gilbert, T. Peierls, Sparse partial pivoting in time proportional to
       arithmetic operations, SIAM Journal on Scientific and Statistical Computing,
       1988.
    .. [2] A. Pothen, C.-J. Fan, Computing the block triangular form of a sparse matrix,
       ACM Transactions on Mathematical Software, 1990.

    Examples
    --------
    Washing takes 1.5 t of ore for a tonne: one washed tonne less needed frees 1.5 t.

    >>> from orebook.plan.factor import factorise
    >>> from orebook.plan.lp import Builder
    >>> from orebook.plan.solve import Solver
    >>> builder = Builder(periods=1)
    >>> need = [[0.0], [6.0]]
    >>> goods = builder.rows("balance", ["ore", "washed"], lower=need, upper=need)
    >>> buy = builder.columns("buy", ["ore"], cost=10.0)
    >>> run = builder.columns("run", ["wash"], cost=2.0)
    >>> builder.entries(goods.index([0]), buy.all(), 1.0)
    >>> builder.entries(goods.index([0, 1]), run.all(), [-1.5, 1.0])
    >>> problem = builder.problem()
    >>> factor = factorise(problem, Solver(problem).optimal())
    >>> inverse_rows(factor, np.array([0, 1])).toarray().tolist()
    [[1.0, 0.0], [1.5, 1.0]]
    """
    from scipy.sparse import coo_array, csr_array

    shape = factor.basic.size, places.size
    graph, row_of = _matched(factor)
    found: list[Entries] = [(places[:0], places[:0], np.zeros(0))]
    for begin in range(0, places.size, TOGETHER):
        chosen = places[begin : begin + TOGETHER]
        keys, far = _followed(graph, row_of[chosen])
        parts = _small(graph, row_of[chosen], keys), *_whole(factor, chosen, far)
        found += [(rows, begin + columns, value) for rows, columns, value in parts]
    rows, columns, value = (np.concatenate(each) for each in zip(*found, strict=True))
    made = csr_array(coo_array((value, (rows, columns)), shape=shape))
    largest = abs(made).max(axis=0).toarray().ravel() if made.nnz else np.zeros(0)
    made.data[np.abs(made.data) <= NEGLIGIBLE * largest[made.indices]] = 0.0
    made.eliminate_zeros()
    return made


def _matched(factor: Factor) -> tuple[csr_array, IntArray]:
    """Return the basis with its matched members on the diagonal, and their rows."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    basis = csr_array(factor.wide[:, factor.basic])
    member = maximum_bipartite_matching(basis, perm_type="column").astype(np.int64)
    row_of = np.empty_like(member)
    row_of[member] = np.arange(member.size)
    return csr_array(basis[:, member]), row_of


def _followed(graph: csr_array, start: IntArray) -> tuple[IntArray, BoolArray]:
    """Return who reaches which row (as who * rows + row), and who reaches too many."""
    rows = graph.shape[0]
    limit = max(FEW, int(FAR * rows))
    far = np.zeros(start.size, np.bool_)
    seen = front = np.arange(start.size) * rows + start
    while front.size:
        who, _, ahead = _steps(graph, front)
        ahead = np.unique(who * rows + graph.indices[ahead])
        place = np.minimum(np.searchsorted(seen, ahead), seen.size - 1)
        front = ahead[seen[place] != ahead]
        seen = np.sort(np.concatenate([seen, front]))
        if seen.size > limit:
            far |= np.bincount(seen // rows, minlength=start.size) > limit
            seen, front = seen[~far[seen // rows]], front[~far[front // rows]]
    return seen, far


def _steps(graph: csr_array, keys: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return who steps, from which of the keys, along which entry of the graph."""
    who, row = np.divmod(keys, graph.shape[0])
    begin = graph.indptr[row].astype(np.int64)
    count = graph.indptr[row + 1] - begin
    origin = np.repeat(np.arange(keys.size), count)
    first = np.cumsum(count) - count
    entry = begin[origin] + np.arange(origin.size) - first[origin]
    return who[origin], origin, entry


def _small(graph: csr_array, start: IntArray, keys: IntArray) -> Entries:
    """Solve the systems of all members that reach few rows, side by side."""
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import splu

    rows = graph.shape[0]
    if not keys.size:
        return keys, keys, np.zeros(0)
    who, origin, entry = _steps(graph, keys)
    target = np.searchsorted(keys, who * rows + graph.indices[entry])
    # Row of the graph = column of its transpose: what one unknown adds to equations.
    pointers = np.concatenate(
        [[0], np.cumsum(np.bincount(origin, minlength=keys.size))]
    )
    shape = keys.size, keys.size
    system = csc_array((graph.data[entry], target, pointers), shape=shape)
    owner, row = np.divmod(keys, rows)
    unit = (row == start[owner]).astype(float)
    return row, owner, splu(system).solve(unit)


def _whole(factor: Factor, places: IntArray, far: BoolArray) -> list[Entries]:
    """Solve with the whole basis for those that reach many rows."""
    found, many = [], np.flatnonzero(far)
    for begin in range(0, many.size, CHUNK):
        chosen = many[begin : begin + CHUNK]
        unit = np.zeros((factor.basic.size, chosen.size), order="F")
        unit[places[chosen], np.arange(chosen.size)] = 1.0
        answer = factor.lu.solve(unit, trans="T")
        answer[np.abs(answer) <= NEGLIGIBLE * np.abs(answer).max(axis=0)] = 0.0
        rows, columns = np.nonzero(answer)
        found.append((rows, chosen[columns], answer[rows, columns]))
    return found
