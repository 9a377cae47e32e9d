"""The frontier of cost against an index, its knee, and whether it is convex."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.plan.advice.board import Board
from orebook.plan.advice.search import Point, best_index, least_cost

__all__ = ["Frontier", "frontier", "knee_of"]

FloatArray = npt.NDArray[np.float64]
SAME = 1e-6
"""Points nearer than this share of the range of cost and index are one [-]."""


@dataclass(frozen=True)
class Frontier:
    """The points none of which is better in both cost and index.

    Parameters
    ----------
    points : tuple of Point
        From the least cost to the best index.
    knee : int or None
        Which lies deepest under the straight line between both ends; None where there
        is no trade-off, or no depth.
    depth : float
        How deep, at its index [CNY].
    convex : bool
        Whether every further unit of the index costs at least as much as the last; if
        not, no fixed price of the index leads to some of the points.
    """

    points: tuple[Point, ...]
    knee: int | None
    depth: float
    convex: bool

    @property
    def trade_off(self) -> bool:
        """Whether cost and index pull in different directions at all."""
        return len(self.points) > 1


def frontier(
    board: Board,
    tried: FloatArray,
    *,
    count: int = 21,
    progress: Callable[[float], None] | None = None,
) -> Frontier:
    """Return the frontier between the least cost and the best index.

    Parameters
    ----------
    board : Board
        What is evaluated.
    tried : array of float, shape (cases, knobs)
        Settings to start from; see `search.sample`.
    count : int
        Points asked for [-].
    progress : callable, optional
        Called with the share done.

    Returns
    -------
    Frontier
        Dominated points are left out.

    Notes
    -----
    Floors of the index are evenly spread, and at each the cost is least (the method of
    epsilon-constraints [1]_), which also finds points where the frontier is not convex.

    References
    ----------
    .. [1] Y. Haimes, L. Lasdon, D. Wismer, "On a bicriterion formulation of the
       problems of integrated system identification and system optimization", IEEE
       Transactions on Systems, Man, and Cybernetics 1, 1971.
    """
    say = progress or (lambda share: None)
    cheapest = least_cost(board, tried)
    best = best_index(board, tried)
    sheet = board.sheet(np.vstack([tried, best]))
    spread = float(np.ptp(sheet.index)) or 1.0
    top = float(sheet.index[-1])
    sign = 1.0 if board.index.better == "higher" else -1.0
    if sign * (top - cheapest.index) <= SAME * spread:
        return Frontier((cheapest,), None, 0.0, True)
    # The best index itself is a point without room; a hair below it has prices.
    floors = np.linspace(cheapest.index, top - sign * SAME * spread, count)
    points = [cheapest]
    for k, floor in enumerate(floors[1:], start=1):
        say(k / count)
        near = [points[-1].z, best]
        points.append(least_cost(board, tried, floor=float(floor), near=near))
    # Back again: what was found at a better index may be cheaper at a worse floor too.
    for k in range(count - 2, 0, -1):
        if points[k + 1].cost < points[k].cost:
            points[k] = least_cost(
                board, tried, floor=float(floors[k]), near=[points[k + 1].z]
            )
    kept = _undominated(points, sign, spread)
    knee, depth = knee_of([p.index for p in kept], [p.cost for p in kept])
    return Frontier(tuple(kept), knee, depth, _convex(kept, sign))


def _undominated(points: Sequence[Point], sign: float, spread: float) -> list[Point]:
    costs = [p.cost for p in points]
    size = max(costs) - min(costs) or 1.0
    kept: list[Point] = []
    for p in points:
        if p.worst > 1e-6:
            continue
        better = [
            q
            for q in points
            if q.cost <= p.cost + SAME * size
            and sign * (q.index - p.index) >= -SAME * spread
            and (
                q.cost < p.cost - SAME * size
                or sign * (q.index - p.index) > SAME * spread
            )
        ]
        twin = any(
            abs(q.cost - p.cost) <= SAME * size
            and abs(q.index - p.index) <= SAME * spread
            for q in kept
        )
        if not better and not twin:
            kept.append(p)
    return kept


def knee_of(index: Sequence[float], cost: Sequence[float]) -> tuple[int | None, float]:
    """Return the point deepest under the line between the ends, and how deep.

    Parameters
    ----------
    index, cost : sequence of float
        The frontier from one end to the other [unit of the index, CNY].

    Returns
    -------
    tuple of int or None and float
        Its place, None where nothing lies under the line; depth at its index [CNY].

    References
    ----------
    .. [1] I. Das, "On characterizing the knee of the Pareto curve based on
       normal-boundary intersection", Structural Optimization 18, 1999; the distance
       is taken upright here, so that it is money.

    Examples
    --------
    >>> knee_of([0.0, 1.0, 2.0], [0.0, 1.0, 10.0])
    (1, 4.0)
    >>> knee_of([0.0, 2.0], [0.0, 10.0])
    (None, 0.0)
    """
    if len(index) < 3:
        return None, 0.0
    x, y = np.asarray(index), np.asarray(cost)
    line = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
    under = line - y
    place = int(np.argmax(under))
    if under[place] <= 1e-6 * abs(y[-1] - y[0]):
        return None, 0.0
    return place, float(under[place])


def _convex(points: Sequence[Point], sign: float) -> bool:
    if len(points) < 3:
        return True
    x = np.array([sign * p.index for p in points])
    y = np.array([p.cost for p in points])
    steep = np.diff(y) / np.diff(x)
    size = float(np.max(np.abs(steep))) or 1.0
    return bool(np.all(np.diff(steep) >= -1e-3 * size))
