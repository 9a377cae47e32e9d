"""Payout curves: values, slopes on both sides, floors and caps in normal form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from orebook.errors import InputError
from orebook.reward.curve import Curve, clipped, dead_band, piecewise
from orebook.reward.payout import DeadBandCurve, PiecewiseCurve

number = st.floats(-5, 5).map(lambda x: round(x, 3))


@st.composite
def curves(draw):
    xs = sorted(draw(st.sets(number, min_size=1, max_size=5)))
    ys = draw(st.lists(number, min_size=len(xs), max_size=len(xs)))
    return Curve(tuple(xs), tuple(ys), draw(number), draw(number))


def test_scorecard_curve():
    """Curve of the worked case, reference/evaluation.md 4.3: payouts 1.15 .. 1.0."""
    curve = piecewise([(0.8, 0.5), (1.0, 1.0), (1.2, 1.5)], below=0.0)
    payouts = curve.value([1.06, 1.0380952, 0.98, 1.0, 0.5, 2.0])
    assert payouts == pytest.approx([1.15, 1.0952381, 0.95, 1.0, 0.0, 1.5], abs=1e-6)
    assert curve.step(0.8) == 0.5
    assert curve.step(1.0) == 0.0


def test_output_band_of_a_coal_group():
    """Published rule: within 3 % of plan nothing, beyond it 3 CNY/t per 1 %."""
    curve = dead_band(0.97, 1.03, base=0.0, slope_below=300, slope_above=300)
    assert curve.value([0.9, 0.97, 1.0, 1.03, 1.1]) == pytest.approx([-21, 0, 0, 0, 21])
    assert curve.slopes(0.97) == (300, 0)
    assert curve.slopes(1.03) == (0, 300)


@given(curves(), number, number)
@settings(max_examples=60)
def test_clipping_equals_clipping_each_value(curve, a, b):
    low, high = min(a, b), max(a, b)
    x = np.linspace(-8, 8, 641)
    ours = clipped(curve, floor=low, cap=high).value(x)
    assert ours == pytest.approx(np.clip(curve.value(x), low, high), abs=1e-6)


@given(curves(), st.floats(-7, 7))
@settings(max_examples=60)
def test_the_segment_gives_the_value(curve, x):
    piece = curve.segment(x)
    line = piece.y0 + piece.slope * (x - piece.x0)
    assert line == pytest.approx(float(curve.value(x)), abs=1e-6)


@given(curves(), st.floats(-7, 7).map(lambda x: round(x, 2)))
@settings(max_examples=60)
def test_slopes_are_the_one_sided_differences(curve, x):
    h = 1e-6
    if any(1e-9 < abs(x - c) <= 2 * h for c in curve.xs):
        return
    left, right = curve.slopes(x)
    before, here, after = curve.value([x - h, x, x + h])
    assert left == pytest.approx((here - before) / h, abs=1e-2)
    assert right == pytest.approx((after - here) / h, abs=1e-2)


@given(curves())
@settings(max_examples=60)
def test_without_a_step_a_curve_is_continuous(curve):
    x = np.linspace(-8, 8, 200)
    steepest = 5 + max(
        (abs(np.diff(curve.ys)) / np.diff(curve.xs)).tolist(), default=0.0
    )
    near = np.abs(curve.value(x + 1e-9) - curve.value(x))
    assert near.max() <= 2e-9 * steepest + 1e-12


def test_extended_ends():
    spec = PiecewiseCurve(
        points=((0, 0), (1, 1), (2, 4)), below="extend", above="extend"
    )
    assert spec.build().value([-1, 3]) == pytest.approx([-1, 7])


def test_a_step_is_flat_below_and_clipped_with_the_rest():
    curve = piecewise([(0.8, 0.5), (1.0, 1.0)], below=-1.0)
    assert curve.segment(0.5).slope == 0.0
    assert curve.slopes(0.8) == (0.0, pytest.approx(2.5))
    held = clipped(curve, floor=0.0, cap=None)
    assert held.value([0.5, 0.8]) == pytest.approx([0.0, 0.5])


def test_a_dead_band_in_a_scheme():
    spec = DeadBandCurve(
        kind="dead_band", low=0.97, high=1.03, slope_below=2, slope_above=1
    )
    assert spec.build().value([0.9, 1.0, 1.13]) == pytest.approx([0.86, 1.0, 1.1])
    with pytest.raises(ValidationError, match="low above high"):
        DeadBandCurve(kind="dead_band", low=2, high=1, slope_below=2, slope_above=1)
    with pytest.raises(ValidationError, match="no piece to extend"):
        PiecewiseCurve(points=((0, 0),), above="extend")


@pytest.mark.parametrize(
    "build",
    [
        lambda: Curve((), ()),
        lambda: Curve((1.0, 0.0), (1.0, 1.0)),
        lambda: Curve((0.0,), (float("nan"),)),
        lambda: dead_band(2.0, 1.0),
        lambda: clipped(Curve((0.0,), (0.0,)), floor=1.0, cap=0.0),
    ],
)
def test_mistakes_are_refused(build):
    with pytest.raises(InputError, match=r"expected|finite"):
        build()
