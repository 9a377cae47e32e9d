"""Cargo lots, batches and step tariffs against enumeration; uplift of Scarf's example.

Sources
-------
R. P. O'Neill et al., "Efficient market-clearing prices in markets with
nonconvexities", European Journal of Operational Research, 2005: Scarf's example as
modified there: Smokestack (16 MW, start 53, 3 per MWh), High Tech (7 MW, start 30, 2
per MWh), Med Tech (6 MW, at least 2, no start cost, 7 per MWh); six, five and five of
them.
H. P. Williams, "Model Building in Mathematical Programming", 5th ed., Wiley, 2013,
problem 12.2 (Food manufacture 2), profit 100 279.
"""

from __future__ import annotations

from itertools import product
from math import ceil, floor

import numpy as np
import pytest

from orebook.chain.plant import Route, Store, Unit
from orebook.chain.trade import Purchase
from orebook.errors import InfeasibleError
from orebook.plan.accounts import group_margin, margin_by_centre
from orebook.plan.blocks.lots import to_date
from orebook.plan.decided import decisions
from orebook.plan.lp import Builder, Problem
from orebook.plan.solve import Solver
from tests.plan.whole_chains import buy, group, load, maker, planned, sell

GRAIN = {"grain": "t", "flour": "t"}


def store(name: str, most: float, opening: float, **more: object) -> Store:
    return Store(id=f"{name}-store", name=name, name_en=name, centre="trade",
                 good=f"{name}@p", capacity=f"{most!r} t", opening=f"{opening!r} t",
                 **more)  # fmt: skip


def mill(**more: object) -> Unit:
    return maker("mill", makes="flour", of="t", most=10.0, cost=5.0,
                 consumes={"grain": "1 t/t"}, **more)  # fmt: skip


# -- lots ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_lots_against_enumeration(seed: int) -> None:
    """Ships of 25 t into a store of 40 t, six days; the mill sells at market."""
    draw = np.random.default_rng(seed)
    cost = np.round(draw.uniform(60.0, 95.0, 6), 1)
    price = np.round(draw.uniform(80.0, 120.0, 6), 1)
    chain = group(
        [mill()],
        materials=GRAIN,
        purchases=[buy("grain", 70.0, "t", lot="25 t", max="25 t/d")],
        sales=[sell("flour", 100.0, "t")],
        stores=(store("grain", 40.0, 10.0, end="free"),),
    )
    prices = {"buy:grain": cost.tolist(), "sell:flour-sale": price.tolist()}
    plan = planned(chain, 6, prices=prices)
    best = max(
        _mill_profit(np.array(lots), cost, price) for lots in product((0, 1), repeat=6)
    )
    assert plan.margin == pytest.approx(best, abs=1e-6)
    lots = decisions(plan.assembly, plan.x)[0]
    bought = [plan.month(t).amounts["buy:grain"] for t in range(6)]
    assert bought == pytest.approx((25.0 * lots.value).tolist(), abs=1e-6)
    for t in range(6):
        lines = plan.lines(t)
        assert sum(margin_by_centre(lines).values()) == pytest.approx(
            group_margin(lines), abs=1e-6
        )


def _mill_profit(lots: np.ndarray, cost: np.ndarray, price: np.ndarray) -> float:
    """Milling at best, for given ships: a small linear problem."""
    from scipy.optimize import linprog

    count = lots.size
    cumulated = np.tril(np.ones((count, count)))
    supply = 10.0 + np.cumsum(25.0 * lots)
    found = linprog(
        5.0 - price,
        A_ub=np.vstack([cumulated, -cumulated]),
        b_ub=np.concatenate([supply, 40.0 - supply]),
        bounds=[(0.0, 10.0)] * count,
    )
    if found.status != 0:
        return -np.inf
    return float(-found.fun - 25.0 * lots @ cost)


def test_lots_keep_a_yearly_contract_to_date() -> None:
    """3 650 t a year in ships of 60 t: ten tonnes a day, a ship every six days."""
    low, high = to_date(np.zeros(13), np.full(13, 10.0), 60.0)
    assert high.tolist() == [min(ceil(10 * t / 60), floor(130 / 60)) for t in
                             range(1, 14)]  # fmt: skip
    assert low.tolist() == [0.0] * 13
    low, high = to_date(np.full(12, 10.0), np.full(12, 10.0), 60.0)
    assert low[-1] == high[-1] == 2.0


def test_a_least_amount_in_lots_is_bought() -> None:
    chain = group(
        [mill()],
        materials=GRAIN,
        purchases=[buy("grain", 200.0, "t", lot="25 t", min="9 t/d", max="60 t/d")],
        sales=[sell("flour", 100.0, "t")],
        stores=(store("grain", 100.0, 0.0, end="free"),),
    )
    plan = planned(chain, 4)
    total = sum(plan.month(t).amounts["buy:grain"] for t in range(4))
    assert total == pytest.approx(50.0)  # 36 t are due: two ships


def test_routes_and_sales_move_in_lots() -> None:
    """Barges of 4 t on a route of 11 t a day, sold in lots of 3 t."""
    chain = group(
        [mill()],
        materials=GRAIN,
        purchases=[buy("grain", 20.0, "t")],
        sales=[],
        stores=(store("flour", 100.0, 0.0, end="free"),),
    )
    places = (*chain.places, chain.places[0].model_copy(update={"id": "q"}))
    route = Route(id="barge", name="驳", name_en="barge", centre="trade",
                  materials=["flour"], start="p", end="q", capacity="11 t/d",
                  lot="4 t", cost="1 CNY/t")  # fmt: skip
    sale = sell("flour", 100.0, "t", lot="3 t").model_copy(
        update={"goods": ["flour@q"]}
    )
    chain = chain.model_copy(
        update={"places": places, "routes": (route,), "sales": (sale,),
                "stores": (*chain.stores, store("flour", 50.0, 0.0, end="free")
                           .model_copy(update={"id": "far", "good": "flour@q"}))}
    )  # fmt: skip
    plan = planned(chain, 3)
    sent = np.array([plan.month(t).amounts["send:barge:flour"] for t in range(3)])
    sold = np.array([plan.month(t).amounts["sell:flour-sale:flour"] for t in range(3)])
    assert np.allclose(sent / 4.0, np.round(sent / 4.0))
    assert np.allclose(sold / 3.0, np.round(sold / 3.0))
    assert sent.sum() == pytest.approx(28.0)  # 30 t made; 8 lots would be 32 t
    assert sold.sum() == pytest.approx(27.0)


def test_lots_that_cannot_meet_a_need_are_named() -> None:
    """45 t are needed in fact, no store; ships bring 20 t."""
    chain = group(
        [load(9.0, material="grain", of="t")],
        materials={"grain": "t", "served": "t"},
        purchases=[buy("grain", 20.0, "t", lot="20 t")],
        sales=[sell("served", 0.0, "t")],
    )
    with pytest.raises(InfeasibleError, match=r"number of lots: purchase grain"):
        planned(chain, 1)


# -- batches ------------------------------------------------------------------------


def casthouse(**batch: object):
    furnace = maker("furnace", makes="ingot", of="t", most=200.0, cost=100.0,
                    consumes={"metal": "1.01 t/t"},
                    batch={"size": "60 t", "time": "7 h", **batch})  # fmt: skip
    return group(
        [furnace],
        materials={"metal": "t", "ingot": "t"},
        purchases=[buy("metal", 15_000.0, "t", max="170 t/d")],
        sales=[sell("ingot", 16_000.0, "t")],
    )


def test_a_furnace_casts_whole_charges() -> None:
    """Three charges of 7 h fit a day, metal for 168 t: two full charges."""
    plan = planned(casthouse(), 1)
    assert plan.duties["furnace"]["ingot"][0] == pytest.approx(120.0)
    part = planned(casthouse(full=False), 1)
    assert part.duties["furnace"]["ingot"][0] == pytest.approx(170.0 / 1.01)
    assert decisions(part.assembly, part.x)[0].value[0] == 3.0
    two = planned(casthouse(full=False, time="13 h"), 1)
    assert two.duties["furnace"]["ingot"][0] == pytest.approx(60.0)
    side = planned(casthouse(full=False, time="13 h", count=2), 1)
    assert side.duties["furnace"]["ingot"][0] == pytest.approx(120.0)


def test_turnaround_of_a_berth_counts_whole_ships() -> None:
    """Unloading 6.25 kt from ships of 5 kt takes two turnarounds, not 1.25."""
    berth = Unit(
        id="berth", name="泊位", name_en="berth", kind="berth", centre="berth",
        place="p", feed=["ore"], recipe={"to": "q"},
        settings={"unloading_rate": "1000 t/h", "lot_size": "5000 t",
                  "turnaround": "6 h", "handling_loss": "0"},
        limits={"berth_hours": "24 h/d"},
        batch={"size": "5000 t", "full": False},
    )  # fmt: skip
    chain = group(
        [berth],
        materials={"ore": "t"},
        purchases=[buy("ore", 10.0, "t")],
        sales=[],
    )
    places = (*chain.places, chain.places[0].model_copy(update={"id": "q"}))
    sale = sell("ore", 50.0, "t").model_copy(update={"goods": ["ore@q"]})
    ore = chain.materials[0].model_copy(update={"assay": {"Al2O3": 0.4}})
    chain = chain.model_copy(
        update={"places": places, "sales": (sale,), "materials": (ore,)}
    )
    plan = planned(chain, 1)
    # n ships: 6 n + tonnes / 1000 <= 24 and tonnes <= 5000 n: n = 2, 10 kt, or n = 3,
    # 6 kt; by tonnes alone it would be 24 / (0.001 + 0.0012) = 10 909 t.
    assert plan.duties["berth"]["ore"][0] == pytest.approx(10_000.0)


# -- step tariff ---------------------------------------------------------------------


def smelter(kwh: tuple[float, float] = (13_400.0, 13_280.0), **more: object):
    """Return two potlines, an old and a new one, under one step tariff."""
    lines = [
        maker(name, makes="metal", of="t", most=most, cost=5_000.0,
              consumes={"power": f"{each!r} kWh/t", "anode": "0.42 t/t"}, **more)
        for name, most, each in (("old", 300.0, kwh[0]), ("new", 500.0, kwh[1]))
    ]  # fmt: skip
    cast = maker("cast", makes="ingot", of="t", most=900.0, cost=0.0,
                 consumes={"metal": "1 t/t"})  # fmt: skip
    power = Purchase(
        id="power", name="电", name_en="power", centre="trade", good="power@p",
        price="0.45 CNY/kWh",
        bands=[{"above": f"{13_300 + 20 * k} kWh/t", "extra": f"{0.01 * (k + 1)!r} "
                "CNY/kWh"} for k in range(5)],
        index={"of": ["old.power", "new.power"], "per": "cast.metal"},
    )  # fmt: skip
    return group(
        [*lines, cast],
        materials={"power": "MWh", "metal": "t", "ingot": "t", "anode": "t"},
        purchases=[power, buy("anode", 4_000.0, "t")],
        sales=[sell("ingot", 13_000.0, "t")],
    )


def tariff_profit(old: float, new: float, price: float, kwh: tuple[float, float]):
    """Return the profit of loads of both lines under the reference's formula."""
    metal, power = old + new, kwh[0] * old + kwh[1] * new
    if metal == 0.0:
        return 0.0
    steps = min(5, ceil(round((power / metal - 13_300.0) / 20.0, 6)))
    extra = 0.01 * max(0, steps)
    return metal * (price - 5_000.0 - 0.42 * 4_000.0) - power * (0.45 + extra)


@pytest.mark.parametrize("price", [12_750.0, 12_850.0, 13_000.0, 13_400.0])
def test_the_step_tariff_is_a_cliff(price: float) -> None:
    """Best loads of both lines against a fine grid of loads with its edges."""
    kwh = (13_400.0, 13_280.0)
    plan = planned(smelter(), 1, prices={"sell:ingot-sale": [price]})
    edges = [(13_300 + 20 * k - kwh[1]) / (kwh[0] - kwh[1]) for k in range(5)]
    shares = [s / (1.0 - s) for s in edges if s < 1.0]
    old = {*np.linspace(0.0, 300.0, 61), *(500.0 * r for r in shares)}
    grid = [
        (o, n)
        for o in old if o <= 300.0
        for n in {*np.linspace(0.0, 500.0, 21), *(o / r for r in shares)} if n <= 500.0
    ]  # fmt: skip
    best = max(tariff_profit(o, n, price, kwh) for o, n in grid)
    assert plan.margin == pytest.approx(best, rel=1e-9)
    lines = plan.lines()
    assert group_margin(lines) == pytest.approx(plan.margin, rel=1e-12)
    assert sum(margin_by_centre(lines).values()) == pytest.approx(plan.margin)


def test_an_index_on_the_edge_pays_nothing() -> None:
    """13 300 kWh/t is not above 13 300: both lines run full without surcharge."""
    plan = planned(smelter((13_300.0, 13_300.0)), 1)
    assert not [r for r in plan.lines() if r.account == "band_charge" and r.amount]
    assert plan.month().amounts["cast.metal"] == pytest.approx(800.0)


@pytest.mark.parametrize(("kwh", "extra"), [(13_310.0, 0.01), (13_321.0, 0.02),
                                            (13_400.0, 0.05)])  # fmt: skip
def test_surcharges_of_the_reference(kwh: float, extra: float) -> None:
    """133.1, 266.4 and 670.0 CNY/t above 13 300 kWh/t, by twenties."""
    plan = planned(smelter((kwh, kwh)), 1, prices={"sell:ingot-sale": [15_000.0]})
    paid = -sum(r.amount for r in plan.lines() if r.account == "band_charge")
    metal = plan.month().amounts["cast.metal"]
    assert metal == pytest.approx(800.0)
    assert paid / metal == pytest.approx(extra * kwh, abs=0.05)


@pytest.mark.parametrize("price", [90.0, 104.0, 108.0, 115.0])
def test_a_band_by_amount_against_enumeration(price: float) -> None:
    """All grain costs 3 more beyond 6 t a day, 8 more beyond 8 t."""
    bands = [{"above": "6 t/d", "extra": "3 CNY/t"},
             {"above": "8 t/d", "extra": "8 CNY/t"}]  # fmt: skip
    chain = group(
        [mill()],
        materials=GRAIN,
        purchases=[buy("grain", 90.0, "t", max="12 t/d", bands=bands)],
        sales=[sell("flour", price, "t")],
    )
    plan = planned(chain, 1)

    def profit(tonnes: float) -> float:
        extra = 0.0 if tonnes <= 6.0 else 3.0 if tonnes <= 8.0 else 8.0
        return tonnes * (price - 5.0 - 90.0 - extra)

    best = max(profit(x) for x in np.linspace(0.0, 10.0, 1001))
    assert plan.margin == pytest.approx(best, abs=1e-9)
    assert group_margin(plan.lines()) == pytest.approx(best, abs=1e-9)


# -- uplift ----------------------------------------------------------------------------

SCARF = (("smoke", 6, 16.0, 0.0, 53.0, 3.0), ("high", 5, 7.0, 0.0, 30.0, 2.0),
         ("med", 5, 6.0, 2.0, 0.0, 7.0))  # fmt: skip


def scarf(demand: float):
    units = [
        maker(f"{name}-{k}", most=most, cost=cost, minimum=least / most,
              on_off={"start_cost": f"{start!r} CNY", "running_at_first": False})
        for name, count, most, least, start, cost in SCARF
        for k in range(count)
    ]  # fmt: skip
    chain = group(
        [*units, load(demand)],
        materials={"power": "MWh", "served": "MWh"},
        sales=[sell("served", 0.0, "MWh")],
    )
    return planned(chain, 1)


def scarf_cost(demand: float) -> float:
    """Return the least cost over all numbers of units."""
    best = np.inf
    for counts in product(*(range(row[1] + 1) for row in SCARF)):
        rows = sorted(zip(counts, SCARF, strict=True), key=lambda r: r[1][5])
        left = demand - sum(n * row[3] for n, row in rows)
        cost = sum(n * (row[4] + row[3] * row[5]) for n, row in rows)
        if left < 0:
            continue
        for n, row in rows:
            more = min(left, n * (row[2] - row[3]))
            cost, left = cost + more * row[5], left - more
        best = min(best, cost if left <= 1e-9 else np.inf)
    return best


@pytest.mark.parametrize("demand", [*range(52, 68, 2), 80, 100, 131])
def test_scarf_least_cost(demand: int) -> None:
    """All combinations of Smokestack, High Tech and Med Tech; 347 at demand 55."""
    assert scarf_cost(55.0) == 347.0
    assert -scarf(float(demand)).margin == pytest.approx(scarf_cost(demand), abs=1e-9)


def test_scarf_uplift() -> None:
    """Demand 61: three Smokestacks set the price 3, two High Techs are full.

    What a start must be paid beside the price is its cost less what the capacity
    earns: 53 - 16 (3 - 3) = 53 and 30 - 7 (3 - 2) = 23.
    """
    plan = scarf(61.0)
    assert -plan.margin == pytest.approx(3 * 53 + 2 * 30 + 47 * 3 + 14 * 2)
    price = next(r for r in plan.price_rows() if r["material"] == "power")["price"]
    assert price == pytest.approx(3.0)
    paid = sorted(round(u.amount, 6) for u in plan.uplifts)
    assert paid == [23.0, 23.0, 53.0, 53.0, 53.0]
    assert 61 * price + sum(paid) == pytest.approx(-plan.margin)


# -- Williams ------------------------------------------------------------------------

OILS = ("veg1", "veg2", "oil1", "oil2", "oil3")
HARDNESS = (8.8, 6.1, 2.0, 4.2, 5.0)
BUY = np.array(
    [
        [110, 130, 110, 120, 100, 90],
        [120, 130, 140, 110, 120, 100],
        [130, 110, 130, 120, 150, 140],
        [110, 90, 100, 120, 110, 80],
        [115, 115, 95, 125, 105, 135],
    ],
    float,
)


def food_2() -> Problem:
    """Return problem 12.2 on the builder that plans are assembled with.

    Two lines of capacity 200 and 250 t, hardness 3 to 6, stores of 1000 t at 5 a month,
    500 t at both ends; at most three oils, 20 t if used, vegetable oil with oil 3.
    """
    builder = Builder(periods=6)
    first, last = np.zeros((5, 6)), np.zeros((5, 6))
    first[:, 0], last[:, -1] = 500.0, 500.0
    bought = builder.columns("buy", OILS, cost=BUY)
    most = np.array([[200.0]] * 2 + [[250.0]] * 3)
    used = builder.columns("use", OILS, cost=-150.0)
    held = builder.columns(
        "stock", OILS, cost=5.0, lower=last,
        upper=np.where(last > 0.0, 500.0, 1000.0),
    )  # fmt: skip
    on = builder.columns("on", OILS, upper=1.0, integer=True)
    flow = builder.rows("balance", OILS, lower=-first, upper=-first)
    builder.entries(flow.all(), bought.all(), 1.0)
    builder.entries(flow.all(), used.all(), -1.0)
    builder.entries(flow.all(), held.all(), -1.0)
    builder.entries(flow.all()[:, 1:], held.all()[:, :-1], 1.0)
    line = builder.rows("line", ["veg", "oil"], lower=-np.inf, upper=[[200.0], [250.0]])
    for k in range(5):
        builder.entries(line.all()[int(k > 1)], used.all()[k], 1.0)
    hard = builder.rows("hardness", ["high", "low"], lower=-np.inf, upper=0.0)
    for k, value in enumerate(HARDNESS):
        builder.entries(hard.all()[0], used.all()[k], value - 6.0)
        builder.entries(hard.all()[1], used.all()[k], 3.0 - value)
    least = builder.rows("least", OILS, lower=0.0, upper=np.inf)
    builder.entries(least.all(), used.all(), 1.0)
    builder.entries(least.all(), on.all(), -20.0)
    room = builder.rows("room", OILS, lower=-np.inf, upper=0.0)
    builder.entries(room.all(), used.all(), 1.0)
    builder.entries(room.all(), on.all(), -most)
    three = builder.rows("three", ["oils"], lower=-np.inf, upper=3.0)
    for k in range(5):
        builder.entries(three.all()[0], on.all()[k], 1.0)
    follow = builder.rows("follow", ["veg1", "veg2"], lower=-np.inf, upper=0.0)
    builder.entries(follow.all(), on.all()[:2], 1.0)
    builder.entries(follow.all(), on.all()[4], -1.0)
    return builder.problem()


def test_food_manufacture_2() -> None:
    """Profit 100 278.7 as published, and the bound says there is no better."""
    found = Solver(food_2()).optimal()
    assert -found.objective == pytest.approx(100_278.7, abs=0.05)
    assert found.bound == pytest.approx(found.objective, rel=2e-6)
