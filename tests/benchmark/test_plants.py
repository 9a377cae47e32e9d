"""Plants are found from what passes between units, whoever answers for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from orebook.benchmark.plants import Plants
from orebook.chain.read import read_book
from orebook.process.network import network

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "guangxi"


@pytest.fixture(scope="module")
def plants() -> Plants:
    return Plants(network(read_book(EXAMPLE)))


def test_a_circuit_is_one_plant_of_its_smallest_centre(plants: Plants) -> None:
    found = {p.id: set(p.units) for p in plants.plants}
    assert {"mr-refining", "pr-refining", "sc-refinery"} <= set(found)
    assert {"mr-slurry", "mr-digest", "mr-calc"} <= found["mr-refining"]
    assert not any(u.startswith("mr-chp") for u in found["mr-refining"])


def test_no_unit_belongs_to_two_plants(plants: Plants) -> None:
    units = [u for p in plants.plants for u in p.units]
    assert len(units) == len(set(units))


def test_a_site_adds_what_serves_the_plant(plants: Plants) -> None:
    by_id = {p.id: set(p.units) for p in plants.sites}
    plant = {p.id: set(p.units) for p in plants.plants}
    added = by_id["mr-refining"] - plant["mr-refining"]
    assert {"mr-lime", "mr-water"} <= added
    assert not added & {"mr-chp", "mr-stope-a", "mr-wash-1"}


def test_who_makes_what(plants: Plants) -> None:
    def makers(role: str) -> set[str]:
        return {p.id for p in plants.units if plants.makes(p, role)}

    assert makers("metal") == {"sc-potline-1", "sc-potline-2"}
    assert {"mr-calc", "sc-calc"} <= makers("alumina")
    assert "sc-alumina-mix" not in makers("alumina"), "a blend makes nothing"
    assert "mr-wash-1" in makers("bauxite")
    assert makers("red_mud") >= {"mr-mudwash", "sc-mudwash"}
