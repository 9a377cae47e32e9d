"""The settlement price: the one optimal dual that shares rents among equal bottlenecks.

Stage one makes the sum of squared rents in money least, over all optimal duals. What is
still free then (a good neither made nor used) goes as near as possible to the middle of
its bid and ask, measured in widths of that band. The result is one vector, the same
whatever the solver, the order of rows or the units of measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from orebook.errors import DataQualityError
from orebook.plan.face import Cuts, Face, dual_face
from orebook.plan.factor import Factor, factorise, reduced_costs
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.prices import one_sided_of
from orebook.plan.solve import Solution, with_integers_fixed

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

__all__ = ["RentMoney", "equal_rent", "equal_rent_of", "rent_money"]

STILL = 1e-9
"""A unit-free movement below this share is none."""


@dataclass(frozen=True, slots=True, eq=False)
class RentMoney:
    """Money that each limit earns at given prices.

    Parameters
    ----------
    columns : array of float, shape (columns,)
        Minus reduced cost times the bound it stands at: positive at an upper bound
        that earns, negative at a lower bound that costs [CNY].
    rows : array of float, shape (rows,)
        Minus dual times activity; for a capacity row what its capacity earns [CNY].
    """

    columns: FloatArray
    rows: FloatArray


def rent_money(problem: Problem, solution: Solution, row_dual: FloatArray) -> RentMoney:
    """Return what every limit earns at given prices.

    Parameters
    ----------
    problem : Problem
        The problem solved.
    solution : Solution
        Its optimum.
    row_dual : array of float, shape (rows,)
        Prices from `equal_rent` [CNY/unit].

    Returns
    -------
    RentMoney
        Rents; their sum plus ``offset`` is minus the profit with the sign turned:
        ``objective = offset - sum(columns) - sum(rows)``.

    Notes
    -----
    Strong duality: ``cost @ x = reduced @ x + dual @ (matrix @ x)``, and at an optimum
    a column or row off its bounds has reduced cost or dual 0.
    """
    fixed = with_integers_fixed(problem, solution)
    reduced = reduced_costs(fixed, row_dual)
    return RentMoney(
        columns=-reduced * solution.x,
        rows=np.asarray(-row_dual * (problem.matrix @ solution.x), np.float64),
    )


def equal_rent(
    problem: Problem,
    solution: Solution,
    *,
    free_rows: npt.ArrayLike,
    free_columns: npt.ArrayLike = (),
) -> FloatArray:
    """Return the unique settlement price of every row.

    Parameters
    ----------
    problem : Problem
        The problem solved, as it stood then (`Solver.problem`).
    solution : Solution
        Its optimum, with a basis.
    free_rows : array of int
        Rows whose dual is a price, not a rent: the material balances [-].
    free_columns : array of int, optional
        Columns whose bounds are no bottleneck, e.g. a measured opening stock [-].

    Returns
    -------
    array of float, shape (rows,)
        Duals; all reduced costs follow by `reduced_costs` [CNY/unit].

    Raises
    ------
    InputError
        If the solution is not an optimum with a basis.
    DataQualityError
        If the basis cannot support a price or the quadratic problem fails.

    Notes
    -----
    Stage one: min sum (dual_i * limit_i)^2 + sum (reduced_j * bound_j)^2 over binding
    limits other than 0 outside the free rows and columns, over the optimal dual face.
    Rents are strictly convex in it, hence unique. Stage two, rents held: min sum
    ((dual_i - middle_i) / width_i)^2 over all rows without a rent of their own;
    width = ask - bid, or where one of them is infinite the larger of the finite one
    and the largest \\|cost / coefficient\\| in the row. A capacity entered twice would
    get two shares: one row per physical bottleneck.

    The quadratic problem is solved by Clarabel in unit-free figures and then exactly
    on the limits it found active. HiGHS is not used for it: its quadratic solver adds a
    regularisation that biases prices.

    References
    ----------
    .. [1] P. J. Goulart, Y. Chen, Clarabel: an interior-point solver for conic
       programs with quadratic objectives, 2024.
    .. [2] B. Stellato et al., OSQP: an operator splitting solver for quadratic
       programs, Mathematical Programming Computation, 2020 (polishing).

    Examples
    --------
    Two equal units in series (planning case V1) share 220 per unit equally:

    >>> from orebook.plan.lp import Builder
    >>> from orebook.plan.solve import Solver
    >>> builder = Builder(periods=1)
    >>> goods = builder.rows("balance", ["ore", "middle", "end"], lower=0, upper=0)
    >>> trade = builder.columns("trade", ["buy", "sell"], cost=[[50.0], [-300.0]])
    >>> run = builder.columns("run", ["A", "B"], cost=[[10.0], [20.0]], upper=100)
    >>> builder.entries(goods.index([0, 2]), trade.index([0, 1]), [1.0, -1.0])
    >>> builder.entries(goods.index([0, 1]), run.index([0, 1]), -1.0)
    >>> builder.entries(goods.index([1, 2]), run.index([0, 1]), 1.0)
    >>> problem = builder.problem()
    >>> price = equal_rent(problem, Solver(problem).optimal(), free_rows=goods.all())
    >>> [round(float(value), 6) for value in price]
    [50.0, 170.0, 300.0]
    """
    face = dual_face(factorise(problem, solution))
    return equal_rent_of(face, free_rows=free_rows, free_columns=free_columns)


def equal_rent_of(
    face: Face, *, free_rows: npt.ArrayLike, free_columns: npt.ArrayLike = ()
) -> FloatArray:
    """Return the settlement prices from a face already at hand; see `equal_rent`."""
    factor = face.factor
    if not face.tied.size:
        return factor.dual.copy()
    exempt = np.zeros(factor.value.size, np.bool_)
    exempt[factor.row(free_rows)] = True
    exempt[np.asarray(free_columns, np.int64)] = True
    rented = _rented(face, exempt)
    cuts = _all_cuts(face)
    rents = _rents(face, rented)
    first = _least_squares(rents, cuts, None)
    loose = _loose_direction(rents, cuts, first)
    unknown = first.point
    priced = _still_free(face, loose)
    if priced.size:
        held = _held(rents, cuts, first)
        middle = _to_middle(face, priced)
        unknown = _least_squares(middle, _moving(cuts, loose), held).point
    return factor.dual + face.row_slope(np.arange(factor.dual.size)) @ unknown
