"""Internal prices with the band between bid and ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orebook.chart.palette import BAND_DARK, INK, MUTED, TOTAL
from orebook.chart.rows import Frame, axis, lay, write
from orebook.chart.scale import Scale
from orebook.chart.svg import diamond, heading, line, picture, polygon, rect
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude

WIDEST: Final = 60.0
"""Greatest distance drawn to scale; beyond it an arrow shows the way [%]."""


NARROW: Final = 560.0
"""Width below which bid and ask stand on lines of their own [px]."""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One internal price.

    Parameters
    ----------
    label : str
        Material and place.
    price : float
        Published price [unit].
    bid, ask : float or None
        What one more unit is worth, and what losing one costs [unit]; None where
        the plan gives no such value.
    unit : str
        Unit of the price, such as ``"CNY/t"``.
    low, high : float or None
        Market collar [unit]; None where there is no market.
    """

    label: str
    price: float
    bid: float | None
    ask: float | None
    unit: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        """Refuse a band or collar that stands on its head."""
        for name, lower, upper in (
            ("bid-ask band", self.bid, self.ask),
            ("market collar", self.low, self.high),
        ):
            if lower is not None and upper is not None and lower > upper:
                raise InputError(
                    f"price of {self.label!r}: {name} runs from {lower} to {upper} "
                    f"{self.unit}; expected the first not above the second; "
                    "exchange them"
                )


def price_band(
    rows: Sequence[PriceRow], *, title: str, lang: Lang, width: float = 720.0
) -> str:
    """Draw each price with its band, as distance from the price.

    Parameters
    ----------
    rows : sequence of PriceRow
        The prices; units may differ from row to row.
    title : str
        Name of the picture.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].

    Returns
    -------
    str
        SVG text.

    Raises
    ------
    InputError
        When there is no row, or a figure is not finite.

    Notes
    -----
    Distances are 100 (x - price) / base [%], where base is the amount of the price,
    or, where the price is nought, the greatest amount of bid and ask.

    Examples
    --------
    >>> row = PriceRow("steam", 145.0, 130.0, 160.0, "CNY/t")
    >>> drawn = price_band([row], title="P", lang="en", width=390)
    >>> "steam: internal price 145.0 CNY/t, bid 130.0, ask 160.0." in drawn
    True
    """
    shown = [_magnitude(row, lang) for row in rows]
    figures = [
        _figures(r, m, lang, width=width) for r, m in zip(rows, shown, strict=True)
    ]
    head, top = heading(title, say("band_key", lang), width=width)
    frame = lay([r.label for r in rows], figures, width=width, top=top)
    reach = _reach(rows)
    across = Scale(-reach, reach, frame.left + 8, frame.right - 8)
    marks = [
        part
        for row, y in zip(rows, frame.middles, strict=True)
        for part in _marks(row, y=y, scale=across)
    ]
    said = [s for r, m in zip(rows, shown, strict=True) for s in _say(r, m, lang)]
    return picture(
        [*head, *_percent_axis(frame, across), *marks, *write(frame)],
        width=width,
        height=frame.bottom + 26,
        title=title,
        desc=sentences(said, lang),
        lang=lang,
    )


def _percent_axis(frame: Frame, scale: Scale) -> list[str]:
    return axis(frame, scale, Magnitude(1.0, "%", 0))


def _ends(row: PriceRow) -> list[float]:
    """Return the figures of a row that exist."""
    kept = (row.bid, row.ask, row.low, row.high)
    return [value for value in kept if value is not None]


def _magnitude(row: PriceRow, lang: Lang) -> Magnitude:
    """Return how the figures of a row are written, price in the lead."""
    both = [value for value in (row.bid, row.ask) if value is not None]
    values = [row.price] if row.price else [0.0, *both]
    common_magnitude([row.price, *_ends(row)], row.unit, lang=lang, scale=False)
    return common_magnitude(values, row.unit, lang=lang, scale=False)


def _distance(row: PriceRow, value: float) -> float:
    """Return how far a figure lies from the price [%]."""
    base = abs(row.price) or max(map(abs, _ends(row)), default=0.0) or 1.0
    return 100.0 * (value - row.price) / base


def _reach(rows: Sequence[PriceRow]) -> float:
    """Return half the width of the axis [%]."""
    far = max((abs(_distance(r, v)) for r in rows for v in _ends(r)), default=0.0)
    return min(max(1.1 * far, 5.0), WIDEST)


def _marks(row: PriceRow, *, y: float, scale: Scale) -> list[str]:
    """Write band, ends, collar and price of a row."""
    bid = -1e9 if row.bid is None else _distance(row, row.bid)
    ask = 1e9 if row.ask is None else _distance(row, row.ask)
    left, right = scale(bid), scale(ask)
    parts = [rect(left, y - 5, width=right - left, height=10, fill=BAND_DARK)]
    parts += [_end(scale, value, y) for value in (bid, ask)]
    for value, way in ((row.low, 1), (row.high, -1)):
        if value is not None and abs(_distance(row, value)) <= scale.high:
            parts += _bracket(scale(_distance(row, value)), y, way)
    return [*parts, diamond(scale(0.0), y, radius=6, fill=INK)]


def _end(scale: Scale, value: float, y: float) -> str:
    """Write a stroke, or an arrow where the band leaves the paper."""
    x = scale(value)
    if abs(value) <= scale.high:
        return line((x, y - 6), (x, y + 6), stroke=TOTAL, width=2)
    way = 1 if value > 0 else -1
    return polygon([(x, y - 6), (x + 7 * way, y), (x, y + 6)], fill=TOTAL)


def _bracket(x: float, y: float, way: int) -> list[str]:
    """Write one end of the collar."""
    upright = line((x, y - 9), (x, y + 9), stroke=MUTED, width=1.5)
    feet = [
        line((x, y + h), (x + 4 * way, y + h), stroke=MUTED, width=1.5) for h in (-9, 9)
    ]
    return [upright, *feet]


def _figures(
    row: PriceRow, magnitude: Magnitude, lang: Lang, *, width: float
) -> tuple[str, ...]:
    """Write the price and its band, below each other on a narrow screen."""
    bid, ask = (_or_none(value, magnitude, lang) for value in (row.bid, row.ask))
    price = f"{magnitude.show(row.price)} {magnitude.unit}"
    if width < NARROW:
        return price, say("band_bid", lang, bid=bid), say("band_ask", lang, ask=ask)
    return price, say("band_short", lang, bid=bid, ask=ask)


def _or_none(value: float | None, magnitude: Magnitude, lang: Lang) -> str:
    return say("open", lang) if value is None else magnitude.show(value)


def _say(row: PriceRow, magnitude: Magnitude, lang: Lang) -> list[str]:
    """Say one row in words."""
    said = [
        say(
            "band_is",
            lang,
            label=row.label,
            price=magnitude.show(row.price),
            unit=magnitude.unit,
            bid=_or_none(row.bid, magnitude, lang),
            ask=_or_none(row.ask, magnitude, lang),
        )
    ]
    if row.low is None and row.high is None:
        return said
    low, high = (_or_none(value, magnitude, lang) for value in (row.low, row.high))
    unit = magnitude.unit
    return [
        *said,
        say("collar_is", lang, label=row.label, low=low, high=high, unit=unit),
    ]
