"""Payout curves as a scheme file says them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from orebook.reward.curve import Curve, dead_band, piecewise
from orebook.reward.part import Number, Part
from orebook.reward.payout_truthful import (
    JointBaseCurve,
    OsbandReichelsteinCurve,
    WeitzmanCurve,
)


class CurvePart(Part):
    """What every payout curve may say: a floor and a cap of the payout.

    Parameters
    ----------
    floor, cap : float, optional
        Lowest and highest payout [-].
    """

    floor: Number | None = None
    cap: Number | None = None

    @model_validator(mode="after")
    def _floor_below_cap(self) -> Self:
        if self.floor is not None and self.cap is not None and self.floor > self.cap:
            msg = f"floor {self.floor:g} lies above cap {self.cap:g}"
            raise ValueError(msg)
        return self


class PiecewiseCurve(CurvePart):
    """A curve through points.

    Parameters
    ----------
    points : tuple of pair of float
        (attainment, payout), attainment rising [-].
    below, above : {"hold", "extend"} or float
        Beyond the ends: hold the last payout, extend the last piece, or (below) a
        payout of its own [-].
    jump : bool
        Must be true if `below` makes a step, so that no step is made unawares.
    """

    kind: Literal["piecewise"] = "piecewise"
    points: Annotated[tuple[tuple[Number, Number], ...], Field(min_length=1)]
    below: Literal["hold", "extend"] | Number = "hold"
    above: Literal["hold", "extend"] = "hold"
    jump: bool = False

    @model_validator(mode="after")
    def _rising_and_joined(self) -> Self:
        xs = [x for x, _ in self.points]
        if sorted(set(xs)) != xs:
            msg = f"attainments {xs} must rise from point to point"
            raise ValueError(msg)
        if "extend" in (self.below, self.above) and len(xs) == 1:
            msg = "one point has no piece to extend; give two points or more"
            raise ValueError(msg)
        x, y = self.points[0]
        if not isinstance(self.below, str) and self.below != y and not self.jump:
            msg = (
                f"the curve steps from {self.below:g} to {y:g} at {x:g}; steps invite "
                "shifting results between months: join the curve or say jump = true"
            )
            raise ValueError(msg)
        return self

    def build(self) -> Curve:
        """Return the curve before floor and cap."""
        curve = piecewise(self.points)
        first, last = curve.slopes(curve.xs[0])[1], curve.slopes(curve.xs[-1])[0]
        if not isinstance(self.below, str):
            return piecewise(
                self.points,
                below=self.below,
                slope_right=last if self.above == "extend" else 0.0,
            )
        return piecewise(
            self.points,
            slope_left=first if self.below == "extend" else 0.0,
            slope_right=last if self.above == "extend" else 0.0,
        )


class LinearCurve(CurvePart):
    """A straight line: base + slope (attainment - at).

    Parameters
    ----------
    at, base, slope : float
        A point of the line and its slope [-].
    """

    kind: Literal["linear"]
    at: Number = 1.0
    base: Number = 1.0
    slope: Number

    def build(self) -> Curve:
        """Return the curve before floor and cap."""
        return Curve((self.at,), (self.base,), self.slope, self.slope)


class AsymmetricCurve(CurvePart):
    """Two slopes that meet at a point.

    Parameters
    ----------
    at, base : float
        The point [-].
    slope_below, slope_above : float
        Payout lost per attainment below, and gained above [-].
    """

    kind: Literal["asymmetric"]
    at: Number = 1.0
    base: Number = 1.0
    slope_below: Number
    slope_above: Number

    def build(self) -> Curve:
        """Return the curve before floor and cap."""
        return Curve((self.at,), (self.base,), self.slope_below, self.slope_above)


class DeadBandCurve(CurvePart):
    """Flat between two bounds, straight outside.

    Parameters
    ----------
    low, high : float
        Bounds of the flat part [-].
    base : float
        Payout within the bounds [-].
    slope_below, slope_above : float
        Payout lost per attainment below, and gained above [-].
    """

    kind: Literal["dead_band"]
    low: Number
    high: Number
    base: Number = 1.0
    slope_below: Number
    slope_above: Number

    @model_validator(mode="after")
    def _low_below_high(self) -> Self:
        if self.low > self.high:
            msg = f"dead band from {self.low:g} to {self.high:g}: low above high"
            raise ValueError(msg)
        return self

    def build(self) -> Curve:
        """Return the curve before floor and cap."""
        return dead_band(
            self.low,
            self.high,
            base=self.base,
            slope_below=self.slope_below,
            slope_above=self.slope_above,
        )


CurveSpec = Annotated[
    PiecewiseCurve
    | LinearCurve
    | AsymmetricCurve
    | DeadBandCurve
    | WeitzmanCurve
    | OsbandReichelsteinCurve
    | JointBaseCurve,
    Field(discriminator="kind"),
]
