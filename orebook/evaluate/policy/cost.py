"""Prices from cost: what a good costs its makers when all they use is at its price.

The goods priced at cost may use each other, so their prices solve one linear system.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Balance
from orebook.errors import InputError
from orebook.plan.accounts import Month, outside
from orebook.process.network import Network, Stream

__all__ = ["CostRule", "cost_prices"]

LEAST = 1e-9
"""A supply below this makes no cost [unit]."""


@dataclass(frozen=True, slots=True)
class CostRule:
    """How a good is priced at cost.

    Parameters
    ----------
    full : bool
        True if the fixed cost of the centre is in it.
    markup : float
        On cost [-].
    """

    full: bool
    markup: float


def cost_prices(
    network: Network,
    month: Month,
    rules: Mapping[Balance, CostRule],
    known: Mapping[Balance, float],
    worth: Mapping[Balance, float],
) -> dict[Balance, float]:
    """Return the price of every good that is priced at cost.

    Parameters
    ----------
    network : Network
        Chain and streams.
    month : Month
        Planned quantities.
    rules : mapping
        The goods priced at cost.
    known : mapping
        Price of all other goods [CNY/unit].
    worth : mapping
        The plan's prices; fixed cost is shared by them among what a centre makes, and
        a good nobody makes or buys keeps its own [CNY/unit].

    Returns
    -------
    dict
        Price of each good of ``rules`` [CNY/unit].

    Raises
    ------
    InputError
        If the goods go round in a circle that makes more of itself than it uses.

    Notes
    -----
    p = (1 + markup) (own cost + sum of inputs x price - by-products x price) / supply,
    over all that supplies the good: units, routes with their freight, purchases.
    """
    goods = list(rules)
    index = {b: k for k, b in enumerate(goods)}
    matrix = np.eye(len(goods))
    right = np.zeros(len(goods))
    money = _Money(network, month, worth)
    for k, b in enumerate(goods):
        rule = rules[b]
        made = [s for s in network.streams if s.balance == b and _supplies(s, month)]
        total = sum(month.amounts[s.id] for s in made)
        if total <= LEAST:
            right[k] = worth[b]
            continue
        share = (1.0 + rule.markup) / total
        for s in made:
            right[k] += share * money.own(s, full=rule.full)
            for other, quantity in money.used(s):
                if other in index:
                    matrix[k, index[other]] -= share * quantity
                else:
                    right[k] += share * quantity * known[other]
    return dict(zip(goods, _solved(matrix, right, goods), strict=True))


def _solved(
    matrix: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    right: np.ndarray[tuple[int], np.dtype[np.float64]],
    goods: list[Balance],
) -> list[float]:
    names = ", ".join(map(str, goods))
    try:
        price = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError as error:
        raise InputError(
            f"{names} are priced at cost and use each other without end; give one of "
            "them another method"
        ) from error
    if not np.all(np.isfinite(price)) or np.linalg.cond(matrix) > 1e12:
        raise InputError(
            f"{names}: the cost of one rests on itself; give one of them another method"
        )
    return [float(v) for v in price]


def _supplies(s: Stream, month: Month) -> bool:
    made = s.role in {"unit", "receive", "buy"}
    return made and s.sign > 0 and month.amounts[s.id] > LEAST


class _Money:
    """Own cost and inputs of whatever supplies a good."""

    def __init__(
        self, network: Network, month: Month, worth: Mapping[Balance, float]
    ) -> None:
        self._network, self._month = network, month
        self._spent: dict[str, float] = {}
        self._fixed: dict[str, float] = {}
        for row in outside(network, month):
            if row.account == "fixed_cost":
                self._fixed[row.centre] = self._fixed.get(row.centre, 0.0) - row.amount
            else:
                key = row.subject
                self._spent[key] = self._spent.get(key, 0.0) - row.amount
        self._value: dict[str, float] = {}
        for s in network.streams:
            if s.role == "unit" and s.sign > 0:
                made = max(0.0, month.amounts[s.id] * worth[s.balance])
                for key in (s.owner, f"centre:{s.centre}"):
                    self._value[key] = self._value.get(key, 0.0) + made

    def own(self, s: Stream, *, full: bool) -> float:
        """Return what its maker spends outside the internal market [CNY]."""
        if s.role == "buy":
            return self._spent.get(s.id, 0.0)
        if s.role == "receive":
            return self._spent.get(f"send:{s.owner}:{s.balance.material}", 0.0)
        duties = self._network.processes[s.owner].duties
        spent = sum(self._spent.get(f"{s.owner}:{d.name}", 0.0) for d in duties)
        return spent + (self._share(s) if full else 0.0)

    def _share(self, s: Stream) -> float:
        whole = self._value.get(f"centre:{s.centre}", 0.0)
        part = self._value.get(s.owner, 0.0)
        return self._fixed.get(s.centre, 0.0) * part / whole if whole > 0.0 else 0.0

    def used(self, s: Stream) -> Iterable[tuple[Balance, float]]:
        """Yield what it takes in (+) and gives beside the good (-) [unit]."""
        if s.role == "receive":
            sent = self._network.stream[f"send:{s.owner}:{s.balance.material}"]
            yield sent.balance, self._month.amounts[sent.id]
        elif s.role == "unit":
            for other in self._network.of(s.owner):
                if other.id != s.id:
                    yield other.balance, -other.sign * self._month.amounts[other.id]
