"""The most a stream can be in a period: tight bounds for what whole decisions link."""

from __future__ import annotations

import numpy as np

from orebook.plan.blocks.work import Expression, Work
from orebook.plan.lp import FloatArray

__all__ = ["most_duty", "most_of"]


def most_duty(work: Work, unit: str) -> FloatArray:
    """Return the most the duties of a unit can sum to, shape (periods,) [duty unit].

    Parameters
    ----------
    work : Work
        Its units are added.
    unit : str
        Unit id.
    """
    duties = [d.name for d in work.network.processes[unit].duties]
    return _by_loads(work, unit, {name: np.ones(work.count) for name in duties})


def most_of(work: Work, expression: Expression, stream: str) -> FloatArray:
    """Return the most a stream can be, shape (periods,) [stream unit].

    Parameters
    ----------
    work : Work
        All blocks are added.
    expression : Expression
        Streams as combinations of columns.
    stream : str
        A stream of a unit with a capacity, or of a purchase with a most amount.

    Returns
    -------
    array of float
        ``inf`` where nothing limits the stream by itself.

    Notes
    -----
    For a unit the largest value under each capacity alone, the least of them: with
    one duty, as nearly every unit has, this is exactly what it can do.
    """
    place = work.network.position[stream]
    owner, role = work.network.stream[stream].owner, work.network.stream[stream].role
    members = expression.by_stream.get(place, [])
    base = expression.base[place]
    if role != "unit":
        return np.asarray(base + _by_bounds(work, members), np.float64)
    duty = work.columns_of["duty"]
    first = duty.start // work.count
    weights: dict[str, FloatArray] = {}
    rest = np.zeros(work.count)
    for entity, weight in members:
        each = np.broadcast_to(np.asarray(weight, np.float64), (work.count,))
        if 0 <= entity - first < len(duty.entities):
            name = duty.entities[entity - first].partition(":")[2]
            weights[name] = np.maximum(each, 0.0)
        else:
            rest = rest + np.maximum(each, 0.0)  # what passes while it runs
    return np.asarray(base + rest + _by_loads(work, owner, weights), np.float64)


def _by_loads(work: Work, unit: str, weights: dict[str, FloatArray]) -> FloatArray:
    least = np.full(work.count, np.inf)
    for loads, cap in work.capacity_of.get(unit, ()):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = [
                np.where(w > 0.0, w / np.asarray(loads[d], np.float64), 0.0)
                for d, w in weights.items()
            ]
        worst = np.max(ratios, axis=0) if ratios else np.zeros(work.count)
        room = np.maximum(cap, 0.0)
        free = np.where(room > 0.0, np.inf, 0.0)
        least = np.minimum(least, np.where(np.isfinite(worst), worst * room, free))
    return least


def _by_bounds(work: Work, members: list[tuple[int, float | FloatArray]]) -> FloatArray:
    total = np.zeros(work.count)
    for entity, weight in members:
        upper = work.builder.upper_of(entity)
        total = total + np.where(upper > 0.0, np.asarray(weight) * upper, 0.0)
    return total
