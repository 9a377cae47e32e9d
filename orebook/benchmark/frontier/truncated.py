"""Regression of what is above a limit only, many samples at once."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from orebook.benchmark.frontier.batch import BoolArray, FloatArray

__all__ = ["draw_above", "truncated_regression"]

_STEPS = 200
_LIMIT = 1.0
"""Scores are shares turned over: none is below one [-]."""


def draw_above(
    mean: FloatArray, sigma: float, samples: int, rng: np.random.Generator
) -> FloatArray:
    """Draw from normal distributions cut off below one.

    Parameters
    ----------
    mean : array, shape (units,)
        Means before the cut [-].
    sigma : float
        Standard deviation before the cut [-].
    samples : int
        How many draws of all units [-].
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    array, shape (samples, units)
        Draws, none below 1 [-].

    Examples
    --------
    >>> drawn = draw_above(np.array([0.0, 2.0]), 1.0, 100, np.random.default_rng(0))
    >>> drawn.shape, bool(drawn.min() >= 1.0)
    ((100, 2), True)
    """
    share = ndtr((mean - _LIMIT) / sigma)
    chance = 1.0 - rng.random((samples, mean.size))
    drawn = mean - sigma * ndtri(np.maximum(chance * share, 1e-300))
    return np.maximum(drawn, _LIMIT)


def truncated_regression(
    design: FloatArray, target: FloatArray, used: BoolArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return coefficients of ``target = design b + e`` seen only above one.

    Parameters
    ----------
    design : array, shape (units, terms)
        Regressors, with their constant.
    target : array, shape (samples, units)
        What they explain, in each sample [-].
    used : array of bool, shape (samples, units)
        Which units count.

    Returns
    -------
    coefficients : array, shape (samples, terms)
        Estimates [-].
    sigma : array, shape (samples,)
        Standard deviation before the cut [-].
    found : array of bool, shape (samples,)
        Where the likelihood has an inner optimum.

    Notes
    -----
    In ``a = b / s**2`` and ``c = 1 / s**2`` the likelihood of a normal that is cut off
    is an exponential family, so it is concave: Newton with halved steps finds its one
    optimum.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> z = np.column_stack([np.ones(4000), rng.uniform(0.0, 1.0, 4000)])
    >>> y = draw_above(z @ np.array([1.0, 0.5]), 0.3, 1, rng)
    >>> beta, sigma, found = truncated_regression(z, y, y > 1.0)
    >>> beta.round(1).tolist(), sigma.round(1).tolist(), found.tolist()
    ([[1.0, 0.5]], [0.3], [True])
    """
    weight = used.astype(float)
    point = _start(design, target, weight)
    value = _likelihood(point, design, target, weight)
    found = np.zeros(len(target), dtype=bool)
    for _ in range(_STEPS):
        slope, curve = _slopes(point, design, target, weight)
        step = _solve(curve, slope)
        gain = (slope * step).sum(axis=1)
        found |= gain < 1e-12
        if found.all():
            break
        length = np.where(found, 0.0, 1.0)
        for _ in range(30):
            tried = point + length[:, None] * step
            good = tried[:, -1] > 0.0
            safe = np.where(good[:, None], tried, point)
            here = _likelihood(safe, design, target, weight)
            better = good & (here >= value - 1e-12 * np.abs(value))
            if (better | (length == 0.0)).all():
                break
            length = np.where(better, length, length / 2.0)
        else:
            safe, here = (
                np.where(better[:, None], safe, point),
                np.where(better, here, value),
            )
        point, value = safe, here
    sigma = 1.0 / np.sqrt(point[:, -1])
    return point[:, :-1] * sigma[:, None] ** 2, sigma, found


def _solve(curve: FloatArray, slope: FloatArray) -> FloatArray:
    """Return Newton steps; a little ridge where the curvature vanishes."""
    size = np.trace(curve, axis1=1, axis2=2) / curve.shape[1]
    ridge = 1e-12 * np.maximum(size, 1e-12)
    eye = np.eye(curve.shape[1])
    return np.linalg.solve(curve + ridge[:, None, None] * eye, slope[:, :, None])[
        :, :, 0
    ]


def _start(design: FloatArray, target: FloatArray, weight: FloatArray) -> FloatArray:
    """Return least squares of each sample as a first point."""
    square = np.einsum("bn,nk,nl->bkl", weight, design, design)
    right = np.einsum("bn,nk->bk", weight * target, design)
    beta = _solve(square, right)
    rest = (target - beta @ design.T) ** 2
    variance = (weight * rest).sum(axis=1) / weight.sum(axis=1)
    c = 1.0 / np.maximum(variance, 1e-8)
    return np.concatenate([beta * c[:, None], c[:, None]], axis=1)


def _likelihood(
    point: FloatArray, design: FloatArray, target: FloatArray, weight: FloatArray
) -> FloatArray:
    c = point[:, -1:]
    eta = point[:, :-1] @ design.T
    mean = eta / c
    part = target * eta - 0.5 * c * target**2 - 0.5 * mean * eta
    part += 0.5 * np.log(c / (2.0 * np.pi)) - log_ndtr((mean - _LIMIT) * np.sqrt(c))
    return np.asarray((weight * part).sum(axis=1))


def _slopes(
    point: FloatArray, design: FloatArray, target: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the gradient, and the curvature with a minus, of each sample."""
    c = point[:, -1:]
    sigma = 1.0 / np.sqrt(c)
    mean = (point[:, :-1] @ design.T) / c
    at = (mean - _LIMIT) / sigma
    mills = np.exp(-0.5 * at**2 - 0.5 * np.log(2.0 * np.pi) - log_ndtr(at))
    moments = [np.ones_like(mean), mean + sigma * mills]
    for k in (2, 3, 4):
        moments.append(
            (k - 1) * sigma**2 * moments[k - 2] + mean * moments[k - 1] + sigma * mills
        )
    _, one, two, three, four = moments
    by_eta, by_c = target - one, -0.5 * (target**2 - two)
    slope = np.concatenate(
        [(weight * by_eta) @ design, (weight * by_c).sum(axis=1, keepdims=True)], axis=1
    )
    spread = np.maximum(two - one**2, 0.0)
    cross = -0.5 * (three - one * two)
    last = 0.25 * np.maximum(four - two**2, 0.0)
    terms = design.shape[1]
    curve = np.empty((len(point), terms + 1, terms + 1))
    curve[:, :terms, :terms] = np.einsum(
        "bn,nk,nl->bkl", weight * spread, design, design
    )
    curve[:, :terms, terms] = curve[:, terms, :terms] = (weight * cross) @ design
    curve[:, terms, terms] = (weight * last).sum(axis=1)
    return slope, curve
