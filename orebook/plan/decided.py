"""The whole decisions of a plan: who runs when, lots, batches and tariff bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.plan.assemble import Assembly
from orebook.plan.conditions import LONG, Running
from orebook.plan.lp import FloatArray

__all__ = [
    "DECIDED",
    "Decision",
    "decisions",
    "decisions_of",
    "running_after",
    "running_from",
]

DECIDED = ("on", "lots", "batch", "band")
"""Column blocks a decision is read from; starts and stops go with ``on``."""
HOURS = 24.0


@dataclass(frozen=True, slots=True)
class Decision:
    """One whole decision over the horizon.

    Parameters
    ----------
    kind : str
        ``"on"``, ``"lots"``, ``"batch"`` or ``"band"``.
    subject : str
        Unit, contract as ``buy:ID``, ``sell:ID`` or ``ship:ROUTE:MATERIAL``, or the
        purchase with a step tariff.
    value : array of float, shape (periods,)
        1 runs, 0 stands; number of lots or batches; band counted from 0 [-].
    starts, stops : array of float, shape (periods,)
        Starts and stops of a unit; zero for the others [-].
    """

    kind: str
    subject: str
    value: FloatArray
    starts: FloatArray
    stops: FloatArray


def decisions(assembly: Assembly, x: FloatArray) -> tuple[Decision, ...]:
    """Return the whole decisions of a solution.

    Parameters
    ----------
    assembly : Assembly
        The plan.
    x : array of float, shape (columns,)
        Its solution [unit].

    Returns
    -------
    tuple of Decision
        Fractions where the plan relaxed them.
    """
    columns = assembly.problem.columns
    found = []
    for kind in DECIDED:
        block = columns.get(kind)
        if block is None:
            continue
        values, none = _rounded(x[block.all()]), np.zeros(block.periods)
        if kind == "band":
            found += _bands(block.entities, values)
            continue
        for k, name in enumerate(block.entities):
            pair = [none, none]
            if kind == "on":
                pair = [_rounded(x[columns[b].all()[k]]) for b in _EVENTS]
            found.append(Decision(kind, name, values[k], *pair))
    return tuple(found)


_EVENTS = ("start", "stop")


def _rounded(values: FloatArray) -> FloatArray:
    """Return values without what the solver's rounding leaves of whole numbers."""
    whole = np.round(values)
    near = np.abs(values - whole) < 1e-6
    return np.asarray(np.where(near, whole, values) + 0.0, np.float64)


def _bands(entities: tuple[str, ...], values: FloatArray) -> list[Decision]:
    """Return the band of each step tariff: the sum of number times share."""
    total: dict[str, FloatArray] = {}
    for name, row in zip(entities, values, strict=True):
        contract, _, k = name.partition("#")
        total[contract] = total.get(contract, np.zeros(row.size)) + int(k) * row
    none = np.zeros(values.shape[1])
    return [Decision("band", c, v, none, none) for c, v in total.items()]


def decisions_of(assembly: Assembly, x: FloatArray, t: int = 0) -> dict[str, float]:
    """Return the decisions of one period in the form accounts take them.

    Parameters
    ----------
    assembly : Assembly
        The plan.
    x : array of float, shape (columns,)
        Its solution [unit].
    t : int
        Period counted from 0 [-].

    Returns
    -------
    dict of str to float
        ``start:UNIT``, ``stop:UNIT``, ``running:UNIT`` (share of the period) [-], and
        ``on:UNIT`` and ``since:UNIT``: its state at the end and for how long [h].
    """
    block = assembly.problem.columns.get("on")
    if block is None:
        return {}
    found: dict[str, float] = {}
    for k, unit in enumerate(block.entities):
        for event in _EVENTS:
            column = assembly.problem.columns[event].all()[k, t]
            found[f"{event}:{unit}"] = _clean(float(x[column]))
        found[f"running:{unit}"] = _clean(float(x[block.all()[k, t]]))
        state = running_after(assembly, x, t + 1)[unit]
        found[f"on:{unit}"] = float(state.on)
        found[f"since:{unit}"] = min(state.hours, LONG)
    return found


def _clean(value: float) -> float:
    return round(value) + 0.0 if abs(value - round(value)) < 1e-6 else value


def running_after(assembly: Assembly, x: FloatArray, count: int) -> dict[str, Running]:
    """Return the state of every unit that runs or stands after some periods.

    Parameters
    ----------
    assembly : Assembly
        The plan.
    x : array of float, shape (columns,)
        Its solution [unit].
    count : int
        Periods that have passed, at least 1 [-].
    """
    block = assembly.problem.columns.get("on")
    if block is None:
        return {}
    hours = np.array([p.hours for p in assembly.conditions.periods[:count]])
    found = {}
    for k, unit in enumerate(block.entities):
        before = assembly.conditions.running[unit]
        on = np.round(x[block.all()[k, :count]]) > 0
        other = np.flatnonzero(on != on[-1])
        if other.size:
            since = float(hours[other[-1] + 1 :].sum())
        elif bool(on[-1]) == before.on:
            since = min(LONG, before.hours + float(hours.sum()))
        else:
            since = float(hours.sum())
        found[unit] = Running(bool(on[-1]), since)
    return found


def running_from(whole: Mapping[str, float]) -> dict[str, Running]:
    """Return the states that `decisions_of` wrote down for a period.

    Examples
    --------
    >>> running_from({"on:mill": 1.0, "since:mill": 72.0})
    {'mill': Running(on=True, hours=72.0)}
    """
    return {
        key.removeprefix("on:"): Running(
            value > 0.0, whole.get(f"since:{key.removeprefix('on:')}", LONG)
        )
        for key, value in whole.items()
        if key.startswith("on:")
    }
