"""`orebook compare-plans`: why two kept plans of a period differ."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.book import Book
    from orebook.plan.result import Plan
    from orebook.store.values import Document

__all__ = ["compare_plans", "plan_kept"]

LANG = click.Choice(["zh", "en"])


@click.command("compare-plans")
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("period")
@click.argument("before", type=int)
@click.argument("after", type=int)
@click.option("--periods", type=int, help="Horizon; that of the last plan otherwise.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def compare_plans(
    book: Path,
    period: str,
    before: int,
    after: int,
    periods: int | None,
    lang: str,
    as_json: bool,
) -> None:
    """Tell in plain words what changed between two kept plans of a period, and why.

    BEFORE and AFTER are versions: each release and each re-plan of a period is one.
    Both are made again from what they were made from then.

    Example: orebook compare-plans examples/guangxi 2026-05 1 2
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress
    from orebook.plan.compare import compared

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        plans = []
        for number, version in enumerate((before, after)):
            say(f"version {version}", number / 3)
            plans.append(plan_kept(opened, period, version, periods=periods))
        say("compare", 2 / 3)
        change = compared(*plans)
    head: dict[str, object] = {"status": "done", "period": period}
    data = head | {"before": before, "after": after} | change.to_dict()
    click.echo(dumps(data) if as_json else change.summary(lang))


def plan_kept(
    book: Book, period: str, version: int, *, periods: int | None = None
) -> Plan:
    """Make a kept plan again from what it was made from.

    Parameters
    ----------
    book : Book
        An open book.
    period : str
        First period of the plan.
    version : int
        Its version; each release and re-plan of a period is one [-].
    periods : int, optional
        Length of the horizon; that of the last plan kept otherwise [-].

    Returns
    -------
    Plan
        The same amounts and prices as then.

    Raises
    ------
    InputError
        If there is no such version, or it was kept without its inputs.
    """
    from orebook.chain.calendar import period as read_period
    from orebook.plan.kept_inputs import made_from
    from orebook.plan.replan import replay, stand
    from orebook.plan.replan_changes import history_of
    from orebook.process.network import network

    kept = book.store.records.documents("plan", read_period(period).name)
    key = str(periods) if periods else (kept[-1].key if kept else "")
    same = [d for d in kept if d.key == key]
    found = next((d for d in same if d.version == version), None)
    if found is None:
        have = ", ".join(f"{d.version} ({d.status})" for d in same) or "none"
        raise InputError(
            f"no plan of {period} has the version {version}; kept are {have}; choose "
            "two of these, or plan first: orebook plan BOOK PERIOD"
        )
    chain, known = made_from(_content(_release_of(same, found)))
    released = stand(network(chain), known)
    if found.status == "released":
        return released
    return replay(released, history_of(_content(found)))


def _release_of(kept: list[Document], document: Document) -> Document:
    """Return the release a plan rests on: itself, or the last one before it."""
    before = [d for d in kept if d.version <= document.version]
    return next(d for d in reversed(before) if d.status == "released")


def _content(document: Document) -> dict[str, object]:
    content = document.content
    return dict(content) if isinstance(content, dict) else {}
