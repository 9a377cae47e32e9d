"""`orebook frontier`: from a file of units to text, JSON, page and picture."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from docs.generate.commands import fields
from orebook.benchmark.frontier import frontier
from orebook.cli import main
from tests.docs.test_docs import paths, pattern

ROWS = {
    "A": ("ht", 220, 450, 100, 110), "B": ("ht", 210, 430, 95, 120),
    "C": ("ht", 260, 500, 105, 150), "D": ("ht", 190, 520, 90, 95),
    "E": ("lt", 300, 640, 120, 190), "F": ("lt", 205, 410, 96, 99),
    "G": ("lt", 240, 470, 99, 140), "H": ("lt", 280, 560, 118, 160),
}  # fmt: skip
SIDES = ("--inputs", "ore,power", "--outputs", "alumina")
PRICES = ("--prices", "ore=0.3,power=0.4,alumina=2.5")


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Return a file of eight plants of two routes."""
    lines = ["plant,route,ore,power,alumina,mud"]
    lines += [",".join(map(str, (name, *row))) for name, row in ROWS.items()]
    path = tmp_path / "peers.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["frontier", *words])


def answer(*words: str) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_json_has_the_documented_fields(file: str) -> None:
    found = answer(file, *SIDES, *PRICES, "--bootstrap", "100")
    listed = [pattern(row["field"]) for row in fields()["frontier"]]
    assert [p for p in paths(found) if not any(k.match(p) for k in listed)] == []
    documented = {re.split(r"[.\[]", r["field"])[0] for r in fields()["frontier"]}
    assert set(found) == documented


def test_scores_are_those_of_the_call(file: str) -> None:
    found = answer(file, *SIDES)["classes"][0]
    x = {"ore": [r[1] for r in ROWS.values()], "power": [r[2] for r in ROWS.values()]}
    wanted = frontier(x, {"alumina": [r[3] for r in ROWS.values()]})
    assert [u["score"] for u in found["units"]] == pytest.approx(wanted.scores.tolist())
    assert found["money"] is None
    assert found["certificate"]["worst"] < 1e-9


def test_classes_are_compared_by_themselves(file: str) -> None:
    found = answer(file, *SIDES, "--class", "route")["classes"]
    assert [c["class"] for c in found] == ["ht", "lt"]
    for one in found:
        members = {u["unit"] for u in one["units"]}
        assert all(set(u["peers"]) <= members for u in one["units"])


def test_money_closes_by_factor(file: str) -> None:
    found = answer(file, *SIDES, *PRICES)["classes"][0]["money"]
    for unit in found["units"]:
        parts = sum(sum(f.values()) for f in unit["factors"].values())
        assert parts == pytest.approx(unit["gap_cny"], abs=1e-9)
    priced = answer(file, *SIDES, "--prices", "ore=0.3,power=0.4")["classes"][0]
    assert priced["money"] is None
    assert all(0.0 < u["efficiency"] <= 1.0 + 1e-9 for u in priced["cost"]["units"])


def test_bads_with_a_price_are_paid_for(file: str) -> None:
    words = (file, *SIDES, "--bad", "mud", "--orientation", "output")
    found = answer(*words, "--prices", "ore=0.3,power=0.4,alumina=2.5,mud=0.1")
    one = found["classes"][0]
    assert one["contract"] == "by_production"
    assert set(one["money"]["units"][0]["factors"]) == {
        "ore", "power", "mud", "alumina"
    }  # fmt: skip
    assert set(one["units"][0]["parts"]) == {"good", "bad", "efficiency"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_holds_scores_targets_and_money(
    file: str, tmp_path: Path, lang: str
) -> None:
    out = tmp_path / "page.html"
    done = run(
        file, *SIDES, *PRICES, "--bootstrap", "100", "--out", str(out), "--lang", lang
    )
    assert done.exit_code == 0, done.output
    page = out.read_text("utf-8")
    for text in ("各单位的得分、标杆与把握程度", "What each factor would be",
                 "Profit forgone at the given prices", "of which slack",
                 "To be known"):  # fmt: skip
        assert text in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_page_of_one_factor_each_draws_the_frontier(file: str, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    done = run(file, "--inputs", "ore", "--outputs", "alumina", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "The frontier, " in out.read_text("utf-8")


def test_page_of_bads_and_costs_says_the_contract(file: str, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    words = (file, *SIDES, "--bad", "mud", "--prices", "ore=1,power=2")
    done = run(*words, "--out", str(out), "--class", "route")
    assert done.exit_code == 0, done.output
    page = out.read_text("utf-8")
    assert "a dirty unit cannot look efficient" in page
    assert "Frontier of class lt" in page
    assert "Cost against the least" in page


def test_picture_is_svg(file: str, tmp_path: Path) -> None:
    out = tmp_path / "picture.svg"
    assert run(file, *SIDES, "--out", str(out)).exit_code == 0
    ET.fromstring(out.read_text("utf-8"))


def test_text_names_peers_and_doubts(file: str) -> None:
    done = run(file, *SIDES, *PRICES)
    assert "8 units for 2 inputs and 1 outputs; expected at least 9" in done.stdout
    assert re.search(r"A: 0\.\d{4}  gap [\d.,]+ CNY  <- ", done.stdout)


def test_outliers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "peers.csv"
    path.write_text("n,x,y\nA,10,10\nB,11,10\nC,12,10\nD,2,10\n", "utf-8")
    found = answer(str(path), "--inputs", "x", "--outputs", "y", "--returns", "crs")
    outliers = found["classes"][0]["outliers"]
    assert [o["unit"] for o in outliers] == ["D"]
    assert outliers[0]["super_efficiency"] == pytest.approx(5.0)
    assert outliers[0]["rests_on"] == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--inputs", "ore", "--outputs", "alumnia"), "did you mean 'alumina'"),
        ((*SIDES, "--prices", "ore"), "--prices ore: cannot be read"),
        ((*SIDES, "--prices", "ore=1"), "'power' has none"),
        ((*SIDES, "--prices", "steam=1"), "price of 'steam'"),
        ((*SIDES, "--class", "mud"), "class '110' has one unit"),
        ((*SIDES, "--out", "page.pdf"), "expected FILE.html or FILE.svg"),
        ((*SIDES, "--model", "sbm", "--bootstrap", "200"), "leave --bootstrap out"),
        ((*SIDES, "--bad", "mud", "--contract", "weak"), "not convex"),
    ],
)
def test_wrong_words_exit_with_one(
    file: str, words: tuple[str, ...], said: str
) -> None:
    done = run(file, *words)
    assert done.exit_code == 1
    assert said in done.stderr
