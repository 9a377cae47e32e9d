"""What stands behind a month's statement: its re-plan, and the year before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from orebook.chain.calendar import Period, kind_of, period
from orebook.evaluate.policy.basis import basis_from
from orebook.evaluate.policy.read import in_force
from orebook.evaluate.policy.revalue import plan_set
from orebook.evaluate.policy.value import price
from orebook.evaluate.statement.value import Past
from orebook.keeping import BASIS
from orebook.ledger.month import ClosedMonth

if TYPE_CHECKING:
    from orebook.evaluate.policy.rules import PricePolicy
    from orebook.plan.accounts import Month, PriceSet
    from orebook.plan.result import Plan
    from orebook.process.network import Network
    from orebook.store.records import Records

__all__ = ["past_of"]


def past_of(
    network: Network,
    policies: Iterable[PricePolicy],
    records: Records,
    month: Period,
    replanned: Plan | None,
) -> Past:
    """Gather what the statement of a month needs beside the month.

    Parameters
    ----------
    network : Network
        Chain and streams.
    policies : iterable of PricePolicy
        Price policies of the book; each month stands at the one in force in it.
    records : Records
        Where closed months and the basis of their prices are kept.
    month : Period
        The month.
    replanned : Plan or None
        Its last re-plan.

    Notes
    -----
    The year to date is the calendar year; where the books run by days it is the
    calendar month. Periods before the first of the books are not missing.
    """
    chosen = tuple(policies)
    found: list[tuple[Month, Month, PriceSet]] = []
    missing: list[str] = []
    for earlier in _before(month, network.chain.group.first_period):
        row = _valued(network, chosen, records, earlier)
        if row is None:
            missing.append(earlier.name)
        else:
            found.append(row)
    again = None if replanned is None else replanned.month(0)
    return Past(again, tuple(found), tuple(missing))


def _before(month: Period, first: str) -> Iterator[Period]:
    """Yield the earlier periods of the same year, oldest first."""
    kind, begun = kind_of(month.name), period(first).first
    found: list[Period] = []
    one = month.previous()
    while one.first >= begun and _same(one, month, kind):
        found.append(one)
        one = one.previous()
    yield from reversed(found)


def _same(one: Period, month: Period, kind: str) -> bool:
    if kind == "day":
        return one.month == month.month
    return one.last.year == month.last.year


def _valued(
    network: Network, policies: tuple[PricePolicy, ...], records: Records, one: Period
) -> tuple[Month, Month, PriceSet] | None:
    if not (records.has("close", one.name) and records.has(BASIS, one.name)):
        return None
    close = records.latest("close", one.name).content
    kept = records.latest(BASIS, one.name).content
    if not (isinstance(close, dict) and isinstance(kept, dict)):
        return None
    closed, basis = ClosedMonth.from_dict(close), basis_from(kept)
    policy = in_force(policies, one) or plan_set()
    prices = price(network, policy, basis, closed.market).prices
    return basis.planned, closed.month(), prices
