"""Settlement: a pure function of a scheme and the facts of a closed month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from orebook.errors import DataQualityError, InputError
from orebook.reward.aim import target_of
from orebook.reward.attain import attainment
from orebook.reward.cents import apportion, decimal, part_of, split, whole
from orebook.reward.facts import Facts, year_to_date
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
    from orebook.reward.curve import Curve
    from orebook.reward.facts import Incident, MeasureFact
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
    months = _months(scheme, facts)
    for month in months:
        _check(scheme, month)
    had = _Had()
    for k in range(1, len(months) + 1):
        settlement, had = _settled(scheme, months[:k], had)
    return replace(settlement, facts_hash=facts.digest())


@dataclass(frozen=True, slots=True)
class _Had:
    """What the earlier months settled together came to."""

    earned: Mapping[tuple[str, str], float] = field(default_factory=dict)
    gated: Mapping[str, float] = field(default_factory=dict)
    capped: Mapping[str, float] = field(default_factory=dict)
    cents: Mapping[str, int] = field(default_factory=dict)


def _settled(
    scheme: Scheme, months: Sequence[Facts], had: _Had
) -> tuple[Settlement, _Had]:
    """Settle the last of some months, the others having come to what they had."""
    from orebook.reward.scheme import ORDER

    facts = months[-1]
    fund = _fund(scheme, facts)
    drafts = _drafts(scheme, months, fund, had)
    capped = {draft.team: draft.capped_before + draft.capped for draft in drafts}
    fines = apportion(
        {name: -value for name, value in capped.items() if value < 0},
        down=scheme.rounding == "down",
    )
    fined = sum(fines.values())
    pool = _pool(scheme, fund, capped=capped, fines=fined, months=len(months))
    pays = _pays(scheme, pool, capped)
    so_far = dict.fromkeys(capped, 0) | pays | {n: -fine for n, fine in fines.items()}
    cents = {}
    for draft in drafts:
        more = so_far[draft.team] - had.cents.get(draft.team, 0)
        cents[draft.team] = min(more, 0) if draft.vetoed else more
    results = {
        team.id: _result(
            scheme,
            team,
            draft.finished(pool, cents[team.id], had.cents.get(team.id, 0)),
        )
        for team, draft in zip(scheme.teams, drafts, strict=True)
    }
    settlement = Settlement(
        scheme=scheme.id,
        period=facts.period,
        scheme_hash=sha256(scheme.model_dump_json().encode()).hexdigest(),
        facts_hash="",
        order=ORDER,
        teams=results,
        pool=_balance(scheme, pool, cents, had.cents),
        factor=pool.factor,
    )
    return settlement, _Had(
        earned={(d.team, m.id): m.pay + m.earlier for d in drafts for m in d.measures},
        gated={d.team: d.gated_before + d.gated for d in drafts},
        capped={d.team: d.capped_before + d.capped for d in drafts},
        cents={name: had.cents.get(name, 0) + more for name, more in cents.items()},
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
    return adjusted(
        {team: result.amount for team, result in before.teams.items()},
        {team: result.amount for team, result in after.teams.items()},
        clawback=scheme.clawback,
    )


def adjusted(
    before: Mapping[str, Decimal], after: Mapping[str, Decimal], *, clawback: bool
) -> dict[str, Decimal]:
    """Return what each team gets beside what it had; below zero it gives back.

    Parameters
    ----------
    before, after : mapping of str to Decimal
        Amounts by team; a team without one had nothing [CNY].
    clawback : bool
        Whether money is taken back.

    Examples
    --------
    >>> adjusted({"a": Decimal(10)}, {"a": Decimal(7)}, clawback=True)
    {'a': Decimal('-3.00')}
    """
    none = Decimal("0.00")
    change = {
        team: after.get(team, none) - before.get(team, none) + none
        for team in dict.fromkeys((*before, *after))
    }
    if clawback:
        return change
    return {team: max(value, none) for team, value in change.items()}


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
    months: int = 1
    gated_before: float = 0.0
    capped_before: float = 0.0
    earned: float = 0.0
    deducted: float = 0.0
    gated: float = 0.0
    capped: float = 0.0

    def __post_init__(self) -> None:
        self.earned = fsum(m.pay for m in self.measures)
        self.deducted = self.earned - fsum(g.deduction for g in self.gates)
        factor = 1.0
        for gate in self.gates:
            factor *= gate.factor
        self.gated = scaled(self.deducted, factor)
        if self.vetoed:
            self.gated = min(self.gated, 0.0)
            self.floor = None if self.floor is None else min(self.floor, 0.0)
        so_far = bounded(self.gated_before + self.gated, self.floor, self.cap)
        self.capped = so_far - self.capped_before

    @property
    def vetoed(self) -> bool:
        return any(gate.effect == "veto" for gate in self.gates)

    def finished(self, pool: PoolStep, cents: int, before: int) -> TeamSteps:
        had = float(decimal(before))
        pooled = scaled(self.capped_before + self.capped, pool.factor) - had
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
            pooled=min(pooled, 0.0) if self.vetoed else pooled,
            amount=float(decimal(cents)),
            months=self.months,
            gated_before=self.gated_before,
            capped_before=self.capped_before,
            paid_before=had,
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


def _drafts(
    scheme: Scheme, months: Sequence[Facts], fund: FundStep, had: _Had
) -> list[_Draft]:
    bases = {
        team.id: (fund.amount * share, share)
        for team, share in zip(scheme.teams, scheme.shares(), strict=True)
    }
    plain = {name: base for name, (base, _) in bases.items()}
    measured = _measured(scheme, months, plain, had.earned)
    counted = [(gate, months[-1].counted(gate.incident)) for gate in scheme.gates]
    return [
        _Draft(
            scheme=scheme.id,
            period=months[-1].period,
            team=name,
            fund=fund,
            share=share,
            measures=tuple(measured[name]),
            gates=_gates(counted, name, base),
            floor=_times(scheme.limits.floor, base * len(months)),
            cap=_times(scheme.limits.cap, base * len(months)),
            months=len(months),
            gated_before=had.gated.get(name, 0.0),
            capped_before=had.capped.get(name, 0.0),
        )
        for name, (base, share) in bases.items()
    ]


def _times(multiple: float | None, base: float) -> float | None:
    return None if multiple is None else multiple * base


def _months(scheme: Scheme, facts: Facts) -> tuple[Facts, ...]:
    """Return the months settled together, this one last."""
    if scheme.settle_over == "month":
        return (facts,)
    return (*(replace(f, earlier=()) for f in facts.earlier), facts)


def _measured(
    scheme: Scheme,
    months: Sequence[Facts],
    bases: Mapping[str, float],
    earlier: Mapping[tuple[str, str], float],
) -> dict[str, list[MeasureStep]]:
    """Evaluate each measure for all its teams at once."""
    steps: dict[str, list[MeasureStep]] = {name: [] for name in bases}
    values = _values(scheme, months)
    for measure in scheme.measures:
        names = [n for n in bases if not measure.teams or n in measure.teams]
        for name, step in zip(names, _steps(measure, names, values), strict=True):
            base = bases[name] if step.fund_based else 1.0
            had = earlier.get((name, measure.id), 0.0)
            whole = base * measure.weight * step.payout * len(months)
            driver = months[-1].values[name, measure.id].driver
            fact = values[name, measure.id]
            share = 1 / len(months) if fact.sums else driver / fact.driver
            steps[name].append(
                replace(
                    step,
                    base=base,
                    pay=whole - had,
                    months=len(months),
                    share=share if len(months) > 1 else 1.0,
                    earlier=had,
                )
            )
    return steps


def _values(
    scheme: Scheme, months: Sequence[Facts]
) -> dict[tuple[str, str], MeasureFact]:
    """Return the value of each measure of each team, over the months together."""
    keys = [(t.id, m.id) for t in scheme.teams for m in scheme.measures_of(t.id)]
    return {key: year_to_date([f.values[key] for f in months]) for key in keys}


def _steps(
    measure: Measure,
    names: Sequence[str],
    values: Mapping[tuple[str, str], MeasureFact],
) -> list[MeasureStep]:
    """Take a measure of some teams from value to payout; base and pay come later."""
    facts = [values[name, measure.id] for name in names]
    targets = [target_of(measure, name, values) for name in names]
    way, target = (measure.attainment, measure.direction), np.array(targets)
    actual = np.array([fact.actual for fact in facts])
    reached = attainment(actual, target, way=way, measure=measure.id)
    curves = _curves(measure, facts, targets)
    payouts = curves[0].value(reached) if curves and not measure.truthful else None
    return [
        MeasureStep(
            id=measure.id,
            name=measure.name,
            name_en=measure.name_en,
            unit=measure.unit,
            way=way,
            actual=fact.actual,
            target=targets[k],
            attainment=float(reached[k]),
            payout=float(
                curves[k].value(reached[k]) if payouts is None else payouts[k]
            ),
            curve=curves[k],
            weight=measure.weight,
            base=1.0,
            fund_based=measure.pays == "share",
            pay=0.0,
            evidence=fact.evidence,
            report=fact.report if measure.reads_report else None,
            notes=fact.notes,
            worth=0.0 if fact.sums else fact.worth,
            covers=fact.covers,
        )
        for k, fact in enumerate(facts)
    ]


def _curves(
    measure: Measure, facts: Sequence[MeasureFact], targets: Sequence[float]
) -> list[Curve]:
    """Return the payout curve of each team; one for all unless reports are read."""
    if not measure.truthful:
        return [measure.curve_built()] * len(facts)
    way = (measure.attainment, measure.direction)
    curves = []
    for fact, target in zip(facts, targets, strict=True):
        report = None
        if fact.report is not None:
            pair = np.array([fact.report]), np.array([target])
            report = float(attainment(*pair, way=way, measure=measure.id)[0])
        curves.append(measure.curve_built(report))
    return curves


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
    scheme: Scheme,
    fund: FundStep,
    *,
    capped: Mapping[str, float],
    fines: int,
    months: int,
) -> PoolStep:
    """Return the pool of the months settled together."""
    positive = fsum(value for value in capped.values() if value > 0)
    penalties = -fsum(value for value in capped.values() if value < 0)
    rule = scheme.pool
    if rule.unlimited:
        return PoolStep(None, positive, penalties, 1.0)
    own = (rule.of_fund or 0.0) * fund.amount if rule.amount is None else rule.amount
    # Whole cents, so that no rounding of a payment can exceed the limit.
    limit = float(decimal(months * whole(own) + _used(scheme, fines)))
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


def _balance(
    scheme: Scheme, pool: PoolStep, cents: Mapping[str, int], had: Mapping[str, int]
) -> PoolBalance:
    """Return the balance of a month; over a year what is taken back is paid again."""
    paid = sum(c for c in cents.values() if c > 0)
    fines = -sum(c for c in cents.values() if c < 0)
    used = fines if had else _used(scheme, fines)
    if pool.limit is None:
        available = paid - used
    else:
        owed = -sum(min(had.get(name, 0) + c, 0) for name, c in cents.items())
        available = whole(pool.limit) - _used(scheme, owed) - sum(had.values())
    return PoolBalance(
        limit=decimal(available),
        penalties_used=decimal(used),
        paid_out=decimal(paid),
        reserve=decimal(available + used - paid),
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
