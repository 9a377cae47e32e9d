"""A tuning as a value: estimates, their doubt, before and after, what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.evaluate.tuning.constants import Constant
from orebook.evaluate.tuning.identify import Held
from orebook.evaluate.tuning.months import Excluded
from orebook.evaluate.tuning.words import lines

__all__ = ["Estimate", "Indicator", "Point", "Tuning"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A fitted constant.

    Parameters
    ----------
    constant : Constant
        Which; its ``start`` is the value before.
    value, standard_error : float
        Estimate and one standard deviation [unit of the constant].
    low, high : float
        Interval of the confidence asked for, cut at the bounds [unit of the constant].
    bound : str or None
        ``low`` or ``high`` where the estimate lies on a bound of its range.
    """

    constant: Constant
    value: float
    standard_error: float
    low: float
    high: float
    bound: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of one month: measured, and as the process makes it.

    Parameters
    ----------
    period, row : str
        Month; stream id, or ``balance MATERIAL@PLACE``.
    measured, sd : float
        Reconciled figure and its standard deviation [unit of the stream].
    before, after : float
        As the process makes it at the constants before and after [unit of the stream].
    weight : float
        What it counted; below 1 where a robust fit took it for a gross error [-].
    """

    period: str
    row: str
    measured: float
    sd: float
    before: float
    after: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Indicator:
    """How far the process is from one stream over all months.

    Parameters
    ----------
    row, unit : str
        Stream id or balance; unit of the figures.
    count : int
        Months measured [-].
    mean : float
        Mean of the figures [unit].
    rmse_before, rmse_after : float
        Root mean square of measured less predicted [unit].
    """

    row: str
    unit: str
    count: int
    mean: float
    rmse_before: float
    rmse_after: float


@dataclass(frozen=True, eq=False)
class Tuning:
    """Constants of a group of units fitted to closed months.

    Parameters
    ----------
    units : tuple of str
        Units that feel the constants.
    estimates : tuple of Estimate
        Constants fitted.
    held : tuple of Held
        Constants that keep their value, and why.
    months : tuple of (str, str)
        Months used, with the hash of each close.
    excluded : tuple of Excluded
        Months set aside, with the reason.
    chi2_before, chi2_after : float
        Sum of squared residuals, each in its standard deviations [-].
    freedom : int
        Degrees of freedom [-].
    correlation : array, shape (p, p)
        Between the estimates [-].
    condition : float
        Largest over smallest singular value of the slopes by prior standard
        deviations [-].
    jacobian_error : float
        Largest change of the slopes with three times the difference step, relative to
        the largest slope [-].
    points, indicators : tuple
        Before and after, by month and stream, and over all months.
    rms_before, rms_after, rms_left_out : float
        Root mean square of the residuals of each month in the part of their doubt that
        changes monthly, lasting errors as the other months tell them: with the
        constants before, after, and with constants fitted to the other months [-].
    options : mapping
        ``ridge``, ``robust``, ``lasting``, ``confidence``.
    converged : bool
        Whether the search ended by itself.
    simulated : bool
        Whether any month rests on simulated readings.
    """

    units: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    held: tuple[Held, ...]
    months: tuple[tuple[str, str], ...]
    excluded: tuple[Excluded, ...]
    chi2_before: float
    chi2_after: float
    freedom: int
    correlation: Floats
    condition: float
    jacobian_error: float
    points: tuple[Point, ...]
    indicators: tuple[Indicator, ...]
    rms_before: float
    rms_after: float
    rms_left_out: float
    options: Mapping[str, float | bool]
    converged: bool = True
    simulated: bool = False

    @property
    def overfits(self) -> bool:
        """Whether months not used are predicted worse than before the fit."""
        return self.rms_left_out > self.rms_before

    @property
    def values(self) -> dict[str, dict[str, float]]:
        """Fitted constants by unit and name [unit of each]."""
        found: dict[str, dict[str, float]] = {}
        for e in self.estimates:
            found.setdefault(e.constant.unit, {})[e.constant.name] = e.value
        return found

    def summary(self, lang: str = "en") -> str:
        """Return the tuning in a few lines of text, ``"zh"`` or ``"en"``."""
        return "\n".join(lines(self, lang))

    def to_dict(self) -> dict[str, object]:
        """Return the tuning as plain data with stable names."""
        return {
            "units": list(self.units),
            "constants": [_estimate(e) for e in self.estimates],
            "held": [
                {**_constant(h.constant), "reason": h.reason, "alike": list(h.alike)}
                for h in self.held
            ],
            "months": [{"period": p, "hash": h} for p, h in self.months],
            "excluded": [
                {"period": x.period, "reason": x.reason, "detail": x.detail}
                for x in self.excluded
            ],
            "chi2_before": self.chi2_before,
            "chi2_after": self.chi2_after,
            "degrees_of_freedom": self.freedom,
            "correlation": self.correlation.tolist(),
            "condition": self.condition,
            "jacobian_error": self.jacobian_error,
            "rms_before": self.rms_before,
            "rms_after": self.rms_after,
            "rms_left_out": self.rms_left_out,
            "overfits": self.overfits,
            "indicators": [_fields(i) for i in self.indicators],
            "points": [_fields(p) for p in self.points],
            "options": dict(self.options),
            "converged": self.converged,
            "simulated": self.simulated,
        }


def _fields(value: Indicator | Point) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


def _constant(c: Constant) -> dict[str, object]:
    return {"unit": c.unit, "constant": c.name, "of": c.of, "before": c.start}


def _estimate(e: Estimate) -> dict[str, object]:
    c = e.constant
    return {
        **_constant(c),
        "value": e.value,
        "standard_error": e.standard_error,
        "low": e.low,
        "high": e.high,
        "bound": e.bound,
        "range": [c.low, c.high],
        "prior_sd": c.prior_sd,
    }
