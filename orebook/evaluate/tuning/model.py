"""The process at trial constants against the months, the duties told again.

What a unit was asked to do is not known exactly either: its duty is read from flows,
its assays from samples. For each trial of the constants the duties and the assays that
explain all figures best are found, in each month, by linear least squares; what a meter
is off by in all months is found over all of them. What is left is the residual the
constants answer for (errors in variables, by variable projection).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orebook.evaluate.tuning.constants import Constant, Group
from orebook.evaluate.tuning.evidence import Measured, measured
from orebook.evaluate.tuning.months import IDLE, Evidence
from orebook.process.contract import Case, Content, unit_responses
from orebook.process.network import Network

__all__ = ["LASTING", "Model", "Projected"]

Floats = NDArray[np.float64]

LASTING = 0.6
"""Share of a figure's doubt that is the same in all months (calibration) [-]."""

FAINT = 0.1
"""Weight that holds a duty no flow can tell near that of the close, in shares [-]."""

STEP = 2e-3
"""Difference step, of the prior standard deviation of a constant [-]."""


@dataclass(frozen=True, slots=True, eq=False)
class Projected:
    """What is left after the duties, assays and lasting errors found their best values.

    Parameters
    ----------
    residual : array, shape (K, N)
        Residuals, each in its standard deviations, at K trials of the constants.
    predicted : array, shape (K, M, S)
        Amount of each row of `Measured`, as the process makes it [stream unit].
    rest : array, shape (K, M, S)
        What is left of each figure, in the part of its doubt that changes monthly [-].
    lasting : array, shape (K, L)
        Errors that last, in their own standard deviations [-].
    duty_told : float
        Degrees of freedom the duties took, at the first trial [-].
    """

    residual: Floats
    predicted: Floats
    rest: Floats
    lasting: Floats
    duty_told: float


@dataclass(frozen=True, eq=False)
class Model:
    """A group of units in its closed months.

    Parameters
    ----------
    network : Network
        Physics at the constants of the book.
    group : Group
        Units and constants.
    months : tuple of Evidence
        Months used.
    lasting : float
        As `LASTING` [-].
    """

    network: Network
    group: Group
    months: tuple[Evidence, ...]
    lasting: float = LASTING

    @property
    def constants(self) -> tuple[Constant, ...]:
        """What is fitted."""
        return self.group.constants

    @cached_property
    def data(self) -> Measured:
        """What was measured."""
        return measured(self.network, self.group.units, self.months)

    # -- duties and assays of the months -----------------------------------------------

    @cached_property
    def duties(self) -> tuple[tuple[str, str], ...]:
        """Every (unit, duty) of the group."""
        of = self.network.processes
        return tuple((u, d.name) for u in self.group.units for d in of[u].duties)

    @cached_property
    def done(self) -> Floats:
        """Duties of the closes, shape (M, D) [duty unit]."""
        return np.array(
            [
                [e.closed.duties.get(f"{u}:{d}", 0.0) for u, d in self.duties]
                for e in self.months
            ]
        )

    @cached_property
    def told(self) -> NDArray[np.bool_]:
        """Duties told again at each trial, shape (M, D): those a port is read for."""
        of = self.network.processes
        read = {
            (u, d.name)
            for u in self.group.units
            for d in of[u].duties
            if d.read_at is not None and of[u].linear
        }
        able = np.array([key in read for key in self.duties])
        most = self.done.max(axis=0, initial=0.0)
        found: NDArray[np.bool_] = able & (self.done > IDLE * np.maximum(most, 1e-300))
        return found

    @cached_property
    def assays(self) -> tuple[tuple[str, str, str], ...]:
        """Every (unit, port, component) whose assay is in doubt."""
        units = set(self.group.units)
        found = dict.fromkeys(
            (u, p, c)
            for e in self.months
            for u, ports in e.closed.content_doubt.items()
            if u in units
            for p, parts in ports.items()
            for c, v in parts.items()
            if v > 0.0 and c in e.closed.content.get(u, {}).get(p, {})
        )
        return tuple(found)

    def content(self, moved: Floats | None = None) -> dict[str, Content]:
        """Return what the units were fed, by unit and port, arrays (M, 1) [-].

        ``moved`` of shape (V, A) adds so many standard deviations to each assay, along
        a leading axis.
        """
        found: dict[str, dict[str, dict[str, Floats]]] = {}
        material = self.network.chain.material
        for u, p, c in self._fed:
            nominal = material[p].assay.get(c, 0.0) if p in material else 0.0
            got = [e.closed.content.get(u, {}).get(p, {}).get(c) for e in self.months]
            value = np.array([nominal if v is None else v for v in got])[:, None]
            if moved is not None and (u, p, c) in self.assays:
                k = self.assays.index((u, p, c))
                value = value + moved[:, k, None, None] * self._doubt[:, k, None]
            found.setdefault(u, {}).setdefault(p, {})[c] = value
        return dict(found)

    @cached_property
    def _fed(self) -> tuple[tuple[str, str, str], ...]:
        found = dict.fromkeys(
            (u, p, c)
            for e in self.months
            for u, ports in e.closed.content.items()
            if u in self.group.units
            for p, parts in ports.items()
            for c in parts
        )
        return tuple(found)

    @cached_property
    def _doubt(self) -> Floats:
        """One standard deviation of each assay, shape (M, A) [-]."""
        return np.array(
            [
                [
                    e.closed.content_doubt.get(u, {}).get(p, {}).get(c, 0.0)
                    for u, p, c in self.assays
                ]
                for e in self.months
            ]
        ).reshape(len(self.months), len(self.assays))

    # -- the process -------------------------------------------------------------------

    def _settings(self, trial: Floats | None) -> dict[str, dict[str, Floats]]:
        """Return settings by unit: those of the months, and trial constants (K, 1, 1).

        ``trial`` may also be (K, M, p): constants of their own for each month.
        """
        found: dict[str, dict[str, Floats]] = {}
        names = dict.fromkeys(
            (u, n) for e in self.months for u, by in e.settings.items() for n in by
        )
        for u, n in names:
            known = {s.name: s.default for s in self.network.processes[u].settings}
            got = [e.settings.get(u, {}).get(n, known[n]) for e in self.months]
            found.setdefault(u, {})[n] = np.array(got)[:, None]
        if trial is not None:
            full = trial[:, None, :] if trial.ndim == 2 else trial
            for k, c in enumerate(self.constants):
                found.setdefault(c.unit, {})[c.name] = full[:, :, k, None]
        return found

    def _responses(
        self, settings: Mapping[str, Mapping[str, Floats]],
        content: Mapping[str, Mapping[str, Mapping[str, Floats]]], lead: int,
    ) -> tuple[Floats, Floats]:  # fmt: skip
        """Return amounts per unit of duty (K, M, F, D), and those not linear (K, M, F).

        The content moves along the same leading axis as the settings.
        """
        net, data = self.network, self.data
        shape = (lead, len(self.months))
        per = np.zeros((*shape, len(data.streams), len(self.duties)))
        fixed = np.zeros((*shape, len(data.streams)))
        place = {s.id: i for i, s in enumerate(data.streams)}
        column = {key: k for k, key in enumerate(self.duties)}
        for u in self.group.units:
            process = net.processes[u]
            own = net.content_of(content, u)
            setting = net.setting_of(settings, u)
            known = {s.name for s in process.settings}
            setting = {n: v for n, v in setting.items() if n in known}
            columns = [column[u, d.name] for d in process.duties]
            if process.linear:
                flows = unit_responses(process, own, setting).flows
            else:
                asked = {
                    d.name: self.done[:, [k]]
                    for d, k in zip(process.duties, columns, strict=True)
                }
                flows = process.run(Case(asked, own, setting)).flows
            for s in net.of(u):
                if s.port not in flows:
                    continue
                flow, row = s.sign * np.asarray(flows[s.port]), place[s.id]
                if process.linear:
                    per[:, :, row, columns] = np.broadcast_to(
                        flow, (*shape, len(columns))
                    )
                else:
                    fixed[:, :, row] = np.broadcast_to(flow, (*shape, 1))[..., 0]
        return per, fixed

    @cached_property
    def _by_assay(self) -> Floats:
        """Change of each row per standard deviation of each assay, shape (M, S, A)."""
        count = len(self.assays)
        if count == 0:
            return np.zeros((len(self.months), len(self.data.names), 0))
        both = np.concatenate([np.eye(count), -np.eye(count)])
        per, fixed = self._responses(
            self._settings(None), self.content(both), 2 * count
        )
        flows = np.einsum("kmfd,md->kmf", per, self.done) + fixed
        slope = 0.5 * (flows[:count] - flows[count:])
        return np.asarray(np.einsum("sf,amf->msa", self.data.of, slope))

    # -- the projection ----------------------------------------------------------------

    def project(
        self,
        trial: Floats,
        *,
        weight: Floats | None = None,
        given: Floats | None = None,
    ) -> Projected:
        """Return residuals at trials of the constants.

        Parameters
        ----------
        trial : array, shape (K, p) or (K, M, p)
            Constants [unit of each]; with three axes each month has its own.
        weight : array, shape (M, S), optional
            What each figure counts beyond its standard deviation; 0 leaves it out [-].
        given : array, shape (M, L), optional
            Errors that last, where they are known from other months [-].
        """
        data, lead = self.data, trial.shape[0]
        content = self.content()
        per, fixed = self._responses(self._settings(trial), content, lead)
        told = self.told[None, :, None, :]
        fixed = fixed + np.einsum(
            "kmfd,md->kmf", per, np.where(self.told, 0.0, self.done)
        )
        moved = np.where(told, per, 0.0) * self.done[None, :, None, :]
        by_duty = np.einsum("sf,kmfd->kmsd", data.of, moved)
        base = np.einsum("sf,kmf->kms", data.of, fixed)
        return self._solved(by_duty, base, self._weights(weight), given)

    def _weights(self, weight: Floats | None) -> Floats:
        data = self.data
        own = np.sqrt(1.0 - self.lasting**2)
        found = np.where(data.closed, 1.0, 1.0 / own) / data.sd
        found = np.where(data.used, found, 0.0)
        if weight is None:
            return found
        full = np.where(data.closed & (weight > 0.0), 1.0, np.sqrt(weight))
        return np.asarray(found * full)

    def _solved(
        self, by_duty: Floats, base: Floats, weight: Floats, given: Floats | None
    ) -> Projected:
        data, monthly = self.data, np.sqrt(1.0 - self.lasting**2)
        lead, count, rows, duties = by_duty.shape
        assays = len(self.assays)
        wide = duties + assays
        by_assay = np.broadcast_to(self._by_assay, (lead, count, rows, assays))
        matrix = np.zeros((lead, count, rows + wide, wide))
        matrix[:, :, :rows, :duties] = weight[:, :, None] * by_duty
        matrix[:, :, :rows, duties:] = weight[:, :, None] * by_assay * monthly
        prior = np.concatenate([np.full(duties, FAINT), np.ones(assays)])
        matrix[:, :, rows:] = np.diag(prior)
        right = np.zeros((lead, count, rows + wide))
        right[:, :, :rows] = weight * (data.value - base)
        right[:, :, rows : rows + duties] = FAINT
        across, triangle = np.linalg.qr(matrix)
        lasting = self._lasting(weight, wide)
        left = right - _onto(across, right)
        held = lasting - across @ (np.swapaxes(across, -1, -2) @ lasting)
        size = lasting.shape[-1]
        gram = np.eye(size) + np.einsum("kmrb,kmrc->kbc", held, held)
        pull = np.einsum("kmrb,kmr->kb", held, left)
        off = np.linalg.solve(gram, pull[:, :, None])[:, :, 0]
        each = off[:, None] if given is None else given[None]
        left = left - np.einsum("kmrb,kmb->kmr", held, _spread(each, left))
        rest = right - np.einsum("mrb,kb->kmr", lasting, off)
        found = np.linalg.solve(
            triangle, np.einsum("kmrw,kmr->kmw", across, rest)[..., None]
        )[..., 0]
        predicted = base + np.einsum("kmsd,kmd->kms", by_duty, found[:, :, :duties])
        predicted = predicted + monthly * np.einsum(
            "kmsa,kma->kms", by_assay, found[:, :, duties:]
        )
        predicted = predicted + self.lasting * np.einsum(
            "msa,ka->kms", self._by_assay, off[:, size - assays :]
        )
        faint = across[0, :, rows : rows + duties]
        spent = float(np.sum(self.told) - np.sum(faint[self.told] ** 2))
        every = np.concatenate([left.reshape(lead, -1), off], axis=1)
        told = np.where(data.closed, 0.0, left[:, :, :rows])
        return Projected(every, predicted, told, off, spent)

    def _lasting(self, weight: Floats, wide: int) -> Floats:
        """Return how errors that last move the rows, shape (M, rows, errors)."""
        data, count = self.data, len(self.months)
        rows, assays = len(data.names), len(self.assays)
        figures = np.flatnonzero(~data.closed & data.used.any(axis=0))
        found = np.zeros((count, rows + wide, figures.size + assays))
        for k, row in enumerate(figures):
            found[:, row, k] = self.lasting * weight[:, row] * data.sd[:, row]
        found[:, :rows, figures.size :] = (
            self.lasting * weight[:, :, None] * self._by_assay
        )
        return found

    # -- slopes ------------------------------------------------------------------------

    def slopes(
        self, at: Floats, *, weight: Floats | None = None, step: float = STEP
    ) -> Floats:
        """Return the Jacobian of the residuals by the constants, shape (N, p).

        Parameters
        ----------
        at : array, shape (p,)
            Constants [unit of each].
        weight : array, optional
            As for `project`.
        step : float
            Length of the differences, in prior standard deviations [-].

        Notes
        -----
        Central differences of one call at 2 p trials; one-sided on a bound.
        """
        low, high, size = bounds(self.constants)
        moves = np.diag(step * size)
        trial = np.concatenate([at + moves, at - moves])
        trial = np.clip(trial, low, high)
        found = self.project(trial, weight=weight).residual
        count = len(self.constants)
        gap = np.diagonal(trial[:count] - trial[count:])
        return np.asarray((found[:count] - found[count:]).T / gap)


def bounds(constants: Sequence[Constant]) -> tuple[Floats, Floats, Floats]:
    """Return low and high of constants, and how well they are known beforehand."""
    table = np.array([[c.low, c.high, c.prior_sd] for c in constants], np.float64)
    return table[:, 0], table[:, 1], table[:, 2]


def _spread(each: Floats, like: Floats) -> Floats:
    return np.broadcast_to(each, (*like.shape[:2], each.shape[-1]))


def _onto(across: Floats, right: Floats) -> Floats:
    inner = np.einsum("kmrw,kmr->kmw", across, right)
    return np.asarray(np.einsum("kmrw,kmw->kmr", across, inner))
