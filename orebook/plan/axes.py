"""What a plan may move besides its columns: free settings, duties of curved kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from orebook.chain.plant import Unit
from orebook.plan.blocks.units import available
from orebook.plan.blocks.work import Work
from orebook.plan.conditions import Conditions, feeds_told
from orebook.plan.linearise import Tangent, Variable, linearise
from orebook.plan.lp import FloatArray
from orebook.plan.starting import starting_duty
from orebook.process.contract import Array, Process
from orebook.process.network import Network

__all__ = ["Axes", "axes_of", "nothing_to_operate"]


@dataclass(frozen=True, eq=False)
class Axes:
    """The free settings (first) and the curved duties (then) of a network.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    settings : tuple of (unit, setting)
        Settings the plan may choose; M of them.
    curved : tuple of str
        Units whose process is not linear in its duties.
    duties : tuple of (unit, duty)
        Their duties; N of them.
    low, high : array of float, shape (M,)
        Range of each setting.
    book : array of float, shape (M,)
        Value of the book, which may lie outside the range.
    size : array of float, shape (N, T)
        Scale of each curved duty [duty unit].
    """

    network: Network
    settings: tuple[tuple[str, str], ...]
    curved: tuple[str, ...]
    duties: tuple[tuple[str, str], ...]
    low: FloatArray
    high: FloatArray
    book: FloatArray
    size: FloatArray

    @property
    def scale(self) -> FloatArray:
        """Length of each range, at least a tiny one, shape (M,)."""
        return np.maximum(self.high - self.low, 1e-12)

    def free(self, unit: str) -> list[str]:
        """Return the free settings of a unit."""
        return [s for u, s in self.settings if u == unit]

    def rows(self, unit: str) -> list[int]:
        """Return the places of a unit's free settings [-]."""
        return [i for i, (u, _) in enumerate(self.settings) if u == unit]

    def units(self) -> list[str]:
        """Return the units that have a free setting or a curved duty."""
        return list(dict.fromkeys([*(u for u, _ in self.settings), *self.curved]))

    def conditions(
        self,
        known: Conditions,
        setting: FloatArray,
        duty: FloatArray,
        reach: FloatArray | None,
    ) -> Conditions:
        """Return the conditions with settings and operating duties as given.

        Parameters
        ----------
        known : Conditions
            Everything else.
        setting : array of float, shape (M, T)
            Settings.
        duty, reach : array of float, shape (N, T)
            Operating duties and how far they may move; None lets them go anywhere.
        """
        chosen = {u: dict(v) for u, v in known.setting.items()}
        for (unit, name), row in zip(self.settings, setting, strict=True):
            chosen.setdefault(unit, {})[name] = row.copy()
        at: dict[str, dict[str, FloatArray]] = {}
        far: dict[str, dict[str, FloatArray]] = {}
        for i, (unit, name) in enumerate(self.duties):
            at.setdefault(unit, {})[name] = duty[i].copy()
            if reach is not None:
                far.setdefault(unit, {})[name] = reach[i].copy()
        return replace(known, setting=chosen, duty=at, reach=far)

    def duty_rows(self, duties: Mapping[str, Mapping[str, FloatArray]]) -> FloatArray:
        """Return the curved duties of a solution, shape (N, T)."""
        count = self.size.shape[1]
        found = [np.maximum(0.0, duties[u][d]) for u, d in self.duties]
        return np.array(found).reshape(len(self.duties), count)

    def members(self, unit: str) -> tuple[str, ...]:
        """Return the other units in which a free setting of a unit moves."""
        sharing = self.network.sharing
        found = [m for s in self.free(unit) for m in sharing.get((unit, s), ())]
        return tuple(dict.fromkeys(found))

    def touched(self) -> list[str]:
        """Return the units of `units`, and those their settings move."""
        units = self.units()
        return list(
            dict.fromkeys([*units, *(m for u in units for m in self.members(u))])
        )

    def tangent(
        self,
        known: Conditions,
        unit: str,
        duties: Mapping[str, Mapping[str, FloatArray]],
    ) -> Tangent:
        """Return a unit at its operating point, with slopes by its free settings.

        Parameters
        ----------
        known : Conditions
            With the settings of the point.
        unit : str
            Unit id.
        duties : mapping
            Duties of the point by unit and name, shape (T,) [duty unit]. Where a linear
            process stands still it is looked at with equal duties of 1.
        """
        made = self._alone(known, unit, duties[unit], self.free(unit))
        members = {}
        for member in self.members(unit):
            has = {s.name for s in self.network.processes[member].settings}
            free = [s for s in self.free(unit) if s in has]
            members[member] = self._alone(known, member, duties[member], free)
        return replace(made, members=members) if members else made

    def _alone(
        self,
        known: Conditions,
        unit: str,
        duties: Mapping[str, FloatArray],
        free: Sequence[str],
    ) -> Tangent:
        process: Process = self.network.processes[unit]
        point: dict[str, Array] = {n: np.maximum(0.0, v) for n, v in duties.items()}
        if process.linear:
            still = np.sum(list(point.values()), axis=0) <= 0.0
            point = {n: np.where(still, 1.0, v) for n, v in point.items()}
        return linearise(
            process,
            point,
            content=feeds_told(known, self.network, unit),
            setting=self.network.setting_of(known.setting, unit),
            free=free,
            periods=len(known.periods),
        )

    def variables(self, unit: str) -> tuple[Variable, ...]:
        """Return the free settings of a unit as variables of its tangent."""
        return tuple(("setting", s) for s in self.free(unit))


def nothing_to_operate(network: Network) -> bool:
    """Return whether a plan has nothing to choose but its columns."""
    return all(p.linear for p in network.processes.values()) and not any(
        u.free for u in network.chain.units
    )


def axes_of(network: Network, known: Conditions) -> Axes:
    """Return what the plan of a network may move besides its columns.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    known : Conditions
        Horizon, availability, qualities.
    """
    names, ranges, duties, sizes = [], [], [], []
    curved = [u.id for u in network.chain.units if not network.processes[u.id].linear]
    for unit in network.chain.units:
        process = network.processes[unit.id]
        of = {s.name: s for s in process.settings}
        for name, span in unit.free.items():
            s = of[name]
            low = s.low if span.low is None else span.low.to(s.unit)
            high = s.high if span.high is None else span.high.to(s.unit)
            names.append((unit.id, name))
            ranges.append((low, high, s.default))
        if unit.id in curved:
            start = _start(network, known, unit, process)
            duties += [(unit.id, d.name) for d in process.duties]
            sizes += [np.maximum(start[d.name], 1e-6) for d in process.duties]
    table = np.array(ranges, dtype=np.float64).reshape(len(names), 3)
    return Axes(
        network=network,
        settings=tuple(names),
        curved=tuple(curved),
        duties=tuple(duties),
        low=table[:, 0],
        high=table[:, 1],
        book=table[:, 2],
        size=np.array(sizes).reshape(len(duties), len(known.periods)),
    )


def _start(
    network: Network, known: Conditions, unit: Unit, process: Process
) -> dict[str, Array]:
    return starting_duty(
        process,
        available(Work(network, known), unit, process),
        content=feeds_told(known, network, unit.id),
        setting=network.setting_of(known.setting, unit.id),
        periods=len(known.periods),
    )
