"""Any two plans of a book: inputs that differ, exact causes, kept and made again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from orebook.chain.calendar import horizon, period
from orebook.errors import InputError
from orebook.plan.changed_inputs import changed_inputs
from orebook.plan.compare import changed_groups, compared
from orebook.plan.conditions import conditions
from orebook.plan.kept_inputs import inputs_of, made_from
from orebook.plan.replan import StandingPlan, replan, stand
from orebook.plan.replan_changes import Changes, NewPrice, NewSpec
from orebook.process.network import network
from tests.plan.chains import V3_FACTORS, chain8
from tests.plan.examples import edited, example_plan

WEEKS = horizon(period("2026-W02"), 3)


def planned(chain=None, **known) -> StandingPlan:
    """Return V3 over three weeks, with some conditions of its own."""
    chain = chain or chain8(V3_FACTORS)
    made = replace(conditions(chain, WEEKS, known_until=None), **known)
    return stand(network(chain), made)


def test_a_kept_plan_is_made_again_to_the_last_digit() -> None:
    """The example's inputs as JSON text and back give the same plan and prices."""
    plan = example_plan(3)
    kept = json.loads(json.dumps({"inputs": inputs_of(plan)}))
    chain, known = made_from(kept)
    again = stand(network(chain), known)
    assert again.margin == pytest.approx(plan.margin, rel=1e-12)
    assert np.allclose(again.prices.price, plan.prices.price, rtol=1e-9, atol=1e-9)
    assert changed_groups(plan, again) == ()
    assert changed_inputs(plan, again) == ()
    assert compared(plan, again).causes == {}


def test_the_first_limit_of_a_unit_stays_the_first() -> None:
    """Kept text sorts names; a minimum is a share of the limit the book names first."""
    plan = example_plan(1)
    kept = json.loads(json.dumps({"inputs": inputs_of(plan)}, sort_keys=True))
    chain, known = made_from(kept)
    assert list(chain.unit["pr-chp"].limits) == ["machines", "boiler", "generator"]
    assert {u.id: list(u.limits) for u in chain.units} == {
        u.id: list(u.limits) for u in plan.network.chain.units
    }
    assert stand(network(chain), known).margin == pytest.approx(plan.margin, rel=1e-12)


def test_a_plan_kept_without_inputs_is_refused() -> None:
    with pytest.raises(InputError, match="release it again"):
        made_from({"margin_cny": 1.0})
    with pytest.raises(InputError, match="cannot be read"):
        made_from({"inputs": {"chain": {}, "conditions": {"periods": ["2026-05"]}}})


def test_causes_of_two_plans_are_what_a_hand_finds() -> None:
    """V3: +100 on 20,750 t of alumina a week; half the smelter: 5,000 t at 5260.75.

    Fewer smelter weeks free 1.925 t of alumina each to sell at the new price; the joint
    part is shared equally between the two causes.
    """
    old = planned()
    price = {k: v.copy() for k, v in old.assembly.conditions.price.items()}
    price["sell:alumina"] += 100.0
    share = dict(old.assembly.conditions.availability)
    share["smelt"] = np.array([0.5, 1.0, 1.0])
    new = planned(price=price, availability=share)
    change = compared(old, new)
    joint = 5_000 * 1.925 * 100.0
    assert change.causes["prices"] == pytest.approx(3 * 20_750 * 100 + joint / 2)
    assert change.causes["availability"] == pytest.approx(-5_000 * 5_260.75 + joint / 2)
    assert sum(change.causes.values()) == pytest.approx(change.margin, abs=1e-3)
    named = {(x.cause, x.subject): x for x in change.inputs}
    assert named["prices", "alumina"].after == pytest.approx(3_150)
    assert named["availability", "smelt"].periods == ("2026-W02",)


def test_contracts_and_the_rest_of_the_book_are_causes_of_their_own() -> None:
    old = planned()
    chain = edited(chain8(V3_FACTORS), "sales", "aluminium", max="9000 t/week")
    chain = edited(chain, "units", "calcine", cost="50 CNY/t")
    new = planned(chain)
    assert changed_groups(old, new) == ("limits", "book")
    change = compared(old, new)
    assert change.causes["limits"] == pytest.approx(-3 * 1_000 * 5_260.75)
    assert change.causes["book"] == pytest.approx(-3 * 40_000 * 10)
    fields = {(x.kind, x.subject, x.field): x for x in change.inputs}
    assert fields["sell", "aluminium", "max"].after == "9000.0 t/week"
    assert fields["unit", "calcine", "cost"].cause == "book"


def test_a_price_in_a_contract_is_a_price_not_a_contract() -> None:
    old = planned()
    chain = edited(chain8(V3_FACTORS), "sales", "aluminium", price="19700 CNY/t")
    assert changed_groups(old, planned(chain)) == ("prices",)


def test_the_split_is_that_of_the_replan() -> None:
    """A re-plan of the example compared afterwards gives the same causes."""
    from orebook.plan.differences import plan_change

    plan = example_plan(3)
    changes = Changes(
        prices=(NewPrice("sell:pr-alumina-spot", factor=1.05),),
        specs=(NewSpec("pr-alumina-spot", "SiO2", "max", 0.00014),),
    )
    made = replan(plan, changes)
    expected = plan_change(made)
    found = compared(plan, made.plan)
    assert found.causes == pytest.approx(dict(expected.causes), rel=1e-6)
    assert found.summary("en") == expected.summary("en")


def test_plans_of_other_shape_are_refused() -> None:
    with pytest.raises(InputError, match="other periods"):
        compared(example_plan(2), example_plan(3))
    chain = chain8(V3_FACTORS)
    less = chain.model_copy(update={"sales": chain.sales[:-1]})
    with pytest.raises(InputError, match="other streams: sell:power"):
        compared(planned(), planned(less))
