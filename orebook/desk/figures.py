"""Figures of a planning sheet: their units, and what the plan has in their place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.chain.calendar import Period, kind_of
from orebook.chain.chain import good
from orebook.ledger.known import convert
from orebook.ledger.layout import Problem, read_number
from orebook.plan.lp import FloatArray
from orebook.plan.replan_limits import allowed, unit_of
from orebook.plan.result import Plan
from orebook.quantity import Rate

__all__ = ["Amount", "base_of", "read_amount", "wanted_kinds"]

KINDS: Mapping[str, tuple[str, ...]] = {
    "price": ("buy", "sell"),
    "stock": ("store",),
    "amount": ("draw",),
    "min": ("buy", "sell", "limit", "store"),
    "max": ("buy", "sell", "limit", "store", "unit", "route"),
}
"""Figure to the kinds of subject that have it."""

_TIMES: Mapping[str, str] = {
    "h": "h", "hour": "h", "时": "h", "小时": "h",
    "d": "d", "day": "d", "日": "d", "天": "d",
    "week": "week", "周": "week",
    "month": "month", "月": "month",
    "a": "a", "year": "a", "年": "a",
}  # fmt: skip
_PERIOD: Mapping[str, tuple[str, float]] = {
    "day": ("d", 1.0), "week": ("week", 1.0), "month": ("month", 1.0),
    "quarter": ("month", 1.0 / 3.0), "year": ("month", 1.0 / 12.0),
}  # fmt: skip
"""Kind of period to the time, and its share, that an amount of the period is per."""
_POWER = {"MW": "MWh", "kW": "kWh", "兆瓦": "MWh"}  # per hour
_CHANGE = re.compile(r"([+-]\s*\d+(?:\.\d+)?)\s*%$")


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure as read: a value with the time it is per, or a factor on the plan's.

    Parameters
    ----------
    value : float or None
        In the unit of the subject; None where only the factor counts [unit].
    per : str
        ``h``, ``d``, ``week``, ``month`` or ``a``; empty for a whole period, a price
        or a stock.
    factor : float
        Multiplies the value, or the plan's figure [-].
    """

    value: float | None
    per: str = ""
    factor: float = 1.0

    def applied(self, before: FloatArray, periods: Sequence[Period]) -> FloatArray:
        """Return what it makes of the plan's figures, shape (periods,) [unit]."""
        if self.value is None:
            return np.asarray(before * self.factor, np.float64)
        if not self.per:
            return np.full(len(periods), self.value * self.factor)
        each = Rate(self.value * self.factor, self.per)
        return np.array([each.in_hours(p.hours, p.months) for p in periods])


def wanted_kinds(figure: str) -> tuple[str, ...]:
    """Return the kinds of subject that have a figure."""
    return KINDS[figure]


def base_of(plan: Plan, subject: str, figure: str) -> tuple[FloatArray, str]:
    """Return what the plan has, shape (periods,), and its unit.

    Parameters
    ----------
    plan : Plan
        What a sheet is compared with.
    subject, figure : str
        For example ``"buy:ore"`` and ``"price"``.
    """
    known, chain = plan.assembly.conditions, plan.network.chain
    if figure == "price":
        return known.price[subject], f"CNY/{unit_of(plan.network, subject)}"
    if figure == "stock":
        name = subject.removeprefix("store:")
        store = next(s for s in chain.stores if s.id == name)
        unit = chain.material[good(store.good).material].unit
        return np.full(len(known.periods), known.opening[name]), unit
    return (
        allowed(plan.network, known, subject, figure),
        unit_of(plan.network, subject),
    )


def read_amount(
    plan: Plan, what: tuple[str, str], value: object, *, unit: str, timed: bool
) -> Amount | Problem:
    """Read the content of a cell as a figure of a subject.

    Parameters
    ----------
    plan : Plan
        Gives the unit of the book.
    what : tuple of str
        Subject and figure.
    value : object
        Content of the cell; ``+5%`` multiplies what the plan has.
    unit : str
        Unit written beside or above it, empty where none is.
    timed : bool
        Whether the sheet says which period it holds in; an amount without a time is
        then that of the period.

    Returns
    -------
    Amount or Problem
        The figure in the unit of the book, or what is wrong with it.
    """
    subject, figure = what
    text = unicodedata.normalize("NFKC", str(value)).strip().replace("−", "-")
    changed = _CHANGE.fullmatch(text)
    if changed:
        return Amount(None, factor=1.0 + float(changed[1].replace(" ", "")) / 100.0)
    number = read_number(value)
    if not isinstance(number, float):
        return number
    if number < 0 and figure != "price" and not subject.startswith("limit:"):
        return ("is negative", "a figure of at least 0", "correct the sign")
    target = base_of(plan, subject, figure)[1]
    if figure in ("price", "stock") or subject.startswith("store:"):
        found = convert(number, unit, target) if unit else number
        return Amount(found) if isinstance(found, float) else found
    amount, per = _split_time(unit)
    found = convert(number, amount, target) if amount else number
    if not isinstance(found, float):
        return found
    if per:
        return Amount(found, per)
    if timed:
        per, share = _PERIOD[kind_of(plan.periods[0].name)]
        return Amount(found * share, per)
    return (
        "is not per time",
        f"an amount in {target} per month, or a column for each period",
        f"write the unit as {target}/month",
    )


def _split_time(unit: str) -> tuple[str, str]:
    """Return amount and time of a unit.

    Examples
    --------
    >>> _split_time("万吨/月"), _split_time("MW"), _split_time("t")
    (('万吨', 'month'), ('MWh', 'h'), ('t', ''))
    """
    text = unicodedata.normalize("NFKC", unit).strip()
    if text in _POWER:
        return _POWER[text], "h"
    amount, _, time = text.rpartition("/")
    if amount and time.strip() in _TIMES:
        return amount.strip(), _TIMES[time.strip()]
    return text, ""
