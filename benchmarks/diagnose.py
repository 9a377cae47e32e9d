"""Race the diagnosis of a refinery: one broadcast call against one case at a time.

A month with planted causes is diagnosed whole (settings judged, indicators split,
doubts), and mixtures of settings are worked out in one call against a loop over single
ones; both must agree to 1e-9. Figures are printed as JSON; read the ratio of medians.

    python benchmarks/diagnose.py
    python benchmarks/diagnose.py --smoke
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from orebook.evaluate.attribution import coalitions
from orebook.evaluate.diagnose.diagnose import diagnose
from orebook.evaluate.diagnose.measure import gauge
from orebook.evaluate.diagnose.side import planned_side, side_of
from orebook.evaluate.diagnose.works import Works, find_works
from orebook.process.alumina import ring
from orebook.process.contract import Array
from tests.evaluate.diagnose.planted import closed, told, worse

CAUSES = ({"wash": {"washer_efficiency": "0.56"}, "evaporate": {"heat_factor": "1.15"}},
          {"ore-a": {"SiO2": "12 %", "SiO2_r": "11.45 %"}})  # fmt: skip
EQUAL = 1e-9


def timed(work: Callable[[], Any], times: int) -> float:
    """Return the median time of some work [s]; nothing solved before is remembered."""
    took = []
    for _ in range(times):
        ring._small.cache_clear()
        ring._large.cache_clear()
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def processor(work: Callable[[], Any]) -> float:
    """Return the processor time of some work, which other loads leave alone [s]."""
    ring._small.cache_clear()
    ring._large.cache_clear()
    start = time.process_time()
    work()
    return time.process_time() - start


def mixtures(rests: Any, count: int) -> tuple[Callable[[], Array], Callable[[], Array]]:
    """Return all mixtures of some settings in one call, and one at a time."""
    network = rests.network
    works = Works(network, find_works(network, "works")[0], rests.prices)
    base = planned_side(works, rests.plan, mixes=rests.mixes)
    actual = side_of(works, "month", rests.closed.month(), content={}, setting={})
    measure = gauge(works, actual, base)
    moved = [
        s
        for s in network.processes["wash"].settings
        if s.shared is not None and s.high > s.default
    ][:count]
    on = coalitions(len(moved))

    def figures(rows: Array) -> Array:
        from orebook.evaluate.diagnose.measure import Cases

        setting: dict[str, dict[str, Array]] = {}
        for k, s in enumerate(moved):
            value = s.default + 0.2 * (s.high - s.default) * rows[:, k]
            setting.setdefault(str(s.shared), {})[s.name] = value
        tile = (len(rows), 1)
        return measure.figures(
            Cases(
                setting,
                {},
                np.tile(base.excess, tile),
                np.tile(base.extra, tile),
                np.tile(base.duties, tile),
                np.tile(measure.held(base), tile),
            )
        )

    return (
        lambda: figures(on.astype(float)),
        lambda: np.vstack([figures(row[None].astype(float)) for row in on]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--settings", type=int, default=10)
    parser.add_argument("--smoke", action="store_true", help="small and quick")
    asked = parser.parse_args()
    count = 4 if asked.smoke else asked.settings
    rests = told(closed(worse(*CAUSES)))
    together, single = mixtures(rests, count)
    one, many = together(), single()
    scale = np.maximum(np.abs(many).max(axis=0), 1.0)
    gap = float((np.abs(one - many) / scale).max())
    if gap > EQUAL:
        raise SystemExit(f"mixtures differ by {gap:g}, expected at most {EQUAL:g}")
    repeats = 1 if asked.smoke else 5
    seconds = timed(together, repeats), timed(single, 1)
    result = {
        "diagnosis_cpu_s": processor(lambda: diagnose(rests, "works")),
        "diagnosis_s": timed(lambda: diagnose(rests, "works"), repeats),
        "settings_found": len(diagnose(rests, "works").works[0].found),
        "mixtures": 2**count,
        "together_s": seconds[0],
        "single_s": seconds[1],
        "ratio": seconds[1] / seconds[0],
        "largest_difference": gap,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
