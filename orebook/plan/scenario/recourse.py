"""Two-stage problems: some columns common to all scenarios, the rest decided later.

The expected margin counts, with a weight on the worst cases or a least margin of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array

from orebook.errors import InfeasibleError, InputError
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.scenario.equivalent import alone, equivalent
from orebook.plan.scenario.risk import Risk, tail_mean
from orebook.plan.solve import Settings, Solver

__all__ = [
    "Decided",
    "check_scenarios",
    "decide",
    "held_common",
    "mean_problem",
]

SATISFIED = 1e-6
"""Share by which a row of common columns alone may be missed when they are held [-]."""


@dataclass(frozen=True)
class Decided:
    """The decision of a two-stage problem.

    Parameters
    ----------
    x : array of float, shape (scenarios, columns of one scenario)
        Columns of each scenario; the common ones are the same in all [unit].
    margin : array of float, shape (scenarios,)
        Margin of each scenario [CNY].
    seconds : float
        Time in the solver [s].
    size : tuple of int
        Rows and columns of the equivalent [-].
    """

    x: FloatArray
    margin: FloatArray
    seconds: float
    size: tuple[int, int]


def check_scenarios(problems: Sequence[Problem], probability: FloatArray) -> None:
    """Refuse scenarios that do not fit together.

    Raises
    ------
    InputError
        If there is none, columns differ, or the probabilities do not sum to 1.
    """
    total = float(probability.sum())
    if len(problems) != probability.size or not problems:
        raise InputError(
            f"{len(problems)} scenarios and {probability.size} probabilities; expected "
            "one each, at least one; give every scenario its probability"
        )
    if probability.min() <= 0.0 or abs(total - 1.0) > 1e-9:
        raise InputError(
            f"the probabilities {probability.tolist()} sum to {total:g}; expected each "
            "above 0 and a sum of 1; correct them"
        )
    first = _layout(problems[0])
    for number, problem in enumerate(problems):
        if _layout(problem) != first:
            raise InputError(
                f"scenario {number + 1} has other columns than the first; expected "
                "the same decisions in all; change data, not what can be decided"
            )


def _layout(problem: Problem) -> list[tuple[str, int, tuple[str, ...], int]]:
    blocks = problem.columns.values()
    return [(b.name, b.start, b.entities, b.periods) for b in blocks]


def decide(
    problems: Sequence[Problem],
    probability: FloatArray,
    common: IntArray,
    *,
    risk: Risk | None = None,
    level: float = 0.0,
    settings: Settings | None = None,
) -> Decided:
    """Return the best common decision and what follows from it in each scenario.

    Parameters
    ----------
    problems : sequence of Problem
        One each scenario, with the same columns; whole numbers stay whole.
    probability : array of float, shape (scenarios,)
        Probability of each [-].
    common : array of int
        Columns that must be the same in all scenarios [-].
    risk : Risk, optional
        What is thought of the worst cases; nothing where absent.
    level : float
        Expected margin, about; only scales [CNY].
    settings : Settings, optional
        How to solve.

    Returns
    -------
    Decided
        An optimum.

    Raises
    ------
    InfeasibleError
        If no common decision fits all scenarios, or the worst cases cannot yield the
        floor; then the message says what they can.
    InputError
        If the scenarios do not fit together, or the time limit was reached.

    Examples
    --------
    Order papers at 6, sell at 10 what is asked for, 5 or 9, equally likely; the
    critical ratio 0.4 says 5:

    >>> from orebook.plan.lp import Builder
    >>> def day(demand):
    ...     builder = Builder(periods=1)
    ...     order = builder.columns("order", ["paper"], cost=6.0)
    ...     sell = builder.columns("sell", ["paper"], cost=-10.0, upper=demand)
    ...     rest = builder.rows("balance", ["paper"], lower=0.0, upper=np.inf)
    ...     builder.entries(rest.all(), order.all(), 1.0)
    ...     builder.entries(rest.all(), sell.all(), -1.0)
    ...     return builder.problem()
    >>> found = decide([day(5.0), day(9.0)], np.array([0.5, 0.5]), np.array([0]))
    >>> found.x[:, 0].tolist(), found.margin.tolist()
    ([5.0, 5.0], [20.0, 20.0])
    """
    how = risk or Risk()
    check_scenarios(problems, probability)
    made = equivalent(problems, probability, common, risk=how, level=level)
    solution = Solver(made.problem, settings).solve()
    if solution.status == "infeasible":
        raise _no_decision(problems, probability, common, risk=how, level=level)
    if solution.status != "optimal":
        raise InputError(
            f"the two-stage problem ended with '{solution.status}'; expected an "
            "optimum; give it more time, fewer scenarios, or bounds to what can be "
            "bought and sold"
        )
    x = solution.x[made.places]
    costs = [float(p.cost @ one) + p.offset for p, one in zip(problems, x, strict=True)]
    return Decided(x, -np.array(costs), solution.seconds, made.problem.shape)


def _no_decision(
    problems: Sequence[Problem],
    probability: FloatArray,
    common: IntArray,
    *,
    risk: Risk,
    level: float,
) -> InfeasibleError:
    if risk.floor is not None:
        best = decide(
            problems,
            probability,
            common,
            risk=Risk(tail=risk.tail, weight=1.0),
            level=level,
        )
        most = tail_mean(best.margin, probability, risk.tail)
        return InfeasibleError(
            f"the worst {risk.tail:.0%} of cases cannot yield {risk.floor:,.0f} CNY on "
            f"average; the most they can is {most:,.0f} CNY; lower the floor"
        )
    return InfeasibleError(
        "no common decision fits all scenarios, though each alone may have a plan"
        f"{_at_odds(problems, common)}; decide less in common (--common buy,sell), or "
        "bring the scenarios nearer"
    )


def _at_odds(problems: Sequence[Problem], common: IntArray) -> str:
    """Name the first row over common columns that two scenarios state differently."""
    first = problems[0]
    shared = np.zeros(first.cost.size, np.bool_)
    shared[common] = True
    for number, other in enumerate(problems[1:], start=2):
        if other.shape != first.shape:
            continue
        apart = (first.row_lower > other.row_upper) | (
            first.row_upper < other.row_lower
        )
        rows = np.flatnonzero(apart & alone(first, shared) & alone(other, shared))
        if rows.size:
            row, label = int(rows[0]), first.describe_row(int(rows[0]))
            return (
                f": {label} is {first.row_upper[row]:,.6g} in scenario 1 and "
                f"{other.row_upper[row]:,.6g} in scenario {number}"
            )
    return ""


def mean_problem(problems: Sequence[Problem], probability: FloatArray) -> Problem:
    """Return the problem of the mean of all data.

    Parameters
    ----------
    problems : sequence of Problem
        One each scenario, with the same columns and rows.
    probability : array of float, shape (scenarios,)
        Probability of each [-].

    Raises
    ------
    InputError
        If the scenarios have different rows, so that no mean exists.
    """
    check_scenarios(problems, probability)
    first = problems[0]
    if any(p.shape != first.shape for p in problems):
        raise InputError(
            "the scenarios have different rows, so that there is no mean of them; "
            "expected the same limits with other figures; state them in all"
        )

    def mean(name: str) -> FloatArray:
        parts = np.array([getattr(p, name) for p in problems])
        same = (parts == parts[0]).all(axis=0)  # keeps infinities, and every digit
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(same, parts[0], probability @ parts))

    matrix = sum(
        (float(p) * one.matrix for p, one in zip(probability, problems, strict=True)),
        start=csc_array(first.shape),
    )
    if all((one.matrix - first.matrix).nnz == 0 for one in problems):
        matrix = first.matrix
    return replace(
        first,
        cost=mean("cost"),
        lower=mean("lower"),
        upper=mean("upper"),
        row_lower=mean("row_lower"),
        row_upper=mean("row_upper"),
        matrix=csc_array(matrix),
        offset=float(
            sum(p * one.offset for p, one in zip(probability, problems, strict=True))
        ),
    )


def held_common(
    problem: Problem, common: IntArray, values: FloatArray, *, within: float = 0.0
) -> Problem:
    """Return a problem with its common columns held at a decision.

    Parameters
    ----------
    problem : Problem
        One scenario.
    common : array of int
        Columns held [-].
    values : array of float, shape (common,)
        The decision [unit].
    within : float
        Share of its size by which a column may still move [-].

    Returns
    -------
    Problem
        Whole numbers are held exactly. Rows over held columns
        alone that the decision meets are set free; one it does not meet leaves no
        plan.
    """
    shared = np.zeros(problem.cost.size, np.bool_)
    shared[common] = True
    x = np.zeros(problem.cost.size)
    x[common] = values
    held = np.where(problem.integer, np.round(x), x)
    activity = np.asarray(problem.matrix @ held)
    size = SATISFIED * np.maximum(1.0, np.asarray(abs(problem.matrix) @ np.abs(held)))
    met = (activity >= problem.row_lower - size) & (
        activity <= problem.row_upper + size
    )
    free = alone(problem, shared) & met
    slack = SATISFIED * np.maximum(1.0, np.abs(held))
    inside = (held >= problem.lower - slack) & (held <= problem.upper + slack)
    barred = shared & ~inside  # outside its bounds: keep them, so that none is left
    fixed = shared & inside
    band = np.where(problem.integer, 0.0, within * np.maximum(1.0, np.abs(held)))
    lower = np.where(fixed, held - band, problem.lower)
    upper = np.where(fixed, held + band, problem.upper)
    if barred.any():
        raise InfeasibleError(
            f"{problem.describe_column(int(np.flatnonzero(barred)[0]))} lies outside "
            "what this scenario allows"
        )
    return replace(
        problem,
        lower=lower,
        upper=upper,
        row_lower=np.where(free, -np.inf, problem.row_lower),
        row_upper=np.where(free, np.inf, problem.row_upper),
    )
