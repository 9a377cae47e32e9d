"""Payout curves that hang on the team's own report: the honest one pays best.

With the report given, each of the three rules is a curve with one corner at most, so
that settlement, explanation and marginal pay need nothing of their own for them. A
floor or cap on such a curve would buy false reports, so none can be stated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from orebook.errors import InputError
from orebook.reward.curve import Curve
from orebook.reward.part import Number, Part, Positive
from orebook.reward.truthful import JointBase, Weitzman

Array = NDArray[np.float64]


class TruthfulPart(Part, ABC):
    """What the truth-inducing curves share: payout of the report that is the target.

    Parameters
    ----------
    base : float
        Payout where report and value both stand at the target [-].
    """

    base: Number = 1.0

    @abstractmethod
    def corner(self, report: ArrayLike, start: float) -> tuple[Array, Array, Array]:
        """Return the payout of a value equal to the report, and the slopes beside it.

        Parameters
        ----------
        report : array
            Attainment of the report [-].
        start : float
            Attainment at the target [-].

        Returns
        -------
        tuple of ndarray
            Payout, slope below and slope above [-].
        """

    def build_at(self, report: float, start: float) -> Curve:
        """Return the curve for a report.

        Parameters
        ----------
        report, start : float
            Attainment of the report, and at the target [-].
        """
        value, left, right = map(float, self.corner(report, start))
        return Curve((report,), (value,), left, right)


class WeitzmanCurve(TruthfulPart):
    """Weitzman's rule: base + beta (r - T) + alpha (y - r)+ - gamma (r - y)+.

    Parameters
    ----------
    alpha, beta, gamma : float
        Payout for what exceeds the report, for the report above the target, and
        payout lost for falling short of the report [-]; 0 < alpha < beta < gamma.
    """

    kind: Literal["weitzman"]
    alpha: Positive
    beta: Positive
    gamma: Positive

    @model_validator(mode="after")
    def _truthful(self) -> Self:
        try:
            Weitzman(0.0, 0.0, self.alpha, self.beta, self.gamma)
        except InputError as error:
            raise ValueError(str(error)) from error
        return self

    def corner(self, report: ArrayLike, start: float) -> tuple[Array, Array, Array]:
        """Return the payout of a value equal to the report, and the slopes beside it.

        Parameters
        ----------
        report : array
            Attainment of the report [-].
        start : float
            Attainment at the target [-].

        Returns
        -------
        tuple of ndarray
            Payout, slope below and slope above [-].

        Examples
        --------
        >>> rule = WeitzmanCurve(
        ...     kind="weitzman", base=50, alpha=0.07, beta=0.1, gamma=0.13
        ... )
        >>> [round(float(rule.build_at(r, 0.0).value(200)), 6) for r in (0, 200, 300)]
        [64.0, 70.0, 67.0]
        """
        away = np.asarray(report, dtype=float) - start
        flat = np.zeros_like(away)
        return self.base + self.beta * away, flat + self.gamma, flat + self.alpha


class OsbandReichelsteinCurve(TruthfulPart):
    """The tangent of a convex function at the report: truthful in the mean.

    Parameters
    ----------
    slope : float
        Slope of the function at the target [-].
    curvature : float
        Its second derivative, above zero [-].
    """

    kind: Literal["osband_reichelstein"]
    slope: Number = 0.0
    curvature: Positive

    def corner(self, report: ArrayLike, start: float) -> tuple[Array, Array, Array]:
        """Return the payout of a value equal to the report, and the slopes beside it.

        Parameters
        ----------
        report : array
            Attainment of the report [-].
        start : float
            Attainment at the target [-].

        Returns
        -------
        tuple of ndarray
            Payout, slope below and slope above [-].

        Examples
        --------
        >>> rule = OsbandReichelsteinCurve(
        ...     kind="osband_reichelstein", base=0, curvature=1e-4
        ... )
        >>> [round(float(rule.build_at(r, 0).value(1200)), 6) for r in (1000, 1200)]
        [70.0, 72.0]
        """
        away = np.asarray(report, dtype=float) - start
        tangent = self.slope + self.curvature * away
        value = self.base + self.slope * away + self.curvature / 2 * away**2
        return value, tangent, tangent


class JointBaseCurve(TruthfulPart):
    """Joint base method: base + P (A - C) - Q (A - S)+, C = w S + (1 - w) D.

    Parameters
    ----------
    weight : float
        Weight w of the team's own figure S in the base C; D is the target [-].
    gain, under_report : float
        P, payout for what exceeds the base, and Q, fine for what exceeds the team's
        own figure [-]; truthful where P > Q > w P.
    """

    kind: Literal["joint_base"]
    weight: Annotated[float, Field(gt=0, le=1)]
    gain: Positive
    under_report: Positive

    @model_validator(mode="after")
    def _truthful(self) -> Self:
        try:
            JointBase(self.weight, 0.0, self.gain, self.under_report)
        except InputError as error:
            raise ValueError(str(error)) from error
        return self

    def corner(self, report: ArrayLike, start: float) -> tuple[Array, Array, Array]:
        """Return the payout of a value equal to the report, and the slopes beside it.

        Parameters
        ----------
        report : array
            Attainment of the report [-].
        start : float
            Attainment at the target [-].

        Returns
        -------
        tuple of ndarray
            Payout, slope below and slope above [-].

        Examples
        --------
        >>> rule = JointBaseCurve(
        ...     kind="joint_base", base=0, weight=0.5, gain=1.0, under_report=0.7
        ... )
        >>> [round(float(rule.build_at(s, 900).value(1000)), 6) for s in (900, 1000)]
        [30.0, 50.0]
        """
        away = np.asarray(report, dtype=float) - start
        flat = np.zeros_like(away)
        value = self.base + self.gain * (1 - self.weight) * away
        return value, flat + self.gain, flat + self.gain - self.under_report
