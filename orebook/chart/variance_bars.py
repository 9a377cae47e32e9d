"""What moved the margin, greatest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.chart.palette import MUTED, signed
from orebook.chart.rows import BAR, MARGIN, Frame, axis, lay, write
from orebook.chart.scale import Scale, span
from orebook.chart.svg import SMALL, hatch, heading, key_of, picture, rect, text
from orebook.chart.words import say, sentences
from orebook.glossary import Lang, Magnitude, common_magnitude


@dataclass(frozen=True, slots=True)
class Effect:
    """One cause of a variance.

    Parameters
    ----------
    label : str
        Name of the cause, with its centre where needed.
    value : float
        Change of the margin [unit].
    own : bool
        Whether the centre answers for it.
    """

    label: str
    value: float
    own: bool = True


def variance_bars(
    effects: Sequence[Effect],
    *,
    title: str,
    unit: str = "CNY",
    lang: Lang,
    width: float = 720.0,
    most: int = 10,
) -> str:
    """Draw the greatest effects in either direction.

    Parameters
    ----------
    effects : sequence of Effect
        The causes in any order.
    title : str
        Name of the picture.
    unit : str
        Unit of the figures.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    most : int
        How many are shown; the others are counted and summed [-].

    Returns
    -------
    str
        SVG text.

    Raises
    ------
    InputError
        When there is no effect, or one is not finite.

    Examples
    --------
    >>> drawn = variance_bars([Effect("soda", -5)], title="V", lang="en", width=390)
    >>> "soda: loss of 5.00 CNY." in drawn
    True
    """
    ranked = sorted(effects, key=lambda effect: -abs(effect.value))
    shown, hidden = ranked[:most], ranked[most:]
    magnitude = common_magnitude([e.value for e in effects], unit, lang=lang)
    head, top = heading(
        title, say("variance_key", lang, unit=magnitude.unit), width=width
    )
    figures = [(_figure(effect, magnitude),) for effect in shown]
    frame = lay([e.label for e in shown], figures, width=width, top=top)
    across = Scale(*span(e.value for e in shown), frame.left, frame.right)
    said = [_sentence(effect, magnitude, lang) for effect in ranked]
    foot = _rest(hidden, magnitude, lang)
    body = [*head, *axis(frame, across, magnitude)]
    body += _bars(shown, frame=frame, scale=across, key=key_of(title, *said))
    body += write(frame)
    low = frame.bottom + 26
    if foot:
        body.append(text(MARGIN, low + 8, foot, size=SMALL, fill=MUTED))
    return picture(
        body,
        width=width,
        height=low + (18 if foot else 0),
        title=title,
        desc=sentences(said, lang),
        lang=lang,
    )


def _figure(effect: Effect, magnitude: Magnitude) -> str:
    arrow = "▼ " if effect.value < 0 else "▲ " if effect.value > 0 else ""
    return arrow + magnitude.show(effect.value, signed=True)


def _bars(
    effects: Sequence[Effect], *, frame: Frame, scale: Scale, key: str
) -> list[str]:
    """Write the bars; what the centre does not answer for is hatched."""
    parts = [hatch(f"{key}{sign}", signed(value)) for sign, value in _SIGNS]
    for effect, y in zip(effects, frame.middles, strict=True):
        left, right = sorted((scale(0.0), scale(effect.value)))
        sign = "l" if effect.value < 0 else "g"
        fill = signed(effect.value) if effect.own else f"url(#{key}{sign})"
        rim = "" if effect.own else signed(effect.value)
        size = max(right - left, 1.0)
        parts.append(
            rect(left, y - BAR / 2, width=size, height=BAR, fill=fill, stroke=rim)
        )
    return parts


_SIGNS = (("g", 1.0), ("l", -1.0))


def _rest(hidden: Sequence[Effect], magnitude: Magnitude, lang: Lang) -> str:
    """Say how many are not shown."""
    if not hidden:
        return ""
    value = magnitude.show(sum(e.value for e in hidden), signed=True)
    return say("hidden", lang, count=str(len(hidden)), value=value)


def _sentence(effect: Effect, magnitude: Magnitude, lang: Lang) -> str:
    key = "gain" if effect.value > 0 else "loss" if effect.value < 0 else "even"
    word = say(key, lang)
    if not effect.own:
        word += f" ({say('not_own', lang)})"
    value = magnitude.show(abs(effect.value))
    return say(
        "change_is",
        lang,
        label=effect.label,
        word=word,
        value=value,
        unit=magnitude.unit,
    )
