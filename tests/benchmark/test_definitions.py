"""Definitions by standards: standard coal, effectiveness, limits of nature."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.benchmark.iso22400 import (
    availability,
    effectiveness,
    net_equipment_effectiveness,
    overall_equipment_effectiveness,
    quality_ratio,
    worth_of_lost_time,
)
from orebook.benchmark.standard_coal import COAL_PER_HEAT, coal_equivalent
from orebook.errors import InputError
from orebook.glossary.indices import index_term
from orebook.process.alumina.indicators import (
    theoretical_extraction,
    theoretical_soda_loss,
)
from orebook.process.contract import Case, Process
from orebook.process.registry import bind, kind, kind_names
from orebook.process.smelter.potline import ideal, least_energy


def test_standard_coal_of_gb_t_2589() -> None:
    """29.3076 MJ/kgce, 0.1229 kgce/kWh; 34.1208 kgce/GJ."""
    assert coal_equivalent(heat=29.3076e-3) == pytest.approx(1.0)
    assert coal_equivalent(power=1e-3) == pytest.approx(0.1229)
    assert pytest.approx(34.1208, abs=5e-5) == COAL_PER_HEAT


@pytest.mark.parametrize(
    ("kgce", "gj"), [(310.0, 9.085), (360.0, 10.551), (430.0, 12.602)]
)
def test_grades_of_alumina_as_heat(kgce: float, gj: float) -> None:
    """Validation case 16 of the smelter and power reference."""
    assert coal_equivalent(heat=gj) == pytest.approx(kgce, abs=0.02)


def test_equipment_effectiveness_by_its_three_ratios() -> None:
    """Textbook shift: 480 min less 60 of breaks, 47 stopped, 1 s a piece, 423 bad.

    373/420 = 88.81 %, 19 271/22 380 = 86.11 %, 18 848/19 271 = 97.80 %; 74.79 %.
    """
    run, planned = 373.0 / 60.0, 420.0 / 60.0
    a = availability(run, planned)
    e = effectiveness(1.0 / 3600.0, 19_271.0, run)
    q = quality_ratio(18_848.0, 19_271.0)
    assert (a, e, q) == pytest.approx((0.8881, 0.8611, 0.9780), abs=5e-5)
    whole = overall_equipment_effectiveness(a, e, q)
    assert whole == pytest.approx(18_848.0 / (420.0 * 60.0), rel=1e-12)
    assert whole == pytest.approx(0.7479, abs=5e-5)


def test_setting_up_counts_as_used_in_the_net_index() -> None:
    assert net_equipment_effectiveness(6.0, 8.0, 0.9, 0.8) == pytest.approx(0.54)


def test_an_hour_off_the_bottleneck_costs_nothing() -> None:
    assert worth_of_lost_time(10.0, 0.0) == 0.0
    assert worth_of_lost_time(10.0, 2500.0) == 25_000.0


def test_no_planned_time_is_refused() -> None:
    with pytest.raises(InputError, match="more than 0"):
        availability(1.0, 0.0)


@pytest.mark.parametrize(
    ("ratio", "extraction", "soda"), [(7.0, 0.857, 101.3), (10.0, 0.900, 67.6)]
)
def test_limits_of_the_bayer_process(
    ratio: float, extraction: float, soda: float
) -> None:
    """Validation case 3 of the alumina reference."""
    assert theoretical_extraction(ratio) == pytest.approx(extraction, abs=5e-4)
    assert theoretical_soda_loss(ratio) == pytest.approx(soda, abs=0.06)


@pytest.mark.parametrize(
    ("efficiency", "kwh_per_kg"),
    [(1.0, 6.334), (0.95, 6.409), (0.94, 6.425), (0.92, 6.458), (0.90, 6.493)],
)
def test_least_energy_of_electrolysis(efficiency: float, kwh_per_kg: float) -> None:
    """Table of section 4 of the smelter reference, from alpha-alumina."""
    assert least_energy(efficiency) / 1000.0 == pytest.approx(kwh_per_kg, abs=6e-4)


def bound(name: str) -> Process:
    chain = kind(name).example()
    return bind(chain.units[0], chain)


WITH_IDEAL = [name for name in kind_names() if bound(name).ideal is not None]


def test_kinds_declare_what_nature_allows() -> None:
    assert "potline" in WITH_IDEAL


@pytest.mark.parametrize("name", WITH_IDEAL)
def test_no_kind_does_better_than_nature_allows(name: str) -> None:
    """Physics over the whole range of settings, against the kind's own ideal."""
    process = bound(name)
    assert process.ideal is not None
    share = np.linspace(0.0, 1.0, 9)
    setting = {
        s.name: s.low + (s.high - s.low) * np.roll(share, k)
        for k, s in enumerate(process.settings)
    }
    duty = {d.name: np.full(9, 100.0) for d in process.duties}
    told = process.run(Case(duty, {}, setting)).indicators
    for key, limit in process.ideal(Case({})).items():
        term = index_term(key)
        assert term is not None
        sign = 1.0 if term.better == "lower" else -1.0
        assert (sign * told[key] >= sign * limit).all(), key


def test_stoichiometry_of_a_potline() -> None:
    """1889.46 kg alumina and 333.87 kg carbon per tonne of metal."""
    found = ideal(Case({}))
    assert 1000.0 * found["alumina_per_t"] == pytest.approx(1889.46, abs=0.05)
    assert found["net_carbon"] == pytest.approx(333.87, abs=0.02)
    assert np.asarray(found["current_efficiency"]) == 1.0
