"""Fit: how far the circuit is from what a month measured, for tuning its constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orebook.chain.nearest import did_you_mean
from orebook.errors import InputError
from orebook.process.alumina.explain import explain
from orebook.process.alumina.indicators import indicators
from orebook.process.alumina.parameters import COUNTS, parameters
from orebook.process.alumina.sensitivity import sensitivities
from orebook.process.alumina.solve import Solved, solve
from orebook.process.contract import Array

__all__ = ["FITTED", "Measured", "Misfit", "misfit"]

FITTED = (
    "extraction_monohydrate",
    "extraction_gibbsite",
    "dsp_soda",
    "dsp_alumina",
    "quartz_attack",
    "growth_constant",
    "solubility_shift",
    "digestion_shift",
    "washer_efficiency",
    "adsorbed_soda",
    "hydrolysis_loss",
    "digestion_heat_loss",
    "heater_approach",
    "soda_loss",
    "causticised",
)
"""Constants a plant fits to its months, by name in `parameters` with their bounds."""


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator as a month measured it.

    Parameters
    ----------
    indicator : str
        Name in `orebook.process.alumina.indicators.indicators`.
    value, deviation : float
        Measured value and its standard deviation, above 0 [unit of the indicator].
    """

    indicator: str
    value: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Misfit:
    """How far a circuit is from what was measured.

    Parameters
    ----------
    residual : array, shape (measured,)
        (circuit - measured) / deviation [-].
    slope : array, shape (measured, constants)
        Change of each residual per unit of each constant.
    solved : Solved
        The circuit.
    """

    residual: Array
    slope: Array
    solved: Solved


def misfit(
    plant: Mapping[str, Array],
    measured: Sequence[Measured],
    constants: Mapping[str, float],
) -> Misfit:
    """Return residuals and their exact slopes at values of the constants.

    Parameters
    ----------
    plant : mapping
        All parameters of one month: its settings and its ore.
    measured : sequence of Measured
        What the month measured.
    constants : mapping
        Constant to the value tried; slopes are taken in this order.

    Raises
    ------
    InputError
        If an indicator or constant is unknown, a deviation is not above 0, or no
        circuit closes at these values.

    Examples
    --------
    >>> from orebook.process.alumina.parameters import plant
    >>> read = [Measured("yield_kg_per_m3", 85.0, 0.5)]
    >>> found = misfit(plant("high_temperature"), read, {"growth_constant": 2.2})
    >>> found.residual.round(1).tolist(), found.slope.round(0).tolist()
    ([4.8], [[19.0]])
    """
    _refuse_unknown(measured, constants)
    tried = {k: np.asarray(v, np.float64) for k, v in constants.items()}
    solved = solve({**plant, **tried})
    if not bool(np.all(solved.converged)):
        reasons = explain(solved)
        raise InputError(f"no circuit closes at these constants: {reasons[0].text}")
    known = indicators(solved.plant, solved.circuit)
    for one in measured:
        if one.indicator not in known:
            hint = did_you_mean(one.indicator, known, "name an indicator")
            raise InputError(f"no indicator is called '{one.indicator}'; {hint}")
    names = [m.indicator for m in measured]
    value, size = (np.array([getattr(m, k) for m in measured]) for k in _FIELDS)
    here = np.array([float(known[n]) for n in names])
    slopes = sensitivities(solved, list(constants))
    rows = [slopes.figures.index(n) for n in names]
    table = slopes.slope[rows].reshape(len(rows), len(tried))
    return Misfit((here - value) / size, table / size[:, None], solved)


_FIELDS = ("value", "deviation")


def _refuse_unknown(
    measured: Sequence[Measured], constants: Mapping[str, float]
) -> None:
    known = [n for n in parameters() if n not in COUNTS]
    for name in constants:
        if name not in known:
            hint = did_you_mean(name, known, "name a constant")
            raise InputError(f"no constant of the circuit is called '{name}'; {hint}")
    for one in measured:
        if not one.deviation > 0.0:
            raise InputError(
                f"measured {one.indicator}: deviation = {one.deviation:g}; expected "
                "above 0, the standard deviation of the figure; correct it"
            )
