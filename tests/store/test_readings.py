"""Readings: repeated intake changes nothing, corrections are versions."""

from __future__ import annotations

import importlib.util
import statistics
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orebook.errors import DataQualityError, InputError
from orebook.store.batch import Batch, batch, batch_of_rows
from orebook.store.readings import Readings, Source, Upsert

Figure = tuple[float, str, str]
Line = tuple[str, str, str, float, str, str]


def take(readings: Readings, rows: Batch, received: int) -> Upsert:
    with readings.session() as session, session.transaction():
        session.remember(Source(f"file {received}", received, "{}"))
        return session.upsert(rows, received)


def of_lines(lines: list[Line]) -> Batch:
    names = ("tag", "ts", "kind", "value", "unit", "status")
    return batch_of_rows(dict(zip(names, line, strict=True)) for line in lines)


@pytest.fixture
def readings(tmp_path: Path) -> Readings:
    return Readings(tmp_path / "new" / "readings.duckdb")


def test_same_figure_again_changes_nothing(readings: Readings) -> None:
    rows = batch(["a", "b"], "2025-01-01", [1, 2], unit="t", kind="meter")
    assert take(readings, rows, 1) == Upsert(2, 0, 0)
    assert take(readings, rows, 2) == Upsert(0, 0, 2)
    found = readings.select()
    assert found["value"].tolist() == [1.0, 2.0]
    assert found["content_hash"].tolist() == ["file 1"] * 2
    assert found["source_row"].tolist() == [1, 2]


def test_a_correction_is_a_version_and_the_cut_off_finds_the_old_one(
    readings: Readings,
) -> None:
    rows = batch("a", "2025-01-01", 1.0, unit="t", kind="meter", row=5)
    take(readings, rows, 1)
    assert take(readings, replace(rows, value=np.array([2.0])), 2) == Upsert(0, 1, 0)
    assert take(readings, rows, 3) == Upsert(0, 1, 0)
    wanted = {None: 1.0, 3: 1.0, 2: 2.0, 1: 1.0}
    for cut_off, value in wanted.items():
        assert readings.select(as_of=cut_off)["value"].tolist() == [value]
        assert readings.monthly(as_of=cut_off)["last"].tolist() == [value]
    assert readings.select(as_of=0)["value"].tolist() == []
    found = readings.history("a", "2025-01-01", kind="meter")
    assert found["version"].tolist() == [1, 2, 3]
    assert found["value"].tolist() == [1.0, 2.0, 1.0]
    assert found["content_hash"].tolist() == ["file 1", "file 2", "file 3"]
    assert readings.cut_off() == 3


def test_kinds_and_times_are_readings_of_their_own(readings: Readings) -> None:
    rows = batch(
        "a",
        ["2025-01-01", "2025-01-01", "2025-01-01T00:00:01"],
        [1, 2, 3],
        unit="t",
        kind=["meter", "assay", "meter"],
    )
    assert take(readings, rows, 1) == Upsert(3, 0, 0)
    assert readings.select(kind="assay")["value"].tolist() == [2.0]
    assert readings.select(until="2025-01-01T00:00:01")["value"].tolist() == [2.0, 1.0]
    assert readings.select(since="2025-01-01T00:00:01")["value"].tolist() == [3.0]


LINES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["2025-01-31T23:00", "2025-02-01"]),
        st.sampled_from(["meter", "assay"]),
        st.sampled_from([0.0, 1.0, 2.5]),
        st.sampled_from(["t", "kg"]),
        st.sampled_from(["good", "bad"]),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.lists(LINES, min_size=1, max_size=4))
def test_bulk_equals_one_row_at_a_time(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[Line]]
) -> None:
    """Oracle: a plain loop that compares each row with the last one of its key."""
    readings = Readings(tmp_path_factory.mktemp("bulk") / "readings.duckdb")
    kept: dict[tuple[str, str, str], list[Figure]] = {}
    for received, lines in enumerate(files, 1):
        counts = [0, 0, 0]
        for tag, ts, kind, *figure in lines:
            versions = kept.setdefault((tag, ts, kind), [])
            known = bool(versions) and versions[-1] == tuple(figure)
            counts[2 if known else 1 if versions else 0] += 1
            if not known:
                versions.append(tuple(figure))
        found = take(readings, of_lines(lines), received)
        assert [found.added, found.corrected, found.unchanged] == counts
    with readings.session() as session:
        rows = session.fetch("SELECT * FROM reading ORDER BY version", {})
    assert len(rows["tag"]) == sum(map(len, kept.values()))
    assert len(readings.select()["tag"]) == len(kept)
    for (tag, ts, kind), versions in kept.items():
        own = (
            (rows["tag"] == tag)
            & (rows["kind"] == kind)
            & (rows["ts"] == np.datetime64(ts))
        )
        columns = (rows["value"][own], rows["unit"][own], rows["status"][own])
        assert list(zip(*columns, strict=True)) == versions
        assert rows["version"][own].tolist() == list(range(1, len(versions) + 1))


def test_monthly_figures_equal_a_plain_loop(readings: Readings) -> None:
    """Oracle: the statistics module over rows grouped by hand."""
    generator = np.random.default_rng(7)
    start = np.datetime64("2025-01-15", "us")
    hours = np.sort(generator.choice(24 * 60, size=400, replace=False))
    values = generator.normal(100.0, 10.0, size=400)
    stamps = start + hours * np.timedelta64(1, "h")
    order = generator.permutation(400)
    rows = batch("a", stamps[order], values[order], unit="t", kind="meter")
    take(readings, rows, 1)
    found = readings.monthly(["a"])
    months = stamps.astype("datetime64[M]")
    assert found["month"].astype("datetime64[M]").tolist() == sorted(
        set(months.tolist())
    )
    for place, month in enumerate(found["month"].astype("datetime64[M]")):
        own = values[months == month].tolist()
        assert found["count"][place] == len(own)
        assert found["total"][place] == pytest.approx(sum(own), rel=1e-14)
        assert found["mean"][place] == pytest.approx(statistics.fmean(own), rel=1e-14)
        assert (found["minimum"][place], found["maximum"][place]) == (
            min(own),
            max(own),
        )
        assert (found["first"][place], found["last"][place]) == (own[0], own[-1])
        assert found["last_ts"][place] == stamps[months == month][-1]


def test_month_follows_the_clock_of_the_plant(readings: Readings) -> None:
    rows = batch(
        "a", ["2025-01-31T16:00", "2025-01-31"], [1, 2], unit="t", kind="meter"
    )
    take(readings, rows, 1)
    assert readings.monthly()["count"].tolist() == [2]
    assert readings.monthly(offset_hours=8)["total"].tolist() == [2.0, 1.0]


def test_bad_readings_are_kept_but_not_summed(readings: Readings) -> None:
    stamps = ["2025-01-01", "2025-01-02", "2025-01-03"]
    status = ["good", "bad", "uncertain"]
    take(readings, batch("a", stamps, 1, unit="t", kind="m", status=status), 1)
    assert len(readings.select()["tag"]) == 3
    assert readings.monthly()["total"].tolist() == [2.0]


def test_units_are_not_mixed_in_a_sum(readings: Readings) -> None:
    stamps = ["2025-01-01", "2025-01-02"]
    take(readings, batch("a", stamps, 1, unit=["t", "kg"], kind="meter"), 1)
    with pytest.raises(DataQualityError, match=r"tag a .* several units in 2025-01"):
        readings.monthly()


def test_times_with_a_zone_are_stored_in_utc(readings: Readings) -> None:
    china = timezone(timedelta(hours=8))
    base = {"tag": "a", "value": 1.0, "unit": "t", "kind": "meter"}
    stamps = [
        datetime(2025, 1, 1, 8, tzinfo=china),
        datetime(2025, 1, 1, 1, tzinfo=UTC),
        datetime(2025, 1, 1, 2),
        date(2025, 1, 2),
    ]
    take(readings, batch_of_rows(base | {"ts": one} for one in stamps), 1)
    hours = readings.select()["ts"].astype("datetime64[h]")
    assert hours.astype(str).tolist() == [
        "2025-01-01T00",
        "2025-01-01T01",
        "2025-01-01T02",
        "2025-01-02T00",
    ]
    assert readings.last_stamps() == {"a": np.datetime64("2025-01-02")}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": [1.0, np.nan]}, "reading b in row 2: value = nan"),
        ({"ts": ["2025-01-01", "NaT"]}, "reading b in row 2: ts = NaT"),
        ({"status": "fine"}, "status = fine; expected one of good, uncertain, bad"),
        ({"tag": ["", "b"]}, "expected the name of a measuring point"),
        ({"kind": ["meter"] * 3}, "differ in length"),
    ],
)
def test_unusable_rows_are_refused(change: dict[str, object], words: str) -> None:
    columns: dict[str, object] = {
        "tag": ["a", "b"],
        "ts": "2025-01-01",
        "value": [1.0, 2.0],
        "unit": "t",
        "kind": "meter",
    }
    with pytest.raises(InputError, match=words):
        batch(**(columns | change))  # type: ignore[arg-type]


def test_a_time_must_be_a_time() -> None:
    row = {"tag": "a", "ts": 20250101, "value": 1.0, "unit": "t", "kind": "meter"}
    with pytest.raises(InputError, match="has the time 20250101"):
        batch_of_rows([row])


def test_a_failed_transaction_leaves_nothing(readings: Readings) -> None:
    rows = batch("a", "2025-01-01", 1.0, unit="t", kind="meter")

    def fail() -> None:
        with readings.session() as session, session.transaction():
            session.upsert(rows, 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert len(readings.select()["tag"]) == 0
    assert take(readings, rows, 1) == Upsert(1, 0, 0)


def test_a_file_that_is_no_readings_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    path.write_bytes(b"something else" * 999)
    with pytest.raises(InputError, match=r"readings\.duckdb cannot be opened"):
        Readings(path).cut_off()


@pytest.mark.skipif(
    importlib.util.find_spec("polars") is None, reason="needs polars as an oracle"
)
@pytest.mark.parametrize(
    "count", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)]
)
def test_many_rows_equal_another_engine(readings: Readings, count: int) -> None:
    """Oracle: polars sums the same rows by tag and month."""
    import polars

    line = np.arange(count)
    tags = np.array([f"FI-{one:03d}" for one in range(50)], dtype=object)[line % 50]
    stamps = np.datetime64("2025-01-01", "us") + line // 50 * np.timedelta64(5, "m")
    values = np.random.default_rng(1).random(count)
    rows = batch(tags, stamps, values, unit="t", kind="meter")
    assert take(readings, rows, 1) == Upsert(count, 0, 0)
    assert take(readings, rows, 2) == Upsert(0, 0, count)
    found = readings.monthly()
    other = (
        polars.DataFrame({"tag": tags.astype(str), "ts": stamps, "value": values})
        .with_columns(month=polars.col("ts").dt.truncate("1mo"))
        .group_by("tag", "month")
        .agg(polars.col("value").sum())
        .sort("tag", "month")
    )
    assert found["tag"].tolist() == other["tag"].to_list()
    np.testing.assert_allclose(found["total"], other["value"].to_numpy(), rtol=1e-12)
