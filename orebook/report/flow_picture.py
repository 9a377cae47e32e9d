"""A flow sheet as boxes and pipes: per site, and the sites of the group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from orebook.chain.chain import Balance
from orebook.chart.boxes import Box, BoxKind, Nozzle, NozzleKind, Pipe
from orebook.chart.flow import Carrier
from orebook.glossary import Lang, format_money, format_number, unit_label
from orebook.report.flow_ends import Ends
from orebook.report.flow_sheet import FlowSheet, FlowStream
from orebook.report.names import OWNERS, Names
from orebook.report.table import Said
from orebook.report.words import both

__all__ = ["overview", "site_sheet", "stream_key"]

CARRIERS: Mapping[str, Carrier] = {"power": "power", "steam": "heat", "water": "water"}
SMALLEST = 1e-6
"""Share of the greatest flow of a balance below which nothing flows [-]."""
MOST_TRADES = 8
"""Purchases and sales shown of each site in the overview, those worth most [-]."""


def stream_key(s: FlowStream) -> str:
    """Return the name of a stream in anchors of picture and table."""
    return f"{s.site}-{s.number}"


def site_sheet(sheet: FlowSheet, lang: Lang) -> tuple[list[Box], list[Pipe]]:
    """Return the boxes and pipes of a flow sheet.

    Parameters
    ----------
    sheet : FlowSheet
        Of a site or a part of it; every stream of it stands on the picture once.
    lang : Lang
        Language of the names.
    """
    return _Drawing(sheet, lang).drawn()


class _Drawing:
    """Collects boxes and pipes, balance by balance."""

    def __init__(self, sheet: FlowSheet, lang: Lang) -> None:
        self.sheet, self.lang = sheet, lang
        self.names, self.ends = Names(sheet.network), Ends(sheet.network)
        self.chain = sheet.network.chain
        self.nozzles: dict[str, list[Nozzle]] = {}
        self.labels: dict[str, tuple[str, BoxKind, str]] = {}
        self.pipes: list[Pipe] = []
        self.balances: dict[Balance, list[FlowStream]] = {}
        for s in sheet.streams:
            self.balances.setdefault(s.stream.balance, []).append(s)
        self.others: dict[Balance, list[FlowStream]] = {}
        for s in sheet.others:
            if not self.ends.is_utility(s.stream.balance):
                self.others.setdefault(s.stream.balance, []).append(s)
        self.elsewhere = {s.stream.id for s in sheet.others}
        routes = [s.stream for s in sheet.streams if s.stream.role in _ROUTE]
        both_ends = {"send", "receive"}
        self.inner_routes = {
            r.owner for r in routes
            if {x.role for x in routes if x.owner == r.owner} == both_ends
        }  # fmt: skip

    def drawn(self) -> tuple[list[Box], list[Pipe]]:
        """Return everything; units stand in the order of the book."""
        for s in self.sheet.streams:
            if self._is_inner(s):
                self._open(s)
        for balance, streams in self.balances.items():
            if self.ends.is_utility(balance):
                self._utility(balance, streams)
            else:
                self._material(balance, streams)
        boxes = [
            Box(name, label, kind, tuple(self.nozzles[name]), note)
            for name, (label, kind, note) in self.labels.items()
        ]
        return sorted(boxes, key=lambda b: b.kind == "utility"), self.pipes

    # -- balances --------------------------------------------------------------------

    def _utility(self, balance: Balance, streams: list[FlowStream]) -> None:
        """Put tags on the units, all else in one line below the sheet."""
        for s in streams:
            if self._is_inner(s):
                kind: NozzleKind = "tag" if self._flows(s) else "idle"
                self._seat(self._box_of(s), self._nozzle(s, kind))
        self._below(balance, [s for s in streams if not self._is_inner(s)])

    def _material(self, balance: Balance, streams: list[FlowStream]) -> None:
        """Join the boxes of a balance: directly, through its store or its place."""
        inner = [s for s in streams if self._is_inner(s)]
        outer = [s for s in streams if not self._is_inner(s)]
        others = self._others(balance, outer)
        moving = [s for s in inner if self._flows(s)]
        for s in inner:
            kind: NozzleKind = "line" if self._flows(s) else "idle"
            self._seat(self._box_of(s), self._nozzle(s, kind))
        supply = [s for s in moving if s.stream.sign > 0]
        demand = [s for s in moving if s.stream.sign < 0]
        hub = self._hub(balance, supply, demand, [*outer, *others])
        if hub is not None:
            self._through(hub, moving)
        elif supply and demand:
            self._direct(supply, demand)
        home = hub or (self._box_of(moving[0]) if len(moving) == 1 else None)
        if home is None and (outer or others):
            price = self._price((*streams, *others)[0])
            label = self.names.balance(balance)
            home = self._add(f"utility:{balance}", label, "utility", price)
        for s in outer if home is not None else ():
            kind = "outside" if self._flows(s) else "idle"
            self._seat(home or "", self._nozzle(s, kind, self._outside(s)))
        for s in others if home is not None else ():
            self._seat(home or "", self._other(s))

    def _others(self, balance: Balance, outer: list[FlowStream]) -> list[FlowStream]:
        """Return streams of other sheets that these meet: behind a store only that."""
        found = [s for s in self.others.get(balance, ()) if self._flows(s)]
        moving = [s for s in found if s.stream.role not in _STOCK]
        if any(s.stream.role in _STOCK for s in outer):
            return moving
        store = next((s for s in found if s.stream.role == "close"), None)
        return moving if store is None else [store]

    def _hub(
        self, balance: Balance, supply: list[FlowStream], demand: list[FlowStream],
        outer: list[FlowStream],
    ) -> str | None:  # fmt: skip
        """Return the box in which streams meet; None where they need none.

        What only comes from outside, or only goes there, needs no line either: it
        stands below the sheet as utilities do.
        """
        store = next((s for s in outer if s.stream.role == "close"), None)
        alone = len(supply) + len(demand) == 1
        if store is not None and not (alone and store.stream.id in self.elsewhere):
            return self._store(store)
        direct = min(len(supply), len(demand)) == 1 and not outer
        return self._place(balance) if supply and demand and not direct else None

    def _below(self, balance: Balance, outer: list[FlowStream]) -> None:
        """Write streams that leave the sheet in one line below it."""
        name = f"utility:{balance}"
        for s in outer:
            label = self.names.balance(balance)
            self._add(name, label, "utility", self._price(s))
            kind: NozzleKind = "outside" if self._flows(s) else "idle"
            self._seat(name, self._nozzle(s, kind, self._outside(s)))

    def _direct(self, supply: list[FlowStream], demand: list[FlowStream]) -> None:
        """Join suppliers and takers one by one."""
        for a in supply:
            for b in demand:
                one, other = self._box_of(a), self._box_of(b)
                if one != other:
                    flow = min(a, b, key=self._money)
                    self._pipe(one, other, (stream_key(a), stream_key(b)), flow)

    def _through(self, hub: str, inner: list[FlowStream]) -> None:
        for s in inner:
            box, key = self._box_of(s), stream_key(s)
            if s.stream.sign > 0:
                self._pipe(box, hub, (key, ""), s)
            else:
                self._pipe(hub, box, ("", key), s)

    # -- boxes -----------------------------------------------------------------------

    def _is_inner(self, s: FlowStream) -> bool:
        """Tell whether a stream belongs to a box of the sheet: a unit or a route."""
        if s.stream.role in _ROUTE:
            return s.stream.owner in self.inner_routes
        return s.stream.role == "unit"

    def _box_of(self, s: FlowStream) -> str:
        return f"{OWNERS[s.stream.role]}:{s.stream.owner}"

    def _open(self, s: FlowStream) -> None:
        table = OWNERS[s.stream.role]
        kind: BoxKind = "route" if table == "route" else "unit"
        self._add(self._box_of(s), self.names.of(table, s.stream.owner), kind)

    def _store(self, s: FlowStream) -> str:
        held = format_number(self.sheet.amount(s), s.stream.unit, lang=self.lang)
        note = both("closing_stock_is", held=held).in_(self.lang)
        name = self.names.of("store", s.stream.owner)
        return self._add(f"store:{s.stream.owner}", name, "store", note)

    def _place(self, balance: Balance) -> str:
        return self._add(f"place:{balance}", self.names.balance(balance), "place")

    def _add(self, name: str, label: Said, kind: BoxKind, note: str = "") -> str:
        if name not in self.labels:
            self.labels[name] = label.in_(self.lang), kind, note
            self.nozzles[name] = []
        return name

    def _seat(self, box: str, nozzle: Nozzle) -> None:
        """Set a stream in its box: what enters first, partners behind theirs."""
        self.nozzles[box].append(nozzle)
        self.nozzles[box].sort(key=lambda n: n.side == "out")

    def _pipe(
        self, source: str, target: str, keys: tuple[str, str], s: FlowStream
    ) -> None:
        carrier = _carrier(self.chain.material[s.stream.balance.material].group)
        self.pipes.append(Pipe(source, target, *keys, carrier, self._money(s)))

    # -- streams ---------------------------------------------------------------------

    def _flows(self, s: FlowStream) -> bool:
        balance = s.stream.balance
        peers = (*self.balances[balance], *self.others.get(balance, ()))
        most = max(abs(self.sheet.amount(x)) for x in peers)
        return abs(self.sheet.amount(s)) > SMALLEST * max(most, 1e-9)

    def _money(self, s: FlowStream) -> float:
        return abs(self.sheet.amount(s) * s.price)

    def _price(self, s: FlowStream) -> str:
        return _short(s.price, f"CNY/{s.stream.unit}", self.lang)

    def _nozzle(
        self, s: FlowStream, kind: NozzleKind, label: str | None = None
    ) -> Nozzle:
        hours = 1.0 if s.stream.role in _STOCK else self.sheet.period.hours
        rate = _rate(self.sheet.amount(s) / hours, s.stream.unit, self.lang,
                     per_hour=s.stream.role not in _STOCK)  # fmt: skip
        material = self.names.of("material", s.stream.balance.material).in_(self.lang)
        priced = kind == "line" or (kind == "tag" and not self.ends.is_utility(
            s.stream.balance))  # fmt: skip
        group = self.chain.material[s.stream.balance.material].group
        return Nozzle(
            stream_key(s), str(s.number), _side(s), kind,
            material if label is None else label,
            f"{rate} · {self._price(s)}" if priced else rate,
            stream_tip(self.sheet, s, self.names, self.lang),
            _carrier(group), self._money(s),
        )  # fmt: skip

    def _other(self, s: FlowStream) -> Nozzle:
        """Return a stream of another sheet that meets this one's."""
        owner = self.names.of(OWNERS[s.stream.role], s.stream.owner)
        if s.site not in self.sheet.sites:
            owner = both("name_at_site", site=self.names.centre(s.site), name=owner)
        takes = s.stream.sign < 0
        if s.stream.role in _STOCK:  # a store elsewhere faces what is here
            mine = self.balances[s.stream.balance]
            takes = all(x.stream.sign > 0 for x in mine)
        key = "flow_send" if takes else "flow_receive"
        made = self._nozzle(s, "outside", both(key, owner=owner).in_(self.lang))
        figures = "" if s.stream.role in _STOCK else made.figures
        side: Literal["in", "out"] = "out" if takes else "in"
        return replace(made, key=f"x-{made.key}", tag="·", side=side, row=None,
                       figures=figures)  # fmt: skip

    def _outside(self, s: FlowStream) -> str:
        return outside_name(s, self.names).in_(self.lang)


_ROUTE, _STOCK = frozenset({"send", "receive"}), frozenset({"open", "close"})


def _side(s: FlowStream) -> Literal["in", "out"]:
    """Return the side of the box: what its owner gives leaves, also to outside."""
    if s.stream.role in ("unit", "send", "receive"):
        return "out" if s.stream.sign > 0 else "in"
    return "in" if s.stream.sign > 0 else "out"


def _carrier(group: str) -> Carrier:
    return CARRIERS.get(group, "material")


def outside_name(s: FlowStream, names: Names) -> Said:
    """Return what stands at the far end of a stream that leaves the sheet."""
    if s.stream.role in _STOCK:
        return both(f"flow_{s.stream.role}")
    owner = names.of(OWNERS[s.stream.role], s.stream.owner)
    return both(f"flow_{s.stream.role}", owner=owner)


def stream_tip(sheet: FlowSheet, s: FlowStream, names: Names, lang: Lang) -> str:
    """Return everything known of a stream in one line."""

    def say(key: str, value: float | None, unit: str) -> str:
        if value is None:
            return ""
        return f"{both(key).in_(lang)} {format_number(value, unit, lang=lang)}"

    parts = [
        f"{s.number} {names.stream(s.stream.id).in_(lang)}",
        say("plan", s.plan, s.stream.unit),
        say("actual", s.actual, s.stream.unit),
        say("uncertainty", s.sd, s.stream.unit),
        say("internal_price", s.price, f"CNY/{s.stream.unit}"),
        format_money(sheet.amount(s) * s.price, lang=lang, scale=True),
        say("flow_mass", s.carried.mass, "t"),
        say("heat", s.carried.heat, "GJ"),
        say("temperature", s.carried.temperature, "degC"),
        parts_text(s.carried.parts, s.stream.unit, s.carried.mass is not None, lang),
    ]
    return "; ".join(filter(None, parts))


def parts_text(
    parts: Mapping[str, float], unit: str, weighed: bool, lang: Lang, most: int = 4
) -> str:
    """Return the largest components of a composition, as per cent or in g/L.

    Examples
    --------
    >>> parts_text({"Al2O3": 0.55, "SiO2": 0.06}, "t", True, "en")
    'Al2O3 55.0 %, SiO2 6.00 %'
    >>> parts_text({"REO": 0.18}, "m3", False, "en")
    'REO 180 g/L'
    """
    ranked = sorted(parts.items(), key=lambda item: -item[1])[:most]
    factor, of = (100.0, "%") if weighed or unit == "t" else (1000.0, "g/L")
    said = [f"{name} {_short(factor * v, of, lang)}" for name, v in ranked if v > 0.0]
    return ", ".join(said)


def _rate(value: float, unit: str, lang: Lang, *, per_hour: bool) -> str:
    if unit == "MWh" and per_hour:
        return _short(value, "MW", lang)
    return _short(value, f"{unit}/h" if per_hour else unit, lang)


def _short(value: float, unit: str, lang: Lang) -> str:
    """Write three figures or so: a flow sheet is for the eye."""
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    digits = format_number(value, lang=lang, decimals=places if size else 0)
    return f"{digits} {unit_label(unit, lang=lang, short=True)}".rstrip()


# -- the group ---------------------------------------------------------------------


def overview(sheet: FlowSheet, lang: Lang) -> tuple[list[Box], list[Pipe]]:
    """Return the sites of a group, what passes between them and what they trade most.

    Parameters
    ----------
    sheet : FlowSheet
        Of several sites.
    lang : Lang
        Language of the names.
    """
    names, chain = Names(sheet.network), sheet.network.chain
    place = {
        s.stream.id: names.site_of_place(s.stream.balance.place) for s in sheet.streams
    }
    pairs = [
        (a, b) for a, b in _routed(sheet) if place[a.stream.id] != place[b.stream.id]
    ]
    boxes = []
    for site in sheet.sites:
        ends = [s for pair in pairs for s in pair if place[s.stream.id] == site]
        own = [s for s in sheet.streams if s.site == site]
        trades = [s for s in own if s.stream.role in ("buy", "sell")]
        trades.sort(key=lambda s: -abs(sheet.amount(s) * s.price))
        kept = trades[:MOST_TRADES]
        nozzles = [_of_site(sheet, s, "line", names, lang) for s in ends]
        nozzles += [_of_site(sheet, s, "outside", names, lang) for s in kept]
        nozzles.sort(key=lambda n: (n.side == "out", n.kind == "outside"))
        note = both("flow_site_note", count=str(len(own)),
                    rest=str(len(trades) - len(kept)))  # fmt: skip
        boxes.append(Box(site, names.centre(site).in_(lang), "site", tuple(nozzles),
                         note.in_(lang)))  # fmt: skip
    pipes = []
    for send, receive in pairs:
        group = chain.material[send.stream.balance.material].group
        pipes.append(
            Pipe(place[send.stream.id], place[receive.stream.id],
                 f"o-{stream_key(send)}", f"o-{stream_key(receive)}", _carrier(group),
                 abs(sheet.amount(send) * send.price))
        )  # fmt: skip
    return boxes, pipes


def _routed(sheet: FlowSheet) -> list[tuple[FlowStream, FlowStream]]:
    """Return what every route takes up and sets down, by material, where any flows."""
    ends: dict[tuple[str, str], dict[str, FlowStream]] = {}
    for s in sheet.streams:
        if s.stream.role in _ROUTE:
            pair = ends.setdefault((s.stream.owner, s.stream.port), {})
            pair[s.stream.role] = s
    return [
        (pair["send"], pair["receive"]) for pair in ends.values()
        if len(pair) == 2 and sheet.amount(pair["send"]) > 0.0
    ]  # fmt: skip


def _of_site(
    sheet: FlowSheet, s: FlowStream, kind: str, names: Names, lang: Lang
) -> Nozzle:
    material = names.of("material", s.stream.balance.material).in_(lang)
    rate = _rate(sheet.amount(s) / sheet.period.hours, s.stream.unit, lang,
                 per_hour=True)  # fmt: skip
    price = _short(s.price, f"CNY/{s.stream.unit}", lang)
    leaves = s.stream.role in ("sell", "send")
    return Nozzle(
        f"o-{stream_key(s)}", str(s.number), "out" if leaves else "in",
        "line" if kind == "line" else "outside", material, f"{rate} · {price}",
        stream_tip(sheet, s, names, lang),
        _carrier(sheet.network.chain.material[s.stream.balance.material].group),
        abs(sheet.amount(s) * s.price), stream_key(s),
    )  # fmt: skip
