"""The tornado: two bars a datum, words in both languages, nothing hidden by colour."""

from __future__ import annotations

import re

import pytest

from orebook.chart import Swing, tornado
from orebook.errors import InputError

ROWS = [Swing("氧化铝价格", -3.0e6, 2.5e6), Swing("产能", -1.0e6, None)]


def bars(svg: str) -> list[float]:
    """Return the widths of the bars, top to bottom."""
    return [float(w) for w in re.findall(r'<rect [^>]*width="([\d.]+)" height="8', svg)]


def test_bars_are_as_long_as_the_changes() -> None:
    widths = bars(tornado(ROWS, title="T", share=0.1, lang="zh"))
    assert len(widths) == 3  # what has no plan has no bar
    assert widths[1] / widths[0] == pytest.approx(2.5 / 3.0, rel=0.01)
    assert widths[2] / widths[0] == pytest.approx(1.0 / 3.0, rel=0.01)


@pytest.mark.parametrize(("lang", "word"), [("zh", "下浮 10 %"), ("en", "10 % down")])
def test_words_are_in_the_language_of_the_reader(lang: str, word: str) -> None:
    svg = tornado(ROWS, title="T", share=0.1, lang=lang)  # type: ignore[arg-type]
    assert word in svg
    assert f'lang="{lang}' in svg


def test_a_picture_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="0 rows"):
        tornado([], title="T", share=0.1, lang="en")
