"""The centres of a group: one tree of group, site, plant, workshop and team."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from orebook.chain.entries import Row
from orebook.chain.group import LEVELS, Centre
from orebook.errors import Mistake


def centre_mistakes(rows: Iterable[Row]) -> Iterator[Mistake]:
    """Yield what keeps the centres from being one tree of group, site, plant, ..."""
    centres = {r.id: r for r in rows if r.section == "centres" and r.id}
    roots = [r for r in centres.values() if "parent" not in r.raw]
    if centres and not roots:
        first = next(iter(centres.values()))
        yield first.mistake(
            ("parent",),
            "leaves no centre at the top",
            "one centre of level group without parent",
            "remove the parent of the centre of the group",
        )
    for row in roots[1:]:
        yield row.mistake(
            ("parent",),
            f"is missing; '{roots[0].id}' has no parent either",
            "one centre without parent",
            f'add parent = "{roots[0].id}"',
        )
    for row in centres.values():
        if isinstance(row.entry, Centre) and row not in roots[1:]:
            yield from _level(row, row.entry, centres)


def _level(row: Row, entry: Centre, centres: Mapping[str, Row]) -> Iterator[Mistake]:
    if entry.parent is None:
        if entry.level != "group":
            yield row.mistake(
                ("level",),
                "cannot stand at the top",
                'level = "group"',
                "add its parent, or make it the group",
            )
        return
    if _circular(row.id, centres):
        yield row.mistake(
            ("parent",),
            "makes a circle",
            "a tree of centres",
            "name the centre above it",
        )
        return
    above = centres[entry.parent].entry if entry.parent in centres else None
    if isinstance(above, Centre) and LEVELS.index(entry.level) <= LEVELS.index(
        above.level
    ):
        yield row.mistake(
            ("level",),
            f"cannot stand below '{above.id}' of level {above.level}",
            f"one of {', '.join(LEVELS[LEVELS.index(above.level) + 1 :]) or 'none'}",
            "correct the level or the parent",
        )


def _circular(centre: str, centres: Mapping[str, Row]) -> bool:
    seen, here = {centre}, centres[centre].raw.get("parent")
    while isinstance(here, str) and here in centres:
        if here == centre:
            return True
        if here in seen:
            return False
        seen.add(here)
        here = centres[here].raw.get("parent")
    return False
