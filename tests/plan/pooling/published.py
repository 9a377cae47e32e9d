"""More published pooling instances, all money on the arcs.

Numbers of Haverly 1979, Ben-Tal, Eiger and Gershovitz 1994, Adhya, Tawarmalani and
Sahinidis 1999, and Audet et al. 2004, as collected by Alfaki and Haugland 2013.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.plan.pooling.cases import Instance

__all__ = ["adhya3", "bental5", "haverly3", "rt2"]


def _table(
    q: dict[str, Sequence[float]],
    high: dict[str, float],
    arcs: dict[str, float],
    low=0.0,
) -> Instance:
    """Return an instance with all money on the arcs; inputs i, pools p, outputs o."""
    qualities = {k: {f"k{n}": x for n, x in enumerate(v)} for k, v in q.items()}
    kinds = {kind: [k for k in high if k[0] == kind] for kind in "ipo"}
    return {
        "inputs": [
            {"id": i, "max": high[i], "quality": qualities[i]} for i in kinds["i"]
        ],
        "pools": [{"id": p, "capacity": high[p]} for p in kinds["p"]],
        "outputs": [
            {"id": o, "min": low, "max": high[o], "quality_max": qualities[o]}
            for o in kinds["o"]
        ],
        "arcs": [
            {"from": k.split(">")[0], "to": k.split(">")[1], "cost": c}
            for k, c in arcs.items()
        ],
    }


def _ways(
    sources: str, targets: str, costs: Sequence[Sequence[float]]
) -> dict[str, float]:
    return {
        f"{s}>{t}": cost
        for s, line in zip(sources.split(), costs, strict=True)
        for t, cost in zip(targets.split(), line, strict=True)
    }


def haverly3() -> Instance:
    """Return Haverly's third problem (1979): the better ore at 13."""
    return _table(
        {"i1": [3], "i2": [1], "i3": [2], "o1": [2.5], "o2": [1.5]},
        {"i1": 300, "i2": 300, "i3": 300, "p1": 300, "o1": 100, "o2": 200},
        _ways("i1 i2", "p1", [[6], [13]])
        | _ways("i3 p1", "o1 o2", [[1, -5], [-9, -15]]),
    )


def bental5() -> Instance:
    """Return the second problem of Ben-Tal, Eiger and Gershovitz (1994)."""
    quality = {"i1": [3, 1], "i2": [1, 3], "i3": [1, 2.5], "i4": [1.5, 2.5]}
    quality |= {"i5": [2, 2.5], "o1": [2.5, 2], "o2": [1.5, 2.5], "o3": [2, 2.6]}
    quality |= {"o4": [2, 2], "o5": [2, 2]}
    high = {"i1": 600, "i2": 600, "i3": 50, "i4": 600, "i5": 600, "p1": 600}
    high |= {"p2": 600, "p3": 600, "o1": 100, "o2": 200, "o3": 100, "o4": 100}
    buy = _ways("i1 i2 i3 i4", "p1 p2 p3", [[6] * 3, [16] * 3, [15] * 3, [12] * 3])
    price = [-18, -15, -19, -16, -14]
    sell = _ways("p1 p2 p3", "o1 o2 o3 o4 o5", [price] * 3)
    sell |= _ways("i5", "o1 o2 o3 o4 o5", [[-8, -5, -9, -6, -4]])
    return _table(quality, high | {"o5": 100}, buy | sell)


def adhya3() -> Instance:
    """Return the third problem of Adhya, Tawarmalani and Sahinidis (1999)."""
    ores = (
        (1, 6, 4, 0.5, 5, 9), (4, 1, 3, 2, 4, 4), (4, 5.5, 3, 0.9, 7, 10),
        (3, 3, 3, 1, 3, 4), (1, 2.7, 4, 1.6, 3, 7), (1.8, 2.7, 4, 3.5, 6.1, 3),
        (5, 1, 1.7, 2.9, 3.5, 2.9), (3, 3, 3, 1, 5, 2),
    )  # fmt: skip
    limits = (
        (3, 3, 3.25, 0.75, 6, 5), (4, 2.5, 3.5, 1.5, 7, 6),
        (1.5, 5.5, 3.9, 0.8, 7, 6), (3, 4, 4, 1.8, 6, 6),
    )  # fmt: skip
    quality = {f"i{n}": q for n, q in enumerate(ores, start=1)}
    quality |= {f"o{n}": q for n, q in enumerate(limits, start=1)}
    high = {f"i{n}": 75.0 for n in range(1, 9)} | {f"p{n}": 75.0 for n in (1, 2, 3)}
    high |= {"o1": 10, "o2": 25, "o3": 30, "o4": 10}
    arcs = _ways("i1 i2", "p1", [[7], [3]]) | _ways("i3 i4 i5", "p2", [[2], [10], [5]])
    arcs |= _ways("i6 i7 i8", "p3", [[5], [9], [11]])
    arcs |= _ways("p1 p2 p3", "o1 o2 o3 o4", [[-16, -25, -15, -10]] * 3)
    return _table(quality, high, arcs)


def rt2() -> Instance:
    """Return the problem of Audet et al. (2004): least sales, two-sided limits."""
    ores = {
        "i1": (0.82, 3.0, 99.2, 90.5), "i2": (0.62, 0.0, 87.9, 83.5),
        "i3": (0.75, 0.0, 114.0, 98.7),
    }  # fmt: skip
    limits = {
        "o1": (0.79, 3.0, 114.0, 98.7, -0.74, 0.0, -95.0, -85.0),
        "o2": (0.79, 0.9, 114.0, 98.7, -0.74, 0.0, -96.0, -88.0),
        "o3": (0.79, 3.0, 114.0, 98.7, -0.74, 0.0, -91.0, -83.5),
    }
    quality = {k: (*q, *(-x for x in q)) for k, q in ores.items()} | limits
    high = {"i1": 60.98, "i2": 161.29, "i3": 5.0, "p1": 12.5, "p2": 17.5}
    high |= {"o1": 300.0, "o2": 300.0, "o3": 300.0}
    arcs = _ways("i1 i2 i3", "p1 p2", [[49.2] * 2, [62.0] * 2, [300.0] * 2])
    arcs |= {"i1>o2": -180.8, "i2>o1": -128.0, "i2>o3": -88.0, "i3>o1": 110.0}
    arcs |= _ways("p1 p2", "o1 o2 o3", [[-190.0, -230.0, -150.0]] * 2)
    return _table(quality, high, arcs, low=5.0)
