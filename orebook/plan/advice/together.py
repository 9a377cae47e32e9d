"""Units whose physics are solved together: their duties when a shared setting moves.

A setting of a circuit changes what every unit of it takes and gives. What passes
between them must still balance, so their duties are not held one by one: they follow
from the balances between the units, and from the main product, which is held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from orebook.plan.advice.stand import Stand
from orebook.process.contract import Case, Outcome
from orebook.process.network import port_balance

__all__ = ["at_today", "last_product", "run_together"]

FloatArray = npt.NDArray[np.float64]
Told = Mapping[str, Mapping[str, FloatArray]]
_SINGULAR = 1e-10


def run_together(
    stands: Sequence[Stand], told: Told, *, held: Stand, today: Mapping[str, Outcome]
) -> tuple[dict[str, Outcome], FloatArray]:
    """Return what units do at settings, what passes between them balanced, and costs.

    Parameters
    ----------
    stands : sequence of Stand
        All units that feel a setting.
    told : mapping
        Unit to its settings that differ from today, each of shape (cases,).
    held : Stand
        The unit whose product is held.
    today : mapping
        Outcome of each unit today, from `at_today`.

    Returns
    -------
    outcomes : dict
        Outcome by unit.
    cost : array of float, shape (cases,)
        Cost over today's [CNY].

    Notes
    -----
    The duty of each unit is multiplied by a factor. The factors solve: each material
    that passes from one of the units to another keeps the net amount it has today; the
    product held keeps its amount. Where these are more or fewer than the units, the
    factors are those nearest to 1 that come nearest, and what is left is valued at the
    internal price.
    """
    moved = {s.unit.id: at_today(s, told.get(s.unit.id, {})) for s in stands}
    factor = _factors(stands, today, moved, held)
    found, cost = {}, np.zeros(factor.shape[:-1])
    for i, s in enumerate(stands):
        f = factor[..., i]
        outcome = _scaled(moved[s.unit.id], f)
        found[s.unit.id] = outcome
        before = today[s.unit.id]
        worth = s.worth.get(s.product, 0.0)
        more = outcome.flows[s.product] - before.flows[s.product]
        cost = cost + s.cost(outcome, f) - s.cost(before, np.ones(())) - worth * more
    return found, cost


def last_product(stands: Sequence[Stand], today: Mapping[str, Outcome]) -> Stand:
    """Return the unit whose product is held: none of the others takes it up.

    Parameters
    ----------
    stands : sequence of Stand
        Units that feel a setting.
    today : mapping
        Outcome of each unit today.
    """
    taken = {
        port_balance(s.unit, port)
        for s in stands
        for port, flow in today[s.unit.id].flows.items()
        if float(flow) < 0.0
    }
    leaving = [s for s in stands if port_balance(s.unit, s.product) not in taken]
    return max(leaving or stands, key=lambda s: s.worth[s.product] * s.output)


def at_today(stand: Stand, setting: Mapping[str, FloatArray] | None = None) -> Outcome:
    """Return what a unit does at today's duty, some settings moved."""
    chosen = {k: np.asarray(v) for k, v in {**stand.setting, **(setting or {})}.items()}
    duty = {k: np.asarray(v) for k, v in stand.duty.items()}
    return stand.process.run(Case(duty, stand.content, chosen))


def _scaled(outcome: Outcome, factor: FloatArray) -> Outcome:
    return replace(
        outcome,
        flows={k: np.asarray(v * factor) for k, v in outcome.flows.items()},
        loads={k: np.asarray(v * factor) for k, v in outcome.loads.items()},
    )


def _factors(
    stands: Sequence[Stand],
    today: Mapping[str, Outcome],
    moved: Mapping[str, Outcome],
    held: Stand,
) -> FloatArray:
    """Return the factor of each unit's duty, shape (cases, units) [-]."""
    rows = _between(stands, today)
    shapes = [np.shape(v) for o in moved.values() for v in o.flows.values()]
    shape = np.broadcast_shapes(*shapes)
    matrix = np.zeros((*shape, len(rows) + 1, len(stands)))
    right = np.zeros((*shape, len(rows) + 1))
    for r, (size, ports) in enumerate(rows):
        for i, port in ports:
            unit = stands[i].unit.id
            matrix[..., r, i] += moved[unit].flows[port] / size
            right[..., r] += today[unit].flows[port] / size
    place = [s.unit.id for s in stands].index(held.unit.id)
    made = moved[held.unit.id].flows[held.product]
    matrix[..., -1, place] = made / held.output
    right[..., -1] = 1.0
    missed = right - matrix.sum(axis=-1)
    inverse = np.linalg.pinv(matrix, rcond=_SINGULAR)
    return np.asarray(1.0 + np.einsum("...ir,...r->...i", inverse, missed))


def _between(
    stands: Sequence[Stand], today: Mapping[str, Outcome]
) -> list[tuple[float, list[tuple[int, str]]]]:
    """Return size and ports of each material that passes between the units."""
    passing: dict[object, list[tuple[int, str, float]]] = {}
    for i, s in enumerate(stands):
        for port, flow in today[s.unit.id].flows.items():
            balance = port_balance(s.unit, port)
            if balance is not None and float(flow) != 0.0:
                passing.setdefault(balance, []).append((i, port, float(flow)))
    found = []
    for each in passing.values():
        made = sum(f for _, _, f in each if f > 0.0)
        used = -sum(f for _, _, f in each if f < 0.0)
        if made > 0.0 and used > 0.0:
            found.append((max(made, used), [(i, p) for i, p, _ in each]))
    return found
