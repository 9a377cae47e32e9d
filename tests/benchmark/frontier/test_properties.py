"""What must hold for any units (properties of section 8 of the reference)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.benchmark.frontier import (
    frontier,
    money_gap,
    network,
    order_m,
    scale_efficiency,
    two_stage,
)
from orebook.benchmark.frontier.network import Process
from tests.benchmark.frontier.conftest import units

SEED = st.integers(0, 10_000)
FEW = settings(max_examples=15, deadline=None)
RETURNS = ("crs", "vrs", "nirs", "ndrs", "fdh")
MODELS: list[dict[str, Any]] = [
    {},
    {"orientation": "output"},
    {"model": "directional", "orientation": "none"},
    {"model": "ram"},
    {"model": "sbm", "orientation": "none"},
    {"model": "sbm"},
]


@FEW
@given(SEED, st.sampled_from(MODELS))
def test_units_of_measure_and_order_change_nothing(
    seed: int, options: dict[str, Any]
) -> None:
    x, y = units(seed, 25)
    rng = np.random.default_rng(seed)
    factor = np.exp(rng.normal(0.0, 8.0, 5))
    order = rng.permutation(25)
    plain = frontier(x, y, **options)
    other = frontier((x * factor[:3])[order], (y * factor[3:])[order], **options)
    np.testing.assert_allclose(other.scores, plain.scores[order], atol=1e-9)
    assert other.certificate.worst < 1e-9


@FEW
@given(SEED)
def test_wider_technologies_score_lower(seed: int) -> None:
    x, y = units(seed, 25)
    score = {r: frontier(x, y, returns=r).scores for r in RETURNS}  # type: ignore[arg-type]
    for tighter, wider in (
        ("fdh", "vrs"), ("vrs", "nirs"), ("vrs", "ndrs"), ("nirs", "crs"),
        ("ndrs", "crs"),
    ):  # fmt: skip
        assert (score[tighter] >= score[wider] - 1e-10).all()
    np.testing.assert_allclose(
        np.minimum(score["nirs"], score["ndrs"]), score["crs"], atol=1e-9
    )


@FEW
@given(SEED)
def test_another_unit_never_raises_a_score(seed: int) -> None:
    x, y = units(seed, 20)
    assert (frontier(x, y).scores[:-1] <= frontier(x[:-1], y[:-1]).scores + 1e-10).all()


@FEW
@given(SEED, st.sampled_from(MODELS))
def test_targets_are_efficient(seed: int, options: dict[str, Any]) -> None:
    """The projection with its slacks lies on the frontier of the same peers."""
    x, y = units(seed, 25)
    found = frontier(x, y, **options)
    again = frontier(
        found.targets[:, :3], found.targets[:, 3:], model="ram", reference=(x, y)
    )
    np.testing.assert_allclose(again.scores, 1.0, atol=1e-8)


@FEW
@given(SEED, st.sampled_from(["input", "output"]))
def test_targets_are_step_and_slack(seed: int, orientation: Any) -> None:
    x, y = units(seed, 25)
    found = frontier(x, y, orientation=orientation)
    theta = found.scores[:, None]
    if orientation == "input":
        wanted = np.concatenate([x * theta, y], axis=1)
    else:
        wanted = np.concatenate([x, y * theta], axis=1)
    sign = np.array([-1.0, -1.0, -1.0, 1.0, 1.0])
    np.testing.assert_allclose(found.targets, wanted + sign * found.slacks, atol=1e-9)
    assert (found.slacks >= -1e-10).all()


@FEW
@given(SEED)
def test_multipliers_are_feasible_for_all(seed: int) -> None:
    x, y = units(seed, 25)
    found = frontier(x, y, returns="crs", orientation="output")
    v, u = found.multipliers[:, :3], found.multipliers[:, 3:]
    assert (u @ y.T - v @ x.T).max() < 1e-9
    np.testing.assert_allclose((u * y).sum(axis=1), 1.0, atol=1e-9)


@FEW
@given(SEED)
def test_translation_changes_no_range_adjusted_score(seed: int) -> None:
    """RAM bears figures below nought under variable returns."""
    x, y = units(seed, 25)
    plain = frontier(x, y, model="ram").scores
    moved = frontier(x - 20.0, y + 3.0, model="ram").scores
    np.testing.assert_allclose(moved, plain, atol=1e-9)


@FEW
@given(SEED)
def test_slacks_based_is_below_radial(seed: int) -> None:
    x, y = units(seed, 25)
    for returns in ("crs", "vrs"):
        radial = frontier(x, y, returns=returns).scores  # type: ignore[arg-type]
        slack = frontier(x, y, returns=returns, model="sbm", orientation="none").scores  # type: ignore[arg-type]
        assert (slack <= radial + 1e-9).all()


@FEW
@given(SEED)
def test_super_efficiency_ranks_only_the_frontier(seed: int) -> None:
    x, y = units(seed, 25)
    plain, beyond = frontier(x, y), frontier(x, y, model="super")
    inside = plain.scores < 1.0 - 1e-9
    np.testing.assert_allclose(beyond.scores[inside], plain.scores[inside])
    assert (beyond.scores[~inside] >= 1.0 - 1e-9).all()
    assert np.isfinite(beyond.scores).all()


@FEW
@given(SEED)
def test_gaps_in_money_close_exactly(seed: int) -> None:
    """Sum over all factors of technical and allocative parts = profit forgone."""
    x, y = units(seed, 25)
    rng = np.random.default_rng(seed)
    found = money_gap(x, y, rng.uniform(1.0, 900.0, 3), rng.uniform(1.0, 9e4, 2))
    total = (found.technical + found.allocative).sum(axis=1)
    np.testing.assert_allclose(total, found.gap, rtol=1e-12, atol=1e-9)
    assert (found.gap >= 0.0).all()
    assert (found.step <= found.technical.sum(axis=1) + 1e-8 * found.gap.max()).all()


@FEW
@given(SEED)
def test_a_system_is_never_better_than_its_black_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, z, y = (rng.uniform(1.0, 9.0, (15, k)) for k in (2, 2, 1))
    found = two_stage(x, z, y)
    assert (found.system <= found.black_box + 1e-9).all()
    assert (found.low <= found.high + 1e-9).all()
    np.testing.assert_allclose(found.low[:, 0] * found.high[:, 1], found.system)
    # The same two stages as a general network.
    first = Process("1", {"a": x[:, 0], "b": x[:, 1]}, {"c": z[:, 0], "d": z[:, 1]})
    second = Process("2", {"c": z[:, 0], "d": z[:, 1]}, {"e": y[:, 0]})
    np.testing.assert_allclose(network([first, second]).system, found.system, atol=1e-9)


@FEW
@given(SEED)
def test_best_of_many_is_the_free_disposal_hull(seed: int) -> None:
    x, y = units(seed, 20)
    hull = frontier(x, y, returns="fdh").scores
    many = order_m(x, y, order=100_000).scores
    np.testing.assert_allclose(many, hull, atol=1e-9)
    assert (order_m(x, y, order=5).scores >= hull - 1e-12).all()


def test_nature_of_returns() -> None:
    x, y = units(4, 40)
    found = scale_efficiency(x, y)
    assert (found.scale <= 1.0 + 1e-9).all()
    assert set(found.nature) == {"constant", "increasing", "decreasing"}
    assert found.nature[int(found.scale.argmax())] == "constant"
    assert "scale efficiency of 40 units" in found.summary()
    rows = found.to_dict()["units"]
    assert isinstance(rows, list)
    assert rows[0]["nature"] == found.nature[0]


def test_the_package_is_the_call() -> None:
    """``orebook.benchmark.frontier(...)``, whatever was imported before."""
    import orebook.benchmark

    module: Any = orebook.benchmark.frontier
    assert module([2.0, 4.0], [1.0, 1.0]).scores.tolist() == [1.0, 0.5]
    assert module.frontier is frontier
    with pytest.raises(AttributeError, match="nonesuch"):
        _ = orebook.benchmark.nonesuch
