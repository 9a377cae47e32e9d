"""`orebook benchmark`: a month of the example from intake to text, JSON and page."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from docs.generate.commands import fields
from orebook.cli import main

GUANGXI = Path(__file__).resolve().parents[2] / "examples" / "guangxi"
MONTH = "2026-05"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, [*words])


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example with one month run."""
    folder = tmp_path_factory.mktemp("benchmark") / "guangxi"
    shutil.copytree(
        GUANGXI, folder, ignore=shutil.ignore_patterns(".orebook", "reports")
    )
    for month in (folder / "intake").iterdir():
        if month.name not in ("2026-04", MONTH):
            shutil.rmtree(month)
    done = run("run", str(folder), MONTH, "--periods", "2", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["benchmark"]
    return folder


def test_json_has_the_documented_fields(book: Path) -> None:
    done = run("benchmark", str(book), MONTH, "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    documented = {re.split(r"[.\[]", r["field"])[0] for r in fields()["benchmark"]}
    assert set(data) == documented
    rows = {(r["plant"], r["indicator"]): r for r in data["rows"]}
    assert len({p for p, _ in rows}) > 15
    for total in data["totals"]:
        for kind in ("plan", "group_best", "peer", "theory"):
            parts = [
                (r["references"][kind]["money_cny"] or 0.0)
                * r["references"][kind]["leaf"]
                + (r["references"][kind]["rest_cny"] or 0.0)
                for (p, _), r in rows.items()
                if p == total["plant"]
            ]
            assert (total[f"{kind}_cny"] or 0.0) == pytest.approx(sum(parts), abs=0.01)
    for frontier in data["frontiers"]:
        summed = sum(f["money"] for f in frontier["factors"])
        assert summed == pytest.approx(frontier["profit_gap"], abs=0.005)


def test_gaps_of_potlines_are_those_of_the_frontier(book: Path) -> None:
    """Two potlines, one better by all: the leaves against it are the profit gap."""
    done = run("benchmark", str(book), MONTH, "sc-potline-2", "--json")
    data = json.loads(done.stdout)
    (total,), (frontier,) = data["totals"], data["frontiers"]
    assert frontier["best"] == "sc-potline-1"
    assert frontier["profit_gap"] == pytest.approx(total["group_best_cny"], abs=0.01)


def test_potlines_are_compared_with_their_amperage(book: Path) -> None:
    """400 kA: neither the 600 kA test line nor the 200 kA line is its peer."""
    done = run("benchmark", str(book), MONTH, "sc-potline-1", "--json")
    data = json.loads(done.stdout)
    rows = {r["indicator"]: r for r in data["rows"]}
    assert rows["sm.dc"]["class"] == "300-to-500-ka"
    assert rows["sm.dc"]["references"]["peer"]["value"] == 12875
    apart = {u["peer"] for u in data["unused"] if u["indicator"] == "dc_energy"}
    assert apart == {"600 kA test line", "Huadong 200 kA"}


def test_a_site_and_a_stranger(book: Path) -> None:
    done = run("benchmark", str(book), MONTH, "mine-refinery", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert "mr-refining (diasporic)" in done.stdout
    assert "sc-potline-1:" not in done.stdout
    wrong = run("benchmark", str(book), MONTH, "mine-refinry")
    assert wrong.exit_code == 1
    assert "did you mean 'mine-refinery'" in wrong.stderr


def test_an_open_month_says_what_to_do(book: Path) -> None:
    done = run("benchmark", str(book), "2026-03")
    assert done.exit_code == 1
    assert "orebook close" in done.stderr


def test_page_and_picture(book: Path, tmp_path: Path) -> None:
    page, picture = tmp_path / "b.html", tmp_path / "b.svg"
    words = ("benchmark", str(book), MONTH, "mine-refinery")
    assert run(*words, "--out", str(page)).exit_code == 0
    html = page.read_text("utf-8")
    assert "对标差距" in html
    assert "Gaps to the benchmarks" in html
    assert run(*words, "--out", str(picture)).exit_code == 0
    assert ET.fromstring(picture.read_text("utf-8")).get("role") == "img"
    assert run(*words, "--out", str(tmp_path / "b.pdf")).exit_code == 1


def test_peers_in_conflict_and_of_no_use_are_told(book: Path, tmp_path: Path) -> None:
    copy = tmp_path / "book"
    shutil.copytree(book, copy)
    (copy / "peers" / "more.csv").write_text(
        "指标,同行,数值,单位,期间,来源,获取日期\n"
        "alu.steam,甲厂,1.7,t/t,2025,年报,2026-01-05\n"
        "alu.steam,甲厂,1.9,t/t,2025,行业简报,2026-01-05\n"
        "alu.steem,甲厂,1.9,t/t,2025,年报,2026-01-05\n",
        "gb18030",
    )
    done = run("benchmark", str(copy), MONTH, "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    (conflict,) = data["conflicts"]
    assert (conflict["peer"], conflict["used"]) == ("甲厂", 1.9)
    lost = next(u for u in data["unused"] if u["indicator"] == "alu.steem")
    assert (lost["file"], lost["line"]) == ("peers/more.csv", 4)
    assert "'alu.steam'" in lost["reason"]
