"""The whole decisions of a plan as text and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orebook.plan.decided import Decision, decisions

if TYPE_CHECKING:
    from orebook.plan.result import Plan

__all__ = ["PRICES_GIVEN", "whole_dict", "whole_text"]

PRICES_GIVEN = "given the on/off decisions"
"""What the internal prices of a plan with whole decisions hold for; in Chinese
在既定启停等整数决策下."""


def whole_text(plan: Plan) -> list[str]:
    """Return what a plan says of its whole decisions, no lines where it has none.

    Parameters
    ----------
    plan : Plan
        The plan.
    """
    told = plan.mixed
    if told is None:
        return []
    whole, count = plan.assembly.conditions.held_whole, len(plan.periods)
    found = decisions(plan.assembly, plan.x)
    rest = f", relaxed in the {count - whole} after" if whole < count else ""
    lines = [
        f"whole decisions: margin at most {-told.bound:,.0f} CNY, gap {told.gap:.1e} "
        f"({told.method}); held whole in the first {min(whole, count)} periods{rest}",
        f"prices {PRICES_GIVEN}",
    ]
    lines += [f"  {_said(plan, d)}" for d in found]
    paid = [u for u in plan.uplifts if u.amount > 0.0]
    names = plan.periods
    lines += [
        f"  uplift {u.subject} {names[u.first]}..{names[u.last]}: {u.amount:,.0f} CNY "
        f"to {u.centre}"
        for u in paid
    ]
    return lines


def _said(plan: Plan, one: Decision) -> str:
    if one.kind == "on":
        on = float(np.sum(one.value))
        return (
            f"{one.subject}: runs {on:g} of {one.value.size} periods, "
            f"{float(one.starts.sum()):g} starts"
        )
    if one.kind == "band":
        worst = float(one.value.max())
        return f"{one.subject}: tariff band {worst:g} at most"
    word = "batches" if one.kind == "batch" else "lots"
    return f"{one.subject}: {float(one.value.sum()):.6g} {word}"


def whole_dict(plan: Plan) -> dict[str, object] | None:
    """Return the whole decisions of a plan as plain data, None where it has none.

    Parameters
    ----------
    plan : Plan
        The plan.
    """
    told = plan.mixed
    if told is None:
        return None
    whole, names = plan.assembly.conditions.held_whole, plan.periods
    return {
        "bound_cny": -told.bound,
        "gap": told.gap,
        "method": told.method,
        "whole_periods": whole,
        "relaxed_periods": len(names) - whole,
        "decisions": [
            {
                "kind": d.kind,
                "subject": d.subject,
                "value": d.value.tolist(),
                "starts": d.starts.tolist(),
                "stops": d.stops.tolist(),
            }
            for d in decisions(plan.assembly, plan.x)
        ],
        "uplift": [
            {
                "kind": u.kind,
                "subject": u.subject,
                "centre": u.centre,
                "first": names[u.first].name,
                "last": names[u.last].name,
                "margin_cny": u.margin,
                "uplift_cny": u.amount,
            }
            for u in plan.uplifts
        ],
    }
