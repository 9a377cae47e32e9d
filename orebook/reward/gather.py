"""Gather the facts a scheme asks for from a month, the months before it and reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from orebook.chain.peers import PeerFigure
from orebook.errors import DataQualityError, InputError, UnitError
from orebook.evaluate.variance import EFFECTS
from orebook.process.network import Network
from orebook.quantity import factor
from orebook.reward.facts import INCIDENT_KINDS, Facts, Incident, MeasureFact
from orebook.reward.keep_month import Evidence, keep_month
from orebook.reward.kept_month import KeptMonth
from orebook.reward.references import external_figure, own_best
from orebook.reward.reports import Reported, report_in_time
from orebook.reward.scheme import Measure, Scheme

__all__ = ["Around", "Evidence", "facts_of", "gather"]


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a month.

    Parameters
    ----------
    history : sequence of KeptMonth
        Months before it, in order.
    reports : sequence of Reported
        What teams said they would reach.
    peers : sequence of PeerFigure
        Figures of others.
    """

    history: Sequence[KeptMonth] = ()
    reports: Sequence[Reported] = ()
    peers: Sequence[PeerFigure] = ()


@dataclass(frozen=True)
class _Place:
    """A month within its book, and what stands around it."""

    scheme: Scheme
    network: Network
    month: KeptMonth
    around: Around = field(default_factory=Around)

    def centres(self, centre: str) -> set[str]:
        """Return a centre and all below it; names the known ones if it is unknown."""
        chain = self.network.chain
        if centre not in chain.centre:
            raise InputError(
                f"no centre is called '{centre}'; correct the team or measure of the "
                f"scheme; known centres are {', '.join(sorted(chain.centre))}"
            )
        return set(chain.within(centre))

    def stock_charge(self, centres: set[str], own: float, *, valued: bool) -> float:
        """Return what stock beyond the plan takes off a value of some centres [CNY].

        Interest; where stock counts at cost also the gain of efficiency that is still
        in it, and with ``valued`` what its price holds above cost.
        """
        rule = self.scheme.stock
        at_cost = rule.valued_at == "marginal_cost"
        found = unsold = 0.0
        for s in self.month.stocks.values():
            if s.centre in centres and s.excess > 0:
                unsold += s.excess * max(s.price, 0.0)
                found += s.excess * max(s.cost, 0.0) * rule.capital_charge / 12
                if valued and at_cost:
                    found += s.excess * max(s.price - s.cost, 0.0)
        if not (at_cost and unsold):
            return found
        made, _ = _output(self, centres)
        return found + max(own, 0.0) * min(unsold / made if made > 0 else 1.0, 1.0)


def gather(scheme: Scheme, evidence: Evidence, around: Around | None = None) -> Facts:
    """Return the facts of the month that a scheme needs.

    Parameters
    ----------
    scheme : Scheme
        Says which measures of which teams it reads.
    evidence : Evidence
        The month.
    around : Around, optional
        Months before, reports and figures of others.

    Raises
    ------
    InputError
        If a measure names a stream, sale, effect or centre the book does not have.
    """
    return facts_of(scheme, evidence.plan.network, keep_month(evidence), around)


def facts_of(
    scheme: Scheme, network: Network, month: KeptMonth, around: Around | None = None
) -> Facts:
    """Return the facts of a kept month that a scheme needs.

    Parameters
    ----------
    scheme : Scheme
        Says which measures of which teams it reads.
    network : Network
        Streams and centres of the book.
    month : KeptMonth
        The month.
    around : Around, optional
        Months before, reports and figures of others.

    Raises
    ------
    InputError
        If a measure names a stream, sale, effect or centre the book does not have.

    Notes
    -----
    What ``of`` means, by source: ``margin`` a centre (empty: the team's own, with all
    below it); ``effect`` an effect of :data:`orebook.evaluate.variance.EFFECTS`,
    optionally ``CENTRE:EFFECT``; ``indicator`` a ratio of two streams such as
    ``potline.power/potline.metal``; ``delivery`` a sale.
    """
    given = around or Around()
    place = _Place(scheme, network, month, given)
    facts = _own(place)
    if scheme.settle_over == "month":
        return facts
    earlier = [m for m in given.history if _together(scheme, m.period, month.period)]
    return replace(
        facts,
        earlier=tuple(
            _own(
                replace(
                    place, month=m, around=replace(given, history=given.history[:k])
                )
            )
            for k, m in enumerate(given.history)
            if m in earlier
        ),
    )


def _together(scheme: Scheme, earlier: str, period: str) -> bool:
    """Return whether a scheme settles an earlier month together with a month."""
    within = date.fromisoformat(f"{earlier}-01") >= scheme.valid_from.replace(day=1)
    same = scheme.settle_over == "term" or earlier[:4] == period[:4]
    return same and within and earlier < period


def _own(place: _Place) -> Facts:
    """Return the facts of the month alone."""
    month = place.month
    values = {
        (team.id, measure.id): _value(measure, team.id, place)
        for measure in place.scheme.measures
        for team in place.scheme.teams
        if not measure.teams or team.id in measure.teams
    }
    ids = sorted({n for numbers in month.postings.values() for n in numbers})
    source = (
        f"journal:P{ids[0]:05d}..P{ids[-1]:05d}" if ids else "journal:journal..journal"
    )
    return Facts(
        period=month.period,
        values=values,
        incidents=_incidents(place),
        margin=MeasureFact(
            sum(actual for _, actual in month.results.values()),
            (source,),
            sum(plan for plan, _ in month.results.values()),
        ),
        outputs={t.id: _output(place, place.centres(t.id)) for t in place.scheme.teams},
    )


def _value(measure: Measure, team: str, place: _Place) -> MeasureFact:
    """Return the value of a measure with all it may be compared with."""
    fact = _READERS[measure.source](measure, team, place)
    rule, around = measure.target, place.around
    notes: tuple[str, ...] = ()
    if rule.source == "external":
        figure, notes = external_figure(rule.of[0], measure.unit, around.peers)
        fact = replace(fact, external=figure)
    if rule.source == "own_best":
        before = [
            _READERS[measure.source](measure, team, replace(place, month=m))
            for m in around.history
            if m.period < place.month.period
        ]
        names = [m.period for m in around.history if m.period < place.month.period]
        best, notes = own_best(
            rule, fact, before, names, more=measure.direction == "max"
        )
        fact = replace(fact, best=best)
    if measure.report is not None:
        report, notes = report_in_time(
            measure, team, place.month.period, around.reports
        )
        fact = replace(fact, report=report)
    return replace(fact, notes=notes) if notes else fact


def _output(place: _Place, centres: set[str]) -> tuple[float, float]:
    """Return what some centres made and used, at internal prices [CNY]."""
    made = used = 0.0
    for s in place.network.streams:
        if s.role == "unit" and s.centre in centres and s.id in place.month.streams:
            amount = place.month.streams[s.id]
            money = amount.actual * amount.price
            made, used = (made + money, used) if s.sign > 0 else (made, used + money)
    return made, used


def _margin(measure: Measure, team: str, place: _Place) -> MeasureFact:
    centres = place.centres(measure.of or team)
    month = place.month
    rows = {c: r for c, r in month.results.items() if c in centres}
    actual = sum(r[1] for r in rows.values())
    own = sum(month.effects[c][e] for c in rows for e in ("efficiency", "spending"))
    return MeasureFact(
        actual=actual - place.stock_charge(centres, own, valued=True),
        plan=sum(r[0] for r in rows.values()),
        fair=actual - own,
        evidence=month.posted(centres) or (f"no postings: {measure.of or team}",),
        sums=True,
        worth=1.0,
        covers=team in centres,
    )


def _effect(measure: Measure, team: str, place: _Place) -> MeasureFact:
    centre, _, effect = (measure.of or "efficiency").rpartition(":")
    if effect not in EFFECTS:
        raise InputError(
            f"measure '{measure.id}' reads the effect '{effect}'; expected one of "
            f"{', '.join(EFFECTS)}; correct `of`"
        )
    centres = place.centres(centre or team)
    month = place.month
    streams = {s for c in centres for s in month.subjects.get(c, {}).get(effect, ())}
    amount = sum(of.get(effect, 0.0) for c, of in month.effects.items() if c in centres)
    return MeasureFact(
        actual=amount - place.stock_charge(centres, amount, valued=effect == "volume"),
        plan=0.0,
        fair=0.0,
        evidence=tuple(sorted(streams)) or (f"no {effect} effect",),
        sums=True,
        worth=1.0,
        covers=team in centres and effect == "efficiency",
    )


def _indicator(measure: Measure, team: str, place: _Place) -> MeasureFact:
    above, slash, below = measure.of.partition("/")
    streams = [above.strip(), below.strip()]
    known = place.network.stream
    for stream in streams:
        if not slash or stream not in known:
            raise InputError(
                f"measure '{measure.id}' reads '{measure.of}'; expected a ratio of two "
                f"streams such as unit.power/unit.metal; '{stream}' is not a stream"
            )
    per = "/".join(known[stream].unit for stream in streams)
    try:
        scale, _ = factor(per, measure.unit)
    except UnitError as error:
        raise InputError(
            f"measure '{measure.id}' reads {measure.of}, counted in {per}, as "
            f"'{measure.unit}'; write unit = \"{per}\" or a multiple of it"
        ) from error
    top, bottom = (place.month.amount(stream) for stream in streams)

    def ratio(name: str) -> float:
        values = getattr(top, name), getattr(bottom, name)
        return scale * _ratio(*values, measure, streams)

    return MeasureFact(
        actual=ratio("actual"),
        plan=ratio("plan"),
        fair=ratio("fair"),
        evidence=place.month.read(streams),
        driver=bottom.actual,
        worth=bottom.actual * abs(top.price) / scale,
    )


def _ratio(top: float, bottom: float, measure: Measure, streams: list[str]) -> float:
    if bottom == 0.0:
        raise DataQualityError(
            f"measure '{measure.id}': {streams[1]} was 0 in the month, so "
            f"{measure.of} has no value; exclude the team or the month"
        )
    return top / bottom


def _delivery(measure: Measure, team: str, place: _Place) -> MeasureFact:
    streams = [s.id for s in place.network.of(measure.of) if s.role == "sell"]
    if not streams:
        raise InputError(
            f"measure '{measure.id}' reads the sale '{measure.of}', which the book "
            "does not have; name a sale of the book"
        )
    amounts = [place.month.amount(s) for s in streams]
    planned = sum(a.plan for a in amounts)
    sold = sum(a.actual for a in amounts)
    worth = sum(a.actual * a.price for a in amounts)
    return MeasureFact(
        actual=sold,
        plan=planned,
        fair=planned,
        evidence=place.month.read(streams),
        sums=True,
        worth=worth / sold if sold else 0.0,
    )


_READERS: Mapping[str, Callable[[Measure, str, _Place], MeasureFact]] = {
    "margin": _margin,
    "effect": _effect,
    "indicator": _indicator,
    "delivery": _delivery,
}


def _incidents(place: _Place) -> tuple[Incident, ...]:
    """Return what happened in each team's own centre, below it, or around it."""
    chain = place.network.chain
    return tuple(
        Incident(
            id=f"{i.id}:{team.id}",
            team=team.id,
            kind=i.kind,
            on=date.fromisoformat(i.day),
            evidence=(i.evidence,),
            due=None if i.due is None else date.fromisoformat(i.due),
            closed=None if i.closed is None else date.fromisoformat(i.closed),
        )
        for i in place.month.incidents
        if i.kind in INCIDENT_KINDS
        for team in place.scheme.teams
        if team.id in chain.lineage(i.centre) or i.centre in chain.lineage(team.id)
    )
