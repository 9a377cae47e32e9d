"""New limits on amounts: written as an assembly from scratch would have set them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.plant import Outage
from orebook.chain.read import read_book
from orebook.commands.replan import read_changes
from orebook.errors import InputError
from orebook.plan.assemble import assemble
from orebook.plan.conditions import conditions
from orebook.plan.replan import StandingPlan, margin_of, replan, replay, stand
from orebook.plan.replan_changes import Changes, Delay
from orebook.plan.replan_limits import NewLimit, allowed, subjects, unit_of
from orebook.plan.replan_writes import changed_assembly
from orebook.process.check import check_units
from orebook.process.network import network
from orebook.quantity import Measure, parse
from tests.conftest import PROJECT

NUMBERS = ("cost", "lower", "upper", "row_lower", "row_upper")


@pytest.fixture(scope="module")
def group() -> StandingPlan:
    """Return the example group, planned for three months."""
    chain = read_book(PROJECT / "examples" / "guangxi", check=check_units)
    months = horizon(period("2026-05"), 3)
    return stand(network(chain), conditions(chain, months, known_until="2026-04"))


# subject, side, section of the chain, field, new value in the book, value, per
REWRITTEN = [
    ("buy:pr-ore-waf", "max", "purchases", "max", "400000 t/month", 400000.0, "month"),
    ("buy:pr-ore-waf", "min", "purchases", "min", "160000 t/month", 160000.0, "month"),
    ("buy:sc-power-market", "max", "purchases", "max", "300 MW", 300.0, "h"),
    ("sell:pr-alumina-term", "max", "sales", "max", "100 kt/month", 100000.0, "month"),
    ("store:pr-silo-a", "max", "stores", "capacity", "30 kt", 30000.0, ""),
    ("store:pr-yard-waf", "min", "stores", "minimum", "150 kt", 150000.0, ""),
    ("limit:pr-quay", "max", "limits", "max", None, 0.9, "factor"),
    ("draw:pr-own-power", "amount", "draws", "amount", "2 MW", 2.0, "h"),
]


@pytest.mark.parametrize("case", REWRITTEN, ids=lambda c: f"{c[0]} {c[1]}")
def test_a_limit_equals_the_book_that_states_it(
    group: StandingPlan, case: tuple[str, str, str, str, str | None, float, str]
) -> None:
    """Oracle: the book itself with the other figure, assembled from scratch."""
    subject, side, section, field, text, value, per = case
    chain = group.network.chain
    id_ = subject.partition(":")[2]
    entry = next(x for x in getattr(chain, section) if x.id == id_)
    old = getattr(entry, field)
    if text is None:
        new = Measure(old.number * value, old.unit)
        change = NewLimit(subject, side, factor=value)
    else:
        new = parse(text)
        change = NewLimit(subject, side, value, per)
    other = entry.model_copy(update={field: new})
    entries = [other if x is entry else x for x in getattr(chain, section)]
    book = chain.model_copy(update={section: tuple(entries)})
    wanted = assemble(
        replace(group.network, chain=book), group.assembly.conditions
    ).problem
    found = changed_assembly(group, Changes(limits=(change,))).problem
    for name in NUMBERS:
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=1e-12)
    assert any(
        not np.array_equal(getattr(found, n), getattr(group.assembly.problem, n))
        for n in NUMBERS
    )


def test_a_unit_limit_and_its_least_load_follow(group: StandingPlan) -> None:
    unit = next(u for u in group.network.chain.units if u.minimum > 0 and u.limits)
    name = next(iter(unit.limits))
    change = NewLimit(f"unit:{unit.id}:{name}", "max", factor=0.8)
    found = changed_assembly(group, Changes(limits=(change,))).problem
    old = group.assembly.problem
    cap = old.rows["capacity"].slice(f"{unit.id}:{name}")
    assert found.row_upper[cap] == pytest.approx(0.8 * old.row_upper[cap])
    low = old.rows["minimum"].slice(unit.id)
    assert found.row_lower[low] == pytest.approx(0.8 * old.row_lower[low])


def test_a_limit_holds_in_its_periods_only(group: StandingPlan) -> None:
    change = NewLimit("buy:pr-ore-sea", "max", 10.0, "d", periods=("2026-06",))
    found = changed_assembly(group, Changes(limits=(change,))).problem
    place = found.columns["buy"].slice("pr-ore-sea")
    assert found.upper[place] == pytest.approx([90000.0, 300.0, 90000.0])


def test_an_outage_after_a_new_limit_keeps_it(group: StandingPlan) -> None:
    limit = Changes(
        limits=(NewLimit("unit:pr-digest-1:throughput", "max", factor=0.9),)
    )
    stop = Changes(
        outages=(
            Outage(
                unit="pr-digest-1",
                first=group.periods[0].first,
                last=group.periods[0].last,
                share=0.5,
            ),
        )
    )
    both = replan(group, replace(limit, outages=stop.outages)).plan
    after = replay(group, [limit, stop])
    assert after.margin == pytest.approx(both.margin, rel=1e-12)


def test_a_new_limit_forgets_a_delay_and_leaves_other_contracts(
    group: StandingPlan,
) -> None:
    late = Changes(
        delays=(
            Delay("buy:pr-ore-sea", 5000.0, "2026-05", "2026-06"),
            Delay("buy:pr-ore-nau", 5000.0, "2026-05", "2026-06"),
        )
    )
    before = replan(group, late).plan
    new = Changes(limits=(NewLimit("buy:pr-ore-sea", "max", 80000.0, "month"),))
    problem = changed_assembly(before, new).problem
    buy = problem.columns["buy"]
    assert problem.upper[buy.slice("pr-ore-sea")] == pytest.approx([80000.0] * 3)
    assert problem.upper[buy.slice("pr-ore-nau")] == pytest.approx(
        [105000.0, 115000.0, 110000.0]
    )


def test_a_limit_moves_on_with_the_horizon(group: StandingPlan) -> None:
    limit = Changes(
        limits=(NewLimit("buy:pr-ore-sea", "max", 7.0, "", periods=("2026-07",)),)
    )
    before = replan(group, limit).plan
    known = replan(before, Changes(roll=1)).plan.assembly.conditions
    assert known.limit["buy:pr-ore-sea max"].tolist() == [90000.0, 7.0, 7.0]


def test_changes_with_limits_are_read_back() -> None:
    changes = Changes(
        limits=(NewLimit("buy:a", "max", 3.0, "d", periods=("2026-05",)),)
    )
    assert Changes.from_dict(changes.to_dict()) == changes
    assert changes.groups == ("limits",)


def test_every_subject_has_a_unit_and_a_figure(group: StandingPlan) -> None:
    known = group.assembly.conditions
    for subject in subjects(group.network.chain):
        assert unit_of(group.network, subject)
        side = "amount" if subject.startswith("draw:") else "max"
        assert allowed(group.network, known, subject, side).shape == (3,)
    free = allowed(group.network, known, "sell:pr-alumina-spot", "min")
    assert free.tolist() == [0.0] * 3


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (NewLimit("buy:pr-ore-wav", "max", 1.0, "d"), "did you mean 'buy:pr-ore-waf'"),
        (
            NewLimit("unit:pr-digest-1:throughput", "min", 1.0, "d"),
            "expected one of max",
        ),
        (NewLimit("sell:pr-alumina-spot", "min", factor=2.0), "has no min"),
        (NewLimit("buy:pr-ore-waf", "max", -1.0, "d"), "at least 0"),
        (
            NewLimit("buy:pr-ore-waf", "max", factor=0.5, periods=("2027-05",)),
            "2027-05",
        ),
    ],
)
def test_wrong_limits_are_refused(
    group: StandingPlan, limit: NewLimit, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        replan(group, Changes(limits=(limit,)))


def test_limits_are_read_as_written(group: StandingPlan) -> None:
    texts = (
        "unit:pr-digest-1:throughput=max=-10%",
        "buy:sc-power-market@2026-06=max='300 MW'".replace("'", ""),
        "store:pr-silo-a=max=30 kt",
    )
    found = read_changes(group.network.chain, limit=texts).limits
    assert found == (
        NewLimit("unit:pr-digest-1:throughput", "max", factor=0.9),
        NewLimit("buy:sc-power-market", "max", 300.0, "h", periods=("2026-06",)),
        NewLimit("store:pr-silo-a", "max", 30000.0),
    )
    assert margin_of(group, Changes(limits=found)) < group.margin
