"""The connection to the records: SQLite by default, PostgreSQL by URL.

A *writing* transaction holds the one writer's place of its book from its first
statement (SQLite: ``BEGIN IMMEDIATE``; PostgreSQL: an advisory lock), so reading the
end of a chain and adding to it cannot be interleaved with another writer. A *reading*
transaction sees one snapshot throughout.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from orebook.errors import InputError
from orebook.store import tables

WAIT_SECONDS = 60
"""How long a writer waits for another one [s]; a step takes milliseconds."""

_SETTINGS = (
    f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...
    def close(self) -> None: ...


class _SQLiteConnection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def open_engine(url: str) -> Engine:
    """Return an engine on the records at `url`, its tables made if need be.

    Parameters
    ----------
    url : str
        Database URL with driver, see `orebook.store.locate.database_url`.

    Returns
    -------
    Engine
        Ready for `writing` and `reading`.

    Raises
    ------
    InputError
        If nothing answers there or the tables have another layout.
    """
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        Path(target.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(target, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    _make_tables(engine)
    return engine


def place(engine: Engine) -> str:
    """Return where the records are, without the password, for messages."""
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def writing(engine: Engine, book: str) -> Iterator[Connection]:
    """Give one transaction that alone writes to `book`; all of it stays or nothing.

    Parameters
    ----------
    engine : Engine
        From `open_engine`.
    book : str
        The book written to.

    Yields
    ------
    Connection
        Committed at the end, rolled back on an exception.

    Raises
    ------
    InputError
        If the database does not answer or another writer holds it for too long.
    """
    with _connected(engine, write=True) as connection:
        if engine.dialect.name == "postgresql":
            lock = func.pg_advisory_xact_lock(func.hashtext(book))
            connection.execute(select(lock))
        yield connection
        connection.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give one transaction that sees one state of the records throughout.

    Parameters
    ----------
    engine : Engine
        From `open_engine`.

    Yields
    ------
    Connection
        For queries only.

    Raises
    ------
    InputError
        If the database does not answer.
    """
    with _connected(engine, write=False) as connection:
        yield connection


@contextmanager
def _connected(engine: Engine, *, write: bool) -> Iterator[Connection]:
    try:
        connection = engine.connect()
        if engine.dialect.name == "postgresql" and not write:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        connection = connection.execution_options(orebook_write=write)
        connection.begin()
    except DBAPIError as error:
        raise InputError(
            f"the records at {place(engine)} do not answer within {WAIT_SECONDS} s "
            f"({error.orig}); expected a reachable, unlocked database; check the "
            "address and end the program that holds it"
        ) from error
    with connection:
        yield connection


def _set_up_sqlite(connection: _SQLiteConnection, _record: object) -> None:
    # The driver's own BEGIN comes too late and never IMMEDIATE: ours is used.
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in _SETTINGS:
        _set(cursor, setting)
    cursor.close()


def _set(cursor: _Cursor, setting: str) -> None:
    """Set a pragma; the change to WAL does not wait for a lock by itself."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            cursor.execute(setting)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("orebook_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _make_tables(engine: Engine) -> None:
    """Make all tables once, whoever comes first; check the layout."""
    with reading(engine) as connection:
        ready = inspect(connection).has_table("layout")
    if not ready:
        with writing(engine, "orebook tables") as connection:
            if not inspect(connection).has_table("layout"):
                tables.metadata.create_all(connection)
                connection.execute(insert(tables.layout).values(version=tables.LAYOUT))
    with reading(engine) as connection:
        found = connection.execute(select(tables.layout.c.version)).scalar_one()
    if found != tables.LAYOUT:
        raise InputError(
            f"the records at {place(engine)} have layout {found}; expected "
            f"{tables.LAYOUT}; open them with the version of orebook that wrote them"
        )
