"""Whole cargo lots of purchases, sales and routes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import good
from orebook.plan.blocks.work import Work
from orebook.plan.lp import Block, FloatArray
from orebook.quantity import Measure, Rate

__all__ = ["add_lots", "by_period", "free", "to_date"]

ALMOST = 1e-9
"""A number of lots this close to a whole one is that one [-]."""


@dataclass(frozen=True, slots=True)
class _Lotted:
    """What moves in whole lots: columns by name of the integer, size, least, most."""

    key: str
    parts: tuple[tuple[str, tuple[int, ...]], ...]
    block: Block
    lot: float
    least: FloatArray
    most: FloatArray


def by_period(
    work: Work,
    of: str,
    low: Rate | Measure | None,
    high: Rate | Measure | None,
    *,
    key: str,
) -> tuple[FloatArray, FloatArray]:
    """Return least and most of a contract per period, shape (periods,) [unit].

    Parameters
    ----------
    work : Work
        Knows the periods.
    of : str
        Unit of the amounts.
    low, high : Rate, Measure or None
        Limits of the book.
    key : str
        Subject under which other limits may be known, ``"buy:coal"``.
    """
    return (
        work.amount(low, of, 0.0, key=f"{key} min"),
        work.amount(high, of, np.inf, key=f"{key} max"),
    )


def free(work: Work) -> tuple[FloatArray, FloatArray]:
    """Return the limits of columns whose lots carry them: none in a single period.

    A day's share of a yearly contract would never let a ship in.
    """
    return np.zeros(work.count), np.full(work.count, np.inf)


def to_date(
    least: FloatArray, most: FloatArray, lot: float
) -> tuple[FloatArray, FloatArray]:
    """Return the least and most lots from the first period to the end of each.

    Parameters
    ----------
    least, most : array of float, shape (periods,)
        Amounts of the contract per period [unit].
    lot : float
        Size of a lot [unit].

    Returns
    -------
    tuple of array
        Whole lots: within the horizon a lot may come as soon as part of it is due; at
        its end the sum is no more than the contract's most and, where whole lots can,
        no less than its least [-].

    Examples
    --------
    >>> low, high = to_date(np.full(3, 50.0), np.full(3, 50.0), 60.0)
    >>> low.tolist(), high.tolist()
    ([0.0, 1.0, 2.0], [1.0, 2.0, 2.0])
    """
    due, allowed = np.cumsum(least) / lot, np.cumsum(most) / lot
    end = np.floor(allowed[-1] + ALMOST)
    high = np.minimum(np.ceil(allowed - ALMOST), end)
    low = np.minimum(np.floor(due + ALMOST), high)
    low[-1] = min(float(np.ceil(due[-1] - ALMOST)), float(high[-1]))
    return low, high


def add_lots(work: Work) -> None:
    """Tie contracts and routes that move whole lots to a whole number of them."""
    found = [*_purchases(work), *_sales(work), *_routes(work)]
    if not found:
        return
    names = [name for x in found for name, _ in x.parts]
    upper = np.array([_most_lots(x) for x in found for _ in x.parts])
    whole = np.broadcast_to(work.whole, upper.shape)
    lots = work.columns("lots", names, upper=upper, integer=whole)
    rows = work.builder.rows("lots", names, lower=0.0, upper=0.0)
    row = 0
    for x in found:
        for _, members in x.parts:
            work.builder.entries(rows.all()[row], lots.all()[row], -x.lot)
            for member in members:
                work.builder.entries(rows.all()[row], x.block.all()[member], 1.0)
            row += 1
    _to_date(work, found, lots)


def _most_lots(x: _Lotted) -> FloatArray:
    return np.ceil(x.most / x.lot - ALMOST)


def _to_date(work: Work, found: list[_Lotted], lots: Block) -> None:
    limited = [x for x in found if np.isfinite(x.most).all() or np.any(x.least > 0.0)]
    if not limited:
        return
    pairs = [to_date(x.least, x.most, x.lot) for x in limited]
    rows = work.builder.rows(
        "lots_to_date",
        [x.key for x in limited],
        lower=np.array([p[0] for p in pairs]),
        upper=np.array([p[1] for p in pairs]),
    )
    t, s = np.tril_indices(work.count)
    for k, x in enumerate(limited):
        for name, _ in x.parts:
            work.builder.entries(
                rows.all()[k][t], lots.all()[lots.position(name)][s], 1
            )


def _purchases(work: Work) -> Iterator[_Lotted]:
    block = work.columns_of.get("buy")
    for p in work.chain.purchases if block is not None else ():
        if p.lot is None or block is None:
            continue
        of = work.unit_of(p.good)
        mine = [e for e in block.entities if e == p.id or e.startswith(f"{p.id}#")]
        places = tuple(block.position(e) for e in mine)
        key = f"buy:{p.id}"
        yield _Lotted(key, ((key, places),), block, p.lot.to(of),
                      *by_period(work, of, p.min, p.max, key=key))  # fmt: skip


def _sales(work: Work) -> Iterator[_Lotted]:
    block = work.columns_of.get("sell")
    for s in work.chain.sales if block is not None else ():
        if s.lot is None or block is None:
            continue
        of = work.unit_of(s.goods[0])
        names = [f"{s.id}:{good(text).material}" for text in s.goods]
        places = tuple(block.position(e) for e in names)
        key = f"sell:{s.id}"
        yield _Lotted(key, ((key, places),), block, s.lot.to(of),
                      *by_period(work, of, s.min, s.max, key=key))  # fmt: skip


def _routes(work: Work) -> Iterator[_Lotted]:
    block = work.columns_of.get("ship")
    for r in work.chain.routes if block is not None else ():
        if r.lot is None or block is None:
            continue
        of = work.chain.material[r.materials[0]].unit
        names = [f"{r.id}:{m}" for m in r.materials]
        parts = tuple((f"ship:{n}", (block.position(n),)) for n in names)
        least, most = by_period(work, of, None, r.capacity, key=f"route:{r.id}")
        share = work.conditions.availability[r.id]
        with np.errstate(invalid="ignore"):
            most = np.where(np.isfinite(most), most * share, most)
        yield _Lotted(f"ship:{r.id}", parts, block, r.lot.to(of), least, most)
