"""Diagnosis of a closed month: indicators and money, by workshop and factor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Literal, get_args

import numpy as np

from orebook.errors import InputError
from orebook.evaluate.diagnose.estimate import (
    Evidence,
    Found,
    evidence_of,
    largest,
    moved_settings,
    settings_of,
    settings_told,
)
from orebook.evaluate.diagnose.factor import factors_of, known_content
from orebook.evaluate.diagnose.measure import REST, Gauge, gauge
from orebook.evaluate.diagnose.result import (
    Diagnosis,
    Indicator,
    Money,
    Part,
    Share,
    WorksDiagnosis,
)
from orebook.evaluate.diagnose.side import Side, planned_side, side_of
from orebook.evaluate.diagnose.split import Split, classic, doubts, gathered, split
from orebook.evaluate.diagnose.tie import charged, tie_of
from orebook.evaluate.diagnose.works import Works, find_works
from orebook.evaluate.fair import Assays, fed_or_mixed
from orebook.evaluate.variance import Variance
from orebook.glossary.indices import index_term
from orebook.ledger.month import ClosedMonth
from orebook.plan.accounts import Month, PriceSet
from orebook.process.contract import Array
from orebook.process.diagnosable import Diagnosed
from orebook.process.network import Network

__all__ = ["AGAINST", "Against", "Told", "diagnose"]

Against = Literal["plan", "fair", "last-month", "own-best"]
AGAINST: tuple[str, ...] = get_args(Against)
"""What a month can be held against."""
_CONSUMED = "consumed"
Sides = tuple[Array, Array]
"""Doubts and classic effects beside the exact ones, shape (factors, columns)."""


@dataclass(frozen=True, eq=False)
class Told:
    """All that a diagnosis rests on.

    Parameters
    ----------
    network : Network
        The chain, units at the settings planned for the month.
    prices : PriceSet
        Internal prices of the month.
    plan : Month
        What was planned.
    mixes : mapping
        What the plan fed where it mixed itself [-].
    closed : ClosedMonth
        The month.
    before : sequence of ClosedMonth
        Closed months before it, the last one last.
    variance : Variance or None
        Of the month, to tie the money to.
    """

    network: Network
    prices: PriceSet
    plan: Month
    mixes: Assays
    closed: ClosedMonth
    before: Sequence[ClosedMonth] = ()
    variance: Variance | None = None


def diagnose(told: Told, site: str, *, against: Against = "plan") -> Diagnosis:
    """Split what a closed month deviates by over named factors and workshops.

    Parameters
    ----------
    told : Told
        Network, prices, plan and closed month.
    site : str
        Centre, place, unit; a unit of a circuit stands for the circuit.
    against : {"plan", "fair", "last-month", "own-best"}
        The plan; the model at the feed really had and the settings planned; the closed
        month before; the closed month that cost least per product at these prices.

    Returns
    -------
    Diagnosis
        Effects of factors sum to the deviation of each indicator, money of workshops to
        the money of the site.

    Raises
    ------
    InputError
        If the site has no unit that can be judged, or there is no month to hold it
        against.

    Notes
    -----
    The process function of the plan is evaluated on mixtures of both sides at the same
    output; the split is Owen's, workshops being the unions. What no factor explains is
    a factor of its own.
    """
    start = perf_counter()
    if against not in AGAINST:
        raise InputError(
            f"a month cannot be held against '{against}'; expected one of "
            f"{', '.join(AGAINST)}; correct --against"
        )
    found, skipped, bases = [], {}, set()
    for units in find_works(told.network, site):
        works = Works(told.network, units, told.prices)
        try:
            base, one = _one(works, told, against)
        except InputError as error:
            skipped[works.name] = str(error)
            continue
        bases.add(base)
        found.append(one)
    if not found:
        raise InputError(
            f"nothing of '{site}' can be diagnosed in {told.closed.period}: "
            f"{next(iter(skipped.values()))}"
        )
    named = bases.pop() if len(bases) == 1 else against
    took = perf_counter() - start
    return Diagnosis(
        site, told.closed.period, against, named, tuple(found), skipped, took
    )


@dataclass(frozen=True, eq=False)
class _Read:
    """A closed month of a works as read: evidence, settings that moved, side."""

    seen: Evidence
    found: tuple[Found, ...]
    side: Side


def _read(works: Works, told: Told, closed: ClosedMonth) -> _Read:
    own = closed.period == told.closed.period
    content = fed_or_mixed(told.mixes if own else {}, closed.content)
    mine = {u: content[u] for u in works.units if u in content}
    seen = evidence_of(works, closed, mine)
    found = moved_settings(works, seen)
    side = side_of(
        works, closed.period, closed.month(), content=mine,
        setting=settings_told(found),
    )  # fmt: skip
    return _Read(seen, found, side)


def _base(
    works: Works, told: Told, against: Against, now: Side
) -> tuple[Side, dict[tuple[str, str], Found]]:
    """Return what the month is held against, and the settings found in it."""
    if against == "plan":
        return planned_side(works, told.plan, mixes=told.mixes), {}
    if against == "fair":
        none = np.zeros(len(now.excess))
        fair = replace(now, name="fair", setting={}, excess=none, extra=none)
        return fair, {}
    if not told.before:
        raise InputError(
            f"no month before {told.closed.period} is closed, so there is none to "
            f"hold it against; close one, or use --against plan"
        )
    chosen = told.before[-1]
    if against == "own-best":
        chosen = min(told.before, key=lambda c: -_earned(works, c))
    read = _read(works, told, chosen)
    return read.side, dict(largest(read.found))


def _earned(works: Works, closed: ClosedMonth) -> float:
    """Return what a month earned per unit of its product at the prices given."""
    amounts = np.array(
        [
            0.0 if (s := works.streams.get(key)) is None else closed.figures[s.id].value
            for key in works.ports
        ]
    )
    money = amounts * works.value
    inside = [
        (s := works.streams.get(key)) is not None and s.balance in works.inside
        for key in works.ports
    ]
    made = np.where(inside, -np.inf, np.where(works.port_sign > 0, money, -np.inf))
    best = int(np.argmax(made))
    if amounts[best] <= 0.0:
        return float("-inf")
    return float(money.sum() / amounts[best])


def _one(works: Works, told: Told, against: Against) -> tuple[str, WorksDiagnosis]:
    now = _read(works, told, told.closed)
    base, earlier = _base(works, told, against, now.side)
    before, after = known_content(works, [base.content, now.side.content])
    base, actual = replace(base, content=before), replace(now.side, content=after)
    measure = gauge(works, actual, base)
    place = measure.balances.index(measure.product)
    factor = float(measure.held(actual)[place] / measure.held(base)[place])
    base = base.scaled(factor)
    amounts = told.closed.month().amounts
    found = {**earlier, **largest(now.found)}
    factors = gathered(factors_of(works, base, actual, found=found, amounts=amounts))
    parts = split(measure, base, actual, factors)
    sides = (
        doubts(measure, actual, factors, now.seen),
        classic(measure, base, actual, factors),
    )
    made = _told(measure, parts, sides, now, output=float(measure.held(actual)[place]))
    output = (1.0 - 1.0 / factor) * _worth(works, base)
    if against == "plan" and told.variance is not None:
        tied = tie_of(works, told.variance, output=output, diagnosis=made.total)
        made = replace(made, tie=tied)
    return base.name, replace(
        made, charged=charged(works, actual, factors, told.variance)
    )


def _worth(works: Works, side: Side) -> float:
    """Return what a side is worth at internal prices, its duties paid [CNY]."""
    money = side.amounts * works.port_sign * works.value
    return float(money.sum() - side.duties @ works.duty_cost)


def _told(
    measure: Gauge, parts: Split, sides: Sides, read: _Read, *, output: float
) -> WorksDiagnosis:
    works = measure.works
    product = measure.product
    return WorksDiagnosis(
        works.name,
        works.units,
        f"{product.material}@{product.place}",
        output,
        works.network.chain.material[product.material].unit,
        tuple(_indicators(measure, parts, sides, output=output)),
        tuple(_money(measure, parts, sides)),
        read.found,
        settings_of(works),
    )


def _indicators(
    measure: Gauge, parts: Split, sides: Sides, *, output: float
) -> Iterator[Indicator]:
    place = {c: i for i, c in enumerate(measure.columns)}
    for d in measure.indicators:
        term = index_term(d.name)
        own = place["indicator", d.name, ""]
        through = parts.effects[:, place["through", d.name, ""]]
        yield Indicator(
            d.name,
            "-" if term is None else term.unit,
            "lower" if term is None else term.better,
            float(parts.base[own]),
            float(parts.actual[own]),
            _shares(parts, sides, own),
            tuple(_parts(parts, place, d)),
            tuple(map(float, through)) if measure.priced(d) else None,
        )
    for port in measure.consumed:
        own = place[_CONSUMED, "", str(port)]
        if parts.base[own] or parts.actual[own]:
            yield _consumed(measure, parts, sides, port=port, output=output)


def _consumed(
    measure: Gauge, parts: Split, sides: Sides, *, port: int, output: float
) -> Indicator:
    """Return what passes a port per unit of product, for kinds that state nothing.

    Output is the same on both sides: money is the effect times output times price.
    """
    works = measure.works
    own = measure.columns.index((_CONSUMED, "", str(port)))
    worth = output * float(works.value[port])
    stream = works.streams[works.ports[port]]
    chain = works.network.chain
    made = chain.material[measure.product.material].unit
    return Indicator(
        f"{works.ports[port][1]}_per_unit",
        f"{stream.unit}/{made}",
        "lower" if stream.sign < 0 else "higher",
        float(parts.base[own]),
        float(parts.actual[own]),
        _shares(parts, sides, own),
        money=tuple(float(e) * worth for e in parts.effects[:, own]),
    )


def _shares(parts: Split, sides: Sides, own: int) -> tuple[Share, ...]:
    return tuple(
        Share(
            f,
            float(parts.effects[k, own]),
            float(sides[0][k, own]),
            float(sides[1][k, own]),
        )
        for k, f in enumerate(parts.factors)
    )


def _parts(
    parts: Split, place: Mapping[tuple[str, str, str], int], d: Diagnosed
) -> Iterator[Part]:
    for name in (*d.parts, REST) if d.parts else ():
        own = place["part", d.name, name]
        yield Part(
            name,
            float(parts.base[own]),
            float(parts.actual[own]),
            tuple(map(float, parts.effects[:, own])),
        )


def _money(measure: Gauge, parts: Split, sides: Sides) -> Iterator[Money]:
    columns = measure.columns
    goods = {c[2]: i for i, c in enumerate(columns) if c[0] == "money"}
    total = columns.index(("total", "", ""))
    for k, f in enumerate(parts.factors):
        each = {g: float(parts.effects[k, i]) for g, i in goods.items()}
        yield Money(f, sum(each.values()), float(sides[0][k, total]), each)
