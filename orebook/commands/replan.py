"""`orebook replan`: plan again with what is new, and say why the margin changed."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.chain.chain import Chain
    from orebook.chain.plant import Outage
    from orebook.plan.replan_changes import Changes, Delay, NewPrice, NewSpec
    from orebook.plan.replan_limits import NewLimit

__all__ = ["read_changes", "replan"]

LANG = click.Choice(["zh", "en"])


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("period")
@click.option(
    "--price", multiple=True, help="sell:ID=+5% or buy:ID[@PERIOD]='2900 CNY/t'."
)
@click.option("--outage", multiple=True, help="UNIT=2026-05-10..2026-05-14[*0.5].")
@click.option("--stock", multiple=True, help="STORE='12 kt', as measured at the start.")
@click.option("--delay", multiple=True, help="buy:ID='5 kt@2026-05..2026-06'.")
@click.option("--spec", multiple=True, help="SALE:SiO2=max='0.018 %'.")
@click.option("--limit", multiple=True, help="unit:ID:LIMIT=max='2 Mt/a' or =max=-10%.")
@click.option("--periods", type=int, help="Horizon; that of the release otherwise.")
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]),
              help="Day from which it stands; today otherwise.")  # fmt: skip
@click.option("--reason", default="", help="Why; kept with the plan.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def replan(
    book: Path,
    period: str,
    price: tuple[str, ...],
    outage: tuple[str, ...],
    stock: tuple[str, ...],
    delay: tuple[str, ...],
    spec: tuple[str, ...],
    limit: tuple[str, ...],
    periods: int | None,
    as_of: datetime | None,
    reason: str,
    lang: str,
    as_json: bool,
) -> None:
    """Plan again with new prices, outages, stock counts, delays or limits.

    The releases before are kept; the change of margin is split by cause.

    Example: orebook replan examples/guangxi 2026-05 --price sell:pr-alumina-spot=+5%
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress
    from orebook.plan.differences import plan_change

    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        changes = read_changes(
            opened.chain,
            price=price,
            outage=outage,
            stock=stock,
            delay=delay,
            spec=spec,
            limit=limit,
        )
        made, kept = opened.replan(
            period,
            changes,
            periods=periods,
            reason=reason,
            as_of=None if as_of is None else as_of.date(),
            progress=say,
        )
        change = plan_change(made)
    data: dict[str, object] = {
        "status": "done",
        "period": period,
        "version": kept.version,
        "hash": kept.chain_hash,
        "reason": reason,
        "start": made.start.to_dict(),
        "changes": changes.to_dict(),
        **change.to_dict(),
        "seconds": dict(made.seconds),
    }
    click.echo(dumps(data) if as_json else change.summary(lang))


def read_changes(
    chain: Chain,
    *,
    price: tuple[str, ...] = (),
    outage: tuple[str, ...] = (),
    stock: tuple[str, ...] = (),
    delay: tuple[str, ...] = (),
    spec: tuple[str, ...] = (),
    limit: tuple[str, ...] = (),
) -> Changes:
    """Read what is new as it is written on the command line.

    Parameters
    ----------
    chain : Chain
        The book; gives the unit of every figure.
    price, outage, stock, delay, spec, limit : tuple of str
        One text a change, as in the help of the command.

    Returns
    -------
    Changes
        Quantities in the units of the book.

    Raises
    ------
    InputError
        If a text cannot be read; the message shows how to write it.
    UnitError
        If a quantity has no unit or a wrong one.
    """
    from orebook.plan.replan_changes import Changes

    found = Changes(
        prices=tuple(_price(chain, text) for text in price),
        outages=tuple(map(_outage, outage)),
        stocks=dict(_stock(chain, text) for text in stock),
        delays=tuple(_delay(chain, text) for text in delay),
        specs=tuple(map(_spec, spec)),
        limits=_limits(chain, limit),
    )
    if not found.groups:
        raise InputError(
            "nothing is new; expected at least one of --price, --outage, --stock, "
            "--delay, --spec, --limit; name what changed"
        )
    return found


def _split(text: str, option: str, example: str, mark: str = "=") -> tuple[str, str]:
    name, found, value = text.partition(mark)
    if not (found and name.strip() and value.strip()):
        raise InputError(
            f"--{option} {text}: cannot be read; write --{option} {example}"
        )
    return name.strip(), value.strip()


def _price(chain: Chain, text: str) -> NewPrice:
    from orebook.plan.replan_changes import NewPrice
    from orebook.quantity import quantity

    name, value = _split(text, "price", "sell:ID=+5%")
    contract, _, period = name.partition("@")
    periods = (period,) if period else ()
    unit = _unit(chain, contract)
    if value[0] in "+-" and value.endswith("%"):
        share = quantity(value, "-")
        return NewPrice(contract, factor=1.0 + share, periods=periods)
    return NewPrice(contract, quantity(value, f"CNY/{unit}"), periods=periods)


def _unit(chain: Chain, contract: str) -> str:
    """Return the unit a contract or store counts in."""
    from orebook.chain.chain import good
    from orebook.chain.nearest import did_you_mean

    goods = {f"buy:{p.id}": p.good for p in chain.purchases}
    goods |= {f"sell:{s.id}": s.goods[0] for s in chain.sales}
    goods |= {s.id: s.good for s in chain.stores}
    if contract not in goods:
        hint = did_you_mean(contract, goods, "correct the name")
        raise InputError(
            f"'{contract}' is not in the book; expected buy:ID, sell:ID or a store; "
            f"{hint}"
        )
    return chain.material[good(goods[contract]).material].unit


def _outage(text: str) -> Outage:
    from orebook.chain.plant import Outage

    example = "UNIT=2026-05-10..2026-05-14*0.5"
    unit, value = _split(text, "outage", example)
    days, _, share = value.partition("*")
    first, _, last = days.partition("..")
    try:
        return Outage(
            unit=unit,
            first=date.fromisoformat(first.strip()),
            last=date.fromisoformat((last or first).strip()),
            share=float(share) if share else 1.0,
        )
    except ValueError as error:
        raise InputError(
            f"--outage {text}: {error}; expected days and a share 0..1 of capacity "
            f"lost; write --outage {example}"
        ) from error


def _stock(chain: Chain, text: str) -> tuple[str, float]:
    from orebook.quantity import quantity

    store, value = _split(text, "stock", "STORE='12 kt'")
    return store, quantity(value, _unit(chain, store))


def _delay(chain: Chain, text: str) -> Delay:
    from orebook.plan.replan_changes import Delay
    from orebook.quantity import quantity

    example = "buy:ID='5 kt@2026-05..2026-06'"
    contract, value = _split(text, "delay", example)
    amount, periods = _split(value, "delay", example, "@")
    since, until = _split(periods, "delay", example, "..")
    return Delay(contract, quantity(amount, _unit(chain, contract)), since, until)


def _spec(text: str) -> NewSpec:
    from orebook.plan.replan_changes import NewSpec
    from orebook.quantity import quantity

    example = "SALE:SiO2=max='0.018 %'"
    name, limit = _split(text, "spec", example)
    sale, of = _split(name, "spec", example, ":")
    side, value = _split(limit, "spec", example)
    return NewSpec(sale, of, side, quantity(value, "-"))


def _limits(chain: Chain, texts: tuple[str, ...]) -> tuple[NewLimit, ...]:
    if not texts:
        return ()
    from orebook.plan.replan_limits import unit_of
    from orebook.process.network import network

    net = network(chain)
    example = "unit:ID:LIMIT=max='2 Mt/a'"
    found = []
    for text in texts:
        name, limit = _split(text, "limit", example)
        side, value = _split(limit, "limit", example)
        subject, _, period = name.partition("@")
        found.append(limited(subject, side, value, unit_of(net, subject), period))
    return tuple(found)


def limited(
    subject: str, side: str, value: str, unit: str, period: str = ""
) -> NewLimit:
    """Return a new limit as written: ``"2 Mt/a"``, ``"12 kt"`` or ``"-10%"``.

    Parameters
    ----------
    subject, side : str
        As in `NewLimit`.
    value : str
        A quantity, or a share that begins with a sign and ends with ``%``.
    unit : str
        Unit the limit counts in.
    period : str
        Name of the one period it holds in; all where empty.
    """
    from orebook.plan.replan_limits import NewLimit
    from orebook.quantity import quantity, rate

    periods = (period,) if period else ()
    if value[0] in "+-" and value.endswith("%"):
        factor = 1.0 + quantity(value, "-")
        return NewLimit(subject, side, factor=factor, periods=periods)
    if subject.startswith("store:"):
        return NewLimit(subject, side, quantity(value, unit), periods=periods)
    found = rate(value, unit)
    return NewLimit(subject, side, found.amount, found.per, periods=periods)
