"""The entries of a book: one row per table, checked against its model.

A row that is wrong is kept with its raw text, so that checks between rows still see
its id and its references, and nothing is reported twice for one cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, get_args

from orebook.chain.book_files import SECTIONS, SINGLE, Source
from orebook.chain.fields import Entry
from orebook.chain.locate import Path
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import Mistake, OrebookError

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Problem = tuple[Path, str, str, str, str]
"""Path within an entry, value as written, problem, expectation, remedy."""

_SHOWN = 60


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


def dotted(path: Path) -> str:
    """Return a path as text, list positions counted from 1.

    Examples
    --------
    >>> dotted(("spec", 0, "max"))
    '.spec[1].max'
    """
    return "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in path)


_ABSENT = object()


def at(raw: object, path: Path) -> object:
    """Return what stands at a path, or a mark that nothing does."""
    for part in path:
        if isinstance(raw, Mapping):
            raw = raw.get(part, _ABSENT)
        elif isinstance(raw, list) and isinstance(part, int) and part < len(raw):
            raw = raw[part]
        else:
            return _ABSENT
    return raw


def shown(value: object) -> str:
    """Return a value much as it stands in the file, cut to one short line."""
    if value is _ABSENT:
        return "(absent)"
    if isinstance(value, Mapping):
        text = str(value.get("id", "{" + ", ".join(map(str, value)) + "}"))
    elif isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, bool):
        text = str(value).lower()
    else:
        text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


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
    needed = {"group": ("group", "centres"), "materials": ("materials",)}
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


def problems(
    error: ValidationError, model: type[Entry], raw: Mapping[str, object]
) -> Iterator[Problem]:
    """Yield what a model refuses, in the words of the book.

    Parameters
    ----------
    error : ValidationError
        What the model raised.
    model : type
        The model.
    raw : mapping
        What it was given.
    """
    for detail in error.errors(include_url=False):
        # A key of a mapping that breaks its pattern ends in the mark '[key]'.
        path: Path = tuple(p for p in detail["loc"] if p != "[key]")
        is_key = "[key]" in detail["loc"]
        value = str(path[-1]) if is_key else shown(at(raw, path))
        problem, expected, remedy = _told(detail, model, path, value)
        yield path, value, problem, expected, remedy


def _told(
    detail: ErrorDetails, model: type[Entry], path: Path, value: str
) -> tuple[str, str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    name = str(path[-1]) if path else ""
    holder = _model_at(model, path[:-1])
    if kind == "missing":
        example = _example(holder, name)
        return "is missing", _described(holder, name), f"add {name} = {example}"
    if kind == "extra_forbidden":
        fields = list(holder.model_fields) if holder else []
        return (
            "is not a field here",
            listed(fields),
            did_you_mean(name, fields, "remove it"),
        )
    if kind == "literal_error":
        allowed = re.findall(r"'([^']+)'", str(context["expected"]))
        text = value.strip('"')
        return (
            "is not one of the choices",
            listed(allowed),
            did_you_mean(text, allowed, f"choose one of {listed(allowed)}"),
        )
    if kind == "string_pattern_mismatch":
        return _pattern(value, str(context["pattern"]))
    if kind in {"less_than_equal", "greater_than_equal"}:
        return _out_of_range(detail, value)
    if kind.startswith("date"):
        return _date(detail["input"])
    if kind == "too_short":
        return "is empty", "at least one", "add one, or remove the whole entry"
    if "error" in context:
        return clauses(str(context["error"]))
    if kind in _TYPES:
        expected, remedy = _TYPES[kind]
        return f"is {_type_name(detail['input'])}", expected, remedy
    return detail["msg"][:1].lower() + detail["msg"][1:], "another value", "correct it"


_TYPES = {
    "string_type": ("a text", "put it in quotes"),
    "int_type": ("a whole number", "write a whole number without quotes"),
    "int_parsing": ("a whole number", "write a whole number without quotes"),
    "int_from_float": ("a whole number", "write a whole number"),
    "bool_type": ("true or false", "write true or false without quotes"),
    "bool_parsing": ("true or false", "write true or false without quotes"),
    "list_type": ("a list", 'put it in brackets: ["..."]'),
    "dict_type": ("a table", 'write NAME = "value" pairs below a header'),
    "model_type": ("a table", "write it as a table { ... }"),
}
_TYPE_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (str, "a text"),
    (int, "a number"),
    (float, "a number"),
    (list, "a list"),
    (dict, "a table"),
    (date, "a date"),
)


def _type_name(value: object) -> str:
    return next(
        (name for kind, name in _TYPE_NAMES if isinstance(value, kind)), "wrong"
    )


def _pattern(value: str, pattern: str) -> tuple[str, str, str]:
    text = value.strip('"')
    plain = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")
    if pattern == r"^\S+$":
        return "has white space in it", "a name without spaces", "remove the spaces"
    if pattern.startswith("^[A-Za-z]"):
        return (
            "is not a component",
            "a formula such as Al2O3, letters first",
            "write the chemical formula",
        )
    why = "has capital letters" if text != text.lower() else "has signs not allowed"
    if not text.isascii():
        why = "has letters beyond a-z"
    if not text:
        why = "is empty"
    fix = f"write for example '{plain}'" if plain else "choose a short name in a-z"
    return (
        f"{why}, which an id cannot have",
        "a short name of a-z, 0-9, _ and -",
        f"{fix}; the full name belongs in name and name_en",
    )


def _out_of_range(detail: ErrorDetails, value: str) -> tuple[str, str, str]:
    number = detail["input"]
    below = detail["type"] == "greater_than_equal"
    if "le" not in detail.get("ctx", {}) and not value.startswith('"'):
        return "is negative", "a number from 0", "correct the sign"
    if below:
        return "is below 0 %", "a share of 0 % to 100 %", "correct the sign"
    bare = isinstance(number, (int, float)) or "%" not in value
    fix = f'did you mean "{value} %"?' if bare else "a share cannot exceed the whole"
    return "is above 100 %", "a share of 0 % to 100 %", fix


def _date(value: object) -> tuple[str, str, str]:
    expected = "a date as 2026-05-21, without quotes"
    text = str(value)
    if re.fullmatch(r"[34]\d{4}(\.0*)?", text):
        day = date(1899, 12, 30) + timedelta(days=int(float(text)))
        return "is a spreadsheet's day number", expected, f"did you mean {day}?"
    parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    if parts:
        year, month, day_of = (int(p) for p in parts.groups())
        return "is not a date", expected, f"write {year:04d}-{month:02d}-{day_of:02d}"
    if isinstance(value, date):
        return "has a time of day", expected, "write the day only"
    return "is not a date", expected, "write year, month and day with hyphens"


def clauses(message: str) -> tuple[str, str, str]:
    r"""Split the message of an error into problem, expectation and remedy.

    Examples
    --------
    >>> clauses("'5' has no unit; expected t; write \"5 t\"")
    ("'5' has no unit", 't', 'write "5 t"')
    >>> clauses("'5 t' is no period; write 2026-05")
    ("'5 t' is no period", 'another value', 'write 2026-05')
    """
    problem, *rest = [part.strip() for part in message.split(";")]
    mark = next((p for p in rest if p.startswith("expected")), None)
    remedies = [p for p in rest if p is not mark]
    expected = None if mark is None else mark.removeprefix("expected").strip()
    if not rest and "cannot be read as" in problem:
        problem, expected, remedies = _bad_unit(problem)
    return problem, expected or "another value", "; ".join(remedies) or "correct it"


_UNITS = (
    "t",
    "kt",
    "Mt",
    "kg",
    "g",
    "%",
    "MWh",
    "kWh",
    "GWh",
    "GJ",
    "MJ",
    "m3",
    "CNY",
    "MCNY",
    "h",
    "d",
    "month",
    "a",
    "degC",
    "kW",
    "MW",
    "kA",
    "V",
    "tce",
    "km",
    "MPa",
)


def _bad_unit(problem: str) -> tuple[str, str, list[str]]:
    unit = re.search(r"'([^']*)' is not defined in the unit registry", problem)
    short = problem.split(":")[0]
    if unit is None:
        return short, "another unit", [f"known units are {listed(_UNITS)}"]
    fix = did_you_mean(unit[1], _UNITS, "write a unit such as t, GJ, MWh, m3, CNY")
    return f"unit '{unit[1]}' is unknown", "a known unit of measure", [fix]


def _model_at(model: type[Entry], path: Path) -> type[Entry] | None:
    """Return the model of the entry that holds a path."""
    here: type[Entry] | None = model
    for part in path:
        if isinstance(part, int) or here is None:
            continue
        info = here.model_fields.get(part)
        here = None if info is None else _inner(info.annotation)
    return here


def _inner(annotation: object) -> type[Entry] | None:
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return annotation
    return next((m for a in get_args(annotation) if (m := _inner(a))), None)


def _described(model: type[Entry] | None, name: str) -> str:
    info = None if model is None else model.model_fields.get(name)
    return (
        info.description if info and info.description else None
    ) or f"a value for {name}"


def _example(model: type[Entry] | None, name: str) -> str:
    if model is None:
        return "..."
    found = model.model_json_schema().get("properties", {}).get(name, {})
    if found.get("examples"):
        return f'"{found["examples"][0]}"'
    return "..." if found.get("type") in {"array", "object"} else '"..."'


def told(error: OrebookError) -> tuple[str, str, str]:
    """Return problem, expectation and remedy of an error."""
    return clauses(str(error))
