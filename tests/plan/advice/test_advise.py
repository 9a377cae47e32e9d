"""Advice against closed forms, a dense grid, and plans solved again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre
from orebook.chain.read import read_book
from orebook.errors import InputError
from orebook.plan.advice.advise import advise, group_gain
from orebook.plan.advice.result import Advice
from orebook.plan.advice.search import sample
from orebook.plan.advice.stand import stand_of
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.check import check_units
from orebook.process.network import network
from orebook.process.registry import kind
from orebook.quantity import parse
from tests.plan.advice.toy import kiln_chain
from tests.plan.chains import chain8

SOLD = 100.0  # t a month, what the customer takes


def kiln_cost(smoke: float) -> float:
    """Return the least cost at a smoke of at most this, by hand [CNY/t].

    Temperature is 2 * smoke; above 1.2 the promised iron asks for speed t / 1.2.
    """
    t = np.asarray(smoke) / 0.5
    s = np.maximum(1.0, t / 1.2)
    return 80.0 / t + 30.0 * (s - 1.0) ** 2


@pytest.fixture(scope="module")
def smoke(kiln_plan: Plan) -> Advice:
    return advise(kiln_plan, "kiln", index="smoke")


def test_the_frontier_is_the_hyperbola_by_hand(smoke: Advice) -> None:
    assert len(smoke.frontier.points) == 21
    for point in smoke.frontier.points:
        assert point.cost / SOLD == pytest.approx(kiln_cost(point.index), rel=1e-7)


def test_the_price_of_the_index_is_the_slope_by_hand(smoke: Advice) -> None:
    """d(40 / smoke) / d smoke = -40 / smoke^2 per tonne where only the floor holds."""
    inner = [p for p in smoke.frontier.points[1:-1] if p.index < 0.59]
    assert len(inner) > 5
    for point in inner:
        assert point.price == pytest.approx(SOLD * 40.0 / point.index**2, rel=1e-4)


def test_every_point_is_certified_and_the_ends_are_right(smoke: Advice) -> None:
    assert all(p.certified for p in smoke.frontier.points)
    best = minimize_scalar(kiln_cost, bounds=(0.6, 1.0), method="bounded")
    first, last = smoke.frontier.points[0], smoke.frontier.points[-1]
    assert first.index == pytest.approx(best.x, rel=1e-4)
    assert first.cost / SOLD == pytest.approx(best.fun, rel=1e-9)
    assert last.index == pytest.approx(0.25, rel=1e-4)  # temperature 0.5, the low end
    assert smoke.frontier.convex


def test_no_setting_of_a_dense_grid_beats_the_frontier(smoke: Advice) -> None:
    """The oracle knows no derivative: 160 000 settings, each feasible one above."""
    axis = np.linspace(0.0, 1.0, 400)
    grid = np.array(np.meshgrid(axis, axis, indexing="ij")).reshape(2, -1).T
    sheet = smoke.board.sheet(grid)
    good = sheet.excess.max(axis=0) <= 0.0
    x = np.array([p.index for p in smoke.frontier.points])[::-1]
    y = np.array([p.cost for p in smoke.frontier.points])[::-1]
    inside = good & (sheet.index <= x[-1]) & (sheet.index >= x[0])
    # Between points the curve lies under its chords: chords less the bow are a floor.
    floor = SOLD * kiln_cost(sheet.index[inside])
    assert np.all(sheet.cost[inside] >= floor * (1.0 - 1e-9))
    for k in range(1, x.size - 1):
        near = good & (sheet.index <= x[k]) & (sheet.index > x[k] - 0.01)
        assert sheet.cost[near].min() == pytest.approx(y[k], rel=0.02)


def test_the_knee_is_deepest_under_the_chord(smoke: Advice) -> None:
    points = smoke.frontier.points
    x, y = (np.array([getattr(p, n) for p in points]) for n in ("index", "cost"))
    chord = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
    assert smoke.frontier.knee == int(np.argmax(chord - y))
    assert smoke.frontier.depth == pytest.approx(float(np.max(chord - y)))


def test_today_costs_its_internal_price(smoke: Advice, kiln_plan: Plan) -> None:
    """One set of prices: a unit between its limits earns nothing above its rents."""
    price = smoke.main.worth["product"]
    assert smoke.today_cost / SOLD == pytest.approx(price, rel=1e-9)
    assert smoke.today_cost / SOLD == pytest.approx(80.0)


def test_a_unit_at_its_capacity_costs_its_internal_price_with_the_rent(
    planned: Callable[[Chain], Plan],
) -> None:
    chain = kiln_chain(free={"temperature": {}}, limits={"throughput": "60 t/month"})
    found = advise(planned(chain), "kiln", index="smoke", check=False)
    assert found.output == pytest.approx(60.0)
    assert found.main.rent["throughput"] == pytest.approx(500.0 - 80.0)
    assert found.today_cost / 60.0 == pytest.approx(500.0)


def test_steps_sum_to_the_saving_and_say_what_stops_them(smoke: Advice) -> None:
    """Today t = 1 has smoke 0.5: nothing is to be had at no more smoke."""
    assert smoke.steps == ()
    assert smoke.saving == pytest.approx(0.0, abs=1e-6)
    assert smoke.distance == pytest.approx(0.0, abs=1e-6)


def test_going_for_cost_goes_by_what_stops_each_step(kiln_plan: Plan) -> None:
    """Temperature rises until the promised iron stops it, then speed opens the way."""
    found = advise(kiln_plan, "kiln", index="smoke", aim="cost")
    assert sum(s.money for s in found.steps) == pytest.approx(found.saving, abs=1e-9)
    assert found.saving > 0.0
    first = found.steps[0]
    assert found.board.knobs[first.knob].name == "temperature"
    assert first.stopped == "product:Fe max"
    assert found.value(first, after=True) == pytest.approx(1.2, rel=1e-5)
    assert first.money == pytest.approx(SOLD * (80.0 - 80.0 / 1.2), rel=1e-4)
    names = [found.board.knobs[s.knob].name for s in found.steps if s.knob is not None]
    assert "speed" in names
    for step, after in pairwise(found.steps):
        assert np.array_equal(step.after, after.before)
    assert np.allclose(found.steps[-1].after, found.recommended.z)
    assert all(p == "product:Fe max" for p in found.recommended.held)


def test_the_group_gain_is_the_difference_of_two_plans(kiln_plan: Plan) -> None:
    """The kiln is alone and the sale fixed: here local and whole must agree."""
    found = advise(kiln_plan, "kiln", index="smoke", aim="cost")
    assert found.group == pytest.approx(found.saving, rel=1e-6)
    assert group_gain(kiln_plan, {}) == pytest.approx(0.0, abs=1e-6)


def test_an_index_value_can_be_asked_for(kiln_plan: Plan) -> None:
    found = advise(kiln_plan, "kiln", index="smoke", aim=0.4, check=False)
    assert found.recommended.index == pytest.approx(0.4, rel=1e-6)
    assert found.saving == pytest.approx(SOLD * (80.0 - 100.0), rel=1e-5)
    assert [s.stopped for s in found.steps] == ["index"]
    with pytest.raises(InputError, match=r"cannot be reached; the frontier runs"):
        advise(kiln_plan, "kiln", index="smoke", aim=0.1, check=False)


def test_a_bound_on_another_index_holds(kiln_plan: Plan) -> None:
    """Brightness >= 0.98 needs a speed of 2 - sqrt(0.2); least cost 1.496."""
    found = advise(
        kiln_plan, "kiln", index="smoke", keep=["brightness>=0.98"], aim="cost",
        check=False,
    )  # fmt: skip
    speed = 2.0 - np.sqrt(0.2)
    assert found.settings["kiln"]["speed"] == pytest.approx(speed, rel=1e-6)
    assert found.today_missed == ("brightness>=0.98",)
    assert found.recommended.certified


def test_quality_against_cost_is_the_parabola_by_hand(kiln_plan: Plan) -> None:
    found = advise(kiln_plan, "kiln", index="brightness", check=False)
    assert found.board.index.better == "higher"
    for p in found.frontier.points[1:]:
        s = 2.0 - np.sqrt((1.0 - min(p.index, 1.0)) / 0.1)
        t = min(2.0, 1.2 * s)
        assert p.cost / SOLD == pytest.approx(80.0 / t + 30.0 * (s - 1) ** 2, rel=1e-4)


def test_direction_can_be_turned(kiln_plan: Plan) -> None:
    found = advise(kiln_plan, "kiln", index="smoke", better="higher", check=False)
    assert found.frontier.points[-1].index > found.frontier.points[0].index
    with pytest.raises(InputError, match="'lower' or 'higher'"):
        advise(kiln_plan, "kiln", index="smoke", better="more")


def test_a_setting_without_effect_stays(kiln_plan: Plan) -> None:
    found = advise(
        kiln_plan, "kiln", index="smoke", free={"colour": (0.0, 1.0)}, check=False
    )
    assert [k.id for k in found.still] == ["kiln.colour"]
    assert "colour" not in found.settings["kiln"]
    assert "colour" in found.summary("en")


def test_a_setting_inside_its_range_is_called_indifferent(
    planned: Callable[[Chain], Plan],
) -> None:
    """Speed alone, without the promise of iron: reagent is least at speed 1."""
    chain = kiln_chain(free={"speed": {}})
    sales = tuple(s.model_copy(update={"spec": []}) for s in chain.sales)
    units = tuple(
        u.model_copy(update={"settings": {"speed": chain_value(1.4)}})
        for u in chain.units
    )
    chain = Chain.model_construct(
        **{n: getattr(chain, n) for n in Chain.model_fields}
        | {"sales": sales, "units": units}
    )
    found = advise(planned(chain), "kiln", index="brightness", aim="cost", check=False)
    assert found.settings["kiln"]["speed"] == pytest.approx(1.0, abs=1e-5)
    assert [k.id for k in found.indifferent] == ["kiln.speed"]
    assert found.steps[0].stopped == "balance"
    assert "indifferent, not unimportant" in found.summary("en")


def chain_value(number: float) -> object:
    from orebook.quantity import parse

    return parse(number)


def test_both_languages_say_the_same_figures(smoke: Advice) -> None:
    zh, en = smoke.summary("zh"), smoke.summary("en")
    assert len(zh.splitlines()) == len(en.splitlines())
    assert "拐点" in zh
    assert "knee" in en
    with pytest.raises(InputError, match="'zh' or 'en'"):
        smoke.summary("de")


def test_to_dict_is_plain_data(smoke: Advice) -> None:
    data = json.loads(json.dumps(smoke.to_dict(), allow_nan=False))
    assert data["index"]["name"] == "smoke"
    assert len(data["frontier"]) == 21
    assert data["saving_cny"] == pytest.approx(
        sum(s["money_cny"] for s in data["steps"])
    )


def test_the_answer_does_not_depend_on_the_order_of_settings(
    planned: Callable[[Chain], Plan],
) -> None:
    one = advise(planned(kiln_chain(free={"temperature": {}, "speed": {}})), "kiln",
                 index="smoke", aim="cost", check=False)  # fmt: skip
    board = one.board
    turned = replace(board, knobs=board.knobs[::-1])
    from orebook.plan.advice.frontier import frontier

    other = frontier(turned, sample(turned))
    for a, b in zip(one.frontier.points, other.points, strict=True):
        assert a.cost == pytest.approx(b.cost, rel=1e-7)


# ------------------------------------------------------------------ wrong questions


def test_wrong_questions_are_answered_with_the_right_ones(kiln_plan: Plan) -> None:
    with pytest.raises(InputError, match="did you mean 'kiln'"):
        advise(kiln_plan, "kilm")
    with pytest.raises(InputError, match="did you mean 'brightness'"):
        advise(kiln_plan, "kiln", index="brightnes")
    with pytest.raises(InputError, match="do not move the index 'smoke'"):
        advise(kiln_plan_of_speed(kiln_plan), "kiln", index="smoke")
    with pytest.raises(InputError, match="did you mean 'temperature'"):
        advise(kiln_plan, "kiln", free={"temperatur": (0.6, 0.7)})
    with pytest.raises(InputError, match=r"expected low below high within 0\.5\.\.2"):
        advise(kiln_plan, "kiln", free={"temperature": (0.1, 0.7)})
    with pytest.raises(InputError, match="NAME<=VALUE"):
        advise(kiln_plan, "kiln", keep=["brightness is high"])
    with pytest.raises(
        InputError, match="expected today, cost, knee, index or a value"
    ):
        advise(kiln_plan, "kiln", aim="best")


def kiln_plan_of_speed(plan: Plan) -> Plan:
    """Return the plan with speed free only."""
    chain = plan.network.chain
    free = {"speed": chain.units[0].free["speed"]}
    units = (chain.units[0].model_copy(update={"free": free}),)
    fields = {n: getattr(chain, n) for n in Chain.model_fields} | {"units": units}
    net = replace(plan.network, chain=Chain.model_construct(**fields))
    return replace(plan, assembly=replace(plan.assembly, network=net))


def test_without_a_free_setting_all_are_listed(
    planned: Callable[[Chain], Plan],
) -> None:
    with pytest.raises(InputError) as caught:
        advise(planned(kiln_chain()), "kiln")
    text = str(caught.value)
    assert "kiln.temperature: 1, physics hold for 0.5..2" in text
    assert "--free temperature=LOW..HIGH" in text


def test_a_recipe_without_settings_says_how_to_get_some(
    planned: Callable[[Chain], Plan],
) -> None:
    with pytest.raises(InputError, match=r"add recipe\.settings and deltas"):
        advise(planned(chain8()), "smelt")


def test_a_unit_that_stands_still_is_refused(planned: Callable[[Chain], Plan]) -> None:
    chain = kiln_chain(free={"speed": {}})
    sales = tuple(
        s.model_copy(update={"price": chain_money("10 CNY/t")})
        if s.id == "product"
        else s
        for s in chain.sales
    )
    fields = {n: getattr(chain, n) for n in Chain.model_fields} | {"sales": sales}
    with pytest.raises(InputError, match="stands still in 2026-01"):
        advise(planned(Chain.model_construct(**fields)), "kiln")


def test_a_unit_without_a_priced_product_is_refused(kiln_plan: Plan) -> None:
    """As a furnace whose product port is bound to nothing."""
    net = kiln_plan.network
    streams = tuple(s for s in net.streams if s.sign < 0 or s.role != "unit")
    bare = replace(net, streams=streams)
    plan = replace(kiln_plan, assembly=replace(kiln_plan.assembly, network=bare))
    plan.__dict__["duties"] = kiln_plan.duties
    plan.__dict__["price_of"] = kiln_plan.price_of
    plan.__dict__["prices_of"] = kiln_plan.prices_of
    with pytest.raises(InputError, match="makes nothing that is priced"):
        stand_of(plan, "kiln")


def chain_money(text: str) -> object:
    from orebook.quantity import parse

    return parse(text)


# ------------------------------------------------------------------ real kinds


def test_a_potline_has_no_conflict_of_cost_and_energy(
    planned: Callable[[Chain], Plan],
) -> None:
    """Current efficiency and voltage both serve cost and energy: one point is best."""
    plan = planned(potline_chain())
    found = advise(plan, "example", index="dc_energy")
    assert not found.frontier.trade_off
    best = found.settings["example"]
    assert best == {"current_efficiency": 0.95, "cell_voltage": 3.9}
    dc = 1000.0 * 3.9 / (0.3355727 * 0.95)  # Faraday's law
    assert found.recommended.index == pytest.approx(dc, rel=1e-6)
    assert {s.stopped for s in found.steps} == {"low", "high"}
    assert sum(s.money for s in found.steps) == pytest.approx(found.saving, abs=1e-6)
    assert found.group == pytest.approx(found.saving, rel=0.05)
    assert "do not conflict" in found.summary("en")


def potline_chain() -> Chain:
    """Return the example potline with markets for all it takes and gives."""
    from orebook.chain.trade import Purchase, Sale

    chain = kind("potline").example()
    price = {"alumina": 2800, "power": 400, "anode": 4000, "aluminium-fluoride": 9000}
    unit = chain.units[0].model_copy(
        update={
            "free": {
                "current_efficiency": span("0.93", "0.95"),
                "cell_voltage": span("3.9 V", "4.05 V"),
            },
            "limits": {"metal": measure("20000 t/month")},
        }
    )
    measures = {m.id: m.unit for m in chain.materials}
    buys = tuple(
        Purchase(id=m, name=m, name_en=m, centre="group", good=f"{m}@plant",
                 price=f"{p} CNY/{measures[m]}")
        for m, p in price.items()
    )  # fmt: skip
    sells = tuple(
        Sale(id=m, name=m, name_en=m, centre="group", goods=[f"{m}@plant"],
             price=f"{19000 if m == 'metal' else 0} CNY/t",
             **({"max": "15000 t/month"} if m == "metal" else {}))
        for m in measures if m not in price
    )  # fmt: skip
    fields = {n: getattr(chain, n) for n in Chain.model_fields}
    return Chain.model_construct(
        **fields | {"units": (unit,), "purchases": buys, "sales": sells}
    )


def span(low: str, high: str) -> object:
    from orebook.chain.plant import Span

    return Span(low=low, high=high)


def measure(text: str) -> object:
    from orebook.quantity import parse

    return parse(text)


def test_a_recipe_with_deltas_is_advised(planned: Callable[[Chain], Plan]) -> None:
    """Yield per degree against caustic per degree: cost is a ratio of straight lines.

    Per tonne of bauxite 0.42 + 0.002 (T - 145) t of alumina; the hotter the better.
    """
    plan = planned(refinery_chain())
    found = advise(plan, "example", index="recovery", check=False)
    assert found.board.index.name == "recovery:Al2O3"
    assert found.settings["example"]["temperature"] == pytest.approx(150.0)
    per_t = 1.0 / 0.43  # t of bauxite per t of alumina
    cost = per_t * (300.0 + 0.030 * 3000.0)
    assert found.recommended.cost / found.output == pytest.approx(cost, rel=1e-9)
    recovery = 0.43 * 0.986 / 0.48
    assert found.recommended.index == pytest.approx(recovery, rel=1e-9)


def refinery_chain() -> Chain:
    """Return the example recipe with markets."""
    from orebook.chain.trade import Purchase, Sale

    chain = kind("recipe").example()
    unit = chain.units[0].model_copy(update={"free": {"temperature": span_open()}})
    buys = tuple(
        Purchase(id=m, name=m, name_en=m, centre="group", good=f"{m}@plant",
                 price=f"{p} CNY/t")
        for m, p in {"bauxite": 300, "caustic": 3000}.items()
    )  # fmt: skip
    sells = (
        Sale(id="alumina", name="a", name_en="a", centre="group",
             goods=["alumina@plant"], price="2800 CNY/t", max="1000 t/month"),
        Sale(id="red_mud", name="m", name_en="m", centre="group",
             goods=["red_mud@plant"], price="0 CNY/t"),
    )  # fmt: skip
    fields = {n: getattr(chain, n) for n in Chain.model_fields}
    return Chain.model_construct(
        **fields | {"units": (unit,), "purchases": buys, "sales": sells}
    )


def span_open() -> object:
    from orebook.chain.plant import Span

    return Span()


def test_a_workshop_is_advised_as_a_whole(planned: Callable[[Chain], Plan]) -> None:
    """Two kilns in one shop: index and cost are sums over both."""
    chain = kiln_chain(free={"temperature": {}})
    second = chain.units[0].model_copy(update={"id": "kiln-2", "name_en": "second"})
    limit = {"limits": {"throughput": measure("50 t/month")}}
    units = tuple(u.model_copy(update=limit) for u in (*chain.units, second))
    fields = {n: getattr(chain, n) for n in Chain.model_fields} | {"units": units}
    plan = planned(Chain.model_construct(**fields))
    found = advise(plan, "shop", index="emissions", aim="cost", check=False)
    assert [k.id for k in found.board.knobs] == [
        "kiln.temperature",
        "kiln-2.temperature",
    ]
    assert found.settings["kiln"]["temperature"] == pytest.approx(1.2, rel=1e-5)
    assert found.settings["kiln-2"]["temperature"] == pytest.approx(1.2, rel=1e-5)
    # 1.2 t of smoke-temperature in both, related to one of the two products
    assert found.recommended.index == pytest.approx(2 * 0.5 * 1.2, rel=1e-5)


def test_a_closed_month_gives_the_duty_and_the_measured_point(kiln_plan: Plan) -> None:
    month = kiln_plan.month(0)
    amounts = {**month.amounts, "kiln.product": 80.0, "kiln.fuel": 200.0,
               "kiln.smoke": 44.0, "kiln.reagent": 1.0}  # fmt: skip
    actual = replace(month, amounts=amounts, duties={"kiln:product": 80.0})
    found = advise(kiln_plan, "kiln", index="smoke", actual=actual, check=False)
    assert found.output == pytest.approx(80.0)
    assert found.measured is not None
    assert found.measured.index == pytest.approx(44.0 / 80.0)
    assert found.measured.cost == pytest.approx(200.0 * 40.0 + 1.0 * 10.0)
    assert "measured in 2026-01" in found.summary("en")


def test_a_centre_without_units_is_named(kiln_plan: Plan) -> None:
    chain = kiln_plan.network.chain
    idle = Centre(
        id="idle", name="闲", name_en="idle", level="workshop", parent="works"
    )
    fields = {n: getattr(chain, n) for n in Chain.model_fields}
    fields["centres"] = (*chain.centres, idle)
    net = replace(kiln_plan.network, chain=Chain.model_construct(**fields))
    plan = replace(kiln_plan, assembly=replace(kiln_plan.assembly, network=net))
    with pytest.raises(InputError, match="centre 'idle' has no units"):
        advise(plan, "idle")


# ------------------------------------------------------------------ the example group

STEAM = {
    "live_steam_enthalpy": (3.42, 3.55),
    "medium_enthalpy": (3.2, 3.4),
    "feed_water_enthalpy": (0.5, 0.9),
}
NOT_SIMPLE = frozenset({"make_up", "so2"})


@pytest.fixture(scope="module")
def guangxi() -> Plan:
    folder = Path(__file__).resolve().parents[3] / "examples" / "guangxi"
    chain = read_book(folder, check=check_units)
    months = horizon(period("2026-05"), 2)
    return make_plan(network(chain), conditions(chain, months, known_until="2026-04"))


@pytest.fixture(scope="module")
def by_enthalpies() -> Plan:
    """Return a plan of the example with a station of enthalpies at the smelter."""
    folder = Path(__file__).resolve().parents[3] / "examples" / "guangxi"
    chain = read_book(folder, check=check_units)
    simple = {
        "kind": "heat_and_power",
        "settings": {},
        "recipe": {},
        "limits": {"boiler": parse("340 t/h"), "turbine": parse("310 t/h")},
        "minimum": 0.0,
    }
    units = tuple(
        u.model_copy(
            update={
                **simple,
                "ports": {p: g for p, g in u.ports.items() if p not in NOT_SIMPLE},
            }
        )
        if u.id == "sc-chp"
        else u
        for u in chain.units
    )
    chain = chain.model_copy(update={"units": units})
    months = horizon(period("2026-05"), 2)
    return make_plan(network(chain), conditions(chain, months, known_until="2026-04"))


def test_no_grid_point_dominates_the_frontier_of_a_power_station(
    by_enthalpies: Plan,
) -> None:
    """Bilinear in its settings and not convex: 68 921 settings are the oracle."""
    found = advise(by_enthalpies, "sc-chp", index="energy", free=STEAM, check=False)
    assert found.frontier.trade_off
    assert all(p.certified for p in found.frontier.points)
    axis = np.linspace(0.0, 1.0, 41)
    grid = np.array(np.meshgrid(axis, axis, axis, indexing="ij")).reshape(3, -1).T
    sheet = found.board.sheet(grid)
    good = sheet.excess.max(axis=0, initial=-1.0) <= 1e-9
    size = np.ptp(sheet.cost)
    for p in found.frontier.points:
        rivals = sheet.cost[good & (sheet.index <= p.index)]
        assert rivals.min(initial=np.inf) >= p.cost - 1e-7 * size


def test_every_running_unit_costs_its_internal_price(guangxi: Plan) -> None:
    """One set of prices: 60 units of all kinds, whatever their feeds and limits."""
    checked = 0
    for unit in guangxi.network.chain.units:
        stand = stand_of(guangxi, unit.id)
        if stand is None:
            continue
        outcome, factor = stand.run({})
        cost = float(stand.cost(outcome, factor))
        worth = stand.worth[stand.product] * stand.output
        size = max(abs(cost), abs(worth), 1.0)
        assert cost == pytest.approx(worth, abs=1e-6 * size), unit.id
        checked += 1
    assert checked > 50


def test_the_group_planned_again_agrees_with_a_small_step(guangxi: Plan) -> None:
    """Internal prices are derivatives: a millivolt, local and whole."""
    volts = 3.95
    free = {"cell_voltage": (volts - 1e-3, volts)}
    found = advise(guangxi, "sc-potline-1", index="dc_energy", free=free)
    assert found.saving > 0.0
    assert found.group == pytest.approx(found.saving, rel=0.02)
