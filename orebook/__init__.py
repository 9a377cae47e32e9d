"""orebook: the open management system of an integrated metals group.

>>> import orebook
>>> book = orebook.open("examples/guangxi")  # doctest: +SKIP
>>> plan = book.plan("2026-05")  # doctest: +SKIP
>>> month = book.close("2026-05")  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orebook.book import Book

__version__ = "0.1.0"


def open(folder: str | Path) -> Book:
    """Open a book; see :func:`orebook.book.open_book`.

    Parameters
    ----------
    folder : str or Path
        Folder of the book.

    Returns
    -------
    Book
        A context manager that gives the store back at the end.
    """
    from orebook.book import open_book

    return open_book(folder)
