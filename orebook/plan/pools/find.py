"""What is mixed where: pools, what enters them, who takes from them.

A pool is a mixed material at a place. Whatever enters it is an ingredient of known
quality or comes from another pool; whoever takes from it gets the mix. Everything
below holds for every period alike; a stock that is carried over enters the pool again
one period later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Balance, good
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.plan.conditions import Conditions, feeds_told
from orebook.plan.lp import FloatArray
from orebook.plan.respond import Response, respond
from orebook.process.content import nominal
from orebook.process.network import Network, Stream

__all__ = ["Entry", "Link", "Opening", "Pools", "Tap", "find_pools", "mixed_goods"]

PASSES_ON = frozenset({"mix", "split"})
"""Kinds whose product is their feed, unchanged."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A column that brings an ingredient of known quality into a pool.

    Parameters
    ----------
    pool : int
        Place of the pool in `Pools.balances`.
    ingredient : str
        Key of `Pools.ingredients`.
    block, entity : str
        Column of the plan.
    weight : array of float, shape (periods,)
        Amount that enters per unit of the column [t].
    """

    pool: int
    ingredient: str
    block: str
    entity: str
    weight: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Tap:
    """A column that takes from a pool.

    Parameters
    ----------
    pool : int
        Place of the pool in `Pools.balances`.
    block, entity : str
        Column of the plan.
    unit, port : str
        Unit and feed port, empty where it is no unit that takes.
    taken : array of float, shape (periods,)
        Amount taken per unit of the column [t].
    """

    pool: int
    block: str
    entity: str
    unit: str
    port: str
    taken: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """What leaves one pool and enters another, or the same one a period later.

    Parameters
    ----------
    tap : int
        Place in `Pools.taps`.
    pool : int
        Pool it enters.
    weight : array of float, shape (periods,)
        Amount that enters per unit of the column of the tap [t].
    lag : int
        Periods later, 0 or 1 [-].
    """

    tap: int
    pool: int
    weight: FloatArray
    lag: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A stock of known quality in a pool at the beginning, ``amount`` [t]."""

    pool: int
    ingredient: str
    amount: float


@dataclass(frozen=True, slots=True, eq=False)
class Pools:
    """All pools of a plan.

    Parameters
    ----------
    balances : tuple of Balance
        The pools.
    ingredients : mapping
        Content of each ingredient by component, shape (periods,) [-].
    entries, taps, links, openings
        What enters and leaves.
    periods : int
        Length of the horizon [-].
    """

    balances: tuple[Balance, ...]
    ingredients: dict[str, dict[str, FloatArray]]
    entries: tuple[Entry, ...]
    taps: tuple[Tap, ...]
    links: tuple[Link, ...]
    openings: tuple[Opening, ...]
    periods: int

    @property
    def components(self) -> tuple[str, ...]:
        """Every component that an ingredient states."""
        found = (c for content in self.ingredients.values() for c in content)
        return tuple(dict.fromkeys(found))


def mixed_goods(network: Network) -> tuple[Balance, ...]:
    """Return every mixed material at every place where the plan balances it.

    Parameters
    ----------
    network : Network
        Chain and streams.
    """
    mixed = {m.id for m in network.chain.materials if m.mixed}
    return tuple(b for b in network.balances if b.material in mixed) if mixed else ()


def find_pools(network: Network, conditions: Conditions) -> Pools:
    """Return the pools of a plan.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        Horizon, settings, opening stocks, measured assays.

    Returns
    -------
    Pools
        Empty if the book mixes nothing.

    Raises
    ------
    InputError
        If a mixed material is drawn at a fixed rate, or used by a unit otherwise than
        as a feed.
    """
    found = _Search(network, conditions)
    for stream in network.streams if found.place else ():
        if stream.balance in found.place:
            found.add(stream)
    found.join()
    return Pools(
        tuple(found.place),
        found.ingredients,
        tuple(found.entries),
        tuple(found.taps),
        tuple(found.links),
        tuple(found.openings),
        len(conditions.periods),
    )


class _Search:
    """Lives only while the pools are found."""

    def __init__(self, network: Network, conditions: Conditions) -> None:
        self.network, self.conditions = network, conditions
        self.chain = network.chain
        self.count = len(conditions.periods)
        self.place = {b: k for k, b in enumerate(mixed_goods(network))}
        self.ingredients: dict[str, dict[str, FloatArray]] = {}
        self.entries: list[Entry] = []
        self.taps: list[Tap] = []
        self.links: list[Link] = []
        self.openings: list[Opening] = []
        self._inflows: list[tuple[str, str, int, FloatArray]] = []
        self._responses: dict[str, Response] = {}

    def add(self, stream: Stream) -> None:
        """Take up one stream of a pool."""
        pool = self.place[stream.balance]
        one = np.ones(self.count)
        name = f"{stream.owner}:{stream.balance.material}"
        if stream.role == "unit":
            self._unit(stream, pool)
        elif stream.role == "buy":
            self._bought(stream, pool)
        elif stream.role == "sell":
            self.taps.append(Tap(pool, "sell", name, "", "", one))
        elif stream.role == "send":
            self.taps.append(Tap(pool, "ship", name, "", "", one))
        elif stream.role == "receive":
            route = next(r for r in self.chain.routes if r.id == stream.owner)
            self._inflows.append(("ship", name, pool, one * (1.0 - route.loss)))
        elif stream.role == "close":
            self.taps.append(Tap(pool, "stock", stream.owner, "", "", one))
        elif stream.role == "open":
            self._opening(stream, pool)
        else:
            message = (
                f"draw '{stream.owner}' takes the mixed material {stream.balance} at a "
                "fixed rate; expected a material of known quality; draw another, or "
                "let a unit use it"
            )
            raise InputError(message)

    def join(self) -> None:
        """Let each inflow be a link from the tap it passes on, else an ingredient."""
        taps = {(t.block, t.entity): k for k, t in enumerate(self.taps)}
        for block, entity, pool, weight in self._inflows:
            lag = int(block == "stock")
            self.links.append(Link(taps[block, entity], pool, weight, lag))

    def _unit(self, stream: Stream, pool: int) -> None:
        unit = self.chain.unit[stream.owner]
        process = self.network.processes[unit.id]
        flows = self._response(unit).flows
        if stream.port not in flows:
            return
        for k, duty in enumerate(process.duties):
            weight = np.broadcast_to(flows[stream.port][k], self.count) * stream.sign
            entity = f"{unit.id}:{duty.name}"
            if not np.any(weight):
                continue
            if stream.sign < 0:
                if duty.port != stream.port:
                    raise InputError(_no_feed(unit, stream))
                tap = Tap(pool, "duty", entity, unit.id, stream.port, weight)
                self.taps.append(tap)
            else:
                self._made(unit, stream, pool, (duty.port or "", entity, weight))

    def _made(
        self,
        unit: Unit,
        stream: Stream,
        pool: int,
        duty: tuple[str, str, FloatArray],
    ) -> None:
        """Take up what a unit puts into a pool: its feed, or the nominal assay."""
        port, entity, weight = duty
        passes = unit.kind in PASSES_ON or stream.port == f"{port}_out"
        feeds = {good(t, unit.place).material: good(t, unit.place) for t in unit.feed}
        if passes and feeds[port] in self.place:
            self._inflows.append(("duty", entity, pool, weight))
            return
        measured = self.conditions.content.get(unit.id, {}).get(port) if passes else {}
        material = port if passes else stream.balance.material
        name = f"{material}:{unit.id}" if measured else material
        self._ingredient(name, material, measured or {})
        self.entries.append(Entry(pool, name, "duty", entity, weight))

    def _bought(self, stream: Stream, pool: int) -> None:
        contract = next(p for p in self.chain.purchases if p.id == stream.owner)
        material, one = stream.balance.material, np.ones(self.count)
        self._ingredient(material, material, {})
        for k in range(len(contract.tiers) + 1):
            name = contract.id if k == 0 else f"{contract.id}#{k}"
            self.entries.append(Entry(pool, material, "buy", name, one))

    def _opening(self, stream: Stream, pool: int) -> None:
        store = next(s for s in self.chain.stores if s.id == stream.owner)
        name = f"opening:{store.id}"
        amount = self.conditions.opening[store.id]
        self._inflows.append(("stock", store.id, pool, np.ones(self.count)))
        if amount > 0.0:
            told = self.conditions.stock_content.get(store.id) or store.assay
            known = {c: np.asarray(v) for c, v in told.items()}
            self._ingredient(name, stream.balance.material, known)
            self.openings.append(Opening(pool, name, amount))

    def _ingredient(self, name: str, material: str, known: object) -> None:
        if name in self.ingredients:
            return
        content = dict(nominal(self.chain, material))
        content.pop("mass")
        content |= dict(known)  # type: ignore[call-overload]  # a mapping
        self.ingredients[name] = {
            c: np.array(np.broadcast_to(v, self.count), np.float64)
            for c, v in content.items()
        }

    def _response(self, unit: Unit) -> Response:
        if unit.id not in self._responses:
            self._responses[unit.id] = respond(
                self.network.processes[unit.id],
                feeds_told(self.conditions, self.network, unit.id),
                self.network.setting_of(self.conditions.setting, unit.id),
            )
        return self._responses[unit.id]


def _no_feed(unit: Unit, stream: Stream) -> str:
    return (
        f"unit '{unit.id}' uses the mixed material {stream.balance} at the port "
        f"'{stream.port}', which is no feed; expected a material of known quality; "
        "make it a feed, or bind another material"
    )


def users(pools: Pools, pool: int) -> Iterator[tuple[int, Tap]]:
    """Yield the taps of a pool with their places."""
    for k, tap in enumerate(pools.taps):
        if tap.pool == pool:
            yield k, tap
