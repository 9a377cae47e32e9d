"""What deciding under uncertainty is worth: of the plan, of knowing better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orebook.errors import InfeasibleError
from orebook.plan.coarse import from_nothing
from orebook.plan.lp import FloatArray, IntArray, Problem
from orebook.plan.scenario.jobs import Progress, Runner, run
from orebook.plan.scenario.recourse import (
    Decided,
    check_scenarios,
    decide,
    held_common,
    mean_problem,
)
from orebook.plan.scenario.risk import Risk, tail_mean
from orebook.plan.solve import Settings

__all__ = ["Value", "value_of"]

HELD_WITHIN = (0.0, 1e-8)
"""Shares by which a held column may move, tried in turn: exactly, else by rounding."""


@dataclass(frozen=True)
class Value:
    """What a two-stage decision yields, against what could be known.

    Parameters
    ----------
    probability : array of float, shape (scenarios,)
        Probability of each scenario [-].
    risk : Risk
        What is thought of the worst cases.
    here : Decided
        The decision taken now, with that thought.
    neutral : Decided
        The decision of the largest expected margin; ``here`` itself without a thought
        for the worst cases.
    wait : array of float, shape (scenarios,)
        Margin of each scenario if it were known beforehand [CNY].
    mean_x : array of float
        Columns of the plan of the mean of all data [unit].
    mean_plan : float
        Margin it promises [CNY].
    carried : array of float, shape (scenarios,)
        Margin of each scenario if the common decision is that of the mean plan; nan
        where it cannot be carried out [CNY].
    why_not : tuple of str
        Why it cannot, by scenario; empty where it can.
    """

    probability: FloatArray
    risk: Risk
    here: Decided
    neutral: Decided
    wait: FloatArray
    mean_x: FloatArray
    mean_plan: float
    carried: FloatArray
    why_not: tuple[str, ...]

    @property
    def expected(self) -> float:
        """Expected margin of the decision [CNY]."""
        return float(self.probability @ self.here.margin)

    @property
    def worst(self) -> float:
        """Expected margin of its worst cases [CNY]."""
        return tail_mean(self.here.margin, self.probability, self.risk.tail)

    @property
    def worst_neutral(self) -> float:
        """Expected margin of the worst cases of the neutral decision [CNY]."""
        return tail_mean(self.neutral.margin, self.probability, self.risk.tail)

    @property
    def caution(self) -> float:
        """Expected margin given up for the worst cases, at least 0 [CNY]."""
        return float(self.probability @ self.neutral.margin) - self.expected

    @property
    def perfect(self) -> float:
        """Expected margin if every scenario were known beforehand [CNY]."""
        return float(self.probability @ self.wait)

    @property
    def evpi(self) -> float:
        """What knowing better is worth at most, at least 0 [CNY]."""
        return self.perfect - float(self.probability @ self.neutral.margin)

    @property
    def of_mean(self) -> float | None:
        """Expected margin of deciding by the mean plan; None if impossible [CNY]."""
        found = float(self.probability @ self.carried)
        return found if np.isfinite(found) else None

    @property
    def vss(self) -> float | None:
        """What deciding for all scenarios gains on the mean plan [CNY]."""
        if self.of_mean is None:
            return None
        return float(self.probability @ self.neutral.margin) - self.of_mean


def value_of(
    problems: Sequence[Problem],
    probability: FloatArray,
    common: IntArray,
    *,
    risk: Risk | None = None,
    wait: FloatArray | None = None,
    settings: Settings | None = None,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> Value:
    """Decide now for all scenarios, and say what that and knowing better are worth.

    Parameters
    ----------
    problems : sequence of Problem
        One each scenario, with the same columns.
    probability : array of float, shape (scenarios,)
        Probability of each, summing to 1 [-].
    common : array of int
        Columns decided before the scenario is known [-].
    risk : Risk, optional
        What is thought of the worst cases.
    wait : array of float, shape (scenarios,), optional
        Margin of each scenario known beforehand, where already found [CNY].
    settings : Settings, optional
        How the problem of all scenarios is solved.
    runner : Runner, optional
        Where the problems of single scenarios are solved.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Value
        With wait-and-see, mean plan, EVPI and VSS.

    Raises
    ------
    InfeasibleError
        If a scenario has no plan, or no common decision fits all.

    Notes
    -----
    EVPI = WS - RP and VSS = RP - EEV, both at least 0 [1]_; RP is the decision of the
    largest expected margin, so that a thought for the worst cases does not count as
    lack of knowledge. Where the mean plan has several optima, EEV is that of the one
    the solver found.

    References
    ----------
    .. [1] J. R. Birge, F. Louveaux, "Introduction to Stochastic Programming", chapter
       4, 2011.
    """
    how, say = risk or Risk(), progress or _silent
    check_scenarios(problems, probability)
    if wait is None:
        alone = run(solved, None, problems, runner=runner, progress=say, step="wait")
        wait = np.array([demanded(margin, why) for margin, why, _ in alone])
    level = float(probability @ wait)
    say("decide", 0.0)
    neutral = decide(problems, probability, common, level=level, settings=settings)
    here = neutral
    if not how.neutral:
        here = decide(
            problems, probability, common, risk=how, level=level, settings=settings
        )
    mean_margin, why, mean_x = solved(None, mean_problem(problems, probability))
    demanded(mean_margin, why)
    jobs = [(problem, common, mean_x[common]) for problem in problems]
    carried = run(carried_out, None, jobs, runner=runner, progress=say, step="mean")
    return Value(
        probability,
        how,
        here,
        neutral,
        wait,
        mean_x,
        mean_margin,
        np.array([c[0] for c in carried]),
        tuple(c[1] for c in carried),
    )


def _silent(step: str, share: float) -> None:
    """Report nothing."""


Solved = tuple[float, str, FloatArray]


def solved(_: None, problem: Problem) -> Solved:
    """Return margin, reason there is none, and columns of a problem; a pure job."""
    solution = from_nothing(problem)
    if solution.status != "optimal":
        return float("nan"), f"the scenario ends {solution.status}", np.zeros(0)
    return -solution.objective, "", solution.x


def carried_out(_: None, job: tuple[Problem, IntArray, FloatArray]) -> Solved:
    """Return the margin of a scenario with its common columns held; a pure job."""
    problem, common, values = job
    found: Solved = float("nan"), "", np.zeros(0)
    for within in HELD_WITHIN:
        try:
            held = held_common(problem, common, values, within=within)
        except InfeasibleError as error:
            return float("nan"), str(error), np.zeros(0)
        found = solved(None, held)
        if not found[1]:
            return found
    return found


def demanded(margin: float, why: str) -> float:
    """Return a margin, or raise with the reason there is none.

    Raises
    ------
    InfeasibleError
        If there is none.
    """
    if why:
        raise InfeasibleError(f"{why}; every scenario needs a plan of its own")
    return margin
