"""`orebook reward freeze|publish|inquire|...`: a settlement until it is paid."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orebook.commands.workflow import (
    BOOK,
    BY,
    JSON,
    LANG,
    PERIOD,
    REASON,
    SCHEME,
    at_desk,
    desk_of,
)
from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.audit.flow import Flow
    from orebook.chain.chain import Chain
    from orebook.glossary import Lang

__all__ = ["COMMANDS"]

NUMBER = click.argument("number", type=int)
CODE = click.option("--code", default="", help="Reason code, see docs/workflow.md.")


@click.command()
@BOOK
@click.argument("only", nargs=-1, metavar="[SCHEME|PERIOD]...")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Day; today otherwise."
)
@LANG
@JSON
def flow(
    book: Path, only: tuple[str, ...], as_of: datetime | None, lang: Lang, as_json: bool
) -> None:
    """Show how far every scheme and settlement is, and what waits for whom until when.

    Example: orebook reward flow examples/guangxi
    """
    from orebook.audit.flow import flow as made_of
    from orebook.book import open_book
    from orebook.output import dumps

    with open_book(book) as opened:
        day = None if as_of is None else as_of.date()
        found = made_of(desk_of(opened), only=only, today=day)
        text = _flow_text(found, opened.chain, lang)
    click.echo(dumps(found.to_dict()) if as_json else text)


@click.command()
@BOOK
@PERIOD
@SCHEME
@BY
@JSON
def freeze(book: Path, period: str, scheme: str, by: str, as_json: bool) -> None:
    """Freeze a settlement on the versions it follows from; they are kept with hashes.

    Example: orebook reward freeze examples/guangxi 2026-05 teams --by evaluator-1
    """
    from orebook.audit import settlement_acts
    from orebook.commands.workflow import policy_of

    at_desk(
        book,
        lambda b, desk: settlement_acts.freeze(
            desk, scheme, period, by, policy_of(b, period)
        ),
        as_json=as_json,
    )


@click.command()
@BOOK
@PERIOD
@SCHEME
@BY
@click.option("--out", type=click.Path(path_type=Path),
              help="Folder to write the statement of each team to.")  # fmt: skip
@JSON
def publish(
    book: Path, period: str, scheme: str, by: str, out: Path | None, as_json: bool
) -> None:
    """Publish a frozen settlement; the days of inquiry begin.

    Example: orebook reward publish examples/guangxi 2026-05 teams --by hr-1
    """
    from orebook.audit import settlement_acts
    from orebook.report.team_statement import write_statements

    def work(opened: Any, desk: Any) -> Any:
        done = settlement_acts.publish(desk, scheme, period, by)
        if out is not None:
            teams = settlement_acts.frozen_teams(desk, done.dossier)
            write_statements(out, teams, done.dossier, opened.chain)
        return done

    at_desk(book, work, as_json=as_json)


@click.command()
@BOOK
@PERIOD
@SCHEME
@BY
@click.option("--team", required=True, help="Team it is about; within one's centre.")
@click.option("--text", required=True, help="What is asked.")
@JSON
def inquire(
    book: Path, period: str, scheme: str, by: str, team: str, text: str, as_json: bool
) -> None:
    """Ask about the published settlement of one's own team, within the days for it.

    Example: orebook reward inquire mybook 2026-05 teams --by lead-1 --team a --text b
    """
    from orebook.audit import settlement_acts

    at_desk(
        book,
        lambda _, desk: settlement_acts.inquire(
            desk, scheme, period, by, team=team, text=text
        ),
        as_json=as_json,
    )


@click.command()
@BOOK
@PERIOD
@SCHEME
@NUMBER
@BY
@click.option("--text", required=True, help="The answer.")
@JSON
def answer(
    book: Path, period: str, scheme: str, number: int, by: str, text: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Answer an inquiry.

    Example: orebook reward answer mybook 2026-05 teams 1 --by hr-1 --text "corrected"
    """
    _decide(book, period, scheme, by, ("inquiry", "answer", number, text), as_json)


@click.command()
@BOOK
@PERIOD
@SCHEME
@BY
@click.option("--team", multiple=True, help="Team adjusted; may be given again.")
@click.option("--amount", multiple=True, help="Its amount in CNY, below zero back.")
@CODE
@REASON
@click.option("--evidence", multiple=True, type=click.Path(path_type=Path),
              help="File that proves it; may be given again.")  # fmt: skip
@click.option("--restated", is_flag=True,
              help="Amounts from the month as closed again since.")  # fmt: skip
@JSON
def adjust(
    book: Path,
    period: str,
    scheme: str,
    by: str,
    team: tuple[str, ...],
    amount: tuple[str, ...],
    code: str,
    reason: str,
    evidence: tuple[Path, ...],
    restated: bool,
    as_json: bool,
) -> None:
    """Propose an adjustment by document; it counts once two persons approved it.

    Example: orebook reward adjust mybook 2026-05 teams --by hr-1 --restated
    """
    from orebook.audit import settlement_acts as acts
    from orebook.commands.workflow import policy_of

    if len(team) != len(amount):
        raise InputError(
            f"{len(team)} teams and {len(amount)} amounts; give --amount once for "
            "each --team"
        )
    if len(set(team)) != len(team):
        raise InputError("a team is named twice; give one amount for each team")
    if restated and (team or code):
        raise InputError("--restated finds teams, amounts and code itself; leave them")

    def work(opened: Any, desk: Any) -> Any:
        amounts, rows = dict(zip(team, amount, strict=True)), acts.evidence_of(evidence)
        why, told = code, reason
        if restated:
            policy = policy_of(opened, period)
            amounts, close = acts.restated_amounts(desk, scheme, period, policy)
            rows, why = [close, *rows], "restated"
            told = reason or f"the month was closed again: {close['name']}"
        return acts.adjust(desk, scheme, period, by, amounts=amounts, code=why,
                           reason=told, evidence=rows)  # fmt: skip

    at_desk(book, work, as_json=as_json)


@click.command()
@BOOK
@PERIOD
@SCHEME
@NUMBER
@BY
@JSON
def approve(
    book: Path, period: str, scheme: str, number: int, by: str, as_json: bool
) -> None:
    """Approve an adjustment; two persons must, neither who proposed it.

    Example: orebook reward approve mybook 2026-05 teams 1 --by approver-1
    """
    _decide(book, period, scheme, by, ("adjustment", "approve", number, ""), as_json)


@click.command()
@BOOK
@PERIOD
@SCHEME
@NUMBER
@BY
@REASON
@JSON
def reject(
    book: Path, period: str, scheme: str, number: int, by: str, reason: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Reject an adjustment, with the reason.

    Example: orebook reward reject mybook 2026-05 teams 1 --by approver-1 --reason no
    """
    _decide(book, period, scheme, by, ("adjustment", "reject", number, reason), as_json)


@click.command()
@BOOK
@PERIOD
@SCHEME
@BY
@JSON
def pay(book: Path, period: str, scheme: str, by: str, as_json: bool) -> None:
    """Record the payment run of what is due today; deferred parts come later.

    Example: orebook reward pay examples/guangxi 2026-05 teams --by finance-1
    """
    from orebook.audit import settlement_acts

    at_desk(
        book,
        lambda _, desk: settlement_acts.pay(desk, scheme, period, by),
        as_json=as_json,
    )


def _flow_text(found: Flow, chain: Chain, lang: Lang) -> str:
    """Return the tables of the workflow as text."""
    from orebook.commands.power import text_table
    from orebook.report import workflow

    if not found.versions and not found.settlements:
        return workflow.nothing_yet().in_(lang)
    posts = workflow.Posts(chain)
    states, documents, _, _ = workflow.workflow_tables(found.settlements, posts)
    tables = (
        workflow.versions_table(found.versions, posts),
        states,
        documents,
        workflow.waiting_table(found.waiting, posts),
    )
    shown = [text_table(table, lang) for table in tables if table.rows]
    last = workflow.waits_said(found.today, found.waiting)
    return "\n\n".join([*shown, last.in_(lang)])


def _decide(
    book: Path,
    period: str,
    scheme: str,
    by: str,
    what: tuple[Any, str, int, str],
    as_json: bool,
) -> None:
    from orebook.audit import settlement_acts

    life, action, item, text = what
    at_desk(
        book,
        lambda _, desk: settlement_acts.decide_on(
            desk, scheme, period, by, life=life, action=action, item=item, text=text
        ),
        as_json=as_json,
    )


COMMANDS: tuple[click.Command, ...] = (
    flow, freeze, publish, inquire, answer, adjust, approve, reject, pay,
)  # fmt: skip
"""What stands beside ``orebook reward BOOK PERIOD``."""
