"""The window of a setting: where it pays to stay, judged on other records.

A window is looked for on one half of the blocks of time and judged on the other, both
ways. What it gains is therefore not what luck made of the best records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orebook.benchmark.practice.near import (
    bandwidth,
    curves,
    local_line,
    weighted_quantile,
)
from orebook.process.contract import Array

__all__ = ["BAND", "Trial", "Window", "false_discovery", "parted", "windows"]

Blocks = NDArray[np.int64]

GOLDEN = 0.9  # quantile of the curve from which a record counts as golden [-]
BAND = (0.1, 0.9)
DRAWS = 200  # of the block bootstrap [-]
POINTS = 41  # at which a curve is told [-]
DISCOVERY = 0.1
WIDEST = 1.0  # bandwidth of a curve, sd of the setting: wider ones miss how it bends


@dataclass(frozen=True, slots=True)
class Trial:
    """What windows are looked for in.

    Parameters
    ----------
    settings : array
        Shape (records, settings) [unit of each].
    value : array
        Money per t, moved to the same conditions [CNY/t].
    weights, recent : array
        How near each record is; the same for what counts as practised now, 0 before.
    blocks : array
        Number of the block of time each record lies in [-].
    seed : int
        Of the bootstrap.
    """

    settings: Array
    value: Array
    weights: Array
    recent: Array
    blocks: Blocks
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """The window of one setting.

    Parameters
    ----------
    low, middle, high : float
        10, 50 and 90 % of the setting in golden records [unit].
    rest_low, rest_middle, rest_high : float
        The same in the rest.
    gain : float
        Of staying inside against what is practised now, from the other half
        [CNY/t].
    sd : float
        Standard deviation of the gain [CNY/t].
    chance : float
        Share of bootstraps without any gain [-].
    kept : bool
        Whether it is significant at 10 % of false discoveries.
    draws : array
        Gain in each bootstrap [CNY/t].
    """

    low: float
    middle: float
    high: float
    rest_low: float
    rest_middle: float
    rest_high: float
    gain: float
    sd: float
    chance: float
    kept: bool
    draws: Array

    @property
    def credible(self) -> float:
        """Gain drawn back by its own doubt: what luck made significant is less."""
        if self.gain <= 0.0:
            return 0.0
        return self.gain * max(0.0, 1.0 - (self.sd / self.gain) ** 2)


def windows(trial: Trial) -> tuple[Window, ...]:
    """Return the window of every setting, kept or not.

    Parameters
    ----------
    trial : Trial
        Records near the conditions looked at.

    Notes
    -----
    Each setting is judged on what is left of the value when the straight and the
    square part of the other settings are taken away, by a smooth curve over it.
    """
    count = trial.settings.shape[1]
    draws = _bootstrap(trial.blocks, trial.seed)
    left = parted(trial.settings, trial.value, trial.weights)
    found = [_window(trial, left[:, j], j, draws) for j in range(count)]
    good = false_discovery([w.chance for w in found], DISCOVERY)
    return tuple(replace(w, kept=k) for w, k in zip(found, good, strict=True))


def parted(settings: Array, value: Array, weights: Array) -> Array:
    """Return the value without the parts of the other settings, a column for each.

    Parameters
    ----------
    settings : array
        Shape (records, settings).
    value, weights : array
        Money per t, and weight, of each record.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> u = rng.normal(size=(500, 2))
    >>> left = parted(u, u[:, 0] + 5.0 * u[:, 1] ** 2, np.ones(500))
    >>> bool(np.corrcoef(left[:, 0], u[:, 0])[0, 1] > 0.999)
    True
    """
    scaled = _scaled(settings, weights)
    count = settings.shape[1]
    line = local_line(np.column_stack([scaled, scaled**2]), value, weights)
    own = scaled * line[1 : 1 + count] + scaled**2 * line[1 + count :]
    return np.asarray(value[:, None] - own.sum(axis=1)[:, None] + own)


def _scaled(settings: Array, weights: Array) -> Array:
    share = weights / weights.sum()
    middle = share @ settings
    spread = np.sqrt(share @ (settings - middle) ** 2)
    return np.asarray((settings - middle) / np.maximum(spread, 1e-300))


def _bootstrap(blocks: Blocks, seed: int) -> Array:
    """Return how often each record is drawn, whole blocks at a time; first as it is."""
    rng = np.random.default_rng(seed)
    names, place = np.unique(blocks, return_inverse=True)
    odd = names % 2 == 1
    drawn = np.zeros((DRAWS, names.size))
    for half in (odd, ~odd):
        size = int(half.sum())
        if size:
            drawn[:, half] = rng.multinomial(size, np.full(size, 1.0 / size), DRAWS)
    return np.vstack([np.ones(names.size), drawn])[:, place]


def _window(trial: Trial, left: Array, j: int, draws: Array) -> Window:
    u, w = trial.settings[:, j], trial.weights
    share = w / w.sum()
    spread = float(np.sqrt(share @ (u - share @ u) ** 2))
    width = spread * min(bandwidth(u[:, None] / spread, left, w), WIDEST)
    grid = np.linspace(
        weighted_quantile(u, w, 0.01), weighted_quantile(u, w, 0.99), POINTS
    )
    odd = trial.blocks % 2 == 1
    one, two = (
        curves(u, left, draws * (w * half), grid=grid, width=width)
        for half in (odd, ~odd)
    )
    gains = 0.5 * (
        _judged(trial, u, draws * (w * odd), grid, (one, two))
        + _judged(trial, u, draws * (w * ~odd), grid, (two, one))
    )
    inside = _golden(u, w, grid, 0.5 * (one[0] + two[0]))
    low, high = _band(u, w * inside)
    rest = w * ~inside
    return Window(
        low, weighted_quantile(u, w * inside, 0.5), high,
        weighted_quantile(u, rest, BAND[0]), weighted_quantile(u, rest, 0.5),
        weighted_quantile(u, rest, BAND[1]),
        float(gains[0]), float(gains[1:].std(ddof=1)),
        float((np.sum(gains[1:] <= 0.0) + 1.0) / len(draws)), False, gains[1:],
    )  # fmt: skip


def _judged(
    trial: Trial, u: Array, weights: Array, grid: Array, told: tuple[Array, Array]
) -> Array:
    """Return the gain of each draw: window by one curve, judged by the other."""
    found, judge = told
    gains = np.empty(len(weights))
    for k, (own, curve) in enumerate(zip(weights, found, strict=True)):
        golden = own * _golden(u, own, grid, curve)
        if not golden.sum() > 0.0:
            gains[k] = 0.0
            continue
        low, high = _band(u, golden)
        held = trial.weights * ((u >= low) & (u <= high))
        gains[k] = judge[k] @ _lever(u, grid, held, trial.recent)
    return gains


def _golden(u: Array, weights: Array, grid: Array, curve: Array) -> NDArray[np.bool_]:
    """Return which records lie where a curve is highest."""
    told, counts = np.interp(u, grid, curve), weights > 0.0
    if not counts.any():
        return counts
    least = weighted_quantile(told[counts], weights[counts], GOLDEN)
    return np.asarray(told >= min(least, told[counts].max()))


def _band(u: Array, weights: Array) -> tuple[float, float]:
    low, high = (weighted_quantile(u, weights, share) for share in BAND)
    return low, high


def _lever(u: Array, grid: Array, inside: Array, now: Array) -> Array:
    """Return the weights on a curve's points that tell inside less now."""

    def spread(weights: Array) -> Array:
        total = weights.sum()
        if total <= 0.0:
            return np.zeros(grid.size)
        step = grid[1] - grid[0]
        at = np.clip((u - grid[0]) / step, 0.0, grid.size - 1.0)
        below = np.minimum(at.astype(int), grid.size - 2)
        part = at - below
        found = np.bincount(below, weights * (1.0 - part), grid.size)
        found = found + np.bincount(below + 1, weights * part, grid.size)
        return np.asarray(found / total)

    return np.asarray(spread(inside) - spread(now))


def false_discovery(chances: list[float], share: float) -> list[bool]:
    """Return which findings stand when so great a share of them may be false.

    Parameters
    ----------
    chances : list of float
        Chance of each under no effect [-].
    share : float
        Of false ones among those kept [-].

    References
    ----------
    .. [1] Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, J. Royal
       Statistical Society B 57 (1995) 289.

    Examples
    --------
    >>> false_discovery([0.01, 0.5, 0.06], 0.1)
    [True, False, True]
    """
    order = np.argsort(chances, kind="stable")
    limit = share * np.arange(1, len(chances) + 1) / max(len(chances), 1)
    passed = np.flatnonzero(np.asarray(chances)[order] <= limit)
    last = int(passed[-1]) + 1 if passed.size else 0
    kept = set(order[:last].tolist())
    return [k in kept for k in range(len(chances))]
