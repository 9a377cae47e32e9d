"""Internal prices: divisions sum to the group; duals from an outside solver agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from orebook.errors import DataQualityError, InputError
from orebook.evaluate.transfer import division_profit, hirshleifer

# Chain of reference/evaluation.md 2.1; kt, GWh; profit thousand CNY.
OWNERS = ["mine", "trade", "refinery", "trade", "trade", "smelter", "power", "trade"]
BALANCES = np.array(
    [
        [1, 1, -2.4, 0, 0, 0, 0, 0],
        [0, 0, 1, -1, 1, -1.92, 0, 0],
        [0, 0, -0.3, 0, 0, -13.4, 1, 1],
    ]
)
MARGINS = np.array([-150, -320, -1100, 2900, -3050, 16400, -300, -460.0])


def plan(*, refinery=2000.0, alumina_market=True):
    """Oracle: the chain plan and its duals by an outside LP solver."""
    market = None if alumina_market else 0
    caps = [4000, None, refinery, market, market, 600, 6000, None]
    bounds = [(0, cap) for cap in caps]
    found = linprog(-MARGINS, A_eq=BALANCES, b_eq=np.zeros(3), bounds=bounds)
    return found.x, found.eqlin.marginals


@pytest.mark.parametrize(
    ("case", "profit", "prices", "divisions"),
    [
        (
            {},
            6228800,
            [320, 2900, 460],
            {"mine": 680000, "refinery": 1788000, "smelter": 2800800},
        ),
        (
            {"refinery": 1000.0, "alumina_market": False},
            4693250,
            [150, 5331.25, 460],
            {"mine": 0, "refinery": 3733250, "smelter": 0},
        ),
        (
            {"refinery": 1000.0},
            5040000,
            [150, 3050, 460],
            {"mine": 0, "refinery": 1452000, "smelter": 2628000},
        ),
    ],
)
def test_transfer_cases(case, profit, prices, divisions):
    """Cases transfer_lp of reference/evaluation.md 2.1; solved here by scipy."""
    activity, duals = plan(**case)
    assert duals == pytest.approx(prices)
    result = division_profit(
        activity, margins=MARGINS, balances=BALANCES, prices=prices, owners=OWNERS
    )
    expected = divisions | {"power": 960000, "trade": 0}
    assert result.by_owner == pytest.approx(expected, rel=1e-9, abs=1e-3)
    assert result.group == pytest.approx(profit)
    assert abs(result.residual) < 1e-9 * profit


def test_given_plan_needs_no_solver():
    """The plan of case transfer_lp as literals."""
    result = division_profit(
        [4000, 800, 2000, 848, 0, 600, 6000, 2640],
        margins=MARGINS,
        balances=BALANCES,
        prices=[320, 2900, 460],
        owners=OWNERS,
    )
    assert result.group == pytest.approx(6228800)
    assert result.to_dict()["by_owner"]["mine"] == pytest.approx(680000)


@given(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3))
@settings(max_examples=30, deadline=None)
def test_divisions_sum_to_the_group_at_any_price(prices):
    result = division_profit(
        [4000, 800, 2000, 848, 0, 600, 6000, 2640],
        margins=MARGINS,
        balances=BALANCES,
        prices=prices,
        owners=OWNERS,
    )
    assert sum(result.by_owner.values()) == pytest.approx(6228800, rel=1e-8)


def test_no_outside_market():
    """Hirshleifer (1956) figures of reference/evaluation.md 2.1."""
    result = hirshleifer((10, 1), (110, 2))
    assert result.made == pytest.approx(result.used)
    assert (result.made, result.price) == pytest.approx((100 / 3, 130 / 3))
    assert (result.upstream, result.downstream) == pytest.approx((555.556, 1111.111))
    assert result.bought == 0.0


def test_outside_market():
    result = hirshleifer((10, 1), (110, 2), outside_price=30)
    assert (result.made, result.used, result.bought) == pytest.approx((20, 40, 20))
    assert (result.upstream, result.downstream) == pytest.approx((200, 1600))


@given(st.floats(0, 120))
@settings(max_examples=30, deadline=None)
def test_an_outside_market_never_hurts_the_group(price):
    alone = hirshleifer((10, 1), (110, 2))
    free = hirshleifer((10, 1), (110, 2), outside_price=price)
    assert free.upstream + free.downstream >= alone.upstream + alone.downstream - 1e-9


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: hirshleifer((10, 0), (110, 2)), InputError, "above zero"),
        (lambda: hirshleifer((110, 1), (10, 2)), InputError, "no internal trade"),
        (
            lambda: division_profit(
                [10, 9],
                margins=[-3, 9],
                balances=[[1, -1]],
                prices=[5],
                owners=["mine", "plant"],
            ),
            DataQualityError,
            "out of balance by 1 units",
        ),
        (
            lambda: division_profit(
                [10], margins=[-3, 9], balances=[[1]], prices=[5], owners=["mine"]
            ),
            InputError,
            "2 margins",
        ),
    ],
)
def test_mistakes_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
