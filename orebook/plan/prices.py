"""What one more and one less unit is worth: bid, ask, their range, and rents.

Duals of balanced plans are not unique. The one-sided prices are: they are the exact
directional derivatives of the least cost, whatever basis the solver stopped at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.plan.face import Face, Peaks, dual_face, peaks
from orebook.plan.factor import CHUNK, Factor, factorise
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.solve import Settings, Solution, Solver, with_integers_fixed

__all__ = [
    "OneSided",
    "PriceCheck",
    "Rents",
    "check_prices",
    "one_sided",
    "one_sided_of",
    "rents",
    "room_along",
]

BoolArray = npt.NDArray[np.bool_]

MOVES = 1e-13
"""A movement below this share of the largest one is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class OneSided:
    """One-sided prices of some rows; iterates as ``bid, ask``.

    Parameters
    ----------
    rows : array of int
        The rows asked for [-].
    bid : array of float
        Value of one more unit at hand (row limit - 1) [CNY/unit]. ``-inf`` where the
        plan cannot take up any more.
    ask : array of float
        Cost of one unit less (row limit + 1) [CNY/unit]. ``inf`` where no plan exists
        with any less.
    bid_range, ask_range : array of float
        Quantity up to which each side holds [unit]; ``inf`` without end, 0 where the
        price is infinite.
    exact_range : array of bool
        True where the range is that of the optimal basis; False where it is the reach
        of one direction found, a lower bound. In both cases the price does hold
        throughout the range given; it may hold beyond.
    """

    rows: IntArray
    bid: FloatArray
    ask: FloatArray
    bid_range: FloatArray
    ask_range: FloatArray
    exact_range: BoolArray

    def __iter__(self) -> Iterator[FloatArray]:
        yield self.bid
        yield self.ask

    @property
    def middle(self) -> FloatArray:
        """Middle of bid and ask, the finite one if the other is infinite, else 0."""
        low = np.where(np.isfinite(self.bid), self.bid, self.ask)
        high = np.where(np.isfinite(self.ask), self.ask, self.bid)
        both = np.isfinite(low) & np.isfinite(high)
        return np.where(both, (np.where(both, low, 0) + np.where(both, high, 0)) / 2, 0)

    def ties(self, share: float = 0.01) -> BoolArray:
        """Return where ask exceeds bid by more than a share of the price.

        Parameters
        ----------
        share : float
            Share of the middle price [-].

        Returns
        -------
        array of bool
            True where the band must be shown instead of one price.
        """
        return np.asarray(self.ask - self.bid > share * np.abs(self.middle), np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Rents:
    """What loosening each binding limit by one unit saves; 0 where it does not bind.

    Parameters
    ----------
    column_lower, column_upper : array of float, shape (columns,)
        Worth of a lower lower bound, of a higher upper bound [CNY/unit].
    row_lower, row_upper : array of float, shape (rows,)
        The same for rows; 0 for equality rows, which carry prices, not rents
        [CNY/unit].
    """

    column_lower: FloatArray
    column_upper: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray


def one_sided(problem: Problem, solution: Solution, rows: npt.ArrayLike) -> OneSided:
    """Return bid and ask of many rows at once, exact at ties and elsewhere.

    Parameters
    ----------
    problem : Problem
        The problem solved, as it stood then (`Solver.problem`).
    solution : Solution
        Its optimum, with a basis.
    rows : array of int
        Balance rows written supply - demand = b, so that the dual is the price [-].
        For an inequality row all its finite limits move together.

    Returns
    -------
    OneSided
        Prices and ranges in the order of the rows, flattened.

    Raises
    ------
    InputError
        If the solution is not an optimum with a basis, or a row does not exist.
    DataQualityError
        If the basis cannot support a price.

    Notes
    -----
    ask = lim (z(b + h) - z(b)) / h and bid = lim (z(b) - z(b - h)) / h for h -> 0+,
    with z the least cost; equally, ask and bid are the largest and least value of the
    dual over all optimal duals. The basis is factored once; rows that tie are
    settled over the face of optimal duals (`orebook.plan.face`).

    References
    ----------
    .. [1] D. C. Aucamp, D. I. Steinberg, The computation of shadow prices in linear
       programming, Journal of the Operational Research Society, 1982.
    .. [2] M. Akguel, A note on shadow prices in linear programming, Journal of the
       Operational Research Society, 1984.

    Examples
    --------
    Two equal units in series (planning case V1): the intermediate is worth 60 to whom
    has one more and 280 to whom lacks one.

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
    >>> prices = one_sided(problem, Solver(problem).optimal(), goods.index("middle"))
    >>> [round(float(side[0]), 6) for side in prices]
    [60.0, 280.0]
    """
    return one_sided_of(dual_face(factorise(problem, solution)), rows)


def one_sided_of(face: Face, rows: npt.ArrayLike, *, ranges: bool = True) -> OneSided:
    """Return bid and ask from a face already at hand; see `one_sided`.

    Parameters
    ----------
    face : Face
        The optimal duals.
    rows : array of int
        Rows asked for [-].
    ranges : bool
        Compute the ranges too; without, they stand as 0.

    Returns
    -------
    OneSided
        Prices in the order of the rows.
    """
    factor = face.factor
    asked = _checked(factor, rows)
    slope = face.row_slope(asked)
    rise, fall = peaks(face, slope), peaks(face, -slope)
    reach_up = reach_down = np.zeros(asked.size)
    if ranges:
        reach_up, reach_down = _reaches(face, asked, rise, fall)
    return OneSided(
        rows=asked,
        bid=factor.dual[asked] - fall.value,
        ask=factor.dual[asked] + rise.value,
        bid_range=reach_down,
        ask_range=reach_up,
        exact_range=rise.proven & fall.proven,
    )


def _checked(factor: Factor, rows: npt.ArrayLike) -> IntArray:
    asked = np.asarray(rows, np.int64).ravel()
    size = factor.dual.size
    if asked.size and (asked.min() < 0 or asked.max() >= size):
        message = (
            f"row {asked.min()}..{asked.max()} does not exist; expected 0..{size - 1}; "
            "use the indices the blocks give"
        )
        raise InputError(message)
    return asked


def _reaches(
    face: Face, rows: IntArray, rise: Peaks, fall: Peaks
) -> tuple[FloatArray, FloatArray]:
    """Return how far the limit of each row may rise and fall at the same price."""
    factor = face.factor
    reaches = np.empty((2, rows.size))
    for start in range(0, rows.size, CHUNK):
        chosen = np.arange(start, min(start + CHUNK, rows.size))
        push = np.zeros((factor.dual.size, chosen.size), order="F")
        push[rows[chosen], np.arange(chosen.size)] = 1.0
        moved = factor.lu.solve(push)
        reaches[0, chosen] = room_along(factor, moved)
        reaches[1, chosen] = room_along(factor, -moved)
    for reach, peak, side in zip(reaches, (rise, fall), (1.0, -1.0), strict=True):
        for number in peak.moves:
            push = np.zeros((factor.dual.size, 1))
            push[rows[number]] = side
            reach[number] = _reach_of_move(factor, push, *peak.moves[number])
        reach[~np.isfinite(peak.value)] = 0.0
    return reaches[0], reaches[1]


def _reach_of_move(
    factor: Factor, push: FloatArray, members: IntArray, amounts: FloatArray
) -> float:
    """Return how far a direction that moves some non-basic members can be followed."""
    push[:, 0] -= factor.wide[:, members] @ amounts
    room = (factor.upper - factor.lower)[members] / np.abs(amounts)
    inside = float(room_along(factor, factor.lu.solve(push))[0])
    return float(np.min(room, initial=inside))


def room_along(factor: Factor, moved: FloatArray) -> FloatArray:
    """Return how far each movement of the basic members goes before one is stopped.

    Parameters
    ----------
    factor : Factor
        The vertex.
    moved : array of float, shape (rows, movements)
        Change of each basic member per unit of each movement [unit].

    Returns
    -------
    array of float, shape (movements,)
        Length of each movement; ``inf`` without end [unit].
    """
    basic = factor.basic
    above = (factor.upper - factor.value)[basic]
    below = (factor.value - factor.lower)[basic]
    # Members at a bound are known not to be pushed out of it: only rounding says so.
    above[factor.at_upper[basic]] = np.inf
    below[factor.at_lower[basic]] = np.inf
    rows, columns = np.nonzero(moved)
    speed = moved[rows, columns]
    largest = np.abs(moved).max(axis=0, initial=0.0)
    room = np.where(speed > 0.0, above[rows], below[rows]) / np.abs(speed)
    room[np.abs(speed) <= MOVES * largest[columns]] = np.inf
    reach = np.full(moved.shape[1], np.inf)
    np.minimum.at(reach, columns, room)
    return reach


def rents(problem: Problem, solution: Solution) -> Rents:
    """Return what one unit more of each binding limit is worth to the group.

    Parameters
    ----------
    problem : Problem
        The problem solved, as it stood then.
    solution : Solution
        Its optimum, with a basis.

    Returns
    -------
    Rents
        Right derivatives, never negative.

    Notes
    -----
    The worth of loosening an upper limit is ``max(0, -max r)`` over the reduced costs
    ``r`` of all optimal duals; of a lower limit ``max(0, min r)``. Among equal
    bottlenecks each is worth 0 alone: loosening one of them helps nobody.

    Examples
    --------
    >>> from orebook.plan.lp import Builder
    >>> from orebook.plan.solve import Solver
    >>> builder = Builder(periods=1)
    >>> sell = builder.columns("sell", ["metal"], cost=-300.0, upper=7.0)
    >>> problem = builder.problem()
    >>> rents(problem, Solver(problem).optimal()).column_upper
    array([300.])
    """
    factor = factorise(problem, solution)
    face = dual_face(factor)
    columns = problem.cost.size
    equal = np.concatenate(
        [np.zeros(columns, np.bool_), problem.row_lower == problem.row_upper]
    )
    outside = factor.nonbasic() & ~equal
    worth = [np.zeros(factor.value.size) for _ in range(2)]
    for result, at, sign in zip(
        worth, (factor.at_lower, factor.at_upper), (1.0, -1.0), strict=True
    ):
        asked = np.flatnonzero(outside & at & (sign * factor.reduced > 0.0))
        held = np.flatnonzero(outside & at & factor.fixed)
        asked = np.union1d(asked, held)
        slope = face.slope[asked]
        lowest = sign * factor.reduced[asked] - peaks(face, -sign * slope).value
        result[asked] = np.maximum(0.0, lowest)
    low, high = worth
    return Rents(low[:columns], high[:columns], low[columns:], high[columns:])


@dataclass(frozen=True, slots=True)
class PriceCheck:
    """How well one-sided prices foretell a re-solve.

    Parameters
    ----------
    worst : float
        Largest relative deviation [-].
    row : int
        Row of the largest deviation; -1 if none was checked.
    checked : int
        One-sided prices compared [-].
    shortened : int
        Of these, with a step shorter than asked because the range is shorter [-].
    smallest_step : float
        Shortest step used; ``inf`` if none was checked [unit].
    """

    worst: float
    row: int
    checked: int
    shortened: int
    smallest_step: float

    def summary(self) -> str:
        """Return one line for a log."""
        return (
            f"{self.checked} one-sided prices re-solved, worst deviation "
            f"{self.worst:.1e} at row {self.row}, {self.shortened} with a shorter step "
            f"(smallest {self.smallest_step:g})"
        )


def check_prices(
    problem: Problem, solution: Solution, rows: npt.ArrayLike, *, step: float = 1.0
) -> PriceCheck:
    """Compare one-sided prices with the difference of two solved plans.

    Parameters
    ----------
    problem : Problem
        The problem solved, as it stood then.
    solution : Solution
        Its optimum, with a basis.
    rows : array of int
        Rows to check, each to both sides [-].
    step : float
        Change of the row limit [unit]; where the range is shorter, the range is used.

    Returns
    -------
    PriceCheck
        Deviation relative to the larger of the price and 1e-6 of the row's price level
        (`Factor.worth`).

    Notes
    -----
    An infinite price counts as confirmed if no plan exists after the step.
    """
    fixed = with_integers_fixed(problem, solution)
    factor = factorise(problem, solution)
    prices = one_sided_of(dual_face(factor), rows)
    solver = Solver(fixed, Settings(method="simplex"))
    if solution.basis is not None:
        solver.set_basis(solution.basis)
    base = solver.solve()
    level = np.maximum(1e-6 * factor.worth[prices.rows], np.finfo(float).tiny)
    result = PriceCheck(0.0, -1, 0, 0, np.inf)
    for side, values, ranges in (
        (1.0, prices.ask, prices.ask_range),
        (-1.0, prices.bid, prices.bid_range),
    ):
        for row, price, reach, floor in zip(
            prices.rows.tolist(),
            values.tolist(),
            ranges.tolist(),
            level.tolist(),
            strict=True,
        ):
            length = min(step, reach) if np.isfinite(price) else step
            found = _differenced(solver, base, row, shift=side * length)
            gap = abs(found - price) if np.isfinite(price) else float(found != price)
            share = gap / max(abs(price) if np.isfinite(price) else 1.0, floor)
            result = _worse(result, row, share, length=length, asked=step)
    return result


def _differenced(solver: Solver, base: Solution, row: int, *, shift: float) -> float:
    now = solver.problem
    low, high = now.row_lower[row], now.row_upper[row]
    solver.change_row_bounds([row], low + shift, high + shift)
    moved = solver.solve()
    solver.change_row_bounds([row], low, high)
    if moved.status != "optimal":
        return float(np.copysign(np.inf, shift))
    # Summed difference by difference: the totals would cancel most digits.
    return float(now.cost @ (moved.x - base.x)) / shift


def _worse(
    so_far: PriceCheck, row: int, share: float, *, length: float, asked: float
) -> PriceCheck:
    known = replace(
        so_far,
        checked=so_far.checked + 1,
        shortened=so_far.shortened + (length < asked),
        smallest_step=min(so_far.smallest_step, length),
    )
    return replace(known, worst=share, row=row) if share > so_far.worst else known
