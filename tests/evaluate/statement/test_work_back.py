"""Target costs worked back: by hand, undone forward, and the plan's prices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from orebook.errors import InputError
from orebook.evaluate.statement.chain_path import product_chains
from orebook.evaluate.statement.work_back import Step, forward, targets, work_back
from tests.report.months import plan_of_group, result_of

HANDAN = [Step(1.05, 210.0, 40.0), Step(1.12, 260.0, 30.0), Step(1.65, 190.0, 60.0)]
"""Rolling, steelmaking, iron: use of the step before, variable and fixed cost."""


def test_handan_by_hand() -> None:
    """Steel at 1600 (as in 1990 after the fall from 2000), margin 80: made-up steps.

    1600 - 80 = 1520; (1520 - 250) / 1.05 = 1209.52; (1209.52 - 290) / 1.12 = 821.00;
    (821.00 - 250) / 1.65 = 346.06 for a tonne of ore.
    """
    found = work_back(1600.0, 80.0, HANDAN)
    assert [round(p, 2) for p in found] == [1520.0, 1209.52, 821.0, 346.06]


def test_a_step_answers_for_its_own_use_and_cost_only() -> None:
    """Steelmaking uses 1.14 for 1.12 of iron at its target: 0.02 x 821.00 = 16.42."""
    real = [HANDAN[0], replace(HANDAN[1], use=1.14), HANDAN[2]]
    found = targets(1600.0, 80.0, 340.0, [1520.0, 1200.0, 800.0], HANDAN, real)
    assert [t.missed for t in found] == [False, True, False]
    assert found[1].gap == pytest.approx(0.02 * 821.0, abs=0.01)


def test_a_thousandth_is_no_miss() -> None:
    near = [replace(s, variable=s.variable + 0.5) for s in HANDAN]
    found = targets(1600.0, 80.0, 340.0, [0.0, 0.0, 0.0], HANDAN, near)
    assert not any(t.missed for t in found)


def test_a_step_without_input_ends_the_chain() -> None:
    assert len(work_back(100.0, 0.0, [Step(2.0, 10.0), Step(0.0, 20.0)])) == 2
    with pytest.raises(InputError, match="uses 0 units of the step before"):
        work_back(100.0, 0.0, [Step(0.0, 10.0), Step(2.0, 20.0)])


steps = st.lists(
    st.builds(Step, st.floats(0.1, 10.0), st.floats(-500, 500), st.floats(0, 200)),
    min_size=1, max_size=8,
)  # fmt: skip


@given(steps, st.floats(100.0, 5000.0), st.floats(0.0, 300.0), st.booleans())
def test_forward_undoes_work_back(chain, price, margin, marginal) -> None:
    back = work_back(price, margin, chain, marginal=marginal)
    again = forward(back[-1], chain, marginal=marginal)
    scale = max(1.0, *map(abs, back))
    assert np.allclose(again, back, rtol=1e-6, atol=1e-6 * scale)


@given(steps, st.floats(50.0, 500.0), st.floats(0.0, 100.0))
def test_target_price_and_cost_where_a_chain_just_pays(chain, first, margin) -> None:
    """Where worth equals marginal cost, netback <= internal price <= forward cost.

    The price of the last good then is its marginal cost; the internal price of each
    good is both its worth and its cost of supply, the target is lower by margin and
    fixed cost, the full cost higher.
    """
    inside = forward(first, chain, marginal=True)
    found = targets(inside[0], margin, first, inside[:-1], chain, chain)
    for t in found:
        slack = 1e-6 * max(1.0, abs(t.price), abs(t.target), abs(t.cost))
        assert t.target <= t.price + slack
        assert t.price <= t.cost + slack
        assert t.bracketed


@pytest.mark.parametrize("tight", [0, 1, 2])
def test_duals_of_a_linear_chain_lie_between_cost_and_worth(tight: int) -> None:
    """An independent LP: cost of supply <= dual <= worth, by where the bottleneck is.

    Upstream of the step that is full a good is priced at its cost, from there on at
    what it is worth.
    """
    chain = [Step(1.05, 210.0), Step(1.12, 260.0), Step(1.65, 190.0)]
    price, first = 1600.0, 200.0
    use = [s.use for s in chain]
    cap = [100.0, 150.0, 200.0]
    cap[tight] = 20.0
    # Columns: output of each step (last first), ore bought, product sold.
    balance = np.zeros((4, 5))
    balance[0, [0, 4]] = 1.0, -1.0
    for k in range(2):
        balance[k + 1, [k + 1, k]] = 1.0, -use[k]
    balance[3, [3, 2]] = 1.0, -use[2]
    cost = [s.variable for s in chain] + [first, -price]
    bounds = [(0, c) for c in cap] + [(0, None), (0, None)]
    found = linprog(cost, A_eq=balance, b_eq=np.zeros(4), bounds=bounds)
    dual = found.eqlin.marginals[:3]
    held = targets(price, 0.0, first, dual, chain, chain)
    assert all(t.bracketed for t in held)
    for k, t in enumerate(held):
        expected = t.worth if k <= tight else t.supply
        assert t.price == pytest.approx(expected, rel=1e-9)
        assert t.supply < t.worth


# -- a network ----------------------------------------------------------------------


def test_the_way_of_metal_goes_back_to_the_ore() -> None:
    result = result_of(1)
    net = plan_of_group().network
    found = product_chains(net, result.priced.prices, plan=result.plan.month(0),
                           actual=result.closed.month(), margin=0.05)  # fmt: skip
    metal = next(c for c in found if c.good.material == "aluminium")
    assert metal.margin == pytest.approx(0.05 * metal.price)
    names = [s.good.material for s in metal.stages]
    assert names[0] == "aluminium"
    assert metal.stages[0].maker.owners == ("smelt",)
    for one, other in zip(metal.stages, metal.stages[1:], strict=False):
        assert one.source == other.good
        may = (one.target.target - one.planned.conversion) / one.planned.use
        assert other.target.target == pytest.approx(may, rel=1e-9)


def test_planned_steps_at_internal_prices_cost_the_internal_price() -> None:
    """Duals and steps rest on the same postings.

    Where a step is not rationed, its variable cost and input at the plan's prices
    make the plan's price of its good.
    """
    result = result_of(1)
    net = plan_of_group().network
    plan = result.plan.month(0)
    found = product_chains(net, result.priced.prices, plan=plan, actual=plan)
    prices = result.priced.prices.internal
    free = 0
    for chain in found:
        for s in chain.stages:
            assert not s.target.missed  # as planned, so nobody misses a target
            if s.source is None:
                continue
            cost = s.planned.variable + s.planned.use * prices[s.source]
            assert cost <= s.target.price * (1 + 1e-6) + 1e-6
            free += cost == pytest.approx(s.target.price, rel=1e-6)
    assert free > 0
