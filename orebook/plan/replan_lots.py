"""Slice writes of whole lots: a delayed ship, and lots of a horizon that moved on."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from orebook.chain.chain import Chain, good
from orebook.errors import InputError
from orebook.plan.assemble import Assembly
from orebook.plan.lp import Problem
from orebook.plan.replan_changes import Delay
from orebook.plan.result import Plan

__all__ = ["carry_lots", "write_lots_delay"]


def write_lots_delay(made: Assembly, delay: Delay) -> bool:
    """Move whole lots of a contract to a later or earlier period.

    Parameters
    ----------
    made : Assembly
        Its numbers are written.
    delay : Delay
        Contract, amount and periods.

    Returns
    -------
    bool
        False where the contract does not come in lots; nothing is then written.

    Raises
    ------
    InputError
        If the amount is no whole number of lots, or more than may come in the period.
    """
    block = made.problem.columns.get("lots")
    if block is None or delay.contract not in block.entities:
        return False
    lot = _lot(made.network.chain, delay.contract)
    count = delay.amount / lot
    if abs(count - round(count)) > 1e-6:
        message = (
            f"{delay.amount:g} of {delay.contract} is {count:g} lots of {lot:g}; "
            "expected whole lots; name the amount of the ship that is late"
        )
        raise InputError(message)
    moved = float(round(count))
    names = [p.name for p in made.conditions.periods]
    since, until = names.index(delay.since), names.index(delay.until)
    upper = made.problem.upper[block.slice(delay.contract)]
    if not np.isfinite(upper[since]) or moved > upper[since]:
        message = (
            f"{moved:g} lots of {delay.contract} cannot leave {delay.since}: at most "
            f"{upper[since]:g} may come there; expected no more; move less"
        )
        raise InputError(message)
    upper[since] -= moved
    upper[until] += moved
    _write_to_date(made.problem, delay.contract, (since, until), moved)
    return True


def _write_to_date(
    problem: Problem, contract: str, span: tuple[int, int], moved: float
) -> None:
    """Shift the lots to date between the two periods."""
    rows = problem.rows.get("lots_to_date")
    if rows is None or contract not in rows.entities:
        return
    place, (since, until) = rows.slice(contract), span
    sign = -1.0 if since < until else 1.0
    between = slice(min(span), max(span))
    for side in (problem.row_lower[place], problem.row_upper[place]):
        side[between] = np.maximum(0.0, side[between] + sign * moved)


def _lot(chain: Chain, contract: str) -> float:
    kind, _, id_ = contract.partition(":")
    found = {f"buy:{p.id}": (p.lot, p.good) for p in chain.purchases}
    found |= {f"sell:{s.id}": (s.lot, s.goods[0]) for s in chain.sales}
    lot, text = found[f"{kind}:{id_}"]
    unit = chain.material[good(text).material].unit
    return lot.to(unit) if lot is not None else 1.0


def carry_lots(
    made: Problem, plan: Plan, roll: int, *, new: Collection[str] = ()
) -> None:
    """Carry over what earlier re-plans moved between periods of lotted contracts.

    Parameters
    ----------
    made : Problem
        A problem assembled anew; its numbers are written.
    plan : Plan
        The plan before.
    roll : int
        Periods the horizon moved on: the lots that came in them are taken off the lots
        to date, so that rolling on never lets more in than the contract does [-].
    new : collection of str
        Contracts whose limits are new; nothing is carried over for them.
    """
    old, block = plan.assembly.problem, made.columns.get("lots")
    if block is None or "lots" not in old.columns:
        return
    kept = block.periods - roll
    for name in block.entities:
        if name in new or not name.startswith(("buy:", "sell:")):
            continue  # routes have capacities by availability, not contracts
        here, there = block.slice(name), old.columns["lots"].slice(name)
        made.upper[here][:kept] = old.upper[there][roll:]
        rows = made.rows.get("lots_to_date")
        if rows is None or name not in rows.entities:
            continue
        here = rows.slice(name)
        taken = float(np.round(plan.x[there][:roll]).sum())
        there = old.rows["lots_to_date"].slice(name)
        for now, was in (
            (made.row_lower[here], old.row_lower[there]),
            (made.row_upper[here], old.row_upper[there]),
        ):
            steps = np.diff(now)[kept - 1 :]
            now[:kept] = np.maximum(0.0, was[roll:] - taken)
            now[kept:] = now[kept - 1] + np.cumsum(steps)
