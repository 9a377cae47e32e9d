"""The example's scheme cannot be gamed; the naive one beside it can, in six ways."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orebook.book import open_book
from orebook.reward.lab.told import NAMES
from orebook.reward.read import read_scheme
from orebook.reward.wording import in_words
from orebook.trying import try_book

BOOK = Path(__file__).resolve().parents[2] / "examples" / "guangxi"
MONTHS = ("2025-11", "2025-12", "2026-01", "2026-02", "2026-03")


def test_the_scheme_in_force_warns_of_nothing():
    """Its ratios are shown and not paid; the naive one has a warning for each trap."""
    own = in_words(read_scheme(BOOK / "schemes" / "teams.toml"))
    assert own.warnings == ()
    naive = in_words(read_scheme(BOOK / "schemes-lab" / "naive.toml"))
    assert len(naive.warnings) >= 6


@pytest.mark.slow
def test_each_attack_pays_under_the_naive_scheme_and_none_under_the_example_s(tmp_path):
    """Five months over the end of a year, with an injury and a hazard closed late."""
    folder = tmp_path / "guangxi"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".orebook"))
    with open_book(folder) as book:
        for month in MONTHS:
            book.run(month, periods=3)
        lab = try_book(book, "teams", "schemes-lab/naive.toml")
    assert lab.missing == {}
    own, naive = ({a.name: a for a in t.attacks} for t in lab.trials)
    assert {n: own[n].pays(len(MONTHS)) for n in NAMES} == dict.fromkeys(NAMES, False)
    assert {n: naive[n].pays(len(MONTHS)) for n in NAMES} == dict.fromkeys(NAMES, True)
