"""The example of a blending bed and a casting furnace: read, planned, reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from orebook.book import open_book
from orebook.cli import main
from orebook.plan.pooling.certify import available
from orebook.report.mixes import mixes
from orebook.report.names import Names

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ore-yard"
MONTH = "2026-01"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("yard") / "book"))


@pytest.fixture(scope="module")
def plan(folder: Path):
    with open_book(folder) as book:
        return book.plan(MONTH, periods=3)


def test_the_book_is_right_and_its_piles_are_units_stores_and_routes(folder) -> None:
    """`orebook check` reads it; the beds are there by name."""
    done = CliRunner().invoke(main, ["check", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["units"], told["stores"], told["routes"]) == (5, 2, 2)


@pytest.mark.skipif(not available(), reason="needs orebook[scip]")
def test_three_months_are_proven(plan) -> None:
    """Bed and furnace together within 1e-4."""
    assert plan.pools.certified
    assert "proven optimal" in plan.summary()


def test_both_specifications_of_the_melt_hold(plan) -> None:
    """Billet 6063: Fe at most 0.20 %, Si 0.30 to 0.60 %."""
    melt = plan.pools.content["melt@furnace"]
    assert set(melt) == {"Fe", "Si"}
    assert (melt["Fe"] <= 0.0020 + 1e-8).all()
    assert (melt["Si"] <= 0.0060 + 1e-8).all()
    assert (melt["Si"] >= 0.0030 - 1e-8).all()


def test_less_iron_is_worth_what_cleaner_metal_costs(plan) -> None:
    """Per point of Fe the price of metal against scrap bounds what purity is worth."""
    worth = plan.pools.worth["melt@furnace"]["Fe"]
    assert (worth < 0.0).all()
    per_tonne = -worth / plan.pools.amount["melt@furnace"]
    assert per_tonne[0] == pytest.approx((19200 - 17300) / 0.36, rel=0.05)


def test_the_command_prints_the_pools(folder: Path) -> None:
    """Stable names in --json; one line in words."""
    words = CliRunner().invoke(main, ["plan", str(folder), MONTH, "--periods", "1"])
    assert "at most" in words.output
    done = CliRunner().invoke(
        main, ["plan", str(folder), MONTH, "--periods", "1", "--json"]
    )
    told = json.loads(done.stdout)["pools"]
    assert {"margin_cny", "bound_cny", "gap", "certified", "mixes"} <= set(told)
    assert {m["pool"] for m in told["mixes"]} >= {"melt@furnace", "ore-blend@plant"}
    shares = [sum(m["composition"].values()) for m in told["mixes"]]
    assert shares == pytest.approx([1.0] * len(shares), abs=1e-9)


def test_the_report_has_a_chapter_on_the_mixes_in_both_languages(plan) -> None:
    """One row for each ingredient used and each component, with names of the book."""
    view = SimpleNamespace(
        plan=plan, chain=plan.network.chain, names=Names(plan.network)
    )
    (chapter,) = mixes(view)
    shares, content = chapter.sheets
    names = {row.cells[0].en for row in shares.rows}
    assert "alloy melt · casting furnace" in names
    assert any("opening stock" in row.cells[1].en for row in shares.rows)
    assert {row.cells[1] for row in content.rows} == {"Fe", "Si", "Al2O3", "SiO2"}
    said = [block for block in chapter.blocks if hasattr(block, "zh")]
    assert any("已证明最优" in text.zh or "尚未证明最优" in text.zh for text in said)


def test_a_plan_without_pools_has_no_such_chapter() -> None:
    assert mixes(SimpleNamespace(plan=SimpleNamespace(pools=None))) == ()


def test_the_next_month_begins_with_the_quality_of_the_plan_before(folder) -> None:
    """Stocks of a mix keep the quality that the released plan gave them."""
    with open_book(folder) as book:
        book.plan(MONTH, periods=2)
        later = book.plan("2026-02", periods=1)
        before = book.store.records.documents("plan", MONTH)[-1].content
    bed = next(
        m
        for m in before["pools"]["mixes"]
        if m["pool"] == "ore-blend@bed-1" and m["period"] == MONTH
    )
    told = later.assembly.conditions.stock_content["bed-1"]
    assert told == pytest.approx(bed["quality"])


METERS = """meters = [
  { id = "ws-a", reads = "buy:buy-ore-a", type = "weighbridge" },
  { id = "ws-b", reads = "buy:buy-ore-b", type = "weighbridge" },
  { id = "ws-c", reads = "buy:buy-ore-c", type = "weighbridge" },
  { id = "bs-1", reads = "line-1.ore-blend", type = "belt_scale" },
  { id = "bs-2", reads = "line-2.ore-blend", type = "belt_scale" },
  { id = "ca-1", reads = "buy:buy-caustic", type = "weighbridge" },
  { id = "al-1", reads = "sell:sell-alumina:alumina", type = "weighbridge" },
  { id = "st-1", reads = "stock:bed-1", type = "weighbridge" },
  { id = "st-2", reads = "stock:bed-2", type = "weighbridge" },
  { id = "bi-1", reads = "sell:sell-billet:melt", type = "weighbridge" },
  { id = "sl-1", reads = "sell:sell-slab:melt", type = "weighbridge" },
]
"""


@pytest.mark.slow
def test_a_month_with_mixes_is_simulated_closed_explained_and_reported(
    tmp_path: Path,
) -> None:
    """What no meter reads is judged at the plan's mix, not at an assay of nothing."""
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "book"))
    (folder / "sites" / "meters.toml").write_text(METERS, "utf-8")
    runner = CliRunner()
    for words in (
        ["simulate", str(folder), MONTH],
        ["intake", str(folder), str(folder / "intake" / MONTH)],
        ["run", str(folder), MONTH, "--periods", "2"],
    ):
        done = runner.invoke(main, words)
        assert done.exit_code == 0, done.output
    with open_book(folder) as book:
        result = book.result(MONTH)
    planned = result.plan.month(0).amounts
    fed = result.closed.figures["line-1.ore-blend"].value
    made = result.closed.figures["line-1.alumina"].value
    usual = planned["line-1.alumina"] / planned["line-1.ore-blend"]
    assert made / fed == pytest.approx(usual, rel=0.05)
    total = result.variance.total()
    assert total.plan + sum(total.effects.values()) == pytest.approx(total.actual)
    assert abs(total.effects["efficiency"]) < 0.05 * abs(total.plan)
    assert abs(result.adaptation.optimum - result.adaptation.plan_at_actual) < 1e-3 * (
        abs(total.plan)
    )
