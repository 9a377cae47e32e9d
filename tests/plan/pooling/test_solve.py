"""The ladder against published optima, and what must hold of every answer."""

from __future__ import annotations

import copy
import csv
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from orebook.errors import BookError, InfeasibleError, InputError
from orebook.plan.pooling import Step, read_pooling, solve_pooling
from orebook.plan.pooling.certify import available
from orebook.plan.pooling.result import PoolingResult, relative_gap
from tests.plan.pooling.cases import (
    ADHYA4,
    FOULDS2,
    HAVERLY1,
    HAVERLY2,
    ORE_YARD,
    PUBLISHED,
    Instance,
    varied,
    worst_violation,
)
from tests.plan.pooling.published import adhya3, bental5, haverly3, rt2

NAMES = [case["name"] for case, _ in PUBLISHED]
needs_scip = pytest.mark.skipif(not available(), reason="SCIP (extra scip) is absent")


def flows(found: PoolingResult) -> dict[tuple[str, str], float]:
    return {(one.source, one.target): one.amount for one in found.flows}


def assert_sound(instance: Instance, found: PoolingResult) -> None:
    """Check the original bilinear limits, and that the bound is none too low."""
    assert worst_violation(instance, flows(found)) <= 1e-6
    assert found.max_violation <= 1e-6
    assert found.bound >= found.profit
    assert found.gap == pytest.approx(relative_gap(found.profit, found.bound), abs=1e-8)
    bounds = [one.bound for one in found.steps]
    assert all(later <= one for one, later in itertools.pairwise(bounds))


LENGTHY = {"adhya1", "oreyard1"}  # seconds each without SCIP


@pytest.mark.parametrize(
    ("instance", "optimum"),
    [
        pytest.param(*row, marks=[pytest.mark.slow] if name in LENGTHY else [])
        for row, name in zip(PUBLISHED, NAMES, strict=True)
    ],
    ids=NAMES,
)
def test_published_optimum_without_scip(instance: Instance, optimum: float) -> None:
    """V9 and V11, by our own branch and bound. Source: see `cases`."""
    found = solve_pooling(instance, certify="none", time_limit=40.0)
    assert_sound(instance, found)
    assert found.profit == pytest.approx(optimum, rel=1e-4)
    assert found.certified
    assert found.bound <= optimum * (1 + 2e-4)


@needs_scip
@pytest.mark.parametrize(("instance", "optimum"), PUBLISHED[-3:], ids=NAMES[-3:])
def test_published_optimum_with_scip(instance: Instance, optimum: float) -> None:
    """V9 and V11 again, the last rung climbed by SCIP."""
    found = solve_pooling(instance, certify="scip", starts=(), time_limit=40.0)
    assert_sound(instance, found)
    assert found.profit == pytest.approx(optimum, rel=1e-5)
    assert found.certified


@pytest.mark.slow
def test_the_price_of_having_two_pools_only() -> None:
    """V11: with a route of its own for each ore the yard would earn 42,805.5556."""
    found = solve_pooling(ORE_YARD, certify="none")
    assert found.steps[0].bound == pytest.approx(42805.5556, rel=1e-8)
    assert found.steps[0].bound - found.profit == pytest.approx(240.64, abs=0.5)


@pytest.mark.parametrize(
    ("instance", "percent"),
    [(HAVERLY1, 25.0), (HAVERLY2, 200 / 3), (FOULDS2, 0.0), (ADHYA4, 9.5219)],
)
def test_gap_of_the_mccormick_relaxation(instance: Instance, percent: float) -> None:
    """The pq bound is the published one: 500, 1000, 1100, and 961.2042 for adhya4.

    Source: Tawarmalani, Sahinidis, 2002, table of bounds of the pq form.
    """
    optimum = {case["name"]: best for case, best in PUBLISHED}[instance["name"]]
    steps: list[Step] = []
    solve_pooling(instance, certify="none", starts=(), progress=steps.append)
    bound = steps[1].bound
    assert 100 * (bound / optimum - 1) == pytest.approx(percent, abs=1e-2)


LARGE = [
    ("haverly_10_addedges_20_attr_1_1", 12056.5124),
    ("haverly_15_addedges_15_attr_1_1", 20652.5148),
    ("haverly_20_addedges_20_attr_0_1", 27956.3020),
]


@pytest.mark.slow
@pytest.mark.parametrize("certify", ["none", pytest.param("scip", marks=needs_scip)])
@pytest.mark.parametrize(("name", "optimum"), LARGE)
def test_larger_instances(
    shared_data: Path, name: str, optimum: float, certify: Any
) -> None:
    """V10. Source: Luedtke, D'Ambrosio, Linderoth, Schweiger, 2018; proven by SCIP."""
    path = shared_data / "planning" / "pooling" / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in the reference data {shared_data}")
    found = solve_pooling(read_pooling(path), certify=certify, time_limit=120.0)
    assert_sound(json.loads(path.read_text(encoding="utf-8")), found)
    assert found.profit == pytest.approx(optimum, rel=1e-4)
    assert found.gap <= 1e-2


@pytest.mark.slow
def test_all_instances_of_the_collection(shared_data: Path) -> None:
    """V9 to V11: optima of the index, each reached to 1e-4 and proven to 1 %."""
    folder = shared_data / "planning" / "pooling"
    if not (folder / "index.csv").is_file():
        pytest.skip(f"no pooling/index.csv in the reference data {shared_data}")
    with (folder / "index.csv").open(encoding="utf-8", newline="") as table:
        known = {
            r["name"]: float(r["known_optimum_profit"]) for r in csv.DictReader(table)
        }
    for name, optimum in known.items():
        found = solve_pooling(read_pooling(folder / f"{name}.json"), certify="none")
        assert found.profit == pytest.approx(optimum, rel=1e-4), name
        assert found.gap <= 1e-2, name


# ------------------------------------------------------------------- properties


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """Small networks with two qualities, limits on both sides, and direct arcs."""
    number = st.integers(1, 40).map(lambda n: n / 4)
    inputs = [
        {
            "id": f"i{k}",
            "cost": draw(number),
            "max": 10 * draw(number),
            "quality": {"a": draw(number), "b": draw(number)},
        }
        for k in range(draw(st.integers(2, 3)))
    ]
    pools = [{"id": f"p{k}", "capacity": 10 * draw(number)} for k in range(2)]
    outputs = [
        {
            "id": f"o{k}",
            "price": 2 * draw(number),
            "max": 10 * draw(number),
            "quality_max": {"a": draw(number)},
            "quality_min": {"b": draw(number) / 2},
        }
        for k in range(2)
    ]
    pairs = [(i["id"], p["id"]) for i in inputs for p in pools]
    pairs += [(p["id"], o["id"]) for p in pools for o in outputs]
    pairs += [(inputs[0]["id"], outputs[0]["id"])]
    kept = [pair for pair in pairs if draw(st.integers(0, 4))]
    arcs = [{"from": a, "to": b, "cost": draw(number) / 10} for a, b in kept]
    return {
        "name": "drawn",
        "inputs": inputs,
        "pools": pools,
        "outputs": outputs,
        "arcs": arcs,
    }


@pytest.mark.slow
@settings(max_examples=12)
@given(instances())
def test_answers_are_sound(instance: Instance) -> None:
    found = solve_pooling(instance, certify="none", starts=(2,), time_limit=3.0)
    assert_sound(instance, found)
    assert found.profit >= -1e-9, "to do nothing is always allowed here"


@pytest.mark.slow
@needs_scip
@settings(max_examples=8)
@given(instances())
def test_branch_and_bound_agrees_with_scip(instance: Instance) -> None:
    """An outside oracle: both proofs must overlap."""
    ours = solve_pooling(instance, certify="none", starts=(), time_limit=5.0)
    theirs = solve_pooling(instance, certify="scip", starts=(), time_limit=5.0)
    slack = 1e-5 * (1 + abs(ours.bound))
    assert ours.profit <= theirs.bound + slack
    assert theirs.profit <= ours.bound + slack


@pytest.mark.slow
@pytest.mark.parametrize(("mass", "price"), [(1e-3, 1e3), (1e4, 1.0), (1.0, 1e-5)])
def test_units_do_not_matter(mass: float, price: float) -> None:
    """V14 for pools: other units of mass and money give the same plan."""
    scaled = json.loads(json.dumps(ADHYA4))
    for part, key in (("inputs", "cost"), ("outputs", "price")):
        for one in scaled[part]:
            one[key] *= price
            one["max"] *= mass
    for one in (*scaled["pools"], *scaled["arcs"]):
        key = "capacity" if "capacity" in one else "max"
        one[key] = one[key] and one[key] * mass
    base = solve_pooling(ADHYA4, certify="none", starts=())
    found = solve_pooling(scaled, certify="none", starts=())
    assert found.profit == pytest.approx(base.profit * mass * price, rel=2e-4)
    assert found.gap == pytest.approx(base.gap, abs=1e-4)


def test_unit_and_zero_of_a_quality_do_not_matter() -> None:
    other = json.loads(json.dumps(HAVERLY2))
    for one in other["inputs"]:
        one["quality"]["q1"] = 1e-4 * (one["quality"]["q1"] + 100)
    for one in other["outputs"]:
        one["quality_max"]["q1"] = 1e-4 * (one["quality_max"]["q1"] + 100)
    assert solve_pooling(other, certify="none").profit == pytest.approx(600.0)


# ---------------------------------------------------------------- other networks


def test_without_pools_it_is_a_linear_problem() -> None:
    """Blending without pools, against another solver."""
    instance = {
        "inputs": [
            {"id": "a", "cost": 4, "max": 50, "quality": {"s": 1}},
            {"id": "b", "cost": 1, "max": 80, "quality": {"s": 4}},
        ],
        "outputs": [
            {"id": "x", "price": 9, "max": 70, "quality_max": {"s": 2}},
            {"id": "y", "price": 3, "min": 10, "quality_max": {"s": 5}},
        ],
        "arcs": [{"from": a, "to": b} for a in "ab" for b in "xy"],
    }
    found = solve_pooling(instance)
    rows = [
        [1, 1, 0, 0],
        [0, 0, 1, 1],
        [1, 0, 1, 0],
        [0, -1, 0, -1],
        [-1, 0, 2, 0],
        [0, -4, 0, -1],
    ]
    oracle = linprog([-5, 1, -8, -2], rows, [50, 80, 70, -10, 0, 0])
    assert found.profit == pytest.approx(-oracle.fun)
    assert found.certified
    assert found.pool_qualities == {}
    assert_sound(instance, found)


def test_a_pool_without_feed_carries_nothing() -> None:
    idle = json.loads(json.dumps(HAVERLY1))
    idle["pools"].append({"id": "o2"})
    idle["arcs"].append({"from": "o2", "to": "p1"})
    found = solve_pooling(idle, certify="none")
    assert found.profit == pytest.approx(400.0)
    assert flows(found)["o2", "p1"] == 0.0


def test_no_arcs_no_profit() -> None:
    found = solve_pooling({**HAVERLY1, "arcs": []})
    assert (found.profit, found.gap, found.status) == (0.0, 0.0, "optimal")


def test_money_on_arcs_is_the_same_as_on_nodes() -> None:
    moved = json.loads(json.dumps(HAVERLY1))
    cost = {one["id"]: one.pop("cost") for one in moved["inputs"]}
    price = {one["id"]: one.pop("price") for one in moved["outputs"]}
    for arc in moved["arcs"]:
        arc["cost"] = cost.get(arc["from"], 0.0) - price.get(arc["to"], 0.0)
    assert solve_pooling(moved, certify="none").profit == pytest.approx(400.0)


def test_cost_of_a_pool_and_of_an_output_is_charged() -> None:
    """Haverly 1 sends 100 each of c2 and c3 to p2: 100 t through the pool."""
    dearer = varied(HAVERLY1, pools_0_cost=0.5, outputs_1_cost=0.25)
    found = solve_pooling(dearer, certify="none")
    assert found.profit == pytest.approx(400.0 - 0.5 * 100 - 0.25 * 200)


def test_least_amounts_are_kept() -> None:
    forced = varied(HAVERLY1, outputs_0_min=40, arcs_3_min=10, pools_0_min=60)
    found = solve_pooling(forced, certify="none", time_limit=20.0)
    assert_sound(forced, found)
    amount = flows(found)
    assert amount["o1", "p1"] + amount["c3", "p1"] >= 40 - 1e-6
    assert amount["o1", "p2"] >= 10 - 1e-6
    assert found.profit <= 400.0


def test_pool_quality_is_that_of_its_feeds() -> None:
    found = solve_pooling(HAVERLY1, certify="none")
    assert found.pool_qualities["o1"]["q1"] == pytest.approx(1.0)


# -------------------------------------------------------------------- no answer


def test_an_infeasible_instance_names_what_contradicts() -> None:
    """p2 wants 150 t at 1.5 at most, and there are only 10 t of the clean input."""
    short = varied(HAVERLY1, outputs_1_min=150, inputs_1_max=10)
    with pytest.raises(InfeasibleError) as caught:
        solve_pooling(short)
    words = str(caught.value)
    assert "amount of output p2 at least 150" in words
    assert "amount of input c2 at most 10" in words
    assert "q1 of output p2 at most 1.5" in words


@pytest.mark.parametrize("certify", ["none", pytest.param("scip", marks=needs_scip)])
def test_what_only_the_pool_makes_infeasible_is_said(certify: Any) -> None:
    """Two outputs want opposite qualities from one pool."""
    torn = {
        "name": "torn",
        "inputs": [
            {"id": "a", "max": 9, "quality": {"s": 0}},
            {"id": "b", "max": 9, "quality": {"s": 1}},
        ],
        "pools": [{"id": "p"}],
        "outputs": [
            {"id": "x", "min": 1, "max": 5, "quality_max": {"s": 0.3}},
            {"id": "y", "min": 1, "max": 5, "quality_min": {"s": 0.7}},
        ],
        "arcs": [{"from": a, "to": b} for a, b in ("ap", "bp", "px", "py")],
    }
    with pytest.raises(InfeasibleError, match="torn: no plan meets all requirements"):
        solve_pooling(torn, certify=certify, time_limit=20.0)


def test_a_least_flow_into_a_dead_end_is_infeasible() -> None:
    dead = json.loads(json.dumps(HAVERLY1))
    dead["pools"].append({"id": "o2"})
    dead["arcs"].append({"from": "c1", "to": "o2", "min": 5})
    with pytest.raises(InfeasibleError, match="flow c1 -> o2 at least 5"):
        solve_pooling(dead)


def test_a_flow_without_limit_is_named() -> None:
    endless = {
        "name": "endless",
        "inputs": [{"id": "a"}],
        "pools": [{"id": "p"}],
        "outputs": [{"id": "x", "price": 1}],
        "arcs": [{"from": "a", "to": "p"}, {"from": "p", "to": "x"}],
    }
    with pytest.raises(InputError, match="nothing limits the flow p -> x"):
        solve_pooling(endless)


def test_unlimited_profit_is_named() -> None:
    endless = {
        "inputs": [{"id": "a"}],
        "outputs": [{"id": "x", "price": 1}],
        "arcs": [{"from": "a", "to": "x"}],
    }
    with pytest.raises(InputError, match=r"a -> x.*can grow for ever"):
        solve_pooling(endless)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"certify": "all"}, "expected one of auto, scip, none"),
        ({"time_limit": 0.0}, "positive number of seconds"),
        ({"time_limit": float("nan")}, "positive number of seconds"),
        ({"starts": (1,)}, "2 or more"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        solve_pooling(HAVERLY1, **options)


def test_scip_asked_for_but_absent_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orebook.plan.pooling.solve.available", lambda: False)
    with pytest.raises(InputError, match=r"orebook\[scip\]"):
        solve_pooling(HAVERLY1, certify="scip")
    assert solve_pooling(HAVERLY1).profit == pytest.approx(400.0)


def test_a_wrong_mapping_is_refused() -> None:
    with pytest.raises(BookError):
        solve_pooling({"inputs": []})


def test_the_result_is_plain_data() -> None:
    seen: list[Step] = []
    found = solve_pooling(HAVERLY2, certify="none", progress=seen.append)
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["profit"] == found.profit
    assert [one["name"] for one in plain["steps"]] == [one.name for one in seen]
    assert "proven optimal" in found.summary()
    assert np.isfinite(found.bound)


@pytest.mark.parametrize(
    ("profit", "bound", "gap"),
    [(400, 500, 0.25), (0, 0, 0), (0, 5, 1), (-10, -5, 0.5), (5, 4.9, 0)],
)
def test_relative_gap(profit: float, bound: float, gap: float) -> None:
    assert relative_gap(profit, bound) == pytest.approx(gap)


@needs_scip
@pytest.mark.parametrize("certify", ["scip", "none"])
@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("inputs", "max", 1e12),  # stands for "as much as you like"
        ("arcs", "max", 1e15),
        ("arcs", "cost", 1e12),  # stands for "never"
    ],
)
def test_numbers_that_stand_for_none_do_not_blur_the_rest(
    certify: Any, part: str, field: str, value: float
) -> None:
    """A supply no sale can use, or a way too dear to use, changes no figure."""
    instance = copy.deepcopy(HAVERLY1)
    if part == "arcs":
        instance["arcs"].append({"from": "c1", "to": "p1", "max": 5.0})
        instance["arcs"][-1][field] = value
        instance["inputs"][0]["cost"] = 6.0
        instance["arcs"][-1]["cost"] = 1e12
    else:
        instance[part][0][field] = value
    found = solve_pooling(instance, certify=certify)
    assert found.profit == pytest.approx(400.0, rel=1e-6)
    assert found.bound == pytest.approx(400.0, rel=2e-4)
    assert found.certified


MORE = [(haverly3, 750.0), (bental5, 3500.0), (adhya3, 561.0447), (rt2, 4391.8259)]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "optimum"), MORE, ids=[m.__name__ for m, _ in MORE])
def test_more_published_optima(make: Any, optimum: float) -> None:
    """Optima as listed in Alfaki and Haugland (2013); SCIP where it is installed."""
    found = solve_pooling(make(), time_limit=60.0)
    assert_sound(make(), found)
    assert found.profit == pytest.approx(optimum, rel=1e-4)
    assert found.bound >= optimum * (1 - 1e-6)
    if available():
        assert found.certified
