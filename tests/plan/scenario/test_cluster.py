"""Scenarios on a Dask cluster: a worker killed during the run loses none."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.plan.scenario.cluster import cluster
from orebook.plan.scenario.jobs import HERE, run
from orebook.plan.scenario.margins import outcomes
from tests.plan.scenario.work import slow_outcome, weekly

distributed: Any = pytest.importorskip(
    "distributed", reason="the extra 'cluster' (distributed) is not installed"
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return the scheduler of a local cluster of two worker processes."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
    ) as local:
        yield local.scheduler_address


def pids(address: str) -> dict[str, int]:
    """Return the process of every worker."""
    with distributed.Client(address, set_as_default=False) as client:
        found: dict[str, int] = client.run(os.getpid)
        return found


@pytest.mark.slow
def test_a_worker_killed_during_the_run_loses_no_scenario(address: str) -> None:
    plan = weekly()
    jobs = [
        Changes(prices=(NewPrice("sell:aluminium", factor=f),))
        for f in np.linspace(0.8, 1.2, 24)
    ]
    serial = outcomes(plan, jobs, runner=HERE)
    victim = next(iter(pids(address).values()))
    killed: list[float] = []

    def kill(step: str, share: float) -> None:
        if share > 0.2 and not killed:
            killed.append(share)
            os.kill(victim, signal.SIGKILL)

    with cluster(address) as runner:
        found = run(slow_outcome, plan, jobs, runner=runner, progress=kill)
    assert killed
    assert killed[0] < 0.9, "the worker is to die while scenarios are still to come"
    ran_in = {process for process, _ in found}
    assert len(ran_in) >= 2, "both workers took part"
    assert victim not in {process for process, _ in found[-4:]}
    for (_, there), here in zip(found, serial, strict=True):
        assert there.margin == here.margin
        assert np.array_equal(there.amounts, here.amounts)


def test_nobody_at_the_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orebook.plan.scenario.cluster.CONNECT_WITHIN", 1.0)
    with (
        pytest.raises(
            InputError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"
        ),
        cluster("tcp://127.0.0.1:9"),
    ):
        pass
