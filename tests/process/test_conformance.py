"""One conformance test over every registered kind: what the contract promises."""

from __future__ import annotations

import numpy as np
import pytest

from orebook.errors import InputError
from orebook.plan.linearise import linearise
from orebook.process.content import feed_content
from orebook.process.contract import Array, Case, Outcome, Process, unit_responses
from orebook.process.network import network
from orebook.process.registry import bind, kind, kind_names

CASES = 7


def bound(name: str) -> Process:
    """Return the process of a kind's example unit."""
    chain = kind(name).example()
    return bind(chain.units[0], chain)


def settings_over_range(process: Process, count: int) -> dict[str, Array]:
    """Return settings that sweep their declared range, each at its own pace."""
    share = np.linspace(0.0, 1.0, count)
    return {
        s.name: s.low + (s.high - s.low) * np.roll(share, i)
        for i, s in enumerate(process.settings)
    }


def swept(process: Process, count: int = CASES) -> Case:
    """Return cases over the whole range of settings with varied duties."""
    rng = np.random.default_rng(20260523)
    duty = {d.name: rng.uniform(1.0, 1e5, count) for d in process.duties}
    return Case(duty, {}, settings_over_range(process, count))


def imbalance(outcome: Outcome, component: str) -> float:
    """Return the relative imbalance of a component over all ports [-]."""
    parts = [
        flow * outcome.content.get(port, {}).get(component, np.zeros(()))
        for port, flow in outcome.flows.items()
    ]
    parts = [np.broadcast_to(p, (CASES,)) for p in parts]
    net, gross = np.abs(sum(parts)), sum(np.abs(p) for p in parts)
    return float(np.max(net / np.maximum(gross, 1e-300)))


@pytest.mark.parametrize("name", kind_names())
def test_what_it_conserves_closes(name: str) -> None:
    """Elements and mass close to 1e-9, energy to 1e-6, over the declared range."""
    process = bound(name)
    outcome = process.run(swept(process))
    assert process.conserves, f"{name} conserves nothing, not even mass"
    for component in process.conserves:
        limit = 1e-6 if component == "energy" else 1e-9
        assert imbalance(outcome, component) < limit, component


@pytest.mark.parametrize("name", kind_names())
def test_broadcasting_equals_looping(name: str) -> None:
    """One call over many cases gives what a loop over single cases gives."""
    process = bound(name)
    case = swept(process)
    together = process.run(case)
    for i in range(CASES):
        alone = process.run(
            Case(
                {k: v[i] for k, v in case.duty.items()},
                {},
                {k: v[i] for k, v in case.setting.items()},
            )
        )
        for table, single in (
            (together.flows, alone.flows),
            (together.loads, alone.loads),
            (together.indicators, alone.indicators),
        ):
            for key, value in table.items():
                whole = np.broadcast_to(value, (CASES,))
                np.testing.assert_allclose(
                    whole[i], single[key], rtol=1e-12, atol=1e-12
                )


@pytest.mark.parametrize("name", kind_names())
def test_flows_are_linear_in_duty(name: str) -> None:
    """Doubling every duty doubles every flow; the plan's coefficients add up to it.

    A kind that says it is not linear in its duties enters the plan as its tangent.
    """
    process = bound(name)
    if not process.linear:
        pytest.skip(f"{name} is not linear in its duties, and says so")
    case = swept(process)
    once = process.run(case)
    twice = process.run(
        Case({k: 2 * v for k, v in case.duty.items()}, {}, case.setting)
    )
    for port, flow in once.flows.items():
        np.testing.assert_allclose(twice.flows[port], 2 * flow, rtol=1e-9, atol=1e-9)
    unit = unit_responses(process, {}, {})
    plain = process.run(Case(case.duty))
    for port, flow in plain.flows.items():
        weights = np.broadcast_to(unit.flows[port], (len(process.duties),))
        total = sum(
            w * case.duty[d.name] for w, d in zip(weights, process.duties, strict=True)
        )
        np.testing.assert_allclose(flow, total, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("name", kind_names())
def test_derivatives_are_finite_over_the_range(name: str) -> None:
    """Central differences by every setting are finite inside the declared range."""
    process = bound(name)
    duty = {d.name: np.asarray(1000.0) for d in process.duties}
    for s in process.settings:
        step = 1e-4 * (s.high - s.low)
        inner = np.linspace(s.low + step, s.high - step, 9)
        high = process.run(Case(duty, {}, {s.name: inner + step}))
        low = process.run(Case(duty, {}, {s.name: inner - step}))
        for above, below in (
            (high.flows, low.flows),
            (high.loads, low.loads),
            (high.indicators, low.indicators),
        ):
            for key, value in above.items():
                slope = (np.broadcast_to(value, (9,)) - below[key]) / (2 * step)
                assert np.all(np.isfinite(slope)), (s.name, key)


@pytest.mark.parametrize("name", kind_names())
def test_the_plan_s_slopes_are_the_physics_own(name: str) -> None:
    """Over the whole range, ends included, one call agrees with other differences.

    Slopes are taken by every setting and feed quality; none has a kink.
    """
    process = bound(name)
    chain = kind(name).example()
    duty = {d.name: np.full(CASES, 1000.0) for d in process.duties}
    contents = {
        port: {c: v for c, v in parts.items() if 0.0 < float(v) < 1.0 and c != "mass"}
        for port, parts in feed_content(chain.units[0], chain).items()
    }
    qualities = [(p, c) for p, parts in contents.items() for c in parts]
    settings = settings_over_range(process, CASES)
    found = linearise(
        process, duty, content=contents, setting=settings,
        free=[s.name for s in process.settings], qualities=qualities, periods=CASES,
    )  # fmt: skip
    assert found.doubt.max() < 0.01
    for s in process.settings:
        step = 1e-5 * np.minimum(settings[s.name], s.high - s.low)
        step = np.where(s.low > 0.0, step, 1e-5 * (s.high - s.low))
        at = np.clip(settings[s.name], s.low + 1.01 * step, s.high - 1.01 * step)
        sides = [
            process.run(Case(duty, contents, {**settings, s.name: at + d}))
            for d in (step, -step)
        ]
        row = found.place(("setting", s.name))
        for port, slopes in found.flow_slopes.items():
            high, low = (np.broadcast_to(o.flows[port], (CASES,)) for o in sides)
            size = np.abs(found.flows[port]).max() / (s.high - s.low)
            np.testing.assert_allclose(
                slopes[row], (high - low) / (2 * step), rtol=1e-3, atol=1e-4 * size
            )
    for table in (found.flow_slopes, found.load_slopes, found.indicator_slopes):
        assert all(np.all(np.isfinite(v)) for v in table.values())


@pytest.mark.parametrize("name", kind_names())
def test_limits_raise_clear_errors(name: str) -> None:
    """What lies outside, or is unknown, is refused with the name and the range."""
    process = bound(name)
    with pytest.raises(InputError, match="must be a finite amount"):
        process.run(Case({process.duties[0].name: np.asarray(-1.0)}))
    with pytest.raises(InputError, match="must be a finite amount"):
        process.run(Case({process.duties[0].name: np.asarray(np.nan)}))
    with pytest.raises(InputError, match="no duty is called 'tea'"):
        process.run(Case({"tea": np.asarray(1.0)}))
    with pytest.raises(InputError, match="no setting is called 'tea'"):
        process.run(Case({}, {}, {"tea": np.asarray(1.0)}))
    for s in process.settings:
        with pytest.raises(InputError, match=f"setting '{s.name}'.*lies outside"):
            process.run(Case({}, {}, {s.name: np.asarray(s.high + 1.0)}))


@pytest.mark.parametrize("name", kind_names())
def test_every_port_and_load_is_declared(name: str) -> None:
    """A flow has a declared port of the right sign, a load a declared limit."""
    process = bound(name)
    outcome = process.run(swept(process))
    signs = {p.name: p.sign for p in process.ports}
    assert set(outcome.flows) <= set(signs)
    assert set(outcome.loads) == set(process.limits)
    for port, flow in outcome.flows.items():
        assert np.all(np.asarray(flow) * signs[port] >= 0.0), port
    assert network(kind(name).example()).streams


def test_an_unknown_kind_names_the_nearest() -> None:
    """A misspelt kind is answered with the nearest registered one."""
    with pytest.raises(InputError, match="did you mean 'potline'"):
        kind("potlines")


@pytest.mark.parametrize("name", kind_names())
def test_relations_bind_declared_duties(name: str) -> None:
    """What binds duties in a plan names them, and allows that nothing runs."""
    process = bound(name)
    declared = {d.name for d in process.duties}
    names = [r.name for r in process.relations]
    assert len(set(names)) == len(names)
    for relation in process.relations:
        assert set(relation.weights) <= declared
        assert np.all(np.isfinite(list(relation.weights.values())))
