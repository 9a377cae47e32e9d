"""Settings chosen by the plan, against optima known in closed form and by SLSQP."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from orebook.chain.plant import Span, Unit
from orebook.errors import InfeasibleError, InputError
from orebook.evaluate.journal import balances, journal
from orebook.plan.accounts import group_margin
from orebook.plan.assemble import assemble
from orebook.plan.blocks.operating import DELTA, Step, deltas, movements
from orebook.plan.blocks.work import Work
from orebook.plan.conditions import Conditions
from orebook.plan.linearise import linearise
from orebook.plan.make import make_plan, settle
from orebook.plan.result import Plan
from orebook.plan.setting_words import INSIDE, meaning
from orebook.plan.solve import Solver
from orebook.process.contract import Case
from orebook.process.network import Network, network, with_settings
from tests.plan.toys import LAWS, known, toy, toys, works

__all__ = ["toys"]
pytestmark = pytest.mark.usefixtures("toys")

QUADRATIC = {"yield": 0.8, "k": 0.02, "best": 6.0, "steam": 0.1}
CURVED = {"yield": 0.9, "steam": 0.1, "bend": 0.1, "idle": 3.0}
COUPLED = {"a": 4.0, "b": 6.0, "k": 0.02, "both": 0.025, "yield": 0.9, "steam": 0.1}


def chosen(plan: Plan, unit: str, setting: str = "x") -> np.ndarray:
    """Return what a plan chose for a setting, by period."""
    assert plan.operating is not None
    return next(
        c.chosen
        for c in plan.operating.settings
        if (c.unit, c.setting) == (unit, setting)
    )


def physics_hold(plan: Plan, tolerance: float = 1e-6) -> None:
    """Ask every unit's own function at the plan's duties and settings."""
    held = plan.assembly.conditions
    for unit, process in plan.network.processes.items():
        case = Case(plan.duties[unit], {}, held.setting.get(unit, {}))
        outcome = process.run(case)
        for s in plan.network.of(unit):
            told = plan.amounts[plan.network.position[s.id]]
            true = s.sign * outcome.flows[s.port]
            scale = np.maximum(np.abs(true), 1e-6 * np.abs(true).max())
            assert np.all(np.abs(told - true) <= tolerance * scale + 1e-12), s.id


def test_a_quadratic_yield_is_set_at_its_closed_form() -> None:
    """Steam costs 10 x 0.1 per step of x: x = best - steam cost / (2 k price)."""
    net = works(toy("a", "quadratic", QUADRATIC))
    plan = make_plan(net, known(net))
    best = 6.0 - 10.0 * 0.1 / (2 * 0.02 * 200.0)
    assert chosen(plan, "a")[0] == pytest.approx(best, abs=1e-3)
    yields = 0.8 - 0.02 * (best - 6.0) ** 2
    margin = 100 * (200 * yields - 20 - best)
    assert plan.margin == pytest.approx(margin, rel=1e-9)
    assert plan.operating is not None
    assert plan.operating.status == "converged"
    assert plan.operating.agrees
    physics_hold(plan)


def test_a_saturating_yield_is_set_at_its_closed_form() -> None:
    """Price half / (half + x)^2 = steam cost: x = sqrt(p half / c) - half = 8."""
    net = works(toy("a", "ratio", {"half": 2.0, "steam": 0.1}), metal=50.0, ore=1.0)
    plan = make_plan(net, known(net))
    assert chosen(plan, "a")[0] == pytest.approx(8.0, abs=5e-3)
    assert plan.margin == pytest.approx(3100.0, rel=1e-8)


def test_two_coupled_settings_meet_their_common_optimum() -> None:
    """The gradient of the quadratic form vanishes: a linear system of two."""
    net = works(toy("a", "coupled", COUPLED, free={"x": {}, "y": {}}))
    plan = make_plan(net, known(net))
    price, cost = 200.0, 10.0 * 0.1
    hessian = price * np.array([[0.04, 0.025], [0.025, 0.04]])
    shift = np.linalg.solve(hessian, [-cost, -cost])
    got = [chosen(plan, "a", "x")[0], chosen(plan, "a", "y")[0]]
    assert got == pytest.approx([4.0 + shift[0], 6.0 + shift[1]], abs=5e-3)


def test_a_curved_load_stops_where_its_own_steam_costs_too_much() -> None:
    """0.9 p - ore - c (steam + 2 bend q) = 0 gives q = 79.5."""
    net = works(toy("a", "curved", CURVED, free={}))
    plan = make_plan(net, known(net))
    assert plan.duties["a"]["ore"][0] == pytest.approx(79.5, abs=0.05)
    assert plan.margin == pytest.approx(6290.25, rel=1e-7)
    physics_hold(plan)
    assert group_margin(plan.lines(0)) == pytest.approx(plan.margin, rel=1e-6)


def test_what_is_best_at_its_bound_stays_there_with_its_worth() -> None:
    """More x always helps: it ends at the top of the span the book gives."""
    law = QUADRATIC | {"best": 30.0, "k": 0.0005}
    free = {"x": Span.model_validate({"low": 2.0, "high": 7.5})}
    net = works(toy("a", "quadratic", law, free=free))
    plan = make_plan(net, known(net))
    assert plan.operating is not None
    row = plan.operating.settings[0]
    assert (row.place(0), row.chosen[0]) == ("high", pytest.approx(7.5))
    slope = 100 * (200 * 2 * 0.0005 * (30 - 7.5) - 10 * 0.1)
    assert row.slope[0] == pytest.approx(slope, rel=1e-6)
    finer = replace(known(net))
    wide = {"x": Span.model_validate({"low": 2.0, "high": 7.51})}
    more = make_plan(works(toy("a", "quadratic", law, free=wide)), finer)
    assert more.margin - plan.margin == pytest.approx(0.01 * slope, rel=1e-3)
    assert "more of range is worth" in meaning(row, 0, "en")


def test_an_indifferent_setting_stays_and_is_called_so() -> None:
    """What changes nothing is left at the book's value and said to be indifferent."""
    net = works(toy("a", "flat", {"yield": 0.9, "steam": 0.1}))
    plan = make_plan(net, known(net))
    assert plan.operating is not None
    row = plan.operating.settings[0]
    assert (row.chosen[0], row.slope[0], row.gain) == (5.0, 0.0, 0.0)
    for lang in ("zh", "en"):
        assert meaning(row, 0, lang) == INSIDE[lang]
        assert INSIDE[lang] in plan.operating.summary(lang)
    assert "not unimportance" in INSIDE["en"]


def test_the_worth_of_a_move_is_the_difference_of_two_plans() -> None:
    """Put one setting back to the book's value and plan again without free settings."""
    one, two = (
        toy("a", "quadratic", QUADRATIC),
        toy("b", "ratio", {"half": 1.0, "steam": 0.2}),
    )
    net = works(one, two, most="90 t/month")
    plan = make_plan(net, known(net, 2, buy_steam=[10.0, 30.0]))
    assert plan.operating is not None
    for row in plan.operating.settings:
        held = plan.assembly.conditions.setting
        back = {u: dict(v) for u, v in held.items()}
        back[row.unit]["x"] = np.full(2, row.book)
        other = assemble(net, replace(plan.assembly.conditions, setting=back))
        margin = -Solver(other.problem).optimal().objective
        assert row.gain == pytest.approx(plan.margin - margin, rel=1e-9)
        assert row.gain > 0.0


def test_every_month_gets_the_setting_its_prices_ask_for() -> None:
    """Twelve steam prices, twelve closed forms."""
    steam = np.linspace(2.0, 40.0, 12)
    net = works(toy("a", "quadratic", QUADRATIC))
    plan = make_plan(net, known(net, 12, buy_steam=steam))
    best = 6.0 - steam * 0.1 / (2 * 0.02 * 200.0)
    np.testing.assert_allclose(chosen(plan, "a"), best, atol=5e-3)
    assert plan.network_of(3).processes["a"].settings[0].default == chosen(plan, "a")[3]


def test_a_scarce_capacity_is_part_of_the_choice() -> None:
    """Metal is capped: the unit trades yield for steam until the cap binds."""
    net = works(toy("a", "quadratic", QUADRATIC), most="60 t/month", ore=1.0)
    plan = make_plan(net, known(net))
    found = minimize(
        lambda z: -(200 * z[0] * _yield(z[1]) - z[0] - z[0] * z[1]) / 1e3,
        [80.0, 5.0],
        bounds=[(0, 100), (0, 10)],
        constraints={"type": "ineq", "fun": lambda z: 60 - z[0] * _yield(z[1])},
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    assert plan.margin == pytest.approx(-1e3 * found.fun, rel=1e-7)


def _yield(x: float) -> float:
    return 0.8 - 0.02 * (x - 6.0) ** 2


def test_toys_mix_with_recipes() -> None:
    """A recipe with a setting competes for the same ore and the same market."""
    recipe = Unit(
        id="r", name="r", name_en="r", kind="recipe", centre="works", place="works",
        feed=["ore"], limits={"throughput": "50 t/month"}, free={"heat": {}},
        recipe={
            "produces": {"metal": "0.7 t/t"}, "consumes": {"steam": "0.4 t/t"},
            "settings": {"heat": {"default": 0.0, "low": -1.0, "high": 1.0}},
            "deltas": [
                {"port": "metal", "on": "setting:heat", "reference": 0.0,
                 "change": "0.05 t/t", "per": 1.0},
                {"port": "steam", "on": "setting:heat", "reference": 0.0,
                 "change": "0.3 t/t", "per": 1.0},
            ],
        },
    )  # fmt: skip
    net = works(toy("a", "quadratic", QUADRATIC), recipe)
    plan = make_plan(net, known(net, 2, buy_steam=[10.0, 60.0]))
    np.testing.assert_allclose(
        chosen(plan, "r", "heat"), [1.0, -1.0]
    )  # 10 > 3; 10 < 18
    physics_hold(plan)


def test_a_recipe_s_settings_are_found_in_one_step() -> None:
    """Straight lines in one duty are exact in the model: promise and physics agree."""
    recipe = Unit(
        id="r", name="r", name_en="r", kind="recipe", centre="works", place="works",
        feed=["ore"], limits={"throughput": "50 t/month"}, free={"heat": {}},
        recipe={
            "produces": {"metal": "0.7 t/t"}, "consumes": {"steam": "0.1 t/t"},
            "settings": {"heat": {"default": 0.0, "low": -1.0, "high": 1.0}},
            "deltas": [{"port": "metal", "on": "setting:heat", "reference": 0.0,
                        "change": "0.05 t/t", "per": 1.0}],
        },
    )  # fmt: skip
    net = works(recipe)
    plan = make_plan(net, known(net))
    assert plan.operating is not None
    assert plan.operating.iterations == 2
    assert plan.margin == pytest.approx(50 * (0.75 * 200 - 1 - 20))


def test_a_unit_that_stands_still_at_the_book_s_setting_is_found() -> None:
    """At x = 0 nothing is made; only a look over the whole range sees the hill."""
    law = QUADRATIC | {"yield": 0.6, "k": 0.02, "best": 9.0}
    net = works(
        toy(
            "a",
            "quadratic",
            law,
            recipe={"form": "quadratic", "numbers": law, "x": 0.5},
        )
    )
    plan = make_plan(net, known(net))
    assert chosen(plan, "a")[0] == pytest.approx(9.0 - 0.125, abs=1e-2)
    assert plan.duties["a"]["ore"][0] == pytest.approx(100.0)


def test_nothing_free_is_as_before() -> None:
    """Without free settings there is one assembly, one solve and no report."""
    net = works(toy("a", "quadratic", QUADRATIC, free={}))
    plan = make_plan(net, known(net))
    assert plan.operating is None
    assert plan.assembly.conditions.setting == {}
    assert plan.to_dict()["operating"] is None
    assert plan.network_of(0) is net


def test_what_has_no_plan_is_refused_in_the_book_s_words() -> None:
    """A demand beyond all settings names what contradicts it."""
    net = works(toy("a", "quadratic", QUADRATIC))
    sale = net.chain.sales[0].model_copy(
        update={"min": net.chain.units[0].limits["throughput"]}
    )
    chain = net.chain.model_copy(update={"sales": (sale,)})
    with pytest.raises(InfeasibleError, match="no plan meets these"):
        make_plan(network(chain), known(net))


def test_the_final_plan_is_an_ordinary_plan() -> None:
    """Assembled by hand at its settings it is the same; its accounts balance."""
    net = works(toy("a", "quadratic", QUADRATIC), toy("b", "curved", CURVED, free={}))
    plan = make_plan(net, known(net, 3, buy_steam=[5.0, 20.0, 40.0]))
    again = assemble(net, plan.assembly.conditions)
    assert again.problem.shape == plan.assembly.problem.shape
    assert -Solver(again.problem).optimal().objective == pytest.approx(plan.margin)
    for t in range(3):
        booked = balances(journal(plan.lines(t)))
        assert sum(booked.values()) == 0
    assert sum(group_margin(plan.lines(t)) for t in range(3)) == pytest.approx(
        plan.margin, rel=1e-6
    )


def test_prices_are_right_although_settings_are_held() -> None:
    """Envelope: the price of ore is what one more costs, settings free or held."""
    net = works(toy("a", "quadratic", QUADRATIC), most="60 t/month")
    here = known(net)
    plan = make_plan(net, here)
    dearer = {**here.price, "buy:steam": here.price["buy:steam"] + 1e-3}
    more = make_plan(net, replace(here, price=dearer))
    used = plan.amounts[net.position["buy:steam"], 0]
    assert (plan.margin - more.margin) / 1e-3 == pytest.approx(used, rel=1e-3)


def test_two_hills_are_told_by_starting_from_the_ends() -> None:
    """Each start is reported; the best is kept."""
    net = works(toy("a", "coupled", COUPLED, free={"x": {}, "y": {}}))
    found = settle(net, known(net), starts=("book", "low", "high")).operating
    assert found is not None
    assert set(found.reached) == {"book", "low", "high"}
    assert max(found.reached.values()) == pytest.approx(
        min(found.reached.values()), rel=1e-6
    )


def test_whole_numbers_pass_through() -> None:
    """A licence that must be bought whole to run: decided, held, decided again."""
    net = works(toy("a", "quadratic", QUADRATIC), toy("b", "quadratic", QUADRATIC))

    def licences(work: Work) -> None:
        block = work.columns("licence", ["a", "b"], cost=[[6000.0], [20000.0]],
                             upper=1.0, integer=True)  # fmt: skip
        duty = work.columns_of["duty"]
        rows = work.builder.rows("needs", ["a", "b"], lower=-np.inf, upper=0.0)
        work.builder.entries(rows.all(), duty.all(), 1.0)
        work.builder.entries(rows.all(), block.all(), -100.0)

    found = settle(
        net,
        known(net),
        assembler=lambda held, more: assemble(net, held, more=(licences, *more)),
    )
    alone = works(toy("a", "quadratic", QUADRATIC))
    one = make_plan(alone, known(alone))
    assert -found.solution.objective == pytest.approx(one.margin - 6000.0, rel=1e-8)


# -- against a general optimiser ---------------------------------------------------


def instance(
    seed: int,
) -> tuple[Network, Conditions, list[tuple[str, dict[str, float]]], float]:
    """Return three random toys over three periods, some with a capped market."""
    rng = np.random.default_rng(seed)
    forms = ("quadratic", "coupled", "ratio", "curved_set", "curved")
    spec, units = [], []
    for k in range(3):
        form = forms[rng.integers(5)]
        n = {
            "yield": rng.uniform(0.6, 0.95), "k": rng.uniform(0.002, 0.03),
            "best": rng.uniform(0, 10), "steam": rng.uniform(0.02, 0.3),
            "half": rng.uniform(0.5, 4), "a": rng.uniform(1, 9), "b": rng.uniform(1, 9),
            "both": 0.0, "idle": rng.uniform(0, 3), "bend": rng.uniform(0.002, 0.05),
        }  # fmt: skip
        n["both"] = rng.uniform(-1.5, 1.5) * n["k"]
        free: dict[str, object] = {} if form == "curved" else {"x": {}}
        units.append(
            toy(f"u{k}", form, n, free=free | ({"y": {}} if form == "coupled" else {}))
        )
        spec.append((form, n))
    most = float(f"{rng.uniform(60, 250):.3f}")
    capped = bool(rng.random() < 0.6)
    net = works(*units, most=f"{most} t/month" if capped else None)
    steam, metal, ore = (
        rng.uniform(*ends, 3) for ends in ((5, 60), (60, 300), (5, 40))
    )
    here = known(net, 3, buy_steam=steam, sell_metal=metal, buy_ore=ore)
    return net, here, spec, most if capped else np.inf


def by_slsqp(
    spec: list[tuple[str, dict[str, float]]],
    price: Mapping[str, np.ndarray],
    most: float,
) -> float:
    """Return the best margin a general optimiser finds from ten starts a period."""

    def totals(z: np.ndarray) -> np.ndarray:
        found = np.zeros(3)
        for i, (form, n) in enumerate(spec):
            q = 100 * z[i]
            metal, steam = LAWS[form][0](q, {"x": 10 * z[3 + i], "y": 10 * z[6 + i]}, n)
            found += [float(metal), float(steam), float(q)]
        return found

    best = np.full(3, -np.inf)
    rng = np.random.default_rng(7)
    for t in range(3):
        worth = np.array(
            [price["sell:metal"][t], -price["buy:steam"][t], -price["buy:ore"][t]]
        )
        room = [{"type": "ineq", "fun": lambda z: totals(z)[0] / 100}]
        if np.isfinite(most):
            room.append({"type": "ineq", "fun": lambda z: (most - totals(z)[0]) / 100})
        for k in range(10):
            start = rng.random(9) if k else np.array([0.7] * 3 + [0.5] * 6)
            found = minimize(
                lambda z, worth=worth: -(worth @ totals(z)) / 1e3,
                start,
                method="SLSQP",
                bounds=[(0, 1)] * 9,
                constraints=room,
                options={"ftol": 1e-13, "maxiter": 400},
            )
            if all(r["fun"](found.x) > -1e-8 for r in room):
                best[t] = max(best[t], -1e3 * found.fun)
    return float(best.sum())


@pytest.mark.parametrize("seed", range(8))
def test_random_groups_agree_with_a_general_optimiser(seed: int) -> None:
    """Started from the book and from the ends, the plan finds what SLSQP finds."""
    net, here, spec, most = instance(seed)
    found = settle(net, here, starts=("book", "low", "high"), worths=False)
    best = by_slsqp(spec, here.price, most)
    assert -found.solution.objective == pytest.approx(best, rel=2e-6)


@pytest.mark.parametrize("seed", range(100, 130))
def test_random_groups_converge_and_agree_with_the_physics(seed: int) -> None:
    """Thirty groups: never worse than the book, never a plan the physics deny."""
    net, here, *_ = instance(seed)
    clock = time.perf_counter()
    plan = make_plan(net, here)
    if plan.operating is None:
        return
    assert plan.operating.status == "converged"
    assert plan.operating.agrees
    physics_hold(plan)
    settings = [c for c in plan.operating.settings if c.gain is not None]
    assert all(
        c.gain >= -1e-6 * abs(plan.margin) for c in settings if c.gain is not None
    )
    if not any(not p.linear for p in net.processes.values()):
        at_book = assemble(net, here)
        assert plan.margin >= -Solver(at_book.problem).optimal().objective - 1e-6
    assert time.perf_counter() - clock < 20.0


def test_two_curved_units_in_a_row_settle_between_themselves() -> None:
    """No market between them: what one makes the other takes, physics exact in both."""
    first = toy("a", "curved", CURVED, free={})
    net = works(first)
    mid = net.chain.material["metal"].model_copy(update={"id": "mid"})
    law = {"yield": 0.9, "k": 0.01, "best": 6.0, "steam": 0.05, "bend": 0.03}
    ports = {"ore": "mid", "metal": "metal", "steam": "steam"}
    second = toy("b", "curved_set", law, ports=ports, feed=[])
    chain = net.chain.model_copy(update={
        "materials": (*net.chain.materials, mid),
        "units": (
            first.model_copy(update={"ports": {"metal": "mid", "steam": "steam"}}),
            second,
        ),
    })  # fmt: skip
    made = network(
        type(chain).model_validate(
            {k: getattr(chain, k) for k in type(chain).model_fields}
        )
    )
    plan = make_plan(made, known(made))

    def margin(z: np.ndarray) -> float:
        q, x = z
        p = 0.9 * q
        metal = p * (0.9 - 0.01 * (x - 6.0) ** 2)
        steam = 3 + 0.1 * q + 0.1 * q**2 + 0.05 * p * x + 0.03 * p**2
        return float(200 * metal - 20 * q - 10 * steam)

    found = minimize(lambda z: -margin(z), [50.0, 5.0], bounds=[(0, 100), (0, 10)])
    assert plan.margin == pytest.approx(-found.fun, rel=1e-6)
    physics_hold(plan)


def test_settings_of_a_month_carry_over_to_the_network() -> None:
    """`with_settings` refuses what does not exist and leaves the rest alone."""
    net = works(toy("a", "quadratic", QUADRATIC))
    moved = with_settings(net, {"a": {"x": 7.0}})
    assert moved.processes["a"].settings[0].default == 7.0
    assert moved.streams is net.streams
    assert with_settings(net, {"a": {"x": 5.0}}) is net
    for wrong, text in (
        ({"b": {"x": 1.0}}, "no unit is called 'b'"),
        ({"a": {"z": 1.0}}, "has no setting 'z'"),
        ({"a": {"x": 11.0}}, "lies outside 0..10"),
    ):
        with pytest.raises(Exception, match=text):
            with_settings(net, wrong)


def test_a_quality_enters_as_a_column_of_its_own() -> None:
    """The interface a pool plugs into: a feed quality that may move by 2 points."""
    recipe = Unit(
        id="r", name="r", name_en="r", kind="recipe", centre="works", place="works",
        feed=["ore"], limits={"throughput": "50 t/month"},
        recipe={
            "produces": {"metal": "0.7 t/t"}, "consumes": {"steam": "0.1 t/t"},
            "deltas": [{"port": "metal", "on": "Al2O3", "reference": "50 %",
                        "change": "0.01 t/t", "per": "1 %"}],
        },
    )  # fmt: skip
    net = works(recipe)
    content = {"r": {"ore": {"Al2O3": np.full(2, 0.5)}}}
    here = replace(known(net, 2), content=content)
    tangent = linearise(
        net.processes["r"],
        {"ore": np.full(2, 50.0)},
        content=content["r"],
        qualities=[("ore", "Al2O3")],
        periods=2,
    )
    step = Step(
        unit="r",
        tangent=tangent,
        variables=(("content", "ore", "Al2O3"),),
        scale=np.array([0.01]),
        low=np.array([[-2.0, -2.0]]),
        high=np.array([[2.0, 1.0]]),
        linear=True,
    )
    model = assemble(net, here, more=(deltas([step]),))
    found = Solver(model.problem).optimal()
    chosen_ = found.x[model.problem.columns[DELTA].all()]
    moved = movements([step], chosen_, model.duties(found.x))[0]
    np.testing.assert_allclose(moved, [[2.0, 1.0]])
    rich = {"r": {"ore": {"Al2O3": np.array([0.52, 0.51])}}}
    true = make_plan(net, replace(here, content=rich))
    assert -found.objective == pytest.approx(true.margin, rel=1e-9)


def test_a_law_that_jumps_is_said_to_be_stuck_and_where() -> None:
    """Yield falls off an edge at x = 7: no step keeps what the slope promises there."""
    law = {"yield": 0.4, "k": 0.05, "best": 7.0, "steam": 0.1}
    net = works(toy("a", "jump", law))
    plan = make_plan(net, known(net))
    assert plan.operating is not None
    assert 6.9 < chosen(plan, "a")[0] <= 7.0
    assert plan.operating.status == "stuck"
    assert plan.operating.doubtful == ("a:x",)
    assert plan.operating.agrees  # the plan itself is true; only better is in doubt
    for lang, words in (("zh", ("停在此处", "折点")), ("en", ("stopped here", "kink"))):
        assert all(w in plan.operating.summary(lang) for w in words)
    with pytest.raises(InputError, match="expected 'zh' or 'en'"):
        plan.operating.summary("fr")


def test_a_kink_is_climbed_to_its_top() -> None:
    """Two straight slopes meet at x = 6.5: the best setting is the corner itself."""
    law = {"yield": 0.9, "k": 0.05, "best": 6.5, "steam": 0.01}
    net = works(toy("a", "roof", law))
    plan = make_plan(net, known(net))
    assert chosen(plan, "a")[0] == pytest.approx(6.5, abs=2e-3)
    assert plan.margin == pytest.approx(100 * (0.9 * 200 - 20 - 0.65), rel=1e-4)
