"""Periods of the calendar: day, week, month, quarter, year, written as people do."""

from __future__ import annotations

import calendar as _calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from orebook.errors import InputError

_FORMS = (
    ("day", re.compile(r"(\d{4})-(\d{2})-(\d{2})$")),
    ("month", re.compile(r"(\d{4})-(\d{2})$")),
    ("week", re.compile(r"(\d{4})-W(\d{2})$")),
    ("quarter", re.compile(r"(\d{4})-Q([1-4])$")),
    ("year", re.compile(r"(\d{4})$")),
)

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of whole days, ``first`` to ``last`` inclusive.

    Parameters
    ----------
    first, last : datetime.date
        First and last day.
    name : str
        ``"2026-05"``, ``"2026-05-21"``, ``"2026-W21"``, ``"2026-Q2"`` or ``"2026"``.
    """

    first: date
    last: date
    name: str

    @property
    def hours(self) -> float:
        """Length [h]; the reference group lives in a zone without summer time."""
        return ((self.last - self.first).days + 1) * 24.0

    @property
    def months(self) -> float:
        """Length in calendar months [-], a day counting by the month it lies in."""
        total, day = 0.0, self.first
        while day <= self.last:
            length = _calendar.monthrange(day.year, day.month)[1]
            end = min(self.last, date(day.year, day.month, length))
            total += ((end - day).days + 1) / length
            day = end + timedelta(days=1)
        return total

    @property
    def month(self) -> str:
        """Month of the first day, the key of monthly price series."""
        return f"{self.first:%Y-%m}"

    def contains(self, day: date) -> bool:
        """Return whether ``day`` lies in the period."""
        return self.first <= day <= self.last

    def overlap_days(self, first: date, last: date) -> int:
        """Return how many days of ``first``..``last`` lie in the period [d]."""
        return max(0, (min(last, self.last) - max(first, self.first)).days + 1)

    def next(self) -> Period:
        """Return the period of the same kind that follows."""
        return _holding(self.last + timedelta(days=1), kind_of(self.name))

    def previous(self) -> Period:
        """Return the period of the same kind that precedes."""
        return _holding(self.first - timedelta(days=1), kind_of(self.name))

    def __str__(self) -> str:
        return self.name


def kind_of(name: str) -> str:
    """Return ``day``, ``week``, ``month``, ``quarter`` or ``year``."""
    for kind, form in _FORMS:
        if form.match(name):
            return kind
    raise InputError(
        f"'{name}' is not a period; write a month (2026-05), a day (2026-05-21), "
        "a week (2026-W21), a quarter (2026-Q2) or a year (2026)"
    )


def period(name: str) -> Period:
    """Read a period.

    Parameters
    ----------
    name : str
        For example ``"2026-05"``.

    Raises
    ------
    InputError
        If the text is not a period of the calendar.

    Examples
    --------
    >>> period("2026-05").hours
    744.0
    >>> period("2026-05").next().name
    '2026-06'
    """
    kind = kind_of(name)
    try:
        if kind == "day":
            return _holding(date.fromisoformat(name), kind)
        if kind == "week":
            day = date.fromisocalendar(int(name[:4]), int(name[6:]), 1)
            return _holding(day, kind)
        if kind == "quarter":
            return _holding(date(int(name[:4]), 3 * int(name[6]) - 2, 1), kind)
        month = int(name[5:7]) if kind == "month" else 1
        return _holding(date(int(name[:4]), month, 1), kind)
    except ValueError as error:
        raise InputError(f"'{name}' is not in the calendar: {error}") from error


def horizon(first: Period, count: int) -> tuple[Period, ...]:
    """Return ``count`` consecutive periods from ``first``.

    Examples
    --------
    >>> [p.name for p in horizon(period("2026-11"), 3)]
    ['2026-11', '2026-12', '2027-01']
    """
    if count < 1:
        raise InputError(
            f"a plan needs at least 1 period, got {count}; write --periods 12"
        )
    periods = [first]
    while len(periods) < count:
        periods.append(periods[-1].next())
    return tuple(periods)


def lengths(
    periods: Sequence[Period],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how long periods are: their hours [h] and their months [-].

    Parameters
    ----------
    periods : sequence of Period
        A horizon of T periods.

    Returns
    -------
    tuple of array of float, shape (T,)
        What `Period.hours` and `Period.months` say of each.

    Examples
    --------
    >>> hours, months = lengths(horizon(period("2026-01-31"), 2))
    >>> hours.tolist(), (1 / months).tolist()
    ([24.0, 24.0], [31.0, 28.0])
    """
    first = _days([p.first for p in periods])
    last = _days([p.last for p in periods])
    month = first.astype("datetime64[M]")
    days = (last - first).astype(np.float64) + 1.0
    of_month = ((month + 1).astype(first.dtype) - month.astype(first.dtype)).astype(int)
    months = days / of_month
    for place in np.flatnonzero(last.astype(month.dtype) != month).tolist():
        months[place] = periods[place].months
    return days * 24.0, months


def _days(dates: Sequence[date]) -> NDArray[np.datetime64]:
    """Return dates as days; by their ordinals, ten times faster than one by one."""
    ordinals = np.array([day.toordinal() for day in dates], np.int64)
    return (ordinals - _EPOCH).astype("datetime64[D]")


def _holding(day: date, kind: str) -> Period:
    """Return the period of ``kind`` that holds ``day``."""
    if kind == "day":
        return Period(day, day, day.isoformat())
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        year, week, _ = monday.isocalendar()
        return Period(monday, monday + timedelta(days=6), f"{year}-W{week:02d}")
    if kind == "month":
        return _span(day.year, day.month, 1, f"{day:%Y-%m}")
    if kind == "quarter":
        number = (day.month - 1) // 3
        return _span(day.year, 3 * number + 1, 3, f"{day.year}-Q{number + 1}")
    return _span(day.year, 1, 12, str(day.year))


def _span(year: int, month: int, count: int, name: str) -> Period:
    end = month + count - 1
    return Period(
        date(year, month, 1), date(year, end, _calendar.monthrange(year, end)[1]), name
    )
