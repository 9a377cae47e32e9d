"""The gap to the best in money, split by factor and cause, closing to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from orebook.benchmark.frontier.batch import FloatArray
from orebook.benchmark.frontier.checks import check
from orebook.benchmark.frontier.data import (
    Factors,
    FactorsLike,
    factors,
    prices_of,
    unit_names,
)
from orebook.benchmark.frontier.directional import distance
from orebook.benchmark.frontier.kernel import Engine
from orebook.benchmark.frontier.priced import Prices
from orebook.benchmark.frontier.result import Certificate, certificate_of
from orebook.benchmark.frontier.technology import Returns, technology
from orebook.errors import InputError

__all__ = ["MoneyGap", "money_beyond", "money_gap"]

Direction = Literal["observed", "equal"] | tuple[FactorsLike, FactorsLike]


@dataclass(frozen=True, slots=True, eq=False)
class MoneyGap:
    """Profit forgone against the best mix of peers, per unit and factor.

    Parameters
    ----------
    units : tuple of str
        Names of the units.
    inputs, outputs : tuple of str
        Names of the factors; together the columns.
    profit, best_profit : array, shape (units,)
        Profit of the unit and the most any peer has at these prices [CNY].
    best : tuple of str
        The peer with the greatest profit, for each unit; empty where it is none.
    step : array, shape (units,)
        Money of the directional step alone, ``beta`` [CNY].
    nerlovian : array, shape (units,)
        Gap over the worth of the direction before it is normed [-].
    technical, allocative : array, shape (units, factors)
        Price times what the target saves, and what the best saves beyond it [CNY].
    targets, optimum : array, shape (units, factors)
        Projection with slacks; quantities of the best [unit of the factor].
    lambdas : sparse array
        Peers of the projection [-].
    certificate : Certificate
        Proof of the step.
    """

    units: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    profit: FloatArray
    best_profit: FloatArray
    best: tuple[str, ...]
    step: FloatArray
    nerlovian: FloatArray
    technical: FloatArray
    allocative: FloatArray
    targets: FloatArray
    optimum: FloatArray
    lambdas: sparse.csr_array
    certificate: Certificate

    @property
    def gap(self) -> FloatArray:
        """Profit forgone [CNY]; the sum of all technical and allocative parts."""
        return self.best_profit - self.profit

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the columns."""
        return (*self.inputs, *self.outputs)

    def summary(self) -> str:
        """Return it in a few lines."""
        worst = int(self.gap.argmax())
        by = (self.technical + self.allocative)[worst]
        most = int(by.argmax())
        closing = np.abs(
            (self.technical + self.allocative).sum(axis=1) - self.gap
        ).max()
        return (
            f"profit gap of {len(self.units)} units {self.gap.sum():,.2f} CNY = "
            f"technical {self.technical.sum():,.2f} + allocative "
            f"{self.allocative.sum():,.2f}; largest {self.gap[worst]:,.2f} "
            f"({self.units[worst]}), of it {by[most]:,.2f} in {self.factors[most]}; "
            f"closes to {closing:.1e}; certificate {self.certificate.worst:.1e}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        rows = []
        for i, unit in enumerate(self.units):
            parts = {
                name: {"technical_cny": float(t), "allocative_cny": float(a)}
                for name, t, a in zip(
                    self.factors, self.technical[i], self.allocative[i], strict=True
                )
            }
            rows.append(
                {
                    "unit": unit,
                    "profit_cny": float(self.profit[i]),
                    "best_profit_cny": float(self.best_profit[i]),
                    "gap_cny": float(self.gap[i]),
                    "step_cny": float(self.step[i]),
                    "best": self.best[i],
                    "factors": parts,
                }
            )
        return {"units": rows, "certificate": self.certificate.to_dict()}


def money_gap(
    inputs: FactorsLike,
    outputs: FactorsLike,
    input_prices: Prices,
    output_prices: Prices,
    *,
    returns: Returns = "vrs",
    direction: Direction = "observed",
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> MoneyGap:
    """Return the profit each unit forgoes, by factor: using too much, the wrong mix.

    Parameters
    ----------
    inputs, outputs : array, mapping or table
        As for `frontier` [unit of the factor].
    input_prices, output_prices : mapping or array
        Internal prices, the same for all units or a row per unit [CNY/unit].
    returns : {"vrs", "nirs"}
        Under other returns profit is nought or has no limit.
    direction : {"observed", "equal"} or pair
        What the step takes from inputs and gives to outputs: in proportion to what
        the unit has, the same quantity of each factor, or as given; it is normed so
        that one step is worth 1 CNY.
    units : sequence of str, optional
        Names of the units.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    MoneyGap
        ``technical + allocative`` over all factors is the profit gap, exactly.

    Raises
    ------
    InputError
        Figures, prices or returns make it impossible.

    Notes
    -----
    Chambers, Chung, Färe 1998; in money Zofío, Pastor, Aparicio 2013: with a direction
    worth 1 CNY, gap = step + allocative rest. Here the target takes the slacks too, so
    the technical part is the step and the worth of the slacks.

    Examples
    --------
    >>> found = money_gap([[1.0], [2.0]], [[2.0], [2.0]], [1.0], [2.0])
    >>> found.gap.tolist(), found.technical.sum(axis=1).round(9).tolist()
    ([0.0, 1.0], [0.0, 1.0])
    """
    if returns not in ("vrs", "nirs"):
        raise InputError(
            f"profit with returns {returns!r} is nought or has no limit; expected "
            "'vrs' or 'nirs'; under constant returns use profitability"
        )
    x, y, names, w, p = _read(inputs, outputs, input_prices, output_prices, units)
    gx, gy, worth = _normed(x.values, y.values, w, p, names, direction)
    count = len(names)
    tech = technology(x.values, y.values, returns)
    found = distance(
        tech,
        tech.scaled(x.values, y.values),
        tech.scaled(gx, gy),
        itself=np.arange(count), slacks=True, engine=engine,
    )  # fmt: skip
    targets = np.concatenate(
        [found.answer.lambdas @ x.values, found.answer.lambdas @ y.values], axis=1
    )
    every = p @ y.values.T - w @ x.values.T
    who, best = every.argmax(axis=1), every.max(axis=1)
    optimum = np.concatenate([x.values[who], y.values[who]], axis=1)
    if returns == "nirs":
        idle = best < 0.0
        best, optimum = np.maximum(best, 0.0), np.where(idle[:, None], 0.0, optimum)
        who = np.where(idle, -1, who)
    sign = np.concatenate([w, -p], axis=1)
    actual = np.concatenate([x.values, y.values], axis=1)
    profit = np.diagonal(every).copy()
    return MoneyGap(
        names, x.names, y.names, profit, best,
        tuple(names[j] if j >= 0 else "" for j in who.tolist()),
        found.beta, (best - profit) / worth,
        sign * (actual - targets), sign * (targets - optimum), targets, optimum,
        found.answer.lambdas, certificate_of(found.answer),
    )  # fmt: skip


def money_beyond(
    inputs: FactorsLike,
    outputs: FactorsLike,
    input_prices: Prices,
    output_prices: Prices,
    *,
    returns: Returns = "vrs",
    direction: Direction = "observed",
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> FloatArray:
    """Return the money by which each unit stands beyond the frontier of the others.

    Parameters
    ----------
    inputs, outputs, input_prices, output_prices, direction, units, engine
        As for `money_gap`.
    returns : {"vrs", "crs", "nirs", "ndrs"}
        Returns to scale.

    Returns
    -------
    array, shape (units,)
        Worth of the steps back that would reach them; below nought inside [CNY].

    Notes
    -----
    Super-efficiency in money: both sides move, so that every unit has a point, also
    where radial super-efficiency has none.

    Examples
    --------
    >>> money_beyond([[1.0], [2.0]], [[2.0], [2.0]], [1.0], [2.0]).round(3).tolist()
    [5.0, 0.0]
    """
    x, y, names, w, p = _read(inputs, outputs, input_prices, output_prices, units)
    gx, gy, _ = _normed(x.values, y.values, w, p, names, direction)
    tech = technology(x.values, y.values, returns)
    found = distance(
        tech,
        tech.scaled(x.values, y.values),
        tech.scaled(gx, gy),
        barred=np.arange(len(names)),
        engine=engine,
    )
    lost = np.flatnonzero(found.answer.status != 0)
    if lost.size:
        raise InputError(
            f"{names[lost[0]]} has no point in this direction without itself; expected "
            "a direction above 0 for each factor; use 'observed' or 'equal'"
        )
    return np.asarray(0.0 - found.beta)


def _read(
    inputs: FactorsLike,
    outputs: FactorsLike,
    input_prices: Prices,
    output_prices: Prices,
    units: Sequence[str] | None,
) -> tuple[Factors, Factors, tuple[str, ...], FloatArray, FloatArray]:
    """Return checked figures, names and prices."""
    x, y = factors(inputs, "input"), factors(outputs, "output")
    names = unit_names(len(x.values), units, x, y)
    check(x, y, names)
    w = prices_of(input_prices, x.names, len(names))
    return x, y, names, w, prices_of(output_prices, y.names, len(names))


def _normed(
    x: FloatArray,
    y: FloatArray,
    w: FloatArray,
    p: FloatArray,
    names: tuple[str, ...],
    direction: Direction,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return directions worth 1 CNY, and what they were worth before [CNY]."""
    gx, gy = _direction(x, y, direction)
    worth = (w * gx).sum(axis=1) + (p * gy).sum(axis=1)
    if not (worth > 0.0).all():
        unit = names[int((worth <= 0.0).argmax())]
        raise InputError(
            f"the direction of {unit} is worth nothing at these prices; expected a "
            "price above 0 for one factor it moves; supply the price"
        )
    return gx / worth[:, None], gy / worth[:, None], worth


def _direction(
    x: FloatArray,
    y: FloatArray,
    given: str | tuple[FactorsLike, FactorsLike],
) -> tuple[FloatArray, FloatArray]:
    """Return the direction of each unit before it is normed."""
    if given == "observed":
        return x, y
    if given == "equal":
        return np.ones_like(x), np.ones_like(y)
    if isinstance(given, str):
        raise InputError(
            f"direction {given!r}; expected 'observed', 'equal' or a pair of inputs "
            "and outputs; correct it"
        )
    gx, gy = (np.atleast_2d(np.asarray(part, dtype=float)) for part in given)
    if gx.shape[-1] != x.shape[1] or gy.shape[-1] != y.shape[1]:
        raise InputError(
            f"direction has {gx.shape[-1]} inputs and {gy.shape[-1]} outputs; expected "
            f"{x.shape[1]} and {y.shape[1]}; give one figure per factor"
        )
    if (gx < 0.0).any() or (gy < 0.0).any():
        raise InputError(
            "a direction is below nought; expected 0 or more; less input and more "
            "output are both written above 0"
        )
    return np.broadcast_to(gx, x.shape).copy(), np.broadcast_to(gy, y.shape).copy()
