"""The chapter on why the prices are as they are."""

from __future__ import annotations

import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.read import read_book
from orebook.plan.conditions import conditions
from orebook.plan.explain_words import because
from orebook.plan.make import make_plan
from orebook.process.network import network
from orebook.report.limits import limits
from orebook.report.month_result import MonthResult
from orebook.report.table import Picture, Said
from orebook.report.view import View
from orebook.report.why import quality_table, waiting_table, why
from tests.evaluate.months import closed_month
from tests.report.months import result_from

MAY = period("2026-05")


@pytest.fixture(scope="module")
def example(project) -> View:
    """Return two months of the example group, done as planned."""
    net = network(read_book(project / "examples" / "guangxi"))
    known = conditions(net.chain, horizon(MAY, 2), known_until="2026-04")
    plan = make_plan(net, known)
    closed = closed_month(plan, plan.month(0))
    result: MonthResult = result_from(plan, closed, [])
    return View(result)


def test_one_good_of_each_site_is_drawn_from_market_to_price(example: View) -> None:
    """The parts of each picture sum to the internal price; the chart refuses else."""
    blocks = why(example).blocks
    pictures = [b for b in blocks if isinstance(b, Picture)]
    assert len(pictures) == 4
    for picture in pictures:
        for lang in ("zh", "en"):
            for width in picture.widths:
                svg = picture.draw(lang, width)[0].svg
                assert svg.startswith("<svg")
                assert f'width="{width:.0f}' in svg or "viewBox" in svg
    sentences = [b for b in blocks if isinstance(b, Said)]
    assert any("one more" in s.en and "多一" in s.zh for s in sentences)


def test_parts_of_every_price_sum_to_it_in_both_languages(example: View) -> None:
    for story in example.explanation.prices:
        for lang in ("zh", "en"):
            found = because(example.explanation, story, lang)
            assert found.sentence
            if found.parts:
                total = sum(money for _, money in found.parts)
                size = max(1.0, *(abs(money) for _, money in found.parts))
                assert total == pytest.approx(story.price, abs=1e-6 * size)


def test_waiting_limits_name_what_they_lose_to(example: View) -> None:
    table = waiting_table(example)
    assert table.rows
    for row in table.rows:
        allowed, used, left = row.cells[2:5]
        assert left == pytest.approx(abs(allowed - used))
        assert row.cells[6].zh


def test_qualities_come_by_money_with_their_step(example: View) -> None:
    rows = quality_table(example).rows
    money = [abs(row.cells[5]) for row in rows]
    assert money == sorted(money, reverse=True)
    assert {row.cells[4] for row in rows} <= {"1 %", "0.01 %", "1"}


def test_limits_say_what_one_alone_is_worth(example: View) -> None:
    rows = limits(example).sheets[0].rows
    alone = [row.cells[6] for row in rows if row.cells[6] is not None]
    assert alone
    assert all(worth >= 0.0 for worth in alone)
    assert any(worth < 0.99 * row.cells[3] for row in rows if (worth := row.cells[6]))


def test_a_small_group_has_the_chapter_too(view: View) -> None:
    section = why(view)
    assert section.id == "why"
    assert [t.id for t in section.sheets] == ["waiting", "qualities"]
    assert section.blocks
