"""The benchmark of a month: every indicator, six references, gaps in money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from orebook.benchmark.money import REST, Branch, Node, gap_of, price_tree
from orebook.benchmark.note import NONE, Note
from orebook.benchmark.plant_frontier import frontiers, leaves_below
from orebook.benchmark.plants import Plant
from orebook.benchmark.reading import Reading
from orebook.benchmark.references import level_of, references
from orebook.benchmark.result import REFERENCES, Benchmark, Reference, Row, Unused
from orebook.benchmark.study import Key, Study
from orebook.chain.chain import Balance
from orebook.chain.indicator import Indicator
from orebook.chain.peers import PeerFigure
from orebook.ledger.month import ClosedMonth
from orebook.plan.result import Plan

__all__ = ["benchmark"]


def benchmark(
    plan: Plan,
    closed: ClosedMonth,
    *,
    prices: Mapping[Balance, float] | None = None,
    history: Sequence[ClosedMonth] = (),
    peers: Sequence[PeerFigure] = (),
) -> Benchmark:
    """Hold a closed month against its references.

    Parameters
    ----------
    plan : Plan
        Released before the month; its first period is the month.
    closed : ClosedMonth
        The reconciled month.
    prices : mapping, optional
        Internal price of each balance, as the internal market of the month has them
        [CNY/unit]; those of the plan otherwise.
    history : sequence of ClosedMonth
        Months closed before it, for the own best.
    peers : sequence of PeerFigure
        Figures of others.

    Returns
    -------
    Benchmark
        Rows that could not be worked out are there, with the reason.
    """
    return _found(Study(plan, closed, tuple(history), tuple(peers), prices))


def _found(study: Study) -> Benchmark:
    """Return the benchmark."""
    known = {key: references(study, key) for key in study.places}
    for plant in dict.fromkeys(p for p, _ in study.places):
        _priced(study, plant, known)
    rows = tuple(_row(study, key, known[key]) for key in _order(study))
    asked = {name for _, name in study.places}
    return Benchmark(
        period=study.closed.period,
        simulated=study.closed.simulated,
        rows=rows,
        frontiers=tuple(frontiers(study)),
        conflicts=study.claims.conflicts,
        unused=(*study.claims.unused, *_apart(study)),
        missing=tuple(
            i
            for n, i in study.indicators.items()
            if n not in asked and _concerns(study, i)
        ),
        months=tuple(study.past),
    )


def _concerns(study: Study, one: Indicator) -> bool:
    """Return whether the group has plants an indicator could be asked of."""
    units = study.plants.units
    return not one.makes or any(study.plants.makes(u, one.makes) for u in units)


def _apart(study: Study) -> Iterable[Unused]:
    """Yield figures of classes no plant of the group belongs to."""
    for name, found in study.claims.by_indicator.items():
        here = {study.classes[k] for k in study.places if k[1] == name}
        for f in (c.figure for c in found):
            if not here:
                reason = f"no plant of the book has {name}"
            elif f.of and f.of not in here:
                reason = (
                    f"is of class '{f.of}'; here {', '.join(sorted(here)) or 'none'}"
                )
            else:
                continue
            yield Unused(f.file, f.line, f.indicator, f.peer, reason)


def _order(study: Study) -> list[Key]:
    """Return plants as the book has them, indicators as the catalogue has them."""
    first: dict[str, int] = {}
    for plant, _ in study.places:
        first.setdefault(plant, len(first))
    return sorted(study.places, key=lambda key: first[key[0]])


def _priced(
    study: Study, plant: str, references: dict[Key, dict[str, Reference]]
) -> None:
    keys = [key for key in study.places if key[0] == plant]
    for kind in REFERENCES:
        nodes = {key[1]: _node(study, key, references[key][kind]) for key in keys}
        money = price_tree(nodes)
        for key in keys:
            known = references[key]
            known[kind] = _with_money(known[kind], key[1], money)


def _node(study: Study, key: Key, reference: Reference) -> Node:
    own = study.readings.get(key)
    if not isinstance(own, Reading):
        return Node(study.indicators[key[1]], None, None, 0.0, None)
    return Node(
        study.indicators[key[1]], own.value, reference.level, own.driver, own.price
    )


def _row(study: Study, key: Key, references: Mapping[str, Reference]) -> Row:
    plant, one = study.places[key]
    own = study.readings.get(key)
    reading = own if isinstance(own, Reading) else None
    if reading is None and not one.numerator:
        reading = _summed(study, plant, one)
    level = level_of(study, key)
    grades = () if level is None else level.grades
    return Row(
        plant=plant.id,
        scope=plant.scope,
        centre=plant.centre,
        of=study.classes[key],
        indicator=one,
        reading=reading,
        references=references,
        grade=None if reading is None else _grade(one, reading.value, grades),
        reason=own if isinstance(own, Note) else NONE,
        units=plant.units,
    )


def _summed(study: Study, plant: Plant, one: Indicator) -> Reading | None:
    """Return the cost of all leaves below a sum, per unit of its denominator."""
    parts = list(leaves_below(study, plant.id, one.id))
    if not parts:
        return None
    value = sum(r.value * (r.price or 0.0) for _, r in parts)
    sd = sum((r.sd * (r.price or 0.0)) ** 2 for _, r in parts) ** 0.5
    return Reading(value, sd, parts[0][1].driver, None, parts[0][1].basis, None)


def _grade(one: Indicator, value: float, grades: Sequence[float]) -> int | None:
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
    own, rest = money.get(name), money.get(f"{name}.{REST}")
    if own is None:
        return reference
    return replace(
        reference,
        money=own.money,
        leaf=own.leaf,
        rest=None if rest is None else rest.money,
    )
