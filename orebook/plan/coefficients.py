"""Coefficients of a problem under construction, kept small until they are joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError

if TYPE_CHECKING:
    from scipy.sparse import csc_array

__all__ = ["Coefficients", "check_finite", "sparse"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]

SMALLEST_COEFFICIENT = 1e-9
"""Coefficients below this are what cancellation leaves behind, not data."""


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """Coefficients as they were given; each array broadcasts to ``shape``.

    Parameters
    ----------
    row, column : array of int
        Their places; of the first period where they run along the periods [-].
    value : array of float
        The coefficients [unit of row per unit of column].
    shape : tuple of int
        What they are spread over.
    along : bool
        True where the last axis is the period and is still to be added to the places.
    """

    row: IntArray
    column: IntArray
    value: FloatArray
    shape: tuple[int, ...]
    along: bool = False

    @property
    def size(self) -> int:
        """Number of coefficients [-]."""
        return int(np.prod(self.shape))


def sparse(
    parts: Sequence[Coefficients], shape: tuple[int, int], periods: int
) -> csc_array:
    """Return the matrix of all coefficients.

    Parameters
    ----------
    parts : sequence of Coefficients
        As they were given.
    shape : tuple of int
        Rows and columns of the matrix [-].
    periods : int
        Length of the horizon [-].

    Returns
    -------
    scipy.sparse.csc_array
        Coefficients of one place are summed; sums below 1e-9 are left out.

    Raises
    ------
    InputError
        If a place lies outside the matrix.

    Examples
    --------
    >>> part = Coefficients(
    ...     np.array([[0]]), np.array([[2]]), np.array([[5.0]]), (1, 2), along=True
    ... )
    >>> sparse([part], (2, 4), 2).toarray().tolist()
    [[0.0, 0.0, 5.0, 0.0], [0.0, 0.0, 0.0, 5.0]]
    """
    from scipy.sparse import coo_array

    rows, columns, values = _joined(parts, np.arange(periods, dtype=np.int32))
    _check_places("row", rows, shape[0])
    _check_places("column", columns, shape[1])
    matrix = coo_array((values, (rows, columns)), shape=shape).tocsc()
    small = np.abs(matrix.data) < SMALLEST_COEFFICIENT
    if small.any():
        matrix.data[small] = 0.0
        matrix.eliminate_zeros()
    return matrix


def _joined(
    parts: Sequence[Coefficients], time: Places
) -> tuple[Places, Places, FloatArray]:
    """Return rows, columns and values, each spread and converted into its place."""
    size = sum(part.size for part in parts)
    rows, columns = np.empty(size, np.int32), np.empty(size, np.int32)
    values = np.empty(size)
    begin = 0
    for part in parts:
        place = slice(begin, begin + part.size)
        for whole, given in ((rows, part.row), (columns, part.column)):
            spread = whole[place].reshape(part.shape)
            spread[...] = given
            if part.along:
                spread += time
        values[place].reshape(part.shape)[...] = part.value
        begin += part.size
    return rows, columns, values


def check_finite(values: FloatArray) -> None:
    """Refuse coefficients that are not numbers.

    Raises
    ------
    InputError
        If one is infinite or not a number.
    """
    if not np.isfinite(values).all():
        message = "a coefficient is not finite; expected numbers; supply the datum"
        raise InputError(message)


def _check_places(kind: str, indices: Places, size: int) -> None:
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        message = (
            f"an entry names {kind} {indices.min()}..{indices.max()}; expected 0.."
            f"{size - 1}; use the indices the blocks give"
        )
        raise InputError(message)
