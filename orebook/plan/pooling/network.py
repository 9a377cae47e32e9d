"""The instance as arrays: routes through pools, linear limits, one common scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.plan.lp import FloatArray, IntArray
from orebook.plan.pooling.instance import Arc, Input, PoolingInstance

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Box", "Limits", "Network", "network"]


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Rows ``low <= matrix @ (routes, direct flows) <= high``, with their names.

    Parameters
    ----------
    names : tuple of str
        What each row limits, in the words of the instance.
    matrix : scipy.sparse.csr_array, shape (rows, routes + direct)
        Coefficients [-].
    low, high : array of float, shape (rows,)
        Limits [scaled t].
    """

    names: tuple[str, ...]
    matrix: csr_array
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Bounds of the proportions and of the flows out of pools.

    Parameters
    ----------
    f_low, f_high : array of float, shape (feeds,)
        Share of each feed in its pool [-].
    y_low, y_high : array of float, shape (taps,)
        Flow of each tap [scaled t].
    """

    f_low: FloatArray
    f_high: FloatArray
    y_low: FloatArray
    y_high: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Feeds (input to pool), taps (pool to output), direct arcs, and their routes.

    Parameters
    ----------
    instance : PoolingInstance
        What it was made of.
    feeds, taps, direct : tuple of Arc
        The arcs by kind; an arc at a pool without feed or tap carries nothing and is
        left out.
    feed_pool, tap_pool : array of int
        Pool of each feed and tap [-].
    route_feed, route_tap : array of int, shape (routes,)
        A route is a feed and a tap of one pool [-].
    cost : array of float, shape (routes + direct,)
        Cost per unit of flow, revenue subtracted [scaled CNY / scaled t].
    limits : Limits
        Every limit of the instance but "a pool has one composition".
    box : Box
        Bounds that follow from the limits.
    throughput : array of float, shape (pools,)
        Largest throughput of each pool [scaled t].
    direct_high : array of float, shape (direct,)
        Largest direct flows [scaled t].
    flow_scale, money_scale : float
        One scaled unit of flow [t] and of profit [CNY].
    """

    instance: PoolingInstance
    feeds: tuple[Arc, ...]
    taps: tuple[Arc, ...]
    direct: tuple[Arc, ...]
    feed_pool: IntArray
    tap_pool: IntArray
    route_feed: IntArray
    route_tap: IntArray
    cost: FloatArray
    limits: Limits
    box: Box
    throughput: FloatArray
    direct_high: FloatArray
    flow_scale: float
    money_scale: float

    @property
    def routes(self) -> int:
        """Number of routes through pools [-]."""
        return self.route_feed.size

    def profit(self, scaled_cost: float) -> float:
        """Return the profit of a scaled cost [CNY]."""
        return -scaled_cost * self.money_scale + 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Arcs:
    """The arcs by kind and the incidence of routes and direct flows."""

    feeds: tuple[Arc, ...]
    taps: tuple[Arc, ...]
    direct: tuple[Arc, ...]
    route_feed: IntArray
    route_tap: IntArray

    def masks(self) -> dict[str, dict[str, npt.NDArray[np.bool_]]]:
        """Return by kind of node and name which columns pass through it."""
        feeds = [self.feeds[k] for k in self.route_feed]
        taps = [self.taps[k] for k in self.route_tap]
        inputs = [a.source for a in feeds] + [a.source for a in self.direct]
        outputs = [a.target for a in taps] + [a.target for a in self.direct]
        pools = [a.target for a in feeds] + [""] * len(self.direct)
        kinds = {"input": inputs, "pool": pools, "output": outputs}
        return {kind: _places(names) for kind, names in kinds.items()}


def _places(names: list[str]) -> dict[str, npt.NDArray[np.bool_]]:
    array = np.array(names, dtype=object)
    return {name: array == name for name in dict.fromkeys(names)}


def network(instance: PoolingInstance) -> Network:
    """Turn an instance into arrays on a common scale.

    Parameters
    ----------
    instance : PoolingInstance
        What to solve.

    Returns
    -------
    Network
        Flows are in units of the largest limit that can matter, money in units of the
        best margin of a route times that, so that results do not depend on units.

    Raises
    ------
    InputError
        If nothing limits the flow out of a pool.
    """
    arcs = _arcs(instance)
    scale = _flow_scale(instance)
    feed_pool, tap_pool = _pool_places(instance, arcs)
    high = _tap_bounds(instance, arcs)
    throughput = np.array([one.capacity for one in instance.pools], float)
    total = np.bincount(tap_pool, weights=high, minlength=throughput.size)
    cost = _costs(instance, arcs)
    # By what can be earned, if anything can: a forbidding cost is no measure.
    unit_money = float((-cost).max(initial=0.0) or np.abs(cost).max(initial=0.0)) or 1.0
    share = np.ones(len(arcs.feeds))
    return Network(
        instance=instance,
        feeds=arcs.feeds,
        taps=arcs.taps,
        direct=arcs.direct,
        feed_pool=feed_pool,
        tap_pool=tap_pool,
        route_feed=arcs.route_feed,
        route_tap=arcs.route_tap,
        cost=cost / unit_money,
        limits=_limits(instance, arcs, scale=scale),
        box=Box(np.zeros(share.size), share, np.zeros(high.size), high / scale),
        throughput=np.minimum(throughput, total) / scale,
        direct_high=np.array([one.max for one in arcs.direct], float) / scale,
        flow_scale=scale,
        money_scale=unit_money * scale,
    )


def _arcs(instance: PoolingInstance) -> _Arcs:
    pools = {one.id for one in instance.pools}
    fed = {one.target for one in instance.arcs if one.target in pools}
    tapped = {one.source for one in instance.arcs if one.source in pools}
    live = fed & tapped
    feeds = tuple(one for one in instance.arcs if one.target in live)
    taps = tuple(one for one in instance.arcs if one.source in live)
    direct = tuple(
        one
        for one in instance.arcs
        if one.source not in pools and one.target not in pools
    )
    pairs = [
        (i, j)
        for j, tap in enumerate(taps)
        for i, feed in enumerate(feeds)
        if feed.target == tap.source
    ]
    routes = np.array(pairs, np.int64).reshape(-1, 2)
    return _Arcs(feeds, taps, direct, routes[:, 0], routes[:, 1])


def _flow_scale(instance: PoolingInstance) -> float:
    """Return the largest limit of an amount that can matter [t].

    A limit beyond all that can be bought or sold stands for "no limit"; on its scale
    every real amount would be rounding.
    """
    bought = sum(one.max for one in instance.inputs)
    sold = sum(one.max for one in instance.outputs)
    most = min(bought, sold)
    values = [x for one in instance.inputs for x in (one.min, one.max)]
    values += [x for one in instance.outputs for x in (one.min, one.max)]
    values += [x for one in instance.arcs for x in (one.min, one.max)]
    values += [x for one in instance.pools for x in (one.capacity, one.min)]
    finite = [x for x in values if np.isfinite(x) and x > 0.0]
    largest = max(finite, default=1.0)
    return min(largest, most) if most > 0.0 else largest


def _pool_places(instance: PoolingInstance, arcs: _Arcs) -> tuple[IntArray, IntArray]:
    place = {one.id: k for k, one in enumerate(instance.pools)}
    feeds = np.array([place[one.target] for one in arcs.feeds], np.int64)
    taps = np.array([place[one.source] for one in arcs.taps], np.int64)
    return feeds, taps


def _tap_bounds(instance: PoolingInstance, arcs: _Arcs) -> FloatArray:
    """Return the largest flow of each tap that the limits around it allow [t]."""
    inputs = {one.id: one.max for one in instance.inputs}
    pools = {one.id: one.capacity for one in instance.pools}
    outputs = {one.id: one.max for one in instance.outputs}
    supply = dict.fromkeys(pools, 0.0)
    for feed in arcs.feeds:
        supply[feed.target] += min(feed.max, inputs[feed.source])
    bounds = [
        min(tap.max, outputs[tap.target], pools[tap.source], supply[tap.source])
        for tap in arcs.taps
    ]
    for tap, bound in zip(arcs.taps, bounds, strict=True):
        if not np.isfinite(bound):
            message = (
                f"{instance.name}: nothing limits the flow {tap}; expected a finite "
                "max of the arc, its pool, its output or all inputs of the pool; "
                "state one of them"
            )
            raise InputError(message)
    return np.array(bounds, float)


def _costs(instance: PoolingInstance, arcs: _Arcs) -> FloatArray:
    """Return the cost per unit of each route and direct flow [CNY/t]."""
    buy = {one.id: one.cost for one in instance.inputs}
    pass_on = {one.id: one.cost for one in instance.pools}
    sell = {one.id: one.cost - one.price for one in instance.outputs}
    feeds = np.array(
        [one.cost + buy[one.source] + pass_on[one.target] for one in arcs.feeds]
    )
    taps = np.array([one.cost + sell[one.target] for one in arcs.taps])
    direct = [one.cost + buy[one.source] + sell[one.target] for one in arcs.direct]
    if not arcs.route_feed.size:
        return np.array(direct, float)
    return np.concatenate([feeds[arcs.route_feed] + taps[arcs.route_tap], direct])


@dataclass(slots=True)
class _Rows:
    """Rows under construction."""

    names: list[str]
    columns: list[IntArray]
    values: list[FloatArray]
    low: list[float]
    high: list[float]

    def add(self, name: str, row: FloatArray, *, low: float, high: float) -> None:
        if low <= 0.0 and np.isinf(high):
            return
        filled = np.flatnonzero(row)
        self.names.append(name)
        self.columns.append(filled)
        self.values.append(row[filled])
        self.low.append(low if low > 0.0 else -np.inf)
        self.high.append(high)


def _limits(instance: PoolingInstance, arcs: _Arcs, *, scale: float) -> Limits:
    width = arcs.route_feed.size + len(arcs.direct)
    rows = _Rows([], [], [], [], [])
    masks = arcs.masks()
    nothing = np.zeros(width, np.bool_)
    for kind, nodes in _nodes(instance).items():
        for name, (low, high) in nodes.items():
            through = masks[kind].get(name, nothing).astype(float)
            title = f"amount of {kind} {name}"
            rows.add(title, through, low=low / scale, high=high / scale)
    _arc_rows(rows, arcs, scale=scale)
    used = {*arcs.feeds, *arcs.taps, *arcs.direct}
    for arc in (one for one in instance.arcs if one not in used and one.min > 0.0):
        low, high = arc.min / scale, arc.max / scale
        rows.add(f"flow {arc}", nothing.astype(float), low=low, high=high)
    _quality_rows(rows, instance, masks=masks)
    matrix = _sparse(rows, width)
    return Limits(tuple(rows.names), matrix, np.array(rows.low), np.array(rows.high))


def _sparse(rows: _Rows, width: int) -> csr_array:
    from scipy.sparse import csr_array

    starts = np.cumsum([0, *(one.size for one in rows.columns)])
    columns = np.concatenate([np.zeros(0, np.int64), *rows.columns])
    values = np.concatenate([np.zeros(0), *rows.values])
    return csr_array((values, columns, starts), shape=(len(rows.names), width))


def _nodes(instance: PoolingInstance) -> dict[str, dict[str, tuple[float, float]]]:
    return {
        "input": {one.id: (one.min, one.max) for one in instance.inputs},
        "pool": {one.id: (one.min, one.capacity) for one in instance.pools},
        "output": {one.id: (one.min, one.max) for one in instance.outputs},
    }


def _arc_rows(rows: _Rows, arcs: _Arcs, *, scale: float) -> None:
    count = arcs.route_feed.size
    for of_kind, place in ((arcs.feeds, arcs.route_feed), (arcs.taps, arcs.route_tap)):
        for index, arc in enumerate(of_kind):
            row = np.concatenate([place == index, np.zeros(len(arcs.direct))])
            low, high = arc.min / scale, arc.max / scale
            rows.add(f"flow {arc}", row, low=low, high=high)
    for index, arc in enumerate(arcs.direct):
        row = np.zeros(count + len(arcs.direct))
        row[count + index] = 1.0
        low, high = arc.min / scale, arc.max / scale
        rows.add(f"flow {arc}", row, low=low, high=high)


def _quality_rows(
    rows: _Rows,
    instance: PoolingInstance,
    *,
    masks: dict[str, dict[str, npt.NDArray[np.bool_]]],
) -> None:
    """Add ``sum (quality - limit) * flow <= 0`` for each limit, and its mirror."""
    for output in instance.outputs:
        through = masks["output"].get(output.id)
        if through is None:
            continue
        for sign, word, limits in (
            (1.0, "at most", output.quality_max),
            (-1.0, "at least", output.quality_min),
        ):
            for key, limit in limits.items():
                row = _excess(instance.inputs, key, limit, masks=masks["input"])
                row = sign * np.where(through, row, 0.0)
                size = float(np.abs(row).max(initial=0.0)) or 1.0
                title = f"{key} of output {output.id} {word} {limit:g}"
                rows.add(title, row / size, low=-np.inf, high=0.0)


def _excess(
    inputs: tuple[Input, ...],
    key: str,
    limit: float,
    *,
    masks: dict[str, npt.NDArray[np.bool_]],
) -> FloatArray:
    width = next(iter(masks.values())).size
    row = np.zeros(width)
    for one in inputs:
        if one.id in masks:
            row[masks[one.id]] = one.quality.get(key, limit) - limit
    return row
