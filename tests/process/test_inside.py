"""What a kind tells of the inside of its units: named, balanced, in step with duty."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.glossary.points import FIGURES, point_terms
from orebook.process.contract import Case, Point, Process
from orebook.process.registry import bind, kind, kind_names

TELLING = (
    "bayer_slurry", "bayer_digestion", "bayer_settling", "bayer_washing",
    "bayer_precipitation", "bayer_evaporation", "bayer_makeup", "bayer_calcination",
    "heat_and_power", "power_station",
)  # fmt: skip
"""Kinds that have an inside; the others tell none."""


def bound(name: str) -> Process:
    chain = kind(name).example()
    return bind(chain.units[0], chain)


def points(process: Process, factor: float = 1.0) -> tuple[Point, ...]:
    duty = {d.name: np.asarray(factor * (900.0 + 37.0 * i))
            for i, d in enumerate(process.duties)}  # fmt: skip
    return process.points(Case(duty))


def gap(found: list[tuple[str, np.ndarray]]) -> float:
    """Return what enters less what leaves, over both [-]."""
    net = sum(v if side == "in" else -v for side, v in found)
    return abs(float(net)) / sum(abs(float(v)) for _, v in found)


def test_these_kinds_tell_their_inside() -> None:
    assert {n for n in kind_names() if points(bound(n))} == set(TELLING)


@pytest.mark.parametrize("name", TELLING)
def test_every_point_and_figure_has_its_name(name: str) -> None:
    process = bound(name)
    ports = {p.name for p in process.ports}
    for point in points(process):
        assert point.name in point_terms()
        assert set(point.figures) <= set(FIGURES)
        assert not point.port or point.port in ports
        assert point.side in ("in", "out", "state")
        if point.parts:
            assert sum(float(v) for v in point.parts.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("name", TELLING)
def test_mass_closes_inside(name: str) -> None:
    """What enters weighs what leaves: 1e-9 as the contract asks, with all water."""
    crossing = [p for p in points(bound(name)) if p.side != "state"]
    weighed = [(p.side, p.mass) for p in crossing if p.mass is not None]
    if {side for side, _ in weighed} == {"in", "out"}:
        assert gap(weighed) < 1e-9
    else:
        assert name in ("bayer_makeup", "heat_and_power")


@pytest.mark.parametrize("name", TELLING)
def test_heat_closes_inside(name: str) -> None:
    """Where every crossing point states its heat, it closes to 1e-6."""
    crossing = [p for p in points(bound(name)) if p.side != "state"]
    if crossing and all(p.heat is not None for p in crossing):
        assert gap([(p.side, p.heat) for p in crossing]) < 1e-6
    else:  # no one models how warm the wash overflow is
        assert name in ("bayer_settling", "bayer_washing", "bayer_makeup")


@pytest.mark.parametrize("name", TELLING)
def test_twice_the_duty_is_twice_the_mass(name: str) -> None:
    process = bound(name)
    once, twice = points(process), points(process, 2.0)
    for a, b in zip(once, twice, strict=True):
        for one, other in ((a.mass, b.mass), (a.heat, b.heat)):
            if one is not None:
                np.testing.assert_allclose(other, 2.0 * np.asarray(one), rtol=1e-9)
        if a.temperature is not None:
            np.testing.assert_allclose(b.temperature, a.temperature)


def test_liquor_between_two_units_is_the_same_on_both_sides() -> None:
    """Slurry weighs, where it is made, what it weighs where it is digested."""
    made = {p.name: p for p in points(bound("bayer_slurry"))}["raw_slurry"]
    slurry = bound("bayer_slurry")
    duty = {d.name: np.asarray(900.0 + 37.0 * i) for i, d in enumerate(slurry.duties)}
    alumina = slurry.run(Case(duty)).flows["slurry"]
    digestion = bound("bayer_digestion")
    taken = {p.name: p for p in digestion.points(Case({"slurry": alumina}))}
    np.testing.assert_allclose(taken["raw_slurry"].mass, made.mass, rtol=1e-9)


def test_flash_stages_add_up_to_the_condensate() -> None:
    """The vapour of all stages is the condensate the unit sends out."""
    found = points(bound("bayer_digestion"))
    vapour = sum(float(p.mass) for p in found if p.name == "flash_vapour")
    condensate = next(p for p in found if p.name == "flash_condensate")
    assert vapour == pytest.approx(float(condensate.mass), rel=1e-9)
    degrees = [float(p.temperature) for p in found if p.name == "flash_vapour"]
    assert degrees == sorted(degrees, reverse=True)


def test_washers_leave_what_the_washing_states() -> None:
    """The last washer of the profile keeps the share wash_ratio tells."""
    process = bound("bayer_washing")
    case = Case({"mud_solids": np.asarray(1000.0)})
    ratio = process.run(case).indicators["wash_ratio"]
    last = [p for p in process.points(case) if p.name == "washer"][-1]
    np.testing.assert_allclose(last.figures["solutes_left"], ratio, rtol=1e-9)


def test_pregnant_and_spent_liquor_read_as_the_indicators_do() -> None:
    """Alumina of the pregnant liquor less the last tank is the yield [kg/m3]."""
    process = bound("bayer_precipitation")
    case = Case({"pregnant": np.asarray(1000.0)})
    told = process.run(case).indicators["yield_kg_per_m3"]
    found = process.points(case)
    before = next(p for p in found if p.name == "pregnant_liquor")
    last = [p for p in found if p.name == "precipitation_tank"][-1]
    fall = before.figures["liquor_alumina"] - last.figures["liquor_alumina"]
    np.testing.assert_allclose(fall, told, rtol=1e-6)


def test_losses_of_a_station_are_what_its_heat_loss_is() -> None:
    process = bound("power_station")
    duty = {d.name: np.asarray(900.0 + 37.0 * i) for i, d in enumerate(process.duties)}
    lost = process.run(Case(duty)).flows["heat_loss"]
    names = {"flue_gas_heat", "unburnt_heat", "other_boiler_heat", "condenser_heat",
             "machine_loss", "own_use"}  # fmt: skip
    told = sum(float(p.heat) for p in process.points(Case(duty)) if p.name in names)
    assert told == pytest.approx(float(lost), rel=1e-9)


@pytest.mark.parametrize("name", TELLING)
def test_points_broadcast_as_the_physics_do(name: str) -> None:
    process = bound(name)
    duty = {d.name: np.array([500.0, 1000.0]) for d in process.duties}
    together = process.points(Case(duty))
    alone = process.points(Case({k: v[1] for k, v in duty.items()}))
    for a, b in zip(together, alone, strict=True):
        if b.mass is not None:
            np.testing.assert_allclose(np.broadcast_to(a.mass, 2)[1], b.mass)
