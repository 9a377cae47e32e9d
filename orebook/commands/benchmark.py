"""`orebook benchmark`: every indicator against six references, gaps in money."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.benchmark.result import Benchmark
    from orebook.book import Book
    from orebook.output import Progress

__all__ = ["benchmark", "benchmark_book"]

LANG = click.Choice(["zh", "en"])
AGAINST = click.Choice(["limit", "plan", "own_best", "group_best", "peer", "theory"])


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("period")
@click.argument("subject", required=False)
@click.option("--against", type=AGAINST, default="peer", show_default=True,
              help="Reference the money of the text is against.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="FILE.html or FILE.svg.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def benchmark(
    book: Path,
    period: str,
    subject: str | None,
    against: str,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Hold a closed month against law, plan, own best, group, peers and theory.

    SUBJECT narrows it to a centre with all below it, a site or a unit. A gap is worth
    gap x volume x internal price; money adds over leaves, so none is counted twice.

    Example: orebook benchmark examples/guangxi 2026-05 mine-refinery
    """
    from orebook.benchmark.words import told
    from orebook.book import open_book
    from orebook.glossary import check_lang
    from orebook.output import dumps, progress

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        found = benchmark_book(opened, period, subject, progress=say)
        file = None if out is None else _write(opened, found, out, lang)
    if as_json:
        data = {"status": "done", "subject": subject, **found.to_dict()}
        click.echo(dumps({**data, "file": None if file is None else str(file)}))
        return
    click.echo(told(found, check_lang(lang), against=against))
    if file is not None:
        click.echo(str(file))


def benchmark_book(
    book: Book,
    period: str,
    subject: str | None = None,
    *,
    progress: Progress | None = None,
) -> Benchmark:
    """Hold a closed month of an open book against its references.

    Parameters
    ----------
    book : Book
        An open book.
    period : str
        A closed month, ``"2026-05"``.
    subject : str, optional
        Centre, site or unit to narrow it to.
    progress : callable, optional
        Called with (step, share done).

    Raises
    ------
    InputError
        If the month is not closed, or the book has nothing of the subject's name.
    """
    from orebook.benchmark.words import narrowed

    found = book.benchmark(period, progress=progress)
    return found if subject is None else narrowed(found, book.chain, subject)


def _write(book: Book, found: Benchmark, out: Path, lang: str) -> Path:
    """Write the page or the picture; the ending of the name decides."""
    from orebook.glossary import check_lang
    from orebook.report.benchmark import benchmark_section, drawn
    from orebook.report.names import Names
    from orebook.report.study import study_page
    from orebook.report.words import both

    names = Names(book.network)
    if out.suffix == ".svg":
        text = drawn(found, names, check_lang(lang))
    elif out.suffix == ".html":
        sections = (benchmark_section(found, names),)
        text = study_page(
            book.chain, both("benchmark"), found.period, sections, check_lang(lang)
        )
    else:
        raise InputError(f"--out {out}: expected FILE.html or FILE.svg; rename it")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    return out
