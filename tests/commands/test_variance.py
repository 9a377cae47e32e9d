"""`orebook variance` as its user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orebook.book import open_book
from orebook.chain.new import new_book
from orebook.cli import main

MONTH = "2026-05"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the starter book with a month closed."""
    folder = tmp_path_factory.mktemp("variance") / "group"
    new_book(folder)
    with open_book(folder) as opened:
        opened.simulate(MONTH, seed=2)
        opened.run(MONTH)
    return folder


def call(*words: object) -> Result:
    return CliRunner().invoke(main, ["variance", *map(str, words)])


def test_the_tree_is_told_in_both_languages(book: Path) -> None:
    data = json.loads(call(book, MONTH, "--json").stdout)
    tree = data["tree"]
    assert tree["kind"] == "centre"
    below = sum(c["amount_cny"] for c in tree["children"])
    assert below == pytest.approx(tree["amount_cny"], abs=0.02)
    assert "order-free | classic" in call(book, MONTH, "--lang", "en").output
    assert "与顺序无关" in call(book, MONTH).output


def test_a_centre_is_shown_alone(book: Path) -> None:
    whole = json.loads(call(book, MONTH, "--json").stdout)["tree"]
    name = whole["children"][0]["name"]
    part = json.loads(call(book, MONTH, "--of", name, "--json").stdout)["tree"]
    assert part["amount_cny"] == whole["children"][0]["amount_cny"]


def test_energy_is_split_against_the_plan_and_a_month(book: Path) -> None:
    data = json.loads(call(book, MONTH, "--energy", "--json").stdout)
    effects = sum(data["effects"].values())
    assert effects == pytest.approx(data["actual"] - data["base"])
    same = json.loads(
        call(book, MONTH, "--energy", "--against", MONTH, "--json").stdout
    )
    assert all(v == pytest.approx(0.0, abs=1e-6) for v in same["effects"].values())
    assert "intensity" in call(book, MONTH, "--energy", "--lang", "en").output


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((MONTH, "--of", "smeltr"), 1, "did you mean 'smelter'"),
        (("2026-07",), 1, "is not closed"),
        ((MONTH, "--energy", "--carbon"), 2, "not both"),
        ((MONTH, "--against", MONTH), 2, "goes with --energy"),
        ((MONTH, "--energy", "--of", "nobody"), 1, "no centre or unit"),
    ],
)
def test_wrong_words_get_one_clear_error(
    book: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    found = call(book, *words)
    assert found.exit_code == status
    assert said in found.stderr
