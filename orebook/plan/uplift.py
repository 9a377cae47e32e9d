"""Uplift: what must be paid beside the prices so that nobody loses by obeying.

Prices are those of the plan with its whole decisions held. At such prices a start or a
part-filled ship may cost its owner more than it earns; the difference is made whole by
the group, run by run, as in electricity markets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orebook.plan.accounts import Line, Month, limit_terms, outside
from orebook.plan.decided import decisions
from orebook.process.network import Network

if TYPE_CHECKING:
    from orebook.plan.lp import FloatArray
    from orebook.plan.result import Plan

__all__ = ["Uplift", "uplifts"]

SMALLEST = 0.005
"""Below half a cent nothing is paid [CNY]."""


@dataclass(frozen=True, slots=True)
class Uplift:
    """What one run, or one period of lots or batches, needs beside the prices.

    Parameters
    ----------
    kind, subject, centre : str
        Kind of decision, unit or contract, and the centre that owns it.
    first, last : int
        Periods of the run, counted from 0 [-].
    margin : float
        What it earns at internal prices after the costs of the decision [CNY].
    by_period : array of float, shape (periods,)
        The payment, booked where the loss is; the sum is ``max(0, -margin)`` [CNY].
    """

    kind: str
    subject: str
    centre: str
    first: int
    last: int
    margin: float
    by_period: FloatArray

    @property
    def amount(self) -> float:
        """The payment in all [CNY]."""
        return float(self.by_period.sum())


def uplifts(plan: Plan) -> tuple[Uplift, ...]:
    """Return every run and every lot or batch decision with what it needs.

    Parameters
    ----------
    plan : Plan
        A plan; without whole decisions there are none.

    Returns
    -------
    tuple of Uplift
        Also those that need nothing. A run begun before the horizon or not ended in it
        counts with what it costs and earns inside. Relaxed periods count to no run.

    References
    ----------
    .. [1] R. P. O'Neill, P. M. Sotkiewicz, B. F. Hobbs, M. H. Rothkopf, W. R. Stewart,
       "Efficient market-clearing prices in markets with nonconvexities", European
       Journal of Operational Research, 2005.
    """
    found = decisions(plan.assembly, plan.x)
    if plan.mixed is None or not found:
        return ()
    margin = _Margins(plan)
    whole = plan.assembly.conditions.held_whole
    rows = []
    for one in found:
        if one.kind == "band":
            continue  # a surcharge is the price of all units, not a cost of a start
        owner, centre = margin.owner_of(one.kind, one.subject)
        money = margin.of(owner)
        for first, last in _spells(one.kind, one.value[:whole], one.stops[:whole]):
            part = money[first : last + 1]
            rows.append(_uplift((one.kind, owner, centre), (first, last), part, plan))
    return tuple(rows)


def _uplift(
    who: tuple[str, str, str], span: tuple[int, int], part: FloatArray, plan: Plan
) -> Uplift:
    total = float(part.sum())
    need = max(0.0, -total) if total < -SMALLEST else 0.0
    loss = np.maximum(0.0, -part)
    by_period = np.zeros(len(plan.periods))
    if need:
        by_period[span[0] : span[1] + 1] = need * loss / loss.sum()
    return Uplift(*who, *span, total, by_period)


def _spells(
    kind: str, value: FloatArray, stops: FloatArray
) -> Iterator[tuple[int, int]]:
    """Yield first and last period of each run; each period of lots by itself."""
    used = np.round(value) > 0
    if kind != "on":
        yield from ((int(t), int(t)) for t in np.flatnonzero(used))
        return
    edge = np.diff(np.concatenate([[0], used.astype(int), [0]]))
    for first, after in zip(
        np.flatnonzero(edge > 0), np.flatnonzero(edge < 0), strict=True
    ):
        stopped = after < used.size and stops[after] > 0  # what stopping costs is its
        yield int(first), int(after if stopped else after - 1)


class _Margins:
    """What units, contracts and routes earn in each period at internal prices [CNY]."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.network = plan.network
        chain = plan.network.chain
        self.centres = {u.id: u.centre for u in chain.units}
        self.centres |= {f"buy:{p.id}": p.centre for p in chain.purchases}
        self.centres |= {f"sell:{s.id}": s.centre for s in chain.sales}
        self.centres |= {f"ship:{r.id}": r.centre for r in chain.routes}
        months = [plan.month(t) for t in range(len(plan.periods))]
        self.outside = [outside_by_owner(plan.network, m) for m in months]
        self.charge = self._charges()

    def owner_of(self, kind: str, subject: str) -> tuple[str, str]:
        """Return what a decision's money is counted at, and the centre that owns it."""
        head, _, rest = subject.partition(":")
        if kind == "lots" and head == "ship":
            subject = f"ship:{rest.partition(':')[0]}"
        return subject, self.centres[subject]

    def of(self, owner: str) -> FloatArray:
        """Return the money of an owner, shape (periods,) [CNY]."""
        name = owner.rpartition(":")[2]
        money = np.zeros(len(self.outside))
        for stream in self.network.of(name):
            place = self.network.position[stream.id]
            price = self.plan.prices.price[
                self.network.balance_position[stream.balance]
            ]
            worth = stream.sign * price - self.charge.get(stream.id, 0.0)
            money = money + worth * self.plan.amounts[place]
        return money + self._outside(name)

    def _outside(self, name: str) -> FloatArray:
        """Return what contracts, duties, freight and decisions of an owner cost."""
        return np.array([by.get(name, 0.0) for by in self.outside])

    def _charges(self) -> dict[str, FloatArray]:
        """Return what each stream pays per unit for scarce limits [CNY/unit]."""
        worth = {r.subject: r.worth for r in self.plan.rents if r.kind == "limit"}
        found: dict[str, FloatArray] = {}
        for limit, stream, weight in limit_terms(self.network):
            if limit.id in worth:
                money = worth[limit.id] * weight
                found[stream.id] = found.get(stream.id, 0.0) + money
        return found


def outside_by_owner(network: Network, month: Month) -> dict[str, float]:
    """Return the money of all lines that are no internal transfer, by owner [CNY].

    Parameters
    ----------
    network : Network
        Chain and streams.
    month : Month
        Quantities, prices and decisions.
    """
    found: dict[str, float] = {}
    for line in outside(network, month):
        owner = owner_of(network, line)
        found[owner] = found.get(owner, 0.0) + line.amount
    return found


def owner_of(network: Network, line: Line) -> str:
    """Return the unit, contract, route, store or cost a line belongs to."""
    head, _, rest = line.subject.partition(":")
    if line.account == "band_charge":
        stream = rest.partition(":")[2]
        return network.stream[stream].owner
    if line.subject in network.stream:
        return network.stream[line.subject].owner
    if head in network.chain.unit or not rest:
        return head
    return rest
