"""Bars a row and distributions: lengths and classes follow the figures."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chart import Bar, Place, Series, bars, histogram, line
from orebook.chart.histogram import classes
from orebook.chart.palette import BAND_DARK, GAIN, LOSS
from orebook.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"
MONEY = st.floats(-1e9, 1e9).map(lambda value: round(value, 2))
CHANGES = [Bar("a", -3.0e6), Bar("b", 1.5e6), Bar("c", None), Bar("d", 0.02e6)]


def drawn_bars(svg: str) -> list[tuple[float, str]]:
    """Return width and colour of the bars, top to bottom."""
    shapes = ET.fromstring(svg).iter(f"{SVG}rect")
    return [(float(r.attrib["width"]), r.attrib["fill"]) for r in shapes
            if r.attrib["height"] == "16"]  # fmt: skip


def test_bars_are_as_long_as_the_figures_and_coloured_by_sign() -> None:
    found = drawn_bars(bars(CHANGES, title="T", lang="en", change=True))
    assert [colour for _, colour in found] == [LOSS, GAIN, GAIN]
    assert found[1][0] / found[0][0] == pytest.approx(0.5, rel=0.02)


SMALL = [("en", "▲ +20.0", "c: none."), ("zh", "▲ +20,000 元", "c：无。")]


@pytest.mark.parametrize(("lang", "small", "none"), SMALL)
def test_a_small_change_does_not_read_as_nought(lang, small: str, none: str) -> None:
    svg = bars(CHANGES, title="T", lang=lang, change=True)
    assert small in svg
    assert none in svg
    assert f'lang="{lang}' in svg
    assert 'role="img"' in svg


def test_a_mark_is_drawn_and_said() -> None:
    rows = [Bar("base", 70.0, 80.0, "60 %"), Bar("storm", 60.0, 65.0, "40 %")]
    svg = bars(rows, title="M", lang="en", mark="if known")
    assert svg.count("<polygon") == 2
    assert "storm (40 %): 60.00 CNY; if known 65.00." in svg
    with pytest.raises(InputError, match="0 bars"):
        bars([], title="M", lang="en")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(MONEY, st.floats(0.1, 5.0)), min_size=1))
def test_classes_agree_with_the_histogram_of_numpy(pairs) -> None:
    """The histogram of numpy over the same ends is the oracle; nothing is lost."""
    values, weights = [p[0] for p in pairs], [p[1] for p in pairs]
    found = classes(values, weights)
    assert sum(c.share for c in found) == pytest.approx(1.0)
    step = found[0].high - found[0].low
    ends = [c.low - 1e-9 * step for c in found] + [found[-1].high]
    counted, _ = np.histogram(values, ends, weights=weights)
    assert [c.share for c in found] == pytest.approx(list(counted / sum(weights)),
                                                     abs=1e-9)  # fmt: skip


def test_the_highest_class_has_the_highest_bar_and_all_is_said() -> None:
    values = [1.0, 2.1, 2.2, 2.3, 5.0]
    marks = (Place("mean", 2.52), Place("50 %", 2.2))
    svg = histogram(values, [1.0] * 5, title="M", marks=marks, lang="en", width=390)
    shapes = [r for r in ET.fromstring(svg).iter(f"{SVG}rect")
              if r.attrib["fill"] == BAND_DARK]  # fmt: skip
    assert len(shapes) == 3
    tall = max(shapes, key=lambda r: float(r.attrib["height"]))
    assert "60.0 %" in "".join(tall.itertext())
    assert "mean: 2.52 CNY." in svg
    assert svg == histogram(
        values, [1.0] * 5, title="M", marks=marks, lang="en", width=390
    )


def test_names_of_marks_never_overlap() -> None:
    marks = [Place(f"mark {i}", 5.0 + 0.01 * i) for i in range(5)]
    svg = histogram([0.0, 5.0, 9.0], [1, 1, 1], title="M", marks=marks, lang="en",
                    width=350)  # fmt: skip
    heights = {t.attrib["y"] for t in ET.fromstring(svg).iter(f"{SVG}text")
               if (t.text or "").startswith("mark")}  # fmt: skip
    assert len(heights) == 5


def test_a_distribution_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="0 figures"):
        classes([], [])
    with pytest.raises(InputError, match="sum 0"):
        classes([1.0], [0.0])


def test_a_line_over_a_datum_speaks_of_values_not_of_months() -> None:
    svg = line([Series("margin", (1.0, None, 2.0))], ["−10 %", "0 %", "+10 %"],
               title="S", unit="CNY", lang="en", timed=False)  # fmt: skip
    assert "margin: 1.00 at −10 %, 2.00 at +10 %" in svg
    assert "no value at 1 points" in svg
