"""Slopes of the circuit: published elasticities, re-solved differences, Shapley."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.evaluate.attribution import shapley_values
from orebook.process.alumina.assay import ORE
from orebook.process.alumina.circuit import Circuit
from orebook.process.alumina.indicators import indicators
from orebook.process.alumina.parameters import COUNTS, Route, parameters, plant
from orebook.process.alumina.ring import SETTINGS
from orebook.process.alumina.sensitivity import by_alumina_to_silica, sensitivities
from orebook.process.alumina.solve import Solved, solve
from orebook.process.alumina.streams import stream_table
from orebook.process.contract import Array

ROUTES: tuple[Route, ...] = get_args(Route)

# figure, parameter, d ln figure / d ln parameter: high, low temperature. From a program
# of its own on the same equations.
ELASTICITIES = (
    ("yield_kg_per_m3", "digestion_ratio", -1.96, -1.82),
    ("test_tank_liquor_m3_per_t", "digestion_ratio", 1.82, 1.77),
    ("digestion_heat_gj_per_t", "digestion_ratio", 1.29, 1.11),
    ("coal_kg_per_t", "digestion_ratio", 0.93, 0.68),
    ("test_tank_liquor_m3_per_t", "test_tank_caustic", -1.00, -1.01),
    ("evaporation_t_per_t", "test_tank_caustic", 2.61, 5.13),
    ("coal_kg_per_t", "test_tank_caustic", 0.48, 0.87),
    ("evaporation_t_per_t", "pregnant_caustic", -2.54, -5.49),
    ("coal_kg_per_t", "pregnant_caustic", -0.49, -0.92),
    ("caustic_mud_kg_per_t", "pregnant_caustic", 0.29, 5.1),
    ("yield_kg_per_m3", "precipitation_hours", 0.24, 0.23),
    ("yield_kg_per_m3", "seed", 0.24, 0.23),
    ("yield_kg_per_m3", "growth_constant", 0.24, 0.23),
    ("caustic_kg_per_t", "ore_reactive_silica", 1.07, 0.64),
    ("coal_kg_per_t", "evaporator_effects", -0.20, -0.15),
)


@pytest.fixture(scope="module", params=ROUTES)
def base(request: pytest.FixtureRequest) -> Solved:
    return solve(plant(request.param))


@pytest.mark.parametrize("row", ELASTICITIES)
def test_elasticities(base: Solved, row: tuple[str, str, float, float]) -> None:
    """Published with two decimals; the exact closure moves them by less than 1 %."""
    figure, parameter, *published = row
    at = base.plant[parameter]
    found = sensitivities(base, [parameter]).elasticity(figure, parameter, at)
    expected = published[0 if float(base.plant["ore_gibbsite"]) == 0.0 else 1]
    assert float(found) == pytest.approx(expected, rel=0.01, abs=0.011)


def test_extraction_and_bauxite() -> None:
    for route, by, expected in (
        ("high_temperature", "extraction_monohydrate", -1.08),
        ("low_temperature", "extraction_gibbsite", -1.01),
    ):
        solved = solve(plant(route))
        found = sensitivities(solved, [by])
        at = solved.plant[by]
        assert float(found.elasticity("bauxite_t_per_t", by, at)) == pytest.approx(
            expected, abs=0.006
        )


def solved_again(route: Route, name: str, value: float) -> dict[str, Array]:
    solved = solve({**plant(route), name: np.asarray(value)})
    assert bool(solved.converged)
    return indicators(solved.plant, solved.circuit)


@pytest.mark.parametrize("route", ROUTES)
def test_every_slope_equals_a_difference_of_closed_circuits(route: Route) -> None:
    """All indicators by all parameters against circuits closed again at both sides."""
    solved = solve(plant(route))
    found = sensitivities(solved)
    assert len(found.parameters) == len(parameters()) - len(COUNTS)
    for name in found.parameters:
        at = float(solved.plant[name])
        step = 1e-4 * max(abs(at), 0.01)
        high = solved_again(route, name, at + step)
        low = solved_again(route, name, at - step)
        for figure, value in zip(found.figures, found.value, strict=True):
            slope = float(found.of(figure, name))
            again = float(high[figure] - low[figure]) / (2 * step)
            size = abs(float(value)) / max(abs(at), 0.01)
            assert slope == pytest.approx(again, rel=2e-5, abs=2e-6 * size), (
                figure,
                name,
            )


def test_slopes_of_many_cases_at_once() -> None:
    ratios = np.array([1.40, 1.45])
    many = sensitivities(
        solve(plant("high_temperature", digestion_ratio=ratios)), ["seed"]
    )
    for i, ratio in enumerate(ratios):
        one = solve(plant("high_temperature", digestion_ratio=ratio))
        alone = sensitivities(one, ["seed"])
        np.testing.assert_allclose(
            many.slope[..., i], alone.slope, rtol=1e-6, atol=1e-12
        )


@pytest.mark.parametrize(
    ("name", "share", "most"), [("digestion_ratio", 0.02, 9e-4), ("seed", 0.2, 8e-3)]
)
def test_the_tangent_is_good_enough_to_plan_with(
    base: Solved, name: str, share: float, most: float
) -> None:
    at = float(base.plant[name])
    moved = solve({**base.plant, name: np.asarray(at * (1.0 + share))})
    real = indicators(moved.plant, moved.circuit)["yield_kg_per_m3"]
    found = sensitivities(base, [name])
    value = found.value[found.figures.index("yield_kg_per_m3")]
    tangent = value + float(found.of("yield_kg_per_m3", name)) * share * at
    assert abs(float(tangent / real) - 1.0) <= 1.05 * most


def test_shapley_split_over_eight_factors_is_exact() -> None:
    """256 closed circuits in one call; the parts sum to the whole deviation."""
    before, after = plant("high_temperature"), plant("high_temperature")
    changes = {
        "ore_reactive_silica": 0.115, "ore_moisture": 0.10, "digestion_ratio": 1.45,
        "extraction_monohydrate": 0.95, "seed": 700.0, "evaporator_effects": 5.0,
        "cake_moisture": 0.36, "pregnant_caustic": 157.0,
    }  # fmt: skip
    names = list(changes)
    after.update({k: np.asarray(v) for k, v in changes.items()})

    def value(members: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Array:
        mixed = dict(before)
        for i, name in enumerate(names):
            mixed[name] = np.where(members[:, i], after[name], before[name])
        solved = solve(mixed)
        assert solved.converged.all()
        found = indicators(solved.plant, solved.circuit)
        count = len(members)
        wanted = ("coal_kg_per_t", "caustic_kg_per_t", "bauxite_t_per_t")
        return np.column_stack([np.broadcast_to(found[w], count) for w in wanted])

    parts = shapley_values(value, len(names))
    whole = value(np.ones((1, 8), bool)) - value(np.zeros((1, 8), bool))
    np.testing.assert_allclose(parts.sum(axis=0), whole[0], rtol=1e-10)
    assert parts[names.index("evaporator_effects"), 0] > 0.0
    assert parts[names.index("evaporator_effects"), 2] == pytest.approx(0.0, abs=1e-12)


def test_a_slope_by_a_whole_number_is_refused(base: Solved) -> None:
    with pytest.raises(InputError, match="no slope by 'tanks'"):
        sensitivities(base, ["tanks"])


# -- the complete list --------------------------------------------------------------

EVERY = (*SETTINGS, *ORE)


def products(p: dict[str, Array], c: Circuit) -> dict[str, Array]:
    """Return mass and heat of every stream of the flow sheet."""
    table = stream_table(p, c)
    masses = {f"{name} mass": stream.mass for name, stream in table.items()}
    return masses | {f"{name} heat": stream.heat for name, stream in table.items()}


def test_every_setting_and_feed_quality_has_slopes() -> None:
    """By name: all settings units share, all qualities of the ore, all indicators."""
    solved = solve(plant("high_temperature", ore_gibbsite=0.01))
    found = sensitivities(solved)
    assert set(EVERY) <= set(found.parameters)
    assert {"ore_reactive_silica", "ore_moisture", "ore_organic_carbon"} <= set(ORE)
    assert set(found.figures) == set(indicators(solved.plant, solved.circuit))
    found_products = sensitivities(solved, EVERY, figures=products)
    still = [
        name
        for name in EVERY
        if not np.any(found.slope[:, found.parameters.index(name)])
        and not np.any(found_products.slope[:, EVERY.index(name)])
    ]
    assert still == []  # each moves something


@pytest.mark.parametrize("route", ROUTES)
def test_every_product_by_every_setting_and_quality(route: Route) -> None:
    """Mass and heat of all streams, against circuits closed again on both sides."""
    solved = solve(plant(route))
    found = sensitivities(solved, EVERY, figures=products)
    p = solved.plant
    step = {name: 1e-4 * max(abs(float(p[name])), 0.01) for name in EVERY}
    sides = []
    for sign in (1.0, -1.0):
        eye = np.eye(len(EVERY), dtype=bool)
        moved = {
            name: np.where(eye[i], p[name] + sign * step[name], p[name])
            for i, name in enumerate(EVERY)
        }
        again = solve({**p, **moved})
        assert again.converged.all()
        sides.append(products(again.plant, again.circuit))
    for row, figure in enumerate(found.figures):
        high, low = (np.broadcast_to(s[figure], len(EVERY)) for s in sides)
        for column, name in enumerate(EVERY):
            slope = (high[column] - low[column]) / (2.0 * step[name])
            size = abs(float(found.value[row])) / max(abs(float(p[name])), 0.01)
            assert float(found.slope[row, column]) == pytest.approx(
                slope, rel=5e-5, abs=5e-6 * max(size, 1e-3)
            ), (figure, name)


@pytest.mark.parametrize("route", ROUTES)
def test_slopes_by_the_ratio_of_the_ore(route: Route) -> None:
    """A/S moved by its silica, alumina held: tangent against closed circuits."""
    p = plant(route)
    solved = solve(p)
    told = by_alumina_to_silica(sensitivities(solved), p)
    here = float(indicators(p, solved.circuit)["ore_alumina_to_silica"])
    ends, ratios = [], []
    for step in (1e-6, -1e-6):
        share = (
            0.5
            * 101.961
            / 60.084
            * step
            / float(p["ore_gibbsite"] + p["ore_monohydrate"])
        )
        moved = {
            **p,
            "ore_reactive_silica": p["ore_reactive_silica"] + step,
            "ore_gibbsite": p["ore_gibbsite"] * (1.0 - share),
            "ore_monohydrate": p["ore_monohydrate"] * (1.0 - share),
        }
        again = solve(moved)
        ends.append(indicators(moved, again.circuit))
        ratios.append(float(ends[-1]["ore_alumina_to_silica"]))
    assert ratios[0] < here < ratios[1]
    for figure, slope in told.items():
        difference = float(ends[0][figure] - ends[1][figure]) / (ratios[0] - ratios[1])
        size = abs(float(ends[0][figure])) / here
        assert float(slope) == pytest.approx(difference, rel=1e-3, abs=1e-5 * size)
    assert float(told["ore_alumina_to_silica"]) == pytest.approx(1.0, rel=1e-6)
    assert float(told["caustic_kg_per_t"]) < 0.0
