"""Internal prices at work: each division's profit, and the two-stage closed case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import DataQualityError, InputError

Array = NDArray[np.float64]

BALANCE_TOLERANCE = 1e-9
"""Largest imbalance of a good relative to its gross flow [-]."""


@dataclass(frozen=True, slots=True)
class DivisionProfit:
    """Profit of each activity and owner at given internal prices.

    Parameters
    ----------
    by_activity : ndarray, shape (activities,)
        Profit of each activity [CNY].
    by_owner : mapping of str to float
        Profit of each owner [CNY].
    group : float
        Profit of the group: cash margins of all activities [CNY].
    residual : float
        Sum of owners' profits minus the group's [CNY]; rounding only.
    """

    by_activity: Array
    by_owner: Mapping[str, float]
    group: float
    residual: float

    def to_dict(self) -> dict[str, object]:
        """Return plain numbers under stable names."""
        return {
            "by_activity": self.by_activity.tolist(),
            "by_owner": dict(self.by_owner),
            "group": self.group,
            "residual": self.residual,
        }


def division_profit(
    activity: ArrayLike,
    *,
    margins: ArrayLike,
    balances: ArrayLike,
    prices: ArrayLike,
    owners: Sequence[str],
) -> DivisionProfit:
    """Value every activity at internal prices and credit it to its owner.

    Parameters
    ----------
    activity : array, shape (activities,)
        Level of each activity [t, MWh ...].
    margins : array, shape (activities,)
        Cash from outside the group for one unit of activity, costs negative
        [CNY per unit].
    balances : array, shape (goods, activities)
        Made (+) or used (-) of each good for one unit of activity [unit per unit].
    prices : array, shape (goods,)
        Internal price of each good [CNY per unit].
    owners : sequence of str, length activities
        Centre that owns each activity [-].

    Returns
    -------
    DivisionProfit
        Profits [CNY]; the owners' sum is the group's profit at any prices.

    Raises
    ------
    InputError
        Shapes do not agree.
    DataQualityError
        A good is not balanced: what is made differs from what is used.

    Notes
    -----
    profit_j = x_j (c_j + sum_g price_g A_gj). As A x = 0, internal sales cancel. At
    the plan's duals an activity within its limit earns zero, one at its limit the
    rent of that capacity.

    References
    ----------
    .. [1] J. Hirshleifer, "On the economics of transfer pricing", 1956.
    .. [2] W. Baumol, T. Fabian, "Decomposition, pricing for decentralization and
       external economies", 1964.

    Examples
    --------
    >>> result = division_profit(
    ...     [10, 10],
    ...     margins=[-3, 9],
    ...     balances=[[1, -1]],
    ...     prices=[5],
    ...     owners=["mine", "plant"],
    ... )
    >>> result.by_owner
    {'mine': 20.0, 'plant': 40.0}
    """
    level = np.asarray(activity, dtype=float)
    cash = np.asarray(margins, dtype=float)
    matrix = np.asarray(balances, dtype=float)
    price = np.asarray(prices, dtype=float)
    _check_shapes(level, cash, matrix=matrix, price=price, owners=len(owners))
    _check_balance(matrix, level)
    profit = level * (cash + price @ matrix)
    by_owner = dict.fromkeys(owners, 0.0)
    for owner, value in zip(owners, profit, strict=True):
        by_owner[owner] += float(value)
    group = float(cash @ level)
    return DivisionProfit(profit, by_owner, group, sum(by_owner.values()) - group)


@dataclass(frozen=True, slots=True)
class TwoStage:
    """Equilibrium of an upstream and a downstream division.

    Parameters
    ----------
    made, used : float
        Quantity made upstream and used downstream [t].
    bought : float
        Bought outside (+) or sold outside (-) [t].
    price : float
        Internal price [CNY/t].
    upstream, downstream : float
        Profits before fixed cost [CNY].
    """

    made: float
    used: float
    bought: float
    price: float
    upstream: float
    downstream: float


def hirshleifer(
    marginal_cost: tuple[float, float],
    net_marginal_revenue: tuple[float, float],
    *,
    outside_price: float | None = None,
) -> TwoStage:
    """Return the best internal price of a two-stage chain with straight curves.

    Parameters
    ----------
    marginal_cost : tuple of float
        Intercept [CNY/t] and slope [CNY/t per t] of the upstream marginal cost,
        slope above zero.
    net_marginal_revenue : tuple of float
        Intercept [CNY/t] and fall [CNY/t per t] of the downstream marginal revenue
        net of its own cost, fall above zero.
    outside_price : float, optional
        Price at which the good can be bought and sold outside [CNY/t]; without it
        there is no outside market.

    Returns
    -------
    TwoStage
        Quantities, price and profits.

    Raises
    ------
    InputError
        A slope is not above zero, or trade is not worth while at any quantity.

    Notes
    -----
    Without a market the price clears a + b q = c - d q; with one it is the outside
    price, and each side stops where its own curve meets it (never below zero).

    References
    ----------
    .. [1] J. Hirshleifer, "On the economics of transfer pricing", 1956.

    Examples
    --------
    >>> result = hirshleifer((10, 1), (110, 2), outside_price=30)
    >>> result.made, result.used, result.upstream, result.downstream
    (20.0, 40.0, 200.0, 1600.0)
    """
    (cost, rise), (worth, fall) = marginal_cost, net_marginal_revenue
    if rise <= 0 or fall <= 0:
        msg = f"slopes {rise:g} and {fall:g}; expected both above zero"
        raise InputError(msg)
    if outside_price is None and worth <= cost:
        msg = (
            f"the first tonne costs {cost:g} and is worth {worth:g} CNY; no internal "
            "trade pays; check the curves or give an outside price"
        )
        raise InputError(msg)
    price = outside_price
    if price is None:
        price = cost + rise * (worth - cost) / (rise + fall)
    made = max((price - cost) / rise, 0.0)
    used = max((worth - price) / fall, 0.0)
    upstream = (price - cost) * made - rise * made**2 / 2
    downstream = (worth - price) * used - fall * used**2 / 2
    bought = 0.0 if outside_price is None else used - made
    return TwoStage(made, used, bought, price, upstream, downstream)


def _check_shapes(
    level: Array, cash: Array, *, matrix: Array, price: Array, owners: int
) -> None:
    count = level.size
    if cash.shape != (count,) or matrix.shape != (price.size, count) or owners != count:
        msg = (
            f"{count} activities, {cash.size} margins, {owners} owners, balances of "
            f"shape {matrix.shape}, {price.size} prices; expected margins and owners "
            "for each activity and balances of shape (goods, activities)"
        )
        raise InputError(msg)


def _check_balance(matrix: Array, level: Array) -> None:
    residual = np.abs(matrix @ level)
    gross = np.abs(matrix) @ np.abs(level)
    bad = np.flatnonzero(residual > BALANCE_TOLERANCE * np.maximum(gross, 1.0))
    if bad.size:
        row = int(bad[0])
        msg = (
            f"good number {row} is out of balance by {float(residual[row]):g} units; "
            "expected made = used; give stock change as an activity of its own"
        )
        raise DataQualityError(msg)
