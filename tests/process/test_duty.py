"""The duty a unit did, told from its flows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.process.contract import Case
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
