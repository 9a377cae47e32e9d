"""What an internal price follows: the contract or limit it is tied to in a plan.

A column between its bounds has reduced cost 0, so it ties the prices of the balances
it touches to each other and to its own cost. Walking along such columns from a balance
ends at what the price really depends on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.plan.lp import Problem
from orebook.plan.result import Plan

__all__ = ["Anchor", "anchor_of"]

INSIDE = 1e-9
"""A value is between its bounds if it is off both by more than this share [-]."""
FARTHEST = 400
"""Balances walked before the search ends [-]."""
SAME = 1e-6
"""Prices and worths that differ by less than this share are the same [-]."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a price is tied to.

    Parameters
    ----------
    what : str
        ``"price"`` of a contract, ``"amount"`` or ``"worth"`` of a limit.
    kind : str
        ``"buy"``, ``"sell"`` or the family of the limit.
    subject, period : str
        Contract or subject of the limit; period it stands in.
    before, after : float
        The figure in the old and the new plan [CNY/unit, or unit of the limit].
    """

    what: str
    kind: str
    subject: str
    period: str
    before: float
    after: float

    def to_dict(self) -> dict[str, object]:
        """Return the anchor as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


def anchor_of(before: Plan, after: Plan, row: int, *, period: int) -> Anchor | None:
    """Return what a price is tied to that is not as it was.

    Parameters
    ----------
    before, after : Plan
        The two plans.
    row : int
        Balance, in the order of the network [-].
    period : int
        Period of the new plan [-].

    Returns
    -------
    Anchor or None
        The nearest input that changed (a market price, the amount of a limit); else
        the nearest limit that is worth something else; None if everything within
        reach is as it was (the price then stands free within bid and ask).
    """
    nearest: Anchor | None = None
    for column, rows in _walk(after, row, period):
        found = _market(before, after, column)
        for other in rows if found is None else ():
            limit = _limit(before, after, other)
            if limit is not None and limit.what == "amount":
                found = limit
            nearest = nearest or limit
        if found is not None:
            return found
    return nearest


def _walk(plan: Plan, row: int, period: int) -> Iterator[tuple[int, list[int]]]:
    """Yield columns tied to a balance, nearest first, with the rows of each."""
    problem = plan.linear
    inside, by_row = _inside(plan), problem.matrix.tocsr()
    balances = problem.rows["balance"]
    start = int(balances.index(np.array(row), period))
    queue, seen = deque([start]), {start}
    while queue and len(seen) < FARTHEST:
        here = queue.popleft()
        places = slice(by_row.indptr[here], by_row.indptr[here + 1])
        for column in by_row.indices[places].tolist():
            if inside[column]:
                rows = _rows(problem, column)
                fresh = [r for r in rows if balances.start <= r < balances.stop]
                queue.extend(r for r in fresh if r not in seen)
                seen.update(fresh)
                yield column, rows


def _inside(plan: Plan) -> npt.NDArray[np.bool_]:
    problem, x = plan.linear, plan.x
    room = INSIDE * np.maximum(1.0, np.abs(x))
    return np.asarray((x > problem.lower + room) & (x < problem.upper - room), np.bool_)


def _rows(problem: Problem, column: int) -> list[int]:
    matrix = problem.matrix
    found = matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
    return [int(i) for i in found]


def _market(before: Plan, after: Plan, column: int) -> Anchor | None:
    """Return a contract whose market price is not what it was."""
    label = after.linear.describe_column(column)
    if label.block not in ("buy", "sell"):
        return None
    name = label.entity.partition("#")[0].partition(":")[0]
    key = f"{label.block}:{name}"
    then = _then(before, after, label.period)
    if then is None:
        return None
    prices = [
        float(p.assembly.conditions.price[key][t])
        for p, t in ((before, then), (after, label.period))
    ]
    period = after.periods[label.period].name
    return _if_new(("price", label.block, name, period), prices)


def _limit(before: Plan, after: Plan, row: int) -> Anchor | None:
    """Return a limit whose amount, or else whose worth, is not what it was."""
    label = after.linear.describe_row(row)
    if label.block == "balance":
        return None
    then = _then(before, after, label.period)
    if then is None:
        return None
    old = before.linear.rows.get(label.block)
    if old is None or label.entity not in old.entities:
        return None
    place = int(old.index(label.entity, then))
    period = after.periods[label.period].name
    pair = before.linear, after.linear
    for lower in (False, True):
        amounts = [_side(p, i, lower) for p, i in zip(pair, (place, row), strict=True)]
        name = ("amount", label.block, label.entity, period)
        if np.isfinite(amounts).all() and (found := _if_new(name, amounts)):
            return found
    worths = [float(-before.row_dual[place]), float(-after.row_dual[row])]
    return _if_new(("worth", label.block, label.entity, period), worths)


def _side(problem: Problem, row: int, lower: bool) -> float:
    return float((problem.row_lower if lower else problem.row_upper)[row])


def _then(before: Plan, after: Plan, period: int) -> int | None:
    name = after.periods[period].name
    names = [p.name for p in before.periods]
    return names.index(name) if name in names else None


def _if_new(name: tuple[str, str, str, str], values: list[float]) -> Anchor | None:
    was, now = values
    if abs(now - was) <= SAME * max(abs(was), abs(now), 1.0):
        return None
    return Anchor(*name, was, now)
