"""Reconcile tonnes and assays together: balances that are not linear.

Metal accounting multiplies a flow by an assay, heat balances a flow by an enthalpy.
Such balances are made linear around the last estimate, reconciled, and made linear
again until nothing moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import DataQualityError, InputError
from orebook.ledger.bounds import bounded
from orebook.ledger.component_network import ComponentNetwork, component_network
from orebook.ledger.reconcile import (
    Masked,
    Reconciled,
    checked_lower,
    finish,
    reconcile_bounded,
)
from orebook.ledger.system import System, as_csr, assemble, checked_readings, estimate

if TYPE_CHECKING:
    from scipy.sparse import csr_array, sparray, spmatrix

__all__ = ["ComponentNetwork", "component_network", "reconcile_nonlinear"]

Floats = NDArray[np.float64]
Balances = Callable[[Floats], "tuple[ArrayLike, sparray | spmatrix | ArrayLike]"]

STEP = 1e-7
"""Largest last step, in standard deviations or relative to the size [-]."""

CLOSED = 1e-9
"""Largest imbalance left, relative to the sum of the terms of the balance [-]."""


def reconcile_nonlinear(
    residual_and_jacobian: Balances,
    value: ArrayLike,
    sd: ArrayLike,
    *,
    start: ArrayLike | None = None,
    lower: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    max_iterations: int = 50,
) -> Reconciled:
    """Reconcile readings so that balances g(x) = 0 close.

    Parameters
    ----------
    residual_and_jacobian : callable
        Takes x, shape (n,), returns g(x), shape (m,), and its Jacobian, sparse or
        dense, shape (m, n).
    value : array_like
        Readings, shape (n,); nan where not measured.
    sd : array_like
        Standard deviations, shape (n,) or one number; inf where not measured, 0
        where known exactly.
    start : array_like, optional
        First estimate, shape (n,); needed for what is not measured.
    lower : array_like, optional
        Lower bounds, shape (n,) or one number; -inf for none.
    names : sequence of str, optional
        Names of the balances for messages.
    max_iterations : int, optional
        Linear problems solved at most [-].

    Returns
    -------
    Reconciled
        As from `orebook.ledger.reconcile.reconcile`, at the solution; standard
        errors and tests hold for the balances made linear there.

    Raises
    ------
    InputError
        If shapes do not fit or a start is missing.
    DataQualityError
        If the balances do not close; the worst one is named.
    InfeasibleError
        If no values above the lower bounds close the linear balances.

    Notes
    -----
    x' = y - V J'(J V J')^-1 (g(x) + J (y - x)), J at x, with unmeasured variables
    eliminated as in the linear case.  The step is halved while it multiplies the
    imbalance.  Convergence is linear: about ten problems where adjustments are of
    the size of the accuracy, up to twice as many where they are many times wider.

    References
    ----------
    Knepper and Gorman, Statistical analysis of constrained data sets, 1980.

    Examples
    --------
    >>> import numpy as np
    >>> def product(x):  # the product of the first two is the third
    ...     return [x[0] * x[1] - x[2]], [[x[1], x[0], -1.0]]
    >>> result = reconcile_nonlinear(product, [2.0, 3.0, 6.1], 0.1)
    >>> float(abs(result.value[0] * result.value[1] - result.value[2])) < 1e-9
    True
    """
    x = _first(value, start)
    reading, spread, measured = checked_readings(value, sd, x.size)
    bound = None if lower is None else checked_lower(lower, x.size)
    system, gap = _linear(residual_and_jacobian, x, reading, spread, measured)
    for iteration in range(1, max_iterations + 1):
        target = _target(system, x, bound)
        step = _damped(residual_and_jacobian, x, target - x, gap)
        moved = float((abs(step) / _size(system, x)).max(initial=0.0))
        x = x + step
        system, gap = _linear(residual_and_jacobian, x, reading, spread, measured)
        if moved < STEP and gap.max(initial=0.0) < CLOSED:
            return _stated(residual_and_jacobian, system, x, bound, iteration)
    worst = int(np.argmax(gap))
    name = str(worst) if names is None else names[worst]
    raise DataQualityError(
        f"the balances do not close after {max_iterations} iterations: the last step "
        f"was {moved:.3g} of the accuracy (expected below {STEP:.0e}), the worst "
        f"balance, {name}, is open by {gap[worst]:.3g} of its terms (expected below "
        f"{CLOSED:.0e}); give a better start or check the readings of that balance"
    )


def _first(value: ArrayLike, start: ArrayLike | None) -> Floats:
    reading = np.array(value, dtype=np.float64)
    x = reading.copy() if start is None else np.array(start, dtype=np.float64)
    if x.shape != reading.shape or x.ndim != 1:
        raise InputError(
            f"the start has the shape {x.shape}; expected {reading.shape}, one per "
            "reading"
        )
    if not np.isfinite(x).all():
        at = int(np.flatnonzero(~np.isfinite(x))[0])
        raise InputError(
            f"variable {at} has no first estimate ({x[at]}); expected a finite number; "
            "pass start, for a network from ComponentNetwork.start"
        )
    return x


def _linear(
    balances: Balances,
    x: Floats,
    reading: Floats,
    sd: Floats,
    measured: NDArray[np.bool_],
) -> tuple[System, Floats]:
    """Return the balances made linear at x, and their relative imbalance there."""
    residual, jacobian = _evaluate(balances, x)
    system = assemble(
        jacobian,
        np.asarray(jacobian @ x - residual),
        reading=reading,
        sd=sd,
        measured=measured,
        consistent=False,
    )
    return system, _relative(residual, jacobian, x)


def _evaluate(balances: Balances, x: Floats) -> tuple[Floats, csr_array[np.float64]]:
    raw, slope = balances(x)
    residual, jacobian = np.array(raw, dtype=np.float64), as_csr(slope)
    if jacobian.shape != (residual.size, x.size) or not np.isfinite(residual).all():
        raise InputError(
            f"the balances returned {residual.size} residuals, finite: "
            f"{bool(np.isfinite(residual).all())}, and a Jacobian of the shape "
            f"{jacobian.shape}; expected finite residuals (m,) and a Jacobian "
            f"(m, {x.size})"
        )
    return residual, jacobian


def _relative(residual: Floats, jacobian: csr_array[np.float64], x: Floats) -> Floats:
    terms = np.asarray(abs(jacobian) @ abs(x))
    return np.asarray(abs(residual) / np.where(terms > 0, terms, 1.0))


def _target(system: System, x: Floats, lower: Floats | None) -> Floats:
    if lower is not None:
        system, _ = bounded(system, lower, x, consistent=False)
    return estimate(system, x)[0]


def _damped(balances: Balances, x: Floats, step: Floats, gap: Floats) -> Floats:
    """Halve a step that would open the balances much wider than they are."""
    allowed = 2 * float(gap.max(initial=0.0)) + 0.1
    for _ in range(6):
        residual, jacobian = _evaluate(balances, x + step)
        if _relative(residual, jacobian, x + step).max(initial=0.0) <= allowed:
            break
        step = step / 2
    return step


def _size(system: System, x: Floats) -> Floats:
    """Return what a step is measured against: the accuracy, or the value itself."""
    sd = np.sqrt(system.variance)
    return np.where(sd > 0, sd, np.maximum(abs(x), 1e-6))


def _stated(
    balances: Balances,
    system: System,
    x: Floats,
    lower: Floats | None,
    iterations: int,
) -> Reconciled:
    if lower is None:
        result = finish(system, free=x, iterations=iterations)
    else:
        result = reconcile_bounded(
            system, lower, free=x, iterations=iterations, consistent=False
        )
    residual, _ = _evaluate(balances, np.where(system.measured, system.reading, x))
    known = ~np.ma.getmaskarray(result.imbalance)
    gap: Masked = np.ma.MaskedArray(np.where(known, residual, np.nan), mask=~known)
    sd = np.asarray(result.imbalance_sd.data)
    judged = known & (sd > 0)
    ratio = abs(residual[judged]) / sd[judged]
    hidden = np.ma.getmaskarray(result.value)
    left, _ = _evaluate(balances, np.where(hidden, x, result.value.data))
    return replace(
        result,
        imbalance=gap,
        worst_imbalance_sigma=float(ratio.max(initial=0.0)),
        residual=float(abs(left).max(initial=0.0)),
    )
