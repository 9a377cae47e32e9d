"""Peers: units, classes, kinds; conflicts and figures of no use are visible."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orebook.benchmark.peers import claims
from orebook.chain.catalogue import builtin
from orebook.chain.peers import PeerFigure, read_peers
from orebook.errors import Mistake

NAOH, RECOVERY = builtin()["alu.naoh"], builtin()["alu.recovery"]
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "guangxi" / "peers"


def figure(
    value: float, unit: str = "kg/t", indicator: str = "alu.naoh", **given: str
) -> PeerFigure:
    told = {"peer": "A", "period": "2025", "source": "yearbook", **given}
    return PeerFigure(
        indicator, value=value, unit=unit, retrieved=date(2026, 1, 5), **told
    )


def test_units_are_turned_into_that_of_the_indicator() -> None:
    rows = [figure(0.1, "t/t"), figure(0.84, "-", "alu.recovery")]
    found = claims(rows, builtin())
    assert found.best(NAOH, "").value == pytest.approx(100.0)
    assert found.best(RECOVERY, "").value == pytest.approx(84.0)


def test_a_wrong_unit_is_named_not_guessed() -> None:
    found = claims([figure(100.0, "kWh/t")], builtin())
    assert found.best(NAOH, "") is None
    (unused,) = found.unused
    assert "is in kWh/t; expected kg/t" in unused.reason


def test_an_unknown_indicator_is_named_with_the_nearest() -> None:
    (unused,) = claims([figure(1.0, indicator="alu.noah")], builtin()).unused
    assert "did you mean 'alu.naoh'" in unused.reason


def test_the_best_of_the_class_is_the_reference() -> None:
    rows = [
        figure(120.0, peer="A", of="diasporic"),
        figure(110.0, peer="B"),
        figure(45.0, peer="C", of="gibbsitic"),
        figure(90.0, peer="norm", kind="limit"),
    ]
    found = claims(rows, builtin())
    assert found.best(NAOH, "diasporic").value == 110.0
    assert found.best(NAOH, "gibbsitic").value == 45.0
    assert found.limit(NAOH, "diasporic").value == 90.0


def test_a_conflict_is_told_and_the_least_demanding_used() -> None:
    rows = [figure(95.0, source="x"), figure(90.0, source="y")]
    found = claims(rows, builtin())
    (conflict,) = found.conflicts
    assert sorted(conflict.values) == [90.0, 95.0]
    assert sorted(conflict.sources) == ["x", "y"]
    assert conflict.used == found.best(NAOH, "").value == 95.0
    up = [figure(0.8, "-", "alu.recovery", source=s) for s in ("x", "y")]
    up[1] = figure(85.0, "%", "alu.recovery", source="y")
    (conflict,) = claims(up, builtin()).conflicts
    assert conflict.used == pytest.approx(80.0)


def test_equal_figures_of_two_sources_are_no_conflict() -> None:
    rows = [figure(95.0, source="x"), figure(0.095, "t/t", source="y")]
    assert claims(rows, builtin()).conflicts == ()


def test_of_grades_the_last_is_the_law() -> None:
    rows = [
        figure(v, "kgce/t", "comprehensive_energy", peer=f"grade {k}", kind="limit")
        for k, v in enumerate((340.0, 390.0, 460.0), 1)
    ]
    found = claims(rows, builtin())
    assert found.limit(builtin()["alu.energy_comp"], "diasporic").value == 460.0


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob("*.csv")), ids=lambda p: p.name)
def test_figures_of_the_example_are_read(path: Path) -> None:
    figures = [f for f in read_peers(path) if not isinstance(f, Mistake)]
    assert figures
    assert all(f.source and f.retrieved for f in figures)
    found = claims(figures, builtin())
    assert not any("expected" in u.reason for u in found.unused), "a wrong unit"


def test_world_fuel_energy_is_the_quotient_of_its_sources() -> None:
    """IAI 2024 via AlCircle 2025: 1 188 250 TJ for 138.59 Mt, 8.57 GJ/t."""
    figures = [
        f for f in read_peers(EXAMPLE / "alumina.csv") if isinstance(f, PeerFigure)
    ]
    found = claims(figures, builtin()).best(builtin()["alu.energy_fuel"], "")
    assert found.value == pytest.approx(1_188_250e3 / 138.59e6, abs=0.005)
