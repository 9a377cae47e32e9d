"""What a site has: units, stores, routes, meters, outages, limits and fixed costs."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from orebook.chain.fields import (
    AnyMeasure,
    AnyRate,
    CnyPerMonth,
    Entry,
    Fraction,
    Good,
    Id,
)
from orebook.chain.material import Component, QualityLimit
from orebook.chain.whole import Batch, OnOff


class Span(Entry):
    """The range in which the plan may choose a setting of a unit.

    A side that is not given is that of the range the process model holds for.
    """

    low: AnyMeasure | None = None
    high: AnyMeasure | None = None


class Unit(Entry):
    """A unit of plant (``[[units]]``): a process kind with its settings and ports.

    ``feed`` lists the alternative materials of the feed port, ``ports`` binds the
    other ports of the kind to materials; ``recipe`` holds the parameters of a kind
    that is described in the book. ``limits`` are capacities per time by the names the
    kind declares (``throughput`` for most). ``free`` lists the settings that the plan
    may choose; the others stay as set.
    """

    id: Id
    name: str
    name_en: str
    kind: str
    centre: Id
    place: Id
    feed: list[Good] = Field(default_factory=list)
    feed_limits: list[QualityLimit] = Field(default_factory=list)
    ports: dict[str, Good] = Field(default_factory=dict)
    settings: dict[str, AnyMeasure] = Field(default_factory=dict)
    free: dict[str, Span] = Field(default_factory=dict)
    recipe: dict[str, Any] = Field(default_factory=dict)
    limits: dict[str, AnyRate] = Field(default_factory=dict)
    expected: list[str] = Field(
        default_factory=list, description="limits expected to hold the group back"
    )
    availability: Fraction = 1.0
    minimum: Fraction = Field(default=0.0, description="least share of throughput")
    cost: AnyMeasure | None = Field(default=None, description="CNY per unit of duty")
    on_off: OnOff | None = Field(default=None, description="runs or stands")
    batch: Batch | None = Field(default=None, description="works in whole batches")


class Store(Entry):
    """A stock of one material at one place (``[[stores]]``)."""

    id: Id
    name: str
    name_en: str
    centre: Id
    good: Good
    capacity: AnyMeasure
    minimum: AnyMeasure | None = Field(
        default=None, description="least stock; one that begins below may not fall"
    )
    opening: AnyMeasure = Field(
        description="stock before the first period of the books"
    )
    assay: dict[Component, Fraction] = Field(
        default_factory=dict,
        description="of the opening stock of a mixed material; else the material's",
    )
    holding_cost: AnyMeasure | None = Field(default=None, description="CNY/t and month")
    end: Literal["hold", "value", "free"] = Field(
        default="hold",
        description="at the horizon: not below opening, valued at end_value, or free",
    )
    end_value: AnyMeasure | None = None


class Piles(Entry):
    """Piles that are built, closed and reclaimed in turn (``[[piles]]``).

    While one pile is built from the ``feed`` materials, the others are reclaimed to
    ``good``; after ``cycle`` periods they change over, and a pile must be empty before
    it is built again. What is reclaimed has the quality of the whole pile. Pile ``k``
    of ``id`` is the unit ``id-k-build``, the store ``id-k`` and the route
    ``id-k-reclaim``; the opening stock lies in the one built before.
    """

    id: Id
    name: str
    name_en: str
    centre: Id
    good: Good = Field(description="what is reclaimed, a mixed material at a place")
    feed: list[Good] = Field(min_length=1)
    count: int = Field(default=2, ge=2, le=9, description="number of piles")
    cycle: int = Field(default=1, ge=1, description="periods a pile is built")
    capacity: AnyMeasure = Field(description="of one pile")
    least: AnyMeasure | None = Field(
        default=None, description="least size of a pile that is closed"
    )
    opening: AnyMeasure = Field(description="in the pile reclaimed first")
    assay: dict[Component, Fraction] = Field(
        default_factory=dict, description="of the opening pile; else the material's"
    )
    building_cost: AnyMeasure | None = Field(default=None, description="CNY/t built")
    reclaiming_cost: AnyMeasure | None = Field(
        default=None, description="CNY/t reclaimed"
    )
    holding_cost: AnyMeasure | None = Field(default=None, description="CNY/t and month")
    end: Literal["hold", "value", "free"] = Field(
        default="hold",
        description="at the horizon: not below opening, valued at end_value, or free",
    )
    end_value: AnyMeasure | None = None


class Route(Entry):
    """Transport of materials between two places (``[[routes]]``)."""

    id: Id
    name: str
    name_en: str
    centre: Id
    mode: Literal["pipe", "rail", "road", "sea", "river", "belt"] = "road"
    materials: list[Id] = Field(min_length=1)
    start: Id
    end: Id
    capacity: AnyRate | None = None
    expected: bool = Field(
        default=False, description="capacity expected to hold the group back"
    )
    lot: AnyMeasure | None = Field(default=None, description="moves whole lots of this")
    availability: Fraction = 1.0
    cost: AnyMeasure | None = None
    loss: Fraction = 0.0


class Draw(Entry):
    """A fixed own use of a material (``[[draws]]``), for example lighting."""

    id: Id
    name: str
    name_en: str
    centre: Id
    good: Good
    amount: AnyRate


class Limit(Entry):
    """A limit on a weighted sum of streams (``[[limits]]``): permits, shared resources.

    ``terms`` maps stream ids to weights; the rent of the limit belongs to ``centre``.
    """

    id: Id
    name: str
    name_en: str
    centre: Id
    terms: dict[str, AnyMeasure] = Field(min_length=1)
    unit: str = "t"
    max: AnyRate | None = None
    min: AnyRate | None = None
    purpose: Literal["resource", "emission", "ratio", "one-off"] = "resource"
    expected: bool = Field(default=False, description="expected to hold the group back")


class FixedCost(Entry):
    """A cost that does not move with the duty (``[[costs]]``)."""

    id: Id
    name: str
    name_en: str
    centre: Id
    category: str
    amount: CnyPerMonth
    controllable: bool = True


class Outage(Entry):
    """A known stop of a unit (``[[outages]]``), whole days, ``share`` of it lost."""

    unit: Id
    first: date
    last: date
    share: Fraction = 1.0
    reason: str = ""


class Meter(Entry):
    """An instrument and the stream it reads (``[[meters]]``).

    ``reads`` is a stream id for amounts, ``stock:STORE`` for stock counts,
    ``assay:STREAM:COMPONENT`` for laboratory results.
    """

    id: str = Field(pattern=r"^\S+$")
    reads: str
    type: str = Field(description="belt_scale, weighbridge, draught_survey, ...")
    sd: Fraction | None = Field(default=None, description="relative, one sd")
    unit: str | None = Field(default=None, description="unit of the reading")
