"""Deltas in a plan: how far each setting or quality moves from the operating point.

Notes
-----
What a setting changes is proportional to what the unit does. The column of a delta is
therefore the movement times the activity, ``w = A sigma`` with ``A`` the sum of the
unit's duties and ``sigma`` the movement as a share of the range, bounded by
``low A <= w <= high A``. A unit with one duty whose ratios are straight lines in its
settings is then exact however far duty and setting move together, and a unit that
stands still at the operating point is still seen. For a process that is not linear in
its duties the activity is that of the operating point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.plan.assemble import Section
from orebook.plan.blocks.work import Work
from orebook.plan.linearise import Tangent, Variable
from orebook.plan.lp import Block, FloatArray

__all__ = ["DELTA", "Step", "Swing", "deltas", "entity", "movements"]

PIECES = (1 / 32, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)
"""Widths of the straight pieces of a charge, as shares of the trust region [-]."""
DELTA = "delta"
"""Name of the block of columns."""


@dataclass(frozen=True, slots=True)
class Step:
    """The variables of one unit that may move, and how far.

    Parameters
    ----------
    unit : str
        Unit id.
    tangent : Tangent
        The unit at its operating point, with a slope by each variable.
    variables : tuple of Variable
        Settings or qualities that may move; V of them.
    scale : array of float, shape (V,)
        What a movement of 1 is in the unit of the variable.
    low, high : array of float, shape (V, T)
        Least and largest movement [-].
    linear : bool
        Whether the process is linear in its duties.
    bend : array of float, shape (V, T), optional
        How fast the worth of each movement falls [CNY]: a movement ``sigma`` is charged
        ``bend sigma**2 / 2``, which keeps a straight model from running to its edge.
    """

    unit: str
    tangent: Tangent
    variables: tuple[Variable, ...]
    scale: FloatArray
    low: FloatArray
    high: FloatArray
    linear: bool
    bend: FloatArray | None = None

    def activity(self) -> FloatArray:
        """Return the activity of the operating point, shape (T,), above 0."""
        total = np.sum(list(self.tangent.duty.values()), axis=0)
        return np.asarray(np.where(total > 0.0, total, 1.0), np.float64)


def entity(unit: str, variable: Variable) -> str:
    """Return the name of a delta column.

    Examples
    --------
    >>> entity("line-1", ("setting", "current"))
    'line-1:setting:current'
    """
    return ":".join((unit, *variable))


@dataclass(frozen=True, slots=True)
class Swing:
    """A duty that is charged for leaving its operating point.

    Parameters
    ----------
    unit, duty : str
        Unit and name of its duty.
    centre, far : array of float, shape (T,)
        Operating duty, and how far it may move [duty unit].
    bend : array of float, shape (T,)
        A movement ``far`` is charged half of this [CNY].
    """

    unit: str
    duty: str
    centre: FloatArray
    far: FloatArray
    bend: FloatArray


def deltas(steps: Sequence[Step], swings: Sequence[Swing] = ()) -> Section:
    """Return the section that adds the deltas of some units to a plan.

    Parameters
    ----------
    steps : sequence of Step
        At most one a unit.
    swings : sequence of Swing
        Duties of processes that are not linear in them.

    Returns
    -------
    Section
        To be given to :func:`orebook.plan.assemble.assemble` as one of ``more``.
    """

    def add(work: Work) -> None:
        names: list[str] = []
        low, high = [], []
        for step in steps:
            for i, variable in enumerate(step.variables):
                _flows(work, step, i, work.base + len(names))
                names.append(entity(step.unit, variable))
                held = not step.linear
                size = step.activity()
                low.append(step.low[i] * size if held else np.full(size.shape, -np.inf))
                high.append(
                    step.high[i] * size if held else np.full(size.shape, np.inf)
                )
        charged = [_Charged(work.columns_of["duty"], s) for s in swings]
        if names:
            block = work.columns(
                DELTA, names, lower=np.array(low), upper=np.array(high)
            )
            for step in steps:
                _loads(work, step, block)
            _ranges(work, [s for s in steps if s.linear], block)
            charged += [
                _Charged(block, step, i)
                for step in steps
                if step.bend is not None
                for i in range(len(step.variables))
            ]
        _curves(work, [c for c in charged if c.bend.any()])

    return add


class _Charged:
    """A column that is charged for leaving its centre, in duties or activities."""

    def __init__(self, block: Block, of: Step | Swing, i: int = 0) -> None:
        self.centre = np.zeros(block.periods)
        if isinstance(of, Swing):
            self.name = f"{of.unit}:{of.duty}"
            self.centre, self.far, self.bend = of.centre, of.far, of.bend
        else:
            assert of.bend is not None
            self.name = entity(of.unit, of.variables[i])
            share = np.maximum(np.abs(of.low[i]), np.abs(of.high[i]))
            self.far = share * of.activity()
            self.bend = of.bend[i] * share**2
        self.columns = block.slice(self.name)


def _curves(work: Work, charged: Sequence[_Charged]) -> None:
    """Charge movements by their square, in straight pieces that grow outwards."""
    if not charged:
        return
    edges = np.concatenate([[0.0], np.cumsum(PIECES)])
    names, upper, cost = [], [], []
    for c in charged:
        with np.errstate(divide="ignore", invalid="ignore"):
            dear = np.where(c.far > 0.0, c.bend / c.far, 0.0)
        for side in "+-":
            for k, width in enumerate(PIECES):
                names.append(f"{c.name}{side}{k}")
                last = k == len(PIECES) - 1
                upper.append(np.where(last, np.inf, width * c.far))
                cost.append(dear * (edges[k] + edges[k + 1]) / 2.0)
    block = work.columns("curve", names, cost=np.array(cost), upper=np.array(upper))
    centre = np.array([c.centre for c in charged])
    rows = work.builder.rows(
        "curve", [c.name for c in charged], lower=centre, upper=centre
    )
    pieces = block.all().reshape(len(charged), 2, len(PIECES), -1)
    for r, c in enumerate(charged):
        place = np.arange(c.columns.start, c.columns.stop)
        work.builder.entries(rows.all()[r], place, 1.0)
        work.builder.entries(rows.all()[r], pieces[r, 0], -1.0)
        work.builder.entries(rows.all()[r], pieces[r, 1], 1.0)


def _slope(step: Step, i: int, tangent: Tangent, slopes: FloatArray) -> FloatArray:
    """Return the change per unit of a delta column, shape (T,)."""
    row = tangent.place(step.variables[i])
    return np.asarray(slopes[row] * step.scale[i] / step.activity(), np.float64)


def _moved_by(step: Step, i: int) -> Iterator[tuple[str, Tangent]]:
    """Yield the unit of a variable, and the others that share it."""
    yield step.unit, step.tangent
    for unit, tangent in step.tangent.members.items():
        if step.variables[i] in tangent.variables:
            yield unit, tangent


def _flows(work: Work, step: Step, i: int, column: int) -> None:
    for unit, tangent in _moved_by(step, i):
        for stream in work.network.of(unit):
            slopes = tangent.flow_slopes.get(stream.port)
            if slopes is None:
                continue
            weights = _slope(step, i, tangent, slopes)
            if weights.any():
                work.term(stream.id, column, stream.sign * weights)


def _loads(work: Work, step: Step, block: Block) -> None:
    """Let the deltas load the limits of their units, least loads included."""
    for i, variable in enumerate(step.variables):
        column = block.slice(entity(step.unit, variable))
        for unit, tangent in _moved_by(step, i):
            for family, name, load in _limits_of(work, unit):
                weights = _slope(step, i, tangent, tangent.load_slopes[load])
                row = work.rows_of[family].slice(name)
                work.builder.entries(
                    np.arange(row.start, row.stop),
                    np.arange(column.start, column.stop),
                    weights,
                )


def _limits_of(work: Work, name: str) -> list[tuple[str, str, str]]:
    """Return the rows that hold a unit's loads: family, entity and limit."""
    unit = work.chain.unit[name]
    rows = [("capacity", f"{unit.id}:{limit}", limit) for limit in unit.limits]
    if unit.minimum > 0 and rows:
        rows.append(("minimum", unit.id, rows[0][2]))
    return rows


def _ranges(work: Work, steps: Sequence[Step], block: Block) -> None:
    """Hold each delta within its range times the activity of its unit."""
    members = [(s, i) for s in steps for i in range(len(s.variables))]
    if not members:
        return
    duty = work.columns_of["duty"]
    names = [entity(s.unit, s.variables[i]) for s, i in members]
    columns = np.array([block.position(n) for n in names])
    for side in ("low", "high"):
        sign = -1.0 if side == "low" else 1.0
        rows = work.builder.rows(f"delta_{side}", names, lower=-np.inf, upper=0.0)
        work.builder.entries(rows.all(), block.all()[columns], sign)
        for r, (step, i) in enumerate(members):
            far = -sign * getattr(step, side)[i]
            for name in step.tangent.duty:
                place = duty.slice(f"{step.unit}:{name}")
                work.builder.entries(
                    rows.all()[r], np.arange(place.start, place.stop), far
                )


def movements(
    steps: Sequence[Step],
    delta: FloatArray,
    duties: dict[str, dict[str, FloatArray]],
) -> list[FloatArray]:
    """Return the movements a solution chose, one array of shape (V, T) a step [-].

    Parameters
    ----------
    steps : sequence of Step
        As given to `deltas`.
    delta : array of float, shape (members, T)
        Values of the delta columns.
    duties : dict
        Duties of the solution by unit and name, shape (T,).

    Returns
    -------
    list of array
        Within ``low`` and ``high``; 0 where the unit stands still.
    """
    found, row = [], 0
    for step in steps:
        count = len(step.variables)
        total = np.sum([duties[step.unit][n] for n in step.tangent.duty], axis=0)
        size = total if step.linear else step.activity()
        runs = size > 1e-9 * np.maximum(1.0, step.activity())
        moved = delta[row : row + count] / np.where(runs, size, 1.0)
        moved = np.where(runs, moved, 0.0)
        found.append(np.clip(moved, step.low, step.high))
        row += count
    return found
