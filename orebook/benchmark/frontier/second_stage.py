"""What lies behind inefficiency: the double bootstrap of Simar and Wilson."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from orebook.benchmark.frontier.batch import FloatArray
from orebook.benchmark.frontier.checks import check
from orebook.benchmark.frontier.data import FactorsLike, factors, unit_names
from orebook.benchmark.frontier.directional import distance
from orebook.benchmark.frontier.kernel import Engine
from orebook.benchmark.frontier.replicate import replicated
from orebook.benchmark.frontier.technology import Returns, technology
from orebook.benchmark.frontier.truncated import draw_above, truncated_regression
from orebook.errors import DataQualityError, InputError

__all__ = ["SecondStage", "second_stage"]


@dataclass(frozen=True, slots=True, eq=False)
class SecondStage:
    """How conditions go with inefficiency.

    Parameters
    ----------
    units, terms : tuple of str
        Names of the units, and of the constant and the conditions.
    scores, corrected : array, shape (units,)
        Inefficiency, 1 on the frontier and more inside, before and after the bias is
        taken off [-].
    coefficients, low, high : array, shape (terms,)
        Change of inefficiency per unit of a condition, with its interval [1/unit].
    sigma : float
        Standard deviation of what the conditions do not explain [-].
    level : float
        Probability of the interval [-].
    samples : tuple of int
        Samples of the first and second loop [-].
    lost : int
        Samples of the second loop without an inner optimum; left out [-].
    seed : int
        Of chance [-].
    worst : float
        Largest gap or violation among the replicates certified in full [-].
    """

    units: tuple[str, ...]
    terms: tuple[str, ...]
    scores: FloatArray
    corrected: FloatArray
    coefficients: FloatArray
    low: FloatArray
    high: FloatArray
    sigma: float
    level: float
    samples: tuple[int, int]
    lost: int
    seed: int
    worst: float

    def summary(self) -> str:
        """Return the coefficients in a few lines."""
        lines = [
            f"second stage of {len(self.units)} units: inefficiency "
            f"{self.corrected.mean():.4f} without bias ({self.scores.mean():.4f} with)"
        ]
        lines += [
            f"  {name}: {value:.4f} ({self.level:.0%}: {low:.4f} to {high:.4f})"
            for name, value, low, high in zip(
                self.terms, self.coefficients, self.low, self.high, strict=True
            )
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "coefficients": {
                name: {"value": float(v), "low": float(lo), "high": float(hi)}
                for name, v, lo, hi in zip(
                    self.terms, self.coefficients, self.low, self.high, strict=True
                )
            },
            "sigma": self.sigma,
            "level": self.level,
            "samples": list(self.samples),
            "lost": self.lost,
            "seed": self.seed,
            "units": [
                {"unit": u, "score": float(s), "corrected": float(c)}
                for u, s, c in zip(self.units, self.scores, self.corrected, strict=True)
            ],
            "worst": self.worst,
        }


def second_stage(
    inputs: FactorsLike,
    outputs: FactorsLike,
    conditions: FactorsLike,
    *,
    returns: Returns = "vrs",
    orientation: Literal["input", "output"] = "output",
    samples: tuple[int, int] = (100, 2000),
    level: float = 0.95,
    seed: int = 0,
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> SecondStage:
    """Return how conditions go with inefficiency, by the double bootstrap.

    Parameters
    ----------
    inputs, outputs : array, mapping or table
        As for `frontier` [unit of the factor].
    conditions : array, mapping or table
        What nobody in the unit chooses, such as ore grade [unit of the condition].
    returns : {"vrs", "crs", "nirs", "ndrs"}
        Returns to scale.
    orientation : {"input", "output"}
        Side that is measured.
    samples : pair of int
        Of the loop that takes the bias off, and of that for the intervals [-].
    level : float
        Probability of the intervals [-].
    seed : int
        Of chance [-].
    units : sequence of str, optional
        Names of the units.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    SecondStage
        Coefficients of inefficiency (1 and more); above nought it makes worse.

    Raises
    ------
    InputError
        Conditions are collinear or too many for the units inside the frontier.
    DataQualityError
        The likelihood has no inner optimum.

    Notes
    -----
    Simar, Wilson 2007, algorithm 2. A Tobit of raw scores is wrong: scores are
    estimates, biased and tied to each other, and are cut off, not censored, at one.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> z, x = rng.uniform(0.0, 1.0, 60), rng.uniform(1.0, 9.0, 60)
    >>> y = x / (1.0 + 0.8 * z + 0.1 * np.abs(rng.standard_normal(60)))
    >>> found = second_stage(x, y, {"grade": z}, returns="crs", samples=(50, 200))
    >>> bool(found.low[1] > 0.0)
    True
    """
    x, y = factors(inputs, "input"), factors(outputs, "output")
    z = factors(conditions, "condition")
    names = unit_names(len(x.values), units, x, y, z)
    check(x, y, names)
    tech = technology(x.values, y.values, returns)
    at = tech.scaled(x.values, y.values)
    inward = orientation == "input"
    along = (at[0], 0.0 * at[1]) if inward else (0.0 * at[0], at[1])
    first = distance(tech, at, along, itself=np.arange(len(names)), engine=engine)
    scores = np.maximum(_turned(first.beta, inward), 1.0)
    design = _design(z.values, scores, z.names)
    rng = np.random.default_rng(seed)
    inside = scores > 1.0 + 1e-9
    beta, sigma = _one(design, scores, inside)
    drawn = draw_above(design @ beta, sigma, samples[0], rng)
    factor = drawn / scores if inward else scores / drawn
    steps, worst = replicated(tech, factor, orientation=orientation, engine=engine)
    corrected = 2.0 * scores - _turned(steps, inward).mean(axis=0)
    beta, sigma = _one(design, corrected, corrected > 1.0)
    drawn = draw_above(design @ beta, sigma, samples[1], rng)
    again, _, found = truncated_regression(
        design, drawn, np.ones(drawn.shape, dtype=bool)
    )
    low, high = np.quantile(
        again[found] - beta, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0
    )
    return SecondStage(
        names, ("constant", *z.names), scores, corrected, beta, beta - high, beta - low,
        sigma, level, samples, int((~found).sum()), seed, worst,
    )  # fmt: skip


def _turned(beta: FloatArray, inward: bool) -> FloatArray:
    """Return inefficiency, one on the frontier and more inside."""
    return 1.0 / (1.0 - beta) if inward else 1.0 + beta


def _design(z: FloatArray, scores: FloatArray, names: tuple[str, ...]) -> FloatArray:
    """Return the regressors with a constant, or say why there can be none."""
    design = np.column_stack([np.ones(len(z)), z])
    if not np.isfinite(z).all():
        raise InputError("a condition is missing; expected numbers; supply it")
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise InputError(
            f"conditions {', '.join(names)} are constant or collinear; expected each "
            "to move by itself; leave one out"
        )
    inside = int((scores > 1.0 + 1e-9).sum())
    if inside < design.shape[1] + 5:
        raise InputError(
            f"{inside} units inside the frontier for {design.shape[1]} coefficients; "
            f"expected at least {design.shape[1] + 5}; take more units or fewer factors"
        )
    return design


def _one(
    design: FloatArray, scores: FloatArray, used: np.ndarray
) -> tuple[FloatArray, float]:
    """Return the estimate of one sample."""
    beta, sigma, found = truncated_regression(design, scores[None], used[None])
    if not found[0]:
        raise DataQualityError(
            "the regression of what lies above one has no inner optimum; expected "
            "inefficiency that thins out away from the frontier; use fewer conditions "
            "or more units"
        )
    return beta[0], float(sigma[0])
