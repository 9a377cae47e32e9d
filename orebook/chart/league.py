"""Responsibility centres in the order of their margin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.chart.palette import signed
from orebook.chart.rows import BAR, Frame, axis, lay, write
from orebook.chart.scale import Scale, span
from orebook.chart.svg import diamond, hatch, heading, key_of, picture, rect
from orebook.chart.words import say, sentences
from orebook.glossary import Lang, Magnitude, common_magnitude


@dataclass(frozen=True, slots=True)
class Standing:
    """One centre of the league.

    Parameters
    ----------
    label : str
        Name of the centre.
    own : float
        Margin without rent [unit].
    rent : float
        Rent of its scarce capacity [unit].
    """

    label: str
    own: float
    rent: float = 0.0

    @property
    def total(self) -> float:
        """Margin and rent together [unit]."""
        return self.own + self.rent


def league(
    rows: Sequence[Standing],
    *,
    title: str,
    unit: str = "CNY",
    lang: Lang,
    width: float = 720.0,
) -> str:
    """Draw centres by margin, the rent told apart by a pattern.

    Parameters
    ----------
    rows : sequence of Standing
        The centres in any order.
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
        SVG text.

    Raises
    ------
    InputError
        When there is no centre, or a figure is not finite.

    Examples
    --------
    >>> drawn = league([Standing("mine", 30, 12)], title="L", lang="en", width=390)
    >>> "1. mine: margin 42.00 CNY, of which rent 12.00." in drawn
    True
    """
    ranked = sorted(rows, key=lambda row: -row.total)
    ends = [end for row in rows for end in (*_ends(row), row.total)]
    magnitude = common_magnitude(ends, unit, lang=lang)
    head, top = heading(
        title, say("league_key", lang, unit=magnitude.unit), width=width
    )
    names = [f"{rank}  {row.label}" for rank, row in enumerate(ranked, 1)]
    figures = [(magnitude.show(row.total, signed=True),) for row in ranked]
    frame = lay(names, figures, width=width, top=top)
    across = Scale(*span(ends), frame.left, frame.right)
    said = [_sentence(n, row, magnitude, lang) for n, row in enumerate(ranked, 1)]
    bars = _bars(ranked, frame=frame, scale=across, key=key_of(title, *said))
    return picture(
        [*head, *axis(frame, across, magnitude), *bars, *write(frame)],
        width=width,
        height=frame.bottom + 26,
        title=title,
        desc=sentences(said, lang),
        lang=lang,
    )


def _ends(row: Standing) -> tuple[float, float]:
    """Return where the own part and the rent part end.

    Parts of one sign are stacked; parts of two signs leave from nought.
    """
    stacked = row.own * row.rent > 0
    return row.own, row.total if stacked else row.rent


def _bars(
    rows: Sequence[Standing], *, frame: Frame, scale: Scale, key: str
) -> list[str]:
    """Write both parts of each bar and the mark of the total."""
    parts = [hatch(f"{key}g", signed(1.0)), hatch(f"{key}l", signed(-1.0))]
    for row, y in zip(rows, frame.middles, strict=True):
        own, rent = _ends(row)
        start = row.own if row.own * row.rent > 0 else 0.0
        parts.append(_bar(scale, (0.0, own), y=y, fill=signed(row.own)))
        if row.rent:
            fill = f"url(#{key}{'l' if row.rent < 0 else 'g'})"
            rim = signed(row.rent)
            parts.append(_bar(scale, (start, rent), y=y, fill=fill, rim=rim))
        parts.append(diamond(scale(row.total), y, radius=6))
    return parts


def _bar(
    scale: Scale, ends: tuple[float, float], *, y: float, fill: str, rim: str = ""
) -> str:
    left, right = sorted(map(scale, ends))
    size = right - left
    return rect(left, y - BAR / 2, width=size, height=BAR, fill=fill, stroke=rim)


def _sentence(rank: int, row: Standing, magnitude: Magnitude, lang: Lang) -> str:
    return say(
        "league_is",
        lang,
        rank=str(rank),
        label=row.label,
        total=magnitude.show(row.total),
        rent=magnitude.show(row.rent),
        unit=magnitude.unit,
    )
