"""What each column of records is: condition, setting, quantity at its price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.benchmark.practice.find import Evidence
from orebook.benchmark.practice.note import Note
from orebook.benchmark.practice.records import Column, Records, told_rejects
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError, UnitError
from orebook.glossary.indices import index_term
from orebook.ledger.layout import plain
from orebook.plan.accounts import PriceSet
from orebook.process.contract import Array
from orebook.process.network import Network, Stream
from orebook.quantity import factor

__all__ = [
    "SEASON",
    "Asked",
    "Chosen",
    "Term",
    "Valuation",
    "choose",
    "matrix",
    "value",
]

SEASON = "season"
YEAR = 365.2425
STANDING = 0.5  # of the median amount, below which a record is start-up or outage [-]


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


@dataclass(frozen=True, slots=True)
class Chosen:
    """Records as evidence, and what is what.

    Parameters
    ----------
    evidence : Evidence
        Ready to be searched.
    conditions, settings : tuple of str
        Names in the order of the columns of the evidence.
    units : mapping
        Unit of each of them.
    valuation : Valuation
        Of the value.
    dropped : mapping
        Rows not used, by cause.
    notes : tuple of Note
        What the user should know.
    """

    evidence: Evidence
    conditions: tuple[str, ...]
    settings: tuple[str, ...]
    units: Mapping[str, str]
    valuation: Valuation
    dropped: Mapping[str, int]
    notes: tuple[Note, ...]


def choose(
    records: Records,
    network: Network,
    subject: str,
    prices: PriceSet,
    *,
    period: str,
    asked: Asked,
) -> Chosen:
    """Turn records into evidence.

    Parameters
    ----------
    records : Records
        As read.
    network : Network
        Chain and physics.
    subject : str
        A unit or a centre.
    prices : PriceSet
        Internal prices of one period, at which all records are valued: what prices
        did is no practice.
    period : str
        That period.
    asked : Asked
        What the user said.

    Raises
    ------
    InputError
        If a column is missing or does not vary, or too few records are left.
    """
    streams = streams_of(network, subject)
    valuation = _valuation(records, streams, prices, period, asked)
    used = {t.column for t in valuation.terms} | {valuation.per, valuation.tonnes}
    settings = asked.settings or _own_settings(records, network, subject, asked, used)
    settings = tuple(records.column(n).name for n in settings)
    conditions = asked.conditions or _rest(records, {*used, *settings})
    _refuse_both(conditions, settings)
    money, tonnes = value(records, valuation)
    names, z = matrix(records, conditions)
    u = np.column_stack([*[records.column(n).values for n in settings],
                         np.empty((len(money), 0))])  # fmt: skip
    complete = np.isfinite(np.column_stack([z, u, money, tonnes])).all(axis=1)
    running = (
        tonnes >= STANDING * np.median(tonnes[complete])
        if complete.any()
        else (complete)
    )
    kept = complete & running
    dropped = {
        "not_readable": len(records.rejected),
        "incomplete": int((~complete).sum()),
        "standing": int((complete & ~running).sum()),
    }
    _refuse_few(records, int(kept.sum()), dropped)
    evidence = Evidence(records.days[kept], z[kept], u[kept], money[kept], tonnes[kept])
    notes = [*records.notes, *_constant(records, settings, evidence.settings)]
    moving, keep_u = _varying(evidence.conditions), _varying(evidence.settings)
    notes += [
        Note(
            f"条件“{n}”没有变化，未采用",
            f"condition '{n}' does not vary and is left out",
        )
        for n, m in zip(names, moving, strict=True)
        if not m
    ]
    evidence = Evidence(
        evidence.days, evidence.conditions[:, moving], evidence.settings[:, keep_u],
        evidence.value, evidence.tonnes,
    )  # fmt: skip
    if valuation.left_out:
        names = listed(valuation.left_out)
        notes.append(
            Note(
                f"记录中没有、因此未计价：{names}",
                f"not in the records, so not valued: {names}",
            )
        )
    return Chosen(
        evidence,
        tuple(n for n, m in zip(names, moving, strict=True) if m),
        tuple(n for n, m in zip(settings, keep_u, strict=True) if m),
        {n: c.unit for n, c in records.columns.items()},
        valuation, dropped, tuple(notes),
    )  # fmt: skip


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


def matrix(records: Records, conditions: Sequence[str]) -> tuple[list[str], Array]:
    """Return names and figures of conditions; a season is a place in the year.

    Parameters
    ----------
    records : Records
        As read.
    conditions : sequence of str
        Columns, or ``season``.
    """
    names: list[str] = []
    parts: list[Array] = []
    for name in conditions:
        column = records.find(name)
        if column is None and plain(name) in {SEASON, "季节"}:
            turn = 2.0 * np.pi * records.days / YEAR
            names += ["season_sin", "season_cos"]
            parts += [np.sin(turn), np.cos(turn)]
        else:
            column = records.column(name)
            names.append(column.name)
            parts.append(column.values)
    empty = np.empty((len(records.days), 0))
    return names, np.column_stack([*parts, empty])


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


def _valuation(
    records: Records,
    streams: tuple[Stream, ...],
    prices: PriceSet,
    period: str,
    asked: Asked,
) -> Valuation:
    if asked.indicator:
        return _of_indicator(records, streams, prices, period, asked)
    found = {s.id: c for s in streams if (c := _column_of(records, s)) is not None}
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


def _column_of(records: Records, s: Stream) -> Column | None:
    return records.find(s.id, s.port, s.balance.material)


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


def _own_settings(
    records: Records, network: Network, subject: str, asked: Asked, used: set[str]
) -> tuple[str, ...]:
    """Return the columns named as settings of the unit and not asked as conditions."""
    if subject not in network.processes:
        return ()
    taken = {plain(n) for n in (*asked.conditions, *used)}
    known = {plain(s.name) for s in network.processes[subject].settings}
    return tuple(n for n in records.columns if plain(n) in known - taken)


def _rest(records: Records, taken: set[str]) -> tuple[str, ...]:
    return tuple(n for n in records.columns if n not in taken)


def _refuse_both(conditions: Sequence[str], settings: Sequence[str]) -> None:
    both = {plain(n) for n in conditions} & {plain(n) for n in settings}
    if both:
        raise InputError(
            f"'{sorted(both)[0]}' is named as condition and as setting; expected one "
            "of them: a condition is what the shift cannot choose; name it once"
        )


def _refuse_few(records: Records, count: int, dropped: Mapping[str, int]) -> None:
    from orebook.benchmark.practice.find import FEWEST, WANTED

    if count >= FEWEST:
        return
    causes = ", ".join(f"{v} {k}" for k, v in dropped.items() if v) or "none"
    told = f" ({told_rejects(records.rejected)})" if records.rejected else ""
    raise InputError(
        f"{records.name}: {count} records can be used, rows left out: {causes}{told}; "
        f"expected at least {FEWEST}, better {WANTED} and more; months are rarely "
        "enough: give records of shifts or campaigns (--records FILE)"
    )


def _varying(x: Array) -> Array:
    middle = np.abs(x).mean(axis=0) if len(x) else np.zeros(x.shape[1])
    return np.asarray(x.std(axis=0) > 1e-9 * np.maximum(middle, 1e-300))


def _constant(records: Records, names: Sequence[str], x: Array) -> list[Note]:
    """Say which settings never moved; refuse where none did."""
    still = [n for n, moves in zip(names, _varying(x), strict=True) if not moves]
    if names and len(still) == len(names):
        raise InputError(
            f"{records.name}: no setting varies ({listed(names)}): what never moved "
            "cannot be learned from; name settings that were changed, or try another "
            "value on purpose"
        )
    return [
        Note(
            f"设定“{n}”没有变化，未采用", f"setting '{n}' does not vary and is left out"
        )
        for n in still
    ]
