"""Race: replaying a scheme on years of history, arrays against a loop over the teams.

Ours turns the history into arrays once and settles all months and teams at once; the
peer settles month by month and team by team, as the plain engine does. Both pay the
same cents, compared before any time is reported. The six attacks and all figures are
timed as well: they are what the lab is for.

    python benchmarks/reward.py [--smoke]

prints JSON: median seconds, ratio, differences.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from orebook.reward.facts import Facts, Incident, MeasureFact
from orebook.reward.lab.lab import try_scheme
from orebook.reward.lab.panel import panel
from orebook.reward.lab.replay import replay
from orebook.reward.scheme import Scheme
from orebook.reward.settle import settle

GOAL = 5.0
"""The whole lab, 200 teams over 36 months, is to take less [s]."""


def scheme(teams: int, over: str) -> Scheme:
    """Return a scheme with ratios, an effect, a margin, gates, limits and a pool."""
    curve = {"kind": "piecewise", "points": [(0.9, 0.0), (1.0, 1.0), (1.1, 1.8)]}
    line = {"kind": "linear", "at": 0, "base": 1, "slope": 1e-6, "floor": -1, "cap": 3}
    ratio = {"source": "indicator", "of": "a/b", "unit": "t/t", "curve": curve}
    money = {"unit": "CNY", "attainment": "difference", "curve": line}
    data = {
        "id": "race",
        "name": "试算",
        "valid_from": "2023-01-01",
        "valid_to": "2035-12-31",
        "fund": {"amount": 50_000.0 * teams},
        "pool": {"of_fund": 1.1},
        "limits": {"floor": -0.3, "cap": 1.6},
        "settle_over": over,
        "teams": [{"id": f"t{k:03d}", "weight": 1 + k % 3} for k in range(teams)],
        "measures": [
            {"id": "energy", "name": "能耗", "weight": 0.3, "direction": "min"} | ratio,
            {"id": "yield", "name": "收率", "weight": 0.2,
             "target": {"source": "peers", "base": "fair"}} | ratio,
            {"id": "gain", "name": "效率", "weight": 0.3, "source": "effect",
             "of": "efficiency"} | money,
            {"id": "margin", "name": "利润", "weight": 0.2, "source": "margin",
             "target": {"source": "fair"}} | money,
        ],
        "gates": [
            {"id": "death", "name": "死亡", "incident": "fatality", "effect": "veto"},
            {"id": "injury", "name": "伤", "incident": "lost_time_injury",
             "effect": "deduction", "value": 0.3},
        ],
    }  # fmt: skip
    return Scheme.model_validate(data)


def history(rules: Scheme, months: int) -> list[Facts]:
    """Return made-up months, seeded."""
    random = np.random.default_rng(1)
    return [_month(rules, k, random) for k in range(months)]


def _month(rules: Scheme, k: int, random: np.random.Generator) -> Facts:
    period = f"{2023 + k // 12}-{k % 12 + 1:02d}"
    values: dict[tuple[str, str], MeasureFact] = {}
    outputs = {}
    for team in rules.teams:
        used = float(random.uniform(4e6, 6e6))
        outputs[team.id] = (1.3 * used, used)
        for m in rules.measures:
            gap = float(random.normal(0, 0.04))
            if m.source == "indicator":
                values[team.id, m.id] = MeasureFact(
                    10 * (1 + gap), ("m",), plan=10.0, fair=10.0,
                    driver=float(random.uniform(80, 120)), worth=0.04 * used,
                )  # fmt: skip
            else:
                base = 0.3 * used if m.source == "margin" else 0.0
                values[team.id, m.id] = MeasureFact(
                    base + gap * used, ("j",), plan=base, fair=base, sums=True,
                    worth=1.0, covers=True,
                )  # fmt: skip
    hurt = rules.teams[k % len(rules.teams)].id
    day = date.fromisoformat(f"{period}-07")
    happened = (Incident(f"i{k}", hurt, "lost_time_injury", day, ("r",)),)
    margin = MeasureFact(float(random.uniform(4e7, 6e7)), ("j",), 5e7)
    return Facts(period, values, happened, margin, outputs=outputs)


def looped(rules: Scheme, facts: Sequence[Facts]) -> list[list[int]]:
    """Settle month by month and team by team."""
    found = []
    for k, month in enumerate(facts):
        earlier: tuple[Facts, ...] = ()
        if rules.settle_over == "year":
            earlier = tuple(f for f in facts[:k] if f.period[:4] == month.period[:4])
        teams = settle(rules, replace(month, earlier=earlier)).teams.values()
        found.append([round(t.amount * 100) for t in teams])
    return found


def timed(work: Callable[[], object], rounds: int) -> float:
    """Return the median time of some rounds [s]."""
    seconds = []
    for _ in range(rounds):
        clock = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - clock)
    return statistics.median(seconds)


def race(teams: int, months: int, over: str, rounds: int) -> dict[str, object]:
    """Return times and ratios of one size."""
    rules = scheme(teams, over)
    facts = history(rules, months)
    ours = replay(rules, panel(rules, facts)).cents
    differ = int(np.abs(ours - np.array(looped(rules, facts))).max())
    whole = timed(lambda: try_scheme(rules, panel(rules, facts)), rounds)
    arrays = panel(rules, facts)
    once = timed(lambda: replay(rules, arrays), rounds)
    read = timed(lambda: panel(rules, facts), rounds)
    loop = timed(lambda: looped(rules, facts), 1 if teams > 50 else rounds)
    return {
        "teams": teams,
        "months": months,
        "settle_over": over,
        "largest_difference_cents": differ,
        "read_s": read,
        "replay_s": once,
        "loop_s": loop,
        "ratio": loop / (read + once),
        "lab_with_attacks_s": whole,
        "within_goal": whole < GOAL,
    }


def main() -> None:
    """Run the race and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a small size, once")
    smoke = parser.parse_args().smoke
    sizes = [(10, 6)] if smoke else [(20, 12), (200, 36)]
    rounds = 1 if smoke else 3
    found = [race(*size, over, rounds) for size in sizes for over in ("month", "year")]
    print(json.dumps({"race": "reward", "sizes": found}, indent=1))


if __name__ == "__main__":
    main()
