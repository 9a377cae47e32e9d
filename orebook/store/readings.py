"""The readings of a book: one long table of figures in DuckDB, never overwritten.

A reading is known by (tag, ts, kind). The same figure again changes nothing; another
figure is a new version and the old one stays, so that the state at any earlier data
cut-off can be asked for. The file lets in one program at a time; others wait.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from orebook.errors import DataQualityError, InputError
from orebook.store import readings_sql as sql
from orebook.store.batch import Batch

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WAIT_SECONDS = 60.0
"""How long to wait for another program that holds the file [s]."""

SETTLE_SECONDS = 2.0
_PAUSE_SECONDS = 0.02

_LOCKS: dict[Path, threading.RLock] = {}

Columns = dict[str, npt.NDArray[Any]]
"""Query result: one array per column, all of one length."""


@dataclass(frozen=True, slots=True)
class Upsert:
    """What a batch changed.

    Parameters
    ----------
    added, corrected, unchanged : int
        Readings that were new, that replaced another figure, that were known [-].
    """

    added: int = 0
    corrected: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """An intake file as the readings know it.

    Parameters
    ----------
    content_hash : str
        SHA-256 of the file's bytes.
    received : int
        Place in the order of intake [-].
    receipt : str
        Canonical JSON of what the records are to keep of the file.
    """

    content_hash: str
    received: int
    receipt: str


class Readings:
    """The readings file of one book.

    Parameters
    ----------
    path : Path
        The file; it and its folder are made when first needed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock = _LOCKS.setdefault(self.path, threading.RLock())

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give the file to one program for a while.

        Yields
        ------
        Session
            Queries and writing; nobody else reads or writes meanwhile.

        Raises
        ------
        InputError
            If another program holds the file for longer than `WAIT_SECONDS`.
        """
        with self._lock:
            connection = _connect(self.path)
            try:
                connection.execute(sql.LAYOUT)
                yield Session(connection)
            finally:
                connection.close()

    def select(
        self,
        tags: Sequence[str] | None = None,
        *,
        kind: str | None = None,
        since: str = "-infinity",
        until: str = "infinity",
        as_of: int | None = None,
    ) -> Columns:
        """Return the valid readings of a span of time, in order of tag, kind and time.

        Parameters
        ----------
        tags : sequence of str, optional
            Only these tags.
        kind : str, optional
            Only this kind.
        since, until : str
            First time and time after the last, ISO 8601, UTC.
        as_of : int, optional
            Data cut-off: only files received up to this place count [-].

        Returns
        -------
        dict of array
            tag, ts, kind, value, unit, status, content_hash, source_row, version.
        """
        wanted = _wanted(tags, kind=kind, since=since, until=until, as_of=as_of)
        with self.session() as session:
            return session.fetch(sql.SELECT, wanted)

    def monthly(
        self,
        tags: Sequence[str] | None = None,
        *,
        kind: str | None = None,
        since: str = "-infinity",
        until: str = "infinity",
        as_of: int | None = None,
        offset_hours: float = 0.0,
    ) -> Columns:
        """Return figures per month, tag and kind from readings that are not bad.

        Parameters
        ----------
        tags, kind, since, until, as_of
            As in `select`.
        offset_hours : float
            The plant's clock ahead of UTC [h]; 8 in China. It decides on the month.

        Returns
        -------
        dict of array
            month, tag, kind, unit, count [-], total, mean, minimum, maximum, first,
            last [unit], first_ts, last_ts.

        Raises
        ------
        DataQualityError
            If readings of one tag and kind in one month have several units.

        Notes
        -----
        The mean gives each reading the same weight. Times stored as a date alone keep
        their month for any `offset_hours` from 0 up to 24.
        """
        wanted = _wanted(tags, kind=kind, since=since, until=until, as_of=as_of)
        with self.session() as session:
            found = session.fetch(sql.MONTHLY, wanted | {"offset": offset_hours})
        mixed = found.pop("units") > 1
        if np.any(mixed):
            place = int(np.argmax(mixed))
            raise DataQualityError(
                f"tag {found['tag'][place]} has readings of kind {found['kind'][place]}"
                f" in several units in {str(found['month'][place])[:7]}, one of them "
                f"{found['unit'][place]}; expected one unit per tag and month; correct"
                " the unit in the column profile and take the file in again"
            )
        return found

    def history(self, tag: str, ts: str, *, kind: str) -> Columns:
        """Return every version of one reading, oldest first.

        Parameters
        ----------
        tag, ts, kind : str
            Identity of the reading; time in ISO 8601, UTC.

        Returns
        -------
        dict of array
            version, value [unit], unit, status, received, content_hash, source_row.
        """
        with self.session() as session:
            return session.fetch(sql.HISTORY, {"tag": tag, "ts": ts, "kind": kind})

    def last_stamps(self) -> dict[str, np.datetime64]:
        """Return the time of the last reading of each tag: where to resume reading."""
        with self.session() as session:
            found = session.fetch(sql.LAST_STAMPS, {})
        return dict(zip(found["tag"].tolist(), found["last_ts"], strict=True))

    def cut_off(self) -> int:
        """Return the place of the last file received, 0 if none: the data cut-off."""
        with self.session() as session:
            return session.last_received()


class Session:
    """The open readings file; made by `Readings.session`.

    Parameters
    ----------
    connection : DuckDBPyConnection
        The only connection to the file.
    """

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection

    def fetch(self, query: str, values: Mapping[str, object]) -> Columns:
        """Return the result of a query by column."""
        used = {name: item for name, item in values.items() if f"${name}" in query}
        return self._connection.execute(query, used).fetchnumpy()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is written within the block, or nothing if it raises."""
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def upsert(self, batch: Batch, received: int) -> Upsert:
        """Add what a batch says anew.

        Parameters
        ----------
        batch : Batch
            Readings in file order; a later row corrects an earlier one.
        received : int
            Place of their file in the order of intake [-].

        Returns
        -------
        Upsert
            Counts of readings added, corrected and unchanged.
        """
        order = np.arange(len(batch), dtype=np.int64)
        self._connection.register("incoming", batch.columns() | {"place": order})
        try:
            for statement in sql.STAGE:
                self._connection.execute(statement)
        finally:
            self._connection.unregister("incoming")
        self._connection.execute(sql.KEEP, {"received": received})
        row = self._connection.execute(sql.COUNT).fetchone()
        for statement in sql.CLEAR:
            self._connection.execute(statement)
        added, corrected = row if row is not None else (0, 0)
        return Upsert(added, corrected, len(batch) - added - corrected)

    def remember(self, source: Source) -> None:
        """Keep that a file was taken in."""
        values = [source.content_hash, source.received, source.receipt]
        self._connection.execute("INSERT INTO source VALUES (?, ?, ?)", values)

    def source(self, content_hash: str) -> Source | None:
        """Return what is known of the file with that content, if anything."""
        query = f"{sql.SOURCES} WHERE content_hash = ?"
        row = self._connection.execute(query, [content_hash]).fetchone()
        return None if row is None else Source(*row)

    def hashes(self) -> tuple[str, ...]:
        """Return the hashes of all files taken in, in the order received."""
        query = "SELECT content_hash FROM source ORDER BY received"
        rows = self._connection.execute(query).fetchall()
        return tuple(row[0] for row in rows)

    def last_received(self) -> int:
        """Return the place of the last file received, 0 if none [-]."""
        query = "SELECT coalesce(max(received), 0) FROM source"
        row = self._connection.execute(query).fetchone()
        return 0 if row is None else int(row[0])


def _connect(path: Path) -> DuckDBPyConnection:
    """Open the file, waiting while another program holds it."""
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _create(path)
    begun = time.monotonic()
    deadline = begun + WAIT_SECONDS
    while True:
        try:
            return duckdb.connect(str(path))
        except duckdb.IOException as error:
            # Another program may be in the middle of putting the file in order.
            wait = deadline if "lock" in str(error) else begun + SETTLE_SECONDS
            if time.monotonic() > wait:
                raise InputError(
                    f"the readings {path} cannot be opened ({error}); expected a "
                    f"readings file no other program holds for over {WAIT_SECONDS:g} s;"
                    " end the other program, or check the file"
                ) from error
        time.sleep(_PAUSE_SECONDS)


def _create(path: Path) -> None:
    """Put an empty readings file in place as a whole, if none is there by then.

    Two programs that open a new book at once must not see each other's half-made file.
    """
    import duckdb

    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as folder:
        fresh = Path(folder) / path.name
        duckdb.connect(str(fresh)).close()
        # The other was first; or no links here, and then the file is made in place.
        with suppress(OSError):
            os.link(fresh, path)


def _wanted(
    tags: Sequence[str] | None,
    *,
    kind: str | None,
    since: str,
    until: str,
    as_of: int | None,
) -> dict[str, object]:
    return {
        "tags": None if tags is None else list(tags),
        "kind": kind,
        "since": since,
        "until": until,
        "as_of": int(np.iinfo(np.int64).max) if as_of is None else as_of,
    }
