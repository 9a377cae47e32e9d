"""The head of a report: what happened, why, and who should look at what."""

from __future__ import annotations

from decimal import Decimal
from math import hypot

from orebook.evaluate.journal import to_cents
from orebook.evaluate.variance import EFFECTS, PROVEN, Effect
from orebook.report.table import Column, Facts, Row, Said, Section, Table
from orebook.report.view import View, amount, cny, exact, share, yuan
from orebook.report.words import both

NOT_OWN = "market_price"  # the one effect no centre answers for


def headline(view: View) -> Section:
    """Return the head: three sentences and the figures behind them."""
    table = _table(view)
    return Section(
        "headline", both("headline"), (*sentences(view), _facts(view)), (table,)
    )


def sentences(view: View) -> tuple[Said, Said, Said]:
    """Return what happened, what caused it, and who should look at what."""
    return _happened(view), _caused(view), _look(view)


def _happened(view: View) -> Said:
    plan, actual = view.result.planned.group, view.result.market.group
    change = actual - plan
    key = (
        "happened_more"
        if change > 0
        else "happened_less"
        if change < 0
        else "happened_same"
    )
    return both(
        key,
        period=view.result.closed.period,
        actual=cny(yuan(actual)),
        plan=cny(yuan(plan)),
        change=cny(yuan(abs(change))),
    )


def _caused(view: View) -> Said:
    total = view.result.variance.total()
    effect = max(_told(view), key=lambda e: abs(total.effects[e]))
    money = total.effects[effect]
    if to_cents(money) == 0:
        return both("caused_nothing")
    centres = view.result.variance.centres
    sign = 1 if money > 0 else -1
    who = max(centres, key=lambda c: sign * c.effects[effect])
    way = "gain" if money > 0 else "loss"
    key = f"caused_market_{way}" if effect == NOT_OWN else f"caused_own_{way}"
    return both(
        key,
        effect=both(effect),
        money=cny(abs(money)),
        centre=view.names.centre(who.centre),
        part=cny(abs(who.effects[effect])),
    )


def _told(view: View) -> list[str]:
    """Return the effects that are more than what the metering leaves open."""
    doubt = dict.fromkeys(EFFECTS, 0.0)
    for e in view.result.variance.details:
        doubt[e.effect] = hypot(doubt[e.effect], e.doubt)
    total = view.result.variance.total().effects
    sure = [e for e in EFFECTS if abs(total[e]) > PROVEN * doubt[e]]
    return sure or list(EFFECTS)


def _look(view: View) -> Said:
    sure = [e for e in own_effects(view) if e.certain]
    worst = min(sure, key=lambda e: e.amount, default=None)
    if worst is None or to_cents(worst.amount) >= 0:
        return both("look_nobody")
    about = {
        "centre": view.names.centre(worst.centre),
        "subject": view.names.subject(worst.subject),
        "factor": view.names.factor(worst),
        "effect": both(worst.effect),
        "money": cny(-worst.amount),
        "quantity": amount(abs(worst.quantity), view.names.factor_unit(worst)),
    }
    if worst.effect == "spending" or worst.quantity == 0.0:
        return both("look_money", **about)
    return both("look_more" if worst.quantity > 0 else "look_less", **about)


def own_effects(view: View) -> list[Effect]:
    """Return the efficiency and spending effects: what a centre answers for alone."""
    own = {"efficiency", "spending"}
    return [e for e in view.result.variance.details if e.effect in own]


def _facts(view: View) -> Facts:
    result = view.result
    paid = sum((s.pool.paid_out for s in result.settlements), start=yuan(0))
    pairs = [
        (both("actual_margin"), cny(yuan(result.market.group))),
        (both("plan_margin"), cny(yuan(result.planned.group))),
        (
            both("variance"),
            cny(yuan(result.market.group - result.planned.group), signed=True),
        ),
        (both("capture_rate"), _capture(view)),
        (both("gross_errors_found"), amount(len(result.closed.gross_errors), "")),
        (both("rewards_paid"), exact(paid)),
    ]
    return Facts(tuple(pairs))


def _capture(view: View) -> Said:
    split = view.result.adaptation
    key = f"capture_{split.capture.name.lower()}"
    return (
        share(split.capture_rate())
        if key == "capture_defined"
        else both(f"{key}_short")
    )


def _table(view: View) -> Table:
    result = view.result
    rows = [
        Row((both("group_margin"), *_three(result.planned.group, result.market.group)))
    ]
    for name in ("margin", "rent"):
        before = sum(getattr(c, name) for c in result.planned.centres)
        after = sum(getattr(c, name) for c in result.market.centres)
        rows.append(Row((both(f"sum_{name}"), *_three(before, after))))
    rows.append(
        Row((both("elimination"),
             *_three(result.planned.elimination, result.market.elimination)))
    )  # fmt: skip
    columns = (
        Column("what"),
        Column("plan", "money", "CNY"),
        Column("actual", "money", "CNY"),
        Column("difference", "money", "CNY"),
    )
    return Table("headline", both("headline"), columns, tuple(rows))


def _three(plan: int, actual: int) -> tuple[Decimal, ...]:
    return yuan(plan), yuan(actual), yuan(actual - plan)
