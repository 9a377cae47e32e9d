"""Planning sheets: out and in again, in layouts a planner makes, and spoiled ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from orebook.chain.calendar import horizon, period
from orebook.chain.case import CaseHead
from orebook.chain.new import new_book
from orebook.chain.read import read_book
from orebook.cli import main
from orebook.desk.case_file import case_text, write_case
from orebook.desk.read import SheetChanges, read_sheet
from orebook.desk.write import input_pages, workbook
from orebook.errors import BookError, InputError
from orebook.plan.conditions import conditions
from orebook.plan.replan import StandingPlan, stand
from orebook.plan.scenario.overlay import overlay, read_overlays
from orebook.process.check import check_units
from orebook.process.network import network
from orebook.process.registry import kind_names

Cells = dict[str, object]
HEAD = CaseHead(
    name="例", name_en="e", author="a", reason="why", expires=date(2027, 1, 1)
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk") / "mybook"
    new_book(folder, kinds=kind_names())
    return folder


@pytest.fixture(scope="module")
def plan(book: Path) -> StandingPlan:
    chain = read_book(book, check=check_units)
    months = horizon(period("2026-05"), 4)
    return stand(network(chain), conditions(chain, months, known_until=None))


@pytest.fixture
def read(tmp_path: Path, plan: StandingPlan) -> Callable[..., SheetChanges]:
    """Return a function that lays cells out on a sheet and reads it."""

    def laid(cells: Cells, *, title: str = "计划") -> SheetChanges:
        made = openpyxl.Workbook()
        sheet = made.active
        sheet.title = title
        for place, value in cells.items():
            sheet[place] = value
        made.save(tmp_path / "in.xlsx")
        return read_sheet(tmp_path / "in.xlsx", plan)

    return laid


def test_an_unedited_export_changes_nothing(plan: StandingPlan, tmp_path: Path) -> None:
    pages = input_pages(plan)
    (tmp_path / "out.xlsx").write_bytes(workbook(pages, title="t"))
    found = read_sheet(tmp_path / "out.xlsx", plan)
    assert found.edits == ()
    assert found.ignored == ()
    figures = sum(
        isinstance(v, float) for page in pages for row in page.rows for v in row
    )
    assert found.unchanged == figures
    assert workbook(pages, title="t") == workbook(input_pages(plan), title="t")


def test_every_figure_of_an_export_can_be_edited(
    plan: StandingPlan, tmp_path: Path
) -> None:
    """Each number on each sheet, raised by a tenth, comes back as one change."""
    for k, page in enumerate(input_pages(plan)[:4]):
        (tmp_path / "out.xlsx").write_bytes(workbook([page], title="t"))
        sheets = openpyxl.load_workbook(tmp_path / "out.xlsx")
        count = 0
        for row in sheets.active.iter_rows(min_row=3):
            for cell in row[page.names :]:
                if isinstance(cell.value, (int, float)) and cell.value:
                    cell.value = 1.1 * cell.value
                    count += 1
        sheets.save(tmp_path / "edited.xlsx")
        found = read_sheet(tmp_path / "edited.xlsx", plan)
        assert len(found.edits) == count, page.name
        assert count or k == 3  # the small book promises no quality
        for edit in found.edits:
            assert edit.after == pytest.approx(1.1 * edit.before, rel=1e-12)


LAYOUTS: dict[str, Cells] = {
    "list": {"A1": "contract", "B1": "price", "A2": "sell:sell-metal", "B2": 19000},
    "far off, with notes": {
        "D9": "五月价格", "D11": "合同", "F11": "备注", "G11": "单价(元/吨)",
        "D12": "sell-metal", "F12": "下调", "G12": "19,000", "A1": "内部资料",
    },
    "with a note row": {
        "A1": "合同", "B1": "单价", "A2": "* 以下为现货", "A3": "sell-metal",
        "B3": 19000,
    },
    "ten thousands": {
        "A1": "合同", "B1": "单价", "C1": "单位", "A2": "sell-metal", "B2": 1.9,
        "C2": "万元/吨",
    },
    "periods across": {
        "A1": "价格", "A2": "合同", "B2": "2026-05", "C2": datetime(2026, 6, 1),
        "D2": "2026年7月", "E2": "8月", "A3": "sell-metal", "B3": 19000, "C3": 19000,
        "D3": 19000, "E3": 19000,
    },
    "periods down": {
        "A1": "prices CNY/t", "A2": "period", "B2": "sell-metal",
        "A3": "2026-05", "B3": 19000, "A4": "2026-06", "B4": 19000,
        "A5": "2026-07", "B5": 19000, "A6": "2026-08", "B6": 19000,
    },
    "a column says what": {
        "A1": "项目", "B1": "数据项", "C1": "值", "A2": "sell-metal", "B2": "单价",
        "C2": 19000,
    },
    "two tables beside each other": {
        "A1": "合同", "B1": "单价", "A2": "sell-metal", "B2": 19000,
        "D1": "仓库", "E1": "期初库存",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_one_price_in_many_layouts(
    name: str, read: Callable[..., SheetChanges], plan: StandingPlan
) -> None:
    found = read(LAYOUTS[name])
    prices = found.changes.prices
    assert {p.contract for p in prices} == {"sell:sell-metal"}
    assert {round(p.value or 0.0, 6) for p in prices} == {19000.0}
    covered = {t for p in prices for t in p.periods or [x.name for x in plan.periods]}
    assert covered == {p.name for p in plan.periods}


def test_limits_stocks_outages_and_relative_changes(
    read: Callable[..., SheetChanges], plan: StandingPlan
) -> None:
    chain = plan.network.chain
    store, sale, unit = chain.stores[0].id, chain.sales[0].id, chain.units[0].id
    found = read(
        {
            "A1": "仓库", "B1": "期初库存(kt)", "A2": store, "B2": 1.5,
            "A5": "合同", "B5": "上限(万吨/月)", "C5": "price",
            "A6": f"sell:{sale}", "B6": 2, "C6": "+5%",
            "A9": "装置", "B9": "开始", "C9": "结束", "D9": "份额", "E9": "原因",
            "A10": unit, "B10": date(2026, 5, 10), "C10": "2026/5/14", "D10": "40 %",
            "E10": "检修",
        }
    )  # fmt: skip
    changes = found.changes
    assert changes.stocks == {store: 1500.0}
    (limit,) = changes.limits
    assert (limit.subject, limit.side) == (f"sell:{sale}", "max")
    assert (limit.value, limit.per) == (20000.0, "month")
    assert changes.prices[0].factor == pytest.approx(1.05)
    (stop,) = changes.outages
    assert (stop.unit, stop.share, stop.reason) == (unit, 0.4, "检修")
    assert (stop.first, stop.last) == (date(2026, 5, 10), date(2026, 5, 14))


def test_a_case_file_reads_back_as_the_same_changes(
    read: Callable[..., SheetChanges], plan: StandingPlan, book: Path
) -> None:
    chain = plan.network.chain
    cells: Cells = {
        "A1": "合同", "B1": "上限", "C1": "单位", "D1": "period",
        "A5": "合同", "B5": "price", "A6": "sell-metal", "B6": 18123.456789,
        "A9": "store", "B9": "库容", "C9": "stock", "A10": chain.stores[0].id,
        "B10": 123456.0, "C10": 777.0,
        "A12": "sale", "B12": "component", "C12": "max", "A13": "sell-metal",
        "B13": "Al2O3", "C13": "1.5 %",
        "A2": f"sell:{chain.sales[0].id}", "B2": 15, "C2": "kt", "D2": "2026-06",
    }  # fmt: skip
    found = read(cells)
    assert len(found.edits) == 5
    text = case_text(HEAD, found.changes, plan.network)
    path = write_case(book, "back", text, replace=True)
    cases = read_overlays(book, plan.network)
    again = overlay(plan, cases["back"], cases).changes
    for name in ("outages", "stocks", "specs"):
        assert getattr(again, name) == getattr(found.changes, name), name
    for kind in ("prices", "limits"):
        for one, other in zip(
            getattr(again, kind), getattr(found.changes, kind), strict=True
        ):
            assert one.value == pytest.approx(other.value, rel=1e-12)
            assert one.periods == other.periods
    path.unlink()


SPOILED: dict[str, tuple[Cells, str]] = {
    "misspelt name": (
        {"A1": "contract", "B1": "price", "A2": "sell-metl", "B2": 1},
        r"A2 \(name\) = sell-metl.*did you mean 'sell-metal'",
    ),
    "text for a number": (
        {"A1": "contract", "B1": "price", "A2": "sell-metal", "B2": "about 19000"},
        r"B2 \(price\) = about 19000: is not a number",
    ),
    "wrong unit": (
        {"A1": "contract", "B1": "price(GJ)", "A2": "sell-metal", "B2": 1},
        r"B2 \(price\).*unit of something else.*write the figure in CNY/t",
    ),
    "no time": (
        {"A1": "contract", "B1": "max(t)", "A2": "sell-metal", "B2": 1},
        r"is not per time.*write the unit as t/month",
    ),
    "negative": (
        {"A1": "contract", "B1": "max(t/month)", "A2": "sell-metal", "B2": -1},
        "is negative",
    ),
    "not finite": (
        {"A1": "contract", "B1": "price", "A2": "sell-metal", "B2": "1e999"},
        "is not finite",
    ),
    "said twice": (
        {"A1": "contract", "B1": "price", "A2": "sell-metal", "B2": 1,
         "A3": "sell-metal", "B3": 2},
        r"B3 \(price\) = 2: contradicts .*B2, which says 1",
    ),
    "beyond the horizon": (
        {"A1": "contract", "B1": "price", "C1": "period", "A2": "sell-metal", "B2": 1,
         "C2": "2031-01"},
        r"C2 \(period\) = 2031-01: is no period of the plan; expected a period from",
    ),
    "day and month unclear": (
        {"A1": "equipment", "B1": "first", "C1": "last", "A2": "mining",
         "B2": "05/06/2026", "C2": "2026-05-09"},
        "does not say which is day and which is month",
    ),
    "ends before it begins": (
        {"A1": "equipment", "B1": "first", "C1": "last", "A2": "mining",
         "B2": "2026-05-09", "C2": "2026-05-01"},
        "lies before the first day",
    ),
    "no figure": (
        {"A1": "contract", "B1": "2026-05", "A2": "sell-metal", "B2": 5},
        "does not say which figure the numbers are",
    ),
    "no such component": (
        {"A1": "sale", "B1": "component", "C1": "max", "A2": "sell-metal", "B2": "Xx",
         "C2": 0.1},
        "is a component of no assay",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_a_wrong_cell_is_named_and_nothing_used(
    name: str, read: Callable[..., SheetChanges]
) -> None:
    cells, told = SPOILED[name]
    with pytest.raises(BookError, match=told):
        read(cells)


def test_what_is_not_understood_is_listed(read: Callable[..., SheetChanges]) -> None:
    found = read({"A1": "看看", "A2": 5})
    assert found.edits == ()
    assert found.ignored[0].place == "计划!A1"
    found = read({"A1": "contract", "B1": "mood", "C1": "price", "A2": "sell-metal",
                  "B2": "good", "C2": 1.0})  # fmt: skip
    assert [(i.text, i.reason) for i in found.ignored] == [
        ("mood", "heading not understood")
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.xlsx", b"not a workbook", "no Excel workbook"),
        ("a.pdf", b"", "no form of planning sheet"),
    ],
)
def test_files_of_another_form_are_refused(
    name: str, content: bytes, told: str, tmp_path: Path, plan: StandingPlan
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_sheet(tmp_path / name, plan)


def test_csv_in_the_encoding_of_a_chinese_office(
    tmp_path: Path, plan: StandingPlan
) -> None:
    (tmp_path / "价格.csv").write_bytes(
        "合同,单价(元/吨)\nsell-metal,19000\n".encode("gb18030")
    )
    found = read_sheet(tmp_path / "价格.csv", plan)
    assert found.changes.prices[0].value == 19000.0


def test_commands_out_edited_and_in_again(book: Path, tmp_path: Path) -> None:
    """A case made from a workbook is planned like any other."""
    run = CliRunner()
    file = tmp_path / "plan.xlsx"
    options = [str(book), "2026-05", "--periods", "2"]
    made = run.invoke(main, ["case", "export", *options, "--out", str(file)])
    assert made.exit_code == 0, made.output
    sheets = openpyxl.load_workbook(file)
    for row in sheets.worksheets[0].iter_rows(min_row=3):
        if row[0].value == "sell:sell-metal":
            row[4].value = row[4].value * 0.9
    sheets.save(file)
    who = ["--author", "planner", "--reason", "price falls", "--expires", "2027-01-01"]
    taken = ["case", "import", str(book), "2026-05", str(file), "metal-down"]
    dry = run.invoke(main, [*taken, *who, "--periods", "2", "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert "sell:sell-metal" in dry.output
    assert not (book / "cases" / "metal-down.toml").exists()
    kept = run.invoke(main, [*taken, *who, "--periods", "2"])
    assert kept.exit_code == 0, kept.output
    again = run.invoke(main, [*taken, *who, "--periods", "2"])
    assert again.exit_code == 1
    assert "is there already" in again.output
    beside = ["case", "run", *options, "metal-down", "--workers", "1", "--lang", "en"]
    table = run.invoke(main, beside)
    assert table.exit_code == 0, table.output
    assert "metal-down" in table.output
    named = run.invoke(
        main, ["case", "export", *options, "metal-down", "--out", str(file)]
    )
    assert named.exit_code == 0, named.output
    assert "方案 cases" in openpyxl.load_workbook(file).sheetnames
    nothing = run.invoke(
        main, ["case", "import", str(book), "2026-05", str(file), "x", *who,
               "--periods", "2"],
    )  # fmt: skip
    assert nothing.exit_code == 1
    assert "nothing differs" in nothing.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--expires", "soon"], "--expires soon"),
        (["--expires", "2027-01-01", "NAME=Bad Name"], "is no name of a case"),
        (["--expires", "2027-01-01", "FILE=nowhere.xlsx"], "is no file"),
    ],
)
def test_commands_refuse(
    arguments: list[str], told: str, book: Path, tmp_path: Path
) -> None:
    file, name = tmp_path / "in.csv", "fine"
    file.write_text("contract,price\nsell-metal,17000\n", "utf-8")
    for text in [a for a in arguments if "=" in a]:
        arguments.remove(text)
        key, _, value = text.partition("=")
        file, name = (Path(value), name) if key == "FILE" else (file, value)
    call = ["case", "import", str(book), "2026-05", str(file), name, "--author", "a",
            "--reason", "r", "--periods", "1", *arguments]  # fmt: skip
    found = CliRunner().invoke(main, call)
    assert found.exit_code == 1
    assert told in found.output
