"""Limits expected to bind, one-off limits, and overlays that touch binding rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.new import new_book
from orebook.chain.plant import Limit, Outage
from orebook.chain.read import read_book
from orebook.errors import BookError
from orebook.plan.conditions import conditions
from orebook.plan.expected import Overlay, bound_in, flagged, overlay_of, touches
from orebook.plan.explain import explain
from orebook.plan.replan import stand
from orebook.plan.replan_changes import Changes, Delay, NewPrice, NewSpec
from orebook.process.check import check_units
from orebook.process.network import network
from tests.plan.chains import V3_FACTORS, chain8
from tests.plan.examples import edited, example_plan

WEEK = horizon(period("2026-W01"), 1)


def once(name: str, most: float) -> Limit:
    """Return a one-off limit on the sale of metal."""
    return Limit(
        id=name,
        name="临时",
        name_en="strike at the port",
        centre="trade",
        terms={"sell:aluminium:aluminium": "1 t/t"},
        max=f"{most} t/week",
        purpose="one-off",
        expected=True,
    )


def test_flags_of_the_book_become_expectations() -> None:
    chain = chain8(V3_FACTORS)
    chain = edited(chain, "units", "calcine", expected=["throughput"])
    chain = edited(chain, "sales", "alumina", max="30000 t/week", expected=True)
    chain = edited(chain, "purchases", "power", max="1 TWh/week", expected=True)
    chain = chain.model_copy(update={"limits": (once("strike", 9_000),)})
    assert flagged(chain) == dict.fromkeys(
        [
            ("limit", "strike", "max"),
            ("capacity", "calcine:throughput", "max"),
            ("buy", "power", "max"),
            ("sell", "alumina:alumina", "max"),
        ],
        "flagged",
    )
    known = conditions(chain, WEEK, known_until=None)
    found = explain(stand(network(chain), known))
    waits = {(w.kind, w.subject): w for w in found.waiting}
    assert ("limit", "strike") not in waits  # it binds
    assert waits["capacity", "calcine:throughput"].holds[0].subject.startswith("precip")
    assert waits["sell", "alumina:alumina"].gap > 0.0


def test_a_misspelt_expectation_is_reported_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    new_book(folder)
    file = next((folder / "sites").glob("*.toml"))
    text = file.read_text("utf-8").replace(
        "limits = {", 'expected = ["thruput"]\nlimits = {', 1
    )
    file.write_text(text, "utf-8")
    with pytest.raises(BookError, match="no limit 'thruput'"):
        read_book(folder, check=check_units)


def test_what_bound_before_is_expected_again() -> None:
    plan = example_plan(2)
    found = bound_in(plan.to_dict(), "release")
    first = {(x.kind, x.subject, x.side) for x in plan.limits if x.period == 0}
    assert set(found) == first
    assert set(found.values()) == {"release"}
    assert bound_in({"periods": ["2026-05"]}, "release") == {}


def test_one_off_limits_and_overlays_say_what_they_touch() -> None:
    """A strike that lets 9,000 t out binds; one of 20,000 t decides nothing."""
    chain = chain8(V3_FACTORS)
    chain = chain.model_copy(
        update={"limits": (once("strike", 9_000), once("idle", 20_000))}
    )
    plan = stand(network(chain), conditions(chain, WEEK, known_until=None))
    mine = Overlay("shift plan", frozenset({("capacity", "precip")}), author="planner")
    found = {t.overlay.name: t for t in explain(plan, overlays=[mine]).touches}
    assert [x.subject for x in found["strike"].limits] == ["strike"]
    assert found["strike"].one_off
    assert found["idle"].limits == ()
    assert [x.subject for x in found["shift plan"].limits] == ["precip:throughput"]
    assert not found["shift plan"].one_off


def test_a_replan_touches_the_limits_it_moves() -> None:
    changes = Changes(
        prices=(NewPrice("sell:alumina", factor=1.1),),
        outages=(
            Outage(unit="calcine", first=date(2026, 1, 1), last=date(2026, 1, 2)),
        ),
        stocks={"silo": 1.0},
        delays=(Delay("buy:ore", 1.0, "2026-W01", "2026-W02"),),
        specs=(NewSpec("alumina", "SiO2", "max", 0.1),),
    )
    overlay = overlay_of(chain8(), changes, "re-plan 1", "leak")
    assert overlay.reason == "leak"
    assert {
        ("sell", "alumina"), ("capacity", "calcine"), ("stock", "silo"),
        ("buy", "ore"), ("take_or_pay", "ore"), ("spec", "alumina"),
    } <= overlay.touches  # fmt: skip
    assert touches(chain8(), (), [overlay])[0].limits == ()
