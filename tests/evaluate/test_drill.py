"""The variance as a tree: exact at every level, two ways side by side."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from orebook.evaluate.attribution import attribute, in_order, shapley, shapley_values
from orebook.evaluate.drill import Node, drill, in_cents
from orebook.evaluate.journal import to_cents
from orebook.evaluate.variance import EFFECTS, variance
from tests.plan.refineries import book, planned
from tests.report.months import closed, plan_of_group


@cache
def parts() -> dict[str, object]:
    plan = plan_of_group()
    month = closed(plan, seed=5)
    fed = {
        u: {p: dict(a) for p, a in ports.items()} for u, ports in month.content.items()
    }
    for ports in fed.values():
        for assay in ports.values():
            for k, c in enumerate(assay):
                assay[c] *= 0.97 + 0.02 * k
    return {"plan": plan.month(0), "actual": month.month(), "fed": fed}


@cache
def tree() -> Node:
    plan = plan_of_group()
    figures = closed(plan, seed=5).figures
    return drill(plan.network, plan.prices_of(0), **parts(),  # type: ignore[arg-type]
                 evidence={k: f.evidence for k, f in figures.items()})  # fmt: skip


def test_every_level_sums_to_the_one_above() -> None:
    root = tree()
    scale = max(abs(n.amount) for _, n in root.walk())
    for _, node in root.walk():
        if node.children:
            below = sum(c.amount for c in node.children)
            assert below == pytest.approx(node.amount, abs=1e-9 * scale + 0.02)
            plain = sum(c.classic for c in node.children)
            assert plain == pytest.approx(node.classic, abs=1e-9 * scale + 0.02)


def test_both_ways_explain_the_whole_change() -> None:
    plan = plan_of_group()
    found = variance(plan.network, plan.prices_of(0), **parts())  # type: ignore[arg-type]
    change = sum(c.actual - c.plan for c in found.centres)
    assert tree().amount == pytest.approx(change, rel=1e-9)
    assert tree().classic == pytest.approx(change, rel=1e-9)


def test_effects_of_a_centre_are_those_of_its_variance() -> None:
    plan = plan_of_group()
    found = variance(plan.network, plan.prices_of(0), **parts())  # type: ignore[arg-type]
    for row in found.centres:
        node = tree().find(row.centre)
        if node is None:
            continue
        own = {c.name: c.amount for c in node.children if c.kind == "effect"}
        for effect in EFFECTS:
            assert own.get(effect, 0.0) == pytest.approx(row.effects[effect], abs=0.02)


def test_feed_quality_is_opened_into_its_components() -> None:
    """Owen's parts of a union sum to its Shapley value, so the levels agree."""
    plan = planned(book())
    material = plan.network.chain.material
    fed = {"grind": {ore: {c: (0.96 if c == "Al2O3" else 1.08) * material[ore].assay[c]
                           for c in ("Al2O3", "SiO2")}
                     for ore in ("ore-a", "ore-b")}}  # fmt: skip
    root = drill(plan.network, plan.prices_of(0), plan=plan.month(0),
                 actual=plan.month(0), fed=fed)  # fmt: skip
    found = [
        n for _, n in root.walk() if n.kind == "effect" and n.name == "feed_quality"
    ]
    assert found
    opened = next(n for node in found for n in node.children if n.name == "grind")
    assert {n.kind for n in opened.children} == {"component"}
    assert len(opened.children) >= 2
    whole = variance(plan.network, plan.prices_of(0), plan=plan.month(0),
                     actual=plan.month(0), fed=fed)  # fmt: skip
    want = sum(e.amount for e in whole.details
               if e.effect == "feed_quality" and e.subject == "grind")  # fmt: skip
    assert sum(n.amount for n in opened.children) == pytest.approx(want, rel=1e-9)


def test_leaves_name_the_meters_they_come_from() -> None:
    read = [n for _, n in tree().walk() if n.readings]
    assert len(read) > 10
    assert all(n.kind in {"factor", "component"} for n in read)


def test_cents_of_each_level_are_those_of_the_one_above() -> None:
    root = tree()
    cents = in_cents(root, to_cents(root.amount))
    for _, node in root.walk():
        if node.children:
            assert sum(cents[id(c)] for c in node.children) == cents[id(node)]


def test_classic_lets_price_take_the_joint_term() -> None:
    """evaluation.md 3.1: sales price (P1-P0) Q1, volume (Q1-Q0) P0."""

    def profit(c: np.ndarray) -> np.ndarray:
        return np.where(c[:, 0], 12.0, 10.0) * np.where(c[:, 1], 4.0, 3.0)

    volume, price = in_order(profit, 2)
    assert (volume, price) == (6.0, 12.0)
    free = shapley_values(profit, 2)
    assert list(free) == [7.0, 11.0]
    assert volume + price == free.sum()


def test_above_fifteen_factors_the_split_is_hierarchical() -> None:
    """Owen over four unions of five; up to fifteen it is Shapley's."""
    weights = np.arange(1.0, 21.0)

    def value(c: np.ndarray) -> np.ndarray:
        return (c @ weights[: c.shape[1]]) ** 2

    groups = {f"g{k}": [f"f{k}-{i}" for i in range(5)] for k in range(4)}
    found = attribute(value, groups)
    assert sum(found.values()) == pytest.approx(weights.sum() ** 2, rel=1e-12)
    unions = shapley(
        lambda c: (c @ weights.reshape(4, 5).sum(axis=1)) ** 2, list(groups)
    )
    for name, members in groups.items():
        assert sum(found[m] for m in members) == pytest.approx(unions[name], rel=1e-12)
    few = {"a": ["x", "y"], "b": ["z"]}
    assert attribute(value, few) == shapley(value, ["x", "y", "z"])
