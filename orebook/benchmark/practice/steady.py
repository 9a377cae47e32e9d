"""Steady state: which readings tell how a plant runs, and not how it changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = ["SteadyRule", "segments", "steady", "steady_all"]

Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SteadyRule:
    """Weights of the three filters, critical ratio, readings to hold [-]."""

    level: float = 0.2
    spread: float = 0.1
    step: float = 0.1
    critical: float = 2.0
    hold: int = 5


def steady(x: Array, rule: SteadyRule | None = None) -> Marks:
    """Return where a reading is steady.

    Parameters
    ----------
    x : array
        Readings at even steps, in order of time.
    rule : SteadyRule, optional
        Filter weights, critical ratio and how long it must hold.

    Notes
    -----
    R = (2 - l1) v^2/d^2 of two filtered variances: about the moving mean, and of
    steps from one reading to the next; 1 where nothing but noise moves. The filters
    start with the spread of the first ten steps.

    References
    ----------
    .. [1] S. Cao, R. R. Rhinehart, An efficient method for on-line identification of
       steady state, J. Process Control 5 (1995) 363.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = np.concatenate([np.zeros(200), np.linspace(0, 50, 50), np.full(200, 50.0)])
    >>> found = steady(x + rng.normal(size=450))
    >>> bool(found[20:200].mean() > 0.8), bool(found[210:250].any())
    (True, False)
    """
    r = rule or SteadyRule()
    values = np.asarray(x, np.float64)
    if values.size < 3:
        return np.zeros(values.size, bool)
    start = 0.5 * float(np.mean(np.diff(values[:11]) ** 2))
    mean = float(values[:10].mean())
    about, step = start * r.level / (2.0 - r.level) + start, 2.0 * start
    ratio = np.empty(values.size)
    before = values[0]
    for i, value in enumerate(values):
        about = r.spread * (value - mean) ** 2 + (1.0 - r.spread) * about
        mean = r.level * value + (1.0 - r.level) * mean
        step = r.step * (value - before) ** 2 + (1.0 - r.step) * step
        ratio[i] = (2.0 - r.level) * about / step if step > 0.0 else 1.0
        before = value
    return _held(ratio < r.critical, r.hold)


def steady_all(x: Array, rule: SteadyRule | None = None) -> Marks:
    """Return where all columns are steady, shape (readings,)."""
    found = [steady(column, rule) for column in np.asarray(x, np.float64).T]
    return np.logical_and.reduce(found) if found else np.ones(len(x), bool)


def _held(mark: Marks, hold: int) -> Marks:
    """Keep marks that have held for so many readings."""
    if hold < 2:
        return mark
    count = np.convolve(mark.astype(np.int64), np.ones(hold, np.int64))[: mark.size]
    return count >= hold


def segments(
    hours: Array, keep: Marks, length: float, least: int = 3
) -> list[NDArray[np.intp]]:
    """Return the readings of each period of fixed length, as index arrays.

    Parameters
    ----------
    hours : array
        Time of each reading, rising [h].
    keep : array of bool
        Readings that are steady and in operation.
    length : float
        Length of a period [h], such as 8 for a shift.
    least : int
        Readings a period must hold; at least half of its readings must be kept [-].

    Raises
    ------
    InputError
        If the length is not positive.

    Examples
    --------
    >>> found = segments(np.arange(10.0), np.arange(10) != 1, 5.0)
    >>> [part.tolist() for part in found]
    [[0, 2, 3, 4], [5, 6, 7, 8, 9]]
    """
    if not length > 0.0:
        raise InputError(
            f"a period of {length:g} h: expected more than 0; 8 is a shift, 24 a day"
        )
    number = np.floor((np.asarray(hours) - hours[0]) / length).astype(int)
    found = []
    for k in np.unique(number):
        mine = np.flatnonzero(number == k)
        kept = mine[keep[mine]]
        if kept.size >= least and 2 * kept.size >= mine.size:
            found.append(kept)
    return found
