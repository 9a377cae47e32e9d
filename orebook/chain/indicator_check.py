"""Rules within an indicator that no single field can show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from orebook.chain.catalogue import builtin, known_terms
from orebook.chain.contracts import Context
from orebook.chain.entries import Row
from orebook.chain.indicator import Indicator, Level
from orebook.chain.nearest import did_you_mean
from orebook.errors import Mistake, UnitError
from orebook.quantity import is_pure, parse

__all__ = ["indicator_mistakes"]

SECTION = "indicators"


def indicator_mistakes(row: Row, context: Context) -> Iterator[Mistake]:
    """Yield what is wrong with an indicator beyond its single fields.

    Parameters
    ----------
    row : Row
        A row of ``[[indicators]]`` that is right in itself.
    context : Context
        What it may refer to.
    """
    entry = row.entry
    assert isinstance(entry, Indicator)
    if not entry.name and entry.id not in known_terms():
        yield row.mistake(
            ("name",),
            "is missing, and the glossary does not know the indicator",
            "a name in both languages",
            did_you_mean(entry.id, builtin(), "add name and name_en"),
            value="(absent)",
        )
    for name in ("parent", "within"):
        other, known = getattr(entry, name), {*builtin(), *context.names.all(SECTION)}
        if other and other not in known:
            yield row.mistake(
                (name,),
                f"no indicator is called '{other}'",
                "an indicator of the catalogue or of the book",
                did_you_mean(other, known, f"remove {name}"),
            )
    if not _is_unit(entry.unit):
        yield row.mistake(
            ("unit",), "is not a unit", "a unit such as kg/t", 'write "-" for a ratio'
        )
    if entry.scope != "none" and not entry.numerator:
        yield row.mistake(
            ("numerator",),
            "is missing",
            "a formula",
            'add numerator = "used.lime * 1000", or scope = "none"',
        )
    for name in ("parent", "within"):
        if getattr(entry, name) == entry.id:
            yield row.mistake(
                (name,), "is the indicator itself", "another one", f"remove {name}"
            )
    if entry.combine != "leaf" and entry.within:
        yield row.mistake(
            ("within",),
            f"has no meaning for a {entry.combine}",
            "a leaf",
            "remove within or combine",
        )
    for k, level in enumerate(entry.levels):
        yield from _level_mistakes(row, entry, k, level)


def _level_mistakes(
    row: Row, entry: Indicator, k: int, level: Level
) -> Iterator[Mistake]:
    sign = 1.0 if entry.better == "higher" else -1.0
    named = ("typical", "good", "best")
    given = [v for n in named if (v := getattr(level, n)) is not None]
    if any(sign * b < sign * a for a, b in pairwise(given)):
        yield row.mistake(
            ("levels", k),
            "do not improve from typical to best",
            f"figures that get {entry.better}",
            "correct a figure, or better",
            value=", ".join(map(str, given)),
        )
    grades = level.grades
    if any(sign * b > sign * a for a, b in pairwise(grades)):
        yield row.mistake(
            ("levels", k, "grades"),
            "do not relax from grade 1 on",
            "the strictest first",
            "turn the list round",
            value=", ".join(map(str, grades)),
        )
    if not level.source:
        yield row.mistake(
            ("levels", k, "source"),
            "is missing",
            "who says so",
            'add source = "..."',
            value="(absent)",
        )


def _is_unit(unit: str) -> bool:
    if unit in ("", "-", "%"):
        return True
    try:
        return not is_pure(parse(f"1 {unit}").unit)
    except UnitError:
        return False
