"""Variance of every line of a statement by cause, exact and the month's own split.

What the variance of the month says of a unit or a contract is opened to the lines it
consists of: the split is linear, so the lines of a centre sum to its variance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from orebook.chain.demand import DemandCharge
from orebook.evaluate.attribution import shapley_values
from orebook.evaluate.fair import Assays
from orebook.evaluate.journal import to_cents
from orebook.evaluate.statement.amounts import Amounts
from orebook.evaluate.statement.layout import (
    PRICE_VARIANCE,
    TRADED,
    Key,
    Layout,
    layout_of,
)
from orebook.evaluate.statement.moves import Moves, moves_of, scaled
from orebook.evaluate.variance import EFFECTS, TERM_EFFECT
from orebook.plan.accounts import (
    DEMAND,
    Line,
    Month,
    PriceSet,
    limit_terms,
    lines,
    outside,
)
from orebook.plan.demand import billed_kw, charge_money
from orebook.process.contract import Array
from orebook.process.network import Network

__all__ = ["Causes", "in_cents", "line_effects", "tied"]

Causes = dict[str, float]
_WHOLE: Mapping[str, str] = {
    "start_cost": "volume",
    "running_cost": "volume",
    "band_charge": "efficiency",
    "fixed_cost": "spending",
    "spending": "spending",
    **TERM_EFFECT,
}
"""Accounts of which every change has one cause."""


def line_effects(
    network: Network,
    prices: PriceSet,
    *,
    plan: Month,
    actual: Month,
    fed: Assays,
    mixes: Assays | None = None,
) -> dict[Key, Causes]:
    """Explain the change of every line of every centre.

    Parameters
    ----------
    network, prices, plan, actual, fed, mixes
        As in :func:`orebook.evaluate.variance.variance`.

    Returns
    -------
    dict
        Line to cause to money, positive where it helps [CNY]. Trade outside stands at
        the plan's price; the line of its price variance holds price times amount, and
        what of it the order-free split gives to volume and mix is taken off again
        under ``market_price`` of the first line.
    """
    moves = moves_of(network, plan=plan, actual=actual, fed=fed, mixes=mixes)
    beside = _price_variance(network, plan, actual)
    layout = layout_of(network.chain)
    work = _Work(network, prices, plan, actual, moves, layout, beside)
    work.limits()
    work.demand()
    for before, after in _pairs(network, prices, plan, actual):
        work.line(before, after)
    return {key: causes for key, causes in work.found.items() if any(causes.values())}


def _pairs(
    network: Network, prices: PriceSet, plan: Month, actual: Month
) -> list[tuple[Line | None, Line | None]]:
    """Return the lines planned and real side by side; limits apart."""
    layout = layout_of(network.chain)
    sides: list[dict[Key, Line]] = []
    for month in (plan, actual):
        side: dict[Key, Line] = {}
        for row in lines(network, month, prices):
            if row.account == "limit_charge" or row.subject.startswith(DEMAND):
                continue
            key = Key(row.centre, layout.line_of(row), row.subject)
            old = side.get(key)
            side[key] = row if old is None else _both(old, row)
        sides.append(side)
    keys = dict.fromkeys((*sides[0], *sides[1]))
    return [(sides[0].get(k), sides[1].get(k)) for k in keys]


def _both(one: Line, other: Line) -> Line:
    return replace(
        one, quantity=one.quantity + other.quantity, amount=one.amount + other.amount
    )


@dataclass(slots=True)
class _Work:
    """Collects the causes of every line; lives for one call only."""

    network: Network
    prices: PriceSet
    plan: Month
    actual: Month
    moves: Moves
    layout: Layout
    beside: Mapping[tuple[str, str], float]
    found: dict[Key, Causes] = field(default_factory=dict)

    def add(self, key: Key, causes: Mapping[str, float], each: float = 1.0) -> None:
        """Add money to a line."""
        held = self.found.setdefault(key, {})
        for cause, change in causes.items():
            held[cause] = held.get(cause, 0.0) + each * change

    def line(self, before: Line | None, after: Line | None) -> None:
        """Explain one line by the account it belongs to."""
        one = before or after
        assert one is not None
        old = 0.0 if before is None else before.amount
        new = 0.0 if after is None else after.amount
        key = Key(one.centre, self.layout.line_of(one), one.subject)
        if one.account in _WHOLE:
            self.add(key, {_WHOLE[one.account]: new - old})
        elif one.account in TRADED:
            self._outside(key, new - old)
        elif one.account == "variable_cost":
            self.add(key, self.moves.duties[one.subject], -one.price)
        elif one.account == "holding_cost":
            self.add(key, {"volume": new - old})
        else:
            self.add(key, self.moves.streams[one.subject], self._each(one))

    def _each(self, row: Line) -> float:
        """Return what one unit more of a stream adds to a line [CNY/unit]."""
        if row.account == "freight":
            return -row.price
        s = self.network.stream[row.subject]
        if row.account != "inventory":
            return s.sign * self.prices.of(s)
        worth = self.prices.opening.get(s.owner, self.prices.of(s))
        if s.role == "close":
            worth = self.prices.closing[s.owner]
        return -s.sign * worth

    def _outside(self, key: Key, change: float) -> None:
        """Split trade: at the plan's price, and what the market made of the price."""
        causes = self.moves.traded[key.subject]
        beside = self.beside.get((key.centre, key.subject), 0.0)
        own = {**causes, "market_price": 0.0}
        own["market_price"] = change - beside - own["volume"] - own["mix"]
        self.add(key, own)
        side = PRICE_VARIANCE[key.line == "external_sale"]
        self.add(Key(key.centre, side, key.subject), {"market_price": beside})

    def limits(self) -> None:
        """Explain what users of scarce limits pay their owners."""
        for limit, s, weight in limit_terms(self.network):
            worth = self.prices.limits.get(limit.id, 0.0)
            if not worth:
                continue
            subject = f"limit:{limit.id}"
            dirty = subject in self.layout.dirty
            paid, received = "limit_paid", "limit_received"
            if worth * weight < 0.0:
                paid, received = received, paid
            moved = self.moves.streams[s.id]
            user = Key(s.centre, "environment" if dirty else paid, subject)
            self.add(user, moved, -worth * weight)
            owner = Key(limit.centre, "environment" if dirty else received, subject)
            self.add(owner, {"volume": sum(moved.values())}, worth * weight)

    def demand(self) -> None:
        """Explain demand charges: more load in all, or another shape."""
        for d in self.network.chain.demand_charges:
            key = Key(d.centre, "external_purchase", f"{DEMAND}{d.id}")
            self.add(key, self._loads(d), -charge_money(d, 1.0, self.actual.period))

    def _loads(self, charge: DemandCharge) -> Causes:
        names = [f"buy:{p}" for p in charge.purchases]
        months = (self.plan, self.actual)
        q0, q1 = (np.array([m.amounts[n] for n in names]) for m in months)

        def billed(amounts: Array) -> float:
            given = dict(zip(names, map(float, amounts), strict=True))
            chain, period = self.network.chain, self.actual.period
            return billed_kw(chain, charge, given, period)

        def value(on: NDArray[np.bool_]) -> Array:
            cases = (scaled(q0, q1, volume=bool(v), mix=bool(m)) for v, m in on)
            return np.array([billed(case) for case in cases])

        parts = shapley_values(value, 2)
        base = billed(q0), billed(q1)
        stated = [m.demand.get(charge.id) for m in months]
        real = [b if s is None else s for s, b in zip(stated, base, strict=True)]
        # Another day of the month may have set the load that is billed.
        rest = (real[1] - base[1]) - (real[0] - base[0])
        return {"volume": float(parts[0]) + rest, "mix": float(parts[1])}


def _price_variance(
    network: Network, plan: Month, actual: Month
) -> dict[tuple[str, str], float]:
    """Return what the real price made of the real amount of each contract [CNY]."""
    found: dict[tuple[str, str], float] = {}
    for sign, month in ((1.0, actual), (-1.0, replace(actual, market=plan.market))):
        for r in outside(network, month):
            if r.account in TRADED:
                key = (r.centre, r.subject)
                found[key] = found.get(key, 0.0) + sign * r.amount
    return found


def in_cents(
    effects: Mapping[Key, Causes], plan: Amounts, actual: Amounts
) -> dict[Key, dict[str, int]]:
    """Return the causes of every line in cents, each line exact.

    Parameters
    ----------
    effects : mapping
        Line to cause to money [CNY].
    plan, actual : Amounts
        The two sides.

    Returns
    -------
    dict
        Every cause of :data:`orebook.evaluate.variance.EFFECTS` in whole cents; what
        rounding leaves goes to the greatest, so each line sums to its change.
    """
    found = {}
    for key in dict.fromkeys((*plan.of, *actual.of, *effects)):
        causes = effects.get(key, {})
        cents = {e: to_cents(causes.get(e, 0.0)) for e in EFFECTS}
        rest = actual.cents(key) - plan.cents(key) - sum(cents.values())
        greatest = max(EFFECTS, key=lambda e: abs(cents[e]))
        cents[greatest] += rest
        found[key] = cents
    return found


def tied(
    cents: Mapping[Key, dict[str, int]], centres: Mapping[str, Mapping[str, int]]
) -> dict[Key, dict[str, int]]:
    """Return causes of lines in cents that also sum to the causes of their centre.

    Parameters
    ----------
    cents : mapping
        Line to cause to cents, each line exact [0.01 CNY].
    centres : mapping
        Centre to cause to cents, of the same whole [0.01 CNY].

    Returns
    -------
    dict
        Single cents moved between two causes of the line where they weigh least.

    Examples
    --------
    >>> a, b = Key("pit", "freight", "a"), Key("pit", "freight", "b")
    >>> rows = {a: {"volume": 3, "mix": 2}, b: {"volume": 90, "mix": 40}}
    >>> tied(rows, {"pit": {"volume": 94, "mix": 41}})[b]
    {'volume': 91, 'mix': 39}
    """
    found = {key: dict(row) for key, row in cents.items()}
    for centre, target in centres.items():
        rows = [row for key, row in found.items() if key.centre == centre]
        off = {e: v - sum(row[e] for row in rows) for e, v in target.items()}
        if not rows or sum(off.values()) != 0:
            continue
        while any(off.values()):
            low, high = min(off, key=lambda e: off[e]), max(off, key=lambda e: off[e])
            count = min(-off[low], off[high])
            row = max(rows, key=lambda r: abs(r[low]) + abs(r[high]))
            row[low] -= count
            row[high] += count
            off[low] += count
            off[high] -= count
    return found
