"""Numbers, units and money as a reader sees them, in Chinese and English."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from orebook.errors import InputError

Lang = Literal["zh", "en"]
Number = float | Decimal

MINUS: Final = "\u2212"

_UNIT_ZH: Final = {
    "CNY": "元",
    "t": "吨",
    "kg": "千克",
    "g": "克",
    "mg": "毫克",
    "kt": "千吨",
    "Mt": "百万吨",
    "kWh": "千瓦时",
    "MWh": "兆瓦时",
    "kW": "千瓦",
    "MW": "兆瓦",
    "GJ": "吉焦",
    "m3": "立方米",
    "h": "小时",
    "d": "天",
    "a": "年",
    "kgce": "千克标煤",
    "person": "人",
}
_UNIT_EN: Final = {"m3": "m³", "m2": "m²"}

_STEPS: Final[dict[str, tuple[tuple[float, str], ...]]] = {
    "zh": ((1e8, "亿"), (1e4, "万"), (1.0, "")),
    "en": ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"), (1.0, "")),
}


def check_lang(lang: str) -> Lang:
    """Return the language when it is one of those offered.

    Parameters
    ----------
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    Lang
        The same text, narrowed.

    Raises
    ------
    InputError
        For any other language.

    Examples
    --------
    >>> check_lang("zh")
    'zh'
    """
    if lang == "zh":
        return "zh"
    if lang == "en":
        return "en"
    raise InputError(
        f"language {lang!r} is not offered; expected 'zh' or 'en'; pass one of them"
    )


def unit_label(unit: str, *, lang: Lang, short: bool = False) -> str:
    """Spell a unit for a reader.

    Parameters
    ----------
    unit : str
        Unit as the code writes it, such as ``"CNY/t"`` or ``"m3/h"``.
    lang : Lang
        Language of the reader.
    short : bool
        Whether units of measure stay symbols in Chinese too, where room is scarce.

    Returns
    -------
    str
        The unit in words (zh) or with raised figures (en).

    Examples
    --------
    >>> unit_label("CNY/m3", lang="zh"), unit_label("CNY/m3", lang="en")
    ('元/立方米', 'CNY/m³')
    >>> unit_label("CNY/m3", lang="zh", short=True)
    '元/m³'
    """
    money = {"CNY": "元"} if check_lang(lang) == "zh" else {}
    words = _UNIT_ZH if lang == "zh" and not short else {**_UNIT_EN, **money}
    table: dict[str, str] = words
    return "/".join(table.get(part, part) for part in unit.split("/"))


@dataclass(frozen=True, slots=True)
class Magnitude:
    """One power of ten, unit and number of decimals for a column of figures.

    Parameters
    ----------
    divisor : float
        What a raw value is divided by before it is shown [-].
    unit : str
        Unit with its multiple, as shown.
    decimals : int
        Digits after the point [-].
    """

    divisor: float
    unit: str
    decimals: int

    def show(self, value: Number, *, signed: bool = False) -> str:
        """Return the figure without its unit.

        Parameters
        ----------
        value : float or Decimal
            Raw value [in the unit before scaling].
        signed : bool
            Whether a gain carries a plus sign.

        Returns
        -------
        str
            Digits with thousands separators and a true minus sign.

        Examples
        --------
        >>> Magnitude(1e4, "万元", 1).show(-12_345_678)
        '−1,234.6'
        """
        divisor = Decimal(repr(self.divisor))
        exact = _exact(value) / divisor
        return _digits(exact, decimals=self.decimals, signed=signed)


def common_magnitude(
    values: Iterable[Number], unit: str, *, lang: Lang, scale: bool = True
) -> Magnitude:
    """Choose one multiple and one number of decimals for figures that stand together.

    Parameters
    ----------
    values : iterable of float or Decimal
        The figures [unit].
    unit : str
        Their unit.
    lang : Lang
        Chinese scales by ten thousand and hundred million, English by thousands.
    scale : bool
        Whether multiples are used at all.

    Returns
    -------
    Magnitude
        Multiple that leaves the largest figure at ten or more where it can.

    Raises
    ------
    InputError
        When a figure is not finite.

    Examples
    --------
    >>> common_magnitude([3.2e8, -4.0e7], "CNY", lang="zh")
    Magnitude(divisor=10000.0, unit='万元', decimals=0)
    >>> common_magnitude([3.2e8, -4.0e7], "CNY", lang="en").unit
    'CNY million'
    """
    largest = max((abs(float(_exact(value))) for value in values), default=0.0)
    steps = _STEPS[check_lang(lang)] if scale else ((1.0, ""),)
    fitting = (step for step in steps if step[0] == 1.0 or largest >= 10 * step[0])
    divisor, word = next(fitting)
    name = unit_label(unit, lang=lang)
    spaced = f"{name} {word}".strip() if lang == "en" else f"{word}{name}"
    return Magnitude(divisor, spaced, _decimals(largest / divisor))


def format_number(
    value: Number,
    unit: str = "",
    *,
    lang: Lang,
    decimals: int | None = None,
    scale: bool = False,
    signed: bool = False,
) -> str:
    """Write a quantity with thousands separators and its unit.

    Parameters
    ----------
    value : float or Decimal
        The figure [unit].
    unit : str
        Unit as the code writes it; empty or ``"-"`` for a pure number. A fraction
        given in ``"%"`` must already be multiplied by 100.
    lang : Lang
        Language of the reader.
    decimals : int or None
        Digits after the point; None chooses by size [-].
    scale : bool
        Whether to use 万 and 亿, or thousand, million and billion.
    signed : bool
        Whether a gain carries a plus sign.

    Returns
    -------
    str
        The quantity as text.

    Raises
    ------
    InputError
        When the value is not finite.

    Examples
    --------
    >>> format_number(1234567.891, "t", lang="en")
    '1,234,568 t'
    >>> format_number(1234567.891, "t", lang="zh", scale=True, decimals=2)
    '123.46 万吨'
    >>> format_number(-0.0004, "%", lang="en", decimals=2)
    '0.00 %'
    """
    kept = "" if unit == "-" else unit
    magnitude = common_magnitude([value], kept, lang=lang, scale=scale)
    places = magnitude.decimals if decimals is None else decimals
    shown = Magnitude(magnitude.divisor, magnitude.unit, places)
    return f"{shown.show(value, signed=signed)} {shown.unit}".rstrip()


def format_money(
    value: Number,
    *,
    lang: Lang,
    currency: str = "CNY",
    decimals: int = 2,
    scale: bool = False,
    signed: bool = False,
) -> str:
    """Write an amount of money.

    Parameters
    ----------
    value : float or Decimal
        Amount [currency].
    lang : Lang
        Language of the reader.
    currency : str
        Currency code.
    decimals : int
        Digits after the point, of the scaled amount [-].
    scale : bool
        Whether to use 万 and 亿, or thousand, million and billion.
    signed : bool
        Whether a gain carries a plus sign.

    Returns
    -------
    str
        The amount as text.

    Raises
    ------
    InputError
        When the amount is not finite.

    Examples
    --------
    >>> from decimal import Decimal
    >>> format_money(Decimal("-1234567.005"), lang="en")
    'CNY −1,234,567.00'
    >>> format_money(Decimal("1234567.005"), lang="zh")
    '1,234,567.00 元'
    >>> format_money(3.2e8, lang="zh", scale=True)
    '32,000.00 万元'
    """
    magnitude = common_magnitude([value], currency, lang=lang, scale=scale)
    shown = Magnitude(magnitude.divisor, magnitude.unit, decimals)
    digits = shown.show(value, signed=signed)
    if lang == "zh":
        return f"{digits} {shown.unit}"
    code, _, word = shown.unit.partition(" ")
    return f"{code} {digits} {word}".rstrip()


def _decimals(size: float) -> int:
    """Return decimals that show three or four significant figures."""
    if size == 0.0:
        return 0
    figures = 3 if size >= 10 else 2
    return min(6, max(0, figures - math.floor(math.log10(size))))


def _exact(value: Number) -> Decimal:
    """Return the shortest decimal that stands for the value."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    if not exact.is_finite():
        raise InputError(
            f"figure {value} cannot be shown; expected a finite number; "
            "mend the calculation that gave it"
        )
    return exact


def _digits(exact: Decimal, *, decimals: int, signed: bool) -> str:
    """Round half to even and write with separators and sign."""
    step = Decimal(1).scaleb(-decimals)
    rounded = exact.quantize(step, rounding=ROUND_HALF_EVEN)
    text = f"{abs(rounded):,}"
    if rounded == 0:
        return text
    sign = MINUS if rounded < 0 else "+" if signed else ""
    return sign + text
