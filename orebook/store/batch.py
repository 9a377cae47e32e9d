"""A batch of readings on its way in: checked columns, one entry per row."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError

STATUSES = ("good", "uncertain", "bad")
"""Quality of a reading, after the severity bits of OPC UA status codes."""

Texts: TypeAlias = npt.NDArray[np.object_]
Numbers: TypeAlias = npt.NDArray[np.float64]
Stamps: TypeAlias = npt.NDArray[np.datetime64]
Rows: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Readings of one intake file, in file order.

    Parameters
    ----------
    tag : array of text, shape (rows,)
        Meter, scale or assay point.
    ts : array of datetime64, shape (rows,)
        Time, UTC; a date alone stands as its midnight.
    value : array of float, shape (rows,) [unit]
        Finite figures.
    unit : array of text, shape (rows,)
        Unit of each figure.
    kind : array of text, shape (rows,)
        Kind of reading (``meter``, ``weighing``, ``assay``, ``stock``, ...).
    status : array of text, shape (rows,)
        One of `STATUSES`.
    row : array of int, shape (rows,)
        1-based row of the file [-].
    """

    tag: Texts
    ts: Stamps
    value: Numbers
    unit: Texts
    kind: Texts
    status: Texts
    row: Rows

    def __post_init__(self) -> None:
        sizes = {name: len(column) for name, column in self.columns().items()}
        if len(set(sizes.values())) > 1:
            raise InputError(
                f"columns of readings differ in length: {sizes}; expected one entry "
                "per row in each; build the batch from whole rows"
            )
        self._refuse(~np.isfinite(self.value), "value", "a finite number")
        self._refuse(np.isnat(self.ts), "ts", "a date or time")
        known = np.isin(self.status.astype(str), STATUSES)
        self._refuse(~known, "status", f"one of {', '.join(STATUSES)}")
        self._refuse(self.tag == "", "tag", "the name of a measuring point")

    def __len__(self) -> int:
        return len(self.row)

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the columns by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def _refuse(self, wrong: npt.NDArray[np.bool_], name: str, expected: str) -> None:
        if not np.any(wrong):
            return
        place = int(np.argmax(wrong))
        raise InputError(
            f"reading {self.tag[place]} in row {self.row[place]}: {name} = "
            f"{getattr(self, name)[place]}; expected {expected}; reject the row at "
            "intake with its reason"
        )


def batch(
    tag: npt.ArrayLike,
    ts: npt.ArrayLike,
    value: npt.ArrayLike,
    *,
    unit: npt.ArrayLike,
    kind: npt.ArrayLike,
    status: npt.ArrayLike = "good",
    row: npt.ArrayLike | None = None,
) -> Batch:
    """Return readings as a checked batch; a single entry goes for all rows.

    Parameters
    ----------
    tag, ts, value, unit, kind, status, row : array-like
        See `Batch`. Rows are numbered from 1 if `row` is left out [-].

    Returns
    -------
    Batch
        Columns of equal length.

    Raises
    ------
    InputError
        If a figure is not finite, a time or tag is missing or a status is unknown.

    Examples
    --------
    >>> len(batch(["FI1", "FI2"], "2025-01-01", [1.0, 2.0], unit="t", kind="meter"))
    2
    """
    figures = np.asarray(value, dtype=np.float64)
    stamps = np.asarray(ts, dtype="datetime64[us]")
    count = max(map(np.size, (tag, stamps, figures)))
    return Batch(
        tag=_texts(tag, count),
        ts=_spread(stamps, count),
        value=_spread(figures + 0.0, count),
        unit=_texts(unit, count),
        kind=_texts(kind, count),
        status=_texts(status, count),
        row=np.arange(1, count + 1)
        if row is None
        else _spread(np.asarray(row, dtype=np.int64), count),
    )


def batch_of_rows(rows: Iterable[Mapping[str, object]]) -> Batch:
    """Return rows given one by one as a batch.

    Parameters
    ----------
    rows : iterable of mapping
        Each with tag, ts (date or datetime; without zone it is UTC), value, unit,
        kind, and if need be status and row.

    Returns
    -------
    Batch
        In the order given.

    Raises
    ------
    InputError
        As `batch`.

    Examples
    --------
    >>> day = {"tag": "FI1", "ts": date(2025, 1, 2), "value": 3.0}
    >>> str(batch_of_rows([day | {"unit": "t", "kind": "meter"}]).ts[0])[:10]
    '2025-01-02'
    """
    listed = list(rows)
    defaults = {"status": itertools.repeat("good"), "row": itertools.count(1)}
    columns = {
        name: _column(listed, name, defaults.get(name, itertools.repeat(None)))
        for name in ("tag", "value", "unit", "kind", "status", "row")
    }
    moments = [_utc(line["ts"]) for line in listed]
    return batch(ts=np.array(moments, dtype="datetime64[us]"), **columns)


def _column(
    rows: list[Mapping[str, object]], name: str, default: Iterable[object]
) -> npt.NDArray[np.object_]:
    values = [line.get(name, other) for line, other in zip(rows, default, strict=False)]
    return np.array(values, dtype=object)


def _utc(moment: object) -> str:
    """Return a time as ISO 8601 text without zone, in UTC."""
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    if not isinstance(moment, date | str | np.datetime64):
        raise InputError(
            f"a reading has the time {moment!r}; expected a date, a datetime or its "
            "ISO 8601 text; reject the row at intake with its reason"
        )
    return moment.isoformat() if isinstance(moment, date) else str(moment)


def _texts(column: npt.ArrayLike, count: int) -> Texts:
    return _spread(np.asarray(column, dtype=object), count)


def _spread(column: npt.NDArray[np.generic], count: int) -> npt.NDArray[Any]:
    return column if column.ndim else np.full(count, column)
