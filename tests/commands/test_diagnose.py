"""`orebook diagnose` on the book of a refinery: JSON, text, page, and what is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from docs.generate.commands import fields
from orebook.cli import main

BOOK = Path(__file__).resolve().parents[1] / "books" / "refinery"
MONTH = "2026-01"


def said(*words: str, status: int = 0) -> str:
    """Run a command and return what it prints."""
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == status, done.output
    return done.output


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a book with a simulated month, closed and evaluated."""
    folder = tmp_path_factory.mktemp("diagnose") / "book"
    shutil.copytree(BOOK, folder)
    said("simulate", str(folder), MONTH, "--seed", "3")
    said("run", str(folder), MONTH, "--periods", "2")
    return str(folder)


def test_json_has_the_documented_fields(book: str) -> None:
    found = json.loads(said("diagnose", book, "works", MONTH, "--json"))
    assert {r["field"].split("[")[0] for r in fields()["diagnose"]} == set(found)
    assert found["status"] == "done"
    (works,) = found["works"]
    money = sum(m["money_cny"] for m in works["money"])
    assert found["total_cny"] == pytest.approx(money)
    assert sum(w["money_cny"] for w in found["workshops"]) == pytest.approx(money)
    for i in works["indicators"]:
        effects = sum(f["effect"] for f in i["factors"])
        assert effects == pytest.approx(i["actual"] - i["base"], abs=1e-9)


def test_the_tie_is_to_the_evaluation_of_the_month(book: str) -> None:
    """The same efficiency stands in the variance of the month, to the cent."""
    found = json.loads(said("diagnose", book, "works", MONTH, "--json"))
    told = json.loads(said("evaluate", book, MONTH, "--json"))
    effects = found["works"][0]["tie"]["effects"]
    units = {"red", "mud", "white"}
    rows = [r for r in told["variance"] if r["centre"] in units]
    total = sum(float(r["effects"]["efficiency"]) for r in rows)
    assert effects["efficiency"] == pytest.approx(total, abs=1.0)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", ("not explained by the model", "ore A · SiO2", "caustic per t alumina")),
     ("zh", ("模型不能解释", "吨铝碱耗", "供销部"))],
)  # fmt: skip
def test_text_and_page_in_both_languages(
    book: str, tmp_path: Path, lang: str, words: tuple[str, ...]
) -> None:
    page = tmp_path / "page.html"
    text = said("diagnose", book, "works", MONTH, "--lang", lang, "--out", str(page))
    assert all(w in text for w in words)
    html = page.read_text("utf-8")
    assert all(w in html for w in words)
    assert "<svg" in html


def test_wrong_input_names_a_remedy(book: str, tmp_path: Path) -> None:
    assert "did you mean 'refinery'" in said(
        "diagnose", book, "refnery", MONTH, status=1
    )
    assert "is not closed" in said("diagnose", book, "works", "2026-02", status=1)
    assert "no month before" in said(
        "diagnose", book, "works", MONTH, "--against", "last-month", status=1
    )
    said("diagnose", book, "works", MONTH, "--against", "luck", status=2)
    folder = tmp_path / "unplanned"
    shutil.copytree(BOOK, folder)
    said("simulate", str(folder), MONTH)
    said("intake", str(folder), str(folder / "intake"))
    said("close", str(folder), MONTH)
    assert "no plan was released" in said(
        "diagnose", str(folder), "works", MONTH, status=1
    )
