"""Blocks, entries and labels of the sparse problem."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.plan.lp import Block, Builder


def test_period_is_the_fastest_index() -> None:
    block = Block("run", 5, ("a", "b", "c"), 4)
    assert block.all().tolist()[1] == [9, 10, 11, 12]
    assert block.index("b", [0, 3]).tolist() == [9, 12]
    assert block.slice("c") == slice(13, 17)
    assert block.index(np.array([[0], [2]]), np.arange(4)).tolist() == [
        [5, 6, 7, 8],
        [13, 14, 15, 16],
    ]


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 50), st.data())
@settings(max_examples=30, deadline=None)
def test_label_undoes_index(
    entities: int, periods: int, start: int, data: st.DataObject
) -> None:
    block = Block("run", start, tuple(f"u{i}" for i in range(entities)), periods)
    entity = data.draw(st.integers(0, entities - 1))
    period = data.draw(st.integers(0, periods - 1))
    label = block.label(int(block.index(entity, period)))
    assert (label.entity, label.period) == (f"u{entity}", period)


def test_duplicates_are_summed_and_cancelled_ones_dropped() -> None:
    builder = Builder(periods=2)
    run = builder.columns("run", ["a", "b"])
    row = builder.rows("balance", ["m"], lower=0.0, upper=0.0)
    builder.entries(row.all(), run.all(), [[1.0], [2.0]])
    builder.entries(row.index(0, 0), run.index("a", 0), 0.5)
    builder.entries(row.index(0, 1), run.index("b", 1), -2.0 + 1e-17)
    assert builder.problem().matrix.toarray().tolist() == [[1.5, 0, 2, 0], [0, 1, 0, 0]]
    assert builder.problem().matrix.nnz == 3


def test_values_broadcast_to_entities_and_periods() -> None:
    builder = Builder(periods=3)
    builder.columns("run", ["a", "b"], cost=[[1.0], [2.0]], upper=[5.0, 6.0, 7.0])
    problem = builder.problem(offset=4.0)
    assert problem.cost.tolist() == [1, 1, 1, 2, 2, 2]
    assert problem.upper.tolist() == [5, 6, 7, 5, 6, 7]
    assert problem.offset == 4.0


def test_any_index_can_be_named() -> None:
    builder = Builder(periods=2)
    builder.columns("run", ["a"])
    builder.columns("buy", ["ore", "coal"])
    builder.rows("balance", ["ore"], lower=0.0, upper=0.0)
    problem = builder.problem()
    assert str(problem.describe_column(5)) == "buy of coal in period 2"
    assert str(problem.describe("row_upper", 1)) == "balance of ore in period 2"
    with pytest.raises(InputError, match="column 6 does not exist; expected an index"):
        problem.describe_column(6)


def test_mistakes_are_named_at_the_door() -> None:
    builder = Builder(periods=2)
    run = builder.columns("run", ["a", "b"])
    with pytest.raises(InputError, match="'run' exists already"):
        builder.columns("run", ["c"])
    with pytest.raises(InputError, match="stock of b in period 2: lower limit 3"):
        builder.columns("stock", ["a", "b"], lower=[[0, 0], [0, 3]], upper=2.0)
    with pytest.raises(InputError, match="buy of ore in period 2 is not a number"):
        builder.columns("buy", ["ore"], cost=[1.0, np.nan])
    with pytest.raises(InputError, match=r"shape \(3,\); expected one"):
        builder.columns("sell", ["ore"], cost=[1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="no entity 'c'; expected one of a, b"):
        run.index("c")
    with pytest.raises(InputError, match=r"period 0\.\.2 lies outside block 'run'"):
        run.index(0, [0, 2])
    with pytest.raises(InputError, match="do not broadcast"):
        builder.entries([0, 1], [0, 1, 2], 1.0)
    with pytest.raises(InputError, match="not finite"):
        builder.entries(0, 0, np.inf)
    builder.entries(7, 0, 1.0)
    with pytest.raises(InputError, match=r"names row 7..7; expected 0"):
        builder.problem()
    with pytest.raises(InputError, match="periods = 0"):
        Builder(periods=0)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_along_periods_is_the_same_as_every_entry(
    periods: int, count: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    matrices = []
    names = ["a", "b", "c"]
    row, column = rng.integers(0, 3, (2, count))
    weights = rng.normal(size=(count, rng.choice([1, periods])))
    for along in (True, False):
        builder = Builder(periods)
        rows = builder.rows("row", names, lower=0.0, upper=0.0)
        columns = builder.columns("column", names)
        time = np.arange(periods)
        if along:
            first = [b.index(e) for b, e in ((rows, row), (columns, column))]
            builder.along(first[0], first[1], weights)
        else:
            places = [
                b.index(e[:, None], time) for b, e in ((rows, row), (columns, column))
            ]
            builder.entries(places[0], places[1], weights)
        matrices.append(builder.problem().matrix.toarray())
    assert np.array_equal(matrices[0], matrices[1])


def test_mistakes_along_periods_are_refused() -> None:
    builder = Builder(2)
    builder.rows("row", ["a"], lower=0.0, upper=0.0)
    builder.columns("column", ["a"])
    with pytest.raises(InputError, match=r"expected n, n and"):
        builder.along([0], [0], [[1.0, 2.0, 3.0]])
    with pytest.raises(InputError, match="not finite"):
        builder.along([0], [0], [[np.inf]])
    builder.along([0], [1], [[1.0]])
    with pytest.raises(InputError, match=r"column 1\.\.2; expected 0\.\.1"):
        builder.problem()
