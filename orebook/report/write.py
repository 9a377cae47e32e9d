"""Writing a report: page and workbook as files, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from orebook.benchmark.practice.card import Card
from orebook.chain.case import Case
from orebook.errors import InputError
from orebook.glossary import check_lang
from orebook.report.month_result import MonthResult
from orebook.report.page import render
from orebook.report.sections import NO_CASES, chapters
from orebook.report.workbook import write_sheets


def write_report(
    result: MonthResult,
    folder: Path,
    *,
    lang: str = "zh",
    cases: Mapping[str, Case] | None = NO_CASES,
    cards: Sequence[Card] = (),
) -> tuple[Path, Path]:
    """Write ``PERIOD.html`` and ``PERIOD.xlsx`` into a folder.

    Parameters
    ----------
    result : MonthResult
        The month.
    folder : Path
        Where to write; made if need be.
    lang : {"zh", "en"}
        Language the page opens in; both are in the file.
    cases : mapping or None
        Cases of the book by name, set side by side in a chapter of their own; None
        where they cannot be read, which the report says.
    cards : sequence of Card
        Practice cards as they stand.

    Returns
    -------
    tuple of Path
        Page and workbook. A reader never sees half a file: each is written beside its
        place and then moved there.

    Raises
    ------
    InputError
        Another language is asked for.
    """
    chosen = check_lang(lang)
    sections = chapters(result, cases, cards)
    name = result.closed.period
    html = render(result, sections, chosen).encode()
    xlsx = write_sheets(sections, name)
    folder.mkdir(parents=True, exist_ok=True)
    return _put(folder / f"{name}.html", html), _put(folder / f"{name}.xlsx", xlsx)


def put(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all, in a folder made if need be.

    Parameters
    ----------
    path : Path
        Where to write.
    content : bytes
        What to write.

    Raises
    ------
    InputError
        If it cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _put(path, content)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror or error}; expected a folder "
            "you may write to; choose another place"
        ) from error


def _put(path: Path, content: bytes) -> Path:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
    return path
