"""Schemes under which the honest report pays best, and the proof in numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orebook.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weitzman:
    """Bonus on a self-set target, truthful where 0 < alpha < beta < gamma.

    Parameters
    ----------
    base : float
        Bonus for reporting and reaching the tentative target [CNY].
    target : float
        Tentative target T [unit of output].
    alpha, beta, gamma : float
        Pay for output above the report, for the report above T, and loss for output
        below the report [CNY per unit].

    Raises
    ------
    InputError
        The coefficients are not in the truthful order.

    References
    ----------
    .. [1] M. Weitzman, "The new Soviet incentive model", 1976.
    """

    base: float
    target: float
    alpha: float
    beta: float
    gamma: float

    def __post_init__(self) -> None:
        if not 0 < self.alpha < self.beta < self.gamma:
            msg = (
                f"alpha {self.alpha:g}, beta {self.beta:g}, gamma {self.gamma:g}; "
                "expected 0 < alpha < beta < gamma, or reports will not be honest"
            )
            raise InputError(msg)

    def pay(self, report: ArrayLike, output: ArrayLike) -> Array:
        """Return the bonus.

        Parameters
        ----------
        report, output : array
            Reported and reached output, broadcast together [unit of output].

        Returns
        -------
        ndarray
            Bonus [CNY].

        Notes
        -----
        B = B0 + beta (r - T) + alpha (y - r)+ - gamma (r - y)+.

        References
        ----------
        .. [1] M. Weitzman, "The new Soviet incentive model", 1976.

        Examples
        --------
        >>> rule = Weitzman(base=50, target=1000, alpha=0.07, beta=0.10, gamma=0.13)
        >>> [round(float(b), 6) for b in rule.pay([1000, 1200, 1300], 1200)]
        [64.0, 70.0, 67.0]
        """
        stated, reached = np.asarray(report, float), np.asarray(output, float)
        over = np.maximum(reached - stated, 0.0)
        under = np.maximum(stated - reached, 0.0)
        fixed = self.base + self.beta * (stated - self.target)
        bonus: Array = fixed + self.alpha * over - self.gamma * under
        return bonus

    def report_quantile(self) -> float:
        """Return the chance of falling short at which an uncertain unit reports.

        Returns
        -------
        float
            P(y < report) = (beta - alpha)/(gamma - alpha) [-].

        References
        ----------
        .. [1] M. Weitzman, "The new Soviet incentive model", 1976.

        Examples
        --------
        >>> rule = Weitzman(base=50, target=1000, alpha=0.07, beta=0.10, gamma=0.13)
        >>> round(rule.report_quantile(), 6)
        0.5
        """
        return (self.beta - self.alpha) / (self.gamma - self.alpha)


def osband_reichelstein(
    report: ArrayLike,
    output: ArrayLike,
    *,
    value: Callable[[Array], Array],
    slope: Callable[[Array], Array],
) -> Array:
    """Return the bonus under which reporting the mean is best, whatever the risk.

    Parameters
    ----------
    report, output : array
        Reported and reached output, broadcast together [unit of output].
    value, slope : callable
        A convex function f and its derivative [CNY, CNY per unit].

    Returns
    -------
    ndarray
        Bonus [CNY].

    Raises
    ------
    InputError
        The slope falls between two reports, so f is not convex.

    Notes
    -----
    B = f(r) + f'(r) (y - r), the tangent of f at the report; every scheme truthful
    in the mean has this form.

    References
    ----------
    .. [1] K. Osband, S. Reichelstein, "Information-eliciting compensation schemes",
       1985.

    Examples
    --------
    >>> bonus = osband_reichelstein(
    ...     [1000, 1200, 1400],
    ...     1200,
    ...     value=lambda z: 5e-5 * z**2,
    ...     slope=lambda z: 1e-4 * z,
    ... )
    >>> [round(float(b), 6) for b in bonus]
    [70.0, 72.0, 70.0]
    """
    stated = np.asarray(report, dtype=float)
    ordered = np.asarray(slope(np.sort(stated, axis=None)))
    if (np.diff(ordered) < 0).any():
        msg = "the slope of the bonus function falls; expected a convex function"
        raise InputError(msg)
    bonus: Array = value(stated) + slope(stated) * (np.asarray(output) - stated)
    return bonus


@dataclass(frozen=True, slots=True)
class JointBase:
    """Joint base method: the base is a mean of the unit's and the owner's figures.

    Parameters
    ----------
    weight : float
        Weight w of the unit's own figure in the base [-].
    demand : float
        The owner's figure D [unit of output].
    gain : float
        P, pay for output above the base [CNY per unit].
    under_report : float
        Q, fine for output above the unit's own figure [CNY per unit].

    Raises
    ------
    InputError
        Not P > Q > wP with 0 < w <= 1: reports would not be honest.

    References
    ----------
    .. [1] Hu Zuguang, "The joint base method (lianhe queding jishu fa)", 1990s.
    """

    weight: float
    demand: float
    gain: float
    under_report: float

    def __post_init__(self) -> None:
        honest = self.gain > self.under_report > self.weight * self.gain
        if not (0 < self.weight <= 1 and honest):
            msg = (
                f"w {self.weight:g}, P {self.gain:g}, Q {self.under_report:g}; "
                "expected P > Q > w P and w up to 1, or reports will not be honest"
            )
            raise InputError(msg)

    def base(self, report: ArrayLike) -> Array:
        """Return the base C = w S + (1 - w) D [unit of output].

        Examples
        --------
        >>> rule = JointBase(weight=0.5, demand=900, gain=1.0, under_report=0.7)
        >>> float(rule.base(1000))
        950.0
        """
        own: Array = self.weight * np.asarray(report, dtype=float)
        return own + (1 - self.weight) * self.demand

    def pay(self, report: ArrayLike, output: ArrayLike) -> Array:
        """Return the net bonus.

        Parameters
        ----------
        report, output : array
            The unit's own figure and its output, broadcast together
            [unit of output].

        Returns
        -------
        ndarray
            Net bonus [CNY].

        Notes
        -----
        N = P (A - C) - Q (A - S)+. In S its slope is Q - w P > 0 below the output
        and -w P < 0 above, so the honest report is best.

        References
        ----------
        .. [1] Hu Zuguang, "The joint base method (lianhe queding jishu fa)", 1990s.

        Examples
        --------
        >>> rule = JointBase(weight=0.5, demand=900, gain=1.0, under_report=0.7)
        >>> [round(float(n), 6) for n in rule.pay([900, 1000, 1100], 1000)]
        [30.0, 50.0, 0.0]
        """
        reached = np.asarray(output, dtype=float)
        hidden = np.maximum(reached - np.asarray(report, dtype=float), 0.0)
        gross = self.gain * (reached - self.base(report))
        net: Array = gross - self.under_report * hidden
        return net
