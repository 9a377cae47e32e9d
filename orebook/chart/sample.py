"""Fewer points for long series, without losing peaks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

MOST: Final = 1000
"""Greatest number of points drawn of one line [-]."""

Point = tuple[float, float]


def thin(points: Sequence[Point], most: int = MOST) -> tuple[Point, ...]:
    """Keep the points that make the greatest triangles with their neighbours.

    Parameters
    ----------
    points : sequence of tuple of float
        Places in rising order of the first coordinate [px].
    most : int
        How many are kept at most, at least 3 [-].

    Returns
    -------
    tuple of tuple of float
        The first, the last and one point of each of the buckets between.

    References
    ----------
    S. Steinarsson, "Downsampling time series for visual representation",
    University of Iceland, 2013 (largest triangle three buckets).

    Examples
    --------
    >>> thin([(0, 0), (1, 0), (2, 9), (3, 0), (4, 0)], most=3)
    ((0, 0), (2, 9), (4, 0))
    """
    if len(points) <= most:
        return tuple(points)
    inner = len(points) - 2
    edges = [1 + inner * i // (most - 2) for i in range(most - 1)]
    kept = [points[0]]
    for i, (start, stop) in enumerate(pairwise(edges)):
        after = points[stop : edges[i + 2]] if i + 2 < len(edges) else points[-1:]
        centre = (
            sum(x for x, _ in after) / len(after),
            sum(y for _, y in after) / len(after),
        )
        last = kept[-1]
        kept.append(max(points[start:stop], key=lambda p: _area(last, p, centre)))
    return (*kept, points[-1])


def _area(a: Point, b: Point, c: Point) -> float:
    """Return twice the area of a triangle."""
    return abs((a[0] - c[0]) * (b[1] - a[1]) - (a[0] - b[0]) * (c[1] - a[1]))
