"""`orebook advise`: from a book on disk to text, JSON, page and picture."""

from __future__ import annotations

import json
import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from docs.generate.commands import fields
from orebook.cli import main

GUANGXI = Path(__file__).resolve().parents[2] / "examples" / "guangxi"
FREE = ("--free", "cell_voltage=3.9 V..4.0 V", "--free", "net_carbon=400..420")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example whose second potline frees its voltage."""
    import shutil

    folder = tmp_path_factory.mktemp("advise") / "guangxi"
    ignored = shutil.ignore_patterns(".orebook", "intake", "reports")
    shutil.copytree(GUANGXI, folder, ignore=ignored)
    file = folder / "sites" / "smelter-chain-metal.toml"
    text = file.read_text("utf-8")
    mark = 'id = "sc-potline-2"\n'
    assert mark in text
    free = 'free = { cell_voltage = { low = "3.95 V", high = "4.05 V" } }\n'
    file.write_text(text.replace(mark, mark + free), "utf-8")
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["advise", *words])


def test_json_has_the_documented_fields(book: Path) -> None:
    done = run(str(book), "sc-potline-1", "2026-05", *FREE, "--periods", "2", "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    documented = {re.split(r"[.\[]", r["field"])[0] for r in fields()["advise"]}
    assert set(data) == documented
    assert sum(s["money_cny"] for s in data["steps"]) == pytest.approx(
        data["saving_cny"], abs=1e-4
    )
    assert data["group_gain_cny"] == pytest.approx(data["saving_cny"], rel=0.25)


def test_what_the_book_frees_needs_no_option(book: Path, tmp_path: Path) -> None:
    page, picture = tmp_path / "a.html", tmp_path / "a.svg"
    words = (str(book), "sc-potline-2", "2026-05", "--periods", "2", "--no-check")
    done = run(*words, "--lang", "en", "--out", str(page))
    assert done.exit_code == 0, done.output
    assert "cell voltage: 3.99 -> 3.95 V" in done.stdout
    html = page.read_text("utf-8")
    assert "设定建议" in html
    assert "Advice on settings" in html
    assert "src=" not in html
    assert run(*words, "--out", str(picture)).exit_code == 0
    assert ET.fromstring(picture.read_text("utf-8")).get("role") == "img"


def test_the_period_of_the_last_plan_is_taken(book: Path) -> None:
    words = (str(book), "sc-potline-2", "--periods", "2", "--no-check", "--json")
    assert run(str(book), "sc-potline-2", "2026-05", *words[2:]).exit_code == 0
    assert json.loads(run(*words).stdout)["period"] == "2026-05"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sc-potlin-1",), "did you mean 'sc-potline-1'"),
        (("sc-potline-1",), "no setting is free; expected at least one of"),
        (("sc-potline-1", "--free", "voltage"), "NAME=LOW..HIGH"),
        (("sc-potline-1", "--free", "cel_voltage=3..4"), "did you mean 'cell_voltage'"),
        (("sc-potline-1", "--actual", "2026-01"), "the month is not closed"),
        (("sc-potline-1", *FREE, "--index", "dc"), "did you mean 'dc_energy'"),
        (("sc-potline-1", *FREE, "--out", "a.pdf"), "FILE.html or FILE.svg"),
        (("sc-wash", "--no-check"), "add recipe.settings and deltas"),
    ],
)
def test_wrong_words_exit_1_and_say_what_is_right(
    book: Path, words: tuple[str, ...], said: str
) -> None:
    done = run(str(book), words[0], "2026-05", "--periods", "1", *words[1:])
    assert done.exit_code == 1
    assert said in done.stderr


def test_a_unit_must_be_named() -> None:
    assert run().exit_code == 2


def test_the_page_of_the_docs_quotes_what_is_said(tmp_path: Path) -> None:
    """The example of docs/advise.md, on a copy of the book it names."""
    import shutil

    text = (GUANGXI.parents[1] / "docs" / "advise.md").read_text("utf-8")
    block = text.split("```console\n")[1].split("```")[0]
    folder = tmp_path / "guangxi"
    ignored = shutil.ignore_patterns(".orebook", "intake", "reports")
    shutil.copytree(GUANGXI, folder, ignore=ignored)
    command, _, quoted = block.replace("\\\n", "").partition("\n")
    words = shlex.split(command.removeprefix("$ orebook advise"))
    done = run(str(folder), *words[1:])
    assert done.exit_code == 0, done.output
    missing = [q for q in quoted.splitlines() if q not in done.stdout.splitlines()]
    assert missing == []
