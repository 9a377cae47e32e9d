"""What the pools of a solved plan hold, and money per point of each component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from orebook.plan.assemble import Assembly, assemble
from orebook.plan.lp import FloatArray
from orebook.plan.pools.compose import Composed
from orebook.plan.pools.find import find_pools
from orebook.plan.pools.result import PoolsFound

__all__ = ["pools_found"]

POINT = 0.01
"""One percentage point of a mass fraction [-]."""


def pools_found(
    composed: Composed | None, assembly: Assembly, objective: float, x: FloatArray
) -> PoolsFound | None:
    """Return the pools of a solved plan with their amounts and worth.

    Parameters
    ----------
    composed : Composed or None
        How the compositions were chosen; None if the book mixes nothing.
    assembly : Assembly
        The plan with these compositions.
    objective : float
        Its cost [CNY].
    x : array of float
        Its columns.

    Returns
    -------
    PoolsFound or None
        None if the book mixes nothing.
    """
    if composed is None:
        return None
    found = composed.found(-objective)
    amount = _amounts(assembly, x)
    dual = np.zeros(assembly.problem.row_lower.size)
    for name, block in assembly.problem.rows.items():
        if name in composed.duals:
            dual[block.all()] = composed.duals[name]
    worth = {
        pool: _worth(assembly, pool, x, dual)
        for pool, taken in amount.items()
        if np.any(taken > 0.0)
    }
    return replace(found, amount=amount, worth=worth)


def _amounts(assembly: Assembly, x: FloatArray) -> dict[str, FloatArray]:
    pools = find_pools(assembly.network, assembly.conditions)
    found = {str(b): np.zeros(pools.periods) for b in pools.balances}
    for tap in pools.taps:
        column = assembly.problem.columns[tap.block].slice(tap.entity)
        found[str(pools.balances[tap.pool])] += tap.taken * x[column]
    return {
        pool: np.where(amount > 1e-6, amount, 0.0) for pool, amount in found.items()
    }


def _worth(
    assembly: Assembly, pool: str, x: FloatArray, dual: FloatArray
) -> Mapping[str, FloatArray]:
    """Return what one point more of each component in a pool gains [CNY/%].

    The rows of the plan move with the content of the pool; their duals price the move.
    """
    known, problem = assembly.conditions, assembly.problem
    periods = len(known.periods)
    before = problem.matrix @ x - _right(problem.row_lower, problem.row_upper)
    found = {}
    for component, value in known.mixed[pool].items():
        if component == "energy" or not np.any(value):
            continue
        content = {**known.mixed[pool], component: value + POINT}
        moved = replace(known, mixed={**known.mixed, pool: content})
        other = assemble(assembly.network, moved).problem
        after = other.matrix @ x - _right(other.row_lower, other.row_upper)
        gain = (dual * (after - before)).reshape(-1, periods).sum(axis=0)
        found[component] = np.where(np.abs(gain) > 1e-6, gain, 0.0)
    return found


def _right(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the finite limit of each row; 0 where neither is."""
    value = np.where(np.isfinite(high), high, low)
    return np.where(np.isfinite(value), value, 0.0)
