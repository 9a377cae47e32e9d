"""Gap to the most profitable of a set at common prices, split exactly by factor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError

__all__ = ["ProfitGap", "dominating", "profit_gap"]

Array = npt.NDArray[np.float64]
Target = Callable[[Array, Array], Array]
"""Factors of all and of one to the nearest point of the frontier, slacks included."""


@dataclass(frozen=True)
class ProfitGap:
    """Gap of one to the most profitable of a set.

    Parameters
    ----------
    best : int
        Position of the most profitable; -1 where nobody is better than the one judged.
    total : float
        Profit of the best less its own, at least 0 [money].
    technical, allocative : ndarray
        Parts by factor; both together sum to the total [money].
    """

    best: int
    total: float
    technical: Array
    allocative: Array


def profit_gap(
    own: npt.ArrayLike,
    peers: Sequence[npt.ArrayLike],
    price: npt.ArrayLike,
    *,
    target: Target | None = None,
) -> ProfitGap:
    """Return how far one is from the most profitable of a set, and in which factor.

    Parameters
    ----------
    own : array
        Factors of the one judged, shape (factors,); outputs negative [unit].
    peers : sequence of array
        The same of what it is compared with.
    price : array
        Common price of each factor, shape (factors,) [money/unit].
    target : callable, optional
        ``(all, own) -> nearest point of the frontier``; by default each factor at the
        least of the peers that need no more of any factor, else its own.

    Raises
    ------
    InputError
        If shapes differ or a figure is not finite.

    Notes
    -----
    At common prices the best is the dearest of the set, no programme is needed:
    ``P* - Po = sum_i w_i (x_o - x_target)_i + sum_i w_i (x_target - x_best)_i``.

    References
    ----------
    .. [1] J. L. Zofio, J. T. Pastor, J. Aparicio, "The directional profit efficiency
       measure: on why profit inefficiency is either technical or allocative", 2013.

    Examples
    --------
    >>> found = profit_gap([2.2, 140.0], [[2.0, 150.0], [2.3, 120.0]], [400.0, 3.0])
    >>> found.best, round(found.total, 6)
    (0, 50.0)
    >>> (found.technical + found.allocative).round(6).tolist()
    [80.0, -30.0]
    """
    mine, prices = np.asarray(own, np.float64), np.asarray(price, np.float64)
    others = np.array([np.asarray(p, np.float64) for p in peers]).reshape(
        len(peers), mine.size
    )
    if (
        mine.shape != prices.shape
        or not np.isfinite(np.concatenate([mine, prices, others.ravel()])).all()
    ):
        raise InputError(
            f"a profit gap needs one finite price and figure per factor; got "
            f"{mine.shape} factors and {prices.shape} prices; leave incomplete ones out"
        )
    every = np.vstack([others, mine])
    cost = every @ prices
    best = int(np.argmin(cost))
    nearest = (target or dominating)(every, mine)
    technical = prices * (mine - nearest)
    return ProfitGap(
        best=-1 if best == len(peers) or cost[best] >= cost[-1] else best,
        total=float(cost[-1] - cost[best]),
        technical=technical,
        allocative=prices * (nearest - every[best]),
    )


def dominating(every: Array, own: Array) -> Array:
    """Return the member that saves most without needing more of anything.

    Parameters
    ----------
    every : array, shape (members, factors)
        Factors of all, the one judged among them [unit].
    own : array, shape (factors,)
        The one judged [unit].
    """
    better = every[(every <= own + 1e-12 * np.abs(own)).all(axis=1)]
    saved = (own - better) / np.where(own == 0.0, 1.0, np.abs(own))
    return np.asarray(better[int(np.argmax(saved.sum(axis=1)))])
