"""How sure a score is: the smoothed bootstrap of Simar and Wilson."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from orebook.benchmark.frontier.batch import BoolArray, FloatArray
from orebook.benchmark.frontier.checks import check
from orebook.benchmark.frontier.data import FactorsLike, factors, unit_names
from orebook.benchmark.frontier.directional import distance
from orebook.benchmark.frontier.kernel import Engine
from orebook.benchmark.frontier.replicate import replicated
from orebook.benchmark.frontier.technology import Returns, check_returns, technology
from orebook.errors import InputError

__all__ = ["Bootstrap", "bandwidth", "bootstrap", "smoothed"]


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Scores with their bias and interval.

    Parameters
    ----------
    units : tuple of str
        Names of the units.
    orientation : {"input", "output"}
        Side that is measured.
    scores : array, shape (units,)
        Share of the frontier, 1 on it: input scores, or one over output scores [-].
    bias : array, shape (units,)
        How much too good the frontier of a sample makes them look [-].
    corrected : array, shape (units,)
        Without the bias where it can be told from noise; else as they are [-].
    is_corrected : array of bool, shape (units,)
        Where the bias exceeds a quarter of the spread.
    low, high : array, shape (units,)
        Interval [-].
    level : float
        Its probability [-].
    spread : array, shape (units,)
        Standard deviation of the replicates [-].
    bandwidth : float
        Of the smoothing [-].
    samples, seed : int
        How many replicates, from which seed [-].
    worst : float
        Largest gap or violation among the replicates certified in full [-].
    """

    units: tuple[str, ...]
    orientation: Literal["input", "output"]
    scores: FloatArray
    bias: FloatArray
    corrected: FloatArray
    is_corrected: BoolArray
    low: FloatArray
    high: FloatArray
    level: float
    spread: FloatArray
    bandwidth: float
    samples: int
    seed: int
    worst: float

    def summary(self) -> str:
        """Return it in a few lines."""
        return (
            f"bootstrap of {self.samples} samples (seed {self.seed}, bandwidth "
            f"{self.bandwidth:.4f}): mean score {self.scores.mean():.4f}, corrected "
            f"{self.corrected.mean():.4f}; {self.level:.0%} intervals on average "
            f"{(self.high - self.low).mean():.4f} wide; {int(self.is_corrected.sum())} "
            f"of {len(self.units)} corrected; certificate {self.worst:.1e}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        names = ("scores", "bias", "corrected", "low", "high", "spread")
        return {
            "orientation": self.orientation,
            "samples": self.samples,
            "seed": self.seed,
            "level": self.level,
            "bandwidth": self.bandwidth,
            "units": [
                {"unit": unit}
                | {
                    name.removesuffix("s") if name == "scores" else name: float(
                        getattr(self, name)[i]
                    )
                    for name in names
                }
                for i, unit in enumerate(self.units)
            ],
            "worst": self.worst,
        }


def bandwidth(scores: FloatArray) -> float:
    """Return the bandwidth of scores reflected at one, by Silverman's rule [-].

    Parameters
    ----------
    scores : array
        Shares of the frontier, at most one [-].

    Notes
    -----
    ``1.06 min(s, IQR / 1.349) (2n)^(-1/5)`` of the reflected scores ``{t, 2 - t}``,
    scores of one left out, rescaled to all ``n`` (Simar, Wilson 1998).

    Examples
    --------
    >>> round(bandwidth(np.array([0.5, 0.6, 0.7, 0.8, 1.0])), 4)
    0.2317
    """
    inner = scores[scores < 1.0 - 1e-9]
    if inner.size < 2:
        raise InputError(
            f"{inner.size} of {scores.size} units are inside the frontier; expected at "
            "least 2 to learn from; use more units or fewer factors"
        )
    reflected = np.concatenate([inner, 2.0 - inner])
    deviation = reflected.std(ddof=1)
    low, high = np.quantile(reflected, [0.25, 0.75])
    many = 2 * inner.size
    h = 1.06 * min(deviation, (high - low) / 1.349) * many ** (-0.2)
    every = np.concatenate([scores, 2.0 - scores]).std(ddof=1)
    rescale = (many / (2.0 * scores.size)) ** 0.2 * every / deviation
    return float(h * rescale)


def smoothed(
    scores: FloatArray, samples: int, h: float, rng: np.random.Generator
) -> FloatArray:
    """Draw scores from the smoothed distribution of those found.

    Parameters
    ----------
    scores : array, shape (units,)
        Shares of the frontier, at most one [-].
    samples : int
        How many draws of all units [-].
    h : float
        Bandwidth [-].
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    array, shape (samples, units)
        Draws in (0, 1] with the mean and variance of the scores [-].

    Examples
    --------
    >>> scores = np.array([0.5, 0.7, 1.0])
    >>> drawn = smoothed(scores, 4000, 0.05, np.random.default_rng(1))
    >>> bool(drawn.max() <= 1.0), round(float(drawn.mean()), 1)
    (True, 0.7)
    """
    count = scores.size
    drawn = scores[rng.integers(0, count, (samples, count))]
    noisy = drawn + h * rng.standard_normal((samples, count))
    centre = drawn.mean(axis=1, keepdims=True)
    shrunk = centre + (noisy - centre) / np.sqrt(1.0 + h**2 / scores.var())
    inside = np.where(shrunk <= 1.0, shrunk, 2.0 - shrunk)
    # A draw at nought or below has no meaning; the least score found bounds it.
    return np.asarray(np.maximum(inside, scores.min() / 10.0))


def bootstrap(
    inputs: FactorsLike,
    outputs: FactorsLike,
    *,
    returns: Returns = "vrs",
    orientation: Literal["input", "output"] = "input",
    samples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
    h: float | None = None,
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> Bootstrap:
    """Return scores with bias and interval by the smoothed homogeneous bootstrap.

    Parameters
    ----------
    inputs, outputs : array, mapping or table
        As for `frontier` [unit of the factor].
    returns : {"vrs", "crs", "nirs", "ndrs"}
        Returns to scale.
    orientation : {"input", "output"}
        Side that is measured.
    samples : int
        Replicates [-].
    level : float
        Probability of the interval [-].
    seed : int
        Of chance; the same seed gives the same bytes [-].
    h : float, optional
        Bandwidth; by `bandwidth` otherwise [-].
    units : sequence of str, optional
        Names of the units.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    Bootstrap
        Bias is taken off only where it exceeds a quarter of the spread.

    Raises
    ------
    InputError
        Figures or options make it impossible.

    Notes
    -----
    Simar, Wilson 1998. To draw from the scores as they are (naive bootstrap) is
    inconsistent and not offered. Inefficiency is taken as independent of size and mix.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> x = rng.uniform(1.0, 9.0, 30)
    >>> y = x**0.6 * np.exp(-rng.exponential(0.2, 30))
    >>> found = bootstrap(x, y, samples=200, engine="numpy")
    >>> bool((found.corrected <= found.scores).all())
    True
    """
    check_returns(returns)
    x, y = factors(inputs, "input"), factors(outputs, "output")
    names = unit_names(len(x.values), units, x, y)
    check(x, y, names)
    if returns == "fdh" or orientation not in ("input", "output"):
        raise InputError(
            f"bootstrap with returns {returns!r}, orientation {orientation!r}; "
            "expected crs, vrs, nirs or ndrs, and 'input' or 'output'; choose those"
        )
    if samples < 100 or not 0.5 <= level < 1.0:
        raise InputError(
            f"{samples} samples at level {level:g}; expected at least 100 samples and "
            "a level from 0.5 to below 1; try 2000 and 0.95"
        )
    tech = technology(x.values, y.values, returns)
    at = tech.scaled(x.values, y.values)
    along = (at[0], 0.0 * at[1]) if orientation == "input" else (0.0 * at[0], at[1])
    first = distance(tech, at, along, itself=np.arange(len(names)), engine=engine)
    scores = np.minimum(_share(first.beta, orientation), 1.0)
    width = bandwidth(scores) if h is None else h
    drawn = smoothed(scores, samples, width, np.random.default_rng(seed))
    factor = scores / drawn if orientation == "input" else drawn / scores
    beta, worst = replicated(tech, factor, orientation=orientation, engine=engine)
    again = _share(beta, orientation)
    bias, spread = again.mean(axis=0) - scores, again.std(axis=0, ddof=1)
    telling = np.abs(bias) > spread / 4.0
    low, high = np.quantile(
        again - scores, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0
    )
    return Bootstrap(
        names, orientation, scores, bias, np.where(telling, scores - bias, scores),
        telling, scores - high, scores - low, level, spread, width, samples, seed,
        worst,
    )  # fmt: skip


def _share(beta: FloatArray, orientation: str) -> FloatArray:
    """Return the share of the frontier that belongs to steps."""
    return np.asarray(1.0 - beta if orientation == "input" else 1.0 / (1.0 + beta))
