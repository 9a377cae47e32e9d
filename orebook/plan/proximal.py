"""Least squares over a polyhedron by the proximal method of multipliers.

Slower than guessing which cuts bind, but it needs no guess and no independent cuts:
many equal days tied to one limit make neither. Each step minimises a convex function
made of a few parabolas, by Newton with an exact search along the line, so that it
cannot go round in circles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orebook.plan.factor import BoolArray
from orebook.plan.lp import FloatArray
from orebook.plan.squares import Optimum, Squares, errors

if TYPE_CHECKING:
    pass

__all__ = ["by_multipliers"]

EXACT = 1e-13
"""Error below which no step improves anything [-]."""

OUTER = 30
"""Updates of the multipliers at most [-]."""

INNER = 50
"""Newton steps between two updates at most [-]."""

SOFT, HARD = 1e-3, 1e-6
"""Largest and least weight of the proximal terms [-]."""


def by_multipliers(part: Squares, near: Optimum) -> Optimum:
    """Return the least sum of squares from any start.

    Parameters
    ----------
    part : Squares
        The problem, in figures near 1; its polyhedron must not be empty.
    near : Optimum
        Where to start.

    Returns
    -------
    Optimum
        The best point found; `errors` say how good it is.

    References
    ----------
    .. [1] R. T. Rockafellar, Augmented Lagrangians and applications of the proximal
       point algorithm in convex programming, Mathematics of Operations Research, 1976.
    .. [2] B. Hermans, A. Themelis, P. Patrinos, QPALM: a proximal augmented Lagrangian
       method for nonconvex quadratic programs, Mathematical Programming Computation,
       2022 (Newton with exact search).

    Examples
    --------
    The point nearest to (2, 2) with a sum of at most 3, said twice:

    >>> from scipy.sparse import csr_array
    >>> unit, twice = csr_array(np.eye(2)), csr_array(np.ones((2, 2)))
    >>> part = Squares(
    ...     unit, np.full(2, -2.0), twice, np.full(2, -np.inf), np.full(2, 3.0)
    ... )
    >>> found = by_multipliers(part, Optimum(np.zeros(2), np.zeros(2)))
    >>> found.point.round(9).tolist()
    [1.5, 1.5]
    """
    weight, best, least = SOFT, near, _error(part, near)
    for _ in range(OUTER):
        near = _minimised(part, near, weight)
        error = _error(part, near)
        if error < least:
            best, least = near, error
        if least <= EXACT:
            break
        weight = max(HARD, 0.3 * weight)
    return best


def _error(part: Squares, found: Optimum) -> float:
    return float(max(error.max(initial=0.0) for error in errors(part, found)))


def _minimised(part: Squares, near: Optimum, weight: float) -> Optimum:
    """Return the minimum of the sum of squares with soft cuts, near a point."""
    point, held = near.point, None
    for _ in range(INNER):
        price, beyond = _pressed(part, near, point, weight)
        step = _newton(part, near, point, price, beyond, weight=weight)
        length = _length(part, near, point, step, weight=weight)
        point = point + length * step
        same = held is not None and bool((held == beyond).all())
        still = length * np.abs(step).max() <= 1e-14 * max(1.0, np.abs(point).max())
        if (same and abs(length - 1.0) < 1e-6) or still:
            break
        held = beyond
    return Optimum(point, _pressed(part, near, point, weight)[0])


def _pressed(
    part: Squares, near: Optimum, point: FloatArray, weight: float
) -> tuple[FloatArray, BoolArray]:
    """Return the multipliers of soft cuts at a point, and which cuts press."""
    value = part.cut @ point + weight * near.price
    over = value - np.clip(value, part.least, part.most)
    return over / weight, (over != 0.0) | (part.least == part.most)


def _newton(
    part: Squares,
    near: Optimum,
    point: FloatArray,
    price: FloatArray,
    beyond: BoolArray,
    *,
    weight: float,
) -> FloatArray:
    """Return the step to the minimum if the same cuts went on pressing."""
    from scipy.sparse import block_array, csr_array, eye_array
    from scipy.sparse.linalg import splu

    terms, ties = part.matrix.shape
    pressing = csr_array(part.cut[np.flatnonzero(beyond)])
    system = block_array(
        [
            [weight * eye_array(ties), part.matrix.T, pressing.T],
            [part.matrix, -eye_array(terms), None],
            [pressing, None, -weight * eye_array(pressing.shape[0])],
        ],
        format="csc",
    )
    slope = _slope(part, near, point, price, weight)
    right = np.concatenate([-slope, np.zeros(system.shape[0] - ties)])
    lu = splu(system)
    step = lu.solve(right)
    step += lu.solve(right - system @ step)
    return np.asarray(step[:ties], np.float64)


def _slope(
    part: Squares, near: Optimum, point: FloatArray, price: FloatArray, weight: float
) -> FloatArray:
    """Return the slope of the softened sum of squares."""
    pull = part.matrix.T @ (part.matrix @ point + part.start)
    away = weight * (point - near.point)
    return np.asarray(pull + away + part.cut.T @ price, np.float64)


def _length(
    part: Squares, near: Optimum, point: FloatArray, step: FloatArray, *, weight: float
) -> float:
    """Return how far along a step the softened sum of squares falls."""
    term, start = part.matrix @ step, part.matrix @ point + part.start
    change = part.cut @ step
    value = part.cut @ point + weight * near.price
    base = float(term @ start + weight * (step @ (point - near.point)))
    rise = float(term @ term + weight * (step @ step))

    def fall(length: float) -> float:
        moved = value + length * change
        over = moved - np.clip(moved, part.least, part.most)
        return base + length * rise + float(change @ over) / weight

    moving = np.flatnonzero(change)
    ends = np.concatenate([part.least[moving], part.most[moving]])
    stops = (ends - np.tile(value[moving], 2)) / np.tile(change[moving], 2)
    stops = np.unique(stops[np.isfinite(stops) & (stops > 0.0)])
    # The slope along the step rises from stop to stop: halve down to where it is 0.
    low, high = 0, stops.size
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if fall(stops[middle]) < 0.0 else (low, middle)
    first = float(stops[low - 1]) if low else 0.0
    last = float(stops[low]) if low < stops.size else first + 1.0
    at_first, at_last = fall(first), fall(last)
    if at_last <= at_first:
        return first
    return first - at_first * (last - first) / (at_last - at_first)
