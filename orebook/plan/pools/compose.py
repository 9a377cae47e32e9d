"""Choose what the pools of a plan are mixed of: bound, starts, improvement, proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from orebook.chain.chain import good
from orebook.errors import InfeasibleError, InputError
from orebook.plan.assemble import Assembly, assemble
from orebook.plan.conditions import Conditions
from orebook.plan.infeasible import ContradictionError, demand_optimal
from orebook.plan.lp import FloatArray, Problem
from orebook.plan.pools.bilinear import Bilinear, amounts_of, held, shares_of
from orebook.plan.pools.find import Pools, mixed_goods
from orebook.plan.pools.groups import Groups, Mask, compositions, group
from orebook.plan.pools.paths import Paths, path_plan
from orebook.plan.pools.proof import available, prove
from orebook.plan.pools.recursion import (
    Point,
    cheaper,
    improve,
    plan_at,
    settle,
    simple_starts,
    solved,
)
from orebook.plan.pools.relax import (
    Bounded,
    largest_flows,
    piecewise,
    planes,
    solve_piecewise,
)
from orebook.plan.pools.result import GAP, PoolSettings, PoolsFound, Step
from orebook.plan.solve import Settings, Solver
from orebook.plan.words import in_words
from orebook.process.network import Network

__all__ = ["Composed", "compose", "recomposed", "without_pools"]

Progress = Callable[[str, float], None]

SHORT = 0.1
"""Share of the time one early rung may take [-]."""

NO_LIMIT = (
    "nothing limits what is taken from a pool; expected a capacity, a demand or a "
    "supply that does; state one of them in the book"
)

NEWS = 1e-3
"""A plan better by this share makes it worth to bound the flows anew [-]."""

LARGEST_CUT = 20_000
"""Routes times parts beyond which the piecewise rung is left out [-]."""

STEP_FOR_DUALS = 1e-4
"""Trust region of the first-order problem that prices quality [-]."""

FINER = (8, 16, 32)
"""Parts of the planes where there is no SCIP [-]."""

CONTRACTS = ("buy", "sell")
"""Columns whose limits a re-plan may have moved."""

CONTRACT_ROWS = ("buy_total", "sell_total", "take_or_pay")


@dataclass(frozen=True, slots=True)
class Composed:
    """Conditions with the compositions chosen, and what is known of them.

    Parameters
    ----------
    conditions : Conditions
        For an ordinary plan.
    bound : float
        No plan costs less [CNY].
    closed : bool
        True if the gap is at most 1e-4 by the split plan.
    bent : tuple of str
        Units that do not answer linearly.
    steps : tuple of Step
        The rungs taken.
    seconds : float
        Time taken [s].
    duals : mapping
        Duals of the rows by block where the compositions may move too, shape
        (entities, periods) [CNY/unit].
    """

    conditions: Conditions
    bound: float
    closed: bool
    bent: tuple[str, ...]
    steps: tuple[Step, ...]
    seconds: float
    duals: Mapping[str, FloatArray]

    def found(self, profit: float) -> PoolsFound:
        """Return the pools of the plan that was made with these conditions.

        Parameters
        ----------
        profit : float
            Its margin [CNY].
        """
        bound = max(-self.bound, profit)
        return PoolsFound(
            profit=profit,
            bound=bound,
            certified=not self.bent
            and bound - profit <= GAP * abs(profit) + 1e-6 * abs(bound),
            bent=self.bent,
            composition=self.conditions.composition,
            content=self.conditions.mixed,
            steps=self.steps,
            seconds=self.seconds,
        )


def without_pools(network: Network, conditions: Conditions) -> Conditions:
    """Return conditions in which no composition is chosen, nor the mix measured.

    Parameters
    ----------
    network : Network
        Chain and streams.
    conditions : Conditions
        What holds.
    """
    content = dict(conditions.content)
    for unit in network.chain.units:
        feeds = {good(t, unit.place).material for t in unit.feed}
        mixed = {f for f in feeds if network.chain.material[f].mixed}
        if mixed & set(content.get(unit.id, {})):
            held = content[unit.id]
            content[unit.id] = {p: v for p, v in held.items() if p not in mixed}
    return replace(conditions, content=content, mixed={}, composition={})


def compose(
    network: Network,
    conditions: Conditions,
    *,
    settings: PoolSettings | None = None,
    like: Problem | None = None,
    progress: Progress | None = None,
) -> Composed | None:
    """Choose the composition of every pool of a plan.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        What holds. Compositions in them are taken as a start.
    settings : PoolSettings, optional
        Time and depth of the search.
    like : Problem, optional
        A plan of the same horizon whose limits of contracts are taken over.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Composed or None
        None if the book mixes nothing; that costs nothing.

    Raises
    ------
    InfeasibleError
        If no plan exists, or no composition was found that allows one.

    Notes
    -----
    The rungs: (1) every user takes each ingredient on its own, which bounds every
    plan; (2) McCormick planes over the proportions; (3) successive linear plans from
    simple compositions; (4) piecewise planes in 2 and 4 parts; (5) SCIP on the whole
    plan. The ladder ends when the gap is 1e-4 or the time is up.

    References
    ----------
    .. [1] M. Tawarmalani, N. V. Sahinidis, Convexification and global optimization in
       continuous and mixed-integer nonlinear programming, 2002.
    .. [2] M. Alfaki, D. Haugland, A multi-commodity flow formulation for the
       generalized pooling problem, Journal of Global Optimization, 2013.
    """
    if not mixed_goods(network):
        return None
    settings = settings or PoolSettings()
    _check(settings)
    begun = perf_counter()
    free = without_pools(network, conditions)
    paths = path_plan(network, free)
    if like is not None:
        _take_over(paths.assembly.problem, like)
    groups = group(paths)
    climb = _Climb(groups.model, begun, begun + settings.seconds, progress)
    first = _on_its_own(climb, paths)
    old = _old_shares(paths.pools, groups, conditions)
    climb.run(first, old, settings)
    if climb.best is None:
        raise _none_found(climb, paths, groups, first)
    x = climb.best.x
    shares = compositions(paths, groups, x, climb.best.f)
    return Composed(
        _with_pools(free, paths.pools, shares, groups.may),
        climb.bound,
        climb.done,
        paths.bent,
        tuple(climb.steps),
        perf_counter() - begun,
        _duals(climb.model, groups, climb.best),
    )


def _duals(model: Bilinear, groups: Groups, best: Point) -> dict[str, FloatArray]:
    """Return the duals of the first-order problem at a plan: compositions may move."""
    flow = amounts_of(model, best.x)
    step = held(model, best.f, around=flow, radius=STEP_FOR_DUALS)
    solution = solved(step.problem)
    if solution is None:
        return {}
    dual = solution.row_dual[: groups.factor.size] * groups.factor
    return {name: dual[block.all()] for name, block in model.problem.rows.items()}


def recomposed(made: Assembly, composed: Composed) -> Assembly:
    """Assemble a plan anew with other compositions, its contracts as they stand.

    Parameters
    ----------
    made : Assembly
        A plan whose limits of contracts a re-plan may have moved.
    composed : Composed
        The compositions.
    """
    new = assemble(made.network, composed.conditions)
    _take_over(new.problem, made.problem)
    return new


def _check(settings: PoolSettings) -> None:
    if settings.certify == "scip" and not available():
        message = (
            "certify = 'scip', but SCIP is not installed; expected the package "
            "pyscipopt; install orebook[scip] or choose 'auto'"
        )
        raise InputError(message)
    if not settings.seconds > 0.0:
        message = f"seconds = {settings.seconds}; expected more than 0; give a time"
        raise InputError(message)


def _take_over(problem: Problem, like: Problem) -> None:
    """Let the limits of contracts be those of another plan of the same horizon."""
    for name in CONTRACTS:
        here, there = problem.columns[name], like.columns[name]
        problem.lower[here.start : here.stop] = like.lower[there.start : there.stop]
        problem.upper[here.start : here.stop] = like.upper[there.start : there.stop]
    for name in set(CONTRACT_ROWS) & set(problem.rows):
        here, there = problem.rows[name], like.rows[name]
        inside, theirs = slice(here.start, here.stop), slice(there.start, there.stop)
        problem.row_lower[inside] = like.row_lower[theirs]
        problem.row_upper[inside] = like.row_upper[theirs]


@dataclass(slots=True)
class _Climb:
    """What is known on the way up."""

    model: Bilinear
    begun: float
    until: float
    progress: Progress | None
    best: Point | None = None
    bound: float = -np.inf
    steps: list[Step] = field(default_factory=list)
    flows: tuple[FloatArray, FloatArray] | None = None
    flows_cost: float = np.inf

    @property
    def done(self) -> bool:
        if self.best is None:
            return False
        beyond = self.best.cost - self.bound
        return beyond <= GAP * abs(self.best.cost) + 1e-6

    @property
    def left(self) -> float:
        return max(0.0, self.until - perf_counter())

    @property
    def enough(self) -> float:
        """Cost at which the gap is closed."""
        return self.bound + 0.5 * GAP * abs(self.bound)

    def raise_bound(self, bound: float) -> None:
        ceiling = np.inf if self.best is None else self.best.cost
        self.bound = min(max(self.bound, bound), ceiling)

    def report(self, name: str) -> None:
        profit = None if self.best is None else -self.best.cost
        seconds = perf_counter() - self.begun
        self.steps.append(Step(name, profit, -self.bound, seconds))
        if self.progress is not None:
            self.progress(f"pools: {name}", 0.1)

    def run(
        self, first: FloatArray, old: FloatArray | None, settings: PoolSettings
    ) -> None:
        """Climb until the gap is closed or the time is up."""
        model = self.model
        if not model.route.size:
            self.best = Point(self.bound, np.zeros(0), first)
            return
        self._starts([shares_of(model, first), *([] if old is None else [old])])
        self.report("every user on its own")
        if self.done:
            return
        if self.best is None:
            self._starts(simple_starts(model))
        rungs = [self._planes, self._simple]
        rungs += [self._cut(parts) for parts in settings.parts]
        if settings.certify == "scip" or (settings.certify == "auto" and available()):
            rungs.append(self._scip)
        else:
            rungs += [self._cut(parts, 0.4) for parts in FINER]
        if not all(np.isfinite(one).all() for one in self._sizes()):
            if self.best is None:
                raise InputError(NO_LIMIT)
            self.report("nothing limits what is taken from a pool")
            return
        for rung in rungs:
            rung()
            if self._over():
                return

    def _over(self) -> bool:
        return self.done or self.left <= 0.0

    def _starts(self, shares: Iterable[FloatArray]) -> None:
        """Take the plans at these shares, and what correcting them gives."""
        for f in shares:
            if self.done or (self.best is not None and self.left <= 0.0):
                return
            found = plan_at(self.model, f, seconds=max(self.left, 1.0))
            if found is None and self.best is None:
                flow = np.ones(self.model.flow_pool.size)
                found = settle(self.model, f, flow, radius=1.0, until=self.until)
            self.best = cheaper(self.best, found)

    def _sizes(self) -> tuple[FloatArray, FloatArray]:
        cost = np.inf if self.best is None else self.best.cost
        if self.flows is None or cost < self.flows_cost - NEWS * abs(cost):
            self.flows_cost = cost
            until = perf_counter() + 0.3 * self.left
            self.flows = largest_flows(self.model, cost=cost, until=until)
        return self.flows

    def _planes(self) -> None:
        problem = planes(self.model, *self._sizes())
        found = Solver(problem, Settings(time_limit=max(self.left, 0.1))).solve()
        if found.status == "optimal":
            self.raise_bound(found.objective)
            self._from(found.x)
        self.report("McCormick planes")

    def _simple(self) -> None:
        self._starts(simple_starts(self.model))
        self._improve()
        self.report("successive linear plans")

    def _cut(self, parts: int, share: float = SHORT) -> Callable[[], None]:
        def rung() -> None:
            if self.model.route.size * parts > LARGEST_CUT:
                return
            problem = piecewise(self.model, *self._sizes(), parts=parts)
            found = solve_piecewise(problem, seconds=max(2.0, share * self.left))
            self._take(found)
            self._improve()
            self.report(f"planes in {parts} parts")

        return rung

    def _scip(self) -> None:
        flow, pool = self._sizes()
        found = prove(
            self.model, flow, pool, start=self.best, seconds=self.left, gap=0.5 * GAP
        )
        self._take(found, seconds=5.0)
        self._improve(seconds=2.0)
        self.report("SCIP")

    def _take(self, found: Bounded, *, seconds: float = np.inf) -> None:
        if found.x is not None:
            self._from(found.x, seconds=seconds)
        if not found.infeasible:
            self.raise_bound(found.bound)

    def _from(self, x: FloatArray, *, seconds: float = np.inf) -> None:
        """Take what the composition of a point gives, corrected."""
        x = x[: self.model.problem.cost.size]
        f, flow = shares_of(self.model, x), amounts_of(self.model, x)
        until = min(perf_counter() + seconds, max(self.until, perf_counter() + 1.0))
        self.best = cheaper(self.best, plan_at(self.model, f, seconds=5.0))
        for radius in (5e-2, 1e-3, 1e-5):
            found = settle(self.model, f, flow, radius=radius, until=until)
            self.best = cheaper(self.best, found)

    def _improve(self, *, seconds: float | None = None) -> None:
        if self.best is not None and not self.done:
            until = perf_counter() + (SHORT * self.left if seconds is None else seconds)
            largest = self._sizes()[0]
            self.best = improve(
                self.model, self.best, largest, until=until, enough=self.enough
            )


def _on_its_own(climb: _Climb, paths: Paths) -> FloatArray:
    """Solve the split plan; raise if even that has no plan."""
    problem = paths.assembly.problem
    try:
        found = demand_optimal(problem, Solver(problem).solve())
    except ContradictionError as error:
        raise in_words(paths.assembly, error) from error
    climb.raise_bound(found.objective)
    return found.x


def _old_shares(
    pools: Pools, groups: Groups, conditions: Conditions
) -> FloatArray | None:
    """Return the shares that the conditions state already, None if they do not fit."""
    if not conditions.composition or not groups.share_group.size:
        return None
    names = list(pools.ingredients)
    found = np.zeros(groups.share_group.size)
    for i, (g, s) in enumerate(zip(groups.share_group, groups.share_name, strict=True)):
        place = int(np.flatnonzero(groups.head.ravel() == int(g))[0])
        pool, t = divmod(place, pools.periods)
        held = conditions.composition.get(str(pools.balances[pool]), {}).get(names[s])
        if held is not None and t < held.size:
            found[i] = held[t]
    return found


def _with_pools(
    conditions: Conditions, pools: Pools, shares: FloatArray, may: Mask
) -> Conditions:
    """Return the conditions with what each pool is mixed of, also what it is not."""
    names = list(pools.ingredients)
    zero = np.zeros(pools.periods)
    content = {
        c: np.array([q.get(c, zero) for q in pools.ingredients.values()])
        for c in pools.components
        if c != "energy" or _has_energy(pools)
    }
    used = may.sum(axis=2) > 0
    stated = {c: [c in q for q in pools.ingredients.values()] for c in content}
    mixed = {
        str(b): {
            c: (shares[k] * table).sum(axis=0)
            for c, table in content.items()
            if np.any(used[k] & np.array(stated[c]))
        }
        for k, b in enumerate(pools.balances)
    }
    composition = {
        str(b): {n: shares[k, s] for s, n in enumerate(names) if used[k, s]}
        for k, b in enumerate(pools.balances)
    }
    return replace(conditions, mixed=mixed, composition=composition)


def _has_energy(pools: Pools) -> bool:
    return any(float(q["energy"].max()) > 0.0 for q in pools.ingredients.values())


def _none_found(
    climb: _Climb, paths: Paths, groups: Groups, first: FloatArray
) -> InfeasibleError:
    """Return the error that names what the nearest composition cannot meet."""
    f = shares_of(climb.model, first)
    shares = compositions(paths, groups, first, f)
    known = _with_pools(paths.assembly.conditions, paths.pools, shares, groups.may)
    made = assemble(paths.assembly.network, known)
    head = (
        "every requirement could be met if each ingredient of a pool were used on its "
        "own, but no mix was found that meets them together"
    )
    try:
        demand_optimal(made.problem, Solver(made.problem).solve())
    except ContradictionError as error:
        return InfeasibleError(f"{head}; with the nearest one: {in_words(made, error)}")
    return InfeasibleError(f"{head} in {climb.until - climb.begun:.0f} s")
