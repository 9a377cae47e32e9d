from __future__ import annotations

from pathlib import Path

import pytest

from orebook.errors import InputError
from orebook.store import open_store
from orebook.store.locate import VARIABLE, database_url, locate


def test_environment_goes_before_the_book_and_the_book_before_the_default() -> None:
    folder, own = Path("g"), {VARIABLE: "postgresql://a@h/x"}
    setting = "postgres://b@h/y"
    assert locate(folder, "g", database=setting, environment=own).records == (
        "postgresql+pg8000://a@h/x"
    )
    assert locate(folder, "g", database=setting, environment={}).records == (
        "postgresql+pg8000://b@h/y"
    )
    default = locate(folder, "g", environment={})
    assert default.records == "sqlite:///g/.orebook/records.sqlite"
    assert default.readings == folder / ".orebook" / "readings.duckdb"


@pytest.mark.parametrize("url", ["mysql://h/x", "records.sqlite", ""])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(InputError, match="expected sqlite"):
        database_url(url)


def test_password_is_not_in_the_message() -> None:
    with pytest.raises(InputError) as caught:
        locate(Path("g"), "g", database="mysql://ore:secret@h/x", environment={})
    assert "secret" not in str(caught.value)


def test_a_book_needs_a_name() -> None:
    with pytest.raises(InputError, match="has no name"):
        locate(Path("g"), " ", environment={})


@pytest.mark.parametrize("name", ["广西 铝业", "50% plan #2", "what?"])
def test_a_store_opens_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    with open_store(folder, name, environment={}) as store:
        store.records.put("plan", "2025-01", {"a": 1})
    with open_store(folder, name, environment={}) as store:
        assert store.records.latest("plan", "2025-01").content == {"a": 1}
    found = sorted(file.name for file in (folder / ".orebook").iterdir())
    assert found[-1] == "records.sqlite"


def test_nobody_there_is_said_clearly_without_password(tmp_path: Path) -> None:
    url = "postgresql://ore:secret@127.0.0.1:9/none"
    with pytest.raises(InputError, match="do not answer") as caught:
        open_store(tmp_path, "g", database=url, environment={})
    assert "secret" not in str(caught.value)
