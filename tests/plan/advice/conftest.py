"""A kiln, a potline and a recipe in small plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process import registry
from orebook.process.network import network
from tests.plan.advice.toy import kiln_chain


@pytest.fixture(scope="session")
def kilns() -> object:
    """Register the kiln while the tests run."""
    patch = pytest.MonkeyPatch()
    kinds = {**registry._MODULES, "toy_kiln": "tests.plan.advice.toy"}
    patch.setattr(registry, "_MODULES", kinds)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def planned(kilns: object) -> Callable[[Chain], Plan]:
    """Return a function that plans a chain for one month, settings as they stand."""

    def made(chain: Chain) -> Plan:
        months = horizon(period("2026-01"), 1)
        held = chain.model_copy(
            update={
                "units": tuple(u.model_copy(update={"free": {}}) for u in chain.units)
            }
        )
        plan = make_plan(network(held), conditions(held, months, known_until=None))
        return replace(plan, assembly=replace(plan.assembly, network=network(chain)))

    return made


@pytest.fixture(scope="session")
def kiln_plan(planned: Callable[[Chain], Plan]) -> Plan:
    """Return the plan of a kiln with two free settings."""
    return planned(kiln_chain(free={"temperature": {}, "speed": {}}))
