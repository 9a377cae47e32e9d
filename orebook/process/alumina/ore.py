"""Chemistry of the ore: what dissolves, what it binds, what is left as mud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.oxides import (
    GIBBSITE_WATER,
    KAOLINITE_ALUMINA,
    KAOLINITE_WATER,
    MOLAR_MASS,
    MONOHYDRATE_WATER,
    SODA_PER_CARBON_DIOXIDE,
)
from orebook.process.alumina.smooth import soft_minimum
from orebook.process.contract import Array

__all__ = ["OreChemistry", "ore_chemistry", "ore_oxides"]

_TITANATE_LIME = MOLAR_MASS["CaO"] / MOLAR_MASS["TiO2"]  # t CaO per t TiO2
_ROUND = 1e-6  # width of the smooth extents [t/t dry ore]


@dataclass(frozen=True, slots=True)
class OreChemistry:
    """What one tonne of dry ore does in digestion, with its lime [t/t dry ore].

    Parameters
    ----------
    extracted : array
        Al2O3 that dissolves less what silica and lime bind again.
    soda_bound : array
        Na2O in the desilication product.
    soda_carbonated : array
        Caustic Na2O turned into carbonate by the CO2 of ore and lime.
    water_released : array
        Bound water set free.
    residue : mapping
        Dry mud by oxide.
    dissolution_heat : array
        Heat that dissolving hydrates takes [GJ/t dry ore].
    """

    extracted: Array
    soda_bound: Array
    soda_carbonated: Array
    water_released: Array
    residue: Mapping[str, Array]
    dissolution_heat: Array

    @property
    def residue_mass(self) -> Array:
        """Dry mud [t/t dry ore]."""
        return np.asarray(sum(self.residue.values()))


def ore_oxides(p: Mapping[str, Array]) -> dict[str, Array]:
    """Return the dry ore by oxide; what the assay leaves open is ``other`` [t/t].

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> ore = ore_oxides(plant("high_temperature"))
    >>> round(sum(ore.values()).item(), 12), ore["other"].round(4).item()
    (1.0, 0.0321)
    """
    gibbsite, monohydrate = p["ore_gibbsite"], p["ore_monohydrate"]
    silica = p["ore_reactive_silica"]
    found = {
        "Al2O3": gibbsite + monohydrate + KAOLINITE_ALUMINA * silica,
        "SiO2": silica + p["ore_quartz"],
        "Fe2O3": p["ore_iron_oxide"],
        "TiO2": p["ore_titania"],
        "CO2": p["ore_carbon_dioxide"],
        "H2O": GIBBSITE_WATER * gibbsite
        + MONOHYDRATE_WATER * monohydrate
        + KAOLINITE_WATER * silica,
    }
    return {**found, "other": 1.0 - sum(found.values(), np.zeros(()))}


def ore_chemistry(p: Mapping[str, Array]) -> OreChemistry:
    """Return what a tonne of dry ore dissolves, binds and leaves.

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.

    Notes
    -----
    All kaolinite and a share of the quartz dissolve. Lime binds titania first
    (CaTiO3), the rest forms hydrogarnet with at most 90 % of the dissolved silica;
    what silica remains forms the desilication product.

    References
    ----------
    .. [1] P. Smith, High silica bauxite processing, CSIRO, 2008.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> ore_chemistry(plant("high_temperature")).extracted.round(4).item()
    0.4919
    """
    lime, silica = p["lime_ratio"], p["ore_reactive_silica"]
    calcium = lime * p["lime_cao"]
    titanate = soft_minimum(calcium, _TITANATE_LIME * p["ore_titania"], _ROUND)
    garnet = (calcium - titanate) / (3.0 * MOLAR_MASS["CaO"])
    dissolved = silica + p["ore_quartz"] * p["quartz_attack"]
    wanted = MOLAR_MASS["SiO2"] * garnet * p["hydrogarnet_silica"]
    garnet_silica = soft_minimum(wanted, 0.9 * dissolved, _ROUND)
    product = dissolved - garnet_silica
    left_gibbsite = p["ore_gibbsite"] * (1.0 - p["extraction_gibbsite"])
    left_monohydrate = p["ore_monohydrate"] * (1.0 - p["extraction_monohydrate"])
    ore = ore_oxides(p)
    residue = {
        "Al2O3": left_gibbsite
        + left_monohydrate
        + p["dsp_alumina"] * product
        + MOLAR_MASS["Al2O3"] * garnet,
        "SiO2": ore["SiO2"],
        "Fe2O3": ore["Fe2O3"],
        "CaO": calcium,
        "TiO2": ore["TiO2"],
        "Na2O": p["dsp_soda"] * product,
        "H2O": GIBBSITE_WATER * left_gibbsite
        + MONOHYDRATE_WATER * left_monohydrate
        + p["dsp_water"] * product
        + MOLAR_MASS["H2O"] * (6.0 * garnet - 2.0 * garnet_silica / MOLAR_MASS["SiO2"]),
        "other": ore["other"] + lime * (1.0 - p["lime_cao"] - p["lime_carbon_dioxide"]),
    }
    carbon_dioxide = ore["CO2"] + lime * p["lime_carbon_dioxide"]
    return OreChemistry(
        extracted=np.asarray(ore["Al2O3"] - residue["Al2O3"]),
        soda_bound=np.asarray(residue["Na2O"]),
        soda_carbonated=np.asarray(SODA_PER_CARBON_DIOXIDE * carbon_dioxide),
        water_released=np.asarray(ore["H2O"] - residue["H2O"]),
        residue=residue,
        dissolution_heat=_dissolution_heat(p),
    )


def _dissolution_heat(p: Mapping[str, Array]) -> Array:
    """Return the heat taken up [GJ/t]: 607 kJ/kg Al2O3 gibbsite, 500 monohydrate."""
    gibbsite = p["ore_gibbsite"] * p["extraction_gibbsite"]
    monohydrate = p["ore_monohydrate"] * p["extraction_monohydrate"]
    return np.asarray(0.607 * gibbsite + 0.500 * monohydrate)
