"""The ex-post split: Demski's case, exactness, and the rate that has no meaning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from orebook.errors import DataQualityError, InputError
from orebook.evaluate.expost import Capture, ex_post_split

BALANCES = np.array(
    [
        [1, 1, -2.4, 0, 0, 0, 0, 0],
        [0, 0, 1, -1, 1, -1.92, 0, 0],
        [0, 0, -0.3, 0, 0, -13.4, 1, 1],
    ]
)
CAPS = [4000, None, 2000, None, None, 600, 6000, None]
FORECAST = np.array([-150, -320, -1100, 2900, -3050, 16400, -300, -460.0])
# metal 20 000 -> 17 000, alumina 2900 -> 3900, 3050 -> 4050, grid 460 -> 520
CAME = np.array([-150, -320, -1100, 3900, -4050, 13400, -300, -520.0])
DONE = np.array([3900, 826.8, 1950, 811.536, 0, 590, 5900, 2670.06])


def best(margins):
    bounds = [(0, cap) for cap in CAPS]
    return linprog(-margins, A_eq=BALANCES, b_eq=np.zeros(3), bounds=bounds).x


def test_demski_case():
    """Demski (1967) on the chain of reference/evaluation.md 3.3; scipy as oracle."""
    planned, optimal = best(FORECAST), best(CAME)
    split = ex_post_split(
        plan=FORECAST @ planned,
        optimum=CAME @ optimal,
        replanned_at_actual=CAME @ planned,
        plan_at_actual=CAME @ planned,
        actual=CAME @ DONE,
    )
    assert optimal[5] == pytest.approx(402.985075)
    assert split.plan == pytest.approx(6228800)
    assert split.plan_at_actual == pytest.approx(5118400)
    assert split.optimum == pytest.approx(5326447.761)
    assert split.market == pytest.approx(-902352.239, abs=0.01)
    assert split.not_replanned == pytest.approx(-208047.761, abs=0.01)
    assert split.execution == pytest.approx(-200416.8, abs=0.01)
    assert split.capture_rate() == 0.0


money = st.floats(-1e9, 1e9)


@given(money, money, money, money, money)
@settings(max_examples=40, deadline=None)
def test_the_parts_sum_to_the_change(plan, optimum, replanned, held, actual):
    split = ex_post_split(
        plan=plan,
        optimum=optimum,
        replanned_at_actual=replanned,
        plan_at_actual=held,
        actual=actual,
    )
    parts = split.market + split.not_replanned + split.execution
    assert parts == pytest.approx(split.total, abs=1e-5)
    finer = split.adaptation + split.execution_to_replan
    assert finer == pytest.approx(split.execution, abs=1e-5)


@pytest.mark.parametrize(
    ("optimum", "replanned", "held", "capture", "rate"),
    [
        (100, 100, 80, Capture.DEFINED, 1.0),
        (100, 75, 80, Capture.DEFINED, -0.25),
        (100, 100, 100, Capture.NOTHING_TO_CAPTURE, None),
        (0, 0, 0, Capture.NOTHING_TO_CAPTURE, None),
        (90, 90, 100, Capture.PLAN_NOT_FEASIBLE, None),
    ],
)
def test_capture_rate_is_stated_where_it_exists(
    optimum, replanned, held, capture, rate
):
    split = ex_post_split(
        plan=100,
        optimum=optimum,
        replanned_at_actual=replanned,
        plan_at_actual=held,
        actual=70,
    )
    assert split.capture is capture
    assert split.to_dict().get("capture_rate") == rate
    if rate is None:
        assert "capture rate:" in split.summary()
        with pytest.raises(DataQualityError, match="no capture rate"):
            split.capture_rate()
    else:
        assert f"{rate:.1%}" in split.summary()


def test_a_missing_profit_is_refused():
    with pytest.raises(InputError, match="optimum is nan"):
        ex_post_split(
            plan=1,
            optimum=float("nan"),
            replanned_at_actual=1,
            plan_at_actual=1,
            actual=1,
        )
