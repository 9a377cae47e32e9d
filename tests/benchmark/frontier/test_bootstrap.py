"""Bootstrap and second stage: right on average, the same bytes for the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from orebook.benchmark.frontier import bootstrap, second_stage
from orebook.benchmark.frontier.bootstrap import bandwidth, smoothed
from orebook.benchmark.frontier.truncated import draw_above, truncated_regression
from orebook.errors import DataQualityError, InputError
from tests.benchmark.frontier.test_kernel import compiled


def known(seed: int, count: int = 60) -> tuple[Any, Any, Any]:
    """Return units of a known frontier ``y = x1^a x2^(1-a)`` with true efficiency."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(1.0, 9.0, (count, 2))
    share = np.exp(-rng.exponential(0.25, count))
    return x / share[:, None], np.sqrt(x[:, 0] * x[:, 1]), share


def test_bias_is_taken_off_towards_the_truth() -> None:
    """The true efficiency is known: corrected scores are nearer to it on average."""
    raw, corrected, inside = [], [], []
    for seed in range(6):
        x, y, truth = known(seed)
        found = bootstrap(x, y, returns="crs", samples=300, seed=seed)
        raw.append((found.scores - truth).mean())
        corrected.append((found.corrected - truth).mean())
        inside.append(((found.low <= truth) & (truth <= found.high)).mean())
        assert (found.corrected <= found.scores + 1e-12).all()
        assert (found.high <= found.scores + 1e-9).all()
    assert np.mean(raw) > 0.01
    assert abs(np.mean(corrected)) < np.mean(raw) / 2.0
    assert 0.7 < np.mean(inside) <= 1.0


@compiled
@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize("returns", ["vrs", "crs"])
def test_both_paths_give_the_same(returns: Any, orientation: Any) -> None:
    x, y, _ = known(1, 40)
    one, other = (
        bootstrap(
            x, y, returns=returns, orientation=orientation, samples=100,
            engine=engine,  # type: ignore[arg-type]
        )
        for engine in ("numpy", "compiled")
    )  # fmt: skip
    for name in ("bias", "low", "high", "spread"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=0.0, atol=1e-12
        )
    assert other.worst < 1e-9


def test_the_same_seed_gives_the_same_bytes() -> None:
    x, y, _ = known(2, 30)
    one, again, other = (
        bootstrap(x, y, samples=100, seed=seed, engine="numpy") for seed in (4, 4, 5)
    )
    assert one.low.tobytes() == again.low.tobytes()
    assert one.low.tobytes() != other.low.tobytes()
    assert "bootstrap of 100 samples (seed 4" in one.summary()
    rows: Any = one.to_dict()["units"]
    assert set(rows[0]) == {
        "unit", "score", "bias", "corrected", "low", "high", "spread"
    }  # fmt: skip


def test_replicates_are_those_by_hand() -> None:
    """One input, one output: the score is a ratio to the best ratio."""
    from orebook.benchmark.frontier.replicate import replicated
    from orebook.benchmark.frontier.technology import technology

    x, y, _ = known(3, 25)
    factor = np.random.default_rng(0).uniform(0.8, 1.3, (3, 25))
    tech = technology(x[:, :1], y[:, None], "crs")
    beta, _ = replicated(tech, factor, orientation="input", engine="numpy")
    for sample in range(3):
        best = (y / (x[:, 0] * factor[sample])).max()
        oracle = y / x[:, 0] / best
        np.testing.assert_allclose(1.0 - beta[sample], oracle, atol=1e-9)


def test_smoothing_keeps_mean_and_variance() -> None:
    scores = 1.0 - np.abs(np.random.default_rng(0).normal(0.0, 0.15, 500))
    scores = np.minimum(scores, 1.0)
    drawn = smoothed(scores, 400, 0.001, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(scores.mean(), abs=2e-3)
    assert drawn.std() == pytest.approx(scores.std(), rel=2e-2)
    assert drawn.max() <= 1.0
    with pytest.raises(InputError, match="at least 2 to learn from"):
        bandwidth(np.ones(9))


@pytest.mark.parametrize(
    "options",
    [{"samples": 10}, {"level": 1.0}, {"returns": "fdh"}, {"orientation": "none"}],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    x, y, _ = known(1, 20)
    with pytest.raises(InputError):
        bootstrap(x, y, **options)


def test_truncated_regression_is_that_of_a_general_optimiser() -> None:
    """Likelihood written out with scipy.stats and maximised by BFGS."""
    rng = np.random.default_rng(8)
    design = np.column_stack([np.ones(80), rng.uniform(0.0, 1.0, 80)])
    drawn = draw_above(design @ [0.9, 0.6], 0.4, 3, rng)
    beta, sigma, found = truncated_regression(design, drawn, drawn > 1.0)
    assert found.all()
    for sample in range(3):

        def minus(p: Any, y: Any = drawn[sample]) -> float:
            mean, spread = design @ p[:2], np.exp(p[2])
            each = norm.logpdf(y, mean, spread) - norm.logsf(1.0, mean, spread)
            return float(-each.sum())

        oracle = minimize(minus, [1.0, 0.5, -1.0], method="BFGS")
        np.testing.assert_allclose(beta[sample], oracle.x[:2], atol=2e-4)
        assert sigma[sample] == pytest.approx(np.exp(oracle.x[2]), abs=2e-4)


def test_second_stage_finds_what_was_put_in() -> None:
    """Inefficiency rises by 0.8 per unit of a condition, not with another."""
    rng = np.random.default_rng(5)
    z = {"grade": rng.uniform(0.0, 1.0, 80), "luck": rng.uniform(0.0, 1.0, 80)}
    x = rng.uniform(1.0, 9.0, 80)
    y = x / (1.0 + 0.8 * z["grade"] + 0.1 * np.abs(rng.standard_normal(80)))
    found = second_stage(x, y, z, returns="crs", samples=(50, 400))
    assert found.low[1] > 0.0
    assert found.low[1] - 0.05 < 0.8 < found.high[1] + 0.05
    assert found.low[2] < 0.0 < found.high[2]
    assert found.lost == 0
    assert (found.corrected >= found.scores - 1e-9).mean() > 0.9
    assert "grade: 0." in found.summary()
    told: Any = found.to_dict()
    assert set(told["coefficients"]) == {"constant", "grade", "luck"}
    inward = second_stage(
        x, y, z, returns="crs", orientation="input", samples=(50, 400)
    )
    np.testing.assert_allclose(inward.scores, found.scores, atol=1e-9)


def test_second_stage_says_why_it_cannot() -> None:
    x, y, _ = known(1, 30)
    z = np.linspace(0.0, 1.0, 30)
    with pytest.raises(InputError, match="collinear"):
        second_stage(x, y, {"a": z, "b": 2.0 * z})
    with pytest.raises(InputError, match="a condition is missing"):
        second_stage(x, y, {"a": np.where(z > 0.5, np.nan, z)})
    with pytest.raises(InputError, match="units inside the frontier"):
        second_stage(x[:6], y[:6], {"a": z[:6]})
    assert issubclass(DataQualityError, ValueError)
