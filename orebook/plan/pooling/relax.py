"""The pq relaxation: products of share and flow between their McCormick planes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from orebook.plan.lp import Block, Builder, FloatArray, IntArray, Problem
from orebook.plan.pooling.network import Box, Network

__all__ = ["Point", "Relaxation", "relaxation"]


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A solution of the relaxation: products need not be products.

    Parameters
    ----------
    cost : float
        Least cost, a bound on that of every plan in the box [scaled CNY].
    v : array of float, shape (routes,)
        Flow of each route [scaled t].
    f : array of float, shape (feeds,)
        Shares [-].
    y : array of float, shape (taps,)
        Flow of each tap [scaled t].
    """

    cost: float
    v: FloatArray
    f: FloatArray
    y: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Relaxation:
    """The relaxation with a place for each McCormick coefficient.

    Parameters
    ----------
    net : Network
        The network.
    problem : Problem
        The relaxation over the whole box of the network.
    route, share, tap : Block
        Columns v, f and y.
    planes : Block
        McCormick rows, four for each route.
    of_share, of_tap : array of int, shape (4, routes)
        Where the coefficients of f and y stand in the data of the matrix [-].
    """

    net: Network
    problem: Problem
    route: Block
    share: Block
    tap: Block
    planes: Block
    of_share: IntArray
    of_tap: IntArray

    def within(self, box: Box) -> Problem:
        """Return the relaxation over a smaller box.

        Parameters
        ----------
        box : Box
            Bounds of shares [-] and tap flows [scaled t].

        Returns
        -------
        Problem
            With the planes through the corners of the box.
        """
        base = self.problem
        of_share, of_tap, right = _planes(self.net, box)
        matrix = base.matrix.copy()
        matrix.data[self.of_share] = of_share
        matrix.data[self.of_tap] = of_tap
        lower, upper = base.lower.copy(), base.upper.copy()
        row_upper = base.row_upper.copy()
        for block, low, high in (
            (self.share, box.f_low, box.f_high),
            (self.tap, box.y_low, box.y_high),
        ):
            lower[block.start : block.stop] = low
            upper[block.start : block.stop] = high
        row_upper[self.planes.start : self.planes.stop] = right.ravel()
        return replace(
            base, matrix=matrix, lower=lower, upper=upper, row_upper=row_upper
        )

    def point(self, cost: float, x: FloatArray) -> Point:
        """Return the parts of a solution.

        Parameters
        ----------
        cost : float
            Objective [scaled CNY].
        x : array of float, shape (columns,)
            Columns of the relaxation [scaled].

        Returns
        -------
        Point
            Routes, shares and taps.
        """
        parts = (x[b.start : b.stop] for b in (self.route, self.share, self.tap))
        v, f, y = parts
        return Point(cost, v, f, y)


def relaxation(net: Network) -> Relaxation:
    """Build the pq relaxation of a network.

    Parameters
    ----------
    net : Network
        The network.

    Returns
    -------
    Relaxation
        Ready to be solved or narrowed to a box.

    Notes
    -----
    With share f of a feed, flow y of a tap and route flow v, for f in [f0, f1] and y
    in [y0, y1]::

        v >= f0 y + y0 f - f0 y0      v >= f1 y + y1 f - f1 y1
        v <= f1 y + y0 f - f1 y0      v <= f0 y + y1 f - f0 y1

    with the redundant rows ``sum_i v = y`` and ``sum_o v <= throughput * f``, which
    make the bound of the pq form at least as good as those of the p and q forms.

    References
    ----------
    .. [1] M. Tawarmalani, N. V. Sahinidis, Convexification and global optimization in
       continuous and mixed-integer nonlinear programming, 2002.
    .. [2] G. P. McCormick, Computability of global solutions to factorable nonconvex
       programs: Part I, Mathematical Programming, 1976.
    """
    builder = Builder(periods=1)
    route, share, tap = _columns(builder, net)
    _shared_rows(builder, net, (route, share, tap))
    planes = _plane_rows(builder, net, (route, share, tap))
    problem = builder.problem()
    problem.matrix.sort_indices()
    rows = planes.all().reshape(4, -1)
    of_share = _places(problem, rows, share.start + net.route_feed)
    of_tap = _places(problem, rows, tap.start + net.route_tap)
    found = Relaxation(net, problem, route, share, tap, planes, of_share, of_tap)
    return replace(found, problem=found.within(net.box))


def _columns(builder: Builder, net: Network) -> tuple[Block, Block, Block]:
    names = [
        f"{net.feeds[i]} -> {net.taps[j].target}"
        for i, j in zip(net.route_feed, net.route_tap, strict=True)
    ]
    cost = net.cost[:, None]
    route = builder.columns("route", names, cost=cost[: net.routes])
    share = builder.columns("share", [str(one) for one in net.feeds], upper=1.0)
    high = net.box.y_high[:, None]
    tap = builder.columns("tap", [str(one) for one in net.taps], upper=high)
    builder.columns(
        "direct",
        [str(one) for one in net.direct],
        cost=cost[net.routes :],
        upper=net.direct_high[:, None],
    )
    return route, share, tap


def _shared_rows(
    builder: Builder, net: Network, columns: tuple[Block, Block, Block]
) -> None:
    """Add the limits of the instance and the rows that tie v, f and y together."""
    route, share, tap = columns
    limits = builder.rows(
        "limit",
        net.limits.names,
        lower=net.limits.low[:, None],
        upper=net.limits.high[:, None],
    )
    entries = net.limits.matrix.tocoo()
    beyond = np.where(entries.col < net.routes, 0, tap.stop - net.routes)
    builder.entries(limits.start + entries.row, entries.col + beyond, entries.data)
    pools = sorted(set(net.feed_pool.tolist()))
    names = [net.instance.pools[k].id for k in pools]
    whole = builder.rows("shares", names, lower=1.0, upper=1.0)
    place = np.searchsorted(pools, net.feed_pool)
    builder.entries(whole.start + place, share.all().ravel(), 1.0)
    every = route.all().ravel()
    flow = builder.rows("flow", tap.entities, lower=0.0, upper=0.0)
    builder.entries(flow.start + net.route_tap, every, 1.0)
    builder.entries(flow.all(), tap.all(), -1.0)
    room = builder.rows("room", share.entities, lower=-np.inf, upper=0.0)
    builder.entries(room.start + net.route_feed, every, 1.0)
    most = -net.throughput[net.feed_pool][:, None]
    builder.entries(room.all(), share.all(), most)


def _plane_rows(
    builder: Builder, net: Network, columns: tuple[Block, Block, Block]
) -> Block:
    route, share, tap = columns
    names = [f"{name} {k}" for k in range(4) for name in route.entities]
    planes = builder.rows("plane", names, lower=-np.inf, upper=0.0)
    rows = planes.all().reshape(4, -1)
    signs = np.array([-1.0, -1.0, 1.0, 1.0])[:, None]
    builder.entries(rows, route.all().ravel(), signs)
    builder.entries(rows, share.start + net.route_feed, 1.0)  # replaced by `within`
    builder.entries(rows, tap.start + net.route_tap, 1.0)
    return planes


def _planes(net: Network, box: Box) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return coefficients of f and y and the right sides, each of shape (4, routes)."""
    f0, f1 = box.f_low[net.route_feed], box.f_high[net.route_feed]
    y0, y1 = box.y_low[net.route_tap], box.y_high[net.route_tap]
    of_share = np.array([y0, y1, -y0, -y1])
    of_tap = np.array([f0, f1, -f1, -f0])
    right = np.array([f0 * y0, f1 * y1, -f1 * y0, -f0 * y1])
    return of_share, of_tap, right


def _places(problem: Problem, rows: IntArray, columns: IntArray) -> IntArray:
    """Return where the entries at (rows, columns) stand in the data of the matrix."""
    matrix = problem.matrix
    count = problem.shape[0]
    owner = np.repeat(np.arange(problem.shape[1]), np.diff(matrix.indptr))
    keys = owner.astype(np.int64) * count + matrix.indices
    return np.asarray(np.searchsorted(keys, columns[None, :] * count + rows), np.int64)
