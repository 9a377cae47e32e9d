"""Valuation as a view: any closed month again at any price set, changing nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from orebook.evaluate.journal import MarketResult, journal, money, settle_market
from orebook.evaluate.policy.basis import Basis
from orebook.evaluate.policy.rules import PricePolicy
from orebook.evaluate.policy.value import PolicyPrices, price
from orebook.ledger.month import ClosedMonth
from orebook.plan.accounts import Month, PriceSet, lines
from orebook.process.network import Network

__all__ = [
    "PLAN",
    "Valued",
    "difference",
    "plan_set",
    "revalue",
    "total_of",
    "value_month",
]

PLAN = "plan"
"""Name of the price set that is the plan's own."""


@dataclass(frozen=True, slots=True)
class Valued:
    """A closed month at one price set.

    Parameters
    ----------
    period, price_set : str
        Month, and the policy or ``plan``.
    market : MarketResult
        Result of every centre; elimination; group [0.01 CNY].
    difference : float
        What sellers were credited above what buyers were charged: sum of (credit -
        charge) x quantity over dual-rate goods [CNY].
    """

    period: str
    price_set: str
    market: MarketResult
    difference: float

    def result(self) -> dict[str, int]:
        """Return the result of each centre [0.01 CNY]."""
        return {c.centre: c.margin + c.rent for c in self.market.centres}

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        return {
            "period": self.period,
            "price_set": self.price_set,
            "centres": [
                {"centre": k, "result_cny": money(v)} for k, v in self.result().items()
            ],
            "elimination_cny": money(self.market.elimination),
            "group_cny": money(self.market.group),
            "dual_rate_difference_cny": self.difference,
        }


def plan_set(name: str = PLAN) -> PricePolicy:
    """Return the policy that every book has: the plan's own prices.

    Parameters
    ----------
    name : str
        Its id.
    """
    return PricePolicy(
        id=name, name="计划对偶价格", name_en="prices of the plan",
        valid_from=date.min, valid_to=date.max, approved_by=["plan"],
    )  # fmt: skip


def value_month(network: Network, month: Month, priced: PolicyPrices) -> Valued:
    """Value the quantities of a month at a price set.

    Parameters
    ----------
    network : Network
        Chain and streams.
    month : Month
        Real quantities and market prices.
    priced : PolicyPrices
        The price set of the period.

    Returns
    -------
    Valued
        Centres and elimination sum to the group's margin, which is the same at every
        price set.
    """
    market = settle_market(journal(lines(network, month, priced.prices)), {})
    gap = difference(network, month, priced.prices)
    return Valued(month.period.name, priced.policy, market, gap)


def difference(network: Network, month: Month, prices: PriceSet) -> float:
    """Return what sellers are credited above what buyers are charged [CNY].

    Parameters
    ----------
    network : Network
        Streams.
    month : Month
        Quantities.
    prices : PriceSet
        Its ``credit`` names the dual-rate goods.
    """
    return sum(
        (prices.credit[s.balance] - prices.internal[s.balance]) * month.amounts[s.id]
        for s in network.streams
        if s.sign > 0 and s.balance in prices.credit
    )


def revalue(
    network: Network,
    policy: PricePolicy,
    months: Iterable[tuple[ClosedMonth, Basis]],
) -> tuple[Valued, ...]:
    """Value closed months at a price set; nothing that is closed is touched.

    Parameters
    ----------
    network : Network
        Chain and streams.
    policy : PricePolicy
        The price set, or :func:`plan_set`.
    months : iterable
        Closed months, each with the basis kept when it was evaluated.
    """
    return tuple(
        value_month(
            network, closed.month(), price(network, policy, basis, closed.market)
        )
        for closed, basis in months
    )


def total_of(months: Iterable[Valued]) -> dict[str, int]:
    """Return the result of each centre over several months [0.01 CNY].

    Parameters
    ----------
    months : iterable of Valued
        Months at one price set.
    """
    total: dict[str, int] = {}
    for one in months:
        for centre, cents in one.result().items():
            total[centre] = total.get(centre, 0) + cents
    return total
