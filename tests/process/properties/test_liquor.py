"""Bayer liquor against the tables it must reproduce, and against its sources.

Tables: computed from the published equations (Rosenberg and Healy 1996; Russell,
Edwards and Taylor 1955; Laliberte 2007, 2009; Dewey 1981) by a program of its own, to
be met within 0.5 %.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.process.properties import liquor
from orebook.process.properties.liquor import Salts

TEMPERATURES = (45.0, 55.0, 60.0, 65.0, 75.0, 100.0, 145.0)
GIBBSITE = {
    180.0: (0.1486, 0.1991, 0.2273, 0.2572, 0.3210, 0.4870, 0.7215),
    220.0: (0.1544, 0.2064, 0.2354, 0.2660, 0.3309, 0.4980, 0.7297),
    260.0: (0.1621, 0.2159, 0.2458, 0.2772, 0.3435, 0.5119, 0.7398),
}
IMPURE = (0.1755, 0.2325, 0.2639, 0.2967, 0.3651, 0.5349)
BOEHMITE = {60: 0.1538, 100: 0.2824, 145: 0.4382, 220: 0.6436, 240: 0.6830,
            250: 0.7006, 260: 0.7168}  # fmt: skip
DIASPORE = {240: 0.6786, 250: 0.7009, 260: 0.7213, 265: 0.7308, 280: 0.7568}
# Nk, caustic ratio, Nc, T, A, A/C, density (25 degC), heat capacity, BPE, molality
LIQUORS = (
    (135.0, 1.38, 14.0, 75.0, 160.9, 0.6971, 1301.0, 3.289, 6.05, 5.77),
    (160.0, 1.42, 17.0, 65.0, 185.4, 0.6774, 1352.0, 3.181, 7.69, 7.04),
    (160.0, 2.68, 17.0, 52.0, 98.2, 0.3589, 1290.0, 3.374, 6.47, 6.48),
    (235.0, 2.89, 23.5, 85.0, 133.8, 0.3328, 1402.0, 3.229, 13.55, 9.96),
    (165.0, 2.92, 16.0, 80.0, 93.0, 0.3294, 1290.0, 3.410, 7.41, 6.59),
)
ELEVATION = ((5.0, 5.60, 8.10), (7.0, 8.58, 11.47), (10.0, 13.94, 16.57))


@pytest.mark.parametrize("caustic", GIBBSITE)
def test_gibbsite_solubility(caustic: float) -> None:
    found = liquor.saturation_alumina(caustic, TEMPERATURES) / caustic
    np.testing.assert_allclose(found, GIBBSITE[caustic], rtol=5e-3)


def test_salts_raise_solubility() -> None:
    salts = Salts(carbonate=45.0, chloride=12.0, sulphate=8.0, organic_carbon=12.0)
    found = liquor.saturation_alumina(220.0, TEMPERATURES[:6], salts=salts) / 220.0
    np.testing.assert_allclose(found, IMPURE, rtol=5e-3)


@pytest.mark.parametrize(
    ("mineral", "caustic", "table"),
    [("boehmite", 220.0, BOEHMITE), ("diaspore", 390.0, DIASPORE)],
)
def test_monohydrate_solubility(
    mineral: liquor.Mineral, caustic: float, table: dict[int, float]
) -> None:
    found = liquor.saturation_alumina(caustic, list(table), mineral=mineral) / caustic
    np.testing.assert_allclose(found, list(table.values()), rtol=5e-3)


def test_heat_of_solution_is_that_of_russell() -> None:
    """Slope of ln x between 40 and 100 degC: 30.96 kJ/mol; measured in 1955: 30.7."""
    t = np.array([40.0, 100.0])
    ratio = liquor.saturation_alumina(200.0, t) / 200.0 / liquor.ALUMINA_PER_CARBONATE
    x = np.log(ratio / (1.0 - ratio))
    slope = -np.diff(x) / np.diff(1.0 / (t + 273.15)) * 8.314 / 1000.0
    assert slope.item() == pytest.approx(30.96, abs=0.01)
    assert slope.item() == pytest.approx(30.7, rel=0.01)


@pytest.mark.parametrize("row", LIQUORS)
def test_properties_of_five_liquors(row: tuple[float, ...]) -> None:
    nk, ratio, nc, t, a, ac, rho, cp, elevation, molality = row
    made = liquor.composition(
        1.6451 * nk / ratio, nk, carbonate_soda=nc, other_soda=3.0
    )
    c = liquor.caustic_as_carbonate(nk)
    found = [
        1.6451 * nk / ratio,
        float(liquor.alumina_to_caustic(ratio)),
        float(liquor.density(made)),
        float(liquor.heat_capacity(made, t)),
        float(made.molality),
    ]
    assert found == pytest.approx([a, ac, rho, cp, molality], rel=8e-4)
    assert float(c) * found[1] == pytest.approx(found[0], rel=1e-3)
    boiling = float(liquor.boiling_point_elevation(made.molality, 100.0))
    published = float(liquor.boiling_point_elevation(molality, 100.0))
    assert boiling == pytest.approx(published, rel=2e-3)
    # The table holds it at the temperature of the liquor.
    own = float(liquor.boiling_point_elevation(made.molality, t))
    assert own == pytest.approx(elevation, rel=2e-3)


@pytest.mark.parametrize(("molality", "at_100", "at_200"), ELEVATION)
def test_boiling_point_elevation(molality: float, at_100: float, at_200: float) -> None:
    found = liquor.boiling_point_elevation(molality, [100.0, 200.0])
    np.testing.assert_allclose(found, [at_100, at_200], atol=0.006)


def test_conversions() -> None:
    """Stoichiometry: C = 1.7101 Nk; A/C 0.70 is a caustic ratio of 1.374."""
    assert float(liquor.caustic_as_carbonate(1.0)) == pytest.approx(1.7101, abs=5e-5)
    assert float(liquor.alumina_to_caustic(1.42)) == pytest.approx(0.6774, abs=1e-4)
    back = float(liquor.alumina_to_caustic(0.96197 / 0.70))
    assert back == pytest.approx(0.70, abs=1e-4)
    assert float(liquor.caustic_ratio(160.9, 135.0)) == pytest.approx(1.38, abs=1e-3)


@given(
    st.floats(90.0, 240.0),
    st.floats(1.3, 3.5),
    st.floats(0.0, 30.0),
    st.floats(0.0, 10),
)
def test_composition_fills_the_cubic_metre(
    nk: float, ratio: float, nc: float, ns: float
) -> None:
    made = liquor.composition(1.6451 * nk / ratio, nk, carbonate_soda=nc, other_soda=ns)
    assert float(liquor.volume(made)) == pytest.approx(1.0, abs=1e-10)
    assert float(made.free_water) > 0.4
    twice = liquor.Composition(*(2.0 * x for x in made.arrays))
    assert float(liquor.volume(twice)) == pytest.approx(2.0, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((-5.0, 60.0, "gibbsite"), "caustic C = -5"),
        ((220.0, 400.0, "gibbsite"), "temperature = 400"),
        ((220.0, 60.0, "gibsite"), "no solubility of 'gibsite'"),
    ],
)
def test_bad_input_is_named(arguments: tuple[float, float, str], told: str) -> None:
    caustic, t, mineral = arguments
    with pytest.raises(InputError, match=told):
        liquor.saturation_alumina(caustic, t, mineral=mineral)  # type: ignore[arg-type]
