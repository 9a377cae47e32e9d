"""Refineries with a planted cause: what the book plans, what really happened, closed.

The truth is the plan of a book that differs from the planner's by the cause. The meters
of the planner's book read it, each with its error, and the ledger closes the month.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from orebook.chain.calendar import period
from orebook.chain.chain import Chain
from orebook.ledger.close import close_month
from orebook.ledger.month import ClosedMonth
from orebook.ledger.readings import Measured, Reading
from orebook.plan.result import Plan
from tests.plan.refineries import FIXED, planned, refinery

MONTH = period("2026-01")
SALES = {"alumina": FIXED}


@cache
def plan() -> Plan:
    """Return the plan everyone was told."""
    return planned(refinery(sales=SALES))


def worse(
    units: Mapping[str, Mapping[str, str]] | None = None,
    materials: Mapping[str, Mapping[str, str]] | None = None,
) -> Chain:
    """Return the book of what really happened.

    Parameters
    ----------
    units : mapping
        Unit to settings that stood elsewhere.
    materials : mapping
        Material to components that were otherwise.
    """
    base = refinery()
    return refinery(
        units={u: {"settings": s} for u, s in (units or {}).items()},
        materials={
            m: {"assay": {**base.material[m].assay, **a}}
            for m, a in (materials or {}).items()
        },
        sales=SALES,
    )


def closed(truth: Chain, *, seed: int = 1, error: float = 1.0) -> ClosedMonth:
    """Return the closed month of a truth, read with an error times the meters' own."""
    real, told = planned(truth), plan()
    rng = np.random.default_rng(seed)
    month = real.month(0)
    readings = []
    for meter in told.network.chain.meters:
        sd = float(meter.sd)  # type: ignore[arg-type]
        miss = 1.0 + sd * error * float(rng.standard_normal())
        if meter.reads.startswith("assay:"):
            stream, _, c = meter.reads.removeprefix("assay:").rpartition(":")
            value = truth.material[stream.partition(".")[2]].assay[c] * miss
            unit = "-"
        else:
            value = month.amounts[meter.reads] * miss
            unit = told.network.stream[meter.reads].unit
        spread = max(sd * error, 1e-5) * abs(value)
        readings.append(Reading(meter.id, meter.reads, value, spread, unit))
    measured = Measured(MONTH, tuple(readings), sources=("a",))
    return close_month(told.network, measured, plan=told)
