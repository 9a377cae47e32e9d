"""The flow sheet as a chapter of the month: one fold per site."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.chart.process_sheet import process_sheet
from orebook.glossary import Lang
from orebook.report.figures import SHEET
from orebook.report.flow_picture import overview, site_sheet
from orebook.report.flow_sheet import FlowSheet, flow_sheet
from orebook.report.flow_tables import (
    balance_table,
    content_table,
    point_table,
    stream_table,
    streams_sheet,
    whole_point_table,
)
from orebook.report.names import Names
from orebook.report.table import Block, Drawing, Fold, Picture, Said, Section, Table
from orebook.report.view import View
from orebook.report.words import both

__all__ = [
    "flow_blocks",
    "flow_sheets",
    "flow_tables",
    "flow_title",
    "overview_picture",
    "site_picture",
]


def flow_sheets(view: View) -> Section:
    """Return the chapter of a month: a fold per site."""
    sheet = flow_sheet(view.plan, view.result.closed)
    names = Names(sheet.network)
    folds = tuple(
        Fold(
            both("flow_fold", site=names.centre(site),
                 count=str(len(part.streams)), points=str(len(part.points))),
            flow_blocks(part),
        )
        for site in sheet.sites
        for part in (sheet.part(site),)
    )  # fmt: skip
    blocks: tuple[Block, ...] = (both("flow_how"), *folds)
    return Section("flow_sheet", both("flow_sheets"), blocks, flow_tables(sheet))


def flow_tables(sheet: FlowSheet) -> tuple[Table, ...]:
    """Return the tables of the workbook: streams, balances and points."""
    tables = [streams_sheet(sheet), balance_table(sheet)]
    if sheet.points:
        tables.append(whole_point_table(sheet))
    return tuple(table for table in tables if table.rows)


def flow_blocks(sheet: FlowSheet, *, printed: float | None = None) -> tuple[Block, ...]:
    """Return picture, tables and what could not be computed, of one site.

    Parameters
    ----------
    sheet : FlowSheet
        Of a site.
    printed : float, optional
        Width of the picture on paper, where it is to be another [px].
    """
    names = Names(sheet.network)
    tables = (
        stream_table(sheet), content_table(sheet), balance_table(sheet),
        point_table(sheet),
    )  # fmt: skip
    said = _not_computed(sheet, names)
    shown = tuple(t for t in tables if t is not None and t.rows)
    return (site_picture(sheet, printed=printed), *said, *shown)


def _not_computed(sheet: FlowSheet, names: Names) -> tuple[Said, ...]:
    """Say once why units have no composition, for all whose reason is the same."""
    found: dict[str, list[Said]] = {}
    for unit, why in sheet.failed.items():
        found.setdefault(why, []).append(names.of("unit", unit))
    return tuple(
        both("flow_not_computed", unit=_listed(units), why=why)
        for why, units in found.items()
    )


def _listed(said: Sequence[Said]) -> Said:
    return Said("、".join(s.zh for s in said), ", ".join(s.en for s in said))


def site_picture(sheet: FlowSheet, *, printed: float | None = None) -> Picture:
    """Return the flow sheet of a site, or of a part of it, as a picture."""

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        boxes, pipes = site_sheet(sheet, lang)
        title = flow_title(sheet).in_(lang)
        drawn = process_sheet(boxes, pipes, title=title, lang=lang, width=width)
        return [Drawing(title, drawn)]

    return Picture(draw, (SHEET,), printed)


def overview_picture(sheet: FlowSheet) -> Picture:
    """Return the sites of the group and what passes between them, as a picture."""

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        boxes, pipes = overview(sheet, lang)
        title = flow_title(sheet).in_(lang)
        drawn = process_sheet(boxes, pipes, title=title, lang=lang, width=width)
        return [Drawing(title, drawn)]

    return Picture(draw, (SHEET,))


def flow_title(sheet: FlowSheet) -> Said:
    """Return the title of a flow sheet: what, when, and whether plan or actual."""
    names, chain = Names(sheet.network), sheet.network.chain
    group = Said(chain.group.name, chain.group.name_en or chain.group.name)
    said = [
        names.centre(i) if i in chain.centre
        else names.of("unit" if i in chain.unit else "store", i)
        for i in sheet.chosen
    ] or [group]  # fmt: skip
    return both("flow_sheet_of", what=_listed(said), period=sheet.period.name,
                of=both(sheet.basis))  # fmt: skip
