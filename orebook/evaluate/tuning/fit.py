"""Bounded least squares with uncertainty: the fitting core, knowing no plant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from orebook.errors import InputError

__all__ = ["Fitted", "Residual", "fit", "interval_factor", "spread"]

Floats = NDArray[np.float64]
Residual = Callable[[Floats], Floats]

_TOLERANCE = 1e-14  # of cost, step and slope: as far as the arithmetic goes
_AT_BOUND = 1e-6  # of the range: this near a bound counts as on it [-]
_MOST = 400  # evaluations of the residuals


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A bounded least-squares fit.

    Parameters
    ----------
    value : array, shape (p,)
        Estimate [unit of each parameter].
    chi2 : float
        Sum of squared residuals [-].
    freedom : int
        Degrees of freedom [-].
    covariance : array, shape (p, p)
        Of the estimates; rows of parameters on a bound are zero.
    singular : array, shape (q,)
        Singular values of the Jacobian by scaled parameters, those on a bound left
        out, largest first [-].
    at_bound : array of bool, shape (p,)
        Which estimates lie on a bound.
    converged : bool
        Whether the search ended by itself.
    evaluations : int
        Times the residuals were asked for [-].
    """

    value: Floats
    chi2: float
    freedom: int
    covariance: Floats
    singular: Floats
    at_bound: NDArray[np.bool_]
    converged: bool
    evaluations: int

    @property
    def standard_error(self) -> Floats:
        """One standard deviation of each estimate; 0 on a bound."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def condition(self) -> float:
        """Largest over smallest singular value; infinite where one is 0 [-]."""
        if self.singular.size == 0:
            return 1.0
        low = float(self.singular[-1])
        return float(self.singular[0]) / low if low > 0.0 else float("inf")


def fit(
    residual: Residual,
    start: Floats,
    *,
    low: Floats,
    high: Floats,
    scale: Floats,
    jacobian: Residual | None = None,
    loss: Literal["linear", "soft_l1"] = "linear",
    freedom: int | None = None,
    least_scale: float = 0.0,
    tolerance: float = _TOLERANCE,
) -> Fitted:
    """Fit parameters to residuals within bounds.

    Parameters
    ----------
    residual : callable
        Parameters to residuals, each in its standard deviations, shape (m,).
    start, low, high, scale : array, shape (p,)
        Where to begin, bounds, and the size in which each is searched [unit].
    jacobian : callable, optional
        Parameters to slopes, shape (m, p); by three-point differences otherwise.
    loss : {"linear", "soft_l1"}
        How residuals count.
    freedom : int, optional
        Degrees of freedom; residuals less parameters otherwise [-].
    least_scale : float
        The covariance is multiplied by chi2 over freedom, but at least by this: 1
        where the standard deviations of the residuals are known [-].
    tolerance : float
        Relative change of cost and step at which the search ends [-].

    Returns
    -------
    Fitted
        Estimates and their covariance.

    Raises
    ------
    InputError
        If there are fewer residuals than parameters, or a residual is not finite.

    Notes
    -----
    Trust-region reflective steps on parameters divided by ``scale``. Covariance
    ``max(least_scale, chi2 / freedom) (J'J)^-1`` over the parameters off their bounds.

    References
    ----------
    .. [1] M. A. Branch, T. F. Coleman, Y. Li, A Subspace, Interior, and Conjugate
       Gradient Method for Large-Scale Bound-Constrained Minimization Problems, 1999.

    Examples
    --------
    >>> x, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 3.1, 4.9, 7.0])
    >>> both = np.full(2, 10.0)
    >>> found = fit(
    ...     lambda p: p[0] + p[1] * x - y,
    ...     np.zeros(2),
    ...     low=-both,
    ...     high=both,
    ...     scale=np.ones(2),
    ... )
    >>> found.value.round(3).tolist(), round(found.chi2, 3)
    ([1.03, 1.98], 0.018)
    """
    from scipy.optimize import least_squares

    inside = np.clip(start, low + 1e-9 * (high - low), high - 1e-9 * (high - low))
    first = residual(inside)
    _require(first, inside)
    given = jacobian

    def slopes(z: Floats) -> Floats:
        assert given is not None
        return given(z * scale) * scale

    def scaled(z: Floats) -> Floats:
        return residual(z * scale)

    found = least_squares(
        scaled,
        inside / scale,
        jac="3-point" if given is None else slopes,
        bounds=(low / scale, high / scale),
        loss=loss,
        ftol=tolerance,
        xtol=tolerance,
        gtol=tolerance,
        max_nfev=_MOST,
    )
    value = np.clip(found.x * scale, low, high)
    room = np.minimum(value - low, high - value)
    bound = room <= _AT_BOUND * (high - low)
    free = ~bound
    rest = first.size - value.size if freedom is None else freedom
    chi2 = 2.0 * float(found.cost)
    covariance, singular = spread(np.asarray(found.jac), free)
    factor = max(least_scale, chi2 / rest if rest > 0 else 1.0)
    covariance = factor * covariance * np.outer(scale, scale)
    return Fitted(
        value, chi2, rest, covariance, singular, bound, bool(found.status > 0),
        int(found.nfev),
    )  # fmt: skip


def _require(first: Floats, start: Floats) -> None:
    if first.size < start.size:
        raise InputError(
            f"{first.size} residuals cannot tell {start.size} parameters; expected at "
            "least as many; add data or fit fewer parameters"
        )
    if not np.all(np.isfinite(first)):
        raise InputError(
            f"{int(np.sum(~np.isfinite(first)))} of {first.size} residuals are not "
            "finite at the start; expected numbers; check data and start"
        )


def spread(jacobian: Floats, free: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return (J'J)^-1 over the free columns, zero elsewhere, and singular values.

    Parameters
    ----------
    jacobian : array, shape (m, p)
        Slopes.
    free : array of bool, shape (p,)
        Columns that count.

    Examples
    --------
    >>> spread(np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([True, False]))[0].tolist()
    [[0.25, 0.0], [0.0, 0.0]]
    """
    count = jacobian.shape[1]
    covariance = np.zeros((count, count))
    if not free.any():
        return covariance, np.zeros(0)
    _, singular, right = np.linalg.svd(jacobian[:, free], full_matrices=False)
    with np.errstate(divide="ignore"):
        inverse = np.where(singular > 0.0, 1.0 / singular, np.inf)
    scaled = right.T * inverse
    covariance[np.ix_(free, free)] = scaled @ scaled.T
    return covariance, singular


def interval_factor(freedom: int, confidence: float = 0.95) -> float:
    """Return how many standard errors a two-sided interval reaches [-].

    Parameters
    ----------
    freedom : int
        Degrees of freedom [-].
    confidence : float
        Probability that the interval holds the truth [-].

    References
    ----------
    .. [1] Student, The probable error of a mean, Biometrika 6 (1908).

    Examples
    --------
    >>> round(interval_factor(10), 3)
    2.228
    """
    from scipy.stats import t

    return float(t.ppf(0.5 + 0.5 * confidence, max(freedom, 1)))
