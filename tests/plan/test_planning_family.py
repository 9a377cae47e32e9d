"""The declared book of the planning family against arrays written by hand."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from orebook.plan.solve import Solver

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def race(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the module of the race; its peers are imported only when they run."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    return import_module("plan_assembly")


@pytest.mark.parametrize("periods", [1, 40])
def test_declared_book_is_the_problem_written_by_hand(
    race: ModuleType, periods: int
) -> None:
    """40 days from 1 January reach into a second month of another length."""
    data = race.instance(periods)
    loaded = race.arrays(data)
    loaded.run()
    problem = race.problem_of(data)
    assert problem.shape == (loaded.getNumRow(), loaded.getNumCol())
    assert problem.matrix.nnz == loaded.getNumNz()
    ours = Solver(problem, race.SETTINGS).solve()
    assert ours.objective == pytest.approx(loaded.getObjectiveValue(), rel=1e-9)


def test_declared_columns_are_those_of_the_arrays(race: ModuleType) -> None:
    """Costs and bounds in the order of the hand-written arrays, bit by bit."""
    data = race.instance(40)
    problem, lp = race.problem_of(data), race.arrays(data).getLp()
    assert np.array_equal(problem.cost, lp.col_cost_)
    assert np.array_equal(problem.upper, lp.col_upper_)
    assert np.array_equal(problem.lower, lp.col_lower_)
