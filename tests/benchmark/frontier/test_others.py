"""Prices, change, weights, networks, partial and stochastic frontiers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from orebook.benchmark.frontier import (
    Process,
    RatioLimit,
    ShareLimit,
    cost_efficiency,
    frontier,
    luenberger,
    malmquist,
    malmquist_luenberger,
    money_beyond,
    money_gap,
    network,
    order_m,
    price_cone,
    profitability,
    revenue_efficiency,
    stochastic,
    two_stage,
)
from orebook.errors import DataQualityError, InputError
from tests.benchmark.frontier.conftest import CASES, units

PERIODS = [units(seed, 12) for seed in (1, 2, 3)]
INPUTS, OUTPUTS = [x for x, _ in PERIODS], [y for _, y in PERIODS]


# ------------------------------------------------------------------------- weights


def test_a_cone_of_no_width_is_cost_efficiency() -> None:
    """Prices as the only multipliers left: the score is that of least cost."""
    data = CASES["coelli_cost"]
    prices = {"input 1": 1.0, "input 2": 3.0}
    cone = price_cone(prices, low=1.0, high=1.0)
    found = frontier(data["X"], data["Y"], returns="crs", weights=cone)
    cost = cost_efficiency(data["X"], data["Y"], prices, returns="crs")
    np.testing.assert_allclose(found.scores, cost.efficiency, atol=1e-9)


def test_restricted_weights_only_lower_scores() -> None:
    x, y = units(6, 30)
    plain = frontier(x, y).scores
    names = {"input 1": 3.0, "input 2": 1.0, "input 3": 2.0}
    for weights in (
        price_cone(names),
        [ShareLimit("input 1", 0.2, 0.6)],
        [ShareLimit("output 2", 0.3)],
        [RatioLimit("input 1", "output 1", 0.0, 5.0)],
    ):
        found = frontier(x, y, weights=weights)
        assert (found.scores <= plain + 1e-9).all()
        assert (found.scores < plain - 1e-4).any()
        assert found.certificate.worst < 1e-9


def test_virtual_shares_hold_and_are_optimal() -> None:
    """Multiplier form written out for scipy, unit by unit."""
    x, y = units(8, 20)
    found = frontier(x, y, returns="crs", weights=[ShareLimit("input 1", 0.25, 0.5)])
    virtual = found.multipliers[:, :3] * x
    share = virtual[:, 0] / virtual.sum(axis=1)
    assert (share >= 0.25 - 1e-9).all()
    assert (share <= 0.5 + 1e-9).all()
    for unit in range(20):
        limit = np.zeros((2, 5))
        limit[0, :3], limit[1, :3] = 0.25 * x[unit], -0.5 * x[unit]
        limit[:, 0] += [-x[unit, 0], x[unit, 0]]
        oracle = linprog(
            np.append(np.zeros(3), -y[unit]),
            np.concatenate([np.column_stack([-x, y]), limit]),
            np.zeros(22),
            [np.append(x[unit], [0.0, 0.0])],
            [1.0],
        )
        assert found.scores[unit] == pytest.approx(-oracle.fun, abs=1e-9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RatioLimit("a", "b", 2.0, 1.0), "0 <= low <= high"),
        (lambda: ShareLimit("a", 0.5, 1.2), "low <= high <= 1"),
        (lambda: price_cone({"a": 0.0, "b": 1.0}), "more than 0 for a cone"),
        (lambda: frontier([1.0, 2.0], [1.0, 2.0], weights=[ShareLimit("ore")]),
         "weight restriction names 'ore'"),
    ],
)  # fmt: skip
def test_wrong_restrictions_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


# -------------------------------------------------------------------------- prices


def test_priced_results_tell_themselves() -> None:
    x, y = units(1, 20)
    w, p = np.array([1.0, 2.0, 3.0]), np.array([5.0, 4.0])
    cost, revenue = cost_efficiency(x, y, w), revenue_efficiency(x, y, p)
    for found in (cost, revenue, profitability(x, y, w, p)):
        assert (found.efficiency <= 1.0 + 1e-9).all()
        np.testing.assert_allclose(found.efficiency, found.technical * found.allocative)
        assert found.kind in found.summary()
        rows: Any = found.to_dict()["units"]
        assert rows[0]["unit"] == "unit 1"
        assert found.certificate.worst < 1e-9
    np.testing.assert_allclose(cost.optimum @ w, cost.best, rtol=1e-9)
    np.testing.assert_allclose(revenue.optimum @ p, revenue.best, rtol=1e-9)


def test_beyond_in_money_has_a_point_for_all() -> None:
    """Where radial super-efficiency has none (unit 9), money still has."""
    data = CASES["eleven_units"]
    prices = [1.0, 2.0], [3.0]
    beyond = money_beyond(data["X"], data["Y"], *prices)
    step = money_gap(data["X"], data["Y"], *prices).step
    inside = step > 1e-9
    np.testing.assert_allclose(beyond[inside], -step[inside], atol=1e-9)
    assert beyond[8] > 0.0
    with pytest.raises(InputError, match="has no point in this direction"):
        money_beyond(data["X"], data["Y"], *prices, direction=([1.0, 1.0], [0.0]))


def test_gap_in_money_tells_itself() -> None:
    x, y = units(1, 20)
    found = money_gap(x, y, [1.0, 2.0, 3.0], [90.0, 70.0])
    assert "profit gap of 20 units" in found.summary()
    rows: Any = found.to_dict()["units"]
    first = sum(sum(f.values()) for f in rows[0]["factors"].values())
    assert first == pytest.approx(rows[0]["gap_cny"])
    idle = money_gap(x, y, [1e6, 1e6, 1e6], [1.0, 1.0], returns="nirs")
    assert set(idle.best) == {""}
    assert (idle.best_profit == 0.0).all()
    np.testing.assert_allclose(
        (idle.technical + idle.allocative).sum(axis=1), idle.gap, rtol=1e-12
    )
    given = money_gap(
        x, y, [1.0, 2.0, 3.0], [90.0, 70.0], direction=([1.0, 0.0, 0.0], [0.0, 0.0])
    )
    np.testing.assert_allclose(given.gap, found.gap)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: money_gap([1.0], [1.0], [1.0], [1.0], returns="crs"), "has no limit"),
        (lambda: money_gap([1.0, 2.0], [1.0, 1.0], [0.0], [0.0]), "worth nothing"),
        (lambda: money_gap([1.0], [1.0], [1.0], [1.0], direction="up"), "direction"),
        (lambda: money_gap([1.0], [1.0], [1.0], [1.0], direction=([1.0, 2.0], [1.0])),
         "one figure per factor"),
        (lambda: money_gap([1.0], [1.0], [1.0], [1.0], direction=([-1.0], [1.0])),
         "below nought"),
        (lambda: cost_efficiency([1.0], [1.0], [1.0], returns="fdh"), "at prices"),
        (lambda: cost_efficiency([1.0, 2.0], [1.0, 2.0], [0.0]), "cost of unit 1 is 0"),
    ],
)  # fmt: skip
def test_wrong_prices_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


# -------------------------------------------------------------------------- change


def test_global_index_multiplies_over_any_span() -> None:
    """Circular: first to third is first to second times second to third."""
    every = malmquist(INPUTS, OUTPUTS)
    assert every.scale is not None
    assert not every.lacking.any()
    assert every.worst < 1e-9
    np.testing.assert_allclose(
        every.index, every.catching_up * every.frontier_shift, rtol=1e-12
    )
    back = malmquist(INPUTS[::-1], OUTPUTS[::-1])
    np.testing.assert_allclose(
        every.index.prod(axis=0), 1.0 / back.index.prod(axis=0), rtol=1e-9
    )
    assert "malmquist, global: 12 units, 2 steps" in every.summary()
    assert every.to_dict()["lacking"] == 0


def test_money_change_adds_over_units_and_time() -> None:
    prices = [1.0, 2.0, 3.0], [40.0, 50.0]
    found = luenberger(INPUTS, OUTPUTS, prices=prices)
    back = luenberger(INPUTS[::-1], OUTPUTS[::-1], prices=prices)
    np.testing.assert_allclose(
        found.index.sum(axis=0), -back.index.sum(axis=0), atol=1e-9
    )
    scaled = luenberger(INPUTS, OUTPUTS, prices=([10.0, 20.0, 30.0], [400.0, 500.0]))
    np.testing.assert_allclose(scaled.index, 10.0 * found.index, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        found.index, found.catching_up + found.frontier_shift, atol=1e-12
    )


def test_no_change_is_one_and_nought() -> None:
    x, y = PERIODS[0]
    for method in ("global", "adjacent"):
        still: Any = {"method": method}
        np.testing.assert_allclose(malmquist([x, x], [y, y], **still).index, 1.0)
        added = luenberger([x, x], [y, y], bads=[x, x], **still)
        np.testing.assert_allclose(added.index, 0.0, atol=1e-12)
        ml = malmquist_luenberger([x, x], [y, y], [x, x], **still)
        np.testing.assert_allclose(ml.index, 1.0)


def test_input_index_is_that_of_outputs_under_constant_returns() -> None:
    one, other = (
        malmquist(INPUTS, OUTPUTS, orientation=side)  # type: ignore[arg-type]
        for side in ("input", "output")
    )
    np.testing.assert_allclose(one.index, other.index, rtol=1e-9)


def test_lacking_points_are_said_and_filled() -> None:
    """Under variable returns a much larger unit has no point in the other period."""
    x, y = [[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.5]]
    late = [[1.0], [2.0], [9.0]], [[1.0], [2.0], [9.0]]
    found = malmquist(
        [x, late[0]], [y, late[1]], method="adjacent", returns="vrs",
        orientation="input",
    )  # fmt: skip
    assert found.lacking[0].tolist() == [False, False, True]
    assert np.isfinite(found.index).all()
    assert "1 without a point" in found.summary()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: malmquist(INPUTS[:1], OUTPUTS[:1]), "at least 2"),
        (lambda: malmquist(INPUTS, OUTPUTS, method="daily"), "method 'daily'"),
        (lambda: malmquist([INPUTS[0], INPUTS[1][:5]], [OUTPUTS[0], OUTPUTS[1][:5]]),
         "period 2 has other units"),
        (lambda: luenberger(INPUTS, OUTPUTS, bads=INPUTS[:1]), "1 periods of bad"),
        (lambda: luenberger(INPUTS, OUTPUTS, direction="up"), "direction 'up'"),
        (lambda: luenberger(INPUTS, OUTPUTS, prices=([0.0] * 3, [0.0] * 2)),
         "worth nothing"),
    ],
)  # fmt: skip
def test_wrong_periods_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


# ------------------------------------------------------------------------- network


def test_interval_of_stages_is_that_of_scipy() -> None:
    """Kao, Hwang 2008: most and least of the first stage at the system's optimum."""
    rng = np.random.default_rng(0)
    x, z, y = (rng.uniform(1.0, 9.0, (12, k)) for k in (2, 2, 2))
    found = two_stage(x, z, y)
    every = np.concatenate(
        [np.column_stack([-x, z, 0.0 * y]), np.column_stack([0.0 * x, -z, y])]
    )
    wide = 0
    for unit in range(12):
        one = np.concatenate([x[unit], np.zeros(4)])
        last = np.concatenate([np.zeros(4), y[unit]])
        system = linprog(-last, every, np.zeros(24), [one], [1.0])
        assert found.system[unit] == pytest.approx(-system.fun, abs=1e-9)
        link = np.concatenate([np.zeros(2), z[unit], np.zeros(2)])
        for sign, side in ((1.0, found.low), (-1.0, found.high)):
            oracle = linprog(
                sign * link, every, np.zeros(24), [one, last],
                [1.0, -system.fun * (1.0 - 1e-10)],
            )  # fmt: skip
            assert side[unit, 0] == pytest.approx(sign * oracle.fun, abs=1e-6)
        wide += found.high[unit, 0] - found.low[unit, 0] > 1e-3
    assert "network of 2 processes" in found.summary()
    assert found.to_dict()["unique"] is True


def test_wrong_networks_are_refused() -> None:
    mine = Process("mine", {"labour": [2.0]}, {"ore": [2.0]})
    with pytest.raises(InputError, match="more of 'ore' than it makes"):
        network([mine, Process("mill", {"ore": [3.0]}, {"metal": [1.0]})])
    with pytest.raises(InputError, match="expected 1 figures"):
        network([mine, Process("mill", {"ore": [1.0, 2.0]}, {"metal": [1.0]})])
    with pytest.raises(InputError, match="no good from outside"):
        network([Process("idle", {"ore": [2.0]}, {"ore": [2.0]})])


# ------------------------------------------------------------- partial, stochastic


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_order_m_is_what_drawing_gives(orientation: Any) -> None:
    """Cazals, Florens, Simar 2002 by Monte Carlo, as they did."""
    x, y = units(3, 30)
    rng = np.random.default_rng(0)
    found = order_m(x, y, order=8, orientation=orientation)
    for unit in (0, 5, 9):
        inward = orientation == "input"
        can = (y >= y[unit]).all(axis=1) if inward else (x <= x[unit]).all(axis=1)
        ratio = (x / x[unit]).max(axis=1) if inward else (y / y[unit]).min(axis=1)
        drawn = rng.choice(ratio[can], (40_000, 8))
        best = drawn.min(axis=1) if inward else drawn.max(axis=1)
        assert found.scores[unit] == pytest.approx(best.mean(), abs=5e-3)
    assert found.order == 8
    assert "order-8" in found.summary()
    assert found.to_dict()["order"] == 8


def test_conditions_narrow_whom_one_is_compared_with() -> None:
    """Daraio, Simar 2005: poor ore is compared with poor ore."""
    x, y = [1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 1.0, 1.0]
    grade = {"grade": [0.9, 0.8, 0.1, 0.2]}
    free = order_m(x, y, order=200)
    held = order_m(x, y, order=200, conditions=grade, bandwidth=[0.3])
    np.testing.assert_allclose(free.scores, [1.0, 1.0, 0.5, 0.5])
    np.testing.assert_allclose(held.scores, 1.0)
    assert (held.comparable < free.comparable).all()
    with pytest.raises(InputError, match="bandwidths"):
        order_m(x, y, conditions=grade, bandwidth=[0.0])
    with pytest.raises(InputError, match="order 0"):
        order_m(x, y, order=0)
    with pytest.raises(InputError, match="orientation"):
        order_m(x, y, orientation="up")  # type: ignore[arg-type]


def test_wrong_skew_means_nothing_can_be_told() -> None:
    """Residuals that lean up: gamma is nought and that is said (Waldman 1982)."""
    rng = np.random.default_rng(1)
    x = rng.uniform(1.0, 9.0, 200)
    lean, noise = np.abs(rng.normal(0.0, 0.5, 200)), rng.normal(0.0, 0.2, 200)
    y = x**0.5 * np.exp(lean + noise)
    found = stochastic(x, y)
    assert not found.detectable
    assert found.gamma == 0.0
    assert (found.efficiency == 1.0).all()
    assert "no inefficiency detectable" in found.summary()
    cost = stochastic(x, y, kind="cost")
    assert cost.detectable
    assert (cost.efficiency < 1.0).all()
    # No noise at all: the likelihood runs to the edge, which is said.
    with pytest.raises(DataQualityError, match="no inner optimum"):
        stochastic(x, x**0.5 * np.exp(lean), kind="cost")
    told: Any = cost.to_dict()
    assert told["kind"] == "cost"
    assert "sigma2" in cost.summary()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: stochastic(x, -x), "expected more than 0 for logarithms"),
        (lambda x: stochastic(x, np.column_stack([x, x])), "2 outputs"),
        (lambda x: stochastic(x[:4], x[:4]), "take more units"),
        (lambda x: stochastic(np.column_stack([x, x]), x), "collinear"),
        (lambda x: stochastic(x, x, kind="profit"), "kind 'profit'"),
        (lambda x: stochastic(x, 2.0 * x, logs=False), ""),
    ],
)
def test_what_cannot_be_estimated_is_said(make: Any, message: str) -> None:
    x = np.random.default_rng(0).uniform(1.0, 9.0, 30)
    if message:
        with pytest.raises((InputError, DataQualityError), match=message):
            make(x)
    else:
        found = make(x)
        assert found.gamma == 0.0 or np.isfinite(found.efficiency).all()
