"""What the commands of the workflow share: the desk, its words, what they print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from orebook.audit.desk import Desk, Done
    from orebook.book import Book
    from orebook.evaluate.policy.rules import PricePolicy
    from orebook.reward.scheme import Scheme

BOOK = click.argument("book", type=click.Path(path_type=Path))
PERIOD = click.argument("period")
SCHEME = click.argument("scheme")
BY = click.option(
    "--by", required=True, envvar="OREBOOK_PERSON",
    help="Who does it, from people.toml; OREBOOK_PERSON otherwise.",
)  # fmt: skip
LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True,
    help="Of the text.",
)  # fmt: skip
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
REASON = click.option("--reason", default="", help="Why; kept with the act.")


def desk_of(book: Book) -> Desk:
    """Return the desk of an open book.

    Parameters
    ----------
    book : Book
        The book.
    """
    from orebook.audit.desk import Desk

    return Desk(book.chain, book.store.records)


def at_desk(folder: Path, work: Callable[[Book, Desk], Done], *, as_json: bool) -> None:
    """Open a book, do one act, and say what was done.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    work : callable
        Does the act.
    as_json : bool
        Whether to print JSON.
    """
    from orebook.book import open_book
    from orebook.output import dumps

    with open_book(folder) as book:
        done = work(book, desk_of(book))
    click.echo(dumps(done.to_dict()) if as_json else told(done))


def told(done: Done) -> str:
    """Return an act in one line, and what may follow it in a second.

    Parameters
    ----------
    done : Done
        The act as kept.
    """
    from orebook.reward.workflow.decide import named, next_steps

    act, dossier = done.act, done.dossier
    name = named(act.life, act.item, dossier.scheme, dossier.period)
    return (
        f"{name}: {act.action} by {act.by} ({act.role}) on {act.day}; now {act.after}; "
        f"hash {done.document.chain_hash}\nnext: {next_steps(act.life, act.after)}"
    )


def scheme_called(book: Book, name: str) -> tuple[Scheme, Path]:
    """Return a scheme of a book as its file states it now, and the file.

    Parameters
    ----------
    book : Book
        The book.
    name : str
        Id of the scheme.

    Raises
    ------
    InputError
        If there is no such scheme; names the nearest.
    """
    from orebook.chain.book_files import scheme_files
    from orebook.chain.nearest import did_you_mean, listed
    from orebook.errors import InputError

    files = dict(zip((s.id for s in book.schemes), scheme_files(book.folder),
                     strict=True))  # fmt: skip
    if name not in files:
        hint = did_you_mean(name, files, "add its file to schemes/")
        raise InputError(
            f"no scheme is called '{name}'; expected one of {listed(files)}; {hint}"
        )
    return next(s for s in book.schemes if s.id == name), files[name]


def policy_of(book: Book, period: str) -> PricePolicy:
    """Return the price policy that rules a month of a book.

    Parameters
    ----------
    book : Book
        The book.
    period : str
        Month.
    """
    from orebook.chain.calendar import period as read_period
    from orebook.evaluate.policy.read import in_force
    from orebook.evaluate.policy.revalue import plan_set

    return in_force(book.policies, read_period(period)) or plan_set()


def given(**options: Any) -> dict[str, Any]:
    """Return the options that were given.

    Examples
    --------
    >>> given(reason="", text="why")
    {'text': 'why'}
    """
    return {name: value for name, value in options.items() if value}
