"""Whether a unit is too small or too large: scale efficiency and its nature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from orebook.benchmark.frontier.batch import FloatArray
from orebook.benchmark.frontier.call import frontier
from orebook.benchmark.frontier.data import FactorsLike, factors, unit_names
from orebook.benchmark.frontier.kernel import Engine

__all__ = ["Scale", "scale_efficiency"]

Nature = Literal["constant", "increasing", "decreasing"]
_SAME = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Scores under three returns to scale and what they say about size.

    Parameters
    ----------
    units : tuple of str
        Names of the units.
    orientation : {"input", "output"}
        Side that is measured.
    constant, variable, nirs : array, shape (units,)
        Shares of the frontier under constant, variable, non-increasing returns [-].
    scale : array, shape (units,)
        Constant over variable: 1 is the best size [-].
    nature : tuple of {"constant", "increasing", "decreasing"}
        Returns to scale where the unit stands; increasing: too small.
    worst : float
        Largest gap or violation of all programmes [-].
    """

    units: tuple[str, ...]
    orientation: Literal["input", "output"]
    constant: FloatArray
    variable: FloatArray
    nirs: FloatArray
    scale: FloatArray
    nature: tuple[Nature, ...]
    worst: float

    def summary(self) -> str:
        """Return it in one line."""
        told = ", ".join(
            f"{self.nature.count(kind)} {kind}"
            for kind in ("constant", "increasing", "decreasing")
        )
        return (
            f"scale efficiency of {len(self.units)} units {self.scale.mean():.4f} on "
            f"average; returns: {told}; certificate {self.worst:.1e}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data with stable names."""
        names = ("constant", "variable", "scale")
        return {
            "orientation": self.orientation,
            "units": [
                {"unit": unit}
                | {name: float(getattr(self, name)[i]) for name in names}
                | {"nature": self.nature[i]}
                for i, unit in enumerate(self.units)
            ],
            "worst": self.worst,
        }


def scale_efficiency(
    inputs: FactorsLike,
    outputs: FactorsLike,
    *,
    orientation: Literal["input", "output"] = "input",
    units: Sequence[str] | None = None,
    engine: Engine = "auto",
) -> Scale:
    """Return how much of inefficiency is size.

    Parameters
    ----------
    inputs, outputs, orientation, units, engine
        As for `frontier`.

    Returns
    -------
    Scale
        Scale efficiency and nature of the returns to scale.

    Notes
    -----
    Färe, Grosskopf, Lovell 1985: equal under constant and variable returns is the
    best size; else equal under constant and non-increasing returns is too small.

    Examples
    --------
    >>> scale_efficiency([2, 3, 5], [1, 3, 4]).nature
    ('increasing', 'constant', 'decreasing')
    """
    x, y = factors(inputs, "input"), factors(outputs, "output")
    names = unit_names(len(x.values), units, x, y)
    found = [
        frontier(
            x, y, returns=returns, orientation=orientation, units=names, engine=engine
        )
        for returns in ("crs", "vrs", "nirs")
    ]
    constant, variable, nirs = (result.efficiency for result in found)
    nature = tuple(_nature(*row) for row in zip(constant, variable, nirs, strict=True))
    worst = max(result.certificate.worst for result in found)
    return Scale(
        names, orientation, constant, variable, nirs, constant / variable, nature, worst
    )


def _nature(constant: float, variable: float, nirs: float) -> Nature:
    """Return the nature of the returns to scale of one unit."""
    if abs(constant - variable) <= _SAME:
        return "constant"
    return "increasing" if np.abs(nirs - constant) <= _SAME else "decreasing"
