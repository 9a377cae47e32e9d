"""Turbines: groups of stages by IF97, wetness, swallowing capacity, part load.

Pressures in MPa absolute, temperatures in K, enthalpies in kJ/kg.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.properties.expansion import expansion_enthalpy
from orebook.process.properties.steam import enthalpy, saturated_enthalpy

__all__ = ["exit_enthalpy", "stodola_flow", "willans_power"]

FloatArray = npt.NDArray[np.float64]


def exit_enthalpy(
    pressure: npt.ArrayLike,
    temperature: npt.ArrayLike,
    exit_pressure: npt.ArrayLike,
    *,
    efficiency: npt.ArrayLike,
    wetness_loss: npt.ArrayLike = 0.0,
) -> FloatArray:
    """Return the enthalpy behind a group of stages, wet steam braking it [kJ/kg].

    Parameters
    ----------
    pressure, temperature : float or array
        Inlet, absolute [MPa] and [K].
    exit_pressure : float or array
        Exit, absolute [MPa].
    efficiency : float or array
        Isentropic efficiency on dry steam [-].
    wetness_loss : float or array
        Efficiency lost per mean wetness [-]: 0.8 to 1.0 by Baumann's rule.

    Returns
    -------
    array of float
        Exit enthalpy [kJ/kg].

    Notes
    -----
    h2 = h1 - (efficiency - loss y/2)(h1 - h2s), y the wetness at the exit and y/2 the
    mean. y is itself linear in h2, so that the answer is direct. Inlet steam is dry.

    References
    ----------
    .. [1] Baumann, K., Some recent developments in large steam turbine practice,
       Journal of the Institution of Electrical Engineers 59, 1921.

    Examples
    --------
    9.81 MPa, 540 degC to 5 kPa at 85 %, then with one point per per cent of wetness:

    >>> exit_enthalpy(9.81, 813.15, 0.005, efficiency=0.85).round(1).item()
    2267.9
    >>> wet = exit_enthalpy(9.81, 813.15, 0.005, efficiency=0.85, wetness_loss=1.0)
    >>> wet.round(1).item()
    2334.4
    """
    before = enthalpy(pressure, temperature)
    ideal = expansion_enthalpy(pressure, temperature, exit_pressure, efficiency=1.0)
    steam = saturated_enthalpy(exit_pressure, "steam")
    latent = steam - saturated_enthalpy(exit_pressure, "water")
    drop = before - ideal
    dry = before - np.asarray(efficiency) * drop
    # h2 = dry + brake (h'' - h2), wherever that leaves the steam wet.
    brake = np.asarray(wetness_loss) / 2.0 * drop / latent
    return np.asarray(np.where(dry < steam, (dry + brake * steam) / (1.0 + brake), dry))


def stodola_flow(
    flow: npt.ArrayLike,
    *,
    pressure: npt.ArrayLike,
    exit_pressure: npt.ArrayLike,
    design_pressure: npt.ArrayLike,
    design_exit_pressure: npt.ArrayLike,
) -> FloatArray:
    """Return what a group of stages swallows at other pressures [unit of flow].

    Parameters
    ----------
    flow : float or array
        Flow at the design pressures.
    pressure, exit_pressure : float or array
        Absolute pressures asked for [MPa].
    design_pressure, design_exit_pressure : float or array
        Absolute pressures at which ``flow`` was measured [MPa].

    Raises
    ------
    InputError
        If an exit lies above its inlet.

    Notes
    -----
    Ellipse law at unchanged p v: m/m0 = sqrt((p1^2 - p2^2)/(p10^2 - p20^2)).

    References
    ----------
    .. [1] Stodola, A., Dampf- und Gasturbinen, 6th edition, 1924.

    Examples
    --------
    >>> stodola_flow(
    ...     100.0,
    ...     pressure=0.8,
    ...     exit_pressure=0.1,
    ...     design_pressure=1.0,
    ...     design_exit_pressure=0.1,
    ... ).round(2).item()
    79.77
    """
    now = _squares(pressure, exit_pressure)
    then = _squares(design_pressure, design_exit_pressure)
    return np.asarray(np.asarray(flow, np.float64) * np.sqrt(now / then))


def _squares(inlet: npt.ArrayLike, outlet: npt.ArrayLike) -> FloatArray:
    difference = (
        np.asarray(inlet, np.float64) ** 2 - np.asarray(outlet, np.float64) ** 2
    )
    if np.any(~(difference > 0.0)):
        raise InputError(
            f"a group of stages from {np.min(inlet):g} to {np.max(outlet):g} MPa; "
            "expected the exit below the inlet; exchange the pressures"
        )
    return difference


def willans_power(
    steam: npt.ArrayLike, *, no_load_steam: npt.ArrayLike, steam_rate: npt.ArrayLike
) -> FloatArray:
    """Return the power of a throttle-governed turbine [MW], Willans' line.

    Parameters
    ----------
    steam : float or array
        Steam through the turbine [t/h].
    no_load_steam : float or array
        Steam that only turns it, 5 to 12 % of full flow [t/h].
    steam_rate : float or array
        Steam per power above that [t/MWh].

    References
    ----------
    .. [1] Willans, P. W., Economy trials of a non-condensing steam engine, Minutes of
       the Proceedings of the Institution of Civil Engineers 93, 1888.

    Examples
    --------
    >>> willans_power([110.0, 60.0], no_load_steam=10.0, steam_rate=4.0).tolist()
    [25.0, 12.5]
    """
    over = np.asarray(steam, np.float64) - np.asarray(no_load_steam, np.float64)
    return np.asarray(np.maximum(over, 0.0) / np.asarray(steam_rate, np.float64))
