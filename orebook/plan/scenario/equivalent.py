"""The deterministic equivalent of a two-stage problem, assembled from arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csc_array

from orebook.errors import InfeasibleError
from orebook.plan.lp import Block, FloatArray, IntArray, Problem
from orebook.plan.scenario.risk import Risk

__all__ = ["BoolArray", "Equivalent", "alone", "equivalent"]

LEVEL = 1e4
"""Size the margins have in the rows of the tail; keeps coefficients in range [-]."""
BoolArray = npt.NDArray[np.bool_]


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
        common = alone(first, shared)
        for s, problem in enumerate(problems):
            again = common & _equal_rows(first, problem) if s else np.zeros_like(common)
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


def alone(problem: Problem, shared: BoolArray) -> BoolArray:
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
