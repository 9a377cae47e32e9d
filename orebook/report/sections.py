"""The chapters of a report in the order they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orebook.benchmark.practice.card import Card
from orebook.chain.case import Case
from orebook.report.advice import advices
from orebook.report.amoeba import amoeba_section
from orebook.report.basis import basis
from orebook.report.benchmark import benchmarks
from orebook.report.cases import case_chapter
from orebook.report.chain_gain import chain_gains
from orebook.report.closing import closing
from orebook.report.consolidation import consolidation
from orebook.report.diagnosis import month_diagnosis
from orebook.report.figures import chain_picture
from orebook.report.flow_section import flow_sheets
from orebook.report.flows import FlowSheet
from orebook.report.headline import headline
from orebook.report.limits import limits
from orebook.report.mixes import mixes
from orebook.report.month_result import MonthResult
from orebook.report.operating import operating
from orebook.report.planned import planned
from orebook.report.power import power
from orebook.report.practice import practices
from orebook.report.prices import prices
from orebook.report.rewards import rewards
from orebook.report.statements import statements
from orebook.report.table import Section
from orebook.report.variances import bridge_section, variances
from orebook.report.view import View
from orebook.report.why import why
from orebook.report.words import both
from orebook.report.work_back import chains_of, work_back_section

NO_CASES: Mapping[str, Case] = {}
"""A month told without the cases of its book."""


def chapters(
    result: MonthResult,
    cases: Mapping[str, Case] | None = NO_CASES,
    cards: Sequence[Card] = (),
) -> tuple[Section, ...]:
    """Return all chapters of a month.

    Parameters
    ----------
    result : MonthResult
        The month.
    cases : mapping or None
        Cases of the book by name; None where they cannot be read.
    cards : sequence of Card
        Practice cards as they stand.

    Returns
    -------
    tuple of Section
        From the head to the basis; page and workbook show the same tables.
    """
    view = View(result)
    return (
        headline(view),
        _chain(view),
        bridge_section(view),
        prices(view),
        power(view),
        flow_sheets(view),
        why(view),
        planned(view),
        *operating(view),
        *mixes(view),
        limits(view),
        *advices(view),
        *chain_gains(view),
        *case_chapter(view, cases),
        *practices(cards),
        closing(view),
        statements(view),
        amoeba_section(view),
        work_back_section(view, chains_of(view)),
        consolidation(view),
        variances(view),
        *benchmarks(view),
        *month_diagnosis(view),
        rewards(view),
        basis(view),
    )


def _chain(view: View) -> Section:
    hidden = FlowSheet(view, "en").hidden()
    rest = (both("flows_hidden", count=str(hidden)),) if hidden else ()
    blocks = (both("chain_how"), chain_picture(view), *rest, both("chain_has_sheets"))
    return Section("chain", both("chain"), blocks)
