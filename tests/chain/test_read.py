"""Reading a whole book: a sound one, and files that are wrong as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from orebook.chain.chain import Chain
from orebook.chain.entries import EntryMistake
from orebook.chain.read import read_book
from orebook.errors import BookError, Mistake
from orebook.process.check import check_units


def mistakes_of(book: Path) -> tuple[Mistake, ...]:
    with pytest.raises(BookError) as caught:
        read_book(book, check=check_units)
    return caught.value.mistakes


def test_a_sound_book_becomes_a_chain(book: Path) -> None:
    chain = read_book(book, check=check_units)
    assert [u.id for u in chain.units] == ["mining", "refining", "potline"]
    assert chain.material["bauxite"].assay["SiO2"] == pytest.approx(0.065)
    assert chain.site_of("potrooms") == "smelter"
    assert chain.series["power"].values[-1] == ("2026-01", 408.0)
    assert chain.costs[0].amount.in_hours(744.0, 1.0) == 2.1e6


def test_the_demo_book_reads_without_mistakes(project: Path) -> None:
    folder = project / "examples" / "guangxi"
    if not (folder / "sites").is_dir():
        pytest.skip(f"no demo book at {folder}")
    chain = read_book(folder, check=check_units)
    assert len(chain.units) >= 60
    assert len(chain.materials) >= 100


def test_the_order_of_entries_is_that_of_the_files(book: Path) -> None:
    chain = read_book(book)
    assert [p.id for p in chain.places] == ["pit", "yard", "works", "silo", "potroom"]


def test_an_absent_folder_names_a_like_one(book: Path) -> None:
    (mistake,) = mistakes_of(book.parent / "bok")
    assert mistake.problem == "does not exist"
    assert "'book'" in mistake.remedy


def test_a_file_is_no_folder(book: Path) -> None:
    (mistake,) = mistakes_of(book / "group.toml")
    assert "not a folder" in mistake.problem
    assert "group.toml" in mistake.remedy


def test_a_missing_file_names_a_like_one(book: Path) -> None:
    (book / "materials.toml").rename(book / "material.toml")
    (mistake,) = mistakes_of(book)
    assert (mistake.file, mistake.line) == ("materials.toml", None)
    assert "rename 'material.toml'" in mistake.remedy


def test_misspelt_places_of_files_are_named(book: Path) -> None:
    (book / "sites").rename(book / "site")
    (book / "market" / "customers.toml").rename(book / "market" / "customer.toml")
    files = {m.file for m in mistakes_of(book)}
    assert {"sites", "site", "market/customer.toml"} <= files


def test_no_site_at_all(book: Path) -> None:
    for path in (book / "sites").glob("*.toml"):
        path.unlink()
    assert [m.problem for m in mistakes_of(book)] == ["holds no site"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("group.toml", "is empty"),
        ("materials.toml", "is empty"),
        ("sites/mine.toml", "is empty"),
        ("market/customers.toml", "is empty"),
    ],
)
def test_an_empty_file_alone_is_reported(book: Path, name: str, problem: str) -> None:
    (book / name).write_text("\n \n", encoding="utf-8")
    assert [(m.file, m.problem) for m in mistakes_of(book)] == [(name, problem)]


def test_gb18030_is_recognised(book: Path) -> None:
    path = book / "sites" / "mine.toml"
    text = path.read_text(encoding="utf-8")
    path.write_bytes(text.encode("gb18030"))
    (mistake,) = mistakes_of(book)
    assert "GB 18030" in mistake.problem
    assert "iconv" in mistake.remedy
    assert mistake.line == 2  # the first Chinese comment
    assert "矿山" in mistake.value


def test_bytes_that_are_no_text(book: Path) -> None:
    path = book / "group.toml"
    path.write_bytes(path.read_bytes() + b"# \xff\xff\xff\n")
    (mistake,) = mistakes_of(book)
    assert mistake.problem == "has bytes that are no text"


def test_utf16_is_recognised(book: Path) -> None:
    path = book / "group.toml"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    (mistake,) = mistakes_of(book)
    assert mistake.problem == "is in UTF-16"


def test_marks_and_line_ends_of_windows_do_no_harm(book: Path) -> None:
    plain = read_book(book)
    for path in book.rglob("*.toml"):
        text = path.read_text(encoding="utf-8").replace("\n", "\r\n")
        path.write_bytes(text.encode("utf-8-sig"))
    assert read_book(book) == plain


def test_lines_are_right_with_windows_line_ends(book: Path) -> None:
    path = book / "sites" / "mine.toml"
    text = path.read_text(encoding="utf-8").replace('"road"', '"truck"')
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    (mistake,) = mistakes_of(book)
    rows = text.splitlines()
    assert rows[(mistake.line or 0) - 1] == 'mode = "truck"'


def test_every_broken_file_is_reported(book: Path) -> None:
    for path in book.rglob("*.toml"):
        path.write_text("[[oops\n", encoding="utf-8")
    assert len(mistakes_of(book)) == 6


def test_a_book_without_a_group_table(book: Path) -> None:
    path = book / "group.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[text.index("[[centres]]") :], encoding="utf-8")
    (mistake,) = mistakes_of(book)
    assert (mistake.field, mistake.problem) == ("group", "is missing")


def test_a_finding_of_the_check_is_given_its_line(book: Path) -> None:
    def check(chain: Chain) -> list[EntryMistake]:
        return [EntryMistake("units", "mining", ("cost",), "is odd", "less", "mend it")]

    with pytest.raises(BookError) as caught:
        read_book(book, check=check)
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.field) == ("sites/mine.toml", "units[mining].cost")
    row = (book / mistake.file).read_text(encoding="utf-8").splitlines()
    assert row[(mistake.line or 0) - 1] == 'cost = "62 CNY/t"'
    assert mistake.value == '"62 CNY/t"'


def test_a_mistake_reads_as_a_sentence(book: Path) -> None:
    path = book / "sites" / "mine.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"62 CNY/t"', "62"), encoding="utf-8")
    with pytest.raises(BookError) as caught:
        read_book(book, check=check_units)
    assert str(caught.value).splitlines() == [
        "1 mistake found; nothing was used.",
        "sites/mine.toml:28: units[mining].cost = 62: has no unit; expected a quantity "
        'in CNY/t; write for example "62 CNY/t"',
    ]


def test_a_store_that_states_its_end_is_kept(book: Path) -> None:
    """The end of a store is a rule of the horizon, not the place a route ends at."""
    stores = {s.id: s for s in read_book(book, check=check_units).stores}
    assert stores["silo-stock"].end == "value"
    assert len(stores) == 2


def test_what_the_system_produces_is_passed_over(book: Path) -> None:
    (book / ".orebook").mkdir()
    (book / ".orebook" / "x.toml").write_text("not toml", encoding="utf-8")
    (book / "schemes" / "s.toml").write_text("not toml", encoding="utf-8")
    assert len(read_book(book).units) == 3
