"""Attainment formulas: the worked figure, slopes, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.errors import DataQualityError
from orebook.reward.attain import RATES, VALUES, attainment


def reach(actual, target, *way):
    values = np.array([actual]), np.array([target])
    return float(attainment(*values, way=way, measure="m")[0])


def test_energy_of_the_worked_case():
    """Case of reference/evaluation.md 4.3: 1 + (10.5 - 10.1)/10.5 = 1.0381."""
    assert reach(10.1, 10.5, "relative_gap", "min") == pytest.approx(1.0380952)


@pytest.mark.parametrize("way", VALUES)
def test_the_target_itself_is_full_attainment(way):
    assert reach(7.0, 7.0, *way) == (0.0 if way[0] == "difference" else 1.0)


def test_a_planned_loss_halved_is_half_more():
    assert reach(-50.0, -100.0, "relative_gap", "max") == pytest.approx(1.5)


@pytest.mark.parametrize("way", VALUES)
@given(st.floats(0.5, 50), st.floats(0.5, 50))
def test_rates_are_derivatives(way, actual, target):
    h = 1e-6 * actual
    slope = (reach(actual + h, target, *way) - reach(actual - h, target, *way)) / 2 / h
    assert RATES[way](actual, target) == pytest.approx(slope, rel=1e-4)


@pytest.mark.parametrize(
    ("actual", "target", "way", "words"),
    [
        (1.0, 0.0, ("ratio", "max"), "target above zero"),
        (-1.0, 1.0, ("ratio", "max"), "below zero"),
        (0.0, 1.0, ("ratio", "min"), "divides by it"),
        (1.0, 0.0, ("relative_gap", "max"), "relative gap divides"),
    ],
)
def test_formulas_without_meaning_are_refused(actual, target, way, words):
    with pytest.raises(DataQualityError, match=words):
        reach(actual, target, *way)


def test_nothing_delivered_is_a_ratio_of_zero():
    assert reach(0.0, 5.0, "ratio", "max") == 0.0
