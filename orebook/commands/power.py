"""`orebook power`: contracts, load, demand, spot and what a kWh and its steam cost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orebook.glossary import Lang
    from orebook.plan.power_view import PowerView
    from orebook.report.table import Table

__all__ = ["power", "text_table"]

LANG = click.Choice(["zh", "en"])


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("period")
@click.option("--site", default="", help="One site; the whole group otherwise.")
@click.option("--periods", default=1, show_default=True, help="Periods planned, told.")
@click.option("--picture", type=click.Path(path_type=Path), help="Folder for SVG.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def power(
    book: Path,
    period: str,
    site: str,
    periods: int,
    picture: Path | None,
    lang: Lang,
    as_json: bool,
) -> None:
    """Show power and steam of a plan: bought, made, moved, demand, marginal value.

    Example: orebook power examples/smelter-power 2026-05 --lang en
    """
    from orebook.book import open_book
    from orebook.chain.calendar import period as read_period
    from orebook.output import dumps, progress
    from orebook.plan.power_view import power_view

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        made = opened.planned(read_period(period), periods=periods, progress=say)
    seen = power_view(made, site)
    files = [] if picture is None else _draw(seen, picture, lang)
    data = {"status": "done", **seen.to_dict(), "files": files}
    click.echo(dumps(data) if as_json else _text(seen, lang, files))


def _text(seen: PowerView, lang: Lang, files: list[str]) -> str:
    """Return sentences and tables as text."""
    from orebook.report.names import Names
    from orebook.report.power import power_blocks
    from orebook.report.table import Said, Table

    parts = []
    for block in power_blocks(seen, Names(seen.plan.network)):
        if isinstance(block, Said):
            parts.append(block.in_(lang))
        elif isinstance(block, Table):
            parts.append(text_table(block, lang))
    return "\n\n".join([*parts, *files])


def text_table(table: Table, lang: Lang) -> str:
    """Return a table as aligned text, wide letters counted as two.

    Parameters
    ----------
    table : Table
        The table; all its rows are written.
    lang : Lang
        Language of the words.
    """
    from orebook.report.show import head, row_cells

    heads = [head(column, lang) for column in table.columns]
    rows = [[c.text for c in row_cells(table, row, lang)] for row in table.rows]
    wide = [max(map(_width, cells)) for cells in zip(heads, *rows, strict=True)]
    lines = [
        "  ".join(
            " " * (w - _width(text)) + text
            if column.numeric
            else text + " " * (w - _width(text))
            for text, w, column in zip(cells, wide, table.columns, strict=True)
        ).rstrip()
        for cells in (heads, *rows)
    ]
    return "\n".join([table.caption.in_(lang), *(f"  {line}" for line in lines)])


def _width(text: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _draw(seen: PowerView, folder: Path, lang: Lang) -> list[str]:
    """Write the pictures as SVG files."""
    from orebook.report.figures import WIDE
    from orebook.report.names import Names
    from orebook.report.power import power_blocks
    from orebook.report.table import Picture

    folder.mkdir(parents=True, exist_ok=True)
    written: list[str] = []
    for block in power_blocks(seen, Names(seen.plan.network)):
        for drawing in block.draw(lang, WIDE) if isinstance(block, Picture) else ():
            path = folder / f"power-{len(written) + 1}.svg"
            path.write_text(drawing.svg, encoding="utf-8")
            written.append(str(path))
    return written
