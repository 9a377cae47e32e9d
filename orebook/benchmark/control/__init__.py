"""Control charts and capability: is an indicator steady, and can it meet its limits."""

from __future__ import annotations

from orebook.benchmark.control.autocorrelation import ar1, widening
from orebook.benchmark.control.capability import Capability, Spec, capability
from orebook.benchmark.control.charts import (
    Chart,
    Panel,
    cusum_chart,
    ewma_chart,
    individuals_chart,
    mean_range_chart,
    mean_spread_chart,
)
from orebook.benchmark.control.constants import c4, d2, d3
from orebook.benchmark.control.rules import RULES, Rule, Signal, signals

__all__ = [
    "RULES",
    "Capability",
    "Chart",
    "Panel",
    "Rule",
    "Signal",
    "Spec",
    "ar1",
    "c4",
    "capability",
    "cusum_chart",
    "d2",
    "d3",
    "ewma_chart",
    "individuals_chart",
    "mean_range_chart",
    "mean_spread_chart",
    "signals",
    "widening",
]
