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
from orebook.evaluate.diagnose.diagnose import Told
from orebook.evaluate.variance import variance
from orebook.ledger.close import close_month
from orebook.ledger.month import ClosedMonth, Figure
from orebook.ledger.readings import Measured, Reading
from orebook.plan.accounts import Month
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
    output: str = "150000 t/month",
) -> Chain:
    """Return the book of what really happened.

    Parameters
    ----------
    units : mapping
        Unit to settings that stood elsewhere.
    materials : mapping
        Material to components that were otherwise.
    output : str
        Alumina made.
    """
    base = refinery()
    return refinery(
        units={u: {"settings": s} for u, s in (units or {}).items()},
        materials={
            m: {"assay": {**base.material[m].assay, **a}}
            for m, a in (materials or {}).items()
        },
        sales={"alumina": {"min": output, "max": output}},
    )


def told(
    month: ClosedMonth, *, of: Plan | None = None, before: tuple[ClosedMonth, ...] = ()
) -> Told:
    """Return all a diagnosis rests on, with the variance of the month."""
    made = of or plan()
    network, prices, mixes = made.network_of(0), made.prices_of(0), made.assays(0)
    moved = variance(
        network, prices, plan=made.month(0), actual=month.month(), fed=month.content,
        doubt={k: f.sd for k, f in month.figures.items()},
        fed_doubt=month.content_doubt, mixes=mixes,
    )  # fmt: skip
    return Told(network, prices, made.month(0), mixes, month, before, moved)


def as_read(plan: Plan, month: Month, *, sd: float = 0.005) -> ClosedMonth:
    """Return a month as the ledger would freeze it, each stream read without error."""
    figures = {s: Figure(v, sd * v, "measured", v) for s, v in month.amounts.items()}
    return ClosedMonth(
        month.period.name, figures, month.duties, plan.assays(0), month.market,
        month.costs,
    )  # fmt: skip


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
