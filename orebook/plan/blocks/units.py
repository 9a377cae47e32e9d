"""Units in a plan: duties, capacities, least loads and the quality limits of feeds.

A process that is linear in its duties enters as it is; any other as its tangent at the
operating duty of the conditions, which its duties may leave as far as they say.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from orebook.chain.material import Amount
from orebook.chain.plant import Unit
from orebook.plan.blocks.work import RowOf, Weight, Work, settled
from orebook.plan.conditions import content_of, feeds_told
from orebook.plan.linearise import linearise, response_of
from orebook.plan.lp import FloatArray
from orebook.plan.respond import Response, respond
from orebook.plan.starting import starting_duty
from orebook.process.contract import Process


def add_units(work: Work) -> None:
    """Add the duties of every unit with its capacities and quality limits."""
    entities: list[str] = []
    costs: list[float] = []
    capacity: list[RowOf] = []
    minimum: list[RowOf] = []
    quality: list[RowOf] = []
    while_on: list[tuple[str, str, str, FloatArray]] = []
    for unit in work.chain.units:
        process = work.network.processes[unit.id]
        index = range(len(entities), len(entities) + len(process.duties))
        entities += [f"{unit.id}:{d.name}" for d in process.duties]
        costs += [
            0.0 if unit.cost is None else unit.cost.to(f"CNY/{d.unit}")
            for d in process.duties
        ]
        response = response_in(work, unit, process)
        _streams(work, unit, response, index)
        for name, row, cap in _capacities(work, unit, process, response, index):
            duties = [d.name for d in process.duties]
            loads = dict(zip(duties, (w for _, w in row), strict=True))
            base = response.base_loads.get(name, 0.0)
            room, least = cap - base, unit.minimum * cap - base
            work.capacity_of.setdefault(unit.id, []).append((loads, room))
            first = unit.minimum > 0 and name == next(iter(unit.limits))
            if unit.on_off is not None:  # then both hold only while it runs
                while_on.append(("capacity", f"{unit.id}:{name}", unit.id, room))
                if first:
                    while_on.append(("minimum", unit.id, unit.id, least))
                room, least = np.zeros(work.count), np.zeros(work.count)
            capacity.append((f"{unit.id}:{name}", row, -np.inf, room))
            if first:
                minimum.append((unit.id, row, least, np.inf))
        quality += _feed_limits(work, unit, process, index)
    low, high = _reach(work, entities)
    block = work.columns(
        "duty", entities, cost=np.array(costs).reshape(-1, 1), lower=low, upper=high
    )
    work.rows("capacity", capacity, block)
    work.rows("minimum", minimum, block)
    work.rows("feed_limit", quality, block)
    _while_on(work, while_on)


def _while_on(work: Work, rows: list[tuple[str, str, str, FloatArray]]) -> None:
    """Let capacities and least loads of units that run or stand follow ``on``."""
    for name, row, unit, amount in rows:
        on, block = work.columns_of["on"], work.rows_of[name]
        column = on.all()[on.position(unit)]
        each = np.broadcast_to(amount, (work.count,))
        work.builder.entries(block.all()[block.position(row)], column, -each)


def response_in(work: Work, unit: Unit, process: Process) -> Response:
    """Return a unit as a linear function of its duties under the plan's conditions.

    Parameters
    ----------
    work : Work
        What is assembled.
    unit : Unit
        Entry of the book.
    process : Process
        Its physics.

    Returns
    -------
    Response
        Exact for a linear process; the tangent at the operating duty otherwise.
    """
    content = feeds_told(work.conditions, work.network, unit.id)
    setting = work.network.setting_of(work.conditions.setting, unit.id)
    if process.linear:
        return respond(process, content, setting)
    at = work.conditions.duty.get(unit.id)
    if at is None:
        limits = available(work, unit, process)
        at = starting_duty(
            process, limits, content=content, setting=setting, periods=work.count
        )
    tangent = linearise(
        process, at, content=content, setting=setting, periods=work.count
    )
    return response_of(tangent, linear=False)


def available(work: Work, unit: Unit, process: Process) -> dict[str, FloatArray]:
    """Return what there is of each limit of a unit, shape (periods,) [limit unit]."""
    share = work.conditions.availability[unit.id]
    return {
        name: share
        * work.amount(
            measure, process.limits[name], np.inf, key=f"unit:{unit.id}:{name} max"
        )
        for name, measure in unit.limits.items()
    }


def _reach(
    work: Work, entities: list[str]
) -> tuple[FloatArray | float, FloatArray | float]:
    """Return the bounds of the duties: around the operating point where one holds."""
    _, turn = work.in_turn("duty", entities)
    if not work.conditions.reach:
        return 0.0, turn
    low = np.zeros((len(entities), work.count))
    high = np.broadcast_to(turn, low.shape).copy()
    place = {name: i for i, name in enumerate(entities)}
    for unit, reach in work.conditions.reach.items():
        for duty, far in reach.items():
            at = work.conditions.duty[unit][duty]
            row = place[f"{unit}:{duty}"]
            low[row] = np.minimum(np.maximum(0.0, at - far), high[row])
            high[row] = np.minimum(at + far, high[row])
    return low, high


def _streams(work: Work, unit: Unit, response: Response, index: range) -> None:
    for stream in work.network.of(unit.id):
        if stream.port in response.flows:
            weights = stream.sign * response.flows[stream.port]
            for i, each in zip(index, weights, strict=True):
                work.term(stream.id, work.base + i, _weight(each))
        if stream.port in response.base_flows:
            base = stream.sign * response.base_flows[stream.port]
            if unit.on_off is None:
                work.base_flow(stream.id, base)
            else:
                each = np.broadcast_to(base, (work.count,)).astype(np.float64)
                work.term(stream.id, work.entity("on", unit.id), each)


def _weight(values: FloatArray) -> Weight:
    return float(values[0]) if values.size == 1 else values


def _capacities(
    work: Work, unit: Unit, process: Process, response: Response, index: range
) -> Iterator[tuple[str, list[tuple[int, Weight]], FloatArray]]:
    """Yield each limit with the load of the duties on it and what is available."""
    for name, cap in available(work, unit, process).items():
        loads = response.loads[name]
        row = [(i, _weight(loads[k])) for k, i in enumerate(index)]
        yield name, row, cap


def _feed_limits(
    work: Work, unit: Unit, process: Process, index: range
) -> Iterator[RowOf]:
    given = content_of(work.conditions, unit)
    for limit in unit.feed_limits:
        over: list[tuple[int, Weight]] = []
        under: list[tuple[int, Weight]] = []
        for i, duty in zip(index, process.duties, strict=True):
            if duty.port is None:  # a turbine exit is no ingredient of the feed
                continue
            assay: dict[str, Amount] = dict(work.assay(duty.port))
            assay |= given.get(duty.port, {})
            high, low = (settled(one) for one in limit.coefficients(assay))
            over.append((i, _weight(np.atleast_1d(high))))
            under.append((i, _weight(np.atleast_1d(low))))
        if limit.max is not None:
            yield f"{unit.id}:{limit.of} max", over, -np.inf, 0.0
        if limit.min is not None:
            yield f"{unit.id}:{limit.of} min", under, -np.inf, 0.0
