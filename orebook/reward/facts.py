"""The facts a settlement rests on: values and incidents, each with its evidence."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from json import dumps
from math import fsum, isfinite
from typing import Literal, get_args

from orebook.errors import DataQualityError, InputError

GateKind = Literal[
    "fatality",
    "serious_injury",
    "lost_time_injury",
    "fire_or_explosion",
    "major_environment_event",
    "emission_exceedance",
    "hazard_overdue",
    "rule_breach",
    "quality_claim",
]
"""What a gate may act on."""

OVERDUE = "hazard_overdue"
"""Derived from a hazard's own dates, never entered as such."""

INCIDENT_KINDS = ("hazard", *(k for k in get_args(GateKind) if k != OVERDUE))
"""What may be entered as an incident."""


@dataclass(frozen=True, slots=True)
class MeasureFact:
    """The value of one measure of one team, with what it is compared to.

    Parameters
    ----------
    actual : float
        Value of the closed month [unit of the measure].
    evidence : tuple of str
        Postings and readings the value comes from, one or more.
    plan, fair : float, optional
        Value in the plan, and of the process at the feed really got
        [unit of the measure].
    best, external, report : float, optional
        Own best of earlier months, figure of peers outside, and the team's own report
        made in time [unit of the measure].
    driver : float
        What a ratio is taken over, to average months by [unit below the line].
    sums : bool
        Whether months add up, as money and deliveries do; else they average.
    worth : float
        What one unit of the value is worth to the group [CNY/unit].
    covers : bool
        Whether all that the team uses and makes is in the value, at internal prices.
    notes : tuple of str
        Where best, external and report come from, or why they are not there.

    Raises
    ------
    DataQualityError
        A value is not finite, or there is no evidence.
    """

    actual: float
    evidence: tuple[str, ...]
    plan: float | None = None
    fair: float | None = None
    best: float | None = None
    external: float | None = None
    report: float | None = None
    driver: float = 1.0
    sums: bool = False
    worth: float = 0.0
    covers: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = (self.actual, self.plan, self.fair, *self.references())
        given = [v for v in values if v is not None]
        if not all(map(isfinite, given)):
            msg = f"a measure has the values {given}; expected finite numbers"
            raise DataQualityError(msg)
        if not self.evidence:
            msg = (
                f"the value {self.actual:g} has no evidence; expected the id of a "
                "posting or reading, or nothing can be paid on it"
            )
            raise DataQualityError(msg)

    def references(self) -> tuple[float | None, float | None, float | None]:
        """Return own best, figure of peers and report [unit of the measure]."""
        return self.best, self.external, self.report


def year_to_date(facts: Sequence[MeasureFact]) -> MeasureFact:
    """Return the value of several months together.

    Parameters
    ----------
    facts : sequence of MeasureFact
        The months of a year so far, in order.

    Returns
    -------
    MeasureFact
        The mean month: of sums the plain mean, of ratios that weighted by what they
        are taken over; targets are weighted alike, so that only the gap counts.

    Raises
    ------
    DataQualityError
        A ratio was taken over nothing in all months.

    Examples
    --------
    >>> months = [
    ...     MeasureFact(10.0, ("a",), plan=11.0, driver=100.0),
    ...     MeasureFact(13.0, ("b",), plan=11.0, driver=50.0),
    ... ]
    >>> year_to_date(months).actual
    11.0
    """
    if len(facts) == 1:
        return facts[0]
    last = facts[-1]
    weights = [1.0 if last.sums else f.driver for f in facts]
    total = fsum(weights)
    if total <= 0:
        msg = (
            f"a ratio was taken over {total:g} in {len(facts)} months; expected more "
            "than nothing; settle by month or take the measure out"
        )
        raise DataQualityError(msg)

    def mean(name: str) -> float | None:
        values = [getattr(f, name) for f in facts]
        if None in values:
            return None
        return fsum(w * v for w, v in zip(weights, values, strict=True)) / total

    return replace(
        last,
        actual=mean("actual") or 0.0,
        plan=mean("plan"),
        fair=mean("fair"),
        best=mean("best"),
        external=mean("external"),
        driver=total,
        evidence=tuple(dict.fromkeys(e for f in facts for e in f.evidence)),
    )


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happened, or a hazard somebody reported.

    Parameters
    ----------
    id, team, kind : str
        Identifier, centre, and one of INCIDENT_KINDS.
    on : date
        Day it happened or was reported.
    evidence : tuple of str
        Record it comes from.
    due, closed : date, optional
        For a hazard: the day by which to close it, and the day it was closed.

    Raises
    ------
    InputError
        Unknown kind, or a hazard without a due day.
    """

    id: str
    team: str
    kind: str
    on: date
    evidence: tuple[str, ...]
    due: date | None = None
    closed: date | None = None

    def __post_init__(self) -> None:
        if self.kind not in INCIDENT_KINDS:
            msg = (
                f"incident {self.id} is of kind '{self.kind}'; expected one of "
                f"{', '.join(INCIDENT_KINDS)}"
            )
            raise InputError(msg)
        if self.kind == "hazard" and self.due is None:
            msg = f"hazard {self.id} has no due day; give the day to close it by"
            raise InputError(msg)


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of one period.

    Parameters
    ----------
    period : str
        Month as YYYY-MM.
    values : mapping of (team, measure) to MeasureFact
        What was measured.
    incidents : tuple of Incident
        What happened; those of other months are passed over.
    margin : MeasureFact, optional
        The margin a fund is a share of [CNY].
    earlier : tuple of Facts
        The months of the year before this one that the scheme settles together with
        it, in order; empty where each month stands by itself.
    outputs : mapping of str to (float, float)
        By team: what it made, at internal prices, and what it used for it [CNY].

    Raises
    ------
    InputError
        The period is not a month, or an earlier one does not come before it.
    """

    period: str
    values: Mapping[tuple[str, str], MeasureFact]
    incidents: tuple[Incident, ...] = ()
    margin: MeasureFact | None = None
    earlier: tuple[Facts, ...] = ()
    outputs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    first_day: date = field(init=False)
    last_day: date = field(init=False)

    def __post_init__(self) -> None:
        year, _, month = self.period.partition("-")
        if not (len(year) == 4 and len(month) == 2 and (year + month).isdecimal()):
            msg = f"period '{self.period}'; expected a month as YYYY-MM"
            raise InputError(msg)
        if not 1 <= int(month) <= 12:
            msg = f"period '{self.period}' has month {month}; expected 01 to 12"
            raise InputError(msg)
        first = date(int(year), int(month), 1)
        last = first.replace(day=monthrange(first.year, first.month)[1])
        periods = [f.period for f in self.earlier]
        if sorted({*periods, self.period}) != [*periods, self.period]:
            msg = (
                f"{self.period} comes with the earlier months {', '.join(periods)}; "
                "expected them in order, each before it"
            )
            raise InputError(msg)
        object.__setattr__(self, "first_day", first)
        object.__setattr__(self, "last_day", last)

    def counted(self, kind: str) -> tuple[Incident, ...]:
        """Return the incidents of a kind that count in this period.

        Parameters
        ----------
        kind : str
            What a gate acts on.

        Returns
        -------
        tuple of Incident
            Those that happened in the month; for `hazard_overdue` the hazards that
            stood open past their due day on some day of the month.
        """
        if kind == OVERDUE:
            return tuple(i for i in self.incidents if self._overdue(i))
        return tuple(
            i
            for i in self.incidents
            if i.kind == kind and self.first_day <= i.on <= self.last_day
        )

    def digest(self) -> str:
        """Return the SHA-256 of the facts, the same in whatever order they came."""
        values = [
            [*key, fact.actual, fact.plan, fact.fair, sorted(fact.evidence)]
            for key, fact in sorted(self.values.items())
        ]
        incidents = sorted(
            [i.id, i.team, i.kind, str(i.on), str(i.due), str(i.closed), *i.evidence]
            for i in self.incidents
        )
        margin = self.margin and [
            self.margin.actual,
            self.margin.plan,
            sorted(self.margin.evidence),
        ]
        whole: list[object] = [self.period, values, incidents, margin]
        more = {k: f.references() for k, f in sorted(self.values.items())}
        if any(v is not None for given in more.values() for v in given):
            whole.append([[*key, *given] for key, given in more.items()])
        if self.earlier:
            drivers = [[*k, f.driver] for k, f in sorted(self.values.items())]
            whole.append([drivers, [f.digest() for f in self.earlier]])
        text = dumps(whole, ensure_ascii=True)
        return sha256(text.encode()).hexdigest()

    def _overdue(self, incident: Incident) -> bool:
        if incident.kind != "hazard" or incident.due is None:
            return False
        late = incident.due < self.last_day and incident.on <= self.last_day
        closed = incident.closed
        return late and (closed is None or closed > max(incident.due, self._before()))

    def _before(self) -> date:
        """Return the day before the month began."""
        return date.fromordinal(self.first_day.toordinal() - 1)
