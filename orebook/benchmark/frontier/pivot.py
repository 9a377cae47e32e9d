"""Dual and primal simplex of many small programmes at once, in plain NumPy.

All programmes step together: one matrix product prices every column for every unit.
Numbering inside: slack ``r`` is ``r``, peer ``f`` of the frame is ``rows + f``, own
column ``k`` is ``rows + peers + k``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from orebook.benchmark.frontier.batch import BoolArray, FloatArray, IntArray

__all__ = [
    "FEASIBLE",
    "INFEASIBLE",
    "LIMIT",
    "OPTIMAL",
    "PIVOT",
    "TIE",
    "UNBOUNDED",
    "State",
    "basic_costs",
    "dual_simplex",
    "entering",
    "exchange",
    "most_steps",
    "primal_simplex",
]

OPTIMAL, INFEASIBLE, UNBOUNDED, LIMIT = range(4)
FEASIBLE: Final = 1e-10
"""A value or reduced cost this little below nought counts as nought [-]."""
PIVOT: Final = 1e-9
"""Smallest element to pivot on [-]."""
TIE: Final = 1e-12
"""Ratios that differ by less are equal; the larger pivot is taken [-]."""


def most_steps(rows: int) -> int:
    """Return the steps after which a programme is given to another solver [-].

    Examples
    --------
    >>> most_steps(8)
    360
    """
    return 200 + 20 * rows


@dataclass(slots=True, eq=False)
class State:
    """Programmes under way; arrays of the units still open are written in place.

    Parameters
    ----------
    shared : array, shape (rows, rows + peers)
        Slacks and the peers of the frame.
    own, own_cost, slack_cost : array
        As in `Batch`.
    equal, free : array of bool
        As in `Batch`.
    barred : array of int, shape (units,)
        Column of `shared` not to be used; -1 for none.
    basis : array of int, shape (units, rows)
        Basic columns in the numbering of this module.
    inverse : array, shape (units, rows, rows)
        Inverse of the basis.
    value : array, shape (units, rows)
        Values of the basic columns.
    """

    shared: FloatArray
    own: FloatArray
    own_cost: FloatArray
    slack_cost: FloatArray
    equal: BoolArray
    free: BoolArray
    barred: IntArray
    basis: IntArray
    inverse: FloatArray
    value: FloatArray

    def take(self, units: IntArray | BoolArray) -> State:
        """Return a copy of some units."""
        return State(
            self.shared,
            self.own[units],
            self.own_cost[units],
            self.slack_cost[units],
            self.equal,
            self.free,
            self.barred[units],
            self.basis[units],
            self.inverse[units],
            self.value[units],
        )

    @property
    def width(self) -> int:
        """Number of shared columns [-]."""
        return int(self.shared.shape[1])

    def put(self, units: IntArray, other: State) -> None:
        """Write the bases of some units back."""
        self.basis[units] = other.basis
        self.inverse[units] = other.inverse
        self.value[units] = other.value


def basic_costs(s: State) -> FloatArray:
    """Return the cost of each basic column [-].

    Parameters
    ----------
    s : State
        The programmes.
    """
    rows, at = s.shared.shape[0], np.arange(s.basis.shape[0])[:, None]
    cost = np.where(
        s.basis < rows, s.slack_cost[at, np.minimum(s.basis, rows - 1)], 0.0
    )
    mine = s.basis >= s.width
    if mine.any():
        kind = np.where(mine, s.basis - s.width, 0)
        cost = np.where(mine, s.own_cost[at, kind], cost)
    return cost


def _row(s: State, vector: FloatArray) -> FloatArray:
    """Return ``vector @ column`` of every column, slacks, peers, own."""
    found = np.empty((vector.shape[0], s.width + s.own.shape[2]))
    np.matmul(vector, s.shared, out=found[:, : s.width])
    np.einsum("ur,urk->uk", vector, s.own, out=found[:, s.width :])
    return found


def _reduced(s: State) -> FloatArray:
    """Return the reduced cost of every column; infinite where it may not enter."""
    dual = np.einsum("ur,urs->us", basic_costs(s), s.inverse)
    reduced = _row(s, -dual)
    rows = s.shared.shape[0]
    reduced[:, :rows] += s.slack_cost
    reduced[:, s.width :] += s.own_cost
    _bar(s, reduced, np.inf)
    return reduced


def _bar(s: State, found: FloatArray, value: float) -> None:
    """Overwrite what belongs to columns that may not enter."""
    found[:, : s.shared.shape[0]][:, s.equal] = value
    held = np.flatnonzero(s.barred >= 0)
    if held.size:
        found[held, s.barred[held]] = value


def _is_free(s: State) -> BoolArray:
    """Tell which basic columns have no sign."""
    kind = np.clip(s.basis - s.width, 0, None)
    free = s.free[np.minimum(kind, s.free.size - 1)]
    return np.asarray((s.basis >= s.width) & free)


def _is_fixed(s: State) -> BoolArray:
    """Tell which basic columns are slacks of equations: they must be nought."""
    rows = s.shared.shape[0]
    return np.asarray((s.basis < rows) & s.equal[np.minimum(s.basis, rows - 1)])


def entering(s: State, column: IntArray) -> FloatArray:
    """Return ``inverse @ column`` of one column per unit.

    Parameters
    ----------
    s : State
        The programmes.
    column : array of int, shape (units,)
        Which column each unit takes in [-].
    """
    mine = column >= s.width
    found = s.shared.T[np.where(mine, 0, column)]
    if mine.any():
        kind = np.where(mine, column - s.width, 0)
        found = np.where(mine[:, None], s.own[np.arange(column.size), :, kind], found)
    return np.asarray(np.einsum("urs,us->ur", s.inverse, found))


def exchange(s: State, row: IntArray, column: IntArray, entered: FloatArray) -> None:
    """Let a column take the place of what is basic in a row, in place.

    Parameters
    ----------
    s : State
        The programmes.
    row, column : array of int, shape (units,)
        Which row leaves and which column enters [-].
    entered : array, shape (units, rows)
        The column as from `entering`.
    """
    at = np.arange(row.size)
    top = s.inverse[at, row] / entered[at, row, None]
    step = s.value[at, row] / entered[at, row]
    s.inverse -= entered[:, :, None] * top[:, None, :]
    s.inverse[at, row] = top
    s.value -= entered * step[:, None]
    s.value[at, row] = step
    s.basis[at, row] = column


def dual_simplex(state: State) -> IntArray:
    """Bring programmes from a dual feasible basis to their optimum, in place.

    Columns that are not dual feasible at the start are left out; where that leaves
    no point at all, the status is LIMIT and not INFEASIBLE.

    Parameters
    ----------
    state : State
        The programmes; bases are written back into it.

    Returns
    -------
    array of int
        OPTIMAL, INFEASIBLE or LIMIT per unit.
    """
    status = np.full(state.basis.shape[0], LIMIT)
    units = np.arange(status.size)
    s = state.take(units)
    out = np.asarray(_reduced(s) < -FEASIBLE)
    left_out = np.asarray(out.any(axis=1))
    out_any = bool(left_out.any())
    for step in range(most_steps(state.shared.shape[0])):
        row, sign, short = _leaving(s, bland=step > most_steps(s.shared.shape[0]) // 2)
        done = np.asarray(short > -FEASIBLE)
        if done.any():
            state.put(units[done], s.take(done))
            status[units[done]] = OPTIMAL
            keep = ~done
            units, s, row, sign = units[keep], s.take(keep), row[keep], sign[keep]
            out, left_out = out[keep], left_out[keep]
        if not units.size:
            break
        at = np.arange(units.size)
        alpha = _row(s, s.inverse[at, row] * sign[:, None])
        _bar(s, alpha, 0.0)
        if out_any:
            alpha[out] = 0.0
        column, lost = _dual_ratio(s, alpha)
        if lost.any():
            status[units[lost]] = np.where(left_out[lost], LIMIT, INFEASIBLE)
            keep = ~lost
            units, s, row, column = units[keep], s.take(keep), row[keep], column[keep]
            out, left_out = out[keep], left_out[keep]
        exchange(s, row, column, entering(s, column))
    return status


def _leaving(s: State, *, bland: bool) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the row that leaves, the sign that makes it negative, and by how much."""
    short = np.where(_is_free(s), np.inf, s.value)
    fixed = _is_fixed(s)
    short = np.where(fixed, -np.abs(short), short)
    if bland:
        order = np.where(short < -FEASIBLE, s.basis, np.iinfo(np.int64).max)
        row = order.argmin(axis=1)
    else:
        row = short.argmin(axis=1)
    at = np.arange(row.size)
    sign = np.where(fixed[at, row] & (s.value[at, row] > 0.0), -1.0, 1.0)
    return row, sign, short[at, row]


def _dual_ratio(s: State, alpha: FloatArray) -> tuple[IntArray, BoolArray]:
    """Return the column that enters, and where there is none."""
    reduced = _reduced(s)
    can = alpha < -PIVOT
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.maximum(reduced, 0.0) / -alpha
    ratio[~can] = np.inf
    least = ratio.min(axis=1)
    lost = np.isinf(least)
    near = ratio <= (np.where(lost, 0.0, least) + TIE)[:, None]
    return np.where(near, alpha, 0.0).argmin(axis=1), lost


def primal_simplex(state: State, *, reduced_of: FloatArray | None = None) -> IntArray:
    """Bring programmes from a feasible basis to their optimum, in place.

    Parameters
    ----------
    state : State
        The programmes; bases are written back into it.
    reduced_of : array, optional
        Columns with a value above nought here may not enter; a second goal is sought
        this way among the optima of the first.

    Returns
    -------
    array of int
        OPTIMAL, UNBOUNDED or LIMIT per unit.
    """
    status = np.full(state.basis.shape[0], LIMIT)
    units = np.arange(status.size)
    s = state.take(units)
    shut = None if reduced_of is None else reduced_of > PIVOT
    steps = most_steps(state.shared.shape[0])
    for step in range(steps):
        reduced = _reduced(s)
        if shut is not None:
            reduced[shut[units]] = np.inf
        bland = step > steps // 2
        column = (
            (reduced < -FEASIBLE).argmax(axis=1) if bland else reduced.argmin(axis=1)
        )
        done = np.asarray(reduced[np.arange(units.size), column] > -FEASIBLE)
        if done.any():
            state.put(units[done], s.take(done))
            status[units[done]] = OPTIMAL
            units, s, column = units[~done], s.take(~done), column[~done]
        if not units.size:
            break
        entered = entering(s, column)
        row, endless = _primal_ratio(s, entered, bland=bland)
        if endless.any():
            status[units[endless]] = UNBOUNDED
            keep = ~endless
            units, s, row = units[keep], s.take(keep), row[keep]
            column, entered = column[keep], entered[keep]
        exchange(s, row, column, entered)
    return status


def _primal_ratio(
    s: State, entered: FloatArray, *, bland: bool
) -> tuple[IntArray, BoolArray]:
    """Return the row that leaves, and where there is none."""
    fixed = _is_fixed(s) & (np.abs(entered) > PIVOT)
    can = ((entered > PIVOT) & ~_is_free(s)) | fixed
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.maximum(s.value, 0.0) / entered
    ratio = np.where(fixed, 0.0, np.where(can, ratio, np.inf))
    least = ratio.min(axis=1)
    endless = np.isinf(least)
    near = ratio <= (np.where(endless, 0.0, least) + TIE)[:, None]
    if bland:
        order = np.where(near & can, s.basis, np.iinfo(np.int64).max)
        return order.argmin(axis=1), endless
    return np.where(near & can, np.abs(entered), -1.0).argmax(axis=1), endless
