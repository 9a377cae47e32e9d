"""What a demand charge bills: the highest load of a calendar month, in any calendar.

The load of a band is its energy over its hours. A month is billed once, by its
highest load; where periods are shorter than a month they share one billed load.
"""

from __future__ import annotations

import calendar as _calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from orebook.chain.calendar import Period
from orebook.chain.chain import Chain, good
from orebook.chain.demand import DemandCharge
from orebook.chain.material import HOURS_PER_DAY

__all__ = [
    "ALWAYS",
    "Bill",
    "billed_kw",
    "bills",
    "charge_money",
    "load_kw",
    "months_of",
    "weights",
]

ALWAYS = "always"
"""Name of the band of power that flows in all hours."""
_LONGEST = 1.5  # months: a longer period is billed by one load of its own [-]
_KW_PER_MW = 1000.0


def weights(
    chain: Chain, charge: DemandCharge, period: Period
) -> dict[str, dict[str, float]]:
    """Return what a MWh of each purchase adds to the load of each band.

    Parameters
    ----------
    chain : Chain
        The book.
    charge : DemandCharge
        The charge.
    period : Period
        Period in which the energy is bought.

    Returns
    -------
    dict
        Band (material, or :data:`ALWAYS`) to purchase to billed load [kW/MWh].

    Notes
    -----
    load = ratio x energy / hours, with the ratio of highest to mean load over the
    power factor. Power without hours adds its mean to every band.
    """
    goods = {p.id: chain.material[good(p.good).material] for p in chain.purchases}
    days = period.hours / HOURS_PER_DAY
    per = {
        name: charge.per_mean * _KW_PER_MW / (goods[name].day_hours * days)
        for name in charge.purchases
    }
    steady = {n: per[n] for n in charge.purchases if goods[n].hours is None}
    bands = {goods[n].id: n for n in charge.purchases if n not in steady}
    found = {band: dict(steady) for band in (bands or {ALWAYS: ""})}
    for name in charge.purchases:
        if name not in steady:
            found[goods[name].id][name] = per[name]
    return found


def load_kw(
    chain: Chain, charge: DemandCharge, amounts: Mapping[str, float], period: Period
) -> dict[str, float]:
    """Return the load of each band as it is billed [kW].

    Parameters
    ----------
    chain, charge, period
        As in :func:`weights`.
    amounts : mapping
        Stream id to amount; ``buy:ID`` of the purchases is read [MWh].
    """
    return {
        band: sum(w * amounts[f"buy:{p}"] for p, w in by.items())
        for band, by in weights(chain, charge, period).items()
    }


def billed_kw(
    chain: Chain, charge: DemandCharge, amounts: Mapping[str, float], period: Period
) -> float:
    """Return the billed load: the highest of the bands, at least the least [kW]."""
    loads = load_kw(chain, charge, amounts, period)
    return max(charge.least_kw, *loads.values())


def charge_money(charge: DemandCharge, billed: float, period: Period) -> float:
    """Return what a billed load costs in a period [CNY].

    A part of a month pays its part by days.
    """
    return charge.price_cny * billed * period.months


def months_of(period: Period) -> dict[str, float]:
    """Return the months a period lies in, with the share of each it covers [-].

    A period longer than a month stands for itself.

    Examples
    --------
    >>> from orebook.chain.calendar import period
    >>> {m: round(s, 4) for m, s in months_of(period("2026-W18")).items()}
    {'2026-04': 0.1333, '2026-05': 0.0968}
    >>> months_of(period("2026-Q2"))
    {'2026-Q2': 3.0}
    """
    if period.months > _LONGEST:
        return {period.name: period.months}
    found = {}
    for day in (period.first, period.last):
        length = _calendar.monthrange(day.year, day.month)[1]
        first = date(day.year, day.month, 1)
        inside = period.overlap_days(first, date(day.year, day.month, length))
        found[f"{day:%Y-%m}"] = inside / length
    return found


@dataclass(frozen=True, slots=True)
class Bill:
    """One month that is billed over a horizon.

    Parameters
    ----------
    month : str
        Name of the month.
    share : float
        Part of the month within the horizon [-].
    slot, period : int
        Where its billed load stands: 0 for the month a period begins in, 1 for the
        next; and the first period that lies in it [-].
    periods : mapping
        Every period that lies in it, with the part of the month it covers [-].
    """

    month: str
    share: float
    slot: int
    period: int
    periods: Mapping[int, float]


def bills(periods: Sequence[Period]) -> tuple[Bill, ...]:
    """Return the months a horizon is billed for, in order.

    Examples
    --------
    Two weeks around the end of April; the first lies in two months:

    >>> from orebook.chain.calendar import horizon, period
    >>> [(b.month, b.slot, b.period) for b in bills(horizon(period("2026-W18"), 2))]
    [('2026-04', 0, 0), ('2026-05', 1, 0)]
    """
    place: dict[str, tuple[int, int]] = {}
    inside: dict[str, dict[int, float]] = {}
    for t, period in enumerate(periods):
        for slot, (month, share) in enumerate(months_of(period).items()):
            place.setdefault(month, (slot, t))
            inside.setdefault(month, {})[t] = share
    return tuple(
        Bill(month, sum(inside[month].values()), *place[month], inside[month])
        for month in place
    )
