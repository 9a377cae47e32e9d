"""Power in the plan: bands, shifting, shedding, demand, own generation.

Each case has an answer by hand or by a model written anew for scipy's linprog; the
figures are constructed (CC0).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Balance, Chain
from orebook.chain.material import Material
from orebook.chain.plant import Limit, Unit
from orebook.chain.trade import Sale
from orebook.errors import InfeasibleError
from orebook.plan.accounts import group_margin, margin_by_centre
from orebook.plan.conditions import conditions
from orebook.plan.demand import billed_kw, bills, load_kw, months_of, weights
from orebook.plan.make import check_plan_prices, make_plan
from orebook.plan.result import Plan
from orebook.process.network import network
from tests.plan.works import bought, charge, load, named, smelter

APRIL = 30 * 24.0
EVEN = 100.0 * APRIL  # MWh of a potroom of 100 MW in April


def planned(chain: Chain, first: str = "2026-04", count: int = 1) -> Plan:
    """Return the plan of a chain; its accounts must close."""
    made = make_plan(
        network(chain),
        conditions(chain, horizon(period(first), count), known_until=None),
    )
    closes(made)
    return made


def closes(plan: Plan) -> None:
    """Centres sum to the group, and the group to the plan, to 0.01 CNY."""
    months = [plan.lines(t) for t in range(len(plan.periods))]
    centres = sum(sum(margin_by_centre(rows).values()) for rows in months)
    group = sum(map(group_margin, months))
    assert centres == pytest.approx(group, abs=0.01)
    assert group == pytest.approx(plan.margin, abs=0.01)


def price(plan: Plan, good: str, t: int = 0) -> float:
    """Return a published price [CNY/unit]."""
    return plan.price_of(t)[Balance(good, "p")]


# -- bands -------------------------------------------------------------------------


def test_a_rigid_load_pays_the_mean_of_the_bands_by_hours() -> None:
    """8 h at 700 and 16 h at 300 CNY/MWh make 433.33 for every MWh."""
    plan = planned(smelter(load("load_profile")))
    amount = plan.month().amounts
    assert amount["buy:grid-peak"] == pytest.approx(EVEN / 3)
    assert amount["buy:grid-valley"] == pytest.approx(EVEN * 2 / 3)
    assert price(plan, "power") == pytest.approx((8 * 700 + 16 * 300) / 24)
    assert plan.margin == pytest.approx(EVEN * (2000 - 1300 / 3))


def test_stated_shares_replace_the_hours() -> None:
    """A load of the night shift takes 10 % in the peak."""
    unit = load("load_profile", shares={"peak": "10 %", "valley": "90 %"})
    plan = planned(smelter(unit))
    assert price(plan, "power") == pytest.approx(0.1 * 700 + 0.9 * 300)


@pytest.mark.parametrize(
    ("up", "down", "peak"),
    [(0.0, 0.0, 1 / 3), (0.10, 0.30, 1 - 1.1 * 2 / 3), (0.5, 0.3, 0.7 / 3)],
)
def test_a_flexible_load_shifts_to_its_depth(
    up: float, down: float, peak: float
) -> None:
    """The peak takes the least that either side of the depth leaves it."""
    unit = load("load_shift", up=up, down=down)
    plan = planned(smelter(unit))
    amount = plan.month().amounts
    assert amount["buy:grid-peak"] == pytest.approx(peak * EVEN)
    assert amount["load.power"] == pytest.approx(EVEN)
    assert price(plan, "power") == pytest.approx(700 * peak + 300 * (1 - peak))


def test_a_limit_of_a_band_is_its_highest_load() -> None:
    """At most 104 MW in the 16 h of the valley: 49,920 MWh in April."""
    unit = load("load_shift", up=0.5, down=0.5, limits={"valley": "104 MW"})
    plan = planned(smelter(unit))
    amount = plan.month().amounts
    assert amount["buy:grid-valley"] == pytest.approx(104 * 16 * 30)
    assert amount["buy:grid-peak"] == pytest.approx(EVEN - 104 * 16 * 30)
    # One MWh more must come in the peak; the limit earns the difference.
    assert price(plan, "power") == pytest.approx(700)
    assert price(plan, "valley") == pytest.approx(300)


def test_shifting_stops_where_its_loss_costs_more() -> None:
    """A shifted MWh saves 400 and loses s MWh, bought again at the mean of 433.33.

    So shifting pays up to s = 400/433.33 = 0.923.
    """
    cheap = planned(smelter(load("load_shift", up=0.2, down=0.2, penalty=0.9)))
    dear = planned(smelter(load("load_shift", up=0.2, down=0.2, penalty=0.95)))
    share = dear.month().amounts
    assert share["buy:grid-peak"] / share["buy:grid-valley"] == pytest.approx(0.5)
    moved = cheap.month().amounts
    total = moved["buy:grid-peak"] + moved["buy:grid-valley"]
    assert moved["buy:grid-peak"] / total == pytest.approx(0.8 / 3)
    above = total / 3 * 0.2
    assert moved["load.power"] == pytest.approx(total - 0.9 * above)


def test_the_plan_of_a_flexible_load_is_that_of_a_second_model() -> None:
    """Three bands, losses, limits and a demand charge against scipy's linprog."""
    bands = {"peak": 6.0, "flat": 10.0, "valley": 8.0}
    prices = {"peak": 780.0, "flat": 520.0, "valley": 260.0}
    unit = load(
        "load_shift", bands=bands, up=0.12, down=0.25, penalty=0.1,
        limits={"valley": "108 MW"},
    )  # fmt: skip
    charged = charge("31 CNY/kW/month", peak_to_mean=1.04).model_copy(
        update={"purchases": [f"grid-{b}" for b in bands]}
    )
    chain = smelter(unit, bands=bands, prices=prices, charges=(charged,))
    plan = planned(chain)
    hours = np.array([h * 30 for h in bands.values()])
    share = hours / APRIL
    # columns: draw of each band, above even of each band, metal MWh, demand kW
    cost = np.array([*prices.values(), 0, 0, 0, -2000.0, 31.0])
    eye = np.eye(3)
    rows, right = [], []
    for b in range(3):
        even = share[b] * np.ones(3)
        rows += [
            [*(eye[b] - 1.12 * even), 0, 0, 0, 0, 0],
            [*(0.75 * even - eye[b]), 0, 0, 0, 0, 0],
            [*(eye[b] - even), *-eye[b], 0, 0],
            [*(eye[b] * 1.04 * 1000 / hours[b]), 0, 0, 0, 0, -1.0],
        ]
        right += [0, 0, 0, 0]
    rows.append([0, 0, 1, 0, 0, 0, 0, 0])
    right.append(108 * hours[2])
    found = linprog(
        cost,
        A_ub=np.array(rows),
        b_ub=right,
        A_eq=[[1, 1, 1, -0.1, -0.1, -0.1, -1, 0]],
        b_eq=[0.0],
        bounds=[(0, None)] * 6 + [(0, EVEN), (0, None)],
    )
    assert plan.margin == pytest.approx(-found.fun, rel=1e-9)
    amount = plan.month().amounts
    drawn = [amount[f"load.{b}"] for b in bands]
    np.testing.assert_allclose(drawn, found.x[:3], rtol=1e-6)
    assert plan.billed["demand"][0] == pytest.approx(found.x[7], rel=1e-6)
    assert check_plan_prices(plan, step=0.01).worst < 1e-6


# -- demand charge -----------------------------------------------------------------


def test_a_demand_charge_splits_over_the_bands_that_set_it() -> None:
    """Even running: both bands set the load; one MWh in all hours adds 1/720 MW."""
    plan = planned(smelter(load("load_profile"), charges=(charge(),)))
    assert plan.billed["demand"] == pytest.approx([100_000.0])
    extra = 38_000 / APRIL
    assert price(plan, "power") == pytest.approx(1300 / 3 + extra)
    assert plan.margin == pytest.approx(EVEN * (2000 - 1300 / 3) - 38 * 100_000)
    rows = {r.subject: r for r in plan.lines() if r.account == "external_purchase"}
    line = rows["demand:demand"]
    assert (line.centre, line.unit) == ("grid", "kW")
    assert line.quantity == pytest.approx(100_000)
    assert line.price == pytest.approx(38)
    assert line.amount == pytest.approx(-3_800_000)


def test_demand_stops_a_shift_that_costs_more_than_it_saves() -> None:
    """A MW more in the valley costs 38,000 and moves 480 MWh: worth 79.17 CNY/MWh.

    It pays against 400 CNY/MWh of difference, not against 70.
    """
    unit = load("load_shift", up=0.2, down=0.5)
    far = planned(smelter(unit, charges=(charge(),)))
    assert far.billed["demand"] == pytest.approx([120_000])
    assert price(far, "valley") == pytest.approx(300 + 38_000 / 480)
    assert price(far, "peak") == pytest.approx(700)
    close = {"peak": 370.0, "valley": 300.0}
    near = planned(smelter(unit, prices=close, charges=(charge(),)))
    assert near.billed["demand"] == pytest.approx([100_000])


def test_a_contracted_least_is_paid_and_makes_more_load_free() -> None:
    """Least 130 MW: the bill does not move with the load, nor do prices feel it."""
    plan = planned(smelter(load("load_profile"), charges=(charge(least="130 MW"),)))
    assert plan.billed["demand"] == pytest.approx([130_000])
    assert price(plan, "power") == pytest.approx(1300 / 3)
    rent = next(r for r in plan.rents if r.kind == "demand")
    assert rent.centre == "grid"
    assert rent.amount[0] == pytest.approx(-38 * 130_000)


def test_apparent_power_and_quarter_hours() -> None:
    """Price per kVA at 0.95, highest quarter of an hour 8 % above the mean."""
    per = charge("30 CNY/kVA/month", power_factor=0.95, peak_to_mean=1.08)
    plan = planned(smelter(load("load_profile"), charges=(per,)))
    assert plan.billed["demand"] == pytest.approx([100_000 * 1.08 / 0.95])


def test_power_without_hours_counts_in_every_band() -> None:
    """20 MW bought around the clock stand under both bands."""
    chain = smelter(load("load_profile"), charges=(charge(),))
    both = chain.demand_charges[0].model_copy(
        update={"purchases": ["grid-peak", "grid-valley", "grid-power"]}
    )
    base = bought("power", 350.0, max="20 MW")
    chain = chain.model_copy(
        update={"demand_charges": (both,), "purchases": (*chain.purchases, base)}
    )
    plan = planned(chain)
    month = plan.month()
    assert month.amounts["buy:grid-power"] == pytest.approx(20 * APRIL)
    loads = load_kw(chain, both, month.amounts, period("2026-04"))
    assert loads == pytest.approx({"peak": 100_000, "valley": 100_000})


@pytest.mark.parametrize(
    ("first", "count", "months"),
    [
        ("2026-04", 2, 2.0),
        ("2026-04-01", 61, 2.0),
        ("2026-Q2", 1, 3.0),
        # 30 March to 7 June: 2 days of March, April, May, 7 days of June
        ("2026-W14", 10, 2 / 31 + 2 + 7 / 30),
    ],
)
def test_every_calendar_bills_a_month_once(
    first: str, count: int, months: float
) -> None:
    """An even load of 100 MW costs 3.8 MCNY a month, planned by month, week or day."""
    plan = planned(smelter(load("load_profile"), charges=(charge(),)), first, count)
    money = sum(
        r.amount for t in range(count) for r in plan.lines(t)
        if r.subject == "demand:demand"
    )  # fmt: skip
    assert money == pytest.approx(-3_800_000 * months, rel=1e-9)


def test_one_day_sets_the_load_of_its_month() -> None:
    """Pots run at 40 % but for one day that metal must be made: that day is billed.

    All 30 days of April pay a thirtieth of it; May is billed by its own load.
    """
    chain = smelter(load("load_profile"), metal=100.0, minimum=0.4, charges=(charge(),))
    days = horizon(period("2026-04-29"), 4)
    net = network(chain)
    known = conditions(chain, days, known_until=None)
    known.price["sell:metal-sale"][1] = 1e6  # on 30 April metal is dear
    plan = make_plan(net, known)
    closes(plan)
    assert plan.billed["demand"] == pytest.approx([1e5, 1e5, 4e4, 4e4])
    drawn = plan.amounts[net.position["load.power"]]
    assert drawn == pytest.approx([960, 2400, 960, 960])
    assert billed_kw(chain, charge(), plan.month(0).amounts, days[0]) == 40_000


def test_a_week_in_two_months_counts_in_both() -> None:
    """The bill of such a week is split by days, its load counts in both months."""
    weeks = horizon(period("2026-W14"), 3)
    found = bills(weeks)
    assert [(b.month, b.slot, b.period) for b in found] == [
        ("2026-03", 0, 0),
        ("2026-04", 1, 0),
    ]
    assert found[1].periods == pytest.approx({0: 5 / 30, 1: 7 / 30, 2: 7 / 30})
    assert months_of(weeks[0]) == pytest.approx({"2026-03": 2 / 31, "2026-04": 5 / 30})


def test_weights_are_load_per_energy() -> None:
    """A MWh in the 8 h of a day of 30 adds 1000/240 kW."""
    chain = smelter(load("load_profile"), charges=(charge(),))
    found = weights(chain, charge(), period("2026-04"))
    assert found["peak"] == pytest.approx({"grid-peak": 1000 / 240})
    assert found["valley"] == pytest.approx({"grid-valley": 1000 / 480})


# -- contracts ---------------------------------------------------------------------


def test_a_medium_term_contract_settles_its_deviation() -> None:
    """40 GWh at 280, 38 GWh taken at least or 25 CNY/MWh paid for the rest.

    The market at 250 is cheaper by 30 than the contract: taking nothing saves 30 and
    costs 25. At 270 it saves 10: the contract is taken down to 38 GWh, not below.
    """
    term = bought(
        "valley", 280.0, max="40 GWh/month", take_or_pay="38 GWh/month",
        shortfall_price="25 CNY/MWh",
    ).model_copy(update={"id": "term"})  # fmt: skip
    for market, taken, short in ((250.0, 0.0, 38_000.0), (270.0, 38_000.0, 0.0)):
        prices = {"peak": 700.0, "valley": market}
        chain = smelter(load("load_profile"), prices=prices, purchases=(term,))
        plan = planned(chain)
        assert plan.month().amounts["buy:term"] == pytest.approx(taken)
        money = next(
            r.amount for r in plan.lines()
            if r.subject == "buy:term" and r.account == "external_purchase"
        )  # fmt: skip
        assert money == pytest.approx(-280 * taken - 25 * short)


def test_the_share_of_spot_is_a_limit_of_the_book() -> None:
    """Spot at most 20 % of all power: 0.8 spot - 0.2 rest <= 0, as [[limits]]."""
    spot = bought("valley", 200.0, spot=True).model_copy(update={"id": "spot"})
    terms = {"buy:spot": "0.8 MWh/MWh"} | {
        f"buy:grid-{b}": "-0.2 MWh/MWh" for b in ("peak", "valley")
    }
    limit = Limit(
        **named("spot-share"), centre="grid", terms=terms, unit="MWh",
        max="0 MWh/month", purpose="ratio",
    )  # fmt: skip
    chain = smelter(load("load_profile"), purchases=(spot,), limits=(limit,))
    plan = planned(chain)
    assert plan.month().amounts["buy:spot"] == pytest.approx(0.2 * EVEN)
    # A MWh more costs a third in the peak; of the rest one fifth of all is spot.
    expected = 700 / 3 + 200 * 0.2 + 300 * (2 / 3 - 0.2)
    assert price(plan, "power") == pytest.approx(expected)


# -- interruption ------------------------------------------------------------------


def shed_case(
    paid: float, metal: float, **more: object
) -> tuple[Plan, dict[str, float]]:
    """Return the plan of a load that may be shed 24 h a month down to 60 %."""
    asked = {"band": "peak", "hours": "24 h/month", "least": "60 %", **more}
    service = Sale(
        **named("service"), centre="grid", goods=["interruption@p"],
        price=f"{paid!r} CNY/MWh",
    )  # fmt: skip
    rated = {"peak": "100 MW", "valley": "100 MW"}
    unit = load("load_shift", interruption=asked, limits=rated)
    plan = planned(smelter(unit, metal=metal, sales=(service,)))
    return plan, dict(plan.month().amounts)


def test_interruption_pays_where_it_beats_the_lost_margin() -> None:
    """Shed a MWh: 300 CNY paid, 700 of peak power saved, a tenth of the metal lost.

    At 9,900 CNY/t the metal of a MWh is worth 990 and shedding pays; at 10,100 it
    is worth 1,010 and does not. The most that may be shed is 24/730 of the hours at
    40 % of the mean load of the other band, which is 100 MW at full capacity.
    """
    _, kept = shed_case(300.0, 10_100.0)
    assert kept["sell:service:interruption"] == pytest.approx(0.0, abs=1e-6)
    plan, shed = shed_case(300.0, 9_900.0)
    mean = shed["load.valley"] / 480
    most = 24 / 730 * APRIL * 0.4 * mean
    assert shed["sell:service:interruption"] == pytest.approx(most)
    assert shed["load.peak"] == pytest.approx(240 * mean - most)
    assert price(plan, "interruption") == pytest.approx(300)


def test_a_restart_costs_energy() -> None:
    """With 0.2 MWh lost per MWh shed, 300 CNY no longer pay for 90 of margin.

    Power is worth 990 to the metal: 300 + 700 - 990 - 0.2 x 990 < 0.
    """
    _, kept = shed_case(300.0, 9_900.0, restart="20 %")
    assert kept["sell:service:interruption"] == pytest.approx(0.0, abs=1e-6)
    _, shed = shed_case(600.0, 9_900.0, restart="20 %")
    lost = shed["load.peak"] + shed["load.valley"] - shed["load.power"]
    assert lost == pytest.approx(0.2 * shed["sell:service:interruption"])


def test_a_load_that_stands_still_is_not_paid_for_shedding() -> None:
    """Metal at 1,000 CNY/t: nothing runs, so nothing can be shed."""
    _, still = shed_case(300.0, 1_000.0)
    assert still["sell:service:interruption"] == pytest.approx(0.0, abs=1e-6)


# -- own generation ----------------------------------------------------------------

HEAT = 20.9  # GJ/t of coal
RISE, WORK = 3.477 - 0.67, 3.477 - 2.88  # GJ/t live steam; to the low level
TO_POWER = 0.985 * 0.985 * (1 - 0.08) / 3.6  # MWh/GJ of shaft work


def station(kind: str = "generation_profile", **recipe: object) -> Chain:
    """Return a back-pressure station whose steam dries ore, beside the grid."""
    chp = Unit(
        **named("chp"), kind="heat_and_power", centre="station", place="p",
        feed=["coal"],
        ports={"live_steam": "live", "low_steam": "steam", "power": "own"},
        limits={"boiler": "200 t/h"},
    )  # fmt: skip
    feeder = Unit(
        **named("feeder"), kind=kind, centre="station", place="p",
        ports={"power": "own", "peak": "peak", "valley": "valley"}, recipe=recipe,
    )  # fmt: skip
    dryer = Unit(
        **named("dryer"), kind="recipe", centre="potroom", place="p",
        feed=["steam"], recipe={"produces": {"dried": "1 t/t"}},
        limits={"throughput": "100 t/h"},
    )  # fmt: skip
    goods = {
        "coal": ("fuel", "t"), "live": ("steam", "t"), "steam": ("steam", "t"),
        "own": ("power", "MWh"), "dried": ("product", "t"),
    }  # fmt: skip
    materials = tuple(
        Material(**named(m), group=g, unit=u, heat="20.9 GJ/t" if m == "coal" else None)
        for m, (g, u) in goods.items()
    )
    coal = bought("coal", 0.0).model_copy(update={"centre": "station"})
    coal = type(coal).model_validate(
        {**coal.model_dump(exclude={"price"}), "price": "800 CNY/t"}
    )
    dried = Sale(
        **named("dried-sale"), centre="potroom", goods=["dried@p"], price="900 CNY/t",
        min="72000 t/month", max="72000 t/month",
    )  # fmt: skip
    return smelter(
        load("load_profile"), purchases=(coal,), sales=(dried,),
        units=(chp, feeder, dryer), materials=materials,
    )  # fmt: skip


def test_steam_is_worth_its_coal_less_the_power_it_makes() -> None:
    """Back-pressure steam: coal of a tonne less its MWh at the price of the bands.

    Condensing pays nothing here (a MWh costs more coal than 433 CNY), so the grid
    stays the margin for power and the boiler for steam.
    """
    plan = planned(station())
    power = (8 * 700 + 16 * 300) / 24
    coal = RISE / 0.915 / HEAT * 800
    made = WORK * TO_POWER
    assert price(plan, "own") == pytest.approx(power)
    assert price(plan, "steam") == pytest.approx(coal - made * power)
    condensing = coal / ((3.477 - 2.4) * TO_POWER)
    assert condensing > power
    amount = plan.month().amounts
    assert amount["chp.power"] == pytest.approx(made * 72_000)
    assert amount["chp.low_steam"] == pytest.approx(72_000)


def test_a_station_that_can_move_gives_more_to_the_peak() -> None:
    """Up to 30 % more in the peak: worth 0.1 x 400 CNY for every MWh."""
    rigid = planned(station())
    moving = planned(station("generation_shift", up="30 %", down="30 %"))
    assert price(moving, "own") - price(rigid, "own") == pytest.approx(0.1 * 400)
    given = moving.month().amounts
    assert given["feeder.peak"] / given["feeder.power"] == pytest.approx(1.3 / 3)


def test_stations_and_loads_conserve_energy() -> None:
    """What the bands and the station give is what the pots take."""
    amount = planned(station()).month().amounts
    bought_ = amount["buy:grid-peak"] + amount["buy:grid-valley"]
    assert bought_ + amount["chp.power"] == pytest.approx(amount["pots.power"])


def test_a_contradiction_names_the_demand_in_words() -> None:
    """A load that must be drawn within a limit that forbids it is told by name."""
    unit = load("load_shift", limits={"peak": "10 MW", "valley": "10 MW"})
    chain = smelter(unit, minimum=0.5)
    with pytest.raises(InfeasibleError, match="no plan meets"):
        planned(chain)


def published_plant() -> Chain:
    """Return the published station: condensing power sold, two steam levels asked.

    9.81 MPa/540 degC to 6.3 and 0.6 MPa and to 5 kPa; mechanical and generator
    efficiency 0.985 each, no own use of power.
    """
    enthalpy = {
        "live_steam": 3.4788468, "medium": 3.360127, "low": 2.878886,
        "condenser": 2.267855, "feed_water": 0.440494,
    }  # fmt: skip
    chain = station()
    chp = chain.unit["chp"].model_dump()
    chp |= {
        "settings": {f"{k}_enthalpy": f"{v} GJ/t" for k, v in enthalpy.items()}
        | {"auxiliary_power": 0},
        "ports": {**chp["ports"], "medium_steam": "medium", "power": "power"},
        "limits": {"boiler": "800 t/h"},
    }
    keep = {"availability": 1.0, "minimum": 0.0, "cost": None}
    unit = Unit.model_validate({**chp, **keep})
    medium = Material(**named("medium"), group="steam")
    sales = [
        Sale(**named("power-sale"), centre="station", goods=["power@p"],
             price="450 CNY/MWh"),
        *(Sale(**named(f"{s}-sale"), centre="station", goods=[f"{s}@p"],
               price="1 CNY/t", min=f"{q} t/h", max=f"{q} t/h")
          for s, q in (("medium", 250), ("steam", 400))),
    ]  # fmt: skip
    coal = chain.purchases[-1].model_dump() | {"price": "100 CNY/t"}
    return chain.model_copy(
        update={
            "units": (unit,), "sales": tuple(sales),
            "materials": (*chain.materials, medium),
            "purchases": (type(chain.purchases[-1]).model_validate(coal),),
        }
    )  # fmt: skip


def test_steam_of_a_published_station_is_worth_the_power_it_loses() -> None:
    """Captive station of an alumina refinery, worked with IF97 steam properties.

    250 t/h at 6.3 MPa, 400 t/h at 0.6 MPa, the rest of 800 t/h to the condenser:
    121.632 MW; lost power 294.38 and 164.68 kWh/t; 74.1 CNY/t of low steam at 0.45
    CNY/kWh (worked plant of the smelter and power notes, case 14; its enthalpies were
    checked there against three implementations of IF97).
    """
    plan = planned(published_plant())
    assert plan.month().amounts["chp.power"] / APRIL == pytest.approx(121.632, abs=5e-4)
    assert price(plan, "steam") == pytest.approx(0.16468 * 450, rel=1e-4)
    assert price(plan, "steam") == pytest.approx(74.1, abs=0.05)
    assert price(plan, "medium") == pytest.approx(0.29438 * 450, rel=1e-4)
