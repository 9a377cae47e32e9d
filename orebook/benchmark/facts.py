"""What a plant used and made in a month, by role, with the doubt of each figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from orebook.benchmark.note import Note
from orebook.benchmark.plants import Plant, Plants
from orebook.benchmark.standard_coal import COAL_PER_HEAT, COAL_PER_POWER
from orebook.benchmark.stock import equivalents
from orebook.chain.chain import Balance
from orebook.chain.formula import Term
from orebook.evaluate.fair import Assays
from orebook.plan.accounts import Month
from orebook.process.content import nominal
from orebook.process.contract import Array, Case, Outcome
from orebook.process.network import Network, Stream

__all__ = ["Facts", "Missing", "Weights"]

Weights = dict[str, float]
"""Stream id to how much of a term one unit of it is."""
BOILER = "boiler_efficiency"
NOTHING = 1e-9


class Missing(Exception):  # noqa: N818 - a finding, caught where rows are made
    """Something a formula needs is not known; the note says what."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.note = Note(zh, en)


@dataclass(frozen=True)
class Facts:
    """Quantities of one period, actual or planned, as indicators ask for them.

    Parameters
    ----------
    plants : Plants
        Who belongs together.
    month : Month
        Quantities.
    fed : mapping
        Content really fed, by unit, port and component [-].
    price : mapping
        Internal price of each balance [CNY/unit].
    doubt : mapping
        One standard deviation by stream [stream unit].
    rent : mapping
        ``UNIT`` to what its binding capacities earn in the period [CNY].
    """

    plants: Plants
    month: Month
    fed: Assays
    price: Mapping[Balance, float]
    doubt: Mapping[str, float] = field(default_factory=dict)
    rent: Mapping[str, float] = field(default_factory=dict)

    @property
    def network(self) -> Network:
        """Streams and physics."""
        return self.plants.network

    @cached_property
    def _outcomes(self) -> dict[str, Outcome]:
        return {}

    def outcome(self, unit: str) -> Outcome:
        """Return what the physics of a unit say at the duty and feed it really had."""
        if unit not in self._outcomes:
            process = self.network.processes[unit]
            duty = {
                d.name: np.asarray(self.month.duties.get(f"{unit}:{d.name}", 0.0))
                for d in process.duties
            }
            content = {
                p: {c: np.asarray(v) for c, v in parts.items()}
                for p, parts in self.network.content_of(self.fed, unit).items()
            }
            self._outcomes[unit] = process.run(Case(duty, content))
        return self._outcomes[unit]

    def flows(self, unit: str) -> dict[str, float]:
        """Return what the physics of a unit pass at its ports, signed [port unit]."""
        found = self.outcome(unit).flows
        return {port: float(np.sum(flow)) for port, flow in found.items()}

    def carried(self, stream: Stream) -> dict[str, float]:
        """Return what a unit of a stream carries.

        What was measured wins over the assay of the book, and that over what the
        physics say of the port.
        """
        told = self.outcome(stream.owner).content.get(stream.port, {})
        book = nominal(self.network.chain, stream.balance.material)
        measured = self.fed.get(stream.owner, {}).get(stream.port, {})
        known = {k: v for k, v in book.items() if k != "energy" or float(v) > 0.0}
        found: dict[str, Array | float] = {**told, **known, **measured}
        return {k: float(np.mean(v)) for k, v in found.items()}

    def weights(self, plant: Plant, term: Term) -> Weights:
        """Return a ``used`` or ``made`` term as weights on streams.

        Parameters
        ----------
        plant : Plant
            Whose.
        term : Term
            ``used`` or ``made``.

        Raises
        ------
        Missing
            If what a stream carries is not known, or amounts in different units would
            be added.
        """
        way = 1.0 if term.head == "made" else -1.0
        found = {
            s.id: way * s.sign * self._per_unit(s, term.measure)
            for s in self.role_streams(plant, term.name)
        }
        for store, each in equivalents(self, plant, term):
            found[f"close:{store}"] = way * each
            found[f"open:{store}"] = -way * each
        return found

    def role_streams(self, plant: Plant, role: str) -> tuple[Stream, ...]:
        """Return the streams of a plant that carry a role."""
        plants = self.plants
        return tuple(s for s in plants.streams(plant) if plants.role(s) == role)

    def amount(self, weights: Mapping[str, float]) -> float:
        """Return a weighted sum of the month's amounts."""
        return sum(w * self.month.amounts[s] for s, w in weights.items())

    def told(self, plant: Plant, name: str) -> float:
        """Return an indicator as the physics of the plant's unit tell it.

        Raises
        ------
        Missing
            If no unit of the plant tells it, or it did not run.
        """
        units = [u for u in plant.units if name in self.outcome(u).indicators]
        if not units:
            raise Missing(
                f"{plant.id} 的机理不给出 {name}", f"no unit of {plant.id} tells {name}"
            )
        value = float(np.mean(self.outcome(units[0]).indicators[name]))
        if not np.isfinite(value) or abs(value) < NOTHING:
            raise Missing(f"{units[0]} 本月未运行", f"{units[0]} did not run")
        return value

    def set_at(self, plant: Plant, name: str) -> float:
        """Return a setting of the plant's units as planned, the first that has it.

        Raises
        ------
        Missing
            If no unit of the plant has such a setting.
        """
        for unit in plant.units:
            for setting in self.network.processes[unit].settings:
                if setting.name == name:
                    return setting.default
        raise Missing(
            f"{plant.id} 没有设定 {name}",
            f"no unit of {plant.id} has the setting {name}",
        )

    def _per_unit(self, stream: Stream, measure: str) -> float:
        if not measure:
            return 1.0
        carried = self.carried(stream)
        if measure in ("heat", "kgce", "burnt"):
            return self._energy(stream, measure, carried)
        if measure == "assayed":
            assay = self.network.chain.material[stream.balance.material].assay
            if not assay:
                raise _unknown(stream, "化验", "assay")
            return float(sum(assay.values()))
        if measure not in carried:
            raise _unknown(stream, measure, measure)
        return carried[measure]

    def _energy(
        self, stream: Stream, measure: str, carried: Mapping[str, float]
    ) -> float:
        role, heat = self.plants.role(stream), carried.get("energy", 0.0)
        if role == "power":
            return COAL_PER_POWER if measure == "kgce" else heat
        if heat <= 0.0:
            raise _unknown(stream, "热值", "heat")
        if measure == "heat":
            return heat
        behind = heat / self._boiler(stream.balance) if role == "steam" else heat
        return behind * COAL_PER_HEAT if measure == "kgce" else behind

    def _boiler(self, balance: Balance) -> float:
        """Return the efficiency of the boilers behind steam; 1 where it is bought."""
        for unit in dict.fromkeys(self._steam_makers(balance)):
            told = self.outcome(unit).indicators.get(BOILER)
            value = 0.0 if told is None else float(np.mean(told))
            if value > 0.0:
                return value
        return 1.0

    def _steam_makers(self, balance: Balance) -> Iterator[str]:
        for s in self.network.streams:
            if s.balance == balance and s.sign > 0 and s.role == "unit":
                yield s.owner


def _unknown(stream: Stream, zh: str, en: str) -> Missing:
    material = stream.balance.material
    return Missing(
        f"账册未给出 {material} 的{zh}", f"the book states no {en} of {material}"
    )
