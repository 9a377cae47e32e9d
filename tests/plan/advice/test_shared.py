"""Advice on settings that a circuit shares, against plans solved again."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from orebook.cli import main
from orebook.errors import InputError
from orebook.plan.advice.advise import advise
from orebook.plan.advice.ask import knobs_of
from orebook.plan.advice.board import Board
from orebook.plan.advice.index import indices
from orebook.plan.advice.result import Advice
from orebook.plan.advice.stand import stand_of
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.network import network, with_settings
from tests.plan.refineries import BOOK, FIXED, fresh, known, only, planned, refinery

FIXED_SALE = {"sales": {"alumina": FIXED}, "purchases": only("ore-a")}
OTHERS = {"grind", "digest", "settle", "wash", "evaporate", "make-up", "calcine"}


@cache
def plan() -> Plan:
    return planned(refinery(**FIXED_SALE))


@cache
def on_seed() -> Advice:
    return advise(
        plan(), "precipitate", free={"seed": (None, None)}, index="yield_kg_per_m3"
    )


def margin(unit: str, **setting: float) -> float:
    """Return the margin of a plan with a setting of a unit held."""
    net = with_settings(network(fresh(refinery(**FIXED_SALE))), {unit: setting})
    return make_plan(net, known(net)).margin


def test_the_units_that_share_are_counted() -> None:
    told = on_seed().to_dict()
    assert told["units"] == ["precipitate"]
    assert set(told["shared_with"]) == OTHERS  # type: ignore[call-overload]
    assert "shared with" in on_seed().summary("en")
    assert "共同" in on_seed().summary("zh") or "同时" in on_seed().summary("zh")


def board_of(unit: str, setting: str, value: float) -> Board:
    """Return the board of one setting and all units that share it."""
    stands = {u: stand_of(plan(), u) for u in plan().network.processes}
    asked = stands[unit]
    assert asked is not None
    today = asked.setting[setting]
    span = (min(value, today), max(value, today))
    knobs = knobs_of([asked], {setting: span})
    others = tuple(s for u, s in stands.items() if u != unit and s is not None)
    index = next(iter(indices(plan().network.chain, [asked], asked).values()))
    return Board((asked,), knobs, (), index, others)


@pytest.mark.parametrize(
    ("unit", "setting", "value"),
    [
        ("precipitate", "seed", 1000.0),
        ("precipitate", "last_temperature", 48.5),
        ("digest", "digestion_ratio", 1.46),
        ("settle", "pregnant_caustic", 165.0),
        ("evaporate", "test_tank_caustic", 240.0),
        ("wash", "cake_moisture", 0.28),
    ],
)
def test_the_saving_is_what_the_group_gains(
    unit: str, setting: str, value: float
) -> None:
    """Duties follow from the balances of the circuit: local saving = plan again."""
    board = board_of(unit, setting, value)
    today = board.sheet(board.today[None]).cost[0]
    knob = board.knobs[0]
    z = np.array([[(value - knob.low) / (knob.high - knob.low)]])
    saved = float(today - board.sheet(z).cost[0])
    gained = margin(unit, **{setting: value}) - plan().margin
    assert saved == pytest.approx(gained, rel=1e-3, abs=1.0)


def test_what_it_recommends_gains_what_it_says() -> None:
    made = on_seed()
    assert made.group is not None
    assert made.saving > 0.0
    assert made.saving == pytest.approx(made.group, rel=1e-6)


def test_today_costs_what_it_did_without_the_others() -> None:
    """The others count by what changes of their cost: nothing today."""
    alone = advise(
        plan(), "precipitate", free={"power": (5.0, 6.0)}, index="power", check=False
    )
    assert on_seed().today_cost == pytest.approx(alone.today_cost, rel=1e-9)


def test_a_setting_is_chosen_where_it_lies() -> None:
    with pytest.raises(
        InputError, match=r"lies with unit 'digest'.*advise BOOK digest"
    ):
        advise(plan(), "settle", free={"digestion_ratio": (1.40, 1.45)})


def test_a_whole_centre_that_holds_the_owner_may_choose() -> None:
    """All units of the circuit asked together: no others are left."""
    chain = plan().network.chain
    centre = next(
        c.id
        for c in chain.centres
        if {u.id for u in chain.units if u.centre in set(chain.within(c.id))} >= OTHERS
    )
    made = advise(
        plan(), centre, free={"precipitate.seed": (800.0, 900.0)},
        index="precipitate.yield_kg_per_m3",
    )  # fmt: skip
    assert made.to_dict()["shared_with"] == []
    assert made.group is not None
    assert made.saving == pytest.approx(made.group, rel=1e-3)


def test_the_command_takes_a_shared_setting(tmp_path: Path) -> None:
    book = shutil.copytree(BOOK, tmp_path / "book")
    result = CliRunner().invoke(
        main,
        [
            "advise", str(book), "precipitate", "2026-01", "--free", "seed=780..840",
            "--index", "yield_kg_per_m3", "--lang", "en", "--no-check",
        ],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "shared with" in result.output
