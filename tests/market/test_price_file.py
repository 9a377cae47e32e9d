"""Published price tables as they come."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest

from orebook.errors import InputError
from orebook.market.price_file import Table, read_price_file


def read(folder: Path, text: str, *, encoding: str = "utf-8") -> Table:
    path = folder / "prices.csv"
    path.write_bytes(text.encode(encoding))
    return read_price_file(path)


def workbook(folder: Path, sheets: dict[str, list[list[object]]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    path = folder / "prices.xlsx"
    book.save(path)
    return path


MONTHLY_BULLETIN: list[list[object]] = [
    ["Commodity price data", None, None],
    ["(monthly prices, nominal US dollars)", None, None],
    [None, None, None],
    [None, "Coal, Australian **", "Aluminum"],
    [None, "($/mt)", "($/mt)"],
    ["1960M01", "…", 511.47],
    ["1960M02", "..", 511.47],
    ["1960M03", 12.5, 512],
    [None, None, None],
    ["Source: World Bank.", None, None],
]


def test_bulletin_with_headings_below_titles(tmp_path: Path) -> None:
    """Layout of the World Bank's monthly workbook."""
    path = workbook(tmp_path, {"Notes": [["about"]], "Monthly": MONTHLY_BULLETIN})
    table = read_price_file(path)
    assert (table.sheet, table.frequency) == ("Monthly", "month")
    assert table.periods == ("1960-01", "1960-02", "1960-03")
    assert table.all_mistakes() == ()
    assert table.column("aluminum").values["1960-03"] == 512.0
    coal = table.column("coal,  australian **")
    assert dict(coal.values) == {"1960-03": 12.5}
    assert coal.cells["1960-03"] == "B8"
    with pytest.raises(InputError, match=r"\(\$/mt\)' stands 2 times"):
        table.column("($/mt)")


def test_chosen_sheet(tmp_path: Path) -> None:
    other = [["month", "al"], ["2026-05", 1], ["2026-06", 2]]
    path = workbook(tmp_path, {"A": MONTHLY_BULLETIN, "B": other})
    assert read_price_file(path, sheet="B").column("al").values["2026-06"] == 2.0
    with pytest.raises(InputError, match="expected one of A, B"):
        read_price_file(path, sheet="C")


def test_dates_and_formulas_of_a_workbook(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["日期", "氧化铝"],
        [datetime(2026, 4, 30), 2900],
        [datetime(2026, 5, 31), "=B2*1.02"],
        [46174, 3000],
    ]
    table = read_price_file(workbook(tmp_path, {"价格": rows}))
    assert table.periods == ("2026-04", "2026-05")
    bad_month, bad_price = table.all_mistakes()
    assert (bad_month.line, bad_month.field) == (4, "A4 (month)")
    assert "day number" in bad_month.problem
    assert bad_price.field == "B3 (氧化铝)"
    assert "formula without a saved value" in bad_price.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_table_across(tmp_path: Path, encoding: str) -> None:
    """Layout of a statistics bureau's download: months across, series down."""
    text = (
        "数据库：月度数据\n时间：最近3个月\n指标,2026年5月,2026年4月,2026年3月\n"
        '铝(元/吨),"20,725.0","20,500.0",\n氧化铝(元/吨),2900,--,2850\n'
        "数据来源：公开数据\n"
    )
    table = read(tmp_path, text, encoding=encoding)
    assert table.periods == ("2026-05", "2026-04", "2026-03")
    assert table.all_mistakes() == ()
    assert dict(table.column("铝(元/吨)").values) == {
        "2026-05": 20725.0,
        "2026-04": 20500.0,
    }
    assert table.column("氧化铝(元/吨)").cells["2026-03"] == "D5"


def test_years_across_with_an_estimate(tmp_path: Path) -> None:
    """Layout and figures of the US Geological Survey's summaries of 2025."""
    text = (
        "product,specification,2022,2023,2024e\n"
        "Neodymium oxide,99.5% min,134,78,56\nTerbium oxide,99.99% min,2051,1298,810\n"
    )
    table = read(tmp_path, text)
    assert (table.frequency, table.periods) == ("year", ("2022", "2023", "2024"))
    assert table.column("Terbium oxide").values["2024"] == 810.0


def test_every_bad_cell_is_named(tmp_path: Path) -> None:
    text = (
        "month,al,zn,remark\n2026-01,1,2,a\nMay-26,1,2,b\n2026-02,1x,-2,c\n"
        "2026-02,1,2,d\n,3,4,e\n2026-03,约20,n/a,f\nmean,1,2,g\n"
    )
    table = read(tmp_path, text)
    told = [(m.line, m.field, m.value) for m in table.all_mistakes()]
    assert told == [
        (3, "A3 (month)", "May-26"),
        (5, "A5 (month)", "2026-02"),
        (6, "A6 (month)", "(empty)"),
        (8, "A8 (month)", "mean"),
        (4, "B4 (al)", "1x"),
        (7, "B7 (al)", "约20"),
        (4, "C4 (zn)", "-2"),
    ]
    assert [column.name for column in table.columns] == ["al", "zn"]


def test_months_that_are_all_doubtful_still_name_the_column(tmp_path: Path) -> None:
    table = read(tmp_path, "month,al\nMay-26,46143\nJun-26,75810\n")
    assert [m.value for m in table.all_mistakes()] == ["May-26", "Jun-26"]


def test_prices_like_years_or_day_numbers_are_not_periods(tmp_path: Path) -> None:
    text = "copper,al,日期\n46143,1903,2026-01\n75810,2013,2026-02\n"
    table = read(tmp_path, text)
    assert table.periods == ("2026-01", "2026-02")
    assert dict(table.column("copper").values) == {"2026-01": 46143, "2026-02": 75810}
    assert dict(table.column("al").values) == {"2026-01": 1903, "2026-02": 2013}


def test_column_unknown_names_the_nearest(tmp_path: Path) -> None:
    table = read(tmp_path, "month,aluminum,zinc\n2026-01,1,2\n2026-02,1,2\n")
    with pytest.raises(InputError, match=r"stands 0 times.*aluminum"):
        table.column("aluminium")


def test_column_without_heading_goes_by_its_letter(tmp_path: Path) -> None:
    table = read(tmp_path, "2026-01,1,2\n2026-02,1,3\n")
    assert table.column("C").values["2026-02"] == 3.0


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", b"country,ore\nGuinea,1\n", "no table of prices"),
        ("a.csv", b"", "no table of prices"),
        ("a.xls", b"x", r"save it as \.xlsx"),
        ("a.xlsx", b"month,al", "not an Excel workbook"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes, match: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=match):
        read_price_file(path)


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_price_file(tmp_path / "none.csv")


def test_whole_public_file_agrees_with_a_plain_reader(shared_data: Path) -> None:
    """Oracle: the standard library's CSV reader on the World Bank's 797 months."""
    path = shared_data / "invest-market-web" / "world_bank_pink_sheet_monthly.csv"
    table = read_price_file(path)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert table.periods == tuple(row["month"] for row in rows)
    for column in table.columns:
        plain = {r["month"]: float(r[column.name]) for r in rows if r[column.name]}
        assert dict(column.values) == plain
    assert len(table.columns) == 13
