"""`orebook advise`: the best balance of cost and an index, with customers served."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.book import Book
    from orebook.ledger.month import ClosedMonth
    from orebook.plan.advice.result import Advice
    from orebook.process.contract import Content
    from orebook.process.network import Network

__all__ = ["advise", "read_free"]

LANG = click.Choice(["zh", "en"])


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("unit")
@click.argument("period", required=False)
@click.option("--index", help="What to weigh against cost; a wrong name lists all.")
@click.option("--better", type=click.Choice(["lower", "higher"]), help="Direction.")
@click.option("--free", multiple=True, help="NAME=LOW..HIGH or UNIT.NAME=LOW..HIGH.")
@click.option("--keep", multiple=True, help="Bound on an index: 'net_carbon<=410'.")
@click.option(
    "--aim",
    default="today",
    show_default=True,
    help="today (index no worse), cost, knee, index, or a value of the index.",
)
@click.option("--actual", help="Closed month whose duties and flows count.")
@click.option("--periods", default=12, show_default=True, help="Horizon of the plan.")
@click.option("--points", default=21, show_default=True, help="Points of the frontier.")
@click.option("--no-check", is_flag=True, help="Do not plan the group again.")
@click.option("--out", type=click.Path(path_type=Path), help="FILE.html or FILE.svg.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def advise(
    book: Path,
    unit: str,
    period: str | None,
    index: str | None,
    better: str | None,
    free: tuple[str, ...],
    keep: tuple[str, ...],
    aim: str,
    actual: str | None,
    periods: int,
    points: int,
    no_check: bool,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Advise a unit or workshop: least cost against an index, today, and the steps.

    Example: orebook advise examples/guangxi sc-potline-1 2026-05
    --free cell_voltage="3.9 V..4.0 V"
    """
    from orebook.book import open_book
    from orebook.keeping import part
    from orebook.output import dumps, progress
    from orebook.plan.advice.advise import advise as work_out

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        first = period or actual or latest_period(opened)
        closed = None if actual is None else closed_month(opened, actual)
        plan = opened.plan(first, periods=periods, progress=part(say, 0.0, 0.3))
        ranges = read_free(plan.network, unit, free)
        found = work_out(
            plan,
            unit,
            index=index,
            better=better,
            free=ranges,
            keep=keep,
            aim=_aim(aim),
            actual=None if closed is None else closed.month(),
            fed=None if closed is None else _fed(closed),
            points=points,
            check=not no_check,
            progress=part(say, 0.3, 1.0),
        )
    file = None if out is None else write_advice(found, out, lang=lang)
    if as_json:
        where = None if file is None else str(file)
        click.echo(dumps({"status": "done", **found.to_dict(), "file": where}))
        return
    click.echo(found.summary(lang))
    if file is not None:
        click.echo(str(file))


def latest_period(opened: Book) -> str:
    """Return the last period a plan was released for, else the first of the book."""
    kept = opened.store.records.documents("plan")
    return max((d.period for d in kept), default=opened.chain.group.first_period)


def closed_month(opened: Book, period: str) -> ClosedMonth:
    """Return a closed month from the records of a book.

    Raises
    ------
    InputError
        If it is not closed.
    """
    from orebook.ledger.month import ClosedMonth

    records = opened.store.records
    content = (
        records.latest("close", period).content
        if records.has("close", period)
        else None
    )
    if not isinstance(content, dict):
        raise InputError(
            f"--actual {period}: the month is not closed; run: orebook close "
            f"{opened.folder} {period}"
        )
    return ClosedMonth.from_dict(content)


def _fed(closed: ClosedMonth) -> dict[str, Content]:
    import numpy as np

    return {
        unit: {
            port: {name: np.asarray(value) for name, value in parts.items()}
            for port, parts in feeds.items()
        }
        for unit, feeds in closed.content.items()
    }


def _aim(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def read_free(
    network: Network, unit: str, texts: tuple[str, ...]
) -> Mapping[str, tuple[float | None, float | None]]:
    """Read ranges of settings as they are written on the command line.

    Parameters
    ----------
    network : Network
        The book; gives the unit of measure of every setting.
    unit : str
        Unit or centre that is advised.
    texts : tuple of str
        ``NAME=LOW..HIGH`` or ``UNIT.NAME=LOW..HIGH``; a side may be left out, a number
        without unit counts in that of the setting.

    Raises
    ------
    InputError
        If a text cannot be read, or names no setting.
    """
    from orebook.chain.nearest import did_you_mean
    from orebook.plan.advice.ask import units_of

    measure = {}
    for id_ in units_of(network.chain, unit):
        for s in network.processes[id_].settings:
            measure[s.name] = measure[f"{id_}.{s.name}"] = s.unit
    found: dict[str, tuple[float | None, float | None]] = {}
    for text in texts:
        name, mark, span = (part.strip() for part in text.partition("="))
        low, dots, high = (part.strip() for part in span.partition(".."))
        if not (mark and dots):
            raise InputError(
                f"--free {text}: cannot be read; expected NAME=LOW..HIGH; write for "
                'example --free cell_voltage="3.9 V..4.0 V"'
            )
        if name not in measure:
            hint = did_you_mean(name, measure, f"one of {', '.join(measure) or 'none'}")
            raise InputError(f"--free {text}: no setting is called '{name}'; {hint}")
        found[name] = (_side(low, measure[name]), _side(high, measure[name]))
    return found


def _side(text: str, unit: str) -> float | None:
    from orebook.quantity import quantity

    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return quantity(text, unit)


def write_advice(found: Advice, out: Path, *, lang: str) -> Path:
    """Write the page or the picture of an advice; the ending of the name decides.

    Raises
    ------
    InputError
        If the ending is neither .html nor .svg.
    """
    from orebook.glossary import check_lang
    from orebook.report.advice import advice_section, drawn
    from orebook.report.study import study_page
    from orebook.report.words import both

    code = check_lang(lang)
    if out.suffix == ".svg":
        text = drawn(found, code)
    elif out.suffix == ".html":
        chain, when = found.plan.network.chain, found.plan.periods[found.period].name
        sections = (advice_section([found]),)
        text = study_page(chain, both("advice"), when, sections, lang)
    else:
        raise InputError(f"--out {out}: expected FILE.html or FILE.svg; rename it")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    return out
