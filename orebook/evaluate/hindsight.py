"""Hindsight: what the best plan would have earned had the month been known.

Three solves of one period at what really held (prices, availability, ore, opening
stocks), closing stocks valued at the plan's internal prices: the optimum, the month
that sticks to the plan, and the month that sticks to the last re-plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from orebook.chain.calendar import period
from orebook.chain.chain import good
from orebook.errors import InfeasibleError
from orebook.evaluate.expost import ExPost, ex_post_split
from orebook.ledger.month import ClosedMonth
from orebook.plan.accounts import Month, PriceSet, group_margin, lines
from orebook.plan.assemble import Assembly, assemble
from orebook.plan.conditions import Conditions
from orebook.plan.decided import decisions_of
from orebook.plan.lp import FloatArray
from orebook.plan.make import settle, solved
from orebook.plan.mixed import solve_mixed
from orebook.plan.result import Plan
from orebook.process.network import Network


def hindsight(
    plan: Plan, closed: ClosedMonth, *, replanned: Plan | None = None
) -> ExPost:
    """Split a month into market, not re-planned and execution.

    Parameters
    ----------
    plan : Plan
        The plan released before the month; its first period is the month.
    closed : ClosedMonth
        What really happened.
    replanned : Plan, optional
        The last re-plan released before the month; the plan itself otherwise.

    Returns
    -------
    ExPost
        Market, not re-planned, execution [CNY] and the adaptation capture rate.

    Notes
    -----
    Stocks at the month's end are worth the plan's price of the next period, in the
    plan, in hindsight and in the actual month alike: with the plan's own prices the
    first period of the plan is then the optimum of the month by itself, unless whole
    decisions of several months hang together. A plan that
    cannot be followed any more (an outage) is followed as far as it goes: its duties
    and sales become upper limits. Free settings are chosen anew in the optimum, and
    stand as planned where a plan is followed.

    References
    ----------
    .. [1] J. S. Demski, "An accounting system structured on a linear programming
       model", The Accounting Review, 1967.
    """
    prices = plan.prices_of(0)
    actual = closed.month()
    known = conditions_of(plan, closed)
    best = _value(*_best(plan, known), actual, prices)
    at_actual = _follow(plan, known, actual, prices)
    latest = (
        at_actual if replanned is None else _follow(replanned, known, actual, prices)
    )
    return ex_post_split(
        plan=group_margin(plan.lines(0)),
        optimum=best,
        replanned_at_actual=latest,
        plan_at_actual=at_actual,
        actual=group_margin(lines(plan.network, actual, prices)),
    )


def _best(plan: Plan, known: Conditions) -> tuple[Assembly, FloatArray]:
    """Return the best plan of the month: settings and mixes are chosen anew.

    Where mixes are kept in stock they stay as planned: the stock at the end is worth
    the plan's price, which holds for the quality planned and would pay for any other.
    """
    chain = plan.network.chain
    mixed = {m.id for m in chain.materials if m.mixed}
    if mixed & {good(s.good).material for s in chain.stores}:
        shares = plan.assembly.conditions.composition
        kept = {p: {i: v[:1] for i, v in of.items()} for p, of in shares.items()}
        held = replace(as_planned(plan, known), composition=kept)
        made = assemble(plan.network, held)
        try:
            return made, solved(made).x
        except InfeasibleError:  # with the stocks there really were
            pass
    found = settle(plan.network, known, start=as_planned(plan, known), worths=False)
    return found.assembly, found.solution.x


def conditions_of(plan: Plan, closed: ClosedMonth) -> Conditions:
    """Return the conditions that really held, for one period."""
    network = plan.network
    month = period(closed.period)
    prices = plan.prices_of(0)
    share = {
        k: np.array([v[0]]) for k, v in plan.assembly.conditions.availability.items()
    }
    share |= {k: np.array([v]) for k, v in closed.availability.items()}
    return Conditions(
        periods=(month,),
        price={k: np.array([v]) for k, v in closed.market.items()},
        availability=share,
        opening={
            s.id: closed.figures[f"open:{s.id}"].value for s in network.chain.stores
        },
        content={
            unit: {
                p: {c: np.asarray(v) for c, v in a.items()} for p, a in ports.items()
            }
            for unit, ports in closed.content.items()
        },
        closing_value=prices.closing,
        running=plan.assembly.conditions.running,
    )


def _solve(assembly: Assembly) -> FloatArray:
    return solve_mixed(assembly.problem).x


def _value(assembly: Assembly, x: FloatArray, actual: Month, prices: PriceSet) -> float:
    """Return the group margin of a solution at the month's real prices and costs."""
    amounts = assembly.amounts(x)[:, 0]
    network = assembly.network
    duties = {
        f"{u}:{d}": float(v[0])
        for u, by in assembly.duties(x).items()
        for d, v in by.items()
    }
    ids = (s.id for s in network.streams)
    month = replace(
        actual,
        amounts=dict(zip(ids, map(float, amounts), strict=True)),
        duties=duties,
        costs=_fixed_only(network, actual),
        whole=decisions_of(assembly, x),
    )
    return group_margin(lines(network, month, prices))


def _fixed_only(network: Network, actual: Month) -> dict[str, float]:
    """Keep fixed costs as spent; variable costs follow the duty of the solution."""
    fixed = {c.id for c in network.chain.costs}
    return {k: v for k, v in actual.costs.items() if k in fixed}


def as_planned(plan: Plan, known: Conditions) -> Conditions:
    """Return conditions with settings, operating duties and mixes of a plan's month.

    Parameters
    ----------
    plan : Plan
        Its first period is the month.
    known : Conditions
        What else held, for one period.
    """
    then = plan.assembly.conditions
    setting = {
        u: {n: np.array([v]) for n, v in named.items()}
        for u, named in plan.settings_of(0).items()
    }
    duty = {u: {n: v[:1] for n, v in named.items()} for u, named in then.duty.items()}
    mixed = {p: {c: v[:1] for c, v in of.items()} for p, of in then.mixed.items()}
    return replace(known, setting=setting, duty=duty, mixed=mixed)


def _follow(plan: Plan, known: Conditions, actual: Month, prices: PriceSet) -> float:
    """Return the margin of following a plan's duties and sales as far as they go."""
    assembly = assemble(plan.network, as_planned(plan, known))
    for lowest in (_as_planned, _nothing):
        try:
            x = _solve(_bounded(assembly, plan, lowest))
        except InfeasibleError:
            continue
        return _value(assembly, x, actual, prices)
    x = _solve(assembly)
    return _value(assembly, x, actual, prices)


def _as_planned(upper: FloatArray, lower: FloatArray) -> FloatArray:
    return np.maximum(upper, lower)


def _nothing(upper: FloatArray, lower: FloatArray) -> FloatArray:
    return lower


def _bounded(
    assembly: Assembly,
    plan: Plan,
    lowest: Callable[[FloatArray, FloatArray], FloatArray],
) -> Assembly:
    """Return the problem with duties and sales held at (or under) the plan's."""
    problem = assembly.problem
    lower, upper = problem.lower.copy(), problem.upper.copy()
    for name in ("duty", "sell"):
        here, there = problem.columns[name], plan.assembly.problem.columns[name]
        planned = plan.x[there.all()[:, 0]]
        if name == "duty":
            planned = planned * _still_able(assembly, plan, here.entities)
        index = here.all()[:, 0]
        upper[index] = np.maximum(np.minimum(upper[index], planned), lower[index])
        lower[index] = lowest(upper[index], lower[index])
    return replace(assembly, problem=replace(problem, lower=lower, upper=upper))


def _still_able(
    assembly: Assembly, plan: Plan, entities: tuple[str, ...]
) -> FloatArray:
    """Return the share of its planned duty each unit could still do, at most 1 [-]."""
    now = assembly.conditions.availability
    then = plan.assembly.conditions.availability
    units = [e.partition(":")[0] for e in entities]
    return np.array(
        [
            min(1.0, float(now[u][0] / then[u][0])) if then[u][0] > 0 else 1.0
            for u in units
        ]
    )
