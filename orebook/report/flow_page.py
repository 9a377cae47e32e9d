"""The flow sheet as a page and a workbook of its own: the group, then each site."""

from __future__ import annotations

from orebook.report.flow_section import (
    flow_blocks,
    flow_tables,
    flow_title,
    overview_picture,
)
from orebook.report.flow_sheet import FlowSheet
from orebook.report.names import Names
from orebook.report.study import study_page
from orebook.report.table import Section
from orebook.report.words import both
from orebook.report.workbook import write_sheets

__all__ = ["flow_page", "flow_sections", "flow_workbook"]

PAPER = 1640.0
"""Width of a flow sheet on an A3 page, wide as the paper is [px]."""


def flow_sections(sheet: FlowSheet) -> tuple[Section, ...]:
    """Return the chapters of a page of its own: the group first, then each site."""
    names = Names(sheet.network)
    if len(sheet.sites) < 2:
        only = (both("flow_how"), *flow_blocks(sheet, printed=PAPER))
        return (Section("flow_sheet", both("flow_sheets"), only, flow_tables(sheet)),)
    blocks = (both("flow_how"), overview_picture(sheet))
    first = Section("flow_sheet", both("flow_sheets"), blocks, flow_tables(sheet))
    return (first, *(
        Section(f"flow_sheet_{site}", names.centre(site),
                flow_blocks(sheet.part(site), printed=PAPER))
        for site in sheet.sites
    ))  # fmt: skip


def flow_page(sheet: FlowSheet, lang: str = "zh") -> str:
    """Return the flow sheet as one HTML file in both languages.

    Parameters
    ----------
    sheet : FlowSheet
        The flow sheet.
    lang : {"zh", "en"}
        Language the page opens in.
    """
    chain = sheet.network.chain
    title, sections = flow_title(sheet), flow_sections(sheet)
    return study_page(chain, title, sheet.period.name, sections, lang)


def flow_workbook(sheet: FlowSheet) -> bytes:
    """Return the flow sheet as a spreadsheet: streams, balances, points."""
    return write_sheets(flow_sections(sheet), sheet.period.name)
