"""Slopes of the circuit: published elasticities, re-solved differences, Shapley."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.evaluate.attribution import shapley_values
from orebook.process.alumina.indicators import indicators
from orebook.process.alumina.parameters import COUNTS, Route, parameters, plant
from orebook.process.alumina.sensitivity import sensitivities
from orebook.process.alumina.solve import Solved, solve
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
