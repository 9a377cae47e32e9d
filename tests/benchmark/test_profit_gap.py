"""Profit gap: the best of a set at common prices, split exactly by factor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from orebook.benchmark.profit_gap import Array, profit_gap
from orebook.errors import InputError

X = [[1.0, 1.0], [1.0, 1.0], [0.75, 1.5], [0.5, 2.0], [0.5, 2.0], [2.0, 2.0],
     [2.75, 3.5], [1.375, 1.75]]  # fmt: skip
Y = [[1.0, 11.0], [5.0, 3.0], [5.0, 5.0], [2.0, 9.0], [4.0, 5.0], [4.0, 2.0],
     [3.0, 3.0], [4.5, 3.5]]  # fmt: skip
PRICES = [2.0, 1.0, 2.0, 1.0]
TOTAL = [2.0, 2.0, 0.0, 2.0, 2.0, 8.0, 12.0, 4.0]
TECHNICAL = [0.0, 0.0, 0.0, 0.0, 0.0, 6.0, 12.0, 3.0]
"""Zofio, Pastor, Aparicio 2013: gx = gy = 1/6, so that inefficiency is money."""


def directional(every: Array, own: Array) -> Array:
    """Return the projection along 1/6 each, variable returns, by an outside solver."""
    count = len(every)
    cost = np.append(np.zeros(count), -1.0)
    # factors of the mix + beta g <= own, outputs being negative factors
    rows = np.hstack([every.T, np.full((every.shape[1], 1), 1.0 / 6.0)])
    ones = np.append(np.ones(count), 0.0)[None, :]
    found = linprog(cost, rows, own, ones, [1.0], [(0, None)] * count + [(None, None)])
    return own - found.x[-1] / 6.0


@pytest.mark.parametrize("unit", range(8))
def test_published_gaps_in_money(unit: int) -> None:
    factors = np.array([[*x, *(-v for v in y)] for x, y in zip(X, Y, strict=True)])
    others = [row for k, row in enumerate(factors) if k != unit]
    found = profit_gap(factors[unit], others, PRICES, target=directional)
    assert found.total == pytest.approx(TOTAL[unit])
    assert found.technical.sum() == pytest.approx(TECHNICAL[unit], abs=1e-9)
    assert (found.technical + found.allocative).sum() == pytest.approx(found.total)


ROW = st.lists(st.floats(0.1, 50.0), min_size=3, max_size=3)


@given(own=ROW, others=st.lists(ROW, max_size=6), price=ROW)
def test_factors_sum_to_the_gap(
    own: list[float], others: list[list[float]], price: list[float]
) -> None:
    found = profit_gap(own, others, price)
    parts = found.technical + found.allocative
    cost = [float(np.dot(r, price)) for r in [*others, own]]
    assert found.total == pytest.approx(cost[-1] - min(cost), abs=1e-9)
    assert parts.sum() == pytest.approx(found.total, abs=1e-9)
    assert (found.technical >= -1e-9).all()


def test_the_best_has_no_gap_and_knows_it() -> None:
    found = profit_gap([1.0, 1.0], [[2.0, 2.0]], [1.0, 1.0])
    assert (found.best, found.total) == (-1, 0.0)
    assert profit_gap([1.0], [], [1.0]).best == -1


def test_a_figure_that_is_missing_is_refused() -> None:
    with pytest.raises(InputError, match="leave incomplete ones out"):
        profit_gap([1.0, float("nan")], [[1.0, 1.0]], [1.0, 1.0])
