"""Water and steam by IAPWS-IF97: what a boiler, turbine and flash train need.

Pressures in MPa absolute, temperatures in K, enthalpies in kJ/kg, entropies in
kJ/(kg K), volumes in m3/kg. Regions 1 (water), 2 (steam) and 4 (saturation), which
reach from 273.15 K to 1073.15 K below 16.53 MPa and beyond for each region's own range;
region 3, around the critical point, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.properties.if97 import (
    GAS_CONSTANT,
    Derivatives,
    FloatArray,
    blocked,
    coefficients,
    gibbs_1,
    gibbs_2,
    saturation_pressure_of,
    saturation_temperature_of,
)

__all__ = [
    "enthalpy",
    "entropy",
    "heat_capacity",
    "inside",
    "internal_energy",
    "latent_heat",
    "region",
    "saturated_enthalpy",
    "saturated_entropy",
    "saturation_pressure",
    "saturation_temperature",
    "sound_speed",
    "volume",
]

Phase = Literal["water", "steam"]
Outside = Literal["raise", "nan"]

COLDEST, HOTTEST = 273.15, 1073.15  # K
REGION_1_END = 623.15  # K; above it and below the boundary lies region 3
HIGHEST = 100.0  # MPa
CRITICAL_TEMPERATURE, CRITICAL_PRESSURE = 647.096, 22.064  # K, MPa
TRIPLE_PRESSURE = 611.213e-6  # MPa, saturation at 273.15 K


def region(pressure: npt.ArrayLike, temperature: npt.ArrayLike) -> npt.NDArray[np.int8]:
    """Return the region of each state: 1 water, 2 steam, 3, or 0 where it has none.

    Parameters
    ----------
    pressure : float or array
        Absolute pressure [MPa].
    temperature : float or array
        Temperature [K].

    Returns
    -------
    array of int
        On the saturation line the state counts as water [-].

    References
    ----------
    .. [1] IAPWS R7-97(2012), Revised Release on the IAPWS Industrial Formulation 1997.

    Examples
    --------
    >>> region([3.0, 0.0035, 50.0, -1.0], [300.0, 700.0, 630.0, 300.0]).tolist()
    [1, 2, 3, 0]
    """
    p, t = pair(pressure, temperature)
    with np.errstate(invalid="ignore"):
        valid = (p > 0.0) & (p <= HIGHEST) & (t >= COLDEST) & (t <= HOTTEST)
    found = np.zeros(p.shape, np.int8)
    cold = valid & (t <= REGION_1_END)
    wet = np.zeros(p.shape)
    wet[cold] = saturation_pressure_of(t[cold])
    found[cold] = np.where(p[cold] >= wet[cold], 1, 2)
    hot = valid & ~cold
    n = coefficients()["boundary_23"][2]
    limit = n[0] + n[1] * t[hot] + n[2] * t[hot] ** 2
    found[hot] = np.where(p[hot] <= limit, 2, 3)
    above = hot & (t > 863.15)
    found[above] = 2
    return found


def inside(
    pressure: npt.ArrayLike, temperature: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Return where a state can be evaluated (region 1 or 2)."""
    where = region(pressure, temperature)
    return np.asarray((where == 1) | (where == 2), np.bool_)


def pair(one: npt.ArrayLike, other: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return two arguments as arrays of one shape."""
    a, b = np.broadcast_arrays(
        np.asarray(one, np.float64), np.asarray(other, np.float64)
    )
    return a, b


def evaluate(
    pressure: npt.ArrayLike,
    temperature: npt.ArrayLike,
    function: Callable[[Derivatives, FloatArray, FloatArray], FloatArray],
    *,
    outside: Outside,
    phase: Phase | None = None,
) -> FloatArray:
    """Evaluate a property over regions 1 and 2, or in the region of one phase."""
    p, t = pair(pressure, temperature)
    where = region(p, t)
    if phase is not None:  # on the saturation line, which ends in region 3
        asked = 1 if phase == "water" else 2
        held = (where > 0) & (t <= REGION_1_END)
        where = np.where(held, asked, 0).astype(np.int8)
    _refuse(outside, (where == 1) | (where == 2), p, t)
    result = np.full(p.shape, np.nan)
    for number, gibbs in ((1, gibbs_1), (2, gibbs_2)):
        mask = where == number
        if mask.any():
            result[mask] = blocked(
                lambda x, y, g=gibbs: function(g(x, y), x, y), p[mask], t[mask]
            )
    return result


def _refuse(
    outside: Outside, good: npt.NDArray[np.bool_], p: FloatArray, t: FloatArray
) -> None:
    if outside == "raise" and not np.all(good):
        first = np.unravel_index(int(np.argmin(good)), good.shape)
        raise InputError(
            f"steam at {p[first]:g} MPa and {t[first]:g} K lies outside IF97 regions 1 "
            f"and 2; expected 0 to {HIGHEST:g} MPa and {COLDEST:g} to {HOTTEST:g} K, "
            "not around the critical point; check the unit of pressure (MPa absolute) "
            'and temperature (K), or ask with outside="nan"'
        )


def enthalpy(
    pressure: npt.ArrayLike,
    temperature: npt.ArrayLike,
    *,
    outside: Outside = "raise",
) -> FloatArray:
    """Return the specific enthalpy of water or steam.

    Parameters
    ----------
    pressure : float or array
        Absolute pressure [MPa].
    temperature : float or array
        Temperature [K].
    outside : {"raise", "nan"}
        What to do with states that regions 1 and 2 do not hold.

    Returns
    -------
    array of float
        Enthalpy [kJ/kg].

    Raises
    ------
    InputError
        If a state lies outside and ``outside`` is ``"raise"``.

    References
    ----------
    .. [1] IAPWS R7-97(2012), tables 5 and 15.

    Examples
    --------
    >>> enthalpy([3.0, 0.0035], [300.0, 700.0]).round(4).tolist()
    [115.3313, 3335.6838]
    """
    return evaluate(pressure, temperature, specific_enthalpy, outside=outside)


def specific_enthalpy(d: Derivatives, p: FloatArray, t: FloatArray) -> FloatArray:
    """Return the enthalpy [kJ/kg] of a Gibbs function at a temperature [K]."""
    return d.t * (GAS_CONSTANT * t)


def entropy(
    pressure: npt.ArrayLike,
    temperature: npt.ArrayLike,
    *,
    outside: Outside = "raise",
) -> FloatArray:
    """Return the specific entropy [kJ/(kg K)]; arguments as `enthalpy`.

    Examples
    --------
    >>> entropy(3.0, 300.0).round(6).item()
    0.392295
    """
    return evaluate(pressure, temperature, specific_entropy, outside=outside)


def specific_entropy(d: Derivatives, p: FloatArray, t: FloatArray) -> FloatArray:
    """Return the entropy [kJ/(kg K)] of a Gibbs function."""
    return (d.t - d.g) * GAS_CONSTANT


def volume(
    pressure: npt.ArrayLike,
    temperature: npt.ArrayLike,
    *,
    outside: Outside = "raise",
) -> FloatArray:
    """Return the specific volume [m3/kg]; arguments as `enthalpy`.

    Examples
    --------
    >>> volume(3.0, 300.0).round(9).item()
    0.001002152
    """
    return evaluate(pressure, temperature, _v, outside=outside)


def _v(d: Derivatives, p: FloatArray, t: FloatArray) -> FloatArray:
    return d.p * (GAS_CONSTANT * t) / (1000.0 * p)


def internal_energy(
    pressure: npt.ArrayLike,
    temperature: npt.ArrayLike,
    *,
    outside: Outside = "raise",
) -> FloatArray:
    """Return the specific internal energy [kJ/kg]; arguments as `enthalpy`.

    Examples
    --------
    >>> internal_energy(3.0, 300.0).round(4).item()
    112.3248
    """
    return evaluate(pressure, temperature, _u, outside=outside)


def _u(d: Derivatives, p: FloatArray, t: FloatArray) -> FloatArray:
    return (d.t - d.p) * (GAS_CONSTANT * t)


def heat_capacity(
    pressure: npt.ArrayLike,
    temperature: npt.ArrayLike,
    *,
    outside: Outside = "raise",
) -> FloatArray:
    """Return the isobaric heat capacity [kJ/(kg K)]; arguments as `enthalpy`.

    Examples
    --------
    >>> heat_capacity(3.0, 300.0).round(6).item()
    4.173012
    """
    return evaluate(pressure, temperature, _cp, outside=outside)


def _cp(d: Derivatives, p: FloatArray, t: FloatArray) -> FloatArray:
    return -d.tt * GAS_CONSTANT


def sound_speed(
    pressure: npt.ArrayLike,
    temperature: npt.ArrayLike,
    *,
    outside: Outside = "raise",
) -> FloatArray:
    """Return the speed of sound [m/s]; arguments as `enthalpy`.

    Examples
    --------
    >>> sound_speed(3.0, 300.0).round(3).item()
    1507.739
    """
    return evaluate(pressure, temperature, _w, outside=outside)


def _w(d: Derivatives, p: FloatArray, t: FloatArray) -> FloatArray:
    mixed = d.p - d.pt
    below = mixed * mixed / d.tt - d.pp
    return np.sqrt(1000.0 * GAS_CONSTANT * t * d.p * d.p / below)


# -- saturation ----------------------------------------------------------------------


def saturation_pressure(
    temperature: npt.ArrayLike, *, outside: Outside = "raise"
) -> FloatArray:
    """Return the pressure at which water boils [MPa].

    Parameters
    ----------
    temperature : float or array
        Temperature, 273.15 to 647.096 [K].
    outside : {"raise", "nan"}
        What to do with temperatures beyond.

    Raises
    ------
    InputError
        If a temperature lies outside and ``outside`` is ``"raise"``.

    References
    ----------
    .. [1] IAPWS R7-97(2012), equation 30, table 35.

    Examples
    --------
    >>> saturation_pressure([300.0, 500.0]).round(8).tolist()
    [0.00353659, 2.63889776]
    """
    t = np.asarray(temperature, np.float64)
    bounds = (COLDEST, CRITICAL_TEMPERATURE)
    return _saturated(t, saturation_pressure_of, bounds, "temperature K", outside)


def saturation_temperature(
    pressure: npt.ArrayLike, *, outside: Outside = "raise"
) -> FloatArray:
    """Return the temperature at which water boils [K].

    Parameters
    ----------
    pressure : float or array
        Absolute pressure, 611.213 Pa to 22.064 MPa [MPa].
    outside : {"raise", "nan"}
        What to do with pressures beyond.

    References
    ----------
    .. [1] IAPWS R7-97(2012), equation 31, table 36.

    Examples
    --------
    >>> saturation_temperature([0.1, 10.0]).round(6).tolist()
    [372.755919, 584.149488]
    """
    p = np.asarray(pressure, np.float64)
    bounds = (TRIPLE_PRESSURE, CRITICAL_PRESSURE)
    return _saturated(p, saturation_temperature_of, bounds, "pressure MPa", outside)


def _saturated(
    value: FloatArray,
    function: Callable[[FloatArray], FloatArray],
    bounds: tuple[float, float],
    what: str,
    outside: Outside,
) -> FloatArray:
    low, high = bounds
    with np.errstate(invalid="ignore"):
        good = (value >= low * (1.0 - 1e-12)) & (value <= high)
    if outside == "raise" and not np.all(good):
        name, _, unit = what.partition(" ")
        worst = np.asarray(value)[~good].ravel()[0]
        raise InputError(
            f"saturated steam: {name} = {worst:g} {unit}; expected {low:g} to {high:g} "
            f'{unit}; check the unit, or ask with outside="nan"'
        )
    result = np.full(value.shape, np.nan)
    result[good] = function(value[good])
    return result


def saturated_enthalpy(
    pressure: npt.ArrayLike, phase: Phase, *, outside: Outside = "raise"
) -> FloatArray:
    """Return the enthalpy of boiling water or of dry saturated steam [kJ/kg].

    Parameters
    ----------
    pressure : float or array
        Absolute pressure, up to 16.529 MPa (region 3 begins there) [MPa].
    phase : {"water", "steam"}
        Which side of the saturation line.
    outside : {"raise", "nan"}
        What to do with pressures beyond.

    Examples
    --------
    >>> [saturated_enthalpy(0.6, phase).round(1).item() for phase in ("water", "steam")]
    [670.5, 2756.1]
    """
    t = saturation_temperature(pressure, outside=outside)
    return evaluate(pressure, t, specific_enthalpy, outside=outside, phase=phase)


def saturated_entropy(
    pressure: npt.ArrayLike, phase: Phase, *, outside: Outside = "raise"
) -> FloatArray:
    """Return the entropy on the saturation line [kJ/(kg K)]; see `saturated_enthalpy`.

    Examples
    --------
    >>> saturated_entropy(0.1, "steam").round(4).item()
    7.3588
    """
    t = saturation_temperature(pressure, outside=outside)
    return evaluate(pressure, t, specific_entropy, outside=outside, phase=phase)


def latent_heat(pressure: npt.ArrayLike, *, outside: Outside = "raise") -> FloatArray:
    """Return the heat of vaporisation [kJ/kg] at a pressure [MPa].

    Examples
    --------
    >>> latent_heat(0.101325).round(1).item()
    2256.5
    """
    steam = saturated_enthalpy(pressure, "steam", outside=outside)
    return np.asarray(steam - saturated_enthalpy(pressure, "water", outside=outside))
