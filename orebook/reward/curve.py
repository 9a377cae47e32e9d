"""Payout curves in one normal form: straight pieces, two tails, at most one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError

Array = NDArray[np.float64]

AT_POINT = 1e-9
"""A value this near to a corner of a curve, relative to 1 + |x|, is at the corner."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The straight piece a value lies on: payout = y0 + slope (x - x0).

    Parameters
    ----------
    x0, y0 : float
        A point of the piece; attainment and payout [-].
    slope : float
        Payout per attainment [-].
    """

    x0: float
    y0: float
    slope: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A piecewise-linear payout curve.

    Parameters
    ----------
    xs, ys : tuple of float
        Corners, xs rising; attainment and payout [-].
    slope_left, slope_right : float
        Slopes of the tails beyond the first and last corner [-].
    below : float or None
        Constant payout left of the first corner where the curve has a step there;
        None where the left tail joins it [-].

    Raises
    ------
    InputError
        Corners are missing, not finite or not rising.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    slope_left: float = 0.0
    slope_right: float = 0.0
    below: float | None = None

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in pairwise(self.xs))
        numbers = (*self.xs, *self.ys, self.slope_left, self.slope_right)
        if not self.xs or len(self.xs) != len(self.ys) or not rising:
            msg = f"corners {self.xs} -> {self.ys}; expected pairs with rising x"
            raise InputError(msg)
        if not all(map(isfinite, numbers)):
            msg = f"corners {self.xs} -> {self.ys} are not all finite numbers"
            raise InputError(msg)

    def value(self, x: ArrayLike) -> Array:
        """Return the payout at each attainment.

        Parameters
        ----------
        x : array
            Attainment [-].

        Returns
        -------
        ndarray
            Payout [-].

        Examples
        --------
        >>> curve = Curve((0.8, 1.0, 1.2), (0.5, 1.0, 1.5), below=0.0)
        >>> [round(float(y), 6) for y in curve.value([0.79, 0.8, 1.06, 1.3])]
        [0.0, 0.5, 1.15, 1.5]
        """
        at = np.asarray(x, dtype=float)
        inner = np.interp(at, self.xs, self.ys)
        left = np.minimum(at - self.xs[0], 0.0) * self.slope_left
        right = np.maximum(at - self.xs[-1], 0.0) * self.slope_right
        smooth: Array = inner + left + right
        if self.below is None:
            return smooth
        return np.where(at < self.xs[0] - _tolerance(self.xs[0]), self.below, smooth)

    def segment(self, x: float) -> Segment:
        """Return the straight piece on which `x` lies.

        Parameters
        ----------
        x : float
            Attainment [-].

        Returns
        -------
        Segment
            The piece to the right of a corner, if `x` is at one.

        Examples
        --------
        >>> Curve((0.0, 1.0, 2.0), (0.5, 1.0, 3.5)).segment(1.1)
        Segment(x0=1.0, y0=1.0, slope=2.5)
        """
        first = self.xs[0]
        if x < first - _tolerance(first):
            if self.below is not None:
                return Segment(first, self.below, 0.0)
            return Segment(first, self.ys[0], self.slope_left)
        k = max(int(np.searchsorted(self.xs, x + _tolerance(x))) - 1, 0)
        return Segment(self.xs[k], self.ys[k], self._right_of(k))

    def slopes(self, x: float) -> tuple[float, float]:
        """Return the slope to the left and to the right of `x`.

        Parameters
        ----------
        x : float
            Attainment [-].

        Returns
        -------
        tuple of float
            Left and right derivative [-]; they differ at a corner. At a step the left
            one is that of the constant below; `step` gives the jump itself.

        Examples
        --------
        >>> Curve((0.0, 1.0), (0.0, 1.0), slope_right=0.5).slopes(1.0)
        (1.0, 0.5)
        """
        near = [k for k, c in enumerate(self.xs) if abs(x - c) <= _tolerance(c)]
        if not near:
            slope = self.segment(x).slope
            return slope, slope
        k = near[0]
        left = self._right_of(k - 1) if k else self._left_tail()
        return left, self._right_of(k)

    def step(self, x: float) -> float:
        """Return the payout lost at once just below `x`, zero where there is no step.

        Parameters
        ----------
        x : float
            Attainment [-].

        Returns
        -------
        float
            Height of the step at `x` [-].
        """
        first = self.xs[0]
        if self.below is None or abs(x - first) > _tolerance(first):
            return 0.0
        return self.ys[0] - self.below

    def _left_tail(self) -> float:
        return self.slope_left if self.below is None else 0.0

    def _right_of(self, k: int) -> float:
        if k == len(self.xs) - 1:
            return self.slope_right
        return (self.ys[k + 1] - self.ys[k]) / (self.xs[k + 1] - self.xs[k])


def piecewise(
    points: Sequence[tuple[float, float]],
    *,
    below: float | None = None,
    slope_left: float = 0.0,
    slope_right: float = 0.0,
) -> Curve:
    """Build a curve through given points.

    Parameters
    ----------
    points : sequence of tuple of float
        (attainment, payout), attainment rising [-].
    below : float, optional
        Payout left of the first point; a step if it differs [-].
    slope_left, slope_right : float
        Slopes beyond the ends [-].

    Returns
    -------
    Curve
        The curve.

    Examples
    --------
    >>> float(piecewise([(0.8, 0.5), (1.2, 1.5)]).value(1.0))
    1.0
    """
    xs = tuple(float(x) for x, _ in points)
    ys = tuple(float(y) for _, y in points)
    if below is not None and ys and below == ys[0]:
        below, slope_left = None, 0.0
    return Curve(xs, ys, slope_left, slope_right, below)


def dead_band(
    low: float,
    high: float,
    *,
    base: float = 1.0,
    slope_below: float = 1.0,
    slope_above: float = 1.0,
) -> Curve:
    """Build a curve that is flat between two bounds and straight outside.

    Parameters
    ----------
    low, high : float
        Bounds of the flat part, equal for a plain asymmetric curve [-].
    base : float
        Payout within the bounds [-].
    slope_below, slope_above : float
        Payout lost per attainment below, and gained above [-].

    Returns
    -------
    Curve
        The curve.

    Examples
    --------
    Output within 3 % of plan changes nothing; beyond it 3 for each 1 %.

    >>> curve = dead_band(0.97, 1.03, base=0, slope_below=300, slope_above=300)
    >>> [round(float(y), 6) for y in curve.value([0.95, 1.0, 1.05])]
    [-6.0, 0.0, 6.0]
    """
    if low > high:
        msg = f"dead band from {low:g} to {high:g}; expected low <= high"
        raise InputError(msg)
    xs = (low,) if low == high else (low, high)
    return Curve(xs, (base,) * len(xs), slope_below, slope_above)


def clipped(curve: Curve, *, floor: float | None, cap: float | None) -> Curve:
    """Return the curve held between a floor and a cap, corners included.

    Parameters
    ----------
    curve : Curve
        Any curve.
    floor, cap : float or None
        Lowest and highest payout [-].

    Returns
    -------
    Curve
        The curve in normal form, with a corner wherever it meets a bound.

    Raises
    ------
    InputError
        The floor lies above the cap.

    Examples
    --------
    >>> line = Curve((1.0,), (1.0,), 2.0, 2.0)
    >>> clipped(line, floor=0.0, cap=1.5)
    Curve(xs=(0.5, 1.0, 1.25), ys=(0.0, 1.0, 1.5), slope_left=0.0, ...)
    """
    low = -inf if floor is None else floor
    high = inf if cap is None else cap
    if low > high:
        msg = f"floor {low:g} above cap {high:g}; expected floor <= cap"
        raise InputError(msg)
    bounds = [bound for bound in (low, high) if isfinite(bound)]
    corners = dict(zip(curve.xs, curve.ys, strict=True))
    for bound in bounds:
        corners |= dict.fromkeys(_crossings(curve, bound), bound)
    xs = tuple(sorted(corners))
    ys = tuple(min(max(corners[x], low), high) for x in xs)
    outer_left = corners[xs[0]] - curve.slope_left
    outer_right = corners[xs[-1]] + curve.slope_right
    return Curve(
        xs,
        ys,
        curve.slope_left if low <= outer_left <= high else 0.0,
        curve.slope_right if low <= outer_right <= high else 0.0,
        None if curve.below is None else min(max(curve.below, low), high),
    )


def _crossings(curve: Curve, bound: float) -> list[float]:
    """Attainments at which the unbroken curve meets a level, corners left out."""
    found = []
    pieces = list(zip(curve.xs, curve.ys, strict=True))
    for (x0, y0), (x1, y1) in pairwise(pieces):
        if (y0 - bound) * (y1 - bound) < 0:
            found.append(x0 + (bound - y0) * (x1 - x0) / (y1 - y0))
    (first, first_y), (last, last_y) = pieces[0], pieces[-1]
    if curve.below is None and curve.slope_left:
        found.append(min(first + (bound - first_y) / curve.slope_left, first))
    if curve.slope_right:
        found.append(max(last + (bound - last_y) / curve.slope_right, last))
    return [x for x in found if all(abs(x - c) > _tolerance(c) for c in curve.xs)]


def _tolerance(x: float) -> float:
    return AT_POINT * (1 + abs(x))
