"""The published prices are the same whatever the solver, the order or the units.

Twenty changes of everything for each case: entities of the book in another order, rows
and columns permuted, each in a unit of its own, and another way to solve.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csc_array, diags_array

from orebook.chain.chain import Chain
from orebook.errors import InputError
from orebook.plan.assemble import assemble
from orebook.plan.conditions import Conditions, conditions
from orebook.plan.equal_rent import equal_rent, equal_rent_of
from orebook.plan.face import dual_face
from orebook.plan.factor import factorise
from orebook.plan.lp import Problem
from orebook.plan.prices import one_sided_of
from orebook.plan.replan import StandingPlan, stand
from orebook.plan.solve import Settings, Solver
from orebook.process.network import network
from tests.plan.chains import V3_FACTORS
from tests.plan.chains import chain8 as chain8_book
from tests.plan.examples import example_chain, example_conditions, example_plan
from tests.plan.linear import chain8
from tests.plan.works import charge, load, smelter

WAYS = (
    Settings(),
    Settings(presolve=False),
    Settings(method="simplex", seed=7),
    Settings(method="simplex", presolve=False, seed=3),
    Settings(method="ipm"),
    Settings(method="ipm", presolve=False, seed=5),
)
"""Simplex and interior point with crossover, presolve on and off, other seeds."""
TIMES = 20


def stirred(
    problem: Problem, rng: np.random.Generator
) -> tuple[Problem, np.ndarray, np.ndarray]:
    """Permute rows and columns and give each a unit of its own, sparsely.

    Returns the problem, the original row of each new row, and what a new dual is to be
    multiplied by to be one of the original.
    """
    rows, columns = problem.shape
    order, place = rng.permutation(rows), rng.permutation(columns)
    row_unit = 10.0 ** rng.uniform(-1, 1, rows)
    unit = 10.0 ** rng.uniform(-1, 1, columns)
    matrix = diags_array(row_unit) @ problem.matrix @ diags_array(1.0 / unit)
    changed = replace(
        problem,
        cost=(problem.cost / unit)[place],
        lower=(problem.lower * unit)[place],
        upper=(problem.upper * unit)[place],
        integer=problem.integer[place],
        matrix=csc_array(csc_array(matrix.tocsr()[order])[:, place]),
        row_lower=(problem.row_lower * row_unit)[order],
        row_upper=(problem.row_upper * row_unit)[order],
    )
    return changed, order, row_unit[order]


def priced(
    problem: Problem, free: np.ndarray, settings: Settings, fixed: np.ndarray = ()
) -> dict[str, np.ndarray]:
    """Return published price, bid and ask of the free rows, and the group's rents."""
    solution = Solver(problem, settings).optimal()
    face = dual_face(factorise(problem, solution))
    dual = equal_rent_of(face, free_rows=free, free_columns=fixed)
    sides = one_sided_of(face, free, ranges=False)
    reduced = problem.cost - problem.matrix.T @ dual
    rents = -(reduced @ solution.x) - dual @ (problem.matrix @ solution.x)
    profit = problem.offset - solution.objective
    assert rents == pytest.approx(profit, rel=1e-6)  # accounts close to the profit
    return {"price": dual[free], "bid": sides.bid, "ask": sides.ask}


def compare(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> float:
    """Return the largest relative difference of prices, bids and asks."""
    worst = 0.0
    for name, values in expected.items():
        finite = np.isfinite(values)
        assert (np.isfinite(found[name]) == finite).all(), name
        level = np.maximum(np.abs(expected["price"][finite]), 1e-2)
        gap = np.abs(found[name][finite] - values[finite]) / level
        worst = max(worst, float(gap.max(initial=0.0)))
    return worst


def v5() -> Problem:
    """Return case V5: four weeks, a store, half a calciner in week 3."""
    solver = Solver(chain8(V3_FACTORS, weeks=4))
    columns = solver.problem.columns
    run, buy, sell = columns["run"], columns["buy"], columns["sell"]
    solver.change_costs(buy.index("alumina", range(4)), [3150, 3050, 3300, 3220])
    solver.change_costs(sell.index("alumina", range(4)), [-3050, -2950, -3200, -3120])
    solver.change_bounds([run.index("calcine", 2)], 0, 21_000)
    solver.change_bounds([run.index("smelt", 3)], 0, 9_000)
    return solver.problem


CASES = {"V3": chain8(V3_FACTORS), "V4": chain8({}), "V5": v5()}


@pytest.mark.parametrize("problem", CASES.values(), ids=CASES)
def test_chain8_prices_whatever_order_units_and_solver(problem: Problem) -> None:
    """V3-V5: prices, bids and asks to 1e-9 over twenty changes; accounts close."""
    free = problem.rows["balance"].all().ravel()
    opening = problem.columns.get("opening")
    fixed = np.zeros(0, int) if opening is None else opening.all().ravel()
    expected = priced(problem, free, Settings(), fixed)
    rng = np.random.default_rng(20260501)
    for number in range(TIMES):
        changed, order, unit = stirred(problem, rng)
        back = np.empty(order.size, int)
        back[order] = np.arange(order.size)
        bare = replace(changed, columns={}, rows={})
        found = _priced_back(bare, back[free], unit, WAYS[number % len(WAYS)])
        assert compare(found, expected) < 1e-9


def _priced_back(
    problem: Problem, rows: np.ndarray, unit: np.ndarray, way: Settings
) -> dict[str, np.ndarray]:
    found = priced(problem, rows, way)
    return {name: values * unit[rows] for name, values in found.items()}


def shuffled(chain: Chain, rng: np.random.Generator) -> Chain:
    """Return a book with its entries in another order."""
    families = (
        "units",
        "stores",
        "routes",
        "purchases",
        "sales",
        "limits",
        "materials",
        "demand_charges",
    )
    parts = {}
    for name in families:
        rows = getattr(chain, name)
        parts[name] = tuple(rows[i] for i in rng.permutation(len(rows)))
    return chain.model_copy(update=parts)


def book_prices(
    chain: Chain, known: Conditions, rng: np.random.Generator, way: Settings
) -> tuple[list[str], dict[str, np.ndarray]]:
    """Return the prices of a book in another order, stirred and solved another way."""
    made = assemble(network(shuffled(chain, rng)), known)
    block = made.problem.rows["balance"]
    changed, order, unit = stirred(made.problem, rng)
    back = np.empty(order.size, int)
    back[order] = np.arange(order.size)
    bare = replace(changed, columns={}, rows={})
    found = _priced_back(bare, back[block.all().ravel()], unit, way)
    return list(block.entities), found


def in_order_of(names: list[str], plan: StandingPlan, values: np.ndarray) -> np.ndarray:
    """Return prices by balance in the order of a plan."""
    table = dict(zip(names, values.reshape(len(names), -1), strict=True))
    return np.array([table[str(b)] for b in plan.network.balances]).ravel()


def check_book(plan: StandingPlan, chain: Chain, times: int, seed: int) -> None:
    """Check that a book gives the plan's prices in every order, unit and way."""
    known = plan.assembly.conditions
    rng = np.random.default_rng(seed)
    p = plan.prices
    expected = {"price": p.price.ravel(), "bid": p.bid.ravel(), "ask": p.ask.ravel()}
    for number in range(times):
        names, found = book_prices(chain, known, rng, WAYS[number % len(WAYS)])
        same = {k: in_order_of(names, plan, v) for k, v in found.items()}
        assert compare(same, expected) < 1e-6, number


def test_the_book_of_chain8_in_twenty_orders() -> None:
    """V4 as a book: entities, rows, columns, units and solver changed twenty times."""
    from orebook.chain.calendar import horizon, period

    chain = chain8_book()
    known = conditions(chain, horizon(period("2026-W01"), 2), known_until=None)
    check_book(stand(network(chain), known), chain, TIMES, 4)


@pytest.mark.slow
def test_days_under_a_demand_charge_in_twenty_orders() -> None:
    """Sixty-one days alike, one billed load a month: the same over twenty changes."""
    from orebook.chain.calendar import horizon, period

    rated = {"peak": "100 MW", "valley": "100 MW"}
    chain = smelter(load("load_shift", limits=rated), metal=5300.0, charges=(charge(),))
    days = horizon(period("2026-05-01"), 61)
    known = conditions(chain, days, known_until=None)
    check_book(stand(network(chain), known), chain, TIMES, 61)


@pytest.mark.slow
def test_the_example_in_twenty_orders() -> None:
    """Twelve months, 1,992 prices: the same to 1e-6 over twenty changes of all."""
    check_book(example_plan(), example_chain(), TIMES, 13)


@pytest.mark.parametrize("way", WAYS)
def test_accounts_close_whatever_the_way(way: Settings) -> None:
    """Centres' rents and fixed costs are the group's margin to 1e-6 relative."""
    made = assemble(network(example_chain()), example_conditions(2))
    block = made.problem.rows["balance"]
    priced(made.problem, block.all().ravel(), way)


@pytest.mark.parametrize("presolve", [True, False])
def test_an_interior_point_without_a_basis_gives_no_price(presolve: bool) -> None:
    """No vertex, no price: refused with what to do, not guessed (solver trap 4.3)."""
    problem = chain8({})
    way = Settings(method="ipm", crossover=False, presolve=presolve)
    solution = Solver(problem, way).optimal()
    with pytest.raises(InputError, match="solve with crossover or by simplex"):
        equal_rent(problem, solution, free_rows=problem.rows["balance"].all().ravel())
