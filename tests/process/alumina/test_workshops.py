"""Every workshop, and the whole circuit, closes by element and by heat."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from orebook.process.alumina.indicators import NAOH_PER_SODA
from orebook.process.alumina.parameters import Route, plant
from orebook.process.alumina.ring import KINDS_OF_RING
from orebook.process.alumina.solve import Solved, solve
from orebook.process.alumina.workshops import (
    WORKSHOPS,
    element_error,
    heat_balance,
    heat_error,
    workshop_streams,
)

ROUTES: tuple[Route, ...] = get_args(Route)
ELEMENTS = ("Al", "Si", "Fe", "Ca", "Ti", "Na", "C", "H")
PLACES = (*KINDS_OF_RING, None)
# What passes a workshop: hydrate carries no iron, calcination no carbon.
PASSING = {
    "bayer_precipitation": {"Al", "Na", "C", "H"},
    "bayer_evaporation": {"Al", "Na", "C", "H", "Ca"},
    "bayer_makeup": {"Al", "Na", "C", "H"},
    "bayer_calcination": {"Al", "Na", "H"},
}


@pytest.fixture(scope="module", params=ROUTES)
def base(request: pytest.FixtureRequest) -> Solved:
    return solve(plant(request.param))


def test_every_kind_has_a_workshop() -> None:
    assert set(WORKSHOPS) == set(KINDS_OF_RING)


@pytest.mark.parametrize("kind", PLACES, ids=lambda k: k or "whole circuit")
@pytest.mark.parametrize("element", ELEMENTS)
def test_element_closes(base: Solved, kind: str | None, element: str) -> None:
    """To 1e-9 of what passes; the least that must pass is named."""
    errors = element_error(workshop_streams(base.plant, base.circuit), kind)
    if element in PASSING.get(kind or "", set(ELEMENTS)):
        assert float(errors[element]) < 1e-9
    else:
        assert element not in errors


@pytest.mark.parametrize("kind", PLACES, ids=lambda k: k or "whole circuit")
def test_mass_closes(base: Solved, kind: str | None) -> None:
    errors = element_error(workshop_streams(base.plant, base.circuit), kind)
    assert float(errors["mass"]) < 1e-9


def test_a_stream_left_out_is_found(base: Solved) -> None:
    """The check can fail: without the wash return sodium is missing in settling."""
    table = dict(workshop_streams(base.plant, base.circuit))
    lean = table["wash_return"]
    short = {k: v * 0.999 for k, v in lean.oxides.items()}
    table["wash_return"] = type(lean)(short, lean.temperature, lean.heat)
    for kind in ("bayer_settling", "bayer_washing"):
        assert float(element_error(table, kind)["Na"]) > 1e-6
    assert float(element_error(table)["Na"]) < 1e-9  # it lies within the circuit


@pytest.mark.parametrize("kind", PLACES, ids=lambda k: k or "whole circuit")
def test_heat_closes(base: Solved, kind: str | None) -> None:
    """Supplied and brought is carried off and rejected, to 1e-6."""
    told = heat_balance(base.plant, base.circuit, kind)
    enters = told["supplied"] + told["into"]
    leaves = told["out"] + told["rejected"]
    assert float(enters) == pytest.approx(float(leaves), rel=1e-6, abs=1e-9)


def test_workshops_and_sections_add_up_to_one_circuit(base: Solved) -> None:
    assert float(heat_error(base.plant, base.circuit)) < 1e-6


def test_no_workshop_gives_off_less_than_it_gets(base: Solved) -> None:
    """Heat is rejected everywhere; the make-up is a mere mixing of two streams."""
    whole = heat_balance(base.plant, base.circuit)
    for kind in WORKSHOPS:
        rejected = float(heat_balance(base.plant, base.circuit, kind)["rejected"])
        if kind == "bayer_makeup":
            assert abs(rejected) < 1e-9
        elif kind != "bayer_digestion":
            assert 0.0 < rejected < float(whole["supplied"]), kind


def test_digestion_states_what_it_rejects(base: Solved) -> None:
    """Its loss, vapour it cannot use, and under 10 % for fixed heat capacities."""
    told = heat_balance(base.plant, base.circuit, "bayer_digestion")
    parts = told["loss"] + told["unused"] + told["fixed_rates"]
    assert float(parts) == pytest.approx(float(told["rejected"]), rel=1e-9)
    assert abs(float(told["fixed_rates"])) < 0.10 * float(told["supplied"])


def test_closure_holds_for_many_plants_at_once() -> None:
    ratios = np.linspace(1.38, 1.5, 7)
    solved = solve(plant("high_temperature", digestion_ratio=ratios))
    table = workshop_streams(solved.plant, solved.circuit)
    for kind in PLACES:
        for error in element_error(table, kind).values():
            assert np.max(error) < 1e-9


def test_workshops_tell_where_caustic_goes(base: Solved) -> None:
    """Make-up is what mud, product, purge and spills take: the losses by workshop."""
    table = workshop_streams(base.plant, base.circuit)
    takers = ("mud", "purged_soda", "lost_liquor", "alumina")
    out = {n: float(table[n].oxides["Na2O"]) for n in takers}
    makeup = float(table["caustic"].oxides["Na2O"])
    assert sum(out.values()) == pytest.approx(makeup, rel=1e-9)
    assert NAOH_PER_SODA * makeup * 1000.0 > 40.0
