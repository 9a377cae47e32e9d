"""Values that follow each other: what charts must allow for."""

from __future__ import annotations

from math import sqrt

import numpy as np

from orebook.process.contract import Array

__all__ = ["ar1", "residuals", "widening"]

MOST = 0.98  # of a correlation that is still believed [-]


def ar1(values: Array) -> float:
    """Return the correlation of a value with the one before [-].

    Parameters
    ----------
    values : array
        In order of time, at least 3 of them, not all equal.

    Returns
    -------
    float
        Held within -0.98..0.98, and corrected for the bias -(1 + 3 r)/n of short
        series (Kendall 1954); 0 for a constant.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = np.zeros(20_000)
    >>> for i in range(1, len(x)):
    ...     x[i] = 0.6 * x[i - 1] + rng.normal()
    >>> round(ar1(x), 1)
    0.6
    """
    x = np.asarray(values, np.float64)
    away = x - x.mean()
    square = float(away @ away)
    if x.size < 3 or square <= 0.0:
        return 0.0
    raw = float(away[1:] @ away[:-1]) / square
    mended = raw + (1.0 + 3.0 * raw) / x.size
    return float(np.clip(mended, -MOST, MOST))


def widening(correlation: float) -> float:
    """Return by what limits of means of long groups are to be widened [-].

    Parameters
    ----------
    correlation : float
        Of neighbouring values [-], between -1 and 1.

    Notes
    -----
    sqrt((1 + r)/(1 - r)): the standard deviation of the mean of a long group of an
    AR(1) series over that of independent values. Never below 1 here: limits are not
    narrowed for values that swing.

    Examples
    --------
    >>> widening(0.6), widening(-0.3)
    (2.0, 1.0)
    """
    held = max(correlation, 0.0)
    return sqrt((1.0 + held) / (1.0 - held))


def residuals(values: Array, correlation: float) -> Array:
    """Return what each value brings that the one before did not foretell [unit].

    Parameters
    ----------
    values : array
        In order of time.
    correlation : float
        Of neighbouring values [-].

    Notes
    -----
    The first is scaled to the variance of the rest.

    Examples
    --------
    >>> residuals(np.array([1.0, 3.0, 2.0]), 0.5).round(3).tolist()
    [-0.866, 1.5, -0.5]
    """
    x = np.asarray(values, np.float64)
    away = x - x.mean()
    first = away[:1] * sqrt(1.0 - correlation**2)
    return np.concatenate([first, away[1:] - correlation * away[:-1]])
