"""A book with whole decisions from check to report, and its mistakes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from orebook.book import open_book
from orebook.chain.new import new_book
from orebook.chain.read import read_book
from orebook.cli import main
from orebook.errors import BookError
from orebook.plan.accounts import group_margin, margin_by_centre
from orebook.process.check import check_units

MONTH = "2026-05"
ON_OFF = """cost = "95 CNY/t"
on_off = { start_cost = "800000 CNY", running_cost = "30000 CNY/d", \
minimum_run = "40 d", running_at_first = false }
"""
BANDS = """tiers = [{ above = "260 GWh/month", extra = "40 CNY/MWh" }]
bands = [{ above = "13200 kWh/t", extra = "0.01 CNY/kWh" }, \
{ above = "13220 kWh/t", extra = "0.02 CNY/kWh" }]
index = { of = ["potline.power"], per = "potline.metal" }
"""
LOT = 'lot = "5 kt"\nmax = "20 kt/month"'
EDITS = (
    ("sites/refinery.toml", 'cost = "95 CNY/t"\n', ON_OFF),
    ("sites/refinery.toml", 'max = "20 kt/month"', LOT),
    ("sites/smelter.toml",
     'tiers = [{ above = "260 GWh/month", extra = "40 CNY/MWh" }]\n', BANDS),
    ("sites/smelter.toml", 'cell_voltage = "3.98 V"', 'cell_voltage = "4.10 V"'),
)  # fmt: skip


def edit(book: Path, file: str, old: str, new: str) -> None:
    path = book / file
    text = path.read_text("utf-8")
    assert old in text, (file, old)
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a starter book whose refinery starts and whose power has a tariff."""
    folder = tmp_path_factory.mktemp("whole") / "book"
    new_book(folder)
    for change in EDITS:
        edit(folder, *change)
    return folder


def call(*words: str) -> dict[str, object]:
    done = CliRunner().invoke(main, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_plan_says_what_it_decided(whole: Path) -> None:
    """Command line: bound, gap, decisions, label, in text and in JSON."""
    data = call("plan", str(whole), MONTH, "--periods", "6")
    told = data["whole"]
    assert isinstance(told, dict)
    assert data["prices_given"] == "given the on/off decisions"
    assert told["gap"] < 1e-5
    assert told["bound_cny"] >= data["margin_cny"] - 1.0
    kinds = {d["kind"]: d for d in told["decisions"]}
    assert kinds["on"]["subject"] == "refining"
    assert sum(kinds["on"]["starts"]) == 1.0
    assert max(kinds["band"]["value"]) >= 1.0
    lots = np.array(kinds["lots"]["value"])
    assert np.array_equal(lots, np.round(lots))
    sold = np.array(data["streams"]["sell:sell-alumina:alumina"])
    assert sold == pytest.approx(5000.0 * lots, abs=1e-3)
    words = ["plan", str(whole), MONTH, "--periods", "6", "--whole-periods", "2"]
    shown = CliRunner().invoke(main, words, catch_exceptions=False)
    assert "relaxed in the 4 after" in shown.output
    assert "prices given the on/off decisions" in shown.output


def test_accounts_of_the_book_close(whole: Path) -> None:
    with open_book(whole) as book:
        plan = book.plan(MONTH, periods=6)
    total = stock = 0.0
    for t in range(6):
        lines = plan.lines(t)
        total += group_margin(lines)
        stock += sum(x.amount for x in lines if x.account == "inventory")
        assert sum(margin_by_centre(lines).values()) == pytest.approx(
            group_margin(lines), abs=0.01
        )
    # The plan counts only what the horizon values, the accounts all stock change.
    silo = 2900.0 * plan.month(5).amounts["close:silo-stock"]
    assert total - stock == pytest.approx(plan.margin - silo, rel=1e-9)


def test_a_month_with_booked_starts_closes_to_the_cent(
    whole: Path, tmp_path: Path
) -> None:
    """Plan, simulate, take in, close, explain, report; start costs booked dearer."""
    folder = Path(shutil.copytree(whole, tmp_path / "book"))
    with open_book(folder) as book:
        book.plan(MONTH, periods=3)
        book.simulate(MONTH, seed=3)
        cost = folder / "intake" / "costs-starts.csv"
        cost.write_text(
            f"cost,period,amount,unit\nstart:refining,{MONTH},950000,CNY\n", "utf-8"
        )
        assert not book.intake([folder / "intake"]).rejected
        result = book.run(MONTH, periods=3)
        variance = result.variance
        for row in variance.centres:
            assert row.plan + sum(row.effects.values()) == pytest.approx(
                row.actual, abs=0.005
            )
        spent = [
            e.amount
            for e in variance.details
            if e.effect == "spending" and e.subject == "start:refining"
        ]
        assert spent == pytest.approx([-150_000.0])
        accounts = {p.account for p in result.postings}
        assert {"start_cost", "running_cost", "band_charge"} <= accounts
        market = result.market
        whole_ = sum(c.margin + c.rent for c in market.centres) + market.elimination
        assert whole_ == market.group
        page, _ = book.report(MONTH, lang="zh")
        after = book.plan("2026-06", periods=3)
    text = page.read_text("utf-8")
    assert "整数决策" in text
    assert "启停费用" in text
    # It was started in May and must run 40 days: June needs no second start.
    on = next(d for d in after.to_dict()["whole"]["decisions"] if d["kind"] == "on")
    assert (on["value"][0], on["starts"][0]) == (1.0, 0.0)


SITES = {"refinery": "sites/refinery.toml", "smelter": "sites/smelter.toml"}
SPOILED = {
    "start cost in tonnes": (
        "refinery", '"800000 CNY"', '"800000 t"', "units[refining].on_off.start_cost"),
    "running cost without time": (
        "refinery", '"30000 CNY/d"', '"30000 CNY"',
        "units[refining].on_off.running_cost"),
    "least run in tonnes": (
        "refinery", '"40 d"', '"40 t"', "units[refining].on_off.minimum_run"),
    "unknown key": (
        "refinery", "minimum_run", "min_run", "units[refining].on_off.min_run"),
    "lot of no size": (
        "refinery", '"5 kt"', '"0 kt"', "sales[sell-alumina].lot"),
    "lot in power": (
        "refinery", '"5 kt"', '"5 MWh"', "sales[sell-alumina].lot"),
    "lot beyond a year": (
        "refinery", '"5 kt"', '"900 kt"', "sales[sell-alumina].lot"),
    "bands out of order": (
        "smelter", '"13220 kWh/t"', '"13100 kWh/t"',
        "purchases[smelter-power].bands[2].above"),
    "falling surcharge": (
        "smelter", '"0.02 CNY/kWh"', '"0.005 CNY/kWh"',
        "purchases[smelter-power].bands[2].extra"),
    "index of no stream": (
        "smelter", '"potline.metal"', '"potline.metall"',
        "purchases[smelter-power].index.per"),
    "index in tonnes": (
        "smelter", '["potline.power"]', '["potline.anode"]',
        "purchases[smelter-power].index.of[1]"),
    "edge of no ratio": (
        "smelter", '"13200 kWh/t"', '"13200 kWh"',
        "purchases[smelter-power].bands[1].above"),
    "batch of power": (
        "refinery", 'minimum = "40 %"\n',
        'minimum = "40 %"\nbatch = { size = "60 MWh" }\n',
        "units[refining].batch.size"),
    "batch of no time": (
        "refinery", 'minimum = "40 %"\n',
        'minimum = "40 %"\nbatch = { size = "60 t", time = "0 h" }\n',
        "units[refining].batch.time"),
    "no capacity": (
        "refinery", 'limits = { throughput = "1.1 Mt/a" }\n', "",
        "units[refining].on_off"),
    "bands by amount without max": (
        "smelter", 'index = { of = ["potline.power"], per = "potline.metal" }\n', "",
        "purchases[smelter-power].bands"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SPOILED))
def test_mistakes_are_named_with_their_field(
    whole: Path, tmp_path: Path, name: str
) -> None:
    folder = Path(shutil.copytree(whole, tmp_path / "book"))
    site, old, new, field = SPOILED[name]
    edit(folder, SITES[site], old, new)
    with pytest.raises(BookError) as caught:
        read_book(folder, check=check_units)
    found = [m.field for m in caught.value.mistakes]
    assert field in found
    assert all(m.line for m in caught.value.mistakes if m.field == field)
