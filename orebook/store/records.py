"""The records of a book: documents, postings, intake files, events, audit trail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Select, Table, select

from orebook.errors import InputError
from orebook.store import rows, tables
from orebook.store.engine import open_engine, reading, writing
from orebook.store.locate import database_url
from orebook.store.step import Step, known_file, last_received
from orebook.store.values import (
    AuditRow,
    Document,
    Event,
    IntakeFile,
    Posting,
    Reject,
    document_name,
)
from orebook.store.verify import Verification, verify

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present time in UTC; the one clock of the store."""
    return datetime.now(UTC)


class Records:
    """The records of one book in a database that several books may share.

    Parameters
    ----------
    url : str
        Database URL, see `orebook.store.locate.database_url`.
    book : str
        Identity of the book; only its rows are seen and written.
    clock : callable, optional
        Gives the time of the audit trail; enters no hash.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Records(f"sqlite:///{folder.name}/records.sqlite", "guangxi") as records:
    ...     first = records.put("plan", "2025-01", {"alumina_t": 200.0})
    ...     again = records.put("plan", "2025-01", {"alumina_t": 200.0})
    ...     print(again.version, records.latest("plan", "2025-01").content)
    1 {'alumina_t': 200.0}
    >>> folder.cleanup()
    """

    def __init__(self, url: str, book: str, *, clock: Clock = utc_now) -> None:
        self.book = book
        self._clock = clock
        self._engine = open_engine(database_url(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @contextmanager
    def step(self) -> Iterator[Step]:
        """Give one step: all that is written within it stays, or nothing does.

        Yields
        ------
        Step
            Kept at the end of the block, dropped if the block raises.

        Raises
        ------
        InputError
            If the database does not answer.
        """
        with writing(self._engine, self.book) as connection:
            yield Step(connection, self.book, self.now())

    def now(self) -> str:
        """Return the time by the store's clock, UTC, ISO 8601."""
        return self._clock().astimezone(UTC).isoformat(timespec="microseconds")

    def put(
        self,
        kind: str,
        period: str,
        content: object,
        *,
        key: str = "",
        status: str = "",
        postings: Sequence[Posting] = (),
        reason: str = "",
    ) -> Document:
        """Keep one document in a step of its own; see `Step.put`."""
        with self.step() as step:
            return step.put(
                kind,
                period,
                content,
                key=key,
                status=status,
                postings=postings,
                reason=reason,
            )

    def documents(
        self,
        kind: str | None = None,
        period: str | None = None,
        *,
        key: str | None = None,
        status: str | None = None,
    ) -> tuple[Document, ...]:
        """Return all versions of all documents asked for, in the order kept.

        Parameters
        ----------
        kind, period, key, status : str, optional
            Only documents with this value; any value where left out.

        Returns
        -------
        tuple of Document
            Empty if there are none.
        """
        wanted = {"kind": kind, "period": period, "key": key, "status": status}
        query = self._select(tables.document, wanted)
        found = self._fetch(query.order_by(tables.document.c.sequence))
        return tuple(map(rows.as_document, found))

    def has(
        self, kind: str, period: str, *, key: str = "", status: str | None = None
    ) -> bool:
        """Return whether any version of a document is kept."""
        return bool(self.documents(kind, period, key=key, status=status))

    def latest(
        self, kind: str, period: str, *, key: str = "", status: str | None = None
    ) -> Document:
        """Return the latest version of a document.

        Parameters
        ----------
        kind, period, key : str
            See `Document`.
        status : str, optional
            The latest version kept in this state.

        Returns
        -------
        Document
            The version with the highest number.

        Raises
        ------
        InputError
            If no version is kept; the message names the periods that have one.
        """
        wanted = {"kind": kind, "period": period, "key": key, "status": status}
        versions = tables.document.c.version.desc()
        query = self._select(tables.document, wanted).order_by(versions).limit(1)
        found = self._fetch(query)
        if not found:
            raise self._missing(kind, " ".join(filter(None, (kind, period, key))))
        return rows.as_document(found[0])

    def version(
        self, kind: str, period: str, version: int, *, key: str = ""
    ) -> Document:
        """Return one version of a document.

        Parameters
        ----------
        kind, period, key : str
            See `Document`.
        version : int
            1, 2, ... [-].

        Returns
        -------
        Document
            That version.

        Raises
        ------
        InputError
            If that version is not kept.
        """
        for document in self.documents(kind, period, key=key):
            if document.version == version:
                return document
        raise self._missing(kind, document_name(kind, period, key, version=version))

    def postings(self, document: Document) -> tuple[Posting, ...]:
        """Return the postings that belong to one version of a document, in order."""
        kept = tables.posting
        query = self._select(kept, {"document": document.sequence})
        found = self._fetch(query.order_by(kept.c.sequence))
        return tuple(map(rows.as_posting, found))

    def intake_files(self) -> tuple[IntakeFile, ...]:
        """Return the receipts of all intake files, in the order received."""
        query = self._select(tables.intake_file, {})
        found = self._fetch(query.order_by(tables.intake_file.c.received))
        return tuple(map(rows.as_intake_file, found))

    def intake_file(self, content_hash: str) -> IntakeFile | None:
        """Return the receipt of the file with that content, None if never taken in."""
        with reading(self._engine) as connection:
            return known_file(connection, self.book, content_hash)

    def last_received(self) -> int:
        """Return the last place in the order of intake, 0 if there is none [-]."""
        with reading(self._engine) as connection:
            return last_received(connection, self.book)

    def rejects(self, content_hash: str) -> tuple[Reject, ...]:
        """Return the rows of an intake file that were not used, in file order."""
        query = self._select(tables.reject, {"source_hash": content_hash})
        found = self._fetch(query.order_by(tables.reject.c.sequence))
        return tuple(map(rows.as_reject, found))

    def events(
        self,
        since: str = "",
        until: str = "",
        *,
        kind: str | None = None,
        source: str | None = None,
    ) -> tuple[Event, ...]:
        """Return incidents and notes of a span of time, in order of their day.

        Parameters
        ----------
        since, until : str
            First day and day after the last, ISO 8601; open where empty.
        kind : str, optional
            Only this kind.
        source : str, optional
            Only those the intake file of this hash brought.

        Returns
        -------
        tuple of Event
            Empty if there are none.
        """
        kept = tables.happening
        wanted = {"kind": kind, "source_hash": source}
        query = self._select(kept, wanted).where(kept.c.day >= since)
        if until:
            query = query.where(kept.c.day < until)
        order = (kept.c.day, kept.c.event_hash, kept.c.occurrence)
        return tuple(map(rows.as_event, self._fetch(query.order_by(*order))))

    def audit_trail(self) -> tuple[AuditRow, ...]:
        """Return the whole audit trail, oldest line first."""
        query = self._select(tables.audit, {})
        found = self._fetch(query.order_by(tables.audit.c.sequence))
        return tuple(map(rows.as_audit_row, found))

    def verify(self) -> Verification:
        """Walk all chains of the book; the first broken row is named in the result."""
        with reading(self._engine) as connection:
            return verify(connection, self.book)

    def _select(self, table: Table, wanted: dict[str, Any]) -> Select[Any]:
        given = {name: value for name, value in wanted.items() if value is not None}
        return select(table).filter_by(book=self.book, **given)

    def _fetch(self, query: Select[Any]) -> Sequence[rows.Row]:
        with reading(self._engine) as connection:
            return connection.execute(query).mappings().all()

    def _missing(self, kind: str, name: str) -> InputError:
        periods = sorted({document.period for document in self.documents(kind)})
        return InputError(
            f"no {name} is kept in book {self.book}; expected one of the periods "
            f"{', '.join(periods) or 'none yet'} of {kind}; run the step that makes it"
        )
