"""Jobs keep their order and are never lost, wherever they run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.plan.scenario.jobs import HERE, JobLostError, Runner, run
from orebook.plan.scenario.margins import outcomes
from tests.conftest import PROJECT
from tests.plan.scenario.work import (
    dies_always,
    dies_once,
    measured,
    refused,
    squared,
    weekly,
)

TWO = Runner(workers=2)


@pytest.fixture
def spawned() -> Iterator[Executor]:
    """Return a pool of two processes that somebody else made."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        yield executor


def test_results_come_in_the_order_of_the_jobs(spawned: Executor) -> None:
    jobs = list(range(20))
    expected = tuple(7 + j * j for j in jobs)
    assert run(squared, 7, jobs, runner=HERE) == expected
    assert run(squared, 7, jobs, runner=TWO) == expected
    assert run(squared, 7, jobs, runner=Runner(executor=spawned)) == expected
    with ThreadPoolExecutor(3) as threads:
        assert run(squared, 7, jobs, runner=Runner(executor=threads)) == expected
    assert run(squared, 7, [], runner=TWO) == ()


def test_small_work_stays_in_this_process_and_is_told() -> None:
    told: list[tuple[str, float]] = []
    found = run(squared, 1, [1, 2], progress=lambda *x: told.append(x), step="s")
    assert found == (2, 5)
    assert told == [("s", 0.5), ("s", 1.0)]


def test_an_error_of_the_user_comes_through() -> None:
    for runner in (HERE, TWO):
        with pytest.raises(InputError, match="job 3"):
            run(refused, 0, range(6), runner=runner)


@pytest.mark.slow
def test_a_killed_worker_loses_no_job(tmp_path: Path) -> None:
    found = run(dies_once, tmp_path, range(8), runner=TWO)
    assert (tmp_path / "died").exists()
    assert found == tuple(10 * k for k in range(8))


@pytest.mark.slow
def test_a_broken_executor_of_others_loses_no_job(
    tmp_path: Path, spawned: Executor
) -> None:
    found = run(dies_once, tmp_path, range(8), runner=Runner(executor=spawned))
    assert (tmp_path / "died").exists()
    assert found == tuple(10 * k for k in range(8))


@pytest.mark.slow
def test_the_job_that_kills_its_worker_is_named(tmp_path: Path) -> None:
    with pytest.raises(JobLostError, match=r"job 3 of 6 \(2\) lost its worker 2 times"):
        run(dies_always, tmp_path, range(6), runner=Runner(workers=2, attempts=2))


@pytest.mark.slow
def test_what_is_shared_may_be_large() -> None:
    shared = np.random.default_rng(1).bytes(3_000_000)
    assert run(measured, shared, [1, 2], runner=TWO) == (3_000_001, 3_000_002)


@pytest.mark.slow
def test_a_script_without_its_guard_is_told_so_and_does_not_hang(
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from tests.plan.scenario.work import measured\n"
        "from orebook.plan.scenario.jobs import Runner, run\n"
        "run(measured, bytes(range(256)) * 4000, [1, 2], runner=Runner(workers=2))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=PROJECT,
        env={"PYTHONPATH": str(PROJECT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert 'if __name__ == "__main__":' in done.stderr.splitlines()[-1]


def test_scenarios_are_the_same_in_any_number_of_processes() -> None:
    plan = weekly()
    jobs = [
        Changes(prices=(NewPrice("sell:aluminium", factor=f),))
        for f in np.linspace(0.9, 1.1, 9)
    ]
    here, there = (outcomes(plan, jobs, runner=r) for r in (HERE, TWO))
    for a, b in zip(here, there, strict=True):
        assert a.margin == b.margin
        assert np.array_equal(a.amounts, b.amounts)
