"""Quantities at the boundary: text with a unit in, a plain float in one fixed unit out.

Inside orebook a number has no unit: every quantity is held in the unit its field
declares (t, GJ, MWh, kW, m3, h, CNY; mass fractions 0..1). This module is the only
place where text such as ``"2 Mt/a"`` or ``"12.5 %"`` becomes such a number.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeVar

from orebook.errors import UnitError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pint import UnitRegistry

Length = TypeVar("Length", float, "NDArray[np.float64]")

_DEFINITIONS = (
    "CNY = [cny] = yuan = 元 = RMB",
    "USD = [usd]",
    "EUR = [eur]",
    "@alias metric_ton = 吨",
    "kgce = 29.3076 megajoule",
    "tce = 29307.6 megajoule",
    "mtu = 10 kilogram",
    "m3 = meter ** 3 = 立方米",
    "万 = 10000",
    "亿 = 100000000",
    "piece = [piece]",
)
# A calendar year of contracts and nameplates: 365 days, 12 equal months.
_YEAR_HOURS = 8760.0
_HOURS = {"h": 1.0, "d": 24.0, "week": 168.0, "a": _YEAR_HOURS}
_NUMBER = re.compile(
    r"\s*([-+]?(?:\d[\d,_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$"
)
_SPELLING = {
    "％": "%",
    "℃": "degC",
    "°C": "degC",
    "m³": "m3",
    "万吨": "(万 t)",
    "万元": "(万 CNY)",
    "亿元": "(亿 CNY)",
    "千瓦时": "kWh",
    "Nm3": "m3",
}
_PER_TIME = {
    "h": "h",
    "hour": "h",
    "小时": "h",
    "d": "d",
    "day": "d",
    "天": "d",
    "日": "d",
    "week": "week",
    "周": "week",
    "month": "month",
    "月": "month",
    "mo": "month",
    "a": "a",
    "y": "a",
    "year": "a",
    "年": "a",
    "yr": "a",
}


# Units of every day, read without the full unit registry, which takes a second to
# load: size in t, GJ, m3, h, CNY and so on. Others, and conversions between different
# dimensions of this table, go to the registry.
_EVERYDAY: dict[str, tuple[float, str]] = {
    "": (1.0, ""),
    "%": (1e-2, ""),
    "ppm": (1e-6, ""),
    "g": (1e-6, "t"),
    "kg": (1e-3, "t"),
    "t": (1.0, "t"),
    "吨": (1.0, "t"),
    "kt": (1e3, "t"),
    "Mt": (1e6, "t"),
    "万吨": (1e4, "t"),
    "kJ": (1e-6, "GJ"),
    "MJ": (1e-3, "GJ"),
    "GJ": (1.0, "GJ"),
    "TJ": (1e3, "GJ"),
    "kWh": (3.6e-3, "GJ"),
    "MWh": (3.6, "GJ"),
    "GWh": (3600.0, "GJ"),
    "kgce": (0.0293076, "GJ"),
    "tce": (29.3076, "GJ"),
    "MAh": (1.0, "MAh"),
    "m3": (1.0, "m3"),
    "kW": (1.0, "kW"),
    "MW": (1e3, "kW"),
    "CNY": (1.0, "CNY"),
    "MCNY": (1e6, "CNY"),
    "元": (1.0, "CNY"),
    "万元": (1e4, "CNY"),
    "min": (1 / 60, "h"),
    "h": (1.0, "h"),
    "d": (24.0, "h"),
    "week": (168.0, "h"),
    "month": (_YEAR_HOURS / 12, "h"),
    "a": (_YEAR_HOURS, "h"),
    "m": (1.0, "m"),
    "km": (1e3, "m"),
    "A": (1.0, "A"),
    "kA": (1e3, "A"),
    "V": (1.0, "V"),
    "degC": (1.0, "degC"),
    "MPa": (1.0, "MPa"),
    "kPa": (1e-3, "MPa"),
}
_SHORT_KT = re.compile(r"(?<![A-Za-z])kt(?![A-Za-z])")


@lru_cache(maxsize=1024)
def _everyday(unit: str) -> tuple[float, tuple[tuple[str, int], ...]] | None:
    """Return (size, powers of the base units) of a unit such as ``CNY/t/month``."""
    size, powers = 1.0, dict[str, int]()
    for position, name in enumerate(unit.split("/")):
        if name.strip() not in _EVERYDAY or (position and not name.strip()):
            return None
        one, base = _EVERYDAY[name.strip()]
        size = size / one if position else size * one
        powers[base] = powers.get(base, 0) + (-1 if position else 1)
    return size, tuple(sorted((b, n) for b, n in powers.items() if b and n))


@cache
def _registry() -> UnitRegistry[float]:
    from pint import UnitRegistry

    registry: UnitRegistry[float] = UnitRegistry(autoconvert_offset_to_baseunit=False)
    registry.define(f"year = {_YEAR_HOURS} hour = a = yr")
    registry.define(f"month = {_YEAR_HOURS / 12} hour")
    for line in _DEFINITIONS:
        registry.define(line)
    return registry


def _spelled(unit: str) -> str:
    unit = _SHORT_KT.sub("kilometric_ton", unit)  # not the knot
    for written, meant in _SPELLING.items():
        unit = unit.replace(written, meant)
    return unit.replace("%", " percent ").strip()


@lru_cache(maxsize=4096)
def factor(unit: str, target: str) -> tuple[float, float]:
    """Return (scale, offset) with value_in_target = scale * value + offset.

    Parameters
    ----------
    unit, target : str
        Units of measure, for example ``"kWh/t"`` and ``"MWh/t"``.

    Raises
    ------
    UnitError
        If either is unknown or their dimensions differ.

    Examples
    --------
    >>> scale, offset = factor("kWh/t", "MWh/t")
    >>> round(scale, 12), offset
    (0.001, 0.0)
    """
    plain, aim = _everyday(unit), _everyday(target)
    if plain is not None and aim is not None and plain[1] == aim[1]:
        return plain[0] / aim[0], 0.0
    registry = _registry()
    try:
        source = registry.Unit(_spelled(unit) or "dimensionless")
        wanted = registry.Unit(_spelled(target) or "dimensionless")
        zero = registry.Quantity(0.0, source).to(wanted).magnitude
        one = registry.Quantity(1.0, source).to(wanted).magnitude
    except Exception as error:  # pint raises a dozen unrelated kinds for bad text
        raise UnitError(
            f"unit '{unit}' cannot be read as '{target}': {error}"
        ) from error
    return float(one - zero), float(zero)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with the unit it was written in.

    Parameters
    ----------
    number : float
        Magnitude in ``unit``.
    unit : str
        Unit as written, ``""`` where none was given.
    """

    number: float
    unit: str

    def to(self, target: str) -> float:
        """Return the number in the unit ``target``.

        Examples
        --------
        >>> parse("6.5 kWh/t").to("MWh/t")
        0.0065
        """
        if self.unit == "" and not is_pure(target):
            raise UnitError(
                f"'{self}' has no unit; expected a quantity in {target}; "
                f'write for example "{self.number:g} {target}"'
            )
        if self.unit == target:
            return self.number
        scale, offset = factor(self.unit, target)
        return _tidy(scale * self.number + offset)

    def __str__(self) -> str:
        return f"{self.number:g} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Rate:
    """An amount per stretch of time, exact for the calendar period it is used in.

    ``Rate(100000, "month")`` is 100 000 in any month, whatever its number of days;
    ``Rate(240, "h")`` is 240 for every hour.
    """

    amount: float
    per: str

    def in_hours(self, hours: Length, months: Length) -> Length:
        """Return the amount in a period, or in each of many.

        Parameters
        ----------
        hours, months : float or array of float
            Length of the period [h], and in calendar months [-].

        Examples
        --------
        >>> Rate(100.0, "month").in_hours(744.0, 1.0)
        100.0
        >>> Rate(10.0, "h").in_hours(744.0, 1.0)
        7440.0
        """
        if self.per == "month":
            return self.amount * months
        return self.amount * (hours / _HOURS[self.per])


def _tidy(value: float) -> float:
    """Round away the last bits that unit conversion adds (0.0065, not 0.006500001)."""
    return float(f"{value:.14g}")


def is_pure(unit: str) -> bool:
    """Return whether a quantity in ``unit`` may be written as a bare number."""
    return unit in {"", "-"}


def parse(text: str | float) -> Measure:
    """Read a quantity such as ``"2.1 t/t"``.

    Parameters
    ----------
    text : str or float
        Number, white space, unit. A bare number has the unit ``""``.

    Raises
    ------
    UnitError
        If there is no number, it is not finite, or the unit is unknown.

    Examples
    --------
    >>> parse("2 Mt/a").unit
    'Mt/a'
    """
    if isinstance(text, bool):
        raise UnitError(f"'{text}' is not a quantity; write a number and a unit")
    if isinstance(text, (int, float)):
        return Measure(_finite(float(text), str(text)), "")
    match = _NUMBER.match(text)
    if match is None:
        raise UnitError(
            f"'{text}' does not begin with a number; "
            'write a number, a space and a unit, for example "2.1 t/t"'
        )
    number = _finite(float(match[1].replace(",", "").replace("_", "")), text)
    unit = match[2]
    if unit:
        factor(_without_time(unit)[0], _without_time(unit)[0])
    return Measure(number, unit)


def quantity(text: str | float, unit: str) -> float:
    """Read a quantity and return it as a float in ``unit``.

    Examples
    --------
    >>> quantity("12.5 %", "-")
    0.125
    """
    return parse(text).to("" if unit == "-" else unit)


def rate(text: str, unit: str) -> Rate:
    """Read an amount per time, for example ``rate("2 Mt/a", "t")``.

    Raises
    ------
    UnitError
        If the text has no ``/h``, ``/d``, ``/week``, ``/month`` or ``/a``.

    Examples
    --------
    >>> rate("2 Mt/a", "t")
    Rate(amount=2000000.0, per='a')
    """
    return rate_of(parse(text), unit)


def rate_of(measure: Measure, unit: str) -> Rate:
    """Return a measure as an amount per time; see `rate`.

    Parameters
    ----------
    measure : Measure
        For example 2 Mt/a.
    unit : str
        Unit of the amount.

    Raises
    ------
    UnitError
        As for `rate`.

    Examples
    --------
    >>> rate_of(parse("3 MW"), "MWh")
    Rate(amount=3.0, per='h')
    """
    if measure.unit == "MW" and unit == "MWh":
        return Rate(measure.number, "h")
    if measure.unit == "kW" and unit == "MWh":
        return Rate(measure.number / 1000.0, "h")
    amount_unit, per = _without_time(measure.unit)
    if per is None:
        raise UnitError(
            f"'{measure.number:.15g} {measure.unit}' has no time; "
            f"expected {unit} per h, d, week, month or a; "
            f'write for example "{measure.number:g} {unit}/a"'
        )
    return Rate(Measure(measure.number, amount_unit).to(unit), per)


def _without_time(unit: str) -> tuple[str, str | None]:
    """Split ``"Mt/a"`` into ``("Mt", "a")``; no time gives ``(unit, None)``."""
    head, slash, tail = unit.rpartition("/")
    per = _PER_TIME.get(tail.strip()) if slash else None
    return (head.strip(), per) if per else (unit, None)


def _finite(number: float, text: str) -> float:
    if not math.isfinite(number):
        raise UnitError(f"'{text}' is not a finite number; write a plain number")
    return number
