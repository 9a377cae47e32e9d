"""What a report is made of: texts in two languages, tables, pictures, sections.

Every figure of a report stands in a :class:`Table` once, in full precision and without
a language; page and workbook are two views of the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, NamedTuple

from orebook.errors import InputError
from orebook.glossary import Lang
from orebook.reward.explain import Node


class Said(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str

    def in_(self, lang: Lang) -> str:
        """Return the text in one language.

        Examples
        --------
        >>> Said("计划", "plan").in_("en")
        'plan'
        """
        return self.zh if lang == "zh" else self.en


Cell = Said | str | int | float | Decimal | None
Kind = Literal[
    "text", "code", "money", "price", "quantity", "own", "share", "count", "sigma"
]
RowStyle = Literal["", "total", "group"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    head : str or Said
        Key of its name in the words of the report, or a term of the glossary; a name
        in both languages where a study gives it.
    kind : str
        What stands in it; decides decimals and alignment. ``quantity`` shares the
        decimals of its row, ``own`` has its own.
    unit : str
        Unit of the figures, shown in the head; empty where each row names its own.
    """

    head: str | Said
    kind: Kind = "text"
    unit: str = ""

    @property
    def numeric(self) -> bool:
        """Whether figures stand in it."""
        return self.kind not in {"text", "code"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a cell per column, how it is set, and how deep it is indented [-].

    ``anchor`` names the row so that a picture may lead to it; ``back`` is the anchor
    its first cell leads to. Both are unique in the report.
    """

    cells: tuple[Cell, ...]
    style: RowStyle = ""
    level: int = 0
    anchor: str = ""
    back: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report.

    Parameters
    ----------
    id : str
        Short name, unique in the report; names the sheet of the workbook.
    caption : Said
        What it shows.
    columns : tuple of Column
        The columns; the first one names the row.
    rows : tuple of Row
        The rows, in the order of the report.
    most : int or None
        Rows shown on the page; the workbook holds all.
    rest : Said or None
        Says how many rows the page does not show, and what they sum to.

    Raises
    ------
    InputError
        A row has another number of cells than there are columns.
    """

    id: str
    caption: Said
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    most: int | None = None
    rest: Said | None = None

    def __post_init__(self) -> None:
        """Refuse a row that does not fit."""
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise InputError(
                    f"table {self.id!r}: a row has {len(row.cells)} cells {row.cells}; "
                    f"expected {len(self.columns)}; give one cell per column"
                )

    @property
    def shown(self) -> tuple[Row, ...]:
        """Rows that stand on the page."""
        return self.rows if self.most is None else self.rows[: self.most]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture as drawn: its title (may be empty) and its SVG text."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Something to draw.

    Parameters
    ----------
    draw : callable
        ``(lang, width)`` to the drawings [px].
    widths : tuple of float
        Widths to draw for a screen and for a phone; one width scrolls in its box [px].
    printed : float or None
        Width to draw for a large sheet of paper; as on the screen where None [px].
    """

    draw: Callable[[Lang, float], Sequence[Drawing]]
    widths: tuple[float, ...]
    printed: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """A few figures that say it all: pairs of name and value."""

    pairs: tuple[tuple[Said, Said], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """How a number follows from others."""

    root: Node


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks behind a line that opens them."""

    summary: Said
    blocks: tuple[Block, ...]


Block = Said | Table | Picture | Facts | Tree | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the report.

    Parameters
    ----------
    id : str
        Short name, used as the anchor.
    title : Said
        Its heading.
    blocks : tuple
        What stands on the page.
    sheets : tuple of Table
        What stands in the workbook, one sheet each.
    """

    id: str
    title: Said
    blocks: tuple[Block, ...]
    sheets: tuple[Table, ...] = ()


def parts(
    table: Table, *, head: str, caption: Callable[[Cell], Said]
) -> list[tuple[Cell, Table]]:
    """Split a table by one of its columns, in order of first use.

    Parameters
    ----------
    table : Table
        The whole.
    head : str
        Column to split by; the parts do without it.
    caption : callable
        Caption of the part for a value of that column.

    Examples
    --------
    >>> columns = (Column("site"), Column("reading", "count"))
    >>> rows = (Row(("a", 1)), Row(("b", 2)), Row(("a", 3)))
    >>> whole = Table("t", Said("表", "table"), columns, rows)
    >>> found = parts(whole, head="site", caption=lambda name: whole.caption)
    >>> [(name, len(part.rows)) for name, part in found]
    [('a', 2), ('b', 1)]
    """
    place = [c.head for c in table.columns].index(head)
    columns = (*table.columns[:place], *table.columns[place + 1 :])
    groups: dict[Cell, list[Row]] = {}
    for row in table.rows:
        cells = (*row.cells[:place], *row.cells[place + 1 :])
        groups.setdefault(row.cells[place], []).append(replace(row, cells=cells))
    return [
        (key, replace(table, columns=columns, rows=tuple(rows), caption=caption(key)))
        for key, rows in groups.items()
    ]


def select(table: Table, heads: Sequence[str]) -> Table:
    """Return a table with some of its columns.

    Parameters
    ----------
    table : Table
        The whole.
    heads : sequence of str
        Heads of the columns to keep, in their order.

    Examples
    --------
    >>> columns = (Column("plan", "money"), Column("actual", "money"))
    >>> whole = Table("t", Said("表", "table"), columns, (Row((1, 2)),))
    >>> select(whole, ["actual"]).rows[0].cells
    (2,)
    """
    place = {str(c.head): k for k, c in enumerate(table.columns)}
    kept = [place[head] for head in heads]
    rows = tuple(replace(r, cells=tuple(r.cells[k] for k in kept)) for r in table.rows)
    return replace(table, columns=tuple(table.columns[k] for k in kept), rows=rows)
