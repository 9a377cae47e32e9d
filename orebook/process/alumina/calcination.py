"""Calcination: water driven off, heat bound and lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.process.alumina.oxides import GIBBSITE_WATER
from orebook.process.contract import Array

__all__ = ["Calcination", "calcine", "hydrate_oxides", "least_heat"]

REACTION_GJ = 1.815  # per t Al2O3 from gibbsite to alumina and steam at 25 degC
VAPORISATION_GJ = 2.442  # per t water at 25 degC


@dataclass(frozen=True, slots=True)
class Calcination:
    """Calcination per tonne of alumina.

    Parameters
    ----------
    hydrate : mapping
        Dry hydrate by oxide [t/t].
    moisture : array
        Free water with it [t/t].
    product : mapping
        Alumina by oxide; water is its loss on ignition [t/t].
    vapour : array
        Water driven off [t/t].
    bound_heat : array
        Heat taken up by reaction and drying at 25 degC [GJ/t].
    """

    hydrate: Mapping[str, Array]
    moisture: Array
    product: Mapping[str, Array]
    vapour: Array
    bound_heat: Array


def hydrate_oxides(alumina: Array, soda: Array) -> dict[str, Array]:
    """Return dry hydrate that carries an amount of alumina and soda, by oxide [t].

    Examples
    --------
    >>> made = hydrate_oxides(np.asarray(1.0), np.asarray(0.0))
    >>> made["H2O"].round(4).item()
    0.5301
    """
    return {"Al2O3": alumina, "H2O": GIBBSITE_WATER * alumina, "Na2O": soda}


def calcine(p: Mapping[str, Array]) -> Calcination:
    """Return the calcination of one tonne of alumina.

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.

    Notes
    -----
    ``2 Al(OH)3 = Al2O3 + 3 H2O``, 1.815 GJ/t Al2O3 at 25 degC from the enthalpies of
    formation, and 2.442 GJ/t of free water.

    References
    ----------
    .. [1] A. Scarsella et al., Energy in alumina refining, 2015.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> done = calcine(plant("high_temperature"))
    >>> done.vapour.round(3).item(), done.bound_heat.round(2).item()
    (0.621, 2.03)
    """
    alumina, soda = p["product_alumina"], p["product_soda"]
    hydrate = hydrate_oxides(alumina, soda)
    dry = np.asarray(sum(hydrate.values()))
    moisture = dry * p["hydrate_moisture"] / (1.0 - p["hydrate_moisture"])
    left = 1.0 - alumina - soda
    vapour = np.asarray(hydrate["H2O"] + moisture - left)
    return Calcination(
        hydrate=hydrate,
        moisture=np.asarray(moisture),
        product={"Al2O3": alumina, "Na2O": soda, "H2O": left},
        vapour=vapour,
        bound_heat=np.asarray(
            REACTION_GJ * alumina + VAPORISATION_GJ * (moisture - left)
        ),
    )


def least_heat(moisture: Array) -> Array:
    """Return the least fuel of a calciner without any loss [GJ/t alumina].

    Parameters
    ----------
    moisture : array
        Free moisture of the hydrate [-].

    References
    ----------
    .. [1] Enthalpies of formation at 25 degC.

    Examples
    --------
    >>> least_heat(np.asarray(0.06)).round(2).item()
    2.05
    """
    u = np.asarray(moisture, np.float64)
    return np.asarray(
        REACTION_GJ + (1.0 + GIBBSITE_WATER) * VAPORISATION_GJ * u / (1.0 - u)
    )
