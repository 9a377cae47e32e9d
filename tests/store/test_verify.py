"""A changed byte anywhere is found and its row is named."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from orebook.errors import DataQualityError
from orebook.store.locate import database_url
from orebook.store.records import Records
from orebook.store.tables import APPEND_ONLY
from orebook.store.values import Event, IntakeFile, Posting, Reject

POSTING = Posting(
    "smelter", "refinery", "transfer", "alumina", "silo", 2.0, "t", 3.0, 6
)


@pytest.fixture
def full(records: Records) -> Records:
    """Three closes with postings, one intake file with a reject and an event."""
    for period in ("2025-01", "2025-02", "2025-03"):
        records.put(
            "close", period, {"margin": 1.5}, status="closed", postings=[POSTING] * 3
        )
    with records.step() as step:
        step.register(
            IntakeFile("a" * 64, 1, "january.csv", "meter", 9, 7, 0, 0, 1),
            rejects=[Reject(4, "value", "x", "not a number", "a number", "mend it")],
            events=[Event("2025-01-03", "potroom", "note", "", "quiet", 2)],
        )
    return records


def run(url: str, statements: Sequence[str]) -> None:
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def lift_guards(url: str) -> list[str]:
    names = [table.name for table in APPEND_ONLY]
    if url.startswith("sqlite"):
        actions = ("UPDATE", "DELETE")
        return [f"DROP TRIGGER {name}_no_{act}" for name in names for act in actions]
    return [f"DROP TRIGGER {name}_append_only ON {name}" for name in names]


def test_untouched_records_are_sound(full: Records) -> None:
    result = full.verify()
    assert result.sound
    assert (result.documents, result.postings) == (3, 9)
    assert (result.files, result.audit_rows) == (1, 4)
    assert "are as kept" in result.summary()
    assert result.to_dict()["breach"] is None
    result.require()


def test_empty_records_are_sound(records: Records) -> None:
    assert records.verify().sound


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "UPDATE document SET content = replace(content, '1.5', '1.6') "
            "WHERE sequence = 2",
            "document close 2025-02 version 1 (number 2): the content was changed",
        ),
        (
            "UPDATE document SET content = content || ' ' WHERE sequence = 2",
            "document close 2025-02 version 1 (number 2): the row cannot be read",
        ),
        (
            "UPDATE document SET content = '{' WHERE sequence = 1",
            "document close 2025-01 version 1 (number 1): the row cannot be read",
        ),
        (
            "UPDATE document SET status = 'draft' WHERE sequence = 1",
            "document close 2025-01 version 1 (number 1): the name, status",
        ),
        (
            "UPDATE document SET previous_hash = chain_hash WHERE sequence = 3",
            "document close 2025-03 version 1 (number 3): the link",
        ),
        (
            "DELETE FROM posting WHERE document = 3",
            "postings of document close 2025-03 version 1 (number 3)",
        ),
        (
            "UPDATE posting SET amount_cents = 7 WHERE document = 2 AND sequence = 3",
            "posting 3 of document close 2025-02 version 1 (number 2)",
        ),
        (
            "UPDATE posting SET evidence = '[' WHERE document = 2 AND sequence = 1",
            "posting 1 of document close 2025-02 version 1 (number 2)",
        ),
        (
            "UPDATE posting SET period = '2025-09' WHERE document = 1 AND sequence = 2",
            "posting 2 of document close 2025-01 version 1 (number 1)",
        ),
        (
            "DELETE FROM posting WHERE document = 1 AND sequence = 2",
            "posting 3 of document close 2025-01 version 1 (number 1)",
        ),
        ("UPDATE audit SET reason = 'x' WHERE sequence = 3", "audit line 3"),
        ("DELETE FROM audit WHERE sequence = 2", "audit line 2: the line is gone"),
        ("DELETE FROM audit WHERE sequence = 4", "end of the audit chain"),
        ("UPDATE reject SET value = 'y'", "intake file january.csv (received as"),
        ("UPDATE event SET severity = 'grave'", "intake file january.csv (received as"),
        ("UPDATE intake_file SET added = 9", "intake file january.csv (received as"),
        ("DELETE FROM event", "intake file january.csv (received as"),
    ],
)
def test_a_change_is_found_and_named(
    full: Records, database: str, change: str, named: str
) -> None:
    run(database, [*lift_guards(database), change])
    result = full.verify()
    assert named in str(result.breach)
    with pytest.raises(DataQualityError, match="restore the records from a backup"):
        result.require()


@pytest.mark.parametrize(
    ("sequence", "named"),
    [(2, "document number 2: the document is gone"), (3, "end of the document chain")],
)
def test_a_document_taken_away_is_missed(
    full: Records, database: str, sequence: int, named: str
) -> None:
    removal = [
        f"DELETE FROM posting WHERE document = {sequence}",
        f"DELETE FROM document WHERE sequence = {sequence}",
    ]
    run(database, [*lift_guards(database), *removal])
    assert named in str(full.verify().breach)


def test_a_file_taken_away_is_missed(full: Records, database: str) -> None:
    removal = [f"DELETE FROM {name}" for name in ("reject", "event", "intake_file")]
    run(database, [*lift_guards(database), *removal])
    assert "intake file january.csv: the receipt is gone" in str(full.verify().breach)


@pytest.mark.parametrize("table", [table.name for table in APPEND_ONLY])
@pytest.mark.parametrize("change", ["UPDATE {} SET book = 'x'", "DELETE FROM {}"])
def test_the_database_itself_refuses_a_change(
    full: Records, database: str, table: str, change: str
) -> None:
    with pytest.raises(DBAPIError, match="never changed"):
        run(database, [change.format(table)])
    assert full.verify().sound
