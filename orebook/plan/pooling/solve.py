"""The ladder: bound, starts, improvement, proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Literal

import numpy as np

from orebook.errors import DataQualityError, InfeasibleError, InputError
from orebook.plan.infeasible import contradiction, demand_optimal
from orebook.plan.lp import Builder, FloatArray, Problem
from orebook.plan.pooling.branch import mixed, search
from orebook.plan.pooling.certify import available, prove
from orebook.plan.pooling.fixed import Plan, best_of, plan_at
from orebook.plan.pooling.instance import PoolingInstance
from orebook.plan.pooling.network import Network, network
from orebook.plan.pooling.piecewise import solve_piecewise
from orebook.plan.pooling.read import parse_pooling
from orebook.plan.pooling.recursion import improve, settle, simple_starts
from orebook.plan.pooling.relax import Point, Relaxation, relaxation
from orebook.plan.pooling.result import GAP, PoolingResult, Step, result
from orebook.plan.solve import Settings, Solution, Solver

__all__ = ["Certify", "solve_pooling"]

Certify = Literal["auto", "scip", "none"]
Progress = Callable[[Step], None]

ABSOLUTE = 1e-8
"""Difference of cost and bound that is rounding [scaled CNY]."""

LARGEST_CUT = 60_000
"""Routes times parts beyond which the piecewise rung is left out [-]."""

SHORT_RUNG = 0.1
"""Share of the time limit one early rung may take [-]."""

FINEST = 1e-6
"""Trust region at which the last recursion ends [-]."""

ENOUGH = (0.8, 0.1)
"""Shares of the gap at which SCIP may stop: its products are not exact, so the plan
drawn from them may miss the gap, and a second run goes closer [-]."""

RADII = (0.05, 1e-4, 1e-6, 1e-8)
"""Largest changes of a share tried when a plan is drawn from a point [-]."""

NEAR = 1e-6
"""Relative distance at which a plan counts as good as the point it came from [-]."""

FEW_ROUTES = 100
"""Up to this many routes SCIP goes close to the optimum at once [-]."""

SHORT_SECONDS = 1.0
"""Longest time of an early rung when the global solver follows [s]."""


@dataclass(slots=True)
class _Climb:
    """What is known on the way up."""

    net: Network
    begun: float
    until: float
    rung: float
    progress: Progress | None
    plan: Plan | None = None
    bound: float = -np.inf
    steps: list[Step] = field(default_factory=list)

    def closed(self, cost: float, bound: float) -> bool:
        return cost - bound <= GAP * abs(cost) + ABSOLUTE

    @property
    def done(self) -> bool:
        return self.plan is not None and self.closed(self.plan.cost, self.bound)

    @property
    def left(self) -> float:
        return max(0.0, self.until - perf_counter())

    def raise_bound(self, bound: float) -> None:
        ceiling = np.inf if self.plan is None else self.plan.cost
        self.bound = min(max(self.bound, bound), ceiling)

    def try_shares(self, shares: Iterable[FloatArray], *, seconds: float) -> None:
        """Improve from each start until the time of the rung is up."""
        until = min(perf_counter() + seconds, self.until)
        for one in shares:
            found = plan_at(self.net, one, seconds=max(self.left, 0.1))
            self.plan = best_of(self.plan, found)
            if found is not None and perf_counter() < until:
                self.plan = best_of(self.plan, improve(self.net, found, until=until))
            if self.done or (self.plan is not None and perf_counter() > until):
                return

    def report(self, name: str) -> None:
        profit = None if self.plan is None else self.net.profit(self.plan.cost)
        bound = self.net.profit(self.bound)
        step = Step(name, profit, bound, perf_counter() - self.begun)
        self.steps.append(step)
        if self.progress is not None:
            self.progress(step)


def solve_pooling(
    instance: PoolingInstance | Mapping[str, object],
    *,
    time_limit: float = 60.0,
    certify: Certify = "auto",
    starts: Sequence[int] = (2, 4),
    progress: Progress | None = None,
) -> PoolingResult:
    """Return the best plan of a pooling instance and a proven bound on any plan.

    Parameters
    ----------
    instance : PoolingInstance or mapping
        What to solve; a mapping is checked by `parse_pooling` first.
    time_limit : float
        Time after which the best plan so far is returned [s].
    certify : {"auto", "scip", "none"}
        Close the gap with SCIP; "auto" uses it if it is installed. Otherwise the
        remaining time goes to our own branch and bound.
    starts : sequence of int
        Parts of the piecewise relaxations, 2 or more each [-].
    progress : callable, optional
        Called with each `Step` when it is done.

    Returns
    -------
    PoolingResult
        Flows that keep every limit, profit, bound and gap.

    Raises
    ------
    InfeasibleError
        If no plan exists, with the limits that contradict each other; or if none was
        found in time.
    InputError
        If an option is wrong, nothing limits a flow, or profit is unlimited.
    BookError
        If a mapping has mistakes.

    Notes
    -----
    The rungs: (1) linear relaxation without pools, then the McCormick relaxation of
    the pq form; (2) successive linear programming from simple compositions; (3)
    piecewise relaxations, each point improved in the same way; (4) SCIP, or spatial
    branch and bound. The ladder ends as soon as the gap is at most 1e-4. Every plan
    is an optimum of the linear problem with its pool compositions held, hence
    feasible.

    References
    ----------
    .. [1] M. Tawarmalani, N. V. Sahinidis, Convexification and global optimization in
       continuous and mixed-integer nonlinear programming, 2002.
    .. [2] C. A. Haverly, Studies of the behavior of recursion for the pooling
       problem, ACM SIGMAP Bulletin, 1978.

    Examples
    --------
    >>> found = solve_pooling(
    ...     {
    ...         "inputs": [
    ...             {"id": "rich", "cost": 16, "max": 300, "quality": {"s": 1}},
    ...             {"id": "poor", "cost": 6, "max": 300, "quality": {"s": 3}},
    ...         ],
    ...         "pools": [{"id": "yard"}],
    ...         "outputs": [
    ...             {"id": "line", "price": 15, "max": 200, "quality_max": {"s": 1.5}}
    ...         ],
    ...         "arcs": [
    ...             {"from": "rich", "to": "yard"},
    ...             {"from": "poor", "to": "yard"},
    ...             {"from": "yard", "to": "line"},
    ...         ],
    ...     }
    ... )
    >>> round(found.profit, 6), found.status
    (300.0, 'optimal')
    """
    _check_options(time_limit, certify, starts)
    if not isinstance(instance, PoolingInstance):
        instance = parse_pooling(instance)
    begun = perf_counter()
    use_scip = certify == "scip" or (certify == "auto" and available())
    short = SHORT_RUNG * time_limit
    short = min(short, SHORT_SECONDS) if use_scip else short
    climb = _Climb(network(instance), begun, begun + time_limit, short, progress)
    relaxed = _relax(climb)
    for rung in _rungs(climb, relaxed, starts=starts, use_scip=use_scip):
        if climb.done or climb.left <= 0.0:
            break
        rung()
    if climb.plan is None:
        raise _no_plan(climb)
    _finish(climb, climb.plan)
    bound = climb.net.profit(climb.bound)
    steps = tuple(climb.steps)
    return result(climb.net, climb.plan, bound=bound, closed=climb.done, steps=steps)


def _rungs(
    climb: _Climb, relaxed: Relaxation, *, starts: Sequence[int], use_scip: bool
) -> list[Callable[[], None]]:
    """Return what to do, in this order, until the gap is closed."""
    last = partial(_scip, climb) if use_scip else partial(_branch, climb, relaxed)
    cuts = [partial(_cut, climb, relaxed, parts) for parts in starts]
    return [partial(_simple, climb), *cuts, last]


def _finish(climb: _Climb, plan: Plan) -> None:
    """Bring the best plan to its local optimum; the proof may stop just short."""
    until = perf_counter() + min(climb.rung, SHORT_SECONDS)
    climb.plan = improve(climb.net, plan, until=until, finest=FINEST)
    if climb.plan.cost < plan.cost:
        climb.raise_bound(climb.bound)
        climb.report("last recursion")


def _check_options(time_limit: float, certify: str, starts: Sequence[int]) -> None:
    known = ("auto", "scip", "none")
    if certify not in known:
        message = f"certify = {certify!r}; expected one of {', '.join(known)}"
        raise InputError(message)
    if certify == "scip" and not available():
        message = (
            "certify = 'scip', but SCIP is not installed; expected the package "
            "pyscipopt; install orebook[scip] or choose 'auto'"
        )
        raise InputError(message)
    if not 0.0 < time_limit < np.inf:
        message = f"time_limit = {time_limit}; expected a positive number of seconds"
        raise InputError(message)
    if any(one < 2 for one in starts):
        message = f"starts = {tuple(starts)}; expected numbers of parts, 2 or more"
        raise InputError(message)


def _relax(climb: _Climb) -> Relaxation:
    """Climb the linear rungs; raise if they show that there is no plan."""
    problem = _without_pools(climb.net)
    solution = _linear(climb, problem)
    if solution.status == "limit":
        demand_optimal(problem, solution)
    climb.raise_bound(solution.objective)
    climb.report("every route on its own")
    relaxed = relaxation(climb.net)
    solution = _linear(climb, relaxed.problem)
    if solution.status == "optimal":
        climb.raise_bound(solution.objective)
        point = relaxed.point(solution.objective, solution.x)
        climb.try_shares(_compositions(climb.net, point), seconds=climb.rung)
    climb.report("McCormick relaxation")
    return relaxed


def _linear(climb: _Climb, problem: Problem) -> Solution:
    """Return an optimum or what the time allowed; raise if there is no plan."""
    settings = Settings(time_limit=max(climb.left, 0.1))
    try:
        solution = Solver(problem, settings).solve()
    except DataQualityError:
        solution = Solver(problem, Settings(method="ipm", tolerance=1e-7)).solve()
    if solution.status == "infeasible":
        raise _contradicting(climb.net, problem)
    if solution.status == "unbounded":
        demand_optimal(problem, solution)
    return solution


def _without_pools(net: Network) -> Problem:
    """Return the linear problem in which every route keeps its own quality."""
    builder = Builder(periods=1)
    names = [
        f"{net.feeds[i]} -> {net.taps[j].target}"
        for i, j in zip(net.route_feed, net.route_tap, strict=True)
    ]
    names += [str(one) for one in net.direct]
    flows = builder.columns("flow", names, cost=net.cost[:, None])
    rows = builder.rows(
        "limit",
        net.limits.names,
        lower=net.limits.low[:, None],
        upper=net.limits.high[:, None],
    )
    entries = net.limits.matrix.tocoo()
    builder.entries(rows.start + entries.row, flows.start + entries.col, entries.data)
    return builder.problem()


def _compositions(net: Network, point: Point) -> list[FloatArray]:
    """Return the shares by mass and as stated by a relaxed point."""
    return [mixed(net, point), point.f]


def _simple(climb: _Climb) -> None:
    climb.try_shares(simple_starts(climb.net), seconds=climb.rung)
    climb.report("recursion from simple starts")


def _cut(climb: _Climb, relaxed: Relaxation, parts: int) -> None:
    net = climb.net
    if net.routes * parts > LARGEST_CUT:
        return
    seconds = min(climb.rung, climb.left)
    found = solve_piecewise(relaxed, parts, seconds=seconds)
    if found.infeasible:
        raise InfeasibleError(_NO_COMPOSITION.format(net.instance.name))
    climb.raise_bound(found.bound)
    if found.point is not None:
        shares = _compositions(net, found.point)
        climb.try_shares(shares, seconds=climb.rung)
    climb.report(f"piecewise relaxation in {parts} parts")


def _scip(climb: _Climb) -> None:
    for share in ENOUGH if climb.net.routes > FEW_ROUTES else ENOUGH[-1:]:
        if climb.done or climb.left <= 0.0:
            return
        _prove(climb, gap=share * GAP)


def _prove(climb: _Climb, *, gap: float) -> None:
    found = prove(climb.net, plan=climb.plan, seconds=climb.left, gap=gap)
    if found.infeasible and climb.plan is None:
        raise InfeasibleError(_NO_COMPOSITION.format(climb.net.instance.name))
    if found.point is not None:
        point, left = found.point, max(climb.left, climb.rung)
        plan = _true_plan(climb.net, point, seconds=left)
        climb.plan = best_of(climb.plan, plan)
        if not climb.closed(climb.plan.cost if climb.plan else np.inf, point.cost):
            shares = _compositions(climb.net, point)
            climb.try_shares(shares, seconds=climb.rung)
    if not found.infeasible:
        climb.raise_bound(found.bound)
    climb.report("SCIP")


def _true_plan(net: Network, point: Point, *, seconds: float) -> Plan | None:
    """Return a plan as good as a point whose products are not quite products.

    The correction has a direction of gain wherever the point is no exact optimum, and
    follows it to the end of its radius; on a knife's edge only a small one holds.
    """
    best, until = None, perf_counter() + seconds
    for radius in RADII:
        left = until - perf_counter()
        if left <= 0.0:
            break
        found = settle(net, point.f, point.y, radius=radius, seconds=left)
        best = best_of(best, found)
        if best is not None and best.cost <= point.cost + NEAR * abs(point.cost):
            break
    return best


def _branch(climb: _Climb, relaxed: Relaxation) -> None:

    def closed(cost: float, bound: float) -> bool:
        beyond = cost - max(bound, climb.bound)
        return beyond <= 0.5 * GAP * abs(cost) + ABSOLUTE

    found = search(relaxed, plan=climb.plan, until=climb.until, closed=closed)
    climb.plan = best_of(climb.plan, found.plan)
    if climb.plan is None and found.bound == np.inf:
        raise InfeasibleError(_NO_COMPOSITION.format(climb.net.instance.name))
    climb.raise_bound(found.bound)
    climb.report(f"branch and bound, {found.nodes} boxes")


_NO_COMPOSITION = (
    "{}: no plan meets all requirements: the amounts and qualities could be met if "
    "every route kept its own quality, but not with what the pools can mix; loosen a "
    "least amount or a quality limit, or add a direct arc"
)


def _no_plan(climb: _Climb) -> InfeasibleError:
    seconds = perf_counter() - climb.begun
    return InfeasibleError(
        f"{climb.net.instance.name}: no plan was found in {seconds:.1f} s, nor a proof "
        "that there is none; expected one; raise the time limit, or loosen least "
        "amounts and quality limits"
    )


def _contradicting(net: Network, problem: Problem) -> InfeasibleError:
    """Return the error that names the limits, in the units of the instance."""
    said: dict[str, None] = {}
    for kind, index in contradiction(problem):
        label = problem.describe(kind, index)
        row = kind.startswith("row")
        if kind.endswith("lower") and not row:
            continue  # that nothing runs backwards needs no saying
        if label.block not in {"limit", "tap", "direct"}:
            continue
        name = label.entity if row else f"flow {label.entity}"
        low = float((problem.row_lower if row else problem.lower)[index])
        high = float((problem.row_upper if row else problem.upper)[index])
        side, value = ("least", low) if kind.endswith("lower") else ("most", high)
        grade = row and value == 0.0
        said[name if grade else f"{name} at {side} {value * net.flow_scale:g}"] = None
    return InfeasibleError(
        f"{net.instance.name}: no plan meets these requirements together: "
        f"{'; '.join(said)}; loosen one of them"
    )
