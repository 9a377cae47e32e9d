"""`orebook case export` and `case import`: a plan's inputs as a planner's workbook."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from orebook.commands.studies import all_cases, laid, named_cases, opened
from orebook.errors import InputError

__all__ = ["case_export", "case_import"]

BOOK = click.argument("book", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
PERIODS = click.option(
    "--periods", default=12, show_default=True, help="Length of the plan."
)


@click.command("export")
@BOOK
@click.argument("period")
@click.argument("names", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="File; plan-PERIOD.xlsx.")
@PERIODS
@JSON
def case_export(
    book: Path,
    period: str,
    names: tuple[str, ...],
    out: Path | None,
    periods: int,
    as_json: bool,
) -> None:
    """Write prices, limits, stocks, qualities and outages of a plan as a workbook.

    With names of cases, they stand in it side by side. Edit any figure, lay the sheets
    out as you like, and give it back: case import.

    Example: orebook case export examples/guangxi 2026-05 typhoon --out plan.xlsx
    """
    from orebook.desk.write import comparison_pages, input_pages, workbook
    from orebook.output import dumps
    from orebook.plan.scenario.cases import run_cases

    quiet = as_json or not sys.stderr.isatty()
    with opened(book, period, periods=periods, quiet=quiet) as (found, plan, say):
        pages = input_pages(plan)
        if names:
            first = plan.periods[0].first
            chosen = named_cases(found, names, old=False, today=first)
            overlays = laid(plan, chosen, all_cases(found))
            pages += comparison_pages(run_cases(plan, overlays, progress=say))
    path = out or Path(f"plan-{period}.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"--out {path}: expected a file that ends in .xlsx; rename it")
    path.write_bytes(workbook(pages, title=f"orebook {period}"))
    data = {"status": "done", "file": str(path), "sheets": [p.name for p in pages]}
    click.echo(dumps(data) if as_json else str(path))


@click.command("import")
@BOOK
@click.argument("period")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("name")
@click.option("--author", required=True, help="Who answers for the case.")
@click.option("--reason", required=True, help="Why it was made.")
@click.option("--expires", required=True, help="Last day it may be used: 2026-12-31.")
@click.option("--title", help="Name to show; NAME otherwise.")
@click.option("--dry-run", is_flag=True, help="Show what differs, write nothing.")
@click.option("--replace", is_flag=True, help="Overwrite a case that is there.")
@PERIODS
@JSON
def case_import(
    book: Path,
    period: str,
    file: Path,
    name: str,
    author: str,
    reason: str,
    expires: str,
    title: str | None,
    dry_run: bool,
    replace: bool,
    periods: int,
    as_json: bool,
) -> None:
    """Make a case of every figure of a workbook or CSV file that differs from the plan.

    Tables may stand anywhere, periods down or across, in Chinese or English; what is
    not understood is listed. A contradiction or a wrong unit refuses the whole file.

    Example: orebook case import examples/guangxi 2026-05 plan.xlsx my-case
    --author "planning" --reason "budget" --expires 2026-12-31
    """
    from orebook.chain.case import CaseHead
    from orebook.desk.case_file import case_text, write_case
    from orebook.desk.read import read_sheet
    from orebook.output import dumps

    if not file.is_file():
        raise InputError(f"{file} is no file; expected .xlsx or .csv; correct the path")
    quiet = as_json or not sys.stderr.isatty()
    with opened(book, period, periods=periods, quiet=quiet) as (found, plan, say):
        say("read sheets", 0.9)
        read = read_sheet(file, plan)
        head = CaseHead(
            name=title or name,
            name_en=title or name,
            author=author,
            reason=reason,
            expires=_day(expires),
        )
        text = case_text(head, read.changes, found.network)
    path = None if dry_run else write_case(book, name, text, replace=replace)
    data: dict[str, object] = {
        "status": "done",
        "file": None if path is None else str(path),
        **read.to_dict(),
    }
    told = text.rstrip() if path is None else f"{path}"
    click.echo(dumps(data) if as_json else f"{read.summary()}\n{told}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"--expires {text}: {error}; expected a day; write 2026-12-31"
        ) from error
