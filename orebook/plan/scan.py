"""Look farther than a slope sees: each unit alone, over its whole range, at the prices.

A unit that stands still tells nothing by its slopes, and a law may have two hills. The
internal prices of the plan say what any other way of running a unit would earn, so one
broadcast call a unit finds where it would do better. The plan then tries it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from orebook.plan.agreement import StreamValues
from orebook.plan.axes import Axes
from orebook.plan.conditions import Conditions, feeds_told
from orebook.plan.lp import FloatArray
from orebook.process.contract import Case

__all__ = ["Proposal", "proposals"]

PER_AXIS: Mapping[int, int] = {1: 41, 2: 15, 3: 7}
"""Points along each axis, by the number of axes [-]."""
SCATTERED = 400
"""Points over the range where there are more axes [-]."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another way to run a unit that would earn more at the prices of the plan.

    Parameters
    ----------
    unit : str
        Unit id.
    setting : array of float, shape (settings of the unit, T)
        Settings; as they stand in periods without gain.
    duty : array of float, shape (duties of a curved unit, T)
        Duties of a process that is not linear in them; empty otherwise [duty unit].
    gain : float
        What the prices promise; of a unit that stands still, per unit of activity
        [CNY].
    still : bool
        Whether it concerns periods only in which the unit stands still.
    """

    unit: str
    setting: FloatArray
    duty: FloatArray
    gain: float
    still: bool


def proposals(
    axes: Axes,
    known: Conditions,
    setting: FloatArray,
    duties: Mapping[str, Mapping[str, FloatArray]],
    values: StreamValues,
) -> list[Proposal]:
    """Return better ways to run each unit at given prices, the dearest first.

    Parameters
    ----------
    axes : Axes
        What may move.
    known : Conditions
        With the settings of the point.
    setting : array of float, shape (M, T)
        Settings of the point.
    duties : mapping
        Duties of the point by unit and name, shape (T,).
    values : StreamValues
        Worth of streams and loads.
    """
    found = []
    for unit in axes.units():
        found += _of_unit(axes, known, unit, (setting, duties, values))
    return sorted(found, key=lambda p: (not p.still, -p.gain, p.unit))


def _of_unit(
    axes: Axes,
    known: Conditions,
    unit: str,
    point: tuple[FloatArray, Mapping[str, Mapping[str, FloatArray]], StreamValues],
) -> list[Proposal]:
    setting, every, values = point
    duties = every[unit]
    rows = axes.rows(unit)
    curved = unit in axes.curved
    names = list(duties)
    here = np.array([np.maximum(0.0, duties[n]) for n in names])
    total = here.sum(axis=0)
    still = total <= 1e-9 * max(1.0, float(total.max()))
    count = len(rows) + (len(names) if curved else 0)
    cube = _cube(count)
    first = np.where(still, 1.0, here) if not curved else here
    sizes = axes.size[[i for i, (u, _) in enumerate(axes.duties) if u == unit]]
    low, span = axes.low[rows], (axes.high - axes.low)[rows]
    tried = [
        np.vstack([setting[r][None], np.tile((low[k] + span[k] * cube[:, k])[:, None],
                                             (1, total.size))])
        for k, r in enumerate(rows)
    ]  # fmt: skip
    asked = []
    for k in range(len(names)):
        if curved:
            share = cube[:, len(rows) + k][:, None]
            asked.append(np.vstack([here[k][None], 1.5 * share * sizes[k]]))
        else:
            asked.append(np.tile(first[k], (len(cube) + 1, 1)))
    earned = _earned(axes, known, unit, every, (tried, asked, values))
    # A unit that stands still earns nothing, whatever its settings say.
    base = np.where(still & ~np.array(curved), 0.0, earned[0])
    best = 1 + np.argmax(earned[1:], axis=0)
    time = np.arange(total.size)
    gain = earned[best, time] - base
    found = []
    for group, mask in ((True, still), (False, ~still)):
        better = mask & (gain > 1e-9 * np.abs(earned).max(initial=1e-300))
        if better.any():
            new = [np.where(better, t[best, time], t[0]) for t in tried]
            run = [
                np.where(better, a[best, time], h)
                for a, h in zip(asked, here, strict=True)
            ]
            found.append(Proposal(
                unit=unit,
                setting=np.array(new).reshape(len(rows), total.size),
                duty=np.array(run if curved else []).reshape(-1, total.size),
                gain=float(gain[better].sum()),
                still=group,
            ))  # fmt: skip
    return found


def _cube(count: int) -> FloatArray:
    """Return points over the unit cube, shape (points, count)."""
    if count in PER_AXIS:
        line = np.linspace(0.0, 1.0, PER_AXIS[count])
        return np.array(list(product(line, repeat=count)))
    return np.random.default_rng(0).random((SCATTERED, count))


def _earned(
    axes: Axes,
    known: Conditions,
    unit: str,
    duties: Mapping[str, Mapping[str, FloatArray]],
    cases: tuple[list[FloatArray], list[FloatArray], StreamValues],
) -> FloatArray:
    """Return what a unit earns at the prices in every case, shape (cases, T) [CNY].

    With it what the units earn that share a setting tried, their duties held.
    """
    tried, asked, values = cases
    names = [d.name for d in axes.network.processes[unit].duties]
    moved = dict(zip(axes.free(unit), tried, strict=True))
    earned = _alone(
        axes, known, unit, dict(zip(names, asked, strict=True)), moved, values
    )
    for member in axes.members(unit):
        has = {s.name for s in axes.network.processes[member].settings}
        shared = {n: v for n, v in moved.items() if n in has}
        held = {n: np.maximum(0.0, v) for n, v in duties[member].items()}
        earned = earned + _alone(axes, known, member, held, shared, values)
    return earned


def _alone(
    axes: Axes,
    known: Conditions,
    unit: str,
    asked: Mapping[str, FloatArray],
    moved: Mapping[str, FloatArray],
    values: StreamValues,
) -> FloatArray:
    """Return what one unit earns at the prices, at given duties and settings."""
    network = axes.network
    process, entry = network.processes[unit], network.chain.unit[unit]
    given = {**network.setting_of(known.setting, unit), **moved}
    outcome = process.run(Case(asked, feeds_told(known, network, unit), given))
    shape = np.broadcast_shapes(
        *(np.shape(v) for v in [*asked.values(), *moved.values()])
    )
    earned = np.zeros(shape)
    for s in network.of(unit):
        if s.port in outcome.flows:
            worth = values.stream[network.position[s.id]]
            earned = earned + worth * s.sign * outcome.flows[s.port]
    for name, load in outcome.loads.items():
        worth_of = values.load.get(f"{unit}:{name}")
        if worth_of is not None:
            earned = earned + worth_of * load
    if entry.cost is not None:
        for duty in process.duties:
            earned = earned - entry.cost.to(f"CNY/{duty.unit}") * asked[duty.name]
    return np.asarray(earned, np.float64)
