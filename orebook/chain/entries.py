"""The entries of a book: one row per table, checked against its model.

A row that is wrong is kept with its raw text, so that checks between rows still see
its id and its references, and nothing is reported twice for one cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orebook.chain.book_files import SECTIONS, SINGLE, Source
from orebook.chain.fields import Entry
from orebook.chain.locate import Path
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.wording import at, dotted, problems, shown
from orebook.errors import Mistake

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class EntryMistake:
    """A mistake in an entry, before its file and line are known.

    Parameters
    ----------
    section, entry : str
        Section of the book and id of the entry.
    path : tuple
        Path of the field within the entry; empty where the entry as a whole is meant.
    problem, expected, remedy : str
        As in :class:`orebook.errors.Mistake`.
    value : str or None
        Value as written; None takes it from the file.
    about : frozenset of str
        Ids of other entries the finding rests on; it is withheld while one of them
        is itself mistaken.
    """

    section: str
    entry: str
    path: Path
    problem: str
    expected: str
    remedy: str
    value: str | None = None
    about: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a book, as written and as checked.

    Parameters
    ----------
    source : Source
        File it stands in.
    section : str
        Section, ``"units"``.
    index : int
        Position within the section of the file, from 0 [-].
    raw : mapping
        As written.
    entry : Entry or None
        The checked value; None where the row is wrong in itself.
    """

    source: Source
    section: str
    index: int
    raw: Mapping[str, object]
    entry: Entry | None

    @property
    def id(self) -> str:
        """Id as written; empty where there is none."""
        value = self.raw.get("id", "")
        return value if isinstance(value, str) else ""

    @property
    def line(self) -> int:
        """Line of the header of the entry."""
        return self._line(())

    def mistake(
        self,
        path: Path,
        problem: str,
        expected: str,
        remedy: str,
        *,
        value: str | None = None,
    ) -> Mistake:
        """Return a mistake at a field of this entry, with its file and line."""
        told = shown(at(self.raw, path)) if value is None else value
        return Mistake(
            self.source.file,
            self._line(path),
            self.name(path),
            told,
            problem,
            expected,
            remedy,
        )

    def _line(self, path: Path) -> int:
        top: Path = (
            (self.section,) if self.section in SINGLE else (self.section, self.index)
        )
        return self.source.lines.line((*top, *path))

    def name(self, path: Path) -> str:
        """Return the dotted name of a field of this entry."""
        name = self.section
        if self.section not in SINGLE:
            name += f"[{self.id or f'#{self.index + 1}'}]"
        return name + dotted(path)


def read_rows(source: Source) -> tuple[list[Row], list[Mistake]]:
    """Check every entry of a file against its model.

    Returns
    -------
    tuple
        One row per entry, in the order of the file; and all mistakes in them.
    """
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    models = SECTIONS[source.kind]
    for section, value in source.data.items():
        if section not in models:
            mistakes.append(_unknown_section(source, section, value))
            continue
        tables, wrong = _tables(source, section, value)
        mistakes += wrong
        for index, raw in tables:
            row = Row(source, section, index, raw, None)
            entry, found = _checked(row, models[section])
            mistakes += found
            rows.append(Row(source, section, index, raw, entry))
    return rows, mistakes + list(_absent_sections(source))


def _unknown_section(source: Source, section: str, value: object) -> Mistake:
    models = SECTIONS[source.kind]
    elsewhere = next(
        (_FILE_OF[k] for k, m in SECTIONS.items() if section in m and k != source.kind),
        None,
    )
    remedy = did_you_mean(section, models, "remove it")
    if elsewhere is not None:
        remedy = f"move it to {elsewhere}"
    is_table = isinstance(value, (dict, list))
    return Mistake(
        source.file,
        source.lines.line((section,)),
        section,
        f"[{section}]" if is_table else shown(value),
        "is not a section of this file" if is_table else "stands outside any section",
        listed(models),
        remedy,
    )


_FILE_OF = {
    "group": "group.toml",
    "materials": "materials.toml",
    "site": "sites/NAME.toml",
    "customers": "market/customers.toml",
    "tuning": "tuning/NAME.toml",
    "benchmark": "benchmark/NAME.toml",
    "case": "cases/NAME.toml",
}


def _tables(
    source: Source, section: str, value: object
) -> tuple[list[tuple[int, Mapping[str, object]]], list[Mistake]]:
    single = section in SINGLE
    header = f"[{section}]" if single else f"[[{section}]]"
    if isinstance(value, dict) and single:
        return [(0, value)], []
    if (
        isinstance(value, list)
        and not single
        and all(isinstance(v, dict) for v in value)
    ):
        return list(enumerate(value)), []
    problem = "is one table" if isinstance(value, dict) else "is no table"
    if single and isinstance(value, list):
        problem = "is a list of tables"
    mistake = Mistake(
        source.file,
        source.lines.line((section,)),
        section,
        shown(value),
        problem,
        f"the header {header}",
        f"write the header as {header}",
    )
    return [], [mistake]


def _absent_sections(source: Source) -> Iterator[Mistake]:
    needed = {
        "group": ("group", "centres"),
        "materials": ("materials",),
        "case": ("case",),
    }
    for section in needed.get(source.kind, ()):
        if section not in source.data and not source.broken:
            header = f"[{section}]" if section in SINGLE else f"[[{section}]]"
            yield Mistake(
                source.file,
                None,
                section,
                "(absent)",
                "is missing",
                f"a section {header}",
                f"add {header}",
            )


def _checked(row: Row, model: type[Entry]) -> tuple[Entry | None, list[Mistake]]:
    from pydantic import ValidationError

    try:
        return model.model_validate(row.raw), []
    except ValidationError as error:
        found = [
            row.mistake(path, problem, expected, remedy, value=value)
            for path, value, problem, expected, remedy in problems(
                error, model, row.raw
            )
        ]
        return None, found
