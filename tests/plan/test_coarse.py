"""A coarse horizon shortens the way to the optimum and never changes it."""

from dataclasses import replace

import numpy as np
import pytest

from orebook.plan import coarse
from orebook.plan.coarse import can_merge, coarse_start, from_nothing, merged
from orebook.plan.lp import Builder, Problem
from orebook.plan.solve import Settings, Solver
from tests.plan.linear import chain8, food


def seasons(periods: int, seed: int = 0, *, need: float = 5.0) -> Problem:
    """Return stores filled when goods are cheap, over a horizon with an outage."""
    rng = np.random.default_rng(seed)
    builder = Builder(periods)
    names = [f"good{i}" for i in range(4)]
    goods = builder.rows("balance", names, lower=0.0, upper=0.0)
    days = np.arange(periods)
    phase = rng.uniform(0.0, 6.3, (4, 1))
    price = 100.0 + rng.uniform(10.0, 40.0, (4, 1)) * np.sin(days / 58.0 + phase)
    buy = builder.columns("buy", names, cost=price, upper=9.0)
    stock = builder.columns("stock", names, cost=0.5, upper=40.0)
    top = np.full((3, periods), 8.0)
    top[1, periods // 3 : periods // 3 + 4] = 0.0
    run = builder.columns("run", ["a", "b", "c"], cost=3.0, upper=top)
    sell = builder.columns(
        "sell", ["good3"], cost=-1.5 * price[3:], upper=np.full((1, periods), need)
    )
    builder.entries(goods.all(), buy.all(), 1.0)
    builder.entries(goods.all(), stock.all(), -1.0)
    builder.entries(goods.all()[:, 1:], stock.all()[:, :-1], 1.0)
    builder.entries(goods.all()[:3], run.all(), -1.0)
    builder.entries(goods.all()[1:], run.all(), 0.9)
    builder.entries(goods.all()[3:], sell.all(), -1.0)
    return builder.problem(offset=7.0)


LONG = {
    "chain8, 30 weeks": chain8({}, weeks=30),
    "chain8, 60 weeks": chain8({"digest": 0.5}, weeks=60, as_rows=True),
    **{f"seasons {seed}": seasons(70, seed) for seed in range(5)},
}


@pytest.mark.parametrize("name", LONG)
def test_same_optimum_as_without_the_start(name: str) -> None:
    problem = LONG[name]
    assert can_merge(problem)
    found, cold = from_nothing(problem), Solver(problem).optimal()
    assert found.status == "optimal"
    assert found.basis is not None
    assert found.objective == pytest.approx(cold.objective, rel=1e-9)
    assert found.max_primal_infeasibility < 1e-8


def test_starts_close_to_the_optimum() -> None:
    problem = seasons(365)
    cold = Solver(problem, Settings(presolve=False)).optimal()
    assert from_nothing(problem).iterations < 0.7 * cold.iterations


def test_counts_the_coarse_problem_too() -> None:
    problem = seasons(70)
    solver = Solver(problem)
    start = coarse_start(problem)
    assert start.basis is not None
    solver.set_basis(start.basis)
    alone = solver.solve().iterations
    assert from_nothing(problem).iterations == start.iterations + alone


def test_a_start_that_leads_nowhere_is_dropped(monkeypatch) -> None:
    problem = seasons(70)
    cold = Solver(problem).optimal()
    tried = []

    def limited(basis, problem, settings):
        solver = Solver(problem, replace(settings, iteration_limit=1))
        solver.set_basis(basis)
        tried.append(solver.solve())
        return tried[-1]

    monkeypatch.setattr(coarse, "_from", limited)
    found = from_nothing(problem)
    assert tried[0].status == "limit"
    assert found.status == "optimal"
    assert found.objective == pytest.approx(cold.objective, rel=1e-12)


def test_no_plan_is_still_no_plan() -> None:
    problem = seasons(40)
    upper = problem.row_upper.copy()
    lower = problem.row_lower.copy()
    lower[-1] = upper[-1] = -1e6  # more than all that can be stored
    assert from_nothing(replace(problem, row_lower=lower, row_upper=upper)).status == (
        "infeasible"
    )


def test_a_contradiction_only_in_one_period_is_found() -> None:
    """The merged periods have a plan, the fine ones have none."""
    problem = seasons(40)
    upper = problem.upper.copy()
    for name in ("buy", "stock", "run"):
        upper[problem.columns[name].all()[:, 20]] = 0.0
    lower = problem.lower.copy()
    sale = problem.columns["sell"].all()[0, 20]
    upper[problem.columns["stock"].all()[:, 19]] = 0.0
    lower[sale] = upper[sale] = 1.0
    broken = replace(problem, lower=lower, upper=upper)
    assert coarse_start(broken).basis is not None
    assert from_nothing(broken).status == "infeasible"


def test_unbounded_is_told() -> None:
    builder = Builder(periods=30)
    builder.columns("sell", ["metal"], cost=-300.0)
    assert from_nothing(builder.problem()).status == "unbounded"


def test_short_or_whole_numbered_problems_are_not_merged() -> None:
    assert not can_merge(food())
    assert not can_merge(chain8({}, weeks=8))
    problem = chain8({}, weeks=60)
    integer = problem.integer.copy()
    integer[0] = True
    assert not can_merge(replace(problem, integer=integer))


def test_periods_that_are_not_alike_are_not_merged() -> None:
    problem = seasons(70)
    noise = np.random.default_rng(1).normal(1.0, 0.05, problem.cost.size)
    rough = replace(problem, cost=problem.cost * noise)
    assert can_merge(problem)
    assert not can_merge(rough)
    assert from_nothing(rough).iterations == Solver(rough).solve().iterations


def test_blocks_that_are_unknown_are_not_merged() -> None:
    """A problem without index maps says nothing about its periods."""
    problem = replace(chain8({}, weeks=60), columns={}, rows={})
    assert not can_merge(problem)
    assert from_nothing(problem).status == "optimal"


def test_merging_equal_periods_loses_nothing() -> None:
    """Without stores and seasons a plan of equal periods is the sum of its periods."""
    problem = chain8({}, weeks=12)
    group = np.repeat([0, 1, 2], 4)
    assert Solver(merged(problem, group)).optimal().objective == pytest.approx(
        Solver(problem).optimal().objective, rel=1e-9
    )


def test_time_limit_is_kept() -> None:
    found = from_nothing(seasons(365), Settings(time_limit=0.0))
    assert found.status == "limit"
