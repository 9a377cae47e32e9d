"""From one total to another, step by step, with nothing left over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from orebook.chart.palette import MUTED, TOTAL, signed
from orebook.chart.rows import BAR, Frame, axis, lay, write
from orebook.chart.scale import Scale, span
from orebook.chart.svg import heading, line, picture, rect
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a waterfall.

    Parameters
    ----------
    label : str
        Name of the total or change.
    value : float
        The total, or the change from the row before [unit].
    kind : {"change", "total"}
        What the value is.
    """

    label: str
    value: float
    kind: Literal["change", "total"] = "change"


def waterfall(
    steps: Sequence[Step],
    *,
    title: str,
    unit: str = "CNY",
    lang: Lang,
    width: float = 720.0,
    scale: bool = True,
) -> str:
    """Draw how changes lead from one total to the next.

    Parameters
    ----------
    steps : sequence of Step
        Rows from top to bottom; the first is a total.
    title : str
        Name of the picture.
    unit : str
        Unit of the figures.
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
        When the first row is no total, or the changes do not lead to a total
        within 0.01 or 1e-9 of it.

    Examples
    --------
    >>> rows = [
    ...     Step("plan", 100, "total"),
    ...     Step("price", -30),
    ...     Step("actual", 70, "total"),
    ... ]
    >>> "price: loss of 30.0 CNY." in waterfall(rows, title="M", lang="en", width=390)
    True
    """
    levels = _levels(steps)
    magnitude = common_magnitude(
        [*(s.value for s in steps), *levels], unit, lang=lang, scale=scale
    )
    figures = [_figure(step, magnitude) for step in steps]
    head, top = heading(
        title, say("waterfall_key", lang, unit=magnitude.unit), width=width
    )
    frame = lay([s.label for s in steps], figures, width=width, top=top)
    across = Scale(*span(levels), frame.left, frame.right)
    bars = _bars(steps, levels, frame=frame, scale=across)
    tips = [_sentence(step, magnitude, lang) for step in steps]
    return picture(
        [*head, *axis(frame, across, magnitude), *bars, *write(frame)],
        width=width,
        height=frame.bottom + 26,
        title=title,
        desc=sentences(tips, lang),
        lang=lang,
    )


def _levels(steps: Sequence[Step]) -> list[float]:
    """Return where each row ends, and check that totals are reached."""
    if not steps or steps[0].kind != "total":
        raise InputError(
            f"waterfall of {len(steps)} rows does not begin with a total; expected "
            "the plan first; put Step(..., kind='total') in front"
        )
    levels: list[float] = []
    for step in steps:
        before = levels[-1] if levels else step.value
        if step.kind == "change":
            levels.append(before + step.value)
            continue
        if not math.isclose(before, step.value, rel_tol=1e-9, abs_tol=0.01):
            raise InputError(
                f"waterfall: changes lead to {before}, but total {step.label!r} is "
                f"{step.value}; expected equality within 0.01; add the missing change"
            )
        levels.append(step.value)
    return levels


def _figure(step: Step, magnitude: Magnitude) -> tuple[str, ...]:
    """Write the value with its arrow."""
    if step.kind == "total":
        return (magnitude.show(step.value),)
    arrow = "▼ " if step.value < 0 else "▲ " if step.value > 0 else ""
    return (arrow + magnitude.show(step.value, signed=True),)


def _bars(
    steps: Sequence[Step], levels: Sequence[float], *, frame: Frame, scale: Scale
) -> list[str]:
    """Write the bars and the threads that join them."""
    parts: list[str] = []
    before = 0.0
    for step, level, y in zip(steps, levels, frame.middles, strict=True):
        start = 0.0 if step.kind == "total" else before
        left, right = sorted((scale(start), scale(level)))
        fill = TOTAL if step.kind == "total" else signed(step.value)
        size = max(right - left, 1.0)
        parts.append(rect(left, y - BAR / 2, width=size, height=BAR, fill=fill))
        before = level
    for level, (upper, lower) in zip(levels, pairwise(frame.middles), strict=False):
        x = scale(level)
        parts.append(line((x, upper + BAR / 2), (x, lower - BAR / 2), stroke=MUTED))
    return parts


def _sentence(step: Step, magnitude: Magnitude, lang: Lang) -> str:
    """Say one row in words."""
    value, unit = magnitude.show(step.value), magnitude.unit
    if step.kind == "total":
        return say("total_is", lang, label=step.label, value=value, unit=unit)
    key = "gain" if step.value > 0 else "loss" if step.value < 0 else "even"
    word, value = say(key, lang), magnitude.show(abs(step.value))
    return say("change_is", lang, label=step.label, word=word, value=value, unit=unit)
