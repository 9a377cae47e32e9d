"""Control charts and window strips: every figure is said, signals are marked."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from orebook.chart import ControlPanel, WindowRow, control_chart, window_strip
from orebook.errors import InputError

PANEL = ControlPanel("seed", (1.0, 2.0, 9.0), 2.0, (0.0,) * 3, (4.0,) * 3, (2,))
ROW = WindowRow("seed", "g/L", 890.0, 920.0, 960.0, 700.0, 790.0, 880.0)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [350.0, 940.0])
def test_pictures_are_well_formed_and_say_their_figures(lang, width) -> None:
    chart = control_chart(
        [PANEL, PANEL], ["a", "b", "c"], title="t", unit="t", lang=lang, width=width
    )
    strip = window_strip([ROW], title="t", lang=lang, width=width)
    for svg, words in ((chart, ("seed", "c")), (strip, ("890", "960"))):
        ElementTree.fromstring(svg)
        told = re.search("<desc>(.*)</desc>", svg)[1]
        assert all(w in told for w in words)


def test_a_signal_is_a_diamond_with_its_number() -> None:
    svg = control_chart([PANEL], ["a", "b", "c"], title="t", unit="t", lang="en")
    plain = ControlPanel(*(getattr(PANEL, n) for n in PANEL.__slots__[:-1]))
    none = control_chart([plain], ["a", "b", "c"], title="t", unit="t", lang="en")
    assert svg.count("<polygon") == none.count("<polygon") + 1
    assert ">3</text>" in svg


def test_a_window_lies_right_of_the_rest_where_it_is_more() -> None:
    bars = [
        e.attrib
        for e in ElementTree.fromstring(window_strip([ROW], title="t", lang="en"))
        if e.tag.endswith("rect")
    ][1:]
    rest, window = bars
    assert float(window["x"]) > float(rest["x"]) + float(rest["width"])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="one limit per point"):
        ControlPanel("x", (1.0,), 1.0, (), (2.0,))
    with pytest.raises(InputError, match="no panel"):
        control_chart([], [], title="t", unit="t", lang="en")
    with pytest.raises(InputError, match="exchange"):
        WindowRow("x", "t", 2.0, 1.5, 1.0, 0.0, 0.0, 0.0)
