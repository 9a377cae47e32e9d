"""What the worst cases yield: the mean of the tail of a distribution (CVaR)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.errors import InputError
from orebook.plan.conditions import FloatArray

__all__ = ["Risk", "check_tail", "tail_mean"]


def check_tail(tail: float) -> None:
    """Refuse a share of worst cases outside 0..1.

    Raises
    ------
    InputError
        If it is not above 0 and at most 1.
    """
    if not 0.0 < tail <= 1.0:
        raise InputError(
            f"tail = {tail}; expected a share of worst cases above 0 and at most 1; "
            "write --tail 10%"
        )


def tail_mean(margin: FloatArray, probability: FloatArray, tail: float) -> float:
    """Return the expected margin of the worst cases [CNY].

    Parameters
    ----------
    margin : array of float, shape (scenarios,)
        Margin of each scenario [CNY].
    probability : array of float, shape (scenarios,)
        Probability of each, summing to 1 [-].
    tail : float
        Share of worst cases, above 0 and at most 1; 1 is the plain mean [-].

    Raises
    ------
    InputError
        If the share is outside its range.

    Notes
    -----
    The scenario on the edge of the tail counts with the part that is still in it, so
    that the measure is coherent. It is minus the conditional value at risk of the
    loss at the level ``1 - tail``.

    References
    ----------
    .. [1] R. T. Rockafellar, S. Uryasev, "Conditional value-at-risk for general loss
       distributions", Journal of Banking & Finance 26, 2002.

    Examples
    --------
    >>> tail_mean(np.array([10.0, 0.0, 4.0]), np.array([0.5, 0.1, 0.4]), 0.2)
    2.0
    """
    check_tail(tail)
    order = np.argsort(margin, kind="stable")
    reached = np.cumsum(probability[order])
    weight = np.diff(np.minimum(reached, tail), prepend=0.0)
    weight[-1] += max(0.0, tail - float(weight.sum()))  # probabilities rounded to 1
    return float(weight @ margin[order]) / tail


@dataclass(frozen=True, slots=True)
class Risk:
    """What is thought of the worst cases.

    Parameters
    ----------
    tail : float
        Share of worst cases, above 0 and at most 1 [-].
    weight : float
        Weight of their expected margin against that of all cases, 0 to 1 [-].
    floor : float or None
        Least expected margin of the worst cases; None sets none [CNY].

    Raises
    ------
    InputError
        If a figure is outside its range.
    """

    tail: float = 0.1
    weight: float = 0.0
    floor: float | None = None

    def __post_init__(self) -> None:
        """Check the figures."""
        check_tail(self.tail)
        if not 0.0 <= self.weight <= 1.0:
            raise InputError(
                f"weight = {self.weight}; expected 0 to 1; write --risk-weight 0.3"
            )

    @property
    def neutral(self) -> bool:
        """Whether only the expected margin counts."""
        return self.weight == 0.0 and self.floor is None
