"""Each of the six attacks pays under a naive scheme and none under a sound one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest

from orebook.reward.lab.attacks import Strength, attacks
from orebook.reward.lab.lab import backtest, try_scheme
from orebook.reward.lab.measures import figures, gini
from orebook.reward.lab.panel import panel
from orebook.reward.lab.replay import replay
from orebook.reward.lab.told import NAMES, told
from orebook.reward.wording import in_words
from tests.reward.lab.histories import CURVES, LINE, history, measure, scheme

FREE = {"pool": {"unlimited": True}, "limits": {}, "gates": []}
MARGIN = measure("margin", source="margin", unit="CNY", attainment="difference",
                 curve=LINE | {"slope": 2e-7})  # fmt: skip
RATIO = measure("power", direction="min", target={"source": "fair"})
NAIVE = {
    "month_end_shift": [measure("power", direction="min", curve=CURVES["step"])],
    "stock_build": [MARGIN],
    "splitting": [measure("power", direction="min", curve=CURVES["step"])],
    "false_report": [measure("power", direction="min",
                             target={"source": "report"},
                             report={"missing": "target"})],
    "equal_loafing": [measure("power", direction="min", target={"source": "peers"},
                              curve=CURVES["line"])],
    "substitution": [RATIO],
}  # fmt: skip
PRICED = {"kind": "linear", "at": 0, "base": 1, "slope": 2e-7}
EFFECT = measure("gain", source="effect", of="efficiency", unit="CNY", curve=PRICED)
SOUND = {
    "measures": [EFFECT],
    "settle_over": "term",
    "stock": {"valued_at": "marginal_cost", "capital_charge": 0.08},
    **FREE,
}


def made(rules, *, seed=2, months=12, strength=None):
    found = replay(rules, panel(rules, history(rules, months, seed=seed)))
    return {a.name: a for a in attacks(rules, found, strength)}


@pytest.mark.parametrize("name", NAIVE)
def test_it_pays_under_a_naive_scheme(name):
    attack = made(scheme(measures=NAIVE[name], **FREE))[name]
    assert attack.applies
    assert attack.pays(12)
    assert attack.money > 1000


@pytest.mark.parametrize("seed", range(3))
def test_none_pays_under_a_sound_scheme(seed):
    """Year so far, all factors priced, stock at cost with interest, no own targets."""
    found = made(scheme(**SOUND), seed=seed, months=20)
    assert {n: a.pays(20) for n, a in found.items()} == dict.fromkeys(NAMES, False)


def test_honest_reports_pay_best_under_a_truthful_curve():
    rules = scheme(
        measures=[measure("power", direction="min", target={"source": "fair"},
                          report={"missing": "target"},
                          curve={"kind": "weitzman", "alpha": 4, "beta": 6,
                                 "gamma": 9})],
        **FREE,
    )  # fmt: skip
    attack = made(rules)["false_report"]
    assert attack.applies
    assert attack.money == pytest.approx(0.0, abs=1e-6)


def test_a_step_is_what_makes_the_month_end_pay():
    """The same ratio on a straight line: moving volume brings nothing."""
    line = measure("power", direction="min", curve=CURVES["line"])
    found = made(scheme(measures=[line], **FREE))
    assert found["splitting"].money == pytest.approx(0.0, abs=1e-3)
    assert (
        found["month_end_shift"].money
        < 0.05
        * made(scheme(measures=NAIVE["month_end_shift"], **FREE))[
            "month_end_shift"
        ].money
    )


def test_a_pool_that_binds_lets_all_be_slack_together():
    """What all lose together comes back through k."""
    tight = {"pool": {"of_fund": 0.5}, "limits": {}, "gates": []}
    found = made(scheme(measures=[EFFECT], **tight))
    assert found["equal_loafing"].pays(12)


def test_harder_attacks_bring_more():
    rules = scheme(measures=NAIVE["substitution"], **FREE)
    one = made(rules, strength=Strength(saving=0.005))["substitution"].money
    two = made(rules, strength=Strength(saving=0.01))["substitution"].money
    assert two > one > 0


def test_months_of_a_shift_are_never_used_twice():
    """Oracle: the best choice of month ends by trying all."""
    from orebook.reward.lab.attacks import _chosen

    gains = np.random.default_rng(3).uniform(0, 1, (7, 2))
    best = max(
        (sum(gains[list(c)]) for n in range(5) for c in combinations(range(7), n)
         if all(b - a > 1 for a, b in pairwise(c))),
        key=lambda g: g if np.isscalar(g) else g[0],
    )  # fmt: skip
    assert _chosen(gains)[0] == pytest.approx(best[0])


def test_permuting_teams_permutes_everything():
    rules = scheme(teams=6, settle_over="year", pool={"of_fund": 0.8})
    order = [3, 1, 5, 0, 4, 2]
    moved = rules.model_copy(update={"teams": tuple(rules.teams[k] for k in order)})
    facts = history(rules, 10)
    one, other = (try_scheme(s, panel(s, facts)) for s in (rules, moved))
    assert (one.replay.cents[:, order] == other.replay.cents).all()
    for a, b in zip(one.attacks, other.attacks, strict=True):
        assert a.gains[order] == pytest.approx(b.gains, abs=1e-6)


def test_figures_by_hand():
    """Two teams, three months, a line: every figure worked out beside it."""
    line = measure("power", direction="min", curve=CURVES["line"])
    rules = scheme(teams=2, measures=[line], **FREE)
    facts = history(rules, 3)
    trial = try_scheme(rules, panel(rules, facts))
    base = [200_000 / 3, 400_000 / 3]
    actual = [[f.values[t, "power"].actual for t in ("t000", "t001")] for f in facts]
    paid = [[b * (1 + 3 * (10 - a) / 10) for a, b in zip(row, base, strict=True)]
            for row in actual]  # fmt: skip
    f = trial.figures
    assert f.cost == pytest.approx(np.sum(paid), abs=0.05)
    assert f.fund == 600_000
    multiple = np.array(paid) / base
    assert (f.worst, f.best) == pytest.approx(
        (multiple.min(), multiple.max()), abs=1e-6
    )
    totals = np.sum(paid, axis=0) / np.multiply(base, 3)
    assert f.inequality == pytest.approx(gini(totals), abs=1e-6)
    margin = [m.margin.actual for m in facts]
    tie = np.corrcoef(np.sum(paid, axis=1), margin)[0, 1]
    assert f.margin_tie == pytest.approx(tie, abs=1e-4)
    assert f.flat == 0.0


def test_flat_zones_are_where_nothing_changes():
    """Cap 1.0 on a rising curve: every month at or above target is flat."""
    curve = {"kind": "piecewise", "points": [(0.5, 0.5), (1.0, 1.0)]}
    rules = scheme(measures=[measure("power", direction="min", curve=curve)], **FREE)
    found = try_scheme(rules, panel(rules, history(rules, 8)))
    reached = found.replay.earned.reached["power"]
    assert found.figures.flat == pytest.approx((reached > 1).mean())


def test_a_planted_ratchet_is_seen():
    """Plans that take over 30 % of each result above plan: 0.3 is found again."""
    rules = scheme(teams=8, measures=[measure("power", direction="max")], **FREE)
    facts = history(rules, 24, noise=0.05)
    for k in range(1, 24):
        old = facts[k - 1].values
        values = {
            key: replace(
                f, plan=old[key].plan + 0.3 * (old[key].actual - old[key].plan)
            )
            for key, f in facts[k].values.items()
        }
        facts[k] = replace(facts[k], values=values)
    assert figures(rules, replay(rules, panel(rules, facts))).ratchet == pytest.approx(
        0.3, abs=1e-6
    )


def test_the_declared_ratchet_gives_the_effective_share():
    """Weitzman (1980); incentive_cases.json: step .3 at 10 % leaves a quarter."""
    rules = scheme(ratchet={"step": 0.3, "interest": 0.1})
    assert in_words(rules).effective_share == pytest.approx(0.25)
    assert "25%" in in_words(rules).text("en")


def test_two_schemes_side_by_side():
    one = scheme(**SOUND)
    other = scheme(measures=[RATIO], **FREE).model_copy(update={"id": "other"})
    lab = backtest([one, other], [history(one, 6), history(other, 6)],
                   missing={"2023-09": "not closed"})  # fmt: skip
    data = lab.to_dict()
    changes = [float(m["change_cny"]) for m in data["moved"]]
    assert changes == sorted(changes, reverse=True)
    costs = [s["figures"]["cost"] for s in data["schemes"]]
    assert sum(changes) == pytest.approx(costs[0] - costs[1], abs=0.01)
    assert sorted(m["rank_after"] for m in data["moved"]) == [1, 2, 3, 4, 5]
    text = told(lab)
    assert "left out 2023-09: not closed" in text
    assert "false report: has nothing to work on" in text
