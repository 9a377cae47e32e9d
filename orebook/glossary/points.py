"""Points inside units: what a flow sheet calls them, and figures read of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["FIGURES", "PointTerm", "point_terms"]

_FILE: Final = Path(__file__).with_name("points.csv")


@dataclass(frozen=True, slots=True)
class PointTerm:
    """The name of a stream or state inside a unit.

    Parameters
    ----------
    id : str
        Name in the points of a process kind.
    en, zh : str
        Name in English and Chinese.
    """

    id: str
    en: str
    zh: str


FIGURES: Final = {
    "liquor_caustic": "g/L",
    "liquor_ratio": "",
    "liquor_alumina": "g/L",
    "liquor_carbonate_caustic": "g/L",
    "liquor_density": "kg/m3",
    "liquor_equilibrium": "g/L",
    "solutes_left": "",
}
"""What may be read of a point besides mass, heat and composition, with its unit."""


@cache
def point_terms() -> dict[str, PointTerm]:
    """Return all names by id, read once.

    Examples
    --------
    >>> point_terms()["wash_return"].zh
    '一洗溢流'
    """
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {row["id"]: PointTerm(**row) for row in csv.DictReader(stream)}
