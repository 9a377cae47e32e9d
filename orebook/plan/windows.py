"""Whole decisions of a long horizon, window by window: relax, decide, fix, move on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from orebook.plan.lp import FloatArray, Problem
from orebook.plan.solve import Settings, Solver

__all__ = ["LOOK", "WINDOW", "by_windows"]

WINDOW = 31
"""Periods decided at once [-]."""
GAP = 1e-4
"""What the windows together may be away from the best, as a share of the cost [-]."""
NODES = 100
"""Nodes of branch and bound in one window: found alike on every machine [-]."""
PATIENCE = 3.0
"""Time limit of one window in that of the direct solve; nodes end it before [-]."""
LOOK = 10
"""Periods before and after a window that stay free while it is decided [-]."""


def by_windows(
    problem: Problem,
    relaxed: FloatArray,
    *,
    settings: Settings,
    window: int = WINDOW,
    look: int = LOOK,
) -> FloatArray | None:
    """Return a point whose whole decisions are whole, found window by window.

    Parameters
    ----------
    problem : Problem
        A problem with whole-number columns.
    relaxed : array of float, shape (columns,)
        Its solution in fractions [unit].
    settings : Settings
        Gap; the time limit holds for each window.
    window, look : int
        Periods decided at once, and periods around them that stay free [-].

    Returns
    -------
    array of float or None
        Columns; None if a window found no decision. Only the whole numbers matter:
        the continuous problem they leave is solved afresh.

    Notes
    -----
    Relax-and-fix [1]_, with what lies farther off than ``look`` periods held as in the
    relaxation: each window is then a small problem whatever the horizon. A window
    that finds nothing is tried once more with twice as much around it free.

    References
    ----------
    .. [1] Y. Pochet, L. A. Wolsey, "Production planning by mixed integer
       programming", Springer, 2006, section 3.6.
    """
    periods = max(block.periods for block in problem.columns.values())
    period = np.arange(problem.cost.size) % periods
    x, decided = relaxed.copy(), np.zeros_like(problem.integer)
    begins = [
        b
        for b in range(0, periods, window)
        if problem.integer[(period >= b) & (period < b + window)].any()
    ]
    for begin in begins:
        here = problem.integer & (period >= begin) & (period < begin + window)
        share = replace(
            settings,
            node_limit=NODES,
            gap=max(settings.gap, GAP),
            time_limit=PATIENCE * settings.time_limit,
        )
        for room in (look, 2 * look):
            near = (period >= begin - room) & (period < begin + window + room)
            found = _decide(problem, x, near & ~decided, here, share)
            if found is not None:
                break
        else:
            return None
        x = np.where(here, np.round(found), found)
        decided |= here
    return x


def _decide(
    problem: Problem,
    x: FloatArray,
    free: npt.NDArray[np.bool_],
    whole: npt.NDArray[np.bool_],
    settings: Settings,
) -> FloatArray | None:
    """Return x with the free columns chosen anew, some of them whole numbers."""
    columns = np.flatnonzero(free)
    part = problem.matrix[:, columns]
    rows = np.unique(part.indices)
    held = np.asarray(problem.matrix @ np.where(free, 0.0, x))[rows]
    # What may be lost in this part: its share of the whole, by its days.
    whole_cost = abs(float(problem.cost @ x))
    own = max(abs(float(problem.cost[columns] @ x[columns])), 1.0)
    share = columns.size / x.size * whole_cost / own
    settings = replace(settings, gap=settings.gap * max(1.0, share))
    small = replace(
        problem,
        cost=problem.cost[columns],
        lower=problem.lower[columns],
        upper=problem.upper[columns],
        integer=whole[columns],
        matrix=part.tocsr()[rows].tocsc(),
        row_lower=problem.row_lower[rows] - held,
        row_upper=problem.row_upper[rows] - held,
        columns={},
        rows={},
    )
    found = Solver(small, settings).whole_numbers(x[columns])
    if not found.x.size:
        return None
    chosen = x.copy()
    chosen[columns] = found.x
    return chosen
