"""A card's life: draft, trial, follow-up, kept or dropped; what it says and writes."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from orebook.benchmark.practice.card import (
    Card,
    drop,
    followed,
    keep,
    start_trial,
)
from orebook.benchmark.practice.follow import follow
from orebook.benchmark.practice.make import Question, find_practice
from orebook.benchmark.practice.readable import card_toml
from orebook.benchmark.practice.records import read_records
from orebook.benchmark.practice.valuation import Asked
from orebook.benchmark.practice.words import list_text, told
from orebook.errors import InputError
from orebook.plan.accounts import PriceSet
from orebook.report.practice import card_drawing, practice_section, practices
from tests.benchmark.practice.plant import (
    CONDITIONS,
    PRICES,
    refinery,
    simulate,
    write,
)

MAY = (date(2026, 5, 1) - date(1970, 1, 1)).days
BEFORE = float(MAY - 300)
FIRST, LAST = date(2026, 5, 1), date(2026, 7, 31)


def prices() -> PriceSet:
    """Return internal prices, those of the simulated plant where it has them."""
    net = refinery()
    internal = {b: PRICES.get(b.material, 1.0) for b in net.balances}
    return PriceSet(internal, {})


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    path = tmp_path_factory.mktemp("card") / "shifts.csv"
    write(simulate(3, 900, start=BEFORE), path)
    question = Question(
        refinery(), "precipitate", prices(), "2026-05", Asked(conditions=CONDITIONS)
    )
    return find_practice(question, read_records(path), card_id="precipitate-1")


@pytest.fixture(scope="module")
def trial(card: Card) -> Card:
    return start_trial(card, FIRST, LAST, "分解车间")


def records(path: Path, aim: tuple[float, float], *, care: float = 0.3) -> Path:
    return write(simulate(9, 240, start=float(MAY), aim=aim, care=care), path)


def held(card: Card) -> tuple[float, float]:
    aims = {a.name: a.middle for a in card.todo}
    return aims["seed"], aims.get("last_temperature", 51.3)


def test_the_card_says_all_that_a_shift_needs(card: Card) -> None:
    assert card.state == "draft"
    assert card.owner == "white"
    assert [c.name for c in card.conditions] == list(CONDITIONS)
    seed = next(a for a in card.todo if a.name == "seed")
    assert seed.unit == "g/L"
    assert seed.verdict == "confirmed"
    assert seed.low > seed.now_middle
    assert card.gain_low < card.gain < card.gain_high
    assert card.money[0] == pytest.approx(card.gain * card.tonnes_per_year)
    assert card.expires > card.found


def test_a_card_comes_back_as_it_was_kept(card: Card) -> None:
    assert Card.from_dict(json.loads(json.dumps(card.to_dict()))) == card
    read = tomllib.loads(card_toml(card))
    assert read["actions"][0]["low"] == card.actions[0].low
    assert read["valuation"]["terms"][0]["price"] == card.valuation.terms[0].price
    assert read["baseline"]["at"] == list(card.baseline.at)


def test_keeping_to_the_card_pays_what_it_promised(trial: Card, tmp_path: Path) -> None:
    path = records(tmp_path / "t.xlsx", held(trial))
    found = follow(trial, read_records(path))
    assert found.adherence > 0.5
    assert found.finding == "pays"
    assert found.captured == pytest.approx(found.expected, rel=0.5)
    assert found.captured == pytest.approx(sum(s.captured_cny for s in found.spans))
    assert [s.month for s in found.spans][:2] == ["2026-05", "2026-06"]


def card_worth(card: Card, count: int) -> float:
    """Return what so many shifts inside would bring [CNY]."""
    return card.gain * card.tonnes_per_year / 365.0 / 3.0 * count


def test_going_on_as_before_captures_little(trial: Card, tmp_path: Path) -> None:
    path = records(tmp_path / "t.csv", (800.0, 51.3), care=1.0)
    found = follow(trial, read_records(path))
    assert found.adherence < 0.45
    assert found.captured < 0.5 * card_worth(trial, found.valid)
    assert abs(found.outside or 0.0) < 8.0


def test_the_truth_of_a_trial_is_captured(trial: Card, tmp_path: Path) -> None:
    """What the card counts is what the process function says the aim brought."""
    from tests.benchmark.practice.plant import margin, run

    plant = simulate(9, 240, start=float(MAY), aim=held(trial), care=0.3)
    habit = simulate(9, 240, start=float(MAY))
    found = follow(trial, read_records(write(plant, tmp_path / "t.csv")))
    moved = margin(run(plant.setting)) - margin(run(habit.setting))
    assert found.inside == pytest.approx(float(np.mean(moved)), abs=10.0)


def test_life_draft_trial_kept_retired(trial: Card, tmp_path: Path) -> None:
    good = followed(
        trial, follow(trial, read_records(records(tmp_path / "a.csv", held(trial))))
    )
    kept = keep(good, "pays")
    assert (kept.state, kept.reason) == ("kept", "pays")
    assert kept.expires > trial.expires
    assert kept.follow is not None
    bad = replace(kept.follow, captured=-9.0, captured_low=-20.0, captured_high=-1.0)
    assert followed(kept, bad).state == "retired"
    assert "below nought" in followed(kept, bad).reason
    open_ = replace(bad, captured_high=1.0)
    assert followed(kept, open_).state == "kept"
    assert drop(kept, "pumps").state == "dropped"


def test_steps_out_of_turn_are_refused(card: Card, trial: Card) -> None:
    with pytest.raises(InputError, match="exchange --from and --until"):
        start_trial(card, LAST, FIRST, "x")
    with pytest.raises(InputError, match="add --owner"):
        start_trial(card, FIRST, LAST, " ")
    with pytest.raises(InputError, match="is draft and cannot be kept"):
        keep(card, "x")
    with pytest.raises(InputError, match="not followed up"):
        keep(trial, "x")
    with pytest.raises(InputError, match="--reason"):
        drop(card, "")
    with pytest.raises(InputError, match="is dropped"):
        start_trial(drop(card, "x"), FIRST, LAST, "x")
    idle = replace(card, actions=tuple(replace(a, counts=False) for a in card.actions))
    with pytest.raises(InputError, match="no action"):
        start_trial(idle, FIRST, LAST, "x")


def test_records_of_other_days_are_refused(trial: Card, tmp_path: Path) -> None:
    path = write(simulate(9, 60, start=float(MAY - 200)), tmp_path / "old.csv")
    with pytest.raises(InputError, match="records of the trial"):
        follow(trial, read_records(path))


def test_a_kept_card_is_followed_beyond_its_trial(trial: Card, tmp_path: Path) -> None:
    later = simulate(5, 120, start=float(MAY + 120), aim=held(trial), care=0.3)
    read = read_records(write(later, tmp_path / "later.csv"))
    with pytest.raises(InputError):
        follow(trial, read)
    assert follow(replace(trial, state="kept"), read).records == 120


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_card_is_told_and_drawn_in_both_languages(
    trial: Card, tmp_path: Path, lang: str
) -> None:
    good = followed(
        trial, follow(trial, read_records(records(tmp_path / "a.csv", held(trial))))
    )
    text = told(good, lang)  # type: ignore[arg-type]
    assert ("on trial" if lang == "en" else "试行") in text
    assert ("confirmed by the process model" if lang == "en" else "模型确认") in text
    assert good.id in list_text([good], lang)  # type: ignore[arg-type]
    drawn = card_drawing(good, lang)  # type: ignore[arg-type]
    assert drawn is not None
    assert drawn.count("<polyline") >= 4
    strip = card_drawing(trial, lang)  # type: ignore[arg-type]
    assert strip is not None
    assert ("种子" if lang == "zh" else "seed") in strip


def test_the_chapter_holds_every_card(trial: Card, card: Card) -> None:
    assert practices([]) == ()
    section = practice_section([card, trial])
    assert len(section.sheets[0].rows) == 2
    assert len(section.sheets[1].rows) == len(card.actions) + len(trial.actions)
