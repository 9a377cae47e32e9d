"""Closed months as records: what the book itself knows of the past."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from orebook.benchmark.practice.records import Column, Records
from orebook.benchmark.practice.valuation import streams_of
from orebook.chain.calendar import period
from orebook.errors import InputError
from orebook.ledger.month import ClosedMonth
from orebook.process.network import Network

__all__ = ["LOAD", "month_records"]

LOAD = "load"


def month_records(
    network: Network, subject: str, months: Sequence[ClosedMonth]
) -> Records:
    """Return closed months of a unit or centre as records.

    Parameters
    ----------
    network : Network
        Chain and physics.
    subject : str
        Unit or centre.
    months : sequence of ClosedMonth
        Oldest first.

    Returns
    -------
    Records
        Columns: every stream by its id, ``load`` (duty per day against its mean),
        ``PORT:COMPONENT`` of what was fed, and ``STREAM/t``: each stream per unit of
        the first product, what a month can show of how it was run.

    Raises
    ------
    InputError
        If no month is closed.
    """
    streams = streams_of(network, subject)
    if not months:
        raise InputError(
            f"no month of '{subject}' is closed, so there is no past to learn from; "
            "close months, or give records of shifts or campaigns (--records FILE)"
        )
    spans = [period(m.period) for m in months]
    lengths = np.array([(p.last - p.first).days + 1 for p in spans], np.float64)
    days = np.array([p.first.toordinal() - 719163 for p in spans], np.float64)
    columns = {}
    for s in streams:
        amounts = [m.figures[s.id].value if s.id in m.figures else np.nan
                   for m in months]  # fmt: skip
        columns[s.id] = Column(s.id, s.unit, np.array(amounts, np.float64))
    columns |= _ratios(network, subject, columns)
    columns |= _load(network, subject, months, lengths)
    columns |= _fed(network, subject, months)
    return Records("closed months", months[-1].period, days, columns)


def _ratios(
    network: Network, subject: str, columns: dict[str, Column]
) -> dict[str, Column]:
    streams = streams_of(network, subject)
    product = next((s for s in streams if s.sign > 0), None)
    if product is None:
        return {}
    made = columns[product.id].values
    safe = np.where(made > 0.0, made, np.nan)
    return {
        f"{s.id}/{product.unit}": Column(
            f"{s.id}/{product.unit}", f"{s.unit}/{product.unit}",
            columns[s.id].values / safe,
        )
        for s in streams
        if s.id != product.id
    }  # fmt: skip


def _load(
    network: Network, subject: str, months: Sequence[ClosedMonth], lengths: np.ndarray
) -> dict[str, Column]:
    """Return what the plant was asked for, which the shift does not choose."""
    units = (
        [subject]
        if subject in network.processes
        else [u.id for u in network.chain.units if u.centre == subject]
    )
    parts = []
    for unit in units:
        for duty in network.processes[unit].duties:
            name = f"{unit}:{duty.name}"
            amount = np.array([m.duties.get(name, np.nan) for m in months]) / lengths
            middle = np.nanmean(amount) if np.isfinite(amount).any() else 0.0
            if middle > 0.0:
                parts.append(amount / middle)
    if not parts:
        return {}
    return {LOAD: Column(LOAD, "", np.mean(parts, axis=0))}


def _fed(
    network: Network, subject: str, months: Sequence[ClosedMonth]
) -> dict[str, Column]:
    units = (
        [subject]
        if subject in network.processes
        else [u.id for u in network.chain.units if u.centre == subject]
    )
    found = {}
    for unit in units:
        names = {
            (port, c)
            for m in months
            for port, parts in m.content.get(unit, {}).items()
            for c in parts
        }
        for port, c in sorted(names):
            values = [
                m.content.get(unit, {}).get(port, {}).get(c, np.nan) for m in months
            ]
            label = f"{port}:{c}" if len(units) == 1 else f"{unit}.{port}:{c}"
            found[label] = Column(label, "-", np.array(values, np.float64))
    return found
