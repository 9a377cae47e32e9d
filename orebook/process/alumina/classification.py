"""Size classes of hydrate, and the classifier that parts product from seed."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = ["GIBBSITE_DENSITY", "fines", "median_size", "partition", "sizes", "volumes"]

GIBBSITE_DENSITY = 2420.0  # kg/m3
CLASSES = 27
SMALLEST = 1.6e-6  # m


@cache
def sizes() -> Array:
    """Return the size of each class, each of twice the volume before it [m].

    Examples
    --------
    >>> (sizes()[[0, 3, 26]] * 1e6).round(1).tolist()
    [1.6, 3.2, 650.2]
    """
    found = SMALLEST * 2.0 ** (np.arange(CLASSES) / 3.0)
    found.setflags(write=False)
    return found


@cache
def volumes() -> Array:
    """Return the volume of one particle of each class, as a sphere [m3]."""
    found = np.asarray(np.pi / 6.0 * sizes() ** 3)
    found.setflags(write=False)
    return found


def partition(
    size: npt.ArrayLike, cut: float, *, sharpness: float = 2.0, bypass: float = 0.1
) -> Array:
    """Return the share of each size that a classifier sends to its underflow [-].

    Parameters
    ----------
    size : float or array
        Particle size [m].
    cut : float
        Size that parts evenly, corrected for the bypass [m].
    sharpness : float
        Alpha of the curve, above 0 [-].
    bypass : float
        Share that follows the water to the underflow, 0..1 [-].

    Raises
    ------
    InputError
        If cut or sharpness is not above 0 or the bypass lies outside 0..1.

    References
    ----------
    .. [1] A. J. Lynch, T. C. Rao, Modelling and scale-up of hydrocyclone classifiers,
       11th International Mineral Processing Congress, 1975.

    Examples
    --------
    >>> partition([0.0, 75e-6, 1e-3], 75e-6).round(3).tolist()
    [0.1, 0.55, 1.0]
    """
    if not (cut > 0.0 and sharpness > 0.0 and 0.0 <= bypass <= 1.0):
        raise InputError(
            f"classifier with cut {cut:g} m, sharpness {sharpness:g} and bypass "
            f"{bypass:g}; expected cut and sharpness above 0 and a bypass of 0 to 1; "
            "correct the figure"
        )
    reduced = np.minimum(sharpness * np.asarray(size, np.float64) / cut, 500.0)
    top = np.expm1(reduced)
    return np.asarray(bypass + (1.0 - bypass) * top / (top + np.expm1(sharpness)))


def fines(number: Array, below: float) -> Array:
    """Return the mass share finer than a size [-].

    Parameters
    ----------
    number : array, shape (..., classes)
        Number density by class.
    below : float
        Size [m]; a class is spread evenly over the logarithm of its size.

    Examples
    --------
    >>> even = 1.0 / volumes()
    >>> fines(even, 45e-6).round(3).item()
    0.553
    """
    mass = np.asarray(number, np.float64) * volumes()
    share = np.clip(3.0 * np.log2(below / sizes()) + 0.5, 0.0, 1.0)
    return np.asarray((mass * share).sum(axis=-1) / mass.sum(axis=-1))


def median_size(number: Array) -> float:
    """Return the size that halves the mass, d50 [m].

    Parameters
    ----------
    number : array, shape (classes,)
        Number density by class.

    Examples
    --------
    >>> round(median_size(1.0 / volumes()) / sizes()[13].item(), 6)
    1.0
    """
    mass = np.asarray(number, np.float64) * volumes()
    passed = np.cumsum(mass) / mass.sum()
    edges = np.log2(sizes()) + 1.0 / 6.0
    whole = np.concatenate([[0.0], passed])
    left = np.concatenate([[edges[0] - 1.0 / 3.0], edges])
    return float(2.0 ** np.interp(0.5, whole, left))
