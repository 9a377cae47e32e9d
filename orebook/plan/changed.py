"""How much of a problem is not as it was: the measure behind warm, cold and coarse."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from orebook.plan.lp import Block, FloatArray, IntArray, Problem

__all__ = ["NOTICEABLE", "changed_share", "moved_on"]

NOTICEABLE = 0.01
"""A number counts as changed if it moved by more than this share of its size [-]."""


def changed_share(before: Problem, after: Problem, *, roll: int = 0) -> float:
    """Return the share of columns and rows of which a number moved noticeably.

    Parameters
    ----------
    before, after : Problem
        Two problems of the same shape and blocks.
    roll : int
        Periods the horizon moved on; the last period stands for those that join [-].

    Returns
    -------
    float
        Share whose cost or limits moved by more than 1 % [-].

    Examples
    --------
    One period of three is dearer than the one before it:

    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=3)
    >>> buy = builder.columns("buy", ["ore"], cost=[[50.0, 50.2, 60.0]])
    >>> problem = builder.problem()
    >>> round(changed_share(problem, problem, roll=1), 4)
    0.3333
    """
    columns, rows = moved_on(before.columns, roll), moved_on(before.rows, roll)
    column = np.zeros(columns.size, np.bool_)
    for old, new in (
        (before.cost, after.cost),
        (before.lower, after.lower),
        (before.upper, after.upper),
    ):
        column |= _differs(old[columns], new)
    row = np.zeros(rows.size, np.bool_)
    for old, new in (
        (before.row_lower, after.row_lower),
        (before.row_upper, after.row_upper),
    ):
        row |= _differs(old[rows], new)
    count = column.size + row.size
    return float(column.sum() + row.sum()) / count if count else 0.0


def _differs(old: FloatArray, new: FloatArray) -> npt.NDArray[np.bool_]:
    size = np.maximum(np.abs(old), np.abs(new))
    with np.errstate(invalid="ignore"):
        moved = np.abs(new - old) > NOTICEABLE * size
    return np.asarray((old != new) & (moved | ~np.isfinite(size)), np.bool_)


def moved_on(blocks: Mapping[str, Block], roll: int) -> IntArray:
    """Return where each member stood before the horizon moved on.

    Parameters
    ----------
    blocks : mapping of str to Block
        All columns or all rows.
    roll : int
        Periods the horizon moved on [-].

    Returns
    -------
    array of int
        For each member the place of the same entity ``roll`` periods later; those of
        the last periods stay at the last one [-].

    Examples
    --------
    >>> moved_on({"run": Block("run", 0, ("wash",), 4)}, 2).tolist()
    [2, 3, 3, 3]
    """
    places = [np.zeros(0, np.int64)]
    for block in sorted(blocks.values(), key=lambda b: b.start):
        then = np.minimum(np.arange(block.periods) + roll, block.periods - 1)
        places.append(block.all()[:, then].ravel())
    return np.concatenate(places)
