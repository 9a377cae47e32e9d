"""Quality of the alumina: limits of the standard, and the size model behind fines."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from orebook.process.alumina.circuit import product_soda
from orebook.process.alumina.parameters import Route, plant
from orebook.process.alumina.population import seed_loop
from orebook.process.alumina.quality import (
    FINES,
    product_fines,
    product_quality,
    refresh,
    train_of,
)
from orebook.process.alumina.sensitivity import sensitivities
from orebook.process.alumina.solve import Solved, solve
from orebook.process.alumina.streams import balance_error, stream_table
from orebook.process.contract import Case
from orebook.process.registry import bind, kind

ROUTES: tuple[Route, ...] = get_args(Route)


@pytest.fixture(scope="module", params=ROUTES)
def base(request: pytest.FixtureRequest) -> Solved:
    return solve(plant(request.param))


def test_alumina_of_the_base_cases_is_of_the_first_grade(base: Solved) -> None:
    """AO-1 (2009): Al2O3 98.6, SiO2 0.02, Na2O 0.50, loss on ignition 1.0 %.

    A silica index of 200 is 0.02 % of SiO2 (general knowledge of the reference).
    """
    sold = product_quality(base.plant, base.circuit)
    assert float(sold.alumina) >= 0.986
    assert float(sold.silica) <= 0.0002
    assert 0.0025 <= float(sold.soda) <= 0.0050
    assert 0.0 < float(sold.loss_on_ignition) <= 0.010
    assert float(sold.fines) <= 0.12
    parts = sold.alumina + sold.soda + sold.silica + sold.loss_on_ignition
    assert float(parts) == pytest.approx(1.0, abs=1e-12)
    at_200 = {**base.plant, "silica_index": np.asarray(200.0)}
    assert float(product_quality(at_200, base.circuit).silica) == pytest.approx(
        2e-4, rel=0.01
    )


def test_soda_follows_supersaturation_and_stays_in_the_balance() -> None:
    """With a slope given, richer liquor makes sodic alumina, and Na still closes."""
    p = plant("high_temperature", product_soda_slope=0.02, digestion_ratio=1.39)
    solved = solve(p)
    sold = product_quality(p, solved.circuit)
    driving = solved.circuit.supersaturation
    assert float(sold.soda) == pytest.approx(float(product_soda(p, driving)), rel=1e-12)
    assert float(sold.soda) > 0.0035 + 1e-4
    errors = balance_error(stream_table(p, solved.circuit))
    assert max(float(e) for e in errors.values()) < 1e-12
    without = solve(plant("high_temperature", digestion_ratio=1.39))
    assert float(solved.circuit.make_up) > float(without.circuit.make_up)


def test_fines_answer_as_the_size_model_does(base: Solved) -> None:
    """Seed loop at moved settings against the fast model's powers, within a tenth."""
    p = base.plant
    loops = {}
    for name, share in (("first_temperature", 1.02), ("seed", 1.15)):
        moved = solve({**p, name: np.asarray(float(p[name]) * share)})
        fast = float(product_fines(moved.plant, moved.circuit))
        slow = seed_loop(train_of(moved.plant, moved.circuit)).product_fines
        assert fast == pytest.approx(slow, rel=0.1)
        loops[name] = fast
    here = float(product_fines(p, base.circuit))
    assert loops["first_temperature"] > here > loops["seed"]
    assert set(FINES) == {
        "supersaturated",
        "first_temperature",
        "last_temperature",
        "precipitation_hours",
        "seed",
        "classifier_cut",
    }


def test_refresh_returns_the_constants_in_use(base: Solved) -> None:
    """The defaults are the size model's own at the base case."""
    found = refresh(base.plant, base.circuit)
    assert found.loop.closed
    assert found.product_fines == pytest.approx(
        float(base.plant["product_fines"]), rel=0.01
    )
    anchored = {**base.plant, "product_fines": np.asarray(found.product_fines)}
    assert float(product_fines(anchored, base.circuit)) == pytest.approx(
        found.loop.product_fines, rel=1e-9
    )


def test_quality_has_slopes_by_settings(base: Solved) -> None:
    found = sensitivities(
        base, ["digestion_ratio", "silica_index", "first_temperature"]
    )
    assert float(found.of("product_fines", "digestion_ratio")) > 0.0
    assert float(found.of("product_silica", "silica_index")) < 0.0
    assert float(found.of("product_fines", "first_temperature")) > 0.0


def test_the_calciner_tells_quality_as_content_of_the_alumina() -> None:
    """Sales that promise SiO2, Na2O, loss or fines are judged by it."""
    chain = kind("bayer_calcination").example()
    process = bind(chain.units[0], chain)
    told = process.run(Case({"hydrate": np.asarray(1530.0)}))
    alumina = told.content["alumina"]
    assert set(alumina) == {"Al2O3", "Na2O", "SiO2", "LOI", "under_45um"}
    for name, component in (
        ("product_soda", "Na2O"),
        ("product_silica", "SiO2"),
        ("product_loss_on_ignition", "LOI"),
    ):
        assert float(told.indicators[name]) == float(alumina[component])
