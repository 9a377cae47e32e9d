"""A Bayer circuit in a plan: the kernel's circulation, shared settings, ore quality."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from click.testing import CliRunner

from orebook.cli import main
from orebook.errors import InputError
from orebook.evaluate.fair import fair_flows, nominal_assays
from orebook.evaluate.variance import EFFECTS, variance
from orebook.plan.make import make_plan
from orebook.plan.quality_worth import quality_worths
from orebook.plan.result import Plan
from orebook.process.alumina.assay import blend, minerals
from orebook.process.alumina.circuit import Circuit
from orebook.process.alumina.indicators import indicators
from orebook.process.alumina.parameters import plant
from orebook.process.alumina.solve import solve
from orebook.process.contract import Array, Case
from orebook.process.network import network, with_settings
from orebook.quantity import parse
from orebook.simulate.drift import Chance, drifted
from tests.plan.refineries import (
    BOOK,
    FIXED,
    at,
    blended,
    book,
    flows,
    fresh,
    known,
    only,
    planned,
    refinery,
)

NAOH = 2.0 * 39.997 / 61.979
STEAM = 2.65  # GJ/t
GAS = 0.0356  # GJ/m3


def kernel(
    shares: dict[str, float], **given: float
) -> tuple[dict[str, Array], Circuit, dict[str, Array]]:
    """Return parameters, circuit and indicators for a blend, closed by itself."""
    p = plant("high_temperature", **given)
    ores = {
        ore: minerals(
            {k: np.asarray(v) for k, v in book().material[ore].assay.items()}, p
        )
        for ore in shares
    }
    mixed = blend(ores, shares)
    p = {**p, **{k: v for k, v in mixed.items() if k in p}}
    solved = solve(p)
    assert bool(solved.converged)
    return p, solved.circuit, indicators(p, solved.circuit)


def expected(shares: dict[str, float], **given: float) -> dict[str, float]:
    """Return the flows per tonne of alumina as the kernel has them."""
    p, c, k = kernel(shares, **given)
    nk = at(p, "test_tank_caustic") / 1000.0
    mud_soda = float(c.washing.soda_lost + c.washing.cake.arrays[3])
    through = 1.0 * float(p["product_alumina"])
    makeup = float(c.make_up)
    soda = float(c.charge.digested.arrays[1])
    purge = float(c.charge.ore * c.chemistry.soda_carbonated * (1 - p["causticised"]))
    bound = float(c.charge.ore * c.chemistry.soda_bound)
    return {
        "ore": at(k, "bauxite_t_per_t"),
        "grind.slurry": through + float(c.washing.alumina_lost),
        "grind.mud_solids": at(k, "mud_t_per_t"),
        "grind.lime": at(k, "lime_kg_per_t") / 1000.0,
        "grind.liquor": (soda + bound + purge) / nk,
        "digest.steam": at(k, "digestion_heat_gj_per_t") / STEAM,
        "settle.digested": through,
        "settle.pregnant": float(c.pregnant_volume),
        "wash.water": at(k, "wash_water_t_per_t"),
        "wash.digested": at(k, "dissolved_alumina_lost_kg_per_t") / 1000.0,
        "wash.liquor": mud_soda / nk,
        "precipitate.hydrate": float(sum(c.calcination.hydrate.values())),
        "precipitate.water": float(c.hydrate_wash),
        "evaporate.steam": at(k, "evaporation_heat_gj_per_t") / STEAM,
        "make-up.liquor": makeup / nk,
        "make-up.caustic": at(k, "caustic_kg_per_t") / 1000.0,
        "calcine.fuel": at(p, "calciner_heat") / GAS,
    }


def agree(found: dict[str, float], wanted: dict[str, float]) -> None:
    found = {**found, "ore": found["grind.ore-a"] + found["grind.ore-b"]}
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, rel=1e-6), name


@cache
def one_ore() -> Plan:
    return planned(refinery(sales={"alumina": FIXED}, purchases=only("ore-a")))


def test_the_plan_is_the_circulation_of_the_kernel() -> None:
    """Every flow of the plan of one ore is the closed circuit's, to 1e-6."""
    agree(flows(one_ore()), expected({"ore-a": 1.0}))


def test_the_base_case_of_the_route_is_bought() -> None:
    """Ore A is that of the published base case: 161.5 kg of caustic a tonne."""
    found = flows(one_ore())
    assert 1000.0 * found["buy:caustic"] == pytest.approx(161.5, rel=5e-3)
    assert found["buy:ore-a"] == pytest.approx(2.024, rel=5e-3)


def test_a_blend_circulates_exactly_at_its_own_state() -> None:
    """Two ores, each by its own coefficients, add up to the circuit of their blend."""
    fixed = {"ore-b": {"min": "120000 t/month", "max": "120000 t/month"}}
    share = 0.4
    for _ in range(8):  # until the blend of the state is the blend of the plan
        chain = refinery(
            units={"grind": blended(1.0 - share, share)},
            sales={"alumina": FIXED},
            purchases=fixed,
        )
        found = flows(planned(chain))
        share = found["grind.ore-b"] / (found["grind.ore-a"] + found["grind.ore-b"])
    agree(found, expected({"ore-a": 1.0 - share, "ore-b": share}))


def test_settings_of_the_book_move_every_unit() -> None:
    chain = refinery(
        units={
            "digest": {"settings": {"digestion_ratio": "1.45"}},
            "precipitate": {"settings": {"seed": "900 g/L"}},
        },
        sales={"alumina": FIXED},
        purchases=only("ore-a"),
    )
    wanted = expected({"ore-a": 1.0}, digestion_ratio=1.45, seed=900.0)
    agree(flows(planned(chain)), wanted)


def test_settings_given_to_the_network_move_every_unit() -> None:
    net = network(fresh(refinery(sales={"alumina": FIXED}, purchases=only("ore-a"))))
    moved = with_settings(net, {"digest": {"digestion_ratio": 1.45}})
    plan = make_plan(moved, known(moved))
    agree(flows(plan), expected({"ore-a": 1.0}, digestion_ratio=1.45))
    with pytest.raises(InputError, match="lies with unit 'digest'"):
        with_settings(net, {"settle": {"digestion_ratio": 1.45}})


LOW = {
    "Al2O3": "0.4477", "SiO2": "0.021", "SiO2_r": "0.015", "Al2O3_g": "0.405",
    "Al2O3_m": "0.03", "Fe2O3": "0.26", "TiO2": "0.023", "CO2": "0.003",
    "Moisture": "0.12",
}  # fmt: skip


def test_the_low_temperature_route_is_bought() -> None:
    """Gibbsitic ore, published base case: 2.490 t of ore, 46.4 kg of caustic."""
    recipe = {"circuit": "ht", "route": "low_temperature", "blend": {"ore-a": 1.0}}
    chain = refinery(
        units={"grind": {"recipe": recipe}},
        materials={"ore-a": {"assay": LOW}},
        sales={"alumina": FIXED},
        purchases=only("ore-a"),
    )
    found = flows(planned(chain))
    assert found["buy:ore-a"] == pytest.approx(2.490, rel=5e-3)
    assert 1000.0 * found["buy:caustic"] == pytest.approx(46.4, rel=5e-3)
    heat = found["digest.steam"] * STEAM, found["evaporate.steam"] * STEAM
    assert heat[0] == pytest.approx(1.867, rel=5e-3)
    assert heat[1] == pytest.approx(1.25, abs=0.007)


def test_two_trains_differ_by_what_is_their_own() -> None:
    """A second evaporator train shares the circuit; its heat is its own, and dearer."""
    first = book().unit["evaporate"]
    second = first.model_copy(update={
        "id": "evaporate-2", "settings": {"heat_factor": parse("1.1")},
    })  # fmt: skip
    chain = refinery(
        units={"evaporate": {"limits": {"throughput": "1 Mm3/month"}}},
        sales={"alumina": FIXED},
        purchases=only("ore-a"),
    )
    chain = chain.model_copy(update={"units": (*chain.units, second)})
    plan = planned(chain)
    amounts = dict(
        zip([s.id for s in plan.network.streams], plan.amounts[:, 0], strict=True)
    )
    assert amounts["evaporate.spent"] == pytest.approx(1e6)
    assert amounts["evaporate-2.spent"] > 0.0
    each = [
        amounts[f"{u}.steam"] / amounts[f"{u}.spent"]
        for u in ("evaporate", "evaporate-2")
    ]
    assert each[1] / each[0] == pytest.approx(1.1, rel=1e-9)
    wanted = expected({"ore-a": 1.0})
    total = amounts["evaporate.spent"] + amounts["evaporate-2.spent"]
    assert each[0] * total / amounts["calcine.alumina"] == pytest.approx(
        wanted["evaporate.steam"], rel=1e-6
    )


# -- settings the plan may choose ----------------------------------------------------


@cache
def free_plan() -> Plan:
    free = {
        "digest": {"free": {"digestion_ratio": {"low": "1.40", "high": "1.52"}}},
        "precipitate": {"free": {"last_temperature": {}}},
    }
    chain = refinery(units=free, sales={"alumina": FIXED}, purchases=only("ore-a"))
    return planned(chain)


def test_the_plan_chooses_settings_that_all_units_share() -> None:
    """Chosen once, where they lie; physics and plan agree in all eight units."""
    plan = free_plan()
    operating = plan.operating
    assert operating is not None
    assert operating.status == "converged"
    assert operating.agrees
    assert {(c.unit, c.setting) for c in operating.settings} == {
        ("digest", "digestion_ratio"),
        ("precipitate", "last_temperature"),
    }
    chosen = {c.setting: float(c.chosen[0]) for c in operating.settings}
    assert plan.margin > one_ore().margin
    wanted = expected({"ore-a": 1.0}, **chosen)
    agree(flows(plan), wanted)


def test_the_choice_is_the_best_of_a_grid() -> None:
    """No pair on a grid over both ranges earns more than what the plan chose."""
    plan = free_plan()
    assert plan.operating is not None
    spans = {c.setting: (c.low, c.high) for c in plan.operating.settings}
    best = -np.inf
    base = refinery(sales={"alumina": FIXED}, purchases=only("ore-a"))
    net = network(fresh(base))
    for ratio in np.linspace(*spans["digestion_ratio"], 4):
        for cold in np.linspace(*spans["last_temperature"], 4):
            moved = with_settings(
                net,
                {
                    "digest": {"digestion_ratio": float(ratio)},
                    "precipitate": {"last_temperature": float(cold)},
                },
            )
            best = max(best, make_plan(moved, known(moved)).margin)
    assert plan.margin >= best - 1e-6 * abs(best)


def test_the_worth_of_a_shared_setting_is_that_of_the_whole_circuit() -> None:
    """Slope at the internal prices against plans at settings beside."""
    free = {
        "precipitate": {"free": {"seed": {"low": "800 g/L", "high": "800.001 g/L"}}}
    }
    fixed = {"sales": {"alumina": FIXED}, "purchases": only("ore-a")}
    plan = planned(refinery(units=free, **fixed))
    assert plan.operating is not None
    slope = float(plan.operating.settings[0].slope[0])
    net = network(fresh(refinery(**fixed)))
    margins = []
    for seed in (798.0, 802.0):
        moved = with_settings(net, {"precipitate": {"seed": seed}})
        margins.append(make_plan(moved, known(moved)).margin)
    assert slope == pytest.approx((margins[1] - margins[0]) / 4.0, rel=1e-3)
    assert slope > 0.0


# -- the quality of the ore, all the way ---------------------------------------------

WORSE = {"Al2O3": 0.6341, "SiO2": 0.115, "SiO2_r": 0.110}


@cache
def worse_ore() -> Plan:
    """Return the plan of the same product from an ore with a lower A/S."""
    assay = {k: str(v) for k, v in {**book().material["ore-a"].assay, **WORSE}.items()}
    chain = refinery(
        materials={"ore-a": {"assay": assay}},
        sales={"alumina": FIXED},
        purchases=only("ore-a"),
    )
    return planned(chain)


def test_a_change_of_ore_quality_goes_all_the_way() -> None:
    """A/S 5.76 to 5.51: plan, worth of the ore, fair target and variance agree."""
    plan, after = one_ore(), worse_ore()
    lost = plan.margin - after.margin
    assert lost > 0.0
    # The plan is the kernel at the new ore.
    p = plant("high_temperature")
    ore = minerals(
        {"Fe2O3": np.asarray(0.06)} | {k: np.asarray(v) for k, v in WORSE.items()}, p
    )
    solved = solve({**p, **{k: v for k, v in ore.items() if k in p}})
    told = indicators(solved.plant, solved.circuit)
    found = flows(after)
    assert 1000.0 * found["buy:caustic"] == pytest.approx(at(told, "caustic_kg_per_t"))
    assert found["wash.water"] == pytest.approx(
        at(told, "wash_water_t_per_t"), rel=1e-6
    )
    # The worth of silica at the internal prices foresees what the plan then loses.
    worth = {(q.of, q.component): q for q in quality_worths(plan)}
    silica = worth["ore-a", "SiO2"], worth["ore-a", "SiO2_r"]
    foreseen = -0.005 * sum(q.money / q.step for q in silica)
    assert foreseen == pytest.approx(lost, rel=0.05)
    # The fair target of every unit at the ore it got is what the new plan does.
    fed = {"grind": {"ore-a": {k: v for k, v in WORSE.items() if k != "Al2O3"}}}
    month = after.month(0)
    for unit in plan.network.chain.units:
        names = [d.name for d in plan.network.processes[unit.id].duties]
        duty = {n: month.duties[f"{unit.id}:{n}"] for n in names}
        fair = fair_flows(plan.network, unit.id, duty, fed)
        for s in plan.network.of(unit.id):
            assert s.sign * fair[s.port] == pytest.approx(
                month.amounts[s.id], rel=1e-6, abs=1e-3
            )
    # The variance calls it feed quality and volume, not anyone's efficiency.
    split = variance(
        plan.network, plan.prices_of(0), plan=plan.month(0), actual=month, fed=fed
    )
    total = split.total()
    assert total.actual - total.plan == pytest.approx(-lost, rel=1e-6)
    assert sum(total.effects[e] for e in EFFECTS) == pytest.approx(-lost, rel=1e-6)
    assert abs(total.effects["efficiency"]) < 1e-5 * lost
    assert total.effects["feed_quality"] < 0.0


@cache
def scarce(worse: bool) -> Plan:
    """Return the plan where ore A is what is scarce, at either quality."""
    assay = {**book().material["ore-a"].assay, **(WORSE if worse else {})}
    return planned(
        refinery(
            materials={"ore-a": {"assay": {k: str(v) for k, v in assay.items()}}},
            sales={"alumina": {"min": "0 t/month", "max": "1000000 t/month"}},
            purchases={
                "ore-b": {"max": "0 t/month"}, "ore-a": {"max": "300000 t/month"},
            },
        )
    )  # fmt: skip


def test_the_internal_price_of_ore_follows_its_quality() -> None:
    """A/S 5.76 to 5.51: plan, internal price, rent and worth of silica move alike.

    Where ore alone is scarce, all money is its own: margin is ore times rent.
    """
    plan, after = scarce(worse=False), scarce(worse=True)
    ore = 300_000.0
    price = [
        next(v for b, v in p.price_of(0).items() if b.material == "ore-a")
        for p in (plan, after)
    ]
    rent = [
        next(float(r.worth[0]) for r in p.rents if r.subject == "ore-a")
        for p in (plan, after)
    ]
    assert price[0] > price[1]
    for p, each in zip((plan, after), rent, strict=True):
        assert p.margin == pytest.approx(ore * each, rel=1e-9)
    assert price[0] - price[1] == pytest.approx(rent[0] - rent[1], rel=1e-9)
    assert plan.margin - after.margin == pytest.approx(
        ore * (price[0] - price[1]), rel=1e-9
    )
    # The worth of silica, per tonne of ore, foresees the fall of the price.
    worth = {(q.of, q.component): q for q in quality_worths(plan)}
    silica = worth["ore-a", "SiO2"], worth["ore-a", "SiO2_r"]
    foreseen = 0.005 * sum(q.each / q.step for q in silica)
    assert foreseen == pytest.approx(price[1] - price[0], rel=0.05)
    # The fair target at the worse ore makes the alumina the new plan makes ...
    fed = {"grind": {"ore-a": {k: v for k, v in WORSE.items() if k != "Al2O3"}}}
    month = after.month(0)
    duty = {"ore-a": month.duties["grind:ore-a"], "ore-b": 0.0}
    fair = fair_flows(plan.network, "grind", duty, fed)
    assert fair["slurry"] == pytest.approx(month.amounts["grind.slurry"], rel=1e-6)
    # ... and the variance at the internal prices books the difference on the feed.
    split = variance(
        plan.network, plan.prices_of(0), plan=plan.month(0), actual=month, fed=fed
    )
    total = split.total()
    lost = plan.margin - after.margin
    assert total.actual - total.plan == pytest.approx(-lost, rel=1e-6)
    assert total.effects["feed_quality"] == pytest.approx(-lost, rel=0.05)
    assert abs(total.effects["efficiency"]) < 1e-4 * lost


def test_who_loses_caustic_is_told_by_workshop() -> None:
    """Soda lost in washing beyond the fair target is the mud workshop's."""
    plan = one_ore()
    month = plan.month(0)
    amounts = dict(month.amounts)
    more = 0.5 * amounts["wash.liquor"]
    amounts["wash.liquor"] += more
    amounts["make-up.liquor"] += more
    caustic = more * amounts["make-up.caustic"] / month.amounts["make-up.liquor"]
    amounts["make-up.caustic"] += caustic
    amounts["buy:caustic"] += caustic
    worse = replace(month, amounts=amounts)
    split = variance(plan.network, plan.prices_of(0), plan=month, actual=worse, fed={})
    effects = {c.centre: c.effects["efficiency"] for c in split.centres}
    price = plan.price_of(0)
    liquor = next(v for b, v in price.items() if b.material == "liquor")
    assert effects["mud"] == pytest.approx(-more * liquor, rel=1e-9)
    assert effects["mud"] < 0.0


def test_what_the_plan_reckoned_with_is_asked_of_the_material_at_the_port() -> None:
    """A port is called ``pregnant``, the material it passes may be called otherwise."""
    net = network(fresh(refinery(materials={"hydrate": {"assay": {"Al2O3": "65 %"}}})))
    read = {"calcine": {"hydrate": {"Al2O3": 0.66}}, "wash": {"mud_solids": {"X": 0.1}}}
    told = nominal_assays(net, read)
    assert told == {
        "calcine": {"hydrate": {"Al2O3": 0.65}},
        "wash": {"mud_solids": {"X": 0.0}},
    }


# -- mistakes ------------------------------------------------------------------------


def refused(match: str, units: dict[str, dict[str, object]]) -> None:
    with pytest.raises(InputError, match=match):
        network(fresh(refinery(units=units)))


def test_mistakes_of_a_circuit_are_told() -> None:
    refused("has 0 units of kind bayer_slurry", {"grind": {"recipe": {"circuit": "x"}}})
    refused("recipe.circuit", {"digest": {"recipe": {}}})
    refused(
        "lies with unit 'digest'", {"settle": {"settings": {"digestion_ratio": "1.45"}}}
    )
    recipe = dict(book().unit["grind"].recipe)
    refused(
        "did you mean 'seed'",
        {"grind": {"recipe": {**recipe, "plant": {"seed_aria": 0.03}}}},
    )
    refused("outside", {"grind": {"recipe": {**recipe, "plant": {"tanks": 99}}}})
    refused(
        "is no part of the feed", {"grind": {"recipe": {**recipe, "blend": {"tea": 1}}}}
    )
    refused("must be a material with a heating value", {
        "calcine": {"ports": {**book().unit["calcine"].ports, "fuel": "water"}}
    })  # fmt: skip


def test_an_ore_without_silica_is_refused() -> None:
    chain = refinery(materials={"ore-a": {"assay": {"Al2O3": "60 %"}}})
    with pytest.raises(InputError, match="states no SiO2"):
        network(fresh(chain))


def test_a_free_setting_at_the_wrong_unit_is_a_mistake() -> None:
    from orebook.process.check import check_units

    chain = fresh(refinery(units={"settle": {"free": {"digestion_ratio": {}}}}))
    told = [f"{m}" for m in check_units(chain)]
    assert any("lies with unit 'digest'" in text for text in told), told


# -- a month ------------------------------------------------------------------------


def test_a_real_month_strays_in_all_units_alike() -> None:
    """A shared setting drifts once: settling and precipitation see the same liquor."""
    net = network(fresh(refinery()))
    real = drifted(net, Chance(7, "2026-01")).processes
    settle, grow = (
        real[u]
        .function(
            Case(
                {d.name: np.ones(()) for d in real[u].duties},
                {},
                {s.name: np.asarray(s.default) for s in real[u].settings},
            )
        )
        .indicators
        for u in ("settle", "precipitate")
    )
    pregnant = settle["pregnant_alumina_g_per_l"]
    assert float(grow["yield_kg_per_m3"] / grow["decomposition"]) == pytest.approx(
        float(pregnant), rel=1e-12
    )
    base = net.processes["settle"].run(Case({"digested": np.ones(())})).indicators
    assert float(base["pregnant_alumina_g_per_l"]) != pytest.approx(float(pregnant))


@pytest.mark.slow
def test_a_whole_month_of_the_book(tmp_path: Path) -> None:
    """Simulated, closed and explained by the commands; the effects leave nothing."""
    folder = tmp_path / "book"
    copytree(BOOK, folder)
    runner = CliRunner()
    made = runner.invoke(main, ["simulate", str(folder), "2026-01"])
    assert made.exit_code == 0, made.output
    done = runner.invoke(main, ["run", str(folder), "2026-01", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["status"] == "done"


# -- the state of the circuit follows the blend ---------------------------------------


def following(**purchases: dict[str, object]) -> Plan:
    """Return a plan whose circuit follows the blend it feeds."""
    recipe = {**book().unit["grind"].recipe, "follow_plan": True}
    recipe["blend"] = {"ore-a": 0.9, "ore-b": 0.1}
    return planned(
        refinery(
            units={"grind": {"recipe": recipe}},
            sales={"alumina": FIXED},
            purchases=purchases,
        )
    )


def test_the_state_follows_the_blend_of_the_plan() -> None:
    """Started at 90 to 10, it ends where a third is ore B, to 1e-6 of the kernel."""
    plan = following(**{"ore-b": {"min": "120000 t/month", "max": "120000 t/month"}})
    found = flows(plan)
    share = found["grind.ore-b"] / (found["grind.ore-a"] + found["grind.ore-b"])
    assert share > 0.3
    agree(found, expected({"ore-a": 1.0 - share, "ore-b": share}))


def test_the_fair_target_follows_the_blend_too() -> None:
    """A month that does what the plan does leaves no efficiency, in any unit."""
    plan = following(**{"ore-b": {"min": "120000 t/month", "max": "120000 t/month"}})
    other = following(**{"ore-b": {"min": "60000 t/month", "max": "60000 t/month"}})
    split = variance(
        plan.network,
        plan.prices_of(0),
        plan=plan.month(0),
        actual=other.month(0),
        fed={},
    )
    total = split.total()
    moved = abs(total.actual - total.plan)
    assert moved > 1e5
    assert abs(total.effects["efficiency"]) < 1e-5 * moved
    assert sum(total.effects[e] for e in EFFECTS) == pytest.approx(
        total.actual - total.plan, rel=1e-9
    )


def test_a_share_that_follows_is_nobody_s_choice() -> None:
    from orebook.process.check import check_units

    recipe = {**book().unit["grind"].recipe, "follow_plan": True}
    chain = fresh(
        refinery(units={"grind": {"recipe": recipe, "free": {"share_ore-a": {}}}})
    )
    told = [f"{m}" for m in check_units(chain)]
    assert any("follows what the unit is fed of 'ore-a'" in text for text in told), told


def test_without_the_wish_the_state_stays_where_the_book_has_it() -> None:
    fixed = {"ore-b": {"min": "120000 t/month", "max": "120000 t/month"}}
    chain = refinery(
        units={"grind": blended(0.9, 0.1)}, sales={"alumina": FIXED}, purchases=fixed
    )
    held = flows(planned(chain))
    assert held["wash.water"] != pytest.approx(
        flows(following(**fixed))["wash.water"], rel=1e-4
    )


@pytest.mark.parametrize(
    ("grind", "told"),
    [
        ({"plant": {"pregnant_caustic": "0.16 kg"}}, "精液苛性碱浓度.*80 to 220 g/L"),
        ({"plant": {"tanks": 99}}, "'tanks' = 99.*分解槽数"),
        (
            {"plant": {"cake_moisture": 0.59, "underflow_solids": 0.5}},
            "cannot run.*cake_moisture .外排赤泥含液率",
        ),
        (
            {"plant": {"growth_constant": "0.2 g/h/m^2", "seed": "100 g/L"}},
            "cannot be closed.*at least 1.570.*seed .种子固含",
        ),
    ],
)
def test_a_mistake_of_a_circuit_is_told_once_where_it_lies(
    grind: dict[str, object], told: str
) -> None:
    """Eight units need the circuit; the slurry unit states it and is named alone."""
    from orebook.process.check import check_units

    recipe = {**book().unit["grind"].recipe, **grind}
    chain = fresh(refinery(units={"grind": {"recipe": recipe}}))
    found = check_units(chain)
    assert [m.entry for m in found] == ["grind"]
    said = f"{found[0].path} {found[0].problem} {found[0].expected} {found[0].remedy}"
    assert re.search(told, said), said
