"""From a raw value to attainment, and how fast attainment moves with the value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from orebook.errors import DataQualityError

Array = NDArray[np.float64]
Way = tuple[str, str]

VALUES: dict[Way, Callable[[Array, Array], Array]] = {
    ("ratio", "max"): lambda actual, target: actual / target,
    ("ratio", "min"): lambda actual, target: target / actual,
    ("relative_gap", "max"): lambda actual, target: 1 + (actual - target) / abs(target),
    ("relative_gap", "min"): lambda actual, target: 1 + (target - actual) / abs(target),
    ("difference", "max"): lambda actual, target: actual - target,
    ("difference", "min"): lambda actual, target: target - actual,
}
"""Attainment by formula and direction; more is better in each."""

RATES: dict[Way, Callable[[float, float], float]] = {
    ("ratio", "max"): lambda actual, target: 1 / target,
    ("ratio", "min"): lambda actual, target: -target / actual**2,
    ("relative_gap", "max"): lambda actual, target: 1 / abs(target),
    ("relative_gap", "min"): lambda actual, target: -1 / abs(target),
    ("difference", "max"): lambda actual, target: 1.0,
    ("difference", "min"): lambda actual, target: -1.0,
}
"""Derivative of attainment by the raw value."""


def attainment(actual: Array, target: Array, *, way: Way, measure: str) -> Array:
    """Return the attainment of values against targets.

    Parameters
    ----------
    actual, target : ndarray
        Raw values and targets [unit of the measure].
    way : tuple of str
        Formula (ratio, relative_gap, difference) and direction (max, min).
    measure : str
        Name for messages.

    Returns
    -------
    ndarray
        Attainment, 1 at the target [-]; for difference 0 there, in the raw unit.

    Raises
    ------
    DataQualityError
        The formula has no meaning for a value or target.

    Notes
    -----
    max: a/t, 1 + (a - t)/|t|, a - t; min: t/a, 1 + (t - a)/|t|, t - a. A ratio needs
    both above zero where it divides; a relative gap needs a target other than zero.

    Examples
    --------
    >>> energy = attainment(
    ...     np.array([10.1]),
    ...     np.array([10.5]),
    ...     way=("relative_gap", "min"),
    ...     measure="energy",
    ... )
    >>> round(float(energy[0]), 7)
    1.0380952
    """
    reason = _obstacle(actual, target, way)
    if reason is not None:
        msg = f"measure '{measure}': {reason}; use attainment = 'difference' for it"
        raise DataQualityError(msg)
    return VALUES[way](actual, target)


def _obstacle(actual: Array, target: Array, way: Way) -> str | None:
    formula, direction = way
    if formula == "ratio" and ((target <= 0) | (actual < 0)).any():
        return "a ratio needs a target above zero and no value below zero"
    if way == ("ratio", "min") and (actual == 0).any():
        return f"the value is zero and a ratio of direction {direction} divides by it"
    if formula == "relative_gap" and (target == 0).any():
        return "the target is zero and a relative gap divides by it"
    return None
