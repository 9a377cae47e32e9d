"""Sweeps: the margin over a range of one or two data, warm along the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orebook.errors import InputError
from orebook.plan.conditions import FloatArray
from orebook.plan.replan import StandingPlan
from orebook.plan.replan_changes import Changes, check_changes
from orebook.plan.scenario.datum import Datum, moved, read_datum
from orebook.plan.scenario.jobs import Progress, Runner, run
from orebook.plan.scenario.margins import Outcome, path_outcomes
from orebook.plan.scenario.overlay import joined

__all__ = ["Axis", "Sweep", "read_axis", "sweep"]

MOST_POINTS = 2000
"""Points of a grid at most [-]."""
SHOWN = 6
_RANGE = re.compile(
    r"(?P<low>[-+]?[\d.]+)\s*%\s*\.\.\s*(?P<high>[-+]?[\d.]+)\s*%\s*:\s*(?P<count>\d+)$"
)


@dataclass(frozen=True, slots=True)
class Axis:
    """A datum and the factors it takes in turn.

    Parameters
    ----------
    datum : Datum
        What moves.
    factors : tuple of float
        In the order of the sweep, at least one [-].
    """

    datum: Datum
    factors: tuple[float, ...]


def read_axis(text: str) -> Axis:
    """Read an axis: ``"price sell:ID=-20%..+20%:9"``.

    Parameters
    ----------
    text : str
        A datum, ``=``, the lowest and the highest change, ``:``, the points.

    Raises
    ------
    InputError
        If it is written in another way.

    Examples
    --------
    >>> read_axis("price sell:al=-20%..+20%:5").factors
    (0.8, 0.9, 1.0, 1.1, 1.2)
    """
    name, _, values = text.partition("=")
    found = _RANGE.match(values.strip())
    if found is None or int(found["count"]) < 1:
        raise InputError(
            f"'{text}' is no axis of a sweep; expected DATUM=LOW%..HIGH%:POINTS; write "
            'for example "price sell:ID=-20%..+20%:9"'
        )
    low, high = float(found["low"]), float(found["high"])
    points = np.linspace(1.0 + low / 100.0, 1.0 + high / 100.0, int(found["count"]))
    return Axis(read_datum(name), tuple(round(float(f), 12) for f in points))


@dataclass(frozen=True)
class Sweep:
    """The margin over one or two data.

    Parameters
    ----------
    plan : StandingPlan
        Where every point starts from.
    axes : tuple of Axis
        One or two.
    margin : array of float, shape (points of the first axis, points of the second)
        Margin over the horizon; nan where there is no plan [CNY].
    flows : mapping of str to array
        Amount over the horizon of the flows that change most [unit of the stream],
        shaped like ``margin``.
    messages : tuple of tuple of str
        Why there is no plan, shaped like ``margin``; empty where there is one.
    iterations : int
        Iterations of the solver at all points [-].
    """

    plan: StandingPlan
    axes: tuple[Axis, ...]
    margin: FloatArray
    flows: dict[str, FloatArray]
    messages: tuple[tuple[str, ...], ...]
    iterations: int

    @property
    def drawable(self) -> bool:
        """Whether any point has a plan."""
        return bool(np.isfinite(self.margin).any())

    def summary(self, lang: str = "zh") -> str:
        """Return the sweep as text, ``lang`` being ``"zh"`` or ``"en"``."""
        from orebook.plan.scenario.words import sweep_table

        return sweep_table(self, lang)

    def to_dict(self) -> dict[str, object]:
        """Return the sweep as plain data with stable names."""
        return {
            "periods": [p.name for p in self.plan.periods],
            "base_cny": self.plan.margin,
            "axes": [
                {"datum": a.datum.key, "factors": list(a.factors)} for a in self.axes
            ],
            "margin_cny": [[_finite(v) for v in row] for row in self.margin],
            "flows": {
                k: [[_finite(v) for v in row] for row in rows]
                for k, rows in self.flows.items()
            },
            "messages": [list(row) for row in self.messages],
            "iterations": self.iterations,
        }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def sweep(
    plan: StandingPlan,
    axes: Sequence[Axis],
    *,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Return the margin at every point of one or two axes.

    Parameters
    ----------
    plan : StandingPlan
        What every point is laid over.
    axes : sequence of Axis
        One or two; the first is swept, the second makes one path each.
    runner : Runner, optional
        Where the paths run; the result does not depend on it.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Sweep
        With every point, those without a plan marked.

    Raises
    ------
    InputError
        If there are no or too many axes or points, or a datum is not in the plan.

    Notes
    -----
    Each path is solved in the order of its points, every point warm from its
    neighbour; paths are independent jobs.
    """
    points = int(np.prod([len(a.factors) for a in axes]))
    if not 1 <= len(axes) <= 2 or points > MOST_POINTS:
        raise InputError(
            f"a sweep over {len(axes)} data with {points} points; expected one or two "
            f"data and at most {MOST_POINTS} points; sweep fewer"
        )
    second = axes[1].factors if len(axes) == 2 else (1.0,)
    paths = []
    for other in second:
        aside = moved(plan, axes[1].datum, other) if len(axes) == 2 else Changes()
        path = [joined([aside, moved(plan, axes[0].datum, f)]) for f in axes[0].factors]
        for one in path:
            check_changes(plan, one)
        paths.append(path)
    found = run(path_outcomes, plan, paths, runner=runner, progress=progress)
    return _gathered(plan, tuple(axes), found)


def _gathered(
    plan: StandingPlan, axes: tuple[Axis, ...], found: Sequence[Sequence[Outcome]]
) -> Sweep:
    grid = [list(row) for row in zip(*found, strict=True)]  # first axis down
    amounts = np.array([[o.amounts.sum(axis=1) for o in row] for row in grid])
    flows = {}
    for i in _moving(plan, amounts):
        flows[plan.network.streams[i].id] = amounts[:, :, i]
    return Sweep(
        plan,
        axes,
        np.array([[o.margin for o in row] for row in grid]),
        flows,
        tuple(tuple(o.message for o in row) for row in grid),
        sum(o.iterations for row in grid for o in row),
    )


def _moving(plan: StandingPlan, amounts: FloatArray) -> list[int]:
    """Return the traded and shipped flows that move most, by money at plan prices."""
    price = np.abs(plan.prices.price.mean(axis=1))
    streams = plan.network.streams
    if not np.isfinite(amounts).any():
        return []
    spread = np.nanmax(amounts, axis=(0, 1)) - np.nanmin(amounts, axis=(0, 1))
    level = np.nanmax(np.abs(amounts), axis=(0, 1))
    money = np.zeros(len(streams))
    for i, s in enumerate(streams):
        if s.role in ("buy", "sell", "send") and spread[i] > 1e-6 * level[i]:
            money[i] = spread[i] * price[plan.network.balance_position[s.balance]]
    order = np.argsort(-money, kind="stable")[:SHOWN]
    return [int(i) for i in order if money[i] > 0.0]
