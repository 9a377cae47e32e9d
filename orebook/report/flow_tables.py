"""The tables of a flow sheet: streams, balances of the units, points inside them.

The page shows streams in two tables, amounts and compositions; the workbook holds both
side by side in one sheet. Every figure is made once, here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from orebook.glossary.points import FIGURES, point_terms
from orebook.report.flow_balance import UnitBalance
from orebook.report.flow_ends import End
from orebook.report.flow_picture import parts_text, stream_key
from orebook.report.flow_sheet import FlowPoint, FlowSheet, FlowStream
from orebook.report.names import Names
from orebook.report.table import Cell, Column, Row, Said, Table
from orebook.report.words import both

__all__ = [
    "balance_table",
    "content_table",
    "point_table",
    "stream_table",
    "streams_sheet",
    "whole_point_table",
]

NUMBER = Column("flow_number", "count")
WHO = (Column("flow_from"), Column("flow_to"), Column("material"))
BALANCE = (
    Column("flow_unit"), Column("flow_what"), Column("flow_basis"),
    Column("flow_in", "own"), Column("flow_out", "own"), Column("difference", "own"),
    Column("flow_closure", "own"), Column("unit_of_measure"),
)  # fmt: skip
POINT = (
    Column("flow_unit"), Column("flow_point"), Column("flow_stage", "count"),
    Column("flow_side"), Column("flow_mass", "own", "t"),
    Column("flow_rate", "own", "t/h"), Column("temperature", "own", "degC"),
    Column("pressure", "own", "MPa"), Column("heat", "own", "GJ"),
)  # fmt: skip

Shown = tuple[Column, Callable[[FlowStream], Cell]]


def stream_table(sheet: FlowSheet) -> Table:
    """Return amounts, prices and money of every stream, as the page shows them."""
    columns = _amount_columns(sheet)
    return _streams("flow_streams", sheet, columns, sheet.streams, both("flow_streams"))


def content_table(sheet: FlowSheet) -> Table | None:
    """Return what streams are made of; None where no stream tells."""
    columns = _content_columns(sheet.streams)
    told = [s for s in sheet.streams if s.carried.parts or s.carried.figures]
    if not told:
        return None
    names = Names(sheet.network)
    who: Shown = (Column("stream"), lambda s: names.stream(s.stream.id))
    caption = both("flow_contents", of=both(sheet.basis))
    return _streams("flow_contents", sheet, [who, *columns], told, caption)


def streams_sheet(sheet: FlowSheet) -> Table:
    """Return all of it in one table for the workbook, with the site in front."""
    names = Names(sheet.network)
    site: Shown = (Column("site"), lambda s: names.centre(s.site))
    key: Shown = (Column("stream", "code"), lambda s: s.stream.id)
    number: Shown = (NUMBER, lambda s: s.number)
    columns = [
        site, number, key, *_amount_columns(sheet), *_content_columns(sheet.streams),
    ]  # fmt: skip
    rows = tuple(Row(tuple(tell(s) for _, tell in columns)) for s in sheet.streams)
    heads = tuple(column for column, _ in columns)
    return Table("flow_streams", both("flow_streams"), heads, rows)


def _streams(
    name: str, sheet: FlowSheet, columns: Sequence[Shown],
    streams: Iterable[FlowStream], caption: Said,
) -> Table:  # fmt: skip
    lead = name == "flow_streams"
    rows = tuple(
        Row(
            (s.number, *(tell(s) for _, tell in columns)),
            anchor=f"r-{stream_key(s)}" if lead else "",
            back=f"p-{stream_key(s)}" if lead else f"r-{stream_key(s)}",
        )
        for s in streams
    )
    return Table(name, caption, (NUMBER, *(c for c, _ in columns)), rows)


def _amount_columns(sheet: FlowSheet) -> list[Shown]:
    names, hours = Names(sheet.network), sheet.period.hours
    found: list[Shown] = [
        (WHO[0], lambda s: end_name(s.source, names)),
        (WHO[1], lambda s: end_name(s.target, names)),
        (WHO[2], lambda s: names.of("material", s.stream.balance.material)),
        (Column("plan", "own"), lambda s: s.plan),
    ]
    if sheet.is_closed:
        found += [
            (Column("actual", "own"), lambda s: s.actual),
            (Column("uncertainty", "own"), lambda s: s.sd),
            (Column("difference", "own"), lambda s: s.difference),
        ]
    found += [
        (Column("unit_of_measure"), lambda s: s.stream.unit),
        (Column("flow_rate_h", "own"), lambda s: sheet.amount(s) / hours),
        (Column("internal_price", "price"), lambda s: s.price),
        (Column("plan_money", "money", "CNY"), lambda s: s.plan_money),
    ]
    if sheet.is_closed:
        found.append((Column("actual_money", "money", "CNY"), lambda s: s.actual_money))
    return [
        *found,
        (Column("flow_mass", "own", "t"), lambda s: s.carried.mass),
        (Column("heat", "own", "GJ"), lambda s: s.carried.heat),
        (Column("temperature", "own", "degC"), lambda s: s.carried.temperature),
    ]


def _content_columns(streams: Sequence[FlowStream]) -> list[Shown]:
    """Return liquor readings, then a column per component and measure."""
    figures = [f for f in FIGURES if any(f in s.carried.figures for s in streams)]
    found: list[Shown] = [(Column(f, "own", FIGURES[f]), _figure(f)) for f in figures]
    for weighed in (True, False):
        used = dict.fromkeys(
            c for s in streams if _weighed(s) == weighed for c in s.carried.parts
        )
        found += [(_component(c, weighed), _part(c, weighed)) for c in used]
    return found


def _component(name: str, weighed: bool) -> Column:
    said = Said(name, name)
    return Column(said, "share") if weighed else Column(said, "own", "g/L")


def _weighed(s: FlowStream) -> bool:
    """Tell whether a composition is by mass; in grams per litre otherwise."""
    return s.stream.unit == "t" or s.carried.mass is not None


def _part(name: str, weighed: bool) -> Callable[[FlowStream], Cell]:
    def tell(s: FlowStream) -> Cell:
        value = s.carried.parts.get(name)
        if value is None or _weighed(s) != weighed:
            return None
        return value if weighed else 1000.0 * value

    return tell


def _figure(name: str) -> Callable[[FlowStream], Cell]:
    return lambda s: s.carried.figures.get(name)


def end_name(end: End, names: Names) -> Said:
    """Return the name of an end of a stream."""
    if end.kind == "stock":
        return both("flow_stock_of", store=names.of("store", end.id))
    table = "unit" if end.kind == "unit" else end.kind
    return names.of(table, end.id)


# -- balances and points -------------------------------------------------------------


def balance_table(sheet: FlowSheet) -> Table:
    """Return the balances of the units: in, out and what is missing."""
    names = Names(sheet.network)
    caption = both("flow_balances", of=both(sheet.basis))
    rows = tuple(_balance(b, names) for b in sheet.balances)
    return Table("flow_balances", caption, BALANCE, rows)


def _balance(b: UnitBalance, names: Names) -> Row:
    what = both(f"flow_of_{b.what}") if b.what in _NAMED else Said(b.what, b.what)
    cells: tuple[Cell, ...] = (
        names.of("unit", b.unit), what, both(f"flow_by_{b.basis}"), b.entering,
        b.leaving, 0.0 if _is_noise(b) else b.difference,
        0.0 if _is_noise(b) else b.closure, b.measure,
    )  # fmt: skip
    return Row(cells)


def _is_noise(b: UnitBalance) -> bool:
    """Tell whether in and out differ by the last digits of a sum only."""
    return abs(b.difference) <= NOISE * max(abs(b.entering), abs(b.leaving))


NOISE = 1e-12
"""Share of a sum that its last digits make up: no gap, and shown as none [-]."""

_NAMED = frozenset({"mass", "energy", "money"})


def point_table(sheet: FlowSheet) -> Table | None:
    """Return the points inside the units for the page; None where there are none."""
    if not sheet.points:
        return None
    whole = whole_point_table(sheet, parts=False)
    columns = (*whole.columns, Column("flow_parts"))
    rows = tuple(
        replace(row, cells=(*row.cells, _parts(p)))
        for row, p in zip(whole.rows, sheet.points, strict=True)
    )
    return Table(whole.id, whole.caption, columns, rows)


def _parts(p: FlowPoint) -> Said:
    zh, en = (parts_text(p.parts, "t", True, lang) for lang in ("zh", "en"))
    return Said(zh, en)


def whole_point_table(sheet: FlowSheet, *, parts: bool = True) -> Table:
    """Return the points inside the units, with a column per component.

    Parameters
    ----------
    sheet : FlowSheet
        The flow sheet.
    parts : bool
        Whether components have columns.
    """
    names, hours = Names(sheet.network), sheet.period.hours
    figures = [f for f in FIGURES if any(f in p.figures for p in sheet.points)]
    made = list(dict.fromkeys(c for p in sheet.points for c in p.parts if parts))
    columns = (
        *POINT,
        *(Column(f, "own", FIGURES[f]) for f in figures),
        *(_component(c, weighed=True) for c in made),
    )
    rows = tuple(
        Row((
            names.of("unit", p.unit), _point_name(p), p.stage or None,
            both(f"flow_side_{p.side}"), p.mass,
            None if p.mass is None else p.mass / hours, p.temperature, p.pressure,
            p.heat, *(p.figures.get(f) for f in figures),
            *(p.parts.get(c) for c in made),
        ))
        for p in sheet.points
    )  # fmt: skip
    caption = both("flow_points", of=both(sheet.basis))
    return Table("flow_points", caption, columns, rows)


def _point_name(p: FlowPoint) -> Said:
    known: Mapping[str, Said] = {
        k: Said(t.zh, t.en) for k, t in point_terms().items()
    }  # fmt: skip
    name = known.get(p.name, Said(p.name, p.name))
    return both("flow_stage_of", name=name, stage=str(p.stage)) if p.stage else name
