"""Where a process that is not linear in its duties starts: loaded near its limits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orebook.process.contract import Array, Case, Content, Process

__all__ = ["starting_duty"]

UNLIMITED = 1000.0
"""Duty of a unit without a limit, before the plan knows better [duty unit]."""
LOADED = 0.7
"""Share of its capacity a unit starts at [-]."""
_DECADES = (-6.0, 12.0)
_HALVINGS = 40


def starting_duty(
    process: Process,
    limits: Mapping[str, Array],
    *,
    content: Content | None = None,
    setting: Mapping[str, Array] | None = None,
    periods: int = 1,
) -> dict[str, Array]:
    """Return equal duties that load a unit to 70 % of its tightest limit.

    Parameters
    ----------
    process : Process
        Physics of the unit.
    limits : mapping
        What is available of each limit, shape (T,) [limit unit].
    content, setting : mapping, optional
        Feed contents and settings of the case.
    periods : int
        Length T [-].

    Returns
    -------
    dict
        Duty by name, shape (T,) [duty unit]; 0 in a period without capacity.

    Notes
    -----
    Bisection on the logarithm of the duty, all periods in one call a step.

    Examples
    --------
    >>> from orebook.process.registry import kind
    >>> chain = kind("potline").example()
    >>> potline = kind("potline").bind(chain.units[0], chain)
    >>> found = starting_duty(potline, {"metal": np.array([313.76])})
    >>> found["charge"].round(1).tolist()
    [700.0]
    """
    names = [d.name for d in process.duties]
    bounded = {k: v for k, v in limits.items() if np.all(np.isfinite(v))}
    if not bounded:
        return {n: np.full(periods, UNLIMITED) for n in names}
    low, high = (np.full(periods, e) for e in _DECADES)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        case = Case(dict.fromkeys(names, 10.0**middle), content or {}, setting or {})
        loads = process.run(case).loads
        fits = np.all([loads[k] <= LOADED * v for k, v in bounded.items()], axis=0)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    none = np.all([v <= 0.0 for v in bounded.values()], axis=0)
    return {n: np.where(none, 0.0, 10.0**low) for n in names}
