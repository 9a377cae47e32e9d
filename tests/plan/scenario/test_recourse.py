"""Two-stage problems: published cases, closed forms, and an extensive form of our own.

The farmer is case 1.1 of J. R. Birge, F. Louveaux, "Introduction to Stochastic
Programming", 2nd edition, 2011: 500 acres of wheat, corn and sugar beet, yields a
fifth above and below the mean with equal probability. Published: 108 390 (RP), 115 406
(WS), 118 600 (mean), 107 240 (EEV); EVPI 7 016, VSS 1 150.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from orebook.errors import InfeasibleError, InputError
from orebook.plan.lp import Builder, Problem
from orebook.plan.scenario.equivalent import equivalent
from orebook.plan.scenario.recourse import (
    decide,
    held_common,
    mean_problem,
)
from orebook.plan.scenario.risk import Risk, tail_mean
from orebook.plan.scenario.value import value_of
from orebook.plan.solve import Solver

CROPS = ("wheat", "corn", "beet")
THIRDS = np.full(3, 1.0 / 3.0)
LAND = np.arange(3)


def farm(share: float) -> Problem:
    """Return the farmer's year at a share of the mean yield."""
    builder = Builder(periods=1)
    land = builder.columns("land", CROPS, cost=[[150.0], [230.0], [260.0]])
    buy = builder.columns("buy", ["wheat", "corn"], cost=[[238.0], [210.0]])
    sell = builder.columns(
        "sell",
        ["wheat", "corn", "beet", "beet above quota"],
        cost=[[-170.0], [-150.0], [-36.0], [-10.0]],
        upper=[[np.inf], [np.inf], [6000.0], [np.inf]],
    )
    acres = builder.rows("acres", ["farm"], lower=-np.inf, upper=500.0)
    builder.entries(acres.all(), land.all().T, 1.0)
    need = builder.rows("need", CROPS, lower=[[200.0], [240.0], [0.0]], upper=np.inf)
    crop = np.array([[2.5], [3.0], [20.0]]) * share
    builder.entries(need.all(), land.all(), crop)
    builder.entries(need.all()[:2], buy.all(), 1.0)
    builder.entries(need.all(), sell.all()[:3], -1.0)
    builder.entries(need.all()[2], sell.all()[3], -1.0)
    return builder.problem()


YEARS = [farm(1.2), farm(1.0), farm(0.8)]


def test_the_farmer_of_birge_and_louveaux() -> None:
    """Source: Birge & Louveaux, tables 1 to 5 of chapter 1."""
    found = value_of(YEARS, THIRDS, LAND)
    assert found.expected == pytest.approx(108_390.0, abs=0.5)
    assert found.perfect == pytest.approx(115_405.56, abs=0.5)
    assert found.evpi == pytest.approx(7_015.56, abs=0.5)
    assert found.mean_plan == pytest.approx(118_600.0, abs=0.5)
    assert found.of_mean == pytest.approx(107_240.0, abs=0.5)
    assert found.vss == pytest.approx(1_150.0, abs=0.5)
    assert found.here.x[:, :3] == pytest.approx(
        np.tile([170.0, 80.0, 250.0], (3, 1)), abs=1e-6
    )
    assert found.here.margin == pytest.approx([167_000.0, 109_350.0, 48_820.0], abs=1)
    assert found.wait == pytest.approx([167_666.67, 118_600.0, 59_950.0], abs=1)


def news(demand: float, *, price: float = 10.0, salvage: float = 1.0) -> Problem:
    """Return the day of a newsvendor who pays 6 a paper."""
    builder = Builder(periods=1)
    order = builder.columns("order", ["paper"], cost=6.0)
    sell = builder.columns("sell", ["paper"], cost=-price, upper=demand)
    back = builder.columns("back", ["paper"], cost=-salvage)
    rest = builder.rows("balance", ["paper"], lower=0.0, upper=0.0)
    builder.entries(rest.all(), order.all(), 1.0)
    builder.entries(rest.all(), sell.all(), -1.0)
    builder.entries(rest.all(), back.all(), -1.0)
    return builder.problem()


DEMAND = np.arange(1.0, 101.0)
EVEN = np.full(100, 0.01)


def test_the_newsvendor_orders_the_critical_ratio() -> None:
    """Source: textbook closed form, F(q) = (price - cost) / (price - salvage)."""
    found = decide([news(d) for d in DEMAND], EVEN, np.array([0]))
    # 4 / 9 = 0.444 lies between F(44) and F(45), so 45 is the least with F >= ratio.
    assert found.x[:, 0] == pytest.approx(np.full(100, 45.0))


@pytest.mark.parametrize("tail", [0.2, 0.5, 1.0])
def test_the_cautious_newsvendor_orders_the_critical_ratio_of_the_tail(
    tail: float,
) -> None:
    """Source: closed form: for CVaR alone the order is F^-1(tail * ratio).

    J. Gotoh, Y. Takano, European Journal of Operational Research 179, 2007, with no
    penalty for unmet demand: the worst cases are those of least demand.
    """
    days = [news(d) for d in DEMAND]
    found = decide(days, EVEN, np.array([0]), risk=Risk(tail=tail, weight=1.0))
    assert found.x[0, 0] == pytest.approx(np.ceil(100 * tail * 4 / 9 - 1e-9))


def test_a_floor_is_kept_and_costs_expected_margin() -> None:
    free = decide(YEARS, THIRDS, LAND)
    best = decide(YEARS, THIRDS, LAND, risk=Risk(1 / 3, weight=1.0), level=1e5)
    most = tail_mean(best.margin, THIRDS, 1 / 3)
    low = tail_mean(free.margin, THIRDS, 1 / 3)
    floor = (most + low) / 2.0
    found = decide(YEARS, THIRDS, LAND, risk=Risk(1 / 3, floor=floor), level=1e5)
    assert low < floor < most
    assert tail_mean(found.margin, THIRDS, 1 / 3) == pytest.approx(floor, abs=0.1)
    assert THIRDS @ found.margin < THIRDS @ free.margin
    with pytest.raises(InfeasibleError, match=f"{most:,.0f}"):
        decide(YEARS, THIRDS, LAND, risk=Risk(1 / 3, floor=most + 1e3), level=1e5)


def extensive(
    problems: list[Problem], probability: np.ndarray, common: int, risk: Risk
) -> float:
    """Return the value of a two-stage problem, every column copied and tied by rows."""
    count, n = len(problems), problems[0].cost.size
    width = count * n + 1 + count
    cost = np.zeros(width)
    bounds: list[tuple[float, float | None]] = []
    ub, ub_rhs, eq, eq_rhs = [], [], [], []

    def row(s: int, values: np.ndarray) -> np.ndarray:
        found = np.zeros(width)
        found[s * n : (s + 1) * n] = values
        return found

    for s, p in enumerate(problems):
        cost[s * n : (s + 1) * n] = (1 - risk.weight) * probability[s] * p.cost
        bounds += list(zip(p.lower, p.upper, strict=True))
        for a, low, high in zip(
            p.matrix.toarray(), p.row_lower, p.row_upper, strict=True
        ):
            if np.isfinite(high):
                ub.append(row(s, a))
                ub_rhs.append(high)
            if np.isfinite(low):
                ub.append(row(s, -a))
                ub_rhs.append(-low)
        beyond = row(s, p.cost)
        beyond[count * n] = -1.0
        beyond[count * n + 1 + s] = -1.0
        ub.append(beyond)
        ub_rhs.append(-p.offset)
        for j in range(common if s else 0):
            tie = row(s, np.eye(n)[j])
            tie[j] -= 1.0
            eq.append(tie)
            eq_rhs.append(0.0)
    cost[count * n] = risk.weight
    cost[count * n + 1 :] = risk.weight * probability / risk.tail
    if risk.floor is not None:
        last = np.zeros(width)
        last[count * n] = 1.0
        last[count * n + 1 :] = probability / risk.tail
        ub.append(last)
        ub_rhs.append(-risk.floor)
    bounds += [(None, None), *[(0.0, None)] * count]
    found = linprog(
        cost, A_ub=ub, b_ub=ub_rhs, A_eq=eq or None, b_eq=eq_rhs or None, bounds=bounds
    )
    assert found.status == 0
    return -float(found.fun)


@given(
    seed=st.integers(0, 10_000),
    tail=st.sampled_from([0.25, 0.5, 1.0]),
    weight=st.sampled_from([0.0, 0.4, 1.0]),
)
@settings(max_examples=25)
def test_it_equals_an_extensive_form_of_another_maker(
    seed: int, tail: float, weight: float
) -> None:
    """Oracle: every column copied, tied by equalities, solved by scipy's linprog."""
    random = np.random.default_rng(seed)
    shares = random.uniform(0.6, 1.3, 4)
    probability = random.dirichlet(np.full(4, 3.0))
    probability /= probability.sum()
    years = [farm(s) for s in shares]
    risk = Risk(tail, weight=weight)
    found = decide(years, probability, LAND, risk=risk, level=1e5)
    value = (1 - weight) * float(probability @ found.margin)
    value += weight * tail_mean(found.margin, probability, tail)
    assert value == pytest.approx(extensive(years, probability, 3, risk), rel=1e-7)


def test_the_order_of_scenarios_does_not_matter() -> None:
    first = decide(YEARS, THIRDS, LAND)
    turned = decide(YEARS[::-1], THIRDS, LAND)
    assert turned.margin[::-1] == pytest.approx(first.margin, rel=1e-9)


def test_equal_scenarios_are_worth_nothing_to_know() -> None:
    found = value_of([farm(1.0)] * 3, THIRDS, LAND)
    assert found.evpi == pytest.approx(0.0, abs=1e-6)
    assert found.vss == pytest.approx(0.0, abs=1e-6)


def test_rows_over_common_columns_alone_stand_once() -> None:
    made = equivalent(YEARS, THIRDS, LAND, risk=Risk(), level=0.0)
    assert made.problem.shape == (1 + 3 * 3, 3 + 3 * 6)
    assert str(made.problem.describe_column(0)) == (
        "common of land wheat 1 in period 1"
    )


def whole(demand: float) -> Problem:
    """Return a day on which papers come in whole bundles of 10."""
    builder = Builder(periods=1)
    order = builder.columns("order", ["bundle"], cost=60.0, integer=True, upper=20.0)
    sell = builder.columns("sell", ["paper"], cost=-10.0, upper=demand)
    rest = builder.rows("balance", ["paper"], lower=0.0, upper=np.inf)
    builder.entries(rest.all(), order.all(), 10.0)
    builder.entries(rest.all(), sell.all(), -1.0)
    return builder.problem()


def test_whole_numbers_stay_whole() -> None:
    days = [whole(d) for d in (14.0, 23.0, 37.0)]
    found = decide(days, THIRDS, np.array([0]))
    best = max(
        range(6),
        key=lambda k: sum(10 * min(10 * k, d) - 60 * k for d in (14.0, 23.0, 37.0)),
    )
    assert found.x[:, 0] == pytest.approx(np.full(3, best))
    value = value_of(days, THIRDS, np.array([0]))
    assert value.perfect >= value.expected >= (value.of_mean or -np.inf) - 1e-9


def test_a_decision_no_scenario_allows_is_named() -> None:
    builder = Builder(periods=1)
    builder.columns("order", ["paper"], cost=1.0, lower=5.0, upper=9.0)
    low = builder.problem()
    builder = Builder(periods=1)
    builder.columns("order", ["paper"], cost=1.0, lower=0.0, upper=3.0)
    with pytest.raises(InfeasibleError, match=r"order of paper .*at least 5"):
        decide([low, builder.problem()], np.array([0.5, 0.5]), np.array([0]))
    with pytest.raises(InfeasibleError, match="order of paper"):
        held_common(low, np.array([0]), np.array([2.0]))


def test_the_mean_plan_that_cannot_be_carried_out_has_no_vss() -> None:
    """The mean yield calls for more land than the scenario's fence allows."""

    def fenced(limit: float) -> Problem:
        builder = Builder(periods=1)
        run = builder.columns("run", ["kiln"], cost=-1.0)
        cap = builder.rows("cap", ["kiln"], lower=-np.inf, upper=limit)
        builder.entries(cap.all(), run.all(), 1.0)
        return builder.problem()

    found = value_of([fenced(4.0), fenced(8.0)], np.array([0.5, 0.5]), np.array([0]))
    assert found.of_mean is None
    assert found.vss is None
    assert found.expected == pytest.approx(4.0)
    assert found.evpi == pytest.approx(2.0)


def test_the_mean_problem_is_the_mean_of_the_numbers() -> None:
    found = mean_problem(YEARS, THIRDS)
    assert Solver(found).solve().objective == pytest.approx(-118_600.0)
    assert found.upper[-1] == np.inf


@pytest.mark.parametrize(
    ("probability", "told"),
    [
        ([0.5, 0.5], "3 scenarios"),
        ([0.5, 0.5, 0.5], "sum to 1.5"),
        ([1, 0, 0], "above"),
    ],
)
def test_probabilities_are_checked(probability: list[float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        decide(YEARS, np.array(probability, float), LAND)


@pytest.mark.parametrize("wrong", [{"tail": 0.0}, {"tail": 1.2}, {"weight": -0.1}])
def test_risk_is_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected"):
        Risk(**wrong)
