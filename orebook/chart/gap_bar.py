"""Where a figure stands among its references: one bar with six marks, a row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from orebook.chart.palette import BAND_LIGHT, INK, MUTED, PAPER, SERIES, signed
from orebook.chart.rows import Frame, lay, write
from orebook.chart.scale import Scale
from orebook.chart.svg import (
    SMALL,
    diamond,
    element,
    heading,
    line,
    picture,
    polygon,
    rect,
    text,
    text_width,
    tooltip,
)
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude

MARKS: Final = ("limit", "plan", "own_best", "group_best", "peer", "theory")
"""The references a row may have; each has a shape of its own."""
_R: Final = 5.0


@dataclass(frozen=True, slots=True)
class GapBar:
    """One indicator.

    Parameters
    ----------
    label : str
        Name of the indicator.
    value : float
        What was reached [unit].
    marks : mapping
        Reference by kind, of :data:`MARKS` [unit]; those there are.
    unit : str
        Unit of the figures.
    better : {"lower", "higher"}
        Which direction is better.
    note : str
        What stands under the figure: what the gap is worth.
    """

    label: str
    value: float
    marks: Mapping[str, float]
    unit: str
    better: Literal["lower", "higher"] = "lower"
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a mark that has no shape."""
        for kind in self.marks:
            if kind not in MARKS:
                raise InputError(
                    f"gap bar {self.label!r}: no reference is called {kind!r}; "
                    f"expected {', '.join(MARKS)}; correct the name"
                )

    def reached(self, kind: str) -> bool:
        """Return whether the figure is at least as good as a reference."""
        level = self.marks[kind]
        return self.value <= level if self.better == "lower" else self.value >= level


def gap_bars(
    rows: Sequence[GapBar], *, title: str, lang: Lang, width: float = 720.0
) -> str:
    """Draw indicators among their references, each on its own scale.

    Parameters
    ----------
    rows : sequence of GapBar
        The indicators.
    title : str
        Name of the picture.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].

    Returns
    -------
    str
        SVG text; the better side is always on the right, the bar ends at the figure
        and is of the colour of a gain where plan, or else most references, are met.

    Raises
    ------
    InputError
        When there is no row, or a figure is not finite.

    Examples
    --------
    >>> row = GapBar("steam", 1.9, {"plan": 1.8, "theory": 1.0}, "t/t")
    >>> "plan 1.80" in gap_bars([row], title="G", lang="en", width=390)
    True
    """
    shown = [
        common_magnitude([r.value, *r.marks.values()], r.unit, lang=lang, scale=False)
        for r in rows
    ]
    figures = [
        (f"{m.show(r.value)} {m.unit}".strip(), *((r.note,) if r.note else ()))
        for r, m in zip(rows, shown, strict=True)
    ]
    head, top = heading(title, "", width=width)
    legend, top = _legend(lang, width=width, top=top)
    frame = lay([r.label for r in rows], figures, width=width, top=top, least=30.0)
    bars = [
        part
        for row, y, m in zip(rows, frame.middles, shown, strict=True)
        for part in _bar(row, frame=frame, y=y, magnitude=m, lang=lang)
    ]
    said = [_sentence(r, m, lang) for r, m in zip(rows, shown, strict=True)]
    return picture(
        [*head, *legend, *bars, *write(frame)],
        width=width,
        height=frame.bottom + 8,
        title=title,
        desc=sentences(said, lang),
        lang=lang,
    )


def _scale(row: GapBar, frame: Frame) -> Scale:
    """Return a scale with the better side on the right."""
    points = [row.value, *row.marks.values()]
    low, high = min(points), max(points)
    air = 0.12 * (high - low) or 0.1 * abs(high) or 1.0
    ends = (frame.left, frame.right)
    start, stop = ends if row.better == "higher" else ends[::-1]
    return Scale(low - air, high + air, start, stop)


def _bar(
    row: GapBar, *, frame: Frame, y: float, magnitude: Magnitude, lang: Lang
) -> list[str]:
    scale = _scale(row, frame)
    field = rect(
        frame.left, y - 3, width=frame.right - frame.left, height=6, fill=BAND_LIGHT
    )
    end, good = scale(row.value), _good(row)
    bar = rect(
        frame.left,
        y - 3,
        width=max(end - frame.left, 1.0),
        height=6,
        fill=signed(1.0 if good else -1.0),
    )
    tick = line((end, y - 9), (end, y + 9), stroke=INK, width=3)
    marks = [
        element(
            "g",
            tooltip(_named(kind, row, magnitude, lang)),
            _SHAPES[kind](scale(row.marks[kind]), y),
        )
        for kind in MARKS
        if kind in row.marks
    ]
    return [field, bar, *marks, tick]


def _good(row: GapBar) -> bool:
    if "plan" in row.marks:
        return row.reached("plan")
    return 2 * sum(row.reached(k) for k in row.marks) >= len(row.marks)


def _legend(lang: Lang, *, width: float, top: float) -> tuple[list[str], float]:
    """Write the six shapes with their names, in as many lines as they need."""
    parts: list[str] = []
    x, y = 12.0, top + 9
    for kind in MARKS:
        words = say(f"mark_{kind}", lang)
        room = text_width(words, SMALL) + 30
        if x + room > width and x > 12.0:
            x, y = 12.0, y + 18
        parts.append(_SHAPES[kind](x + 6, y))
        parts.append(text(x + 16, y + 4, words, size=SMALL, fill=MUTED))
        x += room
    return parts, y + 14


def _triangle(x: float, y: float) -> str:
    points = [(x - _R, y + _R), (x + _R, y + _R), (x, y - _R)]
    return polygon(points, fill=SERIES[1], stroke=PAPER)


def _wedge(x: float, y: float) -> str:
    points = [(x - _R, y - _R), (x + _R, y - _R), (x, y + _R)]
    return polygon(points, fill=SERIES[3], stroke=PAPER)


def _square(x: float, y: float) -> str:
    size = 2 * _R - 1
    return rect(
        x - size / 2, y - size / 2, width=size, height=size, fill=SERIES[0],
        stroke=PAPER,
    )  # fmt: skip


def _barrier(x: float, y: float) -> str:
    return line((x, y - 10), (x, y + 10), stroke=SERIES[1], width=2, dash="3 2")


def _ring(x: float, y: float) -> str:
    attrs: dict[str, str | float] = {"cx": x, "cy": y, "r": _R - 0.5, "fill": PAPER}
    attrs |= {"stroke": SERIES[2], "stroke-width": 2.0}
    return element("circle", attrs=attrs)


_SHAPES: Final[Mapping[str, Callable[[float, float], str]]] = {
    "limit": _barrier,
    "plan": lambda x, y: diamond(x, y, radius=_R, fill=SERIES[4]),
    "own_best": _triangle,
    "group_best": _square,
    "peer": _ring,
    "theory": _wedge,
}


def _named(kind: str, row: GapBar, magnitude: Magnitude, lang: Lang) -> str:
    words = say(f"mark_{kind}", lang)
    return f"{words} {magnitude.show(row.marks[kind])}"


def _sentence(row: GapBar, magnitude: Magnitude, lang: Lang) -> str:
    comma = "，" if lang == "zh" else ", "
    marks = [_named(k, row, magnitude, lang) for k in MARKS if k in row.marks]
    return say(
        "gap_bar_is",
        lang,
        label=row.label,
        value=magnitude.show(row.value),
        unit=magnitude.unit,
        marks=comma.join(marks) or say("no_reference", lang),
    )
