"""A planned and a real month of chain8, for the tests of evaluation and reward."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from orebook.chain.calendar import horizon, period
from orebook.chain.plant import Store
from orebook.ledger.month import ClosedMonth, Figure
from orebook.plan.accounts import Month
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.contract import Case
from orebook.process.network import network
from tests.plan.chains import V3_FACTORS, chain8

WEEK = period("2026-W01")


@cache
def plan_of_chain8() -> Plan:
    """Return the plan of one week with an alumina silo."""
    store = Store(
        id="silo",
        name="仓",
        name_en="silo",
        centre="trade",
        good="alumina@p",
        capacity="15000 t",
        opening="5000 t",
        holding_cost="20 CNY/t/month",
    )
    chain = chain8(V3_FACTORS, stores=(store,))
    net = network(chain)
    return make_plan(net, conditions(chain, horizon(WEEK, 1), known_until=None))


def real_month(plan: Plan, *, seed: int = 1, spread: float = 0.03) -> Month:
    """Return a month in which every unit drifts and every balance still closes.

    Duties and specific consumptions drift by ``spread``; what then is missing is
    bought, what is left over goes to stock or is sold.
    """
    rng = np.random.default_rng(seed)
    net, planned = plan.network, plan.month(0)
    duties = {
        k: v * (1 - abs(rng.normal(0, spread))) for k, v in planned.duties.items()
    }
    amounts = dict(planned.amounts)
    for unit in net.chain.units:
        names = [d.name for d in net.processes[unit.id].duties]
        case = Case({n: np.asarray(duties[f"{unit.id}:{n}"]) for n in names})
        outcome = net.processes[unit.id].run(case)
        for s in net.of(unit.id):
            drift = 1.0 if s.sign > 0 else 1 + rng.normal(0, spread)
            amounts[s.id] = float(outcome.flows[s.port]) * s.sign * drift
    _close(plan, amounts)
    market = {k: v * (1 + rng.normal(0, 0.05)) for k, v in planned.market.items()}
    return replace(planned, amounts=amounts, duties=duties, market=market)


def _close(plan: Plan, amounts: dict[str, float]) -> None:
    """Let a market, or the only producer, take up what each balance lacks."""
    for balance in plan.network.balances:
        members = [s for s in plan.network.streams if s.balance == balance]
        net = sum(s.sign * amounts[s.id] for s in members)
        roles = ("buy", "sell") if net < 0 else ("sell", "buy")
        free = [s for role in roles for s in members if s.role == role]
        free += [s for s in members if s.sign < 0 and s.role == "unit"]
        slack = free[0]
        amounts[slack.id] -= slack.sign * net


def closed_month(plan: Plan, month: Month) -> ClosedMonth:
    """Return a month as the ledger would freeze it, with a meter on every stream."""
    figures = {
        s: Figure(v, 0.01 * abs(v), "redundant", v, 0.02 * abs(v), (f"M-{s}",))
        for s, v in month.amounts.items()
    }
    return ClosedMonth(
        period=month.period.name,
        figures=figures,
        duties=dict(month.duties),
        content={},
        market=dict(month.market),
        costs={},
    )
