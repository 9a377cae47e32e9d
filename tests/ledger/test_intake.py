"""Intake: every good row kept, every bad row named, nothing counted twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chain.calendar import period
from orebook.errors import InputError
from orebook.ledger.intake import IntakeFile, read_intake
from orebook.ledger.layout import read_moment, read_number, recognise
from orebook.ledger.measured import measured_month, window
from orebook.ledger.take_in import incidents_of, simulated_sources, take_in
from orebook.store import open_store
from tests.ledger.shelf import keeper
from tests.ledger.works import METERS, washer

CHAIN = washer(METERS)
MAY = period("2026-05")


def read(folder: Path, text: str, name: str = "meters.csv", **kw: str) -> IntakeFile:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_intake(path, chain=CHAIN, **kw)


def test_meters_of_days_and_of_intervals(tmp_path: Path) -> None:
    """A day is an interval of one; an interval is stored at its end with its length."""
    days = read(tmp_path, "tag,date,value,unit\nBS-FEED,2026-05-01,2000,t\n")
    weeks = read(tmp_path, "tag,first,last,value\nBS-FEED,2026-05-01,2026-05-07,14\n")
    assert [(r.kind, r.stamp, r.value) for r in days.rows] == [
        ("meter:1", "2026-05-01", 2000.0)
    ]
    assert [(r.kind, r.stamp) for r in weeks.rows] == [("meter:7", "2026-05-07")]


def test_chinese_headers_units_and_gb18030(tmp_path: Path) -> None:
    """A file as plants send it: GB 18030, semicolons, 万吨 and a full-width unit."""
    path = tmp_path / "五月计量.csv"
    text = (
        "位号;日期;读数;单位\nBS-FEED;2026年5月1日;0.2;万吨\nbs-feed;2026/5/2;2 000;t\n"
    )
    path.write_bytes(text.encode("gb18030"))
    file = read_intake(path, chain=CHAIN)
    assert file.kind == "meters"
    assert [(r.tag, r.stamp, r.value) for r in file.rows] == [
        ("BS-FEED", "2026-05-01", 2000.0)
    ]
    assert [(m.line, m.field, m.value) for m in file.rejects] == [(3, "value", "2 000")]


def test_unit_of_the_header_and_kilotonnes(tmp_path: Path) -> None:
    """The header may hold the unit; kt are thousands of tonnes, not knots."""
    file = read(tmp_path, "tag\tdate\tvalue (kt)\nBS-FEED\t20260501\t2.5\n")
    assert [r.value for r in file.rows] == [2500.0]


def test_excel_with_a_sheet_per_kind(tmp_path: Path) -> None:
    """Every sheet counts; dates of the spreadsheet are days; rows keep their number."""
    from openpyxl import Workbook

    book = Workbook()
    first = book.active
    first.title = "meters"
    for row in (["tag", "date", "value"], ["BS-FEED", date(2026, 5, 1), 2000],
                ["BS-FED", date(2026, 5, 2), 2000]):  # fmt: skip
        first.append(row)
    second = book.create_sheet("盘点")
    for row in (["料堆", "盘点日期", "数量(t)"], ["pile", date(2026, 5, 31), 22500]):
        second.append(row)
    book.save(tmp_path / "may.xlsx")
    file = read_intake(tmp_path / "may.xlsx", chain=CHAIN)
    assert file.kind == "meters+stocks"
    assert [(r.kind, r.tag, r.stamp) for r in file.rows] == [
        ("meter:1", "BS-FEED", "2026-05-01"),
        ("stock", "stock:pile", "2026-05-31"),
    ]
    (reject,) = file.rejects
    assert (reject.line, reject.field) == (3, "meters!tag")
    assert "did you mean 'BS-FEED'" in reject.remedy


def test_parquet(tmp_path: Path) -> None:
    """Parquet from a historian: time stamps with a time of day add up by day."""
    import duckdb

    path = tmp_path / "meters.parquet"
    duckdb.sql(
        "SELECT 'BS-FEED' AS tag, TIMESTAMP '2026-05-01 08:00' AS date, 80.0 AS value"
    ).write_parquet(str(path))
    (row,) = read_intake(path, chain=CHAIN).rows
    assert (row.kind, row.stamp, row.value) == ("meter:0", "2026-05-01T08:00:00", 80.0)


def test_a_time_with_a_zone_is_turned_to_the_plants_clock() -> None:
    """20:00 UTC on the last of April is the morning of the first of May."""
    moment = read_moment("2026-04-30T20:00:00Z")
    assert str(moment) == "2026-05-01 04:00:00"


GOOD = {
    "meters": "tag,date,value,unit\nBS-FEED,2026-05-01,2000,t\n",
    "weighings": "stream,ticket,date,gross,tare,unit\nbuy:ore,T1,2026-05-01,60,18,t\n",
    "assays": "stream,date,component,value,unit\nwash.ore,2026-05-04,Al2O3,52.1,%\n",
    "stocks": "store,date,quantity,unit\npile,2026-05-31,22500,t\n",
    "prices": "contract,period,price,unit\nbuy:ore,2026-05,210,CNY/t\n",
    "costs": "cost,period,amount\nstaff,2026-05,1020000\n",
    "hours": "centre,period,hours\nmine,2026-05,4200\n",
    "incidents": "date,centre,kind,severity,text\n2026-05-03,mine,note,low,rain\n",
    "outages": "unit,first,last,share,reason\nwash,2026-05-10,2026-05-11,50%,liner\n",
}


@pytest.mark.parametrize("kind", GOOD)
def test_the_columns_tell_the_kind(kind: str, tmp_path: Path) -> None:
    """Without a telling name and without the kind given, the columns are enough."""
    file = read(tmp_path, GOOD[kind], "x.csv")
    assert (file.kind, file.rejects) == (kind, ())
    assert len(file.rows) + len(file.events) == (2 if kind == "outages" else 1)


BAD = [
    ("meters", "BS-FEED,2026-05-01,-5,t", "value", "is negative"),
    ("meters", "BS-FEED,2026-05-01,nan,t", "value", "is not a number"),
    ("meters", "BS-FEED,05/06/2026,5,t", "date", "which is day"),
    ("meters", "BS-FEED,46143,5,t", "date", "day number"),
    ("meters", "BS-FEED,2026-02-30,5,t", "date", "not in the calendar"),
    ("meters", "BS-FEED,2026-05-01,5,kWh", "unit", "something else"),
    ("meters", "NOBODY,2026-05-01,5,t", "tag", "is no meter or stream"),
    ("weighings", "buy:ore,T1,2026-05-01,18,60,t", "tare", "more than the gross"),
    ("weighings", "buy:ore,T1,2026-05-01,18,,t", "tare", "has no value"),
    ("assays", "wash.ore,2026-05-04,Al2O3,152,%", "value", "more than the whole"),
    ("assays", "wash.ore,2026-05-04,Al2O3,52,", "value", "is no fraction"),
    ("assays", "wash.ore,2026-05-04,Al203,52,%", "component", "is no component"),
    ("stocks", "heap,2026-05-31,5,t", "store", "is no store"),
    ("stocks", "pile,,5,t", "date", "has no value"),
    ("prices", "buy:oar,2026-05,210,CNY/t", "contract", "is no contract"),
    ("prices", "buy:ore,May-26,210,CNY/t", "period", "may be a month"),
    ("prices", "buy:ore,2026-05,210,CNY/MWh", "unit", "something else"),
    ("costs", "stuff,2026-05,1", "cost", "is no cost"),
    ("costs", "staff,2026-05,many", "amount", "is not a number"),
    ("hours", "mines,2026-05,4200", "centre", "is no centre"),
    ("hours", "mine,2026-05,-4200", "hours", "is negative"),
    ("hours", "mine,2026-05,some", "hours", "is not a number"),
    ("incidents", "2026-05-03,mine,quake,low,shook", "kind", "no kind of incident"),
    ("incidents", "2026-05-03,mines,note,low,rain", "centre", "is no centre"),
    ("incidents", "2026-05-03,mine,hazard,low,loose rail", "due", "has no value"),
    ("outages", "wash,2026-05-11,2026-05-10,1,x", "last", "before the first"),
    ("outages", "wash,2026-05-10,2026-05-11,3,x", "share", "is no share"),
]


@pytest.mark.parametrize(("kind", "row", "field", "problem"), BAD)
def test_bad_rows_are_named_and_good_ones_kept(
    kind: str, row: str, field: str, problem: str, tmp_path: Path
) -> None:
    """A bad row says field, problem, expectation and remedy; the good row stays."""
    header, good, _ = GOOD[kind].split("\n")
    file = read(tmp_path, f"{header}\n{row}\n{good}\n", "x.csv", kind=kind)
    (reject,) = file.rejects
    assert (reject.line, reject.field) == (2, field)
    assert problem in reject.problem
    assert reject.expected
    assert reject.remedy
    assert len(file.rows) + len(file.events) >= 1


def test_the_same_row_twice_is_counted_a_contradiction_refused(tmp_path: Path) -> None:
    """Two figures for one time cannot both be right; both rows are named."""
    text = GOOD["meters"] + "BS-FEED,2026-05-01,2000,t\nBS-FEED,2026-05-01,2100,t\n"
    file = read(tmp_path, text)
    assert (len(file.rows), file.duplicates) == (1, 1)
    (reject,) = file.rejects
    assert reject.line == 4
    assert "contradicts row 2" in reject.problem


def test_a_figure_beyond_capacity_is_kept_and_pointed_out(tmp_path: Path) -> None:
    """The contract allows 50 kt a month: 10 Mt in a day is a slip, not impossible."""
    file = read(tmp_path, "tag,date,value,unit\nWB-SOLD,2026-05-01,10000000,t\n")
    assert len(file.rows) == len(file.warnings) == 1
    assert "capacity" in file.warnings[0].problem


def test_wide_assays_and_the_simulated_mark(tmp_path: Path) -> None:
    """One column a component; the comment line marks the whole file."""
    text = "# simulated: seed 3\nstream,date,Al2O3 (%)\nwash.ore,2026-05-04,52.1\n"
    file = read(tmp_path, text, "lab.csv")
    assert file.simulated
    assert [(r.tag, round(r.value, 9)) for r in file.rows] == [
        ("assay:wash.ore:Al2O3", 0.521)
    ]
    column = read(tmp_path, "tag,date,value,origin\nBS-FEED,2026-05-01,1,模拟\n")
    assert column.simulated


def test_a_file_of_no_kind_and_a_missing_file(tmp_path: Path) -> None:
    """Unknown columns are one reject that lists what is expected."""
    (reject,) = read(tmp_path, "a,b\n1,2\n", "x.csv").rejects
    assert reject.field == "header"
    assert "value" in reject.expected
    with pytest.raises(InputError, match="cannot be read"):
        read_intake(tmp_path / "none.csv", chain=CHAIN)
    with pytest.raises(InputError, match="no kind of intake"):
        read_intake(tmp_path / "none.csv", chain=CHAIN, kind="meter")


@settings(max_examples=50)
@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_written_form_of_a_day_gives_the_day(day: date) -> None:
    """ISO, slashes, dots, Chinese and compact forms mean the same day."""
    forms = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]
    assert {read_moment(day.strftime(f)) for f in forms} == {day}


@settings(max_examples=50)
@given(st.floats(-1e9, 1e9))
def test_numbers_written_with_thousands_read_back(number: float) -> None:
    """What Python writes with commas is read to the digit."""
    assert read_number(f"{number:,.6f}") == float(f"{number:.6f}")


def test_file_names_tell_the_kind() -> None:
    """With the same columns the name decides."""
    header = ["tag", "date", "value"]
    assert recognise("化验.csv", header, ()) == "assays"
    assert recognise("x.csv", header, ()) == "meters"


# -- together with the store ---------------------------------------------------


def test_again_overlapping_and_late(tmp_path: Path) -> None:
    """Again changes nothing, an overlap only adds, a correction is a version."""
    first = read(
        tmp_path, "tag,date,value\nBS-FEED,2026-05-01,1\nBS-FEED,2026-05-02,2\n"
    )
    overlap = read(
        tmp_path, "tag,date,value\nBS-FEED,2026-05-02,2\nBS-FEED,2026-05-03,3\n"
    )
    late = read(tmp_path, "tag,date,value\nBS-FEED,2026-05-02,2.5\n")
    with open_store(tmp_path, "works") as store:
        keep = keeper(store)
        seen: list[float] = []
        outcome = take_in([first, first, overlap, late], keep,
                          progress=lambda _, share: seen.append(share))  # fmt: skip
        counts = [
            (f.repeated, f.added, f.corrected, f.unchanged) for f in outcome.files
        ]
        valid = store.readings.select(["BS-FEED"])["value"].tolist()
        versions = store.readings.history("BS-FEED", "2026-05-02", kind="meter:1")
    assert counts == [
        (False, 2, 0, 0),
        (True, 2, 0, 0),
        (False, 1, 0, 1),
        (False, 0, 1, 0),
    ]
    assert valid == [1.0, 2.5, 3.0]
    assert versions["value"].tolist() == [2.0, 2.5]
    assert seen == [0.0, 0.25, 0.5, 0.75]
    assert outcome.corrected == 1
    assert "known, nothing changed" in outcome.summary()


def test_incidents_and_the_mark_come_back(tmp_path: Path) -> None:
    """A hazard closed in a later file is one incident; simulated stays marked."""
    head = "# simulated: seed 1\ndate,centre,kind,severity,text,id,due,closed\n"
    row = "2026-05-03,mine,隐患,B,loose rail,H1,2026-05-20,"
    files = [read(tmp_path, f"{head}{row}\n", "incidents.csv"),
             read(tmp_path, f"{head}{row}2026-05-18\n", "incidents.csv")]  # fmt: skip
    with open_store(tmp_path, "works") as store:
        take_in(files, keeper(store))
        (incident,) = incidents_of(store.records.events())
        marked = simulated_sources(store.records.intake_files())
    assert (incident.id, incident.kind) == ("H1", "hazard")
    assert (incident.due, incident.closed) == ("2026-05-20", "2026-05-18")
    assert marked == {f.content_hash for f in files}


def test_stored_readings_become_the_measured_month(tmp_path: Path) -> None:
    """From files through the store to totals, prices and costs of the month."""
    files = [read(tmp_path, text, f"{kind}.csv") for kind, text in GOOD.items()]
    month = "".join(f"BS-FEED,2026-05-{d:02d},2000,t\n" for d in range(1, 32))
    files.append(read(tmp_path, f"tag,date,value,unit\n{month}", "all.csv"))
    with open_store(tmp_path, "works") as store:
        take_in(files, keeper(store))
        since, until = window(MAY)
        stored = store.readings.select(since=since, until=until)
        measured = measured_month(CHAIN, MAY, stored)
    by = {r.meter: r for r in measured.readings}
    assert by["BS-FEED"].value == 62000.0
    assert by["buy:ore"].value == 42.0
    assert measured.prices == {"buy:ore": 210.0}
    assert measured.costs == {"staff": 1020000.0}
    assert measured.hours == {"mine": 4200.0}
    assert [o.share for o in measured.outages] == [0.5, 0.5]
    assert not measured.simulated
