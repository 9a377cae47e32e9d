"""Why there is no plan although fractions would do: the whole decisions that matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from orebook.plan.lp import Problem
from orebook.plan.solve import Settings, Solver

__all__ = ["Whole", "whole_contradiction"]

Whole = tuple[str, str]
"""Block and entity of a family of whole-number columns."""

CHECK = Settings(gap=1.0, time_limit=5.0)
MOST = 60
"""Families beyond which they are named together instead of one by one [-]."""


def whole_contradiction(problem: Problem) -> tuple[Whole, ...]:
    """Return whole decisions that leave no plan, though fractions of them would.

    Parameters
    ----------
    problem : Problem
        A problem that is infeasible only because of its whole numbers.

    Returns
    -------
    tuple of (str, str)
        Block and entity of each. With any one of them in fractions, and those not
        named too, there is a plan; where there are more than 60 families, or time runs
        out, the set may be larger than need be. Empty if fractions leave no plan.

    Examples
    --------
    A need of 5 cannot be met by lots of 2:

    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=1)
    >>> lots = builder.columns("lots", ["buy:ore"], integer=True)
    >>> need = builder.rows("balance", ["ore"], lower=5.0, upper=5.0)
    >>> builder.entries(need.all(), lots.all(), 2.0)
    >>> whole_contradiction(builder.problem())
    (('lots', 'buy:ore'),)
    """
    families = _families(problem)
    if not problem.integer.any() or not _possible(problem, [], families):
        return ()
    kept = list(families)
    for name in list(families) if len(families) <= MOST else ():
        fewer = [other for other in kept if other != name]
        if not _possible(problem, fewer, families):
            kept = fewer
    return tuple(kept)


def _families(problem: Problem) -> dict[Whole, npt.NDArray[np.int64]]:
    """Return the columns of each family; a start or stop belongs to ``on``."""
    found: dict[Whole, npt.NDArray[np.int64]] = {}
    for block in problem.columns.values():
        kind = "on" if block.name in {"start", "stop"} else block.name
        for entity, places in zip(block.entities, block.all(), strict=True):
            if problem.integer[places].any():
                # The bands of one tariff belong together.
                key = (kind, entity.partition("#")[0])
                before = found.get(key, np.zeros(0, np.int64))
                found[key] = np.concatenate([before, places])
    return found


def _possible(
    problem: Problem,
    whole: Sequence[Whole],
    families: dict[Whole, npt.NDArray[np.int64]],
) -> bool:
    """Return whether there is a plan with only these families whole."""
    mask = np.zeros_like(problem.integer)
    for name in whole:
        mask[families[name]] = problem.integer[families[name]]
    plain = replace(problem, cost=np.zeros_like(problem.cost), integer=mask)
    return Solver(plain, CHECK).whole_numbers().status != "infeasible"
