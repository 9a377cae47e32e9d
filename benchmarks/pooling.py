"""Solve pooling instances and print profit, proven bound, gap and time as JSON.

    python benchmarks/pooling.py FILE_OR_FOLDER... [--no-scip] [--time-limit SECONDS]

A folder stands for its JSON files. An instance that cannot be read or
solved has its reason under "error" and ends the run with status 1. Without FILE, and
with --smoke, two tiny instances with known optimum are solved.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from orebook.errors import OrebookError
from orebook.plan.pooling import (
    PoolingInstance,
    PoolingResult,
    parse_pooling,
    read_pooling,
    solve_pooling,
)


def haverly(name: str, poor_line: float) -> dict[str, Any]:
    """Return the problem of Haverly (1978) with a limit on the poorer product."""
    ores = (("c1", 6, 3), ("c2", 16, 1), ("c3", 10, 2))
    ways = (("c1", "o1"), ("c2", "o1"), ("o1", "p1"), ("o1", "p2"))
    ways += (("c3", "p1"), ("c3", "p2"))
    return {
        "name": name,
        "inputs": [{"id": i, "cost": c, "quality": {"s": q}} for i, c, q in ores],
        "pools": [{"id": "o1"}],
        "outputs": [
            {"id": "p1", "price": 9, "max": poor_line, "quality_max": {"s": 2.5}},
            {"id": "p2", "price": 15, "max": 200, "quality_max": {"s": 1.5}},
        ],
        "arcs": [{"from": a, "to": b} for a, b in ways],
    }


def smoke() -> list[PoolingInstance]:
    """Return two instances of one pool each; optima 400 and 600."""
    return [
        parse_pooling(haverly("haverly1", 100)),
        parse_pooling(haverly("haverly2", 600)),
    ]


def files(paths: list[Path]) -> Iterator[Path]:
    """Yield the instances named, those of a folder in order of their names."""
    for path in paths:
        yield from sorted(path.glob("*.json")) if path.is_dir() else [path]


def entry(
    source: Path | PoolingInstance, *, time_limit: float, scip: bool, full: bool
) -> dict[str, Any]:
    """Return the figures of one instance, or the reason there are none."""
    name = source.name if isinstance(source, PoolingInstance) else source.stem
    try:
        instance = source if isinstance(source, PoolingInstance) else None
        instance = instance or read_pooling(Path(str(source)))
        certify = "auto" if scip else "none"
        found = solve_pooling(instance, time_limit=time_limit, certify=certify)
    except OrebookError as error:
        return {"name": name, "error": str(error)}
    return found.to_dict() if full else figures(found)


def figures(found: PoolingResult) -> dict[str, Any]:
    """Return the figures that tell how good a plan is."""
    return {
        "name": found.name,
        "profit": found.profit,
        "bound": found.bound,
        "gap": found.gap,
        "seconds": round(found.seconds, 4),
        "certified": found.certified,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--no-scip", action="store_true", help="without SCIP")
    parser.add_argument("--time-limit", type=float, default=60.0, help="per file [s]")
    parser.add_argument("--full", action="store_true", help="flows and steps too")
    parser.add_argument("--smoke", action="store_true", help="two tiny instances")
    chosen = parser.parse_args()
    # A solver may write a banner; standard output is for JSON alone.
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sources: list[Path | PoolingInstance] = [*files(chosen.paths)]
    if chosen.smoke or not chosen.paths:
        sources += smoke()
    entries = [
        entry(
            one,
            time_limit=chosen.time_limit,
            scip=not chosen.no_scip,
            full=chosen.full,
        )
        for one in sources
    ]
    with output:
        output.write(json.dumps(entries, indent=1) + "\n")
    return 1 if any("error" in one for one in entries) else 0


if __name__ == "__main__":
    sys.exit(main())
