"""Pieces of Markdown that the generated parts of the pages are made of."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

_ROLE = re.compile(r":\w+:`~?([^`]+)`")
_PARAMETER = re.compile(r"^(\*{0,2}\w[\w, ]*?) : (.+)$")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return a table; a cell may hold anything but a line break.

    Examples
    --------
    >>> print(table(["a", "b"], [[1, "x|y"]]))
    | a | b |
    | --- | --- |
    | 1 | x\|y |
    """
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", r"\|")


def code(text: object) -> str:
    """Return text as code; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def fence(text: str, language: str = "") -> str:
    """Return a block of code."""
    return f"```{language}\n{text.strip()}\n```"


def plain(text: str) -> str:
    """Return a docstring's words as Markdown: roles and double ticks as code.

    Examples
    --------
    >>> plain("See :data:`FORMS` and ``[[units]]``.")
    'See `FORMS` and `[[units]]`.'
    """
    return _ROLE.sub(r"`\1`", text).replace("``", "`")


def lead(thing: object) -> str:
    """Return what stands in a docstring before its first section."""
    text = inspect.getdoc(thing) or ""
    head = re.split(r"\n\w[\w ]*\n-{3,}\n", text)[0]
    return plain(head.strip())


def section(thing: object, title: str) -> str:
    """Return one section of a numpydoc docstring, without its title."""
    text = inspect.getdoc(thing) or ""
    found = re.search(
        rf"\n{title}\n-{{3,}}\n(.*?)(?=\n\w[\w ]*\n-{{3,}}\n|\Z)", text, re.S
    )
    return plain(found[1].strip("\n")) if found else ""


def parameters(thing: object) -> dict[str, tuple[str, str]]:
    """Return type and description of each parameter a docstring describes."""
    found: dict[str, tuple[str, str]] = {}
    names: list[str] = []
    for line in section(thing, "Parameters").splitlines():
        start = _PARAMETER.match(line)
        if start or (line and not line.startswith(" ")):
            head, kind = (start[1], start[2]) if start else (line, "")
            names = [name.strip(" *") for name in head.split(",")]
            found |= dict.fromkeys(names, (kind, ""))
        elif names:
            for name in names:
                kind, told = found[name]
                found[name] = (kind, f"{told} {line.strip()}".strip())
    return found
