"""Gather the facts a scheme asks for from a closed month, its plan and its variance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from orebook.errors import DataQualityError, InputError, UnitError
from orebook.evaluate.fair import Assays, fair_flows, fed_or_mixed
from orebook.evaluate.journal import Posting
from orebook.evaluate.variance import EFFECTS, Variance
from orebook.ledger.month import ClosedMonth
from orebook.plan.accounts import Month
from orebook.plan.result import Plan
from orebook.quantity import factor
from orebook.reward.facts import INCIDENT_KINDS, Facts, Incident, MeasureFact
from orebook.reward.scheme import Measure, Scheme


@dataclass(frozen=True)
class Evidence:
    """All that a month left behind, as a scheme reads it.

    Parameters
    ----------
    plan, closed, variance : Plan, ClosedMonth, Variance
        The month before, during and after.
    postings : sequence of Posting
        The journal.
    """

    plan: Plan
    closed: ClosedMonth
    variance: Variance
    postings: Sequence[Posting]

    def centres(self, centre: str) -> set[str]:
        """Return a centre and all below it; names the known ones if it is unknown."""
        chain = self.plan.network.chain
        if centre not in chain.centre:
            raise InputError(
                f"no centre is called '{centre}'; correct the team or measure of the "
                f"scheme; known centres are {', '.join(sorted(chain.centre))}"
            )
        return set(chain.within(centre))

    def posted(self, centres: set[str]) -> tuple[str, ...]:
        """Return the ids of the postings of some centres."""
        return tuple(
            p.id for p in self.postings if p.debit in centres or p.credit in centres
        )

    def meters(self, streams: Sequence[str]) -> tuple[str, ...]:
        """Return the meters behind some streams, or the figures themselves."""
        read = [m for s in streams for m in self.closed.figures[s].evidence]
        return tuple(dict.fromkeys(read)) or tuple(f"figure:{s}" for s in streams)


def gather(scheme: Scheme, evidence: Evidence) -> Facts:
    """Return the facts of the month that a scheme needs.

    Parameters
    ----------
    scheme : Scheme
        Says which measures of which teams it reads.
    evidence : Evidence
        The month.

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
    read = _READERS
    values = {
        (team.id, measure.id): read[measure.source](measure, team.id, evidence)
        for measure in scheme.measures
        for team in scheme.teams
        if not measure.teams or team.id in measure.teams
    }
    margin = sum(c.actual for c in evidence.variance.centres)
    planned = sum(c.plan for c in evidence.variance.centres)
    source = tuple(p.id for p in evidence.postings) or ("journal",)
    return Facts(
        period=evidence.closed.period,
        values=values,
        incidents=_incidents(scheme, evidence),
        margin=MeasureFact(margin, (f"journal:{source[0]}..{source[-1]}",), planned),
    )


def _margin(measure: Measure, team: str, evidence: Evidence) -> MeasureFact:
    centres = evidence.centres(measure.of or team)
    rows = [c for c in evidence.variance.centres if c.centre in centres]
    fair = _fair_margin(evidence, centres)
    return MeasureFact(
        actual=sum(c.actual for c in rows),
        plan=sum(c.plan for c in rows),
        fair=fair,
        evidence=evidence.posted(centres) or (f"no postings: {measure.of or team}",),
    )


def _fair_margin(evidence: Evidence, centres: set[str]) -> float:
    """Return what the centres would have earned without efficiency effects."""
    own = ("efficiency", "spending")
    rows = [c for c in evidence.variance.centres if c.centre in centres]
    return sum(c.actual - sum(c.effects[e] for e in own) for c in rows)


def _effect(measure: Measure, team: str, evidence: Evidence) -> MeasureFact:
    centre, _, effect = (measure.of or "efficiency").rpartition(":")
    if effect not in EFFECTS:
        raise InputError(
            f"measure '{measure.id}' reads the effect '{effect}'; expected one of "
            f"{', '.join(EFFECTS)}; correct `of`"
        )
    centres = evidence.centres(centre or team)
    rows = [d for d in evidence.variance.details if d.centre in centres]
    streams = sorted({f"{d.subject}.{d.factor}" for d in rows if d.effect == effect})
    return MeasureFact(
        actual=sum(d.amount for d in rows if d.effect == effect),
        plan=0.0,
        fair=0.0,
        evidence=tuple(streams) or (f"no {effect} effect",),
    )


def _indicator(measure: Measure, team: str, evidence: Evidence) -> MeasureFact:
    above, slash, below = measure.of.partition("/")
    streams = [above.strip(), below.strip()]
    known = evidence.plan.network.stream
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
    actual, plan = evidence.closed.month(), evidence.plan.month(0)
    return MeasureFact(
        actual=scale * _ratio(actual.amounts, streams, measure),
        plan=scale * _ratio(plan.amounts, streams, measure),
        fair=scale * _ratio(_fair_amounts(evidence, streams), streams, measure),
        evidence=evidence.meters(streams),
    )


def _ratio(amounts: Mapping[str, float], streams: list[str], measure: Measure) -> float:
    top, bottom = amounts[streams[0]], amounts[streams[1]]
    if bottom == 0.0:
        raise DataQualityError(
            f"measure '{measure.id}': {streams[1]} was 0 in the month, so "
            f"{measure.of} has no value; exclude the team or the month"
        )
    return top / bottom


def _fair_amounts(evidence: Evidence, streams: list[str]) -> dict[str, float]:
    """Return the fair target of each stream; what no unit produces stays as it was."""
    network = evidence.plan.network_of(0)
    actual: Month = evidence.closed.month()
    found = {}
    for stream in streams:
        s = network.stream[stream]
        found[stream] = actual.amounts[stream]
        if s.role == "unit":
            names = [d.name for d in network.processes[s.owner].duties]
            duty = {n: actual.duties[f"{s.owner}:{n}"] for n in names}
            flows = fair_flows(network, s.owner, duty, _fed(evidence))
            found[stream] = flows[s.port] * s.sign
    return found


def _fed(evidence: Evidence) -> Assays:
    """Return the assays really fed; the plan's mix where none was measured."""
    return fed_or_mixed(evidence.plan.assays(0), evidence.closed.content)


def _delivery(measure: Measure, team: str, evidence: Evidence) -> MeasureFact:
    streams = [s.id for s in evidence.plan.network.of(measure.of) if s.role == "sell"]
    if not streams:
        raise InputError(
            f"measure '{measure.id}' reads the sale '{measure.of}', which the book "
            "does not have; name a sale of the book"
        )
    plan = evidence.plan.month(0)
    actual = evidence.closed.month()
    planned = sum(plan.amounts[s] for s in streams)
    return MeasureFact(
        actual=sum(actual.amounts[s] for s in streams),
        plan=planned,
        fair=planned,
        evidence=evidence.meters(streams),
    )


_READERS: Mapping[str, Callable[[Measure, str, Evidence], MeasureFact]] = {
    "margin": _margin,
    "effect": _effect,
    "indicator": _indicator,
    "delivery": _delivery,
}


def _incidents(scheme: Scheme, evidence: Evidence) -> tuple[Incident, ...]:
    """Return what happened in each team's own centre, below it, or around it."""
    chain = evidence.plan.network.chain
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
        for i in evidence.closed.incidents
        if i.kind in INCIDENT_KINDS
        for team in scheme.teams
        if team.id in chain.lineage(i.centre) or i.centre in chain.lineage(team.id)
    )
