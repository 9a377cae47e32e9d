"""Gross-error tests against published networks and their defining properties."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from orebook.errors import InputError
from orebook.ledger.gross_error import (
    BIAS,
    LEAK,
    chi2_limit,
    eliminate,
    gross_errors,
    sidak_limit,
)
from orebook.ledger.reconcile import reconcile
from tests.ledger.networks import (
    NETWORKS,
    Network,
    incidence,
    shared_matrix,
    shared_networks,
)

STEAM = NETWORKS["steam_metering"]


def disturbed(**change: float) -> NDArray[np.float64]:
    """Return the steam readings with errors added, s21=15 for stream 21."""
    reading = STEAM.reading.copy()
    for name, size in change.items():
        reading[int(name[1:]) - 1] += size
    return reading


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_published_statistics(network: Network) -> None:
    """Measurement, nodal and likelihood-ratio statistics of the tables."""
    report = gross_errors(reconcile(network.matrix, network.reading, network.sd))
    np.testing.assert_allclose(report.measurement_z, network.measurement_z, atol=5e-6)
    np.testing.assert_allclose(report.nodal_z, network.nodal_z, atol=5e-6)
    np.testing.assert_allclose(report.bias_statistic, network.bias_t, rtol=1e-5)
    np.testing.assert_allclose(report.bias_size, network.bias, rtol=1e-5)


def test_all_ten_reference_networks(shared_data: Path) -> None:
    """The statistics of the reference data."""
    for network in shared_networks(shared_data):
        expected = network["expected"]
        report = gross_errors(
            reconcile(shared_matrix(network), network["measured"], network["sd"])
        )
        pairs = {
            "measurement_test_z": report.measurement_z,
            "nodal_test_z": report.nodal_z,
            "glr_bias_T": report.bias_statistic,
            "glr_bias_estimate": report.bias_size,
        }
        for name, found in pairs.items():
            np.testing.assert_allclose(found, expected[name], rtol=1e-5, atol=5e-6)
        assert report.critical == pytest.approx(expected["chi2_95"], rel=1e-5)


def test_one_bias_and_the_leak_it_cannot_be_told_from() -> None:
    """Serth and Heenan (1986) network with +15 on stream 21 (reference case 6a)."""
    reading = disturbed(s21=15)
    report = gross_errors(reconcile(STEAM.matrix, reading, STEAM.sd))
    assert not report.passed
    assert report.objective == pytest.approx(55.1168, abs=1e-4)
    assert report.critical == pytest.approx(19.675, abs=1e-3)
    assert report.measurement_z.argmax() == 20
    assert report.measurement_z[20] == pytest.approx(6.8491, abs=1e-4)
    assert report.measurement_limit == pytest.approx(3.1165, abs=1e-4)
    first = report.findings[0]
    assert (first.kind, first.index) == (BIAS, 20)
    assert first.statistic == pytest.approx(46.911, abs=1e-3)
    assert first.size == pytest.approx(19.478, abs=1e-3)
    assert first.equivalents == ((LEAK, 6),)
    assert report.leak_statistic[6] == pytest.approx(first.statistic)
    outcome = eliminate(STEAM.matrix, reading, STEAM.sd)
    assert [step.stream for step in outcome.removed] == [20]
    assert outcome.passed
    assert outcome.result.objective == pytest.approx(8.2062, abs=1e-4)
    assert outcome.result.dof == 10
    assert outcome.result.value[20] == pytest.approx(86.569, abs=1e-3)
    assert "cannot be told from leak 6" in report.summary()


def test_two_biases_are_removed_in_order() -> None:
    """-20 on stream 13 and +12 on stream 25 (reference case 6b)."""
    reading = disturbed(s13=-20, s25=12)
    assert reconcile(STEAM.matrix, reading, STEAM.sd).objective == pytest.approx(
        82.9842, abs=1e-4
    )
    outcome = eliminate(STEAM.matrix, reading, STEAM.sd)
    assert [step.stream for step in outcome.removed] == [12, 24]
    left = [step.objective for step in outcome.removed]
    assert left == pytest.approx([25.6189, 8.0783], abs=1e-4)
    critical = [step.critical for step in outcome.removed]
    assert critical == pytest.approx([18.307, 16.919], abs=1e-3)
    assert outcome.result.value.data[[12, 24]] == pytest.approx(
        np.array([111.901, 83.764]), abs=1e-3
    )


def test_published_network_with_a_gross_error() -> None:
    """Yang, Ten and Jao (1995): stream 1 reads 11.9 too high (reference case 6c)."""
    network = NETWORKS["yang8"]
    outcome = eliminate(network.matrix, network.reading, network.sd)
    (step,) = outcome.removed
    assert step.stream == 0
    assert step.size == pytest.approx(11.878, abs=1e-3)
    assert step.objective == pytest.approx(3.0546, abs=1e-4)
    assert outcome.result.value[0] == pytest.approx(98.222, abs=1e-3)


def test_inconsistent_water_balance() -> None:
    """Martins et al., J. Cleaner Prod. 18 (2010): order 6, 8, 4, 3 (case 6d)."""
    nodes = ("+1 -2 -3 -4 -5", "+2 -8", "+3 -9", "+4 -6 -7", "+5 +11 -12")
    matrix = incidence((*nodes, "+6 -10", "+7 -11", "+8 +9 +10 -13"), width=13)
    reading = [28.06, 3.06, 5.28, 8.89, 11.39, 3.89, 4.17, 2.78, 5.83, 4.44]
    reading += [3.89, 15.0, 13.33]
    sd = [0.27498727, 0.049979996, 0.17247898, 0.14520331, 0.37207392, 0.12707478]
    sd += [0.13622041, 0.04540925, 0.095220796, 0.072518963, 0.063537391, 0.147]
    sd += [0.13063307]
    outcome = eliminate(matrix, reading, sd, limit=4)
    assert [step.stream + 1 for step in outcome.removed] == [6, 8, 4, 3]
    left = [step.objective for step in outcome.removed]
    assert left == pytest.approx([39.8074, 21.8834, 13.0348, 5.0935], abs=1e-4)
    assert outcome.passed
    short = eliminate(matrix, reading, sd)
    assert len(short.removed) == 3
    assert not short.passed


@settings(max_examples=25)
@given(st.integers(0, 27), st.integers(0, 10**6))
def test_dropping_a_meter_lowers_the_objective_by_its_statistic(
    stream: int, seed: int
) -> None:
    """The statistic T of a bias is what g loses without the meter."""
    draw = np.random.default_rng(seed)
    reading = STEAM.reading + 3 * STEAM.sd * draw.standard_normal(28)
    whole = reconcile(STEAM.matrix, reading, STEAM.sd)
    reading[stream] = np.nan
    less = reconcile(STEAM.matrix, reading, STEAM.sd)
    drop = gross_errors(whole).bias_statistic[stream]
    assert whole.objective - less.objective == pytest.approx(drop, rel=1e-7, abs=1e-9)


@settings(max_examples=20)
@given(st.integers(0, 10), st.floats(-50, 50).filter(lambda size: abs(size) > 1))
def test_a_leak_in_perfect_readings_is_found_in_size(node: int, size: float) -> None:
    """Readings that balance but for one loss: T is g and the size is the loss."""
    clean = reconcile(STEAM.matrix, STEAM.reading, STEAM.sd).value.data
    lost = np.zeros(11)
    lost[node] = size
    shift = np.linalg.lstsq(STEAM.matrix, lost, rcond=None)[0]
    result = reconcile(STEAM.matrix, clean + shift, STEAM.sd)
    report = gross_errors(result)
    assert report.leak_size[node] == pytest.approx(size, rel=1e-6)
    assert report.leak_statistic[node] == pytest.approx(result.objective, rel=1e-6)


def test_statistics_with_unmeasured_streams_against_dense_algebra() -> None:
    """Bias and leak statistics by null-space projection, dense, as an oracle."""
    from scipy.linalg import null_space

    reading = disturbed(s21=15)
    reading[[2, 4, 12]] = np.nan
    report = gross_errors(reconcile(STEAM.matrix, reading, STEAM.sd))
    known = ~np.isnan(reading)
    project = null_space(STEAM.matrix[:, ~known].T).T
    reduced = project @ STEAM.matrix[:, known]
    inverse = np.linalg.inv(reduced @ np.diag(STEAM.sd[known] ** 2) @ reduced.T)
    gap = reduced @ reading[known]
    for trace, found in (
        (reduced, report.bias_statistic[known]),
        (project, report.leak_statistic),
    ):
        weight = np.einsum("ij,ik,kj->j", trace, inverse, trace)
        live = weight > 1e-9
        expected = (trace.T @ inverse @ gap)[live] ** 2 / weight[live]
        np.testing.assert_allclose(found[live], expected, rtol=1e-8)
        assert (np.ma.getmaskarray(found) == ~live).all()


def test_leak_of_a_general_balance_seen_through_several_equations() -> None:
    """Where a balance feeds several reduced equations, its leak is still exact."""
    draw = np.random.default_rng(3)
    matrix = draw.normal(size=(5, 12))
    reading = draw.normal(10, 1, 12)
    reading[0] = np.nan
    result = reconcile(matrix, reading, 1.0)
    columns = np.diff(result.system.combination.tocsc().indptr)
    assert columns.max() > 1
    report = gross_errors(result)
    reduced = result.system.check.toarray()
    inverse = np.linalg.inv(reduced @ reduced.T)
    traces = result.system.combination.toarray()
    gap = reduced[:, 1:] @ reading[1:]
    for k in range(5):
        trace = traces[:, k]
        expected = (trace @ inverse @ gap) ** 2 / (trace @ inverse @ trace)
        assert report.leak_statistic[k] == pytest.approx(expected, rel=1e-9)


def test_untestable_causes_are_masked() -> None:
    """No leak out of a closed loop, no bias of a meter that nothing checks."""
    matrix = incidence(("+1 -2", "+2 -1", "+3 -4"), width=4)
    reading = [10.0, 11.0, 5.0, np.nan]
    report = gross_errors(reconcile(matrix, reading, 1.0))
    assert report.bias_statistic.mask.tolist() == [False, False, True, True]
    assert report.leak_statistic.mask.all()


def test_a_removed_meter_names_those_that_lose_their_check() -> None:
    """Three meters in two balances: without one, the others still check each other."""
    matrix = [[1, -1, 0, 0], [0, 0, 1, -1]]
    outcome = eliminate(matrix, [20.0, 10.0, 5.0, 5.0], 1.0, limit=1)
    assert outcome.removed[0].stream == 0
    assert outcome.removed[0].unchecked == (1,)
    assert outcome.removed[0].equivalents == ((BIAS, 1), (LEAK, 0))


def test_detectable_bias_has_the_stated_power() -> None:
    """A bias of the stated size passes the 5 % limit four times in five."""
    network = NETWORKS["recycle7"]
    result = reconcile(network.matrix, network.reading, network.sd)
    size = gross_errors(result).detectable_bias[0]
    draw = np.random.default_rng(11)
    truth = result.value.data
    hits = 0
    for _ in range(400):
        reading = truth + network.sd * draw.standard_normal(7)
        reading[0] += size
        again = reconcile(network.matrix, reading, network.sd)
        hits += bool(gross_errors(again).measurement_z[0] > 1.959964)
    assert hits / 400 == pytest.approx(0.8, abs=0.06)


def test_nothing_to_check_passes() -> None:
    """Without redundancy there is no test and no alarm."""
    report = gross_errors(reconcile([[1, -1]], [5.0, np.nan], 1.0))
    assert report.passed
    assert report.findings == ()
    assert report.dof == 0


def test_limits_match_tables() -> None:
    """Normal and chi-squared quantiles as printed in any statistical table."""
    assert sidak_limit(1) == pytest.approx(1.959964, abs=1e-6)
    assert chi2_limit(4) == pytest.approx(9.487729, abs=1e-6)
    assert chi2_limit(0) == 0.0


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, 5.0])
def test_alpha_out_of_range_is_named(alpha: float) -> None:
    """A significance in percent is refused."""
    with pytest.raises(InputError, match="alpha"):
        chi2_limit(3, alpha=alpha)


def test_report_turns_into_json() -> None:
    """Everything in to_dict is plain."""
    report = gross_errors(reconcile(STEAM.matrix, disturbed(s21=15), STEAM.sd))
    again = json.loads(json.dumps(report.to_dict()))
    assert again["findings"][0]["index"] == 20
    assert again["passed"] is False
