"""What a closed month shows of settings nobody reads: small bounded least squares.

A setting is taken to have moved only where the reconciled amounts prove it, one after
the other, the one that explains most first. What the amounts cannot tell apart is said.
Constants of the plant are not fitted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import lsq_linear
from scipy.special import chdtri

from orebook.evaluate.diagnose.model import MovedContent, amounts_at, responses
from orebook.evaluate.diagnose.works import Works
from orebook.evaluate.fair import Assays
from orebook.ledger.month import ClosedMonth
from orebook.process.contract import Array, Setting
from orebook.process.diagnosable import Role

__all__ = [
    "Evidence",
    "Found",
    "evidence_of",
    "largest",
    "moved_settings",
    "settings_of",
    "settings_told",
]

CHANCE = 0.0027
"""Chance that a month in which no setting moved shows one; three sd of one test [-]."""
ALIKE = 4.0
"""Rise of the misfit up to which another setting explains as well: two sd [-]."""
FLOOR = 1e-3
"""No reconciled amount is taken as surer than this, relative [-]."""
MOST = 8  # settings at most
STEP = 0.02  # of the range of a setting
TURNS = 3  # of Gauss and Newton
TRIED = 3  # settings fitted in full before one is added
TELLS = 1e-8  # square of a slope's part that others do not have, from which it tells
EQUAL = 1.0  # gains of the misfit that differ by less count as equal

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A setting that moved.

    Parameters
    ----------
    unit, name, of : str
        Unit it lies with, its name and its unit of measure.
    role : {"choice", "efficiency", "condition"}
        What kind of setting it is.
    planned, value, sd : float
        As planned, as the month shows it, and one standard deviation [its unit].
    gain : float
        How much less the amounts miss the model with it, in squared deviations [-].
    seen_at : tuple of (str, str)
        Unit and port of the amounts that show it most.
    alike : tuple of (str, str)
        Unit and name of settings that would explain the month as well.
    at_limit : bool
        Whether it stands at an end of its range.
    """

    unit: str
    name: str
    of: str
    role: Role
    planned: float
    value: float
    sd: float
    gain: float
    seen_at: tuple[Key, ...]
    alike: tuple[Key, ...]
    at_limit: bool = False


@dataclass(frozen=True, eq=False)
class Evidence:
    """Reconciled amounts of a month and how sure they are.

    Parameters
    ----------
    rows : array of int
        Positions of the ports that something was read of and that define no duty.
    amount : array, shape (ports,)
        Signed amounts; 0 where nothing is told [unit].
    own : array, shape (ports,)
        One standard deviation of each [unit].
    duty : array, shape (units,)
        Relative doubt of the duty of each unit [-].
    duties : array, shape (duties,)
        What the units did [duty unit].
    content, content_sd : mapping
        Assays fed and their doubt [-].
    followed : mapping
        Settings that follow what was fed, by unit they lie with.
    """

    rows: Array
    amount: Array
    own: Array
    duty: Array
    duties: Array
    content: Assays
    content_sd: Assays
    followed: Mapping[str, Mapping[str, float]]


def evidence_of(works: Works, closed: ClosedMonth, content: Assays) -> Evidence:
    """Return what a closed month tells of a works.

    Parameters
    ----------
    works : Works
        The units.
    closed : ClosedMonth
        The month.
    content : mapping
        Assays fed, the plan's mix where none was taken [-].
    """
    rows, amount, own = [], np.zeros(len(works.ports)), np.zeros(len(works.ports))
    defining = {
        (u, d.read_at) for u in works.units for d in works.network.processes[u].duties
    }
    for i, key in enumerate(works.ports):
        stream = works.streams.get(key)
        if stream is None:
            continue
        figure = closed.figures[stream.id]
        amount[i], own[i] = works.port_sign[i] * figure.value, figure.sd
        if key not in defining and figure.status != "estimated" and figure.value > 0:
            rows.append(i)
    duty = []
    for unit in works.units:
        read = [i for i, key in enumerate(works.ports) if key in defining]
        mine = [i for i in read if works.ports[i][0] == unit]
        total = float(np.abs(amount[mine]).sum())
        doubt = float(np.linalg.norm(own[mine]))
        duty.append(doubt / total if total > 0.0 else 0.0)
    done = np.array([closed.duties[f"{u}:{d}"] for u, d in works.duties])
    doubts = {
        u: {
            p: {c: v for c, v in parts.items() if c in content.get(u, {}).get(p, {})}
            for p, parts in ports.items()
        }
        for u, ports in closed.content_doubt.items()
        if u in works.units
    }
    return Evidence(
        np.array(rows, dtype=np.intp), amount, own, np.array(duty), done, content,
        doubts, works.followed(closed.month()),
    )  # fmt: skip


def moved_settings(works: Works, seen: Evidence) -> tuple[Found, ...]:
    """Return the settings that the amounts of a month prove to have moved.

    Parameters
    ----------
    works : Works
        The units, at the settings of the plan.
    seen : Evidence
        The month.

    Notes
    -----
    Generalised least squares of the amounts at the duties really done, the doubt of
    duties and assays being shared by the ports of a unit. A setting is added while it
    lowers the misfit by more than chance would do once in 370 months, over all settings
    tried; of equals, one that tells an efficiency comes before one that people choose.
    """
    settings = _settings(works)
    if not seen.rows.size or not settings:
        return ()
    fit = _Fit(works, seen, settings)
    critical = float(chdtri(1, CHANCE / len(settings)))
    chosen: list[int] = []
    at = np.array([s.default for _, s in settings])
    gap, slope = fit.look(at)
    while len(chosen) < min(MOST, len(seen.rows) - 1):
        gains = _gains(fit, at, (gap, slope), chosen)
        if float(gains.max(initial=0.0)) < critical:
            break
        best, at = _best_next(fit, at, gains, chosen)
        chosen.append(best)
        at = fit.best(at, chosen, turns=TURNS)
        gap, slope = fit.look(at)
    return tuple(_told(fit, chosen, at, gap, slope))


def settings_of(works: Works) -> int:
    """Return how many settings of a works are looked at."""
    return len(_settings(works))


def _settings(works: Works) -> list[tuple[str, Setting]]:
    """Return every setting once, with the unit it lies with."""
    found: dict[Key, Setting] = {}
    for unit in works.units:
        for s in works.network.processes[unit].settings:
            if s.high > s.low and s.follows is None:
                found.setdefault((s.shared or unit, s.name), s)
    return [(unit, s) for (unit, _), s in found.items()]


@dataclass(frozen=True, eq=False)
class _Fit:
    works: Works
    seen: Evidence
    settings: Sequence[tuple[str, Setting]]

    @property
    def low(self) -> Array:
        return np.array([s.low for _, s in self.settings])

    @property
    def high(self) -> Array:
        return np.array([s.high for _, s in self.settings])

    def amounts(self, table: Array, content: MovedContent | None = None) -> Array:
        """Return modelled amounts of all ports, a row for each row of settings."""
        moved: dict[str, dict[str, Array]] = {
            u: {n: np.full(len(table), v) for n, v in of.items()}
            for u, of in self.seen.followed.items()
        }
        for j, (unit, s) in enumerate(self.settings):
            if np.any(table[:, j] != s.default):
                moved.setdefault(unit, {})[s.name] = table[:, j]
        fed = content or _plain(self.seen.content)
        per = responses(
            self.works, setting=moved, content=fed, cases=len(table),
            at=self.seen.duties,
        )  # fmt: skip
        duties = np.broadcast_to(self.seen.duties, (len(table), len(self.seen.duties)))
        return amounts_at(per.flows, duties)[:, self.seen.rows]

    def look(self, at: Array, free: Sequence[int] | None = None) -> tuple[Array, Array]:
        """Return whitened gap and slopes by step of each setting at a point."""
        names = range(len(self.settings)) if free is None else free
        reach = self.high - self.low
        up = np.where(at + STEP * reach <= self.high, 1.0, -1.0) * STEP * reach
        table = np.tile(at, (1 + len(names), 1))
        for row, j in enumerate(names, start=1):
            table[row, j] += up[j]
        model = self.amounts(table)
        slope = np.zeros((model.shape[1], len(self.settings)))
        for row, j in enumerate(names, start=1):
            slope[:, j] = (model[row] - model[0]) / up[j] * reach[j]
        root = np.linalg.cholesky(self.covariance(model[0]))
        gap = self.seen.amount[self.seen.rows] - model[0]
        solved = np.linalg.solve(root, np.column_stack([gap, slope]))
        return solved[:, 0], solved[:, 1:]

    def covariance(self, model: Array) -> Array:
        """Return how amounts and the model's duties and assays vary together."""
        rows, works = self.seen.rows, self.works
        own = np.maximum(self.seen.own[rows], FLOOR * np.abs(self.seen.amount[rows]))
        found = np.diag(np.maximum(own, 1e-300) ** 2)
        for unit, doubt in zip(works.units, self.seen.duty, strict=True):
            shared = np.array([works.ports[i][0] == unit for i in rows]) * model * doubt
            found = found + np.outer(shared, shared)
        for shared in self.by_assay:
            found = found + np.outer(shared, shared)
        return found

    @cached_property
    def by_assay(self) -> Array:
        """Return the change of the amounts by one sd of each assay."""
        moves = [
            (u, p, c, sd)
            for u, ports in self.seen.content_sd.items()
            for p, parts in ports.items()
            for c, sd in parts.items()
            if sd > 0.0
        ]
        if not moves:
            return np.zeros((0, len(self.seen.rows)))
        content = _plain(self.seen.content)
        for row, (u, p, c, sd) in enumerate(moves, start=1):
            value = np.broadcast_to(content[u][p][c], (1 + len(moves),)).copy()
            value[row] += sd
            content[u][p][c] = value
        at = np.array([s.default for _, s in self.settings])
        table = np.tile(at, (1 + len(moves), 1))
        model = self.amounts(table, content)
        return np.asarray(model[1:] - model[0])

    def best(self, at: Array, chosen: Sequence[int], *, turns: int) -> Array:
        """Return where the chosen settings fit best, inside their ranges."""
        reach = self.high - self.low
        free = list(chosen)
        for _ in range(turns):
            gap, slope = self.look(at, free)
            room = [(end - at)[free] / reach[free] for end in (self.low, self.high)]
            inside = (room[0] - 1e-12, room[1] + 1e-12)
            step = lsq_linear(slope[:, free], gap, bounds=inside).x
            moved = at.copy()
            moved[free] = at[free] + step * reach[free]
            at = np.clip(moved, self.low, self.high)
            if float(np.abs(step).max()) < 1e-7:
                break
        return at


def _plain(content: Assays) -> dict[str, dict[str, dict[str, Array]]]:
    return {
        u: {p: {c: np.asarray(v) for c, v in of.items()} for p, of in ports.items()}
        for u, ports in content.items()
    }


def _gains(
    fit: _Fit, at: Array, seen: tuple[Array, Array], chosen: Sequence[int]
) -> Array:
    """Return by how much each further setting would lower the misfit, in its range."""
    gap, slope = seen
    if chosen:
        basis = _basis(slope[:, list(chosen)])
        slope = slope - basis @ (basis.T @ slope)
        gap = gap - basis @ (basis.T @ gap)
    size, pull = (slope**2).sum(axis=0), slope.T @ gap
    told = size > TELLS * (seen[1] ** 2).sum(axis=0)
    safe = np.where(told & (size > 0.0), size, 1.0)
    reach = fit.high - fit.low
    step = np.clip(pull / safe, (fit.low - at) / reach, (fit.high - at) / reach)
    gains = np.where(told, 2.0 * step * pull - step**2 * size, 0.0)
    gains[list(chosen)] = 0.0
    return np.asarray(gains)


def _best_next(
    fit: _Fit, at: Array, gains: Array, chosen: Sequence[int]
) -> tuple[int, Array]:
    """Return the setting to add, and where all fit with it.

    The few most promising ones are fitted in full.
    Of equals, one that tells an efficiency comes first, then one that people choose.
    """
    order = {"efficiency": 0, "choice": 1, "condition": 2}
    likely = np.argsort(-gains)[:TRIED].tolist()
    likely = [j for j in likely if gains[j] >= 0.5 * gains.max()]
    misfit, places = {}, {}
    for j in likely:
        places[j] = fit.best(at, [*chosen, j], turns=2)
        gap, _ = fit.look(places[j], [])
        misfit[j] = float(gap @ gap)
    least = min(misfit.values())
    equal = [int(j) for j in likely if misfit[j] <= least + EQUAL]
    best = min(equal, key=lambda j: (order[fit.settings[j][1].role], misfit[j]))
    return best, places[best]


def _told(
    fit: _Fit, chosen: Sequence[int], at: Array, gap: Array, slope: Array
) -> list[Found]:
    if not chosen:
        return []
    reach, free = fit.high - fit.low, list(chosen)
    spread = np.linalg.pinv(slope[:, free].T @ slope[:, free])
    misfit = _misfit(gap, slope, free)
    found = []
    for place, j in enumerate(free):
        unit, s = fit.settings[j]
        others = [k for k in free if k != j]
        rest = _misfit(gap + slope[:, j] * (at[j] - s.default) / reach[j],
                       slope, others)  # fmt: skip
        found.append(
            Found(
                unit, s.name, s.unit, s.role, s.default, float(at[j]),
                float(np.sqrt(spread[place, place]) * reach[j]), rest - misfit,
                _seen(fit, slope[:, j]),
                _alike(fit, (gap, slope), others, j=j, shift=at[j] - s.default,
                       limit=misfit + ALIKE),
                bool(min(at[j] - s.low, s.high - at[j]) < 1e-6 * reach[j]),
            )
        )  # fmt: skip
    return found


def _basis(columns: Array) -> Array:
    """Return an orthonormal basis of some columns, those alike counted once."""
    length = np.linalg.norm(columns, axis=0)
    kept = columns[:, length > 0.0] / length[length > 0.0]
    left, size, _ = np.linalg.svd(kept, full_matrices=False)
    return np.asarray(left[:, size > np.sqrt(TELLS)])


def _misfit(gap: Array, slope: Array, free: Sequence[int]) -> float:
    """Return the squared gap that is left when some settings fit best."""
    if not free:
        return float(gap @ gap)
    basis = _basis(slope[:, list(free)])
    left = gap - basis @ (basis.T @ gap)
    return float(left @ left)


def _alike(
    fit: _Fit,
    at: tuple[Array, Array],
    others: Sequence[int],
    *,
    j: int,
    shift: float,
    limit: float,
) -> tuple[Key, ...]:
    """Return settings that would explain as well in place of one, within reach."""
    gap, slope = at
    reach = fit.high - fit.low
    back = gap + slope[:, j] * shift / reach[j]
    found = []
    for k, (unit, s) in enumerate(fit.settings):
        if k == j or k in others or _misfit(back, slope, [*others, k]) > limit:
            continue
        together = slope[:, [*others, k]]
        moved = float(np.linalg.lstsq(together, back, rcond=1e-6)[0][-1])
        if s.low <= s.default + moved * reach[k] <= s.high:
            found.append((unit, s.name))
    return tuple(found)


def _seen(fit: _Fit, slope: Array) -> tuple[Key, ...]:
    """Return the ports that tell most of a setting."""
    weight = slope**2
    ranked = np.argsort(-weight)[:3]
    return tuple(
        fit.works.ports[fit.seen.rows[i]]
        for i in ranked
        if weight[i] > 0.05 * weight.sum()
    )


def settings_told(found: Sequence[Found]) -> dict[str, dict[str, float]]:
    """Return the settings that moved, by the unit each lies with."""
    told: dict[str, dict[str, float]] = {}
    for f in found:
        told.setdefault(f.unit, {})[f.name] = f.value
    return told


def largest(found: Sequence[Found]) -> Mapping[Key, Found]:
    """Return them by unit and name."""
    return {(f.unit, f.name): f for f in found}
