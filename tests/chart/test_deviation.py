"""A deviation: workshops lead from base to actual, factors lie inside theirs."""

from __future__ import annotations

import re

import pytest

from orebook.chart import Cause, deviation
from orebook.chart.palette import GAIN, LOSS
from orebook.errors import InputError

ROWS = [Cause("mud", 2.0, 0.5), Cause("washing", 3.0, level=1),
        Cause("settling", -1.0, level=1), Cause("red", -4.0)]  # fmt: skip
ASKED = {
    "ends": (100.0, 98.0), "names": ("plan", "actual"), "title": "Soda",
    "unit": "kg/t",
}  # fmt: skip


def drawn(better: str = "lower", lang: str = "en", **more: object) -> str:
    return deviation(ROWS, **{**ASKED, **more}, better=better, lang=lang)  # type: ignore[arg-type]


def bars(svg: str, height: str) -> list[float]:
    found = re.findall(r'<rect [^>]*width="([\d.]+)" height="' + height + '"', svg)
    return [float(w) for w in found]


def test_bars_are_as_long_as_the_effects() -> None:
    wide = [w for w in bars(drawn(), "16") if w > 4.0]
    assert wide[1] / wide[0] == pytest.approx(2.0, rel=0.01)
    thin = bars(drawn(), "8.8")
    assert thin[0] / thin[1] == pytest.approx(3.0, rel=0.01)


def test_less_is_a_gain_only_where_lower_is_better() -> None:
    assert drawn("lower").count(LOSS) == drawn("higher").count(GAIN) == 2
    assert "red: better by 4.000 kg/t" in drawn("lower")
    assert "red: worse by 4.000 kg/t" in drawn("higher")


def test_the_axis_shows_what_moved_not_nought() -> None:
    assert ">0<" not in drawn()


def test_words_are_in_the_language_of_the_reader() -> None:
    assert "变差" in drawn(lang="zh")


def test_workshops_that_do_not_lead_there_are_refused() -> None:
    with pytest.raises(InputError, match="add the missing effect"):
        drawn(ends=(100.0, 97.0))
