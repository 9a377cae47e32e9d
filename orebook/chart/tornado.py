"""What each datum moves, down and up, the largest on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.chart.palette import signed
from orebook.chart.rows import BAR, Frame, axis, lay, write
from orebook.chart.scale import Scale, span
from orebook.chart.svg import heading, picture, rect
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude


@dataclass(frozen=True, slots=True)
class Swing:
    """One row of a tornado.

    Parameters
    ----------
    label : str
        Name of the datum.
    down, up : float or None
        Change when it goes down and up; None where nothing is left to draw [unit].
    """

    label: str
    down: float | None
    up: float | None


def tornado(
    swings: Sequence[Swing],
    *,
    title: str,
    share: float,
    unit: str = "CNY",
    lang: Lang,
    width: float = 720.0,
    scale: bool = True,
) -> str:
    """Draw what each datum moves when it goes down and up by a share.

    Parameters
    ----------
    swings : sequence of Swing
        Rows from top to bottom.
    title : str
        Name of the picture.
    share : float
        How far each datum goes down and up [-].
    unit : str
        Unit of the changes.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    scale : bool
        Whether to show multiples (万, 亿; thousand, million).

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
    >>> rows = [Swing("price", -30.0, 25.0), Swing("cap", -4.0, 0.0)]
    >>> "+10 % gives +25.00 CNY." in tornado(
    ...     rows, title="T", share=0.1, lang="en", width=390
    ... )
    True
    """
    if not swings:
        raise InputError(
            "tornado of 0 rows; expected at least one; leave the picture out when "
            "there is nothing to show"
        )
    values = [v for s in swings for v in (s.down, s.up) if v is not None]
    magnitude = common_magnitude(values or [0.0], unit, lang=lang, scale=scale)
    percent = f"{100 * share:g} %"
    key = say("tornado_key", lang, unit=magnitude.unit, share=percent)
    head, top = heading(title, key, width=width)
    figures = [
        (_figure("▼", s.down, magnitude, lang), _figure("▲", s.up, magnitude, lang))
        for s in swings
    ]
    frame = lay([s.label for s in swings], figures, width=width, top=top, least=40.0)
    across = Scale(*span([0.0, *values]), frame.left, frame.right)
    tips = [_sentence(s, magnitude, share=percent, lang=lang) for s in swings]
    return picture(
        [
            *head,
            *axis(frame, across, magnitude),
            *_bars(swings, frame=frame, scale=across),
            *write(frame),
        ],
        width=width,
        height=frame.bottom + 26,
        title=title,
        desc=sentences(tips, lang),
        lang=lang,
    )


def _figure(arrow: str, value: float | None, magnitude: Magnitude, lang: Lang) -> str:
    shown = say("open", lang) if value is None else magnitude.show(value, signed=True)
    return f"{arrow} {shown}"


def _bars(swings: Sequence[Swing], *, frame: Frame, scale: Scale) -> list[str]:
    """Write two thin bars a row, down above up, coloured by gain and loss."""
    parts: list[str] = []
    for swing, middle in zip(swings, frame.middles, strict=True):
        for value, y in ((swing.down, middle - BAR / 2 - 1), (swing.up, middle + 1)):
            if value is None:
                continue
            left, right = sorted((scale(0.0), scale(value)))
            size = max(right - left, 1.0)
            fill = signed(value)
            parts.append(rect(left, y, width=size, height=BAR / 2, fill=fill))
    return parts


def _sentence(swing: Swing, magnitude: Magnitude, *, share: str, lang: Lang) -> str:
    """Say one row in words."""
    down, up = (
        say("open", lang) if v is None else magnitude.show(v, signed=True)
        for v in (swing.down, swing.up)
    )
    return say(
        "tornado_is",
        lang,
        label=swing.label,
        share=share,
        down=down,
        up=up,
        unit=magnitude.unit,
    )
