"""Tables anywhere on a sheet: found by their headings, whatever stands around them.

Planners lay out sheets as they like: titles above, notes beside, two tables next to
each other, empty rows between groups, periods down or across. A row is a header where
it names the thing a table is about and at least one figure of it. What is not
understood is listed, never silently dropped.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from orebook.errors import InputError
from orebook.ledger.layout import plain, split_header

__all__ = ["Cell", "Column", "Found", "Ignored", "Sheet", "read_sheets", "tables"]

Meaning = Callable[["Cell"], str | None]
COMMENT = ("*", "#")  # a row that begins so is a note, as planners are used to


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: where it stands and what is in it."""

    sheet: str
    row: int
    column: int
    value: object

    @property
    def place(self) -> str:
        """Address as a spreadsheet writes it.

        Examples
        --------
        >>> Cell("prices", 3, 28, None).place
        'prices!AB3'
        """
        letters, rest = "", self.column
        while rest:
            rest, digit = divmod(rest - 1, 26)
            letters = chr(65 + digit) + letters
        return f"{self.sheet}!{letters}{self.row}"

    @property
    def blank(self) -> bool:
        """Whether nothing is in it."""
        return self.value is None or not str(self.value).strip()

    @property
    def text(self) -> str:
        """The content as text without outer blanks."""
        return "" if self.value is None else str(self.value).strip()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as a grid of cells, rows and columns counted from 1."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it holds, the unit in its heading, where it stands."""

    meaning: str
    unit: str
    heading: Cell


@dataclass(frozen=True, slots=True)
class Found:
    """A table found on a sheet.

    Parameters
    ----------
    title : str
        Nearest text above the header, else the name of the sheet.
    columns : tuple of Column
        The columns understood, from left to right.
    rows : tuple of tuple of Cell
        The cells of these columns, one tuple a row.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something on a sheet that was not used, and why."""

    place: str
    text: str
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"place": self.place, "text": self.text, "reason": self.reason}


def read_sheets(path: Path, raw: bytes) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook or CSV file as grids.

    Parameters
    ----------
    path : Path
        The file; its suffix tells the form.
    raw : bytes
        Its content.

    Raises
    ------
    InputError
        If the file is of another form or cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in {".xlsx", ".xlsm"}:
        return _workbook(path, raw)
    if suffix in {".csv", ".txt", ".tsv"}:
        from orebook.ledger.tables import read_tables

        return tuple(
            _sheet(t.name, [(1, t.header), *t.rows]) for t in read_tables(path, raw)
        )
    raise InputError(
        f"{path}: '{suffix}' is no form of planning sheet; expected .xlsx or .csv; "
        "save the file in one of these"
    )


def _workbook(path: Path, raw: bytes) -> tuple[Sheet, ...]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except (BadZipFile, KeyError, OSError, ValueError) as error:
        raise InputError(
            f"{path}: this is no Excel workbook ({error}); save it again as .xlsx"
        ) from error
    found = tuple(
        _sheet(s.title, list(enumerate(s.iter_rows(values_only=True), start=1)))
        for s in book.worksheets
    )
    book.close()
    return found


def _sheet(name: str, rows: Sequence[tuple[int, Sequence[object]]]) -> Sheet:
    return Sheet(
        name,
        tuple(
            tuple(Cell(name, number, c, v) for c, v in enumerate(cells, start=1))
            for number, cells in rows
        ),
    )


def tables(
    sheet: Sheet, meaning: Meaning, subjects: Collection[str]
) -> tuple[tuple[Found, ...], tuple[Ignored, ...]]:
    """Return the tables of a sheet, and what of it was not understood.

    Parameters
    ----------
    sheet : Sheet
        The grid.
    meaning : callable
        What a heading means (``"price"``, ``"period:2026-05"``), None where nothing.
    subjects : collection of str
        Meanings that name what a row is about, for example ``"contract"``.

    Examples
    --------
    >>> rows = [(1, ["June"]), (3, [None, "contract", "price"]), (4, [None, "a", 7.0])]
    >>> known = {"contract": "contract", "price": "price"}
    >>> found, _ = tables(_sheet("s", rows), lambda c: known.get(c.text), {"contract"})
    >>> found[0].title, [c.text for c in found[0].rows[0]]
    ('June', ['a', '7.0'])
    """
    headers = list(_headers(sheet, meaning, subjects))
    ignored = list(_unread(sheet, headers))
    found = []
    for k, (at, columns) in enumerate(headers):
        end = _end(headers, k, len(sheet.rows))
        rows = tuple(_body(sheet.rows[at + 1 : end], columns))
        found.append(Found(_title(sheet, at, columns), columns, rows))
    if not headers:
        first = next((c for row in sheet.rows for c in row if not c.blank), None)
        if first is not None:
            reason = "no header row: name the contract, unit or store and a figure"
            ignored.append(Ignored(first.place, first.text[:40], reason))
    return tuple(found), tuple(ignored)


Header = tuple[int, tuple[Column, ...]]


def _headers(
    sheet: Sheet, meaning: Meaning, subjects: Collection[str]
) -> Iterator[Header]:
    """Yield (place of the row, columns) of every table, side by side ones apart."""
    for at, row in enumerate(sheet.rows):
        if _is_note(row):
            continue
        groups: list[list[tuple[Cell, str]]] = []
        for run in _runs(row):
            named = [(c, m) for c in run if (m := meaning(c)) is not None]
            if named and (not groups or _begins(named, groups[-1], subjects)):
                groups.append([])
            for cell, what in named:
                begun = any(m in subjects for _, m in groups[-1])
                if what == "subject" and begun and cell is not named[0][0]:
                    groups.append([])
                groups[-1].append((cell, what))
        for group in groups:
            yield from _header(at, group, subjects)


def _begins(
    named: Sequence[tuple[Cell, str]],
    before: Sequence[tuple[Cell, str]],
    subjects: Collection[str],
) -> bool:
    """Whether headings after an empty column begin a table of their own."""
    had = any(m in subjects for _, m in before)
    return had and (any(m in subjects for _, m in named) or _stops(named))


def _stops(named: Sequence[tuple[Cell, str]]) -> bool:
    return {"unit", "first"} <= {m for _, m in named}


def _runs(row: Sequence[Cell]) -> Iterator[list[Cell]]:
    """Yield the cells of a row between empty ones."""
    run: list[Cell] = []
    for cell in row:
        if cell.blank and run:
            yield run
            run = []
        elif not cell.blank:
            run.append(cell)
    if run:
        yield run


def _header(
    at: int, group: Sequence[tuple[Cell, str]], subjects: Collection[str]
) -> Iterator[Header]:
    about = sum(1 for _, what in group if what in subjects)
    if not about and _stops(group):  # the unit that stops, not a unit of measure
        group = [(c, "subject" if m == "unit" else m) for c, m in group]
        about = 1
    if about and len(group) > about:
        yield (
            at,
            tuple(Column(what, split_header(c.text)[1], c) for c, what in group),
        )


def _end(headers: Sequence[Header], k: int, rows: int) -> int:
    """Return where a table ends: at the next header over any of its columns."""
    at, columns = headers[k]
    first, last = columns[0].heading.column, columns[-1].heading.column
    for other, theirs in headers[k + 1 :]:
        overlap = (
            theirs[0].heading.column <= last and theirs[-1].heading.column >= first
        )
        if other > at and overlap:
            return other
    return rows


def _body(
    rows: Sequence[tuple[Cell, ...]], columns: Sequence[Column]
) -> Iterator[tuple[Cell, ...]]:
    for row in rows:
        if not row or _is_note(row):
            continue
        by_column = {c.column: c for c in row}
        cells = tuple(
            by_column.get(
                c.heading.column,
                Cell(c.heading.sheet, row[0].row, c.heading.column, None),
            )
            for c in columns
        )
        if not all(c.blank for c in cells):
            yield cells


def _is_note(row: Sequence[Cell]) -> bool:
    first = next((c for c in row if not c.blank), None)
    return first is not None and first.text.startswith(COMMENT)


def _title(sheet: Sheet, at: int, columns: Sequence[Column]) -> str:
    """Return the text nearest above a table, at most three rows away."""
    first, last = columns[0].heading.column, columns[-1].heading.column
    for row in reversed(sheet.rows[max(0, at - 3) : at]):
        for cell in row:
            near = first - 1 <= cell.column <= last
            if near and isinstance(cell.value, str) and not cell.blank:
                return cell.text
    return sheet.name


def _unread(sheet: Sheet, headers: Sequence[Header]) -> Iterator[Ignored]:
    """Yield headings between understood ones that mean nothing."""
    for at in dict.fromkeys(place for place, _ in headers):
        used = {c.heading.column for p, cs in headers if p == at for c in cs}
        for cell in sheet.rows[at]:
            inside = min(used) < cell.column < max(used)
            if inside and cell.column not in used and not cell.blank:
                yield Ignored(cell.place, cell.text[:40], "heading not understood")


def same(text: object) -> str:
    """Return text as names are compared: one width, one case, dates as days."""
    if isinstance(text, datetime):
        return text.date().isoformat()
    if isinstance(text, date):
        return text.isoformat()
    return plain(unicodedata.normalize("NFKC", str(text)))
