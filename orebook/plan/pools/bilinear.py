"""A linear problem in which some columns must keep a common proportion.

Routes are columns; each belongs to a share (which ingredient of which pool) and to a
flow (whose amount it is part of). All routes of one flow together are the flow; each
is its share times the flow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csc_array

from orebook.plan.lp import FloatArray, IntArray, Problem

__all__ = ["Bilinear", "Reduced", "amounts_of", "held", "normalised", "shares_of"]

EMPTY = 1e-9
"""A pool with less flow than this share of its largest is empty [-]."""


@dataclass(frozen=True, slots=True, eq=False)
class Bilinear:
    """What is to be solved.

    Parameters
    ----------
    problem : Problem
        Everything linear.
    route : array of int, shape (routes,)
        Columns of the routes [-].
    weight : array of float, shape (routes,)
        Amount taken per unit of the column [t].
    share, flow : array of int, shape (routes,)
        Share and flow of each route [-].
    share_pool : array of int, shape (shares,)
        Pool (of one composition) of each share [-].
    flow_pool : array of int, shape (flows,)
        Pool of each flow [-].
    """

    problem: Problem
    route: IntArray
    weight: FloatArray
    share: IntArray
    flow: IntArray
    share_pool: IntArray
    flow_pool: IntArray

    @property
    def pools(self) -> int:
        """Number of pools whose composition is to be chosen [-]."""
        return int(self.share_pool.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """The problem with the routes replaced, and the way back.

    Parameters
    ----------
    problem : Problem
        In the other columns, the flows, and for a step the changes of the shares.
    back : scipy.sparse.csc_array
        Columns of the whole problem from those of the reduced one.
    flows : slice
        Where the flows stand.
    """

    problem: Problem
    back: csc_array
    flows: slice


def normalised(model: Bilinear, f: FloatArray) -> FloatArray:
    """Return shares of at least 0 that sum to 1 in each pool; even where nothing is."""
    pools = model.pools
    kept = np.where(f > EMPTY, f, 0.0)
    total = np.bincount(model.share_pool, weights=kept, minlength=pools)
    count = np.bincount(model.share_pool, minlength=pools)
    none = total[model.share_pool] <= 0.0
    even = 1.0 / np.maximum(count, 1)[model.share_pool]
    return np.where(none, even, kept / np.where(none, 1.0, total[model.share_pool]))


def amounts_of(model: Bilinear, x: FloatArray) -> FloatArray:
    """Return the flows of a solution, shape (flows,) [t]."""
    taken = model.weight * x[model.route]
    count = np.bincount(model.flow, weights=taken, minlength=model.flow_pool.size)
    return np.asarray(count, np.float64)


def shares_of(model: Bilinear, x: FloatArray) -> FloatArray:
    """Return the shares its routes have on the whole in each pool [-]."""
    taken = np.maximum(model.weight * x[model.route], 0.0)
    return normalised(model, _relative(model, taken))


def _relative(model: Bilinear, taken: FloatArray) -> FloatArray:
    """Return the amount of each share relative to that of its pool [-]."""
    by_share = np.bincount(model.share, weights=taken, minlength=model.share_pool.size)
    total = np.bincount(model.share_pool, weights=by_share, minlength=model.pools)
    whole = total[model.share_pool]
    empty = whole <= EMPTY * max(1.0, float(total.max(initial=0.0)))
    return np.where(empty, 0.0, by_share / np.where(empty, 1.0, whole))


def held(
    model: Bilinear,
    f: FloatArray,
    *,
    around: FloatArray | None = None,
    radius: float = 0.0,
) -> Reduced:
    """Return the linear problem with the shares held, or free to move a little.

    Parameters
    ----------
    model : Bilinear
        What is to be solved.
    f : array of float, shape (shares,)
        Shares that sum to 1 in each pool [-].
    around : array of float, shape (flows,), optional
        Flows of the first-order expansion ``f0 y + y0 (f - f0)``; shares are held
        where it is absent [t].
    radius : float
        Largest change of a share [-].

    Returns
    -------
    Reduced
        Columns: those that are no routes, the flows, the changes.
    """
    whole = model.problem
    size, flows = whole.cost.size, model.flow_pool.size
    is_route = np.zeros(size, np.bool_)
    is_route[model.route] = True
    rest = np.flatnonzero(~is_route)
    parts = [
        (rest, np.arange(rest.size), np.ones(rest.size)),
        (model.route, rest.size + model.flow, f[model.share] / model.weight),
    ]
    low = [whole.lower[rest], np.zeros(flows)]
    high = [whole.upper[rest], np.full(flows, np.inf)]
    width = rest.size + flows
    if around is not None:
        slope = around[model.flow] / model.weight
        parts.append((model.route, width + model.share, slope))
        low.append(np.maximum(-radius, -f))
        high.append(np.minimum(radius, 1.0 - f))
        width += f.size
    rows, columns, values = (np.concatenate(p) for p in zip(*parts, strict=True))
    back = coo_array((values, (rows, columns)), shape=(size, width)).tocsc()
    integer = np.zeros(width, np.bool_)
    integer[: rest.size] = whole.integer[rest]
    problem = replace(
        whole,
        cost=np.asarray(back.T @ whole.cost),
        lower=np.concatenate(low),
        upper=np.concatenate(high),
        integer=integer,
        matrix=csc_array(whole.matrix @ back),
    )
    if around is not None:
        problem = _with_sums(problem, model, width - f.size)
    return Reduced(problem, back, slice(rest.size, rest.size + flows))


def _with_sums(problem: Problem, model: Bilinear, first: int) -> Problem:
    """Let the changes of the shares of each pool sum to nothing."""
    change = first + np.arange(model.share_pool.size)
    rows = coo_array(
        (np.ones(change.size), (model.share_pool, change)),
        shape=(model.pools, problem.cost.size),
    )
    return with_rows(problem, csc_array(rows), low=0.0, high=0.0)


def with_rows(
    problem: Problem, rows: csc_array, *, low: object, high: object
) -> Problem:
    """Return a problem with further rows; they have no name in its index maps.

    Parameters
    ----------
    problem : Problem
        The problem.
    rows : scipy.sparse.csc_array, shape (more, columns)
        Their coefficients; further columns of the problem must be added before.
    low, high : float or array, broadcast to (more,)
        Their limits.
    """
    from scipy.sparse import vstack

    count = rows.shape[0]
    return replace(
        problem,
        matrix=csc_array(vstack([problem.matrix, rows], format="csc")),
        row_lower=np.append(problem.row_lower, np.broadcast_to(low, count)),  # type: ignore[call-overload]
        row_upper=np.append(problem.row_upper, np.broadcast_to(high, count)),  # type: ignore[call-overload]
    )


def with_columns(
    problem: Problem,
    count: int,
    *,
    upper: object = np.inf,
    cost: float = 0.0,
    integer: bool = False,
) -> Problem:
    """Return a problem with further columns from 0, in no row yet.

    Parameters
    ----------
    problem : Problem
        The problem.
    count : int
        How many [-].
    upper : float or array, broadcast to (count,)
        Upper bounds.
    cost : float
        Cost of each [CNY].
    integer : bool
        Whole values only.
    """
    from scipy.sparse import hstack

    more = csc_array((problem.matrix.shape[0], count))
    return replace(
        problem,
        matrix=csc_array(hstack([problem.matrix, more], format="csc")),
        cost=np.append(problem.cost, np.full(count, cost)),
        lower=np.append(problem.lower, np.zeros(count)),
        upper=np.append(problem.upper, np.broadcast_to(upper, count)),  # type: ignore[call-overload]
        integer=np.append(problem.integer, np.full(count, integer)),
    )
