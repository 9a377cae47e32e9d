"""Causes of every line: exact, and together the month's own variance."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orebook.evaluate.statement.effects import line_effects
from orebook.evaluate.statement.layout import GOLDEN, PRICE_VARIANCE
from orebook.evaluate.statement.moves import moves_of
from orebook.evaluate.statement.value import Statements
from orebook.evaluate.variance import EFFECTS
from orebook.report.month_result import MonthResult
from tests.report.months import result_of

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module", params=SEEDS)
def result(request) -> MonthResult:
    return result_of(request.param)


@pytest.fixture(scope="module")
def made(result: MonthResult) -> Statements:
    return result.statements()


def test_causes_of_every_line_sum_to_its_change_in_cents(made: Statements) -> None:
    entries = [e for s in made.of.values() for e in s.entries]
    assert len(entries) > 40
    for e in entries:
        assert sum(e.effects.values()) == e.actual.cents - e.plan.cents


def test_lines_of_a_centre_sum_to_its_published_variance(result, made) -> None:
    """The month's variance, made of units and not of lines, is the oracle."""
    for row in result.variance_rows()[:-1]:
        found = made.of[str(row["centre"])].effects((*GOLDEN, *PRICE_VARIANCE))
        for effect in EFFECTS:
            assert Decimal(found[effect]).scaleb(-2) == Decimal(row["effects"][effect])


def test_rounding_hides_no_gap(result: MonthResult) -> None:
    """Before any rounding the causes reach each line's change to a thousandth."""
    plan, actual = result.plan.month(0), result.closed.month()
    causes = line_effects(result.plan.network, result.priced.prices, plan=plan,
                          actual=actual, fed=result.closed.content)  # fmt: skip
    made = result.statements()
    for s in made.of.values():
        for e in s.entries:
            exact = sum(causes.get(e.key, {}).values())
            assert exact == pytest.approx(e.change / 100, abs=0.02)


def test_trade_stands_at_standard_and_the_rest_is_price_variance(result, made) -> None:
    """Quantity times the plan's price; quantity times what the price moved."""
    plan, real = result.plan.month(0), result.closed.month()
    checked = 0
    for s in made.of.values():
        for e in s.entries:
            if e.line not in {"external_purchase", "external_sale"}:
                continue
            key = e.key.subject
            if key not in plan.market:
                continue
            sign = 1 if e.line == "external_sale" else -1
            q, p0, p1 = e.actual.quantity, plan.market[key], real.market[key]
            assert e.actual.cents / 100 == pytest.approx(sign * q * p0, abs=0.01)
            side = PRICE_VARIANCE[sign > 0]
            beside = [x for x in s.entries
                      if x.line == side and x.key.subject == key]  # fmt: skip
            moved = sum(x.actual.cents for x in beside) / 100
            assert moved == pytest.approx(sign * q * (p1 - p0), abs=0.02)
            checked += q > 0
    assert checked >= 6


def test_moves_close_on_every_stream(result: MonthResult) -> None:
    plan, real = result.plan.month(0), result.closed.month()
    moves = moves_of(result.plan.network, plan=plan, actual=real,
                     fed=result.closed.content)  # fmt: skip
    assert set(moves.streams) == set(plan.amounts)
    for stream, causes in moves.streams.items():
        change = real.amounts[stream] - plan.amounts[stream]
        assert sum(causes.values()) == pytest.approx(change, abs=1e-6)


def test_a_plan_done_as_planned_has_no_causes() -> None:
    result = result_of(1)
    plan = result.plan.month(0)
    causes = line_effects(result.plan.network, result.priced.prices, plan=plan,
                          actual=plan, fed={})  # fmt: skip
    assert all(abs(v) < 1e-3 for c in causes.values() for v in c.values())
