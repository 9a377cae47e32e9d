"""Prices as sums: exact for every balance and period, tied or not."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.plan.equal_rent import equal_rent_of
from orebook.plan.face import Face, dual_face
from orebook.plan.factor import factorise
from orebook.plan.lp import Problem
from orebook.plan.made_of import MadeOf, made_of
from orebook.plan.make import make_plan
from orebook.plan.prices import one_sided_of
from orebook.plan.solve import Solver
from orebook.plan.vertex import face_of, standing
from tests.plan.chains import V3_FACTORS
from tests.plan.examples import example_plan
from tests.plan.linear import MATERIALS, UNITS, chain8, food, series, tied

SIDES = ("bid", "ask")


def faced(problem: Problem) -> tuple[Face, np.ndarray]:
    """Return the face of a problem and its published duals."""
    face = dual_face(factorise(problem, Solver(problem).optimal()))
    equal = np.flatnonzero(problem.row_lower == problem.row_upper)
    return face, equal_rent_of(face, free_rows=equal)


def check_sum(made: MadeOf, value: float) -> None:
    """Check that parts sum to the price, and those at market prices to its side."""
    size = max(1.0, *(abs(s.money) for s in made.shares), abs(made.price))
    assert abs(made.left_over) <= 1e-9 * size
    assert abs(made.value - value) <= 1e-9 * size
    rents = [s.money for s in made.shares if s.kind == "rent"]
    signs = np.array(rents) * (1.0 if made.side == "bid" else -1.0)
    assert (signs >= 0.0).all()  # a limit left gives up rent, or takes it


PROBLEMS = {
    "V1": series([10, 20], [100, 100], ore=50, product=300),
    "V2": series([10, 20, 5, 8, 12, 30, 40], [100] * 7, ore=50, product=300),
    "V3": chain8(V3_FACTORS),
    "V4": chain8({}),
    "V4 with capacity rows": chain8({}, as_rows=True),
    "V5": chain8(V3_FACTORS, weeks=4),
    "V7": food(),
} | {f"random {seed}": tied(seed) for seed in range(25)}


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
@pytest.mark.parametrize("side", SIDES)
def test_parts_sum_to_the_price_on_every_case(problem: Problem, side: str) -> None:
    """Planning cases V1-V5 and V7, and random problems full of ties: to 1e-9."""
    face, dual = faced(problem)
    rows = np.flatnonzero(problem.row_lower == problem.row_upper)
    sides = one_sided_of(face, rows, ranges=False)
    values = sides.bid if side == "bid" else sides.ask
    for made, value in zip(made_of(face, dual, rows, side=side), values, strict=True):
        if made is None:
            assert np.isinf(value)
        else:
            check_sum(made, float(value))


@pytest.mark.parametrize("side", SIDES)
def test_parts_sum_to_the_price_of_every_balance_and_month_of_the_example(
    side: str,
) -> None:
    """166 balances x 12 months of the example group, 168 of them tied: to 1e-9."""
    plan = example_plan()
    rows = plan.assembly.problem.rows["balance"].all()
    found = made_of(face_of(plan), plan.row_dual, rows.ravel(), side=side)
    values = (plan.prices.bid if side == "bid" else plan.prices.ask).ravel()
    checked = 0
    for made, value in zip(found, values, strict=True):
        if made is not None:
            check_sum(made, float(value))
            checked += 1
    assert checked == np.isfinite(values).sum()
    assert checked > 0.9 * rows.size
    assert any(m is not None and m.rents for m in found)


def test_a_tied_price_names_who_shares_the_rent() -> None:
    """V4: washed ore is ore and washing at 534.72; washing shares 1/6 of the rent.

    Source: planning case V4, six tied units get 42,408,960 / 6 each; wash runs 92,000.
    """
    problem = chain8({})
    face, dual = faced(problem)
    row = MATERIALS.index("washed_ore")
    made = made_of(face, dual, [row], side="bid")[0]
    rents = [s for s in made.shares if s.kind == "rent"]
    assert [problem.describe_column(s.index).entity for s in rents] == ["wash"]
    assert rents[0].money == pytest.approx(42_408_960 / 6 / 92_000, rel=1e-9)
    assert made.value == pytest.approx(534.72)
    assert made.price == pytest.approx(611.5478, rel=1e-6)
    less = made_of(face, dual, [row], side="ask")[0]
    others = {
        problem.describe_column(s.index).entity for s in less.shares if s.kind == "rent"
    }
    assert others == set(UNITS) - {"wash", "cogen", "smelt"}


def test_a_unique_price_leads_to_its_market() -> None:
    """V3: one more hydrate saves what the rest of the chain earns less of alumina.

    Hydrate is worth alumina 3,050 less coal, power and cost of calcining, per 1.53 t.
    """
    problem = chain8(V3_FACTORS)
    face, dual = faced(problem)
    made = made_of(face, dual, [MATERIALS.index("hydrate")], side="bid")[0]
    parts = {
        (label.block, label.entity): s.money
        for s in made.shares
        for label in [problem.describe_column(s.index)]
    }  # fmt: skip
    assert parts == pytest.approx(
        {
            ("sell", "alumina"): 3050 / 1.53,
            ("buy", "coal"): -0.11 * 650 / 1.53,
            ("run", "calcine"): -40 / 1.53,
            ("buy", "power"): -0.025 * 430 / 1.53,
        }
    )
    assert made.rents == 0.0


def test_a_plan_without_a_basis_is_solved_again() -> None:
    plan = example_plan(1)
    bare = make_plan(plan.network, plan.assembly.conditions)
    assert standing(bare).objective == pytest.approx(standing(plan).objective)


def test_another_side_is_refused() -> None:
    face, dual = faced(chain8({}))
    with pytest.raises(InputError, match="'bid' or 'ask'"):
        made_of(face, dual, [0], side="left")  # type: ignore[arg-type]
