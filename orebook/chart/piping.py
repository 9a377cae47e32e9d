"""Geometry of a process flow sheet: boxes, nozzles and pipes, all in px.

Pipes leave boxes to the right, enter from the left and turn only in corridors: none
crosses a box or its words. Nozzles that leave and nozzles that enter stand at different
heights of a grid, so that no two pipes lie on each other in a corridor.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orebook.chart.boxes import Box, Nozzle, Pipe
from orebook.chart.layers import fold, layers
from orebook.chart.place import Cell
from orebook.chart.route import tracks, widen
from orebook.chart.svg import BODY, SMALL, text_width, wrap
from orebook.errors import InputError

__all__ = ["GRID_PX", "LINE", "MARK", "PILL", "Laid", "Seat", "lay_out_boxes"]

PITCH: Final = 7.0
"""Distance of two pipes in a corridor [px]."""
LINE: Final = 14.0
"""Height of a line of words [px]."""
MARK: Final = 20.0
"""Width of the mark in the head of a box [px]."""
PILL: Final = 16.0
"""Height of a number tag [px]."""
GRID_PX: Final = 8.0
"""Grid on which nozzles stand; those that leave stand half a step lower [px]."""
NARROWEST: Final = 178.0
"""Least width of a box [px]."""
WIDEST: Final = 250.0
"""Greatest width of a box; more makes a sheet of gaps [px]."""
_EDGE: Final = 13.0
_GAP: Final = 16.0  # between boxes of a stack [px], of the grid
_BOLD: Final = 1.07  # bold signs are wider than plain ones [-]
_SAFE: Final = 1.08  # fonts at hand may be wider than those text was measured in [-]
_ONWARD: Final = 3.0  # what the order of the book counts for [-]
_MOST_COLUMNS: Final = 7

Point = tuple[float, float]
Bands = Sequence[Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one box stands.

    Parameters
    ----------
    x, y, width, height, head : float
        Upper left corner, size and height of its head [px].
    title : tuple of str
        Lines of its head.
    rows : mapping
        Key of a nozzle to the height of its row [px] and the lines in it.
    tags : mapping
        Key of a tag to its upper left corner and width [px].
    """

    x: float
    y: float
    width: float
    height: float
    head: float
    title: tuple[str, ...]
    rows: Mapping[str, tuple[float, tuple[str, ...]]]
    tags: Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Laid:
    """A sheet laid out: seats by box, corners of each pipe, height [px], columns."""

    seats: Mapping[str, Seat]
    paths: tuple[tuple[Point, ...], ...]
    height: float
    columns: int


@dataclass(frozen=True, slots=True)
class _Way:
    """Corridors a pipe takes: leaves in one, enters from one, crosses by one."""

    net: tuple[str, str]
    leave: int
    cross: int | None
    enter: int


@dataclass(frozen=True, slots=True)
class _Size:
    """Words and height of a box before it has a place; heights from its top."""

    title: tuple[str, ...]
    head: float
    rows: Mapping[str, tuple[float, tuple[str, ...]]]
    tags: Mapping[str, tuple[float, float, float]]
    height: float


def lay_out_boxes(
    boxes: Sequence[Box], pipes: Sequence[Pipe], *, width: float, top: float
) -> Laid:
    """Lay out a sheet in a given width.

    Parameters
    ----------
    boxes : sequence of Box
        The boxes, in the order of the process as the book has it.
    pipes : sequence of Pipe
        The lines.
    width : float
        Width of the sheet [px].
    top : float
        Where it begins [px].

    Returns
    -------
    Laid
        The layout with the most columns that leave boxes wide enough.

    Raises
    ------
    InputError
        When not even one column finds room between the pipes.

    Examples
    --------
    >>> pair = [Box("a", "A", "unit", ()), Box("b", "B", "unit", ())]
    >>> laid = lay_out_boxes(pair, [Pipe("a", "b", "", "")], width=700, top=0)
    >>> laid.columns, laid.seats["a"].x < laid.seats["b"].x
    (2, True)
    """
    names = [box.id for box in boxes]
    weights = _weights(boxes, pipes)
    found = layers(names, weights)
    most = min(_MOST_COLUMNS, int(width // NARROWEST), len(names))
    for columns in range(max(most, 1), 0, -1):
        bands = fold(found, weights, columns)
        laid = _fill(boxes, pipes, bands=bands, width=width, top=top)
        if laid is not None:
            return laid
    raise InputError(
        f"flow sheet of {len(boxes)} boxes and {len(pipes)} pipes finds no room in "
        f"{width:g} px; expected boxes of {NARROWEST:g} px between the pipes; give "
        "more width or show fewer units"
    )


def _weights(
    boxes: Sequence[Box], pipes: Sequence[Pipe]
) -> dict[tuple[str, str], float]:
    """Return the weight of each pair of boxes: money counts, and so does each pipe.

    Between units the order of the book counts too, so that a loop is drawn back where
    the book closes it.
    """
    rank = {b.id: i for i, b in enumerate(boxes) if b.kind in ("unit", "route")}
    most = max((p.weight for p in pipes), default=0.0) or 1.0
    found: dict[tuple[str, str], float] = {}
    for pipe in pipes:
        pair = pipe.source, pipe.target
        onward = rank.get(pair[1], 0) - rank.get(pair[0], 0) if (
            pair[0] in rank and pair[1] in rank) else 0  # fmt: skip
        factor = _ONWARD if onward > 0 else 1.0 / _ONWARD if onward < 0 else 1.0
        more = factor * (0.1 + (pipe.weight / most) ** 0.5)
        found[pair] = found.get(pair, 0.0) + more
    return found


def _fill(
    boxes: Sequence[Box], pipes: Sequence[Pipe], *,
    bands: Bands, width: float, top: float,
) -> Laid | None:  # fmt: skip
    """Lay out with boxes as wide as room is; None where they would be too narrow."""
    columns = max(map(len, bands))
    cells = {
        name: (band, column)
        for band, stacks in enumerate(bands)
        for column, stack in enumerate(stacks)
        for name in stack
    }
    ways = [_way(p, cells) for p in pipes]
    room = NARROWEST
    for _ in range(2):  # words broken for the least width, then for what is there
        sizes = {box.id: _size(box, room) for box in boxes}
        tops, crossings, bottom = _heights(bands, sizes, ways=ways, top=top)
        tops = _settled(bands, sizes, pipes, tops)
        ports = [_ports(p, sizes, tops) for p in pipes]
        lanes = _lanes(ways, ports, crossings)
        wide = [
            2 * _EDGE + PITCH * max(lanes[j].values(), default=0) if j in lanes else 8.0
            for j in range(columns + 1)
        ]
        fits = (width - sum(wide)) / columns
        if fits < NARROWEST:
            return None
        if room >= min(fits, WIDEST) - 0.5:
            break
        room = min(fits, WIDEST)
    slack = (width - sum(wide) - room * columns) / max(columns, 1)
    left = [sum(wide[:j]) + j * (room + slack) for j in range(columns + 1)]
    lane = {
        (j, net): left[j] + _EDGE + PITCH * track + slack / 2 * (0 < j < columns)
        for j, given in lanes.items()
        for net, track in given.items()
    }
    starts = [left[j] + wide[j] + slack / 2 for j in range(columns)]
    seats = {
        name: _seat(sizes[name], x=starts[column], y=tops[name], width=room)
        for name, (_, column) in cells.items()
    }
    paths = tuple(
        _path(p, way, seats=seats, ports=port, lane=lane, crossings=crossings)
        for p, way, port in zip(pipes, ways, ports, strict=True)
    )
    return Laid(seats, paths, bottom - top, columns)


def _way(pipe: Pipe, cells: Mapping[str, Cell]) -> _Way:
    """Choose corridors: onward above the band, back and down below it."""
    (band, column), (band_to, column_to) = cells[pipe.source], cells[pipe.target]
    net = pipe.source, pipe.leaves
    if column_to == column + 1:
        return _Way(net, column_to, None, column_to)
    below = band_to > band or (band_to == band and column_to <= column)
    return _Way(net, column + 1, band + 1 if below else band, column_to)


def _size(box: Box, width: float) -> _Size:
    """Break the words of a box for a width and stack its rows."""
    title = wrap(box.label, width=(width - MARK - 8) / _SAFE / _BOLD, size=BODY)
    title += (
        wrap(box.note, width=(width - MARK - 8) / _SAFE, size=SMALL, most=1)
        if box.note
        else ()
    )
    head = _up(16.0 * len(title) + 8)
    rows: dict[str, tuple[float, tuple[str, ...]]] = {}
    y = head + 4
    for nozzle in (n for n in box.nozzles if n.kind in ("line", "outside")):
        lines = _broken(nozzle, (width - _tag_width(nozzle) - 14) / _SAFE)
        middle = _up(y + PILL / 2 + 1) + (GRID_PX / 2 if nozzle.side == "out" else 0.0)
        rows[nozzle.key] = middle, lines
        y = middle - PILL / 2 + max(PILL, LINE * len(lines)) + 3
    tags, y = _tags(box, width, y)
    return _Size(title, head, rows, tags, _up(y + 4))


def _up(value: float) -> float:
    return -(-value // GRID_PX) * GRID_PX


def _tag_width(nozzle: Nozzle) -> float:
    return text_width(nozzle.tag, SMALL) + 10


def _broken(nozzle: Nozzle, width: float) -> tuple[str, ...]:
    one = f"{nozzle.label}  {nozzle.figures}".rstrip()
    if text_width(one, SMALL) <= width:
        return (one,)
    return (*wrap(nozzle.label, width=width, size=SMALL, most=2), nozzle.figures)


def _tags(
    box: Box, width: float, y: float
) -> tuple[dict[str, tuple[float, float, float]], float]:
    """Set the tags of utilities and idle streams in lines below the rows."""
    small = [n for n in box.nozzles if n.kind in ("tag", "idle")]
    if not small:
        return {}, y
    found = {}
    x, y = 6.0, y + 3
    for nozzle in sorted(small, key=lambda n: n.kind == "idle"):
        need = _tag_width(nozzle)
        if nozzle.kind == "tag":
            need += text_width(nozzle.figures, SMALL) * _SAFE + 5
        if x > 6.0 and x + need > width - 6:
            x, y = 6.0, y + PILL + 4
        found[nozzle.key] = x, y, need
        x += need + 5
    return found, y + PILL


def _heights(
    bands: Bands, sizes: Mapping[str, _Size], *, ways: Sequence[_Way], top: float
) -> tuple[dict[str, float], dict[tuple[int, Hashable], float], float]:
    """Return tops of the boxes, heights of the crossings, and the lower end."""
    spans: dict[int, dict[Hashable, tuple[float, float]]] = {}
    for way in ways:
        if way.cross is not None:
            corridor = spans.setdefault(way.cross, {})
            widen(corridor, way.net, [way.leave, way.enter])
    tops: dict[str, float] = {}
    crossings: dict[tuple[int, Hashable], float] = {}
    y = top
    for band in range(len(bands) + 1):
        given = tracks(spans.get(band, {}), 0.5)
        for net, track in given.items():
            crossings[band, net] = y + 9 + PITCH * track
        y = _up(y + 16 + PITCH * (1 + max(given.values(), default=-1)))
        if band < len(bands):
            y = max(_stack(stack, sizes, y, tops) for stack in bands[band])
    return tops, crossings, y


def _stack(
    names: Sequence[str], sizes: Mapping[str, _Size], y: float, tops: dict[str, float]
) -> float:
    """Set boxes one below the other; return where the last ends."""
    end = y
    for name in names:
        tops[name] = y
        end = y + sizes[name].height
        y = end + _GAP
    return end


def _settled(
    bands: Bands, sizes: Mapping[str, _Size], pipes: Sequence[Pipe],
    tops: Mapping[str, float],
) -> dict[str, float]:  # fmt: skip
    """Move boxes down to where their pipes come from, within the height of a band."""
    found = dict(tops)
    near: dict[str, list[tuple[str, float]]] = {}
    for pipe in pipes:
        leave, enter = _ports(pipe, sizes, dict.fromkeys(tops, 0.0))
        near.setdefault(pipe.source, []).append((pipe.target, enter - leave))
        near.setdefault(pipe.target, []).append((pipe.source, leave - enter))
    for stacks in bands:
        names = {n for stack in stacks for n in stack}
        top = min(found[n] for n in names)
        bottom = max(found[n] + sizes[n].height for n in names)
        for stack in (*stacks, *reversed(stacks), *stacks):
            wanted = {}
            for n in stack:
                ys = [found[o] + d for o, d in near.get(n, ()) if o in names]
                wanted[n] = sum(ys) / len(ys) if ys else found[n]
            found |= _packed(stack, sizes, wanted, (top, bottom))
    return found


def _packed(
    stack: Sequence[str], sizes: Mapping[str, _Size], wanted: Mapping[str, float],
    limits: tuple[float, float],
) -> dict[str, float]:  # fmt: skip
    """Return tops near the wanted ones, in order, a gap apart and within the limits."""
    y, bottom = limits
    tops = {}
    for name in stack:
        tops[name] = y = max(y, _up(wanted[name]))
        y += sizes[name].height + _GAP
    for name in reversed(stack):
        tops[name] = min(tops[name], bottom - sizes[name].height)
        bottom = tops[name] - _GAP
    return tops


def _ports(
    pipe: Pipe, sizes: Mapping[str, _Size], tops: Mapping[str, float]
) -> tuple[float, float]:
    """Return the heights at which a pipe leaves and enters [px]."""

    def at(box: str, key: str, head: float) -> float:
        return tops[box] + (sizes[box].rows[key][0] if key else head)

    leave = at(pipe.source, pipe.leaves, GRID_PX * 1.5)
    return leave, at(pipe.target, pipe.enters, GRID_PX * 2)


def _lanes(
    ways: Sequence[_Way],
    ports: Sequence[tuple[float, float]],
    crossings: Mapping[tuple[int, Hashable], float],
) -> dict[int, dict[Hashable, int]]:
    """Give every net a track in each vertical corridor it uses."""
    spans: dict[int, dict[Hashable, tuple[float, float]]] = {}
    for way, (leave, enter) in zip(ways, ports, strict=True):
        first = spans.setdefault(way.leave, {})
        if way.cross is None:
            widen(first, way.net, [leave, enter])
            continue
        bend = crossings[way.cross, way.net]
        widen(first, way.net, [leave, bend])
        widen(spans.setdefault(way.enter, {}), way.net, [enter, bend])
    return {j: tracks(kept, PITCH / 2) for j, kept in spans.items()}


def _seat(size: _Size, *, x: float, y: float, width: float) -> Seat:
    rows = {k: (y + at, lines) for k, (at, lines) in size.rows.items()}
    tags = {k: (x + dx, y + dy, w) for k, (dx, dy, w) in size.tags.items()}
    return Seat(x, y, width, size.height, size.head, size.title, rows, tags)


def _path(
    pipe: Pipe, way: _Way, *, seats: Mapping[str, Seat],
    ports: tuple[float, float],
    lane: Mapping[tuple[int, Hashable], float],
    crossings: Mapping[tuple[int, Hashable], float],
) -> tuple[Point, ...]:  # fmt: skip
    source, target = seats[pipe.source], seats[pipe.target]
    leave, enter = ports
    out, into = lane[way.leave, way.net], lane[way.enter, way.net]
    corners = [(source.x + source.width, leave), (out, leave)]
    if way.cross is not None:
        y = crossings[way.cross, way.net]
        corners += [(out, y), (into, y)]
    return (*corners, (into, enter), (target.x, enter))
