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
from orebook.plan.face import Face, dual_face
from orebook.plan.factor import BoolArray, Factor, factorise, reduced_costs
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.prices import OneSided, one_sided_of
from orebook.plan.quadratic import (
    Nearest,
    UnsettledError,
    equations,
    moving,
    nearest,
)
from orebook.plan.solve import Solution, with_integers_fixed
from orebook.plan.squares import Squares

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["RentMoney", "equal_rent", "equal_rent_of", "rent_money"]

STILL = 1e-9
"""A unit-free movement below this share is none."""


@dataclass(frozen=True, slots=True, eq=False)
class RentMoney:
    """Money that each limit earns at given prices.

    Parameters
    ----------
    columns : array of float, shape (columns,)
        Minus reduced cost times value: positive at an upper bound that earns, negative
        at a lower bound that costs [CNY].
    rows : array of float, shape (rows,)
        Minus dual times activity: what a capacity row or a demand row earns [CNY].
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
        Rents; ``sum(columns) + sum(rows) = offset - objective``: together they are
        the profit of the group.

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
        If the basis cannot support a price, or no way settles the quadratic problem
        of a part to 1e-6; the message names the part.

    Notes
    -----
    Stage one: min sum (dual_i * limit_i)^2 + sum (reduced_j * bound_j)^2 over binding
    limits other than 0 outside the free rows and columns, over the optimal dual face.
    Rents are strictly convex in it, hence unique. Stage two, rents held: min sum
    ((dual_i - middle_i) / width_i)^2 over all rows without a rent of their own;
    width = ask - bid, or where one of them is infinite the larger of the finite one
    and the largest absolute cost / coefficient in the row (of its neighbours, if its
    own columns have no cost); the middle is then the finite one, or 0. A capacity
    entered twice would get two shares: one row per physical bottleneck.

    The quadratic problem is solved by Clarabel in unit-free figures and then exactly
    on the limits it found active. A part whose optimality conditions are missed by more
    than 1e-9 is solved again in other scales, then by the proximal method of
    multipliers. HiGHS is not used for it: its quadratic solver adds a regularisation
    that biases prices.

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
    """Return the settlement prices from a face already at hand; see `equal_rent`.

    Parameters
    ----------
    face : Face
        The optimal duals.
    free_rows, free_columns : array of int
        As for `equal_rent` [-].

    Returns
    -------
    array of float, shape (rows,)
        Duals [CNY/unit].
    """
    factor = face.factor
    if not face.tied.size:
        return factor.dual.copy()
    exempt = np.zeros(factor.value.size, np.bool_)
    exempt[factor.row(free_rows)] = True
    exempt[np.asarray(free_columns, np.int64)] = True
    squares = _rent_squares(face, ~exempt)
    try:
        shared = nearest(squares)
        point = _to_middle(face, squares, shared)
    except UnsettledError as error:
        raise DataQualityError(f"{error}; {_named(face, error.ties)}") from error
    return np.asarray(factor.dual + face.row_slope() @ point, np.float64)


def _named(face: Face, ties: IntArray) -> str:
    """Return the first balances and limits of the problem that a part joins."""
    problem, members = face.factor.problem, face.tied[ties]
    columns = problem.cost.size
    named = [
        problem.describe(*(("column", m) if m < columns else ("row", m - columns)))
        for m in members[:3].tolist()
    ]
    return (
        f"the part joins {', '.join(map(str, named))}{' ...' if ties.size > 3 else ''}"
    )


def _rent_squares(face: Face, counted: BoolArray) -> Squares:
    """Return rents in money as functions of the unknowns, and the face as cuts."""
    from scipy.sparse import csr_array, diags_array, eye_array, vstack

    factor = face.factor
    limit = np.where(factor.at_lower, factor.lower, factor.upper)
    bound = (factor.at_lower | factor.at_upper) & (limit != 0.0) & counted
    places = np.flatnonzero(bound & (np.diff(face.slope.indptr) > 0))
    cuts = face.cuts()
    return Squares(
        matrix=csr_array(diags_array(limit[places]) @ face.slope[places]),
        start=limit[places] * factor.reduced[places],
        cut=csr_array(vstack([cuts.matrix, eye_array(face.tied.size)], format="csr")),
        least=np.concatenate([cuts.least, face.low]),
        most=np.concatenate([cuts.most, face.high]),
    )


def _to_middle(face: Face, squares: Squares, shared: Nearest) -> FloatArray:
    """Move what the rents leave free towards the middle of bid and ask."""
    from scipy.sparse import csr_array, diags_array, vstack

    held = _held(squares, shared)
    drift = _free_direction(held)
    prices = face.row_slope()
    rows = np.flatnonzero(moving(prices, drift, share=STILL))
    sides = one_sided_of(face, rows, ranges=False)
    width = _widths(face.factor, sides)
    open_band = width > 0.0
    rows, width, middle = rows[open_band], width[open_band], sides.middle[open_band]
    now = face.factor.dual[rows] + prices[rows] @ shared.point
    cuts = np.flatnonzero(moving(squares.cut, drift, share=STILL))
    reach = squares.cut[cuts] @ shared.point
    still = np.zeros(held.shape[0])
    step = nearest(
        Squares(
            matrix=csr_array(diags_array(1.0 / width) @ prices[rows]),
            start=(now - middle) / width,
            cut=csr_array(vstack([squares.cut[cuts], held], format="csr")),
            least=np.append(np.minimum(squares.least[cuts] - reach, 0.0), still),
            most=np.append(np.maximum(squares.most[cuts] - reach, 0.0), still),
        )
    )
    return shared.point + step.point


def _held(squares: Squares, shared: Nearest) -> csr_array:
    """Return the equations of all points with the same rents, each of size 1."""
    from scipy.sparse import csr_array, diags_array, vstack

    firm = (shared.binding != 0.0) | (squares.least == squares.most)
    rows = csr_array(vstack([squares.matrix, squares.cut[np.flatnonzero(firm)]]))
    size = abs(rows).max(axis=1).toarray().ravel()
    size = np.where(size > 0.0, size, 1.0)
    return csr_array(diags_array(1.0 / size) @ rows)


def _free_direction(held: csr_array) -> FloatArray:
    """Return a direction within the equations that moves all that can move."""
    from scipy.sparse import csr_array, eye_array

    ties = held.shape[1]
    # Any direction in general position serves; a fixed seed makes runs repeatable.
    aim = np.random.default_rng(20260101).standard_normal(ties)
    return equations(
        csr_array(eye_array(ties)),
        -aim,
        held=held,
        limit=np.zeros(held.shape[0]),
        near=np.zeros(ties),
    )[0]


def _widths(factor: Factor, sides: OneSided) -> FloatArray:
    """Return the unit of distance of each price, 0 where bid and ask agree."""
    finite = np.isfinite(sides.bid) & np.isfinite(sides.ask)
    band = np.where(finite, sides.ask, 0.0) - np.where(finite, sides.bid, 0.0)
    size = np.maximum(np.abs(sides.bid), np.abs(sides.ask))
    band = np.where(band > STILL * np.where(finite, size, 0.0), band, 0.0)
    other = np.maximum(np.abs(sides.middle), factor.worth[sides.rows])
    return np.where(finite, band, np.where(other > 0.0, other, 1.0))
