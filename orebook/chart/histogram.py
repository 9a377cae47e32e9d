"""How a figure is distributed: bars of probability, with marks on the axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orebook.chart.palette import BAND_DARK, GRID, INK, MUTED, PAPER
from orebook.chart.scale import Scale, span, ticks
from orebook.chart.svg import (
    SMALL,
    check_width,
    heading,
    line,
    picture,
    rect,
    text,
    text_width,
)
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude

_HEIGHT: Final = 190.0
_ROW: Final = 15.0
FEWEST, MOST = 5, 20
"""Classes of a histogram, about [-]."""


@dataclass(frozen=True, slots=True)
class Place:
    """A figure marked on the axis: its name and its value [unit]."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Class:
    """A class of a histogram: its ends [unit] and its probability [-]."""

    low: float
    high: float
    share: float


def classes(values: Sequence[float], weights: Sequence[float]) -> tuple[Class, ...]:
    """Sort figures into classes of equal width with round ends.

    Parameters
    ----------
    values : sequence of float
        The figures [unit].
    weights : sequence of float
        Weight of each, at least 0; only their proportions count [-].

    Returns
    -------
    tuple of Class
        From the lowest to the highest; their shares sum to 1. A figure on the border
        belongs to the class above it.

    Raises
    ------
    InputError
        When there is no figure, lengths differ, or the weights sum to nought.

    Notes
    -----
    About the square root of the number of figures, between 5 and 20, as spreadsheets
    do; the ends are multiples of 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> [(c.low, c.share) for c in classes([1.0, 2.0, 2.5, 9.0], [1, 1, 1, 1])]
    [(0.0, 0.25), (2.0, 0.5), (4.0, 0.0), (6.0, 0.0), (8.0, 0.25)]
    """
    total = sum(weights)
    if not values or len(values) != len(weights) or not total > 0.0:
        raise InputError(
            f"distribution of {len(values)} figures with {len(weights)} weights, sum "
            f"{total}; expected one weight a figure and a sum above 0; give a weight "
            "of 1 to each"
        )
    low, high = span(values, nought=False)
    wanted = min(max(math.isqrt(len(values)), FEWEST), MOST)
    at = ticks(low, high, wanted)
    step = at[1] - at[0] if len(at) > 1 else 0.0
    step = step or high - low  # ticks of a range under 1e-12 fall together
    first = math.floor(min(values) / step + 1e-9)
    count = math.floor(max(values) / step + 1e-9) - first + 1
    shares = [0.0] * count
    for value, weight in zip(values, weights, strict=True):
        shares[math.floor(value / step + 1e-9) - first] += weight / total
    return tuple(
        Class((first + i) * step, (first + i + 1) * step, share)
        for i, share in enumerate(shares)
    )


@dataclass(frozen=True, slots=True)
class _Field:
    """Where the picture stands on the paper."""

    across: Scale
    up: Scale
    magnitude: Magnitude


def histogram(
    values: Sequence[float],
    weights: Sequence[float],
    *,
    title: str,
    unit: str = "CNY",
    marks: Sequence[Place] = (),
    lang: Lang,
    width: float = 720.0,
) -> str:
    """Draw the distribution of a figure.

    Parameters
    ----------
    values : sequence of float
        The figures [unit].
    weights : sequence of float
        Weight of each [-].
    title : str
        Name of the picture.
    unit : str
        Unit of the figures.
    marks : sequence of Place
        Figures to mark: quantiles, the mean.
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
        As for `classes`.

    Examples
    --------
    >>> drawn = histogram([1.0, 2.0, 2.5], [1, 1, 2], title="M", lang="en", width=390)
    >>> "2.40 to 2.60 CNY: 50.0 %." in drawn
    True
    """
    check_width(width)
    found = classes(values, weights)
    ends = [found[0].low, found[-1].high, *(m.value for m in marks)]
    magnitude = common_magnitude(ends, unit, lang=lang)
    key = say("histogram_key", lang, unit=magnitude.unit)
    head, top = heading(title, key, width=width)
    left = 18 + text_width("100 %", SMALL)
    across = Scale(min(ends), max(ends), left, width - 24)
    placed = _placed(marks, across, magnitude, width=width)
    top += _ROW * (1 + max((row for *_, row in placed), default=-1)) + 4
    most = max(c.share for c in found)
    field = _Field(across, Scale(0.0, 1.06 * most, top + _HEIGHT, top), magnitude)
    body = [*head, *_axes(field), *_bars(found, field, lang), *_marks(placed, field)]
    told = [_class_said(c, magnitude, lang) for c in found]
    told += [_mark_said(m, magnitude, lang) for m in marks]
    return picture(
        body,
        width=width,
        height=top + _HEIGHT + 28,
        title=title,
        desc=sentences(told, lang),
        lang=lang,
    )


def _axes(field: _Field) -> list[str]:
    """Write grid and figures of both axes."""
    left, right, base = field.across.start, field.across.stop, field.up.start
    parts = []
    for share in ticks(field.up.low, field.up.high, 4):
        y = field.up(share)
        parts.append(line((left, y), (right, y), stroke=GRID))
        words = f"{100 * share:.4g} %"
        parts.append(text(left - 6, y + 4, words, size=SMALL, anchor="end", fill=MUTED))
    parts.append(line((left, base), (right, base)))
    divisor = field.magnitude.divisor
    count = max(2, int((right - left) // 90))
    at = ticks(field.across.low / divisor, field.across.high / divisor, count)
    step = at[1] - at[0] if len(at) > 1 else 1.0
    plain = Magnitude(1.0, "", next((n for n in range(6) if step >= 0.1**n * 0.99), 6))
    for value in at:
        x, words = field.across(value * divisor), plain.show(value)
        parts.append(line((x, base), (x, base + 4)))
        parts.append(text(x, base + 17, words, size=SMALL, anchor="middle", fill=MUTED))
    return parts


def _bars(found: Sequence[Class], field: _Field, lang: Lang) -> list[str]:
    """Write one bar a class, with a hair of paper between neighbours."""
    parts = []
    for one in found:
        if one.share > 0.0:
            left, right = field.across(one.low), field.across(one.high)
            y = field.up(one.share)
            high, tip = field.up.start - y, _class_said(one, field.magnitude, lang)
            wide, fill = right - left - 1, BAND_DARK
            parts.append(
                rect(left + 0.5, y, width=wide, height=high, fill=fill, tip=tip)
            )
    return parts


def _placed(
    marks: Sequence[Place], across: Scale, magnitude: Magnitude, *, width: float
) -> list[tuple[str, float, float, int]]:
    """Return words, place of the mark, middle of the words, and row of each mark."""
    found: list[tuple[str, float, float, int]] = []
    ends: list[float] = []  # right end of the words of each row so far
    for mark in sorted(marks, key=lambda m: m.value):
        words = f"{mark.label}: {magnitude.show(mark.value)}"
        half = text_width(words, SMALL) / 2
        x = across(mark.value)
        middle = min(max(x, 12 + half), width - 12 - half)
        row = next((i for i, e in enumerate(ends) if e + 10 < middle - half), len(ends))
        ends[row:] = [middle + half, *ends[row + 1 :]]
        found.append((words, x, middle, row))
    return found


def _marks(placed: Sequence[tuple[str, float, float, int]], field: _Field) -> list[str]:
    """Write the marks, each with its name above the bars."""
    top, base = field.up.stop, field.up.start
    lines, names = [], []
    for words, x, middle, row in placed:
        y = top - 6 - _ROW * row
        lines.append(line((x, y + 3), (x, base), stroke=INK, dash="3 3"))
        wide = text_width(words, SMALL) + 4
        left, high = middle - wide / 2, _ROW - 1
        names.append(rect(left, y - 11, width=wide, height=high, fill=PAPER))
        names.append(text(middle, y, words, size=SMALL, anchor="middle"))
    return [*lines, *names]


def _class_said(one: Class, magnitude: Magnitude, lang: Lang) -> str:
    """Say one class in words."""
    return say(
        "class_is",
        lang,
        low=magnitude.show(one.low),
        high=magnitude.show(one.high),
        unit=magnitude.unit,
        share=f"{100 * one.share:.1f} %",
    )


def _mark_said(mark: Place, magnitude: Magnitude, lang: Lang) -> str:
    shown, unit = magnitude.show(mark.value), magnitude.unit
    return say("total_is", lang, label=mark.label, value=shown, unit=unit)
