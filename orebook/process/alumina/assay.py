"""From the assay of an ore in the book to the minerals the circuit knows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orebook.process.alumina.oxides import KAOLINITE_ALUMINA
from orebook.process.contract import Array

__all__ = ["ORE", "blend", "minerals", "told"]

ORE = (
    "ore_gibbsite",
    "ore_monohydrate",
    "ore_reactive_silica",
    "ore_quartz",
    "ore_iron_oxide",
    "ore_titania",
    "ore_carbon_dioxide",
    "ore_moisture",
    "ore_organic_carbon",
)
"""Parameters of the circuit that an assay decides."""

_OXIDES: Mapping[str, str] = {
    "ore_iron_oxide": "Fe2O3",
    "ore_titania": "TiO2",
    "ore_carbon_dioxide": "CO2",
    "ore_moisture": "Moisture",
    "ore_organic_carbon": "TOC",
}


_PARTS: Mapping[str, tuple[str, ...]] = {
    "SiO2": ("SiO2_r",),
    "Al2O3": ("Al2O3_g", "Al2O3_m"),
}
"""Oxides, and the parts of them that a laboratory tells less often."""


def told(nominal: Mapping[str, Array], given: Mapping[str, Array]) -> dict[str, Array]:
    """Return an assay with what is given in place of what the book states.

    Parameters
    ----------
    nominal, given : mapping
        Mass fractions by component [-].

    Notes
    -----
    Where an oxide is given without its parts (``SiO2`` without ``SiO2_r``) the parts
    keep their share of it.

    Examples
    --------
    >>> book = {"SiO2": np.asarray(0.10), "SiO2_r": np.asarray(0.08)}
    >>> told(book, {"SiO2": np.asarray(0.05)})["SiO2_r"].round(3).item()
    0.04
    """
    found = {**nominal, **given}
    for oxide, parts in _PARTS.items():
        if oxide not in given or oxide not in nominal:
            continue
        whole = np.asarray(nominal[oxide], np.float64)
        ratio = given[oxide] / np.where(whole > 0.0, whole, 1.0)
        for part in parts:
            if part in nominal and part not in given:
                found[part] = np.asarray(nominal[part] * ratio)
    return found


def minerals(
    assay: Mapping[str, Array], plant: Mapping[str, Array]
) -> dict[str, Array]:
    """Return the minerals of an ore, and the alumina that no digestion reaches.

    Parameters
    ----------
    assay : mapping
        Mass fractions of dry ore by component: ``Al2O3`` and ``SiO2``; where known
        ``Al2O3_g`` as gibbsite, ``Al2O3_m`` as boehmite or diaspore, ``SiO2_r``
        reactive, ``Fe2O3``, ``TiO2``, ``CO2``, ``TOC`` (organic carbon) and
        ``Moisture`` of the wet ore [-].
    plant : mapping
        Parameters of the circuit: what the assay does not say is split as there.

    Returns
    -------
    dict
        The parameters of `ORE`, and ``locked``: Al2O3 in minerals that do not dissolve.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> assay = {"Al2O3": np.asarray(0.63), "SiO2": np.asarray(0.10)}
    >>> found = minerals(assay, plant("high_temperature"))
    >>> found["ore_reactive_silica"].round(4).item()
    0.0955
    >>> found["ore_monohydrate"].round(4).item()
    0.549
    """
    silica = np.asarray(assay["SiO2"], np.float64)
    usual = plant["ore_reactive_silica"]
    share = usual / (usual + plant["ore_quartz"])
    reactive = np.asarray(assay.get("SiO2_r", silica * share), np.float64)
    total = np.asarray(assay["Al2O3"], np.float64)
    free = total - KAOLINITE_ALUMINA * reactive
    if "Al2O3_g" in assay or "Al2O3_m" in assay:
        gibbsite = np.asarray(assay.get("Al2O3_g", 0.0), np.float64)
        monohydrate = np.asarray(assay.get("Al2O3_m", 0.0), np.float64)
    else:
        three, one = plant["ore_gibbsite"], plant["ore_monohydrate"]
        gibbsite = free * three / (three + one)
        monohydrate = free * one / (three + one)
    others = {k: assay.get(v, plant[k]) for k, v in _OXIDES.items()}
    return {
        "ore_gibbsite": np.asarray(gibbsite),
        "ore_monohydrate": np.asarray(monohydrate),
        "ore_reactive_silica": reactive,
        "ore_quartz": np.asarray(silica - reactive),
        **{k: np.asarray(v, np.float64) for k, v in others.items()},
        "locked": np.asarray(free - gibbsite - monohydrate),
    }


def blend(
    ores: Mapping[str, Mapping[str, Array]],
    shares: Mapping[str, float] | Mapping[str, Array],
) -> dict[str, Array]:
    """Return the minerals of a blend of ores, by shares of dry ore.

    Parameters
    ----------
    ores : mapping
        Ore to its minerals, from `minerals`.
    shares : mapping
        Ore to its part of the blend; only their ratios count [-].

    Notes
    -----
    Moisture counts on the wet ore, so it is blended as water per dry ore.

    Examples
    --------
    >>> half = {"ore_quartz": np.asarray(0.02), "ore_moisture": np.asarray(0.1)}
    >>> other = {"ore_quartz": np.asarray(0.04), "ore_moisture": np.asarray(0.1)}
    >>> mixed = blend({"a": half, "b": other}, {"a": 1.0, "b": 1.0})
    >>> mixed["ore_quartz"].round(3).item(), mixed["ore_moisture"].round(3).item()
    (0.03, 0.1)
    """
    whole = sum((np.asarray(share) for share in shares.values()), np.zeros(()))
    found: dict[str, Array] = {}
    for ore, content in ores.items():
        part = np.asarray(shares.get(ore, 0.0)) / whole
        for name, value in content.items():
            wet = value / (1.0 - value) if name == "ore_moisture" else value
            found[name] = np.asarray(found.get(name, 0.0) + part * wet)
    if "ore_moisture" in found:
        wet = found["ore_moisture"]
        found["ore_moisture"] = np.asarray(wet / (1.0 + wet))
    return found
