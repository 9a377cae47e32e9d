"""Demand charges in the variance: exact for every centre, told as volume and shape."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orebook.chain.calendar import horizon, period
from orebook.evaluate.journal import balances, journal, settle_market
from orebook.evaluate.variance import variance
from orebook.plan.accounts import Month, group_margin, lines
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.network import Network, network
from tests.plan.works import bought, charge, load, smelter

DRAWN = {"peak": 24_000.0, "valley": 48_000.0}


@pytest.fixture(scope="module")
def made() -> tuple[Network, Plan]:
    """Return a plan with a demand charge and a contract with a deviation price."""
    term = bought(
        "valley", 260.0, max="20 GWh/month", take_or_pay="18 GWh/month",
        shortfall_price="40 CNY/MWh",
    ).model_copy(update={"id": "term"})  # fmt: skip
    both = charge().model_copy(
        update={"purchases": ["grid-peak", "grid-valley", "term"]}
    )
    chain = smelter(load("load_profile"), purchases=(term,), charges=(both,))
    net = network(chain)
    known = conditions(chain, horizon(period("2026-04"), 1), known_until=None)
    return net, make_plan(net, known)


def drawn(plan: Plan, peak: float, valley: float, **more: dict[str, float]) -> Month:
    """Return a month in which the bands were drawn otherwise, all balances closed."""
    month = plan.month()
    total = peak + valley
    term = min(15_000.0, valley)
    amounts = dict(month.amounts) | {
        "load.peak": peak, "load.valley": valley, "load.power": total,
        "buy:grid-peak": peak, "buy:grid-valley": valley - term, "buy:term": term,
        "pots.power": total, "pots.metal": 0.099 * total,
        "sell:metal-sale:metal": 0.099 * total,
    }  # fmt: skip
    duties = {"load:power": total, "pots:power": total}
    market = dict(month.market) | {"buy:grid-peak": 730.0}
    costs = more.get("costs", {})
    return replace(
        month, amounts=amounts, duties=duties, market=market, costs=costs, demand={}
    )


def effects(found: object, name: str) -> dict[str, float]:
    """Return the effects on one subject."""
    return {e.effect: e.amount for e in found.details if e.subject == name}


@pytest.mark.parametrize(
    ("peak", "valley"), [(24_000.0, 48_000.0), (26_000.0, 45_000.0), (0.0, 60_000.0)]
)
def test_the_variance_of_a_month_is_exact(
    made: tuple[Network, Plan], peak: float, valley: float
) -> None:
    net, plan = made
    prices, actual = plan.prices_of(), drawn(plan, peak, valley)
    found = variance(net, prices, plan=plan.month(), actual=actual, fed={})
    for row in found.centres:
        total = row.plan + sum(row.effects.values())
        assert total == pytest.approx(row.actual, abs=0.01)
    after = lines(net, actual, prices)
    assert found.total().actual == pytest.approx(group_margin(after), abs=0.01)
    assert sum(balances(journal(after)).values()) == 0
    settled = settle_market(journal(after), plan.rent_by_centre())
    inside = sum(c.margin + c.rent for c in settled.centres)
    assert inside + settled.elimination == settled.group


def test_more_load_in_all_bands_is_volume_another_shape_is_mix(
    made: tuple[Network, Plan],
) -> None:
    """10 % more in both bands: 10 MW at 38 CNY/kW. The same energy in the peak: mix."""
    net, plan = made
    base = plan.month()
    level = drawn(plan, 1.1 * DRAWN["peak"], 1.1 * DRAWN["valley"])
    amounts = {k: 1.1 * v for k, v in base.amounts.items()}
    level = replace(level, amounts=amounts)
    prices = plan.prices_of()
    found = variance(net, prices, plan=base, actual=level, fed={})
    told = effects(found, "demand:demand")
    assert told["volume"] == pytest.approx(-38 * 10_000)
    assert told.get("mix", 0.0) == pytest.approx(0.0, abs=1e-6)
    shape = dict(base.amounts)
    shape["buy:grid-peak"] += 2_400.0
    shape["buy:grid-valley"] -= 2_400.0
    found = variance(
        net, prices, plan=base, actual=replace(base, amounts=shape, demand={}), fed={}
    )
    told = effects(found, "demand:demand")
    assert told["mix"] == pytest.approx(-38 * 10_000)
    assert told.get("volume", 0.0) == pytest.approx(0.0, abs=1e-6)


def test_a_bill_that_differs_from_the_load_is_spending(
    made: tuple[Network, Plan],
) -> None:
    """The grid bills 4.0 MCNY where the loads give 3.8: 0.2 MCNY of spending."""
    net, plan = made
    month = drawn(plan, **DRAWN, costs={"demand": 4_000_000.0})
    found = variance(net, plan.prices_of(), plan=plan.month(), actual=month, fed={})
    assert effects(found, "demand")["spending"] == pytest.approx(-200_000)
    grid = next(c for c in found.centres if c.centre == "grid")
    assert grid.plan + sum(grid.effects.values()) == pytest.approx(
        grid.actual, abs=0.01
    )


def test_the_load_of_another_day_moves_the_bill_of_this_one(
    made: tuple[Network, Plan],
) -> None:
    """A planned day that is billed for the highest of its month stays exact."""
    net, plan = made
    before = replace(plan.month(), demand={"demand": 120_000.0})
    actual = drawn(plan, **DRAWN)
    found = variance(net, plan.prices_of(), plan=before, actual=actual, fed={})
    for row in found.centres:
        assert row.plan + sum(row.effects.values()) == pytest.approx(
            row.actual, abs=0.01
        )
    assert effects(found, "demand:demand")["volume"] == pytest.approx(38 * 20_000)
