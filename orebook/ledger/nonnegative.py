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

SLIGHT = 1e-12
"""Give of the equations, so that repeated ones do no harm; refined away."""

REFINED = 5
"""Solutions of the residual after the first one and it."""

OPEN = 1e-8
"""Imbalance in doubts a solution may leave [-]."""

FAR = 1e7
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
    """Return the shortest step with some variables at their bound, and multipliers.

    The whole system [I, M'; M, 0] is factored, not M M': doubts differ by millions.
    """
    from scipy.sparse import csc_array, diags_array, eye_array, hstack, vstack
    from scipy.sparse.linalg import splu

    width, height = floor.size, right.size
    free = diags_array((~held).astype(np.float64))
    part = scaled @ free
    slight = SLIGHT * eye_array(height, format="csc")
    top = hstack([eye_array(width), part.T])
    system = csc_array(vstack([top, hstack([part, -slight])]))
    factor = splu(system)
    step, multiplier = np.where(held, floor, 0.0), np.zeros(height)
    for _ in range(REFINED):
        push = -(free @ (step + scaled.T @ multiplier))
        more = factor.solve(np.concatenate([push, right - scaled @ step]))
        step = step + free @ more[:width]
        multiplier = multiplier + more[width:]
    return step, multiplier


def _bounded(scaled: csr_array[np.float64], right: Floats, floor: Floats) -> Floats:
    """Return the step within the bounds: corrected until signs agree, or as found."""
    inside, held = _interior(scaled, right, floor)
    for _ in range(ROUNDS):
        step, multiplier = _projected(scaled, right, held, floor)
        below = ~held & (step < floor - TOUCH)
        pull = floor + np.asarray(scaled.T @ multiplier)
        slack = held & (pull < -TOUCH * np.maximum(1.0, np.abs(floor)))
        if float(np.abs(scaled @ step - right).max(initial=0.0)) > OPEN:
            break
        if not below.any() and not slack.any():
            return step
        held = (held | below) & ~slack
    if float(np.abs(scaled @ inside - right).max(initial=0.0)) > OPEN:
        return _nearest(scaled, right, (floor, inside))
    return inside


def _interior(
    scaled: csr_array[np.float64], right: Floats, floor: Floats
) -> tuple[Floats, Mask]:
    """Return the step within the bounds and which bind, by an interior-point method."""
    import clarabel
    from scipy.sparse import csc_matrix, eye_array, vstack

    width = floor.size
    near = np.flatnonzero(np.isfinite(floor) & (floor > -FAR))
    unit = eye_array(width, format="csr")
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    solution = clarabel.DefaultSolver(
        csc_matrix(eye_array(width, format="csc")),
        np.zeros(width),
        csc_matrix(vstack([scaled, -unit[near]], format="csc")),
        np.concatenate([right, -floor[near]]),
        [clarabel.ZeroConeT(right.size), clarabel.NonnegativeConeT(near.size)],
        settings,
    ).solve()
    step = np.nan_to_num(np.asarray(solution.x, dtype=np.float64))
    dual = np.asarray(solution.z)[right.size :]
    held = np.zeros(width, dtype=np.bool_)
    held[near] = dual > np.maximum(np.asarray(solution.s)[right.size :], 1e-7)
    return np.maximum(step, floor), held


def _nearest(
    scaled: csr_array[np.float64], right: Floats, case: tuple[Floats, Floats]
) -> Floats:
    """Return the step within the bounds nearest to one that nearly meets all.

    A linear programme in the sum of moves: it meets the equations to its tolerance
    where an interior point stops short of them.
    """
    from scipy.optimize import linprog
    from scipy.sparse import hstack

    floor, close = case
    width = floor.size
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * width
    bounds += [(0.0, float(room)) for room in np.maximum(close - floor, 0.0)]
    # The stubs do not know that A_eq may be sparse.
    result = linprog(  # type: ignore[call-overload]
        np.ones(2 * width),
        A_eq=hstack([scaled, -scaled], format="csr"),
        b_eq=np.asarray(right - scaled @ close),
        bounds=bounds,
        method="highs-ds",
    )
    if result.status != 0 or result.x is None:
        raise InfeasibleError(
            "no amounts above zero agree with all balances and published stocks "
            f"({result.message}); check readings that contradict each other, and the "
            "closing stocks of the month before"
        )
    moves = np.asarray(result.x, dtype=np.float64)
    return close + moves[:width] - moves[width:]
