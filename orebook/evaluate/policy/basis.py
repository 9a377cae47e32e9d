"""What a price policy works on: the plan of a period, its prices and its market."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from orebook.chain.calendar import period
from orebook.chain.chain import Balance, good
from orebook.plan.accounts import Month, PriceSet
from orebook.process.network import Network

if TYPE_CHECKING:
    from orebook.plan.result import Plan

__all__ = ["Basis", "basis_from", "basis_of"]


@dataclass(frozen=True)
class Basis:
    """A planned period with everything a price can be made from.

    Parameters
    ----------
    planned : Month
        Quantities posted and market prices known before the period.
    prices : PriceSet
        The plan's internal prices, closing worths and worth of shared limits.
    bid, ask : mapping
        What one unit more is worth, and one unit less costs; None without end
        [CNY/unit].
    point : mapping
        ``UNIT.PORT`` and component to what one percentage point more is worth
        [CNY/unit].
    """

    planned: Month
    prices: PriceSet
    bid: Mapping[Balance, float | None]
    ask: Mapping[Balance, float | None]
    point: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data that :func:`basis_from` reads."""
        month, prices = self.planned, self.prices
        return {
            "period": month.period.name,
            "amounts": dict(month.amounts),
            "duties": dict(month.duties),
            "market": dict(month.market),
            "demand": dict(month.demand),
            "whole": dict(month.whole),
            "internal": {str(b): v for b, v in prices.internal.items()},
            "closing": dict(prices.closing),
            "limits": dict(prices.limits),
            "bid": {str(b): v for b, v in self.bid.items()},
            "ask": {str(b): v for b, v in self.ask.items()},
            "point": {k: dict(v) for k, v in self.point.items()},
        }


def basis_of(plan: Plan, t: int = 0) -> Basis:
    """Return what the prices of a planned period rest on.

    Parameters
    ----------
    plan : Plan
        A priced plan.
    t : int
        Period, counted from 0.
    """
    rows = dict(zip(plan.network.balances, _sides(plan, t), strict=True))
    return Basis(
        planned=plan.month(t),
        prices=plan.prices_of(t),
        bid={b: bid for b, (bid, _) in rows.items()},
        ask={b: ask for b, (_, ask) in rows.items()},
        point=_points(plan, t),
    )


def _sides(plan: Plan, t: int) -> list[tuple[float | None, float | None]]:
    bid, ask = plan.prices.bid[:, t], plan.prices.ask[:, t]
    return [
        (float(b) if isfinite(b) else None, float(a) if isfinite(a) else None)
        for b, a in zip(bid, ask, strict=True)
    ]


def _points(plan: Plan, t: int) -> dict[str, dict[str, float]]:
    """Return what a point of each component of each feed is worth [CNY/unit]."""
    from orebook.plan.quality_worth import POINT, quality_worths

    found: dict[str, dict[str, float]] = {}
    for q in quality_worths(plan, t):
        if q.kind == "feed" and "/" not in q.component and q.component != "energy":
            at = found.setdefault(f"{q.subject}.{q.of}", {})
            at[q.component] = q.each * POINT / q.step
    return found


def basis_from(data: Mapping[str, object]) -> Basis:
    """Return the basis that :meth:`Basis.to_dict` wrote.

    Parameters
    ----------
    data : mapping
        Plain data.
    """
    numbers = TypeAdapter(dict[str, float]).validate_python
    sides = TypeAdapter(dict[str, float | None]).validate_python
    points = TypeAdapter(dict[str, dict[str, float]]).validate_python
    of = {k: numbers(data[k]) for k in _NUMBERS}
    month = Month(
        period(str(data["period"])), of["amounts"], of["duties"], of["market"], {},
        of["demand"], of["whole"],
    )  # fmt: skip
    internal = {good(k): v for k, v in of["internal"].items()}
    return Basis(
        planned=month,
        prices=PriceSet(internal, of["closing"], of["limits"]),
        bid={good(k): v for k, v in sides(data["bid"]).items()},
        ask={good(k): v for k, v in sides(data["ask"]).items()},
        point=points(data["point"]),
    )


_NUMBERS = ("amounts", "duties", "market", "demand", "whole", "internal", "closing",
            "limits")  # fmt: skip


def collar(
    network: Network,
    market: Mapping[str, float],
    only: Collection[str] | None = None,
) -> dict[Balance, Collar]:
    """Return what each good fetches and costs outside, where it is traded there.

    Parameters
    ----------
    network : Network
        Chain and streams.
    market : mapping
        ``buy:ID`` and ``sell:ID`` to price, freight included [CNY/unit].
    only : collection of str, optional
        Contracts that make the market; all of a good where empty.

    Returns
    -------
    dict
        Best price of its sales and lowest price of its purchases; None where it has
        none, or where the two contradict each other.
    """
    sell: dict[Balance, float] = {}
    buy: dict[Balance, float] = {}
    for s in network.chain.sales:
        if only and s.id not in only:
            continue
        for text in s.goods:
            b, price = good(text), market[f"sell:{s.id}"]
            sell[b] = max(price, sell.get(b, price))
    for p in network.chain.purchases:
        if only and p.id not in only:
            continue
        b, price = good(p.good), market[f"buy:{p.id}"]
        buy[b] = min(price, buy.get(b, price))
    return {b: Collar(sell.get(b), buy.get(b)) for b in network.balances}


@dataclass(frozen=True, slots=True)
class Collar:
    """Export and import parity of a good [CNY/unit]; None where there is no market."""

    sell: float | None
    buy: float | None

    def hold(self, price: float) -> float:
        """Return a price held inside the collar; a crossed collar holds nothing.

        Examples
        --------
        >>> Collar(2700.0, 3000.0).hold(5331.25)
        3000.0
        """
        low, high = self.sell, self.buy
        if low is not None and high is not None and low > high:
            return price
        if low is not None:
            price = max(price, low)
        return price if high is None else min(price, high)
