"""The accounts of a closed month at a set of prices: market, journal, variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orebook.evaluate.journal import MarketResult, Posting, journal, settle_market
from orebook.evaluate.variance import Variance, variance
from orebook.plan.accounts import PriceSet, lines

if TYPE_CHECKING:
    from orebook.ledger.month import ClosedMonth
    from orebook.plan.result import Plan

__all__ = ["Accounts", "accounts_of"]


@dataclass(frozen=True, slots=True)
class Accounts:
    """What a month was worth, and why it differs from its plan.

    Parameters
    ----------
    planned, market : MarketResult
        Internal market at plan and at actual quantities, in cents.
    postings : tuple of Posting
        The journal of the actual month.
    variance : Variance
        Plan to actual, by centre and in detail.
    """

    planned: MarketResult
    market: MarketResult
    postings: tuple[Posting, ...]
    variance: Variance


def accounts_of(plan: Plan, closed: ClosedMonth, prices: PriceSet) -> Accounts:
    """Return the accounts of a closed month; the same inputs give the same, for ever.

    Parameters
    ----------
    plan : Plan
        Released before the month; its first period is the month.
    closed : ClosedMonth
        The month.
    prices : PriceSet
        Internal prices of the month [CNY/unit].

    Notes
    -----
    The one place where a month is valued and explained: the report, the rewards and
    the audit that derives a published reward again all come here.
    """
    rents, network = plan.rent_by_centre(0), plan.network
    month, before = closed.month(), plan.month(0)
    postings = journal(lines(network, month, prices))
    return Accounts(
        planned=settle_market(journal(lines(network, before, prices)), rents),
        market=settle_market(postings, rents),
        postings=postings,
        variance=variance(
            plan.network_of(0),
            prices,
            plan=before,
            actual=month,
            fed=closed.content,
            doubt={k: f.sd for k, f in closed.figures.items()},
            fed_doubt=closed.content_doubt,
            mixes=plan.assays(0),
        ),
    )
