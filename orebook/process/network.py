"""The network: every stream of the group, bound to its balance, centre and physics.

A stream is one amount per period that a meter could read: what a unit consumes or
produces at a port, what is bought, sold, shipped, drawn or held in stock. The plan
gives every stream an amount, the ledger reconciles it, the internal market prices it
and the variance explains it: all by the same stream ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np
from scipy.sparse import csr_array

from orebook.chain.chain import Balance, Chain, good
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.content import feed_port
from orebook.process.contract import Process
from orebook.process.registry import bind

Told = TypeVar("Told")
Value = TypeVar("Value")
Role = Literal["unit", "buy", "sell", "send", "receive", "draw", "open", "close"]


@dataclass(frozen=True, slots=True)
class Stream:
    """One amount per period, at least zero.

    Parameters
    ----------
    id : str
        ``UNIT.PORT``, ``buy:ID``, ``sell:ID:MATERIAL``, ``send:ROUTE:MATERIAL``,
        ``receive:ROUTE:MATERIAL``, ``draw:ID``, ``open:STORE`` or ``close:STORE``.
    role : str
        What kind of stream it is.
    owner, port : str
        Id of the unit, contract, route, draw or store; port of a unit.
    balance : Balance
        Material and place it is balanced at.
    sign : int
        +1 where it supplies the balance, -1 where it takes from it.
    centre : str
        Centre that answers for it.
    unit : str
        Unit of the amount.
    """

    id: str
    role: Role
    owner: str
    port: str
    balance: Balance
    sign: int
    centre: str
    unit: str


@dataclass(frozen=True)
class Network:
    """All streams and balances of a chain, and the physics of its units."""

    chain: Chain
    processes: dict[str, Process]
    streams: tuple[Stream, ...]

    @cached_property
    def stream(self) -> dict[str, Stream]:
        """Streams by id."""
        return {s.id: s for s in self.streams}

    @cached_property
    def position(self) -> dict[str, int]:
        """Index of each stream in :attr:`streams`."""
        return {s.id: i for i, s in enumerate(self.streams)}

    @cached_property
    def balances(self) -> tuple[Balance, ...]:
        """Every (material, place) that a stream touches, in order of first use."""
        return tuple(dict.fromkeys(s.balance for s in self.streams))

    @cached_property
    def balance_position(self) -> dict[Balance, int]:
        """Index of each balance in :attr:`balances`."""
        return {b: i for i, b in enumerate(self.balances)}

    def matrix(self) -> csr_array:
        """Return the signed incidence (balances, streams): matrix @ amounts = 0."""
        rows = [self.balance_position[s.balance] for s in self.streams]
        signs = np.array([s.sign for s in self.streams], dtype=np.float64)
        shape = (len(self.balances), len(self.streams))
        return csr_array((signs, (rows, np.arange(len(rows)))), shape=shape)

    def of(self, owner: str) -> tuple[Stream, ...]:
        """Return the streams of a unit, contract, route, draw or store."""
        return self._by_owner.get(owner, ())

    def content_of(
        self, given: Mapping[str, Mapping[str, Told]], unit: str
    ) -> Mapping[str, Told]:
        """Return the content a unit is told: of its own feeds, and of those it sees.

        Parameters
        ----------
        given : mapping
            Unit id to content by port, where it differs from nominal [-].
        unit : str
            Unit id.
        """
        own, other = given.get(unit, {}), self.processes[unit].sees
        return own if other is None else {**given.get(other, {}), **own}

    def setting_of(
        self, given: Mapping[str, Mapping[str, Value]], unit: str
    ) -> Mapping[str, Value]:
        """Return the settings of a unit that are told: its own, and those it shares.

        Parameters
        ----------
        given : mapping
            Unit id to settings where they differ from the book's.
        unit : str
            Unit id.
        """
        own = given.get(unit, {})
        if not given:
            return own
        shared = {
            s.name: given[s.shared][s.name]
            for s in self.processes[unit].settings
            if s.shared is not None and s.name in given.get(s.shared, {})
        }
        return {**own, **shared} if shared else own

    @cached_property
    def sharing(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Units that share a setting that lies with another, by (unit, setting)."""
        found: dict[tuple[str, str], list[str]] = {}
        for unit, process in self.processes.items():
            for s in process.settings:
                if s.shared is not None and s.shared != unit:
                    found.setdefault((s.shared, s.name), []).append(unit)
        return {key: tuple(units) for key, units in found.items()}

    @cached_property
    def _by_owner(self) -> dict[str, tuple[Stream, ...]]:
        found: dict[str, list[Stream]] = {}
        for s in self.streams:
            found.setdefault(s.owner, []).append(s)
        return {owner: tuple(streams) for owner, streams in found.items()}


def network(chain: Chain) -> Network:
    """Bind every unit of the chain and list its streams.

    Raises
    ------
    InputError
        If a unit does not fit its kind.
    """
    processes = {unit.id: bind(unit, chain) for unit in chain.units}
    streams = [*_unit_streams(chain, processes), *_trade_streams(chain)]
    streams += [*_route_streams(chain), *_store_streams(chain)]
    ids = [s.id for s in streams]
    if len(set(ids)) != len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise InputError(
            f"two streams are called '{twice}'; give the unit or contract another id"
        )
    return Network(chain, processes, tuple(streams))


def port_balance(unit: Unit, port: str) -> Balance | None:
    """Return the balance a port of a unit is bound to; None leaves the group.

    A feed port lies where the feed does; ``X_out`` of a unit that moves goods lies at
    ``recipe.to``; ``X_used`` shares the balance of ``X``; a port of a recipe is the
    material of that name at the unit's place.
    """
    feeds = {feed_port(text): good(text, unit.place) for text in unit.feed}
    if port in feeds:
        return feeds[port]
    if port in unit.ports:
        return good(unit.ports[port], unit.place)
    to = unit.recipe.get("to")
    if to is not None and port.endswith("_out") and port[:-4] in feeds:
        return Balance(port[:-4], str(to))
    if port.endswith("_used") and port[:-5] in unit.ports:
        return good(unit.ports[port[:-5]], unit.place)
    if unit.kind == "recipe":
        return Balance(port, unit.place)
    return None


def with_settings(
    network: Network, setting: Mapping[str, Mapping[str, float]]
) -> Network:
    """Return the network whose units stand at other settings than the book's.

    Parameters
    ----------
    network : Network
        As the book states it.
    setting : mapping
        Unit id to setting name to value [unit of the setting].

    Returns
    -------
    Network
        The same streams; what a unit does without being told is now what it does at
        these settings. The same object if nothing differs.

    Raises
    ------
    InputError
        If a unit or setting is unknown, or a value lies outside its declared range.
    """
    moved = {u: _set(network, u, values) for u, values in setting.items() if values}
    touched = dict.fromkeys(
        member
        for u, values in setting.items()
        for name in values
        for member in network.sharing.get((u, name), ())
    )
    for member in touched:
        process = moved.get(member, network.processes[member])
        moved[member] = _follow(process, setting)
    if all(network.processes[u] is p for u, p in moved.items()):
        return network
    return Network(network.chain, {**network.processes, **moved}, network.streams)


def _follow(process: Process, setting: Mapping[str, Mapping[str, float]]) -> Process:
    """Return a process whose shared settings stand where their owners' do."""
    settings = tuple(
        s
        if s.shared is None
        else replace(s, default=float(setting.get(s.shared, {}).get(s.name, s.default)))
        for s in process.settings
    )
    return (
        process if settings == process.settings else replace(process, settings=settings)
    )


def _set(network: Network, unit: str, values: Mapping[str, float]) -> Process:
    if unit not in network.processes:
        raise InputError(
            f"no unit is called '{unit}'; settings are given by unit id; "
            "correct the name"
        )
    process = network.processes[unit]
    known = {s.name: s for s in process.settings}
    for name, value in values.items():
        if name not in known:
            raise InputError(
                f"unit '{unit}' has no setting '{name}'; it has "
                f"{', '.join(sorted(known)) or 'none'}; correct the name"
            )
        low, high, of = known[name].low, known[name].high, known[name].unit
        if not low <= value <= high:
            raise InputError(
                f"unit '{unit}': setting '{name}' = {value:g} {of} lies outside "
                f"{low:g}..{high:g} {of}; set it inside"
            )
        if known[name].shared not in (None, unit):
            raise InputError(
                f"unit '{unit}': setting '{name}' lies with unit "
                f"'{known[name].shared}'; set it there"
            )
    if all(known[n].default == v for n, v in values.items()):
        return process
    settings = tuple(
        replace(s, default=float(values.get(s.name, s.default)))
        for s in process.settings
    )
    return replace(process, settings=settings)


def _unit_streams(chain: Chain, processes: dict[str, Process]) -> Iterator[Stream]:
    for unit in chain.units:
        for port in processes[unit.id].ports:
            balance = port_balance(unit, port.name)
            if balance is not None:
                yield Stream(
                    f"{unit.id}.{port.name}",
                    "unit",
                    unit.id,
                    port.name,
                    balance,
                    port.sign,
                    unit.centre,
                    port.unit,
                )


def _trade_streams(chain: Chain) -> Iterator[Stream]:
    def one(
        id_: str, role: Role, owner: str, text: str, sign: int, centre: str
    ) -> Stream:
        balance = good(text)
        unit = chain.material[balance.material].unit
        return Stream(id_, role, owner, balance.material, balance, sign, centre, unit)

    for p in chain.purchases:
        yield one(f"buy:{p.id}", "buy", p.id, p.good, 1, p.centre)
    for s in chain.sales:
        for text in s.goods:
            name = f"sell:{s.id}:{good(text).material}"
            yield one(name, "sell", s.id, text, -1, s.centre)
    for d in chain.draws:
        yield one(f"draw:{d.id}", "draw", d.id, d.good, -1, d.centre)


def _route_streams(chain: Chain) -> Iterator[Stream]:
    for route in chain.routes:
        for material in route.materials:
            unit = chain.material[material].unit
            start, end = Balance(material, route.start), Balance(material, route.end)
            yield Stream(
                f"send:{route.id}:{material}",
                "send",
                route.id,
                material,
                start,
                -1,
                route.centre,
                unit,
            )
            yield Stream(
                f"receive:{route.id}:{material}",
                "receive",
                route.id,
                material,
                end,
                1,
                route.centre,
                unit,
            )


def _store_streams(chain: Chain) -> Iterator[Stream]:
    for store in chain.stores:
        balance = good(store.good)
        unit = chain.material[balance.material].unit
        yield Stream(
            f"open:{store.id}",
            "open",
            store.id,
            "stock",
            balance,
            1,
            store.centre,
            unit,
        )
        yield Stream(
            f"close:{store.id}",
            "close",
            store.id,
            "stock",
            balance,
            -1,
            store.centre,
            unit,
        )
