"""A planning sheet as changes of a plan: only what differs from the plan counts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np

from orebook.chain.nearest import did_you_mean
from orebook.chain.plant import Outage
from orebook.desk.figures import (
    Amount,
    base_of,
    read_amount,
    wanted_kinds,
)
from orebook.desk.grid import Cell, Found, Ignored, read_sheets, same, tables
from orebook.desk.names import known_names, told_apart
from orebook.desk.words import FIGURES, figure_of, meaning_of, period_of
from orebook.errors import BookError, Mistake
from orebook.ledger.layout import Problem, read_moment, read_number, split_header
from orebook.plan.replan_changes import Changes, NewPrice, NewSpec
from orebook.plan.replan_limits import NewLimit
from orebook.plan.result import Plan

__all__ = ["Edit", "SheetChanges", "read_sheet"]

SAME = 1e-9
"""Figures that differ by less than this share of their size are the same [-]."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One figure of a sheet that differs from the plan.

    Parameters
    ----------
    place : str
        Address of the cell, ``sheet!B7``.
    subject, figure : str
        What it is of, and which figure of it (``price``, ``max``, ``stock`` ...).
    periods : tuple of str
        Periods it holds in; the whole horizon where empty.
    before, after : float or None
        In the plan and on the sheet [unit]; None where there is none or it varies.
    unit : str
        Unit of both.
    """

    place: str
    subject: str
    figure: str
    periods: tuple[str, ...]
    before: float | None
    after: float | None
    unit: str

    def to_dict(self) -> dict[str, object]:
        """Return the edit as plain data."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return found | {"periods": list(self.periods)}


@dataclass(frozen=True, slots=True)
class SheetChanges:
    """What a planning sheet changes of a plan.

    Parameters
    ----------
    changes : Changes
        To be kept as a case or re-planned with.
    edits : tuple of Edit
        Each changed figure with its cell.
    unchanged : int
        Figures that are as in the plan [-].
    ignored : tuple of Ignored
        What was not used, and why.
    """

    changes: Changes
    edits: tuple[Edit, ...]
    unchanged: int
    ignored: tuple[Ignored, ...]

    def summary(self) -> str:
        """Return what was read in a few lines."""
        head = (
            f"{len(self.edits)} figures differ from the plan, {self.unchanged} are as "
            f"in it, {len(self.ignored)} cells or rows were not used"
        )
        lines = [
            f"  {e.place}: {e.figure} of {e.subject}{_in(e.periods)}: "
            f"{_text(e.before)} -> {_text(e.after)} {e.unit}".rstrip()
            for e in self.edits
        ]
        lines += [f"  not used: {i.place} '{i.text}': {i.reason}" for i in self.ignored]
        return "\n".join([head, *lines])

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "changes": self.changes.to_dict(),
            "edits": [e.to_dict() for e in self.edits],
            "unchanged": self.unchanged,
            "ignored": [i.to_dict() for i in self.ignored],
        }


def _in(periods: tuple[str, ...]) -> str:
    return f" in {', '.join(periods)}" if periods else ""


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:,.6g}"


def read_sheet(path: Path, plan: Plan) -> SheetChanges:
    """Read a workbook or CSV file in whatever layout it has.

    Parameters
    ----------
    path : Path
        The file.
    plan : Plan
        What the figures are compared with.

    Returns
    -------
    SheetChanges
        With every figure that differs from the plan.

    Raises
    ------
    InputError
        If the file cannot be read.
    BookError
        With every cell that cannot be understood; nothing is used then.
    """
    work = _Reading(path.name, plan, known_names(plan.network.chain))
    meaning = meaning_of(plan.periods, work.names)
    for sheet in read_sheets(path, path.read_bytes()):
        found, ignored = tables(sheet, meaning, ("subject", "name", "period"))
        work.ignored += ignored
        for table in found:
            _read_table(work, table)
    if work.mistakes:
        raise BookError(work.mistakes)
    return work.result()


@dataclass(slots=True)
class _Reading:
    """Collects what the tables of one file say."""

    file: str
    plan: Plan
    names: Mapping[str, tuple[str, ...]]
    prices: list[NewPrice] = field(default_factory=list)
    limits: list[NewLimit] = field(default_factory=list)
    stocks: dict[str, float] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    specs: list[NewSpec] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    seen: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    unchanged: int = 0

    def wrong(self, cell: Cell, name: str, problem: Problem) -> None:
        """Note a cell that cannot be used."""
        shown = cell.text[:60]
        where = f"{cell.place} ({name})"
        mistake = Mistake(self.file, cell.row, where, shown, *problem)
        if mistake not in self.mistakes:
            self.mistakes.append(mistake)

    def twice(self, cell: Cell, key: tuple[str, ...]) -> bool:
        """Return whether the figure was said before; note it where it contradicts."""
        place, text = self.seen.setdefault(key, (cell.place, cell.text))
        if place == cell.place:
            return False
        if text != cell.text:
            problem = (
                f"contradicts {place}, which says {text}",
                "one figure for one thing",
                "remove one of the two",
            )
            self.wrong(cell, key[1], problem)
        return True

    def result(self) -> SheetChanges:
        """Return what was collected."""
        changes = Changes(
            prices=tuple(self.prices),
            outages=tuple(self.outages),
            stocks=self.stocks,
            specs=tuple(self.specs),
            limits=tuple(self.limits),
        )
        return SheetChanges(
            changes, tuple(self.edits), self.unchanged, tuple(self.ignored)
        )


def _read_table(work: _Reading, table: Found) -> None:
    columns = {c.meaning: k for k, c in enumerate(table.columns)}
    read = next((r for needs, r in _FORMS if needs <= set(columns)), _read_amounts)
    for cells in table.rows:
        read(work, table, cells)


def _cell(table: Found, cells: tuple[Cell, ...], meaning: str) -> Cell | None:
    """Return the cell of a column, None where the column or its content is absent."""
    for column, cell in zip(table.columns, cells, strict=True):
        if column.meaning == meaning and not cell.blank:
            return cell
    return None


def _label(table: Found, cells: tuple[Cell, ...]) -> Cell | None:
    return _cell(table, cells, "subject") or _cell(table, cells, "name")


def _subject(
    work: _Reading, cell: Cell, wanted: tuple[str, ...], figure: str
) -> str | None:
    """Return what a label stands for; note it where that is not one thing."""
    found = told_apart(work.names, cell.text, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        problem = (
            f"may be {' or '.join(found)}",
            "a name that only one has",
            f"write {found[0]}",
        )
    else:
        fits = [
            n for n, those in work.names.items() if told_apart(work.names, n, wanted)
        ]
        problem = (
            f"is nothing in the book that has a {figure}",
            f"an id or name of {', '.join(wanted) or 'the book'}",
            did_you_mean(same(cell.text), fits, "mark a note with * before it"),
        )
    work.wrong(cell, "name", problem)
    return None


# -- amounts: prices, limits, stocks ------------------------------------------------


def _read_amounts(work: _Reading, table: Found, cells: tuple[Cell, ...]) -> None:
    """Read a row of figures: by column, by period, or by subject across."""
    label, when = _label(table, cells), _cell(table, cells, "period")
    periods: tuple[str, ...] = ()
    if when is not None:
        named = period_of(when.value, work.plan.periods)
        if named is None:
            work.wrong(when, "period", _no_period(work.plan))
            return
        periods = (named,)
    figures = list(_figures(work, table, cells))
    if not figures:
        return
    for place, figure, own, cell in figures:
        subject = label if own is None else own
        if subject is None:
            reason = "the row names no contract, unit or store"
            work.ignored.append(Ignored(cell.place, cell.text[:40], reason))
            continue
        unit = _unit(table, cells, place)
        _amount(work, subject, (figure, periods or _column_period(table, place)),
                cell=cell, unit=unit)  # fmt: skip


def _no_period(plan: Plan) -> Problem:
    first, last = plan.periods[0].name, plan.periods[-1].name
    return (
        "is no period of the plan",
        f"a period from {first} to {last}",
        "correct it, or plan a longer horizon",
    )


def _column_period(table: Found, place: int) -> tuple[str, ...]:
    meaning = table.columns[place].meaning
    return (meaning.removeprefix("period:"),) if meaning.startswith("period:") else ()


def _unit(table: Found, cells: tuple[Cell, ...], place: int) -> str:
    """Return the unit of a figure: of its row, its heading, or the title."""
    own = _cell(table, cells, "unit")
    if own is not None:
        return own.text
    return table.columns[place].unit or split_header(table.title)[1]


def _figures(
    work: _Reading, table: Found, cells: tuple[Cell, ...]
) -> Iterator[tuple[int, str, Cell | None, Cell]]:
    """Yield (column, figure, own subject or None, cell) of each filled figure."""
    said = _cell(table, cells, "figure")
    named = figure_of(said.text) if said is not None else figure_of(table.title)
    for place, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
        if cell.blank:
            continue
        if column.meaning in FIGURES:
            yield place, column.meaning, None, cell
            continue
        across = column.meaning.startswith("of:")
        if not (across or column.meaning.startswith("period:") or
                column.meaning == "value"):  # fmt: skip
            continue
        if named is None:
            where = said or column.heading
            work.wrong(where, "figure", _NO_FIGURE)
            return
        yield place, named, column.heading if across else None, cell


_NO_FIGURE: Problem = (
    "does not say which figure the numbers are",
    "price, max, min, stock or own use",
    "add a column 'figure', or a title such as 'prices' above the table",
)


def _amount(
    work: _Reading,
    label: Cell,
    what: tuple[str, tuple[str, ...]],
    *,
    cell: Cell,
    unit: str,
) -> None:
    figure, periods = what
    subject = _subject(work, label, wanted_kinds(figure), figure)
    if subject is None or work.twice(cell, (subject, figure, *periods)):
        return
    read = read_amount(
        work.plan, (subject, figure), cell.value, unit=unit, timed=bool(periods)
    )
    if not isinstance(read, Amount):
        work.wrong(cell, figure, read)
        return
    base, base_unit = base_of(work.plan, subject, figure)
    names = [p.name for p in work.plan.periods]
    places = [names.index(p) for p in periods] or list(range(len(names)))
    before = base[places]
    after = read.applied(before, [work.plan.periods[t] for t in places])
    if _same(before, after):
        work.unchanged += 1
        return
    _keep(work, subject, figure, read=read, periods=periods)
    work.edits.append(
        Edit(cell.place, subject, figure, periods, _one(before), _one(after), base_unit)
    )


def _same(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether figures are the same but for rounding; no limit is only like no limit."""
    finite = np.isfinite(before) & np.isfinite(after)
    size = np.where(finite, np.maximum(np.abs(before), np.abs(after)), 0.0)
    gap = np.where(finite, np.abs(np.where(finite, after - before, 0.0)), np.inf)
    return bool(np.all((before == after) | (gap <= SAME * size)))


def _one(values: np.ndarray) -> float | None:
    """Return the one value, None where values differ or have no end."""
    first = float(values[0])
    return first if np.all(values == first) and np.isfinite(first) else None


def _keep(
    work: _Reading, subject: str, figure: str, *, read: Amount, periods: tuple[str, ...]
) -> None:
    if figure == "price":
        work.prices.append(NewPrice(subject, read.value, read.factor, periods))
    elif figure == "stock":
        store = subject.removeprefix("store:")
        base = work.plan.assembly.conditions.opening[store]
        work.stocks[store] = (
            base * read.factor if read.value is None else read.value * read.factor
        )
    else:
        work.limits.append(
            NewLimit(subject, figure, read.value, read.per, read.factor, periods)
        )


# -- outages and specs --------------------------------------------------------------


def _read_outage(work: _Reading, table: Found, cells: tuple[Cell, ...]) -> None:
    label, begin = _label(table, cells), _cell(table, cells, "first")
    if label is None or begin is None:
        return
    end = _cell(table, cells, "last") or begin
    subject = _subject(work, label, ("unit", "route"), "outage")
    first, last = _day(work, begin), _day(work, end)
    share = _share(work, _cell(table, cells, "share"))
    if subject is None or first is None or last is None or share is None:
        return
    if first > last:
        problem = (
            "lies before the first day",
            "first day <= last day",
            "exchange them",
        )
        work.wrong(end, "last", problem)
        return
    said = _cell(table, cells, "reason")
    stop = Outage(
        unit=subject.split(":")[1],
        first=first,
        last=last,
        share=share,
        reason="" if said is None else said.text,
    )
    if work.twice(begin, (stop.unit, "outage", str(first), str(last))):
        return
    if any(_same_stop(stop, o) for o in work.plan.network.chain.outages):
        work.unchanged += 1
        return
    work.outages.append(stop)
    span = (first.isoformat(), last.isoformat())
    work.edits.append(Edit(begin.place, subject, "outage", span, 0.0, share, "-"))


def _same_stop(one: Outage, other: Outage) -> bool:
    names = ("unit", "first", "last", "share")
    return all(getattr(one, n) == getattr(other, n) for n in names)


def _day(work: _Reading, cell: Cell) -> date | None:
    found = read_moment(cell.value)
    if isinstance(found, tuple):
        work.wrong(cell, "day", found)
        return None
    return found.date() if isinstance(found, datetime) else found


def _share(work: _Reading, cell: Cell | None) -> float | None:
    if cell is None:
        return 1.0
    found = _fraction(cell)
    if isinstance(found, float) and 0.0 < found <= 1.0:
        return found
    problem = ("is no share", "a share above 0, at most 1 (or 100 %)", "correct it")
    work.wrong(cell, "share", found if isinstance(found, tuple) else problem)
    return None


def _fraction(cell: Cell, unit: str = "") -> float | Problem:
    """Read a share, ``0.4``, ``40 %`` or 40 under a heading in per cent [-]."""
    text = unicodedata.normalize("NFKC", cell.text)
    percent = text.endswith("%") or unit.strip() in {"%", "wt%"}
    number = read_number(text.rstrip("% ") if text.endswith("%") else cell.value)
    return number / 100.0 if isinstance(number, float) and percent else number


def _read_spec(work: _Reading, table: Found, cells: tuple[Cell, ...]) -> None:
    label, of = _label(table, cells), _cell(table, cells, "component")
    if label is None or of is None:
        return
    subject = _subject(work, label, ("sell",), "quality limit")
    if subject is None:
        return
    sale_id = subject.removeprefix("sell:")
    sale = next(s for s in work.plan.network.chain.sales if s.id == sale_id)
    stated = {x.of: x for x in sale.spec}
    known = {c for m in work.plan.network.chain.materials for c in m.assay}
    for part in of.text.split("/"):
        if part not in known:
            problem = ("is a component of no assay", "a component, or a ratio of two",
                       did_you_mean(part, known, "correct it"))  # fmt: skip
            work.wrong(of, "component", problem)
            return
    for place, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
        if column.meaning not in ("max", "min") or cell.blank:
            continue
        value = _fraction(cell, _unit(table, cells, place))
        if not isinstance(value, float):
            work.wrong(cell, column.meaning, value)
            continue
        old = getattr(stated.get(of.text), column.meaning, None)
        before = None if old is None else old.to("")
        if before is not None and abs(value - before) <= SAME * abs(before):
            work.unchanged += 1
            continue
        if work.twice(cell, (subject, of.text, column.meaning)):
            continue
        work.specs.append(NewSpec(sale_id, of.text, column.meaning, value))
        figure = f"{of.text} {column.meaning}"
        work.edits.append(Edit(cell.place, subject, figure, (), before, value, "-"))


Reader = Callable[[_Reading, Found, tuple[Cell, ...]], None]
_FORMS: tuple[tuple[frozenset[str], Reader], ...] = (
    (frozenset({"first", "last"}), _read_outage),
    (frozenset({"component"}), _read_spec),
)
