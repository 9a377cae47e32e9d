"""Load over the hours of a day, band by band, with its sources and its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orebook.chart.palette import GRID, INK, MUTED, PAPER, SERIES
from orebook.chart.scale import Scale, span, ticks
from orebook.chart.svg import (
    BODY,
    SMALL,
    check_width,
    fit,
    heading,
    line,
    picture,
    rect,
    text,
    text_width,
)
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude

_HEIGHT: Final = 180.0
_FIGURE: Final = Magnitude(1.0, "", 1)


@dataclass(frozen=True, slots=True)
class BandLoad:
    """One band of the day.

    Parameters
    ----------
    label : str
        Name of the band.
    hours : float
        Hours of the day [h].
    parts : tuple of float
        Mean load by source, in the order of the sources [MW].
    price : float
        Marginal value of power in the band [CNY/MWh].
    """

    label: str
    hours: float
    parts: tuple[float, ...]
    price: float


def load_bands(
    bands: Sequence[BandLoad],
    sources: Sequence[str],
    *,
    title: str,
    lang: Lang,
    width: float = 720.0,
) -> str:
    """Draw bars as wide as the hours of each band, stacked by source, with the price.

    Parameters
    ----------
    bands : sequence of BandLoad
        The bands, from left to right.
    sources : sequence of str
        Names of the sources, at most six.
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
        When there is no band, or a band has not one part for each source.

    Examples
    --------
    >>> peak = BandLoad("peak", 8.0, (60.0, 20.0), 700.0)
    >>> drawn = load_bands([peak], ["grid", "own"], title="L", lang="en")
    >>> "peak, 8.0 h: 80.0 MW at 700.0 CNY/MWh." in drawn
    True
    """
    check_width(width)
    _check(bands, sources)
    head, top = heading(title, say("load_key", lang), width=width)
    body, top = [*head, *_legend(sources, top, width)], top + 20.0
    left, right = 56.0, width - 16.0
    up = Scale(*span([sum(b.parts) for b in bands]), top + _HEIGHT, top + 40.0)
    price = Scale(*span([b.price for b in bands]), top + _HEIGHT, top + 40.0)
    across = Scale(0.0, sum(b.hours for b in bands), left, right)
    body += _grid(up, left, right)
    start = 0.0
    for band in bands:
        edges = across(start), across(start + band.hours)
        body += _bar(band, edges, up)
        body += _price(band, edges, price)
        start += band.hours
    return picture(
        body,
        width=width,
        height=top + _HEIGHT + 44.0,
        title=title,
        desc=sentences([_sentence(b, sources, lang) for b in bands], lang),
        lang=lang,
    )


def _check(bands: Sequence[BandLoad], sources: Sequence[str]) -> None:
    odd = [b.label for b in bands if len(b.parts) != len(sources)]
    if not bands or odd or not 1 <= len(sources) <= len(SERIES):
        raise InputError(
            f"picture of {len(bands)} bands and {len(sources)} sources cannot be drawn "
            f"({', '.join(odd) or 'all'}); expected bands with one part for each of 1 "
            f"to {len(SERIES)} sources; mend the figures"
        )


def _legend(sources: Sequence[str], top: float, width: float) -> list[str]:
    """Write colour and name of each source in one line."""
    parts, x = [], 20.0
    for colour, name in zip(SERIES, sources, strict=False):
        words = fit(name, width=width / len(sources) - 30.0, size=SMALL)
        parts.append(rect(x, top + 2.0, width=10.0, height=10.0, fill=colour))
        parts.append(text(x + 14.0, top + 11.0, words, size=SMALL))
        x += 28.0 + text_width(words, SMALL)
    return parts


def _grid(up: Scale, left: float, right: float) -> list[str]:
    parts = []
    for value in ticks(up.low, up.high):
        y = up(value)
        parts.append(line((left, y), (right, y), stroke=GRID))
        label = Magnitude(1.0, "", 0).show(value)
        parts.append(
            text(left - 6.0, y + 4.0, label, size=SMALL, anchor="end", fill=MUTED)
        )
    return parts


def _bar(band: BandLoad, edges: tuple[float, float], up: Scale) -> list[str]:
    """Write the stack of a band and its name below."""
    left, right = edges
    parts, base = [], 0.0
    for colour, part in zip(SERIES, band.parts, strict=False):
        low, high = up(base), up(base + part)
        parts.append(
            rect(left + 1.0, high, width=right - left - 2.0, height=low - high,
                 fill=colour)
        )  # fmt: skip
        base += part
    middle = (left + right) / 2.0
    name = fit(band.label, width=right - left, size=BODY)
    hours = f"{_FIGURE.show(band.hours)} h"
    parts.append(text(middle, up.start + 16.0, name, anchor="middle"))
    parts.append(
        text(middle, up.start + 31.0, hours, size=SMALL, anchor="middle", fill=MUTED)
    )
    return parts


def _price(band: BandLoad, edges: tuple[float, float], price: Scale) -> list[str]:
    """Write the price as a step, with its figure at the head of the band."""
    y, middle = price(band.price), (edges[0] + edges[1]) / 2.0
    ground = line((edges[0], y), (edges[1], y), stroke=PAPER, width=5.0)
    step = line((edges[0], y), (edges[1], y), stroke=INK, width=2.0, dash="5 3")
    words = f"◆ {_FIGURE.show(band.price)}"
    return [
        ground,
        step,
        text(middle, price.stop - 12.0, words, anchor="middle", bold=True),
    ]


def _sentence(band: BandLoad, sources: Sequence[str], lang: Lang) -> str:
    parts = ", ".join(
        f"{name} {_FIGURE.show(part)}"
        for name, part in zip(sources, band.parts, strict=True)
    )
    return say(
        "load_is",
        lang,
        label=band.label,
        hours=_FIGURE.show(band.hours),
        load=_FIGURE.show(sum(band.parts)),
        price=_FIGURE.show(band.price),
        parts=parts,
    )
