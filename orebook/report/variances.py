"""Variance: plan to actual of every centre, and the causes that matter most."""

from __future__ import annotations

from math import hypot

from orebook.evaluate.variance import EFFECTS, Effect
from orebook.evaluate.weekly import mean_rate
from orebook.report.drill import tree_fold
from orebook.report.figures import (
    adaptation_picture,
    adaptation_rows,
    margin_picture,
    variance_picture,
)
from orebook.report.statements import BRIDGE, bridge_cells
from orebook.report.table import Block, Column, Row, Said, Section, Table
from orebook.report.view import View, cny, share
from orebook.report.words import both

MOST = 15
"""Causes shown on the page [-]."""

DETAILS = (
    Column("cause"),
    Column("factor"),
    Column("effect"),
    Column("centre"),
    Column("quantity_over", "own"),
    Column("unit_of_measure"),
    Column("money_effect", "money", "CNY"),
    Column("metering_doubt", "money", "CNY"),
)
WEEKS = (
    Column("week"),
    Column("released_on"),
    Column("gained", "money", "CNY"),
    Column("capture_rate", "own", "%"),
)
ADAPTATION = (Column("what"), Column("amount", "money", "CNY"))


def bridge_section(view: View) -> Section:
    """Return the way from the planned to the actual margin of the group."""
    rows = tuple(
        Row((both(key), money), "total" if key in {"plan", "actual"} else "")
        for key, money in adaptation_rows(view)
    )
    table = Table("adaptation", both("adaptation"), ADAPTATION, rows)
    blocks = (
        both("bridge_how"),
        margin_picture(view),
        both("adaptation_how"),
        _capture(view),
        adaptation_picture(view),
        table,
        *weeks_of(view),
    )
    return Section("bridge", both("margin_bridge"), blocks, (table,))


def weeks_of(view: View) -> tuple[Block, ...]:
    """Return the capture rate of each week; nothing where the month had no re-plan."""
    weeks = view.result.weeks
    if not weeks:
        return ()
    rows = tuple(
        Row((f"{w.first}..{w.last}", str(w.released or ""), w.split.adaptation,
             None if w.rate is None else 100.0 * w.rate))
        for w in weeks
    )  # fmt: skip
    mean = mean_rate(weeks)
    told = () if mean is None else (both("weekly_capture", rate=share(mean)),)
    return (*told, Table("weeks", both("weeks_title"), WEEKS, rows))


def _capture(view: View) -> Said:
    split = view.result.adaptation
    key = f"capture_{split.capture.name.lower()}"
    if key != "capture_defined":
        return both(key)
    return both(
        key,
        rate=share(split.capture_rate()),
        room=cny(split.optimum - split.plan_at_actual),
        gained=cny(split.adaptation),
    )


def variances(view: View) -> Section:
    """Return the variance of every centre and the greatest causes."""
    centres, details = centre_table(view), detail_table(view)
    tree, whole = tree_fold(view)
    blocks = (both("variance_how"), variance_picture(view), centres, details, tree)
    sheets = (centres, details, whole)
    return Section("variance", both("variance_by_centre"), blocks, sheets)


def centre_table(view: View) -> Table:
    """Return plan, effects and actual of every centre; the largest change first."""
    *centres, group = view.variances
    rows = [Row(bridge_cells(view.names.centre(str(r["centre"])), r)) for r in centres]
    rows.sort(key=_change, reverse=True)
    rows.append(Row(bridge_cells(both("group_margin"), group), "total"))
    return Table("variance", both("variance_by_centre"), BRIDGE, tuple(rows))


def _change(row: Row) -> float:
    return abs(float(str(row.cells[-1])) - float(str(row.cells[1])))


def detail_table(view: View) -> Table:
    """Return every cause with its money and quantity, the greatest first."""
    ranked = sorted(merged(view.result.variance.details), key=lambda e: -abs(e.amount))
    rows = tuple(_detail(view, e) for e in ranked)
    hidden = ranked[MOST:]
    rest = both("hidden_rows", count=str(len(hidden)),
                money=cny(sum(e.amount for e in hidden), signed=True))  # fmt: skip
    return Table("details", both("detail_table"), DETAILS, rows, most=MOST,
                 rest=rest if hidden else None)  # fmt: skip


def merged(details: tuple[Effect, ...]) -> list[Effect]:
    """Add up effects of one centre, subject and factor that have the same cause."""
    order = {e: i for i, e in enumerate(EFFECTS)}
    found: dict[tuple[str, str, str, str], Effect] = {}
    for e in sorted(details, key=lambda e: order[e.effect]):
        key = (e.centre, e.effect, e.subject, e.factor)
        old = found.get(key, Effect(*key, 0.0))
        amount, quantity = old.amount + e.amount, old.quantity + e.quantity
        found[key] = Effect(*key, amount, quantity, hypot(old.doubt, e.doubt))
    return [e for e in found.values() if round(e.amount, 2) != 0.0]


def _detail(view: View, effect: Effect) -> Row:
    return Row(
        (view.names.subject(effect.subject), view.names.factor(effect),
         both(effect.effect), view.names.centre(effect.centre),
         effect.quantity or None, view.names.factor_unit(effect), effect.amount,
         effect.doubt or None)
    )  # fmt: skip
