"""The board of settings: one call from many settings to cost, index and needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from orebook.errors import InputError
from orebook.plan.advice.index import Index
from orebook.plan.advice.needs import Need
from orebook.plan.advice.stand import Stand
from orebook.plan.advice.together import at_today, last_product, run_together
from orebook.process.contract import Outcome

__all__ = ["Board", "Knob", "Sheet", "Slopes", "check_range", "slopes"]

FloatArray = npt.NDArray[np.float64]
STEP = 1e-4
"""Distance of two settings for a derivative, as a share of the range [-]."""


@dataclass(frozen=True, slots=True)
class Knob:
    """A setting that may be chosen.

    Parameters
    ----------
    unit, name, measure : str
        Unit it belongs to, its name, its unit of measure.
    low, high, today : float
        Range and value today [measure].
    """

    unit: str
    name: str
    measure: str
    low: float
    high: float
    today: float

    @property
    def id(self) -> str:
        """Name that no other has."""
        return f"{self.unit}.{self.name}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What some settings lead to, each of shape (cases,) and (needs, cases).

    Parameters
    ----------
    cost : array of float
        Cost of the products with all rents [CNY].
    index : array of float
        The index [its unit].
    excess : array of float
        How far each need is missed; at most 0 where it holds [-].
    """

    cost: FloatArray
    index: FloatArray
    excess: FloatArray


@dataclass(frozen=True)
class Board:
    """Units whose settings are chosen together.

    Parameters
    ----------
    stands : tuple of Stand
        The units.
    knobs : tuple of Knob
        What may be chosen.
    needs : tuple of Need
        What must hold.
    index : Index
        What is weighed against cost.
    others : tuple of Stand
        Further units that share a setting which lies with one of these: they feel it,
        so what it changes of their cost counts too.
    """

    stands: tuple[Stand, ...]
    knobs: tuple[Knob, ...]
    needs: tuple[Need, ...]
    index: Index
    others: tuple[Stand, ...] = ()

    @property
    def today(self) -> FloatArray:
        """The settings of today, shape (knobs,); 0 is low, 1 is high [-]."""
        return np.array([(k.today - k.low) / (k.high - k.low) for k in self.knobs])

    def settings(self, z: FloatArray) -> dict[str, dict[str, FloatArray]]:
        """Return settings by unit and name [measure].

        Parameters
        ----------
        z : array of float, shape (..., knobs)
            Shares of the ranges [-].
        """
        found: dict[str, dict[str, FloatArray]] = {s.unit.id: {} for s in self.stands}
        for k, knob in enumerate(self.knobs):
            # written so that both ends are met exactly
            value = (1.0 - z[..., k]) * knob.low + z[..., k] * knob.high
            ends = min(knob.low, knob.today), max(knob.high, knob.today)
            found[knob.unit][knob.name] = np.clip(value, *ends)
        return found

    def outcomes(self, z: FloatArray) -> tuple[dict[str, Outcome], FloatArray]:
        """Return what every unit does, and the cost of all [CNY].

        Where a setting is shared, duties follow from the balances between the units
        that feel it, and of the others the cost counts that is not there today.
        """
        chosen = self.settings(z)
        if self.shared:
            every = (*self.stands, *self.others)
            told = {s.unit.id: self._told(s, chosen) for s in every}
            held = last_product(every, self._today_done)
            done, more = run_together(every, told, held=held, today=self._today_done)
            return done, np.broadcast_to(self._cost_today + more, z.shape[:-1])
        found, cost = {}, np.zeros(z.shape[:-1])
        for s in self.stands:
            outcome, factor = s.run(chosen[s.unit.id])
            found[s.unit.id] = outcome
            cost = cost + s.cost(outcome, factor)
        return found, cost

    @cached_property
    def shared(self) -> bool:
        """Whether a setting that may be chosen moves in several of the units."""
        felt = {
            (x.shared, x.name)
            for s in (*self.stands, *self.others)
            for x in s.process.settings
            if x.shared not in (None, s.unit.id)
        }
        return any((k.unit, k.name) in felt for k in self.knobs)

    @cached_property
    def _today_done(self) -> dict[str, Outcome]:
        return {s.unit.id: at_today(s) for s in (*self.stands, *self.others)}

    @cached_property
    def _cost_today(self) -> float:
        return sum(float(s.cost(*s.run({}))) for s in self.stands)

    def _told(
        self, stand: Stand, chosen: dict[str, dict[str, FloatArray]]
    ) -> dict[str, FloatArray]:
        """Return what a unit is told: its own settings, and those it shares."""
        shared = {
            x.name: chosen[x.shared][x.name]
            for x in stand.process.settings
            if x.shared is not None and x.name in chosen.get(x.shared, {})
        }
        return {**chosen.get(stand.unit.id, {}), **shared}

    def sheet(self, z: FloatArray) -> Sheet:
        """Return cost, index and needs of many settings in one call.

        Parameters
        ----------
        z : array of float, shape (cases, knobs)
            Shares of the ranges [-].
        """
        outcomes, cost = self.outcomes(z)
        count = (z.shape[0],)
        excess = [np.broadcast_to(n.excess(outcomes), count) for n in self.needs]
        return Sheet(
            np.broadcast_to(cost, count),
            np.broadcast_to(self.index.value(outcomes), count),
            np.array(excess, np.float64).reshape(len(self.needs), *count),
        )


@dataclass(frozen=True, slots=True)
class Slopes:
    """A point with its derivatives along every setting.

    Parameters
    ----------
    cost, index : float
        Values [CNY, unit of the index].
    excess : array of float, shape (needs,)
        Needs [-].
    cost_slope, index_slope : array of float, shape (knobs,)
        Per full range of a setting.
    excess_slope : array of float, shape (needs, knobs)
        The same of every need [-].
    """

    cost: float
    index: float
    excess: FloatArray
    cost_slope: FloatArray
    index_slope: FloatArray
    excess_slope: FloatArray


def slopes(board: Board, z: FloatArray, *, step: float = STEP) -> Slopes:
    """Return a point and its derivatives in one broadcast call.

    Parameters
    ----------
    board : Board
        What is evaluated.
    z : array of float, shape (knobs,)
        Shares of the ranges, 0 to 1 [-].
    step : float
        Distance of two settings [-].

    Returns
    -------
    Slopes
        Derivative of the parabola through three points; they lie around the point, or
        inside the range where it ends there, so that the error is of second order
        everywhere and no setting leaves its range.
    """
    count = z.size
    middle = np.clip(z, step, 1.0 - step)
    points = np.tile(z, (3 * count + 1, 1))
    for k in range(count):
        points[3 * k : 3 * k + 3, k] = middle[k] + step * np.array([-1.0, 0.0, 1.0])
    sheet = board.sheet(points)
    t = (z - middle) / step
    weights = np.array([t - 0.5, -2.0 * t, t + 0.5]) / step  # (3, knobs)

    def slope(values: FloatArray) -> FloatArray:
        table = values[..., :-1].reshape(*values.shape[:-1], count, 3)
        return np.asarray(np.einsum("...kj,jk->...k", table, weights))

    return Slopes(
        float(sheet.cost[-1]),
        float(sheet.index[-1]),
        sheet.excess[:, -1],
        slope(sheet.cost),
        slope(sheet.index),
        slope(sheet.excess),
    )


def check_range(knob: Knob, low: float, high: float) -> None:
    """Refuse a range that is empty or leaves what the physics hold for.

    Raises
    ------
    InputError
        With the range that is right.
    """
    if not low <= knob.low < knob.high <= high:
        raise InputError(
            f"free setting {knob.id} = {knob.low:g}..{knob.high:g} {knob.measure}: "
            f"expected low below high within {low:g}..{high:g} {knob.measure}, where "
            "its physics hold; correct the range"
        )
