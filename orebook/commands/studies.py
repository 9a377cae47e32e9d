"""What the commands of many plans share: the plan, the cases, where jobs run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from orebook.commands.pages import out_option
from orebook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from orebook.book import Book
    from orebook.chain.case import Case
    from orebook.output import Progress
    from orebook.plan.replan import StandingPlan
    from orebook.plan.scenario.jobs import Runner
    from orebook.plan.scenario.overlay import Overlay

__all__ = [
    "all_cases",
    "laid",
    "named_cases",
    "opened",
    "runner_of",
    "share_of",
    "stale",
    "study_options",
]

F = TypeVar("F", bound=Callable[..., object])
_OPTIONS = (
    click.option(
        "--periods", default=12, show_default=True, help="Length of the plan."
    ),
    click.option("--workers", type=int, help="Processes; 1 runs all in this one."),
    click.option("--cluster", help="tcp://HOST:PORT of a Dask scheduler."),
    out_option,
    click.option(
        "--lang",
        type=click.Choice(["zh", "en"]),
        default="zh",
        show_default=True,
        help="Language of the text.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names."),
)


def study_options(command: F) -> F:
    """Add the options every command of many plans has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def runner_of(
    workers: int | None, cluster: str | None
) -> AbstractContextManager[Runner]:
    """Return where jobs run, to be entered: processes, or a cluster.

    Parameters
    ----------
    workers : int or None
        Processes [-]; None lets the rule decide.
    cluster : str or None
        Address of a scheduler.

    Raises
    ------
    InputError
        If both are given, or the number of processes is none.
    """
    from orebook.plan.scenario.jobs import Runner

    if workers is not None and (cluster or workers < 1):
        raise InputError(
            f"--workers {workers}{' beside --cluster' if cluster else ''}; expected "
            "at least 1 process, or a cluster; give one of the two"
        )
    if cluster is None:
        return nullcontext(Runner(workers=workers))
    from orebook.plan.scenario.cluster import cluster as connected

    return connected(cluster)


@contextmanager
def opened(
    book: Path, period: str, *, periods: int, quiet: bool
) -> Iterator[tuple[Book, StandingPlan, Progress]]:
    """Open a book and make the plan that a study is laid over; nothing is kept.

    Parameters
    ----------
    book : Path
        Folder of the book.
    period : str
        First period of the plan.
    periods : int
        Length of the horizon [-].
    quiet : bool
        Show no progress.
    """
    from orebook.book import open_book
    from orebook.chain.calendar import period as read_period
    from orebook.output import progress

    with open_book(book) as found, progress(quiet=quiet) as say:
        plan = found.planned(read_period(period), periods=periods, progress=say)
        yield found, plan, say


def named_cases(
    book: Book, names: tuple[str, ...], *, old: bool, today: date
) -> tuple[Case, ...]:
    """Return cases by name, all where none is named; refuse those that have expired.

    Parameters
    ----------
    book : Book
        The book.
    names : tuple of str
        Names of cases.
    old : bool
        Take expired cases too.
    today : date
        The day that counts: the first of the plan, so that a study can be repeated.

    Raises
    ------
    BookError
        If a case is wrong.
    InputError
        If there is no such case, or it has expired.
    """
    from orebook.chain.nearest import did_you_mean, listed

    cases = all_cases(book)
    for name in names:
        if name not in cases:
            hint = did_you_mean(name, cases, f"add {book.folder}/cases/{name}.toml")
            raise InputError(
                f"no case is called '{name}'; expected one of {listed(cases)}; {hint}"
            )
    chosen = tuple(cases[n] for n in names or tuple(cases))
    late = stale(cases, today)
    if not old and (bad := [n for n in names if n in late]):
        told = "; ".join(f"case '{n}' expired on {late[n]}" for n in bad)
        raise InputError(
            f"{told}; expected a case still good on {today}; ask its author, move "
            "'expires', or use it all the same: --expired"
        )
    return tuple(c for c in chosen if old or c.id not in late)


def all_cases(book: Book) -> dict[str, Case]:
    """Return the cases of a book by name.

    Raises
    ------
    BookError
        With every mistake in them.
    """
    from orebook.plan.scenario.overlay import read_overlays

    return read_overlays(book.folder, book.network)


def stale(cases: Mapping[str, Case], today: date) -> dict[str, str]:
    """Return the cases that have expired, or build on one that has, and the day.

    Parameters
    ----------
    cases : mapping
        Cases by name.
    today : date
        The day that counts.
    """
    from orebook.chain.case import expired

    late = {k: expired(c, dict(cases), today) for k, c in cases.items()}
    return {k: min(c.head.expires for c in v).isoformat() for k, v in late.items() if v}


def laid(
    plan: StandingPlan, chosen: tuple[Case, ...], cases: Mapping[str, Case]
) -> tuple[Overlay, ...]:
    """Return what each case changes in a plan."""
    from orebook.plan.scenario.overlay import overlay

    return tuple(overlay(plan, case, cases) for case in chosen)


def share_of(text: str, option: str) -> float:
    """Read a share such as ``10%`` or ``0.1`` [-].

    Raises
    ------
    InputError
        If it is none.
    """
    from orebook.errors import UnitError
    from orebook.quantity import quantity

    try:
        return quantity(text, "-")
    except UnitError as error:
        raise InputError(f"--{option} {text}: {error}; write --{option} 10%") from error
