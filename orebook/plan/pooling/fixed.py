"""The true plan of given pool compositions, and what it keeps of the limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orebook.errors import DataQualityError
from orebook.plan.lp import Builder, FloatArray, Problem
from orebook.plan.pooling.network import Network
from orebook.plan.solve import Settings, Solution, Solver

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Plan", "best_of", "normalised", "plan_at", "settled", "violation"]

FEASIBLE = 1e-7
"""Largest violation of a limit that a plan may have [scaled]."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A feasible operation of the network.

    Parameters
    ----------
    cost : float
        Cost, revenue subtracted [scaled CNY].
    f : array of float, shape (feeds,)
        Share of each feed in its pool, sums to 1 [-].
    y : array of float, shape (taps,)
        Flow of each tap [scaled t].
    z : array of float, shape (direct,)
        Direct flows [scaled t].
    """

    cost: float
    f: FloatArray
    y: FloatArray
    z: FloatArray


def normalised(net: Network, f: FloatArray) -> FloatArray:
    """Return shares clipped to 0..1 that sum to 1 in each pool [-].

    Parameters
    ----------
    net : Network
        The network.
    f : array of float, shape (feeds,)
        Shares or amounts, at least 0 but for rounding [-].

    Returns
    -------
    array of float, shape (feeds,)
        Shares; even where a pool has nothing.
    """
    pools = net.throughput.size
    held = np.where(f > 1e-9, f, 0.0)
    total = np.bincount(net.feed_pool, weights=held, minlength=pools)
    count = np.bincount(net.feed_pool, minlength=pools)
    empty = total[net.feed_pool] <= 0.0
    even = 1.0 / np.maximum(count, 1)[net.feed_pool]
    return np.where(empty, even, held / np.where(empty, 1.0, total[net.feed_pool]))


def routing(net: Network, f: FloatArray) -> csr_array:
    """Return the matrix that spreads tap flows over routes, shape (routes, taps)."""
    from scipy.sparse import csr_array

    starts = np.arange(net.routes + 1)
    shape = (net.routes, net.box.y_low.size)
    return csr_array((f[net.route_feed], net.route_tap, starts), shape=shape)


def plan_at(net: Network, f: FloatArray, *, seconds: float = np.inf) -> Plan | None:
    """Return the best plan with the pool compositions held.

    Parameters
    ----------
    net : Network
        The network.
    f : array of float, shape (feeds,)
        Shares of the feeds, which are normalised first [-].
    seconds : float
        Time limit [s].

    Returns
    -------
    Plan or None
        None if these compositions allow no plan.

    Notes
    -----
    With ``f`` held, ``v = f y`` is linear, and the plan satisfies the bilinear limits
    to the tolerance of the linear solver.
    """
    f = normalised(net, f)
    problem = fixed_problem(net, f)
    solution = settled(problem, seconds=max(seconds, 0.1))
    if solution is None:
        return None
    taps = f.size and net.box.y_low.size
    y = np.maximum(solution.x[:taps], 0.0)
    z = np.maximum(solution.x[taps:], 0.0)
    plan = Plan(_cost(net, f, y, z=z), f, y, z)
    return plan if violation(net, plan) <= FEASIBLE else None


def settled(problem: Problem, *, seconds: float) -> Solution | None:
    """Return an optimum of a continuous problem, or None if there is none in time.

    Parameters
    ----------
    problem : Problem
        The problem.
    seconds : float
        Time limit [s].

    Returns
    -------
    Solution or None
        With status "optimal".
    """
    try:
        solution = Solver(problem, Settings(time_limit=seconds)).solve()
    except DataQualityError:  # undecided: no plan is taken from it
        return None
    return solution if solution.status == "optimal" else None


def fixed_problem(net: Network, f: FloatArray) -> Problem:
    """Return the linear problem in tap and direct flows at given shares.

    Parameters
    ----------
    net : Network
        The network.
    f : array of float, shape (feeds,)
        Shares, summing to 1 in each pool [-].

    Returns
    -------
    Problem
        Columns "tap" and "direct", rows "limit".
    """
    spread = routing(net, f)
    through = net.limits.matrix[:, : net.routes] @ spread
    cost = spread.T @ net.cost[: net.routes]
    builder = Builder(periods=1)
    taps = builder.columns(
        "tap",
        [str(one) for one in net.taps],
        cost=cost[:, None],
        upper=net.box.y_high[:, None],
    )
    direct = builder.columns(
        "direct",
        [str(one) for one in net.direct],
        cost=net.cost[net.routes :, None],
        upper=net.direct_high[:, None],
    )
    rows = builder.rows(
        "limit",
        net.limits.names,
        lower=net.limits.low[:, None],
        upper=net.limits.high[:, None],
    )
    for block, part in (
        (taps, through),
        (direct, net.limits.matrix[:, net.routes :]),
    ):
        entries = part.tocoo()
        builder.entries(
            rows.start + entries.row, block.start + entries.col, entries.data
        )
    return builder.problem()


def violation(net: Network, plan: Plan) -> float:
    """Return the largest violation of a limit by the true flows of a plan [scaled].

    Parameters
    ----------
    net : Network
        The network.
    plan : Plan
        Any plan.

    Returns
    -------
    float
        0 if it keeps all limits.
    """
    flows = np.concatenate([plan.f[net.route_feed] * plan.y[net.route_tap], plan.z])
    activity = net.limits.matrix @ flows
    beyond = np.maximum(net.limits.low - activity, activity - net.limits.high)
    return max(0.0, float(beyond.max(initial=0.0)))


def best_of(*plans: Plan | None) -> Plan | None:
    """Return the cheapest of some plans, None if there is none."""
    found = [one for one in plans if one is not None]
    return min(found, key=lambda one: one.cost, default=None)


def _cost(net: Network, f: FloatArray, y: FloatArray, *, z: FloatArray) -> float:
    flows = np.concatenate([f[net.route_feed] * y[net.route_tap], z])
    return float(net.cost @ flows)
