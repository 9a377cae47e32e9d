"""The process flow sheet: units from left to right, every stream with its number."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from itertools import pairwise
from typing import Final

from orebook.chart.boxes import Box, BoxKind, Nozzle, Pipe, check_boxes
from orebook.chart.flow import Carrier
from orebook.chart.palette import (
    BAND_LIGHT,
    CARRIERS,
    GRID,
    INK,
    MUTED,
    PAPER,
    SERIES,
)
from orebook.chart.piping import LINE, MARK, PILL, Laid, Point, Seat, lay_out_boxes
from orebook.chart.svg import (
    BODY,
    SMALL,
    check_width,
    element,
    heading,
    picture,
    polygon,
    rect,
    text,
    text_width,
    tooltip,
)
from orebook.chart.words import say, sentences
from orebook.glossary import Lang

__all__ = ["process_sheet"]

_THIN: Final = 1.2
_THICK: Final = 5.0
_WHITE: Final = "#ffffff"
_TAG_FILL: Final = "#eef1f3"
_KINDS: Final[tuple[BoxKind, ...]] = ("unit", "store", "place", "route", "site")
_FILLS: Final = {
    "unit": SERIES[0], "store": SERIES[2], "place": SERIES[4], "route": SERIES[3],
    "site": SERIES[0], "utility": MUTED,
}  # fmt: skip


def process_sheet(
    boxes: Sequence[Box],
    pipes: Sequence[Pipe],
    *,
    title: str,
    lang: Lang,
    width: float = 1100.0,
) -> str:
    """Draw a process flow sheet.

    Parameters
    ----------
    boxes : sequence of Box
        Units, stores and places in the order of the process; utilities stand below.
    pipes : sequence of Pipe
        Lines between nozzles; loops are drawn back.
    title : str
        Name of the picture.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px]; the height follows.

    Returns
    -------
    str
        SVG text. Each stream is a link ``#r-KEY`` with the anchor ``p-KEY``; its
        tooltip tells everything known of it.

    Raises
    ------
    InputError
        When a stream stands twice, a pipe leads nowhere, or there is no room.

    Examples
    --------
    >>> out = Nozzle("s1", "1", "out", "line", "bauxite", "510 t/h", "No. 1 bauxite")
    >>> into = Nozzle("s2", "2", "in", "line", "bauxite", "510 t/h", "No. 2 bauxite")
    >>> pair = [Box("m", "Mine", "unit", (out,)), Box("w", "Washing", "unit", (into,))]
    >>> drawn = process_sheet(
    ...     pair, [Pipe("m", "w", "s1", "s2")], title="Ore", lang="en", width=700
    ... )
    >>> drawn.count('href="#r-s1"'), drawn.count("<title>No. 2 bauxite</title>")
    (1, 1)
    """
    check_width(width)
    check_boxes(boxes, pipes)
    process = [box for box in boxes if box.kind != "utility"]
    head, top = heading(title, say("sheet_key", lang), width=width)
    keys, top = _legend(boxes, top=top, width=width, lang=lang)
    body = [*head, *keys]
    if process:
        laid = lay_out_boxes(process, pipes, width=width, top=top)
        body += _pipes(pipes, laid)
        joined = {key for p in pipes for key in (p.leaves, p.enters)}
        for box in process:
            body += _box(box, laid.seats[box.id], joined)
        top += laid.height
    strip, top = _utilities(boxes, top=top, width=width, lang=lang)
    told = [say("box_is", lang, label=b.label, count=str(len(b.nozzles)))
            for b in boxes]  # fmt: skip
    return picture(
        [*body, *strip], width=width, height=top + 8, title=title,
        desc=sentences(told, lang), lang=lang, role="group",
    )  # fmt: skip


# -- pipes -----------------------------------------------------------------------------


def _pipes(pipes: Sequence[Pipe], laid: Laid) -> list[str]:
    """Write the pipes, thick ones first, each with a bright edge where it crosses."""
    most = max((p.weight for p in pipes), default=0.0) or 1.0
    sizes = [_THIN + (_THICK - _THIN) * (p.weight / most) ** 0.5 for p in pipes]
    parts = []
    for i in sorted(range(len(pipes)), key=lambda k: -sizes[k]):
        colour, dash = CARRIERS[pipes[i].carrier]
        path = laid.paths[i]
        x, y = path[-1]
        shaft = _rounded([*path[:-1], (x - 6, y)])
        edge: dict[str, str | float] = {
            "d": shaft, "fill": "none", "stroke": PAPER, "stroke-width": sizes[i] + 3.0,
        }  # fmt: skip
        own = edge | {"stroke": colour, "stroke-width": sizes[i]}
        if dash:
            own["stroke-dasharray"] = dash
        half = 3.6 + sizes[i] / 3
        tip = [(x - 8, y - half), (x, y), (x - 8, y + half)]
        parts += [element("path", attrs=edge), element("path", attrs=own)]
        parts.append(polygon(tip, fill=colour))
    return parts


def _rounded(path: Sequence[Point]) -> str:
    """Write a path of right angles with rounded corners."""
    kept = [path[0], *(b for a, b in pairwise(path) if a != b)]
    parts = [f"M{kept[0][0]:.1f} {kept[0][1]:.1f}"]
    for before, corner, after in zip(kept, kept[1:], kept[2:], strict=False):
        start, end = _toward(corner, before), _toward(corner, after)
        parts.append(f"L{start[0]:.1f} {start[1]:.1f}")
        parts.append(f"Q{corner[0]:.1f} {corner[1]:.1f} {end[0]:.1f} {end[1]:.1f}")
    parts.append(f"L{kept[-1][0]:.1f} {kept[-1][1]:.1f}")
    return "".join(parts)


def _toward(corner: Point, other: Point, radius: float = 3.5) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(radius, length / 2) / length if length else 0.0
    return corner[0] + share * dx, corner[1] + share * dy


# -- boxes -----------------------------------------------------------------------------


def _box(box: Box, seat: Seat, joined: Container[str]) -> list[str]:
    """Write a box: head with its name, a row per stream, then the tags."""
    x, y = seat.x, seat.y
    round_ = 9.0 if box.kind in ("store", "place") else 2.0
    outline: dict[str, str | float] = {
        "x": x, "y": y, "width": seat.width, "height": seat.height, "rx": round_,
        "fill": _WHITE, "stroke": MUTED,
    }  # fmt: skip
    parts = [element("rect", tooltip(_named(box)), attrs=outline)]
    head: dict[str, str | float] = {
        "x": x + 1, "y": y + 1, "width": seat.width - 2, "height": seat.head - 2,
        "rx": max(round_ - 1, 0.0), "fill": BAND_LIGHT,
    }  # fmt: skip
    parts += [element("rect", attrs=head), _mark(box.kind, x + 12, y + seat.head / 2)]
    for index, words in enumerate(seat.title):
        note = bool(box.note) and index == len(seat.title) - 1
        parts.append(
            text(x + MARK + 3, y + 18 + 16 * index, words,
                 size=SMALL if note else BODY, fill=MUTED if note else INK,
                 bold=not note)
        )  # fmt: skip
    for nozzle in box.nozzles:
        if nozzle.key in seat.rows:
            parts.append(_row(nozzle, seat, filled=nozzle.key in joined))
        else:
            parts.append(_tag(nozzle, seat.tags[nozzle.key]))
    return parts


def _named(box: Box) -> str:
    return " · ".join(filter(None, (box.label, box.note)))


def _link(nozzle: Nozzle, parts: Iterable[str]) -> str:
    """Write a stream as a link to its row, with everything known as its tooltip."""
    attrs: dict[str, str | float] = {"id": f"p-{nozzle.key}"}
    if nozzle.row is None:
        return element("g", tooltip(nozzle.tip), *parts, attrs=attrs)
    attrs["href"] = f"#r-{nozzle.row or nozzle.key}"
    return element("a", tooltip(nozzle.tip), *parts, attrs=attrs)


def _row(nozzle: Nozzle, seat: Seat, *, filled: bool) -> str:
    """Write a stream at the edge it passes: number, name, amount and price."""
    y, lines = seat.rows[nozzle.key]
    need = text_width(nozzle.tag, SMALL) + 10
    enters = nozzle.side == "in"
    x = seat.x + 4 if enters else seat.x + seat.width - 4 - need
    edge = x + need + 4 if enters else x - 4
    hit: dict[str, str | float] = {
        "x": seat.x + 1, "y": y - PILL / 2 - 1, "width": seat.width - 2,
        "height": max(PILL, LINE * len(lines)) + 2, "fill": _WHITE,
        "fill-opacity": 0.0,
    }  # fmt: skip
    parts = [element("rect", attrs=hit)]
    parts += _pill(nozzle, x, y, need, filled=filled)
    for index, words in enumerate(lines):
        parts.append(
            text(edge, y + 4 + LINE * index, words, size=SMALL,
                 anchor="start" if enters else "end", fill=MUTED if index else INK)
        )  # fmt: skip
    return _link(nozzle, parts)


def _pill(
    nozzle: Nozzle, x: float, y: float, width: float, *, filled: bool = False
) -> list[str]:
    """Write a number: filled on a pipe, as a flag where it passes the sheet's edge."""
    colour, _ = CARRIERS[nozzle.carrier]
    low, high = y - PILL / 2, y + PILL / 2
    if nozzle.kind == "outside":
        mid = y
        flag = [(x, low), (x + width - 4, low), (x + width, mid),
                (x + width - 4, high), (x, high)]  # fmt: skip
        shape = polygon(flag, fill=colour)
        inner = [(x + 1.2, low + 1.2), (x + width - 4.5, low + 1.2),
                 (x + width - 1.6, mid), (x + width - 4.5, high - 1.2),
                 (x + 1.2, high - 1.2)]  # fmt: skip
        shapes = [shape, polygon(inner, fill=_WHITE)]
    else:
        attrs: dict[str, str | float] = {
            "x": x, "y": low, "width": width, "height": PILL, "rx": PILL / 2,
            "fill": colour if filled else _WHITE, "stroke": colour,
        }  # fmt: skip
        if nozzle.kind == "idle":
            attrs |= {"stroke": GRID, "stroke-dasharray": "2 2"}
        shapes = [element("rect", attrs=attrs)]
    middle = x + width / 2 - (1.5 if nozzle.kind == "outside" else 0.0)
    ink = _WHITE if filled else MUTED if nozzle.kind == "idle" else INK
    return [*shapes, text(middle, y + 4, nozzle.tag, size=SMALL, anchor="middle",
                          fill=ink)]  # fmt: skip


def _tag(nozzle: Nozzle, where: tuple[float, float, float]) -> str:
    """Write a utility or an idle stream: number, and for a utility its amount."""
    x, y, width = where
    if nozzle.kind == "idle":
        return _link(nozzle, _pill(nozzle, x, y + PILL / 2, width))
    colour, dash = CARRIERS[nozzle.carrier]
    number = text_width(nozzle.tag, SMALL) + 10
    ground: dict[str, str | float] = {
        "x": x, "y": y, "width": width, "height": PILL, "rx": 3.0, "fill": _TAG_FILL,
    }  # fmt: skip
    bar: dict[str, str | float] = {
        "x1": x + 1, "y1": y + PILL - 1, "x2": x + width - 1, "y2": y + PILL - 1,
        "stroke": colour, "stroke-width": 2.0,
    }  # fmt: skip
    if dash:
        bar["stroke-dasharray"] = dash
    return _link(nozzle, [
        element("rect", attrs=ground), element("line", attrs=bar),
        text(x + number / 2, y + 12, nozzle.tag, size=SMALL, anchor="middle",
             fill=colour, bold=True),
        text(x + number, y + 12, nozzle.figures, size=SMALL, fill=INK),
    ])  # fmt: skip


def _mark(kind: BoxKind, x: float, y: float) -> str:
    """Write the mark of a kind of box: shape first, colour beside."""
    fill = _FILLS[kind]
    if kind == "store":
        corners = [(x - 6, y - 5), (x + 6, y - 5), (x + 3, y + 5), (x - 3, y + 5)]
        return polygon(corners, fill=fill)
    if kind == "place":
        attrs: dict[str, str | float] = {"cx": x, "cy": y, "r": 5, "fill": fill}
        return element("circle", attrs=attrs)
    if kind == "route":
        corners = [(x - 7, y - 4), (x + 2, y - 4), (x + 7, y), (x + 2, y + 4),
                   (x - 7, y + 4)]  # fmt: skip
        return polygon(corners, fill=fill)
    return rect(x - 5, y - 5, width=10, height=10, fill=fill)


# -- legend and utilities ----------------------------------------------------------


def _legend(
    boxes: Sequence[Box], *, top: float, width: float, lang: Lang
) -> tuple[list[str], float]:
    """Explain the marks, numbers and lines that are used."""
    kinds = {box.kind for box in boxes}
    nozzles = [n for box in boxes for n in box.nozzles]
    used = {n.kind for n in nozzles}
    entries: list[tuple[str, list[str], float]] = [
        (say(f"{kind}_kind", lang), [_mark(kind, 8, 0)], 18)
        for kind in _KINDS if kind in kinds
    ]  # fmt: skip
    for side in ("in", "out"):
        if any(n.kind == "outside" and n.side == side for n in nozzles):
            sample = Nozzle("", "8", "in", "outside", "", "", "")
            key = "sheet_from" if side == "in" else "sheet_to"
            x = 6.0 if side == "in" else 0.0
            entries.append((say(key, lang), _pill(sample, x, 0, 18), 28))
    if "tag" in used:
        sample = Nozzle("", "8", "in", "tag", "", "", "")
        entries.append((say("sheet_tag", lang), _sample_tag(), 24))
    if "idle" in used:
        sample = Nozzle("", "8", "in", "idle", "", "", "")
        entries.append((say("sheet_idle", lang), _pill(sample, 0, 0, 18), 24))
    carriers = [c for c in CARRIERS if any(n.carrier == c for n in nozzles)]
    for carrier in carriers:
        entries.append((say(carrier, lang), [_sample_line(carrier)], 30))  # type: ignore[arg-type]
    return _flow(entries, top=top, width=width)


def _flow(
    entries: Sequence[tuple[str, list[str], float]], *, top: float, width: float
) -> tuple[list[str], float]:
    """Set marks with words side by side, line below line."""
    x, y = 12.0, top + 8
    parts = []
    for words, marks, wide in entries:
        need = wide + text_width(words, SMALL) + 16
        if x + need > width and x > 12.0:
            x, y = 12.0, y + 20
        moved: dict[str, str | float] = {"transform": f"translate({x:.1f} {y:.1f})"}
        parts.append(element("g", *marks, attrs=moved))
        parts.append(text(x + wide, y + 4, words, size=SMALL, fill=MUTED))
        x += need
    return parts, y + 14


def _sample_tag() -> list[str]:
    ground: dict[str, str | float] = {
        "x": 0, "y": -8, "width": 18, "height": PILL, "rx": 3.0, "fill": _TAG_FILL,
    }  # fmt: skip
    number = text(9, 4, "8", size=SMALL, anchor="middle", fill=MUTED, bold=True)
    return [element("rect", attrs=ground), number]


def _sample_line(carrier: Carrier) -> str:
    colour, dash = CARRIERS[carrier]
    attrs: dict[str, str | float] = {
        "x1": 0, "y1": 0, "x2": 24, "y2": 0, "stroke": colour, "stroke-width": 3.0,
    }  # fmt: skip
    if dash:
        attrs["stroke-dasharray"] = dash
    return element("line", attrs=attrs)


def _utilities(
    boxes: Sequence[Box], *, top: float, width: float, lang: Lang
) -> tuple[list[str], float]:
    """Write where utilities come from and go to: one line per utility and place."""
    found = [box for box in boxes if box.kind == "utility"]
    if not found:
        return [], top
    y = top + 12
    line: dict[str, str | float] = {
        "x1": 12, "y1": y, "x2": width - 12, "y2": y, "stroke": GRID,
    }  # fmt: skip
    parts = [element("line", attrs=line)]
    y += 18
    parts.append(text(12, y, say("sheet_utilities", lang), bold=True))
    start = 24 + max(text_width(_named(b), SMALL) for b in found) * 1.04
    start = min(start, width * 0.45)
    for box in found:
        y += 22
        parts.append(text(12, y, _named(box), size=SMALL, fill=INK))
        x = start
        for nozzle in box.nozzles:
            number = text_width(nozzle.tag, SMALL) + 10
            words = f"{nozzle.label}  {nozzle.figures}".rstrip()
            need = number + text_width(words, SMALL) + 18
            if x + need > width - 8 and x > start:
                x, y = start, y + 20
            parts.append(_link(nozzle, [
                *_pill(nozzle, x, y - 4, number),
                text(x + number + 4, y, words, size=SMALL, fill=MUTED),
            ]))  # fmt: skip
            x += need
    return parts, y + 10
