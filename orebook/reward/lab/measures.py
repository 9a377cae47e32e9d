"""What a replay shows: cost, distribution, tie with the margin, flat zones, ratchet."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from orebook.reward.lab.panel import Array
from orebook.reward.lab.replay import Replay, payouts, targets
from orebook.reward.scheme import Scheme

NUDGE = 1e-6
"""How far attainment is moved to see whether anything changes [-]."""

FOLLOWING = frozenset({"plan", "own_best"})
"""Targets that may follow results; a fair target follows the process alone."""

FEWEST = 12
"""Pairs of months needed to see a ratchet [-]."""

FLAT = 1e-12
"""A slope below this is none [-]."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a scheme on a history.

    Parameters
    ----------
    cost : float
        Paid out, penalties taken off [CNY].
    fund : float
        Sum of the funds [CNY].
    worst, lower, middle, upper, best : float
        Quantiles 0, 25, 50, 75, 100 % of pay as a multiple of the team's fund [-].
    inequality : float
        Gini coefficient of pay over fund, of the teams' totals [-].
    vetoed, penalised : float
        Part of team months with a veto, and with pay below zero [-].
    margin_tie : float or None
        Correlation of what all teams get with the margin of the group, month by
        month [-]; None where one of them never moves.
    flat : float
        Part of pay, by weight, on which one unit more or less changes nothing [-].
    flat_by_measure : dict
        The same by measure [-].
    ratchet : float or None
        Part of a result that the next month's target took over, by least squares over
        what is paid against plan or own best [-]; None where there is nothing to see.
    declared_ratchet, effective_share : float or None
        What the scheme promises, and what is left of a stated share under it [-].
    """

    cost: float
    fund: float
    worst: float
    lower: float
    middle: float
    upper: float
    best: float
    inequality: float
    vetoed: float
    penalised: float
    margin_tie: float | None
    flat: float
    flat_by_measure: dict[str, float]
    ratchet: float | None
    declared_ratchet: float | None
    effective_share: float | None

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        return asdict(self)


def figures(scheme: Scheme, found: Replay) -> Figures:
    """Return the figures of a replay.

    Parameters
    ----------
    scheme : Scheme
        The rules.
    found : Replay
        The scheme settled on a history.
    """
    paid = found.cents / 100
    multiple = _multiples(paid, found.earned.base)
    spread = np.quantile(multiple, [0, 0.25, 0.5, 0.75, 1])
    flat = _flat(scheme, found)
    weights = {m.id: m.weight for m in scheme.measures}
    total = sum(weights[k] * v.sum() for k, (v, _) in flat.items())
    whole = sum(weights[k] * n.sum() for k, (_, n) in flat.items())
    rate = _ratchet(scheme, found)
    rule = scheme.ratchet
    return Figures(
        cost=float(paid.sum()),
        fund=float(found.fund.sum()),
        worst=float(spread[0]),
        lower=float(spread[1]),
        middle=float(spread[2]),
        upper=float(spread[3]),
        best=float(spread[4]),
        inequality=gini(_multiples(paid.sum(axis=0), found.earned.base.sum(axis=0))),
        vetoed=float(found.panel.vetoed.mean()),
        penalised=float((paid < 0).mean()),
        margin_tie=tie(paid.sum(axis=1), found.panel.margin),
        flat=float(total / whole) if whole else 0.0,
        flat_by_measure={
            k: float(v.sum() / n.sum()) if n.any() else 0.0
            for k, (v, n) in flat.items()
        },
        ratchet=rate,
        declared_ratchet=None if rule is None else rule.step,
        effective_share=None if rule is None else rule.effective,
    )


def _multiples(paid: Array, base: Array) -> Array:
    return np.divide(paid, base, out=np.zeros_like(paid), where=base > 0)


def tie(one: Array, other: Array) -> float | None:
    """Return the correlation of two series; None where one never moves.

    Parameters
    ----------
    one, other : ndarray
        The series.

    Examples
    --------
    >>> tie(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 40.0]))
    0.98198...
    """
    if len(one) < 3 or np.ptp(one) < FLAT or np.ptp(other) < FLAT:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def gini(values: Array) -> float:
    """Return the Gini coefficient of values, those below zero taken as zero.

    Parameters
    ----------
    values : ndarray
        One value for each.

    Notes
    -----
    G = sum_i (2 i - n - 1) x_i / (n sum x), x rising.

    Examples
    --------
    >>> gini(np.array([1.0, 1.0])), round(gini(np.array([0.0, 1.0])), 3)
    (0.0, 0.5)
    """
    x = np.sort(np.maximum(values, 0.0))
    n, total = len(x), x.sum()
    if total == 0:
        return 0.0
    return float(((2 * np.arange(1, n + 1) - n - 1) * x).sum() / (n * total))


def _flat(scheme: Scheme, found: Replay) -> dict[str, tuple[Array, Array]]:
    """Return for each measure where it is flat, and where it counts at all."""
    result = {}
    for measure in scheme.measures:
        column = found.panel.columns[measure.id]
        reached = found.earned.reached[measure.id]
        counts = ~np.isnan(reached)
        target = targets(measure, found.panel, found.panel)
        step = NUDGE * (1 + np.abs(np.nan_to_num(reached)))
        up, down = (
            payouts(measure, reached + sign * step, column.report, target)
            for sign in (1, -1)
        )
        slope = np.abs(np.nan_to_num(up - down)) / (2 * step)
        flat = (slope * _scale(measure.attainment, found) < NUDGE) | found.earned.bound
        result[measure.id] = (np.where(counts & flat, 1.0, 0.0), counts * 1.0)
    return result


def _scale(way: str, found: Replay) -> float:
    """Return how large a change of attainment is: money differs from ratios."""
    return float(np.abs(found.panel.margin).max() + 1.0) if way == "difference" else 1.0


def _ratchet(scheme: Scheme, found: Replay) -> float | None:
    """Return the part of a result that the next target took over.

    Least squares of the next target on target and result, both over the first target
    of the team: T' = c + a T + l y. Only targets that can know past results count.
    """
    rows = []
    for measure in scheme.measures:
        if measure.weight == 0 or measure.target.source not in FOLLOWING:
            continue
        column = found.panel.columns[measure.id]
        target = targets(measure, found.panel, found.panel)
        scale = np.where(np.abs(target[:1]) > FLAT, np.abs(target[:1]), np.nan)
        now, reached, then = target[:-1], column.actual[:-1], target[1:]
        row = np.stack([then / scale, now / scale, reached / scale]).reshape(3, -1)
        rows.append(row[:, np.isfinite(row).all(axis=0)])
    if not rows:
        return None
    then, now, reached = np.concatenate(rows, axis=1)
    design = np.column_stack([np.ones_like(now), now, reached])
    if len(now) < FEWEST or np.ptp(then) < FLAT or np.linalg.matrix_rank(design) < 3:
        return None
    return float(np.linalg.lstsq(design, then, rcond=None)[0][2])
