"""A process flow sheet: no box on a box, no pipe through a box, each stream once."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chart.boxes import Box, Nozzle, Pipe
from orebook.chart.layers import fold, layers
from orebook.chart.piping import Laid, lay_out_boxes
from orebook.chart.process_sheet import process_sheet
from orebook.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"
Sheet = tuple[list[Box], list[Pipe]]


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """Draw a chain of units with loops, tags, trades and idle streams."""
    count = draw(st.integers(1, 16))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(
                lambda p: p[0] != p[1]
            ),
            max_size=24,
        )
    ) if count > 1 else []  # fmt: skip
    nozzles: list[list[Nozzle]] = [[] for _ in range(count)]
    pipes = []
    for k, (a, b) in enumerate(pairs):
        weight = draw(st.floats(0.0, 1e8))
        nozzles[a].append(nozzle(f"o{k}", "out", "line"))
        nozzles[b].append(nozzle(f"i{k}", "in", "line"))
        pipes.append(Pipe(f"b{a}", f"b{b}", f"o{k}", f"i{k}", weight=weight))
    for k in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(["outside", "tag", "idle"]))
        side = draw(st.sampled_from(["in", "out"]))
        nozzles[draw(st.integers(0, count - 1))].append(nozzle(f"x{k}", side, kind))
    label = "mud washing and filter presses " * 2
    boxes = [
        Box(f"b{i}", label[: 4 + 5 * (i % 9)], "unit", tuple(n))
        for i, n in enumerate(nozzles)
    ]
    return boxes, pipes


def nozzle(key: str, side: str, kind: str) -> Nozzle:
    return Nozzle(key, key[1:], side, kind, "test-tank liquor, high temperature",
                  "1,305 m³/h · 849 CNY/m³", f"all of {key}")  # fmt: skip


def overlaps(laid: Laid) -> list[tuple[str, str]]:
    """Return pairs of boxes that share any ground."""
    return [
        (a, b) for (a, s), (b, t) in combinations(laid.seats.items(), 2)
        if s.x < t.x + t.width and t.x < s.x + s.width
        and s.y < t.y + t.height and t.y < s.y + s.height
    ]  # fmt: skip


def through(laid: Laid) -> list[tuple[int, str]]:
    """Return pipes that run through a box, with the box."""
    found = []
    for i, path in enumerate(laid.paths):
        for (x0, y0), (x1, y1) in pairwise(path):
            assert abs(x0 - x1) < 1e-6 or abs(y0 - y1) < 1e-6
            for name, s in laid.seats.items():
                across = max(x0, x1) > s.x + 0.1 and min(x0, x1) < s.x + s.width - 0.1
                down = max(y0, y1) > s.y + 0.1 and min(y0, y1) < s.y + s.height - 0.1
                if across and down:
                    found.append((i, name))
    return found


@settings(max_examples=60)
@given(sheets())
def test_no_box_overlaps_and_no_pipe_runs_through_one(sheet: Sheet) -> None:
    boxes, pipes = sheet
    laid = lay_out_boxes(boxes, pipes, width=1060.0, top=40.0)
    assert overlaps(laid) == []
    assert through(laid) == []
    assert set(laid.seats) == {box.id for box in boxes}
    for s in laid.seats.values():
        assert s.x >= 0.0
        assert s.x + s.width <= 1060.01
        assert s.y >= 40.0
        assert s.y + s.height <= 40.0 + laid.height + 1e-6


@settings(max_examples=40)
@given(sheets())
def test_pipes_of_different_streams_never_lie_on_each_other(sheet: Sheet) -> None:
    boxes, pipes = sheet
    laid = lay_out_boxes(boxes, pipes, width=1060.0, top=40.0)
    for (p, a), (q, b) in combinations(zip(pipes, laid.paths, strict=True), 2):
        if (p.source, p.leaves) == (q.source, q.leaves):
            continue
        for first in pairwise(a):
            for second in pairwise(b):
                assert not along(first, second)


def along(a: tuple, b: tuple) -> bool:
    """Tell whether two segments share more than a point."""
    for axis in (0, 1):
        other = 1 - axis
        flat = abs(a[0][other] - a[1][other]) < 1e-6
        same = flat and abs(b[0][other] - b[1][other]) < 1e-6
        if same and abs(a[0][other] - b[0][other]) < 1e-6:
            low = max(min(a[0][axis], a[1][axis]), min(b[0][axis], b[1][axis]))
            high = min(max(a[0][axis], a[1][axis]), max(b[0][axis], b[1][axis]))
            if high - low > 0.5:
                return True
    return False


def test_the_check_of_overlaps_would_notice_one() -> None:
    pair = [Box("a", "A", "unit", ()), Box("b", "B", "unit", ())]
    laid = lay_out_boxes(pair, [], width=700.0, top=0.0)
    seat = laid.seats["a"]
    assert overlaps(Laid({"a": seat, "b": seat}, (), 10.0, 1)) == [("a", "b")]
    y = seat.y + seat.height / 2
    crossing = (((0.0, y), (700.0, y)),)
    assert through(Laid(laid.seats, crossing, 10.0, 2))


@settings(max_examples=40)
@given(sheets())
def test_every_stream_is_drawn_exactly_once_with_its_tooltip(sheet: Sheet) -> None:
    boxes, pipes = sheet
    drawn = process_sheet(boxes, pipes, title="Sheet", lang="en", width=1060.0)
    root = ET.fromstring(drawn)
    links = [a.get("id") for a in root.iter(f"{SVG}a")]
    keys = [f"p-{n.key}" for box in boxes for n in box.nozzles]
    assert sorted(links) == sorted(keys)
    for a in root.iter(f"{SVG}a"):
        key = str(a.get("id")).removeprefix("p-")
        assert a.get("href") == f"#r-{key}"
        assert a.findtext(f"{SVG}title") == f"all of {key}"
    assert root.get("role") == "group"
    assert root.findtext(f"{SVG}title") == "Sheet"
    assert root.findtext(f"{SVG}desc")


def test_the_same_sheet_gives_the_same_text() -> None:
    boxes = [Box("a", "A", "unit", (nozzle("o1", "out", "line"),)),
             Box("b", "B", "store", (nozzle("i1", "in", "line"),))]  # fmt: skip
    pipe = Pipe("a", "b", "o1", "i1", weight=5.0)
    one = process_sheet(boxes, [pipe], title="T", lang="zh", width=900)
    assert one == process_sheet(boxes, [pipe], title="T", lang="zh", width=900)


def test_layers_run_onward_and_a_loop_back_once() -> None:
    """A ring of five is five layers; only its lightest edge runs back."""
    ring = {("a", "b"): 3.0, ("b", "c"): 3.0, ("c", "d"): 3.0, ("d", "e"): 3.0,
            ("e", "a"): 1.0}  # fmt: skip
    found = layers(list("abcde"), ring)
    assert found == [["a"], ["b"], ["c"], ["d"], ["e"]]
    assert fold(found, ring, 3) == [[["a"], ["b"]], [["c"], ["d"], ["e"]]]


def test_what_feeds_one_unit_stands_right_before_it() -> None:
    chain = {("a", "b"): 1.0, ("b", "c"): 1.0, ("s", "c"): 1.0}
    found = layers(["a", "b", "c", "s"], chain)
    assert found[1] == ["b", "s"]


@settings(max_examples=60)
@given(st.integers(1, 30), st.data())
def test_fold_places_every_name_once(count: int, data: st.DataObject) -> None:
    names = [f"n{i}" for i in range(count)]
    name = st.sampled_from(names)
    pairs = data.draw(st.lists(st.tuples(name, name), max_size=40))
    weights = {p: 1.0 for p in pairs if p[0] != p[1]}
    columns = data.draw(st.integers(1, 6))
    bands = fold(layers(names, weights), weights, columns)
    placed = [n for band in bands for stack in band for n in stack]
    assert sorted(placed) == sorted(names)
    assert all(len(band) <= columns for band in bands)


@pytest.mark.parametrize(
    ("boxes", "pipes", "message"),
    [
        ([Box("a", "A", "unit", ()), Box("a", "B", "unit", ())], [], "stands twice"),
        ([Box("a", "A", "unit", (nozzle("o1", "out", "line"),) * 2)], [], "stands"),
        ([Box("a", "A", "unit", ())], [Pipe("a", "b", "", "")], "leads nowhere"),
        ([Box("a", "A", "unit", ())], [Pipe("a", "a", "", "")], "leads nowhere"),
    ],
)
def test_a_wrong_sheet_is_refused(boxes, pipes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        process_sheet(boxes, pipes, title="T", lang="en", width=900)


def test_too_narrow_a_sheet_is_refused() -> None:
    with pytest.raises(InputError, match="too narrow"):
        process_sheet([Box("a", "A", "unit", ())], [], title="T", lang="en", width=200)
