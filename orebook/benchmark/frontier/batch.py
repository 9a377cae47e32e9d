"""Many small linear programmes that share their columns: the form all models take.

Every unit has a programme of its own over the same pool of observed activities:
minimise ``cost @ z`` subject to ``pool @ lam + own @ z + slack = rhs``. All radial,
directional, additive, slacks-based, cost, weak-disposability and network models are
this one form with other rows and other own columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Batch", "BoolArray", "FloatArray", "IntArray", "columns_of", "duplicate"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One programme per unit over shared columns.

    Parameters
    ----------
    pool : array, shape (rows, peers)
        Shared columns without cost, one per observed activity [scaled].
    own : array, shape (units, rows, kinds)
        Columns of each unit's own, such as its direction [scaled].
    own_cost : array, shape (units, kinds)
        Their cost [-].
    slack_cost : array, shape (units, rows)
        Cost of the slack of each row [-].
    rhs : array, shape (units, rows)
        Right-hand side; every row is "at most" or an equation [scaled].
    equal : array of bool, shape (rows,)
        Rows that are equations.
    free : array of bool, shape (kinds,)
        Own columns without a sign; they must be basic at the start.
    start : array of int, shape (units, rows)
        Columns of the first basis: slack ``r`` is ``r``, own column ``k`` is
        ``rows + k``, peer ``j`` is ``rows + kinds + j``.
    hinge : array of int, shape (units,)
        Row that takes a peer into the first basis where that is needed to make it
        dual feasible; -1 for none.
    barred : array of int, shape (units,)
        Peer the unit must not use (itself in super-efficiency); -1 for none.
    """

    pool: FloatArray
    own: FloatArray
    own_cost: FloatArray
    slack_cost: FloatArray
    rhs: FloatArray
    equal: BoolArray
    free: BoolArray
    start: IntArray
    hinge: IntArray
    barred: IntArray

    @property
    def rows(self) -> int:
        """Number of rows [-]."""
        return int(self.pool.shape[0])

    @property
    def kinds(self) -> int:
        """Number of own columns of a unit [-]."""
        return int(self.own.shape[2])

    @property
    def units(self) -> int:
        """Number of programmes [-]."""
        return int(self.rhs.shape[0])

    def take(self, units: IntArray | slice) -> Batch:
        """Return the programmes of some units.

        Parameters
        ----------
        units : array of int or slice
            Which [-].
        """
        return Batch(
            self.pool,
            self.own[units],
            self.own_cost[units],
            self.slack_cost[units],
            self.rhs[units],
            self.equal,
            self.free,
            self.start[units],
            self.hinge[units],
            self.barred[units],
        )


def columns_of(batch: Batch, basis: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the basis matrices of the units and the costs of what is basic.

    Parameters
    ----------
    batch : Batch
        The programmes.
    basis : array of int, shape (units, rows)
        Basic columns, numbered as in `Batch` [-].

    Returns
    -------
    matrix : array, shape (units, rows, rows)
        Column ``p`` is the column basic in row ``p`` [scaled].
    cost : array, shape (units, rows)
        Costs [-].
    """
    rows, kinds, units = batch.rows, batch.kinds, basis.shape[0]
    at = np.arange(units)[:, None]
    slack, peer = basis < rows, basis >= rows + kinds
    own = ~slack & ~peer
    shared = np.concatenate([np.eye(rows), batch.pool], axis=1).T
    where = np.where(slack, basis, np.where(peer, basis - kinds, 0))
    matrix = shared[where]
    cost = np.where(slack, batch.slack_cost[at, np.where(slack, basis, 0)], 0.0)
    if own.any():
        kind = np.where(own, basis - rows, 0)
        mine = batch.own[at, :, kind]
        matrix = np.where(own[:, :, None], mine, matrix)
        cost = np.where(own, batch.own_cost[at, kind], cost)
    return np.ascontiguousarray(matrix.transpose(0, 2, 1)), cost


_Number = TypeVar("_Number", np.float64, np.int64)


def duplicate(values: npt.NDArray[_Number], units: int) -> npt.NDArray[_Number]:
    """Return the same values for every unit.

    Parameters
    ----------
    values : array
        Values of one unit.
    units : int
        How many units [-].

    Examples
    --------
    >>> duplicate(np.array([1.0, 2.0]), 2)
    array([[1., 2.],
           [1., 2.]])
    """
    return np.repeat(values[None], units, axis=0)
