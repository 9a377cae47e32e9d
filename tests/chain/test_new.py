"""A new book is whole and sound, or is not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orebook.chain import new
from orebook.chain.new import new_book, template_names
from orebook.chain.peers import read_peers
from orebook.chain.read import read_book
from orebook.errors import InputError
from orebook.process.check import check_units
from orebook.process.registry import kind_names


@pytest.mark.parametrize("template", template_names())
def test_every_template_reads_without_mistakes(tmp_path: Path, template: str) -> None:
    files = new_book(tmp_path / "b", template=template, kinds=kind_names())
    chain = read_book(tmp_path / "b", check=check_units)
    assert chain.group.illustrative
    assert {p.relative_to(tmp_path / "b").as_posix() for p in files} >= {
        "group.toml", "materials.toml", "market/customers.toml", "schema/site.json",
    }  # fmt: skip


def test_templates_are_commented_in_two_languages() -> None:
    for path in new.TEMPLATES.rglob("*.toml"):
        notes = [
            row for row in path.read_text(encoding="utf-8").splitlines()
            if row.startswith("#") and not row.startswith("#:")
        ]  # fmt: skip
        assert any(not row.isascii() for row in notes), path
        assert any(row.isascii() and len(row) > 10 for row in notes), path


def test_the_peers_of_the_template_can_be_read(book: Path) -> None:
    (figure,) = read_peers(book / "peers" / "peers.csv")
    assert (figure.indicator, figure.value) == ("dc_energy", 12850.0)


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    assert new_book(folder)
    assert read_book(folder).units


def test_a_folder_under_version_control_counts_as_empty(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref", encoding="utf-8")
    (folder / ".gitignore").write_text("mine\n", encoding="utf-8")
    new_book(folder)
    assert (folder / ".git" / "HEAD").read_text(encoding="utf-8") == "ref"
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "mine\n"
    assert read_book(folder).units


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "group.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"not empty \(it holds group.toml\)"):
        new_book(tmp_path)
    assert os.listdir(tmp_path) == ["group.toml"]
    assert (tmp_path / "group.toml").read_text(encoding="utf-8") == "mine"


def test_a_file_is_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "b"
    path.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        new_book(path)


def test_an_unknown_template_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'small'"):
        new_book(tmp_path / "b", template="smal")


def test_a_failure_on_the_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(new, "write_schemas", full_disk)
    with pytest.raises(InputError, match="No space left"):
        new_book(tmp_path / "b")
    assert os.listdir(tmp_path) == []
