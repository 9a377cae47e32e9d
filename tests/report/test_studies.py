"""Chapters of many plans: their sums, their words, and what a report leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from orebook.chain.case import Case, CaseHead, CaseLimit, CasePrice
from orebook.plan.conditions import conditions
from orebook.plan.replan import StandingPlan, stand
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.plan.scenario.cases import CaseTable, run_cases
from orebook.plan.scenario.datum import read_datum
from orebook.plan.scenario.jobs import Runner
from orebook.plan.scenario.overlay import overlay
from orebook.plan.scenario.paths import PricePath, run_paths
from orebook.plan.scenario.sweep import read_axis, sweep
from orebook.plan.scenario.tornado import tornado
from orebook.plan.scenario.two_stage import Scenario, two_stage
from orebook.process.network import network
from orebook.report import cases as chapter
from orebook.report.cases import case_chapter, case_section
from orebook.report.sections import chapters
from orebook.report.study import study_page
from orebook.report.sweeps import sweep_drawn, sweep_section, tornado_section
from orebook.report.table import Facts, Fold, Picture, Said, Section, Table
from orebook.report.uncertain import paths_section, two_stage_drawn, two_stage_section
from orebook.report.view import View
from orebook.report.workbook import write_sheets
from tests.report.months import MAY, group_chain, horizon

HERE = Runner(workers=1)


def case(name: str, *, until: date = date(2099, 12, 31), **parts: object) -> Case:
    head = CaseHead(name=f"方案{name}", name_en=f"case {name}", author="planning",
                    reason="a test", expires=until)  # fmt: skip
    return Case(name, head, **parts)  # type: ignore[arg-type]


CASES = {
    c.id: c
    for c in (
        case("dear", prices=(CasePrice(contract="buy:coal", factor=1.2),)),
        case("idle", limits=(
            CaseLimit(subject="buy:power", side="max", value="0 MWh/month"),
            CaseLimit(subject="limit:grid", side="min", value="9 MWh/month"),
        )),
        case("old", until=date(2026, 4, 30)),
    )
}  # fmt: skip


@cache
def standing() -> StandingPlan:
    net = network(group_chain())
    return stand(net, conditions(net.chain, horizon(MAY, 3), known_until=None))


@cache
def table() -> CaseTable:
    some = [CASES["dear"], CASES["idle"]]
    return run_cases(
        standing(), [overlay(standing(), c, CASES) for c in some], runner=HERE
    )


def found(section: Section, name: str) -> Table:
    (one,) = [b for b in section.blocks if isinstance(b, Table) and b.id == name]
    return one


def page(section: Section) -> str:
    """Return the page of a chapter, and see that it is whole in both languages."""
    html = study_page(standing().network.chain, section.title, "2026-05",
                      (section,), "zh")  # fmt: skip
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    pictures = sum(isinstance(b, Picture) for b in section.blocks)
    assert html.count("<svg") == 4 * pictures  # two widths in two languages
    assert html.count('role="img"') == html.count("<desc") == 4 * pictures
    assert section.title.zh in html
    return html


def test_causes_of_a_case_sum_to_its_change() -> None:
    margins = found(case_section(table(), list(CASES.values())), "case_margins")
    first, *causes, last = margins.rows
    assert last.style == "total"
    assert last.cells[2] == pytest.approx(sum(r.cells[2] or 0.0 for r in causes))
    assert first.cells[2] - first.cells[1] == pytest.approx(last.cells[2])
    assert [c.head for c in margins.columns[2:]] == [
        Said("方案dear", "case dear"), Said("方案idle", "case idle")
    ]  # fmt: skip


def test_a_case_without_a_plan_says_why_and_has_no_figures() -> None:
    section = case_section(table(), list(CASES.values()))
    assert found(section, "case_margins").rows[0].cells[3].en == "no plan"
    (fold,) = [b for b in section.blocks if isinstance(b, Fold)]
    assert "case idle" in fold.summary.en
    assert fold.blocks
    assert all(r.cells[-1] is None for r in found(section, "case_prices").rows)
    html = page(section)
    assert "planning" in html
    assert "2099-12-31" in html


def test_a_month_sets_the_cases_that_are_good_side_by_side(view: View) -> None:
    """The figures of the chapter are those of cases run by themselves."""
    (section,) = case_chapter(view, CASES)
    heads = found(section, "case_heads")
    assert [r.cells[1] for r in heads.rows] == ["dear", "idle"]
    assert any("old" in b.en for b in section.blocks if isinstance(b, Said))
    change = found(section, "case_margins").rows[-1].cells[2]
    row = table().rows[0]
    assert change == pytest.approx(row.margin - table().base.margin)
    assert write_sheets((section,), "2026-05")[:2] == b"PK"


def test_a_book_without_good_cases_has_no_chapter(view: View) -> None:
    assert case_chapter(view, {}) == ()
    assert case_chapter(view, {"old": CASES["old"]}) == ()
    ids = [s.id for s in chapters(view.result)]
    assert "cases" not in ids
    with_cases = [s.id for s in chapters(view.result, CASES)]
    assert [i for i in with_cases if i != "cases"] == ids


def test_many_cases_are_named_and_not_planned(view: View, monkeypatch) -> None:
    monkeypatch.setattr(chapter, "MOST_COLUMNS", 1)
    (section,) = case_chapter(view, CASES)
    assert [t.id for t in section.sheets] == ["case_heads"]
    assert "orebook case run" in section.blocks[1].en


def test_wrong_cases_stop_no_report(view: View) -> None:
    (section,) = case_chapter(view, None)
    assert "orebook check" in section.blocks[0].zh


def test_a_case_without_an_optimum_stops_no_report(view: View) -> None:
    """Alumina sold dearer than it is bought has no bound."""
    wild = case("wild", prices=(CasePrice(contract="sell:alumina", factor=9.0),))
    (section,) = case_chapter(view, {"wild": wild})
    assert "no upper bound" in section.blocks[0].en
    assert [t.id for t in section.sheets] == ["case_heads"]


def test_a_case_that_does_not_fit_the_plan_is_told(view: View) -> None:
    far = case("far", prices=(CasePrice(contract="buy:coal", factor=1.1,
                                        periods=["2031-01"]),))  # fmt: skip
    (section,) = case_chapter(view, {"dear": CASES["dear"], "far": far})
    said = [b.en for b in section.blocks if isinstance(b, Said)]
    assert any("case far" in s and "2031-01" in s for s in said)
    assert len(found(section, "case_margins").columns) == 3


def test_a_sweep_is_a_line_and_a_table() -> None:
    made = sweep(standing(), [read_axis("price buy:coal=-10%..+10%:3")], runner=HERE)
    section = sweep_section(made)
    rows = found(section, "sweep_points").rows
    assert [r.cells[0] for r in rows] == ["−10 %", "0 %", "+10 %"]
    assert rows[1].cells[2] == pytest.approx(0.0, abs=1.0)
    assert [r.cells[1] for r in rows] == pytest.approx(list(made.margin[:, 0]))
    assert "−10 %" in page(section)


def test_a_grid_has_a_line_each_and_points_without_a_plan_are_named() -> None:
    axes = [read_axis("price buy:coal=-10%..+10%:3"),
            read_axis("price sell:aluminium=-10%..+10%:9")]  # fmt: skip
    made = sweep(standing(), axes, runner=HERE)
    margin = made.margin.copy()
    margin[0, 0] = np.nan
    messages = (("too little", *made.messages[0][1:]), *made.messages[1:])
    broken = replace(made, margin=margin, messages=messages)
    section = sweep_section(broken)
    assert found(section, "sweep_grid").rows[0].cells[1].en == "no plan"
    said = [b.en for b in section.blocks if isinstance(b, Said)]
    assert "No plan at −10 % / −10 %: too little" in said
    assert sweep_drawn(broken, "en").count("<polyline") == 6
    page(section)


def test_a_tornado_has_the_table_of_all_its_rows() -> None:
    data = [read_datum(f"price {c}") for c in ("buy:coal", "sell:aluminium")]
    made = tornado(standing(), data, runner=HERE)
    section = tornado_section(made)
    rows = found(section, "swings").rows
    assert len(rows) == len(made.swings)
    assert rows[0].cells[1] == pytest.approx(made.swings[0].down)
    page(section)
    bare = tornado_section(replace(made, swings=()))
    assert not [b for b in bare.blocks if isinstance(b, Picture)]


def test_paths_show_quantiles_and_exposures() -> None:
    price = standing().assembly.conditions.price["sell:aluminium"]
    paths = [PricePath(f"p{i}", {"sell:aluminium": price * f})
             for i, f in enumerate((0.9, 1.0, 1.05, 1.1))]  # fmt: skip
    study = run_paths(standing(), paths, basis={"file": "p.csv"}, runner=HERE)
    section = paths_section(study)
    quantiles = [r.cells[1] for r in found(section, "quantiles").rows]
    assert quantiles == sorted(quantiles)
    assert quantiles[0] == pytest.approx(study.margin.min())
    top = found(section, "exposures").rows[0]
    assert "aluminium" in top.cells[0].en
    assert top.cells[3] == pytest.approx(study.exposures[0].share)
    assert "p.csv" in page(section)
    drawn_again = paths_section(replace(study, basis={"seed": 7}))
    assert any("7" in b.en for b in drawn_again.blocks if isinstance(b, Said))


def test_a_two_stage_plan_shows_what_its_figures_are_worth() -> None:
    low = Changes(prices=(NewPrice("sell:aluminium", factor=0.8),))
    some = (Scenario("base", Changes(), 0.6), Scenario("low", low, 0.4))
    made = two_stage(standing(), some, runner=HERE)
    section = two_stage_section(made, {"low": Said("低价", "low price")})
    rows = found(section, "scenarios").rows
    assert rows[1].cells[0].en == "low price"
    mean = 0.6 * rows[0].cells[2] + 0.4 * rows[1].cells[2]
    assert rows[2].cells[2] == pytest.approx(mean)
    (facts,) = [b for b in section.blocks if isinstance(b, Facts)]
    assert {name.en.split(":")[0] for name, _ in facts.pairs} >= {"EVPI", "VSS"}
    decisions = found(section, "first_decisions").rows
    assert len(decisions) == len(made.decisions)
    assert "低价" in page(section)
    assert "低价" in two_stage_drawn(made, "zh", names={"low": Said("低价", "low")})


def test_scenarios_whose_margins_are_close_are_drawn_as_differences() -> None:
    near = Changes(prices=(NewPrice("buy:coal", factor=1.001),))
    some = (Scenario("a", Changes(), 0.5), Scenario("b", near, 0.5))
    made = two_stage(standing(), some, runner=HERE)
    assert "against the expected" in two_stage_drawn(made, "en")
    many = [Scenario(f"s{i}", Changes(), 0.05) for i in range(20)]
    made = two_stage(standing(), many, runner=HERE)
    assert "Height: probability" in two_stage_drawn(made, "en")
