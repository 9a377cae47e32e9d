"""Cells of a process flow sheet: layers of the process from left to right, folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from orebook.chart.place import Weights, order

__all__ = ["fold", "layers"]

_SWEEPS: Final = 4
"""Sweeps over the layers of a band; further ones hardly change the order [-]."""


def layers(names: Sequence[str], weights: Weights) -> list[list[str]]:
    """Put every name into a layer so that flows go to later layers, recycles back.

    Parameters
    ----------
    names : sequence of str
        Ids; their order decides between equals.
    weights : mapping
        Weight of each (source, target); the lightest of a loop run backwards [-].

    Returns
    -------
    list of list of str
        Names by layer; what feeds only one layer stands right before it.

    References
    ----------
    K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical
    system structures", IEEE Transactions on Systems, Man, and Cybernetics, 1981.

    Examples
    --------
    >>> layers(["a", "b", "c"], {("a", "b"): 2, ("b", "c"): 2, ("c", "a"): 1})
    [['a'], ['b'], ['c']]
    """
    rank = {name: i for i, name in enumerate(order(names, weights))}
    onward = [(s, t) for s, t in weights if rank[s] < rank[t]]
    level = dict.fromkeys(names, 0)
    for name in sorted(names, key=rank.__getitem__):
        before = [level[s] + 1 for s, t in onward if t == name]
        level[name] = max(before, default=0)
    fed = {t for _, t in onward}
    for name in names:
        after = [level[t] for s, t in onward if s == name]
        if name not in fed and after:
            level[name] = min(after) - 1
    joined = {end for pair in weights for end in pair}
    last = max(level.values(), default=0)
    for name in names:
        if name not in joined:
            level[name] = last
    return [[n for n in names if level[n] == k] for k in range(last + 1)]


def fold(
    found: Sequence[Sequence[str]], weights: Weights, columns: int
) -> list[list[list[str]]]:
    """Fold layers into bands of so many columns, one band below the other.

    Parameters
    ----------
    found : sequence of sequence of str
        Names by layer.
    weights : mapping
        Weight of each (source, target) [-].
    columns : int
        Columns of the sheet [-].

    Returns
    -------
    list of list of list of str
        Bands of columns of names, each column in its order from the top.

    Examples
    --------
    >>> fold([["a"], ["b"], ["c"]], {("a", "b"): 1.0, ("b", "c"): 1.0}, 2)
    [[['a']], [['b'], ['c']]]
    """
    spread = _spread(found, columns)
    count = -(-len(spread) // columns)
    ends = [len(spread) * k // count for k in range(count + 1)]
    bands = [spread[i:j] for i, j in pairwise(ends)]
    return [_ordered(band, weights) for band in bands]


def _spread(found: Sequence[Sequence[str]], columns: int) -> list[list[str]]:
    """Split layers that are far higher than the others over two columns."""
    total = sum(map(len, found))
    most = max(1 if len(found) == 1 else 3, -(-total // columns))
    parts: list[list[str]] = []
    for names in found:
        parts += [list(names[i : i + most]) for i in range(0, len(names), most)]
    return parts


def _ordered(band: Sequence[Sequence[str]], weights: Weights) -> list[list[str]]:
    """Order each layer of a band by where its neighbours stand (barycentres)."""
    rows = [list(names) for names in band]
    near = _neighbours({n for names in rows for n in names}, weights)
    for sweep in range(_SWEEPS):
        places = range(len(rows)) if sweep % 2 == 0 else reversed(range(len(rows)))
        for k in places:
            at = {n: float(i) for names in rows for i, n in enumerate(names)}
            centre = {n: _centre(near[n], at, at[n]) for n in rows[k]}
            rows[k].sort(key=centre.__getitem__)
    return rows


def _neighbours(
    names: set[str], weights: Weights
) -> Mapping[str, list[tuple[str, float]]]:
    near: dict[str, list[tuple[str, float]]] = {n: [] for n in names}
    for (source, target), weight in weights.items():
        if source in near and target in near:
            near[source].append((target, weight))
            near[target].append((source, weight))
    return near


def _centre(
    near: Sequence[tuple[str, float]], at: Mapping[str, float], own: float
) -> float:
    total = sum(weight for _, weight in near)
    return sum(at[n] * w for n, w in near) / total if total else own
