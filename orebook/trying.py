"""Schemes tried on the months a book keeps: back-tests and what-if questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import DataQualityError, InputError
from orebook.keeping import peers_of, silent
from orebook.paying import (
    NOT_CLOSED,
    History,
    PayBook,
    kept_history,
    kept_month_of,
    month_facts,
    scheme_called,
    schemes_in_force,
)
from orebook.reward.gather import Around, facts_of
from orebook.reward.reports import read_reports

if TYPE_CHECKING:
    from orebook.book import Book
    from orebook.keeping import Progress
    from orebook.reward.facts import Facts
    from orebook.reward.kept_month import KeptMonth
    from orebook.reward.lab.attacks import Strength
    from orebook.reward.lab.lab import Lab
    from orebook.reward.scheme import Scheme
    from orebook.reward.what_if import WhatIf


def backtest_book(
    book: PayBook,
    schemes: Sequence[Scheme],
    history: History,
    *,
    strength: Strength | None = None,
) -> Lab:
    """Try one or two schemes on the months a book keeps.

    Parameters
    ----------
    book : PayBook
        The book.
    schemes : sequence of Scheme
        The scheme in question, and one to compare with.
    history : History
        The months, and those that are not there.
    strength : Strength, optional
        How hard the attacks are made.

    Raises
    ------
    InputError
        If no month is there.

    Notes
    -----
    A month on which a scheme cannot be settled is left out for all of them, and named.
    """
    from orebook.reward.lab.lab import backtest

    gathered = [_months(book, scheme, history.months) for scheme in schemes]
    missing = dict(history.missing)
    for found in gathered:
        missing |= found.missing
    periods = [m.period for m in history.months if m.period not in missing]
    if not periods:
        told = "; ".join(f"{p}: {why}" for p, why in missing.items()) or "none kept"
        raise InputError(
            f"no month can be replayed ({told}); expected evaluated months; run: "
            "orebook run BOOK PERIOD"
        )
    facts = [[found.facts[p] for p in periods] for found in gathered]
    return backtest(schemes, facts, missing=missing, strength=strength)


@dataclass(frozen=True, slots=True)
class _Gathered:
    facts: Mapping[str, Facts]
    missing: Mapping[str, str]


def _months(book: PayBook, scheme: Scheme, months: Sequence[KeptMonth]) -> _Gathered:
    """Return the facts of every month by itself, and why some have none."""
    alone = scheme.model_copy(update={"settle_over": "month"})
    reads = any(m.reads_report for m in scheme.measures)
    reports = read_reports(book.folder, (scheme,)) if reads else ()
    peers = peers_of(book.folder)
    found, missing = {}, {}
    for k, month in enumerate(months):
        around = Around(months[:k], reports, peers)
        try:
            found[month.period] = facts_of(alone, book.network, month, around)
        except DataQualityError as error:
            missing[month.period] = f"{scheme.id}: {error}"
    return _Gathered(found, missing)


def ask_book(
    book: PayBook, period: str, team: str, asked: Mapping[str, str], name: str | None
) -> tuple[WhatIf, ...]:
    """Ask what a team would get with other values, by each scheme in force.

    Parameters
    ----------
    book : PayBook
        The book.
    period, team : str
        Month and team.
    asked : mapping of str to str
        Measure to value or change.
    name : str or None
        Only this scheme.

    Raises
    ------
    InputError
        If the month is not evaluated, or no scheme pays the team.
    """
    from orebook.reward.what_if import what_if

    month = kept_month_of(book.records, period)
    if name is not None:
        chosen = [scheme_called(book, name)]
    else:
        chosen = [
            s
            for s in schemes_in_force(book.schemes, period)
            if team in {t.id for t in s.teams}
        ]
    if not chosen:
        teams = [t.id for s in schemes_in_force(book.schemes, period) for t in s.teams]
        raise InputError(
            f"no scheme pays a team '{team}' in {period}; expected one of "
            f"{listed(teams)}; {did_you_mean(team, teams, 'name a scheme: --scheme')}"
        )
    return tuple(what_if(s, month_facts(book, s, month), team, asked) for s in chosen)


def try_book(
    book: Book,
    name: str | None = None,
    against: str | None = None,
    *,
    since: str | None = None,
    until: str | None = None,
    evaluate: bool = False,
    progress: Progress | None = None,
) -> Lab:
    """Try one or two schemes on the months of an open book.

    Parameters
    ----------
    book : Book
        The open book.
    name, against : str, optional
        Schemes, or files of them; the first is the last in the book otherwise.
    since, until : str, optional
        First and last month.
    evaluate : bool
        Evaluate closed months that are not yet; a few seconds each.
    progress : callable, optional
        Called with a step and the part done.

    Raises
    ------
    InputError
        If there is no such scheme, or no month to replay.
    """
    paying, say = book.paying, progress or silent
    if name is None and not book.schemes:
        raise InputError(
            f"{book.folder} has no scheme; expected one in schemes/; add one, or name "
            "a file: --scheme FILE.toml"
        )
    chosen = [scheme_called(paying, name or book.schemes[-1].id)]
    chosen += [scheme_called(paying, against)] if against else []
    history = kept_history(paying.records, since=since, until=until)
    lacking = [p for p, why in history.missing.items() if why != NOT_CLOSED]
    if evaluate and lacking:
        for k, period in enumerate(lacking):
            say(f"evaluate {period}", k / len(lacking))
            book.result(period)
        history = kept_history(paying.records, since=since, until=until)
    return backtest_book(paying, chosen, history)
