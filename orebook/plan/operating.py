"""How a plan runs its units: settings chosen, their worth, physics against plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from orebook.plan.lp import FloatArray
from orebook.plan.setting_words import told

__all__ = ["AGREES", "Gap", "Operating", "Place", "SettingChoice", "Start"]

Status = Literal["converged", "stuck", "limit"]
Start = Literal["book", "low", "high"]
Place = Literal["low", "high", "inside"]
AGREES = 1e-6
"""Relative gap below which physics and plan agree [-]."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Where plan and physics differ most.

    Parameters
    ----------
    unit, port, period : str
        Unit; port, limit or indicator; name of the period.
    share : float
        Difference relative to the physics [-].
    """

    unit: str
    port: str
    period: str
    share: float

    def to_dict(self) -> dict[str, object]:
        """Return the gap as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, eq=False)
class SettingChoice:
    """One setting the plan was free to choose.

    Parameters
    ----------
    unit, setting, centre, of : str
        Unit, name of the setting, centre that answers for the unit, unit of measure.
    book : float
        Value of the book.
    low, high : float
        Range the plan might choose from.
    chosen : array of float, shape (T,)
        Value of the plan.
    slope : array of float, shape (T,)
        What one unit more of the setting is worth at internal prices, with the duty
        held [CNY per unit of the setting].
    runs : array of bool, shape (T,)
        Whether the unit runs; the setting of a unit that stands still says nothing.
    gain : float or None
        Margin lost over the horizon with this setting put back to the book's value in
        every period, the rest of the plan free to answer [CNY]; 0 where it did not
        move, None where no plan exists then or it was not asked for.
    corner : array of bool, shape (T,)
        Whether the slope is more than rounding.
    """

    unit: str
    setting: str
    centre: str
    of: str
    book: float
    low: float
    high: float
    chosen: FloatArray
    slope: FloatArray
    runs: np.typing.NDArray[np.bool_]
    gain: float | None
    corner: np.typing.NDArray[np.bool_]

    @property
    def tolerance(self) -> float:
        """Difference below which two values of the setting are the same."""
        return 1e-6 * max(self.high - self.low, 1e-12)

    def place(self, t: int) -> Place:
        """Return where the value of a period lies in the range."""
        if self.chosen[t] <= self.low + self.tolerance:
            return "low"
        return "high" if self.chosen[t] >= self.high - self.tolerance else "inside"

    def moved(self, t: int) -> bool:
        """Return whether the plan left the book's value in a period."""
        return abs(float(self.chosen[t]) - self.book) > self.tolerance


@dataclass(frozen=True)
class Operating:
    """How the settings of a plan were found, and whether physics and plan agree.

    Parameters
    ----------
    status : {"converged", "stuck", "limit"}
        Whether the last linear model still promised anything; ``stuck`` where its
        promises were not kept however small the step, ``limit`` after too many steps.
    iterations, solves : int
        Steps of the successive linear programme; linear programmes solved [-].
    promised : float
        What the last linear model still promised [CNY].
    start_margin : float
        Margin at the settings of the start, physics and plan agreeing there or not
        [CNY].
    reached : mapping
        Margin reached from each start, ``book``, ``low`` or ``high`` [CNY]; where they
        differ the physics have more than one local optimum, and the best was kept.
    gap : Gap or None
        Largest difference of plan and physics over all units, ports, limits,
        indicators and periods.
    doubtful : tuple of str
        ``UNIT:SETTING`` whose slope differs between two step sizes by more than 1 %:
        the physics has a kink or a jump there.
    settings : tuple of SettingChoice
        Settings the plan was free to choose.
    seconds : mapping
        Time of each step [s]; never part of `to_dict`.
    """

    status: Status
    iterations: int
    solves: int
    promised: float
    start_margin: float
    reached: Mapping[str, float]
    gap: Gap | None
    doubtful: tuple[str, ...]
    settings: tuple[SettingChoice, ...]
    seconds: Mapping[str, float]

    @property
    def agrees(self) -> bool:
        """Whether physics and plan agree to 1e-6 on every unit."""
        return self.gap is None or self.gap.share <= AGREES

    @property
    def moved(self) -> tuple[SettingChoice, ...]:
        """Settings that left the book's value in any period, the dearest first."""
        found = [
            c for c in self.settings if any(c.moved(t) for t in range(c.chosen.size))
        ]
        return tuple(sorted(found, key=lambda c: (-(c.gain or 0.0), c.unit, c.setting)))

    def summary(self, lang: str = "zh") -> str:
        """Return what was chosen in a few lines.

        Parameters
        ----------
        lang : str
            ``"zh"`` or ``"en"``.
        """
        return told(self, lang)

    def to_dict(self, periods: tuple[str, ...]) -> dict[str, object]:
        """Return the result as plain data with stable names.

        Parameters
        ----------
        periods : tuple of str
            Names of the plan's periods.
        """
        return {
            "status": self.status,
            "agrees": self.agrees,
            "gap": None if self.gap is None else self.gap.to_dict(),
            "iterations": self.iterations,
            "solves": self.solves,
            "promised_cny": self.promised,
            "start_margin_cny": self.start_margin,
            "reached_cny": dict(self.reached),
            "doubtful": list(self.doubtful),
            "settings": [row for c in self.settings for row in _rows(c, periods)],
        }


def _rows(choice: SettingChoice, periods: tuple[str, ...]) -> list[dict[str, object]]:
    return [
        {
            "unit": choice.unit,
            "setting": choice.setting,
            "centre": choice.centre,
            "period": name,
            "book": choice.book,
            "chosen": float(choice.chosen[t]),
            "low": choice.low,
            "high": choice.high,
            "measure": choice.of,
            "place": choice.place(t),
            "moved": choice.moved(t),
            "corner": bool(choice.corner[t] and choice.place(t) == "inside"),
            "runs": bool(choice.runs[t]),
            "worth_cny": float(choice.slope[t]),
            "gain_cny": choice.gain,
        }
        for t, name in enumerate(periods)
    ]
