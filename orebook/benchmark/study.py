"""What a benchmark compares: every plant asked, read in every month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from orebook.benchmark.facts import Facts, Missing
from orebook.benchmark.note import Note
from orebook.benchmark.peers import Claims, claims
from orebook.benchmark.plants import Plant, Plants
from orebook.benchmark.reading import Reading, evaluate, read
from orebook.chain.catalogue import builtin_classes, catalogue
from orebook.chain.chain import Balance
from orebook.chain.formula import formula
from orebook.chain.indicator import Indicator
from orebook.chain.peers import PeerFigure
from orebook.ledger.month import ClosedMonth
from orebook.plan.result import Plan

__all__ = ["Found", "Key", "Study"]

Key = tuple[str, str]
"""Plant and indicator."""
Found = Mapping[Key, Reading | Note]
"""Readings of a period, or why there is none."""


@dataclass(frozen=True)
class Study:
    """Plan, month, history and peers, with every indicator read in each of them.

    Parameters
    ----------
    plan : Plan
        Its first period is the month.
    closed : ClosedMonth
        The month.
    history : tuple of ClosedMonth
        Months before it.
    figures : tuple of PeerFigure
        Of others.
    given : mapping or None
        Internal price of each balance [CNY/unit]; None for those of the plan.
    """

    plan: Plan
    closed: ClosedMonth
    history: tuple[ClosedMonth, ...]
    figures: tuple[PeerFigure, ...]
    given: Mapping[Balance, float] | None = None

    @cached_property
    def plants(self) -> Plants:
        """Who belongs together."""
        return Plants(self.plan.network_of(0))

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        """The catalogue with the indicators of the book."""
        return catalogue(self.plan.network.chain.indicators)

    @cached_property
    def claims(self) -> Claims:
        """Figures of peers by indicator."""
        return claims(self.figures, self.indicators)

    @cached_property
    def price(self) -> Mapping[Balance, float]:
        """Internal price of each balance [CNY/unit]."""
        return self.plan.price_of(0) if self.given is None else self.given

    @cached_property
    def actual(self) -> Facts:
        """Quantities of the month."""
        return self._facts(self.closed)

    @cached_property
    def planned(self) -> Facts:
        """Quantities of the plan."""
        month = self.plan.month(0)
        fed = self.plan.assays(0)
        return Facts(self.plants, month, fed, self.price, {}, self._rent)

    @cached_property
    def past(self) -> dict[str, Facts]:
        """Quantities of each month before."""
        return {c.period: self._facts(c) for c in self.history}

    def _facts(self, closed: ClosedMonth) -> Facts:
        doubt = {k: f.sd for k, f in closed.figures.items()}
        month, fed = closed.month(), closed.content
        return Facts(self.plants, month, fed, self.price, doubt, self._rent)

    @cached_property
    def _rent(self) -> dict[str, float]:
        """Return what the binding capacities of each unit earn in the month [CNY]."""
        found: dict[str, float] = {}
        for rent in self.plan.rents:
            unit = rent.subject.partition(":")[0]
            if unit in self.plan.network.chain.unit:
                found[unit] = found.get(unit, 0.0) + float(rent.amount[0])
        return found

    @cached_property
    def places(self) -> dict[Key, tuple[Plant, Indicator]]:
        """Return every plant an indicator is asked of; a sum only of what it sums."""
        asked = {
            (plant.id, name): (plant, one)
            for name, one in self.indicators.items()
            for plant in self.plants.of(one.scope)
            if self._asked(plant, one)
        }
        parts = {(plant, one.parent) for (plant, _), (_, one) in asked.items()}
        return {
            key: (plant, one)
            for key, (plant, one) in asked.items()
            if one.numerator or key in parts
        }

    def _asked(self, plant: Plant, one: Indicator) -> bool:
        """Return whether an indicator is asked of a plant.

        A circuit that makes the role is asked even where it lacks something, so that
        the lack is seen; a unit alone only where it has to do with what is asked.
        """
        if one.makes and not self.plants.makes(plant, one.makes):
            return False
        if one.makes and len(plant.units) > 1:
            return True
        if not one.numerator:
            return bool(one.makes)
        here = {self.plants.role(s) for s in self.plants.streams(plant)}
        for text in (one.numerator, one.denominator or "1"):
            terms = formula(text).terms
            told = {t.name for t in terms if t.head == "told"}
            roles = {t.name for t in terms if t.head in ("used", "made")}
            known = any(told <= self._told(u) for u in plant.units) if told else False
            if terms and not (known or roles & here or (one.makes and told)):
                return False
        return True

    def _told(self, unit: str) -> frozenset[str]:
        """Return the indicators the physics of a unit tell."""
        return frozenset(self.actual.outcome(unit).indicators)

    @cached_property
    def readings(self) -> Found:
        """The month."""
        return self._read(self.actual)

    @cached_property
    def plan_readings(self) -> Found:
        """The plan of the month."""
        return self._read(self.planned)

    @cached_property
    def past_readings(self) -> dict[str, Found]:
        """Each month before."""
        return {period: self._read(facts) for period, facts in self.past.items()}

    def _read(self, facts: Facts) -> dict[Key, Reading | Note]:
        found: dict[Key, Reading | Note] = {}
        for key, (plant, one) in self.places.items():
            if not one.numerator:
                continue
            try:
                found[key] = read(facts, plant, one)
            except Missing as reason:
                found[key] = reason.note
        return found

    def _class(self, plant: Plant) -> str:
        """Return the class of a plant; a unit is of the class of its plant."""
        hosts = self.plants.plants if plant.scope == "unit" else (plant,)
        host = next((h for h in hosts if set(plant.units) <= set(h.units)), plant)
        for one in (*self.plan.network.chain.classes, *builtin_classes()):
            makers = (p for p in (plant, host) if self.plants.makes(p, one.makes))
            judged = next(makers, None)
            if judged is None:
                continue
            try:
                asked = formula(one.when or "1")
                if evaluate(self.actual, judged, asked, absent=0.0)[0]:
                    return one.id
            except Missing:
                continue
        return ""

    @cached_property
    def classes(self) -> dict[Key, str]:
        """Return the class of each plant."""
        asked = {(p.id, p.scope): p for p, _ in self.places.values()}
        told = {key: self._class(plant) for key, plant in asked.items()}
        return {k: told[p.id, p.scope] for k, (p, _) in self.places.items()}

    def alike(self, key: Key) -> list[str]:
        """Return other plants of the same class that have the indicator."""
        plant, _ = self.places[key]
        return [
            p
            for (p, name) in self.places
            if name == key[1]
            and p != plant.id
            and self.classes[p, name] == self.classes[key]
            and isinstance(self.readings.get((p, name)), Reading)
        ]

    def moved(
        self, key: Key, value: float, theory: float | None, own: Reading
    ) -> float:
        """Return a reference as it would be with the feed of the month."""
        way = self.indicators[key[1]].normalise
        if not way or theory is None or own.theory is None or theory <= 0.0:
            return value
        if way == "ratio":
            return value * own.theory / theory
        return value + own.theory - theory
