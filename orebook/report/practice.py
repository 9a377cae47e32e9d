"""Practice cards: condition, action, window, expected gain, owner, what it brought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from orebook.benchmark.control import individuals_chart
from orebook.benchmark.practice.card import Action, Card, FollowUp
from orebook.chart import Series, WindowRow, window_strip
from orebook.chart import line as line_chart
from orebook.glossary import Lang, format_number, unit_label
from orebook.glossary.settings import setting_name
from orebook.report.control import control_drawing
from orebook.report.figures import NARROW, WIDE
from orebook.report.table import (
    Block,
    Column,
    Drawing,
    Facts,
    Fold,
    Picture,
    Row,
    Said,
    Section,
    Table,
)
from orebook.report.words import both

__all__ = ["card_blocks", "card_drawing", "practice_section", "practices"]

OVERVIEW = (
    Column("practice_card", "code"), Column("practice_state"), Column("owner"),
    Column("practice_subject", "code"), Column("practice_action"),
    Column("practice_gain", "price"), Column("practice_low", "price"),
    Column("practice_high", "price"), Column("practice_year", "money", "CNY"),
    Column("practice_adherence", "share"), Column("practice_captured", "money", "CNY"),
    Column("expires"),
)  # fmt: skip
CONDITIONS = (
    Column("practice_condition"), Column("practice_at", "own"),
    Column("practice_from", "own"), Column("practice_to", "own"),
    Column("unit_of_measure"),
)  # fmt: skip
ACTIONS = (
    Column("setting"), Column("practice_from", "own"), Column("practice_aim", "own"),
    Column("practice_to", "own"), Column("practice_now_low", "own"),
    Column("practice_now_high", "own"), Column("unit_of_measure"),
    Column("practice_gain", "price"), Column("practice_chance", "own"),
    Column("practice_verdict"), Column("practice_counts"),
)  # fmt: skip
SPANS = (
    Column("period"), Column("practice_valid", "count"),
    Column("practice_adherence", "share"), Column("practice_captured", "money", "CNY"),
)  # fmt: skip
FEWEST = 8  # records of a control chart [-]


def practices(cards: Sequence[Card]) -> tuple[Section, ...]:
    """Return the chapter of a month's report; none where the book has no card.

    Parameters
    ----------
    cards : sequence of Card
        As they stand.
    """
    return (practice_section(cards),) if cards else ()


def practice_section(cards: Sequence[Card]) -> Section:
    """Return a chapter of cards: all in one table, each with its pictures.

    Parameters
    ----------
    cards : sequence of Card
        At least one.
    """
    table = Table(
        "practices", both("practice_cards"), OVERVIEW, tuple(map(_overview, cards))
    )
    parts: list[Block] = [both("practice_how"), table]
    if len(cards) == 1:
        parts += card_blocks(cards[0])
    else:
        parts += [Fold(_title(card), card_blocks(card)) for card in cards]
    actions = _all_actions(cards)
    return Section("practice", both("practice_cards"), tuple(parts), (table, actions))


def _all_actions(cards: Sequence[Card]) -> Table:
    """Return the actions of all cards for the workbook."""
    rows = tuple(
        replace(_action(a), cells=(card.id, *_action(a).cells))
        for card in cards
        for a in card.actions
    )
    columns = (Column("practice_card", "code"), *ACTIONS)
    return Table("practice_actions", both("practice_actions"), columns, rows)


def _title(card: Card) -> Said:
    state = both(f"practice_state_{card.state}")
    return both("practice_title", card=card.id, state=state, owner=card.owner)


def _overview(card: Card) -> Row:
    follow = card.follow
    return Row(
        (card.id, both(f"practice_state_{card.state}"), card.owner, card.subject,
         ", ".join(a.name for a in card.todo) or "-", card.gain, card.gain_low,
         card.gain_high, card.money[0] if card.tonnes_per_year else None,
         None if follow is None else follow.adherence,
         None if follow is None else follow.captured, card.expires)
    )  # fmt: skip


def card_blocks(card: Card) -> tuple[Block, ...]:
    """Return a card: facts, windows, conditions, actions, and how it was followed.

    Parameters
    ----------
    card : Card
        The card.
    """
    tables: list[Block] = []
    if card.conditions:
        rows = tuple(
            Row((_name(c.name), c.at, c.low, c.high, c.unit)) for c in card.conditions
        )
        tables.append(
            Table("practice_conditions", both("practice_conditions"), CONDITIONS, rows)
        )
    if card.actions:
        rows = tuple(map(_action, card.actions))
        tables.append(
            Table("practice_settings", both("practice_actions"), ACTIONS, rows)
        )
    notes = [Said(n.zh, n.en) for n in card.notes]
    return (_facts(card), *_windows(card), *tables, *notes, *_followed(card))


def _name(name: str) -> Said:
    """Return the name of a setting or condition; that of the records where unknown."""
    en, zh = setting_name(name)
    return Said(zh, en)


def _action(a: Action) -> Row:
    verdict = both(f"practice_model_{a.verdict}")
    counts = both("yes" if a.counts else "no")
    return Row(
        (_name(a.name), a.low, a.middle, a.high, a.now_low, a.now_high, a.unit, a.gain,
         a.chance, verdict, counts)
    )  # fmt: skip


def _facts(card: Card) -> Facts:
    per = _per(card)
    pairs = [
        (
            both("practice_expected"),
            _range(card.gain, card.gain_low, card.gain_high, per),
        ),
    ]
    if card.tonnes_per_year:
        pairs.append((both("practice_a_year"), _money(*card.money)))
    best = card.best
    pairs += [
        (both("practice_own_best"), _one(best.reference - best.mean, per)),
        (both("practice_best_record"), _one(card.naive_record, per)),
        (both("practice_best_month", month=card.naive_month_name),
         _one(card.naive_month, per)),
        (both("practice_basis"), both("practice_records", source=card.source,
              records=str(card.records), near=f"{card.neighbours:.0f}")),
        (both("owner"), Said(card.owner, card.owner)),
    ]  # fmt: skip
    if card.trial is not None:
        days = both("from_to", first=card.trial.first, last=card.trial.last)
        pairs.append((both("practice_trial_days"), days))
    if card.reason:
        pairs.append((both("practice_reason"), Said(card.reason, card.reason)))
    return Facts(tuple(pairs))


def _per(card: Card) -> Said:
    unit = f"CNY/{card.valuation.unit}"
    return Said(unit_label(unit, lang="zh"), unit_label(unit, lang="en"))


def _one(value: float, per: Said) -> Said:
    return Said(f"{value:+,.2f} {per.zh}", f"{value:+,.2f} {per.en}")


def _range(value: float, low: float, high: float, per: Said) -> Said:
    return both(
        "practice_range", value=f"{value:,.2f}", low=f"{low:,.2f}", high=f"{high:,.2f}",
        unit=per,
    )  # fmt: skip


def _money(value: float, low: float, high: float) -> Said:
    def of(lang: Lang) -> str:
        told = (format_number(v, "CNY", lang=lang) for v in (value, low, high))
        return both("practice_money", **dict(zip(("value", "low", "high"), told,
                                                 strict=True))).in_(lang)  # fmt: skip

    return Said(of("zh"), of("en"))


def _windows(card: Card) -> Iterable[Block]:
    """Return the strip of windows; none where the card has no action."""
    if not card.todo:
        return ()

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return [Drawing("", _strip(card, lang, width))]

    return (Picture(draw, (WIDE, NARROW)),)


def _strip(card: Card, lang: Lang, width: float) -> str:
    rows = [
        WindowRow(_name(a.name).in_(lang), a.unit, a.low, a.middle, a.high, a.now_low,
                  a.now_middle, a.now_high)
        for a in card.todo
    ]  # fmt: skip
    title = both("practice_windows", card=card.id).in_(lang)
    return window_strip(rows, title=title, lang=lang, width=width)


def _followed(card: Card) -> tuple[Block, ...]:
    f = card.follow
    if f is None:
        return (both("practice_not_followed"),) if card.trial is not None else ()
    rows = tuple(
        Row((s.month, s.records, s.adherence, s.captured_cny)) for s in f.spans
    )
    said = both(
        "practice_followed", first=f.first, last=f.last, records=str(f.records),
        valid=str(f.valid), adherence=f"{100.0 * f.adherence:.0f}",
        captured=_money(f.captured, f.captured_low, f.captured_high),
        finding=both(f"practice_finding_{f.finding}"),
    )  # fmt: skip
    table = Table("practice_months", both("practice_months"), SPANS, rows)
    return (said, *_over_time(f), *_control(card, f), table)


def _over_time(f: FollowUp) -> tuple[Block, ...]:
    """Return adherence over the months, where there is more than one."""
    if len(f.spans) < 2:
        return ()

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        label = both("practice_adherence").in_(lang)
        series = [Series(label, tuple(100.0 * s.adherence for s in f.spans))]
        title = both("practice_adherence").in_(lang)
        return [
            Drawing(
                "",
                line_chart(
                    series, [s.month for s in f.spans], title=title, unit="%",
                    lang=lang, width=width, nought=True,
                ),
            )
        ]  # fmt: skip

    return (Picture(draw, (WIDE, NARROW)),)


def _control(card: Card, f: FollowUp) -> tuple[Block, ...]:
    if len(f.points) < FEWEST or len(set(f.points)) < 2:
        return ()

    def draw(lang: Lang, width: float) -> Sequence[Drawing]:
        return [Drawing("", _chart(card, f, lang, width))]

    return (Picture(draw, (WIDE, NARROW)),)


def _chart(card: Card, f: FollowUp, lang: Lang, width: float) -> str:
    found = individuals_chart(np.array(f.points))
    what = both("practice_control", card=card.id).in_(lang)
    unit = f"CNY/{card.valuation.unit}"
    return control_drawing(found, f.days, what, unit, lang, width)


def card_drawing(card: Card, lang: Lang) -> str | None:
    """Return the picture of a card: how it went, else its windows; None for neither.

    Parameters
    ----------
    card : Card
        The card.
    lang : Lang
        Language of the words.
    """
    f = card.follow
    if f is not None and _control(card, f):
        return _chart(card, f, lang, WIDE)
    return _strip(card, lang, WIDE) if card.todo else None
