"""Published price tables as they come: CSV or Excel, months down or across."""

from __future__ import annotations

import csv
import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from orebook.chain.series import (
    MONTH_EXPECTED,
    MONTH_REMEDY,
    NOT_A_MONTH,
    decode,
    read_month,
    read_number,
)
from orebook.errors import InputError, Mistake

_DASHES = ("", ".", "..", "...", "…", "……", "-", "--", "–", "—", "－")
_WORDS = ("na", "n/a", "n.a.", "#n/a", "nan", "null", "none", "nil", "无", "暂无", "缺")
MISSING = frozenset((*_DASHES, *_WORDS))
_MONTH_WORDS = ("month", "date", "period", "time", "year")
_CHINESE_WORDS = ("月份", "日期", "时间", "月", "年月", "年份", "年度", "指标")
_MONTH_HEADINGS = frozenset((*_MONTH_WORDS, *_CHINESE_WORDS))
_YEAR = re.compile(r"((?:19|20)\d\d) ?(?:年|e|\(e\)|f|p)?", re.IGNORECASE)
_HEADING_ROWS = 6  # rows above the data that may hold names, units and codes
_SHARE = 0.6  # share of cells that must look like months to make a month column

Grid = list[list[str]]


@dataclass(frozen=True, slots=True)
class Column:
    """One series of a price table.

    Parameters
    ----------
    labels : tuple of str
        Headings from top to bottom: name, unit, code as far as given [-].
    cells : mapping of str to str
        Address of each cell by period, as ``B17`` [-].
    values : mapping of str to float
        Price by period ``YYYY-MM`` (or ``YYYY``) where one is given [unit of the
        column].
    mistakes : tuple of Mistake
        Cells that are neither a price nor a sign for a missing one.
    """

    labels: tuple[str, ...]
    cells: Mapping[str, str]
    values: Mapping[str, float]
    mistakes: tuple[Mistake, ...]

    @property
    def name(self) -> str:
        """The first heading."""
        return self.labels[0]


@dataclass(frozen=True, slots=True)
class Table:
    """A price table: periods, and a column per series.

    Parameters
    ----------
    file : str
        Path of the file [-].
    sha256 : str
        Hash of its content, 64 hexadecimal digits [-].
    sheet : str
        Sheet of the workbook; empty for CSV [-].
    frequency : str
        ``month`` or ``year`` [-].
    periods : tuple of str
        Periods in the order of the file, ``YYYY-MM`` or ``YYYY`` [-].
    columns : tuple of Column
        The series; columns without any number are left out.
    mistakes : tuple of Mistake
        Bad cells of the column (or row) of periods.
    """

    file: str
    sha256: str
    sheet: str
    frequency: str
    periods: tuple[str, ...]
    columns: tuple[Column, ...]
    mistakes: tuple[Mistake, ...]

    def all_mistakes(self) -> tuple[Mistake, ...]:
        """Return every bad cell of the table."""
        return self.mistakes + tuple(m for c in self.columns for m in c.mistakes)

    def column(self, label: str) -> Column:
        """Return the column with a heading, whatever its case and spaces.

        Parameters
        ----------
        label : str
            Any of the headings of the column [-].

        Returns
        -------
        Column
            The column.

        Raises
        ------
        InputError
            If no column, or more than one, has the heading.
        """
        found = [c for c in self.columns if _plain(label) in map(_plain, c.labels)]
        if len(found) == 1:
            return found[0]
        names = [name for column in self.columns for name in column.labels]
        close = difflib.get_close_matches(label, names, n=3, cutoff=0.4)
        raise InputError(
            f"column {label!r} stands {len(found)} times in {self._place()}; expected "
            f"exactly one of: {', '.join(close or names[:12])}; correct the column of "
            "the mapping, or give the columns of the file different headings"
        )

    def _place(self) -> str:
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file


def read_price_file(path: Path, *, sheet: str | None = None) -> Table:
    """Read a published price table from CSV or Excel.

    Parameters
    ----------
    path : Path
        File ``.csv``, ``.txt``, ``.tsv``, ``.xlsx`` or ``.xlsm`` [-].
    sheet : str or None
        Sheet of the workbook; None takes the first that holds a price table [-].

    Returns
    -------
    Table
        Periods and columns; bad cells are listed in it, not guessed at.

    Raises
    ------
    InputError
        If the file cannot be read, or holds no table of months or years.

    Notes
    -----
    The column of periods is the leftmost in which most cells are months, or which is
    headed so; failing that, the row. Up to six rows above the data are headings.
    Commas part thousands. Text below the table without prices is taken as a footnote.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"price file {path} cannot be read ({error.strerror}); expected a CSV or "
            "Excel file; check path and permission"
        ) from error
    if path.suffix.lower() in (".xls", ".xlsb", ".ods", ".pdf", ".htm", ".html"):
        raise InputError(
            f"price file {path} is of a kind that is not read; expected CSV or .xlsx; "
            "open it in a spreadsheet and save it as .xlsx"
        )
    book = path.suffix.lower() in (".xlsx", ".xlsm")
    grids = _sheets(path) if book else {"": _csv_grid(decode(raw))}
    sha256 = hashlib.sha256(raw).hexdigest()
    for name in [sheet] if book and sheet is not None else list(grids):
        if name not in grids:
            raise InputError(
                f"price file {path} has no sheet {name!r}; expected one of "
                f"{', '.join(grids)}; correct the sheet of the mapping"
            )
        if table := _table(grids[name], file=str(path), sha256=sha256, sheet=name):
            return table
    raise InputError(
        f"price file {path} holds no table of prices by month; expected a column or "
        "row of months (2026-05, 2026年5月, 2026M05) beside columns of numbers; "
        f"sheets looked at: {', '.join(map(repr, grids))}; check file and sheet"
    )


def _sheets(path: Path) -> dict[str, Grid]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        saved = load_workbook(path, read_only=True, data_only=True)
        typed = load_workbook(path, read_only=True)
    except (BadZipFile, InvalidFileException, KeyError) as error:
        raise InputError(
            f"price file {path} is not an Excel workbook ({error}); expected .xlsx; "
            "open it in a spreadsheet and save it as .xlsx or CSV"
        ) from error
    grids = {
        name: [
            [_excel_text(*pair) for pair in zip(row, formulas, strict=False)]
            for row, formulas in zip(
                saved[name].iter_rows(values_only=True),
                typed[name].iter_rows(values_only=True),
                strict=False,
            )
        ]
        for name in (sheet.title for sheet in saved.worksheets)
    }
    saved.close()
    typed.close()
    return grids


def _excel_text(value: object, formula: object) -> str:
    if value is None and isinstance(formula, str) and formula.startswith("="):
        return f"{formula} (formula without a saved value)"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None else str(value).strip()


def _csv_grid(text: str) -> Grid:
    lines = text.splitlines()
    mark = max(",;\t", key=lambda sign: sum(sign in line for line in lines))
    rows = csv.reader(lines, delimiter=mark)
    grid: Grid = []
    for row in rows:
        # a comment line keeps its place, so that addresses stay those of the file
        comment = bool(row) and row[0].startswith("#")
        grid += [[] for _ in range(rows.line_num - 1 - len(grid))]
        grid.append([] if comment else [cell.strip() for cell in row])
    return grid


def _table(grid: Grid, *, file: str, sha256: str, sheet: str) -> Table | None:
    """Find the periods, down or across, and read the columns beside them."""
    width = max(map(len, grid), default=0)
    down = [row + [""] * (width - len(row)) for row in grid]
    across = [list(column) for column in zip(*down, strict=True)]
    found: list[Table] = []
    for frequency in ("month", "year"):
        for rows in (down, across):
            layout = _layout(rows, frequency, file=file, across=rows is across)
            if layout is None:
                continue
            columns = tuple(_columns(rows, layout))
            known = tuple(layout.periods.values())
            found.append(
                Table(file, sha256, sheet, frequency, known, columns, layout.mistakes)
            )
            if columns:
                return found[-1]
    # periods that are all doubtful: a table for its mistakes alone
    return next((table for table in found if table.mistakes), None)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the periods stand: a column of ``rows``, from a first row on."""

    file: str
    across: bool  # rows are columns of the file
    column: int
    first: int
    periods: Mapping[int, str]
    mistakes: tuple[Mistake, ...]


def _read_period(text: str, frequency: str) -> tuple[str, str]:
    if frequency == "month":
        return read_month(text)
    found = _YEAR.fullmatch(text.strip())
    return (found.group(1), "") if found else ("", "is not a year")


def _layout(rows: Grid, frequency: str, *, file: str, across: bool) -> _Layout | None:
    for column in range(min(30, len(rows[0]) if rows else 0)):
        cells = [row[column] for row in rows]
        first = _first_period(cells, frequency)
        if first is not None:
            break
    else:
        return None
    periods: dict[int, str] = {}
    mistakes = []
    for at in range(first, len(rows)):
        period, problem = _read_period(cells[at], frequency)
        if not any(text for c, text in enumerate(rows[at]) if c != column):
            continue  # an empty row, or a footnote
        if period in periods.values():
            problem = "stands twice"
        if problem:
            line, field = _address(at, column, across)
            told = (f"{field} ({frequency})", cells[at] or "(empty)", problem)
            expected = MONTH_EXPECTED if frequency == "month" else "a year, once"
            mistakes.append(Mistake(file, line, *told, expected, MONTH_REMEDY))
        else:
            periods[at] = period
    return _Layout(file, across, column, first, periods, tuple(mistakes))


def _first_period(cells: list[str], frequency: str) -> int | None:
    """Return the row of the first period if most of the cells below are periods."""
    seen = [_read_period(cell, frequency) for cell in cells]
    like = [at for at, (got, why) in enumerate(seen) if got or why[:3] != "is "]
    headings = [at for at, c in enumerate(cells) if c.lower() in _MONTH_HEADINGS]
    if headings and frequency == "month":  # bare day numbers count under a heading
        like = [at for at, (got, why) in enumerate(seen) if got or why != NOT_A_MONTH]
        like = [at for at in like if at > headings[0]]
    if not like or (not headings and len({cells[at] for at in like}) < 2):
        return None
    if frequency == "year" and not headings:  # prices may look like years
        years = [int(seen[at][0]) for at in like]
        if {abs(b - a) for a, b in pairwise(years)} != {1}:
            return None
    filled = sum(1 for cell in cells[like[0] : like[-1] + 1] if cell)
    return like[0] if len(like) >= _SHARE * filled else None


def _columns(rows: Grid, layout: _Layout) -> Iterator[Column]:
    top = max(0, layout.first - _HEADING_ROWS)
    for at in range(len(rows[0])):
        texts = [(row, rows[row][at].strip()) for row in layout.periods]
        prices = {row: read_number(text) for row, text in texts}
        if at == layout.column or all(price is None for price, _ in prices.values()):
            continue
        labels = [rows[row][at] for row in range(top, layout.first) if rows[row][at]]
        name = labels[0] if labels else _address(0, at, layout.across)[1].rstrip("1")
        mistakes = []
        for row, text in texts:
            if prices[row][1] and text.lower() not in MISSING:
                line, field = _address(row, at, layout.across)
                told = (f"{field} ({name})", text, prices[row][1])
                remedy = "correct the cell, or empty it where no price was published"
                fault = Mistake(layout.file, line, *told, "a number >= 0", remedy)
                mistakes.append(fault)
        periods = layout.periods
        yield Column(
            labels=tuple(labels) or (name,),
            cells={periods[row]: _address(row, at, layout.across)[1] for row in prices},
            values={periods[r]: p for r, (p, _) in prices.items() if p is not None},
            mistakes=tuple(mistakes),
        )


def _address(row: int, column: int, across: bool) -> tuple[int, str]:
    """Return line and spreadsheet address of a cell."""
    row, column = (column, row) if across else (row, column)
    letters, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return row + 1, f"{letters}{row + 1}"


def _plain(label: str) -> str:
    return " ".join(label.split()).casefold()
