"""What the physics tell of a month: contents at ports, and points inside the units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from orebook.chain.chain import Balance
from orebook.errors import InputError
from orebook.ledger.month import ClosedMonth
from orebook.plan.result import Plan
from orebook.process.content import nominal
from orebook.process.contract import Array, Case, Outcome, Point
from orebook.process.network import Network, Stream

__all__ = [
    "CARRIED",
    "Carried",
    "Told",
    "all_known",
    "known",
    "told_actual",
    "told_plan",
]

CARRIED = frozenset({"mass", "energy", "drop", "exergy", "water"})
"""What a content holds that is no component of an assay."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a stream carries.

    Parameters
    ----------
    mass : float or None
        Mass [t]; None where a volume or an energy is counted and no physics tell it.
    heat : float or None
        Heat or energy [GJ].
    temperature : float or None
        Temperature [degC].
    parts : mapping
        Components: mass fractions [-] where mass is known, else [t per unit].
    figures : mapping
        What the trade reads of a liquor.
    """

    mass: float | None = None
    heat: float | None = None
    temperature: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """The physics of a month.

    Parameters
    ----------
    network : Network
        Units at the settings of the month.
    amounts : mapping
        Stream id to amount [stream unit].
    outcomes : mapping
        Unit id to what its physics say; units that could not be computed are missing.
    points : mapping
        Unit id to the points inside it.
    mixed : mapping
        Balance to the assay of its mix, where the plan mixes it [-].
    failed : mapping
        Unit id to why its physics say nothing.
    """

    network: Network
    amounts: Mapping[str, float]
    outcomes: Mapping[str, Outcome]
    points: Mapping[str, tuple[Point, ...]]
    mixed: Mapping[Balance, Mapping[str, float]]
    failed: Mapping[str, str]

    def carried(self, stream: Stream) -> Carried:
        """Return what a stream carries."""
        amount = self.amounts[stream.id]
        content, point = self._content(stream), self._point(stream)
        energy = known(content.get("energy")) or 0.0
        heat = energy * amount if energy else None
        mass = amount if stream.unit == "t" else None
        parts = all_known({k: v for k, v in content.items() if k not in CARRIED})
        if point is None:
            return Carried(mass, heat, None, parts)
        if point.mass is not None:
            mass, parts = known(point.mass), all_known(point.parts) or parts
        heat = known(point.heat) if heat is None else heat
        figures = all_known(point.figures)
        return Carried(mass, heat, known(point.temperature), parts, figures)

    def _content(self, stream: Stream) -> Mapping[str, Array | float]:
        outcome = self.outcomes.get(stream.owner) if stream.role == "unit" else None
        if outcome is not None and stream.port in outcome.content:
            return outcome.content[stream.port]
        known = dict(nominal(self.network.chain, stream.balance.material))
        return {**known, **self.mixed.get(stream.balance, {})}

    def _point(self, stream: Stream) -> Point | None:
        inside = self.points.get(stream.owner, ()) if stream.role == "unit" else ()
        return next((p for p in inside if p.port == stream.port), None)


def told_plan(plan: Plan, t: int = 0) -> Told:
    """Return the physics of a planned period."""
    duties = {f"{u}:{d}": float(v[t]) for u, by in plan.duties.items()
              for d, v in by.items()}  # fmt: skip
    amounts = plan.month(t).amounts
    mixed = {
        b: {c: float(v[t]) for c, v in mix.items()}
        for b in plan.network.balances
        if (mix := plan.assembly.conditions.mixed.get(str(b)))
    }
    return _told(plan.network_of(t), amounts, duties, plan.assays(t), mixed)


def told_actual(plan: Plan, closed: ClosedMonth) -> Told:
    """Return the physics of a closed month: at the duties and feeds it really had."""
    amounts = closed.month().amounts
    return _told(plan.network_of(0), amounts, closed.duties, closed.content, {})


def _told(
    network: Network,
    amounts: Mapping[str, float],
    duties: Mapping[str, float],
    content: Mapping[str, Mapping[str, Mapping[str, float]]],
    mixed: Mapping[Balance, Mapping[str, float]],
) -> Told:
    outcomes: dict[str, Outcome] = {}
    points: dict[str, tuple[Point, ...]] = {}
    failed: dict[str, str] = {}
    for unit, process in network.processes.items():
        duty = {
            d.name: np.asarray(max(0.0, duties.get(f"{unit}:{d.name}", 0.0)))
            for d in process.duties
        }
        fed = {
            port: {c: np.asarray(v) for c, v in parts.items()}
            for port, parts in network.content_of(content, unit).items()
        }
        try:
            outcomes[unit] = process.run(Case(duty, fed))
            points[unit] = process.points(Case(duty, fed))
        except InputError as error:  # a feed no physics fit: say so, show the rest
            failed[unit] = str(error)
    return Told(network, amounts, outcomes, points, mixed, failed)


def known(value: Array | float | None) -> float | None:
    """Return a figure as a plain number; None where there is none or no finite one.

    Examples
    --------
    >>> known(np.asarray([2.5])), known(np.nan), known(None)
    (2.5, None, None)
    """
    if value is None:
        return None
    number = float(np.squeeze(value))
    return number if np.isfinite(number) else None


def all_known(values: Mapping[str, Array | float]) -> dict[str, float]:
    """Return the figures that are known, by name.

    Examples
    --------
    >>> all_known({"Al2O3": 0.5, "SiO2": np.nan})
    {'Al2O3': 0.5}
    """
    found = {k: known(v) for k, v in values.items()}
    return {k: v for k, v in found.items() if v is not None}
