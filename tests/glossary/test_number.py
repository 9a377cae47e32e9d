"""Figures are rounded once, carry separators and keep their value."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.errors import InputError
from orebook.glossary import (
    Magnitude,
    common_magnitude,
    format_money,
    format_number,
    unit_label,
)

FIGURES = st.floats(-1e11, 1e11, allow_nan=False)


def read_back(text: str) -> float:
    """Read digits as written."""
    return float(text.replace(",", "").replace("\u2212", "-"))


@settings(max_examples=60, deadline=None)
@given(FIGURES, st.integers(0, 4))
def test_reading_back_gives_the_figure(value: float, places: int) -> None:
    """Python's own parser is the oracle; half a last digit may be lost."""
    shown = Magnitude(1.0, "t", places).show(value)
    assert read_back(shown) == pytest.approx(value, abs=0.6 * 10**-places)


@settings(max_examples=60, deadline=None)
@given(FIGURES, st.integers(0, 3))
def test_separators_agree_with_the_language_standard(value: float, places: int) -> None:
    """Built-in formatting of the exact decimal is the oracle."""
    expected = f"{Decimal(repr(value)):,.{places}f}".replace("-", "\u2212")
    zero = set(expected) <= set("\u22120.")
    shown = format_number(value, lang="en", decimals=places)
    assert shown == (expected.lstrip("\u2212") if zero else expected)


def test_chinese_multiples() -> None:
    """Ten thousand and hundred million begin at ten of themselves."""
    assert format_number(1.2e9, "t", lang="zh", scale=True, decimals=2) == "12.00 亿吨"
    assert format_number(99_000, "t", lang="zh", scale=True) == "99,000 吨"
    assert format_money(123_456_789, lang="zh", scale=True) == "12,345.68 万元"


def test_english_multiples() -> None:
    """English money keeps its code in front."""
    assert format_money(123_456_789, lang="en", scale=True) == "CNY 123.46 million"
    assert format_money(-12.5, lang="en") == "CNY \u221212.50"
    assert format_money(12.5, lang="en", signed=True) == "CNY +12.50"


def test_no_negative_nought() -> None:
    """A loss that rounds away shows no sign."""
    assert format_number(-1e-9, "t", lang="en", decimals=1, signed=True) == "0.0 t"


def test_column_shares_one_multiple() -> None:
    """A small figure beside a great one is shown in the same unit."""
    column = common_magnitude([2.5e8, 1_000.0], "CNY", lang="zh")
    assert column.unit == "万元"
    assert [column.show(v) for v in (2.5e8, 10_000.0)] == ["25,000", "1"]


def test_pure_number_has_no_unit() -> None:
    """A dash stands for no unit and is not printed."""
    assert format_number(6.25, "-", lang="en", decimals=2) == "6.25"


def test_units_in_words() -> None:
    """Unknown parts stay as they are."""
    assert unit_label("CNY/MWh", lang="zh") == "元/兆瓦时"
    assert unit_label("m3/h", lang="en") == "m³/h"
    assert unit_label("kA", lang="zh") == "kA"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_figure_that_is_none(value: float | Decimal) -> None:
    """Never print nan."""
    with pytest.raises(InputError, match="finite"):
        format_number(value, "t", lang="en")
