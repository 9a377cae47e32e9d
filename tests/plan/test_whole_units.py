"""Units that run or stand: textbook cases and enumeration.

Sources
-------
A. J. Wood, B. F. Wollenberg, "Power Generation, Operation and Control", 2nd ed.,
Wiley, 1996, example 5D: four units, eight hours, constant (cold) start-up cost. The
optimum is 73 274 without and 74 110 with least times up and down; here an hour is a
day.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from orebook.errors import InfeasibleError, InputError
from orebook.plan.accounts import group_margin, margin_by_centre
from orebook.plan.conditions import Running
from orebook.plan.decided import decisions, running_after
from orebook.plan.held import linear_of
from orebook.plan.make import check_plan_prices
from orebook.plan.mixed import WHOLE, solve_mixed
from orebook.plan.solve import Solver
from orebook.plan.windows import by_windows
from tests.plan.whole_chains import buy, group, load, maker, planned, sell

# name, most, least [MW], incremental cost, no-load cost, start cost, up, down [h],
# state before and for how long [h]
WOOD = [
    ("u1", 80.0, 25.0, 20.88, 213.0, 350.0, 4, 2, False, 5),
    ("u2", 250.0, 60.0, 18.0, 585.62, 400.0, 5, 3, True, 8),
    ("u3", 300.0, 75.0, 17.46, 684.74, 1100.0, 5, 4, True, 8),
    ("u4", 60.0, 20.0, 23.8, 252.0, 0.02, 1, 1, False, 6),
]
LOADS = (450.0, 530.0, 600.0, 540.0, 400.0, 280.0, 290.0, 500.0)
SERVED = {"power": "MWh", "served": "MWh"}


def wood(*, times: bool):
    """Return the group of the textbook."""
    units = []
    for name, most, least, cost, idle, start, up, down, on, _ in WOOD:
        state = {
            "start_cost": f"{start!r} CNY",
            "running_cost": f"{idle!r} CNY/d",
            "running_at_first": on,
        }
        if times:
            state |= {"minimum_run": f"{up} d", "minimum_stop": f"{down} d"}
        units.append(
            maker(name, most=most, cost=cost, minimum=least / most, on_off=state)
        )
    return group(
        [*units, load(600.0)], materials=SERVED, sales=[sell("served", 0.0, "MWh")]
    )


def wood_plan(*, times: bool):
    running = {row[0]: Running(row[8], row[9] * 24.0) for row in WOOD}
    shares = {"load": [x / 600.0 for x in LOADS]}
    return planned(wood(times=times), 8, shares=shares, running=running)


@pytest.mark.parametrize(("times", "cost"), [(False, 73_274.0), (True, 74_110.0)])
def test_wood_and_wollenberg(times: bool, cost: float) -> None:
    """Optimum of example 5D, to the unit the book prints."""
    plan = wood_plan(times=times)
    assert -plan.margin == pytest.approx(cost, abs=0.5)
    assert plan.mixed is not None
    assert plan.mixed.gap <= 1e-9
    assert plan.to_dict()["prices_given"] == "given the on/off decisions"


@pytest.mark.parametrize("times", [False, True])
def test_accounts_close_in_every_period(times: bool) -> None:
    """Centres sum to the group; with uplift, which the root pays, they still do."""
    plan = wood_plan(times=times)
    total = 0.0
    for t in range(8):
        lines = plan.lines(t)
        group_ = group_margin(lines)
        total += group_
        assert sum(margin_by_centre(lines).values()) == pytest.approx(group_, abs=1e-6)
        rows = plan.centre_rows(t)
        paid = sum(float(r["uplift_cny"]) for r in rows)
        assert paid == pytest.approx(0.0, abs=1e-9)
        own = sum(float(r["result_cny"]) + float(r["uplift_cny"]) for r in rows)
        assert own == pytest.approx(group_, abs=1e-6)
    assert total == pytest.approx(plan.margin, rel=1e-12)


def test_a_centre_earns_its_rents_less_its_decisions() -> None:
    """Result = rents - start and running costs, for every unit and period."""
    plan = wood_plan(times=True)
    for t in range(8):
        lines = plan.lines(t)
        margin, rent = margin_by_centre(lines), plan.rent_by_centre(t)
        for unit in (row[0] for row in WOOD):
            decided = sum(
                line.amount
                for line in lines
                if line.centre == unit
                and line.account in {"start_cost", "running_cost"}
            )
            assert margin[unit] == pytest.approx(
                rent.get(unit, 0.0) + decided, abs=1e-6
            )


def test_nobody_loses_over_a_run_after_uplift() -> None:
    plan = wood_plan(times=True)
    assert any(u.amount > 0.0 for u in plan.uplifts)
    for one in plan.uplifts:
        assert one.margin + one.amount >= -0.01
        assert one.amount == pytest.approx(max(0.0, -one.margin), abs=0.01)
        outside = np.delete(one.by_period, range(one.first, one.last + 1))
        assert not outside.any()


def brute_force(costs: dict, prices: list[float], *, up: int, down: int, on: bool):
    """Return the best profit of one unit over all on/off sequences."""
    best = -np.inf
    count = len(prices)
    for states in product((0, 1), repeat=count):
        before, money, spans = int(on), 0.0, []
        for t, now in enumerate(states):
            if now != before:
                spans.append((t, now))
                money -= costs["start"] if now else costs["stop"]
            if now:
                margin = prices[t] - costs["unit"]
                load_ = costs["most"] if margin > 0 else costs["least"]
                money += margin * load_ - costs["idle"]
            before = now
        ends = [*(t for t, _ in spans[1:]), None]
        legal = (
            all(
                end is None or end - t >= (up if now else down)
                for (t, now), end in zip(spans, ends, strict=True)
            )
            if spans
            else True
        )
        if legal:
            best = max(best, money)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_one_unit_against_all_sequences(seed: int) -> None:
    """A mill between two markets over nine days: the best of 512 sequences."""
    draw = np.random.default_rng(seed)
    up, down = int(draw.integers(1, 5)), int(draw.integers(1, 4))
    on = bool(draw.integers(0, 2))
    prices = np.round(draw.uniform(60.0, 140.0, 9), 2).tolist()
    costs = {
        "start": 900.0, "stop": 150.0, "idle": 120.0, "unit": 100.0,
        "most": 50.0, "least": 20.0,
    }  # fmt: skip
    mill = maker(
        "mill",
        makes="flour",
        of="t",
        most=50.0,
        cost=30.0,
        consumes={"grain": "1 t/t"},
        minimum=0.4,
        on_off={
            "start_cost": "900 CNY",
            "stop_cost": "150 CNY",
            "running_cost": "120 CNY/d",
            "minimum_run": f"{up} d",
            "minimum_stop": f"{down} d",
            "running_at_first": on,
        },
    )
    chain = group(
        [mill],
        materials={"grain": "t", "flour": "t"},
        purchases=[buy("grain", 70.0, "t")],
        sales=[sell("flour", 100.0, "t")],
    )
    plan = planned(chain, 9, prices={"sell:flour-sale": prices})
    expected = brute_force(costs, prices, up=up, down=down, on=on)
    assert plan.margin == pytest.approx(expected, abs=1e-6)


def test_least_times_in_months_take_whole_periods() -> None:
    """40 days of run need two months, 20 days bind nothing."""
    prices = [50.0, 200.0, 50.0, 50.0, 200.0, 50.0]
    for least, runs in (("40 d", 4.0), ("20 d", 2.0)):
        mill = maker(
            "mill", makes="flour", of="t", most=10.0, cost=0.0,
            consumes={"grain": "1 t/t"}, minimum=0.1,
            on_off={"running_at_first": False, "minimum_run": least},
        )  # fmt: skip
        chain = group(
            [mill],
            materials={"grain": "t", "flour": "t"},
            purchases=[buy("grain", 70.0, "t")],
            sales=[sell("flour", 100.0, "t")],
            calendar="month",
        )
        plan = planned(chain, 6, prices={"sell:flour-sale": prices})
        assert decisions(plan.assembly, plan.x)[0].value.sum() == pytest.approx(runs)


def test_a_run_begun_before_the_horizon_is_finished_first() -> None:
    """Two of five days have passed: three more are run at a loss."""
    mill = maker(
        "mill", makes="flour", of="t", most=10.0, cost=0.0,
        consumes={"grain": "1 t/t"}, minimum=0.5, on_off={"minimum_run": "5 d"},
    )  # fmt: skip
    chain = group(
        [mill],
        materials={"grain": "t", "flour": "t"},
        purchases=[buy("grain", 70.0, "t")],
        sales=[sell("flour", 60.0, "t")],
    )
    plan = planned(chain, 6, running={"mill": Running(True, 48.0)})
    value = decisions(plan.assembly, plan.x)[0].value
    assert value.tolist() == [1, 1, 1, 0, 0, 0]
    after = running_after(plan.assembly, plan.x, 5)["mill"]
    assert after == Running(False, 48.0)


def test_a_stop_of_the_whole_period_ends_a_run() -> None:
    """Known outages end a run; the restart costs a start, not a contradiction."""
    mill = maker(
        "mill", makes="flour", of="t", most=10.0, cost=0.0,
        consumes={"grain": "1 t/t"},
        on_off={"minimum_run": "5 d", "start_cost": "10 CNY"},
    )  # fmt: skip
    chain = group(
        [mill],
        materials={"grain": "t", "flour": "t"},
        purchases=[buy("grain", 70.0, "t")],
        sales=[sell("flour", 100.0, "t")],
    )
    shares = {"mill": [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]}
    running = {"mill": Running(True, 24.0)}
    plan = planned(chain, 6, shares=shares, running=running)
    found = decisions(plan.assembly, plan.x)[0]
    assert found.value.tolist() == [1, 1, 0, 1, 1, 1]
    assert found.starts.sum() == 1.0
    assert plan.margin == pytest.approx(5 * 300.0 - 10.0)


def test_most_starts_in_a_year() -> None:
    """Ten price peaks, two starts allowed."""
    prices = [200.0, 0.0] * 10
    mill = maker(
        "mill", makes="flour", of="t", most=10.0, cost=0.0,
        consumes={"grain": "1 t/t"}, minimum=0.5,
        on_off={"running_at_first": False, "most_starts": 2},
    )  # fmt: skip
    chain = group(
        [mill],
        materials={"grain": "t", "flour": "t"},
        purchases=[buy("grain", 70.0, "t")],
        sales=[sell("flour", 100.0, "t")],
    )
    plan = planned(chain, 20, prices={"sell:flour-sale": prices})
    assert decisions(plan.assembly, plan.x)[0].starts.sum() == 2.0


def test_whole_only_where_asked_and_said_so() -> None:
    """Fractions after the first periods; the text and the data say it."""
    running = {row[0]: Running(row[8], row[9] * 24.0) for row in WOOD}
    shares = {"load": [x / 600.0 for x in LOADS]}
    full = wood_plan(times=True)
    part = planned(wood(times=True), 8, shares=shares, running=running, whole_periods=2)
    assert part.margin >= full.margin - 1e-6
    assert part.to_dict()["whole"]["relaxed_periods"] == 6
    assert "held whole in the first 2 periods, relaxed in the 6 after" in part.summary()
    value = np.array([d.value for d in decisions(part.assembly, part.x)])
    assert np.allclose(value[:, :2], np.round(value[:, :2]))
    total = sum(group_margin(part.lines(t)) for t in range(8))
    assert total == pytest.approx(part.margin, rel=1e-9)


@pytest.mark.parametrize("look", [1, 4])
def test_windows_find_a_plan_near_the_optimum(look: int) -> None:
    """Windows of two days: whole decisions, within one percent here."""
    plan = wood_plan(times=True)
    problem = plan.assembly.problem
    fractions = replace(problem, integer=np.zeros_like(problem.integer))
    relaxed = Solver(fractions).solve()
    x = by_windows(problem, relaxed.x, settings=WHOLE, window=2, look=look)
    assert x is not None
    whole = x[problem.integer]
    assert np.array_equal(whole, np.round(whole))
    cost = Solver(linear_of(problem, x)).solve().objective
    assert plan.objective - 1e-6 <= cost <= 1.01 * plan.objective


def test_a_long_horizon_is_decided_window_by_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bound is then the relaxation's, and the gap is told."""
    exact = wood_plan(times=True)
    monkeypatch.setattr("orebook.plan.mixed.LARGE", 10)
    plan = wood_plan(times=True)
    told = plan.mixed
    assert told is not None
    assert told.method == "relax-and-fix"
    assert told.bound <= exact.objective <= plan.objective + 1e-6
    assert told.gap == pytest.approx(
        (plan.objective - told.bound) / plan.objective, rel=1e-9
    )


def test_out_of_time_the_gap_is_told() -> None:
    """With no time for the direct solve the windows decide, and say so."""
    short = replace(WHOLE, time_limit=1e-4)
    plan = wood_plan(times=True)
    with suppress(InputError):  # or nothing was found, which is said
        found = solve_mixed(plan.assembly.problem, settings=short)
        assert found.bound <= plan.objective + 1e-6
        assert plan.objective <= found.objective + 1e-6


def test_bid_and_ask_hold_given_the_decisions() -> None:
    """Re-solving with a unit more or less, decisions held, gives bid and ask."""
    assert check_plan_prices(wood_plan(times=True)).worst < 1e-6


def test_prices_are_those_of_the_dispatch_given_who_runs() -> None:
    """The oracle: scipy's dispatch of the running units, dual of its balance."""
    plan = wood_plan(times=False)
    value = {d.subject: d.value for d in decisions(plan.assembly, plan.x)}
    prices = {(r["material"], r["period"]): r for r in plan.price_rows()}
    for t, demand in enumerate(LOADS):
        on = [row for row in WOOD if value[row[0]][t] > 0.5]
        found = linprog(
            [row[3] for row in on],
            A_eq=np.ones((1, len(on))),
            b_eq=[demand],
            bounds=[(row[2], row[1]) for row in on],
        )
        row = prices[("power", plan.periods[t].name)]
        bid = -np.inf if row["bid"] is None else row["bid"]
        ask = np.inf if row["ask"] is None else row["ask"]
        assert bid - 1e-6 <= found.eqlin.marginals[0] <= ask + 1e-6


def test_the_order_of_units_does_not_matter() -> None:
    """Decisions and prices of permuted books are the same."""
    first = wood_plan(times=True)
    chain = wood(times=True)
    turned = chain.model_copy(update={"units": tuple(reversed(chain.units))})
    running = {row[0]: Running(row[8], row[9] * 24.0) for row in WOOD}
    shares = {"load": [x / 600.0 for x in LOADS]}
    second = planned(turned, 8, shares=shares, running=running)
    assert second.margin == pytest.approx(first.margin, rel=1e-9)
    one = {d.subject: d.value.tolist() for d in decisions(first.assembly, first.x)}
    two = {d.subject: d.value.tolist() for d in decisions(second.assembly, second.x)}
    assert one == two
    for t in range(8):
        a, b = first.price_of(t), second.price_of(t)
        assert a == pytest.approx(b, rel=1e-6, abs=1e-6)


def test_a_contradiction_of_whole_numbers_is_named() -> None:
    """A load below what any machine can do at least."""
    units = [
        maker("u1", most=100.0, cost=1.0, minimum=0.6, on_off={}),
        maker("u2", most=100.0, cost=1.0, minimum=0.7, on_off={}),
    ]
    chain = group(
        [*units, load(50.0)], materials=SERVED, sales=[sell("served", 0.0, "MWh")]
    )
    with pytest.raises(InfeasibleError, match=r"whether it runs: unit u[12]") as told:
        planned(chain, 1)
    assert "too much" in str(told.value) or "short" in str(told.value)
