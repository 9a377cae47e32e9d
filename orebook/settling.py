"""From a closed month to its result: market, variance, hindsight, benchmark, reward.

Every step is a pure function of another room; here they are called in order and the
result is kept in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orebook.evaluate.accounts import accounts_of
from orebook.evaluate.policy.basis import basis_of
from orebook.evaluate.policy.read import in_force
from orebook.evaluate.policy.revalue import plan_set
from orebook.evaluate.policy.value import price
from orebook.keeping import Frozen, benchmark_of, keep_result, rejected_rows, timed
from orebook.paying import PayBook, said_around, settle_all
from orebook.plan.result import Plan
from orebook.releases import hindsight_of, last_replan
from orebook.report.month_result import MonthResult
from orebook.reward.keep_month import Evidence, keep_month
from orebook.year import past_of

if TYPE_CHECKING:
    from orebook.evaluate.policy.rules import PricePolicy

__all__ = ["settle_month"]


def settle_month(
    book: PayBook,
    policies: Sequence[PricePolicy],
    plan: Plan,
    frozen: Frozen,
    seconds: dict[str, float],
) -> MonthResult:
    """Settle the market, explain the variance, settle the rewards; keep the result.

    Parameters
    ----------
    book : PayBook
        Streams, reward schemes, and what was kept of earlier months.
    policies : sequence of PricePolicy
        Price policies; the one in force sets the internal prices.
    plan : Plan
        Released before the month.
    frozen : Frozen
        The closed month.
    seconds : dict
        Takes up the time of each step [s].
    """
    closed = frozen.closed
    with timed(seconds, "evaluate"):
        basis = basis_of(plan)
        policy = in_force(policies, plan.periods[0]) or plan_set()
        priced = price(book.network, policy, basis, closed.market)
        prices = priced.prices
        found = accounts_of(plan, closed, prices)
    with timed(seconds, "hindsight"):
        again = last_replan(book.records, plan)
        adaptation, weeks = hindsight_of(book.records, plan, closed, again)
    with timed(seconds, "year"):
        past = past_of(book.network, policies, book.records, plan.periods[0],
                       again)  # fmt: skip
    with timed(seconds, "benchmark"):
        gaps = benchmark_of(book.folder, book.records, plan, closed, prices.internal)
    with timed(seconds, "reward"):
        evidence = Evidence(plan, closed, found.variance, found.postings, prices)
        kept = keep_month(evidence)
        settlements = settle_all(book, kept)
    result = MonthResult(
        plan=plan,
        priced=priced,
        closed=closed,
        close_hash=frozen.document.chain_hash,
        close_version=frozen.document.version,
        planned=found.planned,
        market=found.market,
        postings=found.postings,
        variance=found.variance,
        adaptation=adaptation,
        weeks=weeks,
        settlements=settlements,
        seconds=seconds,
        rejected=rejected_rows(book.records, closed),
        benchmark=gaps,
        past=past,
    )
    with timed(seconds, "keep"):
        facts = kept.to_dict() | said_around(book, kept.period)
        keep_result(book.records, result, basis, facts)
    return result
