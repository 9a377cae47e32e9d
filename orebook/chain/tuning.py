"""Constants that were fitted to closed months: which hold when, and what is wrong.

An entry says what a constant of a unit is from a day on, who found it, when, and from
which months. It is never changed: a later tuning adds entries of a later day, and the
book is read with the entry that holds on the first day of the period planned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from orebook.chain.calendar import period
from orebook.chain.chain import Chain
from orebook.chain.entries import Row
from orebook.chain.plant import Unit
from orebook.chain.tuned import Tuned
from orebook.errors import InputError, Mistake

__all__ = ["in_force", "tuned_at", "tuned_mistakes"]

_MONTH = re.compile(r"\d{4}-\d{2}$")
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def in_force(tuned: Iterable[Tuned], day: date) -> dict[tuple[str, str], Tuned]:
    """Return the entry in force of each (unit, constant) on a day.

    Parameters
    ----------
    tuned : iterable of Tuned
        All entries.
    day : date
        The day.

    Examples
    --------
    >>> from datetime import date
    >>> from orebook.chain.tuned import Tuned
    >>> entry = {
    ...     "id": "a",
    ...     "unit": "digest",
    ...     "constant": "dsp_soda",
    ...     "value": "0.6 t/t",
    ...     "date": date(2026, 6, 3),
    ...     "author": "process",
    ...     "months": ["2026-05"],
    ... }
    >>> old = Tuned(**entry, valid_from=date(2026, 6, 1))
    >>> new = Tuned(**entry, valid_from=date(2026, 9, 1))
    >>> in_force([new, old], date(2026, 7, 1))["digest", "dsp_soda"] is old
    True
    """
    found: dict[tuple[str, str], Tuned] = {}
    for entry in sorted(tuned, key=lambda e: e.valid_from):
        if entry.valid_from <= day:
            found[entry.unit, entry.constant] = entry
    return found


def tuned_at(chain: Chain, day: date) -> Chain:
    """Return the chain with the fitted constants of a day in its units.

    Parameters
    ----------
    chain : Chain
        As the book states it.
    day : date
        First day of what is planned, closed or settled.

    Returns
    -------
    Chain
        A fitted constant replaces the setting of the book; entries not in force are
        left out, so that a later tuning changes nothing of it. The same object where
        the book has none at all.
    """
    if not chain.tuned:
        return chain
    found = in_force(chain.tuned, day)
    units = tuple(
        _with(u, {c: e for (unit, c), e in found.items() if unit == u.id})
        for u in chain.units
    )
    # Made anew rather than copied: a copy would carry the tables by id of the old one.
    values = {name: getattr(chain, name) for name in Chain.model_fields}
    tuned = tuple(found.values())
    return Chain.model_validate({**values, "units": units, "tuned": tuned})


def _with(unit: Unit, found: Mapping[str, Tuned]) -> Unit:
    if not found:
        return unit
    values = {name: entry.value for name, entry in found.items()}
    return unit.model_copy(update={"settings": {**unit.settings, **values}})


def tuned_mistakes(rows: Iterable[Row]) -> Iterator[Mistake]:
    """Yield what is wrong with fitted constants beyond the unit's own kind.

    Parameters
    ----------
    rows : iterable of Row
        All entries of the book.
    """
    first: dict[tuple[str, str, date], Row] = {}
    for row in rows:
        entry = row.entry
        if not isinstance(entry, Tuned):
            continue
        if not entry.author.strip():
            yield row.mistake(
                ("author",), "is empty", "who answers for the constant", "fill author"
            )
        yield from _dates(row, entry)
        key = (entry.unit, entry.constant, entry.valid_from)
        other = first.setdefault(key, row)
        if other is not row:
            yield row.mistake(
                ("valid_from",),
                f"is taken: {entry.unit}.{entry.constant} holds from "
                f"{entry.valid_from} by {other.source.file}:{other.line}",
                "one value from a day on",
                "remove one of the two entries, or let it hold from another day",
            )


def _dates(row: Row, entry: Tuned) -> Iterator[Mistake]:
    for name in ("valid_from", "date"):
        day: date = getattr(entry, name)
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            yield row.mistake(
                (name,),
                f"lies in the year {day.year}",
                f"a year of {_FIRST_YEAR} to {_LAST_YEAR}",
                "correct it",
            )
    for index, month in enumerate(entry.months):
        try:
            last = period(month).last if _MONTH.match(month) else None
        except InputError:
            last = None
        if last is None:
            yield row.mistake(
                ("months", index), "is no month", "YYYY-MM", "write for example 2026-05"
            )
        elif last >= entry.valid_from:
            yield row.mistake(
                ("valid_from",),
                f"is not after {month}, one of the months it was fitted to",
                "a day after the last of its months, so that no closed month changes",
                f"set it to {period(month).next().first} or later",
            )
            return
    if entry.hashes and len(entry.hashes) != len(entry.months):
        yield row.mistake(
            ("hashes",),
            f"are {len(entry.hashes)} for {len(entry.months)} months",
            "one hash for each month",
            "write them as orebook tune --keep does",
        )
