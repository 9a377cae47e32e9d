"""Control charts: points in time with centre, limits, and the points that signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orebook.chart.palette import BAND_LIGHT, GRID, INK, LOSS, MUTED, SERIES
from orebook.chart.sample import thin
from orebook.chart.scale import Scale, span, ticks
from orebook.chart.svg import (
    SMALL,
    check_width,
    diamond,
    element,
    heading,
    line,
    picture,
    polygon,
    text,
    text_width,
)
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude

_HEIGHT: Final = 150.0
_GAP: Final = 40.0


@dataclass(frozen=True, slots=True)
class ControlPanel:
    """One panel of a control chart.

    Parameters
    ----------
    label : str
        What is plotted.
    points : tuple of float
        One a group or value [unit].
    centre : float
        Centre line [unit].
    low, high : tuple of float
        Limits at each point [unit].
    marked : tuple of int
        Points that signal, from 0 [-].
    """

    label: str
    points: tuple[float, ...]
    centre: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    marked: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse limits that do not fit the points."""
        if not len(self.points) == len(self.low) == len(self.high) > 0:
            raise InputError(
                f"control chart {self.label!r} has {len(self.points)} points, "
                f"{len(self.low)} low and {len(self.high)} high limits; expected as "
                "many of each, at least one; give one limit per point"
            )


def control_chart(
    panels: Sequence[ControlPanel],
    labels: Sequence[str],
    *,
    title: str,
    unit: str,
    lang: Lang,
    width: float = 720.0,
) -> str:
    """Draw the panels of a control chart below each other.

    Parameters
    ----------
    panels : sequence of ControlPanel
        At least one.
    labels : sequence of str
        Name of each point, the last ones are used where a panel has fewer.
    title : str
        Name of the picture.
    unit : str
        Unit of the figures.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].

    Returns
    -------
    str
        SVG text; points that signal are diamonds with their number.

    Raises
    ------
    InputError
        When there is no panel.

    Examples
    --------
    >>> one = ControlPanel("x", (1.0, 9.0), 1.0, (0.0, 0.0), (2.0, 2.0), (1,))
    >>> drawn = control_chart([one], ["a", "b"], title="C", unit="t", lang="en")
    >>> "x: 2 points, centre 1.00 t, 1 signals: b." in drawn
    True
    """
    check_width(width)
    if not panels:
        raise InputError(
            "control chart has no panel; expected at least one; leave the picture out "
            "when there is nothing to show"
        )
    body, top = heading(title, say("control_key", lang), width=width)
    said = []
    for panel in panels:
        own = labels[len(labels) - len(panel.points) :]
        values = [*panel.points, *panel.low, *panel.high, panel.centre]
        shown = common_magnitude(values, unit, lang=lang)
        body += _panel(panel, own, shown, top=top, width=width)
        top += _HEIGHT + _GAP
        said.append(_say(panel, own, shown, lang))
    return picture(
        body, width=width, height=top + 4, title=title, desc=sentences(said, lang),
        lang=lang,
    )  # fmt: skip


def _panel(
    panel: ControlPanel,
    labels: Sequence[str],
    shown: Magnitude,
    *,
    top: float,
    width: float,
) -> list[str]:
    low, high = span([*panel.points, *panel.low, *panel.high], nought=False)
    figures = [shown.show(low), shown.show(high)]
    left = 20 + max(text_width(words, SMALL) for words in figures)
    up = Scale(low, high, top + _HEIGHT, top + 18)
    across = Scale(0, max(len(panel.points) - 1, 1), left, width - 16)
    parts = [text(left, top + 10, f"{panel.label} [{shown.unit}]", size=SMALL)]
    parts += _ground(panel, across, up)
    parts += _axis(up, shown, left, width)
    places = [(across(i), up(v)) for i, v in enumerate(panel.points)]
    parts.append(_polyline(places))
    for i in panel.marked:
        parts.append(diamond(*places[i], radius=5, fill=LOSS))
    for i in panel.marked[:12]:
        x, y = places[i]
        parts.append(text(x, y - 8, str(i + 1), size=SMALL, anchor="middle", fill=INK))
    return parts + _names(labels, across, up.start, left)


def _ground(panel: ControlPanel, across: Scale, up: Scale) -> list[str]:
    """Write the field between the limits, the limits and the centre."""
    over = [(across(i), up(v)) for i, v in enumerate(panel.high)]
    under = [(across(i), up(v)) for i, v in enumerate(panel.low)]
    middle = up(panel.centre)
    ends = (across.start, middle), (across.stop, middle)
    return [
        polygon([*thin(over), *thin(under)[::-1]], fill=BAND_LIGHT),
        line(*ends, stroke=MUTED, width=1.5),
        _polyline(over, dash="6 3", stroke=MUTED),
        _polyline(under, dash="6 3", stroke=MUTED),
    ]


def _polyline(
    places: Sequence[tuple[float, float]], *, dash: str = "", stroke: str = SERIES[0]
) -> str:
    where = " ".join(f"{x:.2f},{y:.2f}" for x, y in thin(places))
    attrs: dict[str, str | float] = {
        "points": where,
        "fill": "none",
        "stroke": stroke,
        "stroke-width": 1.5,
    }
    return element(
        "polyline", attrs=attrs | ({"stroke-dasharray": dash} if dash else {})
    )


def _axis(up: Scale, shown: Magnitude, left: float, width: float) -> list[str]:
    parts = []
    for tick in ticks(up.low / shown.divisor, up.high / shown.divisor, 4):
        y = up(tick * shown.divisor)
        parts.append(line((left, y), (width - 16, y), stroke=GRID))
        words = shown.show(tick * shown.divisor)
        parts.append(text(left - 6, y + 4, words, size=SMALL, anchor="end", fill=MUTED))
    return parts


def _names(labels: Sequence[str], across: Scale, base: float, left: float) -> list[str]:
    wide = max(text_width(name, SMALL) for name in labels) + 12
    every = -(-len(labels) // max(int((across.stop - left) // wide), 1))
    return [
        text(across(i), base + 14, labels[i], size=SMALL, anchor="middle", fill=MUTED)
        for i in range(0, len(labels), every)
    ]


def _say(
    panel: ControlPanel, labels: Sequence[str], shown: Magnitude, lang: Lang
) -> str:
    marks = ", ".join(labels[i] for i in panel.marked) or say("open", lang)
    return say(
        "control_is", lang, label=panel.label, count=str(len(panel.points)),
        centre=shown.show(panel.centre), unit=shown.unit,
        signals=str(len(panel.marked)), where=marks,
    )  # fmt: skip
