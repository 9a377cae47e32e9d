"""A price as its user or its source sees it: one activity, exact to the last unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from orebook.plan.factor import reduced_costs
from orebook.plan.lp import FloatArray, Problem

__all__ = ["Part", "Seen", "seen_from"]

NOTHING = 1e-12
"""An amount below this share of the largest is rounding [-]."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a price seen from an activity.

    Parameters
    ----------
    kind : str
        ``"price"``: another balance at its published price; ``"cost"``: what the
        activity costs or earns by itself; ``"rent"``: a limit on the activity.
    row : int or None
        Row of the balance or limit; None for the activity's own cost or bound.
    amount : float
        Quantity per unit of the good; produced and paid for count with the sign by
        which they raise the price [unit/unit].
    each : float
        Price, cost or rent per unit of it [CNY/unit].
    money : float
        Part of the price, ``amount * each`` [CNY/unit].
    """

    kind: Literal["price", "cost", "rent"]
    row: int | None
    amount: float
    each: float
    money: float


@dataclass(frozen=True, slots=True)
class Seen:
    """The price of a balance from an activity that uses or makes the good.

    Parameters
    ----------
    column : int
        The activity [-].
    amount : float
        Planned quantity of the good through it, positive where it makes it [unit].
    parts : tuple of Part
        Together the published price, the largest first.
    """

    column: int
    amount: float
    parts: tuple[Part, ...]


def seen_from(
    problem: Problem, x: FloatArray, dual: FloatArray, row: int, *, sign: int
) -> Seen | None:
    """Return the price of a balance as its largest user or source sees it.

    Parameters
    ----------
    problem : Problem
        The problem solved.
    x : array of float, shape (columns,)
        The plan [unit].
    dual : array of float, shape (rows,)
        The published duals [CNY/unit].
    row : int
        The balance [-].
    sign : int
        -1 for the largest user, +1 for the largest source.

    Returns
    -------
    Seen or None
        None if nothing uses, or makes, the good. A store is neither.

    Notes
    -----
    The reduced cost of the activity, ``c = a'y + d``, solved for the price of the one
    good: what its products bring, less its other inputs, its own cost and the rent of
    the limits it runs against.

    Examples
    --------
    In planning case V1 (ore 50, A costs 10, B costs 20, product 300, each of capacity
    100), B sees the intermediate at the product less its cost and its rent:

    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=1)
    >>> goods = builder.rows("balance", ["ore", "middle", "end"], lower=0, upper=0)
    >>> run = builder.columns("run", ["A", "B"], cost=[[10.0], [20.0]], upper=100)
    >>> builder.entries(goods.index([0, 1]), run.index([0, 1]), -1.0)
    >>> builder.entries(goods.index([1, 2]), run.index([0, 1]), 1.0)
    >>> y = np.array([50.0, 170.0, 300.0])
    >>> seen = seen_from(builder.problem(), np.full(2, 100.0), y, 1, sign=-1)
    >>> [(p.kind, p.money) for p in seen.parts]
    [('price', 300.0), ('rent', -110.0), ('cost', -20.0)]
    """
    by_row = problem.matrix.tocsr()
    places = slice(by_row.indptr[row], by_row.indptr[row + 1])
    columns, weights = by_row.indices[places], by_row.data[places]
    if "stock" in problem.columns:  # what lies in store is neither use nor source
        stock = problem.columns["stock"]
        moving = (columns < stock.start) | (columns >= stock.stop)
        columns, weights = columns[moving], weights[moving]
    through = weights * x[columns]
    if not through.size:
        return None
    best = int(np.argmax(sign * through))
    if sign * through[best] <= 0.0:
        return None
    column, weight = int(columns[best]), float(weights[best])
    parts = _parts(problem, dual, column, row=row, weight=weight)
    return Seen(column, float(through[best]), parts)


def _parts(
    problem: Problem, dual: FloatArray, column: int, *, row: int, weight: float
) -> tuple[Part, ...]:
    matrix = problem.matrix
    places = slice(matrix.indptr[column], matrix.indptr[column + 1])
    rows = matrix.indices[places]
    balance = problem.rows["balance"]
    found = []
    for other, amount in zip(rows.tolist(), matrix.data[places].tolist(), strict=True):
        if other != row:
            inside = balance.start <= other < balance.stop
            kind: Literal["price", "rent"] = "price" if inside else "rent"
            found.append(_part(kind, other, -amount / weight, float(dual[other])))
    cost = float(problem.cost[column])
    found.append(_part("cost", None, 1.0 / weight, cost))
    bound = float(reduced_costs(problem, dual)[column])
    found.append(_part("rent", None, -1.0 / weight, bound))
    largest = max(abs(p.money) for p in found)
    kept = [p for p in found if abs(p.money) > NOTHING * largest]
    return tuple(sorted(kept, key=lambda p: -abs(p.money)))


def _part(
    kind: Literal["price", "cost", "rent"], row: int | None, amount: float, each: float
) -> Part:
    return Part(kind, row, amount, each, amount * each)
