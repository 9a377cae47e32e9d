"""Where the property equations of Bayer liquor hold, as masks over many liquors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.properties.liquor import (
    CARBONATE_PER_SODA,
    Composition,
    FloatArray,
    boiling_point_elevation,
    composition,
    density,
    heat_capacity,
    saturation_alumina,
)

__all__ = [
    "RANGES",
    "LiquorProperties",
    "density_mulloy_donaldson",
    "holds",
    "properties",
]

Mask = npt.NDArray[np.bool_]

RANGES: Mapping[str, tuple[float, float, float, float]] = {
    "density": (0.5, 14.0, 20.0, 110.0),
    "heat_capacity": (0.5, 14.0, 20.0, 250.0),
    "boiling_point_elevation": (0.0, 12.0, 40.0, 290.0),
    "saturation": (0.5, 14.0, 20.0, 280.0),
}
"""Property to lowest and highest molality [mol/kg] and temperature [degC]."""


@dataclass(frozen=True, slots=True)
class LiquorProperties:
    """Properties of liquors; nan where an equation does not hold.

    Parameters
    ----------
    molality : array
        Sodium per free water [mol/kg].
    density : array
        [kg/m3].
    heat_capacity : array
        [kJ/(kg K)].
    boiling_point_elevation : array
        [K].
    saturation : array
        Alumina in equilibrium with gibbsite [g/L].
    """

    molality: FloatArray
    density: FloatArray
    heat_capacity: FloatArray
    boiling_point_elevation: FloatArray
    saturation: FloatArray


def holds(liquor: Composition, temperature: npt.ArrayLike) -> dict[str, Mask]:
    """Return where each property's equation holds.

    Parameters
    ----------
    liquor : Composition
        Masses [t].
    temperature : float or array
        [degC].

    Returns
    -------
    dict
        Property of `RANGES` to a mask: molality and temperature inside, free water and
        free caustic above 0.

    Examples
    --------
    >>> from orebook.process.properties.liquor import composition
    >>> made = composition([160.9, 160.9], [135.0, 135.0])
    >>> holds(made, [75.0, 180.0])["density"].tolist()
    [True, False]
    """
    t = np.asarray(temperature, np.float64)
    caustic = np.asarray(liquor.moles[1])
    with np.errstate(all="ignore"):
        m = liquor.molality
    sound = (liquor.free_water > 0.0) & (caustic > 0.0)
    return {
        name: np.asarray(
            sound & (m >= least) & (m <= most) & (t >= cold) & (t <= hot), np.bool_
        )
        for name, (least, most, cold, hot) in RANGES.items()
    }


def properties(
    alumina: npt.ArrayLike,
    caustic_soda: npt.ArrayLike,
    temperature: npt.ArrayLike,
    *,
    carbonate_soda: npt.ArrayLike = 0.0,
    other_soda: npt.ArrayLike = 0.0,
    outside: str = "raise",
) -> LiquorProperties:
    """Return the properties of liquors as a laboratory tells them.

    Parameters
    ----------
    alumina, caustic_soda, carbonate_soda, other_soda : float or array
        A as Al2O3; Nk, Nc and Ns as Na2O [g/L].
    temperature : float or array
        [degC].
    outside : {"raise", "nan"}
        What to do where an equation does not hold.

    Raises
    ------
    InputError
        If a concentration is negative or not finite, the liquor would be more alumina
        than its caustic holds, or an equation does not hold and ``outside`` is
        ``"raise"``.

    Examples
    --------
    >>> found = properties(160.9, 135.0, 75.0, carbonate_soda=14.0, other_soda=3.0)
    >>> found.density.round().item(), found.heat_capacity.round(3).item()
    (1276.0, 3.289)
    """
    parts = [alumina, caustic_soda, carbonate_soda, other_soda, temperature]
    a, n, c, s, t = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in parts))
    _refuse_impossible(a, n, c, s)
    made = composition(a, n, carbonate_soda=c, other_soda=s)
    where = holds(made, t)
    if outside == "raise":
        _refuse_outside(where, made, t)
    with np.errstate(all="ignore"):
        told = {
            "density": density(made, t),
            "heat_capacity": heat_capacity(made, t),
            "boiling_point_elevation": boiling_point_elevation(made.molality, t),
            "saturation": saturation_alumina(
                CARBONATE_PER_SODA * n, np.clip(np.nan_to_num(t), 0.0, 300.0)
            ),
        }
    return LiquorProperties(
        made.molality, **{k: np.where(where[k], v, np.nan) for k, v in told.items()}
    )


def _refuse_impossible(
    a: FloatArray, n: FloatArray, c: FloatArray, s: FloatArray
) -> None:
    for name, value in (("A", a), ("Nk", n), ("Nc", c), ("Ns", s)):
        good = (value >= 0.0) & (value <= 500.0)
        if not np.all(good):
            raise InputError(
                f"{name} = {value[~good].ravel()[0]:g} g/L; expected 0 to 500 g/L; "
                "check the figure and its unit"
            )
    rich = 1.645 * n <= a
    if np.any(rich):
        raise InputError(
            f"liquor of A {a[rich].ravel()[0]:g} and Nk {n[rich].ravel()[0]:g} g/L has "
            "a caustic ratio of 1 or less: no caustic holds so much alumina; check "
            "whether Nk is told as Na2O"
        )


def _refuse_outside(
    where: Mapping[str, Mask], liquor: Composition, temperature: FloatArray
) -> None:
    for name, mask in where.items():
        if not np.all(mask):
            first = np.unravel_index(int(np.argmin(mask)), mask.shape)
            least, most, cold, hot = RANGES[name]
            raise InputError(
                f"{name.replace('_', ' ')} of liquor at "
                f"{np.broadcast_to(liquor.molality, mask.shape)[first]:.3g} mol/kg and "
                f"{np.broadcast_to(temperature, mask.shape)[first]:g} degC; its "
                f"equation holds for {least:g} to {most:g} mol/kg and {cold:g} to "
                f'{hot:g} degC; check the units, or ask with outside="nan"'
            )


def density_mulloy_donaldson(
    liquor: Composition, temperature: npt.ArrayLike = 25.0
) -> FloatArray:
    """Return the density by a second correlation, to check the first [kg/m3].

    Parameters
    ----------
    liquor : Composition
        Masses [t].
    temperature : float or array
        [degC].

    Notes
    -----
    Polynomial in total soda as % Na2CO3 and alumina as % Al2O3. It agrees with
    `orebook.process.properties.liquor.density` within 1.3 % for spent liquor up
    to Nk 165 and within 3 % for pregnant and strong liquor; its constants are from
    general knowledge.

    References
    ----------
    .. [1] Mulloy and Donaldson, as in simulators of Bayer plants.

    Examples
    --------
    >>> made = composition(160.9, 135.0, carbonate_soda=14.0, other_soda=3.0)
    >>> density_mulloy_donaldson(made).round().item()
    1275.0
    """
    alumina, caustic, carbonate, sulphate, _ = liquor.arrays
    a = 100.0 * alumina / liquor.mass
    n = 100.0 * CARBONATE_PER_SODA * (caustic + carbonate + sulphate) / liquor.mass
    cold = 0.982 + 0.01349855 * n - 0.00024948 * n**2 + 2.73e-6 * n**3
    cold = cold + 0.00208035 * a + 4.113e-5 * a**2 - 7.28e-6 * a**3 + 3.3367e-4 * n * a
    warm = np.asarray(temperature, np.float64) - 25.0
    return np.asarray(1000.0 * cold * (1.0 - 2.510929e-4 * warm - 5.9406e-7 * warm**2))
