"""In-process stock: what tanks and sheds gained is no loss, what they gave no saving.

A month is judged by what went into it. One per cent of the caustic in the liquor of a
refinery is some kg/t of a month's output: without this correction caustic per tonne of
alumina is noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from orebook.benchmark.plants import JOINS, Plant
from orebook.chain.chain import Balance, good
from orebook.chain.formula import Term
from orebook.chain.role import role_of
from orebook.process.contract import Case

if TYPE_CHECKING:
    from orebook.benchmark.facts import Facts

__all__ = ["TRACERS", "equivalents", "uncounted"]

SODA_IN_CAUSTIC = 0.77483  # t Na2O per t NaOH
TRACERS: Mapping[str, tuple[str, float]] = {
    "caustic": ("Na2O", SODA_IN_CAUSTIC),
    "alumina": ("Al2O3", 0.0),
}
"""Component by which a role is followed through a plant, and what a unit of the role
holds of it; 0 where its own assay says so."""


BESIDE: Mapping[str, frozenset[str]] = {
    "caustic": frozenset({"hydrate", "alumina"}),
    "alumina": frozenset({"test_liquor", "spent_liquor"}),
}
"""Roles of intermediates that hold none of a role to speak of, or only carry it round
and round."""


def equivalents(facts: Facts, plant: Plant, term: Term) -> Iterator[tuple[str, float]]:
    """Yield stores of a plant's intermediates with what a unit of them stands for.

    Parameters
    ----------
    facts : Facts
        Quantities.
    plant : Plant
        Whose stores.
    term : Term
        ``used`` or ``made`` of a role, as amount or as the component it is followed by.

    Returns
    -------
    iterator of (str, float)
        Store id, and amount of the term in one unit of its stock; only where known.
    """
    if term.name not in TRACERS or plant.scope == "unit":
        return
    tracer, held = TRACERS[term.name]
    if term.measure not in ("", tracer):
        return
    per = 1.0 if term.measure else held or _in_role(facts, plant, term.name, tracer)
    for store, balance in in_process(facts, plant, term.name):
        inside = _inside(facts, plant, balance, (term.name, tracer, held), frozenset())
        if inside is not None and per > 0.0:
            yield store, inside / per


def in_process(facts: Facts, plant: Plant, role: str) -> Iterator[tuple[str, Balance]]:
    """Yield the stores that hold intermediates of a plant with a role in them."""
    chain = facts.network.chain
    touched = {s.balance for s in facts.plants.streams(plant)}
    for store in chain.stores:
        balance = good(store.good)
        material = chain.material[balance.material]
        if balance not in touched or material.group != JOINS:
            continue
        if role_of(material) not in BESIDE.get(role, ()):
            yield store.id, balance


def uncounted(facts: Facts, plant: Plant, role: str) -> tuple[str, ...]:
    """Return stores whose change a role is not corrected for: nothing tells how much.

    Parameters
    ----------
    facts : Facts
        Quantities.
    plant : Plant
        Whose stores.
    role : str
        Of :data:`TRACERS`; nothing for another.
    """
    if role not in TRACERS:
        return ()
    counted = {store for store, _ in equivalents(facts, plant, Term("used", role))}
    return tuple(s for s, _ in in_process(facts, plant, role) if s not in counted)


def _in_role(facts: Facts, plant: Plant, role: str, tracer: str) -> float:
    """Return what a unit of the role holds of its tracer, on average."""
    streams = facts.role_streams(plant, role)
    held = [facts.carried(s).get(tracer, 0.0) for s in streams]
    return float(np.mean(held)) if held else 0.0


def _inside(
    facts: Facts,
    plant: Plant,
    balance: Balance,
    followed: tuple[str, str, float],
    seen: frozenset[Balance],
) -> float | None:
    """Return the tracer in a unit of an intermediate; None where nothing tells.

    Its own content, else what a make-up unit spends on it, else what the unit that
    takes it makes of it: evaporation keeps the caustic of the spent liquor.
    """
    role, tracer, held = followed
    known = _content(facts, plant, balance, tracer)
    if known is None and held > 0.0:
        spent = _made_up(facts, plant, balance, role)
        known = None if spent is None else spent * held
    if known is not None:
        return known
    network = facts.network
    for s in facts.plants.streams(plant):
        if s.balance != balance or s.sign > 0 or s.balance in seen:
            continue
        if any(facts.plants.role(o) == role for o in network.of(s.owner)):
            continue
        flows = facts.flows(s.owner)
        took, kept = -flows.get(s.port, 0.0), 0.0
        for o in network.of(s.owner):
            if o.sign > 0 and network.chain.material[o.balance.material].group == JOINS:
                after = _inside(facts, plant, o.balance, followed, seen | {balance})
                kept += flows.get(o.port, 0.0) * (after or 0.0)
        if took > 0.0 and kept > 0.0:
            return kept / took
    return None


def _content(facts: Facts, plant: Plant, balance: Balance, tracer: str) -> float | None:
    for s in facts.plants.streams(plant):
        if s.balance == balance and tracer in (carried := facts.carried(s)):
            return carried[tracer]
    return None


def _made_up(facts: Facts, plant: Plant, balance: Balance, role: str) -> float | None:
    """Return the role a make-up unit spends on a unit of an intermediate."""
    network = facts.network
    for unit in plant.units:
        streams = network.of(unit)
        makes = [s for s in streams if s.balance == balance and s.sign > 0]
        uses = [s for s in streams if facts.plants.role(s) == role and s.sign < 0]
        if makes and uses:
            process = network.processes[unit]
            duty = {process.duties[0].name: np.asarray(1.0)}
            flows = process.run(Case(duty)).flows
            made = float(np.sum(flows[makes[0].port]))
            return abs(float(np.sum(flows[uses[0].port]))) / made if made else None
    return None
