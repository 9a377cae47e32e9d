"""The picture of a frontier: marks stand where the figures say."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest

from orebook.chart import Mark, frontier_chart
from orebook.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"
POINTS = [(10.0, 50.0), (9.0, 53.0), (8.0, 70.0)]


def drawn(marks: list[Mark], lang: str = "en", width: float = 720.0) -> ET.Element:
    return ET.fromstring(
        frontier_chart(
            POINTS,
            marks,
            title="T",
            index="steam",
            index_unit="t/t",
            cost_unit="CNY/t",
            lang=lang,
            width=width,
        )
    )


def test_the_curve_runs_through_its_points_to_scale() -> None:
    root = drawn([])
    line = next(root.iter(f"{SVG}polyline")).get("points", "").split()
    (x0, y0), (x1, y1), (x2, y2) = (tuple(map(float, p.split(","))) for p in line)
    assert x0 - x1 == pytest.approx(x1 - x2, abs=0.05)
    assert (y0 - y1) / (y0 - y2) == pytest.approx(3.0 / 20.0, abs=0.01)


def test_a_mark_on_the_frontier_stands_on_the_curve() -> None:
    root = drawn([Mark("knee", 9.0, 53.0)])
    line = next(root.iter(f"{SVG}polyline")).get("points", "").split()[1]
    spots = {(c.get("cx"), c.get("cy"), c.get("r")) for c in root.iter(f"{SVG}circle")}
    x, y = (f"{float(v):g}" for v in line.split(","))
    assert any(
        float(a) == pytest.approx(float(x), abs=0.01)
        and float(b) == pytest.approx(float(y), abs=0.01)
        for a, b, r in spots
        if r == "5"
    )


def test_words_name_every_mark_in_both_languages() -> None:
    marks = [Mark("today", 9.5, 60.0), Mark("recommended", 9.5, 51.2)]
    en = drawn(marks).findtext(f"{SVG}desc") or ""
    zh = drawn(marks, "zh").findtext(f"{SVG}desc") or ""
    assert "Today: 9.50 t/t at 60.00 CNY/t." in en
    assert "Recommended: 9.50 t/t at 51.20 CNY/t." in en
    assert "今日" in zh
    assert "建议" in zh


def test_names_stay_on_the_paper() -> None:
    for x in (8.0, 10.0):
        root = drawn([Mark("recommended", x, 60.0)], width=390.0)
        word = next(t for t in root.iter(f"{SVG}text") if t.text == "Recommended")
        left = float(word.get("x", "0"))
        right = left if word.get("text-anchor") == "end" else left + 85
        assert right <= 390.0


def test_no_name_covers_another() -> None:
    kinds = ("today", "measured", "knee", "recommended")
    root = drawn([Mark(k, 9.0, 53.0) for k in kinds], width=390.0)
    names = {"Today", "Measured", "Knee", "Recommended"}
    lines = [float(t.get("y", "0")) for t in root.iter(f"{SVG}text") if t.text in names]
    assert len(lines) == 4
    gaps = [b - a for a, b in itertools.pairwise(sorted(lines))]
    assert min(gaps) >= 14.9


def test_without_a_point_there_is_no_picture() -> None:
    with pytest.raises(InputError, match="has no point"):
        frontier_chart([], [], title="T", index="i", index_unit="-", cost_unit="CNY/t",
                       lang="en")  # fmt: skip
