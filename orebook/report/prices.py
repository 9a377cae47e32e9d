"""Internal prices: what a unit of each material is worth at each place."""

from __future__ import annotations

import math

from orebook.chain.chain import Balance
from orebook.chart import PriceRow
from orebook.report.figures import price_picture
from orebook.report.table import Column, Row, Said, Section, Table
from orebook.report.view import View
from orebook.report.words import both

COLUMNS = (
    Column("material"),
    Column("place"),
    Column("internal_price", "price"),
    Column("bid", "price"),
    Column("ask", "price"),
    Column("bid_range", "own"),
    Column("ask_range", "own"),
    Column("tie"),
    Column("unit_of_measure"),
    Column("turnover", "count", "CNY"),
)


def prices(view: View) -> Section:
    """Return the prices, those that move most money first."""
    money = turnover(view)
    ranked = sorted(
        zip(view.network.balances, view.plan.price_rows(1), strict=True),
        key=lambda pair: -abs(money[pair[0]]),
    )
    table = Table(
        "prices",
        both("price_table"),
        COLUMNS,
        tuple(Row(_cells(view, b, row, money[b])) for b, row in ranked),
    )
    drawn = [(view.names.balance(b), _band(row)) for b, row in ranked]
    blocks = (both("prices_how"), price_picture(drawn), table)
    return Section("prices", both("prices"), blocks, (table,))


def turnover(view: View) -> dict[Balance, float]:
    """Return the value of what each balance supplied in the month [CNY]."""
    price = view.plan.price_of(0)
    total = dict.fromkeys(view.network.balances, 0.0)
    for s in view.network.streams:
        if s.sign > 0:
            total[s.balance] += view.actual.amounts[s.id] * price[s.balance]
    return total


def _cells(
    view: View, balance: Balance, row: dict[str, object], money: float
) -> tuple[Said | str | float | None, ...]:
    unit = f"CNY/{view.chain.material[balance.material].unit}"
    return (
        view.names.of("material", balance.material),
        view.names.of("place", balance.place),
        _number(row["price"]),
        _number(row["bid"]),
        _number(row["ask"]),
        _number(row["bid_range"]),
        _number(row["ask_range"]),
        both("yes") if row["tie"] else both("no"),
        unit,
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
