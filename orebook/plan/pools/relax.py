"""Bounds: largest flows, McCormick planes, and the same cut into parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from scipy.sparse import coo_array, csc_array

from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.pools.bilinear import Bilinear, with_columns, with_rows
from orebook.plan.solve import Settings, Solver

__all__ = ["Bounded", "largest_flows", "piecewise", "planes", "solve_piecewise"]

LEAST = 1e-4
"""No flow is scaled by less than this share of the largest [-]."""

SLACK = 1e-6
"""A bound on a flow is taken this much wider than the solver found it [-]."""


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """What a bounded search gave.

    Parameters
    ----------
    bound : float
        No plan costs less [CNY].
    x : array of float or None
        The best point found, in the columns of the split plan first.
    infeasible : bool
        True if it is proven that no plan exists.
    """

    bound: float
    x: FloatArray | None
    infeasible: bool = False


def flow_rows(model: Bilinear) -> csc_array:
    """Return the matrix that gives the flows of a point, shape (flows, columns)."""
    shape = (model.flow_pool.size, model.problem.cost.size)
    return coo_array((model.weight, (model.flow, model.route)), shape=shape).tocsc()


def largest_flows(
    model: Bilinear, *, cost: float, until: float
) -> tuple[FloatArray, FloatArray]:
    """Return the largest flow of each tap, and of all taps of each pool together [t].

    Parameters
    ----------
    model : Bilinear
        What is to be solved.
    cost : float
        Only plans that cost no more count; infinite if none is known [CNY].
    until : float
        Reading of the performance counter at which to stop [s]; the flows not reached
        by then are bounded together.

    Returns
    -------
    tuple of array of float
        Shapes (flows,) and (pools,); infinite where nothing limits them.

    Notes
    -----
    One linear problem for each, warm: every tap takes each ingredient on its own, at
    no more than the cost of the best plan.
    """
    problem, flows = model.problem, flow_rows(model)
    pools = np.zeros((model.pools, flows.shape[0]))
    pools[model.flow_pool, np.arange(flows.shape[0])] = 1.0
    wanted = csc_array(np.vstack([np.eye(flows.shape[0]), pools]) @ flows)
    if np.isfinite(cost):
        room = cost - problem.offset + 1e-7 * abs(cost)
        row = csc_array(problem.cost[None, :])
        problem = with_rows(problem, row, low=-np.inf, high=room)
    found = np.full(wanted.shape[0], np.inf)
    if problem.integer.any():
        problem = replace(problem, integer=np.zeros_like(problem.integer))
    solver = Solver(problem, Settings(tolerance=1e-9))
    every, by_row = np.arange(problem.cost.size), wanted.tocsr()
    for k in range(wanted.shape[0]):
        last = perf_counter() > until
        rows = slice(k, None) if last else slice(k, k + 1)
        weights = np.asarray(by_row[rows].sum(axis=0), np.float64).ravel()
        solver.change_costs(every, -weights)
        answer = solver.solve()
        if answer.status != "optimal" and np.isfinite(cost):
            # The limit on the cost can be too tight by rounding: do without it.
            solver.change_row_bounds(problem.row_lower.size - 1, -np.inf, np.inf)
            answer = solver.solve(warm=False)
        if answer.status == "optimal":
            value = -(answer.objective - problem.offset)
            found[k : None if last else k + 1] = max(value, 0.0) * (1.0 + SLACK) + SLACK
        if last:
            break
    least = LEAST * max(float(found[np.isfinite(found)].max(initial=0.0)), 1e-3)
    found = np.maximum(found, least)  # what cannot flow still needs a unit
    return found[: flows.shape[0]], found[flows.shape[0] :]


@dataclass(slots=True)
class _Rows:
    """Rows under construction as triplets."""

    rows: list[IntArray]
    columns: list[IntArray]
    values: list[FloatArray]
    high: list[FloatArray]
    count: int = 0

    def new(self, size: int, high: object) -> IntArray:
        place = self.count + np.arange(size)
        self.count += size
        self.high.append(np.broadcast_to(high, size))  # type: ignore[call-overload]
        return place

    def put(self, rows: IntArray, columns: IntArray, values: object) -> None:
        size = np.broadcast(rows, columns).size
        self.rows.append(np.broadcast_to(rows, size))
        self.columns.append(np.broadcast_to(columns, size))
        self.values.append(np.broadcast_to(values, size))  # type: ignore[call-overload]

    def add_to(self, problem: Problem) -> Problem:
        """Return the problem with these rows; equations are those doubled."""
        shape = (self.count, problem.cost.size)
        values = np.concatenate(self.values)
        places = (np.concatenate(self.rows), np.concatenate(self.columns))
        matrix = coo_array((values, places), shape=shape).tocsc()
        high = np.concatenate(self.high)
        return with_rows(problem, csc_array(matrix), low=-np.inf, high=high)


def planes(model: Bilinear, flow: FloatArray, pool: FloatArray) -> Problem:
    """Return the McCormick relaxation: the split plan with its shares as columns.

    Parameters
    ----------
    model : Bilinear
        What is to be solved.
    flow, pool : array of float
        Largest flows of the taps and of the pools [t].

    Returns
    -------
    Problem
        The shares stand after the columns of the split plan.

    Notes
    -----
    With share f, flow ``y <= Y`` and route v: ``v <= Y f``, ``v >= y - Y (1 - f)``,
    and over all routes of a share ``sum v <= P f`` with the largest amount P of its
    pool (the row that makes the pq form tight).

    References
    ----------
    .. [1] M. Tawarmalani, N. V. Sahinidis, Convexification and global optimization in
       continuous and mixed-integer nonlinear programming, 2002.
    """
    first = model.problem.cost.size
    problem = with_columns(model.problem, model.share_pool.size, upper=1.0)
    problem = with_rows(problem, _sums(model, first), low=1.0, high=1.0)
    rows = _Rows([], [], [], [])
    share, per = first + model.share, 1.0 / flow[model.flow]
    place = rows.new(model.route.size, 0.0)
    rows.put(place, model.route, model.weight * per)
    rows.put(place, share, -1.0)
    place = rows.new(model.route.size, 1.0)
    _flow_of(rows, model, place, factor=per)
    rows.put(place, model.route, -model.weight * per)
    rows.put(place, share, 1.0)
    place = rows.new(model.share_pool.size, 0.0)
    per_pool = 1.0 / pool[model.share_pool]
    rows.put(place[model.share], model.route, model.weight * per_pool[model.share])
    rows.put(place, first + np.arange(place.size), -1.0)
    return rows.add_to(problem)


def _sums(model: Bilinear, first: int) -> csc_array:
    places = (model.share_pool, first + np.arange(model.share_pool.size))
    shape = (model.pools, first + model.share_pool.size)
    return csc_array(coo_array((np.ones(model.share_pool.size), places), shape=shape))


def _flow_of(
    rows: _Rows, model: Bilinear, place: IntArray, *, factor: FloatArray
) -> None:
    """Add ``factor`` times the flow that each route is part of to its row."""
    order = np.argsort(model.flow, kind="stable")
    count = np.bincount(model.flow, minlength=model.flow_pool.size)
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    size = count[model.flow]
    owner = np.repeat(np.arange(model.route.size), size)
    within = np.arange(owner.size) - np.repeat(np.cumsum(size) - size, size)
    member = order[start[model.flow[owner]] + within]
    weight = factor[owner] * model.weight[member]
    rows.put(place[owner], model.route[member], weight)


def piecewise(
    model: Bilinear, flow: FloatArray, pool: FloatArray, *, parts: int
) -> Problem:
    """Return the McCormick relaxation with each share cut into equal parts.

    Parameters
    ----------
    model : Bilinear
        What is to be solved.
    flow, pool : array of float
        Largest flows of the taps and of the pools [t].
    parts : int
        Number of parts [-].

    Returns
    -------
    Problem
        With a whole number for each share and part.

    Notes
    -----
    With part n of a share in [a, b], its proportion ``f_n`` and flow ``y_n`` (both
    zero in all parts but one, chosen by d), flows in units of their largest::

        sum_n a y_n <= v <= sum_n b y_n
        v >= sum_n b y_n + f_n - b d_n     v <= sum_n a y_n + f_n - a d_n

    References
    ----------
    .. [1] R. Karuppiah, I. E. Grossmann, Global optimization for the synthesis of
       integrated water systems in chemical processes, 2006.
    """
    base = planes(model, flow, pool)
    shares, routes = model.share_pool.size, model.route.size
    share = model.problem.cost.size + np.arange(shares)
    choice = base.cost.size + np.arange(shares * parts)
    problem = with_columns(base, choice.size, upper=1.0, integer=True)
    within = problem.cost.size + np.arange(choice.size)
    problem = with_columns(problem, within.size, upper=1.0)
    piece = problem.cost.size + np.arange(routes * parts)
    problem = with_columns(problem, piece.size, upper=1.0)
    rows = _Rows([], [], [], [])
    owner, part = np.divmod(np.arange(choice.size), parts)
    for sign in (1.0, -1.0):  # equations
        place = rows.new(shares, sign)
        rows.put(place[owner], choice, sign)
        place = rows.new(shares, 0.0)
        rows.put(place[owner], within, sign)
        rows.put(place, share, -sign)
    for sign, edge in ((-1.0, part / parts), (1.0, (part + 1) / parts)):
        place = rows.new(choice.size, 0.0)
        rows.put(place, within, sign)
        rows.put(place, choice, -sign * edge)
    per = 1.0 / flow[model.flow]
    _pieces(rows, model, (choice, within, piece), parts=parts, per=per)
    return rows.add_to(problem)


def _pieces(
    rows: _Rows,
    model: Bilinear,
    columns: tuple[IntArray, IntArray, IntArray],
    *,
    parts: int,
    per: FloatArray,
) -> None:
    choice, within, piece = columns
    owner, part = np.divmod(np.arange(piece.size), parts)
    inside = model.share[owner] * parts + part
    low, high = part / parts, (part + 1) / parts
    for sign in (1.0, -1.0):  # the parts of a flow are the flow
        place = rows.new(model.route.size, 0.0)
        rows.put(place[owner], piece, sign)
        _flow_of(rows, model, place, factor=-sign * per)
    place = rows.new(piece.size, 0.0)
    rows.put(place, piece, 1.0)
    rows.put(place, choice[inside], -1.0)
    for sign, edge, far in (
        (-1.0, low, False),
        (1.0, high, False),
        (-1.0, high, True),
        (1.0, low, True),
    ):
        place = rows.new(model.route.size, 0.0)
        rows.put(place, model.route, sign * model.weight * per)
        rows.put(place[owner], piece, -sign * edge)
        if far:
            rows.put(place[owner], within[inside], -sign)
            rows.put(place[owner], choice[inside], sign * edge)


def solve_piecewise(problem: Problem, *, seconds: float) -> Bounded:
    """Solve a relaxation with whole numbers within a time limit.

    Parameters
    ----------
    problem : Problem
        From `piecewise`.
    seconds : float
        Time limit [s].

    Notes
    -----
    Uses the mixed-integer interface that also returns the proven bound when the time
    is up.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows = LinearConstraint(problem.matrix, problem.row_lower, problem.row_upper)
    found = milp(
        problem.cost,
        integrality=problem.integer.astype(np.int64),
        bounds=Bounds(problem.lower, problem.upper),
        constraints=rows,
        options={"time_limit": max(seconds, 0.1), "mip_rel_gap": 1e-5},
    )
    proven = found.get("mip_dual_bound")
    bound = -np.inf if proven is None else float(proven) + problem.offset
    return Bounded(bound, found.x, infeasible=found.status == 2)
