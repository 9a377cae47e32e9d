"""Gap bars: six marks, the better side on the right, the same in both languages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from orebook.chart import GapBar, gap_bars
from orebook.chart.gap_bar import MARKS
from orebook.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"
ALL = dict(zip(MARKS, (180.0, 140.0, 130.0, 125.0, 120.0, 100.0), strict=True))


def drawn(row: GapBar, width: float = 720.0, lang: str = "en") -> ET.Element:
    return ET.fromstring(gap_bars([row], title="Gaps", lang=lang, width=width))


def test_all_six_marks_are_named_with_their_figure() -> None:
    root = drawn(GapBar("caustic", 150.0, ALL, "kg/t"))
    tips = [t.text or "" for t in root.iter(f"{SVG}title")]
    for words in ("legal limit 180", "plan 140", "own best 130", "group best 125",
                  "peer 120", "theory 100"):  # fmt: skip
        assert any(t.startswith(words) for t in tips), words


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_the_better_side_is_on_the_right(better: str) -> None:
    worse, best = (150.0, 100.0) if better == "lower" else (100.0, 150.0)
    text = gap_bars(
        [GapBar("a", worse, {"peer": best}, "kg/t", better)], title="G", lang="en"
    )
    ring = float(re.findall(r'<circle[^>]*cx="([\d.]+)"', text)[-1])
    (tick,) = re.findall(r'x1="([\d.]+)"[^>]*stroke-width="3"', text)
    assert float(tick) < ring


@pytest.mark.parametrize("width", [350.0, 940.0])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_leaves_the_picture(width: float, lang: str) -> None:
    root = drawn(
        GapBar("氧化铝综合能耗" * 3, 150.0, ALL, "kg/t", note="+12"), width, lang
    )
    for one in root.iter():
        for name in ("x", "cx", "x1", "x2"):
            if name in one.attrib:
                assert 0.0 <= float(one.attrib[name]) <= width


def test_words_hold_every_figure() -> None:
    root = drawn(GapBar("caustic", 150.0, {"plan": 140.0}, "kg/t"))
    desc = root.find(f"{SVG}desc")
    assert desc is not None
    assert "150" in (desc.text or "")
    assert "plan 140" in (desc.text or "")


def test_a_bar_without_reference_says_so() -> None:
    assert "无参照" in gap_bars([GapBar("a", 1.0, {}, "t/t")], title="G", lang="zh")


def test_an_unknown_mark_is_refused() -> None:
    with pytest.raises(InputError, match="no reference is called 'best'"):
        GapBar("a", 1.0, {"best": 2.0}, "t/t")
