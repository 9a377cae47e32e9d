"""Published nonlinear fits: the reference sets of NIST, level lower and higher."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from orebook.evaluate.tuning.fit import Fitted, fit
from tests.docs.published import Published
from tests.evaluate.tuning.test_fit import MISRA_X, MISRA_Y, THURBER_X, THURBER_Y

NIST = "NIST Statistical Reference Datasets, nonlinear regression, {name}, certified"


def fits() -> list[Published]:
    """Return the cases."""
    values = (1288.13968, 1491.0792535, 583.23836877, 75.416644291)
    deviations = (4.6647963344, 39.571156086, 28.698696102, 5.567537027)
    thurber = {f"b{k + 1}": v for k, v in enumerate(values)}
    thurber |= {f"deviation of b{k + 1}": v for k, v in enumerate(deviations)}
    return [
        Published(
            "Tuning",
            "Misra1a",
            NIST.format(name="Misra1a"),
            "-",
            {
                "b1": 238.94212918,
                "b2 in 1e-4": 5.5015643181,
                "deviation of b1": 2.7070075241,
                "deviation of b2 in 1e-6": 7.2668688436,
                "residual sum of squares": 0.12455138894,
            },
            _misra,
            within=1e-6,
        ),
        Published(
            "Tuning", "Thurber", NIST.format(name="Thurber"), "-", thurber, _thurber,
            within=1e-4,
        ),
    ]  # fmt: skip


def _misra() -> Iterable[float]:
    found = fit(
        lambda b: b[0] * (1.0 - np.exp(-b[1] * MISRA_X)) - MISRA_Y,
        np.array([500.0, 1e-4]),
        low=np.zeros(2), high=np.array([1e4, 1.0]), scale=np.array([100.0, 1e-4]),
    )  # fmt: skip
    error = found.standard_error
    return [
        found.value[0], 1e4 * found.value[1], error[0], 1e6 * error[1], found.chi2
    ]  # fmt: skip


def _thurber() -> Iterable[float]:
    found = thurber_fit()
    return [*found.value[:4], *found.standard_error[:4]]


def thurber_fit() -> Fitted:
    """Return the fit from the first starting point of the source."""
    x = THURBER_X
    start = np.array([1000.0, 1000.0, 400.0, 40.0, 0.7, 0.3, 0.03])
    return fit(
        lambda b: (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3)
        / (1.0 + b[4] * x + b[5] * x**2 + b[6] * x**3)
        - THURBER_Y,
        start, low=np.zeros(7), high=10.0 * start, scale=start,
    )  # fmt: skip
