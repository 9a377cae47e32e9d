"""The oxide basis: what streams are made of, and the elements behind it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orebook.process.contract import Array

__all__ = [
    "COMPONENTS",
    "ELEMENTS",
    "GIBBSITE_WATER",
    "KAOLINITE_ALUMINA",
    "KAOLINITE_WATER",
    "MOLAR_MASS",
    "MONOHYDRATE_WATER",
    "SODA_PER_CARBON_DIOXIDE",
    "elements",
]

MOLAR_MASS: Mapping[str, float] = {
    "Al2O3": 101.961,
    "SiO2": 60.084,
    "Fe2O3": 159.688,
    "CaO": 56.077,
    "TiO2": 79.866,
    "Na2O": 61.979,
    "CO2": 44.010,
    "SO3": 80.063,
    "H2O": 18.015,
}
"""Molar mass of each oxide [g/mol]."""

COMPONENTS = (*MOLAR_MASS, "other")
"""Components of every stream; ``other`` is what an assay leaves open, and is inert."""

_ATOMS: Mapping[str, tuple[str, int, float]] = {
    "Al2O3": ("Al", 2, 26.982),
    "SiO2": ("Si", 1, 28.086),
    "Fe2O3": ("Fe", 2, 55.845),
    "CaO": ("Ca", 1, 40.078),
    "TiO2": ("Ti", 1, 47.867),
    "Na2O": ("Na", 2, 22.990),
    "CO2": ("C", 1, 12.011),
    "SO3": ("S", 1, 32.066),
    "H2O": ("H", 2, 1.008),
}
ELEMENTS = tuple(symbol for symbol, _, _ in _ATOMS.values())
"""Elements that are conserved; oxygen follows from mass."""

GIBBSITE_WATER = 3.0 * MOLAR_MASS["H2O"] / MOLAR_MASS["Al2O3"]
MONOHYDRATE_WATER = MOLAR_MASS["H2O"] / MOLAR_MASS["Al2O3"]
KAOLINITE_ALUMINA = MOLAR_MASS["Al2O3"] / (2.0 * MOLAR_MASS["SiO2"])
KAOLINITE_WATER = MOLAR_MASS["H2O"] / MOLAR_MASS["SiO2"]
SODA_PER_CARBON_DIOXIDE = MOLAR_MASS["Na2O"] / MOLAR_MASS["CO2"]


def elements(masses: Mapping[str, Array]) -> dict[str, Array]:
    """Return the mass of each element in oxides [t].

    Parameters
    ----------
    masses : mapping
        Mass by component [t].

    Examples
    --------
    >>> round(elements({"Al2O3": np.asarray(1.0)})["Al"].item(), 4)
    0.5293
    """
    return {
        symbol: np.asarray(masses[oxide] * (count * atom / MOLAR_MASS[oxide]))
        for oxide, (symbol, count, atom) in _ATOMS.items()
        if oxide in masses
    }
