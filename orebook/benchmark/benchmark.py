"""The benchmark of a month: every indicator, six references, gaps in money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from orebook.benchmark.facts import Facts, Missing
from orebook.benchmark.money import Branch, Node, gap_of, price_tree
from orebook.benchmark.money import REST as REST_ENDING
from orebook.benchmark.note import NONE, Note
from orebook.benchmark.own_best import FEWEST, OwnBest, Past, own_best
from orebook.benchmark.peers import Claims, claims
from orebook.benchmark.plants import Plant, Plants
from orebook.benchmark.profit_gap import profit_gap
from orebook.benchmark.reading import Reading, evaluate, read
from orebook.benchmark.result import (
    REFERENCES,
    Benchmark,
    Factor,
    Frontier,
    Reference,
    Row,
    Unused,
)
from orebook.chain.catalogue import builtin_classes, catalogue
from orebook.chain.formula import formula
from orebook.chain.indicator import Indicator, Level
from orebook.chain.peers import PeerFigure
from orebook.ledger.month import ClosedMonth
from orebook.plan.result import Plan

__all__ = ["benchmark"]

BEYOND_IT = Note(
    "本月已越过该值，请核对数据与其假设",
    "the month is beyond it: check figures and what it assumes",
)
SMALL = 1e-6
BEYOND = 2.0  # standard deviations past a law of nature that are no accident [-]
Key = tuple[str, str]  # plant, indicator


def benchmark(
    plan: Plan,
    closed: ClosedMonth,
    *,
    history: Sequence[ClosedMonth] = (),
    peers: Sequence[PeerFigure] = (),
) -> Benchmark:
    """Hold a closed month against its references.

    Parameters
    ----------
    plan : Plan
        Released before the month; its first period is the month, its internal prices
        value every gap.
    closed : ClosedMonth
        The reconciled month.
    history : sequence of ClosedMonth
        Months closed before it, for the own best.
    peers : sequence of PeerFigure
        Figures of others.

    Returns
    -------
    Benchmark
        Rows that could not be worked out are there, with the reason.
    """
    return _Study(plan, closed, tuple(history), tuple(peers)).found()


@dataclass(frozen=True)
class _Study:
    plan: Plan
    closed: ClosedMonth
    history: tuple[ClosedMonth, ...]
    figures: tuple[PeerFigure, ...]

    # -- what is compared --------------------------------------------------------------

    @cached_property
    def plants(self) -> Plants:
        return Plants(self.plan.network_of(0))

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        return catalogue(self.plan.network.chain.indicators)

    @cached_property
    def claims(self) -> Claims:
        return claims(self.figures, self.indicators)

    @cached_property
    def actual(self) -> Facts:
        return self._facts(self.closed)

    @cached_property
    def planned(self) -> Facts:
        month = self.plan.month(0)
        price = self.plan.price_of(0)
        return Facts(self.plants, month, self.plan.assays(0), price, {}, self._rent)

    @cached_property
    def past(self) -> dict[str, Facts]:
        return {c.period: self._facts(c) for c in self.history}

    def _facts(self, closed: ClosedMonth) -> Facts:
        doubt = {k: f.sd for k, f in closed.figures.items()}
        price = self.plan.price_of(0)
        return Facts(
            self.plants, closed.month(), closed.content, price, doubt, self._rent
        )

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
        """Return every plant an indicator is asked of."""
        return {
            (plant.id, name): (plant, one)
            for name, one in self.indicators.items()
            for plant in self.plants.of(one.scope)
            if self._asked(plant, one)
        }

    def _asked(self, plant: Plant, one: Indicator) -> bool:
        if one.makes and not self.plants.makes(plant, one.makes):
            return False
        terms = formula(one.numerator).terms if one.numerator else ()
        roles = {t.name for t in terms if t.head in ("used", "made")}
        roles |= {t.name for t in formula(one.denominator or "1").terms}
        if one.makes:
            return True
        told = {t.name for t in terms if t.head == "told"}
        if told and not roles:
            return any(told <= set(self.actual.outcome(u).indicators) for u in plant.units)
        here = {self.plants.role(s) for s in self.plants.streams(plant)}
        return bool(roles) and roles <= here

    # -- readings ----------------------------------------------------------------------

    @cached_property
    def readings(self) -> dict[Key, Reading | Note]:
        return self._read(self.actual)

    @cached_property
    def plan_readings(self) -> dict[Key, Reading | Note]:
        return self._read(self.planned)

    @cached_property
    def past_readings(self) -> dict[str, dict[Key, Reading | Note]]:
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
            if not self.plants.makes(host, one.makes):
                continue
            try:
                asked = formula(one.when or "1")
                if evaluate(self.actual, host, asked, absent=0.0)[0]:
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

    # -- references --------------------------------------------------------------------

    def _references(self, key: Key) -> dict[str, Reference]:
        own = self.readings.get(key)
        if not isinstance(own, Reading):
            return {k: Reference(k, source=Note("本月无数值", "no figure of the month")) for k in REFERENCES}
        found = (
            self._limit(key),
            self._planned(key, own),
            self._own_best(key, own),
            self._group_best(key, own),
            self._peer(key),
            self._theory(key, own),
        )
        one = self.indicators[key[1]]
        return {
            r.kind: replace(
                r, gap=None if r.level is None else gap_of(one, own.value, r.level)
            )
            for r in found
        }

    def _level_of(self, key: Key) -> Level | None:
        levels = self.indicators[key[1]].levels
        of = self.classes[key]
        return next((x for x in levels if x.of == of and of), None) or next(
            (x for x in levels if not x.of), None
        )

    def _limit(self, key: Key) -> Reference:
        level = self._level_of(key)
        value = None
        if level is not None:
            value = level.grades[-1] if level.grades else level.limit
        if value is not None and level is not None:
            return Reference("limit", value, value, source=Note.same(level.source))
        claim = self.claims.limit(self.indicators[key[1]], self.classes[key])
        if claim is not None:
            return Reference("limit", claim.value, claim.value, source=Note.same(claim.source))
        return Reference("limit", source=Note("无已知限定值", "no legal limit is known"))

    def _planned(self, key: Key, own: Reading) -> Reference:
        planned = self.plan_readings.get(key)
        if not isinstance(planned, Reading):
            return Reference("plan", source=planned or Note("计划中没有", "not planned"))
        level = self._moved(key, planned.value, planned.theory, own)
        return Reference("plan", planned.value, level, source=Note("当月计划", "plan of the month"))

    def _own_best(self, key: Key, own: Reading) -> Reference:
        found = own_best(
            list(self._past(key, own)), _conditions(own), self.indicators[key[1]].better
        )
        if found is None and own.uncounted:
            stores = ", ".join(own.uncounted)
            return Reference(
                "own_best",
                source=Note(
                    f"{stores} 的在制量无法折算，月度数值不可比",
                    f"what {stores} holds is not known: months cannot be compared",
                ),
            )
        if found is None:
            count = sum(1 for _ in self._past(key, own))
            return Reference(
                "own_best",
                source=Note(
                    f"此前仅 {count} 个已结月份，至少需 {FEWEST} 个",
                    f"{count} closed months before it; needs {FEWEST}",
                ),
            )
        return Reference("own_best", found.naive, found.level, source=_told(found))

    def _past(self, key: Key, own: Reading) -> Iterable[Past]:
        """Yield earlier months; one whose stock change is not known is no example."""
        for period, readings in self.past_readings.items():
            then = readings.get(key)
            if isinstance(then, Reading) and not then.uncounted:
                value = self._moved(key, then.value, then.theory, own)
                yield Past(period, value, then.sd, _conditions(then))

    def _alike(self, key: Key) -> list[str]:
        """Return other plants of the same class that have the indicator."""
        plant, one = self.places[key]
        return [
            p
            for (p, name) in self.places
            if name == key[1]
            and p != plant.id
            and self.classes[p, name] == self.classes[key]
            and isinstance(self.readings.get((p, name)), Reading)
        ]

    def _group_best(self, key: Key, own: Reading) -> Reference:
        one, found = self.indicators[key[1]], []
        for other in self._alike(key):
            reading = self.readings[other, key[1]]
            assert isinstance(reading, Reading)
            level = self._moved(key, reading.value, reading.theory, own)
            found.append((level, reading.value, other))
        if not found:
            return Reference(
                "group_best",
                source=Note("集团内无同类装置", "no other plant of its class"),
            )
        level, value, other = (min if one.better == "lower" else max)(found)
        return Reference("group_best", value, level, source=Note.same(other))

    def _peer(self, key: Key) -> Reference:
        claim = self.claims.best(self.indicators[key[1]], self.classes[key])
        if claim is None:
            return Reference(
                "peer", source=Note("无同类同行数据", "no peer of its class says")
            )
        return Reference("peer", claim.value, claim.value, source=Note.same(claim.source))

    def _theory(self, key: Key, own: Reading) -> Reference:
        one = self.indicators[key[1]]
        if own.theory is not None:
            said = Note(
                one.theory_by or "按本月原料的化学计量或热力学",
                one.theory_by_en or "stoichiometry or heat, with this feed",
            )
            if gap_of(one, own.value, own.theory) < -max(BEYOND * own.sd, SMALL):
                said = said.then(BEYOND_IT)
            return Reference("theory", own.theory, own.theory, source=said)
        claim = self.claims.theory(one, self.classes[key])
        if claim is not None:
            said = Note.same(claim.source)
            if gap_of(one, own.value, claim.value) < -max(BEYOND * own.sd, SMALL):
                said = said.then(BEYOND_IT)
            return Reference("theory", claim.value, claim.value, source=said)
        return Reference("theory", source=Note("未给出理论极限", "no limit is stated"))

    def _moved(
        self, key: Key, value: float, theory: float | None, own: Reading
    ) -> float:
        """Return a reference as it would be with the feed of the month."""
        way = self.indicators[key[1]].normalise
        if not way or theory is None or own.theory is None or theory <= 0.0:
            return value
        if way == "ratio":
            return value * own.theory / theory
        return value + own.theory - theory

    # -- money -------------------------------------------------------------------------

    def found(self) -> Benchmark:
        """Return the benchmark."""
        references = {key: self._references(key) for key in self.places}
        for plant in dict.fromkeys(p for p, _ in self.places):
            self._priced(plant, references)
        rows = tuple(self._row(key, references[key]) for key in self._order())
        asked = {name for _, name in self.places}
        return Benchmark(
            period=self.closed.period,
            simulated=self.closed.simulated,
            rows=rows,
            frontiers=tuple(self._frontiers()),
            conflicts=self.claims.conflicts,
            unused=(*self.claims.unused, *self._apart()),
            missing=tuple(i for n, i in self.indicators.items() if n not in asked),
            months=tuple(self.past),
        )

    def _apart(self) -> Iterable[Unused]:
        """Yield figures of classes no plant of the group belongs to."""
        for name, found in self.claims.by_indicator.items():
            here = {self.classes[k] for k in self.places if k[1] == name}
            for f in (c.figure for c in found):
                if not here:
                    reason = f"no plant of the book has {name}"
                elif f.of and f.of not in here:
                    reason = f"is of class '{f.of}'; here {', '.join(sorted(here)) or 'none'}"
                else:
                    continue
                yield Unused(f.file, f.line, f.indicator, f.peer, reason)

    def _order(self) -> list[Key]:
        """Return plants as the book has them, indicators as the catalogue has them."""
        first: dict[str, int] = {}
        for plant, _ in self.places:
            first.setdefault(plant, len(first))
        return sorted(self.places, key=lambda key: first[key[0]])

    def _priced(self, plant: str, references: dict[Key, dict[str, Reference]]) -> None:
        keys = [key for key in self.places if key[0] == plant]
        for kind in REFERENCES:
            nodes = {key[1]: self._node(key, references[key][kind]) for key in keys}
            money = price_tree(nodes)
            for key in keys:
                known = references[key]
                known[kind] = _with_money(known[kind], key[1], money)

    def _node(self, key: Key, reference: Reference) -> Node:
        own = self.readings.get(key)
        if not isinstance(own, Reading):
            return Node(self.indicators[key[1]], None, None, 0.0, None)
        return Node(
            self.indicators[key[1]], own.value, reference.level, own.driver, own.price
        )

    def _row(self, key: Key, references: Mapping[str, Reference]) -> Row:
        plant, one = self.places[key]
        own = self.readings.get(key)
        reading = own if isinstance(own, Reading) else None
        if reading is None and not one.numerator:
            reading = self._summed(plant, one)
        level = self._level_of(key)
        grades = () if level is None else level.grades
        return Row(
            plant=plant.id,
            scope=plant.scope,
            centre=plant.centre,
            of=self.classes[key],
            indicator=one,
            reading=reading,
            references=references,
            grade=None if reading is None else _grade(one, reading.value, grades),
            reason=own if isinstance(own, Note) else NONE,
            units=plant.units,
        )

    def _summed(self, plant: Plant, one: Indicator) -> Reading | None:
        """Return the cost of all leaves below a sum, per unit of its denominator."""
        parts = list(self._leaves(plant.id, one.id))
        if not parts:
            return None
        value = sum(r.value * (r.price or 0.0) for _, r in parts)
        sd = sum((r.sd * (r.price or 0.0)) ** 2 for _, r in parts) ** 0.5
        return Reading(value, sd, parts[0][1].driver, None, parts[0][1].basis, None)

    def _leaves(self, plant: str, top: str) -> Iterable[tuple[str, Reading]]:
        """Yield priced indicators below a sum; a factor of a product has no price."""
        for (p, name), (_, one) in self.places.items():
            own = self.readings.get((p, name))
            if p == plant and one.parent == top:
                if isinstance(own, Reading) and own.price is not None:
                    yield name, own
                elif one.combine == "sum":
                    yield from self._leaves(plant, name)

    # -- frontier ----------------------------------------------------------------------

    def _frontiers(self) -> Iterable[Frontier]:
        for (plant, name), (_, one) in self.places.items():
            if one.combine == "sum" and not one.parent:
                leaves = dict(self._leaves(plant, name))
                if leaves:
                    yield self._frontier(plant, leaves)

    def _frontier(self, plant: str, leaves: Mapping[str, Reading]) -> Frontier:
        """Compare with months of its own and plants of its class, at its own prices."""
        everyone = {
            **{p: self._vector(plant, leaves, r) for p, r in self._own_months(plant)},
            **{p: self._vector(plant, leaves, r) for p, r in self._others(plant, leaves)},
        }
        compared = {n: v for n, v in everyone.items() if v is not None}
        names, volume = list(compared), next(iter(leaves.values())).driver
        mine = [r.value for r in leaves.values()]
        price = [r.price or 0.0 for r in leaves.values()]
        gap = profit_gap(mine, list(compared.values()), price)
        best = plant if gap.best < 0 else names[gap.best]
        factors = tuple(
            Factor(
                name,
                own.value,
                mine[k] if gap.best < 0 else compared[best][k],
                own.price or 0.0,
                volume * float(gap.technical[k] + gap.allocative[k]),
                volume * float(gap.technical[k]),
                volume * float(gap.allocative[k]),
            )
            for k, (name, own) in enumerate(leaves.items())
        )
        return Frontier(plant, best, tuple(names), volume * gap.total, factors)

    def _own_months(
        self, plant: str
    ) -> Iterable[tuple[str, dict[str, Reading | Note]]]:
        for period, readings in self.past_readings.items():
            yield f"{plant} {period}", {n: r for (p, n), r in readings.items() if p == plant}

    def _others(
        self, plant: str, leaves: Mapping[str, Reading]
    ) -> Iterable[tuple[str, dict[str, Reading | Note]]]:
        first = next(iter(leaves))
        for other in self._alike((plant, first)):
            yield other, {n: r for (p, n), r in self.readings.items() if p == other}

    def _vector(
        self,
        plant: str,
        leaves: Mapping[str, Reading],
        theirs: Mapping[str, Reading | Note],
    ) -> list[float] | None:
        """Return all factors of another, moved to this feed; None if one is missing."""
        found = []
        for name, own in leaves.items():
            other = theirs.get(name)
            if not isinstance(other, Reading):
                return None
            found.append(self._moved((plant, name), other.value, other.theory, own))
        return found


def _conditions(reading: Reading) -> tuple[float, ...]:
    """Return what nobody could choose: the load, and what the feed allows."""
    return (reading.driver, 0.0 if reading.theory is None else reading.theory)


def _told(found: OwnBest) -> Note:
    near = "all there are" if found.widened else "the nearest"
    nah = "全部" if found.widened else "条件最近"
    return Note(
        f"{found.periods} 个已结月份（{nah}）中最好的十分之一，按计量可信度 "
        f"{found.trust:.0%} 收缩；单月最好 {found.naive:.6g}",
        f"best tenth of {found.periods} closed months ({near}), shrunk to "
        f"{found.trust:.0%} of the spread; best single month {found.naive:.6g}",
    )


def _grade(
    one: Indicator, value: float, grades: Sequence[float]
) -> int | None:
    """Return the grade a figure reaches, 1 the strictest; 0 beyond the last.

    Examples
    --------
    >>> from orebook.chain.catalogue import builtin
    >>> energy = builtin()["alu.energy_comp"]
    >>> [_grade(energy, v, (340, 390, 460)) for v in (340.0, 340.1, 460.0, 460.1)]
    [1, 2, 3, 0]
    """
    if not grades:
        return None
    reached = [gap_of(one, value, g) <= 0.0 for g in grades]
    return reached.index(True) + 1 if any(reached) else 0


def _with_money(
    reference: Reference, name: str, money: Mapping[str, Branch]
) -> Reference:
    own, rest = money.get(name), money.get(f"{name}.{REST_ENDING}")
    if own is None:
        return reference
    return replace(
        reference,
        money=own.money,
        leaf=own.leaf,
        rest=None if rest is None else rest.money,
    )
