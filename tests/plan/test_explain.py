"""The whole explanation: figures as data, sentences in two languages, subjects."""

from __future__ import annotations

import json
import re

import pytest

from orebook.chain.chain import Balance
from orebook.errors import InputError
from orebook.plan.explain import Explanation, explain
from orebook.plan.explain_sentences import MOVES, SAID
from orebook.plan.explain_subject import explain_subject, find
from orebook.plan.explain_words import because, told
from orebook.plan.vertex import face_of
from tests.plan.examples import example_plan

CJK = re.compile(r"[一-鿿]")
HYDRATE = Balance("hydrate", "pr-plant")


@pytest.fixture(scope="module")
def found() -> Explanation:
    """Return the explanation of the example group's May."""
    return explain(example_plan())


def test_every_price_is_told_with_parts_that_sum_to_it(found: Explanation) -> None:
    data = json.loads(json.dumps(found.to_dict()))
    assert len(data["prices"]) == len(example_plan().network.balances) == 166
    for row in data["prices"]:
        for side in ("made_of_bid", "made_of_ask"):
            if row[side]:
                total = sum(part["money_cny"] for part in row[side])
                size = max(1.0, *(abs(p["money_cny"]) for p in row[side]))
                assert total == pytest.approx(row["price"], abs=1e-9 * size)
        for seen in (row["use"], row["source"]):
            if seen is not None:
                total = sum(part["money_cny"] for part in seen["parts"])
                size = max(1.0, *(abs(p["money_cny"]) for p in seen["parts"]))
                assert total == pytest.approx(row["price"], abs=1e-8 * size)


def test_limits_come_by_money_and_close_to_the_rents(found: Explanation) -> None:
    money = [x.money for x in found.limits]
    assert money == sorted(money, reverse=True)
    plan = found.plan
    rents = {
        (r.kind, r.subject): float(abs(r.amount[0]))
        for r in plan.rents
        if r.kind not in ("spec", "feed_limit")
    }
    named = {(x.kind, x.subject): x.money for x in found.limits}
    for key, amount in rents.items():
        assert named.get(key, 0.0) == pytest.approx(amount, rel=1e-6, abs=1.0)


def test_the_overview_says_the_main_things_in_both_languages(found) -> None:
    zh, en = told(found, "zh"), told(found, "en")
    assert "potline 1" in en
    assert "电解一系列" in zh
    assert "limits that bind, by money:" in en
    assert "loses to" in en
    assert not CJK.search(en)
    assert all(CJK.search(line) for line in zh.splitlines())
    with pytest.raises(InputError, match="'zh' or 'en'"):
        told(found, "fr")


def test_a_tied_price_is_told_from_both_sides(found: Explanation) -> None:
    text = told(found, "en", full=True)
    block = text.split("product hydrate (dry)@refinery plant (pr-plant):")[1]
    lines = block.splitlines()
    assert "one more t at hand:" in lines[1]
    assert "one t less:" in lines[2]
    assert "equal-rent rule" in lines[3]
    assert "rent of" in block
    story = found.story(HYDRATE)
    assert story.tied
    parts = because(found, story, "en").parts
    assert sum(money for _, money in parts) == pytest.approx(story.price)


@pytest.mark.parametrize(
    ("text", "balances", "owners", "component"),
    [
        ("hydrate@pr-plant", {HYDRATE}, set(), ""),
        ("SiO2", set(), set(), "SiO2"),
        ("mr-licence", set(), {"mr-licence"}, ""),
        ("pr-calc-1:throughput", None, {"pr-calc-1"}, ""),
    ],
)
def test_what_a_user_may_ask_about(text, balances, owners, component) -> None:
    subject = find(example_plan().network, text)
    assert balances is None or subject.balances == balances
    assert subject.owners == owners
    assert subject.component == component


def test_a_material_means_all_its_places() -> None:
    subject = find(example_plan().network, "power")
    assert len(subject.balances) > 3
    assert {b.material for b in subject.balances} == {"power"}


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(InputError, match="did you mean 'pr-calc-1'"):
        find(example_plan().network, "pr-cal-1")


def test_a_unit_is_told_whole_also_where_it_does_not_bind() -> None:
    plan = example_plan()
    found = explain_subject(plan, "pr-chp", face_of(plan))
    assert {w.subject.partition(":")[0] for w in found.waiting} == {"pr-chp"}
    assert {q.subject for q in found.qualities} == {"pr-chp"}
    assert found.expected["capacity", "pr-chp:boiler", "max"] == "asked"
    text = told(found, "en", full=True)
    assert "asked for" in text
    assert "medium-pressure steam" in text


def test_both_languages_have_the_same_gaps() -> None:
    gaps = re.compile(r"\{(\w+)(?:[^}]*)\}")
    for zh, en in SAID.values():
        assert set(gaps.findall(zh)) == set(gaps.findall(en))
    for down, up in MOVES.values():
        for zh, en in (down, up):
            assert set(gaps.findall(zh)) == set(gaps.findall(en))
