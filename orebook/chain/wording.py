"""What a model refuses, in the words of the book: problem, expectation, remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, get_args

from orebook.chain.fields import Entry
from orebook.chain.locate import Path
from orebook.chain.nearest import did_you_mean, listed

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Problem = tuple[Path, str, str, str, str]
"""Path within an entry, value as written, problem, expectation, remedy."""

_SHOWN = 60


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
