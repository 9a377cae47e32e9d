"""Charge and digestion: how much liquor an ore needs, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.ore import OreChemistry
from orebook.process.contract import Array
from orebook.process.properties.liquor import (
    ALUMINA,
    RATIO_FACTOR,
    SODA,
    WATER,
    Composition,
    water_density,
)

__all__ = ["Charge", "charge", "water_to_fill"]

_STEPS = 5
_SULPHATE_SODA = SODA / 142.04  # t Na2O per t Na2SO4


@dataclass(frozen=True, slots=True)
class Charge:
    """Ore, liquor and digested slurry per tonne of alumina.

    Parameters
    ----------
    ore : array
        Dry ore [t/t].
    liquor, cold, digested : Composition
        Test-tank liquor, the same with the ore's moisture, and after digestion [t/t].
    volume : array
        Test-tank liquor at 25 degC [m3/t].
    moisture, lime, mud : array
        Free water of the ore, lime, dry digestion residue [t/t].
    """

    ore: Array
    liquor: Composition
    cold: Composition
    digested: Composition
    volume: Array
    moisture: Array
    lime: Array
    mud: Array


def water_to_fill(
    alumina: Array, caustic: Array, carbonate: Array, sulphate: Array, volume: Array
) -> Array:
    """Return all the water of a liquor that fills a volume at 25 degC [t].

    Parameters
    ----------
    alumina, caustic, carbonate, sulphate : array
        Al2O3 and soda of caustic, carbonate and sulphate as Na2O [t].
    volume : array
        Volume [m3].

    Notes
    -----
    Young's rule of `orebook.process.properties.liquor.volume` solved for the water by
    five steps of Newton's method with the exact slope.

    Examples
    --------
    >>> from orebook.process.properties.liquor import volume
    >>> masses = [np.asarray(m) for m in (0.0982, 0.16, 0.017, 0.003)]
    >>> water = water_to_fill(*masses, np.asarray(1.0))
    >>> round(volume(Composition(*masses, water)).item(), 12)
    1.0
    """
    n_al = 2.0 * alumina / ALUMINA
    n_oh = 2.0 * caustic / SODA - n_al
    sodium = 2000.0 * caustic / SODA
    fixed = (
        n_al * 45.0 + n_oh * -5.883 + carbonate / SODA * 6.0 + sulphate / SODA * 22.0
    )
    per_water = 1000.0 / float(water_density(25.0))
    root_part = n_oh * 3.6614 * np.sqrt(sodium)
    plain_part = n_oh * 0.0845 * sodium
    free = np.asarray(0.9 * volume - fixed)
    for _ in range(_STEPS):
        root = np.sqrt(free)
        excess = (
            free * per_water + root_part / root + plain_part / free + fixed - volume
        )
        slope = per_water - 0.5 * root_part / (root * free) - plain_part / free**2
        free = free - excess / slope
    return np.asarray(free + WATER * (2.0 * n_al + 0.5 * n_oh))


def charge(
    p: Mapping[str, Array], chemistry: OreChemistry, *, ratio: Array, alumina: Array
) -> Charge:
    """Return the charge that yields an amount of dissolved alumina at the target ratio.

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.
    chemistry : OreChemistry
        Per tonne of dry ore.
    ratio : array
        Caustic ratio of the test-tank liquor [mol/mol].
    alumina : array
        Al2O3 to be dissolved [t/t].

    Notes
    -----
    Caustic comes in so that after the desilication product and the carbonate have taken
    theirs the ratio is exactly ``digestion_ratio``.

    Examples
    --------
    >>> from orebook.process.alumina.ore import ore_chemistry
    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature")
    >>> made = charge(
    ...     p, ore_chemistry(p), ratio=np.asarray(2.886), alumina=np.asarray(0.9958)
    ... )
    >>> round(made.volume.item(), 3)
    8.31
    """
    ore = alumina / chemistry.extracted
    taken = chemistry.soda_bound + chemistry.soda_carbonated
    target = p["digestion_ratio"]
    needed = chemistry.extracted * target / RATIO_FACTOR + taken
    soda = ore * needed / (1.0 - target / ratio)
    masses = (
        RATIO_FACTOR * soda / ratio,
        soda,
        p["carbonate_share"] * soda,
        soda * p["sulphate"] * _SULPHATE_SODA / 200.0,
    )
    volume = 1000.0 * soda / p["test_tank_caustic"]
    water = water_to_fill(*masses, volume)
    moisture = ore * p["ore_moisture"] / (1.0 - p["ore_moisture"])
    a, n, c, s = masses
    return Charge(
        ore=ore,
        liquor=Composition(a, n, c, s, water),
        cold=Composition(a, n, c, s, water + moisture),
        digested=Composition(
            a + ore * chemistry.extracted,
            n - ore * taken,
            c + ore * chemistry.soda_carbonated,
            s,
            water + moisture + ore * chemistry.water_released,
        ),
        volume=volume,
        moisture=np.asarray(moisture),
        lime=np.asarray(ore * p["lime_ratio"]),
        mud=np.asarray(ore * chemistry.residue_mass),
    )
