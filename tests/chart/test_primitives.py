"""Scales, ticks, thinning and words that fit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chart.sample import thin
from orebook.chart.scale import Scale, span, ticks
from orebook.chart.svg import element, fit, text_width, wrap
from orebook.chart.words import _WORDS
from orebook.errors import InputError

WORDS = st.text(alphabet="ab cW氧化铝，。() 1", max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9), st.integers(2, 8))
def test_ticks_are_round_even_and_inside(low: float, size: float, count: int) -> None:
    """Steps are 1, 2 or 5 times a power of ten, and their number is near the wish."""
    high = low + size
    at = ticks(low, high, count)
    assert all(low - 1e-6 * size <= t <= high + 1e-6 * size for t in at)
    assert 1 <= len(at) <= 2 * count + 1
    if len(at) > 1 and size > 1e-6 * abs(low):
        step = (high - low) / count
        mean = (at[-1] - at[0]) / (len(at) - 1)
        lead = mean / 10 ** math.floor(math.log10(mean * (1 + 1e-6)))
        assert min(abs(lead - m) for m in (1, 2, 5, 10)) < 1e-3
        assert 0.4 <= mean / step <= 2.5


def test_empty_axis_is_refused() -> None:
    with pytest.raises(InputError, match="low below high"):
        ticks(3.0, 3.0)
    with pytest.raises(InputError, match="at least one"):
        span([])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=6), st.booleans())
def test_span_holds_all_figures(values: list[float], nought: bool) -> None:
    """No figure, and no nought where bars need it, falls off the paper."""
    low, high = span(values, nought=nought)
    assert low < high
    assert low <= min(values)
    assert high >= max(values)
    assert not nought or low <= 0 <= high


def test_scale_agrees_with_linear_interpolation() -> None:
    """The interpolation of numpy is the oracle, ends held."""
    scale = Scale(-3.0, 7.0, 40.0, 300.0)
    values = np.linspace(-5, 9, 29)
    expected = np.interp(values, [-3, 7], [40, 300])
    assert [scale(float(v)) for v in values] == pytest.approx(list(expected))


def test_thinning_keeps_ends_and_peaks() -> None:
    """Steinarsson 2013: a lone peak among 5 000 points survives."""
    points = [(float(i), math.sin(i / 300)) for i in range(5000)]
    points[3210] = (3210.0, 40.0)
    kept = thin(points, 100)
    assert len(kept) == 100
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert points[3210] in kept
    assert list(kept) == sorted(kept)
    assert set(kept) <= set(points)


def test_short_series_are_left_alone() -> None:
    points = [(0.0, 1.0), (1.0, 2.0)]
    assert thin(points) == tuple(points)


@settings(max_examples=60, deadline=None)
@given(WORDS, st.floats(30, 200))
def test_broken_lines_fit_and_lose_nothing(content: str, width: float) -> None:
    """Without a limit of lines all letters stay, in their order."""
    lines = wrap(content, width=width, size=12, most=99)
    shortened = any(row.endswith("…") for row in lines)
    assert all(text_width(row, 12) <= width + 12 for row in lines)
    if not shortened:
        assert "".join(lines).replace(" ", "") == content.replace(" ", "")


def test_chinese_breaks_between_characters_but_not_before_a_stop() -> None:
    assert wrap("从计划到实际，毛利", width=72, size=12) == ("从计划到实", "际，毛利")


def test_shortened_words_fit() -> None:
    assert text_width(fit("a very long name indeed", width=60, size=12), 12) <= 60


def test_attributes_are_escaped() -> None:
    assert element("a", attrs={"b": '"<'}) == '<a b="&quot;&lt;"/>'


def test_each_sentence_has_the_same_gaps_in_both_languages() -> None:
    """A translation that drops a figure would hide it from half the readers."""
    from string import Formatter

    for key, (en, zh) in _WORDS.items():
        gaps = [
            {name for _, name, _, _ in Formatter().parse(s) if name} for s in (en, zh)
        ]
        assert gaps[0] == gaps[1], key
