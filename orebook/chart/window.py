"""Window strips: where a setting should stand, against where it stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.chart.palette import BAND, GAIN, INK, MUTED
from orebook.chart.rows import Frame, lay, write
from orebook.chart.scale import Scale, span
from orebook.chart.svg import SMALL, diamond, heading, line, picture, rect, text
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One setting.

    Parameters
    ----------
    label, unit : str
        Name and unit.
    low, middle, high : float
        Window, and what to aim at [unit].
    rest_low, rest_middle, rest_high : float
        Where it stood otherwise: 10, 50 and 90 % [unit].
    """

    label: str
    unit: str
    low: float
    middle: float
    high: float
    rest_low: float
    rest_middle: float
    rest_high: float

    def __post_init__(self) -> None:
        """Refuse a window that stands on its head."""
        if not (self.low <= self.high and self.rest_low <= self.rest_high):
            raise InputError(
                f"window of {self.label!r} runs from {self.low} to {self.high}; "
                "expected the low end not above the high one; exchange them"
            )


def window_strip(
    rows: Sequence[WindowRow], *, title: str, lang: Lang, width: float = 720.0
) -> str:
    """Draw each window over the range the setting had otherwise.

    Parameters
    ----------
    rows : sequence of WindowRow
        The settings, each on a scale of its own.
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
        When there is no row.

    Examples
    --------
    >>> row = WindowRow("seed", "g/L", 890.0, 920.0, 960.0, 700.0, 790.0, 880.0)
    >>> drawn = window_strip([row], title="W", lang="en")
    >>> "seed: keep 890.0 to 960.0 g/L, aim at 920.0" in drawn
    True
    """
    shown = [_magnitude(row, lang) for row in rows]
    figures = [
        (f"{m.show(r.low)} … {m.show(r.high)} {m.unit}",
         say("window_rest", lang, low=m.show(r.rest_low), high=m.show(r.rest_high)))
        for r, m in zip(rows, shown, strict=True)
    ]  # fmt: skip
    head, top = heading(title, say("window_key", lang), width=width)
    frame = lay([r.label for r in rows], figures, width=width, top=top, least=44.0)
    marks = [
        part
        for row, m, y in zip(rows, shown, frame.middles, strict=True)
        for part in _strip(row, m, frame, y)
    ]
    said = [_say(r, m, lang) for r, m in zip(rows, shown, strict=True)]
    return picture(
        [*head, *marks, *write(frame)], width=width, height=frame.bottom + 10,
        title=title, desc=sentences(said, lang), lang=lang,
    )  # fmt: skip


def _magnitude(row: WindowRow, lang: Lang) -> Magnitude:
    values = [row.low, row.middle, row.high, row.rest_low, row.rest_high]
    return common_magnitude(values, row.unit, lang=lang, scale=False)


def _strip(row: WindowRow, m: Magnitude, frame: Frame, y: float) -> list[str]:
    """Write rest, window and the two middles of one setting."""
    ends = [row.low, row.high, row.rest_low, row.rest_high]
    across = Scale(*span(ends, nought=False), frame.left, frame.right)
    rest, window = (
        (across(row.rest_low), across(row.rest_high)),
        (across(row.low), across(row.high)),
    )
    at = across(row.rest_middle)
    parts = [rect(rest[0], y + 2, width=rest[1] - rest[0], height=10, fill=BAND)]
    wide = max(window[1] - window[0], 2.0)
    parts.append(rect(window[0], y - 10, width=wide, height=10, fill=GAIN))
    parts.append(line((at, y + 1), (at, y + 13), stroke=MUTED, width=2))
    parts.append(diamond(across(row.middle), y - 5, radius=5, fill=INK))
    words = m.show(row.middle)
    place = across(row.middle), y - 13
    return [*parts, text(*place, words, size=SMALL, anchor="middle", fill=MUTED)]


def _say(row: WindowRow, m: Magnitude, lang: Lang) -> str:
    return say(
        "window_is", lang, label=row.label, low=m.show(row.low), high=m.show(row.high),
        unit=m.unit, middle=m.show(row.middle), rest_low=m.show(row.rest_low),
        rest_high=m.show(row.rest_high),
    )  # fmt: skip
