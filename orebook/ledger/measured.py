"""From stored readings to the measured month: totals, counts and means with doubt.

How errors add up. The stated error of a meter is taken as systematic: it is the same
share of every interval, so a month's total is no better than a day's. Of an assay's
error half is shared by all samples of a laboratory, the rest averages out. Days without
a reading are filled at the mean of the others, the filling being doubtful by a fifth.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebook.chain.calendar import Period
from orebook.chain.chain import Chain, good
from orebook.chain.meters import default_sd
from orebook.chain.piles import opening_of_piles
from orebook.chain.plant import Meter, Outage
from orebook.errors import DataQualityError
from orebook.ledger.month import ClosedMonth, Incident
from orebook.ledger.readings import Measured, Reading

Columns = Mapping[str, NDArray[Any]]

ENOUGH = 0.75
"""A meter that reported on fewer days than this share is not used [-]."""

GAP_SD = 0.20
"""Relative doubt of what fills a gap [-]."""

ASSAY_SHARED = 0.5
"""Part of an assay's standard deviation that all samples share [-]."""

COUNT_DAYS = 2
"""A stock count speaks for a month's end if taken within so many days of it [d]."""

COUNT_DRIFT = 0.01
"""Added relative doubt of a count per day it is off [-]."""

BOOK_SD = 0.02
"""Relative doubt of an opening stock stated in the book, in its first period [-]."""

LATER_SD = 0.20
"""The same in a later period, when it is only a guess [-]."""

FALLBACK = {"meter": 0.02, "weighing": 0.002, "assay": 0.02, "stock": 0.03}
"""Relative doubt by kind of reading where the book declares no meter [-]."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A total over whole days, both ends included."""

    first: date
    last: date
    value: float

    @property
    def days(self) -> int:
        """Length [d]."""
        return (self.last - self.first).days + 1


def window(month: Period) -> tuple[str, str]:
    """Return the span of stored readings a month's close looks at.

    Returns
    -------
    tuple of str
        First day and day after the last, ISO 8601: from the stock count of the month
        before to the late counts after the end.

    Examples
    --------
    >>> from orebook.chain.calendar import period
    >>> window(period("2026-05"))
    ('2026-04-28', '2026-07-01')
    """
    first = month.first - timedelta(days=COUNT_DAYS + 1)
    return first.isoformat(), (month.next().last + timedelta(days=1)).isoformat()


def measured_month(
    chain: Chain,
    month: Period,
    stored: Columns,
    *,
    incidents: Iterable[Incident] = (),
    simulated: Collection[str] = (),
    previous: ClosedMonth | None = None,
) -> Measured:
    """Turn stored readings into what was measured of a month.

    Parameters
    ----------
    chain : Chain
        The book, with its meters.
    month : Period
        The month.
    stored : mapping of str to ndarray
        Columns ``tag, ts, kind, value, unit, status, content_hash`` of the valid
        readings, at least of the span of :func:`window`.
    incidents : iterable of Incident
        What happened; those outside the month are left out.
    simulated : collection of str
        Content hashes of files made by the simulator.
    previous : ClosedMonth, optional
        The month before, closed: its closing stocks open this month.

    Returns
    -------
    Measured
        Usable readings, each with its standard deviation, and notes of what was not.

    Raises
    ------
    DataQualityError
        If totals of one meter overlap in part, or units differ.
    """
    work = _Work(chain, month, stored)
    readings = [*work.amounts(), *work.assays(), *work.counts()]
    readings += work.openings(previous)
    sources = tuple(dict.fromkeys(work.used))
    return Measured(
        period=month,
        readings=tuple(sorted(readings, key=lambda r: (r.reads, r.meter))),
        prices=work.latest("price"),
        costs=work.sums("cost"),
        hours=work.sums("hours"),
        outages=work.outages(),
        incidents=tuple(
            i
            for i in sorted(incidents, key=lambda i: (i.day, i.id))
            if i.day[:7] == month.month or month.contains(_day(i.day))
        ),
        sources=tuple(sorted(sources)),
        simulated=any(s in simulated for s in sources)
        or (previous is not None and previous.simulated),
        notes=work.notes,
    )


def _day(text: str) -> date:
    return date.fromisoformat(text if len(text) > 7 else f"{text}-01")


@dataclass(slots=True)
class _Row:
    tag: str
    day: date
    timed: bool
    detail: str
    value: float
    unit: str
    source: str


class _Work:
    """Readings of one month sorted by kind and tag; lives for one call only."""

    def __init__(self, chain: Chain, month: Period, stored: Columns) -> None:
        self.chain, self.month = chain, month
        self.notes: dict[str, float] = {}
        self.used: list[str] = []
        self.rows: dict[str, dict[str, list[_Row]]] = {}
        moments = np.asarray(stored.get("ts", ()), dtype="datetime64[us]")
        since, until = (np.datetime64(day, "us") for day in window(month))
        stamps = moments.tolist()
        for k in np.flatnonzero((moments >= since) & (moments < until)).tolist():
            if str(stored["status"][k]) == "bad":
                continue
            kind, _, detail = str(stored["kind"][k]).partition(":")
            stamp: datetime = stamps[k]
            row = _Row(
                str(stored["tag"][k]),
                stamp.date(),
                stamp.time() != datetime.min.time(),
                detail,
                float(stored["value"][k]),
                str(stored["unit"][k]),
                str(stored["content_hash"][k]),
            )
            self.rows.setdefault(kind, {}).setdefault(row.tag, []).append(row)

    @cached_property
    def meters(self) -> dict[str, Meter]:
        return {m.id: m for m in self.chain.meters}

    @property
    def days(self) -> int:
        return (self.month.last - self.month.first).days + 1

    def target(self, tag: str) -> str:
        """Return what a tag reads: its meter's target, or itself."""
        return self.meters[tag].reads if tag in self.meters else tag

    def relative(self, tag: str, kind: str) -> float:
        meter = self.meters.get(tag)
        if meter is None:
            return FALLBACK[kind]
        return default_sd(meter.type) if meter.sd is None else meter.sd

    def unit(self, rows: list[_Row]) -> str:
        units = sorted({r.unit for r in rows})
        if len(units) > 1:
            raise DataQualityError(
                f"readings of '{rows[0].tag}' in {self.month} come in the units "
                f"{', '.join(units)}; expected one; take the file in again with the "
                "right unit column"
            )
        return units[0]

    def _use(self, rows: Iterable[_Row]) -> None:
        self.used += [r.source for r in rows]

    # -- amounts ------------------------------------------------------------

    def amounts(self) -> Iterable[Reading]:
        for tag, rows in sorted(self.rows.get("meter", {}).items()):
            reading = self._metered(tag, rows)
            if reading is not None:
                yield reading
        for tag, rows in sorted(self.rows.get("weighing", {}).items()):
            inside = [r for r in rows if self.month.contains(r.day)]
            if inside:
                self._use(inside)
                total = sum(r.value for r in inside)
                sd = self.relative(tag, "weighing") * total
                yield Reading(
                    tag,
                    self.target(tag),
                    total,
                    sd,
                    self.unit(inside),
                    count=len(inside),
                )

    def _metered(self, tag: str, rows: list[_Row]) -> Reading | None:
        pieces, cut = self._pieces(tag, rows)
        covered = sum(p.days for p in pieces)
        if covered == 0:
            return None
        coverage = covered / self.days
        self._use(r for r in rows if _overlaps(r, self.month))
        if coverage < ENOUGH:
            self.notes[f"meter not used, days covered: {tag}"] = float(covered)
            return None
        total = sum(p.value for p in pieces)
        filled = total / coverage - total
        if covered < self.days:
            self.notes[f"meter filled, days covered: {tag}"] = float(covered)
        value = total + filled
        sd = sqrt(
            (self.relative(tag, "meter") * value) ** 2
            + (GAP_SD * filled) ** 2
            + (0.5 * GAP_SD * cut) ** 2
        )
        return Reading(
            tag, self.target(tag), value, sd, self.unit(rows), coverage, len(pieces)
        )

    def _pieces(self, tag: str, rows: list[_Row]) -> tuple[list[Interval], float]:
        """Return totals within the month that do not overlap, and the amount cut."""
        taken: set[date] = set()
        pieces, cut = [], 0.0
        for interval in sorted(_intervals(rows), key=lambda i: (-i.days, i.first)):
            days = {interval.first + timedelta(days=k) for k in range(interval.days)}
            if days <= taken:
                continue
            if days & taken:
                raise DataQualityError(
                    f"two totals of '{tag}' overlap in part: {interval.first} to "
                    f"{interval.last} and another one; expected totals that join or "
                    "contain each other; correct the first or last day and take the "
                    "file in again"
                )
            taken |= days
            inside = self.month.overlap_days(interval.first, interval.last)
            if inside == 0:
                continue
            share = inside / interval.days
            cut += interval.value * min(share, 1.0 - share)
            first = max(interval.first, self.month.first)
            last = min(interval.last, self.month.last)
            pieces.append(Interval(first, last, interval.value * share))
        return pieces, cut

    # -- assays ------------------------------------------------------------

    def assays(self) -> Iterable[Reading]:
        for tag, rows in sorted(self.rows.get("assay", {}).items()):
            inside = [r for r in rows if self.month.contains(r.day)]
            if not inside:
                continue
            self._use(inside)
            count = len(inside)
            mean = sum(r.value for r in inside) / count
            shared = ASSAY_SHARED**2
            share = self.relative(tag, "assay") * sqrt(shared + (1.0 - shared) / count)
            yield Reading(
                tag,
                self.target(tag),
                mean,
                share * mean,
                self.unit(inside),
                count=count,
            )

    # -- stocks ------------------------------------------------------------

    def counts(self) -> Iterable[Reading]:
        yield from self._counted(self.month.last, "close")

    def _counted(self, end: date, side: str) -> Iterable[Reading]:
        for tag, rows in sorted(self.rows.get("stock", {}).items()):
            near = [r for r in rows if abs((r.day - end).days) <= COUNT_DAYS]
            if not near:
                continue
            best = min(near, key=lambda r: (abs((r.day - end).days), r.day))
            store = self.target(tag).removeprefix("stock:")
            self._use([best])
            off = abs((best.day - end).days)
            sd = self._count_sd(tag, store, best.value) + COUNT_DRIFT * off * best.value
            yield Reading(tag, f"{side}:{store}", best.value, sd, best.unit)

    def _count_sd(self, tag: str, store: str, value: float) -> float:
        """Return the doubt of a count; a level is wrong by a share of the tank."""
        meter = self.meters.get(tag)
        entry = next((s for s in self.chain.stores if s.id == store), None)
        base = value
        if meter is not None and meter.type == "tank_level" and entry is not None:
            base = entry.capacity.to(
                self.chain.material[good(entry.good).material].unit
            )
        return self.relative(tag, "stock") * base

    def openings(self, previous: ClosedMonth | None) -> Iterable[Reading]:
        """Yield opening stocks: published, else counted, else as the book states."""
        before = self.month.first - timedelta(days=1)
        counted: dict[str, list[Reading]] = {}
        if previous is None:
            for reading in self._counted(before, "open"):
                counted.setdefault(reading.reads, []).append(reading)
        first = self.month.name == self.chain.group.first_period
        piles = opening_of_piles(self.chain, self.month, {})
        for store in self.chain.stores:
            stream = f"open:{store.id}"
            unit = self.chain.material[good(store.good).material].unit
            figure = (
                None if previous is None else previous.figures.get(f"close:{store.id}")
            )
            if previous is not None and figure is not None:
                yield Reading(
                    f"close {previous.period}",
                    stream,
                    figure.value,
                    figure.sd,
                    unit,
                    fixed=True,
                )
            elif stream in counted:
                yield from (
                    replace(r, meter=f"{r.meter} {before}") for r in counted[stream]
                )
            else:
                value = piles.get(store.id, store.opening.to(unit))
                share = BOOK_SD if first else LATER_SD
                capacity = store.capacity.to(unit)
                sd = share * max(value, 0.1 * capacity)
                yield Reading(f"book {store.id}", stream, value, sd, unit, fixed=first)

    # -- money and stops -------------------------------------------------------

    def latest(self, kind: str) -> dict[str, float]:
        """Return the last figure of the month of each tag."""
        found = {}
        for tag, rows in sorted(self.rows.get(kind, {}).items()):
            inside = [r for r in rows if self.month.contains(r.day)]
            if inside:
                self._use(inside)
                found[tag] = max(inside, key=lambda r: (r.day, r.detail)).value
        return found

    def sums(self, kind: str) -> dict[str, float]:
        """Return the sum of the month of each tag."""
        found = {}
        for tag, rows in sorted(self.rows.get(kind, {}).items()):
            inside = [r for r in rows if self.month.contains(r.day)]
            if inside:
                self._use(inside)
                found[tag] = sum(r.value for r in inside)
        return found

    def outages(self) -> tuple[Outage, ...]:
        found = []
        for tag, rows in sorted(self.rows.get("outage", {}).items()):
            inside = [r for r in rows if self.month.contains(r.day)]
            self._use(inside)
            found += [
                Outage(
                    unit=tag, first=r.day, last=r.day, share=r.value, reason="intake"
                )
                for r in inside
            ]
        return tuple(found)


def _overlaps(row: _Row, month: Period) -> bool:
    length = int(row.detail or 1)
    return month.overlap_days(row.day - timedelta(days=max(length, 1) - 1), row.day) > 0


def _intervals(rows: list[_Row]) -> list[Interval]:
    """Return totals by interval; readings with a time of day add up over their day."""
    by_day: dict[date, float] = {}
    found = []
    for row in rows:
        length = int(row.detail or 1)
        if row.timed or length == 0:
            by_day[row.day] = by_day.get(row.day, 0.0) + row.value
        else:
            first = row.day - timedelta(days=length - 1)
            found.append(Interval(first, row.day, row.value))
    return [*found, *(Interval(day, day, value) for day, value in by_day.items())]
