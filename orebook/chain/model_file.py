"""Files of one table each: every mistake with its line, all of them at once.

Reward schemes and price policies are read by it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel

from orebook.errors import BookError, Mistake

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Form", "line_of", "parse_model", "read_model"]

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Form(Generic[M]):
    """What a file must look like.

    Parameters
    ----------
    model : type
        Model of the whole file.
    word : str
        What the file holds, for messages: ``scheme``.
    fields : collection of str
        Names of all fields of all its parts, for "did you mean".
    kinds : mapping
        Field to the kinds it may have: the model names the kind in its path.
    """

    model: type[M]
    word: str
    fields: Collection[str]
    kinds: Mapping[str, Collection[str]] = field(default_factory=dict)


HEADER = re.compile(r"^\s*(\[{1,2})\s*([\w.\-]+)\s*\]{1,2}")
KEY = re.compile(r"^\s*([\w\-]+)(?:\.[\w\-]+)*\s*=")


def read_model(path: Path, form: Form[M]) -> M:
    """Read one value from a TOML file.

    Parameters
    ----------
    path : Path
        The file.
    form : Form
        What the file must look like.

    Returns
    -------
    BaseModel
        The checked value.

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
    return parse_model(text, form, file=str(path))


def parse_model(text: str, form: Form[M], *, file: str) -> M:
    """Turn the text of a TOML file into one value.

    Parameters
    ----------
    text : str
        TOML.
    form : Form
        What the file must look like.
    file : str
        Name for messages.

    Returns
    -------
    BaseModel
        The checked value.

    Raises
    ------
    BookError
        The text has mistakes; lists them all.
    """
    from pydantic import ValidationError

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BookError([_syntax_mistake(error, file)]) from error
    try:
        return form.model.model_validate(data)
    except ValidationError as error:
        lines = text.splitlines()
        raise BookError(
            _mistake(detail, form, file=file, lines=lines) for detail in error.errors()
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


def _mistake(
    detail: ErrorDetails, form: Form[M], *, file: str, lines: list[str]
) -> Mistake:
    kind = detail["type"]
    # A field of several kinds carries its kind in the path; the file does not.
    loc = detail["loc"]
    path = tuple(
        key
        for i, key in enumerate(loc)
        if i == 0 or key not in form.kinds.get(str(loc[i - 1]), ())
    )
    problem = detail["msg"].removeprefix("Value error, ")
    shown = "absent" if kind == "missing" else _short(detail.get("input"))
    return Mistake(
        file=file,
        line=line_of(path, lines),
        field=".".join(str(key) for key in path) or form.word,
        value=shown,
        problem="unknown field" if kind == "extra_forbidden" else problem,
        expected=_expected(detail, form),
        remedy=_remedy(detail, path, form),
    )


def _expected(detail: ErrorDetails, form: Form[M]) -> str:
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
        "value_error": f"a {form.word} without this contradiction",
    }
    return texts.get(detail["type"], detail["msg"])


def _remedy(detail: ErrorDetails, path: tuple[str | int, ...], form: Form[M]) -> str:
    kind, key = detail["type"], str(path[-1]) if path else ""
    if kind == "missing":
        return f"add {key}"
    if kind == "extra_forbidden":
        near = get_close_matches(key, form.fields, n=1)
        return f"did you mean {near[0]}?" if near else "remove it"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']+)'", str((detail.get("ctx") or {})["expected"]))
        near = get_close_matches(str(detail.get("input")), allowed, n=1)
        return f"did you mean {near[0]}?" if near else f"use {allowed[0]}"
    return "correct it"


def _short(value: object) -> str:
    """Show a value briefly: a table by its id."""
    if isinstance(value, dict):
        return f"table {value['id']!r}" if "id" in value else f"table of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
