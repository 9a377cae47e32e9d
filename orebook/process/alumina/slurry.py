"""Raw slurry: liquor to ore from the target ratio, density, pre-desilication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.charge import Charge
from orebook.process.contract import Array
from orebook.process.properties.liquor import RATIO_FACTOR, density

__all__ = ["SOLIDS_DENSITY", "Slurry", "charge_ratio", "predesilication", "raw_slurry"]

SOLIDS_DENSITY = 3.0
"""Bauxite and lime [t/m3]."""
_ACTIVATION = 9600.0  # K, E/R of kaolinite turning into desilication product (80 kJ)
_REFERENCE = 95.0  # degC, where the rate constant is stated


@dataclass(frozen=True, slots=True)
class Slurry:
    """Raw slurry per tonne of alumina.

    Parameters
    ----------
    liquid_to_solid : array
        Liquor, with the ore's moisture, to ore and lime [t/t].
    liquor_to_ore : array
        Test-tank liquor to dry ore [m3/t].
    density : array
        At 25 degC [kg/m3].
    solids : array
        Ore and lime in the slurry [g/L].
    volume : array
        Slurry at 25 degC [m3/t].
    desilicated : array
        Share of the kaolinite that reacts before digestion [-].
    silica_left : array
        Reactive silica that reaches the heaters [t/t].
    soda_bound : array
        Na2O bound before digestion [t/t].
    tank_volume : array
        Tanks of pre-desilication per production of 1 t/h [m3].
    """

    liquid_to_solid: Array
    liquor_to_ore: Array
    density: Array
    solids: Array
    volume: Array
    desilicated: Array
    silica_left: Array
    soda_bound: Array
    tank_volume: Array


def charge_ratio(
    extracted: Array, soda_taken: Array, *, caustic: Array, before: Array, after: Array
) -> Array:
    """Return test-tank liquor per tonne of dry ore that meets a target ratio [m3/t].

    Parameters
    ----------
    extracted : array
        Al2O3 that leaves the ore for good [t/t dry ore].
    soda_taken : array
        Caustic Na2O that silica and carbonate take [t/t dry ore].
    caustic : array
        Nk of the liquor, as Na2O [g/L].
    before, after : array
        Its caustic ratio, and the target after digestion [mol/mol].

    Notes
    -----
    The charge formula of Chinese practice: caustic that comes in less caustic taken is
    the target ratio times the alumina in solution, that of the liquor included.

    References
    ----------
    .. [1] Yang Chongyu, Technology of alumina production (in Chinese), 1993.

    Examples
    --------
    >>> charge_ratio(0.4919, 0.066, caustic=235.0, before=2.886, after=1.42).round(
    ...     2
    ... ).item()
    4.11
    """
    needed = np.asarray(extracted) * after / RATIO_FACTOR + soda_taken
    return np.asarray(1000.0 * needed / (1.0 - after / np.asarray(before)) / caustic)


def predesilication(temperature: Array, hours: Array, rate: Array) -> Array:
    """Return the share of kaolinite that reacts in pre-desilication [-].

    Parameters
    ----------
    temperature : array
        Of the tanks [degC].
    hours : array
        Time in them [h].
    rate : array
        Rate constant of the plant at 95 degC [1/h].

    Notes
    -----
    First order with an activation energy of 80 kJ/mol; 0.2 per hour lets 80 % react in
    8 h at 95 degC, within the 70 to 90 % of plants. Take the rate from samples.

    References
    ----------
    .. [1] P. Smith, High silica bauxite processing, CSIRO, 2008.

    Examples
    --------
    >>> predesilication(95.0, np.asarray([6.0, 8.0, 10.0]), 0.2).round(2).tolist()
    [0.7, 0.8, 0.86]
    """
    kelvin = np.asarray(temperature, np.float64) + 273.15
    warmth = np.exp(-_ACTIVATION * (1.0 / kelvin - 1.0 / (_REFERENCE + 273.15)))
    return np.asarray(-np.expm1(-np.asarray(rate) * warmth * hours))


def raw_slurry(p: Mapping[str, Array], made: Charge) -> Slurry:
    """Return the slurry of a charge.

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.
    made : Charge
        Ore, lime and liquor.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> found = raw_slurry(p, solve(p).circuit.charge)
    >>> found.liquid_to_solid.round(2).item(), found.density.round(0).item()
    (5.37, 1525.0)
    """
    solids = made.ore + made.lime
    liquor = made.cold.mass
    volume = 1000.0 * liquor / density(made.cold) + solids / SOLIDS_DENSITY
    share = predesilication(
        p["slurry_temperature"], p["predesilication_hours"], p["predesilication_rate"]
    )
    silica = made.ore * p["ore_reactive_silica"]
    return Slurry(
        liquid_to_solid=np.asarray(liquor / solids),
        liquor_to_ore=np.asarray(made.volume / made.ore),
        density=np.asarray(1000.0 * (liquor + solids) / volume),
        solids=np.asarray(1000.0 * solids / volume),
        volume=np.asarray(volume),
        desilicated=share,
        silica_left=np.asarray(silica * (1.0 - share)),
        soda_bound=np.asarray(p["dsp_soda"] * silica * share),
        tank_volume=np.asarray(volume * p["predesilication_hours"]),
    )
