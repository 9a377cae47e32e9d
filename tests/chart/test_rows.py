"""Pictures made of rows draw what their figures say."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chart import (
    Bullet,
    Effect,
    Mark,
    PriceRow,
    Reward,
    Series,
    Standing,
    Step,
    bullet,
    frontier_chart,
    league,
    line,
    price_band,
    reward_bars,
    variance_bars,
    waterfall,
)
from orebook.chart.palette import GAIN, LOSS, TOTAL
from orebook.errors import InputError
from orebook.glossary import Lang

SVG = "{http://www.w3.org/2000/svg}"
MONEY = st.floats(-5e8, 5e8).map(lambda value: round(value, 2))
STEPS = [
    Step("plan", 100.0, "total"),
    Step("price", -30.0),
    Step("volume", 50.0),
    Step("actual", 120.0, "total"),
]
DRAWN: dict[str, Callable[[Lang, float], str]] = {
    "waterfall": lambda lang, w: waterfall(STEPS, title="A & B", lang=lang, width=w),
    "variance": lambda lang, w: variance_bars(
        [Effect("soda <kg>", -5e6, own=False), Effect("steam", 2e6)],
        title="V",
        lang=lang,
        width=w,
    ),
    "league": lambda lang, w: league(
        [Standing("mine", 3e6, 1e6), Standing("wash", -2e6, 5e5)],
        title="L",
        lang=lang,
        width=w,
    ),
    "band": lambda lang, w: price_band(
        [
            PriceRow("steam", 142, 121, 188, "CNY/t", 100, 200),
            PriceRow("mud", -28, -31, None, "CNY/t"),
        ],
        title="P",
        lang=lang,
        width=w,
    ),
    "line": lambda lang, w: line(
        [
            Series("a", (1.0, None, 3.0), (0.5, 1, 2), (2, 3, 4.0)),
            Series("b", (2,) * 3),
        ],
        ["Jan", "Feb", "Mar"],
        title="S",
        unit="t/t",
        lang=lang,
        width=w,
    ),
    "bullet": lambda lang, w: bullet(
        [Bullet("DC", 13100, 12900, 13400, 12500, 11800, "kWh/t", "min")],
        title="B",
        lang=lang,
        width=w,
    ),
    "frontier": lambda lang, w: frontier_chart(
        [(10.0, 50.0), (9.0, 53.0), (8.0, 70.0)],
        [
            Mark("today", 9.8, 55.0),
            Mark("measured", 9.9, 57.0),
            Mark("knee", 9.0, 53.0),
            Mark("recommended", 9.8, 50.6),
        ],
        title="F",
        index="x",
        index_unit="t/t",
        cost_unit="CNY/t",
        lang=lang,
        width=w,
    ),
    "frontier_point": lambda lang, w: frontier_chart(
        [(0.95, 50.0)],
        [Mark("today", 0.94, 50.5), Mark("recommended", 0.95, 50.0)],
        title="F",
        index="x",
        index_unit="-",
        cost_unit="CNY/t",
        lang=lang,
        width=w,
    ),
    "reward": lambda lang, w: reward_bars(
        [Reward("A", 800, 120, 680, 900, -50), Reward("B", 10, 400, -50, 900, -50)],
        title="R",
        lang=lang,
        width=w,
    ),
}


def bars(drawn: str, *colours: str) -> list[tuple[float, float]]:
    """Return left and right ends of the bars of some colours, top to bottom."""
    found = [r.attrib for r in ET.fromstring(drawn).iter(f"{SVG}rect")]
    return [
        (float(a["x"]), float(a["x"]) + float(a["width"]))
        for a in found
        if a["fill"] in colours
    ]


def words(drawn: str) -> list[str]:
    return ["".join(t.itertext()) for t in ET.fromstring(drawn).iter(f"{SVG}text")]


def desc(drawn: str) -> str:
    return ET.fromstring(drawn).findtext(f"{SVG}desc") or ""


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [390.0, 1200.0])
@pytest.mark.parametrize("name", DRAWN)
def test_picture_is_sound(name: str, width: float, lang: Lang) -> None:
    """Well-formed, named, in words, without script or outer reference, readable."""
    drawn = DRAWN[name](lang, width)
    root = ET.fromstring(drawn)
    assert root.get("role") == "img"
    assert root.get("viewBox", "").split()[2] == f"{width:g}"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert re.search(r"\d", desc(drawn))
    assert not re.search(r"<script|href=|\son\w+=|<style|style=", drawn)
    assert drawn.count("http") == 1
    assert "nan" not in drawn
    height = float(root.get("height", "0"))
    for text in root.iter(f"{SVG}text"):
        assert float(text.get("font-size", "0")) >= 11
        assert 0 <= float(text.get("x", "-1")) <= width
        assert 0 < float(text.get("y", "-1")) <= height
    assert drawn == DRAWN[name](lang, width)


@pytest.mark.parametrize("name", DRAWN)
def test_chinese_words_are_chinese(name: str) -> None:
    """The same picture in Chinese holds Chinese words of its own."""
    assert re.search(r"[\u4e00-\u9fff]", desc(DRAWN[name]("zh", 390)))
    assert not re.search(
        r"[\u4e00-\u9fff]", DRAWN[name]("en", 390).split("<text", 1)[1]
    )


def test_waterfall_bars_meet() -> None:
    """Each change begins where the row before ended; lengths are to scale."""
    drawn = waterfall(STEPS, title="M", lang="en", width=720)
    plan, price, volume, actual = bars(drawn, TOTAL, GAIN, LOSS)
    unit = (plan[1] - plan[0]) / 100
    assert price[1] == pytest.approx(plan[1], abs=0.02)
    assert price[1] - price[0] == pytest.approx(30 * unit, abs=0.02)
    assert volume[0] == pytest.approx(price[0], abs=0.02)
    assert volume[1] == pytest.approx(actual[1], abs=0.02)
    assert plan[0] == actual[0]


@settings(max_examples=25, deadline=None)
@given(MONEY, st.lists(MONEY, max_size=8))
def test_waterfall_takes_any_exact_split(start: float, changes: list[float]) -> None:
    """Any changes that lead to the total are drawn, an arrow for each."""
    steps = [Step("plan", start, "total")]
    steps += [Step(f"e{i}", change) for i, change in enumerate(changes)]
    steps.append(Step("actual", start + sum(changes), "total"))
    said = words(waterfall(steps, title="M", lang="en", width=390))
    arrows = sum(text.startswith(("▲ ", "▼ ")) for text in said)
    assert arrows == sum(change != 0 for change in changes)


def test_waterfall_with_a_residual_is_refused() -> None:
    """A step forgotten is an error, not a gap on the paper."""
    with pytest.raises(InputError, match=r"lead to 70\.0, but total 'actual' is 71"):
        waterfall(
            [STEPS[0], STEPS[1], Step("actual", 71.0, "total")], title="M", lang="en"
        )
    with pytest.raises(InputError, match="begin with a total"):
        waterfall(STEPS[1:], title="M", lang="en")


def test_variance_shows_the_greatest_and_counts_the_rest() -> None:
    """Ten of thirteen rows stand on the paper, all thirteen in the words."""
    effects = [Effect(f"e{i}", (-1) ** i * (100.0 + i)) for i in range(13)]
    drawn = variance_bars(effects, title="V", lang="en", width=720)
    said = words(drawn)
    assert said.index("e12") < said.index("e11") < said.index("e3")
    assert "e2" not in said
    assert "3 smaller not shown, together +101.0" in said
    assert all(f"e{i}: " in desc(drawn) for i in range(13))


def test_league_ranks_by_margin_and_rent_together() -> None:
    """The mine loses without its rent, yet stands first with it."""
    rows = [Standing("wash", 20.0), Standing("mine", -10.0, 50.0)]
    said = words(league(rows, title="L", lang="en", width=720))
    assert said.index("1  mine") < said.index("2  wash")
    drawn = league(rows, title="L", lang="en", width=720)
    own = bars(drawn, LOSS)[1]  # the first is a stroke of the pattern
    rent = next(
        (float(r.get("x", 0)), float(r.get("width", 0)))
        for r in ET.fromstring(drawn).iter(f"{SVG}rect")
        if r.get("fill", "").startswith("url(#")
    )
    assert rent[0] == pytest.approx(own[1], abs=0.02)
    assert rent[1] == pytest.approx(5 * (own[1] - own[0]), abs=0.1)


def test_band_says_none_where_there_is_no_ask() -> None:
    """An open end is said and drawn as an arrow, never as a number."""
    row = PriceRow("mud", -28.0, -31.0, None, "CNY/t")
    drawn = price_band([row], title="P", lang="en", width=720)
    assert "ask none" in desc(drawn)
    assert drawn.count("<polygon") == 2  # arrow and price


def test_band_upside_down_is_refused() -> None:
    """A bid above the ask is a mistake of the plan."""
    with pytest.raises(InputError, match=r"'steam'.*190"):
        PriceRow("steam", 142, 190, 188, "CNY/t")


def test_bullet_has_the_better_side_on_the_right() -> None:
    """Less power is better: a lower figure makes the longer bar."""
    grounds = {"target": 12900, "typical": 13400, "good": 12500, "best": 11800}
    lengths = []
    for value in (13100.0, 12600.0):
        row = Bullet("DC", value, unit="kWh/t", direction="min", **grounds)
        (ends,) = bars(bullet([row], title="B", lang="en"), GAIN, LOSS)
        lengths.append(ends[1] - ends[0])
    assert lengths[0] < lengths[1]
    with pytest.raises(InputError, match="improve"):
        Bullet("DC", 1.0, unit="kWh/t", direction="max", **grounds)


def test_reward_states() -> None:
    """Cap, floor and veto are words as well as marks."""
    rows = [
        Reward("a", 9e4, 0, 8e4, cap=8e4),
        Reward("b", 0, 9e4, -2e4, floor=-2e4),
        Reward("c", 5e4, 0, 0, vetoed=True),
        Reward("d", 5e4, 1e4, 4e4),
    ]
    drawn = reward_bars(rows, title="R", lang="en", width=720)
    said = words(drawn)
    assert [w for w in said if w in ("at the cap", "at the floor", "vetoed")] == [
        "at the cap",
        "at the floor",
        "vetoed",
    ]
    with pytest.raises(InputError, match="below nought"):
        Reward("e", -1, 0, 0)


def test_line_breaks_at_a_gap() -> None:
    """A missing month leaves two runs and is said in words."""
    series = Series("a", (1.0, 2.0, None, 4.0, 3.0))
    drawn = line([series], list("abcde"), title="S", unit="t", lang="en")
    assert drawn.count("<polyline") == 2
    assert "a: no value in 1 periods." in desc(drawn)


def test_line_names_do_not_overlap() -> None:
    """Lines that end together are named on lines of their own."""
    series = [Series(f"name{i}", (1.0, 2.0 + 0.001 * i)) for i in range(6)]
    root = ET.fromstring(line(series, ["a", "b"], title="S", unit="t", lang="en"))
    at = [
        float(t.get("y", 0))
        for t in root.iter(f"{SVG}text")
        if (t.text or "").startswith("name")
    ]
    assert min(b - a for a, b in zip(sorted(at), sorted(at)[1:], strict=False)) >= 14.9


def test_line_of_wrong_length_is_refused() -> None:
    with pytest.raises(InputError, match="2 values"):
        line([Series("a", (1.0, 2.0))], ["x"], title="S", unit="t", lang="en")
    with pytest.raises(InputError, match="expected 1 to 6"):
        line([], [], title="S", unit="t", lang="en")


@pytest.mark.parametrize("width", [0.0, 200.0, float("nan")])
def test_width_too_small_is_refused(width: float) -> None:
    with pytest.raises(InputError, match="280"):
        waterfall(STEPS, title="M", lang="en", width=width)


def test_nothing_to_show_is_refused() -> None:
    with pytest.raises(InputError):
        league([], title="L", lang="en")
    with pytest.raises(InputError, match="finite"):
        league([Standing("a", float("nan"))], title="L", lang="en")
