"""Ways of the links through the corridors between the cells of a flow sheet.

Vertical corridor j lies left of column j, horizontal corridor r above row r. A link
leaves a card at its head, enters the target at a row of its own from the left, and
turns only inside corridors: by construction it never crosses a card or its words.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from orebook.chart.flow import Link
from orebook.chart.place import Cell

Net = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """The corridors one link takes.

    Parameters
    ----------
    net : tuple of str
        Which links may share a track with it.
    leave : int
        Vertical corridor in which it leaves.
    side : int
        1 when it leaves to the right, -1 to the left.
    cross : int or None
        Horizontal corridor by which it changes columns; None where it need not.
    enter : int
        Vertical corridor from which it enters.
    """

    net: Net
    leave: int
    side: int
    cross: int | None
    enter: int


def routes(links: Sequence[Link], cells: Mapping[str, Cell]) -> list[Route]:
    """Choose the corridors of each link.

    Parameters
    ----------
    links : sequence of Link
        The flows.
    cells : mapping of str to tuple of int
        Row and column of each node.

    Returns
    -------
    list of Route
        One route per link.

    Examples
    --------
    >>> link = Link("a", "b", "ore", 1.0, "t/h")
    >>> routes([link], {"a": (0, 0), "b": (0, 1)})[0].cross is None
    True
    """
    return [_route(link, cells[link.source], cells[link.target]) for link in links]


def _route(link: Link, start: Cell, end: Cell) -> Route:
    """Choose the nearer side, and the horizontal corridor next to the source."""
    (row, column), (row_to, column_to) = start, end
    side = 1 if column_to > column else -1
    leave = column + 1 if side == 1 else column
    below = row_to > row
    cross = None if leave == column_to else row + 1 if below else row
    return Route(link.net, leave, side, cross, column_to)


def tracks(
    spans: Mapping[Hashable, tuple[float, float]], gap: float
) -> dict[Hashable, int]:
    """Give each span a track so that spans of one track keep a gap.

    Parameters
    ----------
    spans : mapping
        Lower and upper end of each span [px or -].
    gap : float
        Least distance of two spans on a track, not reached [same unit].

    Returns
    -------
    dict
        Track of each span, from 0; the number of tracks is the least possible.

    References
    ----------
    A. Hashimoto, J. Stevens, "Wire routing by optimizing channel assignment within
    large apertures", Design Automation Workshop, 1971 (left-edge algorithm).

    Examples
    --------
    >>> tracks({"a": (0, 4), "b": (3, 6), "c": (5, 9)}, 0.5)
    {'a': 0, 'b': 1, 'c': 0}
    """
    ends: list[float] = []
    given: dict[Hashable, int] = {}
    for key, (low, high) in sorted(spans.items(), key=lambda item: item[1]):
        free = (i for i, end in enumerate(ends) if end + gap < low)
        track = next(free, len(ends))
        if track == len(ends):
            ends.append(high)
        ends[track] = high
        given[key] = track
    return given


def widen(
    spans: dict[Hashable, tuple[float, float]], key: Hashable, points: Sequence[float]
) -> None:
    """Stretch a span over further points.

    Parameters
    ----------
    spans : dict
        Spans so far; changed in place.
    key : hashable
        Which span; begun when new.
    points : sequence of float
        What it must hold.

    Examples
    --------
    >>> spans = {"a": (1.0, 2.0)}
    >>> widen(spans, "a", [5.0])
    >>> spans
    {'a': (1.0, 5.0)}
    """
    known = spans.get(key, (points[0], points[0]))
    spans[key] = min(*known, *points), max(*known, *points)
