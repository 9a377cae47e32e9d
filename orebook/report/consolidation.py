"""Consolidation: from the centres up to the group, and what belongs to the owners."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orebook.evaluate.journal import MarketResult
from orebook.report.statements import results
from orebook.report.table import Column, Row, Section, Table
from orebook.report.view import View, yuan
from orebook.report.words import both

COLUMNS = (
    Column("centre"),
    Column("level"),
    Column("own_plan", "money", "CNY"),
    Column("own_actual", "money", "CNY"),
    Column("with_below_plan", "money", "CNY"),
    Column("with_below_actual", "money", "CNY"),
    Column("difference", "money", "CNY"),
    Column("ownership", "share"),
    Column("attributable", "money", "CNY"),
)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Results of each centre, own and with all below it [0.01 CNY]."""

    own: dict[str, int]
    below: dict[str, int]


def consolidation(view: View) -> Section:
    """Return the tree of centres with their sums, exact to the cent."""
    table = consolidation_table(view)
    blocks = (both("consolidation_how"), table)
    return Section("consolidation", both("consolidation"), blocks, (table,))


def consolidation_table(view: View) -> Table:
    """Return group, sites, plants, workshops and teams, each below its parent."""
    plan = _sums(view, view.result.planned)
    actual = _sums(view, view.result.market)
    rows: list[Row] = []
    _branch(view, view.chain.root.id, (plan, actual), rows)
    rows += _foot(view)
    return Table("consolidation", both("consolidation"), COLUMNS, tuple(rows))


def _sums(view: View, market: MarketResult) -> _Sums:
    own = results(market)
    below = dict.fromkeys(view.chain.centre, 0)
    for centre, cents in own.items():
        for upper in view.chain.lineage(centre):
            below[upper] += cents
    return _Sums(own, below)


def _branch(
    view: View, centre: str, sums: tuple[_Sums, _Sums], rows: list[Row], level: int = 0
) -> None:
    """Add a centre and then all below it, the best first."""
    plan, actual = sums
    entry = view.chain.centre[centre]
    before, after = plan.below[centre], actual.below[centre]
    own = plan.own.get(centre, 0), actual.own.get(centre, 0)
    money = map(yuan, (*own, before, after, after - before))
    mine = sum(_attributable(view, c, actual) for c in view.chain.within(centre))
    cells = (view.names.centre(centre), both(entry.level), *money,
             entry.ownership if centre in actual.own else None, yuan(mine))  # fmt: skip
    rows.append(Row(cells, "group" if entry.level in {"group", "site"} else "", level))
    below = [c.id for c in view.chain.centres if c.parent == centre]
    for child in sorted(below, key=lambda c: -actual.below[c]):
        _branch(view, child, sums, rows, level + 1)


def _attributable(view: View, centre: str, sums: _Sums) -> int:
    """Return the group's share of a centre's own result [0.01 CNY]."""
    share = Decimal(str(view.chain.centre[centre].ownership))
    return int((share * sums.own.get(centre, 0)).to_integral_value())


def _foot(view: View) -> list[Row]:
    planned, market = view.result.planned, view.result.market
    pairs = (
        ("elimination", planned.elimination, market.elimination, ""),
        ("group_margin", planned.group, market.group, "total"),
    )
    return [
        Row((both(key), "", None, None, *map(yuan, (plan, actual, actual - plan)), None,
             None), "total" if style else "")
        for key, plan, actual, style in pairs
    ]  # fmt: skip
