"""`orebook case`: named overlays on the book, listed, shown, planned side by side."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.commands.pages import write_study
from orebook.commands.studies import (
    all_cases,
    laid,
    named_cases,
    opened,
    runner_of,
    study_options,
)

if TYPE_CHECKING:
    from orebook.chain.case import Case
    from orebook.plan.scenario.cases import CaseTable

__all__ = ["case"]

BOOK = click.argument("book", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")


@click.group()
def case() -> None:
    """Look at the cases of a book and plan them side by side."""


@case.command("list")
@BOOK
@JSON
def case_list(book: Path, as_json: bool) -> None:
    """List the cases of a book with author, reason and expiry.

    Example: orebook case list examples/guangxi
    """
    from orebook.book import open_book
    from orebook.chain.case import expired
    from orebook.output import dumps

    today = date.today()
    with open_book(book) as found:
        cases = all_cases(found)
    rows = [
        c.to_dict() | {"data": c.size, "expired": bool(expired(c, cases, today))}
        for c in cases.values()
    ]
    lines = [
        f"{r['case']}: {r['name']} / {r['name_en']} ({r['author']}, "
        f"{'expired' if r['expired'] else 'until'} {r['expires']})"
        for r in rows
    ]
    text = "\n".join(lines) or f"{book} has no cases; add {book}/cases/NAME.toml"
    click.echo(dumps({"status": "done", "cases": rows}) if as_json else text)


@case.command("show")
@BOOK
@click.argument("name")
@JSON
def case_show(book: Path, name: str, as_json: bool) -> None:
    """Show a case: whose, why, until when, and what it changes, its base included.

    Example: orebook case show examples/guangxi dry-winter
    """
    from orebook.book import open_book
    from orebook.chain.case import expired, layers
    from orebook.output import dumps

    with open_book(book) as found:
        cases = all_cases(found)
        (one,) = named_cases(found, (name,), old=True, today=date.today())
    built = layers(one, cases)
    data: dict[str, object] = {
        "status": "done",
        **one.to_dict(),
        "expired": bool(expired(one, cases, date.today())),
        "layers": [c.id for c in built],
    }
    lines = [f"{k}: {v}" for k, v in data.items() if k != "status"]
    for layer in built:
        path = book / "cases" / f"{layer.id}.toml"
        lines += ["", f"# {path}", path.read_text("utf-8").rstrip()]
    click.echo(dumps(data) if as_json else "\n".join(lines))


@case.command("run")
@BOOK
@click.argument("period")
@click.argument("names", nargs=-1)
@click.option("--expired", "old", is_flag=True, help="Take expired cases too.")
@study_options
def case_run(
    book: Path,
    period: str,
    names: tuple[str, ...],
    old: bool,
    periods: int,
    workers: int | None,
    cluster: str | None,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Plan cases and set them beside the plan: margin, causes, flows, prices, limits.

    Without names, every case that has not expired when the period begins. Nothing is
    kept in the book.

    Example: orebook case run examples/guangxi 2026-05 typhoon --out cases.html
    """
    from orebook.output import dumps
    from orebook.plan.scenario.cases import run_cases

    quiet = as_json or not sys.stderr.isatty()
    with (
        opened(book, period, periods=periods, quiet=quiet) as (found, plan, say),
        runner_of(workers, cluster) as runner,
    ):
        cases = all_cases(found)
        chosen = named_cases(found, names, old=old, today=plan.periods[0].first)
        skipped = sorted(set(cases) - {c.id for c in chosen}) if not names else []
        overlays = laid(plan, chosen, cases)
        table = run_cases(plan, overlays, runner=runner, progress=say)
    file = None if out is None else _written(table, chosen, skipped, out, lang)
    data: dict[str, object] = {"status": "done", "period": period, "skipped": skipped}
    data |= table.to_dict() | {"file": file}
    if skipped and not as_json:
        told = ", ".join(f"{n} ({cases[n].head.expires})" for n in skipped)
        click.echo(f"expired, left out: {told}", err=True)
    click.echo(dumps(data) if as_json else table.summary(lang))
    if file is not None and not as_json:
        click.echo(file)


def _written(
    table: CaseTable, chosen: Sequence[Case], skipped: list[str], out: Path, lang: str
) -> str:
    from orebook.report.cases import case_section, drawn

    return write_study(
        table.plan,
        out,
        lang=lang,
        section=lambda: case_section(table, chosen, skipped=skipped),
        drawn=lambda code: drawn(table, code) if table.rows else None,
    )
