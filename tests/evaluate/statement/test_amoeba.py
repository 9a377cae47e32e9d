"""Value added per hour: by hand, and tied to the statement."""

from __future__ import annotations

import pytest

from orebook.evaluate.statement.amoeba import HOURS_PER_PERSON, amoeba, planned_hours
from orebook.evaluate.statement.amounts import Amount
from orebook.evaluate.statement.layout import PRICE_VARIANCE, Key
from orebook.evaluate.statement.value import Entry, Statement
from orebook.evaluate.variance import EFFECTS
from tests.report.months import group_chain, result_of

NONE = dict.fromkeys(EFFECTS, 0)


def entry(line: str, cents: int, subject: str = "x") -> Entry:
    one = Amount(cents)
    return Entry(Key("smelt", line, subject), one, one, one, NONE, 0, 0)


def test_kyocera_by_hand() -> None:
    """By hand: 9 CNY an hour.

    6500 of sales outside, 4000 inside, 2200 bought inside; 4800 of other cost, of
    which 1000 pay; 500 h: (6500 + 4000 - 2200 - 3800) / 500 = 9 an hour.
    """
    chain = group_chain()
    rows = (
        entry("external_sale", 650_000), entry("internal_sale", 400_000),
        entry("internal_purchase", -220_000), entry("variable_cost", -300_000),
        entry("fixed_controllable", -100_000, "labour"),
        entry("fixed_other", -80_000, "depreciation"),
    )  # fmt: skip
    found = amoeba(chain, Statement("smelt", rows), 1.0, {"smelt": 500.0})
    side = found.actual
    assert side.net_production == 830_000
    assert (side.deductions, side.labour) == (-380_000, -100_000)
    assert side.per_hour == 9.0
    assert side.pay_per_hour == 2.0
    assert side.source == "intake"
    assert found.plan.hours is None
    assert found.plan.per_hour is None


@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_the_same_postings(seed: int) -> None:
    """Value added less pay is unit profit with the price variance, for every centre."""
    result = result_of(seed)
    chain = result.plan.network.chain
    for s in result.statements().of.values():
        found = amoeba(chain, s, 1.0, {})
        for name in ("plan", "replan", "actual"):
            side = getattr(found, name)
            assert side.profit == s.profit(name) + s.total(PRICE_VARIANCE, name)
    assert amoeba(chain, result.statements().of["smelt"], 1.0, {}).actual.labour < 0


def test_planned_hours_come_from_the_book_then_from_the_head_count() -> None:
    chain = group_chain()
    centres = tuple(
        c.model_copy(update={"people": 30}) if c.id == "smelt" else c
        for c in chain.centres
    )
    counted = chain.model_copy(update={"centres": centres})
    assert planned_hours(counted, "smelt", 2.0) == (60 * HOURS_PER_PERSON, "head_count")
    stated = type(centres[0]).model_validate(
        {**counted.centre["smelt"].model_dump(), "hours": "4800 h/month"}
    )
    book = chain.model_copy(update={
        "centres": tuple(stated if c.id == "smelt" else c for c in centres)
    })  # fmt: skip
    hours, source = planned_hours(book, "smelt", 1.0)
    assert (hours, source) == (pytest.approx(4800.0), "book")
    assert planned_hours(chain, "smelt", 1.0) == (None, "")
