"""Weekly adaptation capture, by the case of Demski and on a real month."""

from __future__ import annotations

from datetime import date

import pytest

from orebook.evaluate.expost import Capture, ex_post_split
from orebook.evaluate.hindsight import hindsight
from orebook.evaluate.weekly import Release, Week, mean_rate, weekly
from tests.report.months import closed, plan_of_group


def week(first: int, last: int, replanned: float) -> Week:
    """Return a week of the case `demski` of evaluation.md 3.3 [thousand CNY]."""
    split = ex_post_split(
        plan=6_228_800.0,
        optimum=5_326_447.8,
        plan_at_actual=5_118_400.0,
        replanned_at_actual=replanned,
        actual=4_917_983.2,
    )
    return Week(date(2026, 5, first), date(2026, 5, last), None, split)


def test_the_rate_of_a_month_weights_its_weeks_by_days() -> None:
    half = 0.5 * (5_118_400.0 + 5_326_447.8)
    weeks = [week(1, 7, 5_118_400.0), week(8, 14, half), week(15, 31, 5_326_447.8)]
    assert [w.rate for w in weeks] == pytest.approx([0.0, 0.5, 1.0])
    assert mean_rate(weeks) == pytest.approx((7 * 0.0 + 7 * 0.5 + 17 * 1.0) / 31)
    assert mean_rate([]) is None


def test_a_release_counts_from_the_week_after_it() -> None:
    plan = plan_of_group()
    month = closed(plan)
    found = weekly(plan, month, [Release(date(2026, 5, 9), plan)])
    assert [(w.first.day, w.last.day) for w in found] == [
        (1, 7), (8, 14), (15, 21), (22, 28), (29, 31)
    ]  # fmt: skip
    day = date(2026, 5, 9)
    assert [w.released for w in found] == [None, None, day, day, day]
    alone = hindsight(plan, month)
    assert all(w.split.plan_at_actual == alone.plan_at_actual for w in found)
    if alone.capture is Capture.DEFINED:
        assert [w.rate for w in found] == pytest.approx([0.0] * 5)
