"""Compute an optimum anew from its basis and prove it against every activity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from orebook.benchmark.frontier.batch import (
    Batch,
    BoolArray,
    FloatArray,
    IntArray,
    columns_of,
)
from orebook.benchmark.frontier.pivot import LIMIT, OPTIMAL

__all__ = ["CERTIFIED", "Answer", "blocks", "certified"]

CERTIFIED: Final = 1e-9
"""Largest violation and gap of a certified score, in scaled data [-]."""
CELLS: Final = 1 << 21
"""Elements of one block of prices [-]."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What was found for each programme, with its proof.

    Parameters
    ----------
    status : array of int, shape (units,)
        0 optimal, 1 infeasible, 2 unbounded.
    objective : array, shape (units,)
        Least cost; 0 unless optimal [-].
    lambdas : sparse array, shape (units, peers)
        Weights of the activities [-].
    own, slack : array, shape (units, kinds), (units, rows)
        Values of the own columns and slacks [scaled].
    dual : array, shape (units, rows)
        Multiplier of each row [-].
    bound : array, shape (units,)
        Value of the dual programme [-].
    violation : array, shape (units,)
        Largest violation of a row, a sign or a reduced cost [scaled].
    basis : array of int, shape (units, rows)
        Basic columns in the numbering of `Batch`; -1 where another solver was asked.
    rescued : array of bool, shape (units,)
        Programmes another solver was asked for.
    frame : array of int
        Activities that were priced into the programmes.
    """

    status: IntArray
    objective: FloatArray
    lambdas: sparse.csr_array
    own: FloatArray
    slack: FloatArray
    dual: FloatArray
    bound: FloatArray
    violation: FloatArray
    basis: IntArray
    rescued: BoolArray
    frame: IntArray


def certified(
    batch: Batch, basis: IntArray, status: IntArray, frame: IntArray
) -> Answer:
    """Return what bases say, computed anew and priced against every activity.

    Parameters
    ----------
    batch : Batch
        The programmes.
    basis : array of int, shape (units, rows)
        Their last bases.
    status : array of int
        How they ended.
    frame : array of int
        Activities priced in.

    Returns
    -------
    Answer
        With whatever is not proven to 1e-9 asked of another solver.
    """
    units, rows, kinds = batch.units, batch.rows, batch.kinds
    peers = batch.pool.shape[1]
    good = np.flatnonzero(status == OPTIMAL)
    part = batch.take(good)
    matrix, cost = columns_of(part, basis[good])
    try:
        inverse = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        inverse = np.linalg.pinv(matrix)
    value = np.einsum("urs,us->ur", inverse, part.rhs)
    residual = part.rhs - np.einsum("urs,us->ur", matrix, value)
    value += np.einsum("urs,us->ur", inverse, residual)
    residual = np.abs(part.rhs - np.einsum("urs,us->ur", matrix, value)).max(axis=1)
    dual_good = np.einsum("ur,urs->us", cost, inverse)

    table = np.zeros((units, rows + kinds))
    at, inner = np.nonzero(basis[good] < rows + kinds)
    table[good[at], basis[good][at, inner]] = value[at, inner]
    at, inner = np.nonzero(basis[good] >= rows + kinds)
    weights = np.maximum(value[at, inner], 0.0)
    some = weights > 1e-13
    lambdas = sparse.csr_array(
        (
            weights[some],
            (good[at][some], (basis[good][at, inner] - rows - kinds)[some]),
        ),
        shape=(units, peers),
    )
    objective, bound, violation = (np.zeros(units) for _ in range(3))
    dual = np.zeros((units, rows))
    dual[good] = dual_good
    objective[good] = (cost * value).sum(axis=1)
    bound[good] = (dual_good * part.rhs).sum(axis=1)
    violation[good] = np.maximum(
        np.maximum(residual, _sign_violation(part, basis[good], value)),
        _dual_violation(part, dual_good),
    )
    found = Answer(
        status.copy(), objective, lambdas, table[:, rows:], table[:, :rows], dual,
        bound, violation, basis.copy(), np.zeros(units, dtype=bool), frame,
    )  # fmt: skip
    doubtful = (status == LIMIT) | (violation > CERTIFIED)
    doubtful |= np.abs(objective - bound) > CERTIFIED * np.maximum(1.0, abs(objective))
    if doubtful.any():
        from orebook.benchmark.frontier.rescue import rescued

        found = rescued(batch, found, np.flatnonzero(doubtful))
    return found


def _sign_violation(batch: Batch, basis: IntArray, value: FloatArray) -> FloatArray:
    """Return the largest violation of a sign among what is basic."""
    rows, kinds = batch.rows, batch.kinds
    own = (basis >= rows) & (basis < rows + kinds)
    free = own & batch.free[np.where(own, basis - rows, 0)]
    fixed = (basis < rows) & batch.equal[np.minimum(basis, rows - 1)]
    wrong = np.where(fixed, np.abs(value), np.where(free, 0.0, -value))
    return np.asarray(np.maximum(wrong.max(axis=1), 0.0))


def _dual_violation(batch: Batch, dual: FloatArray) -> FloatArray:
    """Return the largest negative reduced cost among all columns of each unit."""
    slack = np.where(batch.equal, 0.0, batch.slack_cost - dual)
    own = batch.own_cost - np.einsum("ur,urk->uk", dual, batch.own)
    own = np.where(batch.free, np.abs(own) * -1.0, own)
    worst = np.minimum(slack.min(axis=1), own.min(axis=1))
    for units in blocks(dual.shape[0], batch.pool.shape[1]):
        reduced = -dual[units] @ batch.pool
        held = np.flatnonzero(batch.barred[units] >= 0)
        reduced[held, batch.barred[units][held]] = 0.0
        worst[units] = np.minimum(worst[units], reduced.min(axis=1))
    return np.asarray(np.maximum(-worst, 0.0))


def blocks(count: int, width: int) -> Iterator[slice]:
    """Yield slices of units whose prices fit in one block.

    Parameters
    ----------
    count, width : int
        How many units there are, and activities to price for each [-].
    """
    step = max(1, CELLS // max(width, 1))
    return (slice(at, min(at + step, count)) for at in range(0, count, step))
