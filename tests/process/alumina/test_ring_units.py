"""Units of a circuit: what they take from the materials at their ports."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.process.contract import Case, Outcome
from orebook.process.network import Network, network
from tests.plan.refineries import fresh, refinery


def works(**changed: Any) -> Network:
    return network(fresh(refinery(**changed)))


def one(net: Network, unit: str) -> Outcome:
    """Return the outcome of one unit of the first duty."""
    process = net.processes[unit]
    return process.run(Case({process.duties[0].name: np.ones(())}))


@pytest.mark.parametrize("unit", ["digest", "evaporate", "grind"])
def test_a_tonne_of_steam_gives_what_its_material_states(unit: str) -> None:
    """2.2 instead of the default 2.65 GJ/t: more of it, in proportion."""
    usual = one(works(), unit).flows["steam"]
    weak = one(works(materials={"steam": {"heat": "2.2 GJ/t"}}), unit).flows["steam"]
    assert float(weak / usual) == pytest.approx(2.65 / 2.2)


def test_the_book_may_still_set_the_heat_of_steam() -> None:
    net = works(
        materials={"steam": {"heat": "2.2 GJ/t"}},
        units={"digest": {"settings": {"steam_heat": "2.65 GJ/t"}}},
    )
    usual = one(works(), "digest").flows["steam"]
    assert float(one(net, "digest").flows["steam"]) == pytest.approx(float(usual))


def test_a_heat_that_no_steam_gives_is_refused() -> None:
    with pytest.raises(InputError, match=r"ports\.steam.*0\.2 GJ/t.*1\.5 to 3\.5"):
        works(materials={"steam": {"heat": "0.2 GJ/t"}})


def test_fuel_is_counted_as_its_material_is() -> None:
    """Producer gas in GJ: a calciner burns the same heat as of natural gas."""
    natural = one(works(), "calcine").flows["fuel"]
    net = works(materials={"gas": {"unit": "GJ", "heat": "1 GJ/GJ"}},
                purchases={"gas": {"price": "80 CNY/GJ"}})  # fmt: skip
    port = next(p for p in net.processes["calcine"].ports if p.name == "fuel")
    assert port.unit == "GJ"
    producer = one(net, "calcine").flows["fuel"]
    assert float(producer) == pytest.approx(0.0356 * float(natural))


def test_two_calciners_may_make_two_grades() -> None:
    stated = {"Al2O3": "98.8 %", "Na2O": "0.46 %"}
    made = one(works(materials={"alumina": {"assay": stated}}), "calcine")
    assert float(made.content["alumina"]["Na2O"]) == pytest.approx(0.0046)
    usual = one(works(), "calcine").content["alumina"]["Na2O"]
    assert float(usual) == pytest.approx(0.0035)


LOCKED = {
    "Al2O3": "0.4550", "SiO2": "0.021", "SiO2_r": "0.015", "Al2O3_g": "0.405",
    "Al2O3_m": "0.03", "Fe2O3": "0.26",
}  # fmt: skip


@pytest.mark.parametrize("route", ["high_temperature", "low_temperature"])
def test_the_mud_that_is_washed_is_the_mud_that_was_made(route: str) -> None:
    """Oxide by oxide, alumina in minerals that no digestion reaches with it."""
    assay = {} if route == "high_temperature" else {"ore-a": {"assay": LOCKED}}
    recipe = {"circuit": "ht", "route": route, "blend": {"ore-a": 1.0}}
    net = works(units={"grind": {"recipe": recipe}}, materials=assay)
    made = one(net, "grind").content["mud_solids"]
    washed = one(net, "wash").content["mud_solids"]
    for oxide in ("Al2O3", "SiO2", "Na2O"):
        assert float(made[oxide]) == pytest.approx(float(washed[oxide]), rel=1e-8)
