"""Gaps: every indicator among its six references, and what the room is worth."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.benchmark.note import Note
from orebook.benchmark.result import REFERENCES, Benchmark, Frontier, Row
from orebook.benchmark.words import REFERENCE_NAMES
from orebook.chain.catalogue import builtin_classes, named
from orebook.chart import GapBar, gap_bars
from orebook.glossary import Lang
from orebook.report.figures import NARROW, WIDE
from orebook.report.names import Names
from orebook.report.table import (
    Block,
    Cell,
    Column,
    Drawing,
    Fold,
    Picture,
    Said,
    Section,
    Table,
)
from orebook.report.table import Row as TableRow
from orebook.report.view import View, cny
from orebook.report.words import both

__all__ = ["benchmark_section", "benchmarks", "drawn"]

SHOWN = 30  # rows of a long table on the page [-]
FEWEST_BARS = 3  # indicators of a plant that make a picture worth while [-]
MOST_BARS = 14  # indicators drawn of one plant [-]


def _said(note: Note) -> Said:
    return Said(note.zh, note.en)


_MARKS = {k: _said(n) for k, n in REFERENCE_NAMES.items()}
INDICATORS = (
    Column("gap_plant"), Column("gap_class"), Column("gap_indicator"),
    Column("actual", "own"), Column("doubt_sd", "own"), Column("unit_of_measure"),
    Column("gap_grade", "count"),
    *(Column(_MARKS[k], "own") for k in REFERENCES),
    *(Column(both("room_to", what=_MARKS[k]), "money", "CNY") for k in REFERENCES),
    Column("gap_counted"),
)  # fmt: skip
TOTALS = (
    Column("gap_plant"),
    *(Column(both("room_to", what=_MARKS[k]), "money", "CNY") for k in REFERENCES),
)
FRONTIER = (
    Column("gap_plant"), Column("gap_best"), Column("gap_indicator"),
    Column("actual", "own"), Column("gap_at_best", "own"), Column("unit_of_measure"),
    Column("gap_technical", "money", "CNY"), Column("gap_allocative", "money", "CNY"),
    Column("gap_money", "money", "CNY"),
)  # fmt: skip
SOURCES = (
    Column("gap_plant"), Column("gap_indicator"), Column("gap_reference"),
    Column("source"),
)  # fmt: skip
PEERS = (
    Column("gap_file"), Column("gap_indicator"), Column("gap_peer"),
    Column("gap_finding"),
)  # fmt: skip


def benchmarks(view: View) -> tuple[Section, ...]:
    """Return the chapter of a month; none where no benchmark was worked out."""
    found = view.result.benchmark
    if found is None or not found.rows:
        return ()
    return (benchmark_section(found, view.names),)


def benchmark_section(found: Benchmark, names: Names) -> Section:
    """Return the chapter on gaps.

    Parameters
    ----------
    found : Benchmark
        What was found.
    names : Names
        Of the book.
    """
    rows, totals = row_table(found, names), total_table(found, names)
    frontier, sources = frontier_table(found, names), source_table(found, names)
    peers = peer_table(found)
    blocks: list[Block] = [both("gap_how"), totals, *_pictures(found, names), rows]
    if frontier.rows:
        blocks += [*(_sentence(f, names) for f in found.frontiers if f.compared)]
        blocks.append(frontier)
    blocks.append(Fold(both("gap_sources"), (sources,)))
    if peers.rows:
        blocks.append(peers)
    if found.missing:
        blocks.append(_missing(found))
    sheets = (rows, totals, frontier, sources, peers)
    return Section("benchmark", both("benchmark"), tuple(blocks), sheets)


def plant_name(names: Names, plant: str) -> Said:
    """Return the name of a plant: that of its unit or centre."""
    if plant in names.chain.unit:
        return names.of("unit", plant)
    centre, _, unit = plant.partition(":")
    if not unit:
        return names.centre(centre)
    return both("of_unit", unit=names.centre(centre), what=names.of("unit", unit))


def row_table(found: Benchmark, names: Names) -> Table:
    """Return every indicator with its references and money."""
    rows = tuple(TableRow(tuple(_cells(r, names))) for r in found.rows)
    hidden = len(rows) - SHOWN
    rest = both("rows_in_workbook", count=str(hidden)) if hidden > 0 else None
    caption = both("gap_rows")
    return Table("gap_rows", caption, INDICATORS, rows, SHOWN, rest)


def _cells(row: Row, names: Names) -> list[Cell]:
    own, one = row.reading, row.indicator
    name = Said(named(one, "zh"), named(one, "en"))
    counted = any(r.leaf for r in row.references.values())
    return [
        plant_name(names, row.plant),
        _class(names, row.of),
        name if own is not None else both("gap_none", name=name, why=_said(row.reason)),
        None if own is None else own.value,
        None if own is None else own.sd,
        one.unit,
        row.grade,
        *(row.references[k].level for k in REFERENCES),
        *(row.references[k].money for k in REFERENCES),
        both("gap_yes") if counted else both("gap_no"),
    ]


def _class(names: Names, of: str) -> Said:
    classes = (*names.chain.classes, *builtin_classes())
    known = {c.id: Said(c.name, c.name_en) for c in reversed(classes)}
    return known.get(of, Said(of, of))


def total_table(found: Benchmark, names: Names) -> Table:
    """Return the money of the leaves by plant; the last row is their sum."""
    rows = [
        TableRow((plant_name(names, p), *(found.known_total(k, p) for k in REFERENCES)))
        for p in found.plants()
    ]
    whole: Cell = both("gap_sum")
    money = [found.known_total(k) for k in REFERENCES]
    rows.append(TableRow((whole, *money), "total"))
    return Table("gap_totals", both("gap_totals"), TOTALS, tuple(rows))


def frontier_table(found: Benchmark, names: Names) -> Table:
    """Return the profit gap of each plant by factor."""
    by_id = {r.indicator.id: r.indicator for r in found.rows}
    rows = tuple(
        TableRow(
            (
                plant_name(names, f.plant),
                _best_name(f, names),
                Said(named(by_id[x.indicator], "zh"), named(by_id[x.indicator], "en")),
                x.own,
                x.best,
                by_id[x.indicator].unit,
                x.technical,
                x.allocative,
                x.money,
            )
        )
        for f in found.frontiers
        if f.compared
        for x in f.factors
    )
    hidden = len(rows) - SHOWN
    rest = both("rows_in_workbook", count=str(hidden)) if hidden > 0 else None
    return Table("gap_frontier", both("gap_frontier"), FRONTIER, rows, SHOWN, rest)


def _best_name(one: Frontier, names: Names) -> Said:
    plant, _, month = one.best.partition(" ")
    name = plant_name(names, plant)
    return both("of_unit", unit=name, what=month) if month else name


def _sentence(one: Frontier, names: Names) -> Said:
    return both(
        "gap_profit",
        plant=plant_name(names, one.plant),
        best=_best_name(one, names),
        count=str(len(one.compared)),
        money=cny(one.profit_gap),
    )


def source_table(found: Benchmark, names: Names) -> Table:
    """Return where every reference comes from, or why there is none."""
    rows = tuple(
        TableRow(
            (
                plant_name(names, r.plant),
                Said(named(r.indicator, "zh"), named(r.indicator, "en")),
                _MARKS[k],
                _said(r.references[k].source),
            )
        )
        for r in found.rows
        if r.reading is not None
        for k in REFERENCES
    )
    hidden = len(rows) - SHOWN
    rest = both("rows_in_workbook", count=str(hidden)) if hidden > 0 else None
    return Table("gap_sources", both("gap_sources"), SOURCES, rows, SHOWN, rest)


def peer_table(found: Benchmark) -> Table:
    """Return figures of peers that do not agree, and those of no use."""
    rows = [
        TableRow(
            ("", c.indicator, f"{c.peer} {c.period}",
             both("gap_conflict", values=", ".join(f"{v:g}" for v in c.values),
                  unit=c.unit, used=f"{c.used:g}"))
        )
        for c in found.conflicts
    ]  # fmt: skip
    rows += [
        TableRow((f"{u.file}:{u.line}", u.indicator, u.peer, u.reason))
        for u in found.unused
    ]
    return Table("gap_peers", both("gap_peers"), PEERS, tuple(rows))


def _missing(found: Benchmark) -> Said:
    zh = "；".join(f"{named(i, 'zh')}（{i.needs}）" for i in found.missing)
    en = "; ".join(f"{named(i, 'en')} ({i.needs_en})" for i in found.missing)
    return both("gap_missing", names=Said(zh, en))


def _pictures(found: Benchmark, names: Names) -> list[Picture]:
    """Return pictures of the plants that money is counted for, single bars apart."""
    most = max((_bars_of(found, p) for p in found.plants()), default=0)
    few = min(FEWEST_BARS, most)

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return [
            Drawing("", _plant_picture(found, names, plant, lang, width))
            for plant in found.plants()
            if _bars_of(found, plant) >= few
        ]

    return [Picture(draw, (WIDE, NARROW))]


def _bars_of(found: Benchmark, plant: str) -> int:
    return sum(_drawable(r) and r.plant == plant for r in found.rows)


def _drawable(row: Row) -> bool:
    return row.reading is not None and any(
        r.level is not None for r in row.references.values()
    )


def _plant_picture(
    found: Benchmark, names: Names, plant: str, lang: Lang, width: float
) -> str:
    rows = [r for r in found.rows if r.plant == plant and _drawable(r)]
    bars = [_bar(r, lang) for r in rows[:MOST_BARS]]
    title = plant_name(names, plant).in_(lang)
    return gap_bars(bars, title=title, lang=lang, width=width)


def _bar(row: Row, lang: Lang) -> GapBar:
    assert row.reading is not None
    levels = {k: r.level for k, r in row.references.items() if r.level is not None}
    return GapBar(
        label=named(row.indicator, lang),
        value=row.reading.value,
        marks=levels,
        unit=row.indicator.unit,
        better=row.indicator.better,
        note=_worth(row, lang),
    )


def _worth(row: Row, lang: Lang) -> str:
    """Return the largest room any reference promises, in money."""
    worth = [r.money for k, r in row.references.items() if r.money and k != "theory"]
    if not worth:
        return ""
    return cny(max(worth), signed=True).in_(lang)


def drawn(found: Benchmark, names: Names, lang: Lang, width: float = 720.0) -> str:
    """Return the gap bars of the first plants of a benchmark as one SVG text.

    Parameters
    ----------
    found : Benchmark
        What is shown.
    names : Names
        Of the book.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    """
    rows = [r for r in found.rows if _drawable(r)]
    title = both("benchmark").in_(lang)
    many = len({r.plant for r in rows}) > 1
    bars = []
    for row in rows:
        bar, name = _bar(row, lang), plant_name(names, row.plant).in_(lang)
        label = f"{name} · {bar.label}" if many else bar.label
        bars.append(GapBar(label, bar.value, bar.marks, bar.unit, bar.better, bar.note))
    return gap_bars(bars, title=title, lang=lang, width=width)
