"""Whole decisions in a report: who starts, what it needs beside the prices."""

from __future__ import annotations

from orebook.plan.decided import Decision, decisions
from orebook.report.table import Block, Cell, Column, Row, Said, Table
from orebook.report.view import View, cny
from orebook.report.words import both

COLUMNS = (
    Column("whole_kind"),
    Column("whole_value", "own"),
    Column("whole_starts", "own"),
    Column("centre"),
    Column("uplift", "money", "CNY"),
)


def whole_blocks(view: View) -> tuple[Block, ...]:
    """Return what a month's plan decided in whole numbers; nothing where it has none.

    Parameters
    ----------
    view : View
        The month.
    """
    told = view.plan.mixed
    if told is None:
        return ()
    whole, count = view.plan.assembly.conditions.held_whole, len(view.plan.periods)
    given = both(
        "whole_given",
        bound=cny(-told.bound),
        gap=f"{told.gap:.1e}",
        whole=str(whole),
        relaxed=str(count - whole),
    )
    return (given, whole_table(view))


def whole_table(view: View) -> Table:
    """Return the whole decisions of the first period with their uplift."""
    found = decisions(view.plan.assembly, view.plan.x)
    rows = tuple(_row(view, d) for d in found)
    return Table("whole", both("whole_title"), COLUMNS, rows)


def _row(view: View, one: Decision) -> Row:
    centre, name = _owner(view, one)
    paid = sum(
        float(u.by_period[0])
        for u in view.plan.uplifts
        if (u.kind, one.subject.startswith(u.subject)) == (one.kind, True)
    )
    cells: tuple[Cell, ...] = (
        both("of_unit", unit=name, what=both(f"kind_{one.kind}")),
        float(one.value[0]),
        float(one.starts[0]),
        view.names.centre(centre),
        paid,
    )
    return Row(cells)


def _owner(view: View, one: Decision) -> tuple[str, Said]:
    """Return the centre that owns a decision, and the name of its subject."""
    chain, names = view.chain, view.names
    if one.kind in {"on", "batch"}:
        return chain.unit[one.subject].centre, names.of("unit", one.subject)
    if one.kind == "band":
        entry = next(p for p in chain.purchases if p.id == one.subject)
        return entry.centre, names.of("buy", one.subject)
    side, _, rest = one.subject.partition(":")
    id_ = rest.partition(":")[0]
    owners = {
        "buy": {p.id: p.centre for p in chain.purchases},
        "sell": {s.id: s.centre for s in chain.sales},
        "ship": {r.id: r.centre for r in chain.routes},
    }
    return owners[side][id_], names.of("route" if side == "ship" else side, id_)
