"""From an evaluated month to what is kept of it for schemes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orebook.chain.chain import Balance, good
from orebook.errors import InputError
from orebook.evaluate.fair import Assays, fair_flows, fed_or_mixed
from orebook.evaluate.journal import Posting
from orebook.evaluate.policy.cost import CostRule, cost_prices
from orebook.evaluate.variance import Variance
from orebook.ledger.month import ClosedMonth
from orebook.plan.accounts import Month, PriceSet
from orebook.plan.result import Plan
from orebook.reward.kept_month import Amount, KeptMonth, StockGain


@dataclass(frozen=True)
class Evidence:
    """All that a month left behind, as a scheme reads it.

    Parameters
    ----------
    plan, closed, variance : Plan, ClosedMonth, Variance
        The month before, during and after.
    postings : sequence of Posting
        The journal.
    prices : PriceSet, optional
        The internal prices the month settled at; the plan's where not given.
    """

    plan: Plan
    closed: ClosedMonth
    variance: Variance
    postings: Sequence[Posting]
    prices: PriceSet | None = None


def keep_month(evidence: Evidence) -> KeptMonth:
    """Return what schemes may ask of a month.

    Parameters
    ----------
    evidence : Evidence
        The month.

    Notes
    -----
    The fair amount of a stream no unit makes or uses is the real one.
    """
    plan, closed = evidence.plan, evidence.closed
    prices = evidence.prices or plan.prices_of()
    planned, actual = plan.month(0), closed.month()
    fair = dict(actual.amounts) | _fair(evidence, actual)
    return KeptMonth(
        period=closed.period,
        streams={
            s.id: Amount(
                planned.amounts[s.id], actual.amounts[s.id], fair[s.id], prices.of(s)
            )
            for s in plan.network.streams
            if s.id in actual.amounts
        },
        results={c.centre: (c.plan, c.actual) for c in evidence.variance.centres},
        effects={c.centre: dict(c.effects) for c in evidence.variance.centres},
        subjects=_subjects(evidence.variance),
        postings=_postings(evidence.postings),
        meters={k: f.evidence for k, f in closed.figures.items() if f.evidence},
        stocks=_stocks(plan, planned, actual, prices),
        incidents=closed.incidents,
    )


def _fair(evidence: Evidence, actual: Month) -> dict[str, float]:
    """Return what the units' processes should have used and made."""
    network = evidence.plan.network_of(0)
    fed: Assays = fed_or_mixed(evidence.plan.assays(0), evidence.closed.content)
    found = {}
    for unit in network.chain.units:
        names = [d.name for d in network.processes[unit.id].duties]
        duty = {n: actual.duties[f"{unit.id}:{n}"] for n in names}
        flows = fair_flows(network, unit.id, duty, fed)
        for s in network.of(unit.id):
            found[s.id] = flows[s.port] * s.sign
    return found


def _subjects(variance: Variance) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, set[str]]] = {}
    for d in variance.details:
        of = found.setdefault(d.centre, {}).setdefault(d.effect, set())
        of.add(f"{d.subject}.{d.factor}")
    return {
        c: {e: tuple(sorted(s)) for e, s in sorted(of.items())}
        for c, of in sorted(found.items())
    }


def _postings(postings: Sequence[Posting]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for p in postings:
        for side in dict.fromkeys((p.debit, p.credit)):
            if ":" not in side and side not in {"inventory", "outside"}:
                found.setdefault(side, []).append(p.number)
    return {c: tuple(n) for c, n in sorted(found.items())}


def _stocks(
    plan: Plan, planned: Month, actual: Month, prices: PriceSet
) -> dict[str, StockGain]:
    """Return how far each store closed above its plan."""
    found, costs = {}, _Costs(plan, planned, prices)
    for store in plan.network.chain.stores:
        stream = f"close:{store.id}"
        if stream not in actual.amounts:
            continue
        excess = actual.amounts[stream] - planned.amounts[stream]
        balance = good(store.good)
        price = prices.closing.get(store.id, prices.internal[balance])
        found[store.id] = StockGain(store.centre, excess, price, costs.of(balance))
    return found


class _Costs:
    """What goods cost their makers, all they use at internal prices."""

    def __init__(self, plan: Plan, planned: Month, prices: PriceSet) -> None:
        self._plan, self._planned, self._prices = plan, planned, prices.internal
        self._found: dict[Balance, float] = {}

    def of(self, balance: Balance) -> float:
        """Return the cost of a good [CNY/unit]; its price where it rests on itself."""
        if balance not in self._found:
            self._found[balance] = self._cost(balance, self._prices)
        return self._found[balance]

    def _cost(self, balance: Balance, worth: Mapping[Balance, float]) -> float:
        rules = {balance: CostRule(full=False, markup=0.0)}
        network = self._plan.network_of(0)
        try:
            found = cost_prices(network, self._planned, rules, worth, worth)
        except InputError:
            return worth[balance]
        return found[balance]
