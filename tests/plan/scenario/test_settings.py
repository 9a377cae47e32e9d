"""Plans that choose their settings: scenarios choose anew, two stages hold them."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.plan.replan import StandingPlan, replan, stand
from orebook.plan.replan_changes import Changes, NewPrice
from orebook.plan.scenario.jobs import HERE
from orebook.plan.scenario.margins import outcomes
from orebook.plan.scenario.two_stage import Scenario, two_stage
from tests.plan.toys import known, toy, toys, works

__all__ = ["toys"]
pytestmark = pytest.mark.usefixtures("toys")
QUADRATIC = {"yield": 0.8, "k": 0.02, "best": 6.0, "steam": 0.1}


def plant() -> StandingPlan:
    """Return a unit whose yield has its best at a setting, for three periods."""
    net = works(toy("a", "quadratic", QUADRATIC))
    return stand(net, known(net, 3))


def dear(plan: StandingPlan, factor: float) -> Changes:
    """Return another price of what is sold, from the second period on."""
    key = next(k for k in plan.assembly.conditions.price if k.startswith("sell:"))
    later = tuple(p.name for p in plan.periods[1:])
    return Changes(prices=(NewPrice(key, factor=factor, periods=later),))


def test_a_scenario_chooses_its_settings_anew() -> None:
    plan = plant()
    jobs = [dear(plan, f) for f in (0.5, 1.5)]
    found = outcomes(plan, jobs, runner=HERE)
    for one, job in zip(found, jobs, strict=True):
        assert one.margin == pytest.approx(replan(plan, job).plan.margin, rel=1e-9)


def test_two_stages_hold_the_settings_of_the_plan() -> None:
    plan = plant()
    some = [
        Scenario("low", dear(plan, 0.5), 0.5),
        Scenario("high", dear(plan, 1.5), 0.5),
    ]
    value = two_stage(plan, some, runner=HERE).value
    anew = outcomes(plan, [s.changes for s in some], runner=HERE)
    assert value.evpi >= -1e-6
    assert value.vss is not None
    assert value.vss >= -1e-6
    assert (value.wait <= np.array([o.margin for o in anew]) + 1e-6).all()
