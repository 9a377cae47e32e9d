"""Keeping fitted constants in a book: a file of its own, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from orebook.chain.tuned import Tuned
from orebook.errors import InputError
from orebook.quantity import Measure

__all__ = ["tuned_text", "write_tuned"]


def tuned_text(entries: Sequence[Tuned], head: Sequence[str] = ()) -> str:
    """Return entries as the text of a file of a book.

    Parameters
    ----------
    entries : sequence of Tuned
        What is kept.
    head : sequence of str
        Lines of comment above them.

    Examples
    --------
    >>> from datetime import date
    >>> entry = Tuned(
    ...     id="a",
    ...     unit="digest",
    ...     constant="dsp_soda",
    ...     value="0.61 t/t",
    ...     valid_from=date(2026, 6, 1),
    ...     date=date(2026, 6, 3),
    ...     author="process",
    ...     months=["2026-05"],
    ... )
    >>> print(tuned_text([entry]).splitlines()[4])
    value = "0.61 t/t"
    """
    lines = [f"# {_one_line(line)}".rstrip() for line in head]
    for entry in entries:
        lines += ["", "[[tuned]]"] if lines else ["[[tuned]]"]
        lines += [
            f"{name} = {_toml(getattr(entry, name))}"
            for name in type(entry).model_fields
            if name in entry.model_fields_set and getattr(entry, name) is not None
        ]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, Measure):
        return _quoted(f"{value.number!r} {value.unit}".strip())
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return repr(value) if isinstance(value, float) else _quoted(str(value))


def _quoted(text: str) -> str:
    escaped = _one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def write_tuned(folder: Path, name: str, text: str) -> Path:
    """Write a file ``tuning/NAME.toml`` of a book; none is ever overwritten.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    name : str
        Stem of the file; a number is added where it is taken.
    text : str
        All of it.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the folder cannot be written to.

    Notes
    -----
    The text is written beside the file first and linked into place, so that whoever
    stops the program leaves either the whole file or none.
    """
    try:
        return _linked(folder / "tuning", name, text)
    except OSError as error:
        raise InputError(
            f"{folder / 'tuning'} cannot be written to ({error.strerror}); expected a "
            "folder of the book that may be written; check its permissions"
        ) from error


def _linked(place: Path, name: str, text: str) -> Path:
    place.mkdir(exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=place, prefix=f".{name}-", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).chmod(0o644)
        count = 1
        while True:
            path = place / f"{name if count == 1 else f'{name}-{count}'}.toml"
            try:
                os.link(draft, path)
            except FileExistsError:
                count += 1
            else:
                return path
    finally:
        Path(draft).unlink(missing_ok=True)
