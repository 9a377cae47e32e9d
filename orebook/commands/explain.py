"""`orebook explain`: why the plan is as it is, in words and money."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orebook.book import Book
    from orebook.output import Progress
    from orebook.plan.expected import Overlay
    from orebook.plan.explain import Explanation

__all__ = ["explain", "explanation"]


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("period")
@click.argument("subject", required=False)
@click.option("--periods", type=int, help="Horizon; that of the release otherwise.")
@click.option("--zh", "chinese", is_flag=True, help="Explain in Chinese.")
@click.option("--full", is_flag=True, help="Every limit and every price.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def explain(
    book: Path,
    period: str,
    subject: str | None,
    periods: int | None,
    chinese: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Explain a plan: limits by money, prices part by part, what a quality is worth.

    SUBJECT narrows it: material@place, a unit, store, route, contract or limit by its
    id, or a component such as SiO2. The last re-plan is explained where there is one.

    Example: orebook explain examples/guangxi 2026-05 hydrate@pr-plant
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress
    from orebook.plan.explain_words import told

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        found = explanation(opened, period, subject, periods=periods, progress=say)
    if as_json:
        click.echo(dumps({"status": "done", **found.to_dict()}))
    else:
        text = told(found, "zh" if chinese else "en", full=full or subject is not None)
        click.echo(text)


def explanation(
    book: Book,
    period: str,
    subject: str | None = None,
    *,
    periods: int | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Explain the plan that stands for a period; nothing is released by it.

    Parameters
    ----------
    book : Book
        An open book.
    period : str
        First period, for example ``"2026-05"``.
    subject : str, optional
        What to narrow it to; see `orebook.plan.explain_subject.find`.
    periods : int, optional
        Length of the horizon; that of the last release otherwise [-].
    progress : callable, optional
        Called with (step, share done).

    Raises
    ------
    InputError
        If the book has nothing of the subject's name.
    """
    from orebook.keeping import silent
    from orebook.plan.explain import explain as explain_plan
    from orebook.plan.explain_subject import explain_subject
    from orebook.plan.vertex import face_of

    plan = book.standing(period, periods=periods, progress=progress or silent)
    expected, face = _bound_before(book, plan.periods[0].name), face_of(plan)
    overlays = _overlays(book, plan.periods[0].name, len(plan.periods))
    if subject is None:
        return explain_plan(plan, expected=expected, overlays=overlays, face=face)
    return explain_subject(plan, subject, face, expected=expected, overlays=overlays)


def _bound_before(book: Book, period: str) -> dict[tuple[str, str, str], str]:
    """Return the limits that bound in the last release and the month before."""
    from orebook.chain.calendar import period as read_period
    from orebook.plan.expected import bound_in

    found: dict[tuple[str, str, str], str] = {}
    before = read_period(period).previous().name
    for name, reason in ((before, "month before"), (period, "release")):
        kept = book.store.records.documents("plan", name)
        if kept and isinstance(kept[-1].content, dict):
            found |= bound_in(kept[-1].content, reason)
    return found


def _overlays(book: Book, period: str, periods: int) -> tuple[Overlay, ...]:
    """Return the re-plans of a release as overlays, in order."""
    from orebook.plan.expected import overlay_of
    from orebook.plan.replan_changes import history_of
    from orebook.releases import REPLANNED

    kept = book.store.records.documents(
        "plan", period, key=str(periods), status=REPLANNED
    )
    contents = [d.content for d in kept if isinstance(d.content, dict)]
    steps = history_of(contents[-1]) if contents else ()
    reasons = [str(content.get("reason", "")) for content in contents]
    return tuple(
        overlay_of(book.chain, changes, f"re-plan {number}", reason)
        for number, (changes, reason) in enumerate(
            zip(steps, reasons, strict=False), start=1
        )
    )
