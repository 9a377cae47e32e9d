"""Plants: which units one circuit joins, found from what passes between them.

A plant is what intermediates hold together: a unit that makes hydrate and one that
calcines it belong to one refinery, whoever answers for them. Nothing here knows a kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property

from orebook.chain.chain import Balance, Chain
from orebook.chain.role import role_of
from orebook.process.network import Network, Stream

__all__ = ["Plant", "Plants"]

JOINS = "intermediate"
ENERGY = frozenset({"power", "steam"})
ORE = frozenset({"run_of_mine", "bauxite", "rare_earth_concentrate"})


@dataclass(frozen=True, slots=True)
class Plant:
    """Units an indicator is worked out for.

    Parameters
    ----------
    id : str
        The unit; or the smallest centre that answers for all of it.
    scope : str
        ``unit``, ``plant`` or ``site``.
    units : tuple of str
        Its units.
    centre : str
        The smallest centre that answers for all of them.
    """

    id: str
    scope: str
    units: tuple[str, ...]
    centre: str


@dataclass(frozen=True)
class Plants:
    """The plants of a group.

    Parameters
    ----------
    network : Network
        Streams and physics.
    """

    network: Network

    def of(self, scope: str) -> tuple[Plant, ...]:
        """Return what an indicator of a scope is worked out for.

        Parameters
        ----------
        scope : str
            ``unit``, ``plant`` or ``site``; nothing for another word.
        """
        return {"unit": self.units, "plant": self.plants, "site": self.sites}.get(
            scope, ()
        )

    @cached_property
    def units(self) -> tuple[Plant, ...]:
        """Every unit by itself."""
        return tuple(
            Plant(u.id, "unit", (u.id,), u.centre) for u in self.network.chain.units
        )

    @cached_property
    def plants(self) -> tuple[Plant, ...]:
        """Units that intermediates join, each group once, then units by themselves."""
        joined = tuple(self._named("plant", units) for units in self._joined)
        inside = {u for units in self._joined for u in units}
        alone = [p for p in self.units if p.id not in inside]
        return (*joined, *(Plant(p.id, "plant", p.units, p.centre) for p in alone))

    @cached_property
    def sites(self) -> tuple[Plant, ...]:
        """Each plant with what serves it: water works, mud yard, lime kiln.

        A unit of the same site serves a plant where goods other than power and steam
        pass between them, unless it belongs to another plant, makes power or steam, or
        makes ore.
        """
        return tuple(self._with_servants(p) for p in self.plants)

    def streams(self, plant: Plant) -> tuple[Stream, ...]:
        """Return what the units of a plant use and make."""
        return tuple(s for u in plant.units for s in self.network.of(u))

    def role(self, stream: Stream) -> str:
        """Return the role of what a stream carries; empty for none."""
        return role_of(self.network.chain.material[stream.balance.material])

    def makes(self, plant: Plant, role: str) -> bool:
        """Return whether a plant makes a role; a blend or a belt only passes it on."""
        return any(
            s.sign > 0 and self.role(s) == role and not self._passes(s.owner, role)
            for s in self.streams(plant)
        )

    def _passes(self, unit: str, role: str) -> bool:
        uses = any(s.sign < 0 and self.role(s) == role for s in self.network.of(unit))
        return uses and not self._changes(unit, role)

    def _changes(self, unit: str, role: str) -> bool:
        """Return whether a unit makes a role from something else than itself."""
        goods = {JOINS, "ore", "fuel", "product"}
        chain = self.network.chain
        return any(
            s.sign < 0
            and self.role(s) != role
            and chain.material[s.balance.material].group in goods
            for s in self.network.of(unit)
        )

    @cached_property
    def _joined(self) -> tuple[tuple[str, ...], ...]:
        chain, group = self.network.chain, _Groups()
        links: dict[object, str] = {}
        for unit in chain.units:
            group.add(unit.id)
            for s in self.network.of(unit.id):
                if chain.material[s.balance.material].group == JOINS:
                    group.join(links.setdefault(s.balance, unit.id), unit.id)
        for route in chain.routes:
            ends: dict[str, list[object]] = {}
            for s in self.network.of(route.id):
                ends.setdefault(s.balance.material, []).append(s.balance)
            for balances in ends.values():
                known = [links[b] for b in balances if b in links]
                if len(known) == 2:
                    group.join(*known)
        return tuple(g for g in group.groups() if len(g) > 1)

    def _named(self, scope: str, units: Iterable[str]) -> Plant:
        found = tuple(units)
        centre = _common(self.network.chain, found)
        same = [g for g in self._joined if _common(self.network.chain, g) == centre]
        name = centre if len(same) < 2 else f"{centre}:{found[0]}"
        return Plant(name, scope, found, centre)

    def _with_servants(self, plant: Plant) -> Plant:
        chain = self.network.chain
        site, taken = chain.site_of(plant.centre), {u for g in self._joined for u in g}
        touched = {s.balance for s in self.streams(plant) if self.role(s) not in ENERGY}
        serving = [
            u.id
            for u in chain.units
            if u.id not in taken
            and chain.site_of(u.centre) == site
            and self._serves(u.id, touched)
        ]
        return Plant(plant.id, "site", (*plant.units, *serving), plant.centre)

    def _serves(self, unit: str, touched: Set[Balance]) -> bool:
        streams = self.network.of(unit)
        made = {self.role(s) for s in streams if s.sign > 0}
        return not made & (ENERGY | ORE) and any(s.balance in touched for s in streams)


def _common(chain: Chain, units: Iterable[str]) -> str:
    """Return the smallest centre above all units."""
    lines = [chain.lineage(chain.unit[u].centre) for u in units]
    return next(c for c in lines[0] if all(c in line for line in lines))


class _Groups:
    """Disjoint groups, in the order their members were added."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def add(self, name: str) -> None:
        self._above.setdefault(name, name)

    def top(self, name: str) -> str:
        while self._above[name] != name:
            name = self._above[name]
        return name

    def join(self, one: str, other: str) -> None:
        self._above[self.top(other)] = self.top(one)

    def groups(self) -> Iterator[tuple[str, ...]]:
        kept: dict[str, list[str]] = {}
        for name in self._above:
            kept.setdefault(self.top(name), []).append(name)
        yield from (tuple(g) for g in kept.values())
