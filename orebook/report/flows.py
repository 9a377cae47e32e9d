"""The flow sheet of the month: who sends what to whom, at which internal price.

A balance with one supplier or one taker is drawn directly. A store collects what its
balance moves; where several suppliers meet several takers, the place does.
"""

from __future__ import annotations

from typing import NamedTuple

from orebook.chain.chain import Balance
from orebook.chart import Link
from orebook.chart import Node as Spot
from orebook.chart.flow import Carrier, NodeKind
from orebook.glossary import Lang
from orebook.process.network import Stream
from orebook.report.names import OWNERS
from orebook.report.table import Said
from orebook.report.view import View, amount
from orebook.report.words import both

SMALLEST = 1e-6  # share of the greatest flow of a balance below which nothing is drawn
MOST_LINKS = 30  # flows drawn of a site: beyond them a flow sheet is a thicket
CARRIERS: dict[str, Carrier] = {
    "power": "power", "steam": "heat", "fuel": "material", "water": "water",
}  # fmt: skip


class _Ends(NamedTuple):
    """Flows into and out of a balance: node and amount per hour."""

    supply: list[tuple[str, float]]
    demand: list[tuple[str, float]]


class FlowSheet:
    """Collects nodes and links of the actual month.

    Parameters
    ----------
    view : View
        The month.
    lang : Lang
        Language of the names.
    """

    def __init__(self, view: View, lang: Lang) -> None:
        self.view, self.lang = view, lang
        self.nodes: dict[str, Spot] = {}
        self.links: list[Link] = []
        self.hours = view.actual.period.hours
        self.price = view.plan.price_of(0)
        self.members: dict[Balance, list[Stream]] = {}
        for s in view.network.streams:
            self.members.setdefault(s.balance, []).append(s)
        for balance in self.members:
            self._balance(balance)

    def _balance(self, balance: Balance) -> None:
        ends = self._ends(balance)
        hub = self._hub(balance, ends)
        if hub is None:
            self.links += [
                self._link(balance, a, b, flow=min(x, y))
                for a, x in ends.supply for b, y in ends.demand if a != b
            ]  # fmt: skip
            return
        self.links += [self._link(balance, a, hub, flow=x) for a, x in ends.supply]
        self.links += [self._link(balance, hub, b, flow=y) for b, y in ends.demand]

    def _ends(self, balance: Balance) -> _Ends:
        ends = _Ends([], [])
        for s in self.members[balance]:
            if s.role in {"open", "close"}:
                continue
            side = ends.supply if s.sign > 0 else ends.demand
            side.append((self._node(s), self.view.actual.amounts[s.id] / self.hours))
        least = SMALLEST * max(
            (x for _, x in (*ends.supply, *ends.demand)), default=0.0
        )
        return _Ends(*(_summed(side, least) for side in ends))

    def _hub(self, balance: Balance, ends: _Ends) -> str | None:
        members = self.members[balance]
        store = next((s for s in members if s.role == "close"), None)
        if store is not None:
            return self._store(store)
        if not ends.supply or not ends.demand or min(map(len, ends)) == 1:
            return None
        label = self.view.names.balance(balance).in_(self.lang)
        site = self._site_of_place(balance)
        return self._add(f"place:{balance}", label, "place", site)

    def _store(self, stream: Stream) -> str:
        name = self.view.names.of("store", stream.owner)
        held = amount(self.view.actual.amounts[stream.id], stream.unit)
        note = both("closing_stock_is", held=held).in_(self.lang)
        site = self.view.names.site(stream.centre)
        return self._add(
            f"store:{stream.owner}", name.in_(self.lang), "store", site, note
        )

    def _node(self, stream: Stream) -> str:
        if stream.role in {"buy", "sell"}:
            site = self._site_of_place(stream.balance)
            key = f"market_{stream.role}"
            return self._add(
                f"{key}:{site.en}", both(key).in_(self.lang), "market", site
            )
        table = OWNERS[stream.role]
        name = self.view.names.of(table, stream.owner).in_(self.lang)
        site = self.view.names.site(stream.centre)
        kind: NodeKind = "unit" if table == "unit" else "place"
        return self._add(f"{table}:{stream.owner}", name, kind, site)

    def _site_of_place(self, balance: Balance) -> Said:
        return self.view.names.centre(self.view.names.site_of_place(balance.place))

    def _add(
        self, name: str, label: str, kind: NodeKind, site: Said, note: str = ""
    ) -> str:
        self.nodes.setdefault(name, Spot(name, label, kind, site.in_(self.lang), note))
        return name

    def _link(self, balance: Balance, source: str, target: str, *, flow: float) -> Link:
        material = self.view.chain.material[balance.material]
        return Link(
            source, target,
            label=self.view.names.of("material", material.id).in_(self.lang),
            flow=max(flow, 0.0),
            unit=f"{material.unit}/h",
            price=self.price[balance],
            price_unit=f"CNY/{material.unit}",
            carrier=CARRIERS.get(material.group, "material"),
        )  # fmt: skip

    def drawn(self) -> tuple[list[Spot], list[Link]]:
        """Return the flows between sites and those worth most, and their nodes."""
        room: dict[str, int] = {}
        kept: set[int] = set()
        ranked = sorted(range(len(self.links)), key=self._rank)
        for index in ranked:
            link = self.links[index]
            sites = {self.nodes[link.source].site, self.nodes[link.target].site}
            if all(room.get(site, 0) < MOST_LINKS for site in sites):
                kept.add(index)
                room.update({site: room.get(site, 0) + 1 for site in sites})
        links = [link for i, link in enumerate(self.links) if i in kept]
        joined = {end for link in links for end in (link.source, link.target)}
        return [n for n in self.nodes.values() if n.id in joined], links

    def _rank(self, index: int) -> tuple[bool, float]:
        """Order links: those between sites first, then by money."""
        link = self.links[index]
        inside = self.nodes[link.source].site == self.nodes[link.target].site
        return inside, -_worth(link)

    def hidden(self) -> int:
        """Return how many flows are too small in money to be drawn [-]."""
        return len(self.links) - len(self.drawn()[1])


def _worth(link: Link) -> float:
    """Return the value of a flow, by which the drawn ones are chosen [CNY/h]."""
    return abs(link.flow * (link.price or 0.0))


def _summed(side: list[tuple[str, float]], least: float) -> list[tuple[str, float]]:
    """Add up flows of one node and drop what is too small to draw."""
    total: dict[str, float] = {}
    for node, flow in side:
        total[node] = total.get(node, 0.0) + flow
    return [(node, flow) for node, flow in total.items() if flow > least]
