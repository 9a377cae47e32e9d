"""Lengths of a horizon at once against each period by itself."""

from __future__ import annotations

import pytest

from orebook.chain.calendar import horizon, lengths, period
from orebook.quantity import Rate


@pytest.mark.parametrize(
    "first", ["2027-12-25", "2027-W51", "2027-11", "2027-Q3", "2027"]
)
def test_lengths_are_those_of_each_period(first: str) -> None:
    """Across the leap day of 2028, weeks in two months, years of 366 days."""
    span = horizon(period(first), 100)
    hours, months = lengths(span)
    assert hours.tolist() == [p.hours for p in span]
    assert months.tolist() == [p.months for p in span]


@pytest.mark.parametrize("per", ["h", "d", "week", "month", "a"])
def test_a_rate_over_many_periods_is_that_of_each(per: str) -> None:
    span = horizon(period("2027-W51"), 20)
    each = [Rate(7.3, per).in_hours(p.hours, p.months) for p in span]
    assert Rate(7.3, per).in_hours(*lengths(span)).tolist() == each
