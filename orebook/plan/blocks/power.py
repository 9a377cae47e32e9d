"""Power in a plan: demand charges, and what binds the duties of flexible loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from orebook.chain.calendar import Period, kind_of
from orebook.plan.blocks.work import RowOf, Weight, Work
from orebook.plan.demand import bills, months_of, weights
from orebook.plan.lp import FloatArray, IntArray, Problem

Billed = Mapping[str, FloatArray]
KW_PER_MW = 1000.0
"""The problem counts billed loads in MW: its figures are then of one size [kW/MW]."""
NEXT = "#next"
"""Mark of a load billed in the month in which a week ends, not in which it begins."""


def add_relations(work: Work) -> None:
    """Add the relations between the duties of units: how far a load may be shifted."""
    members: list[RowOf] = []
    start = 0
    for unit in work.chain.units:
        process = work.network.processes[unit.id]
        place = {d.name: start + k for k, d in enumerate(process.duties)}
        for relation in process.relations:
            row: list[tuple[int, Weight]] = [
                (place[duty], weight) for duty, weight in relation.weights.items()
            ]
            members.append((f"{unit.id}:{relation.name}", row, -np.inf, 0.0))
        start += len(process.duties)
    work.rows("relation", members, work.columns_of["duty"])


def add_demand(work: Work) -> None:
    """Add the billed load of every demand charge [MW]: at least each band's load.

    Each month has one billed load, in the column of the first period that lies in it;
    all other columns stay at 0.
    """
    charges = work.chain.demand_charges
    if not charges:
        return
    slots = 2 if kind_of(work.periods[0].name) == "week" else 1
    months = bills(work.periods)
    price = np.zeros((slots, work.count))
    lead = np.zeros((slots, work.count), np.bool_)
    for month in months:
        price[month.slot, month.period] = month.share
        lead[month.slot, month.period] = True
    entities = [c.id + NEXT * slot for c in charges for slot in range(slots)]
    least = np.array([c.least_kw / KW_PER_MW for c in charges])
    cost = np.array([KW_PER_MW * c.price_cny for c in charges])
    work.columns(
        "demand",
        entities,
        cost=np.concatenate([p * price for p in cost]),
        lower=np.concatenate([low * lead for low in least]),
        upper=np.concatenate([np.where(lead, np.inf, 0.0) for _ in charges]),
    )
    _loads(work, slots)


def _loads(work: Work, slots: int) -> None:
    """Add rows: a billed load is at least the load of each band, in each period."""
    charges = work.chain.demand_charges
    own = {
        c.id: [weights(work.chain, c, period) for period in work.periods]
        for c in charges
    }
    member, leader = _leaders(work, slots)
    names = [
        (k, slot, band)
        for k, c in enumerate(charges)
        for slot in range(slots)
        for band in own[c.id][0]
    ]
    block = work.builder.rows(
        "demand_load",
        [f"{charges[k].id}:{band}{NEXT * slot}" for k, slot, band in names],
        lower=np.array([np.where(member[slot], 0.0, -np.inf) for _, slot, _ in names]),
        upper=np.inf,
    )
    work.rows_of["demand_load"] = block
    demand, buy = work.columns_of["demand"].all(), work.columns_of["buy"].all()
    place = _columns(work)
    for r, (k, slot, band) in enumerate(names):
        t = np.flatnonzero(member[slot])
        rows = block.all()[r][t]
        first, period = leader[slot, t].T
        work.builder.entries(rows, demand[k * slots + first, period], 1.0)
        of = own[charges[k].id]
        for purchase in of[0][band]:
            weight = np.array([of[i][band][purchase] for i in t]) / KW_PER_MW
            for entity in place[purchase]:
                work.builder.entries(rows, buy[entity][t], -weight)


def _leaders(work: Work, slots: int) -> tuple[npt.NDArray[np.bool_], IntArray]:
    """Return which (slot, period) lie in a month, and (slot, period) of its column."""
    member = np.zeros((slots, work.count), np.bool_)
    leader = np.zeros((slots, work.count, 2), np.int64)
    for month in bills(work.periods):
        for t in month.periods:
            # Only the first period of a month can lie in it by its end.
            slot = month.slot if t == month.period else 0
            member[slot, t] = True
            leader[slot, t] = month.slot, month.period
    return member, leader


def _columns(work: Work) -> dict[str, list[int]]:
    """Return the places of the columns of each purchase, all its tiers."""
    found: dict[str, list[int]] = {}
    for i, entity in enumerate(work.columns_of["buy"].entities):
        found.setdefault(entity.partition("#")[0], []).append(i)
    return found


def billed_of(problem: Problem, x: FloatArray, periods: Sequence[Period]) -> Billed:
    """Return the billed load of every charge in every period of a solved plan.

    Parameters
    ----------
    problem : Problem
        What was solved.
    x : array of float
        Its columns.
    periods : sequence of Period
        The horizon.

    Returns
    -------
    dict
        Charge to the load billed, the mean by days where a week lies in two months,
        shape (periods,) [kW].
    """
    block = problem.columns.get("demand")
    if block is None:
        return {}
    slots = 2 if any(e.endswith(NEXT) for e in block.entities) else 1
    found: dict[str, FloatArray] = {}
    for k, entity in enumerate(block.entities[::slots]):
        load = np.zeros(len(periods))
        columns = x[block.all()[k * slots : (k + 1) * slots]]
        for month in bills(periods):
            for t, share in month.periods.items():
                here = KW_PER_MW * columns[month.slot, month.period]
                load[t] += here * share / sum(months_of(periods[t]).values())
        found[entity] = load
    return found
