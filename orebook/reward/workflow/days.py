"""Deadlines: calendar days, from the day after, holidays left out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta, timezone

ONE = timedelta(days=1)


def deadline(start: date, days: int, holidays: Collection[date] = ()) -> date:
    """Return the last day on which something may still be done.

    Parameters
    ----------
    start : date
        Day of the step before; it does not count.
    days : int
        Number of days [d].
    holidays : collection of date
        Days that do not count.

    Returns
    -------
    date
        Last day, up to its end.

    Examples
    --------
    >>> deadline(date(2026, 9, 29), 3)
    datetime.date(2026, 10, 2)
    >>> deadline(date(2026, 9, 29), 3, [date(2026, 10, 1), date(2026, 10, 2)])
    datetime.date(2026, 10, 4)
    """
    day = start
    while days > 0:
        day += ONE
        days -= day not in holidays
    return day


def day_of(at: str, utc_offset_hours: int) -> date:
    """Return the day of a time by the clock of a book.

    Parameters
    ----------
    at : str
        Time, UTC, ISO 8601.
    utc_offset_hours : int
        The book's clock ahead of UTC [h].

    Examples
    --------
    >>> day_of("2026-06-05T17:00:00+00:00", 8)
    datetime.date(2026, 6, 6)
    """
    zone = timezone(timedelta(hours=utc_offset_hours))
    return datetime.fromisoformat(at).astimezone(zone).date()


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, the last of the month if there is none.

    Examples
    --------
    >>> months_later(date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    from calendar import monthrange

    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
