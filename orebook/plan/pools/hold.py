"""Hold the composition of the pools: what enters a pool keeps the stated shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.plan.blocks.work import Work
from orebook.plan.lp import FloatArray, IntArray
from orebook.plan.pools.find import Pools, find_pools

__all__ = ["hold_composition"]

ALIKE = 1e-6
"""Shares of what enters that differ by less from those held count as like them [-]."""

INDEPENDENT = 1e-4
"""Equations that differ by less follow from each other [-]."""

Shares = Sequence[Mapping[str, FloatArray]]


@dataclass(frozen=True, slots=True, eq=False)
class _Inflows:
    """What enters a pool: columns of the plan, and the stock at the beginning.

    Parameters
    ----------
    column : array of int, shape (inflows, periods)
        Column of each inflow; -1 where there is none [-].
    weight : array of float, shape (ingredients, inflows, periods)
        Amount of the ingredient per unit of the column, beyond the share held of what
        enters in all [t].
    opening : array of float, shape (ingredients,)
        The same for the stock at the beginning, in the first period [t].
    """

    column: IntArray
    weight: FloatArray
    opening: FloatArray


def hold_composition(work: Work) -> None:
    """Add rows that hold the shares of each pool; none where nothing is mixed.

    Parameters
    ----------
    work : Work
        An assembly with its units, contracts, routes and stores.

    Notes
    -----
    With share f of an ingredient, what enters of it less f times what enters in all is
    zero. What enters from another pool, or from the stock carried over, counts with the
    composition it has there. Of these equations only as many are kept as are
    independent: the others follow, but for rounding, and would leave no plan.
    """
    if not work.conditions.composition:
        return
    pools = find_pools(work.network, work.conditions)
    shares = [work.conditions.composition[str(b)] for b in pools.balances]
    parts = [_inflows(work, pools, shares, pool=k) for k in range(len(shares))]
    names = [
        f"{balance}#{name}"
        for k, balance in enumerate(pools.balances)
        for name in shares[k]
    ]
    if not names:
        return
    kept = np.concatenate([_independent(one) for one in parts])
    right = np.zeros((len(names), work.count))
    right[:, 0] = -np.concatenate([one.opening for one in parts])
    low, high = np.where(kept, right, -np.inf), np.where(kept, right, np.inf)
    block = work.builder.rows("composition", names, lower=low, upper=high)
    work.rows_of["composition"] = block
    rows, first = block.all(), 0
    for one in parts:
        for s in range(one.weight.shape[0]):
            use = (one.column >= 0) & kept[first + s]
            place = np.broadcast_to(rows[first + s], use.shape)
            work.builder.entries(place[use], one.column[use], one.weight[s][use])
        first += one.weight.shape[0]


def _inflows(work: Work, pools: Pools, shares: Shares, *, pool: int) -> _Inflows:
    names = list(shares[pool])
    held = np.array([shares[pool][n] for n in names]).reshape(-1, work.count)
    columns, weights = [], []
    for entry in pools.entries:
        if entry.pool == pool:
            columns.append(_columns(work, entry.block, entry.entity))
            own = np.array([float(n == entry.ingredient) for n in names])[:, None]
            weights.append(entry.weight * (own - held))
    for link in pools.links:
        if link.pool == pool:
            tap, lag = pools.taps[link.tap], link.lag
            last = work.count - lag
            column = np.full(work.count, -1)
            column[lag:] = _columns(work, tap.block, tap.entity)[:last]
            weight = np.zeros(held.shape)
            theirs = [shares[tap.pool].get(n, np.zeros(work.count)) for n in names]
            table = np.array(theirs).reshape(len(names), work.count)
            part = table[:, :last] - held[:, lag:]
            alike = np.abs(part).max(axis=0, initial=0.0) < ALIKE
            weight[:, lag:] = np.where(alike, 0.0, part * link.weight[:last])
            columns.append(column)
            weights.append(weight)
    opening = np.zeros(len(names))
    for one in pools.openings:
        if one.pool == pool:
            own = np.array([float(n == one.ingredient) for n in names])
            opening += one.amount * (own - held[:, 0])
    shape = (len(columns), len(names), work.count)
    stacked = np.array(weights).reshape(shape).transpose(1, 0, 2)
    found = np.array(columns, dtype=np.int64).reshape(-1, work.count)
    return _Inflows(found, stacked, opening)


def _columns(work: Work, block: str, entity: str) -> IntArray:
    where = work.columns_of[block].slice(entity)
    return np.arange(where.start, where.stop)


def _independent(part: _Inflows) -> npt.NDArray[np.bool_]:
    """Return which equations to keep, shape (ingredients, periods)."""
    from scipy.linalg import qr

    kept = np.zeros((part.weight.shape[0], part.weight.shape[2]), np.bool_)
    for t in range(kept.shape[1]):
        table = part.weight[:, :, t]
        if t == 0:
            size = max(1.0, float(np.abs(part.opening).max(initial=0.0)))
            table = np.column_stack([table, part.opening / size])
        if table.size:
            r, order = qr(table.T, mode="r", pivoting=True)
            count = int((np.abs(np.diag(np.atleast_2d(r))) > INDEPENDENT).sum())
            kept[order[:count], t] = True
    return kept
