"""`orebook flow-sheet`: mass, composition, heat and price of every stream."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.book import Book
    from orebook.glossary import Lang
    from orebook.ledger.month import ClosedMonth
    from orebook.report.flow_sheet import Basis, FlowSheet

__all__ = ["flow_sheet"]

LANG = click.Choice(["zh", "en"])


def _ending(suffix: str) -> Callable[..., Path | None]:
    """Return a check that a file name ends as it must, before anything is computed."""

    def check(
        _: click.Context, parameter: click.Parameter, path: Path | None
    ) -> Path | None:
        if path is not None and path.suffix != suffix:
            raise InputError(
                f"--{parameter.name} {path}: expected FILE{suffix}; rename it"
            )
        return path

    return check


@click.command("flow-sheet")
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[SITE|PLANT|UNIT]...")
@click.argument("period")
@click.option(
    "--of",
    "basis",
    type=click.Choice(["plan", "actual"]),
    help="Composition, heat and picture; actual where the month is closed.",
)
@click.option("--out", type=click.Path(path_type=Path), callback=_ending(".html"),
              help="Page FILE.html with the picture.")  # fmt: skip
@click.option("--xlsx", type=click.Path(path_type=Path), callback=_ending(".xlsx"),
              help="Workbook FILE.xlsx with all tables.")  # fmt: skip
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def flow_sheet(
    book: Path,
    names: tuple[str, ...],
    period: str,
    basis: Basis | None,
    out: Path | None,
    xlsx: Path | None,
    lang: Lang,
    as_json: bool,
) -> None:
    """Show every stream of a month: amount, composition, heat, price, and balances.

    Example: orebook flow-sheet examples/guangxi mine-refinery 2026-05 --out may.html
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress
    from orebook.report.flow_sheet import check_names
    from orebook.report.flow_sheet import flow_sheet as made_of

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        check_names(opened.network, names)
        closed = _closed(opened, period)
        if basis == "actual" and closed is None:
            raise InputError(
                f"{period} is not closed; there is no actual to show; run: orebook "
                f"close {book} {period}, or show the plan: --of plan"
            )
        plan = opened.standing(period, progress=say)
        released = bool(opened.store.records.documents("plan", plan.periods[0].name))
    sheet = made_of(plan, closed, names, of=basis)
    files = _written(sheet, out, xlsx, lang)
    data = {"status": "done", "released": released, **sheet.to_dict(), "files": files}
    if as_json:
        click.echo(dumps(data))
        return
    click.echo(_text(sheet, lang, files))
    if not released:
        click.echo(f"no plan of {period} is released yet; this one was made for it")


def _closed(opened: Book, period: str) -> ClosedMonth | None:
    """Return the closed month as kept; None where it is open."""
    from orebook.chain.calendar import period as read_period
    from orebook.ledger.month import ClosedMonth

    name, records = read_period(period).name, opened.store.records
    if not records.has("close", name):
        return None
    content = records.latest("close", name).content
    if not isinstance(content, dict):
        raise InputError(f"the close of {name} is not readable; run audit verify")
    return ClosedMonth.from_dict(content)


def _written(
    sheet: FlowSheet, out: Path | None, xlsx: Path | None, lang: Lang
) -> list[str]:
    """Make everything, then write it whole: no half file stays behind."""
    from orebook.report.flow_page import flow_page, flow_workbook
    from orebook.report.write import put

    made = []
    if out is not None:
        made.append((out, flow_page(sheet, lang).encode()))
    if xlsx is not None:
        made.append((xlsx, flow_workbook(sheet)))
    return [str(put(path, content)) for path, content in made]


def _text(sheet: FlowSheet, lang: Lang, files: list[str]) -> str:
    """Return streams and balances as text, or what was written where files were."""
    from orebook.commands.power import text_table
    from orebook.report.flow_tables import balance_table, stream_table

    if files:
        return "\n".join([sheet.summary(), *files])
    tables = (stream_table(sheet), balance_table(sheet))
    told = [text_table(table, lang) for table in tables if table.rows]
    return "\n\n".join([*told, sheet.summary()])
