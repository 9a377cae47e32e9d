"""Settlement: a pure function of a scheme and the facts of a closed month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from orebook.errors import DataQualityError, InputError
from orebook.reward.attain import attainment
from orebook.reward.cents import apportion, decimal, part_of, split, whole
from orebook.reward.result import PoolBalance, Settlement, TeamResult
from orebook.reward.steps import (
    FundStep,
    GateStep,
    MeasureStep,
    PoolStep,
    TeamSteps,
    bounded,
    scaled,
)

if TYPE_CHECKING:
    from orebook.reward.facts import Facts, Incident, MeasureFact
    from orebook.reward.scheme import Gate, Measure, Scheme, Team

GATE_STATES = ("veto", "hold", "multiplier", "deduction")
"""Effects from the strictest to the mildest; the strictest names the state."""


def settle(scheme: Scheme, facts: Facts) -> Settlement:
    """Settle a scheme for the facts of a period.

    Parameters
    ----------
    scheme : Scheme
        The rules.
    facts : Facts
        Values, targets and incidents, each with its evidence.

    Returns
    -------
    Settlement
        Amounts to the cent, gate states, explanations and the pool's balance.

    Raises
    ------
    InputError
        The period lies outside the scheme's validity.
    DataQualityError
        A value, target or margin the scheme needs is missing.

    Notes
    -----
    measure -> attainment -> payout -> weight -> deduction -> gate -> cap -> pool ->
    split -> deferral. Factors act on what is above zero only, so a restraint never
    softens a penalty; a veto leaves nothing above zero and lifts a floor above zero.
    """
    from orebook.reward.scheme import ORDER

    _check(scheme, facts)
    fund = _fund(scheme, facts)
    drafts = _drafts(scheme, facts, fund)
    capped = {draft.team: draft.capped for draft in drafts}
    fines = apportion(
        {name: -value for name, value in capped.items() if value < 0},
        down=scheme.rounding == "down",
    )
    pool = _pool(scheme, fund, capped=capped, fines=sum(fines.values()))
    pays = _pays(scheme, pool, capped)
    cents = dict.fromkeys(capped, 0) | pays | {n: -fine for n, fine in fines.items()}
    results = {
        team.id: _result(scheme, team, draft.finished(pool, cents[team.id]))
        for team, draft in zip(scheme.teams, drafts, strict=True)
    }
    return Settlement(
        scheme=scheme.id,
        period=facts.period,
        scheme_hash=sha256(scheme.model_dump_json().encode()).hexdigest(),
        facts_hash=facts.digest(),
        order=ORDER,
        teams=results,
        pool=_balance(scheme, pool, paid=sum(pays.values()), fines=sum(fines.values())),
        factor=pool.factor,
    )


def restate(
    scheme: Scheme, before: Settlement, after: Settlement
) -> dict[str, Decimal]:
    """Return what a restated month adds to, or takes back from, each team.

    Parameters
    ----------
    scheme : Scheme
        The rules; `clawback` decides whether money is taken back.
    before, after : Settlement
        The month as it was paid, and on the restated data.

    Returns
    -------
    dict of str to Decimal
        Adjustment by team; below zero is claw-back [CNY].

    Raises
    ------
    InputError
        The two settlements are not of the same scheme, period and teams.
    """
    same = (before.scheme, before.period) == (after.scheme, after.period)
    if not same or set(before.teams) != set(after.teams):
        msg = (
            f"{before.scheme} {before.period} and {after.scheme} {after.period} are "
            "not two versions of one month; settle the same scheme and period again"
        )
        raise InputError(msg)
    change = {
        team: result.amount - before.teams[team].amount
        for team, result in after.teams.items()
    }
    if scheme.clawback:
        return change
    return {team: max(value, Decimal("0.00")) for team, value in change.items()}


@dataclass(slots=True)
class _Draft:
    """The chain of a team up to its cap, before the pool is known."""

    scheme: str
    period: str
    team: str
    fund: FundStep
    share: float
    measures: tuple[MeasureStep, ...]
    gates: tuple[GateStep, ...]
    floor: float | None
    cap: float | None
    earned: float = 0.0
    deducted: float = 0.0
    gated: float = 0.0
    capped: float = 0.0

    def __post_init__(self) -> None:
        self.earned = fsum(m.pay for m in self.measures)
        self.deducted = self.earned - fsum(g.deduction for g in self.gates)
        vetoed = any(gate.effect == "veto" for gate in self.gates)
        factor = 1.0
        for gate in self.gates:
            factor *= gate.factor
        self.gated = scaled(self.deducted, factor)
        if vetoed:
            self.gated = min(self.gated, 0.0)
            self.floor = None if self.floor is None else min(self.floor, 0.0)
        self.capped = bounded(self.gated, self.floor, self.cap)

    def finished(self, pool: PoolStep, cents: int) -> TeamSteps:
        return TeamSteps(
            scheme=self.scheme,
            period=self.period,
            team=self.team,
            fund=self.fund,
            share=self.share,
            measures=self.measures,
            gates=self.gates,
            earned=self.earned,
            deducted=self.deducted,
            gated=self.gated,
            floor=self.floor,
            cap=self.cap,
            capped=self.capped,
            pool=pool,
            pooled=scaled(self.capped, pool.factor),
            amount=float(decimal(cents)),
        )


def _check(scheme: Scheme, facts: Facts) -> None:
    if not (scheme.valid_from <= facts.first_day and facts.last_day <= scheme.valid_to):
        msg = (
            f"period {facts.period} lies outside scheme '{scheme.id}', valid from "
            f"{scheme.valid_from} to {scheme.valid_to}; use the scheme of that time"
        )
        raise InputError(msg)
    missing = [
        f"{measure.id} of {team.id}"
        for team in scheme.teams
        for measure in scheme.measures_of(team.id)
        if (team.id, measure.id) not in facts.values
    ]
    if missing:
        msg = (
            f"{len(missing)} measures have no value in {facts.period}: "
            f"{', '.join(missing[:5])}; close the month or take them out"
        )
        raise DataQualityError(msg)
    teams = {team.id for team in scheme.teams}
    strangers = sorted({i.team for i in facts.incidents} - teams)
    if strangers:
        msg = (
            f"incidents name '{strangers[0]}', which is no team of scheme "
            f"'{scheme.id}'; give the incidents of its teams only"
        )
        raise InputError(msg)


def _fund(scheme: Scheme, facts: Facts) -> FundStep:
    rule = scheme.fund
    if rule.share_of_margin is None:
        return FundStep(rule.amount or 0.0, (f"scheme:{scheme.id}#fund.amount",))
    margin = facts.margin
    needs_plan = rule.margin == "above_plan"
    if margin is None or (needs_plan and margin.plan is None):
        what = "margin with its plan" if needs_plan else "margin"
        msg = f"the fund of '{scheme.id}' is a share of a {what}, which is missing"
        raise DataQualityError(msg)
    compared = (margin.plan or 0.0) if needs_plan else 0.0
    share = rule.share_of_margin * (margin.actual - compared)
    return FundStep(
        amount=bounded(share, rule.minimum, rule.maximum),
        evidence=margin.evidence,
        share=rule.share_of_margin,
        margin=margin.actual,
        compared=compared,
        minimum=rule.minimum,
        maximum=rule.maximum,
    )


def _drafts(scheme: Scheme, facts: Facts, fund: FundStep) -> list[_Draft]:
    bases = {
        team.id: (fund.amount * share, share)
        for team, share in zip(scheme.teams, scheme.shares(), strict=True)
    }
    measured = _measured(scheme, facts, {k: base for k, (base, _) in bases.items()})
    counted = [(gate, facts.counted(gate.incident)) for gate in scheme.gates]
    limits = scheme.limits
    return [
        _Draft(
            scheme=scheme.id,
            period=facts.period,
            team=name,
            fund=fund,
            share=share,
            measures=tuple(measured[name]),
            gates=_gates(counted, name, base),
            floor=None if limits.floor is None else limits.floor * base,
            cap=None if limits.cap is None else limits.cap * base,
        )
        for name, (base, share) in bases.items()
    ]


def _measured(
    scheme: Scheme, facts: Facts, bases: Mapping[str, float]
) -> dict[str, list[MeasureStep]]:
    """Evaluate each measure for all its teams at once."""
    steps: dict[str, list[MeasureStep]] = {name: [] for name in bases}
    for measure in scheme.measures:
        names = [n for n in bases if not measure.teams or n in measure.teams]
        values = [facts.values[name, measure.id] for name in names]
        targets = [
            _target(measure, fact, name)
            for name, fact in zip(names, values, strict=True)
        ]
        curve, way = measure.curve_built(), (measure.attainment, measure.direction)
        actual = np.array([fact.actual for fact in values])
        reached = attainment(actual, np.array(targets), way=way, measure=measure.id)
        payouts = curve.value(reached)
        fund_based = measure.pays == "share"
        for k, name in enumerate(names):
            base, payout = bases[name] if fund_based else 1.0, float(payouts[k])
            steps[name].append(
                MeasureStep(
                    id=measure.id,
                    name=measure.name,
                    name_en=measure.name_en,
                    unit=measure.unit,
                    way=way,
                    actual=values[k].actual,
                    target=targets[k],
                    attainment=float(reached[k]),
                    payout=payout,
                    curve=curve,
                    weight=measure.weight,
                    base=base,
                    fund_based=fund_based,
                    pay=base * measure.weight * payout,
                    evidence=values[k].evidence,
                )
            )
    return steps


def _target(measure: Measure, fact: MeasureFact, team: str) -> float:
    source = measure.target.source
    found = {
        "plan": fact.plan,
        "fair": fact.fair,
        "fixed": measure.target.value,
    }[source]
    if found is None:
        msg = (
            f"measure '{measure.id}' of {team} has no {source} value to compare with; "
            "run the plan or the fair target first, or fix the target in the scheme"
        )
        raise DataQualityError(msg)
    return found


def _gates(
    counted: list[tuple[Gate, tuple[Incident, ...]]], team: str, base: float
) -> tuple[GateStep, ...]:
    steps = []
    for gate, incidents in counted:
        own = [i for i in incidents if gate.scope == "all" or i.team == team]
        if len(own) >= gate.from_count:
            steps.append(_gate_step(gate, own, base))
    return tuple(steps)


def _gate_step(gate: Gate, incidents: list[Incident], base: float) -> GateStep:
    times = len(incidents) if gate.per_incident else 1
    value = gate.value or 0.0
    each = gate.amount if gate.amount is not None else value * base
    evidence = {e for i in incidents for e in (i.id, *i.evidence)}
    return GateStep(
        id=gate.id,
        name=gate.name,
        name_en=gate.name_en,
        effect=gate.effect,
        count=len(incidents),
        factor=value**times if gate.effect == "multiplier" else 1.0,
        deduction=each * times if gate.effect == "deduction" else 0.0,
        evidence=tuple(sorted(evidence)),
    )


def _pool(
    scheme: Scheme, fund: FundStep, *, capped: Mapping[str, float], fines: int
) -> PoolStep:
    positive = fsum(value for value in capped.values() if value > 0)
    penalties = -fsum(value for value in capped.values() if value < 0)
    rule = scheme.pool
    if rule.unlimited:
        return PoolStep(None, positive, penalties, 1.0)
    own = (rule.of_fund or 0.0) * fund.amount if rule.amount is None else rule.amount
    # Whole cents, so that no rounding of a payment can exceed the limit.
    limit = float(decimal(whole(own) + _used(scheme, fines)))
    factor = min(1.0, limit / positive) if positive > 0 else 1.0
    return PoolStep(limit, positive, penalties, factor)


def _used(scheme: Scheme, fines: int) -> int:
    """Cents of penalties that raise the limit."""
    limited = not scheme.pool.unlimited
    return fines if limited and scheme.pool.penalties_to == "pool" else 0


def _pays(
    scheme: Scheme, pool: PoolStep, capped: Mapping[str, float]
) -> dict[str, int]:
    """Amounts above zero after the pool, in cents."""
    gains = {name: v * pool.factor for name, v in capped.items() if v > 0}
    limit = None if pool.limit is None else whole(pool.limit)
    return apportion(gains, limit=limit, down=scheme.rounding == "down")


def _balance(scheme: Scheme, pool: PoolStep, *, paid: int, fines: int) -> PoolBalance:
    available = paid if pool.limit is None else whole(pool.limit)
    used = _used(scheme, fines)
    return PoolBalance(
        limit=decimal(available - used),
        penalties_used=decimal(used),
        paid_out=decimal(paid),
        reserve=decimal(available - paid),
        penalties=decimal(fines),
    )


def _result(scheme: Scheme, team: Team, steps: TeamSteps) -> TeamResult:
    cents = round(steps.amount * 100)
    effects = {gate.effect for gate in steps.gates}
    state = next((e for e in GATE_STATES if e in effects), "open")
    held = cents if "hold" in effects and cents > 0 else 0
    free = cents - held
    deferred = part_of(free, scheme.deferral.share) if free > 0 else 0
    weights = {member.id: member.weight for member in team.members}
    members = split(cents, weights) if weights else {}
    return TeamResult(
        team=team.id,
        amount=decimal(cents),
        paid=decimal(free - deferred),
        deferred=decimal(deferred),
        held=decimal(held),
        gate=state,
        members={name: decimal(part) for name, part in members.items()},
        steps=steps,
    )
