"""The frame that all row pictures share: names left, bars, figures right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orebook.chart.palette import GRID, MUTED
from orebook.chart.scale import Scale, ticks
from orebook.chart.svg import (
    BODY,
    LEADING,
    SMALL,
    check_width,
    line,
    text,
    text_width,
    wrap,
)
from orebook.errors import InputError
from orebook.glossary import Magnitude

MARGIN: Final = 12.0
BAR: Final = 16.0
"""Thickness of a bar [px]."""
_PAD: Final = 5.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Where rows, bars and figures stand.

    Parameters
    ----------
    width : float
        Width of the picture [px].
    middles : tuple of float
        Height of the middle of each row [px].
    left, right : float
        Ends of the field of bars [px].
    top, bottom : float
        Upper and lower end of the field [px].
    names, figures : tuple of tuple of str
        Lines of each row, left and right.
    """

    width: float
    middles: tuple[float, ...]
    left: float
    right: float
    top: float
    bottom: float
    names: tuple[tuple[str, ...], ...]
    figures: tuple[tuple[str, ...], ...]


def lay(
    names: Sequence[str],
    figures: Sequence[tuple[str, ...]],
    *,
    width: float,
    top: float,
    least: float = 0.0,
) -> Frame:
    """Give every row its place.

    Parameters
    ----------
    names : sequence of str
        Name of each row.
    figures : sequence of tuple of str
        Lines of figures of each row, first line in full ink.
    width : float
        Width of the picture [px].
    top : float
        Where the rows begin [px].
    least : float
        Least height of a row [px].

    Returns
    -------
    Frame
        The places.

    Raises
    ------
    InputError
        When there is no row.

    Examples
    --------
    >>> frame = lay(["a", "b"], [("1",), ("2",)], width=390, top=40)
    >>> frame.middles
    (53.0, 79.0)
    """
    check_width(width)
    if not names:
        raise InputError(
            "picture has no row; expected at least one; leave the picture out "
            "when there is nothing to show"
        )
    column = max(_widest(rows) for rows in figures)
    wanted = max(text_width(name, BODY) for name in names)
    room = min(wanted, 0.36 * (width - column))
    lines = tuple(wrap(name, width=room, size=BODY) for name in names)
    middles, y = [], top
    for named, shown in zip(lines, figures, strict=True):
        count = max(len(named), len(shown))
        height = max(count * BODY * LEADING + 2 * _PAD, 26.0, least)
        middles.append(y + height / 2)
        y += height
    return Frame(
        width=width,
        middles=tuple(middles),
        left=MARGIN + room + 10,
        right=width - MARGIN - column - 10,
        top=top,
        bottom=y,
        names=lines,
        figures=tuple(figures),
    )


def write(frame: Frame) -> list[str]:
    """Write names and figures of all rows.

    Parameters
    ----------
    frame : Frame
        The places.

    Returns
    -------
    list of str
        SVG text.

    Examples
    --------
    >>> len(write(lay(["a"], [("1", "2")], width=390, top=40)))
    3
    """
    parts: list[str] = []
    for middle, named, shown in zip(
        frame.middles, frame.names, frame.figures, strict=True
    ):
        for y, words in _lines(middle, named):
            parts.append(text(MARGIN, y, words))
        for index, (y, words) in enumerate(_lines(middle, shown)):
            size, fill = (SMALL, MUTED) if index else (BODY, "#20272c")
            x = frame.width - MARGIN
            parts.append(text(x, y, words, size=size, anchor="end", fill=fill))
    return parts


def axis(frame: Frame, scale: Scale, magnitude: Magnitude) -> list[str]:
    """Write grid lines, the line of nought and the figures beneath.

    Parameters
    ----------
    frame : Frame
        The places.
    scale : Scale
        From figures to places.
    magnitude : Magnitude
        How the figures are written.

    Returns
    -------
    list of str
        SVG text.

    Examples
    --------
    >>> frame = lay(["a"], [("1",)], width=390, top=40)
    >>> unit = Magnitude(1.0, "t", 0)
    >>> axis(frame, Scale(0, 10, frame.left, frame.right), unit)[0][:5]
    '<line'
    """
    divisor = magnitude.divisor
    at = ticks(scale.low / divisor, scale.high / divisor, _count(frame, scale))
    step = at[1] - at[0] if len(at) > 1 else 1.0
    places = 0 if step >= 1 else 1 if step >= 0.1 else 2 if step >= 0.01 else 4
    plain = Magnitude(1.0, "", places)
    parts = []
    for value in at:
        x = scale(value * divisor)
        zero = value == 0
        colour, thick = (MUTED, 1.2) if zero else (GRID, 1.0)
        ends = (x, frame.top), (x, frame.bottom + 3)
        parts.append(line(*ends, stroke=colour, width=thick))
        words = plain.show(value)
        place = x, frame.bottom + 16
        parts.append(text(*place, words, size=SMALL, anchor="middle", fill=MUTED))
    return parts


def _count(frame: Frame, scale: Scale) -> int:
    """Return how many ticks find room."""
    return max(2, int((frame.right - frame.left) // 85))


def _lines(middle: float, rows: Sequence[str]) -> list[tuple[float, str]]:
    """Return base lines so that the block stands on the middle."""
    step = BODY * LEADING
    first = middle - step * (len(rows) - 1) / 2 + 0.36 * BODY
    return [(first + i * step, words) for i, words in enumerate(rows)]


def _widest(rows: Sequence[str]) -> float:
    return max(
        (text_width(r, SMALL if i else BODY) for i, r in enumerate(rows)), default=0.0
    )
