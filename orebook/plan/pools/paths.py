"""The plan in which every user takes each ingredient of a pool on its own.

Each column that takes from a pool is split by ingredient: *paths*. A unit answers to
an ingredient as its process does to a feed of that quality, a sale counts it against
its spec. With the paths of a pool in one proportion this is the plan with its true
pools; without that demand it is a bound on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from orebook.chain.chain import good
from orebook.chain.material import Amount, QualityLimit
from orebook.chain.plant import Unit
from orebook.chain.trade import Sale
from orebook.plan.assemble import Assembly, assemble
from orebook.plan.blocks.units import response_in
from orebook.plan.blocks.work import Work
from orebook.plan.conditions import Conditions, content_of
from orebook.plan.lp import Block, FloatArray, IntArray
from orebook.plan.pools.find import Pools, Tap, find_pools
from orebook.plan.respond import Response
from orebook.process.contract import Content
from orebook.process.network import Network

__all__ = ["Paths", "path_plan"]

STRAIGHT = 1e-9
"""A response that is linear in the content of the feed deviates by less [-]."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """The split plan and where its paths stand.

    Parameters
    ----------
    assembly : Assembly
        Columns of the ordinary plan, then one block "path".
    pools : Pools
        The pools.
    column : array of int, shape (taps, ingredients, periods)
        Column of each path [-].
    taken : array of float, shape (taps, ingredients, periods)
        Amount taken from the pool per unit of the column [t].
    bent : tuple of str
        Units whose response is not linear in the content of a pool: for them the
        bound holds only as far as the response is straight.
    """

    assembly: Assembly
    pools: Pools
    column: IntArray
    taken: FloatArray
    bent: tuple[str, ...]


def path_plan(network: Network, conditions: Conditions) -> Paths:
    """Assemble the plan with every tap of a pool split by ingredient.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        What holds; compositions in it are not looked at.

    Returns
    -------
    Paths
        Ready to be solved.

    Raises
    ------
    InputError
        If a pool is used in a way that cannot be planned.
    """
    pools = find_pools(network, conditions)
    section = _Section(pools)
    assembly = assemble(network, conditions, more=(section.add,))
    bent = tuple(sorted(section.bent))
    return Paths(assembly, pools, section.column, section.taken, bent)


class _Section:
    """Adds paths to an assembly; keeps where they stand."""

    def __init__(self, pools: Pools) -> None:
        self.pools = pools
        self.names = list(pools.ingredients)
        shape = (len(pools.taps), len(self.names), pools.periods)
        self.taken = np.array([t.taken for t in pools.taps]).reshape(
            len(pools.taps), 1, pools.periods
        )
        self.taken = np.repeat(self.taken, len(self.names), axis=1)
        self.column = np.zeros(shape, np.int64)
        self.bent: set[str] = set()

    def add(self, work: Work) -> None:
        """Add the block "path", the rows that tie it, and what quality changes."""
        base = work.base
        entities = [
            f"{tap.block}:{tap.entity}#{name}"
            for tap in self.pools.taps
            for name in self.names
        ]
        block = work.columns("path", entities)
        self.column = block.all().reshape(self.column.shape)
        self._sums(work)
        for unit in {t.unit: None for t in self.pools.taps if t.unit}:
            self._unit(work, work.chain.unit[unit], base)
        self._sales(work)
        self._balances(work)

    def _sums(self, work: Work) -> None:
        """Let the paths of a tap sum to its column."""
        taps = self.pools.taps
        names = [f"{tap.block}:{tap.entity}" for tap in taps]
        rows = work.builder.rows("path", names, lower=0.0, upper=0.0)
        work.builder.entries(rows.all()[:, None, :], self.column, 1.0)
        for k, tap in enumerate(taps):
            whole = work.columns_of[tap.block].slice(tap.entity)
            place = np.arange(whole.start, whole.stop)
            work.builder.entries(rows.all()[k], place, -1.0)

    def _balances(self, work: Work) -> None:
        """Let each ingredient of a pool leave as much as it enters."""
        pools, place = self.pools, {n: k for k, n in enumerate(self.names)}
        names = [f"{b}#{n}" for b in pools.balances for n in self.names]
        right = np.zeros((len(pools.balances), len(self.names), pools.periods))
        for one in pools.openings:
            right[one.pool, place[one.ingredient], 0] -= one.amount
        flat = right.reshape(-1, pools.periods)
        block = work.builder.rows("ingredient", names, lower=flat, upper=flat)
        rows = block.all().reshape(right.shape)
        for entry in pools.entries:
            column = work.columns_of[entry.block].slice(entry.entity)
            here = rows[entry.pool, place[entry.ingredient]]
            across = np.arange(column.start, column.stop)
            work.builder.entries(here, across, entry.weight)
        for k, tap in enumerate(pools.taps):
            work.builder.entries(rows[tap.pool], self.column[k], -self.taken[k])
        for link in pools.links:
            last = pools.periods - link.lag
            here = rows[link.pool][:, link.lag :]
            column = self.column[link.tap][:, :last]
            work.builder.entries(here, column, link.weight[:last])

    # -- what quality changes ------------------------------------------------------

    def _unit(self, work: Work, unit: Unit, base: int) -> None:
        process = work.network.processes[unit.id]
        content = content_of(work.conditions, unit)
        plain = _at(work, unit, content)
        if not process.linear:
            self.bent.add(unit.id)
        duty = {f"{unit.id}:{d.name}": k for k, d in enumerate(process.duties)}
        for k, tap in enumerate(self.pools.taps):
            if tap.unit != unit.id:
                continue
            own = content.get(tap.port, {})
            found = [
                _at(work, unit, {**content, tap.port: {**own, **quality}})
                for quality in self.pools.ingredients.values()
            ]
            for s, answer in enumerate(found):
                self._answer(work, unit, (k, s), (plain, answer), duty[tap.entity])
                first = base + k * len(self.names) + s
                self._flows(work, unit, first, (plain, answer), duty[tap.entity])
            mean = {c: self._mean(c) for c in self.pools.components}
            middle = _at(work, unit, {**content, tap.port: {**own, **mean}})
            if _bent(found, middle, duty[tap.entity], tap.port):
                self.bent.add(unit.id)
            self._feed_limits(work, unit, k, tap)

    def _mean(self, component: str) -> FloatArray:
        """Return a mix of all ingredients in unequal shares, to test straightness."""
        count = len(self.names)
        shares = np.arange(1.0, count + 1.0) / (count * (count + 1) / 2)
        zero = np.zeros(self.pools.periods)
        parts = [q.get(component, zero) for q in self.pools.ingredients.values()]
        return np.asarray(shares @ np.array(parts))

    def _flows(
        self,
        work: Work,
        unit: Unit,
        entity: int,
        pair: tuple[Response, Response],
        duty: int,
    ) -> None:
        """Let the streams of a unit move with what it takes."""
        for stream in work.network.of(unit.id):
            if stream.port in pair[1].flows:
                change = _change(pair, stream.port, duty, work.count) * stream.sign
                if np.any(np.abs(change) > 0.0):
                    work.term(stream.id, entity, change)

    def _answer(
        self,
        work: Work,
        unit: Unit,
        path: tuple[int, int],
        pair: tuple[Response, Response],
        duty: int,
    ) -> None:
        """Let what is taken and the loads of a unit move with the ingredient."""
        plain, answer = pair
        columns = self.column[path]
        port = self.pools.taps[path[0]].port
        self.taken[path] -= _change(pair, port, duty, work.count)
        first = next(iter(unit.limits), None)
        for name in unit.limits:
            change = np.broadcast_to(
                answer.loads[name][duty] - plain.loads[name][duty], work.count
            )
            rows = work.rows_of["capacity"]
            where = rows.slice(f"{unit.id}:{name}")
            work.builder.entries(np.arange(where.start, where.stop), columns, change)
            if unit.minimum > 0 and name == first:
                where = work.rows_of["minimum"].slice(unit.id)
                place = np.arange(where.start, where.stop)
                work.builder.entries(place, columns, change)

    def _feed_limits(self, work: Work, unit: Unit, tap: int, user: Tap) -> None:
        given = content_of(work.conditions, unit).get(user.port, {})
        base: dict[str, Amount] = dict(work.assay(user.port))
        base |= given
        for limit in unit.feed_limits:
            self._limit(work, ("feed_limit", unit.id), limit, tap, base=base)

    def _sales(self, work: Work) -> None:
        sales = {s.id: s for s in work.chain.sales}
        for k, tap in enumerate(self.pools.taps):
            if tap.block == "sell":
                sale: Sale = sales[tap.entity.partition(":")[0]]
                material = tap.entity.partition(":")[2]
                text = next(g for g in sale.goods if good(g).material == material)
                for limit in sale.spec:
                    base = work.quality(text)
                    self._limit(work, ("spec", sale.id), limit, k, base=base)

    def _limit(
        self,
        work: Work,
        where: tuple[str, str],
        limit: QualityLimit,
        tap: int,
        *,
        base: Mapping[str, Amount],
    ) -> None:
        """Let a limit on quality count each ingredient as it is."""
        block, owner = where
        plain = limit.coefficients(base)
        for s, quality in enumerate(self.pools.ingredients.values()):
            own = limit.coefficients({**base, **quality})
            for side, value, before in zip(("max", "min"), own, plain, strict=True):
                if getattr(limit, side) is None:
                    continue
                rows: Block = work.rows_of[block]
                place = rows.slice(f"{owner}:{limit.of} {side}")
                change = np.broadcast_to(np.asarray(value) - before, work.count)
                here = np.arange(place.start, place.stop)
                work.builder.entries(here, self.column[tap, s], change)


def _at(work: Work, unit: Unit, content: Content) -> Response:
    """Return how a unit answers to a content of its feeds, as the plan has it."""
    there = copy(work)
    known = {**work.conditions.content, unit.id: content}
    there.conditions = replace(work.conditions, content=known)
    return response_in(there, unit, work.network.processes[unit.id])


def _change(
    pair: tuple[Response, Response], port: str, duty: int, count: int
) -> FloatArray:
    plain, answer = pair
    change = answer.flows[port][duty] - plain.flows[port][duty]
    return np.array(np.broadcast_to(change, count))


def _bent(found: list[Response], middle: Response, duty: int, port: str) -> bool:
    """Return whether a unit does not answer to a mix as the mix of its answers."""
    count = len(found)
    shares = np.arange(1.0, count + 1.0) / (count * (count + 1) / 2)
    feed = [one.flows[port][duty] for one in found]
    if any(np.any(np.abs(one - feed[0]) > STRAIGHT * np.abs(one)) for one in feed):
        return True
    for table in ("flows", "loads"):
        for name, value in getattr(middle, table).items():
            parts = [np.asarray(getattr(one, table)[name][duty]) for one in found]
            mixed = sum(f * p for f, p in zip(shares, parts, strict=True))
            size = max(float(np.abs(p).max(initial=0.0)) for p in parts)
            if np.any(np.abs(mixed - value[duty]) > STRAIGHT * max(size, 1e-9)):
                return True
    return False
