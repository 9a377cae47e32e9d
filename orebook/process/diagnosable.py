"""What a process kind lets be diagnosed: what it counts, and indicators made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from numpy import float64
from numpy.typing import NDArray

__all__ = ["Diagnosed", "Role", "Tally", "ratio"]

Array = NDArray[float64]
Role = Literal["choice", "efficiency", "condition"]
"""What a setting is: chosen by people, got from equipment, or met from outside."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a unit counts towards a sum that units working together share.

    Parameters
    ----------
    name : str
        Of the sum, for example ``caustic_kg``.
    port : str
        Port, or capacity, whose amount is counted.
    weight : float
        What one unit of it counts [unit of the sum per port unit].
    component : str, optional
        Counted by what the port carries of it per unit, a mass fraction or ``energy``.
    load : bool
        Whether ``port`` names a capacity that is loaded, which no meter reads.
    """

    name: str
    port: str
    weight: float = 1.0
    component: str | None = None
    load: bool = False


def ratio(top: str, bottom: str) -> Callable[[Mapping[str, Array]], Array]:
    """Return the quotient of two sums as a function of all sums.

    Examples
    --------
    >>> import numpy as np
    >>> sums = {"caustic_kg": np.asarray(150.0), "alumina_t": np.asarray(2.0)}
    >>> float(ratio("caustic_kg", "alumina_t")(sums))
    75.0
    """

    def quotient(sums: Mapping[str, Array]) -> Array:
        return sums[top] / sums[bottom]

    return quotient


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """An indicator that can be split over its causes.

    Parameters
    ----------
    name : str
        As in the glossary of indicators.
    value : callable
        Sums by name to the indicator [its unit in the glossary].
    sums : tuple of str
        Sums it is made of; it can be told where each has a unit that counts it.
    parts : mapping
        Name of a part of the indicator to its own function of the sums, in the same
        unit; what they leave of it is told as another part.
    """

    name: str
    value: Callable[[Mapping[str, Array]], Array]
    sums: tuple[str, ...]
    parts: Mapping[str, Callable[[Mapping[str, Array]], Array]] = field(
        default_factory=dict
    )
