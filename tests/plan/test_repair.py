"""Repairs make a plan possible, nothing less does, and no unit of measure matters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebook.chain.calendar import horizon, period
from orebook.errors import InfeasibleError
from orebook.plan.assemble import assemble
from orebook.plan.conditions import conditions
from orebook.plan.infeasible import contradiction
from orebook.plan.lp import Problem
from orebook.plan.make import make_plan
from orebook.plan.repair import (
    Requirement,
    alone,
    cheapest_gives,
    given,
    levels,
    outlet,
    requirement_of,
)
from orebook.plan.solve import Solver
from orebook.process.network import network
from tests.plan.chains import V3_FACTORS, chain8
from tests.plan.examples import edited, example_chain, example_conditions

WEEK = horizon(period("2026-W01"), 1)


def promised(amount: float) -> Problem:
    """Return chain8 with a weekly promise of metal; the smelter makes 10,000 t."""
    chain = edited(chain8(), "sales", "aluminium", min=f"{amount} t/week")
    return assemble(network(chain), conditions(chain, WEEK, known_until=None)).problem


def possible(problem: Problem) -> bool:
    return Solver(problem).solve().status == "optimal"


def test_the_cheapest_repair_makes_a_plan_possible_and_no_less_would() -> None:
    """12,000 t promised of 10,000: a quantity gives before a plant (stiffness 3)."""
    problem = promised(12_000)
    gives = cheapest_gives(problem)
    assert [(g.kind, g.subject, g.side) for g in gives] == [
        ("sell", "aluminium:aluminium", "min")
    ]
    assert gives[0].amount == pytest.approx(2_000)
    assert gives[0].after == pytest.approx(10_000)
    assert gives[0].cost == pytest.approx(2_000 * 19_600)
    assert possible(given(problem, gives))
    less = [replace(g, amount=0.999 * g.amount) for g in gives]
    assert not possible(given(problem, less))


def test_each_way_alone_and_none_where_alone_it_cannot() -> None:
    problem = promised(12_000)
    smelter = Requirement("capacity", "smelt:throughput", "max")
    gives = alone(problem, smelter)
    assert gives is not None
    assert gives[0].amount == pytest.approx(2_000)
    assert possible(given(problem, gives))
    assert alone(problem, Requirement("capacity", "calcine:throughput", "max")) is None
    named = {requirement_of(problem, m) for m in contradiction(problem)}
    assert smelter in named
    assert None in named  # a balance, or that nothing runs backwards


def test_a_possible_plan_needs_no_repair() -> None:
    assert cheapest_gives(promised(9_000)) == ()


@pytest.mark.parametrize("seed", range(5))
def test_the_repair_does_not_depend_on_units_of_measure(seed: int) -> None:
    """Rows and columns in units of their own: the same money, the same amounts."""
    problem = promised(12_000)
    rng = np.random.default_rng(seed)
    rows, columns = problem.shape
    row_unit, unit = (
        10.0 ** rng.integers(-2, 3, rows),
        10.0 ** rng.integers(-2, 3, columns),
    )
    matrix = problem.matrix.multiply(row_unit[:, None]).multiply(1.0 / unit).tocsc()
    changed = replace(
        problem,
        cost=problem.cost / unit,
        lower=problem.lower * unit,
        upper=problem.upper * unit,
        matrix=matrix,
        row_lower=problem.row_lower * row_unit,
        row_upper=problem.row_upper * row_unit,
    )
    level = levels(problem) / np.concatenate([unit, row_unit])
    assert levels(changed) == pytest.approx(level, rel=1e-9)
    one, other = cheapest_gives(problem), cheapest_gives(changed)
    assert [g.subject for g in other] == [g.subject for g in one]
    assert sum(g.cost for g in other) == pytest.approx(sum(g.cost for g in one))


def test_an_infeasible_plan_says_its_repair_in_words_and_as_data() -> None:
    chain = edited(chain8(V3_FACTORS), "sales", "aluminium", min="12000 t/week")
    with pytest.raises(InfeasibleError) as caught:
        make_plan(network(chain), conditions(chain, WEEK, known_until=None))
    text = str(caught.value)
    assert "cheapest repair: lower sale aluminium in 2026-W01 by 2,000 t" in text
    assert "or alone: raise capacity smelt in 2026-W01 by 2,000 t" in text
    details = caught.value.details
    assert details["repair"][0]["amount"] == pytest.approx(2_000)
    assert details["repair"][0]["unit"] == "t"
    assert {
        "kind": "capacity",
        "subject": "smelt:throughput",
        "side": "max",
    } in details["contradiction"]
    assert [a for a in details["alone"] if a["gives"] is None] == []


def test_the_example_with_too_much_promised_is_made_possible() -> None:
    """60 kt of premium ingot a month cannot be cast; a plan checks the repair."""
    chain = edited(
        example_chain(),
        "sales",
        "sc-ingot-premium",
        min="60 kt/month",
        max="70 kt/month",
    )
    assembly = assemble(network(chain), example_conditions(2))
    gives = cheapest_gives(assembly.problem)
    assert gives
    assert {g.subject for g in gives} == {"sc-ingot-premium"}
    assert not possible(assembly.problem)
    assert possible(given(assembly.problem, gives))


def test_a_waste_without_a_way_out_is_named() -> None:
    """Ash of one site cannot be sold any more: an outlet for it is asked for."""
    chain = example_chain()
    less = tuple(s for s in chain.sales if s.id != "sc-ash")
    assert len(less) == len(chain.sales) - 1
    chain = chain.model_copy(update={"sales": less})
    with pytest.raises(InfeasibleError) as caught:
        make_plan(network(chain), example_conditions(1))
    assert "find an outlet for" in str(caught.value)
    outlets = caught.value.details["outlets"]
    assert {g["subject"] for g in outlets} == {"ash@sc-station"}
    assembly = assemble(network(chain), example_conditions(1))
    gives = outlet(assembly.problem, "ash@sc-station")
    assert gives is not None
    assert possible(given(assembly.problem, gives))
