"""What a unit has shown it can do under these conditions, corrected for luck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.benchmark.practice.near import weighted_quantile
from orebook.process.contract import Array

__all__ = ["Level", "level", "order_m", "replicate_noise"]

QUANTILE = 0.9
DRAWS = 25


@dataclass(frozen=True, slots=True)
class Level:
    """Own best under the same conditions.

    Parameters
    ----------
    mean : float
        Of the neighbours [CNY/t].
    quantile : float
        Quantile 90 as recorded [CNY/t].
    noise_sd : float
        What two records of the same conditions and settings differ by, in one of them
        [CNY/t].
    trust : float
        Share of the variance that is no noise, 0..1 [-].
    reference : float
        Quantile drawn back to the mean by that share [CNY/t].
    order_m : float
        The same for the expected best of 25 [CNY/t]: the partial frontier.
    """

    mean: float
    quantile: float
    noise_sd: float
    trust: float
    reference: float
    order_m: float

    def to_dict(self) -> dict[str, float]:
        """Return it as plain data with stable names."""
        return {
            "mean_cny_per_t": self.mean,
            "quantile90_cny_per_t": self.quantile,
            "noise_sd_cny_per_t": self.noise_sd,
            "trust": self.trust,
            "reference_cny_per_t": self.reference,
            "order_m_cny_per_t": self.order_m,
        }


def level(value: Array, weights: Array, noise: float) -> Level:
    """Return the own best of neighbours.

    Parameters
    ----------
    value : array
        Money per t, moved to the same conditions [CNY/t].
    weights : array
        How near each record is [-].
    noise : float
        Standard deviation of what is luck and metering [CNY/t].

    Notes
    -----
    reference = mean + (q90 - mean) s_true^2/(s_true^2 + s_noise^2): without it
    regression to the mean turns every golden period into a mirage.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> k = rng.normal(0.0, 1.0, 4000) + rng.normal(0.0, 1.0, 4000)
    >>> found = level(k, np.ones(4000), 1.0)
    >>> round(found.trust, 1), round(found.quantile, 1), round(found.reference, 1)
    (0.5, 1.8, 0.9)
    """
    share = weights / weights.sum()
    mean = float(share @ value)
    total = float(share @ (value - mean) ** 2)
    trust = max(0.0, 1.0 - noise**2 / total) if total > 0.0 else 0.0
    top = weighted_quantile(value, weights, QUANTILE)
    best = order_m(value, weights, DRAWS)
    return Level(
        mean, top, noise, trust, mean + trust * (top - mean),
        mean + trust * (best - mean),
    )  # fmt: skip


def order_m(value: Array, weights: Array, draws: int) -> float:
    """Return the expected best of so many records drawn by their weight [unit].

    Parameters
    ----------
    value, weights : array
        Figure of each record, and how near it is.
    draws : int
        Records drawn; more come nearer to the very best [-].

    Notes
    -----
    Exact for one output: the integral of the value over d F^m, F the weighted
    distribution; no draws are made.

    References
    ----------
    .. [1] C. Cazals, J.-P. Florens, L. Simar, Nonparametric frontier estimation: a
       robust approach, J. Econometrics 106 (2002) 1.

    Examples
    --------
    >>> round(order_m(np.array([1.0, 2.0]), np.ones(2), 2), 3)
    1.75
    """
    order = np.argsort(value, kind="stable")
    below = np.cumsum(weights[order]) / weights.sum()
    chance = np.diff(np.concatenate([[0.0], below**draws]))
    return float(chance @ value[order])


def replicate_noise(place: Array, value: Array, weights: Array) -> float:
    """Return the noise of records: what near twins differ by [unit of value].

    Parameters
    ----------
    place : array
        Conditions and settings with unit spread, shape (records, p).
    value : array
        Figure of each record.
    weights : array
        How much each record counts.

    Notes
    -----
    Half the mean square of the difference to the nearest other record; an upper
    bound where twins are not quite alike.

    References
    ----------
    .. [1] J. Rice, Bandwidth choice for nonparametric regression, Annals of
       Statistics 12 (1984) 1215.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> x = rng.uniform(size=(2000, 1))
    >>> k = 5.0 * x[:, 0] + rng.normal(0.0, 0.5, 2000)
    >>> round(replicate_noise(x, k, np.ones(2000)), 1)
    0.5
    """
    from scipy.spatial import cKDTree

    if place.shape[1] == 0:
        twin = np.roll(np.arange(len(value)), 1)
    else:
        near = np.asarray(cKDTree(place).query(place, k=2)[1])
        own = np.arange(len(value))
        twin = np.where(near[:, 1] == own, near[:, 0], near[:, 1])
    share = weights / weights.sum()
    return float(np.sqrt(0.5 * (share @ (value - value[twin]) ** 2)))
