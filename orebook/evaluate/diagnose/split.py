"""Splitting a deviation exactly: workshops first, then the factors of each (Owen)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.evaluate.attribution import owen_values
from orebook.evaluate.diagnose.estimate import Evidence
from orebook.evaluate.diagnose.factor import Factor, joined_feeds
from orebook.evaluate.diagnose.measure import Cases, Gauge
from orebook.evaluate.diagnose.side import Side
from orebook.process.contract import Array

__all__ = ["Split", "classic", "doubts", "gathered", "split"]

STEP = 1e-4
"""Way from base to actual over which the slope at base is taken [-]."""
MOST_ROWS = 24_000
"""Mixtures worked out at most; beyond it assays of a feed go together [-]."""


@dataclass(frozen=True, eq=False)
class Split:
    """A deviation over its factors.

    Parameters
    ----------
    factors : tuple of Factor
        What differs.
    base, actual : array, shape (columns,)
        Figures of the two sides.
    effects : array, shape (factors, columns)
        Part of each factor; they sum to actual less base.
    """

    factors: tuple[Factor, ...]
    base: Array
    actual: Array
    effects: Array


def split(gauge: Gauge, base: Side, actual: Side, factors: Sequence[Factor]) -> Split:
    """Split the change of every figure over the factors.

    Parameters
    ----------
    gauge : Gauge
        What to split.
    base, actual : Side
        The sides, at the same amount of product and on the same components.
    factors : sequence of Factor
        What differs between them.

    Notes
    -----
    The Owen value with the workshops as unions: what a workshop gets is its Shapley
    value among workshops, shared within by Shapley. Exact for any model.
    """
    ends = np.array([[False] * len(factors), [True] * len(factors)])
    first, last = gauge.figures(_cases(gauge, base, actual, factors, ends))
    if not factors:
        none = np.zeros((0, len(first)))
        return Split((), first, last, none)
    grouped: dict[str, list[int]] = {}
    for i, factor in enumerate(factors):
        grouped.setdefault(factor.centre, []).append(i)
    order = [i for members in grouped.values() for i in members]
    groups = {c: [factors[i].id for i in members] for c, members in grouped.items()}
    place = np.argsort(order)

    def value(members: NDArray[np.bool_]) -> Array:
        on = members[:, place]
        return gauge.figures(_cases(gauge, base, actual, factors, on))

    parts = owen_values(value, groups)
    return Split(tuple(factors), first, last, parts[place])


def gathered(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """Return the factors, assays of a feed together where they are too many."""
    for whole in (False, True):
        if rows_needed(factors) > MOST_ROWS:
            factors = joined_feeds(factors, whole=whole)
    return factors


def rows_needed(factors: Sequence[Factor]) -> int:
    """Return how many mixtures a split asks for."""
    sizes: dict[str, int] = {}
    for f in factors:
        sizes[f.centre] = sizes.get(f.centre, 0) + 1
    return sum(2 ** (len(sizes) - 1 + n) for n in sizes.values())


def _cases(
    gauge: Gauge,
    base: Side,
    actual: Side,
    factors: Sequence[Factor],
    on: Array | NDArray[np.bool_],
) -> Cases:
    """Return the mixtures: each factor so far from base to actual as ``on`` says."""
    works, rows = gauge.works, len(on)
    shape = (rows, len(works.ports))
    excess = np.broadcast_to(base.excess, shape).copy()
    extra = np.broadcast_to(base.extra, shape).copy()
    reference: Array = np.tile(base.duties, (rows, 1))
    held: Array = np.tile(gauge.held(base), (rows, 1))
    setting: dict[str, dict[str, Array]] = {
        u: {n: np.full(rows, v) for n, v in of.items()} for u, of in base.stands.items()
    }
    content: dict[str, dict[str, dict[str, Array]]] = {
        u: {p: {c: np.asarray(v) for c, v in of.items()} for p, of in ports.items()}
        for u, ports in base.content.items()
    }
    flat = [(s, on[:, k]) for k, f in enumerate(factors) for s in f.single]
    for factor, mask in flat:
        now, before = factor.actual or 0.0, factor.base or 0.0
        if factor.kind == "feed":
            port, _, c = factor.name.rpartition(":")
            content[factor.unit][port][c] = _between(mask, before, now)
        elif factor.kind == "setting":
            told = setting.setdefault(factor.unit, {})
            told[factor.name] = _between(mask, before, now)
        elif factor.kind == "mix":
            reference = _between(mask[:, None], reference, actual.duties)
            held = _between(mask[:, None], held, gauge.held(actual))
            for u, of in actual.followed.items():
                for n, v in of.items():
                    stood = base.followed.get(u, {}).get(n, v)
                    setting.setdefault(u, {})[n] = _between(mask, stood, v)
        else:
            excess = _between(mask[:, None], excess, actual.excess)
            extra = _between(mask[:, None], extra, actual.extra)
    return Cases(setting, content, excess, extra, reference, held)


def _between(
    share: Array | NDArray[np.bool_], before: Array | float, now: Array | float
) -> Array:
    """Return a value on the way from base to actual, either end to the last digit."""
    way = before + share * (np.asarray(now) - before)
    return np.where(share == 1.0, now, np.where(share == 0.0, before, way))


def classic(gauge: Gauge, base: Side, actual: Side, factors: Sequence[Factor]) -> Array:
    """Return the classic driver tree: slope of the model at base times the change.

    Parameters
    ----------
    gauge, base, actual, factors
        As in :func:`split`.

    Returns
    -------
    ndarray, shape (factors, columns)
        What is left of the whole change is joint: no factor alone has it.
    """
    count = len(factors)
    rows = np.vstack([np.zeros((1, count)), STEP * np.eye(count)])
    found = gauge.figures(_cases(gauge, base, actual, factors, rows))
    return np.asarray((found[1:] - found[0]) / STEP)


def doubts(
    gauge: Gauge, side: Side, factors: Sequence[Factor], seen: Evidence
) -> Array:
    """Return one standard deviation of every effect that measuring leaves open.

    Parameters
    ----------
    gauge : Gauge
        What is split.
    side : Side
        The closed month.
    factors : sequence of Factor
        What differs.
    seen : Evidence
        How sure its amounts and assays are.

    Returns
    -------
    ndarray, shape (factors, columns)
        Linear in each doubt, at the closed month. What nobody explains is as unsure as
        the amounts the figure is made of and all that is explained.
    """
    moves = [
        (k, move)
        for k, f in enumerate(factors)
        for s in f.single
        for move in _moves(gauge, s, seen)
    ]
    rows = 1 + len(moves)
    setting: dict[str, dict[str, Array]] = {
        u: {n: np.full(rows, v) for n, v in of.items()} for u, of in side.stands.items()
    }
    content: dict[str, dict[str, dict[str, Array]]] = {
        u: {p: {c: np.full(rows, v) for c, v in of.items()} for p, of in ports.items()}
        for u, ports in side.content.items()
    }
    reference = np.tile(side.duties, (rows, 1))
    for row, (_, move) in enumerate(moves, start=1):
        if move.duty is not None:
            reference[row, move.duty] *= 1.0 + move.size
        elif move.component is None:
            own = setting.setdefault(move.unit, {})
            own.setdefault(move.name, np.full(rows, move.at))[row] += move.size
        else:
            content[move.unit][move.name][move.component][row] += move.size
    cases = Cases(
        setting, content, np.tile(side.excess, (rows, 1)),
        np.tile(side.extra, (rows, 1)), reference,
        np.tile(gauge.held(side), (rows, 1)),
    )  # fmt: skip
    found = gauge.figures(cases)
    squares = np.zeros((len(factors), found.shape[1]))
    for row, (k, _) in enumerate(moves, start=1):
        squares[k] += (found[row] - found[0]) ** 2
    for k, factor in enumerate(factors):
        if factor.kind == "unexplained":
            squares[k] = gauge.read_doubt(side, seen.own) ** 2 + squares.sum(axis=0)
    return np.asarray(np.sqrt(squares))


@dataclass(frozen=True, slots=True)
class _Move:
    """A setting, a component of a feed or a duty, moved by its doubt."""

    unit: str
    name: str
    size: float
    component: str | None = None
    duty: int | None = None
    at: float = 0.0


def _moves(gauge: Gauge, factor: Factor, seen: Evidence) -> list[_Move]:
    """Return what a factor rests on, each moved by its doubt inside its range."""
    if factor.kind == "setting" and factor.found is not None:
        f = factor.found
        known = gauge.works.network.processes[f.unit].settings
        entry = next(s for s in known if s.name == f.name)
        at = entry.default if factor.actual is None else factor.actual
        up = at + f.sd <= entry.high
        size = f.sd if up else -min(f.sd, at - entry.low)
        return [_Move(f.unit, f.name, size, at=at)]
    if factor.kind == "feed":
        port, _, c = factor.name.rpartition(":")
        sd = seen.content_sd.get(factor.unit, {}).get(port, {}).get(c, 0.0)
        return [_Move(factor.unit, port, sd, c)] if sd > 0.0 else []
    return _shares_moved(gauge, seen) if factor.kind == "mix" else []


def _shares_moved(gauge: Gauge, seen: Evidence) -> list[_Move]:
    """Return the duties whose share in their unit is read, each with its doubt."""
    works, found = gauge.works, []
    place = {key: i for i, key in enumerate(works.ports)}
    for k, (unit, name) in enumerate(works.duties):
        duties = works.network.processes[unit].duties
        port = next(d.read_at for d in duties if d.name == name)
        if len(duties) > 1 and port is not None:
            i = place[unit, port]
            if seen.amount[i] != 0.0:
                share = float(seen.own[i] / abs(seen.amount[i]))
                found.append(_Move(unit, name, share, duty=k))
    return found
