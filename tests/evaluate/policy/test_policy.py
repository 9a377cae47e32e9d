"""Price policies: each method by hand, the group's margin untouched by all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chain.chain import Balance
from orebook.errors import InputError
from orebook.evaluate.policy.basis import Basis, Collar, basis_from, basis_of
from orebook.evaluate.policy.read import policy_called
from orebook.evaluate.policy.revalue import difference, plan_set, revalue, value_month
from orebook.evaluate.policy.rules import PricePolicy
from orebook.evaluate.policy.terms import beyond_band
from orebook.evaluate.policy.value import PolicyPrices, Priced, price
from orebook.evaluate.variance import variance
from orebook.plan.accounts import Month, group_margin, lines, margin_by_centre
from tests.report.months import closed, plan_of_group

ALUMINA = Balance("alumina", "p")
POWER = Balance("power", "p")
HYDRATE = Balance("hydrate", "p")


@cache
def basis() -> Basis:
    return basis_of(plan_of_group())


@cache
def real() -> Month:
    return closed(plan_of_group(), seed=3).month()


def policy(*rules: dict[str, object], **parts: object) -> PricePolicy:
    stated = [{"id": f"r{k}", "source": "test"} | r for k, r in enumerate(rules)]
    head = {"id": "t", "name": "试", "name_en": "test", "valid_from": date(2026, 1, 1),
            "valid_to": date(2026, 12, 31), "approved_by": ["committee"]}  # fmt: skip
    return PricePolicy.model_validate(head | {"prices": stated} | parts)


def priced(*rules: dict[str, object], **parts: object) -> PolicyPrices:
    return price(plan_of_group().network, policy(*rules, **parts), basis())


def row(made: PolicyPrices, balance: Balance) -> Priced:
    return next(r for r in made.rows if r.balance == balance)


def only(good: str, method: str, **more: object) -> Priced:
    made = priced({"goods": [f"{good}@p"], "method": method, **more})
    return row(made, Balance(good, "p"))


def test_without_a_rule_every_price_is_the_plan_s() -> None:
    plan = plan_of_group()
    made = price(plan.network, plan_set(), basis())
    assert dict(made.prices.internal) == plan.price_of(0)
    assert dict(made.prices.closing) == dict(plan.prices_of(0).closing)
    assert made.prices.credit == {}
    assert made.prices.terms == ()


def test_market_is_the_mean_of_what_is_bought_and_sold_at() -> None:
    market = basis().planned.market
    assert only("coal", "market").charge == market["buy:coal"]
    less = only("coal", "market-minus", less="20 CNY/t")
    assert less.charge == pytest.approx(market["buy:coal"] - 20.0)


def test_the_collar_holds_a_bottleneck_s_price() -> None:
    """evaluation.md 2.1, remedy 1: 5331.25 where the refinery is the bottleneck."""
    assert Collar(2700.0, 3000.0).hold(5331.25) == 3000.0
    assert Collar(2700.0, 3000.0).hold(1598.0) == 2700.0
    assert Collar(None, None).hold(1598.0) == 1598.0
    assert Collar(3000.0, 2700.0).hold(1598.0) == 1598.0  # crossed: holds nothing


def test_a_stated_floor_and_ceiling_replace_the_market() -> None:
    dual = basis().prices.internal[ALUMINA]
    high = only("alumina", "collared", floor=f"{dual + 10!r} CNY/t")
    assert high.charge == pytest.approx(dual + 10.0)
    low = only("alumina", "collared", ceiling=f"{dual - 10!r} CNY/t")
    assert low.charge == pytest.approx(dual - 10.0)
    assert "below the dual interval" in low.note


def test_a_standard_price_loses_its_vat() -> None:
    found = only("alumina", "standard", value="3390 CNY/t", vat="included")
    assert found.charge == pytest.approx(3000.0)
    assert found.vat == "included"


def test_cost_plus_is_the_cost_of_the_maker_at_the_prices_it_pays() -> None:
    """Hydrate from precip: every input at its price, by-products off, per tonne."""
    net, month = plan_of_group().network, basis().planned
    internal = basis().prices.internal
    made = month.amounts["precip.hydrate"]
    own = -sum(
        r.amount for r in lines(net, month, basis().prices)
        if r.account == "variable_cost" and r.subject.startswith("precip:")
    )  # fmt: skip
    for s in net.of("precip"):
        if s.balance != HYDRATE:
            own -= s.sign * month.amounts[s.id] * internal[s.balance]
    plain = only("hydrate", "cost-plus")
    assert plain.charge == pytest.approx(own / made, rel=1e-12)
    more = only("hydrate", "cost-plus", markup="10 %")
    assert more.charge == pytest.approx(1.1 * own / made, rel=1e-12)


def test_goods_at_cost_that_use_each_other_are_solved_together() -> None:
    """At cost of goods only, the makers of them keep exactly nothing."""
    made = priced(
        {"goods": ["hydrate@p", "liquor@p", "slurry@p"], "method": "cost-plus"}
    )
    net, month = plan_of_group().network, basis().planned
    for unit in ("precip", "digest", "slurry_prep"):
        kept = sum(
            r.amount for r in lines(net, month, made.prices)
            if r.subject.startswith((f"{unit}.", f"{unit}:"))
        )  # fmt: skip
        assert kept == pytest.approx(0.0, abs=1e-3)


def test_full_cost_carries_the_fixed_cost_of_the_centre() -> None:
    variable, full = only("aluminium", "cost-plus"), only("aluminium", "full-cost")
    made = basis().planned.amounts["smelt.aluminium"]
    assert (full.charge - variable.charge) * made == pytest.approx(11e6, rel=1e-9)


def test_a_dual_rate_leaves_its_difference_in_the_elimination_account() -> None:
    dual = basis().prices.internal[POWER]
    made = priced({
        "goods": ["power@p"], "method": "dual-rate",
        "credit": {"method": "standard", "value": f"{dual + 12!r} CNY/MWh"},
        "charge": {"method": "dual"},
    })  # fmt: skip
    net = plan_of_group().network
    supplied = sum(real().amounts[s.id] for s in net.streams
                   if s.balance == POWER and s.sign > 0)  # fmt: skip
    valued = value_month(net, real(), made)
    assert valued.difference == pytest.approx(12.0 * supplied, rel=1e-12)
    before = value_month(net, real(), price(net, plan_set(), basis()))
    assert valued.market.group == before.market.group
    moved = valued.market.elimination - before.market.elimination
    assert moved == pytest.approx(-100.0 * valued.difference, abs=200.0)
    assert difference(net, real(), made.prices) == valued.difference


def test_a_market_that_moves_beyond_the_trigger_is_followed_and_both_are_kept() -> None:
    rule = {"goods": ["coal@p"], "method": "market", "trigger": "5 %"}
    market = dict(basis().planned.market)
    was = market["buy:coal"]
    for share, follows in ((1.04, False), (1.06, True)):
        market["buy:coal"] = share * was
        net = plan_of_group().network
        found = row(price(net, policy(rule), basis(), market), Balance("coal", "p"))
        assert found.charge == pytest.approx(share * was if follows else was)
        assert found.before == (was if follows else None)


def test_a_capacity_fee_is_paid_used_or_not() -> None:
    fee = {"id": "f", "name": "能力费", "name_en": "fee", "payer": "smelt",
           "owner": "precip", "reserved": "2 kt/month", "fee": "50 CNY/t"}  # fmt: skip
    made = priced(fees=[fee])
    net = plan_of_group().network
    plain = margin_by_centre(lines(net, real(), basis().prices))
    rows = margin_by_centre(lines(net, real(), made.prices))
    assert rows["precip"] - plain["precip"] == pytest.approx(100_000.0)
    assert rows["smelt"] - plain["smelt"] == pytest.approx(-100_000.0)


def test_quality_is_paid_by_the_point_within_its_cap() -> None:
    rule = {"id": "q", "good": "washed_ore@p", "component": "Al2O3", "contract": "50 %",
            "value": "8 CNY/t", "cap": "30 CNY/t"}  # fmt: skip
    made, net = priced(quality=[rule]), plan_of_group().network
    ore = Balance("washed_ore", "p")
    stream = next(s for s in net.streams if s.balance == ore and s.sign < 0)
    term = made.prices.terms[0]
    for content, each in ((0.52, 16.0), (0.49, -8.0), (0.60, 30.0)):
        month = replace(real(), content={stream.id: {"Al2O3": content}})
        paid = [r for r in term.lines(net, month) if r.centre == stream.centre]
        money = each * real().amounts[stream.id]
        assert -sum(r.amount for r in paid) == pytest.approx(money)
        assert sum(r.amount for r in term.lines(net, month)) == pytest.approx(0.0)


def test_beyond_the_band_a_charge_is_due() -> None:
    """Practice of a coal group (evaluation.md 2.3): +-3 % free, 3 CNY/t beyond."""
    assert beyond_band(106.0, 100.0, 0.03) == pytest.approx(3.0)
    assert beyond_band(94.0, 100.0, 0.03) == pytest.approx(3.0)
    made = priced(posted=[{"id": "p", "good": "alumina@p", "side": "seller",
                           "band": "3 %", "charge": "3 CNY/t"}])  # fmt: skip
    amounts = dict(real().amounts)
    posted = basis().planned.amounts["calcine.alumina"]
    amounts["calcine.alumina"] = 0.9 * posted
    month = replace(real(), amounts=amounts)
    rows = [r for t in made.prices.terms
            for r in t.lines(plan_of_group().network, month)
            if r.subject == "posted:p:calcine.alumina"]  # fmt: skip
    assert sorted(r.amount for r in rows) == pytest.approx(
        [-0.07 * posted * 3.0, 0.07 * posted * 3.0]
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-500.0, 9000.0), min_size=4, max_size=4))
def test_no_price_set_moves_the_margin_of_the_group(values: list[float]) -> None:
    goods = ("alumina", "power", "hydrate", "steam")
    units = {"power": "MWh"}
    rules = [
        {"goods": [f"{g}@p"], "method": "standard",
         "value": f"{v!r} CNY/{units.get(g, 't')}"}
        for g, v in zip(goods, values, strict=True)
    ]  # fmt: skip
    net = plan_of_group().network
    for month in (real(), basis().planned):
        rows = lines(net, month, priced(*rules).prices)
        before = group_margin(lines(net, month, basis().prices))
        assert group_margin(rows) == pytest.approx(before, rel=1e-12)
        centres = sum(margin_by_centre(rows).values())
        assert centres == pytest.approx(before, abs=1e-6 * abs(before))


def test_the_variance_closes_for_every_centre_at_any_policy() -> None:
    made = priced(
        {"goods": ["hydrate@p"], "method": "full-cost"},
        {"goods": ["power@p"], "method": "dual-rate",
         "credit": {"method": "cost-plus", "markup": "4 %"},
         "charge": {"method": "dual"}},
        {"goods": ["alumina@p"], "method": "standard", "value": "2950 CNY/t"},
        fees=[{"id": "f", "name": "费", "name_en": "fee", "payer": "smelt",
               "owner": "precip", "reserved": "2 kt/month", "fee": "50 CNY/t"}],
        posted=[{"id": "p", "good": "alumina@p", "side": "both", "charge": "3 CNY/t"}],
    )  # fmt: skip
    plan = plan_of_group()
    month = closed(plan, seed=2)
    found = variance(plan.network, made.prices, plan=plan.month(0),
                     actual=month.month(), fed=month.content)  # fmt: skip
    for c in found.centres:
        scale = max(1.0, abs(c.plan), abs(c.actual))
        assert abs(c.plan + sum(c.effects.values()) - c.actual) <= 1e-9 * scale


def test_what_is_kept_gives_back_the_same_prices() -> None:
    again = basis_from(basis().to_dict())
    rule = {"goods": ["hydrate@p"], "method": "full-cost"}
    net = plan_of_group().network
    assert price(net, policy(rule), again) == price(net, policy(rule), basis())


def test_any_month_is_valued_again_without_touching_it() -> None:
    plan = plan_of_group()
    month = closed(plan)
    before = month.to_dict()
    one = revalue(plan.network, plan_set(), [(month, basis())])
    rule = policy({"goods": ["alumina@p"], "method": "standard", "value": "2500 CNY/t"})
    two = revalue(plan.network, rule, [(month, basis())])
    assert one[0].result() != two[0].result()
    assert one[0].market.group == two[0].market.group
    assert month.to_dict() == before


def test_goods_that_cost_themselves_without_end_are_refused() -> None:
    """Liquor that makes itself: priced at cost with a markup, it never ends."""
    goods = [str(b) for b in plan_of_group().network.balances]
    made = priced({"goods": goods, "method": "cost-plus"})
    assert all(abs(v) < 1e9 for v in made.prices.internal.values())
    with pytest.raises(InputError, match="no price set is called 'plam'"):
        policy_called([policy()], "plam")
