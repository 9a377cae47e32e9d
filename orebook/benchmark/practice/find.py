"""Own best practice: comparable records, own best without luck, windows of settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from orebook.benchmark.control.autocorrelation import ar1
from orebook.benchmark.practice.near import (
    Space,
    bandwidth,
    effective,
    kernel,
    left_out,
    local_line,
    space,
)
from orebook.benchmark.practice.reference import Level, level, replicate_noise
from orebook.benchmark.practice.window import Trial, Window, windows
from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = [
    "FEWEST",
    "WANTED",
    "Baseline",
    "Evidence",
    "Naive",
    "Search",
    "inside",
    "naive",
    "search",
]

FEWEST = 12  # records below which nothing is said [-]
WANTED = 30  # neighbours below which the circle is widened [-]
RECENT = 1.0 / 3.0  # last share of the records that counts as practised now [-]
CIRCLE = 1.0  # least bandwidth of the circle windows are judged in [-]
ENOUGH = 10.0  # records for each figure of a curved baseline [-]
VALID = 1.5  # bandwidths around the conditions within which a card is valid [-]
INTERVAL = (0.1, 0.9)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Records to search, in order of time.

    Parameters
    ----------
    days : array
        Time of each, days since 1970 [d].
    conditions, settings : array
        Shape (records, conditions) and (records, settings) [unit of each].
    value : array
        Money per t at one set of prices [CNY/t]; more is better.
    tonnes : array
        What the money is per [t], or ones.
    """

    days: Array
    conditions: Array
    settings: Array
    value: Array
    tonnes: Array


@dataclass(frozen=True, slots=True)
class Naive:
    """What a look at the best would promise.

    Parameters
    ----------
    record, month : float
        Best record, and best calendar month, less the mean of all [CNY/t].
    month_name : str
        That month.
    """

    record: float
    month: float
    month_name: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is to be expected of a record by its conditions, as practised before.

    Parameters
    ----------
    at : tuple of float
        Conditions looked at [unit of each].
    level : float
        Money per t there [CNY/t].
    slopes : tuple of float
        Change per unit of each condition [CNY/t per unit].
    bends : tuple of tuple of float
        Change per product of two conditions, one row each; empty for few records.
    sd : float
        Doubt of the level [CNY/t].
    centre, turn : tuple
        Of the space distances are measured in.
    radius : float
        Distance from ``at`` to which it is valid [-].
    """

    at: tuple[float, ...]
    level: float
    slopes: tuple[float, ...]
    bends: tuple[tuple[float, ...], ...]
    sd: float
    centre: tuple[float, ...]
    turn: tuple[tuple[float, ...], ...]
    radius: float

    def expected(self, conditions: Array) -> Array:
        """Return the money per t to be expected [CNY/t]."""
        away = np.asarray(conditions) - np.asarray(self.at)
        straight = self.level + away @ np.asarray(self.slopes)
        if not self.bends:
            return np.asarray(straight)
        bent = np.einsum("ni,ij,nj->n", away, np.asarray(self.bends), away)
        return np.asarray(straight + bent)

    def valid(self, conditions: Array) -> NDArray[np.bool_]:
        """Return which conditions are near enough."""
        if not self.at:
            return np.ones(len(conditions), bool)
        measured = Space(np.asarray(self.centre), np.asarray(self.turn))
        far = measured.distance(conditions, np.asarray(self.at))
        return np.asarray(far <= self.radius)


@dataclass(frozen=True, slots=True)
class Search:
    """What was found.

    Parameters
    ----------
    records : int
        Records searched [-].
    neighbours : float
        To how many of full weight they come [-].
    widened : bool
        True where the circle had to be widened to hold 30.
    width : float
        Bandwidth in standard deviations of the conditions [-].
    baseline : Baseline
        What was practised under these conditions.
    low, high : tuple of float
        Range of each condition that the neighbours cover [unit].
    best : Level
        Own best, corrected for luck.
    naive : Naive
        What the best record and month would promise.
    windows : tuple of Window
        One a setting, kept or not.
    used : tuple of bool
        Windows that are kept and that the process model lets count.
    gain : tuple of float
        Expected of the kept windows, with its 80 % limits [CNY/t].
    adherence : float or None
        Share of recent neighbours inside all kept windows [-].
    weights, recent : array
        Of the records; for tests and pictures.
    """

    records: int
    neighbours: float
    widened: bool
    width: float
    baseline: Baseline
    low: tuple[float, ...]
    high: tuple[float, ...]
    best: Level
    naive: Naive
    windows: tuple[Window, ...]
    used: tuple[bool, ...]
    gain: tuple[float, float, float]
    adherence: float | None
    weights: Array = field(repr=False)
    recent: Array = field(repr=False)


def search(
    evidence: Evidence,
    at: Array | None = None,
    *,
    allowed: Callable[[tuple[Window, ...]], Sequence[bool]] | None = None,
    noise: float | None = None,
    seed: int = 1,
) -> Search:
    """Search records for the practice that pays under comparable conditions.

    Parameters
    ----------
    evidence : Evidence
        At least 12 records; settings and conditions that vary.
    at : array, optional
        Conditions looked at; the median of the last third where not given.
    allowed : callable, optional
        Windows to whether the process model lets each count; all do where not given.
    noise : float, optional
        Standard deviation of luck and metering [CNY/t]; from near twins otherwise.
    seed : int
        Of the bootstrap.

    Raises
    ------
    InputError
        If there are too few records.

    Notes
    -----
    Level by a kernel with a leave-one-out bandwidth, the value moved to the conditions
    looked at by the slopes of a local line that knows the settings too. Windows by a
    wider circle, of at least one standard deviation, on what the value has beyond its
    conditions: how a setting acts changes less with the conditions than the level.
    """
    count = len(evidence.value)
    if count < FEWEST:
        raise InputError(
            f"{count} records can be used: expected at least {FEWEST}, better "
            f"{WANTED} and more; give records of shifts or campaigns (--records FILE)"
        )
    place = space(evidence.conditions)
    recent = np.arange(count) >= count - max(ceil(RECENT * count), FEWEST // 2)
    where = np.median(evidence.conditions[recent], axis=0) if at is None else at
    weights, width, widened = _weights(evidence, place, where)
    moved = _moved(evidence, where, weights)
    blocks = _blocks(moved)
    wide = kernel(place.distance(evidence.conditions, where), max(width, CIRCLE))
    now = wide * recent if effective(wide * recent) >= FEWEST else wide
    free = _freed(evidence, place, wide, width)
    found = (
        windows(Trial(evidence.settings, free, wide, now, blocks, seed))
        if evidence.settings.shape[1]
        else ()
    )
    scaled = _places(evidence, place)
    luck = replicate_noise(scaled, moved, weights) if noise is None else noise
    best = level(moved, weights, luck)
    lets = [True] * len(found) if allowed is None else allowed(found)
    use = [w.kept and bool(let) for w, let in zip(found, lets, strict=True)]
    base = _baseline(evidence, place, where, (wide, now), VALID * max(width, CIRCLE))
    near = base.valid(evidence.conditions)
    covered = evidence.conditions[near] if near.any() else evidence.conditions
    return Search(
        count, effective(weights), widened, width, base,
        _floats(covered.min(axis=0)), _floats(covered.max(axis=0)),
        best, naive(evidence), found, tuple(use), _gain(found, use),
        _adherence(evidence.settings, found, use, now), weights, now,
    )  # fmt: skip


def _weights(
    evidence: Evidence, place: Space, where: Array
) -> tuple[Array, float, bool]:
    """Return weights by nearness, the bandwidth, and whether it was widened."""
    if evidence.conditions.shape[1] == 0:
        return np.ones(len(evidence.value)), 1.0, False
    width = bandwidth(place.of(evidence.conditions), evidence.value)
    far = place.distance(evidence.conditions, where)
    wanted = min(WANTED, 0.8 * len(far))
    widened = False
    while effective(kernel(far, width)) < wanted and width < 1e3:
        width, widened = 1.25 * width, True
    return kernel(far, width), width, widened


def _baseline(
    evidence: Evidence,
    place: Space,
    where: Array,
    weights: tuple[Array, Array],
    radius: float,
) -> Baseline:
    """Return the money per t by conditions as practised: now, if that is enough."""
    away = evidence.conditions - where
    count = away.shape[1]
    pairs = [(i, j) for i in range(count) for j in range(i, count)]
    size = 1 + count + len(pairs)
    all_, now = weights
    chosen = now if effective(now) >= ENOUGH * size else all_
    bent = bool(pairs) and effective(chosen) >= ENOUGH * size
    squares = [away[:, i] * away[:, j] for i, j in pairs] if bent else []
    full = np.column_stack([away, *squares, np.empty((len(away), 0))])
    line = local_line(full, evidence.value, chosen)
    bends = np.zeros((count, count))
    for (i, j), bend in zip(pairs if bent else (), line[1 + count :], strict=True):
        bends[i, j] = bend
    rest = evidence.value - line[0] - full @ line[1:]
    return Baseline(
        _floats(where), float(line[0]), _floats(line[1 : 1 + count]),
        tuple(_floats(row) for row in bends) if bent else (),
        _doubt(rest, chosen / chosen.sum(), _blocks(rest)), _floats(place.centre),
        tuple(_floats(row) for row in place.turn), radius,
    )  # fmt: skip


def _moved(evidence: Evidence, where: Array, weights: Array) -> Array:
    """Return the value moved to the place by the slopes of its conditions."""
    away = evidence.conditions - where
    spread = np.maximum(evidence.settings.std(axis=0), 1e-300)
    scaled = (evidence.settings - evidence.settings.mean(axis=0)) / spread
    full = np.column_stack([away, scaled, scaled**2])
    line = local_line(full, evidence.value, weights)
    return np.asarray(evidence.value - away @ line[1 : 1 + away.shape[1]])


def _freed(evidence: Evidence, place: Space, weights: Array, width: float) -> Array:
    """Return the value without what its own conditions make of it.

    Conditions are taken out of the value and of the settings alike, by records left
    out; what the settings then explain is put back (Robinson, Econometrica 56 (1988)
    931).
    """
    if not evidence.conditions.shape[1]:
        return evidence.value
    spread = np.maximum(evidence.settings.std(axis=0), 1e-300)
    scaled = (evidence.settings - evidence.settings.mean(axis=0)) / spread
    part = np.column_stack([scaled, scaled**2])
    both = np.column_stack([evidence.value, part])
    told = left_out(place.of(evidence.conditions), both, width)
    rest = both - told
    line = local_line(rest[:, 1:], rest[:, 0], weights)
    return np.asarray(rest[:, 0] + told[:, 1:] @ line[1:])


def _blocks(moved: Array) -> NDArray[np.int64]:
    """Return the block of each record: long enough for values that hang together."""
    r = max(ar1(moved), 0.0)
    stretch = (2.0 * r / (1.0 - r * r)) ** (2.0 / 3.0) if r else 0.0
    length = max(2, round((1.0 + stretch) * len(moved) ** (1.0 / 3.0) / 2.0))
    length = min(length, max(1, len(moved) // 8))
    return np.asarray(np.arange(len(moved)) // length, np.int64)


def _doubt(moved: Array, share: Array, blocks: NDArray[np.int64]) -> float:
    """Return the standard deviation of a weighted mean, blocks taken whole."""
    away = share * (moved - share @ moved)
    return float(np.sqrt(np.sum(np.bincount(blocks, away) ** 2)))


def _places(evidence: Evidence, place: Space) -> Array:
    spread = np.maximum(evidence.settings.std(axis=0), 1e-300)
    return np.column_stack([place.of(evidence.conditions), evidence.settings / spread])


def naive(evidence: Evidence) -> Naive:
    """Return what the best record and the best month would promise.

    Parameters
    ----------
    evidence : Evidence
        All records, whatever their conditions.
    """
    total = float(np.average(evidence.value, weights=evidence.tonnes))
    months = evidence.days.astype("datetime64[D]").astype("datetime64[M]")
    means = {
        str(m): float(
            np.average(
                evidence.value[months == m], weights=evidence.tonnes[months == m]
            )
        )
        for m in np.unique(months)
    }
    name = max(means, key=lambda m: means[m])
    return Naive(float(evidence.value.max()) - total, means[name] - total, name)


def _gain(found: tuple[Window, ...], use: list[bool]) -> tuple[float, float, float]:
    """Return the sum over kept windows, each drawn back by its own doubt."""
    kept = [w for w, u in zip(found, use, strict=True) if u]
    if not kept:
        return 0.0, 0.0, 0.0
    total = sum(w.credible for w in kept)
    draws = np.sum([w.draws * (w.credible / w.gain) for w in kept], axis=0)
    low, high = np.quantile(draws, INTERVAL)
    return total, float(low), float(high)


def inside(
    settings: Array, found: tuple[Window, ...], use: Sequence[bool]
) -> NDArray[np.bool_]:
    """Return which records lie in all windows used.

    Parameters
    ----------
    settings : array
        Shape (records, settings) [unit of each].
    found : tuple of Window
        One a setting.
    use : sequence of bool
        Which of them count.
    """
    held = np.ones(len(settings), bool)
    for j, (w, used) in enumerate(zip(found, use, strict=True)):
        if used:
            held &= (settings[:, j] >= w.low) & (settings[:, j] <= w.high)
    return held


def _adherence(
    settings: Array, found: tuple[Window, ...], use: list[bool], now: Array
) -> float | None:
    if not any(use):
        return None
    return float(now @ inside(settings, found, use) / now.sum())


def _floats(values: Array) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
