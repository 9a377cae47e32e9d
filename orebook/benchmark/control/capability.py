"""Capability: how the spread of an indicator compares with the limits it must meet."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import gammaincinv, ndtri

from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = ["Capability", "Interval", "Spec", "capability"]

TAILS = (0.00135, 0.5, 0.99865)  # what +-3 sd hold of a normal distribution [-]
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Spec:
    """Limits an indicator must meet [unit]; None where there is none."""

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        """Refuse limits that no value can meet."""
        if self.low is None and self.high is None:
            raise InputError(
                "capability needs a limit; expected --spec-low, --spec-high or both; "
                "give at least one"
            )
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise InputError(
                f"limits {self.low:g}..{self.high:g} hold nothing; expected the low "
                "one below the high one; exchange them"
            )


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its confidence limits [-]; None where it has no meaning."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """Return it as plain data."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Capability:
    """Capability and performance of an indicator.

    Parameters
    ----------
    cp, cpk : Interval
        By the spread within groups.
    pp, ppk : Interval
        By the spread of all values.
    percentile_pp, percentile_ppk : float or None
        By the percentiles 0.135, 50 and 99.865, whatever the distribution.
    within, overall : float
        The two standard deviations [unit].
    confidence : float
        Of the limits [-].
    outside : float
        Share of the values outside the limits [-].
    """

    cp: Interval
    cpk: Interval
    pp: Interval
    ppk: Interval
    percentile_pp: float | None
    percentile_ppk: float | None
    within: float
    overall: float
    confidence: float
    outside: float

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "cp": self.cp.to_dict(),
            "cpk": self.cpk.to_dict(),
            "pp": self.pp.to_dict(),
            "ppk": self.ppk.to_dict(),
            "percentile_pp": self.percentile_pp,
            "percentile_ppk": self.percentile_ppk,
            "sd_within": self.within,
            "sd_overall": self.overall,
            "confidence": self.confidence,
            "outside_share": self.outside,
        }


def capability(
    values: Array,
    spec: Spec,
    *,
    within: float,
    freedom: float | None = None,
    confidence: float = 0.95,
) -> Capability:
    """Return capability with its confidence limits.

    Parameters
    ----------
    values : array
        All values, groups one after the other [unit].
    spec : Spec
        What they must meet; a side that is None counts for nothing.
    within : float
        Standard deviation within groups, from a chart [unit].
    freedom : float, optional
        Degrees of freedom behind ``within``; n - 1 where not given [-].
    confidence : float
        Of the two-sided limits [-].

    Raises
    ------
    InputError
        If there are fewer than ten values, or all are equal.

    Notes
    -----
    Cp limits by chi-square; Cpk limits by Bissell, z sqrt(1/(9 n Cpk^2) + 1/(2 v)).
    ISO 22514-2 for the percentile method.

    References
    ----------
    .. [1] A. F. Bissell, How reliable is your capability index?, Applied Statistics
       39 (1990) 331.

    Examples
    --------
    >>> x = np.tile([9.0, 10.0, 11.0], 10)
    >>> found = capability(x, Spec(7.0, 13.0), within=1.0)
    >>> found.cp.value, found.cpk.value
    (1.0, 1.0)
    """
    x = np.asarray(values, np.float64)
    overall = float(x.std(ddof=1)) if x.size > 1 else 0.0
    if x.size < FEWEST or overall <= 0.0 or within <= 0.0:
        raise InputError(
            f"capability of {x.size} values with spread {overall:g}: expected at least "
            f"{FEWEST} values that differ; take a longer series"
        )
    mean, free = float(x.mean()), float(x.size - 1)
    alpha, given = 1.0 - confidence, free if freedom is None else freedom

    def pair(sd: float, v: float) -> tuple[Interval, Interval]:
        wide = _wide(spec, sd)
        return _spread(wide, v, alpha), _bissell(
            _nearest(spec, mean, sd), x.size, v, alpha
        )

    cp, cpk = pair(within, given)
    pp, ppk = pair(overall, free)
    return Capability(
        cp, cpk, pp, ppk, *_by_percentiles(x, spec), within, overall, confidence,
        _outside(x, spec),
    )  # fmt: skip


def _wide(spec: Spec, sd: float) -> float | None:
    if spec.low is None or spec.high is None:
        return None
    return (spec.high - spec.low) / (6.0 * sd)


def _nearest(spec: Spec, mean: float, sd: float) -> float:
    sides = []
    if spec.high is not None:
        sides.append((spec.high - mean) / (3.0 * sd))
    if spec.low is not None:
        sides.append((mean - spec.low) / (3.0 * sd))
    return min(sides)


def _spread(value: float | None, freedom: float, alpha: float) -> Interval:
    if value is None:
        return Interval(None)
    low, high = (
        2.0 * float(gammaincinv(freedom / 2.0, share))
        for share in (alpha / 2.0, 1.0 - alpha / 2.0)
    )
    return Interval(value, value * sqrt(low / freedom), value * sqrt(high / freedom))


def _bissell(value: float, n: int, freedom: float, alpha: float) -> Interval:
    z = float(ndtri(1.0 - alpha / 2.0))
    half = z * sqrt(1.0 / (9.0 * n) + value**2 / (2.0 * freedom))
    return Interval(value, value - half, value + half)


def _by_percentiles(x: Array, spec: Spec) -> tuple[float | None, float | None]:
    low, middle, high = (float(v) for v in np.quantile(x, TAILS))
    two = spec.low is not None and spec.high is not None and high > low
    wide = (spec.high - spec.low) / (high - low) if two else None  # type: ignore[operator]
    sides = []
    if spec.high is not None and high > middle:
        sides.append((spec.high - middle) / (high - middle))
    if spec.low is not None and middle > low:
        sides.append((middle - spec.low) / (middle - low))
    return wide, min(sides) if sides else None


def _outside(x: Array, spec: Spec) -> float:
    over = np.zeros(x.size, bool)
    if spec.high is not None:
        over |= x > spec.high
    if spec.low is not None:
        over |= x < spec.low
    return float(over.mean())
