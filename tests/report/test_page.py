"""The page: self-contained, accessible, in two languages, always the same."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from orebook.errors import InputError
from orebook.report.month_result import MonthResult
from orebook.report.page import page
from orebook.report.table import Section, Table
from tests.report.months import result_of

VOID = {"meta", "input", "br", "link", "img"}


class Reader(HTMLParser):
    """Reads a page, checks nesting, and keeps what the tests ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.levels: list[int] = []
        self.tables: list[list[list[str]]] = []
        self.cell = False
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in {"td", "th"}:
            self.cell, self.text = True, ""

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"
        if tag in {"td", "th"}:
            self.tables[-1][-1].append(self.text)
            self.cell = False


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


@pytest.fixture(scope="module")
def reader(html: str) -> Reader:
    return read(html)


def test_every_element_is_closed(reader: Reader) -> None:
    assert reader.open == []


def test_nothing_is_fetched_from_elsewhere(html: str, reader: Reader) -> None:
    own = re.sub(r'xmlns(:\w+)?="http://www\.w3\.org/[^"]*"', "", html)
    assert "://" not in own
    assert "@import" not in own
    assert set(re.findall(r"url\((.)", own)) <= {"#"}
    names = {tag for tag, _ in reader.tags}
    assert names & {"script", "link", "img", "iframe", "object"} == set()
    links = [a["href"] for t, a in reader.tags if t == "a"]
    assert all(link.startswith("#") for link in links)


def test_links_lead_somewhere_and_ids_are_unique(html: str, reader: Reader) -> None:
    ids = [a["id"] for _, a in reader.tags if "id" in a]
    assert len(ids) == len(set(ids))
    wanted = {a["href"][1:] for t, a in reader.tags if t == "a"}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", html))
    wanted |= {a["for"] for t, a in reader.tags if t == "label"}
    named = [a["aria-labelledby"] for _, a in reader.tags if a.get("aria-labelledby")]
    wanted |= {name for names in named for name in names.split()}
    assert wanted <= set(ids)


def test_headings_stand_in_order(reader: Reader) -> None:
    assert reader.levels[0] == 1
    steps = zip(reader.levels, reader.levels[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)


def test_tables_have_captions_and_scopes(html: str) -> None:
    for table in re.findall(r"<table.*?</table>", html, flags=re.S):
        assert re.search(r"<caption>[^<]+</caption>", table)
        heads = re.findall(r"<th\b[^>]*>", table)
        assert heads
        assert all("scope=" in head for head in heads)
        rows = [row.count("<th") + row.count("<td")
                for row in re.findall(r"<tr.*?</tr>", table, flags=re.S)]  # fmt: skip
        assert len(set(rows)) == 1


def test_pictures_say_what_they_show(html: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", html, flags=re.S)
    assert len(pictures) > 10
    roles = ('role="img"', 'role="group"')  # a group holds links
    assert all(
        "<title" in svg and any(role in svg for role in roles) for svg in pictures
    )


@pytest.mark.parametrize(("lang", "code"), [("zh", "zh-CN"), ("en", "en")])
def test_it_opens_in_the_language_asked_for(result: MonthResult, lang, code) -> None:
    text = page(result, lang)
    assert f'<html lang="{code}">' in text
    picked = re.findall(r'<input type="radio"[^>]*>', text)
    assert [("checked" in p) for p in picked if f"pick-{lang}" in p] == [True]
    assert sum("checked" in p for p in picked) == 1


def test_both_languages_are_in_the_file(html: str) -> None:
    zh, en = re.findall(r"<article.*?</article>", html, flags=re.S)
    assert "氧化铝厂" in zh
    assert "In 2026-05 the group earned" in en
    assert "月" not in re.sub(r"<[^>]*>|SIMULATED[^<]*|ILLUSTRATIVE[^<]*", "", en)


def test_flags_stand_at_the_head_and_in_the_footer(html: str) -> None:
    for words in ("SIMULATED READINGS", "ILLUSTRATIVE"):
        assert html.count(words) == 4  # head and footer, each in both languages


def test_real_readings_carry_no_flag(result: MonthResult) -> None:
    real = replace(result, closed=replace(result.closed, simulated=False))
    assert "SIMULATED" not in page(real)


def test_the_same_month_gives_the_same_page(html: str) -> None:
    result_of.cache_clear()
    assert page(result_of(), "zh") == html


def test_text_of_the_book_is_escaped(result: MonthResult) -> None:
    errors = (replace(result.closed.gross_errors[0], reading="<b>&M"),)
    hostile = replace(result, closed=replace(result.closed, gross_errors=errors))
    text = page(hostile)
    assert "<b>&M" not in text
    assert "&lt;b&gt;&amp;M" in text


def test_another_language_is_refused(result: MonthResult) -> None:
    with pytest.raises(InputError, match="language 'fr'"):
        page(result, "fr")


def test_hidden_rows_are_counted(sections: tuple[Section, ...], html: str) -> None:
    tables = {t.id: t for s in sections for t in s.sheets}
    details: Table = tables["details"]
    hidden = len(details.rows) - len(details.shown)
    assert hidden > 0
    assert f"另有 {hidden} 行未列出" in html
    assert f"{hidden} further rows are not shown here" in html
