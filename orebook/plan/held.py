"""The continuous problem that is left when whole decisions are held."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from orebook.plan.lp import FloatArray, IntArray, Problem

if TYPE_CHECKING:
    from orebook.plan.solve import Solution

__all__ = ["IMPLIED", "linear_of", "with_integers_fixed", "with_values_held"]

IMPLIED = ("band_room", "band_high")
"""Rows that only shut what a decision did not choose; for what it chose the limit is
that of a unit or contract, and must not earn its rent a second time."""


def with_values_held(problem: Problem, x: FloatArray) -> Problem:
    """Return the continuous problem left when whole numbers are held.

    Parameters
    ----------
    problem : Problem
        A problem with whole-number columns.
    x : array of float, shape (columns,)
        Their values, to be rounded; the others do not count [unit].

    Returns
    -------
    Problem
        The held columns keep bounds and cost, and leave the matrix: what they
        contribute to a row becomes part of its limits. A capacity that holds while a
        unit runs is then an ordinary capacity, and earns an ordinary rent.

    Examples
    --------
    Load of at most 8 while it runs, and it runs:

    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=1)
    >>> load = builder.columns("load", ["mill"], cost=-3.0)
    >>> on = builder.columns("on", ["mill"], cost=4.0, upper=1.0, integer=True)
    >>> row = builder.rows("capacity", ["mill"], lower=-np.inf, upper=0.0)
    >>> builder.entries(row.all(), load.all(), 1.0)
    >>> builder.entries(row.all(), on.all(), -8.0)
    >>> held = with_values_held(builder.problem(), np.array([8.0, 1.0]))
    >>> held.row_upper.tolist(), held.matrix.nnz
    ([8.0], 1)
    """
    from scipy.sparse import csc_array

    values = np.where(problem.integer, np.round(x), 0.0)
    taken = np.asarray(problem.matrix @ values)
    counts = np.diff(problem.matrix.indptr)
    kept = np.repeat(~problem.integer, counts)
    ends = np.concatenate([[0], np.cumsum(np.where(problem.integer, 0, counts))])
    matrix = csc_array(
        (problem.matrix.data[kept], problem.matrix.indices[kept], ends),
        shape=problem.matrix.shape,
    )
    return replace(
        problem,
        matrix=matrix,
        lower=np.where(problem.integer, values, problem.lower),
        upper=np.where(problem.integer, values, problem.upper),
        row_lower=problem.row_lower - taken,
        row_upper=problem.row_upper - taken,
        integer=np.zeros_like(problem.integer),
    )


def with_integers_fixed(problem: Problem, solution: Solution) -> Problem:
    """Return the continuous problem left when whole numbers are held as solved.

    Parameters
    ----------
    problem : Problem
        The problem solved.
    solution : Solution
        Its solution.

    Returns
    -------
    Problem
        The same object if it has no integer columns; else see `with_values_held`.
    """
    if not problem.integer.any():
        return problem
    return with_values_held(problem, solution.x)


def linear_of(problem: Problem, x: FloatArray) -> Problem:
    """Return the problem the prices of a plan come from.

    Parameters
    ----------
    problem : Problem
        The assembled plan.
    x : array of float, shape (columns,)
        Its solution [unit].

    Returns
    -------
    Problem
        The same object without whole decisions; else with them held, and without the
        rows that repeat a capacity for what was chosen.
    """
    if not problem.integer.any():
        return problem
    held = with_values_held(problem, x)
    upper, matrix = held.row_upper.copy(), problem.matrix.tocsr()
    for name in set(IMPLIED) & set(held.rows):
        rows = held.rows[name].all().ravel()
        whole = (abs(matrix[rows]) @ problem.integer.astype(np.float64)) > 0.0
        chosen = rows[whole & (upper[rows] > 0.0)]
        upper[chosen if name == "band_room" else _last(held, name, chosen)] = np.inf
    return replace(held, row_upper=upper)


def _last(problem: Problem, name: str, rows: IntArray) -> IntArray:
    """Return those rows that belong to the highest band of their contract."""
    block = problem.rows[name]
    highest = {e.partition("#")[0]: e for e in block.entities}  # the last one wins
    names = [block.label(int(i)).entity for i in rows]
    last = [n == highest[n.partition("#")[0]] for n in names]
    return rows[np.array(last, np.bool_)]
