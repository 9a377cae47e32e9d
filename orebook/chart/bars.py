"""One bar a row, with a second figure marked beside it where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.chart.palette import TOTAL, signed
from orebook.chart.rows import BAR, Frame, axis, lay, write
from orebook.chart.scale import Scale, span
from orebook.chart.svg import diamond, heading, picture, rect
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude

AIR = 6.0
"""Room for half a diamond at either end of the field [px]."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row.

    Parameters
    ----------
    label : str
        Name of the row.
    value : float or None
        Its figure; None where there is none [unit].
    mark : float or None
        A second figure of the row, shown as a diamond [unit].
    note : str
        Words under the figure, such as a probability.
    """

    label: str
    value: float | None
    mark: float | None = None
    note: str = ""


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    unit: str = "CNY",
    lang: Lang,
    mark: str = "",
    change: bool = False,
    width: float = 720.0,
) -> str:
    """Draw one bar a row from nought.

    Parameters
    ----------
    rows : sequence of Bar
        Rows from top to bottom.
    title : str
        Name of the picture.
    unit : str
        Unit of the figures.
    lang : Lang
        Language of the words.
    mark : str
        What the diamonds are; empty where there are none.
    change : bool
        Whether the figures are gains and losses rather than amounts.
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
    >>> rows = [Bar("base", 70.0, 80.0), Bar("storm", None)]
    >>> drawn = bars(rows, title="M", mark="if known", lang="en", width=390)
    >>> "base: 70.00 CNY; if known 80.00." in drawn, "storm: none." in drawn
    (True, True)
    """
    if not rows:
        raise InputError(
            "picture of 0 bars; expected at least one; leave the picture out when "
            "there is nothing to show"
        )
    values = [v for r in rows for v in (r.value, r.mark) if v is not None]
    magnitude = common_magnitude(values or [0.0], unit, lang=lang)
    head, top = heading(title, _key(magnitude, mark, change, lang), width=width)
    figures = [_figures(r, magnitude, unit, change=change, lang=lang) for r in rows]
    frame = lay([r.label for r in rows], figures, width=width, top=top)
    across = Scale(*span([0.0, *values]), frame.left + AIR, frame.right - AIR)
    told = [
        _sentence(r, magnitude, unit, mark=mark, change=change, lang=lang) for r in rows
    ]
    return picture(
        [
            *head,
            *axis(frame, across, magnitude),
            *_bars(rows, frame=frame, scale=across, change=change),
            *write(frame),
        ],
        width=width,
        height=frame.bottom + 26,
        title=title,
        desc=sentences(told, lang),
        lang=lang,
    )


def _key(magnitude: Magnitude, mark: str, change: bool, lang: Lang) -> str:
    """Say the unit and what the signs are."""
    first = say("waterfall_key" if change else "unit", lang, unit=magnitude.unit)
    return say("bars_key", lang, unit=first, mark=mark) if mark else first


def _shown(value: float | None, magnitude: Magnitude, change: bool, lang: Lang) -> str:
    if value is None:
        return say("open", lang)
    return magnitude.show(value, signed=change)


def _figures(
    row: Bar, magnitude: Magnitude, unit: str, *, change: bool, lang: Lang
) -> tuple[str, ...]:
    """Write the figure and the note; a change has an arrow and a multiple of its own.

    Changes differ by orders of magnitude: a small one must not read as nought.
    """
    shown = _shown(row.value, magnitude, change, lang)
    if change and row.value:
        own = common_magnitude([row.value], unit, lang=lang)
        arrow = "▼" if row.value < 0.0 else "▲"
        shown = f"{arrow} {own.show(row.value, signed=True)}"
        shown += f" {own.unit}" if own.unit != magnitude.unit else ""
    return tuple(filter(None, (shown, row.note)))


def _bars(
    rows: Sequence[Bar], *, frame: Frame, scale: Scale, change: bool
) -> list[str]:
    """Write the bars and the diamonds."""
    parts: list[str] = []
    for row, y in zip(rows, frame.middles, strict=True):
        if row.value is not None:
            left, right = sorted((scale(0.0), scale(row.value)))
            fill = signed(row.value) if change else TOTAL
            size = max(right - left, 1.0)
            parts.append(rect(left, y - BAR / 2, width=size, height=BAR, fill=fill))
        if row.mark is not None:
            parts.append(diamond(scale(row.mark), y, radius=5.0))
    return parts


def _sentence(
    row: Bar,
    magnitude: Magnitude,
    unit: str,
    *,
    mark: str,
    change: bool,
    lang: Lang,
) -> str:
    """Say one row in words."""
    label = f"{row.label} ({row.note})" if row.note else row.label
    if row.value is None:
        return say("bar_none", lang, label=label)
    if change and mark == "":
        magnitude = common_magnitude([row.value], unit, lang=lang)
    value, unit = _shown(row.value, magnitude, change, lang), magnitude.unit
    if row.mark is None:
        return say("total_is", lang, label=label, value=value, unit=unit)
    other = _shown(row.mark, magnitude, change, lang)
    words = {"label": label, "value": value, "unit": unit, "mark": mark}
    return say("bar_is", lang, **words, other=other)
