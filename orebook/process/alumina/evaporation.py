"""Evaporation: the circuit's water balance and the steam it takes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orebook.process.contract import Array

__all__ = ["steam_economy", "steam_heat"]

STEAM_GJ_PER_T = 2.65


def steam_economy(effects: Array) -> Array:
    """Return the steam per water evaporated [t/t].

    Parameters
    ----------
    effects : array
        Number of effects [-].

    Notes
    -----
    ``1.12 / n + 0.05``: an overall balance with liquor pre-heaters and product flash;
    six effects take 0.237, within the 0.22 to 0.25 of plants.

    References
    ----------
    .. [1] Correlation for falling-film trains, fitted to plant figures of four to
       seven effects.

    Examples
    --------
    >>> steam_economy(np.asarray([4.0, 6.0])).round(3).tolist()
    [0.33, 0.237]
    """
    return np.asarray(1.12 / np.asarray(effects, np.float64) + 0.05)


def steam_heat(p: Mapping[str, Array], evaporated: Array) -> Array:
    """Return the heat of the steam for evaporation [GJ/t alumina].

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.
    evaporated : array
        Water evaporated [t/t].

    Examples
    --------
    >>> steam_heat({"evaporator_effects": np.asarray(6.0)}, np.asarray(3.29)).round(
    ...     2
    ... ).item()
    2.06
    """
    return np.asarray(
        evaporated * steam_economy(p["evaporator_effects"]) * STEAM_GJ_PER_T
    )
