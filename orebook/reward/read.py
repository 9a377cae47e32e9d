"""Reading a scheme file: every mistake with its line, all of them at once."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from orebook.errors import BookError, Mistake

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from orebook.reward.scheme import Scheme

HEADER = re.compile(r"^\s*(\[{1,2})\s*([\w.\-]+)\s*\]{1,2}")
KEY = re.compile(r"^\s*([\w\-]+)(?:\.[\w\-]+)*\s*=")


def read_scheme(path: Path) -> Scheme:
    """Read a scheme from a TOML file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Scheme
        The checked scheme.

    Raises
    ------
    BookError
        The file cannot be read, or has mistakes; lists them all.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BookError(
            [
                Mistake(
                    file=str(path),
                    line=None,
                    field="file",
                    value=path.name,
                    problem=f"cannot be read ({error})",
                    expected="a TOML file in UTF-8",
                    remedy="check name, rights and encoding",
                )
            ]
        ) from error
    return parse_scheme(text, file=str(path))


def parse_scheme(text: str, *, file: str = "scheme.toml") -> Scheme:
    """Turn the text of a scheme file into a scheme.

    Parameters
    ----------
    text : str
        TOML.
    file : str
        Name for messages.

    Returns
    -------
    Scheme
        The checked scheme.

    Raises
    ------
    BookError
        The text has mistakes; lists them all.
    """
    from pydantic import ValidationError

    from orebook.reward.scheme import Scheme

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BookError([_syntax_mistake(error, file)]) from error
    try:
        return Scheme.model_validate(data)
    except ValidationError as error:
        lines = text.splitlines()
        raise BookError(
            _mistake(detail, file=file, lines=lines) for detail in error.errors()
        ) from error


def line_of(path: tuple[str | int, ...], lines: list[str]) -> int | None:
    """Return the line on which a field of a TOML text stands.

    Parameters
    ----------
    path : tuple of str or int
        Keys and list positions from the root.
    lines : list of str
        The text.

    Returns
    -------
    int or None
        1-based line of the field, or of the nearest table above it; None for a root
        field that is not there.

    Examples
    --------
    >>> line_of(("teams", 1, "id"), ["[[teams]]", "id = 1", "[[teams]]", "id = 2"])
    4
    """
    best: tuple[int, int | None] = (0, None)
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        here = table
        if header := HEADER.match(line):
            table = here = _table_path(header[2], counts, listed=header[1] == "[[")
        elif key := KEY.match(line):
            here = (*table, key[1])
        else:
            continue
        if path[: len(here)] == here and len(here) > best[0]:
            best = (len(here), number)
    return best[1]


def _table_path(
    name: str, counts: dict[str, int], *, listed: bool
) -> tuple[str | int, ...]:
    """Path of a table header, with the position of the lists it stands in."""
    if listed:
        counts[name] = counts.get(name, -1) + 1
        for inner in [key for key in counts if key.startswith(f"{name}.")]:
            del counts[inner]
    path: list[str | int] = []
    keys = name.split(".")
    for depth, key in enumerate(keys, start=1):
        path.append(key)
        position = counts.get(".".join(keys[:depth]))
        if position is not None:
            path.append(position)
    return tuple(path)


def _syntax_mistake(error: tomllib.TOMLDecodeError, file: str) -> Mistake:
    found = re.search(r"line (\d+)", str(error))
    return Mistake(
        file=file,
        line=int(found[1]) if found else None,
        field="file",
        value="text",
        problem=f"not TOML: {error}",
        expected="key = value lines and [tables]",
        remedy="mend the line",
    )


def _mistake(detail: ErrorDetails, *, file: str, lines: list[str]) -> Mistake:
    kind = detail["type"]
    # A discriminated curve carries its kind in the path; the file does not.
    path = tuple(
        key for i, key in enumerate(detail["loc"]) if not _is_curve_kind(detail, i)
    )
    problem = detail["msg"].removeprefix("Value error, ")
    shown = "absent" if kind == "missing" else _short(detail.get("input"))
    return Mistake(
        file=file,
        line=line_of(path, lines),
        field=".".join(str(key) for key in path) or "scheme",
        value=shown,
        problem="unknown field" if kind == "extra_forbidden" else problem,
        expected=_expected(detail),
        remedy=_remedy(detail, path),
    )


def _is_curve_kind(detail: ErrorDetails, position: int) -> bool:
    loc = detail["loc"]
    return position > 0 and loc[position - 1] == "curve" and loc[position] in KINDS


KINDS = ("piecewise", "linear", "asymmetric", "dead_band")


def _expected(detail: ErrorDetails) -> str:
    context = detail.get("ctx") or {}
    for key in ("expected", "expected_tags", "pattern"):
        if key in context:
            return str(context[key])
    bounds = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    found = [f"{sign} {context[key]}" for key, sign in bounds.items() if key in context]
    if found:
        return " and ".join(found)
    texts = {
        "missing": "a value",
        "extra_forbidden": "one of the fields of this table",
        "value_error": "a scheme without this contradiction",
    }
    return texts.get(detail["type"], detail["msg"])


def _remedy(detail: ErrorDetails, path: tuple[str | int, ...]) -> str:
    kind, key = detail["type"], str(path[-1]) if path else ""
    if kind == "missing":
        return f"add {key}"
    if kind == "extra_forbidden":
        near = get_close_matches(key, _field_names(), n=1)
        return f"did you mean {near[0]}?" if near else "remove it"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']+)'", str((detail.get("ctx") or {})["expected"]))
        near = get_close_matches(str(detail.get("input")), allowed, n=1)
        return f"did you mean {near[0]}?" if near else f"use {allowed[0]}"
    return "correct it"


def _field_names() -> list[str]:
    from orebook.reward.part import Part
    from orebook.reward.payout import CurvePart

    parts = [*Part.__subclasses__(), *CurvePart.__subclasses__()]
    return sorted({name for part in parts for name in part.model_fields})


def _short(value: object) -> str:
    """Show a value briefly: a table by its id."""
    if isinstance(value, dict):
        return f"table {value['id']!r}" if "id" in value else f"table of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
