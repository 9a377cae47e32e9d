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
from orebook.chain.chain import Balance, good
from orebook.ledger.equations import Equations, Row, sparse_rows
from orebook.ledger.nonnegative import least_adjustment
from orebook.ledger.reconcile import Reconciled, reconcile
from orebook.plan.accounts import Month
from orebook.process.contract import Content, unit_responses
from orebook.process.duty import duty_done
from orebook.process.network import Network
from orebook.quantity import rate

if TYPE_CHECKING:
    from scipy.sparse import csr_array, dia_array

Floats = NDArray[np.float64]

MODEL_SD = 0.10
"""Relative doubt of a flow taken from the process model [-]."""

DEFINING_SD = 1e-3
"""The same for a port that defines the duty: it differs from it by rounding [-]."""

PLAN_SD = 0.30
"""Relative doubt of an amount taken from the plan [-]."""

VAGUE = 3.0
"""Doubt of what nothing speaks for, in its own size: it never outweighs a model [-]."""

KNOWN_SHARE = 1e-2
"""What is known is held by this share of its doubt while the rest is estimated [-]."""

FINEST = 1e-3
"""No figure counts as surer than this while the rest is estimated, relative [-]."""

BESIDE = 1e-3
"""A stream is thought at least this share of the largest it adds up with [-]."""

STEPS = 20
"""Longest way from a reading to what is guessed from it, in units and balances."""

ROUNDING = 1e-4
"""A balance open by less than this share of its largest flow is open by rounding."""

SMALL_FLOW = 10.0
"""A flow below which rounding is not judged relative to it [stream unit]."""

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
    if not hidden.any() and value[:count].min() >= 0.0:
        return Completed(value[:count], known_sd, hidden)
    work = _Estimate(system, context, value, sd)
    work.relate()
    best = work.values()
    spread = np.where(hidden, work.doubt(best)[:count], known_sd)
    return Completed(_settled(work, best[:count], hidden), spread, hidden)


def _settled(work: _Estimate, value: Floats, hidden: NDArray[np.bool_]) -> Floats:
    """Return values whose balances close to the last digit.

    What the solver's rounding leaves open goes to the largest estimated flow of each
    balance, or else to the largest known one that was not published.
    """
    out = np.where(value < work.floor * 1e-3, 0.0, value)
    held = {work.position[n] for n in work.published}
    matrix = work.context.network.matrix()
    for k in range(matrix.shape[0]):
        part = slice(matrix.indptr[k], matrix.indptr[k + 1])
        members, signs = matrix.indices[part].tolist(), matrix.data[part].tolist()
        gap = sum(s * out[i] for i, s in zip(members, signs, strict=True))
        allowed = ROUNDING * max(float(out[members].max()), SMALL_FLOW)
        free = [
            (bool(hidden[i]), float(out[i] - s * gap), i)
            for i, s in zip(members, signs, strict=True)
            if i not in held and out[i] - s * gap >= 0.0
        ]
        if gap != 0.0 and free and abs(gap) <= allowed:
            _, amount, place = max(free)
            out[place] = amount
    return out


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
        self.loose: set[str] = set()
        self.shared: set[str] = set()
        self.done: dict[str, dict[str, float]] = {}
        self.published = [n for n, r in system.readings.items() if r.fixed]
        self.typical = (
            float(np.nanmedian(np.abs(value))) if np.isfinite(value).any() else 1.0
        )
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
        units = [
            unit.id
            for unit in self.context.network.chain.units
            if any(self._unknown(s.id) for s in self.context.network.of(unit.id))
        ]
        self._draws()
        self._guess(units)
        for unit in units:
            self._unit(unit)

    def _unknown(self, stream: str) -> bool:
        return not self.known[self.position[stream]]

    def _thought(self, stream: str) -> float | None:
        """Return what a stream is known or guessed to be, None if neither."""
        if not self._unknown(stream):
            return float(self.value[self.position[stream]])
        return self.guess.get(stream)

    def _guess(self, units: list[str]) -> None:
        """Walk from what is known through units and balances, a first guess each."""
        for _ in range(STEPS):
            before = len(self.guess) + len(self.done)
            for unit in units:
                if unit not in self.done:
                    self._guess_unit(unit)
            if self.context.plan is None:
                self._guess_balances()
            if len(self.guess) + len(self.done) == before:
                break

    def _guess_unit(self, unit: str) -> None:
        network = self.context.network
        process = network.processes[unit]
        flows = {
            s.port: s.sign * thought
            for s in network.of(unit)
            if (thought := self._thought(s.id)) is not None
        }
        if not flows:
            return
        if any(self._unknown(s.id) for s in network.of(unit) if s.port in flows):
            self.loose.add(unit)
        content = network.content_of(self.context.content, unit)
        prior = self.context.prior(unit)
        done = duty_done(process, flows, content=content, setting={}, prior=prior)
        outcome = unit_responses(process, content, {}, at=done)
        self.done[unit] = done
        for s in network.of(unit):
            if self._thought(s.id) is None and s.port in outcome.flows:
                weights = np.broadcast_to(outcome.flows[s.port], (len(done),))
                self.guess[s.id] = abs(float(weights @ list(done.values())))

    def _guess_balances(self) -> None:
        """Share what a balance has left among the streams nothing tells yet."""
        network = self.context.network
        gap = dict.fromkeys(network.balances, 0.0)
        blank: dict[tuple[Balance, int], list[str]] = {}
        for s in network.streams:
            thought = self._thought(s.id)
            if thought is None:
                blank.setdefault((s.balance, s.sign), []).append(s.id)
            else:
                gap[s.balance] += s.sign * thought
        for (balance, sign), streams in blank.items():
            if sign * gap[balance] < 0.0:
                share = abs(gap[balance]) / len(streams)
                self.guess |= dict.fromkeys(streams, share)
                self.shared |= set(streams)

    def _unit(self, unit: str) -> None:
        network = self.context.network
        process = network.processes[unit]
        content = network.content_of(self.context.content, unit)
        nothing = {d.name: 0.0 for d in process.duties} | self.context.prior(unit)
        done = self.done.get(unit, nothing)
        outcome = unit_responses(process, content, {}, at=done)
        size = max([*done.values(), self.floor])
        for duty in process.duties:
            told = done[duty.name]
            self.add(f"duty:{unit}:{duty.name}", told, DUTY_SD * max(told, 0.01 * size))
        defining = {d.read_at for d in process.duties}
        model = PLAN_SD if unit in self.loose else MODEL_SD
        for s in network.of(unit):
            if s.port not in outcome.flows:
                continue
            weights = np.broadcast_to(outcome.flows[s.port], (len(process.duties),))
            row = {s.id: 1.0}
            for d, w in zip(process.duties, weights, strict=True):
                row[f"duty:{unit}:{d.name}"] = -s.sign * float(w)
            guess = abs(
                sum(
                    float(w) * done[d.name]
                    for d, w in zip(process.duties, weights, strict=True)
                )
            )
            self.guess.setdefault(s.id, guess)
            share = DEFINING_SD if s.port in defining else model
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
        self.guess[stream] = amount
        self.value[place] = amount
        self.extra_sd[place] = max(share * amount, self.floor)

    def values(self) -> Floats:
        """Return all variables; what is known gives way only where it must."""
        known = np.array(self.known)
        size, planned = self._size(), np.array([self._planned(n) for n in self.names])
        target = np.where(np.isnan(self.value), planned, np.array(self.value))
        soft = np.array(self.extra_sd)
        vague = np.where(np.isinf(soft), VAGUE * size, soft)
        read = np.clip(np.array(self.reading_sd) / size, FINEST, MODEL_SD) * size
        sd = np.where(known, KNOWN_SHARE * read, vague)
        sd[[self.position[n] for n in self.published]] = 0.0
        lower = np.array(
            [-np.inf if n.startswith("model:") else 0.0 for n in self.names]
        )
        return least_adjustment(self._matrix(), target, sd, lower=lower)

    def doubt(self, value: Floats) -> Floats:
        """Return standard deviations, readings at their own doubt."""
        size = self._size()
        heard = np.minimum(np.array(self.extra_sd), np.array(self.reading_sd)) / size
        heard = np.where(np.isinf(heard), np.inf, np.clip(heard, FINEST, 1.0 / FINEST))
        result = reconcile(self._matrix() @ diags_of(size), value / size, heard)
        planned = np.array([self._planned(n) for n in self.names])
        rest = np.where(planned > 0.0, PLAN_SD * np.maximum(planned, value), size)
        unknown = np.ma.getmaskarray(result.sd)
        spread = np.where(unknown, rest, np.asarray(result.sd.data) * size)
        guessed = [self.position[n] for n in self._guessed()]
        spread[guessed] = np.maximum(spread[guessed], np.abs(value[guessed]))
        return spread

    def _guessed(self) -> list[str]:
        """Return the streams that no reading and no plan leads to."""
        network = self.context.network
        return [
            s.id
            for s in network.streams
            if self._unknown(s.id) and (s.owner in self.loose or s.id in self.shared)
        ]

    def _planned(self, name: str) -> float:
        """Return where a variable would stand if nothing at all spoke for it."""
        return self.guess.get(name, 0.0) or self.context.planned(name)

    def _matrix(self) -> csr_array[np.float64]:
        return sparse_rows([w for _, w in self.rows], self.position)

    def _size(self) -> Floats:
        """Return a typical size of every variable, so that all solve alike."""
        value = np.abs(np.nan_to_num(np.array(self.value)))
        soft = np.array(self.extra_sd)
        planned = np.array([self._planned(n) for n in self.names])
        own = np.maximum(value, np.where(np.isinf(soft), planned, soft))
        beside = np.zeros(own.size)
        for _, weights in self.rows:
            members = [self.position[v] for v in weights]
            beside[members] = np.maximum(beside[members], own[members].max())
        least: Floats = np.maximum(BESIDE * beside, self.floor)
        return np.asarray(np.maximum(own, least))


def diags_of(values: Floats) -> dia_array[np.float64]:
    """Return a diagonal."""
    from scipy.sparse import diags_array

    return diags_array(values)
