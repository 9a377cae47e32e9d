"""What the meters of the group would have read of a true month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from orebook.chain.calendar import Period
from orebook.chain.chain import good
from orebook.chain.meters import default_sd
from orebook.chain.plant import Meter
from orebook.errors import InputError
from orebook.process.network import Network
from orebook.simulate.drift import Chance
from orebook.simulate.plant import TrueMonth

Floats = NDArray[np.float64]

LASTING, MONTHLY = 0.6, 0.8
"""Shares of a meter's error that last and that change monthly; squares add to 1 [-]."""

DAILY_SD = 0.06
"""Spread of a day's amount around its month's mean [-]."""

MAIN, SMALL = 0.10, 0.01
"""Share of the largest flow from which a meter is read daily, weekly [-]."""

ASSAY_DAYS = 7
"""A sample a week [d]."""

SAMPLE_SHARED = 0.5
"""Part of an assay's error that all samples of a month share [-]."""


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A total over whole days [unit]."""

    tag: str
    first: date
    last: date
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class PointRow:
    """A sample or a stock count [unit]."""

    tag: str
    day: date
    value: float
    unit: str


@dataclass(frozen=True)
class Readings:
    """All that the instruments of the group say of a month."""

    meters: tuple[MeterRow, ...]
    assays: tuple[PointRow, ...]
    stocks: tuple[PointRow, ...]


def read_month(
    network: Network, true: TrueMonth, *, gross_error: tuple[str, float] | None = None
) -> Readings:
    """Read a true month with every meter of the book.

    Parameters
    ----------
    network : Network
        Streams, and the book's meters.
    true : TrueMonth
        What really happened.
    gross_error : tuple of (str, float), optional
        Meter, and by which share it reads too high [-]; negative for too low.

    Returns
    -------
    Readings
        Each meter off by its systematic error of the month and daily scatter.

    Raises
    ------
    InputError
        If the meter of the gross error does not exist.
    """
    chance = Chance(true.seed, true.period.name)
    _require_meter(network, gross_error)
    planted = dict([gross_error]) if gross_error is not None else {}
    largest = _largest(network, true)
    meters: list[MeterRow] = []
    assays: list[PointRow] = []
    stocks: list[PointRow] = []
    for meter in network.chain.meters:
        error = (1.0 + _systematic(meter, chance)) * (1.0 + planted.get(meter.id, 0.0))
        if meter.reads.startswith("assay:"):
            assays += _sampled(meter, true, chance, error)
        elif meter.reads.startswith("stock:"):
            stocks += _counted(network, meter, true, error)
        else:
            share = (
                true.amounts[meter.reads] / largest[network.stream[meter.reads].unit]
            )
            meters += _totalled(network, meter, true, (chance, error, share))
    return Readings(tuple(meters), tuple(assays), tuple(stocks))


def _require_meter(network: Network, gross_error: tuple[str, float] | None) -> None:
    if gross_error is None:
        return
    names = [m.id for m in network.chain.meters]
    if gross_error[0] not in names:
        from orebook.chain.nearest import did_you_mean

        raise InputError(
            f"no meter is called '{gross_error[0]}'; "
            f"{did_you_mean(gross_error[0], names, 'name a meter of the book')}"
        )


def _largest(network: Network, true: TrueMonth) -> dict[str, float]:
    largest: dict[str, float] = {}
    for s in network.streams:
        largest[s.unit] = max(largest.get(s.unit, 1e-9), true.amounts[s.id])
    return largest


def _sd(meter: Meter) -> float:
    return default_sd(meter.type) if meter.sd is None else meter.sd


def _systematic(meter: Meter, chance: Chance) -> float:
    """Return the error a meter has all month, relative [-]."""
    sd = _sd(meter)
    return chance.normal(
        "meter", meter.id, sd=LASTING * sd, lasting=True
    ) + chance.normal("meter", meter.id, sd=MONTHLY * sd)


def _totalled(
    network: Network, meter: Meter, true: TrueMonth, case: tuple[Chance, float, float]
) -> list[MeterRow]:
    chance, error, share = case
    stream = network.stream[meter.reads]
    days = _days(true.period)
    amount = true.amounts[meter.reads]
    daily = amount * _pattern(len(days), stream.owner, true, chance)
    noise = chance.generator("noise", meter.id).standard_normal(len(days))
    daily = daily * error * (1.0 + _sd(meter) * np.clip(noise, -3.0, 3.0))
    length = 1 if share >= MAIN else 7 if share >= SMALL else len(days)
    return [
        MeterRow(meter.id, days[a], days[b - 1], float(daily[a:b].sum()), stream.unit)
        for a, b in _pieces(len(days), length)
    ]


def _pieces(count: int, length: int) -> list[tuple[int, int]]:
    return [(a, min(a + length, count)) for a in range(0, count, length)]


def _pattern(count: int, owner: str, true: TrueMonth, chance: Chance) -> Floats:
    """Return the share of each day, none while the unit stands still."""
    noise = chance.generator("day", owner).standard_normal(count)
    weight = 1.0 + DAILY_SD * np.clip(noise, -3.0, 3.0)
    for k, day in enumerate(_days(true.period)):
        for outage in true.outages:
            if outage.unit == owner and outage.first <= day <= outage.last:
                weight[k] *= 1.0 - outage.share
    total = float(weight.sum())
    return weight / total if total > 0 else np.full(count, 1.0 / count)


def _days(period: Period) -> list[date]:
    count = (period.last - period.first).days + 1
    return [period.first + timedelta(days=k) for k in range(count)]


def _sampled(
    meter: Meter, true: TrueMonth, chance: Chance, error: float
) -> list[PointRow]:
    stream, _, component = meter.reads.removeprefix("assay:").rpartition(":")
    fraction: Mapping[str, float] = true.assays.get(stream, {})
    if component not in fraction:
        return []
    days = _days(true.period)[ASSAY_DAYS // 2 :: ASSAY_DAYS]
    noise = np.clip(
        chance.generator("sample", meter.id).standard_normal(len(days)), -3, 3
    )
    shared = 1.0 + SAMPLE_SHARED * (error - 1.0) if abs(error - 1.0) < 0.1 else error
    own = np.sqrt(1.0 - SAMPLE_SHARED**2) * _sd(meter)
    return [
        PointRow(meter.id, day, min(1.0, max(0.0, fraction[component] * shared
                                             * (1.0 + own * float(n)))), "-")
        for day, n in zip(days, noise, strict=True)
    ]  # fmt: skip


def _counted(
    network: Network, meter: Meter, true: TrueMonth, error: float
) -> list[PointRow]:
    store = meter.reads.removeprefix("stock:")
    entry = next(s for s in network.chain.stores if s.id == store)
    unit = network.chain.material[good(entry.good).material].unit
    amount = true.amounts[f"close:{store}"]
    base = entry.capacity.to(unit) if meter.type == "tank_level" else amount
    value = max(0.0, amount + (error - 1.0) * base)
    return [PointRow(meter.id, true.period.last, value, unit)]
