"""The table of the workflow holds together, and only what it says can be done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.chain.people_entries import ROLES, Workflow
from orebook.errors import InputError
from orebook.reward.workflow.act import Act, act_from
from orebook.reward.workflow.decide import next_steps
from orebook.reward.workflow.needs import NEEDS
from orebook.reward.workflow.rules import (
    LIVES,
    NONE,
    RULES,
    actions_of,
    legal,
    rule_of,
    states_of,
)
from tests.reward.workflow.people import PEOPLE, Office, dues_of


def test_every_name_in_the_table_is_known() -> None:
    assert {need for rule in RULES for need in rule.needs} <= set(NEEDS)
    assert {role for rule in RULES for role in rule.roles} <= set(ROLES)
    fields = set(Workflow.model_fields)
    assert {rule.within for rule in RULES if rule.within} <= fields


def test_a_step_stands_once_and_every_state_is_reached_from_the_start() -> None:
    keys = [(r.life, r.state, r.action) for r in RULES]
    assert len(keys) == len(set(keys))
    for life in LIVES:
        reached, edge = {NONE}, {NONE}
        while edge:
            edge = {r.after for s in edge for r in legal(life, s)} - reached
            reached |= edge
        assert reached == {NONE, *states_of(life)}
        assert {r.state for r in RULES if r.life == life} <= reached


def test_nothing_comes_into_force_or_is_posted_but_by_two_approvals() -> None:
    """Every way through the table to `in force` and `posted` approves twice."""
    for life, goal in (("scheme", "in force"), ("adjustment", "posted")):
        ways = [(NONE, 0)]
        seen = set(ways)
        while ways:
            state, approvals = ways.pop()
            if state == goal:
                assert approvals >= 2
                continue
            for rule in legal(life, state):
                count = approvals + 1 if rule.action == "approve" else approvals
                count = 0 if rule.action in {"reject", "simulate"} else count
                if (rule.after, count) not in seen:
                    seen.add((rule.after, count))
                    ways.append((rule.after, count))
        assert any(state == goal for state, _ in seen)


STEPS = st.tuples(
    st.sampled_from([(life, action) for life in LIVES for action in actions_of(life)]),
    st.sampled_from(sorted(PEOPLE)),
    st.integers(0, 2),
    st.integers(0, 3),
)


@given(st.lists(STEPS, max_size=60), st.sampled_from(["", "in_force", "published"]))
def test_any_sequence_of_actions_keeps_the_rules(
    steps: list[tuple[tuple[str, str], str, int, int]], start: str
) -> None:
    """What the table does not allow is refused with what may follow; money adds up."""
    office = Office()
    if start:
        getattr(office, start)()
    for (life, action), by, item, days in steps:
        office.day += timedelta(days=days)
        number = item if life != "settlement" else 0
        dossier = office.scheme if life == "scheme" else office.settlement
        before = dossier.state(life, number)
        rule = rule_of(life, before, action)
        act, refusal = tried(office, life, action, by, number)
        if act is None:
            assert "is refused" in refusal
            assert rule is not None or next_steps(life, before) in refusal
            continue
        assert rule is not None
        assert (act.before, act.after) == (before, rule.after)
        assert set(PEOPLE[by].roles) & set(rule.roles)
        assert act_from(act.to_dict()) == act
        check(office)


def tried(
    office: Office, life: str, action: str, by: str, item: int
) -> tuple[Act | None, str]:
    """Return the act, or why it was refused."""
    try:
        return office.do(life, action, by, item), ""
    except InputError as error:
        return None, str(error)


def check(office: Office) -> None:
    """Hold what must hold after every act."""
    scheme, settlement = office.scheme, office.settlement
    for version in scheme.items("scheme"):
        if scheme.state("scheme", version) in {"approved", "in force"}:
            approved = scheme.approvers("scheme", version)
            assert len(set(approved)) == len(approved) == 2
            assert not set(approved) & scheme.authors("scheme", version)
    for item in settlement.in_state("adjustment", "posted"):
        assert len(set(settlement.approvers("adjustment", item))) == 2
    for due in dues_of(settlement, office.day):
        assert due.gap == 0
    if settlement.acts:
        assert scheme.items("scheme")
    if settlement.last("settlement", "pay"):
        published = settlement.last("settlement", "publish")
        first = next(a for a in settlement.acts if a.action == "pay")
        assert published is not None
        assert (first.day - published.day).days > 3


@pytest.mark.parametrize(
    ("life", "item", "action", "by", "told"),
    [
        ("settlement", 0, "publish", "hans", "it is not begun; what may follow is "
         "freeze (evaluator)"),
        ("settlement", 0, "freeze", "eva", "no version of scheme teams is in force"),
        ("settlement", 0, "freeze", "hans", "hans is hr; expected evaluator"),
        ("scheme", 1, "approve", "anna", "what may follow is draft"),
        ("inquiry", 1, "inquire", "nora", "it is not frozen yet; inquiries are open"),
        ("adjustment", 1, "adjust", "eva", "it is not published yet"),
        ("scheme", 1, "draft", "nora", "nora is team-lead; expected evaluator or"),
    ],
)  # fmt: skip
def test_too_early_is_refused_with_what_to_do(
    life: str, item: int, action: str, by: str, told: str
) -> None:
    with pytest.raises(InputError, match="is refused") as error:
        Office().do(life, action, by, item)
    assert told in str(error.value)


def test_the_author_and_the_first_approver_cannot_approve() -> None:
    office = Office()
    office.do("scheme", "draft", "otto", 1)
    office.do("scheme", "simulate", "eva", 1)
    with pytest.raises(InputError, match="otto began it"):
        office.do("scheme", "approve", "otto", 1)
    office.do("scheme", "approve", "anna", 1)
    with pytest.raises(InputError, match="anna has approved it already"):
        office.do("scheme", "approve", "anna", 1)
    with pytest.raises(InputError, match="axel acts within north"):
        office.do("scheme", "approve", "axel", 1)
    assert office.do("scheme", "approve", "bert", 1).after == "approved"


def test_a_rejected_version_needs_two_approvals_again() -> None:
    office = Office()
    for action, by in (("draft", "eva"), ("simulate", "eva"), ("approve", "anna"),
                       ("reject", "bert"), ("simulate", "egon"),
                       ("approve", "bert")):  # fmt: skip
        office.do("scheme", action, by, 1)
    assert office.scheme.state("scheme", 1) == "half approved"
    assert office.scheme.approvers("scheme", 1) == ("bert",)


def test_a_newer_version_rules_and_a_retired_one_does_not() -> None:
    office = Office().in_force()
    other = {"scheme_hash": "d" * 64, "valid_from": "2026-05-01",
             "valid_to": "2026-12-31", "teams": ["north"]}  # fmt: skip
    office.do("scheme", "draft", "eva", 2, other)
    for action, by in (("simulate", "eva"), ("approve", "anna"), ("approve", "bert")):
        office.do("scheme", action, by, 2)
    office.do("settlement", "freeze", "eva")  # version 1 still rules
    office.do("scheme", "activate", "hans", 2)
    with pytest.raises(InputError, match="in force is version 2 of hash dddddddddddd"):
        office.do("settlement", "publish", "hans")
    office.do("scheme", "retire", "hans", 2)
    assert office.do("settlement", "publish", "hans").after == "published"


def test_a_version_past_its_validity_is_not_put_in_force() -> None:
    office = Office()
    for action, by in (("draft", "eva"), ("simulate", "eva"), ("approve", "anna"),
                       ("approve", "bert")):  # fmt: skip
        office.do("scheme", action, by, 1)
    office.day += timedelta(days=300)
    with pytest.raises(InputError, match="valid to 2026-12-31"):
        office.do("scheme", "activate", "hans", 1)


def test_inquiries_close_with_the_window_and_pay_waits_for_it() -> None:
    office = Office().published()
    with pytest.raises(InputError, match="inquiries are open to 2026-06-04"):
        office.do("settlement", "pay", "fina")
    with pytest.raises(InputError, match="sepp acts within south"):
        office.do("inquiry", "inquire", "sepp", 1)
    office.day += timedelta(days=3)
    office.do("inquiry", "inquire", "nora", 1)
    assert office.settlement.stage == "inquiry"
    office.day += timedelta(days=1)
    with pytest.raises(InputError, match="open to 2026-06-04, today is 2026-06-05"):
        office.do("inquiry", "inquire", "nora", 2)
    with pytest.raises(InputError, match="inquiry 1 is open; answer"):
        office.do("settlement", "pay", "fina")
    office.do("inquiry", "answer", "hans", 1)
    assert office.settlement.stage == "answered"
    assert office.do("settlement", "pay", "fina").after == "paid"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"amounts": {}}, "no amount is given"),
        ({"amounts": {"west": "1.00"}}, "no team of it is called 'west'"),
        ({"amounts": {"north": "1.001"}}, "whole cents other than zero"),
        ({"amounts": {"north": "0"}}, "whole cents other than zero"),
        ({"amounts": {"north": "NaN"}}, "whole cents other than zero"),
        ({"amounts": {"north": "ten"}}, "is no number"),
        ({"code": "mood"}, "reason code 'mood'"),
        ({"reason": " "}, "the reason is missing"),
        ({"evidence": []}, "no evidence is given"),
        ({"code": "hold-ended"}, "more than the 0.00 CNY held"),
        ({"code": "hold-ended", "amounts": {"dock": "-5.00"}}, "50.00 CNY held"),
    ],
)
def test_an_adjustment_needs_a_whole_document(
    change: dict[str, object], told: str
) -> None:
    from tests.reward.workflow.people import DETAILS

    office = Office().published()
    with pytest.raises(InputError) as error:
        office.do("adjustment", "adjust", "eva", 1, {**DETAILS["adjust"], **change})
    assert told in str(error.value)
