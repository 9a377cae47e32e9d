"""`orebook chain-gain`: from a book on disk to text, JSON, page and picture."""

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


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example without its intake."""
    folder = tmp_path_factory.mktemp("gain") / "guangxi"
    ignored = shutil.ignore_patterns(".orebook", "intake", "reports")
    shutil.copytree(GUANGXI, folder, ignore=ignored)
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["chain-gain", *words])


def test_json_has_the_documented_fields(book: Path) -> None:
    done = run(str(book), "2026-05", "--periods", "2", "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    documented = {re.split(r"[.\[]", r["field"])[0] for r in fields()["chain-gain"]}
    assert set(data) == documented
    assert len(data["coalitions"]) == 15
    assert sum(c["cny"] for c in data["causes"]) == pytest.approx(
        data["gain_cny"], abs=1e-2
    )


@pytest.mark.slow
def test_page_and_picture(book: Path, tmp_path: Path) -> None:
    page, picture = tmp_path / "g.html", tmp_path / "g.svg"
    words = (str(book), "2026-05", "--periods", "1")
    done = run(*words, "--lang", "en", "--out", str(page))
    assert done.exit_code == 0, done.output
    assert "fair split (Shapley)" in done.stdout
    html = page.read_text("utf-8")
    assert "链条增益" in html
    assert "The chain's advantage" in html.replace("&#39;", "'")
    assert run(*words, "--out", str(picture)).exit_code == 0
    assert ET.fromstring(picture.read_text("utf-8")).get("role") == "img"


def test_a_market_can_be_given(book: Path) -> None:
    words = (str(book), "2026-05", "--periods", "1", "--json")
    given = ("--market", "alumina-a=2700..2900 CNY/t")
    data = json.loads(run(*words, *given).stdout)
    rows = [m for m in data["markets"] if m["material"] == "alumina-a"]
    assert rows
    assert {m["source"] for m in rows} == {"given"}
    wanted = {"buy": [2900.0], "sell": [2700.0]}
    assert all(m["price_cny"] == wanted[m["side"]] for m in rows)


@pytest.mark.parametrize(
    ("market", "said"),
    [
        ("alumina-a", "MATERIAL='SELL..BUY CNY/t'"),
        ("alumna-a=2700 CNY/t", "did you mean 'alumina-a'"),
        ("alumina-a=2700..2900", "has no unit"),
        ("alumina-a=3000..2900 CNY/t", "selling at most at the price of buying"),
    ],
)
def test_wrong_markets_exit_1(book: Path, market: str, said: str) -> None:
    done = run(str(book), "2026-05", "--periods", "1", "--market", market)
    assert done.exit_code == 1
    assert said in done.stderr


def test_a_period_must_be_named(book: Path) -> None:
    assert run(str(book)).exit_code == 2


def test_the_page_of_the_docs_quotes_what_is_said(book: Path) -> None:
    """The example of docs/chain-gain.md, whole."""
    text = (GUANGXI.parents[1] / "docs" / "chain-gain.md").read_text("utf-8")
    quoted = text.split("```console\n")[1].split("```")[0].splitlines()[1:]
    done = run(str(book), "2026-05", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert quoted
    assert [q for q in quoted if q not in done.stdout.splitlines()] == []
