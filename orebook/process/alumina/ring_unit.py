"""A unit of a circuit with one feed: a section of the circuit per unit of its duty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.chain.plant import Unit
from orebook.errors import InputError
from orebook.process.alumina.inside import Inside
from orebook.process.alumina.ring import Ring, State, ring_of
from orebook.process.content import nominal, require_ports
from orebook.process.contract import (
    Array,
    Case,
    Content,
    Duty,
    Outcome,
    Port,
    Process,
    Setting,
)
from orebook.process.diagnosable import Diagnosed, Tally

__all__ = ["Section", "at_boiler", "bind_section", "with_steam_heat", "zero_safe"]


@dataclass(frozen=True, slots=True)
class Section:
    """What tells one kind of unit of a circuit from another.

    Parameters
    ----------
    kind : str
        Name of the kind.
    feed, unit : str
        Port of its duty, and the unit it is counted in.
    ports : mapping
        Other ports with unit and sign.
    settings : tuple of Setting
        Settings of its own; ``power`` [kWh] and ``flocculant`` [kg] per unit of duty
        are taken as they stand.
    flows, carries, tells : callable
        State and case to amounts per unit of duty, content and indicators.
    conserves : tuple of str
        Components that close over its ports.
    product : str
        Port of its main product.
    sign : int
        -1 where the port of the duty is consumed, +1 where it is produced.
    tallies, diagnosed : tuple
        What it counts, and indicators of the whole circuit made of such counts.
    """

    kind: str
    feed: str
    unit: str
    ports: Mapping[str, tuple[str, int]]
    settings: tuple[Setting, ...]
    flows: Callable[[State, Case], Mapping[str, Array]]
    carries: Callable[[State, Case], Content]
    tells: Callable[[State, Case], Mapping[str, Array]]
    conserves: tuple[str, ...]
    product: str
    sign: int = -1
    tallies: tuple[Tally, ...] = ()
    diagnosed: tuple[Diagnosed, ...] = ()


def bind_section(section: Section, unit: Unit, chain: Chain) -> Process:
    """Bind a unit of a circuit to its section.

    Parameters
    ----------
    section : Section
        Kind of the unit.
    unit : Unit
        Entry of the book.
    chain : Chain
        The book.

    Raises
    ------
    InputError
        If its circuit is not whole or the port of its duty is not bound.
    """
    require_ports(unit, [section.feed])
    ring = ring_of(unit, chain)
    ports = {section.feed: (section.unit, section.sign), **section.ports}
    return Process(
        kind=section.kind,
        duties=(Duty(section.feed, section.unit, section.feed, section.feed),),
        ports=tuple(Port(p, u, s) for p, (u, s) in ports.items()),
        function=_Physics(section, ring).run,
        settings=(*ring.shared(), *with_steam_heat(section.settings, unit, chain)),
        limits={"throughput": section.unit},
        conserves=section.conserves,
        sees=ring.slurry,
        product=section.product,
        inside=Inside(section.kind, ring, lambda case: case.duty[section.feed]).points,
        tallies=at_boiler(section.tallies, ring),
        diagnosed=section.diagnosed,
    )


def at_boiler(tallies: tuple[Tally, ...], ring: Ring) -> tuple[Tally, ...]:
    """Return counts in which the heat of steam counts as the coal behind it."""
    efficiency = float(ring.plant["boiler_efficiency"])
    return tuple(
        replace(t, weight=t.weight / efficiency)
        if t.name == "coal_kg" and t.component == "energy"
        else t
        for t in tallies
    )


def with_steam_heat(
    settings: tuple[Setting, ...], unit: Unit, chain: Chain
) -> tuple[Setting, ...]:
    """Return settings in which a tonne of steam gives what its material states.

    Parameters
    ----------
    settings : tuple of Setting
        Settings of a kind; ``steam_heat`` among them where it takes steam [GJ/t].
    unit : Unit
        Entry of the book, with the material at its port ``steam``.
    chain : Chain
        The book.

    Raises
    ------
    InputError
        If the useful heat of the steam lies outside the range of ``steam_heat``.
    """
    text = unit.ports.get("steam")
    if text is None:
        return settings
    steam = good(text, unit.place).material
    heat = float(nominal(chain, steam)["energy"])
    if heat == 0.0:
        return settings
    for s in settings:
        if s.name == "steam_heat" and not s.low <= heat <= s.high:
            raise InputError(
                f"unit '{unit.id}': ports.steam = '{text}': the heat of '{steam}' is "
                f"{heat:g} GJ/t; expected its useful heat, {s.low:g} to {s.high:g} "
                "GJ/t; correct it in materials.toml or bind another material"
            )
    return tuple(
        replace(s, default=heat) if s.name == "steam_heat" else s for s in settings
    )


@dataclass(frozen=True, slots=True)
class _Physics:
    section: Section
    ring: Ring

    def run(self, case: Case) -> Outcome:
        section, state = self.section, self.ring.state(case)
        duty = case.duty[section.feed]
        per = dict(section.flows(state, case))
        for own in ("power", "flocculant"):
            if own in section.ports:
                per[own] = case.setting[own] / 1000.0
        flows = {section.feed: section.sign * duty}
        flows |= {
            port: np.asarray(sign * duty * per[port])
            for port, (_, sign) in section.ports.items()
        }
        told = section.tells(state, case)
        shape = np.broadcast_shapes(*map(np.shape, [*flows.values(), *told.values()]))
        indicators = {k: np.broadcast_to(v, shape) for k, v in told.items()}
        return Outcome(
            flows, {"throughput": duty}, indicators, section.carries(state, case)
        )


def zero_safe(value: Array) -> Array:
    """Return a divisor that is 1 where the value is 0."""
    return np.where(value == 0.0, 1.0, value)
