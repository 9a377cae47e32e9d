"""The settlement price: published cases, and the same number whatever the route."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from orebook.plan.equal_rent import equal_rent, rent_money
from orebook.plan.factor import reduced_costs
from orebook.plan.lp import Builder, Problem
from orebook.plan.prices import one_sided
from orebook.plan.quadratic import Squares, nearest
from orebook.plan.solve import Settings, Solver
from tests.plan.chains import V3_FACTORS
from tests.plan.linear import (
    MATERIALS,
    UNITS,
    chain8,
    food,
    reshuffled,
    series,
    tied,
)

ROUTES = (
    Settings(),
    Settings(presolve=False),
    Settings(method="ipm"),
    Settings(method="simplex", seed=7),
)


def _priced(problem: Problem, options: Settings | None = None) -> np.ndarray:
    rows = problem.rows["balance"].all()
    return equal_rent(problem, Solver(problem, options).optimal(), free_rows=rows)


def test_v1_and_the_unique_case_beside_it() -> None:
    """V1: 170, rents 11,000 each; B a little larger: 280, A earns 22,000."""
    problem = series([10, 20], [100, 100], ore=50, product=300)
    price = _priced(problem)
    assert price == pytest.approx([50, 170, 300], rel=1e-10)
    money = rent_money(problem, Solver(problem).optimal(), price)
    assert money.columns[:2] == pytest.approx([11_000, 11_000], rel=1e-10)
    wider = series([10, 20], [100, 100.001], ore=50, product=300)
    price = _priced(wider)
    assert price[1] == pytest.approx(280)
    money = rent_money(wider, Solver(wider).optimal(), price)
    assert money.columns[:2] == pytest.approx([22_000, 0], abs=1e-6)


def test_v2_seven_equal_units() -> None:
    """V2: equal rents 125/7 per t along the series; profit 12,500."""
    problem = series([10, 20, 5, 8, 12, 30, 40], [100] * 7, ore=50, product=300)
    assert Solver(problem).optimal().objective == pytest.approx(-12_500)
    assert _priced(problem)[1:] == pytest.approx(
        [77.857143, 115.714286, 138.571429, 164.428571, 194.285714, 242.142857, 300],
        abs=1e-6,
    )


@pytest.mark.parametrize("options", ROUTES)
@pytest.mark.parametrize("as_rows", [False, True])
def test_v4_equal_rents_of_the_balanced_chain(options: Settings, as_rows: bool) -> None:
    """V4: six tied units get 42,408,960 / 6 each; capacities as bounds or as rows."""
    problem = chain8({}, as_rows=as_rows)
    price = dict(zip(MATERIALS, _priced(problem, options)[:12], strict=True))
    for name, value in {
        "washed_ore": 611.5478, "slurry": 804.9557, "liquor": 2442.6094,
        "hydrate": 1798.0693, "steam": 205.4421, "alumina": 3050.0,
    }.items():  # fmt: skip
        assert price[name] == pytest.approx(value, rel=1e-7)
    money = rent_money(problem, Solver(problem).optimal(), _priced(problem, options))
    earned = money.rows[12:] if as_rows else money.columns[:8]
    rents = dict(zip(UNITS, earned, strict=True))
    for unit in ("wash", "slurry_prep", "digest", "precip", "calcine", "boiler"):
        assert rents[unit] == pytest.approx(42_408_960 / 6, rel=1e-9)
    assert rents["cogen"] == pytest.approx(12_120_000, rel=1e-9)
    assert rents["smelt"] == pytest.approx(52_607_500, rel=1e-9)
    assert sum(rents.values()) == pytest.approx(107_136_460, rel=1e-9)


def test_v4_does_not_depend_on_order_units_or_solver() -> None:
    """Twenty permutations with units changed by 1e-2..1e2, each by another route."""
    problem = chain8({})
    expected = _priced(problem)
    rng = np.random.default_rng(8)
    for number in range(20):
        changed, order, unit = reshuffled(problem, rng)
        solution = Solver(changed, ROUTES[number % len(ROUTES)]).optimal()
        dual = equal_rent(changed, solution, free_rows=np.arange(12))
        back = np.empty(12)
        back[order] = dual * unit
        assert back == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_random_ties_have_one_answer_inside_bid_and_ask(seed: int) -> None:
    problem = tied(seed)
    solution = Solver(problem).solve()
    equal = problem.row_lower == problem.row_upper
    price = equal_rent(problem, solution, free_rows=np.flatnonzero(equal))
    sides = one_sided(problem, solution, np.arange(price.size))
    assert (sides.bid - 1e-8 <= price).all()
    assert (price <= sides.ask + 1e-8).all()
    rng = np.random.default_rng(seed)
    for options in ROUTES[1:3]:
        changed, order, unit = reshuffled(problem, rng)
        other = Solver(changed, options).optimal()
        dual = equal_rent(changed, other, free_rows=np.flatnonzero(equal[order]))
        back = np.empty(price.size)
        back[order] = dual * unit
        assert back == pytest.approx(price, rel=1e-7, abs=1e-7)


def test_v14_money_does_not_depend_on_the_unit_of_mass() -> None:
    """V14: masses times 1e-3, prices times 1e3: same plan, same rents in money."""
    tonnes, kilotonnes = chain8({}), chain8({}, mass=1e-3)
    assert _priced(kilotonnes) == pytest.approx(_priced(tonnes) * 1e3, rel=1e-10)


def test_v5_four_weeks_with_a_store_close_to_the_profit() -> None:
    """V5 (constructed): alumina store, half a calciner in week 3, 90 % smelter in 4."""
    solver = Solver(chain8(V3_FACTORS, weeks=4))
    columns, rows = solver.problem.columns, solver.problem.rows
    run, buy, sell = columns["run"], columns["buy"], columns["sell"]
    solver.change_costs(buy.index("alumina", range(4)), [3150, 3050, 3300, 3220])
    solver.change_costs(sell.index("alumina", range(4)), [-3050, -2950, -3200, -3120])
    solver.change_bounds([run.index("calcine", 2)], 0, 21_000)
    solver.change_bounds([run.index("smelt", 3)], 0, 9_000)
    solution, problem = solver.optimal(), solver.problem
    assert solution.objective == pytest.approx(-421_840_584, rel=1e-9)
    stock = columns["stock"]
    assert solution.x[stock.all()[0]] == pytest.approx([0, 15_000, 0, 0], abs=1e-6)
    assert solution.x[sell.index("alumina", range(4))] == pytest.approx(
        [25_750, 5_750, 16_750, 22_675]
    )
    price = equal_rent(
        problem, solution, free_rows=rows["balance"].all().ravel(),
        free_columns=columns["opening"].all().ravel(),
    )  # fmt: skip
    assert price[rows["balance"].index("hydrate", range(4))] == pytest.approx(
        [1913.5621, 1848.2026, 1220.6052, 1959.3137], abs=1e-4
    )
    money = rent_money(problem, solution, price).columns
    unit = money[run.all()]
    assert unit[UNITS.index("precip")] == pytest.approx(
        [42_408_960, 38_408_960, 0, 45_208_960], abs=1e-3
    )
    assert unit[UNITS.index("calcine"), 2] == pytest.approx(25_414_704)
    assert unit[UNITS.index("cogen")] == pytest.approx([12_120_000] * 4)
    assert unit[UNITS.index("smelt")] == pytest.approx(
        [52_607_500, 54_532_500, 49_720_000, 46_134_000]
    )
    assert unit.sum() == pytest.approx(402_915_584, rel=1e-9)
    opening = money[columns["opening"].all()].sum()
    assert opening == pytest.approx(5_000 * 3_050)
    store = money[stock.all()].sum()
    assert store == pytest.approx(15_000 * (3_200 - 2_950 - 5))
    assert unit.sum() + opening + store == pytest.approx(-solution.objective, rel=1e-9)


@pytest.mark.parametrize(
    "problem", [chain8({}), chain8(V3_FACTORS), food(), *map(tied, range(10))]
)
def test_accounts_close_to_the_profit(problem: Problem) -> None:
    """All rents and the sales of fixed demand are the group's profit, to 1e-9."""
    solution = Solver(problem).optimal()
    equal = np.flatnonzero(problem.row_lower == problem.row_upper)
    money = rent_money(
        problem, solution, equal_rent(problem, solution, free_rows=equal)
    )
    total = money.columns.sum() + money.rows.sum()
    assert total == pytest.approx(-solution.objective, rel=1e-9, abs=1e-9)


def test_v6_storage_links_settlement_prices() -> None:
    """V6 at the settlement price: p(t+1) = p(t) + 5 where stock is inside bounds."""
    problem = food()
    solution = Solver(problem).optimal()
    price = _priced(problem)[problem.rows["balance"].all()]
    stock = solution.x[problem.columns["stock"].all()][:, :-1]
    inside = (stock > 1e-6) & (stock < 1000 - 1e-6)
    assert price[:, 1:][inside] == pytest.approx(price[:, :-1][inside] + 5, abs=1e-8)


def test_an_idle_good_is_priced_half_way() -> None:
    """Made at 60 or more, used at 40 or less, hence not at all: 50."""
    builder = Builder(periods=1)
    made = builder.columns("make", ["mill"], cost=60.0)
    used = builder.columns("use", ["kiln"], cost=-40.0)
    row = builder.rows("balance", ["sand"], lower=0.0, upper=0.0)
    builder.entries(row.all(), [[made.start, used.start]], [[1.0, -1.0]])
    assert _priced(builder.problem()) == pytest.approx([50.0])


def test_reduced_costs_belong_to_the_prices() -> None:
    problem = chain8({})
    price = _priced(problem)
    expected = problem.cost - problem.matrix.toarray().T @ price
    assert reduced_costs(problem, price) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_least_squares_over_a_polyhedron_meets_its_optimality_conditions(
    seed: int,
) -> None:
    """The gradient is a combination of the pressing cuts, each with its right sign."""
    rng = np.random.default_rng(seed)
    matrix, start = rng.normal(size=(6, 4)), 3 * rng.normal(size=6)
    cut, most = rng.normal(size=(8, 4)), rng.random(8)
    least = np.where(rng.random(8) < 0.5, -rng.random(8), -np.inf)
    found = nearest(Squares(csr_array(matrix), start, csr_array(cut), least, most))
    value = cut @ found.point
    assert (value >= least - 1e-9).all()
    assert (value <= most + 1e-9).all()
    gradient = matrix.T @ (matrix @ found.point + start)
    force, *_ = np.linalg.lstsq(
        (cut * found.binding[:, None])[found.binding != 0].T, gradient, rcond=None
    )
    assert (force >= -1e-9).all()
    pressed = (cut * found.binding[:, None])[found.binding != 0].T @ force
    assert pressed == pytest.approx(gradient, abs=1e-8)
