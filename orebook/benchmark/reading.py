"""One indicator of one plant in one month: value, doubt, volume and price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orebook.benchmark.facts import Facts, Missing, Weights
from orebook.benchmark.plants import Plant
from orebook.benchmark.stock import uncounted
from orebook.chain.formula import Formula, Term, formula
from orebook.chain.indicator import Indicator
from orebook.glossary.indices import index_term
from orebook.process.contract import Case
from orebook.quantity import factor

__all__ = ["Reading", "evaluate", "in_unit", "read", "theory"]

STEP = 1e-6
SMALL = 1e-9
MEASURED, MODEL = "measured", "model"


@dataclass(frozen=True, slots=True)
class Reading:
    """An indicator of a plant in a period.

    Parameters
    ----------
    value, sd : float
        The figure and what metering leaves open of it [unit of the indicator].
    driver : float
        Volume the gap acts on: the denominator [its unit].
    price : float or None
        Worth of one unit of the indicator per unit of the driver [CNY]; None where it
        has no price.
    basis : str
        ``measured``, or ``model`` where the physics tell it and nothing measures it.
    theory : float or None
        What stoichiometry or heat allows with the feed of the period [unit].
    uncounted : tuple of str
        Stores of the plant whose change could not be corrected for.
    """

    value: float
    sd: float
    driver: float
    price: float | None
    basis: str
    theory: float | None
    uncounted: tuple[str, ...] = ()


def read(facts: Facts, plant: Plant, indicator: Indicator) -> Reading:
    """Return an indicator of a plant.

    Parameters
    ----------
    facts : Facts
        Quantities and prices of the period.
    plant : Plant
        Whose.
    indicator : Indicator
        What is asked; not a sum without a numerator of its own.

    Raises
    ------
    Missing
        If something it needs is not known, or the plant did not run.
    """
    top, bottom = formula(indicator.numerator), formula(indicator.denominator or "1")
    numerator, up = evaluate(facts, plant, top)
    denominator, down = evaluate(facts, plant, bottom)
    if denominator <= SMALL:
        raise _idle(plant)
    value = numerator / denominator
    slope = {
        s: (up.get(s, 0.0) - value * down.get(s, 0.0)) / denominator
        for s in {**up, **down}
    }
    sd = float(
        np.sqrt(sum((w * facts.doubt.get(s, 0.0)) ** 2 for s, w in slope.items()))
    )
    roles = {t.name for t in (*top.terms, *bottom.terms)}
    return Reading(
        value=value,
        sd=sd,
        driver=denominator,
        price=_price(facts, plant, indicator, value, (denominator, up, down)),
        basis=MEASURED if up or down else MODEL,
        theory=theory(facts, plant, indicator),
        uncounted=tuple(
            dict.fromkeys(s for r in roles for s in uncounted(facts, plant, r))
        )
        if plant.scope != "unit"
        else (),
    )


def evaluate(
    facts: Facts, plant: Plant, asked: Formula, *, absent: float | None = None
) -> tuple[float, Weights]:
    """Return a formula's value and its slope along every stream.

    Parameters
    ----------
    facts : Facts
        Quantities.
    plant : Plant
        Whose.
    asked : Formula
        What to work out.
    absent : float, optional
        Stands for a mass fraction nobody states; without it that is refused.

    Raises
    ------
    Missing
        If something it needs is not known.
    """
    known: dict[Term, float] = {}
    along: dict[Term, Weights] = {}
    for term in asked.terms:
        known[term], along[term] = _term(facts, plant, term, absent)
    try:
        value = asked.value(known)
        slopes = {t: _slope(asked, known, t) for t in asked.terms if along[t]}
    except ZeroDivisionError:
        raise _idle(plant) from None
    total: Weights = {}
    for term, slope in slopes.items():
        for stream, weight in along[term].items():
            total[stream] = total.get(stream, 0.0) + slope * weight
    return value, total


def _slope(asked: Formula, known: Mapping[Term, float], term: Term) -> float:
    step = STEP * max(abs(known[term]), 1.0)
    high = asked.value({**known, term: known[term] + step})
    low = asked.value({**known, term: known[term] - step})
    return (high - low) / (2.0 * step)


def _term(
    facts: Facts, plant: Plant, term: Term, absent: float | None
) -> tuple[float, Weights]:
    if term.head == "hours":
        return facts.month.period.hours, {}
    if term.head == "told":
        return facts.told(plant, term.name), {}
    if term.head == "set":
        return facts.set_at(plant, term.name), {}
    if term.head in ("used", "made"):
        weights = facts.weights(plant, term)
        if not term.measure:
            _one_unit(facts, plant, term.name)
        return facts.amount(weights), weights
    return _fraction(facts, plant, term, absent)


def _fraction(
    facts: Facts, plant: Plant, term: Term, absent: float | None
) -> tuple[float, Weights]:
    """Return the mean mass fraction of what was fed."""
    try:
        part = facts.weights(plant, Term("used", term.name, term.measure))
    except Missing:
        if absent is None:
            raise
        return absent, {}
    whole = facts.weights(plant, Term("used", term.name))
    amount = facts.amount(whole)
    if amount <= SMALL:
        raise Missing(
            f"{plant.id} 本月未投入 {term.name}", f"{plant.id} was fed no {term.name}"
        )
    value = facts.amount(part) / amount
    return value, {s: (w - value * whole[s]) / amount for s, w in part.items()}


def _one_unit(facts: Facts, plant: Plant, role: str) -> None:
    units = {s.unit for s in facts.role_streams(plant, role)}
    if len(units) > 1:
        mixed = ", ".join(sorted(units))
        raise Missing(
            f"{role} 以 {mixed} 计量，不能相加，请改用热量",
            f"{role} is counted in {mixed}: ask for its heat",
        )


def _idle(plant: Plant) -> Missing:
    return Missing(f"{plant.id} 本月未运行", f"{plant.id} did not run")


def _price(
    facts: Facts,
    plant: Plant,
    indicator: Indicator,
    value: float,
    parts: tuple[float, Weights, Weights],
) -> float | None:
    denominator, up, down = parts
    if indicator.price_with == "numerator":
        return _worth(facts, up) / denominator / value if value else None
    if indicator.price_with == "denominator":
        share = 0.01 if indicator.unit == "%" else 1.0
        return share * _worth(facts, down) / denominator
    if indicator.price_with == "rent":
        rent = sum(facts.rent.get(u, 0.0) for u in plant.units)
        return rent / denominator / value if value else None
    return None


def _worth(facts: Facts, slopes: Weights) -> float:
    """Return what the streams of a quantity are worth at internal prices [CNY].

    A stream that lowers the quantity, as butts lower net carbon, counts against it.
    """
    stream, amounts = facts.network.stream, facts.month.amounts
    return sum(
        float(np.sign(w)) * amounts[s] * facts.price[stream[s].balance]
        for s, w in slopes.items()
        if stream[s].role == "unit"
    )


def theory(facts: Facts, plant: Plant, indicator: Indicator) -> float | None:
    """Return the limit of an indicator by stoichiometry or heat; None if unknown.

    The formula of the indicator says it, else the process kind of the unit.
    """
    if indicator.theory:
        try:
            return evaluate(facts, plant, formula(indicator.theory))[0]
        except Missing:
            return None
    for unit in plant.units if plant.scope == "unit" else ():
        ideal = facts.network.processes[unit].ideal
        for name, limit in ({} if ideal is None else ideal(_case(facts, unit))).items():
            if name in indicator.also:
                return in_unit(float(np.mean(limit)), _unit(name), indicator.unit)
    return None


def _unit(name: str) -> str:
    term = index_term(name)
    return "-" if term is None else term.unit


def _case(facts: Facts, unit: str) -> Case:
    content = facts.network.content_of(facts.fed, unit)
    told = {
        p: {c: np.asarray(v) for c, v in parts.items()} for p, parts in content.items()
    }
    return Case({}, told)


def in_unit(value: float, unit: str, wanted: str) -> float:
    """Return a figure in another unit; ``-`` and ``%`` are pure numbers.

    Parameters
    ----------
    value : float
        The figure [unit].
    unit, wanted : str
        Its unit, and the one asked for.

    Raises
    ------
    UnitError
        If they measure different things.

    Examples
    --------
    >>> in_unit(0.945, "-", "%"), round(in_unit(1.88946, "t/t", "kg/t"), 2)
    (94.5, 1889.46)
    """
    source, target = ("" if u in ("-", "1", "index") else u for u in (unit, wanted))
    if source == target:
        return value
    if {source, target} <= {"", "%"}:
        return value * 100.0 if target == "%" else value / 100.0
    scale, _ = factor(source, target)
    return value * scale
