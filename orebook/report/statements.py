"""Centres: the league, how all reconcile, and a statement for each.

Every line stands with plan, re-plan, actual and the year to date; behind it its causes,
its quantities, and the postings and meters it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from orebook.evaluate.journal import CentreResult, MarketResult
from orebook.evaluate.statement.layout import (
    CONTROLLABLE,
    GOLDEN,
    PRICE_VARIANCE,
)
from orebook.evaluate.statement.value import SIDES, Entry, Statement
from orebook.evaluate.variance import EFFECTS
from orebook.report.figures import league_picture
from orebook.report.table import (
    Block,
    Cell,
    Column,
    Fold,
    Row,
    Said,
    Section,
    Table,
    select,
)
from orebook.report.view import View, cny, yuan
from orebook.report.words import both

__all__ = [
    "bridge",
    "bridge_cells",
    "reconciliation_table",
    "results",
    "statement_blocks",
    "statements",
]

LEAGUE = (
    Column("centre"),
    Column("level"),
    Column("plan", "money", "CNY"),
    Column("actual", "money", "CNY"),
    Column("difference", "money", "CNY"),
    Column("own_margin", "money", "CNY"),
    Column("rent", "money", "CNY"),
)
MONEY = (
    Column("plan", "money", "CNY"),
    Column("replan", "money", "CNY"),
    Column("actual", "money", "CNY"),
    Column("difference", "money", "CNY"),
    Column("plan_to_date", "money", "CNY"),
    Column("actual_to_date", "money", "CNY"),
)
QUANTITIES = (
    Column("unit_of_measure"),
    Column("plan_quantity", "quantity"),
    Column("replan_quantity", "quantity"),
    Column("actual_quantity", "quantity"),
    Column("internal_price_used", "price"),
)
CAUSES = tuple(Column(e, "money", "CNY") for e in EFFECTS)
EVIDENCE = (Column("posting", "code"), Column("meters", "code"))
LINES = (Column("statement_line"), *MONEY)
BEHIND = (Column("statement_line"), *CAUSES, *QUANTITIES, *EVIDENCE)
SHEET = (Column("centre"), Column("account"), Column("statement_line"), *MONEY, *CAUSES,
         *QUANTITIES, *EVIDENCE)  # fmt: skip
BRIDGE = (
    Column("result_of"),
    Column("plan", "money", "CNY"),
    *(Column(e, "money", "CNY") for e in EFFECTS),
    Column("actual", "money", "CNY"),
)
RECONCILED = (
    Column("what"),
    Column("plan", "money", "CNY"),
    Column("replan", "money", "CNY"),
    Column("actual", "money", "CNY"),
)
DATES = ("plan_to_date", "actual_to_date")


def statements(view: View) -> Section:
    """Return the league, the reconciliation and the statements, the best first."""
    ranked = sorted(view.result.market.centres, key=lambda c: -(c.margin + c.rent))
    league, tie = league_table(view, ranked), reconciliation_table(view)
    rent = {c.centre: c for c in ranked}
    folds = [
        Fold(
            _summary(view, found),
            statement_blocks(view, found, rent.get(found.centre), brief=True),
        )
        for found in _ordered(view)
    ]
    blocks: tuple[Block, ...] = (
        both("league_how"),
        league_picture(view, ranked),
        league,
        both("reconciliation_how"),
        tie,
        both("statements_how"),
        *to_date_words(view),
        both("behind_how"),
        *folds,
    )
    sheets = (league, tie, sheet(view, view.statements.of.values()))
    return Section("centres", both("centres"), blocks, sheets)


def _ordered(view: View) -> list[Statement]:
    """Return every statement, the greatest unit profit first."""
    return sorted(view.statements.of.values(), key=lambda s: -s.profit())


def to_date_words(view: View) -> tuple[Said, ...]:
    """Return which months the year to date holds, and which it lacks."""
    held = view.statements
    told = [both("to_date_months", months=", ".join(held.months))]
    if held.missing:
        told.append(both("to_date_missing", months=", ".join(held.missing)))
    if not held.replanned:
        told.append(both("not_replanned_month"))
    return tuple(told)


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


def reconciliation_table(view: View) -> Table:
    """Return how the unit profits lead to the group's operating profit."""
    sides = [view.statements.reconciled[side] for side in SIDES]
    names = (
        ("sum_unit_profit", "units", ""),
        ("capital_kept", "capital", ""),
        ("elimination", "elimination", ""),
        ("price_variance_purchasing", "purchase", ""),
        ("price_variance_sales", "sale", ""),
        ("group_profit", "group", "total"),
        ("reconciled_apart", "apart", ""),
    )
    rows = tuple(
        Row((both(key), *(yuan(getattr(side, field)) for side in sides)),
            "total" if style else "")
        for key, field, style in names
    )  # fmt: skip
    return Table("reconciliation", both("reconciliation"), RECONCILED, rows)


# -- statements ---------------------------------------------------------------------


def _summary(view: View, statement: Statement) -> Said:
    plan, actual = (statement.profit(side) for side in ("plan", "actual"))
    return both(
        "statement_summary",
        centre=view.names.centre(statement.centre),
        actual=cny(yuan(actual)),
        change=cny(yuan(actual - plan), signed=True),
    )


def statement_blocks(
    view: View,
    statement: Statement,
    centre: CentreResult | None,
    *,
    brief: bool = False,
) -> tuple[Block, ...]:  # fmt: skip
    """Return the statement of a centre: its lines, and what stands behind them.

    Parameters
    ----------
    view : View
        The month.
    statement : Statement
        Of the centre.
    centre : CentreResult or None
        Its result at the internal market, which the statement leads to.
    brief : bool
        Among many others: a re-plan that there was not has no column, and what the
        lines behind say is said once for all.
    """
    name = view.names.centre(statement.centre)
    rows = [row for line in GOLDEN for row in _line_rows(view, statement, line)]
    rows.insert(_controllable(statement, rows),
                _total("controllable_profit", statement, CONTROLLABLE))  # fmt: skip
    rows.append(_total("unit_profit", statement, GOLDEN))
    rows += [
        row for line in PRICE_VARIANCE for row in _line_rows(view, statement, line)
    ]
    if statement.total(("capital_charge",), "actual"):
        rows.append(_total("capital_kept", statement, ("capital_charge",), sign=-1))
    rows.append(_result_row(statement))
    if centre is not None:
        rows += [_plain_row("of_which_rent", centre.rent),
                 _plain_row("own_margin", centre.margin)]  # fmt: skip
    table = Table("statement", both("statement_of", centre=name), LINES, tuple(rows))
    behind = behind_table(view, statement)
    if not brief:
        return table, Fold(both("behind_lines"), (both("behind_how"), behind))
    heads = [str(c.head) for c in table.columns]
    if not view.statements.replanned:
        heads.remove("replan")
    return select(table, heads), Fold(both("behind_lines"), (behind,))


def _controllable(statement: Statement, rows: list[Row]) -> int:
    """Return where the controllable profit stands: before what is not controlled."""
    beyond = sum(1 for e in statement.entries if e.line == GOLDEN[-1])
    return len(rows) - (beyond + 1 if beyond else 0)


def _line_rows(view: View, statement: Statement, line: str) -> list[Row]:
    members = [e for e in statement.entries if e.line == line]
    if not members:
        return []
    head = _total(f"account_{line}", statement, (line,), style="group")
    return [head, *(Row(_entry_cells(view, e), level=1) for e in members)]


def _entry_cells(view: View, entry: Entry) -> tuple[Cell, ...]:
    money = [entry.cents(side) for side in SIDES]
    return (
        view.names.subject(entry.key.subject),
        *map(yuan, (*money, entry.change)),
        *(yuan(entry.cents(side)) for side in DATES),
    )


def _total(
    key: str, statement: Statement, lines: tuple[str, ...], *, style: str = "total",
    sign: int = 1,
) -> Row:  # fmt: skip
    money = [sign * statement.total(lines, side) for side in (*SIDES, *DATES)]
    change = money[2] - money[0]
    in_yuan = map(yuan, (*money[:3], change, *money[3:]))
    cells: tuple[Cell, ...] = (both(key), *in_yuan)
    return Row(cells, "group" if style == "group" else "total")


def _result_row(statement: Statement) -> Row:
    money = [statement.market_result(side) for side in (*SIDES, *DATES)]
    change = money[2] - money[0]
    in_yuan = map(yuan, (*money[:3], change, *money[3:]))
    cells: tuple[Cell, ...] = (both("result"), *in_yuan)
    return Row(cells, "total")


def _plain_row(key: str, cents: int) -> Row:
    return Row((both(key), None, None, yuan(cents), None, None, None), level=1)


def behind_table(view: View, statement: Statement) -> Table:
    """Return causes, quantities, postings and meters of every line of a centre.

    Causes that nothing of the centre has are left out, and the re-planned quantity of
    a month that was not re-planned; the workbook has all columns.
    """
    causes = [e for e in EFFECTS if any(x.effects[e] for x in statement.entries)]
    again = view.statements.replanned
    kept = [c for c in QUANTITIES if again or c.head != "replan_quantity"]
    columns = (
        BEHIND[0],
        *(Column(e, "money", "CNY") for e in causes),
        *kept,
        *EVIDENCE,
    )
    rows = []
    for line in (*GOLDEN, *PRICE_VARIANCE):
        members = [e for e in statement.entries if e.line == line]
        if members:
            sums = statement.effects((line,))
            blank = ("", *(None for _ in kept[1:]), "", "")
            cells = (both(f"account_{line}"), *_cause_cells(sums, causes), *blank)
            rows.append(Row(cells, "group"))
        for e in members:
            name = view.names.subject(e.key.subject)
            causing = _cause_cells(e.effects, causes)
            rows.append(Row((name, *causing, *_evidence(e, again=again)), level=1))
    caption = both("behind_of", centre=view.names.centre(statement.centre))
    return Table("behind", caption, columns, tuple(rows))


def _evidence(entry: Entry, *, again: bool) -> tuple[Cell, ...]:
    unit = entry.actual.unit or entry.plan.unit
    sides = [getattr(entry, side) for side in SIDES if again or side != "replan"]
    price = entry.actual.price if entry.actual.quantity else entry.plan.price
    return (
        unit,
        *(side.quantity if unit else None for side in sides),
        price,
        ", ".join(entry.actual.postings),
        ", ".join(entry.meters),
    )


def _cause_cells(
    effects: Mapping[str, int], causes: Iterable[str] = EFFECTS
) -> list[Cell]:
    """Return the causes of a change; what caused nothing stays blank."""
    return [yuan(effects[e]) if effects[e] else None for e in causes]


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


def sheet(view: View, chosen: Iterable[Statement]) -> Table:
    """Return all lines of some centres in one flat table.

    Parameters
    ----------
    view : View
        The month.
    chosen : iterable of Statement
        The centres.
    """
    rows = []
    for statement in chosen:
        centre = view.names.centre(statement.centre)
        for e in statement.entries:
            name, *money = _entry_cells(view, e)
            behind = (*_cause_cells(e.effects), *_evidence(e, again=True))
            rows.append(Row((centre, both(f"account_{e.line}"), name, *money, *behind)))
    return Table("statements", both("statement_lines"), SHEET, tuple(rows))
