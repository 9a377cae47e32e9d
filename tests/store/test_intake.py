"""Intake over both databases: receipts, repetition, rebuilt readings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from orebook.errors import DataQualityError, InputError
from orebook.store.batch import batch
from orebook.store.intake import Delivery
from orebook.store.locate import Places
from orebook.store.readings import Readings
from orebook.store.store import Store
from orebook.store.values import Event, Reject


def file(number: int, values: list[float]) -> Delivery:
    stamps = np.datetime64("2025-01-01", "us") + np.arange(len(values)) * (
        np.timedelta64(1, "D")
    )
    return Delivery(
        content_hash=f"{number:064d}",
        name=f"{number}.csv",
        kind="meter",
        rows=len(values) + 1,
        readings=batch("FI", stamps, values, unit="t", kind="meter"),
        rejects=(Reject(9, "value", "", "is empty", "a number", "fill it in"),),
    )


def test_a_receipt_counts_what_the_file_said(store: Store) -> None:
    first = store.take_in(file(1, [1, 2, 3]))
    second = store.take_in(file(2, [1, 2, 4, 5]))
    assert not second.repeated
    assert (first.file.received, second.file.received) == (1, 2)
    assert (second.file.added, second.file.corrected) == (1, 1)
    assert (second.file.unchanged, second.file.rejected) == (2, 1)
    assert store.records.intake_files() == (first.file, second.file)
    assert store.records.verify().sound


def test_a_repeated_file_changes_nothing_whatever_its_name(store: Store) -> None:
    first = store.take_in(file(1, [1, 2]))
    audit = store.records.audit_trail()
    again = store.take_in(replace(file(1, [1, 2]), name="copy of 1.csv"))
    assert again.repeated
    assert again.file == first.file
    assert store.records.audit_trail() == audit
    assert store.readings.select()["version"].tolist() == [1, 1]


def test_many_files_at_once_are_as_many_one_by_one(
    store: Store, new_database: Callable[[], str], tmp_path: Path
) -> None:
    files = [file(number, [1, number]) for number in range(1, 6)]
    one_by_one = [store.take_in(one) for one in [*files, files[0]]]
    places = Places("four_nodes", new_database(), tmp_path / "other.duckdb")
    with Store.at(places) as other:
        assert other.take_in_all([*files, files[0]]) == tuple(one_by_one)
        assert (
            len(other.readings.history("FI", "2025-01-02", kind="meter")["value"]) == 5
        )


def test_a_file_of_events_alone_is_taken_in(store: Store) -> None:
    event = Event("2025-01-05", "kiln", "near_miss", "high", "回转窑 stop", 1)
    taken = store.take_in(
        Delivery("e" * 64, "events.xlsx", "event", rows=1, events=(event,))
    )
    assert taken.file.added == 1
    assert store.records.events() == (event,)
    assert store.readings.cut_off() == 1


def test_deleted_readings_are_rebuilt_in_order_to_the_same(
    store: Store, database: str
) -> None:
    files = [file(1, [1, 2, 3]), file(2, [1, 5]), file(3, [1, 2])]
    for one in files:
        store.take_in(one)
    before = store.readings.select()
    audit = store.records.audit_trail()
    other = Path(store.readings.path.parent / "rebuilt.duckdb")
    with Store.at(Places("four_nodes", database, other)) as rebuilt:
        assert [one.name for one in rebuilt.missing()] == ["1.csv", "2.csv", "3.csv"]
        for one in files:
            assert rebuilt.take_in(one).repeated
        assert rebuilt.missing() == ()
        after = rebuilt.readings.select()
    assert {name: column.tolist() for name, column in after.items()} == {
        name: column.tolist() for name, column in before.items()
    }
    assert store.records.audit_trail() == audit


def test_readings_are_not_rebuilt_out_of_order_or_otherwise(
    store: Store, database: str
) -> None:
    store.take_in(file(1, [1, 2, 3]))
    store.take_in(file(2, [1, 5]))
    other = Path(store.readings.path.parent / "rebuilt.duckdb")
    with Store.at(Places("four_nodes", database, other)) as rebuilt:
        with pytest.raises(DataQualityError, match=r"gives 2 readings.*expected 3"):
            rebuilt.take_in(file(1, [1, 2]))
        assert len(rebuilt.missing()) == 2
        rebuilt.take_in(file(1, [1, 2, 3]))
        rebuilt.take_in(file(2, [1, 5]))
    out_of_order = Readings(store.readings.path.parent / "third.duckdb")
    with Store.at(Places("four_nodes", database, out_of_order.path)) as rebuilt:
        rebuilt.take_in(file(3, [1]))
        with pytest.raises(InputError, match="received as number 1"):
            rebuilt.take_in(file(1, [1, 2, 3]))
