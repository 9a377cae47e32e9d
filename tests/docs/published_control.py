"""Published control charts and capability, for the validation page."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from orebook.benchmark.control import (
    Spec,
    capability,
    cusum_chart,
    ewma_chart,
    individuals_chart,
    mean_range_chart,
    mean_spread_chart,
)
from tests.benchmark.control.test_published import NIST_CUSUM, NIST_EWMA, NIST_FLOW
from tests.docs.published import Published

TOPIC = "Control charts"
MONTGOMERY = "Montgomery, Introduction to Statistical Quality Control"
NIST = "NIST/SEMATECH e-Handbook of Statistical Methods"
RINGS = Path(__file__).parents[1] / "benchmark" / "control" / "pistonrings.csv"


def rings() -> np.ndarray:
    """Return the first 25 samples of piston rings [mm]."""
    with RINGS.open(newline="") as stream:
        found = [float(r["diameter"]) for r in csv.DictReader(stream)]
    return np.array(found).reshape(-1, 5)[:25]


def _ranges() -> list[float]:
    chart = mean_range_chart(rings())
    level, second = chart.panels
    return [level.centre, level.high[0], level.low[0], second.centre, second.high[0],
            chart.sd]  # fmt: skip


def _spreads() -> list[float]:
    level, second = mean_spread_chart(rings()).panels
    return [level.high[0], level.low[0], second.centre, second.high[0]]


def _capability() -> list[float]:
    x = rings()
    found = capability(x.ravel(), Spec(73.95, 74.05), within=mean_range_chart(x).sd)
    return [float(i.value or 0.0) for i in (found.cp, found.cpk, found.pp, found.ppk)]


def _flow() -> list[float]:
    chart = individuals_chart(np.array(NIST_FLOW), allow_for_correlation=False)
    level, second = chart.panels
    return [level.centre, second.centre, level.high[0], level.low[0]]


def _average() -> list[float]:
    chart = ewma_chart(np.tile(NIST_EWMA, 4), target=50.0, sd=2.0539)
    return [chart.level.high[-1], chart.level.low[-1], chart.level.points[19]]


def _sums() -> list[float]:
    chart = cusum_chart(
        np.array(NIST_CUSUM), target=325.0, sd=0.635, decision=4.1959 / 0.635
    )
    first = chart.level.signals[0].point
    return [float(first + 1), chart.level.points[first]]


def control() -> list[Published]:
    """Return the cases."""
    return [
        Published(
            TOPIC, "piston rings, means and ranges", MONTGOMERY, "mm",
            {"centre": 74.001176, "upper_limit": 74.014309, "lower_limit": 73.988043,
             "mean_range": 0.02276, "upper_limit_of_range": 0.048115,
             "standard_deviation": 0.009785},
            _ranges, within=2e-5,
        ),
        Published(
            TOPIC, "piston rings, means and standard deviations", MONTGOMERY, "mm",
            {"upper_limit": 74.014362, "lower_limit": 73.98799, "mean_spread": 0.00924,
             "upper_limit_of_spread": 0.019302},
            _spreads, within=2e-5,
        ),
        Published(
            TOPIC, "piston rings, capability for 74 ± 0.05 mm", MONTGOMERY, "-",
            {"Cp": 1.7033, "Cpk": 1.6632, "Pp": 1.6551, "Ppk": 1.6162},
            _capability, within=1e-4,
        ),
        Published(
            TOPIC, "flow rate, single values", f"{NIST}, 6.3.2.2", "-",
            {"centre": 50.81, "mean_moving_range": 1.8778, "upper_limit": 55.8041,
             "lower_limit": 45.8159},
            _flow, within=1e-4,
        ),
        Published(
            TOPIC, "exponentially weighted moving average", f"{NIST}, 6.3.2.4", "-",
            {"upper_limit": 52.588432, "lower_limit": 47.411568, "last_average": 51.99},
            _average, within=1e-4,
        ),
        Published(
            TOPIC, "cumulative sum", f"{NIST}, 6.3.2.3", "-",
            {"first_signal": 14.0, "sum_there": 4.94}, _sums, within=2e-3,
        ),
    ]  # fmt: skip
