"""The margin of many scenarios, without pricing; what sweeps and paths build on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orebook.errors import InfeasibleError
from orebook.plan.conditions import FloatArray
from orebook.plan.replan import StandingPlan, solve_with
from orebook.plan.replan_changes import Changes
from orebook.plan.scenario.jobs import Progress, Runner, run
from orebook.plan.solve import Basis

__all__ = ["Outcome", "outcome", "outcomes", "path_outcomes"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the plan of one scenario yields.

    Parameters
    ----------
    margin : float
        Margin over the horizon; nan where there is no plan [CNY].
    amounts : array of float, shape (streams, periods)
        Amount of every stream; nan where there is no plan [unit of the stream].
    iterations : int
        Iterations of the solver [-].
    message : str
        Why there is no plan; empty where there is one.
    """

    margin: float
    amounts: FloatArray
    iterations: int = 0
    message: str = ""

    @property
    def feasible(self) -> bool:
        """Whether there is a plan."""
        return not self.message


def outcomes(
    plan: StandingPlan,
    changes: Sequence[Changes],
    *,
    runner: Runner | None = None,
    progress: Progress | None = None,
    step: str = "scenarios",
) -> tuple[Outcome, ...]:
    """Return the outcome of every scenario, each laid over the plan alone.

    Parameters
    ----------
    plan : StandingPlan
        Where every scenario starts from.
    changes : sequence of Changes
        One each scenario, checked by `check_changes`.
    runner : Runner, optional
        Where they run.
    progress : callable, optional
        Called with (step, share done).
    step : str
        Name of the step.
    """
    return run(outcome, plan, changes, runner=runner, progress=progress, step=step)


def outcome(plan: StandingPlan, changes: Changes) -> Outcome:
    """Return the outcome of one scenario; a pure job."""
    return _outcome(plan, changes, plan.basis)[0]


def path_outcomes(plan: StandingPlan, path: Sequence[Changes]) -> tuple[Outcome, ...]:
    """Return the outcomes along a path, each solved warm from the one before.

    Parameters
    ----------
    plan : StandingPlan
        What every change is laid over; the first starts from its basis.
    path : sequence of Changes
        Neighbours differ little, as in a sweep.
    """
    found, basis = [], plan.basis
    for changes in path:
        one, basis = _outcome(plan, changes, basis)
        found.append(one)
    return tuple(found)


def _outcome(
    plan: StandingPlan, changes: Changes, basis: Basis | None
) -> tuple[Outcome, Basis | None]:
    near = None if basis is plan.basis else basis
    try:
        settled, _ = solve_with(plan, changes, basis=near)
    except InfeasibleError as error:
        shape = (len(plan.network.streams), len(plan.periods))
        lost = Outcome(float("nan"), np.full(shape, np.nan), message=str(error))
        return lost, plan.basis
    solution = settled.solution
    amounts = settled.assembly.amounts(solution.x)
    return Outcome(-solution.objective, amounts, solution.iterations), solution.basis
