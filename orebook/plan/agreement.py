"""Whether plan and physics agree, and what a movement of the physics is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.plan.assemble import Assembly
from orebook.plan.axes import Axes
from orebook.plan.conditions import feeds_told
from orebook.plan.linearise import Tangent, Variable, linearise
from orebook.plan.lp import FloatArray
from orebook.plan.operating import Gap
from orebook.process.contract import Case
from orebook.quantity import Measure

__all__ = ["StreamValues", "gap_money", "stream_values", "worst_gap"]

PENALTY = 2.0
"""A gap is charged at this multiple of the largest internal price met [-]."""


@dataclass(frozen=True, eq=False)
class StreamValues:
    """What one unit more of every stream and load is worth in a solved plan.

    Parameters
    ----------
    assembly : Assembly
        What was solved.
    stream : array of float, shape (streams, T)
        Worth of one unit more in a stream, its limits included [CNY/unit].
    load : mapping
        ``UNIT:LIMIT`` to the worth of one unit more load, at most 0 where the capacity
        binds, shape (T,) [CNY/limit unit].
    """

    assembly: Assembly
    stream: FloatArray
    load: Mapping[str, FloatArray]

    def of(self, unit: str, tangent: Tangent, variable: Variable) -> FloatArray:
        """Return what one unit more of a variable is worth, shape (T,) [CNY].

        Parameters
        ----------
        unit : str
            Unit id.
        tangent : Tangent
            The unit at its operating point.
        variable : Variable
            A setting, a quality or a duty.
        """
        row = tangent.place(variable)
        worth = self._sum(unit, row, tangent.flow_slopes, tangent.load_slopes)
        for member, other in tangent.members.items():
            if variable in other.variables:
                worth = worth + self.of(member, other, variable)
        return worth

    def bend(self, unit: str, tangent: Tangent, variable: Variable) -> FloatArray:
        """Return how fast that worth falls as the variable grows, shape (T,) [CNY]."""
        row = tangent.place(variable)
        bent = -self._sum(unit, row, tangent.flow_bends, tangent.load_bends)
        for member, other in tangent.members.items():
            if variable in other.variables:
                bent = bent + self.bend(member, other, variable)
        return bent

    def _sum(
        self,
        unit: str,
        row: int,
        flows: Mapping[str, FloatArray],
        loads: Mapping[str, FloatArray],
    ) -> FloatArray:
        network = self.assembly.network
        worth = np.zeros(self.stream.shape[1])
        for s in network.of(unit):
            if s.port in flows:
                at = network.position[s.id]
                worth += self.stream[at] * s.sign * flows[s.port][row]
        for name, values in loads.items():
            value = self.load.get(f"{unit}:{name}")
            if value is not None:
                worth += value * values[row]
        return worth

    def penalties(self) -> tuple[FloatArray, FloatArray]:
        """Return what a gap is charged at, by stream and by load, shape (n, 1)."""
        loads = np.array([np.abs(v).max() for v in self.load.values()]).reshape(-1, 1)
        return PENALTY * np.abs(self.stream).max(axis=1, keepdims=True), PENALTY * loads


def stream_values(assembly: Assembly, row_dual: FloatArray) -> StreamValues:
    """Return the worth of every stream and load at given duals.

    Parameters
    ----------
    assembly : Assembly
        What was solved.
    row_dual : array of float, shape (rows,)
        Duals of its rows, of the solver or as published [CNY/unit].
    """
    network, rows = assembly.network, assembly.problem.rows
    price = row_dual[rows["balance"].all()]
    sign = np.array([s.sign for s in network.streams], np.float64)
    place = [network.balance_position[s.balance] for s in network.streams]
    stream = sign[:, None] * price[place]
    if "limit" in rows:
        for limit in network.chain.limits:
            worth = row_dual[rows["limit"].slice(limit.id)]
            for name, weight in limit.terms.items():
                at = network.position[name]
                factor = _factor(weight, limit.unit, network.streams[at].unit)
                stream[at] += factor * worth
    load: dict[str, FloatArray] = {}
    if "capacity" in rows:
        for name in rows["capacity"].entities:
            load[name] = row_dual[rows["capacity"].slice(name)].copy()
    if "minimum" in rows:
        for unit in rows["minimum"].entities:
            first = next(iter(network.chain.unit[unit].limits))
            load[f"{unit}:{first}"] += row_dual[rows["minimum"].slice(unit)]
    return StreamValues(assembly, stream, load)


def _factor(weight: Measure, limit: str, stream: str) -> float:
    return weight.to(f"{limit}/{stream}")


def gap_money(
    axes: Axes,
    assembly: Assembly,
    x: FloatArray,
    tangents: Mapping[str, Tangent],
    penalty: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Return what the curved units are off their physics, in money.

    Parameters
    ----------
    axes : Axes
        With the curved units.
    assembly : Assembly
        What was solved.
    x : array of float
        Its solution.
    tangents : mapping
        Curved units at the duties of the solution: their physics.
    penalty : tuple
        From `StreamValues.penalties`.

    Returns
    -------
    array of float
        One entry a stream or load [CNY].
    """
    if not axes.curved:
        return np.zeros(0)
    network, amounts = axes.network, assembly.amounts(x)
    found = []
    for unit in axes.curved:
        for s in network.of(unit):
            at, true = network.position[s.id], tangents[unit].flows.get(s.port)
            if true is not None:
                found.append(penalty[0][at] * np.abs(s.sign * true - amounts[at]))
    rows = assembly.problem.rows.get("capacity")
    if rows is not None:
        activity = np.asarray(assembly.problem.matrix @ x)
        for i, name in enumerate(rows.entities):
            unit, _, limit = name.partition(":")
            if unit in axes.curved:
                place = rows.slice(name)
                base = _base(axes, assembly, unit, limit)
                over = tangents[unit].loads[limit] - (activity[place] + base)
                found.append(penalty[1][i] * np.maximum(0.0, over))
    return np.array([f.sum() for f in found])


def _at_centre(axes: Axes, assembly: Assembly, unit: str) -> Tangent:
    """Return the tangent a curved unit stands in a problem with."""
    known = assembly.conditions
    return linearise(
        axes.network.processes[unit],
        known.duty[unit],
        content=feeds_told(known, axes.network, unit),
        setting=axes.network.setting_of(known.setting, unit),
        periods=len(known.periods),
    )


def _base(axes: Axes, assembly: Assembly, unit: str, limit: str) -> FloatArray:
    tangent = _at_centre(axes, assembly, unit)
    duty = np.array([tangent.duty[v[1]] for v in tangent.variables])
    return np.asarray(
        tangent.loads[limit] - (tangent.load_slopes[limit] * duty).sum(axis=0)
    )


def worst_gap(
    axes: Axes, assembly: Assembly, x: FloatArray, tangents: Mapping[str, Tangent]
) -> Gap | None:
    """Return where plan and physics differ most.

    Parameters
    ----------
    axes : Axes
        What may move.
    assembly : Assembly
        What was solved.
    x : array of float
        Its solution.
    tangents : mapping
        Units with something to move, at the point of the solution.

    Returns
    -------
    Gap or None
        Over all units' streams, and over the loads and indicators of those that are
        not linear in their duties; None without any.

    Notes
    -----
    Every unit is asked for its own flows at the duties and settings of the plan; a
    figure below a millionth of the unit's largest is measured against that. Indicators
    of linear processes are read from the physics itself and cannot differ.
    """
    network, known = assembly.network, assembly.conditions
    amounts, duties = assembly.amounts(x), assembly.duties(x)
    worst: Gap | None = None
    for unit, process in network.processes.items():
        point = {n: np.maximum(0.0, v) for n, v in duties[unit].items()}
        case = Case(
            point,
            feeds_told(known, network, unit),
            network.setting_of(known.setting, unit),
        )
        outcome = process.run(case)
        pairs = {
            s.port: (s.sign * outcome.flows[s.port], amounts[network.position[s.id]])
            for s in network.of(unit)
            if s.port in outcome.flows
        }
        floor = 1e-6 * max(
            (float(np.max(np.abs(true))) for true, _ in pairs.values()), default=0.0
        )
        found = [(name, *pair, floor) for name, pair in pairs.items()]
        if unit in axes.curved:
            found += _foreseen(_at_centre(axes, assembly, unit), tangents[unit])
        for name, true, told, least in found:
            worst = _worse(worst, assembly, unit, (name, true, told, least))
    return worst


def _foreseen(
    centre: Tangent, here: Tangent
) -> list[tuple[str, FloatArray, FloatArray, float]]:
    """Return loads and indicators of the physics, and as the tangent foresaw them."""
    rows = [i for i, v in enumerate(centre.variables) if v[0] == "duty"]
    names = [centre.variables[i][1] for i in rows]
    moved = np.array([here.duty[n] - centre.duty[n] for n in names])
    found = []
    for true, value, slopes in (
        (here.loads, centre.loads, centre.load_slopes),
        (here.indicators, centre.indicators, centre.indicator_slopes),
    ):
        for name, figure in true.items():
            told = value[name] + (slopes[name][rows] * moved).sum(axis=0)
            floor = 1e-6 * float(np.max(np.abs(figure), initial=0.0))
            found.append((name, figure, told, floor))
    return found


def _worse(
    worst: Gap | None,
    assembly: Assembly,
    unit: str,
    figure: tuple[str, FloatArray, FloatArray, float],
) -> Gap | None:
    name, true, told, least = figure
    size = np.maximum(np.abs(true), max(least, 1e-9))
    share = np.broadcast_to(np.abs(true - told) / size, np.shape(told))
    t = int(np.argmax(share))
    if worst is not None and share[t] <= worst.share:
        return worst
    period = assembly.conditions.periods[t].name
    return Gap(unit, name, period, float(share[t]))
