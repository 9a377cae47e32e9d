"""Geometry of a flow sheet: cards, rows, ports and tracks, all in px."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orebook.chart.flow import Link, Node, shares
from orebook.chart.place import Cell, place
from orebook.chart.route import Net, Route, routes, tracks, widen
from orebook.chart.svg import BODY, SMALL, text_width, wrap
from orebook.errors import InputError

PITCH: Final = 6.0
"""Distance of two tracks [px]."""
LINE: Final = 14.0
"""Height of a line of words in a card [px]."""
CARD: Final = 172.0
"""Least width of a card where there are several columns [px]."""
LEAST: Final = 140.0
"""Least width of a card in a single column [px]."""
SITE: Final = 26.0
"""Height of the name of a site [px]."""
MARK: Final = 22.0
"""Width of the mark of a kind in the head of a card [px]."""
_EDGE: Final = 11.0
_MOST_COLUMNS: Final = 6

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Card:
    """Where one node stands.

    Parameters
    ----------
    x, y, width, height, head : float
        Upper left corner, size and height of the head [px].
    title : tuple of str
        Lines of the head.
    rows : tuple of tuple of str
        Lines of each entering link.
    ports : tuple of float
        Height at which each link enters [px].
    """

    x: float
    y: float
    width: float
    height: float
    head: float
    title: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    ports: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A flow sheet laid out.

    Parameters
    ----------
    height : float
        Height of the sheet [px].
    cards : dict of str to Card
        Card of each node.
    paths : tuple of tuple of tuple of float
        Corners of each link from source to target [px].
    sites : tuple of tuple
        Name, upper and lower edge of each site [px].
    """

    height: float
    cards: dict[str, Card]
    paths: tuple[tuple[Point, ...], ...]
    sites: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is known before any width is: cells, ways and words."""

    nodes: Sequence[Node]
    links: Sequence[Link]
    words: Sequence[tuple[str, ...]]
    cells: Mapping[str, Cell]
    ways: Sequence[Route]
    firsts: Mapping[int, str]
    columns: int


def lay_out(
    nodes: Sequence[Node],
    links: Sequence[Link],
    words: Sequence[tuple[str, ...]],
    *,
    width: float,
    top: float,
) -> Sheet:
    """Lay out a flow sheet in a given width.

    Parameters
    ----------
    nodes : sequence of Node
        The places.
    links : sequence of Link
        The flows.
    words : sequence of tuple of str
        Material, flow and, where there is one, price of each link.
    width : float
        Width of the sheet [px].
    top : float
        Where it begins [px].

    Returns
    -------
    Sheet
        The layout with the most columns that leave cards wide enough.

    Raises
    ------
    InputError
        When not even one column finds room between the tracks.

    Examples
    --------
    >>> pair = [Node("a", "A"), Node("b", "B")]
    >>> link = [Link("a", "b", "ore", 1.0, "t/h")]
    >>> len(lay_out(pair, link, [("ore", "1 t/h")], width=600, top=0).paths)
    1
    """
    most = min(_MOST_COLUMNS, int(width // CARD), _largest(nodes))
    for columns in range(max(most, 1), 0, -1):
        plan = _plan(nodes, links, words, columns=columns)
        least = CARD if columns > 1 else LEAST
        sheet = _fill(plan, width=width, top=top, card=least)
        if sheet is None:
            continue
        broad = _card_width(sheet)
        better = _fill(plan, width=width, top=top, card=broad)
        if better is None or _card_width(better) < broad:
            return sheet
        return better
    raise InputError(
        f"flow sheet of {len(nodes)} nodes and {len(links)} links finds no room in "
        f"{width:g} px; expected cards of {LEAST:g} px between the lines; draw one "
        "panel per site (chain_panels) or give more width"
    )


def _card_width(sheet: Sheet) -> float:
    return next(iter(sheet.cards.values())).width


def _largest(nodes: Sequence[Node]) -> int:
    """Return the number of nodes of the largest site."""
    names = [node.site for node in nodes]
    return max(names.count(name) for name in set(names))


def _plan(
    nodes: Sequence[Node],
    links: Sequence[Link],
    words: Sequence[tuple[str, ...]],
    *,
    columns: int,
) -> _Plan:
    """Give cells site by site, one below the other."""
    weights: dict[tuple[str, str], float] = {}
    site = {node.id: node.site for node in nodes}
    for link, share in zip(links, shares(links), strict=True):
        if site[link.source] == site[link.target]:
            ends = link.source, link.target
            weights[ends] = weights.get(ends, 0.0) + share + 0.05
    cells: dict[str, Cell] = {}
    firsts: dict[int, str] = {}
    row = 0
    for name in dict.fromkeys(site.values()):
        own = [node.id for node in nodes if node.site == name]
        mine = {k: w for k, w in weights.items() if site[k[0]] == name}
        firsts[row] = name
        for node, (r, c) in place(own, mine, columns).items():
            cells[node] = (row + r, c)
        row = 1 + max(cells[node][0] for node in own)
    return _Plan(nodes, links, words, cells, routes(links, cells), firsts, columns)


def _fill(plan: _Plan, *, width: float, top: float, card: float) -> Sheet | None:
    """Lay out with words broken for cards of one width; None without room."""
    sizes = _sizes(plan, card)
    tops, crossings, bottom = _heights(plan, sizes, top)
    ports = _ports(plan, sizes, tops)
    lanes = _lanes(plan, ports, crossings)
    wide = [
        2 * _EDGE + PITCH * (1 + max(lanes.get(j, {0: 0}).values()))
        for j in range(plan.columns + 1)
    ]
    room = (width - sum(wide)) / plan.columns
    if room < (CARD if plan.columns > 1 else LEAST):
        return None
    left = [sum(wide[:j]) + j * room for j in range(plan.columns + 1)]
    lane = {
        (j, net): left[j] + _EDGE + PITCH * (track + 0.5)
        for j, given in lanes.items()
        for net, track in given.items()
    }
    starts = [left[j] + wide[j] for j in range(plan.columns)]
    cards = {}
    for node, (row, column) in plan.cells.items():
        cards[node] = _card(sizes[node], x=starts[column], y=tops[row], width=room)
    return Sheet(
        height=bottom - top,
        cards=cards,
        paths=_paths(plan, cards, ports=ports, lane=lane, crossings=crossings),
        sites=_bands(plan, tops, crossings=crossings, top=top, bottom=bottom),
    )


def _lanes(
    plan: _Plan,
    ports: Sequence[tuple[float, float]],
    crossings: Mapping[tuple[int, Net], float],
) -> dict[int, dict[Hashable, int]]:
    """Give every net a track in each vertical corridor it uses."""
    spans: dict[int, dict[Hashable, tuple[float, float]]] = {}
    for way, (leave, enter) in zip(plan.ways, ports, strict=True):
        first = spans.setdefault(way.leave, {})
        if way.cross is None:
            widen(first, way.net, [leave, enter])
            continue
        bend = crossings[way.cross, way.net]
        widen(first, way.net, [leave, bend])
        widen(spans.setdefault(way.enter, {}), way.net, [enter, bend])
    return {j: tracks(kept, PITCH / 2) for j, kept in spans.items()}


@dataclass(frozen=True, slots=True)
class _Size:
    """Words and height of one card."""

    title: tuple[str, ...]
    head: float
    rows: tuple[tuple[str, ...], ...]


def _sizes(plan: _Plan, card: float) -> dict[str, _Size]:
    """Break the words of each card; heads of one row are equally high."""
    inner = card - MARK - 8
    exits = {node.id: {1: 0, -1: 0} for node in plan.nodes}
    for net, side in dict.fromkeys((way.net, way.side) for way in plan.ways):
        exits[net[0]][side] += 1
    rows: dict[str, list[tuple[str, ...]]] = {node.id: [] for node in plan.nodes}
    for link, said in zip(plan.links, plan.words, strict=True):
        rows[link.target].append(_broken(said, card - 20))
    titles = {n.id: wrap(n.label, width=inner, size=BODY) for n in plan.nodes}
    for node in plan.nodes:
        if node.note:
            titles[node.id] += wrap(node.note, width=inner, size=SMALL, most=1)
    heads: dict[int, float] = {}
    for node in plan.nodes:
        row = plan.cells[node.id][0]
        ports = 8.0 * max(exits[node.id].values()) + 8
        high = max(16.0 * len(titles[node.id]) + 10, ports, heads.get(row, 0.0))
        heads[row] = high
    return {
        n.id: _Size(titles[n.id], heads[plan.cells[n.id][0]], tuple(rows[n.id]))
        for n in plan.nodes
    }


def _broken(words: tuple[str, ...], width: float) -> tuple[str, ...]:
    """Put material, flow and price on the fewest lines that fit."""
    name, flow, *price = words
    figures = " · ".join([flow, *price])
    choices = [(f"{name}  {figures}",), (name, figures), (f"{name}  {flow}", *price)]
    for lines in choices:
        if all(text_width(row, SMALL) <= width for row in lines):
            return lines
    return (*wrap(name, width=width, size=SMALL), flow, *price)


def _high(size: _Size) -> float:
    """Return the height of a card [px]."""
    body = sum(LINE * len(lines) + 4 for lines in size.rows)
    return size.head + (body + 4 if size.rows else 0.0)


def _heights(
    plan: _Plan, sizes: Mapping[str, _Size], top: float
) -> tuple[list[float], dict[tuple[int, Net], float], float]:
    """Return tops of the rows, heights of the crossings, and the lower end."""
    spans: dict[int, dict[Hashable, tuple[float, float]]] = {}
    nets: dict[tuple[int, Hashable], Net] = {}
    for way in plan.ways:
        if way.cross is not None:
            widen(spans.setdefault(way.cross, {}), way.net, [way.leave, way.enter])
            nets[way.cross, way.net] = way.net
    count = 1 + max(row for row, _ in plan.cells.values())
    tops: list[float] = []
    crossings: dict[tuple[int, Net], float] = {}
    y = top
    for row in range(count + 1):
        y += SITE + (8 if row else 0) if plan.firsts.get(row) else 0.0
        given = tracks(spans.get(row, {}), 0.5)
        for key, track in given.items():
            crossings[row, nets[row, key]] = y + 8 + PITCH * (track + 0.5)
        y += 16 + PITCH * (1 + max(given.values(), default=-1))
        if row < count:
            tops.append(y)
            y += max(_high(sizes[n]) for n, c in plan.cells.items() if c[0] == row)
    return tops, crossings, y


def _ports(
    plan: _Plan, sizes: Mapping[str, _Size], tops: Sequence[float]
) -> list[tuple[float, float]]:
    """Return the heights at which each link leaves and enters.

    Exits to the right and to the left of neighbouring cards share a corridor, so they
    stand at heights of their own.
    """
    taken: dict[tuple[str, int], dict[Net, float]] = {}
    filled: dict[str, int] = {}
    found = []
    for link, way in zip(plan.links, plan.ways, strict=True):
        own = taken.setdefault((link.source, way.side), {})
        first = tops[plan.cells[link.source][0]] + (6 if way.side == 1 else 10)
        leave = own.setdefault(way.net, first + 8 * len(own))
        index = filled.get(link.target, 0)
        filled[link.target] = index + 1
        size, y = sizes[link.target], tops[plan.cells[link.target][0]]
        found.append((leave, _port(size, y, index)))
    return found


def _port(size: _Size, y: float, index: int) -> float:
    """Return the height at which a card's link of this index enters."""
    before = sum(LINE * len(lines) + 4 for lines in size.rows[:index])
    return y + size.head + before + 4 + LINE / 2


def _card(size: _Size, *, x: float, y: float, width: float) -> Card:
    ports = tuple(_port(size, y, i) for i in range(len(size.rows)))
    return Card(x, y, width, _high(size), size.head, size.title, size.rows, ports)


def _paths(
    plan: _Plan,
    cards: Mapping[str, Card],
    *,
    ports: Sequence[tuple[float, float]],
    lane: Mapping[tuple[int, Hashable], float],
    crossings: Mapping[tuple[int, Net], float],
) -> tuple[tuple[Point, ...], ...]:
    """Return the corners of every link."""
    found = []
    for link, way, (leave, enter) in zip(plan.links, plan.ways, ports, strict=True):
        source, target = cards[link.source], cards[link.target]
        start = source.x + source.width if way.side == 1 else source.x
        out, into = lane[way.leave, way.net], lane[way.enter, way.net]
        corners = [(start, leave), (out, leave)]
        if way.cross is not None:
            y = crossings[way.cross, way.net]
            corners += [(out, y), (into, y)]
        corners += [(into, enter), (target.x, enter)]
        found.append(tuple(corners))
    return tuple(found)


def _bands(
    plan: _Plan,
    tops: Sequence[float],
    *,
    crossings: Mapping[tuple[int, Net], float],
    top: float,
    bottom: float,
) -> tuple[tuple[str, float, float], ...]:
    """Return the edges of the sites; a site owns the corridor above its cards."""
    uppers = []
    for row, name in plan.firsts.items():
        above = [y for (cross, _), y in crossings.items() if cross == row]
        first = min(above, default=tops[row] - 8) - 8 - SITE
        uppers.append((name, first if row else top))
    lowers = [upper for _, upper in uppers[1:]] + [bottom]
    return tuple((n, u, low) for (n, u), low in zip(uppers, lowers, strict=True))
