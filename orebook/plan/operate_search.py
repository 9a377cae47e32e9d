"""The search for settings: linear model, physics, trust region, one step at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from orebook.errors import InfeasibleError
from orebook.plan.agreement import (
    StreamValues,
    gap_money,
    stream_values,
    worst_gap,
)
from orebook.plan.assemble import Assembly, Section
from orebook.plan.axes import Axes
from orebook.plan.blocks.operating import DELTA, Step, Swing, deltas, movements
from orebook.plan.coarse import from_nothing
from orebook.plan.conditions import Conditions
from orebook.plan.infeasible import ContradictionError, demand_optimal
from orebook.plan.linearise import Tangent, Variable
from orebook.plan.lp import FloatArray, Problem
from orebook.plan.operating import Start, Status
from orebook.plan.scan import proposals
from orebook.plan.solve import BASIC, FREE_AT_ZERO, Basis, Solution, Solver
from orebook.plan.words import in_words

__all__ = ["Assembler", "Point", "Search", "turnover"]

Assembler = Callable[[Conditions, Sequence[Section]], Assembly]
Progress = Callable[[str, float], None]

PROMISE = 1e-9
"""A linear model that promises less than this share of the turnover has converged."""
KEPT = 0.05
"""A step is taken if it earns at least this share of what was promised [-]."""
SMALLEST = 1e-7
"""Trust region, as a share of the range, below which nothing more is tried [-]."""
LAST_LOOK = 1e-3
"""Trust region of one more look around before it is called done [-]."""
ATTEMPTS = 8
"""Linear models solved in search of settings that have a plan at all [-]."""
TRIED = 12
"""Most ways of running a unit that are tried when looking farther [-]."""
LIMIT = 120
"""Most steps [-]."""
POLISH = 3e-4
"""How far the tangent of a curved unit may be followed in the plan, of its size [-]."""
ROUNDS = 3
"""Most times the whole numbers are decided anew at the settings found [-]."""


@dataclass(frozen=True)
class Point:
    """A point where the physics were asked, with the plan that holds there."""

    setting: FloatArray  # (M, T)
    duty: FloatArray  # (N, T), where the plan runs the curved units
    assembly: Assembly
    solution: Solution
    gap: FloatArray  # money the physics of curved units are off, by stream and load
    slope: FloatArray  # (M + N, T): margin per share of the range
    tangents: dict[str, Tangent]

    @property
    def margin(self) -> float:
        """Margin of the plan that holds here [CNY]."""
        return -self.solution.objective

    @property
    def merit(self) -> float:
        """Margin less what the physics of curved units are off [CNY]."""
        return self.margin - float(self.gap.sum())


class Search:
    """One search: what is fixed, what was learnt on the way."""

    def __init__(
        self, axes: Axes, known: Conditions, assembler: Assembler, say: Progress
    ) -> None:
        self.axes, self.known = axes, known
        self.assembler, self.say = assembler, say
        self.iterations = self.solves = 0
        self.seconds = {"assemble": 0.0, "solve": 0.0}
        self.held: dict[str, FloatArray] = {}
        self.values: StreamValues | None = None
        self.penalty: tuple[FloatArray, FloatArray] | None = None
        self.basis: dict[tuple[int, int], Basis] = {}
        self.last: tuple[Problem, Basis] | None = None
        count = len(known.periods)
        self.radius = np.ones((len(axes.settings) + len(axes.duties), count))

    def assembled(self, known: Conditions, more: Sequence[Section] = ()) -> Assembly:
        """Assemble the plan, and count the time it takes."""
        clock = perf_counter()
        made = self.assembler(known, more)
        self.seconds["assemble"] += perf_counter() - clock
        return made

    # -- solving -------------------------------------------------------------------

    def solve(self, assembly: Assembly, *, whole: bool = False) -> Solution | None:
        """Solve, warm from the last problem of the same shape; None if there is none.

        Why there is none is asked only where the user must know it.
        """
        self.solves += 1
        problem = assembly.problem if whole else self._with_held(assembly.problem)
        basis = self._start(problem)
        if basis is None:
            solution = from_nothing(problem)
        else:
            solver = Solver(problem)
            solver.set_basis(basis)
            solution = solver.solve()
        self.seconds["solve"] += solution.seconds
        if solution.status == "infeasible":
            return None
        if solution.basis is not None:
            self.basis[problem.shape] = solution.basis
            self.last = (problem, solution.basis)
        return demand_optimal(problem, solution)

    def _start(self, problem: Problem) -> Basis | None:
        """Return where to start: from the last of this shape, else from the last."""
        if problem.integer.any():
            return None
        known = self.basis.get(problem.shape)
        if known is None and self.last is not None:
            return widened(*self.last, problem)
        return known

    def _with_held(self, problem: Problem) -> Problem:
        """Hold the whole numbers as last decided."""
        if not self.held:
            return problem
        low, high, free = (
            problem.lower.copy(), problem.upper.copy(), problem.integer.copy(),
        )  # fmt: skip
        for name, values in self.held.items():
            places = problem.columns[name].all().ravel()
            chosen = places[problem.integer[places]]
            low[chosen] = high[chosen] = values[problem.integer[places]]
            free[chosen] = False
        return replace(problem, lower=low, upper=high, integer=free)

    def hold(self, assembly: Assembly, solution: Solution) -> None:
        """Remember the whole numbers of a solution."""
        problem = assembly.problem
        for name, block in problem.columns.items():
            places = block.all().ravel()
            if problem.integer[places].any():
                self.held[name] = np.round(solution.x[places])

    # -- points --------------------------------------------------------------------

    def first(self, start: Conditions, name: Start) -> Point:
        """Return the point a search starts from."""
        axes, count = self.axes, len(self.known.periods)
        setting = np.empty((len(axes.settings), count))
        for i, (unit, of) in enumerate(axes.settings):
            given = start.setting.get(unit, {}).get(of, axes.book[i])
            ends = {"low": axes.low[i], "high": axes.high[i]}
            setting[i] = np.clip(ends.get(name, given), axes.low[i], axes.high[i])
        duty = axes.size.copy()
        for i, (unit, of) in enumerate(axes.duties):
            duty[i] = start.duty.get(unit, {}).get(of, axes.size[i])
        self.say("solve", 0.05)
        for reach in (self._reach(1.0), None) if axes.duties else (None,):
            known = axes.conditions(self.known, setting, duty, reach)
            assembly = self.assembled(known)
            solution = self.solve(assembly, whole=True)
            if solution is not None:
                self.hold(assembly, solution)
                return self._point(setting, assembly, solution)
        found = self._elsewhere(setting, duty)
        if found is None:
            raise no_plan(assembly)
        return found

    def _elsewhere(self, setting: FloatArray, duty: FloatArray) -> Point | None:
        """Let the linear model look for settings that have a plan at all."""
        axes, names = self.axes, self.axes.network.processes
        duties = {
            u: {d.name: np.ones(setting.shape[1]) for d in names[u].duties}
            for u in axes.touched()
        }
        for _ in range(ATTEMPTS if axes.settings else 0):
            for (unit, name), row in zip(axes.duties, duty, strict=True):
                duties[unit][name] = row
            known = axes.conditions(self.known, setting, duty, None)
            tangents = {u: axes.tangent(known, u, duties) for u in axes.units()}
            units = dict.fromkeys(u for u, _ in axes.settings)
            steps = [self._unit_step(setting, tangents, u) for u in units]
            assembly = self.assembled(known, (deltas(steps),))
            solution = self.solve(assembly, whole=True)
            if solution is None:
                return None
            self.hold(assembly, solution)
            setting, duties = self._moved(setting, steps, assembly, solution)
            duty = axes.duty_rows(duties)
            point = self.at(setting, duty, [self._reach(x) for x in (0.1, 1.0)])
            if point is not None:
                return point
        return None

    def _moved(
        self,
        setting: FloatArray,
        steps: Sequence[Step],
        assembly: Assembly,
        solution: Solution,
    ) -> tuple[FloatArray, dict[str, dict[str, FloatArray]]]:
        """Return settings and duties of a solved linear model."""
        axes, new = self.axes, setting.copy()
        duties = assembly.duties(solution.x)
        if steps:
            chosen = solution.x[assembly.problem.columns[DELTA].all()]
            found = movements(steps, chosen, duties)
            for step, moved in zip(steps, found, strict=True):
                new[axes.rows(step.unit)] += moved * step.scale[:, None]
        return np.clip(new, axes.low[:, None], axes.high[:, None]), duties

    def _reach(self, share: float) -> FloatArray:
        return np.asarray(self.axes.size * share, np.float64)

    def at(
        self, setting: FloatArray, duty: FloatArray, reaches: Sequence[FloatArray]
    ) -> Point | None:
        """Return the plan with settings fixed and curved duties near a point.

        The first reach that has a plan counts; None if none has.
        """
        for reach in reaches if self.axes.duties else reaches[:1]:
            known = self.axes.conditions(self.known, setting, duty, reach)
            assembly = self.assembled(known)
            solution = self.solve(assembly)
            if solution is not None:
                return self._point(setting, assembly, solution)
        return None

    def _point(
        self, setting: FloatArray, assembly: Assembly, solution: Solution
    ) -> Point:
        axes = self.axes
        duties = assembly.duties(solution.x)
        known = assembly.conditions
        tangents = {u: axes.tangent(known, u, duties) for u in axes.units()}
        worth = stream_values(assembly, solution.row_dual)
        now = worth.penalties()
        before = self.penalty or now
        self.penalty = (np.maximum(before[0], now[0]), np.maximum(before[1], now[1]))
        return Point(
            setting=setting,
            duty=axes.duty_rows(duties),
            assembly=assembly,
            solution=solution,
            gap=gap_money(axes, assembly, solution.x, tangents, self.penalty),
            slope=self._slope(assembly, solution, tangents),
            tangents=tangents,
        )

    def _slope(
        self, assembly: Assembly, solution: Solution, tangents: dict[str, Tangent]
    ) -> FloatArray:
        """Return the margin per share of each range, shape (M + N, T) [CNY]."""
        axes = self.axes
        worth = stream_values(assembly, solution.row_dual)
        parts = [
            worth.of(u, tangents[u], ("setting", s)) * axes.scale[i]
            for i, (u, s) in enumerate(axes.settings)
        ]
        block = assembly.problem.columns["duty"]
        for i, (unit, name) in enumerate(axes.duties):
            reduced = solution.reduced_cost[block.slice(f"{unit}:{name}")]
            parts.append(-reduced * axes.size[i])
        return np.array(parts).reshape(self.radius.shape)

    # -- steps ---------------------------------------------------------------------

    def improve(self, point: Point) -> tuple[Point, Status, float]:
        """Improve a point until the linear model promises nothing more."""
        for _ in range(ROUNDS):
            point, status, promised = self._climb(point)
            point = self._polished(point)
            again = self._decided(point)
            if again is None:
                return point, status, promised
            point = again
        return point, status, promised

    def _climb(self, point: Point) -> tuple[Point, Status, float]:
        promised = 0.0
        looked = False
        for _ in range(LIMIT):
            self.iterations += 1
            self.say("settings", 0.05 + 0.3 * min(1.0, self.iterations / 20))
            step = self._model(point)
            if step is None:
                promised = 0.0
                self.radius *= 0.5
            else:
                setting, duty, foreseen = step
                promised = foreseen - point.merit
                enough = PROMISE * turnover(point.assembly.problem, point.solution.x)
                if promised <= enough:
                    if self._look_closer(point):
                        continue
                    if not looked and self._look_again(point, enough):
                        looked = True
                        continue
                    farther = self._look_farther(point, enough)
                    if farther is None:
                        return point, "converged", max(0.0, promised)
                    point, looked = farther, False
                    continue
                point = self._tried(point, setting, duty, promised)
            if self.radius.max(initial=0.0) < SMALLEST:
                return point, "stuck", promised
        return point, "limit", promised

    def _look_closer(self, point: Point) -> bool:
        """Close in where a charge may hide what a small step would gain."""
        bent = np.concatenate(
            [self._bend(point, u, ("setting", s)) for u, s in self.axes.settings]
            + [self._bend(point, u, ("duty", d)) for u, d in self.axes.duties]
        ).reshape(self.radius.shape)
        count, axes = len(self.axes.settings), self.axes
        room = np.ones(self.radius.shape)
        up = point.slope[:count] > 0.0
        high, low = axes.high[:, None], axes.low[:, None]
        room[:count] = np.where(up, high - point.setting, point.setting - low)
        wide = (bent > 0.0) & (room > 0.0) & (self.radius > LAST_LOOK)
        self.radius[wide] = np.maximum(self.radius[wide] / 16.0, LAST_LOOK)
        return bool(wide.any())

    def _look_farther(self, point: Point, enough: float) -> Point | None:
        """Return a better plan found over the whole range of a unit, if there is one.

        Units that stand still are tried together: what they are set to costs nothing.
        """
        known = point.assembly.conditions
        values = self.values or stream_values(point.assembly, point.solution.row_dual)
        duties = point.assembly.duties(point.solution.x)
        found = proposals(self.axes, known, point.setting, duties, values)
        groups = [[p for p in found if p.still], *([p] for p in found)]
        for group in [g for g in groups if g][:TRIED]:
            setting, duty = point.setting.copy(), point.duty.copy()
            places = []
            for p in group:
                rows = self.axes.rows(p.unit)
                mine = [i for i, (u, _) in enumerate(self.axes.duties) if u == p.unit]
                setting[rows], duty[mine] = p.setting, p.duty if mine else duty[mine]
                places += [*rows, *(len(self.axes.settings) + i for i in mine)]
            far = self._reach(1.0)
            new = self.at(setting, duty, (0.0 * far, 0.1 * far, far))
            if new is not None and new.merit > self._again(point) + enough:
                self.radius[places] = 1.0
                return new
        return None

    def _look_again(self, point: Point, enough: float) -> bool:
        """Widen the region where it grew small although the slope promises more."""
        small = (self.radius < LAST_LOOK) & (np.abs(point.slope) * LAST_LOOK > enough)
        self.radius[small] = LAST_LOOK
        return bool(small.any())

    def _model(self, point: Point) -> tuple[FloatArray, FloatArray, float] | None:
        """Return where the linear model goes, and the margin it promises there."""
        axes, count = self.axes, len(axes_ := self.axes.settings)
        duty, reach = point.duty, self.radius[count:] * axes.size
        known = axes.conditions(self.known, point.setting, duty, reach)
        steps = [
            self._charged_step(point, u) for u in dict.fromkeys(u for u, _ in axes_)
        ]
        swings = [
            Swing(
                u,
                d,
                duty[i],
                reach[i],
                self._bend(point, u, ("duty", d)) * reach[i] ** 2,
            )
            for i, (u, d) in enumerate(axes.duties)
        ]
        assembly = self.assembled(known, (deltas(steps, swings),))
        solution = self.solve(assembly)
        if solution is None:
            return None
        self.values = stream_values(assembly, solution.row_dual)
        setting, duties = self._moved(point.setting, steps, assembly, solution)
        return setting, axes.duty_rows(duties), -solution.objective

    def _unit_step(
        self, setting: FloatArray, tangents: dict[str, Tangent], unit: str
    ) -> Step:
        axes, rows = self.axes, self.axes.rows(unit)
        scale = axes.scale[rows]
        at = setting[rows]
        down = (axes.low[rows, None] - at) / scale[:, None]
        up = (axes.high[rows, None] - at) / scale[:, None]
        far = self.radius[rows]
        return Step(
            unit=unit,
            tangent=tangents[unit],
            variables=axes.variables(unit),
            scale=scale,
            low=np.maximum(np.minimum(down, 0.0), -far),
            high=np.minimum(np.maximum(up, 0.0), far),
            linear=axes.network.processes[unit].linear,
        )

    def _charged_step(self, point: Point, unit: str) -> Step:
        """Return the step of a unit, charged for the curvature of its physics."""
        step = self._unit_step(point.setting, point.tangents, unit)
        bends = [
            self._bend(point, unit, v) * x**2
            for v, x in zip(step.variables, step.scale, strict=True)
        ]
        return replace(step, bend=np.array(bends))

    def _bend(self, point: Point, unit: str, variable: Variable) -> FloatArray:
        """Return how fast the worth of a movement falls, at least 0, shape (T,)."""
        values = self.values or stream_values(point.assembly, point.solution.row_dual)
        return np.maximum(0.0, values.bend(unit, point.tangents[unit], variable))

    def _tried(
        self, point: Point, setting: FloatArray, duty: FloatArray, promised: float
    ) -> Point:
        """Return the better of a point and where the model wants to go."""
        count = len(self.axes.settings)
        size = self.axes.size
        # At the new duties exactly, where the rest of the plan can answer; else near
        # them, so that units in a row may settle between themselves.
        far = self.radius[count:] * size
        new = self.at(setting, duty, (0.0 * far, self.radius[count:] * far, far))
        if new is None:
            self.radius *= 0.5
            return point
        good = new.merit - self._again(point) >= KEPT * promised
        moved = np.concatenate(
            [
                (new.setting - point.setting) / self.axes.scale[:, None],
                (new.duty - point.duty) / size,
            ]
        )
        self.radius = _next_radius(self.radius, moved, kept=good)
        return new if good else point

    def _again(self, point: Point) -> float:
        """Return the merit of a point at the penalty as it now stands."""
        if self.penalty is None or not self.axes.curved:
            return point.merit
        gap = gap_money(
            self.axes, point.assembly, point.solution.x, point.tangents, self.penalty
        )
        return point.margin - float(gap.sum())

    # -- the end -------------------------------------------------------------------

    def _polished(self, point: Point) -> Point:
        """Return the point with the tangent of curved units taken where they run."""
        if not self.axes.curved:
            return point
        share = POLISH
        for _ in range(12):
            reaches = [self._reach(share * more) for more in (1.0, 10.0, 100.0)]
            point = self.at(point.setting, point.duty, reaches) or point
            gap = worst_gap(self.axes, point.assembly, point.solution.x, point.tangents)
            if gap is None or gap.share <= 1e-7:
                break
            share *= 0.3
        return point

    def _decided(self, point: Point) -> Point | None:
        """Decide the whole numbers anew; return a better point, None if none is."""
        if not self.held:
            return None
        solution = self.solve(point.assembly, whole=True)
        if solution is None:
            return None
        enough = PROMISE * turnover(point.assembly.problem, solution.x)
        if -solution.objective <= point.margin + enough:
            return None
        self.hold(point.assembly, solution)
        self.radius[:] = 1.0
        return self._point(point.setting, point.assembly, solution)

    def gains(self, point: Point) -> list[float | None]:
        """Return what each moved setting is worth: the plan with it put back."""
        axes = self.axes
        found: list[float | None] = []
        for i in range(len(axes.settings)):
            self.say("put back", 0.35 + 0.05 * i / len(axes.settings))
            back = point.setting.copy()
            back[i] = axes.book[i]
            if np.abs(back[i] - point.setting[i]).max() <= 1e-6 * axes.scale[i]:
                found.append(0.0)
                continue
            reaches = [self._reach(share) for share in (POLISH, 0.01, 1.0)]
            other = self.at(back, point.duty, reaches)
            found.append(None if other is None else self._again(point) - other.merit)
        return found


def widened(old: Problem, basis: Basis, new: Problem) -> Basis:
    """Return a basis for a problem that has other blocks beside those solved.

    Columns that are new stand at a bound, rows that are new do not bind.
    """
    columns = np.zeros(new.shape[1], np.int8)
    columns[~np.isfinite(new.lower)] = FREE_AT_ZERO
    rows = np.full(new.shape[0], BASIC, np.int8)
    for here, there, found, known in (
        (new.columns, old.columns, columns, basis.columns),
        (new.rows, old.rows, rows, basis.rows),
    ):
        for name in set(here) & set(there):
            if here[name].entities != there[name].entities:
                continue
            found[here[name].all()] = known[there[name].all()]
    return Basis(columns, rows)


def no_plan(assembly: Assembly) -> InfeasibleError:
    """Return why there is no plan, in the words of the book."""
    try:
        solved = Solver(assembly.problem).solve()
        demand_optimal(assembly.problem, solved)
    except ContradictionError as error:
        return in_words(assembly, error)
    raise AssertionError("asked why there is no plan, but there is one")


def turnover(problem: Problem, x: FloatArray) -> float:
    """Return the money that changes hands in a plan, at least 1 [CNY]."""
    return max(1.0, float(np.abs(problem.cost * x).sum()))


def _next_radius(radius: FloatArray, moved: FloatArray, *, kept: bool) -> FloatArray:
    """Return the trust region after a step, each setting and period by itself.

    After a kept step it doubles where the step went to its edge, and closes in where
    the step stayed well inside. After a step not kept it is half the step.
    """
    length = np.abs(moved)
    if not kept:
        return np.asarray(np.where(length > 0.0, 0.5 * length, radius), np.float64)
    inside = np.maximum(4.0 * length, radius / 4.0)
    new = np.where(length >= 0.99 * radius, 2.0 * radius, np.minimum(radius, inside))
    return np.asarray(np.minimum(1.0, new), np.float64)
