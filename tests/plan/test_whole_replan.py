"""Re-plans with whole decisions equal plans from scratch; delayed ships; rolling on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from orebook.chain.plant import Outage, Store
from orebook.errors import InputError
from orebook.plan.assemble import assemble
from orebook.plan.conditions import Running
from orebook.plan.decided import decisions
from orebook.plan.mixed import solve_mixed
from orebook.plan.replan import StandingPlan, replan, stand
from orebook.plan.replan_changes import Changes, Delay, NewPrice
from orebook.process.network import network
from tests.plan.whole_chains import buy, group, known, maker, sell

PRICES = [90.0, 80.0, 60.0, 60.0, 95.0, 110.0, 60.0, 100.0, 120.0, 60.0]


def standing(**more: object) -> StandingPlan:
    """Return ten days of a mill that starts, fed by ships of 25 t."""
    mill = maker(
        "mill", makes="flour", of="t", most=10.0, cost=5.0,
        consumes={"grain": "1 t/t"}, minimum=0.3,
        on_off={"start_cost": "150 CNY", "minimum_run": "3 d", "minimum_stop": "2 d"},
    )  # fmt: skip
    store = Store(id="silo", name="仓", name_en="silo", centre="trade", good="grain@p",
                  capacity="60 t", opening="20 t", end="free")  # fmt: skip
    chain = group(
        [mill],
        materials={"grain": "t", "flour": "t"},
        purchases=[buy("grain", 50.0, "t", lot="25 t", max="9 t/d")],
        sales=[sell("flour", 100.0, "t")],
        stores=(store,),
    )
    start = {"mill": Running(True, 24.0)}
    held = known(chain, 10, prices={"sell:flour-sale": PRICES}, running=start, **more)
    return stand(network(chain), held)


@pytest.fixture(scope="module")
def plan() -> StandingPlan:
    return standing()


def outage(first: int, last: int, share: float = 1.0) -> Outage:
    return Outage(unit="mill", first=date(2026, 5, first), last=date(2026, 5, last),
                  share=share)  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        Changes(prices=(NewPrice("sell:flour-sale", factor=1.3),)),
        Changes(prices=(NewPrice("buy:grain", 70.0),)),
        Changes(outages=(outage(5, 6),)),
        Changes(outages=(outage(5, 6, 0.5),)),
        Changes(stocks={"silo": 35.0}),
    ],
    ids=["price", "cost", "outage", "half outage", "stock"],
)
def test_a_change_equals_a_plan_from_scratch(
    plan: StandingPlan, changes: Changes
) -> None:
    made = replan(plan, changes)
    fresh = assemble(made.plan.network, made.plan.assembly.conditions)
    again = solve_mixed(fresh.problem)
    assert made.plan.objective == pytest.approx(again.objective, rel=1e-9, abs=1e-6)
    assert "tried first" in made.start.reason or "other rows" in made.start.reason
    assert made.plan.mixed is not None
    old = plan.assembly.problem
    new = made.plan.assembly.problem
    for name in ("lower", "upper", "row_lower", "row_upper", "cost"):
        assert np.allclose(getattr(new, name), getattr(fresh.problem, name))
    assert (new.matrix != fresh.problem.matrix).nnz == 0
    assert old.shape == new.shape


def test_rolling_on_keeps_the_state_and_the_contract(plan: StandingPlan) -> None:
    """A run goes on with its age; lots that came are taken off the contract."""
    made = replan(plan, Changes(roll=4)).plan
    before = decisions(plan.assembly, plan.x)
    lots = next(d for d in before if d.kind == "lots").value
    known_ = made.assembly.conditions.running["mill"]
    on = next(d for d in before if d.kind == "on").value
    assert known_.on == bool(on[3])
    assert known_.hours > 0.0
    rows = made.assembly.problem.rows["lots_to_date"]
    upper = made.assembly.problem.row_upper[rows.slice("buy:grain")]
    came = lots[:4].sum()
    old = plan.assembly.problem
    was = old.row_upper[old.rows["lots_to_date"].slice("buy:grain")]
    assert upper[:6].tolist() == np.maximum(0.0, was[4:] - came).tolist()
    after = next(d for d in decisions(made.assembly, made.x) if d.kind == "lots").value
    allowed = np.ceil(9.0 * np.arange(1, 15) / 25.0)
    total = np.cumsum(np.concatenate([lots[:4], after]))
    assert np.all(total <= allowed + 1e-9)


def test_a_ship_comes_later(plan: StandingPlan) -> None:
    """The lot of the first ship moves on; until then one lot less may have come."""
    names = [p.name for p in plan.periods]
    delay = Delay("buy:grain", 25.0, names[0], names[3])
    made = replan(plan, Changes(delays=(delay,))).plan
    lots = next(d for d in decisions(made.assembly, made.x) if d.kind == "lots").value
    assert lots[0] == 0.0
    rows = made.assembly.problem.rows["lots_to_date"]
    place = rows.slice("buy:grain")
    old, new = plan.assembly.problem.row_upper, made.assembly.problem.row_upper
    moved = (old[place] - new[place]).tolist()
    assert moved == [1.0, 1.0, 1.0, *[0.0] * 7]
    assert made.margin <= plan.margin + 1e-9


def test_a_delay_of_part_of_a_ship_is_refused(plan: StandingPlan) -> None:
    names = [p.name for p in plan.periods]
    delay = Delay("buy:grain", 10.0, names[0], names[3])
    with pytest.raises(InputError, match="whole lots"):
        replan(plan, Changes(delays=(delay,)))


def test_decisions_of_before_are_a_start_not_a_shackle(plan: StandingPlan) -> None:
    """Tried first, left when others are better."""
    turned = replace(plan, basis=None)
    made = replan(turned, Changes(prices=(NewPrice("sell:flour-sale", 1.0),)))
    value = next(
        d for d in decisions(made.plan.assembly, made.plan.x) if d.kind == "on"
    ).value
    assert value.tolist() == [1, 1, *[0] * 8]  # two more days of the least run
