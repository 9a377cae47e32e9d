"""The difference of any two plans of one book: margin by cause, and what moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np

from orebook.chain.chain import Chain
from orebook.errors import InfeasibleError, InputError
from orebook.plan.changed_inputs import CONTRACTS, ELSEWHERE, unpriced
from orebook.plan.conditions import Conditions
from orebook.plan.differences import SHOWN, PlanChange, difference
from orebook.plan.kept_inputs import given_conditions
from orebook.plan.make import settle
from orebook.plan.replan_causes import TOGETHER, shares
from orebook.plan.result import Plan
from orebook.process.network import network

__all__ = ["CAUSES", "changed_groups", "compared"]

CAUSES: Mapping[str, tuple[str, ...]] = {
    "prices": ("price",),
    "availability": ("availability",),
    "stocks": ("opening", "closing", "closing_value"),
}
"""Causes that lie in the conditions, and the fields of each."""
ROUNDING = 1e-10
"""A change of margin below this share of the margin is rounding [-]."""


def compared(before: Plan, after: Plan, *, shown: int = SHOWN) -> PlanChange:
    """Return the difference of two plans with its causes.

    Parameters
    ----------
    before, after : Plan
        Two plans of the same periods and the same streams.
    shown : int
        Flows, limits and prices kept of each [-].

    Returns
    -------
    PlanChange
        Causes sum to the change of margin: prices, availability, stocks, limits
        (contracts, specs and limits of the book), and the rest of the book.

    Raises
    ------
    InputError
        If the plans have other periods or streams.

    Notes
    -----
    The groups that differ are changed in every combination and each gets the mean of
    what it adds over all orders (Shapley), as in a re-plan. Where some combination has
    no plan, they are one cause.
    """
    _check_shape(before, after)
    groups = changed_groups(before, after)
    known: dict[frozenset[str], float] = {}

    def value(chosen: frozenset[str]) -> float:
        if chosen not in known:
            known[chosen] = _mixed_margin(before, after, chosen)
        return known[chosen]

    try:
        causes = shares(value, groups)
    except InfeasibleError:
        causes = {TOGETHER: after.margin - before.margin}
    return difference(before, after, _whole(causes, before, after), shown=shown)


def _whole(causes: dict[str, float], before: Plan, after: Plan) -> dict[str, float]:
    """Return the causes with what no input explains: limits moved by a re-plan.

    A delayed delivery stands in the assembled problem only, not in the book.
    """
    rest = after.margin - before.margin - sum(causes.values())
    if abs(rest) <= ROUNDING * max(1.0, abs(before.margin)):
        return causes
    return causes | {"limits": causes.get("limits", 0.0) + rest}


def _check_shape(before: Plan, after: Plan) -> None:
    names = [[p.name for p in plan.periods] for plan in (before, after)]
    if names[0] != names[1]:
        raise InputError(
            f"the plans have other periods ({names[0][0]}..{names[0][-1]} and "
            f"{names[1][0]}..{names[1][-1]}); expected the same; plan both with the "
            "same --periods"
        )
    old, new = ({s.id for s in plan.network.streams} for plan in (before, after))
    if old != new:
        raise InputError(
            f"the plans have other streams: {', '.join(sorted(old ^ new)[:5])}; "
            "expected the same units, contracts, routes and stores; compare plans of "
            "one shape of the book"
        )


def changed_groups(before: Plan, after: Plan) -> tuple[str, ...]:
    """Return the groups of inputs in which two plans differ.

    Parameters
    ----------
    before, after : Plan
        Two plans of the same shape.

    Returns
    -------
    tuple of str
        Of ``prices``, ``availability``, ``stocks``, ``limits``, ``book``.
    """
    old, new = given_conditions(before), given_conditions(after)
    found = [g for g, names in CAUSES.items() if _differ(old, new, names)]
    one, other = (unpriced(p.network.chain) for p in (before, after))
    if _parts(one, CONTRACTS) != _parts(other, CONTRACTS):
        found.append("limits")
    rest = [n for n in Chain.model_fields if n not in {*CONTRACTS, *ELSEWHERE}]
    apart = {"periods", *(name for names in CAUSES.values() for name in names)}
    own = [f.name for f in fields(old) if f.name not in apart]
    if _parts(one, rest) != _parts(other, rest) or _differ(old, new, own):
        found.append("book")
    return tuple(found)


def _parts(data: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
    return {name: data.get(name) for name in names}


def _differ(old: Conditions, new: Conditions, names: Sequence[str]) -> bool:
    return any(not _same(getattr(old, name), getattr(new, name)) for name in names)


def _same(one: object, other: object) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(
            _same(one[key], other[key]) for key in one
        )
    return bool(np.array_equal(np.asarray(one), np.asarray(other)))


def _mixed_margin(before: Plan, after: Plan, chosen: frozenset[str]) -> float:
    """Return the margin with some groups as after, the others as before [CNY]."""
    old, new = given_conditions(before), given_conditions(after)
    names = [n for group in chosen for n in CAUSES.get(group, ())]
    base = new if "book" in chosen else old
    other = old if "book" in chosen else new
    kept = [n for group, own in CAUSES.items() if group not in chosen for n in own]
    taken = {n: getattr(other, n) for n in (kept if "book" in chosen else names)}
    chain = after.network.chain if "book" in chosen else before.network.chain
    contracts = after if "limits" in chosen else before
    parts = {name: getattr(contracts.network.chain, name) for name in CONTRACTS}
    mixed = network(chain.model_copy(update=parts))
    made = settle(mixed, replace(base, **taken), worths=False)
    return -made.solution.objective
