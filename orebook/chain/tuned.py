"""A constant of a unit that was fitted to closed months, as a book keeps it."""

from __future__ import annotations

from datetime import date as Day  # noqa: N812 (a field of the entry is called date)

from pydantic import Field

from orebook.chain.fields import AnyMeasure, Entry, Id


class Tuned(Entry):
    """A constant of a unit, fitted to closed months (``[[tuned]]``).

    ``value`` holds from ``valid_from`` on, until an entry of a later day for the same
    constant; ``date``, ``author`` and ``reason`` say when, by whom and why it was
    kept. ``before`` is what it was then, ``standard_error`` how well the months tell
    it. ``chi2_before`` and ``chi2_after`` are the sums of squared residuals over the
    months, each in its standard deviations, of all constants fitted together.
    """

    id: Id
    unit: Id
    constant: str
    value: AnyMeasure
    valid_from: Day
    date: Day
    author: str
    before: AnyMeasure | None = None
    standard_error: AnyMeasure | None = None
    months: list[str] = Field(min_length=1, description="closed months it rests on")
    hashes: list[str] = Field(
        default_factory=list, description="hash of the close of each month"
    )
    chi2_before: float | None = None
    chi2_after: float | None = None
    reason: str = ""
