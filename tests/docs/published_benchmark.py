"""Published cases of benchmarks: standard coal, effectiveness, limits, profit gaps."""

from __future__ import annotations

import numpy as np

from orebook.benchmark.iso22400 import (
    availability,
    effectiveness,
    overall_equipment_effectiveness,
    quality_ratio,
)
from orebook.benchmark.profit_gap import profit_gap
from orebook.benchmark.standard_coal import coal_equivalent
from orebook.process.smelter.potline import least_energy
from tests.benchmark import test_profit_gap as money
from tests.docs.published import Published

BENCHMARK = "Benchmarks"


def benchmarks() -> list[Published]:
    """Return the cases."""
    return [
        Published(
            BENCHMARK,
            "standard coal of 1 GJ and of 1 kWh",
            "GB/T 2589-2020",
            "kgce",
            {"1 GJ": 34.1208, "1 kWh": 0.1229},
            lambda: [
                float(coal_equivalent(heat=1.0)),
                float(coal_equivalent(power=1e-3)),
            ],
            within=2e-6,
        ),
        Published(
            BENCHMARK,
            "equipment effectiveness of one shift",
            "ISO 22400-2 definitions; the shift is a textbook's",
            "-",
            {"availability": 0.8881, "effectiveness": 0.8611, "quality": 0.9780,
             "overall": 0.7479},
            _shift,
            within=6e-5,
        ),
        Published(
            BENCHMARK,
            "least energy of electrolysis from alpha-alumina",
            "enthalpies of formation; 6.34 kWh/kg in Grjotheim, Kvande 1993",
            "kWh/kg",
            {"efficiency 1.00": 6.334, "0.95": 6.409, "0.90": 6.493},
            lambda: (least_energy([1.0, 0.95, 0.90]) / 1000.0).tolist(),
            within=6e-4,
        ),
        Published(
            BENCHMARK,
            "profit gaps of eight units",
            "Zofio, Pastor, Aparicio 2013",
            "money",
            {f"unit {k}": v for k, v in enumerate(money.TOTAL, 1)},
            _gaps,
            within=1e-9,
        ),
    ]  # fmt: skip


def _shift() -> list[float]:
    a = availability(373.0, 420.0)
    e = effectiveness(1.0 / 60.0, 19_271.0, 373.0)
    q = quality_ratio(18_848.0, 19_271.0)
    return [a, e, q, overall_equipment_effectiveness(a, e, q)]


def _gaps() -> list[float]:
    pairs = zip(money.X, money.Y, strict=True)
    rows = np.array([[*x, *(-v for v in y)] for x, y in pairs])
    return [profit_gap(row, list(rows), money.PRICES).total for row in rows]
