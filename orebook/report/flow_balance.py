"""Balances of every unit on a flow sheet: mass, elements, energy and money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from orebook.chain.chain import Balance
from orebook.process.contract import Array, Point, Side
from orebook.report.flow_told import Told, known

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
    inside = tuple(_inside(unit, told.points.get(unit, ())))
    weighed = any(b.what == "mass" for b in inside)
    counted = (
        b for b in _ports(told, unit)
        if b.conserved or not (weighed or min(b.entering, b.leaving) <= NOTHING)
    )  # fmt: skip
    return (*counted, *inside, _money(told, unit, price))


def _ports(told: Told, unit: str) -> Iterator[UnitBalance]:
    """Yield what the kind conserves, and mass where it does not conserve that."""
    process = told.network.processes[unit]
    flows = _flows(told, unit)
    outcome = told.outcomes.get(unit)
    kept = process.conserves if outcome is not None else ()
    for what in kept if "mass" in kept else (*kept, "mass"):
        sides: list[float] = [0.0, 0.0]
        for port, signed in flows.items():
            content = {} if outcome is None else outcome.content.get(port, {})
            each = known(content.get(what))
            if what not in kept:
                each = _plain(told, unit, port)
            amount = signed * (each or 0.0)
            sides[amount > 0.0] += abs(amount)
        if what in kept or max(sides) > NOTHING:
            measure = "GJ" if what == "energy" else "t"
            taken, given = sides
            yield UnitBalance(unit, what, "ports", measure, taken, given, what in kept)


def _flows(told: Told, unit: str) -> dict[str, float]:
    """Return the signed amount through every port, metered or not [port unit]."""
    streams = {s.port: s.sign * told.amounts[s.id] for s in told.network.of(unit)}
    outcome = told.outcomes.get(unit)
    if outcome is None:
        return streams
    rest = {p: float(np.squeeze(v)) for p, v in outcome.flows.items()}
    return {**rest, **streams}


def _plain(told: Told, unit: str, port: str) -> float | None:
    """Return the mass of a unit of a port the kind does not weigh [t]."""
    stream = next((s for s in told.network.of(unit) if s.port == port), None)
    return 1.0 if stream is not None and stream.unit == "t" else None


def _inside(unit: str, points: Iterable[Point]) -> Iterator[UnitBalance]:
    """Yield the balances of all streams inside, where points enter and leave."""
    crossing = [p for p in points if p.side != "state"]
    weighed = [(p.side, p.mass) for p in crossing if p.mass is not None]
    if {side for side, _ in weighed} == {"in", "out"}:
        yield UnitBalance(unit, "mass", "inside", "t", *_sides(weighed), True)
    warm = [(p.side, p.heat) for p in crossing if p.heat is not None]
    whole = len(warm) == len(crossing)
    if whole and {side for side, _ in warm} == {"in", "out"}:
        yield UnitBalance(unit, "energy", "inside", "GJ", *_sides(warm), True)


def _sides(found: Iterable[tuple[Side, Array]]) -> tuple[float, float]:
    """Return what enters and what leaves."""
    rows = [(side, known(value) or 0.0) for side, value in found]
    taken = sum((v for side, v in rows if side == "in"), 0.0)
    return taken, sum((v for side, v in rows if side == "out"), 0.0)


def _money(told: Told, unit: str, price: Mapping[Balance, float]) -> UnitBalance:
    """Return what a unit pays for what it takes, and is paid for what it gives."""
    worth = [
        (s.sign, told.amounts[s.id] * price[s.balance]) for s in told.network.of(unit)
    ]
    paid = sum((v for sign, v in worth if sign < 0), 0.0)
    earned = sum((v for sign, v in worth if sign > 0), 0.0)
    return UnitBalance(unit, "money", "price", "CNY", paid, earned, conserved=False)
