"""Which pools of which periods have one composition, and where it must be chosen.

A pool that only one other fills has the composition of that one: a pile from its
closing until it is empty is one pool, and so is the bin it is reclaimed to. A
composition that only one user takes, or that has only one ingredient, needs no choice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.pools.bilinear import Bilinear
from orebook.plan.pools.find import Pools
from orebook.plan.pools.paths import Paths

__all__ = ["Groups", "compositions", "group"]

QUALITY = ("spec", "feed_limit")
"""Rows that limit a quality."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups and the bilinear problem they make of a split plan.

    Parameters
    ----------
    head : array of int, shape (pools, periods)
        Group of each pool in each period [-].
    may : array of bool, shape (pools, ingredients, periods)
        Ingredients that can be in a pool.
    counted : array of bool, shape (taps, periods)
        Taps that lead out of their group.
    chosen : mapping of int to int
        Group to pool of the bilinear problem, where there is something to choose.
    model : Bilinear
        The problem.
    share_group, share_name : array of int
        Group and ingredient of each share [-].
    factor : array of float, shape (rows,)
        What each row of the split plan was multiplied by in the problem [-].
    """

    head: IntArray
    may: npt.NDArray[np.bool_]
    counted: npt.NDArray[np.bool_]
    chosen: dict[int, int]
    model: Bilinear
    share_group: IntArray
    share_name: IntArray
    factor: FloatArray


def group(paths: Paths) -> Groups:
    """Group the pools of a split plan.

    Parameters
    ----------
    paths : Paths
        The split plan.

    Returns
    -------
    Groups
        With the problem whose routes must keep proportion.
    """
    pools, problem = paths.pools, paths.assembly.problem
    open_taps = _open(paths)
    filled = _entries_open(paths)
    head, counted = _heads(pools, open_taps, filled)
    may = _ingredients(pools, open_taps, paths)
    taps = np.array([t.pool for t in pools.taps], np.int64)
    time = np.arange(pools.periods)
    tap_group = head[taps][:, time] if taps.size else np.zeros((0, pools.periods), int)
    users = np.bincount(tap_group[counted], minlength=head.size)
    can = may[taps] & open_taps[:, None, :]
    _close(paths, problem.upper, ~can)
    kinds = _kinds(may, head)
    choose = [g for g in range(head.size) if users[g] > 1 and kinds[g].sum() > 1]
    chosen = {g: k for k, g in enumerate(choose)}
    share: dict[tuple[int, int], int] = {}
    flow: dict[tuple[int, int], int] = {}
    rows: list[tuple[int, float, int, int]] = []
    for k, t in zip(*np.nonzero(counted), strict=True):
        g = int(tap_group[k, t])
        if g not in chosen:
            continue
        j = flow.setdefault((int(k), int(t)), len(flow))
        for s in np.flatnonzero(kinds[g]):
            i = share.setdefault((g, int(s)), len(share))
            column, weight = paths.column[k, s, t], paths.taken[k, s, t]
            rows.append((int(column), float(weight), i, j))
    sharp, factor = _sharp(problem)
    model = Bilinear(
        sharp,
        np.array([r[0] for r in rows], np.int64),
        np.array([r[1] for r in rows], np.float64),
        np.array([r[2] for r in rows], np.int64),
        np.array([r[3] for r in rows], np.int64),
        np.array([chosen[g] for g, _ in share], np.int64),
        np.array([chosen[int(tap_group[k, t])] for k, t in flow], np.int64),
    )
    keys = np.array(list(share), np.int64).reshape(-1, 2)
    return Groups(head, may, counted, chosen, model, keys[:, 0], keys[:, 1], factor)


def _open(paths: Paths) -> Mask:
    """Return whether each tap can be used in each period, shape (taps, periods)."""
    problem = paths.assembly.problem
    found = np.ones((len(paths.pools.taps), paths.pools.periods), np.bool_)
    for k, tap in enumerate(paths.pools.taps):
        found[k] = problem.upper[problem.columns[tap.block].slice(tap.entity)] > 0.0
    return found


def _entries_open(paths: Paths) -> IntArray:
    """Return how many known qualities can enter, shape (pools, periods)."""
    problem, pools = paths.assembly.problem, paths.pools
    found = np.zeros((len(pools.balances), pools.periods), np.int64)
    for entry in pools.entries:
        upper = problem.upper[problem.columns[entry.block].slice(entry.entity)]
        found[entry.pool] += (upper > 0.0) & (entry.weight > 0.0)
    for one in pools.openings:
        found[one.pool, 0] += 1
    return found


def _heads(pools: Pools, open_taps: Mask, filled: IntArray) -> tuple[IntArray, Mask]:
    """Return the group of each node and which taps lead out of their group."""
    shape = (len(pools.balances), pools.periods)
    inflow: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for n, link in enumerate(pools.links):
        for t in range(pools.periods - link.lag):
            if open_taps[link.tap, t] and link.weight[t] > 0.0:
                inflow.setdefault((link.pool, t + link.lag), []).append((n, t))
    head = np.arange(shape[0] * shape[1]).reshape(shape)
    counted = open_taps.copy()
    for t in range(pools.periods):
        for _ in range(shape[0]):  # a row of pools within one period
            for pool in range(shape[0]):
                feeds = inflow.get((pool, t), [])
                if filled[pool, t] == 0 and len(feeds) == 1:
                    link = pools.links[feeds[0][0]]
                    source = (pools.taps[link.tap].pool, feeds[0][1])
                    if source != (pool, t):
                        head[pool, t] = head[source]
                        counted[link.tap, feeds[0][1]] = False
    return head, counted


def _ingredients(pools: Pools, open_taps: Mask, paths: Paths) -> Mask:
    """Return which ingredients can be where: what enters, and what is passed on."""
    problem = paths.assembly.problem
    names = {n: k for k, n in enumerate(pools.ingredients)}
    may = np.zeros((len(pools.balances), len(names), pools.periods), np.bool_)
    for entry in pools.entries:
        upper = problem.upper[problem.columns[entry.block].slice(entry.entity)]
        may[entry.pool, names[entry.ingredient]] |= (upper > 0.0) & (entry.weight > 0.0)
    for one in pools.openings:
        may[one.pool, names[one.ingredient], 0] = True
    before = -1
    while before != may.sum():
        before = may.sum()
        for link in pools.links:
            last = pools.periods - link.lag
            goes = open_taps[link.tap] & (link.weight > 0.0)
            source = may[pools.taps[link.tap].pool][:, :last] & goes[:last]
            may[link.pool][:, link.lag :] |= source
    return may


def _close(paths: Paths, upper: FloatArray, cannot: Mask) -> None:
    """Take out of the problem what a path cannot carry."""
    upper[paths.column[cannot]] = 0.0


def _sharp(problem: Problem) -> tuple[Problem, FloatArray]:
    """Scale each limit of quality to coefficients up to 1.

    Two limits may leave one composition only; the tolerance of a solver must not blur
    it more than it does in the plan that is made with that composition.
    """
    factor = np.ones(problem.matrix.shape[0])
    size = abs(problem.matrix).max(axis=1).todense()
    for name in QUALITY:
        if name in problem.rows:
            rows = problem.rows[name].all().ravel()
            factor[rows] = 1.0 / np.where(size[rows] > 0.0, size[rows], 1.0)
    matrix = problem.matrix.copy()
    matrix.data = matrix.data * factor[matrix.indices]
    low, high = problem.row_lower * factor, problem.row_upper * factor
    return replace(problem, matrix=matrix, row_lower=low, row_upper=high), factor


def _kinds(may: Mask, head: IntArray) -> Mask:
    """Return which ingredients a group can have, shape (groups, ingredients)."""
    found = np.zeros((head.size, may.shape[1]), np.bool_)
    for pool in range(head.shape[0]):
        for t in range(head.shape[1]):
            found[head[pool, t]] |= may[pool, :, t]
    return found


def compositions(
    paths: Paths, groups: Groups, x: FloatArray, f: FloatArray
) -> FloatArray:
    """Return the share of each ingredient in each pool.

    Parameters
    ----------
    paths, groups
        The split plan and its groups.
    x : array of float, shape (columns,)
        A solution of the split plan with the proportions kept.
    f : array of float, shape (shares,)
        The shares held.

    Returns
    -------
    array of float, shape (pools, ingredients, periods)
        Sums to 1 over the ingredients. A pool that is empty in a period keeps the
        composition of the nearest period in which it is not [-].
    """
    pools, head = paths.pools, groups.head
    taken = np.zeros((head.size, len(pools.ingredients)))
    for k, tap in enumerate(pools.taps):
        for t in np.flatnonzero(groups.counted[k]):
            amounts = np.maximum(x[paths.column[k, :, t]] * paths.taken[k, :, t], 0.0)
            taken[head[tap.pool, t]] += amounts
    for g in groups.chosen:
        here = groups.share_group == g
        total = taken[g].sum()
        taken[g] = 0.0
        taken[g, groups.share_name[here]] = f[here] * total
    return _spread(taken, groups)


def _spread(taken: FloatArray, groups: Groups) -> FloatArray:
    """Return shares by pool and period; where nothing flows, of the nearest period."""
    head, may = groups.head, groups.may
    total = taken.sum(axis=1)
    small = 1e-9 * max(float(total.max(initial=0.0)), 1.0)
    found = np.zeros(may.shape)
    for pool in range(head.shape[0]):
        flowing = np.flatnonzero(total[head[pool]] > small)
        for t in range(head.shape[1]):
            at = t
            if flowing.size:
                at = int(flowing[np.argmin(np.abs(flowing - t))])
            shares = taken[head[pool, at]]
            if total[head[pool, at]] <= small:
                shares = may[pool].any(axis=1).astype(float)
            found[pool, :, t] = shares / shares.sum() if shares.sum() > 0 else 0.0
    return _agreed(found, head)


def _agreed(found: FloatArray, head: IntArray) -> FloatArray:
    """Let all pools of a group have the shares of its first."""
    first: dict[int, FloatArray] = {}
    for t in range(head.shape[1]):
        for pool in range(head.shape[0]):
            own = first.setdefault(int(head[pool, t]), found[pool, :, t].copy())
            found[pool, :, t] = own
    return found
