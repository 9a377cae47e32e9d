"""A power cut at any moment, and two programs at once, lose and corrupt nothing."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from orebook.store.chain_hash import digest
from orebook.store.locate import Places
from orebook.store.store import Store

NewPlaces = Callable[[], Places]

WORK = Path(__file__).with_name("work.py")


class Workers:
    """A program that forks a child per order (see ``work.py``)."""

    def __init__(self) -> None:
        project = Path(__file__).parents[2]
        self.process = subprocess.Popen(
            [sys.executable, str(WORK)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(project)},
        )

    def start(
        self,
        places: Places,
        task: str,
        *,
        stop: str = "",
        kill_after: float | None = None,
    ) -> None:
        order = {
            "book": places.book,
            "url": places.records,
            "readings": str(places.readings),
            "task": task,
            "stop": stop,
            "kill_after": kill_after,
        }
        pipe = _pipe(self.process.stdin)
        pipe.write(json.dumps(order) + "\n")
        pipe.flush()

    def result(self) -> int:
        return int(_pipe(self.process.stdout).readline())

    def end(self) -> None:
        _pipe(self.process.stdin).close()
        self.process.wait(10)
        _pipe(self.process.stdout).close()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


@pytest.fixture(scope="module")
def workers() -> Iterator[list[Workers]]:
    """Two programs that run side by side."""
    pair = [Workers(), Workers()]
    yield pair
    for one in pair:
        one.end()


@pytest.fixture
def new_places(new_database: Callable[[], str], tmp_path: Path) -> NewPlaces:
    """Maker of places of an empty store of one book."""
    numbers = itertools.count(1)
    return lambda: Places(
        "crash", new_database(), tmp_path / f"readings-{next(numbers)}.duckdb"
    )


def fingerprint(places: Places) -> str:
    """Hash of all that is kept, the times of the audit trail excepted."""
    with Store.at(places) as store:
        store.records.verify().require()
        parts = {
            "documents": [one.chain_hash for one in store.records.documents()],
            "files": [one.to_dict() for one in store.records.intake_files()],
            "events": [one.to_dict() for one in store.records.events()],
            "rejects": [
                [bad.to_dict() for bad in store.records.rejects(one.content_hash)]
                for one in store.records.intake_files()
            ],
            "audit": [one.row_hash for one in store.records.audit_trail()],
        }
        with store.readings.session() as session:
            rows = session.fetch("SELECT * FROM reading ORDER BY ALL", {})
            parts["sources"] = list(session.hashes())
    parts["readings"] = [f"{name} {column.tolist()}" for name, column in rows.items()]
    return digest(parts)


def undisturbed(workers: Workers, new_places: NewPlaces) -> tuple[str, float]:
    """Fingerprint and duration [s] of a run that nobody disturbs."""
    for _ in range(2):  # the first run also pays for loading the libraries
        calm = new_places()
        start = time.monotonic()
        workers.start(calm, "everything")
        assert workers.result() == 0
        duration = time.monotonic() - start
    return fingerprint(calm), duration


def killed_at_random(workers: Workers, new_places: NewPlaces, kills: int) -> None:
    """Kill runs, look at what is left, let them finish, compare."""
    expected, duration = undisturbed(workers, new_places)
    generator = random.Random(20250131)
    results = []
    for _ in range(kills):
        here = new_places()
        delay = generator.uniform(0.0, 0.9 * duration)
        workers.start(here, "everything", kill_after=delay)
        results.append(workers.result())
        with Store.at(here) as store:
            store.records.verify().require()
            months = [one.period for one in store.records.documents("close")]
            assert months == [
                one.period for one in store.records.documents("statement")
            ]
        workers.start(here, "everything")
        assert workers.result() == 0
        assert fingerprint(here) == expected
    killed = results.count(-signal.SIGKILL)
    assert killed >= kills // 3, f"only {killed} of {kills} died of their kill"


@pytest.mark.slow
def test_killed_at_random_points_the_result_is_the_same(
    workers: list[Workers], new_places: NewPlaces
) -> None:
    # A new PostgreSQL database for each kill takes long; the slow test has them all.
    here = new_places()
    killed_at_random(workers[0], new_places, 15 if "sqlite" in here.records else 5)


@pytest.mark.slow
def test_killed_at_many_random_points_the_result_is_the_same(
    workers: list[Workers], new_places: NewPlaces
) -> None:
    killed_at_random(workers[0], new_places, 50)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stop", "files"),
    [
        ("before readings", 1),
        ("within readings", 1),
        ("after readings", 2),
        ("within records", 2),
        ("before the seal", 2),
    ],
)
def test_killed_at_each_step_of_the_protocol(
    workers: list[Workers], new_places: NewPlaces, stop: str, files: int
) -> None:
    """The second file dies there; an orphan is finished by opening alone."""
    expected, _ = undisturbed(workers[0], new_places)
    here = new_places()
    workers[0].start(here, "everything", stop=stop)
    assert workers[0].result() == -signal.SIGKILL
    with Store.at(here) as store:
        assert len(store.records.intake_files()) == files
        assert store.records.verify().sound
        assert store.missing() == ()
    workers[0].start(here, "everything")
    assert workers[0].result() == 0
    assert fingerprint(here) == expected


def test_two_programs_at_once_lose_nothing(
    workers: list[Workers], new_places: NewPlaces
) -> None:
    here = new_places()
    for task in ("note", "file_of_own"):
        for one in workers:
            one.start(here, task)
        assert [one.result() for one in workers] == [0, 0]
    with Store.at(here) as store:
        assert store.records.verify().sound
        assert len(store.records.documents("note")) == 40
        files = store.records.intake_files()
        assert [one.received for one in files] == [1, 2, 3, 4, 5, 6]
        # Both deliver the same figures: each is new once.
        assert sum(one.unchanged for one in files) > 0
        figures = store.readings.select()
        assert len(np.unique(figures["ts"])) == len(figures["ts"]) == 1_000


@pytest.mark.slow
def test_two_programs_may_do_the_same_work_at_once(
    workers: list[Workers], new_places: NewPlaces
) -> None:
    expected, _ = undisturbed(workers[0], new_places)
    here = new_places()
    for one in workers:
        one.start(here, "take_files")
    assert [one.result() for one in workers] == [0, 0]
    for one in workers:
        one.start(here, "close_periods")
    assert [one.result() for one in workers] == [0, 0]
    assert fingerprint(here) == expected
