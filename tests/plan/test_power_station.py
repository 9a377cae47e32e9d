"""The power station in a plan: steam's price, coal limits, part load, settings, splits.

Answers by hand from the physics, or by a second look at the plan; figures constructed
(CC0).
"""

from __future__ import annotations

import numpy as np
import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Balance, Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.material import Material, QualityLimit
from orebook.chain.plant import Span, Unit
from orebook.chain.trade import Purchase, Sale
from orebook.errors import InfeasibleError
from orebook.plan.accounts import group_margin
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.power_view import power_view
from orebook.plan.result import Plan
from orebook.process.contract import unit_responses
from orebook.process.network import network
from orebook.quantity import parse
from tests.plan.works import named

APRIL = 720.0
COALS = {
    "rich": ("24 GJ/t", {"Ash": 0.14, "S": 0.005, "C": 0.62}, 820.0),
    "poor": ("16 GJ/t", {"Ash": 0.36, "S": 0.018, "C": 0.42}, 400.0),
}


def chain(
    *,
    low: float = 300.0,
    medium: float = 80.0,
    power: float = 450.0,
    boiler: str = "600 t/h",
    **fields: object,
) -> Chain:
    """Return a station that sells steam it must deliver and power it may."""
    groups = {"live": "steam", "medium": "steam", "low": "steam", "water": "water"}
    materials = [Material(**named(m), group=g) for m, g in groups.items()]
    materials.append(Material(**named("power"), unit="MWh", group="power"))
    materials += [
        Material(**named(c), group="fuel", heat=heat, assay=assay)
        for c, (heat, assay, _) in COALS.items()
    ]
    unit = {
        **named("chp"), "kind": "power_station", "centre": "g", "place": "p",
        "feed": list(COALS),
        "ports": {"live_steam": "live", "medium_steam": "medium", "low_steam": "low",
                  "power": "power", "make_up": "water"},
        "limits": {"boiler": boiler},
    } | fields  # fmt: skip
    bought = {**{c: p for c, (_, _, p) in COALS.items()}, "water": 4.0}
    sold = [
        Sale(**named("power-sale"), centre="g", goods=["power@p"],
             price=f"{power} CNY/MWh"),
        Sale(**named("low-sale"), centre="g", goods=["low@p"], price="1 CNY/t",
             min=f"{low} t/h", max=f"{low} t/h"),
        Sale(**named("medium-sale"), centre="g", goods=["medium@p"], price="1 CNY/t",
             min=f"{medium} t/h", max=f"{medium} t/h"),
    ]  # fmt: skip
    return Chain(
        group=Group(**named("g"), first_period="2026-01"),
        centres=(Centre(**named("g"), level="group"),),
        places=(Place(**named("p"), centre="g"),),
        materials=tuple(materials),
        units=(Unit.model_validate(unit),),
        purchases=tuple(
            Purchase(**named(f"buy-{m}"), centre="g", good=f"{m}@p",
                     price=f"{price} CNY/t")
            for m, price in bought.items()
        ),
        sales=tuple(sold),
    )  # fmt: skip


def planned(of: Chain) -> Plan:
    """Return the plan of April; its accounts close."""
    made = make_plan(
        network(of), conditions(of, horizon(period("2026-04"), 1), known_until=None)
    )
    assert group_margin(made.lines(0)) == pytest.approx(made.margin, abs=0.01)
    return made


def price(plan: Plan, good: str) -> float:
    """Return a published price [CNY/unit]."""
    return float(plan.price_of(0)[Balance(good, "p")])


def test_steam_is_worth_the_power_it_loses() -> None:
    """With condensing at the margin, each section's unit responses price the steam."""
    plan = planned(chain())
    process = plan.network.processes["chp"]
    found = unit_responses(process, {}, {}).flows
    names = [d.name for d in process.duties]

    def per(port: str, duty: str) -> float:
        return float(np.broadcast_to(found[port], (len(names),))[names.index(duty)])

    def worth(duty: str, live: float) -> float:
        """Return power less water and live steam of one tonne through a section."""
        return (
            per("power", duty) * 450.0
            + per("make_up", duty) * 4.0
            + per("live_steam_used", duty) * live
        )

    live = worth("condensing", 0.0) / -per("live_steam_used", "condensing")
    assert price(plan, "live") == pytest.approx(live)
    for good, duty in (("low", "back_pressure"), ("medium", "extraction")):
        value = -worth(duty, live) / per(f"{good}_steam", duty)
        assert price(plan, good) == pytest.approx(value)
    assert price(plan, "medium") > price(plan, "low") > 0.0
    duty = plan.duties["chp"]
    assert duty["reducing_low"][0] == pytest.approx(0.0, abs=1e-6)


def test_where_power_is_worth_nothing_steam_is_throttled_or_expanded_alike() -> None:
    """At the price of power near 0 a tonne of low steam costs its coal alone."""
    plan = planned(chain(power=0.01, low=200.0))
    amount = plan.month().amounts
    coal = min(
        cost / (float(heat.split()[0])) for heat, _, cost in COALS.values()
    )  # CNY/GJ of the cheaper coal, before boiler losses
    assert 2.4 * coal < price(plan, "low") < 3.3 * coal
    assert amount["chp.low_steam"] == pytest.approx(200.0 * APRIL)


@pytest.mark.parametrize(
    ("of", "side", "value", "share"),
    [
        ("energy", "min", "20 GJ/t", 0.5),
        ("S", "max", "1.2 %", 0.6 / 1.3),
        ("Ash", "max", "25 %", 0.5),
    ],
)
def test_a_blend_keeps_its_limit(of: str, side: str, value: str, share: float) -> None:
    """Heating value, sulphur and ash: the dear coal only as far as the limit asks."""
    limit = QualityLimit.model_validate({"of": of, side: value})
    free, bound = planned(chain()), planned(chain(feed_limits=[limit]))
    burnt = bound.month().amounts
    rich, poor = burnt["chp.rich"], burnt["chp.poor"]
    assert rich / (rich + poor) == pytest.approx(share, rel=1e-6)
    assert free.month().amounts["chp.rich"] == pytest.approx(0.0, abs=1e-6)
    assert bound.margin < free.margin


def test_a_limit_of_heat_is_told_like_any_other() -> None:
    """The worth of 1 GJ/t less asked agrees with the plan solved anew."""
    from orebook.plan.quality_worth import quality_worths

    def solved(text: str) -> Plan:
        limit = QualityLimit.model_validate({"of": "energy", "min": text})
        return planned(chain(feed_limits=[limit]))

    plan = solved("20 GJ/t")
    (worth,) = [w for w in quality_worths(plan) if w.kind == "feed_limit"]
    assert worth.value == pytest.approx(20.0)
    small = 0.001
    again = solved(f"{20 - small} GJ/t").margin - plan.margin
    assert worth.money == pytest.approx(again / small, rel=2e-3)


def test_part_load_costs_no_load_steam() -> None:
    """A machine held on all month pays for every hour; one that may stop, by need."""
    machine = {"flow": "400 t/h", "no_load": "8 %", "least": "20 %"}
    limits = {"machines": "2 h/h", "boiler": "600 t/h"}
    more = {"limits": limits, "recipe": {"machine": machine}}
    easy = planned(chain(power=200.0, **more))
    held = planned(chain(power=200.0, minimum=1.0, **more))
    steam = ("extraction", "back_pressure", "condensing")
    for plan in (easy, held):
        duty = plan.duties["chp"]
        total = sum(float(duty[d][0]) for d in steam)
        hours = float(duty["running"][0])
        assert total <= 400.0 * hours * (1 + 1e-9)
        assert total >= 80.0 * hours * (1 - 1e-9)
    assert held.duties["chp"]["running"][0] == pytest.approx(2 * APRIL)
    saved = float(easy.duties["chp"]["running"][0])
    assert saved < 2 * APRIL
    assert held.margin < easy.margin


@pytest.mark.parametrize(("power", "runs"), [(150.0, 0.0), (450.0, 1.0)])
def test_a_machine_runs_or_stands_for_the_whole_period(
    power: float, runs: float
) -> None:
    """With ``on_off`` and all hours asked, no-load steam is paid all month or never."""
    machine = {"flow": "400 t/h", "no_load": "8 %", "least": "20 %"}
    plan = planned(
        chain(
            low=0.0, medium=0.0, power=power, minimum=1.0, on_off={},
            limits={"machines": "1 h/h", "boiler": "600 t/h"},
            recipe={"machine": machine},
        )
    )  # fmt: skip
    assert plan.duties["chp"]["running"][0] == pytest.approx(runs * APRIL)


def test_the_plan_trades_air_against_carbon() -> None:
    """Oxygen free: the plan finds the best efficiency of a search over its range."""
    settings = {"carbon_response": parse("30 %"), "carbon_in_fly_ash": parse("6 %")}
    plan = planned(chain(settings=settings, free={"oxygen": Span()}))
    chosen = float(plan.settings_of(0)["chp"]["oxygen"])
    process = plan.network.processes["chp"]
    from orebook.process.contract import Case

    oxygen = np.linspace(0.025, 0.10, 1601)
    duty = {k: np.full(1601, v[0]) for k, v in plan.duties["chp"].items()}
    found = process.run(Case(duty, {}, {"oxygen": oxygen}))
    best = oxygen[np.argmax(found.indicators["boiler_efficiency"])]
    assert chosen == pytest.approx(float(best), abs=3e-3)
    assert plan.margin > planned(chain(settings=settings)).margin


def test_six_splits_of_a_plan() -> None:
    """Side by side, each keeps the coal; by price heat bears its worth's share."""
    plan = planned(chain())
    rows = power_view(plan).allocation
    assert [r.method for r in rows] == [
        "energy", "enthalpy_drop", "exergy", "alternative", "efficiency_reference",
        "internal_price",
    ]  # fmt: skip
    gross = float(plan.month().amounts["chp.power"] / (1.0 - 0.075))
    for r in rows:
        coal = r.heat_kgce_per_gj * r.heat_gj + r.gross_g_per_kwh * gross
        assert coal == pytest.approx(1000.0 * r.fuel_tce), r.method
    amount = plan.month().amounts
    heat = sum(amount[f"chp.{s}_steam"] * price(plan, s) for s in ("medium", "low"))
    power = amount["chp.power"] * price(plan, "power")
    assert rows[-1].heat_share == pytest.approx(heat / (heat + power))
    shares = {r.method: r.heat_share for r in rows}
    assert shares["energy"] > shares["exergy"] > shares["enthalpy_drop"]


def test_what_a_machine_cannot_take_is_told_in_words() -> None:
    """A back-pressure machine held at full hours, steam for a tenth of it asked."""
    machine = {"flow": "400 t/h", "least": "90 %"}
    steam = {"live_steam": "live", "low_steam": "low", "power": "power"}
    held = chain(
        low=0.0, medium=0.0, minimum=1.0, ports=steam,
        limits={"machines": "1 h/h", "boiler": "600 t/h"},
        recipe={"machine": machine, "condenser": False},
    )  # fmt: skip
    with pytest.raises(InfeasibleError, match="reach 'least_flow' of unit") as found:
        planned(held)
    assert " t" in str(found.value)
    assert "MWh" not in str(found.value)
