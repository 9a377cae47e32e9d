"""The frontier of cost against an index, with today's point and what is recommended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from orebook.chart.palette import GRID, INK, LOSS, MUTED, PAPER, SERIES
from orebook.chart.scale import Scale, span, ticks
from orebook.chart.svg import (
    BODY,
    SMALL,
    check_width,
    diamond,
    element,
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
from orebook.glossary import Lang, Magnitude, common_magnitude, unit_label

__all__ = ["Mark", "frontier_chart"]

Kind = Literal["today", "measured", "knee", "recommended"]
_HEIGHT: Final = 260.0
_RADIUS: Final = 6.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A point that has a name.

    Parameters
    ----------
    kind : {"today", "measured", "knee", "recommended"}
        What it is; decides its form.
    index, cost : float
        Where it lies [unit of the index, unit of the cost].
    """

    kind: Kind
    index: float
    cost: float


@dataclass(frozen=True, slots=True)
class _Field:
    """Scales and how figures are written."""

    across: Scale
    up: Scale
    index: Magnitude
    cost: Magnitude


def frontier_chart(
    points: Sequence[tuple[float, float]],
    marks: Sequence[Mark],
    *,
    title: str,
    index: str,
    index_unit: str,
    cost_unit: str,
    lang: Lang,
    width: float = 720.0,
) -> str:
    """Draw cost against an index.

    Parameters
    ----------
    points : sequence of (index, cost)
        The frontier from the least cost to the best index; one point where both agree.
    marks : sequence of Mark
        Points with a name.
    title : str
        Name of the picture.
    index : str
        Name of the index.
    index_unit, cost_unit : str
        Units; ``"-"`` or empty for a pure number.
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
        When there is no point.

    Examples
    --------
    >>> drawn = frontier_chart(
    ...     [(10.0, 50.0), (9.0, 60.0)],
    ...     [Mark("today", 10.0, 55.0)],
    ...     title="T",
    ...     index="steam",
    ...     index_unit="t/t",
    ...     cost_unit="CNY/t",
    ...     lang="en",
    ...     width=390,
    ... )
    >>> "Today: 10.00 t/t at 55.00 CNY/t." in drawn
    True
    """
    check_width(width)
    if not points:
        raise InputError(
            "frontier picture has no point; expected at least one; work out the "
            "frontier first"
        )
    head, top = heading(title, say("frontier_key", lang), width=width)
    field = _field(
        points, marks, index_unit, cost_unit, lang=lang, width=width, top=top
    )
    units = unit_label(cost_unit, lang=lang), unit_label(index_unit, lang=lang)
    body = [*head, *_axes(field, index, units, lang)]
    body += [*_curve(points, field), *_drop(marks, field)]
    body += _marks(marks, field, lang)
    return picture(
        body,
        width=width,
        height=top + _HEIGHT + 62,
        title=title,
        desc=sentences(_words(points, marks, field, index, lang), lang),
        lang=lang,
    )


def _field(
    points: Sequence[tuple[float, float]],
    marks: Sequence[Mark],
    index_unit: str,
    cost_unit: str,
    *,
    lang: Lang,
    width: float,
    top: float,
) -> _Field:
    xs = [p[0] for p in points] + [m.index for m in marks]
    ys = [p[1] for p in points] + [m.cost for m in marks]
    x, y = span(xs, nought=False), span(ys, nought=False)
    plain = "" if index_unit == "-" else index_unit
    index = common_magnitude([*_fine(xs)], plain, lang=lang, scale=False)
    cost = common_magnitude([*_fine(ys)], cost_unit, lang=lang, scale=False)
    index = Magnitude(1.0, index.unit, max(index.decimals, _places(x)))
    cost = Magnitude(1.0, cost.unit, max(cost.decimals, _places(y)))
    left = 20 + max(text_width(cost.show(v), SMALL) for v in y)
    across = Scale(*x, left, width - 24)
    return _Field(across, Scale(*y, top + 20 + _HEIGHT, top + 26), index, cost)


def _fine(values: Sequence[float]) -> Sequence[float]:
    return values or (0.0,)


def _places(ends: tuple[float, float]) -> int:
    """Return the decimals that tell a hundredth of a range apart [-]."""
    step = (ends[1] - ends[0]) / 100.0
    return next((n for n in range(7) if step >= 0.1**n * 0.99), 7)


def _axes(field: _Field, index: str, units: tuple[str, str], lang: Lang) -> list[str]:
    parts = []
    left, right, base = field.across.start, field.across.stop, field.up.start
    at = ticks(field.up.low, field.up.high)
    places = _tick_places(at)
    for value in at:
        y = field.up(value)
        parts.append(line((left, y), (right, y), stroke=GRID))
        words = Magnitude(1.0, "", places).show(value)
        parts.append(text(left - 6, y + 4, words, size=SMALL, anchor="end", fill=MUTED))
    parts.append(line((left, base), (right, base)))
    at = ticks(field.across.low, field.across.high, max(2, int((right - left) // 90)))
    places = _tick_places(at)
    for value in at:
        x = field.across(value)
        parts.append(line((x, base), (x, base + 4)))
        words = Magnitude(1.0, "", places).show(value)
        place = (x, base + 18)
        parts.append(text(*place, words, size=SMALL, anchor="middle", fill=MUTED))
    up = say("frontier_up", lang, unit=units[0])
    parts.append(text(12, field.up.stop - 10, up, size=SMALL, fill=MUTED))
    name = f"{index} [{units[1]}]" if units[1] not in ("", "-") else index
    name = fit(name, width=right - 12, size=SMALL)
    parts.append(text(right, base + 34, name, size=SMALL, anchor="end", fill=MUTED))
    return parts


def _tick_places(at: Sequence[float]) -> int:
    step = at[1] - at[0] if len(at) > 1 else 1.0
    return next((n for n in range(7) if step >= 0.1**n * 0.99), 7)


def _curve(points: Sequence[tuple[float, float]], field: _Field) -> list[str]:
    where = [(field.across(x), field.up(y)) for x, y in points]
    attrs: dict[str, str | float] = {
        "points": " ".join(f"{x:.2f},{y:.2f}" for x, y in where),
        "fill": "none",
        "stroke": SERIES[0],
        "stroke-width": 2,
        "stroke-linejoin": "round",
    }
    dots = [
        element("circle", attrs={"cx": x, "cy": y, "r": 2.5, "fill": SERIES[0]})
        for x, y in where
    ]
    return [element("polyline", attrs=attrs), *dots]


def _drop(marks: Sequence[Mark], field: _Field) -> list[str]:
    """Write the thread from today to what is recommended."""
    named = {m.kind: m for m in marks}
    if "today" not in named or "recommended" not in named:
        return []
    ends = [
        (field.across(named[k].index), field.up(named[k].cost))
        for k in ("today", "recommended")
    ]
    return [line(ends[0], ends[1], stroke=MUTED, dash="3 3")]


def _marks(marks: Sequence[Mark], field: _Field, lang: Lang) -> list[str]:
    """Write the marks, then their names where none covers another."""
    parts = [_form(m, field) for m in marks]
    taken: list[tuple[float, float, float]] = []
    for mark in marks:
        x, y = field.across(mark.index), field.up(mark.cost)
        words = say(f"frontier_{mark.kind}", lang)
        wide = text_width(words, BODY)
        end = x + 10 + wide > field.across.stop
        left = x - 8 - wide if end else x + 8
        # Today stands above the curve, what is on the curve below it.
        above = mark.kind in ("today", "measured")
        low = y - 8 if above else y + 18
        while any(_covers((left, low, wide), other) for other in taken):
            low += -15 if above else 15
        low = min(max(low, field.up.stop + 4), field.up.start - 4)
        taken.append((left, low, wide))
        anchor: Literal["end", "start"] = "end" if end else "start"
        place = (x - 8 if end else x + 8, low)
        parts.append(text(*place, words, anchor=anchor, bold=True))
    return parts


def _covers(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Tell whether two names (left, base line, width) lie on each other."""
    aside = one[0] + one[2] < other[0] or other[0] + other[2] < one[0]
    return not aside and abs(one[1] - other[1]) < 15


def _form(mark: Mark, field: _Field) -> str:
    """Write the form of a mark."""
    x, y = field.across(mark.index), field.up(mark.cost)
    if mark.kind == "today":
        return rect(x - 5, y - 5, width=10, height=10, fill=LOSS, stroke=PAPER)
    if mark.kind == "recommended":
        return diamond(x, y, radius=_RADIUS + 1, fill=INK)
    attrs: dict[str, str | float] = {"cx": x, "cy": y, "r": 5, "fill": SERIES[1]}
    if mark.kind == "measured":
        attrs |= {"fill": "none", "stroke": LOSS, "stroke-width": 2}
    return element("circle", attrs=attrs)


def _words(
    points: Sequence[tuple[float, float]],
    marks: Sequence[Mark],
    field: _Field,
    index: str,
    lang: Lang,
) -> list[str]:
    def at(key: str, x: float, y: float) -> str:
        return say(
            "frontier_is",
            lang,
            what=say(key, lang),
            index=f"{field.index.show(x)} {field.index.unit}".rstrip(),
            cost=f"{field.cost.show(y)} {field.cost.unit}".rstrip(),
        )

    told = [say("frontier_of", lang, index=index)]
    told.append(at("frontier_first", *points[0]))
    if len(points) > 1:
        told.append(at("frontier_last", *points[-1]))
    return told + [at(f"frontier_{m.kind}", m.index, m.cost) for m in marks]
