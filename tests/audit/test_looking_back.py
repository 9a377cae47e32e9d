"""Settlements that look back, or read reports, are frozen and derived again alike."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from orebook.audit.prove import Proof
from orebook.book import open_book
from orebook.cli import main
from orebook.store.locate import VARIABLE
from tests.audit.conftest import MONTH, Kept, freeze, into_force

BEFORE = "2026-04"
HONEST = """\
target = { source = "plan" }
report = { missing = "target" }
curve = { kind = "weitzman", alpha = 1e-10, beta = 2e-10, gamma = 3e-10 }
"""
REPORTS = """period,team,measure,value,unit,author,date
2026-05,{team},own,1e9,CNY,班组长,2026-04-20
"""


def settled(folder: Path, change) -> Kept:
    """Settle the month and the one before it by a changed scheme; freeze it."""
    file = folder / "schemes" / "two.toml"
    file.write_text(change(file.read_text("utf-8"), folder), "utf-8")
    with open_book(folder) as book:
        book.simulate(BEFORE, seed=5)
    shutil.rmtree(folder / ".orebook")
    kept = Kept(folder, f"sqlite:///{folder}/.orebook/records.sqlite")
    with kept.open() as (book, desk):
        book.run(BEFORE)
        book.run(MONTH)
        into_force(book, desk)
        freeze(book, desk)
    return kept


def whole_term(text: str, _: Path) -> str:
    return text.replace("clawback = true", 'clawback = true\nsettle_over = "term"')


def reported(text: str, folder: Path) -> str:
    team = text.split('[[teams]]\nid = "')[1].split('"')[0]
    (folder / "reports").mkdir()
    (folder / "reports" / "may.csv").write_text(REPORTS.format(team=team), "utf-8")
    return text.split("curve = ")[0] + HONEST


@pytest.mark.parametrize(
    "change", [whole_term, pytest.param(reported, marks=pytest.mark.slow)]
)
def test_it_is_frozen_and_proved(
    settled_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change
) -> None:
    """The months before, and what was reported, are taken from what was kept.

    What the workflow has taken over is adjusted there, not restated beside it.
    """
    folder = Path(shutil.copytree(settled_book, tmp_path / "book"))
    kept = settled(folder, change)
    shutil.rmtree(folder / "reports", ignore_errors=True)
    with kept.open() as (book, _):
        proof: Proof = book.prove()
        (document,) = book.store.records.documents("facts", MONTH)
    assert proof.sound, proof.summary()
    (found,) = proof.settlements
    assert (found.derived, found.exact) == (True, True)
    content = document.content
    assert isinstance(content, dict)
    if change is whole_term:
        assert [f["period"] for f in content["earlier"]] == [BEFORE]
    else:
        assert 1e9 in [row["report"] for row in content["values"]]
    monkeypatch.setenv(VARIABLE, kept.url)
    done = CliRunner().invoke(main, ["reward", "restate", str(folder), MONTH, "two"])
    assert done.exit_code == 1
    assert "orebook reward adjust" in done.stderr
