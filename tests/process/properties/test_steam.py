"""Steam against the numbers of the release, its own identities and bad input.

Source of the tables: IAPWS R7-97(2012), tables 5, 7, 9, 15, 24, 29, 35 and 36.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.process.properties import expansion, steam
from orebook.process.properties.if97 import BLOCK

# region, T [K], p [MPa], v, h, u, s, cp, w
PUBLISHED = (
    (
        1,
        300,
        3,
        0.00100215168,
        115.331273,
        112.324818,
        0.392294792,
        4.17301218,
        1507.73921,
    ),
    (
        1,
        300,
        80,
        0.000971180894,
        184.142828,
        106.448356,
        0.368563852,
        4.01008987,
        1634.69054,
    ),
    (
        1,
        500,
        3,
        0.001202418,
        975.542239,
        971.934985,
        2.58041912,
        4.65580682,
        1240.71337,
    ),
    (
        2,
        300,
        0.0035,
        39.4913866,
        2549.91145,
        2411.6916,
        8.52238967,
        1.91300162,
        427.920172,
    ),
    (
        2,
        700,
        0.0035,
        92.3015898,
        3335.68375,
        3012.62819,
        10.1749996,
        2.08141274,
        644.289068,
    ),
    (
        2,
        700,
        30,
        0.00542946619,
        2631.49474,
        2468.61076,
        5.17540298,
        10.3505092,
        480.386523,
    ),
)
T_PH = (
    (3, 500, 391.798509),
    (80, 500, 378.108626),
    (80, 1500, 611.041229),
    (0.001, 3000, 534.433241),
    (3, 3000, 575.37337),
    (3, 4000, 1010.77577),
    (5, 3500, 801.299102),
    (5, 4000, 1015.31583),
    (25, 3500, 875.279054),
    (40, 2700, 743.056411),
    (60, 2700, 791.137067),
    (60, 3200, 882.75686),
)
T_PS = (
    (3, 0.5, 307.842258),
    (80, 0.5, 309.979785),
    (80, 3, 565.899909),
    (0.1, 7.5, 399.517097),
    (0.1, 8, 514.127081),
    (2.5, 8, 1039.84917),
    (8, 6, 600.48404),
    (8, 7.5, 1064.95556),
    (90, 6, 1038.01126),
    (20, 5.75, 697.992849),
    (80, 5.25, 854.011484),
    (80, 5.75, 949.017998),
)
P_SAT = (
    (300, 0.00353658941),
    (500, 2.63889776),
    (600, 12.3443146),
)
T_SAT = (
    (0.1, 372.755919),
    (1, 453.035632),
    (10, 584.149488),
)
PROPERTIES = (
    steam.volume,
    steam.enthalpy,
    steam.internal_energy,
    steam.entropy,
    steam.heat_capacity,
    steam.sound_speed,
)


@pytest.mark.parametrize("row", PUBLISHED)
def test_basic_equations_are_those_of_the_release(row: tuple[float, ...]) -> None:
    """Every published property to 1e-8 relative, in the right region."""
    number, t, p, *values = row
    assert steam.region(p, t) == number
    found = [float(f(p, t)) for f in PROPERTIES]
    assert found == pytest.approx(values, rel=1e-8)


@pytest.mark.parametrize(("p", "h", "t"), T_PH)
def test_temperature_from_enthalpy(p: float, h: float, t: float) -> None:
    assert float(expansion.temperature_from_enthalpy(p, h)) == pytest.approx(
        t, rel=1e-8
    )


@pytest.mark.parametrize(("p", "s", "t"), T_PS)
def test_temperature_from_entropy(p: float, s: float, t: float) -> None:
    assert float(expansion.temperature_from_entropy(p, s)) == pytest.approx(t, rel=1e-8)


def test_saturation_line() -> None:
    for t, p in P_SAT:
        assert float(steam.saturation_pressure(t)) == pytest.approx(p, rel=1e-8)
    for p, t in T_SAT:
        assert float(steam.saturation_temperature(p)) == pytest.approx(t, rel=1e-8)


def test_the_boundaries_of_regions_2_3_and_2b_2c() -> None:
    """16.5291643 MPa at 623.15 K; 3516.004323 kJ/kg at 100 MPa (tables of the release).

    Either side of the line lies in another region, or takes another equation.
    """
    for factor, number in ((1.0 - 1e-8, 2), (1.0 + 1e-8, 3)):
        assert steam.region(16.5291643 * factor, 623.15 + 1e-9) == number
    sides = [3516.004323 * f for f in (1.0 - 1e-9, 1.0 + 1e-9)]
    part = expansion._part_by_enthalpy(np.full(2, 100.0), np.array(sides))
    assert part.tolist() == [3, 2]


@pytest.mark.parametrize(
    ("p", "t"),
    [(25.5837018, 650.0), (22.2930643, 650.0), (78.3095639, 750.0), (0.5, 1500.0),
     (30.0, 1500.0), (30.0, 2000.0)],
)  # fmt: skip
def test_states_of_regions_3_and_5_are_refused(p: float, t: float) -> None:
    """The published states of regions we do not have give an error, or NaN."""
    with pytest.raises(InputError, match="outside IF97"):
        steam.enthalpy(p, t)
    assert np.isnan(steam.enthalpy(p, t, outside="nan"))


def test_the_tables_here_are_the_whole_verification_file(shared_data: Path) -> None:
    """Every row of regions 1, 2 and 4 and backward, and of the boundaries."""
    file = shared_data / "smelter-power-carbon" / "if97_verification.json"
    told = json.loads(file.read_text("utf-8"))
    names = ("v", "h", "u", "s", "cp", "w")
    rows = [(k, r) for k in (1, 2) for r in told[f"region{k}_Tp"]]
    assert sorted((k, r["T"], r["p"], *(r[n] for n in names)) for k, r in rows) == (
        sorted(PUBLISHED)
    )
    assert [(r["p"], r["h"], r["T"]) for r in told["T_ph"]] == list(T_PH)
    assert [(r["p"], r["s"], r["T"]) for r in told["T_ps"]] == list(T_PS)
    assert [(r["T"], r["p"]) for r in told["psat_T"]] == list(P_SAT)
    assert [(r["p"], r["T"]) for r in told["Tsat_p"]] == list(T_SAT)
    assert told["boundary23"] == [{"T": 623.15, "p": 16.5291643}]
    assert told["boundary2bc"] == [{"p": 100.0, "h": 3516.004323}]


def test_points_of_a_captive_station() -> None:
    """Live steam, feed water, deaerator (case 12 of the notes on power)."""
    found = steam.enthalpy([9.81, 14.0, 0.5], [813.15, 493.15, 378.15])
    np.testing.assert_allclose(found, [3478.8468, 947.1578, 440.4935], atol=5e-5)
    assert float(steam.entropy(9.81, 813.15)) == pytest.approx(6.7384446, abs=5e-8)


def test_useful_points_of_a_refinery() -> None:
    """Saturated steam at 0.6 and 6.0 MPa, three implementations agreeing."""
    found = steam.saturated_enthalpy([0.6, 6.0], "steam")
    np.testing.assert_allclose(found, [2756.1, 2784.6], atol=0.06)


@given(
    st.floats(0.002, 16.0, allow_nan=False), st.floats(280.0, 1070.0, allow_nan=False)
)
def test_properties_obey_their_definitions(p: float, t: float) -> None:
    """Energy is h - p v; backward equations lead back within their own bounds."""
    if not steam.inside(p, t).item():
        return
    h, u, v = (float(f(p, t)) for f in (steam.enthalpy, steam.internal_energy,
                                        steam.volume))  # fmt: skip
    assert u == pytest.approx(h - 1000.0 * p * v, abs=1e-9 * max(1.0, abs(h)))
    back = float(expansion.temperature_from_enthalpy(p, h))
    assert back == pytest.approx(t, abs=0.035)
    again = float(expansion.temperature_from_entropy(p, steam.entropy(p, t)))
    assert again == pytest.approx(t, abs=0.035)


def test_heat_capacity_is_the_slope_of_enthalpy() -> None:
    t, step = np.linspace(420.0, 1000.0, 30), 1e-3
    slope = (steam.enthalpy(0.3, t + step) - steam.enthalpy(0.3, t - step)) / (2 * step)
    np.testing.assert_allclose(steam.heat_capacity(0.3, t), slope, rtol=1e-6)


def test_blocks_change_nothing_and_shapes_broadcast() -> None:
    p = np.linspace(0.1, 10.0, 3 * BLOCK + 7)
    one_by_one = [float(steam.enthalpy(x, 600.0)) for x in p[::997]]
    np.testing.assert_allclose(steam.enthalpy(p, 600.0)[::997], one_by_one, rtol=1e-14)
    assert steam.enthalpy(np.ones((4, 1)), np.full(3, 500.0)).shape == (4, 3)
    assert steam.enthalpy(np.ones((0,)), np.ones((0,))).shape == (0,)


@pytest.mark.parametrize(
    ("p", "t"),
    [(25.0, 650.0), (-1.0, 300.0), (1.0, 20.0), (1.0, 1500.0), (np.nan, 400.0)],
)
def test_outside_is_an_error_or_nan_never_a_number(p: float, t: float) -> None:
    with pytest.raises(InputError, match="outside IF97"):
        steam.enthalpy([1.0, p], [400.0, t])
    found = steam.enthalpy([1.0, p], [400.0, t], outside="nan")
    assert np.isnan(found).tolist() == [False, True]
    assert np.isnan(expansion.temperature_from_enthalpy(p, 9000.0, outside="nan"))


def test_degrees_celsius_by_mistake_are_named() -> None:
    with pytest.raises(InputError, match=r"temperature = 20 K.*check the unit"):
        steam.saturation_pressure(20.0)


def test_expansion_into_the_wet_and_the_dry() -> None:
    """Back pressure wet at 0.6 MPa with eta 1; nothing is gained without a fall."""
    ideal = float(expansion.expansion_enthalpy(9.8, 813.15, 0.6, efficiency=1.0))
    assert ideal == pytest.approx(2747.43, abs=0.1)
    assert 0.0 < float(expansion.wetness(0.6, ideal)) < 0.01
    before = float(steam.enthalpy(9.8, 813.15))
    same = expansion.expansion_enthalpy(9.8, 813.15, 9.8, efficiency=0.8)
    assert float(same) == pytest.approx(before, abs=0.05)
    dry = expansion.expansion_enthalpy(9.8, 813.15, [3.0, 1.5], efficiency=0.85)
    assert np.all(np.diff(dry) < 0)


@pytest.mark.parametrize("p", [16.6, 18.0, 21.9])
def test_the_saturation_line_in_region_3_is_refused(p: float) -> None:
    """Above 16.529 MPa boiling water and steam lie in region 3: no extrapolation."""
    assert steam.REGION_1_END - 273.15 == 350.0
    for function in (steam.saturated_enthalpy, steam.saturated_entropy):
        for phase in ("water", "steam"):
            assert np.isnan(function(p, phase, outside="nan"))  # type: ignore[arg-type]
            with pytest.raises(InputError, match="outside IF97 regions 1"):
                function(p, phase)  # type: ignore[arg-type]
    assert np.isnan(steam.latent_heat(p, outside="nan"))
    assert np.isnan(expansion.wetness(p, 2000.0, outside="nan"))
    assert np.isnan(expansion.temperature_from_enthalpy(p, 2000.0, outside="nan"))
    # The line itself goes on to the critical point.
    assert 623.15 < float(steam.saturation_temperature(p)) < 647.096


def test_the_line_just_below_region_3_is_there() -> None:
    found = steam.saturated_enthalpy([16.0, 16.529], "steam")
    assert np.all(np.isfinite(found))
    assert float(steam.latent_heat(16.5)) > 0.0


@pytest.mark.parametrize(
    ("p", "t"),
    [(0.5, 1500.0), (30.0, 1200.0), (24.0, 640.0), (0.0, 400.0), (1.0, np.nan)],
)
def test_regions_3_and_5_vacuum_and_nan_have_no_property(p: float, t: float) -> None:
    for function in PROPERTIES:
        assert np.isnan(function(p, t, outside="nan"))
        with pytest.raises(InputError, match="outside IF97"):
            function(p, t)
    assert not steam.inside(p, t)


@pytest.mark.parametrize(
    ("p", "value"), [(1.0, np.nan), (np.nan, 2000.0), (1.0, -500.0), (-1.0, 3000.0)]
)
def test_backward_equations_refuse_what_has_no_state(p: float, value: float) -> None:
    assert np.isnan(expansion.temperature_from_enthalpy(p, value, outside="nan"))
    with pytest.raises(InputError, match="lies outside IF97"):
        expansion.temperature_from_enthalpy(p, value)


@pytest.mark.parametrize("efficiency", [0.0, -0.5, 1.2, 82.0])
def test_an_efficiency_that_no_turbine_has_is_refused(efficiency: float) -> None:
    with pytest.raises(InputError, match="isentropic efficiency"):
        expansion.expansion_enthalpy(9.8, 813.15, 0.6, efficiency=efficiency)


def test_steam_does_not_expand_upwards() -> None:
    with pytest.raises(InputError, match="lies above the inlet's"):
        expansion.expansion_enthalpy(0.6, 813.15, 9.8, efficiency=0.8)


def test_masks_leave_the_good_points_alone() -> None:
    """A bad point among good ones is nan; the others are what they are alone."""
    p = np.array([3.0, 24.0, 0.0035, -1.0])
    t = np.array([300.0, 640.0, 700.0, 300.0])
    found = steam.enthalpy(p, t, outside="nan")
    assert np.isnan(found).tolist() == [False, True, False, True]
    np.testing.assert_allclose(found[[0, 2]], [115.331273, 3335.68375], rtol=1e-8)
