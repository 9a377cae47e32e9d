"""Variance and fair target where a unit is fed with a mix the plan has chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebook.evaluate.fair import fair_flows, fed_or_mixed
from orebook.evaluate.variance import EFFECTS, variance
from orebook.plan.accounts import Month, group_margin, lines
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from tests.plan.pools.books import planned
from tests.plan.pools.test_book_pools import works

UNIT = "plant1"


def month_done(plan: Plan, *, silica: float, waste: float = 1.0) -> Month:
    """Return a month as planned, but for the silica fed and the caustic wasted."""
    month = plan.month()
    mix = {**plan.assays()[UNIT]["blend"], "SiO2": silica}
    duty = {"blend": month.duties[f"{UNIT}:blend"]}
    fair = fair_flows(plan.network, UNIT, duty, {UNIT: {"blend": mix}})
    amounts = dict(month.amounts)
    used = -fair["caustic"] * waste
    amounts["buy:buy-caustic"] += used - amounts[f"{UNIT}.caustic"]
    amounts[f"{UNIT}.caustic"] = used
    return replace(month, amounts=amounts)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(*planned(works(mixed=True, users=2)))


def explained(plan: Plan, month: Month, fed: dict) -> dict[str, float]:
    found = variance(
        plan.network,
        plan.prices_of(),
        plan=plan.month(),
        actual=month,
        fed=fed,
        mixes=plan.assays(),
    )
    for row in (*found.centres, found.total()):
        total = row.plan + sum(row.effects.values())
        assert total == pytest.approx(row.actual, abs=0.01)
    margin = group_margin(lines(plan.network, month, plan.prices_of()))
    assert found.total().actual == pytest.approx(margin, abs=0.01)
    return dict(found.total().effects)


def test_as_planned_and_nothing_measured_there_is_nothing_to_explain(plan) -> None:
    """Without an assay of the mix the plan's composition stands for it."""
    effects = explained(plan, plan.month(), {})
    assert {e: round(effects[e], 2) for e in EFFECTS} == dict.fromkeys(EFFECTS, 0.0)


def test_the_mix_as_planned_is_no_variance_of_feed_quality(plan) -> None:
    """Measured as mixed: the book's nominal assay of the blend does not matter."""
    nominal = plan.network.chain.material["blend"].assay["SiO2"]
    mixed = plan.assays()[UNIT]["blend"]["SiO2"]
    assert abs(nominal - mixed) > 1e-4  # the nominal assay would tell another story
    fed = {UNIT: {"blend": {"SiO2": mixed}}}
    assert explained(plan, plan.month(), fed)["feed_quality"] == pytest.approx(
        0, abs=0.01
    )


def test_worse_feed_and_waste_are_told_apart(plan) -> None:
    """One point more silica at 8 kg/t and 2 % waste, both at the price of caustic."""
    mixed = plan.assays()[UNIT]["blend"]["SiO2"]
    silica = mixed + 0.01
    month = month_done(plan, silica=silica, waste=1.02)
    effects = explained(plan, month, {UNIT: {"blend": {"SiO2": silica}}})
    fed = month.duties[f"{UNIT}:blend"]
    price = plan.price_of()[plan.network.stream[f"{UNIT}.caustic"].balance]
    assert effects["feed_quality"] == pytest.approx(-fed * 0.008 * price, rel=1e-6)
    used = month.amounts[f"{UNIT}.caustic"]
    assert effects["efficiency"] == pytest.approx(-used * (1 - 1 / 1.02) * price)


def test_measured_components_win_over_planned_ones() -> None:
    """What nobody measured keeps the plan's value."""
    found = fed_or_mixed(
        {"a": {"x": {"S": 0.1, "C": 0.2}}}, {"a": {"x": {"S": 0.3}}, "b": {"y": {}}}
    )
    assert found == {"a": {"x": {"S": 0.3, "C": 0.2}}, "b": {"y": {}}}
    assert np.isfinite(found["a"]["x"]["S"])
