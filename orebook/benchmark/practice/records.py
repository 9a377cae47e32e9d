"""Records of shifts or campaigns: a CSV or Excel table with a time and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orebook.benchmark.note import Note
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import InputError
from orebook.ledger.layout import COLUMNS, plain, read_moment, read_number, split_header
from orebook.ledger.tables import Table, read_tables
from orebook.process.contract import Array

__all__ = ["Column", "Records", "Reject", "read_records"]

_TIMES = frozenset(
    plain(n)
    for n in (*COLUMNS["meters"]["date"], "shift", "campaign", "period", "month",
              "start", "班次", "班次时间", "开始时间", "月份", "月", "期间")
)  # fmt: skip
_SHOWN = 5
SORTED = Note("记录已按时间排序", "rows were put in order of time")
_MIDNIGHT = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of figures: its name, the unit in its header, a value a record."""

    name: str
    unit: str
    values: Array


@dataclass(frozen=True, slots=True)
class Reject:
    """A cell because of which a row is not used; row counts from 1, as the file."""

    row: int
    column: str
    value: str
    problem: str

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {n: getattr(self, n) for n in self.__slots__}


@dataclass(frozen=True, slots=True)
class Records:
    """Records in order of time.

    Parameters
    ----------
    name, sha256 : str
        File and hash of its content; what it is made of where it is no file.
    days : array
        Days since 1970 [d].
    columns : mapping
        Column by name as in the header; a missing figure is nan.
    rejected : tuple of Reject
        Rows not used, with the cell that is wrong.
    notes : tuple of Note
        What was done to the rows.
    """

    name: str
    sha256: str
    days: Array
    columns: Mapping[str, Column]
    rejected: tuple[Reject, ...] = ()
    notes: tuple[Note, ...] = ()

    def column(self, name: str) -> Column:
        """Return a column by name, whatever its case, width and blanks.

        Raises
        ------
        InputError
            If there is none; names the nearest.
        """
        found = self.find(name)
        if found is None:
            hint = did_you_mean(name, self.columns, "correct the name")
            raise InputError(
                f"{self.name} has no column '{name}'; it has {listed(self.columns)}; "
                f"{hint}"
            )
        return found

    def find(self, *names: str) -> Column | None:
        """Return the first column with one of the names, None where none has."""
        by = {plain(key): column for key, column in self.columns.items()}
        return next((by[plain(n)] for n in names if plain(n) in by), None)

    def where(self, mark: NDArray[np.bool_]) -> Records:
        """Return some of the records."""
        kept = np.flatnonzero(mark)
        columns = {
            n: Column(c.name, c.unit, c.values[kept]) for n, c in self.columns.items()
        }
        return Records(
            self.name, self.sha256, self.days[kept], columns, self.rejected, self.notes
        )


def read_records(path: Path, *, needed: Iterable[str] = ()) -> Records:
    """Read records from a CSV, Excel or Parquet file.

    Parameters
    ----------
    path : Path
        The file; its first table with a column of time is read.
    needed : iterable of str
        Columns that must be there.

    Returns
    -------
    Records
        Sorted by time. A row with a text where a figure belongs, or without a time,
        is not used and told.

    Raises
    ------
    InputError
        If the file cannot be read, or a column is missing.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"records {path} cannot be read ({error.strerror}); expected a CSV or "
            "Excel file; check path and permission"
        ) from error
    tables = read_tables(path, raw)
    table = next((t for t in tables if _time_of(t) is not None), None)
    if table is None:
        heads = listed(h for t in tables for h in t.header)
        raise InputError(
            f"{path.name} has no column of time; expected a header such as time, date, "
            f"日期 or 班次时间 beside columns of figures; it has: {heads}"
        )
    found = _read(table, path.name, sha256(raw).hexdigest())
    for name in needed:
        found.column(name)
    return found


def _time_of(table: Table) -> int | None:
    names = [plain(split_header(h)[0]) for h in table.header]
    return next((k for k, n in enumerate(names) if n in _TIMES), None)


def _read(table: Table, name: str, digest: str) -> Records:
    place = _time_of(table)
    assert place is not None
    heads = [split_header(h) for h in table.header]
    _refuse_twice(name, [h for h, _ in heads if h])
    numeric = [
        k for k, (h, _) in enumerate(heads) if h and k != place and _figures(table, k)
    ]
    days: list[float] = []
    rows: list[list[float]] = []
    rejected: list[Reject] = []
    for number, cells in table.rows:
        wide = [*cells, *[None] * (len(heads) - len(cells))]
        wrong, day, values = _row(number, wide, place, numeric, heads)
        if wrong is not None:
            rejected.append(wrong)
        else:
            days.append(day)
            rows.append(values)
    order = np.argsort(np.asarray(days), kind="stable")
    matrix = np.asarray(rows, np.float64).reshape(len(rows), len(numeric))[order]
    columns = {
        heads[k][0]: Column(*heads[k], matrix[:, i]) for i, k in enumerate(numeric)
    }
    notes = () if (np.diff(order) > 0).all() else (SORTED,)
    return Records(
        name, digest, np.asarray(days)[order], columns, tuple(rejected), notes
    )


def _refuse_twice(name: str, heads: list[str]) -> None:
    seen = [plain(h) for h in heads]
    twice = next((h for h in heads if seen.count(plain(h)) > 1), None)
    if twice is not None:
        raise InputError(
            f"{name} has two columns called '{twice}'; expected each name once; "
            "rename one"
        )


def _figures(table: Table, k: int) -> bool:
    """Return whether at least half of the filled cells of a column are figures."""
    cells = [c[k] for _, c in table.rows if len(c) > k and not _empty(c[k])]
    good = sum(isinstance(read_number(c), float) for c in cells)
    return bool(cells) and 2 * good >= len(cells)


def _empty(cell: object) -> bool:
    return cell is None or plain(cell) == ""


def _row(
    number: int,
    cells: list[object],
    place: int,
    numeric: list[int],
    heads: list[tuple[str, str]],
) -> tuple[Reject | None, float, list[float]]:
    """Return what is wrong with a row, or its day and figures."""
    moment = _moment(cells[place])
    if isinstance(moment, str):
        return Reject(number, heads[place][0], str(cells[place])[:40], moment), 0.0, []
    values = []
    for k in numeric:
        value = float("nan") if _empty(cells[k]) else read_number(cells[k])
        if not isinstance(value, float):
            wrong = Reject(number, heads[k][0], str(cells[k])[:40], value[0])
            return wrong, 0.0, []
        values.append(value)
    return None, moment, values


def _moment(cell: object) -> float | str:
    """Return days since 1970, or what is wrong."""
    from orebook.ledger.layout import read_period

    found = read_moment(cell)
    if isinstance(found, tuple):
        found = read_period(cell)
    if isinstance(found, tuple):
        return f"{found[0]}; {found[2]}"
    if isinstance(found, datetime):
        return (found - _MIDNIGHT).total_seconds() / 86400.0
    assert isinstance(found, date)
    return float(found.toordinal() - _MIDNIGHT.toordinal())


def told_rejects(rejected: tuple[Reject, ...]) -> str:
    """Return the first rows not used, for a message.

    Parameters
    ----------
    rejected : tuple of Reject
        All of them.
    """
    shown = [
        f"row {r.row}: {r.column} = {r.value!r} {r.problem}" for r in rejected[:_SHOWN]
    ]
    more = len(rejected) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")
