"""Keep reconciled streams above their lower bounds.

The free solution is taken if it breaks no bound.  Otherwise a quadratic programme
finds which bounds bind; those streams are then held there and the balances solved
again, so that values and standard errors stay exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orebook.errors import InfeasibleError
from orebook.ledger.system import System, assemble, estimate

Floats = NDArray[np.float64]

TOUCH = 1e-9
"""Relative depth below a bound that counts as rounding [-]."""

ROUNDS = 50
"""Corrections of the set of binding bounds before giving up."""


def bounded(
    system: System, lower: Floats, free: Floats, *, consistent: bool = True
) -> tuple[System, tuple[int, ...]]:
    """Return the system with the streams fixed that end at their bound.

    Parameters
    ----------
    system : System
        Factorised balances.
    lower : numpy.ndarray
        Lower bounds, shape (n,), unit of the readings; -inf for none.
    free : numpy.ndarray
        Values taken for streams that cannot be known, shape (n,).
    consistent : bool, optional
        Whether repeated balances must agree, see `orebook.ledger.system.assemble`.

    Returns
    -------
    system : System
        The same system, or one with the binding streams held at their bound.
    active : tuple of int
        Streams at their bound.

    Raises
    ------
    InfeasibleError
        If no streams above the bounds close the balances.

    Notes
    -----
    min sum ((x - y)/s)^2 subject to A x = b, x >= lower.  A stream is held if its
    multiplier (x - y)/s^2 + (A' lambda) is positive at the bound.
    """
    value, _ = estimate(system, free)
    if not _broken(system, value, lower).any():
        return system, ()
    held = _binding(system, lower)
    for _ in range(ROUNDS):
        trial = _hold(system, lower, held, consistent=consistent)
        value, multiplier = estimate(trial, free)
        broken = _broken(trial, value, lower) & ~held
        slack = held & (_pull(system, trial, value, multiplier) < -1e-9)
        if not broken.any() and not slack.any():
            return trial, tuple(np.flatnonzero(held).tolist())
        held = (held | broken) & ~slack
    raise InfeasibleError(
        f"the streams {np.flatnonzero(held).tolist()} keep crossing their lower "
        "bounds; expected a set of binding bounds that stays; check readings far "
        "below a bound"
    )


def _known(system: System) -> NDArray[np.bool_]:
    known = system.measured.copy()
    projection = system.projection
    known[projection.basis[projection.observable]] = True
    return known


def _broken(system: System, value: Floats, lower: Floats) -> NDArray[np.bool_]:
    size = np.maximum(abs(value).max(initial=0.0), 1e-300)
    depth = TOUCH * np.where(system.variance > 0, np.sqrt(system.variance), size)
    return _known(system) & (value < lower - depth)


def _hold(
    system: System, lower: Floats, held: NDArray[np.bool_], *, consistent: bool
) -> System:
    return assemble(
        system.matrix,
        system.rhs,
        reading=np.where(held, lower, system.reading),
        sd=np.sqrt(np.where(held, 0.0, system.variance)),
        measured=system.measured | held,
        consistent=consistent,
    )


def _pull(system: System, trial: System, value: Floats, multiplier: Floats) -> Floats:
    """Return the multiplier of each bound, in standard deviations of the reading."""
    push = trial.check.T @ multiplier
    sd = np.sqrt(system.variance)
    inside = sd > 0
    scale = np.where(inside, sd, 1.0)
    reading = np.where(inside, (value - system.reading) / scale, 0.0)
    return np.asarray(reading + scale * push)


def _binding(system: System, lower: Floats) -> NDArray[np.bool_]:
    """Return the bounds that bind, by an interior-point method."""
    import clarabel
    import scipy.sparse as sp

    width = system.reading.size
    typical = max(float(abs(system.reading).max(initial=0.0)), 1e-12)
    sd = np.sqrt(system.variance)
    scale = np.where(sd > 0, sd, typical)
    weight = (sd > 0).astype(np.float64)
    exact = np.flatnonzero(system.measured & (sd == 0))
    limited = np.flatnonzero(np.isfinite(lower) & ~(system.measured & (sd == 0)))
    unit = sp.csr_array(sp.eye_array(width))
    scaled = sp.csr_array(system.matrix @ sp.diags_array(scale))
    size = np.maximum(abs(scaled).max(axis=1).toarray().ravel(), 1e-300)
    rows = sp.vstack(
        [sp.diags_array(1 / size) @ scaled, unit[exact], -unit[limited]], format="csc"
    )
    right = np.concatenate(
        [
            system.rhs / size,
            system.reading[exact] / scale[exact],
            -lower[limited] / scale[limited],
        ]
    )
    cones = [
        clarabel.ZeroConeT(system.rhs.size + exact.size),
        clarabel.NonnegativeConeT(limited.size),
    ]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    quadratic = sp.csc_matrix(sp.diags_array(weight))
    linear = -weight * system.reading / scale
    solution = clarabel.DefaultSolver(
        quadratic, linear, sp.csc_matrix(rows), right, cones, settings
    ).solve()
    duals = np.asarray(solution.z)
    if "Infeasible" in str(solution.status):
        _raise_infeasible(duals, system.rhs.size, limited, exact.size)
    gap = np.asarray(solution.s)[-limited.size :]
    held = np.zeros(width, dtype=np.bool_)
    held[limited] = duals[-limited.size :] > np.maximum(gap, 1e-7)
    return held


def _raise_infeasible(
    duals: Floats, height: int, limited: NDArray[np.int64], exact: int
) -> None:
    share = abs(duals) / max(float(abs(duals).max()), 1e-300)
    rows = np.flatnonzero(share[:height] > 1e-3).tolist()
    streams = limited[share[height + exact :] > 1e-3].tolist()
    raise InfeasibleError(
        f"no streams above their lower bounds close the balances {rows}: the bounds of "
        f"the streams {streams} contradict them; lower a bound or correct the "
        "right-hand side of a balance"
    )
