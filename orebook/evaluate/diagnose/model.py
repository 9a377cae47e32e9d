"""What a works does in many mixtures of base and actual, in one call.

The physics tell what each port passes per unit of duty; the balances inside the works
and what it makes for others tell the duties. Both are exact for either side, so every
mixture lies on the same model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.evaluate.diagnose.works import Works
from orebook.process.contract import Array, Case
from orebook.process.diagnosable import Tally

__all__ = [
    "FIRM",
    "OWED",
    "TRADED",
    "Moved",
    "Responses",
    "amounts_at",
    "duties_at",
    "responses",
]

Flags = NDArray[np.bool_]
Moved = Mapping[str, Mapping[str, Array]]
"""Unit to setting to values, one a case."""
MovedContent = Mapping[str, Mapping[str, Mapping[str, Array]]]

TOGETHER = 1e-4
"""What moving all duties of a group alike weighs against moving one alone [-]."""
FIRM, OWED, TRADED = 1e-12, 1e-7, 1e-3
"""How far a balance gives way: it must close; others are owed it; a market takes it."""
REFINED = 3  # times the balances are closed again, against rounding [-]


@dataclass(frozen=True, slots=True)
class Responses:
    """What a works passes per unit of each duty.

    Parameters
    ----------
    flows : array, shape (cases, ports, duties)
        Signed amount per unit of duty [port unit per duty unit].
    tallies : mapping
        Name of a sum to (port, coefficients of shape (cases, duties)): what a unit of
        amount through the port counts; port -1 for a load, whose coefficients count
        per unit of duty.
    """

    flows: Array
    tallies: Mapping[str, tuple[tuple[int, Array], ...]]

    def take(self, rows: NDArray[np.intp]) -> Responses:
        """Return the responses of some cases, also repeated."""
        tallies = {
            n: tuple((p, c[rows]) for p, c in parts)
            for n, parts in self.tallies.items()
        }
        return Responses(self.flows[rows], tallies)


def responses(
    works: Works,
    *,
    setting: Moved,
    content: MovedContent,
    cases: int,
    at: Array | None = None,
) -> Responses:
    """Run the physics of all units at unit duties, in every case.

    Parameters
    ----------
    works : Works
        The units.
    setting : mapping
        Unit a setting lies with to its values, shape (cases,) [unit of the setting].
    content : mapping
        Unit to port to component to mass fractions, shape (cases,) or () [-].
    cases : int
        Number of cases.
    at : array, shape (duties,), optional
        Duties at which a process that is not linear is looked at [duty unit].
    """
    flows = np.zeros((cases, len(works.ports), len(works.duties)))
    tallies: dict[str, list[tuple[int, Array]]] = {}
    place = {key: i for i, key in enumerate(works.ports)}
    told = {u: {n: _column(v) for n, v in of.items()} for u, of in setting.items()}
    fed = {
        u: {p: {c: _column(v) for c, v in parts.items()} for p, parts in ports.items()}
        for u, ports in content.items()
    }
    first = 0
    for unit in works.units:
        process = works.network.processes[unit]
        count = len(process.duties)
        mine = slice(first, first + count)
        first += count
        size = np.ones(count)
        if at is not None and not process.linear:
            size = np.where(at[mine] > 0.0, at[mine], 1.0)
        eye = np.diag(size)
        outcome = process.run(
            Case(
                {d.name: eye[k] for k, d in enumerate(process.duties)},
                works.network.content_of(fed, unit),
                works.network.setting_of(told, unit),
            )
        )
        for port, flow in outcome.flows.items():
            if (unit, port) in place:
                flows[:, place[unit, port], mine] = flow / size
        for t in process.tallies:
            coefficient = np.zeros((cases, len(works.duties)))
            coefficient[:, mine] = _counts(t, outcome.content, outcome.loads, size)
            at_port = -1 if t.load else place[unit, t.port]
            tallies.setdefault(t.name, []).append((at_port, coefficient))
    return Responses(flows, {n: tuple(parts) for n, parts in tallies.items()})


def _column(value: Array) -> Array:
    return value[:, None] if np.ndim(value) else value


def _counts(
    tally: Tally,
    content: Mapping[str, Mapping[str, Array]],
    loads: Mapping[str, Array],
    size: Array,
) -> Array:
    if tally.load:
        return np.asarray(tally.weight * loads.get(tally.port, np.zeros(())) / size)
    if tally.component is None:
        return np.asarray(tally.weight)
    carried = content.get(tally.port, {}).get(tally.component, np.zeros(()))
    return np.asarray(tally.weight * carried)


def amounts_at(flows: Array, duties: Array) -> Array:
    """Return the signed amount through every port, shape (cases, ports)."""
    return np.asarray(np.einsum("rpk,rk->rp", flows, duties))


def duties_at(
    works: Works,
    flows: Array,
    *,
    reference: Array,
    held: Array,
    ports: Flags,
    give: Array,
) -> Array:
    """Return the duties at which the balances close, nearest to a reference.

    Parameters
    ----------
    works : Works
        The units.
    flows : array, shape (cases, ports, duties)
        Signed, per unit of duty.
    reference : array, shape (cases, duties)
        Duties of the side a case leans on [duty unit].
    held : array, shape (cases, balances)
        What leaves through each balance that is held [unit].
    ports : array of bool, shape (balances, ports)
        Ports of each of them.
    give : array, shape (balances,)
        How far each gives way where not all can be met, :data:`FIRM` or more: a unit
        with one duty cannot choose between two products [-].

    Notes
    -----
    min sum s^2 + t sum a^2 over relative changes s of each duty and a of each group of
    duties, subject to the balances. A works with as many groups as balances has one
    answer; else shares stay as they are as far as they can.
    """
    weights = np.einsum("bp,rpk->rbk", ports.astype(float), flows)
    duty = reference.copy()
    scaled = weights * reference[:, None, :] * works.told
    gross = np.abs(scaled).sum(axis=2)
    safe = np.where(gross > 0.0, gross, 1.0)
    scaled = scaled / safe[:, :, None]
    onto = np.eye(int(works.groups.max()) + 1)[works.groups]
    grouped = scaled @ onto
    both = scaled @ scaled.swapaxes(1, 2) + grouped @ grouped.swapaxes(1, 2) / TOGETHER
    empty = gross <= 0.0
    both += np.eye(both.shape[1]) * np.where(empty, 1.0, give)[:, :, None]
    for _ in range(REFINED):
        gap = (held - np.einsum("rbk,rk->rb", weights, duty)) / safe
        gap = np.where(empty, 0.0, gap)
        force = np.linalg.solve(both, gap[:, :, None])[:, :, 0]
        change = np.einsum("rbk,rb->rk", scaled, force)
        change += np.einsum("rbg,rb->rg", grouped, force) @ onto.T / TOGETHER
        duty = duty + reference * change * works.told
    return duty
