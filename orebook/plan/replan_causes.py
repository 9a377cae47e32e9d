"""The change of margin between two plans, split by cause with an exact sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

from orebook.errors import InfeasibleError
from orebook.plan.replan import margin_of
from orebook.plan.replan_changes import Changes
from orebook.plan.result import Plan

__all__ = ["TOGETHER", "causes", "shares"]

TOGETHER = "together"
"""Name of the cause where the groups have no plan one without the other."""
Margin = Callable[[frozenset[str]], float]


def shares(value: Margin, groups: Sequence[str]) -> dict[str, float]:
    """Split the change of a value among groups of inputs (Shapley).

    Parameters
    ----------
    value : callable
        Takes the set of groups at their new state, returns the value [CNY].
    groups : sequence of str
        Names of the groups.

    Returns
    -------
    dict of str to float
        Part of each group; together the value of all less that of none [CNY].

    Notes
    -----
    Each part is the mean over all orders in which the groups can change, so that no
    order is preferred: phi_k = sum over S without k of |S|!(n-|S|-1)!/n!
    [f(S + k) - f(S)].

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games", 1953.

    Examples
    --------
    A gain that needs both is shared equally:

    >>> shares(lambda s: 6.0 * (len(s) == 2), ["prices", "stocks"])
    {'prices': 3.0, 'stocks': 3.0}
    """
    count = len(groups)
    found = {}
    for group in groups:
        others = [g for g in groups if g != group]
        total = 0.0
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in combinations(others, size):
                less = frozenset(chosen)
                total += weight * (value(less | {group}) - value(less))
        found[group] = total
    return found


def causes(before: Plan, after: Plan, changes: Changes) -> dict[str, float]:
    """Split the change of margin between two plans by group of inputs.

    Parameters
    ----------
    before, after : Plan
        The plan and its re-plan.
    changes : Changes
        What was new.

    Returns
    -------
    dict of str to float
        Group to its part of ``after.margin - before.margin`` [CNY].

    Notes
    -----
    The horizon moves first, with the stocks and prices that were foreseen: margins of
    other months cannot be compared group by group. All other groups are then changed
    in every combination. Where some combination has no plan, they are one cause.
    """
    groups = [g for g in changes.groups if g != "horizon"]
    first = changes.only(["horizon"])
    base = margin_of(before, first) if changes.roll else before.margin
    known: dict[frozenset[str], float] = {
        frozenset(): base,
        frozenset(groups): after.margin,
    }

    def value(chosen: frozenset[str]) -> float:
        if chosen not in known:
            kept = changes.only([*chosen, "horizon"])
            known[chosen] = margin_of(before, kept)
        return known[chosen]

    found = {"horizon": base - before.margin} if changes.roll else {}
    try:
        return found | shares(value, groups)
    except InfeasibleError:
        return found | {TOGETHER: after.margin - base}
