"""Classification by graph and by elimination, against published sets and rank."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from orebook.errors import InputError
from orebook.ledger.elimination import project
from orebook.ledger.observability import (
    classify,
    classify_general,
    classify_network,
)
from orebook.ledger.reconcile import reconcile
from orebook.ledger.system import as_csr
from tests.ledger.networks import NETWORKS

STEAM = NETWORKS["steam_metering"]

CASES = {
    "all observable": ((3, 5, 13, 18, 22, 26), (), (2,), 5, 1.0349),
    "one more": ((1, 5, 9, 13, 18, 22, 26), (), (4,), 4, 0.4177),
    "a cycle": (
        (3, 4, 13, 14, 15, 16, 17),
        (3, 4, 17),
        (2, 18, 21, 22, 24, 25),
        5,
        4.6576,
    ),
}
"""Unmeasured; of these unobservable; non-redundant; degrees of freedom; g.

Steam network of Serth and Heenan (1986), reference cases 5a to 5c."""


def by_rank(matrix: NDArray[np.float64], measured: NDArray[np.bool_]) -> list[str]:
    """Classify by the definition, with dense ranks."""
    rank = np.linalg.matrix_rank
    hidden = np.flatnonzero(~measured)
    base = rank(matrix[:, hidden]) if hidden.size else 0
    found = []
    for k in range(matrix.shape[1]):
        if measured[k]:
            more = rank(matrix[:, [*hidden, k]])
            found.append("redundant" if more > base else "non-redundant")
        else:
            less = [j for j in hidden if j != k]
            without = rank(matrix[:, less]) if less else 0
            found.append("observable" if without < base else "unobservable")
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("method", [classify, classify_network, classify_general])
def test_published_sets(method: object, case: tuple[tuple[int, ...], ...]) -> None:
    """Serth and Heenan (1986) network with three sets of missing meters."""
    missing, unknown, unchecked, _, _ = case
    measured = ~np.isin(np.arange(1, 29), missing)
    status = method(STEAM.matrix, measured)
    assert tuple(np.flatnonzero(status == "unobservable") + 1) == unknown
    assert tuple(np.flatnonzero(status == "non-redundant") + 1) == unchecked


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_reconciliation_of_the_published_sets(
    case: tuple[tuple[int, ...], ...],
) -> None:
    """Degrees of freedom and objective of the same sets."""
    missing, unknown, _, dof, objective = case
    reading = STEAM.reading.copy()
    reading[np.array(missing) - 1] = np.nan
    result = reconcile(STEAM.matrix, reading, STEAM.sd)
    assert result.dof == dof
    assert result.objective == pytest.approx(objective, abs=1e-4)
    assert tuple(np.flatnonzero(np.ma.getmaskarray(result.value)) + 1) == unknown


def test_published_unmeasured_values() -> None:
    """Values of unmeasured streams in cases 5a and 5c."""
    reading = STEAM.reading.copy()
    reading[np.array([3, 5, 13, 18, 22, 26]) - 1] = np.nan
    value = reconcile(STEAM.matrix, reading, STEAM.sd).value
    assert value.data[[2, 17]] == pytest.approx(np.array([108.8741, 20.6023]), abs=1e-4)
    reading = STEAM.reading.copy()
    reading[np.array(CASES["a cycle"][0]) - 1] = np.nan
    value = reconcile(STEAM.matrix, reading, STEAM.sd).value
    assert value[12] == pytest.approx(112.0502, abs=1e-4)


@settings(max_examples=60)
@given(st.sampled_from(sorted(NETWORKS)), st.integers(0, 10**6), st.floats(0, 1))
def test_graph_and_elimination_agree_with_rank(
    name: str, seed: int, missing: float
) -> None:
    """Random missing meters: both methods give the definition."""
    matrix = NETWORKS[name].matrix
    measured = np.random.default_rng(seed).random(matrix.shape[1]) >= missing
    expected = by_rank(matrix, measured)
    assert classify_network(matrix, measured).tolist() == expected
    assert classify_general(matrix, measured).tolist() == expected


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 6))
def test_general_balances_agree_with_rank(seed: int, height: int, extra: int) -> None:
    """Random sparse coefficients with one balance repeated."""
    draw = np.random.default_rng(seed)
    matrix = draw.normal(size=(height, height + extra))
    matrix[draw.random(matrix.shape) < 0.5] = 0.0
    matrix = np.vstack([matrix, matrix.sum(axis=0)])
    measured = draw.random(height + extra) < 0.5
    assert classify_general(matrix, measured).tolist() == by_rank(matrix, measured)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_projection_keeps_its_promises(seed: int) -> None:
    """Reduced equations hold no unmeasured stream and are the stated combination."""
    draw = np.random.default_rng(seed)
    matrix = as_csr(draw.normal(size=(6, 11)))
    hidden = draw.random(11) < 0.4
    found = project(matrix, hidden)
    dense = matrix.toarray()
    np.testing.assert_allclose(
        (found.combination @ matrix).toarray(), found.reduced.toarray(), atol=1e-9
    )
    assert abs(found.reduced.toarray()[:, hidden]).max(initial=0.0) == 0.0
    stream = draw.normal(size=11)
    right = dense @ stream
    solved = found.solution @ stream + found.solution_rhs @ right
    np.testing.assert_allclose(solved, stream[found.basis], atol=1e-7)


def test_parallel_unmeasured_streams_are_no_bridge() -> None:
    """Two unmeasured streams between the same nodes cannot be told apart."""
    matrix = [[1, -1, -1, 0], [0, 1, 1, -1]]
    status = classify(matrix, [True, False, False, True])
    assert status.tolist() == [
        "redundant",
        "unobservable",
        "unobservable",
        "redundant",
    ]


def test_long_chain_needs_no_recursion() -> None:
    """Five thousand unmeasured streams in a row are all bridges."""
    from scipy.sparse import diags_array

    count = 5000
    matrix = diags_array(
        [np.ones(count), -np.ones(count)], offsets=[0, 1], shape=(count, count + 1)
    )
    measured = np.zeros(count + 1, dtype=bool)
    measured[0] = True
    status = classify_network(matrix, measured)
    assert set(status[1:]) == {"observable"}


def test_matrix_that_is_no_network_is_named() -> None:
    """Coefficients other than one, or two inlets for one stream."""
    for matrix in ([[1.0, -0.4]], [[1.0], [1.0]]):
        with pytest.raises(InputError, match="not a flow network"):
            classify_network(matrix, [True] * len(matrix[0]))


def test_wrong_mask_is_named() -> None:
    """A mask of another length."""
    with pytest.raises(InputError, match="mask of meters"):
        classify([[1, -1]], [True])
