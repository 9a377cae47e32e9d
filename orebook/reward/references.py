"""What a value is compared with beside plan and fair: own best, and peers outside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from orebook.chain.peers import PeerFigure
from orebook.errors import UnitError
from orebook.quantity import factor
from orebook.reward.facts import MeasureFact
from orebook.reward.terms import Target

REACHED = frozenset({"peer", "average"})
"""Kinds of figures somebody reached; a limit or a law of nature is no peer."""


def own_best(
    rule: Target,
    fact: MeasureFact,
    before: Sequence[MeasureFact],
    months: Sequence[str],
    *,
    more: bool,
) -> tuple[float | None, tuple[str, ...]]:
    """Return what the team itself reached in its better months.

    Parameters
    ----------
    rule : Target
        Quantile, least number of months, and how like the load must be.
    fact : MeasureFact
        The month now.
    before : sequence of MeasureFact
        Earlier months.
    months : sequence of str
        Their names.
    more : bool
        Whether more is better.

    Returns
    -------
    tuple
        Own best [unit of the measure], None with too few months; and which months it
        comes from.

    Examples
    --------
    >>> now = MeasureFact(10.5, ("m",), plan=11.0, driver=100.0)
    >>> old = [
    ...     MeasureFact(v, ("m",), driver=d) for v, d in ((9, 50), (10, 99), (11, 101))
    ... ]
    >>> rule = Target(source="own_best", quantile=1.0, at_least=2, like=0.1)
    >>> own_best(rule, now, old, ["2026-01", "2026-02", "2026-03"], more=False)
    (10.0, ('own months: 2026-02, 2026-03',))
    """
    if len(before) < rule.at_least:
        told = f"own best: {len(before)} months of {rule.at_least}; the plan stands in"
        return None, (told,)
    chosen = list(range(len(before)))
    wide = ""
    if rule.like is not None:
        near = [k for k in chosen if _like(before[k].driver, fact.driver, rule.like)]
        if len(near) >= rule.at_least:
            chosen = near
        else:
            wide = f"; only {len(near)} under a like load, so all"
    values = [before[k].actual for k in chosen]
    quantile = rule.quantile if more else 1.0 - rule.quantile
    names = ", ".join(months[k] for k in chosen)
    return float(np.quantile(values, quantile)), (f"own months: {names}{wide}",)


def _like(load: float, now: float, within: float) -> bool:
    return abs(load - now) <= within * abs(now)


def external_figure(
    indicator: str, unit: str, peers: Sequence[PeerFigure]
) -> tuple[float | None, tuple[str, ...]]:
    """Return the middle figure of the peers outside, and where they stand.

    Parameters
    ----------
    indicator : str
        Its name in ``peers/``.
    unit : str
        Unit of the measure.
    peers : sequence of PeerFigure
        All figures of the book.

    Returns
    -------
    tuple
        Median [unit of the measure], None where there is none; and its sources.
    """
    values, sources = [], []
    for p in peers:
        if p.indicator != indicator or p.kind not in REACHED:
            continue
        try:
            scale, offset = (1.0, 0.0) if p.unit == unit else factor(p.unit, unit)
        except UnitError:
            continue
        values.append(p.value * scale + offset)
        sources.append(f"{p.file}:{p.line}")
    if not values:
        return None, (f"no peer of {indicator} in {unit}",)
    return float(np.median(values)), tuple(sources)
