"""Peaks over the face: the closed form of one unknown against the simplex."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from orebook.plan.face import _climb, _interval, _Part, dual_face, peaks
from orebook.plan.factor import factorise
from orebook.plan.solve import Solver
from tests.plan.linear import chain8, food, series, tied

steepness = st.sampled_from([-3.0, -1.0, -0.25, 0.5, 1.0, 4.0])
room = st.sampled_from([0.0, 0.125, 1.0, 2.5, np.inf])


@given(
    st.lists(st.tuples(steepness, room, room), max_size=4),
    st.tuples(room, room),
    st.lists(steepness, min_size=1, max_size=3),
)
def test_one_unknown_in_closed_form(cuts, ends, targets):
    slope = np.array([cut[0] for cut in cuts])
    part = _Part(
        members=np.array([0]),
        cuts=np.arange(slope.size),
        matrix=csr_array(slope.reshape(-1, 1)),
        least=-np.array([cut[1] for cut in cuts]),
        most=np.array([cut[2] for cut in cuts]),
        low=np.array([-ends[0]]),
        high=np.array([ends[1]]),
    )
    functions = csr_array(np.array(targets).reshape(-1, 1))
    closed = list(_interval(part, functions))
    for (height, price), (other, _) in zip(
        closed, _climb(part, functions), strict=True
    ):
        assert height == pytest.approx(other, abs=1e-12)
        assert (price != 0.0).sum() <= 1
    for target, (height, price) in zip(targets, closed, strict=True):
        if not np.isfinite(height) or not price.any():
            continue
        cut = int(np.flatnonzero(price)[0])
        limit = part.most[cut] if -price[cut] > 0.0 else part.least[cut]
        # Duality: what the binding cut allows, at its price, is the height.
        assert -price[cut] * limit == pytest.approx(height, abs=1e-12)
        assert -price[cut] * slope[cut] == pytest.approx(target)


@pytest.mark.parametrize(
    "problem",
    [
        chain8({}, weeks=4),
        food(),
        series([1.0, 2.0, 3.0], [10.0, 10.0, 10.0], ore=5.0, product=50.0),
        *(tied(seed) for seed in range(4)),
    ],
)
def test_order_and_repetition_of_functions_do_not_matter(problem) -> None:
    face = dual_face(factorise(problem, Solver(problem).optimal()))
    slope = face.row_slope()
    once = peaks(face, slope).value
    order = np.random.default_rng(5).permutation(np.repeat(np.arange(once.size), 2))
    scale = np.random.default_rng(6).choice([0.5, 1.0, 4.0], order.size)
    again = peaks(face, csr_array(slope[order].multiply(scale[:, None]))).value
    assert again == pytest.approx(once[order] * scale, rel=1e-9, abs=1e-9)
