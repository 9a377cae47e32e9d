"""Every kind of contract, limit and store in a plan, against hand-made figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Balance, Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Draw, Limit, Outage, Route, Store, Unit
from orebook.chain.trade import Purchase, Sale
from orebook.errors import InputError
from orebook.evaluate.journal import balances, journal
from orebook.plan.accounts import group_margin, margin_by_centre
from orebook.plan.assemble import assemble
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.replan import replan, stand
from orebook.plan.replan_changes import Changes
from orebook.plan.replan_writes import changed_assembly
from orebook.plan.result import Plan
from orebook.process.contract import Case, Outcome
from orebook.process.network import Network, network

MAY = horizon(period("2026-05"), 1)


def group(**parts: object) -> Chain:
    """Return a mine, a works and a customer to be completed with the parts given."""
    base: dict[str, object] = {
        "group": Group(id="g", name="组", name_en="group", first_period="2026-05"),
        "centres": (
            Centre(id="g", name="组", name_en="group", level="group"),
            Centre(id="works", name="厂", name_en="works", level="plant", parent="g"),
            Centre(id="trade", name="贸", name_en="trade", level="plant", parent="g"),
        ),
        "places": (
            Place(id="mine", name="矿", name_en="mine", centre="g"),
            Place(id="works", name="厂", name_en="works", centre="works"),
        ),
        "materials": (
            Material(
                id="rich",
                name="富",
                name_en="rich",
                group="ore",
                assay={"Al2O3": "60 %", "SiO2": "4 %"},
            ),
            Material(
                id="lean",
                name="贫",
                name_en="lean",
                group="ore",
                assay={"Al2O3": "50 %", "SiO2": "10 %"},
            ),
            Material(id="metal", name="金属", name_en="metal", group="product"),
            Material(id="power", name="电", name_en="power", group="power", unit="MWh"),
        ),
        "units": (
            Unit(
                id="smelt",
                name="炉",
                name_en="furnace",
                kind="recipe",
                centre="works",
                place="works",
                feed=["rich", "lean"],
                cost="10 CNY/t",
                limits={"throughput": "1000 t/month"},
                recipe={
                    "produces": {"metal": "0.5 t/t"},
                    "consumes": {"power": "2 MWh/t"},
                    "deltas": [
                        {
                            "port": "metal",
                            "on": "Al2O3",
                            "reference": "50 %",
                            "change": "0.1 t/t",
                            "per": "10 %",
                        }
                    ],
                },
            ),
        ),
        "purchases": (
            Purchase(
                id="rich",
                name="富",
                name_en="rich",
                centre="trade",
                good="rich@works",
                price="200 CNY/t",
            ),
            Purchase(
                id="lean",
                name="贫",
                name_en="lean",
                centre="trade",
                good="lean@works",
                price="100 CNY/t",
            ),
            Purchase(
                id="power",
                name="电",
                name_en="power",
                centre="trade",
                good="power@works",
                price="50 CNY/MWh",
            ),
        ),
        "sales": (
            Sale(
                id="metal",
                name="金属",
                name_en="metal",
                centre="trade",
                goods=["metal@works"],
                price="1000 CNY/t",
            ),
        ),
    }
    return Chain(**(base | parts))  # type: ignore[arg-type]


def plan(chain: Chain, periods=MAY) -> Plan:
    """Return the plan of a chain."""
    return make_plan(network(chain), conditions(chain, periods, known_until=None))


def changed(chain: Chain, family: str, id_: str, **fields: object) -> Chain:
    """Return the chain with some fields of one entry replaced."""
    entries = tuple(
        type(e).model_validate({f: getattr(e, f) for f in e.model_fields_set} | fields)
        if e.id == id_
        else e
        for e in getattr(chain, family)
    )
    return chain.model_copy(update={family: entries})


def test_the_feed_quality_delta_shapes_the_choice() -> None:
    """Rich ore yields 0.6, lean 0.5: rich earns 290 per t, lean 290: prices decide.

    Rich: 600 - 200 - 100 - 10 = 290; lean: 500 - 100 - 100 - 10 = 290 CNY/t.
    """
    dear = changed(group(), "purchases", "rich", price="201 CNY/t")
    cheap = changed(group(), "purchases", "rich", price="199 CNY/t")
    for chain, ore in ((dear, "lean"), (cheap, "rich")):
        amounts = plan(chain).month().amounts
        assert amounts[f"smelt.{ore}"] == pytest.approx(1000.0)
    assert plan(dear).margin == pytest.approx(290_000.0)


def test_feed_limit_blends_to_the_point() -> None:
    """SiO2 at most 7 %: half rich (4 %), half lean (10 %), whatever rich costs."""
    chain = changed(group(), "purchases", "rich", price="250 CNY/t")
    chain = changed(chain, "units", "smelt", feed_limits=[{"of": "SiO2", "max": "7 %"}])
    amounts = plan(chain).month().amounts
    assert amounts["smelt.rich"] == pytest.approx(500.0)
    ratio = changed(
        chain, "units", "smelt", feed_limits=[{"of": "Al2O3/SiO2", "min": "10"}]
    )
    amounts = plan(ratio).month().amounts
    share = amounts["smelt.rich"] / 1000.0
    assert (60 * share + 50 * (1 - share)) / (
        4 * share + 10 * (1 - share)
    ) == pytest.approx(10)


def test_purchase_tiers_fill_in_order() -> None:
    """Beyond 400 t lean costs 30 more, beyond 700 t 80 more; money is exact."""
    tiers = [
        {"above": "400 t/month", "extra": "30 CNY/t"},
        {"above": "700 t/month", "extra": "80 CNY/t"},
    ]
    chain = changed(group(), "purchases", "rich", price="500 CNY/t")
    chain = changed(chain, "purchases", "lean", tiers=tiers)
    made = plan(chain)
    money = 1000 * 100 + 300 * 30 + 300 * 80
    assert made.month().amounts["buy:lean"] == pytest.approx(1000.0)
    assert made.margin == pytest.approx(500_000 - money - 100_000 - 10_000)
    assert group_margin(made.lines()) == pytest.approx(made.margin)
    row = {r["material"]: r for r in made.price_rows()}["lean"]
    assert row["price"] == pytest.approx(180.0)


def test_take_or_pay_is_paid_when_not_taken() -> None:
    """A quota of 600 t at 100 CNY/t is paid although the works stands still."""
    chain = changed(group(), "purchases", "lean", take_or_pay="600 t/month")
    chain = changed(chain, "sales", "metal", max="0 t/month")
    made = plan(chain)
    assert made.month().amounts["buy:lean"] == pytest.approx(0.0)
    assert made.margin == pytest.approx(-60_000.0)
    assert group_margin(made.lines()) == pytest.approx(-60_000.0)


def test_sale_tiers_lower_the_price_of_the_excess() -> None:
    """Beyond 200 t the customer pays 400 less: 200 x 1000 + 400 x 600 for rich."""
    chain = changed(
        group(),
        "sales",
        "metal",
        tiers=[{"above": "200 t/month", "extra": "-400 CNY/t"}],
    )
    chain = changed(chain, "purchases", "lean", max="0 t/month")
    made = plan(chain)
    sold = made.month().amounts["sell:metal:metal"]
    assert sold == pytest.approx(600.0)
    assert made.margin == pytest.approx(200_000 + 240_000 - 310_000)
    assert group_margin(made.lines()) == pytest.approx(made.margin)


def test_a_spec_on_a_blend_of_two_goods() -> None:
    """A customer takes rich and lean together at SiO2 <= 6 %: two parts to one."""
    sale = Sale(
        id="ore",
        name="矿",
        name_en="ore",
        centre="trade",
        goods=["rich@works", "lean@works"],
        price="300 CNY/t",
        max="300 t/month",
        spec=[{"of": "SiO2", "max": "6 %"}],
    )
    chain = group(sales=(sale,))
    amounts = plan(chain).month().amounts
    assert amounts["sell:ore:rich"] == pytest.approx(200.0)
    assert amounts["sell:ore:lean"] == pytest.approx(100.0)


def test_route_loss_cost_and_capacity() -> None:
    """500 t leave the mine, 490 t arrive at 2 % loss; freight is paid on departure."""
    chain = group(
        routes=(
            Route(
                id="rail",
                name="铁路",
                name_en="rail",
                centre="trade",
                mode="rail",
                materials=["lean"],
                start="mine",
                end="works",
                cost="5 CNY/t",
                loss="2 %",
                capacity="500 t/month",
            ),
        )
    )
    chain = changed(chain, "purchases", "lean", good="lean@mine")
    chain = changed(chain, "purchases", "rich", max="0 t/month")
    made = plan(chain)
    amounts = made.month().amounts
    assert amounts["send:rail:lean"] == pytest.approx(500.0)
    assert amounts["receive:rail:lean"] == pytest.approx(490.0)
    rent = next(r for r in made.rents if r.kind == "route")
    worth = 0.98 * (500 - 100 - 10) - 5 - 100
    assert rent.worth[0] == pytest.approx(worth)


def test_draws_and_scarce_limits_are_charged() -> None:
    """A permit of 600 MWh for the furnace: it pays the owner what a MWh is worth."""
    chain = group(
        draws=(
            Draw(
                id="light",
                name="照明",
                name_en="light",
                centre="g",
                good="power@works",
                amount="10 MWh/month",
            ),
        ),
        limits=(
            Limit(
                id="permit",
                name="许可",
                name_en="permit",
                centre="g",
                terms={"smelt.power": "1 MWh/MWh"},
                unit="MWh",
                max="600 MWh/month",
            ),
        ),
    )
    made = plan(changed(chain, "purchases", "rich", max="0 t/month"))
    assert made.month().amounts["smelt.power"] == pytest.approx(600.0)
    assert made.month().amounts["draw:light"] == pytest.approx(10.0)
    assert made.prices_of().limits["permit"] == pytest.approx(145.0)
    lines = made.lines()
    margin = margin_by_centre(lines)
    assert margin["works"] == pytest.approx(0.0, abs=1e-6)
    assert margin["g"] == pytest.approx(600 * 145.0 - 500.0)
    assert sum(margin.values()) == pytest.approx(group_margin(lines))
    assert sum(balances(journal(lines)).values()) == 0


def test_stores_carry_and_an_outage_is_seen() -> None:
    """With the furnace out half of June the silo is filled in May."""
    store = Store(
        id="silo",
        name="仓",
        name_en="silo",
        centre="works",
        good="metal@works",
        capacity="200 t",
        opening="0 t",
        holding_cost="3 CNY/t/month",
        end="free",
    )
    chain = group(
        stores=(store,),
        outages=(
            Outage(unit="smelt", first="2026-06-01", last="2026-06-15", share=1.0),
        ),
    )
    chain = changed(chain, "purchases", "rich", max="0 t/month")
    chain = changed(chain, "sales", "metal", max="450 t/month")
    made = plan(chain, horizon(period("2026-05"), 2))
    silo = made.amounts[made.network.position["close:silo"]]
    assert silo == pytest.approx([50.0, 0.0])
    price = made.prices.price[made.network.balance_position[Balance("metal", "works")]]
    assert price[1] == pytest.approx(price[0] + 3.0), "storage price rule V6"


def test_availability_and_minimum_load() -> None:
    """At 90 % availability 900 t; a minimum of half is run even at a loss."""
    chain = changed(group(), "units", "smelt", availability="90 %")
    assert plan(chain).month().duties["smelt:lean"] + plan(chain).month().duties[
        "smelt:rich"
    ] == pytest.approx(900.0)
    poor = changed(
        changed(group(), "units", "smelt", minimum="50 %"),
        "sales",
        "metal",
        price="100 CNY/t",
    )
    assert sum(plan(poor).month().duties.values()) == pytest.approx(500.0)


@pytest.mark.parametrize("name", ["2026-05-04", "2026-W19", "2026-Q2", "2026"])
def test_any_step_from_day_to_year(name: str) -> None:
    """A rate per month holds for the share of the months a period covers."""
    made = plan(group(), horizon(period(name), 2))
    run = sum(made.month().duties.values())
    assert run == pytest.approx(1000.0 * period(name).months)


def test_two_streams_of_one_name_are_refused() -> None:
    """A purchase listed twice would be counted twice: refused by name."""
    chain = group()
    twice = chain.model_copy(
        update={"purchases": (*chain.purchases, chain.purchases[0])}
    )
    with pytest.raises(InputError, match="two streams are called 'buy:rich'"):
        network(twice)


def test_to_dict_is_plain_and_complete() -> None:
    """The plan as data: every stream, duty, price and rent; infinities are None."""
    import json

    made = plan(group())
    data = made.to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert set(data["streams"]) == {s.id for s in made.network.streams}
    assert "margin" in made.summary()
    assert np.isfinite(data["margin_cny"])


def test_the_plan_states_the_margin_of_every_centre() -> None:
    """Results of the centres sum to the group; each is its rent and no more."""
    made = plan(group())
    rows = made.centre_rows()
    total = sum(r["result_cny"] for r in rows)
    assert total == pytest.approx(group_margin(made.lines()))
    for row in rows:
        assert row["result_cny"] == pytest.approx(row["rent_cny"], abs=0.01)


# -- coefficients that differ from period to period --------------------------------


def furnace_with_heat(**parts: object) -> Chain:
    """Return the works with a furnace whose yield follows a setting."""
    base = group()
    unit = base.units[0]
    recipe = {
        "produces": {"metal": "0.5 t/t"},
        "consumes": {"power": "2 MWh/t"},
        "settings": {"heat": {"default": 0.0, "low": -1.0, "high": 1.0}},
        "deltas": [
            {"port": "metal", "on": "setting:heat", "reference": 0.0,
             "change": "0.1 t/t", "per": 1.0},
            {"port": "power", "on": "setting:heat", "reference": 0.0,
             "change": "0.5 MWh/t", "per": 1.0},
        ],
    }  # fmt: skip
    return group(units=(unit.model_copy(update={"recipe": recipe}),), **parts)


def test_a_setting_per_period_gives_each_period_its_own_yield() -> None:
    """1,000 t of lean at 0.5 + 0.1 heat, power at 2 + 0.5 heat, month by month."""
    chain = furnace_with_heat()
    net = network(chain)
    known = conditions(chain, horizon(period("2026-05"), 3), known_until=None)
    heat = np.array([-1.0, 0.0, 0.6])
    plan = make_plan(net, replace(known, setting={"smelt": {"heat": heat}}))
    metal = plan.amounts[net.position["smelt.metal"]]
    power = plan.amounts[net.position["buy:power"]]
    np.testing.assert_allclose(metal, 1000 * (0.5 + 0.1 * heat))
    np.testing.assert_allclose(power, 1000 * (2.0 + 0.5 * heat))
    each = [
        make_plan(
            net,
            replace(
                conditions(chain, (known.periods[t],), known_until=None),
                setting={"smelt": {"heat": heat[[t]]}},
            ),
        ).margin
        for t in range(3)
    ]
    assert plan.margin == pytest.approx(sum(each), rel=1e-12)


def test_a_limit_of_the_book_sees_the_period_s_own_coefficients() -> None:
    """A cap on power of 1,500 MWh a month binds harder where heat is high."""
    limit = Limit(id="grid", name="网", name_en="grid", centre="works", unit="MWh",
                  terms={"smelt.power": "1 MWh/MWh"}, max="1500 MWh/month")  # type: ignore[arg-type]  # fmt: skip
    chain = furnace_with_heat(limits=(limit,))
    net = network(chain)
    known = conditions(chain, horizon(period("2026-05"), 2), known_until=None)
    heat = np.array([0.0, 1.0])
    plan = make_plan(net, replace(known, setting={"smelt": {"heat": heat}}))
    duty = sum(plan.duties["smelt"].values())
    np.testing.assert_allclose(duty, 1500 / (2.0 + 0.5 * heat))


def test_base_flows_pass_whatever_the_duties_say() -> None:
    """A furnace that takes 30 MWh at no load: balance, amounts and a stock count."""
    store = Store(id="silo", name="仓", name_en="silo", centre="works",
                  good="power@works", capacity="100 MWh", opening="10 MWh",
                  end="free")  # type: ignore[arg-type]  # fmt: skip
    chain = furnace_with_heat(stores=(store,))
    plain = network(chain)
    process = plain.processes["smelt"]

    def run(case: Case) -> Outcome:
        told = process.function(case)
        flows = {**told.flows, "power": told.flows["power"] - 30.0}
        return replace(told, flows=flows)

    idle = replace(process, function=run, linear=False)
    net = Network(chain, {"smelt": idle}, plain.streams)
    known = conditions(chain, horizon(period("2026-05"), 2), known_until=None)
    plan = stand(net, known)
    duty = sum(plan.duties["smelt"].values())
    power = plan.amounts[net.position["smelt.power"]]
    np.testing.assert_allclose(power, 2.0 * duty + 30.0)
    balance = np.asarray(net.matrix() @ plan.amounts)
    np.testing.assert_allclose(balance, 0.0, atol=1e-6)
    counted = Changes(stocks={"silo": 25.0})
    made = changed_assembly(plan, counted)
    fresh = assemble(net, made.conditions)
    np.testing.assert_allclose(made.problem.row_lower, fresh.problem.row_lower)
    np.testing.assert_allclose(made.problem.row_upper, fresh.problem.row_upper)
    after = replan(plan, counted).plan
    saved = after.margin - plan.margin
    assert saved == pytest.approx(15.0 * 50.0, rel=1e-6)
