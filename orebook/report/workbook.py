"""The workbook: the same tables as the page, one sheet each, numbers as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from orebook.chain.calendar import period
from orebook.glossary import unit_label
from orebook.report.month_result import MonthResult
from orebook.report.sections import chapters
from orebook.report.table import Cell, Column, Kind, Row, Section, Table
from orebook.report.words import both, head_of

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS: Mapping[Kind, str] = {
    "money": "#,##0.00", "price": "#,##0.00", "quantity": "#,##0.0##",
    "own": "#,##0.0####", "share": "0.0%", "count": "#,##0", "sigma": "0.00",
}  # fmt: skip
"""Number formats by kind of column."""

HEAD_ROWS = 3  # caption, Chinese heads, English heads
NARROWEST, WIDEST, FIGURE = 9.0, 46.0, 17.0  # widths of columns [characters]
WIDTH_ROWS = 200  # rows looked at for the width of a column
LARGEST = 1e300  # an amount without limit is left blank in a spreadsheet


class _Sheet(Protocol):
    """What is used of a sheet."""

    write: Callable[..., object]
    freeze_panes: Callable[..., object]
    autofilter: Callable[..., object]
    set_column: Callable[..., object]
    set_row: Callable[..., object]
    set_landscape: Callable[[], object]
    set_paper: Callable[[int], object]
    fit_to_pages: Callable[[int, int], object]
    repeat_rows: Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class _Style:
    """The formats of a workbook."""

    caption: object
    head: object
    plain: Mapping[str, object]
    bold: Mapping[str, object]


def workbook(result: MonthResult) -> bytes:
    """Return the report of a month as a spreadsheet.

    Parameters
    ----------
    result : MonthResult
        The month.

    Returns
    -------
    bytes
        An xlsx file; the same month gives the same bytes.
    """
    return write_sheets(chapters(result), result.closed.period)


def write_sheets(sections: tuple[Section, ...], name: str) -> bytes:
    """Return the workbook of chapters already made.

    Parameters
    ----------
    sections : tuple of Section
        The chapters.
    name : str
        The period; its last day stands as the day of creation, whatever the clock says.
    """
    import xlsxwriter

    target = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    file = xlsxwriter.Workbook(target, options)
    last = period(name).last
    created = datetime(last.year, last.month, last.day, tzinfo=UTC)
    file.set_properties({"title": name, "created": created.replace(tzinfo=None)})
    style = _styles(file.add_format)
    tables = [table for section in sections for table in section.sheets]
    for number, table in enumerate(tables, start=1):
        _fill(file.add_worksheet(sheet_name(number, table)), table, style)
    file.close()
    return target.getvalue()


def sheet_name(number: int, table: Table) -> str:
    """Return the name of a sheet in both languages, at most 31 characters."""
    said = both(f"sheet_{table.id}")
    return both("sheet_title", number=str(number), zh=said.zh, en=said.en).zh[:31]


def _styles(add: Callable[[dict[str, object]], object]) -> _Style:
    kinds: dict[str, dict[str, object]] = {
        k: {"num_format": f} for k, f in FORMATS.items()
    }
    kinds |= {"text": {}, "code": {"font_color": "#4A545C"}}
    head = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6EAEC",
            "bottom": 1}  # fmt: skip
    return _Style(
        caption=add({"bold": True, "font_size": 12}),
        head=add({**head}),
        plain={k: add(dict(f)) for k, f in kinds.items()},
        bold={k: add({**f, "bold": True}) for k, f in kinds.items()},
    )


def _fill(sheet: _Sheet, table: Table, style: _Style) -> None:
    columns = bilingual(table.columns)
    sheet.write(0, 0, f"{table.caption.zh}　{table.caption.en}", style.caption)
    for place, (column, lang) in enumerate(columns):
        zh, en = heads(column, lang)
        sheet.write(1, place, zh, style.head)
        sheet.write(2, place, en, style.head)
    found = [cells(row, table.columns) for row in table.rows]
    for place in range(len(columns)):
        texts = [line[place] for line in found[:WIDTH_ROWS]]
        sheet.set_column(place, place, _width(columns[place], texts))
    for number, (row, line) in enumerate(
        zip(table.rows, found, strict=True), HEAD_ROWS
    ):
        _write_row(sheet, number, line, (columns, row, style))
    last = max(HEAD_ROWS, HEAD_ROWS + len(table.rows) - 1)
    sheet.autofilter(HEAD_ROWS - 1, 0, last, len(columns) - 1)
    sheet.freeze_panes(HEAD_ROWS, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1, 2)


def bilingual(columns: tuple[Column, ...]) -> list[tuple[Column, str]]:
    """Return the columns of a sheet: a text stands once in each language."""
    found = []
    for column in columns:
        twice = column.kind == "text" and column.head not in ONCE
        found += [(column, lang) for lang in (("zh", "en") if twice else ("",))]
    return found


ONCE = frozenset(
    {"unit_of_measure", "scheme", "licence", "retrieved", "last_month", "source"}
)
"""Texts that are the same in both languages."""


def heads(column: Column, lang: str) -> tuple[str, str]:
    """Return the two head lines of a column; a text says which language it is in."""
    name = head_of(column.head)
    if column.unit:
        zh, en = (unit_label(column.unit, lang=code) for code in ("zh", "en"))
        return f"{name.zh}〔{zh}〕", f"{name.en} [{en}]"
    if not lang:
        return name.zh, name.en
    return name.zh, f"{name.en} ({lang})"


def cells(row: Row, columns: tuple[Column, ...]) -> list[Cell]:
    """Return the cells of a row as they stand in the sheet."""
    found: list[Cell] = []
    for cell, column in zip(row.cells, columns, strict=True):
        if column.kind == "text" and column.head not in ONCE:
            found += [cell, cell] if isinstance(cell, str) else _two(cell)
        else:
            found.append(cell)
    return found


def _two(cell: Cell) -> list[Cell]:
    return list(cell) if isinstance(cell, tuple) else [cell, cell]


def _write_row(
    sheet: _Sheet, number: int, found: list[Cell],
    look: tuple[list[tuple[Column, str]], Row, _Style],
) -> None:  # fmt: skip
    columns, row, style = look
    formats = style.bold if row.style else style.plain
    for place, (cell, (column, _)) in enumerate(zip(found, columns, strict=True)):
        value = _plain(cell)
        if value is not None and value != "":
            sheet.write(number, place, value, formats[column.kind])
    if row.level:
        sheet.set_row(number, None, None, {"level": min(row.level, 7)})


def _plain(cell: Cell) -> str | float | int | None:
    """Return what a spreadsheet can hold; an amount without limit stays blank."""
    if isinstance(cell, tuple):
        return cell[0]
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, float) and not abs(cell) < LARGEST:
        return None
    return cell


def _width(head: tuple[Column, str], texts: list[Cell]) -> float:
    column, lang = head
    if column.numeric:
        return FIGURE
    longest = max((_wide(str(_plain(text) or "")) for text in texts), default=0.0)
    named = max(map(_wide, heads(column, lang))) + 3.0
    return min(WIDEST, max(NARROWEST, longest + 2.0, named))


def _wide(text: str) -> float:
    """Return the width of a text; a Chinese sign is two wide [characters]."""
    return sum(2.0 if ord(sign) > 0x2E7F else 1.0 for sign in text)
