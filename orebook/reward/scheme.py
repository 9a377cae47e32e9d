"""A reward scheme as data: who takes part, what is measured, what it pays and stops.

Pydantic is needed to define the models, so the command line imports this module only
when a scheme is really read.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from orebook.reward.curve import Curve, clipped
from orebook.reward.facts import GateKind
from orebook.reward.part import Money, Name, Number, Part, Positive, Share
from orebook.reward.payout import CurvePart, CurveSpec
from orebook.reward.terms import Deferral, Ratchet, Report, Stock, Target

ORDER = (
    *("measure", "attainment", "payout", "weight", "deduction"),
    *("gate", "cap", "pool", "split", "deferral"),
)
"""The fixed order of settlement, the same for every scheme."""

SUM_TOLERANCE = 1e-9
"""How far shares and weights may be from one [-]."""

REPORT_KINDS = frozenset(
    {"hazard", "hazard_reported", "hazard_report", "near_miss", "near_miss_reported"}
)
"""Acts of reporting. No gate may punish them: hazards would vanish from sight."""


class Member(Part):
    """A person or group within a team.

    Parameters
    ----------
    id : str
        Identifier, unique within the team.
    weight : float
        Part of the team's amount, relative to the other members [-].
    """

    id: Name
    weight: Positive = 1.0


class Team(Part):
    """A responsibility centre that takes part.

    Parameters
    ----------
    id : str
        Centre of the book.
    share : float, optional
        Part of the fund [-]; all teams give a share, or all a weight.
    weight : float, optional
        Part of the fund relative to the other teams, such as a headcount [-].
    members : tuple of Member
        How the amount is split within the team; may be empty.
    """

    id: Name
    share: Share | None = None
    weight: Positive | None = None
    members: tuple[Member, ...] = ()

    @model_validator(mode="after")
    def _members_differ(self) -> Self:
        _no_repeats("member", [member.id for member in self.members])
        return self


class Fund(Part):
    """Money set aside for a period: an amount, or a share of a margin.

    Parameters
    ----------
    amount : float, optional
        Fixed fund of a period [CNY].
    share_of_margin : float, optional
        Part of the margin given with the facts [-].
    margin : {"total", "above_plan"}
        Whether the share is of the whole margin or of what exceeds the plan.
    minimum, maximum : float
        Bounds of a fund that is a share [CNY].
    """

    amount: Annotated[Money, Field(ge=0)] | None = None
    share_of_margin: Share | None = None
    margin: Literal["total", "above_plan"] = "total"
    minimum: Annotated[Money, Field(ge=0)] = 0.0
    maximum: Annotated[Money, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.amount is None) == (self.share_of_margin is None):
            msg = "give the fund either as amount or as share_of_margin, not both"
            raise ValueError(msg)
        if self.maximum is not None and self.maximum < self.minimum:
            msg = f"maximum {self.maximum:g} lies below minimum {self.minimum:g}"
            raise ValueError(msg)
        return self


class Measure(Part):
    """One thing measured, with its target, payout curve and weight.

    Parameters
    ----------
    id, name, name_en : str
        Identifier, Chinese and English name.
    source : {"margin", "indicator", "effect", "delivery"}
        Centre margin, unit indicator, variance effect of a centre, or delivery.
    of : str
        What is read: the indicator, effect or product of the book.
    unit : str
        Unit of the raw value.
    direction : {"max", "min"}
        Whether more or less is better.
    target : Target
        Where the target comes from; for an effect it is zero unless given.
    attainment : {"ratio", "relative_gap", "difference"}
        max: a/t, 1 + (a-t)/|t|, a - t; min: t/a, 1 + (t-a)/|t|, t - a.
    curve : CurveSpec
        Payout by attainment.
    pays : {"share", "money"}
        Whether payout 1 is the team's fund, or 1 CNY.
    weight : float
        Part of the team's fund; for "money" a plain factor [-].
    teams : tuple of str
        Teams measured so; empty for all.
    report : Report, optional
        Terms of the team's own report, for a curve or target that reads one.
    """

    id: Name
    name: str
    name_en: str = ""
    source: Literal["margin", "indicator", "effect", "delivery"]
    of: str = ""
    unit: str
    direction: Literal["max", "min"] = "max"
    target: Target = Target(source="plan")
    attainment: Literal["ratio", "relative_gap", "difference"] = "relative_gap"
    curve: CurveSpec
    pays: Literal["share", "money"] = "share"
    weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    teams: tuple[Name, ...] = ()
    report: Report | None = None

    @model_validator(mode="before")
    @classmethod
    def _effect_defaults(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("source") == "effect":
            zero = {"source": "fixed", "value": 0.0}
            return {"target": zero, "attainment": "difference", **data}
        return data

    @model_validator(mode="after")
    def _target_usable(self) -> Self:
        if self.attainment != "difference" and self.target.value == 0:
            msg = "a target of zero has no ratio; use attainment = 'difference'"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _report_where_read(self) -> Self:
        if self.truthful and self.target.source == "report":
            msg = "a report cannot be target and report at once; set another target"
            raise ValueError(msg)
        if (self.report is not None) != self.reads_report:
            msg = (
                "a truth-inducing curve or a target of source 'report' needs report = "
                "{ missing = 'target' } or 'nothing'; other measures take none"
            )
            raise ValueError(msg)
        return self

    @property
    def truthful(self) -> bool:
        """Whether the curve hangs on the team's report."""
        return not isinstance(self.curve, CurvePart)

    @property
    def reads_report(self) -> bool:
        """Whether the team's own report is needed."""
        return self.truthful or self.target.source == "report"

    @property
    def start(self) -> float:
        """Attainment at the target: 0 for a difference, else 1 [-]."""
        return 0.0 if self.attainment == "difference" else 1.0

    def curve_built(self, report: float | None = None) -> Curve:
        """Return the payout curve in normal form, floor and cap included.

        Parameters
        ----------
        report : float, optional
            Attainment of the team's report; without one the stated rule holds [-].
        """
        if isinstance(self.curve, CurvePart):
            bounds = {"floor": self.curve.floor, "cap": self.curve.cap}
            return clipped(self.curve.build(), **bounds)
        if report is None and self.report and self.report.missing == "nothing":
            return Curve((self.start,), (0.0,))
        stated = self.start if report is None else report
        return self.curve.build_at(stated, self.start)


GATE_VALUES = {
    "veto": {(False, False)},
    "hold": {(False, False)},
    "multiplier": {(True, False)},
    "deduction": {(True, False), (False, True)},
}
"""Which of (value, amount) an effect takes."""

GATE_TEXT = {
    "veto": "takes no value and no amount",
    "hold": "takes no value and no amount",
    "multiplier": "needs a value from 0 to 1 and takes no amount",
    "deduction": "needs either a value from 0 to 1 or an amount",
}


class Gate(Part):
    """What an incident does to pay.

    Parameters
    ----------
    id, name, name_en : str
        Identifier, Chinese and English name.
    incident : str
        Kind of incident; `hazard_overdue` is a hazard closed late or still open past
        its date, never the report of it.
    effect : {"veto", "multiplier", "deduction", "hold"}
        Nothing is paid; times a factor; a part of the fund less; paid when closed.
    value : float, optional
        The factor, or the part of the team's fund [-].
    amount : float, optional
        A deduction as an amount instead [CNY].
    from_count : int
        Number of incidents from which the gate acts [-].
    per_incident : bool
        Whether factor or deduction applies once for each incident counted.
    scope : {"team", "all"}
        Whose incidents count.
    """

    id: Name
    name: str
    name_en: str = ""
    incident: GateKind
    effect: Literal["veto", "multiplier", "deduction", "hold"]
    value: Share | None = None
    amount: Annotated[Money, Field(ge=0)] | None = None
    from_count: Annotated[int, Field(ge=1)] = 1
    per_incident: bool = False
    scope: Literal["team", "all"] = "team"

    @field_validator("incident", mode="before")
    @classmethod
    def _never_the_report(cls, kind: object) -> object:
        if kind in REPORT_KINDS:
            msg = (
                "a gate must never punish the report of a hazard or near miss, or "
                "hazards vanish; use 'hazard_overdue', which acts on late closure"
            )
            raise ValueError(msg)
        return kind

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        given = (self.value is not None, self.amount is not None)
        if given not in GATE_VALUES[self.effect]:
            msg = f"effect '{self.effect}' {GATE_TEXT[self.effect]}"
            raise ValueError(msg)
        return self


class Limits(Part):
    """Floor and cap of a team's amount.

    Parameters
    ----------
    floor, cap : float, optional
        Lowest and highest amount as multiples of the team's fund [-].
    """

    floor: Number | None = None
    cap: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _floor_below_cap(self) -> Self:
        if self.floor is not None and self.cap is not None and self.floor > self.cap:
            msg = f"floor {self.floor:g} lies above cap {self.cap:g}"
            raise ValueError(msg)
        return self


class Pool(Part):
    """The limit that all payments of a period keep together.

    Parameters
    ----------
    of_fund : float, optional
        Limit as a multiple of the fund [-].
    amount : float, optional
        Limit as an amount, such as the wage total left [CNY].
    unlimited : bool
        No limit, said openly.
    penalties_to : {"reserve", "pool"}
        Whether deductions below zero stay with the group or raise the limit.
    """

    of_fund: Positive | None = None
    amount: Annotated[Money, Field(ge=0)] | None = None
    unlimited: bool = False
    penalties_to: Literal["reserve", "pool"] = "reserve"

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        ways = (self.of_fund is not None, self.amount is not None, self.unlimited)
        if sum(ways) != 1:
            msg = "give one of of_fund, amount or unlimited = true as the pool limit"
            raise ValueError(msg)
        return self


class Scheme(Part):
    """A whole scheme.

    Parameters
    ----------
    id, name, name_en : str
        Identifier, Chinese and English name.
    valid_from, valid_to : date
        First and last day of validity.
    teams : tuple of Team
        Who takes part.
    fund : Fund
        Money of a period.
    measures : tuple of Measure
        What is measured; the weights paid as share sum to one for each team.
    gates : tuple of Gate
        What incidents do.
    limits, pool, deferral
        Floor and cap of a team, limit of all, part paid later.
    rounding : {"largest_remainder", "down"}
        How amounts come to whole cents.
    clawback : bool
        Whether paid money is taken back when a closed month is restated.
    settle_over : {"month", "year", "term"}
        Each month by itself; or the year so far, or the whole term of the scheme so
        far, less what the earlier months earned: then moving results between months
        that are settled together changes nothing.
    stock : Stock
        How stock beyond the plan counts in margins and effects.
    ratchet : Ratchet, optional
        The promise how far good results raise later targets.
    """

    id: Name
    name: str
    name_en: str = ""
    valid_from: date
    valid_to: date
    teams: Annotated[tuple[Team, ...], Field(min_length=1)]
    fund: Fund
    pool: Pool
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]
    gates: tuple[Gate, ...] = ()
    limits: Limits = Limits()
    deferral: Deferral = Deferral()
    rounding: Literal["largest_remainder", "down"] = "largest_remainder"
    clawback: bool = False
    settle_over: Literal["month", "year", "term"] = "month"
    stock: Stock = Stock()
    ratchet: Ratchet | None = None

    @model_validator(mode="after")
    def _year_settles(self) -> Self:
        if self.settle_over == "month":
            return self
        reason = None
        if self.fund.amount is None:
            reason = "a fixed fund, as shares of a margin differ from month to month"
        elif any(m.reads_report for m in self.measures):
            reason = "no reports, as a report is for its month"
        elif (self.limits.floor or 0.0) > 0:
            reason = "no floor above zero"
        if reason is not None:
            over = self.settle_over
            msg = f"settle_over = '{over}' takes {reason}; change it or settle by month"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.valid_to < self.valid_from:
            msg = f"valid_to {self.valid_to} lies before valid_from {self.valid_from}"
            raise ValueError(msg)
        _no_repeats("team", [team.id for team in self.teams])
        _no_repeats("measure", [measure.id for measure in self.measures])
        _no_repeats("gate", [gate.id for gate in self.gates])
        _check_shares(self.teams)
        _check_known_teams(self)
        for team in self.teams:
            _check_weights(team.id, self.measures_of(team.id))
        bounded = self.limits.floor is not None or self.limits.cap is not None
        if bounded and self.fund.amount == 0:
            msg = "floor and cap are multiples of the fund, and the fund is zero"
            raise ValueError(msg)
        return self

    def measures_of(self, team: str) -> tuple[Measure, ...]:
        """Return the measures that count for a team, in the scheme's order."""
        return tuple(m for m in self.measures if not m.teams or team in m.teams)

    def shares(self) -> tuple[float, ...]:
        """Return the part of the fund of each team, summing to one [-]."""
        given = [
            t.share if t.share is not None else (t.weight or 0.0) for t in self.teams
        ]
        total = sum(given)
        return tuple(value / total for value in given)


def _no_repeats(what: str, names: list[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        msg = f"{what} '{repeated[0]}' appears twice; give each its own id"
        raise ValueError(msg)


def _check_shares(teams: tuple[Team, ...]) -> None:
    shared = [team for team in teams if team.share is not None]
    if any((team.share is None) == (team.weight is None) for team in teams) or len(
        shared
    ) not in (0, len(teams)):
        msg = "give every team a share, or every team a weight, not both"
        raise ValueError(msg)
    total = sum(team.share or 0.0 for team in shared)
    if shared and abs(total - 1) > SUM_TOLERANCE:
        msg = f"the shares of the teams sum to {total:g}; they must sum to 1"
        raise ValueError(msg)


def _check_weights(team: str, measures: tuple[Measure, ...]) -> None:
    weights = [m.weight for m in measures if m.pays == "share"]
    if weights and abs(sum(weights) - 1) > SUM_TOLERANCE:
        msg = (
            f"the weights of the measures of team '{team}' sum to {sum(weights):g}; "
            "they must sum to 1"
        )
        raise ValueError(msg)
    if not measures:
        msg = f"team '{team}' has no measure; give it one or take it out"
        raise ValueError(msg)


def _check_known_teams(scheme: Scheme) -> None:
    known = {team.id for team in scheme.teams}
    measures = {m.id for m in scheme.measures}
    for measure in scheme.measures:
        compared = measure.target.of if measure.target.source == "peers" else ()
        for what, names, right in (
            ("team", measure.teams, known),
            ("measure", compared, measures),
        ):
            for name in names:
                if name not in right:
                    listed = ", ".join(sorted(right))
                    msg = (
                        f"measure '{measure.id}' names {what} '{name}'; known: {listed}"
                    )
                    raise ValueError(msg)
