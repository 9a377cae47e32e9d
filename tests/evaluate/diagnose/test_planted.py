"""Planted causes are found: right workshop, sign and size, and nobody else is blamed.

The truth is the same circuit with the cause in it (`planted`); the effect it really has
is the difference of two closed circuits, which the diagnosis never sees.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from orebook.evaluate.diagnose.diagnose import diagnose
from orebook.evaluate.diagnose.result import Indicator, WorksDiagnosis
from tests.evaluate.diagnose.planted import closed, plan, told, worse
from tests.plan.refineries import flows, planned

Cause = tuple[Mapping[str, Mapping[str, str]], Mapping[str, Mapping[str, str]]]
ORE = {"ore-a": {"Al2O3": "62 %", "SiO2": "12 %", "SiO2_r": "11.45 %"}}


def diagnosed(
    units: Mapping[str, Mapping[str, str]],
    materials: Mapping[str, Mapping[str, str]] | None = None,
    *,
    seed: int = 1,
    error: float = 1.0,
) -> WorksDiagnosis:
    month = closed(worse(units, materials), seed=seed, error=error)
    (found,) = diagnose(told(month), "works").works
    return found


def indicator(found: WorksDiagnosis, name: str) -> Indicator:
    return next(i for i in found.indicators if i.name == name)


def true_change(
    units: Mapping[str, Mapping[str, str]],
    top: str,
    materials: Mapping[str, Mapping[str, str]] | None = None,
) -> float:
    """Return the change of an amount per tonne of alumina that the cause brings."""
    after, before = flows(planned(worse(units, materials))), flows(plan())
    return after[top] - before[top]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_nobody_is_blamed_where_nothing_happened(seed: int) -> None:
    found = diagnosed({}, seed=seed)
    assert found.found == ()
    assert [m for m in found.money if m.certain and m.factor.kind != "feed"] == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_worse_washing_is_the_mud_workshops(seed: int) -> None:
    """Of some fifty settings one is named; its caustic comes out within its doubt."""
    cause = {"wash": {"washer_efficiency": "0.56"}}
    found = diagnosed(cause, seed=seed)
    (moved,) = found.found
    assert (moved.unit, moved.name) == ("wash", "washer_efficiency")
    assert abs(moved.value - 0.56) < 3.0 * moved.sd
    caustic = indicator(found, "caustic_kg_per_t")
    (share,) = (s for s in caustic.shares if s.factor.kind == "setting")
    true = 1000.0 * true_change(cause, "make-up.caustic")
    assert share.factor.centre == "mud"
    assert share.certain
    assert abs(share.effect - true) < 3.0 * share.doubt
    assert 0.3 < true < 0.5
    in_mud = next(p for p in caustic.parts if p.name == "caustic_mud_kg_per_t")
    place = caustic.shares.index(share)
    assert in_mud.effects[place] > 0.8 * share.effect
    blamed = {m.factor.centre for m in found.money if m.certain}
    assert "mud" in blamed
    assert not {"red", "white"} & blamed


@pytest.mark.parametrize("error", [0.05, 1.0])
def test_lost_extraction_is_the_red_sides(error: float) -> None:
    cause = {"digest": {"extraction_monohydrate": "0.92"}}
    found = diagnosed(cause, error=error)
    (moved,) = found.found
    assert moved.name == "extraction_monohydrate"
    recovery = indicator(found, "recovery")
    (share,) = (s for s in recovery.shares if s.factor.kind == "setting")
    assert share.factor.centre == "red"
    ore = true_change(cause, "grind.ore-a")
    assert ore > 0.0 > share.effect
    in_ore = next(m for m in found.money if m.factor == share.factor)
    assert in_ore.goods["ore-a@plant"] == pytest.approx(-ore * 150_000 * 420, rel=0.25)
    assert not {"mud", "white"} & {m.factor.centre for m in found.money if m.certain}


def test_more_evaporation_steam_is_the_white_sides() -> None:
    cause = {"evaporate": {"heat_factor": "1.15"}}
    found = diagnosed(cause)
    (moved,) = found.found
    assert moved.unit == "evaporate"
    steam = indicator(found, "steam_t_per_t")
    (share,) = (s for s in steam.shares if s.factor.kind == "setting")
    assert share.factor.centre == "white"
    true = true_change(cause, "evaporate.steam")
    assert abs(share.effect - true) < 3.0 * share.doubt
    assert share.effect == pytest.approx(true, rel=0.1)


def test_poor_ore_is_its_suppliers() -> None:
    """A/S falls from 5.8 to 5.2: recovery and caustic follow, no workshop is blamed."""
    found = diagnosed({}, ORE)
    assert found.found == ()
    caustic = indicator(found, "caustic_kg_per_t")
    true = 1000.0 * true_change({}, "make-up.caustic", ORE)
    ore = [s for s in caustic.shares if s.factor.name.startswith("ore-a")]
    assert {s.factor.centre for s in ore} == {"trade"}
    assert sum(s.effect for s in ore) == pytest.approx(true, rel=0.2)
    assert {m.factor.centre for m in found.money if m.certain} == {"trade"}


def test_two_causes_at_once_stay_apart() -> None:
    found = diagnosed(
        {"wash": {"washer_efficiency": "0.56"}, "evaporate": {"heat_factor": "1.15"}},
        ORE,
    )
    assert {(f.unit, f.name) for f in found.found} == {
        ("wash", "washer_efficiency"), ("evaporate", "heat_factor"),
    }  # fmt: skip
    certain = {m.factor.centre for m in found.money if m.certain}
    assert certain == {"mud", "white", "trade"}


def test_what_amounts_cannot_tell_apart_is_charged_to_who_answers_for_all() -> None:
    """Yield alone cannot tell seeding from the ratio after digestion."""
    found = diagnosed({"digest": {"digestion_ratio": "1.47"}})
    (moved,) = found.found
    both = {moved.unit, *(u for u, _ in moved.alike)}
    assert both == {"digest", "precipitate"}
    (factor,) = (m.factor for m in found.money if m.factor.kind == "setting")
    assert factor.centre == "works"


def test_without_metering_error_all_is_explained() -> None:
    found = diagnosed({"wash": {"cake_moisture": "0.38"}}, error=0.01)
    caustic = indicator(found, "caustic_kg_per_t")
    left = next(s for s in caustic.shares if s.factor.kind == "unexplained")
    assert abs(left.effect) < 0.02 * abs(caustic.base)
    assert abs(left.effect) < 3.0 * left.doubt


def test_a_setting_never_leaves_its_range() -> None:
    found = diagnosed({"wash": {"washer_efficiency": "0.525"}}, error=0.3)
    low, high = 0.525, 0.875
    (moved,) = found.found
    assert low - 1e-12 <= moved.value <= high
