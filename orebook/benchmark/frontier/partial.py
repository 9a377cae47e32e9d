"""Partial frontiers: best of m comparable units, which one outlier cannot shift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from orebook.benchmark.frontier.batch import FloatArray
from orebook.benchmark.frontier.checks import check
from orebook.benchmark.frontier.data import FactorsLike, factors, unit_names
from orebook.errors import InputError

__all__ = ["OrderM", "order_m"]


@dataclass(frozen=True, slots=True, eq=False)
class OrderM:
    """Scores against the expected best of m peers.

    Parameters
    ----------
    units : tuple of str
        Names of the units.
    order : int
        How many peers are drawn [-].
    orientation : {"input", "output"}
        Side that is measured.
    scores : array, shape (units,)
        Share of the inputs (or factor of the outputs); beyond 1 the unit does better
        than the best of m [-].
    comparable : array, shape (units,)
        How many peers there are to draw from; with conditions, their weight counted
        in full peers [-].
    """

    units: tuple[str, ...]
    order: int
    orientation: Literal["input", "output"]
    scores: FloatArray
    comparable: FloatArray

    def summary(self) -> str:
        """Return it in one line."""
        beyond = self.scores > 1.0 if self.orientation == "input" else self.scores < 1.0
        return (
            f"order-{self.order}, {self.orientation}: {len(self.units)} units, mean "
            f"{self.scores.mean():.4f}, {int(beyond.sum())} better than the best of "
            f"{self.order}; fewest comparable {self.comparable.min():.1f}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "order": self.order,
            "orientation": self.orientation,
            "units": [
                {"unit": u, "score": float(s), "comparable": float(c)}
                for u, s, c in zip(
                    self.units, self.scores, self.comparable, strict=True
                )
            ],
        }


def order_m(
    inputs: FactorsLike,
    outputs: FactorsLike,
    *,
    order: int = 25,
    orientation: Literal["input", "output"] = "input",
    conditions: FactorsLike | None = None,
    bandwidth: Sequence[float] | None = None,
    units: Sequence[str] | None = None,
) -> OrderM:
    """Return scores against the expected best of m comparable units.

    Parameters
    ----------
    inputs, outputs : array, mapping or table
        As for `frontier` [unit of the factor].
    order : int
        m, how many are drawn; more come closer to the free disposal hull [-].
    orientation : {"input", "output"}
        Input: draw among units that make at least as much; output: among those that
        use no more.
    conditions : array, mapping or table, optional
        Conditions nobody chooses (ore grade, load); units at other conditions are
        drawn less, by an Epanechnikov kernel [unit of the condition].
    bandwidth : sequence of float, optional
        Reach of the kernel for each condition; Silverman's rule otherwise [unit of
        the condition].
    units : sequence of str, optional
        Names of the units.

    Returns
    -------
    OrderM
        Scores, exact: the expectation of the best of m draws follows from the order
        of the peers, so that nothing is drawn.

    Raises
    ------
    InputError
        Figures, order or bandwidths make it impossible.

    Notes
    -----
    Cazals, Florens, Simar 2002; with conditions Daraio, Simar 2005: "best under the
    same ore". With ratios ``r_1 <= ... <= r_N`` and weights summing to one from the
    end, ``E min = sum r_k (S_k^m - S_(k+1)^m)``.

    Examples
    --------
    >>> order_m([[1.0], [2.0]], [[1.0], [1.0]], order=2).scores.tolist()
    [1.25, 0.625]
    """
    x, y = factors(inputs, "input"), factors(outputs, "output")
    names = unit_names(len(x.values), units, x, y)
    check(x, y, names, positive=True)
    if order < 1:
        raise InputError(f"order {order}; expected 1 or more; try 25")
    if orientation not in ("input", "output"):
        raise InputError(
            f"orientation {orientation!r}; expected 'input' or 'output'; correct it"
        )
    near = np.ones((len(names), len(names)))
    if conditions is not None:
        z = factors(conditions, "condition")
        unit_names(len(names), None, z)
        near = _kernel(z.values, bandwidth)
    scores, comparable = np.empty(len(names)), np.empty(len(names))
    inward = orientation == "input"
    for unit in range(len(names)):
        if inward:
            can = (y.values >= y.values[unit]).all(axis=1)
            ratio = (x.values / x.values[unit]).max(axis=1)
        else:
            can = (x.values <= x.values[unit]).all(axis=1)
            ratio = -(y.values / y.values[unit]).min(axis=1)
        weight = np.where(can, near[unit], 0.0)
        comparable[unit] = weight.sum() / near[unit, unit]
        scores[unit] = _expected_least(ratio, weight, order) * (1.0 if inward else -1.0)
    return OrderM(names, order, orientation, scores, comparable)


def _expected_least(values: FloatArray, weight: FloatArray, order: int) -> float:
    """Return the expectation of the least of so many draws."""
    some = np.flatnonzero(weight > 0.0)
    sequence = some[np.argsort(values[some], kind="stable")]
    tail = np.cumsum(weight[sequence][::-1])[::-1] / weight[some].sum()
    power = np.append(np.minimum(tail, 1.0) ** order, 0.0)
    return float(values[sequence] @ (power[:-1] - power[1:]))


def _kernel(z: FloatArray, bandwidth: Sequence[float] | None) -> FloatArray:
    """Return the weight of each unit (columns) under the conditions of each (rows)."""
    count, many = z.shape
    if bandwidth is None:
        reach = 2.34 * z.std(axis=0, ddof=1) * count ** (-1.0 / (4.0 + many))
    else:
        reach = np.asarray(bandwidth, dtype=float)
    if reach.shape != (many,) or not (reach > 0.0).all():
        raise InputError(
            f"bandwidths {reach.tolist()}; expected {many} figures above 0; leave out "
            "a condition that is the same for all"
        )
    apart = (z[:, None, :] - z[None, :, :]) / reach
    return np.asarray(np.prod(np.maximum(1.0 - apart**2, 0.0), axis=2))
