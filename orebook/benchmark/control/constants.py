"""The constants of control charts, computed and not looked up."""

from __future__ import annotations

from functools import cache
from math import exp, lgamma, sqrt

import numpy as np
from scipy.special import ndtr

from orebook.errors import InputError

__all__ = ["c4", "d2", "d3"]

_REACH = 9.0  # sd from the middle to which is integrated; beyond lies 2e-19
_POINTS = 160  # of the quadrature; 80 gives the same 12 digits


def _check(n: int) -> None:
    if n < 2:
        raise InputError(
            f"a group of {n} has no spread; expected at least 2 values in a group; "
            "use a chart of individuals"
        )


@cache
def c4(n: int) -> float:
    """Return the mean of the sample standard deviation, in true ones [-].

    Parameters
    ----------
    n : int
        Values in a group, at least 2 [-].

    Raises
    ------
    InputError
        If the group has fewer than two values.

    Notes
    -----
    c4 = sqrt(2/(n-1)) Gamma(n/2)/Gamma((n-1)/2) for normal values; ISO 7870-2.

    Examples
    --------
    >>> round(c4(5), 6), round(c4(25), 6)
    (0.939986, 0.98964)
    """
    _check(n)
    return sqrt(2.0 / (n - 1.0)) * exp(lgamma(n / 2.0) - lgamma((n - 1.0) / 2.0))


@cache
def d2(n: int) -> float:
    """Return the mean of the range of n normal values, in standard deviations [-].

    Parameters
    ----------
    n : int
        Values in a group, at least 2 [-].

    Raises
    ------
    InputError
        If the group has fewer than two values.

    Notes
    -----
    The integral of 1 - F(x)^n - (1 - F(x))^n over the line; L. H. C. Tippett, 1925.

    Examples
    --------
    >>> round(d2(2), 6), round(d2(5), 6)
    (1.128379, 2.325929)
    """
    _check(n)
    x, weight = _line()
    below = ndtr(x)
    return float(weight @ (1.0 - below**n - (1.0 - below) ** n))


@cache
def d3(n: int) -> float:
    """Return the standard deviation of the range of n normal values [-].

    Parameters
    ----------
    n : int
        Values in a group, at least 2 [-].

    Raises
    ------
    InputError
        If the group has fewer than two values.

    Notes
    -----
    E(R^2) is twice the integral over x < y of
    1 - F(y)^n - (1 - F(x))^n + (F(y) - F(x))^n.

    Examples
    --------
    >>> round(d3(2), 6), round(d3(5), 6)
    (0.852502, 0.864082)
    """
    _check(n)
    x, weight = _line()
    # x = y - s with s > 0: the triangle as a square of two smooth directions.
    half, half_weight = np.polynomial.legendre.leggauss(_POINTS)
    step = _REACH * (half + 1.0)
    low = ndtr(x[:, None] - step[None, :])
    high = ndtr(x)[:, None]
    inner = 1.0 - high**n - (1.0 - low) ** n + np.maximum(high - low, 0.0) ** n
    square = 2.0 * float(weight @ inner @ (_REACH * half_weight))
    return sqrt(square - d2(n) ** 2)


def _line() -> tuple[np.ndarray, np.ndarray]:
    """Return points and weights of the quadrature over the line."""
    x, weight = np.polynomial.legendre.leggauss(_POINTS)
    return _REACH * x, _REACH * weight
