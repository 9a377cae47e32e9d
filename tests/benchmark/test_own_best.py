"""Own best: a quantile of like periods, shrunk for noise; never the lucky maximum."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.benchmark.own_best import FEWEST, NEIGHBOURS, Past, own_best


def months(values: list[float], sd: float = 0.0) -> list[Past]:
    return [Past(str(k), v, sd) for k, v in enumerate(values)]


def test_too_few_months_say_nothing() -> None:
    assert own_best(months([1.0] * (FEWEST - 1)), (), "lower") is None
    assert own_best(months([1.0] * FEWEST), (), "lower") is not None


def test_the_formula_of_the_reference_by_hand() -> None:
    """k_ref = mean + (q90 - mean) s2_true / (s2_true + s2_noise)."""
    values = [10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0, 26.0, 28.0, 30.0]
    spread = float(np.var(values, ddof=1))
    found = own_best(months(values, sd=np.sqrt(spread / 4.0)), (), "higher")
    assert found is not None
    assert found.trust == pytest.approx(0.75)
    assert found.level == pytest.approx(20.0 + (28.0 - 20.0) * 0.75)
    assert found.naive == 30.0


def test_pure_noise_falls_back_to_the_mean() -> None:
    rng = np.random.default_rng(7)
    noisy = months(list(100.0 + rng.normal(0.0, 3.0, 24)), sd=6.0)
    found = own_best(noisy, (), "lower")
    assert found is not None
    assert found.level == pytest.approx(np.mean([p.value for p in noisy]))
    assert found.naive < 97.0


def test_the_naive_best_overstates_what_a_plant_can_do() -> None:
    """Truth 100 with a spread of 1, metering noise 3: the best month is a mirage."""
    rng = np.random.default_rng(3)
    levels, bests, honest = [], [], []
    for _ in range(200):
        truth = 100.0 + rng.normal(0.0, 1.0, 24)
        seen = truth + rng.normal(0.0, 3.0, 24)
        found = own_best(months(list(seen), 3.0), (), "lower")
        assert found is not None
        levels.append(found.level)
        bests.append(found.naive)
        honest.append(truth[seen <= np.quantile(seen, 0.1)].mean())
    assert abs(np.mean(levels) - np.mean(honest)) < 0.25
    assert np.mean(bests) < np.mean(honest) - 4.0


def test_only_the_nearest_conditions_count_where_there_are_enough() -> None:
    near = [
        Past(f"n{k}", 50.0 + 0.01 * k, 0.0, (100.0 + k,)) for k in range(NEIGHBOURS)
    ]
    far = [Past(f"f{k}", 10.0, 0.0, (900.0 + k,)) for k in range(NEIGHBOURS)]
    found = own_best([*far, *near], (110.0,), "lower")
    assert found is not None
    assert found.level > 49.9
    assert not found.widened
    assert found.periods == NEIGHBOURS


def test_order_of_months_is_of_no_effect() -> None:
    values = [3.0, 9.0, 4.0, 8.0, 5.0, 7.0, 1.0]
    one, other = (own_best(months(v), (), "lower") for v in (values, values[::-1]))
    assert one == other
