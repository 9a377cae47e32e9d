"""Linear reconciliation against published networks, a dense oracle and its own laws."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from orebook.errors import DataQualityError, InfeasibleError, InputError
from orebook.ledger.reconcile import reconcile
from orebook.ledger.sparse_factor import factorise, selected_inverse
from tests.ledger.networks import (
    NETWORKS,
    Network,
    incidence,
    shared_matrix,
    shared_networks,
)

Floats = NDArray[np.float64]


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_published_networks_are_reproduced(network: Network) -> None:
    """Values, standard errors and objective of the source named in the table."""
    result = reconcile(network.matrix, network.reading, network.sd)
    np.testing.assert_allclose(result.value, network.reconciled, rtol=1e-7)
    np.testing.assert_allclose(result.sd, network.reconciled_sd, rtol=1e-7)
    assert result.objective == pytest.approx(network.objective, rel=1e-7)
    assert result.dof == network.dof
    assert result.worst_imbalance_sigma == pytest.approx(
        network.nodal_z.max(), rel=1e-5
    )
    assert set(result.status) == {"redundant"}


def test_all_ten_reference_networks(shared_data: Path) -> None:
    """The ten networks of the reference data, among them two with coefficients."""
    networks = shared_networks(shared_data)
    assert len(networks) == 10
    for network in networks:
        expected = network["expected"]
        result = reconcile(shared_matrix(network), network["measured"], network["sd"])
        np.testing.assert_allclose(result.value, expected["reconciled"], rtol=1e-7)
        np.testing.assert_allclose(result.sd, expected["reconciled_sd"], rtol=1e-7)
        assert result.objective == pytest.approx(expected["global_test"], rel=1e-7)
        assert result.dof == expected["dof"]


def test_reactor_with_coefficients() -> None:
    """Ripps (1965), as restated in later literature: three element balances."""
    matrix = [[0.1, 0.6, -0.2, -0.7], [0.8, 0.1, -0.2, -0.1], [0.1, 0.3, -0.6, -0.2]]
    reading = np.array([0.1858, 4.7935, 1.2295, 3.88])
    sd = np.sqrt([0.000289, 0.0025, 0.000576, 0.04])
    result = reconcile(matrix, reading, sd)
    assert result.objective == pytest.approx(8.45474, abs=1e-5)
    np.testing.assert_allclose(
        result.value, [0.16757, 4.85945, 1.17297, 3.85405], atol=1e-5
    )
    for k, left in enumerate([7.2953, 0.9636, 1.5702, 8.4374]):
        without = reading.copy()
        without[k] = np.nan
        assert reconcile(matrix, without, sd).objective == pytest.approx(left, abs=1e-4)


def test_half_widths_of_vdi_2048() -> None:
    """VDI 2048 part 1, uncorrelated example: half-widths at 95 % after."""
    matrix = incidence(
        ("+1 +2 -3 -4", "+3 +4 -5 -6 -7 -8 -9", "+7 +8 +9 -10"), width=10
    )
    matrix[0, 4] = 0.4
    reading = [46.241, 45.668, 44.575, 44.319, 0.525]
    reading += [69.978, 10.364, 3.744, 4.391, 18.498]
    half = np.array([2.5, 2.5, 0.535, 0.532, 0.105, 0.854, 0.168, 0.058, 0.058, 0.205])
    result = reconcile(matrix, reading, half / 1.96)
    at = [0, 2, 4, 5, 9]
    np.testing.assert_allclose(
        result.value[at], [44.6918, 44.6385, 0.5242, 69.997, 18.499], atol=6e-5
    )
    np.testing.assert_allclose(
        1.96 * result.sd[at], [1.7899, 0.4717, 0.1046, 0.5668, 0.1371], atol=6e-5
    )
    assert result.objective == pytest.approx(3.06022, abs=1e-5)


def test_ore_yard_month() -> None:
    """One stock over a month; figures computed for the reference by two methods."""
    result = reconcile(
        [[1, 1, -1, -1]], [5e4, 1.2e5, 1.1e5, 5.8e4], [1000, 600, 550, 1200]
    )
    np.testing.assert_allclose(
        result.value, [49355.36, 119767.93, 110195.00, 58928.28], atol=6e-3
    )
    np.testing.assert_allclose(result.sd, [823.21, 564.12, 522.50, 878.43], atol=6e-3)
    assert result.objective == pytest.approx(1.28928, abs=1e-5)


def test_three_days_with_a_stock_not_counted() -> None:
    """Stocks link days; the one not counted is computed (reference case 7b)."""
    matrix = incidence(("+1 +2 -3 -4", "+4 +5 -6 -7", "+7 +8 -9 -10"), width=10)
    reading = [12000, 8000, 7500, 12700, 8200, 7900, np.nan, 7900, 8300, 12900]
    sd = [200, 80, 75, 200, 80, 80, np.inf, 80, 85, 200]
    result = reconcile(matrix, reading, sd)
    expected = [12162.489, 8025.998, 7477.150, 12711.338, 8227.812, 7872.188]
    expected += [13066.963, 7927.812, 8268.603, 12726.173]
    np.testing.assert_allclose(result.value, expected, atol=6e-4)
    assert result.objective == pytest.approx(2.11615, abs=1e-5)
    assert result.status[6] == "observable"


def flow_network(seed: int, nodes: int, streams: int) -> Floats:
    """Return the incidence of a random flow network, connected to the outside."""
    draw = np.random.default_rng(seed)
    matrix = np.zeros((nodes + 1, streams))
    for k in range(streams):
        a = k % (nodes + 1)
        b = (a + 1 + draw.integers(nodes)) % (nodes + 1)
        matrix[a, k], matrix[b, k] = -1, 1
    return matrix[:nodes]


def dense_oracle(matrix: Floats, reading: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Values and standard errors from the null space, by dense linear algebra."""
    from scipy.linalg import null_space

    basis = null_space(matrix)
    basis[np.abs(basis) < 1e-12] = 0.0  # a stream the balances hold at nought
    known = ~np.isnan(reading)
    design = basis[known] / sd[known, None]
    weight, *_ = np.linalg.lstsq(design, reading[known] / sd[known], rcond=None)
    covariance = basis @ np.linalg.pinv(design.T @ design) @ basis.T
    return basis @ weight, np.sqrt(np.diag(covariance))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(0, 20), st.floats(0, 0.5))
@example(5, 6, 1, 0.5)  # two streams that can only be nought
def test_against_a_dense_oracle(
    seed: int, nodes: int, extra: int, missing: float
) -> None:
    """Random networks with gaps agree with a null-space solution where observable."""
    matrix = flow_network(seed, nodes, nodes + 1 + extra)
    draw = np.random.default_rng(seed + 1)
    width = matrix.shape[1]
    sd = draw.uniform(0.2, 5.0, width)
    reading = draw.uniform(1.0, 100.0, width)
    reading[draw.random(width) < missing] = np.nan
    result = reconcile(csr_array(matrix), reading, sd)
    value, error = dense_oracle(matrix, reading, sd)
    known = result.status != "unobservable"
    np.testing.assert_allclose(result.value[known], value[known], atol=1e-8)
    np.testing.assert_allclose(result.sd[known], error[known], atol=1e-7)
    assert (np.ma.getmaskarray(result.value) == ~known).all()


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(3, 8))
def test_general_balances_against_a_dense_oracle(
    seed: int, height: int, extra: int
) -> None:
    """Random coefficients, with one balance repeated as the sum of two others."""
    draw = np.random.default_rng(seed)
    matrix = draw.normal(size=(height, height + extra))
    matrix = np.vstack([matrix, 2 * matrix[0] - 3 * matrix[1]])
    sd = draw.uniform(0.5, 2.0, height + extra)
    reading = draw.normal(10, 3, height + extra)
    reading[0] = np.nan
    result = reconcile(matrix, reading, sd)
    value, error = dense_oracle(matrix, reading, sd)
    np.testing.assert_allclose(result.value, value, atol=1e-7)
    np.testing.assert_allclose(result.sd, error, atol=1e-7)
    assert len(result.redundant_equations) == 1
    assert result.dof == height - 1


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(0, 20))
def test_balances_close_and_accuracy_never_worsens(
    seed: int, nodes: int, extra: int
) -> None:
    """Residual within 1e-9 of the flows; sd after never above sd before."""
    matrix = flow_network(seed, nodes, nodes + 1 + extra)
    draw = np.random.default_rng(seed)
    sd = 10.0 ** draw.uniform(-2, 3, matrix.shape[1])
    reading = draw.uniform(1.0, 1000.0, matrix.shape[1])
    result = reconcile(matrix, reading, sd)
    assert result.residual <= 1e-9 * abs(reading).max()
    assert (result.sd <= sd * (1 + 1e-12)).all()
    scale = np.maximum(np.asarray(result.adjustment_sd), 1e-300)
    whole = np.asarray(result.sd) ** 2 + scale**2
    rounding = 1e-12 * float((sd**2).max())
    np.testing.assert_allclose(whole, sd**2, rtol=1e-6, atol=max(rounding, 1e-9))


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
def test_unit_and_order_do_not_matter(seed: int, factor: float) -> None:
    """Readings in another unit and streams and balances in another order."""
    matrix = flow_network(seed, 5, 14)
    draw = np.random.default_rng(seed)
    sd, reading = draw.uniform(0.5, 3, 14), draw.uniform(10, 90, 14)
    reading[draw.integers(14)] = np.nan
    base = reconcile(matrix, reading, sd)
    rows, columns = draw.permutation(5), draw.permutation(14)
    other = reconcile(
        matrix[np.ix_(rows, columns)], factor * reading[columns], factor * sd[columns]
    )
    np.testing.assert_allclose(
        other.value.data, factor * base.value.data[columns], rtol=1e-8, atol=1e-8
    )
    np.testing.assert_allclose(
        other.sd.data, factor * base.sd.data[columns], rtol=1e-8, atol=1e-8
    )
    assert other.objective == pytest.approx(base.objective, rel=1e-8)
    assert (other.status == base.status[columns]).all()


def test_selected_inverse_equals_the_dense_inverse() -> None:
    """Every entry the recursion gives is that of the full inverse."""
    matrix = csr_array(flow_network(5, 60, 150))
    normal = csr_array(matrix @ matrix.T)
    found = coo_array(selected_inverse(factorise(normal)))
    dense = np.linalg.inv(normal.toarray())
    np.testing.assert_allclose(found.data, dense[found.coords], rtol=1e-10)
    assert set(zip(*normal.nonzero(), strict=True)) <= set(
        zip(*found.coords, strict=True)
    )


def test_cancelled_entry_of_the_normal_matrix_is_kept() -> None:
    """Two streams whose shares in W cancel still count in the standard errors."""
    matrix = np.array([[1.0, 1.0, 1.0, 0.0], [1.0, -1.0, 0.0, 1.0]])
    result = reconcile(matrix, [1.0, 2.0, 3.0, 4.0], 1.0)
    _, error = dense_oracle(matrix, np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4))
    np.testing.assert_allclose(result.sd, error, rtol=1e-12)


def test_very_poor_meter_keeps_its_digits() -> None:
    """A reading known to 1e-6 of its meter's accuracy is not lost to cancellation."""
    result = reconcile([[1, -1, 0], [0, 1, -1]], [5e5, 100.0, 101.0], [1e9, 1.0, 1.0])
    assert result.value[0] == pytest.approx(100.5, rel=1e-9)
    assert result.sd[0] == pytest.approx(np.sqrt(0.5), rel=1e-9)


def test_unobservable_is_masked_and_never_a_number() -> None:
    """Two unmeasured streams leaving one node cannot be told apart."""
    result = reconcile([[1, -1, -1]], [100.0, np.nan, np.nan], 1.0)
    assert result.value.tolist() == [100.0, None, None]
    assert result.to_dict()["sd"] == [1.0, None, None]
    assert result.status.tolist() == ["non-redundant", "unobservable", "unobservable"]
    assert result.dof == 0
    assert result.objective == 0.0
    assert "2 unobservable" in result.summary()


def test_exact_value_stays() -> None:
    """A value with sd 0 is never moved; the others take the whole imbalance."""
    result = reconcile([[1, -1, -1]], [100.0, 60.0, 43.0], [0.0, 1.0, 1.0])
    assert result.value.tolist() == pytest.approx([100.0, 58.5, 41.5])
    assert result.sd[0] == 0.0


def test_closed_loop_reports_the_implied_balance() -> None:
    """Nodes without a way to the outside add up to zero: one balance is implied."""
    matrix = incidence(("+1 -2", "+2 -3", "+3 -1"), width=3)
    result = reconcile(matrix, [10.0, 11.0, 12.0], 1.0)
    assert result.redundant_equations == (2,)
    assert result.dof == 2
    np.testing.assert_allclose(result.value, 11.0)


def test_contradicting_balances_are_named() -> None:
    """A closed loop that is said to gain 5 t cannot close whatever the readings."""
    matrix = incidence(("+1 -2", "+2 -1", "+3 -4"), width=4)
    with pytest.raises(DataQualityError, match="balances 0, 1 contradict"):
        reconcile(matrix, [1.0, 2.0, 3.0, 4.0], 1.0, rhs=[0.0, 5.0, 0.0])


def test_contradicting_exact_values_are_named() -> None:
    """Exact values around a node that do not add up."""
    with pytest.raises(DataQualityError, match="balances 0 contradict"):
        reconcile([[1.0, -1.0]], [10.0, 12.0], 0.0)


def test_contradicting_general_balances_are_named() -> None:
    """Twice the same balance with coefficients, with two right-hand sides."""
    rows = [[0.5, -1.0, 0.3], [1.0, -2.0, 0.6]]
    with pytest.raises(DataQualityError, match="balances 0, 1 contradict"):
        reconcile(rows, [1.0, 2.0, 3.0], 1.0, rhs=[1.0, 3.0])


def test_lower_bound_matches_an_interior_point_solution() -> None:
    """A stream pulled below zero is held there; checked with highs."""
    import highspy

    matrix = incidence(("+1 -2 -3", "+2 -4 -5"), width=5)
    reading, sd = np.array([10.0, 12.0, 1.0, 15.0, 0.5]), np.array([1, 2, 1, 1, 1.0])
    free = reconcile(matrix, reading, sd)
    assert free.value.min() < 0
    result = reconcile(matrix, reading, sd, lower=0.0)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    x = [
        solver.addVariable(lb=0.0, obj=float(-2 * y / s**2))
        for y, s in zip(reading, sd, strict=True)
    ]
    for row in matrix:
        solver.addConstr(sum(float(a) * v for a, v in zip(row, x, strict=True)) == 0)
    hessian = highspy.HighsHessian()
    hessian.dim_ = 5
    hessian.format_ = highspy.HessianFormat.kTriangular
    hessian.start_ = list(range(6))
    hessian.index_ = list(range(5))
    hessian.value_ = (2 / sd**2).tolist()
    solver.passHessian(hessian)
    solver.run()
    expected = np.array(solver.getSolution().col_value)
    np.testing.assert_allclose(result.value, expected, atol=1e-5)
    assert result.value.min() == 0.0
    assert result.objective == pytest.approx(
        (((expected - reading) / sd) ** 2).sum(), abs=1e-5
    )
    assert result.active
    assert result.objective > free.objective


def test_bound_that_is_not_broken_changes_nothing() -> None:
    """The free solution is kept, bit by bit."""
    network = NETWORKS["yang8"]
    free = reconcile(network.matrix, network.reading, network.sd)
    bound = reconcile(network.matrix, network.reading, network.sd, lower=0.0)
    assert (free.value == bound.value).all()
    assert bound.active == ()


def test_bounds_that_cannot_hold_are_named() -> None:
    """A node with outflows of at least 10 t and an inflow known to be 5 t."""
    with pytest.raises(InfeasibleError, match=r"streams \[1, 2\]"):
        reconcile(
            [[1, -1, -1]], [5.0, 1.0, 4.0], [0.0, 1.0, 1.0], lower=[-np.inf, 6.0, 4.0]
        )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"value": [1.0, 2.0]}, "shape"),
        ({"sd": [1.0, -1.0, 1.0]}, "stream 1 reads"),
        ({"sd": [1.0, 1.0]}, "standard deviations have the shape"),
        ({"value": [1.0, np.inf, 2.0]}, "stream 1 reads inf"),
        ({"rhs": [1.0, 2.0]}, "right-hand sides"),
        ({"lower": [0.0, 1.0]}, "lower bounds"),
        ({"lower": [0.0, np.nan, 0.0]}, "lower bound of stream 1"),
        ({"matrix": [1.0, -1.0, 0.0]}, "dimensions"),
        ({"matrix": [[1.0, np.nan, 0.0]]}, "balance 0 has the coefficient nan"),
    ],
)
def test_wrong_input_is_named(change: dict[str, object], text: str) -> None:
    """Each message says where and what."""
    given_ = {"matrix": [[1.0, -1.0, -1.0]], "value": [3.0, 2.0, 1.0], "sd": 1.0}
    merged = {**given_, **change}
    with pytest.raises(InputError, match=text):
        reconcile(
            merged["matrix"],
            merged["value"],
            merged["sd"],
            rhs=merged.get("rhs"),
            lower=merged.get("lower"),
        )


def test_result_turns_into_json() -> None:
    """Everything in to_dict is plain."""
    network = NETWORKS["recycle7"]
    result = reconcile(network.matrix, network.reading, network.sd)
    again = json.loads(json.dumps(result.to_dict()))
    assert again["dof"] == 4
    assert len(again["value"]) == 7


def test_meters_of_very_different_accuracy_against_exact_fractions() -> None:
    """Neighbours with sd from 1e-4 to 10: values and errors against exact algebra."""
    from fractions import Fraction

    for seed in range(5):
        matrix = flow_network(seed, 2, 6)
        draw = np.random.default_rng(seed)
        sd = 10.0 ** draw.uniform(-4, 1, 6)
        reading = draw.uniform(1, 1000, 6)
        result = reconcile(matrix, reading, sd)
        a = [[Fraction(int(entry)) for entry in row] for row in matrix]
        v = [Fraction(float(entry)) ** 2 for entry in sd]
        y = [Fraction(float(entry)) for entry in reading]
        w = [
            [sum(p * q * s for p, q, s in zip(r, t, v, strict=True)) for t in a]
            for r in a
        ]
        gap = [sum(p * q for p, q in zip(r, y, strict=True)) for r in a]
        size = w[0][0] * w[1][1] - w[0][1] ** 2
        z = [[w[1][1] / size, -w[0][1] / size], [-w[0][1] / size, w[0][0] / size]]
        for k in range(6):
            pull = [sum(z[i][j] * a[j][k] for j in range(2)) for i in range(2)]
            value = y[k] - v[k] * sum(g * p for g, p in zip(gap, pull, strict=True))
            left = v[k] - v[k] ** 2 * sum(a[i][k] * pull[i] for i in range(2))
            assert abs(result.value[k] - float(value)) < 1e-6 * result.sd[k]
            assert result.sd[k] == pytest.approx(float(left) ** 0.5, rel=1e-6)


def test_accuracy_that_drowns_its_neighbours_is_named() -> None:
    """Two meters a hundred million times worse, side by side around exact ones."""
    matrix = incidence(("+1 -2 -3", "+2 +3 -4"), width=4)
    with pytest.raises(DataQualityError, match="stream 1 has the standard deviation"):
        reconcile(matrix, [10.0, 4.0, 6.0, 10.1], [1e-3, 1e7, 1e6, 1e-3])
