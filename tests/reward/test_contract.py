"""Closed forms of contract theory against their published figures."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.reward.contract import linear_share, prize_spread, ratchet_share


def test_linear_contract():
    """Holmstrom and Milgrom (1987); figures of incentive_cases.json."""
    case = {"risk_aversion": 0.002, "effort_cost": 1.0, "variance": 400.0}
    assert linear_share(**case) == pytest.approx(0.555556, abs=1e-6)
    assert linear_share(**case, peer=0.8) == pytest.approx(0.776398, abs=1e-6)


def test_linear_contract_is_the_best_share():
    """Oracle: maximise output - effort cost - risk premium over a grid of shares."""
    shares = np.linspace(0, 1, 100_001)
    surplus = shares - shares**2 / 2 - 0.002 * 400 * shares**2 / 2
    ours = linear_share(risk_aversion=0.002, effort_cost=1.0, variance=400.0)
    assert ours == pytest.approx(shares[surplus.argmax()], abs=1e-5)


def test_tournament():
    """Lazear and Rosen (1981); figure of incentive_cases.json."""
    assert prize_spread(marginal_cost=1, noise=20) == pytest.approx(70.898154)


def test_tournament_calls_forth_the_effort():
    """Oracle: chance of winning by simulation; spread x dP/de = marginal cost."""
    luck = np.random.default_rng(3).normal(0, 20, (2, 400_000))
    gap = luck[0] - luck[1]
    slope = ((gap > -2).mean() - (gap > 2).mean()) / 4
    assert prize_spread(marginal_cost=1, noise=20) * slope == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("ratchet", "share"),
    [(0, 1.0), (0.3, 0.25), (0.5, 0.1666667), (0.8, 0.1111111), (1, 0.0909091)],
)
def test_ratchet(ratchet, share):
    """Weitzman (1980); figures of incentive_cases.json."""
    ours = ratchet_share(1.0, ratchet=ratchet, discount=0.9090909)
    assert ours == pytest.approx(share, abs=1e-6)


def test_ratchet_equals_the_discounted_stream():
    """Oracle: one unit more today, target raised, over 2000 periods."""
    ratchet, discount = 0.3, 0.9
    target, total = 0.0, 0.0
    for t in range(2000):
        output = 1.0 if t == 0 else 0.0
        total += discount**t * (output - target)
        target += ratchet * (output - target)
    ours = ratchet_share(1.0, ratchet=ratchet, discount=discount)
    assert ours == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: linear_share(risk_aversion=-1, effort_cost=1, variance=1),
        lambda: linear_share(risk_aversion=1, effort_cost=1, variance=1, peer=2),
        lambda: prize_spread(marginal_cost=1, noise=0),
        lambda: ratchet_share(1, ratchet=2, discount=0.9),
        lambda: ratchet_share(1, ratchet=0.1, discount=1.0),
    ],
)
def test_mistakes_are_refused(call):
    with pytest.raises(InputError, match="expected"):
        call()
