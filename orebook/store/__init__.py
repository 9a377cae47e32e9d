"""The store: keeps what the other rooms return, and gives it back unchanged.

Two embedded databases live in ``BOOK/.orebook``: *records* (documents, postings,
intake files, events, audit; SQLite, or PostgreSQL for a team) and *readings* (the long
table of meter values; DuckDB). The store knows nothing of plans or physics.

Importing this package is cheap: the databases are loaded by `open_store` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from orebook.store.chain_hash import canonical, digest, parse
from orebook.store.locate import Places, locate

if TYPE_CHECKING:
    from orebook.store.store import Store

__all__ = ["Places", "canonical", "digest", "locate", "open_store", "parse"]


def open_store(
    folder: Path,
    book: str,
    *,
    database: str = "",
    environment: Mapping[str, str] | None = None,
) -> Store:
    """Open records and readings of the book in `folder`, finishing a broken intake.

    Parameters
    ----------
    folder : Path
        Folder of the book; the store is made in its sub-folder ``.orebook``.
    book : str
        Identity of the book; every row of a shared database carries it.
    database : str
        Database URL from ``group.toml``, empty for the embedded default.
    environment : mapping, optional
        Environment variables; the process' own by default. ``OREBOOK_DATABASE``
        there goes before `database`.

    Returns
    -------
    Store
        Records, readings and the intake that spans both; a context manager.

    Raises
    ------
    InputError
        If the URL is not one of SQLite or PostgreSQL, or nothing answers there.
    """
    from orebook.store.store import Store

    return Store.at(locate(folder, book, database=database, environment=environment))
