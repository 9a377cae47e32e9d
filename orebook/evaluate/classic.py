"""Textbook variances, for readers who compare with their own ledgers.

Positive is favourable for profit, everywhere. Joint terms go to price and to volume,
as textbooks do; `reallocated` shows what the order-free account moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError

Array = NDArray[np.float64]


def price_variance(
    actual_quantity: ArrayLike, *, standard_price: ArrayLike, actual_price: ArrayLike
) -> Array:
    """Return the input price variance (SP - AP) AQ.

    Parameters
    ----------
    actual_quantity : array
        Quantity really used [t, GJ, MWh or m3].
    standard_price, actual_price : array
        Prices per unit [CNY per unit, excluding VAT].

    Returns
    -------
    ndarray
        Positive when bought below standard [CNY].

    References
    ----------
    .. [1] C. Horngren, S. Datar, M. Rajan, "Cost Accounting", 14th edition, 2012.

    Examples
    --------
    >>> float(price_variance(2275, standard_price=80, actual_price=82))
    -4550.0
    """
    gap = np.asarray(standard_price, dtype=float) - np.asarray(actual_price)
    result: Array = gap * np.asarray(actual_quantity)
    return result


def usage_variance(
    actual_quantity: ArrayLike, *, standard_quantity: ArrayLike, price: ArrayLike
) -> Array:
    """Return the usage (efficiency) variance (SQ - AQ) SP.

    Parameters
    ----------
    actual_quantity, standard_quantity : array
        Used, and allowed for the output really made [t, GJ, MWh or m3].
    price : array
        Standard price [CNY per unit, excluding VAT].

    Returns
    -------
    ndarray
        Positive when less than allowed was used [CNY].

    References
    ----------
    .. [1] C. Horngren, S. Datar, M. Rajan, "Cost Accounting", 14th edition, 2012.

    Examples
    --------
    >>> float(usage_variance(3250, standard_quantity=3200, price=70))
    -3500.0
    """
    gap = np.asarray(standard_quantity, dtype=float) - np.asarray(actual_quantity)
    result: Array = gap * np.asarray(price)
    return result


@dataclass(frozen=True, slots=True)
class MixYield:
    """Usage variance of substitutable inputs, split in mix and yield.

    Parameters
    ----------
    mix, yields : float
        Mix and yield variance, positive favourable [CNY].
    """

    mix: float
    yields: float

    @property
    def efficiency(self) -> float:
        """Usage variance as a whole [CNY]."""
        return self.mix + self.yields


def mix_yield(
    actual_quantities: ArrayLike,
    *,
    shares: ArrayLike,
    prices: ArrayLike,
    standard_total: float,
) -> MixYield:
    """Split the usage variance of substitutable inputs.

    Parameters
    ----------
    actual_quantities : array, shape (inputs,)
        Quantities used [t].
    shares : array, shape (inputs,)
        Standard shares, summing to one [-].
    prices : array, shape (inputs,)
        Standard prices [CNY/t, excluding VAT].
    standard_total : float
        Total input allowed for the output really made [t].

    Returns
    -------
    MixYield
        Mix and yield variance [CNY].

    Raises
    ------
    InputError
        The standard shares do not sum to one.

    Notes
    -----
    mix = AQ_total sum (s_i - a_i) SP_i; yield = (SQ_total - AQ_total) sum s_i SP_i.

    References
    ----------
    .. [1] C. Horngren, S. Datar, M. Rajan, "Cost Accounting", 14th edition, 2012.

    Examples
    --------
    >>> mix_yield([60, 50], shares=[0.5, 0.5], prices=[10, 20], standard_total=100)
    MixYield(mix=50.0, yields=-150.0)
    """
    used = np.asarray(actual_quantities, dtype=float)
    standard = np.asarray(shares, dtype=float)
    price = np.asarray(prices, dtype=float)
    if abs(standard.sum() - 1) > 1e-9:
        msg = f"standard shares sum to {standard.sum():g}; expected 1; correct them"
        raise InputError(msg)
    total = float(used.sum())
    mix = float(((total * standard - used) * price).sum())
    return MixYield(mix, (standard_total - total) * float((standard * price).sum()))


@dataclass(frozen=True, slots=True)
class MarketVariance:
    """Volume variance split in market size and market share.

    Parameters
    ----------
    size, share : float
        Variances, positive favourable [CNY].
    """

    size: float
    share: float


def market_variance(
    market: tuple[float, float], share: tuple[float, float], *, margin: float
) -> MarketVariance:
    """Split the sales volume variance into market size and market share.

    Parameters
    ----------
    market : tuple of float
        Market volume (budget, actual) [t].
    share : tuple of float
        Market share (budget, actual) [-].
    margin : float
        Budgeted unit margin [CNY/t].

    Returns
    -------
    MarketVariance
        The two variances [CNY].

    References
    ----------
    .. [1] C. Horngren, S. Datar, M. Rajan, "Cost Accounting", 14th edition, 2012.

    Examples
    --------
    >>> market_variance((1000, 1200), (0.5, 0.25), margin=10)
    MarketVariance(size=1000.0, share=-3000.0)
    """
    size = (market[1] - market[0]) * share[0] * margin
    return MarketVariance(size, market[1] * (share[1] - share[0]) * margin)


def fixed_volume_variance(budget_volume: float, volume: float, *, rate: float) -> float:
    """Return the fixed cost over-absorbed by volume, in absorption costing.

    Parameters
    ----------
    budget_volume, volume : float
        Budgeted and actual output [t].
    rate : float
        Fixed cost rate [CNY/t].

    Returns
    -------
    float
        Positive when more was absorbed than budgeted [CNY].

    References
    ----------
    .. [1] C. Horngren, S. Datar, M. Rajan, "Cost Accounting", 14th edition, 2012.

    Examples
    --------
    >>> fixed_volume_variance(150, 156, rate=400)
    2400
    """
    return (volume - budget_volume) * rate


@dataclass(frozen=True, slots=True)
class ProductCase:
    """One product with proportional inputs: Q (P - sum usage x price - other) - F.

    Parameters
    ----------
    volume : float
        Output sold [t].
    price : float
        Sales price [CNY/t, excluding VAT].
    inputs : mapping of str to tuple of float
        Usage per tonne [unit/t] and price [CNY per unit] of each input.
    other : float
        Other variable cost [CNY/t].
    fixed : float
        Fixed cost of the period [CNY].
    """

    volume: float
    price: float
    inputs: Mapping[str, tuple[float, float]]
    other: float = 0.0
    fixed: float = 0.0

    @property
    def unit_margin(self) -> float:
        """Contribution of one tonne [CNY/t]."""
        cost = sum(usage * price for usage, price in self.inputs.values())
        return self.price - cost - self.other

    @property
    def profit(self) -> float:
        """Profit of the period [CNY]."""
        return self.volume * self.unit_margin - self.fixed


def sequential(budget: ProductCase, actual: ProductCase) -> dict[str, float]:
    """Explain the profit change of a product in the textbook order.

    Parameters
    ----------
    budget, actual : ProductCase
        The product as budgeted and as it was; the same inputs.

    Returns
    -------
    dict of str to float
        volume, sales price, price and usage of each input, other, fixed [CNY];
        positive favourable, summing to actual profit - budget profit.

    Raises
    ------
    InputError
        The two cases name different inputs.

    Notes
    -----
    Volume at budget margin; then prices and usages at actual output, every joint
    term of price and usage being given to price.

    References
    ----------
    .. [1] C. Horngren, S. Datar, M. Rajan, "Cost Accounting", 14th edition, 2012.

    Examples
    --------
    >>> before = ProductCase(volume=10, price=100, inputs={"ore": (2.0, 20.0)})
    >>> after = ProductCase(volume=12, price=95, inputs={"ore": (1.5, 22.0)})
    >>> sequential(before, after)  # doctest: +NORMALIZE_WHITESPACE
    {'volume': 120.0, 'sales price': -60, 'ore price': -36.0, 'ore usage': 120.0,
     'other': 0.0, 'fixed': 0.0}
    """
    if set(budget.inputs) != set(actual.inputs):
        msg = (
            f"inputs {sorted(budget.inputs)} in the budget, {sorted(actual.inputs)} "
            "in the actual; expected the same; give a usage of zero where unused"
        )
        raise InputError(msg)
    volume = actual.volume
    parts = {
        "volume": (volume - budget.volume) * budget.unit_margin,
        "sales price": (actual.price - budget.price) * volume,
    }
    for name, (standard_usage, standard_price) in budget.inputs.items():
        usage, price = actual.inputs[name]
        parts[f"{name} price"] = (standard_price - price) * usage * volume
        parts[f"{name} usage"] = (standard_usage - usage) * standard_price * volume
    parts["other"] = (budget.other - actual.other) * volume
    parts["fixed"] = budget.fixed - actual.fixed
    return parts


def reallocated(
    classic: Mapping[str, float], order_free: Mapping[str, float]
) -> dict[str, float]:
    """Return the joint term that the order-free account moves, by factor.

    Parameters
    ----------
    classic, order_free : mapping of str to float
        Two accounts of the same change, same names [CNY].

    Returns
    -------
    dict of str to float
        order_free - classic [CNY]; sums to zero.

    Raises
    ------
    InputError
        The names differ, or the two accounts do not explain the same change.

    Examples
    --------
    >>> reallocated({"price": 12.0, "volume": 6.0}, {"price": 11.0, "volume": 7.0})
    {'price': -1.0, 'volume': 1.0}
    """
    if set(classic) != set(order_free):
        names = sorted(set(classic) ^ set(order_free))
        msg = f"{', '.join(names)} stand in one account only; name factors alike"
        raise InputError(msg)
    totals = sum(classic.values()), sum(order_free.values())
    scale = max(map(abs, (*classic.values(), *order_free.values())), default=0.0)
    if abs(totals[0] - totals[1]) > 1e-9 * max(scale, 1.0):
        msg = f"the accounts explain {totals[0]:g} and {totals[1]:g}; expected one sum"
        raise InputError(msg)
    return {name: order_free[name] - part for name, part in classic.items()}
