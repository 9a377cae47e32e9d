"""A case: a named overlay of data on the book, with author, reason and expiry.

A case is a file ``cases/NAME.toml``. It holds only what differs from the book, or
from another case it is based on; never a copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field

from orebook.chain.fields import AnyMeasure, AnyRate, Entry, Fraction, Id, Number

__all__ = [
    "Case",
    "CaseDelay",
    "CaseDraw",
    "CaseHead",
    "CaseLimit",
    "CaseOutage",
    "CasePrice",
    "CaseSpec",
    "CaseStock",
    "expired",
    "layers",
]

PERIODS: Any = Field(
    default_factory=list, description="periods it holds in; all where none is named"
)


class CaseHead(Entry):
    """What a case is, whose, why and until when (``[case]``)."""

    name: str
    name_en: str
    author: str = Field(description="who answers for it")
    reason: str = Field(description="why it was made")
    expires: date = Field(description="last day it may be used without asking again")
    base: Id | None = Field(default=None, description="another case it builds on")


class CasePrice(Entry):
    """A price that differs (``[[prices]]``): of a contract, or of a whole series.

    A series moves every contract that is priced by it, each with its own factor,
    premium and freight.
    """

    contract: str | None = Field(default=None, description="buy:ID or sell:ID")
    series: Id | None = Field(default=None, description="price series of the book")
    price: AnyMeasure | None = Field(default=None, description="new price, excl. VAT")
    factor: Number = Field(default=1.0, description="multiplies the price")
    periods: list[str] = PERIODS


class CaseOutage(Entry):
    """A stop that is not in the book (``[[outages]]``), whole days."""

    unit: Id = Field(description="unit or route")
    first: date
    last: date
    share: Fraction = Field(default=1.0, description="share of nameplate lost")
    reason: str = ""


class CaseStock(Entry):
    """Another opening stock (``[[stocks]]``)."""

    store: Id
    amount: AnyMeasure


class CaseDelay(Entry):
    """A delivery that comes in another period (``[[delays]]``)."""

    contract: str = Field(description="buy:ID or sell:ID")
    amount: AnyMeasure
    since: str = Field(description="period it leaves")
    until: str = Field(description="period it comes to")


class CaseSpec(Entry):
    """Another limit of quality of a sale (``[[specs]]``)."""

    sale: Id
    of: str = Field(description="component, or component/component")
    min: AnyMeasure | None = None
    max: AnyMeasure | None = None


class CaseLimit(Entry):
    """Another limit on an amount (``[[limits]]``).

    ``subject`` is ``unit:ID:LIMIT``, ``buy:ID``, ``sell:ID``, ``route:ID``,
    ``store:ID`` or ``limit:ID`` (a limit of the book).
    """

    subject: str
    side: Literal["max", "min"] = "max"
    value: AnyMeasure | None = Field(
        default=None, description="per time; what a store holds: an amount"
    )
    factor: Number = Field(default=1.0, description="multiplies the limit")
    periods: list[str] = PERIODS


class CaseDraw(Entry):
    """Another own use (``[[draws]]``)."""

    draw: Id
    amount: AnyRate | None = None
    factor: Number = Field(default=1.0, description="multiplies the amount")
    periods: list[str] = PERIODS


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its file states it.

    Parameters
    ----------
    id : str
        Name of the file without its ending.
    head : CaseHead
        Names, author, reason, expiry, base.
    prices, outages, stocks, delays, specs, limits, draws : tuple
        What differs; applied in the order of the file.
    """

    id: str
    head: CaseHead
    prices: tuple[CasePrice, ...] = ()
    outages: tuple[CaseOutage, ...] = ()
    stocks: tuple[CaseStock, ...] = ()
    delays: tuple[CaseDelay, ...] = ()
    specs: tuple[CaseSpec, ...] = ()
    limits: tuple[CaseLimit, ...] = ()
    draws: tuple[CaseDraw, ...] = ()

    @property
    def size(self) -> int:
        """Number of data that differ [-]."""
        parts = (self.prices, self.outages, self.stocks, self.delays)
        return sum(map(len, (*parts, self.specs, self.limits, self.draws)))

    def to_dict(self) -> dict[str, object]:
        """Return what the case is, without its data, as plain data."""
        return {"case": self.id} | self.head.model_dump(mode="json")


def layers(case: Case, cases: dict[str, Case]) -> tuple[Case, ...]:
    """Return a case and what it builds on, the lowest first.

    Parameters
    ----------
    case : Case
        The case.
    cases : dict
        All cases by id; every base is there and none builds on itself.
    """
    found = [case]
    while found[0].head.base is not None:
        found.insert(0, cases[found[0].head.base])
    return tuple(found)


def expired(case: Case, cases: dict[str, Case], today: date) -> tuple[Case, ...]:
    """Return those of a case and what it builds on that have expired.

    Parameters
    ----------
    case : Case
        The case.
    cases : dict
        All cases by id.
    today : date
        The day that counts; the last day of a case is still good.
    """
    return tuple(c for c in layers(case, cases) if c.head.expires < today)
