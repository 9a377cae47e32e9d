"""Contradictions are infeasible, irreducible and said in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from orebook.errors import InputError
from orebook.plan.infeasible import (
    ContradictionError,
    Member,
    cheapest_repair,
    contradiction,
)
from orebook.plan.lp import Builder, Problem
from orebook.plan.solve import Solver


def _wild(seed: int) -> Problem:
    """Return a random problem, mostly infeasible."""
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(3, 9)), int(rng.integers(3, 7))
    lower = rng.integers(-6, 7, (rows, 1)).astype(float)
    builder = Builder(periods=1)
    block = builder.columns(
        "x",
        [f"x{i}" for i in range(columns)],
        upper=rng.choice([3.0, 10.0, np.inf], (columns, 1)),
    )
    limits = builder.rows(
        "row",
        [f"row{i}" for i in range(rows)],
        lower=lower,
        upper=lower + rng.choice([0.0, 1.0, 5.0, np.inf], (rows, 1)),
    )
    matrix = rng.integers(-2, 3, (rows, columns)) * (rng.random((rows, columns)) < 0.6)
    builder.entries(limits.all(), block.all().T, matrix)
    return builder.problem()


def _possible(problem: Problem, members: Sequence[Member]) -> bool:
    """Ask another entry into the solver whether the named limits can be met."""
    matrix = problem.matrix.toarray()
    bounds = [[None, None] for _ in range(problem.cost.size)]
    rows, limits = [np.zeros((1, problem.cost.size))], [0.0]
    for kind, index in members:
        if kind.startswith("column"):
            upper = kind.endswith("upper")
            values = problem.upper if upper else problem.lower
            bounds[index][int(upper)] = values[index]
            continue
        if kind in ("row", "row_upper"):
            rows.append(matrix[[index]])
            limits.append(problem.row_upper[index])
        if kind in ("row", "row_lower"):
            rows.append(-matrix[[index]])
            limits.append(-problem.row_lower[index])
    found = linprog(
        np.zeros(problem.cost.size), A_ub=np.vstack(rows), b_ub=limits, bounds=bounds
    )
    assert found.status in (0, 2)
    return bool(found.status == 0)


INFEASIBLE = [s for s in range(45) if Solver(_wild(s)).solve().status == "infeasible"]


def test_the_sample_is_large_enough() -> None:
    assert len(INFEASIBLE) >= 30


@pytest.mark.parametrize("seed", INFEASIBLE)
def test_contradiction_is_irreducible(seed: int) -> None:
    problem = _wild(seed)
    members = contradiction(problem)
    assert not _possible(problem, members)
    for place in range(len(members)):
        assert _possible(problem, members[:place] + members[place + 1 :])


@pytest.mark.parametrize("seed", INFEASIBLE[:15])
def test_repair_makes_a_plan_possible_and_no_less_would(seed: int) -> None:
    problem = _wild(seed)
    price = np.ones(problem.row_lower.size)
    repair = cheapest_repair(problem, price=price)
    assert np.abs(repair.amounts).sum() == pytest.approx(repair.cost)
    for share, possible in ((1.0 + 1e-9, True), (0.99, False)):
        give = np.zeros(price.size)
        give[repair.rows] = repair.amounts * share
        loose = replace(
            problem,
            row_lower=problem.row_lower - np.maximum(give, 0.0),
            row_upper=problem.row_upper - np.minimum(give, 0.0),
        )
        assert (Solver(loose).solve().status == "optimal") == possible


def _steam(need: float) -> Problem:
    builder = Builder(periods=2)
    run = builder.columns("run", ["boiler", "cogen"], upper=[[5.0], [9.0]])
    builder.columns("run2", ["other"], upper=4.0)
    row = builder.rows("steam", ["digest"], lower=[[1.0, need]], upper=np.inf)
    builder.entries(row.all()[0], run.all()[0], 1.0)
    power = builder.rows("power", ["grid"], lower=2.0, upper=8.0)
    builder.entries(power.all(), run.all()[1], 1.0)
    return builder.problem()


def test_the_message_names_the_limits_in_words() -> None:
    with pytest.raises(ContradictionError) as caught:
        Solver(_steam(6.0)).optimal()
    assert str(caught.value) == (
        "no plan meets all requirements; 2 contradict each other: "
        "steam of digest in period 2 must be at least 6; "
        "run of boiler in period 2 must be at most 5; loosen one of them"
    )
    assert caught.value.members == (("row_lower", 1), ("column_upper", 1))


def test_a_feasible_problem_has_no_contradiction_and_needs_no_repair() -> None:
    assert contradiction(_steam(4.0)) == ()
    assert cheapest_repair(_steam(4.0)).rows.size == 0


def test_repair_does_not_depend_on_the_unit_of_a_row() -> None:
    problem = _steam(6.0)
    unit = np.array([1.0, 1e3, 1.0, 1.0])
    changed = replace(
        problem,
        row_lower=problem.row_lower * unit,
        row_upper=problem.row_upper * unit,
        matrix=(problem.matrix.multiply(unit[:, None])).tocsc(),
    )
    one, other = cheapest_repair(problem), cheapest_repair(changed)
    assert other.rows.tolist() == one.rows.tolist() == [1]
    assert other.amounts == pytest.approx(one.amounts * 1e3)
    assert other.cost == pytest.approx(one.cost)


def test_whole_numbers_alone_can_forbid_a_plan() -> None:
    builder = Builder(periods=1)
    on = builder.columns("on", ["mill"], upper=1.0, integer=True)
    half = builder.rows("load", ["mill"], lower=0.5, upper=0.5)
    builder.entries(half.all(), on.all(), 1.0)
    with pytest.raises(ContradictionError, match="the whole numbers do not"):
        Solver(builder.problem()).optimal()


def test_repair_fails_clearly_where_rows_are_not_to_blame() -> None:
    builder = Builder(periods=1)
    builder.columns("on", ["mill"], lower=0.2, upper=0.8, integer=True)
    with pytest.raises(InputError, match="whole-number columns"):
        cheapest_repair(builder.problem())
