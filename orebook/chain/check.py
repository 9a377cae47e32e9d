"""The rules between the entries of a book that no single field can show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from orebook.chain.assay import forms_above, matter
from orebook.chain.asset import Asset
from orebook.chain.calendar import period
from orebook.chain.contracts import (
    Context,
    contract_mistakes,
    quality_mistakes,
    range_mistakes,
    units_of,
)
from orebook.chain.demand import band_mistakes, demand_mistakes
from orebook.chain.entries import Row
from orebook.chain.indicator_check import indicator_mistakes
from orebook.chain.material import Material
from orebook.chain.measures import quantity_mistakes
from orebook.chain.meters import METER_TYPES
from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.people import people_mistakes
from orebook.chain.plant import Limit, Meter, Outage, Piles, Route, Store, Unit
from orebook.chain.references import (
    duplicate_mistakes,
    reference_mistakes,
)
from orebook.chain.trade import Sale
from orebook.chain.tree import centre_mistakes
from orebook.chain.tuning import tuned_mistakes
from orebook.chain.whole_check import lot_mistakes, unit_whole_mistakes
from orebook.errors import Mistake

_WORDED = ("name", "name_en", "category")
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_ASSAY_SLACK = 1e-9


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
        yield from _blank(row)
        if row.entry is not None:
            yield from _row_mistakes(row, context)
    yield from centre_mistakes(rows)
    yield from store_mistakes(rows)
    yield from tuned_mistakes(rows)
    yield from people_mistakes(rows)
    yield from demand_mistakes(rows, context.materials)


def _blank(row: Row) -> Iterator[Mistake]:
    for name in _WORDED:
        value = row.raw.get(name)
        if isinstance(value, str) and not value.strip() and row.section != "site":
            yield row.mistake((name,), "is empty", "a text", f"fill {name}")
    if isinstance(row.raw.get("people"), bool):
        yield row.mistake(
            ("people",),
            "is true or false",
            "a whole number",
            "write the head count",
        )


def _row_mistakes(row: Row, context: Context) -> Iterator[Mistake]:
    wrong = []
    units = units_of(row, context)
    if isinstance(row.entry, Sale) and len(units) > 1:
        units = []  # reported with the contract
    for unit in units:
        wrong = list(quantity_mistakes(row, unit))
        yield from wrong
        if wrong:
            return
    for check in _CHECKS.get(row.section, ()):
        yield from check(row, context)


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
    yield from quality_mistakes(row, "feed_limits", entry.feed_limits, context)
    yield from unit_whole_mistakes(row)
    feeds = [text.partition("@")[0].strip() for text in entry.feed]
    for index, material in enumerate(feeds):
        if material in feeds[:index]:
            yield row.mistake(
                ("feed", index), "stands twice", "each material once", "remove it"
            )
    for index, name in enumerate(entry.expected):
        if name not in entry.limits:
            yield row.mistake(
                ("expected", index),
                f"the unit has no limit '{name}'",
                f"one of {listed(entry.limits)}",
                did_you_mean(name, entry.limits, "add it to limits"),
            )


def _store(row: Row, context: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, (Store, Piles))
    unit = next(iter(units_of(row, context)), None)
    if unit is not None:
        capacity = entry.capacity.to(unit)
        for name in ("minimum", "least", "opening"):
            value = getattr(entry, name, None)
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
    yield from _opening_assay(row, entry, context)


def _opening_assay(
    row: Row, entry: Store | Piles, context: Context
) -> Iterator[Mistake]:
    material = entry.good.partition("@")[0].strip()
    known = context.materials.get(material)
    if known is None:
        return
    if not known.mixed and (entry.assay or isinstance(entry, Piles)):
        what = "assay" if isinstance(entry, Store) else "good"
        yield row.mistake(
            (what,),
            f"needs a mixed material, and '{material}' is not mixed",
            f"mixed = true for '{material}' in materials.toml",
            f"set mixed = true for '{material}', or remove {what}",
            value=material,
        )
    for component in entry.assay:
        if context.components and component not in context.components:
            yield row.mistake(
                ("assay", component),
                f"no other assay has the component '{component}'",
                f"one of {listed(context.components)}",
                did_you_mean(component, context.components, "add it to an assay"),
            )


def _route(row: Row, context: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Route)
    for unit in units_of(row, context)[:1]:
        yield from lot_mistakes(row, unit)
    for index, material in enumerate(entry.materials):
        if material in entry.materials[:index]:
            yield row.mistake(
                ("materials", index), "stands twice", "each material once", "remove it"
            )
    if entry.start == entry.end:
        yield row.mistake(
            ("end",),
            "is where the route starts",
            "another place",
            "correct start or end",
        )


def _limit(row: Row, _: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Limit)
    if entry.min is None and entry.max is None:
        yield row.mistake((), "limits nothing", "min, max or both", "add max or min")
    yield from range_mistakes(row, entry.unit, "min", "max")


def _asset(row: Row, _: Context) -> Iterator[Mistake]:
    entry = row.entry
    assert isinstance(entry, Asset)
    if entry.since is None or entry.until is None:
        return
    if period(entry.until).last < period(entry.since).first:
        yield row.mistake(
            ("until",),
            f"is before since = {entry.since}",
            "a period at or after since",
            "exchange or correct the two",
        )


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
    "materials": (_assay, lambda row, _: band_mistakes(row)),
    "units": (_unit_feeds,),
    "stores": (_store,),
    "piles": (_store,),
    "routes": (_route,),
    "purchases": (contract_mistakes,),
    "sales": (contract_mistakes,),
    "limits": (_limit,),
    "assets": (_asset,),
    "outages": (_outage,),
    "indicators": (indicator_mistakes,),
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
