"""Random paths of prices: drift, volatility, mean reversion, correlation, seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.chain.series import PriceSeries
from orebook.errors import DataQualityError, InputError
from orebook.plan.conditions import FloatArray

__all__ = ["Factor", "PriceModel", "estimate", "multipliers"]

LEAST_MONTHS = 13
"""Months of history below which no volatility is estimated [-]."""


@dataclass(frozen=True, slots=True)
class Factor:
    """How one price series moves.

    Parameters
    ----------
    series : str
        Id of the series.
    volatility : float
        Standard deviation of the logarithm over a year, at least 0 [1/sqrt(a)].
    drift : float
        Growth of the expected price over a year [1/a].
    reversion : float
        Speed at which the logarithm returns to its expected way; 0 lets it wander
        [1/a].
    """

    series: str
    volatility: float
    drift: float = 0.0
    reversion: float = 0.0


@dataclass(frozen=True)
class PriceModel:
    """How several price series move together.

    Parameters
    ----------
    factors : tuple of Factor
        One each series.
    correlation : array of float, shape (factors, factors)
        Of the shocks of one instant [-].

    Raises
    ------
    InputError
        If a figure is out of range or the correlation is none.
    """

    factors: tuple[Factor, ...]
    correlation: FloatArray

    def __post_init__(self) -> None:
        """Check the figures."""
        for f in self.factors:
            if not (f.volatility >= 0.0 and f.reversion >= 0.0):
                raise InputError(
                    f"series {f.series}: volatility {f.volatility}, reversion "
                    f"{f.reversion}; expected at least 0; correct them"
                )
        size, matrix = len(self.factors), self.correlation
        square = matrix.shape == (size, size) and np.allclose(matrix, matrix.T)
        if not square or not np.allclose(np.diag(matrix), 1.0):
            raise InputError(
                f"correlation of shape {matrix.shape} is not symmetric with ones on "
                f"its diagonal; expected {size} x {size}; correct it"
            )
        if size and np.linalg.eigvalsh(matrix)[0] < -1e-8:
            raise InputError(
                "the correlations contradict each other (no joint distribution has "
                "them); expected a positive semidefinite matrix; bring them nearer to 0"
            )

    def to_dict(self) -> dict[str, object]:
        """Return the model as plain data."""
        return {
            "factors": [
                {name: getattr(f, name) for name in f.__slots__} for f in self.factors
            ],
            "correlation": self.correlation.tolist(),
        }


def multipliers(
    model: PriceModel, years: Sequence[float], *, count: int, seed: int
) -> FloatArray:
    """Return random paths as multiples of the price known today.

    Parameters
    ----------
    model : PriceModel
        How the series move.
    years : sequence of float
        Time from today to the middle of each period, rising, above 0 [a].
    count : int
        Number of paths [-].
    seed : int
        Same seed, same paths [-].

    Returns
    -------
    array of float, shape (paths, factors, periods)
        The mean over all paths tends to ``exp(drift * years)`` [-].

    Notes
    -----
    The logarithm X of the multiple is an Ornstein-Uhlenbeck process around its
    expected way, stepped exactly: over dt it keeps ``exp(-k dt)`` of where it was and
    gains a normal shock of variance ``s^2 (1 - exp(-2 k dt)) / (2 k)`` (``s^2 dt``
    without reversion: geometric Brownian motion). Half its variance is taken off, so
    that reversion and volatility leave the mean where the drift puts it. The shocks
    of two series with reversion k, l have the covariance
    ``r s t (1 - exp(-(k + l) dt)) / (k + l)``.

    References
    ----------
    .. [1] E. S. Schwartz, "The stochastic behavior of commodity prices", Journal of
       Finance 52, 1997 (model 1).

    Examples
    --------
    >>> calm = PriceModel((Factor("al", 0.0, drift=0.05),), np.ones((1, 1)))
    >>> multipliers(calm, [1.0, 2.0], count=1, seed=1).round(4).tolist()
    [[[1.0513, 1.1052]]]
    """
    random = np.random.default_rng(seed)
    volatility = np.array([f.volatility for f in model.factors])
    speed = np.array([f.reversion for f in model.factors])
    drift = np.array([f.drift for f in model.factors])
    size = len(model.factors)
    place, variance, before = np.zeros((count, size)), np.zeros(size), 0.0
    found = np.empty((count, size, len(years)))
    pair = speed[:, None] + speed[None, :]
    spread = model.correlation * np.outer(volatility, volatility)
    for t, now in enumerate(years):
        step = now - before
        if step <= 0.0:
            raise InputError(f"times {list(years)}; expected rising from above 0 [a]")
        kept = np.exp(-speed * step)
        with np.errstate(invalid="ignore", divide="ignore"):
            length = np.where(pair > 0.0, -np.expm1(-pair * step) / pair, step)
        shocks = random.standard_normal((count, size)) @ _root(spread * length).T
        place = place * kept + shocks
        variance = variance * kept**2 + np.diag(spread * length)
        found[:, :, t] = np.exp(drift * now - variance / 2.0 + place)
        before = now
    return found


def _root(covariance: FloatArray) -> FloatArray:
    """Return a square root of a positive semidefinite matrix."""
    value, vector = np.linalg.eigh(covariance)
    return np.asarray(vector * np.sqrt(np.maximum(value, 0.0)))


def estimate(
    series: Mapping[str, PriceSeries], names: Sequence[str], *, until: str
) -> PriceModel:
    """Return the volatility and correlation of the months known so far.

    Parameters
    ----------
    series : mapping
        Price series by id.
    names : sequence of str
        Those to estimate.
    until : str
        Last month ``YYYY-MM`` that may be used.

    Returns
    -------
    PriceModel
        Without drift and reversion, which a few years of months cannot show.

    Raises
    ------
    DataQualityError
        If a series has fewer than 13 months in common with the others.

    Notes
    -----
    From the logarithmic changes of the months all series have, with their mean taken
    off; a year has twelve.
    """
    tables = {n: {m: v for m, v in series[n].values if m <= until} for n in names}
    months = sorted(set.intersection(*(set(t) for t in tables.values())))
    if len(months) < LEAST_MONTHS:
        raise DataQualityError(
            f"the price series {', '.join(names)} have {len(months)} months up to "
            f"{until} in common; expected at least {LEAST_MONTHS}; import more, or "
            "state the volatility in a model file: --model FILE.toml"
        )
    logs = np.log([[tables[n][m] for m in months] for n in names])
    changes = np.diff(logs, axis=1)
    deviation = changes.std(axis=1, ddof=1)
    scale = np.where(deviation > 0.0, deviation, 1.0)
    centred = (changes - changes.mean(axis=1, keepdims=True)) / scale[:, None]
    correlation = centred @ centred.T / (changes.shape[1] - 1)
    np.fill_diagonal(correlation, 1.0)
    factors = tuple(
        Factor(n, float(d) * 12.0**0.5) for n, d in zip(names, deviation, strict=True)
    )
    return PriceModel(factors, np.asarray(correlation, np.float64))
