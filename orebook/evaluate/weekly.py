"""Week by week: how much of the possible adaptation the plan then in force captured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from orebook.chain.calendar import period
from orebook.evaluate.expost import Capture, ExPost
from orebook.evaluate.hindsight import hindsight
from orebook.ledger.month import ClosedMonth
from orebook.plan.result import Plan

__all__ = ["Release", "Week", "mean_rate", "weekly"]

DAYS = 7


@dataclass(frozen=True, slots=True)
class Release:
    """A re-plan and the day from which it stood.

    Parameters
    ----------
    day : datetime.date
        Day it was released.
    plan : Plan
        The re-plan.
    """

    day: date
    plan: Plan


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a month, and the last plan released before it.

    Parameters
    ----------
    first, last : datetime.date
        Its days; the last week of a month may be shorter.
    released : datetime.date or None
        Day of the re-plan that stood; None for the plan released before the month.
    split : ExPost
        The month valued with the plan that stood in this week [CNY].
    """

    first: date
    last: date
    released: date | None
    split: ExPost

    @property
    def rate(self) -> float | None:
        """Adaptation capture rate [-]; None where it has no meaning."""
        if self.split.capture is not Capture.DEFINED:
            return None
        return self.split.capture_rate()

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "released": None if self.released is None else self.released.isoformat(),
            "gained_cny": self.split.adaptation,
            "possible_cny": self.split.optimum - self.split.plan_at_actual,
            "capture_rate": self.rate,
        }


def weekly(
    plan: Plan, closed: ClosedMonth, releases: Sequence[Release]
) -> tuple[Week, ...]:
    """Return the adaptation capture of every week of a month.

    Parameters
    ----------
    plan : Plan
        The plan released before the month.
    closed : ClosedMonth
        What really happened.
    releases : sequence of Release
        Re-plans of the month, in the order they were released.

    Returns
    -------
    tuple of Week
        Weeks of seven days from the first of the month on.

    Notes
    -----
    (N - R)/(O - R): O is the best plan of the month had all been known, R the first
    plan at what came, N the last re-plan released before the week, each valued at the
    prices that came, as if it had stood for the whole month.

    References
    ----------
    .. [1] J. S. Demski, "An accounting system structured on a linear programming
       model", The Accounting Review, 1967.
    """
    month = period(closed.period)
    found: dict[int | None, ExPost] = {}
    weeks = []
    first = month.first
    while first <= month.last:
        last = min(first + timedelta(days=DAYS - 1), month.last)
        known = [k for k, r in enumerate(releases) if r.day < first]
        stood = known[-1] if known else None
        if stood not in found:
            latest = None if stood is None else releases[stood].plan
            found[stood] = hindsight(plan, closed, replanned=latest)
        day = None if stood is None else releases[stood].day
        weeks.append(Week(first, last, day, found[stood]))
        first = last + timedelta(days=1)
    return tuple(weeks)


def mean_rate(weeks: Sequence[Week]) -> float | None:
    """Return the capture rate of a month, its weeks weighted by their days [-].

    Parameters
    ----------
    weeks : sequence of Week
        Weeks of one month.

    Returns
    -------
    float or None
        None where no week has a rate.
    """
    rated = [(w.rate, (w.last - w.first).days + 1) for w in weeks if w.rate is not None]
    days = sum(n for _, n in rated)
    return sum(rate * n for rate, n in rated) / days if days else None
