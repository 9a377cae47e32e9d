"""A changed byte is found and named; every published number is derived again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from orebook.audit.prove import Proof
from orebook.cli import main
from orebook.store.locate import VARIABLE
from tests.audit.conftest import MONTH, Kept


def proved(kept: Kept, *, derive: bool = True) -> Proof:
    with kept.open() as (book, _):
        return book.prove(derive=derive)


def first(kept: Kept) -> tuple[str, str, str, str]:
    """Return where, field, expected and found of the first breach."""
    found = proved(kept, derive=False).breaches[0]
    return found.where, found.field, found.expected, found.found


def test_an_untouched_book_is_proved_to_the_cent_and_the_hash(published: Kept) -> None:
    found = proved(published)
    assert found.sound, found.summary()
    (settlement,) = found.settlements
    assert (settlement.derived, settlement.exact) == (True, True)
    assert settlement.stage == "published"
    assert float(settlement.amount) > 0
    assert (found.unsealed, found.acts) == (0, 7)
    assert found.readings > 0
    assert "derived again" in found.summary()


CHANGES = [
        ("UPDATE document SET content = replace(content, '100000.0', '100001.0') "
         "WHERE kind = 'scheme'",
         "document scheme two version 1", "content.scheme"),
        ("UPDATE document SET content = replace(content, '\"by\":\"bert\"', "
         "'\"by\":\"berx\"') WHERE kind = 'act'",
         "document act two version 4", "content.by"),
        ("UPDATE document SET content = replace(content, '\"CNY\"', '\"CNZ\"') "
         "WHERE kind = 'frozen-settlement'",
         "document frozen-settlement 2026-05 two version 1", "content"),
        ("UPDATE document SET content = replace(content, '\"period\":\"2026-05\"', "
         "'\"period\":\"2026-04\"') WHERE kind = 'facts'",
         "document facts 2026-05 two version 1", "content"),
        ("UPDATE document SET content = replace(content, '\"simulated\":true', "
         "'\"simulated\":false') WHERE kind = 'close'",
         "document close 2026-05 version 1", "content"),
        ("UPDATE document SET content = replace(content, '\"period\":\"2026-05\"', "
         "'\"period\":\"2026-04\"') WHERE kind = 'price-basis'",
         "document price-basis 2026-05 version 1", "content"),
        ("UPDATE document SET content = replace(content, '\"id\":\"plan\"', "
         "'\"id\":\"plam\"') WHERE kind = 'price-policy'",
         "document price-policy 2026-05 version 1", "content.id"),
        ("UPDATE document SET status = 'paid' WHERE kind = 'act' AND period = "
         "'2026-05' AND version = 2",
         "document act 2026-05 two version 2", "status"),
        ("UPDATE document SET key = 'twp' WHERE kind = 'facts'",
         "document facts 2026-05 twp version 1", "key"),
        ("UPDATE document SET chain_hash = previous_hash WHERE kind = 'facts'",
         "document facts 2026-05 two version 1", "chain_hash"),
        ("UPDATE document SET content_hash = previous_hash WHERE kind = 'facts'",
         "document facts 2026-05 two version 1", "content_hash"),
        ("UPDATE audit SET action = 'publish' WHERE action = 'freeze'",
         "audit line", "action"),
        ("UPDATE audit SET at = '2026-05-01T00:00:00.000000+00:00' "
         "WHERE action = 'publish'", "audit line", "at"),
        ("UPDATE intake_file SET added = added + 1 WHERE received = 1",
         "intake file", ""),
        ("UPDATE posting SET unit = 'kt' WHERE unit = 't' AND sequence = "
         "(SELECT min(sequence) FROM posting WHERE unit = 't')",
         "posting", "unit"),
        ("UPDATE posting SET amount_cents = amount_cents + 1 WHERE sequence = 1",
         "posting 1 of document evaluation 2026-05", ""),
]  # fmt: skip
"""A statement that changes a row, where it is named, and its field."""


@pytest.mark.parametrize(("change", "where", "field"), CHANGES)
def test_a_changed_row_is_named_with_its_field(
    embedded: Kept, change: str, where: str, field: str
) -> None:
    embedded.change(change)
    at, of, expected, found = first(embedded)
    assert at.startswith(where)
    assert field in of
    assert expected != found


@pytest.mark.parametrize(("change", "where", "field"), CHANGES[::4])
def test_a_changed_row_on_a_server_is_named_too(
    published_postgresql: Kept,
    copy_of: Callable[[Kept], Kept],
    change: str,
    where: str,
    field: str,
) -> None:
    kept = copy_of(published_postgresql)
    kept.change(change)
    at, of, _, _ = first(kept)
    assert at.startswith(where)
    assert field in of


def test_both_values_of_a_changed_sign_are_told(embedded: Kept) -> None:
    embedded.change(
        "UPDATE document SET content = replace(content, 'bert', 'berx') "
        "WHERE kind = 'act'"
    )
    _, field, expected, found = first(embedded)
    assert field == "content.by"
    assert expected.startswith("bert (")
    assert found.startswith("berx (")


def test_a_changed_reading_is_named_by_row_tag_and_figure(embedded: Kept) -> None:
    file = embedded.folder / ".orebook" / "readings.duckdb"
    with duckdb.connect(str(file)) as connection:
        tag, row, value = connection.execute(
            "SELECT tag, source_row, value FROM reading WHERE kind LIKE 'meter%' "
            "ORDER BY tag, ts LIMIT 1 OFFSET 3"
        ).fetchone()
        connection.execute(
            "UPDATE reading SET value = value + 0.001 WHERE tag = ? AND source_row = ?"
            " AND kind LIKE 'meter%'", [tag, row]
        )  # fmt: skip
    where, field, expected, found = first(embedded)
    assert "readings of intake file" in where
    assert field == f"row {row}, {tag}: value"
    assert expected.startswith(f"{value} (")
    assert not found.startswith(f"{value} (")


@pytest.mark.parametrize(
    ("change", "field", "found"),
    [
        ("UPDATE reading SET unit = 'kg' WHERE unit = 't'", "unit", "kg ("),
        ("UPDATE reading SET status = 'bad' WHERE source_row = 5", "status", "bad ("),
        ("UPDATE reading SET ts = ts + INTERVAL 1 SECOND WHERE source_row = 5", "ts",
         ":01 ("),
        ("DELETE FROM reading WHERE source_row = 5", "reading", ""),
        ("UPDATE source SET receipt = receipt || ' ' WHERE received = 1",
         "source.receipt", "receipt "),
        ("DELETE FROM source WHERE received = 1", "source.content_hash", "none"),
        ("INSERT INTO reading SELECT tag, ts, kind, value, unit, status, 99, "
         "source_row, 7 FROM reading LIMIT 2", "reading.received", "2 readings"),
    ],
)  # fmt: skip
def test_every_column_of_the_readings_is_vouched_for(
    embedded: Kept, change: str, field: str, found: str
) -> None:
    file = embedded.folder / ".orebook" / "readings.duckdb"
    # The folder of intake is away: opening finishes nothing, and files prove nothing.
    with duckdb.connect(str(file)) as connection:
        connection.execute(change)
    where, of, _, now = first(embedded)
    assert "readings" in where
    assert field in of
    assert found in now


def test_a_changed_intake_file_is_named_by_row(embedded: Kept) -> None:
    path = next(embedded.folder.glob(f"intake/{MONTH}/meters*.csv"))
    lines = path.read_text("utf-8").splitlines(keepends=True)
    place = len(lines) // 2
    digit = next(c for c in reversed(lines[place]) if c in "123456789")
    lines[place] = lines[place].replace(digit, str((int(digit) % 9) + 1))
    path.write_text("".join(lines), encoding="utf-8")
    where, field, expected, found = first(embedded)
    assert where == f"intake file intake/{MONTH}/{path.name}"
    assert field.startswith("row ")
    assert len(expected) == len(found) == 64


def test_a_file_moved_away_or_waiting_is_no_breach(embedded: Kept) -> None:
    path = next(embedded.folder.glob(f"intake/{MONTH}/meters*.csv"))
    other = embedded.folder / "intake" / "2026-06"
    other.mkdir()
    text = path.read_text("utf-8").replace("2026-05", "2026-06")
    (other / path.name).write_text(text, encoding="utf-8")
    path.unlink()
    assert proved(embedded).sound


def test_a_chain_written_anew_still_cannot_skip_an_approval(embedded: Kept) -> None:
    """Hashes alone can be made again; the table of the workflow is not fooled."""
    from orebook.audit.act_proof import act_breaches
    from orebook.audit.dossiers import dossier_of
    from orebook.reward.workflow.dossier import Dossier

    with embedded.open() as (_, desk):
        kept = dossier_of(desk.records, "two")
    assert list(act_breaches(kept)) == []
    skipped = Dossier("two", "", tuple(a for a in kept.acts if a.number != 4))
    (breach,) = act_breaches(skipped)
    assert (breach.field, breach.expected, breach.found) == ("number", "4", "5")


def test_a_frozen_settlement_that_follows_from_nothing_is_found(embedded: Kept) -> None:
    """The books of the month are put in order again by hash, but not in substance."""
    from orebook.audit.dossiers import FACTS, dossier_of
    from orebook.audit.settlement_proof import prove_settlement

    with embedded.open() as (_, desk):
        records = desk.records
        dossier = dossier_of(records, "two", MONTH)
        facts = records.latest(FACTS, MONTH, key="two")
        wrong = json.loads(json.dumps(facts.content))
        wrong["values"][0]["actual"] += 1e6
        records.put(FACTS, MONTH, wrong, key="two")
        act = dossier.acts[0]
        act.details["basis"]["facts"]["version"] = 2
        found = prove_settlement(records, dossier)
    assert found.breach is not None
    assert found.breach.field == "basis.facts.hash"


def test_the_command_says_what_was_changed_and_ends_with_one(
    embedded: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, embedded.url)
    words = ["audit", "verify", str(embedded.folder), "--json"]
    sound = CliRunner().invoke(main, words)
    assert sound.exit_code == 0, sound.output
    assert json.loads(sound.stdout)["breach"] is None
    embedded.change("UPDATE audit SET reason = 'x' WHERE sequence = 3")
    broken = CliRunner().invoke(main, [*words, "--hashes-only"])
    assert broken.exit_code == 1
    data = json.loads(broken.stdout)
    assert data["breach"]["where"] == "audit line 3"
    assert data["breaches"][0] == data["breach"]
    assert data["settlements"] == []


def test_readings_without_a_seal_are_counted_not_blamed(
    settled_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store of a version before there were seals is sound, and says so."""
    from orebook.store import intake

    monkeypatch.setattr(intake, "sealed", lambda *_: None)
    folder = Path(shutil.copytree(settled_book, tmp_path / "old"))
    kept = Kept(folder, f"sqlite:///{folder}/.orebook/records.sqlite")
    with kept.open() as (book, _):
        book.run(MONTH)
        found = book.prove()
    assert found.sound
    assert (found.sealed, found.readings) == (0, 0)
    assert f"{found.unsealed} files have no seal" in found.summary()
