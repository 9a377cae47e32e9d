"""A new user: one alumina price, one outage, one customer spec, told in plain words."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from orebook.cli import main

ROOT = Path(__file__).resolve().parents[2]
MONTH = "2026-05"
PRICE = ('premium = "45 CNY/t"', 'premium = "60 CNY/t"')
SPEC = ('max = "0.030 %" }', 'max = "0.018 %" }')
OUTAGE = """
[[outages]]
unit = "pr-digest-1"
first = 2026-05-12
last = 2026-05-16
reason = "检修 / repair"
"""


def run(*words: str, status: int = 0) -> str:
    """Run a command and return what it prints."""
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == status, done.output
    return done.stdout


def replace_once(file: Path, old: str, new: str) -> None:
    """Change a file of the book as a person would, in one place."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1, (file, old, text.count(old))
    file.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the example, planned, changed in three places and planned again."""
    folder = tmp_path_factory.mktemp("user") / "guangxi"
    skip = shutil.ignore_patterns(".orebook", "intake", "reports")
    shutil.copytree(ROOT / "examples" / "guangxi", folder, ignore=skip)
    (folder / "intake").mkdir()
    run("plan", str(folder), MONTH)
    site = folder / "sites" / "port-refinery.toml"
    replace_once(site, *PRICE)
    replace_once(site, *SPEC)
    power = folder / "sites" / "port-refinery-power.toml"
    power.write_text(power.read_text("utf-8") + OUTAGE, "utf-8")
    run("plan", str(folder), MONTH)
    return str(folder)


@pytest.mark.slow
def test_three_changes_are_told_with_cause_effect_and_reason(book: str) -> None:
    """What was changed, what each costs, what moves, and why prices move."""
    text = run("compare-plans", book, MONTH, "1", "2", "--lang", "en")
    lines = text.splitlines()
    assert re.match(
        r"planned margin [\d,]+ -> [\d,]+ CNY, change [+-][\d,]+ CNY:", text
    )
    changed = lines[lines.index("what was changed:") + 1 :][:3]
    assert "price of sale low-soda alumina: 2,814 -> 2,829 CNY" in changed[0]
    assert (
        "availability of unit digestion unit 1: 95.0 % -> 79.7 % (2026-05)"
        in changed[1]
    )
    assert "spec SiO2 max: 0.03 % -> 0.018 %" in changed[2]
    assert "  market prices: +" in text
    assert "  availability of units and routes: -" in text
    assert "  limits of contracts, capacity and quality: " in text
    assert "flows that changed most (over 12 periods):" in text
    assert re.search(
        r"because (capacity digestion unit 1|the price of sale low-soda)", text
    )


@pytest.mark.slow
def test_the_same_story_in_chinese_and_as_data(book: str) -> None:
    text = run("compare-plans", book, MONTH, "1", "2")
    assert "改动的输入：" in text
    assert "销售 低钠氧化铝的价格：2,814 → 2,829 元" in text
    assert "装置 一号溶出机组可用率：95.0 % → 79.7 %（2026-05）" in text
    data = json.loads(run("compare-plans", book, MONTH, "1", "2", "--json"))
    assert set(data["causes_cny"]) == {"prices", "availability", "limits"}
    assert sum(data["causes_cny"].values()) == pytest.approx(data["change_cny"])
    assert {x["cause"] for x in data["inputs"]} == {"prices", "availability", "limits"}


def test_a_version_that_is_not_kept_is_named(book: str) -> None:
    done = CliRunner().invoke(main, ["compare-plans", book, MONTH, "1", "9"])
    assert done.exit_code == 1
    assert "kept are 1 (released), 2 (released)" in done.stderr


@pytest.mark.slow
def test_why_the_new_plan_is_as_it_is(book: str) -> None:
    """The overview, then one price part by part; nothing is released by asking."""
    text = run("explain", book, MONTH)
    assert "limits that bind, by money:" in text
    assert "it bound in the last release" in text or "used by 95 % or more" in text
    one = run("explain", book, MONTH, "hydrate@pr-plant")
    assert "one more t at hand:" in one
    assert "as its largest user sees it (duty calciner" in one
    assert "租金" in run("explain", book, MONTH, "pr-digest-1", "--zh")
    data = json.loads(run("explain", book, MONTH, "pr-digest-1", "--json"))
    assert data["status"] == "done"
    assert {x["subject"] for x in data["limits"]} == {"pr-digest-1:throughput"}
    versions = json.loads(run("compare-plans", book, MONTH, "2", "2", "--json"))
    assert versions["causes_cny"] == {}


@pytest.mark.slow
def test_a_replan_is_an_overlay_of_the_explanation(book: str) -> None:
    run(
        "replan", book, MONTH, "--outage", "pr-calc-1=2026-05-20..2026-05-22",
        "--reason", "burner",
    )  # fmt: skip
    data = json.loads(run("explain", book, MONTH, "--json"))
    overlay = next(t for t in data["touches"] if t["name"] == "re-plan 1")
    assert overlay["reason"] == "burner"
    assert "pr-calc-1:throughput" in {x["subject"] for x in overlay["limits"]}
    text = run("compare-plans", book, MONTH, "2", "3", "--lang", "en")
    assert "availability of unit calciner 1, first grade" in text


def test_a_name_nobody_knows_gets_the_nearest(book: str) -> None:
    done = CliRunner().invoke(main, ["explain", book, MONTH, "pr-digest1"])
    assert done.exit_code == 1
    assert "did you mean 'pr-digest-1'" in done.stderr


def test_a_promise_that_cannot_be_kept_comes_with_its_repair(book: str) -> None:
    """Exit 3; the same as data: contradiction, cheapest repair, each way alone."""
    folder = Path(book).parent / "impossible"
    shutil.copytree(book, folder, ignore=shutil.ignore_patterns(".orebook"))
    site = folder / "sites" / "smelter-chain-metal.toml"
    text = site.read_text("utf-8")
    at = text.index('id = "sc-alloy-sale"')
    promised = re.sub(r'min = "[^"]*"', 'min = "6500 t/month"', text[at:], count=1)
    site.write_text(text[:at] + promised, "utf-8")
    power = folder / "sites" / "smelter-chain-metal.toml"
    power.write_text(
        power.read_text("utf-8")
        + '\n[[outages]]\nunit = "sc-alloy"\nfirst = 2026-05-01\nlast = 2026-06-30\n',
        "utf-8",
    )
    done = CliRunner().invoke(main, ["plan", str(folder), MONTH, "--json"])
    assert done.exit_code == 3
    data = json.loads(done.stdout)
    assert data["status"] == "infeasible"
    assert "cheapest repair:" in data["message"]
    assert {g["subject"].partition(":")[0] for g in data["repair"]} == {"sc-alloy-sale"}
    assert {a["subject"] for a in data["alone"]} == {
        c["subject"] for c in data["contradiction"]
    }
