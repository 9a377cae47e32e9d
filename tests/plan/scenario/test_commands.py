"""The commands of many plans: what they print, refuse, and where they run."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from orebook.chain.new import new_book
from orebook.cli import main

CASES = {
    "dear-power": """[case]
name = "电价上涨"
name_en = "power is dearer"
author = "planning"
reason = "to see what the smelter does"
expires = 2099-12-31

[[prices]]
contract = "buy:smelter-power"
factor = 1.1
""",
    "old": """[case]
name = "旧"
name_en = "old"
author = "planning"
reason = "of last year"
expires = 2026-04-30
base = "dear-power"
""",
}
MONTH = "2026-05"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the small book with two cases."""
    folder = tmp_path_factory.mktemp("commands") / "book"
    new_book(folder)
    (folder / "cases").mkdir()
    for name, text in CASES.items():
        (folder / "cases" / f"{name}.toml").write_text(text, "utf-8")
    return str(folder)


def called(*words: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, list(words))


def printed(*words: str) -> dict:
    """Return the JSON a command prints."""
    done = called(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def many(book: str, command: tuple[str, ...], *more: str) -> tuple[str, ...]:
    """Return a command on three months of the book in this process."""
    return (*command, book, MONTH, *more, "--periods", "3", "--workers", "1")


def test_cases_are_listed_and_shown(book: str) -> None:
    found = {c["case"]: c for c in printed("case", "list", book)["cases"]}
    assert found["old"]["base"] == "dear-power"
    assert found["old"]["expired"] is True
    assert found["dear-power"]["data"] == 1
    assert "power is dearer" in called("case", "list", book).stdout
    shown = printed("case", "show", book, "old")
    assert shown["layers"] == ["dear-power", "old"]
    assert "factor = 1.1" in called("case", "show", book, "old").stdout


def test_check_counts_cases_and_names_those_that_expired(book: str) -> None:
    found = printed("check", book)
    assert (found["cases"], found["expired"]) == (2, ["old"])
    assert "old has expired: 2026-04-30" in called("check", book).stdout


def test_a_wrong_case_is_told_by_check_and_stops_no_plan(book: str) -> None:
    file = Path(book) / "cases" / "wrong.toml"
    file.write_text(CASES["dear-power"].replace("smelter-power", "smelter-powr"))
    try:
        done = called("check", book, "--json")
        assert done.exit_code == 1
        mistake = json.loads(done.stdout)["mistakes"][0]
        assert (mistake["file"], mistake["line"]) == ("cases/wrong.toml", 9)
        assert "did you mean 'buy:smelter-power'" in mistake["remedy"]
        assert called("plan", book, MONTH, "--periods", "2").exit_code == 0
    finally:
        file.unlink()


def test_cases_run_beside_the_plan_and_expired_ones_only_when_asked(book: str) -> None:
    found = printed(*many(book, ("case", "run")))
    assert found["skipped"] == ["old"]
    (row,) = found["cases"]
    assert row["change_cny"] < 0.0
    assert row["causes_cny"]["prices"] == pytest.approx(row["change_cny"])
    done = called(*many(book, ("case", "run"), "old"))
    assert done.exit_code == 1
    assert "case 'old' expired on 2026-04-30" in done.stderr
    assert "--expired" in done.stderr
    asked = printed(*many(book, ("case", "run"), "old", "--expired"))
    assert asked["cases"][0]["margin_cny"] == pytest.approx(row["margin_cny"])
    text = called(*many(book, ("case", "run"), "--lang", "en"))
    assert "power is dearer" in text.stdout
    assert "expired, left out: old" in text.stderr


def test_a_misspelt_case_names_the_nearest(book: str) -> None:
    done = called(*many(book, ("case", "run"), "dear-powr"))
    assert done.exit_code == 1
    assert "did you mean 'dear-power'" in done.stderr


def test_a_case_equals_the_replan_of_the_same_change(book: str) -> None:
    case = printed(*many(book, ("case", "run"), "dear-power"))["cases"][0]
    swept = printed(*many(book, ("sweep",), "--price", "buy:smelter-power=+0%..+10%:2"))
    assert swept["margin_cny"][1][0] == pytest.approx(case["margin_cny"], rel=1e-9)
    assert swept["margin_cny"][0][0] == pytest.approx(swept["base_cny"], rel=1e-9)


def test_a_tornado_is_printed_and_drawn(book: str, tmp_path: Path) -> None:
    picture = tmp_path / "tornado.svg"
    more = ("--datum", "price buy:smelter-power", "--datum", "series alumina")
    found = printed(*many(book, ("tornado",), *more, "--out", str(picture)))
    assert {s["datum"] for s in found["swings"]} == {
        "price buy:smelter-power",
        "series alumina",
    }
    assert found["file"] == str(picture)
    assert picture.read_text("utf-8").startswith("<svg")
    done = called(*many(book, ("tornado",), "--share", "ten"))
    assert done.exit_code == 1
    assert "--share 10%" in done.stderr


def test_paths_are_drawn_or_read(book: str, tmp_path: Path) -> None:
    series = ("--series", "alumina=20%,drift=1%", "--series", "aluminium=15%")
    tied = ("--correlation", "alumina,aluminium=0.6", "--count", "4")
    found = printed(*many(book, ("paths",), *series, *tied))
    again = printed(*many(book, ("paths",), *series, *tied))
    assert found == again
    assert found["basis"]["correlation"][0][1] == 0.6
    assert len(found["paths"]) == 4
    other = printed(*many(book, ("paths",), *series, *tied, "--seed", "2"))
    assert other["mean_cny"] != found["mean_cny"]
    file = tmp_path / "paths.csv"
    file.write_text("path,period,sell:sell-metal\nlow,2026-05,15000\n", "utf-8")
    read = printed(*many(book, ("paths",), "--file", str(file)))
    assert read["paths"][0]["path"] == "low"
    assert called(*many(book, ("paths",))).exit_code == 2


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--series", "alumin=20%"), "did you mean"),
        (("--series", "alumina=20%,drft=1%"), "drift=2%"),
        (("--series", "alumina=20%", "--correlation", "alumina=1"), "cannot be read"),
        (("--series", "alumina=20%", "--count", "0"), "at least 1"),
    ],
)
def test_paths_that_cannot_be_drawn_are_refused(
    book: str, more: tuple[str, ...], told: str
) -> None:
    done = called(*many(book, ("paths",), *more))
    assert done.exit_code == 1
    assert told in done.stderr


def test_a_two_stage_plan_is_printed(book: str) -> None:
    some = ("--scenario", "base=0.6", "--scenario", "dear-power=0.4")
    found = printed(*many(book, ("two-stage",), *some, "--risk-weight", "20%"))
    assert [s["probability"] for s in found["scenarios"]] == pytest.approx([0.6, 0.4])
    assert found["evpi_cny"] >= -1.0
    crossed = printed(
        *many(book, ("two-stage",), *some, "--series", "alumina=20%", "--count", "2")
    )
    assert len(crossed["scenarios"]) == 4
    assert called(*many(book, ("two-stage",), *some)).exit_code == 0
    none = called(*many(book, ("two-stage",), *some, "--floor", "9000000 MCNY"))
    assert none.exit_code == 3
    assert "the most they can is" in none.stderr
    assert called(*many(book, ("two-stage",))).exit_code == 2
    bare = called(*many(book, ("two-stage",), "--scenario", "base"))
    assert "has no probability" in bare.stderr


WRITTEN = (
    ("case", "run"),
    ("sweep", "--price", "buy:smelter-power=-10%..+10%:3"),
    ("tornado", "--datum", "price buy:smelter-power"),
    ("paths", "--series", "alumina=20%", "--count", "4"),
    ("two-stage", "--scenario", "base=0.6", "--scenario", "dear-power=0.4"),
)


@pytest.mark.parametrize("words", WRITTEN, ids=lambda words: words[0])
def test_a_study_is_written_as_page_and_as_picture(
    book: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    size = 2 if words[0] == "case" else 1
    command, more = words[:size], words[size:]
    page, drawn = tmp_path / "new" / "study.html", tmp_path / "study.svg"
    found = printed(*many(book, command, *more, "--out", str(page)))
    assert found["file"] == str(page)
    html = page.read_text("utf-8")
    assert 'lang="zh-CN"' in html
    assert 'lang="en"' in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    told = called(*many(book, command, *more, "--out", str(drawn), "--lang", "en"))
    assert told.stdout.splitlines()[-1] == str(drawn)
    picture = ElementTree.fromstring(drawn.read_text("utf-8"))
    assert (picture.get("role"), picture.get("lang")) == ("img", "en")
    wrong = called(*many(book, command, *more, "--out", "study.pdf"))
    assert wrong.exit_code == 1
    assert "expected FILE.html or FILE.svg" in wrong.stderr
    assert printed(*many(book, command, *more))["file"] is None


def test_where_to_run_is_checked(book: str) -> None:
    word = ("sweep", book, MONTH, "--price", "buy:smelter-power=+0%..+10%:2")
    both = called(*word, "--workers", "2", "--cluster", "tcp://127.0.0.1:1")
    assert both.exit_code == 1
    assert "one of the two" in both.stderr
    assert "at least 1 process" in called(*word, "--workers", "0").stderr
