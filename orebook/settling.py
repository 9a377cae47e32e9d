"""From a closed month to its result: market, variance, hindsight, benchmark, reward.

Every step is a pure function of another room; here they are called in order and the
result is kept in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orebook.evaluate.accounts import accounts_of
from orebook.evaluate.policy.basis import basis_of
from orebook.evaluate.policy.read import in_force
from orebook.evaluate.policy.revalue import plan_set
from orebook.evaluate.policy.value import price
from orebook.keeping import Frozen, benchmark_of, keep_result, rejected_rows, timed
from orebook.paying import PayBook, said_around, settle_all
from orebook.plan.result import Plan
from orebook.process.network import Network
from orebook.releases import hindsight_of, last_replan
from orebook.report.month_result import MonthResult
from orebook.reward.keep_month import Evidence, keep_month
from orebook.year import past_of

if TYPE_CHECKING:
    from orebook.evaluate.policy.rules import PricePolicy
    from orebook.reward.scheme import Scheme
    from orebook.store.records import Records

__all__ = ["Rules", "settle_month"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a month is settled by.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    network : Network
        Chain and streams.
    policies : tuple of PricePolicy
        Price policies; the one in force sets the internal prices.
    schemes : tuple of Scheme
        Reward schemes.
    records : Records
        Where results are kept and earlier months stand.
    """

    folder: Path
    network: Network
    policies: tuple[PricePolicy, ...]
    schemes: tuple[Scheme, ...]
    records: Records


def settle_month(
    rules: Rules, plan: Plan, frozen: Frozen, seconds: dict[str, float]
) -> MonthResult:
    """Settle the market, explain the variance, settle the rewards; keep the result.

    Parameters
    ----------
    rules : Rules
        What it is settled by.
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
        policy = in_force(rules.policies, plan.periods[0]) or plan_set()
        priced = price(rules.network, policy, basis, closed.market)
        prices = priced.prices
        found = accounts_of(plan, closed, prices)
    with timed(seconds, "hindsight"):
        again = last_replan(rules.records, plan)
        adaptation, weeks = hindsight_of(rules.records, plan, closed, again)
    with timed(seconds, "year"):
        past = past_of(rules.network, rules.policies, rules.records, plan.periods[0],
                       again)  # fmt: skip
    with timed(seconds, "benchmark"):
        gaps = benchmark_of(rules.folder, rules.records, plan, closed, prices.internal)
    with timed(seconds, "reward"):
        evidence = Evidence(plan, closed, found.variance, found.postings, prices)
        kept, paying = keep_month(evidence), _paying(rules)
        settlements = settle_all(paying, kept)
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
        rejected=rejected_rows(rules.records, closed),
        benchmark=gaps,
        past=past,
    )
    with timed(seconds, "keep"):
        facts = kept.to_dict() | said_around(paying, kept.period)
        keep_result(rules.records, result, basis, facts)
    return result


def _paying(rules: Rules) -> PayBook:
    return PayBook(rules.folder, rules.network, rules.schemes, rules.records)
