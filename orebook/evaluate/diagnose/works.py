"""Works: units whose physics or goods hang together, diagnosed as one.

Units that share a setting (all units of a liquor circuit) are one works, any other unit
is one by itself. What passes only between its units is balanced inside; what it makes
for others is held, so that a factor shows in what the works consumes for the same make.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orebook.chain.chain import Balance
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError
from orebook.evaluate.fair import followed_of
from orebook.plan.accounts import Month, PriceSet, charges
from orebook.process.contract import Array
from orebook.process.network import Network, Stream

__all__ = ["Works", "find_works", "works_of"]


@dataclass(frozen=True, eq=False)
class Works:
    """Units diagnosed together.

    Parameters
    ----------
    network : Network
        The chain, units at the settings of the plan.
    units : tuple of str
        Ids, in the order of the book.
    prices : PriceSet
        Internal prices of the month.
    """

    network: Network
    units: tuple[str, ...]
    prices: PriceSet

    @cached_property
    def name(self) -> str:
        """The unit its settings lie with, else its only unit."""
        of = [s.shared for u in self.units for s in self.network.processes[u].settings]
        shared = [s for s in of if s is not None]
        return shared[0] if shared else self.units[0]

    @cached_property
    def duties(self) -> tuple[tuple[str, str], ...]:
        """Unit and name of every duty."""
        return tuple(
            (u, d.name) for u in self.units for d in self.network.processes[u].duties
        )

    @cached_property
    def groups(self) -> NDArray[np.intp]:
        """Number of the group each duty belongs to: feeds of a unit move together."""
        found: dict[tuple[str, str], int] = {}
        rows = []
        for unit in self.units:
            for d in self.network.processes[unit].duties:
                key = (unit, "" if d.port is not None else d.name)
                rows.append(found.setdefault(key, len(found)))
        return np.array(rows, dtype=np.intp)

    @cached_property
    def told(self) -> Array:
        """1 for a duty that a stream tells, 0 for one that no factor moves.

        Running hours or steam let down past a turbine are decided, not needed.
        """
        found = [
            float(d.port is not None or d.read_at is not None)
            for u in self.units
            for d in self.network.processes[u].duties
        ]
        return np.array(found) if any(found) else np.ones(len(found))

    @cached_property
    def ports(self) -> tuple[tuple[str, str], ...]:
        """Unit and name of every port, also of those that leave the group."""
        return tuple(
            (u, p.name) for u in self.units for p in self.network.processes[u].ports
        )

    @cached_property
    def port_sign(self) -> Array:
        """+1 where a port produces, -1 where it consumes."""
        signs = [p.sign for u in self.units for p in self.network.processes[u].ports]
        return np.array(signs, dtype=np.float64)

    @cached_property
    def streams(self) -> dict[tuple[str, str], Stream]:
        """The stream of each port that is bound to a balance."""
        return {(s.owner, s.port): s for u in self.units for s in self.network.of(u)}

    @cached_property
    def inside(self) -> tuple[Balance, ...]:
        """Balances that nobody outside supplies, and that its units make and use."""
        members = set(self.units)
        mine: dict[Balance, set[int]] = {}
        fed: set[Balance] = set()
        for s in self.network.streams:
            if s.role == "unit" and s.owner in members:
                mine.setdefault(s.balance, set()).add(s.sign)
            elif s.sign > 0 and s.role != "open":
                fed.add(s.balance)
        return tuple(b for b, signs in mine.items() if len(signs) == 2 and b not in fed)

    @cached_property
    def traded(self) -> frozenset[Balance]:
        """Goods that can be bought or sold outside where they lie."""
        roles = ("buy", "sell")
        return frozenset(s.balance for s in self.network.streams if s.role in roles)

    @cached_property
    def value(self) -> Array:
        """What a unit of amount through each port is worth to its centre [CNY]."""
        charge = charges(self.network, self.prices)
        found = []
        for key in self.ports:
            s = self.streams.get(key)
            worth = 0.0
            if s is not None:
                worth = s.sign * self.prices.internal[s.balance] - charge.get(s.id, 0.0)
            found.append(worth)
        return np.array(found)

    @cached_property
    def duty_cost(self) -> Array:
        """Variable cost of a unit of each duty [CNY]."""
        found = []
        for unit in self.units:
            cost = self.network.chain.unit[unit].cost
            for d in self.network.processes[unit].duties:
                found.append(0.0 if cost is None else cost.to(f"CNY/{d.unit}"))
        return np.array(found)

    def followed(self, month: Month) -> dict[str, dict[str, float]]:
        """Return the settings that follow what a month fed, by unit they lie with.

        Parameters
        ----------
        month : Month
            Its duties tell the shares.
        """
        found: dict[str, dict[str, float]] = {}
        for unit in self.units:
            own = {
                s.name
                for s in self.network.processes[unit].settings
                if s.follows is not None and s.shared in (None, unit)
            }
            stands = followed_of(self.network, unit, month)
            if own & set(stands):
                found[unit] = {n: v for n, v in stands.items() if n in own}
        return found

    def centre(self, unit: str) -> str:
        """Return the centre that answers for a unit."""
        return self.network.chain.unit[unit].centre

    def supplier(self, balance: Balance, amounts: Mapping[str, float]) -> str:
        """Return the centre that supplied most of a balance in a month.

        Parameters
        ----------
        balance : Balance
            The good.
        amounts : mapping
            Stream id to amount [stream unit].
        """
        sources = [
            s
            for s in self.network.streams
            if s.balance == balance and s.sign > 0 and s.role != "open"
        ]
        if not sources:
            return next(s.centre for s in self.network.streams if s.balance == balance)
        return max(sources, key=lambda s: amounts.get(s.id, 0.0)).centre


def works_of(network: Network, units: Iterable[str]) -> list[tuple[str, ...]]:
    """Return units put together that share a setting, in the order of the book.

    Parameters
    ----------
    network : Network
        Chain and physics.
    units : iterable of str
        Units asked for; those that share a setting with one of them come along.
    """
    root = {u: u for u in network.processes}

    def top(unit: str) -> str:
        while root[unit] != unit:
            unit = root[unit]
        return unit

    for unit, process in network.processes.items():
        for s in process.settings:
            if s.shared is not None:
                root[top(unit)] = top(s.shared)
    wanted = {top(u) for u in units}
    found: dict[str, list[str]] = {}
    for unit in network.processes:
        if top(unit) in wanted:
            found.setdefault(top(unit), []).append(unit)
    return [tuple(members) for members in found.values()]


def find_works(network: Network, site: str) -> list[tuple[str, ...]]:
    """Return the works of a centre, place, unit, or circuit named by one of its units.

    Parameters
    ----------
    network : Network
        Chain and physics.
    site : str
        Id, or name in either language, of a centre of any level, a place or a unit.

    Raises
    ------
    InputError
        If nothing has this id, or no unit belongs to it.
    """
    chain = network.chain
    alias: dict[str, str] = {}
    for table in (chain.unit, chain.place, chain.centre):
        alias |= {n: i for i, e in table.items() for n in (e.name_en, e.name) if n}
    known = {*chain.unit, *chain.centre, *chain.place}
    site = site if site in known else alias.get(site, site)
    if site in chain.unit:
        return works_of(network, [site])
    if site in chain.centre:
        within = set(chain.within(site))
        units = [u.id for u in chain.units if u.centre in within]
    elif site in chain.place:
        units = [u.id for u in chain.units if u.place == site]
    else:
        names = [*chain.centre, *chain.place, *chain.unit, *alias]
        hint = did_you_mean(site, names, "name a centre, a place or a unit")
        raise InputError(
            f"'{site}' is no centre, place or unit of the book; expected one of "
            f"{listed([*chain.centre, *chain.place])} or a unit; {hint}"
        )
    if not units:
        having = sorted({u.centre for u in chain.units})
        raise InputError(
            f"'{site}' has no unit, so nothing of it can be diagnosed; expected a "
            f"centre or place with units, for example {listed(having)}"
        )
    return works_of(network, units)
