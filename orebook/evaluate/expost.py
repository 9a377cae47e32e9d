"""The ex-post split: market, planning and execution, each in money.

Four profits are compared: the plan as it was promised, the best that could have been
done knowing what came, the old plan at what came, and what was really earned.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from orebook.errors import DataQualityError, InputError

TOLERANCE = 1e-9
"""Differences below this part of the largest profit count as none [-]."""

FIELDS = (
    *("plan", "optimum", "replanned", "plan_at_actual", "actual", "market"),
    *("not_replanned", "adaptation", "execution", "execution_to_replan"),
)
"""Names of the figures in `ExPost.to_dict`, all in CNY."""


class Capture(StrEnum):
    """What can be said about the adaptation capture rate."""

    DEFINED = "defined"
    NOTHING_TO_CAPTURE = "nothing to capture"
    PLAN_NOT_FEASIBLE = "plan not feasible"


CAPTURE_TEXT = {
    Capture.NOTHING_TO_CAPTURE: (
        "the old plan was still the best one, so the rate is 0/0 and has no meaning"
    ),
    Capture.PLAN_NOT_FEASIBLE: (
        "the old plan could not be carried out as it stood (it is worth more than the "
        "ex-post optimum), so there is no rate"
    ),
}


@dataclass(frozen=True, slots=True)
class ExPost:
    """Profit change from plan to actual, split by who could have known.

    Parameters
    ----------
    plan, optimum, replanned, plan_at_actual, actual : float
        The five profits compared [CNY].
    """

    plan: float
    optimum: float
    replanned: float
    plan_at_actual: float
    actual: float

    @property
    def market(self) -> float:
        """Effect of prices, ore and outages nobody could avoid [CNY]."""
        return self.optimum - self.plan

    @property
    def not_replanned(self) -> float:
        """Loss of holding to the first plan, zero or negative [CNY]."""
        return self.plan_at_actual - self.optimum

    @property
    def adaptation(self) -> float:
        """Gain of the last re-plan over the first plan [CNY]."""
        return self.replanned - self.plan_at_actual

    @property
    def execution(self) -> float:
        """Actual against the first plan at what came [CNY]."""
        return self.actual - self.plan_at_actual

    @property
    def execution_to_replan(self) -> float:
        """Actual against the last re-plan at what came [CNY]."""
        return self.actual - self.replanned

    @property
    def total(self) -> float:
        """Actual minus plan: market + not re-planned + execution [CNY]."""
        return self.actual - self.plan

    @property
    def capture(self) -> Capture:
        """Whether the capture rate has a meaning, and why not."""
        room = self.optimum - self.plan_at_actual
        scale = max(abs(self.optimum), abs(self.plan_at_actual))
        if abs(room) <= TOLERANCE * scale:
            return Capture.NOTHING_TO_CAPTURE
        return Capture.DEFINED if room > 0 else Capture.PLAN_NOT_FEASIBLE

    def capture_rate(self) -> float:
        """Return the share of the possible adaptation that the re-plan captured.

        Returns
        -------
        float
            (N - R)/(O - R) [-]; 0 never re-planned, 1 perfect foresight.

        Raises
        ------
        DataQualityError
            The rate has no meaning; `capture` tells which case it is.
        """
        if self.capture is not Capture.DEFINED:
            msg = f"no capture rate: {CAPTURE_TEXT[self.capture]}; read `capture` first"
            raise DataQualityError(msg)
        return self.adaptation / (self.optimum - self.plan_at_actual)

    def summary(self) -> str:
        """Return the split in one line of text, in CNY."""
        rate = (
            f"{self.capture_rate():.1%} of possible adaptation captured"
            if self.capture is Capture.DEFINED
            else f"capture rate: {CAPTURE_TEXT[self.capture]}"
        )
        return (
            f"plan {self.plan:,.2f} -> actual {self.actual:,.2f}: market "
            f"{self.market:+,.2f}, not re-planned {self.not_replanned:+,.2f}, "
            f"execution {self.execution:+,.2f}; {rate}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return plain numbers under stable names; no rate where it has no meaning."""
        result: dict[str, object] = {name: getattr(self, name) for name in FIELDS}
        result["capture"] = str(self.capture)
        if self.capture is Capture.DEFINED:
            result["capture_rate"] = self.capture_rate()
        return result


def ex_post_split(
    *,
    plan: float,
    optimum: float,
    replanned_at_actual: float,
    plan_at_actual: float,
    actual: float,
) -> ExPost:
    """Split the profit change of a period into market, planning and execution.

    Parameters
    ----------
    plan : float
        Profit the first plan promised, A [CNY].
    optimum : float
        Profit of the best plan at what really came (prices, ore, unavoidable
        outages), O [CNY].
    replanned_at_actual : float
        Profit of the last re-plan issued before the period, valued at what came, N;
        equal to `plan_at_actual` if there was none [CNY].
    plan_at_actual : float
        Profit of the first plan's volumes valued at what came, R [CNY].
    actual : float
        Profit really earned, X [CNY].

    Returns
    -------
    ExPost
        The split; market + not re-planned + execution = actual - plan.

    Raises
    ------
    InputError
        A profit is not finite.

    Notes
    -----
    market = O - A, not re-planned = R - O, execution = X - R; the adaptation capture
    rate (N - R)/(O - R) is stated as undefined when O = R.

    References
    ----------
    .. [1] J. Demski, "An accounting system structured on a linear programming model",
       1967.

    Examples
    --------
    >>> split = ex_post_split(
    ...     plan=100, optimum=90, replanned_at_actual=85, plan_at_actual=80, actual=78
    ... )
    >>> split.market, split.not_replanned, split.execution, split.capture_rate()
    (-10, -10, -2, 0.5)
    """
    profits = {
        "plan": plan,
        "optimum": optimum,
        "replanned_at_actual": replanned_at_actual,
        "plan_at_actual": plan_at_actual,
        "actual": actual,
    }
    for name, value in profits.items():
        if not isfinite(value):
            msg = f"{name} is {value}; expected a profit in CNY; solve or close it"
            raise InputError(msg)
    return ExPost(plan, optimum, replanned_at_actual, plan_at_actual, actual)
