"""`orebook diagnose`: what moved the indicators of a closed month, by workshop."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.commands.pages import out_option
from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.book import Book
    from orebook.evaluate.diagnose.diagnose import Against
    from orebook.evaluate.diagnose.result import Diagnosis
    from orebook.glossary import Lang
    from orebook.ledger.month import ClosedMonth
    from orebook.output import Progress
    from orebook.plan.result import Plan

__all__ = ["diagnose", "diagnosis"]

LANG = click.Choice(["zh", "en"])
MEMORY = 24
"""Months looked back at for the last and the best one [-]."""


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("site")
@click.argument("period")
@click.option(
    "--against",
    type=click.Choice(["plan", "fair", "last-month", "own-best"]),
    default="plan",
    show_default=True,
    help="What the month is held against.",
)
@out_option
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def diagnose(
    book: Path,
    site: str,
    period: str,
    against: Against,
    out: Path | None,
    lang: Lang,
    as_json: bool,
) -> None:
    """Split the deviation of a closed month over workshops and named factors.

    SITE is a centre, a place or a unit; a unit of a liquor circuit stands for the whole
    circuit. Effects sum exactly; money is at the internal prices of the month.

    Example: orebook diagnose examples/guangxi smelter-chain 2026-05 --lang en
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        plan, found = diagnosis(opened, site, period, against=against, progress=say)
    file = None if out is None else _written(plan, found, out, lang)
    if as_json:
        click.echo(dumps({"status": "done", **found.to_dict(), "file": file}))
        return
    click.echo(_text(plan, found, lang))
    if file is not None:
        click.echo(file)


def diagnosis(
    book: Book,
    site: str,
    period: str,
    *,
    against: Against = "plan",
    progress: Progress | None = None,
) -> tuple[Plan, Diagnosis]:
    """Diagnose a site in a closed month.

    Parameters
    ----------
    book : Book
        An open book.
    site : str
        Centre, place or unit.
    period : str
        The month, for example ``"2026-05"``.
    against : {"plan", "fair", "last-month", "own-best"}
        What it is held against: see `orebook.evaluate.diagnose.diagnose`.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    tuple of Plan and Diagnosis
        The plan whose prices it stands on; nothing is released or kept.

    Raises
    ------
    InputError
        If the month is not closed, no plan was released for it, or the site has no unit
        that can be judged.
    """
    from orebook.chain.calendar import period as read_period
    from orebook.evaluate.diagnose.diagnose import Told
    from orebook.evaluate.diagnose.diagnose import diagnose as work_out
    from orebook.evaluate.diagnose.works import find_works
    from orebook.evaluate.variance import variance

    month = read_period(period)
    find_works(book.network, site)  # a wrong name is said before anything is planned
    closed = _closed(book, month.name)
    released = book.store.records.documents("plan", month.name)
    if not released:
        raise InputError(
            f"no plan was released for {month}, so there are no internal prices to "
            f"diagnose at; run: orebook plan {book.folder} {month}"
        )
    horizon = int(released[-1].key)
    plan = book.planned(month, periods=horizon, progress=progress)
    # The price set of the accounts: the policy in force, else the prices of the plan.
    network, prices = plan.network_of(0), book.priced(month.name).prices
    mixes = plan.assays(0)
    moved = variance(
        network,
        prices,
        plan=plan.month(0),
        actual=closed.month(),
        fed=closed.content,
        doubt={k: f.sd for k, f in closed.figures.items()},
        fed_doubt=closed.content_doubt,
        mixes=mixes,
    )
    before = []
    earlier = month
    for _ in range(MEMORY if against in ("last-month", "own-best") else 0):
        earlier = earlier.previous()
        if book.store.records.has("close", earlier.name):
            before.append(_closed(book, earlier.name))
    told = Told(
        network, prices, plan.month(0), mixes, closed, tuple(reversed(before)), moved
    )
    return plan, work_out(told, site, against=against)


def _closed(book: Book, period: str) -> ClosedMonth:
    from orebook.ledger.month import ClosedMonth

    if not book.store.records.has("close", period):
        raise InputError(
            f"{period} is not closed, so there is nothing to diagnose; "
            f"run: orebook run {book.folder} {period}"
        )
    content = book.store.records.latest("close", period).content
    if not isinstance(content, dict):
        raise InputError(f"the close of {period} is not readable; run audit verify")
    return ClosedMonth.from_dict(content)


def _written(plan: Plan, found: Diagnosis, out: Path, lang: Lang) -> str:
    from orebook.commands.pages import write_study
    from orebook.report.diagnosis import diagnosis_section
    from orebook.report.figures import WIDE
    from orebook.report.names import Names
    from orebook.report.table import Picture

    section = diagnosis_section(found, Names(plan.network))

    def drawn(lang: Lang) -> str | None:
        pictures = [b for b in section.blocks if isinstance(b, Picture)]
        return pictures[0].draw(lang, WIDE)[0].svg if pictures else None

    return write_study(plan, out, lang=lang, section=lambda: section, drawn=drawn)


def _text(plan: Plan, found: Diagnosis, lang: Lang) -> str:
    """Return sentences and tables as text."""
    from orebook.commands.power import text_table
    from orebook.report.diagnosis import diagnosis_section
    from orebook.report.names import Names
    from orebook.report.table import Said, Table

    parts = []
    for block in diagnosis_section(found, Names(plan.network)).blocks:
        if isinstance(block, Said):
            parts.append(block.in_(lang))
        elif isinstance(block, Table):
            parts.append(text_table(block, lang))
    return "\n\n".join(parts)
