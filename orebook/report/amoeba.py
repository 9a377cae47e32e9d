"""The amoeba view: value added per hour of every centre, from the same postings."""

from __future__ import annotations

from collections.abc import Iterable

from orebook.evaluate.statement.amoeba import Amoeba, Side, amoeba
from orebook.report.table import Cell, Column, Row, Said, Section, Table
from orebook.report.view import View, yuan
from orebook.report.words import both

__all__ = ["amoeba_section", "amoeba_table", "amoebas", "steps_table"]

COLUMNS = (
    Column("centre"),
    Column("level"),
    Column("net_production", "money", "CNY"),
    Column("deductions", "money", "CNY"),
    Column("value_added", "money", "CNY"),
    Column("hours_planned", "count", "h"),
    Column("hours_worked", "count", "h"),
    Column("hours_from"),
    Column("per_hour_plan", "price", "CNY/h"),
    Column("per_hour_actual", "price", "CNY/h"),
    Column("pay_per_hour", "price", "CNY/h"),
)
STEPS = (
    Column("what"),
    Column("plan", "money"),
    Column("replan", "money"),
    Column("actual", "money"),
    Column("difference", "money"),
)


def amoebas(view: View) -> tuple[Amoeba, ...]:
    """Return value added per hour of every centre, the greatest first."""
    worked, months = view.result.closed.hours, view.actual.period.months
    found = (amoeba(view.chain, s, months, worked) for s in view.statements.of.values())
    return tuple(sorted(found, key=lambda a: -(a.actual.per_hour or 0.0)))


def amoeba_section(view: View, chosen: Iterable[Amoeba] | None = None) -> Section:
    """Return the chapter on value added per hour.

    Parameters
    ----------
    view : View
        The month.
    chosen : iterable of Amoeba, optional
        The centres; all otherwise.
    """
    found = amoebas(view) if chosen is None else tuple(chosen)
    alone = len(found) == 1
    table = steps_table(view, found[0]) if alone else amoeba_table(view, found)
    told = (both("hours_are", source=_source(found[0])),) if alone else ()
    blocks = (both("amoeba_how"), *told, table)
    return Section("amoeba", both("amoeba_view"), blocks, (table,))


def _source(a: Amoeba) -> Said:
    """Return where the hours of a centre are from."""
    return both(f"hours_{a.actual.source}" if a.actual.source else "hours_unknown")


def amoeba_table(view: View, found: Iterable[Amoeba]) -> Table:
    """Return one row for each centre."""
    rows = tuple(Row(_cells(view, a)) for a in found)
    return Table("amoeba", both("amoeba_view"), COLUMNS, rows)


def _cells(view: View, a: Amoeba) -> tuple[Cell, ...]:
    money = (a.actual.net_production, a.actual.deductions, a.actual.value_added)
    return (
        view.names.centre(a.centre),
        both(view.chain.centre[a.centre].level),
        *map(yuan, money),
        a.plan.hours,
        a.actual.hours,
        _source(a),
        a.plan.per_hour,
        a.actual.per_hour,
        a.actual.pay_per_hour,
    )


def steps_table(view: View, a: Amoeba) -> Table:
    """Return how one centre's value added per hour comes about, step by step.

    Parameters
    ----------
    view : View
        The month.
    a : Amoeba
        The centre.
    """
    sides = (a.plan, a.replan, a.actual)
    rows = [_money_row(key, sides, field) for key, field in _STEPS]
    rows += [
        _plain_row("hours_in_all", [s.hours for s in sides]),
        _plain_row("per_hour", [s.per_hour for s in sides], total=True),
        _plain_row("pay_per_hour", [s.pay_per_hour for s in sides]),
    ]
    caption = both("amoeba_of", centre=view.names.centre(a.centre))
    return Table("amoeba_steps", caption, STEPS, tuple(rows))


_STEPS = (
    ("sales_outside", "sales_outside"),
    ("sales_inside", "sales_inside"),
    ("purchases_inside", "purchases_inside"),
    ("net_production", "net_production"),
    ("deductions", "deductions"),
    ("value_added", "value_added"),
    ("pay", "labour"),
    ("profit_real_prices", "profit"),
)
_SUMS = frozenset({"net_production", "value_added", "profit"})


def _money_row(key: str, sides: Iterable[Side], field: str) -> Row:
    money = [getattr(s, field) for s in sides]
    in_yuan = map(yuan, (*money, money[2] - money[0]))
    cells: tuple[Cell, ...] = (both(key), *in_yuan)
    return Row(cells, "total" if field in _SUMS else "")


def _plain_row(key: str, values: list[float | None], *, total: bool = False) -> Row:
    before, after = values[0], values[2]
    known = before is not None and after is not None
    change = after - before if known else None  # type: ignore[operator]
    return Row((both(key), *values, change), "total" if total else "")
