"""The distance to the frontier along a direction: one programme for all radial models.

``max beta`` with ``X lam + beta gx <= xo``, ``Y lam - beta gy >= yo``; input radial is
``gx = xo, gy = 0``, output radial ``gx = 0, gy = yo``, proportional both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.benchmark.frontier.batch import Batch, FloatArray, IntArray, duplicate
from orebook.benchmark.frontier.kernel import Answer, Engine, second_goal, solve
from orebook.benchmark.frontier.technology import Technology

__all__ = ["Distance", "direction_batch", "distance"]


@dataclass(frozen=True, slots=True, eq=False)
class Distance:
    """How far units stand from the frontier along their directions.

    Parameters
    ----------
    beta : array, shape (units,)
        Steps of the direction to the frontier; 0 where there is none [-].
    answer : Answer
        Weights, slacks and proof.
    batch : Batch
        The programmes.
    """

    beta: FloatArray
    answer: Answer
    batch: Batch


def distance(
    tech: Technology,
    units: tuple[FloatArray, FloatArray],
    direction: tuple[FloatArray, FloatArray],
    *,
    itself: IntArray | None = None,
    barred: IntArray | None = None,
    slacks: bool = False,
    extra: FloatArray | None = None,
    engine: Engine = "auto",
) -> Distance:
    """Return how far units stand from the frontier.

    Parameters
    ----------
    tech : Technology
        What peers show to be possible.
    units : pair of array, shape (units, factors)
        Inputs and outputs of the units, scaled [-].
    direction : pair of array, shape (units, factors)
        Directions of inputs and outputs, scaled; at least one entry above nought [-].
    itself : array of int, optional
        Peer that each unit is; needed to generate columns.
    barred : array of int, optional
        Peer that each unit must not use; -1 for none.
    slacks : bool
        Whether to seek the largest slacks in a second phase.
    extra : array, shape (units, rows, kinds), optional
        Own columns of weight restrictions, without cost [scaled].
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    Distance
        Steps, weights, slacks, multipliers.

    Notes
    -----
    Chambers, Chung, Färe 1998, Profit, directional distance functions, and Nerlovian
    efficiency. Slacks: a second phase, never a small epsilon in the objective.

    Examples
    --------
    >>> from orebook.benchmark.frontier.technology import technology
    >>> x, y = np.array([[2.0], [3.0], [4.0]]), np.array([[1.0], [3.0], [3.0]])
    >>> tech = technology(x, y, "crs")
    >>> x, y = tech.scaled(x, y)
    >>> (1.0 - distance(tech, (x, y), (x, 0.0 * y)).beta).round(4)
    array([0.5 , 1.  , 0.75])
    """
    batch = direction_batch(tech, units, direction, barred=barred, extra=extra)
    generate = itself if extra is None else None
    answer = solve(
        batch,
        itself=generate,
        inefficient=0,
        convex=tech.convex,
        engine=engine,
    )
    if slacks:
        answer = second_goal(batch, answer, _slack_goal(tech, batch.units))
    beta = np.where(answer.status == 0, answer.own[:, 0], 0.0)
    beta[np.abs(beta) < 1e-13] = 0.0
    return Distance(beta, answer, batch)


def _slack_goal(tech: Technology, units: int) -> FloatArray:
    """Return the cost of slacks: each in means of its factor, the sum row none."""
    cost = np.zeros((units, tech.rows))
    cost[:, : sum(tech.shape[1:])] = -1.0
    return cost


def direction_batch(
    tech: Technology,
    units: tuple[FloatArray, FloatArray],
    direction: tuple[FloatArray, FloatArray],
    *,
    barred: IntArray | None = None,
    extra: FloatArray | None = None,
) -> Batch:
    """Return the programmes of a directional model; parameters as in `distance`.

    Parameters
    ----------
    tech : Technology
        What peers show to be possible.
    units, direction : pair of array
        As in `distance` [-].
    barred : array of int, optional
        As in `distance`.
    extra : array, optional
        As in `distance`.
    """
    count, rows = units[0].shape[0], tech.rows
    column = np.zeros((count, rows))
    column[:, : tech.shape[1]] = direction[0]
    column[:, tech.shape[1] : sum(tech.shape[1:])] = direction[1]
    rhs = tech.rhs(*units)
    own = column[:, :, None]
    if extra is not None:
        own = np.concatenate([own, extra], axis=2)
    kinds = own.shape[2]
    start = tech.logical(count)
    row, hinge = _first_rows(tech, column, rhs)
    start[np.arange(count), row] = rows
    return Batch(
        pool=tech.pool(),
        own=own,
        own_cost=duplicate(np.append(-1.0, np.zeros(kinds - 1)), count),
        slack_cost=np.zeros((count, rows)),
        rhs=rhs,
        equal=tech.equal(),
        free=np.append(True, np.zeros(kinds - 1, dtype=bool)),
        start=start,
        hinge=hinge,
        barred=np.full(count, -1) if barred is None else barred,
    )


def _first_rows(
    tech: Technology, column: FloatArray, rhs: FloatArray
) -> tuple[IntArray, IntArray]:
    """Return the row in which each unit's step starts, and its hinge row.

    The row whose own factor alone bounds the step most closely: few pivots are left.
    """
    inputs = tech.shape[1]
    hinges, count = tech.hinges(), column.shape[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        least = tech.inputs.min(axis=0) if tech.returns in ("vrs", "ndrs") else 0.0
        by_input = (rhs[:, :inputs] - least) / column[:, :inputs]
        most = tech.outputs.max(axis=0)
        by_output = (most + rhs[:, inputs : sum(tech.shape[1:])]) / column[
            :, inputs : sum(tech.shape[1:])
        ]
    by_input = np.where(column[:, :inputs] > 0.0, by_input, np.inf)
    by_output = np.where(
        column[:, inputs : sum(tech.shape[1:])] > 0.0, by_output, np.inf
    )
    has_input = np.isfinite(by_input).any(axis=1)
    row = np.where(
        has_input, by_input.argmin(axis=1), inputs + by_output.argmin(axis=1)
    )
    hinge = np.full(count, -1)
    if hinges.size:
        hinge[:] = hinges[0]
    if tech.returns in ("crs", "ndrs"):
        hinge[has_input] = -1
    return row, hinge
