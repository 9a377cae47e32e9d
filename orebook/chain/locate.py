"""Where things stand in a TOML file: the line of every table, key and list item."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a file, ``("units", 0, "settings")``."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The line of each path of one file.

    Parameters
    ----------
    of : mapping
        1-based line by path; a table has the line of its header.
    """

    of: Mapping[Path, int]

    def line(self, path: Path) -> int:
        r"""Return the line of a path, or of the nearest thing that contains it.

        Examples
        --------
        >>> lines = locate('[[units]]\nid = "kiln"\n')
        >>> lines.line(("units", 0, "id")), lines.line(("units", 0, "name"))
        (2, 1)
        """
        for length in range(len(path), 0, -1):
            if path[:length] in self.of:
                return self.of[path[:length]]
        return 1


def locate(text: str) -> Lines:
    r"""Return the line of every table, key and list item of a TOML text.

    Parameters
    ----------
    text : str
        A text that a TOML parser accepts.

    Returns
    -------
    Lines
        Lines by path; arrays of tables are counted from 0 [-].

    Examples
    --------
    >>> locate("[a]\nb = [1,\n  {c = 2}]\n").of[("a", "b", 1, "c")]
    3
    """
    root = _parser().parse(text.encode()).root_node
    found: dict[Path, int] = {}
    last: dict[Path, int] = {}
    for node in root.named_children:
        for path, line in _statement(node, last):
            found.setdefault(path, line)
    return Lines(found)


@cache
def _parser() -> Parser:
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_toml.language()))


def _statement(node: Node, last: dict[Path, int]) -> Iterator[tuple[Path, int]]:
    if node.type == "pair":
        yield from _pair(node, ())
    if node.type not in {"table", "table_array_element"}:
        return
    header, *rest = [child for child in node.named_children if child.type != "comment"]
    names = list(_names(header))
    path = _resolved(names, last)
    if node.type == "table_array_element":
        bare = _resolved(names, last, final=False)
        last[bare] = last.get(bare, -1) + 1
        path = (*bare, last[bare])
    for length in range(1, len(path) + 1):
        yield path[:length], _line(node)
    for child in rest:
        yield from _pair(child, path)


def _resolved(names: list[str], last: dict[Path, int], *, final: bool = True) -> Path:
    """Return the path of a header: a name of an array of tables means its last."""
    path: Path = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if path in last and (final or position < len(names) - 1):
            path = (*path, last[path])
    return path


def _pair(node: Node, above: Path) -> Iterator[tuple[Path, int]]:
    parts = [child for child in node.named_children if child.type != "comment"]
    if len(parts) != 2:
        return
    path = above
    for name in _names(parts[0]):
        path = (*path, name)
        yield path, _line(node)
    yield from _value(parts[1], path)


def _value(node: Node, path: Path) -> Iterator[tuple[Path, int]]:
    items = [child for child in node.named_children if child.type != "comment"]
    if node.type == "inline_table":
        for child in items:
            yield from _pair(child, path)
    if node.type == "array":
        for index, child in enumerate(items):
            yield (*path, index), _line(child)
            yield from _value(child, (*path, index))


def _names(node: Node) -> Iterator[str]:
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from _names(child)
        return
    text = (node.text or b"").decode()
    yield next(iter(tomllib.loads(f"{text} = 0"))) if text[:1] in "\"'" else text


def _line(node: Node) -> int:
    return node.start_point[0] + 1
