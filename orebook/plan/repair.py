"""How little must give for a plan to exist: the cheapest repair, and each way alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from orebook.plan.infeasible import Member
from orebook.plan.lp import FloatArray, Problem
from orebook.plan.solve import Solution, Solver

__all__ = [
    "STIFFNESS",
    "Give",
    "Requirement",
    "alone",
    "cheapest_gives",
    "given",
    "levels",
    "outlet",
    "requirement_of",
]

STIFFNESS: Mapping[str, float] = {
    "capacity": 3.0,
    "route": 3.0,
    "limit": 3.0,
    "duty": 3.0,
    "minimum": 2.0,
    "stock": 2.0,
    "feed_limit": 2.0,
    "spec": 2.0,
}
"""How hard each family gives, against a contract quantity at 1 [-].

A stated policy, not a measurement: a quantity can be talked about, a store or a quality
less so, plant and permits least.
"""
FREE = frozenset({"balance"})
"""Rows that are the laws of the plan, not requirements of anybody."""
NOTHING = 1e-7
"""A give below this share of its limit is rounding [-]."""


@dataclass(frozen=True, slots=True)
class Give:
    """A limit that gives in one period.

    Parameters
    ----------
    kind, subject : str
        Family of the limit and its name in the book.
    period : int
        Period, counted from 0.
    side : str
        ``"max"`` rises, ``"min"`` falls.
    limit : float
        What is asked for now [unit of the limit].
    amount : float
        By how much it must give, at least 0 [unit of the limit].
    cost : float
        ``amount`` at the price level of its good times the stiffness of its family
        [CNY].
    member : Member
        Its place in the problem.
    """

    kind: str
    subject: str
    period: int
    side: str
    limit: float
    amount: float
    cost: float
    member: Member

    @property
    def after(self) -> float:
        """The limit that can be met [unit of the limit]."""
        return self.limit + (self.amount if self.side == "max" else -self.amount)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A side of a limit of the book, over all periods it is required in.

    Parameters
    ----------
    kind, subject, side : str
        Family, name in the book, ``"max"`` or ``"min"``.
    """

    kind: str
    subject: str
    side: str


def requirement_of(problem: Problem, member: Member) -> Requirement | None:
    """Return the requirement a limit of the problem stands for.

    Parameters
    ----------
    problem : Problem
        The problem.
    member : (str, int)
        Kind and index, as `orebook.plan.infeasible.contradiction` gives them.

    Returns
    -------
    Requirement or None
        None for a balance, and for that nothing runs backwards.
    """
    kind, index = member
    label = problem.describe(kind, index)
    if label.block in FREE or (kind == "column_lower" and not problem.lower[index]):
        return None
    side = "min" if kind.endswith("lower") else "max"
    return Requirement(label.block, label.entity, side)


def levels(problem: Problem) -> FloatArray:
    """Return a price level for every row and column.

    Parameters
    ----------
    problem : Problem
        The problem; what is bought and sold has a cost.

    Returns
    -------
    array of float, shape (columns + rows,)
        Worth of one unit of each column, then of each row [CNY/unit]. Free of units
        of measure: a change of unit changes it as it changes a price.

    Notes
    -----
    Balances with a market take the mean of the prices there, others of their material
    the mean over its markets; from them the level
    spreads along the activities, each being worth the most valuable good it moves (a
    contract its own price). A
    row that limits activities is worth what stands behind one unit of it: the median
    over its activities of their worth per coefficient.
    """
    matrix, balance = problem.matrix.tocoo(), problem.rows["balance"]
    inside = (matrix.row >= balance.start) & (matrix.row < balance.stop)
    rows, columns = matrix.row[inside], matrix.col[inside]
    size = np.abs(matrix.data[inside])
    good = _market_levels(problem, rows, columns, size)
    worth = np.zeros(problem.cost.size)
    while True:
        np.maximum.at(worth, columns, size * good[rows])
        found = np.full(good.size, np.inf)
        np.minimum.at(
            found, rows, np.where(worth[columns] > 0, worth[columns], np.inf) / size
        )
        new = (good == 0.0) & np.isfinite(found)
        if not new.any():
            break
        good[new] = found[new]
    own = np.where(_traded(problem), np.abs(problem.cost), 0.0)
    worth = np.where(own > 0.0, own, np.where(worth > 0.0, worth, np.abs(problem.cost)))
    worth = np.where(worth > 0.0, worth, 1.0)
    return np.concatenate([worth, _row_levels(problem, worth, good)])


def _market_levels(
    problem: Problem,
    rows: npt.NDArray[np.int32],
    columns: npt.NDArray[np.int32],
    size: FloatArray,
) -> FloatArray:
    """Return the mean price of each balance that a market touches, else 0."""
    at = _traded(problem)[columns] & (problem.cost[columns] != 0.0)
    total, count = np.zeros(problem.row_lower.size), np.zeros(problem.row_lower.size)
    np.add.at(total, rows[at], np.abs(problem.cost[columns[at]]) / size[at])
    np.add.at(count, rows[at], 1.0)
    own = np.where(count > 0.0, total / np.maximum(count, 1.0), 0.0)
    return _elsewhere(problem, own)


def _elsewhere(problem: Problem, own: FloatArray) -> FloatArray:
    """Let a balance without a market take the mean price of its material elsewhere."""
    block = problem.rows["balance"]
    materials = np.array([name.partition("@")[0] for name in block.entities])
    _, kind = np.unique(np.repeat(materials, block.periods), return_inverse=True)
    price = own[block.start : block.stop]
    known = price > 0.0
    total = np.bincount(kind[known], price[known], minlength=kind.max(initial=0) + 1)
    count = np.bincount(kind[known], minlength=total.size)
    mean = total / np.maximum(count, 1)
    found = own.copy()
    found[block.start : block.stop] = np.where(known, price, mean[kind])
    return found


def _traded(problem: Problem) -> npt.NDArray[np.bool_]:
    """Return which columns are purchases or sales."""
    traded = np.zeros(problem.cost.size, np.bool_)
    for name in ("buy", "sell"):
        if name in problem.columns:
            traded[problem.columns[name].all().ravel()] = True
    return traded


def _row_levels(problem: Problem, worth: FloatArray, good: FloatArray) -> FloatArray:
    found = good.copy()
    by_row = problem.matrix.tocsr()
    for row in np.flatnonzero(good == 0.0).tolist():
        places = slice(by_row.indptr[row], by_row.indptr[row + 1])
        columns, weights = by_row.indices[places], np.abs(by_row.data[places])
        found[row] = float(np.median(worth[columns] / weights)) if weights.size else 1.0
    return found


def cheapest_gives(problem: Problem) -> tuple[Give, ...]:
    """Return the cheapest way to make an infeasible plan possible.

    Parameters
    ----------
    problem : Problem
        An infeasible problem with a block of rows named "balance".

    Returns
    -------
    tuple of Give
        Limits that must give, the costliest first; empty if the plan is possible, or
        if no giving of limits helps (whole numbers).

    Notes
    -----
    Every side of every limit but the balances may give at its price level
    (`levels`) times `STIFFNESS`; the least total is a linear program. That nothing
    runs backwards never gives.

    Examples
    --------
    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=1)
    >>> buy = builder.columns("buy", ["ore"], cost=50.0, upper=5.0)
    >>> sell = builder.columns("sell", ["ore"], cost=-80.0, lower=6.0)
    >>> row = builder.rows("balance", ["ore"], lower=0.0, upper=0.0)
    >>> builder.entries(row.all(), [[buy.start, sell.start]], [[1.0, -1.0]])
    >>> [(g.kind, g.side, g.amount) for g in cheapest_gives(builder.problem())]
    [('buy', 'max', 1.0)]
    """
    members = list(_may_give(problem))
    return _gives(problem, members)


def alone(problem: Problem, requirement: Requirement) -> tuple[Give, ...] | None:
    """Return how far one requirement alone must give, over its periods.

    Parameters
    ----------
    problem : Problem
        An infeasible problem.
    requirement : Requirement
        The one that may give; all others hold.

    Returns
    -------
    tuple of Give or None
        One for each period in which it must; None where alone it cannot help.
    """
    members = [
        m for m in _may_give(problem) if requirement_of(problem, m) == requirement
    ]
    return _gives(problem, members) or None


def outlet(problem: Problem, balance: str) -> tuple[Give, ...] | None:
    """Return how much of a good must be placed, or found, outside the plan.

    Parameters
    ----------
    problem : Problem
        An infeasible problem.
    balance : str
        Entity of the block "balance": material and place.

    Returns
    -------
    tuple of Give
        ``"max"``: so much more is made than used, ``"min"``: so much is missing; None
        where an outlet and a source of this good alone do not help.
    """
    block = problem.rows["balance"]
    rows = block.index(balance, np.arange(block.periods))
    sides = [(side, int(r)) for side in ("row_lower", "row_upper") for r in rows]
    return _gives(problem, sides) or None


def _may_give(problem: Problem) -> Iterable[Member]:
    """Yield every side of every limit that somebody could change."""
    own = np.ones(problem.row_lower.size, np.bool_)
    for name in FREE & set(problem.rows):
        own[problem.rows[name].all().ravel()] = False
    whole = ~problem.integer
    table = (
        ("row_lower", np.isfinite(problem.row_lower) & own),
        ("row_upper", np.isfinite(problem.row_upper) & own),
        ("column_lower", np.isfinite(problem.lower) & (problem.lower > 0.0) & whole),
        ("column_upper", np.isfinite(problem.upper) & whole),
    )
    for kind, mask in table:
        yield from ((kind, int(index)) for index in np.flatnonzero(mask))


def _gives(problem: Problem, members: Sequence[Member]) -> tuple[Give, ...]:
    if not members:
        return ()
    level = levels(problem)
    price = np.array([_price(problem, m, level) for m in members])
    solution = _least(problem, members, price)
    if solution is None:
        return ()
    amounts = solution.x[problem.cost.size :]
    found = []
    for member, amount, each in zip(members, amounts, price, strict=True):
        limit = _limit(problem, member)
        # A quality limit of 0 is measured by what its price level makes noticeable.
        floor = NOTHING * (abs(limit) if limit else 1.0)
        if amount > floor:
            found.append(_give(problem, member, float(amount), float(amount * each)))
    return tuple(sorted(found, key=lambda g: (-g.cost, g.kind, g.subject, g.period)))


def _price(problem: Problem, member: Member, level: FloatArray) -> float:
    kind, index = member
    place = index + (problem.cost.size if kind.startswith("row") else 0)
    block = problem.describe(kind, index).block
    return float(level[place]) * STIFFNESS.get(block, 1.0)


def _limit(problem: Problem, member: Member) -> float:
    kind, index = member
    source = {
        "row_lower": problem.row_lower,
        "row_upper": problem.row_upper,
        "column_lower": problem.lower,
        "column_upper": problem.upper,
    }
    return float(source[kind][index])


def _give(problem: Problem, member: Member, amount: float, cost: float) -> Give:
    kind, index = member
    label = problem.describe(kind, index)
    side = "min" if kind.endswith("lower") else "max"
    limit = _limit(problem, member)
    return Give(
        label.block, label.entity, label.period, side, limit, amount, cost, member
    )


def _least(
    problem: Problem, members: Sequence[Member], price: FloatArray
) -> Solution | None:
    """Solve for the least cost of giving; None if giving does not help."""
    from scipy.sparse import csc_array, hstack

    rows, size = problem.row_lower.size, len(members)
    upper = np.full(size, np.inf)
    parts = []
    for k, (kind, index) in enumerate(members):
        sign = 1.0 if kind in ("row_lower", "column_upper") else -1.0
        if kind.startswith("row"):
            one = csc_array(([sign], ([index], [0])), shape=(rows, 1))
        else:
            one = csc_array(problem.matrix[:, [index]] * sign)
        if kind == "column_lower":
            upper[k] = problem.lower[index]
        parts.append(one)
    scale = float(np.max(price))
    wide = replace(
        problem,
        cost=np.concatenate([np.zeros_like(problem.cost), price / scale]),
        offset=0.0,
        lower=np.concatenate([problem.lower, np.zeros(size)]),
        upper=np.concatenate([problem.upper, upper]),
        integer=np.concatenate([problem.integer, np.zeros(size, np.bool_)]),
        matrix=csc_array(hstack([problem.matrix, *parts], format="csc")),
    )
    solution = Solver(wide).solve()
    return solution if solution.status == "optimal" else None


def given(problem: Problem, gives: Iterable[Give]) -> Problem:
    """Return the problem with limits moved as far as they give.

    Parameters
    ----------
    problem : Problem
        The infeasible problem.
    gives : iterable of Give
        What gives.

    Returns
    -------
    Problem
        Possible, if the gives are those of `cheapest_gives` or `alone`.
    """
    sides = {
        "row_lower": problem.row_lower.copy(),
        "row_upper": problem.row_upper.copy(),
        "column_lower": problem.lower.copy(),
        "column_upper": problem.upper.copy(),
    }
    for give in gives:
        kind, index = give.member
        sides[kind][index] = give.after
    return replace(
        problem,
        row_lower=sides["row_lower"],
        row_upper=np.maximum(sides["row_upper"], sides["row_lower"]),
        lower=sides["column_lower"],
        upper=sides["column_upper"],
    )
