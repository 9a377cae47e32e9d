"""Files as tables of cells: CSV in the usual encodings, Excel sheets, Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orebook.errors import InputError

ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: header, numbered rows, and what its comment lines say.

    Parameters
    ----------
    name : str
        Sheet of a workbook, or the file.
    header : tuple of str
        Texts of the header.
    rows : tuple
        (1-based row of the file, cells).
    comments : tuple of str
        Lines that begin with ``#``, without it.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[object, ...]], ...]
    comments: tuple[str, ...] = field(default=())


def read_tables(path: Path, raw: bytes) -> tuple[Table, ...]:
    """Return the tables of a file.

    Parameters
    ----------
    path : Path
        The file; its suffix tells the form.
    raw : bytes
        Its content.

    Raises
    ------
    InputError
        If the file cannot be read in its form.
    """
    suffix = path.suffix.lower()
    if suffix in {".xlsx", ".xlsm"}:
        return _excel(path, raw)
    if suffix in {".parquet", ".pq"}:
        return (_parquet(path),)
    if suffix in {".csv", ".txt", ".tsv"}:
        return (_csv(path, raw),)
    raise InputError(
        f"{path}: '{suffix}' is no form of intake file; expected .csv, .xlsx or "
        ".parquet; save the file in one of these"
    )


def _decoded(path: Path, raw: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(
        f"{path}: the text is neither UTF-8 nor GB 18030; save the file as CSV UTF-8"
    )


def _csv(path: Path, raw: bytes) -> Table:
    lines = _decoded(path, raw).splitlines()
    comments = tuple(t[1:].strip() for t in lines if t.startswith("#"))
    first = next((t for t in lines if t.strip() and not t.startswith("#")), "")
    delimiter = max(DELIMITERS, key=first.count)
    # Comment lines stay as empty ones, so that row numbers are those of the file.
    text = "\n".join("" if t.startswith("#") else t for t in lines)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[tuple[int, tuple[object, ...]]] = []
    for cells in reader:
        if any(c.strip() for c in cells):
            found.append((reader.line_num, tuple(cells)))
    return _table(path.name, found, comments)


def _table(
    name: str,
    found: Sequence[tuple[int, tuple[object, ...]]],
    comments: tuple[str, ...],
) -> Table:
    if not found:
        return Table(name, (), (), comments)
    header = tuple("" if c is None else str(c).strip() for c in found[0][1])
    return Table(name, header, tuple(found[1:]), comments)


def _excel(path: Path, raw: bytes) -> tuple[Table, ...]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except (BadZipFile, KeyError, OSError) as error:
        raise InputError(
            f"{path}: this is no Excel workbook ({error}); save it again as .xlsx"
        ) from error
    tables = []
    for sheet in book.worksheets:
        comments: list[str] = []
        found: list[tuple[int, tuple[object, ...]]] = []
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            first = str(cells[0]) if cells and cells[0] is not None else ""
            if first.startswith("#"):
                comments.append(first[1:].strip())
            elif any(c is not None and str(c).strip() for c in cells):
                found.append((number, tuple(cells)))
        if found:
            tables.append(_table(sheet.title, found, tuple(comments)))
    book.close()
    return tuple(tables)


def _parquet(path: Path) -> Table:
    import duckdb

    try:
        with duckdb.connect() as connection:
            result = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
            header = tuple(str(c[0]) for c in result.description or ())
            rows = result.fetchall()
    except duckdb.Error as error:
        raise InputError(
            f"{path}: this is no Parquet file ({error}); save it again as Parquet"
        ) from error
    return Table(path.name, header, tuple(enumerate(rows, start=1)))
