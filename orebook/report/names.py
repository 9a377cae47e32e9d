"""Names of everything in a month, in both languages, as the book gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Protocol

from orebook.chain.chain import Balance, Chain, good
from orebook.errors import InputError
from orebook.evaluate.variance import Effect
from orebook.glossary import terms
from orebook.plan.accounts import DEMAND
from orebook.plan.result import Rent
from orebook.process.network import Network
from orebook.report.table import Said
from orebook.report.words import both

NOT_A_RATE = "t"  # feed limits and specs count tonnes of the limited component


class _Named(Protocol):
    """An entry of the book with its two names."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...


def _table(entries: Iterable[_Named]) -> dict[str, Said]:
    return {e.id: Said(e.name, e.name_en or e.name) for e in entries}


class Names:
    """Looks up names; what the book does not name keeps its id.

    Parameters
    ----------
    network : Network
        Chain and streams.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.chain: Chain = network.chain

    @cached_property
    def _tables(self) -> Mapping[str, Mapping[str, Said]]:
        c = self.chain
        return {
            "centre": self._centres(), "material": _table(c.materials),
            "place": self._places(), "unit": _table(c.units),
            "buy": _table(c.purchases), "sell": _table(c.sales),
            "route": _table(c.routes), "store": _table(c.stores),
            "draw": _table(c.draws), "cost": _table(c.costs), "limit": _table(c.limits),
            "demand": _table(c.demand_charges),
            "piles": _table(c.piles), "asset": _table(c.assets),
        }  # fmt: skip

    def _places(self) -> dict[str, Said]:
        owner = {p.id: p.centre for p in self.chain.places}
        return self._told_apart(_table(self.chain.places), owner)

    def _centres(self) -> dict[str, Said]:
        owner = {c.id: c.id for c in self.chain.centres}
        return self._told_apart(_table(self.chain.centres), owner)

    def _told_apart(
        self, named: dict[str, Said], owner: Mapping[str, str]
    ) -> dict[str, Said]:
        """Put the site before a name that several places or centres share."""
        shared = Counter(named.values())
        sites = {c.id: Said(c.name, c.name_en) for c in self.chain.centres}
        return {
            key: name
            if shared[name] == 1
            else both(
                "name_at_site", site=sites[self.chain.site_of(owner[key])], name=name
            )
            for key, name in named.items()
        }

    def of(self, table: str, name: str) -> Said:
        """Return the name of an entry; its id where the book has none of this name."""
        return self._tables[table].get(name) or known(name)

    def centre(self, name: str) -> Said:
        """Return the name of a centre."""
        return self.of("centre", name)

    def site(self, centre: str) -> Said:
        """Return the name of the site a centre belongs to."""
        return self.centre(self.chain.site_of(centre))

    def balance(self, balance: Balance) -> Said:
        """Return material and place in one name."""
        material = self.of("material", balance.material)
        return both(
            "at_place", material=material, place=self.of("place", balance.place)
        )

    def stream(self, name: str) -> Said:
        """Return the name of a stream."""
        s = self.network.stream[name]
        owner = self.of(OWNERS[s.role], s.owner)
        material = self.of("material", s.balance.material)
        alone = s.role == "sell" and len(self.network.of(s.owner)) == 1
        key = "stream_buy" if alone else f"stream_{s.role}"
        return both(key, owner=owner, material=material)

    def subject(self, text: str) -> Said:
        """Return the name of what an account line or an effect is about."""
        if text in self.network.stream:
            return self.stream(text)
        kind, colon, rest = text.partition(":")
        if kind in {"buy", "sell"} and colon:
            if rest in self._tables[kind]:
                return self._tables[kind][rest]
            return both(f"all_{kind}", material=self.of("material", rest))
        if kind in {"limit", "demand"} and colon:
            return self.of(kind, rest)
        if kind in {"start", "stop", "running"} and colon:
            return both(f"event_{kind}", unit=self.of("unit", rest))
        if kind == "band" and colon:
            contract, _, stream = rest.partition(":")
            owner = self.of("buy", contract)
            return both("event_band", contract=owner, stream=self.stream(stream))
        if colon and kind in self._tables["unit"]:
            return self.duty(kind, rest)
        return self._anything(text)

    def _anything(self, text: str) -> Said:
        for table in ("unit", "route", "store", "draw", "cost", "asset", "limit",
                      "demand", "material"):  # fmt: skip
            if text in self._tables[table]:
                return self._tables[table][text]
        return known(text)

    def duty(self, unit: str, duty: str) -> Said:
        """Return unit and duty in one name; the unit's alone where it has one duty."""
        owner = self.of("unit", unit)
        if len(self.network.processes[unit].duties) == 1:
            return owner
        return both("of_unit", unit=owner, what=self.of("material", duty))

    def factor(self, effect: Effect) -> Said:
        """Return the name of the port, material or cost an effect concerns."""
        stream = self.network.stream.get(f"{effect.subject}.{effect.factor}")
        if stream is not None:
            return self.of("material", stream.balance.material)
        return self.subject(effect.factor)

    def factor_unit(self, effect: Effect) -> str:
        """Return the unit of the quantity behind an effect; empty where none is."""
        stream = self.network.stream.get(f"{effect.subject}.{effect.factor}")
        if stream is not None:
            return stream.unit
        if effect.subject.startswith(DEMAND):
            return "kW"
        if effect.subject in self.network.processes:
            return self.network.processes[effect.subject].duties[0].unit
        limit = next((x for x in self.chain.limits if x.id == effect.subject), None)
        if limit is not None:
            return limit.unit
        owned = self.network.of(effect.subject)
        material = self.chain.material.get(effect.factor)
        return owned[0].unit if owned else "" if material is None else material.unit

    # -- limits ---------------------------------------------------------------------

    def limited(self, rent: Rent) -> Said:
        """Return the name of what a limit limits."""
        return self.limit_of(rent.kind, rent.subject)

    def limit_of(self, kind: str, subject: str) -> Said:
        """Return the name of what a limit of a family limits."""
        table = LIMITED[kind]
        owner, _, what = subject.partition("#")[0].partition(":")
        if kind in {"lots", "lots_to_date"}:
            side, (owner, _, what) = owner, what.partition(":")
            table = "route" if side == "ship" else side
        name = self.of(table, owner)
        alone = kind == "capacity" and len(self.chain.unit[owner].limits) == 1
        if not what or alone:
            return name
        return both("of_unit", unit=name, what=self.of("material", what))

    def limit_unit(self, rent: Rent) -> str:
        """Return the unit a limit is counted in."""
        if rent.kind in COUNTED:
            return NOT_A_RATE
        owner, _, what = rent.subject.partition("#")[0].partition(":")
        if rent.kind in {"feed_limit", "spec"}:
            return NOT_A_RATE
        if rent.kind in {"demand", "demand_load", "relation"}:
            return "MWh" if rent.kind == "relation" else "MW"
        if rent.kind == "pile_end":
            piles = next(x for x in self.chain.piles if x.id == owner)
            return self.unit_of(piles.good)
        if rent.kind == "limit":
            return next(x.unit for x in self.chain.limits if x.id == owner)
        if LIMITED[rent.kind] == "unit":
            return self._load_unit(rent.kind, owner, what)
        return self._good_unit(LIMITED[rent.kind], owner, what)

    def _load_unit(self, kind: str, unit: str, what: str) -> str:
        process = self.network.processes[unit]
        if kind == "duty":
            return next(d.unit for d in process.duties if d.name == what)
        name = what or next(iter(self.chain.unit[unit].limits))
        return process.limits[name]

    def _good_unit(self, table: str, owner: str, what: str) -> str:
        if what in self.chain.material:
            return self.chain.material[what].unit
        streams = self.network.of(owner)
        if not streams:
            raise InputError(
                f"a limit earns a rent on {table} '{owner}', which has no stream; "
                "expected an entry of the book; read the book again"
            )
        return streams[0].unit

    # -- places -----------------------------------------------------------------------

    def site_of_place(self, place: str) -> str:
        """Return the id of the site a place lies in."""
        return self.chain.site_of(self.chain.place[place].centre)

    def unit_of(self, text: str) -> str:
        """Return the unit of a good of the book, written ``material@place``."""
        return self.chain.material[good(text).material].unit


OWNERS = {
    "unit": "unit", "buy": "buy", "sell": "sell", "send": "route", "receive": "route",
    "draw": "draw", "open": "store", "close": "store",
}  # fmt: skip
"""Where the owner of a stream is named, by its role."""

_DECISIONS = {
    "on": "unit", "start": "unit", "stop": "unit", "state": "unit",
    "least_run": "unit", "least_stop": "unit", "most_starts": "unit",
    "batch": "unit", "batches": "unit", "batch_on": "unit",
    "lots": "buy", "lots_to_date": "buy",
    "band": "buy", "band_amount": "buy", "band_per": "buy", "band_one": "buy",
    "band_sum": "buy", "band_per_sum": "buy", "band_low": "buy", "band_high": "buy",
    "band_room": "buy",
}  # fmt: skip
COUNTED = frozenset(_DECISIONS)
"""Limits on whole decisions: counted, or of several units at once."""

LIMITED = _DECISIONS | {
    "duty": "unit", "capacity": "unit", "minimum": "unit", "feed_limit": "unit",
    "buy": "buy", "buy_total": "buy", "shortfall": "buy", "take_or_pay": "buy",
    "sell": "sell", "sell_total": "sell", "spec": "sell", "excess": "sell",
    "pile_end": "piles", "sale_tier": "sell", "ship": "route", "route": "route",
    "stock": "store", "limit": "limit", "relation": "unit", "demand": "demand",
    "demand_load": "demand",
}  # fmt: skip
"""Where the subject of a rent is named, by its kind."""


@cache
def known(name: str) -> Said:
    """Return the glossary's name, or the id itself where it has none.

    Examples
    --------
    >>> known("throughput").zh, known("line-7").en
    ('处理量', 'line-7')
    """
    entry = next((t for t in terms() if t.id == name), None)
    return Said(name, name) if entry is None else Said(entry.zh, entry.en)
