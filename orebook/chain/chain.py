"""The chain: everything a book says about the group, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple, Self

from pydantic import Field

from orebook.chain.asset import Asset
from orebook.chain.calendar import Period
from orebook.chain.demand import DemandCharge
from orebook.chain.fields import Entry
from orebook.chain.group import Centre, Customer, Group, Place, Segment
from orebook.chain.indicator import Indicator, IndicatorClass
from orebook.chain.material import Material
from orebook.chain.people_entries import Person, Workflow
from orebook.chain.plant import (
    Draw,
    FixedCost,
    Limit,
    Meter,
    Outage,
    Piles,
    Route,
    Store,
    Unit,
)
from orebook.chain.series import PriceSeries
from orebook.chain.trade import Pricing, Purchase, Sale
from orebook.chain.tuned import Tuned
from orebook.errors import InputError


class Balance(NamedTuple):
    """What is balanced and priced: one material at one place."""

    material: str
    place: str

    def __str__(self) -> str:
        return f"{self.material}@{self.place}"


class Chain(Entry):
    """The group, its sites and its markets.

    Built by :func:`orebook.chain.read.read_book`, which has checked every reference;
    built by hand in tests. Nothing in it changes after that.
    """

    group: Group
    centres: tuple[Centre, ...]
    places: tuple[Place, ...]
    materials: tuple[Material, ...]
    units: tuple[Unit, ...] = ()
    stores: tuple[Store, ...] = ()
    routes: tuple[Route, ...] = ()
    piles: tuple[Piles, ...] = ()
    draws: tuple[Draw, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    sales: tuple[Sale, ...] = ()
    demand_charges: tuple[DemandCharge, ...] = ()
    limits: tuple[Limit, ...] = ()
    costs: tuple[FixedCost, ...] = ()
    assets: tuple[Asset, ...] = ()
    outages: tuple[Outage, ...] = ()
    meters: tuple[Meter, ...] = ()
    segments: tuple[Segment, ...] = ()
    customers: tuple[Customer, ...] = ()
    tuned: tuple[Tuned, ...] = ()
    people: tuple[Person, ...] = ()
    workflow: tuple[Workflow, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    classes: tuple[IndicatorClass, ...] = ()
    series: Mapping[str, PriceSeries] = Field(default_factory=dict)

    def model_copy(
        self, *, update: Mapping[str, Any] | None = None, deep: bool = False
    ) -> Self:
        """Return a copy with fields replaced; what was looked up before is forgotten.

        Parameters
        ----------
        update : mapping, optional
            Values by field.
        deep : bool
            Whether entries are copied too.
        """
        copied = super().model_copy(update=update, deep=deep)
        for name, found in vars(type(self)).items():
            if isinstance(found, cached_property):
                copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def material(self) -> dict[str, Material]:
        """Materials by id."""
        return {m.id: m for m in self.materials}

    @cached_property
    def centre(self) -> dict[str, Centre]:
        """Centres by id."""
        return {c.id: c for c in self.centres}

    @cached_property
    def unit(self) -> dict[str, Unit]:
        """Units by id."""
        return {u.id: u for u in self.units}

    @cached_property
    def place(self) -> dict[str, Place]:
        """Places by id."""
        return {p.id: p for p in self.places}

    @cached_property
    def deadlines(self) -> Workflow:
        """Deadlines of the reward workflow; those of a book without any otherwise."""
        return self.workflow[0] if self.workflow else Workflow()

    @cached_property
    def root(self) -> Centre:
        """The centre of the whole group."""
        return next(c for c in self.centres if c.parent is None)

    def lineage(self, centre: str) -> tuple[str, ...]:
        """Return ``centre`` and all above it, nearest first."""
        path = [centre]
        while (parent := self.centre[path[-1]].parent) is not None:
            path.append(parent)
        return tuple(path)

    def site_of(self, centre: str) -> str:
        """Return the site a centre belongs to (the group's id for group functions)."""
        line = self.lineage(centre)
        return next((c for c in line if self.centre[c].level == "site"), line[-1])

    def within(self, centre: str) -> tuple[str, ...]:
        """Return ``centre`` and every centre below it."""
        return tuple(c.id for c in self.centres if centre in self.lineage(c.id))


def good(text: str, place: str | None = None) -> Balance:
    """Read ``material@place``; a bare material lies at ``place``.

    Raises
    ------
    InputError
        If neither the text nor the owner names a place.

    Examples
    --------
    >>> good("alumina@port-silo")
    Balance(material='alumina', place='port-silo')
    """
    material, at, where = text.partition("@")
    if at:
        return Balance(material.strip(), where.strip())
    if place is None:
        raise InputError(
            f"'{text}' names no place; write material@place, for example {text}@yard"
        )
    return Balance(material.strip(), place)


def unit_price(
    contract: Pricing,
    series: Mapping[str, PriceSeries],
    period: Period,
    *,
    unit: str,
    sign: int,
    known_until: str | None = None,
) -> float:
    """Return the money per unit of a contract [CNY per unit, excl. VAT].

    Parameters
    ----------
    contract : Pricing
        Purchase or sale.
    series : mapping
        Price series by id.
    period : Period
        Period priced.
    unit : str
        Unit of the material, ``"t"`` and so on.
    sign : int
        +1 for a purchase (freight adds to the cost), -1 for a sale (freight reduces
        what we get).
    known_until : str, optional
        Month ``YYYY-MM`` after which nothing is known: a plan made before the month
        carries the last known value forward.
    """
    from orebook.chain.series import value_at

    per = f"CNY/{unit}"
    base = 0.0 if contract.price is None else contract.price.to(per)
    if contract.series is not None:
        base = value_at(series[contract.series], period.month, known_until=known_until)
    premium = 0.0 if contract.premium is None else contract.premium.to(per)
    freight = 0.0 if contract.freight is None else contract.freight.to(per)
    return base * contract.factor + premium + sign * freight


def capacity_share(outages: Iterable[Outage], unit: str, period: Period) -> float:
    """Return the share of ``period`` that ``unit`` can run, after known outages [-]."""
    lost = sum(
        outage.share * period.overlap_days(outage.first, outage.last)
        for outage in outages
        if outage.unit == unit
    )
    days = (period.last - period.first).days + 1
    return max(0.0, 1.0 - lost / days)
