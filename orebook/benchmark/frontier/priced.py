"""Efficiency at prices: least cost, greatest revenue, profit and the gap in money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from orebook.benchmark.frontier.batch import Batch, FloatArray
from orebook.benchmark.frontier.checks import check
from orebook.benchmark.frontier.data import (
    Factors,
    FactorsLike,
    factors,
    prices_of,
    unit_names,
)
from orebook.benchmark.frontier.directional import distance
from orebook.benchmark.frontier.kernel import Engine, solve
from orebook.benchmark.frontier.nonradial import frontier_peers, over_peers
from orebook.benchmark.frontier.result import Certificate, certificate_of
from orebook.benchmark.frontier.technology import (
    Returns,
    Technology,
    check_returns,
    technology,
)
from orebook.errors import InputError

__all__ = ["PricedResult", "cost_efficiency", "profitability", "revenue_efficiency"]

Prices = FactorsLike | Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class PricedResult:
    """Efficiency at prices, and what it is made of.

    Parameters
    ----------
    kind : {"cost", "revenue", "profitability"}
        What was optimised.
    units, peers : tuple of str
        Names.
    factors : tuple of str
        Factors that were chosen: inputs for cost, outputs for revenue.
    efficiency : array, shape (units,)
        Best over actual cost, or actual over best revenue [-].
    technical, allocative : array, shape (units,)
        Their product is the efficiency: using too much, and using the wrong mix [-].
    actual, best : array, shape (units,)
        Cost or revenue [CNY].
    optimum : array, shape (units, factors)
        Best quantities [unit of the factor].
    lambdas : sparse array, shape (units, peers)
        Weights of the peers [-].
    certificate : Certificate
        Proof of each optimum.
    """

    kind: Literal["cost", "revenue", "profitability"]
    units: tuple[str, ...]
    peers: tuple[str, ...]
    factors: tuple[str, ...]
    efficiency: FloatArray
    technical: FloatArray
    allocative: FloatArray
    actual: FloatArray
    best: FloatArray
    optimum: FloatArray
    lambdas: sparse.csr_array
    certificate: Certificate

    def summary(self) -> str:
        """Return it in a few lines."""
        lost = np.abs(self.best - self.actual)
        worst = int(lost.argmax())
        return (
            f"{self.kind}: {len(self.units)} units, mean efficiency "
            f"{self.efficiency.mean():.4f} = technical {self.technical.mean():.4f} and "
            f"allocative {self.allocative.mean():.4f}; largest gap {lost[worst]:,.2f} "
            f"CNY ({self.units[worst]}); certificate {self.certificate.worst:.1e}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        names = ("efficiency", "technical", "allocative", "actual", "best")
        return {
            "kind": self.kind,
            "units": [
                {"unit": unit}
                | {name: float(getattr(self, name)[i]) for name in names}
                | {
                    "optimum": {
                        f: float(v)
                        for f, v in zip(self.factors, self.optimum[i], strict=True)
                    }
                }
                for i, unit in enumerate(self.units)
            ],
            "certificate": self.certificate.to_dict(),
        }


def cost_efficiency(
    inputs: FactorsLike,
    outputs: FactorsLike,
    prices: Prices,
    *,
    returns: Returns = "vrs",
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> PricedResult:
    """Return the least cost at which the peers could make each unit's outputs.

    Parameters
    ----------
    inputs, outputs : array, mapping or table
        As for `frontier` [unit of the factor].
    prices : mapping or array
        Price of each input, the same for all units or a row per unit [CNY/unit].
    returns : {"vrs", "crs", "nirs", "ndrs"}
        Returns to scale.
    units : sequence of str, optional
        Names of the units.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    PricedResult
        Cost efficiency = technical x allocative.

    Raises
    ------
    InputError
        Figures or prices make it impossible.

    Notes
    -----
    Farrell 1957; Färe, Grosskopf, Lovell 1985.

    Examples
    --------
    Coelli, Rao, Battese 1998, input prices 1 and 3:

    >>> x, y = [[2, 5], [2, 4], [6, 6], [3, 2], [6, 2]], [1, 2, 3, 1, 2]
    >>> found = cost_efficiency(x, y, [1, 3], returns="crs")
    >>> found.efficiency.round(4).tolist()
    [0.3529, 0.8571, 0.75, 0.6667, 1.0]
    """
    x, y, names = _read(inputs, outputs, units, returns)
    price = prices_of(prices, x.names, len(names))
    tech = technology(x.values, y.values, returns)
    actual = (price * x.values).sum(axis=1)
    _above_nought(actual, names, "cost")
    sx, sy = tech.scaled(x.values, y.values)
    peers = frontier_peers(tech, engine)
    batch = _cost_batch(tech.of(peers), sy, price * tech.input_scale / actual[:, None])
    answer = over_peers(solve(batch, engine=engine), peers, len(names))
    first = distance(
        tech, (sx, sy), (sx, 0.0 * sy), itself=np.arange(len(names)), engine=engine
    )
    efficiency, technical = answer.objective, 1.0 - first.beta
    return PricedResult(
        "cost", names, names, x.names, efficiency, technical, efficiency / technical,
        actual, efficiency * actual, answer.lambdas @ x.values, answer.lambdas,
        certificate_of(answer),
    )  # fmt: skip


def _cost_batch(tech: Technology, outputs: FloatArray, prices: FloatArray) -> Batch:
    """Return programmes that choose the inputs: they are own columns with a cost."""
    count, inputs = outputs.shape[0], tech.shape[1]
    own = np.zeros((count, tech.rows, inputs))
    own[:, np.arange(inputs), np.arange(inputs)] = -1.0
    return Batch(
        tech.pool(), own, prices, np.zeros((count, tech.rows)),
        tech.rhs(np.zeros((count, inputs)), outputs), tech.equal(),
        np.zeros(inputs, dtype=bool), tech.logical(count), np.full(count, -1),
        np.full(count, -1),
    )  # fmt: skip


def revenue_efficiency(
    inputs: FactorsLike,
    outputs: FactorsLike,
    prices: Prices,
    *,
    returns: Returns = "vrs",
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> PricedResult:
    """Return the greatest revenue the peers could make of each unit's inputs.

    Parameters
    ----------
    inputs, outputs, returns, units, engine
        As for `cost_efficiency`.
    prices : mapping or array
        Price of each output [CNY/unit].

    Returns
    -------
    PricedResult
        Revenue efficiency = technical x allocative.

    Notes
    -----
    Färe, Grosskopf, Lovell 1985.

    Examples
    --------
    >>> x, y = [[1.0], [1.0]], [[4.0, 2.0], [2.0, 4.0]]
    >>> revenue_efficiency(x, y, [1.0, 2.0]).efficiency.round(2).tolist()
    [0.8, 1.0]
    """
    x, y, names = _read(inputs, outputs, units, returns)
    price = prices_of(prices, y.names, len(names))
    tech = technology(x.values, y.values, returns)
    actual = (price * y.values).sum(axis=1)
    _above_nought(actual, names, "revenue")
    sx, sy = tech.scaled(x.values, y.values)
    peers = frontier_peers(tech, engine)
    batch = _revenue_batch(
        tech.of(peers), sx, price * tech.output_scale / actual[:, None]
    )
    answer = over_peers(solve(batch, engine=engine), peers, len(names))
    first = distance(
        tech, (sx, sy), (0.0 * sx, sy), itself=np.arange(len(names)), engine=engine
    )
    best = -answer.objective
    technical = 1.0 / (1.0 + first.beta)
    return PricedResult(
        "revenue", names, names, y.names, 1.0 / best, technical, 1.0 / best / technical,
        actual, best * actual, answer.lambdas @ y.values, answer.lambdas,
        certificate_of(answer),
    )  # fmt: skip


def _revenue_batch(tech: Technology, inputs: FloatArray, prices: FloatArray) -> Batch:
    """Return programmes that choose the outputs: they are own columns that earn."""
    count, (_, many, outputs) = inputs.shape[0], tech.shape
    own = np.zeros((count, tech.rows, outputs))
    own[:, many + np.arange(outputs), np.arange(outputs)] = 1.0
    start = tech.logical(count)
    start[:, many : many + outputs] = tech.rows + np.arange(outputs)
    hinges = tech.hinges()
    return Batch(
        tech.pool(), own, -prices, np.zeros((count, tech.rows)),
        tech.rhs(inputs, np.zeros((count, outputs))), tech.equal(),
        np.zeros(outputs, dtype=bool), start,
        np.full(count, hinges[0] if hinges.size else -1), np.full(count, -1),
    )  # fmt: skip


def profitability(
    inputs: FactorsLike,
    outputs: FactorsLike,
    input_prices: Prices,
    output_prices: Prices,
    *,
    units: Sequence[str] | None = None,
) -> PricedResult:
    """Return revenue over cost as a share of the best among peers.

    Parameters
    ----------
    inputs, outputs, units
        As for `cost_efficiency`.
    input_prices, output_prices : mapping or array
        Prices [CNY/unit].

    Returns
    -------
    PricedResult
        The technical part is the proportional directional step under constant
        returns, ``(1 - beta) / (1 + beta)``; `actual` and `best` are ratios [-].

    Notes
    -----
    Georgescu-Roegen 1951; Zofío, Prieto 2006 (hyperbolic step).

    Examples
    --------
    >>> found = profitability([[2.0], [1.0]], [[2.0], [2.0]], [1.0], [1.0])
    >>> found.efficiency.tolist()
    [0.5, 1.0]
    """
    x, y, names = _read(inputs, outputs, units, "crs")
    w, p = (
        prices_of(prices, table.names, len(names))
        for prices, table in ((input_prices, x), (output_prices, y))
    )
    actual = (p * y.values).sum(axis=1) / (w * x.values).sum(axis=1)
    every = (p @ y.values.T) / (w @ x.values.T)
    who, best = every.argmax(axis=1), every.max(axis=1)
    tech = technology(x.values, y.values, "crs")
    at = tech.scaled(x.values, y.values)
    step = distance(tech, at, at, itself=np.arange(len(names)))
    technical = (1.0 - step.beta) / (1.0 + step.beta)
    efficiency = actual / best
    count = len(names)
    lambdas = sparse.csr_array(
        (np.ones(count), (np.arange(count), who)), shape=(count, count)
    )
    nought = np.zeros(count)
    return PricedResult(
        "profitability", names, names, (*x.names, *y.names), efficiency, technical,
        efficiency / technical, actual, best,
        np.concatenate([x.values[who], y.values[who]], axis=1), lambdas,
        Certificate(best, best, nought, nought > 1.0, "enumeration"),
    )  # fmt: skip


def _read(
    inputs: FactorsLike,
    outputs: FactorsLike,
    units: Sequence[str] | None,
    returns: str,
) -> tuple[Factors, Factors, tuple[str, ...]]:
    """Return checked figures and names."""
    check_returns(returns)
    if returns == "fdh":
        raise InputError(
            "returns 'fdh' at prices; expected crs, vrs, nirs or ndrs; choose one"
        )
    x, y = factors(inputs, "input"), factors(outputs, "output")
    names = unit_names(len(x.values), units, x, y)
    check(x, y, names)
    return x, y, names


def _above_nought(values: FloatArray, names: tuple[str, ...], kind: str) -> None:
    """Refuse a unit whose actual money is nought."""
    wrong = np.flatnonzero(~(values > 0.0))
    if wrong.size:
        raise InputError(
            f"{kind} of {names[wrong[0]]} is {values[wrong[0]]:g} CNY; expected more "
            "than 0; check its figures and the prices"
        )
