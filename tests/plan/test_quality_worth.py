"""Money per percent against plans solved again with the quality shifted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebook.plan.quality_worth import POINT, QualityWorth, quality_worths
from orebook.plan.replan import stand
from orebook.plan.result import Plan
from orebook.process.network import network
from tests.plan.chains import V3_FACTORS
from tests.plan.chains import chain8 as chain8_book
from tests.plan.examples import edited, example_chain, example_plan

MONTHS = 3


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Return three months of the example group."""
    return example_plan(MONTHS)


@pytest.fixture(scope="module")
def worths(plan: Plan) -> tuple[QualityWorth, ...]:
    return quality_worths(plan)


def replanned(plan: Plan, q: QualityWorth, shift: float) -> float:
    """Return the margin if one content of the first month were another [CNY]."""
    value = np.full(MONTHS, q.value)
    value[0] += shift
    content = {q.subject: {q.of: {q.component: value}}}
    known = replace(plan.assembly.conditions, content=content)
    return stand(plan.network, known).margin


PAIRS = (
    ("pr-slurry", "ore-waf", "Al2O3_g"),
    ("pr-slurry", "ore-waf", "SiO2_r"),
    ("sc-slurry", "washed-c", "SiO2"),
    ("re-group", "chloride-midy", "Dy"),
    ("mr-wash-2", "rom-b", "Fines"),
    ("pr-chp", "coal-import", "energy"),
    ("sc-alloy", "metal-1", "Fe"),
)


@pytest.mark.parametrize(("unit", "material", "component"), PAIRS)
def test_feeds_against_replans_with_the_quality_shifted(
    plan: Plan, worths, unit: str, material: str, component: str
) -> None:
    """The rate lies between the one-sided differences of two plans, within 1e-3.

    Both differences are of a step of 1e-4 of the content; they differ only by the
    curvature over that step.
    """
    q = next(
        x
        for x in worths
        if (x.kind, x.subject, x.of, x.component) == ("feed", unit, material, component)
    )
    step = 1e-4 * max(q.value, 0.01)
    up = (replanned(plan, q, step) - plan.margin) / step * q.step
    down = (plan.margin - replanned(plan, q, -step)) / step * q.step
    room = 1e-3 * abs(q.money) + 1e-2
    assert min(up, down) - room <= q.money <= max(up, down) + room
    assert abs(up - down) <= 0.05 * abs(q.money) + 1.0


def test_a_limit_on_the_feed_against_replans_with_the_limit_moved(plan, worths) -> None:
    """pr-slurry may take SiO2 up to 2.9 %: a little more is worth what is said."""
    q = next(x for x in worths if x.kind == "feed_limit" and x.subject == "sc-alloy")
    assert q.value == pytest.approx(0.00105)
    step = 1e-7
    chain, sides = example_chain(), []
    for shift in (step, -step):
        limits = [{"of": "Fe", "max": q.value + shift}]
        moved = edited(chain, "units", "sc-alloy", feed_limits=limits)
        made = stand(network(moved), plan.assembly.conditions)
        sides.append((made.margin - plan.margin) / shift * q.step)
    # The limit holds in all three months, the figure is that of the first.
    total = sum(
        x.money
        for t in range(MONTHS)
        for x in quality_worths(plan, t)
        if (x.kind, x.subject) == ("feed_limit", "sc-alloy")
    )
    assert min(sides) * (1 - 1e-3) <= total <= max(sides) * (1 + 1e-3)


def test_a_promised_quality_against_replans_with_the_promise_moved(
    plan, worths
) -> None:
    q = next(x for x in worths if x.kind == "spec" and x.subject == "sc-ingot-premium")
    side = q.of.rpartition(" ")[2]
    sale = next(s for s in example_chain().sales if s.id == q.subject)
    step, sides = 1e-7, []
    for shift in (step, -step):
        spec = [
            limit
            if limit.of != q.component
            else {"of": limit.of, side: q.value + shift * (1 if side == "max" else -1)}
            for limit in sale.spec
        ]
        moved = edited(example_chain(), "sales", q.subject, spec=spec)
        made = stand(network(moved), plan.assembly.conditions)
        sides.append((made.margin - plan.margin) / shift * q.step)
    total = sum(
        x.money
        for t in range(MONTHS)
        for x in quality_worths(plan, t)
        if (x.kind, x.subject, x.of) == ("spec", q.subject, q.of)
    )
    room = 1e-3 * abs(total)
    assert min(sides) - room <= total <= max(sides) + room


def test_looser_limits_never_lose_and_steps_are_stated(worths) -> None:
    for q in worths:
        if q.kind in ("feed_limit", "spec"):
            assert q.money > 0.0
        assert q.step in (POINT, POINT / 100.0, 1.0)
        assert q.per == ("1" if q.step == 1.0 else f"{100 * q.step:g} %")
    sizes = [abs(q.money) for q in worths]
    assert sizes == sorted(sizes, reverse=True)


def test_a_chain_without_qualities_has_none() -> None:
    from orebook.chain.calendar import horizon, period
    from orebook.plan.conditions import conditions

    chain = chain8_book(V3_FACTORS)
    known = conditions(chain, horizon(period("2026-W01"), 1), known_until=None)
    assert quality_worths(stand(network(chain), known)) == ()
