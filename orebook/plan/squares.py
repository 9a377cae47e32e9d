"""A sum of squares over a polyhedron, and by how much a point misses its minimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orebook.plan.lp import FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Optimum", "Squares", "errors", "forces", "slopes"]


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """Minimise ``|matrix @ r + start|^2`` subject to ``least <= cut @ r <= most``.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array, shape (terms, unknowns)
        Slopes of the terms [-].
    start : array of float, shape (terms,)
        Terms at ``r = 0`` [-].
    cut : scipy.sparse.csr_array, shape (cuts, unknowns)
        Cuts; equal limits make an equation [-].
    least, most : array of float, shape (cuts,)
        Their limits [-].
    """

    matrix: csr_array
    start: FloatArray
    cut: csr_array
    least: FloatArray
    most: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """A point with the multipliers that prove it a minimum.

    Parameters
    ----------
    point : array of float, shape (unknowns,)
        The point [-].
    price : array of float, shape (cuts,)
        Multipliers: negative where the least limit presses, positive where the most
        limit does, 0 where none does [-].
    """

    point: FloatArray
    price: FloatArray


def errors(
    squares: Squares, found: Optimum, span: FloatArray | float = 1.0
) -> tuple[FloatArray, FloatArray]:
    """Return by how much each condition of a minimum is missed.

    Parameters
    ----------
    squares : Squares
        The problem.
    found : Optimum
        A point and its multipliers.
    span : array of float, shape (unknowns,), or float
        Size of the terms each unknown has to do with [-].

    Returns
    -------
    by_unknown : array of float, shape (unknowns,)
        What remains of the slope, as a share of the slope of a term of full size and
        of the multipliers it cancels with [-].
    by_cut : array of float, shape (cuts,)
        What a cut is missed by, or its room if it presses nevertheless, as a share of
        its terms [-].

    Notes
    -----
    Karush-Kuhn-Tucker conditions of a convex problem: with all errors 0 the point is a
    minimum. Shares do not depend on units.

    Examples
    --------
    The point nearest to 2 that is at most 1; 1 it is, 0 is not:

    >>> from scipy.sparse import csr_array
    >>> one = csr_array(np.eye(1))
    >>> squares = Squares(one, np.array([-2.0]), one, np.array([-np.inf]), np.ones(1))
    >>> [each.tolist() for each in errors(squares, Optimum(np.ones(1), np.ones(1)))]
    [[0.0], [0.0]]
    >>> [each.tolist() for each in errors(squares, Optimum(np.zeros(1), np.zeros(1)))]
    [[2.0], [0.0]]
    """
    matrix, cut, price = squares.matrix, squares.cut, found.price
    slope = matrix.T @ (matrix @ found.point + squares.start) + cut.T @ price
    level = slopes(matrix, span) + abs(cut).T @ np.abs(price)
    value = cut @ found.point
    missed = np.maximum(0.0, np.maximum(squares.least - value, value - squares.most))
    end = np.where(price > 0.0, squares.most, squares.least)
    room = np.where(price != 0.0, np.abs(end - value), 0.0)
    size = np.maximum(_row_sizes(cut), abs(cut) @ np.abs(found.point))
    size = np.where(size > 0.0, size, 1.0)
    # A multiplier that is nothing beside the slopes need not be at its limit.
    room = np.minimum(room / size, forces(cut, price, level))
    return np.abs(slope) / level, np.maximum(missed / size, room)


def slopes(matrix: csr_array, span: FloatArray | float) -> FloatArray:
    """Return the slope each unknown gives to half the square of a term of full size.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array, shape (terms, unknowns)
        Slopes of the terms [-].
    span : array of float, shape (unknowns,), or float
        Size of the terms each unknown has to do with [-].

    Returns
    -------
    array of float, shape (unknowns,)
        Never 0: an unknown that moves no term counts as one that moves it fully [-].
    """
    largest = np.zeros(matrix.shape[1])
    if matrix.shape[0]:
        largest = abs(matrix).max(axis=0).toarray().ravel()
    return np.asarray(np.where(largest > 0.0, largest, span) * span, np.float64)


def forces(cut: csr_array, price: FloatArray, level: FloatArray) -> FloatArray:
    """Return how hard each cut presses, as a share of the slopes it presses against.

    Parameters
    ----------
    cut : scipy.sparse.csr_array, shape (cuts, unknowns)
        Cuts [-].
    price : array of float, shape (cuts,)
        Multipliers [-].
    level : array of float, shape (unknowns,)
        Slopes to compare with [-].

    Returns
    -------
    array of float, shape (cuts,)
        Shares [-].
    """
    from scipy.sparse import csr_array, diags_array

    return np.abs(price) * _row_sizes(csr_array(cut @ diags_array(1.0 / level)))


def _row_sizes(matrix: csr_array) -> FloatArray:
    if not min(matrix.shape):
        return np.zeros(matrix.shape[0])
    return np.asarray(abs(matrix).max(axis=1).toarray().ravel(), np.float64)
