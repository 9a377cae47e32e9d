"""Standard errors of indicators and the worth of meters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import DataQualityError, InputError
from orebook.ledger.reconcile import reconcile
from orebook.ledger.uncertainty import (
    bias_effect,
    covariance_times,
    indicator_sd,
    numerical_gradient,
    product_split,
    sd_with_meter,
    sd_without_meter,
    two_product,
)
from tests.ledger.networks import NETWORKS

STEAM = NETWORKS["steam_metering"]
FULL = reconcile(STEAM.matrix, STEAM.reading, STEAM.sd)


def test_bauxite_washing() -> None:
    """Reference case 2a: Al2O3 52, 58, 40 %."""
    mass, recovery = two_product((52.0, 0.5), (58.0, 0.5), (40.0, 0.8))
    assert mass.value == pytest.approx(0.666667, abs=1e-6)
    assert mass.sd == pytest.approx(0.036524, abs=1e-6)
    assert recovery.value == pytest.approx(0.743590, abs=1e-6)
    assert recovery.sd == pytest.approx(0.032311, abs=1e-6)


def test_rich_concentrate() -> None:
    """Reference case 2b: feed 2 %, concentrate 40 %, tail 0.3 %."""
    mass, recovery = two_product((2.0, 0.1), (40.0, 2.0), (0.30, 0.015))
    assert mass.value == pytest.approx(0.0428212, abs=1e-7)
    assert mass.sd == pytest.approx(0.0033361, abs=1e-7)
    assert recovery.value == pytest.approx(0.856423, abs=1e-6)
    assert recovery.sd == pytest.approx(0.010465, abs=1e-6)


def test_three_products() -> None:
    """Reference case 2c: copper and lead concentrates."""
    share = product_split([0.70, 2.00], [[25.0, 1.2, 0.10], [3.0, 55.0, 0.15]])
    np.testing.assert_allclose(share, [0.022658, 0.032551, 0.944791], atol=5e-7)


@settings(max_examples=40)
@given(st.floats(1, 30), st.floats(1, 30), st.floats(0.05, 0.95))
def test_two_product_formula_equals_the_split(
    tail: float, rise: float, share: float
) -> None:
    """Yield of the two-product formula is the share of the linear solution."""
    rich = tail + rise
    feed = share * rich + (1 - share) * tail
    mass, _ = two_product((feed, 0.0), (rich, 0.0), (tail, 0.0))
    assert mass.value == pytest.approx(product_split([feed], [[rich, tail]])[0])
    assert mass.sd == 0.0


def test_two_product_error_against_draws() -> None:
    """Standard deviation of the recovery against simulated assays."""
    draw = np.random.default_rng(1)
    f, c, t = (
        mean + sd * draw.standard_normal(200_000)
        for mean, sd in ((52, 0.1), (58, 0.1), (40, 0.16))
    )
    _, recovery = two_product((52, 0.1), (58, 0.1), (40, 0.16))
    assert (c * (f - t) / (f * (c - t))).std() == pytest.approx(recovery.sd, rel=0.01)


@pytest.mark.parametrize(
    "assays", [((60, 1), (58, 1), (40, 1)), ((50, 1), (50, 1), (50, 1))]
)
def test_impossible_assays_are_named(assays: tuple[tuple[float, float], ...]) -> None:
    """Feed richer than both products, or no difference at all."""
    with pytest.raises(InputError, match="between two different products"):
        two_product(*assays)


def test_products_that_cannot_be_told_apart() -> None:
    """Two products of the same assays."""
    with pytest.raises(DataQualityError, match="tell the products apart"):
        product_split([1.0, 1.0], [[2.0, 1.0, 1.0], [4.0, 2.0, 2.0]])
    with pytest.raises(InputError, match="one product more"):
        product_split([1.0], [[2.0, 1.0, 1.0]])


def dense_covariance() -> np.ndarray:
    """Return the covariance of the steam network by dense algebra."""
    v = np.diag(STEAM.sd**2)
    a = STEAM.matrix
    return v - v @ a.T @ np.linalg.inv(a @ v @ a.T) @ a @ v


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_indicator_sd_is_the_quadratic_form(seed: int) -> None:
    """Random gradients against the dense covariance."""
    c = np.random.default_rng(seed).normal(size=28)
    covariance = dense_covariance()
    assert indicator_sd(FULL, c) == pytest.approx(np.sqrt(c @ covariance @ c))
    np.testing.assert_allclose(covariance_times(FULL, c), covariance @ c, atol=1e-9)


def test_unit_gradient_gives_the_standard_error() -> None:
    """Of measured and of computed streams."""
    reading = STEAM.reading.copy()
    reading[[2, 12]] = np.nan
    result = reconcile(STEAM.matrix, reading, STEAM.sd)
    for k in (0, 2, 12, 20):
        unit = np.eye(28)[k]
        assert indicator_sd(result, unit) == pytest.approx(result.sd[k], rel=1e-9)
        assert covariance_times(result, unit)[k] == pytest.approx(result.sd[k] ** 2)


def test_closed_balance_has_no_error() -> None:
    """The imbalance of a node is zero for certain."""
    assert indicator_sd(FULL, STEAM.matrix[3]) == pytest.approx(0.0, abs=1e-9)


def test_sum_of_streams_that_are_unobservable_alone() -> None:
    """Two unmeasured outlets: each unknown, their sum known."""
    result = reconcile([[1, -1, -1]], [100.0, np.nan, np.nan], 2.0)
    assert indicator_sd(result, [0, 1, 1]) == pytest.approx(2.0)
    with pytest.raises(DataQualityError, match=r"streams \[1\]"):
        indicator_sd(result, [0, 1, 0])


@pytest.mark.parametrize("stream", [0, 4, 20])
def test_one_more_meter_equals_reconciling_with_it(stream: int) -> None:
    """A second meter on a stream is a stream in series measured alone."""
    c = np.linspace(-1, 1, 28)
    with_it = sd_with_meter(FULL, c, stream, meter_sd=0.7)
    sd = STEAM.sd.copy()
    sd[stream] = (1 / (1 / sd[stream] ** 2 + 1 / 0.7**2)) ** 0.5
    again = reconcile(STEAM.matrix, STEAM.reading, sd)
    assert with_it == pytest.approx(indicator_sd(again, c), rel=1e-9)
    assert with_it < indicator_sd(FULL, c)


@pytest.mark.parametrize("stream", [0, 4, 20])
def test_one_meter_less_equals_reconciling_without_it(stream: int) -> None:
    """Closed formula against a second reconciliation."""
    c = np.linspace(-1, 1, 28)
    reading = STEAM.reading.copy()
    reading[stream] = np.nan
    again = reconcile(STEAM.matrix, reading, STEAM.sd)
    assert sd_without_meter(FULL, c, stream) == pytest.approx(
        indicator_sd(again, c), rel=1e-8
    )


def test_bias_moves_the_indicator_as_stated() -> None:
    """Closed formula against a reading moved by the bias."""
    c = np.linspace(0, 2, 28)
    reading = STEAM.reading.copy()
    reading[6] += 0.5
    moved = reconcile(STEAM.matrix, reading, STEAM.sd).value.data @ c
    effect = bias_effect(FULL, c, 6, bias=0.5)
    assert moved - FULL.value.data @ c == pytest.approx(effect, abs=1e-9)


def test_numerical_gradient_of_a_ratio() -> None:
    """A ratio of two streams against its derivative by hand."""
    slope = numerical_gradient(lambda x: x[0] / x[3], FULL)
    x = FULL.value.data
    assert slope[0] == pytest.approx(1 / x[3], rel=1e-8)
    assert slope[3] == pytest.approx(-x[0] / x[3] ** 2, rel=1e-8)
    assert abs(slope[[1, 2, 4]]).max() == 0.0


def test_wrong_questions_are_named() -> None:
    """Streams that do not exist, meters that are not there, a gradient too short."""
    single = reconcile([[1, -1]], [5.0, np.nan], 1.0)
    loose = reconcile([[1, -1, -1]], [5.0, np.nan, np.nan], 1.0)
    with pytest.raises(DataQualityError, match="non-redundant"):
        sd_without_meter(single, [1, 0], 0)
    with pytest.raises(DataQualityError, match="no reading"):
        bias_effect(single, [1, 0], 1, bias=1.0)
    with pytest.raises(DataQualityError, match="unobservable"):
        numerical_gradient(lambda x: float(x[0]), loose)
    with pytest.raises(InputError, match="stream 7 does not exist"):
        sd_with_meter(single, [1, 0], 7, meter_sd=1.0)
    with pytest.raises(InputError, match="positive"):
        sd_with_meter(single, [1, 0], 0, meter_sd=0.0)
    with pytest.raises(InputError, match="gradient has the shape"):
        indicator_sd(single, [1.0])
