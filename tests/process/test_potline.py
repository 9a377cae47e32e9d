"""Potline against published figures of the electrolysis."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.process.contract import Case
from orebook.process.registry import bind, kind
from orebook.process.smelter.potline import dc_energy, metal_per_charge


@pytest.fixture(scope="module")
def potline():
    """Return the example potline."""
    chain = kind("potline").example()
    return bind(chain.units[0], chain)


def test_faraday_constant() -> None:
    """0.33557273 kg/kAh = 8.0537455 kg/(kA day), from CODATA and the molar mass."""
    assert metal_per_charge(1.0) == pytest.approx(0.33557273, abs=5e-9)
    assert metal_per_charge(1.0) * 24 == pytest.approx(8.0537455, abs=5e-8)
    assert 1 / metal_per_charge(1.0) == pytest.approx(2.97998, abs=5e-6)


def test_direct_current_energy() -> None:
    """DC energy is 2980 U / CE [kWh/t] (Grjotheim and Kvande 1993)."""
    assert dc_energy(4.0, 0.94) == pytest.approx(2980 * 4.0 / 0.94, rel=1e-5)


def test_alumina_and_carbon_per_tonne(potline) -> None:
    """98.6 % alumina at 0.7 % loss: 1929.8 kg/t; NAC 0.42, S 2 %, ash 0.4 %: 1.503.

    The second is the prebake equation of 40 CFR 98 subpart F with its defaults.
    """
    setting = {
        k: np.asarray(v)
        for k, v in {
            "alumina_loss": 0.007,
            "net_carbon": 420.0,
            "anode_carbon": 0.976,
        }.items()
    }
    out = potline.run(Case({"charge": np.asarray(1000.0)}, {}, setting))
    metal = out.flows["metal"]
    assert -out.flows["alumina"] / metal * 1000 == pytest.approx(1929.8, abs=0.1)
    assert out.flows["co2"] / metal == pytest.approx(1.503, abs=1e-3)


def test_carbon_tetrafluoride_slope(potline) -> None:
    """Slope method of EU 2025/2547: CF4 = AEM x SEF x production."""
    setting = {"anode_effect_minutes": np.asarray(0.5), "cf4_slope": np.asarray(0.143)}
    out = potline.run(Case({"charge": np.asarray(1000.0)}, {}, setting))
    expected = 0.5 * 0.143 / 1000 * out.flows["metal"]
    assert out.flows["cf4"] == pytest.approx(expected)


def test_pots_are_loaded_by_amperage(potline) -> None:
    """A pot at 500 kA carries the same charge in 4/5 of the hours of one at 400 kA."""
    hours = [
        float(
            potline.run(
                Case({"charge": np.asarray(1.0)}, {}, {"current": np.asarray(kA)})
            ).loads["pots"]
        )
        for kA in (400.0, 500.0)
    ]
    assert hours[1] / hours[0] == pytest.approx(0.8)
