"""Fitted constants in a book: which hold when, what is wrong, written whole or not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import tomllib
from datetime import date
from pathlib import Path

import pytest

from orebook.chain.read import read_book
from orebook.chain.tuned import Tuned
from orebook.chain.tuned_write import tuned_text, write_tuned
from orebook.chain.tuning import in_force, tuned_at
from orebook.errors import BookError, InputError, Mistake
from orebook.process.check import check_units
from orebook.process.network import network

BOOK = Path(__file__).resolve().parents[1] / "books" / "refinery"
ENTRY = """
[[tuned]]
id = "first"
unit = "digest"
constant = "dsp_soda"
value = "0.62 t/t"
valid_from = 2026-06-01
date = 2026-06-03
author = "process engineering"
months = ["2026-03", "2026-04", "2026-05"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the refinery book with an empty folder of tunings."""
    copy = tmp_path / "book"
    shutil.copytree(BOOK, copy, ignore=shutil.ignore_patterns(".orebook", "intake"))
    (copy / "tuning").mkdir()
    return copy


def mistakes(folder: Path, text: str, name: str = "one.toml") -> list[Mistake]:
    (folder / "tuning" / name).write_text(text, "utf-8")
    with pytest.raises(BookError) as caught:
        read_book(folder, check=check_units)
    return list(caught.value.mistakes)


def dsp_soda(folder: Path, day: date) -> float:
    net = network(tuned_at(read_book(folder, check=check_units), day))
    found = {
        next(s.default for s in p.settings if s.name == "dsp_soda")
        for u, p in net.processes.items()
    }
    assert len(found) == 1  # a shared constant is the same in all units of the circuit
    return found.pop()


def test_the_entry_in_force_on_the_day_is_the_setting_of_all_units(
    folder: Path,
) -> None:
    later = ENTRY.replace("first", "second").replace("0.62", "0.64")
    later = later.replace("2026-06-01", "2026-09-01")
    (folder / "tuning" / "a.toml").write_text(later, "utf-8")
    (folder / "tuning" / "b.toml").write_text(ENTRY, "utf-8")
    assert dsp_soda(folder, date(2026, 5, 31)) == 0.607
    assert dsp_soda(folder, date(2026, 6, 1)) == pytest.approx(0.62)
    assert dsp_soda(folder, date(2026, 8, 31)) == pytest.approx(0.62)
    assert dsp_soda(folder, date(2027, 1, 1)) == pytest.approx(0.64)


def test_tables_by_id_follow_the_constants(folder: Path) -> None:
    """A chain made for a day must not carry what the old one had looked up."""
    (folder / "tuning" / "a.toml").write_text(ENTRY, "utf-8")
    chain = read_book(folder, check=check_units)
    assert "dsp_soda" not in chain.unit["digest"].settings
    assert "dsp_soda" in tuned_at(chain, date(2026, 7, 1)).unit["digest"].settings


def test_a_later_tuning_leaves_the_chain_of_an_earlier_day_as_it_was(
    folder: Path,
) -> None:
    before = read_book(folder, check=check_units)
    (folder / "tuning" / "a.toml").write_text(ENTRY, "utf-8")
    after = tuned_at(read_book(folder, check=check_units), date(2026, 5, 1))
    assert after.units == before.units
    assert after.tuned == before.tuned == ()
    assert tuned_at(before, date(2026, 5, 1)) is before


def test_in_force_takes_the_latest_that_has_begun() -> None:
    given = {"unit": "u", "constant": "c", "value": "1", "date": date(2026, 1, 1),
             "author": "a", "months": ["2025-01"]}  # fmt: skip
    rows = [
        Tuned(**given, id=str(k), valid_from=date(2026, k, 1))  # type: ignore[arg-type]
        for k in (3, 1, 2)
    ]
    for month in (1, 2, 3):
        assert in_force(rows, date(2026, month, 15))["u", "c"].id == str(month)
    assert in_force(rows, date(2025, 12, 31)) == {}


WRONG = [
    ('unit = "digest"', 'unit = "digset"', "unit", "did you mean 'digest'", 4),
    ("dsp_soda", "dsp_soad", "constant", "did you mean 'dsp_soda'", 5),
    ("dsp_soda", "digestion_ratio", "constant", "settings.digestion_ratio", 5),
    ("dsp_soda", "adsorbed_soda", "unit", "correct unit", 4),
    ("0.62 t/t", "0.62 m3/t", "value", 'write for example "0.607 t/t"', 6),
    ("0.62 t/t", "0.92 t/t", "value", "set it inside", 6),
    ("2026-06-01", '"2026/6/1"', "valid_from", "write 2026-06-01", 7),
    ("2026-06-01", "46174", "valid_from", "did you mean 2026-06-01", 7),
    ("2026-06-01", "2026-05-15", "valid_from", "set it to 2026-06-01 or later", 7),
    ("2026-06-03", "2126-06-03", "date", "correct it", 8),
    ('author = "process engineering"\n', "", "author", "add author", 2),
    ('"process engineering"', '" "', "author", "fill author", 9),
    ('"2026-05"]', '"May-26"]', "months", "write for example 2026-05", 10),
    ('["2026-03", "2026-04", "2026-05"]', "[]", "months", "add one", 10),
    ("author =", "auther =", "author", "add author", 2),
    ('"2026-05"]', '"2026-05"]\nhashes = ["a"]', "hashes", "one hash", 11),
]


@pytest.mark.parametrize(("old", "new", "field", "told", "line"), WRONG)
def test_every_mistake_comes_with_file_line_and_remedy(
    folder: Path, old: str, new: str, field: str, told: str, line: int
) -> None:
    text = ENTRY.replace(old, new)
    assert text != ENTRY
    found = mistakes(folder, text)
    match = [m for m in found if f".{field}" in m.field]
    assert match, [str(m) for m in found]
    assert told in str(match[0])
    assert match[0].file == "tuning/one.toml"
    assert match[0].line == line


def test_two_entries_for_one_constant_and_day_are_refused(folder: Path) -> None:
    (folder / "tuning" / "a.toml").write_text(ENTRY, "utf-8")
    found = mistakes(folder, ENTRY.replace("first", "other"), "b.toml")
    assert [m.file for m in found] == ["tuning/b.toml"]
    assert "holds from 2026-06-01 by tuning/a.toml:2" in str(found[0])
    same = mistakes(folder, ENTRY, "b.toml")
    assert any("is taken" in str(m) and m.field.endswith(".id") for m in same)


def test_another_section_is_refused_with_where_it_belongs(folder: Path) -> None:
    found = mistakes(folder, "[[units]]\nid = 'x'\n")
    assert "move it to sites/NAME.toml" in str(found[0])


# --------------------------------------------------------------------------- writing


def entry(**given: object) -> Tuned:
    data = tomllib.loads(ENTRY)["tuned"][0]
    return Tuned.model_validate(data | given)


def test_what_is_written_reads_back_the_same() -> None:
    given = entry(author='a "b" \\ c\nd', reason="溶出", chi2_before=1.5,
                  before="0.607 t/t", hashes=["x", "y", "z"])  # fmt: skip
    text = tuned_text([given], ["head\n[[tuned]]", "second"])
    back = tomllib.loads(text)["tuned"]
    assert len(back) == 1
    again = Tuned.model_validate(back[0])
    assert again == given.model_copy(update={"author": 'a "b" \\ c d'})


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    first = write_tuned(tmp_path, "2026-06-03-digest", "# one\n")
    second = write_tuned(tmp_path, "2026-06-03-digest", "# two\n")
    assert first.name == "2026-06-03-digest.toml"
    assert second.name == "2026-06-03-digest-2.toml"
    assert first.read_text() == "# one\n"
    assert sorted(p.name for p in (tmp_path / "tuning").iterdir()) == sorted(
        [first.name, second.name]
    )


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "tuning").write_text("a file, not a folder")
    with pytest.raises(InputError, match="tuning cannot be written to"):
        write_tuned(tmp_path, "x", "#\n")


def test_killed_while_writing_it_leaves_all_or_nothing(folder: Path) -> None:
    """Killed where the text is half on the disk: no file of the book is there."""
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from orebook.chain import tuned_write
        def killed(number):
            os.kill(os.getpid(), signal.SIGKILL)
        tuned_write.os.fsync = killed
        tuned_write.write_tuned(Path(sys.argv[1]), "one", "# half")
        """
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], check=False,
                          env=dict(os.environ))  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert list((folder / "tuning").glob("*.toml")) == []
    assert read_book(folder, check=check_units).tuned == ()
    assert write_tuned(folder, "one", ENTRY).name == "one.toml"
    assert len(read_book(folder, check=check_units).tuned) == 1
