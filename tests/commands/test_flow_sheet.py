"""`orebook flow-sheet`: JSON, text, page and workbook, and what it refuses."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from docs.generate.commands import fields
from orebook.cli import main

BOOK = Path(__file__).resolve().parents[1] / "books" / "refinery"
PERIOD = "2026-05"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a copy of the refinery."""
    folder = tmp_path_factory.mktemp("flow") / "book"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".orebook"))
    return str(folder)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["flow-sheet", *words])


def said(*words: str, status: int = 0) -> str:
    """Run a command and return what it prints."""
    done = run(*words)
    assert done.exit_code == status, done.output
    return done.output


def test_json_has_the_documented_fields(book: str) -> None:
    """Every name printed is documented, and the other way round."""
    found = json.loads(said(book, PERIOD, "--json"))
    known = {row["field"].partition("[")[0] for row in fields()["flow-sheet"]}
    assert known == set(found)
    for row in fields()["flow-sheet"]:
        name = row["field"].partition("[")[0]
        for item in found[name] if row["field"].endswith("[]") else ():
            if isinstance(item, dict):
                missing = [k for k in item if f"`{k}`" not in row["meaning"]]
                assert missing == [], name


def test_units_between_book_and_period(book: str) -> None:
    found = json.loads(said(book, "precipitate", "evaporate", PERIOD, "--json"))
    owners = {s["stream"].partition(".")[0] for s in found["streams"]}
    assert owners == {"precipitate", "evaporate"}
    assert {b["unit"] for b in found["balances"]} == owners
    assert found["of"] == "plan"
    assert found["closed"] is False


def test_balances_in_json_close(book: str) -> None:
    found = json.loads(said(book, PERIOD, "--json"))
    held = [b["closure"] for b in found["balances"] if b["closure"] is not None]
    assert len(held) > 20
    assert max(map(abs, held)) < 1e-9


def test_text_in_both_languages(book: str) -> None:
    zh, en = said(book, PERIOD), said(book, PERIOD, "--lang", "en")
    assert "溶出浆液" in zh
    assert "53 streams" in en


def test_page_and_workbook_are_written(book: str, tmp_path: Path) -> None:
    page, file = tmp_path / "new" / "may.html", tmp_path / "may.xlsx"
    out = said(book, PERIOD, "--out", str(page), "--xlsx", str(file))
    assert str(page) in out
    assert page.read_text("utf-8").count("<svg") == 4  # screen and paper, zh and en
    assert len(openpyxl.load_workbook(io.BytesIO(file.read_bytes())).worksheets) == 3


def test_the_same_plan_gives_the_same_files(book: str, tmp_path: Path) -> None:
    one, two = tmp_path / "a.html", tmp_path / "b.html"
    said(book, PERIOD, "--out", str(one))
    said(book, PERIOD, "--out", str(two))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["precipitat", PERIOD], 1, "did you mean 'precipitate'"),
        ([PERIOD, "--of", "actual"], 1, "is not closed"),
        (["2026-13"], 1, "2026-13"),
        ([PERIOD, "--out", "may.pdf"], 1, "expected FILE.html"),
        ([PERIOD, "--xlsx", "may.csv"], 1, "expected FILE.xlsx"),
        ([PERIOD, "--of", "guess"], 2, "guess"),
        ([], 2, ""),
    ],
)
def test_wrong_input_is_told(
    book: str, words: list[str], status: int, message: str
) -> None:
    done = run(book, *words)
    assert done.exit_code == status, done.output
    assert message in done.output


def test_a_period_without_prices_is_told(project: Path, tmp_path: Path) -> None:
    """The example's price series begin later: no plan can be made, and it says why."""
    folder = tmp_path / "group"
    kept = shutil.ignore_patterns(".orebook", "intake", "reports")
    shutil.copytree(project / "examples" / "guangxi", folder, ignore=kept)
    done = run(str(folder), "2010-01")
    assert done.exit_code == 1
    assert "2010-01" in done.output or "2009-12" in done.output


def test_a_plan_not_released_is_said_to_be_so(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".orebook"))
    assert "no plan of 2026-05 is released" in said(str(folder), "evaporate", PERIOD)
    done = CliRunner().invoke(main, ["plan", str(folder), PERIOD])
    assert done.exit_code == 0, done.output
    assert "is released" not in said(str(folder), "evaporate", PERIOD)


def test_an_unwritable_place_leaves_nothing_behind(book: str, tmp_path: Path) -> None:
    """A file stands where a folder should be: told, and no half file anywhere."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file", "utf-8")
    file = tmp_path / "may.xlsx"
    done = run(book, PERIOD, "--xlsx", str(file), "--out", str(blocked / "may.html"))
    assert done.exit_code == 1
    assert "cannot be written" in done.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["blocked"]


def test_a_month_closed_shows_actual_beside_plan(tmp_path: Path) -> None:
    """From simulated meters to the sheet: actual, doubt, difference."""
    folder = tmp_path / "book"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".orebook"))
    for words in (["simulate", str(folder), PERIOD], ["run", str(folder), PERIOD]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
    found = json.loads(said(str(folder), PERIOD, "--json"))
    assert found["of"] == "actual"
    assert found["closed"] is True
    for s in found["streams"]:
        assert s["difference"] == pytest.approx(s["actual"] - s["plan"])
        assert s["sd"] >= 0.0
    plan = json.loads(said(str(folder), PERIOD, "--of", "plan", "--json"))
    assert plan["of"] == "plan"
    assert plan["points"] != found["points"]
