"""The plan of the month: duties, loads of capacities, purchases and sales."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from orebook.evaluate.journal import Posting
from orebook.report.table import Column, Row, Section, Table
from orebook.report.view import View
from orebook.report.whole import whole_blocks
from orebook.report.words import both

DUTIES = (
    Column("duty"),
    Column("centre"),
    Column("plan", "quantity"),
    Column("actual", "quantity"),
    Column("difference", "quantity"),
    Column("unit_of_measure"),
)
LOADS = (
    Column("capacity"),
    Column("centre"),
    Column("load", "quantity"),
    Column("capacity_available", "quantity"),
    Column("unit_of_measure"),
    Column("load_share", "share"),
    Column("rent", "money", "CNY"),
)
TRADES = (
    Column("contract"),
    Column("centre"),
    Column("direction"),
    Column("plan_quantity", "quantity"),
    Column("actual_quantity", "quantity"),
    Column("unit_of_measure"),
    Column("plan_price", "price"),
    Column("actual_price", "price"),
    Column("plan_money", "money", "CNY"),
    Column("actual_money", "money", "CNY"),
)
FULL = 0.9995  # load from which a capacity counts as full [-]


def planned(view: View) -> Section:
    """Return duties against what was done, loads against capacity, and trade."""
    loads, duties, trades = load_table(view), duty_table(view), trade_table(view)
    full = sum(1 for row in loads.rows if _is_full(row.cells[5]))
    say = both("plan_loads", full=str(full), count=str(len(loads.rows)))
    whole = whole_blocks(view)
    sheets = [block for block in whole if isinstance(block, Table)]
    return Section("plan", both("plan_of_month"), (say, *whole, loads, duties, trades),
                   (*sheets, loads, duties, trades))  # fmt: skip


def _is_full(value: object) -> bool:
    return isinstance(value, float) and value >= FULL


def load_table(view: View) -> Table:
    """Return every capacity with load and rent, the dearest first."""
    problem = view.plan.linear
    block = problem.rows.get("capacity")
    rents = {
        r.subject: float(r.amount[0]) for r in view.plan.rents if r.kind == "capacity"
    }
    rows = []
    if block is not None:
        activity = np.asarray(problem.matrix @ view.plan.x)
        for entity, index in zip(block.entities, block.all()[:, 0], strict=True):
            load, most = float(activity[index]), float(problem.row_upper[index])
            rows.append(_load_row(view, entity, (load, most, rents.get(entity, 0.0))))
    rows.sort(key=lambda row: (-abs(_float(row.cells[6])), -_float(row.cells[5])))
    return Table("loads", both("load_table"), LOADS, tuple(rows))


def _float(value: object) -> float:
    return value if isinstance(value, float) else 0.0


def _load_row(view: View, entity: str, figures: tuple[float, float, float]) -> Row:
    load, most, rent = figures
    unit, _, name = entity.partition(":")
    names, chain = view.names, view.chain
    what = names.of("unit", unit)
    if len(chain.unit[unit].limits) > 1:
        what = both("of_unit", unit=what, what=names.of("material", name))
    return Row(
        (what, names.centre(chain.unit[unit].centre), load, most,
         view.network.processes[unit].limits[name],
         load / most if most > 0 else None, rent)
    )  # fmt: skip


def duty_table(view: View) -> Table:
    """Return what each unit was asked and what it did, in the order of the book."""
    rows = []
    for unit in view.chain.units:
        for duty in view.network.processes[unit.id].duties:
            key = f"{unit.id}:{duty.name}"
            plan, actual = view.planned.duties[key], view.actual.duties[key]
            if plan == 0.0 and actual == 0.0:
                continue
            rows.append(
                Row((view.names.duty(unit.id, duty.name),
                     view.names.centre(unit.centre), plan, actual, actual - plan,
                     duty.unit))
            )  # fmt: skip
    return Table("duties", both("duty_table"), DUTIES, tuple(rows))


def trade_table(view: View) -> Table:
    """Return purchases and sales, planned and real, the dearest first."""
    before = _external(view.planned_postings)
    after = _external(view.result.postings)
    rows = [
        _trade_row(view, subject, (before[subject], after[subject]))
        for subject in dict.fromkeys((*before, *after))
    ]
    rows.sort(key=lambda row: -abs(_float(row.cells[9])))
    return Table("trade", both("trade_table"), TRADES, tuple(rows))


def _external(postings: Sequence[Posting]) -> defaultdict[str, Posting | None]:
    found: defaultdict[str, Posting | None] = defaultdict(lambda: None)
    for p in postings:
        if p.account in {"external_sale", "external_purchase"}:
            found[p.subject] = p
    return found


def _trade_row(
    view: View, subject: str, sides: tuple[Posting | None, Posting | None]
) -> Row:
    one = next(p for p in sides if p is not None)
    sale = one.account == "external_sale"
    money = [0.0 if p is None else p.cents / 100.0 * (1 if sale else -1) for p in sides]
    quantity = [0.0 if p is None else p.quantity for p in sides]
    price = [None if p is None or p.quantity == 0.0 else p.price for p in sides]
    owner = next(c for c in (one.credit, one.debit) if c in view.chain.centre)
    return Row(
        (view.names.subject(subject), view.names.centre(owner),
         both("account_external_sale" if sale else "account_external_purchase"),
         *quantity, one.unit, *price, *money)
    )  # fmt: skip
