"""How a cell is written on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from math import floor, log10

from orebook.glossary import Lang, Magnitude, unit_label
from orebook.report.table import Cell, Column, Kind, Row, Said, Table
from orebook.report.words import head_of

DECIMALS: dict[Kind, int] = {"money": 2, "price": 2, "count": 0, "sigma": 2}
"""Decimals of the kinds that have them fixed [-]."""

LARGEST = 1e15  # digits of a float beyond it mean nothing


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell as it stands on the page: its text and its style class."""

    text: str
    style: str


def head(column: Column, lang: Lang) -> str:
    """Return the head of a column with its unit.

    Examples
    --------
    >>> head(Column("plan", "money", "CNY"), "zh"), head(Column("ask", "price"), "en")
    ('计划〔元〕', 'ask')
    """
    name = head_of(column.head).in_(lang)
    if not column.unit:
        return name
    unit = unit_label(column.unit, lang=lang)
    return f"{name}〔{unit}〕" if lang == "zh" else f"{name} [{unit}]"


def row_cells(table: Table, row: Row, lang: Lang) -> list[Shown]:
    """Return the cells of a row as they stand on the page."""
    shared = _shared_decimals(table.columns, row.cells)
    return [
        Shown(_text(cell, column, lang, shared), _style(column))
        for column, cell in zip(table.columns, row.cells, strict=True)
    ]


def _style(column: Column) -> str:
    if column.head in {"unit_of_measure", "unit_of_needed", "expires"}:
        return "u"
    return "n" if column.numeric else "c" if column.kind == "code" else ""


def _text(cell: Cell, column: Column, lang: Lang, shared: int) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Said):
        return cell.in_(lang)
    if isinstance(cell, str):
        return unit_label(cell, lang=lang) if column.head == "unit_of_measure" else cell
    return figure(cell, column.kind, shared)


def figure(value: float | Decimal, kind: Kind, shared: int = 0) -> str:
    """Return a figure as digits, with the decimals of its kind.

    Parameters
    ----------
    value : float or Decimal
        The figure.
    kind : str
        Kind of its column.
    shared : int
        Decimals of its row, for quantities [-].

    Examples
    --------
    >>> figure(1234.5, "money"), figure(0.125, "share"), figure(-2.5, "quantity", 1)
    ('1,234.50', '12.5 %', '−2.5')
    """
    if not abs(float(value)) <= LARGEST:
        return "∞"
    if kind == "share":
        return f"{_magnitude(1).show(100.0 * float(value))} %"
    places = DECIMALS.get(kind)
    if places is None:
        places = shared if kind == "quantity" else decimals(float(value))
    return _magnitude(places).show(value)


def decimals(size: float) -> int:
    """Return the decimals that show four significant digits [-].

    Examples
    --------
    >>> decimals(12345.0), decimals(12.3), decimals(0.0456)
    (0, 2, 5)
    """
    if size == 0.0:
        return 0
    return min(6, max(0, 3 - floor(log10(abs(size)))))


def _shared_decimals(columns: Sequence[Column], cells: Sequence[Cell]) -> int:
    """Return the decimals of the largest quantity of a row [-]."""
    sizes = [
        abs(float(cell))
        for column, cell in zip(columns, cells, strict=True)
        if column.kind == "quantity" and isinstance(cell, int | float | Decimal)
    ]
    return decimals(max(sizes, default=0.0))


@cache
def _magnitude(places: int) -> Magnitude:
    return Magnitude(1.0, "", places)
