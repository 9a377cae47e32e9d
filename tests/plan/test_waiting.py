"""Limits that wait: what holds them back, proved by loosening just that."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.plan.equal_rent import equal_rent_of
from orebook.plan.face import dual_face
from orebook.plan.factor import factorise
from orebook.plan.lp import Problem
from orebook.plan.solve import Solver
from orebook.plan.vertex import face_of
from orebook.plan.waiting import Waiting, nearly_full, waiting
from tests.plan.chains import V3_FACTORS
from tests.plan.examples import example_plan
from tests.plan.linear import chain8


def waits(problem: Problem, *names: tuple[str, str, str]) -> tuple[Waiting, ...]:
    """Return what some limits of a problem lose to."""
    face = dual_face(factorise(problem, Solver(problem).optimal()))
    free = problem.rows["balance"].all().ravel()
    return waiting(face, equal_rent_of(face, free_rows=free), names, period=0)


def test_v3_a_slack_section_loses_to_the_bottleneck() -> None:
    """V3: calcine (42,000) and digest wait for precip (40,000), 2,000 more of it."""
    problem = chain8(V3_FACTORS)
    one = waits(problem, ("run", "calcine", "max"))[0]
    assert (one.limit, one.used, one.gap) == pytest.approx((42_000, 40_000, 2_000))
    hold = one.holds[0]
    assert (hold.kind, hold.subject, hold.side) == ("run", "precip", "max")
    assert hold.rate == pytest.approx(1.0)
    assert hold.needed == pytest.approx(2_000)
    assert hold.rent == pytest.approx(1060.224)


def test_loosening_just_what_holds_it_makes_it_bind() -> None:
    """Wash (96,600, 92,000 used) waits for precip at 2.3 t of slurry per unit."""
    problem = chain8(V3_FACTORS)
    one = waits(problem, ("run", "wash", "max"))[0]
    hold = next(h for h in one.holds if h.subject == "precip")
    assert hold.rate == pytest.approx(2.3)
    solver = Solver(problem)
    place = problem.columns["run"].index("precip", 0)
    solver.change_bounds([place], 0.0, hold.limit + hold.needed)
    moved = solver.solve()
    wash = problem.columns["run"].index("wash", 0)
    assert moved.x[wash] == pytest.approx(one.limit)


def test_a_limit_that_binds_does_not_wait() -> None:
    problem = chain8(V3_FACTORS)
    assert waits(problem, ("run", "precip", "max")) == ()
    assert waits(problem, ("run", "calcine", "min")) == ()  # nothing runs backwards


def test_the_example_names_what_is_nearly_full_and_what_it_loses_to() -> None:
    """Each rate of the first month is that of a plan solved with that limit looser."""
    plan = example_plan()
    face = face_of(plan)
    names = nearly_full(face, 0)
    assert ("capacity", "sc-green-mill:throughput", "max") in names
    found = waiting(face, plan.row_dual, names, period=0)
    assert {(w.kind, w.subject, w.side) for w in found} == names
    one = next(w for w in found if w.subject == "sc-green-mill:throughput")
    assert one.used >= 0.95 * one.limit
    hold = one.holds[0]
    assert hold.subject == "sc-bake:throughput"  # the anodes are baked first
    problem = plan.assembly.problem
    row = problem.rows["capacity"].index(hold.subject, 0)
    own = problem.rows["capacity"].index(one.subject, 0)
    solver = Solver(problem)
    solver.change_row_bounds([row], -np.inf, hold.limit + 10.0)
    used = float((problem.matrix @ solver.solve().x)[own])
    assert used == pytest.approx(one.used + 10.0 * hold.rate, rel=1e-9)
