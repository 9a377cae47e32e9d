"""The group itself: who it is, its responsibility centres, places and customers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from orebook.chain.calendar import kind_of
from orebook.chain.fields import AnyRate, Entry, Fraction, Id

Level = Literal["group", "site", "plant", "workshop", "team"]
LEVELS: tuple[Level, ...] = ("group", "site", "plant", "workshop", "team")


def _period_name(value: object) -> str:
    kind_of(str(value))
    return str(value)


PeriodName = Annotated[
    str,
    BeforeValidator(_period_name),
    WithJsonSchema({"type": "string", "examples": ["2026-05"]}),
]


class Group(Entry):
    """Name, currency and calendar of the group (``[group]`` in group.toml)."""

    id: Id
    name: str = Field(description="name in Chinese")
    name_en: str
    currency: Literal["CNY"] = "CNY"
    calendar: Literal["day", "week", "month", "quarter", "year"] = "month"
    first_period: PeriodName = Field(description="first period of the books")
    whole_periods: int | None = Field(
        default=None,
        ge=0,
        description="first periods of a plan in which whole decisions are held whole; "
        "31 days, 12 weeks, 12 months, 4 quarters or 1 year where not given",
    )
    illustrative: bool = Field(
        default=False, description="figures are no company's data"
    )
    required_margin: Fraction = Field(
        default=0.0,
        description="share of the market price that target costs leave as profit",
    )
    note: str = ""
    database: str = Field(
        default="", description="URL of the records, for a team: postgresql://..."
    )


class Centre(Entry):
    """A responsibility centre (``[[centres]]`` in group.toml).

    The tree runs group > site > plant > workshop > team; ``ownership`` is the
    group's share of a centre's margin.
    """

    id: Id
    name: str
    name_en: str
    level: Level
    parent: Id | None = None
    ownership: Fraction = 1.0
    people: int = Field(default=0, ge=0, description="head count")
    hours: AnyRate | None = Field(
        default=None, description="planned hours of work; by head count where absent"
    )


class Place(Entry):
    """A place where materials are balanced and priced (``[[places]]`` of a site)."""

    id: Id
    name: str
    name_en: str
    centre: Id


class Segment(Entry):
    """A market segment (``[[segments]]`` in market/customers.toml)."""

    id: Id
    name: str
    name_en: str


class Customer(Entry):
    """A customer or supplier (``[[customers]]`` in market/customers.toml)."""

    id: Id
    name: str
    name_en: str
    segment: Id
