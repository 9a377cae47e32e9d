"""Indicators of the process kinds: unit, names, and which direction is better."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

__all__ = ["Better", "IndexTerm", "index_term", "index_terms"]

Better = Literal["lower", "higher"]

_FILE: Final = Path(__file__).with_name("indices.csv")


@dataclass(frozen=True, slots=True)
class IndexTerm:
    """What is known of an indicator.

    Parameters
    ----------
    id : str
        Name in the outcome of a process kind, or of an index of advice.
    unit : str
        Unit of its figures, ``"-"`` for a pure number.
    better : {"lower", "higher"}
        Which direction is better where nothing else counts.
    en, zh : str
        Name in English and Chinese.
    """

    id: str
    unit: str
    better: Better
    en: str
    zh: str


@cache
def index_terms() -> dict[str, IndexTerm]:
    """Return all of them by id, read once."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {row["id"]: IndexTerm(**row) for row in csv.DictReader(stream)}  # type: ignore[arg-type]


def index_term(name: str) -> IndexTerm | None:
    """Return one indicator, None where the table has no such name.

    An id of the table that begins with ``*`` stands for every name that ends so, as an
    indicator of each tariff band does.

    Examples
    --------
    >>> index_term("dc_energy").better
    'lower'
    >>> index_term("anything") is None
    True
    >>> index_term("power-peak_to_mean").id
    '*_to_mean'
    """
    terms = index_terms()
    alike = (t for i, t in terms.items() if i[0] == "*" and name.endswith(i[1:]))
    return terms.get(name) or next(alike, None)
