"""Materials and their assays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from orebook.chain.fields import AnyMeasure, AnyRate, Entry, Fraction, Id
from orebook.chain.role import Role
from orebook.quantity import rate

HOURS_PER_DAY = 24.0
HEAT = "energy"  # heating value among the qualities of a material
MONTH_HOURS = 730.0  # mean month of a year of 8760 h
Amount = float | NDArray[np.float64]
MaterialUnit = Literal["t", "MWh", "GJ", "m3"]
MaterialClass = Literal[
    "ore",
    "intermediate",
    "product",
    "reagent",
    "fuel",
    "power",
    "steam",
    "water",
    "emission",
    "waste",
]
Component = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class Material(Entry):
    """One material, the same wherever it lies (``[[materials]]`` in materials.toml).

    ``assay`` holds mass fractions on the dry basis that the tonnes are counted on;
    ``heat`` is the net heating value of a fuel or the useful enthalpy of steam.
    ``hours`` makes power a good of its own in a band of a time-of-use tariff. The
    quality of a ``mixed`` material is that of what is mixed at each place; its
    ``assay`` then holds for what is bought or made by a recipe.
    """

    id: Id
    name: str
    name_en: str
    unit: MaterialUnit = "t"
    group: MaterialClass
    assay: dict[Component, Fraction] = Field(default_factory=dict)
    heat: AnyMeasure | None = Field(default=None, description="GJ per unit")
    hours: AnyRate | None = Field(
        default=None, description="hours of the day this power flows in; else always"
    )
    mixed: bool = Field(
        default=False, description="a pool: the plan chooses what it is mixed of"
    )
    role: Role = Field(
        default="", description="what it is to an indicator; by its class where empty"
    )
    note: str = ""

    @property
    def day_hours(self) -> float:
        """Hours of a day in which it flows [h/d]; 24 where none are stated."""
        if self.hours is None:
            return HOURS_PER_DAY
        text = f"{self.hours.number!r} {self.hours.unit}"
        return rate(text, "h").in_hours(HOURS_PER_DAY, HOURS_PER_DAY / MONTH_HOURS)

    @property
    def heat_gj(self) -> float:
        """Heat content [GJ per unit]; 0 where none is stated."""
        return 0.0 if self.heat is None else self.heat.to(f"GJ/{self.unit}")


class QualityLimit(Entry):
    """A limit on the quality of a blend: a component, or a ratio (``Al2O3/SiO2``).

    ``energy`` is the heating value of a blend of fuels (``min = "19.5 GJ/t"``).

    Ratios of two components stay linear in the flows that are blended.
    """

    of: str = Field(description="component, component/component, or energy")
    min: AnyMeasure | None = None
    max: AnyMeasure | None = None

    def coefficients(self, assay: Mapping[str, Amount]) -> tuple[Amount, Amount]:
        """Return (excess over max, shortfall under min) per tonne of one ingredient.

        Each must sum to at most zero over the blend; a side that is not limited
        returns 0. Fractions are dimensionless [-], each a number or one per period.
        """
        top, _, bottom = self.of.partition("/")
        value: Amount = assay.get(top, 0.0)
        base: Amount = assay.get(bottom, 0.0) if bottom else 1.0
        most, least = self.bound("max"), self.bound("min")
        over = 0.0 if most is None else value - most * base
        under = 0.0 if least is None else least * base - value
        return over, under

    def bound(self, side: Literal["min", "max"]) -> float | None:
        """Return a side as a number: a fraction or ratio [-], of ``energy`` [GJ/t].

        Raises
        ------
        UnitError
            If it is written in another unit.
        """
        value = self.min if side == "min" else self.max
        return None if value is None else value.to(self.unit)

    @property
    def unit(self) -> str:
        """Unit its sides are written in."""
        return "GJ/t" if self.of == HEAT else ""
