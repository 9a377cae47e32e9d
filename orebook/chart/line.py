"""Figures over the months, with a band where the figure is uncertain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from orebook.chart.palette import BAND, DASHES, GRID, MUTED, SERIES
from orebook.chart.sample import Point, thin
from orebook.chart.scale import Scale, span, ticks
from orebook.chart.svg import (
    BODY,
    SMALL,
    check_width,
    element,
    fit,
    heading,
    picture,
    polygon,
    text,
    text_width,
)
from orebook.chart.svg import line as stroke
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude

_HEIGHT: Final = 220.0


@dataclass(frozen=True, slots=True)
class Series:
    """One line.

    Parameters
    ----------
    label : str
        Name of the line.
    values : tuple of float or None
        One figure per period [unit]; None leaves a gap.
    low, high : tuple of float
        Band around the line, one pair per period [unit]; empty for none.
    """

    label: str
    values: tuple[float | None, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Field:
    """Where a line picture stands on the paper."""

    across: Scale
    up: Scale
    magnitude: Magnitude


def line(
    series: Sequence[Series],
    periods: Sequence[str],
    *,
    title: str,
    unit: str,
    lang: Lang,
    width: float = 720.0,
    nought: bool = False,
    timed: bool = True,
) -> str:
    """Draw lines over periods, each named at its end.

    Parameters
    ----------
    series : sequence of Series
        At most six lines.
    periods : sequence of str
        Name of each period, such as ``"2026-01"``.
    title : str
        Name of the picture.
    unit : str
        Unit of the figures.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    nought : bool
        Whether the axis must hold nought.
    timed : bool
        Whether what runs across are periods; else they are values of a datum.

    Returns
    -------
    str
        SVG text; at most 1 000 points of each line are drawn.

    Raises
    ------
    InputError
        When lengths differ, a line has no figure, or there are over six lines.

    Examples
    --------
    >>> drawn = line(
    ...     [Series("steam", (1.0, 2.0))],
    ...     ["Jan", "Feb"],
    ...     title="S",
    ...     unit="t/t",
    ...     lang="en",
    ...     width=390,
    ... )
    >>> "steam: 1.00 in Jan, 2.00 in Feb" in drawn
    True
    """
    check_width(width)
    _check(series, periods)
    every = [v for s in series for v in (*s.values, *s.low, *s.high) if v is not None]
    magnitude = common_magnitude(every, unit, lang=lang)
    head, top = heading(title, say("unit", lang, unit=magnitude.unit), width=width)
    field = _field(
        series, every, magnitude=magnitude, top=top, width=width, nought=nought
    )
    body = [*head, *_axes(field, periods), *_bands(series, field)]
    body += [part for i, s in enumerate(series) for part in _line(i, s, field)]
    body += _names(series, field, width=width)
    said = [s for one in series for s in _say(one, periods, magnitude, lang, timed)]
    return picture(
        body,
        width=width,
        height=top + _HEIGHT + 34,
        title=title,
        desc=sentences(said, lang),
        lang=lang,
    )


def _check(series: Sequence[Series], periods: Sequence[str]) -> None:
    """Refuse lines that do not fit the axis."""
    if not 1 <= len(series) <= len(SERIES):
        raise InputError(
            f"line picture has {len(series)} lines; expected 1 to {len(SERIES)}, "
            "more cannot be told apart; draw several pictures"
        )
    for one in series:
        lengths = {len(one.values), len(periods)}
        lengths |= {len(one.low), len(one.high)} if one.low or one.high else set()
        if len(lengths) > 1 or all(value is None for value in one.values):
            raise InputError(
                f"line {one.label!r} has {len(one.values)} values, {len(one.low)} low "
                f"and {len(one.high)} high for {len(periods)} periods; expected equal "
                "lengths and at least one value; fill gaps with None"
            )


def _field(
    series: Sequence[Series],
    values: Sequence[float],
    *,
    magnitude: Magnitude,
    top: float,
    width: float,
    nought: bool,
) -> _Field:
    """Leave room for figures on the left and names on the right."""
    low, high = span(values, nought=nought)
    up = Scale(low, high, top + _HEIGHT, top + 6)
    figures = [magnitude.show(low), magnitude.show(high)]
    left = 20 + max(text_width(words, SMALL) for words in figures)
    names = max(text_width(s.label, BODY) for s in series)
    right = width - 20 - min(names, 0.28 * width)
    last = max(len(series[0].values) - 1, 1)
    return _Field(Scale(0, last, left, right), up, magnitude)


def _axes(field: _Field, periods: Sequence[str]) -> list[str]:
    """Write grid, figures and as many period names as find room."""
    left, right = field.across.start, field.across.stop
    divisor = field.magnitude.divisor
    parts = []
    at = ticks(field.up.low / divisor, field.up.high / divisor)
    step = at[1] - at[0] if len(at) > 1 else 1.0
    plain = Magnitude(1.0, "", next((n for n in range(6) if step >= 0.1**n * 0.99), 6))
    for value in at:
        y = field.up(value * divisor)
        parts.append(stroke((left, y), (right, y), stroke=GRID))
        words = plain.show(value)
        parts.append(text(left - 6, y + 4, words, size=SMALL, anchor="end", fill=MUTED))
    wide = max(text_width(p, SMALL) for p in periods) + 12
    room = max(int((right - left) // wide), 1)
    every = -(-len(periods) // room)
    base = field.up.start
    parts.append(stroke((left, base), (right, base)))
    for index in range(0, len(periods), every):
        x = field.across(index)
        parts.append(stroke((x, base), (x, base + 4)))
        place, words = (x, base + 18), periods[index]
        parts.append(text(*place, words, size=SMALL, anchor="middle", fill=MUTED))
    return parts


def _bands(series: Sequence[Series], field: _Field) -> list[str]:
    """Write the bands beneath all lines."""
    parts = []
    for one in series:
        if one.low:
            upper = [(field.across(i), field.up(v)) for i, v in enumerate(one.high)]
            lower = [(field.across(i), field.up(v)) for i, v in enumerate(one.low)]
            parts.append(polygon([*thin(upper), *thin(lower)[::-1]], fill=BAND))
    return parts


def _line(index: int, one: Series, field: _Field) -> list[str]:
    """Write the unbroken runs of a line."""
    parts = []
    for run in _runs(one):
        points = thin([(field.across(i), field.up(v)) for i, v in run])
        where = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        attrs: dict[str, str | float] = {
            "points": where,
            "fill": "none",
            "stroke": SERIES[index],
            "stroke-width": 2,
            "stroke-linejoin": "round",
        }
        if DASHES[index]:
            attrs["stroke-dasharray"] = DASHES[index]
        parts.append(element("polyline", attrs=attrs))
        if len(points) == 1:
            (x, y), colour = points[0], SERIES[index]
            spot: dict[str, str | float] = {"cx": x, "cy": y, "r": 3, "fill": colour}
            parts.append(element("circle", attrs=spot))
    return parts


def _runs(one: Series) -> list[list[Point]]:
    """Split a line at its gaps."""
    numbered = groupby(enumerate(one.values), key=lambda pair: pair[1] is None)
    return [
        [(float(i), v) for i, v in pairs if v is not None]
        for missing, pairs in numbered
        if not missing
    ]


def _names(series: Sequence[Series], field: _Field, *, width: float) -> list[str]:
    """Write the names at the ends of the lines, pushed apart."""
    ends = [(field.up(_runs(s)[-1][-1][1]), i, s.label) for i, s in enumerate(series)]
    parts, low = [], field.up.stop - 15
    x = field.across.stop + 8
    spare = field.up.start - 15 * len(ends)
    for rank, (y, index, name) in enumerate(sorted(ends)):
        low = min(max(y, low + 15), spare + 15 * (rank + 1))
        words = fit(name, width=width - x - 6, size=BODY)
        parts.append(text(x, low + 4, words, fill=SERIES[index], bold=True))
    return parts


def _say(
    one: Series,
    periods: Sequence[str],
    magnitude: Magnitude,
    lang: Lang,
    timed: bool,
) -> list[str]:
    """Say one line in words."""
    known = [(v, p) for v, p in zip(one.values, periods, strict=True) if v is not None]
    values = [value for value, _ in known]
    said = [
        say(
            "line_is" if timed else "line_over",
            lang,
            label=one.label,
            first=magnitude.show(values[0]),
            start=known[0][1],
            last=magnitude.show(values[-1]),
            end=known[-1][1],
            least=magnitude.show(min(values)),
            most=magnitude.show(max(values)),
            unit=magnitude.unit,
        )
    ]
    missing = len(one.values) - len(known)
    if missing:
        key = "line_gap" if timed else "line_gap_over"
        said.append(say(key, lang, label=one.label, count=str(missing)))
    if one.low:
        wide = max(h - low for low, h in zip(one.low, one.high, strict=True))
        shown, unit = magnitude.show(wide), magnitude.unit
        said.append(say("line_band", lang, label=one.label, width=shown, unit=unit))
    return said
