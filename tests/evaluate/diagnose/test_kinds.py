"""Every kind is diagnosed: recipes port by port, a power station by its coal rates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material
from orebook.chain.plant import Unit
from orebook.chain.trade import Purchase, Sale
from orebook.evaluate.classic import ProductCase, sequential
from orebook.evaluate.diagnose.diagnose import diagnose
from orebook.evaluate.diagnose.works import works_of
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.network import network
from tests.evaluate.diagnose.planted import as_read, told
from tests.evaluate.test_classic import ACTUAL, BUDGET
from tests.plan.test_power_station import chain as station
from tests.plan.works import named


def planned(chain: Chain) -> Plan:
    made = network(chain)
    span = horizon(period("2026-04"), 1)
    return make_plan(made, conditions(chain, span, known_until=None))


def textbook(case: ProductCase) -> Plan:
    """Return the plan of the refinery case as a recipe per tonne of product."""
    materials = [Material(**named("alumina"), unit="t", group="product")]
    materials += [Material(**named(m), unit="t", group="reagent") for m in case.inputs]
    unit = {
        **named("refinery"), "kind": "recipe", "centre": "g", "place": "p",
        "recipe": {"basis": "alumina",
                   "consumes": {m: f"{u} t/t" for m, (u, _) in case.inputs.items()}},
    }  # fmt: skip
    chain = Chain(
        group=Group(**named("g"), first_period="2026-01"),
        centres=(Centre(**named("g"), level="group"),),
        places=(Place(**named("p"), centre="g"),),
        materials=tuple(materials),
        units=(Unit(**unit),),
        purchases=tuple(
            Purchase(**named(m), centre="g", good=f"{m}@p", price=f"{p} CNY/t")
            for m, (_, p) in case.inputs.items()
        ),
        sales=(
            Sale(**named("alumina"), centre="g", goods=["alumina@p"],
                 price=f"{case.price} CNY/t", min=f"{case.volume} t/month",
                 max=f"{case.volume} t/month"),
        ),
    )  # fmt: skip
    return planned(chain)


def test_the_textbook_refinery_port_by_port() -> None:
    """Usage variances of the refinery case of evaluation.md 3.2.

    At actual output and standard prices, as the textbook takes usage: bauxite -2995.2,
    soda +1747.2, energy +2371.2.
    """
    book = textbook(BUDGET)
    real = textbook(
        replace(ACTUAL, inputs={m: (u, BUDGET.inputs[m][1])
                                for m, (u, _) in ACTUAL.inputs.items()})
    )  # fmt: skip
    (works,) = diagnose(told(as_read(book, real.month(0)), of=book), "refinery").works
    classic = sequential(BUDGET, ACTUAL)
    goods: dict[str, float] = {}
    for m in works.money:
        for good, amount in m.goods.items():
            goods[good] = goods.get(good, 0.0) + amount
    for m in BUDGET.inputs:
        assert goods[f"{m}@p"] == pytest.approx(classic[f"{m} usage"], abs=0.01)
    for i in works.indicators:
        m = i.name.removesuffix("_per_unit")
        assert (i.base, i.actual) == pytest.approx(
            (BUDGET.inputs[m][0], ACTUAL.inputs[m][0])
        )
        assert i.money is not None
        assert sum(i.money) == pytest.approx(classic[f"{m} usage"], abs=0.01)


def heated(**settings: str) -> Plan:
    return planned(station(settings=settings) if settings else station())


def test_a_station_by_its_coal_rates() -> None:
    """Hotter flue gas: boiler efficiency falls, both coal rates rise, nothing else."""
    book, real = heated(), heated(flue_gas_temperature="165 degC")
    month = as_read(book, real.month(0), sd=0.0005)
    (works,) = diagnose(told(month, of=book), "chp").works
    by_name = {i.name: i for i in works.indicators}
    assert {"supply_coal_rate", "heat_coal_rate", "boiler_efficiency",
            "auxiliary_power_rate"} <= set(by_name)  # fmt: skip
    boiler = by_name["boiler_efficiency"]
    assert boiler.change < -0.01
    (moved,) = works.found
    alike = {moved.name, *(n for _, n in moved.alike)}
    assert "flue_gas_temperature" in alike
    for name in ("boiler_efficiency", "heat_coal_rate", "supply_coal_rate"):
        i = by_name[name]
        assert sum(s.effect for s in i.shares) == pytest.approx(i.change, abs=1e-9)
        (share,) = (s for s in i.shares if s.factor.kind == "setting")
        assert share.effect == pytest.approx(i.change, rel=0.15)


def test_auxiliary_power_follows_what_is_sent_out() -> None:
    book, real = heated(), heated(auxiliary_power="9 %")
    month = as_read(book, real.month(0), sd=0.0005)
    (works,) = diagnose(told(month, of=book), "chp").works
    own = next(i for i in works.indicators if i.name == "auxiliary_power_rate")
    assert own.base == pytest.approx(0.075)
    assert sum(s.effect for s in own.shares) == pytest.approx(own.change, abs=1e-12)


def test_money_at_a_held_output_is_that_of_the_variance() -> None:
    """More blowdown: steam, power and running hours stay, coal and water rise.

    What the variance charges at the duties done and what the diagnosis finds at the
    output held are two ways to the same money, for prices are duals of the plan and
    no capacity is scarce.
    """
    book = planned(station(power=150.0))
    real = planned(station(power=150.0, settings={"blowdown": "3 %"}))
    month = as_read(book, real.month(0), sd=0.0005)
    (works,) = diagnose(told(month, of=book), "chp").works
    (factor,) = (m for m in works.money if m.factor.kind == "setting")
    (cause,) = (c for c in works.charged if c.cause == "g")
    assert factor.amount < 0.0
    assert factor.amount == pytest.approx(cause.amount, rel=0.001)


def test_units_that_share_nothing_are_judged_alone() -> None:
    made = network(station())
    assert works_of(made, list(made.processes)) == [("chp",)]
