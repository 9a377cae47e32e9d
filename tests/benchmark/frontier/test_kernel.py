"""The kernel against another solver, its two paths, its proofs and its way out."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from orebook.benchmark.frontier import frontier
from orebook.benchmark.frontier.batch import columns_of
from orebook.benchmark.frontier.certify import certified
from orebook.benchmark.frontier.directional import direction_batch, distance
from orebook.benchmark.frontier.kernel import SMALL, engine_of, solve
from orebook.benchmark.frontier.pivot import LIMIT, OPTIMAL, dual_simplex
from orebook.benchmark.frontier.rescue import solve_one
from orebook.benchmark.frontier.technology import technology
from orebook.errors import InputError
from tests.benchmark.frontier.conftest import units

NUMBA = importlib.util.find_spec("numba") is not None
compiled = pytest.mark.skipif(not NUMBA, reason="numba is not installed")


def by_scipy(x: Any, y: Any, unit: int, returns: str, orientation: str) -> float:
    """Return the score of one unit by scipy, written from the textbook."""
    count = len(x)
    inward = orientation == "input"
    cost = np.append(np.zeros(count), 1.0 if inward else -1.0)
    rows = [
        np.column_stack([x.T, -x[unit] if inward else 0.0 * x[unit]]),
        np.column_stack([-y.T, 0.0 * y[unit] if inward else y[unit]]),
    ]
    right = [
        0.0 * x[unit] if inward else x[unit],
        -y[unit] if inward else 0.0 * y[unit],
    ]
    total = np.append(np.ones(count), 0.0)[None]
    if returns in ("nirs", "ndrs"):
        sign = 1.0 if returns == "nirs" else -1.0
        rows.append(sign * total)
        right.append(np.array([sign]))
    equal = (total, [1.0]) if returns == "vrs" else (None, None)
    found = linprog(
        cost, np.concatenate(rows), np.concatenate(right), *equal, method="highs"
    )
    assert found.status == 0
    return float(found.x[-1])


@pytest.mark.parametrize("engine", ["numpy", pytest.param("compiled", marks=compiled)])
@pytest.mark.parametrize("orientation", ["input", "output"])
@pytest.mark.parametrize("returns", ["crs", "vrs", "nirs", "ndrs"])
def test_scores_are_those_of_scipy(returns: Any, orientation: Any, engine: Any) -> None:
    x, y = units(7, 40)
    found = frontier(x, y, returns=returns, orientation=orientation, engine=engine)
    oracle = [by_scipy(x, y, unit, returns, orientation) for unit in range(len(x))]
    np.testing.assert_allclose(found.scores, oracle, atol=1e-9)
    assert not found.certificate.rescued.any()


@compiled
@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_both_paths_give_the_same(returns: Any) -> None:
    """Scores agree to 1e-12 where columns are generated too."""
    x, y = units(11, SMALL + 300, 4, 3)
    one, other = (
        frontier(x, y, returns=returns, engine=engine)  # type: ignore[arg-type]
        for engine in ("numpy", "compiled")
    )
    np.testing.assert_allclose(one.scores, other.scores, rtol=0.0, atol=1e-12)
    assert one.certificate.worst < 1e-9
    assert other.certificate.worst < 1e-9


@pytest.mark.parametrize("returns", ["crs", "vrs", "nirs", "ndrs"])
def test_generated_columns_change_no_score(returns: Any) -> None:
    """The frame holds a part of the peers, the certificate prices all of them."""
    x, y = units(3, SMALL + 350, 4, 3)
    tech = technology(x, y, returns)
    at = tech.scaled(x, y)
    along = at[0], 0.0 * at[1]
    whole = solve(direction_batch(tech, at, along), engine="numpy")
    few = distance(tech, at, along, itself=np.arange(len(x)), engine="numpy")
    assert few.answer.frame.size < len(x)
    np.testing.assert_allclose(few.beta, whole.own[:, 0], atol=1e-12)
    assert few.answer.violation.max() < 1e-9


def test_certificate_can_be_checked_by_anyone() -> None:
    """Multipliers price every unit and give the score: no solver is needed."""
    x, y = units(5, 30)
    found = frontier(x, y, returns="crs", engine="numpy")
    v, u = found.multipliers[:, :3], found.multipliers[:, 3:]
    np.testing.assert_allclose((v * x).sum(axis=1), 1.0, atol=1e-9)
    np.testing.assert_allclose((u * y).sum(axis=1), found.scores, atol=1e-9)
    assert (u @ y.T - v @ x.T).max() < 1e-9
    np.testing.assert_allclose(found.lambdas @ x, found.targets[:, :3], atol=1e-12)
    assert (found.lambdas @ y >= y - 1e-9).all()


def test_a_wrong_basis_is_found_and_mended() -> None:
    """A published simplex returned 1.0 for inefficient units; ours cannot."""
    x, y = units(9, 25)
    tech = technology(x, y, "vrs")
    at = tech.scaled(x, y)
    batch = direction_batch(tech, at, (at[0], 0.0 * at[1]))
    right = solve(batch, engine="numpy")
    wrong = right.basis.copy()
    inside = int(right.own[:, 0].argmax())
    # The unit as its own only peer: feasible, score one, and not optimal.
    wrong[inside] = batch.start[inside]
    row = tech.rows - 1
    wrong[inside, row] = tech.rows + 1 + inside
    mended = certified(batch, wrong, np.full(25, OPTIMAL), np.arange(25))
    assert mended.rescued[inside]
    assert mended.rescued.sum() == 1
    np.testing.assert_allclose(mended.own[:, 0], right.own[:, 0], atol=1e-9)


def test_the_other_solver_agrees_unit_by_unit() -> None:
    x, y = units(13, 20)
    tech = technology(x, y, "crs")
    at = tech.scaled(x, y)
    batch = direction_batch(tech, at, (at[0], at[1]))
    answer = solve(batch, engine="numpy")
    for unit in range(20):
        solution = solve_one(batch, unit)
        assert solution.objective == pytest.approx(answer.objective[unit], abs=1e-9)


def test_noughts_in_inputs_need_no_solver_of_their_own() -> None:
    """An output score under constant returns with a nought in every input."""
    x = np.array([[0.0, 2.0], [3.0, 0.0], [2.0, 2.0], [4.0, 4.0]])
    y = np.array([[1.0], [2.0], [2.0], [2.0]])
    found = frontier(x, y, returns="crs", orientation="output", engine="numpy")
    oracle = [by_scipy(x, y, unit, "crs", "output") for unit in range(4)]
    np.testing.assert_allclose(found.scores, oracle, atol=1e-9)


def test_ties_and_repeated_units_do_not_circle() -> None:
    """Small whole numbers make every kind of tie."""
    rng = np.random.default_rng(0)
    x = rng.integers(1, 4, (60, 3)).astype(float)
    y = rng.integers(1, 4, (60, 2)).astype(float)
    for returns in ("crs", "vrs"):
        found = frontier(x, y, returns=returns, engine="numpy")  # type: ignore[arg-type]
        oracle = [by_scipy(x, y, unit, returns, "input") for unit in range(60)]
        np.testing.assert_allclose(found.scores, oracle, atol=1e-9)


def test_steps_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not come to its end is told so, and given to the other solver."""
    from orebook.benchmark.frontier import pivot, states

    x, y = units(2, 12)
    tech = technology(x, y, "vrs")
    at = tech.scaled(x, y)
    batch = direction_batch(tech, at, (at[0], 0.0 * at[1]))
    whole = solve(batch, engine="numpy")
    monkeypatch.setattr(pivot, "most_steps", lambda rows: 1)
    state = states.hinged_state(batch)
    assert (dual_simplex(state) == LIMIT).any()
    short = solve(batch, engine="numpy")
    assert short.rescued.any()
    np.testing.assert_allclose(short.own[:, 0], whole.own[:, 0], atol=1e-9)


def test_basis_columns_are_those_named() -> None:
    x, y = units(1, 6, 2, 1)
    tech = technology(x, y, "vrs")
    at = tech.scaled(x, y)
    batch = direction_batch(tech, at, (at[0], 0.0 * at[1]))
    basis = np.array([[0, 4, 2, 7]])
    matrix, cost = columns_of(batch.take(np.array([3])), basis)
    np.testing.assert_allclose(matrix[0, :, 0], [1.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(matrix[0, :, 1], batch.own[3, :, 0])
    np.testing.assert_allclose(matrix[0, :, 3], batch.pool[:, 2])
    assert cost.tolist() == [[0.0, -1.0, 0.0, 0.0]]


def test_unknown_path_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="engine 'gpu'"):
        engine_of("gpu")  # type: ignore[arg-type]
    monkeypatch.setattr(
        "orebook.benchmark.frontier.kernel.find_spec", lambda name: None
    )
    assert engine_of("auto") == "numpy"
    with pytest.raises(InputError, match="needs numba"):
        engine_of("compiled")


@pytest.mark.slow
def test_thousands_of_random_units() -> None:
    """2200 units, where a published package was wrong in three."""
    worst = 0.0
    for seed in range(22):
        x, y = units(seed, 100, 4, 3)
        found = frontier(x, y, returns="vrs" if seed % 2 else "crs")
        for unit in range(0, 100, 5):
            oracle = by_scipy(x, y, unit, found.returns, "input")
            worst = max(worst, abs(found.scores[unit] - oracle))
        assert found.certificate.worst < 1e-9
    assert worst < 1e-9
