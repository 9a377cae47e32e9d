"""How a real month strays from the book: efficiencies, assays, losses, prices.

Every drift is drawn from a seed of its own, made of the month's seed and a name, so
that adding a unit to a book does not change what happens to the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from orebook.process.contract import Array, Case, Outcome, Process
from orebook.process.network import Network

RATIO_SD = 0.012
"""Monthly drift of a specific consumption, relative [-]."""

YIELD_SD = {"intermediate": 0.001, "product": 0.004, "ore": 0.004}
"""Monthly drift of what goes on to the next unit, by class of material, relative [-].

Nearly all of a liquor, slurry or metal goes on: what is lost of it on the way is small
against what circulates, other than reagents, fuel and power.
"""

SETTING_SD = 0.006
"""Monthly drift of a setting that is no setting point of the plan, relative [-]."""

ASSAY_SD = 0.015
"""Monthly drift of an ore assay, relative [-]."""

DUTY_MEAN, DUTY_SD = -0.01, 0.012
"""A month falls short of its planned duties by a little, and varies [-]."""

LARGEST = 2.5
"""Draws are cut at so many standard deviations [-]."""

_BALANCED = frozenset({"mass", "energy"})


@dataclass(frozen=True, slots=True)
class Chance:
    """A source of draws by name: the same seed and name give the same draw."""

    seed: int
    period: str

    def normal(self, *name: str, sd: float, lasting: bool = False) -> float:
        """Return one normal draw, cut at `LARGEST` standard deviations.

        Parameters
        ----------
        name : str
            What is drawn.
        sd : float
            Standard deviation [-].
        lasting : bool
            Whether the draw is the same in every period.
        """
        value = float(self.generator(*name, lasting=lasting).standard_normal())
        return sd * min(LARGEST, max(-LARGEST, value))

    def generator(self, *name: str, lasting: bool = False) -> np.random.Generator:
        """Return a generator of its own for a name."""
        text = "|".join([str(self.seed), "" if lasting else self.period, *name])
        return np.random.default_rng(
            int.from_bytes(sha256(text.encode()).digest()[:8], "big")
        )


def drifted(network: Network, chance: Chance) -> Network:
    """Return the network with the processes of a real month.

    Parameters
    ----------
    network : Network
        As the book states it.
    chance : Chance
        Draws of the month.

    Returns
    -------
    Network
        The same streams; each unit's free ratios and settings a little off. What a
        unit conserves it still conserves.
    """
    processes = {
        unit: _drifted(unit, process, chance, sd=_sd(network, unit))
        for unit, process in network.processes.items()
    }
    return Network(network.chain, processes, network.streams)


def _sd(network: Network, unit: str) -> dict[str, float]:
    """Return the drift of each port of a unit, by what passes there [-]."""
    material = network.chain.material
    return {
        s.port: YIELD_SD.get(material[s.balance.material].group, RATIO_SD)
        for s in network.of(unit)
    }


def _drifted(
    unit: str, process: Process, chance: Chance, *, sd: Mapping[str, float]
) -> Process:
    """Return a process whose free ports and settings have drifted."""
    outcome = process.run(Case({d.name: np.ones(()) for d in process.duties}))
    free = _free_ports(process, outcome)
    factor = {
        p: 1.0 + chance.normal("ratio", unit, p, sd=sd.get(p, RATIO_SD))
        for p in sorted(free)
    }
    shift = {
        s.name: s.default
        if s.follows is not None
        else _within(
            s.default
            # A setting that several units share strays in all of them alike.
            * (1.0 + chance.normal("setting", s.shared or unit, s.name, sd=SETTING_SD)),
            s.low,
            s.high,
        )
        for s in process.settings
    }

    def function(case: Case) -> Outcome:
        setting = {
            s.name: _moved(case.setting[s.name], s.default, shift[s.name])
            for s in process.settings
        }
        told = process.function(Case(case.duty, case.content, setting))
        flows = {p: flow * factor.get(p, 1.0) for p, flow in told.flows.items()}
        return replace(told, flows=flows)

    return replace(process, function=function)


def _moved(value: Array, default: float, shifted: float) -> Array:
    """Shift a setting that stands at its default; one chosen otherwise stays."""
    return np.where(value == default, shifted, value)


def _within(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))


def _free_ports(process: Process, outcome: Outcome) -> set[str]:
    """Return the ports that carry nothing the unit conserves and define no duty."""
    defining = {d.read_at for d in process.duties} | {d.name for d in process.duties}
    held = [c for c in process.conserves if c != "energy"]
    carrying = {
        port
        for port, parts in outcome.content.items()
        if any(float(np.max(np.abs(parts.get(c, np.zeros(()))))) > 0.0 for c in held)
    }
    energetic = "energy" in process.conserves
    return {
        p.name
        for p in process.ports
        if p.name not in defining
        and p.name not in carrying
        and not (energetic and "energy" in outcome.content.get(p.name, {}))
    }


def drifted_content(
    network: Network, chance: Chance
) -> dict[str, dict[str, dict[str, Array]]]:
    """Return the assays a real month feeds, by unit, port and component [-].

    A material has one drift wherever it lies, so that a pile and the mill it feeds
    agree.
    """
    found: dict[str, dict[str, dict[str, Array]]] = {}
    for unit in network.chain.units:
        feeds = {d.port for d in network.processes[unit.id].duties if d.port}
        for s in network.of(unit.id):
            assay = network.chain.material[s.balance.material].assay
            if s.port in feeds and s.sign < 0 and assay:
                found.setdefault(unit.id, {})[s.port] = {
                    c: np.asarray(v) for c, v in
                    true_assay(s.balance.material, assay, chance).items()
                }  # fmt: skip
    return found


def true_assay(
    material: str, assay: Mapping[str, float], chance: Chance
) -> dict[str, float]:
    """Return what a material really holds in the month, by component [-]."""
    room = max(1.0, sum(assay.values()))
    drift = {
        c: v
        * (1.0 + chance.normal("assay", material, c, sd=ASSAY_SD * (1.0 - v / room)))
        for c, v in assay.items()
    }
    return {c: min(1.0, max(0.0, v)) for c, v in drift.items()}
