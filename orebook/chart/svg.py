"""Small primitives: elements, text that fits, and the outer picture."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final, Literal

from orebook.chart.palette import HATCH, INK, MUTED, PAPER
from orebook.errors import InputError
from orebook.glossary import Lang, check_lang

Anchor = Literal["start", "middle", "end"]
Attribute = str | float

SMALL: Final = 11.0
"""Least size of text [px]."""
BODY: Final = 12.0
TITLE: Final = 14.0
LEADING: Final = 1.3
_BOLD: Final = 1.07  # bold signs are wider than plain ones [-]
"""Distance of lines over size of text [-]."""
NARROWEST: Final = 280.0
"""Least width of a picture [px]."""

_FONT: Final = (
    "Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, PingFang SC, "
    "system-ui, Arial, sans-serif"
)
_THIN: Final = frozenset("iljtfrI.,:;'|!()[] /-")
_BROAD: Final = frozenset("mwMW%@")


def element(
    tag: str, *children: str, attrs: Mapping[str, Attribute] | None = None
) -> str:
    """Write one element.

    Parameters
    ----------
    tag : str
        Name of the element.
    *children : str
        Finished SVG text inside it.
    attrs : mapping or None
        Attributes; figures are written with at most two decimals.

    Returns
    -------
    str
        SVG text.

    Examples
    --------
    >>> element("rect", attrs={"x": 1.0, "width": 2.345})
    '<rect x="1" width="2.35"/>'
    """
    pairs = "".join(f' {k}="{_attribute(v)}"' for k, v in (attrs or {}).items())
    if not children:
        return f"<{tag}{pairs}/>"
    return f"<{tag}{pairs}>{''.join(children)}</{tag}>"


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = BODY,
    anchor: Anchor = "start",
    fill: str = INK,
    bold: bool = False,
) -> str:
    """Write one line of text.

    Parameters
    ----------
    x, y : float
        Anchor point on the base line [px].
    content : str
        The words; escaped here.
    size : float
        Size of the type [px].
    anchor : {"start", "middle", "end"}
        Which end of the line stands at `x`.
    fill : str
        Colour.
    bold : bool
        Whether the line is set in bold.

    Returns
    -------
    str
        SVG text.

    Examples
    --------
    >>> text(0, 9, "a < b", size=12)
    '<text x="0" y="9" font-size="12" fill="#20272c">a &lt; b</text>'
    """
    attrs: dict[str, Attribute] = {"x": x, "y": y, "font-size": size}
    if anchor != "start":
        attrs["text-anchor"] = anchor
    attrs["fill"] = fill
    if bold:
        attrs["font-weight"] = "bold"
    return element("text", escape(content), attrs=attrs)


def line(
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    stroke: str = MUTED,
    width: float = 1.0,
    dash: str = "",
) -> str:
    """Write a straight line.

    Parameters
    ----------
    start, end : tuple of float
        Its ends [px].
    stroke : str
        Colour.
    width : float
        Thickness [px].
    dash : str
        Dash pattern; empty for an unbroken line.

    Returns
    -------
    str
        SVG text.

    Examples
    --------
    >>> line((0, 0), (5, 0))
    '<line x1="0" y1="0" x2="5" y2="0" stroke="#4a545c" stroke-width="1"/>'
    """
    attrs: dict[str, Attribute] = {
        "x1": start[0],
        "y1": start[1],
        "x2": end[0],
        "y2": end[1],
        "stroke": stroke,
        "stroke-width": width,
    }
    if dash:
        attrs["stroke-dasharray"] = dash
    return element("line", attrs=attrs)


def rect(
    x: float,
    y: float,
    *,
    width: float,
    height: float,
    fill: str,
    stroke: str = "",
    tip: str = "",
) -> str:
    """Write a rectangle.

    Parameters
    ----------
    x, y : float
        Upper left corner [px].
    width, height : float
        Size [px]; a size below nought counts as nought.
    fill : str
        Colour, or the reference of a pattern.
    stroke : str
        Colour of the rim; empty for none.
    tip : str
        Words shown when pointed at.

    Returns
    -------
    str
        SVG text.

    Examples
    --------
    >>> rect(0, 0, width=4, height=2, fill="#fff")
    '<rect x="0" y="0" width="4" height="2" fill="#fff"/>'
    """
    attrs: dict[str, Attribute] = {
        "x": x,
        "y": y,
        "width": max(width, 0.0),
        "height": max(height, 0.0),
        "fill": fill,
    }
    if stroke:
        attrs["stroke"] = stroke
    return element("rect", *([tooltip(tip)] if tip else []), attrs=attrs)


def polygon(
    points: Sequence[tuple[float, float]], *, fill: str, stroke: str = ""
) -> str:
    """Write a closed shape.

    Parameters
    ----------
    points : sequence of tuple of float
        Corners [px].
    fill : str
        Colour.
    stroke : str
        Colour of the rim; empty for none.

    Returns
    -------
    str
        SVG text.

    Examples
    --------
    >>> polygon([(0, 0), (4, 0), (2, 3)], fill="#000")
    '<polygon points="0,0 4,0 2,3" fill="#000"/>'
    """
    where = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    attrs: dict[str, Attribute] = {"points": where, "fill": fill}
    if stroke:
        attrs["stroke"] = stroke
    return element("polygon", attrs=attrs)


def diamond(x: float, y: float, *, radius: float, fill: str = INK) -> str:
    """Write a mark in the form of a diamond.

    Parameters
    ----------
    x, y : float
        Centre [px].
    radius : float
        Half its width [px].
    fill : str
        Colour.

    Returns
    -------
    str
        SVG text.

    Examples
    --------
    >>> diamond(5, 5, radius=2, fill="#000")
    '<polygon points="5,3 7,5 5,7 3,5" fill="#000" stroke="#f7f8f9"/>'
    """
    corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
    return polygon(corners, fill=fill, stroke=PAPER)


def tooltip(words: str) -> str:
    """Write the words a browser shows for the element that holds this.

    Parameters
    ----------
    words : str
        The words.

    Returns
    -------
    str
        SVG text.

    Examples
    --------
    >>> tooltip("5 t")
    '<title>5 t</title>'
    """
    return element("title", escape(words))


def text_width(content: str, size: float) -> float:
    """Estimate the width of a line of text, on the safe side.

    Parameters
    ----------
    content : str
        The words.
    size : float
        Size of the type [px].

    Returns
    -------
    float
        Width [px].

    Examples
    --------
    >>> text_width("氧化铝", 12)
    36.0
    """
    return size * sum(_advance(char) for char in content)


def fit(content: str, *, width: float, size: float) -> str:
    """Shorten a line until it fits.

    Parameters
    ----------
    content : str
        The words.
    width : float
        Room [px].
    size : float
        Size of the type [px].

    Returns
    -------
    str
        The words, ended by an ellipsis when shortened.

    Examples
    --------
    >>> fit("evaporation", width=40, size=12)
    'evap…'
    """
    if text_width(content, size) <= width:
        return content
    kept = content
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap(content: str, *, width: float, size: float, most: int = 2) -> tuple[str, ...]:
    """Break a line at blanks, or between Chinese characters.

    Parameters
    ----------
    content : str
        The words.
    width : float
        Room [px].
    size : float
        Size of the type [px].
    most : int
        Greatest number of lines; the last is shortened [-].

    Returns
    -------
    tuple of str
        The lines, at least one.

    Examples
    --------
    >>> wrap("red mud washing", width=60, size=12)
    ('red mud', 'washing')
    >>> wrap("赤泥洗涤沉降", width=40, size=12)
    ('赤泥洗', '涤沉降')
    """
    lines = [""]
    for piece in _pieces(content):
        if lines[-1] and text_width((lines[-1] + piece).rstrip(), size) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    if len(lines) > most:
        lines = [*lines[: most - 1], "".join(lines[most - 1 :])]
    return tuple(fit(row.strip(), width=width, size=size) for row in lines)


def hatch(key: str, colour: str) -> str:
    """Define a pattern of slanting strokes.

    Parameters
    ----------
    key : str
        Id of the pattern.
    colour : str
        Colour of the strokes.

    Returns
    -------
    str
        SVG text of the definition.

    Examples
    --------
    >>> hatch("k", "#000").startswith('<defs><pattern id="k"')
    True
    """
    ground = rect(0, 0, width=6, height=6, fill=HATCH)
    attrs: dict[str, Attribute] = {
        "id": key,
        "width": 6,
        "height": 6,
        "patternUnits": "userSpaceOnUse",
        "patternTransform": "rotate(45)",
    }
    stroke = rect(0, 0, width=2.5, height=6, fill=colour)
    return element("defs", element("pattern", ground, stroke, attrs=attrs))


def key_of(*parts: str) -> str:
    """Derive an id that is the same for the same words, and new for others.

    Parameters
    ----------
    *parts : str
        Words that tell one picture from another.

    Returns
    -------
    str
        Id for use inside the picture.

    Examples
    --------
    >>> key_of("a") == key_of("a"), key_of("a") == key_of("b")
    (True, False)
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"p{digest[:10]}"


def picture(
    body: Sequence[str],
    *,
    width: float,
    height: float,
    title: str,
    desc: str,
    lang: Lang,
    role: Literal["img", "group"] = "img",
) -> str:
    """Close the picture: size, name and the figures in words.

    Parameters
    ----------
    body : sequence of str
        Finished SVG text.
    width, height : float
        Size [px].
    title : str
        Name of the picture, for those who cannot see it.
    desc : str
        The figures in words.
    lang : Lang
        Language of the words.
    role : {"img", "group"}
        A group where parts of the picture are links to be reached one by one.

    Returns
    -------
    str
        SVG text without script, style sheet or outer reference.

    Raises
    ------
    InputError
        When the width is under 280 px, where text cannot be read.

    Examples
    --------
    >>> picture([], width=390, height=20, title="A", desc="B", lang="en")[:4]
    '<svg'
    """
    check_width(width)
    attrs: dict[str, Attribute] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": "chart",
        "role": role,
        "lang": check_lang(lang),
        "viewBox": f"0 0 {_number(width)} {_number(height)}",
        "width": width,
        "height": height,
        "font-family": _FONT,
        "font-variant": "tabular-nums",
    }
    name = element("title", escape(title))
    words = element("desc", escape(desc))
    ground = rect(0, 0, width=width, height=height, fill=PAPER)
    return element("svg", name, words, ground, *body, attrs=attrs)


def check_width(width: float) -> None:
    """Refuse a width at which text cannot be read.

    Parameters
    ----------
    width : float
        Width of the picture [px].

    Raises
    ------
    InputError
        When it is under 280 px.

    Examples
    --------
    >>> check_width(390)
    """
    if not width >= NARROWEST:
        raise InputError(
            f"picture width = {width} px is too narrow for text of {SMALL:g} px; "
            f"expected at least {NARROWEST:g} px; give the width on the screen"
        )


def heading(title: str, unit: str, *, width: float) -> tuple[list[str], float]:
    """Write the title and, under it, the unit of the figures.

    Parameters
    ----------
    title : str
        Name of the picture.
    unit : str
        Unit or legend line; empty for none.
    width : float
        Width of the picture [px].

    Returns
    -------
    tuple of list of str and float
        SVG text, and the height used [px].

    Examples
    --------
    >>> heading("Margin", "CNY", width=390)[1]
    46.0
    """
    rows: list[str] = []
    y = 8.0
    for row in wrap(title, width=(width - 24) / _BOLD, size=TITLE, most=3):
        y += 16
        rows.append(text(12, y - 2, row, size=TITLE, bold=True))
    for row in wrap(unit, width=width - 24, size=SMALL, most=3) if unit else ():
        y += 15
        rows.append(text(12, y, row, size=SMALL, fill=MUTED))
    return rows, y + 7


def _pieces(content: str) -> list[str]:
    """Split where a line may break; a closing mark stays with what it closes."""
    pieces: list[str] = []
    open_end = False
    for char in content:
        if pieces and (open_end or _hangs(char)) and not _is_wide(char):
            pieces[-1] += char
        else:
            pieces.append(char)
        open_end = not (char == " " or _is_wide(char) or (_hangs(char) and char > "~"))
    return pieces


def _hangs(char: str) -> bool:
    """Tell whether a mark may not begin a line."""
    return char in "，。；：、）)%,.;:"


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and not _hangs(char)


def _advance(char: str) -> float:
    """Return the width of a character over the size of the type."""
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if char in _THIN:
        return 0.34
    if char in _BROAD:
        return 0.9
    return 0.68 if char.isupper() else 0.58


def _attribute(value: Attribute) -> str:
    return escape(value) if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    """Write at most two decimals, so that the text is the same everywhere."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown
