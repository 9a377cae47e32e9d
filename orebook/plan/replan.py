"""Re-plan while doing: warm where it pays, cold where it does not, by a stated rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter

import numpy as np
import numpy.typing as npt

from orebook.plan.axes import nothing_to_operate
from orebook.plan.changed import NOTICEABLE, changed_share, moved_on
from orebook.plan.coarse import can_merge
from orebook.plan.conditions import Conditions
from orebook.plan.held import linear_of
from orebook.plan.lp import FloatArray, Problem
from orebook.plan.make import (
    Settled,
    _pools,
    _rents,
    _valued,
    price_rows,
    settle,
    solved,
    undecided,
)
from orebook.plan.mixed import mixed_of
from orebook.plan.operating import Start as SearchStart
from orebook.plan.pools.find import mixed_goods
from orebook.plan.pools.result import PoolSettings
from orebook.plan.replan_changes import Changes, check_changes
from orebook.plan.replan_writes import changed_assembly, reassembled
from orebook.plan.result import Plan
from orebook.plan.solve import AT_LOWER, BASIC, Basis
from orebook.process.network import Network

__all__ = [
    "NOTICEABLE",
    "WHOLESALE",
    "WHOLESALE_IF_LONG",
    "Replanned",
    "StandingPlan",
    "Start",
    "margin_of",
    "replan",
    "replay",
    "rolled_basis",
    "solve_with",
    "stand",
    "start_of",
]

Progress = Callable[[str, float], None]
Statuses = npt.NDArray[np.int8]
WHOLESALE = 0.03
"""Above this share of changed columns and rows a cold solve is the faster one [-]."""
WHOLESALE_IF_LONG = 0.002
"""The same where a coarse horizon shows the way to the optimum [-]."""


@dataclass(frozen=True)
class StandingPlan(Plan):
    """A plan together with the basis it stands on, from which it is re-planned warm.

    Parameters
    ----------
    basis : Basis or None
        Where the solver stopped; None makes the next re-plan a cold one.
    """

    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """How a re-plan was started, and why.

    Parameters
    ----------
    warm : bool
        True if it began from the basis of the plan before.
    share : float
        Share of columns and rows whose cost or limits changed noticeably [-].
    reason : str
        The rule that decided, in words.
    """

    warm: bool
    share: float
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Return the start as plain data."""
        return {"warm": self.warm, "share": self.share, "reason": self.reason}


@dataclass(frozen=True)
class Replanned:
    """A re-plan: the plan before, what was new, and the plan after.

    Parameters
    ----------
    before, plan : Plan
        The plan so far and the plan that replaces it.
    changes : Changes
        What was new.
    start : Start
        How the solver was started.
    iterations : int
        Iterations of the solver [-].
    seconds : mapping
        Time of each step [s]; never part of :meth:`to_dict`.
    """

    before: Plan
    plan: StandingPlan
    changes: Changes
    start: Start
    iterations: int
    seconds: Mapping[str, float] = field(default_factory=dict)

    def summary(self) -> str:
        """Return one line for a log."""
        how = "warm" if self.start.warm else "cold"
        return (
            f"re-planned {how} ({self.start.reason}) in {self.iterations} iterations: "
            f"margin {self.before.margin:,.0f} -> {self.plan.margin:,.0f} CNY"
        )

    def to_dict(self) -> dict[str, object]:
        """Return the re-plan as plain data with stable names, without timings."""
        return {
            **self.plan.to_dict(),
            "changes": self.changes.to_dict(),
            "start": self.start.to_dict(),
        }


def stand(
    network: Network,
    conditions: Conditions,
    *,
    starts: Sequence[SearchStart] = ("book",),
    ranges: int | None = None,
    pools: PoolSettings | None = None,
    progress: Progress | None = None,
) -> StandingPlan:
    """Make a plan and keep the basis it stands on; else as `make_plan`.

    Parameters
    ----------
    network : Network
        Chain, physics and streams.
    conditions : Conditions
        Horizon, market prices, availability, opening stocks.
    starts : sequence of {"book", "low", "high"}
        Where free settings are searched from; the best plan is kept.
    ranges : int, optional
        As for `make_plan` [-].
    pools : PoolSettings, optional
        As for `make_plan`.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    StandingPlan
        The same figures as `make_plan` returns.

    Raises
    ------
    InfeasibleError
        If the requirements contradict each other.
    """
    say = progress or _silent
    settled = settle(network, conditions, starts=starts, pools=pools, progress=say)
    return _finished(settled, say, ranges=ranges)


def replan(
    plan: Plan, changes: Changes, *, progress: Progress | None = None
) -> Replanned:
    """Plan again with what is new, from where the plan stood.

    Parameters
    ----------
    plan : Plan
        The plan so far; a `StandingPlan` (from `stand` or an earlier re-plan) can be
        left warm, any other plan is solved cold.
    changes : Changes
        What is new.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Replanned
        With the new plan, priced like any other.

    Raises
    ------
    InputError
        If a change names what the plan does not have.
    InfeasibleError
        If no plan meets the requirements any more; the message names them.

    Notes
    -----
    What is new is written into the assembled problem as slices. The solve starts from
    the old basis unless more than 3 % of all columns and rows have a cost or limit
    that moved by more than 1 %: after a wholesale change a cold solve is faster. For a
    long horizon of periods that are alike a cold solve is short, so 0.2 % suffice. When
    the horizon moves on, the status of (entity, period t + n) becomes that of
    (entity, t), the last period is copied, and change is counted against the numbers
    moved in the same way; a long horizon of periods that are alike starts from a
    coarse one instead (`orebook.plan.coarse`). The least cost is always the same.

    References
    ----------
    .. [1] Q. Huangfu, J. A. J. Hall, "Parallelizing the dual revised simplex method",
       Mathematical Programming Computation, 2018.
    """
    check_changes(plan, changes)
    say = progress or _silent
    clock = perf_counter()
    say("solve", 0.0)
    settled, start = solve_with(plan, changes, say=say)
    spent = perf_counter() - clock - settled.solution.seconds
    settled = replace(settled, seconds={**settled.seconds, "change": spent})
    after = _finished(settled, say)
    iterations = settled.solution.iterations
    return Replanned(plan, after, changes, start, iterations, after.seconds)


def replay(plan: Plan, steps: Sequence[Changes]) -> Plan:
    """Return the plan that a row of re-plans led to; only the last one is priced.

    Parameters
    ----------
    plan : Plan
        The plan first released.
    steps : sequence of Changes
        What was new at each re-plan, in order.

    Returns
    -------
    Plan
        The same amounts as re-planning step by step; ``plan`` itself without steps.

    Raises
    ------
    InfeasibleError
        If a step has no plan.
    """
    standing = plan
    for changes in steps[:-1]:
        check_changes(standing, changes)
        settled, _ = solve_with(standing, changes)
        solution = settled.solution
        standing = StandingPlan(
            settled.assembly,
            solution.objective,
            solution.x,
            standing.row_dual,
            standing.prices,
            (),
            {},
            operating=settled.operating,
            mixed=mixed_of(solution),
            basis=solution.basis,
        )
    return replan(standing, steps[-1]).plan if steps else plan


def solve_with(
    plan: Plan,
    changes: Changes,
    *,
    basis: Basis | None = None,
    say: Progress | None = None,
) -> tuple[Settled, Start]:
    """Solve a plan with what is new, without pricing it.

    Parameters
    ----------
    plan : Plan
        The plan so far.
    changes : Changes
        What is new, checked by `check_changes`.
    basis : Basis, optional
        Where to start instead of the plan's own basis and the rule of `replan`: that
        of a neighbour along a path.
    say : callable, optional
        Called with (step, share done).

    Returns
    -------
    tuple of Settled and Start
        The solved assembly; free settings are chosen anew from where they stood.

    Raises
    ------
    InfeasibleError
        If there is no plan.
    """
    made = changed_assembly(plan, changes)
    old = plan.assembly.problem
    if basis is not None and made.problem.shape == old.shape:
        start = Start(True, 0.0, "from a neighbour along the path")
    else:
        own = plan.basis if isinstance(plan, StandingPlan) else None
        start, basis = start_of(old, made.problem, own, roll=changes.roll)
    if nothing_to_operate(made.network) and mixed_goods(made.network):
        settled = settle(
            made.network,
            made.conditions,
            assembler=partial(reassembled, made),
            basis=basis,
            like=made.problem,
            progress=say,
        )
        return settled, start
    if nothing_to_operate(made.network):
        decided = decided_before(plan, changes.roll)
        return Settled(made, solved(made, basis, decided), None, {}), start
    settled = settle(
        made.network,
        made.conditions,
        assembler=partial(reassembled, made),
        start=made.conditions,
        worths=say is not None,
        like=made.problem,
        progress=say,
    )
    return settled, Start(False, start.share, "its settings were chosen anew")


def margin_of(plan: Plan, changes: Changes) -> float:
    """Return the margin of a plan with what is new, without pricing it [CNY].

    Parameters
    ----------
    plan : Plan
        The plan so far.
    changes : Changes
        What is new, checked by `check_changes`.

    Returns
    -------
    float
        Margin over the horizon, started warm or cold by the rule of `replan` [CNY].

    Raises
    ------
    InfeasibleError
        If there is no plan.
    """
    return -solve_with(plan, changes)[0].solution.objective


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def _finished(
    settled: Settled, say: Progress, *, ranges: int | None = None
) -> StandingPlan:
    """Return the plan with prices and rents."""
    say("price", 0.4)
    clock = perf_counter()
    assembly, solution = settled.assembly, settled.solution
    linear = linear_of(assembly.problem, solution.x)
    prices, dual, limits = price_rows(linear, solution, ranges=ranges)
    spent = {"solve": solution.seconds, "price": perf_counter() - clock}
    say("done", 1.0)
    return StandingPlan(
        assembly,
        solution.objective,
        solution.x,
        dual,
        prices,
        tuple(_rents(assembly, solution, dual, linear)),
        {**settled.seconds, **spent},
        undecided(limits, assembly.problem),
        operating=_valued(settled, dual),
        mixed=mixed_of(solution),
        pools=_pools(settled),
        basis=solution.basis,
    )


def decided_before(plan: Plan, roll: int) -> FloatArray | None:
    """Return the columns of a plan moved on, where it has whole decisions [unit]."""
    problem = plan.assembly.problem
    if not problem.integer.any():
        return None
    return plan.x[moved_on(problem.columns, roll)]


def start_of(
    before: Problem, after: Problem, basis: Basis | None, *, roll: int = 0
) -> tuple[Start, Basis | None]:
    """Decide whether a re-plan starts warm, and from which basis.

    Parameters
    ----------
    before, after : Problem
        The problem solved and the problem to solve.
    basis : Basis or None
        Where the solve of ``before`` stopped.
    roll : int
        Periods the horizon moved on [-].

    Returns
    -------
    tuple of Start and Basis or None
        The decision, and the basis to start from (None if cold).
    """
    if before.shape != after.shape:
        text = "the problem has other rows or columns than before"
        return Start(False, 1.0, text), None
    share = changed_share(before, after, roll=roll)
    if after.integer.any():
        text = "whole decisions: those of the plan before are tried first"
        return Start(False, share, text), None
    if basis is None:
        return Start(False, share, "the plan before left no basis"), None
    coarse = can_merge(after)
    if roll and coarse:
        text = "the horizon moved on and is long: a coarse one shows the way"
        return Start(False, share, text), None
    most = WHOLESALE_IF_LONG if coarse else WHOLESALE
    if share > most:
        text = f"{share:.1%} of columns and rows changed, more than {most:.1%}"
        return Start(False, share, text), None
    text = f"{share:.1%} of columns and rows changed, at most {most:.1%}"
    return Start(True, share, text), rolled_basis(before, basis, roll)


def rolled_basis(problem: Problem, basis: Basis, roll: int) -> Basis:
    """Return the basis of a horizon that moved on.

    Parameters
    ----------
    problem : Problem
        The problem the basis belongs to.
    basis : Basis
        Where its solve stopped.
    roll : int
        Periods the horizon moves on [-].

    Returns
    -------
    Basis
        Status of (entity, t) is that of (entity, t + roll) before; periods that join
        copy the last one. A few basic members too many or too few are mended.

    Examples
    --------
    >>> from orebook.plan.lp import Builder
    >>> builder = Builder(periods=3)
    >>> run = builder.columns("run", ["wash"])
    >>> cap = builder.rows("capacity", ["wash"], lower=0.0, upper=5.0)
    >>> basis = Basis(np.array([0, 1, 2], np.int8), np.array([1, 1, 0], np.int8))
    >>> rolled = rolled_basis(builder.problem(), basis, 1)
    >>> rolled.columns.tolist(), rolled.rows.tolist()
    ([1, 2, 2], [1, 0, 1])
    """
    return _complete(
        basis.columns[moved_on(problem.columns, roll)],
        basis.rows[moved_on(problem.rows, roll)],
    )


def _complete(columns: Statuses, rows: Statuses) -> Basis:
    """Make as many members basic as there are rows, from the end of each side.

    A complete basis is taken up at once; one that is not is first mended at the price
    of a factorisation.
    """
    basic = np.flatnonzero(columns == BASIC)
    missing = rows.size - basic.size - np.count_nonzero(rows == BASIC)
    if missing < 0:
        columns[basic[missing:]] = AT_LOWER
    elif missing > 0:
        rows[np.flatnonzero(rows != BASIC)[-missing:]] = BASIC
    return Basis(columns, rows)
