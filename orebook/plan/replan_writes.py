"""Slice writes: bring what is new into a problem that is already assembled.

Each write sets exactly what an assembly of the new conditions would have set, and
nothing else: what an earlier re-plan moved in the contracts stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.chain.plant import Route, Unit
from orebook.errors import InputError
from orebook.plan.assemble import Assembly, Section, assemble
from orebook.plan.blocks.stock import stock_limits
from orebook.plan.blocks.work import drawn, per_period
from orebook.plan.conditions import Conditions, FloatArray
from orebook.plan.lp import Block, IntArray, Problem
from orebook.plan.replan_changes import Changes, Delay, new_chain, new_conditions
from orebook.plan.replan_lots import carry_lots, write_lots_delay
from orebook.plan.result import Plan

__all__ = ["changed_assembly", "reassembled"]

CONTRACT_COLUMNS = ("buy", "sell")
ROUNDING = 1e-12
"""A base load below this share of the limit is rounding [-]."""
CONTRACT_ROWS = ("buy_total", "sell_total", "take_or_pay")


def changed_assembly(plan: Plan, changes: Changes) -> Assembly:
    """Return the assembled plan with what is new written into it.

    Parameters
    ----------
    plan : Plan
        The plan so far; not touched.
    changes : Changes
        What is new, checked by `check_changes`.

    Returns
    -------
    Assembly
        Matrix and index maps are shared with the plan unless the horizon moves on or
        a limit changes; only then is the problem assembled anew. A contract with a
        new limit forgets what an earlier re-plan moved in it.

    Raises
    ------
    InputError
        If a delivery is delayed that the contract does not have.
    """
    known = new_conditions(plan, changes)
    chain = new_chain(plan.network.chain, changes)
    anew = changes.roll or changes.specs or changes.limits
    if anew or _whole_touched(chain, changes):
        network = replace(plan.network, chain=chain)
        made = assemble(network, known)
        subjects = {x.subject for x in changes.limits}
        problem = _Moved(plan.assembly.problem, subjects).carried(
            made.problem, changes.roll
        )
        carry_lots(problem, plan, changes.roll, new=subjects)
        made = replace(made, problem=problem)
    else:
        old = plan.assembly.problem
        made = replace(plan.assembly, conditions=known, problem=_own(old))
        _write_prices(made, {p.contract for p in changes.prices})
        _write_availability(made, plan, {o.unit for o in changes.outages})
        _write_stocks(made, set(changes.stocks))
    for delay in changes.delays:
        if not write_lots_delay(made, delay):
            _write_delay(made, delay)
    return made


def reassembled(made: Assembly, known: Conditions, more: Sequence[Section]) -> Assembly:
    """Assemble anew at other settings; what re-plans moved in contracts stays.

    Parameters
    ----------
    made : Assembly
        The plan with what is new written into it.
    known : Conditions
        Its conditions with other settings or operating duties.
    more : sequence of Section
        Further sections.
    """
    new = assemble(made.network, known, more=more)
    carried = _Moved(made.problem, set()).carried(new.problem, 0)
    return replace(new, problem=carried)


def _whole_touched(chain: Chain, changes: Changes) -> bool:
    """Return whether an outage meets a whole decision: it stands in the matrix."""
    whole = {u.id for u in chain.units if u.on_off is not None or u.batch is not None}
    whole |= {r.id for r in chain.routes if r.lot is not None}
    tariff = any(p.bands for p in chain.purchases)
    return any(tariff or o.unit in whole for o in changes.outages)


def _own(problem: Problem) -> Problem:
    """Return a problem whose numbers may be written; the matrix is shared."""
    return replace(
        problem,
        cost=problem.cost.copy(),
        lower=problem.lower.copy(),
        upper=problem.upper.copy(),
        row_lower=problem.row_lower.copy(),
        row_upper=problem.row_upper.copy(),
    )


@dataclass(frozen=True, slots=True)
class _Moved:
    """What earlier re-plans moved between the periods of contracts.

    Parameters
    ----------
    old : Problem
        The problem so far.
    renewed : set of str
        ``buy:ID`` and ``sell:ID`` whose limits are new; nothing of them is kept.
    """

    old: Problem
    renewed: set[str]

    def carried(self, new: Problem, roll: int) -> Problem:
        """Return the new problem with the contracts as they stood."""
        made, old = _own(new), self.old
        for name in CONTRACT_COLUMNS:
            here, there = self._places(name, new.columns, old.columns, roll)
            made.lower[here] = old.lower[there]
            made.upper[here] = old.upper[there]
        for name in CONTRACT_ROWS:
            if name in new.rows and name in old.rows:
                here, there = self._places(name, new.rows, old.rows, roll)
                made.row_lower[here] = old.row_lower[there]
                made.row_upper[here] = old.row_upper[there]
        return made

    def _places(
        self, name: str, new: Mapping[str, Block], old: Mapping[str, Block], roll: int
    ) -> tuple[IntArray, IntArray]:
        """Return where the kept contracts stand now, and where they stood."""
        side = "sell" if name.startswith("sell") else "buy"
        shared = [
            e
            for e in new[name].entities
            if e in old[name].entities
            and f"{side}:{re.split('[:#]', e)[0]}" not in self.renewed
        ]
        kept = new[name].periods - roll
        here = np.array([new[name].position(e) for e in shared], np.int64)
        there = np.array([old[name].position(e) for e in shared], np.int64)
        return new[name].all()[here, :kept], old[name].all()[there, roll:]


def _write_prices(made: Assembly, keys: set[str]) -> None:
    problem, chain = made.problem, made.network.chain
    price = made.conditions.price
    for p in chain.purchases:
        if f"buy:{p.id}" in keys:
            now, of = price[f"buy:{p.id}"], _unit_of(chain, p.good)
            extra = [0.0, *(t.extra.to(f"CNY/{of}") for t in p.tiers)]
            for k, more in enumerate(extra):
                name = p.id if k == 0 else f"{p.id}#{k}"
                problem.cost[problem.columns["buy"].slice(name)] = now + more
            if p.take_or_pay is not None and p.shortfall_price is None:
                problem.cost[problem.columns["shortfall"].slice(p.id)] = now
    for s in chain.sales:
        if f"sell:{s.id}" in keys:
            for text in s.goods:
                name = f"{s.id}:{good(text).material}"
                place = problem.columns["sell"].slice(name)
                problem.cost[place] = -price[f"sell:{s.id}"]


def _write_availability(made: Assembly, plan: Plan, names: set[str]) -> None:
    chain = made.network.chain
    for unit in chain.units:
        if unit.id in names:
            _write_unit(made, plan, unit)
    for route in chain.routes:
        if route.id in names:
            _write_route(made, route)


def _write_unit(made: Assembly, plan: Plan, unit: Unit) -> None:
    """Move the limits of a unit; a base load that stands in them stays."""
    problem, known = made.problem, made.conditions
    process = made.network.processes[unit.id]
    then = plan.assembly.conditions.availability[unit.id]
    for k, (name, measure) in enumerate(unit.limits.items()):
        stated = per_period(measure, process.limits[name], known.periods)
        whole = known.limit.get(f"unit:{unit.id}:{name} max", stated)
        cap = whole * known.availability[unit.id]
        place = problem.rows["capacity"].slice(f"{unit.id}:{name}")
        base = whole * then - problem.row_upper[place]
        base[np.abs(base) <= ROUNDING * whole] = 0.0
        problem.row_upper[place] = cap - base
        if k == 0 and unit.minimum > 0:
            place = problem.rows["minimum"].slice(unit.id)
            problem.row_lower[place] = unit.minimum * cap - base


def _write_route(made: Assembly, route: Route) -> None:
    whole = made.conditions.limit.get(f"route:{route.id} max")
    if whole is None:
        if route.capacity is None:
            return
        of = made.network.chain.material[route.materials[0]].unit
        whole = per_period(route.capacity, of, made.conditions.periods)
    place = made.problem.rows["route"].slice(route.id)
    made.problem.row_upper[place] = whole * made.conditions.availability[route.id]


def _write_stocks(made: Assembly, names: set[str]) -> None:
    problem, network, known = made.problem, made.network, made.conditions
    for store in network.chain.stores:
        if store.id in names:
            place = problem.columns["stock"].slice(store.id)
            of = _unit_of(network.chain, store.good)
            opening, high = known.opening[store.id], problem.upper[place]
            held = problem.lower[place][-1:].copy()
            problem.lower[place] = stock_limits(store, of, known)[0]
            if store.id in known.closing:
                problem.lower[place][-1:] = held
            elif store.end == "hold" and store.id not in known.closing_value:
                problem.lower[place][-1:] = max(
                    problem.lower[place][-1], min(opening, high[-1])
                )
            row = network.balance_position[good(store.good)]
            first = int(problem.rows["balance"].index(np.array(row), 0))
            demand = _first_demand(made, row)
            problem.row_lower[first] = problem.row_upper[first] = demand


def _first_demand(made: Assembly, row: int) -> float:
    """Return what a balance must supply in the first period [unit]."""
    network, known = made.network, made.conditions
    amounts = drawn(network.chain, known)
    demand = -float((network.matrix()[[row]] @ made.expression.base)[0, 0])
    for draw in network.chain.draws:
        if network.balance_position[good(draw.good)] == row:
            demand += float(amounts[draw.id][0])
    for store in network.chain.stores:
        if network.balance_position[good(store.good)] == row:
            demand -= known.opening[store.id]
    return demand


@dataclass(frozen=True, slots=True)
class _Limits:
    """Least and most of a contract over the periods, as views into a problem."""

    least: FloatArray
    most: FloatArray


def _write_delay(made: Assembly, delay: Delay) -> None:
    names = [p.name for p in made.conditions.periods]
    since, until = names.index(delay.since), names.index(delay.until)
    limits = _limits_of(made, delay.contract)
    most = sum(float(x.most[since]) for x in limits)
    if not np.isfinite(most) or delay.amount > most:
        message = (
            f"{delay.amount:g} of {delay.contract} cannot leave {delay.since}: its "
            f"upper limit there is {most:g}; expected a limit of at least the amount "
            "that moves; give the contract a max, or move less"
        )
        raise InputError(message)
    left = delay.amount
    for part in reversed(limits):  # the dearest tier leaves first
        taken = min(left, float(part.most[since]))
        part.most[since] -= taken
        left -= taken
    limits[-1].most[until] += delay.amount
    for part in limits:
        moved = max(0.0, float(part.least[since] - part.most[since]))
        part.least[since] -= moved
        part.least[until] += moved
    _write_totals(made, delay, since=since, until=until)


def _limits_of(made: Assembly, contract: str) -> list[_Limits]:
    """Return the limits that stand on the columns or the total row of a contract."""
    problem, (kind, _, id_) = made.problem, contract.partition(":")
    total = problem.rows.get("sell_total") if kind == "sell" else None
    if total is not None and id_ in total.entities:
        place = total.slice(id_)
        return [_Limits(problem.row_lower[place], problem.row_upper[place])]
    ends = ("#",) if kind == "buy" else (":",)
    block = problem.columns[kind]
    mine = [e for e in block.entities if e == id_ or e.startswith(f"{id_}{ends[0]}")]
    places = [block.slice(e) for e in mine]
    return [_Limits(problem.lower[p], problem.upper[p]) for p in places]


def _write_totals(made: Assembly, delay: Delay, *, since: int, until: int) -> None:
    """Move least quantities that are demanded over all tiers of a purchase."""
    problem, (kind, _, id_) = made.problem, delay.contract.partition(":")
    for name in ("buy_total", "take_or_pay") if kind == "buy" else ():
        block = problem.rows.get(name)
        if block is not None and id_ in block.entities:
            least = problem.row_lower[block.slice(id_)]
            moved = min(delay.amount, float(least[since]))
            least[since] -= moved
            least[until] += moved


def _unit_of(chain: Chain, text: str) -> str:
    return chain.material[good(text).material].unit
