"""Water and steam backwards: temperature from enthalpy or entropy, and expansion.

Units as in `orebook.process.properties.steam`. Wet states lie on the saturation line.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.properties.if97 import (
    FloatArray,
    blocked,
    coefficients,
    power_terms,
    series,
)
from orebook.process.properties.steam import (
    REGION_1_END,
    Outside,
    enthalpy,
    entropy,
    evaluate,
    inside,
    pair,
    saturated_enthalpy,
    saturated_entropy,
    saturation_temperature,
    specific_enthalpy,
    specific_entropy,
)

__all__ = [
    "expansion_enthalpy",
    "temperature_from_enthalpy",
    "temperature_from_entropy",
    "wetness",
]


def temperature_from_enthalpy(
    pressure: npt.ArrayLike, enthalpy: npt.ArrayLike, *, outside: Outside = "raise"
) -> FloatArray:
    """Return the temperature of water, wet steam or steam from its enthalpy [K].

    Parameters
    ----------
    pressure : float or array
        Absolute pressure, up to 16.529 MPa for wet states [MPa].
    enthalpy : float or array
        Specific enthalpy [kJ/kg].
    outside : {"raise", "nan"}
        What to do with states outside regions 1, 2 and 4.

    Notes
    -----
    Backward equations of the release: they agree with the basic equations within 25 mK
    in region 1 and 10 to 30 mK in region 2.

    References
    ----------
    .. [1] IAPWS R7-97(2012), tables 7, 24.

    Examples
    --------
    >>> temperature_from_enthalpy([3.0, 0.001], [500.0, 3000.0]).round(6).tolist()
    [391.798509, 534.433241]
    """
    return _backward(pressure, enthalpy, _T_PH, outside)


def temperature_from_entropy(
    pressure: npt.ArrayLike, entropy: npt.ArrayLike, *, outside: Outside = "raise"
) -> FloatArray:
    """Return the temperature from the entropy [K]; see `temperature_from_enthalpy`.

    Examples
    --------
    >>> temperature_from_entropy([3.0, 0.1], [0.5, 7.5]).round(6).tolist()
    [307.842258, 399.517097]
    """
    return _backward(pressure, entropy, _T_PS, outside)


Sum = Callable[[FloatArray, FloatArray], FloatArray]
Choice = Callable[[FloatArray, FloatArray], npt.NDArray[np.int8]]


def _sum(
    name: str,
    x: Callable[[FloatArray], FloatArray],
    y: Callable[[FloatArray], FloatArray],
) -> Sum:
    def value(p: FloatArray, other: FloatArray) -> FloatArray:
        return np.asarray(series(name).n @ power_terms(name, x(p), y(other)))

    return value


def _same(x: FloatArray) -> FloatArray:
    return x


def _part_by_enthalpy(p: FloatArray, h: FloatArray) -> npt.NDArray[np.int8]:
    """Return 1, 2 or 3 for the sub-regions 2a, 2b, 2c."""
    n = coefficients()["boundary_2bc"][2]
    limit = n[3] + np.sqrt(np.maximum(p - n[4], 0.0) / n[2])
    upper = np.where((p > 6.5467) & (h < limit), 3, 2)
    return np.where(p <= 4.0, 1, upper).astype(np.int8)


def _part_by_entropy(p: FloatArray, s: FloatArray) -> npt.NDArray[np.int8]:
    return np.where(p <= 4.0, 1, np.where(s >= 5.85, 2, 3)).astype(np.int8)


_T_PH: tuple[tuple[Sum, Sum, Sum, Sum], Choice, Callable[..., FloatArray]] = (
    (
        _sum("t_1_ph", _same, lambda h: h / 2500.0 + 1.0),
        _sum("t_2a_ph", _same, lambda h: h / 2000.0 - 2.1),
        _sum("t_2b_ph", lambda p: p - 2.0, lambda h: h / 2000.0 - 2.6),
        _sum("t_2c_ph", lambda p: p + 25.0, lambda h: h / 2000.0 - 1.8),
    ),
    _part_by_enthalpy,
    saturated_enthalpy,
)
_T_PS: tuple[tuple[Sum, Sum, Sum, Sum], Choice, Callable[..., FloatArray]] = (
    (
        _sum("t_1_ps", _same, lambda s: s + 2.0),
        _sum("t_2a_ps", _same, lambda s: s / 2.0 - 2.0),
        _sum("t_2b_ps", _same, lambda s: 10.0 - s / 0.7853),
        _sum("t_2c_ps", _same, lambda s: 2.0 - s / 2.9251),
    ),
    _part_by_entropy,
    saturated_entropy,
)


def _backward(
    pressure: npt.ArrayLike,
    other: npt.ArrayLike,
    functions: tuple[tuple[Sum, Sum, Sum, Sum], Choice, Callable[..., FloatArray]],
    outside: Outside,
) -> FloatArray:
    sums, part, saturated = functions
    p, value = pair(pressure, other)
    water, steam = (saturated(p, phase, outside="nan") for phase in ("water", "steam"))
    with np.errstate(invalid="ignore"):
        is_water, is_steam = value < water, value > steam
        wet = (value >= water) & (value <= steam)
    high = ~np.isfinite(water) & (p > 0.0)  # above saturation with region 3 between
    is_water |= high & _below_region_3(p, value, saturated)
    is_steam |= high & ~is_water
    where = np.where(is_steam, part(p, value), 0)
    where = np.where(is_water, -1, where)
    result = np.full(p.shape, np.nan)
    for code, total in zip((-1, 1, 2, 3), sums, strict=True):
        mask = where == code
        if mask.any():
            result[mask] = blocked(total, p[mask], value[mask])
    result[wet] = saturation_temperature(p[wet], outside="nan")
    good = wet | inside(p, np.where(np.isfinite(result), result, -1.0))
    good &= np.isfinite(result)
    if outside == "raise" and not np.all(good):
        first = np.unravel_index(int(np.argmin(good)), good.shape)
        raise InputError(
            f"steam at {p[first]:g} MPa with {value[first]:g} lies outside IF97 "
            "regions 1, 2 and 4; expected MPa absolute and kJ/kg or kJ/(kg K); check "
            'the units, or ask with outside="nan"'
        )
    result[~good] = np.nan
    return result


def _below_region_3(
    p: FloatArray, value: FloatArray, saturated: Callable[..., FloatArray]
) -> npt.NDArray[np.bool_]:
    """Return which states above 16.529 MPa are colder than 623.15 K."""
    by_enthalpy = saturated is saturated_enthalpy
    edge = evaluate(
        np.where(p > 0.0, p, np.nan),
        REGION_1_END,
        specific_enthalpy if by_enthalpy else specific_entropy,
        outside="nan",
        phase="water",
    )
    with np.errstate(invalid="ignore"):
        return np.asarray(value <= edge, np.bool_)


# -- turbines ------------------------------------------------------------------------


def wetness(
    pressure: npt.ArrayLike, enthalpy: npt.ArrayLike, *, outside: Outside = "raise"
) -> FloatArray:
    """Return the mass fraction of water in wet steam [-], 0 for steam, 1 for water.

    Parameters
    ----------
    pressure : float or array
        Absolute pressure [MPa].
    enthalpy : float or array
        Specific enthalpy [kJ/kg].
    outside : {"raise", "nan"}
        What to do with pressures beyond the saturation line of regions 1 and 2.

    Examples
    --------
    >>> wetness(0.006, 2300.0).round(4).item()
    0.1104
    """
    p, h = pair(pressure, enthalpy)
    water = saturated_enthalpy(p, "water", outside=outside)
    steam = saturated_enthalpy(p, "steam", outside=outside)
    return np.asarray(np.clip((steam - h) / (steam - water), 0.0, 1.0))


def expansion_enthalpy(
    pressure: npt.ArrayLike,
    temperature: npt.ArrayLike,
    exit_pressure: npt.ArrayLike,
    *,
    efficiency: npt.ArrayLike,
    outside: Outside = "raise",
) -> FloatArray:
    """Return the enthalpy of steam at the exit of a turbine section [kJ/kg].

    Parameters
    ----------
    pressure, temperature : float or array
        Inlet, absolute [MPa] and [K].
    exit_pressure : float or array
        Exit, absolute, at most the inlet [MPa].
    efficiency : float or array
        Isentropic efficiency, above 0 to 1 [-].
    outside : {"raise", "nan"}
        What to do with states outside regions 1, 2 and 4.

    Raises
    ------
    InputError
        If an efficiency is not above 0 and at most 1, an exit pressure lies above the
        inlet's, or a state lies outside and ``outside`` is ``"raise"``.

    Notes
    -----
    h2 = h1 - efficiency (h1 - h2s), h2s at the entropy of the inlet, also wet.

    Examples
    --------
    9.8 MPa, 540 degC to a 0.6 MPa back pressure at 82 %:

    >>> expansion_enthalpy(9.8, 813.15, 0.6, efficiency=0.82).round(1).item()
    2879.1
    """
    p1, t1 = pair(pressure, temperature)
    p1, t1, p2 = np.broadcast_arrays(p1, t1, np.asarray(exit_pressure, np.float64))
    _refuse_expansion(p1, p2, np.asarray(efficiency, np.float64))
    before = enthalpy(p1, t1, outside=outside)
    s = entropy(p1, t1, outside=outside)
    water, steam = (saturated_entropy(p2, x, outside="nan") for x in ("water", "steam"))
    with np.errstate(invalid="ignore"):
        wet = (s >= water) & (s <= steam)
    ideal = np.full(p2.shape, np.nan)
    if wet.any():
        share = (steam - s)[wet] / (steam - water)[wet]
        low, high = (
            saturated_enthalpy(p2[wet], x, outside=outside) for x in ("water", "steam")
        )
        ideal[wet] = high - share * (high - low)
    dry = ~wet
    if dry.any():
        t2 = temperature_from_entropy(p2[dry], s[dry], outside=outside)
        # dh = T ds at constant pressure takes the backward equation's error out.
        missed = s[dry] - entropy(p2[dry], t2, outside=outside)
        ideal[dry] = enthalpy(p2[dry], t2, outside=outside) + t2 * missed
    return np.asarray(before - np.asarray(efficiency) * (before - ideal))


def _refuse_expansion(inlet: FloatArray, outlet: FloatArray, share: FloatArray) -> None:
    """Refuse an efficiency or an exit pressure that no turbine has."""
    if np.any(share <= 0.0) or np.any(share > 1.0):
        raise InputError(
            f"isentropic efficiency = {np.min(share):g}..{np.max(share):g}; expected "
            "above 0 and at most 1; give it as a share, 0.82 for 82 %"
        )
    above = outlet > inlet * (1.0 + 1e-9)
    if np.any(above):
        raise InputError(
            f"exit pressure {outlet[above].ravel()[0]:g} MPa lies above the inlet's "
            f"{inlet[above].ravel()[0]:g} MPa; steam expands to a lower pressure; "
            "exchange the two"
        )
