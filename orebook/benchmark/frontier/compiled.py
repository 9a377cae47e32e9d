"""The same simplex as in `pivot`, one unit at a time and compiled by numba.

Optional: without numba the NumPy path gives the same scores. Both start from the same
bases, pivot by the same rules, and the same code certifies what they find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from orebook.benchmark.frontier.pivot import (
    FEASIBLE,
    INFEASIBLE,
    LIMIT,
    OPTIMAL,
    PIVOT,
    TIE,
    UNBOUNDED,
    most_steps,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orebook.benchmark.frontier.batch import BoolArray, FloatArray, IntArray
    from orebook.benchmark.frontier.pivot import State

__all__ = ["step_all", "step_samples"]

_LAST = np.iinfo(np.int64).max


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function; keep the machine code where the disk allows it."""
    try:
        made = numba.njit(cache=True, error_model="numpy")(function)
    except RuntimeError:  # no folder to keep it in
        made = numba.njit(error_model="numpy")(function)
    found: Callable[..., Any] = made
    return found


def step_all(state: State, *, dual: bool) -> IntArray:
    """Bring programmes to their optimum, in place.

    Parameters
    ----------
    state : State
        The programmes; bases are written back into it.
    dual : bool
        Whether the bases are dual feasible rather than feasible.

    Returns
    -------
    array of int
        Status per unit, as in `pivot`.
    """
    found: IntArray = _all(
        state.shared,
        np.ascontiguousarray(state.own),
        np.ascontiguousarray(state.own_cost),
        np.ascontiguousarray(state.slack_cost),
        state.equal,
        state.free,
        state.barred,
        state.basis,
        state.inverse,
        state.value,
        dual,
        most_steps(state.shared.shape[0]),
    )
    return found


def step_samples(
    state: State, hinge: IntArray, factor: FloatArray, rows: slice
) -> tuple[FloatArray, BoolArray]:
    """Return the first own column of all units against many pseudo-samples.

    Parameters
    ----------
    state : State
        Programmes at their first bases, without hinges.
    hinge : array of int, shape (units,)
        Hinge row of each unit; -1 for none.
    factor : array, shape (samples, peers)
        What multiplies some rows of each peer [-].
    rows : slice
        Those rows.

    Returns
    -------
    value : array, shape (samples, units)
        Value of the first own column [-].
    failed : array of bool, shape (samples,)
        Where a unit did not come to its optimum.
    """
    found: tuple[FloatArray, BoolArray] = _samples(
        state.shared, np.ascontiguousarray(state.own),
        np.ascontiguousarray(state.own_cost), np.ascontiguousarray(state.slack_cost),
        state.equal, state.free, state.basis, state.inverse, state.value, hinge,
        np.ascontiguousarray(factor), rows.start, rows.stop,
        most_steps(state.shared.shape[0]),
    )  # fmt: skip
    return found


@_compiled
def _all(
    shared: FloatArray,
    own: FloatArray,
    own_cost: FloatArray,
    slack_cost: FloatArray,
    equal: BoolArray,
    free: BoolArray,
    barred: IntArray,
    basis: IntArray,
    inverse: FloatArray,
    value: FloatArray,
    dual: bool,
    steps: int,
) -> IntArray:
    """Step every unit: the dual phase where it is asked for, then the primal one."""
    units, rows = basis.shape
    width = shared.shape[1]
    columns = width + own.shape[2]
    status = np.full(units, OPTIMAL)
    reduced, alpha = np.empty(columns), np.empty(columns)
    entered = np.empty(rows)
    out = np.zeros(columns, dtype=np.bool_)
    for u in range(units):
        if dual:
            status[u] = _dual(
                shared, own[u], own_cost[u], slack_cost[u], equal, free, barred[u],
                basis[u], inverse[u], value[u], steps, reduced, alpha, entered, out,
            )  # fmt: skip
        if status[u] == OPTIMAL:
            status[u] = _primal(
                shared, own[u], own_cost[u], slack_cost[u], equal, free, barred[u],
                basis[u], inverse[u], value[u], steps, reduced, entered,
            )  # fmt: skip
    return status


@_compiled
def _price(
    shared: FloatArray,
    own: FloatArray,
    vector: FloatArray,
    found: FloatArray,
) -> None:
    """Write ``vector @ column`` of every column."""
    rows, width = shared.shape
    for c in range(width):
        found[c] = vector[0] * shared[0, c]
    for r in range(1, rows):
        factor = vector[r]
        if factor != 0.0:
            for c in range(width):
                found[c] += factor * shared[r, c]
    for k in range(own.shape[1]):
        total = 0.0
        for r in range(rows):
            total += vector[r] * own[r, k]
        found[width + k] = total


@_compiled
def _reduce(
    shared: FloatArray,
    own: FloatArray,
    own_cost: FloatArray,
    slack_cost: FloatArray,
    equal: BoolArray,
    barred: int,
    basis: IntArray,
    inverse: FloatArray,
    found: FloatArray,
) -> None:
    """Write the reduced cost of every column; infinite where it may not enter."""
    rows, width = shared.shape
    dual = np.zeros(rows)
    for p in range(rows):
        column = basis[p]
        cost = 0.0
        if column < rows:
            cost = slack_cost[column]
        elif column >= width:
            cost = own_cost[column - width]
        if cost != 0.0:
            for r in range(rows):
                dual[r] -= cost * inverse[p, r]
    _price(shared, own, dual, found)
    for r in range(rows):
        found[r] = np.inf if equal[r] else found[r] + slack_cost[r]
    for k in range(own.shape[1]):
        found[width + k] += own_cost[k]
    if barred >= 0:
        found[barred] = np.inf


@_compiled
def _exchange(
    shared: FloatArray,
    own: FloatArray,
    basis: IntArray,
    inverse: FloatArray,
    value: FloatArray,
    row: int,
    column: int,
    entered: FloatArray,
) -> None:
    """Let a column take the place of what is basic in a row."""
    rows = basis.size
    for r in range(rows):
        inverse[row, r] /= entered[row]
    value[row] /= entered[row]
    for p in range(rows):
        if p != row and entered[p] != 0.0:
            for r in range(rows):
                inverse[p, r] -= entered[p] * inverse[row, r]
            value[p] -= entered[p] * value[row]
    basis[row] = column


@_compiled
def _enter(
    shared: FloatArray,
    own: FloatArray,
    inverse: FloatArray,
    column: int,
    entered: FloatArray,
) -> None:
    """Write ``inverse @ column``."""
    rows, width = shared.shape
    for p in range(rows):
        total = 0.0
        for r in range(rows):
            entry = shared[r, column] if column < width else own[r, column - width]
            total += inverse[p, r] * entry
        entered[p] = total


@_compiled
def _dual(
    shared: FloatArray,
    own: FloatArray,
    own_cost: FloatArray,
    slack_cost: FloatArray,
    equal: BoolArray,
    free: BoolArray,
    barred: int,
    basis: IntArray,
    inverse: FloatArray,
    value: FloatArray,
    steps: int,
    reduced: FloatArray,
    alpha: FloatArray,
    entered: FloatArray,
    out: BoolArray,
) -> int:
    """Dual simplex of one unit."""
    width = shared.shape[1]
    columns = width + own.shape[1]
    left_out = False
    _reduce(shared, own, own_cost, slack_cost, equal, barred, basis, inverse, reduced)
    for c in range(columns):
        out[c] = reduced[c] < -FEASIBLE
        left_out = left_out or out[c]
    for step in range(steps):
        row, sign = _leaving(basis, value, equal, free, width, step > steps // 2)
        if row < 0:
            return OPTIMAL
        _price(shared, own, sign * inverse[row], alpha)
        least = np.inf
        for c in range(columns):
            if alpha[c] < -PIVOT and not out[c] and reduced[c] < np.inf:
                least = min(least, max(reduced[c], 0.0) / -alpha[c])
        if least == np.inf:
            return LIMIT if left_out else INFEASIBLE
        column, best = -1, 0.0
        for c in range(columns):
            can = alpha[c] < best and alpha[c] < -PIVOT and not out[c]
            if can and max(reduced[c], 0.0) / -alpha[c] <= least + TIE:
                column, best = c, alpha[c]
        # Prices move along the row that leaves; what drifts is certified anew later.
        change = reduced[column] / alpha[column]
        for c in range(columns):
            reduced[c] -= change * alpha[c]
        reduced[column] = 0.0
        _enter(shared, own, inverse, column, entered)
        _exchange(shared, own, basis, inverse, value, row, column, entered)
    return LIMIT


@_compiled
def _leaving(
    basis: IntArray,
    value: FloatArray,
    equal: BoolArray,
    free: BoolArray,
    width: int,
    bland: bool,
) -> tuple[int, float]:
    """Return the row that leaves and the sign that makes it negative; -1 for none."""
    rows = basis.size
    row, worst, sign, first = -1, -FEASIBLE, 1.0, _LAST
    for p in range(rows):
        column = basis[p]
        if column >= width and free[column - width]:
            continue
        fixed = column < rows and equal[column]
        short = -abs(value[p]) if fixed else value[p]
        better = column < first if bland else short < worst
        if short < -FEASIBLE and better:
            row, worst, first = p, short, column
            sign = -1.0 if fixed and value[p] > 0.0 else 1.0
    return row, sign


@_compiled
def _primal(
    shared: FloatArray,
    own: FloatArray,
    own_cost: FloatArray,
    slack_cost: FloatArray,
    equal: BoolArray,
    free: BoolArray,
    barred: int,
    basis: IntArray,
    inverse: FloatArray,
    value: FloatArray,
    steps: int,
    reduced: FloatArray,
    entered: FloatArray,
) -> int:
    """Primal simplex of one unit."""
    columns, width = reduced.size, shared.shape[1]
    for step in range(steps):
        bland = step > steps // 2
        _reduce(
            shared, own, own_cost, slack_cost, equal, barred, basis, inverse, reduced
        )
        column, worst = -1, -FEASIBLE
        for c in range(columns):
            if reduced[c] < worst:
                column, worst = c, reduced[c]
                if bland:
                    break
        if column < 0:
            return OPTIMAL
        _enter(shared, own, inverse, column, entered)
        row = _shortest(basis, value, entered, equal, free, width, bland)
        if row < 0:
            return UNBOUNDED
        _exchange(shared, own, basis, inverse, value, row, column, entered)
    return LIMIT


@_compiled
def _shortest(
    basis: IntArray,
    value: FloatArray,
    entered: FloatArray,
    equal: BoolArray,
    free: BoolArray,
    width: int,
    bland: bool,
) -> int:
    """Return the row that leaves first; -1 where none does."""
    rows = basis.size
    ratio = np.full(rows, np.inf)
    least = np.inf
    for p in range(rows):
        column = basis[p]
        fixed = column < rows and equal[column]
        if fixed and abs(entered[p]) > PIVOT:
            ratio[p] = 0.0
        elif entered[p] > PIVOT and not (column >= width and free[column - width]):
            ratio[p] = max(value[p], 0.0) / entered[p]
        least = min(least, ratio[p])
    row, best, first = -1, 0.0, _LAST
    if least == np.inf:
        return row
    for p in range(rows):
        if ratio[p] <= least + TIE:
            better = basis[p] < first if bland else abs(entered[p]) > best
            if better:
                row, best, first = p, abs(entered[p]), basis[p]
    return row


@_compiled
def _samples(
    shared: FloatArray,
    own: FloatArray,
    own_cost: FloatArray,
    slack_cost: FloatArray,
    equal: BoolArray,
    free: BoolArray,
    first: IntArray,
    inverse_first: FloatArray,
    value_first: FloatArray,
    hinge: IntArray,
    factor: FloatArray,
    start: int,
    stop: int,
    steps: int,
) -> tuple[FloatArray, BoolArray]:
    """Step every unit against every pseudo-sample."""
    units, rows = first.shape
    width = shared.shape[1]
    columns = width + own.shape[2]
    reduced, alpha = np.empty(columns), np.empty(columns)
    entered = np.empty(rows)
    out = np.zeros(columns, dtype=np.bool_)
    found = np.zeros((factor.shape[0], units))
    failed = np.zeros(factor.shape[0], dtype=np.bool_)
    sample = shared.copy()
    for b in range(factor.shape[0]):
        for r in range(start, stop):
            for c in range(rows, width):
                sample[r, c] = shared[r, c] * factor[b, c - rows]
        for u in range(units):
            basis, value = first[u].copy(), value_first[u].copy()
            inverse = inverse_first[u].copy()
            _reduce(
                sample, own[u], own_cost[u], slack_cost[u], equal, -1, basis, inverse,
                reduced,
            )  # fmt: skip
            if hinge[u] >= 0:
                _hang(
                    sample, own[u], equal, basis, inverse, value, hinge[u], reduced,
                    entered,
                )  # fmt: skip
            status = _dual(
                sample, own[u], own_cost[u], slack_cost[u], equal, free, -1, basis,
                inverse, value, steps, reduced, alpha, entered, out,
            )  # fmt: skip
            if status == OPTIMAL:
                status = _primal(
                    sample, own[u], own_cost[u], slack_cost[u], equal, free, -1, basis,
                    inverse, value, steps, reduced, entered,
                )  # fmt: skip
            if status != OPTIMAL:
                failed[b] = True
            for p in range(rows):
                if basis[p] == width:
                    found[b, u] = value[p]
    return found, failed


@_compiled
def _hang(
    shared: FloatArray,
    own: FloatArray,
    equal: BoolArray,
    basis: IntArray,
    inverse: FloatArray,
    value: FloatArray,
    hinge: int,
    reduced: FloatArray,
    entered: FloatArray,
) -> None:
    """Take into the hinge row the peer that makes the basis dual feasible."""
    rows, width = shared.shape
    column, least = -1, np.inf
    for c in range(rows, width):
        if shared[hinge, c] > 0.0 and reduced[c] / shared[hinge, c] < least:
            column, least = c, reduced[c] / shared[hinge, c]
    if column >= 0 and (equal[hinge] or least < -1e-13):
        _enter(shared, own, inverse, column, entered)
        _exchange(shared, own, basis, inverse, value, hinge, column, entered)
