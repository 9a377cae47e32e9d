"""Logarithmic mean Divisia decomposition (LMDI-I), with exact limits at zero."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError

Array = NDArray[np.float64]

NEAR_ONE = 0.5
"""Ratios this near to one take the logarithm of one plus their difference [-]."""


def log_mean(first: ArrayLike, second: ArrayLike) -> Array:
    """Return the logarithmic mean of two arrays of equal sign.

    Parameters
    ----------
    first, second : array
        Values of the same sign, or zero [any].

    Returns
    -------
    ndarray
        L(a, b) [unit of the inputs].

    Raises
    ------
    InputError
        The two values have opposite signs.

    Notes
    -----
    L(a, b) = (a - b)/(ln a - ln b), L(a, a) = a, L(a, 0) = 0. It lies between the
    geometric and the arithmetic mean.

    References
    ----------
    .. [1] B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide",
       2005.

    Examples
    --------
    >>> round(float(log_mean(80, 30)), 6)
    50.977272
    """
    a, b = np.broadcast_arrays(
        np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    )
    if (a * b < 0).any():
        msg = "the logarithmic mean needs two values of the same sign; use shapley()"
        raise InputError(msg)
    mean = np.zeros(a.shape)
    equal = a == b
    mean[equal] = a[equal]
    apart = ~equal & (a != 0) & (b != 0)
    gap, ratio = a[apart] - b[apart], a[apart] / b[apart]
    # Near one the logarithm of the ratio loses digits; far from one log1p does.
    near = np.abs(ratio - 1) < NEAR_ONE
    step = np.where(near, gap / b[apart], 0.0)
    mean[apart] = gap / np.where(near, np.log1p(step), np.log(ratio))
    return mean


def additive(
    base: Mapping[str, ArrayLike], actual: Mapping[str, ArrayLike]
) -> dict[str, Array]:
    """Split the change of each product of factors into an effect of each factor.

    Parameters
    ----------
    base, actual : mapping of str to array
        Factors before and after, broadcast to one shape of terms; a term is the
        product of its factors [any].

    Returns
    -------
    dict of str to ndarray
        Effect of each factor on each term [unit of the product]; over factors they
        sum to the change of the term, and sums over terms are sums of effects
        (consistent in aggregation).

    Raises
    ------
    InputError
        The names differ, a value is not finite, or a factor changes sign.

    Notes
    -----
    effect_k = L(V1, V0) ln(x1_k / x0_k). Zeros by their limit, not by a small
    constant: if V0 = 0 and V1 is not, the whole change goes to the factors that were
    zero, in equal parts; likewise with V1 = 0; if both are zero all effects are zero.

    References
    ----------
    .. [1] B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide",
       2005.
    .. [2] R. Wood, M. Lenzen, "Zero-value problems of the logarithmic mean Divisia
       index decomposition method", 2006.

    Examples
    --------
    >>> parts = additive(
    ...     {"t": [10.0], "GJ_per_t": [3.0]}, {"t": [12.0], "GJ_per_t": [2.5]}
    ... )
    >>> {name: round(float(part[0]), 6) for name, part in parts.items()}
    {'t': 5.469647, 'GJ_per_t': -5.469647}
    """
    before, after = _matched(base, actual)
    x0, x1 = np.stack(list(before.values())), np.stack(list(after.values()))
    start, end = x0.prod(axis=0), x1.prod(axis=0)
    weight = log_mean(end, start)
    both = (x0 != 0) & (x1 != 0)
    ratio = np.divide(x1, x0, out=np.ones_like(x0), where=both)
    effect = weight * np.log(ratio)
    for zero, change in ((x0 == 0, end), (x1 == 0, -start)):
        effect += _limit_effect(zero, change)
    return dict(zip(before, effect, strict=True))


def multiplicative(
    base: Mapping[str, ArrayLike], actual: Mapping[str, ArrayLike]
) -> dict[str, float]:
    """Split the ratio of the totals of two periods into an index of each factor.

    Parameters
    ----------
    base, actual : mapping of str to array
        Factors before and after, as in `additive` [any].

    Returns
    -------
    dict of str to float
        Index of each factor [-]; their product is total actual / total base.

    Raises
    ------
    InputError
        As `additive`, or a total is zero or changes sign.

    Notes
    -----
    D_k = exp(effect_k / L(V1, V0)) with the total effect and totals V.

    References
    ----------
    .. [1] B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide",
       2005.

    Examples
    --------
    >>> index = multiplicative(
    ...     {"t": [10.0], "price": [2.0]}, {"t": [12.0], "price": [3.0]}
    ... )
    >>> {name: round(value, 6) for name, value in index.items()}
    {'t': 1.2, 'price': 1.5}
    """
    before, after = _matched(base, actual)
    start = float(np.stack(list(before.values())).prod(axis=0).sum())
    end = float(np.stack(list(after.values())).prod(axis=0).sum())
    if start * end <= 0:
        msg = (
            f"the total goes from {start:g} to {end:g}; expected two totals of the "
            "same sign, not zero; use additive()"
        )
        raise InputError(msg)
    weight = float(log_mean(end, start))
    return {
        name: float(np.exp(effect.sum() / weight))
        for name, effect in additive(base, actual).items()
    }


def _limit_effect(zero: NDArray[np.bool_], change: Array) -> Array:
    """Share the change of a term equally over the factors that stood at zero."""
    count = zero.sum(axis=0)
    share: Array = np.divide(change, count, out=np.zeros_like(change), where=count > 0)
    return np.where(zero, share, 0.0)


def _matched(
    base: Mapping[str, ArrayLike], actual: Mapping[str, ArrayLike]
) -> tuple[dict[str, Array], dict[str, Array]]:
    if set(base) != set(actual) or not base:
        msg = (
            f"factors {sorted(base)} before and {sorted(actual)} after; "
            "expected the same names, one or more"
        )
        raise InputError(msg)
    values = [np.asarray(v, dtype=float) for v in base.values()]
    values += [np.asarray(actual[name], dtype=float) for name in base]
    arrays = np.broadcast_arrays(*values)
    before = dict(zip(base, arrays[: len(base)], strict=True))
    after = dict(zip(base, arrays[len(base) :], strict=True))
    for name in base:
        _check_factor(name, before[name], after[name])
    return before, after


def _check_factor(name: str, start: Array, end: Array) -> None:
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        msg = (
            f"factor {name} is not finite in some term; where the driver is zero give "
            "the other period's value (no change) or zero"
        )
        raise InputError(msg)
    if (start * end < 0).any():
        msg = (
            f"factor {name} changes sign in some term; the logarithmic mean is not "
            "defined there; use shapley_of()"
        )
        raise InputError(msg)
