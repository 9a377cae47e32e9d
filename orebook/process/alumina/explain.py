"""Why a circuit cannot be: which constraint is not met, and what bounds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orebook.process.alumina.explain_words import worded
from orebook.process.alumina.ore import ore_chemistry, ore_oxides
from orebook.process.alumina.precipitation import precipitate
from orebook.process.alumina.solve import Solved
from orebook.process.contract import Array
from orebook.process.properties.liquor import (
    CARBONATE_PER_SODA,
    RATIO_FACTOR,
    saturation_alumina,
)

__all__ = ["IMPOSSIBLE", "Reason", "equilibrium_ratio", "explain", "feasible"]

RATIO_MARGIN = 0.05
"""A target ratio this close to equilibrium is not reached in practice [mol/mol]."""

_GAP = 0.15
IMPOSSIBLE = ("flash", "cake", "wash_water", "evaporation", "carbonate")
"""Constraints whose breach no plant can run with, though the circuit may close."""
_ROUNDING = 1e-9  # of a bound that is met exactly [-]


@dataclass(frozen=True, slots=True)
class Reason:
    """A constraint that a case does not meet.

    Parameters
    ----------
    constraint : str
        Which one.
    case : tuple of int
        Index of the case.
    value, bound : float
        What it comes to, and the bound.
    text, zh : str
        In words, with the remedy, in English and in Chinese.
    """

    constraint: str
    case: tuple[int, ...]
    value: float
    bound: float
    text: str
    zh: str = ""


def equilibrium_ratio(p: Mapping[str, Array]) -> Array:
    """Return the caustic ratio in equilibrium with the mineral digested [mol/mol].

    Parameters
    ----------
    p : mapping
        Parameters of the circuit.

    Notes
    -----
    Gibbsite where most of the extracted alumina is gibbsite, else diaspore; caustic as
    in the test tank, no salts (they let more alumina dissolve: the bound is cautious).

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> equilibrium_ratio(plant("low_temperature")).round(2).item()
    1.29
    """
    caustic = np.clip(CARBONATE_PER_SODA * p["test_tank_caustic"], 1.0, 599.0)
    heat = p["digestion_temperature"]
    trihydrate = p["ore_gibbsite"] * p["extraction_gibbsite"]
    monohydrate = p["ore_monohydrate"] * p["extraction_monohydrate"]
    found = [
        saturation_alumina(caustic, heat, mineral=mineral, shift=p["digestion_shift"])
        for mineral in ("gibbsite", "diaspore")
    ]
    star = np.where(trihydrate >= monohydrate, found[0], found[1])
    star = star * np.exp(p["solubility_shift"])
    return np.asarray(RATIO_FACTOR * p["test_tank_caustic"] / star)


def _checks(solved: Solved) -> dict[str, tuple[Array, Array]]:
    """Return value and bound of every constraint; met where value >= bound."""
    p, c = solved.plant, solved.circuit
    zero = np.zeros(())
    wet = CARBONATE_PER_SODA * p["carbonate_share"] * p["pregnant_caustic"]
    alumina = RATIO_FACTOR * p["pregnant_caustic"] / p["digestion_ratio"]
    thin, _ = precipitate(p, alumina, wet)
    spent = RATIO_FACTOR * p["pregnant_caustic"] / thin
    closed = solved.converged
    inside = {
        "wash_water": c.wash_water,
        "evaporation": c.evaporated,
        "carbonate": c.causticisation.purged,
    }
    carried = (1.0 - p["underflow_solids"]) / p["underflow_solids"]
    kept = p["cake_moisture"] / (1.0 - p["cake_moisture"])
    left = 1.0 - p["product_alumina"] - p["product_soda"]
    return {
        "assay": (np.asarray(ore_oxides(p)["other"]), zero),
        "flash": (p["digestion_temperature"] - p["flash_temperature"], np.asarray(1.0)),
        "cake": (np.asarray(carried - kept), zero),
        "product": (np.asarray(left), zero),
        "extraction": (ore_chemistry(p).extracted, np.asarray(0.01)),
        "digestion_ratio": (
            p["digestion_ratio"] - equilibrium_ratio(p),
            np.asarray(RATIO_MARGIN),
        ),
        "supersaturation": (spent, p["digestion_ratio"] + _GAP),
        **{k: (np.where(closed, v, 0.0), zero) for k, v in inside.items()},
    }


def feasible(solved: Solved) -> NDArray[np.bool_]:
    """Return where a circuit is closed and meets every constraint.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> bool(feasible(solve(plant("high_temperature"))))
    True
    """
    good = np.array(solved.converged)
    with np.errstate(all="ignore"):
        for value, bound in _checks(solved).values():
            good = good & (value >= bound - _ROUNDING)
    return np.asarray(good)


def explain(solved: Solved) -> tuple[Reason, ...]:
    """Return every constraint that is not met, case by case.

    Parameters
    ----------
    solved : Solved
        Circuits, closed or not.

    Returns
    -------
    tuple of Reason
        Empty where all is well. A case that is not closed and breaks no known bound is
        told as such.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> from orebook.process.alumina.solve import solve
    >>> explain(solve(plant("low_temperature", digestion_ratio=1.3)))[0].constraint
    'digestion_ratio'
    """
    shape = solved.converged.shape
    found: list[Reason] = []
    with np.errstate(all="ignore"):
        checks = _checks(solved)
    told = np.zeros(shape, np.bool_)
    for name, (value, bound) in checks.items():
        value, bound = np.broadcast_to(value, shape), np.broadcast_to(bound, shape)
        broken = ~(value >= bound - _ROUNDING)
        told = told | broken
        found += _reasons(name, broken, value, bound)
    silent = ~solved.converged & ~told
    bound = np.full(shape, 1e-11)
    found += _reasons("iteration", silent, solved.residual, bound)
    return tuple(found)


def _reasons(
    name: str, broken: NDArray[np.bool_], value: Array, bound: Array
) -> list[Reason]:
    rows = []
    for index in np.argwhere(broken):
        case = tuple(int(i) for i in index)
        at, limit = float(value[case]), float(bound[case])
        said = (worded(name, at, limit, lang) for lang in ("en", "zh"))
        rows.append(Reason(name, case, at, limit, *said))
    return rows
