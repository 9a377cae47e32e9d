"""Restrictions of the multipliers: ratios, virtual shares, a cone around prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from orebook.benchmark.frontier.batch import FloatArray
from orebook.benchmark.frontier.technology import Technology
from orebook.errors import InputError

__all__ = ["RatioLimit", "Restriction", "ShareLimit", "columns", "price_cone"]


@dataclass(frozen=True, slots=True)
class RatioLimit:
    """Limits of the ratio of two multipliers (assurance region of the first kind).

    Parameters
    ----------
    one, other : str
        Factors; the ratio is multiplier of `one` over multiplier of `other`.
    low, high : float
        Limits [unit of other per unit of one].

    Raises
    ------
    InputError
        Limits are below nought or crossed.
    """

    one: str
    other: str
    low: float = 0.0
    high: float = np.inf

    def __post_init__(self) -> None:
        """Refuse crossed limits."""
        if not 0.0 <= self.low <= self.high:
            raise InputError(
                f"ratio of multipliers {self.one}/{self.other}: limits {self.low:g} to "
                f"{self.high:g}; expected 0 <= low <= high; exchange or mend them"
            )


@dataclass(frozen=True, slots=True)
class ShareLimit:
    """Limits of the share of one factor in the virtual input or output of the unit.

    Parameters
    ----------
    factor : str
        The factor.
    low, high : float
        Limits of the share [-].

    Raises
    ------
    InputError
        Limits are outside 0..1 or crossed.
    """

    factor: str
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        """Refuse crossed limits."""
        if not 0.0 <= self.low <= self.high <= 1.0:
            raise InputError(
                f"virtual share of {self.factor}: limits {self.low:g} to "
                f"{self.high:g}; expected 0 <= low <= high <= 1; mend them"
            )


Restriction = RatioLimit | ShareLimit


def price_cone(
    prices: Mapping[str, float], *, low: float = 0.8, high: float = 1.25
) -> tuple[RatioLimit, ...]:
    """Return limits that hold the ratios of multipliers near those of prices.

    Parameters
    ----------
    prices : mapping
        Price of each factor [CNY/unit].
    low, high : float
        Least and most of a ratio over the ratio of prices; both 1 make the score
        cost efficiency [-].

    Raises
    ------
    InputError
        A price is not above nought.

    Examples
    --------
    >>> price_cone({"ore": 50.0, "power": 400.0})[0]
    RatioLimit(one='ore', other='power', low=0.1, high=0.15625)
    """
    wrong = [name for name, price in prices.items() if not price > 0.0]
    if wrong:
        raise InputError(
            f"price of '{wrong[0]}' is {prices[wrong[0]]:g}; expected more than 0 for "
            "a cone of prices; leave the factor out of it"
        )
    return tuple(
        RatioLimit(one, other, low * prices[one] / prices[other],
                   high * prices[one] / prices[other])
        for one, other in combinations(prices, 2)
    )  # fmt: skip


def columns(
    tech: Technology,
    units: tuple[FloatArray, FloatArray],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    restrictions: Sequence[Restriction],
) -> FloatArray:
    """Return the own columns that restrict the multipliers of each unit.

    Parameters
    ----------
    tech : Technology
        Gives the scale.
    units : pair of array
        Inputs and outputs of the units, scaled [-].
    names : pair of tuple of str
        Names of inputs and outputs.
    restrictions : sequence
        The restrictions.

    Returns
    -------
    array, shape (units, rows, kinds)
        A column ``a`` makes ``multipliers @ a >= 0`` hold.

    Raises
    ------
    InputError
        A factor is not there.

    Notes
    -----
    Thompson et al. 1986 (assurance region); Wong, Beasley 1990 (virtual shares).
    """
    every = [*names[0], *names[1]]
    made: list[FloatArray] = []
    for limit in restrictions:
        if isinstance(limit, RatioLimit):
            made += _ratio(tech, units[0].shape[0], every, limit)
        else:
            made += _share(tech, units, names, limit)
    return np.stack(made, axis=2) if made else np.zeros((len(units[0]), tech.rows, 0))


def _place(name: str, names: Sequence[str]) -> int:
    if name in names:
        return names.index(name)
    from orebook.chain.nearest import did_you_mean, listed

    raise InputError(
        f"weight restriction names '{name}'; expected one of {listed(names)}; "
        f"{did_you_mean(name, names, 'correct the name')}"
    )


def _ratio(
    tech: Technology, count: int, names: Sequence[str], limit: RatioLimit
) -> list[FloatArray]:
    """Return the columns of a limited ratio; each scaled to entries of size one."""
    one, other = _place(limit.one, names), _place(limit.other, names)
    scale = np.concatenate([tech.input_scale, tech.output_scale])
    change = scale[one] / scale[other]
    found = []
    for sign, bound in ((1.0, limit.low * change), (-1.0, limit.high * change)):
        if not np.isfinite(bound) or (sign > 0.0 and bound == 0.0):
            continue
        column = np.zeros((count, tech.rows))
        column[:, one], column[:, other] = sign, -sign * bound
        found.append(column / max(1.0, bound))
    return found


def _share(
    tech: Technology,
    units: tuple[FloatArray, FloatArray],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    limit: ShareLimit,
) -> list[FloatArray]:
    """Return the columns of a limited virtual share."""
    place = _place(limit.factor, [*names[0], *names[1]])
    inputs = len(names[0])
    side = slice(0, inputs) if place < inputs else slice(inputs, inputs + len(names[1]))
    values = np.concatenate(units, axis=1)
    found = []
    for sign, bound in ((1.0, limit.low), (-1.0, limit.high)):
        if (sign > 0.0 and bound == 0.0) or (sign < 0.0 and bound == 1.0):
            continue
        column = np.zeros((len(values), tech.rows))
        column[:, side] = -sign * bound * values[:, side]
        column[:, place] += sign * values[:, place]
        found.append(column)
    return found
