"""Targets set by other teams, by own months and by peers outside."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chain.peers import PeerFigure
from orebook.errors import DataQualityError
from orebook.reward.aim import target_of
from orebook.reward.facts import MeasureFact, year_to_date
from orebook.reward.references import external_figure, own_best
from orebook.reward.scheme import Measure
from orebook.reward.terms import Target


def measure(**target):
    return Measure.model_validate({
        "id": "m", "name": "能耗", "source": "indicator", "of": "a/b", "unit": "GJ/t",
        "direction": "min", "curve": {"kind": "linear", "slope": 1}, "target": target,
    })  # fmt: skip


def values(actual, plans=None):
    plans = plans or [10.0] * len(actual)
    return {
        (f"t{k}", "m"): MeasureFact(a, ("r",), plan=p, fair=p)
        for k, (a, p) in enumerate(zip(actual, plans, strict=True))
    }


def test_peers_leave_the_own_value_out():
    found = values([10.0, 12.0, 14.0])
    assert target_of(measure(source="peers"), "t0", found) == 13.0
    found["t0", "m"] = MeasureFact(99.0, ("r",), plan=10.0)
    assert target_of(measure(source="peers"), "t0", found) == 13.0


@given(st.floats(-0.3, 0.3), st.floats(0, 1))
@settings(max_examples=20)
def test_what_strikes_all_alike_is_filtered_out(shock, strength):
    """Holmstrom (1982): with strength 1 a common shock leaves no gap."""
    found = values([10 * (1 + shock), 20 * (1 + shock)], [10.0, 20.0])
    rule = measure(source="peers", base="plan", strength=strength)
    left = 10 * (1 + shock) - target_of(rule, "t0", found)
    assert left == pytest.approx(10 * shock * (1 - strength), abs=1e-9)


def test_a_team_without_peers_is_told_so():
    with pytest.raises(DataQualityError, match="there is none"):
        target_of(measure(source="peers"), "t0", values([1.0]))


def test_own_best_is_a_quantile_of_like_months():
    """Oracle: numpy's quantile of the months by hand."""
    random = np.random.default_rng(4)
    loads = [*random.uniform(95, 105, 8), *random.uniform(40, 60, 4)]
    old = [MeasureFact(float(v), ("r",), driver=float(d))
           for v, d in zip(random.uniform(9, 11, 12), loads, strict=True)]  # fmt: skip
    now = MeasureFact(10.0, ("r",), plan=12.0, driver=100.0)
    names = [f"2025-{k + 1:02d}" for k in range(12)]
    rule = Target(source="own_best", quantile=0.9, like=0.1)
    best, notes = own_best(rule, now, old, names, more=False)
    assert best == pytest.approx(np.quantile([f.actual for f in old[:8]], 0.1))
    assert "2025-09" not in notes[0]
    few = Target(source="own_best", like=0.001)
    best, notes = own_best(few, now, old, names, more=True)
    assert best == pytest.approx(np.quantile([f.actual for f in old], 0.9))
    assert "so all" in notes[0]
    none, notes = own_best(rule, now, old[:3], names[:3], more=True)
    assert none is None
    assert target_of(measure(source="own_best"), "t0", {("t0", "m"): now}) == 12.0


def test_figures_outside_are_the_median_in_the_measure_s_unit():
    def peer(value, unit="MJ/t", kind="peer"):
        return PeerFigure("energy", "x", value, unit, "2024", "s", date(2026, 1, 1),
                          kind=kind, file="p.csv", line=2)  # fmt: skip

    peers = [peer(9000), peer(11000), peer(10500), peer(1, kind="limit"), peer(3, "t")]
    found, sources = external_figure("energy", "GJ/t", peers)
    assert found == pytest.approx(10.5)
    assert len(sources) == 3
    assert external_figure("other", "GJ/t", peers)[0] is None


def test_the_year_so_far_weighs_ratios_and_averages_sums():
    ratios = [
        MeasureFact(a, ("r",), plan=10.0, driver=d) for a, d in ((10, 1), (13, 2))
    ]
    assert year_to_date(ratios).actual == pytest.approx(12.0)
    sums = [MeasureFact(a, ("r",), plan=None, sums=True) for a in (1.0, 4.0)]
    assert year_to_date(sums).actual == 2.5
    assert year_to_date(sums).plan is None
    with pytest.raises(DataQualityError, match="taken over 0"):
        year_to_date([MeasureFact(1.0, ("r",), driver=0.0)] * 2)
