"""Import of published prices, as a map of the columns says."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from orebook.chain.series import (
    PriceSeries,
    month_before,
    read_series,
    write_series,
)
from orebook.errors import BookError, InputError, Mistake
from orebook.market import Change, ImportResult
from orebook.market.price_file import Table, read_price_file
from orebook.market.series_map import (
    SeriesMap,
    added_cost,
    currencies,
    per_unit,
    quoted_size,
    read_mapping,
)

_FOLDER = Path("market", "prices")
_SAME = 1e-9  # relative difference below which a price counts as unchanged
_DIGITS = 10  # significant digits kept of a converted price


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
    read = cache(_read)  # each file is read once per import
    for one in _maps(file, mapping, folder):
        try:
            fresh = _imported(read(file, one.sheet), one, folder=folder, read=read)
            results.append(_merge(fresh, folder))
        except BookError as error:
            faults += error.mistakes
        except InputError as error:
            told = (one.column, str(error), "see the problem", "correct map or file")
            faults.append(Mistake(str(file), None, f"series.{one.id}", *told))
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
    ids = Counter(one.id for one in mapping)
    if twice := [name for name, count in ids.items() if count > 1]:
        raise InputError(
            f"series {', '.join(twice)} stands twice in the map; expected once; cut one"
        )
    return mapping


def _short(file: Path, pair: tuple[str, str], folder: Path) -> SeriesMap:
    """Return the map of ``column=series``: unit and origin are those of the book."""
    column, name = pair
    path = series_path(folder, name)
    if not path.exists():
        raise InputError(
            f"series {name!r} is not in the book ({path}); expected one that is; "
            "for the first import write a map file with unit, source and licence"
        )
    known = _known(path)
    if known.note.startswith("converted"):
        raise InputError(
            f"series {name!r} in {path} was converted ({known.note}); expected one "
            "taken over as published for the short form; use its map file again"
        )
    day = date.fromtimestamp(file.stat().st_mtime).isoformat()
    head = {field: text for field, text in known.header().items() if field != "note"}
    units = {"target_unit": known.unit, "quote_basis": known.basis, "retrieved": day}
    return SeriesMap.model_validate(
        head | units | {"column": column, "illustrative": known.illustrative}
    )


_Read = Callable[[Path, str], Table]


def _read(path: Path, sheet: str) -> Table:
    return read_price_file(path, sheet=sheet or None)


def _known(path: Path) -> PriceSeries:
    found = read_series(path)
    if isinstance(found, list):
        raise BookError(found)
    return found


def _imported(
    table: Table, one: SeriesMap, *, folder: Path, read: _Read
) -> PriceSeries:
    """Return the converted series of one map; raise all that stands against it."""
    if table.mistakes and not table.columns:
        raise BookError(table.mistakes)
    column = table.column(one.column)
    faults = [*table.mistakes, *column.mistakes]
    quotes, gaps = _monthly(column.values, one)
    rates, origin = _rates(one, list(quotes), folder=folder, read=read)
    bare = [month for month in quotes if not rates.get(month)]
    faults += [
        Mistake(table.file, None, field, "(absent)", problem, "a price", remedy)
        for field, problem, remedy in _lacks(table, one, gaps=gaps, bare=bare)
    ]
    if not quotes:
        span = (
            f"has no price from {one.first or 'the first'} to {one.last or 'the last'}"
        )
        told = ("(absent)", f"{span} month", "a price", "correct from, to or column")
        faults.append(Mistake(table.file, None, one.column, *told))
    if faults:
        raise BookError(faults)
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
        retrieved=one.retrieved.isoformat(),
        illustrative=one.illustrative,
        note=_note(table, one, origin),
    )


def _lacks(
    table: Table, one: SeriesMap, *, gaps: list[str], bare: list[str]
) -> Iterator[tuple[str, str, str]]:
    """Yield field, problem and remedy of what is missing for the conversion."""
    if table.frequency == "year" and one.yearly != "repeat":
        remedy = 'set yearly = "repeat" to use the mean of the year in each month'
        yield "yearly", "the file holds prices by year", remedy
    for month in gaps if one.gaps == "refuse" else ():
        remedy = 'start after the gap with from = ..., or set gaps = "carry"'
        yield f"{one.column} {month}", "has no price", remedy
    for month in bare:
        remedy = "extend the rates of fx, or end the import with to = ..."
        yield f"fx {month}", "has no exchange rate above 0", remedy


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
    filled: dict[str, float] = {}
    gaps: list[str] = []
    month, last = min(months, default=""), max(months, default="")
    while month and month <= last:
        if month not in months:
            gaps.append(month)
            months[month] = filled[month_before(month)]
        filled[month] = months[month]
        month = month_before(month, months=-1)
    return filled, gaps


def _rates(
    one: SeriesMap, months: list[str], *, folder: Path, read: _Read
) -> tuple[Mapping[str, float], str]:
    """Return money of the series per money of the column by month, and the origin."""
    have, want = currencies(one)
    if one.fx is None or have == want:
        return dict.fromkeys(months, 1.0), ""
    unit, origin = one.fx.unit or f"{want}/{have}", f"rate {one.fx.rate}"
    raw: Mapping[str, float] = dict.fromkeys(months, one.fx.rate or 0.0)
    if one.fx.file is not None:
        table = read(one.fx.file, "")
        column = table.column(one.fx.column)
        if faults := [*table.mistakes, *column.mistakes]:
            raise BookError(faults)
        raw, origin = column.values, str(one.fx.file)
    elif one.fx.series:
        path = series_path(folder, one.fx.series)
        known = _known(path)
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


def _vat(one: SeriesMap) -> tuple[float, float]:
    """Return the VAT rate to take out of the quote, and to put on the result."""
    if one.quote_basis == one.basis:
        return 0.0, 0.0
    return (one.vat, 0.0) if one.basis == "excl_vat" else (0.0, one.vat)


def _convert(one: SeriesMap, quotes: list[float], rates: list[float]) -> list[float]:
    import numpy as np

    from orebook.market.parity import excl_vat, import_parity, quality_price

    ratio = one.quality.ratio if one.quality else 1.0
    quote = quality_price(
        np.asarray(quotes) * quoted_size(one), quoted=1.0, actual=ratio
    )
    out, on = _vat(one)
    prices = import_parity(
        excl_vat(quote, vat=out),
        fx=rates,
        vat=on,
        duty=one.duty,
        premium=added_cost(one, "premium"),
        freight=added_cost(one, "freight"),
        handling=added_cost(one, "handling"),
    )
    return [float(f"{price:.{_DIGITS}g}") for price in np.atleast_1d(prices)]


def _note(table: Table, one: SeriesMap, origin: str) -> str:
    """Spell out origin and conversion, in the order of the steps."""
    have, want = currencies(one)
    rate = Path(origin).name + (f" {one.fx.column}" if one.fx and one.fx.column else "")
    if one.fx and one.fx.file:
        rate += f" sha256 {_sha256(one.fx.file)}"
    better = one.quality
    out, on = _vat(one)
    cost = {name: added_cost(one, name) for name in ("premium", "freight", "handling")}
    steps = (
        (quoted_size(one) != 1.0, f"x {quoted_size(one):.10g} to {per_unit(one)}"),
        (better, f"x ({better.wanted} / {better.quoted})" if better else ""),
        (out, f"/ (1 + VAT {out:g})"),
        (cost["premium"], f"+ premium {cost['premium']:g} {per_unit(one)}"),
        (cost["freight"], f"+ freight {cost['freight']:g} {per_unit(one)}"),
        (origin, f"x fx {want}/{have} ({rate})"),
        (one.duty, f"x (1 + duty {one.duty:g})"),
        (on, f"x (1 + VAT {on:g})"),
        (cost["handling"], f"+ handling {cost['handling']:g} {one.target_unit}"),
    )
    done = ", ".join(text for applies, text in steps if applies)
    start = f"column '{one.column}' [{one.unit}, {one.quote_basis}]"
    extra = "; yearly means repeated in each month" if table.frequency == "year" else ""
    extra += "; gaps carry the last price" if one.gaps == "carry" else ""
    how = (
        f"converted step by step: {start}, {done}" if done else f"as published: {start}"
    )
    return f"{how}{extra}; file {Path(table.file).name} sha256 {table.sha256}"


def _merge(fresh: PriceSeries, folder: Path) -> tuple[PriceSeries, list[Change]]:
    """Lay the imported months over those of the book and list the differences."""
    path = series_path(folder, fresh.id)
    if not path.exists():
        return fresh, [Change(fresh.id, "added", *pair) for pair in _added(fresh, {})]
    known = _known(path)
    for field in ("unit", "basis"):
        old, new = getattr(known, field), getattr(fresh, field)
        if old != new:
            remedy = "correct the map, or give the import another series id"
            told = (field, new, "differs from the series in the book", old, remedy)
            raise BookError([Mistake(str(path), None, *told)])
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
    return replace(fresh, values=merged), changes


def _added(
    fresh: PriceSeries, prices: Mapping[str, float]
) -> Iterator[tuple[str, None, float]]:
    return ((m, None, price) for m, price in fresh.values if m not in prices)
