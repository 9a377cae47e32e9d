"""Proof that nothing kept was changed: walk every chain, name the first break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select

from orebook.errors import DataQualityError, InputError
from orebook.store import tables
from orebook.store.chain_hash import GENESIS, canonical, digest, parse
from orebook.store.restored import (
    Changed,
    changed_document,
    changed_line,
    changed_posting,
)
from orebook.store.rows import as_intake_file
from orebook.store.step import receipt_digest
from orebook.store.values import document_name

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where the kept rows contradict their chain.

    Parameters
    ----------
    where : str
        The row, by the name a reader knows it by.
    problem : str
        What does not agree.
    expected, found : str
        Value the chain vouches for, and the value in the row.
    field : str
        Field of the row that was changed; several where they cannot be told apart.
    remedy : str
        What to do.
    """

    where: str
    problem: str
    expected: str
    found: str
    field: str = ""
    remedy: str = "restore the records from a backup made before the change"

    def __str__(self) -> str:
        field = f" [{self.field}]" if self.field else ""
        return (
            f"{self.where}: {self.problem}{field}; expected {self.expected}, found "
            f"{self.found}; {self.remedy}"
        )


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of walking the chains of a book.

    Parameters
    ----------
    book : str
        The book examined.
    documents, postings, files, audit_rows : int
        Rows found in order before the first breach [-].
    document_hash, audit_hash : str
        Ends of the two chains as kept; printed on a report they vouch for all of it.
    breach : Breach or None
        The first break, None if all is as it was kept.
    """

    book: str
    documents: int
    postings: int
    files: int
    audit_rows: int
    document_hash: str
    audit_hash: str
    breach: Breach | None

    @property
    def sound(self) -> bool:
        """Whether no chain is broken."""
        return self.breach is None

    def summary(self) -> str:
        """Return the result in one sentence."""
        if self.breach is not None:
            return f"Book {self.book}: {self.breach}."
        return (
            f"Book {self.book}: {self.documents} documents, {self.postings} postings, "
            f"{self.files} intake files and {self.audit_rows} audit lines are as kept."
        )

    def to_dict(self) -> dict[str, object]:
        """Return the fields as a plain dictionary."""
        return asdict(self)

    def require(self) -> None:
        """Raise unless all is as it was kept.

        Raises
        ------
        DataQualityError
            If a chain is broken.
        """
        if not self.sound:
            raise DataQualityError(self.summary())


class _BreachError(Exception):
    def __init__(self, breach: Breach) -> None:
        self.breach = breach


def verify(connection: Connection, book: str) -> Verification:
    """Walk all chains of a book and name the first broken row.

    Parameters
    ----------
    connection : Connection
        One snapshot of the records.
    book : str
        The book to examine.

    Returns
    -------
    Verification
        Counts, ends of the chains, and the first breach.

    Notes
    -----
    Documents are walked first with their postings, then the audit trail, then the
    intake files, whose hash stands in the audit trail. A row taken off the end is
    seen by the book's ``head``. The times of the audit trail are not vouched for.
    """
    head = (
        connection.execute(select(tables.head).where(tables.head.c.book == book))
        .mappings()
        .one_or_none()
    )
    ends = (
        dict(head)
        if head is not None
        else {
            "document_sequence": 0,
            "document_hash": GENESIS,
            "audit_sequence": 0,
            "audit_hash": GENESIS,
        }
    )
    counts = dict.fromkeys(("documents", "postings", "audit_rows", "files"), 0)
    breach = None
    try:
        for walk in (_documents, _audit, _files):
            for counted in walk(connection, book, ends):
                counts[counted] += 1
    except _BreachError as found:
        breach = found.breach
    return Verification(
        book=book,
        **counts,
        document_hash=str(ends["document_hash"]),
        audit_hash=str(ends["audit_hash"]),
        breach=breach,
    )


def _rows(
    connection: Connection, table: Table, *, order: str, **wanted: object
) -> list[dict[str, Any]]:
    query = select(table).filter_by(**wanted).order_by(table.c[order])
    return [dict(row) for row in connection.execute(query).mappings()]


def _same(
    where: str, problem: str, *, expected: object, found: object, field: str = ""
) -> None:
    if expected != found:
        raise _BreachError(Breach(where, problem, str(expected), str(found), field))


def _read(make: Callable[[], T], where: str) -> T:
    """Return what `make` gives; a row that cannot even be read is a breach."""
    try:
        return make()
    except (ValueError, TypeError, KeyError) as error:
        raise _BreachError(
            Breach(where, "the row cannot be read", "a kept row", str(error), "content")
        ) from error


def _documents(
    connection: Connection, book: str, ends: dict[str, Any]
) -> Iterator[str]:
    previous, sequence = GENESIS, 0
    rows = _rows(connection, tables.document, order="sequence", book=book)
    for row in rows:
        sequence += 1
        name = document_name(
            row["kind"], row["period"], row["key"], version=row["version"]
        )
        where = f"document {name} (number {row['sequence']})"
        _same(
            f"document number {sequence}",
            "the document is gone",
            expected=sequence,
            found=row["sequence"],
        )
        _same(
            where,
            "the link to the document before differs",
            expected=previous,
            found=row["previous_hash"],
            field="previous_hash",
        )
        _document_as_kept(row, rows, where, ends)
        yield from _postings(connection, row, where)
        previous = row["chain_hash"]
        yield "documents"
    _end("document", ends, sequence=sequence, previous=previous)


def _require(where: str, problem: str, changed: Changed | None) -> None:
    if changed is not None:
        field, expected, found = changed
        raise _BreachError(Breach(where, problem, expected, found, field))


def _document_as_kept(
    row: dict[str, Any], rows: list[dict[str, Any]], where: str, ends: dict[str, Any]
) -> None:
    content = _content_hash(row["content"], where)
    changed = changed_document(row, content, rows, [ends["document_hash"]])
    problem = "the name, status or hashes were changed"
    if (
        changed is not None
        and changed[0].startswith("content")
        and (changed[0] != "content_hash")
    ):
        problem = "the content was changed"
    _require(where, problem, changed)


def _content_hash(text: str, where: str) -> str:
    # The text itself is hashed too: a blank put in would parse to the same value.
    def make() -> str:
        value = parse(text)
        if canonical(value).decode() != text:
            raise InputError("its text is not the canonical one")
        return digest(value)

    return _read(make, where)


def _postings(
    connection: Connection, document: dict[str, Any], where: str
) -> Iterator[str]:
    end = GENESIS
    found = _rows(
        connection,
        tables.posting,
        order="sequence",
        book=document["book"],
        document=document["sequence"],
    )
    for sequence, row in enumerate(found, 1):
        name = f"posting {row['sequence']} of {where}"
        _same(
            name,
            "a posting before it is gone",
            expected=(sequence, document["period"], document["version"]),
            found=(row["sequence"], row["period"], row["close_version"]),
        )
        previous = end
        end = row["row_hash"]
        changed = _read(partial(changed_posting, previous, row, found), name)
        _require(name, "the posting was changed", changed)
        yield "postings"
    _same(
        f"postings of {where}",
        "postings are missing or were added",
        expected=document["postings_hash"],
        found=end if found else "",
    )


def _audit(connection: Connection, book: str, ends: dict[str, Any]) -> Iterator[str]:
    previous, sequence = GENESIS, 0
    rows = _rows(connection, tables.audit, order="sequence", book=book)
    for row in rows:
        sequence += 1
        where = f"audit line {sequence}"
        _same(where, "the line is gone", expected=sequence, found=row["sequence"])
        _same(
            where,
            "the link to the line before differs",
            expected=previous,
            found=row["previous_hash"],
            field="previous_hash",
        )
        changed = changed_line(previous, row, rows, [ends["audit_hash"]])
        _require(where, "the line was changed", changed)
        previous = row["row_hash"]
        yield "audit_rows"
    _end("audit", ends, sequence=sequence, previous=previous)


def _end(chain: str, ends: dict[str, Any], *, sequence: int, previous: str) -> None:
    _same(
        f"end of the {chain} chain",
        "rows are missing or were added at the end",
        expected=(ends[f"{chain}_sequence"], ends[f"{chain}_hash"]),
        found=(sequence, previous),
    )


def _files(connection: Connection, book: str, _ends: dict[str, Any]) -> Iterator[str]:
    vouched = _rows(
        connection, tables.audit, order="sequence", book=book, action="intake"
    )
    files = _rows(connection, tables.intake_file, order="received", book=book)
    hashes = {row["new_hash"]: row["target"] for row in vouched}
    for row in files:
        where = f"intake file {row['name']} (received as number {row['received']})"
        found = receipt_digest(connection, book, as_intake_file(row))
        if found not in hashes:
            raise _BreachError(
                Breach(
                    where,
                    "the receipt, a reject or an event of it was changed",
                    "a hash of the audit trail",
                    found,
                )
            )
        del hashes[found]
        yield "files"
    for name in hashes.values():
        raise _BreachError(
            Breach(f"intake file {name}", "the receipt is gone", "a receipt", "none")
        )
