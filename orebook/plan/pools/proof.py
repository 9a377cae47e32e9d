"""Close the gap of a plan with pools with SCIP, where it is installed."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from orebook.plan.lp import FloatArray
from orebook.plan.pooling.certify import available
from orebook.plan.pools.bilinear import Bilinear, amounts_of
from orebook.plan.pools.recursion import Point
from orebook.plan.pools.relax import Bounded

__all__ = ["available", "prove"]

INFINITE = 1e19


def prove(
    model: Bilinear,
    flow: FloatArray,
    pool: FloatArray,
    *,
    start: Point | None,
    seconds: float,
    gap: float,
) -> Bounded:
    """Solve the plan of the group with its pools to proven optimality.

    Parameters
    ----------
    model : Bilinear
        The whole plan; only the routes of its pools are not linear.
    flow, pool : array of float
        Largest flows of the taps and of the pools [t].
    start : Point or None
        Where to start.
    seconds : float
        Time limit [s].
    gap : float
        Relative gap at which to stop [-].

    Returns
    -------
    Bounded
        Proven bound and the best point, products kept to the solver's tolerance.

    References
    ----------
    .. [1] K. Bestuzheva et al., Global optimization of mixed-integer nonlinear
       programs with SCIP 8, Journal of Global Optimization, 2023.
    """
    scip = import_module("pyscipopt")
    model_ = scip.Model()
    model_.hideOutput()
    model_.setParam("limits/time", max(seconds, 0.1))
    model_.setParam("limits/gap", gap)
    model_.setParam("numerics/feastol", 1e-7)
    scale, money = _scales(model, flow)
    columns = _columns(model_, model, scale, money)
    shares = [model_.addVar(lb=0.0, ub=1.0) for _ in model.share_pool]
    taps = [model_.addVar(lb=0.0, ub=1.0) for _ in flow]
    _linear(scip, model_, model, (columns, scale))
    _products(scip, model_, model, (columns, shares, taps), (flow, pool, scale))
    model_.addObjoffset(model.problem.offset / money)
    if start is not None:
        values = np.concatenate(
            [start.x / scale, start.f, amounts_of(model, start.x) / flow]
        )
        solution = model_.createSol()
        every = [*columns, *shares, *taps]
        for variable, value in zip(every, values.tolist(), strict=True):
            model_.setSolVal(solution, variable, value)
        model_.addSol(solution)
    model_.optimize()
    bound = float(model_.getDualbound())
    bound = bound * money if abs(bound) < INFINITE else -np.inf
    if model_.getStatus() == "infeasible":
        return Bounded(np.inf, None, infeasible=True)
    if not model_.getNSols():
        return Bounded(bound, None)
    x = np.array([model_.getVal(one) for one in columns]) * scale
    return Bounded(bound, x)


def _scales(model: Bilinear, flow: FloatArray) -> tuple[FloatArray, float]:
    """Return the unit of each column, that of a route being its flow, and of money."""
    problem = model.problem
    scale = np.ones(problem.cost.size)
    scale[model.route] = flow[model.flow] / model.weight
    money = float(np.abs(problem.cost * scale).max(initial=1.0))
    return scale, money


def _columns(
    model_: object, model: Bilinear, scale: FloatArray, money: float
) -> list[object]:
    problem = model.problem
    low, high = problem.lower / scale, problem.upper / scale
    cost = problem.cost * scale / money
    kind = np.where(problem.integer, "I", "C")
    return [
        model_.addVar(  # type: ignore[attr-defined]
            lb=float(a) if np.isfinite(a) else None,
            ub=float(b) if np.isfinite(b) else None,
            obj=float(c),
            vtype=str(k),
        )
        for a, b, c, k in zip(low, high, cost, kind, strict=True)
    ]


def _linear(
    scip: object,
    model_: object,
    model: Bilinear,
    scaled: tuple[list[object], FloatArray],
) -> None:
    columns, scale = scaled
    problem = model.problem
    matrix = problem.matrix.tocsr()
    for row in range(matrix.shape[0]):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        place = matrix.indices[part]
        low, high = float(problem.row_lower[row]), float(problem.row_upper[row])
        if not place.size or (np.isinf(low) and np.isinf(high)):
            continue
        values = matrix.data[part] * scale[place]
        size = float(np.abs(values).max())
        terms = zip((values / size).tolist(), place.tolist(), strict=True)
        activity = scip.quicksum(a * columns[k] for a, k in terms)  # type: ignore[attr-defined]
        if low == high:
            model_.addCons(activity == low / size)  # type: ignore[attr-defined]
            continue
        if np.isfinite(high):
            model_.addCons(activity <= high / size)  # type: ignore[attr-defined]
        if np.isfinite(low):
            model_.addCons(activity >= low / size)  # type: ignore[attr-defined]


def _products(
    scip: object,
    model_: object,
    model: Bilinear,
    parts: tuple[list[object], list[object], list[object]],
    sizes: tuple[FloatArray, FloatArray, FloatArray],
) -> None:
    columns, shares, taps = parts
    flow, pool, _ = sizes
    add, total = model_.addCons, scip.quicksum  # type: ignore[attr-defined]
    for k in range(model.pools):
        here = np.flatnonzero(model.share_pool == k)
        add(total(shares[i] for i in here) == 1.0)
    for j in range(flow.size):
        here = np.flatnonzero(model.flow == j)
        add(total(columns[model.route[r]] for r in here) == taps[j])
    for i in range(model.share_pool.size):
        here = np.flatnonzero(model.share == i)
        most = float(pool[model.share_pool[i]])
        add(
            total(
                float(flow[model.flow[r]]) / most * columns[model.route[r]]
                for r in here
            )
            <= shares[i]
        )
    for r in range(model.route.size):
        route, f, y = model.route[r], model.share[r], model.flow[r]
        add(columns[route] == shares[f] * taps[y])
