"""The flow sheet never draws over a card, and never joins two flows by mistake."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.chart import Link, Node, chain_diagram, chain_panels
from orebook.chart.flow import shares
from orebook.chart.place import order, place
from orebook.chart.route import tracks
from orebook.chart.sheet import Sheet, lay_out
from orebook.chart.svg import text_width
from orebook.errors import InputError

Group = tuple[list[Node], list[Link]]
Segment = tuple[tuple[float, float], tuple[float, float]]
SVG = "{http://www.w3.org/2000/svg}"


def layout(nodes: list[Node], links: list[Link], width: float) -> Sheet:
    words = [(link.label, f"{link.flow:.1f} t/h", "100 CNY/t") for link in links]
    return lay_out(nodes, links, words, width=width, top=50)


def segments(sheet: Sheet, index: int) -> list[Segment]:
    return list(pairwise(sheet.paths[index]))


def assert_clear(nodes: list[Node], links: list[Link], width: float) -> None:
    """Check cards against cards, lines against cards, and lines against lines."""
    sheet = layout(nodes, links, width)
    cards = list(sheet.cards.values())
    for card in cards:
        assert card.x >= 0
        assert card.x + card.width <= width + 0.01
        for lines in card.rows:
            assert max(text_width(row, 11) for row in lines) <= card.width - 8
    for a, b in combinations(cards, 2):
        apart = a.x + a.width < b.x or b.x + b.width < a.x
        assert apart or a.y + a.height < b.y or b.y + b.height < a.y
    for index in range(len(links)):
        for (x0, y0), (x1, y1) in segments(sheet, index):
            assert abs(x0 - x1) < 1e-6 or abs(y0 - y1) < 1e-6
            for card in cards:
                across = max(x0, x1) > card.x + 0.1
                across &= min(x0, x1) < card.x + card.width - 0.1
                down = max(y0, y1) > card.y + 0.1
                down &= min(y0, y1) < card.y + card.height - 0.1
                assert not (across and down)
    for i, j in combinations(range(len(links)), 2):
        if links[i].net != links[j].net:
            for first in segments(sheet, i):
                for second in segments(sheet, j):
                    assert not together(first, second), (links[i], links[j])


def together(first: Segment, second: Segment) -> bool:
    """Tell whether two segments run along each other."""
    for axis in (0, 1):
        flat = [abs(s[0][axis] - s[1][axis]) < 1e-6 for s in (first, second)]
        if all(flat) and abs(first[0][axis] - second[0][axis]) < 0.5:
            other = 1 - axis
            low = max(min(s[0][other], s[1][other]) for s in (first, second))
            high = min(max(s[0][other], s[1][other]) for s in (first, second))
            if high - low > 0.5:
                return True
    return False


@pytest.mark.parametrize("width", [390.0, 720.0, 1200.0])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_group_is_clear(groups: dict[str, Group], lang: str, width: float) -> None:
    """Sixty nodes and a hundred links with loops, on a phone and on a wall."""
    nodes, links = groups[lang]
    assert len(nodes) >= 60
    assert_clear(nodes, links, width)


@settings(max_examples=25, deadline=None)
@given(st.data(), st.integers(2, 14), st.sampled_from([390.0, 800.0, 1200.0]))
def test_any_net_is_clear(data: st.DataObject, count: int, width: float) -> None:
    """Loops, doubled links and lonely nodes are all laid out without a clash."""
    names = [f"n{i}" for i in range(count)]
    nodes = [Node(n, n, site=data.draw(st.sampled_from("AB"))) for n in names]
    pairs = st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True)
    links = [
        Link(*ends, f"m{i % 3}", float(i), "t/h")
        for i, ends in enumerate(data.draw(st.lists(pairs, max_size=24)))
    ]
    assert_clear(nodes, links, width)


def test_eighty_nodes_and_one_hundred_and_fifty_links() -> None:
    """The greatest flow sheet promised still finds room at 1200 px."""
    nodes = [Node(f"n{i}", f"Unit {i}", site=f"S{i // 20}") for i in range(80)]
    ends = [(i, (i * 7 + k) % 80) for i in range(80) for k in (1, 3)]
    links = [Link(f"n{a}", f"n{b}", f"m{a}", 1.0, "t/h") for a, b in ends if a != b][
        :150
    ]
    sheet = layout(nodes, links, 1200)
    assert len(sheet.paths) == 150
    assert len(sheet.cards) == 80


def test_paths_join_their_own_nodes(groups: dict[str, Group]) -> None:
    """Each line leaves a side of its source and ends at a row of its target."""
    nodes, links = groups["en"]
    sheet = layout(nodes, links, 1200)
    for link, path in zip(links, sheet.paths, strict=True):
        source, target = sheet.cards[link.source], sheet.cards[link.target]
        assert path[0][0] in (source.x, source.x + source.width)
        assert source.y < path[0][1] < source.y + source.head
        assert path[-1][0] == target.x
        assert any(math.isclose(path[-1][1], port) for port in target.ports)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_tell_every_link(groups: dict[str, Group], lang: str) -> None:
    """Who cannot see the sheet hears each flow with its price."""
    nodes, links = groups[lang]
    drawn = chain_diagram(nodes, links, title="T", lang=lang, width=1200)  # type: ignore[arg-type]
    root = ET.fromstring(drawn)
    words = root.findtext(f"{SVG}desc") or ""
    per = "元" if lang == "zh" else "CNY"
    assert all(link.label in words for link in links)
    assert words.count(per) == len(links)
    sizes = {float(t.get("font-size", 0)) for t in root.iter(f"{SVG}text")}
    assert min(sizes) >= 11
    assert drawn == chain_diagram(nodes, links, title="T", lang=lang, width=1200)  # type: ignore[arg-type]


def test_panels_hold_each_flow_where_it_belongs(groups: dict[str, Group]) -> None:
    """Flows between sites are summed once; each stands in both site panels."""
    nodes, links = groups["en"]
    panels = chain_panels(nodes, links, title="T", lang="en", width=1200)
    assert [p.site for p in panels] == ["", *dict.fromkeys(n.site for n in nodes)]
    between = ET.fromstring(panels[0].svg).findtext(f"{SVG}desc") or ""
    assert "Alumina refinery to Smelter: alumina 125 t/h · 2,610 CNY/t." in between
    smelter = next(p.svg for p in panels if p.site == "Smelter")
    assert "from Alumina refinery to Potline 1: alumina 62.0 t/h" in smelter


def test_mean_price_needs_every_price() -> None:
    """One flow without a price leaves the sum without one."""
    nodes = [Node(n, n, site=n[0]) for n in ("a1", "a2", "b1")]
    links = [
        Link("a1", "b1", "ore", 30.0, "t/h", 100.0, "CNY/t"),
        Link("a2", "b1", "ore", 10.0, "t/h", 200.0, "CNY/t"),
    ]
    svg = chain_panels(nodes, links, title="T", lang="en", width=400)[0].svg
    assert "a to b: ore 40.0 t/h · 125 CNY/t." in svg
    links[1] = Link("a2", "b1", "ore", 10.0, "t/h")
    svg = chain_panels(nodes, links, title="T", lang="en", width=400)[0].svg
    assert "a to b: ore 40.0 t/h." in svg


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_order_of_a_net_without_loops_never_flows_back(
    pairs: list[tuple[int, int]],
) -> None:
    """On a net without loops the heuristic is exact; networkx checks the net."""
    graph = nx.DiGraph([(min(p), max(p)) for p in pairs if p[0] != p[1]])
    assert nx.is_directed_acyclic_graph(graph)
    names = [str(i) for i in range(8, -1, -1)]
    weights = {(str(a), str(b)): 1.0 for a, b in graph.edges}
    at = {name: i for i, name in enumerate(order(names, weights))}
    assert sorted(at) == sorted(names)
    assert all(at[a] < at[b] for a, b in weights)


def test_place_gives_each_node_a_cell_of_its_own() -> None:
    names = [str(i) for i in range(11)]
    weights = {(str(i), str((i * 5 + 2) % 11)): 1.0 for i in range(11) if i != 5}
    cells = place(names, weights, 4)
    assert len(set(cells.values())) == 11
    assert max(row for row, _ in cells.values()) <= 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), max_size=20))
def test_tracks_are_as_few_as_the_densest_place(pairs: list[tuple[int, int]]) -> None:
    """Left-edge theorem: tracks needed = greatest number of spans over one point."""
    spans = {i: (float(a), float(a + size)) for i, (a, size) in enumerate(pairs)}
    given_tracks = tracks(dict(spans), 0.0)
    for i, j in combinations(spans, 2):
        if given_tracks[i] == given_tracks[j]:
            assert spans[i][1] < spans[j][0] or spans[j][1] < spans[i][0]
    dense = max(
        (sum(a <= x <= b for a, b in spans.values()) for x in range(40)), default=0
    )
    assert max(given_tracks.values(), default=-1) + 1 == dense


def test_shares_compare_flows_of_one_unit_alone() -> None:
    links = [
        Link("a", "b", "power", 4.0, "MWh/h"),
        Link("a", "b", "ore", 100.0, "t/h"),
        Link("b", "a", "ore", 25.0, "t/h"),
    ]
    assert shares(links) == [1.0, 1.0, 0.5]


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (Link("a", "x", "ore", 1.0, "t/h"), r"\['x'\]"),
        (Link("a", "a", "ore", 1.0, "t/h"), "unknown or equal"),
        (Link("a", "b", "ore", -1.0, "t/h"), "not below nought"),
        (Link("a", "b", "ore", math.nan, "t/h"), "finite"),
    ],
)
def test_link_that_leads_nowhere_is_refused(link: Link, message: str) -> None:
    pair = [Node("a", "A"), Node("b", "B")]
    with pytest.raises(InputError, match=message):
        chain_diagram(pair, [link], title="T", lang="en")


def test_no_room_is_said() -> None:
    """Too many lines beside one column: the message names the way out."""
    nodes = [Node(f"n{i}", f"N{i}") for i in range(60)]
    links = [
        Link(f"n{i}", f"n{i * k % 60}", f"m{k}", 1.0, "t/h")
        for i in range(60)
        for k in (7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
        if i != i * k % 60
    ]
    with pytest.raises(InputError, match="chain_panels"):
        layout(nodes, links, 390)
