"""Coal: bases, heating values, standard coal, carbon and blends.

Published figures: GB/T 2589 and the factors of the Chinese emission trade as worked in
the project's notes on power and carbon (sections 15 and 20).
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.process.properties.coal import (
    STANDARD_COAL,
    blend,
    carbon_content,
    carbon_dioxide,
    check_analysis,
    convert,
    gross_from_net,
    net_at_moisture,
    net_from_gross,
    rebased,
    standard_coal,
)

BASES = ("ar", "ad", "d", "daf")
# Factors of the table of GB/T 483 and ISO 1170 written out, M and A in per cent.
TABLE = {
    ("ad", "ar"): lambda m, mad, a: (100 - m) / (100 - mad),
    ("ad", "d"): lambda m, mad, a: 100 / (100 - mad),
    ("ad", "daf"): lambda m, mad, a: 100 / (100 - mad - a * (100 - mad) / 100),
    ("ar", "ad"): lambda m, mad, a: (100 - mad) / (100 - m),
    ("ar", "d"): lambda m, mad, a: 100 / (100 - m),
    ("ar", "daf"): lambda m, mad, a: 100 / (100 - m - a * (100 - m) / 100),
    ("d", "ar"): lambda m, mad, a: (100 - m) / 100,
    ("d", "ad"): lambda m, mad, a: (100 - mad) / 100,
    ("d", "daf"): lambda m, mad, a: 100 / (100 - a),
    ("daf", "ar"): lambda m, mad, a: (100 - m - a * (100 - m) / 100) / 100,
    ("daf", "ad"): lambda m, mad, a: (100 - mad - a * (100 - mad) / 100) / 100,
    ("daf", "d"): lambda m, mad, a: (100 - a) / 100,
}


@pytest.mark.parametrize("pair", TABLE, ids="-".join)
def test_the_factor_of_each_pair_of_bases_is_that_of_the_standard(
    pair: tuple[str, str],
) -> None:
    """Twelve factors of the conversion table of ISO 1170 and GB/T 483."""
    m, mad, ash = 11.0, 2.5, 24.0
    ours = convert(1.0, *pair, moisture={"ar": m, "ad": mad}, ash_dry=ash)
    assert ours == pytest.approx(TABLE[pair](m, mad, ash), rel=1e-12)


@given(
    st.floats(0.0, 60.0), st.floats(0.0, 20.0), st.floats(0.0, 60.0),
    st.permutations(BASES),
)  # fmt: skip
def test_a_round_trip_over_all_bases_gives_the_same(
    m: float, mad: float, ash: float, way: list[str]
) -> None:
    value = np.asarray(37.0)
    for start, end in itertools.pairwise([*way, way[0]]):
        value = convert(value, start, end, moisture={"ar": m, "ad": mad}, ash_dry=ash)
    assert value == pytest.approx(37.0, rel=1e-12)


def test_a_whole_analysis_sums_to_the_same_on_every_basis() -> None:
    """Moisture, ash and the rest sum to 100 % wherever they are stated."""
    air_dried = {
        "moisture": 1.9, "ash": 22.0, "C": 61.0, "H": 3.9, "O": 9.1, "N": 1.2, "S": 0.9
    }  # fmt: skip
    for end in BASES:
        found = rebased(air_dried, "ad", end, moisture={"ar": 9.0})
        assert sum(map(float, found.values())) == pytest.approx(100.0, abs=1e-9), end
    assert rebased(air_dried, "ad", "ar", moisture={"ar": 9.0})["moisture"] == 9.0
    back = rebased(
        {**rebased(air_dried, "ad", "daf"), "ash_dry": 100 * 22.0 / 98.1},
        "daf", "ad", moisture={"ad": 1.9},
    )  # fmt: skip
    for name, value in air_dried.items():
        assert back[name] == pytest.approx(value), name


def test_net_and_gross_differ_by_the_water_that_condenses() -> None:
    """Q_net,ar = Q_gr,ar - 206 H - 23 M; and the change by moisture agrees with it."""
    assert net_from_gross(22500.0, 3.5, 10.0) == 22500 - 206 * 3.5 - 23 * 10
    assert gross_from_net(net_from_gross(22500.0, 3.5, 10.0), 3.5, 10.0) == 22500.0
    m, wetter = 8.0, 14.0
    share = (100 - wetter) / (100 - m)
    by_gross = net_from_gross(23000.0 * share, 3.6 * share, wetter)
    moved = net_at_moisture(net_from_gross(23000.0, 3.6, m), m, wetter)
    assert moved == pytest.approx(float(by_gross), rel=1e-12)
    assert net_at_moisture(moved, wetter, m) == pytest.approx(
        float(net_from_gross(23000.0, 3.6, m))
    )


@pytest.mark.parametrize(
    ("kgce", "gigajoule"), [(310.0, 9.085), (360.0, 10.551), (430.0, 12.602)]
)
def test_standard_coal_of_published_energy_use(kgce: float, gigajoule: float) -> None:
    """GB 21346 levels of alumina: 310, 360, 430 kgce/t are 9.085, 10.551, 12.602 GJ/t.

    Validation case 16 of the notes on smelter, power and carbon.
    """
    assert kgce / 1000.0 * STANDARD_COAL == pytest.approx(gigajoule, abs=5e-4)
    assert 1000.0 * standard_coal(gigajoule) == pytest.approx(kgce, abs=0.02)


def test_equivalents_of_heat_and_power() -> None:
    """34.1208 kgce/GJ, 0.1229 kgce/kWh (section 15 of the notes)."""
    assert 1000.0 * standard_coal(1.0) == pytest.approx(34.1208, abs=5e-5)
    assert 1000.0 * standard_coal(0.0036) == pytest.approx(0.1229, abs=1e-4)


def test_the_ideal_coal_rate_is_one_over_efficiency() -> None:
    """122.84 g/kWh at efficiency 1 (section 15 of the notes)."""
    assert 1e6 * standard_coal(0.0036) == pytest.approx(122.84, abs=5e-3)


def test_carbon_dioxide_per_standard_coal() -> None:
    """2.785 t/tce bituminous, 3.282 by default, 18 % more; 300 g/kWh is 0.836 kg."""
    carbon = carbon_content(29307.6, carbon_per_heat=[0.02618, 0.03085])
    measured, default = carbon_dioxide(carbon)
    assert measured == pytest.approx(2.785, abs=5e-4)
    assert default == pytest.approx(3.282, abs=5e-4)
    assert default / measured - 1.0 == pytest.approx(0.18, abs=5e-3)
    assert 0.300 * measured == pytest.approx(0.836, abs=1e-3)


def test_a_blend_is_the_mean_by_mass_and_vectorised() -> None:
    rich, poor = {"net": 24000.0, "ash": 15.0, "S": 0.4}, {
        "net": 18000.0, "ash": 35.0, "S": 1.6
    }  # fmt: skip
    share = np.linspace(0.0, 1.0, 5)
    found = blend([rich, poor], [share, 1.0 - share])
    np.testing.assert_allclose(found["net"], 18000.0 + 6000.0 * share)
    np.testing.assert_allclose(found["S"], 1.6 - 1.2 * share)
    twice = blend([poor, rich], [2.0 * (1.0 - share), 2.0 * share])
    for name in found:
        np.testing.assert_allclose(twice[name], found[name])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match=r"proximate analysis .* sums to 101 %"):
        check_analysis({"moisture": 8.0, "ash": 60.0, "volatile": 33.0})
    with pytest.raises(InputError, match="ultimate analysis"):
        check_analysis({"moisture": 8.0, "ash": 30.0, "C": 62.0, "H": 4.0})
    with pytest.raises(InputError, match="S = -1 %"):
        check_analysis({"S": -1.0})
    with pytest.raises(InputError, match="needs the moisture"):
        convert(20.0, "ad", "d")
    with pytest.raises(InputError, match="needs the ash"):
        convert(20.0, "d", "daf")
    with pytest.raises(InputError, match="below 100 %"):
        convert(20.0, "ar", "d", moisture={"ar": 100.0})
    with pytest.raises(InputError, match="coal 1 does not state 'ash'"):
        blend([{"S": 1.0}, {"ash": 2.0}], [1.0, 1.0])
    with pytest.raises(InputError, match="not all 0"):
        blend([{"S": 1.0}], [0.0])
    with pytest.raises(InputError, match="one amount per coal"):
        blend([{"S": 1.0}], [])
