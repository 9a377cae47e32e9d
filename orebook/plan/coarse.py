"""Start the plan of a long horizon from the plan of a coarse one.

Days of one month are much alike. Merged into a dozen longer periods a year is
solved in a blink, and which columns and rows are basic there is copied to every day
within. The full problem is then solved from this basis, so the optimum is exact; only
the way to it is shorter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from orebook.plan.changed import changed_share
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.solve import Basis, Settings, Solution, Solver

__all__ = [
    "ALIKE",
    "GROUPS",
    "LONG",
    "CoarseStart",
    "can_merge",
    "coarse_start",
    "from_nothing",
    "merged",
]

LONG = 26
"""Horizons of at least this many periods are started from a coarse one [-]."""

GROUPS = 12
"""Into about as many longer periods a horizon is merged [-]."""


ALIKE = 0.10
"""Up to this share of columns and rows may change from one period to the next [-]."""


def can_merge(problem: Problem) -> bool:
    """Return whether a solve from nothing is started from a coarse horizon.

    Parameters
    ----------
    problem : Problem
        What to solve.

    Returns
    -------
    bool
        True for a continuous problem of at least 26 periods that are alike: from one
        to the next at most 10 % of the columns and rows have a cost or limit that
        moves by more than 1 %.
    """
    if _periods(problem) < LONG or problem.integer.any():
        return False
    return changed_share(problem, problem, roll=1) <= ALIKE


def from_nothing(problem: Problem, settings: Settings | None = None) -> Solution:
    """Solve a problem of which nothing is known yet, by way of a coarse one if long.

    Parameters
    ----------
    problem : Problem
        What to solve.
    settings : Settings, optional
        How to solve.

    Returns
    -------
    Solution
        As `Solver.solve` returns it; iterations and seconds include the coarse
        problem.

    Notes
    -----
    A horizon of 26 periods and more that are alike (`can_merge`) is merged into 12
    longer ones. If the merged problem has no optimum, or the full one is not done after
    half as many iterations as it has rows, it is solved without this start. Where every
    day has prices of its own the merged horizon misleads; whole numbers are never
    merged.

    Examples
    --------
    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=60)
    >>> buy = builder.columns("buy", ["ore"], cost=50.0)
    >>> need = builder.rows("balance", ["ore"], lower=3.0, upper=3.0)
    >>> builder.entries(need.all(), buy.all(), 1.0)
    >>> from_nothing(builder.problem()).objective
    9000.0
    """
    chosen = settings or Settings()
    spent, iterations = 0.0, 0
    if can_merge(problem):
        start = coarse_start(problem, chosen)
        spent, iterations = start.seconds, start.iterations
        if start.basis is not None:
            found = _from(start.basis, problem, _left(chosen, spent))
            spent, iterations = spent + found.seconds, iterations + found.iterations
            if found.status != "limit":
                return replace(found, seconds=spent, iterations=iterations)
    found = Solver(problem, _left(chosen, spent)).solve()
    return replace(
        found, seconds=spent + found.seconds, iterations=iterations + found.iterations
    )


def _from(basis: Basis, problem: Problem, settings: Settings) -> Solution:
    limited = replace(settings, iteration_limit=1 + problem.shape[0] // 2)
    solver = Solver(problem, limited)
    solver.set_basis(basis)
    return solver.solve()


def _left(settings: Settings, spent: float) -> Settings:
    return replace(settings, time_limit=max(0.0, settings.time_limit - spent))


@dataclass(frozen=True, slots=True, eq=False)
class CoarseStart:
    """Where a coarse horizon ended.

    Parameters
    ----------
    basis : Basis or None
        Statuses for every period of the full horizon; None if the coarse problem has
        no optimum.
    iterations : int
        Iterations of the coarse problem [-].
    seconds : float
        Time in the solver [s].
    """

    basis: Basis | None
    iterations: int
    seconds: float


def coarse_start(problem: Problem, settings: Settings | None = None) -> CoarseStart:
    """Solve the merged horizon and copy its basis to every period.

    Parameters
    ----------
    problem : Problem
        A continuous problem over several periods.
    settings : Settings, optional
        How to solve the merged problem.

    Returns
    -------
    CoarseStart
        The start, and what it cost.
    """
    group = _groups(_periods(problem))
    found = Solver(merged(problem, group), settings).solve()
    basis = None
    if found.status == "optimal" and found.basis is not None:
        columns = found.basis.columns[_place(problem.cost.size, group)]
        basis = Basis(columns, found.basis.rows[_place(problem.shape[0], group)])
    return CoarseStart(basis, found.iterations, found.seconds)


def merged(problem: Problem, group: IntArray) -> Problem:
    """Return the problem with groups of periods merged into one period each.

    Parameters
    ----------
    problem : Problem
        A continuous problem whose blocks all have ``group.size`` periods.
    group : array of int, shape (periods,)
        Which longer period each period joins, from 0 upwards [-].

    Returns
    -------
    Problem
        Columns are held equal within a group, between the mean of their bounds; rows
        are summed. A stock that is equal all through a group leaves the difference of
        two groups in the sum of its balances, as it must.

    Examples
    --------
    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=4)
    >>> buy = builder.columns("buy", ["ore"], cost=50.0, upper=[[2.0, 4.0, 6.0, 6.0]])
    >>> need = builder.rows("balance", ["ore"], lower=3.0, upper=3.0)
    >>> builder.entries(need.all(), buy.all(), 1.0)
    >>> coarse = merged(builder.problem(), np.array([0, 0, 1, 1]))
    >>> coarse.upper.tolist(), coarse.row_lower.tolist(), coarse.matrix.data.tolist()
    ([3.0, 6.0], [6.0, 6.0], [2.0, 2.0])
    """
    from scipy.sparse import coo_array, csc_array

    column = _place(problem.cost.size, group)
    row = _place(problem.shape[0], group)
    length = np.bincount(column)
    shape = problem.shape[0] // group.size * (int(group[-1]) + 1), length.size
    matrix = problem.matrix
    owner = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    entries = (matrix.data, (row[matrix.indices], column[owner]))
    summed = csc_array(coo_array(entries, shape=shape))
    summed.eliminate_zeros()
    return replace(
        problem,
        cost=_sums(problem.cost, column),
        lower=_sums(problem.lower, column) / length,
        upper=_sums(problem.upper, column) / length,
        integer=np.zeros(length.size, np.bool_),
        matrix=summed,
        row_lower=_sums(problem.row_lower, row),
        row_upper=_sums(problem.row_upper, row),
        columns={},
        rows={},
    )


def _sums(values: FloatArray, place: IntArray) -> FloatArray:
    return np.asarray(np.bincount(place, weights=values), np.float64)


def _periods(problem: Problem) -> int:
    """Return the length that all blocks share, 1 if there is none."""
    blocks = [*problem.columns.values(), *problem.rows.values()]
    lengths = {block.periods for block in blocks}
    covered = sum(block.size for block in blocks) == sum(problem.shape)
    return lengths.pop() if covered and len(lengths) == 1 else 1


def _groups(periods: int) -> IntArray:
    """Return about equal groups; the first and the last period stand alone."""
    inner = np.arange(periods - 2) * (GROUPS - 2) // max(1, periods - 2)
    return np.concatenate([[0], 1 + inner, [GROUPS - 1]]).astype(np.int64)


def _place(size: int, group: IntArray) -> IntArray:
    """Return the merged place of each column or row; the period runs fastest."""
    entity, period = np.divmod(np.arange(size), group.size)
    return np.asarray(entity * (int(group[-1]) + 1) + group[period], np.int64)
