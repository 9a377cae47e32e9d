"""Make all meters agree: least-squares reconciliation under linear balances.

The readings are moved as little as their accuracy allows until every balance
closes.  Streams without a reading are computed where the balances fix them and
masked where they do not; the standard error of every figure is stated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError
from orebook.ledger.bounds import bounded
from orebook.ledger.observability import (
    NON_REDUNDANT,
    OBSERVABLE,
    REDUNDANT,
    UNOBSERVABLE,
)
from orebook.ledger.system import (
    System,
    as_csr,
    assemble,
    checked_readings,
    estimate,
    form_sd,
    leverage,
    reading_sd,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array, sparray, spmatrix

Floats = NDArray[np.float64]
Masked = np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Reconciled:
    """Reconciled streams with their accuracy and the checks behind them.

    Parameters
    ----------
    value : numpy.ma.MaskedArray
        Reconciled streams, shape (n,), unit of the readings; masked where the
        stream is unobservable.
    sd : numpy.ma.MaskedArray
        Standard errors, shape (n,), masked alike.
    adjustment : numpy.ma.MaskedArray
        Reading less reconciled value, shape (n,); masked where there is no reading.
    adjustment_sd : numpy.ma.MaskedArray
        Standard deviation of the adjustment, shape (n,), masked alike.
    status : numpy.ndarray
        "redundant", "non-redundant" (measured, nothing checks it), "observable" or
        "unobservable" (not measured), shape (n,).
    objective : float
        Sum of squared adjustments in standard deviations, g [-].
    dof : int
        Independent checks, the degrees of freedom of g [-].
    imbalance : numpy.ma.MaskedArray
        A y - b before reconciliation, shape (m,); masked where a stream of the
        balance is not measured.
    imbalance_sd : numpy.ma.MaskedArray
        Its standard deviation, shape (m,), masked alike.
    worst_imbalance_sigma : float
        Largest imbalance in its own standard deviations [-], 0 if none is known.
    residual : float
        Largest absolute imbalance left over the balances that can be computed.
    multipliers : numpy.ndarray
        Multiplier of each balance, shape (m,), zero where nothing checks it.
    redundant_equations : tuple of int
        Balances that others imply.
    active : tuple of int
        Streams held at their lower bound.
    leverage : numpy.ndarray
        a_i' W^-1 a_i of each stream, shape (n,).
    system : System
        The factorised balances, from which tests and worths are computed.
    inverse : scipy.sparse.csr_array
        Selected inverse of W.
    iterations : int
        Linear problems solved; 1 for linear balances [-].
    """

    value: Masked
    sd: Masked
    adjustment: Masked
    adjustment_sd: Masked
    status: NDArray[np.str_]
    objective: float
    dof: int
    imbalance: Masked
    imbalance_sd: Masked
    worst_imbalance_sigma: float
    residual: float
    multipliers: Floats
    redundant_equations: tuple[int, ...]
    active: tuple[int, ...]
    leverage: Floats = field(repr=False)
    system: System = field(repr=False)
    inverse: csr_array[np.float64] = field(repr=False)
    iterations: int = 1

    def summary(self) -> str:
        """Return the main figures as text of a few lines."""
        kinds = (REDUNDANT, NON_REDUNDANT, OBSERVABLE, UNOBSERVABLE)
        counts = ", ".join(f"{int((self.status == k).sum())} {k}" for k in kinds)
        return "\n".join(
            [
                f"streams: {self.status.size} ({counts})",
                f"balances: {self.multipliers.size}, independent checks: {self.dof}, "
                f"implied by others: {len(self.redundant_equations)}",
                f"objective: {self.objective:.6g} with {self.dof} degrees of freedom",
                f"worst imbalance before: {self.worst_imbalance_sigma:.3g} sigma; "
                f"largest residual after: {self.residual:.3g}",
            ]
        )

    def to_dict(self) -> dict[str, object]:
        """Return the figures as plain lists; masked entries are None."""
        arrays = ("value", "sd", "adjustment", "adjustment_sd")
        numbers = ("objective", "dof", "worst_imbalance_sigma", "residual")
        lists: dict[str, object] = {k: getattr(self, k).tolist() for k in arrays}
        return {
            **lists,
            "status": self.status.tolist(),
            **{k: getattr(self, k) for k in numbers},
            "imbalance": self.imbalance.tolist(),
            "imbalance_sd": self.imbalance_sd.tolist(),
            "multipliers": self.multipliers.tolist(),
            "redundant_equations": list(self.redundant_equations),
            "active": list(self.active),
            "iterations": self.iterations,
        }


def reconcile(
    matrix: sparray | spmatrix | ArrayLike,
    value: ArrayLike,
    sd: ArrayLike,
    *,
    rhs: ArrayLike | None = None,
    lower: ArrayLike | None = None,
) -> Reconciled:
    """Reconcile readings so that all linear balances close.

    Parameters
    ----------
    matrix : sparse or array_like
        Balances A, shape (m, n), +1 into a node and -1 out of it in a flow network.
    value : array_like
        Readings y, shape (n,), any one unit; nan where a stream is not measured.
    sd : array_like
        Standard deviations, shape (n,), unit of the readings; inf where a stream
        is not measured, 0 where its value is known exactly.
    rhs : array_like, optional
        Right-hand side b, shape (m,); zero if not given.
    lower : array_like, optional
        Lower bounds, shape (n,) or one number; -inf for none.

    Returns
    -------
    Reconciled
        Values, standard errors, status and checks.

    Raises
    ------
    InputError
        If shapes do not fit, a standard deviation is negative or a number is not
        finite.
    DataQualityError
        If balances contradict each other whatever the readings.
    InfeasibleError
        If no streams above the lower bounds close the balances.

    Notes
    -----
    min sum ((x - y)/s)^2 subject to A x = b.  Unmeasured streams are eliminated
    first; with R the equations left, r = R y - b, W = R V R':
    x = y - V R' W^-1 r, g = r' W^-1 r, var(x_i) = s_i^2 - s_i^4 a_i' W^-1 a_i.
    One sparse LDL' factor of W and its selected inverse give the standard errors
    of all readings; each observable unmeasured stream costs one further solve.
    Standard errors hold to 1e-5 for standard deviations that differ by up to 1e5
    between neighbours; give inf for a meter worse than that.
    Lower bounds are looked at only if the free solution breaks one.  Standard
    errors then hold for the streams at their bound taken as known.

    References
    ----------
    Narasimhan and Jordache, Data Reconciliation and Gross Error Detection, 2000.

    Examples
    --------
    >>> result = reconcile([[1, -1, -1]], [101.0, 60.0, 38.0], 1.0)
    >>> result.value.round(6).tolist()
    [100.0, 61.0, 39.0]
    >>> round(result.objective, 6), result.dof
    (3.0, 1)
    """
    balances = as_csr(matrix)
    reading, spread, measured = checked_readings(value, sd, balances.shape[1])
    right = _checked_rhs(rhs, balances.shape[0])
    system = assemble(balances, right, reading=reading, sd=spread, measured=measured)
    if lower is None:
        return finish(system, free=np.zeros(reading.size))
    return reconcile_bounded(system, lower, free=np.zeros(reading.size))


def _checked_rhs(rhs: ArrayLike | None, height: int) -> Floats:
    if rhs is None:
        return np.zeros(height)
    right = np.array(rhs, dtype=np.float64)
    if right.shape != (height,) or not np.isfinite(right).all():
        raise InputError(
            f"right-hand sides have the shape {right.shape}, finite: "
            f"{bool(np.isfinite(right).all())}; expected ({height},) finite numbers; "
            "give one per balance"
        )
    return right


def reconcile_bounded(
    system: System,
    lower: ArrayLike,
    *,
    free: Floats,
    iterations: int = 1,
    consistent: bool = True,
) -> Reconciled:
    """Reconcile an assembled system above lower bounds.

    Parameters
    ----------
    system : System
        Factorised balances.
    lower : array_like
        Lower bounds, shape (n,) or one number, unit of the readings.
    free : numpy.ndarray
        Values taken for streams that cannot be known, shape (n,).
    iterations : int, optional
        Linear problems solved so far [-].
    consistent : bool, optional
        Whether repeated balances must agree, see `orebook.ledger.system.assemble`.

    Returns
    -------
    Reconciled
        As from `reconcile`; ``active`` names the streams at their bound.

    Raises
    ------
    InfeasibleError
        If no streams above the bounds close the balances.
    """
    bound = checked_lower(lower, system.reading.size)
    solved, active = bounded(system, bound, free, consistent=consistent)
    result = finish(solved, free=free, iterations=iterations, active=active)
    return result if not active else _with_readings(result, system)


def checked_lower(lower: ArrayLike, width: int) -> Floats:
    """Return lower bounds, one per stream.

    Parameters
    ----------
    lower : array_like
        Lower bounds, shape (n,) or one number, unit of the readings.
    width : int
        Number of streams n [-].

    Returns
    -------
    numpy.ndarray
        Lower bounds, shape (n,).

    Raises
    ------
    InputError
        On a wrong length or a bound that is nan or plus infinity.
    """
    try:
        bound = np.broadcast_to(np.asarray(lower, dtype=np.float64), (width,)).copy()
    except ValueError as error:
        raise InputError(
            f"lower bounds have the shape {np.shape(lower)}; expected ({width},) or "
            "one number; give one per stream"
        ) from error
    wrong = np.isnan(bound) | np.isposinf(bound)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"the lower bound of stream {at} is {bound[at]}; expected a number or "
            "-inf for none"
        )
    return bound


def _with_readings(result: Reconciled, original: System) -> Reconciled:
    """State adjustments against the readings, not against the bounds they hit."""
    from dataclasses import replace

    positive = original.variance > 0
    value = np.asarray(result.value.data)
    adjustment = np.where(original.measured, original.reading - value, 0.0)
    share = adjustment[positive] ** 2 / original.variance[positive]
    var = np.clip(original.variance - np.asarray(result.sd.data) ** 2, 0.0, None)
    imbalance, imbalance_sd = _imbalance(original)
    return replace(
        result,
        adjustment=_masked(adjustment, original.measured),
        adjustment_sd=_masked(np.sqrt(var), original.measured),
        status=_status(original, leverage(original)[0]),
        objective=float(share.sum()),
        imbalance=imbalance,
        imbalance_sd=imbalance_sd,
        worst_imbalance_sigma=_worst(imbalance, imbalance_sd),
    )


def finish(
    system: System,
    *,
    free: Floats,
    iterations: int = 1,
    active: tuple[int, ...] = (),
) -> Reconciled:
    """Return all figures of an assembled system.

    Parameters
    ----------
    system : System
        Factorised balances.
    free : numpy.ndarray
        Values taken for streams that cannot be known, shape (n,).
    iterations : int, optional
        Linear problems solved so far [-].
    active : tuple of int, optional
        Streams held at their lower bound.

    Returns
    -------
    Reconciled
        Values, standard errors, status and checks.
    """
    value, multiplier = estimate(system, free)
    q, inverse = leverage(system)
    status = _status(system, q)
    known = status != UNOBSERVABLE
    sd = _all_sd(system, q)
    adjustment = np.where(system.measured, system.reading - value, 0.0)
    moves = system.variance > 0
    imbalance, imbalance_sd = _imbalance(system)
    return Reconciled(
        value=_masked(value, known),
        sd=_masked(sd, known),
        adjustment=_masked(adjustment, system.measured),
        adjustment_sd=_masked(system.variance * np.sqrt(q), system.measured),
        status=status,
        objective=float((adjustment[moves] ** 2 / system.variance[moves]).sum()),
        dof=system.kept.size,
        imbalance=imbalance,
        imbalance_sd=imbalance_sd,
        worst_imbalance_sigma=_worst(imbalance, imbalance_sd),
        residual=_residual(system, value, known),
        multipliers=np.asarray(system.combination.T @ multiplier),
        redundant_equations=system.redundant_equations,
        active=active,
        leverage=q,
        system=system,
        inverse=inverse,
        iterations=iterations,
    )


def _masked(data: Floats, known: NDArray[np.bool_]) -> Masked:
    return np.ma.MaskedArray(np.where(known, data, np.nan), mask=~known)


def _status(system: System, q: Floats) -> NDArray[np.str_]:
    status = np.where(q > 0, REDUNDANT, NON_REDUNDANT)
    status[~system.measured] = UNOBSERVABLE
    projection = system.projection
    status[projection.basis[projection.observable]] = OBSERVABLE
    return np.asarray(status, dtype=np.str_)


def _all_sd(system: System, q: Floats) -> Floats:
    import scipy.sparse as sp

    sd = reading_sd(system, q)
    projection = system.projection
    seen = np.flatnonzero(projection.observable)
    forms = sp.csr_array(projection.solution[seen])
    sd[projection.basis[seen]] = form_sd(system, forms)
    return sd


def _imbalance(system: System) -> tuple[Masked, Masked]:
    size = abs(system.matrix)
    known = np.asarray(size @ (~system.measured).astype(np.float64)) == 0.0
    square = system.matrix.multiply(system.matrix)
    gap = np.asarray(system.matrix @ system.reading - system.rhs)
    spread = np.sqrt(np.asarray(square @ system.variance))
    return _masked(gap, known), _masked(spread, known)


def _worst(imbalance: Masked, spread: Masked) -> float:
    judged = ~np.ma.getmaskarray(imbalance) & (np.asarray(spread.data) > 0)
    if not judged.any():
        return 0.0
    ratio = abs(np.asarray(imbalance.data)[judged]) / np.asarray(spread.data)[judged]
    return float(ratio.max())


def _residual(system: System, value: Floats, known: NDArray[np.bool_]) -> float:
    hidden = abs(system.matrix) @ (~known).astype(np.float64)
    left = abs(system.matrix @ value - system.rhs)[np.asarray(hidden) == 0.0]
    return float(left.max(initial=0.0))
