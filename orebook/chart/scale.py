"""From figures to places on the paper, and the ticks of an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from orebook.errors import InputError

_NICE: Final = ((1.5, 1), (3.5, 2), (7.5, 5), (10.0, 10))


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from figures to places.

    Parameters
    ----------
    low, high : float
        Range of the figures, `low` below `high`.
    start, stop : float
        Where the two ends stand [px].
    """

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Return the place of a figure.

        Parameters
        ----------
        value : float
            The figure, held inside the range.

        Returns
        -------
        float
            Its place [px].

        Examples
        --------
        >>> Scale(0, 10, 100, 200)(5)
        150.0
        """
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)


def ticks(low: float, high: float, count: int = 5) -> tuple[float, ...]:
    """Return round figures inside a range.

    Parameters
    ----------
    low, high : float
        The range.
    count : int
        About how many are wanted [-].

    Returns
    -------
    tuple of float
        Multiples of 1, 2 or 5 times a power of ten.

    Raises
    ------
    InputError
        When the range is empty or not finite.

    References
    ----------
    P. Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990.

    Examples
    --------
    >>> ticks(0, 103)
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(
            f"axis from {low} to {high} is empty; expected low below high, both "
            "finite; give at least two different figures"
        )
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(m for most, m in _NICE if rough <= most * power)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(i * step, 12) + 0.0 for i in range(first, last + 1))


def span(values: Iterable[float], *, nought: bool = True) -> tuple[float, float]:
    """Return a range that holds all figures with a little air.

    Parameters
    ----------
    values : iterable of float
        The figures.
    nought : bool
        Whether nought must lie inside, as bars need.

    Returns
    -------
    tuple of float
        Low and high, never equal.

    Raises
    ------
    InputError
        When there is no figure, or one is not finite.

    Examples
    --------
    >>> span([20.0, 100.0])
    (0.0, 104.0)
    """
    kept = list(values)
    if not kept or not all(map(math.isfinite, kept)):
        raise InputError(
            f"picture of {len(kept)} figures cannot be drawn; expected at least one, "
            "all finite; mend the calculation that gave them"
        )
    low, high = min(kept), max(kept)
    if nought:
        low, high = min(low, 0.0), max(high, 0.0)
    air = 0.04 * (high - low) or 0.5 * abs(high) or 1.0
    bare = nought or low == high == 0.0
    return (
        low if bare and low == 0.0 else low - air,
        high if bare and high == 0.0 and low < 0.0 else high + air,
    )
