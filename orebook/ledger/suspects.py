"""Set aside the readings that cannot be an accident of their usual error.

One by one the most suspect reading goes, until no test speaks. Readings whose errors
leave the same trace cannot be told apart by balances alone: among those the one is
taken whose correction brings its unit closest to its own physics, and the others are
named with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.ledger.equations import Equations
from orebook.ledger.estimate import Context
from orebook.ledger.gross_error import (
    BIAS,
    Finding,
    GrossErrorReport,
    gross_errors,
)
from orebook.ledger.month import GrossError
from orebook.ledger.reconcile import Reconciled
from orebook.process.contract import unit_responses
from orebook.process.duty import duty_done

Floats = NDArray[np.float64]

TIE = 0.005
"""Two readings fit the physics alike if they differ by less than this share [-]."""


@dataclass(frozen=True, eq=False)
class Cleared:
    """Readings without the suspects, their solution, and the suspects.

    Parameters
    ----------
    value, sd : ndarray, shape (variables,)
        Readings left, nan where set aside.
    result : Reconciled
        Their solution.
    report : GrossErrorReport
        All tests on what is left.
    found : tuple of GrossError
        What was set aside, in order.
    """

    value: Floats
    sd: Floats
    result: Reconciled
    report: GrossErrorReport
    found: tuple[GrossError, ...]


def clear(
    system: Equations, context: Context, *, alpha: float, limit: int | None = None
) -> Cleared:
    """Set gross errors aside until no single cause stands out of chance.

    Parameters
    ----------
    system : Equations
        Equations and readings of the month.
    context : Context
        Physics that decides between causes with the same trace.
    alpha : float
        Probability that a month without gross errors raises an alarm [-].
    limit : int, optional
        Readings set aside at most; a third of the independent checks if not given.

    Returns
    -------
    Cleared
        What is left, and what was found.

    Notes
    -----
    A cause counts if its likelihood ratio exceeds the limit for all causes tested at
    once (Sidak). Only a reading that others check can be suspect, so what it read stays
    computable. A leak that no single reading explains is reported and nothing is moved.

    References
    ----------
    .. [1] Narasimhan and Jordache, Data Reconciliation and Gross Error Detection, 2000.
    """
    value, sd = system.arrays()
    result = system.solve(value, sd)
    most = max(1, -(-result.dof // 3)) if limit is None else limit
    found: list[GrossError] = []
    while True:
        report = gross_errors(result, alpha=alpha)
        if not report.findings or len(found) >= most:
            break
        finding = report.findings[0]
        suspects = _readings_of(system, finding, sd)
        if not suspects:
            found.append(_leak(system, finding))
            break
        chosen = _most_likely(system, context, suspects, (report, result))
        found.append(_error(system, finding, chosen, report))
        value[chosen], sd[chosen] = np.nan, np.inf
        result = system.solve(value, sd)
    return Cleared(value, sd, result, report, tuple(found))


def _causes(finding: Finding) -> list[tuple[str, int]]:
    return [(finding.kind, finding.index), *finding.equivalents]


def _readings_of(system: Equations, finding: Finding, sd: Floats) -> list[int]:
    """Return the readings that may be at fault: neither published nor modelled."""
    found = []
    for kind, index in _causes(finding):
        name = system.variables[index] if kind == BIAS else ""
        reading = system.readings.get(name)
        if reading is None or reading.fixed or name.startswith("loss:"):
            continue
        if np.isfinite(sd[index]):
            found.append(index)
    return found


def _most_likely(
    system: Equations, context: Context, suspects: Sequence[int],
    outcome: tuple[GrossErrorReport, Reconciled],
) -> int:  # fmt: skip
    report, result = outcome
    known = _known_flows(system, context, result)
    best, lowest = suspects[0], (np.inf, np.inf)
    for index in suspects:
        reading = system.readings[system.variables[index]]
        size = float(report.bias_size[index])
        own = max(abs(reading.value), 1e-12)
        gain = _gain(context, known, reading.reads, (reading.value, size))
        rank = (round(gain / TIE) * TIE, abs(size) / own)
        if rank < lowest:
            best, lowest = index, rank
    return best


def _known_flows(
    system: Equations, context: Context, result: Reconciled
) -> dict[str, float]:
    """Return readings by stream, what balances give where there is none."""
    solved = result.value
    count = len(context.network.streams)
    known = {
        s.id: float(solved.data[i])
        for i, s in enumerate(context.network.streams[:count])
        if not np.ma.getmaskarray(solved)[i]
    }
    known |= {r.reads: r.value for r in system.readings.values() if r.reads in known}
    return known


def _gain(
    context: Context, known: dict[str, float], stream: str, case: tuple[float, float]
) -> float:
    """Return how much further from its unit's physics a correction takes a reading.

    Negative where the corrected reading fits better; 0 where physics say nothing.
    """
    value, size = case
    expected = _expected(context, known, stream)
    if expected is None or expected <= 0.0:
        return 0.0
    after = abs(value - size - expected) / expected
    return after - abs(value - expected) / expected


def _expected(context: Context, known: dict[str, float], stream: str) -> float | None:
    """Return what the other readings of its unit or route make of a stream."""
    network = context.network
    s = network.stream.get(stream)
    if s is None:
        return None
    if s.role in {"send", "receive"}:
        route = next(r for r in network.chain.routes if r.id == s.owner)
        other = "receive" if s.role == "send" else "send"
        far = known.get(f"{other}:{s.owner}:{s.port}")
        kept = 1.0 - route.loss
        return None if far is None else (far / kept if s.role == "send" else far * kept)
    if s.role != "unit":
        return None
    process = network.processes[s.owner]
    flows = {
        o.port: o.sign * known[o.id]
        for o in network.of(s.owner)
        if o.id != stream and o.id in known
    }
    if not flows:
        return None
    content = network.content_of(context.content, s.owner)
    done = duty_done(
        process, flows, content=content, setting={}, prior=context.prior(s.owner)
    )
    weights = unit_responses(process, content, {}, at=done).flows.get(s.port)
    if weights is None:
        return None
    spread = np.broadcast_to(weights, (len(process.duties),))
    total = sum(w * done[d.name] for w, d in zip(spread, process.duties, strict=True))
    return abs(float(total))


def _name(system: Equations, cause: tuple[str, int]) -> str:
    kind, index = cause
    if kind != BIAS:
        return f"leak at {system.names[index]}"
    reading = system.readings.get(system.variables[index])
    return system.variables[index] if reading is None else reading.meter


def _is_tie(system: Equations, cause: tuple[str, int]) -> bool:
    """Return whether a cause is a leak between a stream and its own meter."""
    kind, index = cause
    weights = dict(system.rows).get(system.names[index], {}) if kind != BIAS else {}
    return any(v.startswith("meter:") for v in weights)


def _error(
    system: Equations, finding: Finding, chosen: int, report: GrossErrorReport
) -> GrossError:
    reading = system.readings[system.variables[chosen]]
    return GrossError(
        reading=reading.meter,
        stream=reading.reads,
        size=float(report.bias_size[chosen]),
        unit=reading.unit,
        statistic=float(report.bias_statistic[chosen]),
        critical=finding.critical,
        alternatives=tuple(
            _name(system, c)
            for c in _causes(finding)
            if c != (BIAS, chosen) and not _is_tie(system, c)
        ),
    )


def _leak(system: Equations, finding: Finding) -> GrossError:
    name, *others = (_name(system, c) for c in _causes(finding))
    stream = next(iter(dict(system.rows).get(name.removeprefix("leak at "), {})), "")
    unit = system.readings[stream].unit if stream in system.readings else ""
    return GrossError(name, "", finding.size, unit, finding.statistic, finding.critical,
                      tuple(others))  # fmt: skip
