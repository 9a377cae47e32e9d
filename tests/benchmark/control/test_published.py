"""Published control charts and capability, each case naming its source."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from orebook.benchmark.control import (
    Spec,
    c4,
    capability,
    cusum_chart,
    d2,
    d3,
    ewma_chart,
    individuals_chart,
    mean_range_chart,
    mean_spread_chart,
)

NIST_EWMA = (52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6,
             49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)  # fmt: skip
NIST_EWMA_Z = (50.6, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33,
               50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94,
               51.99)  # fmt: skip
NIST_FLOW = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)
NIST_CUSUM = (324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525,
              325.225, 324.600, 324.625, 325.150, 328.325, 327.250, 327.825, 328.500,
              326.675, 327.775, 326.875, 328.350)  # fmt: skip


@pytest.fixture(scope="module")
def rings() -> np.ndarray:
    """Piston rings, 40 samples of 5 diameters [mm] (Montgomery)."""
    path = Path(__file__).with_name("pistonrings.csv")
    with path.open(newline="") as stream:
        found = [float(r["diameter"]) for r in csv.DictReader(stream)]
    return np.array(found).reshape(-1, 5)


@pytest.mark.parametrize(
    ("n", "two", "three", "four"),
    [
        (2, 1.128, 0.853, 0.7979),
        (3, 1.693, 0.888, 0.8862),
        (4, 2.059, 0.880, 0.9213),
        (5, 2.326, 0.864, 0.9400),
        (6, 2.534, 0.848, 0.9515),
        (10, 3.078, 0.797, 0.9727),
        (25, 3.931, 0.708, 0.9896),
    ],
)
def test_constants_of_the_tables(n: int, two: float, three: float, four: float) -> None:
    """ASTM Manual on Presentation of Data, table of factors, rounded as printed."""
    assert d2(n) == pytest.approx(two, abs=6e-4)
    assert d3(n) == pytest.approx(three, abs=6e-4)
    assert c4(n) == pytest.approx(four, abs=6e-5)


def test_constants_of_two_values_in_closed_form() -> None:
    """The difference of two normal values: |N(0, 2)|, both moments known."""
    assert d2(2) == pytest.approx(2.0 / np.sqrt(np.pi), rel=1e-12)
    assert d3(2) == pytest.approx(np.sqrt(2.0 - 4.0 / np.pi), rel=1e-9)
    assert c4(2) == pytest.approx(np.sqrt(2.0 / np.pi), rel=1e-12)


def test_ewma_of_the_handbook() -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.4."""
    chart = ewma_chart(np.array(NIST_EWMA), target=50.0, sd=2.0539, weight=0.3)
    assert chart.level.points == pytest.approx(NIST_EWMA_Z, abs=0.0051)
    assert chart.level.high[-1] == pytest.approx(52.588432, abs=2e-3)
    assert chart.level.low[-1] == pytest.approx(47.411568, abs=2e-3)
    assert chart.steady


def test_ewma_limits_far_out_are_those_printed() -> None:
    """NIST 6.3.2.4 prints the limits of the long run: 52.588432 and 47.411568."""
    chart = ewma_chart(np.tile(NIST_EWMA, 4), target=50.0, sd=2.0539, weight=0.3)
    assert chart.level.high[-1] == pytest.approx(52.588432, abs=5e-6)


def test_individuals_of_the_handbook() -> None:
    """NIST/SEMATECH e-Handbook, 6.3.2.2: mean 50.81, range 1.8778, 45.8 to 55.8."""
    chart = individuals_chart(np.array(NIST_FLOW), allow_for_correlation=False)
    assert chart.level.centre == pytest.approx(50.81, abs=1e-9)
    assert chart.panels[1].centre == pytest.approx(1.8778, abs=5e-5)
    assert chart.level.high[0] == pytest.approx(55.8041, abs=3e-3)
    assert chart.level.low[0] == pytest.approx(45.8159, abs=3e-3)
    assert chart.panels[1].high[0] == pytest.approx(3.267 * 1.8778, rel=2e-4)
    assert chart.steady


def test_cusum_of_the_handbook() -> None:
    """NIST/SEMATECH e-Handbook, 6.3.2.3: k 0.3175, h 4.1959; signals from 14 on."""
    chart = cusum_chart(
        np.array(NIST_CUSUM), target=325.0, sd=0.635, slack=0.5, decision=4.1959 / 0.635
    )
    assert [s.point + 1 for s in chart.level.signals] == list(range(14, 21))
    assert chart.level.points[13] == pytest.approx(4.94, abs=5e-3)
    assert chart.panels[1].signals == ()


def test_mean_and_range_of_piston_rings(rings: np.ndarray) -> None:
    """Montgomery, Introduction to Statistical Quality Control, piston rings."""
    chart = mean_range_chart(rings, base=25)
    assert chart.level.centre == pytest.approx(74.001176, abs=1e-6)
    assert chart.panels[1].centre == pytest.approx(0.02276, abs=1e-9)
    assert chart.level.high[0] == pytest.approx(74.01431, abs=1e-5)
    assert chart.level.low[0] == pytest.approx(73.98804, abs=1e-5)
    assert chart.panels[1].high[0] == pytest.approx(0.04811, abs=2e-5)
    assert chart.panels[1].low[0] == 0.0
    assert chart.sd == pytest.approx(0.009785, abs=1e-6)
    assert [s.point + 1 for s in chart.level.signals] == [37, 38, 39]
    assert chart.widened == 1.0


def test_mean_and_spread_of_piston_rings(rings: np.ndarray) -> None:
    """Montgomery, the same with standard deviations: 0.00924, 0.0193."""
    chart = mean_spread_chart(rings, base=25)
    assert chart.panels[1].centre == pytest.approx(0.00924, abs=5e-6)
    assert chart.level.high[0] == pytest.approx(74.014362, abs=5e-6)
    assert chart.level.low[0] == pytest.approx(73.98799, abs=5e-6)
    assert chart.panels[1].high[0] == pytest.approx(0.019302, abs=1e-5)
    assert chart.sd == pytest.approx(0.00983, abs=5e-6)


def test_capability_of_piston_rings(rings: np.ndarray) -> None:
    """Montgomery, piston rings against 74 +- 0.05 mm."""
    sd = mean_range_chart(rings[:25]).sd
    found = capability(rings[:25].ravel(), Spec(73.95, 74.05), within=sd)
    figures = (found.cp, found.cpk, found.pp, found.ppk)
    wanted = (1.7033, 1.6632, 1.6551, 1.6162)
    assert [i.value for i in figures] == pytest.approx(wanted, abs=1e-4)


def test_limits_of_capability_as_in_the_textbook() -> None:
    """Montgomery, examples of confidence limits: Cp 2.29, n 20; Cpk 1.33, n 20.

    Cp of 2.29 with 19 degrees of freedom: 1.57 to 3.01; Cpk of 1.33: 0.88 to 1.78
    (Bissell's approximation, 95 %; the book prints 0.99 to 1.67 for Cpk by 90 %).
    """
    half = np.sqrt(19 / 20)  # a series of +-1 has this factor in its sample sd
    x = np.tile([-1.0, 1.0], 10) * half
    sd = float(x.std(ddof=1))
    found = capability(x, Spec(-3 * 2.29 * sd, 3 * 2.29 * sd), within=sd)
    assert found.cp.low == pytest.approx(1.57, abs=0.005)
    assert found.cp.high == pytest.approx(3.01, abs=0.005)
    one = capability(x, Spec(None, 3 * 1.33 * sd), within=sd, confidence=0.95)
    assert one.cpk.low == pytest.approx(0.88, abs=0.01)
    assert one.cp.value is None
