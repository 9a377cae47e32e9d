"""Settle a scheme on a whole history at once, equal to month by month to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import fsum

import numpy as np
from numpy.typing import NDArray

from orebook.reward.attain import attainment
from orebook.reward.cents import GRAIN, whole
from orebook.reward.lab.panel import Array, Column, Flags, Panel, funds
from orebook.reward.payout import CurvePart
from orebook.reward.payout_truthful import TruthfulPart
from orebook.reward.scheme import Measure, Scheme

Cents = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Earned:
    """What each team comes to before the pool, shape (months, teams) [CNY].

    Parameters
    ----------
    base : ndarray
        The team's fund.
    measures : mapping of str to ndarray
        Pay of each measure.
    reached : mapping of str to ndarray
        Attainment of each measure.
    gated, capped : ndarray
        After gates, and after floor and cap.
    held : ndarray
        After floor and cap, of all months settled together so far.
    bound : ndarray of bool
        Where floor, cap or veto hold the amount: more or less would change nothing.
    """

    base: Array
    measures: Mapping[str, Array]
    reached: Mapping[str, Array]
    gated: Array
    capped: Array
    held: Array
    bound: Flags


@dataclass(frozen=True, slots=True)
class Replay:
    """A scheme settled on a history.

    Parameters
    ----------
    scheme : str
        Its id.
    panel : Panel
        The history.
    earned : Earned
        Up to floor and cap.
    limit : ndarray, shape (months,)
        Most that may be paid; infinite without a limit [CNY].
    factor : ndarray, shape (months,)
        k = min(1, limit / positive) [-].
    pay : ndarray, shape (months, teams)
        After the pool, before rounding [CNY].
    cents : ndarray of int, shape (months, teams)
        To the cent [0.01 CNY].
    fund : ndarray, shape (months,)
        The fund [CNY].
    """

    scheme: str
    panel: Panel
    earned: Earned
    limit: Array
    factor: Array
    pay: Array
    cents: Cents
    fund: Array


def replay(scheme: Scheme, history: Panel) -> Replay:
    """Settle a scheme on every month of a history.

    Parameters
    ----------
    scheme : Scheme
        The rules; the dates they hold from and to are passed over.
    history : Panel
        The months.

    Notes
    -----
    Arrays over months and teams in place of a loop over both; the years of a scheme
    that settles over the year begin with the history where it begins within one.
    """
    fund = funds(scheme, history.margin, history.planned) * history.span
    earned = earn(scheme, history, fund)
    down = scheme.rounding == "down"
    order = np.argsort(np.argsort(np.array(history.teams)))
    fines = cents_of(np.maximum(-earned.held, 0.0), order, down=down)
    starts = starts_of(scheme, history)
    limit = np.round(_running(_own_limits(scheme, fund), starts), 2)
    if scheme.pool.penalties_to == "pool":
        limit = limit + fines.sum(axis=1) / 100
    factor = pool_factor(limit, np.maximum(earned.held, 0.0).sum(axis=1))
    so_far = np.where(earned.held > 0, earned.held * factor[:, None], earned.held)
    gains = cents_of(np.maximum(so_far, 0.0), order, limit=limit, down=down)
    cents = np.asarray(gains - fines, dtype=np.float64)
    return Replay(
        scheme.id,
        history,
        earned,
        limit,
        factor,
        by_month(so_far, starts, history.vetoed),
        np.rint(by_month(cents, starts, history.vetoed)).astype(np.int64),
        fund,
    )


def pool_factor(limit: Array, positive: Array) -> Array:
    """Return k = min(1, limit / positive), 1 where nothing is above zero [-].

    Parameters
    ----------
    limit, positive : ndarray
        Most that may be paid, and the sum of what is above zero [CNY].
    """
    ones = np.ones(np.broadcast_shapes(limit.shape, positive.shape))
    wide = np.broadcast_to(limit, ones.shape)
    over = np.divide(wide, positive, out=ones, where=positive > 0)
    return np.minimum(1.0, over)


def by_month(so_far: Array, starts: NDArray[np.intp], vetoed: Flags) -> Array:
    """Return what each row adds to what its group had; nothing above zero under a veto.

    Parameters
    ----------
    so_far : ndarray, shape (months, teams)
        Amounts of each row's group so far.
    starts : ndarray of int, shape (months,)
        First row of each row's group.
    vetoed : ndarray of bool, shape (months, teams)
        Where a veto acts.
    """
    found, had = np.zeros_like(so_far), np.zeros(so_far.shape[1])
    for k, row in enumerate(so_far):
        if starts[k] == k:
            had = np.zeros_like(had)
        more = row - had
        found[k] = np.where(vetoed[k], np.minimum(more, 0.0), more)
        had = had + found[k]
    return found


def _own_limits(scheme: Scheme, fund: Array) -> Array:
    """Return the limit of each month by itself, in whole cents [CNY]."""
    rule = scheme.pool
    if rule.unlimited:
        return np.full(fund.shape, np.inf)
    own = np.full_like(fund, rule.amount or 0.0)
    if rule.of_fund is not None:
        own = rule.of_fund * fund
    return np.array([whole(o) for o in own]) / 100


def cents_of(
    amounts: Array, order: NDArray[np.intp], *, limit: Array | None = None, down: bool
) -> Cents:
    """Bring the amounts of each month to whole cents by the largest-remainder rule.

    Parameters
    ----------
    amounts : ndarray, shape (months, teams)
        Amounts, zero or more [CNY].
    order : ndarray of int, shape (teams,)
        Rank of each team by name, for ties.
    limit : ndarray, shape (months,), optional
        Most the total of a month may be [CNY].
    down : bool
        Cut every amount to whole cents instead.

    Returns
    -------
    ndarray of int
        Cents [0.01 CNY].

    Examples
    --------
    >>> cents_of(np.full((1, 3), 1 / 3), np.arange(3), down=False)
    array([[34, 33, 33]])
    """
    base = np.floor(amounts * 100 + GRAIN).astype(np.int64)
    if down:
        return base
    for k, row in enumerate(amounts):
        total = round(fsum(row) * 100)
        if limit is not None and np.isfinite(limit[k]):
            total = min(total, whole(float(limit[k])))
        missing = total - int(base[k].sum())
        if missing:
            step = 1 if missing > 0 else -1
            ranked = np.lexsort((order, step * (base[k] - row * 100)))
            if step < 0:
                ranked = ranked[base[k][ranked] > 0]
            base[k, ranked[: abs(missing)]] += step
    return base


def earn(
    scheme: Scheme, history: Panel, fund: Array, honest: Panel | None = None
) -> Earned:
    """Take every team from its values to what it comes to before the pool.

    Parameters
    ----------
    scheme : Scheme
        The rules.
    history : Panel
        The months.
    fund : ndarray, shape (months,)
        The fund [CNY].
    honest : Panel, optional
        Where the other teams' values come from; this history where not given. With it
        each team departs from the others alone.
    """
    base = fund[:, None] * np.array(scheme.shares())[None, :]
    starts = starts_of(scheme, history)
    months = _running(history.span, starts)
    together = _together(history, starts)
    others = together if honest is None else _together(honest, starts)
    pays, reached = {}, {}
    rate = base / history.span[:, None]
    for measure in scheme.measures:
        column = together.columns[measure.id]
        target = targets(measure, together, others)
        way = measure.attainment, measure.direction
        at = attainment(column.actual, target, way=way, measure=measure.id)
        payout = payouts(measure, at, column.report, target)
        whole_pay = measure.weight * payout * months[:, None]
        whole_pay = whole_pay * (rate if measure.pays == "share" else 1.0)
        pays[measure.id], reached[measure.id] = _steps(whole_pay, starts), at
    total = sum((np.nan_to_num(p) for p in pays.values()), np.zeros(history.shape))
    left = total - history.deductions * history.span[:, None]
    gated = np.where(left > 0, left * history.factors, left)
    gated = np.where(history.vetoed, np.minimum(gated, 0.0), gated)
    held, bound = _bounded(scheme, history, gated, rate * months[:, None], starts)
    capped = _steps(held, starts)
    return Earned(base, pays, reached, gated, capped, held, bound | history.vetoed)


def starts_of(scheme: Scheme, history: Panel) -> NDArray[np.intp]:
    """Return for each row the first row it is settled together with.

    Parameters
    ----------
    scheme : Scheme
        Settles each month, the year or its whole term so far.
    history : Panel
        The months.
    """
    rows = np.arange(len(history.periods))
    if scheme.settle_over == "month":
        return rows
    return history.year_starts() if scheme.settle_over == "year" else 0 * rows


def _running(values: Array, starts: NDArray[np.intp]) -> Array:
    """Return the sum of rows from the first of each row's group to itself."""
    found = np.array(values, dtype=float)
    for k in range(1, len(found)):
        if starts[k] < k:
            found[k] += found[k - 1]
    return found


def _steps(whole_pay: Array, starts: NDArray[np.intp]) -> Array:
    """Return what each row adds to the rows of its group before it."""
    before = np.roll(whole_pay, 1, axis=0)
    first = starts == np.arange(len(starts))
    before[first] = 0.0
    return np.asarray(whole_pay - before)


def _together(history: Panel, starts: NDArray[np.intp]) -> Panel:
    """Return each row as the mean month of its group so far."""
    if (starts == np.arange(len(starts))).all() and (history.span == 1.0).all():
        return history
    found = {}
    for name, c in history.columns.items():
        span = np.broadcast_to(history.span[:, None], c.actual.shape)
        weight = span if c.sums else c.driver
        total = _running(weight, starts)
        mean = {
            field: _running((1.0 if c.sums else weight) * getattr(c, field), starts)
            / total
            for field in ("actual", "plan", "fair", "best", "external", "report")
        }
        found[name] = replace(c, **mean)  # type: ignore[arg-type]
    return history.with_columns(found)


def _bounded(
    scheme: Scheme, history: Panel, gated: Array, whole: Array, starts: NDArray[np.intp]
) -> tuple[Array, Flags]:
    """Return amounts so far after floor and cap, and where these hold them."""
    low = scheme.limits.floor if scheme.limits.floor is not None else -np.inf
    high = scheme.limits.cap if scheme.limits.cap is not None else np.inf
    floor = low * whole if np.isfinite(low) else np.full_like(whole, low)
    cap = high * whole if np.isfinite(high) else np.full_like(whole, high)
    floor = np.where(history.vetoed, np.minimum(floor, 0.0), floor)
    so_far = _running(gated, starts)
    held: Array = np.clip(so_far, floor, cap)
    return held, held != so_far


def targets(measure: Measure, history: Panel, others: Panel) -> Array:
    """Return the target of a measure, shape (months, teams).

    Parameters
    ----------
    measure : Measure
        The measure.
    history : Panel
        Where plan, fair value and own best come from.
    others : Panel
        Where the values of the other teams come from.
    """
    column, rule = history.columns[measure.id], measure.target
    if rule.source == "peers":
        return _of_peers(measure, history, others)
    found = {
        "plan": column.plan,
        "fair": column.fair,
        "external": column.external,
        "own_best": np.where(np.isnan(column.best), column.plan, column.best),
        "report": np.where(np.isnan(column.report), column.plan, column.report),
    }
    if rule.source == "fixed":
        return np.full(column.actual.shape, rule.value or 0.0)
    return found[rule.source]


def _of_peers(measure: Measure, history: Panel, others: Panel) -> Array:
    rule, own = measure.target, history.columns[measure.id]
    compared = [others.columns[name] for name in rule.of or (measure.id,)]
    values = [c.actual if rule.base == "none" else _gap(c, rule.base) for c in compared]
    total = sum((np.nan_to_num(v) for v in values), np.zeros(own.actual.shape))
    count = sum((~np.isnan(v) for v in values), np.zeros(own.actual.shape))
    rest = total.sum(axis=1, keepdims=True) - total
    number = count.sum(axis=1, keepdims=True) - count
    mean = np.divide(rest, number, out=np.full_like(rest, np.nan), where=number > 0)
    if rule.base == "none":
        return np.asarray(mean)
    base = getattr(own, rule.base)
    return np.asarray(base + np.abs(base) * rule.strength * mean)


def _gap(column: Column, base: str) -> Array:
    compared = getattr(column, base)
    return np.asarray((column.actual - compared) / np.abs(compared))


def payouts(measure: Measure, reached: Array, report: Array, target: Array) -> Array:
    """Return the payout of attainments, for the reports made.

    Parameters
    ----------
    measure : Measure
        The measure with its curve.
    reached : ndarray
        Attainment [-].
    report, target : ndarray
        The team's own report, nan where there is none, and the target
        [unit of the measure].
    """
    if isinstance(measure.curve, CurvePart):
        return measure.curve_built().value(reached)
    assert isinstance(measure.curve, TruthfulPart)
    missing = np.isnan(report)
    way = measure.attainment, measure.direction
    known = np.where(missing, target, report)
    stated = attainment(known, target, way=way, measure=measure.id)
    stated = np.where(missing, measure.start, stated)
    value, left, right = measure.curve.corner(stated, measure.start)
    away = reached - stated
    paid = value + np.where(away < 0, left, right) * away
    if measure.report is not None and measure.report.missing == "nothing":
        paid = np.where(missing & ~np.isnan(reached), 0.0, paid)
    return np.asarray(paid)
