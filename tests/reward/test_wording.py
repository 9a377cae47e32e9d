"""Schemes in words: every option is said, in both languages, with its warning."""

from __future__ import annotations

import re

import pytest

from orebook.reward.facts import GateKind
from orebook.reward.scheme import ORDER
from orebook.reward.wording import _INCIDENTS, in_words
from tests.reward.lab.histories import CURVES, measure, scheme

CJK = re.compile("[一-鿿]")
REPORT = {"missing": "nothing", "days": 3}
TRUTH = {"kind": "weitzman", "alpha": 4, "beta": 6, "gamma": 9}


def texts(**changes):
    printed = in_words(scheme(**changes))
    return printed.text("en"), printed.text("zh"), [w.en for w in printed.warnings]


def ratio(**more):
    return {"measures": [measure("power", direction="min", **more)]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (ratio(target={"source": "peers"}), "the mean of the other teams"),
        (ratio(target={"source": "peers", "base": "fair", "strength": 0.5}),
         "its own fair target x (1 + 0.5 x mean deviation"),
        (ratio(target={"source": "own_best", "like": 0.1}), "under a load within 10%"),
        (ratio(target={"source": "external", "of": ["energy"]}),
         "the median of peers outside in energy"),
        (ratio(target={"source": "fixed", "value": 9}), "fixed at 9"),
        (ratio(target={"source": "report"}, report=REPORT), "the team's own report"),
        (ratio(curve=TRUTH, report=REPORT), "truthful report (Weitzman) 1 + 6 (r - 1)"),
        (ratio(curve=TRUTH, report=REPORT), "due 3 days before the month begins"),
        (ratio(curve={"kind": "osband_reichelstein", "curvature": 2}, report=REPORT),
         "f(r) + f'(r)(x - r)"),
        (ratio(curve={"kind": "joint_base", "weight": 0.5, "gain": 1,
                      "under_report": 0.7}, report=REPORT), "C = 0.5 r + 0.5"),
        (ratio(curve={"kind": "dead_band", "low": 0.97, "high": 1.03, "slope_below": 3,
                      "slope_above": 2, "cap": 2}), "1 from 0.97 to 1.03"),
        (ratio(curve={"kind": "asymmetric", "slope_below": 3, "slope_above": 2}),
         "+2 above and -3 below"),
        ({"settle_over": "year"}, "each year so far is settled"),
        ({"stock": {"valued_at": "marginal_cost", "capital_charge": 0.08}},
         "pays 8.0% interest a year"),
        ({"rounding": "down"}, "cut to whole cents"),
        ({"pool": {"amount": 5000, "penalties_to": "pool"}}, "raise the limit"),
        ({"pool": {"unlimited": True}}, "no limit"),
        ({"deferral": {"share": 0.3, "months": 24, "forfeit_on_veto": True}},
         "30% of what is above zero is paid 24 months later"),
        ({"ratchet": {"step": 0.5}}, "the team sees 17%"),
        ({"fund": {"share_of_margin": 0.02, "margin": "above_plan"}},
         "fund 2.00% of the month's margin above plan"),
    ],
)  # fmt: skip
def test_what_a_scheme_says_is_said(changes, words):
    english, chinese, _ = texts(**changes)
    assert words in english
    assert CJK.search(english.replace(scheme().name, "").replace("power", "")) is None
    assert len(english.splitlines()) == len(chinese.splitlines())
    assert [f"{k + 1}. " for k in range(len(ORDER))] == re.findall(
        r"^(\d+\. )", english, re.M
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (ratio(target={"source": "peers"}), "agree to be slack"),
        (ratio(target={"source": "own_best"}), "is a ratchet"),
        (ratio(target={"source": "report"}, report=REPORT), "invites low reports"),
        (ratio(curve=TRUTH, report=REPORT), "weaken honest reports"),
        (ratio(curve=CURVES["step"]), "moving results between months"),
        (ratio(), "bought with what is not measured"),
        ({"settle_over": "term"}, "multiplier acts on what the month adds"),
        ({"ratchet": {"step": 0.5}}, "ratchet above 20 %"),
    ],
)
def test_what_invites_gaming_is_warned_of(changes, words):
    assert any(words in w for w in texts(**changes)[2])


def test_every_kind_of_incident_has_a_name():
    from typing import get_args

    assert set(_INCIDENTS) == set(get_args(GateKind))
