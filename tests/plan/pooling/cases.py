"""Small published pooling instances, and a check of flows that shares no code with us.

Numbers of Haverly 1978/79, Foulds, Haugland and Jornsten 1992, Ben-Tal, Eiger and
Gershovitz 1994, Adhya, Tawarmalani and Sahinidis 1999, as collected in Tawarmalani and
Sahinidis 2002. `ORE_YARD` is constructed (CC0); its optimum was proven with SCIP 10.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from math import inf
from typing import Any

Instance = dict[str, Any]


def build(
    name: str,
    inputs: Sequence[tuple[str, float, float, Sequence[float]]],
    pools: dict[str, float],
    outputs: Sequence[tuple[str, float, float, Sequence[float]]],
    arcs: str,
) -> Instance:
    """Return an instance; arcs are written ``c1>o1 o1>p1:100``."""
    ways = []
    for text in arcs.split():
        ends, _, limit = text.partition(":")
        source, target = ends.split(">")
        most = float(limit) if limit else None
        ways.append({"from": source, "to": target, "max": most, "cost": 0.0})
    return {
        "name": name,
        "kind": "pooling",
        "inputs": [
            {"id": i, "cost": c, "min": 0.0, "max": m, "quality": _named(q)}
            for i, c, m, q in inputs
        ],
        "pools": [{"id": p, "capacity": c} for p, c in pools.items()],
        "outputs": [
            {"id": o, "price": p, "min": 0.0, "max": m, "quality_max": _named(q)}
            for o, p, m, q in outputs
        ],
        "arcs": ways,
    }


def _named(values: Sequence[float]) -> dict[str, float]:
    return {f"q{k}": value for k, value in enumerate(values, start=1)}


HAVERLY_WAYS = "c1>o1 c2>o1 o1>p1:{0} o1>p2:200 c3>p1:{0} c3>p2:200"


def haverly(name: str, supply: float, line: float) -> Instance:
    """Return Haverly's first problem or one of its variants."""
    return build(
        name,
        [("c1", 6, supply, [3]), ("c2", 16, supply, [1]), ("c3", 10, supply, [2])],
        {"o1": supply},
        [("p1", 9, line, [2.5]), ("p2", 15, 200, [1.5])],
        HAVERLY_WAYS.format(line),
    )


HAVERLY1 = haverly("haverly1", 300, 100)
HAVERLY2 = haverly("haverly2", 800, 600)
BENTAL4 = build(
    "bental4",
    [
        ("c1", 6, 300, [3]),
        ("c2", 15, 50, [1]),
        ("c3", 16, 300, [1]),
        ("c4", 10, 300, [2]),
    ],
    {"o1": 300},
    [("p1", 9, 100, [2.5]), ("p2", 15, 200, [1.5])],
    "c1>o1 c2>o1 c3>o1 o1>p1:100 o1>p2:200 c4>p1:100 c4>p2:200",
)
FOULDS2 = build(
    "foulds2",
    [
        ("c1", 6, 600, [3]),
        ("c2", 16, 600, [1]),
        ("c3", 10, 600, [2]),
        ("c4", 3, 600, [3.5]),
        ("c5", 13, 600, [1.5]),
        ("c6", 7, 600, [2.5]),
    ],
    {"o1": 600, "o2": 600},
    [
        ("p1", 9, 100, [2.5]),
        ("p2", 15, 200, [1.5]),
        ("p3", 6, 100, [3]),
        ("p4", 12, 200, [2]),
    ],
    "c1>o1 c2>o1 c4>o2 c5>o2 "
    + " ".join(f"{a}>p{k}" for a in ("o1", "o2", "c3", "c6") for k in (1, 2, 3, 4)),
)
ADHYA1 = build(
    "adhya1",
    [
        ("c1", 7, 75, [1, 6, 4, 0.5]),
        ("c2", 3, 75, [4, 1, 3, 2]),
        ("c3", 2, 75, [4, 5.5, 3, 0.9]),
        ("c4", 10, 75, [3, 3, 3, 1]),
        ("c5", 5, 75, [1, 2.7, 4, 1.6]),
    ],
    {"o1": 75, "o2": 75},
    [
        ("p1", 16, 10, [3, 3, 3.25, 0.75]),
        ("p2", 25, 25, [4, 2.5, 3.5, 1.5]),
        ("p3", 15, 30, [1.5, 5.5, 3.9, 0.8]),
        ("p4", 10, 10, [3, 4, 4, 1.8]),
    ],
    "c1>o1 c2>o1 c3>o2 c4>o2 c5>o2 o1>p1:10 o1>p2:25 o1>p3:30 o1>p4:10 "
    "o2>p1:30 o2>p2:10 o2>p3:10 o2>p4:25",
)
ADHYA4 = build(
    "adhya4",
    [
        ("c1", 15, 85, [0.5, 1.9, 1.3, 1]),
        ("c2", 7, 85, [1.4, 1.8, 1.7, 1.6]),
        ("c3", 4, 85, [1.2, 1.9, 1.4, 1.4]),
        ("c4", 5, 85, [1.5, 1.2, 1.7, 1.3]),
        ("c5", 6, 85, [1.6, 1.8, 1.6, 2]),
        ("c6", 3, 85, [1.2, 1.1, 1.4, 2]),
        ("c7", 5, 85, [1.5, 1.5, 1.5, 1.5]),
        ("c8", 5, 85, [1.4, 1.6, 1.2, 1.6]),
    ],
    {"o1": 85, "o2": 85},
    [
        ("p1", 10, 15, [1.2, 1.7, 1.4, 1.7]),
        ("p2", 25, 25, [1.4, 1.3, 1.8, 1.4]),
        ("p3", 30, 10, [1.3, 1.3, 1.9, 1.9]),
        ("p4", 6, 20, [1.2, 1.1, 1.7, 1.6]),
        ("p5", 10, 15, [1.6, 1.9, 2, 2.5]),
    ],
    "c1>o1 c2>o1 c3>o1 c4>o1 c5>o2 c6>o2 c7>o2 c8>o2 o1>p1:15 o1>p2:25 o1>p3:10 "
    "o1>p4:20 o1>p5:15 o2>p1:10 o2>p2:20 o2>p3:15 o2>p4:15 o2>p5:25",
)
ORE_YARD: Instance = {
    "name": "oreyard1",
    "inputs": [
        {"id": i, "cost": c, "max": m, "quality": {"al2o3": a, "sio2": s}}
        for i, c, m, a, s in (
            ("O1", 430, 60, 62, 6),
            ("O2", 330, 80, 58, 9),
            ("O3", 300, 70, 50, 5),
            ("O4", 380, 100, 48, 3),
        )
    ],
    "pools": [{"id": "Y1", "capacity": 120}, {"id": "Y2", "capacity": 120}],
    "outputs": [
        {
            "id": o,
            "price": p,
            "max": m,
            "quality_max": {"sio2": s},
            "quality_min": {"al2o3": a},
        }
        for o, p, m, s, a in (
            ("L1", 620, 70, 7.5, 56),
            ("L2", 520, 90, 4.8, 49),
            ("L3", 480, 40, 9, 54),
        )
    ],
    "arcs": [
        {"from": a, "to": b}
        for a, b in (
            *(("O1", "Y1"), ("O2", "Y1"), ("O3", "Y1")),
            *(("O2", "Y2"), ("O3", "Y2"), ("O4", "Y2")),
            *((y, o) for y in ("Y1", "Y2") for o in ("L1", "L2", "L3")),
            ("O4", "L2"),
        )
    ],
}

PUBLISHED = [
    (HAVERLY1, 400.0),
    (HAVERLY2, 600.0),
    (BENTAL4, 450.0),
    (FOULDS2, 1100.0),
    (ADHYA1, 549.80305),
    (ADHYA4, 877.64574),
    (ORE_YARD, 42564.91083),
]


def varied(instance: Instance, **changes: Any) -> Instance:
    """Return a copy with fields set, written ``outputs_0_min=5``."""
    other = copy.deepcopy(instance)
    for path, value in changes.items():
        part, place, key = path.split("_", 2)
        other[part][int(place)][key] = value
    return other


def worst_violation(instance: Instance, flows: dict[tuple[str, str], float]) -> float:
    """Return the worst violation in the p form, amounts relative to the largest limit.

    Pool quality is computed from what enters, each output's quality from pool
    qualities: the original bilinear constraints, evaluated.
    """

    def enters(node: str) -> dict[str, float]:
        return {a: x for (a, b), x in flows.items() if b == node}

    def leaves(node: str) -> float:
        return sum(x for (a, _), x in flows.items() if a == node)

    scale = max([*flows.values(), 1e-300])
    off = [-x / scale for x in flows.values()]
    quality = {i["id"]: i.get("quality", {}) for i in instance["inputs"]}
    for pool in instance.get("pools", []):
        parts = enters(pool["id"])
        total = sum(parts.values())
        off.append(abs(total - leaves(pool["id"])) / scale)
        off.append((total - _top(pool, "capacity")) / scale)
        keys = {k for a in parts for k in quality[a]}
        quality[pool["id"]] = {
            k: sum(x * quality[a][k] for a, x in parts.items()) / total if total else 0
            for k in keys
        }
    for node in instance["inputs"]:
        amount = leaves(node["id"])
        off += [(node.get("min") or 0) - amount, amount - _top(node, "max")]
    for node in instance["outputs"]:
        parts = enters(node["id"])
        amount = sum(parts.values())
        off += [(node.get("min") or 0) - amount, amount - _top(node, "max")]
        for sign, name in ((1, "quality_max"), (-1, "quality_min")):
            for key, limit in (node.get(name) or {}).items():
                mass = sum(x * (quality[a][key] - limit) for a, x in parts.items() if x)
                off.append(sign * mass / scale)
    for arc in instance["arcs"]:
        off.append((flows[arc["from"], arc["to"]] - _top(arc, "max")) / scale)
    return max(off)


def _top(record: dict[str, Any], key: str) -> float:
    value = record.get(key)
    return inf if value is None else float(value)
