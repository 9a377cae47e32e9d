"""Models that measure each factor by itself: additive, RAM, SBM, super-SBM."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from orebook.benchmark.frontier.batch import Batch, FloatArray, IntArray, duplicate
from orebook.benchmark.frontier.directional import distance
from orebook.benchmark.frontier.kernel import SMALL, Answer, Engine, solve
from orebook.benchmark.frontier.technology import Technology

__all__ = [
    "frontier_peers",
    "over_peers",
    "ranges",
    "slacks_based",
    "super_slacks_based",
    "weighted_slacks",
]


def frontier_peers(tech: Technology, engine: Engine = "auto") -> IntArray:
    """Return the peers that are not strictly inside the frontier.

    Parameters
    ----------
    tech : Technology
        What all peers show to be possible.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    array of int
        Others never support a score, in whichever model.
    """
    count = tech.shape[0]
    if count <= SMALL:
        return np.arange(count)
    units = tech.inputs, tech.outputs
    ones = np.ones_like(units[0]), np.ones_like(units[1])
    found = distance(tech, units, ones, itself=np.arange(count), engine=engine)
    return np.flatnonzero(found.beta < 1e-9)


def over_peers(answer: Answer, peers: IntArray, count: int) -> Answer:
    """Return an answer over some peers as one over all of them.

    Parameters
    ----------
    answer : Answer
        Weights of the peers chosen.
    peers : array of int
        Which those are [-].
    count : int
        How many peers there are in all [-].
    """
    if peers.size == count:
        return answer
    table = answer.lambdas.tocoo()
    row, column = table.coords
    lambdas = sparse.csr_array(
        (table.data, (row, peers[column])), shape=(table.shape[0], count)
    )
    return replace(answer, lambdas=lambdas, frame=peers[answer.frame])


def weighted_slacks(
    tech: Technology,
    units: tuple[FloatArray, FloatArray],
    weights: tuple[FloatArray, FloatArray],
    *,
    engine: Engine = "auto",
) -> Answer:
    """Seek the largest weighted sum of slacks.

    Parameters
    ----------
    tech : Technology
        What peers show to be possible.
    units : pair of array
        Inputs and outputs, scaled [-].
    weights : pair of array, shape (units, factors)
        Weights of the slacks of inputs and outputs, in the scaled data [-].
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    Answer
        ``-objective`` is the sum.

    Notes
    -----
    Charnes, Cooper, Golany, Seiford, Stutz 1985; with ranges as weights Cooper, Park,
    Pastor 1999 (RAM).
    """
    peers = frontier_peers(tech, engine)
    small = tech.of(peers)
    count = units[0].shape[0]
    cost = np.zeros((count, tech.rows))
    inputs, outputs = tech.shape[1:]
    cost[:, :inputs], cost[:, inputs : inputs + outputs] = -weights[0], -weights[1]
    hinges = small.hinges()
    batch = Batch(
        pool=small.pool(),
        own=np.zeros((count, tech.rows, 1)),
        own_cost=np.ones((count, 1)),
        slack_cost=cost,
        rhs=tech.rhs(*units),
        equal=tech.equal(),
        free=np.zeros(1, dtype=bool),
        start=tech.logical(count),
        hinge=np.full(count, hinges[0] if hinges.size else -1),
        barred=np.full(count, -1),
    )
    return over_peers(solve(batch, engine=engine), peers, tech.shape[0])


def ranges(tech: Technology) -> tuple[FloatArray, FloatArray]:
    """Return the weights of the range-adjusted measure, ``1 / ((m + s) range)`` [-].

    Parameters
    ----------
    tech : Technology
        What peers show to be possible.
    """
    many = sum(tech.shape[1:])
    found = []
    for values in (tech.inputs, tech.outputs):
        spread = np.ptp(values, axis=0)
        found.append(
            np.where(spread > 0.0, 1.0 / (many * np.maximum(spread, 1e-300)), 0.0)
        )
    return found[0], found[1]


def _ratio_rows(tech: Technology, count: int) -> tuple[FloatArray, FloatArray]:
    """Return the pool with the row that norms the ratio, and the right-hand side."""
    pool = tech.pool()
    pool = np.concatenate([pool, np.zeros((1, pool.shape[1]))])
    rhs = np.zeros((count, tech.rows + 1))
    rhs[:, -1] = 1.0
    return pool, rhs


def slacks_based(
    tech: Technology,
    units: tuple[FloatArray, FloatArray],
    *,
    engine: Engine = "auto",
) -> tuple[FloatArray, Answer]:
    """Return the slacks-based measure without orientation.

    Parameters
    ----------
    tech : Technology
        What peers show to be possible.
    units : pair of array
        Inputs and outputs above nought, scaled [-].
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    score : array, shape (units,)
        ``rho``, 1 where there is no slack [-].
    answer : Answer
        Weights already divided by ``t``.

    Notes
    -----
    Tone 2001, A slacks-based measure of efficiency, in the linear form of Charnes and
    Cooper.
    """
    peers = frontier_peers(tech, engine)
    small = tech.of(peers)
    (x, y), count = units, units[0].shape[0]
    inputs, outputs = tech.shape[1:]
    rows, norm = tech.rows + 1, tech.rows
    pool, rhs = _ratio_rows(small, count)
    own = np.zeros((count, rows, 1 + outputs))
    own[:, : tech.rows, 0] = -tech.rhs(x, y)
    own[:, norm, 0] = 1.0
    for r in range(outputs):
        own[:, inputs + r, 1 + r] = 1.0
        own[:, norm, 1 + r] = 1.0 / (outputs * y[:, r])
    slack_cost = np.zeros((count, rows))
    slack_cost[:, :inputs] = -1.0 / (inputs * x)
    equal = np.append(tech.equal(), True)
    equal[inputs : inputs + outputs] = True
    start = duplicate(np.arange(rows, dtype=np.int64), count)
    start[:, norm] = rows
    batch = Batch(
        pool, own, duplicate(np.append(1.0, np.zeros(outputs)), count), slack_cost, rhs,
        equal, np.zeros(1 + outputs, dtype=bool), start,
        np.full(count, -1), np.full(count, -1),
    )  # fmt: skip
    answer = solve(batch, engine=engine)
    t = answer.own[:, 0]
    slack = answer.slack / t[:, None]
    slack[:, inputs : inputs + outputs] = answer.own[:, 1:] / t[:, None]
    return answer.objective, over_peers(
        _divided(answer, t, slack), peers, tech.shape[0]
    )


def _divided(answer: Answer, t: FloatArray, slack: FloatArray) -> Answer:
    """Return an answer of the linear form in the units of the ratio."""
    weights = sparse.csr_array(sparse.diags_array(1.0 / t) @ answer.lambdas)
    return replace(
        answer, lambdas=weights, slack=slack[:, :-1], dual=answer.dual[:, :-1]
    )


def super_slacks_based(
    tech: Technology,
    units: tuple[FloatArray, FloatArray],
    barred: IntArray,
    *,
    orientation: str = "none",
    engine: Engine = "auto",
) -> tuple[FloatArray, Answer]:
    """Return how far units outside the frontier of the others stand from it.

    Parameters
    ----------
    tech : Technology
        What peers show to be possible.
    units : pair of array
        Inputs and outputs above nought, scaled [-].
    barred : array of int
        Peer that each unit is [-].
    orientation : {"input", "output", "none"}
        Which factors may move.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    score : array, shape (units,)
        1 and more; 1 where the programme has no point [-].
    answer : Answer
        Weights and slacks; slacks below nought are room to worsen.

    Notes
    -----
    Tone 2002, A slacks-based measure of super-efficiency.
    """
    (x, y), count = units, units[0].shape[0]
    inputs, outputs = tech.shape[1:]
    rows, norm = tech.rows + 1, tech.rows
    pool, rhs = _ratio_rows(tech, count)
    kinds = 1 + inputs + outputs
    own, cost = np.zeros((count, rows, kinds)), np.zeros((count, kinds))
    own[:, : tech.rows, 0] = -tech.rhs(x, y)
    own[:, norm, 0], cost[:, 0] = 1.0, 1.0
    worse_in, worse_out = orientation != "output", orientation != "input"
    for i in range(inputs):
        own[:, i, 1 + i] = -x[:, i] * worse_in
        cost[:, 1 + i] = 1.0 / inputs
    for r in range(outputs):
        own[:, inputs + r, 1 + inputs + r] = -y[:, r] * worse_out
        own[:, norm, 1 + inputs + r] = -1.0 / outputs * worse_out
    start = duplicate(np.arange(rows, dtype=np.int64), count)
    start[:, norm] = rows
    batch = Batch(
        pool, own, cost, np.zeros((count, rows)), rhs, np.append(tech.equal(), True),
        np.zeros(kinds, dtype=bool), start, np.full(count, -1), barred,
    )  # fmt: skip
    answer = solve(batch, engine=engine)
    t = np.where(answer.own[:, 0] > 0.0, answer.own[:, 0], 1.0)
    slack = answer.slack / t[:, None]
    moved = answer.own[:, 1:] / t[:, None]
    slack[:, :inputs] -= moved[:, :inputs] * x * worse_in
    slack[:, inputs : inputs + outputs] -= moved[:, inputs:] * y * worse_out
    score = np.where(answer.status == 0, answer.objective, 1.0)
    return score, _divided(answer, t, slack)
