"""Spatial branch and bound on the pq relaxation, best bound first."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from time import perf_counter

import numpy as np

from orebook.errors import DataQualityError
from orebook.plan.lp import FloatArray, IntArray
from orebook.plan.pooling.fixed import Plan, best_of, plan_at
from orebook.plan.pooling.network import Box, Network
from orebook.plan.pooling.recursion import improve
from orebook.plan.pooling.relax import Point, Relaxation
from orebook.plan.solve import Basis, Settings, Solution, Solver

__all__ = ["Proven", "mixed", "search", "tightened"]

TINY = 1e-7
"""A product this close to its factors counts as exact [scaled t]."""

TRY_EVERY = 4
"""Of so many boxes one has its compositions tried, once a plan is known."""

IMPROVE_EVERY = 100
"""Of so many boxes one has its plan improved even if it is behind the best."""

Cut = Callable[[float, float], bool]
"""Says of (cost of the best plan, bound) whether the gap is closed."""


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """What the search ended with.

    Parameters
    ----------
    plan : Plan or None
        Best plan.
    bound : float
        No plan costs less; ``inf`` if there is none [scaled CNY].
    nodes : int
        Boxes solved [-].
    """

    plan: Plan | None
    bound: float
    nodes: int


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    box: Box
    point: Point
    basis: Basis | None


def search(
    relaxed: Relaxation, *, plan: Plan | None, until: float, closed: Cut
) -> Proven:
    """Split boxes until the gap is closed or the time is up.

    Parameters
    ----------
    relaxed : Relaxation
        The relaxation.
    plan : Plan or None
        Best plan known.
    until : float
        Reading of the performance counter at which to stop [s].
    closed : callable
        Says of (cost, bound) whether the gap is small enough.

    Returns
    -------
    Proven
        Best plan and proven bound, also when the time ran out.

    Notes
    -----
    The relaxation is exact where a share or a flow has no room, so splitting the
    share or flow with the largest error of its products converges. Every box also
    gives compositions to try.

    References
    ----------
    .. [1] I. Quesada, I. E. Grossmann, Global optimization of bilinear process
       networks with multicomponent flows, Computers and Chemical Engineering, 1995.
    """
    root = _solved(relaxed, relaxed.net.box, None)
    if root is None:
        return Proven(plan, np.inf, 1)
    ticket, nodes, lost = count(), 1, np.inf
    waiting = [(root.point.cost, next(ticket), root)]
    while waiting and perf_counter() < until:
        bound, _, node = waiting[0]
        plan = _tried(relaxed.net, node.point, best=plan, turn=nodes // 2, until=until)
        if plan is not None and closed(plan.cost, min(bound, lost)):
            break
        heapq.heappop(waiting)
        halves = split(relaxed.net, node.box, node.point)
        if not halves:  # exact, yet no plan attains it: keep its bound
            lost = min(lost, bound)
            continue
        for box in halves:
            child = _solved(relaxed, box, node.basis)
            nodes += 1
            if child is not None and (plan is None or child.point.cost < plan.cost):
                cost = max(bound, child.point.cost)
                heapq.heappush(waiting, (cost, next(ticket), child))
    ends = [waiting[0][0] if waiting else np.inf, lost]
    ends += [] if plan is None else [plan.cost]
    return Proven(plan, min(ends), nodes)


def split(net: Network, box: Box, point: Point) -> list[Box]:
    """Return the two halves of a box at the worst product, none if all are exact.

    Parameters
    ----------
    net : Network
        The network.
    box : Box
        The box.
    point : Point
        Its solution.

    Returns
    -------
    list of Box
        Two boxes that cover the first, or none.
    """
    error = np.abs(point.v - point.f[net.route_feed] * point.y[net.route_tap])
    if error.max(initial=0.0) <= TINY:
        return []
    weight = error * (1e-3 + np.abs(net.cost[: net.routes]))
    by_feed = np.bincount(net.route_feed, weight, minlength=box.f_low.size)
    by_tap = np.bincount(net.route_tap, weight, minlength=box.y_low.size)
    by_feed[box.f_high - box.f_low <= 1e-9] = 0.0
    by_tap[box.y_high - box.y_low <= 1e-9] = 0.0
    if by_feed.max() >= by_tap.max():
        feed = int(by_feed.argmax())
        at = _between(box.f_low[feed], box.f_high[feed], point.f[feed])
        low, high = box.f_low.copy(), box.f_high.copy()
        low[feed], high[feed] = at, at
        return [replace(box, f_high=high), replace(box, f_low=low)]
    tap = int(by_tap.argmax())
    at = _between(box.y_low[tap], box.y_high[tap], point.y[tap])
    low, high = box.y_low.copy(), box.y_high.copy()
    low[tap], high[tap] = at, at
    return [replace(box, y_high=high), replace(box, y_low=low)]


def _between(low: float, high: float, value: float) -> float:
    """Return a point between the middle and the value, off the ends."""
    mixed_point = 0.4 * (low + high) / 2.0 + 0.6 * value
    edge = 0.1 * (high - low)
    return float(np.clip(mixed_point, low + edge, high - edge))


def tightened(net: Network, box: Box) -> Box | None:
    """Return the box narrowed by "shares sum to 1" and pool throughput.

    Parameters
    ----------
    net : Network
        The network.
    box : Box
        A box.

    Returns
    -------
    Box or None
        None if it is empty.
    """
    pools = net.throughput.size

    def rest(values: FloatArray, place: IntArray) -> FloatArray:
        total = np.bincount(place, values, minlength=pools)
        return np.asarray(total[place] - values, float)

    f_high = np.minimum(box.f_high, 1.0 - rest(box.f_low, net.feed_pool))
    f_low = np.maximum(box.f_low, 1.0 - rest(box.f_high, net.feed_pool))
    room = net.throughput[net.tap_pool] - rest(box.y_low, net.tap_pool)
    y_high = np.minimum(box.y_high, room)
    if (f_low > f_high + 1e-9).any() or (box.y_low > y_high + 1e-9).any():
        return None
    f_low, y_high = np.minimum(f_low, f_high), np.maximum(y_high, box.y_low)
    return Box(f_low, f_high, box.y_low, y_high)


def mixed(net: Network, point: Point) -> FloatArray:
    """Return the shares of the mass that a relaxed point sends through each pool.

    Parameters
    ----------
    net : Network
        The network.
    point : Point
        A relaxed point.

    Returns
    -------
    array of float, shape (feeds,)
        Shares; those of the point where a pool is idle [-].
    """
    mass = np.bincount(net.route_feed, point.v, minlength=point.f.size)
    total = np.bincount(net.feed_pool, mass, minlength=net.throughput.size)
    here = total[net.feed_pool]
    return np.where(here > TINY, mass / np.where(here > TINY, here, 1.0), point.f)


def _tried(
    net: Network, point: Point, *, best: Plan | None, turn: int, until: float
) -> Plan | None:
    """Return the better of the best plan and one from the point's compositions."""
    if best is not None and turn % TRY_EVERY:
        return best
    found = plan_at(net, mixed(net, point), seconds=until - perf_counter())
    if found is None:
        return best
    ahead = best is None or found.cost < best.cost
    if (ahead or turn % IMPROVE_EVERY == 0) and _new(found, best):
        found = improve(net, found, until=until)
    return best_of(found, best)


def _new(found: Plan, best: Plan | None) -> bool:
    """Say whether a plan is another one than the best."""
    return best is None or float(np.abs(found.f - best.f).max(initial=0.0)) > 1e-3


def _solved(relaxed: Relaxation, box: Box, basis: Basis | None) -> _Node | None:
    """Return the solved box, None if no plan lies in it."""
    narrow = tightened(relaxed.net, box)
    if narrow is None:
        return None
    solver = Solver(relaxed.within(narrow), Settings(tolerance=1e-8))
    if basis is not None:
        solver.set_basis(basis)
    solution = _decided(solver)
    if solution.status == "infeasible":
        return None
    point = relaxed.point(solution.objective, solution.x)
    return _Node(narrow, point, solution.basis)


def _decided(solver: Solver) -> Solution:
    try:
        return solver.solve()
    except DataQualityError:  # lost from a poor basis: once more from none
        return solver.solve(warm=False)
