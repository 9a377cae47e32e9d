"""Smallest and largest without a kink, so that slopes exist everywhere."""

from __future__ import annotations

import numpy as np

from orebook.process.contract import Array

__all__ = ["soft_maximum", "soft_minimum"]


def soft_minimum(one: Array, other: Array, width: float) -> Array:
    """Return the smaller of two, rounded over ``width`` and never above it.

    Parameters
    ----------
    one, other : array
        Values of one unit.
    width : float
        Where both are equal the result is half of it below [unit of the values].

    Examples
    --------
    >>> soft_minimum(np.asarray(1.0), np.asarray(2.0), 1e-3).round(6).item()
    1.0
    >>> soft_minimum(np.asarray(1.0), np.asarray(1.0), 1e-3).round(6).item()
    0.9995
    """
    return np.asarray(0.5 * (one + other - np.sqrt((one - other) ** 2 + width**2)))


def soft_maximum(one: Array, other: Array, width: float) -> Array:
    """Return the larger of two, rounded over ``width`` and never below it.

    Examples
    --------
    >>> soft_maximum(np.asarray(1.0), np.asarray(1.0), 1e-3).round(6).item()
    1.0005
    """
    return np.asarray(0.5 * (one + other + np.sqrt((one - other) ** 2 + width**2)))
