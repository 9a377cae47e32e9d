"""LMDI-I: published style case, exactness, limits at zero, aggregation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.evaluate.attribution import shapley_of
from orebook.evaluate.lmdi import additive, log_mean, multiplicative


def two_sectors(activity, energy):
    q, e = np.array(activity, float), np.array(energy, float)
    return {"activity": q.sum(), "structure": q / q.sum(), "intensity": e / q}


BASE, ACTUAL = two_sectors([10, 40], [30, 20]), two_sectors([40, 40], [80, 16])
positive = st.floats(0.01, 1e4)


def test_two_sector_case_additive():
    """Two sectors after Ang (2005); reference/evaluation.md 3.2: +46."""
    parts = {name: float(v.sum()) for name, v in additive(BASE, ACTUAL).items()}
    assert parts == pytest.approx(
        {"activity": 32.384638, "structure": 38.284867, "intensity": -24.669505},
        abs=1e-5,
    )
    assert sum(parts.values()) == pytest.approx(46, abs=1e-9)


def test_two_sector_case_multiplicative():
    index = multiplicative(BASE, ACTUAL)
    assert index == pytest.approx(
        {"activity": 1.58288, "structure": 1.72102, "intensity": 0.704802}, abs=1e-5
    )
    assert np.prod(list(index.values())) == pytest.approx(1.92)


def test_shapley_of_the_same_case():
    """The same two sectors by Shapley: 34.35, 39.30, -27.65."""

    def energy(activity, structure, intensity):
        return (activity[:, None] * structure * intensity).sum(axis=-1)

    parts = shapley_of(energy, BASE, ACTUAL)
    assert parts == pytest.approx(
        {"activity": 34.35, "structure": 39.3, "intensity": -27.65}, abs=1e-9
    )


@given(st.lists(positive, min_size=6, max_size=6))
@settings(max_examples=40, deadline=None)
def test_exact_and_reversible(n):
    base = dict(zip("abc", n[:3], strict=True))
    actual = dict(zip("abc", n[3:], strict=True))
    forth, back = additive(base, actual), additive(actual, base)
    change = np.prod(n[3:]) - np.prod(n[:3])
    scale = np.prod(n[3:]) + np.prod(n[:3])
    assert float(sum(forth.values())) == pytest.approx(change, abs=1e-9 * scale)
    for name in base:
        assert float(forth[name]) == pytest.approx(-float(back[name]), abs=1e-9 * scale)


@given(positive, positive)
@settings(max_examples=40, deadline=None)
def test_log_mean_lies_between_geometric_and_arithmetic_mean(a, b):
    mean = float(log_mean(a, b))
    assert np.sqrt(a * b) * (1 - 1e-9) <= mean <= (a + b) / 2 * (1 + 1e-9)
    assert mean == pytest.approx(float(log_mean(b, a)))


def test_log_mean_is_smooth_where_the_naive_formula_is_not():
    assert float(log_mean(1.0, 1.0 + 1e-13)) == pytest.approx(1.0, abs=1e-12)


def test_log_mean_keeps_its_digits_over_many_decades():
    """Oracle: 1 - 1e-15 over 15 ln 10."""
    expected = (1 - 1e-15) / (15 * np.log(10))
    assert float(log_mean(1e-15, 1.0)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("base", "actual", "expected"),
    [
        # Case by case after Ang and Liu (2007): a new plant, a closed one, two zeros.
        ({"q": 0, "i": 2}, {"q": 5, "i": 3}, {"q": 15, "i": 0}),
        ({"q": 5, "i": 3}, {"q": 0, "i": 2}, {"q": -15, "i": 0}),
        ({"q": 0, "i": 0}, {"q": 5, "i": 3}, {"q": 7.5, "i": 7.5}),
        ({"q": 0, "i": 2}, {"q": 0, "i": 3}, {"q": 0, "i": 0}),
        ({"q": 0, "i": 3}, {"q": 5, "i": 0}, {"q": 0, "i": 0}),
    ],
)
def test_zeros_by_their_limit(base, actual, expected):
    parts = {name: float(v) for name, v in additive(base, actual).items()}
    assert parts == pytest.approx(expected)


def test_the_limit_is_where_a_small_constant_tends():
    """Wood and Lenzen (2006): the small-value trick only creeps to the limit."""
    tiny = additive({"q": 1e-300, "i": 2}, {"q": 5, "i": 3})
    assert float(tiny["q"]) == pytest.approx(15, rel=2e-3)


def test_parts_of_the_total_are_the_total_of_parts():
    whole = additive(BASE, ACTUAL)["intensity"].sum()
    cut = [
        additive(
            {k: np.broadcast_to(v, 2)[i] for k, v in BASE.items()},
            {k: np.broadcast_to(v, 2)[i] for k, v in ACTUAL.items()},
        )["intensity"]
        for i in (0, 1)
    ]
    assert float(sum(cut)) == pytest.approx(float(whole))


def test_costs_may_be_negative_throughout():
    parts = additive({"q": 10.0, "c": -2.0}, {"q": 12.0, "c": -3.0})
    assert float(sum(parts.values())) == pytest.approx(-16.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: additive({"a": 1.0}, {"a": -1.0}), "changes sign"),
        (lambda: additive({"a": np.nan}, {"a": 1.0}), "not finite"),
        (lambda: additive({"a": 1.0}, {"b": 1.0}), "same names"),
        (lambda: multiplicative({"a": 0.0}, {"a": 1.0}), "additive"),
        (lambda: log_mean(1.0, -1.0), "same sign"),
    ],
)
def test_mistakes_are_named(call, words):
    with pytest.raises(InputError, match=words):
        call()
