"""Least cost with the index held: many starts, sequential quadratic steps, certificate.

The problem is small (a handful of settings) and smooth, but need not be convex, so a
point is looked for from several starts and certified by the conditions of Karush, Kuhn
and Tucker on its own derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from orebook.plan.advice.board import Board, Slopes, slopes

__all__ = ["Point", "best_index", "least_cost", "sample"]

FloatArray = npt.NDArray[np.float64]
SAMPLED = 8
"""Two to this many settings are tried before any search [-]."""
CORNERS = 6
"""Up to this many settings every corner of the ranges is tried as well [-]."""
STARTS = 4
"""Starts of each search; one where units are solved together, which takes longer [-].
"""
CLOSEST, CLOSE = 1e-13, 1e-9
"""How close a search ends, and where units are solved together [-]."""
MET = 1e-7
"""A need missed by less than this share of its limit counts as met [-]."""
ACTIVE = 1e-6
"""A need or range end nearer than this holds the point [-]."""
CERTIFIED = 1e-4
"""Greatest residual of a certified point, as a share of the slopes [-]."""


@dataclass(frozen=True)
class Point:
    """Settings with the least cost at a floor of the index.

    Parameters
    ----------
    z : array of float, shape (knobs,)
        Shares of the ranges [-].
    cost, index : float
        What they lead to [CNY, unit of the index].
    worst : float
        Largest share by which a need is missed [-].
    price : float
        What one unit of the index more costs [CNY per unit of the index], 0 where the
        floor does not hold the point.
    residual : float
        What the conditions of optimality leave of the slopes [-].
    held : tuple of str
        What holds each setting: ``low``, ``high``, ``index``, the subject of a need, or
        empty where nothing does and the setting is at a balance.
    """

    z: FloatArray
    cost: float
    index: float
    worst: float
    price: float
    residual: float
    held: tuple[str, ...]

    @property
    def certified(self) -> bool:
        """Whether needs are met and the conditions of optimality hold."""
        return self.worst <= MET and self.residual <= CERTIFIED


def sample(board: Board) -> FloatArray:
    """Return settings spread over all ranges, today and corners, (cases, knobs) [-]."""
    from scipy.stats.qmc import Sobol

    count = len(board.knobs)
    rows = [Sobol(count, scramble=False).random_base2(SAMPLED)]
    rows.append(np.clip(board.today, 0.0, 1.0)[None])
    if count <= CORNERS:
        grid = np.meshgrid(*[np.array([0.0, 1.0])] * count, indexing="ij")
        rows.append(np.array(grid).reshape(count, -1).T)
    return np.concatenate(rows)


def _sign(board: Board) -> float:
    """Return +1 where a higher index is better, else -1."""
    return 1.0 if board.index.better == "higher" else -1.0


@dataclass(frozen=True, slots=True)
class _Scale:
    """Sizes of cost and index over the sample, and the least cost and index there."""

    cost: float
    index: float
    cost_at: float
    index_at: float


def _scale(board: Board, tried: FloatArray) -> _Scale:
    sheet = board.sheet(tried)
    cost, index = np.ptp(sheet.cost), np.ptp(sheet.index)
    return _Scale(
        float(cost) or 1.0,
        float(index) or 1.0,
        float(sheet.cost.mean()),
        float(sheet.index.mean()),
    )


def least_cost(
    board: Board,
    tried: FloatArray,
    *,
    floor: float | None = None,
    near: Sequence[FloatArray] = (),
) -> Point:
    """Return the settings of least cost whose index is at least as good as a floor.

    Parameters
    ----------
    board : Board
        What is evaluated.
    tried : array of float, shape (cases, knobs)
        Settings to start from; see `sample`.
    floor : float, optional
        Index that must be reached [its unit]; none where not given.
    near : sequence of array
        Further starts, tried first [-].

    Returns
    -------
    Point
        The best of all starts. Where none meets every need, the one that misses least.
    """
    scale, sign = _scale(board, tried), _sign(board)
    sheet = board.sheet(tried)
    missed = np.maximum(sheet.excess.max(axis=0, initial=0.0), 0.0)
    if floor is not None:
        lacking = sign * (floor - sheet.index) / scale.index
        missed = np.maximum(missed, lacking)
    order = np.lexsort((sheet.cost, np.where(missed <= MET, 0.0, missed)))
    starts = [*near, *tried[order[: 1 if board.shared else STARTS]]]
    found = [_search(board, scale, start, floor=floor) for start in starts]
    found.append(tried[order[0]])  # no search may end worse than where it began
    points = [_point(board, z, scale, floor=floor) for z in found]
    return min(points, key=lambda p: (max(0.0, p.worst - MET), p.cost))


def best_index(board: Board, tried: FloatArray) -> FloatArray:
    """Return the settings of the best index that meet every need, shape (knobs,)."""
    scale, sign = _scale(board, tried), _sign(board)
    sheet = board.sheet(tried)
    missed = np.maximum(sheet.excess.max(axis=0, initial=0.0), 0.0)
    order = np.lexsort((-sign * sheet.index, np.where(missed <= MET, 0.0, missed)))
    found = [
        _search(board, scale, start, floor=None, by_index=True)
        for start in tried[order[:STARTS]]
    ]
    table = np.array([*found, *tried[order[:STARTS]]])
    ends = board.sheet(table)
    bad = np.maximum(ends.excess.max(axis=0, initial=0.0) - MET, 0.0)
    return np.asarray(table[np.lexsort((-sign * ends.index, bad))[0]], np.float64)


def _search(
    board: Board,
    scale: _Scale,
    start: FloatArray,
    *,
    floor: float | None,
    by_index: bool = False,
) -> FloatArray:
    """Follow sequential quadratic steps from one start."""
    from scipy.optimize import minimize

    sign = _sign(board)
    kept: dict[bytes, Slopes] = {}

    def at(z: FloatArray) -> Slopes:
        inside = np.clip(z, 0.0, 1.0)
        key = inside.tobytes()
        if key not in kept:
            kept[key] = slopes(board, inside)
        return kept[key]

    def goal(z: FloatArray) -> float:
        p = at(z)
        if by_index:
            return -sign * (p.index - scale.index_at) / scale.index
        return (p.cost - scale.cost_at) / scale.cost

    def goal_slope(z: FloatArray) -> FloatArray:
        p = at(z)
        return (
            -sign * p.index_slope / scale.index
            if by_index
            else p.cost_slope / scale.cost
        )

    def room(z: FloatArray) -> FloatArray:
        p = at(z)
        floors = [] if floor is None else [sign * (p.index - floor) / scale.index]
        return np.concatenate([-p.excess, floors])

    def room_slope(z: FloatArray) -> FloatArray:
        p = at(z)
        rows = [-p.excess_slope]
        if floor is not None:
            rows.append(sign * p.index_slope[None] / scale.index)
        return np.concatenate(rows)

    limits: Any = {"type": "ineq", "fun": room, "jac": room_slope}
    bare = floor is None and not board.needs
    done = minimize(
        goal,
        np.clip(start, 0.0, 1.0),
        jac=goal_slope,
        bounds=[(0.0, 1.0)] * start.size,
        constraints=() if bare else (limits,),
        method="SLSQP",
        options={"maxiter": 200, "ftol": CLOSE if board.shared else CLOSEST},
    )
    z = np.clip(done.x, 0.0, 1.0)
    return np.where(z < 1e-9, 0.0, np.where(z > 1.0 - 1e-9, 1.0, z))


def _point(board: Board, z: FloatArray, scale: _Scale, *, floor: float | None) -> Point:
    """Certify settings: what holds them, at which price, and what is left of slopes."""
    from scipy.optimize import nnls

    at, sign = slopes(board, z), _sign(board)
    lacking = -np.inf if floor is None else sign * (floor - at.index) / scale.index
    rows: list[FloatArray] = []
    names: list[str] = []
    if lacking > -ACTIVE:
        rows.append(-sign * at.index_slope / scale.index)
        names.append("index")
    for need, excess, slope in zip(
        board.needs, at.excess, at.excess_slope, strict=True
    ):
        if excess > -ACTIVE:
            rows.append(slope)
            names.append(need.subject)
    shared = len(rows)
    for k in range(z.size):
        end = -1.0 if z[k] <= ACTIVE else 1.0 if z[k] >= 1.0 - ACTIVE else 0.0
        if end:
            rows.append(end * np.eye(z.size)[k])
            names.append("low" if end < 0 else "high")
    goal = at.cost_slope / scale.cost
    # At the optimum the slope of cost is held by what is active: -goal = rows' weights.
    weights, left = (
        nnls(np.array(rows).T, -goal) if rows else (np.zeros(0), np.linalg.norm(goal))
    )
    size = float(np.linalg.norm(goal))
    floor_held = bool(names) and names[0] == "index"
    price = weights[0] * scale.cost / scale.index if floor_held else 0.0
    worst = max(float(at.excess.max(initial=-np.inf)), lacking)
    held = _held(z, rows, names, weights, shared)
    residual = float(left) / max(size, 1e-6)
    return Point(z, at.cost, at.index, worst, float(price), residual, held)


def _held(
    z: FloatArray,
    rows: Sequence[FloatArray],
    names: Sequence[str],
    weights: FloatArray,
    shared: int,
) -> tuple[str, ...]:
    """Return what holds each setting: its range end, else the strongest need on it."""
    found = []
    for k in range(z.size):
        ends = [
            names[r]
            for r in range(shared, len(rows))
            if rows[r][k] != 0.0 and weights[r] > 0.0
        ]
        pull = [abs(weights[r] * rows[r][k]) for r in range(shared)]
        strongest = int(np.argmax(pull)) if pull else -1
        if ends:
            found.append(ends[0])
        elif strongest >= 0 and pull[strongest] > ACTIVE:
            found.append(names[strongest])
        else:
            found.append("")
    return tuple(found)
