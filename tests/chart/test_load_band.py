"""The picture of load by band: widths are hours, heights are loads."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from orebook.chart import BandLoad, load_bands
from orebook.errors import InputError

BANDS = [
    BandLoad("peak", 8.0, (60.0, 20.0), 700.0),
    BandLoad("valley", 16.0, (100.0, 0.0), 300.0),
]


def bars(svg: str) -> list[tuple[float, float]]:
    """Return width and height of the bars, without ground and legend."""
    found = [e.attrib for e in ElementTree.fromstring(svg) if e.tag.endswith("rect")]
    return [
        (float(a["width"]), float(a["height"]))
        for a in found
        if float(a["width"]) not in (720.0, 10.0)
    ]


def test_widths_are_hours_and_heights_are_loads() -> None:
    drawn = bars(load_bands(BANDS, ["grid", "own"], title="t", lang="en"))
    (peak, high), (_, own), (valley, whole), _ = drawn
    assert (valley + 2.0) / (peak + 2.0) == pytest.approx(2.0, rel=1e-3)
    assert high / own == pytest.approx(3.0, rel=1e-2)
    assert whole / (high + own) == pytest.approx(100 / 80, rel=1e-2)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_is_said_in_words(lang: str) -> None:
    svg = load_bands(BANDS, ["grid", "own"], title="t", lang=lang)
    told = re.search("<desc>(.*)</desc>", svg)[1]
    for figure in ("80.0", "700.0", "100.0", "300.0", "8.0", "16.0", "20.0"):
        assert figure in told


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="one part for each"):
        load_bands(BANDS, ["grid"], title="t", lang="en")
    with pytest.raises(InputError, match="0 bands"):
        load_bands([], ["grid"], title="t", lang="en")
