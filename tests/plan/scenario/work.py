"""Jobs and a small plan that other processes can import."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from time import sleep

from orebook.chain.calendar import horizon, period
from orebook.chain.plant import Store
from orebook.errors import InputError
from orebook.plan.conditions import conditions
from orebook.plan.replan import StandingPlan, stand
from orebook.plan.replan_changes import Changes
from orebook.plan.scenario.margins import Outcome, outcome
from orebook.process.network import network
from tests.plan.chains import V3_FACTORS, chain8

WEEKS = horizon(period("2026-W02"), 4)


def weekly() -> StandingPlan:
    """Return chain8 with slack sections and an alumina store, planned for 4 weeks."""
    silo = Store(
        id="silo",
        name="仓",
        name_en="silo",
        centre="trade",
        good="alumina@p",
        capacity="15000 t",
        opening="5000 t",
        end="free",
    )
    net = network(chain8(V3_FACTORS, stores=(silo,)))
    return stand(net, conditions(net.chain, WEEKS, known_until=None))


def squared(shared: int, job: int) -> int:
    """Return a number that shows what was shared."""
    return shared + job * job


def refused(shared: int, job: int) -> int:
    """Refuse one job."""
    if job == 3:
        raise InputError("job 3 is refused; expected another; leave it out")
    return job


def measured(shared: bytes, job: int) -> int:
    """Return the length of what is shared."""
    return len(shared) + job


def dies_once(folder: Path, job: int) -> int:
    """Kill the own process the first time job 2 is met."""
    mark = folder / "died"
    if job == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 10 * job


def dies_always(folder: Path, job: int) -> int:
    """Kill the own process whenever job 2 is met; count the starts of the others."""
    if job == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    sleep(0.02)
    return job


def slow_outcome(plan: StandingPlan, job: Changes) -> tuple[int, Outcome]:
    """Return the outcome of a scenario after a while, and the process it ran in."""
    sleep(0.25)
    return os.getpid(), outcome(plan, job)
