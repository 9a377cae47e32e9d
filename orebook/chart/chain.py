"""The flow sheet of the group with flow and internal price at each link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orebook.chart.flow import Carrier, Link, Node, NodeKind, check, shares
from orebook.chart.palette import (
    BAND_LIGHT,
    CARRIERS,
    GRID,
    INK,
    MUTED,
    PAPER,
    SERIES,
)
from orebook.chart.sheet import LINE, MARK, Card, Point, Sheet, lay_out
from orebook.chart.svg import (
    BODY,
    SMALL,
    check_width,
    diamond,
    element,
    heading,
    line,
    picture,
    polygon,
    rect,
    text,
    text_width,
    tooltip,
)
from orebook.chart.words import say, sentences
from orebook.glossary import Lang, format_number, unit_label

_KINDS: Final[tuple[NodeKind, ...]] = ("unit", "store", "market", "place")
_CARRIERS: Final[tuple[Carrier, ...]] = ("material", "heat", "power", "water")
_THIN: Final = 1.0
_THICK: Final = 4.5


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of a set.

    Parameters
    ----------
    site : str
        Site shown; empty for the panel between the sites.
    svg : str
        The picture.
    """

    site: str
    svg: str


def chain_diagram(
    nodes: Sequence[Node],
    links: Sequence[Link],
    *,
    title: str,
    lang: Lang,
    width: float = 1200.0,
) -> str:
    """Draw a flow sheet, site below site.

    Parameters
    ----------
    nodes : sequence of Node
        The places.
    links : sequence of Link
        The flows; loops are welcome.
    title : str
        Name of the picture.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px]; the height follows.

    Returns
    -------
    str
        SVG text.

    Raises
    ------
    InputError
        When a link leads nowhere, or the width leaves no room.

    Examples
    --------
    >>> pair = [Node("mine", "Mine"), Node("wash", "Washing plant")]
    >>> ore = Link("mine", "wash", "bauxite", 510.0, "t/h", 92.5, "CNY/t")
    >>> drawn = chain_diagram(pair, [ore], title="Chain", lang="en", width=600)
    >>> "Mine to Washing plant: bauxite 510 t/h · 92.5 CNY/t." in drawn
    True
    """
    check_width(width)
    check(nodes, links)
    words = [_words(link, lang) for link in links]
    head, top = heading(title, say("chain_key", lang), width=width)
    keys, top = _legend(nodes, links, top=top, width=width, lang=lang)
    sheet = lay_out(nodes, links, words, width=width, top=top)
    names = {node.id: node.label for node in nodes}
    tips = [
        say(
            "link_is",
            lang,
            source=names[link.source],
            target=names[link.target],
            label=f"{said[0]} {' · '.join(said[1:])}",
        )
        for link, said in zip(links, words, strict=True)
    ]
    body = [*head, *keys, *_sites(sheet, width), *_lines(links, sheet, tips)]
    body += [part for node in nodes for part in _card(node, sheet.cards[node.id])]
    notes = [say("stock_is", lang, label=n.label, note=n.note) for n in nodes if n.note]
    return picture(
        body,
        width=width,
        height=top + sheet.height + 6,
        title=title,
        desc=sentences([*tips, *notes], lang),
        lang=lang,
    )


def chain_panels(
    nodes: Sequence[Node],
    links: Sequence[Link],
    *,
    title: str,
    lang: Lang,
    width: float = 1200.0,
) -> tuple[Panel, ...]:
    """Draw the links between the sites, then each site by itself.

    Parameters
    ----------
    nodes : sequence of Node
        The places.
    links : sequence of Link
        The flows.
    title : str
        Name of the set.
    lang : Lang
        Language of the words.
    width : float
        Width of each picture [px].

    Returns
    -------
    tuple of Panel
        The panel between the sites first, when there are several; then one per site,
        in which other sites stand as places where its links come from or lead to.

    Raises
    ------
    InputError
        When a link leads nowhere, or the width leaves no room.

    Notes
    -----
    Between the sites, flows of one material and unit are summed, and their price is
    the mean by flow, shown only where each of them has one in the same unit.

    Examples
    --------
    >>> pair = [Node("m", "Mine", site="North"), Node("r", "Refinery", site="South")]
    >>> ore = Link("m", "r", "bauxite", 510.0, "t/h")
    >>> [p.site for p in chain_panels(pair, [ore], title="C", lang="en", width=600)]
    ['', 'North', 'South']
    """
    check(nodes, links)
    site = {node.id: node.site for node in nodes}
    names = list(dict.fromkeys(site.values()))
    panels = []
    if len(names) > 1:
        places = [Node(name, name, "place") for name in names]
        heads = f"{title} · {say('between', lang)}"
        svg = chain_diagram(
            places, _between(links, site), title=heads, lang=lang, width=width
        )
        panels.append(Panel("", svg))
    for name in names:
        own, kept = _alone(name, nodes=nodes, links=links, lang=lang)
        heads = f"{title} · {name}" if name else title
        svg = chain_diagram(own, kept, title=heads, lang=lang, width=width)
        panels.append(Panel(name, svg))
    return tuple(panels)


def _between(links: Sequence[Link], site: dict[str, str]) -> list[Link]:
    """Sum the links that join two sites."""
    groups: dict[tuple[str, str, str, str, Carrier], list[Link]] = {}
    for link in links:
        ends = site[link.source], site[link.target]
        if ends[0] != ends[1]:
            key = (*ends, link.label, link.unit, link.carrier)
            groups.setdefault(key, []).append(link)
    found = []
    for (source, target, name, unit, carrier), same in groups.items():
        flow = sum(link.flow for link in same)
        price, per = _mean_price(same, flow)
        found.append(Link(source, target, name, flow, unit, price, per, carrier))
    return found


def _mean_price(same: Sequence[Link], flow: float) -> tuple[float | None, str]:
    """Return the mean by flow, where all prices exist in one unit."""
    units = {link.price_unit for link in same}
    priced = [(link.price, link.flow) for link in same if link.price is not None]
    if len(priced) < len(same) or len(units) > 1 or not flow:
        return None, ""
    return sum(price * part for price, part in priced) / flow, units.pop()


def _alone(
    name: str, *, nodes: Sequence[Node], links: Sequence[Link], lang: Lang
) -> tuple[list[Node], list[Link]]:
    """Return a site with the other sites as places at its edge."""
    site = {node.id: node.site for node in nodes}
    own = [
        Node(n.id, n.label, n.kind, note=n.note) for n in nodes if site[n.id] == name
    ]
    edge: dict[str, Node] = {}
    kept = []
    for link in links:
        source, target = link.source, link.target
        here = site[source] == name, site[target] == name
        if not any(here):
            continue
        if not here[0]:
            source = f"from:{site[source]}"
            words = say("from_site", lang, site=site[link.source])
            edge[source] = Node(source, words, "place")
        if not here[1]:
            target = f"to:{site[target]}"
            words = say("to_site", lang, site=site[link.target])
            edge[target] = Node(target, words, "place")
        rest = (link.label, link.flow, link.unit, link.price, link.price_unit)
        kept.append(Link(source, target, *rest, link.carrier))
    return [*own, *edge.values()], kept


def _words(link: Link, lang: Lang) -> tuple[str, ...]:
    """Return material, flow and price of a link."""
    flow = _short(link.flow, link.unit, lang)
    if link.price is None:
        return link.label, flow
    return link.label, flow, _short(link.price, link.price_unit, lang)


def _short(value: float, unit: str, lang: Lang) -> str:
    """Write three figures or so: a flow sheet is for the eye."""
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    digits = format_number(value, lang=lang, decimals=places if size else 0)
    return f"{digits} {unit_label(unit, lang=lang, short=True)}"


def _legend(
    nodes: Sequence[Node],
    links: Sequence[Link],
    *,
    top: float,
    width: float,
    lang: Lang,
) -> tuple[list[str], float]:
    """Explain the marks and lines that are used."""
    kinds = {node.kind for node in nodes}
    carriers = {link.carrier for link in links}
    x, y = 12.0, top + 8
    parts: list[str] = []
    shown: list[tuple[str, str]] = [(k, f"{k}_kind") for k in _KINDS if k in kinds]
    shown += [(c, c) for c in _CARRIERS if c in carriers]
    for name, key in shown:
        words = say(key, lang)
        need = 46 + text_width(words, SMALL)
        if x + need > width:
            x, y = 12.0, y + 18
        if name in CARRIERS:
            colour, dash = CARRIERS[name]
            ends = (x, y), (x + 26, y)
            parts.append(line(*ends, stroke=colour, width=3, dash=dash))
        else:
            parts.append(_mark(name, x + 18, y))
        parts.append(text(x + 32, y + 4, words, size=SMALL, fill=MUTED))
        x += need
    return parts, y + 14


def _mark(kind: str, x: float, y: float) -> str:
    """Write the mark of a kind of node."""
    if kind == "store":
        corners = [(x - 6, y - 6), (x + 6, y - 6), (x + 3, y + 6), (x - 3, y + 6)]
        return polygon(corners, fill=SERIES[2])
    if kind == "market":
        return diamond(x, y, radius=7, fill=SERIES[1])
    if kind == "place":
        spot: dict[str, str | float] = {"cx": x, "cy": y, "r": 6, "fill": SERIES[4]}
        return element("circle", attrs=spot)
    return rect(x - 6, y - 6, width=12, height=12, fill=SERIES[0])


def _sites(sheet: Sheet, width: float) -> list[str]:
    """Write the ground and the name of each site."""
    left = min(card.x for card in sheet.cards.values())
    parts = []
    for index, (name, upper, lower) in enumerate(sheet.sites):
        if not name:
            continue
        fill = "#eef1f3" if index % 2 else PAPER
        high = lower - upper
        parts.append(rect(0, upper, width=width, height=high, fill=fill))
        parts.append(line((0, upper), (width, upper), stroke=GRID))
        parts.append(text(left, upper + 18, name, size=13, bold=True))
    return parts


def _lines(links: Sequence[Link], sheet: Sheet, tips: Sequence[str]) -> list[str]:
    """Write the links, thick ones first, each ended by an arrow."""
    sizes = shares(links)
    ranked = sorted(range(len(links)), key=lambda i: -sizes[i])
    parts = []
    for index in ranked:
        colour, dash = CARRIERS[links[index].carrier]
        thick = _THIN + (_THICK - _THIN) * sizes[index]
        path = sheet.paths[index]
        tip_x, tip_y = path[-1]
        attrs: dict[str, str | float] = {
            "d": _rounded([*path[:-1], (tip_x - 5, tip_y)]),
            "fill": "none",
            "stroke": colour,
            "stroke-width": thick,
        }
        if dash:
            attrs["stroke-dasharray"] = dash
        parts.append(element("path", tooltip(tips[index]), attrs=attrs))
        head = [(tip_x - 8, tip_y - 4.5), (tip_x, tip_y), (tip_x - 8, tip_y + 4.5)]
        parts.append(polygon(head, fill=colour))
    return parts


def _rounded(path: Sequence[Point]) -> str:
    """Write a path of right angles with rounded corners."""
    parts = [f"M{path[0][0]:.1f} {path[0][1]:.1f}"]
    for before, corner, after in zip(path, path[1:], path[2:], strict=False):
        start, end = _toward(corner, before), _toward(corner, after)
        parts.append(f"L{start[0]:.1f} {start[1]:.1f}")
        bend = f"Q{corner[0]:.1f} {corner[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
        parts.append(bend)
    parts.append(f"L{path[-1][0]:.1f} {path[-1][1]:.1f}")
    return "".join(parts)


def _toward(corner: Point, other: Point, radius: float = 3.0) -> Point:
    """Return the point a little way from a corner towards another point."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(radius, length / 2) / length if length else 0.0
    return corner[0] + share * dx, corner[1] + share * dy


def _card(node: Node, card: Card) -> list[str]:
    """Write the card of a node: head with mark, then one row per entering link."""
    x, y = card.x, card.y
    tip = " ".join(filter(None, (node.label, node.note)))
    parts = [
        rect(x, y, width=card.width, height=card.height, fill="#ffffff", stroke=MUTED),
        rect(
            x + 0.5,
            y + 0.5,
            width=card.width - 1,
            height=card.head - 1,
            fill=BAND_LIGHT,
            tip=tip,
        ),
        _mark(node.kind, x + 13, y + 15),
    ]
    for index, words in enumerate(card.title):
        note = bool(node.note) and index == len(card.title) - 1
        place = x + MARK + 3, y + 19 + 16 * index
        size, fill = (SMALL, MUTED) if note else (BODY, INK)
        parts.append(text(*place, words, size=size, fill=fill, bold=not note))
    for port, lines in zip(card.ports, card.rows, strict=True):
        for index, words in enumerate(lines):
            place = x + 8, port + 4 + LINE * index
            parts.append(text(*place, words, size=SMALL, fill=MUTED if index else INK))
    return parts
