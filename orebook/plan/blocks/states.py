"""Units that run or stand: on, start and stop, with least times to run and to rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from orebook.chain.plant import Unit
from orebook.chain.whole import hours_of, money_of
from orebook.plan.blocks.work import Work
from orebook.plan.lp import FloatArray, IntArray

__all__ = ["STARTS_WITHIN", "add_states", "forced", "last_started", "units_of"]

STARTS_WITHIN = 365 * 24.0
"""Time in which the most starts of a unit are counted [h]."""


def units_of(units: Sequence[Unit]) -> list[Unit]:
    """Return the units that run or stand for whole periods."""
    return [u for u in units if u.on_off is not None]


def add_states(work: Work) -> None:
    """Add whether each such unit runs, starts and stops in each period.

    Notes
    -----
    With on, start and stop in 0..1: ``on(t) - on(t-1) = start(t) - stop(t)``; the
    starts of the last least run sum to at most ``on(t)``, the stops of the last least
    stop to at most ``1 - on(t)``. Together they are the convex hull of what one unit
    can do [1]_, so that no large number links anything. A known stop for the whole
    period ends a run whatever its least time.

    References
    ----------
    .. [1] D. Rajan, S. Takriti, "Minimum up/down polytopes of the unit commitment
       problem with start-up costs", IBM Research Report RC23628, 2005.
    """
    units = units_of(work.chain.units)
    if not units:
        return
    names = [u.id for u in units]
    lower, upper = zip(*(_bounds(work, u) for u in units), strict=True)
    able = np.array(upper) * np.array([_able(work, u) for u in units])
    whole = np.broadcast_to(work.whole, able.shape)
    costs = np.array([_costs(work, u) for u in units])
    on = work.columns(
        "on", names, cost=costs[:, 0], lower=np.array(lower), upper=able, integer=whole
    )
    start = work.columns("start", names, cost=costs[:, 1], upper=able, integer=whole)
    stop = work.columns("stop", names, cost=costs[:, 2], upper=1.0, integer=whole)
    before = np.zeros(able.shape)
    before[:, 0] = [float(work.conditions.running[n].on) for n in names]
    row = work.builder.rows("state", names, lower=before, upper=before)
    add = work.builder.entries
    add(row.all(), on.all(), 1.0)
    add(row.all()[:, 1:], on.all()[:, :-1], -1.0)
    add(row.all(), start.all(), -1.0)
    add(row.all(), stop.all(), 1.0)
    run = work.builder.rows("least_run", names, lower=-np.inf, upper=0.0)
    rest = work.builder.rows("least_stop", names, lower=-np.inf, upper=1.0)
    add(run.all(), on.all(), -1.0)
    add(rest.all(), on.all(), 1.0)
    hours = work.lengths[0]
    for k, unit in enumerate(units):
        assert unit.on_off is not None
        out = ~_able(work, unit)
        pairs = _window(hours, hours_of(unit.on_off.minimum_run), cut=out)
        add(run.all()[k][pairs[0]], start.all()[k][pairs[1]], 1.0)
        pairs = _window(hours, hours_of(unit.on_off.minimum_stop))
        add(rest.all()[k][pairs[0]], stop.all()[k][pairs[1]], 1.0)
    _most_starts(work, units)


def _costs(work: Work, unit: Unit) -> tuple[FloatArray, FloatArray, FloatArray]:
    state = unit.on_off
    assert state is not None
    run = state.running_cost
    money = work.amount(run, "CNY", 0.0)
    one = np.ones(work.count)
    return money, money_of(state.start_cost) * one, money_of(state.stop_cost) * one


def _able(work: Work, unit: Unit) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(work.conditions.availability[unit.id] > 0.0)


def _bounds(work: Work, unit: Unit) -> tuple[FloatArray, FloatArray]:
    """Return 0 and 1, or what a run or stop begun before the horizon still demands."""
    hours = work.lengths[0]
    low, high = forced(unit, work.conditions.running[unit.id].hours, hours,
                       on=work.conditions.running[unit.id].on)  # fmt: skip
    able = _able(work, unit)
    if not able.all():  # a stop of the whole period ends the run
        low[int(np.argmin(able)) :] = 0.0
    return low, high


def forced(
    unit: Unit, since: float, hours: FloatArray, *, on: bool
) -> tuple[FloatArray, FloatArray]:
    """Return bounds of ``on`` by what was begun before the horizon.

    Parameters
    ----------
    unit : Unit
        A unit with ``on_off``.
    since : float
        How long it has been running or standing [h].
    hours : array of float, shape (periods,)
        Length of the periods [h].
    on : bool
        Whether it runs before the first period.
    """
    state = unit.on_off
    assert state is not None
    least = hours_of(state.minimum_run if on else state.minimum_stop)
    begins = since + np.concatenate([[0.0], np.cumsum(hours)[:-1]])
    held = begins < least - 1e-9
    low = np.where(held & on, 1.0, 0.0)
    high = np.where(held & (not on), 0.0, 1.0)
    return low, high


def _window(
    hours: FloatArray,
    least: float,
    cut: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None,
) -> tuple[IntArray, IntArray]:
    """Return pairs (period, event period) where the event still binds the period."""
    end = np.cumsum(hours)
    begin = end - hours
    until = begin + np.maximum(least, hours)  # the event's own period always binds
    t, s = np.meshgrid(np.arange(hours.size), np.arange(hours.size), indexing="ij")
    binds = (s <= t) & (begin[t] < until[s] - 1e-9)
    if cut is not None and cut.any():
        stops = np.cumsum(cut)
        binds &= stops[t] == stops[s]
    rows, events = np.nonzero(binds)
    return rows.astype(np.int64), events.astype(np.int64)


def last_started(events: FloatArray, on: FloatArray) -> int:
    """Return how many of the last periods are in the state of the last one [-].

    Examples
    --------
    >>> last_started(np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0]))
    2
    """
    change = np.flatnonzero(np.diff(np.round(on)) != 0.0)
    return int(on.size - (change[-1] + 1 if change.size else 0))


def _most_starts(work: Work, units: list[Unit]) -> None:
    limited = [u for u in units if u.on_off and u.on_off.most_starts is not None]
    if not limited:
        return
    most = [float(u.on_off.most_starts or 0) for u in limited if u.on_off]
    names = [u.id for u in limited]
    rows = work.builder.rows(
        "most_starts", names, lower=-np.inf, upper=np.array(most).reshape(-1, 1)
    )
    hours = work.lengths[0]
    t, s = _window(hours, STARTS_WITHIN)
    start = work.columns_of["start"]
    for k, name in enumerate(names):
        place = start.position(name)
        work.builder.entries(rows.all()[k][t], start.all()[place][s], 1.0)
