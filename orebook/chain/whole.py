"""Whole decisions in a book: on and off, batches, cargo lots, step tariffs."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from orebook.chain.fields import AnyMeasure, AnyRate, Entry
from orebook.quantity import Measure

EDGE = 1e-7
"""An index within this share of the edge of a band lies on the edge [-]."""


class OnOff(Entry):
    """A unit that runs or stands for whole periods (``on_off`` of a unit).

    While it stands it has no capacity and no least load. A run or a stop lasts as many
    whole periods as its least time needs; one shorter than a period binds nothing.
    """

    start_cost: AnyMeasure | None = Field(default=None, description="CNY per start")
    stop_cost: AnyMeasure | None = Field(default=None, description="CNY per stop")
    running_cost: AnyRate | None = Field(
        default=None, description="CNY per time of running, whatever the load"
    )
    minimum_run: AnyMeasure | None = Field(default=None, description="a time, 10 d")
    minimum_stop: AnyMeasure | None = Field(default=None, description="a time, 5 d")
    running_at_first: bool = Field(
        default=True, description="whether it runs before the first period of the books"
    )
    most_starts: int | None = Field(
        default=None, ge=0, description="most starts in any 365 days"
    )


class Batch(Entry):
    """A unit that works in whole batches (``batch`` of a unit): furnaces, ships.

    The duty of a period is a whole number of batches of ``size``; with
    ``full = false`` the last may be part filled. At a berth a batch is a ship.
    """

    size: AnyMeasure = Field(description="duty of one batch")
    time: AnyMeasure | None = Field(
        default=None, description="time a batch occupies one furnace"
    )
    count: int = Field(default=1, ge=1, description="furnaces side by side")
    full: bool = True


class Band(Entry):
    """A band of a step tariff: beyond ``above``, *all* units cost ``extra`` more.

    Without an index ``above`` is an amount per time; with one it is a ratio.
    """

    above: AnyMeasure
    extra: AnyMeasure


class BandIndex(Entry):
    """What decides the band: the sum of streams ``of`` per unit of the stream ``per``.

    The surcharge is paid on the streams ``of`` by their owners.
    """

    of: list[str] = Field(min_length=1)
    per: str


def extra_at(steps: Iterable[tuple[float, float]], place: float) -> float:
    """Return what all units cost more at a place of a step tariff.

    Parameters
    ----------
    steps : iterable of (float, float)
        Lower edge and extra of each band, in rising order [unit, CNY/unit].
    place : float
        Index or amount [unit].

    Returns
    -------
    float
        Extra of the highest band the place lies above; an edge, with 1e-7 of its size
        for rounding, still belongs to the band below it [CNY/unit].

    Examples
    --------
    >>> steps = [(13.30, 10.0), (13.32, 20.0)]  # MWh/t, CNY/MWh
    >>> [extra_at(steps, x) for x in (13.30, 13.31, 13.32, 13.321)]
    [0.0, 10.0, 10.0, 20.0]
    """
    found = 0.0
    for above, extra in steps:
        if place > above * (1.0 + EDGE):
            found = extra
    return found


def money_of(measure: Measure | None) -> float:
    """Return an amount of money of the book, 0 where there is none [CNY]."""
    return 0.0 if measure is None else measure.to("CNY")


def hours_of(measure: Measure | None) -> float:
    """Return a time of the book, 0 where there is none [h].

    Examples
    --------
    >>> hours_of(Measure(10.0, "d"))
    240.0
    """
    return 0.0 if measure is None else measure.to("h")
