"""What one unit more of each chosen setting is worth at the published prices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from orebook.plan.agreement import stream_values
from orebook.plan.assemble import Assembly
from orebook.plan.conditions import feeds_told
from orebook.plan.linearise import linearise
from orebook.plan.lp import FloatArray
from orebook.plan.operating import Operating

__all__ = ["valued"]

CORNER = 1e-4
"""A slope that moves more than this share of the turnover over the range is real."""


def valued(
    operating: Operating, assembly: Assembly, x: FloatArray, row_dual: FloatArray
) -> Operating:
    """Return how a plan runs its units with slopes at its published prices.

    Parameters
    ----------
    operating : Operating
        As found.
    assembly : Assembly
        The plan solved, settings held.
    x, row_dual : array of float
        Its solution and published duals.

    Returns
    -------
    Operating
        Each slope is the sum over the unit's streams of internal price times change,
        less rent times change of load, with the duty held. A setting inside its range
        whose slope is not 0 stands at a corner: what it gains up to there, a limit
        takes back beyond.
    """
    values = stream_values(assembly, row_dual)
    known, duties = assembly.conditions, assembly.duties(x)
    problem = assembly.problem
    turnover = float(np.abs(problem.cost * x).sum()) / len(known.periods)
    found = []
    for choice in operating.settings:
        units = assembly.network.sharing.get((choice.unit, choice.setting), ())
        slope = np.zeros(len(known.periods))
        for unit in (choice.unit, *units):
            tangent = linearise(
                assembly.network.processes[unit],
                {n: np.maximum(0.0, v) for n, v in duties[unit].items()},
                content=feeds_told(known, assembly.network, unit),
                setting=assembly.network.setting_of(known.setting, unit),
                free=[choice.setting],
                periods=len(known.periods),
            )
            slope = slope + values.of(unit, tangent, ("setting", choice.setting))
        real = np.abs(slope) * (choice.high - choice.low) > CORNER * max(1.0, turnover)
        found.append(replace(choice, slope=slope, corner=np.asarray(real, np.bool_)))
    return replace(operating, settings=tuple(found))
