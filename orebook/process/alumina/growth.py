"""Growth of gibbsite as others measured it, to set beside a plant's own constant."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = ["growth_veesler_boistelle", "growth_white_bateman"]

_GAS_CONSTANT = 8.314  # J/(mol K)


def growth_veesler_boistelle(
    ratio: npt.ArrayLike, temperature: npt.ArrayLike, *, dead_zone: npt.ArrayLike = 1.0
) -> Array:
    """Return the growth rate of gibbsite in pure liquor [um/h].

    Parameters
    ----------
    ratio : float or array
        Supersaturation beta = A/A*, above 0 [-].
    temperature : float or array
        [degC].
    dead_zone : float or array
        Supersaturation below which impurities stop growth, at least 1 [-].

    Raises
    ------
    InputError
        If a dead zone lies below 1 or a ratio is not above 0.

    Notes
    -----
    ``1.92e19 (beta - beta_c)^2 exp(-120700 / R T)``; plants grow several times slower.

    References
    ----------
    .. [1] S. Veesler, R. Boistelle, Growth kinetics of hydrargillite Al(OH)3 from
       caustic soda solutions, Journal of Crystal Growth 142, 1994.

    Examples
    --------
    The factor at 60 degC is 2.28 um/h:

    >>> growth_veesler_boistelle(2.0, 60.0).round(2).item()
    2.28
    """
    beta, edge = np.asarray(ratio, np.float64), np.asarray(dead_zone, np.float64)
    if np.any(beta <= 0.0) or np.any(edge < 1.0):
        raise InputError(
            f"growth at A/A* {np.min(beta):g} with a dead zone of {np.min(edge):g}; "
            "expected A/A* above 0 and a dead zone of at least 1; correct the figure"
        )
    kelvin = np.asarray(temperature, np.float64) + 273.15
    driving = np.maximum(beta - edge, 0.0)
    return np.asarray(
        1.92e19 * driving**2 * np.exp(-120_700.0 / (_GAS_CONSTANT * kelvin))
    )


def growth_white_bateman(
    constant: npt.ArrayLike, supersaturation: npt.ArrayLike, temperature: npt.ArrayLike
) -> Array:
    """Return growth as the circuit has it [unit of the constant].

    Parameters
    ----------
    constant : float or array
        At 60 degC and a supersaturation of 1.
    supersaturation : float or array
        (A - A*)/C [-].
    temperature : float or array
        [degC].

    Notes
    -----
    ``k exp(-7200 (1/T - 1/333.15)) ((A - A*)/C)^2``, nothing below saturation.

    References
    ----------
    .. [1] E. T. White, S. H. Bateman, Light Metals, 1988.

    Examples
    --------
    >>> growth_white_bateman(2.2, 0.387, [60.0, 50.0]).round(3).tolist()
    [0.329, 0.169]
    """
    kelvin = np.asarray(temperature, np.float64) + 273.15
    driving = np.maximum(np.asarray(supersaturation, np.float64), 0.0)
    warmth = np.exp(-7200.0 * (1.0 / kelvin - 1.0 / 333.15))
    return np.asarray(np.asarray(constant, np.float64) * warmth * driving**2)
