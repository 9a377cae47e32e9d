"""Standard coal: one measure for fuels, heat and power (GB/T 2589)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from orebook.process.properties.coal import STANDARD_COAL

__all__ = ["COAL_PER_HEAT", "COAL_PER_POWER", "coal_equivalent"]

COAL_PER_HEAT = 1000.0 / STANDARD_COAL
"""Standard coal per heat [kgce/GJ], 34.1208."""
COAL_PER_POWER = 122.9
"""Standard coal per power at its equivalent value [kgce/MWh]."""


def coal_equivalent(
    *, heat: npt.ArrayLike = 0.0, power: npt.ArrayLike = 0.0
) -> npt.NDArray[np.float64]:
    """Return the standard coal of heat and power [kgce].

    Parameters
    ----------
    heat : array
        Heat of fuels at their net heating value, or of steam [GJ].
    power : array
        Electricity [MWh].

    Returns
    -------
    array
        Standard coal [kgce].

    References
    ----------
    .. [1] GB/T 2589-2020, General rules for calculation of the comprehensive energy
       consumption: 29.3076 MJ/kgce, 0.1229 kgce/kWh.

    Examples
    --------
    >>> coal_equivalent(heat=29.3076, power=1.0).round(1).item()
    1122.9
    """
    made = COAL_PER_HEAT * np.asarray(heat, np.float64)
    return np.asarray(made + COAL_PER_POWER * np.asarray(power, np.float64))
