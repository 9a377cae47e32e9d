"""Price series: file format, mistakes, and the look-up by month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chain.series import (
    PriceSeries,
    month_before,
    read_month,
    read_number,
    read_series,
    unit_problem,
    value_at,
    write_series,
)
from orebook.errors import DataQualityError, InputError, Mistake

HEAD = """# id: al
# name: 铝
# unit: CNY/t
# basis: excl_vat
# source: World Bank, Commodity Price Data (The Pink Sheet)
# licence: CC BY 4.0
# retrieved: 2026-06-02
# illustrative: no
"""
AL = PriceSeries(
    id="al",
    name="铝",
    name_en="aluminium",
    unit="CNY/t",
    basis="excl_vat",
    values=(("2026-03", 20000.0), ("2026-04", 20500.5), ("2026-05", 21000.0)),
    source="World Bank, Commodity Price Data",
    licence="CC BY 4.0",
    retrieved="2026-06-02",
)


def read(folder: Path, text: str, *, encoding: str = "utf-8") -> object:
    path = folder / "al.csv"
    path.write_bytes(text.encode(encoding))
    return read_series(path)


def mistakes(folder: Path, text: str) -> list[Mistake]:
    found = read(folder, text)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "2026-05", "2026-5", "2026/5", "2026/05", "2026.05", "2026-05-01",
        "2026/5/31", "2026-05-01 00:00:00", "2026-05-01T00:00:00", "202605",
        "20260501", "2026M05", "2026m5", "2026年5月", "2026年05月份", "２０２６年５月",
        "2026年5月1日", "5/2026", "05-2026", "May 2026", "May-2026", "1 May 2026",
        "2026 May", "may. 2026",
    ],
)  # fmt: skip
def test_month_written_in_one_meaning_is_read(text: str) -> None:
    assert read_month(text) == ("2026-05", "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("May-26", "day of a month"), ("26-May", "day of a month"),
        ("1-May-26", "two digits"), ("26年5月", "two digits"), ("5月", "no year"),
        ("46143", "2026-05-01"), ("46143.0", "2026-05-01"), ("2026.1", "October"),
        ("05/01/2026", "which is day"), ("5/26", "no year"), ("2026-13", "calendar"),
        ("2026-02-30", "calendar"), ("2026", "not a month"), ("Market 2026", "not a"),
        ("3026-05", "not a month"), ("", "not a month"), ("合计", "not a month"),
    ],
)  # fmt: skip
def test_month_of_doubtful_meaning_is_refused(text: str, problem: str) -> None:
    month, told = read_month(text)
    assert month == ""
    assert problem in told


def test_day_number_is_the_one_spreadsheets_use() -> None:
    """Oracle: the converter of the workbook library."""
    from openpyxl.utils.datetime import from_excel

    assert str(from_excel(46143))[:10] in read_month("46143")[1]


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
@settings(max_examples=40)
def test_month_of_any_day_agrees_with_the_calendar(day: date) -> None:
    expected = (day.strftime("%Y-%m"), "")
    for layout in ("%Y-%m-%d", "%Y/%m/%d 00:00:00", "%Y年%m月%d日", "%d-%b-%Y", "%Y%m"):
        assert read_month(day.strftime(layout)) == expected
    before = (day.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    assert month_before(expected[0]) == before
    assert month_before(before, months=-1) == expected[0]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20,725.5", 20725.5),
        ("1,234,567", 1234567.0),
        ("１２．５", 12.5),
        ("1e3", 1000),
    ],
)
def test_number_is_read(text: str, number: float) -> None:
    assert read_number(text) == (number, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-3", "negative"), ("−3", "negative"), ("12,5", "not a number"),
        ("1e999", "finite"), ("约20000", "not a number"), ("$20", "not a number"),
        ("", "no value"), ("nan", "not a number"), ("1,23,456", "not a number"),
    ],
)  # fmt: skip
def test_number_of_doubtful_meaning_is_refused(text: str, problem: str) -> None:
    number, told = read_number(text)
    assert number is None
    assert problem in told


@pytest.mark.parametrize("unit", ["CNY/t", "USD/kg", "CNY/MWh", "CNY/m3", "CNY/USD"])
def test_unit_known(unit: str) -> None:
    assert unit_problem(unit) == ""


@pytest.mark.parametrize(
    ("unit", "problem"),
    [
        ("CNY", "currency/quantity"),
        ("t/CNY", "currency 't'"),
        ("RMB/t", "'RMB' is unknown"),
        ("CNY/ton", "nearest: t"),
        ("CNY/CNY", "unknown"),
    ],
)
def test_unit_unknown(unit: str, problem: str) -> None:
    assert problem in unit_problem(unit)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_give_one_series(
    tmp_path: Path, encoding: str, newline: str
) -> None:
    text = HEAD + "month,value\n2026-04,20500.5\n2026年5月,21000\n"
    series = read(tmp_path, text.replace("\n", newline), encoding=encoding)
    assert isinstance(series, PriceSeries)
    assert series.name == "铝"
    assert series.values == (("2026-04", 20500.5), ("2026-05", 21000.0))
    assert not series.illustrative


def test_file_saved_by_a_spreadsheet_is_still_read(tmp_path: Path) -> None:
    """Padded commas, quoted header lines, thousands, falling months."""
    text = (
        '# id: al,\n"# unit: CNY/t",\n# basis: excl_vat,\n# licence: own,\n'
        '"# source: Bureau, yearly book",\n# retrieved: 2026-06-02,\n'
        "# illustrative: yes,\n,\nmonth,value\n"
        '2026-05-01 00:00:00,"21,000.00"\n2026/4,20500\n,\n'
    )
    series = read(tmp_path, text)
    assert isinstance(series, PriceSeries)
    assert series.values == (("2026-04", 20500.0), ("2026-05", 21000.0))
    assert series.source == "Bureau, yearly book"
    assert series.illustrative
    assert series.name == "al"


def test_semicolons_part_cells_where_the_heading_does(tmp_path: Path) -> None:
    series = read(tmp_path, HEAD + "month;value\n2026-05;21000\n")
    assert isinstance(series, PriceSeries)
    found = mistakes(tmp_path, HEAD + "month;value\n2026-05;21000,5\n")
    assert [fault.value for fault in found] == ["21000,5"]


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    head = HEAD.replace("CNY/t", "CNY/ton").replace("# licence: CC BY 4.0\n", "")
    head = head.replace("no\n", "maybe\n") + "# licnse: CC BY 4.0\n"
    rows = (
        "2026-01,1\nMay-26,2\n46143,3\n2026-01,4\n2026-03,-5\n2026-04,n/a\n2026-06,\n"
    )
    found = mistakes(tmp_path, head + "month,value\n" + rows)
    told = [(fault.line, fault.field) for fault in found]
    assert told == [
        (None, "licence"), (3, "unit"), (7, "illustrative"), (8, "licnse"),
        (11, "month"), (12, "month"), (13, "month"), (14, "value"), (15, "value"),
        (16, "value"),
    ]  # fmt: skip
    by_line = {fault.line: fault for fault in found}
    assert "nearest: t" in by_line[3].problem
    assert "nearest: licence" in by_line[8].problem
    assert "first in line 10" in by_line[13].problem
    assert all(fault.remedy and fault.expected for fault in found)


@pytest.mark.parametrize(
    ("table", "field", "problem"),
    [
        ("month,value\n2026-01,1\n2026-04,1\n", "gap", "gap from 2026-02"),
        ("month,value\n", "value", "no row"),
        ("", "heading", "is not the heading"),
        ("date,price\n2026-01,1\n", "heading", "is not the heading"),
        ("month,value\n2026-01,20,725\n", "value", "2 cells"),
    ],
)
def test_one_mistake_in_the_table(
    tmp_path: Path, table: str, field: str, problem: str
) -> None:
    (fault,) = mistakes(tmp_path, HEAD + table)
    assert fault.field == field
    assert problem in fault.problem


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("# id: Al Cu", "id"),
        ("# basis: with tax", "basis"),
        ("# retrieved: June 2026", "retrieved"),
        ("# retrieved: 20260602", "retrieved"),
        ("# source:", "source"),
    ],
)
def test_one_mistake_in_the_header(tmp_path: Path, line: str, field: str) -> None:
    kept = [li for li in HEAD.splitlines() if not li.startswith(f"# {field}:")]
    text = "\n".join([line, *kept, "month,value", "2026-05,1"])
    (fault,) = mistakes(tmp_path, text)
    assert (fault.field, fault.line) == (field, 1)


def test_header_field_twice_and_id_unlike_file(tmp_path: Path) -> None:
    (fault,) = mistakes(tmp_path, HEAD + "# unit: CNY/kg\nmonth,value\n2026-05,1\n")
    assert "twice" in fault.problem
    text = HEAD.replace("id: al", "id: alu") + "month,value\n2026-05,1\n"
    (fault,) = mistakes(tmp_path, text)
    assert (fault.expected, fault.value) == ("al", "alu")


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv"):
        read_series(tmp_path / "none.csv")


PRICES = st.lists(st.floats(0, 1e12), min_size=1, max_size=30)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@given(PRICES, st.integers(0, 1500), TEXTS, TEXTS)
@settings(max_examples=60)
def test_writing_and_reading_gives_the_same_series(
    tmp_path_factory: pytest.TempPathFactory,
    prices: list[float],
    start: int,
    name: str,
    note: str,
) -> None:
    months = (month_before("1900-01", months=-start - i) for i in range(len(prices)))
    series = replace(
        AL, values=tuple(zip(months, prices, strict=False)), name=f"n{name}", note=note
    )
    path = tmp_path_factory.mktemp("series") / "al.csv"
    write_series(series, path)
    assert read_series(path) == series
    first = path.read_bytes()
    write_series(series, path)
    assert path.read_bytes() == first
    assert [other.name for other in path.parent.iterdir()] == ["al.csv"]


def test_value_carries_the_last_known_price_forward() -> None:
    assert value_at(AL, "2026-04") == 20500.5
    assert value_at(AL, "2026-09") == 21000.0
    assert value_at(AL, "2026-05", known_until=month_before("2026-05")) == 20500.5
    # a price known later than the month asked for is not used
    assert value_at(AL, "2026-03", known_until="2026-05") == 20000.0


def test_value_before_the_first_month_is_an_error() -> None:
    with pytest.raises(DataQualityError, match=r"no value up to 2026-02.*2026-03"):
        value_at(AL, "2026-03", known_until="2026-02")
    with pytest.raises(InputError, match="YYYY-MM"):
        value_at(AL, "2026-5")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"values": ()}, "no value"),
        ({"values": (("2026-01", 1.0), ("2026-03", 1.0))}, "gap"),
        ({"values": (("2026-02", 1.0), ("2026-01", 1.0))}, "rising"),
        ({"values": (("2026-01", float("nan")),)}, "finite"),
        ({"values": (("2026-01", -1.0),)}, ">= 0"),
        ({"values": (("2026-1", 1.0),)}, "YYYY-MM"),
        ({"unit": "CNY/ton"}, "nearest: t"),
        ({"basis": "gross"}, "excl_vat"),
        ({"licence": " "}, "licence is empty"),
    ],
)
def test_series_refuses_what_the_file_would(
    change: dict[str, object], match: str
) -> None:
    with pytest.raises(InputError, match=match):
        replace(AL, **change)


def test_dictionary_has_every_field() -> None:
    told = AL.to_dict()
    assert told["illustrative"] is False
    assert told["values"] == [{"month": m, "value": v} for m, v in AL.values]
    assert set(told) == set(AL.__slots__)
