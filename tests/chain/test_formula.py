"""Formulas of indicators: read as arithmetic, and nothing but arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.chain.formula import Term, formula
from orebook.chain.role import ROLES
from orebook.errors import InputError

NUMBERS = st.floats(0.5, 50.0)


@given(a=NUMBERS, b=NUMBERS, c=NUMBERS)
def test_a_formula_is_worked_out_as_python_would(a: float, b: float, c: float) -> None:
    asked = formula("1000 * (used.anode - made.butts) / made.metal")
    known = {
        Term("used", "anode"): a,
        Term("made", "butts"): b,
        Term("made", "metal"): c,
    }
    assert asked.value(known) == pytest.approx(1000 * (a - b) / c, rel=1e-14)


def test_terms_are_told_once_with_measure() -> None:
    asked = formula("used.fuel.kgce + used.fuel.kgce + min(fed.bauxite.SiO2, 0.1)")
    assert [str(t) for t in asked.terms] == ["used.fuel.kgce", "fed.bauxite.SiO2"]


def test_a_comparison_is_one_or_nought() -> None:
    asked = formula("fed.bauxite.Al2O3_g > 0.6 * fed.bauxite.Al2O3")
    total, part = Term("fed", "bauxite", "Al2O3"), Term("fed", "bauxite", "Al2O3_g")
    assert asked.value({total: 0.5, part: 0.4}) == 1.0
    assert asked.value({total: 0.5, part: 0.3}) == 0.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("used.caustik", "did you mean 'caustic'"),
        ("use.caustic", "did you mean 'used'"),
        ("used.caustic.weight", "measures nothing"),
        ("fed.bauxite", "measures nothing"),
        ("used", "is no term"),
        ("told.a.b", "too long"),
        ("set.current.x", "expected set.NAME"),
        ("__import__('os').system('x')", "no part of a formula"),
        ("used.caustic ** 2", "no part of a formula"),
        ("(used.caustic > 1) * 2", "no part of a formula"),
        ("[1, 2]", "no part of a formula"),
        ("True", "begins with no known word|no part of a formula"),
        ("used.caustic /", "cannot be read as a formula"),
    ],
)
def test_what_is_no_arithmetic_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        formula(text)


def test_every_role_can_be_asked_for() -> None:
    assert all(formula(f"used.{role}").terms[0].name == role for role in ROLES)
