"""Where the store of a book lives: folder, environment variable or setting."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from orebook.errors import InputError

VARIABLE = "OREBOOK_DATABASE"
"""Environment variable that names the database of the records."""

FOLDER = ".orebook"
"""Sub-folder of a book that holds what the system produces."""

_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+pg8000",
    "postgresql": "postgresql+pg8000",
    "postgresql+pg8000": "postgresql+pg8000",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where records and readings of one book are kept.

    Parameters
    ----------
    book : str
        Identity of the book.
    records : str
        Database URL of the records, driver included.
    readings : Path
        File of the readings.
    """

    book: str
    records: str
    readings: Path


def locate(
    folder: Path,
    book: str,
    *,
    database: str = "",
    environment: Mapping[str, str] | None = None,
) -> Places:
    """Return where the store of the book in `folder` lives.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    book : str
        Identity of the book, not empty.
    database : str
        Database URL set in the book, empty if none.
    environment : mapping, optional
        Environment variables, the process' own by default.

    Returns
    -------
    Places
        The environment's database first, then the book's, then SQLite in the folder.

    Raises
    ------
    InputError
        If the identity is empty or the URL is neither SQLite nor PostgreSQL.

    Examples
    --------
    >>> locate(Path("guangxi"), "guangxi", environment={}).records
    'sqlite:///guangxi/.orebook/records.sqlite'
    """
    if not book.strip():
        raise InputError(
            "the book has no name; expected a text that tells it from other books in "
            "one database; set name in group.toml"
        )
    variables = os.environ if environment is None else environment
    inside = folder / FOLDER
    url = variables.get(VARIABLE, "") or database
    records = database_url(url) if url else _embedded(inside / "records.sqlite")
    return Places(book, records, inside / "readings.duckdb")


def database_url(url: str) -> str:
    """Return a database URL with the driver the store uses.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://user:password@host:port/name``; a socket
        folder is given as ``?host=/folder``.

    Returns
    -------
    str
        The URL with driver; a socket folder becomes the socket's file.

    Raises
    ------
    InputError
        If the scheme is another one.

    Examples
    --------
    >>> database_url("postgresql://ore@db.example/metal")
    'postgresql+pg8000://ore@db.example/metal'
    >>> database_url("postgresql://ore@/metal?host=/run/db")
    'postgresql+pg8000://ore@/metal?unix_sock=%2Frun%2Fdb%2F.s.PGSQL.5432'
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _DRIVERS:
        raise InputError(
            f"the database of the records has the scheme {scheme.split(':')[0]!r}; "
            "expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME; "
            f"correct {VARIABLE} or the setting in group.toml"
        )
    # urlsplit loses the empty host of sqlite:///, so only query URLs are taken apart.
    if scheme == "sqlite" or "?" not in rest:
        return f"{_DRIVERS[scheme]}://{rest}"
    parts = urlsplit(url)
    query = urlencode([_socket(*pair) for pair in parse_qsl(parts.query)])
    return urlunsplit((_DRIVERS[scheme], parts.netloc, parts.path, query, ""))


def _socket(name: str, value: str) -> tuple[str, str]:
    if name == "host" and value.startswith("/"):
        return "unix_sock", f"{value.rstrip('/')}/.s.PGSQL.5432"
    return name, value


def _embedded(file: Path) -> str:
    # '?' and '%' and '#' are marks of a URL but may stand in a folder's name.
    return (
        "sqlite:///" + quote(str(file), safe="/:\\ ")
        if _odd(file)
        else (f"sqlite:///{file}")
    )


def _odd(file: Path) -> bool:
    return any(mark in str(file) for mark in "?%#")
