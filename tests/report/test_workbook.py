"""The workbook: read back with another library, it shows the page's figures."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from html import unescape

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from orebook.glossary import unit_label
from orebook.report.month_result import MonthResult
from orebook.report.show import figure
from orebook.report.table import Section, Table
from orebook.report.workbook import HEAD_ROWS, bilingual, workbook
from tests.report.months import result_of

FIXED = {"money", "price", "sigma", "share", "count"}  # same decimals everywhere


@pytest.fixture(scope="module")
def content(result: MonthResult) -> bytes:
    return workbook(result)


@pytest.fixture(scope="module")
def book(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="module")
def tables(sections: tuple[Section, ...]) -> list[Table]:
    return [t for s in sections for t in s.sheets]


def page_rows(html: str, table: Table) -> list[list[str]]:
    """Return the cells of a table of the Chinese edition."""
    edition = re.search(r'<article class="edition zh".*?</article>', html, flags=re.S)
    pattern = rf'<table class="{table.id}">.*?</table>'
    found = re.search(pattern, edition[0], flags=re.S)
    body = found[0].partition("<tbody>")[2]
    return [
        [unescape(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr.*?</tr>", body, flags=re.S)
    ]


def test_one_sheet_per_table_with_a_name_in_both_languages(book, tables) -> None:
    assert len(book.sheetnames) == len(tables)
    assert "2 调整 adaptation" in book.sheetnames
    assert any("口径 basis" in name for name in book.sheetnames)
    assert all(len(name) <= 31 for name in book.sheetnames)


@pytest.mark.parametrize(
    "name",
    ["prices", "loads", "duties", "trade", "limits", "league", "consolidation",
     "consolidation_trade", "reconciliation", "amoeba",
     "variance", "details", "rewards", "price_sources", "adaptation"],
)  # fmt: skip
def test_page_and_workbook_show_the_same_figures(book, tables, html, name) -> None:
    number = [t.id for t in tables].index(name)
    table, sheet = tables[number], book.worksheets[number]
    columns = bilingual(table.columns)
    places = [i for i, (_, lang) in enumerate(columns) if lang != "en"]
    compared = 0
    for index, shown in enumerate(page_rows(html, table)):
        row = [c.value for c in sheet[HEAD_ROWS + 1 + index]]
        for text, place in zip(shown, places, strict=True):
            column, value = columns[place][0], row[place]
            if column.kind in FIXED and value is not None:
                assert figure(Decimal(repr(value)), column.kind) == text
                compared += 1
            elif column.numeric and value is not None:
                places_shown = len(text.partition(".")[2])
                assert abs(number_of(text) - value) <= 0.51 * 10.0**-places_shown
            elif column.kind == "text" and column.head != "unit_of_measure":
                assert (value or "") == text
    assert compared or name in {"duties"}


def test_target_costs_of_page_and_workbook_are_the_same(book, tables, html) -> None:
    """The sheet has every step of every product; the page shows them by product."""
    number = [t.id for t in tables].index("work_back")
    table, sheet = tables[number], book.worksheets[number]
    place = [c.head for c in table.columns].index("target_cost")
    column = bilingual(table.columns).index((table.columns[place], ""))
    for index, row in enumerate(table.rows):
        value = sheet.cell(HEAD_ROWS + 1 + index, column + 1).value
        assert value == pytest.approx(row.cells[place])
        assert f">{figure(value, 'price')}<" in html
    assert len(table.rows) >= 5


def number_of(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def test_numbers_are_numbers_and_heads_carry_units(book, tables) -> None:
    for table, sheet in zip(tables, book.worksheets, strict=True):
        heads = [(c.value, d.value) for c, d in zip(sheet[2], sheet[3], strict=True)]
        for place, (column, _) in enumerate(bilingual(table.columns)):
            zh, en = heads[place]
            assert zh
            assert en
            if column.unit:
                assert unit_label(column.unit, lang="zh") in zh
                assert unit_label(column.unit, lang="en") in en
            cells = [row[place].value for row in sheet.iter_rows(min_row=HEAD_ROWS + 1)]
            kinds = {type(v) for v in cells if v is not None}
            assert not column.numeric or kinds <= {int, float}


def test_sheets_can_be_worked_with(book) -> None:
    for sheet in book.worksheets:
        assert sheet.freeze_panes == "B4"
        assert sheet.auto_filter.ref
        assert sheet.column_dimensions["A"].width >= 9


def test_the_same_month_gives_the_same_bytes(content: bytes) -> None:
    result_of.cache_clear()
    assert workbook(result_of()) == content


def test_the_day_of_creation_is_the_end_of_the_period(book) -> None:
    assert book.properties.created.isoformat().startswith("2026-05-31")


def test_the_basis_says_what_is_made_up(book) -> None:
    sheet = next(s for s in book.worksheets if "basis" in s.title)
    said = {row[1].value: row[3].value for row in sheet.iter_rows(min_row=4)}
    assert said["readings"] == "simulated"
    assert said["book"] == "illustrative"
    assert said["data cut-off"] == "2026-05-31"
    assert len(said["hash of the book"]) == 64
    prices = next(s for s in book.worksheets if "price sources" in s.title)
    row = [c.value for c in prices[HEAD_ROWS + 1]]
    assert "CC0-1.0" in row
    assert "2026-06-01" in row
