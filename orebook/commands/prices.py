"""`orebook prices show` and `value`: how prices were made, and months valued again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orebook.book import Book
    from orebook.evaluate.policy.revalue import Valued
    from orebook.evaluate.policy.value import Priced

__all__ = ["prices_show", "prices_value"]

BOOK = click.argument("book", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")


@click.command("show")
@BOOK
@click.argument("period")
@click.option("--set", "name", help="Price set; the one in force otherwise.")
@click.option("--good", help="Only this material or material@place.")
@click.option("--all", "every", is_flag=True, help="Goods without a rule too.")
@JSON
def prices_show(
    book: Path, period: str, name: str | None, good: str | None, every: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Show how every internal price of a month was made, the plan's beside it.

    Example: orebook prices show examples/guangxi 2026-05 --set simulated-market
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        priced = opened.priced(period, name, progress=say)
        chosen = _of_good(opened, priced.rows, good)
    rows = [r for r in chosen if every or good or r.rule or priced.policy == "plan"]
    data = {
        "status": "done",
        "period": priced.period,
        "price_set": priced.policy,
        "prices": [r.to_dict() for r in rows],
        "terms": [type(t).__name__ for t in priced.prices.terms],
    }
    click.echo(dumps(data) if as_json else _shown(priced.policy, priced.period, rows))


def _of_good(book: Book, rows: Iterable[Priced], good: str | None) -> list[Priced]:
    from orebook.chain.nearest import did_you_mean, listed
    from orebook.errors import InputError
    from orebook.evaluate.policy.check import balances_of

    if good is None:
        return list(rows)
    kept = set(balances_of(good, book.network))
    if not kept:
        known = [str(b) for b in book.network.balances]
        raise InputError(
            f"no good is called '{good}'; expected one of {listed(known)}; "
            f"{did_you_mean(good, known, 'write material@place')}"
        )
    return [r for r in rows if r.balance in kept]


def _shown(name: str, period: str, rows: Sequence[Priced]) -> str:
    head = f"{period}, price set {name}: {len(rows)} prices"
    return "\n".join([head, *(_line(r) for r in rows)])


def _line(r: Priced) -> str:
    two = f" charged, {r.credit:,.2f} credited" if r.credit != r.charge else ""
    low = "open" if r.bid is None else f"{r.bid:,.2f}"
    high = "open" if r.ask is None else f"{r.ask:,.2f}"
    note = f"; {r.note}" if r.note else ""
    moved = "" if r.before is None else f"; {r.before:,.2f} before the market moved"
    return (
        f"  {r.balance}: {r.charge:,.2f}{two} {r.unit} by {r.method} ({r.parameters}); "
        f"plan {r.dual:,.2f} [{low} .. {high}]{moved}{note}"
    ).replace(" ()", "")


@click.command("value")
@BOOK
@click.argument("first")
@click.argument("last", required=False)
@click.option("--set", "name", required=True, help="Price set, or plan.")
@click.option("--against", default="plan", show_default=True, help="Set to compare to.")
@click.option("--centre", help="Only this centre.")
@JSON
def prices_value(
    book: Path, first: str, last: str | None, name: str, against: str,
    centre: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Value closed months again at another price set; nothing that is closed changes.

    Example: orebook prices value examples/guangxi 2026-05 --set simulated-market
    """
    from orebook.book import open_book
    from orebook.output import dumps

    with open_book(book) as opened:
        months = _months(first, last or first)
        after = opened.value(name, months)
        before = opened.value(against, months)
        _known_centre(opened, centre)
    data = {
        "status": "done",
        "price_set": name,
        "against": against,
        "months": [v.to_dict() for v in after],
        "moved": _moved(before, after, centre),
    }
    click.echo(dumps(data) if as_json else _told(before, after, data["moved"]))  # type: ignore[arg-type]


def _months(first: str, last: str) -> list[str]:
    from orebook.chain.calendar import period
    from orebook.errors import InputError

    at, end = period(first), period(last)
    if end.first < at.first:
        raise InputError(
            f"{last} is before {first}; expected the first month, then the last; "
            "turn them round"
        )
    found = [at.name]
    while at.name != end.name:
        at = at.next()
        found.append(at.name)
    return found


def _known_centre(book: Book, centre: str | None) -> None:
    from orebook.chain.nearest import did_you_mean, listed
    from orebook.errors import InputError

    if centre is not None and centre not in book.chain.centre:
        known = list(book.chain.centre)
        raise InputError(
            f"no centre is called '{centre}'; expected one of {listed(known)}; "
            f"{did_you_mean(centre, known, 'correct the name')}"
        )


def _moved(
    before: Sequence[Valued], after: Sequence[Valued], centre: str | None
) -> list[dict[str, object]]:
    from orebook.evaluate.journal import money
    from orebook.evaluate.policy.revalue import total_of

    old, new = total_of(before), total_of(after)
    names = sorted({*old, *new}, key=lambda c: -abs(new.get(c, 0) - old.get(c, 0)))
    return [
        {
            "centre": c,
            "against_cny": money(old.get(c, 0)),
            "result_cny": money(new.get(c, 0)),
            "moved_cny": money(new.get(c, 0) - old.get(c, 0)),
        }
        for c in names
        if centre in (None, c)
    ]


def _told(
    before: Sequence[Valued], after: Sequence[Valued], rows: list[dict[str, object]]
) -> str:
    from orebook.evaluate.journal import money

    first, last = after[0], after[-1]
    span = first.period if first is last else f"{first.period}..{last.period}"
    group = money(sum(v.market.group for v in after))
    gap = sum(v.difference for v in after)
    head = [
        f"{span} at {first.price_set}, against {before[0].price_set}: "
        f"group {group} CNY at both, for internal prices move no money of the group",
        f"  kept in the elimination account for dual rates: {gap:,.2f} CNY",
    ]
    shown = [r for r in rows if r["moved_cny"] != "0.00"] or rows
    return "\n".join(
        [*head, *(f"  {r['centre']}: {r['moved_cny']} CNY ({r['against_cny']} -> "
                  f"{r['result_cny']})" for r in shown)]
    )  # fmt: skip
