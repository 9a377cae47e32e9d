"""Closing balances with no amount below zero, against a general solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.sparse import csr_array

from orebook.errors import InfeasibleError
from orebook.ledger.nonnegative import least_adjustment

NETWORK = np.array([[1.0, -1, -1, 0, 0, 0], [0, 1, 0, -1, -1, 0], [0, 0, 1, 1, 0, -1]])
FIGURES = st.lists(st.floats(-5, 20), min_size=6, max_size=6)
DOUBTS = st.lists(st.floats(0.1, 10), min_size=6, max_size=6)


@settings(max_examples=25)
@given(FIGURES, DOUBTS)
def test_as_near_as_a_general_solver_comes(
    figures: list[float], doubts: list[float]
) -> None:
    """The distance in doubts is that of sequential quadratic programming."""
    target, sd = np.array(figures), np.array(doubts)
    x = least_adjustment(csr_array(NETWORK), target, sd, lower=np.zeros(6))
    assert x.min() >= 0.0
    assert np.abs(NETWORK @ x).max() < 1e-7

    def distance(y: np.ndarray) -> float:
        return float((((y - target) / sd) ** 2).sum())

    found = minimize(distance, np.ones(6), method="SLSQP", bounds=[(0, None)] * 6,
                     constraints={"type": "eq", "fun": lambda y: NETWORK @ y},
                     options={"ftol": 1e-12, "maxiter": 500})  # fmt: skip
    assert distance(x) <= found.fun + 1e-5 * (1 + found.fun)


def test_doubts_that_differ_by_millions() -> None:
    """A sure tonne and a vague one: the vague one gives way, the balance closes."""
    matrix = csr_array([[1.0, 1.0, -1.0]])
    x = least_adjustment(matrix, np.array([1e5, 3.0, 9e4]), np.array([1e-3, 1e-6, 1e6]),
                         lower=np.zeros(3))  # fmt: skip
    assert x[:2] == pytest.approx([1e5, 3.0], abs=1e-9)
    assert x[2] == pytest.approx(100003.0, rel=1e-12)


def test_what_is_published_stays() -> None:
    """A figure without doubt does not move at all."""
    matrix = csr_array([[1.0, -1.0, -1.0]])
    x = least_adjustment(matrix, np.array([7.0, 5.0, -1.0]), np.array([0.0, 1.0, 1.0]),
                         lower=np.zeros(3))  # fmt: skip
    assert x.tolist() == pytest.approx([7.0, 6.5, 0.5])
    assert x[0] == 7.0


def test_no_room_above_zero_is_an_error() -> None:
    """Two supplies and no taker of a published stock cannot balance."""
    matrix = csr_array([[1.0, 1.0]])
    with pytest.raises(InfeasibleError, match="published stocks"):
        least_adjustment(matrix, np.array([7.0, 0.0]), np.array([0.0, 1.0]),
                         lower=np.zeros(2))  # fmt: skip
