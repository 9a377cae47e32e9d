"""Cases side by side: whose they are, and what each moves in the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from orebook.chain.case import Case, expired
from orebook.chart import Bar, bars
from orebook.errors import InputError
from orebook.glossary import Lang
from orebook.plan.result import Plan
from orebook.plan.scenario.cases import CaseRow, CaseTable, run_cases
from orebook.plan.scenario.jobs import Runner
from orebook.plan.scenario.overlay import overlay
from orebook.report.figures import NARROW, WIDE
from orebook.report.table import (
    Block,
    Column,
    Drawing,
    Fold,
    Kind,
    Picture,
    Row,
    Said,
    Section,
    Table,
)
from orebook.report.told import Told, figure_or
from orebook.report.view import View, cny
from orebook.report.words import both

__all__ = ["case_chapter", "case_section", "drawn", "head_table"]

HEADS = (
    Column("case_name"),
    Column("case_id", "code"),
    Column("author"),
    Column("case_reason"),
    Column("expires"),
    Column("builds_on", "code"),
    Column("data_changed", "count"),
)
SIDES = {
    "case_flows": "case_flows_side",
    "case_prices": "case_prices_side",
    "case_rents": "case_rents_side",
}
"""Tables of figures side by side, to their captions."""
MOST_COLUMNS = 24_000
"""Cases times columns of the plan up to which a month's report plans them [-]."""


def case_chapter(view: View, cases: Mapping[str, Case] | None) -> tuple[Section, ...]:
    """Return the chapter on the cases of a book that are still good in the month.

    Parameters
    ----------
    view : View
        The month.
    cases : mapping or None
        Cases of the book by name; None where they cannot be read.

    Returns
    -------
    tuple of Section
        None where the book has no case that is still good. Where planning them would
        take long, the chapter names them and says how to plan them.

    Notes
    -----
    A case of the example takes about 0.45 s of processor time at 3 360 columns, so the
    limit stands for about three seconds. Whole decisions and pools take more than
    their columns tell: such a plan has its cases named only.
    """
    if cases is None:
        return (Section("cases", both("cases"), (both("cases_wrong"),)),)
    today, period = view.plan.periods[0].first, view.plan.periods[0].name
    late = {k for k, c in cases.items() if expired(c, dict(cases), today)}
    chosen = [c for k, c in cases.items() if k not in late]
    if not chosen:
        return ()
    size = len(chosen) * view.plan.assembly.problem.shape[1]
    slow = view.plan.mixed is not None or view.plan.pools is not None
    heads = head_table(chosen)
    if slow or size > MOST_COLUMNS:
        count, most = str(len(chosen)), f"{MOST_COLUMNS:,}"
        said = both("cases_large", count=count, size=f"{size:,}", most=most)
        reason = both("cases_slow", count=count) if slow else said
        named = (reason, both("cases_run", period=period), heads)
        return (Section("cases", both("cases"), named, (heads,)),)
    try:
        table, unfit = _planned(view.plan, chosen, cases)
    except InputError as error:  # a case whose profit has no bound, or no optimum
        told = (both("cases_failed", why=str(error)), heads)
        return (Section("cases", both("cases"), told, (heads,)),)
    found = case_section(table, chosen, skipped=sorted(late))
    return (Section(found.id, found.title, (*found.blocks, *unfit), found.sheets),)


def _planned(
    plan: Plan, chosen: Sequence[Case], cases: Mapping[str, Case]
) -> tuple[CaseTable, tuple[Said, ...]]:
    """Plan the cases here; one that names what the plan does not have is told."""
    overlays, unfit = [], []
    for case in chosen:
        try:
            overlays.append(overlay(plan, case, cases))
        except InputError as error:
            unfit.append(both("case_because", case=_name(case), why=str(error)))
    return run_cases(plan, overlays, runner=Runner(workers=1)), tuple(unfit)


def case_section(
    table: CaseTable, cases: Sequence[Case], *, skipped: Sequence[str] = ()
) -> Section:
    """Return the chapter on cases set side by side.

    Parameters
    ----------
    table : CaseTable
        The plans of the cases.
    cases : sequence of Case
        The cases as their files state them.
    skipped : sequence of str
        Names of cases left out because they have expired.
    """
    told = Told(table.plan.network)
    heads, margins = head_table(cases), margin_table(table, told)
    others = side_tables(table, told)
    left_out = (both("cases_expired", cases=", ".join(skipped)),) if skipped else ()
    moved = (_picture(table),) if table.rows else ()
    periods = table.plan.periods
    how = both(
        "cases_how", first=periods[0].name, last=periods[-1].name,
        margin=cny(table.base.margin),
    )  # fmt: skip
    blocks: tuple[Block, ...]
    blocks = (how, heads, *left_out, *_reasons(table), *moved, margins, *others)
    return Section("cases", both("cases"), blocks, (heads, margins, *others))


def head_table(cases: Sequence[Case]) -> Table:
    """Return whose each case is, why it was made and until when it is good."""
    rows = tuple(
        Row(
            (_name(c), c.id, c.head.author, c.head.reason, c.head.expires.isoformat(),
             c.head.base or "", c.size)
        )
        for c in cases
    )  # fmt: skip
    return Table("case_heads", both("case_heads"), HEADS, rows)


def _name(case: Case) -> Said:
    return Said(case.head.name, case.head.name_en or case.head.name)


def _label(row: CaseRow) -> Said:
    return Said(row.name, row.name_en or row.name)


def _reasons(table: CaseTable) -> tuple[Fold, ...]:
    """Return why the cases without a plan have none, line by line."""
    return tuple(
        Fold(
            both("case_infeasible", case=_label(row)),
            tuple(Said(text.strip(), text.strip()) for text in row.message.split("\n")),
        )
        for row in table.rows
        if not row.feasible
    )


def _columns(table: CaseTable, first: Column, kind: Kind, unit: str) -> list[Column]:
    names = [both("base_plan"), *map(_label, table.rows)]
    return [first, *(Column(name, kind, unit) for name in names)]


def margin_table(table: CaseTable, told: Told) -> Table:
    """Return margin and change of each case; the causes sum to the change."""
    base, rows = table.base, table.rows
    margins = [figure_or(r.margin if r.feasible else None) for r in rows]
    changes = [r.margin - base.margin if r.feasible else None for r in rows]
    causes = dict.fromkeys(cause for r in rows for cause in r.causes)
    lines = [
        Row((both("case_margin"), base.margin, *margins)),
        *(
            Row((told.word(c), None, *(r.causes.get(c) for r in rows)), level=1)
            for c in causes
        ),
        Row((both("case_change"), None, *changes), "total"),
    ]
    columns = _columns(table, Column("of_case"), "money", "CNY")
    return Table("case_margins", both("case_margins"), tuple(columns), tuple(lines))


def side_tables(table: CaseTable, told: Told) -> tuple[Table, ...]:
    """Return flows, internal prices and rents side by side; none without a row."""
    network = table.plan.network
    unit = {s.id: s.unit for s in network.streams}
    price = {
        str(b): f"CNY/{network.chain.material[b.material].unit}"
        for b in network.balances
    }
    made = (
        _side(table, "case_flows", "amounts", table.flows, told.stream, unit),
        _side(table, "case_prices", "prices", table.prices, told.balance, price),
        _side(table, "case_rents", "rents", table.limits, told.limit, None),
    )
    return tuple(one for one in made if one.rows)


def _side(
    table: CaseTable,
    name: str,
    what: str,
    keys: Sequence[str],
    label: Callable[[str], Said],
    units: Mapping[str, str] | None,
) -> Table:
    """Return one kind of figure for the plan and every case."""
    kind: Kind = {"amounts": "own", "prices": "price"}.get(what, "money")  # type: ignore[assignment]
    columns = _columns(table, Column(name), kind, "CNY" if units is None else "")
    if units is not None:
        columns.insert(1, Column("unit_of_measure"))
    rows = []
    for key in keys:
        cells = [
            getattr(r, what).get(key, 0.0) if r.feasible else None
            for r in (table.base, *table.rows)
        ]
        own = () if units is None else (units[key],)
        rows.append(Row((label(key), *own, *cells)))
    return Table(name, both(SIDES[name]), tuple(columns), tuple(rows))


def _picture(table: CaseTable) -> Picture:
    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return [Drawing("", drawn(table, lang, width))]

    return Picture(draw, (WIDE, NARROW))


def drawn(table: CaseTable, lang: Lang, width: float = 720.0) -> str:
    """Return what each case changes in the margin as SVG text.

    Parameters
    ----------
    table : CaseTable
        The cases, at least one.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    """
    rows = [
        Bar(_label(r).in_(lang), r.margin - table.base.margin if r.feasible else None)
        for r in table.rows
    ]
    title = both("cases_moved").in_(lang)
    return bars(rows, title=title, lang=lang, change=True, width=width)
