"""Consolidation: from the centres up to the group, and what belongs to the owners."""

from __future__ import annotations

from dataclasses import replace

from orebook.evaluate.statement.consolidate import Level, consolidate
from orebook.report.chain_gain import site_table
from orebook.report.table import Block, Column, Row, Section, Table, select
from orebook.report.view import View, cny, yuan
from orebook.report.words import both

COLUMNS = (
    Column("centre"),
    Column("level"),
    Column("own_plan", "money", "CNY"),
    Column("own_actual", "money", "CNY"),
    Column("with_below_plan", "money", "CNY"),
    Column("with_below_replan", "money", "CNY"),
    Column("with_below_actual", "money", "CNY"),
    Column("difference", "money", "CNY"),
    Column("sold_to_group", "money", "CNY"),
    Column("bought_from_group", "money", "CNY"),
    Column("eliminated_inside", "money", "CNY"),
    Column("ownership", "share"),
    Column("attributable", "money", "CNY"),
    Column("minority", "money", "CNY"),
)

RESULTS = ("centre", "level", "own_plan", "own_actual", "with_below_plan",
           "with_below_replan", "with_below_actual", "difference")  # fmt: skip
TRADE = ("centre", "level", "sold_to_group", "bought_from_group", "eliminated_inside",
         "ownership", "attributable", "minority")  # fmt: skip
"""Columns of the two tables: what each level earned, and what passes between them."""


def consolidation(view: View) -> Section:
    """Return the tree of centres with their sums, exact to the cent, and the gain."""
    table = consolidation_table(view)
    heads = [h for h in RESULTS if view.statements.replanned or "replan" not in h]
    results, trade = select(table, heads), trade_table(table)
    blocks = (both("consolidation_how"), results, trade, *_gain(view))
    title = both("consolidation")
    return Section("consolidation", title, blocks, (results, trade))


def trade_table(table: Table) -> Table:
    """Return trade with the rest of the group and owners of every level.

    Parameters
    ----------
    table : Table
        From :func:`consolidation_table`.
    """
    levels = tuple(row for row in table.rows if row.style != "total" and row.cells[1])
    caption = both("consolidation_trade")
    whole = replace(table, id="consolidation_trade", rows=levels, caption=caption)
    return select(whole, TRADE)


def consolidation_table(view: View) -> Table:
    """Return group, sites, plants, workshops and teams, each below its parent."""
    rows = [_row(view, level) for level in consolidate(view.chain, view.statements)]
    rows += _foot(view)
    return Table("consolidation", both("consolidation"), COLUMNS, tuple(rows))


def _row(view: View, level: Level) -> Row:
    plan, actual = level.plan, level.actual
    own = view.statements.of.get(level.centre)
    money = (plan.own, actual.own, plan.below, level.replan.below, actual.below,
             actual.below - plan.below, actual.sold, actual.bought,
             actual.eliminated)  # fmt: skip
    cells = (
        view.names.centre(level.centre),
        both(level.level),
        *map(yuan, money),
        None if own is None else level.ownership,
        yuan(actual.attributable),
        yuan(actual.minority),
    )
    style = "group" if level.level in {"group", "site"} else ""
    return Row(cells, "group" if style else "", level.depth)


def _foot(view: View) -> list[Row]:
    sides = view.statements.reconciled
    found = []
    for key, field, style in (
        ("elimination", "elimination", ""),
        ("group_margin", "group", "total"),
    ):
        plan, replan, actual = (getattr(sides[s], field) for s in sides)
        money = map(yuan, (plan, replan, actual, actual - plan))
        cells = (both(key), "", None, None, *money, *(None,) * 6)
        found.append(Row(cells, "total" if style else ""))
    return found


def _gain(view: View) -> tuple[Block, ...]:
    """Return the gain of the chain and its fair split; none where not worked out."""
    gain = view.gain
    if gain is None:
        return ()
    first, last = gain.plan.periods[0].name, gain.plan.periods[-1].name
    told = both("consolidation_gain", gain=cny(gain.gain), first=first, last=last)
    return (told, site_table(gain))
