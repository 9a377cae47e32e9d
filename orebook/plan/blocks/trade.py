"""Contracts in a plan: purchases with tiers, sales with demand, specs and tiers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from orebook.chain.chain import good
from orebook.chain.trade import Purchase, Sale
from orebook.plan.blocks.lots import by_period, free
from orebook.plan.blocks.work import RowOf, Work, settled, table
from orebook.plan.lp import Block, FloatArray


def add_purchases(work: Work) -> None:
    """Purchases by tier, with least quantities and take-or-pay."""
    entities: list[str] = []
    cost, lower, upper = [], [], []
    pay: list[tuple[Purchase, list[int]]] = []
    whole: list[RowOf] = []
    for p in work.chain.purchases:
        of = work.unit_of(p.good)
        price = work.conditions.price[f"buy:{p.id}"]
        limits = by_period(work, of, p.min, p.max, key=f"buy:{p.id}")
        low, high = limits if p.lot is None else free(work)
        steps = [(np.zeros(work.count), 0.0)]
        steps += [
            (work.amount(t.above, of, 0.0), t.extra.to(f"CNY/{of}")) for t in p.tiers
        ]
        edges = [np.minimum(s[0], high) for s in steps] + [high]
        index = []
        for k, (_, extra) in enumerate(steps):
            index.append(len(entities))
            entities.append(p.id if k == 0 else f"{p.id}#{k}")
            cost.append(price + extra)
            upper.append(edges[k + 1] - edges[k])
            lower.append(low if len(steps) == 1 else np.zeros(work.count))
            work.term(f"buy:{p.id}", work.base + index[-1], 1.0)
        if len(steps) > 1 and np.any(low > 0):
            whole.append(
                (p.id, [(i, 1.0) for i in index], low, np.full(work.count, np.inf))
            )
        if p.take_or_pay is not None:
            pay.append((p, index))
    block = work.columns(
        "buy",
        entities,
        cost=table(cost, work.count),
        lower=table(lower, work.count),
        upper=table(upper, work.count),
    )
    work.rows("buy_total", whole, block)
    if pay:
        _take_or_pay(work, pay, block)


def _take_or_pay(work: Work, pay: list[tuple[Purchase, list[int]]], buy: Block) -> None:
    quota = [work.amount(p.take_or_pay, work.unit_of(p.good), 0.0) for p, _ in pay]
    cost = [_short_price(work, p) for p, _ in pay]
    short = work.columns("shortfall", [p.id for p, _ in pay], cost=np.array(cost))
    rows = work.builder.rows(
        "take_or_pay", [p.id for p, _ in pay], lower=np.array(quota), upper=np.inf
    )
    work.builder.entries(rows.all(), short.all(), 1.0)
    for r, (_, index) in enumerate(pay):
        for i in index:
            work.builder.entries(rows.all()[r], buy.all()[i], 1.0)


def _short_price(work: Work, purchase: Purchase) -> FloatArray:
    """Return what a unit costs that is paid for but not taken, shape (periods,)."""
    if purchase.shortfall_price is None:
        return work.conditions.price[f"buy:{purchase.id}"]
    of = work.unit_of(purchase.good)
    return np.full(work.count, purchase.shortfall_price.to(f"CNY/{of}"))


def add_sales(work: Work) -> None:
    """Sales by good, with demand limits, specs and falling price tiers."""
    entities: list[str] = []
    cost, lower, upper = [], [], []
    total: list[RowOf] = []
    spec: list[RowOf] = []
    tiered: list[tuple[Sale, list[int]]] = []
    for s in work.chain.sales:
        of = work.unit_of(s.goods[0])
        limits = by_period(work, of, s.min, s.max, key=f"sell:{s.id}")
        low, high = limits if s.lot is None else free(work)
        index = list(range(len(entities), len(entities) + len(s.goods)))
        alone = len(s.goods) == 1
        for i, text in zip(index, s.goods, strict=True):
            material = good(text).material
            entities.append(f"{s.id}:{material}")
            cost.append(-work.conditions.price[f"sell:{s.id}"])
            lower.append(low if alone else np.zeros(work.count))
            upper.append(high if alone else np.full(work.count, np.inf))
            work.term(f"sell:{s.id}:{material}", work.base + i, 1.0)
        if not alone:
            total.append((s.id, [(i, 1.0) for i in index], low, high))
        if s.tiers:
            tiered.append((s, index))
        spec += list(_spec(work, s, index))
    block = work.columns(
        "sell",
        entities,
        cost=table(cost, work.count),
        lower=table(lower, work.count),
        upper=table(upper, work.count),
    )
    work.rows("sell_total", total, block)
    work.rows("spec", spec, block)
    if tiered:
        _sale_tiers(work, tiered, block)


def _spec(work: Work, sale: Sale, index: list[int]) -> Iterator[RowOf]:
    for limit in sale.spec:
        pairs = [
            [settled(one) for one in limit.coefficients(work.quality(g))]
            for g in sale.goods
        ]
        if limit.max is not None:
            row = [(i, p[0]) for i, p in zip(index, pairs, strict=True)]
            yield f"{sale.id}:{limit.of} max", row, -np.inf, 0.0
        if limit.min is not None:
            row = [(i, p[1]) for i, p in zip(index, pairs, strict=True)]
            yield f"{sale.id}:{limit.of} min", row, -np.inf, 0.0


def _sale_tiers(work: Work, tiered: list[tuple[Sale, list[int]]], sell: Block) -> None:
    """Beyond each tier the price falls: an excess column pays the difference."""
    entities, cost, rows = [], [], []
    for s, index in tiered:
        of = work.unit_of(s.goods[0])
        before = 0.0
        for k, tier in enumerate(s.tiers, start=1):
            extra = tier.extra.to(f"CNY/{of}")
            entities.append(f"{s.id}#{k}")
            cost.append(before - extra)
            rows.append((index, work.amount(tier.above, of, 0.0)))
            before = extra
    excess = work.columns("excess", entities, cost=np.array(cost).reshape(-1, 1))
    limit = work.builder.rows(
        "sale_tier", entities, lower=-np.inf, upper=np.array([r[1] for r in rows])
    )
    work.builder.entries(limit.all(), excess.all(), -1.0)
    for r, (index, _) in enumerate(rows):
        for i in index:
            work.builder.entries(limit.all()[r], sell.all()[i], 1.0)
