"""Measure how time and memory grow with units, periods and pools; print JSON.

Units: the planning family of `plan_assembly.py` with 60, 120 and 240 units over 52
periods. Periods: the example book over 12 months, 52 weeks and 365 days. Pools: copies
of Haverly's problem with as many ways again drawn at random, 1 to 20 pools. "exponent"
is the slope of log time against log size: 1 is proportional growth.

    python benchmarks/growth.py [--smoke]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from plan_assembly import instance, problem_of
from pooling import haverly

from orebook.chain.calendar import horizon, period
from orebook.chain.read import read_book
from orebook.plan.assemble import assemble
from orebook.plan.coarse import from_nothing
from orebook.plan.conditions import conditions
from orebook.plan.make import price_rows
from orebook.plan.pooling import parse_pooling, solve_pooling
from orebook.process.check import check_units
from orebook.process.network import network

PROJECT = Path(__file__).resolve().parent.parent
STARTS = {"months": "2026-05", "weeks": "2026-W18", "days": "2026-05-01"}
STEPS = ("assemble", "solve", "price", "total")
KINDS = ("inputs", "pools", "outputs")
Measured = dict[str, Any]


def by_units(units: int, periods: int) -> Measured:
    """Measure the family with a number of units."""
    data = instance(periods, units=units)
    begun = time.perf_counter()
    problem = problem_of(data)
    return _planned(units, problem, begun)


def by_periods(kind: str, count: int) -> Measured:
    """Measure the example book over a number of periods of a kind."""
    chain = read_book(PROJECT / "examples" / "guangxi", check=check_units)
    net = network(chain)
    begun = time.perf_counter()
    span = horizon(period(STARTS[kind]), count)
    problem = assemble(net, conditions(chain, span, known_until="2026-04")).problem
    return {"kind": kind, **_planned(count, problem, begun)}


def _planned(size: int, problem: Any, begun: float) -> Measured:
    times = [begun, time.perf_counter()]
    solution = from_nothing(problem)
    times.append(time.perf_counter())
    price_rows(problem, solution)
    times.append(time.perf_counter())
    seconds = [*np.diff(times).tolist(), times[-1] - begun]
    return {
        "size": size,
        "rows": problem.shape[0],
        "columns": problem.shape[1],
        **dict(zip(STEPS, seconds, strict=True)),
        "peak_memory_mb": _peak(),
    }


def by_pools(pools: int, limit: float) -> Measured:
    """Measure a network of pools from reading to certificate."""
    instance = parse_pooling(_pools(pools))
    begun = time.perf_counter()
    found = solve_pooling(instance, time_limit=limit)
    return {
        "size": pools,
        "arcs": len(instance.arcs),
        "total": time.perf_counter() - begun,
        "gap": found.gap,
        "certified": found.certified,
        "peak_memory_mb": _peak(),
    }


def _pools(count: int) -> dict[str, Any]:
    """Return copies of Haverly's problem, joined by ways drawn at random."""
    rng = np.random.default_rng(20260101)
    joined: dict[str, Any] = {"name": f"{count} pools"}
    for number in range(count):
        part = haverly("", float(rng.choice([100, 600])))
        shift = float(rng.uniform(0.5, 2.0))
        for key in KINDS:
            for one in part[key]:
                one["id"] = f"h{number}{one['id']}"
                for grade in ("quality", "quality_max"):
                    if grade in one:
                        one[grade] = {"s": one[grade]["s"] * shift}
            joined[key] = joined.get(key, []) + part[key]
        ways = [{k: f"h{number}{v}" for k, v in arc.items()} for arc in part["arcs"]]
        joined["arcs"] = joined.get("arcs", []) + ways
    return joined | {"arcs": joined["arcs"] + _extra(joined, count, rng)}


def _extra(
    joined: dict[str, Any], count: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    ids = {key: [one["id"] for one in joined[key]] for key in KINDS}
    pairs = (("inputs", "pools"), ("pools", "outputs"), ("inputs", "outputs"))
    seen = {(one["from"], one["to"]) for one in joined["arcs"]}
    extra = []
    while len(extra) < 2 * count and count > 1:
        of, to = pairs[rng.integers(3)]
        ends = str(rng.choice(ids[of])), str(rng.choice(ids[to]))
        if ends not in seen:
            seen.add(ends)
            extra.append({"from": ends[0], "to": ends[1]})
    return extra


def _peak() -> float:
    """Return the largest memory this process has had [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def exponent(rows: list[Measured], step: str) -> float:
    """Return the slope of log time against log size by least squares [-]."""
    size = np.log([row["size"] for row in rows])
    seconds = np.log([max(row[step], 1e-6) for row in rows])
    return float(np.polyfit(size, seconds, 1)[0])


def _alone(words: list[str]) -> Measured:
    """Measure in a process of its own, so that memory is its own."""
    command = [sys.executable, str(Path(__file__).resolve()), "--one", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: Measured = json.loads(done.stdout)
    return measured


def _one(words: list[str]) -> Measured:
    kind, *rest = words
    if kind == "units":
        return by_units(int(rest[0]), int(rest[1]))
    if kind == "pools":
        return by_pools(int(rest[0]), float(rest[1]))
    return by_periods(kind, int(rest[0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a short form")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # a solver may write a banner; standard output is for JSON alone
    if chosen.one:
        result: Any = _one(chosen.one)
    else:
        result = growth(smoke=chosen.smoke)
    with output:
        output.write(json.dumps(result, indent=1) + "\n")


def growth(*, smoke: bool) -> dict[str, Any]:
    """Return all measurements with their exponents."""
    runs = {
        "units": [["units", str(60 * k), "6" if smoke else "52"] for k in (1, 2, 4)],
        "periods": [["months", "12"], ["weeks", "52"], ["days", "365"]],
        "pools": [["pools", str(n), "60"] for n in (1, 2, 5, 10, 20)],
    }
    if smoke:
        runs["periods"] = [["months", "2"], ["months", "6"]]
        runs["pools"] = runs["pools"][:3]
    found: dict[str, Any] = {}
    for axis, each in runs.items():
        rows = [_alone(words) for words in each]
        steps = [step for step in STEPS if step in rows[0]]
        slopes = {step: exponent(rows, step) for step in steps}
        found[axis] = {"runs": rows, "exponent": slopes}
    return found


if __name__ == "__main__":
    main()
