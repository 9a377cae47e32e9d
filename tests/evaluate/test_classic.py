"""Textbook variances against the textbook."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.evaluate.classic import (
    MixYield,
    ProductCase,
    fixed_volume_variance,
    market_variance,
    mix_yield,
    price_variance,
    reallocated,
    sequential,
    usage_variance,
)

BUDGET = ProductCase(
    volume=150,
    price=3000,
    inputs={"bauxite": (2.4, 320), "soda": (0.085, 2800), "energy": (10.5, 38)},
    other=420,
    fixed=60000,
)
ACTUAL = ProductCase(
    volume=156,
    price=2890,
    inputs={"bauxite": (2.46, 335), "soda": (0.081, 2950), "energy": (10.1, 40)},
    other=428,
    fixed=61500,
)
USED = np.array([3250.0, 2275.0, 975.0])
SHARES = np.array([0.5, 0.3, 0.2])
STANDARD = np.array([70.0, 80.0, 90.0])


def test_three_tomatoes():
    """Horngren, Datar, Rajan, Cost Accounting: the book counts unfavourable as +."""
    price = price_variance(USED, standard_price=STANDARD, actual_price=[70, 82, 96])
    usage = usage_variance(USED, standard_quantity=6400 * SHARES, price=STANDARD)
    split = mix_yield(USED, shares=SHARES, prices=STANDARD, standard_total=6400)
    assert price.sum() == pytest.approx(-10400)
    assert usage.sum() == pytest.approx(-4450)
    assert (split.mix, split.yields) == pytest.approx((3250, -7700))
    assert split.efficiency == pytest.approx(usage.sum())


def test_refinery_in_textbook_order():
    """Refinery case of reference/evaluation.md 3.2, classic account."""
    assert (BUDGET.profit, ACTUAL.profit) == pytest.approx((116250.0, 93712.2))
    parts = sequential(BUDGET, ACTUAL)
    assert parts == pytest.approx(
        {
            "volume": 7050.0,
            "sales price": -17160.0,
            "bauxite price": -5756.4,
            "bauxite usage": -2995.2,
            "soda price": -1895.4,
            "soda usage": 1747.2,
            "energy price": -3151.2,
            "energy usage": 2371.2,
            "other": -1248.0,
            "fixed": -1500.0,
        },
        abs=0.01,
    )
    assert sum(parts.values()) == pytest.approx(-22537.8, abs=1e-6)


numbers = st.floats(1, 100)


@given(st.lists(numbers, min_size=10, max_size=10))
@settings(max_examples=30, deadline=None)
def test_sequential_leaves_no_residual(n):
    cases = [
        ProductCase(v, p, {"ore": (u, c)}, other=o) for v, p, u, c, o in (n[:5], n[5:])
    ]
    change = cases[1].profit - cases[0].profit
    assert sum(sequential(*cases).values()) == pytest.approx(change, abs=1e-6)


def test_market_split_sums_to_the_volume_variance():
    split = market_variance((1000, 1100), (0.3, 0.28), margin=50)
    assert split.size + split.share == pytest.approx((1100 * 0.28 - 300) * 50)


def test_fixed_volume_variance_is_absorbed_cost():
    assert fixed_volume_variance(150, 140, rate=400) == -4000


def test_reallocated_terms_sum_to_zero():
    """Refinery case: what Shapley moves from the textbook account."""
    classic = {"Q": 7050.0, "P": -17160.0, "rest": -12427.8}
    free = {"Q": 6509.35, "P": -16830.0, "rest": -12217.15}
    moved = reallocated(classic, free)
    assert moved["Q"] == pytest.approx(-540.65)
    assert sum(moved.values()) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mix_yield([1], shares=[0.9], prices=[1], standard_total=1), "sum to"),
        (lambda: reallocated({"a": 1.0}, {"a": 2.0}), "expected one sum"),
        (lambda: reallocated({"a": 1.0}, {"b": 1.0}), "one account only"),
        (lambda: sequential(BUDGET, ProductCase(1, 1, {})), "expected the same"),
    ],
)
def test_mistakes_are_named(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_values_do_not_change():
    with pytest.raises(AttributeError):
        MixYield(1.0, 2.0).mix = 3.0
