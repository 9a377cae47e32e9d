"""Why there is no plan: limits that contradict each other, and the cheapest repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from orebook.errors import InfeasibleError, InputError
from orebook.plan.infeasible_whole import whole_contradiction
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.solve import Settings, Solution, Solver

__all__ = [
    "ContradictionError",
    "Member",
    "Repair",
    "cheapest_repair",
    "contradiction",
    "demand_optimal",
]

Member = tuple[str, int]
"""Kind ("row", "row_lower", "row_upper", "column_lower", "column_upper") and index."""

SUPPORT = 1e-9
"""A multiplier below this share of the largest does not carry the proof."""

CHECK = Settings(method="simplex", tolerance=1e-9, presolve=False)
"""Without presolve: undoing it, HiGHS may write to the output, where JSON goes."""


class ContradictionError(InfeasibleError):
    """No plan exists; carries an irreducible set of limits that contradict.

    Parameters
    ----------
    problem : Problem
        The infeasible problem.
    members : sequence of (str, int)
        What `contradiction` returned; empty where only whole numbers contradict, which
        are then named in ``whole``.
    """

    def __init__(self, problem: Problem, members: Sequence[Member]) -> None:
        self.members = tuple(members)
        self.sentences = tuple(_sentence(problem, member) for member in members)
        self.whole = () if members else whole_contradiction(problem)
        shown = self.sentences or (
            "the limits allow a plan in fractions, the whole numbers do not",
        )
        super().__init__(
            f"no plan meets all requirements; {len(shown)} contradict each other: "
            + "; ".join(shown)
            + "; loosen one of them"
        )


def _sentence(problem: Problem, member: Member) -> str:
    kind, index = member
    row = kind.startswith("row")
    lower = (problem.row_lower if row else problem.lower)[index]
    upper = (problem.row_upper if row else problem.upper)[index]
    label = problem.describe(kind, index)
    if kind == "row":
        return f"{label} must equal {lower:g}"
    if kind.endswith("lower"):
        return f"{label} must be at least {lower:g}"
    return f"{label} must be at most {upper:g}"


def demand_optimal(problem: Problem, solution: Solution) -> Solution:
    """Return an optimal solution unchanged, raise with the reason for any other.

    Parameters
    ----------
    problem : Problem
        The problem solved.
    solution : Solution
        What the solver returned.

    Returns
    -------
    Solution
        The same solution.

    Raises
    ------
    ContradictionError
        If it is infeasible.
    InputError
        If it is unbounded or stopped at a limit.
    """
    if solution.status == "optimal":
        return solution
    if solution.status == "infeasible":
        raise ContradictionError(problem, contradiction(problem))
    if solution.status == "limit":
        message = (
            f"the solve stopped at a limit after {solution.seconds:.1f} s without an "
            "optimum; expected one; raise the time limit or the gap"
        )
        raise InputError(message)
    names = "; ".join(str(problem.describe_column(index)) for index in _ray(problem))
    message = (
        f"profit has no upper bound: {names} can grow for ever; expected a limit; "
        "check prices and capacities of these"
    )
    raise InputError(message)


def _ray(problem: Problem) -> list[int]:
    """Return the columns of a bounded direction that earns without end."""
    free = replace(
        problem,
        lower=np.where(np.isfinite(problem.lower), 0.0, -1.0),
        upper=np.where(np.isfinite(problem.upper), 0.0, 1.0),
        row_lower=np.where(np.isfinite(problem.row_lower), 0.0, -np.inf),
        row_upper=np.where(np.isfinite(problem.row_upper), 0.0, np.inf),
        integer=np.zeros_like(problem.integer),
    )
    direction = Solver(free, CHECK).solve().x
    return np.flatnonzero(np.abs(direction) > SUPPORT).tolist()


def contradiction(problem: Problem) -> tuple[Member, ...]:
    """Return an irreducible set of limits that no plan can meet together.

    Parameters
    ----------
    problem : Problem
        An infeasible problem. Whole numbers are taken as fractions.

    Returns
    -------
    tuple of (str, int)
        Kind and index of each limit: ``"row"`` for an equality, else ``"row_lower"``,
        ``"row_upper"``, ``"column_lower"``, ``"column_upper"``. Leave out any one and
        the rest can be met. Empty if only the whole numbers make it infeasible.

    Notes
    -----
    The multipliers of the least total violation prove infeasibility; the limits that
    carry them are few. A deletion filter then leaves out one after the other (plain
    lower bounds first); each success is shrunk again to the limits of the new proof.
    Irreducible, not necessarily the smallest of all such sets (that is NP-hard).

    References
    ----------
    .. [1] J. W. Chinneck, E. W. Dravnieks, Locating minimal infeasible constraint sets
       in linear programs, ORSA Journal on Computing, 1991.
    .. [2] J. Gleeson, J. Ryan, Identifying minimally infeasible subsystems of
       inequalities, ORSA Journal on Computing, 1990.

    Examples
    --------
    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=1)
    >>> run = builder.columns("run", ["boiler"], upper=5.0)
    >>> need = builder.rows("steam", ["digest"], lower=6.0, upper=float("inf"))
    >>> builder.entries(need.all(), run.all(), 1.0)
    >>> contradiction(builder.problem())
    (('row_lower', 0), ('column_upper', 0))
    """
    left = _proof(problem, _limits(problem))
    if left is None:
        return ()
    problem, rows, columns = _cut_down(problem, left)
    near = {"row": {old: new for new, old in enumerate(rows.tolist())}}
    near["column"] = {old: new for new, old in enumerate(columns.tolist())}
    kept: list[Member] = []
    waiting = [(kind, near[kind.split("_")[0]][index]) for kind, index in left]
    waiting.sort(key=lambda member: member[0] != "column_lower")
    while waiting:
        member = waiting.pop(0)
        proof = _proof(problem, [*kept, *waiting])
        if proof is None:
            kept.append(member)
        else:
            waiting = [other for other in waiting if other in set(proof)]
    far = {"row": rows, "column": columns}
    found = [(kind, int(far[kind.split("_")[0]][index])) for kind, index in kept]
    return tuple(sorted(found, key=lambda member: (member[0][0] == "c", member[1])))


def _cut_down(
    problem: Problem, members: Sequence[Member]
) -> tuple[Problem, IntArray, IntArray]:
    """Return the problem of the members' rows alone and the places it came from."""
    rows = np.unique([index for kind, index in members if kind.startswith("row")])
    rows = rows.astype(np.int64)
    part = problem.matrix.tocsr()[rows]
    named = [index for kind, index in members if kind.startswith("column")]
    columns = np.union1d(np.unique(part.indices), named).astype(np.int64)
    small = replace(
        problem,
        cost=problem.cost[columns],
        lower=problem.lower[columns],
        upper=problem.upper[columns],
        integer=problem.integer[columns],
        matrix=part[:, columns].tocsc(),
        row_lower=problem.row_lower[rows],
        row_upper=problem.row_upper[rows],
        columns={},
        rows={},
    )
    return small, rows, columns


def _limits(problem: Problem) -> list[Member]:
    equal = problem.row_lower == problem.row_upper
    table: tuple[tuple[str, FloatArray], ...] = (
        ("row", np.where(equal, problem.row_lower, np.inf)),
        ("row_lower", np.where(equal, np.inf, problem.row_lower)),
        ("row_upper", np.where(equal, np.inf, problem.row_upper)),
        ("column_lower", problem.lower),
        ("column_upper", problem.upper),
    )
    return [
        (kind, int(index))
        for kind, values in table
        for index in np.flatnonzero(np.isfinite(values))
    ]


def _proof(problem: Problem, members: Sequence[Member]) -> list[Member] | None:
    """Return the members that prove infeasibility, or None if they can all be met."""
    part = _restricted(problem, members)
    solution = Solver(_elastic(part, 1.0)[0], CHECK).solve()
    reduced = solution.reduced_cost[: problem.cost.size]
    terms = _weight(part.row_lower, part.row_upper, solution.row_dual)
    terms += _weight(part.lower, part.upper, reduced)
    if solution.objective <= SUPPORT * max(1.0, terms):
        return None
    return [one for one in members if _carries(one, solution.row_dual, reduced)]


def _weight(lower: FloatArray, upper: FloatArray, multiplier: FloatArray) -> float:
    limit = np.where(multiplier > 0.0, lower, upper)
    return float(np.abs(multiplier) @ np.where(np.isfinite(limit), np.abs(limit), 0.0))


def _carries(member: Member, dual: FloatArray, reduced: FloatArray) -> bool:
    kind, index = member
    values = dual if kind.startswith("row") else reduced
    least = SUPPORT * float(np.abs(values).max(initial=0.0))
    value = float(values[index])
    if kind == "row":
        return abs(value) > least
    return value > least if kind.endswith("lower") else value < -least


def _restricted(problem: Problem, members: Sequence[Member]) -> Problem:
    """Return the problem with every limit removed that is not a member."""
    limits = {
        "row_lower": np.full_like(problem.row_lower, -np.inf),
        "row_upper": np.full_like(problem.row_upper, np.inf),
        "column_lower": np.full_like(problem.lower, -np.inf),
        "column_upper": np.full_like(problem.upper, np.inf),
    }
    source = {
        "row_lower": problem.row_lower,
        "row_upper": problem.row_upper,
        "column_lower": problem.lower,
        "column_upper": problem.upper,
    }
    for kind, index in members:
        for side in (kind,) if kind != "row" else ("row_lower", "row_upper"):
            limits[side][index] = source[side][index]
    return replace(
        problem,
        cost=np.zeros_like(problem.cost),
        offset=0.0,
        lower=limits["column_lower"],
        upper=limits["column_upper"],
        row_lower=limits["row_lower"],
        row_upper=limits["row_upper"],
        integer=np.zeros_like(problem.integer),
    )


def _elastic(problem: Problem, price: float | FloatArray) -> tuple[Problem, IntArray]:
    """Return the problem with a priced lack and excess for every limited row."""
    from scipy.sparse import csc_array, eye_array, hstack

    rows, columns = problem.shape
    lack = np.where(np.isfinite(problem.row_lower), np.inf, 0.0)
    excess = np.where(np.isfinite(problem.row_upper), np.inf, 0.0)
    unit = eye_array(rows, format="csc")
    each = np.broadcast_to(np.asarray(price, np.float64), (rows,))
    wide = replace(
        problem,
        cost=np.concatenate([problem.cost, each, each]),
        lower=np.concatenate([problem.lower, np.zeros(2 * rows)]),
        upper=np.concatenate([problem.upper, lack, excess]),
        integer=np.concatenate([problem.integer, np.zeros(2 * rows, np.bool_)]),
        matrix=csc_array(hstack([problem.matrix, unit, -unit], format="csc")),
    )
    return wide, np.arange(columns, columns + 2 * rows)


@dataclass(frozen=True, slots=True, eq=False)
class Repair:
    """The cheapest change of row limits that makes a plan possible.

    Parameters
    ----------
    rows : array of int
        Rows to loosen [-].
    amounts : array of float
        Positive: the lower limit must fall by this; negative: the upper limit must
        rise by this [unit of the row].
    cost : float
        Sum of price times amount.
    """

    rows: IntArray
    amounts: FloatArray
    cost: float


def cheapest_repair(problem: Problem, *, price: FloatArray | None = None) -> Repair:
    """Return how little the row limits must give for a plan to exist.

    Parameters
    ----------
    problem : Problem
        An infeasible problem; whole numbers and column bounds are kept.
    price : array of float, shape (rows,), optional
        Cost of one unit of violation [CNY/unit]. By default a violation counts as a
        share of the row's own limit (of its largest coefficient if the limit is 0),
        so that the answer does not depend on units of measure.

    Returns
    -------
    Repair
        No rows if the problem has a plan.

    Raises
    ------
    InputError
        If even free rows leave no plan (whole numbers against column bounds).

    Examples
    --------
    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=1)
    >>> run = builder.columns("run", ["boiler"], upper=5.0)
    >>> need = builder.rows("steam", ["digest"], lower=6.0, upper=float("inf"))
    >>> builder.entries(need.all(), run.all(), 1.0)
    >>> cheapest_repair(builder.problem()).amounts
    array([1.])
    """
    weight = _shares(problem) if price is None else price
    plain = replace(problem, cost=np.zeros_like(problem.cost), offset=0.0)
    wide, slack = _elastic(plain, weight)
    solution = Solver(wide).solve()
    if solution.status != "optimal":
        message = (
            "no loosening of rows gives a plan; expected column bounds that admit "
            "whole numbers; check the bounds of the whole-number columns"
        )
        raise InputError(message)
    lack, excess = np.split(solution.x[slack], 2)
    amounts = lack - excess
    size = np.abs(np.where(np.isfinite(problem.row_lower), problem.row_lower, 0.0))
    rows = np.flatnonzero(np.abs(amounts) > 1e-9 * np.maximum(1.0, size))
    return Repair(rows, amounts[rows], solution.objective)


def _shares(problem: Problem) -> FloatArray:
    limits = [
        np.abs(np.where(np.isfinite(side), side, 0.0))
        for side in (problem.row_lower, problem.row_upper)
    ]
    size = np.maximum(*limits)
    rows = problem.matrix.tocsr()
    largest = (
        abs(rows).max(axis=1).toarray().ravel() if rows.nnz else np.zeros_like(size)
    )
    size = np.where(size > 0.0, size, largest)
    return np.asarray(1.0 / np.where(size > 0.0, size, 1.0), np.float64)
