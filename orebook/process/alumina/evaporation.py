"""Evaporation: the circuit's water balance and the steam it takes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orebook.process.contract import Array

__all__ = ["overall_steam", "steam_economy", "steam_heat"]

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


def overall_steam(
    evaporated: Array,
    *,
    effects: Array,
    feed: tuple[Array, Array, Array],
    product: tuple[Array, Array, Array],
    condensate_temperature: float = 50.0,
    loss: float = 0.0,
) -> Array:
    """Return live steam by the heat balance of the whole train [t/t evaporated].

    Parameters
    ----------
    evaporated : array
        Water evaporated [t].
    effects : array
        Number of effects [-].
    feed, product : tuple
        Mass [t], heat capacity [kJ/(kg K)] and temperature [degC] of the liquor where
        it enters and leaves, heat exchangers and flash stages included.
    condensate_temperature : float
        At which the condensate leaves [degC].
    loss : float
        Heat lost [GJ].

    Notes
    -----
    ``S l = (E / n) l + m_out cp T_out - m_in cp T_in + E cp_w T_c + loss``. It shows
    what pre-heaters and product flash are worth: without them liquor leaves at the
    temperature of the first effect. `steam_economy` is what trains with both reach.

    References
    ----------
    .. [1] First law of thermodynamics.

    Examples
    --------
    Six effects whose liquor leaves at 125 degC take more than twice 0.24 t/t:

    >>> cold, hot = (14.8, 3.37, 52.0), (11.65, 3.23, 125.0)
    >>> overall_steam(3.29, effects=6.0, feed=cold, product=hot).round(2).item()
    0.55
    """
    latent = 2.2  # GJ/t at 125 to 135 degC
    carried = [np.asarray(m * c * t) / 1000.0 for m, c, t in (product, feed)]
    water = 4.187e-3 * evaporated * condensate_temperature
    heat = evaporated / effects * latent + carried[0] - carried[1] + water + loss
    return np.asarray(heat / latent / evaporated)
