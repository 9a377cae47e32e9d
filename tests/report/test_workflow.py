"""How far settlements are, in the reward chapter and as text, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orebook.chain.people_entries import Person
from orebook.report.month_result import MonthResult
from orebook.report.page import page
from orebook.report.rewards import rewards
from orebook.report.table import Fold, Said
from orebook.report.view import View
from orebook.report.workflow import Posts, versions_table, waiting_table, waits_said
from orebook.reward.workflow.told import SettlementTold, settlement_told, versions_told
from orebook.reward.workflow.waiting import waiting
from tests.reward.workflow.people import (
    CENTRES,
    DEADLINES,
    DETAILS,
    PEOPLE,
    SPAN,
    Office,
    dues_of,
)


def told(office: Office) -> SettlementTold:
    return settlement_told(
        office.settlement, office.scheme, DEADLINES, today=office.day,
        dues=dues_of(office.settlement, office.day), span=SPAN,
    )  # fmt: skip


@pytest.fixture
def office() -> Office:
    """Give a published settlement with an inquiry and an adjustment."""
    made = Office().published()
    made.do("inquiry", "inquire", "nora", 1)
    made.do("adjustment", "adjust", "eva", 1, DETAILS["adjust"])
    made.do("adjustment", "approve", "anna", 1)
    return made


def view_of(result: MonthResult, *found: SettlementTold) -> View:
    """Return a month whose book has people, with settlements of a workflow."""
    view = View(replace(result, flows=found))
    people = tuple(
        Person(id=p.id, name=f"岗位{k}", name_en=f"post {k}", roles=p.roles,
               centre=view.chain.root.id)
        for k, p in enumerate(PEOPLE.values())
    )  # fmt: skip
    view.chain = view.chain.model_copy(update={"people": people})
    return view


def test_the_chapter_shows_state_people_deadlines_documents_and_hashes(
    result: MonthResult, office: Office
) -> None:
    section = rewards(view_of(result, told(office)))
    found = {sheet.id: sheet for sheet in section.sheets}
    (state,) = found["wf_states"].rows
    assert state.cells[2] == Said("询问中", "inquiry open")
    assert "2026-06-04" in state.cells
    assert Said("岗位2、岗位3", "post 2, post 3") in state.cells
    inquiry, adjustment = found["wf_documents"].rows
    assert inquiry.cells[9] == "why"
    assert adjustment.cells[8] == Decimal("1.00")
    assert adjustment.cells[7] == Said("读数有误", "wrong reading")
    assert "a.pdf cccccccccccc" in str(adjustment.cells[9])
    assert [r.cells[-1] for r in found["wf_hashes"].rows] == ["a" * 64, "b" * 64]
    assert len(found["wf_money"].rows) == 3


def test_the_page_says_it_in_both_languages(
    result: MonthResult, office: Office
) -> None:
    section = rewards(view_of(result, told(office)))
    blocks = [b for b in section.blocks if isinstance(b, Said)]
    # The scheme of the dossier came into force on the first of June, after May.
    assert any("only after the month had ended" in b.en for b in blocks)
    assert any("在当月结束之后才生效" in b.zh for b in blocks)
    assert any(isinstance(b, Fold) and "哈希" in b.summary.zh for b in section.blocks)


def test_a_month_nobody_decided_on_says_so(result: MonthResult) -> None:
    section = rewards(view_of(result))
    assert any(isinstance(b, Said) and "a calculation and not a decision" in b.en
               for b in section.blocks)  # fmt: skip
    assert "wf_states" not in {s.id for s in section.sheets}


def test_a_book_without_people_shows_nothing_of_it(result: MonthResult) -> None:
    assert "wf_" not in page(result, "zh")
    assert [s.id for s in rewards(View(result)).sheets] == ["rewards", "reward_steps"]


def test_other_amounts_than_frozen_are_said(
    result: MonthResult, office: Office
) -> None:
    scheme = result.settlements[0].scheme
    other = replace(told(office), scheme=scheme)
    section = rewards(view_of(result, other))
    assert any(isinstance(b, Said) and "other amounts than were frozen" in b.en
               for b in section.blocks)  # fmt: skip


def test_what_waits_is_told_with_names_and_overdue_days(
    result: MonthResult, office: Office
) -> None:
    office.day += timedelta(days=10)
    found = waiting((office.scheme, office.settlement), PEOPLE.values(), DEADLINES,
                    office.day, within=CENTRES.__getitem__)  # fmt: skip
    posts = Posts(view_of(result).chain)
    table = waiting_table(found, posts)
    assert table.rows[0].cells[0] == Said(
        "结算 teams 2026-05 询问 1", "inquiry 1 on settlement teams 2026-05"
    )
    assert table.rows[0].cells[3] == Said("2026-06-03 · 已逾期", "2026-06-03 · overdue")
    assert table.rows[0].cells[4] == -8
    assert "2 waiting, 2 of them overdue" in waits_said(office.day, found).en
    (version,) = versions_table(versions_told(office.scheme), posts).rows
    assert version.cells[2] == Said("生效", "in force")
