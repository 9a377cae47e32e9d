"""The statement of one centre, or of all, as a page and a workbook of its own."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.evaluate.statement.chain_path import ProductChain
from orebook.evaluate.statement.layout import CONTROLLABLE, GOLDEN
from orebook.evaluate.statement.value import Statement
from orebook.report.amoeba import amoeba_section, amoebas
from orebook.report.consolidation import consolidation
from orebook.report.statements import (
    bridge,
    sheet,
    statement_blocks,
    statements,
    to_date_words,
)
from orebook.report.study import study_page
from orebook.report.table import Block, Facts, Said, Section
from orebook.report.view import View, cny, yuan
from orebook.report.words import both
from orebook.report.work_back import work_back_section
from orebook.report.workbook import write_sheets

__all__ = ["statement_page", "statement_sections", "statement_workbook"]


def statement_sections(
    view: View, chains: Sequence[ProductChain], centre: str | None = None
) -> tuple[Section, ...]:
    """Return the chapters of a page of statements.

    Parameters
    ----------
    view : View
        The month.
    chains : sequence of ProductChain
        Products worked back.
    centre : str, optional
        One centre; all of them otherwise.
    """
    if centre is None:
        return (statements(view), amoeba_section(view), work_back_section(view, chains),
                consolidation(view))  # fmt: skip
    own = [a for a in amoebas(view) if a.centre == centre]
    sections = [centre_section(view, centre)]
    sections += [amoeba_section(view, own)] if own else []
    if any(centre in s.maker.centres for c in chains for s in c.stages):
        sections.append(work_back_section(view, chains, centre))
    return (*sections, consolidation(view))


def centre_section(view: View, centre: str) -> Section:
    """Return the statement of one centre with its figures and its bridge.

    Parameters
    ----------
    view : View
        The month.
    centre : str
        Who.
    """
    found = view.statements.of.get(centre, Statement(centre, ()))
    result = next((c for c in view.result.market.centres if c.centre == centre), None)
    name = view.names.centre(centre)
    blocks = (
        _facts(found),
        *to_date_words(view),
        *statement_blocks(view, found, result),
        *_bridge(view, centre, name),
    )
    title = both("statement_of", centre=name)
    return Section("centres", title, blocks, (sheet(view, (found,)),))


def _bridge(view: View, centre: str, name: Said) -> tuple[Block, ...]:
    rows = (row for row in view.variances[:-1] if row["centre"] == centre)
    return tuple(bridge(name, row) for row in rows)


def _facts(found: Statement) -> Facts:
    plan, actual = found.profit("plan"), found.profit()
    controllable = found.total(CONTROLLABLE, "actual")
    return Facts((
        (both("unit_profit"), cny(yuan(actual))),
        (both("plan"), cny(yuan(plan))),
        (both("difference"), cny(yuan(actual - plan), signed=True)),
        (both("controllable_profit"), cny(yuan(controllable))),
        (both("actual_to_date"), cny(yuan(found.total(GOLDEN, "actual_to_date")))),
    ))  # fmt: skip


def statement_title(view: View, centre: str | None) -> Said:
    """Return the title of a page of statements."""
    if centre is None:
        return both("statements_title")
    return both("statement_of", centre=view.names.centre(centre))


def statement_page(
    view: View, sections: tuple[Section, ...], centre: str | None, lang: str = "zh"
) -> str:
    """Return statements as one HTML file in both languages.

    Parameters
    ----------
    view : View
        The month.
    sections : tuple of Section
        From :func:`statement_sections`.
    centre : str or None
        One centre; all of them otherwise.
    lang : {"zh", "en"}
        Language the page opens in.
    """
    title, period = statement_title(view, centre), view.result.closed.period
    titled = Said(f"{title.zh} · {period}", f"{title.en} · {period}")
    return study_page(view.chain, titled, period, sections, lang, flags=view.flags)


def statement_workbook(view: View, sections: tuple[Section, ...]) -> bytes:
    """Return statements as a spreadsheet: the same tables as the page."""
    return write_sheets(sections, view.result.closed.period)
