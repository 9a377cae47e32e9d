"""The closed month as a value: what really happened, reconciled and with its doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from orebook.chain.calendar import period
from orebook.plan.accounts import Month

Status = Literal["redundant", "measured", "inferred", "estimated"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One reconciled amount with its uncertainty.

    Parameters
    ----------
    value, sd : float
        Amount and one standard deviation [stream unit].
    status : str
        ``redundant`` (measured and checked by a balance), ``measured`` (only its own
        meter), ``inferred`` (from balances), ``estimated`` (from the process model
        where no reading tells).
    reading, reading_sd : float or None
        What the meters said together, before reconciliation.
    evidence : tuple of str
        Meters behind it.
    """

    value: float
    sd: float
    status: Status
    reading: float | None = None
    reading_sd: float | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GrossError:
    """A reading that cannot be an accident of its usual error.

    Parameters
    ----------
    reading : str
        Meter, or ``leak at BALANCE``.
    stream : str
        Stream it reads.
    size : float
        Estimated error, reading minus truth [unit].
    unit : str
        Unit of the size.
    statistic, critical : float
        Test statistic and the value it had to exceed.
    alternatives : tuple of str
        Other explanations the data cannot tell apart.
    """

    reading: str
    stream: str
    size: float
    unit: str
    statistic: float
    critical: float
    alternatives: tuple[str, ...] = ()


INCIDENT_KINDS = (
    "hazard",
    "fatality",
    "serious_injury",
    "lost_time_injury",
    "fire_or_explosion",
    "major_environment_event",
    "emission_exceedance",
    "rule_breach",
    "quality_claim",
    "note",
)


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happened, or a hazard somebody reported.

    Parameters
    ----------
    id, day, centre, kind : str
        Identifier, ISO day, centre, one of :data:`INCIDENT_KINDS`.
    text, evidence : str
        What happened; file and row it was reported in.
    due, closed : str or None
        For a hazard the ISO day to close it by and the day it was closed. Reporting a
        hazard is never held against anyone; only closing it late is.
    """

    id: str
    day: str
    centre: str
    kind: str
    text: str
    evidence: str
    due: str | None = None
    closed: str | None = None


@dataclass(frozen=True)
class ClosedMonth:
    """A frozen month.

    Parameters
    ----------
    period : str
        ``YYYY-MM`` or another period name.
    figures : mapping
        Stream id to reconciled amount.
    duties : mapping
        ``UNIT:DUTY`` to the duty the unit really did [duty unit].
    content : mapping
        Unit to feed port to component fractions really fed [-].
    content_doubt : mapping
        One standard deviation of each of them [-].
    market : mapping
        ``buy:ID`` / ``sell:ID`` to the price really paid or got [CNY/unit].
    costs : mapping
        Fixed cost id (or unit id for its variable cost) to money spent [CNY].
    availability : mapping
        Unit to the share of the period it could run [-].
    incidents : tuple of Incident
        What the gates of reward schemes look at.
    gross_errors : tuple of GrossError
        Readings set aside, with their size.
    tests : mapping
        ``objective``, ``degrees_of_freedom``, ``critical``, ``worst_imbalance_sigma``,
        ``largest_residual``.
    sources : tuple of str
        Content hashes of the intake files used.
    whole : mapping
        Starts, stops and running share of units that run or stand, as planned: the
        standard that booked start costs are held against.
    simulated : bool
        Whether any reading behind it was made by the simulator.
    hours : mapping
        Centre to hours worked [h]; empty where none were taken in.
    """

    period: str
    figures: Mapping[str, Figure]
    duties: Mapping[str, float]
    content: Mapping[str, Mapping[str, Mapping[str, float]]]
    market: Mapping[str, float]
    costs: Mapping[str, float]
    content_doubt: Mapping[str, Mapping[str, Mapping[str, float]]] = field(
        default_factory=dict
    )
    availability: Mapping[str, float] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    gross_errors: tuple[GrossError, ...] = ()
    tests: Mapping[str, float] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    whole: Mapping[str, float] = field(default_factory=dict)
    simulated: bool = False
    hours: Mapping[str, float] = field(default_factory=dict)

    def month(self) -> Month:
        """Return quantities and prices in the form accounts are made of."""
        amounts = {stream: figure.value for stream, figure in self.figures.items()}
        return Month(
            period(self.period),
            amounts,
            self.duties,
            self.market,
            self.costs,
            whole=self.whole,
            content={
                f"{unit}.{port}": assay
                for unit, fed in self.content.items()
                for port, assay in fed.items()
            },
        )

    def summary(self) -> str:
        """Return the close in a few lines of text."""
        worst = self.tests.get("worst_imbalance_sigma", 0.0)
        head = (
            f"{self.period} closed{' (simulated readings)' if self.simulated else ''}: "
            f"{len(self.figures)} figures, worst imbalance {worst:.2f} sd, "
            f"{len(self.gross_errors)} gross errors"
        )
        rows = [
            f"  {g.reading}: {g.size:+,.1f} {g.unit} "
            f"(statistic {g.statistic:.1f} > {g.critical:.1f})"
            for g in self.gross_errors
        ]
        return "\n".join([head, *rows])

    def to_dict(self) -> dict[str, object]:
        """Return the month as plain data; the same month gives the same data."""
        data = asdict(self)
        if not self.hours:  # a month closed before hours were known stays as it was
            del data["hours"]
        return data

    @staticmethod
    def from_dict(data: Mapping[str, object]) -> ClosedMonth:
        """Return the month that :meth:`to_dict` wrote."""
        from pydantic import TypeAdapter

        return TypeAdapter(ClosedMonth).validate_python(dict(data))
