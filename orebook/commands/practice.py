"""`orebook practice`: find what pays, try it, follow it, keep or drop it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.benchmark.practice.card import Card
    from orebook.benchmark.practice.records import Records
    from orebook.book import Book
    from orebook.output import Progress

__all__ = ["find", "follow", "practice"]

LANG = click.Choice(["zh", "en"])
BOOK = click.argument("book", type=click.Path(path_type=Path))
CARD = click.argument("card")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
SAID = click.option(
    "--lang", type=LANG, default="zh", show_default=True, help="Of the text."
)
RECORDS = click.option(
    "--records",
    type=click.Path(path_type=Path),
    help="CSV or Excel of shifts or campaigns; closed months otherwise.",
)
SEGMENT = click.option(
    "--segment", type=float, help="Records are raw readings: steady periods of so many "
    "hours.",
)  # fmt: skip
DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def practice() -> None:
    """Find the own best practice, put it on trial, follow it, keep or drop it."""


def _commas(_: click.Context, __: click.Parameter, text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("，", ",").split(",") if part)


def _at(
    _: click.Context, __: click.Parameter, texts: Sequence[str]
) -> dict[str, float]:
    found = {}
    for text in texts:
        name, mark, figure = text.rpartition("=")
        try:
            found[name.strip()] = float(figure)
        except ValueError:
            mark = ""
        if not mark:
            raise InputError(
                f"--at {text}: expected CONDITION=FIGURE; as --at load=1.0"
            )
    return found


@practice.command("find")
@BOOK
@click.argument("subject")
@RECORDS
@SEGMENT
@click.option("--conditions", default="", callback=_commas, help="Columns nobody can "
              "choose, a,b; `season` is known; the rest otherwise.")  # fmt: skip
@click.option("--settings", default="", callback=_commas, help="Columns that are set, "
              "c,d; those named as settings of the unit otherwise.")  # fmt: skip
@click.option("--at", multiple=True, callback=_at, help="CONDITION=FIGURE looked at; "
              "the last third of the records otherwise.")  # fmt: skip
@click.option("--indicator", default="", help="Column valued instead of quantities.")
@click.option("--stream", default="", help="Stream the indicator is valued with.")
@click.option("--per", default="", help="Product the money is per unit of.")
@click.option("--tonnes", default="", help="Column of the product, with --indicator.")
@click.option("--period", default="", help="Of the internal prices; last closed else.")
@click.option("--prices", help="Price set of the book; the one in force otherwise.")
@click.option("--owner", default="", help="Who answers for it; the centre otherwise.")
@click.option("--unconfirmed", is_flag=True, help="Count settings the process model "
              "does not know, too.")  # fmt: skip
@SAID
@JSON
def practice_find(book: Path, subject: str, lang: str, as_json: bool,
                  **asked: object) -> None:  # fmt: skip
    """Find what pays under comparable conditions and write it as a draft card.

    SUBJECT is a unit or a centre. The gain is judged on records it was not found in,
    in money at the internal prices of one period.

    Example: orebook practice find mybook refinery --records shifts.csv
    """
    from orebook.book import open_book
    from orebook.output import progress

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        card = find(opened, subject, progress=say, **asked)  # type: ignore[arg-type]
    _show(card, lang, as_json)


def find(
    book: Book,
    subject: str,
    *,
    records: Path | None = None,
    segment: float | None = None,
    conditions: tuple[str, ...] = (),
    settings: tuple[str, ...] = (),
    at: dict[str, float] | None = None,
    indicator: str = "",
    stream: str = "",
    per: str = "",
    tonnes: str = "",
    period: str = "",
    prices: str | None = None,
    owner: str = "",
    unconfirmed: bool = False,
    progress: Progress | None = None,
) -> Card:
    """Find a practice and keep it as a draft card.

    Parameters
    ----------
    book : Book
        The open book.
    subject : str
        Unit or centre.
    records : Path, optional
        CSV or Excel of shifts or campaigns; the closed months otherwise.
    segment : float, optional
        Where the records are raw readings, length of a steady period [h].
    conditions, settings : tuple of str
        Columns; found by their names where empty.
    at : mapping, optional
        Conditions looked at; those of the last third otherwise.
    indicator, stream, per, tonnes : str
        See :class:`~orebook.benchmark.practice.valuation.Asked`.
    period : str
        Of the internal prices; the last one closed, else planned, where empty.
    prices : str, optional
        Price set of the book; the one in force otherwise.
    owner : str
        Who answers for it; the centre where empty.
    unconfirmed : bool
        Whether settings that the process model does not know count.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Card
        As kept.

    Raises
    ------
    InputError
        If names are wrong or there are too few records.
    """
    from orebook.benchmark.practice.make import Question, find_practice
    from orebook.benchmark.practice.valuation import Asked, streams_of
    from orebook.practices import keep_card, last_period, new_card

    say = progress or (lambda step, share: None)
    streams_of(book.network, subject)  # refuses an unknown name before any work
    say("records", 0.0)
    read = _records(book, subject, records, segment)
    month = period or last_period(book.store.records)
    say("prices", 0.2)
    set_ = book.priced(month, prices)
    asked = Asked(conditions, settings, indicator, stream, per, tonnes)
    if records is None and not conditions:
        asked = Asked(_usual(read), settings, indicator, stream, per, tonnes)
    question = Question(
        book.network, subject, set_.prices, month, asked, unconfirmed, at
    )
    say("search", 0.4)
    card = new_card(
        book.store.records, subject,
        lambda name: find_practice(question, read, card_id=name, owner=owner),
    )  # fmt: skip
    keep_card(book.store.records, card, f"found in {read.name}")
    return card


def _usual(read: Records) -> tuple[str, ...]:
    """Return the usual conditions of months: load, feed, season."""
    from orebook.benchmark.practice.months import LOAD
    from orebook.benchmark.practice.roles import SEASON

    roles = ("buy:", "sell:", "send:", "receive:", "draw:")
    fed = tuple(
        n for n in read.columns if ":" in n and "/" not in n and not n.startswith(roles)
    )
    load = (LOAD,) if LOAD in read.columns else ()
    return (*load, *fed, SEASON)


def _records(
    book: Book, subject: str, path: Path | None, segment: float | None
) -> Records:
    """Read records from a file, or from the closed months of the book."""
    from orebook.benchmark.practice.months import month_records
    from orebook.benchmark.practice.raw import steady_records
    from orebook.benchmark.practice.records import read_records
    from orebook.keeping import months_before

    if path is None:
        months = months_before(book.store.records, "9999-99")
        return month_records(book.network, subject, months)
    found = read_records(path)
    return found if segment is None else steady_records(found, segment)


@practice.command("list")
@BOOK
@SAID
@JSON
def practice_list(book: Path, lang: str, as_json: bool) -> None:
    """List the practice cards of a book as they stand.

    Example: orebook practice list mybook --lang en
    """
    from orebook.benchmark.practice.words import list_text
    from orebook.book import open_book
    from orebook.glossary import check_lang
    from orebook.output import dumps
    from orebook.practices import cards_of

    with open_book(book) as opened:
        cards = cards_of(opened.store.records)
    data = {"status": "done", "cards": [c.to_dict() for c in cards]}
    click.echo(dumps(data) if as_json else list_text(cards, check_lang(lang)))


@practice.command("show")
@BOOK
@CARD
@click.option("--out", type=click.Path(path_type=Path),
              help="FILE.html, FILE.toml or FILE.svg.")  # fmt: skip
@SAID
@JSON
def practice_show(
    book: Path, card: str, out: Path | None, lang: str, as_json: bool
) -> None:
    """Show a card, or write it as a page, as TOML, or its picture.

    Example: orebook practice show mybook refinery-1 --out card.html
    """
    from orebook.book import open_book
    from orebook.practices import card_named

    if out is not None and out.suffix not in {".html", ".toml", ".svg"}:
        raise InputError(
            f"--out {out}: expected FILE.html, FILE.toml or FILE.svg; rename it"
        )
    with open_book(book) as opened:
        found = card_named(opened.store.records, card)
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(_written(opened, found, out, lang), encoding="utf-8")
    _show(found, lang, as_json, out)


def _written(book: Book, card: Card, out: Path, lang: str) -> str:
    from orebook.benchmark.practice.readable import card_toml
    from orebook.glossary import check_lang
    from orebook.report.practice import card_drawing, practice_section
    from orebook.report.study import study_page

    if out.suffix == ".toml":
        return card_toml(card)
    if out.suffix == ".svg":
        drawn = card_drawing(card, check_lang(lang))
        if drawn is None:
            raise InputError(
                f"--out {out}: card {card.id} has no action, so there is nothing to "
                "draw; expected at least one; write a page instead: FILE.html"
            )
        return drawn
    section = practice_section([card])
    period = card.valuation.period
    return study_page(book.chain, section.title, period, (section,), lang)


@practice.command("trial")
@BOOK
@CARD
@click.option("--from", "first", type=DAY, required=True, help="First day.")
@click.option("--until", "last", type=DAY, required=True, help="Last day.")
@click.option("--owner", required=True, help="Who answers for it.")
@SAID
@JSON
def practice_trial(
    book: Path, card: str, first: datetime, last: datetime, owner: str, lang: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Put a card on trial.

    Example: orebook practice trial mybook refinery-1 --from 2026-06-01 --until 2026-07-31 --owner 分解车间
    """  # noqa: E501
    from orebook.benchmark.practice.card import start_trial

    _change(book, card, lang, as_json, "trial",
            lambda c: start_trial(c, first.date(), last.date(), owner))  # fmt: skip


@practice.command("follow")
@BOOK
@CARD
@RECORDS
@SEGMENT
@SAID
@JSON
def practice_follow(
    book: Path, card: str, records: Path | None, segment: float | None, lang: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Follow a card on trial or kept: adherence, captured value, control chart.

    Example: orebook practice follow mybook refinery-1 --records shifts.csv
    """
    from orebook.book import open_book

    with open_book(book) as opened:
        found = follow(opened, card, records=records, segment=segment)
    _show(found, lang, as_json)


def follow(
    book: Book, card: str, *, records: Path | None = None, segment: float | None = None
) -> Card:
    """Follow a card and keep what was found; a kept card that loses is retired.

    Parameters
    ----------
    book : Book
        The open book.
    card : str
        Name of the card.
    records : Path, optional
        Records since the trial began; the closed months otherwise.
    segment : float, optional
        Where the records are raw readings, length of a steady period [h].

    Returns
    -------
    Card
        As kept.
    """
    from orebook.benchmark.practice.card import followed
    from orebook.benchmark.practice.follow import follow as look
    from orebook.practices import card_named, keep_card

    known = card_named(book.store.records, card)
    read = _records(book, known.subject, records, segment)
    found = followed(known, look(known, read))
    keep_card(book.store.records, found, f"followed with {read.name}")
    return found


@practice.command("keep")
@BOOK
@CARD
@click.option("--reason", required=True, help="Why; those who come later will ask.")
@SAID
@JSON
def practice_keep(book: Path, card: str, reason: str, lang: str, as_json: bool) -> None:
    """Keep a card after its trial, for a year.

    Example: orebook practice keep mybook refinery-1 --reason "pays in two months"
    """
    from orebook.benchmark.practice.card import keep

    _change(book, card, lang, as_json, reason, lambda c: keep(c, reason))


@practice.command("drop")
@BOOK
@CARD
@click.option("--reason", required=True, help="Why; those who come later will ask.")
@SAID
@JSON
def practice_drop(book: Path, card: str, reason: str, lang: str, as_json: bool) -> None:
    """Drop a card; it stays on record with the reason.

    Example: orebook practice drop mybook refinery-1 --reason "seed pumps cannot"
    """
    from orebook.benchmark.practice.card import drop

    _change(book, card, lang, as_json, reason, lambda c: drop(c, reason))


def _change(
    book: Path,
    card: str,
    lang: str,
    as_json: bool,
    reason: str,
    change: Callable[[Card], Card],
) -> None:
    from orebook.book import open_book
    from orebook.practices import card_named, keep_card

    with open_book(book) as opened:
        records = opened.store.records
        found = change(card_named(records, card))
        keep_card(records, found, reason)
    _show(found, lang, as_json)


def _show(card: Card, lang: str, as_json: bool, out: Path | None = None) -> None:
    from orebook.benchmark.practice.words import told
    from orebook.glossary import check_lang
    from orebook.output import dumps

    if as_json:
        file = None if out is None else str(out)
        click.echo(dumps({"status": "done", "card": card.to_dict(), "file": file}))
        return
    click.echo(told(card, check_lang(lang)))
    if out is not None:
        click.echo(str(out))
