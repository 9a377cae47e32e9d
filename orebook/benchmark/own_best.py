"""Own best under the same conditions: a quantile, shrunk for luck, no maximum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["FEWEST", "NEIGHBOURS", "OwnBest", "Past", "own_best"]

FEWEST = 6  # periods below which nothing is said [-]
NEIGHBOURS = 30  # periods nearest in their conditions that are looked at [-]
QUANTILE = 0.9


@dataclass(frozen=True, slots=True)
class Past:
    """An indicator in a period gone by.

    Parameters
    ----------
    period : str
        When.
    value, sd : float
        The figure, moved to the feed of the month judged, and its doubt [unit].
    conditions : tuple of float
        What nobody could choose: load, what the feed allows; each positive.
    """

    period: str
    value: float
    sd: float
    conditions: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnBest:
    """What a plant has shown it can do.

    Parameters
    ----------
    level : float
        Quantile of the nearest periods, shrunk towards their mean [unit].
    naive : float
        Best single period [unit]: what luck makes of it.
    trust : float
        Part of the spread that is no noise of metering, 0..1 [-].
    periods : int
        Periods looked at [-].
    widened : bool
        True where fewer than 30 were near, so that all were taken.
    """

    level: float
    naive: float
    trust: float
    periods: int
    widened: bool


def own_best(
    past: Sequence[Past],
    conditions: Sequence[float],
    better: Literal["lower", "higher"],
) -> OwnBest | None:
    """Return the own best of periods like this one; None for too few periods.

    Parameters
    ----------
    past : sequence of Past
        Earlier periods.
    conditions : sequence of float
        Those of the period judged, in the same order.
    better : {"lower", "higher"}
        Which direction is better.

    Notes
    -----
    ``level = mean + (q90 - mean) * s2_true / (s2_true + s2_noise)``: without the
    second factor a lucky month becomes a target nobody can repeat.

    References
    ----------
    .. [1] B. Efron, C. Morris, "Stein's estimation rule and its competitors", 1973.

    Examples
    --------
    >>> months = [Past(f"2026-{k:02d}", 100.0 + k, 0.0) for k in range(1, 12)]
    >>> own_best(months, (), "lower").level
    102.0
    >>> noisy = [Past(p.period, p.value, 100.0) for p in months]
    >>> own_best(noisy, (), "lower").level
    106.0
    """
    if len(past) < FEWEST:
        return None
    near = _nearest(past, conditions)
    values = np.array([p.value for p in near])
    share = QUANTILE if better == "higher" else 1.0 - QUANTILE
    mean, spread = float(values.mean()), float(values.var(ddof=1))
    noise = float(np.mean([p.sd**2 for p in near]))
    trust = max(0.0, spread - noise) / spread if spread > 0.0 else 0.0
    top = float(np.quantile(values, share))
    naive = values.max() if better == "higher" else values.min()
    return OwnBest(
        level=mean + trust * (top - mean),
        naive=float(naive),
        trust=trust,
        periods=len(near),
        widened=len(past) < NEIGHBOURS,
    )


def _nearest(past: Sequence[Past], conditions: Sequence[float]) -> list[Past]:
    """Return the periods nearest in their conditions, each over its own spread."""
    if len(past) <= NEIGHBOURS or not conditions:
        return list(past)
    table = np.array([p.conditions for p in past])
    spread = table.std(axis=0)
    scaled = (table - np.asarray(conditions)) / np.where(spread > 0.0, spread, 1.0)
    order = np.argsort((scaled**2).sum(axis=1), kind="stable")[:NEIGHBOURS]
    return [past[int(k)] for k in sorted(order)]
