"""What a price is made of: market prices, costs and rents that sum to it exactly.

One unit more at hand (or one unit less) moves the plan along one direction. What this
moves at market prices is the bid (or the ask); what the limits on the way give up or
take of it at the published rents is the rest of the published price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.plan.face import Face, Peaks, peaks
from orebook.plan.factor import CHUNK, Factor, reduced_costs
from orebook.plan.lp import FloatArray, IntArray
from orebook.plan.prices import MOVES

__all__ = ["MadeOf", "Share", "Side", "made_of", "movements"]

Side = Literal["bid", "ask"]
REFINED = 2
"""Steps of iterative refinement of a movement [-]."""
RENT = 1e-12
"""A rent below this share of the price level is rounding [-]."""


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a price.

    Parameters
    ----------
    kind : str
        ``"column"`` (a flow moves at its own cost or price), or ``"rent"`` (a limit on
        the way is left, with its published rent).
    row : bool
        True where the rent is that of a row, False for columns.
    index : int
        Column or row of the problem [-].
    moved : float
        Change of the column or of the row's activity per unit of the good [unit/unit].
    each : float
        Cost of the column, or reduced cost of the limit, per unit of it [CNY/unit].
    money : float
        Part of the price, positive where it raises it [CNY/unit].
    """

    kind: Literal["column", "rent"]
    row: bool
    index: int
    moved: float
    each: float
    money: float


@dataclass(frozen=True, slots=True)
class MadeOf:
    """A published price as an exact sum, seen from one of its two sides.

    Parameters
    ----------
    balance : int
        The row of the balance [-].
    side : str
        ``"bid"``: one more unit at hand; ``"ask"``: one unit less.
    price : float
        The published price [CNY/unit].
    value : float
        The one-sided price itself, the sum of the shares of columns [CNY/unit].
    shares : tuple of Share
        The parts, largest first; together ``price``.
    """

    balance: int
    side: Side
    price: float
    value: float
    shares: tuple[Share, ...]

    @property
    def rents(self) -> float:
        """Part of the price that limits on the way hold [CNY/unit]."""
        return sum(s.money for s in self.shares if s.kind == "rent")

    @property
    def left_over(self) -> float:
        """What the parts miss of the price; rounding only [CNY/unit]."""
        return self.price - sum(s.money for s in self.shares)


def made_of(
    face: Face, dual: FloatArray, rows: npt.ArrayLike, *, side: Side
) -> tuple[MadeOf | None, ...]:
    """Split the published prices of some balances into their parts.

    Parameters
    ----------
    face : Face
        The optimal duals.
    dual : array of float, shape (rows,)
        The published duals [CNY/unit].
    rows : array of int
        Balances asked for [-].
    side : {"bid", "ask"}
        One more unit at hand, or one unit less.

    Returns
    -------
    tuple of MadeOf or None
        In the order of the rows; None where the side is infinite: there the plan
        cannot take up, or do without, another unit.

    Raises
    ------
    InputError
        If the side is another word.

    Notes
    -----
    Let ``z`` move by ``m`` when the row limit moves by ``b`` (-1 for the bid, +1 for
    the ask), with ``c`` the costs and ``d = c - W'y`` the reduced costs of *any* dual
    ``y`` of the face. ``W m = 0`` gives ``c m = d m``, hence ``y_i b = c m - d' m'``
    over all other members: the market side ``c m / b`` is the one-sided price, and
    the published price differs from it by the rents of the limits that the
    movement leaves. The sum is exact for tied prices too.

    References
    ----------
    .. [1] G. B. Dantzig, M. N. Thapa, Linear Programming 1, 1997, chapter 7.

    Examples
    --------
    Two equal units in series (planning case V1): one more unit of the intermediate
    saves ore at 50 and 10 of cost in A, and A gives up its rent of 110.

    >>> from orebook.plan.face import dual_face
    >>> from orebook.plan.factor import factorise
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
    >>> face = dual_face(factorise(problem, Solver(problem).optimal()))
    >>> found = made_of(face, np.array([50.0, 170.0, 300.0]), [1], side="bid")[0]
    >>> [(s.kind, s.money) for s in found.shares]
    [('rent', 110.0), ('column', 50.0), ('column', 10.0)]
    """
    if side not in ("bid", "ask"):
        raise InputError(f"side = {side!r}; expected 'bid' or 'ask'; choose one")
    asked = np.asarray(rows, np.int64).ravel()
    factor = face.factor
    step = 1.0 if side == "ask" else -1.0
    top = peaks(face, step * face.row_slope(asked))
    cost = np.concatenate([factor.problem.cost, np.zeros(factor.dual.size)])
    reduced = np.concatenate([reduced_costs(factor.problem, dual), dual])
    reduced[np.abs(reduced) <= RENT * np.maximum(factor.money, 1.0)] = 0.0
    found: list[MadeOf | None] = []
    for start in range(0, asked.size, CHUNK):
        part = np.arange(start, min(start + CHUNK, asked.size))
        moved = movements(factor, factor.row(asked[part]), step, top, part)
        for k, column in zip(part.tolist(), moved.T, strict=True):
            row = int(asked[k])
            finite = np.isfinite(top.value[k])
            made = _split(factor, row, column, cost=cost, reduced=reduced, step=step)
            price = float(dual[row])
            value = sum(s.money for s in made if s.kind == "column")
            found.append(MadeOf(row, side, price, value, made) if finite else None)
    return tuple(found)


def movements(
    factor: Factor,
    members: IntArray,
    step: float | FloatArray,
    top: Peaks,
    numbers: IntArray,
) -> FloatArray:
    """Return how the plan moves when some members are pushed by one unit.

    Parameters
    ----------
    factor : Factor
        The vertex.
    members : array of int, shape (pushes,)
        Columns or row activities pushed, outside the basis [-].
    step : float or array of float, shape (pushes,)
        How far each is pushed [unit].
    top : Peaks
        The peaks that say which other members leave their bound.
    numbers : array of int, shape (pushes,)
        Place of each push among the functions of ``top`` [-].

    Returns
    -------
    array of float, shape (columns + rows, pushes)
        Change of every member per push; what is rounding stands as 0 [unit].
    """
    moved = np.zeros((factor.value.size, members.size))
    moved[members, np.arange(members.size)] = step
    for k, number in enumerate(numbers.tolist()):
        if number in top.moves:
            places, amounts = top.moves[number]
            moved[places, k] += amounts
    for _ in range(1 + REFINED):
        rest = np.asfortranarray(factor.wide @ moved)
        moved[factor.basic] -= factor.lu.solve(rest)
    largest = np.abs(moved).max(axis=0, initial=0.0)
    moved[np.abs(moved) <= MOVES * largest] = 0.0
    return moved


def _split(
    factor: Factor,
    row: int,
    moved: FloatArray,
    *,
    cost: FloatArray,
    reduced: FloatArray,
    step: float,
) -> tuple[Share, ...]:
    columns = factor.problem.cost.size
    own = columns + row
    parts = [*_columns(moved, cost, columns, step), *_rents(moved, reduced, own, step)]
    shares = (
        Share(kind, k >= columns, k - columns * (k >= columns), amount, each, money)
        for kind, k, amount, each, money in parts
    )
    return tuple(sorted(shares, key=lambda s: (-abs(s.money), s.kind, s.index)))


_Part = tuple[Literal["column", "rent"], int, float, float, float]


def _columns(
    moved: FloatArray, cost: FloatArray, columns: int, step: float
) -> Iterator[_Part]:
    for k in np.flatnonzero(moved[:columns]).tolist():
        money = float(cost[k] * moved[k]) / step
        yield "column", k, float(moved[k]), float(cost[k]), money


def _rents(
    moved: FloatArray, reduced: FloatArray, own: int, step: float
) -> Iterator[_Part]:
    for k in np.flatnonzero(moved * reduced).tolist():
        if k != own:
            money = -float(reduced[k] * moved[k]) / step
            yield "rent", k, float(moved[k]), float(reduced[k]), money
