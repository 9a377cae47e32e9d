"""Grinding of the ore: the energy of a mill by Bond's law."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = ["bond_energy", "grind_for_energy"]


def bond_energy(
    work_index: npt.ArrayLike, feed: npt.ArrayLike, product: npt.ArrayLike
) -> Array:
    """Return the energy that grinds a tonne from one size to another [kWh/t].

    Parameters
    ----------
    work_index : float or array
        Bond's work index of the ore [kWh/t].
    feed, product : float or array
        F80 and P80: size that 80 % of feed and product pass [um].

    Raises
    ------
    InputError
        If a work index is negative or a size is not above 0.

    Notes
    -----
    ``W = 10 Wi (1/sqrt(P80) - 1/sqrt(F80))``, at the pinion of a wet mill; nothing
    where the feed is as fine as the product already. The work index counts for the
    same tonne as the result.

    References
    ----------
    .. [1] F. C. Bond, The third theory of comminution, Transactions of the AIME, 1952.
    .. [2] W. L. McCabe, J. C. Smith, P. Harriott, Unit Operations of Chemical
       Engineering: limestone of work index 12.74, from 2 in. to 1/8 in., 100 t/h take
       169.6 kW.

    Examples
    --------
    >>> round(100.0 * bond_energy(12.74, 50_800.0, 3_175.0).item(), 1)
    169.6
    """
    index = np.asarray(work_index, np.float64)
    coarse, fine = (np.asarray(x, np.float64) for x in (feed, product))
    if not (np.all(index >= 0.0) and np.all(coarse > 0.0) and np.all(fine > 0.0)):
        raise InputError(
            f"mill with work index {np.min(index):g} kWh/t, F80 {np.min(coarse):g} and "
            f"P80 {np.min(fine):g} um; expected a work index of at least 0 and sizes "
            "above 0; correct the figure"
        )
    gained = 1.0 / np.sqrt(fine) - 1.0 / np.sqrt(coarse)
    return np.asarray(10.0 * index * np.maximum(gained, 0.0))


def grind_for_energy(
    work_index: npt.ArrayLike, feed: npt.ArrayLike, energy: npt.ArrayLike
) -> Array:
    """Return the size P80 that an energy grinds to, Bond's law solved for it [um].

    Parameters
    ----------
    work_index : float or array
        Bond's work index, above 0 [kWh/t].
    feed : float or array
        F80 [um].
    energy : float or array
        Energy at the pinion [kWh/t].

    References
    ----------
    .. [1] F. C. Bond, The third theory of comminution, Transactions of the AIME, 1952.

    Examples
    --------
    >>> grind_for_energy(12.74, 50_800.0, 1.696).round(-1).item()
    3170.0
    """
    root = np.asarray(energy, np.float64) / (10.0 * np.asarray(work_index, np.float64))
    return np.asarray((root + 1.0 / np.sqrt(np.asarray(feed, np.float64))) ** -2.0)
