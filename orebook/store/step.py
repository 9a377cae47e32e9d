"""Writing to the records: one step is one transaction, kept whole or not at all."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Table, func, insert, select, update

from orebook.errors import InputError
from orebook.store import tables
from orebook.store.chain_hash import GENESIS, canonical, digest, link, parse
from orebook.store.rows import as_document, as_intake_file
from orebook.store.values import (
    Document,
    Event,
    IntakeFile,
    Posting,
    Reject,
    event_identity,
)


@dataclass(frozen=True, slots=True)
class Step:
    """What may be written within one transaction; made by `Records.step`.

    Parameters
    ----------
    connection : Connection
        The open writing transaction.
    book : str
        The book written to.
    at : str
        Time of the step for the audit trail, UTC, ISO 8601; enters no hash.
    """

    connection: Connection
    book: str
    at: str

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
        """Keep a document, as a new version only if it says something new.

        Parameters
        ----------
        kind, period, key : str
            What it is, see `Document`; kind is not empty.
        content : object
            Anything `orebook.store.chain_hash.canonical` takes.
        status : str
            State it is kept in; the same content in another state is a new version.
        postings : sequence of Posting
            Postings that belong to this version, in order.
        reason : str
            Why, for the audit trail.

        Returns
        -------
        Document
            The new version, or the latest one if nothing differs.

        Raises
        ------
        InputError
            If the kind is empty or the content has no canonical form.
        """
        if not kind:
            raise InputError(
                "a document has no kind; expected a word such as plan, close or "
                "settlement; name the kind"
            )
        latest = latest_document(self.connection, self.book, (kind, period, key))
        text = canonical(content).decode()
        links = posting_links(postings)
        hashes = digest(parse(text)), links[-1] if links else ""
        if latest is not None and (status, *hashes) == (
            latest.status,
            latest.content_hash,
            latest.postings_hash,
        ):
            return latest
        document = self._chain_document(
            (kind, period, key),
            version=1 if latest is None else latest.version + 1,
            status=status,
            hashes=hashes,
            text=text,
        )
        self._add_postings(document, zip(postings, links, strict=True))
        self.audit(
            "put",
            document.name,
            old_hash="" if latest is None else latest.chain_hash,
            new_hash=document.chain_hash,
            reason=reason,
        )
        return document

    def audit(
        self,
        action: str,
        target: str,
        *,
        old_hash: str = "",
        new_hash: str = "",
        reason: str = "",
    ) -> None:
        """Add one line to the audit trail.

        Parameters
        ----------
        action, target : str
            What was done, to what.
        old_hash, new_hash : str
            Hash of the object before and after, empty where there is none.
        reason : str
            Why.
        """
        end = self._head()
        fields: dict[str, object] = {
            "sequence": int(end["audit_sequence"]) + 1,
            "action": action,
            "target": target,
            "old_hash": old_hash,
            "new_hash": new_hash,
            "reason": reason,
        }
        previous = str(end["audit_hash"])
        row_hash = link(previous, {"book": self.book, **fields})
        self._insert(
            tables.audit,
            [fields | {"at": self.at, "previous_hash": previous, "row_hash": row_hash}],
        )
        self._move_head(audit_sequence=fields["sequence"], audit_hash=row_hash)

    def register(
        self,
        file: IntakeFile,
        *,
        rejects: Sequence[Reject] = (),
        events: Sequence[Event] = (),
    ) -> IntakeFile:
        """Keep the receipt of an intake file with its rejects and events.

        Parameters
        ----------
        file : IntakeFile
            The receipt so far; events are counted into it here.
        rejects : sequence of Reject
            Rows not used.
        events : sequence of Event
            Incidents and notes; those kept before from an overlapping file are not
            repeated. The n-th equal event of a file equals the n-th of another file.

        Returns
        -------
        IntakeFile
            The receipt as kept; the earlier one if the file is known already.

        Raises
        ------
        InputError
            If another file holds the same place in the order of intake.
        """
        known = known_file(self.connection, self.book, file.content_hash)
        if known is not None:
            return known
        self._require_free_place(file)
        fresh = self._fresh_events(events)
        kept = _with_events(file, fresh=len(fresh), events=len(events))
        self._insert(tables.intake_file, [kept.to_dict()])
        source = {"source_hash": file.content_hash}
        self._insert(
            tables.reject,
            [
                source | reject.to_dict() | {"sequence": sequence}
                for sequence, reject in enumerate(rejects, 1)
            ],
        )
        self._insert(tables.happening, [source | row for row in fresh])
        self.audit(
            "intake",
            file.name,
            new_hash=receipt_digest(self.connection, self.book, kept),
        )
        return kept

    def _chain_document(
        self,
        name: tuple[str, str, str],
        *,
        version: int,
        status: str,
        hashes: tuple[str, str],
        text: str,
    ) -> Document:
        end = self._head()
        sequence, previous = int(end["document_sequence"]) + 1, end["document_hash"]
        row: dict[str, object] = {
            "book": self.book,
            "sequence": sequence,
            **dict(zip(("kind", "period", "key"), name, strict=True)),
            "version": version,
            "status": status,
            **dict(zip(("content_hash", "postings_hash"), hashes, strict=True)),
            "previous_hash": previous,
        }
        row["chain_hash"] = document_link(row)
        row["content"] = text
        self._insert(tables.document, [row])
        self._move_head(document_sequence=sequence, document_hash=row["chain_hash"])
        return as_document(row)

    def _add_postings(
        self, document: Document, linked: Iterable[tuple[Posting, str]]
    ) -> None:
        place = {
            "document": document.sequence,
            "period": document.period,
            "close_version": document.version,
        }
        rows = [
            posting.to_dict()
            | place
            | {
                "sequence": sequence,
                "evidence": canonical(posting.evidence).decode(),
                "row_hash": row_hash,
            }
            for sequence, (posting, row_hash) in enumerate(linked, 1)
        ]
        self._insert(tables.posting, rows)

    def _require_free_place(self, file: IntakeFile) -> None:
        files = tables.intake_file
        holder = self.connection.execute(
            select(files.c.name).where(
                files.c.book == self.book, files.c.received == file.received
            )
        ).scalar_one_or_none()
        if holder is not None:
            raise InputError(
                f"intake file {file.name} was given place {file.received} in the order "
                f"of intake, which {holder} holds in the records; expected one store "
                "of readings per book; another copy of the book writes to the same "
                "records: keep one copy, delete readings.duckdb in the other"
            )

    def _fresh_events(self, events: Sequence[Event]) -> list[dict[str, object]]:
        """Return rows for those events no earlier file has reported."""
        counted: Counter[str] = Counter()
        rows: dict[tuple[str, int], dict[str, object]] = {}
        for event in events:
            event_hash = digest(event_identity(event))
            counted[event_hash] += 1
            place = (event_hash, counted[event_hash])
            rows[place] = event.to_dict() | {
                "event_hash": place[0],
                "occurrence": place[1],
            }
        kept = tables.happening
        found = self.connection.execute(
            select(kept.c.event_hash, kept.c.occurrence).where(kept.c.book == self.book)
        )
        known = {(row.event_hash, row.occurrence) for row in found}
        return [row for place, row in rows.items() if place not in known]

    def _head(self) -> dict[str, str | int]:
        """Return the ends of the book's chains, laying their start if need be."""
        start = {
            "document_sequence": 0,
            "document_hash": GENESIS,
            "audit_sequence": 0,
            "audit_hash": GENESIS,
        }
        query = select(tables.head).where(tables.head.c.book == self.book)
        row = self.connection.execute(query).mappings().one_or_none()
        if row is None:
            self._insert(tables.head, [start])
            row = self.connection.execute(query).mappings().one()
        return dict(row)

    def _move_head(self, **ends: object) -> None:
        self.connection.execute(
            update(tables.head).where(tables.head.c.book == self.book).values(**ends)
        )

    def _insert(self, table: Table, rows: Sequence[dict[str, object]]) -> None:
        if rows:
            self.connection.execute(
                insert(table), [row | {"book": self.book} for row in rows]
            )


def latest_document(
    connection: Connection, book: str, name: tuple[str, str, str]
) -> Document | None:
    """Return the latest version of the document `name` (kind, period, key), if any."""
    kept = tables.document
    row = (
        connection.execute(
            select(kept)
            .where(kept.c.book == book)
            .where(
                kept.c.kind == name[0], kept.c.period == name[1], kept.c.key == name[2]
            )
            .order_by(kept.c.version.desc())
            .limit(1)
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else as_document(row)


def known_file(
    connection: Connection, book: str, content_hash: str
) -> IntakeFile | None:
    """Return the receipt of the intake file with that hash, if the records have it."""
    files = tables.intake_file
    row = (
        connection.execute(
            select(files).where(
                files.c.book == book, files.c.content_hash == content_hash
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else as_intake_file(row)


def last_received(connection: Connection, book: str) -> int:
    """Return the last place given in the order of intake, 0 if there is none [-]."""
    files = tables.intake_file
    query = select(func.max(files.c.received)).where(files.c.book == book)
    return int(connection.execute(query).scalar_one() or 0)


def posting_links(postings: Sequence[Posting]) -> list[str]:
    """Return the chain of a batch of postings: one hash each, the last for all."""
    steps = (posting.to_dict() for posting in postings)
    return list(itertools.accumulate(steps, link, initial=GENESIS))[1:]


def document_link(row: dict[str, object]) -> str:
    """Return the chain hash of a document row."""
    vouched = ("book", "sequence", "kind", "period", "key", "version", "status")
    return link(
        str(row["previous_hash"]),
        {name: row[name] for name in (*vouched, "content_hash", "postings_hash")},
    )


def receipt_digest(connection: Connection, book: str, file: IntakeFile) -> str:
    """Return the hash over a receipt with its rejects and events as kept."""
    parts: dict[str, object] = {"file": file.to_dict()}
    for table, order in (
        (tables.reject, ("sequence",)),
        (tables.happening, ("event_hash", "occurrence")),
    ):
        query = select(table).where(
            table.c.book == book, table.c.source_hash == file.content_hash
        )
        rows = connection.execute(query.order_by(*(table.c[name] for name in order)))
        parts[table.name] = [dict(row) for row in rows.mappings()]
    return digest(parts)


def _with_events(file: IntakeFile, *, fresh: int, events: int) -> IntakeFile:
    return replace(
        file,
        added=file.added + fresh,
        unchanged=file.unchanged + events - fresh,
    )
