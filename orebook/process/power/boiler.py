"""Boilers by the heat-loss method: what each loss takes, and the efficiency left.

Losses are fractions of the net heating value of the coal [-], named as the standards
do: q2 flue gas, q3 unburnt gas, q4 unburnt carbon, q5 walls, q6 heat of the ash.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["BoilerLosses", "boiler_losses", "excess_air", "unburnt_carbon"]

FloatArray = npt.NDArray[np.float64]

CARBON_HEAT = 33.727  # GJ/t, net heating value of carbon in ash (GB/T 10184)
# Heat of dry flue gas and of what air carries, per % and 100 K, bituminous coal.
GAS_SLOPE, GAS_BASE = 3.55, 0.44


@dataclass(frozen=True, slots=True)
class BoilerLosses:
    """Losses and efficiency of a boiler, fractions of the net heating value [-].

    Parameters
    ----------
    flue_gas, unburnt_gas, unburnt_carbon, walls, ash_heat : array
        q2, q3, q4, q5, q6 [-].
    """

    flue_gas: FloatArray
    unburnt_gas: FloatArray
    unburnt_carbon: FloatArray
    walls: FloatArray
    ash_heat: FloatArray

    @property
    def efficiency(self) -> FloatArray:
        """Heat in steam over net heating value [-]."""
        lost = self.flue_gas + self.unburnt_gas + self.unburnt_carbon
        return np.asarray(1.0 - lost - self.walls - self.ash_heat)


def excess_air(oxygen: npt.ArrayLike) -> FloatArray:
    """Return the air ratio from the oxygen of the dry flue gas [-].

    Parameters
    ----------
    oxygen : float or array
        Oxygen, volume fraction of the dry gas, below 0.21 [-].

    References
    ----------
    .. [1] GB/T 10184-2015, Performance test code for utility boiler.

    Examples
    --------
    >>> excess_air(0.05).round(4).item()
    1.3125
    """
    return np.asarray(0.21 / (0.21 - np.asarray(oxygen, np.float64)))


def unburnt_carbon(
    ash: npt.ArrayLike,
    *,
    fly_ash_share: npt.ArrayLike,
    carbon_in_fly_ash: npt.ArrayLike,
    carbon_in_bottom_ash: npt.ArrayLike,
) -> FloatArray:
    """Return the carbon that leaves with the ash [t/t coal].

    Parameters
    ----------
    ash : float or array
        Ash of the coal as received, mass fraction [-].
    fly_ash_share : float or array
        Share of the ash that flies [-].
    carbon_in_fly_ash, carbon_in_bottom_ash : float or array
        Carbon of each ash as weighed, mass fraction [-].

    Notes
    -----
    A x sum of share x C/(1 - C): the ash is weighed with its carbon.

    References
    ----------
    .. [1] GB/T 10184-2015, Performance test code for utility boiler.

    Examples
    --------
    >>> unburnt_carbon(
    ...     0.25, fly_ash_share=0.85, carbon_in_fly_ash=0.04, carbon_in_bottom_ash=0.02
    ... ).round(6).item()
    0.009619
    """
    flies = np.asarray(fly_ash_share, np.float64)
    fly = np.asarray(carbon_in_fly_ash, np.float64)
    bottom = np.asarray(carbon_in_bottom_ash, np.float64)
    per_ash = flies * fly / (1.0 - fly) + (1.0 - flies) * bottom / (1.0 - bottom)
    return np.asarray(np.asarray(ash, np.float64) * per_ash)


def boiler_losses(
    heat: npt.ArrayLike,
    carbon_lost: npt.ArrayLike,
    *,
    oxygen: npt.ArrayLike,
    flue_gas_temperature: npt.ArrayLike,
    air_temperature: npt.ArrayLike,
    unburnt_gas: npt.ArrayLike = 0.0,
    walls: npt.ArrayLike = 0.004,
    ash_heat: npt.ArrayLike = 0.002,
) -> BoilerLosses:
    """Return the losses of a boiler.

    Parameters
    ----------
    heat : float or array
        Net heating value as received [GJ/t].
    carbon_lost : float or array
        Carbon that leaves with the ash [t/t coal], see `unburnt_carbon`.
    oxygen : float or array
        Oxygen of the dry flue gas behind the air heater, volume fraction [-].
    flue_gas_temperature, air_temperature : float or array
        Leaving gas and entering air [degC].
    unburnt_gas, walls, ash_heat : float or array
        q3, q5, q6 [-]: 0 to 0.002, 0.002 to 0.01 by size, 0.0005 to 0.01.

    Notes
    -----
    q4 = 33.727 x carbon lost / heat; q2 = (3.55 alpha + 0.44)(t_gas - t_air)/100 %
    x (1 - q4), alpha the air ratio; bituminous coal. Losses and gains by limestone in
    a fluidised bed are not in it. Losses times heating value are linear in the coal,
    so that the heat of a blend is the sum of the heat of its coals.

    References
    ----------
    .. [1] GB/T 10184-2015, Performance test code for utility boiler; DL/T 964-2005 for
       circulating fluidised beds.

    Examples
    --------
    20 MJ/kg, 25 % ash, 85 % of it fly ash with 4 % carbon, the rest 2 %; 5 % oxygen,
    135 degC over 25 degC:

    >>> lost = unburnt_carbon(
    ...     0.25, fly_ash_share=0.85, carbon_in_fly_ash=0.04, carbon_in_bottom_ash=0.02
    ... )
    >>> found = boiler_losses(
    ...     20.0, lost, oxygen=0.05, flue_gas_temperature=135.0, air_temperature=25.0
    ... )
    >>> found.unburnt_carbon.round(5).item(), found.flue_gas.round(5).item()
    (0.01622, 0.05518)
    >>> found.efficiency.round(4).item()
    0.9226
    """
    carbon = CARBON_HEAT * np.asarray(carbon_lost, np.float64)
    q4 = carbon / np.asarray(heat, np.float64)
    air = np.asarray(air_temperature, np.float64)
    rise = np.asarray(flue_gas_temperature, np.float64) - air
    gas = (GAS_SLOPE * excess_air(oxygen) + GAS_BASE) * rise / 100.0 / 100.0
    return BoilerLosses(
        flue_gas=np.asarray(gas * (1.0 - q4)),
        unburnt_gas=np.asarray(unburnt_gas, np.float64),
        unburnt_carbon=np.asarray(q4),
        walls=np.asarray(walls, np.float64),
        ash_heat=np.asarray(ash_heat, np.float64),
    )
