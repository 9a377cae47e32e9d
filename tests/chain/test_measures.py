"""Units, signs and sizes of quantities; everyday units against the unit registry."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chain.assay import forms_above, is_formula, matter
from orebook.chain.measures import Form, per_year, problem
from orebook.chain.meters import METER_TYPES, default_sd
from orebook.errors import InputError
from orebook.quantity import Measure, factor, parse

PINT = pytest.importorskip("pint")


@pytest.mark.parametrize(
    ("unit", "target"),
    [
        ("kg", "t"), ("Mt", "t"), ("kWh", "MWh"), ("MJ", "GJ"), ("GJ", "MWh"),
        ("g/t", "kg/t"), ("kWh/t", "MWh/t"), ("GJ/t", "MJ/kg"), ("ppm", "%"),
        ("t/h", "kg/min"), ("MW", "kW"), ("kA", "A"), ("km", "m"),
    ],
)  # fmt: skip
def test_everyday_units_agree_with_the_registry(unit: str, target: str) -> None:
    """Oracle: pint 0.25 with its own definitions of the same units."""
    registry = PINT.UnitRegistry()
    percent = {"%": "percent"}
    one = registry.Quantity(1.0, percent.get(unit, unit))
    expected = one.to(percent.get(target, target)).magnitude
    assert factor(unit, target) == (pytest.approx(expected, rel=1e-12), 0.0)


def test_a_kilotonne_is_no_knot() -> None:
    assert parse("150 kt").to("t") == 150_000.0
    assert parse("3 kt/a").to("lb/a") == pytest.approx(3e6 / 0.45359237)


def test_ten_thousand_tonnes_below_a_line() -> None:
    assert parse("5 CNY/万吨").to("CNY/t") == pytest.approx(5e-4)


@settings(max_examples=50)
@given(
    st.floats(1e-3, 1e3),
    st.sampled_from(["t", "kt", "kg"]),
    st.sampled_from(["h", "d", "week", "month", "a"]),
)
def test_a_rate_is_the_same_per_any_time(number: float, unit: str, per: str) -> None:
    yearly = per_year(Measure(number, f"{unit}/{per}"), "t")
    back = {"h": 8760.0, "d": 365.0, "week": 8760 / 168, "month": 12.0, "a": 1.0}[per]
    assert yearly == pytest.approx(Measure(number, unit).to("t") * back)


@settings(max_examples=50)
@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_a_capacity_is_right_from_nought_to_the_largest(number: float) -> None:
    told = problem(Measure(number, "t/a"), Form("max", "{u}", per_time=True), "t")
    assert (told is None) == (0 <= number <= 1e9)


def test_a_signed_price_may_be_negative() -> None:
    assert (
        problem(parse("-28 CNY/t"), Form("price", "CNY/{u}", signed=True), "t") is None
    )
    assert problem(parse("-28 CNY/t"), Form("freight", "CNY/{u}"), "t") is not None


def test_only_matter_counts_in_an_assay() -> None:
    """Al2O3_g is the gibbsitic part of Al2O3, TREO a sum, Fines a size class."""
    assay = {"Al2O3": 0.5, "Al2O3_g": 0.4, "TREO": 0.9, "Fines": 0.6, "SiO2": 0.1}
    assert matter(assay) == pytest.approx(0.6)
    assert forms_above(assay) == {}
    assert forms_above({**assay, "Al2O3_m": 0.2}) == {"Al2O3": pytest.approx(0.6)}


@pytest.mark.parametrize("name", ["Nd2O3", "Na2CO3", "H2O", "Fe"])
def test_formulae(name: str) -> None:
    assert is_formula(name)


@pytest.mark.parametrize("name", ["moisture", "Xx2O3", "ash", "Fines", "SiO2_r"])
def test_no_formulae(name: str) -> None:
    assert not is_formula(name)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("weighbridge", 0.001, 0.0025), ("draught_survey", 0.005, 0.015),
        ("belt_scale_good", 0.0025, 0.005), ("belt_scale", 0.01, 0.02),
        ("belt_scale_poor", 0.03, 0.05), ("magnetic_flow", 0.005, 0.01),
        ("slurry_solids", 0.02, 0.04), ("orifice", 0.015, 0.025),
        ("hopper_scale", 0.001, 0.002), ("tank_level", 0.005, 0.01),
        ("stockpile_survey", 0.0335, 0.0583),
    ],
)  # fmt: skip
def test_usual_errors_lie_in_their_ranges(kind: str, low: float, high: float) -> None:
    """Ranges of typical relative errors as used with AMIRA P754 (2007).

    The stockpile joins volume (1.5-3 %) and bulk density (3-5 %) in quadrature.
    """
    assert low <= default_sd(kind) <= high


def test_an_unknown_meter_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'orifice'"):
        default_sd("orifce")
    assert all(0 < t.sd < 0.2 and t.name_zh for t in METER_TYPES.values())
