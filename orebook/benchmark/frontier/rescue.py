"""The one place where a single programme is given to the solver of the plans."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from orebook.benchmark.frontier.pivot import INFEASIBLE, OPTIMAL, UNBOUNDED
from orebook.errors import DataQualityError
from orebook.plan.lp import Builder
from orebook.plan.solve import Settings, Solver

if TYPE_CHECKING:
    from orebook.benchmark.frontier.batch import Batch, FloatArray, IntArray
    from orebook.benchmark.frontier.certify import Answer
    from orebook.plan.solve import Solution

__all__ = ["rescued", "solve_one"]

_STATUS = {"optimal": OPTIMAL, "infeasible": INFEASIBLE, "unbounded": UNBOUNDED}


def solve_one(batch: Batch, unit: int) -> Solution:
    """Solve the programme of one unit with the solver of the plans.

    Parameters
    ----------
    batch : Batch
        The programmes.
    unit : int
        Which [-].

    Returns
    -------
    Solution
        Columns are slacks, own columns, activities.
    """
    rows, kinds, peers = batch.rows, batch.kinds, batch.pool.shape[1]
    matrix = np.concatenate([np.eye(rows), batch.own[unit], batch.pool], axis=1)
    lower, upper = np.zeros(matrix.shape[1]), np.full(matrix.shape[1], np.inf)
    upper[:rows][batch.equal] = 0.0
    lower[rows : rows + kinds][batch.free] = -np.inf
    if batch.barred[unit] >= 0:
        upper[rows + kinds + batch.barred[unit]] = 0.0
    cost = np.concatenate(
        [batch.slack_cost[unit], batch.own_cost[unit], np.zeros(peers)]
    )
    builder = Builder(periods=1)
    names = [str(number) for number in range(matrix.shape[1])]
    column = builder.columns(
        "column",
        names,
        cost=cost[:, None],
        lower=lower[:, None],
        upper=upper[:, None],
    ).all()
    row = builder.rows(
        "row",
        names[:rows],
        lower=batch.rhs[unit][:, None],
        upper=batch.rhs[unit][:, None],
    ).all()
    at, which = np.nonzero(matrix)
    builder.entries(row.ravel()[at], column.ravel()[which], matrix[at, which])
    return Solver(builder.problem(), Settings(presolve=False)).solve()


def rescued(batch: Batch, found: Answer, units: IntArray) -> Answer:
    """Replace what was not proven by what the solver of the plans proves.

    Parameters
    ----------
    batch : Batch
        The programmes.
    found : Answer
        What was found.
    units : array of int
        Programmes to solve again [-].

    Raises
    ------
    DataQualityError
        The other solver could not decide either.
    """
    lambdas = found.lambdas.tolil()
    values = replace(
        found,
        status=found.status.copy(), objective=found.objective.copy(),
        own=found.own.copy(), slack=found.slack.copy(), dual=found.dual.copy(),
        bound=found.bound.copy(), violation=found.violation.copy(),
        basis=found.basis.copy(), rescued=found.rescued.copy(),
    )  # fmt: skip
    for unit in units.tolist():
        solution = solve_one(batch, unit)
        if solution.status not in _STATUS:
            raise DataQualityError(
                f"programme of unit {unit + 1}: the solver could not decide; expected "
                "figures of similar size; check the row for a wrong unit"
            )
        values.status[unit] = _STATUS[solution.status]
        values.rescued[unit], values.basis[unit] = True, -1
        lambdas[[unit]] = 0.0
        if solution.status == "optimal":
            lambdas[[unit]] = _write(batch, values, unit, solution)
    return replace(values, lambdas=sparse.csr_array(lambdas.tocsr()))


def _write(batch: Batch, into: Answer, unit: int, solution: Solution) -> FloatArray:
    """Write one solution; return its weights."""
    rows, kinds = batch.rows, batch.kinds
    x, dual = solution.x, solution.row_dual
    into.slack[unit], into.own[unit] = x[:rows], x[rows : rows + kinds]
    into.dual[unit] = dual
    into.objective[unit] = solution.objective
    into.bound[unit] = float(dual @ batch.rhs[unit])
    into.violation[unit] = max(
        solution.max_primal_infeasibility, solution.max_dual_infeasibility
    )
    weights = x[rows + kinds :].copy()
    weights[weights < 1e-13] = 0.0
    return weights
