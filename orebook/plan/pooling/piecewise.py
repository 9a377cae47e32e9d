"""The pq relaxation cut into parts of the shares, with whole numbers to choose one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.plan.lp import Block, Builder, FloatArray, IntArray, Problem
from orebook.plan.pooling.network import Network
from orebook.plan.pooling.relax import Point, Relaxation

__all__ = ["Bounded", "piecewise", "solve_piecewise"]


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """What a bounded search in the piecewise relaxation gave.

    Parameters
    ----------
    bound : float
        No plan costs less [scaled CNY].
    point : Point or None
        The best point found.
    infeasible : bool
        True if it is proven that no plan exists.
    """

    bound: float
    point: Point | None
    infeasible: bool = False


def piecewise(relaxed: Relaxation, parts: int) -> Problem:
    """Return the relaxation with each share cut into equal parts.

    Parameters
    ----------
    relaxed : Relaxation
        The relaxation.
    parts : int
        Number of parts of each share [-].

    Returns
    -------
    Problem
        With one binary for each share and part.

    Notes
    -----
    With part n of a share in [a, b], its share of flow ``y_n`` and of proportion
    ``f_n`` (both zero in all parts but one), and y at most Y::

        sum_n a y_n <= v <= sum_n b y_n
        v >= sum_n b y_n + Y (f_n - b d_n)     v <= sum_n a y_n + Y (f_n - a d_n)

    References
    ----------
    .. [1] R. Karuppiah, I. E. Grossmann, Global optimization for the synthesis of
       integrated water systems in chemical processes, Computers and Chemical
       Engineering, 2006.
    """
    net, base = relaxed.net, relaxed.problem
    builder = Builder(periods=1)
    for name, block in base.columns.items():
        inside = slice(block.start, block.stop)
        cost, upper = base.cost[inside, None], base.upper[inside, None]
        builder.columns(name, block.entities, cost=cost, upper=upper)
    for name, block in base.rows.items():
        inside = slice(block.start, block.stop)
        low, high = base.row_lower[inside, None], base.row_upper[inside, None]
        builder.rows(name, block.entities, lower=low, upper=high)
    entries = base.matrix.tocoo()
    builder.entries(entries.row, entries.col, entries.data)
    _shares(builder, relaxed, parts)
    _flows(builder, relaxed, parts, net=net)
    return builder.problem()


def _shares(builder: Builder, relaxed: Relaxation, parts: int) -> None:
    """Add the choice of a part and the share within it."""
    feeds = relaxed.share.entities
    names = [f"{one} {n}" for one in feeds for n in range(parts)]
    count = len(feeds)
    low = np.tile(np.arange(parts) / parts, count)
    high = np.tile(np.arange(1, parts + 1) / parts, count)
    choice = builder.columns("choice", names, upper=1.0, integer=True)
    within = builder.columns("within", names, upper=high[:, None])
    one = builder.rows("one", feeds, lower=1.0, upper=1.0)
    whole = builder.rows("whole", feeds, lower=0.0, upper=0.0)
    owner = np.repeat(np.arange(count), parts)
    chosen, inside = choice.all().ravel(), within.all().ravel()
    builder.entries(one.start + owner, chosen, 1.0)
    builder.entries(whole.start + owner, inside, 1.0)
    builder.entries(whole.all(), relaxed.share.all(), -1.0)
    for title, sign, edge in (("above", -1.0, low), ("below", 1.0, high)):
        rows = builder.rows(title, names, lower=-np.inf, upper=0.0).all().ravel()
        builder.entries(rows, inside, sign)
        builder.entries(rows, chosen, -sign * edge)


def _flows(builder: Builder, relaxed: Relaxation, parts: int, *, net: Network) -> None:
    """Add the flow of each tap by part of each share, and the planes over the parts."""
    feed, tap = net.route_feed, net.route_tap
    routes = np.repeat(np.arange(net.routes), parts)
    part = np.tile(np.arange(parts), net.routes)
    low, high = part / parts, (part + 1) / parts
    most = net.box.y_high[tap][routes]
    names = [
        f"{relaxed.route.entities[r]} {n}"
        for r in range(net.routes)
        for n in range(parts)
    ]
    share = builder.columns("flow part", names, upper=most[:, None])
    inside = feed[routes] * parts + part
    every, shares = share.all().ravel(), _piece(builder, relaxed)
    chosen, within = shares[0] + inside, shares[1] + inside
    whole = builder.rows("flow whole", relaxed.route.entities, lower=0.0, upper=0.0)
    builder.entries(whole.start + routes, every, 1.0)
    builder.entries(whole.all().ravel(), relaxed.tap.start + tap, -1.0)
    room = builder.rows("flow room", names, lower=-np.inf, upper=0.0).all().ravel()
    builder.entries(room, every, 1.0)
    builder.entries(room, chosen, -most)
    for title, sign, edge, far in (
        ("part 1", -1.0, low, False),
        ("part 2", 1.0, high, False),
        ("part 3", -1.0, high, True),
        ("part 4", 1.0, low, True),
    ):
        _plane(
            builder.rows(title, relaxed.route.entities, lower=-np.inf, upper=0.0),
            builder,
            sign=sign,
            route=relaxed.route,
            pieces=(routes, every, edge),
            far=(within, chosen, most) if far else None,
        )


def _piece(builder: Builder, relaxed: Relaxation) -> tuple[int, int]:
    problem = builder.problem()
    return problem.columns["choice"].start, problem.columns["within"].start


def _plane(
    rows: Block,
    builder: Builder,
    *,
    sign: float,
    route: Block,
    pieces: tuple[IntArray, IntArray, FloatArray],
    far: tuple[IntArray, IntArray, FloatArray] | None,
) -> None:
    """Add ``sign * (v - sum edge y_n - [Y (f_n - edge d_n)]) <= 0``."""
    owner, flow, edge = pieces
    builder.entries(rows.all().ravel(), route.all().ravel(), sign)
    builder.entries(rows.start + owner, flow, -sign * edge)
    if far is not None:
        within, chosen, most = far
        builder.entries(rows.start + owner, within, -sign * most)
        builder.entries(rows.start + owner, chosen, sign * most * edge)


def solve_piecewise(relaxed: Relaxation, parts: int, *, seconds: float) -> Bounded:
    """Solve the piecewise relaxation within a time limit.

    Parameters
    ----------
    relaxed : Relaxation
        The relaxation.
    parts : int
        Number of parts of each share [-].
    seconds : float
        Time limit [s].

    Returns
    -------
    Bounded
        Bound and best point; without a point if none was found in time.

    Notes
    -----
    Uses the mixed-integer interface that also returns the proven bound when the time
    is up.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    problem = piecewise(relaxed, parts)
    rows = LinearConstraint(problem.matrix, problem.row_lower, problem.row_upper)
    found = milp(
        problem.cost,
        integrality=problem.integer.astype(np.int64),
        bounds=Bounds(problem.lower, problem.upper),
        constraints=rows,
        options={"time_limit": max(seconds, 0.1), "mip_rel_gap": 1e-5},
    )
    proven = found.get("mip_dual_bound")
    bound = -np.inf if proven is None else float(proven)
    point = None if found.x is None else relaxed.point(float(found.fun), found.x)
    return Bounded(bound, point, infeasible=found.status == 2)
