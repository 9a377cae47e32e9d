"""The basic equations of IAPWS-IF97 in regions 1, 2 and 4, over arrays.

Sums of powers are evaluated in blocks that fit the cache: each power is one
multiplication more than the one before, and a block's terms are summed by one product
of a vector and a matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

__all__ = [
    "GAS_CONSTANT",
    "Derivatives",
    "FloatArray",
    "Series",
    "blocked",
    "coefficients",
    "gibbs_1",
    "gibbs_2",
    "saturation_pressure_of",
    "saturation_temperature_of",
    "series",
]

FloatArray = npt.NDArray[np.float64]

GAS_CONSTANT = 0.461526
"""Specific gas constant of water [kJ/(kg K)], IAPWS R7-97(2012)."""

BLOCK = 4096
"""Points evaluated at once, so that their powers stay in the cache [-]."""


@dataclass(frozen=True, slots=True)
class Series:
    """A sum ``n x^i y^j``; exponents of ``x`` are counted in ``step``."""

    i: npt.NDArray[np.int64]
    j: npt.NDArray[np.int64]
    n: FloatArray
    step: float


@cache
def coefficients() -> Mapping[str, tuple[FloatArray, FloatArray, FloatArray]]:
    """Return exponents and coefficients of every function of the release."""
    text = files(__package__).joinpath("if97.csv").read_text(encoding="utf-8")
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for line in text.splitlines():
        if not line.startswith(("#", "function")):
            name, *numbers = line.split(",")
            i, j, n = map(float, numbers)
            rows.setdefault(name, []).append((i, j, n))
    return {
        name: (table[:, 0], table[:, 1], table[:, 2])
        for name, table in ((k, np.array(v)) for k, v in rows.items())
    }


@cache
def series(name: str) -> Series:
    """Return a sum of powers of the release by name.

    Examples
    --------
    >>> series("gamma_1").n.size, series("t_2a_ps").step
    (34, 0.25)
    """
    i, j, n = coefficients()[name]
    step = 1.0 if np.all(i == np.round(i)) else 0.25
    return Series(np.round(i / step).astype(np.int64), j.astype(np.int64), n, step)


def _powers(base: FloatArray, exponents: npt.NDArray[np.int64]) -> FloatArray:
    """Return ``base`` to each exponent, shape (exponents, points).

    From the exponent next to nought outwards, each power is made of the one before.
    """
    table = np.empty((exponents.size, base.size))
    order = np.argsort(exponents)
    for side in (order[exponents[order] >= 0], order[exponents[order] < 0][::-1]):
        before, power = 0, np.ones_like(base)
        unit = base if not side.size or exponents[side[0]] >= 0 else 1.0 / base
        for place in side:
            gap = abs(int(exponents[place])) - before
            if gap:
                power = power * (unit if gap == 1 else _whole(unit, gap))
            before = abs(int(exponents[place]))
            table[place] = power
    return table


def _whole(base: FloatArray, exponent: int) -> FloatArray:
    """Return a whole power above 1 by squaring."""
    result, square = None, base
    while True:
        if exponent & 1:
            result = square if result is None else result * square
        exponent >>= 1
        if not exponent:
            return base if result is None else result
        square = square * square


@cache
def _distinct(
    name: str,
) -> tuple[
    npt.NDArray[np.int64],
    npt.NDArray[np.int64],
    npt.NDArray[np.int64],
    npt.NDArray[np.int64],
]:
    """Return distinct exponents of both factors, and where each term finds its own."""
    terms = series(name)
    own_i, at_i = np.unique(terms.i, return_inverse=True)
    own_j, at_j = np.unique(terms.j, return_inverse=True)
    return own_i, at_i, own_j, at_j


def power_terms(name: str, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return ``x^i y^j`` of every term, shape (terms, points)."""
    terms = series(name)
    own_i, at_i, own_j, at_j = _distinct(name)
    base = x if terms.step == 1.0 else np.sqrt(np.sqrt(x))
    return _powers(base, own_i)[at_i] * _powers(y, own_j)[at_j]


@dataclass(frozen=True, slots=True)
class Derivatives:
    """A Gibbs function and its derivatives, times the powers of its variables.

    ``p`` is pi g_pi, ``t`` is tau g_tau, ``pp`` pi^2 g_pipi, ``tt`` tau^2 g_tautau and
    ``pt`` pi tau g_pitau, all dimensionless [-].
    """

    g: FloatArray
    p: FloatArray
    t: FloatArray
    pp: FloatArray
    tt: FloatArray
    pt: FloatArray


@cache
def _weights(name: str) -> FloatArray:
    """Return the rows n, n i, n j, n i (i-1), n j (j-1), n i j of a sum."""
    s = series(name)
    i, j = s.i.astype(np.float64), s.j.astype(np.float64)
    return np.array(
        [s.n, s.n * i, s.n * j, s.n * i * (i - 1), s.n * j * (j - 1), s.n * i * j]
    )


def gibbs_1(p: FloatArray, t: FloatArray) -> Derivatives:
    """Return the Gibbs function of region 1, liquid water.

    Parameters
    ----------
    p, t : array of float, shape (points,)
        Pressure [MPa] and temperature [K].
    """
    pi, tau = p / 16.53, 1386.0 / t
    x, y = 7.1 - pi, tau - 1.222
    terms = power_terms("gamma_1", x, y)
    g, gi, gj, gii, gjj, gij = _weights("gamma_1") @ terms
    a, b = pi / x, tau / y
    return Derivatives(g, -a * gi, b * gj, a * a * gii, b * b * gjj, -a * b * gij)


def gibbs_2(p: FloatArray, t: FloatArray) -> Derivatives:
    """Return the Gibbs function of region 2, steam; arguments as `gibbs_1`."""
    tau = 540.0 / t
    ideal = _weights("ideal_2") @ power_terms("ideal_2", p, tau)
    y = tau - 0.5
    terms = power_terms("residual_2", p, y)
    g, gi, gj, gii, gjj, gij = _weights("residual_2") @ terms
    b = tau / y
    return Derivatives(
        g=np.log(p) + ideal[0] + g,
        p=1.0 + gi,
        t=ideal[2] + b * gj,
        pp=-1.0 + gii,
        tt=ideal[4] + b * b * gjj,
        pt=b * gij,
    )


def saturation_pressure_of(t: FloatArray) -> FloatArray:
    """Return the saturation pressure, region 4 [MPa], of a temperature [K]."""
    n = coefficients()["saturation"][2]
    theta = t + n[8] / (t - n[9])
    a = theta * theta + n[0] * theta + n[1]
    b = n[2] * theta * theta + n[3] * theta + n[4]
    c = n[5] * theta * theta + n[6] * theta + n[7]
    root = 2.0 * c / (-b + np.sqrt(b * b - 4.0 * a * c))
    return np.asarray(root**4, np.float64)


def saturation_temperature_of(p: FloatArray) -> FloatArray:
    """Return the saturation temperature, region 4 [K], of a pressure [MPa]."""
    n = coefficients()["saturation"][2]
    beta = np.sqrt(np.sqrt(p))
    e = beta * beta + n[2] * beta + n[5]
    f = n[0] * beta * beta + n[3] * beta + n[6]
    g = n[1] * beta * beta + n[4] * beta + n[7]
    d = 2.0 * g / (-f - np.sqrt(f * f - 4.0 * e * g))
    s = n[9] + d
    return np.asarray(0.5 * (s - np.sqrt(s * s - 4.0 * (n[8] + n[9] * d))), np.float64)


def blocked(function: Callable[..., FloatArray], *arguments: FloatArray) -> FloatArray:
    """Evaluate a function of equally long arrays block by block."""
    size = arguments[0].size
    if size <= BLOCK:
        return function(*arguments)
    result = np.empty(size)
    for start in range(0, size, BLOCK):
        part = slice(start, start + BLOCK)
        result[part] = function(*(a[part] for a in arguments))
    return result
