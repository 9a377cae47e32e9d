"""Documents, postings, events and audit in both databases."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from orebook.errors import InputError
from orebook.store.locate import database_url
from orebook.store.records import Records
from orebook.store.values import Event, IntakeFile, Posting, Reject

TRANSFER = Posting(
    debit_centre="smelter",
    credit_centre="refinery",
    account="transfer",
    material="alumina",
    place="smelter silo",
    quantity=0.1 + 0.2,
    unit="t",
    price=math.pi,
    amount_cents=2**40 + 1,
    evidence=("FI-101", "读数"),
)
FILE = IntakeFile("a" * 64, 1, "incidents.csv", "event", 3, 0, 0, 0, 1)
FALL = Event("2025-01-03", "potroom", "incident", "minor", "slipped on ice", 2)
BAD_ROW = Reject(3, "day", "31.02.", "no such day", "a date", "correct the day")


def test_same_content_again_changes_nothing(records: Records) -> None:
    first = records.put("plan", "2025-01", {"b": 1, "a": 0.1})
    again = records.put("plan", "2025-01", {"a": 0.1, "b": 1})
    assert again == first
    assert len(records.audit_trail()) == 1


def test_new_content_is_a_new_version_and_the_old_one_stays(records: Records) -> None:
    first = records.put("plan", "2025-01", {"a": 1})
    second = records.put("plan", "2025-01", {"a": 2}, reason="new price")
    back = records.put("plan", "2025-01", {"a": 1})
    assert [first.version, second.version, back.version] == [1, 2, 3]
    assert records.version("plan", "2025-01", 1) == first
    assert records.latest("plan", "2025-01") == back
    assert second.previous_hash == first.chain_hash
    line = records.audit_trail()[1]
    assert (line.old_hash, line.new_hash) == (first.chain_hash, second.chain_hash)
    assert line.reason == "new price"


def test_a_release_of_the_same_content_is_kept(records: Records) -> None:
    records.put("plan", "2025-01", {"a": 1}, status="draft")
    released = records.put("plan", "2025-01", {"a": 1}, status="released")
    records.put("plan", "2025-01", {"a": 2}, status="draft")
    assert records.latest("plan", "2025-01", status="released") == released
    assert not records.has("plan", "2025-01", status="closed")


def test_keys_and_periods_have_versions_of_their_own(records: Records) -> None:
    for period in ("2025-01", "2025-02"):
        for key in ("potroom", "casthouse"):
            records.put("settlement", period, {"bonus": 1}, key=key)
    found = records.documents("settlement", key="potroom")
    assert [(one.period, one.version) for one in found] == [
        ("2025-01", 1),
        ("2025-02", 1),
    ]


def test_a_missing_document_is_named_with_what_there_is(records: Records) -> None:
    records.put("close", "2025-01", {})
    with pytest.raises(InputError, match=r"no close 2025-02 .* 2025-01 of close"):
        records.latest("close", "2025-02")
    with pytest.raises(InputError, match="no close 2025-01 version 7"):
        records.version("close", "2025-01", 7)
    with pytest.raises(InputError, match="no kind"):
        records.put("", "2025-01", {})


def test_postings_come_back_to_the_last_bit_and_in_order(records: Records) -> None:
    postings = [replace(TRANSFER, amount_cents=cents) for cents in (3, -1, 2)]
    document = records.put("close", "2025-01", {}, postings=[TRANSFER, *postings])
    assert records.postings(document) == (TRANSFER, *postings)


def test_other_postings_under_the_same_content_are_a_new_version(
    records: Records,
) -> None:
    first = records.put("close", "2025-01", {}, postings=[TRANSFER])
    second = records.put("close", "2025-01", {}, postings=[TRANSFER, TRANSFER])
    assert second.version == 2
    assert len(records.postings(first)) == 1
    assert len(records.postings(second)) == 2


def test_a_step_that_fails_leaves_nothing(records: Records) -> None:
    def half_a_close() -> None:
        with records.step() as step:
            step.put("close", "2025-01", {}, postings=[TRANSFER])
            step.audit("note", "close 2025-01")
            step.register(FILE, rejects=[BAD_ROW], events=[FALL])
            step.put("statement", "2025-01", {"margin": math.nan})

    with pytest.raises(InputError, match=r"content\.margin = nan"):
        half_a_close()
    assert records.documents() == records.audit_trail() == records.intake_files() == ()
    assert records.events() == ()
    assert records.verify().sound


def test_hashes_do_not_depend_on_the_clock(database: str) -> None:
    ends = []
    for book, year in (("same", 2025), ("other", 2031)):
        moment = datetime(year, 1, 1, tzinfo=UTC)
        with Records(database, book, clock=lambda moment=moment: moment) as records:
            document = records.put("plan", "2025-01", {"a": 1}, postings=[TRANSFER])
            ends.append((document.content_hash, document.postings_hash))
            assert records.audit_trail()[0].at.startswith(str(year))
    assert ends[0] == ends[1]


def test_books_in_one_database_do_not_see_each_other(database: str) -> None:
    with Records(database, "a") as one, Records(database, "b") as other:
        one.put("plan", "2025-01", {"a": 1})
        assert other.documents() == ()
        assert other.put("plan", "2025-01", {"a": 2}).sequence == 1
        assert one.verify().sound
        assert other.verify().sound


def test_a_file_is_registered_once(records: Records) -> None:
    with records.step() as step:
        kept = step.register(FILE, rejects=[BAD_ROW], events=[FALL, FALL])
    with records.step() as step:
        assert step.register(replace(FILE, name="copy.csv"), events=[FALL]) == kept
    assert kept.added == 2
    assert records.rejects(FILE.content_hash) == (BAD_ROW,)
    assert records.intake_files() == (kept,)


def test_overlapping_files_do_not_repeat_events(records: Records) -> None:
    later = replace(FILE, content_hash="b" * 64, received=2)
    burn = replace(FALL, text="burn", day="2025-01-20")
    with records.step() as step:
        step.register(FILE, events=[FALL])
        kept = step.register(later, events=[burn, replace(FALL, row=9), FALL])
    assert (kept.added, kept.unchanged) == (2, 1)
    assert [event.text for event in records.events()] == [FALL.text, FALL.text, "burn"]
    assert records.events("2025-01-04", "2025-02") == (burn,)
    assert records.events(kind="note") == ()


def test_one_place_in_the_order_of_intake_is_held_once(records: Records) -> None:
    with records.step() as step:
        step.register(FILE)
    with (
        pytest.raises(InputError, match="another copy of the book"),
        records.step() as step,
    ):
        step.register(replace(FILE, content_hash="b" * 64))


@pytest.mark.parametrize("day", ["2025-02-30", "2025-13", "", "yesterday"])
def test_an_event_needs_a_day(day: str) -> None:
    with pytest.raises(InputError, match="expected YYYY-MM-DD"):
        replace(FALL, day=day)


@pytest.mark.parametrize("change", [{"price": math.nan}, {"amount_cents": 1.5}])
def test_a_posting_needs_figures(change: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(change))):
        replace(TRANSFER, **change)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_any_figure_and_text_survives(
    records: Records, figure: float, cents: int, text: str
) -> None:
    posting = replace(
        TRANSFER, quantity=figure, amount_cents=cents, account=text, evidence=(text,)
    )
    content = {"figure": figure, "text": text + "\0"}
    document = records.put("close", "2025-01", content, postings=[posting])
    assert records.latest("close", "2025-01").content == content
    assert records.postings(document) == (posting,)
    assert records.verify().sound


def test_records_of_another_layout_are_refused(database: str) -> None:
    Records(database, "a").close()
    engine = create_engine(database_url(database))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE layout SET version = 99")
    engine.dispose()
    with pytest.raises(InputError, match="have layout 99; expected 1"):
        Records(database, "a")
