"""`orebook practice` and `orebook control` as a user runs them."""

from __future__ import annotations

import json
import shutil
import tomllib
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from docs.generate import commands
from orebook.cli import main
from tests.benchmark.practice.plant import BOOK, simulate, write
from tests.docs.test_docs import paths, pattern

RINGS = Path(__file__).parents[1] / "benchmark" / "control" / "pistonrings.csv"
MAY = (date(2026, 5, 1) - date(1970, 1, 1)).days
GIVEN = ("--period", "2026-05", "--conditions", "precipitation_hours,growth_constant")


def run(*words: object, status: int = 0) -> str:
    done = CliRunner().invoke(main, list(map(str, words)))
    assert done.exit_code == status, done.output
    return done.output


def read(*words: object) -> dict:
    return json.loads(run(*words, "--json"))


def documented(command: str, answer: dict) -> None:
    """Every printed field is documented, and every documented one printed."""
    listed = commands.fields()[command]
    known = [pattern(row["field"]) for row in listed]
    assert [p for p in paths(answer) if not any(k.match(p) for k in known)] == []
    top = {row["field"].split(".")[0].split("[")[0] for row in listed}
    assert top == set(answer)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("practice")
    shutil.copytree(BOOK, folder / "book")
    write(simulate(3, 900, start=float(MAY - 300)), folder / "shifts.csv")
    return folder / "book"


@pytest.fixture(scope="module")
def found(book: Path) -> dict:
    shifts = book.parent / "shifts.csv"
    return read("practice", "find", book, "precipitate", "--records", shifts, *GIVEN)


def test_the_whole_life_of_a_card(book: Path, found: dict, tmp_path: Path) -> None:
    documented("practice find", found)
    card = found["card"]
    assert card["id"] == "precipitate-1"
    aims = {a["name"]: a["middle"] for a in card["actions"] if a["counts"]}
    aim = (aims["seed"], aims.get("last_temperature", 51.3))
    shifts = tmp_path / "trial.xlsx"
    write(
        simulate(9, 200, start=float(MAY), aim=aim, care=0.3), shifts, when=lambda t: t
    )
    name = (book, "precipitate-1")
    days = ("--from", "2026-05-01", "--until", "2026-07-31")
    on_trial = read("practice", "trial", *name, *days, "--owner", "分解车间")
    documented("practice trial", on_trial)
    assert on_trial["card"]["owner"] == "分解车间"
    seen = read("practice", "follow", *name, "--records", shifts)
    documented("practice follow", seen)
    assert seen["card"]["follow"]["finding"] == "pays"
    kept = read("practice", "keep", *name, "--reason", "有效")
    documented("practice keep", kept)
    page, text = tmp_path / "card.html", tmp_path / "card.toml"
    documented("practice show", read("practice", "show", *name, "--out", page))
    run("practice", "show", *name, "--out", text)
    run("practice", "show", *name, "--out", tmp_path / "card.svg")
    html = page.read_text("utf-8")
    assert "分解车间" in html
    assert html.count("<svg") >= 8
    assert tomllib.loads(text.read_text("utf-8"))["state"] == "kept"
    listed = read("practice", "list", book)
    documented("practice list", listed)
    assert [c["state"] for c in listed["cards"]] == ["kept"]
    assert "固化" in run("practice", "list", book)
    dropped = read("practice", "drop", *name, "--reason", "泵能力不足")
    documented("practice drop", dropped)
    assert dropped["card"]["reason"] == "泵能力不足"
    assert "works" in run("audit", "verify", book)


def test_the_same_records_find_the_same_card(tmp_path: Path) -> None:
    shutil.copytree(BOOK, tmp_path / "book")
    shifts = write(simulate(3, 150), tmp_path / "shifts.csv")
    words = ("practice", "find", tmp_path / "book", "precipitate", "--records", shifts)
    one, two = (read(*words, *GIVEN)["card"] for _ in range(2))
    assert one == two
    assert len(read("practice", "list", tmp_path / "book")["cards"]) == 1
    at = read(*words, *GIVEN, "--at", "precipitation_hours=50")["card"]
    assert at["id"] == "precipitate-2"
    assert at["conditions"][0]["at"] == 50.0


def test_a_user_s_mistakes_are_told(book: Path, found: dict, tmp_path: Path) -> None:
    shifts = ("--records", book.parent / "shifts.csv")
    find = ("practice", "find", book)
    cases = [
        ((*find, "precipitat", *shifts, *GIVEN), "did you mean 'precipitate'"),
        ((*find, "precipitate"), "no month of 'precipitate' is closed"),
        ((*find, "precipitate", *shifts), "add --period"),
        ((*find, "precipitate", "--records", "no.csv", *GIVEN), "cannot be read"),
        ((*find, "precipitate", *shifts, *GIVEN, "--at", "x"), "CONDITION=FIGURE"),
        ((*find, "precipitate", *shifts, *GIVEN, "--at", "x=1"), "no condition is"),
        (("practice", "show", book, "precipitate-9"), "did you mean"),
        (("practice", "show", book, "precipitate-1", "--out", "a.pdf"), "rename it"),
        (("control", book, "nothing:here"), "is no file, stream or indicator"),
        (("control", book, tmp_path / "no.csv"), "cannot be read"),
        (("control", book, RINGS, "--column", "diametre"), "did you mean 'diameter'"),
        (("control", book, "precipitate.hydrate"), "no closed month tells"),
    ]  # fmt: skip
    for words, said in cases:
        assert said in run(*words, status=1), words
    assert "Invalid value" in run(
        "practice", "trial", book, "precipitate-1", "--from", "5.6.2026", "--until",
        "2026-07-01", "--owner", "x", status=2,
    )  # fmt: skip


def test_control_of_a_file_gives_the_published_figures(
    book: Path, tmp_path: Path
) -> None:
    """Montgomery, piston rings; capability of the first 25 groups."""
    out = tmp_path / "rings.svg"
    words = ("control", book, RINGS, "--column", "diameter", "--chart", "xbar")
    limits = ("--base", 25, "--spec-low", 73.95, "--spec-high", 74.05)
    answer = read(*words, *limits, "--out", out)
    documented("control", answer)
    assert answer["capability"]["cp"]["value"] == pytest.approx(1.7033, abs=2e-4)
    assert answer["capability"]["ppk"]["value"] == pytest.approx(1.6162, abs=2e-4)
    marks = [s["point"] for s in answer["panels"][0]["signals"]]
    assert marks == [37, 38, 39]
    assert out.read_text("utf-8").startswith("<svg")
    for kind in ("individuals", "xbar-s", "ewma", "cusum"):
        told = run("control", book, RINGS, "--column", "diameter", "--chart", kind)
        assert "中心" in told
        assert "centre" in run(*words[:5], "--chart", kind, "--lang", "en")


def test_control_refuses_groups_of_unequal_size_and_text(
    book: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    rows = RINGS.read_text("utf-8").splitlines()
    path.write_text("\n".join(rows[:-1]), "utf-8")
    words = ("control", book, path, "--column", "diameter", "--chart", "xbar")
    assert "groups of equal size" in run(*words, status=1)
    path.write_text("\n".join([*rows[:30], "6,1,坏", *rows[31:]]), "utf-8")
    assert "a.csv:31" in run(*words, status=1)
    assert "2 columns of figures" in run(
        "control", book, two_columns(tmp_path), status=1
    )


def two_columns(folder: Path) -> Path:
    path = folder / "b.csv"
    rows = [f"{k},{k % 3},{k % 5}" for k in range(20)]
    path.write_text("\n".join(["no,a,b", *rows]), "utf-8")
    return path


def test_the_month_report_has_a_chapter_of_cards(found: dict, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    from orebook.benchmark.practice.card import Card
    from orebook.book import open_book
    from orebook.practices import keep_card

    folder = tmp_path / "mybook"
    run("new", folder)
    run("simulate", folder, "2026-05")
    with open_book(folder) as opened:
        page, _ = opened.report("2026-05")
        assert "做法卡" not in page.read_text("utf-8")
        keep_card(opened.store.records, Card.from_dict(found["card"]), "test")
        page, book = opened.report("2026-05")
    html = page.read_text("utf-8")
    assert "做法卡" in html
    assert "Practice cards" in html
    cells = [c.value for w in load_workbook(book) for row in w for c in row]
    assert "precipitate-1" in cells
