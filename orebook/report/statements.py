"""Centres: the league and a statement for each, line by line with its evidence.

The layout is fixed: internal sales, external sales, internal purchases, external
purchases, charges for scarce limits, fees and adjustments, variable cost, freight,
holding, fixed cost (controllable), inventory, fixed cost (not controllable), result.
Every amount is a posting, in cents; the lines sum to the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.evaluate.journal import CentreResult, MarketResult, Posting
from orebook.evaluate.variance import EFFECTS
from orebook.plan.accounts import TERMS
from orebook.report.figures import league_picture
from orebook.report.table import Block, Cell, Column, Fold, Row, Said, Section, Table
from orebook.report.view import View, cny, yuan
from orebook.report.words import both

GOLDEN = (
    "internal_sale", "external_sale", "internal_purchase", "external_purchase",
    "limit_received", "limit_paid",
    *(f"{term}_{side}" for term in TERMS for side in ("received", "paid")),
    "variable_cost", "spending",
    "start_cost", "running_cost", "band_charge",
    "freight", "holding_cost", "fixed_controllable", "inventory", "fixed_other",
)  # fmt: skip
"""Lines of a statement in order; all but the last are the centre's to control."""

LEAGUE = (
    Column("centre"),
    Column("level"),
    Column("plan", "money", "CNY"),
    Column("actual", "money", "CNY"),
    Column("difference", "money", "CNY"),
    Column("own_margin", "money", "CNY"),
    Column("rent", "money", "CNY"),
)
LINES = (
    Column("statement_line"),
    Column("plan_quantity", "quantity"),
    Column("actual_quantity", "quantity"),
    Column("unit_of_measure"),
    Column("internal_price_used", "price"),
    Column("plan_money", "money", "CNY"),
    Column("actual_money", "money", "CNY"),
    Column("difference", "money", "CNY"),
    Column("posting", "code"),
    Column("meters", "code"),
)
SHEET = (Column("centre"), Column("account"), *LINES)
BRIDGE = (
    Column("result_of"),
    Column("plan", "money", "CNY"),
    *(Column(e, "money", "CNY") for e in EFFECTS),
    Column("actual", "money", "CNY"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement: its postings, planned and real."""

    centre: str
    line: str
    subject: str
    plan: tuple[Posting, ...]
    actual: tuple[Posting, ...]

    def cents(self, side: tuple[Posting, ...]) -> int:
        """Return the money of a side, positive where the centre gains [0.01 CNY]."""
        return sum(p.cents if p.credit == self.centre else -p.cents for p in side)


def statements(view: View) -> Section:
    """Return the league and the statements, the best result first."""
    ranked = sorted(view.result.market.centres, key=lambda c: -(c.margin + c.rent))
    league, entries = league_table(view, ranked), book(view)
    effects = {str(row["centre"]): row for row in view.variances}
    folds = [
        _statement(view, c, entries.get(c.centre, []), effects[c.centre])
        for c in ranked
        if c.centre in effects
    ]
    blocks: tuple[Block, ...] = (
        both("league_how"),
        league_picture(view, ranked),
        league,
        both("statements_how"),
        *folds,
    )
    return Section("centres", both("centres"), blocks, (league, sheet(view, entries)))


def results(market: MarketResult) -> dict[str, int]:
    """Return margin and rent of each centre together [0.01 CNY]."""
    return {c.centre: c.margin + c.rent for c in market.centres}


def league_table(view: View, ranked: Iterable[CentreResult]) -> Table:
    """Return the centres by result."""
    before = results(view.result.planned)
    rows = []
    for c in ranked:
        plan, actual = before.get(c.centre, 0), c.margin + c.rent
        rows.append(
            Row((view.names.centre(c.centre), both(view.chain.centre[c.centre].level),
                 *map(yuan, (plan, actual, actual - plan, c.margin, c.rent))))
        )  # fmt: skip
    total = [sum(_money(row.cells[i]) for row in rows) for i in range(2, 7)]
    rows.append(Row((both("total"), "", *total), "total"))
    return Table("league", both("league_title"), LEAGUE, tuple(rows))


def _money(cell: Cell) -> Decimal:
    return cell if isinstance(cell, Decimal) else Decimal("0.00")


# -- entries ------------------------------------------------------------------------


def book(view: View) -> dict[str, list[Entry]]:
    """Return the lines of every centre in the order of the statement."""
    controlled = {c.id: c.controllable for c in view.chain.costs}
    before = _keyed(view.planned_postings, view.chain.centre, controlled)
    after = _keyed(view.result.postings, view.chain.centre, controlled)
    found: dict[str, list[Entry]] = {}
    for centre, line, subject in dict.fromkeys((*before, *after)):
        key = (centre, line, subject)
        entry = Entry(*key, before.get(key, ()), after.get(key, ()))
        found.setdefault(centre, []).append(entry)
    for rows in found.values():
        rows.sort(key=lambda e: (GOLDEN.index(e.line), -abs(e.cents(e.actual))))
    return found


def _keyed(
    postings: Iterable[Posting],
    centres: Mapping[str, object],
    controlled: Mapping[str, bool],
) -> dict[tuple[str, str, str], tuple[Posting, ...]]:
    found: dict[tuple[str, str, str], tuple[Posting, ...]] = {}
    for p in postings:
        gains = p.credit in centres
        key = (p.credit if gains else p.debit, _line(p, controlled, gains), p.subject)
        found[key] = (*found.get(key, ()), p)
    return found


def _line(posting: Posting, controlled: Mapping[str, bool], gains: bool) -> str:
    """Return the line of the statement a posting belongs to."""
    if posting.account == "limit_charge":
        return "limit_received" if gains else "limit_paid"
    if posting.account in TERMS:
        return f"{posting.account}_{'received' if gains else 'paid'}"
    if posting.account == "fixed_cost":
        own = controlled.get(posting.subject, True)
        return "fixed_controllable" if own else "fixed_other"
    return posting.account


def _entry_cells(view: View, entry: Entry) -> tuple[Cell, ...]:
    one = (*entry.actual, *entry.plan)[0]
    quantity = [
        sum(p.quantity for p in side) if one.unit else None
        for side in (entry.plan, entry.actual)
    ]
    before, after = entry.cents(entry.plan), entry.cents(entry.actual)
    return (
        view.names.subject(entry.subject),
        *quantity,
        one.unit,
        one.price if one.unit else None,
        *map(yuan, (before, after, after - before)),
        ", ".join(p.id for p in entry.actual),
        ", ".join(_meters(view, entry.subject)),
    )


def _meters(view: View, subject: str) -> tuple[str, ...]:
    """Return the meters behind a line: of its stream, or of the sale's streams."""
    figures = view.result.closed.figures
    if subject in figures:
        return figures[subject].evidence
    kind, _, owner = subject.partition(":")
    if kind in {"quality", "posted"}:
        return _meters(view, owner.partition(":")[2])
    if kind != "sell":
        return ()
    streams = [s.id for s in view.network.of(owner) if s.role == "sell"]
    return tuple(m for s in streams if s in figures for m in figures[s].evidence)


# -- statements ---------------------------------------------------------------------


def _statement(
    view: View, centre: CentreResult, entries: list[Entry], effects: dict[str, object]
) -> Fold:
    plan = sum(e.cents(e.plan) for e in entries)
    actual = sum(e.cents(e.actual) for e in entries)
    name = view.names.centre(centre.centre)
    summary = both(
        "statement_summary",
        centre=name,
        actual=cny(yuan(actual)),
        change=cny(yuan(actual - plan), signed=True),
    )
    rows = [row for line in GOLDEN for row in _line_rows(view, line, entries)]
    rows += [_sum_row(key, entries, lines) for key, lines in _SUMS]
    rows += [
        _plain_row("of_which_rent", centre.rent),
        _plain_row("own_margin", centre.margin),
    ]
    caption = both("statement_of", centre=name)
    table = Table("statement", caption, LINES, tuple(rows))
    return Fold(summary, (table, bridge(name, effects)))


_SUMS = (("controllable_result", GOLDEN[:-1]), ("result", GOLDEN))


def _line_rows(view: View, line: str, entries: list[Entry]) -> list[Row]:
    members = [e for e in entries if e.line == line]
    if not members:
        return []
    head = _sum_row(f"account_{line}", members, (line,), style="group")
    return [head, *(Row(_entry_cells(view, e), level=1) for e in members)]


def _sum_row(
    key: str, entries: Iterable[Entry], lines: tuple[str, ...], style: str = "total"
) -> Row:
    kept = [e for e in entries if e.line in lines]
    plan = sum(e.cents(e.plan) for e in kept)
    actual = sum(e.cents(e.actual) for e in kept)
    money = map(yuan, (plan, actual, actual - plan))
    cells = (both(key), None, None, "", None, *money, "", "")
    return Row(cells, "group" if style == "group" else "total")


def _plain_row(key: str, cents: int) -> Row:
    blank = (None, None, "", None, None)
    return Row((both(key), *blank, yuan(cents), None, "", ""), level=1)


def bridge(name: Said, row: dict[str, object]) -> Table:
    """Return one row from plan over every effect to actual, exact to the cent."""
    return Table("bridge", both("bridge_of", centre=name), BRIDGE,
                 (Row(bridge_cells(name, row)),))  # fmt: skip


def bridge_cells(name: Said, row: dict[str, object]) -> tuple[Cell, ...]:
    """Return the cells of a variance row."""
    effects = row["effects"]
    assert isinstance(effects, dict)
    return (
        name,
        Decimal(str(row["plan_cny"])),
        *(Decimal(str(effects[e])) for e in EFFECTS),
        Decimal(str(row["actual_cny"])),
    )


def sheet(view: View, entries: Mapping[str, list[Entry]]) -> Table:
    """Return all lines of all centres in one flat table."""
    rows = [
        Row(
            (
                view.names.centre(e.centre),
                both(f"account_{e.line}"),
                *_entry_cells(view, e),
            )
        )
        for centre in sorted(entries)
        for e in entries[centre]
    ]
    return Table("statements", both("statement_lines"), SHEET, tuple(rows))
