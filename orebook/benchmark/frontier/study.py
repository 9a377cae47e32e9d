"""One study of a file of units: scores in each class, money and certainty beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orebook.benchmark.frontier.bootstrap import Bootstrap, bootstrap
from orebook.benchmark.frontier.call import frontier
from orebook.benchmark.frontier.data import Factors
from orebook.benchmark.frontier.money import MoneyGap, money_gap
from orebook.benchmark.frontier.priced import PricedResult, cost_efficiency
from orebook.benchmark.frontier.result import FrontierResult
from orebook.benchmark.frontier.technology import Returns
from orebook.errors import InputError

__all__ = ["Compared", "Outlier", "compare", "price_side"]

OUTLIER = 1.5
"""Super-efficiency from which a unit is to be looked at [-]."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """A unit so far outside the frontier of the others that its figures need a look.

    Parameters
    ----------
    unit : str
        Its name.
    super_efficiency : float
        Share of its inputs (or outputs) the others would need [-].
    rests_on : int
        Units that have it as a peer [-].
    """

    unit: str
    super_efficiency: float
    rests_on: int

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What is known about units of one class.

    Parameters
    ----------
    name : str
        Name of the class; empty where there is one only.
    result : FrontierResult
        Scores, peers, targets.
    money : MoneyGap or None
        Where inputs and outputs are priced.
    cost : PricedResult or None
        Where inputs alone are priced.
    bootstrap : Bootstrap or None
        Where it is asked for.
    outliers : tuple of Outlier
        Units to look at first.
    prices : mapping
        Prices by factor [CNY/unit].
    """

    name: str
    result: FrontierResult
    money: MoneyGap | None
    cost: PricedResult | None
    bootstrap: Bootstrap | None
    outliers: tuple[Outlier, ...]
    prices: Mapping[str, float]

    def summary(self) -> str:
        """Return it in a few lines."""
        parts = [f"class {self.name}"] if self.name else []
        parts.append(self.result.summary())
        parts += [
            part.summary()
            for part in (self.money, self.cost, self.bootstrap)
            if part is not None
        ]
        parts += [
            f"outlier: {o.unit} has super-efficiency {o.super_efficiency:.2f} and is a "
            f"peer of {o.rests_on} others; check its figures first"
            for o in self.outliers
        ]
        return "\n".join(parts)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        parts = {"money": self.money, "cost": self.cost, "bootstrap": self.bootstrap}
        return {
            "class": self.name,
            **self.result.to_dict(),
            **{k: None if v is None else v.to_dict() for k, v in parts.items()},
            "outliers": [o.to_dict() for o in self.outliers],
        }


def price_side(
    prices: Mapping[str, float], names: Sequence[str]
) -> dict[str, float] | None:
    """Return the prices of some factors, or None where none of them has one.

    Parameters
    ----------
    prices : mapping
        Prices by factor [CNY/unit].
    names : sequence of str
        The factors.

    Raises
    ------
    InputError
        Some have a price and some have none.

    Examples
    --------
    >>> price_side({"ore": 50.0}, ["ore"]), price_side({"ore": 50.0}, ["metal"])
    ({'ore': 50.0}, None)
    """
    there = [name for name in names if name in prices]
    if not there:
        return None
    missing = [name for name in names if name not in prices]
    if missing:
        raise InputError(
            f"'{there[0]}' has a price and '{missing[0]}' has none; expected a price "
            "of each input, or of each output, or of none; supply it"
        )
    return {name: float(prices[name]) for name in names}


def compare(
    inputs: Factors,
    outputs: Factors,
    units: Sequence[str],
    *,
    bads: Factors | None = None,
    prices: Mapping[str, float] | None = None,
    samples: int = 0,
    name: str = "",
    **options: Any,
) -> Compared:
    """Return scores of units with money and certainty beside them.

    Parameters
    ----------
    inputs, outputs, bads : Factors
        What units used and made.
    units : sequence of str
        Their names.
    prices : mapping, optional
        Prices by factor; a priced bad is paid for like an input [CNY/unit].
    samples : int
        Replicates of the bootstrap; 0 for none [-].
    name : str
        Name of the class.
    **options
        As for `frontier`.

    Raises
    ------
    InputError
        A price is of no factor, or the options do not go together.

    Examples
    --------
    >>> from orebook.benchmark.frontier.data import factors
    >>> x, y = factors({"ore": [2, 3, 4]}, ""), factors({"metal": [1, 3, 3]}, "")
    >>> found = compare(x, y, "ABC", prices={"ore": 1.0, "metal": 2.0})
    >>> found.money.gap.tolist()
    [3.0, 0.0, 1.0]
    """
    prices = prices or {}
    known = [*inputs.names, *outputs.names, *(bads.names if bads else ())]
    strange = [factor for factor in prices if factor not in known]
    if strange:
        from orebook.chain.nearest import did_you_mean, listed

        raise InputError(
            f"price of '{strange[0]}'; expected one of {listed(known)}; "
            f"{did_you_mean(strange[0], known, 'leave it out')}"
        )
    result = frontier(inputs, outputs, units=units, bads=bads, **options)
    money, cost = _in_money(inputs, outputs, units, bads, prices, options)
    sure = None
    if samples:
        if bads is not None or result.model not in ("radial", "super"):
            raise InputError(
                f"bootstrap of model '{result.model}'; expected radial scores without "
                "bad outputs; leave --bootstrap out"
            )
        sure = bootstrap(
            inputs,
            outputs,
            units=units,
            samples=samples,
            returns=options.get("returns", "vrs"),
            orientation=options.get("orientation", "input"),
            engine=options.get("engine", "auto"),
        )
    outliers = _outliers(result, inputs, outputs)
    return Compared(name, result, money, cost, sure, outliers, prices)


def _in_money(
    inputs: Factors,
    outputs: Factors,
    units: Sequence[str],
    bads: Factors | None,
    prices: Mapping[str, float],
    options: Mapping[str, Any],
) -> tuple[MoneyGap | None, PricedResult | None]:
    """Return the gap in money where both sides are priced, cost where inputs are."""
    paid = inputs
    if bads is not None and any(name in prices for name in bads.names):
        together = np.concatenate([inputs.values, bads.values], axis=1)
        paid = Factors((*inputs.names, *bads.names), together)
    w, p = price_side(prices, paid.names), price_side(prices, outputs.names)
    returns: Returns = options.get("returns", "vrs")
    if w is not None and p is not None:
        kept: Returns = returns if returns in ("vrs", "nirs") else "vrs"
        return money_gap(paid, outputs, w, p, returns=kept, units=units), None
    if w is not None and returns != "fdh":
        return None, cost_efficiency(paid, outputs, w, returns=returns, units=units)
    return None, None


def _outliers(
    result: FrontierResult, inputs: Factors, outputs: Factors
) -> tuple[Outlier, ...]:
    """Return the units far outside the frontier of the others."""
    if (
        result.bads
        or result.returns == "fdh"
        or result.model not in ("radial", "super")
    ):
        return ()
    scores = result.efficiency
    if result.model == "radial":
        scores = frontier(
            inputs,
            outputs,
            model="super",
            returns=result.returns,  # type: ignore[arg-type]  # checked before
            orientation=result.orientation,  # type: ignore[arg-type]
        ).efficiency
    rests = (result.lambdas > 1e-9).sum(axis=0)
    return tuple(
        Outlier(result.units[i], float(scores[i]), int(rests[i]) - 1)
        for i in np.flatnonzero(scores > OUTLIER).tolist()
    )
