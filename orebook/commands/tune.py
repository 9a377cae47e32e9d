"""`orebook tune`: a plant fits its own constants to its closed months."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import DataQualityError, InputError

if TYPE_CHECKING:
    from orebook.book import Book
    from orebook.evaluate.tuning.result import Tuning
    from orebook.output import Progress

__all__ = ["keep_tunings", "tune", "tune_book"]

LANG = click.Choice(["zh", "en"])
_AHEAD = 24  # periods after the constants hold in which earlier plans are looked for


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("what", metavar="UNIT|PLACE|CENTRE")
@click.option("--from", "since", help="First closed period, for example 2025-06.")
@click.option("--to", "until", help="Last closed period, for example 2026-05.")
@click.option("--constants", help="CONSTANT or UNIT.CONSTANT, with commas; else all.")
@click.option("--exclude", multiple=True, help="A period to set aside.")
@click.option("--ridge", is_flag=True, help="Hold all near what was known beforehand.")
@click.option("--robust", is_flag=True, help="Large residuals count less (soft L1).")
@click.option(
    "--lasting",
    default=0.6,
    show_default=True,
    help="Share of a figure's doubt that is the same in all months.",
)
@click.option("--keep", is_flag=True, help="Write the constants into the book.")
@click.option("--author", default="", help="Who answers for them; needed with --keep.")
@click.option("--reason", default="", help="Why; kept with them.")
@click.option("--valid-from", help="Period from which they hold; the first not closed.")
@click.option("--out", type=click.Path(path_type=Path), help="Page FILE.html.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def tune(
    book: Path,
    what: str,
    since: str | None,
    until: str | None,
    constants: str | None,
    exclude: tuple[str, ...],
    ridge: bool,
    robust: bool,
    lasting: float,
    keep: bool,
    author: str,
    reason: str,
    valid_from: str | None,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Fit a plant's own constants to its closed months, and keep them if asked to.

    Example: orebook tune examples/guangxi sc-potline-1 --to 2026-05
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress

    if out is not None and out.suffix != ".html":
        raise InputError(f"--out {out}: expected FILE.html; rename it")
    if keep and not author.strip():
        raise InputError(
            "--keep needs --author: who answers for the constants; write for example "
            '--author "process engineering"'
        )
    names = tuple(n.strip() for n in (constants or "").split(",") if n.strip())
    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        found, skipped = tune_book(
            opened, what, since=since, until=until, constants=names, exclude=exclude,
            ridge=ridge, robust=robust, lasting=lasting, progress=say,
        )  # fmt: skip
        kept = None
        if keep:
            kept = keep_tunings(
                opened, what, found, author=author, day=date.today(), reason=reason,
                valid_from=valid_from,
            )  # fmt: skip
        file = None if out is None else _page(opened, found, out, lang)
    if as_json:
        data = {
            "status": "done",
            "groups": [t.to_dict() for t in found],
            "skipped": skipped,
            "kept": kept,
            "file": None if file is None else str(file),
        }
        click.echo(dumps(data))
        return
    texts = [t.summary(lang) for t in found]
    texts += [str(s["message"]) for s in skipped]
    texts += [] if kept is None else [_kept_words(kept, book, lang)]
    texts += [] if file is None else [str(file)]
    click.echo("\n\n".join(texts))


def tune_book(
    book: Book,
    what: str,
    *,
    since: str | None = None,
    until: str | None = None,
    constants: Sequence[str] = (),
    exclude: Sequence[str] = (),
    ridge: bool = False,
    robust: bool = False,
    lasting: float = 0.6,
    progress: Progress | None = None,
) -> tuple[list[Tuning], list[dict[str, object]]]:
    """Fit constants of an open book to its closed months; nothing is kept.

    Parameters
    ----------
    book : Book
        The open book.
    what : str
        A unit, a place or a centre.
    since, until : str, optional
        First and last closed period; all that are closed otherwise.
    constants, exclude, ridge, robust, lasting, progress
        As for `orebook.evaluate.tuning.tune.tune`; constants by name.

    Returns
    -------
    tuple
        One tuning per group of units that share constants; and the groups of a place
        whose months tell nothing, with ``units`` and ``message``.

    Raises
    ------
    InputError
        If a name or a period is wrong, or too few months can be used.
    DataQualityError
        If the months tell none of the constants asked for.
    """
    from orebook.chain.calendar import period
    from orebook.evaluate.tuning.constants import groups_at
    from orebook.evaluate.tuning.tune import tune as work_out
    from orebook.keeping import closed_evidence, part, silent

    say = progress or silent
    months = closed_evidence(book.store.records, since, until)
    network = book.network_at(period(months[-1].closed.period).next())
    groups = groups_at(network, what, constants)
    found: list[Tuning] = []
    skipped: list[dict[str, object]] = []
    for k, group in enumerate(groups):
        step = part(say, k / len(groups), (k + 1) / len(groups))
        try:
            found.append(
                work_out(
                    network, group, months, ridge=ridge, robust=robust,
                    lasting=lasting, exclude=exclude, progress=step,
                )
            )  # fmt: skip
        except (DataQualityError, InputError) as error:
            if len(groups) == 1:
                raise
            skipped.append({"units": list(group.units), "message": str(error)})
    if not found:
        told = "; ".join(str(s["message"]) for s in skipped)
        raise DataQualityError(f"nothing of '{what}' can be fitted: {told}")
    return found, skipped


def keep_tunings(
    book: Book,
    what: str,
    tunings: Sequence[Tuning],
    *,
    author: str,
    day: date,
    reason: str = "",
    valid_from: str | None = None,
) -> dict[str, object]:
    """Write fitted constants into the book as a file of their own.

    Parameters
    ----------
    book : Book
        The open book; what was opened does not change, open it again.
    what : str
        Names the file.
    tunings : sequence of Tuning
        What was fitted.
    author, reason : str
        Who answers for the constants, and why they are kept.
    day : date
        Day on which they are kept.
    valid_from : str, optional
        First period they hold in; the first after all closed ones otherwise.

    Returns
    -------
    dict
        ``file``, ``valid_from``, ``date``, ``author``, ``entries``, and
        ``planned_before``: periods whose plan was released with the constants before.

    Raises
    ------
    InputError
        If the author is missing, a closed period would change, or a constant has a
        value from that day already.
    """
    from orebook.chain.calendar import period
    from orebook.chain.tuned_write import tuned_text, write_tuned
    from orebook.evaluate.tuning.keep import entries

    closed = [period(d.period) for d in book.store.records.documents("close")]
    last = max(closed, key=lambda p: p.last)
    first = last.next() if valid_from is None else period(valid_from)
    if first.first <= last.last:
        raise InputError(
            f"the constants cannot hold from {first}: {last} is closed, and what is "
            f"closed stays as it is; expected {last.next()} or later; correct "
            "--valid-from"
        )
    made = entries(
        book.network, tunings, valid_from=first.first, day=day, author=author,
        reason=reason,
    )  # fmt: skip
    head = [f"Fitted constants of {what}, kept on {day} by {author.strip()}."]
    head += [line for t in tunings for line in t.summary("en").splitlines()]
    path = write_tuned(book.folder, f"{day}-{what}", tuned_text(made, head))
    return {
        "file": str(path),
        "valid_from": first.first.isoformat(),
        "date": day.isoformat(),
        "author": author.strip(),
        "entries": [entry.id for entry in made],
        "planned_before": _planned_before(book, first.name),
    }


def _planned_before(book: Book, first: str) -> list[str]:
    """Return periods not closed whose plan was released before."""
    from orebook.chain.calendar import horizon, period

    records = book.store.records
    names = [p.name for p in horizon(period(first), _AHEAD)]
    return [name for name in names if records.documents("plan", name)]


def _kept_words(kept: dict[str, object], book: Path, lang: str) -> str:
    planned = kept["planned_before"]
    assert isinstance(planned, list)
    if lang == "zh":
        text = f"已写入 {kept['file']}，自 {kept['valid_from']} 起有效"
        again = "；{periods} 的计划以原常数发布，原版本保留；请重新计划：{command}"
    else:
        text = f"kept in {kept['file']}, valid from {kept['valid_from']}"
        again = (
            "; the plan of {periods} was released with the constants before and stays "
            "as that version; plan it again: {command}"
        )
    if not planned:
        return text
    command = f"orebook plan {book} {planned[0]}"
    return text + again.format(periods=", ".join(planned), command=command)


def _page(book: Book, found: Sequence[Tuning], out: Path, lang: str) -> Path:
    from orebook.report.tuning import tuning_page

    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(tuning_page(book.network, found, lang=lang), encoding="utf-8")
    return out
