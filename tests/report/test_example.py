"""The example book: everything it names has its words, in a page of usual size."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.read import read_book
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.process.network import network
from orebook.report.month_result import MonthResult
from orebook.report.page import page
from orebook.report.sections import chapters
from orebook.report.statements import results
from orebook.report.table import Said, Section
from orebook.report.view import View
from tests.evaluate.months import closed_month
from tests.report.months import result_from

MAY = period("2026-05")


@pytest.fixture(scope="module")
def month(project) -> MonthResult:
    """Give the planned month, done by one part in a hundred less at dearer prices."""
    net = network(read_book(project / "examples" / "guangxi"))
    known = conditions(net.chain, horizon(MAY, 1), known_until="2026-04")
    plan = make_plan(net, known)
    planned = plan.month(0)
    real = replace(
        planned,
        amounts={k: 0.99 * v for k, v in planned.amounts.items()},
        duties={k: 0.99 * v for k, v in planned.duties.items()},
        market={k: 1.02 * v for k, v in planned.market.items()},
    )
    return result_from(plan, replace(closed_month(plan, real), simulated=True), [])


@pytest.fixture(scope="module")
def made(month: MonthResult) -> tuple[Section, ...]:
    return chapters(month)


def test_every_row_of_every_table_is_named_in_both_languages(made) -> None:
    for section in made:
        for table in section.sheets:
            for row in table.rows:
                name = row.cells[0]
                assert not isinstance(name, Said) or (name.zh and name.en)


def test_limits_specs_and_routes_are_named(made) -> None:
    limits = next(s for s in made if s.id == "limits").sheets[0]
    assert len(limits.rows) > 3
    assert all(re.search(r"[一-鿿]", row.cells[0].zh) for row in limits.rows)


def test_statements_sum_to_the_results(month: MonthResult) -> None:
    market = results(month.market)
    found = View(month).statements.of
    assert {c: s.market_result() for c, s in found.items()} == market


def test_places_and_centres_of_one_name_are_told_apart(month: MonthResult) -> None:
    names = View(month).names
    said = [names.of("place", p.id).zh for p in month.plan.network.chain.places]
    assert len(said) == len(set(said))
    centres = [names.centre(c.id) for c in month.plan.network.chain.centres]
    assert len(centres) == len(set(centres))


def test_the_page_is_whole_and_of_bearable_size(month: MonthResult) -> None:
    text = page(month, "en")
    assert text.count("<article") == text.count("</article>") == 2
    assert "://" not in re.sub(r'xmlns="[^"]*"', "", text)
    assert len(text.encode()) < 6_000_000
