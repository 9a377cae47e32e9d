"""The vertex a finished plan stands on, for everything that is explained from it."""

from __future__ import annotations

from orebook.plan.face import Face, dual_face
from orebook.plan.factor import factorise, reduced_costs
from orebook.plan.result import Plan
from orebook.plan.solve import Solution, Solver

__all__ = ["face_of", "standing"]


def standing(plan: Plan) -> Solution:
    """Return the optimum a plan stands on, with a basis.

    Parameters
    ----------
    plan : Plan
        A plan that kept its basis (`orebook.plan.replan.StandingPlan`) costs nothing;
        any other is solved again.

    Returns
    -------
    Solution
        With the basis; duals are those of the plan.
    """
    basis = getattr(plan, "basis", None)
    problem = plan.linear
    if basis is None:
        return Solver(problem).optimal()
    return Solution(
        status="optimal",
        objective=plan.objective,
        x=plan.x,
        row_dual=plan.row_dual,
        reduced_cost=reduced_costs(problem, plan.row_dual),
        basis=basis,
        iterations=0,
        seconds=0.0,
        max_primal_infeasibility=0.0,
        max_dual_infeasibility=0.0,
        integers_fixed=bool(problem.integer.any()),
    )


def face_of(plan: Plan) -> Face:
    """Return all optimal duals of a plan.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    Face
        With the factored basis the plan stands on.
    """
    return dual_face(factorise(plan.linear, standing(plan)))
