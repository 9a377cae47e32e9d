"""Amounts paid later: due days, vetoes, money taken back, open holds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from orebook.reward.deferred import Happened, Held, ledger

DUE = date(2027, 1, 31)


def held(amount="100.00", due=DUE, *, kind="deferred", forfeit=True):
    return Held("s", "2026-01", "a", kind, Decimal(amount), due, forfeit)


def veto(day, team="a"):
    return Happened("s", team, day, True)


def back(day, amount, period="2026-01"):
    return Happened("s", "a", day, False, period, Decimal(amount))


@pytest.mark.parametrize(
    ("row", "events", "on", "state", "left"),
    [
        (held(), [], date(2026, 12, 31), "held", "100.00"),
        (held(), [], DUE, "released", "100.00"),
        (held(), [veto(date(2026, 5, 31))], DUE, "forfeited", "0.00"),
        (held(), [veto(date(2026, 5, 31))], date(2026, 5, 1), "held", "100.00"),
        (held(), [veto(date(2027, 2, 28))], date(2027, 3, 1), "released", "100.00"),
        (held(), [veto(date(2026, 1, 31))], DUE, "released", "100.00"),
        (held(), [veto(date(2026, 5, 31), "b")], DUE, "released", "100.00"),
        (held(forfeit=False), [veto(date(2026, 5, 31))], DUE, "released", "100.00"),
        (held(), [back(date(2026, 4, 1), "30.00")], DUE, "released", "70.00"),
        (held(), [back(date(2026, 4, 1), "300.00")], DUE, "forfeited", "0.00"),
        (held(), [back(date(2026, 4, 1), "30.00", "2026-02")], DUE, "released",
         "100.00"),
        (held(due=None, kind="hold"), [], date(2030, 1, 1), "held", "100.00"),
    ],
)  # fmt: skip
def test_where_an_amount_stands(row, events, on, state, left):
    found = ledger([row], events, on)[0]
    assert (found.state, found.left) == (state, Decimal(left))
    assert found.left + found.forfeited == row.amount
    assert bool(found.reason) is (found.forfeited > 0)


def test_rows_come_by_due_day_and_open_ones_last():
    rows = [held(due=None, kind="hold"), held("2.00", date(2027, 3, 1)), held("1.00")]
    found = ledger(rows, [], DUE)
    assert [str(r.held.amount) for r in found] == ["1.00", "2.00", "100.00"]
    assert found[2].to_dict()["due"] is None
