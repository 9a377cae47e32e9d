"""Precipitation: growth of gibbsite on seed along a train of tanks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orebook.process.contract import Array
from orebook.process.properties.liquor import (
    CARBONATE_PER_SODA,
    Salts,
    saturation_alumina,
)

__all__ = ["precipitate", "precipitation_tanks", "tank_outlet"]

_ACTIVATION = 7200.0  # K, E/R of gibbsite growth
_FELT = (
    "pregnant_caustic", "tanks", "first_temperature", "last_temperature", "chloride",
    "sulphate", "organic_carbon", "solubility_shift", "seed", "seed_area",
    "precipitation_hours", "growth_constant",
)  # fmt: skip
"""Parameters whose cases lie along the trailing axes, the tanks before them."""


def tank_outlet(excess: Array, rate: Array) -> Array:
    """Return what is left of the excess alumina at the outlet of one tank [g/L].

    Parameters
    ----------
    excess : array
        A - A* at the inlet [g/L].
    rate : array
        q in ``x_out = x_in - q x_out^2``, a stirred tank with growth of second order
        [L/g].

    References
    ----------
    .. [1] E. T. White, S. H. Bateman, Effect of caustic concentration on the growth
       rate of Al(OH)3 particles, Light Metals, 1988.

    Examples
    --------
    >>> tank_outlet(np.asarray([1.0, 1.0]), np.asarray([2.0, 6.0])).round(4).tolist()
    [0.5, 0.3333]
    """
    # The quotient form does not cancel at small q; below saturation nothing happens.
    driving = np.maximum(excess, 0.0)
    return np.asarray(
        2.0 * driving / (1.0 + np.sqrt(1.0 + 4.0 * rate * driving))
        + np.minimum(excess, 0.0)
    )


def precipitate(
    p: Mapping[str, Array], alumina: Array, carbonate: Array
) -> tuple[Array, Array]:
    """Return alumina left in the liquor, and the supersaturation of the first tank.

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.
    alumina, carbonate : array
        Al2O3 and Na2CO3 of the pregnant liquor [g/L].

    Returns
    -------
    left : array
        Al2O3 at the end of the train, per volume at the inlet [g/L].
    driving : array
        (A - A*)/C at the inlet of the first tank [-].

    Notes
    -----
    The solubility is that of the pure system times exp(dlnx), the plant's own shift.
    Growth kG exp(-7200 (1/T - 1/333.15)) ((A - A*)/C)^2 per area of seed; temperatures
    fall in equal steps.

    References
    ----------
    .. [1] C. Misra, E. T. White, Kinetics of crystallisation of aluminium trihydroxide
       from seeded caustic aluminate solutions, 1971.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature")
    >>> left, driving = precipitate(p, np.asarray(185.35), np.asarray(33.4))
    >>> (185.35 - left).round(1).item(), driving.round(3).item()
    (87.3, 0.387)
    """
    tanks, star, _ = precipitation_tanks(p, alumina, carbonate)
    caustic = CARBONATE_PER_SODA * p["pregnant_caustic"]
    return tanks[-1], np.asarray((alumina - star[0]) / caustic)


def precipitation_tanks(
    p: Mapping[str, Array], alumina: Array, carbonate: Array
) -> tuple[list[Array], Array, Array]:
    """Return what every tank of the train leaves in the liquor.

    Parameters
    ----------
    p, alumina, carbonate
        As for `precipitate`.

    Returns
    -------
    left : list of array
        Al2O3 behind each tank, per volume at the inlet of the train [g/L].
    star, temperature : array
        Al2O3 at equilibrium [g/L] and temperature [degC], along a leading axis of
        tanks.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> p = plant("high_temperature")
    >>> left, _, degrees = precipitation_tanks(p, np.asarray(185.35), np.asarray(33.4))
    >>> len(left), left[0].round(1).item(), degrees.round(0)[[0, -1]].tolist()
    (14, 164.8, [61.0, 51.0])
    """
    caustic = CARBONATE_PER_SODA * p["pregnant_caustic"]
    shape = np.broadcast_shapes(
        np.shape(alumina), np.shape(carbonate), *(np.shape(p[k]) for k in _FELT)
    )
    number = np.arange(int(np.max(p["tanks"]))).reshape(-1, *(1 for _ in shape))
    span = np.maximum(p["tanks"] - 1.0, 1.0)
    fall = (p["last_temperature"] - p["first_temperature"]) / span
    temperature = p["first_temperature"] + fall * number
    salts = Salts(carbonate, p["chloride"], p["sulphate"], p["organic_carbon"])
    star = saturation_alumina(caustic, temperature, salts=salts)
    star = star * np.exp(p["solubility_shift"])
    kinetic = np.exp(-_ACTIVATION * (1.0 / (temperature + 273.15) - 1.0 / 333.15))
    area = p["seed"] * p["seed_area"] * p["precipitation_hours"] / p["tanks"]
    rate = p["growth_constant"] * area * kinetic / caustic**2
    left, behind = np.asarray(alumina, np.float64), []
    for k in range(number.size):
        after = star[k] + tank_outlet(left - star[k], rate[k])
        left = np.asarray(np.where(k < p["tanks"], after, left))
        behind.append(left)
    return behind, star, temperature
