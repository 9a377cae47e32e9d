"""Closing the circuit: Newton's method on the torn variables, all cases at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.process.alumina.circuit import TEARS, Circuit, walk
from orebook.process.alumina.ore import ore_chemistry
from orebook.process.contract import Array

__all__ = ["COLD_START", "Solved", "solve"]

COLD_START = (2.9, 0.25, 0.2, 0.02, 0.004, 3.6, 4.0, 0.003)
"""Torn variables any plant starts from."""

_SIZE = np.array([1.0, 0.1, 0.1, 0.01, 0.001, 1.0, 1.0, 0.001])
_CLOSED = 1e-11  # largest residual, relative to the variable
_STEP = 1e-6  # difference step, relative to the variable
_MOST_STEPS = 40
_LEAST_RATIO_GAP = 0.15  # test-tank ratio above the digestion ratio


@dataclass(frozen=True, slots=True)
class Solved:
    """A circuit, or many, that Newton's method has closed where ``converged``.

    Parameters
    ----------
    plant : mapping
        Parameters by name.
    tears : array, shape (8, ...)
        Torn variables; the last ones tried where not converged.
    circuit : Circuit
        The sections.
    converged : array of bool
        Where the circuit closes.
    residual : array
        Largest residual, relative to the variables [-].
    iterations : int
        Newton steps taken by the slowest case [-].
    """

    plant: Mapping[str, Array]
    tears: Array
    circuit: Circuit
    converged: NDArray[np.bool_]
    residual: Array
    iterations: int


def solve(
    plant: Mapping[str, Array], *, start: Array | None = None, steps: int = _MOST_STEPS
) -> Solved:
    """Close the circuit of every case.

    Parameters
    ----------
    plant : mapping
        All parameters by name, broadcast against each other.
    start : array, shape (8, ...), optional
        Torn variables to start from; a cold start otherwise.
    steps : int
        Most Newton steps [-].

    Returns
    -------
    Solved
        With a mask of what converged; `orebook.process.alumina.explain` says why a
        case did not.

    Notes
    -----
    The Jacobian comes from forward differences in the same broadcast walk. A step is
    shortened so that the test-tank ratio stays 0.15 above the digestion ratio, and
    halved where it led to no real circuit. Only cases still open are walked.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> found = solve(plant("high_temperature"))
    >>> bool(found.converged), found.iterations, found.tears[0].round(3).item()
    (True, 4, 2.886)
    """
    shape = np.broadcast_shapes(*(np.shape(v) for v in plant.values()))
    if start is not None:
        shape = np.broadcast_shapes(shape, np.shape(start)[1:])
    count = int(np.prod(shape))
    flat = _flat(plant, shape)
    first = COLD_START if start is None else start
    first = np.asarray(first, np.float64)
    spread = (len(TEARS), *shape)
    first = (
        first.reshape(*first.shape, *(1 for _ in shape)) if first.ndim == 1 else first
    )
    tears = np.broadcast_to(first, spread).reshape(len(TEARS), count).copy()
    if start is None:
        tears[0] = np.maximum(tears[0], flat["digestion_ratio"] + 0.5)
    residual = np.full(count, np.inf)
    used = 0
    open_ = np.arange(count)
    with np.errstate(all="ignore"):
        for used in range(steps + 1):
            part = {k: v if v.size == 1 else v[open_] for k, v in flat.items()}
            tears[:, open_], residual[open_] = _newton(
                part, tears[:, open_], last=used == steps
            )
            open_ = open_[~(residual[open_] <= _CLOSED)]
            if open_.size == 0:
                break
        shaped = {k: v.reshape(shape) if v.size > 1 else v[0] for k, v in flat.items()}
        found = tears.reshape(spread)
        _, circuit = walk(shaped, found)
    return Solved(
        plant=plant,
        tears=found,
        circuit=circuit,
        converged=(residual <= _CLOSED).reshape(shape),
        residual=residual.reshape(shape),
        iterations=used,
    )


def _flat(plant: Mapping[str, Array], shape: tuple[int, ...]) -> dict[str, Array]:
    """Return each parameter with one axis: of one value, or of one per case."""
    return {
        name: np.reshape(value, 1)
        if np.size(value) == 1
        else np.broadcast_to(value, shape).reshape(-1)
        for name, value in plant.items()
    }


def _newton(p: Mapping[str, Array], tears: Array, *, last: bool) -> tuple[Array, Array]:
    """Return the torn variables after one step, and the residual before it."""
    chemistry = ore_chemistry(p)
    size = np.maximum(np.abs(tears), _SIZE[:, None])
    steps = _STEP * size
    width = len(TEARS)
    tried = np.repeat(tears[:, None, :], width + 1, axis=1)
    tried[np.arange(width), np.arange(1, width + 1)] += steps
    after, _ = walk(p, tried, chemistry)
    gap = after - tried
    residual = np.max(np.abs(gap[:, 0]) / size, axis=0)
    residual = np.where(np.isfinite(residual), residual, np.inf)
    if last:
        return tears, residual
    slopes = (gap[:, 1:] - gap[:, :1]) / steps[None, :, :]
    good = np.all(np.isfinite(slopes), axis=(0, 1)) & (residual < np.inf)
    matrix = np.moveaxis(np.where(good, slopes, np.eye(width)[:, :, None]), 2, 0)
    right = np.where(good, -gap[:, 0], 0.0).T
    move = _solved(matrix, right).T
    return tears + _damped(p, tears, move, good), residual


def _solved(matrix: Array, right: Array) -> Array:
    """Solve each small system; a singular one moves nothing."""
    try:
        return np.asarray(np.linalg.solve(matrix, right[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        inverse = np.linalg.pinv(matrix)
        return np.asarray((inverse @ right[:, :, None])[:, :, 0])


def _damped(
    p: Mapping[str, Array], tears: Array, move: Array, good: NDArray[np.bool_]
) -> Array:
    """Shorten each step to where a circuit can be; step back from where none is."""
    floor = p["digestion_ratio"] + _LEAST_RATIO_GAP
    room = np.maximum(tears[0] - floor, 1e-3)
    share = np.minimum(1.0, np.where(move[0] < 0.0, 0.8 * room / -move[0], np.inf))
    rise = np.where(move[0] > 0.0, 1.5 / np.maximum(move[0], 1e-300), np.inf)
    most = np.max(
        np.abs(move) / (2.0 * np.maximum(np.abs(tears), _SIZE[:, None])), axis=0
    )
    share = np.minimum(np.minimum(share, rise), 1.0 / np.maximum(most, 1e-300))
    share = np.minimum(share, 1.0)
    cold = np.asarray(COLD_START)[:, None]
    return np.where(good, share * move, 0.5 * (cold - tears))
