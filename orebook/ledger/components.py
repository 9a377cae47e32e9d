"""Balances of a component, such as Na2O or Al2O3, at a unit whose streams are assayed.

A port that carries the component tells how much by its own assay; by that of another
stream of the same good where one source supplies all of it; or by the book, where the
material is counted in the component itself (a slurry in tonnes of Al2O3). What leaves
by a port that the book binds to nothing (soda of the product, spills) is what the
process says, with wide doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from orebook.ledger.readings import Reading
from orebook.process.contract import Array, Outcome, Process
from orebook.process.network import Network

__all__ = ["IDLE", "LOSS_SD", "ComponentBalance", "component_balances", "typical"]

NOT_COMPONENTS = frozenset({"mass", "energy"})

IDLE = 1e-6
"""Amounts below this share of a typical one count as none [-]."""

LOSS_SD = 0.5
"""Doubt of a modelled loss that leaves the group [-]."""

SLIGHT = 1e-9
"""Share of a unit's component flow below which a port does not count [-]."""

Read = Mapping[str, list[Reading]]
Share = str | float


@dataclass(frozen=True, slots=True)
class ComponentBalance:
    """sum of sign x flow x fraction = 0 at a unit.

    Parameters
    ----------
    name : str
        ``UNIT:COMPONENT``.
    terms : tuple
        (sign, flow variable, fraction variable or known fraction [-]).
    """

    name: str
    terms: tuple[tuple[float, str, Share], ...]


def component_balances(
    network: Network,
    unit: str,
    outcome: Outcome,
    readings: tuple[Read, dict[str, Reading]],
) -> tuple[list[ComponentBalance], dict[str, int]]:
    """Return the component balances of a unit, and those that lack assays.

    Parameters
    ----------
    network : Network
        Streams and physics.
    unit : str
        Unit id.
    outcome : Outcome
        What the unit does per unit of each duty.
    readings : tuple of mapping
        Readings by what they read; modelled losses by variable, to which those of
        this unit are added.

    Returns
    -------
    tuple of (list, dict)
        Balances, and ``UNIT:COMPONENT`` to the number of assays that lack, where at
        least two ports are assayed.
    """
    by_target, losses = readings
    process = network.processes[unit]
    found: list[ComponentBalance] = []
    left_out: dict[str, int] = {}
    for component in process.conserves:
        if component in NOT_COMPONENTS:
            continue
        carried = _carried(process, outcome, component)
        share = _shares(network, unit, (component, carried), by_target)
        if len(share) < 2:
            continue
        lost = _losses(network, unit, carried, by_target)
        known = {p: c for p, c in share.items() if c is not None}
        lacking = len(share) - len(known) + sum(r is None for r in lost.values())
        name = f"{unit}:{component}"
        if not lacking:
            found.append(_balance(network, unit, component, (known, lost), losses))
        elif len(known) >= 2:
            left_out[name] = lacking
    return found, left_out


def _balance(
    network: Network,
    unit: str,
    component: str,
    of: tuple[Mapping[str, Share], Mapping[str, Reading | None]],
    losses: dict[str, Reading],
) -> ComponentBalance:
    """Return the balance of a component, its modelled losses added to ``losses``."""
    known, lost = of
    bound = {s.port: s.id for s in network.of(unit)}
    sign = {p.name: float(p.sign) for p in network.processes[unit].ports}
    terms = [(sign[p], bound[p], c) for p, c in known.items()]
    for port, reading in lost.items():
        variable = f"loss:{unit}.{port}:{component}"
        if reading is not None:
            losses[variable] = reading
        terms.append((sign[port], variable, 1.0))
    return ComponentBalance(f"{unit}:{component}", tuple(terms))


def _shares(
    network: Network, unit: str, of: tuple[str, Mapping[str, Array]], by_target: Read
) -> dict[str, Share | None]:
    """Return where the fraction at each port that carries is known from."""
    component, carried = of
    return {
        s.port: _share(network, s.id, component, by_target)
        for s in network.of(unit)
        if s.port in carried and not _idle(s.id, by_target)
    }


def _share(
    network: Network, stream: str, component: str, by_target: Read
) -> Share | None:
    """Return where the fraction of a stream is known from; None where it is not."""
    balance = network.stream[stream].balance
    alike = [s for s in network.streams if s.balance == balance]
    sources = [s for s in alike if s.sign > 0]
    candidates = [stream, *(s.id for s in alike)] if len(sources) == 1 else [stream]
    for name in candidates:
        if f"assay:{name}:{component}" in by_target:
            return f"assay:{name}:{component}"
    stated = network.chain.material[balance.material].assay.get(component)
    return 1.0 if stated == 1.0 else None


def _losses(
    network: Network, unit: str, carried: Mapping[str, Array], by_target: Read
) -> dict[str, Reading | None]:
    """Return what the process says leaves by each port that is bound to nothing."""
    bound = {s.port for s in network.of(unit)}
    duties = network.processes[unit].duties
    read = [by_target.get(f"{unit}.{d.read_at or d.port or d.name}") for d in duties]
    found: dict[str, Reading | None] = {}
    for port, per_duty in carried.items():
        if port in bound:
            continue
        if not any(read):
            found[port] = None
            continue
        each = np.broadcast_to(per_duty, (len(duties),))
        value = sum(
            float(amount) * several[0].value
            for amount, several in zip(each, read, strict=True)
            if several
        )
        found[port] = Reading(
            f"model of {unit}.{port}", f"{unit}.{port}", value,
            LOSS_SD * value + 1e-9, "t",
        )  # fmt: skip
    return found


def _carried(process: Process, outcome: Outcome, component: str) -> dict[str, Array]:
    """Return the ports through which a component passes, and how much per duty."""
    amounts: dict[str, Array] = {}
    for port in process.ports:
        share = outcome.content.get(port.name, {}).get(component, np.zeros(()))
        flow = outcome.flows.get(port.name, np.zeros(()))
        amounts[port.name] = np.abs(share * flow)
    largest = max((float(np.max(v)) for v in amounts.values()), default=0.0)
    return {p: v for p, v in amounts.items() if float(np.max(v)) > SLIGHT * largest}


def _idle(stream: str, by_target: Read) -> bool:
    """Return whether a stream is read and reads nothing: it needs no assay."""
    read = [r.value for r in by_target.get(stream, ())]
    every = (r for members in by_target.values() for r in members)
    return bool(read) and max(read) <= IDLE * typical(every)


def typical(readings: Iterable[Reading]) -> float:
    """Return the median of the amounts above zero; 1 where there is none.

    Parameters
    ----------
    readings : iterable of Reading
        What was read; assays do not count.

    Examples
    --------
    >>> typical([Reading("a", "mill.ore", 3.0, 0.1, "t")])
    3.0
    """
    amounts = [
        r.value for r in readings if r.value > 0.0 and not r.reads.startswith("assay:")
    ]
    return float(np.median(amounts)) if amounts else 1.0
