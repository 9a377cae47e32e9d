"""Pools in the plan of a book: published optima, bounds, and what a plan must keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebook.chain.chain import Chain
from orebook.chain.material import QualityLimit
from orebook.chain.plant import Unit
from orebook.errors import InfeasibleError, InputError
from orebook.plan.accounts import group_margin
from orebook.plan.make import make_plan
from orebook.plan.pooling import parse_pooling, solve_pooling
from orebook.plan.pooling.certify import available
from orebook.plan.pools.compose import compose
from orebook.plan.pools.result import PoolSettings
from orebook.plan.replan import replan, stand
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.plan.result import Plan
from tests.plan.pooling import cases
from tests.plan.pools.books import (
    at_least,
    at_most,
    book_of,
    bought,
    group,
    mixing,
    ore,
    planned,
    sold,
)

scip = pytest.mark.skipif(not available(), reason="needs orebook[scip]")
PUBLISHED = {
    "haverly1": (cases.HAVERLY1, 400.0),
    "haverly2": (cases.HAVERLY2, 600.0),
    "foulds2": (cases.FOULDS2, 1100.0),
    "bental4": (cases.BENTAL4, 450.0),
    "adhya1": (cases.ADHYA1, 549.80305),
    "adhya4": (cases.ADHYA4, 877.64574),
    "oreyard1": (cases.ORE_YARD, 42564.9108),
}
EVERY_ORE_ITS_OWN_ROUTE = 42805.5556


def plan_of(case: dict, *, certify: str = "auto", seconds: float = 20.0, order=1):
    chain = book_of(parse_pooling(case), order=order)
    pools = PoolSettings(seconds=seconds, certify=certify)
    return make_plan(*planned(chain), pools=pools)


def content(plan: Plan, chain: Chain) -> dict[str, dict[str, float]]:
    """Return the quality of each mix from the amounts alone: sum of what went in."""
    found = {}
    flow = dict(zip((s.id for s in plan.network.streams), plan.amounts, strict=True))
    for unit in chain.units:
        total = float(flow[f"{unit.id}.product"][0])
        parts = {
            f: float(flow[f"{unit.id}.{f}"][0]) / total for f in unit.feed if total > 0
        }
        components = {c for f in unit.feed for c in chain.material[f].assay}
        found[unit.ports["product"]] = {
            c: sum(chain.material[f].assay.get(c, 0.0) * x for f, x in parts.items())
            for c in components
        }
    return found


@scip
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_optima_stated_as_books_are_proven(name: str) -> None:
    """V9 and V11: the pools of a book reach the published optimum with its bound.

    Optima of Haverly 1978/79, Foulds et al. 1992, Ben-Tal et al. 1994, Adhya et al.
    1999; oreyard1 proven with SCIP 10. Relative 1e-4.
    """
    case, optimum = PUBLISHED[name]
    plan = plan_of(case)
    assert plan.margin == pytest.approx(optimum, rel=1e-4)
    assert plan.pools.bound >= optimum * (1 - 1e-6)
    assert plan.pools.certified
    assert plan.pools.gap <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["haverly1", "haverly2", "bental4", "oreyard1"])
def test_without_scip_the_gap_is_shown_and_holds(name: str) -> None:
    """Profit within 1 % of the optimum, the bound above it, certified only if so."""
    case, optimum = PUBLISHED[name]
    plan = plan_of(case, certify="none", seconds=4.0)
    assert plan.margin >= 0.99 * optimum
    assert plan.pools.bound >= optimum * (1 - 1e-6)
    assert plan.pools.certified == (plan.pools.gap <= 1e-4)


def test_the_first_bound_is_that_of_every_ore_on_its_own_route() -> None:
    """V11: 42,805.5556 if every ore had its own route to each line."""
    found = compose(
        *planned(book_of(parse_pooling(cases.ORE_YARD))),
        settings=PoolSettings(seconds=0.1, certify="none"),
    )
    assert found.steps[0].bound == pytest.approx(EVERY_ORE_ITS_OWN_ROUTE, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["haverly1", "oreyard1"])
def test_the_plan_keeps_every_spec_with_the_mix_computed_anew(name: str) -> None:
    """Quality of each sale from amounts and assays alone, to 1e-7."""
    case, _ = PUBLISHED[name]
    plan = plan_of(case, certify="none", seconds=3.0)
    chain = plan.network.chain
    mixes = content(plan, chain)
    flow = dict(zip((s.id for s in plan.network.streams), plan.amounts, strict=True))
    for pool, told in plan.pools.content.items():
        if plan.pools.amount[pool][0] > 0:
            for c, value in told.items():
                assert value[0] == pytest.approx(
                    mixes[pool.partition("@")[0]][c], abs=1e-9
                )
    for sale in chain.sales:
        goods = [g.partition("@")[0] for g in sale.goods]
        amount = {g: float(flow[f"sell:{sale.id}:{g}"][0]) for g in goods}
        total = sum(amount.values())
        for limit in sale.spec if total > 1e-6 else ():
            assays = {g: mixes.get(g) or chain.material[g].assay for g in goods}
            value = sum(a * assays[g].get(limit.of, 0.0) for g, a in amount.items())
            if limit.max is not None:
                assert value <= limit.max.to("") * total + 1e-7
            if limit.min is not None:
                assert value >= limit.min.to("") * total - 1e-7


@pytest.mark.slow
@scip
@pytest.mark.parametrize("seed", range(6))
def test_random_groups_agree_with_the_solver_of_pooling_files(seed: int) -> None:
    """Two programs that share no assembly: profit and bound agree within the gap."""
    case = _random(seed)
    whole = solve_pooling(parse_pooling(case), time_limit=20.0)
    plan = plan_of(case, seconds=15.0)
    assert plan.margin == pytest.approx(whole.profit, rel=2e-4, abs=1e-3)
    assert plan.pools.bound >= whole.profit * (1 - 1e-6) - 1e-6
    assert whole.bound >= plan.margin * (1 - 1e-6) - 1e-6


def _random(seed: int) -> dict:
    draw = np.random.default_rng(seed)
    qualities = draw.uniform(1.0, 9.0, (4, 2)).round(2).tolist()
    inputs = [
        (f"i{k}", float(draw.integers(5, 30)), 50.0, qualities[k]) for k in range(4)
    ]
    outputs = [
        (f"o{k}", float(draw.integers(20, 50)), float(draw.integers(20, 60)),
         draw.uniform(2.5, 7.0, 2).round(2).tolist())
        for k in range(3)
    ]  # fmt: skip
    ways = "i0>p0 i1>p0 i1>p1 i2>p1 i3>p1 " + " ".join(
        f"p{p}>o{o}" for p in range(2) for o in range(3)
    )
    return cases.build(
        f"random{seed}", inputs, {"p0": 80.0, "p1": 80.0}, outputs, ways + " i3>o0"
    )


@pytest.mark.slow
@scip
def test_the_order_of_the_book_does_not_matter() -> None:
    """Materials, units, contracts and feeds in reverse: the same profit."""
    there, back = (plan_of(cases.ORE_YARD, order=order) for order in (1, -1))
    assert back.margin == pytest.approx(there.margin, rel=1e-4)


@pytest.mark.slow
def test_the_accounts_close_to_the_margin() -> None:
    """Given the compositions, prices and accounts are those of any plan."""
    plan = plan_of(cases.ORE_YARD, certify="none", seconds=2.0)
    assert group_margin(plan.lines()) == pytest.approx(plan.margin, rel=1e-9)
    told = plan.to_dict()["pools"]
    assert told["prices"] == "given the compositions"
    assert "gap" in plan.summary()


def test_a_book_without_mixed_materials_has_no_pools() -> None:
    """It costs nothing, and the plan says so with None."""
    chain = group(
        materials=(ore("rich", {"s": 0.01}),),
        purchases=(bought("rich", 10.0, 100.0),),
        sales=(sold("line", ["rich@yard"], 15.0, most=50.0),),
    )
    plan = make_plan(*planned(chain))
    assert plan.pools is None
    assert plan.to_dict()["pools"] is None
    assert compose(*planned(chain)) is None


# -- small shapes ------------------------------------------------------------------


def two_ores(*, least: float = 0.0, spec: float = 0.02, feed=("rich", "poor")) -> Chain:
    return group(
        materials=(
            ore("rich", {"S": 0.01}),
            ore("poor", {"S": 0.03}),
            ore("blend", {}, mixed=True),
        ),
        units=(mixing("mixer", list(feed), "blend"),),
        purchases=(bought("rich", 16.0, 300.0), bought("poor", 6.0, 300.0)),
        sales=(
            sold("fine", ["blend@yard"], 15.0, most=100.0, spec=(at_most("S", spec),)),
            sold(
                "coarse", ["blend@yard"], 9.0, least=least, most=100.0,
                spec=(at_most("S", 0.03),),
            ),
        ),
    )  # fmt: skip


def test_one_pool_two_users_by_hand() -> None:
    """At S = 2 % each tonne costs 11: 15 - 11 on 100 t; the coarse line gets none."""
    plan = make_plan(*planned(two_ores()))
    assert plan.margin == pytest.approx(400.0, rel=1e-6)
    shares = plan.pools.composition["blend@yard"]
    assert {k: round(float(v[0]), 6) for k, v in shares.items()} == {
        "rich": 0.5,
        "poor": 0.5,
    }


def test_money_per_point_of_quality_is_the_price_of_purer_ore() -> None:
    """Two points of S cost 10 CNY/t between the ores: 100 t of mix, 500 a point."""
    plan = make_plan(*planned(two_ores()))
    worth = plan.pools.worth["blend@yard"]["S"][0]
    assert worth == pytest.approx(-500.0, rel=1e-6)
    step = 1e-3
    looser = make_plan(*planned(two_ores(spec=0.02 + step)))
    assert (looser.margin - plan.margin) / (step / 0.01) == pytest.approx(500.0, 1e-3)


def test_a_single_ingredient_needs_no_choice() -> None:
    """The mix is that ingredient; nothing is searched for."""
    plan = make_plan(*planned(two_ores(spec=0.03, feed=("poor",))))
    assert plan.margin == pytest.approx(100 * 9.0 + 100 * 3.0, rel=1e-9)
    assert len(plan.pools.steps) <= 1
    assert plan.pools.certified


def test_a_pool_that_does_not_pay_stays_empty() -> None:
    """Zero flow: no composition is needed, the plan stands, no row is reported."""
    chain = two_ores()
    dear = chain.model_copy(
        update={"purchases": (bought("rich", 99.0, 9.0), bought("poor", 98.0, 9.0))}
    )
    plan = make_plan(*planned(dear))
    assert plan.margin == pytest.approx(0.0, abs=1e-6)
    assert plan.pools.rows(("2026-01",)) == []


def test_requirements_no_ingredient_can_meet_are_named() -> None:
    """Not even unmixed: the promise and the demand are told in the book's words."""
    chain = two_ores()
    hard = sold(
        "fine",
        ["blend@yard"],
        15.0,
        least=50.0,
        most=100.0,
        spec=(at_most("S", 0.005),),
    )
    with pytest.raises(InfeasibleError, match="quality S max promised in sale fine"):
        make_plan(*planned(chain.model_copy(update={"sales": (hard,)})))


def test_a_mix_that_cannot_serve_two_users_is_told() -> None:
    """Each user could be served by itself, both by one mix cannot."""
    chain = two_ores()
    sales = (
        sold("low", ["blend@yard"], 15.0, least=50.0, spec=(at_most("S", 0.015),)),
        sold("high", ["blend@yard"], 15.0, least=50.0, spec=(at_least("S", 0.025),)),
    )
    with pytest.raises(InfeasibleError, match="no mix was found that meets them"):
        make_plan(*planned(chain.model_copy(update={"sales": sales})))


def test_a_gain_that_nothing_limits_is_refused() -> None:
    """Ore without limit into demand without limit, at a profit."""
    chain = two_ores().model_copy(
        update={
            "purchases": (bought("rich", 16.0), bought("poor", 6.0)),
            "sales": (
                sold("a", ["blend@yard"], 12.0, spec=(at_most("S", 0.02),)),
                sold("b", ["blend@yard"], 1.0, spec=(at_most("S", 0.03),)),
            ),
        }
    )
    with pytest.raises(InputError, match="no upper bound"):
        make_plan(*planned(chain))


# -- users with physics ------------------------------------------------------------


def refinery(name: str, *, most: float, deltas: list[dict], feed: list[str]) -> Unit:
    return Unit(
        id=name,
        name=name,
        name_en=name,
        kind="recipe",
        centre="g",
        place="yard",
        feed=feed,
        recipe={
            "produces": {"alumina": "0.4 t/t"},
            "consumes": {"caustic": "0.03 t/t"},
            "deltas": deltas,
        },
        limits={"throughput": f"{most} t/month"},
    )


LINEAR = [
    {"port": "caustic", "on": "SiO2", "reference": "3 %", "change": "8 kg/t",
     "per": "1 %"},
    {"port": "alumina", "on": "Al2O3", "reference": "50 %", "change": "9 kg/t",
     "per": "1 %"},
]  # fmt: skip
RATIO = [
    {"port": "caustic", "on": "SiO2/Al2O3", "reference": "6 %", "change": "8 kg/t",
     "per": "1 %"},
]  # fmt: skip


def works(*, mixed: bool, deltas: list[dict] | None = None, users: int = 1) -> Chain:
    ores = ["rich@yard", "mid@yard", "poor@yard"]
    feed = ["blend@yard"] if mixed else ores
    return group(
        materials=(
            ore("rich", {"Al2O3": 0.56, "SiO2": 0.02}),
            ore("mid", {"Al2O3": 0.50, "SiO2": 0.04}),
            ore("poor", {"Al2O3": 0.44, "SiO2": 0.07}),
            ore("blend", {"Al2O3": 0.5, "SiO2": 0.03}, mixed=True),
            ore("caustic", {}),
            ore("alumina", {}),
        ),
        units=(
            *(
                refinery(f"plant{k}", most=100.0 + 20 * k, deltas=deltas or LINEAR,
                         feed=feed)
                for k in range(users)
            ),
            *((mixing("yard", ores, "blend"),) if mixed else ()),
        ),
        purchases=(
            bought("rich", 420.0, 60.0),
            bought("mid", 330.0, 40.0),
            bought("poor", 240.0, 90.0),
            bought("caustic", 3000.0),
        ),
        sales=(sold("metal", ["alumina@yard"], 1500.0),),
    )  # fmt: skip


def test_one_user_of_a_mix_earns_what_it_would_with_the_ores_themselves() -> None:
    """A pool with one linear user costs nothing: the plan is that without the pool."""
    with_pool = make_plan(*planned(works(mixed=True), 3))
    without = make_plan(*planned(works(mixed=False), 3))
    assert with_pool.margin == pytest.approx(without.margin, rel=1e-9)
    assert with_pool.pools.certified


def test_two_users_of_one_mix_are_proven_with_their_physics() -> None:
    """Bound and profit meet, and lie below what each ore on its own could earn."""
    plan = make_plan(*planned(works(mixed=True, users=2)))
    free = make_plan(*planned(works(mixed=False, users=2)))
    assert plan.margin <= free.margin * (1 + 1e-9)
    assert plan.pools.bound >= plan.margin
    assert plan.pools.gap <= 1e-4


def test_a_bent_answer_is_told_and_proves_nothing() -> None:
    """A ratio is not linear in the mix: the bound is not called a proof."""
    plan = make_plan(
        *planned(works(mixed=True, users=2, deltas=RATIO)),
        pools=PoolSettings(seconds=3.0),
    )
    assert plan.pools.bent == ("plant0", "plant1")
    assert not plan.pools.certified
    assert "plant0" in plan.pools.summary()
    # What is planned is nevertheless true: the physics at the mix give the amounts.
    unit = "plant1"
    mix = plan.assays()[unit]["blend"]
    ratio = mix["SiO2"] / mix["Al2O3"]
    flow = dict(zip((s.id for s in plan.network.streams), plan.amounts, strict=True))
    fed = float(flow[f"{unit}.blend"][0])
    used = float(flow[f"{unit}.caustic"][0])
    assert used == pytest.approx(fed * (0.03 + 0.8 * (ratio - 0.06)), rel=1e-9)


def test_a_reagent_cannot_be_a_mix() -> None:
    """Only a feed has a quality the unit answers to."""
    chain = works(mixed=False)
    materials = tuple(
        m.model_copy(update={"mixed": True}) if m.id == "caustic" else m
        for m in chain.materials
    )
    with pytest.raises(InputError, match="which is no feed"):
        make_plan(*planned(chain.model_copy(update={"materials": materials})))


def test_pools_in_series_carry_their_ingredients() -> None:
    """A mix of a mix: sulphur of the second is the mean of all that went in."""
    chain = group(
        materials=(
            ore("a", {"S": 0.01}),
            ore("b", {"S": 0.04}),
            ore("c", {"S": 0.02}),
            ore("first", {}, mixed=True),
            ore("second", {}, mixed=True),
        ),
        units=(
            mixing("one", ["a", "b"], "first"),
            mixing("two", ["first", "c"], "second"),
        ),
        purchases=(bought("a", 20.0, 40.0), bought("b", 5.0, 80.0), bought("c", 12.0)),
        sales=(
            sold("x", ["first@yard"], 16.0, most=40.0, spec=(at_most("S", 0.025),)),
            sold("y", ["second@yard"], 18.0, most=60.0, spec=(at_most("S", 0.022),)),
            sold("z", ["second@yard"], 13.0, most=30.0, spec=(at_most("S", 0.03),)),
        ),
    )
    plan = make_plan(*planned(chain))
    flow = dict(zip((s.id for s in plan.network.streams), plan.amounts, strict=True))
    first = plan.pools.content["first@yard"]["S"][0]
    second = plan.pools.content["second@yard"]["S"][0]
    fed, own = float(flow["two.first"][0]), float(flow["two.c"][0])
    assert second == pytest.approx((first * fed + 0.02 * own) / (fed + own), abs=1e-7)
    assert second <= 0.022 + 1e-7
    assert plan.pools.bound >= plan.margin
    assert plan.pools.gap <= 1e-3


# -- stocks and re-planning --------------------------------------------------------


def test_a_tank_carries_its_quality_into_the_next_month() -> None:
    """What is left has the mix of its month; the next mix counts it in."""
    from orebook.chain.plant import Store

    chain = two_ores(least=20.0).model_copy(
        update={
            "stores": (
                Store(
                    id="tank", name="t", name_en="t", centre="g", good="blend@yard",
                    capacity="50 t", opening="20 t", assay={"S": 0.03}, end="hold",
                ),
            )
        }
    )  # fmt: skip
    plan = make_plan(*planned(chain, 2), pools=PoolSettings(seconds=10.0))
    flow = dict(zip((s.id for s in plan.network.streams), plan.amounts, strict=True))
    sulphur = plan.pools.content["blend@yard"]["S"]
    carried = [20.0, float(flow["close:tank"][0])]
    quality = [0.03, float(sulphur[0])]
    for t in range(2):
        rich, poor = (float(flow[f"mixer.{o}"][t]) for o in ("rich", "poor"))
        total = rich + poor + carried[t]
        mean = (0.01 * rich + 0.03 * poor + quality[t] * carried[t]) / total
        assert sulphur[t] == pytest.approx(mean, abs=1e-6)
    assert plan.pools.bound >= plan.margin
    assert sulphur[0] <= 0.02 + 1e-7


def test_a_new_price_brings_the_mix_of_a_new_plan() -> None:
    """Re-planned, the compositions are chosen again, from the old ones."""
    chain = works(mixed=True, users=2)
    net, known = planned(chain, 2)
    before = stand(net, known)
    change = Changes(prices=(NewPrice(contract="buy:buy-poor", factor=2.0),))
    after = replan(before, change).plan
    price = {**known.price, "buy:buy-poor": known.price["buy:buy-poor"] * 2.0}
    fresh = make_plan(net, replace(known, price=price))
    assert after.margin == pytest.approx(fresh.margin, rel=1e-4)
    assert after.pools.gap <= 1e-4
    old, new = (p.pools.composition["blend@yard"]["poor"][0] for p in (before, after))
    assert new < old


def test_a_ratio_limit_of_the_feed_holds_for_the_mix() -> None:
    """Al2O3/SiO2 of the blend, linear in what is blended."""
    chain = works(mixed=True)
    units = tuple(
        u.model_copy(update={"feed_limits": [QualityLimit(of="Al2O3/SiO2", min=14.0)]})
        if u.id == "plant0"
        else u
        for u in chain.units
    )
    plan = make_plan(*planned(chain.model_copy(update={"units": units})))
    mix = plan.pools.content["blend@yard"]
    assert mix["Al2O3"][0] / mix["SiO2"][0] >= 14.0 - 1e-6


def test_mixes_and_free_settings_are_chosen_together() -> None:
    """With a setting worth its cost the plan moves it; the bound says for which."""
    chain = works(mixed=True, users=2)
    units = []
    for unit in chain.units:
        if unit.id == "plant0":
            setting = {"unit": "", "default": "1", "low": "0.9", "high": "1.1"}
            more = {"port": "alumina", "on": "setting:grind", "reference": "1",
                    "change": "0.02 t/t", "per": "0.1"}  # fmt: skip
            recipe = {
                **unit.recipe,
                "settings": {"grind": setting},
                "deltas": [*unit.recipe["deltas"], more],
            }
            data = {n: getattr(unit, n) for n in Unit.model_fields}
            unit = Unit.model_validate(
                {**data, "recipe": recipe, "free": {"grind": {}}}
            )
        units.append(unit)
    free = make_plan(*planned(chain.model_copy(update={"units": tuple(units)})))
    held = make_plan(*planned(chain))
    assert free.margin > held.margin
    assert free.operating is not None
    assert free.pools.given_settings
    assert free.pools.bound >= free.margin
    assert "settings chosen" in free.pools.summary()
