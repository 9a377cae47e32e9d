"""What a record is worth: quantities or an indicator at internal prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.benchmark.practice.names import stream_column
from orebook.benchmark.practice.records import Column, Records
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError, UnitError
from orebook.glossary.indices import index_term
from orebook.ledger.layout import plain
from orebook.plan.accounts import PriceSet
from orebook.process.contract import Array
from orebook.process.network import Network, Stream
from orebook.quantity import factor

__all__ = ["Asked", "Term", "Valuation", "streams_of", "valuation_of", "value"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user wants looked at; empty means: find out from the names.

    ``indicator`` is a column valued with the price of ``stream``; ``per`` the port or
    stream the money is per unit of; ``tonnes`` the column that says how much of it.
    """

    conditions: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    indicator: str = ""
    stream: str = ""
    per: str = ""
    tonnes: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A column valued: ``sign * price * scale * figure``.

    Parameters
    ----------
    column, stream : str
        Column of the records, stream of the book.
    sign : int
        +1 where it is gained, -1 where it is spent.
    price : float
        Of the stream [CNY/unit].
    scale : float
        From the unit of the column to that of the stream [-].
    unit : str
        Unit of the stream.
    """

    column: str
    stream: str
    sign: int
    price: float
    scale: float
    unit: str


@dataclass(frozen=True, slots=True)
class Valuation:
    """How the money per t of a record is made.

    Parameters
    ----------
    terms : tuple of Term
        What is summed.
    per : str
        Column of the product the sum is divided by; empty where the figures are per t
        already.
    per_scale : float
        From its unit to that of the stream [-].
    unit : str
        Unit of the product.
    tonnes : str
        Column that says how much of it a record made; empty where nothing says.
    period : str
        Period of the internal prices.
    left_out : tuple of str
        Streams of the unit that are in no column.
    """

    terms: tuple[Term, ...]
    per: str
    per_scale: float
    unit: str
    tonnes: str
    period: str
    left_out: tuple[str, ...] = ()


def streams_of(network: Network, subject: str) -> tuple[Stream, ...]:
    """Return the streams of a unit, or of a centre without its stocks.

    Raises
    ------
    InputError
        If neither is called so.
    """
    if subject in network.processes:
        return network.of(subject)
    found = tuple(
        s
        for s in network.streams
        if s.centre == subject and s.role not in {"open", "close"}
    )
    if not found:
        names = {*network.processes, *(s.centre for s in network.streams)}
        hint = did_you_mean(subject, names, "correct the name")
        raise InputError(
            f"no unit or centre is called '{subject}'; expected one of "
            f"{listed(names)}; {hint}"
        )
    return found


def value(records: Records, valuation: Valuation) -> tuple[Array, Array]:
    """Return the money per t of every record, and its tonnes.

    Parameters
    ----------
    records : Records
        With the columns of the valuation.
    valuation : Valuation
        What is summed, and per what.
    """
    money = np.zeros(len(records.days))
    for t in valuation.terms:
        amount = (
            np.abs(records.column(t.column).values)
            if valuation.per
            else (records.column(t.column).values)
        )
        money = money + t.sign * t.price * t.scale * amount
    if valuation.per:
        made = np.abs(records.column(valuation.per).values) * valuation.per_scale
        safe = np.where(made > 0.0, made, np.nan)
        return money / safe, np.where(made > 0.0, made, 0.0)
    if valuation.tonnes:
        return money, records.column(valuation.tonnes).values
    return money, np.ones(len(money))


def valuation_of(
    records: Records,
    network: Network,
    subject: str,
    prices: PriceSet,
    period: str,
    asked: Asked,
) -> Valuation:
    """Return how records are valued.

    Parameters
    ----------
    records : Records
        As read.
    network : Network
        Chain and physics.
    subject : str
        Unit or centre.
    prices : PriceSet
        Internal prices of one period.
    period : str
        That period.
    asked : Asked
        What the user said.

    Raises
    ------
    InputError
        If no product or no price can be told, or a unit does not fit.
    """
    streams = streams_of(network, subject)
    if asked.indicator:
        return _of_indicator(records, streams, prices, period, asked)
    columns = {s.id: stream_column(records, s, network.chain) for s in streams}
    found = {name: c for name, c in columns.items() if c is not None}
    listed_streams = [s for s in streams if s.id in found]
    per = _product(listed_streams, streams, asked.per)
    terms = tuple(
        Term(found[s.id].name, s.id, s.sign, prices.internal[s.balance],
             _scale(found[s.id], s), s.unit)
        for s in listed_streams
    )  # fmt: skip
    left = tuple(s.id for s in streams if s.id not in found)
    column = found[per.id]
    return Valuation(
        terms, column.name, _scale(column, per), per.unit, column.name, period, left
    )


def _scale(column: Column, s: Stream) -> float:
    if not column.unit or column.unit == s.unit:
        return 1.0
    try:
        return factor(column.unit, s.unit)[0]
    except UnitError as error:
        raise InputError(
            f"column '{column.name}' is in '{column.unit}', stream {s.id} counts in "
            f"{s.unit}; correct the header: {column.name} [{s.unit}]"
        ) from error


def _product(found: list[Stream], streams: tuple[Stream, ...], wanted: str) -> Stream:
    """Return the stream the money is per unit of: the one asked, or the first made."""
    if wanted:
        named = [s for s in found if wanted in {s.id, s.port, s.balance.material}]
    else:
        named = [s for s in found if s.sign > 0]
    if named:
        return named[0]
    names = [s.id for s in streams if s.sign > 0]
    raise InputError(
        f"the records have no quantity of {wanted or 'a product'}; expected a column "
        f"with the name of a stream, port or material: {listed(names)}; or name an "
        "indicator and the stream it is valued with (--indicator dc_energy --stream "
        "UNIT.power)"
    )


def _of_indicator(
    records: Records,
    streams: tuple[Stream, ...],
    prices: PriceSet,
    period: str,
    asked: Asked,
) -> Valuation:
    """Value an indicator with the price of the stream it saves."""
    column = records.column(asked.indicator)
    term = index_term(plain(column.name).replace(" ", "_"))
    unit = column.unit or (term.unit if term else "")
    if unit.startswith("CNY/"):
        one = Term(column.name, "", 1, 1.0, 1.0, unit)
        return Valuation((one,), "", 1.0, unit[4:], asked.tonnes, period)
    s = next((s for s in streams if asked.stream in {s.id, s.port}), None)
    if s is None:
        names = [x.id for x in streams]
        raise InputError(
            f"indicator '{column.name}' [{unit or 'no unit'}] has no price; expected "
            f"--stream with one of {listed(names)}, or a column in CNY/t; add --stream"
        )
    above, _, below = unit.partition("/")
    try:
        scale = factor(above or s.unit, s.unit)[0]
    except UnitError as error:
        raise InputError(
            f"indicator '{column.name}' is in '{unit}', stream {s.id} counts in "
            f"{s.unit}; name the stream the indicator is spent of"
        ) from error
    better = term.better if term else "lower"
    sign = 1 if better == "higher" else -1
    price = prices.internal[s.balance]
    one = Term(column.name, s.id, sign, abs(price), scale, s.unit)
    return Valuation((one,), "", 1.0, below or "t", asked.tonnes, period)
