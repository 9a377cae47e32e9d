"""Solve a plan with whole decisions: directly, and by relax-and-fix where that is long.

The decisions come with a proven bound; the prices are those of the continuous problem
that is left when the decisions are held.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from orebook.errors import DataQualityError
from orebook.plan.coarse import from_nothing
from orebook.plan.held import linear_of
from orebook.plan.infeasible import demand_optimal
from orebook.plan.lp import FloatArray, Problem
from orebook.plan.solve import Basis, Settings, Solution, Solver
from orebook.plan.windows import by_windows

__all__ = ["WHOLE", "Mixed", "mixed_of", "solve_mixed"]

WHOLE = Settings(gap=1e-5, time_limit=20.0)
"""How plans with whole decisions are solved: relative gap, and seconds for the direct
solve; deciding window by window takes about as long again at most."""
WINDOWS = "relax-and-fix"
"""Name of the method that decides window by window."""
LARGE = 20_000
"""Columns beyond which a plan is decided window by window at once [-]."""
ENOUGH = 1e-3
"""Gap at which a direct solve that ran out of time is good enough [-]."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """How good the whole decisions of a plan are.

    Parameters
    ----------
    bound : float
        No plan costs less than this, proven [CNY].
    gap : float
        Cost above the bound, as a share of the cost [-].
    method : str
        ``"direct"`` or ``"relax-and-fix"``.
    """

    bound: float
    gap: float
    method: str


def solve_mixed(
    problem: Problem,
    *,
    basis: Basis | None = None,
    start: FloatArray | None = None,
    settings: Settings = WHOLE,
) -> Solution:
    """Solve an assembled plan with or without whole decisions.

    Parameters
    ----------
    problem : Problem
        The plan.
    basis : Basis, optional
        Start of a problem without whole decisions.
    start : array of float, shape (columns,), optional
        Solution of an earlier plan whose decisions are tried first [unit].
    settings : Settings
        Gap and time limit of a problem with whole decisions.

    Returns
    -------
    Solution
        An optimum of the continuous problem (`linear_of`), with its basis; `mixed_of`
        tells how good the decisions are.

    Raises
    ------
    ContradictionError
        If no plan exists.
    InputError
        If the profit has no upper bound, or no decisions were found in time.
    """
    if not problem.integer.any():
        return demand_optimal(problem, _continuous(problem, basis))
    begun = perf_counter()
    many = problem.cost.size > LARGE
    found = (_near_first if many else _directly)(problem, start, settings)
    priced = _priced(problem, found)
    if priced.status != "optimal":
        message = (
            f"with the whole decisions held the plan is {priced.status}; expected an "
            "optimum; look for coefficients outside 1e-4..1e4 and rescale units"
        )
        raise DataQualityError(message)
    return replace(
        priced,
        iterations=found.iterations + priced.iterations,
        seconds=perf_counter() - begun,
        integers_fixed=True,
        bound=found.bound,
        method=found.method,
    )


def _priced(problem: Problem, found: Solution) -> Solution:
    """Solve what is left with the whole numbers of a solution held."""
    return _continuous(linear_of(problem, found.x), found.basis)


def _continuous(problem: Problem, basis: Basis | None) -> Solution:
    """Solve a problem without whole numbers, from a basis where there is one."""
    if basis is None:
        return from_nothing(problem)
    solver = Solver(problem)
    solver.set_basis(basis)
    return solver.solve()


def _directly(
    problem: Problem, start: FloatArray | None, settings: Settings
) -> Solution:
    """Branch and bound on the whole problem; window by window where that is long."""
    found = Solver(problem, settings).whole_numbers(start)
    near = abs(found.objective - found.bound) <= ENOUGH * abs(found.objective)
    if found.status == "limit" and not (found.x.size and near):
        other = _near_first(problem, start, settings)
        better = not found.x.size or _priced(problem, other).objective < found.objective
        if better:
            return replace(other, bound=max(found.bound, other.bound))
    return found if found.x.size else demand_optimal(problem, found)


def _near_first(
    problem: Problem, start: FloatArray | None, settings: Settings
) -> Solution:
    """Relax, then decide window by window; the relaxation is the bound."""
    fractions = replace(problem, integer=np.zeros_like(problem.integer))
    relaxed = demand_optimal(fractions, from_nothing(fractions))
    x = by_windows(problem, relaxed.x, settings=settings)
    if x is None:
        found = Solver(problem, settings).whole_numbers(start)
        return found if found.x.size else demand_optimal(problem, found)
    return replace(relaxed, x=x, bound=relaxed.objective, method=WINDOWS)


def mixed_of(solution: Solution) -> Mixed | None:
    """Return how good the whole decisions of a solution are, None without any.

    Parameters
    ----------
    solution : Solution
        From `solve_mixed`.
    """
    if not solution.integers_fixed:
        return None
    above = max(0.0, solution.objective - solution.bound)
    gap = above / max(abs(solution.objective), 1.0)
    return Mixed(solution.bound, gap, solution.method)
