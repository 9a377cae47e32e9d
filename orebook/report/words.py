"""The words of the report: whole sentences and heads, in both languages, in one table.

What the glossary names is not named again here. Page, workbook and pictures say nothing
that does not come from this table, the glossary or the book.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from orebook.errors import InputError
from orebook.glossary import UnknownTerm, find
from orebook.report.table import Said

_FILE = Path(__file__).with_name("words.csv")


@cache
def words() -> dict[str, Said]:
    """Return the words of the report by key, read once."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {
            row["key"]: Said(row["zh"], row["en"]) for row in csv.DictReader(stream)
        }


def both(key: str, **values: Said | str) -> Said:
    """Return a text in both languages with its gaps filled.

    Parameters
    ----------
    key : str
        Key in the words of the report, or a term of the glossary.
    **values : Said or str
        What fills the gaps; a text in both languages fills each with its own.

    Returns
    -------
    Said
        The text.

    Raises
    ------
    InputError
        Neither table has the key.

    Examples
    --------
    >>> both("of_unit", unit=Said("锅炉", "boiler"), what="steam").zh
    '锅炉 · steam'
    >>> both("plan").en
    'plan'
    """
    return _filled(_pattern(key), values)


def head_of(head: str | Said) -> Said:
    """Return the name of a column: that of its key, or the name it brings itself.

    Examples
    --------
    >>> head_of(Said("台风", "typhoon")).en, head_of("plan").en
    ('typhoon', 'plan')
    """
    return head if isinstance(head, tuple) else both(head)


@cache
def _pattern(key: str) -> Said:
    found = words().get(key)
    if found is not None:
        return found
    try:
        entry = find(key)
    except UnknownTerm as error:
        raise InputError(
            f"the report has no words for {key!r}; expected a key of "
            f"orebook/report/words.csv or a term of the glossary; add it there"
        ) from error
    return Said(entry.zh, entry.en)


def _filled(pattern: Said, values: dict[str, Said | str]) -> Said:
    if not values:
        return pattern
    zh = {k: v if isinstance(v, str) else v.zh for k, v in values.items()}
    en = {k: v if isinstance(v, str) else v.en for k, v in values.items()}
    return Said(pattern.zh.format(**zh), pattern.en.format(**en))
