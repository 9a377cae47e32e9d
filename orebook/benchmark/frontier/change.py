"""Change over time: Malmquist, Luenberger and Malmquist-Luenberger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

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
from orebook.benchmark.frontier.technology import Returns, check_returns, technology
from orebook.errors import InputError

__all__ = ["Change", "luenberger", "malmquist", "malmquist_luenberger"]

Method = Literal["global", "adjacent"]
_Period = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Change of productivity from each period to the next.

    Parameters
    ----------
    kind : {"malmquist", "luenberger", "malmquist_luenberger"}
        An index multiplies and is 1 without change; an indicator adds and is 0.
    method : {"global", "adjacent"}
        Frontier of all periods, or of the two compared.
    units : tuple of str
        Names of the units.
    index : array, shape (periods - 1, units)
        Change; above 1 (or 0) is better [- or CNY].
    catching_up : array, shape (periods - 1, units)
        Part that comes from moving towards the frontier [as `index`].
    frontier_shift : array, shape (periods - 1, units)
        Part that comes from the frontier moving [as `index`].
    scale : array or None
        Of catching up under constant returns, the part of scale [-].
    lacking : array of bool, shape (periods - 1, units)
        Where a mixed period has no point; the frontier of all periods stands in.
    worst : float
        Largest gap or violation of all programmes solved [-].
    """

    kind: Literal["malmquist", "luenberger", "malmquist_luenberger"]
    method: Method
    units: tuple[str, ...]
    index: FloatArray
    catching_up: FloatArray
    frontier_shift: FloatArray
    scale: FloatArray | None
    lacking: FloatArray
    worst: float

    def summary(self) -> str:
        """Return it in a few lines."""
        adds = self.kind == "luenberger"
        names = ("change", "catching up", "shift of the frontier")
        parts = []
        for name, values in zip(
            names, (self.index, self.catching_up, self.frontier_shift), strict=True
        ):
            mean = values.mean() if adds else np.exp(np.log(values).mean())
            parts.append(f"{name} {mean:.4f}")
        lost = int(self.lacking.sum())
        more = f"; {lost} without a point, all periods stand in" if lost else ""
        return (
            f"{self.kind}, {self.method}: {len(self.units)} units, "
            f"{self.index.shape[0]} steps; mean {', '.join(parts)}{more}; certificate "
            f"{self.worst:.1e}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        names = ("index", "catching_up", "frontier_shift", "scale")
        values = {name: getattr(self, name) for name in names}
        return {
            "kind": self.kind,
            "method": self.method,
            "units": list(self.units),
            **{k: None if v is None else v.tolist() for k, v in values.items()},
            "lacking": int(self.lacking.sum()),
            "worst": self.worst,
        }


@dataclass(slots=True)
class _Worst:
    """The largest violation met so far."""

    value: float = 0.0


def _beta(
    reference: _Period,
    at: _Period,
    along: _Period,
    *,
    returns: Returns,
    engine: Engine,
    worst: _Worst,
) -> FloatArray:
    """Return steps of units to a frontier; not a number where there is no point."""
    tech = technology(*reference, returns)
    same = reference[0] is at[0]
    found = distance(
        tech, tech.scaled(*at), tech.scaled(*along),
        itself=np.arange(len(at[0])) if same else None, engine=engine,
    )  # fmt: skip
    gap = np.abs(found.answer.objective - found.answer.bound).max(initial=0.0)
    worst.value = max(worst.value, gap, found.answer.violation.max(initial=0.0))
    return np.where(found.answer.status == 0, found.beta, np.nan)


def _periods(
    inputs: Sequence[FactorsLike],
    outputs: Sequence[FactorsLike],
    units: Sequence[str] | None,
) -> tuple[list[tuple[Factors, Factors]], tuple[str, ...]]:
    """Return checked figures of each period, the same units in each."""
    if len(inputs) != len(outputs) or len(inputs) < 2:
        raise InputError(
            f"{len(inputs)} periods of inputs and {len(outputs)} of outputs; expected "
            "the same number, at least 2; give one table per period"
        )
    found: list[tuple[Factors, Factors]] = []
    names: tuple[str, ...] = ()
    for one, other in zip(inputs, outputs, strict=True):
        x, y = factors(one, "input"), factors(other, "output")
        here = unit_names(len(x.values), units, x, y)
        if names and (here != names or x.values.shape != found[0][0].values.shape):
            raise InputError(
                f"period {len(found) + 1} has other units or factors than the first; "
                "expected the same in the same order; leave out who is not in all"
            )
        names = here
        check(x, y, names)
        found.append((x, y))
    return found, names


def malmquist(
    inputs: Sequence[FactorsLike],
    outputs: Sequence[FactorsLike],
    *,
    method: Method = "global",
    returns: Returns = "crs",
    orientation: Literal["input", "output"] = "output",
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> Change:
    """Return the Malmquist index of each step from one period to the next.

    Parameters
    ----------
    inputs, outputs : sequence of table
        One table per period, the same units in each [unit of the factor].
    method : {"global", "adjacent"}
        "global" compares all with the frontier of all periods: it has always a point
        and its steps multiply to the change over any span. "adjacent" is the
        geometric mean over the two periods' own frontiers.
    returns : {"crs", "vrs", "nirs", "ndrs"}
        Returns to scale of the index; constant, unless scale is to be left out.
    orientation : {"input", "output"}
        Which side the distance is measured on.
    units : sequence of str, optional
        Names of the units.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    Change
        Index = catching up x shift of the frontier.

    Notes
    -----
    Färe, Grosskopf, Norris, Zhang 1994; Pastor, Lovell 2005 (global).

    Examples
    --------
    >>> x = [[2.0], [3.0]], [[1.0], [2.0]]
    >>> y = [[1.0], [4.0]], [[1.0], [4.0]]
    >>> malmquist(x, y, method="adjacent").index.round(3).tolist()
    [[2.0, 1.5]]
    """
    check_returns(returns)
    tables, names = _periods(inputs, outputs, units)
    values = [(x.values, y.values) for x, y in tables]
    worst = _Worst()

    def efficiency(reference: _Period, at: _Period, scale: Returns) -> FloatArray:
        x, y = at
        along = (x, 0.0 * y) if orientation == "input" else (0.0 * x, y)
        beta = _beta(reference, at, along, returns=scale, engine=engine, worst=worst)
        return 1.0 - beta if orientation == "input" else 1.0 / (1.0 + beta)

    pooled = _pooled(values)
    own = [efficiency(v, v, returns) for v in values]
    total = [efficiency(pooled, v, returns) for v in values]
    index, catching, lacking = [], [], []
    for t in range(len(values) - 1):
        overall = total[t + 1] / total[t]
        if method == "adjacent":
            late = efficiency(values[t], values[t + 1], returns)
            early = efficiency(values[t + 1], values[t], returns)
            mean = np.sqrt(late / own[t] * own[t + 1] / early)
            lacking.append(np.isnan(mean))
            overall = np.where(lacking[-1], overall, mean)
        else:
            lacking.append(np.zeros(len(names), dtype=bool))
        index.append(overall)
        catching.append(own[t + 1] / own[t])
    scale = None
    if returns == "crs":
        pure = [efficiency(v, v, "vrs") for v in values]
        scale = np.array([c / (pure[t + 1] / pure[t]) for t, c in enumerate(catching)])
    whole, part = np.array(index), np.array(catching)
    return Change(
        "malmquist", _known(method), names, whole, part, whole / part, scale,
        np.array(lacking), worst.value,
    )  # fmt: skip


def _known(method: Method) -> Method:
    if method not in ("global", "adjacent"):
        raise InputError(
            f"method {method!r}; expected 'global' or 'adjacent'; correct it"
        )
    return method


def _pooled(values: Sequence[_Period]) -> _Period:
    """Return all periods as one set of peers."""
    return (
        np.concatenate([x for x, _ in values]),
        np.concatenate([y for _, y in values]),
    )


def luenberger(
    inputs: Sequence[FactorsLike],
    outputs: Sequence[FactorsLike],
    *,
    bads: Sequence[FactorsLike] | None = None,
    prices: tuple[Prices, Prices] | None = None,
    direction: Literal["both", "input", "output"] = "both",
    method: Method = "global",
    returns: Returns = "vrs",
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> Change:
    """Return the Luenberger indicator: changes that add over units, in money if priced.

    Parameters
    ----------
    inputs, outputs : sequence of table
        One table per period, the same units in each [unit of the factor].
    bads : sequence of table, optional
        Bad outputs, each treated as one more input.
    prices : pair, optional
        Prices of inputs (and bads) and of outputs [CNY/unit]. The direction, that of
        the means of all periods, is then worth 1 CNY, and changes are CNY.
    direction : {"both", "input", "output"}
        What the step moves; bads always.
    method : {"global", "adjacent"}
        As for `malmquist`.
    returns : {"vrs", "crs", "nirs", "ndrs"}
        Returns to scale.
    units : sequence of str, optional
        Names of the units.
    engine : {"auto", "numpy", "compiled"}
        Path.

    Returns
    -------
    Change
        Indicator = catching up + shift of the frontier.

    Notes
    -----
    Chambers, Färe, Grosskopf 1996. With a direction common to all units and worth
    1 CNY changes are money and add: use that for reports of a group.

    Examples
    --------
    >>> x = [[2.0], [3.0]], [[1.0], [3.0]]
    >>> y = [[1.0], [3.0]], [[1.0], [3.0]]
    >>> luenberger(x, y, method="adjacent", returns="crs").index.round(3).tolist()
    [[0.333, 0.0]]
    """
    check_returns(returns)
    values, names, along = _directed(inputs, outputs, bads, prices, direction, units)
    worst = _Worst()

    def step(reference: _Period, at: _Period) -> FloatArray:
        return _beta(
            reference, at, along(at), returns=returns, engine=engine, worst=worst
        )

    pooled = _pooled(values)
    own = [step(v, v) for v in values]
    total = [step(pooled, v) for v in values]
    index, catching, lacking = [], [], []
    for t in range(len(values) - 1):
        overall = total[t] - total[t + 1]
        lost = np.zeros(len(names), dtype=bool)
        if method == "adjacent":
            early = step(values[t + 1], values[t]) - own[t + 1]
            late = own[t] - step(values[t], values[t + 1])
            mean = (early + late) / 2.0
            lost = np.isnan(mean)
            overall = np.where(lost, overall, mean)
        lacking.append(lost)
        index.append(overall)
        catching.append(own[t] - own[t + 1])
    whole, part = np.array(index), np.array(catching)
    return Change(
        "luenberger", _known(method), names, whole, part, whole - part, None,
        np.array(lacking), worst.value,
    )  # fmt: skip


def malmquist_luenberger(
    inputs: Sequence[FactorsLike],
    outputs: Sequence[FactorsLike],
    bads: Sequence[FactorsLike],
    *,
    method: Method = "global",
    returns: Returns = "crs",
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> Change:
    """Return the index of productivity with bad outputs: more good, less bad.

    Parameters
    ----------
    inputs, outputs, bads : sequence of table
        One table per period, the same units in each; each bad is treated as one more
        input [unit of the factor].
    method, returns, units, engine
        As for `malmquist`.

    Returns
    -------
    Change
        Index = catching up x shift of the frontier.

    Notes
    -----
    Chung, Färe, Grosskopf 1997, with bads as inputs: under weak disposability mixed
    periods can lack a point and a dirty unit can pass for efficient.

    Examples
    --------
    >>> one, two = [[1.0], [1.0]], [[7.0], [5.0]]
    >>> found = malmquist_luenberger([one, one], [two, two], [two, two])
    >>> found.index.tolist()
    [[1.0, 1.0]]
    """
    check_returns(returns)
    values, names, along = _directed(inputs, outputs, bads, None, "output", units)
    worst = _Worst()

    def step(reference: _Period, at: _Period) -> FloatArray:
        return 1.0 + _beta(
            reference, at, along(at), returns=returns, engine=engine, worst=worst
        )

    pooled = _pooled(values)
    own = [step(v, v) for v in values]
    total = [step(pooled, v) for v in values]
    index, catching, lacking = [], [], []
    for t in range(len(values) - 1):
        overall = total[t] / total[t + 1]
        lost = np.zeros(len(names), dtype=bool)
        if method == "adjacent":
            product = own[t] / step(values[t], values[t + 1])
            product = product * step(values[t + 1], values[t]) / own[t + 1]
            lost = ~(product > 0.0)
            overall = np.where(lost, overall, np.sqrt(np.where(lost, 1.0, product)))
        lacking.append(lost)
        index.append(overall)
        catching.append(own[t] / own[t + 1])
    whole, part = np.array(index), np.array(catching)
    return Change(
        "malmquist_luenberger", _known(method), names, whole, part, whole / part, None,
        np.array(lacking), worst.value,
    )  # fmt: skip


def _directed(
    inputs: Sequence[FactorsLike],
    outputs: Sequence[FactorsLike],
    bads: Sequence[FactorsLike] | None,
    prices: tuple[Prices, Prices] | None,
    direction: str,
    units: Sequence[str] | None,
) -> tuple[list[_Period], tuple[str, ...], Callable[[_Period], _Period]]:
    """Return periods with bads among the inputs, names, and the rule of directions."""
    tables, names = _periods(inputs, outputs, units)
    if direction not in ("both", "input", "output"):
        raise InputError(
            f"direction {direction!r}; expected 'both', 'input' or 'output'; correct it"
        )
    many = len(tables[0][0].names)
    labels = tables[0][0].names
    values = [(x.values, y.values) for x, y in tables]
    if bads is not None:
        if len(bads) != len(values):
            raise InputError(
                f"{len(bads)} periods of bad outputs for {len(values)} periods; "
                "expected one table per period; give them all"
            )
        foul = [factors(table, "bad output") for table in bads]
        labels = (*labels, *foul[0].names)
        values = [
            (np.concatenate([x, b.values], axis=1), y)
            for (x, y), b in zip(values, foul, strict=True)
        ]
    use, make = float(direction != "output"), float(direction != "input")
    if prices is None:

        def observed(at: _Period) -> _Period:
            gx = at[0].copy()
            gx[:, :many] *= use
            return gx, at[1] * make

        return values, names, observed
    pooled = _pooled(values)
    gx, gy = pooled[0].mean(axis=0), pooled[1].mean(axis=0) * make
    gx[:many] *= use
    w = prices_of(prices[0], labels, 1)[0]
    p = prices_of(prices[1], tables[0][1].names, 1)[0]
    worth = float(w @ gx + p @ gy)
    if not worth > 0.0:
        raise InputError(
            "the direction is worth nothing at these prices; expected a price above 0 "
            "for one factor it moves; supply the prices"
        )

    def common(at: _Period) -> _Period:
        count = len(at[0])
        return np.tile(gx / worth, (count, 1)), np.tile(gy / worth, (count, 1))

    return values, names, common
