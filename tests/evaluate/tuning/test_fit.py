"""The fitting core against certified fits, another solver and its own limits."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy.optimize import curve_fit

from orebook.errors import InputError
from orebook.evaluate.tuning.fit import fit, interval_factor

MISRA_X = np.array([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8,
                    477.3, 536.8, 593.1, 689.1, 760.0])  # fmt: skip
MISRA_Y = np.array([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76,
                    55.05, 61.01, 66.40, 75.47, 81.78])  # fmt: skip
THURBER_Y = np.array([
    80.574, 84.248, 87.264, 87.195, 89.076, 89.608, 89.868, 90.101, 92.405, 95.854,
    100.696, 101.060, 401.672, 390.724, 567.534, 635.316, 733.054, 759.087, 894.206,
    990.785, 1090.109, 1080.914, 1122.643, 1178.351, 1260.531, 1273.514, 1288.339,
    1327.543, 1353.863, 1414.509, 1425.208, 1421.384, 1442.962, 1464.350, 1468.705,
    1447.894, 1457.628,
])  # fmt: skip
THURBER_X = np.array([
    -3.067, -2.981, -2.921, -2.912, -2.840, -2.797, -2.702, -2.699, -2.633, -2.481,
    -2.363, -2.322, -1.501, -1.460, -1.274, -1.212, -1.100, -1.046, -0.915, -0.714,
    -0.566, -0.545, -0.400, -0.309, -0.109, -0.103, 0.010, 0.119, 0.377, 0.790, 0.963,
    1.006, 1.115, 1.572, 1.841, 2.047, 2.200,
])  # fmt: skip


def test_misra1a_as_certified() -> None:
    """NIST StRD nonlinear regression, Misra1a: certified values and deviations.

    Source: https://www.itl.nist.gov/div898/strd/nls/data/misra1a.shtml
    """
    found = fit(
        lambda b: b[0] * (1.0 - np.exp(-b[1] * MISRA_X)) - MISRA_Y,
        np.array([500.0, 1e-4]),
        low=np.zeros(2), high=np.array([1e4, 1.0]), scale=np.array([100.0, 1e-4]),
    )  # fmt: skip
    assert found.value == pytest.approx([2.3894212918e2, 5.5015643181e-4], rel=1e-8)
    certified = [2.7070075241, 7.2668688436e-6]
    assert found.standard_error == pytest.approx(certified, rel=1e-6)
    assert found.chi2 == pytest.approx(1.2455138894e-1, rel=1e-9)
    assert found.freedom == 12


def test_thurber_as_certified() -> None:
    """NIST StRD nonlinear regression, Thurber (level of difficulty: higher).

    Source: https://www.itl.nist.gov/div898/strd/nls/data/thurber.shtml
    """
    x = THURBER_X
    start = np.array([1000.0, 1000.0, 400.0, 40.0, 0.7, 0.3, 0.03])  # start 1
    found = fit(
        lambda b: (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3)
        / (1.0 + b[4] * x + b[5] * x**2 + b[6] * x**3)
        - THURBER_Y,
        start, low=np.zeros(7), high=10.0 * start, scale=start,
    )  # fmt: skip
    certified = [1.2881396800e3, 1.4910792535e3, 5.8323836877e2, 7.5416644291e1,
                 9.6629502864e-1, 3.9797285797e-1, 4.9727297349e-2]  # fmt: skip
    deviations = [4.6647963344, 3.9571156086e1, 2.8698696102e1, 5.5675370270,
                  3.1333340687e-2, 1.4984928198e-2, 6.5842344623e-3]  # fmt: skip
    assert found.value == pytest.approx(certified, rel=1e-6)
    assert found.standard_error == pytest.approx(deviations, rel=1e-4)
    assert found.chi2 == pytest.approx(5.6427082397e3, rel=1e-9)


def test_soft_l1_is_not_drawn_by_one_bad_figure() -> None:
    x = np.linspace(0.0, 1.0, 30)
    y = 1.0 + 2.0 * x
    y[4] += 50.0
    wide = np.full(2, 100.0)

    def off(loss: Literal["linear", "soft_l1"]) -> float:
        found = fit(lambda b: (b[0] + b[1] * x - y) / 0.01, np.zeros(2), low=-wide,
                    high=wide, scale=np.ones(2), loss=loss)  # fmt: skip
        return float(np.max(np.abs(found.value - [1.0, 2.0])))

    assert off("soft_l1") < 0.01 < 1.0 < off("linear")


def test_an_estimate_on_its_bound_says_so_and_takes_no_part_in_the_doubt() -> None:
    x = np.linspace(0.0, 1.0, 20)
    rng = np.random.default_rng(3)
    y = 3.0 + x + 0.01 * rng.standard_normal(20)
    found = fit(lambda b: b[0] + b[1] * x - y, np.array([1.0, 1.0]),
                low=np.array([0.0, 0.0]), high=np.array([2.9, 5.0]),
                scale=np.ones(2))  # fmt: skip
    assert found.at_bound.tolist() == [True, False]
    assert found.value[0] == pytest.approx(2.9, abs=1e-6)
    assert found.standard_error[0] == 0.0 < found.standard_error[1]


def test_it_agrees_with_curve_fit_on_a_weighted_straight_line() -> None:
    rng = np.random.default_rng(1)
    x, sd = np.linspace(1.0, 9.0, 25), rng.uniform(0.1, 0.9, 25)
    y = 0.4 + 0.7 * x + sd * rng.standard_normal(25)
    theirs, covariance = curve_fit(lambda x, a, b: a + b * x, x, y, sigma=sd)
    wide = np.full(2, 50.0)
    ours = fit(lambda b: (b[0] + b[1] * x - y) / sd, np.zeros(2), low=-wide, high=wide,
               scale=np.ones(2))  # fmt: skip
    assert ours.value == pytest.approx(theirs, rel=1e-7)
    assert ours.covariance == pytest.approx(covariance, rel=1e-6)


def test_too_few_residuals_and_bad_ones_are_refused() -> None:
    one = np.ones(2)
    with pytest.raises(InputError, match="1 residuals cannot tell 2 parameters"):
        fit(lambda b: b[:1], one, low=-9 * one, high=9 * one, scale=one)
    with pytest.raises(InputError, match="2 of 3 residuals are not finite"):
        fit(lambda b: np.array([np.nan, np.inf, b[0]]), one, low=-9 * one,
            high=9 * one, scale=one)  # fmt: skip


def test_interval_factor_tends_to_the_normal_one() -> None:
    """Student's t of 97.5 %, from any table: 12.706 at 1, 2.086 at 20."""
    assert interval_factor(1) == pytest.approx(12.706, abs=1e-3)
    assert interval_factor(20) == pytest.approx(2.086, abs=1e-3)
    assert interval_factor(10**7) == pytest.approx(1.96, abs=1e-3)
