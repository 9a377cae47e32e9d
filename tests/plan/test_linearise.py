"""Slopes from one broadcast call, against derivatives known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.plan.linearise import linearise, response_of
from orebook.plan.respond import respond
from orebook.process.contract import Array, Case, Duty, Outcome, Port, Process, Setting
from orebook.process.registry import bind, kind


def process(
    law: Callable[[Array, Array], Array],
    *,
    linear: bool = True,
    calls: list[int] | None = None,
) -> Process:
    """Return a process of one duty, one setting and one product."""

    def run(case: Case) -> Outcome:
        if calls is not None:
            calls.append(1)
        q, x = case.duty["q"], case.setting["x"]
        purity = case.content.get("feed", {}).get("Al2O3", np.asarray(0.5))
        made = law(q, x) * purity
        safe = np.where(q == 0.0, 1.0, q)
        return Outcome({"out": made}, {"hours": q / x}, {"rate": made / safe})

    return Process(
        "made", (Duty("q", "t", "feed", "out"),), (Port("out", "t", 1),), run,
        settings=(Setting("x", "", 2.0, 1.0, 5.0),), limits={"hours": "h"},
        linear=linear,
    )  # fmt: skip


def test_one_call_gives_all_slopes() -> None:
    """Value and slopes by duty, setting and quality come from a single call."""
    calls: list[int] = []
    made = process(lambda q, x: q * x**3, calls=calls)
    x = np.array([1.0, 2.0, 3.3, 5.0])
    found = linearise(
        made,
        {"q": np.full(4, 7.0)},
        content={"feed": {"Al2O3": np.full(4, 0.6)}},
        setting={"x": x},
        free=["x"],
        qualities=[("feed", "Al2O3")],
        periods=4,
    )
    assert len(calls) == 1
    np.testing.assert_allclose(found.flows["out"], 7 * x**3 * 0.6)
    by_q, by_x, by_c = found.flow_slopes["out"]
    np.testing.assert_allclose(by_q, x**3 * 0.6, rtol=1e-12)
    np.testing.assert_allclose(by_x, 7 * 3 * x**2 * 0.6, rtol=1e-7)
    np.testing.assert_allclose(by_c, 7 * x**3, rtol=1e-9)
    np.testing.assert_allclose(found.load_slopes["hours"][1], -7 / x**2, rtol=1e-6)
    np.testing.assert_allclose(found.indicator_slopes["rate"][0], 0.0, atol=1e-9)
    np.testing.assert_allclose(
        found.flow_bends["out"][1], 7 * 6 * x * 0.6, rtol=1e-2, atol=1e-6
    )
    assert found.doubt.max() < 1e-3


def test_slopes_at_the_ends_of_the_range_stay_inside() -> None:
    """At either end the stencil is one-sided: the process refuses what lies outside."""
    made = process(lambda q, x: q * np.exp(x))
    for end in (1.0, 5.0):
        point = {"x": np.array([end])}
        found = linearise(made, {"q": np.array([1.0])}, setting=point, free=["x"])
        assert found.flow_slopes["out"][1, 0] == pytest.approx(
            0.5 * np.exp(end), rel=1e-6
        )


def test_a_kink_is_told_by_its_doubt() -> None:
    """Beside a kink the two step sizes disagree; on smooth ground they do not."""
    made = process(lambda q, x: q * np.maximum(x, 3.0))
    for at, sharp in ((3.004, True), (4.0, False)):
        point = {"x": np.array([at])}
        found = linearise(made, {"q": np.array([1.0])}, setting=point, free=["x"])
        assert bool(found.doubt.max() > 0.01) is sharp


def test_a_curved_process_is_its_tangent() -> None:
    """q**2 at 6 is 12 q - 36: base and slope, exact at the point."""
    made = process(lambda q, x: q**2, linear=False)
    found = response_of(linearise(made, {"q": np.array([6.0])}), linear=False)
    assert found.flows["out"][0, 0] == pytest.approx(0.5 * 12.0, rel=1e-9)
    assert found.base_flows["out"][0] == pytest.approx(-0.5 * 36.0, rel=1e-9)


def test_a_linear_process_has_no_base_and_the_plan_s_own_coefficients() -> None:
    """For the example potline the tangent is what `respond` gives, number by number."""
    chain = kind("potline").example()
    potline = bind(chain.units[0], chain)
    tangent = linearise(potline, {"charge": np.array([500.0])})
    found, plain = response_of(tangent, linear=True), respond(potline, {}, {})
    assert found.base_flows == {}
    for port, weights in plain.flows.items():
        np.testing.assert_array_equal(found.flows[port], weights)


def test_what_is_not_there_is_refused() -> None:
    """Names of settings, qualities and variables are checked, with the right ones."""
    made = process(lambda q, x: q * x)
    with pytest.raises(
        InputError, match="no setting is called 'y'; this process has x"
    ):
        linearise(made, {}, free=["y"])
    with pytest.raises(InputError, match="'feed' does not state 'SiO2'"):
        linearise(made, {}, qualities=[("feed", "SiO2")])
    with pytest.raises(InputError, match="no slope by setting:x"):
        linearise(made, {}).place(("setting", "x"))
