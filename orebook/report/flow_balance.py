"""Balances of every unit on a flow sheet: mass, elements, energy and money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Balance
from orebook.process.contract import Point
from orebook.report.flow_told import Told

__all__ = ["UnitBalance", "unit_balances"]

NOTHING = 1e-9
"""An amount below it is what rounding leaves of none [t, GJ or CNY]."""


@dataclass(frozen=True, slots=True)
class UnitBalance:
    """What enters and leaves a unit of one thing.

    Parameters
    ----------
    unit : str
        Unit id.
    what : str
        ``mass``, ``energy``, a component, or ``money``.
    basis : str
        ``ports`` (as the chain counts streams), ``inside`` (all streams its physics
        know) or ``price`` (streams at internal prices).
    measure : str
        Unit of the amounts: t, GJ or CNY.
    entering, leaving : float
        Amounts [measure].
    conserved : bool
        Whether the two must be equal: what the kind promises to conserve.
    """

    unit: str
    what: str
    basis: str
    measure: str
    entering: float
    leaving: float
    conserved: bool

    @property
    def difference(self) -> float:
        """What leaves beyond what enters [measure]."""
        return self.leaving - self.entering

    @property
    def closure(self) -> float | None:
        """Difference over the larger side [-]; None where nothing has to close."""
        if not self.conserved:
            return None
        gross = max(abs(self.entering), abs(self.leaving))
        return self.difference / gross if gross > NOTHING else 0.0


def unit_balances(
    told: Told, unit: str, price: Mapping[Balance, float]
) -> tuple[UnitBalance, ...]:
    """Return the balances of one unit.

    Parameters
    ----------
    told : Told
        The physics of the month, with its amounts.
    unit : str
        Unit id.
    price : mapping
        Internal price of each balance [CNY/unit].
    """
    rows = [*_ports(told, unit), *_inside(unit, told.points.get(unit, ()))]
    return (*rows, _money(told, unit, price))


def _ports(told: Told, unit: str) -> Iterator[UnitBalance]:
    """Yield what the kind conserves, then mass and energy where it does not."""
    process = told.network.processes[unit]
    flows = _flows(told, unit)
    outcome = told.outcomes.get(unit)
    kept = process.conserves if outcome is not None else ()
    for what in (*kept, *(w for w in ("mass", "energy") if w not in kept)):
        sides = [0.0, 0.0]
        for port, signed in flows.items():
            content = {} if outcome is None else outcome.content.get(port, {})
            each = content.get(what)
            if each is None and what not in kept:
                each = _plain(told, unit, port, what)
            amount = signed * (0.0 if each is None else float(np.squeeze(each)))
            sides[amount > 0.0] += abs(amount)
        if what in kept or max(sides) > NOTHING:
            measure = "GJ" if what == "energy" else "t"
            yield UnitBalance(unit, what, "ports", measure, *sides, what in kept)


def _flows(told: Told, unit: str) -> dict[str, float]:
    """Return the signed amount through every port, metered or not [port unit]."""
    streams = {s.port: s.sign * told.amounts[s.id] for s in told.network.of(unit)}
    outcome = told.outcomes.get(unit)
    if outcome is None:
        return streams
    rest = {p: float(np.squeeze(v)) for p, v in outcome.flows.items()}
    return {**rest, **streams}


def _plain(told: Told, unit: str, port: str, what: str) -> float | None:
    """Return mass or energy of a port by what the book says of its material."""
    stream = next((s for s in told.network.of(unit) if s.port == port), None)
    if stream is None:
        return None
    material = told.network.chain.material[stream.balance.material]
    if what == "mass":
        return 1.0 if stream.unit == "t" else None
    return 3.6 if material.unit == "MWh" else material.heat_gj


def _inside(unit: str, points: Iterable[Point]) -> Iterator[UnitBalance]:
    """Yield the balances of all streams inside, where points enter and leave."""
    crossing = [p for p in points if p.side != "state"]
    weighed = [p for p in crossing if p.mass is not None]
    if {p.side for p in weighed} == {"in", "out"}:
        sides = [_sum(p.mass for p in weighed if p.side == s) for s in ("in", "out")]
        yield UnitBalance(unit, "mass", "inside", "t", *sides, conserved=True)
    whole = crossing and all(p.heat is not None for p in crossing)
    if whole and {p.side for p in crossing} == {"in", "out"}:
        sides = [_sum(p.heat for p in crossing if p.side == s) for s in ("in", "out")]
        yield UnitBalance(unit, "energy", "inside", "GJ", *sides, conserved=True)


def _sum(values: Iterable[object]) -> float:
    return float(sum(float(np.squeeze(v)) for v in values))  # type: ignore[call-overload]


def _money(told: Told, unit: str, price: Mapping[Balance, float]) -> UnitBalance:
    """Return what a unit pays for what it takes, and is paid for what it gives."""
    sides = [0.0, 0.0]
    for s in told.network.of(unit):
        sides[s.sign > 0] += told.amounts[s.id] * price[s.balance]
    return UnitBalance(unit, "money", "price", "CNY", *sides, conserved=False)
