"""Worth and reach of binding limits against plans solved again with more of each."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.plan.equal_rent import equal_rent_of
from orebook.plan.face import dual_face
from orebook.plan.factor import factorise
from orebook.plan.limit_worth import LimitWorth, ranged_periods, worths
from orebook.plan.lp import Builder, Problem
from orebook.plan.solve import Settings, Solution, Solver
from tests.plan.chains import V3_FACTORS
from tests.plan.examples import example_conditions, example_plan
from tests.plan.linear import chain8, tied


def found(problem: Problem) -> tuple[LimitWorth, ...]:
    """Return the worths of all binding limits of a problem."""
    face = dual_face(factorise(problem, Solver(problem).optimal()))
    equal = np.flatnonzero(problem.row_lower == problem.row_upper)
    return worths(face, equal_rent_of(face, free_rows=equal), periods=100)


def saved(solver: Solver, base: Solution, x: LimitWorth, length: float) -> float:
    """Return what loosening a limit saves, from a plan solved again."""
    now, up = solver.problem, x.side == "max"
    step = (0.0, length) if up else (-length, 0.0)
    change = solver.change_row_bounds if x.row else solver.change_bounds
    low, high = (
        (now.row_lower[x.index], now.row_upper[x.index])
        if x.row
        else (now.lower[x.index], now.upper[x.index])
    )
    change([x.index], low + step[0], high + step[1])
    moved = solver.solve()
    change([x.index], low, high)
    return -float(now.cost @ (moved.x - base.x))


def check(problem: Problem, limits: tuple[LimitWorth, ...]) -> None:
    """Check each worth at its whole reach, or one unit where it has no end."""
    solver = Solver(problem, Settings(method="simplex"))
    base = solver.solve()
    for x in limits:
        length = x.up_to if np.isfinite(x.up_to) else 1.0
        gain = saved(solver, base, x, length)
        assert gain == pytest.approx(x.worth * length, rel=1e-6, abs=1e-6), x


def test_v3_one_more_of_the_bottleneck_and_up_to_where() -> None:
    """V3: precip earns 42,408,960 / 40,000 per unit until 5 % slack is used up."""
    limits = {x.subject: x for x in found(chain8(V3_FACTORS))}
    precip = limits["precip"]
    assert precip.worth == precip.rent == pytest.approx(1060.224)
    assert precip.up_to == pytest.approx(2_000)
    assert precip.money == pytest.approx(42_408_960)
    assert not precip.shared
    check(chain8(V3_FACTORS), tuple(limits.values()))


def test_v4_equal_bottlenecks_share_and_are_worth_nothing_alone() -> None:
    """V4: six tied units share the rent; more of one alone helps nobody."""
    limits = {x.subject: x for x in found(chain8({}))}
    for unit in ("wash", "slurry_prep", "digest", "precip", "calcine", "boiler"):
        assert limits[unit].money == pytest.approx(42_408_960 / 6)
        assert limits[unit].worth == 0.0
        assert limits[unit].shared
    check(chain8({}), tuple(limits.values()))


@pytest.mark.parametrize("seed", range(25))
def test_random_ties_against_resolves(seed: int) -> None:
    problem = tied(seed)
    if "balance" not in problem.rows:
        check(problem, found(problem))


def test_every_limit_of_the_first_month_of_the_example() -> None:
    """Some 90 limits of the group: each worth is the difference of two plans."""
    plan = example_plan()
    first = tuple(x for x in plan.limits if x.period == 0)
    assert len(first) > 60
    check(plan.assembly.problem, tuple(x for x in first if x.worth > 0.0))


def test_limits_stand_in_the_plan_with_stable_names() -> None:
    plan = example_plan()
    rows = plan.to_dict()["limits"]
    assert len(rows) == len(plan.limits)
    assert set(rows[0]) == {
        "kind", "subject", "period", "side", "limit", "rent_cny", "worth_cny",
        "up_to", "money_cny", "unit",
    }  # fmt: skip
    assert {r["period"] for r in rows} == {p.name for p in plan.periods}
    pots = next(r for r in rows if r["subject"] == "sc-potline-1:pots")
    assert (pots["kind"], pots["unit"], pots["side"]) == ("capacity", "h", "max")


def test_ranges_are_worked_out_where_they_are_cheap() -> None:
    """A year of months whole; a year of days the first period only."""
    plan = example_plan()
    assert plan.prices.bid_range.shape == plan.prices.price.shape
    assert (plan.prices.bid_range[np.isfinite(plan.prices.bid)] >= 0.0).all()
    problem = plan.assembly.problem
    assert ranged_periods(problem) == 12
    assert ranged_periods(problem, asked=3) == 3
    large = Builder(periods=365)
    large.rows("balance", [f"g{i}" for i in range(163)], lower=0.0, upper=0.0)
    large.rows("capacity", [f"u{i}" for i in range(136)], lower=0.0, upper=0.0)
    assert ranged_periods(large.problem()) == 1


def test_fewer_ranges_when_asked() -> None:
    from orebook.plan.make import make_plan

    plan = make_plan(example_plan(2).network, example_conditions(2), ranges=1)
    assert plan.prices.ranged == 1
    rows = plan.price_rows()
    assert {r["bid_range"] for r in rows if r["period"] == "2026-06"} == {None}
    assert {x.period for x in plan.limits} == {0}
