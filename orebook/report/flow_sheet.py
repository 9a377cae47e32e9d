"""The flow sheet of a month as a value: streams, balances and points inside units.

Amounts and prices are those of plan and close; compositions, heat and everything inside
a unit come from the unit's own physics, run at the duties and feeds of the month.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from orebook.chain.calendar import Period
from orebook.chain.chain import Chain
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError
from orebook.ledger.month import ClosedMonth, Figure
from orebook.plan.result import Plan
from orebook.process.contract import Point
from orebook.process.network import Network, Stream
from orebook.report.flow_balance import UnitBalance, unit_balances
from orebook.report.flow_ends import End, Ends
from orebook.report.flow_told import (
    Carried,
    Told,
    all_known,
    known,
    told_actual,
    told_plan,
)

__all__ = [
    "Basis",
    "FlowPoint",
    "FlowSheet",
    "FlowStream",
    "check_names",
    "flow_sheet",
]

Basis = Literal["plan", "actual"]


@dataclass(frozen=True, slots=True)
class FlowStream:
    """One stream of a flow sheet.

    Parameters
    ----------
    number : int
        Number on the flow sheet of its site [-].
    site : str
        Centre id of its site.
    stream : Stream
        Id, balance, unit and sign.
    source, target : End
        Where it comes from and goes to.
    price : float
        Internal price [CNY/unit].
    plan : float
        Planned amount [unit].
    actual, sd : float or None
        Reconciled amount and one standard deviation [unit]; None in an open month.
    carried : Carried
        Mass, heat, temperature and composition, on the basis of the flow sheet.
    """

    number: int
    site: str
    stream: Stream
    source: End
    target: End
    price: float
    plan: float
    actual: float | None
    sd: float | None
    carried: Carried

    @property
    def difference(self) -> float | None:
        """Actual less plan [unit]."""
        return None if self.actual is None else self.actual - self.plan

    @property
    def plan_money(self) -> float:
        """Planned amount at the internal price [CNY]."""
        return self.plan * self.price

    @property
    def actual_money(self) -> float | None:
        """Real amount at the internal price [CNY]."""
        return None if self.actual is None else self.actual * self.price


@dataclass(frozen=True, slots=True)
class FlowPoint:
    """A point inside a unit, as plain numbers; see `orebook.process.contract.Point`."""

    unit: str
    site: str
    name: str
    stage: int
    side: str
    port: str
    mass: float | None
    temperature: float | None
    pressure: float | None
    heat: float | None
    parts: Mapping[str, float]
    figures: Mapping[str, float]


@dataclass(frozen=True)
class FlowSheet:
    """The flow sheet of a period.

    Parameters
    ----------
    network : Network
        Streams and balances.
    period : Period
        The period shown.
    basis : {"plan", "actual"}
        What pictures, compositions and points show.
    chosen : tuple of str
        Ids asked for; empty for the whole group.
    streams : tuple of FlowStream
        Streams shown, in the order of the book.
    others : tuple of FlowStream
        Streams that are not shown but meet these at a place or in a store: where what
        leaves the sheet goes to.
    balances : tuple of UnitBalance
        Balances of the units shown, on the basis.
    points : tuple of FlowPoint
        Points inside the units shown.
    failed : mapping
        Unit id to why its physics say nothing.
    """

    network: Network
    period: Period
    basis: Basis
    chosen: tuple[str, ...]
    streams: tuple[FlowStream, ...]
    others: tuple[FlowStream, ...]
    balances: tuple[UnitBalance, ...]
    points: tuple[FlowPoint, ...]
    failed: Mapping[str, str]

    @property
    def sites(self) -> tuple[str, ...]:
        """Ids of the sites shown, in the order of the book."""
        return tuple(dict.fromkeys(s.site for s in self.streams))

    @property
    def is_closed(self) -> bool:
        """Whether the month is closed, so that actual amounts stand beside the plan."""
        return any(s.actual is not None for s in self.streams)

    def amount(self, stream: FlowStream) -> float:
        """Return the amount of a stream on the basis [stream unit]."""
        if self.basis == "plan" or stream.actual is None:
            return stream.plan
        return stream.actual

    def worst_closure(self) -> float:
        """Return the largest relative gap of a balance that must close [-]."""
        gaps = (b.closure for b in self.balances)
        return max((abs(g) for g in gaps if g is not None), default=0.0)

    def part(self, site: str) -> FlowSheet:
        """Return the flow sheet of one site."""
        own = tuple(s for s in self.streams if s.site == site)
        units = {s.stream.owner for s in own}
        met = {s.stream.balance for s in own}
        everything = (*self.streams, *self.others)
        return FlowSheet(
            self.network, self.period, self.basis, (site,), own,
            tuple(s for s in everything if s.site != site and s.stream.balance in met),
            tuple(b for b in self.balances if b.unit in units),
            tuple(p for p in self.points if p.unit in units),
            {u: why for u, why in self.failed.items() if u in units},
        )  # fmt: skip

    def summary(self) -> str:
        """Return the flow sheet in a few lines of text."""
        money = sum(abs(self.amount(s) * s.price) for s in self.streams)
        return (
            f"{self.period} {self.basis}: {len(self.streams)} streams of "
            f"{len(self.sites)} sites, {money:,.0f} CNY at internal prices, "
            f"{len(self.points)} points inside units, worst balance "
            f"{self.worst_closure():.1e}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return it under the stable names of ``orebook flow-sheet --json``."""
        return {
            "period": self.period.name,
            "of": self.basis,
            "closed": self.is_closed,
            "sites": list(self.sites),
            "streams": [_stream_row(self, s) for s in self.streams],
            "balances": [_balance_row(b) for b in self.balances],
            "points": [asdict(p) for p in self.points],
            "not_computed": dict(self.failed),
        }


def flow_sheet(
    plan: Plan,
    closed: ClosedMonth | None = None,
    names: Sequence[str] = (),
    *,
    of: Basis | None = None,
) -> FlowSheet:
    """Return the flow sheet of the first period of a plan.

    Parameters
    ----------
    plan : Plan
        Its first period is shown.
    closed : ClosedMonth, optional
        The same period closed; then actual amounts stand beside the plan.
    names : sequence of str
        Sites, plants, workshops, units or stores shown, by id or name; the whole group
        otherwise.
    of : {"plan", "actual"}, optional
        What compositions, heat and points are of; actual where the month is closed.

    Raises
    ------
    InputError
        If a name is unknown or owns no stream, or an open month is asked for actual.
    """
    if of == "actual" and closed is None:
        raise InputError(
            f"{plan.periods[0]} is not closed; there is no actual to show; close the "
            "month first, or show the plan: --of plan"
        )
    basis: Basis = of or ("plan" if closed is None else "actual")
    network = plan.network
    chosen, owners = _chosen(network, names)
    told = told_plan(plan)
    if basis == "actual" and closed is not None:
        told = told_actual(plan, closed)
    figures = {} if closed is None else closed.figures
    price, planned = plan.price_of(0), plan.month(0).amounts
    ends = Ends(network)
    every = {
        s.id: _stream(s, ends, price=price[s.balance], plan=planned[s.id],
                      figure=figures.get(s.id), carried=told.carried(s))
        for s in network.streams
    }  # fmt: skip
    streams = tuple(every[s.id] for s in network.streams if owners(s))
    met = {s.stream.balance for s in streams}
    others = tuple(
        every[s.id] for s in network.streams if not owners(s) and s.balance in met
    )
    shown = dict.fromkeys(s.stream.owner for s in streams if s.stream.role == "unit")
    return FlowSheet(
        network, plan.periods[0], basis, chosen, streams, others,
        tuple(b for u in shown for b in unit_balances(told, u, price)),
        tuple(p for u in shown for p in _points(told, u)),
        {u: why for u, why in told.failed.items() if u in shown},
    )  # fmt: skip


def _stream(
    s: Stream, ends: Ends, *, price: float, plan: float, figure: Figure | None,
    carried: Carried,
) -> FlowStream:  # fmt: skip
    source, target = ends.ends(s)
    return FlowStream(
        ends.number[s.id], ends.site(s), s, source, target, price, plan,
        None if figure is None else figure.value,
        None if figure is None else figure.sd,
        carried,
    )  # fmt: skip


def _points(told: Told, unit: str) -> list[FlowPoint]:
    chain = told.network.chain
    site = chain.site_of(chain.unit[unit].centre)
    return [_point(unit, site, p) for p in told.points.get(unit, ())]


def _point(unit: str, site: str, p: Point) -> FlowPoint:
    return FlowPoint(
        unit, site, p.name, p.stage, p.side, p.port, known(p.mass),
        known(p.temperature), known(p.pressure), known(p.heat), all_known(p.parts),
        all_known(p.figures),
    )  # fmt: skip


# -- what is shown ---------------------------------------------------------------------


class _Owners:
    """Tells which streams are shown: those of some centres and owners."""

    def __init__(self, centres: frozenset[str], owners: frozenset[str]) -> None:
        self.centres, self.owners = centres, owners

    def __call__(self, stream: Stream) -> bool:
        return stream.centre in self.centres or stream.owner in self.owners


def _chosen(network: Network, names: Sequence[str]) -> tuple[tuple[str, ...], _Owners]:
    chain = network.chain
    every = frozenset(c.id for c in chain.centres)
    if not names:
        return (), _Owners(every, frozenset())
    known = _known(chain)
    ids = tuple(dict.fromkeys(_resolved(name, known) for name in names))
    centres = frozenset(c for i in ids if i in every for c in chain.within(i))
    picked = _Owners(centres, frozenset(ids) - every)
    for i in ids:
        alone = _Owners(frozenset(chain.within(i)) if i in every else frozenset(),
                        frozenset({i}) - every)  # fmt: skip
        if not any(map(alone, network.streams)):
            raise InputError(
                f"'{i}' has no stream: no unit, contract, route or store stands under "
                "it in the book; name a site with units, or add them to the book"
            )
    return ids, picked


def check_names(network: Network, names: Sequence[str]) -> None:
    """Refuse names of which none of the book's streams is, before anything is planned.

    Raises
    ------
    InputError
        With the nearest name where one is misspelt.
    """
    _chosen(network, names)


def _known(chain: Chain) -> dict[str, list[str]]:
    """Return every name that may be asked for, with the ids it stands for."""
    found: dict[str, list[str]] = {}
    entries = [(e.id, e.name, e.name_en) for e in chain.units]
    entries += [(e.id, e.name, e.name_en) for e in chain.stores]
    entries += [(e.id, e.name, e.name_en) for e in chain.centres]
    for entry, *names in entries:
        for name in dict.fromkeys(filter(None, names)):
            found.setdefault(name, []).append(entry)
    return found | {entry: [entry] for entry, *_ in entries}


def _resolved(name: str, known: Mapping[str, Sequence[str]]) -> str:
    ids = known.get(name, ())
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise InputError(
            f"'{name}' is the name of {', '.join(ids)}; which one is meant? give its id"
        )
    every = sorted({i for found in known.values() for i in found})
    raise InputError(
        f"no site, plant, unit or store is called '{name}'; known are "
        f"{listed(every)}; {did_you_mean(name, known, 'correct the name')}"
    )


# -- rows --------------------------------------------------------------------------


def _stream_row(sheet: FlowSheet, s: FlowStream) -> dict[str, object]:
    hours = sheet.period.hours
    return {
        "number": s.number,
        "site": s.site,
        "stream": s.stream.id,
        "from": str(s.source),
        "to": str(s.target),
        "material": s.stream.balance.material,
        "place": s.stream.balance.place,
        "centre": s.stream.centre,
        "sign": s.stream.sign,
        "unit": s.stream.unit,
        "plan": s.plan,
        "actual": s.actual,
        "sd": s.sd,
        "difference": s.difference,
        "rate_per_h": sheet.amount(s) / hours,
        "price_cny": s.price,
        "plan_money_cny": s.plan_money,
        "actual_money_cny": s.actual_money,
        "mass_t": s.carried.mass,
        "heat_gj": s.carried.heat,
        "temperature_degc": s.carried.temperature,
        "parts": dict(s.carried.parts),
        "figures": dict(s.carried.figures),
    }


def _balance_row(b: UnitBalance) -> dict[str, object]:
    return {
        "unit": b.unit,
        "what": b.what,
        "basis": b.basis,
        "measure": b.measure,
        "in": b.entering,
        "out": b.leaving,
        "difference": b.difference,
        "closure": b.closure,
    }
