"""Estimate what no meter tells and no balance gives, from the physics of the units.

A unit's unread ports are what its process would pass at the duty its read ports tell,
within a tenth; where a unit says nothing at all, the plan stands in. The balances hold
exactly throughout, and what is known stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orebook.chain.calendar import Period
from orebook.chain.chain import good
from orebook.errors import InfeasibleError
from orebook.ledger.equations import Equations, Row, sparse_rows
from orebook.ledger.reconcile import Reconciled, reconcile
from orebook.plan.accounts import Month
from orebook.process.contract import Content, unit_responses
from orebook.process.duty import duty_done
from orebook.process.network import Network
from orebook.quantity import rate

if TYPE_CHECKING:
    from scipy.sparse import csr_array, dia_array, sparray

Floats = NDArray[np.float64]

MODEL_SD = 0.10
"""Relative doubt of a flow taken from the process model [-]."""

DEFINING_SD = 1e-3
"""The same for a port that defines the duty: it differs from it by rounding [-]."""

PLAN_SD = 0.30
"""Relative doubt of an amount taken from the plan [-]."""

DUTY_SD = 1.0
"""Relative pull of a duty towards what the read ports tell of it [-]."""


@dataclass(frozen=True, eq=False)
class Context:
    """What estimates may lean on.

    Parameters
    ----------
    network : Network
        Streams and physics.
    period : Period
        The month.
    plan : Month or None
        Planned amounts and duties of the month.
    content : mapping
        Assays really fed, by unit.
    """

    network: Network
    period: Period
    plan: Month | None
    content: Mapping[str, Content]

    def planned(self, stream: str) -> float:
        """Return the planned amount of a stream, 0 without a plan [stream unit]."""
        return 0.0 if self.plan is None else float(self.plan.amounts.get(stream, 0.0))

    def prior(self, unit: str) -> dict[str, float]:
        """Return the planned duties of a unit [duty unit]."""
        if self.plan is None:
            return {}
        names = [d.name for d in self.network.processes[unit].duties]
        return {n: float(self.plan.duties.get(f"{unit}:{n}", 0.0)) for n in names}


@dataclass(frozen=True, eq=False)
class Completed:
    """All streams: value, standard deviation, and which were estimated."""

    value: Floats
    sd: Floats
    estimated: NDArray[np.bool_]


def complete(
    system: Equations, result: Reconciled, context: Context, *, sd: Floats
) -> Completed:
    """Return every stream of the network, estimating what the readings leave open.

    Parameters
    ----------
    system : Equations
        Equations of the month.
    result : Reconciled
        Their solution with what cannot be known masked.
    context : Context
        Physics, plan and assays to lean on.
    sd : ndarray, shape (variables,)
        Doubt of the readings that were used, infinite where there is none.

    Returns
    -------
    Completed
        Shape (streams,), values at least zero [stream unit].

    Notes
    -----
    min sum (e/s)^2 over model errors e, subject to all balances; the standard
    deviations come from one further solution with the readings at their own doubt.
    """
    count = len(context.network.streams)
    value = np.asarray(result.value.filled(np.nan))
    hidden = np.isnan(value[:count])
    known_sd = np.asarray(result.sd.filled(0.0))[:count]
    if not hidden.any():
        return Completed(_positive(value[:count]), known_sd, hidden)
    work = _Estimate(system, context, value, sd)
    work.relate()
    best, doubt = work.solve()
    spread = np.where(hidden, doubt[:count], known_sd)
    return Completed(_positive(best[:count]), spread, hidden)


def _positive(value: Floats) -> Floats:
    """Round what the solver left below zero; anything larger breaks the balances."""
    return np.where(value < 0.0, 0.0, value)


class _Estimate:
    """Equations with model relations added; lives for one completion only."""

    def __init__(
        self, system: Equations, context: Context, value: Floats, sd: Floats
    ) -> None:
        self.context = context
        self.names = list(system.variables)
        self.position = dict(system.position)
        self.rows: list[Row] = list(system.rows)
        self.value, self.reading_sd = list(value), list(sd)
        self.known = [bool(k) for k in np.isfinite(value)]
        self.extra_sd = [np.inf] * len(self.names)
        self.guess: dict[str, float] = {}
        self.typical = float(np.nanmedian(np.abs(value))) if np.isfinite(value).any() else 1.0
        self.floor = max(self.typical, 1.0) * 1e-6

    def add(self, name: str, value: float, sd: float) -> None:
        """Add a variable with a soft value."""
        self.position[name] = len(self.names)
        self.names.append(name)
        self.value.append(value)
        self.reading_sd.append(np.inf)
        self.known.append(False)
        self.extra_sd.append(sd)

    def relate(self) -> None:
        """Relate the ports of every unit that has an unknown one to its duties."""
        for unit in self.context.network.chain.units:
            streams = self.context.network.of(unit.id)
            if any(np.isnan(self.value[self.position[s.id]]) for s in streams):
                self._unit(unit.id)
        self._draws()

    def _unit(self, unit: str) -> None:
        network = self.context.network
        process = network.processes[unit]
        content = self.context.content.get(unit, {})
        outcome = unit_responses(process, content, {})
        flows = {
            s.port: s.sign * self.value[self.position[s.id]]
            for s in network.of(unit)
            if not np.isnan(self.value[self.position[s.id]])
        }
        prior = self.context.prior(unit)
        done = duty_done(process, flows, content=content, setting={}, prior=prior)
        if not flows:
            done = {**done, **prior}
        size = max([*done.values(), self.floor])
        for duty in process.duties:
            guess = done[duty.name]
            self.add(f"duty:{unit}:{duty.name}", guess, DUTY_SD * max(guess, 0.01 * size))
        defining = {d.read_at for d in process.duties}
        for s in network.of(unit):
            if s.port not in outcome.flows:
                continue
            weights = np.broadcast_to(outcome.flows[s.port], (len(process.duties),))
            row = {s.id: 1.0}
            for d, w in zip(process.duties, weights, strict=True):
                row[f"duty:{unit}:{d.name}"] = -s.sign * float(w)
            guess = abs(sum(float(w) * done[d.name]
                            for d, w in zip(process.duties, weights, strict=True)))  # fmt: skip
            self.guess[s.id] = guess
            share = DEFINING_SD if s.port in defining else MODEL_SD
            self.add(f"model:{s.id}", 0.0, share * max(guess, self.floor))
            row[f"model:{s.id}"] = -1.0
            self.rows.append((f"model of {s.id}", row))

    def _draws(self) -> None:
        """Take an unread own use as the book states it."""
        period, network = self.context.period, self.context.network
        for draw in network.chain.draws:
            stream = f"draw:{draw.id}"
            if np.isnan(self.value[self.position[stream]]):
                unit = network.chain.material[good(draw.good).material].unit
                text = f"{draw.amount.number!r} {draw.amount.unit}"
                amount = rate(text, unit).in_hours(period.hours, period.months)
                self._soft(stream, amount, MODEL_SD)

    def _soft(self, stream: str, amount: float, share: float) -> None:
        place = self.position[stream]
        self.value[place] = amount
        self.extra_sd[place] = max(share * amount, share * self.typical * 1e-3, self.floor)

    def solve(self) -> tuple[Floats, Floats]:
        """Return values with what is known held, and honest standard deviations.

        Where what is known leaves no room above zero, it gives way within its doubt.
        """
        try:
            value = self._values(held=True)
        except InfeasibleError:
            value = self._values(held=False)
        matrix = self._matrix()
        size = self._size()
        heard = np.minimum(np.array(self.extra_sd), np.array(self.reading_sd))
        doubt = reconcile(matrix @ diags_of(size), value / size, heard / size)
        return value, np.asarray(doubt.sd.data) * size

    def _matrix(self) -> csr_array[np.float64]:
        return sparse_rows([w for _, w in self.rows], self.position)

    def _size(self) -> Floats:
        """Return a typical size of every variable, so that all solve alike."""
        value = np.nan_to_num(np.array(self.value))
        soft = np.array(self.extra_sd)
        size = np.maximum(np.abs(value), np.where(np.isinf(soft), 0.0, soft))
        guess = np.array([self.guess.get(n, 0.0) for n in self.names])
        size = np.maximum(size, guess)
        return np.where(size > self.floor, size, self.floor)

    def _values(self, *, held: bool) -> Floats:
        for _ in range(2):
            value, hidden = self._solved(held=held)
            if not hidden.any():
                break
            for place in np.flatnonzero(hidden):
                self._last_resort(self.names[place])
        return value

    def _solved(self, *, held: bool) -> tuple[Floats, NDArray[np.bool_]]:
        """Return all variables and which of them nothing tells."""
        known = np.array(self.known) if held else np.zeros(len(self.names), np.bool_)
        given = np.array(self.value)
        matrix, size = self._matrix(), self._size()
        right = -(matrix[:, known] @ given[known])
        free = np.flatnonzero(~known)
        part = csr_array_of(matrix[:, free] @ diags_of(size[free]))
        rows = np.flatnonzero(np.diff(part.indptr) > 0)
        largest = abs(part[rows]).max(axis=1).toarray().ravel()
        lower = np.array(
            [-np.inf if self.names[i].startswith("model:") else 0.0 for i in free]
        )
        result = reconcile(
            csr_array_of(diags_of(1.0 / largest) @ part[rows]),
            given[free] / size[free],
            self._sd()[free] / size[free],
            rhs=right[rows] / largest,
            lower=lower,
        )
        value, hidden = given.copy(), np.zeros(given.size, np.bool_)
        value[free] = np.asarray(result.value.data) * size[free]
        hidden[free] = np.ma.getmaskarray(result.value)
        return value, hidden

    def _last_resort(self, name: str) -> None:
        amount = self.context.planned(name)
        self._soft(name, amount, PLAN_SD if amount else 1.0)

    def _sd(self) -> Floats:
        """Return the doubt of what is assumed, and of what gives way if it must."""
        soft = np.array(self.extra_sd)
        read = np.array(self.reading_sd)
        given = np.where(np.isinf(read), MODEL_SD * self._size(), read)
        return np.where(np.array(self.known), given, soft)


def diags_of(values: Floats) -> dia_array[np.float64]:
    """Return a diagonal."""
    from scipy.sparse import diags_array

    return diags_array(values)


def csr_array_of(matrix: sparray) -> csr_array[np.float64]:
    """Return rows in compressed form, without stored zeros."""
    from scipy.sparse import csr_array

    rows = csr_array(matrix)
    rows.eliminate_zeros()
    return rows
