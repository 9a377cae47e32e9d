"""Closed months as records: load, feed and season; few months are told."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.benchmark.practice.make import Question, find_practice
from orebook.benchmark.practice.months import month_records
from orebook.benchmark.practice.valuation import Asked
from orebook.errors import InputError
from orebook.ledger.month import ClosedMonth, Figure
from tests.benchmark.practice.plant import CONDITIONS, PRICES, refinery, simulate
from tests.benchmark.practice.test_card import prices


def months(count: int, *, seed: int = 1) -> list[ClosedMonth]:
    """Return closed months of the simulated precipitation."""
    plant = simulate(seed, count)
    found = []
    for i in range(count):
        name = f"{2024 + i // 12}-{i % 12 + 1:02d}"
        size = 30.0 + 3.0 * np.sin(i)
        figures = {
            f"precipitate.{p}": Figure(abs(float(plant.flows[p][i])) * size, 1.0,
                                       "measured")
            for p in PRICES
        }  # fmt: skip
        fed = {"precipitate": {"pregnant": {"Al2O3": 0.13 + 0.001 * (i % 5)}}}
        found.append(
            ClosedMonth(
                name, figures, {"precipitate:pregnant": 1e4 * size}, fed, {}, {}
            )
        )
    return found


def test_months_have_streams_ratios_load_and_feed() -> None:
    found = month_records(refinery(), "precipitate", months(24))
    assert found.columns["precipitate.hydrate"].unit == "t"
    ratio = found.columns["precipitate.pregnant/t"].values
    made = found.columns["precipitate.hydrate"].values
    assert ratio == pytest.approx(found.columns["precipitate.pregnant"].values / made)
    assert np.mean(found.columns["load"].values) == pytest.approx(1.0)
    assert found.columns["pregnant:Al2O3"].values[1] == pytest.approx(0.131)
    assert str(np.datetime64(int(found.days[0]), "D")) == "2024-01-01"


def test_a_card_of_months_tells_the_own_best_and_that_they_are_few() -> None:
    read = month_records(refinery(), "precipitate", months(24))
    asked = Asked(conditions=("load", "season", "pregnant:Al2O3"))
    question = Question(refinery(), "precipitate", prices(), "2026-05", asked)
    card = find_practice(question, read, card_id="m")
    assert card.records == 24
    assert card.actions == ()
    told = " ".join(n.en for n in card.notes)
    assert "fewer than 30" in told
    assert "no settings in these records" in told
    assert card.naive_month > card.best.reference - card.best.mean


def test_a_centre_has_its_months_too() -> None:
    read = month_records(refinery(), "white", months(14))
    assert CONDITIONS[0] not in read.columns
    assert "load" in read.columns


def test_no_month_and_too_few_months_are_told() -> None:
    with pytest.raises(InputError, match="no month of 'precipitate' is closed"):
        month_records(refinery(), "precipitate", [])
    read = month_records(refinery(), "precipitate", months(5))
    question = Question(
        refinery(), "precipitate", prices(), "2026-05", Asked(conditions=("load",))
    )
    with pytest.raises(InputError, match="months are rarely enough"):
        find_practice(question, read, card_id="m")
