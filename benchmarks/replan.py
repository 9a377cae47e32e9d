"""Race the re-plan: warm, by way of a coarse horizon, cold; two families of plans.

The planning family (60 units, 12 materials, four shared resources, see
`plan_assembly.py`) and the example book planned day by day. Every change is solved
from the old basis (warm), by way of a coarse horizon where that is open, and by the
solver alone from nothing (cold), in one run; all must reach the same optimum. "rule" is
the way a re-plan takes, "cold_over_rule" what it saves. Figures are printed as JSON;
read the ratios of medians, not the seconds.

    python benchmarks/replan.py --periods 365 --days 60
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from plan_assembly import instance, problem_of

from orebook.chain.calendar import horizon, period
from orebook.chain.plant import Outage
from orebook.chain.read import read_book
from orebook.plan.assemble import assemble
from orebook.plan.coarse import can_merge, from_nothing
from orebook.plan.conditions import Conditions, conditions
from orebook.plan.lp import Problem
from orebook.plan.replan import StandingPlan, rolled_basis, start_of
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.plan.replan_writes import changed_assembly
from orebook.plan.result import Prices
from orebook.plan.solve import Basis, Solution, Solver
from orebook.process.check import check_units
from orebook.process.network import network

PROJECT = Path(__file__).resolve().parent.parent
OPENING = 200.0  # t in each store of the family
EQUAL = 1e-9
Case = tuple[Problem, int]


def family(periods: int) -> tuple[Solution, Problem, dict[str, Case]]:
    """Return the family's plan and its changed problems with the roll of each."""
    problem = _opened(periods)
    base = from_nothing(problem)
    cases = {"outage of 7 periods": (_outage(problem, base), 0)}
    return base, problem, cases | {n: (make(problem), roll) for n, make, roll in _CASES}


def _opened(periods: int) -> Problem:
    """Return the family over ``periods`` with something in store at the start."""
    problem = problem_of(instance(periods))
    first = problem.rows["balance"].all()[:, 0]
    low, high = problem.row_lower.copy(), problem.row_upper.copy()
    low[first] = high[first] = -OPENING
    return replace(problem, row_lower=low, row_upper=high)


def _outage(problem: Problem, base: Solution) -> Problem:
    """Take the hardest working unit out for seven periods."""
    upper = problem.row_upper.copy()
    block = problem.rows["capacity"].all()
    run = base.x[problem.columns["duty"].all()].sum(axis=1)
    unit = int(np.argmax(run / upper[block[:, 0]]))
    middle = block.shape[1] // 2
    upper[block[unit, middle : middle + 7]] = 0.0
    return replace(problem, row_upper=upper)


def _stocks(problem: Problem) -> Problem:
    """Count all opening stocks anew, 10 % off."""
    return _first_stock(problem, 0.10)


def _first_stock(problem: Problem, size: float) -> Problem:
    rng = np.random.default_rng(2)
    low, high = problem.row_lower.copy(), problem.row_upper.copy()
    first = problem.rows["balance"].all()[:, 0]
    low[first] = high[first] = -OPENING * (1 + rng.uniform(-size, size, first.size))
    return replace(problem, row_lower=low, row_upper=high)


def _price(problem: Problem) -> Problem:
    """Raise all sale prices of one period by 10 %."""
    cost = problem.cost.copy()
    block = problem.columns["sell"].all()
    cost[block[:, block.shape[1] // 3]] *= 1.1
    return replace(problem, cost=cost)


def _prices(problem: Problem) -> Problem:
    """Change every cost by 5 % noise: a wholesale change."""
    noise = np.random.default_rng(3).normal(1.0, 0.05, problem.cost.size)
    return replace(problem, cost=problem.cost * noise)


def _rolled(problem: Problem) -> Problem:
    """Move the horizon on by a day, stocks 3 % off the plan."""
    cost = problem.cost.copy()
    for block in problem.columns.values():
        table = cost[block.all()]
        cost[block.all()] = np.concatenate([table[:, 1:], table[:, -1:]], axis=1)
    return replace(_first_stock(problem, 0.03), cost=cost)


_CASES: tuple[tuple[str, Callable[[Problem], Problem], int], ...] = (
    ("stock count", _stocks, 0),
    ("prices of one period +10 %", _price, 0),
    ("horizon rolled by one", _rolled, 1),
    ("all costs 5 % noise", _prices, 0),
)


def book(days: int) -> tuple[Solution, Problem, dict[str, Case], dict[str, float]]:
    """Return the example book's daily plan and its changed problems."""
    chain = read_book(PROJECT / "examples" / "guangxi", check=check_units)
    net = network(chain)
    begun = time.perf_counter()
    known = conditions(
        chain, horizon(period("2026-05-01"), days), known_until="2026-04"
    )
    made = assemble(net, known)
    assembled = time.perf_counter() - begun
    base = from_nothing(made.problem)
    empty = np.zeros((0, days))
    none = Prices(empty, empty, empty, np.zeros(0), np.zeros(0))
    plan = StandingPlan(made, base.objective, base.x, base.row_dual, none, (), {})
    day = known.periods[days // 3].first
    ids = {s.id: 1.05 * known.opening[s.id] for s in chain.stores}
    changes = {
        "outage of 7 days": Changes(
            outages=(
                Outage(unit="pr-digest-1", first=day, last=day + timedelta(days=6)),
            )
        ),
        "stock count": Changes(stocks=ids),
        "one sale price +5 %, one day": Changes(
            prices=(NewPrice("sell:pr-alumina-spot", factor=1.05, periods=(str(day),)),)
        ),
        "one sale price +5 %": Changes(
            prices=(NewPrice("sell:pr-alumina-spot", factor=1.05),)
        ),
        "horizon rolled by one day": Changes(roll=1),
        "all prices 5 % noise": Changes(prices=_noise(known)),
    }
    problems = {}
    writes = {"assemble_seconds": assembled, "first_solve_seconds": base.seconds}
    for name, change in changes.items():
        begun = time.perf_counter()
        problem = changed_assembly(plan, change).problem
        writes[f"change_seconds: {name}"] = time.perf_counter() - begun
        problems[name] = problem, change.roll
    return base, made.problem, problems, writes


def _noise(known: Conditions) -> tuple[NewPrice, ...]:
    """Return another price for every contract on every day."""
    rng = np.random.default_rng(4)
    return tuple(
        NewPrice(key, factor=float(rng.normal(1.0, 0.05)), periods=(day.name,))
        for key in sorted(known.price)
        for day in known.periods
    )


def raced(
    base: Solution, before: Problem, cases: dict[str, Case], repeats: int
) -> dict[str, dict[str, Any]]:
    """Solve every case warm, cold and by way of a coarse horizon; return medians."""
    assert base.basis is not None
    found = {}
    for name, (problem, roll) in cases.items():
        start, _ = start_of(before, problem, base.basis, roll=roll)
        basis = rolled_basis(before, base.basis, roll)
        coarse = can_merge(problem)
        ways = ("warm", "cold", "coarse") if coarse else ("warm", "cold")
        runs: dict[str, list[tuple[Solution, float]]] = {way: [] for way in ways}
        for _ in range(repeats):
            for way in ways:
                runs[way].append(_timed(problem, way, basis))
        gap = max(_gap(one, runs["cold"][0][0]) for way in ways for one, _ in runs[way])
        assert gap < EQUAL, f"{name}: objectives differ by {gap:.1e}"
        seconds = {way: statistics.median(s for _, s in runs[way]) for way in ways}
        rule = "warm" if start.warm else "coarse" if coarse else "cold"
        found[name] = {
            "rule": rule,
            "cold_over_rule": seconds["cold"] / seconds[rule],
            **{f"cold_over_{w}": seconds["cold"] / seconds[w] for w in ways[::2]},
            **{f"{way}_seconds": seconds[way] for way in ways},
            **{f"{way}_iterations": runs[way][0][0].iterations for way in ways},
            "share_changed": start.share,
            "objective_gap": gap,
        }
    return found


def _gap(one: Solution, other: Solution) -> float:
    return abs(one.objective / other.objective - 1.0)


def _timed(problem: Problem, way: str, basis: Basis) -> tuple[Solution, float]:
    """Load and solve; the loading counts on all sides."""
    begun = time.perf_counter()
    if way == "coarse":
        solution = from_nothing(problem)
    else:
        solver = Solver(problem)
        if way == "warm":
            solver.set_basis(basis)
        solution = solver.solve()
    return solution, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--periods", type=int, default=365, help="of the family")
    parser.add_argument("--days", type=int, default=90, help="of the example book")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="a short form")
    words = parser.parse_args()
    periods, days, repeats = words.periods, words.days, words.repeats
    if words.smoke:
        periods, days, repeats = 26, 7, 1
    base, problem, cases = family(periods)
    result: dict[str, Any] = {
        "family": {"periods": periods, **raced(base, problem, cases, repeats)}
    }
    base, problem, cases, writes = book(days)
    result["book"] = {"days": days, **writes, **raced(base, problem, cases, repeats)}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
