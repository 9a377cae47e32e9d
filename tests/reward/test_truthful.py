"""Truth-inducing schemes: published figures, and honesty checked by search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.reward.truthful import JointBase, Weitzman, osband_reichelstein

SOVIET = Weitzman(base=50, target=1000, alpha=0.07, beta=0.10, gamma=0.13)
PARABOLA = {"value": lambda z: 5e-5 * z**2, "slope": lambda z: 1e-4 * z}


def test_weitzman_figures():
    """Weitzman (1976) form; figures of incentive_cases.json."""
    reports = [1000, 1100, 1150, 1200, 1300]
    assert SOVIET.pay(reports, 1200) == pytest.approx([64, 67, 68.5, 70, 67])


@given(st.floats(500, 2000))
@settings(max_examples=30)
def test_weitzman_pays_the_honest_report_best(output):
    reports = np.linspace(400, 2100, 300)
    assert SOVIET.pay(reports, output).max() <= float(SOVIET.pay(output, output)) + 1e-9


def test_weitzman_under_risk_reports_a_quantile():
    """Oracle: the best report against 200 000 draws is the stated quantile."""
    rule = Weitzman(base=0, target=0, alpha=0.05, beta=0.08, gamma=0.17)
    draws = np.random.default_rng(1).normal(1000, 50, 200_000)
    reports = np.linspace(900, 1100, 201)
    best = reports[np.argmax([rule.pay(r, draws).mean() for r in reports])]
    assert rule.report_quantile() == pytest.approx(0.25)
    assert best == pytest.approx(np.quantile(draws, 0.25), abs=2)


def test_osband_reichelstein_figures():
    """Osband and Reichelstein (1985) form; figures of incentive_cases.json."""
    expected = osband_reichelstein([1000, 1200, 1400], 1200, **PARABOLA)
    assert expected == pytest.approx([70, 72, 70])


def test_osband_reichelstein_elicits_the_mean_of_a_skewed_risk():
    draws = np.random.default_rng(2).exponential(1000, 100_000)
    reports = np.linspace(500, 1500, 101)
    pay = [osband_reichelstein(r, draws, **PARABOLA).mean() for r in reports]
    assert reports[int(np.argmax(pay))] == pytest.approx(draws.mean(), abs=10)


@pytest.mark.parametrize(
    ("gain", "fine", "net"),
    [
        (1.0, 0.7, {800: 10, 900: 30, 1000: 50, 1100: 0, 1200: -50}),
        (0.7, 0.5, {800: 5, 900: 20, 1000: 35, 1100: 0}),
    ],
)
def test_joint_base_figures(gain, fine, net):
    """Joint base method (Hu Zuguang); figures of incentive_cases.json."""
    rule = JointBase(weight=0.5, demand=900, gain=gain, under_report=fine)
    assert rule.pay(list(net), 1000) == pytest.approx(list(net.values()))


@given(st.floats(0.1, 0.9), st.floats(0.05, 0.95), st.floats(500, 1500))
@settings(max_examples=40)
def test_joint_base_pays_the_honest_report_best(weight, place, output):
    fine = weight + place * (1 - weight)
    rule = JointBase(weight=weight, demand=900, gain=1.0, under_report=fine)
    reports = np.linspace(400, 1600, 200)
    assert rule.pay(reports, output).max() <= float(rule.pay(output, output)) + 1e-9


@pytest.mark.parametrize(
    "build",
    [
        lambda: Weitzman(base=0, target=0, alpha=0.2, beta=0.1, gamma=0.3),
        lambda: JointBase(weight=0.8, demand=1, gain=1.0, under_report=0.7),
        lambda: osband_reichelstein(
            [1, 2], 1, value=lambda z: -(z**2), slope=lambda z: -2 * z
        ),
    ],
)
def test_dishonest_rules_are_refused(build):
    with pytest.raises(InputError, match="expected"):
        build()
