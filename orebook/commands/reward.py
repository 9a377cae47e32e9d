"""`orebook reward`: settle a month, print a scheme, ask what if, restate, back-test."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orebook.book import Book
    from orebook.reward.deferred import LedgerRow
    from orebook.reward.what_if import WhatIf

__all__ = ["COMMANDS", "reward"]

BOOK = click.argument("book", type=click.Path(path_type=Path))
PERIOD = click.argument("period")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
LANG = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Language of the text.",
)


def _print(as_json: bool, data: dict[str, object], text: str) -> None:
    from orebook.output import dumps

    click.echo(dumps({"status": "done"} | data) if as_json else text)


@click.command()
@BOOK
@PERIOD
@click.option("--team", help="Show the whole explanation of one team.")
@click.option("--zh", "chinese", is_flag=True, help="Explain in Chinese.")
@JSON
def reward(
    book: Path, period: str, team: str | None, chinese: bool, as_json: bool
) -> None:
    """Settle the reward schemes of a closed month, with every yuan explained.

    Example: orebook reward examples/guangxi 2026-05 --team sc-line-1-team
    """
    from orebook.book import open_book
    from orebook.output import progress
    from orebook.report.team_pay import explain_team, team_rewards

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        result = opened.result(period, progress=say)
    rows = team_rewards(result, team)
    text = "\n".join(s.summary() for s in result.settlements)
    text = text or f"no scheme is in force in {period}; add one to {book}/schemes"
    if team is not None:
        text = explain_team(result, team, chinese=chinese)
    _print(as_json, {"period": period, "rewards": rows}, text)


@click.command("print")
@click.argument("scheme", type=click.Path(path_type=Path))
@LANG
@JSON
def print_(scheme: Path, lang: str, as_json: bool) -> None:
    """Print a scheme in plain words, in the fixed order it is settled in.

    Example: orebook reward print examples/guangxi/schemes/teams.toml --lang en
    """
    from orebook.reward.read import read_scheme
    from orebook.reward.wording import in_words

    printed = in_words(read_scheme(scheme))
    _print(as_json, printed.to_dict(), printed.text(lang))


@click.command("what-if")
@BOOK
@PERIOD
@click.argument("team")
@click.option(
    "--set", "asked", multiple=True, metavar="MEASURE=VALUE",
    help="Another value: 13250, +50, -50 or -1%; may be given again.",
)  # fmt: skip
@click.option("--scheme", help="Scheme, or file of one; those in force otherwise.")
@click.option("--zh", "chinese", is_flag=True, help="Explain in Chinese.")
@JSON
def what_if(
    book: Path,
    period: str,
    team: str,
    asked: tuple[str, ...],
    scheme: str | None,
    chinese: bool,
    as_json: bool,
) -> None:
    """Work a team's pay out again with other values, and what one unit is worth.

    Example: orebook reward what-if mybook 2026-05 potrooms --set power=-1%
    """
    from orebook.book import open_book
    from orebook.trying import ask_book

    with open_book(book) as opened:
        found = ask_book(opened.paying, period, team, _pairs(asked), scheme)
    data: dict[str, object] = {"answers": [w.to_dict() for w in found]}
    _print(as_json, data, "\n".join(_told(w, chinese=chinese) for w in found))


def _pairs(asked: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in asked:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"--set {text}: give MEASURE=VALUE")
        found[name.strip()] = value.strip()
    return found


def _told(found: WhatIf, *, chinese: bool) -> str:
    now, then = (s.teams[found.team] for s in (found.before, found.after))
    lines = [f"{found.team} {found.before.period}, {found.before.scheme}"]
    for name, (old, new) in found.changes.items():
        lines.append(f"  {name}: {old:,.6g} -> {new:,.6g}")
    if found.changes:
        lines.append(
            f"  pay {now.amount:,} -> {then.amount:,} CNY ({found.change:+,}); "
            f"others {found.to_dict()['others_change_cny']} CNY"
        )
    lines += [
        f"  one {u.unit} more of {u.measure} ({u.value:,.6g}, target {u.target:,.6g}): "
        f"{u.more:+,} CNY; one less: {u.less:+,} CNY"
        for u in found.units
    ]
    return "\n".join([*lines, then.explanation.text(chinese=chinese)])


@click.command()
@BOOK
@PERIOD
@click.argument("scheme")
@JSON
def restate(book: Path, period: str, scheme: str, as_json: bool) -> None:
    """Settle a paid month again after it was restated, and post what changes.

    Example: orebook reward restate examples/guangxi 2026-03 teams
    """
    from orebook.book import open_book
    from orebook.paying import scheme_called
    from orebook.repaying import restate_month

    with open_book(book) as opened:
        paying = opened.paying
        _not_frozen(opened, period, scheme)
        found = restate_month(paying, scheme_called(paying, scheme), period)
    data = found.to_dict()
    head = f"{scheme} {period}: nothing changes, nothing is posted"
    if found.number:
        head = f"{scheme} {period}: adjustment {found.number}, {data['total_cny']} CNY"
    lines = [
        f"  {team}: {found.before.get(team, 0):,} -> {found.after[team]:,}, "
        f"{'taken back' if value < 0 else 'paid'} {abs(value):,} CNY"
        for team, value in found.change.items()
        if value
    ]
    _print(as_json, data, "\n".join([head, *lines]))


def _not_frozen(book: Book, period: str, scheme: str) -> None:
    """Refuse what the workflow has taken over: two persons decide on it there."""
    from orebook.audit.dossiers import FROZEN
    from orebook.errors import InputError

    if book.store.records.has(FROZEN, period, key=scheme):
        raise InputError(
            f"settlement {period} {scheme} is frozen in the workflow; expected one "
            f"that is not; propose the difference: orebook reward adjust {book.folder} "
            f"{period} {scheme} --by PERSON --restated"
        )


@click.command()
@BOOK
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day; today.")
@click.option("--team", help="Only this team.")
@JSON
def deferred(book: Path, day: date | None, team: str | None, as_json: bool) -> None:
    """Show what is paid later: due, released, forfeited.

    Example: orebook reward deferred examples/guangxi --on 2026-12-31
    """
    from datetime import datetime

    from orebook.book import open_book
    from orebook.repaying import deferral_ledger

    on = day.date() if isinstance(day, datetime) else date.today()
    with open_book(book) as opened:
        rows = deferral_ledger(opened.paying, on)
    rows = tuple(r for r in rows if team in (None, r.held.team))
    totals = _totals(rows)
    data: dict[str, object] = {
        "on": on.isoformat(),
        **totals,
        "rows": [r.to_dict() for r in rows],
    }
    head = ", ".join(f"{k.removesuffix('_cny')} {v} CNY" for k, v in totals.items())
    lines = [
        f"  {r.held.due or 'open'}: {r.held.team} of {r.held.period}, {r.left:,} CNY "
        f"{r.state}" + (f" ({r.reason})" if r.reason else "")
        for r in rows
    ]
    _print(as_json, data, "\n".join([f"{on}: {head}", *lines]))


def _totals(rows: Sequence[LedgerRow]) -> dict[str, str]:
    from decimal import Decimal

    none = Decimal("0.00")
    of = {s: sum((r.left for r in rows if r.state == s), none) for s in
          ("held", "released")}  # fmt: skip
    taken = sum((r.forfeited for r in rows), none)
    return {f"{k}_cny": str(v) for k, v in of.items()} | {"forfeited_cny": str(taken)}


@click.command()
@BOOK
@click.option("--scheme", help="Scheme of the book, or a file; that in force last.")
@click.option("--against", help="Another scheme or file, side by side.")
@click.option("--from", "since", help="First month; the first closed otherwise.")
@click.option("--to", "until", help="Last month; the last closed otherwise.")
@click.option(
    "--evaluate", is_flag=True, help="Evaluate closed months that are not yet."
)
@click.option("--out", type=click.Path(path_type=Path), help="Page FILE.html.")
@LANG
@JSON
def backtest(
    book: Path,
    scheme: str | None,
    against: str | None,
    since: str | None,
    until: str | None,
    evaluate: bool,
    out: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Replay a scheme on the months of a book, and try to game it in six ways.

    Example: orebook reward backtest examples/guangxi --scheme teams
    """
    from orebook.book import open_book
    from orebook.output import progress
    from orebook.reward.lab.told import told
    from orebook.trying import try_book

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        found = try_book(
            opened, scheme, against, since=since, until=until, evaluate=evaluate,
            progress=say,
        )  # fmt: skip
        data = found.to_dict()
        if out is not None:
            from orebook.report.lab import write_lab

            data["file"] = write_lab(opened.chain, found, out, lang=lang)
    text = told(found)
    _print(as_json, data, text if out is None else f"{text}\n{out}")


COMMANDS: tuple[click.Command, ...] = (print_, what_if, restate, deferred, backtest)
"""What stands beside ``orebook reward BOOK PERIOD``, the workflow apart."""
