"""Race: values, all standard errors and all bias statistics of one balance.

Ours takes them from one sparse factor.  The peers are what a careful engineer would
write with common libraries: dense algebra, sparse solves column by column, and a
quadratic programme (values only).  All run on the same random plant in this run, and
their answers are compared before any time is reported.

    python benchmarks/reconcile.py [streams ...]

prints JSON: median seconds, ratios against ours, largest differences.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import clarabel
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from orebook.ledger.gross_error import gross_errors
from orebook.ledger.reconcile import reconcile

Floats = NDArray[np.float64]
Answer = dict[str, Floats]

DENSE_MOST = 2_000
"""Streams above which the dense route is left out: its work grows with the cube."""

COLUMNS_MOST = 20_000
"""Streams above which column-wise solves are left out."""


def plant(streams: int, *, seed: int = 7) -> sp.csr_array:
    """Return the incidence of a plant: a long chain with local recycles."""
    draw = np.random.default_rng(seed)
    nodes = int(0.55 * streams)
    tail = np.concatenate([np.arange(-1, nodes), draw.integers(0, nodes, streams)])
    hop = draw.integers(1, 12, streams)
    head = np.concatenate([np.arange(nodes + 1), tail[nodes + 1 :] + hop])
    tail, head = tail[:streams], head[:streams]
    out, into = tail >= 0, head < nodes
    column = np.arange(streams)
    rows = np.concatenate([tail[out], head[into]])
    columns = np.concatenate([column[out], column[into]])
    data = np.concatenate([-np.ones(out.sum()), np.ones(into.sum())])
    return sp.csr_array((data, (rows, columns)), shape=(nodes, streams))


def readings(matrix: sp.csr_array, *, seed: int = 11) -> tuple[Floats, Floats]:
    """Return flows that balance, read with an error of 1 to 3 %."""
    draw = np.random.default_rng(seed)
    guess = draw.uniform(100, 500, matrix.shape[1])
    flow = reconcile(matrix, guess, 1.0).value.data
    sd = np.maximum(abs(flow), 1.0) * draw.uniform(0.01, 0.03, flow.size)
    return flow + sd * draw.standard_normal(flow.size), sd


def ours(matrix: sp.csr_array, reading: Floats, sd: Floats) -> Answer:
    result = reconcile(matrix, reading, sd)
    report = gross_errors(result)
    return {
        "value": result.value.data,
        "sd": result.sd.data,
        "bias_t": report.bias_statistic.data,
    }


def dense(matrix: sp.csr_array, reading: Floats, sd: Floats) -> Answer:
    a, v = matrix.toarray(), np.diag(sd**2)
    inverse = np.linalg.inv(a @ v @ a.T)
    pull = a.T @ inverse @ (a @ reading)
    covariance = v - v @ a.T @ inverse @ a @ v
    weight = np.einsum("ij,ik,kj->j", a, inverse, a, optimize=True)
    return {
        "value": reading - sd**2 * pull,
        "sd": np.sqrt(np.diag(covariance)),
        "bias_t": pull**2 / weight,
    }


def by_columns(matrix: sp.csr_array, reading: Floats, sd: Floats) -> Answer:
    normal = sp.csc_array(matrix @ sp.diags_array(sd**2) @ matrix.T)
    factor = splu(normal, permc_spec="MMD_AT_PLUS_A")
    pull = matrix.T @ factor.solve(matrix @ reading)
    columns = matrix.tocsc()
    weight = np.empty(sd.size)
    for k in range(sd.size):
        column = columns[:, [k]].toarray().ravel()
        weight[k] = column @ factor.solve(column)
    return {
        "value": reading - sd**2 * pull,
        "sd": np.sqrt(sd**2 - sd**4 * weight),
        "bias_t": pull**2 / weight,
    }


def quadratic(matrix: sp.csr_array, reading: Floats, sd: Floats) -> Answer:
    """Values only: an interior-point solver gives no standard errors."""
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    scaled = sp.csc_matrix(matrix @ sp.diags_array(sd))
    solution = clarabel.DefaultSolver(
        sp.csc_matrix(sp.eye_array(sd.size)),
        -reading / sd,
        scaled,
        np.zeros(matrix.shape[0]),
        [clarabel.ZeroConeT(matrix.shape[0])],
        settings,
    ).solve()
    return {"value": sd * np.asarray(solution.x)}


def timed(run: Callable[[], Answer], repeats: int) -> tuple[float, Answer]:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        answer = run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), answer


def race(streams: int) -> dict[str, object]:
    matrix = plant(streams)
    reading, sd = readings(matrix)
    peers = {"clarabel_values_only": quadratic}
    if streams <= COLUMNS_MOST:
        peers["sparse_column_by_column"] = by_columns
    if streams <= DENSE_MOST:
        peers["dense_numpy"] = dense
    repeats = 3 if streams <= COLUMNS_MOST else 1
    base, answer = timed(lambda: ours(matrix, reading, sd), repeats)
    rows: dict[str, object] = {}
    for name, peer in peers.items():
        once = repeats if name.startswith("clarabel") or streams <= DENSE_MOST else 1
        seconds, other = timed(lambda peer=peer: peer(matrix, reading, sd), once)
        gaps = {
            key: float((abs(other[key] - answer[key]) / sd).max())
            if key != "bias_t"
            else float((abs(other[key] - answer[key]) / (1 + answer[key])).max())
            for key in other
        }
        rows[name] = {
            "seconds": round(seconds, 5),
            "ratio_to_ours": round(seconds / base, 2),
            "largest_difference": gaps,
        }
    nodes = matrix.shape[0]
    ours_row = {"seconds": round(base, 5)}
    return {"streams": streams, "nodes": nodes, "ours": ours_row, "peers": rows}


if __name__ == "__main__":
    smoke = "--smoke" in sys.argv[1:]
    named = [int(word) for word in sys.argv[1:] if word != "--smoke"]
    sizes = named or ([200] if smoke else [1_000, 10_000])
    ours(plant(100), *readings(plant(100)))
    print(json.dumps([race(size) for size in sizes], indent=2))
