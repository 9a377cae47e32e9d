"""Indicators as data: what is divided by what, what is good, what a gap is worth."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from orebook.chain.fields import Entry
from orebook.chain.formula import formula
from orebook.chain.role import Role
from orebook.errors import InputError

__all__ = ["Indicator", "IndicatorClass", "Level"]

IndicatorId = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", description="name, a-z 0-9 . _ -"),
]


def _formula(value: object) -> str:
    text = str(value)
    try:
        if text:
            formula(text)
    except InputError as error:
        raise ValueError(str(error)) from error
    return text


FormulaText = Annotated[
    str,
    BeforeValidator(_formula),
    WithJsonSchema(
        {
            "type": "string",
            "description": "formula",
            "examples": ["used.lime * 1000 / made.alumina"],
        }
    ),
]


class IndicatorClass(Entry):
    """A class of plants that may be compared (``[[classes]]``): a route, an ore class.

    A plant that makes the role ``makes`` belongs to the first class whose ``when``
    holds for what it was really fed.
    """

    id: IndicatorId
    name: str
    name_en: str
    makes: Role = Field(description="role of what such a plant makes")
    when: FormulaText = Field(default="", description="comparison; always where empty")


class Level(Entry):
    """What counts as typical, good and best for a class of plants.

    ``grades`` are the limits of a standard from grade 1 (the strictest) on; the last
    one is what the law asks of plants that stand.
    """

    of: str = Field(default="", description="class of plants; all where empty")
    typical: float | None = None
    good: float | None = None
    best: float | None = None
    limit: float | None = Field(default=None, description="legal limit, if not a grade")
    grades: list[float] = Field(default_factory=list)
    source: str = Field(default="", description="who says so")
    retrieved: date | None = None
    verified: bool = Field(default=False, description="read in the source itself")


class Indicator(Entry):
    """An indicator (``[[indicators]]`` in benchmark/NAME.toml).

    Money of a gap is the gap, times the volume it acts on, times the internal price of
    ``price_with``. Money adds over leaves only: a ``sum`` is what its children sum to,
    a ``product`` is shared among its children by the logarithmic mean, and what stands
    ``within`` another one is shown and not counted.
    """

    id: IndicatorId
    name: str = Field(default="", description="name in Chinese; else of the glossary")
    name_en: str = ""
    definition: str = ""
    definition_en: str = ""
    unit: str = Field(description="unit of the figure, kg/t")
    better: Literal["lower", "higher"] = "lower"
    scope: Literal["unit", "plant", "site", "none"] = Field(
        default="plant",
        description="a unit; the units one circuit joins; these and what serves them; "
        "or none where the books hold nothing of it",
    )
    makes: Role = Field(default="", description="role of what the plant makes")
    numerator: FormulaText = ""
    denominator: FormulaText = Field(default="", description="1 where empty")
    theory: FormulaText = Field(
        default="", description="what stoichiometry or heat allows, for the feed it had"
    )
    theory_by: str = Field(default="", description="what the theory assumes")
    theory_by_en: str = ""
    normalise: Literal["", "ratio", "difference"] = Field(
        default="", description="how a reference is moved to the feed of the month"
    )
    price_with: Literal["numerator", "denominator", "rent", "none"] = "none"
    parent: str = Field(default="", description="indicator its money is a part of")
    combine: Literal["leaf", "sum", "product"] = "leaf"
    power: Literal[-1, 1] = Field(
        default=1, description="as a factor of its parent: multiplies or divides"
    )
    within: str = Field(default="", description="indicator that already counts it")
    controllable: bool = True
    also: list[str] = Field(
        default_factory=list, description="other names in files of peers and kinds"
    )
    needs: str = Field(default="", description="what must be measured to have it")
    needs_en: str = ""
    levels: list[Level] = Field(default_factory=list)
