"""Tornado: what each datum moves in money when it goes down and up by a share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orebook.errors import InputError
from orebook.plan.replan import StandingPlan
from orebook.plan.replan_changes import check_changes
from orebook.plan.scenario.datum import Datum, data_of, moved
from orebook.plan.scenario.jobs import Progress, Runner
from orebook.plan.scenario.margins import outcomes

__all__ = ["Swing", "Tornado", "tornado"]

SHARE = 0.1
"""Share each datum goes down and up where nothing else is said [-]."""


@dataclass(frozen=True, slots=True)
class Swing:
    """What one datum moves.

    Parameters
    ----------
    datum : Datum
        The datum.
    down, up : float
        Change of the margin when it goes down and up; nan where no plan is left [CNY].
    message : str
        Why no plan is left on one side; empty where both have one.
    """

    datum: Datum
    down: float
    up: float
    message: str = ""

    @property
    def size(self) -> float:
        """Larger change in size; a side without a plan counts most [CNY]."""
        return float("inf") if self.message else max(abs(self.down), abs(self.up))


@dataclass(frozen=True)
class Tornado:
    """What every datum moves, the largest first.

    Parameters
    ----------
    plan : StandingPlan
        The plan all are measured against.
    share : float
        How far each datum goes down and up [-].
    swings : tuple of Swing
        One each datum, ranked by money.
    """

    plan: StandingPlan
    share: float
    swings: tuple[Swing, ...]

    def summary(self, lang: str = "zh") -> str:
        """Return the ranking as text, ``lang`` being ``"zh"`` or ``"en"``."""
        from orebook.plan.scenario.words import tornado_table

        return tornado_table(self, lang)

    def to_dict(self) -> dict[str, object]:
        """Return the ranking as plain data with stable names."""
        return {
            "periods": [p.name for p in self.plan.periods],
            "base_cny": self.plan.margin,
            "share": self.share,
            "swings": [
                {
                    "datum": s.datum.key,
                    "down_cny": s.down if np.isfinite(s.down) else None,
                    "up_cny": s.up if np.isfinite(s.up) else None,
                    "message": s.message,
                }
                for s in self.swings
            ],
        }


def tornado(
    plan: StandingPlan,
    data: Sequence[Datum] | None = None,
    *,
    share: float = SHARE,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> Tornado:
    """Move each datum down and up by a share and rank them by money.

    Parameters
    ----------
    plan : StandingPlan
        What every move is laid over.
    data : sequence of Datum, optional
        What moves; as `data_of` where none is given.
    share : float
        How far down and up, above 0 and at most 1 [-].
    runner : Runner, optional
        Where the plans are made.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Tornado
        Each change is the difference of two solved plans, never a dual times a
        quantity, so it may differ from down to up.

    Raises
    ------
    InputError
        If the share is outside its range or a datum is not in the plan.
    """
    if not 0.0 < share <= 1.0:
        raise InputError(
            f"share = {share}; expected above 0 and at most 1; write --share 10%"
        )
    chosen = tuple(data) if data is not None else data_of(plan)
    changes = [
        moved(plan, datum, factor)
        for datum in chosen
        for factor in (1.0 - share, 1.0 + share)
    ]
    for one in changes:
        check_changes(plan, one)
    found = outcomes(plan, changes, runner=runner, progress=progress, step="tornado")
    swings = [
        Swing(
            datum,
            down.margin - plan.margin,
            up.margin - plan.margin,
            down.message or up.message,
        )
        for datum, down, up in zip(chosen, found[::2], found[1::2], strict=True)
    ]
    ranked = sorted(swings, key=lambda s: (-s.size, s.datum.key))
    return Tornado(plan, share, tuple(ranked))
