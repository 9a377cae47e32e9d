"""Slopes of every indicator by every parameter, by implicit differentiation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.errors import InputError
from orebook.process.alumina.circuit import TEARS, Circuit, walk
from orebook.process.alumina.indicators import indicators
from orebook.process.alumina.oxides import KAOLINITE_ALUMINA
from orebook.process.alumina.parameters import COUNTS, parameters
from orebook.process.alumina.solve import Solved
from orebook.process.contract import Array

__all__ = ["Figures", "Sensitivity", "by_alumina_to_silica", "sensitivities"]

Figures = Callable[[Mapping[str, Array], Circuit], Mapping[str, Array]]

_STEP = 2e-5  # central difference step, relative to the size of a variable


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Slopes of figures by parameters at closed circuits.

    Parameters
    ----------
    figures, parameters : tuple of str
        Rows and columns.
    value : array, shape (figures, ...)
        Figures at the point.
    slope : array, shape (figures, parameters, ...)
        Change of each figure per unit of each parameter, the circuit closed again.
    tear_slope : array, shape (8, parameters, ...)
        The same for the torn variables.
    """

    figures: tuple[str, ...]
    parameters: tuple[str, ...]
    value: Array
    slope: Array
    tear_slope: Array

    def of(self, figure: str, parameter: str) -> Array:
        """Return the slope of one figure by one parameter."""
        row, column = self.figures.index(figure), self.parameters.index(parameter)
        return np.asarray(self.slope[row, column])

    def elasticity(self, figure: str, parameter: str, at: Array) -> Array:
        """Return d ln figure / d ln parameter where the parameter is ``at`` [-]."""
        value = self.value[self.figures.index(figure)]
        return np.asarray(self.of(figure, parameter) * at / value)


def sensitivities(
    solved: Solved,
    by: Sequence[str] | None = None,
    *,
    figures: Figures = indicators,
) -> Sensitivity:
    """Return the slopes of figures by parameters, from one broadcast walk.

    Parameters
    ----------
    solved : Solved
        Closed circuits.
    by : sequence of str, optional
        Parameters; all but the whole numbers otherwise.
    figures : callable
        Parameters and circuit to figures by name; all indicators otherwise.

    Returns
    -------
    Sensitivity
        Where a circuit is not closed the slopes mean nothing.

    Raises
    ------
    InputError
        If a name is no parameter, or one that counts.

    Notes
    -----
    With the closed circuit F(x, p) = 0, ``dK/dp = K_p - K_x F_x^-1 F_p``; the partials
    are central differences of one walk at (1 + 2 (8 + parameters)) points.

    Examples
    --------
    A closer digestion saves liquor, 1.8 % for 1 %:

    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> found = sensitivities(solve(p), ["digestion_ratio"])
    >>> found.elasticity(
    ...     "test_tank_liquor_m3_per_t", "digestion_ratio", p["digestion_ratio"]
    ... ).round(2).item()
    1.82
    """
    names = tuple(n for n in parameters() if n not in COUNTS)
    if by is not None:
        names = tuple(dict.fromkeys(by))
        _refuse_unknown(names)
    width, count = len(TEARS), len(names)
    tears = solved.tears
    shape = tears.shape[1:]
    rows = 1 + 2 * (width + count)
    tried = np.repeat(tears[:, None], rows, axis=1)
    steps = _STEP * np.maximum(np.abs(tears), 1e-3)
    for i in range(width):
        tried[i, 1 + 2 * i] += steps[i]
        tried[i, 2 + 2 * i] -= steps[i]
    moved, lengths = _moved(solved.plant, names, rows, shape, 1 + 2 * width)
    with np.errstate(all="ignore"):
        after, circuit = walk(moved, tried)
        table = figures(moved, circuit)
    labels = tuple(table)
    stacked = np.stack([np.broadcast_to(table[k], (rows, *shape)) for k in labels])
    gap = after - tried
    lengths = np.concatenate([steps, lengths])
    by_all = [
        (both[:, 1::2] - both[:, 2::2]) / (2.0 * lengths) for both in (gap, stacked)
    ]
    closed = _implicit(by_all[0][:, :width], by_all[0][:, width:])
    slope = by_all[1][:, width:] + np.einsum(
        "kx...,xp...->kp...", by_all[1][:, :width], closed
    )
    return Sensitivity(labels, names, stacked[:, 0], slope, closed)


def _refuse_unknown(names: Sequence[str]) -> None:
    for name in names:
        if name not in parameters() or name in COUNTS:
            raise InputError(
                f"no slope by '{name}': it is no parameter of the circuit, or a whole "
                "number; name one of orebook.process.alumina.parameters"
            )


def _moved(
    plant: Mapping[str, Array],
    names: Sequence[str],
    rows: int,
    shape: tuple[int, ...],
    first: int,
) -> tuple[dict[str, Array], Array]:
    """Return the parameters, each moved both ways in two rows, and the steps."""
    found = {k: np.asarray(v, np.float64) for k, v in plant.items()}
    lengths = []
    for i, name in enumerate(names):
        at = np.broadcast_to(found[name], shape)
        length = _STEP * np.maximum(np.abs(at), 1e-2)
        table = np.broadcast_to(at, (rows, *shape)).copy()
        table[first + 2 * i] += length
        table[first + 2 * i + 1] -= length
        found[name] = table
        lengths.append(length)
    return found, np.array(lengths).reshape(len(names), *shape)


def _implicit(by_tears: Array, by_parameters: Array) -> Array:
    """Return dx/dp = -F_x^-1 F_p, the leading two axes being the matrix."""
    left = np.moveaxis(by_tears, (0, 1), (-2, -1))
    right = np.moveaxis(by_parameters, (0, 1), (-2, -1))
    bad = ~np.all(np.isfinite(left), axis=(-2, -1), keepdims=True)
    left = np.where(bad, np.eye(left.shape[-1]), left)
    return np.asarray(np.moveaxis(-np.linalg.solve(left, right), (-2, -1), (0, 1)))


def by_alumina_to_silica(
    found: Sensitivity, plant: Mapping[str, Array]
) -> dict[str, Array]:
    """Return the slope of every figure by the ore's A/S [per t/t].

    Parameters
    ----------
    found : Sensitivity
        With slopes by ``ore_reactive_silica``, ``ore_monohydrate`` and
        ``ore_gibbsite``.
    plant : mapping
        Parameters of the circuits.

    Returns
    -------
    dict
        Figure to slope, Al2O3 of the ore held.

    Notes
    -----
    A/S rises as reactive silica falls; the alumina its kaolinite held goes to the
    hydrates in their own proportion.

    Examples
    --------
    A better ore takes less caustic:

    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> p = plant("high_temperature")
    >>> found = by_alumina_to_silica(sensitivities(solve(p)), p)
    >>> found["caustic_kg_per_t"].round(1).item()
    -36.2
    """
    three, one = plant["ore_gibbsite"], plant["ore_monohydrate"]
    silica = plant["ore_reactive_silica"] + plant["ore_quartz"]
    alumina = three + one + KAOLINITE_ALUMINA * plant["ore_reactive_silica"]
    freed = KAOLINITE_ALUMINA / (three + one)
    per_silica = -(silica**2) / alumina  # t/t of silica per t/t of A/S
    return {
        figure: np.asarray(
            per_silica
            * (
                found.of(figure, "ore_reactive_silica")
                - freed * three * found.of(figure, "ore_gibbsite")
                - freed * one * found.of(figure, "ore_monohydrate")
            )
        )
        for figure in found.figures
    }
