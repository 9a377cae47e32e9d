"""Scores of the same units against many pseudo-samples of peers, for the bootstrap."""

from __future__ import annotations

from typing import Final

import numpy as np

from orebook.benchmark.frontier.batch import Batch, FloatArray
from orebook.benchmark.frontier.certify import certified
from orebook.benchmark.frontier.directional import direction_batch
from orebook.benchmark.frontier.kernel import Engine, engine_of
from orebook.benchmark.frontier.pivot import LIMIT, OPTIMAL
from orebook.benchmark.frontier.states import (
    hinged_state,
    outward,
    starting_state,
    step_numpy,
)
from orebook.benchmark.frontier.technology import Technology

__all__ = ["replicated"]

PROVEN: Final = 16
"""Pseudo-samples, evenly spread, whose scores are certified in full [-]."""


def replicated(
    tech: Technology,
    factor: FloatArray,
    *,
    orientation: str,
    engine: Engine = "auto",
) -> tuple[FloatArray, float]:
    """Return steps of all peers to the frontiers of many pseudo-samples of them.

    Parameters
    ----------
    tech : Technology
        The true peers.
    factor : array, shape (samples, peers)
        What multiplies the inputs (or outputs) of each peer in each sample [-].
    orientation : {"input", "output"}
        Side that is measured and multiplied.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    beta : array, shape (samples, peers)
        Steps of the true units to the pseudo-frontiers [-].
    worst : float
        Largest gap or violation among the samples certified in full [-].
    """
    x, y = tech.inputs, tech.outputs
    along = (x, 0.0 * y) if orientation == "input" else (0.0 * x, y)
    batch = direction_batch(tech, (x, y), along)
    rows = slice(0, x.shape[1])
    if orientation == "output":
        rows = slice(x.shape[1], x.shape[1] + y.shape[1])
    beta = np.empty(factor.shape)
    proven = set(np.linspace(0, len(factor) - 1, min(PROVEN, len(factor))).astype(int))
    if engine_of(engine) == "compiled":
        from orebook.benchmark.frontier.compiled import step_samples

        state = starting_state(batch)
        beta, failed = step_samples(state, batch.hinge, factor, rows)
    else:
        failed = np.zeros(len(factor), dtype=bool)
        for sample, multiple in enumerate(factor):
            beta[sample], failed[sample] = _one(batch, multiple, rows)
    worst = 0.0
    for sample in {*np.flatnonzero(failed).tolist(), *proven}:
        beta[sample], here = _proven(batch, factor[sample], rows)
        worst = max(worst, here)
    return beta, worst


def _sample(batch: Batch, multiple: FloatArray, rows: slice) -> Batch:
    """Return the programmes against one pseudo-sample."""
    from dataclasses import replace

    pool = batch.pool.copy()
    pool[rows] *= multiple
    return replace(batch, pool=pool)


def _one(batch: Batch, multiple: FloatArray, rows: slice) -> tuple[FloatArray, bool]:
    """Return steps against one pseudo-sample, and whether any was not found."""
    state = hinged_state(_sample(batch, multiple, rows))
    status = step_numpy(state, dual=True)
    value = np.where(state.basis == state.width, state.value, 0.0).sum(axis=1)
    return value, bool((status == LIMIT).any() or (status != OPTIMAL).any())


def _proven(
    batch: Batch, multiple: FloatArray, rows: slice
) -> tuple[FloatArray, float]:
    """Return steps against one pseudo-sample with their largest violation."""
    sample = _sample(batch, multiple, rows)
    state = hinged_state(sample)
    status = step_numpy(state, dual=True)
    frame = np.arange(batch.pool.shape[1])
    answer = certified(sample, outward(sample, frame, state.basis), status, frame)
    gap = np.abs(answer.objective - answer.bound).max()
    return answer.own[:, 0], float(max(gap, answer.violation.max()))
