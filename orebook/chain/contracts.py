"""Checks of contracts: prices, ranges, tiers and the quality of what is traded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orebook.chain.calendar import period
from orebook.chain.entries import Row
from orebook.chain.group import Group
from orebook.chain.locate import Path
from orebook.chain.material import HEAT, Material, QualityLimit
from orebook.chain.measures import per_year, plain
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.plant import Limit
from orebook.chain.references import Names, goods_of
from orebook.chain.series import PriceSeries, month_before
from orebook.chain.trade import Purchase, Sale
from orebook.chain.whole_check import band_mistakes, lot_mistakes
from orebook.errors import Mistake, OrebookError
from orebook.quantity import Measure, Rate

_STALE_MONTHS = 12
_OF = re.compile(r"[A-Za-z][\w-]*(/[A-Za-z][\w-]*)?$")


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks of one entry may look at.

    Parameters
    ----------
    names : Names
        Every id of the book.
    materials : mapping
        Materials that are right in themselves, by id.
    series : mapping
        Price series that could be read, by id.
    group : Group or None
        The group; None where it is mistaken.
    components : frozenset of str
        Every component any assay names; empty where nobody can know.
    """

    names: Names
    materials: Mapping[str, Material]
    series: Mapping[str, PriceSeries]
    group: Group | None
    components: frozenset[str]


_IN_TONNES = frozenset({
    "costs", "assets", "centres", "units", "outages", "meters", "indicators",
})  # fmt: skip
"""Sections that deal in no material: any unit of one will do."""


def units_of(row: Row, context: Context) -> list[str]:
    """Return the unit of measure of what an entry deals in, each once."""
    if isinstance(row.entry, Limit):
        return [row.entry.unit]
    if isinstance(row.entry, Material):
        return [row.entry.unit]
    if row.section in _IN_TONNES:
        return ["t"]
    if row.section == "demand_charges":
        return ["MWh"]
    found = [
        context.materials[m].unit for m, _ in goods_of(row) if m in context.materials
    ]
    return list(dict.fromkeys(found))


def contract_mistakes(row: Row, context: Context) -> Iterator[Mistake]:
    """Yield what is wrong with a purchase or a sale."""
    entry = row.entry
    assert isinstance(entry, (Purchase, Sale))
    units = units_of(row, context)
    if len(units) > 1:
        yield row.mistake(
            ("goods",),
            f"are counted in {listed(units)}",
            "one unit",
            "make one sale for each unit",
        )
        return
    yield from _priced(row, entry, context, units)
    for unit in units:
        yield from range_mistakes(row, unit, "min", "max")
        yield from range_mistakes(row, unit, "take_or_pay", "max")
        yield from _tiers(row, entry, unit)
        yield from lot_mistakes(row, unit)
        if isinstance(entry, Purchase):
            yield from band_mistakes(row, unit)
    if isinstance(entry, Purchase):
        yield from _shortfall(row, entry)
    if isinstance(entry, Sale):
        yield from _goods(row, entry)
        yield from quality_mistakes(row, "spec", entry.spec, context)


def _shortfall(row: Row, entry: Purchase) -> Iterator[Mistake]:
    if entry.shortfall_price is not None and entry.take_or_pay is None:
        yield row.mistake(
            ("shortfall_price",),
            "has no effect, for there is no take_or_pay",
            "a least quantity",
            'add take_or_pay = "95 GWh/month" or remove it',
        )


def _goods(row: Row, entry: Sale) -> Iterator[Mistake]:
    materials = [text.partition("@")[0].strip() for text in entry.goods]
    for index, material in enumerate(materials):
        if material in materials[:index]:
            yield row.mistake(
                ("goods", index),
                f"sells '{material}' a second time",
                "each material once in a sale",
                "make another sale for the other place",
            )


def _priced(
    row: Row, entry: Purchase | Sale, context: Context, units: list[str]
) -> Iterator[Mistake]:
    if entry.price is None and entry.series is None:
        yield row.mistake(
            ("price",),
            "is missing, and so is series",
            "a price or a series",
            'add price = "420 CNY/t" or series = "NAME"',
        )
    if entry.price is not None and entry.series is not None:
        yield row.mistake(
            ("price",),
            f"stands beside series = '{entry.series}'",
            "a price or a series, not both",
            "remove one; a mark-up on a series is called premium",
        )
    series = context.series.get(entry.series or "")
    if series is None:
        return
    for unit in units:
        if series.unit != f"CNY/{unit}":
            yield row.mistake(
                ("series",),
                f"is in {series.unit}; the material is counted in {unit}",
                f"a series in CNY/{unit}",
                "convert the series when importing it",
            )
    if series.basis != "excl_vat":
        yield row.mistake(
            ("series",),
            "includes value added tax",
            "a series with basis excl_vat",
            "divide the values by 1 + VAT rate and write basis: excl_vat",
        )
    if context.group is not None:
        yield from _covered(row, series, context.group)


def _covered(row: Row, series: PriceSeries, group: Group) -> Iterator[Mistake]:
    first = period(group.first_period).month
    before = month_before(first)
    begins, ends = series.values[0][0], series.values[-1][0]
    oldest = month_before(first, months=_STALE_MONTHS)
    if begins > before:
        yield row.mistake(
            ("series",),
            f"begins in {begins}, no month before the first period {first}",
            f"a value for {before} or earlier",
            "import earlier prices, or move first_period in group.toml",
        )
    elif ends < oldest:
        yield row.mistake(
            ("series",),
            f"ends in {ends}, long before the first period {first}",
            f"values up to {before}",
            "import the prices since",
        )


def range_mistakes(row: Row, unit: str, low: str, high: str) -> Iterator[Mistake]:
    """Yield a least amount above the most, both per time in ``unit``."""
    least, most = getattr(row.entry, low, None), getattr(row.entry, high, None)
    if least is None or most is None:
        return
    if per_year(least, unit) > per_year(most, unit) * (1 + 1e-12):
        yield row.mistake(
            (low,),
            f"is above {high} = {_text(most)}",
            f"{low} at most {high}",
            "exchange or correct them",
        )


def _text(value: Measure | Rate) -> str:
    return f"{value.amount:g}/{value.per}" if isinstance(value, Rate) else str(value)


def _tiers(row: Row, entry: Purchase | Sale, unit: str) -> Iterator[Mistake]:
    """Tiers rise for a purchase and fall for a sale; else integers would be needed."""
    sign = 1.0 if isinstance(entry, Purchase) else -1.0
    word = ("rise", "at least") if sign > 0 else ("fall", "at most")
    above = [per_year(t.above, unit) for t in entry.tiers]
    extra = [sign * plain(t.extra, f"CNY/{unit}") for t in entry.tiers]
    for i in range(len(above)):
        if i and above[i] <= above[i - 1]:
            yield row.mistake(
                ("tiers", i, "above"),
                "is not above the tier before it",
                "tiers in rising order of above",
                "put them in order",
            )
        if extra[i] < (extra[i - 1] if i else 0.0):
            yield row.mistake(
                ("tiers", i, "extra"),
                f"makes the price {'fall' if sign > 0 else 'rise'} "
                "with the amount, which would need integers in the plan",
                f"extras that {word[0]}, {word[1]} 0",
                "correct the sign, or make two contracts with max",
            )


def quality_mistakes(
    row: Row, name: str, limits: list[QualityLimit], context: Context
) -> Iterator[Mistake]:
    """Yield what is wrong with the quality limits in a field of an entry."""
    for index, limit in enumerate(limits):
        path: Path = (name, index)
        if not _OF.match(limit.of):
            yield row.mistake(
                (*path, "of"),
                "is no component or ratio",
                "a component, or component/component",
                "write for example Al2O3/SiO2",
            )
            continue
        for component in () if limit.of == HEAT else limit.of.split("/"):
            if context.components and component not in context.components:
                yield row.mistake(
                    (*path, "of"),
                    f"no assay has the component '{component}'",
                    f"one of {listed(context.components)}",
                    did_you_mean(
                        component,
                        context.components,
                        "add it to the assays in materials.toml",
                    ),
                )
        yield from _quality_range(row, path, limit)


def _quality_range(row: Row, path: Path, limit: QualityLimit) -> Iterator[Mistake]:
    sides = {"min": limit.min, "max": limit.max}
    found: dict[str, float] = {}
    for side, value in sides.items():
        if value is None:
            continue
        try:
            found[side] = value.to(limit.unit)
        except OrebookError:
            heat = limit.of == HEAT
            yield row.mistake(
                (*path, side),
                f"is in {value.unit or 'no unit'}",
                "a heating value in GJ/t" if heat else "a mass fraction or a ratio",
                f'write for example "{"19.5 GJ/t" if heat else "2.5 %"}"',
            )
            return
    if not found:
        yield row.mistake(path, "limits nothing", "min, max or both", "add min or max")
    if limit.of != HEAT and "/" not in limit.of and found.get("max", 0.0) > 1.0:
        yield row.mistake(
            (*path, "max"),
            "is above 100 %",
            "a share of 0 % to 100 %",
            'write for example "2.5 %"',
        )
    if len(found) == 2 and found["min"] > found["max"]:
        yield row.mistake(
            (*path, "min"),
            f"is above max = {limit.max}",
            "min at most max",
            "exchange or correct them",
        )
