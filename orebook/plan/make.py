"""Make a plan: assemble, solve, price, and say what every limit earns."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import numpy.typing as npt

from orebook.chain.chain import Chain
from orebook.plan.assemble import Assembly, assemble
from orebook.plan.coarse import from_nothing
from orebook.plan.conditions import Conditions
from orebook.plan.equal_rent import equal_rent_of
from orebook.plan.face import dual_face
from orebook.plan.factor import factorise, reduced_costs
from orebook.plan.infeasible import ContradictionError, demand_optimal
from orebook.plan.lp import Block, Problem
from orebook.plan.prices import PriceCheck, check_prices, one_sided_of
from orebook.plan.result import Plan, Prices, Rent
from orebook.plan.solve import Solution
from orebook.plan.words import in_words
from orebook.process.network import Network

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[str, float], None]
QUALITY = frozenset({"spec", "feed_limit"})
CHECKED_AT_ONCE = 100  # rows between two reports of progress [-]
SMALLEST_RENT = 1e-6  # CNY per period: below it is rounding of the solver


def make_plan(
    network: Network, conditions: Conditions, *, progress: Progress | None = None
) -> Plan:
    """Return the plan of least cost with its internal prices.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        Horizon, market prices, availability, opening stocks.
    progress : callable, optional
        Called with (step, share done).

    Raises
    ------
    InfeasibleError
        If the requirements contradict each other; the message names the smallest set
        that does, in the book's words.
    """
    say = progress or _silent
    clock = perf_counter()
    say("assemble", 0.0)
    assembly = assemble(network, conditions)
    assembled = perf_counter()
    say("solve", 0.1)
    try:
        solution = demand_optimal(assembly.problem, from_nothing(assembly.problem))
    except ContradictionError as error:
        raise in_words(assembly, error) from error
    solved = perf_counter()
    say("price", 0.4)
    prices, dual = price_rows(assembly.problem, solution)
    say("done", 1.0)
    seconds = {
        "assemble": assembled - clock,
        "solve": solved - assembled,
        "price": perf_counter() - solved,
    }
    rents = tuple(_rents(assembly, solution, dual))
    return Plan(assembly, solution.objective, solution.x, dual, prices, rents, seconds)


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def price_rows(problem: Problem, solution: Solution) -> tuple[Prices, FloatArray]:
    """Return internal prices of all balances, and the published duals of all rows."""
    block = problem.rows["balance"]
    rows = block.all()
    face = dual_face(factorise(problem, solution))
    sides = one_sided_of(face, rows.ravel(), ranges=False)
    first = one_sided_of(face, rows[:, 0])
    dual = equal_rent_of(face, free_rows=rows.ravel())
    prices = Prices(
        price=dual[rows],
        bid=sides.bid.reshape(rows.shape),
        ask=sides.ask.reshape(rows.shape),
        bid_range=first.bid_range,
        ask_range=first.ask_range,
    )
    return prices, dual


def check_plan_prices(
    plan: Plan, *, step: float = 1.0, progress: Progress | None = None
) -> PriceCheck:
    """Re-solve with plus and minus ``step`` of every balance; compare bid and ask."""
    say = progress or _silent
    problem = plan.assembly.problem
    solution = demand_optimal(problem, from_nothing(problem))
    rows = problem.rows["balance"].all().ravel()
    parts = []
    for start in range(0, rows.size, CHECKED_AT_ONCE):
        say("check prices", start / rows.size)
        some = rows[start : start + CHECKED_AT_ONCE]
        parts.append(check_prices(problem, solution, some, step=step))
    worst = max(parts, key=lambda part: part.worst)
    return PriceCheck(
        worst=worst.worst,
        row=worst.row,
        checked=sum(part.checked for part in parts),
        shortened=sum(part.shortened for part in parts),
        smallest_step=min(part.smallest_step for part in parts),
    )


def _rents(assembly: Assembly, solution: Solution, dual: FloatArray) -> list[Rent]:
    problem = assembly.problem
    owner = _Owners(assembly.network.chain)
    activity = np.asarray(problem.matrix @ solution.x)
    found = []
    for block in problem.rows.values():
        if block.name != "balance":
            found += _family(block, activity, -dual, owner)
    reduced = reduced_costs(problem, dual)
    for block in problem.columns.values():
        found += _family(block, solution.x, -reduced, owner)
    return found


def _family(
    block: Block, activity: FloatArray, worth: FloatArray, owner: _Owners
) -> list[Rent]:
    rents = []
    for entity, i in zip(block.entities, block.all(), strict=True):
        each = worth[i].copy()
        if block.name == "stock":
            each[-1] = 0.0  # what the horizon demands of a stock is nobody's rent
        # A limit on quality allows nothing in tonnes; its worth stands by itself.
        money = each if block.name in QUALITY else activity[i] * each
        if np.any(np.abs(money) > SMALLEST_RENT):
            centre = owner.of(block.name, entity)
            rents.append(Rent(block.name, entity, centre, activity[i], each))
    return rents


class _Owners:
    """Which centre owns the limit behind a row or column."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        unit = {u.id: u.centre for u in chain.units}
        buy = {p.id: p.centre for p in chain.purchases}
        sell = {s.id: s.centre for s in chain.sales}
        route = {r.id: r.centre for r in chain.routes}
        self.tables = {
            "duty": unit,
            "capacity": unit,
            "minimum": unit,
            "feed_limit": unit,
            "buy": buy,
            "buy_total": buy,
            "shortfall": buy,
            "take_or_pay": buy,
            "sell": sell,
            "sell_total": sell,
            "spec": sell,
            "excess": sell,
            "sale_tier": sell,
            "ship": route,
            "route": route,
            "stock": {s.id: s.centre for s in chain.stores},
            "limit": {x.id: x.centre for x in chain.limits},
            "relation": unit,
            "demand": {d.id: d.centre for d in chain.demand_charges},
            "demand_load": {d.id: d.centre for d in chain.demand_charges},
        }

    def of(self, block: str, entity: str) -> str:
        table = self.tables[block]
        if entity in table:
            return table[entity]
        return table[entity.partition(":")[0].partition("#")[0]]
