"""Rating and misfit: equipment given, production or target ratio found; tuning."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.process.alumina.fit import FITTED, Measured, misfit
from orebook.process.alumina.indicators import indicators
from orebook.process.alumina.parameters import Route, parameters, plant
from orebook.process.alumina.rating import (
    Equipment,
    loads,
    rate_production,
    rate_ratio,
)
from orebook.process.alumina.solve import solve

ROUTES: tuple[Route, ...] = get_args(Route)
PER_HOUR = 240.96  # t/h, 2 Mt in 8300 h


def sized(route: Route, **spare: float) -> Equipment:
    """Return the equipment a base case fills, with spare factors."""
    c = solve(plant(route)).circuit
    each = {k: PER_HOUR * float(v) * spare.get(k, 1.5) for k, v in loads(c).items()}
    tanks = PER_HOUR * float(c.pregnant_volume) * 45.0
    return Equipment(tanks * spare.get("precipitator_volume", 1.0), **each)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("tight", ["evaporation", "digestion_heat", "mud"])
def test_rating_leads_back_to_the_design(route: Route, tight: str) -> None:
    """Tanks and one limit sized for 2 Mt/a give 241 t/h, 45 h, both full."""
    has = sized(route, **{tight: 1.0})
    found = rate_production(plant(route), has)
    assert found.production == pytest.approx(PER_HOUR, rel=1e-6)
    assert found.hours == pytest.approx(45.0, rel=1e-6)
    assert set(found.binding) == {"precipitator_volume", tight}
    assert max(found.used.values()) <= 1.0 + 1e-6


def test_less_evaporation_means_less_alumina_and_longer_time() -> None:
    p = plant("high_temperature")
    full = rate_production(p, sized("high_temperature", evaporation=1.0))
    less = rate_production(p, sized("high_temperature", evaporation=0.9))
    assert less.production < full.production
    assert less.hours > full.hours
    # A longer time yields more per m3: less than 10 % is lost.
    assert less.production > 0.9 * full.production


def test_the_tanks_alone_bind_where_all_else_is_ample() -> None:
    found = rate_production(plant("low_temperature"), Equipment(130_000.0))
    assert found.binding == ("precipitator_volume",)


@pytest.mark.parametrize("route", ROUTES)
def test_the_ratio_that_a_production_needs(route: Route) -> None:
    p = plant(route)
    has = sized(route, evaporation=1.0)
    found = rate_ratio(p, has, PER_HOUR)
    assert found.digestion_ratio == pytest.approx(float(p["digestion_ratio"]), abs=1e-5)
    easier = rate_ratio(p, has, 0.98 * PER_HOUR)
    assert easier.digestion_ratio > found.digestion_ratio
    assert easier.production == pytest.approx(0.98 * PER_HOUR, rel=1e-5)


def test_what_cannot_be_rated_says_what_binds() -> None:
    p, has = plant("high_temperature"), sized("high_temperature", evaporation=1.0)
    with pytest.raises(InputError, match=r"400 t/h cannot be made.*evaporation"):
        rate_ratio(p, has, 400.0)
    with pytest.raises(InputError, match=r"precipitator_volume.*分解槽.*above 0"):
        Equipment(-1.0)
    barren = plant("high_temperature", ore_monohydrate=0.0)
    with pytest.raises(InputError, match="no circuit closes"):
        rate_production(barren, has)


# -- fit ---------------------------------------------------------------------------


def test_constants_that_are_fitted_are_parameters_with_bounds() -> None:
    known = parameters()
    for name in FITTED:
        assert known[name].low < known[name].high


@pytest.mark.parametrize("route", ROUTES)
def test_residuals_vanish_at_the_truth_and_slopes_are_their_own(route: Route) -> None:
    truth = {"growth_constant": 2.0, "solubility_shift": 0.02, "washer_efficiency": 0.6}
    p = plant(route)
    real = solve({**p, **{k: np.asarray(v) for k, v in truth.items()}})
    told = indicators(real.plant, real.circuit)
    names = ("yield_kg_per_m3", "spent_ratio", "soluble_soda_kg_per_t_mud")
    read = [Measured(n, float(told[n]), 0.01 * float(told[n])) for n in names]
    assert np.max(np.abs(misfit(p, read, truth).residual)) < 1e-8
    here = misfit(p, read, {k: float(p[k]) for k in truth})
    assert np.max(np.abs(here.residual)) > 0.3
    for i, name in enumerate(truth):
        step = 1e-5
        sides = [
            misfit(
                p, read, {**{k: float(p[k]) for k in truth}, name: float(p[name]) + d}
            )
            for d in (step, -step)
        ]
        slope = (sides[0].residual - sides[1].residual) / (2 * step)
        np.testing.assert_allclose(here.slope[:, i], slope, rtol=1e-4, atol=1e-5)


def test_least_squares_finds_the_constants_again() -> None:
    """Gauss-Newton from the defaults, by the slopes told."""
    from scipy.optimize import least_squares

    truth = {"growth_constant": 1.9, "extraction_monohydrate": 0.95, "dsp_soda": 0.58}
    p = plant("high_temperature")
    real = solve({**p, **{k: np.asarray(v) for k, v in truth.items()}})
    told = indicators(real.plant, real.circuit)
    names = ("yield_kg_per_m3", "bauxite_t_per_t", "caustic_kg_per_t", "coal_kg_per_t")
    read = [Measured(n, float(told[n]), 0.01 * float(told[n])) for n in names]

    def at(x: np.ndarray) -> dict[str, float]:
        return dict(zip(truth, map(float, x), strict=True))

    found = least_squares(
        lambda x: misfit(p, read, at(x)).residual,
        [float(p[k]) for k in truth],
        jac=lambda x: misfit(p, read, at(x)).slope,
        x_scale="jac",
        xtol=1e-12,
    )
    np.testing.assert_allclose(found.x, list(truth.values()), rtol=1e-6)


def test_unknown_names_and_bad_deviations_are_told() -> None:
    p = plant("high_temperature")
    with pytest.raises(InputError, match="did you mean 'yield_kg_per_m3'"):
        misfit(p, [Measured("yield_kg_per_m", 1.0, 1.0)], {"seed": 800.0})
    with pytest.raises(InputError, match="did you mean 'growth_constant'"):
        misfit(p, [], {"growth_const": 2.0})
    with pytest.raises(InputError, match="deviation = 0"):
        misfit(p, [Measured("yield_kg_per_m3", 1.0, 0.0)], {"seed": 800.0})
    with pytest.raises(InputError, match="no circuit closes at these constants"):
        misfit(p, [], {"extraction_monohydrate": 0.0})
