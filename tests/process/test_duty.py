"""The duty a unit did, told from its flows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.process.contract import (
    Case,
    Duty,
    Outcome,
    Port,
    Process,
    unit_responses,
)
from orebook.process.duty import duty_done
from orebook.process.registry import bind, kind, kind_names


@pytest.mark.parametrize("name", kind_names())
@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_the_duty_behind_the_flows_is_found_again(name: str, seed: int) -> None:
    """Flows of a known duty give that duty back, told by the prior where ambiguous."""
    chain = kind(name).example()
    process = bind(chain.units[0], chain)
    rng = np.random.default_rng(seed)
    duty = {d.name: float(rng.uniform(10.0, 1e5)) for d in process.duties}
    out = process.run(Case({k: np.asarray(v) for k, v in duty.items()}))
    flows = {k: float(v) for k, v in out.flows.items()}
    found = duty_done(process, flows, content={}, setting={}, prior=duty)
    assert found == pytest.approx(duty, rel=1e-6)


def test_an_idle_unit_did_nothing() -> None:
    """No flow, no duty."""
    chain = kind("potline").example()
    process = bind(chain.units[0], chain)
    found = duty_done(process, {"metal": 0.0}, content={}, setting={}, prior={})
    assert found == {"charge": 0.0}


def test_inefficiency_does_not_move_the_duty() -> None:
    """More power for the same metal is inefficiency, not a larger duty."""
    chain = kind("potline").example()
    process = bind(chain.units[0], chain)
    out = process.run(Case({"charge": np.asarray(1000.0)}))
    flows = {k: float(v) for k, v in out.flows.items()}
    flows["power"] *= 1.05
    found = duty_done(process, flows, content={}, setting={}, prior={"charge": 1000.0})
    assert found["charge"] == pytest.approx(1000.0, rel=1e-5)


def test_the_duty_of_a_curved_process_is_found_by_its_tangents() -> None:
    """Steam 3 + 0.1 q + 0.01 q^2 was 15 t, metal 0.9 q was 27: q = 30, exactly."""

    def run(case: Case) -> Outcome:
        q = case.duty["ore"]
        return Outcome({"steam": -(3.0 + 0.1 * q + 0.01 * q**2), "metal": 0.9 * q})

    made = Process(
        "boiler-like",
        (Duty("ore", "t", None, "metal"),),
        (Port("steam", "t", -1), Port("metal", "t", 1)),
        run,
        linear=False,
    )
    flows = {"steam": -15.0, "metal": 27.0}
    done = duty_done(made, flows, content={}, setting={}, prior={"ore": 45.0})
    assert done["ore"] == pytest.approx(30.0, rel=1e-6)
    alone = duty_done(
        made, {"steam": -15.0}, content={}, setting={}, prior={"ore": 45.0}
    )
    assert alone["ore"] == pytest.approx(30.0, rel=1e-2)
    secant = unit_responses(made, {}, {}, at={"ore": 30.0})
    assert 30.0 * float(secant.flows["steam"][0]) == pytest.approx(-15.0)
