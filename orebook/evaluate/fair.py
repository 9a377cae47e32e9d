"""The fair target: the unit's own process at the duty and feed it really got."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.evaluate.attribution import CoalitionValue, Split, shapley_values
from orebook.plan.accounts import Month
from orebook.process.contract import Array, Case, Content
from orebook.process.network import Network

Assays = Mapping[str, Mapping[str, Mapping[str, float]]]  # unit, feed port, component
FACTORS = ("volume", "mix", "feed_quality")


@dataclass(frozen=True, slots=True)
class UnitShift:
    """How a unit's flows moved from plan to fair target, by cause.

    Parameters
    ----------
    flows : mapping
        Port to its signed change by factor, shape (3,): volume, mix, feed quality
        [port unit].
    duty : mapping
        Duty name to its change by factor, shape (3,) [duty unit].
    target : mapping
        Port to the fair target, signed [port unit].
    """

    flows: Mapping[str, Array]
    duty: Mapping[str, Array]
    target: Mapping[str, float]


def fair_flows(
    network: Network,
    unit: str,
    duty: Mapping[str, float],
    assays: Assays,
    *,
    setting: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Return what a unit should have consumed and produced, signed by port.

    Parameters
    ----------
    network : Network
        Chain and physics.
    unit : str
        Unit id.
    duty : mapping
        Duty it really did, by name [duty unit].
    assays : mapping
        Assays really fed, by unit, port and component [-].
    setting : mapping, optional
        Settings that follow what was really fed, from :func:`followed_of`.
    """
    case = Case(
        {name: np.asarray(value) for name, value in duty.items()},
        _content(network.content_of(assays, unit)),
        {name: np.asarray(value) for name, value in (setting or {}).items()},
    )
    outcome = network.processes[unit].run(case)
    return {port: float(flow) for port, flow in outcome.flows.items()}


def followed_of(network: Network, unit: str, month: Month) -> dict[str, float]:
    """Return the settings of a unit that follow a duty, as the month's duties have it.

    Parameters
    ----------
    network : Network
        Chain and physics.
    unit : str
        Unit id.
    month : Month
        Its duties count; those of the unit the settings lie with.

    Returns
    -------
    dict
        Share by setting; empty where nothing follows, or nothing was fed.
    """
    settings = [s for s in network.processes[unit].settings if s.follows is not None]
    amount = {
        s.name: month.duties.get(f"{s.shared or unit}:{s.follows}", 0.0)
        for s in settings
    }
    total = sum(amount.values())
    return {k: v / total for k, v in amount.items()} if total > 0.0 else {}


def assay_doubt(
    network: Network,
    unit: str,
    *,
    duty: Mapping[str, float],
    fed: Assays,
    sd: Assays,
) -> dict[str, float]:
    """Return what the doubt of the assays leaves open in the fair target.

    Parameters
    ----------
    network, unit, duty
        As in :func:`fair_flows`.
    fed, sd : mapping
        Assays really fed and one standard deviation of each, by unit, port and
        component [-].

    Returns
    -------
    dict
        One standard deviation by port [port unit]; the process runs once, on every
        assay moved by its own.
    """
    own = network.content_of(fed, unit)
    moves = [
        (p, c, v)
        for p, parts in network.content_of(sd, unit).items()
        for c, v in parts.items()
    ]
    if not moves:
        return {}
    case = {name: np.asarray(value) for name, value in duty.items()}
    content = {
        port: {
            c: value + np.array([m[2] if m[:2] == (port, c) else 0.0 for m in moves])
            for c, value in parts.items()
        }
        for port, parts in own.items()
    }
    moved = network.processes[unit].run(Case(case, content)).flows
    plain = network.processes[unit].run(Case(case, _content(own))).flows
    return {
        port: float(np.linalg.norm(np.broadcast_to(moved[port] - flow, len(moves))))
        for port, flow in plain.items()
    }


def unit_shift(
    network: Network,
    unit: str,
    *,
    plan: Month,
    actual: Month,
    planned: Assays,
    fed: Assays,
    split: Split = shapley_values,
) -> UnitShift:
    """Split the change of a unit's flows into volume, mix and feed quality.

    The process runs once on all combinations; the split is exact. Shapley's, unless
    another is given, does not depend on the order of the factors.
    """
    process = network.processes[unit]
    names = [d.name for d in process.duties]
    d0 = np.array([plan.duties[f"{unit}:{n}"] for n in names])
    d1 = np.array([actual.duties[f"{unit}:{n}"] for n in names])
    before = network.content_of(planned, unit)
    after = network.content_of(fed, unit)
    ports: list[str] = []
    stood, stands = (followed_of(network, unit, m) for m in (plan, actual))
    stood = {**stands, **stood}  # a plan that fed nothing tells no blend

    def value(members: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Array:
        duty = _mixed_duty(d0, d1, members)
        content = _switched_content(before, after, lambda port, c: members[:, 2])
        setting = {n: np.where(members[:, 2], v, stood[n]) for n, v in stands.items()}
        case = Case({n: duty[:, k] for k, n in enumerate(names)}, content, setting)
        outcome = process.run(case)
        ports[:] = list(outcome.flows)
        flows = [np.broadcast_to(outcome.flows[p], len(members)) for p in ports]
        return np.column_stack([*flows, duty])

    parts = split(value, len(FACTORS))
    flows = {p: parts[:, i] for i, p in enumerate(ports)}
    duty = {n: parts[:, len(ports) + k] for k, n in enumerate(names)}
    done = dict(zip(names, d1, strict=True))
    target = fair_flows(network, unit, done, fed, setting=stands)
    return UnitShift(flows, duty, target)


def fair_value(
    network: Network,
    unit: str,
    components: Sequence[str],
    *,
    plan: Month,
    actual: Month,
    planned: Assays,
    fed: Assays,
    worth: Mapping[str, float],
) -> CoalitionValue:
    """Return what a unit's flows are worth as a function of volume, mix and feed.

    Parameters
    ----------
    network, unit, plan, actual, planned, fed
        As in :func:`unit_shift`.
    components : sequence of str
        ``port.component`` of the feeds that are switched one by one; others that
        differ move with the last of them.
    worth : mapping
        Port to the worth of one unit of its signed flow [CNY/unit].

    Returns
    -------
    callable
        Takes boolean rows over volume, mix and each component; returns money [CNY].
    """
    process = network.processes[unit]
    names = [d.name for d in process.duties]
    d0 = np.array([plan.duties[f"{unit}:{n}"] for n in names])
    d1 = np.array([actual.duties[f"{unit}:{n}"] for n in names])
    before, after = network.content_of(planned, unit), network.content_of(fed, unit)
    place = {name: 2 + k for k, name in enumerate(components)}

    def value(members: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Array:
        duty = _mixed_duty(d0, d1, members)
        content = _switched_content(
            before, after, lambda port, c: members[:, place.get(f"{port}.{c}", -1)]
        )
        case = Case({n: duty[:, k] for k, n in enumerate(names)}, content)
        flows = process.run(case).flows
        total = np.zeros(len(members))
        for port, money in worth.items():
            total += money * np.broadcast_to(flows.get(port, 0.0), len(members))
        return total

    return value


def _mixed_duty(
    d0: Array, d1: Array, members: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
) -> Array:
    """Return duties with total from one case and shares from another."""
    s0, s1 = d0.sum(), d1.sum()
    share0 = d0 / s0 if s0 > 0 else (d1 / s1 if s1 > 0 else d0)
    share1 = d1 / s1 if s1 > 0 else share0
    scale = np.where(members[:, 0], s1, s0)[:, None]
    return np.asarray(scale * np.where(members[:, 1][:, None], share1, share0))


def _switched_content(
    before: Mapping[str, Mapping[str, float]],
    after: Mapping[str, Mapping[str, float]],
    actual: Callable[[str, str], NDArray[np.bool_]],
) -> Content:
    """Return the content with each stated component of a port switched by ``actual``.

    A component that only one side states is held at that side's value in both.
    """
    found: dict[str, dict[str, Array]] = {}
    for port in {**before, **after}:
        old, new = before.get(port, {}), after.get(port, {})
        found[port] = {
            c: np.where(
                actual(port, c),
                new.get(c, old.get(c, 0.0)),
                old.get(c, new.get(c, 0.0)),
            )
            for c in {**old, **new}
        }
    return found


def _content(assays: Mapping[str, Mapping[str, float]]) -> Content:
    return {
        port: {c: np.asarray(v) for c, v in parts.items()}
        for port, parts in assays.items()
    }


def nominal_assays(
    network: Network, like: Assays, mixes: Assays | None = None
) -> dict[str, dict[str, dict[str, float]]]:
    """Return the plan's assays for the same units, ports and components as ``like``.

    Parameters
    ----------
    network : Network
        Chain and physics.
    like : mapping
        By unit, port and component [-].
    mixes : mapping, optional
        What the plan mixed for a unit; it wins over the book's assay of the material.
    """
    mixes = mixes or {}

    def stated(unit: str, port: str) -> Mapping[str, float]:
        balance = network.stream[f"{unit}.{port}"].balance
        mixed = mixes.get(unit, {}).get(port, {})
        return {**network.chain.material[balance.material].assay, **mixed}

    return {
        unit: {
            port: {c: stated(unit, port).get(c, 0.0) for c in parts}
            for port, parts in ports.items()
        }
        for unit, ports in like.items()
    }


def fed_or_mixed(mixes: Assays, fed: Assays) -> dict[str, dict[str, dict[str, float]]]:
    """Return the assays really fed; the plan's mix where nothing was measured.

    Parameters
    ----------
    mixes, fed : mapping
        What the plan mixed, and what was measured, by unit, port and component [-].

    Examples
    --------
    >>> fed_or_mixed({"mill": {"blend": {"SiO2": 0.05}}}, {})
    {'mill': {'blend': {'SiO2': 0.05}}}
    """
    return {
        unit: {
            port: {
                **mixes.get(unit, {}).get(port, {}),
                **fed.get(unit, {}).get(port, {}),
            }
            for port in {**mixes.get(unit, {}), **fed.get(unit, {})}
        }
        for unit in {**mixes, **fed}
    }
