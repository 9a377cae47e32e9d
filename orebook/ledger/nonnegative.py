"""Close balances at least adjustment, with no amount below zero.

Everything has a value to start from and a doubt; what moves is measured in doubts, so
that tonnes and grams, sure and vague figures are solved alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orebook.errors import InfeasibleError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROUNDS = 30
"""Corrections of the set of amounts at zero before giving up."""

TOUCH = 1e-7
"""Depth below zero that counts as rounding, in doubts [-]."""

FAR = 1e6
"""A bound so many doubts away is not put to the solver [-]."""


def least_adjustment(
    matrix: csr_array[np.float64], target: Floats, sd: Floats, *, lower: Floats
) -> Floats:
    """Return the values nearest to a target that meet all balances.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        Balances A, shape (m, n); A x = 0.
    target, sd : ndarray, shape (n,)
        Where each variable would like to be, and its doubt; 0 for one that stays.
    lower : ndarray, shape (n,)
        Lower bounds, -inf for none.

    Returns
    -------
    ndarray, shape (n,)
        Values; variables at their bound are exactly there.

    Raises
    ------
    InfeasibleError
        If no values above the bounds close the balances.

    Notes
    -----
    min sum ((x - target)/sd)^2 subject to A x = 0, x >= lower. An interior-point
    method tells which bounds bind; with those held the rest is a projection, solved
    exactly and checked, and the set corrected until signs agree.

    References
    ----------
    .. [1] Nocedal and Wright, Numerical Optimization, 2006, chapter 16.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> mixing = csr_array([[1.0, 1.0, -1.0]])
    >>> x = least_adjustment(mixing, np.array([5.0, -1.0, 5.0]), np.ones(3),
    ...                      lower=np.zeros(3))
    >>> x.round(6).tolist()
    [5.0, 0.0, 5.0]
    """  # fmt: skip
    moves = np.flatnonzero(sd > 0.0)
    scaled, right, floor = _in_doubts(matrix, target, sd, (moves, lower))
    step, _ = _projected(scaled, right, np.zeros(moves.size, np.bool_), floor)
    if (step < floor - TOUCH).any():
        step = _bounded(scaled, right, floor)
    value = target.copy()
    value[moves] = target[moves] + sd[moves] * step
    held = step <= floor + TOUCH
    value[moves[held]] = lower[moves[held]]
    return value


def _in_doubts(
    matrix: csr_array[np.float64],
    target: Floats,
    sd: Floats,
    bounds: tuple[NDArray[np.int64], Floats],
) -> tuple[csr_array[np.float64], Floats, Floats]:
    """Return M, r and the bounds of M v = r, v = (x - target)/sd, rows of size 1."""
    from scipy.sparse import csr_array, diags_array

    moves, lower = bounds
    part = csr_array(csr_array(matrix[:, moves]) @ diags_array(sd[moves]))
    norm = np.sqrt(np.asarray(part.multiply(part).sum(axis=1)).ravel())
    rows = np.flatnonzero(norm > 0.0)
    scale = 1.0 / norm[rows]
    scaled = csr_array(diags_array(scale) @ part[rows])
    right = -np.asarray(matrix[rows] @ target) * scale
    return scaled, right, (lower[moves] - target[moves]) / sd[moves]


def _projected(
    scaled: csr_array[np.float64], right: Floats, held: Mask, floor: Floats
) -> tuple[Floats, Floats]:
    """Return the shortest step with some variables at their bound, and multipliers."""
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    step = np.where(held, floor, 0.0)
    free = np.flatnonzero(~held)
    part = scaled[:, free]
    multiplier = np.zeros(right.size)
    if free.size:
        normal = csc_array(part @ part.T) + 1e-11 * eye_array(right.size, format="csc")
        factor = splu(csc_array(normal))
        for _ in range(4):
            more = factor.solve(right - scaled @ step)
            multiplier = multiplier + more
            step[free] += part.T @ more
    return step, multiplier


def _bounded(scaled: csr_array[np.float64], right: Floats, floor: Floats) -> Floats:
    held = _binding(scaled, right, floor)
    for _ in range(ROUNDS):
        step, multiplier = _projected(scaled, right, held, floor)
        below = ~held & (step < floor - TOUCH)
        pull = floor - np.asarray(scaled.T @ multiplier)
        slack = held & (pull < -TOUCH * np.maximum(1.0, np.abs(floor)))
        open_ = float(np.abs(scaled @ step - right).max(initial=0.0))
        if not below.any() and not slack.any() and open_ < 1e-6:
            return step
        if open_ >= 1e-6 and not slack.any():
            slack = held & (pull < np.quantile(pull[held], 0.25))
        held = (held | below) & ~slack
    raise InfeasibleError(
        "no amounts above zero agree with all balances and published stocks; the worst "
        f"is open by {open_:.3g} of its doubt; check readings that contradict each "
        "other, and the closing stocks of the month before"
    )


def _binding(scaled: csr_array[np.float64], right: Floats, floor: Floats) -> Mask:
    """Return the bounds that bind, by an interior-point method."""
    import clarabel
    from scipy.sparse import csc_matrix, eye_array, vstack

    width = floor.size
    near = np.flatnonzero(np.isfinite(floor) & (floor > -FAR))
    unit = eye_array(width, format="csr")
    rows = csc_matrix(vstack([scaled, -unit[near]], format="csc"))
    cones = [
        clarabel.ZeroConeT(right.size),
        clarabel.NonnegativeConeT(near.size),
    ]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    solution = clarabel.DefaultSolver(
        csc_matrix(eye_array(width, format="csc")),
        np.zeros(width),
        rows,
        np.concatenate([right, -floor[near]]),
        cones,
        settings,
    ).solve()
    gap = np.asarray(solution.s)[right.size :]
    dual = np.asarray(solution.z)[right.size :]
    held = np.zeros(width, dtype=np.bool_)
    held[near] = dual > np.maximum(gap, 1e-7)
    return held
