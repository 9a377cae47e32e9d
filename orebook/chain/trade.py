"""Contracts with the outside: purchases with tiers, sales with demand and specs."""

from __future__ import annotations

from pydantic import Field

from orebook.chain.fields import AnyMeasure, AnyRate, Entry, Good, Id, Number
from orebook.chain.material import QualityLimit
from orebook.chain.whole import Band, BandIndex


class Pricing(Entry):
    """How a contract is priced: a fixed price, or a series with factor and premium."""

    price: AnyMeasure | None = Field(default=None, description="fixed, excl. VAT")
    series: Id | None = Field(default=None, description="price series in market/prices")
    factor: Number = 1.0
    premium: AnyMeasure | None = None
    freight: AnyMeasure | None = Field(default=None, description="paid by us")


class Tier(Entry):
    """A step of a tiered price: amounts beyond ``above`` cost ``extra`` more."""

    above: AnyRate
    extra: AnyMeasure


class Purchase(Pricing):
    """A purchase contract or market (``[[purchases]]``)."""

    id: Id
    name: str
    name_en: str
    centre: Id
    good: Good
    supplier: Id | None = None
    min: AnyRate | None = None
    max: AnyRate | None = None
    take_or_pay: AnyRate | None = Field(
        default=None, description="least quantity paid for"
    )
    shortfall_price: AnyMeasure | None = Field(
        default=None,
        description="paid per unit short of take_or_pay; the whole price if absent",
    )
    spot: bool = Field(
        default=False, description="at the price of the day; counts as spot exposure"
    )
    expected: bool = Field(
        default=False, description="max expected to hold the group back"
    )
    tiers: list[Tier] = Field(default_factory=list)
    lot: AnyMeasure | None = Field(default=None, description="bought in whole lots")
    bands: list[Band] = Field(
        default_factory=list, description="step tariff on all units: a cliff, no slope"
    )
    index: BandIndex | None = Field(
        default=None, description="what the bands look at; the amount bought otherwise"
    )


class Sale(Pricing):
    """A sales contract or market (``[[sales]]``).

    Several goods may serve one sale; ``spec`` then limits the quality of the blend.
    """

    id: Id
    name: str
    name_en: str
    centre: Id
    goods: list[Good] = Field(min_length=1)
    customer: Id | None = None
    segment: Id | None = None
    min: AnyRate | None = None
    max: AnyRate | None = None
    spec: list[QualityLimit] = Field(default_factory=list)
    expected: bool = Field(
        default=False, description="max expected to hold the group back"
    )
    tiers: list[Tier] = Field(default_factory=list)
    lot: AnyMeasure | None = Field(default=None, description="sold in whole lots")
