"""Variance from plan to actual: exact, order-free, no residual, for every centre.

Internal prices are the plan's on both sides, so what a centre shows is its own doing:
only contracts with the outside feel the market price. Quantities move for one of five
reasons: volume, mix, feed quality, efficiency of a factor, spending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import hypot

import numpy as np
from numpy.typing import NDArray

from orebook.chain.chain import Balance, good
from orebook.chain.demand import DemandCharge
from orebook.chain.trade import Purchase, Sale
from orebook.evaluate.attribution import Split, shapley_values
from orebook.evaluate.fair import (
    Assays,
    assay_doubt,
    fed_or_mixed,
    nominal_assays,
    unit_shift,
)
from orebook.plan.accounts import (
    DEMAND,
    Line,
    Month,
    PriceSet,
    charges,
    limit_terms,
    lines,
    margin_by_centre,
    purchase_money,
    sale_money,
    term_lines,
    whole_lines,
)
from orebook.plan.demand import billed_kw, charge_money
from orebook.process.contract import Array
from orebook.process.network import Network

Money = Callable[[int, float, float], float]  # contract, quantity, price -> CNY
PROVEN = 3.0  # standard deviations: one in 370 by chance alone [-]
EFFECTS = ("market_price", "volume", "mix", "feed_quality", "efficiency", "spending")
TERM_EFFECT = {
    "capacity_fee": "spending",
    "quality_adjustment": "feed_quality",
    "deviation_charge": "volume",
    "stock_revaluation": "volume",
}
"""Effect that what is paid beside the price belongs to."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One part of a variance.

    Parameters
    ----------
    centre : str
        Who answers for it.
    effect : str
        One of :data:`EFFECTS`.
    subject : str
        Unit, contract, route or cost.
    factor : str
        Port, material or contract it concerns.
    amount : float
        Money, positive where it helps [CNY].
    quantity : float
        Quantity behind it, actual minus allowed [unit]; 0 where none is.
    doubt : float
        One standard deviation of the amount that metering leaves open [CNY].
    """

    centre: str
    effect: str
    subject: str
    factor: str
    amount: float
    quantity: float = 0.0
    doubt: float = 0.0

    @property
    def certain(self) -> bool:
        """Whether metering proves the amount: hundreds are looked at each month."""
        return abs(self.amount) > PROVEN * self.doubt


@dataclass(frozen=True, slots=True)
class CentreVariance:
    """Plan to actual of one centre [CNY]; the effects sum to the difference."""

    centre: str
    plan: float
    effects: Mapping[str, float]
    actual: float


@dataclass(frozen=True, slots=True)
class Variance:
    """All variances of a month, by centre and in detail."""

    centres: tuple[CentreVariance, ...]
    details: tuple[Effect, ...]

    def total(self) -> CentreVariance:
        """Return the variance of the whole group: the sum of the centres."""
        effects = {e: sum(c.effects[e] for c in self.centres) for e in EFFECTS}
        plan = sum(c.plan for c in self.centres)
        return CentreVariance(
            "group", plan, effects, sum(c.actual for c in self.centres)
        )


def variance(
    network: Network,
    prices: PriceSet,
    *,
    plan: Month,
    actual: Month,
    fed: Assays,
    doubt: Mapping[str, float] | None = None,
    fed_doubt: Assays | None = None,
    mixes: Assays | None = None,
    split: Split = shapley_values,
) -> Variance:
    """Explain the change of every centre's result.

    Parameters
    ----------
    network : Network
        Chain and physics.
    prices : PriceSet
        Internal prices, the plan's.
    plan, actual : Month
        Quantities and market prices planned and real.
    fed : mapping
        Assays really fed, by unit, port and component [-].
    doubt : mapping, optional
        Stream id to one standard deviation of its actual amount [unit]; each
        efficiency effect then carries what the metering leaves open.
    fed_doubt : mapping, optional
        One standard deviation of each assay of ``fed`` [-].
    mixes : mapping, optional
        Content of the mixes the plan fed to units, by unit, port and component [-]
        (``Plan.assays``): the feed quality is judged against it, not against the
        book's assay of the mixed material.
    split : callable
        How joint terms are shared. Shapley's by default, whatever the order of the
        factors; :func:`orebook.evaluate.attribution.in_order` lets volume, mix, feed
        quality and market price move one after another, as textbooks do.
    """
    before = margin_by_centre(lines(network, plan, prices))
    after = margin_by_centre(lines(network, actual, prices))
    charge = charges(network, prices)
    doubts = (doubt or {}, fed_doubt or {}, mixes or {})
    work = _Work(network, prices, plan, actual, charge, *doubts, split)
    known = fed_or_mixed(mixes or {}, fed)
    details = tuple(e for e in work.all(known) if e.amount != 0.0 or e.quantity != 0.0)
    centres = sorted({*before, *after})
    rows = []
    for centre in centres:
        effects = dict.fromkeys(EFFECTS, 0.0)
        for e in details:
            if e.centre == centre:
                effects[e.effect] += e.amount
        rows.append(
            CentreVariance(
                centre, before.get(centre, 0.0), effects, after.get(centre, 0.0)
            )
        )
    return Variance(tuple(rows), details)


@dataclass(frozen=True, slots=True)
class _Work:
    network: Network
    prices: PriceSet
    plan: Month
    actual: Month
    charge: Mapping[str, float]
    doubt: Mapping[str, float]
    fed_doubt: Assays
    mixes: Assays
    split: Split

    def all(self, fed: Assays) -> Iterator[Effect]:
        yield from self.units(fed)
        yield from self.purchases()
        yield from self.sales()
        yield from self.demand()
        yield from self.routes()
        yield from self.draws()
        yield from self.stores()
        yield from self.limits()
        yield from self.terms()
        yield from self.decisions()
        yield from self.costs()

    def _value(self, stream: str) -> float:
        """Return what one unit of a stream adds to its centre [CNY/unit]."""
        s = self.network.stream[stream]
        return s.sign * self.prices.of(s) - self.charge.get(stream, 0.0)

    # -- units ---------------------------------------------------------------------

    def units(self, fed: Assays) -> Iterator[Effect]:
        planned = nominal_assays(self.network, fed, self.mixes)
        for unit in self.network.chain.units:
            shift = unit_shift(
                self.network,
                unit.id,
                plan=self.plan,
                actual=self.actual,
                planned=planned,
                fed=fed,
                split=self.split,
            )
            unsure = self._duty_doubt(unit.id)
            assayed = assay_doubt(
                self.network,
                unit.id,
                duty=self._duty(unit.id),
                fed=fed,
                sd=self.fed_doubt,
            )
            for s in self.network.of(unit.id):
                value = self._value(s.id)
                parts = shift.flows.get(s.port, np.zeros(3)) * s.sign
                target = shift.target.get(s.port, 0.0) * s.sign
                for name, q in zip(
                    ("volume", "mix", "feed_quality"), parts, strict=True
                ):
                    yield Effect(
                        s.centre, name, unit.id, s.port, float(q * value), float(q)
                    )
                # What the solver rounds in the plan's own flows counts as volume.
                slack = target - float(parts.sum()) - self.plan.amounts[s.id]
                yield Effect(s.centre, "volume", unit.id, s.port, slack * value)
                excess = self.actual.amounts[s.id] - target
                own = self.doubt.get(s.id, 0.0)
                doubt = abs(value) * hypot(
                    own, abs(target) * unsure, assayed.get(s.port, 0.0)
                )
                yield Effect(
                    s.centre,
                    "efficiency",
                    unit.id,
                    s.port,
                    excess * value,
                    excess,
                    doubt,
                )
            if unit.cost is not None:
                yield from self._duty_cost(unit.id, unit.centre, shift.duty)

    def _duty(self, unit: str) -> dict[str, float]:
        names = [d.name for d in self.network.processes[unit].duties]
        return {n: self.actual.duties[f"{unit}:{n}"] for n in names}

    def _duty_doubt(self, unit: str) -> float:
        """Return the relative doubt of the duty that the fair target rests on [-]."""
        read = [
            f"{unit}.{d.read_at}"
            for d in self.network.processes[unit].duties
            if d.read_at is not None and f"{unit}.{d.read_at}" in self.actual.amounts
        ]
        total = sum(self.actual.amounts[s] for s in read)
        doubt = hypot(*(self.doubt.get(s, 0.0) for s in read))
        return doubt / total if total > 0.0 else 0.0

    def _duty_cost(
        self, unit: str, centre: str, change: Mapping[str, Array]
    ) -> Iterator[Effect]:
        entry = self.network.chain.unit[unit]
        for duty in self.network.processes[unit].duties:
            cost = 0.0 if entry.cost is None else entry.cost.to(f"CNY/{duty.unit}")
            parts = zip(
                ("volume", "mix", "feed_quality"), change[duty.name], strict=True
            )
            for name, q in parts:
                yield Effect(
                    centre, name, unit, "variable_cost", -cost * float(q), float(q)
                )

    # -- markets -------------------------------------------------------------------

    def purchases(self) -> Iterator[Effect]:
        chain = self.network.chain
        groups: dict[tuple[str, Balance], list[Purchase]] = {}
        for p in chain.purchases:
            groups.setdefault((p.centre, good(p.good)), []).append(p)
        for (centre, balance), members in groups.items():
            unit = chain.material[balance.material].unit
            streams = [[f"buy:{p.id}"] for p in members]

            def money(
                k: int,
                quantity: float,
                price: float,
                unit: str = unit,
                members: list[Purchase] = members,
            ) -> float:
                return -purchase_money(
                    members[k], quantity, price, unit, self.actual.period
                )

            yield from self._market(
                centre,
                balance.material,
                streams,
                [f"buy:{p.id}" for p in members],
                money,
            )

    def sales(self) -> Iterator[Effect]:
        chain = self.network.chain
        groups: dict[tuple[str, str], list[Sale]] = {}
        for s in chain.sales:
            groups.setdefault((s.centre, good(s.goods[0]).material), []).append(s)
        for (centre, material), members in groups.items():
            unit = chain.material[material].unit
            streams = [
                [f"sell:{s.id}:{good(g).material}" for g in s.goods] for s in members
            ]

            def money(
                k: int,
                quantity: float,
                price: float,
                unit: str = unit,
                members: list[Sale] = members,
            ) -> float:
                return sale_money(members[k], quantity, price, unit, self.actual.period)

            yield from self._market(
                centre, material, streams, [f"sell:{s.id}" for s in members], money
            )

    def _market(
        self,
        centre: str,
        factor: str,
        streams: list[list[str]],
        keys: list[str],
        money: Money,
    ) -> Iterator[Effect]:
        """Split contracts for one material into volume, mix and market price."""
        flat = [s for group in streams for s in group]
        member = [k for k, group in enumerate(streams) for _ in group]
        worth = np.array([self._value(s) for s in flat])
        q0 = np.array([self.plan.amounts[s] for s in flat])
        q1 = np.array([self.actual.amounts[s] for s in flat])
        p0 = np.array([self.plan.market[k] for k in keys])
        p1 = np.array([self.actual.market[k] for k in keys])

        def value(on: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Array:
            results = []
            for volume, mix, market in on:
                q = _scaled(q0, q1, volume=bool(volume), mix=bool(mix))
                p = p1 if market else p0
                total = float(worth @ q)
                for k in range(len(keys)):
                    amount = float(sum(q[i] for i, m in enumerate(member) if m == k))
                    total += money(k, amount, float(p[k]))
                results.append(total)
            return np.array(results)

        parts = self.split(value, 3)
        subject = keys[0] if len(keys) == 1 else f"{keys[0].partition(':')[0]}:{factor}"
        change = float(q1.sum() - q0.sum())
        for name, part in zip(("volume", "mix", "market_price"), parts, strict=True):
            yield Effect(
                centre,
                name,
                subject,
                factor,
                float(part),
                change if name == "volume" else 0.0,
            )

    def demand(self) -> Iterator[Effect]:
        """Yield what demand charges changed: more load in all, or another shape."""
        chain = self.network.chain
        for d in chain.demand_charges:
            names = [f"buy:{p}" for p in d.purchases]
            loads = (self.plan.amounts, self.actual.amounts)
            q0, q1 = (np.array([a[n] for n in names]) for a in loads)
            billed = partial(self._billed, d, names)
            parts = self.split(_each(billed, q0, q1), 2)
            sides = [m.demand.get(d.id) for m in (self.plan, self.actual)]
            base = [billed(q0), billed(q1)]
            stated = [b if s is None else s for s, b in zip(sides, base, strict=True)]
            # Another day of the month may have set the load that is billed.
            rest = (stated[1] - base[1]) - (stated[0] - base[0])
            price = charge_money(d, 1.0, self.actual.period)
            subject = f"{DEMAND}{d.id}"
            for name, kw in (("volume", parts[0] + rest), ("mix", parts[1])):
                money = -price * float(kw)
                yield Effect(d.centre, name, subject, subject, money, float(kw))

    def _billed(self, charge: DemandCharge, names: list[str], amounts: Array) -> float:
        given = dict(zip(names, map(float, amounts), strict=True))
        return billed_kw(self.network.chain, charge, given, self.actual.period)

    # -- the rest --------------------------------------------------------------------

    def routes(self) -> Iterator[Effect]:
        for r in self.network.chain.routes:
            for m in r.materials:
                send, receive = f"send:{r.id}:{m}", f"receive:{r.id}:{m}"
                unit = self.network.stream[send].unit
                freight = 0.0 if r.cost is None else r.cost.to(f"CNY/{unit}")
                moved = self._change(send)
                worth = (
                    self._value(send) + (1 - r.loss) * self._value(receive) - freight
                )
                yield Effect(r.centre, "volume", r.id, m, moved * worth, moved)
                lost = self._change(receive) - (1 - r.loss) * moved
                yield Effect(
                    r.centre, "efficiency", r.id, m, lost * self._value(receive), lost
                )

    def draws(self) -> Iterator[Effect]:
        for d in self.network.chain.draws:
            stream = f"draw:{d.id}"
            more = self._change(stream)
            yield Effect(
                d.centre,
                "efficiency",
                d.id,
                good(d.good).material,
                more * self._value(stream),
                more,
            )

    def stores(self) -> Iterator[Effect]:
        """More stock gains until the next period what the price rises, less holding."""
        for s in self.network.chain.stores:
            stream = self.network.stream[f"close:{s.id}"]
            gain = self.prices.closing[s.id] - self.prices.internal[stream.balance]
            if s.holding_cost is not None:
                hold = s.holding_cost.to(f"CNY/{stream.unit}/month")
                gain -= hold * self.actual.period.months
            more = self._change(stream.id)
            yield Effect(s.centre, "volume", s.id, "stock", gain * more, more)

    def limits(self) -> Iterator[Effect]:
        """Yield what the owner of a scarce limit is paid for its use."""
        for limit, s, weight in limit_terms(self.network):
            worth = self.prices.limits.get(limit.id, 0.0)
            used = weight * self._change(s.id)
            if worth:
                yield Effect(limit.centre, "volume", limit.id, s.id, worth * used, used)

    def terms(self) -> Iterator[Effect]:
        """Yield what fees, adjustments, charges and revalued stocks changed."""
        sides = [self._terms(m) for m in (self.plan, self.actual)]
        for key in {**sides[0], **sides[1]}:
            centre, account, subject = key
            change = sides[1].get(key, 0.0) - sides[0].get(key, 0.0)
            yield Effect(centre, TERM_EFFECT[account], subject, account, change)

    def _terms(self, month: Month) -> dict[tuple[str, str, str], float]:
        found: dict[tuple[str, str, str], float] = {}
        for r in term_lines(self.network, month, self.prices):
            key = (r.centre, r.account, r.subject)
            found[key] = found.get(key, 0.0) + r.amount
        return found

    def decisions(self) -> Iterator[Effect]:
        """Yield what starts, running time and step tariffs cost more or less.

        A start more is volume; a dearer band of a step tariff is the efficiency of
        whoever owns the streams it is charged on.
        """
        before = _decided(self.network, self.plan)
        after = _decided(self.network, self.actual)
        for key in {**before, **after}:
            centre, account, subject = key
            (old, q0), (new, q1) = before.get(key, _NONE), after.get(key, _NONE)
            name = "efficiency" if account == "band_charge" else "volume"
            yield Effect(centre, name, subject, subject, new - old, q1 - q0)

    def costs(self) -> Iterator[Effect]:
        before = _spent(self.network, self.plan, self.prices)
        after = _spent(self.network, self.actual, self.prices)
        for key in {**before, **after}:
            centre, subject = key
            change = after.get(key, 0.0) - before.get(key, 0.0)
            yield Effect(centre, "spending", subject, subject, change)

    def _change(self, stream: str) -> float:
        return self.actual.amounts[stream] - self.plan.amounts[stream]


def _each(
    figure: Callable[[Array], float], q0: Array, q1: Array
) -> Callable[[NDArray[np.bool_]], Array]:
    """Return a figure of quantities as a function of volume and mix."""

    def value(on: NDArray[np.bool_]) -> Array:
        cases = [_scaled(q0, q1, volume=bool(v), mix=bool(m)) for v, m in on]
        return np.array([figure(q) for q in cases])

    return value


def _scaled(q0: Array, q1: Array, *, volume: bool, mix: bool) -> Array:
    """Return quantities with the total of one case and the shares of another."""
    s0, s1 = q0.sum(), q1.sum()
    share0 = q0 / s0 if s0 > 0 else (q1 / s1 if s1 > 0 else q0)
    share1 = q1 / s1 if s1 > 0 else share0
    return np.asarray((s1 if volume else s0) * (share1 if mix else share0))


_NONE = (0.0, 0.0)


def _decided(
    network: Network, month: Month
) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Return money and quantity of whole decisions, by centre, account and subject."""
    return {
        (r.centre, r.account, r.subject): (r.amount, r.quantity)
        for r in whole_lines(network, month)
        if r.account != "spending"
    }


def _spent(
    network: Network, month: Month, prices: PriceSet
) -> dict[tuple[str, str], float]:
    """Return fixed costs, and spending beyond the standard of a duty, by subject."""
    rows: Iterable[Line] = lines(network, month, prices)
    return {
        (r.centre, r.subject): r.amount
        for r in rows
        if r.account in {"fixed_cost", "spending"}
    }
