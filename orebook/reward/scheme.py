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
from orebook.reward.payout import CurveSpec

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


class Target(Part):
    """Where the target of a measure comes from.

    Parameters
    ----------
    source : {"plan", "fair", "fixed"}
        The plan, the process at the feed really got, or a number.
    value : float, optional
        The number, for "fixed" [unit of the measure].
    """

    source: Literal["plan", "fair", "fixed"]
    value: Number | None = None

    @model_validator(mode="after")
    def _value_if_fixed(self) -> Self:
        if (self.source == "fixed") != (self.value is not None):
            msg = "a fixed target needs value; a plan or fair target takes none"
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

    def curve_built(self) -> Curve:
        """Return the payout curve in normal form, floor and cap included."""
        return clipped(self.curve.build(), floor=self.curve.floor, cap=self.curve.cap)


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


class Deferral(Part):
    """Part of a positive amount paid later.

    Parameters
    ----------
    share : float
        Part held back [-].
    months : int
        For how long [months].
    """

    share: Share = 0.0
    months: Annotated[int, Field(ge=1)] = 12


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
    for measure in scheme.measures:
        for team in measure.teams:
            if team not in known:
                names = ", ".join(sorted(known))
                msg = f"measure '{measure.id}' names team '{team}'; known: {names}"
                raise ValueError(msg)
