"""A new book: a small group to start from, complete and without mistakes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.schema import write_schemas
from orebook.errors import InputError

TEMPLATES = Path(__file__).parent / "template"
_EMPTY = ("intake", "schemes", "projects", "safety")
_NOISE = frozenset({".git", ".gitignore", ".DS_Store", "desktop.ini", "Thumbs.db"})
_IGNORED = "# 系统产生的内容，不入版本库 / what the system produces\n.orebook/\n"


def template_names() -> tuple[str, ...]:
    """Return the names of the templates a book can start from.

    Examples
    --------
    >>> template_names()
    ('small',)
    """
    return tuple(sorted(p.name for p in TEMPLATES.iterdir() if p.is_dir()))


def new_book(
    folder: Path, *, template: str = "small", kinds: Iterable[str] = ()
) -> list[Path]:
    """Write a starter book.

    Parameters
    ----------
    folder : Path
        Folder to make; it may exist if it is empty.
    template : str
        Name of the template.
    kinds : iterable of str
        Process kinds the editor schema offers; none allows any.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        If the folder holds anything, cannot be written, or there is no such template.

    Notes
    -----
    The book is written beside the folder and then renamed, so that it is there as a
    whole or not at all.
    """
    if template not in template_names():
        known = template_names()
        raise InputError(
            f"no template is called '{template}'; expected one of {listed(known)}; "
            f"{did_you_mean(template, known, 'leave it out')}"
        )
    _refuse_filled(folder)
    try:
        _write(folder, TEMPLATES / template, kinds)
    except OSError as error:
        raise InputError(
            f"the book cannot be written to {folder} ({error.strerror}); expected a "
            "folder that can be made; check path and permission"
        ) from error
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _refuse_filled(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(
            f"{folder} is a file; expected the name of a folder; choose another name"
        )
    held = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    if filled := [name for name in held if name not in _NOISE]:
        raise InputError(
            f"folder {folder} is not empty (it holds {', '.join(filled[:3])}); "
            "expected a new or empty folder; choose another name, nothing was "
            "overwritten"
        )


def _write(folder: Path, template: Path, kinds: Iterable[str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{folder.name}.", dir=folder.parent
    ) as draft:
        book = Path(draft) / folder.name
        shutil.copytree(template, book)
        write_schemas(book / "schema", kinds)
        for name in _EMPTY:
            (book / name).mkdir(exist_ok=True)
        (book / ".gitignore").write_text(_IGNORED, encoding="utf-8")
        _settle(book, folder)


def _settle(book: Path, folder: Path) -> None:
    """Move the finished book into its place; what a version store keeps there stays."""
    if folder.is_dir():
        for kept in folder.iterdir():
            target = book / kept.name
            target.unlink(missing_ok=True)
            kept.rename(target)
        folder.rmdir()
    book.rename(folder)
