"""Two-stage problems: some columns common to all scenarios, the rest decided later.

One deterministic equivalent is assembled from the arrays of the scenarios, with the
expected margin, a weight on the worst cases, or a least margin of the worst cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csc_array

from orebook.errors import InfeasibleError, InputError
from orebook.plan.lp import Block, FloatArray, IntArray, Problem
from orebook.plan.scenario.risk import check_tail
from orebook.plan.solve import Settings, Solver

__all__ = [
    "Decided",
    "Equivalent",
    "Risk",
    "check_scenarios",
    "decide",
    "equivalent",
    "held_common",
    "mean_problem",
]

LEVEL = 1e4
"""Size the margins have in the rows of the tail; keeps coefficients in range [-]."""
SATISFIED = 1e-6
"""Share by which a row of common columns alone may be missed when they are held [-]."""
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Risk:
    """What is thought of the worst cases.

    Parameters
    ----------
    tail : float
        Share of worst cases, above 0 and at most 1 [-].
    weight : float
        Weight of their expected margin against that of all cases, 0 to 1 [-].
    floor : float or None
        Least expected margin of the worst cases; None sets none [CNY].

    Raises
    ------
    InputError
        If a figure is outside its range.
    """

    tail: float = 0.1
    weight: float = 0.0
    floor: float | None = None

    def __post_init__(self) -> None:
        """Check the figures."""
        check_tail(self.tail)
        if not 0.0 <= self.weight <= 1.0:
            raise InputError(
                f"weight = {self.weight}; expected 0 to 1; write --risk-weight 0.3"
            )

    @property
    def neutral(self) -> bool:
        """Whether only the expected margin counts."""
        return self.weight == 0.0 and self.floor is None


@dataclass(frozen=True)
class Equivalent:
    """The deterministic equivalent of a two-stage problem.

    Parameters
    ----------
    problem : Problem
        All scenarios in one.
    places : array of int, shape (scenarios, columns of one scenario)
        Where the columns of each scenario stand in it [-].
    """

    problem: Problem
    places: IntArray


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


def equivalent(
    problems: Sequence[Problem],
    probability: FloatArray,
    common: IntArray,
    *,
    risk: Risk,
    level: float,
) -> Equivalent:
    """Return one problem in which all scenarios share their common columns.

    Parameters
    ----------
    problems : sequence of Problem
        One each scenario, with the same columns.
    probability : array of float, shape (scenarios,)
        Probability of each [-].
    common : array of int
        Columns that must be the same in all scenarios [-].
    risk : Risk
        What is thought of the worst cases.
    level : float
        Expected margin, about; only scales the rows of the tail [CNY].

    Returns
    -------
    Equivalent
        Common columns stand first, then those of each scenario, then the tail. Rows
        over common columns alone that are equal in all scenarios stand once.

    Raises
    ------
    InfeasibleError
        If the bounds of a common column leave no value.

    Notes
    -----
    With losses L_s = -margin, the expected loss of the worst share b of the cases is
    the least of ``eta + sum p_s z_s / b`` over eta and ``z_s >= max(0, L_s - eta)``
    [1]_: linear, so that weight and floor are rows and costs of one linear problem.

    References
    ----------
    .. [1] R. T. Rockafellar, S. Uryasev, "Optimization of conditional value-at-risk",
       Journal of Risk 2, 2000.
    """
    count, columns = len(problems), problems[0].cost.size
    shared = np.zeros(columns, np.bool_)
    shared[common] = True
    ahead, behind = int(shared.sum()), columns - int(shared.sum())
    places = np.empty((count, columns), np.int64)
    places[:, shared] = np.arange(ahead)
    for s in range(count):
        places[s, ~shared] = ahead + s * behind + np.arange(behind)
    width = ahead + count * behind
    tail = 0 if risk.neutral else 1 + count
    cost = np.zeros(width + tail)
    for s, problem in enumerate(problems):
        np.add.at(cost, places[s], (1.0 - risk.weight) * probability[s] * problem.cost)
    offset = (1.0 - risk.weight) * sum(
        float(p) * one.offset for p, one in zip(probability, problems, strict=True)
    )
    lower, upper = _bounds(problems, places, shared, width)
    rows = _Rows(problems, places, shared)
    integer = np.zeros(width + tail, np.bool_)
    for s, problem in enumerate(problems):
        integer[places[s]] |= problem.integer
    if tail:
        money = LEVEL / max(1.0, abs(level))
        rows.add_tail(probability, risk, width=width, money=money, level=level)
        cost[width] = risk.weight / money
        cost[width + 1 :] = risk.weight * probability / (risk.tail * money)
        lower = np.concatenate([lower, [-np.inf], np.zeros(count)])
        upper = np.concatenate([upper, np.full(tail, np.inf)])
        offset -= risk.weight * level
    blocks = _column_blocks(problems[0], shared, count, tail=tail)
    problem = rows.problem(cost, lower, upper, integer=integer, offset=offset)
    return Equivalent(replace(problem, columns=blocks), places)


def _bounds(
    problems: Sequence[Problem], places: IntArray, shared: BoolArray, width: int
) -> tuple[FloatArray, FloatArray]:
    lower, upper = np.full(width, -np.inf), np.full(width, np.inf)
    for s, problem in enumerate(problems):
        np.maximum.at(lower, places[s], problem.lower)
        np.minimum.at(upper, places[s], problem.upper)
    wrong = np.flatnonzero(lower > upper)
    if wrong.size:
        column = int(np.flatnonzero(shared)[wrong[0]])
        raise InfeasibleError(
            f"{problems[0].describe_column(column)} is to be common to all scenarios, "
            f"but one demands at least {lower[wrong[0]]:g} and another allows at most "
            f"{upper[wrong[0]]:g}; decide it later (leave it out of --common), or "
            "bring the scenarios nearer"
        )
    return lower, upper


class _Rows:
    """Rows of all scenarios, those over common columns alone once where equal."""

    def __init__(
        self, problems: Sequence[Problem], places: IntArray, shared: BoolArray
    ) -> None:
        self.problems, self.places = problems, places
        self.parts: list[tuple[IntArray, IntArray, FloatArray]] = []
        self.low: list[FloatArray] = []
        self.high: list[FloatArray] = []
        self.size = 0
        self.blocks: dict[str, Block] = {}
        first = problems[0]
        alone = _alone(first, shared)
        for s, problem in enumerate(problems):
            again = alone & _equal_rows(first, problem) if s else np.zeros_like(alone)
            self._add(f"scenario {s + 1}", problem, places[s], keep=~again)

    def _add(
        self, name: str, problem: Problem, places: IntArray, *, keep: BoolArray
    ) -> None:
        matrix = problem.matrix.tocoo()
        number = np.cumsum(keep) - 1
        kept = keep[matrix.row]
        rows = self.size + number[matrix.row[kept]]
        self.parts.append((rows, places[matrix.col[kept]], matrix.data[kept]))
        self.low.append(problem.row_lower[keep])
        self.high.append(problem.row_upper[keep])
        names = tuple(np.array(_names(problem.rows), object)[keep])
        self.blocks[name] = Block(name, self.size, names, 1)
        self.size += int(keep.sum())

    def add_tail(
        self,
        probability: FloatArray,
        risk: Risk,
        *,
        width: int,
        money: float,
        level: float,
    ) -> None:
        """Add one row a scenario for what lies beyond eta, and the floor."""
        count, begun = len(self.problems), self.size
        for s, problem in enumerate(self.problems):
            row = np.full(problem.cost.size, begun + s, np.int64)
            self.parts.append((row, self.places[s], money * problem.cost))
            edge = np.array([width, width + 1 + s], np.int64)
            self.parts.append((np.full(2, begun + s, np.int64), edge, -np.ones(2)))
            self.low.append(np.array([-np.inf]))
            self.high.append(np.array([-money * (problem.offset + level)]))
        self.size += count
        self.blocks["tail"] = Block(
            "tail", begun, tuple(f"scenario {s + 1}" for s in range(count)), 1
        )
        if risk.floor is not None:
            values = np.concatenate([[1.0], probability / risk.tail])
            row = np.full(1 + count, self.size, np.int64)
            self.parts.append((row, width + np.arange(1 + count), values))
            self.low.append(np.array([-np.inf]))
            self.high.append(np.array([money * (level - risk.floor)]))
            self.blocks["floor"] = Block("floor", self.size, ("worst cases",), 1)
            self.size += 1

    def problem(
        self,
        cost: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        *,
        integer: BoolArray,
        offset: float,
    ) -> Problem:
        """Return the problem of all rows."""
        rows, columns, values = (
            np.concatenate([part[k] for part in self.parts]) for k in range(3)
        )
        matrix = coo_array((values, (rows, columns)), shape=(self.size, cost.size))
        sparse = csc_array(matrix)
        sparse.eliminate_zeros()
        sparse.indices = sparse.indices.astype(np.int32)
        sparse.indptr = sparse.indptr.astype(np.int32)
        return Problem(
            cost=cost,
            lower=lower,
            upper=upper,
            integer=integer,
            matrix=sparse,
            row_lower=np.concatenate(self.low),
            row_upper=np.concatenate(self.high),
            offset=offset,
            columns={},
            rows=self.blocks,
        )


def _alone(problem: Problem, shared: BoolArray) -> BoolArray:
    """Return which rows touch common columns only."""
    private = problem.matrix[:, np.flatnonzero(~shared)]
    return np.asarray(np.diff(private.tocsr().indptr) == 0)


def _equal_rows(first: Problem, other: Problem) -> BoolArray:
    """Return which rows of two problems are the same number by number."""
    if first.shape != other.shape:
        return np.zeros(first.shape[0], np.bool_)
    same = (first.row_lower == other.row_lower) & (first.row_upper == other.row_upper)
    differ = (first.matrix - other.matrix).tocsr()
    differ.eliminate_zeros()
    return np.asarray(same & (np.diff(differ.indptr) == 0))


def _names(blocks: Mapping[str, Block]) -> list[str]:
    """Return the name of every member of blocks, in order."""
    return [
        f"{b.name} {e} {t + 1}"
        for b in sorted(blocks.values(), key=lambda b: b.start)
        for e in b.entities
        for t in range(b.periods)
    ]


def _column_blocks(
    problem: Problem, shared: BoolArray, count: int, *, tail: int
) -> dict[str, Block]:
    names = np.array(_names(problem.columns), object)
    found = {"common": Block("common", 0, tuple(names[shared]), 1)}
    start = int(shared.sum())
    later = tuple(names[~shared])
    for s in range(count):
        name = f"scenario {s + 1}"
        found[name] = Block(name, start, later, 1)
        start += len(later)
    if tail:
        edge = ("edge", *(f"beyond, scenario {s + 1}" for s in range(count)))
        found["tail"] = Block("tail", start, edge, 1)
    return found


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
        from orebook.plan.scenario.risk import tail_mean

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
        rows = np.flatnonzero(apart & _alone(first, shared) & _alone(other, shared))
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
    free = _alone(problem, shared) & met
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
