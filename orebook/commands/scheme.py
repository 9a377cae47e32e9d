"""`orebook scheme`: a reward scheme from its draft into force, two approving."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from orebook.commands.workflow import BOOK, BY, JSON, REASON, SCHEME, at_desk, given

__all__ = ["scheme"]

VERSION = click.option("--version", type=int, help="Which version; the last otherwise.")


@click.group()
def scheme() -> None:
    """Bring a reward scheme from its draft into force; every step is kept for good."""


@scheme.command()
@BOOK
@SCHEME
@BY
@JSON
def draft(book: Path, scheme: str, by: str, as_json: bool) -> None:
    """Keep a scheme as its file states it now, as a new version.

    Example: orebook scheme draft examples/guangxi teams --by evaluator-1
    """
    from orebook.audit import scheme_acts
    from orebook.commands.workflow import scheme_called

    at_desk(
        book,
        lambda b, desk: scheme_acts.draft(desk, *scheme_called(b, scheme), by),
        as_json=as_json,
    )


@scheme.command()
@BOOK
@SCHEME
@BY
@click.option(
    "--result",
    required=True,
    metavar="FILE|HASH",
    help="Result of a lab or back-test: a file, or a kept document.",
)
@VERSION
@JSON
def simulate(
    book: Path, scheme: str, by: str, result: str, version: int | None, as_json: bool
) -> None:
    """Attach the result of a simulation to a version, by its hash.

    Example: orebook scheme simulate mybook teams --by evaluator-1 --result lab.json
    """
    from orebook.audit.dossiers import dossier_of
    from orebook.audit.scheme_acts import on_version, result_named

    def work(_: Any, desk: Any) -> Any:
        dossier = dossier_of(desk.records, scheme)
        item = version or next(reversed(dossier.items("scheme")), 0)
        drafted = dossier.last("scheme", "draft", item)
        stated = "" if drafted is None else str(drafted.details["scheme_hash"])
        named = result_named(desk.records, result, stated)
        return on_version(desk, scheme, "simulate", by, version=version, details=named)

    at_desk(book, work, as_json=as_json)


@scheme.command()
@BOOK
@SCHEME
@BY
@VERSION
@JSON
def approve(
    book: Path, scheme: str, by: str, version: int | None, as_json: bool
) -> None:
    """Approve a simulated version; two persons must, neither its author.

    Example: orebook scheme approve examples/guangxi teams --by approver-1
    """
    _on(book, scheme, "approve", by, version, as_json=as_json)


@scheme.command()
@BOOK
@SCHEME
@BY
@REASON
@VERSION
@JSON
def reject(
    book: Path, scheme: str, by: str, reason: str, version: int | None, as_json: bool
) -> None:
    """Send a version back to its author, with the reason.

    Example: orebook scheme reject mybook teams --by approver-1 --reason "cap too high"
    """
    _on(book, scheme, "reject", by, version, given(reason=reason), as_json=as_json)


@scheme.command()
@BOOK
@SCHEME
@BY
@VERSION
@JSON
def activate(
    book: Path, scheme: str, by: str, version: int | None, as_json: bool
) -> None:
    """Put an approved version in force for the months of its validity.

    Example: orebook scheme activate examples/guangxi teams --by hr-1
    """
    _on(book, scheme, "activate", by, version, as_json=as_json)


@scheme.command()
@BOOK
@SCHEME
@BY
@REASON
@VERSION
@JSON
def retire(
    book: Path, scheme: str, by: str, reason: str, version: int | None, as_json: bool
) -> None:
    """Take a version out of force; what was settled by it stands.

    Example: orebook scheme retire mybook teams --by hr-1 --reason "replaced"
    """
    _on(book, scheme, "retire", by, version, given(reason=reason), as_json=as_json)


def _on(
    book: Path,
    scheme: str,
    action: str,
    by: str,
    version: int | None,
    details: Mapping[str, Any] | None = None,
    *,
    as_json: bool,
) -> None:
    from orebook.audit.scheme_acts import on_version

    at_desk(
        book,
        lambda _, desk: on_version(
            desk, scheme, action, by, version=version, details=details
        ),
        as_json=as_json,
    )
