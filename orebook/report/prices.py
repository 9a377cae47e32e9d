"""Internal prices: what a unit of each material is worth at each place."""

from __future__ import annotations

import math
from collections.abc import Iterable

from orebook.chain.chain import Balance
from orebook.chart import PriceRow
from orebook.evaluate.policy.revalue import PLAN
from orebook.evaluate.policy.value import Priced
from orebook.report.figures import price_picture
from orebook.report.names import Names
from orebook.report.table import Cell, Column, Row, Said, Section, Table
from orebook.report.view import View
from orebook.report.words import both

COLUMNS = (
    Column("material"),
    Column("place"),
    Column("price_method"),
    Column("internal_price", "price"),
    Column("credited", "price"),
    Column("bid", "price"),
    Column("ask", "price"),
    Column("bid_range", "own"),
    Column("ask_range", "own"),
    Column("tie"),
    Column("unit_of_measure"),
    Column("turnover", "count", "CNY"),
)
RECORDS = (
    Column("material"),
    Column("place"),
    Column("price_method"),
    Column("price_parameters"),
    Column("internal_price", "price"),
    Column("credited", "price"),
    Column("plan_price", "price"),
    Column("sell_parity", "price"),
    Column("buy_parity", "price"),
    Column("before_trigger", "price"),
    Column("vat_basis"),
    Column("price_source"),
    Column("approved_by"),
    Column("valid_from"),
    Column("valid_to"),
    Column("price_note"),
)
"""What a policy states of each price it sets."""


def prices(view: View) -> Section:
    """Return the prices, those that move most money first, and whose they are."""
    money = turnover(view)
    made = {p.balance: p for p in view.result.priced.rows}
    ranked = sorted(
        zip(view.network.balances, view.plan.price_rows(1), strict=True),
        key=lambda pair: -abs(money[pair[0]]),
    )
    table = Table(
        "prices",
        both("price_table"),
        COLUMNS,
        tuple(Row(_cells(view, made[b], row, money[b])) for b, row in ranked),
    )
    drawn = [(view.names.balance(b), _band(row)) for b, row in ranked]
    ruled = [made[b] for b, _ in ranked if made[b].rule]
    policy = () if view.result.priced.policy == PLAN else (_policy(view),)
    records = [records_of(view.names, ruled)] if ruled else []
    blocks = (both("prices_how"), *policy, price_picture(drawn), table, *records)
    return Section("prices", both("prices"), blocks, (table, *records))


def _policy(view: View) -> Said:
    found = view.result.priced
    return both("prices_policy", policy=found.policy, period=found.period)


def records_of(names: Names, rows: Iterable[Priced]) -> Table:
    """Return what a policy states of each price it sets.

    Parameters
    ----------
    names : Names
        Names of the book in both languages.
    rows : iterable of Priced
        The prices.
    """
    return Table(
        "price_records",
        both("price_records"),
        RECORDS,
        tuple(Row(_record(names, p)) for p in rows),
    )


def _record(names: Names, p: Priced) -> tuple[Cell, ...]:
    return (
        names.of("material", p.balance.material),
        names.of("place", p.balance.place),
        both(f"method_{p.method}"),
        p.parameters,
        p.charge,
        p.credit,
        p.dual,
        p.sell,
        p.buy,
        p.before,
        both(f"vat_{p.vat}"),
        p.source,
        ", ".join(p.approved_by),
        *p.valid,
        p.note,
    )


def turnover(view: View) -> dict[Balance, float]:
    """Return the value of what each balance supplied in the month [CNY]."""
    price = view.result.priced.prices
    total = dict.fromkeys(view.network.balances, 0.0)
    for s in view.network.streams:
        if s.sign > 0:
            total[s.balance] += view.actual.amounts[s.id] * price.internal[s.balance]
    return total


def _cells(
    view: View, made: Priced, row: dict[str, object], money: float
) -> tuple[Cell, ...]:
    return (
        view.names.of("material", made.balance.material),
        view.names.of("place", made.balance.place),
        both(f"method_{made.method}"),
        made.charge,
        made.credit,
        _number(row["bid"]),
        _number(row["ask"]),
        _number(row["bid_range"]),
        _number(row["ask_range"]),
        both("yes") if row["tie"] else both("no"),
        made.unit,
        money,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, float) and math.isfinite(value) else None


def _band(row: dict[str, object]) -> PriceRow:
    """Return the row of a picture; the last digits of a solver make no crossed band."""
    bid, ask = _number(row["bid"]), _number(row["ask"])
    if bid is not None and ask is not None and bid > ask:
        bid, ask = ask, bid
    return PriceRow("", _number(row["price"]) or 0.0, bid, ask, str(row["unit"]))
