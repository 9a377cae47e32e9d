"""Limits: what one unit more of each binding limit would be worth to the group."""

from __future__ import annotations

import math

from orebook.plan.result import Rent
from orebook.report.table import Column, Row, Said, Section, Table
from orebook.report.view import View, amount, cny
from orebook.report.words import both

COLUMNS = (
    Column("limit"),
    Column("limit_kind"),
    Column("centre"),
    Column("worth_per_unit", "price"),
    Column("unit_of_measure"),
    Column("limit_amount", "own"),
    Column("worth_alone", "price"),
    Column("worth_up_to", "own"),
    Column("rent", "money", "CNY"),
)
SMALLEST = 1e-6  # CNY per unit: below it is rounding of the solver


def limits(view: View) -> Section:
    """Return the limits that hold the group back, the dearest first."""
    found = [r for r in view.plan.rents if abs(float(r.worth[0])) > SMALLEST]
    found.sort(key=lambda r: (-abs(float(r.amount[0])), -abs(float(r.worth[0]))))
    table = Table(
        "limits", both("limit_table"), COLUMNS, tuple(_row(view, r) for r in found)
    )
    if not found:
        return Section("limits", both("limits"), (both("limits_none"),), (table,))
    return Section(
        "limits", both("limits"), (both("limits_how"), _dearest(view, found[0]), table),
        (table,),
    )  # fmt: skip


def _dearest(view: View, rent: Rent) -> Said:
    return both(
        "limit_dearest",
        limit=view.names.limited(rent),
        centre=view.names.centre(rent.centre),
        one=amount(1.0, view.names.limit_unit(rent)),
        worth=cny(float(rent.worth[0])),
        rent=cny(float(rent.amount[0])),
    )


def _row(view: View, rent: Rent) -> Row:
    return Row(
        (view.names.limited(rent), both(f"limit_{rent.kind}"),
         view.names.centre(rent.centre), float(rent.worth[0]),
         f"CNY/{view.names.limit_unit(rent)}", float(rent.limit[0]),
         *_alone(view, rent), float(rent.amount[0]))
    )  # fmt: skip


def _alone(view: View, rent: Rent) -> tuple[float | None, float | None]:
    """Return what one unit more of this limit alone is worth, and up to where."""
    for x in view.plan.limits:
        if (x.kind, x.subject, x.period) == (rent.kind, rent.subject, 0):
            return x.worth, x.up_to if math.isfinite(x.up_to) else None
    return None, None
