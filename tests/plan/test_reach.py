"""Rows of the inverse of a basis against a dense inverse, near and far."""

import numpy as np
import pytest

from orebook.plan import reach
from orebook.plan.factor import Factor, factorise
from orebook.plan.lp import Problem
from orebook.plan.reach import inverse_rows
from orebook.plan.solve import Solver
from tests.plan.linear import chain8, food, tied

CASES = {
    "chain8": chain8({}, as_rows=True),
    "eight weeks": chain8({}, weeks=8),
    "food": food(),
    **{f"tied {seed}": tied(seed) for seed in range(6)},
}


def vertex(problem: Problem) -> Factor:
    return factorise(problem, Solver(problem).optimal())


def inverse(factor: Factor) -> np.ndarray:
    """Return the inverse by LAPACK."""
    return np.linalg.inv(factor.wide[:, factor.basic].toarray())


@pytest.mark.parametrize("name", CASES)
def test_equals_the_dense_inverse(name: str) -> None:
    factor = vertex(CASES[name])
    every = np.arange(factor.basic.size)
    dense = inverse(factor).T
    found = inverse_rows(factor, every).toarray()
    assert found == pytest.approx(dense, rel=1e-10, abs=1e-12 * np.abs(dense).max())


@pytest.mark.parametrize("name", ["eight weeks", "food", "tied 3"])
def test_near_and_far_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    factor = vertex(CASES[name])
    every = np.arange(factor.basic.size)
    near = inverse_rows(factor, every).toarray()
    monkeypatch.setattr(reach, "FEW", 2)  # sets of more than two rows are far now
    monkeypatch.setattr(reach, "FAR", 0.0)
    far = inverse_rows(factor, every).toarray()
    assert np.count_nonzero(far, axis=0).max() > 2, "nothing was far"
    assert np.count_nonzero(far, axis=0).min() <= 2, "nothing was near"
    assert far == pytest.approx(near, rel=1e-10, abs=1e-12 * np.abs(near).max())


@pytest.mark.parametrize("together", [1, 3, 1000])
def test_batches_do_not_matter(together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    factor = vertex(CASES["food"])
    some = np.array([7, 2, 11, 0, 5])
    monkeypatch.setattr(reach, "TOGETHER", together)
    found = inverse_rows(factor, some).toarray()
    dense = inverse(factor)[some].T
    assert found == pytest.approx(dense, rel=1e-10, abs=1e-12 * np.abs(dense).max())


def test_solves_the_basis_it_was_asked_for() -> None:
    factor = vertex(CASES["eight weeks"])
    some = np.arange(0, factor.basic.size, 3)
    left = factor.wide[:, factor.basic].T @ inverse_rows(factor, some)
    unit = np.eye(factor.basic.size)[:, some]
    assert left.toarray() == pytest.approx(unit, abs=1e-11)


def test_no_place_gives_no_column() -> None:
    factor = vertex(CASES["chain8"])
    found = inverse_rows(factor, np.zeros(0, np.int64))
    assert found.shape == (factor.basic.size, 0)


def test_keeps_only_the_numbers_that_are_not_zero() -> None:
    factor = vertex(chain8({}, weeks=52))
    every = np.arange(factor.basic.size)
    found = inverse_rows(factor, every)
    assert 0 < found.nnz < 0.05 * found.shape[0] * found.shape[1]
    assert np.abs(found.data).min() > 0.0
