"""Programmes over a frame of activities, ready to step, and their first bases."""

from __future__ import annotations

import numpy as np

from orebook.benchmark.frontier.batch import (
    Batch,
    IntArray,
    columns_of,
)
from orebook.benchmark.frontier.pivot import (
    OPTIMAL,
    State,
    basic_costs,
    dual_simplex,
    entering,
    exchange,
    primal_simplex,
)

__all__ = ["hinged_state", "outward", "starting_state", "state_of", "step_numpy"]


def state_of(
    batch: Batch, frame: IntArray, basis: IntArray, units: slice, *, fresh: bool
) -> State:
    """Return the programmes of some units over a frame, ready to step.

    Parameters
    ----------
    batch : Batch
        The programmes.
    frame : array of int
        Activities they may use [-].
    basis : array of int
        Bases of the units, in the numbering of `Batch`.
    units : slice
        Which units.
    fresh : bool
        Whether hinge rows are to be filled.
    """
    part = batch.take(units)
    matrix, _ = columns_of(part, basis)
    inverse = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    rows, kinds = batch.rows, batch.kinds
    place = np.full(batch.pool.shape[1], -1)
    place[frame] = np.arange(frame.size) + rows
    inward = np.where(basis < rows, basis, basis + frame.size)
    peer = basis >= rows + kinds
    inward = np.where(peer, place[np.where(peer, basis - rows - kinds, 0)], inward)
    barred = np.where(part.barred >= 0, place[part.barred], -1)
    state = State(
        np.concatenate([np.eye(rows), batch.pool[:, frame]], axis=1),
        part.own,
        part.own_cost,
        part.slack_cost,
        batch.equal,
        batch.free,
        barred,
        inward,
        inverse,
        np.einsum("urs,us->ur", inverse, part.rhs),
    )
    if fresh and (part.hinge >= 0).any():
        _hinge(state, part.hinge)
    return state


def starting_state(batch: Batch) -> State:
    """Return programmes over the whole pool at their first bases, without hinges.

    Parameters
    ----------
    batch : Batch
        The programmes.
    """
    return state_of(
        batch, np.arange(batch.pool.shape[1]), batch.start, slice(None), fresh=False
    )


def hinged_state(batch: Batch) -> State:
    """Return programmes over the whole pool at dual feasible bases.

    Parameters
    ----------
    batch : Batch
        The programmes.
    """
    return state_of(
        batch, np.arange(batch.pool.shape[1]), batch.start, slice(None), fresh=True
    )


def _hinge(state: State, hinge: IntArray) -> None:
    """Take into the hinge row the peer that makes the first basis dual feasible."""
    s = state
    rows = s.shared.shape[0]
    dual = np.einsum("ur,urs->us", basic_costs(s), s.inverse)
    reduced = -dual @ s.shared[:, rows:]
    entries = s.shared[hinge, rows:]
    usable = np.where(hinge[:, None] >= 0, entries > 0.0, False)
    held = np.flatnonzero(s.barred >= 0)
    usable[held, s.barred[held] - rows] = False
    equal = s.equal[hinge]
    need = np.where(usable, reduced / np.where(usable, entries, 1.0), np.inf)
    best = need.argmin(axis=1)
    least = need[np.arange(best.size), best]
    # An equation may shift either way; an inequality only where it is short.
    turn = np.flatnonzero(
        (hinge >= 0) & np.isfinite(least) & (equal | (least < -1e-13))
    )
    if not turn.size:
        return
    part = s.take(turn)
    column = best[turn] + rows
    exchange(part, hinge[turn], column, entering(part, column))
    s.put(turn, part)


def step_numpy(state: State, *, dual: bool) -> IntArray:
    """Step programmes in NumPy: the dual phase where asked for, then the primal one.

    Parameters
    ----------
    state : State
        The programmes; written in place.
    dual : bool
        Whether their bases are dual feasible rather than feasible.
    """
    status = np.full(state.basis.shape[0], OPTIMAL)
    if dual:
        status = dual_simplex(state)
    good = np.flatnonzero(status == OPTIMAL)
    if good.size:
        part = state.take(good)
        status[good] = primal_simplex(part)
        state.put(good, part)
    return status


def outward(batch: Batch, frame: IntArray, basis: IntArray) -> IntArray:
    """Return bases in the numbering of `Batch`.

    Parameters
    ----------
    batch : Batch
        The programmes.
    frame : array of int
        Activities their state held.
    basis : array of int
        Bases in the numbering of `pivot`.
    """
    rows, kinds = batch.rows, batch.kinds
    peer = (basis >= rows) & (basis < rows + frame.size)
    who = frame[np.where(peer, basis - rows, 0)] if frame.size else basis
    outward = np.where(basis < rows, basis, basis - frame.size)
    return np.where(peer, rows + kinds + who, outward)
