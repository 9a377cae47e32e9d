"""Read intake files: every good row kept, every bad row named with its remedy.

Reading is pure: a file and the book's names in, rows out. The same bytes give the same
rows; nothing is stored here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from orebook.chain.chain import Chain
from orebook.errors import InputError, Mistake
from orebook.ledger.intake_file import IntakeEvent, IntakeFile, IntakeRow
from orebook.ledger.intake_rows import READERS, BadRowError, Cells, Collector
from orebook.ledger.known import Known, known
from orebook.ledger.layout import (
    COLUMNS,
    NAMES,
    NEEDS,
    ORIGIN,
    SIMULATED,
    is_kind,
    match_columns,
    plain,
    recognise,
)
from orebook.ledger.tables import Table, read_tables

__all__ = ["IntakeEvent", "IntakeFile", "IntakeRow", "read_intake"]


def read_intake(
    path: Path, *, chain: Chain, kind: str | None = None, names: Known | None = None
) -> IntakeFile:
    """Read one intake file.

    Parameters
    ----------
    path : Path
        CSV (UTF-8 or GB 18030; comma, semicolon or tab), Excel (every sheet) or
        Parquet.
    chain : Chain
        The book, for its names and units.
    kind : str, optional
        Kind of data, one of ``orebook.ledger.layout.COLUMNS``; told by the name or the
        columns otherwise.
    names : Known, optional
        Names of the book where already gathered, to read many files.

    Returns
    -------
    IntakeFile
        Good rows, and every bad row with row number, value, problem and remedy.

    Raises
    ------
    InputError
        If the file is not there or cannot be read in its form, or the kind is unknown.
    """
    if kind is not None and kind not in COLUMNS:
        raise InputError(
            f"no kind of intake is called '{kind}'; expected one of "
            f"{', '.join(COLUMNS)}; leave it out to have it told by the columns"
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error}); check the path") from error
    found = Collector(path.name, known(chain) if names is None else names)
    work = _Reader(found)
    tables = read_tables(path, raw)
    for table in tables:
        work.table(table, kind, several=len(tables) > 1)
    return IntakeFile(
        name=path.name,
        content_hash=sha256(raw).hexdigest(),
        kind="+".join(dict.fromkeys(work.kinds)) or "unknown",
        simulated=work.simulated,
        total=work.total,
        duplicates=found.duplicates,
        rows=tuple(found.rows),
        events=tuple(found.events),
        rejects=tuple(work.rejects),
        warnings=tuple(found.warnings),
    )


@dataclass(slots=True)
class _Reader:
    """Reads the tables of one file, one after the other."""

    found: Collector
    rejects: list[Mistake] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    simulated: bool = False
    total: int = 0

    def table(self, table: Table, kind: str | None, *, several: bool) -> None:
        """Read one table."""
        if not table.header:
            return
        titles = [self.found.name, table.name] if several else [self.found.name]
        found = kind or next(
            (k for t in reversed(titles)
             if (k := recognise(t, table.header, self.found.names.components))), None,
        )  # fmt: skip
        self.simulated |= any(plain(c).startswith("simulated") for c in table.comments)
        self.total += len(table.rows)
        prefix = f"{table.name}!" if several else ""
        if found is None or not is_kind(
            found, table.header, self.found.names.components
        ):
            self._refuse_table(table, found, titles, prefix)
            return
        self.kinds.append(found)
        places = match_columns(found, table.header)
        origin = _origin(table.header)
        read = READERS[found]
        for number, cells in table.rows:
            row = Cells(number, cells, places, table.header)
            if origin is not None and origin < len(cells):
                self.simulated |= plain(cells[origin] or "") in SIMULATED
            try:
                read(self.found, row)
            except BadRowError as bad:
                place = prefix + bad.field
                mistake = self.found.mistake(number, place, bad.value, bad.problem)
                self.rejects.append(mistake)

    def _refuse_table(
        self, table: Table, kind: str | None, titles: list[str], prefix: str
    ) -> None:
        told = kind or next(
            (
                k
                for k, words in NAMES.items()
                if any(w in plain(t) for w in words for t in titles)
            ),
            None,
        )
        needs = NEEDS.get(told or "", NEEDS["meters"])
        expected = ", ".join(" or ".join(group) for group in needs)
        problem = (
            "the columns fit no kind of intake"
            if told is None
            else f"a column of {told} is missing",
            f"columns {expected}",
            f"name the columns so, or give the kind: {', '.join(COLUMNS)}",
        )
        row = max(1, table.rows[0][0] - 1) if table.rows else 1
        self.rejects.append(
            self.found.mistake(row, f"{prefix}header", ", ".join(table.header), problem)
        )


def _origin(header: tuple[str, ...]) -> int | None:
    names = [plain(h) for h in header]
    return next((names.index(o) for o in ORIGIN if o in names), None)
