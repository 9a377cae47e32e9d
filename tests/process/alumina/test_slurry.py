"""Ore to slurry: Bond's law, the charge formula, density and pre-desilication."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.process.alumina.grinding import bond_energy, grind_for_energy
from orebook.process.alumina.parameters import Route, plant
from orebook.process.alumina.sensitivity import sensitivities
from orebook.process.alumina.slurry import charge_ratio, predesilication, raw_slurry
from orebook.process.alumina.solve import Solved, solve
from orebook.process.contract import Case
from orebook.process.registry import bind, kind


@pytest.fixture(scope="module", params=get_args(Route))
def base(request: pytest.FixtureRequest) -> Solved:
    return solve(plant(request.param))


# -- grinding ----------------------------------------------------------------------


def test_bond_s_law_against_a_published_example() -> None:
    """McCabe, Smith and Harriott, Unit Operations, size reduction: 169.6 kW.

    100 t/h of limestone, work index 12.74 kWh/t, from 80 % under 2 in. (50.8 mm) to
    80 % under 1/8 in. (3.175 mm).
    """
    found = 100.0 * bond_energy(12.74, 50_800.0, 3_175.0)
    assert float(found) == pytest.approx(169.6, abs=0.05)


def test_bond_s_work_index_is_its_own_definition() -> None:
    """From infinite size to 100 um takes the work index itself (Bond 1952)."""
    assert float(bond_energy(14.0, 1e30, 100.0)) == pytest.approx(14.0, rel=1e-9)


@given(st.floats(5.0, 25.0), st.floats(2e3, 5e4), st.floats(40.0, 1e3))
def test_size_and_energy_lead_to_each_other(
    index: float, feed: float, product: float
) -> None:
    energy = bond_energy(index, feed, product)
    assert float(grind_for_energy(index, feed, energy)) == pytest.approx(product)


def test_ground_already_takes_nothing_and_nonsense_is_named() -> None:
    assert float(bond_energy(14.0, 100.0, 200.0)) == 0.0
    with pytest.raises(InputError, match=r"P80 -1 um.*sizes above 0"):
        bond_energy(14.0, 1e4, -1.0)


def test_the_slurry_unit_takes_the_mill_s_power() -> None:
    """As before where no work index is given; else Bond's energy on top."""
    chain = kind("bayer_slurry").example()
    process = bind(chain.units[0], chain)
    duty = {process.duties[0].name: np.asarray(1000.0)}

    def run(**setting: float) -> tuple[float, float]:
        told = {k: np.asarray(v) for k, v in setting.items()}
        found = process.run(Case(duty, {}, told))
        energy = found.indicators["mill_energy_kwh_per_t"]
        return float(found.flows["power"]), float(energy)

    assert run() == (-15.0, 0.0)
    power, energy = run(work_index=14.0, grind_size=150.0, power=3.0)
    assert energy == pytest.approx(float(bond_energy(14.0, 12_000.0, 150.0)))
    assert power == pytest.approx(-(3.0 + energy))


# -- the charge --------------------------------------------------------------------


def test_charge_formula_is_the_circuit_s(base: Solved) -> None:
    p, c = base.plant, base.circuit
    taken = c.chemistry.soda_bound + c.chemistry.soda_carbonated
    found = charge_ratio(
        c.chemistry.extracted,
        taken,
        caustic=p["test_tank_caustic"],
        before=base.tears[0],
        after=p["digestion_ratio"],
    )
    made = raw_slurry(p, c.charge)
    assert float(found) == pytest.approx(float(made.liquor_to_ore), rel=1e-12)


def test_slurry_is_its_parts(base: Solved) -> None:
    """Mass over volume; 1.35 to 1.6 t/m3 and 4.5 to 6 t/t as plants have it."""
    made, charge = raw_slurry(base.plant, base.circuit.charge), base.circuit.charge
    mass = charge.cold.mass + charge.ore + charge.lime
    assert float(made.density) == pytest.approx(1000.0 * float(mass / made.volume))
    solids = made.solids / made.density
    assert float(made.liquid_to_solid) == pytest.approx(float(1.0 / solids - 1.0))
    assert 1350.0 < float(made.density) < 1600.0
    assert 4.5 < float(made.liquid_to_solid) < 6.0


def test_a_lower_target_ratio_takes_less_liquor_and_thicker_slurry(
    base: Solved,
) -> None:
    found = sensitivities(base, ["digestion_ratio"])
    assert float(found.of("liquid_to_solid", "digestion_ratio")) > 0.0
    assert float(found.of("slurry_density", "digestion_ratio")) < 0.0


# -- pre-desilication --------------------------------------------------------------


def test_predesilication_is_that_of_plants() -> None:
    """70 to 90 % of the kaolinite at 95 to 105 degC in 6 to 10 h."""
    found = predesilication(95.0, np.array([6.0, 8.0, 10.0]), np.asarray(0.2))
    assert np.all((found > 0.69) & (found < 0.90))
    warm = predesilication(np.array([95.0, 100.0, 105.0]), 8.0, np.asarray(0.2))
    assert np.all(np.diff(warm) > 0.0)
    assert float(predesilication(95.0, 0.0, np.asarray(0.2))) == 0.0


def test_silica_is_there_before_or_after_digestion(base: Solved) -> None:
    p, c = base.plant, base.circuit
    made = raw_slurry(p, c.charge)
    silica = c.charge.ore * p["ore_reactive_silica"]
    bound = made.soda_bound / p["dsp_soda"]
    assert float(bound + made.silica_left) == pytest.approx(float(silica), rel=1e-12)
    assert float(made.tank_volume) == pytest.approx(8.0 * float(made.volume))


def test_pre_desilication_changes_what_reaches_the_heaters_only(base: Solved) -> None:
    found = sensitivities(base, ["predesilication_hours"])
    assert float(found.of("silica_to_digestion_kg_per_t", "predesilication_hours")) < 0
    assert float(found.of("caustic_kg_per_t", "predesilication_hours")) == 0.0
