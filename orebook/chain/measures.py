"""Does every quantity of a book have the unit, the sign and the size it should have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from orebook.chain.entries import Row
from orebook.chain.fields import Entry
from orebook.chain.locate import Path
from orebook.errors import Mistake, UnitError
from orebook.quantity import Measure, Rate, rate

YEAR_HOURS = 8760.0
_LARGEST: Mapping[str, float] = {"t": 1e9, "MWh": 1e10, "GJ": 1e10, "m3": 1e11}
"""Beyond any plant: the world mines 0.4e9 t of bauxite and uses 3e10 MWh a year."""
_LARGEST_MONEY = 1e12
_LARGEST_PRICE = 1e10


@dataclass(frozen=True, slots=True)
class Form:
    """What a quantity must look like.

    Parameters
    ----------
    name : str
        Field of the entry; ``tiers.above`` for the field of each item of a list.
    unit : str
        Unit, ``{u}`` standing for that of the material.
    per_time : bool
        True for an amount per time.
    signed : bool
        True where it may be below zero.
    """

    name: str
    unit: str
    per_time: bool = False
    signed: bool = False


_PRICES = (
    Form("price", "CNY/{u}", signed=True),
    Form("premium", "CNY/{u}", signed=True),
    Form("freight", "CNY/{u}"),
    Form("min", "{u}", per_time=True),
    Form("max", "{u}", per_time=True),
    Form("tiers.above", "{u}", per_time=True),
    Form("tiers.extra", "CNY/{u}", signed=True),
)
_LOT = Form("lot", "{u}")
FORMS: Mapping[str, tuple[Form, ...]] = {
    "units": (
        Form("on_off.start_cost", "CNY"),
        Form("on_off.stop_cost", "CNY"),
        Form("on_off.running_cost", "CNY", per_time=True),
        Form("on_off.minimum_run", "h"),
        Form("on_off.minimum_stop", "h"),
        Form("batch.time", "h"),
    ),
    "materials": (Form("heat", "GJ/{u}"), Form("hours", "h", per_time=True)),
    "stores": (
        Form("capacity", "{u}"),
        Form("minimum", "{u}"),
        Form("opening", "{u}"),
        Form("holding_cost", "CNY/{u}/month"),
        Form("end_value", "CNY/{u}", signed=True),
    ),
    "piles": (
        Form("capacity", "{u}"),
        Form("least", "{u}"),
        Form("opening", "{u}"),
        Form("building_cost", "CNY/{u}"),
        Form("reclaiming_cost", "CNY/{u}"),
        Form("holding_cost", "CNY/{u}/month"),
        Form("end_value", "CNY/{u}", signed=True),
    ),
    "routes": (Form("capacity", "{u}", per_time=True), Form("cost", "CNY/{u}"), _LOT),
    "draws": (Form("amount", "{u}", per_time=True),),
    "purchases": (
        *_PRICES,
        Form("take_or_pay", "{u}", per_time=True),
        Form("shortfall_price", "CNY/{u}"),
        Form("bands.extra", "CNY/{u}", signed=True),
        _LOT,
    ),
    "demand_charges": (Form("price", "CNY/kW/month"), Form("least", "kW")),
    "sales": (*_PRICES, _LOT),
    "limits": (
        Form("max", "{u}", per_time=True, signed=True),
        Form("min", "{u}", per_time=True, signed=True),
    ),
    "costs": (Form("amount", "CNY", per_time=True),),
    "assets": (Form("net_value", "CNY"),),
    "centres": (Form("hours", "h", per_time=True),),
}
"""Quantities by section; the unit of a material fills ``{u}``."""


def quantity_mistakes(row: Row, unit: str) -> Iterator[Mistake]:
    """Yield what is wrong with the quantities of an entry.

    Parameters
    ----------
    row : Row
        A row that is right in itself.
    unit : str
        Unit of the material it deals in, ``"t"``.
    """
    for form in FORMS.get(row.section, ()):
        for path, value in values(row, form.name):
            if told := problem(value, form, unit):
                yield row.mistake(path, *told)


def values(row: Row, name: str) -> Iterator[tuple[Path, Measure | Rate]]:
    """Yield each value of a field with its path; ``list.field`` walks a list."""
    head, _, tail = name.partition(".")
    value = getattr(row.entry, head, None)
    items: list[tuple[Path, object]]
    if not tail:
        items = [((head,), value)]
    elif isinstance(value, Entry):
        items = [((head, tail), getattr(value, tail))]
    else:
        items = [
            ((head, i, tail), getattr(item, tail)) for i, item in enumerate(value or ())
        ]
    for path, found in items:
        if isinstance(found, (Measure, Rate)):
            yield path, found


def problem(
    value: Measure | Rate, form: Form, unit: str
) -> tuple[str, str, str] | None:
    """Return problem, expectation and remedy of a quantity, None where it is right."""
    wanted = form.unit.replace("{u}", unit)
    try:
        number = per_year(value, wanted) if form.per_time else plain(value, wanted)
    except UnitError as error:
        return _wrong_unit(value, wanted, form.per_time, str(error))
    if number < 0 and not form.signed:
        return "is negative", f"a quantity in {wanted}, at least 0", "correct the sign"
    largest = _largest(wanted)
    if abs(number) > largest:
        per = f"{wanted}/a" if form.per_time else wanted
        return (
            f"is {number:.3g} {per}, beyond anything real",
            f"at most {largest:g} {per}",
            "check the number and its unit",
        )
    return None


def per_year(value: Measure | Rate, unit: str) -> float:
    """Return an amount per time as an amount per year of 8760 h [unit/a].

    Examples
    --------
    >>> per_year(Measure(10.0, "kt/month"), "t")
    120000.0
    """
    found = value if isinstance(value, Rate) else rate_of(value, unit)
    return found.in_hours(YEAR_HOURS, 12.0)


@lru_cache(maxsize=8192)
def rate_of(value: Measure, unit: str) -> Rate:
    """Return a measure of the book as an amount per time.

    Raises
    ------
    UnitError
        If it has no time or another dimension.

    Examples
    --------
    >>> rate_of(Measure(2.0, "Mt/a"), "t")
    Rate(amount=2000000.0, per='a')
    """
    return rate(f"{value.number!r} {value.unit}", unit)


def plain(value: Measure | Rate, unit: str) -> float:
    """Return a measure in a unit; a rate stands for its amount."""
    return value.amount if isinstance(value, Rate) else value.to(unit)


def _largest(unit: str) -> float:
    if unit in _LARGEST:
        return _LARGEST[unit]
    return _LARGEST_MONEY if unit == "CNY" else _LARGEST_PRICE


def _wrong_unit(
    value: Measure | Rate, wanted: str, per_time: bool, error: str
) -> tuple[str, str, str]:
    per = f"{wanted}/a" if per_time else wanted
    if isinstance(value, Rate):
        return error, f"a quantity in {per}", f'write for example "1 {per}"'
    has = f"is in {value.unit}" if value.unit else "has no unit"
    if per_time and "no time" in error:
        has = "is not per time"
    return (
        has,
        f"a quantity in {wanted}{' per time' if per_time else ''}",
        f'write for example "{value.number:g} {per}"',
    )
