"""Made-up histories and schemes for the lab, seeded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from orebook.reward.facts import Facts, Incident, MeasureFact
from orebook.reward.scheme import Scheme

CURVES = {
    "piecewise": {"kind": "piecewise", "points": [(0.9, 0.0), (1.0, 1.0), (1.1, 1.8)]},
    "step": {
        "kind": "piecewise", "points": [(1.0, 1.0), (1.05, 1.2)], "below": 0,
        "jump": True,
    },
    "line": {"kind": "linear", "slope": 3.0},
}  # fmt: skip
LINE = {"kind": "linear", "at": 0, "base": 1, "slope": 1e-6, "floor": -1, "cap": 3}


def measure(name, **more):
    base = {"id": name, "name": name, "source": "indicator", "unit": "-",
            "of": "a/b", "curve": CURVES["piecewise"]}  # fmt: skip
    return base | more


def scheme(teams=5, **changes):
    """Return a scheme of a ratio (less is better) and an effect in money."""
    data = {
        "id": "lab",
        "name": "试算",
        "valid_from": "2023-01-01",
        "valid_to": "2026-12-31",
        "fund": {"amount": 100_000.0 * teams},
        "pool": {"of_fund": 1.1},
        "teams": [{"id": f"t{k:03d}", "weight": 1 + k % 3} for k in range(teams)],
        "measures": [
            measure("power", direction="min", weight=0.6),
            measure("gain", source="effect", of="efficiency", unit="CNY", weight=0.4,
                    curve=LINE),
        ],
        "gates": [
            {"id": "death", "name": "死亡", "incident": "fatality", "effect": "veto"},
            {"id": "injury", "name": "伤", "incident": "lost_time_injury",
             "effect": "multiplier", "value": 0.8, "per_incident": True},
            {"id": "spill", "name": "泄", "incident": "emission_exceedance",
             "effect": "deduction", "value": 0.1},
            {"id": "late", "name": "逾期", "incident": "hazard_overdue",
             "effect": "hold"},
        ],
        "limits": {"floor": -0.3, "cap": 1.6},
    }  # fmt: skip
    return Scheme.model_validate(data | changes)


def month_name(k):
    return f"{2023 + k // 12}-{k % 12 + 1:02d}"


def history(rules, months=14, *, seed=1, noise=0.04, incidents=0.1):
    """Return the facts of some months, for every measure of the scheme."""
    random = np.random.default_rng(seed)
    return [
        _facts(rules, month_name(k), random, noise, incidents) for k in range(months)
    ]


def _facts(rules, period, random, noise, incidents):
    values, outputs = {}, {}
    for team in rules.teams:
        used = float(random.uniform(4e6, 6e6))
        outputs[team.id] = (1.3 * used, used)
        for m in rules.measures_of(team.id):
            values[team.id, m.id] = _fact(m, used, random, noise)
    happened = [
        Incident(f"{kind}-{team.id}", team.id, kind, date.fromisoformat(f"{period}-07"),
                 ("r:1",))
        for team in rules.teams
        for kind in ("fatality", "lost_time_injury", "emission_exceedance")
        if random.random() < incidents * (0.2 if kind == "fatality" else 1)
    ]  # fmt: skip
    margin = MeasureFact(float(random.uniform(4e7, 6e7)), ("journal",), 5e7)
    return Facts(period, values, tuple(happened), margin, outputs=outputs)


def _fact(m, used, random, noise):
    gap = float(random.normal(0.0, noise))
    if m.source == "indicator":
        driver = float(random.uniform(80, 120))
        fair = 10.0 * (1 + float(random.normal(0, 0.01)))
        return MeasureFact(
            fair * (1 + gap), ("meter",), plan=10.0, fair=fair, driver=driver,
            worth=0.4 * used / 10.0,
            report=10.0 * (1 + gap / 2) if m.reads_report and gap > -noise else None,
        )  # fmt: skip
    if m.source == "delivery":
        return MeasureFact(1000 * (1 + gap), ("scale",), plan=1000.0, fair=1000.0,
                           sums=True, worth=4000.0)  # fmt: skip
    if m.source == "margin":
        return MeasureFact(
            0.3 * used * (1 + gap), ("journal",), plan=0.3 * 5e6, fair=0.3 * used,
            sums=True, worth=1.0, covers=True,
        )  # fmt: skip
    return MeasureFact(gap * used, ("variance",), plan=0.0, fair=0.0, sums=True,
                       worth=1.0, covers=True)  # fmt: skip


def chained(facts, over="year"):
    """Return months each with the earlier ones settled together with it."""

    def together(one, other):
        return over == "term" or one.period[:4] == other.period[:4]

    return [
        replace(f, earlier=tuple(e for e in facts[:k] if together(e, f)))
        for k, f in enumerate(facts)
    ]
