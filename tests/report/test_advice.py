"""Chapters of advice and of the chain's advantage: their sums and their words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orebook.chain.chain import Chain
from orebook.evaluate.chain_gain import chain_gain
from orebook.report.advice import advice_section, advices, frontier_table, step_table
from orebook.report.chain_gain import cause_table, chain_gains, site_table
from orebook.report.study import study_page
from orebook.report.table import Fold, Picture, Said, Section
from orebook.report.view import View
from orebook.report.workbook import write_sheets
from tests.plan.advice.conftest import kilns, planned  # noqa: F401
from tests.plan.advice.toy import kiln_chain


def money(rows, place: int) -> float:
    return sum(float(r.cells[place]) for r in rows)


@pytest.fixture
def found(planned):  # noqa: F811
    from orebook.plan.advice.advise import advise

    plan = planned(kiln_chain(free={"temperature": {}, "speed": {}}))
    return advise(plan, "kiln", index="smoke", aim="cost")


def test_steps_of_the_chapter_sum_to_the_saving(found) -> None:
    table = step_table([found])
    assert money(table.rows, 5) == pytest.approx(found.saving)
    assert {r.cells[0].en for r in table.rows} == {"kiln"}


def test_the_frontier_stands_in_the_table_point_by_point(found) -> None:
    rows = frontier_table(found).rows
    assert [r.cells[0] for r in rows] == [p.index for p in found.frontier.points]
    assert rows[0].cells[1] == pytest.approx(found.frontier.points[0].cost / 100.0)


def test_the_chapter_becomes_a_page_and_a_workbook(found) -> None:
    section = advice_section([found])
    assert any(isinstance(b, Picture) for b in section.blocks)
    assert any(isinstance(b, Fold) for b in section.blocks)
    chain = found.plan.network.chain
    html = study_page(chain, Said("窑", "kiln"), "2026-01", (section,), "en")
    assert html.count("<svg") == 4  # two widths in two languages
    assert "indifferent" in html or "knee" in html
    assert write_sheets((section,), "2026-01")[:2] == b"PK"


def test_a_month_without_free_settings_has_no_chapter(view: View) -> None:
    assert advices(view) == ()


def test_a_unit_whose_settings_move_nothing_is_left_out(planned, view: View) -> None:  # noqa: F811
    chain = kiln_chain(free={"colour": {}})
    plan = planned(chain)
    told = View(replace(view.result, plan=plan))
    assert advices(told) == ()
    freed = planned(kiln_chain(free={"temperature": {}}))
    chapters = advices(View(replace(view.result, plan=freed)))
    assert [c.id for c in chapters] == ["advice"]


def test_the_chain_of_the_two_sites_adds_up(view: View) -> None:
    gain = chain_gain(view.plan)
    sites = site_table(gain).rows
    for place in (1, 2, 3):
        assert money(sites[:-1], place) == pytest.approx(float(sites[-1].cells[place]))
    causes = cause_table(gain).rows
    assert money(causes[:-1], 3) == pytest.approx(float(causes[-1].cells[3]))
    chapters = chain_gains(view)
    assert [c.id for c in chapters] == ["chain-gain"]
    assert isinstance(chapters[0], Section)


def test_a_single_site_has_no_such_chapter(view: View) -> None:
    chain = view.chain
    centres = tuple(
        c.model_copy(update={"level": "plant" if c.level == "site" else c.level})
        for c in chain.centres
    )
    fields = {n: getattr(chain, n) for n in Chain.model_fields} | {"centres": centres}
    net = replace(view.network, chain=Chain.model_construct(**fields))
    plan = replace(view.plan, assembly=replace(view.plan.assembly, network=net))
    assert chain_gains(View(replace(view.result, plan=plan))) == ()


def test_no_words_of_the_chapters_are_links_to_elsewhere(found, tmp_path: Path) -> None:
    chain = found.plan.network.chain
    html = study_page(chain, Said("窑", "kiln"), "2026-01", (advice_section([found]),),
                      "zh")  # fmt: skip
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
