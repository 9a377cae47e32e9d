"""Indicators of a closed circuit, by definition, per tonne of alumina."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orebook.process.alumina.circuit import Circuit
from orebook.process.alumina.evaporation import steam_heat
from orebook.process.alumina.ore import ore_oxides
from orebook.process.alumina.oxides import MOLAR_MASS
from orebook.process.alumina.quality import product_quality
from orebook.process.alumina.slurry import raw_slurry
from orebook.process.alumina.traces import organics, oxalate, silica_in_liquor
from orebook.process.contract import Array
from orebook.process.properties.liquor import RATIO_FACTOR

__all__ = [
    "NAOH_PER_SODA",
    "cycle_efficiency",
    "indicators",
    "theoretical_extraction",
    "theoretical_soda_loss",
]

NAOH_PER_SODA = 2.0 * 39.997 / MOLAR_MASS["Na2O"]
_COAL_KG_PER_GJ = 34.12  # kg of standard coal
_COAL_KG_PER_KWH = 0.1229


def theoretical_extraction(alumina_to_silica: Array) -> Array:
    """Return the extraction when all silica binds its own mass of alumina [-].

    Parameters
    ----------
    alumina_to_silica : array
        A/S of the ore, above 1 [t/t].

    References
    ----------
    .. [1] Chinese practice: desilication product with A/S of 1.

    Examples
    --------
    >>> theoretical_extraction(np.asarray([7.0, 10.0])).round(3).tolist()
    [0.857, 0.9]
    """
    ratio = np.asarray(alumina_to_silica, np.float64)
    return np.asarray((ratio - 1.0) / ratio)


def theoretical_soda_loss(alumina_to_silica: Array) -> Array:
    """Return Na2O bound by silica per alumina extracted [kg/t].

    Parameters
    ----------
    alumina_to_silica : array
        A/S of the ore, above 1 [t/t].

    References
    ----------
    .. [1] Chinese practice: Na2O/SiO2 of 0.608.

    Examples
    --------
    >>> theoretical_soda_loss(np.asarray([7.0, 10.0])).round(1).tolist()
    [101.3, 67.6]
    """
    return np.asarray(608.0 / (np.asarray(alumina_to_silica, np.float64) - 1.0))


def cycle_efficiency(caustic: Array, before: Array, after: Array) -> Array:
    """Return the alumina a test-tank liquor takes up between two ratios [kg/m3].

    Parameters
    ----------
    caustic : array
        Nk, caustic as Na2O [g/L].
    before, after : array
        Caustic ratio of the test-tank liquor and after digestion [mol/mol].

    References
    ----------
    .. [1] Chinese practice, circulation efficiency.

    Examples
    --------
    >>> cycle_efficiency(235.0, 2.886, 1.42).round(1).item()
    138.3
    """
    lean, rich = np.asarray(before, np.float64), np.asarray(after, np.float64)
    return np.asarray(RATIO_FACTOR * caustic * (1.0 / rich - 1.0 / lean))


def indicators(p: Mapping[str, Array], circuit: Circuit) -> dict[str, Array]:
    """Return the indicators of a circuit.

    Parameters
    ----------
    p : mapping
        Its parameters.
    circuit : Circuit
        Closed.

    Returns
    -------
    dict
        Name to value; the unit is the end of the name, else a ratio [-].

    References
    ----------
    .. [1] GB/T 2589: 29.3076 MJ per kg of standard coal, 0.1229 kg per kWh.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> found = indicators(p, solve(p).circuit)
    >>> found["bauxite_t_per_t"].round(3).item(), found["coal_kg_per_t"].round().item()
    (2.024, 309.0)
    """
    return {
        **_ore_and_mud(p, circuit),
        **_soda(circuit),
        **_liquor(p, circuit),
        **_heat(p, circuit),
        **_slurry(p, circuit),
        **_impurities(p, circuit),
    }


def _ore_and_mud(p: Mapping[str, Array], c: Circuit) -> dict[str, Array]:
    ore, residue = ore_oxides(p), c.chemistry.residue
    ore_ratio = ore["Al2O3"] / ore["SiO2"]
    mud_ratio = residue["Al2O3"] / residue["SiO2"]
    final = residue["Al2O3"] + c.washing.hydrolysed / c.charge.ore
    extraction = 1.0 - mud_ratio / ore_ratio
    return {
        "bauxite_t_per_t": c.charge.ore,
        "ore_alumina_to_silica": ore_ratio,
        "mud_t_per_t": c.charge.mud,
        "mud_alumina_to_silica": mud_ratio,
        "mud_soda_to_silica": residue["Na2O"] / residue["SiO2"],
        "extraction": extraction,
        "relative_extraction": extraction / theoretical_extraction(ore_ratio),
        "net_extraction": 1.0 - final / residue["SiO2"] / ore_ratio,
        "recovery": p["product_alumina"] / (c.charge.ore * ore["Al2O3"]),
        "lime_kg_per_t": 1000.0 * (c.charge.lime + c.causticisation.lime),
        "dissolved_alumina_lost_kg_per_t": 1000.0 * c.washing.alumina_lost,
        "wash_water_t_per_t": c.wash_water,
    }


def _soda(c: Circuit) -> dict[str, Array]:
    per = 1000.0 * NAOH_PER_SODA
    in_mud = c.washing.soda_lost
    return {
        "caustic_kg_per_t": per * c.make_up,
        "caustic_bound_kg_per_t": per * c.charge.ore * c.chemistry.soda_bound,
        "caustic_mud_kg_per_t": per * in_mud,
        "soluble_soda_kg_per_t_mud": 1000.0 * in_mud / c.charge.mud,
    }


def _liquor(p: Mapping[str, Array], c: Circuit) -> dict[str, Array]:
    def ratio(liquor_alumina: Array, soda: Array) -> Array:
        return np.asarray(RATIO_FACTOR * soda / liquor_alumina)

    pregnant, spent = c.washing.pregnant.arrays, c.spent.arrays
    made = c.charge.liquor.arrays
    yielded = c.pregnant_alumina - c.spent_alumina
    return {
        "test_tank_liquor_m3_per_t": c.charge.volume,
        "test_tank_ratio": ratio(made[0], made[1]),
        "pregnant_alumina_g_per_l": c.pregnant_alumina,
        "pregnant_ratio": ratio(pregnant[0], pregnant[1]),
        "spent_ratio": ratio(spent[0], spent[1]),
        "yield_kg_per_m3": yielded,
        "decomposition": yielded / c.pregnant_alumina,
        "supersaturation": c.supersaturation,
        "precipitator_m3h_per_t": c.pregnant_volume * p["precipitation_hours"],
    }


def _heat(p: Mapping[str, Array], c: Circuit) -> dict[str, Array]:
    evaporation = steam_heat(p, c.evaporated)
    steam = c.flash.live_heat + evaporation + p["fixed_heat"]
    total = steam / p["boiler_efficiency"] + p["calciner_heat"]
    coal = _COAL_KG_PER_GJ * total + _COAL_KG_PER_KWH * p["power_use"]
    return {
        "flash_vapour_t_per_t": c.flash.vapour,
        "preheat_degc": c.flash.preheat,
        "digestion_heat_gj_per_t": c.flash.live_heat,
        "evaporation_t_per_t": c.evaporated,
        "evaporation_heat_gj_per_t": evaporation,
        "heat_gj_per_t": np.asarray(total),
        "coal_kg_per_t": np.asarray(coal),
    }


def _slurry(p: Mapping[str, Array], c: Circuit) -> dict[str, Array]:
    made = raw_slurry(p, c.charge)
    return {
        "charge_m3_per_t": made.liquor_to_ore,
        "liquid_to_solid": made.liquid_to_solid,
        "slurry_density": made.density,
        "predesilication": made.desilicated,
        "silica_to_digestion_kg_per_t": 1000.0 * made.silica_left,
    }


def _impurities(p: Mapping[str, Array], c: Circuit) -> dict[str, Array]:
    sold, carbon, salt = product_quality(p, c), organics(p, c), oxalate(p, c)
    return {
        "carbonate_purged_kg_per_t": 1000.0 * c.causticisation.purged,
        "silica_in_liquor_g_per_l": silica_in_liquor(p, c),
        "organic_carbon_in_kg_per_t": carbon.entered,
        "organic_carbon_to_remove_kg_per_t": carbon.to_remove,
        "oxalate_limit_g_per_l": salt.limit,
        "oxalate_to_remove_kg_per_t": salt.to_remove,
        "product_soda": sold.soda,
        "product_silica": sold.silica,
        "product_loss_on_ignition": sold.loss_on_ignition,
        "product_fines": sold.fines,
    }
