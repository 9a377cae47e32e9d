"""What rides on the closed circuit in traces: silica, organic carbon, oxalate.

Each has a balance of its own. They are too small to move the main balance (silica in
the alumina is a thousandth of the ore's), so they are told once the circuit is closed.
The carbonate that organics turn into is taken to be in ``ore_carbon_dioxide``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.alumina.circuit import Circuit
from orebook.process.alumina.solve import Solved, solve
from orebook.process.contract import Array
from orebook.process.properties.liquor import (
    ALUMINA_PER_CARBONATE,
    CARBONATE_PER_SODA,
)

__all__ = [
    "Organics",
    "Oxalate",
    "organics",
    "oxalate",
    "oxalate_solubility",
    "silica_in_liquor",
    "steady_organics",
]

_OXALATE_PER_CARBON = 134.0 / 24.022  # t Na2C2O4 per t C
_SETTLED = 1e-10
_ROUNDS = 60


def silica_in_liquor(p: Mapping[str, Array], c: Circuit) -> Array:
    """Return SiO2 dissolved in the pregnant liquor [g/L].

    Parameters
    ----------
    p, c
        Parameters and closed circuit.

    Notes
    -----
    The silica index of the plant, Al2O3 to SiO2 after desilication; 0.3 to 0.8 g/L.

    References
    ----------
    .. [1] P. Smith, High silica bauxite processing, CSIRO, 2008.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature")
    >>> silica_in_liquor(p, solve(p).circuit).round(2).item()
    0.74
    """
    return np.asarray(c.pregnant_alumina / p["silica_index"])


@dataclass(frozen=True, slots=True)
class Organics:
    """Organic carbon per tonne of alumina, the level of the liquor held [kg/t].

    Parameters
    ----------
    entered : array
        Dissolved from the ore.
    left_in_mud : array
        Never dissolved; leaves with the residue.
    degraded : array
        Broken down in digestion.
    with_mud, with_product : array
        With the liquor of the mud, and in the alumina.
    to_remove : array
        What must be removed besides, or the level rises; below 0 it falls.
    """

    entered: Array
    left_in_mud: Array
    degraded: Array
    with_mud: Array
    with_product: Array
    to_remove: Array


def organics(p: Mapping[str, Array], c: Circuit) -> Organics:
    """Return the balance of organic carbon at the level of the liquor.

    Parameters
    ----------
    p, c
        Parameters and closed circuit.

    Notes
    -----
    All figures of a plant: share dissolved, share broken down per passage. With the
    level held (``organic_carbon``, at which saturation is taken) what must be removed
    follows; `steady_organics` finds the level for a removal instead.

    References
    ----------
    .. [1] Balance of matter; typical shares, to be replaced by the plant's own.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature")
    >>> found = organics(p, solve(p).circuit)
    >>> found.entered.round(2).item(), found.to_remove.round(2).item()
    (1.11, 0.24)
    """
    inside = 1000.0 * c.charge.ore * p["ore_organic_carbon"]
    entered = inside * p["organic_extraction"]
    held = p["organic_carbon"] * c.pregnant_volume
    degraded = held * p["organic_degradation"]
    with_mud = held * _lost_share(c)
    with_product = 1000.0 * p["organic_in_product"]
    return Organics(
        entered=np.asarray(entered),
        left_in_mud=np.asarray(inside - entered),
        degraded=np.asarray(degraded),
        with_mud=np.asarray(with_mud),
        with_product=np.asarray(with_product),
        to_remove=np.asarray(entered - degraded - with_mud - with_product),
    )


def _lost_share(c: Circuit) -> Array:
    """Return what the mud takes of a solute, of what goes with pregnant liquor [-]."""
    caustic = np.asarray(c.washing.pregnant.caustic)
    return np.asarray(np.asarray(c.washing.cake.caustic) / caustic)


def steady_organics(
    plant: Mapping[str, Array], removed: npt.ArrayLike = 0.0
) -> tuple[Array, Solved]:
    """Return the organic carbon a circuit settles at, and the circuit there.

    Parameters
    ----------
    plant : mapping
        All parameters; ``organic_carbon`` is where the search starts.
    removed : float or array
        Carbon removed besides mud, product and breakdown [kg/t alumina].

    Returns
    -------
    level : array
        Organic carbon of the pregnant liquor [g/L].
    solved : Solved
        The circuit closed at that level.

    Raises
    ------
    InputError
        If more would be removed than enters, or no level within 0 to 60 g/L is steady.

    Notes
    -----
    More organics dissolve more alumina in precipitation, yield falls, more liquor goes
    round and breaks down more: the level and the circuit are closed together.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> level, _ = steady_organics(plant("high_temperature"), removed=0.24)
    >>> level.round(1).item()
    6.0
    """
    level = np.asarray(plant["organic_carbon"], np.float64)
    gone = np.asarray(removed, np.float64)
    start = None
    for _ in range(_ROUNDS):
        solved = solve({**plant, "organic_carbon": level}, start=start)
        c, start = solved.circuit, solved.tears
        told = organics({**plant, "organic_carbon": level}, c)
        per_level = c.pregnant_volume * (plant["organic_degradation"] + _lost_share(c))
        new = np.asarray((told.entered - told.with_product - gone) / per_level)
        if not np.all((new >= 0.0) & (new <= 60.0)):
            bad = np.extract(~((new >= 0.0) & (new <= 60.0)), new)[0]
            raise InputError(
                f"organic carbon would settle at {bad:.3g} g/L with {np.max(gone):g} "
                "kg/t removed; expected 0 to 60 g/L; check ore_organic_carbon, "
                "organic_degradation and what is removed"
            )
        if np.all(np.abs(new - level) <= _SETTLED * np.maximum(new, 1.0)):
            break
        level = new
    return new, solved


@dataclass(frozen=True, slots=True)
class Oxalate:
    """Sodium oxalate as a limit of the liquor.

    Parameters
    ----------
    limit : array
        What the spent liquor holds at the last tank [g/L Na2C2O4].
    formed : array
        Made of organics dissolved and broken down [kg/t alumina].
    with_mud : array
        Leaves with the liquor of the mud at the limit [kg/t alumina].
    to_remove : array
        Must be removed or crystallises on the seed [kg/t alumina]; at least 0.
    """

    limit: Array
    formed: Array
    with_mud: Array
    to_remove: Array


def oxalate_solubility(
    temperature: npt.ArrayLike, free_caustic: npt.ArrayLike, carbonate: npt.ArrayLike
) -> Array:
    """Return sodium oxalate in equilibrium with a liquor [g/L Na2C2O4].

    Parameters
    ----------
    temperature : float or array
        [degC].
    free_caustic, carbonate : float or array
        NaOH not bound to alumina, and carbonate, both as Na2CO3 [g/L].

    Notes
    -----
    Exponential in all three; the form of a correlation of British Aluminium used by
    simulators, with constants from general knowledge. Less caustic and more warmth hold
    more, as the Bromley model of Li and others has it.

    References
    ----------
    .. [1] Li Xiaobin et al., Calculation model of sodium oxalate's solubility in sodium
       aluminate solution, Chinese Journal of Nonferrous Metals, 2014 (directions).

    Examples
    --------
    >>> oxalate_solubility([50.0, 60.0], 120.0, 30.0).round(2).tolist()
    [1.46, 1.65]
    """
    t, free, salt = (
        np.asarray(x, np.float64) for x in (temperature, free_caustic, carbonate)
    )
    return np.asarray(7.62 * np.exp(0.012 * t - 0.016 * free - 0.011 * salt))


def oxalate(p: Mapping[str, Array], c: Circuit) -> Oxalate:
    """Return what oxalate the circuit makes, holds, and must be rid of.

    Parameters
    ----------
    p, c
        Parameters and closed circuit.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature")
    >>> found = oxalate(p, solve(p).circuit)
    >>> found.limit.round(2).item(), found.to_remove.round(2).item()
    (0.94, 0.65)
    """
    told = organics(p, c)
    caustic = CARBONATE_PER_SODA * p["pregnant_caustic"]
    bound = c.spent_alumina / ALUMINA_PER_CARBONATE
    salt = CARBONATE_PER_SODA * 1000.0 * np.asarray(c.washing.pregnant.carbonate)
    carbonate = salt / c.pregnant_volume
    held = oxalate_solubility(p["last_temperature"], caustic - bound, carbonate)
    limit = held * p["oxalate_stability"]
    formed = (told.entered + told.degraded) * p["oxalate_share"] * _OXALATE_PER_CARBON
    with_mud = limit * c.pregnant_volume * _lost_share(c)
    return Oxalate(
        limit=np.asarray(limit),
        formed=np.asarray(formed),
        with_mud=np.asarray(with_mud),
        to_remove=np.asarray(np.maximum(formed - with_mud, 0.0)),
    )
