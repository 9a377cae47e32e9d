"""Journal, market and variance of a month: exact to the cent, for every centre."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.evaluate.fair import assay_doubt, fair_flows
from orebook.evaluate.hindsight import hindsight
from orebook.evaluate.journal import OUTSIDE, balances, journal, settle_market
from orebook.evaluate.variance import EFFECTS, variance
from orebook.plan.accounts import group_margin, lines
from orebook.process.network import network
from orebook.process.registry import kind
from tests.evaluate.months import closed_month, plan_of_chain8, real_month

SEEDS = st.integers(0, 10_000)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_every_variance_line_sums(seed: int) -> None:
    """Plan + effects = actual for every centre and the group, to 0.01 CNY."""
    plan = plan_of_chain8()
    month = real_month(plan, seed=seed)
    found = variance(
        plan.network, plan.prices_of(), plan=plan.month(), actual=month, fed={}
    )
    for row in (*found.centres, found.total()):
        assert row.plan + sum(row.effects.values()) == pytest.approx(
            row.actual, abs=0.01
        )
    margin = group_margin(lines(plan.network, month, plan.prices_of()))
    assert found.total().actual == pytest.approx(margin, abs=0.01)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_the_journal_sums_to_zero_and_the_market_closes(seed: int) -> None:
    """Debits equal credits; centres + rents + elimination = group, in whole cents."""
    plan = plan_of_chain8()
    month = real_month(plan, seed=seed)
    rows = lines(plan.network, month, plan.prices_of())
    postings = journal(rows)
    held = balances(postings)
    assert sum(held.values()) == 0
    result = settle_market(postings, plan.rent_by_centre())
    total = sum(c.margin + c.rent for c in result.centres) + result.elimination
    assert total == result.group
    assert result.group == pytest.approx(100 * group_margin(rows), abs=len(rows))
    assert abs(result.elimination) <= len(rows)


def test_reversing_time_turns_every_effect_round() -> None:
    """From actual back to plan each effect has the opposite sign: order-free."""
    plan = plan_of_chain8()
    a, b = plan.month(), real_month(plan, seed=3)
    # With efficient units only; efficiency is measured against the later case.
    b = replace(b, amounts=_efficient(plan, b))
    price = plan.prices_of()
    there = variance(plan.network, price, plan=a, actual=b, fed={}).total()
    back = variance(plan.network, price, plan=b, actual=a, fed={}).total()
    for effect in EFFECTS:
        assert there.effects[effect] == pytest.approx(-back.effects[effect], abs=0.01)


def _efficient(plan, month):
    amounts = dict(month.amounts)
    for unit in plan.network.chain.units:
        names = [d.name for d in plan.network.processes[unit.id].duties]
        duty = {n: month.duties[f"{unit.id}:{n}"] for n in names}
        flows = fair_flows(plan.network, unit.id, duty, {})
        for s in plan.network.of(unit.id):
            amounts[s.id] = flows[s.port] * s.sign
    return amounts


def test_at_the_plan_nothing_varies_and_margins_are_rents() -> None:
    """A month as planned: no effect, and each centre earned just its rent."""
    plan = plan_of_chain8()
    found = variance(
        plan.network, plan.prices_of(), plan=plan.month(), actual=plan.month(), fed={}
    )
    for row in found.centres:
        assert all(abs(v) < 0.01 for v in row.effects.values())
    rows = lines(plan.network, plan.month(), plan.prices_of())
    result = settle_market(journal(rows), plan.rent_by_centre())
    for c in result.centres:
        assert abs(c.margin) <= 10, c


def test_only_contracts_feel_the_market_price() -> None:
    """A price shock at constant quantities is a market effect of the trade centre."""
    plan = plan_of_chain8()
    month = plan.month()
    shocked = {k: v * 1.1 for k, v in month.market.items()}
    found = variance(
        plan.network,
        plan.prices_of(),
        plan=month,
        actual=replace(month, market=shocked),
        fed={},
    )
    total = found.total()
    assert total.effects["market_price"] == pytest.approx(
        total.actual - total.plan, abs=0.01
    )
    felt = {c.centre for c in found.centres if abs(c.effects["market_price"]) > 0.01}
    assert felt == {"trade"}


def test_wasted_power_is_the_smelters_efficiency() -> None:
    """1,000 MWh too much in the smelter costs it 1,000 x 430 CNY, nobody else."""
    plan = plan_of_chain8()
    month = plan.month()
    amounts = dict(month.amounts)
    amounts["smelt.power"] += 1000.0
    amounts["buy:power"] += 1000.0
    found = variance(
        plan.network,
        plan.prices_of(),
        plan=month,
        actual=replace(month, amounts=amounts),
        fed={},
    )
    effects = {c.centre: c.effects["efficiency"] for c in found.centres}
    assert effects["smelt"] == pytest.approx(-430_000.0, abs=0.01)
    assert sum(abs(v) for v in effects.values()) == pytest.approx(430_000.0, abs=0.02)


def test_hindsight_splits_the_group_margin() -> None:
    """Market + not re-planned + execution = actual - plan, nothing beats the best."""
    plan = plan_of_chain8()
    month = real_month(plan, seed=5)
    found = hindsight(plan, closed_month(plan, month))
    assert found.market + found.not_replanned + found.execution == pytest.approx(
        found.actual - found.plan, abs=0.01
    )
    assert found.optimum >= found.plan_at_actual - 0.01
    assert found.actual == pytest.approx(
        group_margin(lines(plan.network, month, plan.prices_of())), abs=0.01
    )


def test_hindsight_of_a_month_as_planned_is_nothing() -> None:
    """Same prices, same stocks, same plan: no market effect, nothing to re-plan."""
    plan = plan_of_chain8()
    found = hindsight(plan, closed_month(plan, plan.month()))
    assert found.market == pytest.approx(0.0, abs=1.0)
    assert found.not_replanned == pytest.approx(0.0, abs=1.0)
    assert found.execution == pytest.approx(0.0, abs=1.0)


def test_hindsight_follows_a_plan_through_an_outage() -> None:
    """Half a smelter lost: the plan is followed as far as it goes."""
    plan = plan_of_chain8()
    month = replace(closed_month(plan, plan.month()), availability={"smelt": 0.5})
    found = hindsight(plan, month)
    assert found.market < -1e6
    assert np.isfinite(found.plan_at_actual)


def test_outside_pays_the_group() -> None:
    """What the outside world paid net, plus the stock change, is the group's margin."""
    plan = plan_of_chain8()
    postings = journal(plan.lines())
    held = balances(postings)
    result = settle_market(postings, {})
    assert result.group == -held[OUTSIDE] - held.get("inventory", 0)


def test_an_effect_carries_the_doubt_of_its_meter() -> None:
    """430,000 CNY of waste read with 2,000 MWh of doubt is no proof; with 200 it is."""
    plan = plan_of_chain8()
    month = plan.month()
    amounts = dict(month.amounts)
    amounts["smelt.power"] += 1000.0
    amounts["buy:power"] += 1000.0
    actual = replace(month, amounts=amounts)
    for sd, certain in ((2000.0, False), (200.0, True)):
        found = variance(
            plan.network,
            plan.prices_of(),
            plan=month,
            actual=actual,
            fed={},
            doubt={"smelt.power": sd},
        )
        waste = next(e for e in found.details if e.amount < -400_000)
        assert waste.doubt == pytest.approx(430.0 * sd)
        assert waste.certain is certain


def test_a_coarse_assay_leaves_the_fair_target_open() -> None:
    """Ore at 48 % +- 0.5 %: yields that follow the assay are in doubt by as much."""
    chain = kind("recipe").example()
    net = network(chain)
    fed = {"example": {"bauxite": {"SiO2": 0.03}}}
    sd = {"example": {"bauxite": {"SiO2": 0.002}}}
    doubt = assay_doubt(net, "example", duty={"bauxite": 1000.0}, fed=fed, sd=sd)
    # 8 kg of caustic per tonne and per 1 % of silica, 0.2 % of silica, 1000 t of ore.
    assert doubt["caustic"] == pytest.approx(8.0e-3 * 0.2 * 1000.0)
    assert doubt["alumina"] == 0.0
    assert assay_doubt(net, "example", duty={"bauxite": 1.0}, fed=fed, sd={}) == {}
