"""Plans at given shares, and better ones by successive linear steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from scipy.sparse import coo_array, csc_array

from orebook.errors import DataQualityError
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.pools.bilinear import (
    Bilinear,
    amounts_of,
    held,
    normalised,
    with_columns,
)
from orebook.plan.pools.groups import QUALITY
from orebook.plan.solve import Settings, Solution, Solver

__all__ = ["Point", "improve", "plan_at", "settle", "simple_starts", "solved"]

FIRST_RADIUS = 0.2
"""First trust region of a share [-]."""

LAST_RADIUS = 5e-4
"""Trust region at which the search ends [-]."""

CORRECTION_RADIUS = 0.05
"""Trust region of a correction [-]."""

NARROWER = 0.1
"""Trust region of each further correction relative to the one before [-]."""

CORRECTIONS = 4
"""Linear problems solved for one step at most [-]."""

PSEUDO_FLOW = 0.02
"""Flow pretended in idle taps, as a share of their bound, so that a pool is found."""

STEPS = 60
STILL = 1e-9
ELASTIC = 50.0
"""Price of missing a limit of quality in a step, in units of the dearest column [-]."""


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A true plan: all its routes are in proportion.

    Parameters
    ----------
    cost : float
        Cost [CNY].
    f : array of float, shape (shares,)
        Shares [-].
    x : array of float, shape (columns,)
        Columns of the split plan.
    """

    cost: float
    f: FloatArray
    x: FloatArray


def solved(problem: Problem, *, seconds: float = np.inf) -> Solution | None:
    """Return an optimum, or None if there is none in time.

    Parameters
    ----------
    problem : Problem
        The problem.
    seconds : float
        Time limit [s].
    """
    try:
        found = Solver(problem, Settings(time_limit=max(seconds, 0.1))).solve()
    except DataQualityError:  # undecided: no plan is taken from it
        return None
    return found if found.status == "optimal" else None


def plan_at(model: Bilinear, f: FloatArray, *, seconds: float = np.inf) -> Point | None:
    """Return the best plan with the shares held, None if they allow none.

    Parameters
    ----------
    model : Bilinear
        What is to be solved.
    f : array of float, shape (shares,)
        Shares, normalised first [-].
    seconds : float
        Time limit [s].
    """
    f = normalised(model, f)
    small = held(model, f)
    found = solved(small.problem, seconds=seconds)
    if found is None:
        return None
    return Point(found.objective, f, np.asarray(small.back @ found.x))


def settle(
    model: Bilinear,
    f: FloatArray,
    flow: FloatArray,
    *,
    radius: float = CORRECTION_RADIUS,
    until: float = np.inf,
) -> Point | None:
    """Return the best true plan met while a linearised point is corrected.

    Parameters
    ----------
    model : Bilinear
        What is to be solved.
    f : array of float, shape (shares,)
        Shares [-].
    flow : array of float, shape (flows,)
        Flows, not necessarily within the limits [t].
    radius : float
        Largest first change of a share [-].
    until : float
        Reading of the performance counter at which to stop [s].

    Returns
    -------
    Point or None
        None if no composition met allows a plan.
    """
    best: Point | None = None
    f = normalised(model, f)
    for turn in range(CORRECTIONS):
        left = until - perf_counter()
        if left <= 0.0:
            break
        now = radius if turn == 0 else min(radius, CORRECTION_RADIUS) * NARROWER**turn
        step = held(model, f, around=flow, radius=now)
        width = step.problem.cost.size
        found = solved(_elastic(step.problem), seconds=left)
        if found is None:
            break
        change = found.x[width - f.size : width]
        f, flow = normalised(model, f + change), np.maximum(found.x[step.flows], 0.0)
        best = cheaper(best, plan_at(model, f, seconds=left))
        if float(np.abs(change).max(initial=0.0)) < STILL:
            break
    return best


def cheaper(one: Point | None, other: Point | None) -> Point | None:
    """Return the cheaper of two plans; the first where they cost the same."""
    if one is None or other is None:
        return one or other
    return one if one.cost <= other.cost else other


def _elastic(problem: Problem) -> Problem:
    """Let the limits of quality give way at a price."""
    rows = [problem.rows[n].all().ravel() for n in QUALITY if n in problem.rows]
    if not rows:
        return problem
    place = np.concatenate(rows)
    price = ELASTIC * max(1.0, float(np.abs(problem.cost).max(initial=0.0)))
    first = problem.cost.size
    wider = with_columns(problem, place.size, cost=price)
    slack = coo_array(
        (np.full(place.size, -1.0), (place, first + np.arange(place.size))),
        shape=wider.matrix.shape,
    )
    return replace(wider, matrix=csc_array(wider.matrix + slack.tocsc()))


def improve(
    model: Bilinear,
    start: Point,
    largest: FloatArray,
    *,
    until: float = np.inf,
    enough: float = -np.inf,
) -> Point:
    """Improve a plan by changing the compositions of its pools.

    Parameters
    ----------
    model : Bilinear
        What is to be solved.
    start : Point
        A plan.
    largest : array of float, shape (flows,)
        Largest flows [t].
    until : float
        Reading of the performance counter at which to stop [s].
    enough : float
        Cost at which the search may stop [CNY].

    Returns
    -------
    Point
        At least as good as the start; a local optimum at best.

    Notes
    -----
    Around (f0, y0) a route is ``f0 y + y0 (f - f0)`` with ``|f - f0| <= radius``. The
    plan is then made anew with the new shares held: better, the radius doubles; else
    it falls to a quarter. Every second step idle taps get a small pseudo flow.

    References
    ----------
    .. [1] L. S. Lasdon, A. D. Waren, S. Sarkar, F. Palacios, Solving the pooling
       problem using generalized reduced gradient and successive linear programming
       algorithms, ACM SIGMAP Bulletin, 1979.
    """
    best, radius = start, FIRST_RADIUS
    for step in range(STEPS):
        if radius < LAST_RADIUS or perf_counter() >= until or best.cost <= enough:
            break
        flow = amounts_of(model, best.x)
        if step % 2 == 1:
            flow = np.maximum(flow, PSEUDO_FLOW * largest)
        found = settle(model, best.f, flow, radius=radius, until=until)
        least = best.cost - 1e-9 * abs(best.cost)
        if found is not None and found.cost < least:
            best, radius = found, min(1.0, 2.0 * radius)
        elif step % 2 == 1:  # both with and without pseudo flow
            radius /= 4.0
    return best


def simple_starts(model: Bilinear) -> list[FloatArray]:
    """Return shares to start from: even, and the n-th ingredient of each pool alone.

    Parameters
    ----------
    model : Bilinear
        What is to be solved.
    """
    order = _order(model.share_pool)
    count = np.bincount(model.share_pool, minlength=model.pools)[model.share_pool]
    starts = [1.0 / np.maximum(count, 1)]
    for turn in range(min(int(count.max(initial=0)), 8)):
        starts.append((order == turn % np.maximum(count, 1)).astype(float))
    return starts


def _order(pool: IntArray) -> IntArray:
    """Return the place of each share within its pool [-]."""
    order = np.zeros(pool.size, np.int64)
    for k in range(int(pool.max(initial=-1)) + 1):
        here = pool == k
        order[here] = np.arange(int(here.sum()))
    return order
