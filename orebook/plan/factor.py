"""The optimal basis, factored once: accurate plan, accurate duals, movements in bulk.

Columns and row activities are treated alike: ``z = (x, s)`` with
``[matrix, -I] z = 0``, so the reduced cost of a row activity is the dual of the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, cast

import numpy as np
import numpy.typing as npt

from orebook.errors import DataQualityError, InputError
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.solve import (
    AT_UPPER,
    BASIC,
    FREE_AT_ZERO,
    Basis,
    Solution,
    with_integers_fixed,
)

if TYPE_CHECKING:
    from scipy.sparse import csc_array

__all__ = ["Factor", "factorise", "reduced_costs"]

BoolArray = npt.NDArray[np.bool_]

CHUNK = 32
"""Right-hand sides solved at once; more of them fall out of the cache."""

SAME = 1e-11
"""Two figures count as equal below this share of the terms that formed them."""

SMALLEST = 1e-12
"""Below a thousandth of the solver's own tolerance a figure is 0 [unit]."""

WRONG_SIGN = 1e-6
"""Largest reduced cost of the wrong sign, as a share of its terms."""


class Factored(Protocol):
    """A factored matrix, ready to solve with it or with its transpose."""

    def solve(self, rhs: FloatArray, trans: Literal["N", "T"] = "N") -> FloatArray: ...


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """An optimal vertex with its factored basis.

    Parameters
    ----------
    problem : Problem
        The continuous problem (whole numbers held).
    wide : scipy.sparse.csc_array, shape (rows, columns + rows)
        ``[matrix, -I]``.
    basic : array of int, shape (rows,)
        Members of the basis [-].
    lower, upper, value, reduced : array of float, shape (columns + rows,)
        Bounds and values of columns and row activities, and reduced costs.
    dual : array of float, shape (rows,)
        Duals of this basis [CNY/unit].
    terms : array of float, shape (columns + rows,)
        Largest sum of the terms each value was formed from: the yard-stick for
        "equal", free of units of measure [unit].
    money : array of float, shape (columns + rows,)
        The same for reduced costs, never below the price level [CNY/unit].
    worth : array of float, shape (rows,)
        Price level of each row, the same for every basis [CNY/unit].
    at_lower, at_upper : array of bool, shape (columns + rows,)
        Which bounds bind [-].
    """

    problem: Problem
    wide: csc_array
    lu: Factored
    basic: IntArray
    lower: FloatArray
    upper: FloatArray
    value: FloatArray
    dual: FloatArray
    reduced: FloatArray
    terms: FloatArray
    money: FloatArray
    worth: FloatArray
    at_lower: BoolArray
    at_upper: BoolArray

    @property
    def fixed(self) -> BoolArray:
        """Columns and row activities held at one value [-]."""
        return self.at_lower & self.at_upper

    def row(self, rows: npt.ArrayLike) -> IntArray:
        """Return the places of row activities among columns and rows."""
        return self.problem.cost.size + np.asarray(rows, np.int64)

    def nonbasic(self) -> BoolArray:
        """Return a mask of the members outside the basis, shape (columns + rows,)."""
        mask = np.ones(self.value.size, np.bool_)
        mask[self.basic] = False
        return mask


def reduced_costs(problem: Problem, row_dual: FloatArray) -> FloatArray:
    """Return what each column costs beyond what its rows pay for it.

    Parameters
    ----------
    problem : Problem
        The problem.
    row_dual : array of float, shape (rows,)
        Prices of the rows [CNY/unit].

    Returns
    -------
    array of float, shape (columns,)
        ``cost - matrix.T @ row_dual`` [CNY/unit].
    """
    return np.asarray(problem.cost - problem.matrix.T @ row_dual, np.float64)


def factorise(problem: Problem, solution: Solution) -> Factor:
    """Factor the optimal basis and recompute plan and duals from it.

    Parameters
    ----------
    problem : Problem
        The problem solved, as it stood then (`Solver.problem`).
    solution : Solution
        Its optimal solution with a basis.

    Returns
    -------
    Factor
        The vertex, accurate to rounding.

    Raises
    ------
    InputError
        If the solution is not optimal or carries no basis.
    DataQualityError
        If the basis is singular or a reduced cost has the wrong sign: no price may be
        drawn from such a solution.

    References
    ----------
    .. [1] V. Chvatal, Linear Programming, 1983, chapters 7 and 10.
    """
    from scipy.sparse import csc_array, eye_array, hstack

    basis = _require_basis(problem, solution)
    problem = with_integers_fixed(problem, solution)
    rows, columns = problem.shape
    wide = csc_array(hstack([problem.matrix, -eye_array(rows)], format="csc"))
    status = np.concatenate([basis.columns, basis.rows])
    basic = np.flatnonzero(status == BASIC)
    lu = _factored(wide, basic)
    lower = np.concatenate([problem.lower, problem.row_lower])
    upper = np.concatenate([problem.upper, problem.row_upper])
    value = _values(wide, lu, basic, _resting(status, lower, upper))
    cost = np.concatenate([problem.cost, np.zeros(rows)])
    dual = _duals(wide, lu, basic, cost)
    reduced = cost - wide.T @ dual
    reduced[basic] = 0.0
    size, worth = abs(wide), _worths(problem)
    terms = _column_terms(size, size[:, :columns] @ np.abs(value[:columns]))
    close = np.maximum(SAME * terms, SMALLEST)
    factor = Factor(
        problem=problem,
        wide=wide,
        lu=lu,
        basic=basic,
        lower=lower,
        upper=upper,
        value=value,
        dual=dual,
        reduced=reduced,
        terms=terms,
        money=np.abs(cost) + size.T @ np.maximum(worth, np.abs(dual)),
        worth=worth,
        at_lower=value <= lower + close,
        at_upper=value >= upper - close,
    )
    _check_signs(factor)
    return factor


def _require_basis(problem: Problem, solution: Solution) -> Basis:
    if solution.status != "optimal" or solution.basis is None:
        message = (
            f"prices asked of a solution that is {solution.status!r} "
            f"{'without' if solution.basis is None else 'with'} a basis; expected an "
            "optimal one with a basis; solve with crossover or by simplex"
        )
        raise InputError(message)
    sizes = (solution.basis.rows.size, solution.basis.columns.size)
    if sizes != problem.shape:
        message = (
            f"the solution has {sizes} rows and columns, the problem {problem.shape}; "
            "expected the same; pass the problem that was solved"
        )
        raise InputError(message)
    return solution.basis


def _factored(wide: csc_array, basic: IntArray) -> Factored:
    from scipy.sparse.linalg import splu

    message = (
        f"the basis has {basic.size} members for {wide.shape[0]} rows or is singular; "
        "no price can be drawn; solve again cold"
    )
    if basic.size != wide.shape[0]:
        raise DataQualityError(message)
    try:
        return cast("Factored", splu(wide[:, basic].tocsc()))
    except RuntimeError:
        raise DataQualityError(message) from None


def _resting(
    status: npt.NDArray[np.int8], lower: FloatArray, upper: FloatArray
) -> FloatArray:
    """Return the bound each non-basic member stands at, zero for the basic."""
    low = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper, 0.0))
    high = np.where(np.isfinite(upper), upper, low)
    at = np.where(status == AT_UPPER, high, low)
    return np.where((status == BASIC) | (status == FREE_AT_ZERO), 0.0, at)


def _values(
    wide: csc_array, lu: Factored, basic: IntArray, resting: FloatArray
) -> FloatArray:
    value = resting.copy()
    for _ in range(3):  # the solve and two steps of iterative refinement
        value[basic] -= lu.solve(wide @ value)
    return value


def _duals(
    wide: csc_array, lu: Factored, basic: IntArray, cost: FloatArray
) -> FloatArray:
    dual = np.zeros(wide.shape[0])
    for _ in range(3):
        dual += lu.solve((cost - wide.T @ dual)[basic], trans="T")
    return dual


def _column_terms(size: csc_array, row_terms: FloatArray) -> FloatArray:
    """Return the largest row sum each column takes part in, in its own unit."""
    shares = row_terms[size.indices] / size.data
    starts = size.indptr[:-1]
    filled = np.diff(size.indptr) > 0
    terms = np.zeros(size.shape[1])
    if filled.any():
        terms[filled] = np.maximum.reduceat(shares, starts[filled])
    return terms


def _check_signs(factor: Factor) -> None:
    wrong_low = ~factor.at_upper & (factor.reduced < 0.0)
    wrong_high = ~factor.at_lower & (factor.reduced > 0.0)
    wrong = np.where(wrong_low | wrong_high, np.abs(factor.reduced), 0.0)
    share = wrong / np.maximum(factor.money, np.finfo(float).tiny)
    share[wrong <= 1e-9] = 0.0  # the solver's own tolerance, in money per unit
    worst = int(np.argmax(share)) if share.size else 0
    if share.size and share[worst] > WRONG_SIGN:
        columns = factor.problem.cost.size
        kind, index = ("column", worst) if worst < columns else ("row", worst - columns)
        label = factor.problem.describe(kind, index)
        message = (
            f"{label}: reduced cost {factor.reduced[worst]:g} has the wrong sign; "
            "expected an optimal basis; pass the problem as solved, or solve again cold"
        )
        raise DataQualityError(message)


def _worths(problem: Problem) -> FloatArray:
    """Return a price level of each row: the largest cost per unit in its columns.

    A row without any cost in its columns takes it from its neighbours, ring by ring,
    so that it too has a measure in its own unit.
    """
    matrix = problem.matrix
    size, rows = np.abs(matrix.data), matrix.indices
    columns = np.repeat(np.arange(problem.cost.size), np.diff(matrix.indptr))
    worth, ring = np.zeros(problem.row_lower.size), np.abs(problem.cost)
    while True:
        found = np.zeros_like(worth)
        np.maximum.at(found, rows, ring[columns] / size)
        new = (worth == 0.0) & (found > 0.0)
        if not new.any():
            return worth
        worth[new] = found[new]
        ring = np.abs(problem.cost)
        np.maximum.at(ring, columns, size * worth[rows])
