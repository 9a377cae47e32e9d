"""The tables of the records, and the guards that make them append-only."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)

LAYOUT = 1
"""Number of this table layout; a database of another layout is refused."""

metadata = MetaData()


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def _whole(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False) for name in names]


def _key(name: str, *, number: bool = False) -> Column[str] | Column[int]:
    if number:
        return Column(name, BigInteger, primary_key=True, autoincrement=False)
    return Column(name, Text, primary_key=True)


layout = Table("layout", metadata, Column("version", Integer, primary_key=True))

head = Table(
    "head",
    metadata,
    _key("book"),
    *_whole("document_sequence"),
    *_text("document_hash"),
    *_whole("audit_sequence"),
    *_text("audit_hash"),
)

document = Table(
    "document",
    metadata,
    _key("book"),
    _key("sequence", number=True),
    *_text("kind", "period", "key"),
    *_whole("version"),
    *_text("status", "content", "content_hash", "postings_hash"),
    *_text("previous_hash", "chain_hash"),
    UniqueConstraint("book", "kind", "period", "key", "version"),
)

posting = Table(
    "posting",
    metadata,
    _key("book"),
    _key("document", number=True),
    _key("sequence", number=True),
    *_text("period"),
    *_whole("close_version"),
    *_text("debit_centre", "credit_centre", "account", "material", "place"),
    Column("quantity", Double, nullable=False),
    *_text("unit"),
    Column("price", Double, nullable=False),
    *_whole("amount_cents"),
    *_text("evidence", "row_hash"),
    ForeignKeyConstraint(["book", "document"], ["document.book", "document.sequence"]),
)

intake_file = Table(
    "intake_file",
    metadata,
    _key("book"),
    _key("content_hash"),
    *_whole("received"),
    *_text("name", "kind"),
    *_whole("rows", "added", "corrected", "unchanged", "rejected"),
    UniqueConstraint("book", "received"),
)

_FILE = (["book", "source_hash"], ["intake_file.book", "intake_file.content_hash"])

reject = Table(
    "reject",
    metadata,
    _key("book"),
    _key("source_hash"),
    _key("sequence", number=True),
    *_whole("row"),
    *_text("field", "value", "problem", "expected", "remedy"),
    ForeignKeyConstraint(*_FILE),
)

happening = Table(
    "event",
    metadata,
    _key("book"),
    _key("event_hash"),
    _key("occurrence", number=True),
    *_text("source_hash"),
    *_whole("row"),
    *_text("day", "centre", "kind", "severity", "text"),
    ForeignKeyConstraint(*_FILE),
)

audit = Table(
    "audit",
    metadata,
    _key("book"),
    _key("sequence", number=True),
    *_text("at", "action", "target", "old_hash", "new_hash", "reason"),
    *_text("previous_hash", "row_hash"),
)

APPEND_ONLY = (document, posting, intake_file, reject, happening, audit)
"""Tables whose rows can be added and read, never changed or removed."""

_SQLITE_GUARD = """
CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table}
BEGIN SELECT RAISE(ABORT, 'orebook: rows of {table} are never changed'); END
"""

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION orebook_append_only() RETURNS trigger AS $guard$
BEGIN
  RAISE EXCEPTION 'orebook: rows of a kept table are never changed';
END $guard$ LANGUAGE plpgsql
"""

_POSTGRESQL_GUARD = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION orebook_append_only()
"""


def _guard(table: Table, connection: Connection, **_: object) -> None:
    """Have the database itself refuse a change of `table`, just made."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL_FUNCTION)
        connection.exec_driver_sql(_POSTGRESQL_GUARD.format(table=table.name))
        return
    for action in ("UPDATE", "DELETE"):
        lock = _SQLITE_GUARD.format(table=table.name, action=action)
        connection.exec_driver_sql(lock)


for _table in APPEND_ONLY:
    event.listen(_table, "after_create", _guard)
