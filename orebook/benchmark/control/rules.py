"""Rules that read a chart of points, each with how often it cries without cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from orebook.errors import InputError
from orebook.process.contract import Array

__all__ = ["DEFAULT", "RULES", "Rule", "Signal", "signals"]

Marks = NDArray[np.bool_]
DEFAULT = ("beyond",)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Parameters
    ----------
    id : str
        Short name.
    name_en, name_zh : str
        What it looks for.
    source : str
        Where it comes from.
    false_alarm : float
        Share of points at which the rule is met although nothing changed, for
        independent normal values with known limits [-].
    find : callable
        ``z -> mask`` of the points at which the rule is met, z in standard
        deviations from the centre.
    """

    id: str
    name_en: str
    name_zh: str
    source: str
    false_alarm: float
    find: Callable[[Array], Marks]


@dataclass(frozen=True, slots=True)
class Signal:
    """A point (from 0) at which a rule is met, and the side: +1 above, -1 below."""

    point: int
    rule: str
    side: int


def _windows(hit: Marks, size: int, least: int) -> Marks:
    """Mark points that end a window with enough hits and are a hit themselves."""
    count = np.convolve(hit.astype(np.int64), np.ones(size, np.int64))[: hit.size]
    return hit & (count >= least)


def _sided(size: int, least: int, beyond: float) -> Callable[[Array], Marks]:
    def find(z: Array) -> Marks:
        above = _windows(z > beyond, size, least)
        return above | _windows(z < -beyond, size, least)

    return find


def _trend(z: Array) -> Marks:
    step = np.sign(np.diff(z, prepend=z[:1]))
    return _windows(step > 0, 5, 5) | _windows(step < 0, 5, 5)


def _alternating(z: Array) -> Marks:
    step = np.diff(z, prepend=z[:1])
    turn = np.zeros(z.size, bool)
    turn[2:] = step[2:] * step[1:-1] < 0.0
    return _windows(turn, 12, 12)


def _both(size: int, inside: bool) -> Callable[[Array], Marks]:
    def find(z: Array) -> Marks:
        hit = (np.abs(z) < 1.0) if inside else (np.abs(z) > 1.0)
        return _windows(hit, size, size)

    return find


def _tail(beyond: float) -> float:
    return float(ndtr(-beyond))


def _of_window(size: int, least: int, chance: float) -> float:
    """Return the share of points that end such a window, both sides together."""
    more = sum(
        comb(size - 1, k) * chance**k * (1.0 - chance) ** (size - 1 - k)
        for k in range(least - 1, size)
    )
    return 2.0 * chance * more


def _zigzag(turns: int) -> float:
    """Return the chance that so many turns follow each other: Euler's numbers."""
    n = turns + 2
    row = [1]
    for _ in range(n - 1):
        total, after = 0, [0]
        for value in reversed(row):
            total += value
            after.append(total)
        row = after
    size = sum(row)
    ways = 1
    for k in range(2, n + 1):
        ways *= k
    return 2.0 * size / ways


_NELSON = "L. S. Nelson, J. Quality Technology 16 (1984) 237"
_WESTERN = "Western Electric, Statistical Quality Control Handbook, 1956"
_INSIDE = 1.0 - 2.0 * _tail(1.0)
_LISTED = (
    Rule("beyond", "a point beyond 3 sd", "1 点超出 3 倍标准差", _NELSON,
         2.0 * _tail(3.0), _sided(1, 1, 3.0)),
    Rule("run9", "9 in a row on one side", "连续 9 点在中心线同侧", _NELSON,
         2.0 * 0.5**9, _sided(9, 9, 0.0)),
    Rule("run8", "8 in a row on one side", "连续 8 点在中心线同侧", _WESTERN,
         2.0 * 0.5**8, _sided(8, 8, 0.0)),
    Rule("trend6", "6 in a row rising or falling", "连续 6 点持续上升或下降", _NELSON,
         2.0 / 720.0, _trend),
    Rule("alternate14", "14 in a row up and down", "连续 14 点上下交替", _NELSON,
         _zigzag(12), _alternating),
    Rule("two_of_three", "2 of 3 beyond 2 sd on one side", "3 点中 2 点超出 2 倍标准差",
         _NELSON, _of_window(3, 2, _tail(2.0)), _sided(3, 2, 2.0)),
    Rule("four_of_five", "4 of 5 beyond 1 sd on one side", "5 点中 4 点超出 1 倍标准差",
         _NELSON, _of_window(5, 4, _tail(1.0)), _sided(5, 4, 1.0)),
    Rule("near15", "15 in a row within 1 sd", "连续 15 点在 1 倍标准差内", _NELSON,
         _INSIDE**15, _both(15, inside=True)),
    Rule("far8", "8 in a row beyond 1 sd on both sides", "连续 8 点均超出 1 倍标准差",
         _NELSON, (1.0 - _INSIDE) ** 8, _both(8, inside=False)),
)  # fmt: skip
RULES = {rule.id: rule for rule in _LISTED}
"""The rules by name; ``run8`` is Western Electric's, the rest are Nelson's."""


def signals(z: Array, rules: Iterable[str] = DEFAULT) -> tuple[Signal, ...]:
    """Return where rules are met, in order of the points.

    Parameters
    ----------
    z : array
        Points in standard deviations from the centre [-].
    rules : iterable of str
        Names of rules; each one more makes more false alarms.

    Raises
    ------
    InputError
        If a rule is not known.

    Examples
    --------
    >>> signals(np.array([0.1, 3.2, -0.4]))
    (Signal(point=1, rule='beyond', side=1),)
    >>> [s.point for s in signals(np.full(10, 0.5), ["run9"])]
    [8, 9]
    """
    found = []
    for name in rules:
        if name not in RULES:
            raise InputError(
                f"no rule is called '{name}'; expected some of {', '.join(RULES)}; "
                "correct the name"
            )
        for point in np.flatnonzero(RULES[name].find(np.asarray(z, np.float64))):
            side = 1 if z[point] > 0 else -1
            found.append(Signal(int(point), name, side))
    return tuple(sorted(found, key=lambda s: (s.point, s.rule)))
