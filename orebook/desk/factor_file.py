"""A file of units and what each used and made: CSV or Excel, one row per unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from orebook.benchmark.frontier.checks import Finding, inspect
from orebook.benchmark.frontier.data import Factors
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import BookError, InputError, Mistake
from orebook.ledger.layout import read_number
from orebook.ledger.tables import Table, read_tables

__all__ = ["FactorFile", "read_factors"]


@dataclass(frozen=True, slots=True, eq=False)
class FactorFile:
    """Units of a file with their factors.

    Parameters
    ----------
    path : Path
        The file.
    units : tuple of str
        Names of the units.
    lines : tuple of int
        Row of the file each stands in [-].
    classes : tuple of str
        Class of each unit; empty texts where none is asked for.
    inputs, outputs : Factors
        What they used and made.
    bads : Factors or None
        Bad outputs.
    """

    path: Path
    units: tuple[str, ...]
    lines: tuple[int, ...]
    classes: tuple[str, ...]
    inputs: Factors
    outputs: Factors
    bads: Factors | None

    def groups(self) -> dict[str, list[int]]:
        """Return the rows of each class, in the order of the file [-]."""
        found: dict[str, list[int]] = {}
        for row, name in enumerate(self.classes):
            found.setdefault(name, []).append(row)
        return found

    def check(self, *, positive: bool, signed: bool) -> tuple[Finding, ...]:
        """Return what is doubtful, or raise with every mistake and its line.

        Parameters
        ----------
        positive, signed : bool
            As for `orebook.benchmark.frontier.inspect`.

        Raises
        ------
        BookError
            Figures make scores impossible.
        """
        found = inspect(
            self.inputs,
            self.outputs,
            self.units,
            bads=self.bads,
            positive=positive,
            signed=signed,
        )
        wrong = [f for f in found if f.level == "error"]
        if wrong:
            raise BookError(map(self._mistake, wrong))
        return found

    def _mistake(self, finding: Finding) -> Mistake:
        line = self.lines[self.units.index(finding.unit)] if finding.unit else None
        value = "-" if finding.value is None else f"{finding.value:g}"
        return Mistake(
            str(self.path),
            line,
            finding.factor or finding.unit,
            value,
            finding.problem,
            finding.expected,
            finding.remedy,
        )


def read_factors(
    path: Path,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str] = (),
    name: str | None = None,
    group: str | None = None,
) -> FactorFile:
    """Read the units of a file with their factors.

    Parameters
    ----------
    path : Path
        CSV or Excel file with a heading row; the first sheet counts.
    inputs, outputs, bads : sequence of str
        Headings of the factors.
    name, group : str, optional
        Headings of the names of units (the first column otherwise) and of their class.

    Returns
    -------
    FactorFile
        Units in the order of the file.

    Raises
    ------
    InputError
        The file cannot be read, or has too few rows.
    BookError
        Headings are missing or cells are no numbers; each with its line.
    """
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such file; expected a CSV or Excel file of units; "
            "correct the path"
        )
    table = read_tables(path, path.read_bytes())[0]
    wanted = [*inputs, *outputs, *bads]
    name = name or (table.header[0] if table.header else "")
    _check_headings(path, table, [*wanted, name, *([group] if group else [])])
    at = {heading: place for place, heading in enumerate(table.header)}
    rows = [
        (line, [*cells, *[None] * len(at)][: len(at)]) for line, cells in table.rows
    ]
    mistakes = list(_mistakes(path, rows, at, wanted, name))
    if mistakes:
        raise BookError(mistakes)
    if len(rows) < 2:
        raise InputError(
            f"{path}: {len(rows)} units; expected at least 2 to compare; add units"
        )

    def figures(names: Sequence[str]) -> Factors:
        values = [[read_number(cells[at[n]]) for n in names] for _, cells in rows]
        return Factors(tuple(names), np.array(values, dtype=float))

    return FactorFile(
        path,
        tuple(str(cells[at[name]]).strip() for _, cells in rows),
        tuple(line for line, _ in rows),
        tuple("" if group is None else _class(cells[at[group]]) for _, cells in rows),
        figures(inputs),
        figures(outputs),
        figures(bads) if bads else None,
    )


def _class(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _check_headings(path: Path, table: Table, wanted: Sequence[str]) -> None:
    """Refuse headings that are not there, or stand twice."""
    headings = [h for h in table.header if h]
    if not headings:
        told = ("is empty", f"headings {', '.join(w for w in wanted if w)} and a row "
                "for each unit", "fill the file, or name the right one")  # fmt: skip
        raise BookError([Mistake(str(path), 1, "file", "(empty)", *told)])
    mistakes = [
        Mistake(
            str(path),
            1,
            "heading",
            heading,
            "is not in the file",
            f"one of {listed(headings)}",
            did_you_mean(heading, headings, "correct the name"),
        )
        for heading in wanted
        if heading not in headings
    ]
    mistakes += [
        Mistake(
            str(path),
            1,
            "heading",
            heading,
            "is there twice",
            "each heading once",
            "rename one of the columns",
        )
        for heading in dict.fromkeys(wanted)
        if headings.count(heading) > 1
    ]
    twice = [h for h in dict.fromkeys(wanted) if list(wanted).count(h) > 1]
    mistakes += [
        Mistake(
            str(path),
            1,
            "heading",
            heading,
            "is asked for twice",
            "each column as one thing",
            "leave it out of one list",
        )
        for heading in twice
        if heading in headings
    ]
    if mistakes:
        raise BookError(mistakes)


def _mistakes(
    path: Path,
    rows: Sequence[tuple[int, Sequence[object]]],
    at: dict[str, int],
    wanted: Sequence[str],
    name: str,
) -> Iterator[Mistake]:
    """Yield what is wrong with single cells and names."""
    seen: dict[str, int] = {}
    for line, cells in rows:
        unit = "" if cells[at[name]] is None else str(cells[at[name]]).strip()
        if not unit:
            yield Mistake(
                str(path), line, name, "-", "has no name", "a name", "name the unit"
            )
        elif unit in seen:
            yield Mistake(
                str(path),
                line,
                name,
                unit,
                f"stands in line {seen[unit]} too",
                "each unit once",
                "rename or remove one",
            )
        seen.setdefault(unit, line)
        for heading in wanted:
            found = read_number(cells[at[heading]])
            if not isinstance(found, float):
                shown = cells[at[heading]]
                value = "-" if shown is None or shown == "" else str(shown)
                yield Mistake(str(path), line, heading, value, *found)
