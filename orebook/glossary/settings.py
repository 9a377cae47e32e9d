"""Names of the settings of the process kinds, in both languages."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final

from orebook.glossary.table import terms

__all__ = ["setting_name", "setting_names"]

_FILE: Final = Path(__file__).with_name("settings.csv")


@cache
def setting_names() -> dict[str, tuple[str, str]]:
    """Return English and Chinese name of every setting by id, read once."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {row["id"]: (row["en"], row["zh"]) for row in csv.DictReader(stream)}


def setting_name(name: str) -> tuple[str, str]:
    """Return English and Chinese name of a setting.

    That of the glossary's term, else of the table of settings, else the id itself: a
    recipe names settings of its own.

    Parameters
    ----------
    name : str
        Id of the setting.

    Examples
    --------
    >>> setting_name("washer_efficiency")
    ('washer efficiency', '洗涤效率')
    >>> setting_name("dial")
    ('dial', 'dial')
    """
    term = next((t for t in terms() if t.id == name and t.kind == "quantity"), None)
    if term is not None:
        return (term.en, term.zh)
    return setting_names().get(name, (name, name))
