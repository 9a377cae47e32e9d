"""SASAC order 22: profit score."""

from __future__ import annotations

import pytest

from orebook.errors import InputError
from orebook.reward.state_rules import baseline, profit_score


@pytest.mark.parametrize(
    ("target", "base", "actual", "score"),
    [
        (1200, 1150, 1320, 33.333333),
        (1000, 1150, 1320, 35),
        (1200, 1150, 1120, 27.777778),
        (500, 1150, 700, 33),
        (700, 1150, 1150, 34),  # 39 % under the baseline
        (1150, 1150, 1500, 36),  # full cap
        (1200, 1150, 600, 24),  # floor
        (-100, 1000, -97, 30.5),  # a loss reduced by 3 % counts half
        (-100, 1000, -103, 29),  # a loss increased counts in full
    ],
)
def test_profit_score(target, base, actual, score):
    """Order 22 annex 2 (2010); first four of incentive_cases.json, others by rule."""
    ours = profit_score(target=target, baseline=base, actual=actual)
    assert ours == pytest.approx(score, abs=1e-6)


def test_baseline_is_the_lower_one():
    assert baseline(1300, (1000, 1100, 1300)) == pytest.approx(3400 / 3)
    assert baseline(900, (1000, 1100, 900)) == 900


def test_zero_target_is_refused():
    with pytest.raises(InputError, match="other than zero"):
        profit_score(target=0, baseline=1, actual=1)
