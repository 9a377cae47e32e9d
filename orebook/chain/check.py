"""The rules between the entries of a book that no single field can show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from orebook.chain.assay import forms_above, matter
from orebook.chain.calendar import period
from orebook.chain.entries import Row
from orebook.chain.group import LEVELS, Centre, Group
from orebook.chain.locate import Path
from orebook.chain.material import Material, QualityLimit
from orebook.chain.measures import per_year, plain, quantity_mistakes
from orebook.chain.meters import METER_TYPES
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.plant import Limit, Meter, Outage, Route, Store, Unit
from orebook.chain.references import (
    Names,
    duplicate_mistakes,
    goods_of,
    reference_mistakes,
)
from orebook.chain.series import PriceSeries, month_before
from orebook.chain.trade import Purchase, Sale
from orebook.errors import Mistake, OrebookError
from orebook.quantity import Measure, Rate

_STALE_MONTHS = 12
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_OF = re.compile(r"[A-Za-z][\w-]*(/[A-Za-z][\w-]*)?$")
_ASSAY_SLACK = 1e-9


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


def cross_mistakes(rows: list[Row], context: Context) -> Iterator[Mistake]:
    """Yield what is wrong between the entries of a book.

    Parameters
    ----------
    rows : list of Row
        All entries, the mistaken ones too.
    context : Context
        What they refer to.
    """
    yield from duplicate_mistakes(rows)
    for row in rows:
        yield from reference_mistakes(row, context.names)
        if row.entry is not None:
            yield from _row_mistakes(row, context)
    yield from centre_mistakes(rows)
    yield from store_mistakes(rows)


def _row_mistakes(row: Row, context: Context) -> Iterator[Mistake]:
    wrong = []
    for unit in _units(row, context):
        wrong = list(quantity_mistakes(row, unit))
        yield from wrong
        if wrong:
            return
    for check in _CHECKS.get(row.section, ()):
        yield from check(row, context)


def _units(row: Row, context: Context) -> list[str]:
    """Return the unit of measure of what an entry deals in, each once."""
    if isinstance(row.entry, Limit):
        return [row.entry.unit]
    if isinstance(row.entry, Material):
        return [row.entry.unit]
    if row.section in {"costs", "units", "outages", "meters"}:
        return ["t"]
    found = [
        context.materials[m].unit for m, _ in goods_of(row) if m in context.materials
    ]
    return list(dict.fromkeys(found))


def _assay(row: Row, _: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Material)
    total = matter(entry.assay)
    if total > 1.0 + _ASSAY_SLACK:
        yield row.mistake(
            ("assay",),
            f"sums to {100 * total:.6g} %",
            "at most 100 % in all",
            "correct the components; elements and their oxides count only once",
            value=", ".join(f"{k} {100 * v:g} %" for k, v in entry.assay.items()),
        )
    for base, forms in forms_above(entry.assay).items():
        yield row.mistake(
            ("assay", base),
            f"is exceeded by its forms {base}_..., {100 * forms:.6g} % in all",
            f"at least {100 * forms:.6g} %",
            "correct the assay",
        )


def _unit_feeds(row: Row, context: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Unit)
    yield from _quality(row, "feed_limits", entry.feed_limits, context)
    for index, text in enumerate(entry.feed):
        if text in entry.feed[:index]:
            yield row.mistake(
                ("feed", index), "stands twice", "each feed once", "remove it"
            )


def _quality(
    row: Row, name: str, limits: list[QualityLimit], context: Context
) -> Iterator[Mistake]:
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
        for component in limit.of.split("/"):
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
            found[side] = value.to("")
        except OrebookError:
            yield row.mistake(
                (*path, side),
                f"is in {value.unit}",
                "a mass fraction or a ratio",
                'write for example "2.5 %"',
            )
            return
    if not found:
        yield row.mistake(path, "limits nothing", "min, max or both", "add min or max")
    if "/" not in limit.of and found.get("max", 0.0) > 1.0:
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


def _store(row: Row, context: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Store)
    unit = next(iter(_units(row, context)), None)
    if unit is not None:
        capacity = entry.capacity.to(unit)
        for name in ("minimum", "opening"):
            value = getattr(entry, name)
            if value is not None and value.to(unit) > capacity:
                yield row.mistake(
                    (name,),
                    f"is above the capacity of {entry.capacity}",
                    "at most the capacity",
                    "correct one of the two",
                )
    if entry.end == "value" and entry.end_value is None:
        yield row.mistake(
            ("end_value",),
            "is missing, though end is 'value'",
            "a price per unit",
            'add end_value = "420 CNY/t"',
        )
    if entry.end != "value" and entry.end_value is not None:
        yield row.mistake(
            ("end_value",),
            f"has no effect, for end is '{entry.end}'",
            'end = "value"',
            'set end = "value" or remove end_value',
        )


def _route(row: Row, _: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Route)
    if entry.start == entry.end:
        yield row.mistake(
            ("end",),
            "is where the route starts",
            "another place",
            "correct start or end",
        )


def _contract(row: Row, context: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, (Purchase, Sale))
    units = _units(row, context)
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
        yield from _range(row, unit, "min", "max")
        yield from _range(row, unit, "take_or_pay", "max")
        yield from _tiers(row, entry, unit)
    if isinstance(entry, Sale):
        yield from _quality(row, "spec", entry.spec, context)


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


def _range(row: Row, unit: str, low: str, high: str) -> Iterator[Mistake]:
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


def _limit(row: Row, _: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Limit)
    if entry.min is None and entry.max is None:
        yield row.mistake((), "limits nothing", "min, max or both", "add max or min")
    yield from _range(row, entry.unit, "min", "max")


def _outage(row: Row, _: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Outage)
    if entry.first > entry.last:
        yield row.mistake(
            ("first",),
            f"is after last = {entry.last}",
            "first at most last",
            "exchange or correct the dates",
        )
    for name in ("first", "last"):
        year = getattr(entry, name).year
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            yield row.mistake(
                (name,),
                f"lies in the year {year}",
                f"a year of {_FIRST_YEAR} to {_LAST_YEAR}",
                "correct it",
            )


def _meter(row: Row, context: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Meter)
    if entry.type not in METER_TYPES and entry.sd is None:
        yield row.mistake(
            ("type",),
            f"no type of meter is called '{entry.type}'",
            f"one of {listed(METER_TYPES)}",
            did_you_mean(entry.type, METER_TYPES, 'state its error: sd = "1 %"'),
        )
    head, _, tail = entry.reads.partition(":")
    if head == "stock" and not context.names.has("stores", tail):
        yield row.mistake(
            ("reads",),
            f"no store is called '{tail}'",
            f"one of {listed(context.names.all('stores'))}",
            did_you_mean(tail, context.names.all("stores"), "add it to [[stores]]"),
        )
    if head == "assay":
        component = tail.rpartition(":")[2]
        if context.components and component not in context.components:
            yield row.mistake(
                ("reads",),
                f"no assay has the component '{component}'",
                "assay:STREAM:COMPONENT",
                did_you_mean(component, context.components, "add it to an assay"),
            )


Check = Callable[[Row, Context], Iterator[Mistake]]
_CHECKS: Mapping[str, tuple[Check, ...]] = {
    "materials": (_assay,),
    "units": (_unit_feeds,),
    "stores": (_store,),
    "routes": (_route,),
    "purchases": (_contract,),
    "sales": (_contract,),
    "limits": (_limit,),
    "outages": (_outage,),
    "meters": (_meter,),
}


def store_mistakes(rows: Iterable[Row]) -> Iterator[Mistake]:
    """Yield stores of a good that another store holds already."""
    first: dict[str, Row] = {}
    for row in rows:
        if isinstance(row.entry, Store):
            other = first.setdefault(row.entry.good.replace(" ", ""), row)
            if other is not row:
                yield row.mistake(
                    ("good",),
                    f"is held by the store '{other.id}' already, in "
                    f"{other.source.file}:{other.line}",
                    "one store for each good",
                    "give the second store a place of its own",
                )


def centre_mistakes(rows: Iterable[Row]) -> Iterator[Mistake]:
    """Yield what keeps the centres from being one tree of group, site, plant, ..."""
    centres = {r.id: r for r in rows if r.section == "centres" and r.id}
    roots = [r for r in centres.values() if "parent" not in r.raw]
    if centres and not roots:
        first = next(iter(centres.values()))
        yield first.mistake(
            ("parent",),
            "leaves no centre at the top",
            "one centre of level group without parent",
            "remove the parent of the centre of the group",
        )
    for row in roots[1:]:
        yield row.mistake(
            ("parent",),
            f"is missing; '{roots[0].id}' has no parent either",
            "one centre without parent",
            f'add parent = "{roots[0].id}"',
        )
    for row in centres.values():
        if isinstance(row.entry, Centre) and row not in roots[1:]:
            yield from _level(row, row.entry, centres)


def _level(row: Row, entry: Centre, centres: Mapping[str, Row]) -> Iterator[Mistake]:
    if entry.parent is None:
        if entry.level != "group":
            yield row.mistake(
                ("level",),
                "cannot stand at the top",
                'level = "group"',
                "add its parent, or make it the group",
            )
        return
    if _circular(row.id, centres):
        yield row.mistake(
            ("parent",),
            "makes a circle",
            "a tree of centres",
            "name the centre above it",
        )
        return
    above = centres[entry.parent].entry if entry.parent in centres else None
    if isinstance(above, Centre) and LEVELS.index(entry.level) <= LEVELS.index(
        above.level
    ):
        yield row.mistake(
            ("level",),
            f"cannot stand below '{above.id}' of level {above.level}",
            f"one of {', '.join(LEVELS[LEVELS.index(above.level) + 1 :]) or 'none'}",
            "correct the level or the parent",
        )


def _circular(centre: str, centres: Mapping[str, Row]) -> bool:
    seen, here = {centre}, centres[centre].raw.get("parent")
    while isinstance(here, str) and here in centres:
        if here == centre:
            return True
        if here in seen:
            return False
        seen.add(here)
        here = centres[here].raw.get("parent")
    return False
