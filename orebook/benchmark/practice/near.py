"""What is near: distance of conditions, kernel weights, local lines, bandwidth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.process.contract import Array

__all__ = [
    "Space",
    "bandwidth",
    "curves",
    "effective",
    "kernel",
    "left_out",
    "local_line",
    "space",
    "weighted_quantile",
]

GRID = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0)
"""Bandwidths tried, in standard deviations [-]."""
RIDGE = 1e-6
CELLS = 5_000_000  # distances held at once [-]
TARGETS = 600  # records at which a bandwidth is judged [-]


@dataclass(frozen=True, slots=True)
class Space:
    """Conditions measured by Mahalanobis: ``(z - centre) @ turn`` has unit spread."""

    centre: Array
    turn: Array

    def of(self, z: Array) -> Array:
        """Return conditions as places in this space [-]."""
        return np.asarray((np.asarray(z, np.float64) - self.centre) @ self.turn)

    def distance(self, z: Array, at: Array) -> Array:
        """Return the Mahalanobis distance of records from a place [-]."""
        return np.asarray(np.linalg.norm(self.of(z) - self.of(at), axis=-1))


def space(z: Array) -> Space:
    """Return the space in which conditions have unit spread and no correlation.

    Parameters
    ----------
    z : array
        Conditions, shape (records, conditions).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(500, 2)) @ np.array([[3.0, 1.0], [0.0, 0.1]])
    >>> np.cov(space(z).of(z).T).round(3).tolist()
    [[1.0, -0.0], [-0.0, 1.0]]
    """
    x = np.asarray(z, np.float64)
    if x.shape[1] == 0:
        return Space(np.zeros(0), np.zeros((0, 0)))
    spread = np.maximum(x.std(axis=0, ddof=1), 1e-300)
    scaled = (x - x.mean(axis=0)) / spread
    cover = np.atleast_2d(np.cov(scaled.T)) + RIDGE * np.eye(x.shape[1])
    value, vector = np.linalg.eigh(cover)
    turn = vector / np.sqrt(np.maximum(value, RIDGE)) / spread[:, None]
    return Space(x.mean(axis=0), turn)


def kernel(distance: Array, width: float) -> Array:
    """Return Gaussian weights by distance, 1 at no distance [-].

    Examples
    --------
    >>> kernel(np.array([0.0, 1.0]), 1.0).round(4).tolist()
    [1.0, 0.6065]
    """
    return np.asarray(np.exp(-0.5 * (np.asarray(distance) / width) ** 2))


def effective(weights: Array) -> float:
    """Return to how many records of full weight the weights come [-].

    Notes
    -----
    (sum w)^2 / sum w^2; L. Kish, Survey Sampling, 1965.

    Examples
    --------
    >>> effective(np.array([1.0, 1.0, 1.0, 0.0]))
    3.0
    """
    square = float(weights @ weights)
    return float(weights.sum()) ** 2 / square if square > 0.0 else 0.0


def local_line(x: Array, y: Array, weights: Array) -> Array:
    """Return level and slopes of the weighted line through records, shape (1 + p,).

    Parameters
    ----------
    x : array
        Distances from the place looked at, shape (records, p).
    y, weights : array
        Figure and weight of each record.

    Examples
    --------
    >>> x = np.array([[-1.0], [0.0], [1.0]])
    >>> local_line(x, np.array([1.0, 3.0, 5.0]), np.ones(3)).round(6).tolist()
    [3.0, 2.0]
    """
    full = np.column_stack([np.ones(len(x)), x])
    scale = np.maximum(np.abs(full).max(axis=0), 1e-300)
    part = full / scale
    square = (part * weights[:, None]).T @ part
    ridge = 1e-10 * max(float(np.trace(square)), 1e-300)
    right = (part * weights[:, None]).T @ y
    found = np.linalg.solve(square + ridge * np.eye(len(square)), right)
    return np.asarray(found / scale)


def bandwidth(x: Array, y: Array, weights: Array | None = None) -> float:
    """Return the width at which local lines foretell a record left out best.

    Parameters
    ----------
    x : array
        Places with unit spread, shape (records, p).
    y : array
        What is to be foretold.
    weights : array, optional
        How much each record counts.

    Returns
    -------
    float
        One of :data:`GRID` [standard deviations].

    Notes
    -----
    Leave-one-out over local lines; at most 600 evenly spread records are judged, on
    all of them.

    References
    ----------
    .. [1] C. Daraio, L. Simar, Introducing environmental variables in nonparametric
       frontier models, J. Productivity Analysis 24 (2005) 93.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(300, 1))
    >>> bandwidth(x, np.sin(6 * x[:, 0]) + 0.1 * rng.normal(size=300)) <= 0.35
    True
    """
    n = len(x)
    if x.shape[1] == 0:
        return GRID[-1]
    own = np.ones(n) if weights is None else weights
    kept = np.flatnonzero(own > 0.0)
    at = kept[
        np.unique(
            np.linspace(
                0, kept.size - 1, min(kept.size, TARGETS, max(CELLS // n, 1)), dtype=int
            )
        )
    ]
    full = np.column_stack([np.ones(n), x])
    square = np.einsum("ni,nj->nij", full, full).reshape(n, -1)
    far = ((x[at][:, None, :] - x[None, :, :]) ** 2).sum(axis=2)
    best, least = GRID[-1], np.inf
    for width in GRID:
        near = np.exp(-0.5 * far / width**2) * own
        near[np.arange(at.size), at] = 0.0  # left out
        left = (near @ square).reshape(at.size, full.shape[1], full.shape[1])
        trace = np.trace(left, axis1=1, axis2=2)
        left += (1e-9 * trace + 1e-300)[:, None, None] * np.eye(full.shape[1])
        line = np.linalg.solve(left, (near @ (full * y[:, None]))[..., None])[..., 0]
        told = (line * full[at]).sum(axis=1)
        error = float(own[at] @ (y[at] - told) ** 2)
        if error < least:
            best, least = width, error
    return best


def left_out(x: Array, y: Array, width: float) -> Array:
    """Return what the other records foretell of each, by local lines.

    Parameters
    ----------
    x : array
        Places with unit spread, shape (records, p).
    y : array
        Figures to be foretold, shape (records, figures).
    width : float
        Bandwidth in standard deviations [-].

    Returns
    -------
    array
        Shape of ``y``.

    Examples
    --------
    >>> x = np.linspace(-1.0, 1.0, 21)[:, None]
    >>> bool(np.allclose(left_out(x, 3.0 * x, 0.5), 3.0 * x))
    True
    """
    n = len(x)
    full = np.column_stack([np.ones(n), x])
    p = full.shape[1]
    square = np.einsum("ni,nj->nij", full, full).reshape(n, -1)
    right = np.einsum("ni,nm->nim", full, y).reshape(n, -1)
    found = np.empty_like(y, dtype=np.float64)
    size = max(CELLS // n, 1)
    for start in range(0, n, size):
        at = np.arange(start, min(start + size, n))
        far = ((x[at][:, None, :] - x[None, :, :]) ** 2).sum(axis=2)
        near = np.exp(-0.5 * far / width**2)
        near[np.arange(at.size), at] = 0.0
        left = (near @ square).reshape(at.size, p, p)
        trace = np.trace(left, axis1=1, axis2=2)
        left += (1e-9 * trace + 1e-300)[:, None, None] * np.eye(p)
        line = np.linalg.solve(left, (near @ right).reshape(at.size, p, -1))
        found[at] = np.einsum("ni,nim->nm", full[at], line)
    return found


def curves(u: Array, y: Array, weights: Array, *, grid: Array, width: float) -> Array:
    """Return smooth curves of a figure over one setting, one per row of weights.

    Parameters
    ----------
    u, y : array
        Setting and figure of each record.
    weights : array
        Weight of each record, shape (curves, records).
    grid : array
        Where the curves are told.
    width : float
        Of the kernel, in the unit of the setting.

    Returns
    -------
    array
        Shape (curves, grid): local lines.

    Examples
    --------
    >>> u = np.linspace(0.0, 1.0, 11)
    >>> told = curves(u, 2 * u, np.ones((1, 11)), grid=np.array([0.5]), width=0.2)
    >>> told.round(6).tolist()
    [[1.0]]
    """
    away = u[:, None] - grid[None, :]
    near = kernel(away, width)
    s0, s1, s2 = (weights @ (near * away**k) for k in range(3))
    t0, t1 = (weights @ (near * away**k * y[:, None]) for k in range(2))
    level = t0 / np.maximum(s0, 1e-300)
    below = s0 * s2 - s1**2
    thin = below <= 1e-9 * np.maximum(s0, 1e-300) ** 2 * width**2
    line = (s2 * t0 - s1 * t1) / np.where(thin, 1.0, below)
    return np.asarray(np.where(thin, level, line))


def weighted_quantile(values: Array, weights: Array, share: float) -> float:
    """Return the value below which a share of the weight lies.

    Examples
    --------
    >>> weighted_quantile(np.array([1.0, 2.0, 3.0]), np.ones(3), 0.5)
    2.0
    """
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    middle = (total - 0.5 * weights[order]) / total[-1]
    return float(np.interp(share, middle, values[order]))
