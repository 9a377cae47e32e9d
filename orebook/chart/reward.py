"""What each team earned, lost and was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.chart.palette import GAIN, INK, LOSS
from orebook.chart.rows import BAR, Frame, axis, lay, write
from orebook.chart.scale import Scale, span
from orebook.chart.svg import diamond, hatch, heading, key_of, line, picture, rect
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude


@dataclass(frozen=True, slots=True)
class Reward:
    """The result of one team.

    Parameters
    ----------
    label : str
        Name of the team.
    earned, deducted : float
        What it gained and lost, both not below nought [unit].
    paid : float
        What is left after cap, floor and veto [unit].
    cap, floor : float or None
        Limits of what is paid [unit]; None where there is none.
    vetoed : bool
        Whether an event of safety or environment stopped the reward.
    """

    label: str
    earned: float
    deducted: float
    paid: float
    cap: float | None = None
    floor: float | None = None
    vetoed: bool = False

    def __post_init__(self) -> None:
        """Refuse amounts with a sign of their own."""
        for name, value in (("earned", self.earned), ("deducted", self.deducted)):
            if value < 0:
                raise InputError(
                    f"reward of {self.label!r}: {name} = {value} is below nought; "
                    "expected an amount; put gains under earned, losses under deducted"
                )

    @property
    def state(self) -> str:
        """Which rule held the payment; empty where none did."""
        if self.vetoed:
            return "vetoed"
        if self.cap is not None and self.paid >= self.cap:
            return "capped"
        if self.floor is not None and self.paid <= self.floor:
            return "floored"
        return ""


def reward_bars(
    rows: Sequence[Reward],
    *,
    title: str,
    unit: str = "CNY",
    lang: Lang,
    width: float = 720.0,
) -> str:
    """Draw rewards and deductions of the teams.

    Parameters
    ----------
    rows : sequence of Reward
        The teams in the order of the report.
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
        When there is no row, or a figure is not finite.

    Examples
    --------
    >>> row = Reward("shift A", 800, 120, 680)
    >>> drawn = reward_bars([row], title="R", lang="en", width=390)
    >>> "shift A: earned 800.0, deducted 120.0, paid 680.0 CNY." in drawn
    True
    """
    ends = [end for row in rows for end in _ends(row)]
    magnitude = common_magnitude(ends, unit, lang=lang)
    head, top = heading(
        title, say("reward_key", lang, unit=magnitude.unit), width=width
    )
    figures = [_figures(row, magnitude, lang) for row in rows]
    frame = lay([r.label for r in rows], figures, width=width, top=top)
    across = Scale(*span(ends), frame.left, frame.right)
    said = [s for row in rows for s in _say(row, magnitude, lang)]
    bars = _bars(rows, frame=frame, scale=across, key=key_of(title, *said))
    return picture(
        [*head, *axis(frame, across, magnitude), *bars, *write(frame)],
        width=width,
        height=frame.bottom + 26,
        title=title,
        desc=sentences(said, lang),
        lang=lang,
    )


def _ends(row: Reward) -> list[float]:
    limits = [value for value in (row.cap, row.floor) if value is not None]
    return [row.earned, -row.deducted, row.paid, *limits]


def _bars(rows: Sequence[Reward], *, frame: Frame, scale: Scale, key: str) -> list[str]:
    """Write gains to the right, deductions to the left, limits and payment."""
    parts = [hatch(key, LOSS)]
    nought = scale(0.0)
    for row, y in zip(rows, frame.middles, strict=True):
        top, left = y - BAR / 2, scale(-row.deducted)
        size = scale(row.earned) - nought
        parts.append(rect(nought, top, width=size, height=BAR, fill=GAIN))
        if row.deducted:
            wide, fill = nought - left, f"url(#{key})"
            parts.append(
                rect(left, top, width=wide, height=BAR, fill=fill, stroke=LOSS)
            )
        for limit in (row.cap, row.floor):
            if limit is not None:
                x = scale(limit)
                parts.append(line((x, y - 11), (x, y + 11), stroke=INK, width=2.5))
        parts.append(diamond(scale(row.paid), y, radius=6))
    return parts


def _figures(row: Reward, magnitude: Magnitude, lang: Lang) -> tuple[str, ...]:
    paid = magnitude.show(row.paid, signed=True)
    return (paid, say(row.state, lang)) if row.state else (paid,)


def _say(row: Reward, magnitude: Magnitude, lang: Lang) -> list[str]:
    """Say one team in words."""
    said = [
        say(
            "reward_is",
            lang,
            label=row.label,
            earned=magnitude.show(row.earned),
            deducted=magnitude.show(row.deducted),
            paid=magnitude.show(row.paid),
            unit=magnitude.unit,
        )
    ]
    if not row.state:
        return said
    word = say(row.state, lang)
    return [*said, say("reward_state", lang, label=row.label, word=word)]
