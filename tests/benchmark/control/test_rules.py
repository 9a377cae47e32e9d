"""Rules: what they find, and how often they cry without cause."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.benchmark.control import (
    RULES,
    Spec,
    ar1,
    capability,
    cusum_chart,
    ewma_chart,
    individuals_chart,
    mean_range_chart,
    signals,
)
from orebook.errors import InputError

LONG = 2_000_000


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(7).normal(size=LONG)


@pytest.mark.parametrize("name", RULES)
def test_false_alarms_are_as_stated(name: str, noise: np.ndarray) -> None:
    """An oracle that is not the formula: two million values without any change."""
    share = RULES[name].find(noise).mean()
    stated = RULES[name].false_alarm
    doubt = 6.0 * np.sqrt(stated / LONG) * 3.0  # hits come in runs
    assert share == pytest.approx(stated, abs=doubt + 0.01 * stated)


PATTERNS = {
    "run9": [0.2] * 9,
    "run8": [-0.2] * 8,
    "trend6": [-1.0, -0.6, -0.2, 0.2, 0.6, 1.0],
    "alternate14": [0.3, -0.3] * 7,
    "two_of_three": [2.2, 0.0, 2.3],
    "four_of_five": [1.2, 1.3, 0.0, 1.1, 1.4],
    "near15": [0.1, -0.2, 0.3] * 5,
    "far8": [1.5, -1.5] * 4,
    "beyond": [3.1],
}


@pytest.mark.parametrize("name", RULES)
def test_a_pattern_is_found_at_its_last_point_and_not_before(name: str) -> None:
    z = np.array(PATTERNS[name])
    assert [s.point for s in signals(z, [name])] == [len(z) - 1]
    assert name in ("beyond", "two_of_three") or signals(z[1:], [name]) == ()


def test_signals_mirror() -> None:
    z = np.random.default_rng(3).normal(size=500) * 1.5
    up, down = signals(z, RULES), signals(-z, RULES)
    assert [(s.point, s.rule) for s in up] == [(s.point, s.rule) for s in down]


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(InputError, match="run10"):
        signals(np.zeros(3), ["run10"])


def autoregressive(r: float, n: int, seed: int) -> np.ndarray:
    rng, x = np.random.default_rng(seed), np.zeros(n)
    for i in range(1, n):
        x[i] = r * x[i - 1] + rng.normal()
    return x


def test_charts_that_know_of_correlation_do_not_cry() -> None:
    """A plain chart of one-minute data alarms all the time; ours at the stated rate."""
    x = autoregressive(0.85, 4000, 5)
    plain = individuals_chart(x, allow_for_correlation=False)
    aware = individuals_chart(x)
    assert len(plain.level.signals) > 600
    assert len(aware.level.signals) < 25
    assert aware.correlation == pytest.approx(0.85, abs=0.03)


def test_a_jump_is_found_in_values_that_hang_together() -> None:
    x = autoregressive(0.6, 400, 6)
    x[300] += 8.0
    assert 300 in {s.point for s in individuals_chart(x, base=250).level.signals}


def test_independent_values_keep_plain_limits() -> None:
    x = np.random.default_rng(8).normal(size=300)
    chart = individuals_chart(x)
    assert chart.correlation == 0.0
    assert chart.widened == 1.0
    assert abs(ar1(x)) < 0.15


@pytest.mark.parametrize(("scale", "shift"), [(3.0, 0.0), (0.01, 50.0)])
def test_charts_do_not_depend_on_units(scale: float, shift: float) -> None:
    x = np.random.default_rng(9).normal(size=(40, 4))
    x[30] += 4.0
    for make in (mean_range_chart, lambda g: ewma_chart(g.ravel()),
                 lambda g: cusum_chart(g.ravel())):  # fmt: skip
        one, two = make(x), make(x * scale + shift)
        assert one.level.signals == two.level.signals
        assert two.sd == pytest.approx(scale * one.sd)


def test_a_shift_of_one_sd_is_found_by_sums_long_before_single_values() -> None:
    """Montgomery: k 0.5, h 5 finds a shift of 1 sd after 10.4 values on average."""
    lengths = []
    for seed in range(300):
        x = np.random.default_rng(seed).normal(1.0, 1.0, 200)
        chart = cusum_chart(x, target=0.0, sd=1.0)
        lengths.append(chart.level.signals[0].point + 1)
    assert np.mean(lengths) == pytest.approx(10.4, abs=0.8)


def test_limits_of_capability_hold_the_truth_as_often_as_stated() -> None:
    """Coverage by simulation: true Cp 1.0 and Cpk 1.0, 50 values, 90 % limits."""
    rng, hit = np.random.default_rng(4), np.zeros(2)
    for _ in range(1000):
        x = rng.normal(0.0, 1.0, 50)
        found = capability(
            x, Spec(-3.0, 3.0), within=float(x.std(ddof=1)), confidence=0.9
        )
        for k, part in enumerate((found.cp, found.ppk)):
            assert part.low is not None
            assert part.high is not None
            hit[k] += part.low <= 1.0 <= part.high
    assert hit[0] / 1000 == pytest.approx(0.9, abs=0.03)
    assert hit[1] / 1000 == pytest.approx(0.9, abs=0.06)


def test_percentiles_follow_a_skewed_distribution() -> None:
    x = np.random.default_rng(5).exponential(1.0, 20_000)
    found = capability(x, Spec(None, 6.6), within=1.0)
    assert found.percentile_ppk == pytest.approx(1.0, abs=0.05)
    assert found.cpk.value is not None
    assert found.cpk.value > 1.5  # what the normal formula wrongly promises


def test_wrong_input_is_told() -> None:
    with pytest.raises(InputError, match="at least 8"):
        individuals_chart(np.array([1.0, 2.0]))
    with pytest.raises(InputError, match="all equal"):
        individuals_chart(np.ones(20))
    with pytest.raises(InputError, match="individuals"):
        mean_range_chart(np.ones((20, 1)))
    with pytest.raises(InputError, match="all values of each group are equal"):
        mean_range_chart(np.ones((20, 3)))
    with pytest.raises(InputError, match="weight"):
        ewma_chart(np.arange(10.0), weight=0.0)
    with pytest.raises(InputError, match="give at least one"):
        Spec()
    with pytest.raises(InputError, match="exchange"):
        Spec(2.0, 1.0)
    with pytest.raises(InputError, match="longer series"):
        capability(np.ones(20), Spec(0.0, 2.0), within=1.0)
