"""Units that work in whole batches: furnaces, and ships at a berth."""

from __future__ import annotations

import numpy as np

from orebook.chain.plant import Unit
from orebook.chain.whole import Batch, hours_of
from orebook.plan.blocks.most import most_duty
from orebook.plan.blocks.work import Work
from orebook.plan.lp import FloatArray, IntArray

__all__ = ["add_batches", "most_batches"]

ALMOST = 1e-9
"""A number of batches this close to a whole one is that one [-]."""


def add_batches(work: Work) -> None:
    """Tie the duty of batch units to a whole number of batches.

    Notes
    -----
    ``duty = size x batches`` (at most that where batches may be part filled), and the
    batches fit into the hours of the furnaces. A berth charges the turnaround of whole
    ships, also of one that is part filled.
    """
    units = [(u, u.batch) for u in work.chain.units if u.batch is not None]
    if not units:
        return
    most = np.array([most_batches(work, u, b) for u, b in units])
    names = [u.id for u, _ in units]
    whole = np.broadcast_to(work.whole, most.shape)
    column = work.columns("batch", names, upper=most, integer=whole)
    full = np.array([[b.full] for _, b in units])
    rows = work.builder.rows(
        "batches", names, lower=np.where(full, 0.0, -np.inf), upper=0.0
    )
    add, duty = work.builder.entries, work.columns_of["duty"]
    for k, (unit, batch) in enumerate(units):
        duties = work.network.processes[unit.id].duties
        add(rows.all()[k], column.all()[k], -batch.size.to(duties[0].unit))
        for d in duties:
            place = duty.position(f"{unit.id}:{d.name}")
            add(rows.all()[k], duty.all()[place], 1.0)
        _ships(work, unit, column.all()[k])
    linked = [(k, u) for k, (u, _) in enumerate(units) if u.on_off is not None]
    if linked:
        row = work.builder.rows(
            "batch_on", [u.id for _, u in linked], lower=-np.inf, upper=0.0
        )
        on = work.columns_of["on"]
        for r, (k, unit) in enumerate(linked):
            add(row.all()[r], column.all()[k], 1.0)
            add(row.all()[r], on.all()[on.position(unit.id)], -most[k])


def most_batches(work: Work, unit: Unit, batch: Batch) -> FloatArray:
    """Return how many batches fit into each period, shape (periods,) [-]."""
    size = batch.size.to(work.network.processes[unit.id].duties[0].unit)
    by_duty = most_duty(work, unit.id) / size
    slack = ALMOST if batch.full else 1.0 - ALMOST  # a part-filled one counts whole
    found = np.floor(by_duty + slack)
    if batch.time is not None:
        hours = work.lengths[0]
        room = hours * work.conditions.availability[unit.id]
        each = np.floor(room / hours_of(batch.time) + ALMOST)  # of one furnace
        found = np.minimum(found, batch.count * each)
    return np.asarray(found, np.float64)


def _ships(work: Work, unit: Unit, columns: IntArray) -> None:
    """Charge the turnaround of a berth by whole ships instead of by tonnes."""
    process, block = work.network.processes[unit.id], work.rows_of.get("capacity")
    row = f"{unit.id}:berth_hours"
    if unit.kind != "berth" or block is None or row not in block.entities:
        return
    settings = {s.name: s.default for s in process.settings}
    turn, lot = settings["turnaround"], settings["lot_size"]
    place, duty = block.all()[block.position(row)], work.columns_of["duty"]
    work.builder.entries(place, columns, turn)
    for d in process.duties:
        where = duty.all()[duty.position(f"{unit.id}:{d.name}")]
        work.builder.entries(place, where, -turn / lot)
