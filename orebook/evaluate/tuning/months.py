"""Closed months as evidence: which are used, which are set aside, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orebook.errors import InputError
from orebook.ledger.month import ClosedMonth
from orebook.process.network import Network

__all__ = ["LEAST_MONTHS", "RUNNING", "Evidence", "Excluded", "chosen"]

LEAST_MONTHS = 3
"""Fewer months than this tell no constant from chance [-]."""

RUNNING = 0.85
"""A month in which a unit could run less of its normal time is set aside [-]."""

IDLE = 1e-6
"""A duty below this share of its largest month counts as standing still [-]."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A closed month, with its place in the records.

    Parameters
    ----------
    closed : ClosedMonth
        The month.
    hash : str
        Hash of its close.
    settings : mapping
        Unit to the settings it was planned and judged at, where not the book's.
    """

    closed: ClosedMonth
    hash: str = ""
    settings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A month that is not used, and why (``outage``, ``gross_error`` ...)."""

    period: str
    reason: str
    detail: str


def chosen(
    network: Network,
    units: Sequence[str],
    months: Sequence[Evidence],
    *,
    exclude: Sequence[str] = (),
    robust: bool = False,
) -> tuple[tuple[Evidence, ...], tuple[Excluded, ...]]:
    """Return the months to be used, in order of time, and those set aside.

    Parameters
    ----------
    network : Network
        Chain and physics.
    units : sequence of str
        Units that feel the constants.
    months : sequence of Evidence
        Closed months, in any order.
    exclude : sequence of str
        Periods the user sets aside.
    robust : bool
        Months with a gross error are used; the fit is not drawn by what is left of it.

    Raises
    ------
    InputError
        If fewer than `LEAST_MONTHS` are left; says why the others are not used.
    """
    by_name = {m.closed.period: m for m in months}
    strange = [p for p in exclude if p not in by_name]
    if strange:
        raise InputError(
            f"'{strange[0]}' is none of the closed months "
            f"{', '.join(sorted(by_name))}; expected one of them; correct --exclude"
        )
    used, aside = [], []
    for name in sorted(by_name):
        found = by_name[name]
        why = ("asked", "set aside by the user") if name in exclude else None
        why = why or _why(network, units, found.closed, robust=robust)
        if why is None:
            used.append(found)
        else:
            aside.append(Excluded(name, *why))
    if len(used) < LEAST_MONTHS:
        told = "; ".join(f"{x.period} not used: {x.detail}" for x in aside)
        look = f", or look at those set aside: {told}" if told else ""
        raise InputError(
            f"{len(used)} closed months can be used; expected at least {LEAST_MONTHS}; "
            f"close more months{look}"
        )
    return tuple(used), tuple(aside)


def _why(
    network: Network, units: Sequence[str], closed: ClosedMonth, *, robust: bool
) -> tuple[str, str] | None:
    for unit in units:
        normal = network.chain.unit[unit].availability
        share = closed.availability.get(unit, normal)
        if share < RUNNING * normal:
            return "outage", f"unit '{unit}' could run {share:.0%} of the month"
    own = {s.id for unit in units for s in network.of(unit)}
    for error in closed.gross_errors:
        if error.stream in own and not robust:
            told = f"{error.reading} was {error.size:+,.4g} {error.unit} wrong"
            return "gross_error", told
    still = [u for u in units if _stands(network, u, closed)]
    if still:
        return "standing", f"unit '{still[0]}' did nothing"
    return None


def _stands(network: Network, unit: str, closed: ClosedMonth) -> bool:
    duties = network.processes[unit].duties
    return all(closed.duties.get(f"{unit}:{d.name}", 0.0) <= IDLE for d in duties)
