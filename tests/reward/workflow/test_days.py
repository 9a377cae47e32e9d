"""Deadlines: calendar days, holidays left out, by the clock of the book."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orebook.chain.people_entries import Workflow
from orebook.reward.workflow.days import day_of, deadline, months_later
from orebook.reward.workflow.waiting import waiting
from tests.reward.workflow.people import CENTRES, DEADLINES, PEOPLE, Office

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(DAYS, st.integers(1, 60), st.sets(st.integers(1, 90)))
def test_a_deadline_leaves_just_so_many_days_that_are_no_holidays(
    start: date, days: int, off: set[int]
) -> None:
    holidays = {start + timedelta(days=k) for k in off}
    last = deadline(start, days, holidays)
    between = [start + timedelta(days=k) for k in range(1, (last - start).days + 1)]
    assert sum(day not in holidays for day in between) == days
    assert last not in holidays


def test_the_day_is_that_of_the_book() -> None:
    assert day_of("2026-06-05T15:59:59.000000+00:00", 8) == date(2026, 6, 5)
    assert day_of("2026-06-05T16:00:00.000000+00:00", 8) == date(2026, 6, 6)
    assert months_later(date(2026, 12, 31), 2) == date(2027, 2, 28)


def steps(office: Office, deadlines: Workflow = DEADLINES) -> list[tuple[object, ...]]:
    found = waiting((office.scheme, office.settlement), PEOPLE.values(), deadlines,
                    office.day, within=CENTRES.__getitem__)  # fmt: skip
    return [(w.life, w.action, w.people, w.until.isoformat(), w.days_left)
            for w in found]  # fmt: skip


def test_what_waits_names_who_can_and_until_when() -> None:
    office = Office()
    office.do("scheme", "draft", "otto", 1)
    assert steps(office) == [
        ("scheme", "simulate", ("eva", "egon", "otto"), "2026-06-06", 5)
    ]
    office.do("scheme", "simulate", "eva", 1)
    office.do("scheme", "approve", "anna", 1)
    # Not the author, not the first approver, not axel who acts for north only.
    assert steps(office)[0][2] == ("bert",)
    office.day += timedelta(days=9)
    assert steps(office)[0][3:] == ("2026-06-06", -4)


def test_a_holiday_moves_the_deadline() -> None:
    office = Office()
    office.do("scheme", "draft", "eva", 1)
    off = DEADLINES.model_copy(update={"holidays": [date(2026, 6, 3)]})
    assert steps(office, off)[0][3] == "2026-06-07"


def test_payment_waits_only_when_nothing_is_open() -> None:
    office = Office().published()
    assert steps(office) == []
    office.do("inquiry", "inquire", "nora", 1)
    assert steps(office) == [
        ("inquiry", "answer", ("eva", "egon", "otto", "hans", "axel"), "2026-06-03", 2)
    ]
    office.day += timedelta(days=5)
    office.do("inquiry", "answer", "hans", 1)
    # Four days from the last decision, as it came after the window.
    assert steps(office) == [("settlement", "pay", ("fina",), "2026-06-10", 4)]
    office.do("settlement", "pay", "fina")
    assert steps(office) == [("settlement", "pay", ("fina",), "2027-06-06", 365)]
