"""Rows over streams: the balance of every good, and limits on weighted sums."""

from __future__ import annotations

import numpy as np

from orebook.chain.chain import good
from orebook.plan.blocks.work import Expression, Weight, Work, drawn
from orebook.plan.lp import Block


def add_balances(work: Work, expression: Expression) -> None:
    """Add one equality per good and period: supply - demand = draws - opening."""
    network = work.network
    demand = np.zeros((len(network.balances), work.count))
    amounts = drawn(work.chain, work.conditions)
    for draw in work.chain.draws:
        demand[network.balance_position[good(draw.good)]] += amounts[draw.id]
    for store in work.chain.stores:
        row = network.balance_position[good(store.good)]
        demand[row, 0] -= work.conditions.opening[store.id]
    incidence = network.matrix()
    if expression.base.any():
        demand -= incidence @ expression.base
    names = [str(b) for b in network.balances]
    block = work.builder.rows("balance", names, lower=demand, upper=demand)
    work.rows_of["balance"] = block
    entries = (incidence @ expression.steady).tocoo()
    work.builder.along(
        block.start + entries.row.astype(np.int64) * work.count,
        entries.col.astype(np.int64) * work.count,
        entries.data[:, None],
    )
    streams = [network.streams[s] for s in expression.streams]
    rows = np.array([network.balance_position[s.balance] for s in streams], np.int64)
    signs = np.array([s.sign for s in streams], np.float64)
    work.builder.along(
        block.start + rows * work.count,
        expression.entities * work.count,
        signs[:, None] * expression.weights,
    )
    _carry(work, block)


def _carry(work: Work, balance: Block) -> None:
    """Let what is in stock at the end of a period supply the next."""
    if work.count == 1 or not work.chain.stores:
        return
    rows = [work.network.balance_position[good(s.good)] for s in work.chain.stores]
    stock = work.columns_of["stock"]
    work.builder.entries(balance.all()[rows, 1:], stock.all()[:, :-1], 1.0)


def add_limits(work: Work, expression: Expression) -> None:
    """Add the limits of the book on weighted sums of streams."""
    chain = work.chain
    if not chain.limits:
        return
    lower, upper = (
        np.array(
            [
                work.amount(getattr(x, side), x.unit, free, key=f"limit:{x.id} {side}")
                for x in chain.limits
            ]
        )
        for side, free in (("min", -np.inf), ("max", np.inf))
    )
    base = np.zeros_like(lower)
    flows = np.any(expression.base != 0.0, axis=1)
    terms: list[tuple[int, int, Weight]] = []
    for r, limit in enumerate(chain.limits):
        for stream, weight in limit.terms.items():
            place = work.network.position[stream]
            factor = weight.to(f"{limit.unit}/{work.network.streams[place].unit}")
            if flows[place]:
                base[r] += factor * expression.base[place]
            members = expression.by_stream.get(place, [])
            terms += [(r, e, factor * w) for e, w in members]
    names = [x.id for x in chain.limits]
    block = work.builder.rows("limit", names, lower=lower - base, upper=upper - base)
    work.rows_of["limit"] = block
    work.combine(block, terms)
