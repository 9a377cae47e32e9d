"""Shapley, Owen and closed forms: exact, order-free, reversible in time."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.evaluate.attribution import (
    bennet2,
    coalitions,
    owen,
    product3,
    shapley,
    shapley_of,
    shapley_values,
    switched,
)

BUDGET = {
    "Q": 150,
    "P": 3000,
    "ib": 2.4,
    "pb": 320,
    "ic": 0.085,
    "pc": 2800,
    "ie": 10.5,
    "pe": 38,
    "oth": 420,
    "F": 60000,
}
ACTUAL = {
    "Q": 156,
    "P": 2890,
    "ib": 2.46,
    "pb": 335,
    "ic": 0.081,
    "pc": 2950,
    "ie": 10.1,
    "pe": 40,
    "oth": 428,
    "F": 61500,
}
REFINERY = {
    "Q": 6509.35,
    "P": -16830.0,
    "ib": -3006.9,
    "pb": -5577.3,
    "ic": 1759.8,
    "pc": -1904.55,
    "ie": 2387.2,
    "pe": -3151.4,
    "oth": -1224.0,
    "F": -1500.0,
}


def profit(Q, P, ib, pb, ic, pc, ie, pe, oth, F):  # noqa: N803
    return Q * (P - ib * pb - ic * pc - ie * pe - oth) - F


def table_game(values):
    """Game given by a table over coalitions in the order of `coalitions`."""
    return lambda members: values[members @ (1 << np.arange(members.shape[1]))]


def by_permutations(values, count):
    """Oracle: the mean marginal contribution over all orders of arrival."""
    parts = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        row = 0
        for k in order:
            parts[k] += values[row | 1 << k] - values[row]
            row |= 1 << k
    return parts / len(orders)


def games(count):
    numbers = st.floats(-1e6, 1e6)
    return st.lists(numbers, min_size=2**count, max_size=2**count).map(np.array)


def test_refinery_case():
    """Refinery case of reference/evaluation.md 3.2: ten factors, total -22 537.8."""
    parts = shapley_of(profit, BUDGET, ACTUAL)
    assert parts == pytest.approx(REFINERY, abs=0.01)
    assert sum(parts.values()) == pytest.approx(93712.2 - 116250.0, abs=1e-6)


def test_the_function_is_called_once_with_all_coalitions():
    shapes = []

    def count(members):
        shapes.append(members.shape)
        return members.sum(axis=1)

    assert shapley(count, ["a", "b", "c"]) == {"a": 1.0, "b": 1.0, "c": 1.0}
    assert shapes == [(8, 3)]


@given(games(4))
@settings(max_examples=25, deadline=None)
def test_equals_mean_over_all_orders(values):
    ours = shapley_values(table_game(values), 4)
    assert ours == pytest.approx(by_permutations(values, 4), abs=1e-6)


@given(games(4))
@settings(max_examples=25, deadline=None)
def test_parts_sum_to_the_change(values):
    total = values[-1] - values[0]
    assert shapley_values(table_game(values), 4).sum() == pytest.approx(total, abs=1e-6)


@given(games(3), st.permutations(range(3)))
@settings(max_examples=25, deadline=None)
def test_listing_factors_in_another_order_changes_nothing(values, order):
    game = table_game(values)
    plain = shapley_values(game, 3)
    back = np.argsort(order)
    moved = shapley_values(lambda c: game(c[:, back]), 3)
    assert moved == pytest.approx(plain[list(order)], abs=1e-6)


@given(st.lists(st.floats(-100, 100), min_size=6, max_size=6))
@settings(max_examples=25, deadline=None)
def test_time_reversal_changes_sign_only(numbers):
    base = dict(zip("abc", numbers[:3], strict=True))
    actual = dict(zip("abc", numbers[3:], strict=True))

    def value(a, b, c):
        return a * b * c + a**2 - np.abs(c)

    forth, back = shapley_of(value, base, actual), shapley_of(value, actual, base)
    assert forth == pytest.approx({k: -v for k, v in back.items()}, abs=1e-6)


def test_a_factor_without_effect_gets_exactly_zero():
    parts = shapley_of(lambda a, b: 1e9 * a, {"a": 0.1, "b": 1.0}, {"a": 0.3, "b": 7.0})
    assert parts["b"] == 0.0


def test_one_factor_switches_several_arguments_and_arrays():
    base = {"tonnes": [10.0, 20.0], "price": [3.0, 4.0], "fixed": 5.0}
    actual = {"tonnes": [12.0, 18.0], "price": [3.5, 4.5], "fixed": 6.0}

    def value(tonnes, price, fixed):
        return (tonnes * price).sum(axis=-1) - fixed

    parts = shapley_of(
        value,
        base,
        actual,
        factors={"market": ["price"], "works": ["tonnes", "fixed"]},
    )
    dp, dq = bennet2(
        (base["price"], actual["price"]), (base["tonnes"], actual["tonnes"])
    )
    assert parts["market"] == pytest.approx(dp.sum())
    assert parts["works"] == pytest.approx(dq.sum() - 1.0)


def test_array_values_are_attributed_elementwise():
    game = switched(
        lambda p, q: p * q,
        {"p": [1.0, 2.0], "q": [3.0, 4.0]},
        {"p": [2.0, 2.0], "q": [3.0, 6.0]},
        factors={"p": ["p"], "q": ["q"]},
    )
    assert shapley_values(game, 2).tolist() == [[3.0, 0.0], [0.0, 4.0]]


@given(st.lists(st.floats(-50, 50), min_size=6, max_size=6))
@settings(max_examples=25, deadline=None)
def test_closed_forms_equal_the_general_rule(n):
    two = shapley_of(lambda p, q: p * q, {"p": n[0], "q": n[1]}, {"p": n[2], "q": n[3]})
    assert [float(x) for x in bennet2((n[0], n[2]), (n[1], n[3]))] == pytest.approx(
        list(two.values()), abs=1e-8
    )
    three = shapley_of(
        lambda a, b, c: a * b * c,
        dict(zip("abc", n[:3], strict=True)),
        dict(zip("abc", n[3:], strict=True)),
    )
    closed = product3((n[0], n[3]), (n[1], n[4]), (n[2], n[5]))
    assert [float(x) for x in closed] == pytest.approx(list(three.values()), abs=1e-7)


@given(games(4))
@settings(max_examples=25, deadline=None)
def test_owen_with_trivial_groups_is_shapley(values):
    game = table_game(values)
    plain = shapley(game, "abcd")
    alone = owen(game, {name: [name] for name in "abcd"})
    together = owen(game, {"all": list("abcd")})
    assert alone == pytest.approx(plain, abs=1e-6)
    assert together == pytest.approx(plain, abs=1e-6)


@given(games(5))
@settings(max_examples=25, deadline=None)
def test_owen_groups_get_the_shapley_value_of_the_quotient(values):
    game = table_game(values)
    parts = owen(game, {"x": ["a", "b"], "y": ["c"], "z": ["d", "e"]})
    quotient = shapley(lambda c: game(np.repeat(c, [2, 1, 2], axis=1)), ["x", "y", "z"])
    sums = {
        "x": parts["a"] + parts["b"],
        "y": parts["c"],
        "z": parts["d"] + parts["e"],
    }
    assert sums == pytest.approx(quotient, abs=1e-6)


def test_owen_takes_more_than_fifteen_factors():
    groups = {f"g{k}": [f"f{k}{i}" for i in range(6)] for k in range(5)}
    parts = owen(lambda c: c @ np.arange(30.0), groups)
    assert list(parts.values()) == pytest.approx(np.arange(30.0))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: shapley(lambda c: c.sum(1), list("abcdefghijklmnop")), "owen"),
        (lambda: shapley(lambda c: c.sum(1), ["a", "a"]), "named twice"),
        (lambda: shapley(lambda c: 3.0, ["a"]), "one value for each coalition"),
        (lambda: shapley(lambda c: c * 1.0, ["a", "b"]), "shapley_values"),
        (lambda: shapley(lambda c: np.full(2, np.nan), ["a"]), "not finite"),
        (lambda: shapley_of(lambda a: a, {"a": 1}, {"a": [1, 2]}), "equal shapes"),
        (lambda: shapley_of(lambda a: a, {"a": 1}, {"b": 2}), "missing"),
        (
            lambda: shapley_of(
                lambda a, b: a, {"a": 1, "b": 1}, {"a": 2, "b": 2}, factors={"x": "a"}
            ),
            "belongs to no factor",
        ),
        (lambda: owen(lambda c: c.sum(1), {"x": []}), "empty"),
        (lambda: owen(lambda c: c.sum(1), {"x": [str(k) for k in range(25)]}), "need"),
    ],
)
def test_mistakes_are_named(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_coalitions_hold_the_bits_of_their_row():
    assert (coalitions(5) @ (1 << np.arange(5))).tolist() == list(range(32))
