"""How an indicator came from base to actual: workshops, and the factors of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from orebook.chart.palette import INK, MUTED, TOTAL, signed
from orebook.chart.rows import BAR, Frame, axis, lay, write
from orebook.chart.scale import Scale, span
from orebook.chart.svg import heading, line, picture, rect
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude

THIN = 0.55
"""Thickness of the bar of a factor next to that of its workshop [-]."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One row between base and actual.

    Parameters
    ----------
    label : str
        Name of the workshop or factor.
    value : float
        Effect [unit].
    doubt : float
        One standard deviation of it [unit].
    level : {0, 1}
        0 for a workshop, 1 for a factor of the workshop above.
    """

    label: str
    value: float
    doubt: float = 0.0
    level: int = 0


def deviation(
    causes: Sequence[Cause],
    *,
    ends: tuple[float, float],
    names: tuple[str, str],
    title: str,
    unit: str,
    better: Literal["lower", "higher"],
    lang: Lang,
    width: float = 720.0,
) -> str:
    """Draw the way of an indicator from base to actual.

    Parameters
    ----------
    causes : sequence of Cause
        Workshops, each followed by its factors.
    ends : tuple of float
        Base and actual [unit].
    names : tuple of str
        Names of both.
    title : str
        Name of the picture.
    unit : str
        Unit of the figures.
    better : {"lower", "higher"}
        Which direction is drawn as a gain.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].

    Returns
    -------
    str
        SVG text. The axis need not hold nought: what moved is to be seen.

    Raises
    ------
    InputError
        When the workshops do not lead from base to actual.

    Examples
    --------
    >>> rows = [Cause("mud", 2.0), Cause("washing", 2.0, level=1)]
    >>> drawn = deviation(
    ...     rows,
    ...     ends=(100.0, 102.0),
    ...     names=("plan", "actual"),
    ...     title="Soda",
    ...     unit="kg/t",
    ...     better="lower",
    ...     lang="en",
    ...     width=390,
    ... )
    >>> "mud: worse by 2" in drawn
    True
    """
    levels = _levels(causes, ends)
    sign = 1.0 if better == "higher" else -1.0
    changes = common_magnitude(
        [c.value for c in causes] or [0.0], unit, lang=lang, scale=False
    )
    values = common_magnitude(ends, unit, lang=lang, scale=False)
    key = say("deviation_key", lang, unit=values.unit).lstrip(";； ")
    head, top = heading(title, key, width=width)
    labels = [names[0], *(_label(c) for c in causes), names[1]]
    figures = [
        (_exact(ends[0], values),),
        *((_figure(c, changes, sign),) for c in causes),
        (_exact(ends[1], values),),
    ]
    frame = lay(labels, figures, width=width, top=top)
    seen = [*ends, *(v for pair in levels for v in pair)]
    room = max(seen) - min(seen)
    for cause, (_, end) in zip(causes, levels, strict=True):
        doubt = min(cause.doubt, room)
        seen += [end - doubt, end + doubt]
    across = Scale(*span(seen, nought=False), frame.left, frame.right)
    said = [_sentence(c, changes, sign, lang) for c in causes]
    body = [*head, *axis(frame, across, values)]
    body += _marks(frame, across, ends)
    body += _bars(causes, levels, frame=frame, scale=across, sign=sign)
    return picture(
        [*body, *write(frame)],
        width=width,
        height=frame.bottom + 26,
        title=title,
        desc=sentences(said, lang),
        lang=lang,
    )


def _levels(
    causes: Sequence[Cause], ends: tuple[float, float]
) -> list[tuple[float, float]]:
    """Return where each bar begins and ends."""
    outer = inner = ends[0]
    found = []
    for cause in causes:
        if cause.level == 0:
            inner = outer
            found.append((outer, outer + cause.value))
            outer += cause.value
        else:
            found.append((inner, inner + cause.value))
            inner += cause.value
    scale = max(abs(ends[0]), abs(ends[1]), 1e-12)
    if abs(outer - ends[1]) > 1e-6 * scale:
        raise InputError(
            f"deviation: the workshops lead to {outer:g}, but the actual is "
            f"{ends[1]:g}; expected the same; add the missing effect"
        )
    return found


def _label(cause: Cause) -> str:
    return f"· {cause.label}" if cause.level else cause.label


def _exact(value: float, magnitude: Magnitude) -> str:
    """Write a total with so many digits that changes of it are seen."""
    size = abs(value)
    places = 4 if size < 10 else 2 if size < 1000 else 1
    return Magnitude(1.0, magnitude.unit, places).show(value)


def _figure(cause: Cause, magnitude: Magnitude, sign: float) -> str:
    gain = sign * cause.value
    arrow = "▼ " if gain < 0 else "▲ " if gain > 0 else ""
    size = abs(cause.value)
    places = 4 if size < 0.1 else 3 if size < 10 else 2
    return arrow + Magnitude(1.0, magnitude.unit, places).show(cause.value, signed=True)


def _marks(frame: Frame, scale: Scale, ends: tuple[float, float]) -> list[str]:
    """Write a mark at base and actual in their rows."""
    parts = []
    for value, y in zip(ends, (frame.middles[0], frame.middles[-1]), strict=True):
        x = scale(value)
        parts.append(rect(x - 2, y - BAR / 2, width=4, height=BAR, fill=TOTAL))
    return parts


def _bars(
    causes: Sequence[Cause],
    levels: Sequence[tuple[float, float]],
    *,
    frame: Frame,
    scale: Scale,
    sign: float,
) -> list[str]:
    """Write bars, thin for factors, with a whisker of one standard deviation."""
    parts: list[str] = []
    rows = zip(causes, levels, frame.middles[1:-1], strict=True)
    for cause, (start, end), y in rows:
        height = BAR * (THIN if cause.level else 1.0)
        left, right = sorted((scale(start), scale(end)))
        size = max(right - left, 1.0)
        fill = signed(sign * cause.value)
        parts.append(rect(left, y - height / 2, width=size, height=height, fill=fill))
        if cause.doubt > 0.0:
            low, high = scale(end - cause.doubt), scale(end + cause.doubt)
            parts.append(line((low, y), (high, y), stroke=INK))
            parts += [line((x, y - 3), (x, y + 3), stroke=INK) for x in (low, high)]
        if not cause.level:
            parts.append(line((scale(end), y), (scale(end), y + BAR), stroke=MUTED))
    return parts


def _sentence(cause: Cause, magnitude: Magnitude, sign: float, lang: Lang) -> str:
    gain = sign * cause.value
    key = "better_by" if gain > 0 else "worse_by" if gain < 0 else "even"
    size = abs(cause.value)
    places = 4 if size < 0.1 else 3 if size < 10 else 2
    value = Magnitude(1.0, "", places).show(size)
    word = say(key, lang)
    return say("deviation_is", lang, label=cause.label, word=word, value=value,
               unit=magnitude.unit)  # fmt: skip
