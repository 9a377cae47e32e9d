"""Explanations recompute the amount; marginal pay equals the difference of two runs."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.reward.facts import Facts, Incident, MeasureFact
from orebook.reward.scheme import Scheme
from orebook.reward.settle import settle

ENERGY = {
    "id": "energy",
    "name": "电耗",
    "name_en": "power use",
    "source": "indicator",
    "unit": "kWh/t",
    "direction": "min",
    "weight": 0.6,
    "curve": {
        "kind": "piecewise",
        "points": [[0.9, 0.5], [1.0, 1.0], [1.1, 2.0]],
        "below": "extend",
    },
}
OUTPUT = {
    "id": "output",
    "name": "产量",
    "name_en": "output",
    "source": "delivery",
    "unit": "t",
    "attainment": "ratio",
    "weight": 0.4,
    "curve": {"kind": "linear", "slope": 3},
}
EFFECT = {
    "id": "effect",
    "name": "效率差异",
    "name_en": "efficiency",
    "source": "effect",
    "unit": "CNY",
    "pays": "money",
    "curve": {
        "kind": "asymmetric",
        "at": 0,
        "base": 0,
        "slope_below": 0.02,
        "slope_above": 0.05,
    },
}
EVENTS = {
    "fatality": ("veto", None),
    "lost_time_injury": ("multiplier", 0.8),
    "emission_exceedance": ("deduction", 0.1),
}


def scheme(**changes):
    gates = [
        {"id": kind, "name": kind, "incident": kind, "effect": effect, "value": value}
        for kind, (effect, value) in EVENTS.items()
    ]
    return Scheme.model_validate(
        {
            "id": "line",
            "name": "电解",
            "valid_from": "2026-01-01",
            "valid_to": "2026-12-31",
            "fund": {"amount": 100000},
            "pool": {"of_fund": 1.0},
            "teams": [{"id": "a", "share": 0.6}, {"id": "b", "share": 0.4}],
            "measures": [ENERGY, OUTPUT, EFFECT],
            "gates": gates,
            "limits": {"floor": -0.5, "cap": 1.3},
        }
        | changes
    )


def facts(energy=13200.0, output=100.0, effect=0.0, *, kinds=()):
    own = {"energy": (energy, 13200.0), "output": (output, 100.0)}
    values = {
        (team, "energy"): MeasureFact(13100.0, ("meter:b",), plan=13200.0)
        for team in ("a", "b")
    }
    values |= {
        (team, "output"): MeasureFact(99.0, ("scale:b",), plan=100.0)
        for team in ("a", "b")
    }
    values |= {(t, "effect"): MeasureFact(0.0, ("variance:b",)) for t in ("a", "b")}
    for name, (actual, plan) in own.items():
        values["a", name] = MeasureFact(actual, (f"{name}:a",), plan=plan)
    values["a", "effect"] = MeasureFact(effect, ("variance:a",))
    incidents = tuple(
        Incident(kind, "a", kind, date(2026, 3, 2), (f"record:{kind}",))
        for kind in kinds
    )
    margin = MeasureFact(3e6, ("posting:9",), plan=1e6)
    return Facts("2026-03", values, incidents, margin)


def pay(rules, **values):
    return settle(rules, facts(**values)).teams["a"]


FUNDS = (
    {"amount": 100000},
    {"share_of_margin": 0.04, "margin": "above_plan", "maximum": 70000},
)
POOLS = ({"unlimited": True}, {"of_fund": 0.5, "penalties_to": "pool"})
KINDS = ((), ("fatality",), ("lost_time_injury", "emission_exceedance"))


@pytest.mark.parametrize(("fund", "pool", "kinds"), list(product(FUNDS, POOLS, KINDS)))
def test_the_leaves_recompute_the_amount(fund, pool, kinds):
    rules = scheme(fund=fund, pool=pool)
    for energy, output in product((11000, 12500, 13200, 15000), (60.0, 100.0, 130.0)):
        result = pay(rules, energy=energy, output=output, effect=-800.0, kinds=kinds)
        tree = result.explanation
        assert tree.recompute() == pytest.approx(float(result.amount), abs=1e-6)
        assert tree.value == pytest.approx(float(result.amount), abs=1e-6)
        assert abs(tree.children[1].value) < 0.0100001


def test_every_leaf_has_evidence():
    rules = scheme(fund=FUNDS[1], pool=POOLS[1])
    tree = pay(rules, kinds=KINDS[2]).explanation
    leaves = list(tree.leaves())
    assert all(leaf.evidence for leaf in leaves)
    sources = {source for leaf in leaves for source in leaf.evidence}
    assert {"energy:a", "output:a", "posting:9", "record:lost_time_injury"} <= sources


def test_text_and_dict_show_the_chain():
    tree = pay(scheme(), energy=12540.0).explanation
    english, chinese = tree.text(), tree.text(chinese=True)
    assert english.startswith("amount: ")
    assert "power use: " in english
    assert "1 + (target - actual) / |target|" in english
    assert "[energy:a]" in english
    assert chinese.startswith("应发金额: ")
    assert len(english.splitlines()) == len(chinese.splitlines())
    assert tree.to_dict()["children"][0]["children"]


def test_one_kilowatt_hour_less_is_worth():
    """By hand: 60 000 x .6 x 10 / 13 200 below target, x 5 above, no gate, no pool."""
    rules = scheme(pool={"unlimited": True}, limits={})
    power = pay(rules).marginals[0]
    assert power.down == pytest.approx(60000 * 0.6 * 10 / 13200)
    assert power.up == pytest.approx(-60000 * 0.6 * 5 / 13200)
    assert power.kink
    assert power.sentence() == (
        "power use: one kWh/t less is worth +27.27 CNY, one kWh/t more -13.64 CNY"
    )


MOVES = {"energy": 1e-3, "output": 1e-6, "effect": 1e-3}


@given(
    st.sampled_from([12000.0, 12540.0, 12900.0, 13200.0, 14000.0, 15100.0]),
    st.sampled_from([40.0, 80.0, 100.0, 104.0, 150.0]),
    st.sampled_from([-50000.0, 0.0, 20000.0]),
    st.sampled_from(POOLS),
    st.sampled_from(KINDS),
)
@settings(max_examples=80)
def test_marginal_pay_is_the_difference_of_two_settlements(
    energy, output, effect, pool, kinds
):
    rules = scheme(pool=pool)
    at = {"energy": energy, "output": output, "effect": effect}
    here = pay(rules, **at, kinds=kinds)
    for marginal in here.marginals:
        h = MOVES[marginal.measure]
        for direction, stated in ((1, marginal.up), (-1, marginal.down)):
            moved = at | {marginal.measure: at[marginal.measure] + direction * h}
            there = pay(rules, **moved, kinds=kinds)
            found = (there.steps.pooled - here.steps.pooled) / h
            assert stated == pytest.approx(found, rel=1e-3, abs=1e-3)


def test_the_cap_ends_the_incentive_upwards_only():
    rules = scheme(pool={"unlimited": True}, limits={"cap": 1.0})
    at_cap = pay(rules).marginals[0]
    assert at_cap.down == 0.0
    assert at_cap.up < 0
    beyond = pay(rules, energy=12000.0).marginals[0]
    assert (beyond.up, beyond.down) == (0.0, 0.0)


def test_a_step_is_shown():
    stepped = ENERGY["curve"] | {"below": 0, "jump": True}
    rules = scheme(measures=[ENERGY | {"curve": stepped}, OUTPUT, EFFECT])
    assert pay(rules, energy=14520.0).marginals[0].step == pytest.approx(0.5)
    assert pay(rules).marginals[0].step == 0.0
