"""A small book whose month was settled, frozen and published, in either database."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from orebook.audit import scheme_acts, settlement_acts
from orebook.audit.desk import Desk
from orebook.book import Book, open_book
from orebook.chain.new import new_book
from orebook.commands.workflow import desk_of, policy_of, scheme_called
from orebook.store.locate import VARIABLE, database_url
from orebook.store.tables import APPEND_ONLY
from tests.store.conftest import postgresql  # noqa: F401

MONTH, SCHEME = "2026-05", "two"
START = datetime(2026, 6, 1, 1, tzinfo=UTC)
TEXT = """\
id = "two"
name = "两队方案"
valid_from = 2026-01-01
valid_to = 2026-12-31
clawback = true
[fund]
amount = "100000 CNY"
[pool]
of_fund = 2.0
[deferral]
share = 0.3
months = 6
[[teams]]
id = "{first}"
share = 0.6
members = [{{ id = "a", weight = 2 }}, {{ id = "b", weight = 1 }}]
[[teams]]
id = "{second}"
share = 0.4
[[measures]]
id = "own"
name = "毛益"
source = "margin"
of = "{root}"
unit = "CNY"
attainment = "difference"
curve = {{ kind = "linear", at = 0, base = 1, slope = 1e-9, floor = 0, cap = 2 }}
"""
PEOPLE = """\
[workflow]
inquiry_days = 3
[[people]]
id = "eva"
name = "评价员"
roles = ["evaluator"]
centre = "{root}"
[[people]]
id = "anna"
name = "审批人甲"
roles = ["approver"]
centre = "{root}"
[[people]]
id = "bert"
name = "审批人乙"
roles = ["approver"]
centre = "{root}"
[[people]]
id = "hans"
name = "人力资源专员"
roles = ["hr"]
centre = "{root}"
[[people]]
id = "fina"
name = "财务专员"
roles = ["finance"]
centre = "{root}"
[[people]]
id = "lead"
name = "班组长"
roles = ["team-lead"]
centre = "{first}"
"""
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Kept:
    """A book with its records somewhere.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    url : str
        Database of the records.
    """

    folder: Path
    url: str

    @contextmanager
    def open(self, days: int = 0, hours: int = 0) -> Iterator[tuple[Book, Desk]]:
        """Open it, so many days and hours after the first of June 2026, 9:00."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, self.url)
            with open_book(self.folder) as book:
                at = START + timedelta(days=days, hours=hours)
                book.store.records._clock = lambda: at
                yield book, desk_of(book)

    def change(self, *statements: str) -> None:
        """Change rows behind the program's back, its guards lifted."""
        names = [table.name for table in APPEND_ONLY]
        guards = [f"DROP TRIGGER IF EXISTS {name}_no_{act}"
                  for name in names for act in ("UPDATE", "DELETE")]  # fmt: skip
        if not self.url.startswith("sqlite"):
            guards = [f"DROP TRIGGER IF EXISTS {n}_append_only ON {n}" for n in names]
        engine = create_engine(database_url(self.url))
        with engine.begin() as connection:
            for statement in (*guards, *statements):
                connection.exec_driver_sql(statement)
        engine.dispose()


def written(folder: Path) -> Path:
    """Write the starter book with people, a scheme and a simulated month."""
    new_book(folder)
    with open_book(folder) as book:
        chain = book.chain
        first, second = list(dict.fromkeys(u.centre for u in chain.units))[:2]
        root = chain.root.id
    (folder / "schemes").mkdir(exist_ok=True)
    text = TEXT.format(first=first, second=second, root=root)
    (folder / "schemes" / "two.toml").write_text(text, encoding="utf-8")
    people = PEOPLE.format(root=root, first=first)
    (folder / "people.toml").write_text(people, encoding="utf-8")
    with open_book(folder) as book:
        book.simulate(MONTH, seed=5)
    shutil.rmtree(folder / ".orebook")
    return folder


def into_force(book: Book, desk: Desk) -> None:
    """Bring the scheme of a book into force."""
    found, file = scheme_called(book, SCHEME)
    scheme_acts.draft(desk, found, file, "eva")
    lab = book.folder / "lab.json"
    lab.write_text(json.dumps({"cost": 1}), encoding="utf-8")
    named = scheme_acts.result_named(desk.records, str(lab), "")
    scheme_acts.on_version(desk, SCHEME, "simulate", "eva", details=named)
    for action, by in (("approve", "anna"), ("approve", "bert"), ("activate", "hans")):
        scheme_acts.on_version(desk, SCHEME, action, by)


def freeze(book: Book, desk: Desk, by: str = "eva") -> object:
    """Freeze the month."""
    return settlement_acts.freeze(desk, SCHEME, MONTH, by, policy_of(book, MONTH))


@pytest.fixture(scope="session")
def settled_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with a simulated month, nothing taken in yet."""
    return written(tmp_path_factory.mktemp("audit") / "book")


@pytest.fixture(scope="session")
def settled_sqlite(
    settled_book: Path, tmp_path_factory: pytest.TempPathFactory
) -> Kept:
    """Run the month once with the embedded records."""
    folder = tmp_path_factory.mktemp("settled") / "book"
    shutil.copytree(settled_book, folder)
    kept = Kept(folder, f"sqlite:///{folder}/.orebook/records.sqlite")
    with kept.open() as (book, _):
        book.run(MONTH)
    return kept


def publish(kept: Kept) -> None:
    """Take a book from nothing to a published settlement."""
    with kept.open() as (book, desk):
        book.run(MONTH)
        into_force(book, desk)
        freeze(book, desk)
        settlement_acts.publish(desk, SCHEME, MONTH, "hans")


@pytest.fixture(scope="session")
def published_sqlite(settled_book: Path, tmp_path_factory: pytest.TempPathFactory
                     ) -> Kept:  # fmt: skip
    """Publish once with the embedded records."""
    folder = tmp_path_factory.mktemp("sqlite") / "book"
    shutil.copytree(settled_book, folder)
    kept = Kept(folder, f"sqlite:///{folder}/.orebook/records.sqlite")
    publish(kept)
    return kept


@pytest.fixture(scope="session")
def published_postgresql(
    settled_book: Path,
    tmp_path_factory: pytest.TempPathFactory,
    postgresql: Engine,  # noqa: F811
) -> Kept:
    """Publish once with records on a server."""
    folder = tmp_path_factory.mktemp("postgresql") / "book"
    shutil.copytree(settled_book, folder)
    kept = Kept(folder, new_database(postgresql))
    publish(kept)
    return kept


def new_database(server: Engine, template: str = "template1") -> str:
    """Make a database on the server, a copy of another; return its URL."""
    name = f"audit_{os.getpid()}_{next(_NUMBERS)}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def copy_of(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[Kept], Kept]:
    """Maker of copies of a book with its records."""

    def copied(kept: Kept) -> Kept:
        folder = tmp_path / f"book-{next(_NUMBERS)}"
        shutil.copytree(kept.folder, folder)
        if kept.url.startswith("sqlite"):
            return Kept(folder, f"sqlite:///{folder}/.orebook/records.sqlite")
        server: Engine = request.getfixturevalue("postgresql")
        template = kept.url.partition("?")[0].rpartition("/")[2]
        return Kept(folder, new_database(server, template))

    return copied


@pytest.fixture(params=["sqlite", "postgresql"])
def published(request: pytest.FixtureRequest, copy_of: Callable[[Kept], Kept]) -> Kept:
    """Give a fresh copy of a book with a published settlement."""
    return copy_of(request.getfixturevalue(f"published_{request.param}"))


@pytest.fixture
def embedded(published_sqlite: Kept, copy_of: Callable[[Kept], Kept]) -> Kept:
    """Give a fresh copy with the embedded records, for what needs no server."""
    return copy_of(published_sqlite)
