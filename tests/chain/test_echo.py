"""One cause, one mistake: what merely follows from it stays silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orebook.chain.book_files import SECTIONS
from orebook.chain.read import read_book
from orebook.chain.references import REFERENCES
from orebook.errors import BookError, Mistake
from orebook.process.check import check_units

UNITS = {"sites/mine.toml": "mining", "sites/refinery.toml": "refining",
         "sites/smelter.toml": "potline"}  # fmt: skip


def fields_of(book: Path) -> list[str]:
    with pytest.raises(BookError) as caught:
        read_book(book, check=check_units)
    return [f"{m.file}:{m.field}" for m in caught.value.mistakes]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(("file", "unit"), UNITS.items())
def test_a_unit_that_is_wrong_in_itself(book: Path, file: str, unit: str) -> None:
    edit(book / file, "[[units]]", "[[units]]\nminimum = 3.0")
    text = (book / file).read_text(encoding="utf-8").replace('minimum = "40 %"\n', "")
    (book / file).write_text(text, encoding="utf-8")
    assert fields_of(book) == [f"{file}:units[{unit}].minimum"]


def test_each_material_that_is_wrong_in_itself(book: Path) -> None:
    path = book / "materials.toml"
    text = path.read_text(encoding="utf-8")
    names = [row[6:-1] for row in text.splitlines() if row.startswith("id = ")]
    assert len(names) == 10
    for name in names:
        spoiled = text.replace(f'id = "{name}"\n', f'id = "{name}"\nunits = "t"\n')
        path.write_text(spoiled, encoding="utf-8")
        assert fields_of(book) == [f"materials.toml:materials[{name}].units"]


def test_each_file_that_is_no_toml(book: Path) -> None:
    for path in sorted(book.rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "\noops\n", encoding="utf-8")
        assert fields_of(book) == [f"{path.relative_to(book).as_posix()}:line"]
        path.write_text(text, encoding="utf-8")


def test_a_broken_file_does_not_hide_other_files(book: Path) -> None:
    edit(book / "sites" / "mine.toml", "[[units]]", "[[units]")
    edit(book / "sites" / "smelter.toml", '"93.5 %"', '"3 %"')
    edit(book / "group.toml", "people = 520", "people = -1")
    assert fields_of(book) == [
        "group.toml:centres[refinery].people",
        "sites/mine.toml:line",
        "sites/smelter.toml:units[potline].settings.current_efficiency",
    ]


SPOILS = ("5", '""', "[]", "{}", "true", '"x y"', '"9 t"', "2026-01-01", "[1]",
          '["a@b@c"]', '[["a"]]', "{ a = {} }")  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.sampled_from((None, *SPOILS)))
def test_whatever_is_written_a_book_is_read_or_explained(
    book: Path, place: int, value: str | None
) -> None:
    """One line is removed or given another value: a chain or mistakes, no crash."""
    paths = sorted(book.rglob("*.toml"))
    lines = [(p, n, row) for p in paths
             for n, row in enumerate(p.read_text(encoding="utf-8").splitlines())
             if row.strip() and not row.startswith("#")]  # fmt: skip
    path, number, row = lines[place % len(lines)]
    text = path.read_text(encoding="utf-8")
    rows = text.splitlines()
    rows[number] = f"{row.split('=')[0]} = {value}" if value and "=" in row else ""
    path.write_text("\n".join(rows), encoding="utf-8")
    found: tuple[Mistake, ...] = ()
    try:
        read_book(book, check=check_units)
    except BookError as error:
        found = error.mistakes
    path.write_text(text, encoding="utf-8")
    assert all(m.problem and m.expected and m.remedy for m in found)


def test_every_reference_names_a_field_of_its_model() -> None:
    kinds = {k: v for k, v in SECTIONS.items() if k != "case"}  # checked by its reader
    models = {s: m for sections in kinds.values() for s, m in sections.items()}
    for section, pairs in REFERENCES.items():
        for field, target in pairs:
            assert field in models[section].model_fields
            assert target in {"good", "series"} or target in models
