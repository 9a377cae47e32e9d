"""Money per percent of each quality: of feeds, of what is sold, and of the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from orebook.chain.chain import good
from orebook.chain.material import Amount, QualityLimit
from orebook.chain.plant import Unit
from orebook.plan.accounts import limit_terms
from orebook.plan.lp import FloatArray
from orebook.plan.result import Plan
from orebook.process.content import nominal
from orebook.process.contract import Case, Outcome

__all__ = ["POINT", "QualityWorth", "quality_worths"]

POINT = 0.01
"""One percentage point [-]."""
TRACE = 0.02
"""Contents below this are moved by a hundredth of a point [-]."""
STEP = 1e-3
"""Half the width of a central difference, as a share of the content [-]."""
LEAST = 1e-2
"""Contents below this are moved as if they were this [-]."""
NOTHING = 1e-9
"""Money per point below this share of the flow's value is rounding [-]."""


@dataclass(frozen=True, slots=True)
class QualityWorth:
    """What a quality is worth in one period, all flows staying as planned.

    Parameters
    ----------
    kind : str
        ``"feed"``: a component of what a unit is fed; ``"product"``: a component of
        what serves a sale; ``"feed_limit"`` and ``"spec"``: a limit on quality.
    subject : str
        Unit or sale.
    of : str
        Material, or ``of`` and side of the limit.
    component : str
        Component, ``energy`` for the heat of a fuel, or component/component.
    period : int
        Period, counted from 0.
    value : float
        Content, or limit, as planned with [-; energy in GJ per unit].
    amount : float
        Quantity of the material that flows in the period [unit].
    money : float
        Change of the group's margin for one `step` more (for a limit: one step
        looser) [CNY].
    step : float
        One percentage point, a hundredth of one where the content is below 2 %, one
        unit for a ratio or a heat [-; GJ per unit].
    """

    kind: Literal["feed", "product", "feed_limit", "spec"]
    subject: str
    of: str
    component: str
    period: int
    value: float
    amount: float
    money: float
    step: float

    @property
    def each(self) -> float:
        """Money per step and unit of material; 0 where nothing flows [CNY/unit]."""
        return self.money / self.amount if self.amount else 0.0

    @property
    def per(self) -> str:
        """What one step is, in words: ``1 %``, ``0.01 %``, or ``1`` unit."""
        return "1" if self.step == 1.0 else f"{100.0 * self.step:g} %"


def _step(component: str, value: float) -> float:
    """Return what one step of a quality is [-; GJ per unit]."""
    if component == "energy" or "/" in component:
        return 1.0
    return POINT if value >= TRACE else POINT / 100.0


def quality_worths(plan: Plan, period: int = 0) -> tuple[QualityWorth, ...]:
    """Return what each quality is worth in a period, the largest money first.

    Parameters
    ----------
    plan : Plan
        A priced plan.
    period : int
        Period, counted from 0.

    Returns
    -------
    tuple of QualityWorth
        Qualities nothing reacts to are left out.

    Notes
    -----
    At an optimum the flows need not be re-planned for a small change of a coefficient
    (envelope theorem): d margin / d q = sum over rows of price x d(amount in row)/d q
    at the planned duties. The derivative of the amounts is a central difference of the
    unit's process over all contents of its feeds, in one broadcast call. Where prices
    tie, the figure is that at the published price; a finite change of quality is the
    difference of two solved plans.

    References
    ----------
    .. [1] P. Milgrom, I. Segal, Envelope theorems for arbitrary choice sets,
       Econometrica, 2002.
    """
    found = [*_feeds(plan, period), *_sold(plan, period)]
    kept = [q for q in found if abs(q.money) > NOTHING * max(1.0, abs(q.amount))]
    return tuple(sorted(kept, key=lambda q: (-abs(q.money), q.kind, q.subject, q.of)))


# -- feeds -----------------------------------------------------------------------------


def _feeds(plan: Plan, t: int) -> Iterator[QualityWorth]:
    worth = _stream_worth(plan, t)
    for unit in plan.network.chain.units:
        asked = list(_contents(plan, unit, t))
        if asked:
            yield from _of_unit(plan, unit, asked, worth, t)
        yield from _feed_limits(plan, unit, t)


def _contents(plan: Plan, unit: Unit, t: int) -> Iterator[tuple[str, str, float]]:
    """Yield (port, component, content) of every feed of a unit."""
    for text in unit.feed:
        port = good(text, unit.place).material
        for name, value in _assay(plan, unit.id, port, t).items():
            if name != "mass" and not (name == "energy" and value == 0.0):
                yield port, name, value


def _assay(plan: Plan, unit: str, port: str, t: int) -> dict[str, float]:
    chain = plan.network.chain
    content = dict(nominal(chain, port)) if port in chain.material else {}
    content |= plan.assembly.conditions.content.get(unit, {}).get(port, {})
    return {name: _at(value, t) for name, value in content.items()}


def _at(value: Amount, t: int) -> float:
    flat = np.atleast_1d(np.asarray(value, np.float64)).ravel()
    return float(flat[t] if flat.size > 1 else flat[0])


def _of_unit(
    plan: Plan,
    unit: Unit,
    asked: list[tuple[str, str, float]],
    worth: Mapping[str, float],
    t: int,
) -> Iterator[QualityWorth]:
    """Yield the worth of every content of a unit's feeds, from one call of it."""
    low, high = _cases(asked)
    content = {
        port: {
            name: np.concatenate([low[:, k], high[:, k]])
            for k, (p, name, _) in enumerate(asked)
            if p == port
        }
        for port in dict.fromkeys(p for p, _, _ in asked)
    }
    value = np.zeros(2 * len(asked))
    for other in (unit.id, *_seeing(plan, unit.id)):
        value = value + _worth_of(plan, other, content, worth, t=t)
    value += _limit_value(plan, unit, content, t=t)
    count = len(asked)
    for k, (port, name, now) in enumerate(asked):
        slope = (value[count + k] - value[k]) / (high[k, k] - low[k, k])
        step = _step(name, now)
        amount = float(plan.amounts[plan.network.position[f"{unit.id}.{port}"], t])
        money = slope * step
        yield QualityWorth("feed", unit.id, port, name, t, now, amount, money, step)


def _seeing(plan: Plan, unit: str) -> list[str]:
    """Return the units that are told the feed of another."""
    return [u for u, p in plan.network.processes.items() if p.sees == unit]


def _worth_of(
    plan: Plan,
    unit: str,
    content: Mapping[str, Mapping[str, FloatArray]],
    worth: Mapping[str, float],
    *,
    t: int,
) -> FloatArray:
    """Return what a unit's flows and loads are worth at each content [CNY]."""
    network = plan.network
    setting = network.setting_of(plan.assembly.conditions.setting, unit)
    duty = {
        name: np.asarray(max(0.0, float(amount[t])))
        for name, amount in plan.duties[unit].items()
    }
    chosen = {name: np.asarray(_at(value, t)) for name, value in setting.items()}
    outcome = network.processes[unit].run(Case(duty, content, chosen))
    return _case_value(plan, network.chain.unit[unit], outcome, worth, t=t)


def _cases(asked: list[tuple[str, str, float]]) -> tuple[FloatArray, FloatArray]:
    """Return the contents of all cases, one content moved down, or up, in each."""
    now = np.array([value for *_, value in asked])
    step = STEP * np.maximum(np.abs(now), LEAST)
    low = np.tile(now, (now.size, 1))
    high = low.copy()
    np.fill_diagonal(low, np.maximum(0.0, now - step))
    np.fill_diagonal(high, now + step)
    return low, high


def _case_value(
    plan: Plan, unit: Unit, outcome: Outcome, worth: Mapping[str, float], *, t: int
) -> FloatArray:
    """Return what the unit's flows and loads are worth, by case [CNY]."""
    total = np.zeros(1)
    for s in plan.network.of(unit.id):
        if s.port in outcome.flows:
            total = total + worth[s.id] * s.sign * np.asarray(outcome.flows[s.port])
    for name in unit.limits:
        load = np.asarray(outcome.loads[name])
        total = total + _row_dual(plan, "capacity", f"{unit.id}:{name}", t) * load
        if name == next(iter(unit.limits)):
            total = total + _row_dual(plan, "minimum", unit.id, t) * load
    return total


def _row_dual(plan: Plan, block: str, entity: str, t: int) -> float:
    """Return minus the published dual of a row, 0 where there is none [CNY/unit]."""
    rows = plan.assembly.problem.rows.get(block)
    if rows is None or entity not in rows.entities:
        return 0.0
    return float(plan.row_dual[rows.index(entity, t)])


def _stream_worth(plan: Plan, t: int) -> dict[str, float]:
    """Return what one more unit of each stream is worth to the group [CNY/unit]."""
    network = plan.network
    price = dict(zip(network.balances, plan.prices.price[:, t], strict=True))
    worth = {s.id: s.sign * float(price[s.balance]) for s in network.streams}
    for limit, s, weight in limit_terms(network):
        worth[s.id] += weight * _row_dual(plan, "limit", limit.id, t)
    return worth


def _limit_value(
    plan: Plan, unit: Unit, content: Mapping[str, Mapping[str, FloatArray]], *, t: int
) -> FloatArray:
    """Return what the unit's own limits on its feed add, by case [CNY]."""
    total = np.zeros(1)
    for limit in unit.feed_limits:
        for side, dual in _sides(plan, "feed_limit", unit.id, limit, t):
            for port, amount in _fed(plan, unit, t).items():
                own: dict[str, Amount] = dict(_assay(plan, unit.id, port, t))
                own |= content.get(port, {})
                total = total + dual * amount * np.asarray(
                    limit.coefficients(own)[side == "min"]
                )
    return total


def _fed(plan: Plan, unit: Unit, t: int) -> dict[str, float]:
    """Return the duties of a unit that are ingredients of its feed, by port."""
    process, duty = plan.network.processes[unit.id], plan.duties[unit.id]
    return {d.port: float(duty[d.name][t]) for d in process.duties if d.port}


def _sides(
    plan: Plan, block: str, owner: str, limit: QualityLimit, t: int
) -> Iterator[tuple[str, float]]:
    """Yield the sides of a limit on quality that hold a rent, with minus the dual."""
    for side, value in (("max", limit.max), ("min", limit.min)):
        dual = _row_dual(plan, block, f"{owner}:{limit.of} {side}", t)
        if value is not None and dual:
            yield side, dual


def _feed_limits(plan: Plan, unit: Unit, t: int) -> Iterator[QualityWorth]:
    fed = _fed(plan, unit, t)
    assay = {port: _assay(plan, unit.id, port, t) for port in fed}
    for limit in unit.feed_limits:
        for side, dual in _sides(plan, "feed_limit", unit.id, limit, t):
            amounts = [(assay[port], amount) for port, amount in fed.items()]
            yield _loosened("feed_limit", unit.id, limit, side, amounts, dual, t)


def _loosened(
    kind: Literal["feed_limit", "spec"],
    owner: str,
    limit: QualityLimit,
    side: str,
    amounts: list[tuple[dict[str, float], float]],
    dual: float,
    t: int,
) -> QualityWorth:
    """Return what one step looser is worth: each ingredient is measured against it."""
    bottom = limit.of.partition("/")[2]
    base = sum((a.get(bottom, 0.0) if bottom else 1.0) * x for a, x in amounts)
    value = limit.bound("max" if side == "max" else "min") or 0.0
    step = _step(limit.of, value)
    total = sum(x for _, x in amounts)
    of, money = f"{limit.of} {side}", -dual * base * step
    return QualityWorth(kind, owner, of, limit.of, t, value, total, money, step)


# -- sales -----------------------------------------------------------------------------


def _sold(plan: Plan, t: int) -> Iterator[QualityWorth]:
    """Yield the worth of the qualities promised, and of those that serve a sale."""
    for sale in plan.network.chain.sales:
        goods = [good(text).material for text in sale.goods]
        amount = {
            g: float(plan.amounts[plan.network.position[f"sell:{sale.id}:{g}"], t])
            for g in goods
        }
        assay = {
            g: {k: float(v) for k, v in nominal(plan.network.chain, g).items()}
            for g in goods
        }
        for limit in sale.spec:
            for side, dual in _sides(plan, "spec", sale.id, limit, t):
                pairs = [(assay[g], amount[g]) for g in goods]
                yield _loosened("spec", sale.id, limit, side, pairs, dual, t)
                for g in goods:
                    for name in filter(None, limit.of.split("/")):
                        slope = _slope(limit, assay[g], name, side)
                        now = assay[g].get(name, 0.0)
                        step = _step(name, now)
                        money = dual * slope * amount[g] * step
                        yield QualityWorth(
                            "product", sale.id, g, name, t, now, amount[g], money, step
                        )


def _slope(
    limit: QualityLimit, assay: Mapping[str, float], name: str, side: str
) -> float:
    """Return how the coefficient of an ingredient follows a component [-]."""
    now = assay.get(name, 0.0)
    low, high = (
        limit.coefficients({**assay, name: value})[side == "min"]
        for value in (now, now + 1.0)
    )
    return float(high) - float(low)  # a coefficient is linear in each component
