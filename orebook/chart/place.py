"""Reading order of the nodes of a flow sheet, and their cells on a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

Cell = tuple[int, int]
Weights = Mapping[tuple[str, str], float]

_ANCHOR: Final = 0.6
"""Cost of each row by which a node leaves the place it was given [-]."""
_ROUNDS: Final = 6
"""Rounds of exchanges; further ones hardly gain [-]."""


def order(names: Sequence[str], weights: Weights) -> list[str]:
    """Bring nodes into an order in which little flows backwards.

    Parameters
    ----------
    names : sequence of str
        Ids; their order decides between equals.
    weights : mapping
        Weight of each (source, target) [-].

    Returns
    -------
    list of str
        The ids.

    References
    ----------
    P. Eades, X. Lin, W. F. Smyth, "A fast and effective heuristic for the feedback
    arc set problem", Information Processing Letters, 1993.

    Examples
    --------
    >>> order(["c", "b", "a"], {("a", "b"): 2, ("b", "c"): 2, ("c", "a"): 1})
    ['a', 'b', 'c']
    """
    left = list(names)
    front: list[str] = []
    back: list[str] = []
    while left:
        kept = set(left)
        inside = {k: w for k, w in weights.items() if kept.issuperset(k)}
        out = dict.fromkeys(left, 0.0)
        into = dict.fromkeys(left, 0.0)
        for (source, target), weight in inside.items():
            out[source] += weight
            into[target] += weight
        sink = next((n for n in left if not out[n] and into[n]), None)
        best = max(left, key=lambda n: (not into[n], out[n] - into[n]))
        chosen = sink or best
        (back if sink else front).append(chosen)
        left.remove(chosen)
    return front + back[::-1]


def place(names: Sequence[str], weights: Weights, columns: int) -> dict[str, Cell]:
    """Give each node a cell so that flows read like text, left to right, downwards.

    Parameters
    ----------
    names : sequence of str
        Ids in the order of the process; a node leaves its row only for shorter links.
    weights : mapping
        Weight of each (source, target) [-].
    columns : int
        Cells in a row [-].

    Returns
    -------
    dict of str to tuple of int
        Row and column of each node, no two alike.

    Examples
    --------
    >>> place(["a", "b", "c"], {("a", "b"): 1, ("b", "c"): 1}, 2)
    {'a': (0, 0), 'b': (0, 1), 'c': (1, 1)}
    """
    touching: dict[str, list[tuple[str, str, float]]] = {n: [] for n in names}
    for (source, target), weight in weights.items():
        for end in (source, target):
            touching[end].append((source, target, weight + 0.2))
    home = {name: i // columns for i, name in enumerate(names)}
    net = _Net(touching, home)
    starts = (names, order(names, weights))
    settled = [_settle(start, net=net, columns=columns) for start in starts]
    return min(settled, key=lambda where: net.cost(names, where))


@dataclass(frozen=True, slots=True)
class _Net:
    """What pulls at each node: its links, and the row it was given."""

    touching: Mapping[str, list[tuple[str, str, float]]]
    home: Mapping[str, int]

    def cost(self, names: Sequence[str], where: Mapping[str, Cell]) -> float:
        """Return the cost of some nodes where they stand [-]."""
        return sum(
            _ANCHOR * abs(where[n][0] - self.home[n])
            + sum(_cost(link, where) for link in self.touching[n])
            for n in names
        )


def _settle(names: Sequence[str], *, net: _Net, columns: int) -> dict[str, Cell]:
    """Begin with an order and exchange until nothing is gained."""
    ordered: list[str | None] = [*names]
    ordered += [None] * (-len(ordered) % columns)
    cells = [divmod(i, columns) for i in range(len(ordered))]
    where = {n: c for n, c in zip(ordered, cells, strict=True) if n is not None}
    for _ in range(_ROUNDS):
        if not _improve(ordered, where, net=net, cells=cells):
            break
    return where


def _improve(
    ordered: list[str | None],
    where: dict[str, Cell],
    *,
    net: _Net,
    cells: Sequence[Cell],
) -> bool:
    """Exchange pairs wherever that shortens the links; tell whether any was."""
    moved = False
    for i, j in combinations(range(len(ordered)), 2):
        pair = [n for n in (ordered[i], ordered[j]) if n is not None]
        before = net.cost(pair, where)
        _exchange(ordered, where, (i, j), cells)
        after = net.cost(pair, where)
        if after < before - 1e-9:
            moved = True
        else:
            _exchange(ordered, where, (i, j), cells)
    return moved


def _exchange(
    ordered: list[str | None],
    where: dict[str, Cell],
    pair: tuple[int, int],
    cells: Sequence[Cell],
) -> None:
    i, j = pair
    ordered[i], ordered[j] = ordered[j], ordered[i]
    for k in pair:
        name = ordered[k]
        if name is not None:
            where[name] = cells[k]


def _cost(link: tuple[str, str, float], where: Mapping[str, Cell]) -> float:
    """Return how awkward a link is: best is the next cell to the right."""
    (row, column), (row_to, column_to) = where[link[0]], where[link[1]]
    backwards = (row_to, column_to) < (row, column)
    aside = abs(column_to - column - 1)
    return link[2] * (aside + 2.0 * abs(row_to - row) + 2.5 * backwards)
