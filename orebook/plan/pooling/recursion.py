"""Successive linear plans in pool composition, each ending in a true plan."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from orebook.plan.lp import Builder, FloatArray, Problem
from orebook.plan.pooling.fixed import (
    Plan,
    best_of,
    normalised,
    plan_at,
    routing,
    settled,
)
from orebook.plan.pooling.network import Network

__all__ = ["improve", "settle", "simple_starts"]

FIRST_RADIUS = 0.2
"""First trust region of a share [-]."""

LAST_RADIUS = 5e-4
"""Trust region at which the search ends [-]."""

PSEUDO_FLOW = 0.02
"""Flow pretended in idle taps, as a share of their bound, so that a pool is found."""

PENALTY = 20.0
"""Cost of violating a linearised limit, in units of the dearest route [-]."""

STEPS = 60

CORRECTIONS = 4
"""Linearised problems solved for one step at most [-]."""

CORRECTION_RADIUS = 0.05
"""Trust region of a correction [-]."""

STILL = 1e-9
"""Shares that change less have settled [-]."""


def improve(
    net: Network, start: Plan, *, until: float = np.inf, finest: float = LAST_RADIUS
) -> Plan:
    """Improve a plan by changing the compositions of its pools.

    Parameters
    ----------
    net : Network
        The network.
    start : Plan
        A feasible plan.
    until : float
        Reading of the performance counter at which to stop [s].
    finest : float
        Trust region at which to stop [-].

    Returns
    -------
    Plan
        At least as good as the start, feasible, a local optimum at best.

    Notes
    -----
    Around (f0, y0) the product is ``v = f0 y + y0 (f - f0)`` with
    ``|f - f0| <= radius``; limits are elastic at a price. The new shares are
    normalised and the plan solved again with them held; if it is better the radius
    doubles, else it falls to a quarter. Every second step idle taps get a small
    pseudo flow, without which an empty pool would never be used.

    References
    ----------
    .. [1] L. S. Lasdon, A. D. Waren, S. Sarkar, F. Palacios, Solving the pooling
       problem using generalized reduced gradient and successive linear programming
       algorithms, ACM SIGMAP Bulletin, 1979.
    """
    best, radius = start, FIRST_RADIUS
    for step in range(STEPS):
        left = until - perf_counter()
        if radius < finest or left <= 0.0:
            break
        flow = best.y if step % 2 == 0 else pseudo_flow(net, best.y)
        found = settle(net, best.f, flow, radius=radius, seconds=left)
        if found is not None and found.cost < best.cost - 1e-9:
            best, radius = found, min(1.0, 2.0 * radius)
        elif step % 2 == 1:  # both with and without pseudo flow
            radius /= 4.0
    return best


def simple_starts(net: Network) -> list[FloatArray]:
    """Return shares to start from: even, and the n-th feed of every pool alone.

    Parameters
    ----------
    net : Network
        The network.

    Returns
    -------
    list of array of float, shape (feeds,)
        Shares that sum to 1 in each pool [-].
    """
    pools = net.throughput.size
    count = np.bincount(net.feed_pool, minlength=pools)[net.feed_pool]
    order = np.zeros(net.feed_pool.size, np.int64)
    for pool in range(pools):
        here = net.feed_pool == pool
        order[here] = np.arange(int(here.sum()))
    starts = [1.0 / np.maximum(count, 1)]
    for turn in range(int(count.max(initial=0))):
        starts.append((order == turn % np.maximum(count, 1)).astype(float))
    return starts[:12]


def pseudo_flow(net: Network, y: FloatArray) -> FloatArray:
    """Return flows of taps with a small one pretended where a tap is idle."""
    return np.maximum(y, PSEUDO_FLOW * net.box.y_high)


def settle(
    net: Network,
    f: FloatArray,
    y: FloatArray,
    *,
    radius: float = CORRECTION_RADIUS,
    seconds: float = np.inf,
) -> Plan | None:
    """Return the best true plan met while a linearised point is corrected.

    Parameters
    ----------
    net : Network
        The network.
    f : array of float, shape (feeds,)
        Shares [-].
    y : array of float, shape (taps,)
        Flows, not necessarily within the limits [scaled t].
    radius : float
        Largest first change of a share [-].
    seconds : float
        Time limit [s].

    Returns
    -------
    Plan or None
        None if no composition met allows a plan.

    Notes
    -----
    A pool that just meets a quality limit is lost if its composition is wrong by
    rounding, so the point is corrected by Newton steps, whose error falls
    quadratically, before its compositions are held.
    """
    until = perf_counter() + seconds
    best: Plan | None = None
    for turn in range(CORRECTIONS):
        left = until - perf_counter()
        if left <= 0.0:
            break
        now = radius if turn == 0 else min(radius, CORRECTION_RADIUS)
        problem = linearised(net, f, y, radius=now)
        solution = settled(problem, seconds=left)
        if solution is None:
            break
        moves, taps = problem.columns["move"], problem.columns["tap"]
        change = solution.x[moves.start : moves.stop]
        flow = solution.x[taps.start : taps.stop]
        still = bool(np.abs(change).max(initial=0.0) < STILL)
        f, y = normalised(net, f + change), np.maximum(flow, 0.0)
        best = best_of(best, plan_at(net, f, seconds=left))
        if still:
            break
    return best


def linearised(net: Network, f: FloatArray, y: FloatArray, *, radius: float) -> Problem:
    """Return the first-order problem around shares f and flows y.

    Parameters
    ----------
    net : Network
        The network.
    f : array of float, shape (feeds,)
        Shares [-].
    y : array of float, shape (taps,)
        Flows [scaled t].
    radius : float
        Largest change of a share [-].

    Returns
    -------
    Problem
        Columns "tap", "direct", "move" (change of share), "short" and "excess".
    """
    from scipy.sparse import coo_array, csr_array, hstack, identity

    starts = np.arange(net.routes + 1)
    shape = (net.routes, f.size)
    turn = csr_array((y[net.route_tap], net.route_feed, starts), shape=shape)
    spread, limits = routing(net, f), net.limits
    on_routes = limits.matrix[:, : net.routes]
    cost = net.cost[: net.routes]
    builder = Builder(periods=1)
    high = net.box.y_high[:, None]
    names = [str(one) for one in net.taps]
    builder.columns("tap", names, cost=(spread.T @ cost)[:, None], upper=high)
    builder.columns(
        "direct",
        [str(one) for one in net.direct],
        cost=net.cost[net.routes :, None],
        upper=net.direct_high[:, None],
    )
    move = builder.columns(
        "move",
        [str(one) for one in net.feeds],
        cost=np.asarray(turn.T @ cost)[:, None],
        lower=np.maximum(-radius, -f)[:, None],
        upper=np.minimum(radius, 1.0 - f)[:, None],
    )
    builder.columns("short", limits.names, cost=PENALTY)
    builder.columns("excess", limits.names, cost=PENALTY)
    rows = builder.rows(
        "limit", limits.names, lower=limits.low[:, None], upper=limits.high[:, None]
    )
    unit = identity(len(limits.names), format="csr")
    parts = [on_routes @ spread, limits.matrix[:, net.routes :], on_routes @ turn]
    full = coo_array(hstack([*parts, unit, -unit], format="csr"))
    builder.entries(rows.start + full.row, full.col, full.data)
    pools = [one.id for one in net.instance.pools]
    whole = builder.rows("shares", pools, lower=0.0, upper=0.0)
    builder.entries(whole.start + net.feed_pool, move.all().ravel(), 1.0)
    return builder.problem()
