"""Close a month: from readings to reconciled figures, each with its doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from orebook.chain.calendar import Period
from orebook.chain.chain import Chain
from orebook.chain.plant import Outage
from orebook.errors import DataQualityError
from orebook.ledger.equations import Equations, equations
from orebook.ledger.estimate import Completed, Context, complete
from orebook.ledger.gross_error import chi2_limit
from orebook.ledger.month import ClosedMonth, Figure, Status
from orebook.ledger.observability import NON_REDUNDANT, OBSERVABLE, REDUNDANT
from orebook.ledger.readings import Measured, Reading
from orebook.ledger.reconcile import Reconciled
from orebook.ledger.suspects import Cleared, clear
from orebook.plan.accounts import Month
from orebook.plan.conditions import conditions
from orebook.plan.result import Plan
from orebook.process.contract import Content
from orebook.process.duty import duty_done
from orebook.process.network import Network, with_settings

Floats = NDArray[np.float64]
Fed = dict[str, dict[str, dict[str, float]]]
Masked = np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]

CLOSED = 1e-9
"""Largest imbalance of a closed month, relative to its largest term [-]."""

ENOUGH_ASSAYED = 0.5
"""Share of a supply that must be assayed to speak for the whole [-]."""

_STATUS: Mapping[str, Status] = {
    REDUNDANT: "redundant", NON_REDUNDANT: "measured", OBSERVABLE: "inferred",
}  # fmt: skip


def close_month(
    network: Network,
    measured: Measured,
    *,
    plan: Plan | None = None,
    alpha: float = 0.01,
) -> ClosedMonth:
    """Reconcile a month, set gross errors aside, and state every figure.

    Parameters
    ----------
    network : Network
        Streams, balances and physics.
    measured : Measured
        Readings and notes of the month.
    plan : Plan, optional
        A plan whose horizon holds the month: a last resort where nothing is read. Its
        settings of the month are those the units are measured against.
    alpha : float
        Probability that a month without gross errors raises an alarm [-].

    Returns
    -------
    ClosedMonth
        Every stream has a figure, at least zero; every balance closes.

    Raises
    ------
    DataQualityError
        If nothing is measured, or a balance does not close.
    InfeasibleError
        If no amounts above zero agree with the closing stocks published before.

    Notes
    -----
    Opening stocks that were published as the closing stocks of the month before are
    tested with their doubt and then held as published, so that months join exactly.
    ``tests`` counts in figures: ``objective`` with its ``degrees_of_freedom`` and
    ``critical`` value, what was left out, and how far balances were open before and
    after.
    """
    if not measured.readings:
        raise DataQualityError(
            f"nothing usable was measured in {measured.period}; expected meter "
            "readings or stock counts of the month; take the intake files in first"
        )
    network = _as_set(network, plan, measured.period)
    system = equations(network, measured.readings)
    planned = _planned(plan, measured.period)
    mixes = _mixes(plan, measured.period)
    first = _over(mixes, _first_content(measured, network))
    context = Context(network, measured.period, planned, first)
    cleared = clear(system, context, alpha=alpha)
    held, doubt = _held(system, cleared)
    fed = _fed(network, system, held, of=held.value)
    context = Context(network, measured.period, planned, _over(mixes, _arrays(fed)))
    whole = complete(system, held, context, sd=cleared.sd)
    spread = np.where(whole.estimated, whole.sd, doubt[: whole.sd.size])
    whole = Completed(whole.value, spread, whole.estimated)
    figures = _figures(network, system, cleared, whole)
    tests = _tests(system, cleared, measured, alpha=alpha)
    tests["largest_residual"] = _demand_closed(network, whole.value)
    return ClosedMonth(
        period=measured.period.name,
        figures=figures,
        duties=_duties(network, figures, context),
        content=fed,
        content_doubt=_fed(network, system, held, of=held.sd),
        market=_market(network.chain, measured),
        costs=dict(measured.costs),
        hours=dict(measured.hours),
        availability=_availability(network.chain, measured),
        incidents=measured.incidents,
        gross_errors=cleared.found,
        tests=tests,
        sources=measured.sources,
        whole={} if planned is None else dict(planned.whole),
        simulated=measured.simulated,
    )


def _as_set(network: Network, plan: Plan | None, month: Period) -> Network:
    """Return the network at the settings that were planned for the month."""
    names = [] if plan is None else [p.name for p in plan.periods]
    if plan is None or month.name not in names:
        return network
    return with_settings(network, plan.settings_of(names.index(month.name)))


def _planned(plan: Plan | None, month: Period) -> Month | None:
    if plan is None:
        return None
    names = [p.name for p in plan.periods]
    return plan.month(names.index(month.name)) if month.name in names else None


def _held(system: Equations, cleared: Cleared) -> tuple[Reconciled, Floats]:
    """Return the solution with stocks published before held, and its whole doubt."""
    names = [n for n, r in system.readings.items() if r.fixed]
    fixed = [system.position[n] for n in names]
    if not fixed:
        return cleared.result, np.asarray(cleared.result.sd.filled(0.0))
    sd = cleared.sd.copy()
    sd[fixed] = 0.0
    result = system.solve(cleared.value, sd)
    passed = _passed_on(result, fixed) * cleared.sd[fixed]
    own = np.asarray(result.sd.filled(0.0))
    return result, np.sqrt(own**2 + (passed**2).sum(axis=1))


def _passed_on(result: Reconciled, fixed: list[int]) -> Floats:
    """Return how much of an error of each held figure reaches each variable.

    Shape (variables, held): e_k - V R'W^-1 R e_k, then through what is inferred.
    """
    system = result.system
    columns = system.check[:, fixed].toarray()
    solved = np.asarray(system.check.T @ system.factor.solve(columns), np.float64)
    gain: Floats = -system.variance[:, None] * solved
    gain[fixed, np.arange(len(fixed))] += 1.0
    projection = system.projection
    gain[projection.basis] = np.asarray(projection.solution @ gain)
    return gain


# -- assays ------------------------------------------------------------


def _mixes(plan: Plan | None, month: Period) -> dict[str, Content]:
    """Return what the plan mixed for each unit in the month, by feed port."""
    names = [] if plan is None else [p.name for p in plan.periods]
    if plan is None or month.name not in names:
        return {}
    return _arrays(plan.assays(names.index(month.name)))


def _over(
    mixes: Mapping[str, Content], read: Mapping[str, Content]
) -> dict[str, Content]:
    """Return the assays read; those of the plan's mixes where none was."""
    return {
        unit: {
            port: {
                **mixes.get(unit, {}).get(port, {}),
                **read.get(unit, {}).get(port, {}),
            }
            for port in {**mixes.get(unit, {}), **read.get(unit, {})}
        }
        for unit in {**mixes, **read}
    }


def _first_content(measured: Measured, network: Network) -> dict[str, Content]:
    """Return assays read at feed ports, before anything is reconciled."""
    found: Fed = {}
    for reading in measured.readings:
        if reading.reads.startswith("assay:"):
            stream, _, component = reading.reads.removeprefix("assay:").rpartition(":")
            s = network.stream.get(stream)
            if s is not None and s.role == "unit" and s.sign < 0:
                ports = found.setdefault(s.owner, {}).setdefault(s.port, {})
                ports[component] = reading.value
    return _arrays(found)


def _arrays(fed: Fed) -> dict[str, Content]:
    return {
        unit: {
            p: {c: np.asarray(v) for c, v in parts.items()}
            for p, parts in ports.items()
        }
        for unit, ports in fed.items()
    }


def _fed(network: Network, system: Equations, held: Reconciled, *, of: Masked) -> Fed:
    """Return what was really fed: the feed's own assay, or that of its supply.

    ``of`` is the reconciled values, or their standard deviations for the doubt.
    """
    assays = _assays(system, of, hidden=np.ma.getmaskarray(held.value))
    amounts = np.asarray(held.value.filled(0.0))
    found: Fed = {}
    for unit in network.chain.units:
        process = network.processes[unit.id]
        feeds = {d.port for d in process.duties if d.port is not None}
        for s in network.of(unit.id):
            if s.port not in feeds or s.sign > 0:
                continue
            parts = assays.get(s.id) or _supplied(network, s.id, assays, amounts)
            if parts:
                found.setdefault(unit.id, {})[s.port] = dict(sorted(parts.items()))
    return found


def _assays(
    system: Equations, of: Masked, *, hidden: NDArray[np.bool_]
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    value = of.filled(0.0)
    for name, place in system.position.items():
        if name.startswith("assay:") and not hidden[place]:
            stream, _, component = name.removeprefix("assay:").rpartition(":")
            found.setdefault(stream, {})[component] = float(value[place])
    return found


def _supplied(
    network: Network, stream: str, assays: Mapping[str, Mapping[str, float]],
    amounts: Floats,
) -> dict[str, float]:  # fmt: skip
    """Return the mean assay of what supplies a balance, where enough is assayed."""
    balance = network.stream[stream].balance
    supply = [s.id for s in network.streams if s.balance == balance and s.sign > 0]
    weight = {s: float(amounts[network.position[s]]) for s in supply}
    total = sum(weight.values())
    found: dict[str, float] = {}
    for component in sorted({c for s in supply for c in assays.get(s, {})}):
        known = {
            s: assays[s][component] for s in supply if component in assays.get(s, {})
        }
        mass = sum(weight[s] for s in known)
        if total > 0 and mass >= ENOUGH_ASSAYED * total:
            found[component] = sum(weight[s] * v for s, v in known.items()) / mass
    return found


# -- figures ------------------------------------------------------------


def _figures(
    network: Network, system: Equations, cleared: Cleared, whole: Completed
) -> dict[str, Figure]:
    behind = _behind(system, cleared)
    figures = {}
    for i, s in enumerate(network.streams):
        together, names = behind.get(s.id, (None, ()))
        status: Status = "estimated"
        if not whole.estimated[i]:
            status = _STATUS[str(cleared.result.status[i])]
            if status == "inferred" and len(names) > 1:
                status = "redundant"
        elif names:
            status = "measured"
        figures[s.id] = Figure(
            value=float(whole.value[i]) + 0.0,
            sd=float(whole.sd[i]),
            status=status,
            reading=None if together is None else together[0],
            reading_sd=None if together is None else together[1],
            evidence=names,
        )
    return figures


def _behind(
    system: Equations, cleared: Cleared
) -> dict[str, tuple[tuple[float, float] | None, tuple[str, ...]]]:
    """Return by stream what its meters said together, and their names."""
    groups: dict[str, list[tuple[Reading, float]]] = {}
    for name, reading in system.readings.items():
        place = system.position[name]
        if not name.startswith("loss:") and not np.isnan(cleared.value[place]):
            groups.setdefault(reading.reads, []).append((reading, cleared.sd[place]))
    found: dict[str, tuple[tuple[float, float] | None, tuple[str, ...]]] = {}
    for stream, members in groups.items():
        weight = np.array([1.0 / sd**2 for _, sd in members])
        mean = float(weight @ [r.value for r, _ in members] / weight.sum())
        sd = float(1.0 / np.sqrt(weight.sum()))
        found[stream] = (mean, sd), tuple(r.meter for r, _ in members)
    return found


def _demand_closed(network: Network, value: Floats) -> float:
    """Return the largest relative imbalance; refuse one beyond rounding."""
    matrix = network.matrix()
    gap = np.abs(matrix @ value)
    largest = abs(matrix).multiply(np.abs(value)).max(axis=1).toarray().ravel()
    share = gap / np.maximum(largest, 1e-3)
    worst = int(np.argmax(share)) if share.size else 0
    if share.size and share[worst] > CLOSED:
        raise DataQualityError(
            f"the balance of {network.balances[worst]} is open by {gap[worst]:.6g} "
            f"after closing; expected less than {CLOSED:.0e} of its largest flow; "
            "check the readings of that balance for values far out of range"
        )
    return float(share.max(initial=0.0))


def _tests(
    system: Equations, cleared: Cleared, measured: Measured, *, alpha: float
) -> dict[str, float]:
    result = cleared.result
    tests = {
        "objective": result.objective,
        "degrees_of_freedom": float(result.dof),
        "critical": chi2_limit(result.dof, alpha=alpha),
        "worst_imbalance_sigma": result.worst_imbalance_sigma,
        "readings": float(len(system.readings)),
        "readings_set_aside": float(len(cleared.found)),
        "component_balances": float(len(system.components)),
    }
    tests |= {
        f"component balance left out, assays missing: {name}": float(count)
        for name, count in sorted(system.left_out.items())
    }
    return tests | dict(sorted(measured.notes.items()))


# -- the rest of the month -----------------------------------------------------


def _duties(
    network: Network, figures: Mapping[str, Figure], context: Context
) -> dict[str, float]:
    found: dict[str, float] = {}
    for unit in network.chain.units:
        flows = {s.port: s.sign * figures[s.id].value for s in network.of(unit.id)}
        done = duty_done(
            network.processes[unit.id],
            flows,
            content=network.content_of(context.content, unit.id),
            setting={},
            prior=context.prior(unit.id),
        )
        found |= {f"{unit.id}:{name}": value for name, value in done.items()}
    return found


def _market(chain: Chain, measured: Measured) -> dict[str, float]:
    held = conditions(
        chain, (measured.period,), known_until=None, prices=measured.prices
    )
    return {key: float(price[0]) for key, price in held.price.items()}


def _availability(chain: Chain, measured: Measured) -> dict[str, float]:
    """Return the share of the month each unit could run, stops of both sources once."""
    return {
        unit.id: unit.availability
        * (
            1.0
            - lost_share(unit.id, measured.period, (*chain.outages, *measured.outages))
        )
        for unit in chain.units
    }


def lost_share(unit: str, month: Period, outages: Iterable[Outage]) -> float:
    """Return the share of a month a unit's stops cost, a day counting once [-].

    Parameters
    ----------
    unit : str
        Unit id.
    month : Period
        The month.
    outages : iterable of Outage
        Stops of any units; where several cover a day the largest counts.
    """
    own = [o for o in outages if o.unit == unit]
    if not own:
        return 0.0
    count = (month.last - month.first).days + 1
    days = [month.first + timedelta(days=k) for k in range(count)]
    return (
        sum(
            max((o.share for o in own if o.first <= day <= o.last), default=0.0)
            for day in days
        )
        / count
    )
