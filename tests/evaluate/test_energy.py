"""Energy and carbon by LMDI: the published case, and sums of a real month."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orebook.errors import InputError
from orebook.evaluate.energy import energy_change
from tests.report.months import closed, plan_of_group


def change(**more: object):
    plan = plan_of_group()
    month = closed(plan, seed=4).month()
    return energy_change(plan.network, base=plan.month(0), actual=month, **more)


def test_effects_sum_to_the_change_of_the_group_and_of_every_unit() -> None:
    found = change()
    total = found.actual - found.base
    assert sum(found.effects.values()) == pytest.approx(total, rel=1e-9)
    for row in found.rows:
        own = sum(row.effects.values())
        assert own == pytest.approx(row.actual - row.base, abs=1e-6 * found.base)
    for name, effect in found.effects.items():
        assert sum(r.effects[name] for r in found.rows) == pytest.approx(effect)


def test_indices_multiply_to_the_ratio() -> None:
    found = change()
    product = 1.0
    for value in found.index.values():
        product *= value
    assert product == pytest.approx(found.actual / found.base, rel=1e-12)


def test_parts_of_a_group_add_up_to_it() -> None:
    """Energy of units of two centres is that of both, whatever the grouping."""
    whole = change()
    smelt, boiler = change(within="smelt"), change(within="power-plant")
    by_unit = {r.unit: r for r in whole.rows}
    for part in (smelt, boiler):
        for row in part.rows:
            assert row.base == pytest.approx(by_unit[row.unit].base)
            assert row.effects["carrier"] == pytest.approx(
                by_unit[row.unit].effects["carrier"], abs=1e-6 * whole.base
            )


def test_time_turned_round_changes_the_sign_alone() -> None:
    plan = plan_of_group()
    month = closed(plan, seed=4).month()
    there = energy_change(plan.network, base=plan.month(0), actual=month)
    back = energy_change(plan.network, base=month, actual=plan.month(0))
    assert back.actual - back.base == pytest.approx(there.base - there.actual)
    moved = back.effects["activity"] + back.effects["structure"]
    was = there.effects["activity"] + there.effects["structure"]
    # The standard use comes from the base, so activity and intensity trade a little.
    assert moved == pytest.approx(-was, rel=0.05, abs=1e-3 * there.base)


def test_a_unit_that_stops_takes_its_use_with_it_as_activity() -> None:
    plan = plan_of_group()
    base = plan.month(0)
    amounts = {k: 0.0 if k.startswith("smelt.") else v for k, v in base.amounts.items()}
    duties = {k: 0.0 if k.startswith("smelt:") else v for k, v in base.duties.items()}
    stopped = replace(base, amounts=amounts, duties=duties)
    found = energy_change(plan.network, base=base, actual=stopped)
    row = next(r for r in found.rows if r.unit == "smelt")
    assert row.actual == 0.0
    assert row.effects["intensity"] == pytest.approx(0.0, abs=1e-6)
    assert sum(row.effects.values()) == pytest.approx(-row.base)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"within": "smlet"}, "did you mean 'smelt'"),
        ({"emission": "co3"}, "no emission is called 'co3'"),
        ({"within": "trade"}, "nothing of energy passes trade"),
    ],
)
def test_wrong_names_are_told(more: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        change(**more)
