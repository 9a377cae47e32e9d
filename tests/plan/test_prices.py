"""One-sided prices, ranges and rents: published cases and re-solved random problems."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebook.errors import DataQualityError, InputError
from orebook.plan.factor import factorise
from orebook.plan.lp import Builder, Problem
from orebook.plan.prices import check_prices, one_sided, rents
from orebook.plan.solve import Settings, Solution, Solver
from tests.plan.chains import V3_FACTORS
from tests.plan.linear import MATERIALS, UNITS, chain8, food, series, tied


def _equal_rows(problem: Problem) -> np.ndarray:
    return np.flatnonzero(problem.row_lower == problem.row_upper)


@pytest.mark.parametrize(
    "options",
    [Settings(), Settings(presolve=False), Settings(method="ipm")],
)
def test_v4_bid_and_ask_of_the_balanced_chain(options: Settings) -> None:
    """V4 of the planning cases (constructed): five intermediates tie."""
    problem = chain8({})
    prices = one_sided(problem, Solver(problem, options).optimal(), np.arange(12))
    bid, ask = (dict(zip(MATERIALS, side, strict=True)) for side in prices)
    expected = {
        "washed_ore": (534.72, 995.6870),
        "slurry": (651.30, 1112.2670),
        "liquor": (1763.694, 2823.918),
        "hydrate": (1220.6052, 1913.5621),
        "steam": (112.44, 670.4526),
        "alumina": (3050.0, 3050.0),
        "power": (430.0, 430.0),
    }
    for name, (low, high) in expected.items():
        assert bid[name] == pytest.approx(low, rel=1e-7), name
        assert ask[name] == pytest.approx(high, rel=1e-7), name
    tied_names = {m for m, t in zip(MATERIALS, prices.ties(), strict=True) if t}
    assert tied_names == {"washed_ore", "slurry", "liquor", "hydrate", "steam"}
    check = check_prices(problem, Solver(problem).optimal(), np.arange(12))
    assert check.worst < 1e-9
    assert (check.checked, check.shortened) == (24, 0)


def test_v1_prices_and_how_far_they_hold() -> None:
    """V1: two equal units in series: bid 60, ask 280, each for all 100 units."""
    problem = series([10, 20], [100, 100], ore=50, product=300)
    prices = one_sided(problem, Solver(problem).optimal(), [1])
    assert prices.bid == pytest.approx([60])
    assert prices.ask == pytest.approx([280])
    assert prices.bid_range == pytest.approx([100])
    assert prices.ask_range == pytest.approx([100])
    wider = series([10, 20], [100, 100.001], ore=50, product=300)
    bid, ask = one_sided(wider, Solver(wider).optimal(), [1])
    assert [bid[0], ask[0]] == pytest.approx([280, 280])


def test_step_longer_than_the_range_is_shortened() -> None:
    """V1 with B's capacity 100.001: the price 280 holds for 0.001 to one side."""
    problem = series([10, 20], [100, 100.001], ore=50, product=300)
    check = check_prices(problem, Solver(problem).optimal(), [1])
    assert check.shortened == 1
    assert check.smallest_step == pytest.approx(0.001)
    assert check.worst < 1e-6
    assert "2 one-sided prices re-solved" in check.summary()


def test_infinite_prices_where_no_unit_can_be_spared_or_taken() -> None:
    """Stock of 3 t, all due: one less is impossible, one more cannot be placed."""
    builder = Builder(periods=1)
    use = builder.columns("use", ["oven"], cost=1.0, lower=3.0, upper=3.0)
    row = builder.rows("balance", ["coke"], lower=-3.0, upper=-3.0)
    builder.entries(row.all(), use.all(), -1.0)
    problem = builder.problem()
    solution = Solver(problem).optimal()
    prices = one_sided(problem, solution, row.all())
    assert prices.bid.tolist() == [-np.inf]
    assert prices.ask.tolist() == [np.inf]
    assert prices.bid_range.tolist() == prices.ask_range.tolist() == [0.0]
    assert prices.middle.tolist() == [0.0]
    assert check_prices(problem, solution, row.all()).worst == 0.0


@pytest.mark.parametrize("seed", range(40))
def test_random_tied_problems_against_resolves(seed: int) -> None:
    """Directional derivatives are the differences of two solved plans."""
    problem = tied(seed)
    solution = Solver(problem).solve()
    rows = _equal_rows(problem)
    prices = one_sided(problem, solution, rows)
    assert (prices.bid <= prices.ask + 1e-9).all()
    check = check_prices(problem, solution, rows)
    assert check.worst < 1e-7
    assert check.checked == 2 * rows.size


@pytest.mark.parametrize("seed", range(40))
def test_ranges_hold_to_their_end(seed: int) -> None:
    """At the whole range the price is still exact."""
    problem = tied(seed)
    check = check_prices(
        problem, Solver(problem).solve(), _equal_rows(problem), step=1e3
    )
    assert check.worst < 1e-7


@pytest.mark.parametrize("seed", range(30))
def test_rents_against_resolves(seed: int) -> None:
    """Loosening a limit a little saves its rent."""
    problem = tied(seed)
    solution = Solver(problem).solve()
    worth = rents(problem, solution)
    step = 1e-3
    solver = Solver(problem)
    base = solver.solve().objective
    for column in np.flatnonzero(np.isfinite(problem.upper)):
        low, high = problem.lower[column], problem.upper[column]
        solver.change_bounds([column], low, high + step)
        saved = (base - solver.solve().objective) / step
        assert saved == pytest.approx(worth.column_upper[column], abs=1e-6)
        solver.change_bounds([column], low - step, high)
        saved = (base - solver.solve().objective) / step
        assert saved == pytest.approx(worth.column_lower[column], abs=1e-6)
        solver.change_bounds([column], low, high)
    for row in np.flatnonzero(problem.row_lower < problem.row_upper):
        low, high = problem.row_lower[row], problem.row_upper[row]
        solver.change_row_bounds([row], low, high + step)
        saved = (base - solver.solve().objective) / step
        assert saved == pytest.approx(worth.row_upper[row], abs=1e-6)
        solver.change_row_bounds([row], low, high)


def test_rents_of_a_bottleneck_and_of_equal_bottlenecks() -> None:
    """V1: alone, more capacity of one of two equal units is worth nothing."""
    equal = series([10, 20], [100, 100], ore=50, product=300)
    assert rents(equal, Solver(equal).optimal()).column_upper[:2].tolist() == [0, 0]
    wider = series([10, 20], [100, 100.001], ore=50, product=300)
    found = rents(wider, Solver(wider).optimal()).column_upper[:2]
    assert found == pytest.approx([220, 0])


def test_capacity_held_at_zero_has_a_rent() -> None:
    """An outage (upper = lower = 0) does not hide what the unit would earn."""
    problem = series([10, 20], [100, 0], ore=50, product=300)
    found = rents(problem, Solver(problem).optimal())
    assert found.column_upper[1] == pytest.approx(220)
    assert found.column_lower[1] == 0.0


def test_v6_price_of_storage() -> None:
    """V6: a stock strictly inside its bounds links prices by the holding cost."""
    problem = food()
    solution = Solver(problem).optimal()
    stock = problem.columns["stock"].all()
    goods = problem.rows["balance"].all()
    inside = (solution.x[stock] > 1e-6) & (solution.x[stock] < 1000 - 1e-6)
    factor = factorise(problem, solution)
    now, then = factor.dual[goods][:, :-1], factor.dual[goods][:, 1:]
    linked = inside[:, :-1]
    assert linked.any()
    assert then[linked] == pytest.approx(now[linked] + 5.0, abs=1e-9)


def test_v14_prices_do_not_depend_on_the_unit_of_mass() -> None:
    """V14: masses times 1e-3 and prices times 1e3."""
    tonnes, kilotonnes = chain8({}), chain8({}, mass=1e-3)
    small = one_sided(kilotonnes, Solver(kilotonnes).optimal(), np.arange(12))
    large = one_sided(tonnes, Solver(tonnes).optimal(), np.arange(12))
    assert small.bid == pytest.approx(large.bid * 1e3, rel=1e-10)
    assert small.ask == pytest.approx(large.ask * 1e3, rel=1e-10)
    assert small.ask_range * 1e3 == pytest.approx(large.ask_range, rel=1e-9)


def test_prices_given_whole_numbers() -> None:
    """A unit switched on by a whole number: prices hold given the decision."""
    builder = Builder(periods=1)
    buy = builder.columns("buy", ["ore"], cost=50.0)
    on = builder.columns("on", ["mill"], cost=30.0, upper=1.0, integer=True)
    run = builder.columns("run", ["mill"], cost=5.0)
    goods = builder.rows("balance", ["ore", "sand"], lower=[[0], [4]], upper=[[0], [4]])
    cap = builder.rows("cap", ["mill"], lower=-np.inf, upper=0.0)
    builder.entries(goods.index("ore"), buy.index(0), 1.0)
    builder.entries(goods.index([0, 1]), run.index(0), [-1.0, 1.0])
    builder.entries(cap.index(0), [run.index(0), on.index(0)], [1.0, -10.0])
    problem = builder.problem()
    solution = Solver(problem).optimal()
    bid, ask = one_sided(problem, solution, goods.all())
    assert bid == pytest.approx([50, 55])
    assert ask == pytest.approx([50, 55])
    assert check_prices(problem, solution, goods.all()).worst < 1e-9


def test_no_price_without_an_optimal_basis() -> None:
    problem = chain8(V3_FACTORS)
    interior = Solver(problem, Settings(method="ipm", crossover=False)).solve()
    with pytest.raises(InputError, match="without a basis"):
        one_sided(problem, interior, [0])
    with pytest.raises(InputError, match="pass the problem that was solved"):
        one_sided(food(), Solver(problem).solve(), [0])
    with pytest.raises(InputError, match=r"row 99\.\.99 does not exist"):
        one_sided(problem, Solver(problem).solve(), [99])


def test_a_stale_problem_is_caught_before_any_price_is_drawn() -> None:
    """Costs changed after the solve: a reduced cost has the wrong sign."""
    problem = chain8(V3_FACTORS)
    solution: Solution = Solver(problem).optimal()
    cost = problem.cost.copy()
    cost[UNITS.index("cogen")] = 1e4
    with pytest.raises(DataQualityError, match="run of cogen in period 1: reduced"):
        one_sided(replace(problem, cost=cost), solution, [0])
