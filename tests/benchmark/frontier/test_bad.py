"""Bad outputs under four contracts, and which of them can be fooled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from orebook.benchmark.frontier import frontier
from orebook.errors import InputError
from tests.benchmark.frontier.conftest import CASES, units

DATA = CASES["bad_output_two_period"]
X, Y, B = DATA["X"], DATA["Y_1"], DATA["B_1"]


def with_bads(seed: int, count: int = 25) -> tuple[Any, Any, Any]:
    x, y = units(seed, count)
    rng = np.random.default_rng(seed + 1)
    return x, y, (x[:, :1] * rng.uniform(0.5, 2.0, (count, 1)))


def test_weak_disposability_can_be_fooled_and_by_production_not() -> None:
    """Unit 2 makes less good and more bad than unit 1 of the same input."""
    options: dict[str, Any] = {"returns": "crs", "orientation": "output", "bads": B}
    weak = frontier(X, Y, contract="weak", **options)
    assert weak.scores[1] == pytest.approx(0.0, abs=1e-9)
    default = frontier(X, Y, **options)
    assert default.contract == "by_production"
    assert default.parts["good"][1] == pytest.approx(7.0 / 5.0 - 1.0)
    assert default.parts["bad"][1] == pytest.approx(1.0 - 2.0 / 5.0)
    assert default.efficiency[1] == pytest.approx((5.0 / 7.0 + 2.0 / 5.0) / 2.0)
    np.testing.assert_allclose(default.targets[1], [1.0, 7.0, 2.0])
    assert "bad outputs: by_production" in default.summary()


def test_polluting_inputs_bound_the_bad() -> None:
    """By production, the bad is compared only at as much of its cause."""
    x = {"coal": [10.0, 20.0, 20.0], "labour": [5.0, 1.0, 5.0]}
    y, b = [10.0, 10.0, 10.0], [10.0, 20.0, 24.0]
    found = frontier(
        x, y, bads={"ash": b}, polluting=["coal"], returns="vrs", orientation="output"
    )
    # Only the second burns as much coal as the third, and gives 20 of ash.
    np.testing.assert_allclose(found.parts["bad"], [0.0, 0.0, 1.0 - 20.0 / 24.0])
    assert found.bad_lambdas is not None
    np.testing.assert_allclose(found.bad_lambdas.toarray()[2], [0.0, 1.0, 0.0])


def by_scipy(x: Any, y: Any, b: Any, unit: int, *, own_abatement: bool) -> float:
    """Return the step of one unit under Kuosmanen 2005 or plain weak disposability."""
    count = len(x)
    zero = np.zeros
    cost = np.append(zero(2 * count), -1.0)
    upper = [
        np.column_stack([x.T, x.T, zero(x.shape[1])]),
        np.column_stack([-y.T, 0.0 * y.T, y[unit]]),
    ]
    right = np.concatenate([x[unit], -y[unit]])
    equal = [np.column_stack([b.T, 0.0 * b.T, b[unit]])]
    fixed = [b[unit]]
    if own_abatement:
        equal.append(np.append(np.ones(2 * count), 0.0)[None])
        fixed.append(np.ones(1))
    bounds = [(0, None)] * (2 * count) + [(None, None)]
    if not own_abatement:
        bounds[count : 2 * count] = [(0, 0)] * count
    found = linprog(
        cost, np.concatenate(upper), right, np.concatenate(equal),
        np.concatenate(fixed), bounds,
    )  # fmt: skip
    return float(-found.fun)


@pytest.mark.parametrize("seed", [1, 2])
def test_kuosmanen_and_weak_are_those_of_scipy(seed: int) -> None:
    x, y, b = with_bads(seed)
    one = frontier(x, y, bads=b, contract="kuosmanen", orientation="output")
    two = frontier(x, y, bads=b, contract="weak", returns="crs", orientation="output")
    for unit in range(len(x)):
        oracle = by_scipy(x, y, b, unit, own_abatement=True)
        assert one.scores[unit] == pytest.approx(oracle, abs=1e-9)
        oracle = by_scipy(x, y, b, unit, own_abatement=False)
        assert two.scores[unit] == pytest.approx(oracle, abs=1e-9)
    assert one.certificate.worst < 1e-9
    # Bads of the target are exactly the step: they are not thrown away.
    np.testing.assert_allclose(one.targets[:, -1], b[:, 0] * (1.0 - one.scores))


def test_strong_disposability_never_scores_below_weak() -> None:
    x, y, b = with_bads(4)
    options: dict[str, Any] = {"returns": "crs", "orientation": "output", "bads": b}
    strong = frontier(x, y, contract="as_input", **options).scores
    weak = frontier(x, y, contract="weak", **options).scores
    assert (strong >= weak - 1e-10).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"contract": "weak"}, "not convex"),
        ({"contract": "kuosmanen", "returns": "crs"}, "use 'weak'"),
        ({"contract": "by_produce"}, "did you mean 'by_production'"),
        ({"model": "sbm"}, "expected model 'directional'"),
        ({"polluting": ["steam"]}, "polluting 'steam' is no input"),
    ],
)
def test_what_does_not_go_together_is_refused(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        frontier(X, Y, bads=B, **options)
