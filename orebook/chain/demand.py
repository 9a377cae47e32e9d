"""Demand charges: what is paid for the highest load of a month, and their checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from orebook.chain.fields import AnyMeasure, Entry, Fraction, Id, Number
from orebook.chain.material import HOURS_PER_DAY, Material
from orebook.chain.trade import Purchase
from orebook.errors import Mistake

if TYPE_CHECKING:
    from orebook.chain.entries import Row

__all__ = ["DemandCharge", "band_mistakes", "demand_mistakes"]


class DemandCharge(Entry):
    """A charge on the highest load of a month (``[[demand_charges]]``).

    Billed is the highest of the mean loads of the tariff bands, over all of
    ``purchases`` together, but not less than ``least``; purchases of power without
    hours count in every band. ``peak_to_mean`` lifts the mean of a band to its highest
    quarter of an hour. Where price and ``least`` are per kVA, ``power_factor`` is kW
    per kVA.
    """

    id: Id
    name: str
    name_en: str
    centre: Id
    purchases: list[Id] = Field(min_length=1)
    price: AnyMeasure = Field(description="per load and month, excl. VAT")
    least: AnyMeasure | None = Field(default=None, description="least load paid for")
    peak_to_mean: Number = 1.0
    power_factor: Fraction = 1.0

    @property
    def per_mean(self) -> float:
        """Billed load per mean load of a band [kW/kW, or kVA/kW]."""
        return self.peak_to_mean / self.power_factor

    @property
    def least_kw(self) -> float:
        """Least load paid for [kW or kVA]."""
        return 0.0 if self.least is None else self.least.to("kW")

    @property
    def price_cny(self) -> float:
        """Price of a kW (or kVA) in a month [CNY/kW/month]."""
        return self.price.to("CNY/kW/month")


def band_mistakes(row: Row) -> Iterator[Mistake]:
    """Yield what is wrong with the hours of a tariff band."""
    entry = row.entry
    if not isinstance(entry, Material) or entry.hours is None:
        return
    if entry.unit != "MWh":
        yield row.mistake(
            ("hours",),
            f"stands with a material counted in {entry.unit}",
            "hours with power, counted in MWh",
            'remove hours, or set unit = "MWh"',
        )
    elif not 0.0 < entry.day_hours <= HOURS_PER_DAY:
        yield row.mistake(
            ("hours",),
            f"is {entry.day_hours:g} hours a day",
            "more than 0 h/d and at most 24 h/d",
            'write for example "8 h/d"',
        )


def demand_mistakes(
    rows: Iterable[Row], materials: Mapping[str, Material]
) -> Iterator[Mistake]:
    """Yield demand charges on purchases that carry no load, or on another centre's."""
    kept = list(rows)
    bought = {r.id: r.entry for r in kept if isinstance(r.entry, Purchase)}
    for row in kept:
        charge = row.entry
        if not isinstance(charge, DemandCharge):
            continue
        yield from _ratio_mistakes(row, charge)
        for index, name in enumerate(charge.purchases):
            purchase = bought.get(name)
            told = None if purchase is None else _unfit(charge, purchase, materials)
            if name in charge.purchases[:index]:
                told = "stands twice", "each purchase once", "remove it"
            if told is not None:
                yield row.mistake(("purchases", index), *told)


def _ratio_mistakes(row: Row, charge: DemandCharge) -> Iterator[Mistake]:
    if charge.peak_to_mean < 1.0:
        yield row.mistake(
            ("peak_to_mean",),
            "is below 1, yet no highest load lies below its mean",
            "at least 1",
            "write the highest quarter of an hour over the mean, for example 1.05",
        )
    if charge.power_factor <= 0.0:
        yield row.mistake(
            ("power_factor",),
            "is not above 0",
            "kW per kVA, at most 1",
            "write for example 0.95; leave it out where the price is per kW",
        )


def _unfit(
    charge: DemandCharge, purchase: Purchase, materials: Mapping[str, Material]
) -> tuple[str, str, str] | None:
    """Return why a purchase cannot stand behind a charge; None where it can."""
    name = purchase.good.partition("@")[0].strip()
    material = materials.get(name)
    if material is not None and material.unit != "MWh":
        return (
            f"buys '{name}', counted in {material.unit}",
            "purchases of power, counted in MWh",
            "name a purchase of power",
        )
    if purchase.centre != charge.centre:
        return (
            f"belongs to '{purchase.centre}', the charge to '{charge.centre}'",
            "one centre that pays for energy and demand",
            f'set centre = "{purchase.centre}"',
        )
    return None
