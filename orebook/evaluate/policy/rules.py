"""A price policy as the book states it (``policies/NAME.toml``)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from orebook.chain.fields import AnyMeasure, AnyRate, Entry, Fraction, Id, Number
from orebook.quantity import Measure

__all__ = [
    "METHODS",
    "CapacityFee",
    "Method",
    "Posted",
    "PricePolicy",
    "PriceRule",
    "Quality",
    "Rate",
]

Method = Literal[
    "market",
    "market-minus",
    "dual",
    "collared",
    "cost-plus",
    "full-cost",
    "standard",
    "negotiated",
    "dual-rate",
]
METHODS: tuple[str, ...] = Method.__args__  # type: ignore[attr-defined]

NEEDS: dict[str, tuple[str, ...]] = {
    "market-minus": ("less",),
    "standard": ("value",),
    "negotiated": ("value", "floor", "ceiling"),
    "dual-rate": ("credit", "charge"),
}
"""Fields a method cannot do without."""

TAKES: dict[str, frozenset[str]] = {
    "market": frozenset({"contracts", "trigger"}),
    "market-minus": frozenset({"contracts", "less", "trigger"}),
    "dual": frozenset(),
    "collared": frozenset({"contracts", "floor", "ceiling", "trigger"}),
    "cost-plus": frozenset({"markup"}),
    "full-cost": frozenset({"markup"}),
    "standard": frozenset({"value"}),
    "negotiated": frozenset({"value", "floor", "ceiling"}),
    "dual-rate": frozenset({"credit", "charge"}),
}
"""Parameters each method reads."""
PARAMETERS = ("value", "contracts", "less", "floor", "ceiling", "markup", "trigger",
              "credit", "charge")  # fmt: skip


class Rate(Entry):
    """How one side of a price is found: the method and its parameters."""

    method: Method
    value: AnyMeasure | None = Field(default=None, description="a stated price")
    contracts: list[Id] = Field(
        default_factory=list,
        description="purchases and sales of the market; all of the good's if empty",
    )
    less: AnyMeasure | None = Field(
        default=None, description="saved selling cost, freight, timing of tax"
    )
    floor: AnyMeasure | None = Field(default=None, description="least price")
    ceiling: AnyMeasure | None = Field(default=None, description="largest price")
    markup: Number = Field(default=0.0, description="on cost, as a share")
    trigger: Fraction | None = Field(
        default=None,
        description="market moves beyond which the price follows within the period",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name in NEEDS.get(self.method, ()):
            if getattr(self, name, None) is None:
                raise ValueError(f"the method {self.method} needs {name}")
        extra = [
            name
            for name in PARAMETERS
            if name in self.model_fields_set and name not in TAKES[self.method]
        ]
        if extra:
            raise ValueError(f"the method {self.method} does not read {extra[0]}")
        self._ordered()
        return self

    def _ordered(self) -> None:
        if self.markup <= -1.0:
            raise ValueError(f"markup {self.markup:g} leaves no price; it is a share")
        low, high = self.floor, self.ceiling
        if low is None or high is None:
            return
        if _above(low, high):
            raise ValueError(f"floor {low} is above ceiling {high}")
        if self.value is not None and (
            _above(low, self.value) or _above(self.value, high)
        ):
            raise ValueError(f"value {self.value} is not within {low} and {high}")


def _above(one: Measure, other: Measure) -> bool:
    return one.unit == other.unit and one.number > other.number


class PriceRule(Rate):
    """The price of one or more goods (``[[prices]]``), dated and approved."""

    id: Id
    goods: Annotated[list[str], Field(min_length=1)] = Field(
        description="material@place, or a material at all its places"
    )
    credit: Rate | None = Field(default=None, description="what the seller is paid")
    charge: Rate | None = Field(default=None, description="what the buyer pays")
    vat: Literal["excluded", "included"] = "excluded"
    vat_rate: Fraction = 0.13
    source: str = Field(default="", description="where the price comes from")
    approved_by: list[str] = Field(default_factory=list)
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _sides(self) -> Self:
        for side in (self.credit, self.charge):
            if side is not None and side.method == "dual-rate":
                raise ValueError("a side of a dual rate is not a dual rate itself")
        if self.method in {"standard", "negotiated"} and not self.source:
            raise ValueError(f"the method {self.method} needs its source")
        if _reversed(self.valid_from, self.valid_to):
            raise ValueError(f"valid_to {self.valid_to} is before {self.valid_from}")
        return self

    def holds(self, first: date, last: date) -> bool:
        """Return whether the rule covers a whole period.

        Parameters
        ----------
        first, last : datetime.date
            First and last day of the period.
        """
        after = self.valid_from is None or self.valid_from <= first
        return after and (self.valid_to is None or last <= self.valid_to)


class CapacityFee(Entry):
    """The second part of a two-part tariff (``[[fees]]``): reserved tonnes are paid."""

    id: Id
    name: str
    name_en: str
    payer: Id = Field(description="centre that reserves")
    owner: Id = Field(description="centre that owns the capacity")
    reserved: AnyRate = Field(description="amount per time kept for the payer")
    fee: AnyMeasure = Field(description="money per unit reserved")


class Quality(Entry):
    """Base price plus quality adjustment (``[[quality]]``)."""

    id: Id
    good: str = Field(description="material@place")
    component: str
    contract: Number = Field(description="content the base price is for")
    value: AnyMeasure | Literal["dual"] = Field(
        default="dual",
        description="money per unit for one percentage point more; dual: what the "
        "plan says a point is worth to the unit fed",
    )
    cap: AnyMeasure | None = Field(
        default=None, description="largest adjustment either way, money per unit"
    )


class Posted(Entry):
    """Price and quantity are posted: beyond the band a charge is due."""

    id: Id
    good: str = Field(description="material@place")
    side: Literal["seller", "buyer", "both"] = "seller"
    band: Fraction = Field(default=0.03, description="free on both sides of the plan")
    charge: AnyMeasure = Field(description="money per unit beyond the band")


class PricePolicy(Entry):
    """A set of internal prices with method, source, approval and validity."""

    id: Id
    name: str
    name_en: str
    valid_from: date
    valid_to: date
    in_force: bool = Field(
        default=False, description="the internal market of the month settles at it"
    )
    approved_by: Annotated[list[str], Field(min_length=1)]
    otherwise: Literal["dual", "collared"] = Field(
        default="dual", description="method of goods without a rule"
    )
    prices: list[PriceRule] = Field(default_factory=list)
    fees: list[CapacityFee] = Field(default_factory=list)
    quality: list[Quality] = Field(default_factory=list)
    posted: list[Posted] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if _reversed(self.valid_from, self.valid_to):
            raise ValueError(f"valid_to {self.valid_to} is before {self.valid_from}")
        seen: set[str] = set()
        parts = (self.prices, self.fees, self.quality, self.posted)
        for name in (one.id for part in parts for one in part):
            if name in seen:
                raise ValueError(f"the id {name} stands twice")
            seen.add(name)
        return self


def _reversed(first: date | None, last: date | None) -> bool:
    return first is not None and last is not None and last < first
