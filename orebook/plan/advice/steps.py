"""From today to the recommended settings, one setting at a time, dearest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orebook.plan.advice.board import Board
from orebook.plan.advice.search import MET, Point

__all__ = ["Step", "steps_to"]

FloatArray = npt.NDArray[np.float64]
POINTS = 65
"""Settings tried along a move before it is narrowed down [-]."""
LEAST = 0.01
"""A move shorter than this share of what is left to go counts as blocked [-]."""
ARRIVED = 1e-9
"""A setting nearer to its aim than this share of its range is there [-]."""
TOGETHER = "together"
"""Stands for the settings that can only be moved at the same time."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a setting.

    Parameters
    ----------
    knob : int or None
        Place of the setting; None where the rest is moved together.
    before, after : array of float, shape (knobs,)
        All settings before and after [-].
    money : float
        What the step saves [CNY].
    index : float
        Index after the step [its unit].
    stopped : str
        What stops it: ``low`` or ``high`` (its range), ``index``, the subject of a
        need, ``balance`` (further would cost as much as it brings), ``together``.
    """

    knob: int | None
    before: FloatArray
    after: FloatArray
    money: float
    index: float
    stopped: str


def steps_to(
    board: Board, aim: Point, *, floor: float | None = None
) -> tuple[Step, ...]:
    """Return the steps from today's settings to others.

    Parameters
    ----------
    board : Board
        What is evaluated.
    aim : Point
        Where to.
    floor : float, optional
        Index that no step may fall below, unless today already does [its unit].

    Returns
    -------
    tuple of Step
        Each goes on until the next thing stops it; of all possible steps the one that
        saves most comes first. Their money sums to cost today less cost at the aim.
    """
    here = board.today.astype(np.float64)
    allowed = _allowed(board, here, floor)
    found: list[Step] = []
    for _ in range(4 * len(board.knobs)):
        left = [k for k in range(here.size) if abs(aim.z[k] - here[k]) > ARRIVED]
        if not left:
            break
        moves = [_furthest(board, here, aim.z, k, allowed, floor) for k in left]
        open_ = [m for m in moves if m[2] >= LEAST]
        if not open_:
            break
        ends = board.sheet(np.array([m[1] for m in open_]))
        best = int(np.argmin(ends.cost))
        k, there, share, stop = open_[best]
        stopped = stop if share < 1.0 else aim.held[k] or "balance"
        found.append(_step(board, k, (here, there), stopped))
        here = there
    if np.max(np.abs(aim.z - here)) > ARRIVED:
        found.append(_step(board, None, (here, aim.z), TOGETHER))
    return tuple(found)


def _lacks(board: Board, table: FloatArray, floor: float | None) -> FloatArray:
    """Return how far each need is missed, the index last, shape (needs, cases) [-]."""
    sheet = board.sheet(table)
    if floor is None:
        return sheet.excess
    sign = 1.0 if board.index.better == "higher" else -1.0
    lacking = sign * (floor - sheet.index) / (abs(floor) or 1.0)
    return np.vstack([sheet.excess, lacking])


def _allowed(board: Board, here: FloatArray, floor: float | None) -> FloatArray:
    """Return what may be missed: nothing, or what is missed today already."""
    return np.maximum(_lacks(board, here[None], floor)[:, 0], MET)


def _furthest(
    board: Board,
    here: FloatArray,
    aim: FloatArray,
    k: int,
    allowed: FloatArray,
    floor: float | None,
) -> tuple[int, FloatArray, float, str]:
    """Return how far a setting can go towards its aim, and what stops it."""
    low, high, stop = 0.0, 1.0, ""
    for _ in range(4):  # each round narrows the stop down to one part in 64
        shares = np.linspace(low, high, POINTS)
        table = np.tile(here, (POINTS, 1))
        table[:, k] = here[k] + shares * (aim[k] - here[k])
        table[shares == 1.0, k] = aim[k]
        over = _lacks(board, table, floor) - allowed[:, None]
        bad = np.flatnonzero(over.max(axis=0, initial=-np.inf) > 0.0)
        if not bad.size:
            low = high
            break
        if bad[0] == 0:
            break
        stop = _name(board, int(np.argmax(over[:, bad[0]])))
        low, high = shares[bad[0] - 1], shares[bad[0]]
    there = here.copy()
    there[k] = aim[k] if low >= 1.0 else here[k] + low * (aim[k] - here[k])
    return k, there, float(low), stop


def _name(board: Board, row: int) -> str:
    return board.needs[row].subject if row < len(board.needs) else "index"


def _step(
    board: Board,
    knob: int | None,
    ends: Sequence[FloatArray],
    stopped: str,
) -> Step:
    sheet = board.sheet(np.array(ends))
    return Step(
        knob,
        ends[0],
        ends[1],
        float(sheet.cost[0] - sheet.cost[1]),
        float(sheet.index[1]),
        stopped,
    )
