"""Stochastic frontier: noise and inefficiency told apart by maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr

from orebook.benchmark.frontier.batch import FloatArray
from orebook.benchmark.frontier.data import FactorsLike, factors, unit_names
from orebook.errors import DataQualityError, InputError

__all__ = ["StochasticFrontier", "stochastic"]


@dataclass(frozen=True, slots=True, eq=False)
class StochasticFrontier:
    """A production or cost function with noise and one-sided inefficiency.

    Parameters
    ----------
    units, terms : tuple of str
        Names of the units and of the coefficients.
    coefficients, errors : array
        Estimates and their standard errors from the curvature; errors are nought
        where inefficiency is not detectable and those of least squares do not hold
        for `gamma` [-].
    sigma2 : float
        Variance of noise plus that of inefficiency before truncation [-].
    gamma : float
        Share of inefficiency in it [-].
    log_likelihood : float
        At the optimum [-].
    least_squares : float
        Of the model without inefficiency [-].
    detectable : bool
        False where residuals lean to the wrong side: no inefficiency can be told.
    efficiency : array, shape (units,)
        Expected technical efficiency, Battese and Coelli [-].
    residuals : array, shape (units,)
        Noise less inefficiency [-].
    kind : {"production", "cost"}
        Which function it is.
    """

    units: tuple[str, ...]
    terms: tuple[str, ...]
    coefficients: FloatArray
    errors: FloatArray
    sigma2: float
    gamma: float
    log_likelihood: float
    least_squares: float
    detectable: bool
    efficiency: FloatArray
    residuals: FloatArray
    kind: Literal["production", "cost"]

    def summary(self) -> str:
        """Return the estimates in a few lines."""
        lines = [
            f"{self.kind} frontier of {len(self.units)} units: log-likelihood "
            f"{self.log_likelihood:.4f} (least squares {self.least_squares:.4f})"
        ]
        lines += [
            f"  {name}: {value:.4f} ({error:.4f})"
            for name, value, error in zip(
                self.terms, self.coefficients, self.errors, strict=True
            )
        ]
        lines.append(f"  sigma2 {self.sigma2:.4f}, gamma {self.gamma:.4f}")
        if self.detectable:
            lines.append(f"  mean technical efficiency {self.efficiency.mean():.4f}")
        else:
            lines.append("  no inefficiency detectable: residuals lean the other way")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "kind": self.kind,
            "coefficients": {
                name: {"value": float(v), "error": float(e)}
                for name, v, e in zip(
                    self.terms, self.coefficients, self.errors, strict=True
                )
            },
            "sigma2": self.sigma2,
            "gamma": self.gamma,
            "log_likelihood": self.log_likelihood,
            "least_squares": self.least_squares,
            "detectable": self.detectable,
            "units": [
                {"unit": u, "efficiency": float(v)}
                for u, v in zip(self.units, self.efficiency, strict=True)
            ],
        }


def stochastic(
    inputs: FactorsLike,
    output: FactorsLike,
    *,
    kind: Literal["production", "cost"] = "production",
    logs: bool = True,
    units: Sequence[str] | None = None,
) -> StochasticFrontier:
    """Estimate a frontier with noise: ``ln y = x b + v - u`` (cost: ``+ u``).

    Parameters
    ----------
    inputs : array, mapping or table
        Explaining factors [unit of the factor].
    output : array or one column
        Output, or cost [unit].
    kind : {"production", "cost"}
        Inefficiency lowers output or raises cost.
    logs : bool
        Take logarithms of all figures (Cobb-Douglas); else they are taken as given.
    units : sequence of str, optional
        Names of the units.

    Returns
    -------
    StochasticFrontier
        Estimates and the expected efficiency of each unit.

    Raises
    ------
    InputError
        Figures are not above nought, or too few.
    DataQualityError
        The factors are collinear, or the likelihood has no inner optimum.

    Notes
    -----
    Aigner, Lovell, Schmidt 1977, half-normal ``u``; in the terms of Coelli 1996
    (FRONTIER 4.1): ``sigma2 = su2 + sv2``, ``gamma = su2 / sigma2``. Efficiency:
    Battese, Coelli 1988. Where least-squares residuals are skewed to the wrong side,
    the likelihood is greatest at ``gamma = 0`` (Waldman 1982).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.uniform(1.0, 9.0, 400)
    >>> u, v = np.abs(rng.normal(0, 0.4, 400)), rng.normal(0, 0.1, 400)
    >>> found = stochastic(x, x**0.7 * np.exp(v - u))
    >>> bool(abs(found.coefficients[1] - 0.7) < 0.05), found.gamma > 0.8
    (True, True)
    """
    x, y = factors(inputs, "input"), factors(output, "output")
    names = unit_names(len(x.values), units, x, y)
    design, target = _design(x.values, y.values, logs=logs, names=names)
    if kind not in ("production", "cost"):
        raise InputError(f"kind {kind!r}; expected 'production' or 'cost'; correct it")
    sign = 1.0 if kind == "production" else -1.0
    fit = np.linalg.lstsq(design, target, rcond=None)[0]
    ordinary = np.asarray(fit, dtype=np.float64)
    residuals = target - design @ ordinary
    count = len(target)
    spread = float(residuals @ residuals) / count
    least = -0.5 * count * (np.log(2.0 * np.pi * spread) + 1.0)
    terms = ("constant", *x.names)
    if spread <= 0.0:
        raise DataQualityError(
            "the factors explain the output without rest; expected noise; use a "
            "frontier without noise"
        )
    if sign * (residuals**3).mean() >= 0.0:
        inverse = np.linalg.inv(design.T @ design)
        free = spread * count / (count - design.shape[1])
        return StochasticFrontier(
            names, terms, ordinary, np.sqrt(np.diag(inverse) * free), spread, 0.0,
            least, least, False, np.ones(count), residuals, kind,
        )  # fmt: skip
    best = _estimate(design, target, sign, ordinary, spread)
    beta, sigma2, gamma = _unpack(best)
    residuals = target - design @ beta
    return StochasticFrontier(
        names, terms, beta, _errors(best, design, target, sign), sigma2, gamma,
        -_minus_likelihood(best, design, target, sign), least, True,
        _efficiency(residuals, sigma2, gamma, sign), residuals, kind,
    )  # fmt: skip


def _design(
    x: FloatArray, y: FloatArray, *, logs: bool, names: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """Return the regressors with a constant, and what they explain."""
    together = np.concatenate([x, y], axis=1)
    wrong = ~np.isfinite(together) | ((together <= 0.0) if logs else False)
    if wrong.any():
        row, column = (int(i[0]) for i in np.nonzero(wrong))
        raise InputError(
            f"figure {column + 1} of {names[row]} is {together[row, column]:g}; "
            "expected more than 0 for logarithms; correct it, or logs=False"
        )
    if y.shape[1] != 1:
        raise InputError(
            f"{y.shape[1]} outputs; expected one; add them up at their prices first"
        )
    values = np.log(together) if logs else together
    design = np.column_stack([np.ones(len(values)), values[:, :-1]])
    if len(design) < design.shape[1] + 3:
        raise InputError(
            f"{len(design)} units for {design.shape[1]} coefficients; expected at "
            f"least {design.shape[1] + 3}; take more units or fewer factors"
        )
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise DataQualityError(
            "the factors are constant or collinear; expected each to move by itself; "
            "leave one out"
        )
    return design, values[:, -1]


def _unpack(point: FloatArray) -> tuple[FloatArray, float, float]:
    """Return coefficients, variance and share of inefficiency of a search point."""
    gamma = float(1.0 / (1.0 + np.exp(-_held(point[-1]))))
    return point[:-2], float(np.exp(point[-2])), gamma


def _held(logit: float) -> float:
    """Return a logit held where its share can still be told from nought and one."""
    return float(np.clip(logit, -30.0, 30.0))


def _minus_likelihood(
    point: FloatArray, design: FloatArray, target: FloatArray, sign: float
) -> float:
    beta, sigma2, _ = _unpack(point)
    residuals = target - design @ beta
    sigma, ratio = np.sqrt(sigma2), np.exp(0.5 * _held(point[-1]))
    each = (
        0.5 * np.log(2.0 / np.pi)
        - np.log(sigma)
        - residuals**2 / (2.0 * sigma2)
        + log_ndtr(-sign * residuals * ratio / sigma)
    )
    return -float(each.sum())


def _slope(
    point: FloatArray, design: FloatArray, target: FloatArray, sign: float
) -> FloatArray:
    """Return the gradient of the likelihood with a minus."""
    beta, sigma2, _ = _unpack(point)
    residuals = target - design @ beta
    sigma, ratio = np.sqrt(sigma2), np.exp(0.5 * _held(point[-1]))
    at = -sign * residuals * ratio / sigma
    mills = np.exp(-0.5 * at**2 - 0.5 * np.log(2.0 * np.pi) - log_ndtr(at))
    by_beta = design.T @ (residuals / sigma2 + sign * mills * ratio / sigma)
    by_log_sigma2 = (-0.5 + residuals**2 / (2.0 * sigma2) - 0.5 * mills * at).sum()
    # The ratio is exp(logit / 2), so its logarithm has slope a half.
    by_logit = 0.5 * (mills * at).sum()
    return -np.concatenate([by_beta, [by_log_sigma2, by_logit]])


def _estimate(
    design: FloatArray,
    target: FloatArray,
    sign: float,
    ordinary: FloatArray,
    spread: float,
) -> FloatArray:
    """Return the point of greatest likelihood, from a grid of starts."""
    starts = []
    for gamma in np.linspace(0.05, 0.95, 10):
        sigma2 = spread / (1.0 - 2.0 * gamma / np.pi)
        beta = ordinary.copy()
        beta[0] += sign * np.sqrt(2.0 * gamma * sigma2 / np.pi)
        starts.append(
            np.concatenate([beta, [np.log(sigma2), np.log(gamma / (1.0 - gamma))]])
        )
    arguments = (design, target, sign)
    starts.sort(key=lambda start: _minus_likelihood(start, *arguments))
    found = [
        minimize(
            _minus_likelihood, start, arguments, "BFGS", jac=_slope,
            options={"gtol": 1e-8, "maxiter": 500},
        )
        for start in starts[:3]
    ]  # fmt: skip
    best = min(found, key=lambda one: float(one.fun))
    point: FloatArray = best.x
    if not np.isfinite(best.fun) or np.abs(_slope(point, *arguments)).max() > 1e-2:
        raise DataQualityError(
            "the likelihood has no inner optimum (inefficiency without noise); "
            "expected both; use a frontier without noise"
        )
    return point


def _errors(
    point: FloatArray, design: FloatArray, target: FloatArray, sign: float
) -> FloatArray:
    """Return standard errors of the coefficients from the curvature."""
    step = 1e-5
    curvature = np.empty((point.size, point.size))
    for k in range(point.size):
        move = np.zeros(point.size)
        move[k] = step
        curvature[k] = (
            _slope(point + move, design, target, sign)
            - _slope(point - move, design, target, sign)
        ) / (2.0 * step)
    variance = np.diag(np.linalg.pinv((curvature + curvature.T) / 2.0))
    return np.sqrt(np.maximum(variance[:-2], 0.0))


def _efficiency(
    residuals: FloatArray, sigma2: float, gamma: float, sign: float
) -> FloatArray:
    """Return the expected efficiency given the residual (Battese, Coelli 1988)."""
    mean = -sign * residuals * gamma
    spread = np.sqrt(gamma * (1.0 - gamma) * sigma2)
    tail = log_ndtr(mean / spread - spread) - log_ndtr(mean / spread)
    return np.asarray(np.exp(-mean + spread**2 / 2.0 + tail))
