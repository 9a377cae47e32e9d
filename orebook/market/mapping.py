"""Import of published prices: a map says which column becomes which series, and how."""

from __future__ import annotations

import difflib
import hashlib
import math
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from orebook.chain.series import (
    BASES,
    QUANTITIES,
    PriceSeries,
    month_before,
    read_month,
    read_series,
    unit_problem,
    write_series,
)
from orebook.errors import BookError, InputError, Mistake
from orebook.market.price_file import Table, read_price_file

_FOLDER = Path("market", "prices")
_SAME = 1e-9  # relative difference below which a price counts as unchanged
_DIGITS = 10  # significant digits kept of a converted price


@dataclass(frozen=True, slots=True)
class Fx:
    """Where the exchange rate of a conversion comes from: one of three.

    Parameters
    ----------
    rate : float or None
        A fixed rate [unit].
    file : Path or None
        Price file with the rate by month, with ``column`` [-].
    series : str
        Series of the book that holds the rate [-].
    column : str
        Column of ``file`` [-].
    unit : str
        How the rate is quoted: ``CNY/USD``, ``USD/CNY`` or ``CNY/100 USD`` [-].
    """

    rate: float | None = None
    file: Path | None = None
    series: str = ""
    column: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SeriesMap:
    """How one column of a price file becomes a series of the book.

    Parameters
    ----------
    id, column : str
        Series of the book; heading of the column in the price file [-].
    unit, target_unit : str
        Unit of the column, and of the series [-].
    basis, quote_basis : str
        Tax basis of the series, and of the column: ``excl_vat`` or ``incl_vat`` [-].
    source, licence, retrieved : str
        Publication, terms, date ``YYYY-MM-DD`` [-].
    name, name_en : str
        Chinese and English name; the id where empty [-].
    quality_from, quality_to : float
        Quality quoted and wanted, such as 6000 and 5500 kcal/kg [quality_unit].
    quality_unit : str
        Unit of the two [-].
    premium, freight : float
        Added before duty [currency of ``unit`` per quantity of ``target_unit``].
    duty, vat : float
        Rates, 0..1 [-].
    handling : float
        Added last, on the tax basis of the series [target_unit].
    fx : Fx or None
        Exchange rate, where the currencies differ.
    first, last : str
        Months to import, ``YYYY-MM``; empty for all [-].
    yearly : str
        ``refuse`` a table by year, or ``repeat`` its price in each month [-].
    gaps : str
        ``refuse`` a month without price between two, or ``carry`` the last [-].
    sheet : str
        Sheet of the workbook; empty for the first with prices [-].
    illustrative : bool
        True where the figures are made up for illustration [-].
    """

    id: str
    column: str
    unit: str
    source: str
    licence: str
    retrieved: str
    basis: str = "excl_vat"
    quote_basis: str = "excl_vat"
    target_unit: str = "CNY/t"
    name: str = ""
    name_en: str = ""
    quality_from: float = 1.0
    quality_to: float = 1.0
    quality_unit: str = ""
    premium: float = 0.0
    freight: float = 0.0
    duty: float = 0.0
    vat: float = 0.0
    handling: float = 0.0
    fx: Fx | None = None
    first: str = ""
    last: str = ""
    yearly: str = "refuse"
    gaps: str = "refuse"
    sheet: str = ""
    illustrative: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a series in the book and the imported one.

    Parameters
    ----------
    series : str
        Series of the book [-].
    kind : str
        ``added`` or ``revised`` month, or ``header`` [-].
    key : str
        Month ``YYYY-MM``, or the field of the header [-].
    old, new : float, str or None
        Price or text in the book, and imported [unit of the series].
    """

    series: str
    kind: str
    key: str
    old: float | str | None
    new: float | str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import found and did.

    Parameters
    ----------
    file, sha256 : str
        Price file and hash of its content [-].
    series : tuple of PriceSeries
        The series with all changes taken over, in the order of the map.
    changes : tuple of Change
        Differences from the book.
    written, held : tuple of str
        Series written; series left alone because months already in the book would
        be revised [-].
    """

    file: str
    sha256: str
    series: tuple[PriceSeries, ...]
    changes: tuple[Change, ...]
    written: tuple[str, ...]
    held: tuple[str, ...]

    def summary(self) -> str:
        """Return one line per series, and one per revised month."""
        lines = []
        for series in self.series:
            mine = [change for change in self.changes if change.series == series.id]
            count = Counter(change.kind for change in mine)
            what = ", ".join(f"{n} {kind}" for kind, n in count.items()) or "no change"
            did = "written" if series.id in self.written else "not written"
            if series.id in self.held:
                did = "held: accept the revisions to write it"
            last, price = series.values[-1]
            known = f"up to {last}: {price:.2f} {series.unit}, {series.basis}"
            lines.append(f"{series.id}: {what}; {did if mine else 'left'}; {known}")
            lines += [
                f"  {change.key}: {change.old} -> {change.new}"
                for change in mine
                if change.kind != "added"
            ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return the result as plain values."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "series": [series.to_dict() for series in self.series],
            "changes": [
                {name: getattr(change, name) for name in Change.__slots__}
                for change in self.changes
            ],
            "written": list(self.written),
            "held": list(self.held),
        }


def import_prices(
    file: Path,
    mapping: Path | Mapping[str, str] | Sequence[SeriesMap],
    folder: Path,
    *,
    write: bool = True,
    accept_revisions: bool = False,
) -> ImportResult:
    """Import a published price file into the price series of a book.

    Parameters
    ----------
    file : Path
        Price table, CSV or Excel [-].
    mapping : Path, mapping of str to str, or sequence of SeriesMap
        A map file; or series of the book by column, for prices already in the unit
        of the series; or the maps themselves.
    folder : Path
        Folder of the book; the series stand in its ``market/prices`` [-].
    write : bool
        False only reports what would change [-].
    accept_revisions : bool
        True also takes over prices that differ from those in the book; otherwise a
        series with such a price is held back whole [-].

    Returns
    -------
    ImportResult
        Series, changes, and what was written.

    Raises
    ------
    BookError
        If map, cells or existing series are wrong; nothing is written then.
    InputError
        If a file cannot be read at all.

    Notes
    -----
    A series whose prices and header are unchanged is not touched.
    """
    faults: list[Mistake] = []
    results: list[tuple[PriceSeries, list[Change]]] = []
    for one in _maps(file, mapping, folder):
        table = read_price_file(file, sheet=one.sheet or None)
        fresh = _imported(table, one, folder)
        merged = fresh if isinstance(fresh, list) else _merge(fresh, folder)
        if isinstance(merged, list):
            faults += merged
        else:
            results.append(merged)
    if faults:
        raise BookError(dict.fromkeys(faults))
    changes = [change for _, mine in results for change in mine]
    revised = {c.series for c in changes if c.kind == "revised"}
    held = set() if accept_revisions else revised
    todo = [series for series, mine in results if mine and series.id not in held]
    for series in todo if write else []:
        write_series(series, series_path(folder, series.id))
    return ImportResult(
        file=str(file),
        sha256=_sha256(file),
        series=tuple(series for series, _ in results),
        changes=tuple(changes),
        written=tuple(series.id for series in todo if write),
        held=tuple(sorted(held)),
    )


def series_path(folder: Path, series_id: str) -> Path:
    """Return where a series stands in a book.

    Parameters
    ----------
    folder : Path
        Folder of the book [-].
    series_id : str
        Id of the series [-].

    Returns
    -------
    Path
        ``folder/market/prices/ID.csv`` [-].

    Examples
    --------
    >>> series_path(Path("book"), "al").as_posix()
    'book/market/prices/al.csv'
    """
    return folder / _FOLDER / f"{series_id}.csv"


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _maps(
    file: Path, mapping: Path | Mapping[str, str] | Sequence[SeriesMap], folder: Path
) -> Sequence[SeriesMap]:
    if isinstance(mapping, Path):
        return read_mapping(mapping)
    if isinstance(mapping, Mapping):
        return [_short(file, pair, folder) for pair in mapping.items()]
    faults = [_fault("map", one, told) for one in mapping for told in _faults(one)]
    ids = Counter(one.id for one in mapping)
    if twice := [name for name, count in ids.items() if count > 1]:
        raise InputError(
            f"series {', '.join(twice)} stands twice in the map; expected each once; "
            "remove one"
        )
    if faults:
        raise BookError(faults)
    return mapping


def _short(file: Path, pair: tuple[str, str], folder: Path) -> SeriesMap:
    """Return the map of ``column=series``: unit and origin are those of the book."""
    column, name = pair
    path = series_path(folder, name)
    if not path.exists():
        raise InputError(
            f"series {name!r} is not in the book ({path}); expected an existing series "
            "for the short form column=series; write a map file with unit, source and "
            "licence for the first import"
        )
    known = _existing(path)
    if isinstance(known, list):
        raise BookError(known)
    if known.note.startswith("converted"):
        raise InputError(
            f"series {name!r} in {path} was converted ({known.note}); expected a series "
            "taken over as published for the short form; use its map file again"
        )
    return SeriesMap(
        id=name,
        column=column,
        unit=known.unit,
        target_unit=known.unit,
        basis=known.basis,
        quote_basis=known.basis,
        source=known.source,
        licence=known.licence,
        retrieved=date.fromtimestamp(file.stat().st_mtime).isoformat(),
        name=known.name,
        name_en=known.name_en,
        illustrative=known.illustrative,
    )


def _existing(path: Path) -> PriceSeries | list[Mistake]:
    return read_series(path)


# --- conversion ---------------------------------------------------------------------


def _imported(
    table: Table, one: SeriesMap, folder: Path
) -> PriceSeries | list[Mistake]:
    """Return the converted series of one map, or what stands against it."""
    column = table.column(one.column)
    faults = [*table.mistakes, *column.mistakes]
    if table.frequency == "year" and one.yearly != "repeat":
        problem = "holds prices by year", 'prices by month, or yearly = "repeat"'
        remedy = 'set yearly = "repeat" to use the mean of the year in each month'
        faults.append(Mistake(table.file, None, "yearly", one.yearly, *problem, remedy))
    quotes, gaps = _monthly(column.values, one)
    for month in gaps if one.gaps != "carry" else ():
        remedy = 'start after the gap with from = ..., or set gaps = "carry"'
        told = "(empty)", "has no price between two prices", "a price", remedy
        faults.append(Mistake(table.file, None, f"{one.column} {month}", *told))
    if not quotes:
        span = f"{one.first or 'first'} to {one.last or 'last'}"
        told = (
            "(absent)",
            f"has no price from {span}",
            "at least one",
            "correct from, to",
        )
        faults.append(Mistake(table.file, None, one.column, *told))
    rates, origin = _rates(one, list(quotes), folder)
    for month in [month for month in quotes if not rates.get(month)]:
        told = "(absent)", "has no exchange rate above 0", "a rate for each month"
        remedy = "extend the rates, or end the import before with to = ..."
        faults.append(Mistake(origin, None, f"fx {month}", *told, remedy))
    if faults:
        return faults
    prices = _convert(one, list(quotes.values()), [rates[month] for month in quotes])
    return PriceSeries(
        id=one.id,
        name=one.name or one.name_en or one.id,
        name_en=one.name_en,
        unit=one.target_unit,
        basis=one.basis,
        values=tuple(zip(quotes, prices, strict=True)),
        source=one.source,
        licence=one.licence,
        retrieved=one.retrieved,
        illustrative=one.illustrative,
        note=_note(table, one, origin),
    )


def _monthly(
    values: Mapping[str, float], one: SeriesMap
) -> tuple[dict[str, float], list[str]]:
    """Return prices by month within the range, gaps filled, and the months filled."""
    months = {
        month: price
        for period, price in values.items()
        for month in (
            [period] if "-" in period else [f"{period}-{m:02d}" for m in range(1, 13)]
        )
        if (one.first or "0") <= month <= (one.last or "9")
    }
    filled, gaps = {}, []
    month, last = min(months, default=""), max(months, default="")
    while month and month <= last:
        if month not in months:
            gaps.append(month)
        filled[month] = months.get(month, filled.get(month_before(month), 0.0))
        month = month_before(month, months=-1)
    return filled, gaps


def _currencies(one: SeriesMap) -> tuple[str, str]:
    return one.unit.partition("/")[0], one.target_unit.partition("/")[0]


def _rates(
    one: SeriesMap, months: list[str], folder: Path
) -> tuple[Mapping[str, float], str]:
    """Return money of the series per money of the column by month, and the origin."""
    have, want = _currencies(one)
    if one.fx is None or have == want:
        return dict.fromkeys(months, 1.0), ""
    unit, origin = one.fx.unit or f"{want}/{have}", f"rate {one.fx.rate}"
    raw: Mapping[str, float] = dict.fromkeys(months, one.fx.rate or 0.0)
    if one.fx.file is not None:
        table = read_price_file(one.fx.file)
        column = table.column(one.fx.column)
        if faults := [*table.mistakes, *column.mistakes]:
            raise BookError(faults)
        raw, origin = column.values, str(one.fx.file)
    elif one.fx.series:
        path = series_path(folder, one.fx.series)
        known = read_series(path)
        if isinstance(known, list):
            raise BookError(known)
        raw, origin, unit = dict(known.values), str(path), known.unit
    top, _, bottom = unit.partition("/")
    count = float("".join(c for c in bottom if c.isdigit()) or 1)
    if {top, bottom[-3:]} != {have, want}:
        raise InputError(
            f"series {one.id!r}: exchange rate of {origin} is in {unit}; expected "
            f"{want}/{have}; correct the unit of fx"
        )
    direct = top == want
    return {
        m: raw[m] / count if direct else count / raw[m] for m in months if raw.get(m)
    }, origin


def _size(unit: str) -> tuple[str, float]:
    quantity = unit.partition("/")[2]
    return QUANTITIES.get(quantity, (quantity, 1.0))


def _vat(one: SeriesMap) -> tuple[float, float]:
    """Return the VAT rate to take out of the quote, and to put on the result."""
    if one.quote_basis == one.basis:
        return 0.0, 0.0
    return (one.vat, 0.0) if one.basis == "excl_vat" else (0.0, one.vat)


def _convert(one: SeriesMap, quotes: list[float], rates: list[float]) -> list[float]:
    import numpy as np

    from orebook.market.parity import excl_vat, import_parity, quality_price

    per_quantity = np.asarray(quotes) * (_size(one.target_unit)[1] / _size(one.unit)[1])
    quote = quality_price(per_quantity, quoted=one.quality_from, actual=one.quality_to)
    out, on = _vat(one)
    prices = import_parity(
        excl_vat(quote, vat=out),
        fx=rates,
        vat=on,
        premium=one.premium,
        freight=one.freight,
        duty=one.duty,
        handling=one.handling,
    )
    return [float(f"{price:.{_DIGITS}g}") for price in np.atleast_1d(prices)]


def _note(table: Table, one: SeriesMap, origin: str) -> str:
    """Spell out origin and conversion, in the order of the steps."""
    have, want = _currencies(one)
    factor = _size(one.target_unit)[1] / _size(one.unit)[1]
    per = f"{have}/{one.target_unit.partition('/')[2]}"
    rate = Path(origin).name + (f" {one.fx.column}" if one.fx and one.fx.column else "")
    if one.fx and one.fx.file:
        rate += f" sha256 {_sha256(one.fx.file)}"
    quality = f"{one.quality_to:g} / {one.quality_from:g} {one.quality_unit}"
    out, on = _vat(one)
    steps = (
        (factor != 1.0, f"x {factor:.10g} to {per}"),
        (one.quality_to != one.quality_from, f"x {quality}".strip()),
        (out, f"/ (1 + VAT {out:g})"),
        (one.premium, f"+ premium {one.premium:g} {per}"),
        (one.freight, f"+ freight {one.freight:g} {per}"),
        (origin, f"x fx {want}/{have} ({rate})"),
        (one.duty, f"x (1 + duty {one.duty:g})"),
        (on, f"x (1 + VAT {on:g})"),
        (one.handling, f"+ handling {one.handling:g} {one.target_unit}"),
    )
    done = " ".join(text for applies, text in steps if applies)
    start = f"column '{one.column}' [{one.unit}, {one.quote_basis}]"
    extra = "; yearly means repeated in each month" if table.frequency == "year" else ""
    extra += "; gaps carry the last price" if one.gaps == "carry" else ""
    how = f"converted: {start} {done}" if done else f"as published: {start}"
    return f"{how}{extra}; file {Path(table.file).name} sha256 {table.sha256}"


def _merge(
    fresh: PriceSeries, folder: Path
) -> tuple[PriceSeries, list[Change]] | list[Mistake]:
    """Lay the imported months over those of the book and list the differences."""
    path = series_path(folder, fresh.id)
    if not path.exists():
        return fresh, [Change(fresh.id, "added", *pair) for pair in _added(fresh, {})]
    known = read_series(path)
    if isinstance(known, list):
        return known
    for field in ("unit", "basis"):
        old, new = getattr(known, field), getattr(fresh, field)
        if old != new:
            remedy = "correct the map, or give the import another series id"
            told = (field, new, "differs from the series in the book", old, remedy)
            return [Mistake(str(path), None, *told)]
    prices = dict(known.values)
    changes = [Change(fresh.id, "added", *pair) for pair in _added(fresh, prices)]
    changes += [
        Change(fresh.id, "revised", month, prices[month], price)
        for month, price in fresh.values
        if month in prices and not math.isclose(prices[month], price, rel_tol=_SAME)
    ]
    for field in ("name", "name_en", "source", "licence", "illustrative"):
        pair = known.header()[field], fresh.header()[field]
        if pair[0] != pair[1]:
            changes.append(Change(fresh.id, "header", field, *pair))
    merged = tuple(sorted((prices | dict(fresh.values)).items()))
    try:
        return replace(fresh, values=merged), changes
    except InputError as error:
        remedy = "import the months between as well"
        told = ("month", fresh.values[0][0], str(error), "no gap", remedy)
        return [Mistake(str(path), None, *told)]


def _added(
    fresh: PriceSeries, prices: Mapping[str, float]
) -> Iterator[tuple[str, None, float]]:
    return ((m, None, price) for m, price in fresh.values if m not in prices)
