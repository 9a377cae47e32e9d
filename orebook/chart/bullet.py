"""A figure against its target on grounds from poor to best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from orebook.chart.palette import BAND, BAND_DARK, BAND_LIGHT, INK, signed
from orebook.chart.rows import Frame, lay, write
from orebook.chart.scale import Scale
from orebook.chart.svg import heading, line, picture, rect
from orebook.chart.words import say, sentences
from orebook.errors import InputError
from orebook.glossary import Lang, Magnitude, common_magnitude


@dataclass(frozen=True, slots=True)
class Bullet:
    """One indicator.

    Parameters
    ----------
    label : str
        Name of the indicator.
    value, target : float
        What was reached and what was asked [unit].
    typical, good, best : float
        Ends of the grounds [unit]; they rise or fall all one way.
    unit : str
        Unit of the figures.
    direction : {"min", "max"}
        Whether less or more is better.
    """

    label: str
    value: float
    target: float
    typical: float
    good: float
    best: float
    unit: str
    direction: Literal["min", "max"] = "max"

    def __post_init__(self) -> None:
        """Refuse grounds that go against the direction."""
        sign = 1 if self.direction == "max" else -1
        if not sign * self.typical <= sign * self.good <= sign * self.best:
            raise InputError(
                f"bullet {self.label!r}: typical {self.typical}, good {self.good}, "
                f"best {self.best} {self.unit} do not improve towards "
                f"{self.direction}; expected a monotone order; check the direction"
            )

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        if self.direction == "max":
            return self.value >= self.target
        return self.value <= self.target


def bullet(
    rows: Sequence[Bullet], *, title: str, lang: Lang, width: float = 720.0
) -> str:
    """Draw indicators against targets, each on its own scale.

    Parameters
    ----------
    rows : sequence of Bullet
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
        SVG text; the better side is always on the right.

    Raises
    ------
    InputError
        When there is no row, or a figure is not finite.

    Examples
    --------
    >>> row = Bullet("DC", 13100, 12900, 13400, 12500, 11800, "kWh/t", "min")
    >>> "target missed" in bullet([row], title="B", lang="en", width=390)
    True
    """
    shown = [_magnitude(row, lang) for row in rows]
    figures = [_figures(r, m, lang) for r, m in zip(rows, shown, strict=True)]
    head, top = heading(title, say("bullet_key", lang), width=width)
    frame = lay([r.label for r in rows], figures, width=width, top=top)
    bars = [
        part
        for row, y in zip(rows, frame.middles, strict=True)
        for part in _bars(row, frame=frame, y=y)
    ]
    said = [_sentence(r, m, lang) for r, m in zip(rows, shown, strict=True)]
    return picture(
        [*head, *bars, *write(frame)],
        width=width,
        height=frame.bottom + 8,
        title=title,
        desc=sentences(said, lang),
        lang=lang,
    )


def _points(row: Bullet) -> list[float]:
    return [row.value, row.target, row.typical, row.good, row.best]


def _magnitude(row: Bullet, lang: Lang) -> Magnitude:
    return common_magnitude(_points(row), row.unit, lang=lang, scale=False)


def _scale(row: Bullet, frame: Frame) -> Scale:
    """Return a scale with the better side on the right."""
    low, high = min(_points(row)), max(_points(row))
    air = 0.15 * (high - low) or 0.1 * abs(high) or 1.0
    ends = (frame.left, frame.right)
    start, stop = ends if row.direction == "max" else ends[::-1]
    return Scale(low - air, high + air, start, stop)


def _bars(row: Bullet, *, frame: Frame, y: float) -> list[str]:
    """Write grounds, bar and target of a row."""
    scale = _scale(row, frame)
    edges = [frame.left, scale(row.typical), scale(row.good), frame.right]
    grounds = [
        rect(left, y - 10, width=right - left, height=20, fill=fill)
        for left, right, fill in zip(
            edges, edges[1:], (BAND_DARK, BAND, BAND_LIGHT), strict=False
        )
    ]
    fill = signed(1.0 if row.met else -1.0)
    size = max(scale(row.value) - frame.left, 1.0)
    bar = rect(frame.left, y - 4, width=size, height=8, fill=fill)
    x = scale(row.target)
    return [*grounds, bar, line((x, y - 11), (x, y + 11), stroke=INK, width=3)]


def _figures(row: Bullet, magnitude: Magnitude, lang: Lang) -> tuple[str, str]:
    mark = "✓" if row.met else "✗"
    value = f"{mark} {magnitude.show(row.value)} {magnitude.unit}"
    return value, say("against", lang, target=magnitude.show(row.target))


def _sentence(row: Bullet, magnitude: Magnitude, lang: Lang) -> str:
    return say(
        "bullet_is",
        lang,
        label=row.label,
        value=magnitude.show(row.value),
        target=magnitude.show(row.target),
        unit=magnitude.unit,
        word=say("met" if row.met else "missed", lang),
    )
