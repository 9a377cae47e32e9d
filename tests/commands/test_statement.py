"""`orebook statement` as its user calls it: views, page, workbook, year to date."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orebook.book import open_book
from orebook.chain.new import new_book
from orebook.cli import main
from orebook.evaluate.variance import EFFECTS

MARCH, APRIL = "2026-03", "2026-04"
ASSET = """
[[assets]]
id = "plant"
name = "装置净值"
name_en = "plant, net"
centre = "{centre}"
net_value = "36 MCNY"
rate = "5 %"
"""


@pytest.fixture(scope="module")
def centre() -> str:
    """Return the centre of the last unit of the starter book."""
    return CENTRES[0]


CENTRES: list[str] = []


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the starter book, two months closed, with assets, hours and a re-plan."""
    folder = tmp_path_factory.mktemp("statement") / "group"
    new_book(folder)
    with open_book(folder) as opened:
        CENTRES[:] = [opened.chain.units[-1].centre]
    site = next((folder / "sites").glob("*.toml"))
    site.write_text(site.read_text("utf-8") + ASSET.format(centre=CENTRES[0]), "utf-8")
    for month in (MARCH, APRIL):
        with open_book(folder) as opened:
            opened.simulate(month, seed=2)
            hours = folder / "intake" / month / "hours.csv"
            hours.write_text(
                f"centre,period,hours\n{CENTRES[0]},{month},8000\n", "utf-8"
            )
            opened.run(month)
    return folder


def call(*words: object) -> Result:
    return CliRunner().invoke(main, ["statement", *map(str, words)])


def data_of(*words: object) -> dict:
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_every_centre_reconciles_with_the_group(book: Path) -> None:
    data = data_of(book, APRIL)
    units = sum(Decimal(s["totals"]["unit_profit"]["actual_cny"])
                for s in data["statements"])  # fmt: skip
    tie = data["reconciliation"]["actual"]
    assert Decimal(tie["unit_profits_cny"]) == units
    assert tie["apart_cny"] == "0.00"
    assert tie["capital_charge_kept_cny"] == "150000.00"
    run = CliRunner().invoke(main, ["run", str(book), APRIL, "--json"])
    group = json.loads(run.stdout)["group"]["margin_cny"]
    assert tie["group_operating_profit_cny"] == group


def test_a_line_has_all_its_columns(book: Path, centre: str) -> None:
    (found,) = data_of(book, APRIL, centre)["statements"]
    for line in found["lines"]:
        causes = sum(Decimal(line["effects"][e]) for e in EFFECTS)
        assert causes == Decimal(line["actual_cny"]) - Decimal(line["plan_cny"])
    assert any(line["postings"] and line["meters"] for line in found["lines"])


def test_the_year_to_date_is_the_sum_of_the_months(book: Path, centre: str) -> None:
    """What March's own statement said, plus April, is April's year to date."""
    march, april = (data_of(book, m, centre) for m in (MARCH, APRIL))
    assert april["months_to_date"] == [MARCH, APRIL]
    assert april["missing"] == ["2026-01", "2026-02"]

    def total(data: dict, column: str) -> Decimal:
        return Decimal(data["statements"][0]["totals"]["unit_profit"][column])

    for side in ("plan", "actual"):
        both = total(march, f"{side}_cny") + total(april, f"{side}_cny")
        # The plan of an earlier month stands without what was booked after it.
        assert total(april, f"{side}_to_date_cny") == both


def test_hours_taken_in_divide_the_value_added(book: Path, centre: str) -> None:
    (row,) = data_of(book, APRIL, centre, "--view", "amoeba")["amoeba"]
    actual = row["actual"]
    assert (actual["hours"], actual["hours_from"]) == (8000.0, "intake")
    per_hour = float(actual["value_added_cny"]) / 8000.0
    assert actual["value_added_per_hour_cny"] == pytest.approx(per_hour)


def test_target_costs_follow_the_margin(book: Path) -> None:
    plain = data_of(book, APRIL, "--view", "work-back")["products"]
    dear = data_of(book, APRIL, "--view", "work-back", "--margin", "10 %")["products"]
    assert plain
    assert len(plain) == len(dear)
    for one, other in zip(plain, dear, strict=True):
        assert one["required_margin_cny"] == 0.0
        first, again = one["stages"][0], other["stages"][0]
        kept = 0.1 * one["market_price_cny"]
        gap = first["target_cost_cny"] - again["target_cost_cny"]
        assert gap == pytest.approx(kept)
    good = plain[0]["good"].partition("@")[0]
    named = data_of(book, APRIL, "--view", "work-back", "--margin", f"{good}=7 CNY/t")
    margins = {p["good"].partition("@")[0]: p["required_margin_cny"]
               for p in named["products"]}  # fmt: skip
    assert margins[good] == 7.0
    assert all(v == 0.0 for k, v in margins.items() if k != good)


def test_a_replan_fills_its_column(book: Path, centre: str, tmp_path: Path) -> None:
    """A third month, its limit of sales halved by a re-plan before it is closed."""
    may = "2026-05"
    with open_book(book) as opened:
        opened.simulate(may, seed=3)
        plan = opened.plan(may)
        sale = max((s for s in opened.network.streams if s.role == "sell"),
                   key=lambda s: plan.month(0).amounts[s.id]).owner  # fmt: skip
    told = CliRunner().invoke(
        main, ["replan", str(book), may, "--price", f"sell:{sale}=-50 %", "--json"]
    )
    assert told.exit_code == 0, told.output
    with open_book(book) as opened:
        opened.run(may)
    data = data_of(book, may)
    assert data["replanned"] is True
    assert data["reconciliation"]["replan"]["apart_cny"] == "0.00"
    rows = [line for s in data["statements"] for line in s["lines"]]
    assert any(r["replan_cny"] != r["plan_cny"] for r in rows)


def test_page_and_workbook_hold_the_same(
    book: Path, centre: str, tmp_path: Path
) -> None:
    from openpyxl import load_workbook

    page, sheet = tmp_path / "one.html", tmp_path / "one.xlsx"
    for out in (page, sheet):
        assert call(book, APRIL, centre, "--out", out, "--lang", "en").exit_code == 0
    html = page.read_text("utf-8")
    assert "Value added per hour" in html
    assert "单位时间附加值" in html
    (found,) = data_of(book, APRIL, centre)["statements"]
    made = load_workbook(sheet)
    lines = next(w for w in made if "statements" in w.title)
    assert lines.max_row - 3 == len(found["lines"])
    heads = [c.value for c in lines[3]]
    actual = [
        row[heads.index("actual [CNY]")].value for row in lines.iter_rows(min_row=4)
    ]
    assert sum(Decimal(str(v)).quantize(Decimal("0.01")) for v in actual) == sum(
        Decimal(line["actual_cny"]) for line in found["lines"]
    )
    shown = found["totals"]["unit_profit"]["actual_cny"]
    assert f"{abs(Decimal(shown)):,.2f}" in html


@pytest.mark.parametrize("view", ["standard", "amoeba", "work-back"])
def test_text_in_both_languages(book: Path, view: str) -> None:
    for lang in ("zh", "en"):
        result = call(book, APRIL, "--view", view, "--lang", lang)
        assert result.exit_code == 0
        assert len(result.output) > 200


def test_mistakes_are_told_with_a_remedy(book: Path, centre: str) -> None:
    wrong = call(book, APRIL, centre + "x")
    assert wrong.exit_code == 1
    assert f"did you mean '{centre}'" in wrong.output
    assert "is no share" in call(book, APRIL, "--margin", "120 %").output
    assert "is no material" in call(book, APRIL, "--margin", "goldd=3 CNY/t").output
    assert (
        "expected FILE.html or FILE.xlsx" in call(book, APRIL, "--out", "a.pdf").output
    )
    assert "is not closed" in call(book, "2026-09").output
