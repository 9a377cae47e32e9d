"""The replay of a whole history against settling it month by month, to the cent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orebook.reward.lab.panel import panel
from orebook.reward.lab.replay import replay
from orebook.reward.settle import settle
from tests.reward.lab.histories import CURVES, LINE, chained, history, measure, scheme

REPORT = {"missing": "target"}
CASES = {
    "plain": {},
    "binding pool": {"pool": {"of_fund": 0.7}},
    "penalties to the pool": {"pool": {"of_fund": 0.5, "penalties_to": "pool"}},
    "unlimited": {"pool": {"unlimited": True}},
    "whole cents": {"rounding": "down"},
    "year": {"settle_over": "year"},
    "term": {"settle_over": "term", "pool": {"of_fund": 0.9}},
    "year, tight": {"settle_over": "year", "limits": {"floor": 0, "cap": 1.02}},
    "year, binding pool": {"settle_over": "year", "pool": {"of_fund": 0.6}},
    "share of the margin": {
        "fund": {"share_of_margin": 0.01, "margin": "above_plan", "maximum": 6e4}
    },
    "peers": {"measures": [measure("power", direction="min",
                                   target={"source": "peers"})]},
    "peers by their plans": {
        "measures": [measure("power", direction="min",
                             target={"source": "peers", "base": "fair",
                                     "strength": 0.7})]
    },
    "step": {"measures": [measure("power", curve=CURVES["step"])]},
    "reports": {
        "measures": [
            measure("power", direction="min", report=REPORT, target={"source": "fair"},
                    curve={"kind": "weitzman", "alpha": 4, "beta": 6, "gamma": 9})
        ]
    },
    "money": {
        "measures": [measure("gain", source="effect", of="efficiency", unit="CNY",
                             pays="money", curve=LINE | {"slope": 0.02, "base": 0,
                                                         "floor": -9e9, "cap": 9e9})]
    },
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_equal_to_settling_month_by_month(name):
    """Oracle: the plain loop over months and teams."""
    rules = scheme(**CASES[name])
    facts = history(rules, seed=len(name))
    found = replay(rules, panel(rules, facts))
    months = facts
    if rules.settle_over != "month":
        months = chained(facts, rules.settle_over)
    for k, month in enumerate(months):
        plain = settle(rules, month)
        assert [round(t.amount * 100) for t in plain.teams.values()] == list(
            found.cents[k]
        )
        assert found.factor[k] == pytest.approx(plain.factor)


def test_a_year_pays_its_whole_result_whatever_the_months():
    """What the year came to does not depend on how it was spread over the months."""
    rules = scheme(settle_over="year", limits={}, pool={"unlimited": True}, gates=[])
    facts = history(rules, months=12, incidents=0)
    last = settle(rules, chained(facts)[-1])
    for team, result in last.teams.items():
        paid = sum(settle(rules, f).teams[team].steps.pooled for f in chained(facts))
        whole = sum(
            m.base * m.weight * m.payout * m.months for m in result.steps.measures
        )
        assert paid == pytest.approx(whole)


@pytest.mark.parametrize("over", ["month", "year"])
def test_the_explanation_recomputes_every_amount(over):
    """Leaves alone give the amount, over a year as well."""
    rules = scheme(settle_over=over)
    for month in chained(history(rules, months=5, seed=3)):
        for result in settle(rules, month).teams.values():
            tree = result.explanation
            assert tree.recompute() == pytest.approx(float(result.amount), abs=1e-6)
            assert all(leaf.evidence for leaf in tree.leaves())


@pytest.mark.parametrize("penalties", ["reserve", "pool"])
def test_the_pool_of_a_year_balances_to_the_cent(penalties):
    """Limit left + taken back = paid + reserve each month; the year keeps its limit."""
    rules = scheme(settle_over="year", pool={"of_fund": 0.8, "penalties_to": penalties})
    for seed in range(4):
        months = chained(history(rules, months=7, seed=seed))
        found = [settle(rules, month) for month in months]
        assert all(s.pool.gap == 0 and s.pool.reserve >= 0 for s in found)
        total = sum(t.amount for s in found for t in s.teams.values())
        assert total <= 7 * 400_000
        assert found[-1].factor < 1


def test_a_year_s_pool_does_not_care_which_month_came_first():
    """With k below one too, two years of the same months in another order pay alike."""
    rules = scheme(settle_over="year", pool={"of_fund": 0.8}, gates=[])
    facts = history(rules, months=6, incidents=0)
    turned = [
        replace(f, period=g.period) for f, g in zip(facts[::-1], facts, strict=True)
    ]
    one, other = (
        replay(rules, panel(rules, months)).cents.sum(axis=0)
        for months in (facts, turned)
    )
    assert abs(one - other).max() <= 1
