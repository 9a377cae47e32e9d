"""Transport and stocks in a plan: shipments by route, closing stocks of stores."""

from __future__ import annotations

import numpy as np

from orebook.chain.piles import pile_ids
from orebook.chain.plant import Route, Store
from orebook.plan.blocks.work import RowOf, Work, table
from orebook.plan.conditions import Conditions
from orebook.plan.lp import Block, FloatArray


def add_routes(work: Work) -> None:
    """Shipments by material, with the capacity of each route."""
    entities: list[str] = []
    cost: list[float] = []
    capacity = []
    for r in work.chain.routes:
        index = []
        for material in r.materials:
            of = work.chain.material[material].unit
            index.append(len(entities))
            column = work.base + index[-1]
            entities.append(f"{r.id}:{material}")
            cost.append(0.0 if r.cost is None else r.cost.to(f"CNY/{of}"))
            work.term(f"send:{r.id}:{material}", column, 1.0)
            work.term(f"receive:{r.id}:{material}", column, 1.0 - r.loss)
        limited = r.capacity is not None or f"route:{r.id} max" in work.conditions.limit
        if limited and r.lot is None:
            cap = _route_capacity(work, r)
            capacity.append((r.id, [(i, 1.0) for i in index], -np.inf, cap))
    _, most = work.in_turn("ship", entities)
    block = work.columns(
        "ship", entities, cost=np.array(cost).reshape(-1, 1), upper=most
    )
    work.rows("route", capacity, block)


def _route_capacity(work: Work, route: Route) -> FloatArray:
    of = work.chain.material[route.materials[0]].unit
    whole = work.amount(route.capacity, of, np.inf, key=f"route:{route.id} max")
    return whole * work.conditions.availability[route.id]


def add_stores(work: Work) -> None:
    """Add closing stocks with limits, holding cost and end condition."""
    lower, upper, cost = [], [], []
    for s in work.chain.stores:
        of = work.unit_of(s.good)
        low, high = stock_limits(s, of, work.conditions)
        hold = 0.0 if s.holding_cost is None else s.holding_cost.to(f"CNY/{of}/month")
        money = hold * work.lengths[1]
        _end(work, s, low, money, high)
        lower.append(low)
        upper.append(high)
        cost.append(money)
    for i, s in enumerate(work.chain.stores):
        work.term(f"close:{s.id}", work.base + i, 1.0)
    closed, most = work.in_turn("stock", [s.id for s in work.chain.stores])
    block = work.columns(
        "stock",
        [s.id for s in work.chain.stores],
        cost=table(cost, work.count),
        lower=np.maximum(table(lower, work.count), closed),
        upper=np.minimum(table(upper, work.count), most),
    )
    _pile_ends(work, block)


def _pile_ends(work: Work, stock: Block) -> None:
    """Let piles that hold end with at least what they began with, together."""
    rows: list[RowOf] = []
    low = np.full(work.count, -np.inf)
    for piles in work.chain.piles:
        ids = pile_ids(piles)
        if piles.end == "hold" and not set(ids) & set(work.conditions.closing_value):
            begun = sum(work.conditions.opening[one] for one in ids)
            least = np.append(low[1:], begun)
            members = [(stock.position(one), 1.0) for one in ids]
            rows.append((piles.id, members, least, np.inf))
    work.rows("pile_end", rows, stock)


def stock_limits(
    store: Store, unit: str, conditions: Conditions
) -> tuple[FloatArray, FloatArray]:
    """Return the least and the most a store may hold, shapes (periods,) [unit].

    A stock that begins below its minimum need not rise, but must not fall.
    """
    count = len(conditions.periods)
    stated = 0.0 if store.minimum is None else store.minimum.to(unit)
    least = conditions.limit.get(f"store:{store.id} min", np.full(count, stated))
    whole = np.full(count, store.capacity.to(unit))
    most = conditions.limit.get(f"store:{store.id} max", whole)
    return np.minimum(least, conditions.opening[store.id]), np.array(most)


def _end(
    work: Work, store: Store, low: FloatArray, money: FloatArray, high: FloatArray
) -> None:
    """Set what must hold at the horizon: never free at zero value by accident."""
    of = work.unit_of(store.good)
    if store.id in work.conditions.closing_value:
        money[-1] -= work.conditions.closing_value[store.id]
    elif store.id in work.conditions.closing:
        low[-1] = high[-1] = work.conditions.closing[store.id]
    elif store.end == "hold":
        low[-1] = max(low[-1], min(work.conditions.opening[store.id], high[-1]))
    elif store.end == "value" and store.end_value is not None:
        money[-1] -= store.end_value.to(f"CNY/{of}")
