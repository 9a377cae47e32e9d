"""Silica, organics and oxalate: balances that close, levels that are steady."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.process.alumina.impurities import causticise
from orebook.process.alumina.oxides import MOLAR_MASS
from orebook.process.alumina.parameters import Route, plant
from orebook.process.alumina.sensitivity import sensitivities
from orebook.process.alumina.solve import Solved, solve
from orebook.process.alumina.traces import (
    organics,
    oxalate,
    oxalate_solubility,
    silica_in_liquor,
    steady_organics,
)

ROUTES: tuple[Route, ...] = get_args(Route)


@pytest.fixture(scope="module", params=ROUTES)
def base(request: pytest.FixtureRequest) -> Solved:
    return solve(plant(request.param))


def test_silica_of_the_liquor_is_that_of_plants(base: Solved) -> None:
    """0.3 to 0.8 g/L SiO2 in pregnant liquor."""
    assert 0.3 < float(silica_in_liquor(base.plant, base.circuit)) < 0.8


def test_organic_carbon_closes(base: Solved) -> None:
    """What the ore brings is in mud, product, broken down, or must be removed."""
    told = organics(base.plant, base.circuit)
    brought = 1000.0 * base.circuit.charge.ore * base.plant["ore_organic_carbon"]
    gone = told.left_in_mud + told.degraded + told.with_mud + told.with_product
    assert float(gone + told.to_remove) == pytest.approx(float(brought), rel=1e-12)
    assert float(told.to_remove) > 0.0


@pytest.mark.parametrize("route", ROUTES)
def test_the_level_settles_where_nothing_more_must_be_removed(route: Route) -> None:
    p = plant(route)
    removed = 0.8 * float(organics(p, solve(p).circuit).to_remove)
    level, solved = steady_organics(p, removed)
    told = organics({**p, "organic_carbon": level}, solved.circuit)
    assert float(told.to_remove) == pytest.approx(removed, rel=1e-8)
    assert float(level) > float(p["organic_carbon"])
    more, _ = steady_organics(p, 1.1 * removed)
    assert float(more) < float(level)


def test_the_held_level_is_steady_at_its_own_removal(base: Solved) -> None:
    """Design and rating of the same balance meet."""
    removed = float(organics(base.plant, base.circuit).to_remove)
    level, _ = steady_organics(base.plant, removed)
    assert float(level) == pytest.approx(float(base.plant["organic_carbon"]), rel=1e-8)


def test_organics_dissolve_more_alumina_and_lower_the_yield(base: Solved) -> None:
    found = sensitivities(base, ["organic_carbon", "ore_organic_carbon"])
    assert float(found.of("yield_kg_per_m3", "organic_carbon")) < 0.0
    assert float(found.of("oxalate_to_remove_kg_per_t", "ore_organic_carbon")) > 0.0


def test_more_removed_than_enters_is_refused() -> None:
    with pytest.raises(InputError, match=r"would settle at -.*5 kg/t removed"):
        steady_organics(plant("high_temperature"), 5.0)


def test_oxalate_dissolves_better_in_warm_and_lean_liquor() -> None:
    """Directions of Li and others 2014: less caustic, more warmth hold more."""
    found = oxalate_solubility([45.0, 55.0], 120.0, 30.0)
    assert found[1] > found[0]
    assert oxalate_solubility(50.0, 100.0, 30.0) > oxalate_solubility(50.0, 150.0, 30.0)
    assert 0.3 < float(found[0]) < 6.0


def test_oxalate_is_a_limit(base: Solved) -> None:
    """Formed is carried off by mud at the limit, or must be removed."""
    told = oxalate(base.plant, base.circuit)
    assert float(told.with_mud + told.to_remove) == pytest.approx(float(told.formed))
    stable = {**base.plant, "oxalate_stability": np.asarray(5.0)}
    assert float(oxalate(stable, base.circuit).limit) == pytest.approx(
        5.0 / 1.5 * float(told.limit)
    )
    none = {**base.plant, "oxalate_share": np.asarray(0.0)}
    assert float(oxalate(none, base.circuit).to_remove) == 0.0


def test_causticisation_is_written_out(base: Solved) -> None:
    """Na2CO3 + Ca(OH)2 = CaCO3 + 2 NaOH: CaO, CO2 and Na2O mole for mole."""
    p, c = base.plant, base.circuit
    done = causticise(p, c.chemistry, c.charge.ore, c.washing)
    moles = float(done.regained) / MOLAR_MASS["Na2O"]
    assert float(done.residue["CaO"]) / MOLAR_MASS["CaO"] == pytest.approx(moles)
    unburnt = float(done.lime * p["lime_carbon_dioxide"])
    assert (float(done.residue["CO2"]) - unburnt) / MOLAR_MASS["CO2"] == (
        pytest.approx(moles)
    )
    entered = float(c.charge.ore * c.chemistry.soda_carbonated)
    out = float(done.regained + done.purged) + float(c.washing.cake.carbonate)
    assert out == pytest.approx(entered, rel=1e-12)
