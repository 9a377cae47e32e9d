"""Fuel of the stations of a plan, split between heat and power by six methods."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from orebook.plan.power_rows import Allocated
from orebook.plan.result import Plan
from orebook.process.contract import Case
from orebook.process.power.allocation import HeatAndPower, joint, splits
from orebook.process.properties.coal import standard_coal

__all__ = ["allocated", "heat_and_power_of"]

_USERS = ("medium_steam", "low_steam", "condensate")
_NONE = 1e-6  # fuel, heat or power below is rounding of the solver [GJ, MWh]


def heat_and_power_of(plan: Plan, unit: str, t: int) -> HeatAndPower | None:
    """Return what a station burns and gives in a period of a plan.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    unit : str
        Id of the unit.
    t : int
        Period [-].

    Returns
    -------
    HeatAndPower or None
        From the physics at the planned duties and settings, amounts per period; None
        where the unit is no station.
    """
    process = plan.network_of(t).processes[unit]
    if not {"live_steam", "power"} <= {p.name for p in process.ports}:
        return None
    known = plan.assembly.conditions.content.get(unit, {})
    content = {
        port: {c: np.asarray(_at(v, t)) for c, v in parts.items()}
        for port, parts in known.items()
    }
    duty = {k: np.asarray(v[t]) for k, v in plan.duties[unit].items()}
    outcome = process.run(Case(duty, content))
    settings = {s.name: s.default for s in process.settings}
    drive = settings.get("mechanical_efficiency", 1.0)
    drive *= settings.get("generator_efficiency", 1.0)
    fuels = [d.port for d in process.duties if d.port is not None]
    return joint(outcome, fuels, drive_efficiency=drive)


def _at(value: object, t: int) -> float:
    flat = np.atleast_1d(np.asarray(value, np.float64)).ravel()
    return float(flat[t] if flat.size > 1 else flat[0])


def allocated(plan: Plan, unit: str, t: int) -> Iterator[Allocated]:
    """Yield the split of a station's fuel by each method.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    unit : str
        Id of the unit.
    t : int
        Period [-].

    Yields
    ------
    Allocated
        None where the unit gives not both heat and power in the period.
    """
    of = heat_and_power_of(plan, unit, t)
    if of is None or min(float(of.fuel), float(of.heat), float(of.gross)) <= _NONE:
        return
    for split in splits(of, worth=_worth(plan, unit, t)):
        yield Allocated(
            plan.periods[t].name, unit, split.method, float(split.share),
            float(standard_coal(of.fuel)), float(of.heat), float(split.heat_rate),
            float(split.gross_rate), float(split.supply_rate),
        )  # fmt: skip


def _worth(plan: Plan, unit: str, t: int) -> tuple[float, float]:
    """Return what heat (less condensate) and power are worth to their users [CNY]."""
    price = plan.price_of(t)
    heat = power = 0.0
    for s in plan.network.of(unit):
        amount = float(plan.amounts[plan.network.position[s.id], t])
        money = s.sign * price[s.balance] * amount
        heat += money if s.port in _USERS else 0.0
        power += money if s.port == "power" else 0.0
    return heat, power
